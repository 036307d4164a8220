"""Show what campaigns asked for and what became of it: by initiative, campaign, union and state, who has each request, and for how long.

A period chooses the requests: those submitted by its end and not ended before its first day. Where they stand is as of now, so that what is
still set aside agrees with the journal. Drafts are their writers' own and never here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

import msgspec

from ledger.domain.allocations import REVIEW, STATES
from ledger.domain.campaigns import INITIATIVES
from ledger.domain.exchange import convert_at
from ledger.services.allocation_cases import load_cases, load_rules
from ledger.services.pool import ZONE
from ledger.storage import allocations as store
from ledger.storage import funds
from ledger.storage.database import Connection
from reports import request_words
from reports.campaign_list import INITIATIVE_NAMES
from reports.document import Cell, Column, Conversion, Document, Label, Row, RowKind, Say, Section, Table, cell, group, row, words, words_in, words_n
from reports.facts import Facts, bounded, conversion_on, name_of

TITLE = words("Requests and what became of them")
WAITING: tuple[str, ...] = (*REVIEW, "returned", "suspended")
ENDED: tuple[str, ...] = ("completed", "closed", "rejected", "withdrawn", "expired")
# (days a request has been where it is, at the most; what that is called)
AGES: tuple[tuple[int | None, Say], ...] = (
    (7, words("Up to 7 days")), (14, words("8 to 14 days")), (30, words("15 to 30 days")), (None, words("More than 30 days")),
)  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """The period, one fund where narrowed, and the currency that the converted columns are in."""

    first: date
    last: date
    fund: str | None = None
    into: str | None = None


class Part(msgspec.Struct, frozen=True):
    """What one request asks in one currency and what became of it, minor units; ``left_minor`` is still set aside."""

    number: str
    union: str
    state: str
    since: datetime
    expires_on: date | None
    needed_by: date
    campaign: str
    campaign_name: str
    initiative: str
    fund_id: int
    currency: str
    asked_minor: int
    approved_minor: int
    spent_minor: int
    left_minor: int

    @property
    def returned_minor(self) -> int:
        """What was set aside and went back to the fund."""
        return self.approved_minor - self.spent_minor - self.left_minor

    @property
    def since_day(self) -> date:
        """The day on which it came to where it is."""
        return self.since.astimezone(ZONE).date()


class Agreement(msgspec.Struct, frozen=True):
    """What is set aside of a fund in a currency now: by the requests, and by the journal."""

    fund_id: int
    currency: str
    requests_minor: int
    journal_minor: int


class Selected(msgspec.Struct, frozen=True):
    """The requests of the period by their parts, who has those that wait, what is set aside now, and the rates of the period's end."""

    parts: list[Part]
    who: dict[str, Label]
    agreement: list[Agreement]
    conversions: dict[str, Conversion]


# --- select -------------------------------------------------------------------------------------------------------------


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """All of it in a handful of statements, however many requests there are."""
    fund_id = facts.fund_by_code(asked.fund).id if asked.fund else None
    rows = await connection.fetch(
        """SELECT a.number, a.union_code AS "union", a.state, a.state_since AS since, a.expires_on, r.needed_by, r.campaign,
            c.name AS campaign_name, c.initiative, r.fund_id, m.*
        FROM allocations a
        JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision
        JOIN campaigns c ON c.number = r.campaign
        CROSS JOIN LATERAL (
            SELECT l.currency::text, sum(l.amount_minor)::bigint AS asked_minor, coalesce(sum(k.committed_minor), 0)::bigint AS approved_minor,
                coalesce(sum(k.paid_minor), 0)::bigint AS spent_minor, coalesce(sum(k.committed_minor - k.relieved_minor), 0)::bigint AS left_minor
            FROM allocation_lines l LEFT JOIN commitments k ON k.allocation = l.allocation AND k.ordinal = l.ordinal
            WHERE l.allocation = a.number AND l.revision = a.revision GROUP BY l.currency) m
        WHERE a.submitted_on <= $1 AND ($3::int IS NULL OR r.fund_id = $3)
            AND (a.state <> ALL($4::text[]) OR (a.state_since AT TIME ZONE $5)::date >= $2)
        ORDER BY a.state_since, length(a.number), a.number, m.currency""",
        asked.last, asked.first, fund_id, list(ENDED), ZONE.key,
    )  # fmt: skip
    bounded(len(rows))
    parts = [Part(**dict(each)) for each in rows]
    return Selected(parts, await _who(connection, facts), await _agreement(connection, fund_id), await _conversions(connection, asked, parts))


