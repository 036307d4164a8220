"""Name every expected "no": one class a refusal, with a stable code, an HTTP status and its parameters.

A refusal is an answer, not a fault: it is remembered with the request's key, audited, and said in the reader's language by
``api.refusal_messages``. Codes never change once released.
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """An expected "no". ``params`` are JSON-able facts for the message; never secrets, never floats."""

    code: ClassVar[str] = "refused"
    status: int = 422

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({facts})"


def _refusal(name: str, code: str, status: int, doc: str) -> type[Refusal]:
    return type(name, (Refusal,), {"code": code, "status": status, "__doc__": doc, "__module__": __name__})


# What was sent cannot be understood.
RequestInvalid = _refusal("RequestInvalid", "request_invalid", 400, "Fields are missing or malformed; params: fields.")
AmountInvalid = _refusal("AmountInvalid", "amount_invalid", 422, "Not an amount; params: reason, text, currency, digits.")
CurrencyUnknown = _refusal("CurrencyUnknown", "currency_unknown", 422, "Not a currency of these books; params: currency.")
DateInvalid = _refusal("DateInvalid", "date_invalid", 422, "Not a usable date; params: field, text; reason: order, range, too_soon, compare, not_begun, not_over or future.")
TextInvalid = _refusal("TextInvalid", "text_invalid", 422, "Text is missing or too long; params: field, limit.")
ChoiceInvalid = _refusal("ChoiceInvalid", "choice_invalid", 422, "Not one of the choices; params: field, value; reason: newer, or beyond_head with head.")
FileInvalid = _refusal("FileInvalid", "file_invalid", 422, "Not a spreadsheet that can be read; params: reason, row, limit.")

# Who is asking.
SignInRequired = _refusal("SignInRequired", "sign_in_required", 401, "No valid session or token.")
SignInRefused = _refusal("SignInRefused", "sign_in_refused", 401, "Name, password or code does not agree.")
TooManyAttempts = _refusal("TooManyAttempts", "too_many_attempts", 429, "Too many sign-in attempts; params: retry_after_seconds.")
NotAllowed = _refusal("NotAllowed", "not_allowed", 403, "The actor's role may not; params: permission.")
OtherUnion = _refusal("OtherUnion", "other_union", 403, "One union cannot act for the other; params: union, account.")
SamePerson = _refusal("SamePerson", "same_person", 403, "A second person is needed; params: person.")
SameUnion = _refusal("SameUnion", "same_union", 403, "A person of the other union is needed; params: union, subject.")
CrossSite = _refusal("CrossSite", "cross_site", 403, "The request came from another site.")

# What it names.
NotFound = _refusal("NotFound", "not_found", 404, "There is no such thing; params: kind, id.")
AccountUnknown = _refusal("AccountUnknown", "account_unknown", 422, "No such account; params: account.")
AccountClosed = _refusal("AccountClosed", "account_closed", 422, "The account is closed; params: account, closed_on.")
AccountUnfit = _refusal("AccountUnfit", "account_unfit", 422, "Not an account for this; params: account, needs.")
AccountExists = _refusal("AccountExists", "account_exists", 409, "The account exists; params: account.")
AccountNotEmpty = _refusal("AccountNotEmpty", "account_not_empty", 409, "Closes at zero; params: account, fund, currency, balance_minor.")
LocalExists = _refusal("LocalExists", "local_exists", 409, "The union has that local; params: local, union.")
FundUnknown = _refusal("FundUnknown", "fund_unknown", 422, "No such fund; params: fund.")
FundClosed = _refusal("FundClosed", "fund_closed", 422, "The fund is closed or not confirmed yet; params: fund.")
FundExists = _refusal("FundExists", "fund_exists", 409, "The fund exists; params: fund.")
FundState = _refusal("FundState", "fund_state", 409, "Not possible in this state of the fund; params: fund, state.")
FundNotEmpty = _refusal("FundNotEmpty", "fund_not_empty", 409, "A fund closes at zero; params: fund, account, currency, balance_minor.")
WrongCurrency = _refusal("WrongCurrency", "wrong_currency", 422, "The account is in another currency, or (reason amount) the place; params: account, or reason and given, and currency.")

# The books' own rules (architecture.md, invariants).
Unbalanced = _refusal("Unbalanced", "unbalanced", 422, "Debits and credits differ; params: book, fund, currency, difference_minor.")
TooFewPostings = _refusal("TooFewPostings", "too_few_postings", 422, "An entry has two postings or more; params: count.")
TooManyPostings = _refusal("TooManyPostings", "too_many_postings", 422, "More lines than an entry may have; params: count, limit.")
ZeroPosting = _refusal("ZeroPosting", "zero_posting", 422, "A posting of nothing; params: line.")
AmountNotPositive = _refusal("AmountNotPositive", "amount_not_positive", 422, "Must be more than zero; params: field.")
PeriodClosed = _refusal("PeriodClosed", "period_closed", 409, "The period is locked; params: book, date, first_open_date.")
PeriodSoftClosed = _refusal("PeriodSoftClosed", "period_soft_closed", 409, "Only corrections may enter; params: book, date, first_open_date.")
SecondSignatureRequired = _refusal("SecondSignatureRequired", "second_signature_required", 409, "Both unions' treasurers must ask; params: book, date.")
PeriodNotOver = _refusal("PeriodNotOver", "period_not_over", 409, "A period is closed when it is over; params: close, ends_on.")
CloseState = _refusal("CloseState", "close_state", 409, "Not possible in this state of the close; params: close, state; reason: waits, signed, all_signed, unfixed, not_shut or declined.")
CloseNotReady = _refusal("CloseNotReady", "close_not_ready", 409, "Steps of the close are missing; params: close, steps; earlier; reason where changed or before_first.")
ScheduleInvalid = _refusal(
    "ScheduleInvalid", "schedule_invalid", 422, "The due days do not hold together; params: reason: month, range or order; date, least, limit."
)
FirstClose = _refusal("FirstClose", "first_close", 409, "It shuts every earlier day too, which was not said; params: close, date.")
CloseSuperseded = _refusal("CloseSuperseded", "close_superseded", 409, "Entries changed the report's figures; params: close, entry.")
MonthSigned = _refusal("MonthSigned", "month_signed", 409, "A fixed or signed report rests on it; params: close, date, reason: fixed or locked.")
SignatureRefused = _refusal("SignatureRefused", "signature_refused", 403, "Password or code does not agree; nothing was signed.")
FutureDate = _refusal("FutureDate", "future_date", 422, "Dated after today; params: date, today.")
InsufficientBalance = _refusal("InsufficientBalance", "insufficient_balance", 409, "The account would go below zero; params: account, fund, currency, balance_minor, amount_minor.")
InsufficientAvailable = _refusal("InsufficientAvailable", "insufficient_available", 409, "The fund has less available; params: fund, currency, available_minor, amount_minor.")
AlreadyReversed = _refusal("AlreadyReversed", "already_reversed", 409, "An entry is reversed once; params: entry, reversal.")
DateBeforeEntry = _refusal("DateBeforeEntry", "date_before_entry", 422, "A reversal is not dated before its entry; params: entry, entry_on, date.")
NotReversible = _refusal("NotReversible", "not_reversible", 409, "Undo it where it was made; params: entry, kind, subject.")
OriginNotAllowed = _refusal("OriginNotAllowed", "origin_not_allowed", 403, "Ring-fence: wrong nation of origin; params: fund, nation, origin.")
MixedOriginSource = _refusal("MixedOriginSource", "mixed_origin_source", 403, "Ring-fence: mixed money cannot enter; params: fund, nation, source.")
ExchangeMissing = _refusal("ExchangeMissing", "exchange_missing", 422, "A conversion needs rate, source and date.")
ExchangeDisagrees = _refusal("ExchangeDisagrees", "exchange_disagrees", 422, "Amounts and rate do not agree; params: expected_minor, given_minor, currency, rate.")

# Idempotency and load.
KeyMissing = _refusal("KeyMissing", "idempotency_key_missing", 400, "A write needs an Idempotency-Key.")
KeyInvalid = _refusal("KeyInvalid", "idempotency_key_invalid", 400, "8 to 100 visible ASCII characters.")
KeyReused = _refusal("KeyReused", "idempotency_key_reused", 409, "The key was used for another request.")
KeyForeign = _refusal("KeyForeign", "idempotency_key_foreign", 409, "The key belongs to somebody else.")
Busy = _refusal("Busy", "busy", 503, "The writer's queue is full; params: retry_after_seconds.")
OutcomeUnknown = _refusal("OutcomeUnknown", "outcome_unknown", 503, "The database was lost in mid-commit; repeat with the same key.")
DatabaseUnavailable = _refusal("DatabaseUnavailable", "database_unavailable", 503, "The database does not answer; params: retry_after_seconds.")

# Exchange rates.
ReportTooLarge = _refusal("ReportTooLarge", "report_too_large", 422, "More lines than a report may have; params: limit.")
RateMissing = _refusal("RateMissing", "rate_missing", 422, "No rate on or before the date; params: base, quote, date.")
RateInvalid = _refusal("RateInvalid", "rate_invalid", 422, "Not a rate; params: text.")
RatesFileInvalid = _refusal("RatesFileInvalid", "rates_file_invalid", 422, "Not a file of the series; params: reason, line.")
RateExists = _refusal("RateExists", "rate_exists", 409, "There is a rate for that day and source; params: date, source.")
NothingToRevalue = _refusal("NothingToRevalue", "nothing_to_revalue", 409, "The trading position is zero at this rate; params: date, rate.")

# Pledges, contributions, transfers.
PledgeClosed = _refusal("PledgeClosed", "pledge_closed", 409, "The pledge is no longer open; params: pledge, state.")
PledgeExceeded = _refusal("PledgeExceeded", "pledge_exceeded", 409, "More than is outstanding; params: pledge, outstanding_minor, currency.")
InstalmentsDisagree = _refusal("InstalmentsDisagree", "instalments_disagree", 422, "Instalments do not add up; params: pledged_minor, sum_minor, currency.")
InstalmentsInvalid = _refusal("InstalmentsInvalid", "instalments_invalid", 422, "Not 1 to 60 instalments; params: count, limit.")
PledgeMismatch = _refusal("PledgeMismatch", "pledge_mismatch", 422, "The pledge is another union's, fund's or currency's; params: pledge, union, fund, currency.")
InstrumentNotAllowed = _refusal("InstrumentNotAllowed", "instrument_not_allowed", 403, "Ring-fence: not by this instrument; params: fund, nation, instrument.")
TransferState = _refusal("TransferState", "transfer_state", 409, "Not possible in this state; params: transfer, state.")
SameAccount = _refusal("SameAccount", "same_account", 422, "From and to are the same account; params: account.")
ReceiptTooLarge = _refusal("ReceiptTooLarge", "receipt_too_large", 422, "More than was sent; params: sent_minor, received_minor, currency.")
DateBeforeSent = _refusal("DateBeforeSent", "date_before_sent", 422, "Before it was sent; params: sent_on, date.")

# Campaigns, payees, requests and who decides about them (domain.md, 6).
CampaignState = _refusal("CampaignState", "campaign_state", 409, "Not possible in this state; params: campaign, state.")
LinesInvalid = _refusal("LinesInvalid", "lines_invalid", 422, "Not 1 to that many lines; params: count, limit.")
PayeeExists = _refusal("PayeeExists", "payee_exists", 409, "A payee of that name exists; params: payee, name.")
PayeeAccountState = _refusal("PayeeAccountState", "payee_account_state", 409, "Not possible in this state of the bank details; params: payee, state.")
PayeeDetailsMissing = _refusal("PayeeDetailsMissing", "payee_details_missing", 409, "No confirmed bank details in that currency; params: payee, currency.")
MatrixInvalid = _refusal("MatrixInvalid", "matrix_invalid", 422, "The approval rules do not hold together; params: reason, kind; date, union, least, limit where it has them.")
MatrixState = _refusal("MatrixState", "matrix_state", 409, "These approval rules were decided about already; params: number, state.")
MatrixMissing = _refusal("MatrixMissing", "matrix_missing", 409, "No approval rules are in force; params: date.")
RequestState = _refusal("RequestState", "request_state", 409, "Not possible in this state; params: request, state.")
RequestChanged = _refusal("RequestChanged", "request_changed", 409, "It changed since it was read; params: request, revision.")
NotRequester = _refusal("NotRequester", "not_requester", 403, "Only who asked, or the campaign's lead, may; params: request.")
FundNotAllowedForInitiative = _refusal("FundNotAllowedForInitiative", "fund_not_allowed_for_initiative", 403, "The fund is not for this; params: fund, initiative, reason.")
MakerNotChecker = _refusal("MakerNotChecker", "maker_not_checker", 403, "Who asked or leads does not approve; params: request, role.")
InterestDeclared = _refusal("InterestDeclared", "interest_declared", 403, "An interest was declared; params: request, subject_kind, subject.")
ApproverNotEligible = _refusal("ApproverNotEligible", "approver_not_eligible", 403, "Ring-fence: only its own nation decides; params: request, fund, nation, union.")
ApproverNotPayer = _refusal("ApproverNotPayer", "approver_not_payer", 403, "Who approved or asked does not pay; params: request, role.")
AlreadyDecided = _refusal("AlreadyDecided", "already_decided", 409, "This person has decided already; params: request.")
ApprovalNotNeeded = _refusal("ApprovalNotNeeded", "approval_not_needed", 409, "Nothing of this kind is needed; params: request, union, capacity.")
ApprovalsMissing = _refusal("ApprovalsMissing", "approvals_missing", 409, "Not approved by all who must, as of today; params: request, missing.")
ResolutionExists = _refusal("ResolutionExists", "resolution_exists", 409, "The board decided already; params: request, union.")
QuorumMissing = _refusal("QuorumMissing", "quorum_missing", 409, "Too few have voted; params: request, union, votes, quorum.")
CommitmentExceeded = _refusal("CommitmentExceeded", "commitment_exceeded", 409, "More than is left of the line; params: request, line, left_minor, currency.")
InvoiceDuplicate = _refusal("InvoiceDuplicate", "invoice_duplicate", 409, "The payee's invoice seems paid already; params: payee, invoice, request, paid_on.")

# Strikes, their rules, rosters, runs, advances and grants (domain.md, 1).
StrikeRulesInvalid = _refusal("StrikeRulesInvalid", "strike_rules_invalid", 422, "The strike rules do not hold together; params: field, reason; least, limit where it has them.")
StrikeRulesState = _refusal("StrikeRulesState", "strike_rules_state", 409, "These strike rules were decided about already; params: rules, state.")
StrikeRulesPlaceholder = _refusal("StrikeRulesPlaceholder", "strike_rules_placeholder", 409, "Its amounts are not decided, so nothing is paid by it; params: rules.")
WebhookUrlInvalid = _refusal("WebhookUrlInvalid", "webhook_url_invalid", 422, "Events cannot be sent there; params: reason: shape, scheme, sign_in, number or private.")
WebhookState = _refusal("WebhookState", "webhook_state", 409, "Not possible in this state of the webhook; params: webhook, state.")
WebhookChanged = _refusal("WebhookChanged", "webhook_changed", 409, "It was changed since it was read; params: webhook, version.")
WebhooksFull = _refusal("WebhooksFull", "webhooks_full", 409, "A union has no more webhooks than that; params: union, limit.")
HoldStands = _refusal("HoldStands", "hold_stands", 409, "A hold keeps what would go; params: hold, strike.")
HoldState = _refusal("HoldState", "hold_state", 409, "Not possible in this state of the hold; params: hold, reason: released, said, nobody_said or exists.")
FilingState = _refusal("FilingState", "filing_state", 409, "It is recorded, or corrected, already; params: filing, reason: exists or corrected.")
ThresholdInvalid = _refusal(
    "ThresholdInvalid", "threshold_invalid", 422,
    "The threshold does not hold together; params: field; reason: code, amount_missing, amount_unused, days_missing, days_unused, days or order; limit.",
)
ThresholdState = _refusal("ThresholdState", "threshold_state", 409, "This threshold was decided about, or one of its code waits; params: threshold, state.")
StatementRequestAnswered = _refusal("StatementRequestAnswered", "statement_request_answered", 409, "It was answered already; params: number, date.")
StrikeState = _refusal("StrikeState", "strike_state", 409, "Not possible in this state; params: strike, state.")
StrikeModel = _refusal("StrikeModel", "strike_model", 409, "Its rules pay in the other shape; params: strike, model.")
StrikeNotAuthorised = _refusal("StrikeNotAuthorised", "strike_not_authorised", 409, "Not authorised by all who must; params: strike, missing.")
StrikeUnsettled = _refusal("StrikeUnsettled", "strike_unsettled", 409, "Its money is not all accounted for; params: strike, subjects (one text).")
WeekInvalid = _refusal("WeekInvalid", "week_invalid", 422, "Not a payable week of the strike, or not over; params: strike, week, first, last.")
ColumnsMissing = _refusal("ColumnsMissing", "columns_missing", 422, "No column of the file was named for these; params: columns.")
RowsInvalid = _refusal("RowsInvalid", "rows_invalid", 422, "Rows that cannot be read, so that none is kept; params: count, row, column.")
IdentifierRefused = _refusal("IdentifierRefused", "identifier_refused", 422, "Looks like a number of a state, a card or a bank; params: field.")
MemberUnknown = _refusal("MemberUnknown", "member_unknown", 422, "Nobody of that reference is on the roster there; params: strike.")
MemberChanged = _refusal("MemberChanged", "member_changed", 409, "Somebody changed the member meanwhile; params: strike, member, by.")
RosterEmpty = _refusal("RosterEmpty", "roster_empty", 409, "Nobody is on the roster; params: strike.")
RunState = _refusal("RunState", "run_state", 409, "Not possible in this state; params: run, state.")
RunExists = _refusal("RunExists", "run_exists", 409, "The week has a run; params: run, week.")
RunChanged = _refusal("RunChanged", "run_changed", 409, "It was computed again since it was read; params: run, revision.")
KeeperNotApprover = _refusal("KeeperNotApprover", "keeper_not_approver", 403, "They changed the roster or duty it rests on; params: run, person.")
NothingChanged = _refusal("NothingChanged", "nothing_changed", 409, "Nothing of it changed since it was computed; params: run.")
WeekNotOver = _refusal("WeekNotOver", "week_not_over", 409, "Its week is not over, and the rules do not pay ahead; params: run, week, ends_on.")
RunEmpty = _refusal("RunEmpty", "run_empty", 409, "Nobody is paid by it; params: run.")
PaymentState = _refusal("PaymentState", "payment_state", 409, "Not possible in this state of the payment; params: run, state.")
PaymentsOpen = _refusal("PaymentsOpen", "payments_open", 409, "Payments are still out; params: run, count.")
ChequeNumberTaken = _refusal("ChequeNumberTaken", "cheque_number_taken", 409, "A cheque of that number was written; params: run, number.")
AdvanceState = _refusal("AdvanceState", "advance_state", 409, "Not possible in this state; params: advance, state.")
AdvanceExists = _refusal("AdvanceExists", "advance_exists", 409, "The local has its advance of that week; params: advance, week.")
AdvanceHeld = _refusal("AdvanceHeld", "advance_held", 409, "Held back; params: local, week, reason.")
ReportState = _refusal("ReportState", "report_state", 409, "Not possible in this state of the expense report; params: local, week, state.")
MoreThanLeft = _refusal("MoreThanLeft", "more_than_left", 409, "More than is left; params: subject, left_minor, currency.")
GrantState = _refusal("GrantState", "grant_state", 409, "Not possible in this state; params: grant, state.")

# What the unions lend and owe each other (domain.md, 2.1, 2.2 and 7).
StepState = _refusal("StepState", "step_state", 409, "Not possible in this state of the step; params: step, state.")
OwnFundNeeded = _refusal("OwnFundNeeded", "own_fund_needed", 422, "Who accepts names a fund of their own book; params: step, union.")
RecordNeeded = _refusal("RecordNeeded", "record_needed", 422, "A settlement names the record that it pays; params: record, the oldest open one.")
ProposerGone = _refusal("ProposerGone", "proposer_gone", 409, "Who proposed it may no longer; params: step, person.")
LoanState = _refusal("LoanState", "loan_state", 409, "Not possible in this state; params: loan, state.")
ResolutionMissing = _refusal("ResolutionMissing", "resolution_missing", 409, "The lender's board has not resolved as much; params: loan, resolved_minor, currency.")
ResolutionRecorded = _refusal("ResolutionRecorded", "resolution_recorded", 409, "That resolution of that body is recorded; params: loan, resolution.")
AgreementState = _refusal("AgreementState", "agreement_state", 409, "Not possible in this state of the agreement; params: agreement, state.")
NoticeTooShort = _refusal("NoticeTooShort", "notice_too_short", 409, "Its terms fix a longer notice; params: agreement, days, earliest.")
AgreementIncomplete = _refusal("AgreementIncomplete", "agreement_incomplete", 409, "It does not say what a computation needs; params: agreement, terms.")
AgreementNotInForce = _refusal("AgreementNotInForce", "agreement_not_in_force", 409, "No version of it holds on that day; params: agreement, date.")
MembershipMissing = _refusal("MembershipMissing", "membership_missing", 409, "No certified number of members by that day; params: unions, date.")
RatesIncomplete = _refusal("RatesIncomplete", "rates_incomplete", 409, "Rates of the agreement's source are missing; params: source, starts_on, ends_on.")
AverageTooEarly = _refusal("AverageTooEarly", "average_too_early", 409, "These days are not over; params: starts_on, ends_on, computable_on.")
JointCostState = _refusal("JointCostState", "joint_cost_state", 409, "Not possible in this state of the joint cost; params: cost, state.")
NothingToEqualise = _refusal("NothingToEqualise", "nothing_to_equalise", 409, "No cost agreed by both in the period; params: starts_on, ends_on.")
EqualisationState = _refusal("EqualisationState", "equalisation_state", 409, "Not possible in this state; params: equalisation, state.")
EqualisationExists = _refusal("EqualisationExists", "equalisation_exists", 409, "The period, or a part of it, has one; params: equalisation.")
ResourceState = _refusal("ResourceState", "resource_state", 409, "Not possible in this state of the resource; params: resource, state.")
ResourceTaken = _refusal("ResourceTaken", "resource_taken", 409, "Another booking has it; params: resource, booking, first, last, free_from.")
ResourceFull = _refusal("ResourceFull", "resource_full", 409, "Too few are left; params: resource, day, left, wanted; free_from where asked for.")
ResourceNotOffered = _refusal("ResourceNotOffered", "resource_not_offered", 409, "Not offered on those days; params: resource, offered_from, offered_to.")
ResourceRateMissing = _refusal("ResourceRateMissing", "resource_rate_missing", 409, "No rate holds on a day; params: resource, day.")
BookingState = _refusal("BookingState", "booking_state", 409, "Not possible in this state of the booking; params: booking, state.")
DeliveryState = _refusal("DeliveryState", "delivery_state", 409, "Not possible in this state of the delivery; params: delivery, state; step where charged back.")
DeliveryChanged = _refusal("DeliveryChanged", "delivery_changed", 409, "It was corrected since it was read; params: delivery, revision.")
DeliveryExists = _refusal("DeliveryExists", "delivery_exists", 409, "Another delivery holds the day; params: booking, day, delivery.")

# The unions' own ledgers, compared.
ExtractAccountUnsaid = _refusal("ExtractAccountUnsaid", "extract_account_unsaid", 422, "Nobody said what it is about; params: account, currency.")
ExtractBalanceMissing = _refusal("ExtractBalanceMissing", "extract_balance_missing", 422, "A balance is needed; params: account, currency, which.")
ExtractUnbalanced = _refusal(
    "ExtractUnbalanced", "extract_unbalanced", 422,
    "Opening and rows do not make the closing; params: account, currency, opening_minor, rows_minor, closing_minor, expected_minor.",
)  # fmt: skip
ComparisonChanged = _refusal("ComparisonChanged", "comparison_changed", 409, "It was compared anew since; params: comparison, current.")
UnexplainedLeft = _refusal("UnexplainedLeft", "unexplained_left", 409, "Above tolerance; params: comparison, unexplained_minor, tolerance_minor, currency.")
DifferenceState = _refusal("DifferenceState", "difference_state", 409, "Not possible in this state of the difference; params: difference, state; reason: unexplained.")

MemberPageState = _refusal("MemberPageState", "member_page_state", 409, "Not possible for this version of the members' page; params: page; reason: not_over, approved.")

# Bank statements and the sheets of banks and of general ledgers.
SheetDoubtful = _refusal("SheetDoubtful", "sheet_doubtful", 422, "A sheet can be read in two ways, and nobody said which; params: reason, field.")
StatementFileInvalid = _refusal("StatementFileInvalid", "statement_file_invalid", 422, "Not a bank statement that can be read; params: reason, line, text, limit.")
StatementTotals = _refusal("StatementTotals", "statement_totals", 422, "A control figure of the file does not agree; params: reason, line, stated, found.")
StatementCurrency = _refusal("StatementCurrency", "statement_currency", 422, "In another currency than the account; params: currency, account_currency, account.")
StatementDates = _refusal("StatementDates", "statement_dates", 422, "A line lies outside the statement's days; params: line, date, starts_on, ends_on.")
StatementUnbalanced = _refusal("StatementUnbalanced", "statement_unbalanced", 422, "Opening and lines do not make the closing; params: currency, opening_minor, lines_minor, closing_minor, difference_minor, count, account.")

# Bank statements, what their lines are matched with, and the proof of cash (domain.md, 2.5).
StatementKnown = _refusal("StatementKnown", "statement_known", 409, "The file, or all its lines, came before; params: statement.")
StatementOpening = _refusal("StatementOpening", "statement_opening", 409, "It does not join what is kept; params: starts_on, opening_minor, expected_minor, currency; reason where it overlaps or says no balance.")
StatementGap = _refusal("StatementGap", "statement_gap", 409, "Days are missing before it; params: covered_to, starts_on, opening_minor, expected_minor, currency.")
StatementPeriodClosed = _refusal("StatementPeriodClosed", "statement_period_closed", 409, "Its days are before the start, or reconciled; params: reason, date, starts_on.")
StatementAccount = _refusal("StatementAccount", "statement_account", 409, "The file is of another account, or of several; params: reason, account, expected, accounts.")
StatementState = _refusal("StatementState", "statement_state", 409, "Not possible in this state of the statement; params: statement, reason.")
StartDisagrees = _refusal("StartDisagrees", "start_disagrees", 409, "What was in circulation does not explain the difference; params: book_minor, statement_minor, ticked_minor, difference_minor, currency.")
BankLineState = _refusal("BankLineState", "bank_line_state", 409, "Not possible in this state of the line; params: line, state.")
BankMatchState = _refusal("BankMatchState", "bank_match_state", 409, "What it holds was dealt with; params: reason, subject.")
BankMatchUneven = _refusal("BankMatchUneven", "bank_match_uneven", 422, "Lines and postings do not come to the same; params: lines_minor, postings_minor, difference_minor, currency.")
BankProposalGone = _refusal("BankProposalGone", "bank_proposal_gone", 409, "A proposal holds no longer; params: count.")
BankRuleInvalid = _refusal("BankRuleInvalid", "bank_rule_invalid", 422, "The rule says nothing, or contradicts itself; params: reason, limit.")
BankRuleChanged = _refusal("BankRuleChanged", "bank_rule_changed", 409, "It was changed since it was read; params: rule, version.")
StillUnreconciled = _refusal("StillUnreconciled", "still_unreconciled", 409, "Something is left over; params: account, date, difference_minor, currency, count.")
ReconciliationOrder = _refusal("ReconciliationOrder", "reconciliation_order", 409, "Not in the order of days, or not at a statement's end; params: reason, account, date, other.")
PayerNotReconciler = _refusal("PayerNotReconciler", "payer_not_reconciler", 403, "Who paid from the account does not reconcile it; params: account, date.")

# Documents.
DocumentTooLarge = _refusal("DocumentTooLarge", "document_too_large", 413, "Larger than the limit; params: limit_bytes.")
DocumentsFull = _refusal("DocumentsFull", "documents_full", 409, "As many documents as a thing may have; params: limit.")
BodyType = _refusal("BodyType", "body_type", 415, "The body is not JSON; params: given.")
DocumentType = _refusal("DocumentType", "document_type", 415, "Not a PDF, image or mail, or not what its name says; params: filename.")

AuditPackLater = _refusal("AuditPackLater", "audit_pack_later", 409, "One is being made, or as many as may be are kept; params: reason, limit.")
AuditPackTooLarge = _refusal("AuditPackTooLarge", "audit_pack_too_large", 413, "More than an audit pack may hold; params: limit_bytes.")

# People.
PersonExists = _refusal("PersonExists", "person_exists", 409, "That e-mail address is in use; params: email.")
PasswordWeak = _refusal("PasswordWeak", "password_weak", 422, "Too short or too common; params: minimum.")
CodeWrong = _refusal("CodeWrong", "code_wrong", 422, "The one-time code does not agree.")
LinkSpent = _refusal("LinkSpent", "link_spent", 410, "The one-time link was used or has expired.")
TermInvalid = _refusal("TermInvalid", "term_invalid", 422, "A role needs a term with an end; params: starts_on, ends_on.")
LastAdministrator = _refusal("LastAdministrator", "last_administrator", 409, "A union keeps one administrator; params: union.")


def all_refusals() -> dict[str, type[Refusal]]:
    """Every refusal by its code, for the guard test and the problem pages."""
    return {cls.code: cls for cls in Refusal.__subclasses__()}
