"""Decide about strikes and lockouts: what one needs to be recorded, who must authorise it, and its states from notice to closed.

A strike is supported by the rules of its own union and paid from the joint money that this union keeps; because the money is both unions',
each union records by which resolution it agrees before any leaves (domain.md 6). What members get is in ``strike_benefits``.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.days import check_day
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, FundClosed, FundNotAllowedForInitiative, StrikeModel, StrikeNotAuthorised, StrikeState
from ledger.domain.strike_benefits import StrikeDates
from ledger.domain.strike_rules import STRIKE_KINDS, RuleSet, StrikeKind

READ, MANAGE, AUTHORISE = "read_strikes", "manage_strikes", "authorise_strike"
STATES = ("notice", "authorised", "on", "run_off", "ended", "closed", "called_off")
# The states in which each step may be taken.
STEPS: dict[str, tuple[str, ...]] = {
    "change": ("notice",),
    "change_days": ("on", "run_off"),
    "authorise": ("notice",),
    "begin": ("authorised",),
    "ratify": ("on",),
    "end": ("on", "run_off"),
    "close": ("ended",),
    "call_off": ("notice", "authorised"),
    "keep_roster": ("notice", "authorised", "on", "run_off", "ended"),
    "support": ("on", "run_off", "ended"),
}
NAME_MAXIMUM, EMPLOYER_MAXIMUM, MANDATE_MAXIMUM, BODY_MAXIMUM, RESOLUTION_MAXIMUM, REASON_MAXIMUM = 150, 150, 300, 150, 100, 500
LOCALS_MAXIMUM, EXPECTED_MAXIMUM, STRIKE_DAYS_MAXIMUM = 60, 100_000, 400
# A roster is kept this long after the strike was closed, unless the union says otherwise (domain.md 1.7; the period is an open point).
RETENTION_DAYS = 7 * 366


class StrikeFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a strike at its notice, and may be changed until it begins. ``locals`` are numbers of the union's own locals."""

    kind: StrikeKind
    name: str
    locals: tuple[str, ...]
    notice_on: date
    starts_on: date
    expected: int
    rule_set: str
    fund: str
    employer: str = ""
    mandate: str = ""
    mandate_on: date | None = None


