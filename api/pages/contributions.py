"""Show contributions by union, fund and date, record one after a look at what will be posted, and take one back."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, refused
from api.pages.rendering import Line, explained, named, page
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.contributions import INSTRUMENTS, REFERENCE_MAXIMUM, REMARK_MAXIMUM, Contribution, RecordContribution
from ledger.domain.pledges import Pledge, Schedule
from ledger.domain.refusals import Refusal, RequestInvalid
from ledger.services import contributions as service
from ledger.services import journal
from ledger.services.contributions import Choices
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.storage.contributions import ContributionFilter
from reports import formats
from reports.contribution_list import INSTRUMENT_NAMES, shape_contributions
from reports.facts import read_facts
from reports.i18n import N_, translate

FILE_ROWS_MAXIMUM = 5_000
_FIELDS = {
    "account_unknown": "account", "account_unfit": "account", "account_closed": "account", "wrong_currency": "amount", "amount_invalid": "amount",
    "amount_not_positive": "amount", "fund_unknown": "fund", "fund_closed": "fund", "origin_not_allowed": "fund",
    "instrument_not_allowed": "instrument",
    "future_date": "received_on", "date_invalid": "received_on", "period_closed": "entry_date", "period_soft_closed": "entry_date",
    "pledge_closed": "pledge", "pledge_exceeded": "amount", "pledge_mismatch": "pledge", "not_found": "payer",
}  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------------------------


def read_days(request: Request[Any, Any, Any], language: str, *names: str) -> tuple[list[date | None], bool]:
    """The dates an address names, and whether one of them was not understood."""
    found: list[date | None] = []
    wrong = False
    for name in names:
        typed = str(request.query_params.get(name, "")).strip()
        try:
            found.append(formats.parse_date(language, typed) if typed else None)
        except formats.DateNotUnderstood:
            found.append(None)
            wrong = True
    return found, wrong


def word(request: Request[Any, Any, Any], name: str) -> str | None:
    """One plain word of the address; None when it is not there."""
    typed = str(request.query_params.get(name, "")).replace("\x00", "").strip()[:40]
    return typed or None


def numbered(request: Request[Any, Any, Any], name: str) -> str | None:
    """A number such as ``BK-0001`` as a person types it to narrow a list, ``bk-0001`` too; None when it is not there."""
    typed = word(request, name)
    return typed and typed.upper()


def place_after(request: Request[Any, Any, Any], *kinds: type) -> Any:
    """Where a page goes on, from the address; a place that is none of ours is the beginning."""
    try:
        return from_cursor(request.query_params.get("after"), *kinds)
    except RequestInvalid:
        return None


@get("/contributions", opt={"permission": "read_books"})
async def list_contributions(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Contributions, the newest bank date first, with totals a currency at a time; as a file with ``?format=csv``."""
    (first, last), wrong = read_days(request, reader.language, "from", "to")
    narrowed = ContributionFilter(union=word(request, "union"), fund=word(request, "fund"), first=first, last=last)
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, format_name)
    listed = await service.list_contributions(pool, reader.actor, narrowed, place_after(request, date, int))
    known = await service.choices(pool, reader.actor)
    return page(
        request, "contributions/list.html", reader=reader, help="contributions", fragment="results", listed=listed, wrong=wrong,
        older=listed.next and cursor(*listed.next), narrowed=narrowed != ContributionFilter(),
        unions=[(union.code, union.name) for union in known.unions], funds=fund_options(known, reader.language),
        fund_names={fund.code: named(reader.language, fund) for fund in known.funds},
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: ContributionFilter, format_name: str) -> Response[bytes]:
    listed = await service.list_contributions(pool, reader.actor, narrowed, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_contributions(facts, listed), format_name)


def fund_options(known: Choices, language: str) -> list[tuple[str, str]]:
    """Open funds to choose from."""
    return [(fund.code, f"{fund.code} – {named(language, fund)}") for fund in known.funds]


def account_options(known: Choices, language: str) -> list[tuple[str, str]]:
    """The actor's own bank accounts to choose from, each with its currency."""
    names = [(f"{each.book}/{each.path}", named(language, each), each.currency) for each in known.banks]
    return [(label, name if name.endswith(currency) else f"{name}, {currency}") for label, name, currency in names]


# --- one contribution -------------------------------------------------------------------------------------------------


