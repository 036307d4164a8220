"""Create what a month end needs: bank statements and what their lines were matched with, the unions' own ledger extracts and the differences
between them, the close of a period with its report and both signatures, holidays, and the heads each union keeps of the other's books.

A bank line and a posting are each in one live match at most, by a partial unique index; a match that is undone stays, no longer live.
"""

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# How a union's bank or its bookkeeping program writes a sheet; read again each month.
PROFILES = [
    """CREATE TABLE sheet_profiles (
        id integer NOT NULL, union_code text NOT NULL, purpose text NOT NULL, name text NOT NULL, account_id integer, profile jsonb NOT NULL,
        version integer NOT NULL, changed_by integer NOT NULL, changed_at timestamptz NOT NULL, retired_at timestamptz,
        CONSTRAINT sheet_profiles_pk PRIMARY KEY (id),
        CONSTRAINT sheet_profiles_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT sheet_profiles_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT sheet_profiles_purpose_known CHECK (purpose IN ('statement', 'extract')))""",
    """CREATE UNIQUE INDEX sheet_profiles_name_once ON sheet_profiles (union_code, purpose, name) WHERE retired_at IS NULL""",
]

# Amounts are minor units of the account's own currency, money that comes in positive, as the account's postings are. ``head_number`` is the last entry
# when a start was set: what is recorded later of an earlier day is not in its figures. ``cleared_on`` is the day both sides of a match had it.
BANK = [
    """CREATE TABLE bank_starts (
        account_id integer NOT NULL, starts_on date NOT NULL, statement_minor bigint NOT NULL, book_minor bigint NOT NULL,
        head_number bigint NOT NULL, set_by integer NOT NULL, set_at timestamptz NOT NULL,
        CONSTRAINT bank_starts_pk PRIMARY KEY (account_id),
        CONSTRAINT bank_starts_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id))""",
    """CREATE TABLE bank_start_outstanding (
        account_id integer NOT NULL, entry_number bigint NOT NULL, line smallint NOT NULL, amount_minor bigint NOT NULL,
        CONSTRAINT bank_start_outstanding_pk PRIMARY KEY (entry_number, line),
        CONSTRAINT bank_start_outstanding_start_fk FOREIGN KEY (account_id) REFERENCES bank_starts (account_id))""",
    """CREATE TABLE bank_statements (
        number text NOT NULL, ordinal integer NOT NULL, account_id integer NOT NULL, format text NOT NULL, bank_account text NOT NULL,
        bank_number text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL, opening_minor bigint NOT NULL, opening_given boolean NOT NULL,
        closing_minor bigint NOT NULL, lines integer NOT NULL, known_lines integer NOT NULL, document_id uuid NOT NULL, state text NOT NULL,
        imported_by integer NOT NULL, imported_at timestamptz NOT NULL, withdrawn_by integer, withdrawn_at timestamptz, remark text NOT NULL,
        CONSTRAINT bank_statements_pk PRIMARY KEY (number),
        CONSTRAINT bank_statements_ordinal_once UNIQUE (ordinal),
        CONSTRAINT bank_statements_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT bank_statements_document_fk FOREIGN KEY (document_id) REFERENCES documents (id),
        CONSTRAINT bank_statements_format_known CHECK (format IN ('ofx', 'camt053', 'mt940', 'bai2', 'csv')),
        CONSTRAINT bank_statements_state_known CHECK (state IN ('kept', 'withdrawn')),
        CONSTRAINT bank_statements_in_order CHECK (starts_on <= ends_on),
        CONSTRAINT bank_statements_lines CHECK (lines >= 0 AND known_lines >= 0 AND known_lines <= lines))""",
    """CREATE INDEX bank_statements_by_account ON bank_statements (account_id, ends_on, ordinal)""",
    """CREATE TABLE bank_lines (
        number bigint NOT NULL, account_id integer NOT NULL, statement text NOT NULL, day date NOT NULL, value_date date,
        amount_minor bigint NOT NULL, bank_id text NOT NULL, identity text NOT NULL, reference text NOT NULL, cheque text NOT NULL,
        counterparty text NOT NULL, text text NOT NULL, code text NOT NULL, state text NOT NULL, reason text NOT NULL,
        CONSTRAINT bank_lines_pk PRIMARY KEY (number),
        CONSTRAINT bank_lines_statement_fk FOREIGN KEY (statement) REFERENCES bank_statements (number),
        CONSTRAINT bank_lines_state_known CHECK (state IN ('new', 'matched', 'excluded', 'zero', 'withdrawn')),
        CONSTRAINT bank_lines_no_amount CHECK (state <> 'zero' OR amount_minor = 0),
        CONSTRAINT bank_lines_reason_given CHECK (CASE state WHEN 'excluded' THEN reason <> '' WHEN 'matched' THEN true ELSE reason = '' END))""",
    # A withdrawn statement's lines may come again with the right file.
    """CREATE UNIQUE INDEX bank_lines_identity_once ON bank_lines (account_id, identity) WHERE state <> 'withdrawn'""",
    """CREATE INDEX bank_lines_by_day ON bank_lines (account_id, day, number)""",
    """CREATE INDEX bank_lines_open ON bank_lines (account_id, day, number) WHERE state = 'new'""",
    """CREATE INDEX bank_lines_by_statement ON bank_lines (statement, number)""",
    """CREATE TABLE bank_rules (
        id integer NOT NULL, union_code text NOT NULL, account_id integer, words text NOT NULL, direction text NOT NULL, least_minor bigint,
        most_minor bigint, action text NOT NULL, facts jsonb NOT NULL, learnt_from bigint, uses integer NOT NULL, version integer NOT NULL,
        changed_by integer NOT NULL, changed_at timestamptz NOT NULL, retired_at timestamptz,
        CONSTRAINT bank_rules_pk PRIMARY KEY (id),
        CONSTRAINT bank_rules_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT bank_rules_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT bank_rules_direction_known CHECK (direction IN ('in', 'out', 'both')),
        CONSTRAINT bank_rules_action_known CHECK (action IN ('fee', 'interest', 'contribution', 'receipt', 'match', 'exclude')),
        CONSTRAINT bank_rules_in_order CHECK (least_minor <= most_minor),
        CONSTRAINT bank_rules_words CHECK (words <> ''))""",
    """CREATE TABLE bank_matches (
        id bigint NOT NULL, account_id integer NOT NULL, pass text NOT NULL, rule_id integer, lines_minor bigint NOT NULL,
        postings_minor bigint NOT NULL, cleared_on date NOT NULL, remark text NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL,
        undone_by integer, undone_at timestamptz,
        CONSTRAINT bank_matches_pk PRIMARY KEY (id),
        CONSTRAINT bank_matches_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT bank_matches_rule_fk FOREIGN KEY (rule_id) REFERENCES bank_rules (id),
        CONSTRAINT bank_matches_pass_known CHECK (pass IN ('reference', 'amount_and_date', 'amount', 'many_to_one', 'one_to_many', 'net_of_fee', 'rule',
            'hand', 'recorded', 'cancelled_out')),
        CONSTRAINT bank_matches_agree CHECK (lines_minor = postings_minor))""",
    """CREATE INDEX bank_matches_by_account ON bank_matches (account_id, id)""",
    """CREATE TABLE bank_matched_lines (
        match_id bigint NOT NULL, line bigint NOT NULL, live boolean NOT NULL,
        CONSTRAINT bank_matched_lines_pk PRIMARY KEY (match_id, line),
        CONSTRAINT bank_matched_lines_match_fk FOREIGN KEY (match_id) REFERENCES bank_matches (id))""",
    """CREATE UNIQUE INDEX bank_matched_lines_once ON bank_matched_lines (line) WHERE live""",
    """CREATE TABLE bank_matched_postings (
        match_id bigint NOT NULL, entry_number bigint NOT NULL, line smallint NOT NULL, account_id integer NOT NULL, amount_minor bigint NOT NULL,
        cleared_on date NOT NULL, live boolean NOT NULL,
        CONSTRAINT bank_matched_postings_pk PRIMARY KEY (match_id, entry_number, line),
        CONSTRAINT bank_matched_postings_match_fk FOREIGN KEY (match_id) REFERENCES bank_matches (id))""",
    """CREATE UNIQUE INDEX bank_matched_postings_once ON bank_matched_postings (entry_number, line) WHERE live""",
    """CREATE INDEX bank_matched_postings_by_account ON bank_matched_postings (account_id, cleared_on) WHERE live""",
    """CREATE TABLE bank_reconciliations (
        account_id integer NOT NULL, ends_on date NOT NULL, version integer NOT NULL, statement text NOT NULL, statement_minor bigint NOT NULL,
        book_minor bigint NOT NULL, deposits_minor bigint NOT NULL, payments_minor bigint NOT NULL, bank_errors_minor bigint NOT NULL,
        recorded_later_minor bigint NOT NULL, working jsonb NOT NULL, done_by integer NOT NULL, done_at timestamptz NOT NULL, undone_by integer, undone_at timestamptz, remark text NOT NULL,
        CONSTRAINT bank_reconciliations_pk PRIMARY KEY (account_id, ends_on, version),
        CONSTRAINT bank_reconciliations_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT bank_reconciliations_statement_fk FOREIGN KEY (statement) REFERENCES bank_statements (number),
        CONSTRAINT bank_reconciliations_proof CHECK (statement_minor + deposits_minor + payments_minor + bank_errors_minor + recorded_later_minor = book_minor))""",
    """CREATE UNIQUE INDEX bank_reconciliations_live ON bank_reconciliations (account_id, ends_on) WHERE undone_at IS NULL""",
]

