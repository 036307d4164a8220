"""Move money from one fund to another inside a joint bank account, after a look at what will be posted."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.contributions import account_options, fund_options, preview_lines
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.interfund import REFERENCE_MAXIMUM, MoveBetweenFunds
from ledger.domain.refusals import Refusal
from ledger.services import interfund as service
from ledger.services.contributions import Choices, choices
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from reports.i18n import N_, translate

_FIELDS = {
    "account_unknown": "account", "account_unfit": "account", "account_closed": "account", "wrong_currency": "amount", "fund_unknown": "from_fund",
    "fund_closed": "to_fund", "choice_invalid": "to_fund", "mixed_origin_source": "to_fund", "origin_not_allowed": "to_fund",
    "insufficient_balance": "amount", "insufficient_available": "amount", "amount_not_positive": "amount", "amount_invalid": "amount",
    "future_date": "date", "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "text_invalid": "description",
}  # fmt: skip


_SAME_FUND = N_("Choose another fund than the one it leaves.")


@get("/journal/interfund/new", opt={"permission": "post_entry"})
async def new_move(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; ``?from=GEN`` begins with the fund the money leaves."""
    values = {"date": pool.today().isoformat(), "from_fund": str(request.query_params.get("from", ""))}
    return _form_page(request, reader, Form(values, reader.language), await choices(pool, reader.actor))


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, known: Choices, shown: Preview | None = None) -> Response[Any]:
    return page(
        request, "interfund/new.html", reader=reader, status=form.status, help="funds", form=form, lines=preview_lines(shown, reader.language),
        currencies=_currencies(known), funds=fund_options(known, reader.language),
        accounts=account_options(known, reader.language),
    )  # fmt: skip


def _currencies(known: Choices) -> list[str]:
    return list(dict.fromkeys(account.currency for account in known.banks))


@post("/journal/interfund/new", opt={"permission": "post_entry"}, status_code=303)
async def move_between_funds(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what will be posted; with ``action=post``, post it."""
    form, known, shown = Form(await request.form(), reader.language), await choices(pool, reader.actor), None
    asked = _asked(form, known, pool)
    if form.ok:
        try:
            if form.action == "post":
                moved = await service.move_between_funds(pool, reader.actor, form.key, asked)
                return Redirect(f"/journal/{moved.entry}?done=interfund_moved", status_code=303)
            shown = await service.preview_move(pool, reader.actor, asked)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return _form_page(request, reader, form, known, shown)


def _asked(form: Form, known: Choices, pool: Pool) -> MoveBetweenFunds:
    currencies, funds = _currencies(known), [fund.code for fund in known.funds]
    if form.raw("from_fund") == form.raw("to_fund") != "":
        form.fail("to_fund", translate(form.language, _SAME_FUND))
    currency = form.choice("amount_currency", currencies) if len(currencies) > 1 else "".join(currencies)
    return MoveBetweenFunds(
        account=form.choice("account", [f"{account.book}/{account.path}" for account in known.banks]), currency=currency,
        from_fund=form.choice("from_fund", funds), to_fund=form.choice("to_fund", funds), amount_minor=form.money("amount", currency),
        entry_date=form.date("date", not_after=pool.today()), description=form.text("description", max_length=500),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
    )  # fmt: skip


DONE = {"interfund_moved": N_("Moved. The bank account’s own balance is as it was.")}
PAGES = [new_move, move_between_funds]
