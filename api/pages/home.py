"""Show everyone's first page: what needs this person, oldest first, then the funds, then what others recorded since."""

from datetime import date
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.forms import Form
from api.pages.funds import rates_used, tile
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.chart import of_in_french
from ledger.domain.home import Waiting
from ledger.services import home as service
from ledger.services.pool import Pool
from ledger.storage.home import FundChange
from reports import formats
from reports.i18n import N_, translate, translate_n, translations
from reports.notice_words import fault
from reports.present import rate_places, source_name

# kind -> what to do, a line of detail, the button. A kind that is not here is still shown, by its number.
SENTENCES: dict[str, tuple[str, str | None, str]] = {
    "confirm_approval_rules": (
        N_("Decide about the new approval rules %(subject)s"), N_("Proposed by %(by)s, to hold from %(valid_on)s"), N_("Review"),
    ),
    "confirm_ending": (N_("Decide whether agreement %(subject)s ends early"), N_("%(title)s, proposed by %(by)s"), N_("Review")),
    "sign_close": (N_("Read and sign the report of close %(subject)s"), N_("Fixed in both languages by %(by)s"), N_("Read and sign")),
    "prepare_close": (N_("Go on with close %(subject)s"), N_("The report is due on %(due_on)s"), N_("Open")),
    "confirm_agreement": (N_("Decide about agreement %(subject)s"), N_("%(title)s, recorded by %(by)s"), N_("Review")),
    "decide_joint_cost": (N_("Agree to joint cost %(subject)s, or dispute it"), "%(what)s", N_("Review")),
    "answer_joint_cost": (N_("Answer about joint cost %(subject)s: the other union disputes it"), "%(what)s", N_("Open")),
    "authorise_strike": (N_("Authorise the support of strike %(subject)s"), "%(strike)s", N_("Review")),
    "begin_strike": (N_("Say whether members are out: strike %(subject)s"), "%(strike)s", N_("Open")),
    "import_roster": (N_("Bring in the roster of strike %(subject)s"), "%(strike)s", N_("Open")),
    "start_run": (N_("Make the run of week %(week)s of strike %(subject)s"), "%(strike)s", N_("Open")),
    "compute_run": (N_("Compute the weekly run %(subject)s"), N_("%(strike)s, week %(week)s"), N_("Open")),
    "submit_run": (N_("Submit the weekly run %(subject)s"), N_("%(strike)s, week %(week)s"), N_("Open")),
    "approve_run": (N_("Approve the weekly run %(subject)s"), N_("%(strike)s, week %(week)s"), N_("Review")),
    "pay_run": (N_("Pay the weekly run %(subject)s"), N_("%(strike)s, week %(week)s"), N_("Pay")),
    "reissue_payments": (N_("Issue stopped payments of run %(subject)s again"), N_("%(strike)s: %(count)s stopped"), N_("Open")),
    "set_strike_amounts": (N_("Set the amounts of the strike rules: nothing can be paid in strike %(subject)s"), "%(strike)s", N_("Open")),
    "start_advance": (N_("Prepare the advance of week %(week)s in strike %(subject)s"), "%(strike)s", N_("Open")),
    "close_strike": (N_("Close strike %(subject)s: all its money is accounted for"), "%(strike)s", N_("Open")),
    "confirm_strike_rules": (
        N_("Decide about the new strike rules %(subject)s"), N_("Proposed by %(by)s, to hold from %(valid_on)s"), N_("Review"),
    ),
    "confirm_threshold": (N_("Confirm the threshold %(name)s"), N_("%(subject)s, entered by %(by)s"), N_("Review")),
    "confirm_fund": (N_("Confirm the new fund %(name)s"), N_("Fund %(subject)s, proposed by %(proposer)s"), N_("Review")),
    "confirm_rate": (
        N_("Confirm the rate %(base)s 1 = %(quote)s %(rate)s"), N_("%(source)s, %(observed_on)s, entered by %(by)s"), N_("Review"),
    ),
    "confirm_payee_account": (
        N_("Confirm the bank details of %(payee)s"), N_("%(subject)s in %(account_currency)s, proposed by %(proposer)s"), N_("Review"),
    ),
    "finish_request": (N_("Finish or discard your draft %(subject)s"), "%(campaign)s", N_("Go on")),
    "change_request": (N_("Change request %(subject)s: it came back to you"), "%(campaign)s", N_("Change")),
    "use_request": (N_("Use what is left of request %(subject)s by %(expires_on)s"), "%(campaign)s", N_("Open")),
    "confirm_receipt": (N_("Confirm receipt of transfer %(subject)s"), N_("%(name)s: %(purpose)s"), N_("Confirm")),
    "answer_dispute": (N_("Answer about transfer %(subject)s: it does not agree"), N_("%(name)s: %(purpose)s"), N_("Review")),
    "read_answer": (N_("Read the answer about transfer %(subject)s, then confirm it or reply"), N_("%(name)s: %(purpose)s"), N_("Review")),
    "decide_request": (N_("Decide on request %(subject)s"), N_("%(name)s: %(purpose)s"), N_("Decide")),
    "retest_request": (
        N_("Approve request %(subject)s as of today: the rate or the rules moved, and it cannot be paid"), N_("%(name)s: %(purpose)s"), N_("Decide"),
    ),
    "vote_request": (N_("Vote on request %(subject)s"), N_("%(name)s: %(purpose)s"), N_("Vote")),
    "resolve_request": (N_("Record what the board resolved on request %(subject)s"), N_("%(name)s: %(purpose)s"), N_("Record it")),
    "pay_request": (N_("Pay request %(subject)s"), N_("%(campaign)s: needed by %(needed_on)s"), N_("Pay")),
    "approve_advance": (N_("Approve advance %(subject)s to local %(local)s"), N_("%(strike)s, week %(week)s"), N_("Review")),
    "pay_advance": (N_("Pay advance %(subject)s to local %(local)s"), N_("%(strike)s, week %(week)s"), N_("Pay")),
    "approve_grant": (N_("Decide about support %(subject)s of a member"), "%(strike)s", N_("Review")),
    "approve_write_off": (N_("Decide about a write-off of %(subject)s"), "%(strike)s", N_("Review")),
    "pay_grant": (N_("Pay support %(subject)s of a member"), "%(strike)s", N_("Pay")),
    "file_expense_report": (
        N_("File the report of week %(report_week)s of local %(local)s: advance %(subject)s waits for it"), "%(strike)s", N_("File it"),
    ),
    "accept_expense_reports": (N_("Accept expense reports of local %(local)s"), N_("%(strike)s, weeks: %(weeks)s"), N_("Review")),
    "change_expense_report": (
        N_("Change the expense report of local %(local)s: it came back"), N_("%(strike)s, weeks: %(weeks)s"), N_("Change"),
    ),
    "confirm_delivery": (N_("Confirm or dispute what was lent: %(subject)s"), "%(resource)s", N_("Review")),
    "correct_delivery": (N_("Correct what is disputed: %(subject)s"), "%(resource)s", N_("Open")),
    "accept_loan_drawdown": (N_("Accept that loan %(record)s was drawn: step %(subject)s"), None, N_("Review")),
    "accept_loan_repayment": (N_("Accept that loan %(record)s was repaid: step %(subject)s"), None, N_("Review")),
    "accept_loan_interest": (N_("Accept interest on loan %(record)s: step %(subject)s"), None, N_("Review")),
    "accept_loan_forgiveness": (N_("Accept that loan %(record)s is forgiven: step %(subject)s"), None, N_("Review")),
    "accept_charge_back": (N_("Accept what was charged back: step %(subject)s"), None, N_("Review")),
    "accept_equalisation": (N_("Accept equalisation %(record)s: step %(subject)s"), None, N_("Review")),
    "accept_settlement": (N_("Accept that a debt was settled: step %(subject)s"), None, N_("Review")),
    "accept_step_reversal": (N_("Accept that a step is undone in both books: step %(subject)s"), None, N_("Review")),
    "settle_difference": (N_("See to difference %(subject)s between the ledgers: it is due"), "%(what)s", N_("Open")),
    "agree_comparison": (N_("Agree to how the ledgers compare at %(cut_on)s"), N_("Comparisons: %(count)s"), N_("Review")),
    "agree_to_loan": (N_("Decide about the terms of loan %(subject)s"), None, N_("Review")),
    "bank_import": (N_("Bring in the bank statement of %(name)s"), None, N_("Bring it in")),
    "bank_start": (N_("Say what was in circulation at %(name)s when its first statement opened"), None, N_("Open")),
    "bank_match": (N_("Match the bank lines of %(name)s"), N_("Open lines: %(count)s"), N_("Match")),
    "bank_reconcile": (N_("Prove the balance of %(name)s: every line is dealt with"), None, N_("Open")),
    "approve_member_page": (
        N_("Read version %(subject)s of the members’ page"), N_("Proposed by %(by)s; it is shown once both unions approved it"), N_("Review"),
    ),
    "switch_member_page": (
        N_("Decide whether your union switches the members’ page on"), N_("%(by)s did for the other union; it is seen once both have"), N_("Open"),
    ),
    "release_hold": (N_("Decide whether hold %(subject)s may go"), N_("%(by)s says that it may"), N_("Open")),
    "decide_booking": (N_("Decide about booking %(subject)s"), N_("%(resource)s, from %(first_on)s"), N_("Review")),
    "confirm_held_booking": (
        N_("Confirm booking %(subject)s, or let it go: it is held until %(hold_on)s"), N_("%(resource)s, from %(first_on)s"), N_("Review"),
    ),
    "hold_ends": (
        N_("Ask the owner about booking %(subject)s: it is held until %(hold_on)s only"), N_("%(resource)s, from %(first_on)s"), N_("Open"),
    ),
    "overdue_pledge": (N_("Pay what is overdue of pledge %(subject)s"), "%(name)s", N_("Review")),
    "overdue_transfer": (N_("Ask after transfer %(subject)s: it has not arrived"), N_("%(name)s: %(purpose)s"), N_("Review")),
}  # fmt: skip
UNKNOWN_KIND = (N_("%(subject)s waits for you"), None, N_("Open"))
# Small numbers are words in a sentence; from eleven on they are figures.
NUMBER_WORDS = (N_("two"), N_("three"), N_("four"), N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine"), N_("ten"))
FUND_CHANGES = {
    "propose_fund": N_("Fund proposed"),
    "confirm_fund": N_("Fund confirmed"),
    "change_fund": N_("Fund changed"),
    "close_fund": N_("Fund closed or declined"),
}


class _Facts(dict[str, Any]):
    """Facts for a sentence; one that is wanting is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def in_words(language: str, number: int) -> str:
    """``four``, ``quatre``; a figure beyond ten."""
    return translate(language, NUMBER_WORDS[number - 2]) if 2 <= number <= 10 else formats.count(language, number)


def lede(language: str, rows: list[Waiting], today: date, union_name: str, is_treasury: bool) -> str:
    """``Four things need Unifor’s treasurer. The oldest has waited six days.``"""
    if not rows:
        return translate(language, "Nothing waits for you.")
    count, days = len(rows), max(row.days(today) for row in rows)
    number, whose = in_words(language, count), whose_treasurer(language, union_name)
    if is_treasury:
        first = translate_n(
            language, "One thing needs %(whose)s treasurer.", "%(count)s things need %(whose)s treasurer.", count, **{"count": number, "whose": whose}
        )
    else:
        first = translate_n(language, "One thing needs you.", "%(count)s things need you.", count, **{"count": number})
    return f"{first[:1].upper()}{first[1:]} {waited(language, count, days)}"


def waited(language: str, count: int, days: int) -> str:
    """How long the oldest of ``count`` things has waited."""
    number = {"count": in_words(language, days)}
    if days == 0:
        return translate(language, "It came today.") if count == 1 else translate(language, "The oldest came today.")
    if count == 1:
        return translate_n(language, "It has waited one day.", "It has waited %(count)s days.", days, **number)
    return translate_n(language, "The oldest has waited one day.", "The oldest has waited %(count)s days.", days, **number)


def whose_treasurer(language: str, name: str) -> str:
    """``Unifor’s`` in English; ``d’Unifor``, ``de …`` in French."""
    return of_in_french(name) if language == "fr" else f"{name}’s"


def row_of(language: str, row: Waiting, today: date) -> dict[str, Any]:
    """One waiting thing, put into words for the queue."""
    gettext = translations(language).gettext
    what, detail, button = SENTENCES.get(row.kind, UNKNOWN_KIND)
    facts = _Facts({name: _said(language, name, value) for name, value in row.facts.items()}, subject=row.subject)
    facts["name"] = row.facts.get(f"name_{language}") or row.facts.get("name_en") or facts["name"]
    return {
        "what": gettext(what) % facts,
        "detail": gettext(detail) % facts if detail else "",
        "button": translate(language, button),
        "row": row,
        "days": row.days(today),
    }


def _said(language: str, name: str, value: str | int | None) -> str:
    """A fact as a sentence says it: ``…_on`` is an ISO date, ``rate`` a decimal."""
    if value is None:
        return "–"
    if name.endswith("_on"):
        return formats.date_long(language, date.fromisoformat(str(value)))
    if name == "source":
        return source_name(language, str(value))
    return formats.rate(language, Decimal(value), rate_places(Decimal(value))) if name == "rate" else str(value)


def change_text(language: str, change: FundChange) -> str:
    """What was done to a fund, with its floors before and after where they changed."""
    text = translate(language, FUND_CHANGES[change.action])
    floors = change.details.get("floors")
    if not floors:
        return text
    return translate(
        language, "%(what)s: floor from %(before)s to %(after)s", what=text, before=_floors(language, floors["before"]),
        after=_floors(language, floors["after"]),
    )  # fmt: skip


def _floors(language: str, floors: dict[str, int]) -> str:
    return ", ".join(formats.money(language, minor, currency) for currency, minor in floors.items()) or translate(language, "none")


@get("/", opt={"permission": "see_home"})
async def show_home(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The first page."""
    view = await service.home(pool, reader.actor)
    names = {union.code: union.name for union in view.unions}
    language = reader.language
    return page(
        request, "home/show.html", reader=reader, help="waiting", view=view, today=view.today, unions=names,
        lede_text=lede(language, view.waiting, view.today, names.get(reader.union_code or "", ""), "treasurer" in reader.roles),
        rows=[row_of(language, row, view.today) for row in view.waiting],
        tiles=[tile(language, fund, names) for fund in view.funds if fund.state == "open"],
        rates=rates_used(language, [fund.converted for fund in view.funds]),
        changes=[(change, change_text(language, change)) for change in view.fund_changes],
        mail_why=fault(language, view.mail.fault) if view.mail is not None and view.mail.fault else "",
    )  # fmt: skip


@post("/", opt={"permission": "see_home"}, status_code=303)
async def mark_seen(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Mark what was shown as read, up to the entry that was the last one then."""
    form = Form(await request.form(), reader.language)
    number = form.integer("number", minimum=0, maximum=10**15)
    if form.ok:
        await service.mark_seen(pool, reader.actor, form.key, number)
    return Redirect("/?done=home_seen" if form.ok else "/", status_code=303)


DONE = {"home_seen": N_("Marked as read.")}
PAGES = [show_home, mark_seen]