# Amounts of extracts are as their union's own books have them, debit positive. What a union says it paid in or has on its way is compared with the
# pool: there the debtor is the joint book.
BETWEEN = [
    """CREATE TABLE extract_accounts (
        union_code text NOT NULL, code text NOT NULL, currency char(3) NOT NULL, means text NOT NULL, other_union text, changed_by integer NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT extract_accounts_pk PRIMARY KEY (union_code, code, currency),
        CONSTRAINT extract_accounts_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT extract_accounts_other_fk FOREIGN KEY (other_union) REFERENCES unions (code),
        CONSTRAINT extract_accounts_means_known CHECK (means IN ('due_from', 'due_to', 'contributions', 'in_transit', 'ignored')))""",
    """CREATE TABLE ledger_extracts (
        number text NOT NULL, ordinal integer NOT NULL, union_code text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL, rows integer NOT NULL,
        document_id uuid NOT NULL, state text NOT NULL, imported_by integer NOT NULL, imported_at timestamptz NOT NULL, replaced_by text,
        CONSTRAINT ledger_extracts_pk PRIMARY KEY (number),
        CONSTRAINT ledger_extracts_ordinal_once UNIQUE (ordinal),
        CONSTRAINT ledger_extracts_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT ledger_extracts_document_fk FOREIGN KEY (document_id) REFERENCES documents (id),
        CONSTRAINT ledger_extracts_state_known CHECK (state IN ('kept', 'replaced')),
        CONSTRAINT ledger_extracts_in_order CHECK (starts_on <= ends_on))""",
    """CREATE UNIQUE INDEX ledger_extracts_one_a_period ON ledger_extracts (union_code, ends_on) WHERE state = 'kept'""",
    """CREATE TABLE extract_balances (
        extract text NOT NULL, code text NOT NULL, currency char(3) NOT NULL, opening_minor bigint NOT NULL, closing_minor bigint NOT NULL,
        CONSTRAINT extract_balances_pk PRIMARY KEY (extract, code, currency),
        CONSTRAINT extract_balances_extract_fk FOREIGN KEY (extract) REFERENCES ledger_extracts (number))""",
    """CREATE TABLE extract_rows (
        extract text NOT NULL, ordinal integer NOT NULL, day date NOT NULL, code text NOT NULL, currency char(3) NOT NULL, amount_minor bigint NOT NULL,
        document text NOT NULL, text text NOT NULL,
        CONSTRAINT extract_rows_pk PRIMARY KEY (extract, ordinal),
        CONSTRAINT extract_rows_extract_fk FOREIGN KEY (extract) REFERENCES ledger_extracts (number))""",
    """CREATE TABLE union_comparisons (
        number text NOT NULL, ordinal integer NOT NULL, ends_on date NOT NULL, creditor text NOT NULL, debtor text NOT NULL, currency char(3) NOT NULL,
        about text NOT NULL, creditor_extract text, debtor_extract text, creditor_minor bigint NOT NULL, debtor_minor bigint NOT NULL, pool_minor bigint NOT NULL,
        unexplained_minor bigint NOT NULL, working jsonb NOT NULL, state text NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL,
        CONSTRAINT union_comparisons_pk PRIMARY KEY (number),
        CONSTRAINT union_comparisons_ordinal_once UNIQUE (ordinal),
        CONSTRAINT union_comparisons_creditor_fk FOREIGN KEY (creditor) REFERENCES unions (code),
        CONSTRAINT union_comparisons_two_sides CHECK (creditor <> debtor),
        CONSTRAINT union_comparisons_about_known CHECK (about IN ('owed', 'contributions', 'in_transit')),
        CONSTRAINT union_comparisons_with_the_pool CHECK ((about = 'owed') = (debtor <> 'joint')),
        CONSTRAINT union_comparisons_state_known CHECK (state IN ('current', 'replaced')))""",
    """CREATE UNIQUE INDEX union_comparisons_current ON union_comparisons (ends_on, creditor, debtor, currency, about) WHERE state = 'current'""",
    """CREATE TABLE comparison_agreements (
        comparison text NOT NULL, union_code text NOT NULL, person_id integer NOT NULL, agreed_at timestamptz NOT NULL, remark text NOT NULL,
        CONSTRAINT comparison_agreements_pk PRIMARY KEY (comparison, union_code),
        CONSTRAINT comparison_agreements_comparison_fk FOREIGN KEY (comparison) REFERENCES union_comparisons (number))""",
    """CREATE TABLE union_differences (
        number text NOT NULL, ordinal integer NOT NULL, identity text NOT NULL, creditor text NOT NULL, debtor text NOT NULL, currency char(3) NOT NULL,
        about text NOT NULL, first_seen date NOT NULL, last_seen date NOT NULL, reference text NOT NULL, creditor_day date, debtor_day date, creditor_minor bigint,
        debtor_minor bigint, pool_minor bigint, class text NOT NULL, classed_by integer, hint text NOT NULL, owner text, due_on date, state text NOT NULL,
        state_since timestamptz NOT NULL, version integer NOT NULL, remark text NOT NULL,
        CONSTRAINT union_differences_pk PRIMARY KEY (number),
        CONSTRAINT union_differences_ordinal_once UNIQUE (ordinal),
        CONSTRAINT union_differences_owner_fk FOREIGN KEY (owner) REFERENCES unions (code),
        CONSTRAINT union_differences_class_known CHECK (class IN ('timing', 'missing_at_creditor', 'missing_at_debtor', 'missing_at_pool', 'keying', 'fx_rate', 'fee',
            'wrong_fund', 'wrong_counterparty', 'duplicate', 'wrong_sign', 'period_cutoff', 'disputed', 'unexplained')),
        CONSTRAINT union_differences_state_known CHECK (state IN ('open', 'resolved')))""",
    """CREATE UNIQUE INDEX union_differences_open_once ON union_differences (identity) WHERE state = 'open'""",
    """CREATE INDEX union_differences_by_state ON union_differences (state, ordinal)""",
    """CREATE TABLE difference_events (
        difference text NOT NULL, ordinal integer NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        remark text NOT NULL, facts jsonb NOT NULL,
        CONSTRAINT difference_events_pk PRIMARY KEY (difference, ordinal),
        CONSTRAINT difference_events_difference_fk FOREIGN KEY (difference) REFERENCES union_differences (number))""",
]

