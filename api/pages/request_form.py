"""The form in which money is asked for, as it stands: what was typed, the choices it has, and what it would need as far as can be known.

What is typed is kept as it is typed, whatever it is; it is understood only when the person wants to see or submit it.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response

from api.pages.documents import documents_for
from api.pages.forms import Form
from api.pages.funds import rate_text, union_names
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.allocations import KINDS, PURPOSE_MAXIMUM, STEPS, WHAT_MAXIMUM, Allocation, Content
from ledger.domain.campaigns import Campaign
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.money import by_currency
from ledger.services import allocation_forms as forms
from ledger.services.allocation_forms import Choices, Foreseen, Sketch
from ledger.services.allocations import View
from ledger.services.funds import FundView
from ledger.services.pool import Pool
from reports import formats
from reports.i18n import N_, translate
from reports.request_words import KINDS as KIND_NAMES
from reports.request_words import must_approve

POLITICAL = "political_action"
_KIND_HINTS = {
    "general": N_("What a campaign needs: print, halls, travel, courses."),
    "strike_support": N_("For members on strike or locked out; the strike fund pays for this alone."),
    "study_group": N_("What a study group of both unions proposes; the boards decide about it."),
}
_WHY_NOT = {
    "electoral": N_("may not pay for election activity"), "nation": N_("is the other nation’s own fund"), "purpose": N_("is set up for another purpose"),
}  # fmt: skip


class Seen(msgspec.Struct, frozen=True):
    """What was understood, before it is submitted: what it changes of the version before, and whose approvals that would void."""

    content: Content
    fund: str
    campaign: str
    budget: dict[int, str]
    changes: list[str]
    voids: list[str]


def values_of(draft: Mapping[str, Any], language: str) -> dict[str, str]:
    """A draft's fields as this language writes them, though they were typed in the other one."""
    typed = str(draft.get("language", language))
    found = {name: str(value) for name, value in draft.items() if name != "language"}
    return found if typed == language else {name: _rewritten(name, value, typed, language) for name, value in found.items()}


def _rewritten(name: str, value: str, typed: str, language: str) -> str:
    try:
        if name.endswith("-amount"):
            return formats.figure(language, formats.parse_money(typed, value))
        return formats.date_iso(formats.parse_date(typed, value)) if name == "needed_by" else value
    except (formats.AmountNotUnderstood, formats.DateNotUnderstood):
        return value


def typed_anew(view: View, language: str) -> dict[str, str]:
    """The latest version of a request as if it had just been typed."""
    revision, case = view.revisions[-1], view.case
    assert case is not None, "a submitted request has its case"
    found = {
        "campaign": revision.campaign, "fund": case.fund.code, "kind": revision.kind, "electoral": "yes" if revision.electoral else "no",
        "purpose": revision.purpose, "needed_by": revision.needed_by.isoformat(),
    }  # fmt: skip
    for place, line in enumerate(revision.lines):
        each = {
            "what": line.what, "amount": formats.figure(language, line.amount_minor), "currency": line.currency, "payee": line.payee_name,
            "budget": str(line.budget_line or ""),
        }  # fmt: skip
        found |= {f"line-{place}-{name}": value for name, value in each.items()}
    return found


def form_of(view: View, language: str) -> Form:
    """The form as it was left: the draft, or else the latest version."""
    allocation = view.allocation
    values = typed_anew(view, language) if allocation.draft is None and view.revisions else values_of(allocation.draft or {}, language)
    return Form(values | {"saved_at": allocation.saved_at.isoformat()}, language)


def is_saved(allocation: Allocation | None) -> bool:
    """Whether what is typed is kept while it is typed; what officers are looking at changes only as a whole."""
    return allocation is None or allocation.state in STEPS["save"]


# --- choices ----------------------------------------------------------------------------------------------------------


def campaign_of(form: Form, known: Choices) -> Campaign | None:
    """The campaign that is chosen, where it is one to choose."""
    return next((campaign for campaign in known.campaigns if campaign.number == form.value("campaign")), None)


def _kind(form: Form) -> str:
    return form.value("kind") if form.value("kind") in KINDS else "general"


def _electoral(form: Form, campaign: Campaign | None) -> bool:
    return campaign is not None and campaign.initiative == POLITICAL and form.value("electoral") == "yes"