class RecordStrike(StrikeFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A strike to record; its union pays it from what it keeps of the fund."""

    union: str


class Authorise(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a union's own body decided about supporting it, outside of these books."""

    body: str
    resolution: str
    decided_on: date


class Authorisation(msgspec.Struct, frozen=True, kw_only=True):
    """A union's recorded word that the strike may be supported."""

    union: str
    body: str
    resolution: str
    decided_on: date
    recorded_by: str
    recorded_at: datetime


class StrikeLocal(msgspec.Struct, frozen=True):
    """A local that is out."""

    id: int
    number: str
    name: str


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    """A strike as kept. ``rule_set`` is a code whose version in force counts; ``model`` and ``currency`` are those of the rules."""

    number: str
    union: str
    kind: StrikeKind
    name: str
    employer_id: int | None
    employer: str
    state: str
    state_since: datetime
    notice_on: date
    mandate_on: date | None
    mandate: str
    starts_on: date
    expected: int
    rule_set: str
    model: str
    fund: str
    fund_id: int
    currency: str
    ratified_on: date | None
    ended_on: date | None
    retain_until: date | None
    pseudonymised_at: datetime | None
    recorded_by: str
    recorded_at: datetime
    locals: tuple[StrikeLocal, ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    strike_days: tuple[date, ...] = ()

    @property
    def dates(self) -> StrikeDates:
        """Its days, as the rules of benefits read them."""
        return StrikeDates(
            kind=self.kind, starts_on=self.starts_on, ratified_on=self.ratified_on, ended_on=self.ended_on, strike_days=frozenset(self.strike_days)
        )


class StrikeEvent(msgspec.Struct, frozen=True):
    """One step in a strike's life. ``subject`` is the number of what it is about where that is not the strike itself."""

    ordinal: int
    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    subject: str
    entry: int | None


# --- rules --------------------------------------------------------------------------------------------------------------


def may_step(strike: Strike, step: str) -> bool:
    """Whether the strike's state allows a step. What a union has given its word on is not changed: it is called off and recorded anew."""
    return strike.state in STEPS[step] and not (step == "change" and strike.authorisations)


def check_step(strike: Strike, step: str) -> None:
    """Refuse a step that the strike's state does not allow."""
    if not may_step(strike, step):
        raise StrikeState(strike=strike.number, state=strike.state)


def check_supported(strike: Strike, model: str, unions: Iterable[str]) -> None:
    """Refuse to pay for a strike that is not on, is not authorised by every union, or whose rules pay in the other shape."""
    missing = missing_authorisations(strike, unions)
    if missing:
        raise StrikeNotAuthorised(strike=strike.number, missing=missing)
    check_step(strike, "support")
    if strike.model != model:
        raise StrikeModel(strike=strike.number, model=strike.model)


def missing_authorisations(strike: Strike, unions: Iterable[str]) -> list[str]:
    """The unions that have not said yes yet, in their order."""
    given = {each.union for each in strike.authorisations}
    return [union for union in unions if union not in given]


def checked_fields(request: StrikeFields, today: date) -> StrikeFields:
    """The request with its texts tidied, or the refusal of what cannot be kept."""
    if request.kind not in STRIKE_KINDS:
        raise ChoiceInvalid(field="kind", value=request.kind[:40])
    locals_ = tuple(dict.fromkeys(number.strip() for number in request.locals if number.strip()))
    if not 1 <= len(locals_) <= LOCALS_MAXIMUM:
        raise ChoiceInvalid(field="locals", value=", ".join(locals_)[:40])
    if not 1 <= request.expected <= EXPECTED_MAXIMUM:
        raise ChoiceInvalid(field="expected", value=str(request.expected)[:40])
    _check_days(request, today)
    return msgspec.structs.replace(
        request, locals=locals_, name=plain("name", request.name, NAME_MAXIMUM, needed=True),
        employer=plain("employer", request.employer, EMPLOYER_MAXIMUM), mandate=plain("mandate", request.mandate, MANDATE_MAXIMUM),
    )  # fmt: skip


def _check_days(request: StrikeFields, today: date) -> None:
    """Notice and mandate are past when they are recorded; the first day out may be announced, and is no earlier than the notice."""
    for field, day, latest in (
        ("notice_on", request.notice_on, today), ("mandate_on", request.mandate_on, today), ("starts_on", request.starts_on, LATEST_DATE),
    ):  # fmt: skip
        earliest = request.notice_on if field == "starts_on" else EARLIEST_DATE
        if day is not None and not earliest <= day <= latest:
            raise DateInvalid(field=field, text=day.isoformat())


def check_fund(fund: Fund, today: date) -> None:
    """A strike is paid from the strike fund or a general one, never from a ring-fenced or another purpose's."""
    if not fund.confirmed or (fund.closed_on is not None and fund.closed_on < today):
        raise FundClosed(fund=fund.code)
    if fund.purpose not in ("strike", "general"):
        raise FundNotAllowedForInitiative(fund=fund.code, initiative="strike_support", reason="purpose")


def check_rules_apply(rules: RuleSet, kind: StrikeKind) -> None:
    """Refuse rules that say nothing of this kind of dispute."""
    if kind not in rules.applies_to:
        raise ChoiceInvalid(field="rule_set", value=rules.code)


def checked_authorisation(request: Authorise, today: date) -> Authorise:
    """The resolution, tidied; decided by today."""
    if not EARLIEST_DATE <= request.decided_on <= today:
        raise DateInvalid(field="decided_on", text=request.decided_on.isoformat())
    return msgspec.structs.replace(
        request, body=plain("body", request.body, BODY_MAXIMUM, needed=True),
        resolution=plain("resolution", request.resolution, RESOLUTION_MAXIMUM, needed=True),
    )  # fmt: skip


def checked_strike_days(strike: Strike, days: Sequence[date], today: date) -> tuple[date, ...]:
    """The days on which a rotating strike stopped work, in order, each once, none before it began or after today."""
    if strike.kind != "rotating" or len(days) > STRIKE_DAYS_MAXIMUM:
        raise ChoiceInvalid(field="strike_days", value=str(len(days)))
    return tuple(sorted({check_day("strike_days", day, strike.starts_on, strike.ended_on or today) for day in days}))
