"""Show what the reader was told: unseen first, each with a link to what it is about; mark one or all as read."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after
from api.pages.forms import Form
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.notices import NOTICE_KINDS
from ledger.services import notices as service
from ledger.services.pool import Pool
from ledger.storage.notices import Kept
from reports.i18n import N_
from reports.notice_words import purpose, sentences


@get("/notices", opt={"permission": "read_notices"})
async def list_notices(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The reader's notices."""
    after = place_after(request, bool, datetime, UUID)
    listed = await service.list_notices(pool, reader.actor, after)
    return page(
        request, "notices/list.html", reader=reader, help="notices", rows=[_row(reader.language, kept) for kept in listed.items],
        listed=listed, older=listed.next and cursor(*listed.next), until=max(listed.items, key=_age, default=None),
        key=Form({}, reader.language).key,
    )  # fmt: skip


def _age(kept: Kept) -> tuple[datetime, UUID]:
    return kept.noticed_at, kept.id


def _row(language: str, kept: Kept) -> dict[str, Any]:
    """A notice, put into words for the list."""
    what, detail = sentences(language, kept.kind, kept.subject, kept.facts)
    is_to_do = NOTICE_KINDS.get(kept.kind) == "do"
    return {"notice": kept, "what": what, "detail": detail, "purpose": purpose(language, kept.kind), "is_to_do": is_to_do}


@post("/notices", opt={"permission": "read_notices"}, status_code=303)
async def mark_all(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Mark everything as read that had come when the list was shown."""
    form = Form(await request.form(), reader.language)
    await service.mark_all_seen(pool, reader.actor, form.key, form.uuid("until"))
    return Redirect("/notices?done=notices_seen", status_code=303)


@post("/notices/{notice_id:uuid}", opt={"permission": "read_notices"}, status_code=303)
async def mark_one(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], notice_id: FromPath[UUID]
) -> Response[Any]:
    """Mark one as read."""
    form = Form(await request.form(), reader.language)
    await service.mark_seen(pool, reader.actor, form.key, notice_id)
    return Redirect("/notices", status_code=303)


DONE = {"notices_seen": N_("Marked as read.")}
PAGES = [list_notices, mark_all, mark_one]
