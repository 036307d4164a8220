"""Put advances to locals into words, the same on pages and in files: states, what holds one back, categories, and what was done."""

from ledger.domain.account_rules import Local
from ledger.domain.strike_advances import ExpenseReport, WeekLine
from ledger.domain.strikes import StrikeLocal
from reports.i18n import N_, NC_, translate, translate_in

# The name of a state, as it is said of an advance, and the kind of its chip.
ADVANCE_STATES: dict[str, tuple[str, str]] = {
    "proposed": (NC_("advance", "To be approved"), "wait"), "approved": (NC_("advance", "To be paid"), "wait"),
    "paid": (NC_("advance", "Paid"), "good"), "cancelled": (NC_("advance", "Cancelled"), ""),
}  # fmt: skip
REPORT_STATES: dict[str, tuple[str, str]] = {
    "filed": (N_("Filed, to be accepted"), "wait"), "returned": (N_("Returned for changes"), "bad"), "accepted": (N_("Accepted"), "good"),
    "replaced": (N_("Replaced"), ""),
}  # fmt: skip
HOLDS: dict[str, tuple[str, str]] = {
    "missing_expense_report": (N_("Held: report missing"), "bad"), "on_hold": (N_("On hold"), "bad"),
}  # fmt: skip
CATEGORY_NAMES: dict[str, str] = {
    "food": N_("Food"), "housing": N_("Housing"), "utilities": N_("Heat, light and water"), "transport": N_("Transport"),
    "medical": N_("Medical care"), "picket_supplies": N_("Picket supplies"), "other": N_("Something else"),
}  # fmt: skip
# What was done with an advance or a report, in the history of a strike.
ADVANCE_EVENTS: dict[str, str] = {
    "advance_proposed": N_("Advance proposed"), "advance_approved": N_("Advance approved"), "advance_held": N_("Advance put on hold"),
    "advance_let_go": N_("Advance taken off hold"), "advance_cancelled": N_("Advance cancelled"), "advance_paid": N_("Advance paid"),
    "advance_taken_back": N_("Advance taken back"), "report_filed": N_("Expense report filed"),
    "report_returned": N_("Expense report returned for changes"),
    "report_accepted": N_("Expense reports accepted"), "acceptance_taken_back": N_("Acceptance of expense reports taken back"),
    "unspent_returned": N_("Unspent money returned"), "return_taken_back": N_("Return of unspent money taken back"),
}  # fmt: skip


def local_name(language: str, local: StrikeLocal | Local) -> str:
    """``Local 506``, with its own name behind it where that says more."""
    name = translate(language, "Local %(number)s", number=local.number)
    return name if local.name.strip() in ("", name, local.number, f"Local {local.number}") else f"{name}, {local.name}"


def advance_chip(language: str, state: str, hold: str) -> tuple[str, str]:
    """How an advance stands, and the kind of its chip; what holds it back comes before its state."""
    if hold:
        name, kind = HOLDS[hold]
        return translate(language, name), kind
    name, kind = ADVANCE_STATES[state]
    return translate_in(language, "advance", name), kind


def report_chip(language: str, report: ExpenseReport) -> tuple[str, str]:
    """How a report stands, and the kind of its chip."""
    name, kind = REPORT_STATES[report.state]
    return translate(language, name), kind


def hold_text(language: str, line: WeekLine) -> str:
    """Why an advance waits, in a sentence; ``""`` where nothing holds it."""
    if line.hold == "missing_expense_report":
        return translate(language, "It waits for the local’s expense report of week %(week)s.", week=line.missing_week)
    return translate(language, "Somebody put it on hold: %(why)s", why=line.advance.remark) if line.hold and line.advance else ""
