"""Section A: each fund from opening to closing, currency beside currency, all in each currency, and the exchange difference proved (case W21)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.closes import Report
from ledger.domain.continuity import LINES, Item, Line, Place, Roll, rolls
from ledger.domain.exchange import roll_forward
from ledger.domain.refusals import RateMissing
from ledger.storage.closes import content, report_before
from ledger.storage.continuity import Earlier, earlier_entries, moved
from ledger.storage.database import Connection
from reports.balances import balances_on
from reports.carried import ROUNDING_MINOR, Carried, all_in, carried_into
from reports.document import Cell, Column, Row, RowKind, Say, Section, Table, cell, group, row, words
from reports.facts import LINES_MAXIMUM, Facts, bounded, name_of
from reports.i18n import N_
from reports.journal_list import KIND_NAMES

Rates = dict[str, dict[str, Carried]]
Native = Mapping[str, int]
ENCUMBRANCES = "Budget:Encumbrances"


class Continuity(msgspec.Struct, frozen=True):
    """Every fund and currency carried from opening to closing, the rates into each currency by the currency they are of, and the corrections."""

    rolls: dict[Place, Roll]
    rates: Rates
    missing: list[str]
    earlier: list[Earlier]
    before: "Before | None" = None


class Before(msgspec.Struct, frozen=True):
    """The report of the period before, and where its closing balances are not what this one opens with: (fund, currency) codes."""

    report: Report
    differing: list[tuple[str, str]]


async def select(connection: Connection, facts: Facts, first: date, last: date) -> Continuity:
    """The joint book's period; without a converted column where a rate is wanting."""
    opening = [(each.account_id, each.fund_id, each.amount_minor) for each in await balances_on(connection, first - timedelta(days=1))]
    closing = [(each.account_id, each.fund_id, each.amount_minor) for each in await balances_on(connection, last)]
    joint = {id: account for id, account in facts.accounts.items() if account.book == "joint"}
    found = rolls(
        joint, (each for each in opening if each[0] in joint), await moved(connection, first, last), (each for each in closing if each[0] in joint),
        {fund.id: fund.floors for fund in facts.funds.values()},
    )  # fmt: skip
    earlier = await earlier_entries(connection, first, last, LINES_MAXIMUM + 1)
    bounded(len(earlier))
    rates, missing = await _rates(connection, facts, found, first, last)
    return Continuity(found, rates, missing, earlier, await _before(connection, facts, found, first))


async def _before(connection: Connection, facts: Facts, found: Mapping[Place, Roll], first: date) -> Before | None:
    """Hold what is opened with against the kept facts of the report before, where there is one."""
    report = await report_before(connection, first)
    if report is None:
        return None
    kept = msgspec.json.decode(await content(connection, report.close, report.version, "facts") or b"{}")
    closed = {(fund, currency): figures["closing"] for fund, each in kept["funds"].items() for currency, figures in each.items()}
    opened = {(facts.funds[fund_id].code, currency): roll.opening_minor for (fund_id, currency), roll in found.items()}
    return Before(report, sorted(place for place in closed.keys() | opened.keys() if closed.get(place, 0) != opened.get(place, 0)))


async def _rates(connection: Connection, facts: Facts, found: Mapping[Place, Roll], first: date, last: date) -> tuple[Rates, list[str]]:
    rates: Rates = {}
    missing = []
    used = {currency for _, currency in found}
    opens = {roll.currency for roll in found.values() if roll.opening_minor}
    for into in facts.currencies:
        try:
            rates[into] = {
                currency: await carried_into(connection, currency, into, first, last, opens=currency in opens) for currency in used - {into}
            }  # fmt: skip
        except RateMissing:
            missing.append(into)
    return rates, missing


# --- shape ------------------------------------------------------------------------------------------------------------


class _Written(msgspec.Struct, frozen=True):
    """What a line is written with: the period, the currencies with their columns, and the rates."""

    facts: Facts
    first: date
    last: date
    currencies: list[str]
    rates: Rates


