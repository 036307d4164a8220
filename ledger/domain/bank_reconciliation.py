"""Prove a bank account's book balance from its statement, and say when that may be finished (domain.md 2.5, case W18).

``statement + deposits in transit - outstanding payments + bank errors - recorded later = book``, once everything on the statement is in the books.
What the bank showed and the books hold under a later day, because the month was shut by then, is listed as such: a closed month can still be proved.
Amounts are minor units of the account's currency, money into the account positive.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from ledger.domain.refusals import (
    PayerNotReconciler,
    ReconciliationOrder,
    StartDisagrees,
    StatementGap,
    StatementOpening,
    StatementPeriodClosed,
    StillUnreconciled,
)

# Re-issue a strike cheque after a month; after six months a bank need not honour one (UCC 4-404; in Canada a cheque is stale then).
WARN_DAYS, STALE_DAYS = 30, 182


class Outstanding(msgspec.Struct, frozen=True):
    """A posting that the bank had not seen at the end of the day: a deposit in transit, or a payment in circulation."""

    entry: int
    line: int
    day: date
    reference: str
    description: str
    amount_minor: int
    age_days: int
    subject: str = ""

    @property
    def ageing(self) -> str:
        """``""``, ``old`` from 30 days, ``stale`` from six months."""
        return "stale" if self.age_days >= STALE_DAYS else "old" if self.age_days >= WARN_DAYS else ""


class Unrecorded(msgspec.Struct, frozen=True):
    """A bank line that no entry of the books by that day holds; one left out for ``reason``, a bank's error; or one that is in them under a later day."""

    line: int
    day: date
    amount_minor: int
    text: str
    reason: str = ""
    recorded_on: date | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How book and statement stand at the end of a day; ``statement_minor`` is None where no kept statement reaches the day.

    ``difference_minor`` is zero when the proof holds. It is what the lines not yet in the books come to, with its sign turned. ``changed`` says that
    it was reconciled and has moved since, by what was recorded of earlier days: it is then no longer ``reconciled``.
    """

    account_id: int
    currency: str
    day: date
    book_minor: int
    statement_minor: int | None
    statement: str | None
    deposits: list[Outstanding]
    payments: list[Outstanding]
    bank_errors: list[Unrecorded]
    unrecorded: list[Unrecorded]
    recorded_later: list[Unrecorded]
    reconciled: bool
    changed: bool = False
    statement_ends_on: date | None = None

    @property
    def deposits_minor(self) -> int:
        """Deposits in transit."""
        return sum(each.amount_minor for each in self.deposits)

    @property
    def payments_minor(self) -> int:
        """Outstanding payments, below zero."""
        return sum(each.amount_minor for each in self.payments)

    @property
    def bank_errors_minor(self) -> int:
        """What the bank has yet to put right, as it will come."""
        return -sum(each.amount_minor for each in self.bank_errors)

    @property
    def recorded_later_minor(self) -> int:
        """What the books will have of the statement under later days, with its sign turned."""
        return -sum(each.amount_minor for each in self.recorded_later)

    @property
    def unrecorded_minor(self) -> int:
        """What is on the statement and not in the books."""
        return sum(each.amount_minor for each in self.unrecorded)

    @property
    def adjusted_minor(self) -> int:
        """The statement with what is in circulation, the bank's errors and what was recorded later."""
        return (self.statement_minor or 0) + self.deposits_minor + self.payments_minor + self.bank_errors_minor + self.recorded_later_minor

    @property
    def difference_minor(self) -> int:
        """What the adjusted statement and the book disagree about."""
        return self.book_minor - self.adjusted_minor


def aged(items: Iterable[tuple[int, int, date, str, str, str, int]], day: date) -> list[Outstanding]:
    """Postings (entry, line, day, reference, description, subject, minor) with their age at the end of a day, the oldest first."""
    found = [Outstanding(e, n, on, ref, text, minor, (day - on).days, subject) for e, n, on, ref, text, subject, minor in items]
    return sorted(found, key=lambda each: (each.day, each.entry, each.line))


# --- starting -----------------------------------------------------------------------------------------------------------