async def _who(connection: Connection, facts: Facts) -> dict[str, Label]:
    """Who has each request that has not ended, by number."""
    found = await store.in_states(connection, [state for state in STATES if state not in ("draft", *ENDED)])
    cases = {case.allocation.number: case for case in await load_cases(connection, found, await load_rules(connection, facts.today))}
    names = {code: union.name for code, union in facts.unions.items()}

    def said(language: str, number: str) -> str:
        case = cases[number]
        return request_words.has_it(language, case.allocation, case.missing, names, reader=0)

    return {number: Label(said("en", number), said("fr", number)) for number in cases}


async def _agreement(connection: Connection, fund_id: int | None) -> list[Agreement]:
    """Every fund and currency with something set aside, whichever of the two says so."""
    rows = await connection.fetch(
        """SELECT a.fund_id, k.currency::text, sum(k.committed_minor - k.relieved_minor)::bigint AS left_minor
        FROM commitments k JOIN allocations a ON a.number = k.allocation GROUP BY a.fund_id, k.currency"""
    )
    requests = {(each["fund_id"], each["currency"]): each["left_minor"] for each in rows}
    held = await funds.held(connection, fund_id)
    journal = {(fund, code): figures[2] for fund, each in held.items() for code, figures in each.items()}
    return [
        Agreement(key[0], key[1], requests.get(key, 0), journal.get(key, 0))
        for key in sorted(requests.keys() | journal.keys())
        if (requests.get(key) or journal.get(key)) and fund_id in (None, key[0])
    ]  # fmt: skip


async def _conversions(connection: Connection, asked: Asked, parts: Sequence[Part]) -> dict[str, Conversion]:
    found = {}
    for currency in sorted({part.currency for part in parts}) if asked.into else []:
        conversion = await conversion_on(connection, currency, asked.into or "", asked.last)
        if conversion:
            found[currency] = conversion
    return found


# --- shape --------------------------------------------------------------------------------------------------------------

HEADINGS: dict[str, Say] = {
    "asked": words_in("money", "Asked"), "approved": words_in("money", "Approved"), "left": words("Still set aside"),
    "spent": words_in("money", "Spent"), "returned": words_in("money", "Gone back"),
}  # fmt: skip
CONVERTED = ("asked", "approved", "spent")


class Grouping(msgspec.Struct, frozen=True):
    """One way to add requests up: the table's name and caption, what its groups are, their order, and how each is called and opened."""

    table: str
    caption: Say
    heading: Say
    place: Callable[[Part], int]
    called: Callable[[Part], Cell]


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """Sums first, then each request, then the proof that what is set aside is what the journal says."""
    parts, waiting = selected.parts, [part for part in selected.parts if part.state in WAITING]
    drawn = [part for part in parts if part.state not in ENDED and part.approved_minor]
    sums = [table for each in _groupings(facts, parts) for table in _sums(asked, selected, each, parts, tuple(HEADINGS))]
    sections = (
        Section((*sums, *_sums(asked, selected, _by_age(facts), waiting, ("asked",)))),
        Section((_waiting(facts, selected, waiting), _drawn(facts, selected, drawn), _ended(facts, [p for p in parts if p.state in ENDED]))),
        Section((_agreement_table(facts, selected.agreement),)),
    )
    notes = [
        words("The period chooses the requests: submitted by its end, and not ended before it began. Where they stand is as of now."),
        words("What was approved is spent, still set aside to be paid, or has gone back to the fund."),
    ]  # fmt: skip
    return facts.document("allocations", TITLE, sections, period=(asked.first, asked.last), notes=notes)


# --- sums ---------------------------------------------------------------------------------------------------------------


def _groupings(facts: Facts, parts: Sequence[Part]) -> list[Grouping]:
    campaigns = sorted({part.campaign for part in parts}, key=lambda number: (len(number), number))
    unions = list(facts.unions)
    return [
        Grouping("by-initiative", words("By initiative"), words("Initiative"), lambda p: INITIATIVES.index(p.initiative), _initiative),
        Grouping("by-campaign", words("By campaign"), words("Campaign"), lambda p: campaigns.index(p.campaign), _campaign),
        Grouping("by-union", words("By union"), words("Union"), lambda p: unions.index(p.union), lambda p: cell(facts.unions[p.union].name)),
        Grouping("by-state", words("By state"), words("State"), lambda p: STATES.index(p.state), lambda p: cell(_state(p))),
    ]


