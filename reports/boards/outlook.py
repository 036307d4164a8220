"""Weeks of strike support left, what the exchange rate could do, and what was lent in kind: what a board asks after the balances."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP

import msgspec

from ledger.domain import runway as rules
from ledger.domain.runway import FX_SHARE, Burn, Runway
from ledger.storage import runway as store
from ledger.storage.database import Connection
from reports import resource_balance
from reports.boards.positions import Positions
from reports.boards.scope import Scope
from reports.document import Column, Label, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.resource_balance import Lent
from reports.resource_words import KIND_NAMES, UNIT_NAMES
from reports.runway_words import rule, until_text, weeks_text


class Outlook(msgspec.Struct, frozen=True):
    """(fund id, runway) of what is for strikes or pays them, and what one union lent another since the other day."""

    runways: list[tuple[int, Runway]]
    lent: list[Lent]


class Read(msgspec.Struct, frozen=True):
    """What strikes took from each fund in the four weeks before the day, and what was lent for each since the other day."""

    burnt: dict[tuple[int, str], list[Burn]]
    lent: list[Lent]


async def read(connection: Connection, scope: Scope) -> Read:
    """Of the fund asked for, or of all: the four weeks, and the bookings that fell in between the two days."""
    burnt = await store.burns(connection, rules.last_weeks(scope.as_of)[0][0], scope.as_of, scope.fund_id)
    return Read(burnt, await resource_balance.lent(connection, scope.since + timedelta(days=1), scope.as_of, scope.fund_id))


def narrow(scope: Scope, found: Read, positions: Positions) -> Outlook:
    """Of the funds that are looked at."""
    # A fund that is exhausted has no figure in a currency any more, and that is when its weeks are asked for.
    available = {(fund_id, each.currency): each.available_minor for fund_id, own in positions.now.items() for each in own}
    runways = [
        (fund_id, rules.runway(scope.as_of, currency, available.get((fund_id, currency), 0), rules.by_week(scope.as_of, burns)))
        for (fund_id, currency), burns in sorted(found.burnt.items(), key=lambda item: (item[0][0], item[0][1] != scope.into, item[0][1]))
        if fund_id in positions.now
    ]
    return Outlook(runways, resource_balance.together(each for each in found.lent if scope.fits(each.fund_id)))


def weeks(facts: Facts, scope: Scope, selected: Outlook) -> Section:
    """How long each fund can pay strikes, with the rule beneath (case W25)."""
    columns = (
        Column("fund", words("Fund")), Column("weeks", words("Weeks left")), Column("until", words("Lasts")),
        Column("available", words("Available"), "money"), Column("burn", words("Average week"), "money"),
    )  # fmt: skip
    rows = tuple(_weeks(facts, scope, fund_id, one) for fund_id, one in selected.runways)
    notes = tuple(rule(one) for _, one in selected.runways) if len(selected.runways) == 1 else (RULE,)
    empty = words("No strike was paid in the last four weeks: no current strike.")
    return Section((Table("weeks", words("Weeks of strike support left"), columns, rows, notes, empty),))


RULE = words("Available, divided by the average of the last four weeks since payments began; cut down to one decimal, never rounded up.")


def _weeks(facts: Facts, scope: Scope, fund_id: int, one: Runway) -> Row:
    fund = facts.funds[fund_id]
    runway = f"/strikes/runway?fund={fund.code}&as_of={scope.as_of}"
    return row(
        cell(name_of(fund), link=runway), Label(weeks_text("en", one), weeks_text("fr", one)),
        Label(until_text("en", one), until_text("fr", one)),
        cell(one.available_minor, currency=one.currency, link=scope.made_of("available", fund.code, one.currency)),
        cell(one.average_minor, currency=one.currency, link=runway),
    )  # fmt: skip


def exposure(scope: Scope, positions: Positions) -> Section:
    """What each currency that is not the reader's own is worth in it, and would be five in a hundred lower and higher."""
    if not scope.into or not scope.rates:
        return Section()
    held, committed = positions.sums("held_minor"), positions.sums("committed_minor")
    share = (FX_SHARE * 100).normalize()
    columns = (
        Column("currency", words("Currency")), Column("held", words("Balance"), "money"), Column("committed", words("Committed"), "money"),
        Column("open", words("Open position"), "money"), *scope.converted_column("worth"),
        *scope.converted_column("effect", words("Effect of ±%(share)s %%", share=int(share))),
    )  # fmt: skip
    held_in = sorted((held.keys() | committed.keys()) & scope.rates.keys())
    rows = tuple(_exposed(scope, currency, held.get(currency, 0), committed.get(currency, 0)) for currency in held_in)
    notes = (words("What is promised in the same currency is taken off: it would rise and fall with what is held for it."),)
    caption, empty = words("Exchange exposure"), words("Nothing is held in another currency.")
    return Section((Table("exposure", caption, columns, rows, notes, empty),))


def _exposed(scope: Scope, currency: str, held: int, committed: int) -> Row:
    worth = scope.converted(held - committed, currency)
    money = [
        cell(minor, currency=currency, link=scope.made_of(figure, currency=currency))
        for figure, minor in (("held", held), ("committed", committed), ("open", held - committed))
    ]  # fmt: skip
    open_link = scope.made_of("open", currency=currency)
    called = cell(currency, link=f"/rates?from={scope.since}&to={scope.as_of}")
    return row(called, *money, cell(worth, link=open_link), cell(effect(worth), link=open_link))


def effect(worth: int) -> int:
    """What five in a hundred more or less of the rate would change."""
    return int((abs(worth) * FX_SHARE).to_integral_value(ROUND_HALF_UP))


def lent(facts: Facts, scope: Scope, selected: Sequence[Lent]) -> Section:
    """Hours and other units are the fact; what they were worth stands beside them."""
    columns = (
        Column("lender", words("Lent by")), Column("borrower", words("Lent to")), Column("kind", words("Kind")),
        Column("delivered", words("Delivered and confirmed"), "decimal"), Column("unit", words("Unit")), Column("value", words("Worth"), "money"),
        Column("recovered", words("Charged back"), "money"),
    )  # fmt: skip
    rows = tuple(_lent(facts, scope, each) for each in selected)
    caption = words("Resources in kind since %(day)s", day=scope.since)
    return Section((Table("lent", caption, columns, rows, empty=words("Nothing was lent in this period.")),))


def _lent(facts: Facts, scope: Scope, each: Lent) -> Row:
    link = f"/reports/resource-balance?from={scope.since + timedelta(days=1)}&to={scope.as_of}" + (f"&fund={scope.fund.code}" if scope.fund else "")
    return row(
        cell(facts.unions[each.lender].name, link=link), facts.unions[each.borrower].name, words(KIND_NAMES[each.kind]), each.delivered,
        words(UNIT_NAMES[each.unit]), cell(each.value_minor, currency=each.currency, link=link),
        cell(each.recovered_minor, currency=each.currency, link=link),
    )  # fmt: skip
