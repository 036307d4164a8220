"""Say of every refusal who set its rule, and give it example facts, so that its page in Help reads as it would when it happens."""

from typing import Any

from ledger.domain.audit_packs import PACK_MAXIMUM_BYTES, PACKS_MAXIMUM
from ledger.domain.campaigns import BUDGET_LINES_MAXIMUM
from ledger.domain.documents import PER_SUBJECT_MAXIMUM
from ledger.domain.entries import DESCRIPTION_MAXIMUM, POSTINGS_MAXIMUM
from ledger.domain.pledges import INSTALMENTS_MAXIMUM
from ledger.domain.refusals import Refusal, all_refusals
from ledger.domain.strike_rules import TIERS_MAXIMUM
from ledger.services.sign_in import PASSWORD_MINIMUM
from ledger.storage.people import ATTEMPTS_MINUTES
from reports.facts import LINES_MAXIMUM
from reports.i18n import N_

_BOOKKEEPING = N_("Bookkeeping itself: these books are kept in double entry, and nobody can lift this rule.")
_UNIONS = N_("Both unions: neither acts for the other, and what binds both takes both.")
_NATION = N_("Both unions, because the law of each country keeps political money to its own nation. Nobody can lift this rule.")
_ROLES = N_("Both unions: the table of roles says who may do what. An administrator gives roles and cannot change the table.")
_SECOND = N_("Both unions: whoever enters or proposes something does not approve it too.")
_DETAILS = N_("Both unions: nothing is paid to bank details that only one of them has checked.")
_RULES = N_("Both unions: officers of one propose the approval rules, an officer of the other confirms them.")
_FUND = N_("The treasurers of both unions, when they set up the fund.")
_PERIOD = N_("The treasurers of both unions, when they closed the period.")
_CLOSE = N_("Both unions: a month is reported once to both, and what both signed changes no more behind their backs.")
_BOARD = N_("The board that approved the pledge: its resolution says how much, for which fund and when.")
_STATEMENT = N_("The bank: what it took, changed and credited is recorded as its statement has it, to the cent.")
_BANK_FILE = N_("These books: a statement is taken whole, as the bank wrote it, and only where its own figures hold together.")
_TREASURER = N_("The treasurers, who keep the list of accounts, funds and locals.")
_SOURCE = N_("Both unions: they agreed on the Bank of Canada’s published rate, and keep every version of it.")
_ADMINISTRATORS = N_("Both unions, so that each always has somebody who looks after its people, for a term that ends.")
_OFFICERS = N_("The officers of the campaign’s union and its lead, who open, change and close it.")
_STRIKE = N_("The boards of both unions, by their constitutions and the rule set of the strike.")
_COMPARED = N_("Both unions: each says of its own ledger what it says, and signs only what it saw.")
_BETWEEN = N_("Both unions: what stands between them is written in both books or in neither, once a treasurer of each has agreed.")
_AGREED = N_("Both unions: what they owe each other is computed only from what both agreed to and each certified.")
_DELIVERED = N_("Both unions: the owner writes down what it lent, the borrower agrees, and only then is it in the books.")
_LENDING = N_("Both unions: what one of them lends is booked once, and its owner decides to whom.")
_BANK = N_("The bank’s own statement: what is kept of it is what the bank wrote, and each line is accounted for once.")
_PROVED = N_("Both unions: an account is proved month after month, to the cent, by somebody who did not pay from it.")
_RUN = N_("Both unions: one prepares strike support, a second approves it, and what was paid is put right by new entries, never by editing.")
_LIMITS = N_("The treasurers: one enters a threshold with its source, a second confirms it.")
_WEBHOOKS = N_(
    "These books: what leaves them goes where an administrator of the union said, to the open internet, and to nobody behind the operator’s walls."
)
_HOLDS = N_("Both unions: what a hold keeps stays, and it takes a person of each union, or two of one, to let it go.")
_FILINGS = N_("Both unions: the law counts from when a report was filed, so each filing is recorded once and corrected by a newer record.")
_PLAIN = N_("These books take only what can be read in one way.")
_ABOVE_ZERO = N_("Both unions: a joint bank account is never overdrawn, in any fund.")
_ROOM = N_("These books, so that one request cannot slow everybody down. The operator’s guide lists every limit.")
_SAFETY = N_("These books, to keep other people out and what is in them safe.")
_MACHINE = N_("The machine: these books never say that something is recorded before it is.")
_ONCE = N_("These books: a key makes sure that what is sent twice is recorded once.")
_APPROVALS = N_("The unions’ approval rules: both unions’ officers set them, and anybody can read them under Approval rules.")
_ROSTER = N_("Each union for its own members: their names and numbers are nobody else’s, and less is kept of them than an employer would like to know.")
_REQUEST = N_("What a request for money is: it has one state at a time, and what was decided about one version holds for that version.")
_DUTIES = N_("Both unions: whoever asks does not approve, whoever approves does not pay, and an interest is declared.")
_STRIKE_RULES = N_("Each union, in its own constitution: one of its officers or treasurers proposes strike rules, a second person of it confirms.")

