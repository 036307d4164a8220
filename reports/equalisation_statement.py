"""State each equalisation of a period with its working: costs, members, shares, who owes whom, and what of it was settled."""

from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain.agreed_rates import RateUsed
from ledger.domain.equalisation import Equalisation
from ledger.domain.mirrors import Step
from ledger.storage import equalisation as store
from ledger.storage import mirrors
from ledger.storage.database import Connection
from reports.agreement_words import BASIS_NAMES, RATE_RULE_NAMES
from reports.document import Amount, Column, Document, Row, Section, Table, Words, cell, row, words
from reports.equalisation_words import AVERAGE_RULE, SHARES_RULE, STATES
from reports.facts import Facts, bounded

TITLE = words("Equalisation statement")


class Asked(msgspec.Struct, frozen=True):
    """The first and last day within which the equalised periods end."""

    first: date
    last: date


class Selected(msgspec.Struct, frozen=True):
    """The equalisations by period, and the steps of each."""

    items: list[Equalisation]
    steps: dict[str, list[Step]]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """What ended in the period, whatever became of it."""
    items = await store.of_period(connection, asked.first, asked.last)
    bounded(sum(len(each.working.costs) for each in items))
    return Selected(items, {each.number: await mirrors.steps_of(connection, each.number) for each in items})


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """A summary first, then the working of each."""
    first = Section((summary(facts, selected),))
    return facts.document(
        "equalisation", TITLE, [first, *(_section(facts, each, selected.steps[each.number]) for each in selected.items)],
        period=(asked.first, asked.last),
    )  # fmt: skip


def _union(facts: Facts, code: str | None) -> str:
    return facts.unions[code].name if code else "–"


def summary(facts: Facts, selected: Selected) -> Table:
    columns = (
        Column("number", words("Equalisation")), Column("first", words("From"), "date"), Column("last", words("To"), "date"),
        Column("pool", words("Costs together"), "money"), Column("debtor", words("Owes")), Column("creditor", words("Is owed")),
        Column("balance", words("Balance"), "money"), Column("settled", words("Settled"), "money"), Column("state", words("State")),
    )  # fmt: skip
    rows = [
        row(
            cell(each.number, link=f"/equalisation/{each.number}"), each.starts_on, each.ends_on, cell(each.pool_minor, currency=each.currency),
            _union(facts, each.debtor), _union(facts, each.creditor), cell(each.balance_minor, currency=each.debt_currency),
            cell(_settled(selected.steps[each.number]), currency=each.debt_currency), words(STATES[each.state][0]),
        )
        for each in selected.items
    ]  # fmt: skip
    return Table("summary", words("Who owes whom"), columns, tuple(rows), empty=words("No equalised period ends between these days."))


def _settled(steps: list[Step]) -> int:
    return sum(each.amount_minor for each in steps if (each.kind, each.state) == ("settlement", "accepted"))


def _section(facts: Facts, each: Equalisation, steps: list[Step]) -> Section:
    tables = [_costs(facts, each), _shares(facts, each)]
    if each.working.memberships:
        tables.insert(1, _members(facts, each))
    if steps:
        tables.append(_steps(each, steps))
    heading = words("%(number)s, %(first)s to %(last)s", number=each.number, first=each.starts_on, last=each.ends_on)
    return Section(tuple(tables), heading, notes=_notes(facts, each))


def _notes(facts: Facts, each: Equalisation) -> tuple[Words, ...]:
    working = each.working
    notes = [words("Computed under agreement %(agreement)s, version %(version)s.", agreement=each.agreement, version=each.agreement_version)]
    notes += [words(RATE_RULE_NAMES[working.rate_rule]), words(BASIS_NAMES[working.share_basis]), words(SHARES_RULE)]
    if working.memberships:
        notes.append(words(AVERAGE_RULE))
    if working.balance_rate:
        said = {"amount": Amount(working.difference_minor, working.currency), "debt": Amount(working.balance_minor, working.debt_currency)}
        notes.append(words("%(amount)s is %(debt)s, the currency of the debt, at %(rate)s.", **said, rate=_rate(working.balance_rate)))
    return tuple(notes)


