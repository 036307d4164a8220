"""Show a union's fiscal year by the items and schedules of Form LM-2, in exact and whole dollars, with payees over the threshold and debts past due."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account, Union
from ledger.domain.chart import JOINT
from ledger.domain.exchange import convert_at
from ledger.domain.form_maps import FormMap, MapLine, place_of
from ledger.domain.money import divide_half_up
from ledger.services.form_maps import accounts_of, filers, holding
from ledger.services.threshold_reminders import Books, Lack, Part, check_begun, lack_of, outlays, parts_of
from ledger.storage.database import Connection
from ledger.storage.entries import balances_on
from ledger.storage.reminders import Outlay
from reports.document import Column, Conversion, Document, Label, Row, Section, Table, Words, cell, row, words
from reports.facts import Facts, bounded, titled
from reports.reminders import lack_sections, sections_of
from reports.threshold_words import country_label

TITLE = words("Working paper: Form LM-2")
CURRENCY = "USD"
KINDS = ("receipts", "paid_to_payee", "receivable_past_due")


class Asked(msgspec.Struct, frozen=True):
    """The fiscal year, by its days."""

    first: date
    last: date


class Filer(msgspec.Struct, frozen=True):
    """One union: its map, its accounts' figures of the year (what moved of income and expense, what stands of the rest), and its outlays."""

    union: Union
    map: FormMap
    figures: list[tuple[Account, int]]
    outlays: list[Outlay]


class Selected(msgspec.Struct, frozen=True):
    """Every union that fills in the form, what reaches a threshold, what none is entered for, and the rate of each other currency."""

    filers: list[Filer]
    parts: list[Part]
    lack: Lack
    rates: dict[str, Conversion]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The year of each union by the map that holds on its last day."""
    check_begun(asked.first, facts.today)
    books = Books(connection, facts.today)
    before = {(each.account_id, each.fund_id): each.net_minor for each in await balances_on(connection, date.fromordinal(asked.first.toordinal() - 1))}
    after = await balances_on(connection, asked.last)
    standing, moved = defaultdict[int, int](int), defaultdict[int, int](int)
    for each in after:
        standing[each.account_id] += each.net_minor
        moved[each.account_id] += each.net_minor - before.get((each.account_id, each.fund_id), 0)
    found = []
    for union in await filers(connection):
        accounts = await accounts_of(connection, union.code)
        figures = [(one, (moved if one.type in ("income", "expense") else standing)[one.id]) for one in accounts]
        paid = await outlays(connection, union.code, asked.first, asked.last)
        found.append(Filer(union, await holding(connection, union.code, asked.last), [each for each in figures if each[1]], paid))
    parts = [part for kind in KINDS for part in await parts_of(books, kind, asked.first, asked.last)]
    lack = await lack_of(books, KINDS, asked.last, parts)
    return Selected(found, parts, lack, await _rates(books, found, asked.last))


async def _rates(books: Books, found: Sequence[Filer], day: date) -> dict[str, Conversion]:
    """The last rate of the year of each other currency; where there is none, that currency's dollars are left out."""
    rates = {}
    for currency in sorted({account.currency for filer in found for account, _ in filer.figures} - {CURRENCY}):
        rate = await books.rate(currency, CURRENCY, day)
        if rate is not None:
            rates[currency] = Conversion(rate.value, rate.observed_on, rate.source, rate.version, rate.base, rate.quote)
    return rates


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """Each union's accounts by place on the form, the union's own book apart from the joint funds; and what reaches a threshold."""
    sections: list[Section] = []
    for filer in selected.filers:
        bounded(len(filer.figures) + len(filer.outlays))
        for joint, heading in ((False, words("%(union)s’s own book", union=filer.union.name)), (True, words("The joint funds, whole"))):
            sections.append(_accounts(facts, filer, selected.rates, joint, heading))
        sections += [_payees(facts, filer), _map(filer)]
    sections += [section for part in selected.parts for section in sections_of(part, None)]
    sections += lack_sections(selected.lack)
    notes = (
        words("A suggestion by the map of your union’s accounts. Which line it is, and which form, the person who fills it in decides."),
        words("The form asks for whole dollars: fifty cents and more are rounded up. Each line is rounded by itself, so whole dollars may not add up."),
        words("How much of the joint funds is to be reported by which union, the books do not know. Addresses of payees are not in the books."),
    )
    return facts.document("lm-2", TITLE, sections, period=(asked.first, asked.last), notes=notes)