def shape(facts: Facts, first: date, last: date, selected: Continuity) -> Section:
    """One table of all funds with a total, and the list of what belongs to earlier periods."""
    used = sorted({currency for _, currency in selected.rolls} or set(facts.currencies), key=facts.currencies.index)
    rates = {into: carried for into, carried in selected.rates.items() if carried}
    written = _Written(facts, first, last, used, rates)
    notes: list[Say] = [words("Debts are taken off; pledges that were recognised are part of a balance and cannot be paid out.")]
    notes.append(words("Every converted line is rounded by itself, so line 10 may differ from its proof by half a cent for each line that was rounded."))
    notes += [words("Nothing is converted into %(currency)s: a rate of the period is wanting.", currency=into) for into in selected.missing]
    if selected.before is not None:
        notes.append(_proved(selected.before))
    tables = [_table(written, selected)]
    if selected.earlier:
        tables.append(_earlier(facts, selected.earlier))
    return Section(tuple(tables), words("A. Roll-forward of each fund"), notes=tuple(notes))


def _proved(before: Before) -> Say:
    said = {"close": before.report.close, "version": before.report.version}
    if not before.differing:
        return words("Each opening balance is the closing balance of report %(close)s, version %(version)s: compared, and equal.", **said)
    funds = ", ".join(f"{fund} {currency}" for fund, currency in before.differing)
    return words("Opening balances that are not the closing balances of report %(close)s, version %(version)s: %(funds)s.", **said, funds=funds)


def _table(written: _Written, selected: Continuity) -> Table:
    columns = [Column("line", words("Line")), *(Column(code.lower(), code, "money", code) for code in written.currencies)]
    for into, carried in written.rates.items():
        each = tuple(conversion for rate in carried.values() for conversion in (rate.opening, rate.mean, rate.closing))
        columns.append(Column(f"in-{into.lower()}", words("All in %(currency)s", currency=into), "converted", into, each))
    rows: list[Row] = []
    for fund_id in sorted({fund_id for fund_id, _ in selected.rolls}):
        rows += _fund(written, written.facts.funds[fund_id], [roll for (own, _), roll in selected.rolls.items() if own == fund_id])
    rows += _all_funds(written, list(selected.rolls.values()))
    empty = words("No fund held or moved anything.")
    return Table("continuity", words("From opening to closing, per fund and currency"), tuple(columns), tuple(rows), empty=empty)


def _fund(written: _Written, fund: Fund, own: Sequence[Roll]) -> list[Row]:
    heading = group(name_of(fund), link=f"/funds/{fund.code}")
    return [heading, *_lines(written, own, fund.code)]


def _all_funds(written: _Written, everything: Sequence[Roll]) -> list[Row]:
    """The sums of all funds, and what of them is restricted by whom."""
    rows = [group(words("All funds")), *_lines(written, everything, "")]
    at = next(index for index, each in enumerate(rows) if each.kind == "total")
    by_kind: defaultdict[str, list[Roll]] = defaultdict(list)
    for roll in everything:
        by_kind[_restriction(written.facts.funds[roll.fund_id])].append(roll)
    parts = [
        _row(written, words("12. Of which %(what)s", what=words(_RESTRICTIONS[kind])), by_kind[kind], _closing(by_kind[kind]), "closing")
        for kind in _RESTRICTIONS
        if kind in by_kind
    ]  # fmt: skip
    result = _sums((roll.currency, roll.result_minor) for roll in everything)
    parts.append(_row(written, words("Result of the period"), everything, result, "mean"))
    return rows[: at + 1] + parts + rows[at + 1 :]


_RESTRICTIONS = {
    "donor": N_("restricted by donors"), "board": N_("restricted by a board"), "US": N_("political, United States"), "CA": N_("political, Canada"),
    "none": N_("unrestricted"),
}  # fmt: skip


def _restriction(fund: Fund) -> str:
    return fund.nation if fund.nation in _RESTRICTIONS else fund.restriction


def _closing(own: Iterable[Roll]) -> Native:
    return _sums((roll.currency, roll.closing_minor) for roll in own)


