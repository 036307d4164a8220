"""What each fund holds, has committed and has available on a day, beside an earlier day, and month by month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.chart import JOINT
from ledger.domain.funds import Figures, figures
from ledger.storage import funds
from ledger.storage.database import Connection
from reports import formats
from reports.boards.scope import Scope
from reports.document import Cell, Chart, Column, KeyFigure, Row, RowKind, Say, Section, Series, Table, cell, row, words
from reports.facts import Facts, name_of

# (held, pledged, committed) minor units by fund id and currency.
Held = dict[int, dict[str, tuple[int, int, int]]]
MONTHS = 12


class Changed(msgspec.Struct, frozen=True):
    """What a fund's balance changed by in a month, which is named by its first day; the first month read is the sum of all before too."""

    fund_id: int
    month: date
    currency: str
    change_minor: int


class Read(msgspec.Struct, frozen=True):
    """What the books say of every fund at once: on the day, on the other one, and by month."""

    now: Held
    then: Held
    changes: list[Changed]


class Positions(msgspec.Struct, frozen=True):
    """Every fund that is there on the day, in the order they were set up: its figures now and then, by fund id; and the months before."""

    now: dict[int, list[Figures]]
    then: dict[int, list[Figures]]
    months: list[tuple[date, dict[str, int]]]

    def sums(self, name: str) -> dict[str, int]:
        """A figure of all funds by currency, without zeros."""
        found: defaultdict[str, int] = defaultdict(int)
        for each in (figure for own in self.now.values() for figure in own):
            found[each.currency] += getattr(each, name)
        return {currency: minor for currency, minor in found.items() if minor}


# Whole months, in which nothing ever changes after their close; the first is the sum of all before.
_MONTHS = """
    SELECT t.fund_id, greatest(t.month, $2::date) AS month, a.currency::text AS currency, sum(t.debit_minor - t.credit_minor)::bigint AS change_minor
    FROM month_totals t JOIN accounts a ON a.id = t.account_id
    WHERE a.book = $1 AND t.month < date_trunc('month', $3::date)::date AND ($4::int IS NULL OR t.fund_id = $4)
        AND (a.path LIKE 'Assets:%' OR a.path LIKE 'Liabilities:%')
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


async def read(connection: Connection, scope: Scope) -> Read:
    """Of the fund asked for, or of all of them, in three statements."""
    now = await funds.held_on(connection, scope.as_of, scope.fund_id)
    then = await funds.held_on(connection, scope.since, scope.fund_id)
    months = await connection.fetch(_MONTHS, JOINT, _month_before(scope.as_of, MONTHS - 1), scope.as_of, scope.fund_id)
    return Read(now, then, [Changed(**dict(each)) for each in months])


def narrow(facts: Facts, scope: Scope, found: Read) -> Positions:
    """Of the fund asked for, or of every one that was open or held something."""
    chosen = [scope.fund] if scope.fund else [fund for fund in sorted(facts.funds.values(), key=lambda fund: fund.id) if _is_shown(fund, found, scope)]
    ordered = sorted(facts.currencies, key=lambda code: (code != scope.into, code))
    return Positions(
        {fund.id: figures(fund, found.now.get(fund.id, {}), ordered) for fund in chosen},
        {fund.id: figures(fund, found.then.get(fund.id, {}), ordered) for fund in chosen},
        _months(scope, [each for each in found.changes if scope.fits(each.fund_id)]),
    )  # fmt: skip


async def select(connection: Connection, facts: Facts, scope: Scope) -> Positions:
    """Both at once."""
    return narrow(facts, scope, await read(connection, scope))


def _is_shown(fund: Fund, found: Read, scope: Scope) -> bool:
    held = any(any(each) for day in (found.now, found.then) for each in day.get(fund.id, {}).values())
    return held or (fund.confirmed and (fund.opened_on or scope.as_of) <= scope.as_of < (fund.closed_on or date.max))


def _months(scope: Scope, changed: Sequence[Changed]) -> list[tuple[date, dict[str, int]]]:
    """(last day, minor units by currency) of the months before the day's own, at most eleven, from the first that had anything."""
    changes: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in changed:
        changes[each.month][each.currency] += each.change_minor
    found: list[tuple[date, dict[str, int]]] = []
    held: dict[str, int] = {}
    for months in range(MONTHS - 1, 0, -1):
        month = _month_before(scope.as_of, months)
        held = {code: held.get(code, 0) + changes[month].get(code, 0) for code in held.keys() | changes[month].keys()}
        if held:
            found.append((_month_before(scope.as_of, months - 1) - timedelta(days=1), held))
    return found


