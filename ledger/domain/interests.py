"""Say what a declared interest is: a person's tie to an employer, a campaign, a payee or a request, which keeps them from deciding about it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from ledger.domain.pledges import plain

SubjectKind = Literal["employer", "campaign", "payee", "request"]
# Whoever may read these may name them.
READ_BY = {"employer": "read_campaigns", "campaign": "read_campaigns", "payee": "read_payees", "request": "read_requests"}
REASON_MAXIMUM, SUBJECT_MAXIMUM = 300, 200


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """One declared interest. ``subject`` is a number (CAM-0007, B-0012, A-0107), of an employer its id; in force until ``ended_at``."""

    id: UUID
    person_id: int
    person: str = ""
    union: str | None = None
    subject_kind: SubjectKind
    subject: str
    reason: str
    declared_at: datetime
    ended_at: datetime | None = None


class DeclareInterest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An interest of one's own. ``subject`` as people write it: CAM-0007, B-0012, A-0107, or an employer's name."""

    subject: str
    reason: str
    subject_kind: SubjectKind | None = None


def checked_reason(reason: str) -> str:
    """What the tie is, in words: others read it where they decide."""
    return plain("reason", reason, REASON_MAXIMUM, needed=True)