def _sums(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: defaultdict[str, int] = defaultdict(int)
    for currency, minor in parts:
        sums[currency] += minor
    return dict(sums)


def _lines(written: _Written, own: Sequence[Roll], fund: str) -> list[Row]:
    """Lines 1 to 14; a line of nothing but zeros is left out, the balances never."""
    opening = _sums((roll.currency, roll.opening_minor) for roll in own)
    rows = [_row(written, words("1. Opening balance"), own, opening, "opening", "subtotal", _statement(written, fund))]
    for line in LINES:
        rows += _of_line(written, own, fund, line)
    difference, proof = _exchange_difference(written, own)
    if any(difference.values()) or any(proof.values()):
        rows.append(_converted_only(written, words("10. Exchange difference"), difference))
        rows.append(_converted_only(written, words("Proof from the rates alone"), proof, level=1))
    rows.append(_row(written, words("11. Closing balance"), own, _closing(own), "closing", "total", _statement(written, fund)))
    standing = (
        (words("Pledged, advanced or lent"), _sums((roll.currency, roll.unspendable_minor) for roll in own), None),
        (words("13. Committed"), _sums((roll.currency, roll.committed_minor) for roll in own), _journal(written, fund, ENCUMBRANCES, opening=True)),
        (words("Floor that stays in the fund"), _sums((roll.currency, roll.floor_minor) for roll in own), None),
    )  # fmt: skip
    rows += [_row(written, label, own, values, "closing", link=link) for label, values, link in standing if any(values.values())]
    available = _sums((roll.currency, roll.available_minor) for roll in own)
    return [*rows, _row(written, words("14. Available"), own, available, "closing", "subtotal")]


def _of_line(written: _Written, own: Sequence[Roll], fund: str, line: Line) -> list[Row]:
    """The rows of one line: one an account, money between funds and currencies in and out apart."""
    items = [(roll.currency, item) for roll in own for item in roll.items if item.line == line]
    rows = []
    for path in sorted({item.path for _, item in items}):
        mine = [(currency, item) for currency, item in items if item.path == path]
        for label, values in _labelled(written, line, path, mine):
            if any(values.values()):
                rows.append(_row(written, label, own, values, "mean", link=_link(written, fund, line, path)))
    return rows


_NUMBER_OF_LINE: dict[Line, int] = {
    "contributions": 2, "locals": 2, "other_income": 2, "in_kind": 2, "between_funds": 3, "exchanged": 4, "strike": 5, "allocations": 6, "fees": 7,
    "interest": 8, "corrections": 9,
}  # fmt: skip
_BOTH_WAYS: dict[Line, tuple[str, str]] = {
    "between_funds": (N_("3. From other funds"), N_("3. To other funds")),
    "exchanged": (N_("4. Bought from the other currency, at the bank’s rate"), N_("4. Sold for the other currency, at the bank’s rate")),
}  # fmt: skip
_NAMED: dict[Line, str] = {
    "brought": N_("Brought into the books"), "in_kind": N_("2. In kind, received less used"), "corrections": N_("9. Corrections of earlier periods"),
}  # fmt: skip


def _labelled(written: _Written, line: Line, path: str, mine: Sequence[tuple[str, Item]]) -> list[tuple[Say, dict[str, int]]]:
    if line in _BOTH_WAYS:
        into, out = _BOTH_WAYS[line]
        came = _sums((currency, item.in_minor) for currency, item in mine)
        return [(words(into), came), (words(out), _sums((currency, -item.out_minor) for currency, item in mine))]
    values = _sums((currency, item.amount_minor) for currency, item in mine)
    if line in _NAMED:
        return [(words(_NAMED[line]), values)]
    account = next(each for each in written.facts.accounts.values() if (each.book, each.path) == ("joint", path))
    what = name_of(account)
    if line == "locals":
        union = written.facts.unions[account.counterparty or ""].name
        return [(words("%(number)s. Contributions of locals of %(union)s", number=2, union=union), values)]
    return [(words("%(number)s. %(what)s", number=_NUMBER_OF_LINE[line], what=what), values)]


def _link(written: _Written, fund: str, line: Line, path: str) -> str | None:
    """Where a line's entries are listed. Money in kind moves on two accounts and corrections on any: those are listed by what they have in common."""
    if line == "corrections":
        return None
    return _journal(written, fund, path)


def _journal(written: _Written, fund: str, path: str, *, opening: bool = False) -> str:
    asked = {"from": "" if opening else written.first.isoformat(), "to": written.last.isoformat(), "book": "joint", "fund": fund}
    asked |= {"account": f"joint/{path}"} if path else {}
    return "/journal?" + urlencode({name: value for name, value in asked.items() if value})


def _statement(written: _Written, fund: str) -> str:
    """The ledger of the fund over the period, every posting of it."""
    asked = {"first": written.first.isoformat(), "last": written.last.isoformat(), "book": "joint"} | ({"fund": fund} if fund else {})
    return "/reports/general-ledger?" + urlencode(asked)


def _row(
    written: _Written, label: Say, own: Sequence[Roll], values: Native, use: str, kind: RowKind = "line", link: str | None = None, level: int = 0
) -> Row:  # fmt: skip
    """A line in every currency, and all in each; every figure is converted and rounded once."""
    native = [values.get(code, 0) for code in written.currencies]
    return row(label, *native, *(all_in(into, rates, values, use) for into, rates in written.rates.items()), kind=kind, link=link, level=level)


def _converted_only(written: _Written, label: Say, values: Native, level: int = 0) -> Row:
    cells: list[Cell | None] = [None for _ in written.currencies]
    return row(label, *cells, *(values[into] for into in written.rates), level=level)


def _exchange_difference(written: _Written, own: Sequence[Roll]) -> tuple[dict[str, int], dict[str, int]]:
    """What the rates alone did to these funds, as what is left over and as the proof; within half a unit's rounding of each line (W21)."""
    left, proved = {}, {}
    for into, rates in written.rates.items():
        moves = _moves(own)
        opening, closing = _sums((roll.currency, roll.opening_minor) for roll in own), _closing(own)
        came = sum(all_in(into, rates, values, "mean") for values in moves)
        left[into] = all_in(into, rates, closing, "closing") - all_in(into, rates, opening, "opening") - came
        rolled = [
            roll_forward(opening[code], [sum(values.get(code, 0) for values in moves)], code, into, rate.rates, rate.closing.base, rate.closing.quote)
            for code, rate in rates.items()
            if code in opening
        ]  # fmt: skip
        proved[into] = sum(each.proof_minor for each in rolled)
        assert abs(left[into] - proved[into]) <= ROUNDING_MINOR * (len(moves) + 1), f"the exchange difference in {into} is not proved"
    return left, proved


def _moves(own: Sequence[Roll]) -> list[dict[str, int]]:
    """The moved amounts of each row as it is written, by currency."""
    sums: defaultdict[tuple[Line, str, bool], dict[str, int]] = defaultdict(dict)
    for roll in own:
        for item in roll.items:
            ways = (item.in_minor, -item.out_minor) if item.line in _BOTH_WAYS else (item.amount_minor,)
            for way, amount in enumerate(ways):
                into = sums[item.line, item.path, bool(way)]
                into[roll.currency] = into.get(roll.currency, 0) + amount
    return list(sums.values())


def _earlier(facts: Facts, entries: Sequence[Earlier]) -> Table:
    columns = (
        Column("entry", words("Entry")), Column("date", words("Date"), "date"), Column("kind", words("Kind")), Column("of", words("Of")),
        Column("fund", words("Fund")), Column("what", words("What")), Column("change", words("Change of the fund"), "money"),
    )  # fmt: skip
    rows = [
        row(
            cell(f"J-{each.number}", link=f"/journal/{each.number}"), each.entry_date, words(KIND_NAMES[each.kind]), _of(each),
            name_of(facts.funds[each.fund_id]), each.description, cell(each.change_minor or 0, currency=each.currency),
        )
        for each in entries
    ]  # fmt: skip
    sums = _sums((each.currency, each.change_minor or 0) for each in entries)
    rows += [
        row(words("All funds"), None, None, None, None, None, cell(minor, currency=currency), kind="total") for currency, minor in sorted(sums.items())
    ]
    return Table("corrections", words("9. Corrections of earlier periods"), columns, tuple(rows))


def _of(each: Earlier) -> Cell | Say:
    number = each.reverses or each.corrects
    if number is not None:
        return cell(f"J-{number}", link=f"/journal/{number}")
    return words("In effect since %(day)s", day=each.effective_date) if each.effective_date else ""