def check_start(book_minor: int, statement_minor: int, ticked_minor: int, currency: str) -> None:
    """What is in circulation from before explains exactly what the book and the bank differ by on the first day."""
    if book_minor - statement_minor != ticked_minor:
        raise StartDisagrees(
            currency=currency, book_minor=book_minor, statement_minor=statement_minor, ticked_minor=ticked_minor,
            difference_minor=book_minor - statement_minor - ticked_minor,
        )  # fmt: skip


# --- taking a statement in ------------------------------------------------------------------------------------------------


class Kept(msgspec.Struct, frozen=True):
    """How far an account's statements go: its first day, the last day covered (None before the first), the balance there, the last day reconciled."""

    starts_on: date | None
    covered_to: date | None
    reconciled_to: date | None


def check_reach(kept: Kept, starts_on: date, ends_on: date, new_days: Sequence[date]) -> None:
    """Nothing before the account's start, nor new lines into what was reconciled."""
    if kept.starts_on is not None and starts_on < kept.starts_on:
        raise StatementPeriodClosed(reason="start", date=kept.starts_on.isoformat(), starts_on=starts_on.isoformat())
    if kept.reconciled_to is not None and any(day <= kept.reconciled_to for day in new_days):
        raise StatementPeriodClosed(reason="reconciled", date=kept.reconciled_to.isoformat(), starts_on=starts_on.isoformat())


def check_joins(
    kept: Kept, starts_on: date, ends_on: date, opening_minor: int, closing_minor: int, known_opening_minor: int, known_closing_minor: int, currency: str
) -> None:
    """The opening is what the kept statements come to the day before, and all lines together make the closing.

    ``known_…`` are the account's balances by kept lines the day before, and on the last day with the new lines.
    """
    gap = kept.covered_to is not None and (starts_on - kept.covered_to).days > 1
    if opening_minor != known_opening_minor:
        facts = {"opening_minor": opening_minor, "expected_minor": known_opening_minor, "currency": currency}
        if gap:
            raise StatementGap(covered_to=_iso(kept.covered_to), starts_on=starts_on.isoformat(), **facts)
        raise StatementOpening(starts_on=starts_on.isoformat(), **facts)
    if closing_minor != known_closing_minor:
        raise StatementOpening(
            reason="overlap", starts_on=ends_on.isoformat(), opening_minor=closing_minor, expected_minor=known_closing_minor, currency=currency
        )


def check_earlier(ends: Sequence[date], fresh: Sequence[tuple[date, int]], closings: Sequence[int], currency: str) -> None:
    """What comes new into the days of kept statements adds up to nothing there: their own closings stand. ``closings`` are by kept lines at ``ends``.

    A statement's last day may still grow, as the bank's day was not over when it was fetched.
    """
    for end, closing in zip(ends, closings, strict=True):
        brought = sum(minor for day, minor in fresh if day < end)
        if brought:
            raise StatementOpening(
                reason="overlap", starts_on=end.isoformat(), opening_minor=closing, expected_minor=closing + brought, currency=currency
            )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


# --- finishing ------------------------------------------------------------------------------------------------------------


def check_finish(proof: Proof, label: str, ends: Sequence[date], reconciled_to: date | None, payers: Iterable[int], person_id: int) -> None:
    """At the end of a kept statement, after the last one reconciled and skipping no month, nothing left over, and by nobody who paid from it."""
    day = proof.day
    if reconciled_to is not None and day <= reconciled_to:
        raise ReconciliationOrder(reason="earlier", date=day.isoformat(), other=reconciled_to.isoformat(), account=label)
    if day not in ends:
        raise ReconciliationOrder(reason="no_statement", date=day.isoformat(), other="", account=label)
    skipped = [each for each in ends if each < day and (each.year, each.month) != (day.year, day.month) and (reconciled_to is None or each > reconciled_to)]
    if skipped:
        raise ReconciliationOrder(reason="skipped", date=day.isoformat(), other=min(skipped).isoformat(), account=label)
    if person_id in payers:
        raise PayerNotReconciler(account=label, date=day.isoformat())
    if proof.unrecorded or proof.difference_minor:
        raise StillUnreconciled(
            account=label, date=day.isoformat(), difference_minor=proof.difference_minor, currency=proof.currency, count=len(proof.unrecorded)
        )
