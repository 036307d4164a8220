"""Put deliveries into words: how one stands, who has it now, and what may be done with it."""

from ledger.domain.deliveries import Delivery
from reports.i18n import N_, NC_, translate, translate_in

# The name of a state, said of a delivery, and the kind of its chip.
DELIVERY_STATES: dict[str, tuple[str, str]] = {
    "draft": (NC_("delivery", "Draft"), ""), "submitted": (NC_("delivery", "Waiting for the borrower"), "wait"),
    "disputed": (NC_("delivery", "Disputed"), "bad"), "confirmed": (NC_("delivery", "Confirmed"), "good"),
    "withdrawn": (NC_("delivery", "Taken back"), ""),
}  # fmt: skip
DELIVERY_STANDING: dict[str, str] = {
    "draft": N_("%(lender)s is writing it down. Nobody else has to do anything."),
    "submitted": N_("%(lender)s submitted it. Somebody of %(borrower)s confirms or disputes it."),
    "disputed": N_("%(borrower)s does not agree. %(lender)s corrects it and submits it again."),
    "confirmed": N_("%(borrower)s confirmed it."),
    "withdrawn": N_("%(lender)s took it back. It counts for nothing."),
}  # fmt: skip
DELIVERY_STEPS: dict[str, str] = {
    "change": N_("Correct the days"), "submit": N_("Submit it"), "withdraw": N_("Take it back"), "confirm": N_("Confirm it"),
    "dispute": N_("Dispute it"), "undo": N_("Undo the confirmation"),
}  # fmt: skip
EVENTS: dict[str, str] = {
    "recorded": NC_("delivery", "Written down"), "changed": NC_("delivery", "Corrected"), "submitted": NC_("delivery", "Submitted"),
    "withdrawn": NC_("delivery", "Taken back"), "confirmed": NC_("delivery", "Confirmed"), "disputed": NC_("delivery", "Disputed"),
    "undone": NC_("delivery", "Confirmation undone"), "charged_back": NC_("delivery", "Charged back"),
}  # fmt: skip


def delivery_chip(language: str, state: str) -> tuple[str, str]:
    """How a delivery stands, and the kind of its chip."""
    name, kind = DELIVERY_STATES[state]
    return translate_in(language, "delivery", name), kind


def delivery_standing(language: str, delivery: Delivery, unions: dict[str, str]) -> str:
    """Who has it now; ``unions`` are names by code."""
    return translate(language, DELIVERY_STANDING[delivery.state], lender=unions[delivery.lender], borrower=unions[delivery.borrower])


def history_text(language: str, what: str) -> str:
    """What was done with it."""
    return translate_in(language, "delivery", EVENTS[what]) if what in EVENTS else what
