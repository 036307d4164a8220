"""Show the requests behind what was asked, approved and spent by a day, one by one."""

from collections.abc import Sequence

import msgspec

from ledger.domain.campaigns import INITIATIVES
from ledger.domain.refusals import ChoiceInvalid
from ledger.storage.database import Connection
from reports.boards import requests, scope
from reports.boards.requests import MONEY, Wish, all_in, by_currency, total
from reports.boards.scope import Scope
from reports.campaign_list import INITIATIVE_NAMES
from reports.document import Cell, Column, Document, Row, Say, Section, Table, cell, row, words
from reports.facts import Facts, name_of

TITLE = words("Requests, one by one")


class Asked(scope.AskedFund, frozen=True):
    """What was asked of a fund, by a campaign, for an initiative, in a currency; all of it where none is named."""

    campaign: str | None = None
    initiative: str | None = None
    currency: str | None = None


class Selected(msgspec.Struct, frozen=True):
    """The requests that fit, in the order of their campaigns."""

    scope: Scope
    wishes: list[Wish]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """As the boards' pages read them."""
    if asked.initiative is not None and asked.initiative not in INITIATIVES:
        raise ChoiceInvalid(field="initiative", value=asked.initiative[:40])
    settled = await scope.scope(connection, facts, asked, [asked.currency] if asked.currency else facts.currencies)
    return Selected(settled, [wish for wish in await requests.read(connection, settled) if _is_asked(asked, wish)])


def _is_asked(asked: Asked, wish: Wish) -> bool:
    return (
        asked.campaign in (None, wish.campaign) and asked.initiative in (None, wish.initiative) and asked.currency in (None, wish.currency)
    )  # fmt: skip


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One line a request and currency, the sums, and where there is a rate what they come to in one currency."""
    settled, wishes = selected.scope, selected.wishes
    tables = (_by_request(facts, wishes), *([_together(settled, wishes)] if settled.after({}) and wishes else []))
    notes = [words("What was withdrawn by the day is left out; what was approved is what was set aside; what was spent is what was paid by the day.")]
    return facts.document("board-requests", TITLE, [Section(tables)], as_of=settled.as_of, subtitle=_subtitle(settled, asked, wishes), notes=notes)


def _by_request(facts: Facts, wishes: Sequence[Wish]) -> Table:
    columns = (
        Column("number", words("Request")), Column("campaign", words("Campaign")), Column("fund", words("Fund")),
        *(Column(figure, label, "money") for figure, label in MONEY),
    )  # fmt: skip
    rows = [_line(facts, wish) for wish in wishes]
    for own in by_currency(wishes):
        rows.append(row(words("All of it, %(currency)s", currency=own[0].currency), None, None, *_figures(own, None), kind="total"))
    return Table("requests", words("Requests"), columns, tuple(rows), empty=words("Nothing was asked for by this date."))


def _together(settled: Scope, wishes: Sequence[Wish]) -> Table:
    """Each currency's sums converted once, and all of them."""
    columns = (Column("currency", words("Currency")), *(each for figure, label in MONEY for each in settled.converted_column(figure, label)))
    rows = [row(own[0].currency, *(all_in(settled, own, figure) for figure, _ in MONEY)) for own in by_currency(wishes)]
    total_row = row(words("Total"), *(all_in(settled, wishes, figure) for figure, _ in MONEY), kind="total")
    caption = words("%(table)s, all in %(currency)s", table=words("Requests"), currency=settled.into or "")
    return Table("together", caption, columns, (*rows, total_row))


def _subtitle(settled: Scope, asked: Asked, wishes: Sequence[Wish]) -> list[Say]:
    """What it is narrowed to, in words."""
    found: list[Say] = [name_of(settled.fund)] if settled.fund else []
    found += [words(INITIATIVE_NAMES[asked.initiative])] if asked.initiative else []
    return found + ([wishes[0].campaign_name if wishes else asked.campaign] if asked.campaign else [])


def _line(facts: Facts, wish: Wish) -> Row:
    link = f"/requests/{wish.number}"
    return row(
        cell(wish.number, link=link), cell(wish.campaign_name, link=f"/campaigns/{wish.campaign}"), name_of(facts.funds[wish.fund_id]),
        *_figures([wish], link),
    )  # fmt: skip


def _figures(own: Sequence[Wish], link: str | None) -> list[Cell]:
    """What was asked, approved and spent in one currency."""
    return [cell(total(own, figure), currency=own[0].currency, link=link) for figure, _ in MONEY]
