"""Show what locals on strike were advanced and accounted for: all of them, one strike's, one advance."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.pages.documents import documents_for
from api.pages.rendering import named, page
from api.pages.strike_advance_parts import Params, may_in, may_with, weekly_of, words_of
from api.security import Reader
from ledger.domain.money import by_currency
from ledger.services import strike_advance_views
from ledger.services.pool import Pool
from reports.i18n import translate
from reports.strike_advance_words import ADVANCE_EVENTS


@get("/strikes/advances", opt={"permission": "read_strikes"})
async def list_advances(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every local of both unions that was paid in a strike, and what it has still to account for."""
    cases = await strike_advance_views.list_advances(pool, reader.actor)
    rows = [(case, each) for case in cases for each in case.statements if each.weeks]
    return page(
        request, "strike_advances/list.html", reader=reader, help="advances", rows=rows,
        open_by_currency=by_currency((each.currency, each.open_minor) for _, each in rows), **words_of(reader.language),
    )  # fmt: skip


@get("/strikes/{number:str}/advances", opt={"permission": "read_strikes"})
async def show_advances(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """A strike's advances by local: what is due this week, and each local's statement."""
    view = await strike_advance_views.show_advances(pool, reader.actor, number)
    case = view.case
    return page(
        request, "strike_advances/strike.html", reader=reader, help="advances", case=case, strike=case.strike, due=view.due, may=may_in(reader, case),
        rules_name=named(reader.language, case.rules), weekly=weekly_of(reader.language, case),
        documents=await documents_for(pool, reader, "strike", case.strike.number), **words_of(reader.language),
    )  # fmt: skip


@get("/strikes/advances/{advance:str}", opt={"permission": "read_strikes"})
async def show_advance(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], advance: FromPath[str]) -> Response[Any]:
    """One advance: how its amount came about, what holds it back, and what was done."""
    view = await strike_advance_views.show_advance(pool, reader.actor, advance)
    return page(
        request, "strike_advances/show.html", reader=reader, help="advances", view=view, advance=view.advance, strike=view.case.strike,
        statement=view.case.of(view.advance.local), may=may_with(reader, view), event_names=_events(reader.language),
        bank=next((each for each in view.banks if each.id == view.advance.account_id), None), **words_of(reader.language),
    )  # fmt: skip


def _events(language: str) -> dict[str, str]:
    return {code: translate(language, name) for code, name in ADVANCE_EVENTS.items()}


PAGES = [list_advances, show_advances, show_advance]
