"""Say what the audit trail keeps in words of both languages, and shape it as a list to take away."""

from collections.abc import Mapping, Sequence

from ledger.storage.audit_trail import Line
from reports.document import Column, Document, Section, Table, row, words
from reports.facts import Facts
from reports.i18n import N_

OUTCOME_NAMES = {"done": N_("done"), "refused": N_("refused")}
DOOR_NAMES = {"page": N_("page"), "api": N_("program (API)"), "command": N_("command"), "job": N_("scheduled job")}


def shape_audit(facts: Facts, lines: Sequence[Line], complete: bool, names: Mapping[str, str]) -> Document:
    """One line an event, newest first, in words; with its code, which never changes, for whoever sorts by it; ``names`` says actions."""
    columns = (
        Column("when", words("When")), Column("who", words("Who")), Column("union", words("Union")), Column("action", words("Action")),
        Column("code", words("Code")), Column("subject", words("Subject")), Column("outcome", words("Outcome")), Column("refusal", words("Refusal")),
        Column("door", words("How")), Column("address", words("Address")),
    )  # fmt: skip
    rows = tuple(
        row(
            line.recorded_at.isoformat(timespec="seconds"), line.person, line.union, words(names.get(line.action, line.action)), line.action,
            line.subject, words(OUTCOME_NAMES[line.outcome]), line.details.get("code"), words(DOOR_NAMES[line.via]), line.address,
        )
        for line in lines
    )  # fmt: skip
    notes = () if complete else (words("The list goes on; these are its newest lines."),)
    table = Table("audit", words("Audit trail"), columns, rows, notes, empty=words("Nothing fits"))
    return facts.document("audit", words("Audit trail"), [Section((table,))], as_of=facts.today)
