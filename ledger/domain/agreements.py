"""Decide about agreements between the unions: what one fixes, who signed it for each union, which version holds on a day.

An agreement is proposed by one union and confirmed by another that signed it. A change is a new version, which supersedes from its first day on;
nothing that was done under an earlier one changes (domain.md 2.2).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

import msgspec

from ledger.domain.exchange import SOURCES
from ledger.domain.money import LARGEST_AMOUNT_MINOR, round_half_up
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AgreementNotInForce,
    AgreementState,
    AmountInvalid,
    ChoiceInvalid,
    CurrencyUnknown,
    DateInvalid,
    FutureDate,
    NoticeTooShort,
    OtherUnion,
    SameUnion,
)

AgreementKind = Literal["resources", "cost_share", "loan", "equalisation", "general"]
ShareBasis = Literal["membership_average", "equal", "fixed"]
RateRule = Literal["value_date", "month_average", "period_average", "period_end"]
SettlementRule = Literal["settlement_day", "month_average", "period_average", "period_end"]
FeeBearer = Literal["sender", "receiver", "joint_fund", "split"]
Standing = Literal["proposed", "confirmed", "rejected", "withdrawn"]
KINDS: tuple[str, ...] = get_args(AgreementKind)
BASES: tuple[str, ...] = get_args(ShareBasis)
RATE_RULES: tuple[str, ...] = get_args(RateRule)
SETTLEMENT_RULES: tuple[str, ...] = get_args(SettlementRule)
FEE_BEARERS: tuple[str, ...] = get_args(FeeBearer)
# Without these three nothing is computed or settled between the unions (domain.md 2.2).
NEEDED = ("debt_currency", "rate_source", "rate_rule")
TITLE_MAXIMUM, FIXES_MAXIMUM, SIGNER_MAXIMUM, OFFICE_MAXIMUM, REASON_MAXIMUM = 150, 2_000, 100, 100, 500
SHARE_MAXIMUM = 1_000_000
NOTICE_DAYS_MAXIMUM = 3_650
_CHOICES: dict[str, Sequence[str]] = {
    "share_basis": BASES, "rate_rule": RATE_RULES, "settlement_rule": SETTLEMENT_RULES, "fee_borne_by": FEE_BEARERS, "rate_source": tuple(SOURCES),
}  # fmt: skip


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed for a union, as the paper has it, in which office, on which day."""

    union: str
    signed_by: str
    office: str
    signed_on: date


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an agreement fixes in fields; None where it says nothing of it.

    ``currency`` is what costs are computed in (the debt's, where left out), ``rate_source`` a word of ``exchange.SOURCES``, ``shares`` the weight
    of each union where they are fixed, ``tolerance_minor`` of the debt's currency, ``notice_days`` how long ahead one union alone may end it; without,
    both end it together.
    """

    charge_back_percent: Decimal | None = None
    share_basis: ShareBasis | None = None
    shares: dict[str, int] = {}
    currency: str | None = None
    debt_currency: str | None = None
    rate_source: str | None = None
    rate_rule: RateRule | None = None
    settlement_rule: SettlementRule | None = None
    fee_borne_by: FeeBearer | None = None
    tolerance_minor: int | None = None
    notice_days: int | None = None

    @property
    def missing(self) -> list[str]:
        """Which of the three that a computation needs are not said."""
        return [name for name in NEEDED if getattr(self, name) is None]


class ProposeAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agreement as signed on paper; with the ``number`` of one there is, its next version."""

    kind: AgreementKind
    title: str
    fixes: str
    valid_from: date
    signatures: tuple[Signature, ...]
    valid_to: date | None = None
    terms: Terms = Terms()
    number: str = ""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One version as kept. ``fixes`` is what it fixes in words; ``ending`` says why, where the version does nothing but end the one before."""

    number: str
    version: int
    kind: AgreementKind
    title: str
    fixes: str
    valid_from: date
    valid_to: date | None
    terms: Terms
    state: Standing
    proposed_by: int
    proposed_by_name: str
    proposed_union: str
    proposed_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    ended_by: int | None
    ended_by_name: str | None
    ended_at: datetime | None
    remark: str
    ending: str = ""
    signatures: tuple[Signature, ...] = ()

    @property
    def unions(self) -> list[str]:
        """The unions that signed it, in the order of their codes."""
        return sorted(each.union for each in self.signatures)

    @property
    def subject(self) -> str:
        """How the audit trail and refusals name this version."""
        return f"{self.number}/{self.version}"


# --- proposing ------------------------------------------------------------------------------------------------------------


def checked(asked: ProposeAgreement, unions: Iterable[str], currencies: Iterable[str], union: str | None, today: date) -> ProposeAgreement:
    """The agreement as it is kept, or the refusal of a signature, a day or a term; one of the two unions that signed it proposes it."""
    signatures = _checked_signatures(asked.signatures, set(unions), union, today)
    if asked.kind not in KINDS:
        raise ChoiceInvalid(field="kind", value=str(asked.kind)[:40])
    if not EARLIEST_DATE <= asked.valid_from <= LATEST_DATE:
        raise DateInvalid(field="valid_from", text=asked.valid_from.isoformat())
    if asked.valid_to is not None and not asked.valid_from <= asked.valid_to <= LATEST_DATE:
        raise DateInvalid(field="valid_to", text=asked.valid_to.isoformat())
    return msgspec.structs.replace(
        asked, title=plain("title", asked.title, TITLE_MAXIMUM, needed=True), fixes=plain("fixes", asked.fixes, FIXES_MAXIMUM, needed=True),
        signatures=signatures, terms=_checked_terms(asked.terms, [each.union for each in signatures], set(currencies)),
    )  # fmt: skip


def _checked_signatures(given: Sequence[Signature], known: set[str], union: str | None, today: date) -> tuple[Signature, ...]:
    """Two unions, each once, one of them the proposer's, on days that have come."""
    unions = [each.union for each in given]
    if len(given) != 2 or len(set(unions)) != 2 or not set(unions) <= known:
        raise ChoiceInvalid(field="signatures", value=", ".join(unions)[:40])
    if union not in unions:
        raise OtherUnion(union=unions[0], account="")
    for each in given:
        if each.signed_on > today:
            raise FutureDate(date=each.signed_on.isoformat(), today=today.isoformat())
        if each.signed_on < EARLIEST_DATE:
            raise DateInvalid(field=f"{each.union}_signed_on", text=each.signed_on.isoformat())
    return tuple(
        Signature(
            each.union, plain(f"{each.union}_signed_by", each.signed_by, SIGNER_MAXIMUM, needed=True),
            plain(f"{each.union}_office", each.office, OFFICE_MAXIMUM, needed=True), each.signed_on,
        )
        for each in sorted(given, key=lambda each: each.union)
    )  # fmt: skip


def _checked_terms(terms: Terms, unions: Sequence[str], currencies: set[str]) -> Terms:
    for field in ("currency", "debt_currency"):
        if getattr(terms, field) is not None and getattr(terms, field) not in currencies:
            raise CurrencyUnknown(currency=str(getattr(terms, field))[:10])
    for field, allowed in _CHOICES.items():
        if getattr(terms, field) is not None and getattr(terms, field) not in allowed:
            raise ChoiceInvalid(field=field, value=str(getattr(terms, field))[:40])
    percent = terms.charge_back_percent
    if percent is not None and not (0 <= percent <= 100 and round_half_up(percent, 2) == percent):
        raise ChoiceInvalid(field="charge_back_percent", value=str(percent)[:40])
    if terms.tolerance_minor is not None and not 0 <= terms.tolerance_minor <= LARGEST_AMOUNT_MINOR:
        raise AmountInvalid(reason="too_large", text=str(terms.tolerance_minor)[:40])
    if terms.notice_days is not None and not 0 <= terms.notice_days <= NOTICE_DAYS_MAXIMUM:
        raise ChoiceInvalid(field="notice_days", value=str(terms.notice_days)[:40])
    _check_shares(terms, unions)
    return terms


def _check_shares(terms: Terms, unions: Sequence[str]) -> None:
    """Fixed shares name a weight for each of the two unions; any other basis names none."""
    wanted = set(unions) if terms.share_basis == "fixed" else set()
    good = set(terms.shares) == wanted and all(0 <= weight <= SHARE_MAXIMUM for weight in terms.shares.values())
    if not good or (wanted and not sum(terms.shares.values())):
        raise ChoiceInvalid(field="shares", value=", ".join(f"{name} {weight}" for name, weight in sorted(terms.shares.items()))[:40])


def next_version(asked: ProposeAgreement, known: Sequence[Agreement]) -> int:
    """The version that a proposal becomes; refused while another one waits, and where it is of another kind."""
    _check_none_waits(known)
    if known and asked.kind != known[-1].kind:
        raise ChoiceInvalid(field="kind", value=asked.kind)
    return len(known) + 1


def _check_none_waits(known: Sequence[Agreement]) -> None:
    waiting = next((each for each in known if each.state == "proposed"), None)
    if waiting is not None:
        raise AgreementState(agreement=waiting.subject, state=waiting.state)


# --- deciding -------------------------------------------------------------------------------------------------------------


def check_deciding(kept: Agreement, union: str | None, today: date, confirms: bool) -> None:
    """Somebody of the other union that signed decides, never one of the proposer's; nothing is ended on a day that has passed."""
    _check_state(kept, "proposed")
    if confirms and kept.ending and (kept.valid_to or LATEST_DATE) < today:
        raise AgreementState(agreement=kept.subject, state=kept.state, reason="late")
    if union == kept.proposed_union:
        raise SameUnion(union=union, subject=kept.subject)
    if union not in kept.unions:
        raise OtherUnion(union=next(each for each in kept.unions if each != kept.proposed_union), account="")


def check_withdrawing(kept: Agreement, union: str | None) -> None:
    """The union that proposed takes its proposal back."""
    _check_state(kept, "proposed")
    if union != kept.proposed_union:
        raise OtherUnion(union=kept.proposed_union, account="")


def check_ending(kept: Agreement, known: Sequence[Agreement], union: str | None, last_day: date, today: date) -> None:
    """An agreement is ended early, never before today: what was done under it stands. One union does so alone only with the notice that the terms
    fix; where they fix none, it proposes and the other confirms.
    """
    _check_state(kept, "confirmed")
    if union not in kept.unions:
        raise OtherUnion(union=kept.unions[0], account="")
    if kept.valid_to is not None and kept.valid_to <= today:
        raise AgreementState(agreement=kept.subject, state="ended")
    if not max(today, kept.valid_from) <= last_day <= min(kept.valid_to or LATEST_DATE, LATEST_DATE):
        raise DateInvalid(field="last_day", text=last_day.isoformat())
    if kept.terms.notice_days is None:
        _check_none_waits(known)
    elif last_day < notice_ends(kept.terms.notice_days, today):
        earliest = notice_ends(kept.terms.notice_days, today).isoformat()
        raise NoticeTooShort(agreement=kept.number, days=kept.terms.notice_days, earliest=earliest)


def notice_ends(days: int, today: date) -> date:
    """The first day on which notice of today ends an agreement."""
    return today + timedelta(days=days)


def ending_of(kept: Agreement, last_day: date) -> ProposeAgreement:
    """The same agreement, as it was signed, with the last day that is proposed: what the other union confirms to end it."""
    return ProposeAgreement(
        kind=kept.kind, title=kept.title, fixes=kept.fixes, valid_from=kept.valid_from, signatures=kept.signatures, valid_to=last_day, terms=kept.terms,
        number=kept.number,
    )  # fmt: skip


def _check_state(kept: Agreement, wanted: Standing) -> None:
    if kept.state != wanted:
        raise AgreementState(agreement=kept.subject, state=kept.state)


# --- what holds -----------------------------------------------------------------------------------------------------------


def on_day(known: Iterable[Agreement], day: date) -> Agreement | None:
    """The version of one agreement that holds on a day: the newest confirmed one that has begun, unless it has ended."""
    begun = [each for each in known if each.state == "confirmed" and each.valid_from <= day]
    newest = max(begun, key=lambda each: each.version, default=None)
    return None if newest is None or (newest.valid_to is not None and newest.valid_to < day) else newest


def holding(number: str, known: Iterable[Agreement], day: date) -> Agreement:
    """The version that holds on a day; refuses where none does."""
    found = on_day(known, day)
    if found is None:
        raise AgreementNotInForce(agreement=number, date=day.isoformat())
    return found


def standing_on(kept: Agreement, known: Iterable[Agreement], day: date) -> str:
    """How a version stands on a day: its state, and of a confirmed one ``in_force``, ``to_come``, ``ended`` or ``replaced``."""
    if kept.state != "confirmed":
        return kept.state
    current = on_day(known, day)
    if current is not None and current.version == kept.version:
        return "in_force"
    if kept.valid_from > day:
        return "to_come"
    newer = any(each.state == "confirmed" and each.version > kept.version and each.valid_from <= day for each in known)
    return "replaced" if newer else "ended"


def terms_of(row: Mapping[str, Any]) -> Terms:
    """The terms among the columns of a kept version."""
    return Terms(**{name: row[name] for name in Terms.__struct_fields__})