def _month_before(day: date, months: int) -> date:
    """The first day of the month so many months before a day's own."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


# --- shape --------------------------------------------------------------------------------------------------------------


def key_figures(scope: Scope, selected: Positions) -> tuple[KeyFigure, ...]:
    """What is held, committed and available: in the reader's currency, or in each where nothing is converted."""
    named = (("held", words("Balance")), ("committed", words("Committed")), ("available", words("Available")))
    if scope.into and scope.rates:
        used = next(iter(scope.rates.values())) if len(scope.rates) == 1 else None
        return tuple(
            KeyFigure(
                label, scope.all_in(selected.sums(f"{name}_minor")), scope.into, words("of all currencies") if used is None else None,
                conversion=used, link=scope.made_of(name),
            )
            for name, label in named
        )  # fmt: skip
    return tuple(
        KeyFigure(label, minor, currency, link=scope.made_of(name, currency=currency))
        for name, label in named for currency, minor in sorted(selected.sums(f"{name}_minor").items())
    )  # fmt: skip


def shape(facts: Facts, scope: Scope, selected: Positions) -> list[Section]:
    """The funds, or the figures of the one asked for, and what changed since the other day."""
    table = _one_fund(scope, selected) if scope.fund else _funds(facts, scope, selected)
    return [Section((table,)), Section((_changes(facts, scope, selected),))]


def funds_chart(scope: Scope, selected: Positions) -> tuple[Chart, ...]:
    """The funds side by side; none where they cannot be counted in one currency, or where one fund is looked at."""
    return () if scope.fund or not scope.after({}) or not selected.now else (_chart(scope),)


_FIGURES = (
    ("held", words("Balance")), ("pledged", words("Pledged, advanced or lent")), ("committed", words("Committed")), ("floor", words("Floor")),
    ("available", words("Available")),
)  # fmt: skip
# What is told of every fund; the others where one fund is looked at.
_ALWAYS = ("held", "committed", "available")


def _funds(facts: Facts, scope: Scope, selected: Positions) -> Table:
    """One line a fund: each currency's balance, and where there is a rate all of them in one."""
    currencies = _ordered(scope, selected.sums("held_minor"))
    together = [each for name, heading in _FIGURES if name in _ALWAYS for each in scope.converted_column(name, _all_in(scope, heading))]
    native = [] if together else [(name, heading) for name, heading in _FIGURES if name in ("committed", "available")]
    columns = (
        Column("fund", words("Fund")), *(Column(code.lower(), code, "money", code) for code in currencies),
        *(Column(f"{name}-{code.lower()}", words("%(what)s, %(currency)s", what=heading, currency=code), "money", code)
          for name, heading in native for code in currencies), *together,
    )  # fmt: skip

    def line(called: Cell, own: Sequence[Figures], fund: str | None, kind: RowKind = "line") -> Row:
        held = [_native(scope, own, "held", fund, code) for code in currencies]
        more = [_native(scope, own, name, fund, code) for name, _ in native for code in currencies]
        all_in = [_together(scope, own, name, fund) for name in _ALWAYS] if together else []
        return row(called, *held, *more, *all_in, kind=kind)

    rows = [
        line(cell(name_of(facts.funds[id]), link=_page(scope, facts.funds[id].code)), own, facts.funds[id].code) for id, own in selected.now.items()
    ]  # fmt: skip
    everything = [figure for own in selected.now.values() for figure in own]
    rows.append(line(cell(words("All funds")), _summed(everything), None, "total"))
    return Table("funds", words("What the funds hold, have promised and can pay"), columns, tuple(rows), (AVAILABLE,), words("There is no fund yet."))


AVAILABLE = words("Available is the balance less what is pledged, advanced or lent, less what is committed, less the floors.")


def _all_in(scope: Scope, heading: Say) -> Say:
    return words("%(what)s, all in %(currency)s", what=heading, currency=scope.into or "")


def _minor(each: Figures, name: str) -> int:
    return int(getattr(each, f"{name}_minor"))


def _sum(own: Iterable[Figures], name: str, currency: str) -> int:
    return sum(_minor(each, name) for each in own if each.currency == currency)


def _summed(everything: Sequence[Figures]) -> list[Figures]:
    """One line a currency: converted once, as their sum."""
    return [
        Figures(code, *(_sum(everything, name, code) for name in ("held", "pledged", "committed", "floor")))
        for code in sorted({each.currency for each in everything})
    ]  # fmt: skip


def _page(scope: Scope, fund: str) -> str:
    return f"/reports/board-fund?fund={fund}&as_of={scope.as_of}&compare={scope.since}"


def _native(scope: Scope, own: Iterable[Figures], name: str, fund: str | None, code: str) -> Cell:
    """A figure in one currency, which leads to the accounts that make it."""
    return cell(_sum(own, name, code), link=scope.made_of(name, fund, code))


