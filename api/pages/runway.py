"""Show how long each fund can pay strike support, by which rule and weeks, and what a scenario in the address would make of it."""

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.pages.forms import Form
from api.pages.funds import rate_text
from api.pages.rendering import page
from api.report_query import optional_day
from api.security import Reader
from ledger.domain.money import digits_of
from ledger.domain.refusals import Refusal
from ledger.domain.runway import MEMBERS_MAXIMUM, PROJECTED_WEEKS, Added, Combined, Runway, add_members
from ledger.services import runway as service
from ledger.services.pool import Pool
from ledger.services.runway import FundRunway, RunwayPage, Scenario
from reports import formats
from reports.charts import page_svg
from reports.document import Table
from reports.i18n import N_, translate
from reports.present import say, value_text
from reports.runway_words import projection, rule, runway_tile, until_text, weeks_text

_FIELDS = {
    "members": N_("More members"), "weekly": N_("A week for each"), "strike_members": N_("Members of another strike"),
    "strike_weekly": N_("A week for each of them"), "from_week": N_("It begins in week"),
}  # fmt: skip


@get("/strikes/runway", opt={"permission": "read_strikes"})
async def show_runway(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every fund's runway; with a scenario in the address, what it would be."""
    form = Form(dict(request.query_params), reader.language)
    fund, scenario = form.raw("fund").strip()[:12], None
    as_of = optional_day(request.query_params, "as_of", reader.language)
    shown = await service.runway_page(pool, reader.actor, fund=fund, as_of=as_of)
    currencies = _currencies(shown)
    if shown.chosen and (added := _added(form, currencies)) and form.ok:
        scenario = Scenario(shown.chosen.fund.code, form.raw("currency") or currencies[0], added)
        shown = await service.runway_page(pool, reader.actor, scenario, as_of=as_of)
    drawings = await asyncio.to_thread(_drawings, reader.language, shown)
    return page(
        request, "strikes/runway.html", reader=reader, help="runway", fragment="results", shown=shown,
        tiles=[runway_tile(reader.language, one) for one in shown.funds], chosen=_told(reader.language, shown.chosen),
        supposed=_told(reader.language, shown.supposed), drawings=drawings, currencies=[(code, code) for code in currencies],
        wrong=[(translate(reader.language, _FIELDS.get(name, "")), text) for name, text in form.summary()],
    )  # fmt: skip


def _currencies(shown: RunwayPage) -> list[str]:
    """What a scenario can be in, a currency that is burnt in front."""
    burnt = {one.currency for one in shown.chosen.runways if one.average} if shown.chosen else set()
    return sorted(shown.currencies, key=lambda code: (code not in burnt, shown.currencies.index(code)))


def _added(form: Form, currencies: list[str]) -> tuple[Added, ...]:
    """The scenario typed into the address; a half one is an error beside its field."""
    currency = form.choice("currency", currencies, required=False) or currencies[0]
    found = [_one(form, "members", "weekly", currency, 1)] if form.raw("members").strip() or form.raw("weekly").strip() else []
    if form.raw("strike_members").strip() or form.raw("strike_weekly").strip():
        week = form.integer("from_week", 1, PROJECTED_WEEKS) if form.raw("from_week").strip() else 1
        found.append(_one(form, "strike_members", "strike_weekly", currency, week))
    return tuple(one for one in found if one)


def _one(form: Form, members: str, weekly: str, currency: str, week: int) -> Added | None:
    count, minor = form.integer(members, 1, MEMBERS_MAXIMUM), form.money(weekly, currency, digits_of(currency))
    try:
        return add_members(count, minor, week) if form.ok else None
    except Refusal:
        form.fail(weekly, translate(form.language, "This is larger than any amount these books can hold."))
        return None


# --- in words -----------------------------------------------------------------------------------------------------------


def _told(language: str, found: FundRunway | None) -> dict[str, Any] | None:
    """A fund's runway with the rule beneath each figure."""
    if found is None:
        return None
    return {
        "fund": found.fund, "runways": [_runway(language, one) for one in found.runways],
        "combined": [_combined(language, one) for one in found.combined], "rate": rate_text(language, found.rate) if found.rate else "",
        "pair": (found.rate.base, found.rate.quote) if found.rate else None,
    }  # fmt: skip


def _runway(language: str, found: Runway) -> dict[str, Any]:
    return {
        "it": found, "weeks": weeks_text(language, found), "until": until_text(language, found), "rule": say(language, rule(found)),
        "added_minor": sum(one.burn_minor for one in found.added), "burning": bool(found.average),
    }  # fmt: skip


def _combined(language: str, found: Combined) -> dict[str, Any]:
    return {"it": found, "weeks": weeks_text(language, found), "rate": formats.rate(language, found.rate, 4)}


def _drawings(language: str, shown: RunwayPage) -> list[dict[str, Any]]:
    """Each currency's chart with its table."""
    runways = {one.currency: one for whole in (shown.supposed, shown.chosen) if whole for one in whole.runways}
    found = []
    for currency, (now, then) in shown.projections.items():
        chart, table = projection(f"left-{currency.lower()}", runways[currency], now, then)
        found.append({"caption": say(language, chart.caption), "svg": page_svg(chart, table, language), "table": _rows(language, table)})
    return found


def _rows(language: str, table: Table) -> dict[str, Any]:
    """A document's table for a page's own macros."""
    return {
        "caption": say(language, table.caption),
        "columns": [(say(language, column.heading), column.is_figure) for column in table.columns],
        "rows": [
            [(value_text(language, column, cell), column.currency or "", column.is_figure) for column, cell in zip(table.columns, row.cells, strict=True)]
            for row in table.rows
        ],
    }  # fmt: skip


PAGES = [show_runway]
