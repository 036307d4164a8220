"""Say what a declared interest is: a person's tie to an employer, a campaign, a payee or a request, which keeps them from deciding about it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

SubjectKind = Literal["employer", "campaign", "payee", "request"]
SUBJECT_KINDS: tuple[SubjectKind, ...] = ("employer", "campaign", "payee", "request")


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """One declared interest. ``subject`` is a number (C-0007, P-0012, A-0107), of an employer its id; in force until ``ended_at``."""

    id: UUID
    person_id: int
    person: str = ""
    union: str | None = None
    subject_kind: SubjectKind
    subject: str
    reason: str
    declared_at: datetime
    ended_at: datetime | None = None
