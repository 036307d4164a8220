"""Shape a list of requests for money, as filtered on a page, into a document for files."""

from collections.abc import Mapping

from ledger.domain.allocations import Allocation
from ledger.services.allocations import Listed, Money, money
from ledger.services.pool import ZONE
from reports.document import Cell, Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.i18n import N_
from reports.request_words import STATES, has_it

_FIGURES = {
    "asked": N_("Asked, %(currency)s"), "approved": N_("Approved, %(currency)s"), "spent": N_("Spent, %(currency)s"),
    "left": N_("Left, %(currency)s"),
}  # fmt: skip


def shape_requests(facts: Facts, listed: Listed, language: str, reader: int) -> Document:
    """One line for each request, with what became of its money in a column for each currency; who has it now as ``reader`` reads it."""
    columns = (
        Column("number", words("Number")), Column("campaign", words("Campaign")), Column("union", words("Union")), Column("fund", words("Fund")),
        Column("purpose", words("Purpose")), Column("asked-by", words("Requested by")), Column("state", words("State")),
        Column("since", words("Since"), "date"), Column("who", words("Who has it now")), Column("needed-by", words("Needed by"), "date"),
        Column("expires-on", words("Expires on"), "date"),
        *(
            Column(f"{name}-{currency.lower()}", words(heading, currency=currency), "money", currency)
            for currency in facts.currencies for name, heading in _FIGURES.items()
        ),
    )  # fmt: skip
    lines = [_request(facts, listed, allocation, language, reader) for allocation in listed.items]
    notes = () if listed.next is None else (words("The list goes on; these are the newest of it."),)
    table = Table("requests", words("Requests"), columns, tuple(lines), notes, empty=words("No request answers this."))
    return facts.document("requests", words("Requests"), [Section((table,))], as_of=facts.today)


def _request(facts: Facts, listed: Listed, allocation: Allocation, language: str, reader: int) -> Row:
    case, names = listed.cases.get(allocation.number), {code: union.name for code, union in facts.unions.items()}
    sums = money(listed.commitments.get(allocation.number, []), case.revision.lines) if case else {}
    return row(
        cell(allocation.number, link=f"/requests/{allocation.number}"), case.campaign.name if case else "", names[allocation.union],
        name_of(case.fund) if case else "", case.revision.purpose if case else (allocation.draft or {}).get("purpose", ""), allocation.requester,
        words(STATES[allocation.state][0]), allocation.state_since.astimezone(ZONE).date(),
        has_it(language, allocation, case.missing if case else [], names, reader), case.revision.needed_by if case else None, allocation.expires_on,
        *_figures(facts, sums),
    )  # fmt: skip


def _figures(facts: Facts, sums: Mapping[str, Money]) -> list[Cell]:
    """What became of each currency of the books; nothing where none of it is in that currency."""
    return [
        cell(getattr(sums[currency], f"{name}_minor") if currency in sums else None, currency=currency)
        for currency in facts.currencies for name in _FIGURES
    ]  # fmt: skip