@get("/contributions/{number:str}", opt={"permission": "read_books"})
async def show_contribution(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One contribution, what it posted and what became of it."""
    kept = await service.show_contribution(pool, reader.actor, number)
    view = await journal.read_entry(pool, reader.actor, kept.entry_number)
    lines = explained(view.entry.draft, view.accounts, view.funds, reader.language, linked=True)
    return page(
        request, "contributions/show.html", reader=reader, help="contributions", kept=kept, lines=lines, draft=view.entry.draft,
        fund=view.funds[kept.fund_id], account=view.accounts[kept.account_id],
        instrument=translate(reader.language, INSTRUMENT_NAMES[kept.instrument]),
        may_undo=kept.state == "received" and reader.can("reverse_entry") and view.entry.actor_union == reader.union_code,
        documents=await documents_for(pool, reader, "contribution", kept.number),
    )  # fmt: skip


# --- recording one ----------------------------------------------------------------------------------------------------


@get("/contributions/new", opt={"permission": "record_contribution"})
async def new_contribution(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; ``?pledge=P-0003`` begins with the next instalment of a pledge."""
    known = await service.choices(pool, reader.actor)
    wanted = str(request.query_params.get("pledge", "")).upper()
    values = {"payer": reader.union_code or "", "instrument": "wire", "received_on": pool.today().isoformat()}
    for pledge, found in known.pledges:
        if pledge.number == wanted:
            values |= _next_instalment(reader.language, pledge, found)
    return _form_page(request, reader, Form(values, reader.language), known)


def _next_instalment(language: str, pledge: Pledge, found: Schedule) -> dict[str, str]:
    """Its overdue amount, or what is left of the next instalment."""
    following = next((line.outstanding_minor for line in found.lines if line.outstanding_minor), 0)
    amount = formats.figure(language, found.overdue_minor or following)
    return {"payer": pledge.union, "pledge": pledge.number, "fund": pledge.fund, "amount": amount, "amount_currency": pledge.currency}


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, known: Choices, shown: Preview | None = None) -> Response[Any]:
    language = reader.language
    currencies = list(dict.fromkeys(account.currency for account in known.banks))
    return page(
        request, "contributions/new.html", reader=reader, status=form.status, help="contributions", form=form,
        lines=preview_lines(shown, language), currencies=currencies, payers=_payers(known, language), funds=fund_options(known, language),
        accounts=account_options(known, language),
        instruments=[(code, translate(language, INSTRUMENT_NAMES[code])) for code in INSTRUMENTS],
        pledges=[(pledge.number, pledge_label(language, pledge, found, known)) for pledge, found in known.pledges],
        fitting=_fitting(form, known, shown), own_union=reader.union_code, book_names=_book_names(known, language),
    )  # fmt: skip


def preview_lines(shown: Preview | None, language: str) -> list[Line]:
    """What a preview would post, line by line."""
    return explained(shown.draft, shown.accounts, shown.funds, language) if shown else []


def _book_names(known: Choices, language: str) -> dict[str, str]:
    return {"joint": translate(language, "Joint books"), **{union.code: union.name for union in known.unions}}


def _payers(known: Choices, language: str) -> dict[str, list[tuple[str, str]]]:
    """Each union, and its locals, as groups of one list."""
    return {
        union.name: [(union.code, translate(language, "%(union)s itself", union=union.name))]
        + [
            (f"{union.code}/{local.number}", ", ".join(part for part in (f"{local.number} – {local.name}", local.city) if part))
            for local in known.locals
            if local.union == union.code
        ]
        for union in known.unions
    }


def pledge_label(language: str, pledge: Pledge, found: Schedule, known: Choices) -> str:
    """A pledge in a list to choose from: its number, union and fund, and what is outstanding."""
    union = next((union.name for union in known.unions if union.code == pledge.union), pledge.union)
    outstanding = formats.money(language, found.outstanding_minor, pledge.currency)
    return translate(
        language, "%(number)s, %(union)s to %(fund)s: %(amount)s outstanding", number=pledge.number, union=union, fund=pledge.fund, amount=outstanding
    )


def _fitting(form: Form, known: Choices, shown: Preview | None) -> list[Pledge]:
    """Pledges the previewed money may have come on, though none was chosen."""
    if shown is None or form.value("pledge"):
        return []
    union, amount = form.value("payer").partition("/")[0], max(posting.amount_minor for posting in shown.draft.postings)
    currency = _currency(form, known)
    return [
        pledge
        for pledge, found in known.pledges
        if (pledge.union, pledge.fund, pledge.currency) == (union, form.value("fund"), currency) and amount <= found.outstanding_minor
    ]