def _rate(rate: RateUsed) -> Words:
    said = {"rate": rate.value, "source": words(rate.source), "day": rate.last}
    if rate.days == 1:
        return words("%(rate)s of %(day)s (%(source)s)", **said)
    return words("%(rate)s, mean of %(count)s daily rates from %(first)s to %(day)s (%(source)s)", **said, count=rate.days, first=rate.first)


def _costs(facts: Facts, each: Equalisation) -> Table:
    currency = each.currency
    columns = (
        Column("cost", words("Cost")), Column("union", words("Union that paid")),
        Column("paid_on", words("Paid on"), "date"), Column("what", words("What")),
        Column("paid", words("Paid"), "money"), Column("rate", words("Rate"), "rate"),
        Column("converted", words("In %(currency)s", currency=currency), "money", currency),
    )  # fmt: skip
    rows = [
        row(
            cell(one.number, link=f"/equalisation/costs/{one.number}"), _union(facts, one.union), one.paid_on, one.what,
            cell(one.amount_minor, currency=one.currency), one.rate.value if one.rate else None, one.converted_minor,
        )
        for one in each.working.costs
    ]  # fmt: skip
    rows.append(row(words("Costs together"), None, None, None, None, None, each.pool_minor, kind="total"))
    used = {one.rate.first: one.rate for one in each.working.costs if one.rate}
    return Table(
        _name("costs", each), words("%(number)s: costs that both unions agree to", number=each.number), columns, tuple(rows),
        notes=tuple(_rate(rate) for rate in used.values()),
    )


def _members(facts: Facts, each: Equalisation) -> Table:
    columns = (
        Column("union", words("Union")), Column("as_of", words("Certified for"), "date"), Column("members", words("Members"), "int"),
        Column("average", words("Average"), "decimal"),
    )  # fmt: skip
    rows: list[Row] = []
    for one in each.working.memberships:
        rows += [row(_union(facts, one.union), count.as_of, count.members, None) for count in one.counts]
        rows.append(row(words("Average of %(union)s", union=_union(facts, one.union)), None, None, one.average, kind="subtotal"))
    return Table(_name("members", each), words("%(number)s: members, as each union certified", number=each.number), columns, tuple(rows))


def _shares(facts: Facts, each: Equalisation) -> Table:
    columns = (
        Column("union", words("Union")), Column("weight", words("Weight"), "percent"), Column("share", words("Share"), "money", each.currency),
        Column("paid", words("Paid"), "money", each.currency), Column("over", words("Paid beyond its share"), "money", each.currency),
    )  # fmt: skip
    shares = each.working.shares
    whole = sum(one.weight for one in shares)
    rows = [row(_union(facts, one.union), _part(one.weight, whole), one.share_minor, one.paid_minor, one.over_minor) for one in shares]
    rows.append(row(words("Together"), _part(whole, whole), each.pool_minor, each.pool_minor, 0, kind="total"))
    return Table(_name("shares", each), words("%(number)s: shares and balance", number=each.number), columns, tuple(rows))


def _part(weight: int, whole: int) -> Decimal:
    return Decimal(weight) / whole


def _steps(each: Equalisation, steps: list[Step]) -> Table:
    columns = (
        Column("step", words("Step")), Column("date", words("Date"), "date"), Column("what", words("What")),
        Column("amount", words("Amount"), "money"), Column("paid", words("Paid"), "money"), Column("rate", words("Rate"), "rate"),
    )  # fmt: skip
    rows = [
        row(
            cell(one.number, link=f"/steps/{one.number}"), one.entry_date, one.description, cell(one.amount_minor, currency=one.currency),
            cell(one.paid.amount_minor, currency=one.paid.currency) if one.paid else None, one.paid.rate if one.paid else None,
        )
        for one in steps
        if one.state in ("accepted", "reversed")
    ]  # fmt: skip
    caption = words("%(number)s: steps in both books", number=each.number)
    return Table(_name("steps", each), caption, columns, tuple(rows), empty=words("Nothing stands in the books yet."))


def _name(table: str, each: Equalisation) -> str:
    return f"{table}-{each.number.lower()}"
