"""List what of the records goes into an audit pack, table by table and column by column: what is not named here is not in it.

Never named are rosters, picket duty, the lines, payments, recoveries and grants of members, and how many members a run had; bank numbers (a payee's
hint is their last digits); the words of bank lines and of the unions' extracts, which may name a payer; passwords, codes, tokens, links and sessions;
requests that are drafts; of a member's request for a statement, its reference, its local and its words. Reasons and remarks about strikes are left out
too, in the audit trail as well: they may name a member.
"""

import msgspec

from reports.document import Words, words


class Records(msgspec.Struct, frozen=True):
    """One file of records: where it goes, what it is, and the rows, in a total order. People are named by their id in ``people/people.jsonl``."""

    path: str
    what: Words
    query: str


# What the audit trail says of these it may say of a member: a reason, a remark, who was put right, an address with a member's number in it.
STRIKE_ACTIONS: tuple[str, ...] = (
    # What was done, or refused by a rule.
    "record_strike", "change_strike", "authorise_strike", "begin_strike", "ratify_strike", "end_strike", "change_days_strike", "close_strike",
    "call_off_strike", "propose_strike_rules", "confirm_strike_rules", "reject_strike_rules", "view_roster", "upload_roster", "drop_roster",
    "import_roster", "change_member", "add_member", "set_retention", "pseudonymise_roster", "record_duty", "undo_duty", "import_duty", "name_captain",
    "end_captain", "start_run", "compute_run", "submit_run", "send_back_run", "approve_run", "cancel_run", "pay_run", "reconcile_run", "close_run",
    "take_up_changes", "list_payments", "stop_payment", "reissue_payment", "void_payment", "clear_payments", "unclaim_payments", "unclaim_stale",
    "record_overpayment", "repay_overpayment", "propose_write_off", "approve_write_off", "refuse_write_off", "propose_advance", "approve_advance",
    "hold_advance", "let_go_advance", "cancel_advance", "pay_advance", "take_back_advance", "file_expense_report", "return_expense_report",
    "accept_expense_reports", "return_unspent", "propose_grant", "approve_grant", "refuse_grant", "cancel_grant", "pay_grant", "repay_grant",
    # What was not allowed: the trail names the permission that was wanting.
    "read_strikes", "manage_strikes", "read_roster", "manage_roster", "prepare_run", "fix_payment", "prepare_advance", "read_grants", "prepare_grant",
    "read_strike_rules", "change_strike_rules",
)  # fmt: skip
# All that goes out of what it says: a word of ours, a day, or the number of a strike or of an entry; never a text, a person or a count of members.
STRIKE_DETAILS = ("code", "step", "strike", "entry", "fee_entry", "valid_from")
# What was refused of a draft or of a member's request stays the business of who typed it; so do the files of a draft.
TYPED_ACTIONS = ("attach_document", "start_request", "save_request", "submit_request", "record_statement_request", "answer_statement_request")
TYPED_DETAILS = ("code", "kind")

