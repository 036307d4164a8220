"""What stands out on a day: refused by a ring-fence, waiting too long, long in transit, not reconciled; each line leads to where it is seen to."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain.allocations import REVIEW
from ledger.domain.chart import JOINT
from ledger.domain.funds import Figures
from ledger.services.close_steps import SUSPENSE
from ledger.services.pool import ZONE
from ledger.storage import continuity
from ledger.storage.bank_matches import accounts_in_use, reconciled_to
from ledger.storage.database import Connection
from ledger.storage.transfers import in_transit
from reports.balances import balances_on
from reports.boards.positions import Positions
from reports.boards.scope import Scope
from reports.document import Chart, Column, Row, Say, Section, Table, cell, row, words
from reports.facts import Facts
from reports.reconciliation.controls import DECISION_DAYS, RING_FENCE_RULES, moments

# A wire takes a few business days; what says nothing of when it is expected is old after this many.
TRANSIT_DAYS = 10


class Standing(msgspec.Struct, frozen=True):
    """One kind of exception: how many there are, the day of the oldest, and where they are."""

    what: Say
    count: int
    oldest: date | None
    link: str


async def select(connection: Connection, facts: Facts, scope: Scope, positions: Positions) -> list[Standing]:
    """Those that there are, in the order of domain.md 8.1; what waits and what is not reconciled stands as of now."""
    found = [
        await _refused(connection, scope), await _waiting(connection, scope), await _in_transit(connection, scope),
        *([] if scope.fund else [await _differences(connection), await _not_reconciled(connection, facts, scope)]),
        await _suspense(connection, facts, scope), _short(scope, positions),
    ]  # fmt: skip
    return [each for each in found if each.count]


async def _refused(connection: Connection, scope: Scope) -> Standing:
    first = scope.since + timedelta(days=1)
    code = scope.fund.code if scope.fund else None
    count, oldest = await continuity.refusals_of_fund(connection, *moments(first, scope.as_of), list(RING_FENCE_RULES), code)
    what = words("Attempts that a ring-fence refused")
    return Standing(what, count, oldest and oldest.astimezone(ZONE).date(), f"/reports/reconciliation?from={first}&to={scope.as_of}")


async def _waiting(connection: Connection, scope: Scope) -> Standing:
    row = await connection.fetchrow(
        """SELECT count(*)::int AS found, min((a.state_since AT TIME ZONE $3)::date) AS oldest FROM allocations a
        JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision
        WHERE a.state = ANY($1::text[]) AND (a.state_since AT TIME ZONE $3)::date < $2 AND ($4::int IS NULL OR r.fund_id = $4)""",
        list(REVIEW), scope.as_of - timedelta(days=DECISION_DAYS), ZONE.key, scope.fund_id,
    )  # fmt: skip
    what = words("Requests waiting for a decision for more than %(days)s days", days=DECISION_DAYS)
    return Standing(what, row["found"], row["oldest"], f"/reports/allocations{f'?fund={scope.fund.code}' if scope.fund else ''}")


async def _in_transit(connection: Connection, scope: Scope) -> Standing:
    late = [each.transfer for each in await in_transit(connection, scope.as_of) if _is_late(each.transfer, scope)]
    what = words("Transfers on their way longer than expected")
    return Standing(what, len(late), min((each.sent_on for each in late), default=None), f"/reports/in-transit?as_of={scope.as_of}")


def _is_late(transfer: Any, scope: Scope) -> bool:
    expected = transfer.expected_on or transfer.sent_on + timedelta(days=TRANSIT_DAYS)
    return bool(expected < scope.as_of and scope.fund_id in (None, transfer.fund_id))


async def _differences(connection: Connection) -> Standing:
    row = await connection.fetchrow("SELECT count(*)::int AS found, min(first_seen) AS oldest FROM union_differences WHERE state = 'open'")
    return Standing(words("Differences between the unions’ ledgers"), row["found"], row["oldest"], "/comparison")


async def _not_reconciled(connection: Connection, facts: Facts, scope: Scope) -> Standing:
    """Joint bank accounts that are not reconciled at the last day of the month before, as of now."""
    month_end = scope.as_of.replace(day=1) - timedelta(days=1)
    days = [await reconciled_to(connection, account) for account in sorted(await accounts_in_use(connection))]
    behind = [day for day in days if day is None or day < month_end]
    what = words("Joint bank accounts not reconciled at %(day)s", day=month_end)
    return Standing(what, len(behind), min((day for day in behind if day), default=None), "/bank")


async def _suspense(connection: Connection, facts: Facts, scope: Scope) -> Standing:
    suspense = {id for id, account in facts.accounts.items() if account.book == JOINT and account.path == SUSPENSE}
    found = [each for each in await balances_on(connection, scope.as_of) if each.account_id in suspense and scope.fund_id in (None, each.fund_id)]
    link = f"/reports/trial-balance?as_of={scope.as_of}&book={JOINT}"
    return Standing(words("Balances in suspense, not told yet what they are"), len(found), None, link)


def _short(scope: Scope, positions: Positions) -> Standing:
    """Funds whose promises and floors are more than they hold: all currencies together where they can be, or else in any of them."""
    short = [own for own in positions.now.values() if _is_short(scope, own)]
    return Standing(words("Funds with less than they promised or must keep"), len(short), None, "/funds")


def _is_short(scope: Scope, own: Sequence[Figures]) -> bool:
    if not scope.rates:
        return any(each.available_minor < 0 for each in own)
    return scope.all_in({each.currency: each.available_minor for each in own}) < 0


def shape(selected: Sequence[Standing], charts: tuple[Chart, ...]) -> Section:
    """One line a kind, beside the charts of the page."""
    columns = (Column("what", words("What stands out")), Column("count", words("Count"), "int"), Column("oldest", words("Oldest"), "date"))
    rows: tuple[Row, ...] = tuple(row(cell(each.what, link=each.link), each.count, each.oldest) for each in selected)
    return Section((Table("exceptions", words("Exceptions"), columns, rows, empty=words("Nothing stands out.")),), charts=charts, is_beside=bool(charts))
