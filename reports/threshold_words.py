"""Say a threshold in words, never as advice; and shape the tax review list into a document for files."""

from ledger.domain.thresholds import Threshold
from ledger.services.tax_review import TaxReview
from ledger.storage.tax_review import MemberYear
from reports import formats
from reports.document import Amount, Column, Document, Label, Row, Say, Section, Table, Words, row, words
from reports.facts import Facts
from reports.i18n import N_, translate

COMPARISONS: dict[str, str] = {"at_least": N_("%(amount)s or more"), "over": N_("more than %(amount)s")}
APPLIES: dict[str, str] = {"strike_benefits": N_("Strike support to one member from one payer, in a calendar year")}
STATES: dict[str, tuple[str, str]] = {
    "proposed": (N_("waits for a second person"), "wait"), "confirmed": (N_("confirmed"), ""), "rejected": (N_("turned down"), "bad"),
}  # fmt: skip


def limit_text(language: str, limit: Threshold) -> str:
    """``USD 2,000.00 or more``."""
    return translate(language, COMPARISONS[limit.comparison], amount=formats.money(language, limit.amount_minor, limit.currency))


def days_text(language: str, limit: Threshold) -> str:
    """The days it holds for."""
    first = formats.date_long(language, limit.valid_from)
    if limit.valid_to is None:
        return translate(language, "from %(first)s on", first=first)
    return translate(language, "from %(first)s to %(last)s", first=first, last=formats.date_long(language, limit.valid_to))


def reminder(limit: Threshold) -> Words:
    """What stands under every list that a threshold made (domain.md 5)."""
    return words(
        "This is a reminder based on a threshold entered on %(day)s from this source: %(source)s. It is not advice: ask your adviser.",
        day=limit.proposed_at.date(), source=limit.source,
    )  # fmt: skip


def reaches(found: TaxReview) -> Words | None:
    """What being listed means; None where there is no threshold."""
    if found.threshold is None:
        return None
    limit, said = found.threshold, words(COMPARISONS[found.threshold.comparison], amount=Amount(found.threshold.amount_minor, found.threshold.currency))
    return words(
        "Whoever is listed reaches the threshold entered for %(name)s: %(limit)s in %(year)s, paid by %(union)s.",
        name=Label(limit.name_en, limit.name_fr), limit=said, year=found.year, union=found.union.name,
    )  # fmt: skip


NOTES: tuple[Words, ...] = (
    words("Benefits count by the day of the payment that was issued last; what was stopped, void or unclaimed does not count, and loans do not."),
    words("What a local paid to members out of an advance is not here: the local is the payer of record."),
)


def shape_tax_review(facts: Facts, found: TaxReview, reader: str) -> Document:
    """One line for each member listed; the file says who took it away."""
    currency = found.threshold.currency if found.threshold else None
    columns = (
        Column("reference", words("Reference")), Column("name", words("Name")), Column("locals", words("Locals")),
        *(Column(name, heading, "money", currency) for name, heading in HEADINGS),
    )  # fmt: skip
    lines = tuple(_line(member) for member in found.members)
    taken = words("Taken away by %(person)s on %(day)s. Keep it where the roster may be kept.", person=reader, day=facts.today)
    notes: list[Say] = [*(said for said in (reaches(found),) if said), *((reminder(found.threshold),) if found.threshold else ()), *NOTES, taken]
    table = Table("tax-review", words("For review"), columns, lines, tuple(notes), empty=words("Nobody reaches the threshold."))
    return facts.document("tax-review", words("Tax review list, %(year)s", year=found.year), [Section((table,))], as_of=facts.today)


HEADINGS: tuple[tuple[str, Say], ...] = (
    ("benefits", words("Benefits")), ("medical", words("Medical support")), ("hardship", words("Hardship grants")), ("total", words("Total of the year")),
)  # fmt: skip


def _line(member: MemberYear) -> Row:
    return row(
        member.reference, member.name, member.locals, member.benefits_minor, member.medical_minor, member.hardship_minor, member.total_minor
    )  # fmt: skip
