"""Show what each union pledged, what is due, received and overdue at a date, and what came in without a pledge."""

from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain.pledges import Pledge, Schedule, schedule
from ledger.storage import pledges as store
from ledger.storage.database import Connection
from ledger.storage.pledges import PledgeFilter
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of

TITLE = words("Contributions against pledges")


class Asked(msgspec.Struct, frozen=True):
    """The date, and one fund, union or currency where narrowed."""

    as_of: date
    fund: str | None = None
    union: str | None = None
    currency: str | None = None


class Given(msgspec.Struct, frozen=True):
    """What a union gave to a fund in a currency by the date: on pledges, and beside them."""

    union: str
    fund_id: int
    currency: str
    on_pledges_minor: int
    beside_minor: int


class Selected(msgspec.Struct, frozen=True):
    """The pledges with their schedules, and the contributions by union, fund and currency."""

    pledges: list[tuple[Pledge, Schedule]]
    given: list[Given]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Everything pledged by the date, and everything received by it that had not been taken back by then."""
    if asked.fund:
        facts.fund_by_code(asked.fund)
    narrowed = PledgeFilter(union=asked.union, fund=asked.fund, currency=asked.currency)
    found = [pledge for pledge in await store.pledges(connection, narrowed) if pledge.approved_on <= asked.as_of]
    came = await store.receipts(connection, [pledge.number for pledge in found], asked.as_of)
    rows = await connection.fetch(
        """SELECT c.union_code AS union, c.fund_id, c.currency,
                  coalesce(sum(c.amount_minor) FILTER (WHERE c.pledge IS NOT NULL), 0)::bigint AS on_pledges_minor,
                  coalesce(sum(c.amount_minor) FILTER (WHERE c.pledge IS NULL), 0)::bigint AS beside_minor
        FROM contributions c JOIN funds f ON f.id = c.fund_id JOIN unions u ON u.code = c.union_code
        LEFT JOIN entries undone ON undone.reverses = c.entry_number
        WHERE (c.state = 'received' OR undone.entry_date > $1) AND c.received_on <= $1 AND ($2::text IS NULL OR f.code = $2)
            AND ($3::text IS NULL OR c.union_code = $3) AND ($4::text IS NULL OR c.currency = $4)
        GROUP BY c.union_code, u.ordinal, c.fund_id, c.currency ORDER BY u.ordinal, c.currency, c.fund_id""",
        asked.as_of, asked.fund, asked.union, asked.currency,
    )  # fmt: skip
    return Selected([(pledge, schedule(pledge, came[pledge.number], asked.as_of)) for pledge in found], [Given(**dict(each)) for each in rows])


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """One table of pledges and one of contributions for each currency, both unions in each."""
    currencies = sorted({pledge.currency for pledge, _ in selected.pledges} | {given.currency for given in selected.given})
    sections = []
    for currency in currencies:
        promised = [(pledge, plan) for pledge, plan in selected.pledges if pledge.currency == currency]
        given = [each for each in selected.given if each.currency == currency]
        tables = ((_pledges(facts, currency, promised),) if promised else ()) + ((_given(facts, asked, currency, given),) if given else ())
        sections.append(Section(tables))
    notes = () if sections else (words("Nothing was pledged or received by this date."),)
    return facts.document("contributions-pledges", TITLE, sections, as_of=asked.as_of, notes=notes)


def _pledges(facts: Facts, currency: str, promised: list[tuple[Pledge, Schedule]]) -> Table:
    money = ("pledged", "due", "received", "overdue", "not-yet-due")
    headings = (words("Pledged"), words("Due"), words("Received"), words("Overdue"), words("Not yet due"))
    columns = (
        Column("pledge", words("Pledge")), Column("union", words("Union")), Column("fund", words("Fund")),
        *(Column(name, heading, "money", currency) for name, heading in zip(money, headings, strict=True)),
        Column("days", words("Oldest overdue, days"), "int"), Column("share", words("Received, share"), "percent"),
    )  # fmt: skip
    rows = [_pledge_row(facts, pledge, plan) for pledge, plan in promised]
    plans = [plan for _, plan in promised]
    rows.append(row(words("Total"), None, None, *(sum(amounts) for amounts in zip(*map(_amounts, plans), strict=True)), None, None, kind="total"))
    return Table(f"pledges-{currency.lower()}", words("Pledges in %(currency)s", currency=currency), columns, tuple(rows))


def _pledge_row(facts: Facts, pledge: Pledge, plan: Schedule) -> Row:
    number = cell(pledge.number, link=f"/pledges/{pledge.number}")
    union, fund = facts.unions[pledge.union].name, name_of(facts.funds[pledge.fund_id])
    late = plan.oldest_overdue_days or None
    return row(number, union, fund, *_amounts(plan), late, Decimal(plan.received_minor) / plan.pledged_minor)


def _amounts(plan: Schedule) -> tuple[int, ...]:
    return plan.pledged_minor, plan.due_minor, plan.received_minor, plan.overdue_minor, plan.not_yet_due_minor


def _given(facts: Facts, asked: Asked, currency: str, given: list[Given]) -> Table:
    columns = (
        Column("union", words("Union")), Column("fund", words("Fund")), Column("pledged", words("On pledges"), "money", currency),
        Column("beside", words("Without a pledge"), "money", currency), Column("total", words("Total"), "money", currency),
    )  # fmt: skip
    rows = [
        row(facts.unions[each.union].name, name_of(facts.funds[each.fund_id]), each.on_pledges_minor, each.beside_minor,
            each.on_pledges_minor + each.beside_minor, link=f"/contributions?union={each.union}&fund={facts.funds[each.fund_id].code}&to={asked.as_of}")
        for each in given
    ]  # fmt: skip
    pledged, beside = sum(each.on_pledges_minor for each in given), sum(each.beside_minor for each in given)
    rows.append(row(words("Total"), None, pledged, beside, pledged + beside, kind="total"))
    return Table(f"contributions-{currency.lower()}", words("Contributions in %(currency)s", currency=currency), columns, tuple(rows))
