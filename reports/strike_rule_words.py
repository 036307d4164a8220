"""Say strike rules in words, in both languages: what is paid, from when, for what duty, to whom."""

from datetime import date

from ledger.domain.strike_rules import COMMON_YEAR, STRIKE_WEEKDAY, Duty, ExtraCheque, RuleSet, Tier
from reports import formats
from reports.approval_words import enumerated
from reports.i18n import N_, translate, translate_n

MODEL_NAMES = {"per_member_run": N_("Each member, by the week"), "local_lump_sum_advance": N_("The local, a sum for each striker")}
KIND_NAMES = {
    "strike": N_("Strike"), "lockout": N_("Lockout"), "rotating": N_("Rotating strike"), "honouring": N_("Honouring another picket line"),
}  # fmt: skip
PAYEE_NAMES = {"member": N_("The member"), "local": N_("The local, which pays its members")}
WEEKDAY_NAMES = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
WEEK_STARTS_NAMES = {STRIKE_WEEKDAY: N_("the weekday on which the strike began")} | dict(enumerate(WEEKDAY_NAMES))


# --- a rule set -----------------------------------------------------------------------------------------------------------


def rule_facts(language: str, rules: RuleSet) -> list[tuple[str, str]]:
    """Everything the rules say, as (name, value); what they say nothing about is left out."""
    shown = [(N_("Who is paid"), translate(language, MODEL_NAMES[rules.model])), (N_("A week’s amount"), amounts_text(language, rules))]
    shown += _member_facts(language, rules) if rules.model == "per_member_run" else _local_facts(language, rules)
    shown += [
        (N_("Holds for"), enumerated(language, [translate(language, KIND_NAMES[kind]).lower() for kind in rules.applies_to])),
        (N_("Decided by"), rules.authority),
    ]
    return [(translate(language, name), value) for name, value in shown if value]


def _member_facts(language: str, rules: RuleSet) -> list[tuple[str, str]]:
    dependants = formats.money(language, rules.dependant_day_minor, rules.currency)
    share = formats.count(language, rules.cap_percent_of_gross)
    return [
        (N_("First day paid"), _first_day(language, rules)),
        (N_("A benefit week"), _week(language, rules)),
        (N_("Strike duty"), duty_text(language, rules.duty)),
        (N_("For each dependant"), translate(language, "%(amount)s a day", amount=dependants) if rules.dependant_day_minor else ""),
        (N_("At most"), translate(language, "%(percent)s%% of the member’s gross weekly pay", percent=share) if rules.cap_percent_of_gross else ""),
        (N_("After ratification"), _run_off(language, rules)),
        (N_("After the end"), translate(language, "one more week’s amount") if rules.extra_payment else ""),
        (N_("Extra cheques"), "; ".join(_cheque(language, cheque, rules.currency) for cheque in rules.extra_cheques)),
        (N_("Before the week is over"), translate(language, "it may be paid, by the duty known so far") if rules.pays_ahead else ""),
        (N_("Members who had been in arrears"), _penalty(language, rules)),
        (N_("Paid to"), translate(language, PAYEE_NAMES[rules.payee])),
    ]


def _local_facts(language: str, rules: RuleSet) -> list[tuple[str, str]]:
    waits = translate(language, "the next sum waits for the local’s report of the week before")
    return [(N_("A benefit week"), _week_begins(language, rules)), (N_("Expense reports"), waits if rules.reports_required else "")]


def amounts_text(language: str, rules: RuleSet) -> str:
    """``CAD 350.00 from week 1, CAD 375.00 from week 6``; or the share of an hourly rate."""
    if rules.hourly_percent:
        percent, days = formats.count(language, rules.hourly_percent), formats.count(language, rules.week_days)
        return translate(language, "for each day %(percent)s%% of the member’s hourly rate, for at most %(days)s days", percent=percent, days=days)
    return "; ".join(_tier(language, tier, rules.currency) for tier in rules.tiers)


def _tier(language: str, tier: Tier, currency: str) -> str:
    amount = formats.money(language, tier.weekly_minor, currency)
    if tier.from_week:
        return translate(language, "%(amount)s from week %(week)s", amount=amount, week=formats.count(language, tier.from_week))
    return translate(language, "%(amount)s from day %(day)s", amount=amount, day=formats.count(language, tier.from_calendar_day))