RECORDS: tuple[Records, ...] = (
    Records(
        "people/people.jsonl",
        words("Everybody who acts in the books, by id."),
        "SELECT id, name, union_code AS union, created_at, disabled_at FROM people ORDER BY id",
    ),
    Records(
        "people/roles.jsonl",
        words("Who held which role, from and until when, and who gave it."),
        "SELECT id, person_id, role, starts_on, ends_on, granted_by, granted_at, revoked_by, revoked_at FROM grants ORDER BY person_id, granted_at, id",
    ),
    Records("chart/unions.jsonl", words("The unions."), "SELECT code, name, nation, currency, board FROM unions ORDER BY ordinal"),
    Records(
        "chart/funds.jsonl",
        words("The funds with their restrictions, and who proposed and confirmed them."),
        """SELECT id, code, name_en, name_fr, purpose, restriction, restriction_text, nation, floors, opened_on, closed_on, proposed_by, confirmed_by,
            confirmed FROM funds ORDER BY id""",
    ),
    Records(
        "chart/accounts.jsonl",
        words("The chart of accounts."),
        """SELECT id, book, path, currency, name_en, name_fr, role, custodian, counterparty, origin, opened_on, closed_on FROM accounts ORDER BY id""",
    ),
    Records(
        "chart/periods.jsonl",
        words("The periods of each book, open or closed."),
        "SELECT book, starts_on, ends_on, state, version FROM periods ORDER BY book, starts_on",
    ),
    Records(
        "rates/rates.jsonl",
        words("Every exchange rate in every version, with its source."),
        """SELECT base, quote, observed_on, source, series, version, value, state, retrieved_at, encode(raw_sha256, 'hex') AS raw_sha256, entered_by,
            confirmed_by, confirmed_at, remark FROM rates ORDER BY base, quote, observed_on, source, version""",
    ),
    Records(
        "rates/revaluations.jsonl",
        words("Revaluations, with the rate that each used."),
        """SELECT book, fund_id, revalued_on, currency, rate, rate_observed_on, rate_source, rate_version, entry_number FROM revaluations
        ORDER BY entry_number, book, fund_id, currency, revalued_on""",
    ),
    Records(
        "money/pledges.jsonl",
        words("Pledges of the unions, with their resolutions."),
        """SELECT number, union_code AS union, fund_id, currency, amount_minor, approved_on, resolution, policy, condition_text, remark, state,
            entry_number, recorded_by, recorded_at FROM pledges ORDER BY number""",
    ),
    Records(
        "money/pledge-instalments.jsonl",
        words("Instalments of the pledges."),
        "SELECT pledge, ordinal, due_on, amount_minor FROM pledge_instalments ORDER BY pledge, ordinal",
    ),
    Records(
        "money/contributions.jsonl",
        words("Contributions."),
        """SELECT number, union_code AS union, local_id, fund_id, account_id, currency, amount_minor, received_on, instrument, reference, remark,
            restriction_text, pledge, entry_number, state, recorded_by, recorded_at FROM contributions ORDER BY number""",
    ),
    Records(
        "money/transfers.jsonl",
        words("Transfers between the unions’ banks: sent, received, disputed, returned."),
        """SELECT number, fund_id, from_account, to_account, purpose, state, sent_on, amount_minor, sender_fee_minor, transit_minor, transit_currency,
            sender_exchange, bank_reference, expected_on, sent_entry, sent_by, settled_on, gross_minor, receiver_fee_minor, net_minor,
            receiver_exchange, settled_entry, settled_by, replaces, replaced_by, pledge FROM transfers ORDER BY number""",
    ),
    Records(
        "money/transfer-events.jsonl",
        words("What happened to each transfer."),
        "SELECT transfer, ordinal, recorded_at, person_id, what, remark FROM transfer_events ORDER BY transfer, ordinal",
    ),
    Records(
        "approvals/campaigns.jsonl",
        words("Campaigns."),
        """SELECT number, name, initiative, union_code AS union, local_id, lead_id, starts_on, ends_on, description, state, budget_version, recorded_by,
            recorded_at FROM campaigns ORDER BY number""",
    ),
    Records(
        "approvals/campaign-budgets.jsonl",
        words("Budgets of campaigns, in every version."),
        "SELECT campaign, version, ordinal, what, currency, amount_minor FROM campaign_budget_lines ORDER BY campaign, version, ordinal",
    ),
    Records(
        "approvals/rules.jsonl",
        words("The approval rules in every version, and who proposed and confirmed them."),
        """SELECT m.number, m.valid_from, m.currency, m.split_days, m.own_nation_only, m.fx_headroom_percent, m.draw_days, m.remind_days, m.state,
            m.remark, m.proposed_by, m.proposed_at, m.decided_by, m.decided_at,
            (SELECT jsonb_agg(jsonb_build_object('kind', r.kind, 'fund_id', r.fund_id, 'over_minor', r.over_minor, 'officers', r.officers,
                'secretary_treasurers', r.secretary_treasurers, 'boards', r.boards) ORDER BY r.ordinal)
                FROM approval_rules r WHERE r.matrix = m.number) AS rules,
            (SELECT jsonb_agg(jsonb_build_object('union', b.union_code, 'seats', b.seats, 'quorum', b.quorum) ORDER BY b.union_code)
                FROM board_rules b WHERE b.matrix = m.number) AS boards
        FROM approval_matrices m ORDER BY m.number""",
    ),
    Records(
        "approvals/requests.jsonl",
        words("Requests for money that were submitted."),
        """SELECT number, union_code AS union, requested_by, state, state_since, revision, material_revision, campaign, fund_id, submitted_on,
            expires_on FROM allocations WHERE revision > 0 ORDER BY number""",
    ),
    Records(
        "approvals/request-revisions.jsonl",
        words("Every submission of a request, as it was submitted."),
        """SELECT allocation AS request, revision, campaign, fund_id, kind, electoral, purpose, needed_by, recorded_by, recorded_at
        FROM allocation_revisions ORDER BY allocation, revision""",
    ),
    Records(
        "approvals/request-lines.jsonl",
        words("Lines of each submission."),
        """SELECT allocation AS request, revision, ordinal, what, payee, currency, amount_minor, budget_line FROM allocation_lines
        ORDER BY allocation, revision, ordinal""",
    ),
    Records(
        "approvals/decisions.jsonl",
        words("Decisions of officers about requests: approved, returned, rejected, stepped aside, with reasons."),
        """SELECT allocation AS request, ordinal, revision, person_id, union_code AS union, capacity, decision, reason, decided_at
        FROM allocation_decisions ORDER BY allocation, ordinal""",
    ),
    Records(
        "approvals/board-resolutions.jsonl",
        words("Resolutions of boards about requests."),
        """SELECT allocation AS request, union_code AS union, revision, number, decided_on, outcome, source, document_id, recorded_by, recorded_at
        FROM board_resolutions ORDER BY allocation, union_code, revision""",
    ),
    Records(
        "approvals/board-votes.jsonl",
        words("Votes of board members about requests."),
        """SELECT allocation AS request, union_code AS union, revision, person_id, vote, remark, voted_at FROM board_votes
        ORDER BY allocation, union_code, revision, person_id""",
    ),
    Records(
        "approvals/request-events.jsonl",
        words("What happened to each request."),
        """SELECT e.allocation AS request, e.ordinal, e.recorded_at, e.person_id, e.what, e.remark, e.entry_number FROM allocation_events e
        JOIN allocations a ON a.number = e.allocation AND a.revision > 0 ORDER BY e.allocation, e.ordinal""",
    ),
    Records(
        "approvals/commitments.jsonl",
        words("Money set aside by approved requests, and what of it was paid or given back."),
        """SELECT allocation AS request, ordinal, currency, committed_minor, relieved_minor, paid_minor, final FROM commitments
        ORDER BY allocation, ordinal""",
    ),
    Records(
        "approvals/payments.jsonl",
        words("Payments of requests against invoices."),
        """SELECT allocation AS request, ordinal, line, payee, payee_account, account_id, paid_on, invoice, invoiced_on, amount_minor, currency,
            relieved_minor, final, bank_minor, fee_minor, exchange, reference, entry_number, state, recorded_by, recorded_at
        FROM allocation_payments ORDER BY allocation, ordinal""",
    ),
    Records("approvals/payees.jsonl", words("Payees."), "SELECT number, name, country, recorded_by, recorded_at FROM payees ORDER BY number"),
    Records(
        "approvals/payee-accounts.jsonl",
        words("Bank details of payees: who proposed and who confirmed them, with their last digits only."),
        """SELECT id, payee, currency, hint, state, proposed_by, proposed_at, decided_by, decided_at FROM payee_accounts
        ORDER BY payee, proposed_at, id""",
    ),
    Records(
        "between-unions/agreements.jsonl",
        words("Agreements of the unions in every version."),
        """SELECT number, version, kind, title, fixes, valid_from, valid_to, charge_back_percent, share_basis, shares, currency, debt_currency,
            rate_source, rate_rule, settlement_rule, fee_borne_by, tolerance_minor, notice_days, ending, state, proposed_by, proposed_union,
            proposed_at, decided_by, decided_at, ended_by, ended_at, remark FROM agreements ORDER BY number, version""",
    ),
    Records(
        "between-unions/agreement-signatures.jsonl",
        words("Who signed each agreement for each union."),
        """SELECT number, version, union_code AS union, signed_by, office, signed_on FROM agreement_signatures
        ORDER BY number, version, union_code""",
    ),
    Records(
        "between-unions/loans.jsonl",
        words("Loans from one union to the other."),
        """SELECT number, lender, borrower, currency, limit_minor, interest_percent, starts_on, matures_on, purpose, lender_fund, borrower_fund,
            agreement, state, state_since, proposed_by, proposed_union, proposed_at, decided_by, remark FROM loans ORDER BY number""",
    ),
    Records(
        "between-unions/loan-instalments.jsonl",
        words("When each loan is to be paid back."),
        "SELECT loan, ordinal, due_on, amount_minor FROM loan_instalments ORDER BY loan, ordinal",
    ),
    Records(
        "between-unions/loan-resolutions.jsonl",
        words("Resolutions of the bodies that agreed to each loan."),
        """SELECT loan, ordinal, body, resolution, decided_on, amount_minor, document_id, recorded_by, recorded_at FROM loan_resolutions
        ORDER BY loan, ordinal""",
    ),
    Records(
        "between-unions/steps.jsonl",
        words("What was proposed by one union and accepted or declined by the other: drawings, repayments, settlements."),
        """SELECT s.number, s.kind, s.subject, s.creditor, s.debtor, s.currency, s.amount_minor, s.entry_date, s.description, s.reference,
            s.paid_currency, s.paid_minor, s.rate, s.rate_source, s.rate_date, s.agreement, s.resolution, s.reverses, s.state, s.state_since,
            s.proposed_by, s.proposed_union, s.proposed_at, s.decided_by, s.remark, s.reversed_by,
            (SELECT jsonb_object_agg(m.union_code, m.entry_number) FROM mirrored_entries m WHERE m.step = s.number) AS entries
        FROM mirrored_steps s ORDER BY s.number""",
    ),
    Records(
        "between-unions/deliveries.jsonl",
        words("Resources that were lent and delivered, what they were worth, and who confirmed it."),
        """SELECT d.number, d.booking, b.resource, b.lender, b.borrower, d.starts_on, d.ends_on, d.state, d.state_since, d.revision, d.quantity, d.basis,
            d.currency, d.rate, d.value_minor, d.is_chargeable, d.charge_back, d.recorded_by, d.recorded_at, d.submitted_by, d.confirmed_by,
            d.confirmed_at, d.entry_number
        FROM deliveries d JOIN bookings b ON b.number = d.booking WHERE d.state <> 'draft' ORDER BY d.number""",
    ),
    Records(
        "between-unions/membership-counts.jsonl",
        words("Numbers of members that the unions certified to each other."),
        """SELECT union_code AS union, as_of, version, members, source, document_id, certified_by, certified_at FROM membership_counts
        ORDER BY union_code, as_of, version""",
    ),
    Records(
        "between-unions/joint-costs.jsonl",
        words("Joint costs that one union paid."),
        """SELECT number, union_code AS union, paid_on, currency, amount_minor, what, campaign, reference, state, state_since, recorded_by, recorded_at,
            decided_by, equalisation, remark FROM joint_costs ORDER BY number""",
    ),
    Records(
        "between-unions/equalisations.jsonl",
        words("Equalisations of joint costs, with their whole working."),
        """SELECT number, agreement, agreement_version, starts_on, ends_on, currency, debt_currency, pool_minor, balance_minor, creditor, debtor,
            working, state, state_since, step, made_by, made_at, remark FROM equalisations ORDER BY number""",
    ),
    Records(
        "strikes/strikes.jsonl",
        words("Strikes and lockouts, without anything about a member."),
        """SELECT number, union_code AS union, kind, name, state, state_since, notice_on, mandate_on, mandate, starts_on, rule_set, fund_id, currency,
            ratified_on, ended_on, retain_until, pseudonymised_at, recorded_by, recorded_at FROM strikes ORDER BY number""",
    ),
    Records(
        "strikes/authorisations.jsonl",
        words("Who authorised each strike for each union."),
        """SELECT strike, union_code AS union, body, resolution, decided_on, document_id, recorded_by, recorded_at FROM strike_authorisations
        ORDER BY strike, union_code""",
    ),
    Records(
        "strikes/runs.jsonl",
        words("Weekly runs: their sums, who prepared, approved and paid them, and their entries."),
        """SELECT number, strike, union_code AS union, week, starts_on, ends_on, currency, rule_set, rule_version, state, state_since, revision,
            gross_minor, recovered_minor, made_by, made_at, computed_by, submitted_by, approved_by, approved_on, accrual_entry, paid_by, paid_on,
            account_id, payment_entry FROM strike_runs ORDER BY number""",
    ),
    Records(
        "strikes/advances.jsonl",
        words("Advances to locals on strike, and who approved and paid them."),
        """SELECT number, strike, union_code AS union, local_id, week, starts_on, ends_on, amount_minor, currency, rule_set, rule_version, state,
            state_since, proposed_by, proposed_at, approved_by, paid_by, paid_on, account_id, entry_number FROM strike_advances ORDER BY number""",
    ),
    Records(
        "strikes/rules.jsonl",
        words("Strike rules in every version, and who proposed and confirmed them."),
        """SELECT code, version, union_code AS union, model, currency, valid_from, rules, state, proposed_by, proposed_at, decided_by, decided_at
        FROM strike_rule_sets ORDER BY code, version""",
    ),
    Records(
        "bank/statements.jsonl",
        words("Bank statements that were brought in, with the hash of the bank’s file; no bank number."),
        """SELECT s.number, s.account_id, s.format, s.starts_on, s.ends_on, s.opening_minor, s.closing_minor, s.lines, s.known_lines, s.document_id,
            encode(d.sha256, 'hex') AS file_sha256, s.state, s.imported_by, s.imported_at, s.withdrawn_by, s.withdrawn_at
        FROM bank_statements s JOIN documents d ON d.id = s.document_id ORDER BY s.ordinal""",
    ),
    Records(
        "bank/reconciliations.jsonl",
        words("Bank reconciliations: the proof of each, what was in circulation, who made and who undid it."),
        """SELECT account_id, ends_on, version, statement, statement_minor, book_minor, deposits_minor, payments_minor, bank_errors_minor,
            recorded_later_minor, working - 'bank_errors' AS working, done_by, done_at, undone_by, undone_at, remark FROM bank_reconciliations
        ORDER BY account_id, ends_on, version""",
    ),
    Records(
        "comparison/comparisons.jsonl",
        words("The unions’ ledgers compared: both balances, the pool’s, and what is not explained."),
        """SELECT number, ends_on, creditor, debtor, currency, about, creditor_extract, debtor_extract, creditor_minor, debtor_minor, pool_minor,
            unexplained_minor, state, made_by, made_at FROM union_comparisons ORDER BY ordinal""",
    ),
    Records(
        "comparison/agreements.jsonl",
        words("Who agreed to each comparison."),
        "SELECT comparison, union_code AS union, person_id, agreed_at, remark FROM comparison_agreements ORDER BY comparison, union_code",
    ),
    Records(
        "comparison/differences.jsonl",
        words("Differences between the ledgers: their class, who sees to each, and whether it is settled."),
        """SELECT number, creditor, debtor, currency, about, first_seen, last_seen, creditor_day, debtor_day, creditor_minor, debtor_minor, pool_minor,
            class, classed_by, owner, due_on, state, state_since, version, remark FROM union_differences ORDER BY ordinal""",
    ),
    Records(
        "comparison/difference-events.jsonl",
        words("What was said and done about each difference."),
        "SELECT difference, ordinal, recorded_at, person_id, what, remark FROM difference_events ORDER BY difference, ordinal",
    ),
    Records(
        "closes/closes.jsonl",
        words("Closes of months."),
        "SELECT number, starts_on, ends_on, hard, state, state_since, opened_by, opened_at FROM closes ORDER BY starts_on",
    ),
    Records(
        "closes/confirmations.jsonl",
        words("What each union’s treasury confirmed of each step of a close."),
        """SELECT close, step, union_code AS union, ordinal, person_id, at, remark FROM close_confirmations
        ORDER BY close, at, step, union_code, ordinal""",
    ),
    Records(
        "closes/reports.jsonl",
        words("Every version of every fixed report: its head, its hashes, and who fixed it."),
        """SELECT close, version, status, head_number, encode(head_hash, 'hex') AS head_hash, encode(facts_sha256, 'hex') AS facts_sha256,
            encode(journal_sha256, 'hex') AS journal_sha256, encode(pdf_en_sha256, 'hex') AS pdf_en_sha256,
            encode(pdf_fr_sha256, 'hex') AS pdf_fr_sha256, fixed_by, fixed_at FROM close_reports ORDER BY close, version""",
    ),
    Records(
        "closes/signatures.jsonl",
        words("Signatures of the treasurers on the fixed reports, and refusals to sign, with remarks."),
        """SELECT close, version, union_code AS union, ordinal, person_id, person_name, decision, statement, encode(digest, 'hex') AS digest, with_code,
            signed_at, remarks FROM close_signatures ORDER BY close, version, union_code, ordinal""",
    ),
    Records(
        "closes/reopenings.jsonl",
        words("Who asked to open a month again, and why."),
        """SELECT close, version, union_code AS union, person_id, asked_at, reason FROM close_reopenings
        ORDER BY close, version, union_code""",
    ),
    Records(
        "heads/kept-heads.jsonl",
        words("The heads that each union took away to keep, as the books remember them."),
        """SELECT union_code AS union, close, version, person_id, kept_at, head_number, encode(head_hash, 'hex') AS head_hash,
            encode(file_sha256, 'hex') AS file_sha256 FROM kept_heads ORDER BY kept_at, union_code, close, version""",
    ),
    Records(
        "forms/form-maps.jsonl",
        words("Where each union’s accounts belong on Form LM-2, in every version of its own, and who decided it."),
        """SELECT union_code AS union, version, form, valid_from, source, lines, changed_by, changed_at FROM form_maps
        ORDER BY union_code, version""",
    ),
    Records(
        "forms/statement-requests.jsonl",
        words("Members’ requests for a financial statement: when each was asked and answered. Nothing says who asked."),
        """SELECT number, union_code AS union, asked_on, recorded_by, recorded_at, answered_on, answered_on - asked_on AS days, answered_by, answered_at
        FROM statement_requests ORDER BY asked_on, length(number), number""",
    ),
)
