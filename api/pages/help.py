"""Show Help: a guide for each person, a short page for each topic, and a page about every refusal code, in the reader's language."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from api import limits, settings_explained
from api.answers import FAULT, language_of
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.refusal_pages import RULES, example
from api.security import Reader
from ledger.domain.actors import PERMISSIONS
from ledger.domain.refusals import NotFound, all_refusals
from ledger.domain.strike_runs import LATE_CHEQUE_DAYS, STALE_CHEQUE_DAYS
from ledger.domain.suppression import SMALL_CELL
from reports.glossary import Term, glossary
from reports.i18n import N_, translate

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "help"


class HelpPage(msgspec.Struct, frozen=True):
    """A guide or a topic: its title, one line on what is in it, and the roles a guide is for."""

    title: str
    line: str
    roles: tuple[str, ...] = ()


GUIDES: dict[str, HelpPage] = {
    "treasurer": HelpPage(
        N_("Treasurer and deputy"), N_("Record contributions, send and confirm transfers, follow pledges, load rates, undo what is wrong."),
        ("treasurer", "deputy"),
    ),
    "board": HelpPage(N_("Board member"), N_("Vote on requests, and follow any figure down to its documents."), ("board_member",)),
    "campaign": HelpPage(N_("Campaign lead"), N_("Ask for money for a campaign, follow it, and see what a fund holds."), ("campaign_lead",)),
    "officer": HelpPage(
        N_("National officer"), N_("Decide about requests, and look into the books of both unions before you do."), ("officer", "secretary_treasurer"),
    ),
    "benefits": HelpPage(N_("Benefits officer"), N_("Your week on one page: the roster, the duty, the run or the advance."), ("benefits_officer",)),
    "captain": HelpPage(N_("Picket captain"), N_("Record who came to the line, on a phone."), ("picket_captain",)),
    "trustee": HelpPage(N_("Trustee or auditor"), N_("Check that the books are whole, take them with you, and verify them offline."), ("trustee",)),
    "administrator": HelpPage(N_("Administrator"), N_("Add people, give and end roles, hand out new links, look after locals."), ("admin",)),
    "operator": HelpPage(N_("Operator of the machine"), N_("Install, secure, back up, restore, upgrade and watch the service.")),
}
TOPICS: dict[str, HelpPage] = {
    "waiting": HelpPage(N_("Waiting for you"), N_("What needs you, oldest first.")),
    "notices": HelpPage(N_("Notices"), N_("What you are told, on the page and by e-mail.")),
    "requests": HelpPage(N_("Requests"), N_("Ask for money, follow it, change it; who must approve.")),
    "deciding": HelpPage(N_("Deciding about requests"), N_("The queue that empties: approve, return, decline, step aside, suspend.")),
    "boards": HelpPage(N_("Boards"), N_("Vote here, or record what was resolved in a meeting.")),
    "transfers": HelpPage(N_("Transfers"), N_("Sent by one treasurer, confirmed by the other, at the bank’s real rate.")),
    "contributions": HelpPage(N_("Contributions"), N_("Money that a union or a local gave.")),
    "pledges": HelpPage(N_("Pledges"), N_("Promises with their instalments, and what is overdue.")),
    "campaigns": HelpPage(N_("Campaigns"), N_("What is campaigned for, who leads it, and what it may cost.")),
    "payees": HelpPage(N_("Payees"), N_("Whom the funds pay, and bank details that take both unions.")),
    "journal": HelpPage(N_("Journal"), N_("Every entry; how to write, reverse and correct one.")),
    "funds": HelpPage(N_("Funds"), N_("What a fund holds, its rules, and moving money between funds.")),
    "approval-rules": HelpPage(N_("Approval rules"), N_("Who must approve what, and how the unions change it.")),
    "strike-rules": HelpPage(N_("Strike rules"), N_("What each union pays in a strike, and how it changes that.")),
    "agreements": HelpPage(N_("Agreements"), N_("What the unions agreed, in versions, and who signed it.")),
    "equalisation": HelpPage(N_("Equalisation"), N_("Joint costs shared by members: certified, computed, agreed, settled.")),
    "bank-matching": HelpPage(N_("Bank matching"), N_("Bring statements in, match their lines, prove the balance.")),
    "interests": HelpPage(N_("Interests"), N_("Say where you have something at stake, so that others decide.")),
    "roster": HelpPage(N_("Roster"), N_("Who is on strike: bring the list in, keep it right, let names go.")),
    "duty": HelpPage(N_("Picket duty"), N_("Who came to the line: captains, sheets, and what a day counts.")),
    "runway": HelpPage(N_("Weeks of strike support left"), N_("How long the money lasts, by which rule, and what if.")),
    "comparison": HelpPage(N_("Comparison of the ledgers"), N_("Your union’s extract, what differs from the other’s, and agreeing to it.")),
    "between-unions": HelpPage(N_("Between the unions"), N_("Loans, debts and settlements that both unions’ books hold, or neither.")),
    "resources": HelpPage(N_("Resources"), N_("What the unions lend besides money: find it, ask for it, confirm it, the calendar.")),
    "thresholds": HelpPage(N_("Thresholds"), N_("Amounts that the books remind of, and the tax review list.")),
    "accounts": HelpPage(N_("Accounts"), N_("The chart of accounts and running balances.")),
    "rates": HelpPage(N_("Exchange rates"), N_("Where rates come from, and which one holds for a day.")),
    "revaluation": HelpPage(N_("Revaluation"), N_("Gains and losses on the other currency at a period’s end.")),
    "close": HelpPage(N_("Closes"), N_("A month’s end: what each union looks over, the report both sign, and the head each keeps.")),
    "board-packs": HelpPage(N_("For the boards"), N_("All funds on a page, each fund on a page, packs for a meeting, and links that end.")),
    "members-page": HelpPage(N_("Members’ page"), N_("A quarter in sums for the rank and file, once both unions’ officers say so.")),
    "reports": HelpPage(N_("Reports"), N_("Statements in both languages, and exports for other programs.")),
    "audit-pack": HelpPage(N_("Audit pack"), N_("One download that proves the books, and how to verify it offline.")),
    "verify": HelpPage(N_("Verify the books"), N_("Prove that nothing was changed, left out or cut off.")),
    "strikes": HelpPage(N_("Strikes"), N_("From notice to closed: authorised by both unions, paid week by week.")),
    "runs": HelpPage(N_("Weekly runs"), N_("Compute, approve and pay strike benefits; put a payment right afterwards.")),
    "advances": HelpPage(N_("Advances to locals"), N_("Weekly sums to locals on strike, their expense reports, and what comes back.")),
    "grants": HelpPage(N_("Medical and hardship support"), N_("Help one member on strike: proposed, approved without a name, paid; loans that come back.")),
    "payables": HelpPage(N_("To pay"), N_("Pay approved requests against invoices; take a payment back; close a request.")),
    "documents": HelpPage(N_("Documents"), N_("Bank slips, invoices and mails kept with what they prove.")),
    "people": HelpPage(N_("People"), N_("Who may do what, until when; unions and locals.")),
    "webhooks": HelpPage(N_("Webhooks"), N_("Tell another program what happened: add an address, check the signature, look what was sent.")),
    "retention": HelpPage(N_("Retention and holds"), N_("How long each record is kept, from when it may go, and what a hold keeps.")),
    "settings": HelpPage(N_("My settings"), N_("Language, password, one-time codes, sessions.")),
    "audit": HelpPage(N_("Audit trail"), N_("Who did what, and what was refused.")),
    "search": HelpPage(N_("Search"), N_("What the search finds, and how to write it.")),
    "glossary": HelpPage(N_("Words of these books"), N_("The terms in English and in French, as they are used everywhere here.")),
    "keys": HelpPage(N_("Keys and signs"), N_("What the keys do and what the coloured words mean.")),
    "api": HelpPage(N_("API and tokens"), N_("For programs: JSON, tokens, keys, bulk calls.")),
}  # fmt: skip
HELP_PAGES = GUIDES | TOPICS


@get("/help", opt={"public": True})
async def show_index(request: Request[Any, Any, Any]) -> Response[Any]:
    """Guides for people, the reader's own first, then a page for each place."""
    reader: Reader | None = request.scope.get("user")
    return page(request, "help/index.html", reader=reader, guides=_own_first(reader), own=own_guides(reader), topics=TOPICS)


