"""Sections J, K and L: whether ring-fences held, how the period's entries came about, and what each treasurer signs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from ledger.services.pool import ZONE
from ledger.storage import continuity as store
from ledger.storage.continuity import Controls, Refused
from ledger.storage.database import Connection
from reports.document import Column, Row, Say, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.i18n import N_

RING_FENCE_RULES = {
    "origin_not_allowed": N_("money of another nation, or of none declared"), "mixed_origin_source": N_("money from a fund of other or mixed origin"),
}  # fmt: skip
TWO_PEOPLE_CODES = ["same_person", "same_union"]
DECISION_DAYS = 14
LISTED_MAXIMUM = 200


class Controlled(msgspec.Struct, frozen=True):
    """What the three sections show. ``fences`` are (entries, those of foreign origin) by ring-fenced fund."""

    fences: dict[int, tuple[int, int]]
    refused: list[Refused]
    alone: int
    controls: Controls
    decided_late: int
    reopened: int


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments that a period of days begins and is over, as days turn in Toronto and Pittsburgh."""
    return datetime.combine(first, time(), ZONE), datetime.combine(last + timedelta(days=1), time(), ZONE)


async def select(connection: Connection, first: date, last: date) -> Controlled:
    """From the journal and the audit trail."""
    since, over = moments(first, last)
    return Controlled(
        await store.ring_fence(connection, first, last), await store.refused(connection, since, over, list(RING_FENCE_RULES), LISTED_MAXIMUM),
        await store.refusals(connection, since, over, TWO_PEOPLE_CODES), await store.controls(connection, first, last, over),
        await store.decided_late(connection, since, over, DECISION_DAYS), await store.reopened(connection, first, last),
    )  # fmt: skip


def restrictions(facts: Facts, selected: Controlled) -> Section:
    """Section J."""
    columns = (
        Column("fund", words("Fund")), Column("nation", words("Money from")), Column("entries", words("Entries"), "int"),
        Column("passed", words("Origin check passed")), Column("refused", words("Refused attempts"), "int"),
    )  # fmt: skip
    fences = [fund for fund in sorted(facts.funds.values(), key=lambda fund: fund.id) if fund.nation]
    rows = tuple(_fence(selected, name_of(fund), fund.id, fund.code, fund.nation or "") for fund in fences)
    tables = [Table("ring-fences", words("Ring-fenced funds"), columns, rows, empty=words("No fund is ring-fenced."))]
    if selected.refused:
        tables.append(refused_table(facts, selected.refused))
    return Section(tuple(tables), words("J. Restrictions"))


def _fence(selected: Controlled, name: Say, fund_id: int, code: str, nation: str) -> Row:
    entries, foreign = selected.fences.get(fund_id, (0, 0))
    tries = sum(each.facts.get("fund") == code for each in selected.refused)
    return row(cell(name, link=f"/funds/{code}"), nation, entries, words("no") if foreign else words("yes"), tries)


def refused_table(facts: Facts, refused: Sequence[Refused]) -> Table:
    """One line an attempt."""
    columns = (
        Column("on", words("Date"), "date"), Column("person", words("Person")), Column("union", words("Union")), Column("rule", words("Refused")),
        Column("fund", words("Fund")),
    )  # fmt: skip
    rows = tuple(
        row(
            each.at.astimezone(ZONE).date(), each.person, facts.unions[each.union].name if each.union else "", words(RING_FENCE_RULES[each.code]),
            str(each.facts.get("fund", "")),
        )
        for each in refused
    )  # fmt: skip
    return Table("refused", words("Attempts that a ring-fence refused"), columns, rows)


def controls(selected: Controlled, first: date, last: date) -> Section:
    """Section K."""
    found = selected.controls
    days = f"from={first.isoformat()}&to={last.isoformat()}"
    lines = (
        (words("Entries made"), found.made, f"/journal?{days}"),
        (words("Of them reversals"), found.reversals, f"/journal?{days}&kind=reversal"),
        (words("Of them corrections"), found.corrections, f"/journal?{days}&kind=correction"),
        (words("Posted after the period’s last day"), found.late, None),
        (words("Decisions on requests later than %(days)s days", days=DECISION_DAYS), selected.decided_late, None),
        (words("Attempts to act alone where two are needed"), selected.alone, None),
        (words("Times the period was opened again"), selected.reopened, None),
    )  # fmt: skip
    columns = (Column("control", words("Control")), Column("count", words("Count"), "int"))
    rows = tuple(row(label, count, link=link) for label, count, link in lines)
    return Section((Table("controls", words("How the period was kept"), columns, rows),), words("K. Controls"))


def certification(facts: Facts) -> Section:
    """Section L: who signs what. The report is fixed before it is signed, so signatures stand beside it, on the page of the close."""
    columns = (
        Column("union", words("Union")), Column("name", words("Treasurer")), Column("signed", words("Date and time")),
        Column("signature", words("Signature")),
    )  # fmt: skip
    rows = [row(union.name, "", "", "") for union in sorted(facts.unions.values(), key=lambda union: union.ordinal)]
    rows.append(row(words("Trustees or auditors: seen"), "", "", ""))
    notes = (
        words("I have compared this report with the books of my union at the cut-off."),
        words("Electronic signatures are of this report’s hash and are kept with it, on the page of the close."),
    )
    return Section((Table("certification", words("Certification"), columns, tuple(rows)),), words("L. Certification"), notes=notes)