def _cheque(language: str, cheque: ExtraCheque, currency: str) -> str:
    """``Before Thanksgiving: USD 100.00, in the week of November 20, every year``."""
    label = cheque.label_fr if language == "fr" else cheque.label_en
    amount = formats.money(language, cheque.amount_minor, currency)
    if len(cheque.on) == len("12-18"):
        day = formats.day_of_year(language, date.fromisoformat(f"{COMMON_YEAR}-{cheque.on}"))
        return translate(language, "%(label)s: %(amount)s, in the week of %(day)s, every year", label=label, amount=amount, day=day)
    day = formats.date_long(language, date.fromisoformat(cheque.on))
    return translate(language, "%(label)s: %(amount)s, in the week of %(day)s", label=label, amount=amount, day=day)


def _first_day(language: str, rules: RuleSet) -> str:
    if rules.first_payable_day == 1:
        return translate(language, "the first day of the strike")
    day = formats.count(language, rules.first_payable_day)
    if rules.retroactive:
        return translate(language, "day %(day)s; once it is reached, the days before it are paid too", day=day)
    return translate(language, "day %(day)s; the days before it are never paid", day=day)


def _week(language: str, rules: RuleSet) -> str:
    if rules.week_days == 5:
        days = translate(language, "five days, Monday to Friday; weekend days where duty is paid by the day")
    else:
        days = translate(language, "seven days")
    return f"{days}; {_week_begins(language, rules)}"


def _week_begins(language: str, rules: RuleSet) -> str:
    return translate(language, "it begins on %(weekday)s", weekday=translate(language, WEEK_STARTS_NAMES[rules.week_starts]))


def duty_text(language: str, duty: Duty) -> str:
    """What duty is asked for: ``4 h make a day, and each day is paid by itself``."""
    day, week = hours_text(language, duty.minutes_day), hours_text(language, duty.minutes_week)
    if duty.per_day and duty.minutes_day == 1:
        return translate(language, "any duty makes a day, and each day is paid by itself")
    if duty.per_day and duty.minutes_week:
        return translate(language, "%(week)s a week; %(day)s make a day, and each day is paid by itself", week=week, day=day)
    if duty.per_day:
        return translate(language, "%(day)s make a day, and each day is paid by itself", day=day)
    if duty.minutes_week and duty.minutes_day:
        return translate(language, "%(week)s a week, in days of %(day)s or more, or the week is not paid", week=week, day=day)
    if duty.minutes_week:
        return translate(language, "%(week)s a week, or the week is not paid; less in a week that is shorter", week=week)
    return translate(language, "not asked for")


def hours_text(language: str, minutes: int) -> str:
    """``20 h``, ``4 h 30``."""
    hours, rest = divmod(minutes, 60)
    return f"{formats.count(language, hours)}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")


def _run_off(language: str, rules: RuleSet) -> str:
    if not rules.run_off_days:
        return translate(language, "nothing")
    days = formats.day_count(language, rules.run_off_days)
    return translate(language, "at most %(days)s more, while members are out", days=days)


def _penalty(language: str, rules: RuleSet) -> str:
    if not rules.penalty_weeks:
        return ""
    count = formats.count(language, rules.penalty_weeks)
    return translate_n(language, "wait %(count)s week", "wait %(count)s weeks", rules.penalty_weeks, count=count)


def rule_differences(language: str, before: RuleSet, after: RuleSet) -> list[tuple[str, str, str]]:
    """What two versions say otherwise, as (name, before, after); a side that says nothing is a dash."""
    was, becomes = dict(rule_facts(language, before)), dict(rule_facts(language, after))
    for name, field in ((N_("Name in English"), "name_en"), (N_("Name in French"), "name_fr")):
        was[translate(language, name)], becomes[translate(language, name)] = getattr(before, field), getattr(after, field)
    if before.placeholder != after.placeholder:
        name = translate(language, "The amounts are")
        was[name], becomes[name] = (_decided(language, each) for each in (before, after))
    names = dict.fromkeys([*was, *becomes])
    return [(name, was.get(name, "–"), becomes.get(name, "–")) for name in names if was.get(name) != becomes.get(name)]


def _decided(language: str, rules: RuleSet) -> str:
    return translate(language, "placeholders") if rules.placeholder else translate(language, "decided")
