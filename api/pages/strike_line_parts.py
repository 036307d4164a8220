"""What the pages of a run's lines and payments have in common: the steps, whose they are, and what their forms say."""

from datetime import date
from functools import partial
from typing import Any

import msgspec

from api.pages.forms import Form
from api.security import Reader
from ledger.domain.refusals import NotFound
from ledger.domain.strike_runs import FIX, PAY, PAYMENT_STEPS, REASON_MAXIMUM, REFERENCE_MAXIMUM, STEPS, Run
from ledger.services.strike_payments import LineView
from ledger.storage.strike_run_payments import Payment
from reports import strike_run_words
from reports.i18n import N_, translate

FIELDS = {
    "date_invalid": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date", "text_invalid": "reason",
    "cheque_number_taken": "reference", "more_than_left": "amount", "amount_not_positive": "amount", "choice_invalid": "method",
    "insufficient_balance": "", "payment_state": "",
}  # fmt: skip

# What can be done with one payment, and what stands on its button.
ACTS = {
    "stop": N_("Stop this payment"), "reissue": N_("Issue it again"), "void": N_("Declare it void"), "unclaim": N_("Move to unclaimed"),
    "overpaid": N_("Record an overpayment"), "paid-back": N_("Record what was paid back"), "write-off": N_("Propose to write it off"),
    "clear": N_("Mark as cleared"),
}  # fmt: skip
REASONED = ("stop", "void", "overpaid")

# Fields that do not change what is posted for the payment; a bank's fee is an entry of its own.
ASIDE = ("reason", "reference", "method", "fee")

# Those of what was paid too much; they go by what is owed, not by how the payment stands.
RECOVERIES = ("paid-back", "write-off")


def say(reader: Reader, text: str) -> str:
    """A text in the reader's language."""
    return translate(reader.language, text)


def words_of_run(language: str, run: Run) -> dict[str, Any]:
    """What the templates of a run's lines say, in one language."""
    return {
        "working": partial(strike_run_words.working, language, run.currency), "why": partial(strike_run_words.why, language),
        "payment_chip": partial(strike_run_words.payment_chip, language), "methods": strike_run_words.METHODS, "notes": strike_run_words.NOTES,
        "recovery_chip": partial(strike_run_words.recovery_chip, language), "recovery_kinds": strike_run_words.RECOVERY_KINDS,
        "write_off_reasons": strike_run_words.WRITE_OFF_REASONS,
    }  # fmt: skip


def pays_again(reader: Reader, run: Run, payment: Payment) -> bool:
    """Whether this reader neither prepared nor approved the run nor stopped the payment."""
    others = {run.computed_by, run.submitted_by, run.approved_by, payment.ended_by}
    return run.state in STEPS["fix"] and reader.person_id not in others


def member_of(number: int) -> int:
    """A member's number from an address; refuses what can be none."""
    if not 0 < number < 2**31:
        raise NotFound(kind="line", id=str(number)[:40])
    return number


def shown_line(reader: Reader, view: LineView) -> dict[str, Any]:
    """What the pages of one line show."""
    return {"view": view, "run": view.run, "line": view.line, "acts": acts_of(reader, view), "act_names": ACTS, **words_of_run(reader.language, view.run)}


def acts_of(reader: Reader, view: LineView) -> list[str]:
    """What can be done with the line's last payment now."""
    if not reader.can(FIX) or view.run.state not in STEPS["fix"] or view.line.payment_state is None:
        return []
    found = {step for step, states in PAYMENT_STEPS.items() if view.line.payment_state in states}
    found |= set(RECOVERIES) if view.owed_minor > 0 else set()
    found -= set() if view.left_minor > 0 else {"overpaid"}
    # What is to be recovered was paid, as far as the books know: it is not void, nor stopped before that is settled.
    found -= {"void"} if view.overpaid else set()
    found -= set() if _may_reissue(reader, view) else {"reissue"}
    return [step for step in ACTS if step in found]


def _may_reissue(reader: Reader, view: LineView) -> bool:
    """Whether this reader pays runs, and neither prepared nor approved this one nor stopped the payment."""
    return reader.can(PAY) and all(pays_again(reader, view.run, payment) for payment in view.payments[:1])


class Said(msgspec.Struct, frozen=True):
    """What the form of a payment said."""

    day: date
    reason: str = ""
    fee_minor: int = 0
    amount_minor: int = 0
    method: str = ""
    reference: str = ""
    account: int = 0
    code: str = ""


def read_act(form: Form, act: str, today: date, run: Run, banks: list[tuple[str, str]]) -> Said:
    """What the form of a step says; what is wrong stands in the form."""
    if act in RECOVERIES:
        return _read_recovery(form, act, today, run, banks)
    return Said(
        day=form.date("date", not_after=today), fee_minor=form.amount_or_none("fee", run.currency) if act == "stop" else 0,
        reason=form.text("reason", required=act != "stop", max_length=REASON_MAXIMUM) if act in REASONED else "",
        amount_minor=form.money("amount", run.currency) if act == "overpaid" else 0,
        method=form.choice("method", list(strike_run_words.METHODS)) if act == "reissue" else "",
        reference=form.text("reference", max_length=REFERENCE_MAXIMUM) if act == "reissue" else "",
    )  # fmt: skip


def _read_recovery(form: Form, act: str, today: date, run: Run, banks: list[tuple[str, str]]) -> Said:
    amount_minor = form.money("amount", run.currency)
    if act == "write-off":
        code = form.choice("code", list(strike_run_words.WRITE_OFF_REASONS))
        return Said(day=today, amount_minor=amount_minor, code=code, reason=form.text("note", required=False, max_length=REASON_MAXIMUM))
    return Said(
        day=form.date("date", not_after=today), amount_minor=amount_minor, account=int(form.choice("account", [value for value, _ in banks]) or 0),
        reference=form.text("reference", required=False, max_length=REFERENCE_MAXIMUM),
    )  # fmt: skip
