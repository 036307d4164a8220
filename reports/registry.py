"""List the reports: what each is called, what it can be asked, and how it is built from one snapshot."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_come
from ledger.domain.refusals import ChoiceInvalid, NotFound, RateMissing
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit
from ledger.storage.database import Connection
from reports import (
    allocations,
    between_unions,
    confirmation_letter,
    contributions_pledges,
    equalisation_statement,
    fund_statement,
    general_ledger,
    reconciliation,
    resource_balance,
    strike_support,
    transfers_in_transit,
    trial_balance,
)
from reports.boards import figure as board_figure
from reports.boards import fund as board_fund
from reports.boards import overview as board_overview
from reports.boards import pack as board_pack
from reports.boards import refused as board_refused
from reports.boards import request_lines as board_requests
from reports.document import Document, Words, words
from reports.facts import Facts, read_facts
from reports.statements import activities, position
from reports.working_papers import accounts_abroad, bank_transfers, form_1099, lm2, members_statement, schedule_f


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What a report can be asked for; a report looks at the fields it lists. Dates left out are today and the year's first.

    Where ``into`` is not required, a day without a rate leaves the converted column out instead of refusing the report.
    """

    as_of: date
    compare: date | None = None
    first: date
    last: date
    book: str | None = None
    fund: str | None = None
    account: int | None = None
    currency: str | None = None
    into: str | None = None
    into_required: bool = True
    method: str | None = None
    figure: str | None = None
    union: str | None = None
    campaign: str | None = None
    initiative: str | None = None


class Report(msgspec.Struct, frozen=True):
    """One report: its title, one sentence on what it answers, the fields it takes, and its builder. ``names_year``: its day stands for a year, which
    may not be over. ``is_of_ended_year``: its days are those of a year that is over. ``is_behind``: the figures of another page lead to it, on days
    that may be before the first rate; what is not converted there is left out, not refused. ``is_of_days_come``: its period ends on a day that has come.
    """

    title: Words
    purpose: Words
    fields: tuple[str, ...]
    build: Callable[[Connection, Facts, Query], Awaitable[Document]]
    names_year: bool = False
    is_of_ended_year: bool = False
    is_behind: bool = False
    is_of_days_come: bool = False


def _builder(module: Any, fields: tuple[str, ...]) -> Callable[[Connection, Facts, Query], Awaitable[Document]]:
    async def build(connection: Connection, facts: Facts, query: Query) -> Document:
        asked = module.Asked(**{name: getattr(query, name) for name in fields})
        document: Document = module.shape(facts, asked, await module.select(connection, facts, asked))
        return document

    return build


def _report(module: Any, purpose: Words, *fields: str, title: Words | None = None, **marks: bool) -> Report:
    return Report(title or module.TITLE, purpose, fields, _builder(module, fields), **marks)


