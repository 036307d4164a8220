"""Put a notice into words: what happened, and a line of detail, the same on the page and in the mail."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ledger.domain.money import digits_of
from ledger.domain.notices import NOTICE_KINDS, Fact
from reports import formats
from reports.i18n import N_, translate, translations
from reports.present import clean

# kind -> what happened or is to be done, a line of detail.
SENTENCES: dict[str, tuple[str, str]] = {
    "request_submitted": (N_("Decide on request %(subject)s"), N_("%(by)s asks for %(amounts)s: %(campaign)s")),
    "request_returned": (N_("Request %(subject)s came back to you"), N_("%(by)s says there what is to be changed: %(campaign)s")),
    "request_commented": (N_("New comment on request %(subject)s"), N_("By %(by)s: %(campaign)s")),
    "request_approved_by_union": (N_("%(union)s has approved request %(subject)s"), N_("%(amounts)s: %(campaign)s")),
    "request_needs_board": (N_("Request %(subject)s needs a resolution of your board"), N_("%(amounts)s: %(campaign)s")),
    "request_committed": (
        N_("Request %(subject)s is approved and the money is set aside"), N_("%(amounts)s, to be used by %(expires_on)s: %(campaign)s"),
    ),
    "request_rejected": (N_("Request %(subject)s was declined"), N_("%(by)s says there why: %(campaign)s")),
    "request_withdrawn": (N_("Request %(subject)s was withdrawn"), N_("By %(by)s: %(campaign)s")),
    "request_expired": (N_("Request %(subject)s has expired"), N_("What was left of it went back to the fund: %(campaign)s")),
    "request_suspended": (N_("Request %(subject)s is suspended"), N_("%(by)s says there why; nothing is paid meanwhile: %(campaign)s")),
    "request_resumed": (N_("Request %(subject)s goes on"), N_("By %(by)s: %(campaign)s")),
    "request_paid": (N_("A payment was made on request %(subject)s"), N_("%(amounts)s to %(payee)s: %(campaign)s")),
    "request_completed": (N_("Request %(subject)s is paid in full"), N_("Nothing is set aside for it any longer: %(campaign)s")),
    "approvals_voided": (
        N_("Decide again on request %(subject)s: it was changed"), N_("%(by)s changed it, so approvals given before no longer count: %(campaign)s"),
    ),
    "request_needs_approval": (
        N_("Approve request %(subject)s: it cannot be paid without you"),
        N_("The rules were tested again at today’s rate, and %(amounts)s needs more approvals: %(campaign)s"),
    ),
    "reminder_overdue": (N_("Request %(subject)s still waits for you"), N_("It has waited %(days)s: %(campaign)s")),
    "reminder_expiring": (N_("Request %(subject)s expires on %(expires_on)s"), N_("Not used yet: %(amounts)s for %(campaign)s")),
    "reminder_payable": (N_("Pay what is left of request %(subject)s"), N_("%(amounts)s was needed by %(needed_on)s: %(campaign)s")),
    "reminder_cheques": (N_("Look after late cheques of %(subject)s"), N_("%(amounts)s is still out, the oldest for %(days)s")),
    "close_to_sign": (N_("Read and sign the report of close %(subject)s"), N_("Fixed in both languages by %(by)s")),
    "close_declined": (N_("The report of close %(subject)s was declined"), N_("%(by)s (%(union)s) says there why; mend that and fix its next version")),
    "close_reopening": (N_("Close %(subject)s: the other union asks to open it again"), N_("%(by)s (%(union)s) says there why; it opens once you ask too")),
    "reminder_close": (N_("Go on with close %(subject)s"), N_("A step of it is due; both signatures are due on %(needed_on)s")),
    "reminder_close_overdue": (N_("Close %(subject)s is overdue"), N_("Both signatures were due on %(needed_on)s, %(days)s ago")),
    "difference_handed": (N_("See to difference %(subject)s between the ledgers"), N_("%(amounts)s, handed to your union by %(by)s (%(union)s)")),
    "difference_overdue": (N_("Difference %(subject)s between the ledgers is overdue"), N_("%(amounts)s, due on %(needed_on)s, %(days)s ago")),
    "payee_account_proposed": (N_("Confirm new bank details of %(payee)s"), N_("Payee %(subject)s, proposed by %(by)s")),
    "strike_to_authorise": (N_("Authorise the support of strike %(subject)s"), N_("%(by)s recorded it for %(union)s: %(strike)s")),
    "strike_authorised": (N_("Strike %(subject)s may be supported: both unions authorised it"), "%(strike)s"),
    "run_to_approve": (N_("Approve the weekly run %(subject)s"), N_("%(strike)s, week %(week)s: %(amounts)s, by %(by)s")),
    "run_to_pay": (N_("Pay the weekly run %(subject)s"), N_("%(strike)s, week %(week)s: %(amounts)s, approved by %(by)s")),
    "write_off_to_approve": (N_("Decide about a write-off of %(subject)s"), N_("%(strike)s, week %(week)s: %(amounts)s, by %(by)s")),
    "run_sent_back": (N_("The weekly run %(subject)s came back"), N_("%(strike)s, week %(week)s: %(by)s says there why")),
    "advance_to_approve": (N_("Approve advance %(subject)s to a local on strike"), N_("Local %(local)s, week %(week)s: %(amounts)s, by %(by)s")),
    "advance_to_pay": (N_("Pay advance %(subject)s to a local on strike"), N_("Local %(local)s, week %(week)s: %(amounts)s, approved by %(by)s")),
    "advance_held": (N_("Advance %(subject)s to a local on strike is held back"), N_("Local %(local)s, week %(week)s: the advance says why")),
    "expense_report_filed": (
        N_("Accept an expense report of a local on strike"), N_("%(subject)s, local %(local)s, week %(week)s: %(amounts)s, filed by %(by)s"),
    ),
    "expense_report_returned": (
        N_("Change an expense report of a local on strike: it came back"), N_("%(subject)s, local %(local)s, week %(week)s: %(by)s says there why"),
    ),
    "booking_to_decide": (N_("Decide about booking %(subject)s"), N_("%(by)s (%(union)s) asks for it from %(needed_on)s")),
    "booking_held": (N_("The days of booking %(subject)s are held until %(expires_on)s"), N_("By %(by)s (%(union)s), from %(needed_on)s")),
    "booking_confirmed": (N_("Booking %(subject)s is confirmed"), N_("By %(by)s (%(union)s), from %(needed_on)s")),
    "booking_moved": (N_("Booking %(subject)s was moved to other days"), N_("By %(by)s (%(union)s), from %(needed_on)s")),
    "booking_ended": (N_("Booking %(subject)s will not take place"), N_("%(by)s (%(union)s) says there why")),
    "delivery_to_confirm": (N_("Confirm what was lent: %(subject)s"), N_("Up to %(needed_on)s, written down by %(by)s (%(union)s)")),
    "delivery_disputed": (N_("What was lent is disputed: %(subject)s"), N_("%(by)s (%(union)s) says there why")),
    "delivery_confirmed": (N_("What was lent is confirmed: %(subject)s"), N_("Up to %(needed_on)s, by %(by)s (%(union)s)")),
    "step_to_accept": (N_("Decide about step %(subject)s between the unions"), N_("%(amounts)s, proposed by %(by)s (%(union)s)")),
    "step_accepted": (N_("Step %(subject)s is in both books"), N_("%(amounts)s, accepted by %(by)s (%(union)s)")),
    "step_declined": (N_("Step %(subject)s between the unions was declined"), N_("%(amounts)s: %(by)s (%(union)s) says there why")),
    "loan_to_agree": (N_("Decide about the terms of loan %(subject)s"), N_("Up to %(amounts)s, proposed by %(by)s (%(union)s)")),
    "loan_agreed": (N_("Both unions agreed to loan %(subject)s"), N_("Up to %(amounts)s, agreed to by %(by)s (%(union)s)")),
    "loan_declined": (N_("The terms of loan %(subject)s were declined"), N_("%(by)s (%(union)s) says there why")),
    "grant_to_approve": (N_("Decide about support %(subject)s of a member"), N_("%(strike)s: %(amounts)s, by %(by)s")),
    "grant_to_pay": (N_("Pay support %(subject)s of a member"), N_("%(strike)s: %(amounts)s, approved by %(by)s")),
    "grant_approved": (N_("Support %(subject)s of a member is approved"), N_("%(strike)s: %(amounts)s, approved by %(by)s")),
    "grant_refused": (N_("Support %(subject)s of a member was refused"), N_("%(strike)s: %(by)s says there why")),
    "grant_cancelled": (N_("Support %(subject)s of a member was taken back"), N_("%(strike)s: %(amounts)s, by %(by)s")),
    "grant_paid": (N_("Support %(subject)s of a member is paid"), N_("%(strike)s: %(amounts)s, by %(by)s")),
    "grant_repaid": (N_("Of loan %(subject)s to a member, some came back"), N_("%(strike)s: %(amounts)s, recorded by %(by)s")),
    "webhook_failing": (
        N_("Look after webhook %(subject)s: its receiver does not take what is sent"),
        N_("Nothing more goes there until you resume it; what happens waits"),
    ),
    "member_page_to_approve": (N_("Read version %(subject)s of the members’ page"), N_("By %(by)s (%(union)s); it waits for your union’s approval")),
    "member_page_shown": (N_("Both unions approved version %(subject)s of the members’ page"), N_("%(by)s (%(union)s) approved it last")),
    "member_page_taken_back": (N_("Version %(subject)s of the members’ page was taken back"), N_("By %(by)s (%(union)s); nobody sees it any more")),
    "member_page_to_switch": (N_("Decide whether your union switches the members’ page on"), N_("%(by)s (%(union)s) did; it is seen once both have")),
    "member_page_switched_on": (N_("The members’ page is on"), N_("%(by)s (%(union)s) switched it on; both unions have")),
    "member_page_switched_off": (N_("The members’ page is off"), N_("%(by)s (%(union)s) switched it off; nobody sees it")),
    "member_page_left_off": (N_("The members’ page stays off"), N_("%(by)s (%(union)s) leaves it off")),
    "hold_placed": (N_("Hold %(subject)s was placed on records"), N_("By %(by)s (%(union)s); the page says why")),
    "hold_to_release": (N_("Decide whether hold %(subject)s may go"), N_("%(by)s (%(union)s) says that it may")),
    "hold_kept": (N_("Hold %(subject)s stays"), N_("%(by)s (%(union)s) says so; what was said before counts no more")),
    "hold_released": (N_("Hold %(subject)s is gone"), N_("%(by)s (%(union)s) let it go last")),
    "approval_rules_proposed": (N_("Confirm the new approval rules"), N_("Proposed by %(by)s, to hold from %(valid_on)s")),
    "strike_rules_proposed": (N_("Confirm the new strike rules %(subject)s"), N_("Proposed by %(by)s, to hold from %(valid_on)s")),
}  # fmt: skip
# Why mail did not go, by the word of api.smtp; a number behind it is the mail server's own.
FAULTS = {
    "unreachable": N_("the mail server does not answer"),
    "timeout": N_("the mail server took too long"),
    "disconnected": N_("the mail server hung up"),
    "certificate": N_("the mail server’s certificate cannot be trusted"),
    "encryption": N_("the mail server offers no encryption that works"),
    "not_supported": N_("the mail server cannot do what is asked of it: encryption, or a sign-in"),
    "sign_in": N_("the mail server refused the name or the password"),
    "recipient": N_("the mail server refused the address"),
    "refused": N_("the mail server refused the e-mail"),
    "address_invalid": N_("the address cannot be written to"),
}
PURPOSES = {"do": N_("To do"), "know": N_("To know")}

assert SENTENCES.keys() == NOTICE_KINDS.keys()


class _Facts(dict[str, str]):
    """Facts for a sentence; one that is wanting is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def sentences(language: str, kind: str, subject: str, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """What happened and its detail, each one line; a kind of a newer version is said by its number."""
    said = _Facts({name: _said(language, name, value) for name, value in facts.items()}, subject=clean(subject))
    if kind not in SENTENCES:
        return translate(language, "%(subject)s has news for you", subject=said["subject"]), ""
    catalogue = translations(language)
    what, detail = SENTENCES[kind]
    return catalogue.gettext(what) % said, catalogue.gettext(detail) % said


def purpose(language: str, kind: str) -> str:
    """Whether it is to do or to know, in words."""
    return translate(language, PURPOSES[NOTICE_KINDS.get(kind, "know")])


def fault(language: str, reason: str) -> str:
    """Why mail did not go, in words."""
    word, _, number = reason.rpartition("_") if reason[-3:].isdigit() else (reason, "", "")
    said = translate(language, FAULTS.get(word, FAULTS["refused"]))
    return f"{said} ({number})" if number else said


def _said(language: str, name: str, value: Any) -> str:
    if name.endswith("_on"):
        return formats.date_long(language, date.fromisoformat(str(value)))
    if name == "union":
        # A short code is an abbreviation, as pages show it: UE, Unifor.
        return clean(str(value)).upper() if len(str(value)) < 5 else clean(str(value)).title()
    if name == "amounts":
        return ", ".join(formats.money(language, minor, currency, digits_of(currency)) for currency, minor in sorted(value.items()))
    return formats.day_count(language, int(value)) if name == "days" else clean(str(value))
