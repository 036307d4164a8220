"""Say how a strike stands week by week: what each benefit week got, what it waits for, and the one thing to do next.

A week gets one run to its members, or an advance to each of its locals. Nothing here names a member. Amounts are minor units of the strike's currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.strike_benefits import last_payable_day
from ledger.domain.strike_rules import RuleSet, Week, benefit_weeks, first_tier, week_of
from ledger.domain.strikes import STEPS, Strike

Kind = Literal["run", "advance"]
# What a run or an advance in a state waits for, and the permission of whoever takes that step.
RUN_STEPS: dict[str, tuple[str, str]] = {
    "draft": ("compute", "prepare_run"), "computed": ("submit", "prepare_run"), "submitted": ("approve", "approve_run"),
    "approved": ("pay", "pay_run"), "paid": ("reconcile", "fix_payment"), "reconciled": ("close", "fix_payment"),
}  # fmt: skip
ADVANCE_STEPS: dict[str, tuple[str, str]] = {"proposed": ("approve", "approve_run"), "approved": ("pay", "pay_run")}
# Those that wait for one person; a run that is paid waits for the bank.
PRESSING = ("compute", "submit", "approve", "pay")


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """What a week got: a run, or an advance to ``local``. ``people`` are on it, ``paid`` of them get something (None
    where a reader is not told); ``hold`` says why it is held back,
    ``missing_week`` the week whose expense report it waits for. ``made_by`` handed it to a second person, who may be anybody else
    but ``kept_by``: they changed the roster or duty that a run rests on.
    """

    kind: Kind
    strike: str
    union: str
    number: str
    week: int
    starts_on: date
    ends_on: date
    local: str
    people: int | None
    paid: int | None
    amount_minor: int
    currency: str
    state: str
    state_since: datetime
    hold: str
    made_by: int | None
    approved_by: int | None
    missing_week: int = 0
    kept_by: tuple[int, ...] = ()

    @property
    def url(self) -> str:
        """Its own page."""
        return f"/strikes/{'runs' if self.kind == 'run' else 'advances'}/{self.number}"

    @property
    def step(self) -> tuple[str, str] | None:
        """What it waits for, and by which permission; None where it waits for nobody."""
        return (RUN_STEPS if self.kind == "run" else ADVANCE_STEPS).get(self.state)

    @property
    def exceptions(self) -> int | None:
        """How many members of a run get nothing."""
        return None if self.people is None or self.paid is None else self.people - self.paid


class WeekStanding(msgspec.Struct, frozen=True):
    """A benefit week with what it got. ``payable``: the rules may pay it."""

    week: Week
    payable: bool
    supports: tuple[Support, ...]

    @property
    def amount_minor(self) -> int:
        """What it comes to."""
        return sum(each.amount_minor for each in self.supports)

    @property
    def is_handed_over(self) -> bool:
        """Whether an advance, or a run that its preparer is done with, says what it comes to: one computed in the middle of its week still grows."""
        return any(each.kind != "run" or each.state not in ("draft", "computed") for each in self.supports)


class Next(msgspec.Struct, frozen=True):
    """The one thing to do next about a strike: ``what``, who may by which permission, of which ``unions``; the week and number it is about.

    ``barred`` took a step before, and so do not take this one; ``since`` is when it began to wait.
    """

    what: str
    permission: str
    unions: tuple[str, ...]
    week: int = 0
    number: str = ""
    url: str = ""
    barred: tuple[int | None, ...] = ()
    since: datetime | date | None = None

    def is_for(self, actor: Actor) -> bool:
        """Whether it is this person's to do."""
        return actor.union in self.unions and actor.can(self.permission) and actor.person_id not in self.barred


def weeks_of(rules: RuleSet, strike: Strike, supports: Iterable[Support], today: date) -> list[WeekStanding]:
    """Every benefit week that has begun and had somebody out, in order; a week that got something is there in any case."""
    got: defaultdict[int, list[Support]] = defaultdict(list)
    latest: date | None = None
    for each in supports:
        got[each.week].append(each)
        latest = max(latest or each.ends_on, each.ends_on)
    weeks = benefit_weeks(rules, strike.starts_on, _last_day(rules, strike, latest, today))
    return [WeekStanding(week, is_payable(rules, strike, week), tuple(got.get(week.number, ()))) for week in weeks]