RULES: dict[str, str] = {
    **dict.fromkeys(("request_invalid", "body_type", "amount_invalid", "date_invalid", "text_invalid", "choice_invalid", "not_found"), _PLAIN),
    **dict.fromkeys(("rate_invalid", "person_exists", "file_invalid", "columns_missing", "rows_invalid"), _PLAIN),
    **dict.fromkeys(("sign_in_required", "sign_in_refused", "too_many_attempts", "cross_site", "password_weak", "code_wrong", "link_spent"), _SAFETY),
    **dict.fromkeys(("document_too_large", "documents_full", "report_too_large", "too_many_postings", "audit_pack_too_large", "audit_pack_later"), _ROOM),
    "document_type": _SAFETY,
    "not_allowed": _ROLES,
    **dict.fromkeys(("other_union", "same_union", "second_signature_required", "currency_unknown"), _UNIONS),
    "same_person": _SECOND,
    "payee_exists": _PLAIN,
    **dict.fromkeys(("payee_account_state", "payee_details_missing"), _DETAILS),
    "insufficient_balance": _ABOVE_ZERO,
    **dict.fromkeys(("account_unknown", "account_closed", "account_unfit", "account_exists", "local_exists", "fund_unknown", "fund_exists"), _TREASURER),
    **dict.fromkeys(("unbalanced", "too_few_postings", "zero_posting", "amount_not_positive", "wrong_currency"), _BOOKKEEPING),
    **dict.fromkeys(("account_not_empty", "fund_not_empty", "already_reversed", "date_before_entry", "not_reversible"), _BOOKKEEPING),
    **dict.fromkeys(("future_date", "same_account", "transfer_state", "nothing_to_revalue"), _BOOKKEEPING),
    **dict.fromkeys(("period_closed", "period_soft_closed"), _PERIOD),
    **dict.fromkeys(("period_not_over", "close_state", "close_not_ready", "close_superseded", "month_signed", "first_close", "schedule_invalid"), _CLOSE),
    "signature_refused": _SAFETY,
    **dict.fromkeys(("matrix_invalid", "matrix_state", "matrix_missing"), _RULES),
    **dict.fromkeys(("fund_closed", "fund_state", "insufficient_available"), _FUND),
    **dict.fromkeys(("origin_not_allowed", "mixed_origin_source", "instrument_not_allowed"), _NATION),
    **dict.fromkeys(("exchange_missing", "exchange_disagrees", "receipt_too_large", "date_before_sent"), _STATEMENT),
    **dict.fromkeys(("idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused", "idempotency_key_foreign"), _ONCE),
    **dict.fromkeys(("busy", "outcome_unknown", "database_unavailable"), _MACHINE),
    **dict.fromkeys(("rate_missing", "rates_file_invalid", "rate_exists"), _SOURCE),
    **dict.fromkeys(("pledge_closed", "pledge_exceeded", "pledge_mismatch", "instalments_disagree", "instalments_invalid"), _BOARD),
    "campaign_state": _OFFICERS,
    "lines_invalid": _ROOM,
    **dict.fromkeys(("term_invalid", "last_administrator"), _ADMINISTRATORS),
    **dict.fromkeys(("request_state", "request_changed", "not_requester", "already_decided", "resolution_exists", "commitment_exceeded"), _REQUEST),
    **dict.fromkeys(("maker_not_checker", "interest_declared", "approver_not_payer", "invoice_duplicate"), _DUTIES),
    **dict.fromkeys(("approval_not_needed", "approvals_missing", "quorum_missing"), _APPROVALS),
    **dict.fromkeys(("strike_rules_invalid", "strike_rules_state", "strike_rules_placeholder"), _STRIKE_RULES),
    **dict.fromkeys(("threshold_state", "threshold_invalid"), _LIMITS),
    **dict.fromkeys(("hold_stands", "hold_state"), _HOLDS),
    "filing_state": _FILINGS,
    **dict.fromkeys(("webhook_url_invalid", "webhook_state", "webhook_changed"), _WEBHOOKS),
    "webhooks_full": _ROOM,
    "statement_request_answered": _LIMITS,
    "approver_not_eligible": _NATION,
    "fund_not_allowed_for_initiative": _FUND,
    **dict.fromkeys(("identifier_refused", "member_unknown"), _ROSTER),
    **dict.fromkeys(("strike_state", "strike_model", "week_invalid", "roster_empty", "strike_unsettled", "member_changed"), _STRIKE),
    **dict.fromkeys(("strike_not_authorised", "advance_held", "advance_exists", "report_state"), _STRIKE),
    **dict.fromkeys(("run_state", "run_exists", "run_changed", "run_empty", "week_not_over", "keeper_not_approver", "nothing_changed"), _RUN),
    **dict.fromkeys(("payment_state", "payments_open", "cheque_number_taken"), _RUN),
    **dict.fromkeys(("advance_state", "grant_state", "more_than_left"), _RUN),
    **dict.fromkeys(("agreement_incomplete", "membership_missing", "rates_incomplete", "average_too_early", "nothing_to_equalise"), _AGREED),
    **dict.fromkeys(("joint_cost_state", "equalisation_state", "equalisation_exists"), _BETWEEN),
    **dict.fromkeys(("step_state", "own_fund_needed", "record_needed", "proposer_gone", "loan_state"), _BETWEEN),
    **dict.fromkeys(("resolution_missing", "resolution_recorded"), _BETWEEN),
    **dict.fromkeys(("extract_account_unsaid", "extract_balance_missing", "extract_unbalanced"), _PLAIN),
    **dict.fromkeys(("comparison_changed", "unexplained_left", "difference_state"), _COMPARED),
    **dict.fromkeys(("agreement_state", "agreement_not_in_force", "notice_too_short"), _BETWEEN),
    **dict.fromkeys(("resource_state", "resource_taken", "resource_full", "resource_not_offered", "resource_rate_missing", "booking_state"), _LENDING),
    **dict.fromkeys(("delivery_state", "delivery_changed", "delivery_exists"), _DELIVERED),
    "member_page_state": _UNIONS,
    "sheet_doubtful": _BANK_FILE,
    **dict.fromkeys(("statement_file_invalid", "statement_totals", "statement_currency", "statement_dates", "statement_unbalanced"), _BANK_FILE),
    **dict.fromkeys(("statement_known", "statement_account", "statement_opening", "statement_gap", "statement_period_closed", "statement_state"), _BANK),
    **dict.fromkeys(("start_disagrees", "bank_line_state", "bank_match_state", "bank_match_uneven", "bank_proposal_gone"), _BANK),
    **dict.fromkeys(("bank_rule_invalid", "bank_rule_changed"), _BANK),
    **dict.fromkeys(("still_unreconciled", "reconciliation_order", "payer_not_reconciler"), _PROVED),
}

