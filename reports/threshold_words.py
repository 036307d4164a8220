"""Say a threshold in words, never as advice; and shape the tax review list into a document for files."""

from datetime import date

from ledger.domain.thresholds import Threshold
from ledger.services.tax_review import TaxReview
from ledger.storage.tax_review import MemberYear
from reports import formats
from reports.document import Amount, Column, Document, Label, Row, Say, Section, Table, Words, row, words
from reports.facts import Facts
from reports.i18n import N_, locale
from reports.present import say

COMPARISONS: dict[str, str] = {"at_least": N_("%(amount)s or more"), "over": N_("more than %(amount)s")}
APPLIES: dict[str, str] = {
    "strike_benefits": N_("Strike support to one member from one payer, in a calendar year"),
    "paid_to_payee_at_home": N_("Paid to one payee in the payer’s own country by one union, in a calendar year"),
    "paid_to_payee": N_("Paid to one payee by one union, in a fiscal year"),
    "receivable_past_due": N_("One debtor’s debt past due, at the end of a fiscal year"),
    "receipts": N_("Receipts of one union, in a fiscal year"),
    "spent_abroad": N_("Spent in other countries by one union, in a fiscal year"),
    "granted_to_organization_abroad": N_("Grants of one union to one organization abroad, in a fiscal year"),
    "granted_to_people_abroad": N_("Grants of one union to people abroad, in a fiscal year"),
    "accounts_abroad": N_("Highest balances of accounts abroad, in a calendar year"),
    "transfer_abroad": N_("One bank transfer between two countries"),
    "transfers_abroad_in_a_day": N_("Bank transfers between two countries that one bank adds up for one customer, within 24 hours"),
    "statement_request": N_("A member’s request for a financial statement that is not answered"),
}
STATES: dict[str, tuple[str, str]] = {
    "proposed": (N_("waits for a second person"), "wait"), "confirmed": (N_("confirmed"), ""), "rejected": (N_("turned down"), "bad"),
}  # fmt: skip


def limit_text(language: str, limit: Threshold) -> str:
    """``USD 2,000.00 or more``; where days count as well, ``USD 5,000.00 or more, for more than 90 days``."""
    return say(language, limit_words(limit))


def limit_words(limit: Threshold) -> Words:
    """The same as a message."""
    if limit.amount_minor is None:
        return words("more than %(days)s days", days=limit.days or 0)
    said = words(COMPARISONS[limit.comparison], amount=Amount(*limit.money))
    return said if limit.days is None else words("%(amount)s, for more than %(days)s days", amount=said, days=limit.days)


def days_text(language: str, limit: Threshold) -> str:
    """The days it holds for, or the years."""
    return say(language, days_words(limit))


# What is compared over a year is so by the version that holds on the year's last day.
_ON = {
    "fiscal_year": N_("for fiscal years that end from %(first)s on"), "calendar_year": N_("for calendar years that end from %(first)s on"),
    "": N_("from %(first)s on"),
}  # fmt: skip
_BETWEEN = {
    "fiscal_year": N_("for fiscal years that end from %(first)s to %(last)s"),
    "calendar_year": N_("for calendar years that end from %(first)s to %(last)s"), "": N_("from %(first)s to %(last)s"),
}  # fmt: skip


def days_words(limit: Threshold) -> Words:
    """The same as a message."""
    if limit.valid_to is None:
        return words(_ON.get(limit.period, _ON[""]), first=limit.valid_from)
    return words(_BETWEEN.get(limit.period, _BETWEEN[""]), first=limit.valid_from, last=limit.valid_to)


def version_words(limit: Threshold) -> Words:
    """Which version it is, and for which days or years."""
    return words("version %(version)s, %(days)s", version=limit.version, days=days_words(limit))


def assumed(limit: Threshold) -> Words | None:
    """That its first day was not read anywhere; None where it was."""
    if not limit.first_day_assumed:
        return None
    return words("That it holds from %(day)s on is an assumption: the source does not say from which fiscal year.", day=limit.valid_from)


def without_amount(limit: Threshold, since: date) -> Words:
    """That a threshold has ended and nobody has entered what followed it."""
    return words("From %(day)s on no amount is entered for %(name)s.", day=since, name=Label(limit.name_en, limit.name_fr))


def source_label(limit: Threshold) -> Label:
    """Where it was read; in French where it was entered in French as well."""
    return Label(limit.source, limit.source_fr or limit.source)


def source_inside(limit: Threshold) -> Label:
    """The same inside a sentence, which has its own full stop."""
    return Label(limit.source.rstrip("."), (limit.source_fr or limit.source).rstrip("."))


def nation_words(limit: Threshold) -> Words:
    """Whose nation it is for: the payer's, or of transfers the bank's."""
    nation = country_label(limit.nation or "")
    if limit.applies_to in ("transfer_abroad", "transfers_abroad_in_a_day"):
        return words("banks in: %(nation)s", nation=nation)
    return words("payers in: %(nation)s", nation=nation)


def country_label(code: str) -> Label:
    """A country by its two letters, as Unicode's data calls it; the letters where it has no name there."""
    return Label(*(str(locale(language).territories.get(code, code)) for language in ("en", "fr")))


def reminder(limit: Threshold) -> Words:
    """What stands under every list that a threshold made (domain.md 5)."""
    return words(
        "This is a reminder based on a threshold entered on %(day)s from this source: %(source)s. It is not advice: ask your adviser.",
        day=formats.day_of(limit.proposed_at), source=source_inside(limit),
    )  # fmt: skip


def reaches(found: TaxReview) -> Words | None:
    """What being listed means; None where there is no threshold."""
    if found.threshold is None:
        return None
    limit, said = found.threshold, limit_words(found.threshold)
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