def _currency(form: Form, known: Choices) -> str:
    currencies = list(dict.fromkeys(account.currency for account in known.banks))
    return form.choice("amount_currency", currencies) if len(currencies) > 1 else currencies[0] if currencies else ""


@post("/contributions/new", opt={"permission": "record_contribution"}, status_code=303)
async def record_contribution(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]
) -> Response[Any]:
    """Show what will be posted; with ``action=post``, record it. The button of a fitting pledge chooses that pledge and shows it again."""
    form, known, shown = Form(await request.form(), reader.language), await service.choices(pool, reader.actor), None
    if form.value("use_pledge"):
        form.put("pledge", form.value("use_pledge"))
    asked = _asked(form, known, pool.today())
    if form.ok:
        try:
            if form.action == "post":
                made = await service.record_contribution(pool, reader.actor, form.key, asked)
                return Redirect(f"/contributions/{made.number}?done=contribution_recorded", status_code=303)
            shown = await service.preview_contribution(pool, reader.actor, asked)
        except Refusal as refusal:
            refused(form, refusal, _FIELDS)
    return _form_page(request, reader, form, known, shown)


def _asked(form: Form, known: Choices, today: date) -> RecordContribution:
    payers = [value for options in _payers(known, form.language).values() for value, _ in options]
    union, _, local = form.choice("payer", payers).partition("/")
    currency = _currency(form, known)
    return RecordContribution(
        union=union, local=local, fund=form.choice("fund", [fund.code for fund in known.funds]),
        account=form.choice("account", [f"{account.book}/{account.path}" for account in known.banks]), currency=currency,
        amount_minor=form.money("amount", currency), received_on=form.date("received_on", not_after=today),
        instrument=form.choice("instrument", INSTRUMENTS), reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
        restriction_text=form.text("restriction_text", required=False, max_length=REMARK_MAXIMUM),
        remark=form.text("remark", required=False, max_length=REMARK_MAXIMUM),
        pledge=form.choice("pledge", [pledge.number for pledge, _ in known.pledges], required=False) or None,
        mirror=form.checked("mirror"), entry_date=form.optional_date("entry_date", not_after=today),
    )  # fmt: skip


# --- taking one back --------------------------------------------------------------------------------------------------

UNDO_FIELDS = {
    "text_invalid": "reason", "future_date": "date", "date_before_entry": "date", "date_invalid": "date", "period_closed": "date",
    "period_soft_closed": "date",
}  # fmt: skip


@get("/contributions/{number:str}/reverse", opt={"permission": "reverse_entry"})
async def ask_reversal(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What taking it back will post, and why it is done."""
    kept, form, shown = await service.show_contribution(pool, reader.actor, number), Form({}, reader.language), None
    try:
        shown = await service.preview_reversal(pool, reader.actor, number, None, "–")
        form.put("date", shown.draft.entry_date.isoformat())
    except Refusal as refusal:
        refused(form, refusal)
    return _reversal_page(request, reader, form, kept, shown)


def _reversal_page(request: Request[Any, Any, Any], reader: Reader, form: Form, kept: Contribution, shown: Preview | None) -> Response[Any]:
    return page(
        request, "contributions/reverse.html", reader=reader, status=form.status, help="contributions", form=form, kept=kept,
        lines=preview_lines(shown, reader.language),
    )  # fmt: skip


@post("/contributions/{number:str}/reverse", opt={"permission": "reverse_entry"}, status_code=303)
async def reverse_contribution(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Take it back; its pledge is open again."""
    kept, form = await service.show_contribution(pool, reader.actor, number), Form(await request.form(), reader.language)
    day, reason = form.date("date"), form.text("reason", max_length=500)
    if form.ok:
        try:
            await service.reverse_contribution(pool, reader.actor, form.key, number, day, reason)
            return Redirect(f"/contributions/{kept.number}?done=contribution_reversed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, UNDO_FIELDS)
    return _reversal_page(request, reader, form, kept, None)


DONE = {
    "contribution_recorded": N_("Recorded. The other union’s treasurer sees it on their first page."),
    "contribution_reversed": N_("Taken back. The entry and its reversal both stay in the journal."),
}
PAGES = [list_contributions, new_contribution, record_contribution, show_contribution, ask_reversal, reverse_contribution]
