"""Say which limit holds on a day and whether an amount reaches it, and have two people agree on a new one.

A threshold is data with its days and its source (domain.md 5): the books remind of it and never say what follows from it.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.days import check_day
from ledger.domain.money import check_size
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown, SamePerson, ThresholdInvalid, ThresholdState

Comparison = Literal["at_least", "over"]
Period = Literal["calendar_year", "fiscal_year", "single", "24_hours"]


class Kind(msgspec.Struct, frozen=True):
    """What the books compare with a threshold: over which period, and whether an amount, a number of days, or both."""

    period: Period
    by_amount: bool = True
    by_days: bool = False


# Days are always reached by more of them; the comparison is that of the amount.
KINDS: dict[str, Kind] = {
    "strike_benefits": Kind("calendar_year"),
    "paid_to_payee_at_home": Kind("calendar_year"),
    "paid_to_payee": Kind("fiscal_year"),
    "receivable_past_due": Kind("fiscal_year", by_days=True),
    "receipts": Kind("fiscal_year"),
    "spent_abroad": Kind("fiscal_year"),
    "granted_to_organization_abroad": Kind("fiscal_year"),
    "granted_to_people_abroad": Kind("fiscal_year"),
    "accounts_abroad": Kind("calendar_year"),
    "transfer_abroad": Kind("single"),
    "transfers_abroad_in_a_day": Kind("24_hours"),
    "statement_request": Kind("single", by_amount=False, by_days=True),
}
APPLIES_TO = tuple(KINDS)
NAME_MAXIMUM, SOURCE_MAXIMUM, DAYS_MAXIMUM = 120, 300, 3_650
_CODE = re.compile(r"\A[a-z][a-z0-9-]{1,39}\Z", re.ASCII)


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a limit; ``nation`` is the payer's, None for any. ``state``: proposed, confirmed or rejected.

    It compares an amount, or counts ``days``, or both. Those that shipped were decided by nobody. ``first_day_assumed``: the source did not say
    from when it holds. ``source_fr`` is empty where the source is the same in both languages.
    """

    code: str
    version: int
    name_en: str
    name_fr: str
    amount_minor: int | None
    currency: str | None
    comparison: Comparison
    period: Period
    nation: str | None
    applies_to: str
    valid_from: date
    valid_to: date | None
    source: str
    source_fr: str = ""
    first_day_assumed: bool = False
    days: int | None = None
    state: str = "confirmed"
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None

    @property
    def subject(self) -> str:
        """How the audit trail calls it: ``strike-benefits-us/2``."""
        return f"{self.code}/{self.version}"

    @property
    def is_shipped(self) -> bool:
        """Whether it came with the product: nobody decided on it."""
        return self.state == "confirmed" and self.decided_by is None

    @property
    def money(self) -> tuple[int, str]:
        """Its amount, minor units and currency, of one that compares amounts."""
        assert self.amount_minor is not None and self.currency is not None, "it counts days alone"
        return self.amount_minor, self.currency

    def reached(self, amount_minor: int) -> bool:
        """Whether an amount reaches it: by the amount itself, or only by more (case W26)."""
        if self.amount_minor is None:
            return True
        return amount_minor >= self.amount_minor if self.comparison == "at_least" else amount_minor > self.amount_minor

    def holds_on(self, day: date) -> bool:
        """Whether it is agreed on and the day is one of its own."""
        return self.state == "confirmed" and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ProposeThreshold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit as entered; of a code that is known it is the next version."""

    code: str
    name_en: str
    name_fr: str
    amount_minor: int | None = None
    currency: str | None = None
    comparison: Comparison = "at_least"
    nation: str | None = None
    applies_to: str = "strike_benefits"
    days: int | None = None
    valid_from: date
    valid_to: date | None = None
    first_day_assumed: bool = False
    source: str
    source_fr: str = ""


def on_day(known: Sequence[Threshold], code: str, day: date) -> Threshold | None:
    """The version of a code that holds on a day: of several, the one that begins last."""
    found = [each for each in known if each.code == code and each.holds_on(day)]
    return max(found, key=lambda each: (each.valid_from, each.version), default=None)


def holding(known: Sequence[Threshold], applies_to: str, nation: str | None, day: date) -> list[Threshold]:
    """What holds on a day for a payer of a nation (None: of any), one version a code.

    A version may be of another nation or kind than those before it: what counts is the one that holds.
    """
    found = (on_day(known, code, day) for code in sorted({each.code for each in known}))
    held = [each for each in found if each is not None and each.applies_to == applies_to]
    return [each for each in held if nation is None or each.nation in (None, nation)]


def ended(known: Sequence[Threshold], applies_to: str, nation: str | None, day: date) -> list[Threshold]:
    """The last version of each code that held before a day on which none of its code does: no limit is entered for the days since.

    A code whose later version is of another kind or nation holds there, and is not missing here.
    """
    before = [each for each in known if each.state == "confirmed" and each.valid_to is not None and each.valid_to < day]
    last = {each.code: each for each in sorted(before, key=lambda each: (each.valid_to, each.version))}
    found = [each for code, each in sorted(last.items()) if each.applies_to == applies_to and on_day(known, code, day) is None]
    return [each for each in found if nation is None or each.nation in (None, nation)]


def open_since(known: Sequence[Threshold], version: Threshold) -> date | None:
    """The day after a confirmed version's last, where none of its code holds then or later; None where one does."""
    if version.state != "confirmed" or version.valid_to is None:
        return None
    since = version.valid_to + timedelta(days=1)
    later = (each for each in known if each.code == version.code and each.state == "confirmed" and each.valid_from >= since)
    return since if on_day(known, version.code, since) is None and next(later, None) is None else None


