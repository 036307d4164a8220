"""Put weekly runs into words, the same on pages, in files and for programs: states, steps, reasons, and how a line was worked out."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports import formats
from reports.i18n import N_, NC_, translate, translate_in, translate_n

# The name of a state, as it is said of a run, and the kind of its chip.
STATES: dict[str, tuple[str, str]] = {
    "draft": (NC_("run", "Begun"), "wait"), "computed": (NC_("run", "Computed"), "wait"), "submitted": (NC_("run", "Waits for approval"), "wait"),
    "approved": (NC_("run", "Approved, to be paid"), "wait"), "paid": (NC_("run", "Paid"), "good"), "reconciled": (NC_("run", "Reconciled"), "good"),
    "closed": (NC_("run", "Closed"), ""), "cancelled": (NC_("run", "Cancelled"), "bad"),
}  # fmt: skip
# How a run stands, and who has it now.
STANDING: dict[str, str] = {
    "draft": N_("Nothing is computed yet: a benefits officer or treasurer of %(union)s computes it."),
    "computed": N_("A benefits officer or treasurer of %(union)s looks at its exceptions and submits it."),
    "submitted": N_("A second person of %(union)s, an officer or treasurer, reads the totals and approves it."),
    "approved": N_("A treasurer of %(union)s who neither prepared nor approved it pays it."),
    "paid": N_("Paid. Every payment that is still out is followed until it is cleared, stopped or unclaimed."),
    "reconciled": N_("Every payment is accounted for. A benefits officer or treasurer of %(union)s can close it."),
    "closed": N_("Nothing of this week waits for anybody."),
    "cancelled": N_("Cancelled: nothing was paid, and the week can be run again."),
}  # fmt: skip
EVENTS: dict[str, str] = {
    "started": N_("Run begun"), "computed": N_("Run computed"), "submitted": N_("Submitted for approval"), "sent_back": N_("Sent back"),
    "approved": N_("Run approved"), "cancelled": N_("Run cancelled"), "paid": N_("Run paid"), "clear": N_("Payments cleared"),
    "stop": N_("Payment stopped"), "reissue": N_("Payment issued again"), "void": N_("Payment void"), "unclaim": N_("Moved to unclaimed"),
    "overpaid": N_("Overpayment found"), "reconciled": N_("Run reconciled"), "closed": N_("Run closed"),
    "paid_back": N_("Overpayment paid back"), "taken_up": N_("Changes taken up"), "write_off_proposed": N_("Write-off proposed"),
    "written_off": N_("Overpayment written off"), "write_off_refused": N_("Write-off refused"),
}  # fmt: skip
# Why what was paid too much is not asked for any more.
WRITE_OFF_REASONS: dict[str, str] = {
    "left": N_("No later run pays the member"), "hardship": N_("The member cannot pay it back without hardship"),
    "too_small": N_("It would cost more to collect than it is"), "our_mistake": N_("The mistake was the union’s"),
    "not_reached": N_("The member cannot be reached"),
}  # fmt: skip
RECOVERY_KINDS: dict[str, str] = {"paid_back": N_("Paid back"), "written_off": N_("Written off")}
RECOVERY_STATES: dict[str, tuple[str, str]] = {
    "proposed": (NC_("write-off", "Waits for approval"), "wait"), "posted": (NC_("write-off", "Posted"), "good"),
    "refused": (NC_("write-off", "Refused"), "bad"),
}  # fmt: skip
# Why a member gets what they get (domain.md 1.3), as a list says it.
REASONS: dict[str, str] = {
    "full": N_("Whole week"), "partial": N_("Part of a week"), "eligible": N_("Entitled"),
    "duplicate": N_("On two rosters in the same week"), "not_in_good_standing": N_("Not in good standing"), "laid_off": N_("Laid off before the strike"),
    "not_on_active_payroll": N_("Not on the active payroll"), "other_income_source": N_("Has another income: vacation, sick pay, insurance"),
    "not_registered": N_("Not registered yet"), "late_application": N_("Applied too late"), "crossed": N_("Crossed the picket line"),
    "returned_to_work": N_("Went back to work"), "insufficient_duty": N_("Too little picket duty"), "on_hold": N_("On hold"),
    "hourly_rate_missing": N_("Hourly rate is not known, which the rules pay by"),
    "no_payable_day": N_("No day that the rules pay"),
}  # fmt: skip
NOTES: dict[str, str] = {"capped": N_("Held at the cap on gross pay"), "gross_missing": N_("Gross pay is not known, which the rules’ cap needs")}
# A payment's state and the kind of its chip.
PAYMENT_STATES: dict[str, tuple[str, str]] = {
    "issued": (N_("Out"), "wait"), "cleared": (N_("Cleared"), "good"), "stopped": (N_("Stopped"), "bad"), "void": (N_("Void"), "bad"),
    "unclaimed": (N_("Unclaimed"), "wait"), "replaced": (N_("Replaced"), ""),
}  # fmt: skip
# A line whose whole benefit is taken off what was paid too much before: there is no payment of it.
RECOVERED = N_("Wholly recovered")
METHODS: dict[str, str] = {"cheque": N_("Cheque"), "deposit": N_("Deposit")}
SHOWS: dict[str, str] = {
    "all": N_("All"), "exceptions": N_("Exceptions"), "paid": N_("Paid something"), "recovered": N_("With a recovery"), "issued": N_("Out"),
    "late": N_("Late cheques"), "stale": N_("Stale cheques"), "cleared": N_("Cleared"), "stopped": N_("Stopped"), "void": N_("Void"),
    "unclaimed": N_("Unclaimed"),
}  # fmt: skip


def state_chip(language: str, state: str) -> tuple[str, str]:
    """What a run's state is called, and the kind of its chip."""
    name, kind = STATES[state]
    return translate_in(language, "run", name), kind


