"""What stands out on a day: refused by a ring-fence, waiting too long, long in transit, not reconciled; each line leads to where it is seen to."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.allocations import REVIEW
from ledger.domain.chart import JOINT
from ledger.domain.funds import Figures
from ledger.domain.transfers import Transfer
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
from reports.transfers_in_transit import days_late


class Standing(msgspec.Struct, frozen=True):
    """One kind of exception: how many there are, the day of the oldest, and where they are."""

    what: Say
    count: int
    oldest: date | None
    link: str


class Read(msgspec.Struct, frozen=True):
    """What may stand out: (how many, the oldest) of refusals by fund code and of requests that wait by fund id, what is in transit, the open
    differences, until when each bank account is reconciled, and (account id, fund id) of what is in suspense.
    """

    refused: dict[str, tuple[int, date]]
    waiting: dict[int, tuple[int, date]]
    late: list[Transfer]
    differences: tuple[int, date | None]
    reconciled: list[date | None]
    suspense: list[tuple[int, int]]


async def read(connection: Connection, facts: Facts, scope: Scope) -> Read:
    """Of all funds at once; what waits and what is not reconciled stands as of now."""
    suspense = {id for id, account in facts.accounts.items() if account.book == JOINT and account.path == SUSPENSE}
    differences = await connection.fetchrow(
        "SELECT count(*)::int AS found, min(first_seen) AS oldest FROM union_differences WHERE state = 'open' AND first_seen <= $1", scope.as_of
    )
    return Read(
        await _refused(connection, scope), await _waiting(connection, scope),
        [each.transfer for each in await in_transit(connection, scope.as_of) if days_late(each.transfer, scope.as_of) > 0],
        (differences["found"], differences["oldest"]),
        [await reconciled_to(connection, account) for account in sorted(await accounts_in_use(connection))],
        [(each.account_id, each.fund_id) for each in await balances_on(connection, scope.as_of) if each.account_id in suspense],
    )  # fmt: skip


async def _refused(connection: Connection, scope: Scope) -> dict[str, tuple[int, date]]:
    since, over = moments(scope.since + timedelta(days=1), scope.as_of)
    found = await continuity.refusals_by_fund(connection, since, over, list(RING_FENCE_RULES))
    return {code: (count, oldest.astimezone(ZONE).date()) for code, (count, oldest) in found.items()}


async def _waiting(connection: Connection, scope: Scope) -> dict[int, tuple[int, date]]:
    rows = await connection.fetch(
        """SELECT r.fund_id, count(*)::int AS found, min((a.state_since AT TIME ZONE $3)::date) AS oldest FROM allocations a
        JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision
        WHERE a.state = ANY($1::text[]) AND (a.state_since AT TIME ZONE $3)::date < $2 GROUP BY r.fund_id""",
        list(REVIEW), scope.as_of - timedelta(days=DECISION_DAYS), ZONE.key,
    )  # fmt: skip
    return {row["fund_id"]: (row["found"], row["oldest"]) for row in rows}


def narrow(scope: Scope, found: Read, positions: Positions) -> list[Standing]:
    """Those that there are, in the order of domain.md 8.1, of the fund asked for or of all; the unions' own matters are of no fund."""
    refused = [each for code, each in found.refused.items() if scope.fund is None or scope.fund.code == code]
    waiting = [each for fund_id, each in found.waiting.items() if scope.fits(fund_id)]
    late = [(1, each.sent_on) for each in found.late if scope.fits(each.fund_id)]
    suspense = [(1, None) for _, fund_id in found.suspense if scope.fits(fund_id)]
    fund = f"&fund={scope.fund.code}" if scope.fund else ""
    day = f"as_of={scope.as_of}{fund}"
    standing = [
        _standing(words("Attempts that a ring-fence refused"), refused, f"/reports/board-refused?{day}&compare={scope.since}"),
        _standing(
            words("Requests waiting for a decision for more than %(days)s days", days=DECISION_DAYS), waiting,
            f"/reports/allocations?from={scope.as_of.year}-01-01&to={scope.as_of}{fund}#waiting",
        ),
        _standing(words("Transfers on their way longer than expected"), late, f"/reports/in-transit?{day}"),
        *([] if scope.fund else _of_no_fund(scope, found)),
        _standing(words("Balances in suspense, not told yet what they are"), suspense, f"/reports/trial-balance?{day}&book={JOINT}"),
        _short(scope, positions),
    ]  # fmt: skip
    return [each for each in standing if each.count]


def _standing(what: Say, found: Sequence[tuple[int, date | None]], link: str) -> Standing:
    return Standing(what, sum(count for count, _ in found), min((oldest for _, oldest in found if oldest), default=None), link)


def _of_no_fund(scope: Scope, found: Read) -> list[Standing]:
    """Differences of the unions' ledgers, and joint bank accounts that are not reconciled at the last day of the month before."""
    month_end = scope.as_of.replace(day=1) - timedelta(days=1)
    behind = [(1, day) for day in found.reconciled if day is None or day < month_end]
    return [
        _standing(words("Differences between the unions’ ledgers"), [found.differences], "/comparison"),
        _standing(words("Joint bank accounts not reconciled at %(day)s", day=month_end), behind, "/bank"),
    ]


def _short(scope: Scope, positions: Positions) -> Standing:
    """Funds whose promises and floors are more than they hold: all currencies together where they can be, or else in any of them."""
    short = [own for own in positions.now.values() if _is_short(scope, own)]
    return Standing(words("Funds with less than they promised or must keep"), len(short), None, scope.made_of("available"))


def _is_short(scope: Scope, own: Sequence[Figures]) -> bool:
    if not scope.rates:
        return any(each.available_minor < 0 for each in own)
    return scope.all_in({each.currency: each.available_minor for each in own}) < 0


def shape(selected: Sequence[Standing], charts: tuple[Chart, ...]) -> Section:
    """One line a kind, beside the charts of the page."""
    columns = (Column("what", words("What stands out")), Column("count", words("Count"), "int"), Column("oldest", words("Oldest"), "date"))
    rows: tuple[Row, ...] = tuple(row(cell(each.what, link=each.link), each.count, each.oldest) for each in selected)
    return Section((Table("exceptions", words("Exceptions"), columns, rows, empty=words("Nothing stands out.")),), charts=charts, is_beside=bool(charts))
