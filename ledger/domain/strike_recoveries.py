"""Say what becomes of what a member was paid too much where no later run takes it off: it comes back to the bank, or two people write it off.

Which member it is about, a bank's reference and what somebody noted stand in private rows. What a second person reads, and what an entry holds,
is the run's number, an amount, and one of a few reasons. Amounts are minor units of the run's currency.
"""

from datetime import date, datetime

import msgspec

from ledger.domain.refusals import ChoiceInvalid, PaymentState, SamePerson

# Why it is not asked for any more, in words that tell of nobody: the second person decides by these.
REASONS = ("left", "hardship", "too_small", "our_mistake", "not_reached")
NOTE_MAXIMUM, REFERENCE_MAXIMUM = 300, 60


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What came back of a run's overpayments, or is not asked for any more; nobody in it. ``happened_on`` is the day of its entry."""

    run: str
    ordinal: int
    kind: str
    amount_minor: int
    state: str
    reason: str
    happened_on: date | None
    made_by: int
    proposed_by: str
    made_at: datetime
    decided_by: int | None
    entry: int | None


class RecoveryFile(msgspec.Struct, frozen=True, kw_only=True):
    """The same with what only the union's own benefits officers and treasurers read of it."""

    told: Recovery
    member: int
    reference: str
    note: str


def checked_reason(reason: str) -> str:
    """One of the reasons."""
    if reason not in REASONS:
        raise ChoiceInvalid(field="reason", value=reason[:40])
    return reason


def check_decision(recovery: Recovery, person_id: int, name: str) -> None:
    """Only what is proposed is decided about, and by another than who proposed it."""
    if recovery.state != "proposed":
        raise PaymentState(run=recovery.run, state=recovery.state)
    if recovery.made_by == person_id:
        raise SamePerson(person=name)