def _accounts(facts: Facts, filer: Filer, rates: dict[str, Conversion], joint: bool, heading: Words) -> Section:
    columns = [
        Column("place", words("On the form")), Column("account", words("Account")), Column("amount", words("In the year, or at its end"), "money"),
    ]  # fmt: skip
    if rates:
        columns.append(Column("converted", words("In %(currency)s", currency=CURRENCY), "converted", CURRENCY, tuple(rates.values())))
    columns.append(Column("whole", words("Whole dollars, %(currency)s", currency=CURRENCY), "int"))
    mine = [(account, amount) for account, amount in filer.figures if (account.book == JOINT) is joint]
    ordered = sorted(mine, key=lambda each: (*_order(place_of(filer.map.lines, each[0])), each[0].path, each[0].currency))
    rows = tuple(_line(filer.map, account, amount, rates) for account, amount in ordered)
    caption = words("Accounts by item and schedule: %(book)s", book=facts.books[JOINT if joint else filer.union.code])
    name = f"accounts-{'joint' if joint else 'own'}-{filer.union.code}"
    return Section((Table(name, caption, tuple(columns), rows, empty=words("Nothing moved in these days.")),), heading)


def _order(place: MapLine | None) -> tuple[int, int, int]:
    """Items first, then schedules, each by its number; what has no place comes last."""
    if place is None or not (place.item or place.schedule):
        return (1, 0, 0)
    return (0, int(place.item or 0), int(place.schedule or 0))


def place_words(place: MapLine | None) -> Words:
    """``Item 57``, ``Schedule 15``, both, or that nobody gave it one."""
    if place is None:
        return words("no place given")
    if place.item and place.schedule:
        return words("Item %(item)s, Schedule %(schedule)s", item=place.item, schedule=place.schedule)
    if place.item:
        return words("Item %(item)s", item=place.item)
    return words("Schedule %(schedule)s", schedule=place.schedule) if place.schedule else words("not on the form")


def _line(held: FormMap, account: Account, net_minor: int, rates: dict[str, Conversion]) -> Row:
    """Income and liabilities are shown as the form asks for them, without a sign."""
    amount = -net_minor if account.type in ("income", "liability") else net_minor
    in_dollars: int | None = amount
    if account.currency != CURRENCY:
        rate = rates.get(account.currency)
        in_dollars = None if rate is None else convert_at(amount, account.currency, CURRENCY, rate.base, rate.quote, rate.rate)
    cells: list[object] = [place_words(place_of(held.lines, account)), cell(titled(account), link=f"/accounts/{account.id}"),
                           cell(amount, currency=account.currency)]  # fmt: skip
    if rates:
        cells.append(in_dollars)
    return row(*cells, None if in_dollars is None else whole_dollars(in_dollars))


def whole_dollars(amount_minor: int) -> int:
    """Minor units rounded to whole dollars, fifty cents up."""
    return divide_half_up(amount_minor, 100)


def _payees(facts: Facts, filer: Filer) -> Section:
    """What each payee was paid, by place on the form: what the form itemises is asked for by schedule."""
    sums = defaultdict[tuple[str, str, str, str, int], int](int)
    for each in filer.outlays:
        sums[each.to, each.name, each.country, each.currency, each.account_id] += each.amount_minor
    columns = (
        Column("payee", words("Payee")), Column("country", words("Country")), Column("place", words("On the form")),
        Column("account", words("Account")), Column("amount", words("Paid"), "money"),
    )  # fmt: skip
    rows = tuple(
        row(
            name, country_label(country), place_words(place_of(filer.map.lines, facts.account(account))), titled(facts.account(account)),
            cell(amount, currency=currency),
        )
        for (_, name, country, currency, account), amount in sorted(sums.items(), key=lambda each: (each[0][1], each[0][3], each[0][4]))
    )
    caption = words("Payees of %(union)s by account", union=filer.union.name)
    table = Table(f"payees-{filer.union.code}", caption, columns, rows, empty=words("Nobody was paid in these days."))
    return Section((table,), words("Payees"))


def _map(filer: Filer) -> Section:
    said = words("By the map %(form)s, version %(version)s, from this source: %(source)s.", form=form_label(filer.map), version=filer.map.version,
                 source=source_label(filer.map))  # fmt: skip
    holds = words("It is the version that holds on the last day of these; its own first day is %(day)s.", day=filer.map.valid_from)
    return Section(heading=words("Which map"), notes=(said, holds))


def form_label(held: FormMap) -> Label:
    """Which form a map is of; in French where it was said in French as well."""
    return Label(held.form, held.form_fr or held.form)


def source_label(held: FormMap) -> Label:
    """Where a map was read, without a full stop of its own."""
    return Label(held.source.rstrip("."), (held.source_fr or held.source).rstrip("."))
