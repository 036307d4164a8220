"""Read an entry from a posted form, in the reader's language, and fill the form with an entry that is to be corrected.

Not a page of its own: the journal's pages share it.
"""

from datetime import date
from typing import Any

from api.pages.forms import Form
from api.pages.rendering import named
from ledger.domain.entries import Exchange
from ledger.domain.journal import REFERENCE_MAXIMUM, TAGS_MAXIMUM, Directory, NamedEntry, NamedPosting
from ledger.domain.refusals import AccountUnknown
from ledger.services import journal as service
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.entries import EntryView
from reports import formats
from reports.i18n import N_, translate

# Where a service's refusal belongs on the form.
FIELDS = {
    "future_date": "date", "period_closed": "date", "period_soft_closed": "date", "date_invalid": "date", "date_before_entry": "reversal_date",
    "origin_not_allowed": "origin", "exchange_missing": "rate", "unbalanced": "lines", "too_few_postings": "lines", "zero_posting": "lines",
    "amount_invalid": "lines", "account_closed": "lines", "account_unfit": "lines", "other_union": "lines", "fund_closed": "lines",
    "insufficient_balance": "lines", "insufficient_available": "lines", "mixed_origin_source": "lines",
}  # fmt: skip
_UNKNOWN_ACCOUNT = N_("There is no such account. Choose one from the list.")
_ONE_SIDE = N_("A line is a debit or a credit, not both.")
_NO_AMOUNT = N_("Give this line an amount.")
_NO_FUND = N_("Choose a fund.")
_TWO_LINES = N_("An entry has two lines or more.")


async def choices(pool: Pool, language: str) -> dict[str, Any]:
    """Accounts and funds to choose from, nations money can come from, and pairs of currencies."""
    directory = await service.read_directory(pool, fresh=True)
    async with pool.database.reading() as connection:
        unions = await reference.unions(connection)
    today = pool.today()
    accounts = [a for a in directory.accounts.values() if a.closed_on is None or a.closed_on >= today]
    funds = [f for f in directory.funds.values() if f.confirmed and (f.closed_on is None or f.closed_on >= today)]
    currencies = sorted({account.currency for account in accounts}, reverse=True)
    return {
        "accounts": [
            {"value": a.label, "label": f"{named(language, a)}, {a.currency}", "book": a.book, "currency": a.currency}
            for a in sorted(accounts, key=lambda a: (a.book != "joint", a.book, a.path, a.currency))
        ],
        "funds": [(fund.code, f"{fund.code} – {named(language, fund)}") for fund in funds],
        "nations": [(union.nation, union.nation) for union in unions],
        "pairs": [
            (f"{base}/{quote}", translate(language, "%(quote)s for one %(base)s", base=base, quote=quote))
            for base in currencies for quote in currencies if base != quote
        ],
    }  # fmt: skip


def read(form: Form, directory: Directory, kind: str = "") -> NamedEntry:
    """The entry a form asks for; errors stand beside their fields, so look at ``form.ok`` first."""
    postings = tuple(_posting(line, directory) for line in form.lines("line", at_least=2))
    if len(postings) < 2:
        form.fail("lines", translate(form.language, _TWO_LINES))
    typed_tags = [tag.strip() for tag in form.text("tags", required=False).split(",")]
    return NamedEntry(
        entry_date=form.date("date"), description=form.text("description", max_length=500), postings=postings,
        kind=kind or form.choice("kind", ("general", "opening")) or "general", effective_date=form.optional_date("effective_date"),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM), tags=tuple([t for t in typed_tags if t][:TAGS_MAXIMUM]),
        exchange=_exchange(form), origin=form.text("origin", required=False, max_length=2).upper() or None,
    )  # fmt: skip


def _posting(line: Form, directory: Directory) -> NamedPosting:
    label, currency = _account(line, directory)
    fund = line.choice("fund", {fund.code for fund in directory.funds.values()}, required=False)
    if not fund:
        line.fail("fund", translate(line.language, _NO_FUND))
    debit, credit = line.optional_money("debit", currency), line.optional_money("credit", currency)
    if debit is not None and credit is not None:
        line.fail("credit", translate(line.language, _ONE_SIDE))
    elif debit is None and credit is None:
        line.fail("debit", translate(line.language, _NO_AMOUNT))
    return NamedPosting(label, currency, fund, (debit or 0) - (credit or 0), line.text("memo", required=False))


def _account(line: Form, directory: Directory) -> tuple[str, str]:
    """Book and path, and the currency, of the account a line names by its label or by its name in either language."""
    typed = line.text("account", max_length=300)
    ids: tuple[int, ...] = ()
    try:
        ids = directory.account_ids(typed)
    except AccountUnknown:
        ids = tuple(a.id for a in directory.accounts.values() if typed in (f"{a.name_en}, {a.currency}", f"{a.name_fr}, {a.currency}"))
    if len(ids) != 1:
        if typed:
            line.fail("account", translate(line.language, _UNKNOWN_ACCOUNT))
        return "", ""
    account = directory.accounts[ids[0]]
    return f"{account.book}/{account.path}", account.currency


def _exchange(form: Form) -> Exchange | None:
    """The rate, where one was given: with its pair, source and date."""
    # What stands beside a rate without one would be left out without a word.
    others = [name for name in ("pair", "rate_source", "rate_date") if form.raw(name).strip()]
    rate = form.decimal_rate("rate") if others else form.optional_rate("rate")
    if rate is None:
        return None
    base, _, quote = form.text("pair", max_length=7).partition("/")
    return Exchange(base, quote, rate, form.text("rate_source", max_length=100), form.date("rate_date"))


def filled(view: EntryView, language: str, today: date) -> Form:
    """A form that holds an entry as it was recorded, dated today."""
    draft = view.entry.draft
    values = {
        "date": today.isoformat(), "description": draft.description, "reference": draft.reference, "tags": ", ".join(draft.tags),
        "effective_date": (draft.effective_date or draft.entry_date).isoformat(), "origin": draft.origin or "",
    }  # fmt: skip
    if draft.exchange is not None:
        rate = draft.exchange
        values |= {"pair": f"{rate.base}/{rate.quote}", "rate": str(rate.rate), "rate_source": rate.source, "rate_date": rate.rate_date.isoformat()}
    for number, posting in enumerate(draft.postings):
        account = view.accounts[posting.account_id]
        side = "debit" if posting.amount_minor > 0 else "credit"
        values |= {
            f"line-{number}-account": account.label, f"line-{number}-fund": view.funds[posting.fund_id].code,
            f"line-{number}-{side}": formats.figure(language, abs(posting.amount_minor)), f"line-{number}-memo": posting.memo,
        }  # fmt: skip
    return Form(values, language)
