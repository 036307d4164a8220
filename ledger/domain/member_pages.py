"""Decide about the members' page: what of a quarter is told to the rank and file of both unions, and who says so.

It holds sums alone: no name of a person, campaign, employer or local, no count of fewer than five members, nothing of what is planned. Nor can one
be worked out from several pages: the balance of a purpose that strike support is paid out of is on none of them, as its change would tell what was
paid, nor read any more on those approved before the strike began, and a figure of strike support is told once in one way or not again (``told_again``).
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.refusals import DateInvalid, MemberPageState, NotFound, TextInvalid
from ledger.domain.suppression import SMALL_CELL, held_back
from ledger.domain.text import UNKEPT

READ, PUBLISH = "read_reports", "publish_member_pages"
# The purpose of funds that are there for strike support.
STRIKE = "strike"
State = Literal["proposed", "shown", "replaced", "taken_back"]
TEXT_MAXIMUM = 2_000
VERSIONS_MAXIMUM = 100_000
QUARTER = re.compile(r"\A(20\d\d)-Q([1-4])\Z", re.ASCII)
_BREAKS = re.compile(r"[\r\n\t]")


class Sum(msgspec.Struct, frozen=True):
    """Money of one kind in one currency, minor units: ``of`` is a union, an initiative or a fund's purpose. None where it is not told."""

    of: str
    currency: str
    amount_minor: int | None


class Hours(msgspec.Struct, frozen=True):
    """Hours that a union lent the other, confirmed as delivered."""

    of: str
    hours: Decimal


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a quarter, and at which head of the journal it was read. ``strikes`` and ``members`` are None where they are not told.

    ``otherwise`` says whether money was paid for strikes that was neither a benefit nor an advance, never how much: how many members it was for is not
    known. None in a version that was approved before it was asked.
    """

    quarter: str
    head_number: int
    head_hash: str
    read_at: datetime
    received: tuple[Sum, ...]
    benefits: tuple[Sum, ...]
    advances: tuple[Sum, ...]
    strikes: int | None
    members: int | None
    approved: tuple[Sum, ...]
    spent: tuple[Sum, ...]
    lent: tuple[Hours, ...]
    purposes: tuple[Sum, ...]
    otherwise: bool | None = None


class Frozen(msgspec.Struct, frozen=True):
    """A version as both unions approve it: the figures, and a paragraph in each language or none."""

    figures: Figures
    text_en: str = ""
    text_fr: str = ""


class Struck(msgspec.Struct, frozen=True):
    """What one strike was paid in a quarter: ``members`` is the most that one of its weeks had."""

    strike: str
    union: str
    currency: str
    paid_as: Literal["benefits", "advances"]
    members: int
    amount_minor: int


class Support(msgspec.Struct, frozen=True):
    """What is told of strike support; None where it would tell of fewer than five members. ``otherwise``: more was paid than these sums and counts."""

    benefits: tuple[Sum, ...]
    advances: tuple[Sum, ...]
    strikes: int | None
    members: int | None
    otherwise: bool = False


class Asked(msgspec.Struct, frozen=True):
    """A union's last word on whether the page may be seen, and its place among all words."""

    union: str
    is_on: bool
    ordinal: int
    by: str
    at: datetime


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a quarter's page; ``approved`` are the unions whose officer approved it.

    ``supporting`` are the purposes that strike support is paid out of by now, whatever was one when it was approved.
    """

    quarter: str
    version: int
    state: State
    state_since: datetime
    proposed_by: str
    proposed_at: datetime
    facts: bytes
    facts_sha256: bytes
    approved: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()

    @property
    def frozen(self) -> Frozen:
        """What it says, less the balances that a later strike took off every page: nobody reads ``facts`` in any other way."""
        kept = msgspec.json.decode(self.facts, type=Frozen)
        told = told_purposes(kept.figures.purposes, self.supporting)
        return msgspec.structs.replace(kept, figures=msgspec.structs.replace(kept.figures, purposes=told))


# --- quarters -------------------------------------------------------------------------------------------------------------


def days_of(quarter: str) -> tuple[date, date]:
    """The first and the last day of ``2026-Q3``."""
    found = QUARTER.match(quarter)
    if found is None:
        raise DateInvalid(field="quarter", text=quarter[:40])
    year, month = int(found[1]), 3 * int(found[2]) - 2
    after = date(year + month // 10, (month + 2) % 12 + 1, 1)
    return date(year, month, 1), after - timedelta(days=1)


def quarter_of(day: date) -> str:
    """The quarter that a day is in."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def past_quarters(today: date, first: date) -> list[str]:
    """The quarters that are over, the latest first, back to the one that ``first`` is in."""
    found, day = [], days_of(quarter_of(today))[0] - timedelta(days=1)
    while day >= first:
        found.append(quarter_of(day))
        day = days_of(found[-1])[0] - timedelta(days=1)
    return found


def check_address(quarter: str, version: int) -> None:
    """Refuse what cannot be the address of any version, before a database is asked."""
    if not QUARTER.match(quarter) or not 0 < version <= VERSIONS_MAXIMUM:
        raise NotFound(kind="page", id=quarter[:20] if quarter.isprintable() else "")