# A close is of the joint book's months; the third month of a quarter is closed hard. Its report is kept as it was signed, byte for byte.
CLOSE = [
    """CREATE TABLE closes (
        number text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL, hard boolean NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL,
        opened_by integer NOT NULL, opened_at timestamptz NOT NULL,
        CONSTRAINT closes_pk PRIMARY KEY (number),
        CONSTRAINT closes_first_day_once UNIQUE (starts_on),
        CONSTRAINT closes_state_known CHECK (state IN ('open', 'fixed', 'locked', 'reopened')),
        CONSTRAINT closes_in_order CHECK (starts_on <= ends_on))""",
    """CREATE TABLE close_confirmations (
        close text NOT NULL, step text NOT NULL, union_code text NOT NULL, ordinal integer NOT NULL, person_id integer NOT NULL, at timestamptz NOT NULL,
        facts jsonb NOT NULL, remark text NOT NULL,
        CONSTRAINT close_confirmations_pk PRIMARY KEY (close, step, union_code, ordinal),
        CONSTRAINT close_confirmations_close_fk FOREIGN KEY (close) REFERENCES closes (number),
        CONSTRAINT close_confirmations_union_fk FOREIGN KEY (union_code) REFERENCES unions (code))""",
    """CREATE TABLE close_reports (
        close text NOT NULL, version integer NOT NULL, status text NOT NULL, facts bytea NOT NULL, facts_sha256 bytea NOT NULL, journal_sha256 bytea NOT NULL,
        head_number bigint NOT NULL, head_hash bytea NOT NULL, pdf_en bytea NOT NULL, pdf_en_sha256 bytea NOT NULL, pdf_fr bytea NOT NULL,
        pdf_fr_sha256 bytea NOT NULL, fixed_by integer NOT NULL, fixed_at timestamptz NOT NULL, steps jsonb NOT NULL,
        CONSTRAINT close_reports_pk PRIMARY KEY (close, version),
        CONSTRAINT close_reports_close_fk FOREIGN KEY (close) REFERENCES closes (number),
        CONSTRAINT close_reports_status_known CHECK (status IN ('agreed', 'agreed_with_differences', 'disputed')),
        CONSTRAINT close_reports_facts_hash CHECK (facts_sha256 = sha256(facts)),
        CONSTRAINT close_reports_en_hash CHECK (pdf_en_sha256 = sha256(pdf_en)),
        CONSTRAINT close_reports_fr_hash CHECK (pdf_fr_sha256 = sha256(pdf_fr)))""",
    """CREATE TABLE close_signatures (
        close text NOT NULL, version integer NOT NULL, union_code text NOT NULL, ordinal integer NOT NULL, person_id integer NOT NULL,
        person_name text NOT NULL, decision text NOT NULL, statement text NOT NULL, digest bytea NOT NULL, with_code boolean NOT NULL,
        signed_at timestamptz NOT NULL, remarks text NOT NULL,
        CONSTRAINT close_signatures_pk PRIMARY KEY (close, version, union_code, ordinal),
        CONSTRAINT close_signatures_report_fk FOREIGN KEY (close, version) REFERENCES close_reports (close, version),
        CONSTRAINT close_signatures_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT close_signatures_decision_known CHECK (decision IN ('signed', 'declined')),
        CONSTRAINT close_signatures_remarks CHECK (decision = 'signed' OR remarks <> ''))""",
    """CREATE UNIQUE INDEX close_signatures_once ON close_signatures (close, version, union_code) WHERE decision = 'signed'""",
    """CREATE UNIQUE INDEX close_signatures_two_people ON close_signatures (close, version, person_id) WHERE decision = 'signed'""",
    """CREATE TABLE close_reopenings (
        close text NOT NULL, version integer NOT NULL, union_code text NOT NULL, ordinal integer NOT NULL, person_id integer NOT NULL,
        asked_at timestamptz NOT NULL, reason text NOT NULL,
        CONSTRAINT close_reopenings_pk PRIMARY KEY (close, version, union_code),
        CONSTRAINT close_reopenings_close_fk FOREIGN KEY (close) REFERENCES closes (number),
        CONSTRAINT close_reopenings_reason CHECK (reason <> ''))""",
    """CREATE TABLE kept_heads (
        union_code text NOT NULL, close text NOT NULL, version integer NOT NULL, person_id integer NOT NULL, kept_at timestamptz NOT NULL,
        head_number bigint NOT NULL, head_hash bytea NOT NULL, file_sha256 bytea NOT NULL,
        CONSTRAINT kept_heads_pk PRIMARY KEY (union_code, close, version, kept_at),
        CONSTRAINT kept_heads_report_fk FOREIGN KEY (close, version) REFERENCES close_reports (close, version))""",
    """CREATE TABLE holidays (
        country char(2) NOT NULL, day date NOT NULL, name_en text NOT NULL, name_fr text NOT NULL, source text NOT NULL,
        CONSTRAINT holidays_pk PRIMARY KEY (country, day))""",
]

