"""Show the unions' strike rules in plain words with what they pay, and let people of one union propose and decide about its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.refusals import Refusal
from ledger.domain.strike_rule_sets import (
    EXAMPLE_DEPENDANTS,
    EXAMPLE_GROSS_MINOR,
    EXAMPLE_RATE_MINOR,
    EXAMPLE_STRIKERS,
    REASON_MAXIMUM,
    REMARK_MAXIMUM,
    ExampleWeek,
    ProposeStrikeRules,
    worked_example,
)
from ledger.domain.strike_rules import (
    AUTHORITY_MAXIMUM,
    DUTY_LIMITS,
    LABEL_MAXIMUM,
    LIMITS,
    MODELS,
    NAME_MAXIMUM,
    PAYEES,
    STRIKE_KINDS,
    STRIKE_WEEKDAY,
    TIER_LIMITS,
    Duty,
    ExtraCheque,
    RuleSet,
    Tier,
)
from ledger.services import strike_rules as service
from ledger.services.pool import Pool
from ledger.services.strike_rules import OneVersion, Overview, Standing
from reports import formats
from reports.i18n import N_, translate
from reports.strike_rule_words import KIND_NAMES, MODEL_NAMES, PAYEE_NAMES, WEEK_STARTS_NAMES, amounts_text, rule_differences, rule_facts

READ, CHANGE = service.READ, service.CHANGE
# A proposal needs time to be confirmed: what is not by its day must be proposed anew.
LEAD_DAYS = 7
STANDINGS = {
    "proposed": (N_("proposed"), "wait"), "late": (N_("proposed, but too late"), "bad"), "rejected": (N_("rejected"), "bad"),
    "in_force": (N_("in force"), "good"), "to_come": (N_("confirmed, still to come"), ""), "replaced": (N_("replaced"), ""),
}  # fmt: skip


def _standings(language: str) -> dict[str, tuple[str, str]]:
    return {code: (translate(language, name), kind) for code, (name, kind) in STANDINGS.items()}


# --- reading ------------------------------------------------------------------------------------------------------------


@get("/strike-rules", opt={"permission": READ})
async def list_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every union's rules as they stand today, what waits for a decision, and the rules of others to begin with."""
    seen, language = await service.overview(pool, reader.actor), reader.language
    return page(
        request, "strike_rules/list.html", reader=reader, help="strike-rules", seen=seen, standings=_standings(language),
        sets=[_row(language, found) for code in seen.codes if (found := seen.current(code))],
        waiting=[each for each in seen.versions if each.standing == "proposed"],
        templates=[(each, named(language, each.rules), amounts_text(language, each.rules)) for each in seen.templates],
    )  # fmt: skip


def _row(language: str, found: Standing) -> dict[str, Any]:
    rules = found.version.rules
    model = translate(language, MODEL_NAMES[rules.model])
    return {"found": found, "name": named(language, rules), "amounts": amounts_text(language, rules), "model": model}


