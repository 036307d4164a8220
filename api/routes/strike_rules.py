"""Answer in JSON which strike rules hold and what they pay, and take proposals and decisions."""

from datetime import date, datetime
from typing import Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.routes.approval_rules import Rejection
from api.schemas import Amount, CurrencyCode, IdempotencyKey, amount, check_currency
from ledger.domain.actors import Actor
from ledger.domain.strike_rule_sets import ExampleWeek, ProposeStrikeRules
from ledger.domain.strike_rules import STRIKE_WEEKDAY, Duty, ExtraCheque, Model, Payee, RuleSet, StrikeKind, Tier
from ledger.services import strike_rules as service
from ledger.services.pool import Pool
from ledger.services.strike_rules import OneVersion, Standing
from ledger.services.strike_templates import ShippedRules

WeekStarts = Literal["strike_weekday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: tuple[WeekStarts, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class StrikeTier(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A weekly amount, from a benefit week or from a calendar day of the strike on: one of the two."""

    weekly: Amount
    from_week: int | None = None
    from_calendar_day: int | None = None


class StrikeExtraCheque(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An amount beside the week's, whole and outside the cap, for members of whose week a day is paid. `on` is 2026-12-18 once, or 12-18 of every year."""

    label_en: str
    label_fr: str
    on: str
    amount: Amount


class StrikeDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The least duty in minutes, 0 where it is not tracked. `per_day`: each day is paid by itself; otherwise a week whole or not at all."""

    minutes_week: int = 0
    minutes_day: int = 0
    per_day: bool = False


class StrikeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule set. `model` is per_member_run or local_lump_sum_advance; what is left out says nothing.

    `first_payable_day` is a calendar day of the strike; `retroactive` pays the days before it once it is reached. `hourly_percent` of the member's hourly
    rate is paid for each day in place of `tiers`, which are empty then. `run_off_days` are paid after ratification, while members are out.
    `extra_payment`: one more week's amount after the end. `pays_ahead`: a week's run may be handed on before
    the week is over. `placeholder`: the amounts are not decided yet.
    """

    code: str
    name_en: str
    name_fr: str
    model: Model
    currency: CurrencyCode
    tiers: list[StrikeTier]
    authority: str
    first_payable_day: int = 1
    retroactive: bool = False
    week_days: int = 5
    week_starts: WeekStarts = "strike_weekday"
    duty: StrikeDuty | None = None
    hourly_percent: int = 0
    dependant_day: Amount | None = None
    run_off_days: int = 0
    extra_payment: bool = False
    extra_cheques: list[StrikeExtraCheque] = []
    pays_ahead: bool = False
    cap_percent_of_gross: int = 0
    applies_to: tuple[StrikeKind, ...] = ("strike", "lockout")
    penalty_weeks: int = 0
    payee: Payee = "member"
    reports_required: bool = False
    placeholder: bool = False


class StrikeRulesOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a union's rules. `state` is proposed, late, rejected, to_come, in_force or replaced; of the shipped ones nobody decided."""

    version: int
    union: str
    state: str
    valid_from: date
    rules: StrikeRules
    remark: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None = None


class StrikeExampleWeek(msgspec.Struct, frozen=True, kw_only=True):
    """What a week pays to a member who does all duty, and to one of a strike that ends on its third day; or to a local with 100 strikers."""

    week: int
    whole: Amount
    three_days: Amount
    two_dependants: Amount
    total: Amount


class OneStrikeRules(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and what weeks 1 to 17 of a strike that begins on a Monday pay by it."""

    shown: StrikeRulesOut
    example: list[StrikeExampleWeek]


class StrikeTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of another union as its own pages tell them, to begin a proposal with; in force nowhere here."""

    rules: StrikeRules
    source: str
    note_en: str
    note_fr: str
    valid_from: date | None


class NewStrikeRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version to be proposed: it holds from `valid_from` on, once a second person of the union confirms it."""

    valid_from: date
    rules: StrikeRules
    remark: str = ""


_SAME = (
    "code", "name_en", "name_fr", "model", "currency", "authority", "first_payable_day", "retroactive", "week_days", "run_off_days",
    "extra_payment", "pays_ahead", "cap_percent_of_gross", "penalty_weeks", "hourly_percent", "payee", "reports_required", "placeholder",
)  # fmt: skip


def strike_rules_out(rules: RuleSet) -> StrikeRules:
    """A rule set as it travels."""
    return StrikeRules(
        **{name: getattr(rules, name) for name in _SAME}, applies_to=rules.applies_to,
        tiers=[
            StrikeTier(
                weekly=amount(tier.weekly_minor, rules.currency), from_week=tier.from_week or None, from_calendar_day=tier.from_calendar_day or None
            )
            for tier in rules.tiers
        ],
        extra_cheques=[
            StrikeExtraCheque(label_en=each.label_en, label_fr=each.label_fr, on=each.on, amount=amount(each.amount_minor, rules.currency))
            for each in rules.extra_cheques
        ],
        week_starts="strike_weekday" if rules.week_starts == STRIKE_WEEKDAY else _WEEKDAYS[rules.week_starts],
        duty=StrikeDuty(**msgspec.structs.asdict(rules.duty)) if rules.duty != Duty() else None,
        dependant_day=amount(rules.dependant_day_minor, rules.currency) if rules.dependant_day_minor else None,
    )  # fmt: skip


def _rules(given: StrikeRules) -> RuleSet:
    """A rule set as it was sent; refuses an amount in another currency than its own."""
    amounts = [*(tier.weekly for tier in given.tiers), *(cheque.amount for cheque in given.extra_cheques), given.dependant_day]
    for money in filter(None, amounts):
        check_currency(money, given.currency)
    fields: dict[str, Any] = {name: getattr(given, name) for name in _SAME}
    return RuleSet(
        **fields, applies_to=given.applies_to, duty=Duty(**msgspec.structs.asdict(given.duty)) if given.duty else Duty(),
        tiers=tuple(
            Tier(from_week=tier.from_week or 0, from_calendar_day=tier.from_calendar_day or 0, weekly_minor=tier.weekly.minor) for tier in given.tiers
        ),
        extra_cheques=tuple(
            ExtraCheque(label_en=each.label_en, label_fr=each.label_fr, on=each.on, amount_minor=each.amount.minor) for each in given.extra_cheques
        ),
        week_starts=STRIKE_WEEKDAY if given.week_starts == "strike_weekday" else _WEEKDAYS.index(given.week_starts),
        dependant_day_minor=given.dependant_day.minor if given.dependant_day else 0,
    )  # fmt: skip


def _version_out(standing: Standing, reason: str = "") -> StrikeRulesOut:
    version = standing.version
    return StrikeRulesOut(
        version=version.version, union=version.union, state=standing.standing, valid_from=version.valid_from, rules=strike_rules_out(version.rules),
        remark=version.remark, proposed_by=standing.proposed_by, proposed_at=version.proposed_at, decided_by=standing.decided_by or None,
        decided_at=version.decided_at, reason=reason or None,
    )  # fmt: skip


def _one_out(found: OneVersion) -> OneStrikeRules:
    currency = found.shown.version.rules.currency
    return OneStrikeRules(shown=_version_out(found.shown, found.reason), example=[_week_out(week, currency) for week in found.example])


def _week_out(week: ExampleWeek, currency: str) -> StrikeExampleWeek:
    return StrikeExampleWeek(
        week=week.week, whole=amount(week.whole_minor, currency), three_days=amount(week.three_days_minor, currency),
        two_dependants=amount(week.dependants_minor, currency), total=amount(week.total_minor, currency),
    )  # fmt: skip


def _template_out(shipped: ShippedRules) -> StrikeTemplate:
    return StrikeTemplate(
        rules=strike_rules_out(shipped.rules), source=shipped.source, note_en=shipped.note_en, note_fr=shipped.note_fr, valid_from=shipped.valid_from
    )


class StrikeRulesController(Controller):
    """Strike rules."""

    path = "/strike-rules"
    tags = ["Strike rules"]

    @get("/", operation_id="listStrikeRules", opt={"permission": "read_strike_rules"})
    async def list_rules(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[StrikeRulesOut]:
        """Every version of every union's rules, by code, newest first; `in_force` are those that hold today."""
        return [_version_out(each) for each in (await service.overview(pool, actor)).versions]

    @get("/templates", operation_id="listStrikeRuleTemplates", opt={"permission": "read_strike_rules"})
    async def list_templates(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[StrikeTemplate]:
        """The rules of other unions, to begin a proposal with."""
        return [_template_out(each) for each in (await service.overview(pool, actor)).templates]

    @get("/{code:str}", operation_id="getStrikeRules", opt={"permission": "read_strike_rules"})
    async def get_rules(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], code: FromPath[str]) -> OneStrikeRules:
        """The version of a code that holds today, or the newest where none does yet, and what it pays."""
        return _one_out(await service.one_version(pool, actor, code))

    @get("/{code:str}/{version:int}", operation_id="getStrikeRulesVersion", opt={"permission": "read_strike_rules"})
    async def get_version(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], code: FromPath[str], version: FromPath[int]
    ) -> OneStrikeRules:
        """One version, and what it pays; `reason` says why it was rejected."""
        return _one_out(await service.one_version(pool, actor, code, version))

    @post("/", operation_id="proposeStrikeRules", opt={"permission": "change_strike_rules"})
    async def propose(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewStrikeRules]
    ) -> OneStrikeRules:
        """Propose a version of your own union's rules, or new rules under a new code; a second person of your union decides about it."""
        request = ProposeStrikeRules(valid_from=data.valid_from, rules=_rules(data.rules), remark=data.remark)
        made = await service.propose_rules(pool, actor, key, request)
        return _one_out(await service.one_version(pool, actor, made.rules.code, made.version))

    @post("/{code:str}/{version:int}/confirmation", operation_id="confirmStrikeRules", opt={"permission": "change_strike_rules"}, status_code=200)
    async def confirm(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str], version: FromPath[int]
    ) -> OneStrikeRules:
        """Agree to rules that somebody else of your union proposed."""
        await service.confirm_rules(pool, actor, key, code, version)
        return _one_out(await service.one_version(pool, actor, code, version))

    @post("/{code:str}/{version:int}/rejection", operation_id="rejectStrikeRules", opt={"permission": "change_strike_rules"}, status_code=200)
    async def reject(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str], version: FromPath[int],
        data: JSONBody[Rejection],
    ) -> OneStrikeRules:  # fmt: skip
        """Turn proposed rules down."""
        await service.reject_rules(pool, actor, key, code, version, data.reason)
        return _one_out(await service.one_version(pool, actor, code, version))


ROUTES = [StrikeRulesController]