APPEND_ONLY = (
    "extract_balances", "extract_rows", "comparison_agreements", "difference_events", "close_confirmations", "close_reports",
    "close_signatures", "close_reopenings", "kept_heads",
)  # fmt: skip
# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "sheet_profiles": "name, account_id, profile, version, changed_by, changed_at, retired_at",
    "bank_statements": "state, withdrawn_by, withdrawn_at, remark",
    "bank_lines": "state, reason",
    "bank_rules": "account_id, words, direction, least_minor, most_minor, action, facts, uses, version, changed_by, changed_at, retired_at",
    "bank_matches": "undone_by, undone_at",
    "bank_matched_lines": "live",
    "bank_matched_postings": "live",
    "bank_reconciliations": "undone_by, undone_at, remark",
    "extract_accounts": "means, other_union, changed_by, changed_at",
    "ledger_extracts": "state, replaced_by",
    "union_comparisons": "state",
    "union_differences": "last_seen, reference, creditor_day, debtor_day, creditor_minor, debtor_minor, pool_minor, class, classed_by, hint, owner, "
    "due_on, state, state_since, version, remark",
    "closes": "state, state_since",
    "holidays": "name_en, name_fr, source",
}
# A start may be set anew until the account is first reconciled.
DELETABLE = ("bank_starts", "bank_start_outstanding", "holidays")

TABLES = (
    "sheet_profiles", "bank_starts", "bank_start_outstanding", "bank_statements", "bank_lines", "bank_rules", "bank_matches", "bank_matched_lines",
    "bank_matched_postings", "bank_reconciliations", "extract_accounts", "ledger_extracts", "extract_balances", "extract_rows", "union_comparisons",
    "comparison_agreements", "union_differences", "difference_events", "closes", "close_confirmations", "close_reports", "close_signatures",
    "close_reopenings", "kept_heads", "holidays",
)  # fmt: skip


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in PROFILES + BANK + BETWEEN + CLOSE:
        op.execute(statement)
    for table in APPEND_ONLY:
        for name, events in ((f"{table}_keep", "UPDATE OR DELETE"), (f"{table}_whole", "TRUNCATE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")
    for table, columns in UPDATABLE.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
