"""Say what a close says: its steps, states and statuses, and the sentence that a treasurer signs."""

from datetime import date

from babel.dates import format_date

from ledger.domain.closes import Close, Decision, Report, State, Status, StepName
from reports import formats
from reports.i18n import N_, locale, translate

STATUS_NAMES: dict[Status, tuple[str, str]] = {
    "agreed": (N_("agreed"), "good"), "agreed_with_differences": (N_("agreed with listed differences"), "good"), "disputed": (N_("disputed"), "bad"),
}  # fmt: skip
STATE_NAMES: dict[State, tuple[str, str]] = {
    "open": (N_("open"), "wait"), "fixed": (N_("fixed, to be signed"), "wait"), "locked": (N_("signed by both"), "good"),
    "reopened": (N_("opened again"), "wait"),
}  # fmt: skip
STEP_NAMES: dict[StepName, str] = {
    "statements": N_("Bank statements imported"), "matched": N_("Bank lines matched"), "compared": N_("Ledgers of both unions compared"),
    "in_transit": N_("Transfers in transit listed"), "rates": N_("Rates loaded"), "revaluation": N_("Revaluation"),
    "commitments": N_("Commitments reviewed"), "suspense": N_("Suspense at zero, or listed"), "fixed": N_("Report fixed"), "signed": N_("Signed by both"),
}  # fmt: skip
# What the schedule has a day for.
DUE_NAMES: dict[str, str] = {
    "statements": N_("Bank statements imported"), "extracts": N_("Ledgers of both unions compared"), "report": N_("Report fixed"),
    "signatures": N_("Signed by both"),
}  # fmt: skip
_SENTENCES: dict[Decision, str] = {
    "signed": N_(
        "I have compared the reconciliation report %(close)s, version %(version)s, of %(first)s to %(last)s with the books of my union at the cut-off, and "
        "I agree with it. Facts %(facts)s, English PDF %(en)s, French PDF %(fr)s (SHA-256)."
    ),
    "declined": N_(
        "I have compared the reconciliation report %(close)s, version %(version)s, of %(first)s to %(last)s with the books of my union at the cut-off, and "
        "I do not agree with it. Facts %(facts)s, English PDF %(en)s, French PDF %(fr)s (SHA-256)."
    ),
}  # fmt: skip


def sentence(language: str, close: Close, report: Report, decision: Decision) -> str:
    """What a treasurer says by signing or declining, in their language; it is kept with the signature."""
    return translate(
        language, _SENTENCES[decision], close=close.number, version=report.version, first=formats.date_long(language, close.starts_on),
        last=formats.date_long(language, close.ends_on), facts=report.facts_sha256.hex(), en=report.pdf_en_sha256.hex(), fr=report.pdf_fr_sha256.hex(),
    )  # fmt: skip


def month_name(language: str, day: date) -> str:
    """``October 2026``, ``octobre 2026``."""
    return format_date(day, "MMMM y", locale=locale(language))