def check_over(quarter: str, today: date) -> tuple[date, date]:
    """Its days; refuses a quarter that is not over."""
    first, last = days_of(quarter)
    if last >= today:
        raise MemberPageState(page=quarter, reason="not_over")
    return first, last


# --- what is told ---------------------------------------------------------------------------------------------------------


def told_support(strikes: Iterable[Struck], otherwise: bool = False) -> Support:
    """Strike support in sums, nothing of which tells of fewer than five members.

    A sum of few is held back, and with it the smallest other, so that no subtraction gives it (``ledger.domain.suppression``). Where money was paid
    ``otherwise``, no strike and no member is not what was supported, and so not told.
    """
    known = list(strikes)
    members: dict[tuple[str, str, str], int] = {}
    sums: dict[tuple[str, str, str], int] = {}
    most: dict[str, int] = {}
    for each in known:
        cell = (each.paid_as, each.union, each.currency)
        members[cell] = members.get(cell, 0) + each.members
        sums[cell] = sums.get(cell, 0) + each.amount_minor
        # Who was paid benefits and who a local's advance was for may be the same people.
        most[each.strike] = max(most.get(each.strike, 0), each.members)
    hidden = held_back(members)
    told = {cell: None if cell in hidden else amount for cell, amount in sorted(sums.items())}
    benefits, advances = (
        tuple(Sum(union, currency, amount) for (paid_as, union, currency), amount in told.items() if paid_as == wanted)
        for wanted in ("benefits", "advances")
    )
    members_told = None if hidden else _five_or_more(sum(most.values()), otherwise)
    return Support(benefits, advances, _five_or_more(len(most), otherwise), members_told, otherwise)


def _five_or_more(number: int, otherwise: bool) -> int | None:
    return number if number >= SMALL_CELL or (number == 0 and not otherwise) else None


def told_again(support: Support, before: Collection[Figures]) -> Support:
    """The support without what differs from a version of the same quarter that was shown ``before``: the difference may be one member's."""
    known = {
        (name, each.of, each.currency): each.amount_minor
        for figures in before for name in ("benefits", "advances") for each in getattr(figures, name) if each.amount_minor is not None
    }  # fmt: skip
    benefits, advances = (
        tuple(Sum(each.of, each.currency, _same(each.amount_minor, known.get((name, each.of, each.currency)))) for each in getattr(support, name))
        for name in ("benefits", "advances")
    )
    strikes, members = (
        _same(getattr(support, name), next((told for each in before if (told := getattr(each, name))), None)) for name in ("strikes", "members")
    )
    return Support(benefits, advances, strikes, members, support.otherwise)


def _same(now: int | None, told: int | None) -> int | None:
    return now if told is None or now == told else None


def told_purposes(purposes: Iterable[Sum], supporting: Collection[str]) -> tuple[Sum, ...]:
    """The balances by purpose, but of those that strike support is paid out of: two of them, less what is told, are what is not."""
    return tuple(each for each in purposes if each.of != STRIKE and each.of not in supporting)


def check_texts(text_en: str, text_fr: str) -> tuple[str, str]:
    """The paragraph in both languages, trimmed; both or neither."""
    kept = text_en.strip(), text_fr.strip()
    for field, text, other in (("text_en", kept[0], kept[1]), ("text_fr", kept[1], kept[0])):
        if other and not text:
            raise TextInvalid(field=field, limit=TEXT_MAXIMUM, reason="both_languages")
        if len(text) > TEXT_MAXIMUM or UNKEPT.search(_BREAKS.sub(" ", text)):
            raise TextInvalid(field=field, limit=TEXT_MAXIMUM)
    return kept


def frozen_bytes(frozen: Frozen) -> tuple[bytes, bytes]:
    """A version as it is kept, and its SHA-256."""
    facts = msgspec.json.encode(frozen)
    return facts, hashlib.sha256(facts).digest()


# --- who says so ----------------------------------------------------------------------------------------------------------


def check_waiting(page: MemberPage, union: str) -> None:
    """Refuse to approve a version that does not wait, or that one's union approved already."""
    if page.state != "proposed":
        raise MemberPageState(page=f"{page.quarter}/{page.version}")
    if union in page.approved:
        raise MemberPageState(page=f"{page.quarter}/{page.version}", reason="approved")


def check_standing(page: MemberPage) -> None:
    """Refuse to take back what neither waits nor is shown."""
    if page.state not in ("proposed", "shown"):
        raise MemberPageState(page=f"{page.quarter}/{page.version}")


def is_agreed(approved: Sequence[str], unions: Sequence[str]) -> bool:
    """Whether an officer of every union has approved."""
    return bool(unions) and set(unions) <= set(approved)


def is_switched_on(last: Mapping[str, Asked], unions: Sequence[str]) -> bool:
    """Whether the page may be seen: every union's last word is on."""
    return bool(unions) and all(union in last and last[union].is_on for union in unions)


def asks_to_switch(last: Mapping[str, Asked], union: str) -> Asked | None:
    """The other union's word that waits for this one's: it wants the page seen, and this one has said nothing since."""
    own = last.get(union)
    if own is not None and own.is_on:
        return None
    wishes = [each for each in last.values() if each.is_on and each.union != union and (own is None or each.ordinal > own.ordinal)]
    return max(wishes, key=lambda each: each.ordinal, default=None)
