"""What each union pledged and gave by a day: pledged, due, received, overdue and for how long, and what came beside pledges."""

from collections import defaultdict

import msgspec

from ledger.domain.pledges import Schedule
from ledger.storage.database import Connection
from reports import contributions_pledges
from reports.boards.scope import Scope
from reports.contributions_pledges import Selected
from reports.document import Column, Row, Section, Table, cell, row, words
from reports.facts import Facts


class Promise(msgspec.Struct):
    """One union in one currency, minor units; ``late_days`` is the age of the oldest instalment that is overdue."""

    pledged_minor: int = 0
    due_minor: int = 0
    received_minor: int = 0
    overdue_minor: int = 0
    late_days: int = 0
    beside_minor: int = 0


# By union code and currency.
Promises = dict[tuple[str, str], Promise]


async def read(connection: Connection, facts: Facts, scope: Scope) -> Selected:
    """The pledges and contributions of the fund asked for, or of all."""
    fund = scope.fund.code if scope.fund else None
    return await contributions_pledges.select(connection, facts, contributions_pledges.Asked(scope.as_of, fund))


def narrow(facts: Facts, scope: Scope, found: Selected) -> Promises:
    """Every union, in each currency that it promised or gave."""
    promises: defaultdict[tuple[str, str], Promise] = defaultdict(Promise)
    for pledge, plan in found.pledges:
        if scope.fits(pledge.fund_id):
            _add_plan(promises[pledge.union, pledge.currency], plan)
    for given in found.given:
        if scope.fits(given.fund_id) and given.beside_minor:
            promises[given.union, given.currency].beside_minor += given.beside_minor
    order = list(facts.unions)
    return dict(sorted(promises.items(), key=lambda item: (order.index(item[0][0]), item[0][1])))


def _add_plan(promise: Promise, plan: Schedule) -> None:
    promise.pledged_minor += plan.pledged_minor
    promise.due_minor += plan.due_minor
    promise.received_minor += plan.received_minor
    promise.overdue_minor += plan.overdue_minor
    promise.late_days = max(promise.late_days, plan.oldest_overdue_days or 0)


_MONEY = (
    ("pledged", words("Pledged")), ("due", words("Due")), ("received", words("Received")), ("overdue", words("Overdue")),
    ("beside", words("Without a pledge")),
)  # fmt: skip


def shape(facts: Facts, scope: Scope, selected: Promises) -> Section:
    """One line a union and currency, both unions always."""
    columns = (
        Column("union", words("Union")), *(Column(name, heading, "money") for name, heading in _MONEY),
        Column("late", words("Oldest overdue, days"), "int"),
    )  # fmt: skip
    rows = [_line(facts, scope, union, currency, promise) for (union, currency), promise in selected.items()]
    silent = [union for union in facts.unions.values() if not any(code == union.code for code, _ in selected)]
    rows += [_line(facts, scope, union.code, union.currency, Promise()) for union in silent] if selected else []
    table = Table(
        "giving", words("Contributions against pledges, by union"), columns, tuple(rows), empty=words("Nothing was pledged or received by this date.")
    )
    return Section((table,))


def _line(facts: Facts, scope: Scope, union: str, currency: str, promise: Promise) -> Row:
    fund = f"&fund={scope.fund.code}" if scope.fund else ""
    report = f"/reports/contributions-pledges?as_of={scope.as_of}{fund}&union={union}"
    money = [cell(getattr(promise, f"{name}_minor"), currency=currency, link=f"{report}&currency={currency}") for name, _ in _MONEY]
    return row(cell(facts.unions[union].name, link=report), *money, promise.late_days or None)
