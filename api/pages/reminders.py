"""Show treasurers and other readers what reaches a threshold in a year, with everything behind it; as a file of the same."""

import asyncio
from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.pages.contributions import word
from api.pages.files import asked_format, list_file
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.refusals import ChoiceInvalid, DateInvalid
from ledger.domain.reminders import fiscal_year
from ledger.services import statement_requests
from ledger.services import threshold_reminders as service
from ledger.services.pool import Pool
from ledger.services.threshold_reminders import FIRST_YEAR, KINDS, LAST_YEAR, Year
from reports import formats
from reports.facts import read_facts
from reports.i18n import translate
from reports.present import say
from reports.registry import REPORTS
from reports.reminder_words import told_of_requests
from reports.reminders import shape
from reports.render_html import render_html
from reports.threshold_words import APPLIES

FILES = ("pdf", "xlsx", "csv", "json")
YEARS_BACK = 6


@get("/reminders", opt={"permission": "read_reports"})
async def show_reminders(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The reminders of a year; narrowed to one kind, with fiscal years that end in another month than December."""
    year, month, kind = _year(word(request, "year"), pool), _month(word(request, "month")), word(request, "kind") or ""
    if kind not in ("", *KINDS):
        raise ChoiceInvalid(field="kind", value=kind[:40])
    found = await service.of_year(pool, reader.actor, year, month)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    document = shape(facts, found, kind)
    if format_name := asked_format(word(request, "format")):
        return await list_file(pool, reader, document, format_name)
    body = await asyncio.to_thread(render_html, document, reader.language, heading=False)
    asked = dict(request.query_params)
    return page(
        request, "reminders/show.html", reader=reader, help="thresholds", found=found, body=body, years=_years(pool, found.year, month),
        months=[(str(each), formats.month_name(reader.language, each)) for each in range(1, 13)], papers=_papers(reader, found),
        kinds=[(each, translate(reader.language, APPLIES[each])) for each in KINDS], reached=_reached(found, kind),
        late=await _late(pool, reader), files=[(name.upper(), f"/reminders?{urlencode({**asked, 'format': name})}") for name in FILES],
    )  # fmt: skip


async def _late(pool: Pool, reader: Reader) -> list[str]:
    """What is open for too long of one's own union's members' requests, to those who keep them."""
    if not reader.can(statement_requests.KEEP):
        return []
    view = await statement_requests.overview(pool, reader.actor, limit=1)
    return [say(reader.language, each) for each in told_of_requests(view.threshold, len(view.late))] if view.threshold else []


# Of a fiscal year, of a calendar year, and of the last fiscal year that is over.
FISCAL_PAPERS, CALENDAR_PAPERS, ENDED_PAPER = ("lm-2", "schedule-f"), ("form-1099", "fbar", "bank-transfers"), "members-statement"


def _papers(reader: Reader, found: Year) -> list[tuple[str, str]]:
    """The working papers of the same year, where it has begun; what a member may ask for is of a year that has ended."""
    fiscal, calendar = fiscal_year(found.year, found.last_month), fiscal_year(found.year)
    ended = fiscal if fiscal[1] < found.today else fiscal_year(found.year - 1, found.last_month)
    asked = [(name, fiscal) for name in FISCAL_PAPERS] + [(name, calendar) for name in CALENDAR_PAPERS if calendar[0] <= found.today]
    return [(say(reader.language, REPORTS[name].title), _address(name, days)) for name, days in (*asked, (ENDED_PAPER, ended))]


def _address(name: str, days: tuple[date, date]) -> str:
    """A paper by its own fields: its days, or the last of them."""
    if "as_of" in REPORTS[name].fields:
        return f"/reports/{name}?{urlencode({'as_of': days[1].isoformat()})}"
    return f"/reports/{name}?{urlencode({'from': days[0].isoformat(), 'to': days[1].isoformat()})}"


def _year(text: str | None, pool: Pool) -> int:
    if text is None:
        return pool.today().year
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:9]) <= LAST_YEAR):
        raise DateInvalid(field="year", text=text[:10])
    return int(text)


def _month(text: str | None) -> int:
    if text is None:
        return 12
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= 12):
        raise ChoiceInvalid(field="month", value=text[:10])
    return int(text)


def _years(pool: Pool, chosen: int, month: int) -> list[tuple[str, str]]:
    """Next year where its fiscal year has begun, this one, and those before."""
    now = pool.today().year
    has_begun = fiscal_year(now + 1, month)[0] <= pool.today()
    return [(str(each), str(each)) for each in sorted({chosen, *range(now - YEARS_BACK, now + 1 + has_begun)}, reverse=True)]


def _reached(found: Year, kind: str) -> bool:
    return any(part.reached for part in found.parts if kind in ("", part.threshold.applies_to))


PAGES = [show_reminders]
