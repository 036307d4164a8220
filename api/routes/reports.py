"""Give reports in every format and the journal as an export, and verify the books."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.answers import language_of
from api.report_query import check_format, report_query
from api.schemas import FromDay, ToDay
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.services.verification import verify
from ledger.storage import audit, reference
from reports.exports import FORMATS as EXPORTS
from reports.exports import export
from reports.i18n import translate
from reports.registry import REPORTS, build_report
from reports.render import render

Book = Annotated[str | None, QueryParameter(max_length=80, description="Code of a book, such as joint")]
Fund = Annotated[str | None, QueryParameter(max_length=80, description="Code of a fund, such as STRIKE")]
AccountId = Annotated[str | None, QueryParameter(max_length=80, description="An account's id")]
Currency = Annotated[str | None, QueryParameter(max_length=80, description="Only accounts in this currency")]
Method = Annotated[
    str | None, QueryParameter(max_length=80, description="Presentation of a statement: deferral, restricted_fund (usual), asc958, or all of them")
]
Into = Annotated[str | None, QueryParameter(max_length=80, description="Currency of a converted column; none for no such column")]
AsOf = Annotated[date | None, QueryParameter(description="The day the report looks at; today where left out")]
Compare = Annotated[date | None, QueryParameter(description="An earlier day to compare with; the last report's where left out")]
Figure = Annotated[str | None, QueryParameter(max_length=80, description="What is taken apart: held, pledged, committed, floor, available or open")]
Union = Annotated[str | None, QueryParameter(max_length=80, description="Code of a union, such as ue")]
Campaign = Annotated[str | None, QueryParameter(max_length=80, description="Number of a campaign")]
Initiative = Annotated[str | None, QueryParameter(max_length=80, description="An initiative of campaigns")]
ReportFormat = Annotated[Literal["json", "pdf", "xlsx", "csv", "html"], QueryParameter(name="format")]
ExportFormat = Annotated[Literal["jsonl", "hledger", "beancount", "csv"], QueryParameter(name="format")]
Language = Annotated[Literal["en", "fr"] | None, QueryParameter(description="Language of a file; Accept-Language where left out. JSON has both")]
REPORT_FILES = ("application/json", "application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv", "text/html")
EXPORT_FILES = tuple(dict.fromkeys(media_type.partition(";")[0] for _, media_type, _ in EXPORTS.values()))
# Said in one language by whoever typed it, or in both by us.
Said = str | dict[str, str]


class ReportItem(msgspec.Struct, frozen=True):
    """A report that can be asked for."""

    name: str
    title_en: str
    title_fr: str
    fields: list[str]


class ReportColumn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column; `conversions` are the rates, with date and source, that a converted one was made with."""

    name: str
    heading: Said
    kind: str
    currency: str | None = None
    conversions: list[dict[str, Any]] = []


class ReportRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row: `cells` by the column's name (money as an amount), or a `heading` where it groups others."""

    kind: str
    level: int
    heading: Any = None
    cells: dict[str, Any] = {}
    link: str | None = None
    links: dict[str, str] = {}


class ReportTable(msgspec.Struct, frozen=True, kw_only=True):
    """One table."""

    name: str
    caption: Said
    columns: list[ReportColumn]
    rows: list[ReportRow]
    notes: list[Said]


class ReportSection(msgspec.Struct, frozen=True, kw_only=True):
    """Tables under one heading."""

    heading: Said | None
    tables: list[ReportTable]
    notes: list[Said]


class ReportHead(msgspec.Struct, frozen=True):
    """The last entry that the report saw."""

    number: int
    hash: str


class ReportPeriod(msgspec.Struct, frozen=True):
    """The days a report covers."""

    first: date
    last: date


class KeyFigureOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A figure that stands on top."""

    label: Said
    amount: str
    currency: str
    note: Said | None = None
    conversion: dict[str, Any] | None = None
    link: str | None = None


class ReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report, the same for every reader: words in both languages, `{"en": …, "fr": …}`."""

    name: str
    title: Said
    subtitle: list[Said]
    pool: Said
    sample: bool
    as_of: date
    period: ReportPeriod | None
    generated_at: datetime
    head: ReportHead
    key_figures: list[KeyFigureOut]
    sections: list[ReportSection]
    notes: list[Said]


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

    @get("/reports/{name:str}", opt={"permission": "read_reports", "answers": (422,), "files": REPORT_FILES}, operation_id="getReport")
    async def get_report(
        self, request: Request[Any, Any, Any], pool: NamedDependency[Pool], actor: NamedDependency[Actor], name: FromPath[str],
        as_of: AsOf = None, compare: Compare = None, first: FromDay = None, last: ToDay = None, book: Book = None, fund: Fund = None,
        account: AccountId = None, currency: Currency = None, into: Into = None, method: Method = None, figure: Figure = None, union: Union = None,
        campaign: Campaign = None, initiative: Initiative = None, format_name: ReportFormat = "json", language: Language = None,
    ) -> Response[ReportOut]:  # fmt: skip
        """A report as JSON or as a file; `listReports` says which of the fields each looks at."""
        spoken = language or language_of(request)
        query = report_query(request.query_params, pool.today(), "en", name=name)
        document = await build_report(pool, actor, name, query, check_format(format_name))
        made = await asyncio.to_thread(render, document, format_name, spoken)
        headers = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
        return Response(made.content, media_type=made.media_type, headers=headers)  # type: ignore[arg-type]

    @get("/export", opt={"permission": "export_books", "files": EXPORT_FILES}, operation_id="exportJournal")
    async def export_journal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], format_name: ExportFormat = "jsonl"
    ) -> Stream:
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
