"""Show the reminders of a year: each threshold with what reaches it and the records behind, and what was looked at and does not."""

from collections.abc import Callable, Sequence

from ledger.domain.reminders import Finding, Item
from ledger.services.threshold_reminders import Gap, Lack, Part, Year
from reports.document import Column, Document, Label, Row, Say, Section, Table, Words, cell, group, row, words, words_n
from reports.facts import Facts, bounded
from reports.reminder_words import (
    COUNTED,
    SENT_KINDS,
    bank_words,
    held_to,
    name_of,
    rate_words,
    said,
    said_of_all,
    told_of_gap,
    union_of,
)
from reports.threshold_words import APPLIES, limit_words, source_label

TITLE = words("Reminders")
# A page is read by people; what stands behind a figure beyond so many records is in the working paper and in JSON.
ITEMS_SHOWN = 100
# Each figure has its sentence, unless there are so many that nobody would read them.
SAID_ONE_BY_ONE = 5


def shape(facts: Facts, found: Year, kind: str = "") -> Document:
    """What reaches a threshold, part by part, and below it everything that was looked at."""
    parts = [part for part in found.parts if kind in ("", part.threshold.applies_to)]
    sections = [section for part in parts if part.findings for section in sections_of(part)]
    sections += gap_sections([gap for gap in found.gaps if kind in ("", gap.ended.applies_to)])
    sections.append(Section((_looked_at(parts),), words("Everything that was looked at"), _missing(found, kind)))
    bounded(sum(len(table.rows) for section in sections for table in section.tables))
    return facts.document("reminders", TITLE, sections, as_of=facts.today, notes=(_ASIDE,))


_ASIDE = words("The books remind of limits that people entered. They compute no tax, choose no form and file nothing.")


def gap_sections(gaps: Sequence[Gap]) -> list[Section]:
    """What no amount is entered for, where something was until a day."""
    return _unentered([told_of_gap(gap) for gap in gaps])


def lack_sections(lack: Lack, tell: Callable[[Gap], Words] = told_of_gap) -> list[Section]:
    """The same in a paper of its own, with the kinds that nothing was ever entered for: silence would read as if nothing reached them."""
    return _unentered([*(tell(gap) for gap in lack.gaps), *(_never_entered(kind) for kind in lack.missing)])


def _unentered(notes: Sequence[Words]) -> list[Section]:
    return [Section(heading=words("No amount is entered"), notes=tuple(notes))] if notes else []


def _never_entered(kind: str) -> Words:
    return words("No threshold is entered for this, so nothing is said of it: %(kind)s.", kind=words(APPLIES[kind]))


def _missing(found: Year, kind: str) -> tuple[Words, ...]:
    """Kinds that no threshold is entered for, so that nothing is said of them."""
    return tuple(_never_entered(each) for each in found.missing if kind in ("", each))


# --- one threshold ------------------------------------------------------------------------------------------------------


def heading(part: Part) -> Words:
    """The threshold and whose figures are beside it."""
    return words("%(threshold)s (%(union)s)", threshold=name_of(part.threshold), union=union_of(part))


def sections_of(part: Part, shown: int | None = ITEMS_SHOWN) -> tuple[Section, Section]:
    """What is to be said first, and then the records behind it, what is counted and where the threshold comes from."""
    sentences = _sentences(part)
    below = (*COUNTED.get(part.threshold.applies_to, ()), *held_to(part.threshold))
    return Section(heading=heading(part), notes=tuple(sentences)), Section((behind(part, shown),), notes=below)


def _sentences(part: Part) -> list[Say]:
    found = part.findings
    sentences: list[Say] = [said(part, each) for each in found] if len(found) <= SAID_ONE_BY_ONE else [said_of_all(part)]
    if not found:
        return [words("Nothing reaches this threshold.")]
    if part.reached and part.threshold.applies_to in SENT_KINDS:
        sentences += bank_words(part)
    elif len(found) > SAID_ONE_BY_ONE:
        sentences.append(words("Ask your adviser."))
    return sentences


def behind(part: Part, shown: int | None = ITEMS_SHOWN) -> Table:
    """The records behind each figure, with how each amount was converted; under each figure of several records their sum."""
    threshold = part.threshold
    columns = (
        Column("what", words("What is behind it")), Column("day", words("Day"), "date"), Column("for", words("What for")),
        Column("amount", words("Amount"), "money"),
        Column("counted", words("Counted in %(currency)s", currency=threshold.money[1]), "money", threshold.money[1]), Column("rate", words("Rate")),
    )  # fmt: skip
    rows: list[Row] = []
    for finding in part.findings:
        rows += _lines(finding, shown)
    caption = words(
        "%(threshold)s (%(union)s), %(first)s to %(last)s", threshold=name_of(threshold), union=union_of(part), first=part.first, last=part.last
    )
    name = f"{threshold.code}-{threshold.version}-{part.union.code if part.union else 'all'}"
    return Table(name, caption, columns, tuple(rows), empty=words("There is nothing of this kind in these days."))


def _lines(finding: Finding, shown: int | None) -> list[Row]:
    items = finding.items if shown is None else finding.items[:shown]
    lines = [_line(item) for item in items]
    if len(items) < len(finding.items):
        more = words_n("and %(count)s more, in the working paper", "and %(count)s more, in the working paper", len(finding.items) - len(items))
        lines.append(row(more, None, None, None, None, None))
    if len(finding.items) == 1 and finding.url:
        return lines
    if finding.uncounted:
        lines.append(row(_uncounted(finding), None, None, None, None, None))
    total = row(_sum_of(finding), None, None, None, finding.amount_minor, None, kind="subtotal")
    return [*_headed(finding), *lines, total] if finding.items else []


def _uncounted(finding: Finding) -> Words:
    return words_n("%(count)s without a rate is not counted", "%(count)s without a rate are not counted", finding.uncounted)


def _headed(finding: Finding) -> list[Row]:
    return [group(Label(finding.name_en, finding.name_fr))] if finding.name_en else []


def _sum_of(finding: Finding) -> Say:
    if not finding.name_en:
        return words("Total")
    return words("Total, %(name)s", name=Label(finding.name_en, finding.name_fr))


def _line(item: Item) -> Row:
    rate = words("no rate on or before the day") if item.counted_minor is None else rate_words(item.rate)
    return row(
        cell(Label(item.name_en, item.name_fr), link=item.url), item.day, item.what, cell(item.amount_minor, currency=item.currency),
        item.counted_minor, rate,
    )  # fmt: skip


# --- all of them --------------------------------------------------------------------------------------------------------


def _looked_at(parts: Sequence[Part]) -> Table:
    columns = (
        Column("threshold", words("Threshold")), Column("first", words("From"), "date"), Column("last", words("To"), "date"),
        Column("limit", words("Reached by")), Column("version", words("Version"), "int"),
        Column("reached", words("Reach it"), "int"), Column("below", words("Do not"), "int"), Column("source", words("Source")),
    )  # fmt: skip
    rows = [
        row(
            heading(part), part.first, part.last, limit_words(part.threshold), part.threshold.version, len(part.reached),
            part.below + len(part.findings) - len(part.reached), source_label(part.threshold),
        )
        for part in parts
    ]  # fmt: skip
    return Table("looked-at", words("Thresholds of the year"), columns, tuple(rows), empty=words("No threshold of this kind holds in this year."))
