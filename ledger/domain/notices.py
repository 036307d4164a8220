"""Name what people are told of: one notice is a kind, the thing it is about, and plain facts for a sentence.

The vocabulary is closed. A notice leaves the house by e-mail, so it holds no text that somebody wrote (a purpose, a reason, a comment) and
no bank number: who wants those follows the link. Sentences in both languages are made of it in ``reports.notice_words``.
"""

from typing import Literal

import msgspec

Purpose = Literal["do", "know"]

# Whether the reader has something to do about it, or only to know it.
NOTICE_KINDS: dict[str, Purpose] = {
    "request_submitted": "do",
    "request_returned": "do",
    "request_commented": "know",
    "request_approved_by_union": "know",
    "request_needs_board": "do",
    "request_committed": "know",
    "request_rejected": "know",
    "request_withdrawn": "know",
    "request_expired": "know",
    "request_suspended": "know",
    "request_resumed": "know",
    "request_paid": "know",
    "request_completed": "know",
    "approvals_voided": "do",
    "request_needs_approval": "do",
    "reminder_overdue": "do",
    "reminder_expiring": "do",
    "reminder_payable": "do",
    "reminder_cheques": "do",
    "close_to_sign": "do",
    "close_declined": "do",
    "close_reopening": "do",
    "reminder_close": "do",
    "reminder_close_overdue": "do",
    "difference_handed": "do",
    "difference_overdue": "do",
    "payee_account_proposed": "do",
    "approval_rules_proposed": "do",
    "strike_rules_proposed": "do",
    "strike_to_authorise": "do",
    "strike_authorised": "know",
    "run_to_approve": "do",
    "run_to_pay": "do",
    "run_sent_back": "do",
    "write_off_to_approve": "do",
    "advance_to_approve": "do",
    "advance_to_pay": "do",
    "advance_held": "know",
    "expense_report_filed": "do",
    "expense_report_returned": "do",
    "grant_to_approve": "do",
    "grant_to_pay": "do",
    "grant_approved": "know",
    "grant_refused": "know",
    "grant_cancelled": "know",
    "grant_paid": "know",
    "grant_repaid": "know",
    "booking_to_decide": "do",
    "booking_held": "know",
    "booking_confirmed": "know",
    "booking_moved": "know",
    "booking_ended": "know",
    "delivery_to_confirm": "do",
    "delivery_disputed": "do",
    "delivery_confirmed": "know",
    "step_to_accept": "do",
    "step_accepted": "know",
    "step_declined": "know",
    "loan_to_agree": "do",
    "loan_agreed": "know",
    "loan_declined": "know",
    "webhook_failing": "do",
    "member_page_to_approve": "do",
    "member_page_shown": "know",
    "member_page_taken_back": "know",
    "member_page_to_switch": "do",
    "member_page_switched_on": "know",
    "member_page_switched_off": "know",
    "member_page_left_off": "know",
    "hold_placed": "know",
    "hold_to_release": "do",
    "hold_kept": "know",
    "hold_released": "know",
}
# by, campaign, payee and strike are names, union a code, local and week numbers, …_on an ISO date, amounts minor units by currency.
FACTS = frozenset({"by", "campaign", "payee", "strike", "union", "local", "week", "amounts", "days", "needed_on", "expires_on", "valid_on"})
Fact = str | int | dict[str, int]

MAIL_CHOICES = ("immediate", "digest", "none")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to tell the people ``to`` (their ids): ``subject`` is the number people use, ``url`` the page about it.

    ``once`` tells one occasion from the next (a decision's ordinal, a revision, the day of a reminder): a person is told of the same
    kind, subject and occasion once.
    """

    kind: str
    subject: str
    url: str
    to: tuple[int, ...]
    once: str
    facts: dict[str, Fact] = {}

    @property
    def once_key(self) -> str:
        """What a person is told at most once."""
        return f"{self.kind}:{self.subject}:{self.once}"


def check(notice: Notice) -> None:
    """Raise ``ValueError`` for a notice outside the vocabulary: a slip of the program, never of a person."""
    unknown = notice.facts.keys() - FACTS
    if notice.kind not in NOTICE_KINDS or unknown:
        raise ValueError(f"no such notice: {notice.kind}, facts {sorted(unknown)}")
    if not notice.url.startswith("/") or notice.url.startswith("//") or any(sign.isspace() for sign in notice.url):
        raise ValueError(f"not a page of these books: {notice.url!r}")
