"""Log members' requests for a financial statement, by a reference of the union's own and never by a name (domain.md 5). Pure.

Which law a request is under, and what is owed, is not said here: it is recorded, answered, and reminded of while it is open.
"""

from datetime import date, datetime

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.days import check_past_day
from ledger.domain.pledges import plain
from ledger.domain.refusals import StatementRequestAnswered

REFERENCE_MAXIMUM, STATEMENT_MAXIMUM, ANSWER_MAXIMUM = 40, 200, 300


class StatementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request by its number (``Q-0001``); ``local`` is the local's number, "" where it came to the national office. Answered or open."""

    number: str
    union: str
    local: str
    reference: str
    statement: str
    asked_on: date
    recorded_by: int
    recorded_at: datetime
    answered_on: date | None = None
    answered_by: int | None = None
    answered_at: datetime | None = None
    answer: str = ""

    def open_days(self, today: date) -> int:
        """Days it has been open, or was."""
        return ((self.answered_on or today) - self.asked_on).days


class RecordStatementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked, and when; ``reference`` is the union's own for whoever asked."""

    reference: str
    statement: str
    asked_on: date
    local: str = ""


class AnswerStatementRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When it was answered, with what, and where the copy is kept."""

    number: str
    answered_on: date
    answer: str


def recorded(request: RecordStatementRequest, number: str, union: str, actor: Actor, now: datetime, today: date) -> StatementRequest:
    """The request as it is kept; refuses a day to come, and texts that are missing or too long."""
    check_past_day("asked_on", request.asked_on, today)
    return StatementRequest(
        number=number, union=union, local=request.local, reference=plain("reference", request.reference, REFERENCE_MAXIMUM, needed=True),
        statement=plain("statement", request.statement, STATEMENT_MAXIMUM, needed=True), asked_on=request.asked_on, recorded_by=actor.person_id,
        recorded_at=now,
    )  # fmt: skip


def answered(kept: StatementRequest, request: AnswerStatementRequest, actor: Actor, now: datetime, today: date) -> StatementRequest:
    """The request as answered, once, not before it was asked."""
    if kept.answered_on is not None:
        raise StatementRequestAnswered(number=kept.number, date=kept.answered_on.isoformat())
    check_past_day("answered_on", request.answered_on, today, kept.asked_on)
    answer = plain("answer", request.answer, ANSWER_MAXIMUM, needed=True)
    return msgspec.structs.replace(kept, answered_on=request.answered_on, answered_by=actor.person_id, answered_at=now, answer=answer)
