"""Shape the list to pay a run by, and the register of its cheques to review and sign.

Both hold names. Each says in every row, or on its first page, who took it and when, so that a copy that went astray can be traced.
"""

from msgspec import Struct, structs

from ledger.domain.strike_runs import Run
from ledger.storage.strike_run_lines import LineRow
from reports.document import Column, Document, KeyFigure, Row, Section, Table, Words, row, words, words_n
from reports.facts import Facts, bounded
from reports.strike_run_words import METHODS, PAYMENT_STATES, RECOVERED


class Taker(Struct, frozen=True):
    """Who took the file."""

    name: str
    union: str


def shape_payments(facts: Facts, run: Run, lines: list[LineRow], taker: Taker) -> Document:
    """One row for each member who is paid something, cheques and deposits."""
    columns = (
        Column("reference", words("Reference")), Column("name", words("Name")), Column("local", words("Local")),
        Column("amount", words("To pay"), "money", currency=run.currency), Column("how", words("How")), Column("number", words("Number")),
        Column("issued-on", words("Issued on"), "date"), Column("state", words("State")), Column("taken", words("Taken by")),
    )  # fmt: skip
    mark = f"{taker.name}, {facts.generated_at:%Y-%m-%d %H:%M} UTC"
    rows = tuple(_payment(line, mark) for line in lines)
    table = Table(f"payments-{run.number.lower()}", _title(run), columns, rows, empty=words("Nothing was paid."))
    return facts.document(f"payments-{run.number.lower()}", _title(run), [Section((table,))], as_of=facts.today, subtitle=_marks(facts, taker))


def _payment(line: LineRow, mark: str) -> Row:
    how = words(METHODS[line.method]) if line.method else None
    state = words(PAYMENT_STATES[line.payment_state][0]) if line.payment_state else words(RECOVERED) if line.is_recovered else None
    return row(
        line.reference, line.name, line.local, line.gross_minor - line.recovered_minor, how, line.payment_reference, line.issued_on, state, mark
    )


def shape_cheque_register(facts: Facts, run: Run, lines: list[LineRow], taker: Taker) -> Document:
    """Every cheque of a run by its number, with its total, for two people to compare with the cheques and sign. Refuses more than a report holds."""
    cheques = sorted((line for line in lines if line.method == "cheque"), key=_by_number)
    bounded(len(cheques))
    columns = (
        Column("number", words("Number")), Column("issued-on", words("Issued on"), "date"), Column("name", words("Payable to")),
        Column("local", words("Local")), Column("amount", words("Amount"), "money", currency=run.currency), Column("state", words("State")),
    )  # fmt: skip
    total = sum(line.gross_minor - line.recovered_minor for line in cheques)
    rows = [_cheque(line) for line in cheques]
    rows += [row(words("Total"), None, None, None, total, None, kind="total")] if cheques else []
    name = f"cheques-{run.number.lower()}"
    table = Table(name, words("Cheques"), columns, tuple(rows), empty=words("No cheque was written."))
    sections, about = [Section((table,), notes=_without(lines)), _signatures()], (*_about(run), *_marks(facts, taker))
    document = facts.document(name, _register_title(run), sections, as_of=facts.today, subtitle=about)
    return _with_figures(document, run, len(cheques), total)


def _without(lines: list[LineRow]) -> tuple[Words, ...]:
    """That some are paid nothing, so that nobody looks for their cheques."""
    count = sum(line.is_recovered for line in lines)
    if not count:
        return ()
    return (
        words_n(
            "%(count)s member has no payment: the whole benefit is taken off what was paid too much before.",
            "%(count)s members have no payment: the whole benefit is taken off what was paid too much before.", count,
        ),
    )  # fmt: skip


def _by_number(line: LineRow) -> tuple[int, str]:
    number = line.payment_reference or ""
    return len(number), number


def _cheque(line: LineRow) -> Row:
    state = PAYMENT_STATES[line.payment_state][0] if line.payment_state else ""
    return row(line.payment_reference, line.issued_on, line.name, line.local, line.gross_minor - line.recovered_minor, words(state) if state else None)


def _signatures() -> Section:
    """Room for the two who compared it with the cheques, and for the numbers that were spoilt."""
    columns = (Column("role", words("Compared with the cheques")), Column("name", words("Name")), Column("signed", words("Signature and date")))
    rows = (row(words("First person"), "", ""), row(words("Second person"), "", ""), row(words("Spoilt cheques, by number"), "", ""))
    return Section((Table("signatures", words("Signatures"), columns, rows),))


def _with_figures(document: Document, run: Run, cheques: int, total_minor: int) -> Document:
    note = words_n("%(count)s cheque", "%(count)s cheques", cheques)
    return structs.replace(document, key_figures=(KeyFigure(words("Cheques"), total_minor, run.currency, note, link=f"/strikes/runs/{run.number}"),))


def _title(run: Run) -> Words:
    return words("Payments of %(run)s", run=run.number)


def _register_title(run: Run) -> Words:
    return words("Cheque register of %(run)s", run=run.number)


def _about(run: Run) -> tuple[Words, ...]:
    week = words("Week %(week)s of %(strike)s", week=run.week, strike=run.strike_name)
    return (week, words("%(first)s to %(last)s.", first=run.starts_on, last=run.ends_on))


def _marks(facts: Facts, taker: Taker) -> tuple[Words, ...]:
    moment = f"{facts.generated_at:%Y-%m-%d %H:%M} UTC"
    return (
        words("Taken by %(name)s of %(union)s, %(moment)s.", name=taker.name, union=facts.unions[taker.union].name, moment=moment),
        words("It names members: keep it where only those who pay can read it, and destroy it when the run is closed."),
    )  # fmt: skip
