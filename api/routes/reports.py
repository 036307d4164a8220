"""Give reports in every format and the journal as an export, and verify the books."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from api.problems import language_of
from api.report_query import check_format, report_query
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.services.verification import verify
from ledger.storage import audit, reference
from reports.exports import FORMATS as EXPORTS
from reports.exports import export
from reports.i18n import LANGUAGES, translate
from reports.registry import REPORTS, build_report
from reports.render import render

DayText = Annotated[str | None, QueryParameter(pattern=r"^\d{4}-\d{2}-\d{2}$", description="ISO date", required=False)]
Word = Annotated[str | None, QueryParameter(max_length=80, required=False)]


class ReportItem(msgspec.Struct, frozen=True):
    """A report that can be asked for."""

    name: str
    title_en: str
    title_fr: str
    fields: list[str]


class FaultItem(msgspec.Struct, frozen=True):
    """Where the books depart from what they should be; number 0 is not one entry."""

    number: int
    what: str


class Verified(msgspec.Struct, frozen=True):
    """What a verification saw."""

    sound: bool
    entries: int
    postings: int
    head_number: int
    head_hash: str
    faults: list[FaultItem]


class ReportsController(Controller):
    """Reading the books."""

    tags = ("Reports",)

    @get("/reports", opt={"permission": "read_reports"}, operation_id="listReports")
    async def list_reports(self) -> list[ReportItem]:
        """Every report and the fields it takes."""
        return [
            ReportItem(name, translate("en", report.title.message), translate("fr", report.title.message), list(report.fields))
            for name, report in REPORTS.items()
        ]

    @get("/reports/{name:str}", opt={"permission": "read_reports"}, operation_id="getReport", media_type="application/json")
    async def get_report(
        self, request: Request[Any, Any, Any], pool: NamedDependency[Pool], actor: NamedDependency[Actor], name: FromPath[str],
        as_of: DayText = None, book: Word = None, fund: Word = None, account: Word = None, currency: Word = None, into: Word = None,
        format_name: Annotated[str, QueryParameter(name="format", description="json, pdf, xlsx, csv or html")] = "json",
        language: FromQuery[str | None] = None,
    ) -> Response[bytes]:  # fmt: skip
        """A report; JSON by default. The period is ``from`` and ``to``, a date is ``as_of``."""
        spoken = language if language in LANGUAGES else language_of(request)
        query = report_query(request.query_params, pool.today(), "en")
        document = await build_report(pool, actor, name, query, check_format(format_name))
        made = await asyncio.to_thread(render, document, format_name, spoken)
        headers = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
        return Response(made.content, media_type=made.media_type, headers=headers)

    @get("/export", opt={"permission": "export_books"}, operation_id="exportJournal", media_type="text/plain")
    async def export_journal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        format_name: Annotated[str, QueryParameter(name="format", description="hledger, beancount, jsonl or csv")] = "jsonl",
    ) -> Stream:  # fmt: skip
        """The whole journal, streamed from one snapshot."""
        return await journal_stream(pool, actor, format_name)

    @post("/verification", opt={"permission": "verify_books"}, operation_id="verifyBooks", status_code=200)
    async def verify_books(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> Verified:
        """Check chain, numbering, balances and every derived figure, now."""
        result = await verify(pool, actor)
        faults = [FaultItem(fault.number, fault.what) for fault in result.faults]
        return Verified(not faults, result.entries, result.postings, result.head_number, result.head_hash, faults)


async def journal_stream(pool: Pool, actor: Actor, format_name: str) -> Stream:
    """An export as a streamed response; audited before the first byte leaves."""
    authorize(actor, "export_books")
    if format_name not in EXPORTS:
        raise ChoiceInvalid(field="format", value=format_name[:40])
    await note(pool, [audit.event(actor, "export_journal", format=format_name)])
    _, media_type, extension = EXPORTS[format_name]

    async def pieces() -> AsyncIterator[str]:
        async with pool.database.reporting() as connection:
            sample = bool(await reference.setting(connection, "sample", False))
            async for piece in export(connection, format_name, pool.clock(), sample=sample):
                yield piece

    filename = f"journal-{pool.today().isoformat()}.{extension}"
    return Stream(pieces(), media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


ROUTES = [ReportsController]