REPORTS: dict[str, Report] = {
    "board-overview": _report(
        board_overview, words("All the funds on one page for the boards: what they hold and promised, what stands out, what moved since another day."),
        "as_of", "compare", "into",
    ),
    "board-fund": _report(
        board_fund, words("One fund on one page for the boards: its money, promises, requests, weeks of strike support, and what stands out."),
        "as_of", "compare", "fund", "into",
    ),
    "board-pack": _report(
        board_pack, words("For a meeting: the overview and every fund, each on sheets of its own."), "as_of", "compare", "into",
    ),
    "board-figure": _report(
        board_figure, words("What a figure of the boards’ pages is made of: account by account, with the entries behind each."),
        "as_of", "compare", "figure", "fund", "currency", "into", is_behind=True,
    ),
    "board-requests": _report(
        board_requests, words("What campaigns asked for by a day, one request a line: asked, approved and spent."),
        "as_of", "fund", "initiative", "campaign", "currency", "into", is_behind=True,
    ),
    "board-refused": _report(
        board_refused, words("Attempts up to a day to move money where a ring-fence keeps it out, one a line."), "as_of", "compare", "fund",
    ),
    "trial-balance": _report(
        trial_balance, words("Every account and fund with a balance at a date; debits equal credits."), "as_of", "book", "fund", "currency", "into"
    ),
    "general-ledger": _report(
        general_ledger, words("Every posting of a period, account by account, with opening and closing balances."), "first", "last", "book", "fund"
    ),
    "account-statement": _report(
        general_ledger, words("One account over a period with its running balance."), "first", "last", "account", "fund",
        title=general_ledger.STATEMENT_TITLE,
    ),
    "fund-statement": _report(
        fund_statement, words("Each fund over a period: opening, in, out, exchange, closing, committed and available."),
        "first", "last", "fund", "into", is_of_days_come=True,
    ),
    "contributions-pledges": _report(
        contributions_pledges, words("What each union pledged, what is due, received and overdue, and what came beside it."), "as_of", "fund", "union",
        "currency",
    ),
    "allocations": _report(
        allocations, words("What campaigns asked for: approved, set aside, spent; who has each request, and for how long."),
        "first", "last", "fund", "into",
    ),
    "strike-support": _report(
        strike_support, words("Each strike, its weekly runs and advances, why members got nothing, and how many weeks the money lasts."), "fund"
    ),
    "between-unions": _report(
        between_unions, words("What the unions owe and lend each other at a date, by both books, and a statement of every loan."), "as_of"
    ),
    "equalisation": _report(
        equalisation_statement, words("Who owes whom for the joint costs of each period, with the whole working and what was settled."), "first", "last"
    ),
    "resource-balance": _report(
        resource_balance,
        words("What the unions lent each other in a period, both ways: hours and quantities, what they were worth, what was charged back."),
        "first", "last", "fund",
    ),
    "reconciliation": _report(
        reconciliation,
        words("The treasurers’ report of a month or a quarter: every fund from opening to closing, what stands between the unions, controls."),
        "first", "last",
    ),
    "confirmation-letter": _report(
        confirmation_letter,
        words("What each union asks the other to confirm to the auditors: what one owes the other at a date, by the books of who asks."), "as_of", "book",
    ),
    "activities": _report(
        activities, words("What came in and what was spent in a period, by fund or combined, in the presentation of your auditors, and the year before."),
        "first", "last", "fund", "into", "method", is_of_days_come=True,
    ),
    "financial-position": _report(
        position, words("What the joint funds have, owe and are worth at a date, in the presentation of your auditors, and the year before."),
        "as_of", "fund", "into", "method",
    ),
    "lm-2": _report(
        lm2, words("A union’s fiscal year by the items and schedules of Form LM-2 that its map suggests, exact and in whole dollars."), "first", "last"
    ),
    "schedule-f": _report(
        schedule_f, words("What a union spent and gave in other countries in a fiscal year, beside the thresholds of Form 990, Schedule F."),
        "first", "last",
    ),
    "form-1099": _report(
        form_1099, words("Payees in a payer’s own country whose payments of a calendar year reach the threshold of Form 1099, payer by payer."), "as_of",
        names_year=True,
    ),
    "fbar": _report(
        accounts_abroad, words("The joint accounts abroad of a calendar year: highest balances by month, and all of them beside the FBAR threshold."),
        "as_of", names_year=True,
    ),
    "bank-transfers": _report(
        bank_transfers, words("What was sent to another country in a period, and which of it the bank reports, alone or added up."), "first", "last"
    ),
    "members-statement": _report(
        members_statement,
        words("The joint funds’ statements of a fiscal year for a member who asks for them (Canada Labour Code, s. 110), with room to certify the copy."),
        "first", "last", is_of_ended_year=True,
    ),
    "in-transit": _report(transfers_in_transit, words("Money that left one bank and had not reached the other at a date."), "as_of", "fund", "into"),
}  # fmt: skip


async def build_report(pool: Pool, actor: Actor, name: str, query: Query, format_name: str = "html") -> Document:
    """A report in one snapshot. What leaves as a file is in the audit trail, as every export is."""
    authorize(actor, "read_reports")
    if name not in REPORTS:
        raise NotFound(kind="report", id=name)
    async with pool.database.reporting() as connection:
        facts = await read_facts(connection, _moment(pool), pool.today())
        _check(facts, REPORTS[name], query)
        document = await build_in(connection, facts, name, query)
    if format_name != "html":
        await note(pool, [audit.event(actor, "export_report", subject=name, format=format_name, head=facts.head.number)])
    return document


async def build_in(connection: Connection, facts: Facts, name: str, query: Query) -> Document:
    """A report inside a snapshot that its caller has, for what is made of several."""
    return _annotated(facts, await _built(connection, facts, REPORTS[name], query))


def _check(facts: Facts, report: Report, query: Query) -> None:
    """A book or currency that is none of these books' is a mistake to tell, not an empty report; so is a day that has not come."""
    for field in ("as_of", "compare"):
        if field in report.fields and not report.names_year:
            check_come(field, getattr(query, field), facts.today)
    if report.is_of_days_come:
        check_come("to", query.last, facts.today)
    for field, value, known in (("book", query.book, facts.books), ("currency", query.currency, facts.currencies), ("into", query.into, facts.currencies),
                                ("union", query.union, facts.unions)):
        if value is not None and value not in known:
            raise ChoiceInvalid(field=field, value=value[:40])


async def _built(connection: Connection, facts: Facts, report: Report, query: Query) -> Document:
    try:
        return await report.build(connection, facts, query)
    except RateMissing as missing:
        if query.into_required and not report.is_behind:
            raise
        document = await report.build(connection, facts, msgspec.structs.replace(query, into=None))
        day = date.fromisoformat(missing.params["date"] or query.last.isoformat())
        note = words("Nothing is converted into %(currency)s: there is no rate on or before %(date)s.", currency=query.into or "", date=day)
        return msgspec.structs.replace(document, notes=(*document.notes, note))


def _annotated(facts: Facts, document: Document) -> Document:
    """With a word where a period or year asked for is not over: nothing is dated after today, so the figures are those of now."""
    day = document.as_of or (document.period[1] if document.period else facts.today)
    if day <= facts.today:
        return document
    note = words("%(day)s has not come yet: these are the figures of %(today)s.", day=day, today=facts.today)
    return msgspec.structs.replace(document, notes=(*document.notes, note))


def _moment(pool: Pool) -> datetime:
    return pool.clock().replace(microsecond=0)