def _by_age(facts: Facts) -> Grouping:
    def place(part: Part) -> int:
        days = _days(facts, part)
        return next(place for place, (most, _) in enumerate(AGES) if most is None or days <= most)

    return Grouping("by-age", words("Waiting, by how long"), words("For how long"), place, lambda part: cell(AGES[place(part)][1]))


def _initiative(part: Part) -> Cell:
    return cell(words(INITIATIVE_NAMES[part.initiative]), link=f"/requests?initiative={part.initiative}")


def _campaign(part: Part) -> Cell:
    return cell(part.campaign_name, link=f"/campaigns/{part.campaign}")


def _state(part: Part) -> Say:
    return words(request_words.STATES[part.state][0])


def _days(facts: Facts, part: Part) -> int:
    """How many days a request has been where it is."""
    return (facts.today - part.since_day).days


def _sums(asked: Asked, selected: Selected, grouping: Grouping, parts: Sequence[Part], figures: Sequence[str]) -> list[Table]:
    """Each currency with a line for each group, and where they are converted, a second table of all of them together."""
    found = [_native(grouping, parts, figures)]
    if asked.into and len(_currencies(parts)) > 1:
        found.append(_together(asked.into, selected, grouping, parts, [name for name in figures if name in CONVERTED]))
    return found


def _native(grouping: Grouping, parts: Sequence[Part], figures: Sequence[str]) -> Table:
    rows: list[Row] = []
    for currency in _currencies(parts):
        own = [part for part in parts if part.currency == currency]
        rows.append(group(currency))
        for members in _groups(grouping, own):
            rows.append(row(grouping.called(members[0]), len(members), *(cell(_sum(members, name), currency=currency) for name in figures)))
        rows.append(row(words("Total"), len(own), *(cell(_sum(own, name), currency=currency) for name in figures), kind="total"))
    columns = (Column("group", grouping.heading), Column("requests", words("Requests"), "int"), *_columns(*figures))
    return Table(grouping.table, grouping.caption, columns, tuple(rows), empty=words("No request answers this."))


def _together(into: str, selected: Selected, grouping: Grouping, parts: Sequence[Part], figures: Sequence[str]) -> Table:
    conversions = tuple(selected.conversions.values())
    columns = (
        Column("group", grouping.heading), Column("requests", words("Requests"), "int"),
        *(Column(name, HEADINGS[name], "converted", into, conversions) for name in figures),
    )  # fmt: skip

    def line(called: Cell, members: Sequence[Part], kind: RowKind) -> Row:
        return row(called, len({part.number for part in members}), *(_all_in(into, selected, members, name) for name in figures), kind=kind)

    rows = [line(grouping.called(members[0]), members, "line") for members in _groups(grouping, parts)]
    caption = words("%(table)s, all in %(currency)s", table=grouping.caption, currency=into)
    return Table(f"{grouping.table}-converted", caption, columns, (*rows, line(cell(words("Total")), parts, "total")))


def _groups(grouping: Grouping, parts: Sequence[Part]) -> list[list[Part]]:
    return [list(members) for _, members in groupby(sorted(parts, key=grouping.place), grouping.place)]


def _currencies(parts: Iterable[Part]) -> list[str]:
    return sorted({part.currency for part in parts})


def _sum(parts: Iterable[Part], name: str) -> int:
    return sum(getattr(part, f"{name}_minor") for part in parts)


def _all_in(into: str, selected: Selected, parts: Sequence[Part], name: str) -> int:
    """A figure of all currencies in one, each rounded once."""
    return sum(_converted(into, selected, [part for part in parts if part.currency == currency], name) for currency in _currencies(parts))


def _converted(into: str, selected: Selected, own: Sequence[Part], name: str) -> int:
    conversion = selected.conversions.get(own[0].currency)
    if conversion is None:
        return _sum(own, name)
    return convert_at(_sum(own, name), own[0].currency, into, conversion.base, conversion.quote, conversion.rate)


