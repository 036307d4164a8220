"""Show the reports, hand them out in every format, export the journal and verify the books."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.report_query import check_format, report_query
from api.routes.reports import journal_stream
from api.security import Reader
from ledger.domain.actors import Actor
from ledger.domain.campaigns import INITIATIVES
from ledger.domain.refusals import DateInvalid, NotFound, Refusal
from ledger.services.pool import Pool
from ledger.services.verification import verify
from ledger.storage import reference
from reports.boards.figure import FIGURES
from reports.campaign_list import INITIATIVE_NAMES
from reports.document import Say, words
from reports.facts import read_facts, titled
from reports.i18n import LANGUAGES, N_, translate
from reports.present import say
from reports.registry import REPORTS, Query, build_report
from reports.render import render
from reports.render_html import render_html
from reports.statements.methods import METHODS, USUAL, WAYS

FILES = ("pdf", "xlsx", "csv", "json")


@get("/reports", opt={"permission": "read_reports"})
async def list_reports(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[str]:
    """Every report, with what it answers."""
    items = [(name, say(reader.language, report.title), say(reader.language, report.purpose)) for name, report in REPORTS.items()]
    return page(request, "reports/list.html", reader=reader, help="reports", items=items)


@get("/reports/{name:str}", opt={"permission": "read_reports"})
async def show_report(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], name: FromPath[str]
) -> Response[Any]:  # fmt: skip
    """A report as a page, or as a file with ``?format=pdf``, in the reader's language unless ``language`` names another."""
    if name not in REPORTS:
        raise NotFound(kind="report", id=name)
    asked, format_name = dict(request.query_params), request.query_params.get("format", "html")
    own = await own_currency(pool, reader)
    try:
        query = report_query(asked, pool.today(), reader.language, own, name=name)
        if name == "account-statement" and query.account is None:
            return await _shown(request, pool, reader, name, query=query)
        document = await build_report(pool, reader.actor, name, query, check_format(format_name))
    except DateInvalid as refusal:
        if format_name != "html":
            raise
        return await _shown(request, pool, reader, name, status=refusal.status, wrong=_wrong(reader.language, refusal))
    if format_name != "html":
        spoken = asked.get("language", "")
        made = await asyncio.to_thread(render, document, format_name, spoken if spoken in LANGUAGES else reader.language)
        return Response(made.content, media_type=made.media_type, headers={"Content-Disposition": f'attachment; filename="{made.filename}"'})
    body = await asyncio.to_thread(render_html, document, reader.language, heading=False)
    files = [(kind.upper(), f"/reports/{name}?{urlencode({**asked, 'format': kind})}") for kind in FILES]
    return await _shown(request, pool, reader, name, query=query, body=body, files=files, title=document.title)


async def _shown(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, name: str, *, query: Query | None = None, body: str | None = None,
    files: Sequence[tuple[str, str]] = (), status: int = 200, wrong: tuple[str, str] | None = None, title: Say | None = None,
) -> Response[Any]:  # fmt: skip
    """The report's page; with what is wrong with a day, beside the fields as they were filled in."""
    return page(
        request, "reports/show.html", reader=reader, status=status, help="board-packs" if name.startswith("board-") else "reports", name=name,
        report=REPORTS[name], query=query,
        title_text=say(reader.language, title or REPORTS[name].title), body=body, files=files, choices=await _choices(pool, reader),
        own=await own_currency(pool, reader), wrong=wrong,
    )  # fmt: skip


_DAY_NAMES = {"as_of": N_("At the end of"), "compare": N_("Compared with"), "from": N_("From"), "to": N_("To"), "year": N_("Year")}


def _wrong(language: str, refusal: Refusal) -> tuple[str, str]:
    """The field that a day was typed in ("" where it has no name here), and what is wrong with it."""
    sentences = (message(language, refusal), mend(language, refusal))
    return translate(language, _DAY_NAMES.get(str(refusal.params["field"]), "")), " ".join(sentence for sentence in sentences if sentence)


async def own_currency(pool: Pool, reader: Reader) -> str:
    """The currency of the reader's union; the joint book's for a reader of none."""
    async with pool.database.reading() as connection:
        own = {union.code: union.currency for union in await reference.unions(connection)}
    return own.get(reader.union_code or "", "CAD")


async def _choices(pool: Pool, reader: Reader) -> dict[str, list[tuple[str, str]]]:
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    french = reader.language == "fr"
    funds = sorted(facts.funds.values(), key=lambda fund: fund.id)
    accounts = sorted(facts.accounts.values(), key=lambda account: (account.book, account.path, account.currency))
    return {
        "book": [(code, label.fr if french else label.en) for code, label in facts.books.items()],
        "fund": [(fund.code, fund.name_fr if french else fund.name_en) for fund in funds],
        "account": [(str(a.id), say(reader.language, words("%(book)s: %(account)s", book=facts.books[a.book], account=titled(a)))) for a in accounts],
        "currency": [(code, code) for code in facts.currencies],
        "method": _methods(reader.language),
        "figure": [(name, say(reader.language, called)) for name, called in FIGURES.items()],
        "union": [(union.code, union.name) for union in facts.unions.values()],
        "initiative": [(name, translate(reader.language, INITIATIVE_NAMES[name])) for name in INITIATIVES],
    }


def _methods(language: str) -> list[tuple[str, str]]:
    """The presentations, the usual one first, and the word for all of them."""
    ordered = sorted(METHODS, key=lambda method: method != USUAL)
    return [*((method, say(language, WAYS[method].title)) for method in ordered), ("all", say(language, words("all of them")))]


@get("/export/{format_name:str}", opt={"permission": "export_books"})
async def export_journal(pool: NamedDependency[Pool], actor: NamedDependency[Actor], format_name: FromPath[str]) -> Stream:
    """The whole journal for another program."""
    return await journal_stream(pool, actor, format_name)


@get("/verification", opt={"permission": "verify_books"})
async def ask_verification(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[str]:
    """What a verification does, and the button."""
    return page(request, "reports/verification.html", reader=reader, help="verify", result=None)


@post("/verification", opt={"permission": "verify_books"}, status_code=200)
async def verify_books(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[str]:
    """Verify now, and show what was seen."""
    return page(request, "reports/verification.html", reader=reader, help="verify", result=await verify(pool, reader.actor))


PAGES = [list_reports, show_report, export_journal, ask_verification, verify_books]