def own_guides(reader: Reader | None) -> frozenset[str]:
    """The guides that were written for a reader's roles."""
    return frozenset(name for name, guide in GUIDES.items() if reader is not None and reader.roles & set(guide.roles))


def _own_first(reader: Reader | None) -> Mapping[str, HelpPage]:
    own = own_guides(reader)
    return {name: GUIDES[name] for name in sorted(GUIDES, key=lambda name: name not in own)}


@get("/help/{topic:str}", opt={"public": True})
async def show_topic(request: Request[Any, Any, Any], topic: FromPath[str]) -> Response[Any]:
    """One topic or guide."""
    if topic not in HELP_PAGES:
        raise NotFound(kind="page", id=topic[:40])
    language = language_of(request)
    return page(
        request, "help/topic.html", reader=request.scope.get("user"), page=HELP_PAGES[topic], text=f"help/{language}/{topic}.html",
        limits=limits.amounts(language), limit_table=limits.table(language), settings_table=settings_explained.table(language),
        permissions=PERMISSIONS, terms=sorted(glossary(), key=lambda term: _order(language, term)),
        small_cell=SMALL_CELL, late_days=LATE_CHEQUE_DAYS, stale_days=STALE_CHEQUE_DAYS,
    )  # fmt: skip


def _order(language: str, term: Term) -> str:
    """By the language's own alphabet, accents aside."""
    name = term.fr[0] if language == "fr" else term.en
    return "".join(letter for letter in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(letter))


@get("/help/problems", opt={"public": True})
async def show_problems(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every code there is, with its sentence."""
    language = language_of(request)
    codes = {code: message(language, example(code)) for code in sorted(all_refusals())}
    return page(request, "help/problems.html", reader=request.scope.get("user"), codes=codes)


@get("/help/problems/{code:str}", opt={"public": True})
async def show_problem(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[Any]:
    """What a code means, who set the rule, and what would make it pass; with example names and amounts."""
    language, reader = language_of(request), request.scope.get("user")
    if code == "fault":
        return page(request, "help/problem.html", reader=reader, code=code, status_code=500, message=translate(language, FAULT), rule=None, mend=None)
    if code not in all_refusals():
        raise NotFound(kind="page", id=code[:40])
    refusal = example(code)
    return page(
        request, "help/problem.html", reader=reader, code=code, status_code=refusal.status,
        message=message(language, refusal), rule=translate(language, RULES[code]), mend=mend(language, refusal),
    )  # fmt: skip


PAGES = [show_index, show_topic, show_problems, show_problem]
