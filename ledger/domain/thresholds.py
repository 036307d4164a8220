"""Say which limit holds on a day and whether an amount reaches it, and have two people agree on a new one.

A threshold is data with its days and its source (domain.md 5): the books remind of it and never say what follows from it.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.money import check_size
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, DateInvalid, SamePerson, ThresholdState

Comparison = Literal["at_least", "over"]
# What the books compare with a threshold so far: a member's support from one payer in a calendar year.
APPLIES_TO = ("strike_benefits",)
NAME_MAXIMUM, SOURCE_MAXIMUM = 120, 300
_CODE = re.compile(r"\A[a-z][a-z0-9-]{1,39}\Z", re.ASCII)


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a limit; ``nation`` is the payer's, None for any. ``state``: proposed, confirmed or rejected.

    Those that shipped were decided by nobody.
    """

    code: str
    version: int
    name_en: str
    name_fr: str
    amount_minor: int
    currency: str
    comparison: Comparison
    period: Literal["calendar_year", "single"]
    nation: str | None
    applies_to: str
    valid_from: date
    valid_to: date | None
    source: str
    state: str = "confirmed"
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None

    @property
    def subject(self) -> str:
        """How the audit trail calls it: ``strike-benefits-us/2``."""
        return f"{self.code}/{self.version}"

    def reached(self, amount_minor: int) -> bool:
        """Whether an amount reaches it: by the amount itself, or only by more (case W26)."""
        return amount_minor >= self.amount_minor if self.comparison == "at_least" else amount_minor > self.amount_minor

    def holds_on(self, day: date) -> bool:
        """Whether it is agreed on and the day is one of its own."""
        return self.state == "confirmed" and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ProposeThreshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit as entered; of a code that is known it is the next version."""

    code: str
    name_en: str
    name_fr: str
    amount_minor: int
    currency: str
    comparison: Comparison = "at_least"
    nation: str | None = None
    applies_to: str = "strike_benefits"
    valid_from: date
    valid_to: date | None = None
    source: str


def on_day(known: Sequence[Threshold], code: str, day: date) -> Threshold | None:
    """The version of a code that holds on a day: of several, the one that begins last."""
    found = [each for each in known if each.code == code and each.holds_on(day)]
    return max(found, key=lambda each: (each.valid_from, each.version), default=None)


def of_year(known: Sequence[Threshold], applies_to: str, nation: str, year: int) -> list[Threshold]:
    """What holds at the end of a calendar year for a payer of a nation, one version a code."""
    codes = sorted({each.code for each in known if each.applies_to == applies_to and each.period == "calendar_year" and each.nation in (None, nation)})
    found = (on_day(known, code, date(year, 12, 31)) for code in codes)
    return [each for each in found if each is not None]


def propose(
    request: ProposeThreshold, known: Sequence[Threshold], currencies: Collection[str], nations: Collection[str], actor: Actor, now: datetime
) -> Threshold:
    """The limit as proposed, waiting for a second person. Refuses what cannot be compared with anything, and days out of order."""
    if not _CODE.match(request.code):
        raise ChoiceInvalid(field="code", value=request.code[:40])
    if request.currency not in currencies:
        raise CurrencyUnknown(currency=request.currency[:10])
    if check_size(request.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    for field, value, allowed in (("nation", request.nation, (None, *nations)), ("applies_to", request.applies_to, APPLIES_TO)):
        if value not in allowed:
            raise ChoiceInvalid(field=field, value=str(value)[:40])
    _check_days(request)
    versions = [each for each in known if each.code == request.code]
    if any(each.state == "proposed" for each in versions):
        raise ThresholdState(threshold=request.code, state="proposed")
    texts = {
        "name_en": plain("name_en", request.name_en, NAME_MAXIMUM, needed=True), "name_fr": plain("name_fr", request.name_fr, NAME_MAXIMUM, needed=True),
        "source": plain("source", request.source, SOURCE_MAXIMUM, needed=True),
    }  # fmt: skip
    return Threshold(
        **(msgspec.structs.asdict(request) | texts), version=1 + max((each.version for each in versions), default=0), period="calendar_year",
        state="proposed", proposed_by=actor.person_id, proposed_at=now,
    )  # fmt: skip


def _check_days(request: ProposeThreshold) -> None:
    if not EARLIEST_DATE <= request.valid_from <= LATEST_DATE:
        raise DateInvalid(field="valid_from", text=request.valid_from.isoformat())
    if request.valid_to is not None and not request.valid_from <= request.valid_to <= LATEST_DATE:
        raise DateInvalid(field="valid_to", text=request.valid_to.isoformat())


def check_decision(threshold: Threshold, actor: Actor) -> None:
    """A proposal is decided once, by another person than the one who entered it."""
    if threshold.state != "proposed":
        raise ThresholdState(threshold=threshold.subject, state=threshold.state)
    if threshold.proposed_by == actor.person_id:
        raise SamePerson(person=actor.name)