@get("/strike-rules/{code:str}", opt={"permission": READ})
async def show_rules(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """A union's rules as they stand today, in words, with what they pay and every version there was."""
    found = await service.one_version(pool, reader.actor, code)
    return _version_page(request, reader, found, Form({}, reader.language), is_current=True)


@get("/strike-rules/{code:str}/{number:int}", opt={"permission": READ})
async def show_version(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """One version: what it changes, everything it says, and the decision where it waits for this reader."""
    return _version_page(request, reader, await service.one_version(pool, reader.actor, code, number), Form({}, reader.language))


@get("/strike-rules/templates/{code:str}", opt={"permission": READ})
async def show_template(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str]
) -> Response[Any]:
    """The rules of another union, to begin a proposal with."""
    shipped, language = service.template(code), reader.language
    return page(
        request, "strike_rules/template.html", reader=reader, help="strike-rules", shipped=shipped, name=named(language, shipped.rules),
        note=shipped.note_fr if language == "fr" else shipped.note_en, may_propose=reader.can(CHANGE),
        **_words(language, shipped.rules, worked_example(shipped.rules)),
    )  # fmt: skip


def _words(language: str, rules: RuleSet, example: Sequence[ExampleWeek]) -> dict[str, Any]:
    """A rule set in words, and what it pays."""
    return {
        "rules": rules, "facts": rule_facts(language, rules), "example": example, "caption": _caption(language, rules),
        "columns": _columns(language, rules), "placeholder": rules.placeholder,
    }  # fmt: skip


def _caption(language: str, rules: RuleSet) -> str:
    """Whom the worked example is about."""
    if rules.model == "local_lump_sum_advance":
        return translate(language, "A local with %(count)s strikers, week by week", count=formats.count(language, EXAMPLE_STRIKERS))
    if rules.hourly_percent:
        rate = formats.money(language, EXAMPLE_RATE_MINOR, rules.currency)
        return translate(language, "A member who does all duty and earns %(amount)s an hour, week by week", amount=rate)
    if rules.cap_percent_of_gross:
        pay = formats.money(language, EXAMPLE_GROSS_MINOR, rules.currency)
        return translate(language, "A member who does all duty and earned %(amount)s a week, week by week", amount=pay)
    return translate(language, "A member who does all duty, week by week")


def _columns(language: str, rules: RuleSet) -> list[tuple[str, str]]:
    """The columns of the worked example, as (field, heading)."""
    found = [("whole_minor", translate(language, "The whole week"))]
    if rules.model == "per_member_run":
        found.append(("three_days_minor", translate(language, "Ends on its third day")))
    if rules.dependant_day_minor:
        found.append(("dependants_minor", translate(language, "With %(count)s dependants", count=formats.count(language, EXAMPLE_DEPENDANTS))))
    return [*found, ("total_minor", translate(language, "In all so far"))]


def _version_page(request: Request[Any, Any, Any], reader: Reader, found: OneVersion, form: Form, is_current: bool = False) -> Response[Any]:
    language, version, seen = reader.language, found.shown.version, found.overview
    own = reader.can(CHANGE) and reader.union_code == version.union
    return page(
        request, "strike_rules/show.html", reader=reader, status=form.status, help="strike-rules", found=found, shown=found.shown, version=version,
        form=form, name=named(language, version.rules), standings=_standings(language), is_current=is_current, reason_maximum=REASON_MAXIMUM,
        rows=rule_differences(language, found.compared.rules, version.rules) if found.compared else [],
        versions=seen.of(version.rules.code), union=next(union for union in seen.unions if union.code == version.union),
        may_change=own, may_decide=own and version.state == "proposed" and version.proposed_by != reader.person_id,
        **_words(language, version.rules, found.example),
    )  # fmt: skip


# --- deciding -----------------------------------------------------------------------------------------------------------


@post("/strike-rules/{code:str}/{number:int}/confirm", opt={"permission": CHANGE}, status_code=303)
async def confirm_rules(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """Agree to a proposed version."""
    form = Form(await request.form(), reader.language)
    try:
        made = await service.confirm_rules(pool, reader.actor, form.key, code, number)
        return Redirect(f"/strike-rules/{made.subject}?done=strike_rules_confirmed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return _version_page(request, reader, await service.one_version(pool, reader.actor, code, number), form)


@post("/strike-rules/{code:str}/{number:int}/reject", opt={"permission": CHANGE}, status_code=303)
async def reject_rules(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], code: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """Turn a proposed version down, with a reason."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            made = await service.reject_rules(pool, reader.actor, form.key, code, number, reason)
            return Redirect(f"/strike-rules/{made.subject}?done=strike_rules_rejected", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "reason"})
    return _version_page(request, reader, await service.one_version(pool, reader.actor, code, number), form)


# --- proposing ----------------------------------------------------------------------------------------------------------


@get("/strike-rules/new", opt={"permission": CHANGE})
async def new_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a version of one's own union's rules (``from`` their code), or for new rules that begin with a template."""
    seen = await service.overview(pool, reader.actor)
    begin = word(request, "from") or ""
    current = seen.current(begin)
    is_own = current is not None and current.version.union == reader.union_code
    rules = current.version.rules if current is not None else service.template(begin).rules if begin else None
    values = {"valid_from": (seen.today + timedelta(days=LEAD_DAYS)).isoformat(), "base": begin if is_own else ""}
    if rules is not None:
        values |= _typed(reader.language, rules) | ({} if is_own else {"code": f"{reader.union_code}-{begin}", "authority": ""})
    else:
        values |= _NEUTRAL | {"currency": _own_currency(seen, reader)}
    return _form_page(request, reader, _filled(values, reader.language), seen, None)


# A form that begins with nothing: rules that pay every member from the first day.
_NEUTRAL = {
    "model": "per_member_run", "counted": "weeks", "first_payable_day": "1", "week_days": "5", "week_starts": STRIKE_WEEKDAY, "duty": "none",
    "run_off_days": "0", "cap_percent_of_gross": "0", "penalty_weeks": "0", "hourly_percent": "0", "payee": "member", "applies_to": "strike lockout",
}  # fmt: skip


def _own_currency(seen: Overview, reader: Reader) -> str:
    return next((union.currency for union in seen.unions if union.code == reader.union_code), "")


def _filled(values: dict[str, str], language: str) -> Form:
    """A form with these values; kinds of dispute are several."""
    return Form({name: value.split() if name == "applies_to" else value for name, value in values.items()}, language)


def _typed(language: str, rules: RuleSet) -> dict[str, str]:
    """A rule set as somebody would have typed it."""
    same = ("code", "name_en", "name_fr", "model", "currency", "authority", "payee")
    numbers = (*LIMITS.keys() - {"dependant_day_minor"}, "week_days", "week_starts")
    boxes = ("retroactive", "extra_payment", "pays_ahead", "reports_required", "placeholder")
    values = {name: str(getattr(rules, name)) for name in (*same, *numbers)} | {name: "yes" if getattr(rules, name) else "" for name in boxes}
    values |= {name: str(getattr(rules.duty, name) or "") for name in DUTY_LIMITS} | {"duty": _duty_word(rules.duty)}
    values |= {"applies_to": " ".join(rules.applies_to), "counted": "days" if rules.tiers and not rules.tiers[0].from_week else "weeks"}
    values["dependant_day"] = formats.figure(language, rules.dependant_day_minor) if rules.dependant_day_minor else ""
    for number, tier in enumerate(rules.tiers):
        values[f"tier-{number}-begins"] = str(tier.from_week or tier.from_calendar_day)
        values[f"tier-{number}-weekly"] = formats.figure(language, tier.weekly_minor)
    for number, cheque in enumerate(rules.extra_cheques):
        values |= {f"cheque-{number}-{name}": getattr(cheque, name) for name in ("label_en", "label_fr", "on")}
        values[f"cheque-{number}-amount"] = formats.figure(language, cheque.amount_minor)
    return values


def _duty_word(duty: Duty) -> str:
    return "day" if duty.per_day else "week" if duty.minutes_week else "none"


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, seen: Overview, preview: dict[str, Any] | None) -> Response[Any]:
    language = reader.language
    base = next((each for each in [seen.current(form.raw("base"))] if each is not None and each.version.union == reader.union_code), None)
    return page(
        request, "strike_rules/new.html", reader=reader, status=form.status, help="strike-rules", form=form, seen=seen, preview=preview,
        base=base, base_name=named(language, base.version.rules) if base else "", lines=form.rows("tier", 1),
        cheques=form.rows("cheque", 0), label_maximum=LABEL_MAXIMUM,
        models=[(code, translate(language, name)) for code, name in MODEL_NAMES.items()],
        kinds=[(code, translate(language, name)) for code, name in KIND_NAMES.items()],
        payees=[(code, translate(language, name)) for code, name in PAYEE_NAMES.items()],
        weekdays=[(str(code), translate(language, name)) for code, name in WEEK_STARTS_NAMES.items()],
        currencies=[(code, code) for code in sorted(seen.currencies)], limits=LIMITS, authority_maximum=AUTHORITY_MAXIMUM,
        remark_maximum=REMARK_MAXIMUM, name_maximum=NAME_MAXIMUM,
    )  # fmt: skip


@post("/strike-rules/new", opt={"permission": CHANGE}, status_code=303)
async def propose_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what the proposal changes and pays; with ``action=post``, propose it."""
    form, seen, preview = Form(await request.form(), reader.language), await service.overview(pool, reader.actor), None
    proposal = _proposal(form, seen)
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose_rules(pool, reader.actor, form.key, proposal)
                return Redirect(f"/strike-rules/{made.subject}?done=strike_rules_proposed", status_code=303)
            preview = await _preview(pool, reader, proposal)
        except Refusal as refusal:
            refused(form, refusal, {"currency_unknown": "currency", **dict.fromkeys(("strike_rules_invalid", "text_invalid"), _field_of(refusal))})
    return _form_page(request, reader, form, seen, preview)


async def _preview(pool: Pool, reader: Reader, proposal: ProposeStrikeRules) -> dict[str, Any]:
    new, before, example = await service.preview_rules(pool, reader.actor, proposal)
    rows = rule_differences(reader.language, before.rules, new.rules) if before else []
    return {"rows": rows, "is_new": before is None, **_words(reader.language, new.rules, example)}


# Where what a refusal names stands in the form, where that is not a field of the same name.
_FIELD_OF = {"from_week": "tiers", "from_calendar_day": "tiers", "weekly_minor": "tiers", "dependant_day_minor": "dependant_day", "rules": ""}


def _field_of(refusal: Refusal) -> str:
    field = str(refusal.params.get("field", ""))
    return _FIELD_OF.get(field, field)


def _proposal(form: Form, seen: Overview) -> ProposeStrikeRules:
    currency = form.choice("currency", list(seen.currencies))
    model = form.choice("model", MODELS) or "per_member_run"
    fields = {
        "code": form.text("code", max_length=30), "name_en": form.text("name_en", max_length=NAME_MAXIMUM),
        "name_fr": form.text("name_fr", max_length=NAME_MAXIMUM), "model": model, "currency": currency, "tiers": _tiers(form, currency, seen),
        "week_starts": _week_starts(form), "applies_to": [kind for kind in STRIKE_KINDS if kind in form.many("applies_to")],
        "placeholder": form.checked("placeholder"), "authority": form.text("authority", max_length=AUTHORITY_MAXIMUM),
    }  # fmt: skip
    fields |= _for_members(form, currency, seen) if model == "per_member_run" else _for_locals(form)
    return ProposeStrikeRules(
        valid_from=form.date("valid_from"), rules=msgspec.convert(fields, RuleSet),
        remark=form.text("remark", required=False, max_length=REMARK_MAXIMUM),
    )  # fmt: skip


def _for_members(form: Form, currency: str, seen: Overview) -> dict[str, Any]:
    numbers = {name: _number(form, name) for name in LIMITS.keys() - {"dependant_day_minor"}}
    return numbers | {
        "retroactive": form.checked("retroactive"), "extra_payment": form.checked("extra_payment"),
        "extra_cheques": _cheques(form, currency, seen), "pays_ahead": form.checked("pays_ahead"), "duty": _duty(form),
        "week_days": 7 if form.choice("week_days", ("5", "7")) == "7" else 5, "payee": form.choice("payee", PAYEES) or "member",
        "dependant_day_minor": form.amount_or_none("dependant_day", currency, seen.currencies.get(currency, 2)),
    }  # fmt: skip


def _for_locals(form: Form) -> dict[str, Any]:
    return {"payee": "local", "reports_required": form.checked("reports_required")}


def _number(form: Form, name: str) -> int:
    """A whole number within its limits; what says nothing where nothing was typed."""
    least, most = LIMITS[name]
    return form.integer(name, least, most) if form.raw(name).strip() else least


def _duty(form: Form) -> Duty:
    kind = form.choice("duty", ("none", "day", "week"))
    if kind == "none":
        return Duty()
    minutes = {name: form.integer(name, *limits) if form.raw(name).strip() else 0 for name, limits in DUTY_LIMITS.items()}
    return Duty(**minutes, per_day=kind == "day")


def _week_starts(form: Form) -> int | str:
    chosen = form.choice("week_starts", [str(code) for code in WEEK_STARTS_NAMES])
    return int(chosen) if chosen.isdigit() else STRIKE_WEEKDAY


def _tiers(form: Form, currency: str, seen: Overview) -> list[Tier]:
    at_least = 0 if form.raw("hourly_percent").strip() not in ("", "0") else 1
    name = "from_week" if form.choice("counted", ("weeks", "days")) != "days" else "from_calendar_day"
    most, digits = TIER_LIMITS[name][1], seen.currencies.get(currency, 2)
    return [
        Tier(**{name: line.integer("begins", 1, most)}, weekly_minor=line.money("weekly", currency, digits)) for line in form.lines("tier", at_least)
    ]


def _cheques(form: Form, currency: str, seen: Overview) -> list[ExtraCheque]:
    digits = seen.currencies.get(currency, 2)
    return [
        ExtraCheque(
            label_en=line.text("label_en", max_length=LABEL_MAXIMUM), label_fr=line.text("label_fr", max_length=LABEL_MAXIMUM),
            on=line.text("on", max_length=10), amount_minor=line.money("amount", currency, digits),
        )
        for line in form.lines("cheque")
    ]  # fmt: skip


DONE = {
    "strike_rules_proposed": N_("Proposed. Others of your union find it on their first page; it holds once one of them confirms it."),
    "strike_rules_confirmed": N_("Confirmed. These strike rules hold from their day on."),
    "strike_rules_rejected": N_("Rejected. The strike rules in force stay as they are."),
}
PAGES = [list_rules, new_rules, propose_rules, show_template, show_rules, show_version, confirm_rules, reject_rules]