def funds_of(form: Form, known: Choices) -> tuple[list[FundView], list[tuple[FundView, str]]]:
    """The funds that would take it, and the others with the reason why they would not; all of them while no campaign is chosen."""
    campaign, fit, others = campaign_of(form, known), [], []
    for view in known.funds:
        why = forms.why_not(view.fund, campaign.initiative, _kind(form), _electoral(form, campaign), known.nation) if campaign else None
        if why is None:
            fit.append(view)
        else:
            others.append((view, why))
    return fit, others


def sketch_of(form: Form) -> Sketch:
    """What can be understood of the form so far."""
    lines = []
    for line in form.lines("line"):
        try:
            amount = formats.parse_money(form.language, line.raw("amount"), 2, line.raw("currency") or None)
        except formats.AmountNotUnderstood:
            continue
        if amount > 0 and line.raw("currency"):
            lines.append((line.raw("payee").strip(), line.raw("currency"), amount))
    return Sketch(campaign=form.value("campaign"), fund=form.value("fund"), kind=_kind(form), lines=tuple(lines))


def budget_options(language: str, campaign: Campaign | None) -> list[tuple[str, str]]:
    """The lines of the campaign's budget to choose from."""
    lines = campaign.budget if campaign else ()
    return [(str(place), f"{line.what} ({formats.money(language, line.amount_minor, line.currency)})") for place, line in enumerate(lines, 1)]


def available(language: str, view: FundView) -> str:
    """``Available: CAD 55,750.00, USD 18,204.00``."""
    figures = [formats.money(language, each.available_minor, each.currency) for each in view.figures if each.held_minor or each.committed_minor]
    return translate(language, "Available: %(amounts)s", amounts=", ".join(figures)) if figures else translate(language, "Nothing available now")


# --- the page ---------------------------------------------------------------------------------------------------------


async def form_page(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, known: Choices, view: View | None, *, seen: Seen | None = None,
    conflict: bool = False,
) -> Response[Any]:  # fmt: skip
    """The form, with what it would need as far as it can be known."""
    language, allocation, campaign = reader.language, view.allocation if view else None, campaign_of(form, known)
    number, (fit, others) = allocation.number if allocation else None, funds_of(form, known)
    for line in (rows := form.rows("line")):
        if not form.line("line", line).value("currency"):
            form.line("line", line).put("currency", _own_currency(known))
    sketch = sketch_of(form)
    foreseen = await forms.foresee(pool, reader.actor, number, sketch)
    address = f"/requests/{number}/change" if number else "/requests/new"
    return page(
        request, "requests/form.html", reader=reader, status=409 if conflict else form.status, help="requests", form=form, allocation=allocation,
        address=address, stay=address, rows=rows, currencies=known.currencies, payees=known.payees, seen=seen, conflict=conflict,
        saved=is_saved(allocation),
        campaigns=[(each.number, each.name) for each in known.campaigns], campaign=campaign, budget=budget_options(language, campaign),
        kinds=[(code, translate(language, name), translate(language, _KIND_HINTS[code])) for code, name in KIND_NAMES.items()],
        funds=[(each.fund.code, named(language, each.fund), available(language, each)) for each in fit],
        other_funds=[(named(language, each.fund), translate(language, _WHY_NOT[why])) for each, why in others],
        political=campaign is not None and campaign.initiative == POLITICAL, **live(language, sketch, foreseen, known, await union_names(pool, reader)),
        accept=ACCEPT, limit=SIZE_MAXIMUM_BYTES, limits={"purpose": PURPOSE_MAXIMUM, "what": WHAT_MAXIMUM},
        documents=await documents_for(pool, reader, "request", number) if number else None,
    )  # fmt: skip


def _own_currency(known: Choices) -> str:
    """The reader's own currency comes first in every fund's figures."""
    return known.funds[0].figures[0].currency if known.funds else known.currencies[0]


def live(language: str, sketch: Sketch, foreseen: Foreseen | None, known: Choices, unions: dict[str, str]) -> dict[str, Any]:
    """The running totals, who would have to approve and by which rate, and where the fund has not enough."""
    sums = by_currency((currency, minor) for _, currency, minor in sketch.lines)
    fund = next((view for view in known.funds if view.fund.code == sketch.fund), None)
    has = {each.currency: each.available_minor for each in fund.figures} if fund else {}
    return {
        "sums": sums, "foreseen": foreseen, "needs": must_approve(language, foreseen.needed, unions) if foreseen else "",
        "rates": [rate_text(language, rate) for rate in foreseen.rates] if foreseen else [],
        "short": [(currency, has.get(currency, 0)) for currency, minor in sums.items() if fund and minor > has.get(currency, 0)],
    }  # fmt: skip
