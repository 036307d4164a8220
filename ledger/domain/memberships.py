"""Decide about certified memberships: how many members a union counts on a day, by whose certificate (case W14)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from ledger.domain.days import check_past_day
from ledger.domain.money import round_half_up
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    AmountNotPositive,
)

MEMBERS_MAXIMUM = 10_000_000
SOURCE_MAXIMUM = 300


class CertifyMembership(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many members a union had on a day, and where that was counted; of a day that was certified before, a correction."""

    as_of: date
    members: int
    source: str
    document: UUID | None = None


class MembershipCount(msgspec.Struct, frozen=True, kw_only=True):
    """One certified number as kept; ``is_latest`` where no correction of its day came after."""

    union: str
    as_of: date
    version: int
    members: int
    source: str
    document: UUID | None
    certified_by: int
    certified_by_name: str
    certified_at: datetime
    is_latest: bool = True


def checked_count(asked: CertifyMembership, today: date) -> CertifyMembership:
    """A number to be certified as it is kept, or the refusal of it."""
    if not 0 < asked.members <= MEMBERS_MAXIMUM:
        raise AmountNotPositive(field="members")
    check_past_day("as_of", asked.as_of, today)
    return msgspec.structs.replace(asked, source=plain("source", asked.source, SOURCE_MAXIMUM, needed=True))


class CountUsed(msgspec.Struct, frozen=True):
    """A certified number that an average was made of."""

    as_of: date
    version: int
    members: int


class Membership(msgspec.Struct, frozen=True):
    """A union's average over a period, 2 decimals, and the numbers it is the mean of; ``is_before`` where they are of a day before the period."""

    union: str
    counts: tuple[CountUsed, ...]
    average: Decimal
    is_before: bool = False

    @property
    def total(self) -> int:
        """The sum of the counts, so that shares come from the exact mean, never from the rounded one."""
        return sum(each.members for each in self.counts)


def membership(union: str, counts: Iterable[MembershipCount], starts_on: date, ends_on: date) -> Membership | None:
    """The mean of the counts dated in the period, of each day's latest version; where none is, the latest before it; None where there is neither."""
    known = sorted((each for each in counts if each.union == union and each.is_latest and each.as_of <= ends_on), key=lambda each: each.as_of)
    inside = [each for each in known if each.as_of >= starts_on]
    used = tuple(CountUsed(each.as_of, each.version, each.members) for each in inside or known[-1:])
    if not used:
        return None
    return Membership(union, used, round_half_up(Decimal(sum(each.members for each in used)) / len(used), 2), is_before=not inside)