def of_year(known: Sequence[Threshold], applies_to: str, nation: str, year: int) -> list[Threshold]:
    """What holds at the end of a calendar year for a payer of a nation, one version a code."""
    return holding(known, applies_to, nation, date(year, 12, 31))


def propose(
    request: ProposeThreshold, known: Sequence[Threshold], currencies: Collection[str], nations: Collection[str], actor: Actor, now: datetime
) -> Threshold:
    """The limit as proposed, waiting for a second person. Refuses what cannot be compared with anything, and days out of order."""
    if not _CODE.match(request.code):
        raise ThresholdInvalid(field="code", reason="code")
    for field, value, allowed in (("nation", request.nation, (None, *nations)), ("applies_to", request.applies_to, APPLIES_TO)):
        if value not in allowed:
            raise ChoiceInvalid(field=field, value=str(value)[:40])
    _check_compared(request, KINDS[request.applies_to], currencies)
    _check_days(request)
    versions = [each for each in known if each.code == request.code]
    if any(each.state == "proposed" for each in versions):
        raise ThresholdState(threshold=request.code, state="proposed")
    texts = {
        "name_en": plain("name_en", request.name_en, NAME_MAXIMUM, needed=True), "name_fr": plain("name_fr", request.name_fr, NAME_MAXIMUM, needed=True),
        "source": plain("source", request.source, SOURCE_MAXIMUM, needed=True), "source_fr": plain("source_fr", request.source_fr, SOURCE_MAXIMUM),
    }  # fmt: skip
    return Threshold(
        **(msgspec.structs.asdict(request) | texts), version=1 + max((each.version for each in versions), default=0),
        period=KINDS[request.applies_to].period,
        state="proposed", proposed_by=actor.person_id, proposed_at=now,
    )  # fmt: skip


def _check_compared(request: ProposeThreshold, kind: Kind, currencies: Collection[str]) -> None:
    """Refuse an amount where only days count, days where only an amount does, and either where it is missing."""
    if kind.by_amount and (request.amount_minor is None or request.currency is None):
        raise ThresholdInvalid(field="amount", reason="amount_missing")
    if not kind.by_amount and (request.amount_minor is not None or request.currency is not None):
        raise ThresholdInvalid(field="amount", reason="amount_unused")
    if request.amount_minor is not None and check_size(request.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    if request.currency is not None and request.currency not in currencies:
        raise CurrencyUnknown(currency=request.currency[:10])
    if (request.days is None) is kind.by_days:
        raise ThresholdInvalid(field="days", reason="days_missing" if kind.by_days else "days_unused")
    if request.days is not None and not 0 < request.days <= DAYS_MAXIMUM:
        raise ThresholdInvalid(field="days", reason="days", limit=DAYS_MAXIMUM)


def _check_days(request: ProposeThreshold) -> None:
    check_day("valid_from", request.valid_from, None, LATEST_DATE)
    if request.valid_to is None:
        return
    check_day("valid_to", request.valid_to, None, LATEST_DATE)
    if request.valid_to < request.valid_from:
        raise ThresholdInvalid(field="valid_to", reason="order", first=request.valid_from.isoformat(), date=request.valid_to.isoformat())


def check_decision(threshold: Threshold, actor: Actor) -> None:
    """A proposal is decided once, by another person than the one who entered it."""
    if threshold.state != "proposed":
        raise ThresholdState(threshold=threshold.subject, state=threshold.state)
    if threshold.proposed_by == actor.person_id:
        raise SamePerson(person=actor.name)
