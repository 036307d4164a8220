"""Show what the unions owe and lend each other, by both books, and let a treasurer propose that a debt was settled."""

from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import named, page
from api.security import Reader
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, REFERENCE_MAXIMUM, SETTLE, Debt, Paid
from ledger.domain.refusals import Refusal
from ledger.services import loans, settlements, steps
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.services.steps import READ, Choices
from ledger.storage.mirrors import StepFilter
from reports import formats
from reports.between_words import MIRROR_PAIRS, loan_chip, step_chip, step_kind
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
FIELDS = {
    "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date", "more_than_left": "amount",
    "amount_not_positive": "amount", "other_union": "account", "account_unfit": "account", "account_closed": "account",
    "exchange_disagrees": "paid", "fund_closed": "fund", "own_fund_needed": "fund", "record_needed": "settles", "same_union": "",
    "resolution_missing": "amount",
}  # fmt: skip


def words_for(language: str) -> dict[str, Any]:
    """What templates about steps and loans say."""
    return {
        "step_kind": lambda kind: step_kind(language, kind), "step_chip": lambda state: step_chip(language, state),
        "loan_chip": lambda state: loan_chip(language, state), "per_cent": partial(formats.per_cent, language),
    }  # fmt: skip


# --- the overview ---------------------------------------------------------------------------------------------------------


@get("/between-unions", opt={"permission": READ})
async def show_between(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """What both books say of debts and loans on a day, the loans, and the newest steps."""
    form = Form({"on": word(request, "on") or ""}, reader.language)
    day = form.optional_date("on") or pool.today()
    listed = await steps.list_steps(pool, reader.actor, StepFilter(state=word(request, "state"), kind=word(request, "kind")), word(request, "after"))
    return page(
        request, "between/overview.html", reader=reader, help="between-unions", mirrors=await steps.show_mirrors(pool, reader.actor, day), day=day,
        today=pool.today(), pairs=[translate(reader.language, name) for name in MIRROR_PAIRS], loans=(await loans.list_loans(pool, reader.actor)).items,
        listed=listed, form=form, may=reader.can(SETTLE), own=reader.union_code,
        open_debts=await settlements.list_open(pool, reader.actor), **words_for(reader.language),
    )  # fmt: skip


# --- settling -------------------------------------------------------------------------------------------------------------


@get("/between-unions/settle", opt={"permission": SETTLE})
async def ask_settlement(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form to record that a debt was paid; one chosen on another page is filled in."""
    form = Form({"settles": word(request, "settles") or "", "date": pool.today().isoformat()}, reader.language)
    return await _settle_page(request, pool, reader, form)


@post("/between-unions/settle", opt={"permission": SETTLE}, status_code=303)
async def settle(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Propose it to the other union."""
    form, choices = Form(await request.form(), reader.language), await steps.choices(pool, reader.actor)
    debt = await _chosen(pool, reader, form)
    asked = _asked(form, choices, debt, pool) if debt else None
    if form.ok and asked:
        try:
            step = await settlements.propose_settlement(pool, reader.actor, form.key, asked)
            return Redirect(f"/steps/{step.number}?done=step_proposed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | _in_form(refusal))
    return await _settle_page(request, pool, reader, form)


def _in_form(refusal: Refusal) -> dict[str, str]:
    """The record that is paid is the service's subject, and a field of this form."""
    return {"choice_invalid": "settles"} if refusal.params.get("field") == "subject" else {}


async def _debts(pool: Pool, reader: Reader) -> dict[str, Debt]:
    """What is open between one's own union and another beside loans, the oldest first, by a word for the form."""
    found = await settlements.list_open(pool, reader.actor)
    return {each.record or f"{each.debtor}-{each.creditor}-{each.currency}": each for each in found if reader.union_code in (each.debtor, each.creditor)}


async def _chosen(pool: Pool, reader: Reader, form: Form) -> Debt | None:
    """The debt that was chosen, one that was paid since too: what was answered once is answered again."""
    typed, debts = form.raw("settles").strip(), await _debts(pool, reader)
    if not typed or typed in debts:
        return debts.get(form.choice("settles", list(debts)))
    try:
        return await settlements.show_debt(pool, reader.actor, typed)
    except Refusal:
        form.choice("settles", list(debts))
        return None


def _asked(form: Form, choices: Choices, debt: Debt, pool: Pool) -> Settle | None:
    banks = {str(each.id): each for each in choices.banks}
    bank = banks.get(form.choice("account", list(banks)))
    amount, day = form.money("amount", debt.currency), form.date("date", not_after=pool.today())
    fund = form.choice("fund", [each.code for each in choices.funds])
    text = form.text("description", max_length=DESCRIPTION_MAXIMUM)
    reference = form.text("reference", required=False, max_length=REFERENCE_MAXIMUM)
    paid = None
    if bank is not None and bank.currency != debt.currency:
        paid = Paid(
            bank.currency, form.money("paid", bank.currency), form.decimal_rate("rate"), form.text("rate_source", max_length=100),
            form.date("rate_date", not_after=pool.today()),
        )
    if bank is None or not form.ok:
        return None
    return Settle(
        creditor=debt.creditor, debtor=debt.debtor, currency=debt.currency, amount_minor=amount, entry_date=day, description=text, account=bank.id,
        fund=fund, reference=reference, paid=paid, subject=debt.record,
    )  # fmt: skip


async def _settle_page(request: Params, pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    choices, debts, language = await steps.choices(pool, reader.actor), await _debts(pool, reader), reader.language
    if len(debts) == 1 and not form.value("settles"):
        form.put("settles", next(iter(debts)))
    debt = debts.get(form.value("settles"))
    if debt and not form.value("amount"):
        form.put("amount", formats.figure(language, debt.left_minor))
    names = {union.code: union.name for union in choices.unions}
    return page(
        request, "between/settle.html", reader=reader, status=form.status, help="between-unions", form=form, debt=debt,
        debts=[(key, _debt_text(language, names, each)) for key, each in debts.items()],
        banks=[(str(each.id), f"{named(language, each)} ({each.currency})") for each in choices.banks],
        funds=[(each.code, f"{each.code} · {named(language, each)}") for each in choices.funds],
    )  # fmt: skip


def _debt_text(language: str, names: dict[str, str], debt: Debt) -> str:
    """Which record, of what and when, and what is left of it."""
    sum_ = formats.money(language, debt.left_minor, debt.currency)
    left = translate(language, "%(debtor)s owes %(creditor)s %(amount)s", debtor=names[debt.debtor], creditor=names[debt.creditor], amount=sum_)
    if not debt.record:
        return f"{translate(language, N_('From before these books'))} · {left}"
    return f"{debt.record} · {step_kind(language, debt.kind)} · {formats.date_iso(debt.owed_on)} · {left}"


DONE = {"step_proposed": N_("Proposed. It is in the books once a treasurer of the other union accepts it.")}
PAGES = [show_between, ask_settlement, settle]