_FACTS: dict[str, Any] = {
    "account": "Assets:Bank:UE-trust-USD", "amount_minor": 4_000_00, "available_minor": 2_500_00, "balance_minor": 2_500_00, "base": "USD",
    "book": "joint", "campaign": "CAM-0007", "capacity": "officer", "closed_on": "2026-06-30", "count": 1, "currency": "USD", "date": "2026-11-23",
    "difference_minor": 50_00, "email": "ana@example.org", "ends_on": "2033-12-31", "entry": 10_482, "entry_on": "2026-11-23",
    "expected_minor": 20_401_50, "field": "description", "filename": "slip.pdf", "first_open_date": "2026-12-01", "fund": "STRIKE",
    "given_minor": 20_400_00, "id": "T-0999", "initiative": "education", "instrument": "crypto", "invoice": "2026-031", "left_minor": 750_00,
    "limit": DESCRIPTION_MAXIMUM, "line": 3, "local": "901", "minimum": PASSWORD_MINIMUM, "nation": "CA", "needs": "bank", "origin": "US",
    "outstanding_minor": 20_000_00, "paid_on": "2026-11-20", "payee": "Imprimerie du Quai", "pledge": "P-0007", "pledged_minor": 60_000_00,
    "quorum": 7, "quote": "CAD", "rate": "1.3601", "received_minor": 16_000_00, "request": "A-0107", "reversal": 10_483, "revision": 2,
    "role": "requester", "sent_minor": 15_000_00, "sent_on": "2026-11-24", "source": "Bank of Canada", "starts_on": "2026-11-23", "subject": "HALL",
    "sum_minor": 59_000_00, "text": "1,23,4", "today": "2026-11-22", "transfer": "T-0042", "union": "UE", "value": "sometimes", "votes": 6,
    "member": 12, "by": "Leontyne Abara",
    "strike": "S-0003", "run": "SR-2026-19", "advance": "SA-0012", "grant": "SG-0004", "week": 5, "first": 1, "last": 4, "number": "1042",
    "step": "M-0012", "record": "M-0007", "person": "Leontyne Abara", "loan": "L-0003", "resolution": "NEB-2026-17", "resolved_minor": 40_000_00,
    "agreement": "AG-0001", "terms": ["debt_currency", "rate_source"], "unions": ["ue"],
    "cost": "JC-0007", "days": 90, "earliest": "2027-02-21", "computable_on": "2026-12-01", "equalisation": "EQ-0002",
    "resource": "R-0007", "booking": "BK-0031", "free_from": "2026-12-07", "day": "2026-12-02", "left": 1, "wanted": 2, "offered_from": "2026-01-01",
    "offered_to": "2026-12-31", "delivery": "DL-0012",
    "comparison": "CM-0004", "current": "CM-0005", "difference": "DF-0003", "unexplained_minor": 7_77, "tolerance_minor": 0, "which": "closing",
    "opening_minor": 0, "rows_minor": 12_741_00, "closing_minor": 12_750_00,
    "statement": "BS-0007", "covered_to": "2026-05-31", "lines_minor": 600_00, "postings_minor": 550_00,
    "ticked_minor": -600_00, "other": "2026-06-30", "version": 2, "rule": 3, "state": "matched",
    "webhook": "WH-0002", "hold": "H-0002", "filing": "FL-0003", "page": "2026-Q3/1",
    "close": "CL-2026-10", "missing": ["unifor"], "row": 14, "subjects": "SR-2026-19", "threshold": "strike-benefits-us/3", "model": "per_member_run",
}  # fmt: skip
_OWN_FACTS: dict[str, dict[str, Any]] = {
    "period_not_over": {"ends_on": "2026-11-30"},
    "close_state": {"state": "locked"},
    "first_close": {"date": "2025-11-03"},
    "schedule_invalid": {"reason": "month", "date": "2026-11-01"},
    "month_signed": {"date": "2026-10-31", "reason": "locked"},
    "advance_held": {"reason": "missing_expense_report", "week": 5, "report_week": 4},
    "account_not_empty": {"account": "Expense:Travel"},
    "amount_not_positive": {"field": "amount"},
    "lines_invalid": {"limit": BUDGET_LINES_MAXIMUM, "count": 0},
    "choice_invalid": {"field": "every"},
    "columns_missing": {"columns": ["reference", "name"]},
    "identifier_refused": {"field": "pay_reference"},
    "rows_invalid": {"count": 12, "column": "standing"},
    "date_before_entry": {"date": "2026-11-20"},
    "statement_opening": {"opening_minor": 46_293_00, "expected_minor": 46_315_60},
    "statement_account": {"reason": "changed", "account": "0001234567", "expected": "0007654321", "accounts": ["0001234567"]},
    "statement_gap": {"opening_minor": 46_293_00, "expected_minor": 46_315_60},
    "start_disagrees": {"book_minor": 46_915_60, "statement_minor": 47_565_60},
    "bank_match_state": {"subject": "J-10482"},
    "bank_rule_invalid": {"limit": 100},
    "resource_taken": {"first": "2026-12-01", "last": "2026-12-04", "reason": "later"},
    "date_invalid": {"text": "2026-02-30"},
    "documents_full": {"limit": PER_SUBJECT_MAXIMUM},
    "exchange_disagrees": {"currency": "CAD"},
    "instalments_invalid": {"limit": INSTALMENTS_MAXIMUM, "count": INSTALMENTS_MAXIMUM + 1},
    "instrument_not_allowed": {"fund": "POL-CA", "reason": "crypto"},
    "matrix_invalid": {"reason": "no_rule", "kind": "study_group"},
    "matrix_missing": {"date": "1999-12-31"},
    "matrix_state": {"number": 2, "state": "confirmed"},
    "mixed_origin_source": {"fund": "POL-CA", "source": "GEN"},
    "origin_not_allowed": {"fund": "POL-CA"},
    "payee_exists": {"payee": "B-0012", "name": "Imprimerie du Quai"},
    "rate_invalid": {"text": "1.37.25"},
    "sheet_doubtful": {"reason": "decimal_sign", "field": "decimal_sign"},
    "statement_file_invalid": {"reason": "bad_amount", "line": 42, "text": "12.345", "limit": 0},
    "statement_totals": {"reason": "control_total", "line": 118, "stated": "4629300", "found": "4629000"},
    "statement_currency": {"currency": "USD", "account_currency": "CAD", "account": "815-30045-0123456"},
    "statement_dates": {"line": 12, "date": "2026-06-01", "starts_on": "2026-05-01", "ends_on": "2026-05-31"},
    "statement_unbalanced": {
        "currency": "CAD", "opening_minor": 48_310_00, "lines_minor": -2_107_00, "closing_minor": 46_293_00, "difference_minor": -90_00, "count": 31,
        "account": "815-30045-0123456",
    },
    "strike_rules_state": {"rules": "unifor/2", "state": "confirmed"},
    "strike_rules_placeholder": {"rules": "ue"},
    "strike_rules_invalid": {"field": "tiers", "reason": "count", "limit": TIERS_MAXIMUM},
    "too_many_attempts": {"retry_after_seconds": ATTEMPTS_MINUTES * 60, "minutes": ATTEMPTS_MINUTES},
    "report_too_large": {"limit": LINES_MAXIMUM},
    "audit_pack_later": {"limit": PACKS_MAXIMUM},
    "audit_pack_too_large": {"limit_bytes": PACK_MAXIMUM_BYTES},
    "too_many_postings": {"limit": POSTINGS_MAXIMUM, "count": POSTINGS_MAXIMUM + 1},
    "currency_unknown": {"currency": "EUR"},
}


def example(code: str) -> Refusal:
    """A refusal with facts as in life; its limits are the real ones."""
    return all_refusals()[code](**(_FACTS | _OWN_FACTS.get(code, {})))
