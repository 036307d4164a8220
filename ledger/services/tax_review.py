"""List whose strike support in a calendar year reaches a threshold, for review by one's own union; nothing is computed and nothing advised.

It is a view of the roster: its own union's treasurers and benefits officers alone, seen by PostgreSQL as that union, every view logged.
"""

import msgspec

from ledger.domain import thresholds as rules
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, OtherUnion
from ledger.domain.thresholds import Threshold
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.services.roster_views import READ_ROSTER
from ledger.storage import audit, reference
from ledger.storage import tax_review as store
from ledger.storage import thresholds as limits
from ledger.storage.private import rosters_of
from ledger.storage.tax_review import MemberYear, YearSums

APPLIES_TO = "strike_benefits"
PAGE_MEMBERS, FILE_MEMBERS = 50, 100_000
FIRST_YEAR, LAST_YEAR = 2000, 2100


class TaxReview(msgspec.Struct, frozen=True):
    """A year of one union's payments to members; ``threshold`` is None where none is entered for its nation, and then nobody is listed."""

    year: int
    union: Union
    threshold: Threshold | None
    sums: YearSums
    members: list[MemberYear]
    next: int | None


async def review(pool: Pool, actor: Actor, year: int | None = None, nation: str = "", after: int = 0, limit: int = PAGE_MEMBERS) -> TaxReview:
    """Members at or over the threshold that holds at the year's end. Refuses a nation whose payers are another union's to review."""
    authorize(actor, READ_ROSTER)
    chosen = year or pool.today().year
    if not FIRST_YEAR <= chosen <= LAST_YEAR:
        raise DateInvalid(field="year", text=str(chosen)[:10])
    async with pool.database.reading() as connection:
        union = await reference.union(connection, actor.union or "")
        _check_nation(nation, union, await reference.unions(connection))
        found = rules.of_year(await limits.thresholds(connection), APPLIES_TO, union.nation, chosen)
        threshold = min(found, key=lambda each: each.money, default=None)
        if threshold is None:
            return TaxReview(chosen, union, None, YearSums(0, 0, 0), [], None)
        async with rosters_of(connection, union.code):
            sums, members = await store.year(connection, union.code, chosen, threshold, after, limit + 1)
    # In the trail before anything is shown; a view names no strike, as it looks into all of them.
    await note(pool, [audit.event(actor, "view_roster", subject="", what="tax_review", year=chosen)])
    return TaxReview(chosen, union, threshold, sums, members[:limit], after + limit if len(members) > limit else None)


def _check_nation(nation: str, own: Union, unions: list[Union]) -> None:
    if not nation or nation == own.nation:
        return
    other = next((union for union in unions if union.nation == nation), None)
    if other is None:
        raise ChoiceInvalid(field="nation", value=nation[:10])
    raise OtherUnion(union=other.code, account="")