# --- each request -------------------------------------------------------------------------------------------------------


def _request(facts: Facts, part: Part) -> list[object]:
    return [
        cell(part.number, link=f"/requests/{part.number}"), cell(part.campaign_name, link=f"/campaigns/{part.campaign}"),
        name_of(facts.funds[part.fund_id]), _state(part),
    ]  # fmt: skip


_REQUEST = (
    Column("number", words("Number")), Column("campaign", words("Campaign")), Column("fund", words("Fund")), Column("state", words("State")),
)  # fmt: skip


def _money(part: Part, *figures: str) -> list[Cell]:
    return [cell(_sum([part], name), currency=part.currency) for name in figures]


def _columns(*figures: str) -> list[Column]:
    return [Column(name, HEADINGS[name], "money") for name in figures]


def _waiting(facts: Facts, selected: Selected, parts: Sequence[Part]) -> Table:
    columns = (
        *_REQUEST, Column("who", words("Who has it now")), Column("since", words("Since"), "date"), Column("days", words("Days"), "int"),
        Column("needed-by", words("Needed by"), "date"), *_columns("asked"),
    )  # fmt: skip
    rows = [
        row(*_request(facts, p), selected.who.get(p.number), p.since_day, _days(facts, p), p.needed_by, *_money(p, "asked")) for p in parts
    ]  # fmt: skip
    return Table("waiting", words("Waiting for a decision or for changes"), columns, tuple(rows), empty=words("Nothing waits."))


def _drawn(facts: Facts, selected: Selected, parts: Sequence[Part]) -> Table:
    """What is approved and not ended, the first to expire in front; days below zero are past."""
    columns = (
        *_REQUEST, Column("use-by", words("To be used by"), "date"), Column("days-left", words("Days left"), "int"),
        *_columns("approved", "spent", "left"),
    )  # fmt: skip
    found = sorted(parts, key=lambda part: (part.expires_on or date.max, len(part.number), part.number))
    rows = [
        row(*_request(facts, p), p.expires_on, _days_left(facts, p), *_money(p, "approved", "spent", "left")) for p in found
    ] + _totals(parts, 6, "approved", "spent", "left")  # fmt: skip
    late = len({part.number for part in parts if part.left_minor and (_days_left(facts, part) or 0) < 0})
    notes = (words_n("%(count)s request should have been used by now.", "%(count)s requests should have been used by now.", late),) if late else ()
    return Table("set-aside", words("Set aside, to be paid"), columns, tuple(rows), notes, empty=words("Nothing is set aside."))


def _days_left(facts: Facts, part: Part) -> int | None:
    return None if part.expires_on is None else (part.expires_on - facts.today).days


def _ended(facts: Facts, parts: Sequence[Part]) -> Table:
    columns = (*_REQUEST, Column("ended-on", words("Ended on"), "date"), *_columns("asked", "approved", "spent", "returned"))
    rows = [row(*_request(facts, p), p.since_day, *_money(p, "asked", "approved", "spent", "returned")) for p in parts]
    return Table("ended", words("Ended in the period"), columns, tuple(rows), empty=words("No request ended."))


def _totals(parts: Sequence[Part], before: int, *figures: str) -> list[Row]:
    """A total for each currency; ``before`` columns stand before the figures."""
    found = []
    for currency in _currencies(parts):
        own = [part for part in parts if part.currency == currency]
        sums = [cell(_sum(own, name), currency=currency) for name in figures]
        found.append(row(words("Total"), *[None] * (before - 1), *sums, kind="total"))
    return found


# --- the journal --------------------------------------------------------------------------------------------------------


def _agreement_table(facts: Facts, agreement: Sequence[Agreement]) -> Table:
    columns = (
        Column("fund", words("Fund")), Column("requests", words("Still set aside for requests"), "money"),
        Column("journal", words("Committed in the journal"), "money"), Column("difference", words("Difference"), "money"),
    )  # fmt: skip
    rows = [
        row(name_of(facts.funds[each.fund_id]), *(
            cell(minor, currency=each.currency)
            for minor in (each.requests_minor, each.journal_minor, each.requests_minor - each.journal_minor)
        ))
        for each in agreement
    ]  # fmt: skip
    return Table("agreement", words("What is set aside now, and the journal"), columns, tuple(rows), empty=words("Nothing is set aside."))
