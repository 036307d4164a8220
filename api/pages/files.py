"""Hand out what a list shows as a file, and keep in the audit trail that it left."""

import asyncio
from typing import Any

from litestar import Response

from api.report_query import check_format
from api.security import Reader
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit
from reports.document import Document
from reports.render import render


def asked_format(typed: str | None) -> str:
    """The format that a list is asked for in, or "" for the page; refuses one that no file has, as of a report."""
    return check_format(typed) if typed else ""


async def list_file(pool: Pool, reader: Reader, document: Document, format_name: str) -> Response[Any]:
    """A shaped list in a format, to be kept; audited as every export is."""
    made = await asyncio.to_thread(render, document, format_name, reader.language)
    await note(pool, [audit.event(reader.actor, "export_list", subject=document.name, format=format_name, head=document.head_number)])
    return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": f'attachment; filename="{made.filename}"'})