def weeks_begun(rules: RuleSet, strike: Strike, latest: date | None, today: date) -> int:
    """How many benefit weeks a strike has had; ``latest`` is the last day of the newest one that got something."""
    last = _last_day(rules, strike, latest, today)
    return week_of(rules, strike.starts_on, last).number if last >= strike.starts_on else 0


def _last_day(rules: RuleSet, strike: Strike, latest: date | None, today: date) -> date:
    """A day of the newest week that is told; the first of all days where nobody has walked out."""
    if strike.state in ("notice", "authorised", "called_off"):
        return date.min
    return max(min(last_payable_day(rules, strike.dates), today), latest or date.min)


def is_payable(rules: RuleSet, strike: Strike, week: Week) -> bool:
    """Whether the rules pay anything for a week: its last day is no earlier than the first payable one, and its first no later than the last."""
    tier = first_tier(rules)
    first = strike.starts_on + timedelta(days=max(rules.first_payable_day, tier.from_calendar_day, 1) - 1)
    return week.ends_on >= first and week.number >= tier.from_week and week.starts_on <= last_payable_day(rules, strike.dates)


def steps(
    strike: Strike, missing: Sequence[str], weeks: Sequence[WeekStanding], today: date, roster: int | None = None, *, undecided: bool = False
) -> Iterator[Next]:
    """Everything that waits for a person, the oldest week first. ``roster`` is how many are on it, None where that is not known.

    ``undecided``: the amounts of its rules are placeholders, and nothing is made or paid until the union has set them.
    """
    before = _before_it_begins(strike, missing, today)
    if before is not None:
        yield before
    if strike.state not in STEPS["support"]:
        return
    by_run = strike.model == "per_member_run"
    if by_run and roster == 0:
        yield Next("import_roster", "manage_roster", (strike.union,), url=f"/strikes/{strike.number}/roster", since=strike.state_since)
        return
    if undecided and strike.state != "ended":
        yield Next("set_amounts", "change_strike_rules", (strike.union,), url=f"/strike-rules/new?from={strike.rule_set}", since=strike.state_since)
    for each in () if undecided else weeks:
        if each.payable and (found := _of_week(strike, each, today, "prepare_run" if by_run else "prepare_advance")):
            yield found
    if strike.state == "ended" and not any(support.step for each in weeks for support in each.supports):
        yield Next("close", "manage_strikes", (strike.union,), url=f"/strikes/{strike.number}/close", since=strike.state_since)


def _before_it_begins(strike: Strike, missing: Sequence[str], today: date) -> Next | None:
    if strike.state == "notice" and missing:
        return Next("authorise", "authorise_strike", tuple(missing), url=f"/strikes/{strike.number}/authorise", since=strike.recorded_at)
    if strike.state == "authorised" and strike.starts_on <= today:
        return Next("begin", "manage_strikes", (strike.union,), url=f"/strikes/{strike.number}/begin", since=strike.starts_on)
    return None


def _report_missing(strike: Strike, support: Support) -> Next:
    url = f"/strikes/{strike.number}/advances/file?local={support.local}&week={support.missing_week}"
    return Next("file_report", "prepare_advance", (strike.union,), support.missing_week, support.number, url, since=support.state_since)


def _is_early(support: Support, today: date) -> bool:
    """A run that is computed before its week is over can hardly be handed on."""
    return support.kind == "run" and support.state == "computed" and support.ends_on >= today


def _of_week(strike: Strike, each: WeekStanding, today: date, prepare: str) -> Next | None:
    """A run is made once its week is over, an advance once its week has begun."""
    own = (strike.union,)
    for support in each.supports:
        if support.step and support.step[0] in PRESSING and not _is_early(support, today):
            if support.missing_week:
                return _report_missing(strike, support)
            what = "release" if support.hold else support.step[0]
            barred = (support.made_by, support.approved_by, *support.kept_by) if support.state in ("proposed", "submitted", "approved") else ()
            return Next(f"{what}_{support.kind}", support.step[1], own, each.week.number, support.number, support.url, barred, support.state_since)
    if strike.model == "per_member_run":
        if each.supports or each.week.ends_on >= today:
            return None
        url = f"/strikes/runs/new?strike={strike.number}&week={each.week.number}"
        return Next("start_run", prepare, own, each.week.number, url=url, since=each.week.ends_on + timedelta(days=1))
    served = {support.local for support in each.supports}
    if each.week.starts_on <= today and any(local.number not in served for local in strike.locals):
        return Next("start_advance", prepare, own, each.week.number, url=f"/strikes/{strike.number}/advances", since=each.week.starts_on)
    return None
