"""Change a union's strike rules: a version is proposed to hold from a day on, and a second person of the same union confirms it.

Rules never change in place, and none begins in the past. What they pay is in :mod:`ledger.domain.strike_benefits`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import CurrencyUnknown, SamePerson, StrikeRulesInvalid, StrikeRulesState
from ledger.domain.strike_benefits import MemberFacts, StrikeDates, compute_line, lump_sum
from ledger.domain.strike_rules import AUTHORITY_MAXIMUM, NAME_MAXIMUM, RuleSet, check_rules, nth_week

REMARK_MAXIMUM, REASON_MAXIMUM = 500, 500
# A code and a union's currency outlive its versions: strikes under way are paid by them.
_FIXED = ("model", "currency")


class ProposeStrikeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules to hold from ``valid_from`` on; those of a code that is not there yet are new ones."""

    valid_from: date
    rules: RuleSet
    remark: str = ""


class RuleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a union's rules. ``state``: proposed, confirmed or rejected; those that shipped were decided by nobody."""

    rules: RuleSet
    version: int
    union: str
    valid_from: date
    state: str
    remark: str = ""
    proposed_by: int
    proposed_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None

    @property
    def subject(self) -> str:
        """How people and the audit trail call it: ``unifor/2``."""
        return subject_of(self.rules.code, self.version)


def subject_of(code: str, version: int) -> str:
    """``unifor/2``: the second version of the rules ``unifor``, as in its page's address."""
    return f"{code}/{version}"


# --- proposing and deciding -------------------------------------------------------------------------------------------------


def new_version(
    request: ProposeStrikeRules, union: str, earlier: Sequence[RuleVersion], currencies: Collection[str], actor: Actor, now: datetime, today: date
) -> RuleVersion:
    """The proposed version, or a refusal that says what does not hold together. ``earlier``: every version of the code, whatever became of it."""
    rules = check_rules(_tidy(request.rules))
    if rules.currency not in currencies:
        raise CurrencyUnknown(currency=rules.currency[:10])
    for field in _FIXED:
        if any(getattr(each.rules, field) != getattr(rules, field) for each in earlier):
            raise StrikeRulesInvalid(field=field, reason="fixed", code=rules.code)
    new = RuleVersion(
        rules=rules, version=1 + max((each.version for each in earlier), default=0), union=union, valid_from=request.valid_from, state="proposed",
        remark=plain("remark", request.remark, REMARK_MAXIMUM), proposed_by=actor.person_id, proposed_at=now,
    )  # fmt: skip
    check_beginning(new, earlier, today)
    before = _undecided(earlier, new.valid_from) or latest_of(earlier)
    if before is not None and before.rules == rules:
        raise StrikeRulesInvalid(field="rules", reason="unchanged")
    return new


def _tidy(rules: RuleSet) -> RuleSet:
    """The rules with their texts as they are kept."""
    limits = {"name_en": NAME_MAXIMUM, "name_fr": NAME_MAXIMUM, "authority": AUTHORITY_MAXIMUM}
    return msgspec.structs.replace(rules, **{name: plain(name, getattr(rules, name), limit, needed=True) for name, limit in limits.items()})


def latest_of(versions: Sequence[RuleVersion]) -> RuleVersion | None:
    """Of the confirmed versions, the one that begins last, whether or not its day has come."""
    return in_force_on(versions, date.max)


def in_force_on(versions: Sequence[RuleVersion], day: date) -> RuleVersion | None:
    """Of the confirmed versions that have begun by a day, the one that began last."""
    begun = [each for each in versions if each.state == "confirmed" and each.valid_from <= day]
    return max(begun, key=lambda each: (each.valid_from, each.version), default=None)


def check_beginning(new: RuleVersion, earlier: Sequence[RuleVersion], today: date) -> None:
    """Rules hold from today at the earliest, so that no week is ever paid otherwise than it was; and never before those confirmed last.

    Only where placeholders held on the day may it have gone by: nothing was paid by those, and weeks of a strike may wait for the amount.
    """
    day = new.valid_from.isoformat()
    if new.valid_from > LATEST_DATE:
        raise StrikeRulesInvalid(field="valid_from", reason="far", date=day)
    if _undecided(earlier, new.valid_from):
        return
    if new.valid_from < today:
        raise StrikeRulesInvalid(field="valid_from", reason="past", date=day)
    latest = latest_of(earlier)
    if latest is not None and new.valid_from < latest.valid_from:
        raise StrikeRulesInvalid(field="valid_from", reason="overtaken", date=latest.valid_from.isoformat())


