"""Understand what was meant by a request's form, and say what it would change and whose approvals that would void."""

from datetime import date

import msgspec

from api.pages.forms import Form, refused
from api.pages.rendering import named
from api.pages.request_form import POLITICAL, Seen, budget_options, campaign_of, funds_of
from api.security import Reader
from ledger.domain.allocations import KINDS, LINES_MAXIMUM, PURPOSE_MAXIMUM, WHAT_MAXIMUM, Content, Line, NewLine, Revision, is_material
from ledger.domain.campaigns import Campaign
from ledger.domain.payees import name_key
from ledger.domain.refusals import Refusal
from ledger.services import allocation_forms as forms
from ledger.services.allocation_forms import Choices
from ledger.services.allocations import View
from ledger.services.pool import Pool
from reports.i18n import translate
from reports.request_words import changes

_FIELDS = {
    "lines_invalid": "lines", "currency_unknown": "lines", "amount_not_positive": "lines", "amount_invalid": "lines", "campaign_state": "campaign",
    "other_union": "campaign", "fund_closed": "fund", "fund_unknown": "fund", "fund_not_allowed_for_initiative": "fund", "document_type": "file",
    "document_too_large": "file", "documents_full": "file",
}  # fmt: skip
_FIELD_OF = {"purpose": "purpose", "needed_by": "needed_by", "kind": "kind", "what": "lines", "payee": "lines", "budget_line": "lines"}


def content_of(form: Form, known: Choices, today: date) -> Content:
    """What is asked for, with an error beside every field that was not understood."""
    number = form.choice("campaign", [campaign.number for campaign in known.campaigns])
    campaign, kind = campaign_of(form, known), form.choice("kind", KINDS)
    electoral = form.choice("electoral", ("yes", "no")) == "yes" if campaign and campaign.initiative == POLITICAL else False
    fund = form.choice("fund", [view.fund.code for view in funds_of(form, known)[0]])
    purpose, needed_by = form.text("purpose", max_length=PURPOSE_MAXIMUM), form.date("needed_by", not_before=today)
    lines = tuple(_line(line, known, campaign) for line in form.lines("line", at_least=1))
    if len(lines) > LINES_MAXIMUM:
        form.fail("lines", translate(form.language, "At most %(maximum)s lines.", maximum=LINES_MAXIMUM))
    return Content(campaign=number, fund=fund, purpose=purpose, needed_by=needed_by, lines=lines, kind=kind, electoral=electoral)


def _line(line: Form, known: Choices, campaign: Campaign | None) -> NewLine:
    what, currency = line.text("what", max_length=WHAT_MAXIMUM), line.choice("currency", known.currencies)
    budget = line.choice("budget", [value for value, _ in budget_options(line.language, campaign)], required=False)
    return NewLine(
        what=what, currency=currency, amount_minor=line.money("amount", currency), payee=line.text("payee", required=False, max_length=WHAT_MAXIMUM),
        budget_line=int(budget) if budget else None,
    )  # fmt: skip


async def looked_at(pool: Pool, reader: Reader, form: Form, known: Choices, view: View | None) -> Seen | None:
    """What was understood, where all of it was, and it may be asked for."""
    content = content_of(form, known, pool.today())
    if not form.ok:
        return None
    try:
        content = await forms.check_request(pool, reader.actor, content)
    except Refusal as refusal:
        keep_refusal(form, refusal)
        return None
    campaign, fund = campaign_of(form, known), next(each.fund for each in known.funds if each.fund.code == content.fund)
    assert campaign is not None, "a choice of them was understood"
    said, voids = _changed(reader.language, content, fund.id, known, view) if view and view.revisions else ([], [])
    budget = {place: line.what for place, line in enumerate(campaign.budget, 1)}
    return Seen(content, named(reader.language, fund), campaign.name, budget, said, voids)


def _changed(language: str, content: Content, fund_id: int, known: Choices, view: View) -> tuple[list[str], list[str]]:
    """What would change of the latest version, and whose approvals would no longer count."""
    old, case = view.revisions[-1], view.case
    new = _as_revision(content, fund_id, old)
    names = {each.fund.id: named(language, each.fund) for each in known.funds}
    if case is not None:
        names.setdefault(case.fund.id, named(language, case.fund))
    campaigns = {each.number: each.name for each in known.campaigns}
    voids = [each.person for each in case.approvals] if case and is_material(old, new) else []
    return changes(language, old, new, names, campaigns), voids


def _as_revision(content: Content, fund_id: int, old: Revision) -> Revision:
    known = {name_key(line.payee_name): line.payee for line in old.lines if line.payee}
    lines = tuple(
        Line(
            ordinal=ordinal, what=line.what, payee=known.get(name_key(line.payee), line.payee) if line.payee else None, payee_name=line.payee,
            currency=line.currency, amount_minor=line.amount_minor, budget_line=line.budget_line,
        )
        for ordinal, line in enumerate(content.lines, 1)
    )  # fmt: skip
    return msgspec.structs.replace(
        old, revision=old.revision + 1, campaign=content.campaign, fund_id=fund_id, kind=content.kind, electoral=content.electoral,
        purpose=content.purpose, needed_by=content.needed_by, lines=lines,
    )  # fmt: skip


def keep_refusal(form: Form, refusal: Refusal) -> None:
    """Show a refusal beside the field that it is about."""
    field = _FIELD_OF.get(str(refusal.params.get("field", "")), _FIELDS.get(refusal.code, ""))
    refused(form, refusal, {refusal.code: field})