def _together(scope: Scope, own: Iterable[Figures], name: str, fund: str | None) -> Cell:
    """The same of all currencies in one."""
    return cell(scope.all_in({each.currency: _minor(each, name) for each in own}), link=scope.made_of(name, fund))


def _chart(scope: Scope) -> Chart:
    described = words("Two bars for each fund: what it holds and what of that is available. The table of the funds says the same.")
    series = (Series("held", "soft"), Series("available", "ink"))
    return Chart("funds-chart", "funds", "bar", "fund", series, words("The funds, all in %(currency)s", currency=scope.into or ""), described)


def _one_fund(scope: Scope, selected: Positions) -> Table:
    """One line a figure, from the balance to what is available."""
    (own,) = selected.now.values()
    currencies = _ordered(scope, {each.currency for each in own})
    fund = scope.fund.code if scope.fund else ""
    columns = (Column("figure", words("Figure")), *(Column(code.lower(), code, "money", code) for code in currencies), *scope.converted_column("converted"))
    rows = [
        row(
            cell(label, link=scope.made_of(name, fund)), *(_native(scope, own, name, fund, code) for code in currencies),
            *([_together(scope, own, name, fund)] if scope.after({}) else []), kind="total" if name == "available" else "line",
        )
        for name, label in _FIGURES
        if name in _ALWAYS or any(_minor(each, name) for each in own)
    ]  # fmt: skip
    return Table("funds", words("What the fund holds, has promised and can pay"), columns, tuple(rows))


def _changes(facts: Facts, scope: Scope, selected: Positions) -> Table:
    """Each fund on both days and what changed, currency beside currency."""
    currencies = _ordered(scope, {each.currency for day in (selected.now, selected.then) for own in day.values() for each in own if each.held_minor})
    columns = (
        Column("fund", words("Fund")),
        *(column for code in currencies for column in (
            Column(f"then-{code.lower()}", words("%(currency)s on %(day)s", currency=code, day=formats.date_iso(scope.since)), "money", code),
            Column(f"change-{code.lower()}", words("Change in %(currency)s", currency=code), "money", code),
        )),
    )  # fmt: skip
    rows = [_change(scope, facts.funds[id], currencies, selected.then[id], own) for id, own in selected.now.items()]
    if scope.fund is None:
        then, now = ([figure for own in day.values() for figure in own] for day in (selected.then, selected.now))
        rows.append(_change(scope, None, currencies, then, now))
    caption = words("What changed since %(day)s", day=scope.since)
    return Table("two-days", caption, columns, tuple(rows), _compared(scope), empty=words("Nothing was held on either day."))


def _compared(scope: Scope) -> tuple[Say, ...]:
    return (words("Compared with the last day of the last reconciliation report."),) if scope.is_report else ()


def _change(scope: Scope, fund: Fund | None, currencies: Sequence[str], then: Sequence[Figures], now: Sequence[Figures]) -> Row:
    """One fund's line, or that of all of them."""
    code = fund.code if fund else None
    cells = []
    for currency in currencies:
        before, after = _sum(then, "held", currency), _sum(now, "held", currency)
        cells.append(cell(before, link=scope.made_of("held", code, currency, on=scope.since)))
        cells.append(cell(after - before, link=scope.made_of("held", code, currency, moved=True)))
    called = cell(name_of(fund), link=_page(scope, fund.code)) if fund else cell(words("All funds"))
    return row(called, *cells, kind="line" if fund else "total")


def history(scope: Scope, selected: Positions) -> Section:
    """A table of month ends, and a line for each currency; nothing where there was no month before."""
    if not selected.months:
        return Section()
    days = [*selected.months, (scope.as_of, selected.sums("held_minor"))]
    currencies = _ordered(scope, {code for _, held in days for code, minor in held.items() if minor})
    columns = (
        Column("on", words("On"), "date"), *(Column(code.lower(), code, "money", code) for code in currencies),
    )  # fmt: skip
    rows = tuple(
        row(day, *(cell(held.get(code, 0), link=scope.made_of("held", currency=code, on=day)) for code in currencies)) for day, held in days
    )
    table = Table("months", words("Balance at the end of each month"), columns, rows)
    charts = tuple(
        Chart(
            f"months-{code.lower()}", "months", "line", "on", (Series(code.lower(), "ink"),), words("Balance, %(currency)s", currency=code),
            words("A line from month to month. The table says the same."),
        )
        for code in currencies
    )  # fmt: skip
    return Section((table,), charts=charts, is_beside=True)


def _ordered(scope: Scope, currencies: Iterable[str]) -> list[str]:
    return sorted(currencies, key=lambda code: (code != scope.into, code))
