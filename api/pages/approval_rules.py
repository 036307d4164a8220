"""Show who must approve what, answer what a request would need, and let officers of one union propose rules that the other decides about."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.funds import rate_text
from api.pages.rendering import named, page
from api.refusal_messages import message
from api.security import Reader
from ledger.domain.approvals import KINDS, BoardRule, Matrix
from ledger.domain.matrices import (
    BOARDS,
    DAYS,
    OFFICERS_MAXIMUM,
    REASON_MAXIMUM,
    REMARK_MAXIMUM,
    SEATS_MAXIMUM,
    SETTINGS,
    Band,
    Difference,
    ProposedRule,
    ProposeMatrix,
    SettingChange,
    groups,
)
from ledger.domain.refusals import Refusal
from ledger.services import approval_rules as service
from ledger.services.approval_rules import Needs, OneSet, Overview
from ledger.services.pool import Pool
from reports import formats
from reports.approval_words import BOARD_NAMES, KIND_NAMES, band_text, need_text, rule_text, setting_name, setting_text
from reports.i18n import N_, translate

CHANGE = service.CHANGE
# A proposal needs time to be confirmed: what is not by its day must be proposed anew.
LEAD_DAYS = 7
STANDINGS = {
    "proposed": (N_("proposed"), "wait"), "late": (N_("proposed, but too late"), "bad"), "rejected": (N_("rejected"), "bad"),
    "in_force": (N_("in force"), "good"), "to_come": (N_("confirmed, still to come"), ""), "replaced": (N_("replaced"), ""),
}  # fmt: skip


class Said(msgspec.Struct, frozen=True):
    """The rules of one kind and fund in words: (which amounts, who must approve) for each."""

    title: str
    lines: list[tuple[str, str]]


# --- in words -----------------------------------------------------------------------------------------------------------


def said(language: str, matrix: Matrix, seen: Overview) -> list[Said]:
    """All of a set's rules in words."""
    return [
        Said(_title(language, group.kind, group.fund_id, seen), _lines(language, group.bands, matrix.currency)) for group in groups(matrix)
    ]


def _title(language: str, kind: str, fund_id: int | None, seen: Overview) -> str:
    name = translate(language, KIND_NAMES[kind])
    fund = next((fund for fund in seen.funds if fund.id == fund_id), None)
    return name if fund is None else translate(language, "%(kind)s, fund %(fund)s alone", kind=name, fund=named(language, fund))


def _lines(language: str, bands: Iterable[Band], currency: str) -> list[tuple[str, str]]:
    return [(band_text(language, band, currency), rule_text(language, band.rule)) for band in bands]


def settings_said(language: str, matrix: Matrix, seen: Overview) -> list[tuple[str, str]]:
    """A set's other settings, then each union's board, as (name, value)."""
    shown = [SettingChange(name, "", getattr(matrix, name)) for name in SETTINGS]
    found = [(setting_name(language, each, {}), setting_text(language, each.name, each.after)) for each in shown]
    for union in seen.unions:
        board = matrix.board_rule(union.code)
        seats, quorum = (formats.count(language, number) for number in (board.seats, board.quorum))
        value = translate(language, "%(seats)s seats; %(quorum)s votes make a quorum", seats=seats, quorum=quorum)
        found.append((translate(language, "Board of %(union)s", union=union.name), value))
    return found


def differences_said(
    language: str, differences: Sequence[Difference], changes: Sequence[SettingChange], before: Matrix, after: Matrix, seen: Overview
) -> list[dict[str, Any]]:
    """What differs, as rows: what, lines before, lines after."""
    rows = [
        {
            "what": _title(language, each.kind, each.fund_id, seen), "before": _lines(language, each.before, before.currency),
            "after": _lines(language, each.after, after.currency),
        }
        for each in differences
    ]  # fmt: skip
    names = _names(seen)
    return rows + [
        {
            "what": setting_name(language, each, names), "before": [("", setting_text(language, each.name, each.before))],
            "after": [("", setting_text(language, each.name, each.after))],
        }
        for each in changes
    ]  # fmt: skip


def _names(seen: Overview) -> dict[str, str]:
    return {union.code: union.name for union in seen.unions}


def _set_words(language: str, matrix: Matrix, seen: Overview) -> dict[str, Any]:
    return {
        "said": said(language, matrix, seen), "settings": settings_said(language, matrix, seen), "matrix": matrix,
        "table": [(group, _title(language, group.kind, group.fund_id, seen)) for group in groups(matrix)],
        "boards": {code: translate(language, name) for code, name in BOARD_NAMES.items()},
        "standings": {code: (translate(language, name), kind) for code, (name, kind) in STANDINGS.items()},
    }  # fmt: skip


# --- the rules ----------------------------------------------------------------------------------------------------------