def payment_chip(language: str, state: str) -> tuple[str, str]:
    """What a payment's state is called, and the kind of its chip."""
    name, kind = PAYMENT_STATES[state]
    return translate(language, name), kind


def recovery_chip(language: str, state: str) -> tuple[str, str]:
    """What the state of a recovery is called, and the kind of its chip."""
    name, kind = RECOVERY_STATES[state]
    return translate_in(language, "write-off", name), kind


def reason(language: str, code: str) -> str:
    """Why; a code of a newer version is shown as it is."""
    return translate(language, REASONS[code]) if code in REASONS else code


def why(language: str, code: str, parts: Mapping[str, Any]) -> str:
    """Why a line is no whole week: its reason, or the days that are missing of it."""
    if code != "eligible" or parts.get("status") == "full":
        return reason(language, "full" if code == "eligible" else code)
    missed = [_missed(language, *each) for each in parts.get("missed", ())]
    return ", ".join(missed) or reason(language, "no_payable_day" if parts.get("status") == "none" else "partial")


def _missed(language: str, code: str, days: int) -> str:
    said = translate_n(language, "%(count)s day", "%(count)s days", days)
    return translate(language, "%(days)s: %(reason)s", days=said, reason=_lower(reason(language, code)))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def working(language: str, currency: str, parts: Mapping[str, Any]) -> str:
    """How a line was worked out: ``3 of 5 days × CAD 300.00 + 3 days × 2 dependants × CAD 25.00``; ``""`` where nothing is paid."""
    said, outside = "", False
    for part in parts.get("parts", ()):
        outside = outside or part[0] == "cap"
        said += (("; " if outside else " + ") if said else "") + _part(language, currency, part)
    return said


def _part(language: str, currency: str, part: Sequence[Any]) -> str:
    kind, _, days, of_days, amount_minor, times, labels = part
    amount = formats.money(language, amount_minor, currency)
    match kind:
        case "dependants":
            return translate_n(
                language, "%(days)s days × %(count)s dependant × %(amount)s", "%(days)s days × %(count)s dependants × %(amount)s", times,
                days=days, amount=amount,
            )  # fmt: skip
        case "hourly":
            return translate_n(
                language, "%(count)s day × %(percent)s%% × %(amount)s an hour", "%(count)s days × %(percent)s%% × %(amount)s an hour", days,
                percent=times, amount=amount,
            )  # fmt: skip
        case "extra":
            return translate(language, "one week after the end: %(amount)s", amount=amount)
        case "cheque":
            return translate(language, "%(label)s: %(amount)s", label=labels[1 if language == "fr" else 0], amount=amount)
        case "arrears":
            return translate(language, "owed from earlier weeks: %(amount)s", amount=amount)
        case "cap":
            return translate(language, "no more than %(days)s of %(of)s days × %(amount)s, the cap", days=days, of=of_days, amount=amount)
        case _:
            return translate(language, "%(days)s of %(of)s days × %(amount)s", days=days, of=of_days, amount=amount)