def _undecided(versions: Sequence[RuleVersion], day: date) -> RuleVersion | None:
    """The version in force on a day, if its amounts are placeholders."""
    found = in_force_on(versions, day)
    return found if found is not None and found.rules.placeholder else None


def check_decision(version: RuleVersion, actor: Actor) -> None:
    """A proposal is decided once, by another person than the one that made it; that both are of its union is the permission's to say."""
    if version.state != "proposed":
        raise StrikeRulesState(rules=version.subject, state=version.state)
    if version.proposed_by == actor.person_id:
        raise SamePerson(person=actor.name)


def standing(version: RuleVersion, versions: Sequence[RuleVersion], today: date) -> str:
    """How a version stands today: ``proposed``, ``late`` (for a day gone by), ``rejected``, ``in_force``, ``to_come`` or ``replaced``."""
    if version.state == "proposed":
        return "late" if version.valid_from < today and not _undecided(versions, version.valid_from) else "proposed"
    if version.state == "rejected":
        return "rejected"
    in_force = in_force_on(versions, today)
    if in_force is not None and version.version == in_force.version:
        return "in_force"
    return "to_come" if version.valid_from > today else "replaced"


# --- a worked example -------------------------------------------------------------------------------------------------------

EXAMPLE_WEEKS = 17
EXAMPLE_STRIKERS, EXAMPLE_DEPENDANTS, EXAMPLE_GROSS_MINOR = 100, 2, 1_000_00
EXAMPLE_RATE_MINOR = 30_00
# Any Monday: the example's strike begins on it.
_MONDAY = date(2026, 1, 5)


class ExampleWeek(msgspec.Struct, frozen=True):
    """One week of a strike that begins on a Monday: for a whole week, for one that ends the strike on Wednesday, with two dependants, and in all.

    Where a local is paid, it is a local of :data:`EXAMPLE_STRIKERS` strikers, and a week is always whole.
    """

    week: int
    whole_minor: int
    three_days_minor: int
    dependants_minor: int
    total_minor: int


def worked_example(rules: RuleSet) -> list[ExampleWeek]:
    """What weeks 1 to 17 pay by the rules, to a member who does all duty and whose pay is :data:`EXAMPLE_GROSS_MINOR` a week.

    Where the rules pay by the hourly rate, it is :data:`EXAMPLE_RATE_MINOR`.
    """
    total, found = 0, []
    for number in range(1, EXAMPLE_WEEKS + 1):
        whole, three_days, dependants = _example_week(rules, number)
        total += whole
        found.append(ExampleWeek(number, whole, three_days, dependants, total))
    return found


def _example_week(rules: RuleSet, number: int) -> tuple[int, int, int]:
    week = nth_week(rules, _MONDAY, number)
    if rules.model == "local_lump_sum_advance":
        amount = lump_sum(rules, EXAMPLE_STRIKERS, week).amount_minor
        return amount, amount, amount
    facts = MemberFacts(registered_on=_MONDAY, gross_weekly_minor=EXAMPLE_GROSS_MINOR, hourly_rate_minor=EXAMPLE_RATE_MINOR)
    parent = msgspec.structs.replace(facts, dependants=EXAMPLE_DEPENDANTS)
    kind = rules.applies_to[0]
    # A rotating strike that is out every day, so that the weeks can be compared.
    days = frozenset(_MONDAY + timedelta(days=n) for n in range(7 * EXAMPLE_WEEKS)) if kind == "rotating" else frozenset()
    goes_on = StrikeDates(kind=kind, starts_on=_MONDAY, strike_days=days)
    ends = msgspec.structs.replace(goes_on, ended_on=_MONDAY + timedelta(days=7 * (number - 1) + 2))
    lines = [compute_line(rules, dates, week, member, None) for dates, member in ((goes_on, facts), (ends, facts), (goes_on, parent))]
    return lines[0].gross_minor, lines[1].gross_minor, lines[2].gross_minor