@get("/approval-rules", opt={"permission": "read_approval_rules"})
async def show_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What is in force today, what a request would need by it, and every set there was."""
    seen, language = await service.overview(pool, reader.actor), reader.language
    asked, wrong = await _asked(request, pool, reader, seen)
    return page(
        request, "approval_rules/list.html", reader=reader, help="approval-rules", fragment="results", seen=seen, asked=asked, wrong=wrong,
        answer=_answer(language, asked, seen) if asked else [], rate=rate_text(language, asked.rate.rate) if asked and asked.rate else "",
        kinds=_kinds(language), funds=[(fund.code, named(language, fund)) for fund in seen.funds if fund.confirmed and fund.closed_on is None],
        currencies=[(code, code) for code in _own_first(seen, reader)], waiting=[each for each in seen.sets if each.standing == "proposed"],
        **_set_words(language, seen.in_force, seen),
    )  # fmt: skip


def _kinds(language: str) -> list[tuple[str, str]]:
    return [(kind, translate(language, KIND_NAMES[kind])) for kind in KINDS]


def _own_first(seen: Overview, reader: Reader) -> list[str]:
    own = next((union.currency for union in seen.unions if union.code == reader.union_code), seen.in_force.currency)
    return sorted(seen.currencies, key=lambda code: (code != own, code))


async def _asked(request: Request[Any, Any, Any], pool: Pool, reader: Reader, seen: Overview) -> tuple[Needs | None, str]:
    """What the address asks about, answered; and what was wrong with the question."""
    typed = str(request.query_params.get("amount", "")).strip()
    if not typed:
        return None, ""
    currency = word(request, "currency") or seen.in_force.currency
    try:
        amount = formats.parse_money(reader.language, typed, seen.currencies.get(currency, 2), currency)
        question = service.Question(kind=word(request, "kind") or "general", fund=word(request, "fund") or "", amount_minor=amount, currency=currency)
        return await service.needs(pool, reader.actor, question), ""
    except formats.AmountNotUnderstood:
        return None, translate(reader.language, "That is not an amount. Write it like %(example)s.", example=formats.figure(reader.language, 1_234_56))
    except Refusal as refusal:
        return None, message(reader.language, refusal)


def _answer(language: str, asked: Needs, seen: Overview) -> list[str]:
    """Everything that must be there, in words."""
    names = _names(seen)
    return [need_text(language, need, names) for need in asked.needed]


@get("/approval-rules/{number:int}", opt={"permission": "read_approval_rules"})
async def show_set(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[int]
) -> Response[Any]:
    """One set of rules: what it changes, everything it says, and the decision where it waits for this reader."""
    return await _set_page(request, pool, reader, number, Form({}, reader.language))


async def _set_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: int, form: Form) -> Response[Any]:
    found, language = await service.one_set(pool, reader.actor, number), reader.language
    seen, matrix = found.overview, found.shown.matrix
    return page(
        request, "approval_rules/show.html", reader=reader, status=form.status, help="approval-rules", found=found, shown=found.shown, form=form,
        rows=_rows(language, found), others=[union.name for union in seen.unions if union.code != found.shown.proposed_by[1]],
        may_decide=reader.can(CHANGE) and matrix.state == "proposed" and found.shown.proposed_by[1] != reader.union_code,
        reason_maximum=REASON_MAXIMUM, **_set_words(language, matrix, seen),
    )  # fmt: skip


def _rows(language: str, found: OneSet) -> list[dict[str, Any]]:
    if found.compared is None:
        return []
    return differences_said(language, found.differences, found.changes, found.compared, found.shown.matrix, found.overview)


# --- deciding -----------------------------------------------------------------------------------------------------------


@post("/approval-rules/{number:int}/confirm", opt={"permission": CHANGE}, status_code=303)
async def confirm_rules(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[int]
) -> Response[Any]:
    """Agree to proposed rules."""
    form = Form(await request.form(), reader.language)
    try:
        await service.confirm_rules(pool, reader.actor, form.key, number)
        return Redirect(f"/approval-rules/{number}?done=rules_confirmed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return await _set_page(request, pool, reader, number, form)


@post("/approval-rules/{number:int}/reject", opt={"permission": CHANGE}, status_code=303)
async def reject_rules(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[int]
) -> Response[Any]:
    """Turn proposed rules down, with a reason."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REASON_MAXIMUM)
    if form.ok:
        try:
            await service.reject_rules(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/approval-rules/{number}?done=rules_rejected", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {"text_invalid": "reason"})
    return await _set_page(request, pool, reader, number, form)


# --- proposing ----------------------------------------------------------------------------------------------------------

_FIELDS = {"currency_unknown": "currency", "fund_unknown": "rules", "choice_invalid": "rules", "amount_invalid": "rules", "text_invalid": "remark"}
# Where a reason for which rules do not hold together is shown; the others are about the lines.
_FIELD_OF_REASON = {"past": "valid_from", "far": "valid_from", "overtaken": "valid_from", "percent": "headroom", "unchanged": "", "boards": ""}


@get("/approval-rules/new", opt={"permission": CHANGE})
async def new_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form with today's rules, to change."""
    seen = await service.overview(pool, reader.actor)
    values = _typed(reader.language, seen.in_force, seen) | {"valid_from": (seen.today + timedelta(days=LEAD_DAYS)).isoformat()}
    return _form_page(request, reader, Form(values, reader.language), seen, None)


def _typed(language: str, matrix: Matrix, seen: Overview) -> dict[str, str]:
    """A set of rules as somebody would have typed it."""
    funds = {fund.id: fund.code for fund in seen.funds}
    values = {"currency": matrix.currency, "headroom": formats.decimal(language, matrix.fx_headroom_percent, 2)}
    values |= {name: str(getattr(matrix, name)) for name in DAYS} | {"own_nation_only": "yes" if matrix.own_nation_only else ""}
    for number, rule in enumerate(matrix.rules):
        values |= {
            f"rule-{number}-kind": rule.kind, f"rule-{number}-fund": funds[rule.fund_id] if rule.fund_id else "",
            f"rule-{number}-over": formats.figure(language, rule.over_minor), f"rule-{number}-officers": str(rule.officers),
            f"rule-{number}-signers": "yes" if rule.secretary_treasurers else "", f"rule-{number}-boards": rule.boards,
        }  # fmt: skip
    for board in matrix.board_rules:
        values |= {f"seats_{board.union}": str(board.seats), f"quorum_{board.union}": str(board.quorum)}
    return values


def _form_page(
    request: Request[Any, Any, Any], reader: Reader, form: Form, seen: Overview, preview: list[dict[str, Any]] | None
) -> Response[Any]:
    language = reader.language
    return page(
        request, "approval_rules/new.html", reader=reader, status=form.status, help="approval-rules", form=form, seen=seen, preview=preview,
        lines=form.rows("rule", 1), kinds=_kinds(language), funds=[(fund.code, fund.code) for fund in seen.funds if fund.closed_on is None],
        boards=[(code, translate(language, name)) for code, name in BOARD_NAMES.items()], currencies=[(code, code) for code in sorted(seen.currencies)],
        others=[union.name for union in seen.unions if union.code != reader.union_code],
    )  # fmt: skip


@post("/approval-rules/new", opt={"permission": CHANGE}, status_code=303)
async def propose_rules(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what the proposal changes; with ``action=post``, propose it."""
    form, seen, preview = Form(await request.form(), reader.language), await service.overview(pool, reader.actor), None
    proposal = _proposal(form, seen)
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose_rules(pool, reader.actor, form.key, proposal)
                return Redirect(f"/approval-rules/{made.number}?done=rules_proposed", status_code=303)
            new, differences, changes = await service.preview_rules(pool, reader.actor, proposal)
            preview = differences_said(reader.language, differences, changes, seen.in_force, new, seen)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS | {"matrix_invalid": _field_of(refusal)})
    return _form_page(request, reader, form, seen, preview)


def _field_of(refusal: Refusal) -> str:
    reason = str(refusal.params.get("reason", ""))
    if reason == "quorum":
        return f"quorum_{refusal.params['union']}"
    return reason if reason in DAYS else _FIELD_OF_REASON.get(reason, "rules")


def _proposal(form: Form, seen: Overview) -> ProposeMatrix:
    currency = form.choice("currency", list(seen.currencies))
    return ProposeMatrix(
        valid_from=form.date("valid_from"), currency=currency,
        rules=tuple(_rule(line, currency, seen) for line in form.lines("rule", at_least=1)),
        board_rules=tuple(
            BoardRule(union.code, form.integer(f"seats_{union.code}", 1, SEATS_MAXIMUM), form.integer(f"quorum_{union.code}", 1, SEATS_MAXIMUM))
            for union in seen.unions
        ),
        own_nation_only=form.checked("own_nation_only"), fx_headroom_percent=_percent(form),
        split_days=form.integer("split_days", *DAYS["split_days"]), draw_days=form.integer("draw_days", *DAYS["draw_days"]),
        remind_days=form.integer("remind_days", *DAYS["remind_days"]), remark=form.text("remark", required=False, max_length=REMARK_MAXIMUM),
    )  # fmt: skip


def _rule(line: Form, currency: str, seen: Overview) -> ProposedRule:
    return ProposedRule(
        kind=line.choice("kind", KINDS), fund=line.choice("fund", [fund.code for fund in seen.funds], required=False),
        over_minor=line.amount_or_none("over", currency, seen.currencies.get(currency, 2)),
        officers=line.integer("officers", 0, OFFICERS_MAXIMUM) if line.raw("officers").strip() else 0,
        secretary_treasurers=line.checked("signers"), boards=line.choice("boards", BOARDS, required=False) or "none",
    )  # fmt: skip


def _percent(form: Form) -> Decimal:
    """A share in percent with at most two decimals; read as an amount is, in the reader's own way of writing."""
    return Decimal(form.amount_or_none("headroom", "")) / 100


DONE = {
    "rules_proposed": N_("Proposed. The other union’s officers find it on their first page; it holds once one of them confirms it."),
    "rules_confirmed": N_("Confirmed. These rules hold from their day on."),
    "rules_rejected": N_("Rejected. The rules in force stay as they are."),
}
PAGES = [show_rules, new_rules, propose_rules, show_set, confirm_rules, reject_rules]
