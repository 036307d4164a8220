"""Create strikes, their rule sets, rosters, picket duty, weekly runs, advances to locals, grants, thresholds, and the progress of long work.

Tables that hold a member's name, reference or money are under row-level security by union: a transaction reads and writes those of the
union that it set in ``app.union``, and without one none at all (promise S2). The journal knows nothing of any of them.
"""

from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RULES = [
    """CREATE TABLE strike_rule_sets (
        code text NOT NULL, version integer NOT NULL, union_code text NOT NULL, model text NOT NULL, currency char(3) NOT NULL,
        valid_from date NOT NULL, rules jsonb NOT NULL, state text NOT NULL, remark text NOT NULL, proposed_by integer NOT NULL,
        proposed_at timestamptz NOT NULL, decided_by integer, decided_at timestamptz,
        CONSTRAINT strike_rule_sets_pk PRIMARY KEY (code, version),
        CONSTRAINT strike_rule_sets_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT strike_rule_sets_model_known CHECK (model IN ('per_member_run', 'local_lump_sum_advance')),
        CONSTRAINT strike_rule_sets_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected')),
        CONSTRAINT strike_rule_sets_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by))""",
    """CREATE TABLE thresholds (
        code text NOT NULL, version integer NOT NULL, name_en text NOT NULL, name_fr text NOT NULL, amount_minor bigint NOT NULL,
        currency char(3) NOT NULL, comparison text NOT NULL, period text NOT NULL, nation char(2), applies_to text NOT NULL,
        valid_from date NOT NULL, valid_to date, source text NOT NULL, state text NOT NULL, proposed_by integer NOT NULL,
        proposed_at timestamptz NOT NULL, decided_by integer, decided_at timestamptz,
        CONSTRAINT thresholds_pk PRIMARY KEY (code, version),
        CONSTRAINT thresholds_comparison_known CHECK (comparison IN ('at_least', 'over')),
        CONSTRAINT thresholds_period_known CHECK (period IN ('calendar_year', 'single')),
        CONSTRAINT thresholds_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected')),
        CONSTRAINT thresholds_positive CHECK (amount_minor > 0),
        CONSTRAINT thresholds_in_order CHECK (valid_from <= valid_to),
        CONSTRAINT thresholds_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by))""",
]

STRIKES = [
    """CREATE TABLE strikes (
        number text NOT NULL, union_code text NOT NULL, kind text NOT NULL, name text NOT NULL, employer_id integer, state text NOT NULL,
        state_since timestamptz NOT NULL, notice_on date NOT NULL, mandate_on date, mandate text NOT NULL, starts_on date NOT NULL,
        expected integer NOT NULL, rule_set text NOT NULL, fund_id integer NOT NULL, currency char(3) NOT NULL, ratified_on date, ended_on date,
        retain_until date, pseudonymised_at timestamptz, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT strikes_pk PRIMARY KEY (number),
        CONSTRAINT strikes_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT strikes_employer_fk FOREIGN KEY (employer_id) REFERENCES employers (id),
        CONSTRAINT strikes_fund_fk FOREIGN KEY (fund_id) REFERENCES funds (id),
        CONSTRAINT strikes_kind_known CHECK (kind IN ('strike', 'lockout', 'rotating', 'honouring')),
        CONSTRAINT strikes_state_known CHECK (state IN ('notice', 'authorised', 'on', 'run_off', 'ended', 'closed', 'called_off')),
        CONSTRAINT strikes_expected CHECK (expected > 0),
        CONSTRAINT strikes_ratified_after_start CHECK (ratified_on >= starts_on),
        CONSTRAINT strikes_ended_after_start CHECK (ended_on >= starts_on))""",
    """CREATE INDEX strikes_by_state ON strikes (state)""",
    """CREATE TABLE strike_locals (
        strike text NOT NULL, local_id integer NOT NULL,
        CONSTRAINT strike_locals_pk PRIMARY KEY (strike, local_id),
        CONSTRAINT strike_locals_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number),
        CONSTRAINT strike_locals_local_fk FOREIGN KEY (local_id) REFERENCES locals (id))""",
    """CREATE TABLE strike_authorisations (
        strike text NOT NULL, union_code text NOT NULL, body text NOT NULL, resolution text NOT NULL, decided_on date NOT NULL, document_id uuid,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT strike_authorisations_pk PRIMARY KEY (strike, union_code),
        CONSTRAINT strike_authorisations_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number),
        CONSTRAINT strike_authorisations_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT strike_authorisations_document_fk FOREIGN KEY (document_id) REFERENCES documents (id))""",
    """CREATE TABLE strike_days (
        strike text NOT NULL, day date NOT NULL,
        CONSTRAINT strike_days_pk PRIMARY KEY (strike, day),
        CONSTRAINT strike_days_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number))""",
    """CREATE TABLE strike_events (
        strike text NOT NULL, ordinal integer NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        remark text NOT NULL, subject text NOT NULL, entry_number bigint,
        CONSTRAINT strike_events_pk PRIMARY KEY (strike, ordinal),
        CONSTRAINT strike_events_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number))""",
    """CREATE TABLE strike_captains (
        strike text NOT NULL, local_id integer NOT NULL, person_id integer NOT NULL, named_by integer NOT NULL, named_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT strike_captains_pk PRIMARY KEY (strike, local_id, person_id),
        CONSTRAINT strike_captains_local_fk FOREIGN KEY (strike, local_id) REFERENCES strike_locals (strike, local_id),
        CONSTRAINT strike_captains_person_fk FOREIGN KEY (person_id) REFERENCES people (id))""",
]

ROSTERS = [
    """CREATE TABLE strike_roster_files (
        id uuid NOT NULL, union_code text NOT NULL, strike text NOT NULL, holds text NOT NULL, filename text NOT NULL, content bytea NOT NULL,
        sha256 bytea NOT NULL, uploaded_by integer NOT NULL, uploaded_at timestamptz NOT NULL,
        CONSTRAINT strike_roster_files_pk PRIMARY KEY (id),
        CONSTRAINT strike_roster_files_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number),
        CONSTRAINT strike_roster_files_known CHECK (holds IN ('roster', 'duty')))""",
    """CREATE INDEX strike_roster_files_by_strike ON strike_roster_files (strike)""",
    """CREATE TABLE strike_members (
        strike text NOT NULL, member integer NOT NULL, union_code text NOT NULL, local_id integer NOT NULL, reference text NOT NULL,
        reference_key text NOT NULL, name text NOT NULL, name_key text NOT NULL, standing text NOT NULL, payroll text NOT NULL,
        registered_on date, other_income text NOT NULL, returned_on date, crossed_on date, on_hold boolean NOT NULL, late boolean NOT NULL,
        penalised_from date, dependants smallint NOT NULL, gross_weekly_minor bigint, hourly_rate_minor bigint, pay_method text NOT NULL,
        pay_reference text NOT NULL, left_on date, changed_by integer NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT strike_members_pk PRIMARY KEY (strike, member),
        CONSTRAINT strike_members_reference_once UNIQUE (strike, reference_key),
        CONSTRAINT strike_members_local_fk FOREIGN KEY (strike, local_id) REFERENCES strike_locals (strike, local_id),
        CONSTRAINT strike_members_standing_known CHECK (standing IN ('good', 'arrears', 'not_member')),
        CONSTRAINT strike_members_payroll_known CHECK (payroll IN ('active', 'laid_off', 'leave')),
        CONSTRAINT strike_members_income_known CHECK (other_income IN ('', 'vacation', 'sick', 'wc', 'ei', 'ltd')),
        CONSTRAINT strike_members_method_known CHECK (pay_method IN ('cheque', 'deposit')),
        CONSTRAINT strike_members_dependants CHECK (dependants >= 0))""",
    """CREATE INDEX strike_members_by_name ON strike_members (strike, name_key, member)""",
    """CREATE INDEX strike_members_by_reference ON strike_members (union_code, reference_key)""",
    """CREATE TABLE strike_member_changes (
        strike text NOT NULL, member integer NOT NULL, ordinal integer NOT NULL, union_code text NOT NULL, fields jsonb NOT NULL,
        reason text NOT NULL, changed_by integer NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT strike_member_changes_pk PRIMARY KEY (strike, member, ordinal),
        CONSTRAINT strike_member_changes_member_fk FOREIGN KEY (strike, member) REFERENCES strike_members (strike, member))""",
    """CREATE TABLE strike_duty (
        strike text NOT NULL, member integer NOT NULL, day date NOT NULL, union_code text NOT NULL, minutes smallint NOT NULL,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT strike_duty_pk PRIMARY KEY (strike, member, day),
        CONSTRAINT strike_duty_member_fk FOREIGN KEY (strike, member) REFERENCES strike_members (strike, member),
        CONSTRAINT strike_duty_minutes CHECK (minutes > 0 AND minutes <= 1440))""",
    """CREATE INDEX strike_duty_by_day ON strike_duty (strike, day)""",
]

# Lines and payments carry no foreign keys: fifty thousand checks cost more than the lines. Their run is checked by the policies below, members are
# never deleted, and a line with a payment cannot be, because its run is decided by then.
RUNS = [
    """CREATE TABLE strike_runs (
        number text NOT NULL, strike text NOT NULL, union_code text NOT NULL, week integer NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL,
        currency char(3) NOT NULL, rule_set text NOT NULL, rule_version integer NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL,
        revision integer NOT NULL, members integer NOT NULL, eligible integer NOT NULL, full_weeks integer NOT NULL, gross_minor bigint NOT NULL,
        recovered_minor bigint NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL, computed_by integer, submitted_by integer,
        approved_by integer, approved_on date, accrual_entry bigint, paid_by integer, paid_on date, account_id integer, payment_entry bigint,
        remark text NOT NULL, mark text NOT NULL DEFAULT '',
        CONSTRAINT strike_runs_pk PRIMARY KEY (number),
        CONSTRAINT strike_runs_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number),
        CONSTRAINT strike_runs_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT strike_runs_state_known CHECK
            (state IN ('draft', 'computed', 'submitted', 'approved', 'paid', 'reconciled', 'closed', 'cancelled')),
        CONSTRAINT strike_runs_second_person CHECK (approved_by IS NULL OR approved_by <> submitted_by),
        CONSTRAINT strike_runs_gross CHECK (gross_minor >= 0),
        CONSTRAINT strike_runs_recovered CHECK (recovered_minor >= 0 AND recovered_minor <= gross_minor))""",
    """CREATE UNIQUE INDEX strike_runs_one_a_week ON strike_runs (strike, week) WHERE state <> 'cancelled'""",
    """CREATE INDEX strike_runs_by_approval ON strike_runs (approved_on) WHERE approved_on IS NOT NULL""",
    """CREATE TABLE strike_run_counts (
        run text NOT NULL, revision integer NOT NULL, local_id integer NOT NULL, reason text NOT NULL, members integer NOT NULL,
        gross_minor bigint NOT NULL, recovered_minor bigint NOT NULL,
        CONSTRAINT strike_run_counts_pk PRIMARY KEY (run, revision, local_id, reason),
        CONSTRAINT strike_run_counts_run_fk FOREIGN KEY (run) REFERENCES strike_runs (number))""",
    """CREATE TABLE strike_run_events (
        run text NOT NULL, ordinal integer NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        remark text NOT NULL, amount_minor bigint NOT NULL, happened_on date, entry_number bigint, fee_entry bigint,
        CONSTRAINT strike_run_events_pk PRIMARY KEY (run, ordinal),
        CONSTRAINT strike_run_events_run_fk FOREIGN KEY (run) REFERENCES strike_runs (number))""",
    """CREATE TABLE strike_run_lines (
        run text NOT NULL, member integer NOT NULL, strike text NOT NULL, union_code text NOT NULL, local_id integer NOT NULL, reason text NOT NULL,
        days smallint NOT NULL, week_days smallint NOT NULL, gross_minor bigint NOT NULL, recovered_minor bigint NOT NULL, parts jsonb NOT NULL,
        pay_method text NOT NULL, pay_reference text NOT NULL, arrears_minor bigint NOT NULL, minutes integer NOT NULL,
        CONSTRAINT strike_run_lines_pk PRIMARY KEY (run, member),
        CONSTRAINT strike_run_lines_days CHECK (days >= 0 AND days <= week_days),
        CONSTRAINT strike_run_lines_gross CHECK (gross_minor >= 0),
        CONSTRAINT strike_run_lines_arrears CHECK (arrears_minor >= 0 AND arrears_minor <= gross_minor),
        CONSTRAINT strike_run_lines_recovered CHECK (recovered_minor >= 0 AND recovered_minor <= gross_minor))""",
    """CREATE INDEX strike_run_lines_by_reason ON strike_run_lines (run, reason, member)""",
    """CREATE INDEX strike_run_lines_by_member ON strike_run_lines (strike, member)""",
    """CREATE TABLE strike_payments (
        run text NOT NULL, member integer NOT NULL, attempt smallint NOT NULL, strike text NOT NULL, union_code text NOT NULL, method text NOT NULL,
        reference text NOT NULL, amount_minor bigint NOT NULL, state text NOT NULL, issued_on date NOT NULL, ended_on date, ended_by integer,
        reason text NOT NULL,
        CONSTRAINT strike_payments_pk PRIMARY KEY (run, member, attempt),
        CONSTRAINT strike_payments_method_known CHECK (method IN ('cheque', 'deposit')),
        CONSTRAINT strike_payments_state_known CHECK (state IN ('issued', 'cleared', 'stopped', 'void', 'unclaimed', 'replaced')),
        CONSTRAINT strike_payments_positive CHECK (amount_minor > 0))""",
    """CREATE INDEX strike_payments_by_state ON strike_payments (run, state, member)""",
    """CREATE INDEX strike_payments_stopped ON strike_payments (union_code, run) WHERE state = 'stopped'""",
    """CREATE INDEX strike_payments_by_reference ON strike_payments (union_code, reference)""",
    """CREATE INDEX strike_payments_by_day ON strike_payments (union_code, issued_on)""",
    """CREATE TABLE strike_overpayments (
        strike text NOT NULL, member integer NOT NULL, ordinal smallint NOT NULL, union_code text NOT NULL, run text NOT NULL,
        amount_minor bigint NOT NULL, recovered_minor bigint NOT NULL, found_on date NOT NULL, reason text NOT NULL, entry_number bigint NOT NULL,
        CONSTRAINT strike_overpayments_pk PRIMARY KEY (strike, member, ordinal),
        CONSTRAINT strike_overpayments_positive CHECK (amount_minor > 0),
        CONSTRAINT strike_overpayments_recovered CHECK (recovered_minor >= 0 AND recovered_minor <= amount_minor))""",
    """CREATE TABLE strike_arrears (
        strike text NOT NULL, member integer NOT NULL, ordinal smallint NOT NULL, union_code text NOT NULL, run text NOT NULL,
        amount_minor bigint NOT NULL, paid_by_run text, made_by integer NOT NULL, made_at timestamptz NOT NULL,
        CONSTRAINT strike_arrears_pk PRIMARY KEY (strike, member, ordinal),
        CONSTRAINT strike_arrears_positive CHECK (amount_minor > 0))""",
    """CREATE TABLE strike_recoveries (
        run text NOT NULL, ordinal integer NOT NULL, strike text NOT NULL, union_code text NOT NULL, member integer NOT NULL, kind text NOT NULL,
        amount_minor bigint NOT NULL, state text NOT NULL, happened_on date, account_id integer, reference text NOT NULL, reason text NOT NULL,
        note text NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL, decided_by integer, decided_at timestamptz, entry_number bigint,
        CONSTRAINT strike_recoveries_pk PRIMARY KEY (run, ordinal),
        CONSTRAINT strike_recoveries_kind_known CHECK (kind IN ('paid_back', 'written_off')),
        CONSTRAINT strike_recoveries_state_known CHECK (state IN ('proposed', 'posted', 'refused')),
        CONSTRAINT strike_recoveries_second_person CHECK (decided_by IS NULL OR decided_by <> made_by),
        CONSTRAINT strike_recoveries_positive CHECK (amount_minor > 0))""",
    """CREATE INDEX strike_overpayments_open ON strike_overpayments (strike, member) WHERE recovered_minor < amount_minor""",
]

ADVANCES = [
    """CREATE TABLE strike_advances (
        number text NOT NULL, strike text NOT NULL, union_code text NOT NULL, local_id integer NOT NULL, week integer NOT NULL,
        starts_on date NOT NULL, ends_on date NOT NULL, strikers integer NOT NULL, amount_minor bigint NOT NULL, currency char(3) NOT NULL,
        rule_set text NOT NULL, rule_version integer NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, hold_reason text NOT NULL,
        proposed_by integer NOT NULL, proposed_at timestamptz NOT NULL, approved_by integer, paid_by integer, paid_on date, account_id integer,
        entry_number bigint, remark text NOT NULL,
        CONSTRAINT strike_advances_pk PRIMARY KEY (number),
        CONSTRAINT strike_advances_local_fk FOREIGN KEY (strike, local_id) REFERENCES strike_locals (strike, local_id),
        CONSTRAINT strike_advances_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT strike_advances_state_known CHECK (state IN ('proposed', 'approved', 'paid', 'cancelled')),
        CONSTRAINT strike_advances_second_person CHECK (approved_by IS NULL OR approved_by <> proposed_by),
        CONSTRAINT strike_advances_positive CHECK (strikers > 0 AND amount_minor > 0))""",
    """CREATE UNIQUE INDEX strike_advances_one_a_week ON strike_advances (strike, local_id, week) WHERE state <> 'cancelled'""",
    """CREATE INDEX strike_advances_by_day ON strike_advances (paid_on) WHERE paid_on IS NOT NULL""",
    """CREATE TABLE strike_expense_reports (
        strike text NOT NULL, local_id integer NOT NULL, week integer NOT NULL, version integer NOT NULL, union_code text NOT NULL,
        currency char(3) NOT NULL, state text NOT NULL, filed_on date NOT NULL, filed_by integer NOT NULL, filed_at timestamptz NOT NULL,
        signed_by text NOT NULL, remark text NOT NULL, decided_by integer, decided_on date, decision text NOT NULL, accepted_minor bigint NOT NULL,
        entry_number bigint,
        CONSTRAINT strike_expense_reports_pk PRIMARY KEY (strike, local_id, week, version),
        CONSTRAINT strike_expense_reports_local_fk FOREIGN KEY (strike, local_id) REFERENCES strike_locals (strike, local_id),
        CONSTRAINT strike_expense_reports_state_known CHECK (state IN ('filed', 'returned', 'replaced', 'accepted')),
        CONSTRAINT strike_expense_reports_accepted CHECK (accepted_minor >= 0))""",
    """CREATE TABLE strike_expense_lines (
        strike text NOT NULL, local_id integer NOT NULL, week integer NOT NULL, version integer NOT NULL, ordinal smallint NOT NULL,
        category text NOT NULL, what text NOT NULL, amount_minor bigint NOT NULL,
        CONSTRAINT strike_expense_lines_pk PRIMARY KEY (strike, local_id, week, version, ordinal),
        CONSTRAINT strike_expense_lines_report_fk FOREIGN KEY (strike, local_id, week, version)
            REFERENCES strike_expense_reports (strike, local_id, week, version),
        CONSTRAINT strike_expense_lines_category_known CHECK
            (category IN ('food', 'housing', 'utilities', 'transport', 'medical', 'picket_supplies', 'other')),
        CONSTRAINT strike_expense_lines_positive CHECK (amount_minor > 0))""",
    """CREATE TABLE strike_advance_returns (
        strike text NOT NULL, local_id integer NOT NULL, ordinal smallint NOT NULL, union_code text NOT NULL, returned_on date NOT NULL,
        amount_minor bigint NOT NULL, account_id integer NOT NULL, entry_number bigint NOT NULL, recorded_by integer NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT strike_advance_returns_pk PRIMARY KEY (strike, local_id, ordinal),
        CONSTRAINT strike_advance_returns_local_fk FOREIGN KEY (strike, local_id) REFERENCES strike_locals (strike, local_id),
        CONSTRAINT strike_advance_returns_positive CHECK (amount_minor > 0))""",
]

GRANTS = [
    """CREATE TABLE strike_grants (
        number text NOT NULL, strike text NOT NULL, member integer NOT NULL, union_code text NOT NULL, kind text NOT NULL,
        amount_minor bigint NOT NULL, currency char(3) NOT NULL, paid_to text NOT NULL, purpose text NOT NULL, state text NOT NULL,
        state_since timestamptz NOT NULL, proposed_by integer NOT NULL, proposed_at timestamptz NOT NULL, approved_by integer, paid_by integer,
        paid_on date, account_id integer, entry_number bigint, repaid_minor bigint NOT NULL, remark text NOT NULL,
        CONSTRAINT strike_grants_pk PRIMARY KEY (number),
        CONSTRAINT strike_grants_member_fk FOREIGN KEY (strike, member) REFERENCES strike_members (strike, member),
        CONSTRAINT strike_grants_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT strike_grants_kind_known CHECK (kind IN ('medical', 'hardship_grant', 'hardship_loan')),
        CONSTRAINT strike_grants_state_known CHECK (state IN ('proposed', 'approved', 'refused', 'paid', 'repaid', 'cancelled')),
        CONSTRAINT strike_grants_second_person CHECK (approved_by IS NULL OR approved_by <> proposed_by),
        CONSTRAINT strike_grants_positive CHECK (amount_minor > 0),
        CONSTRAINT strike_grants_repaid CHECK (repaid_minor >= 0 AND repaid_minor <= amount_minor))""",
    """CREATE INDEX strike_grants_by_strike ON strike_grants (strike, member)""",
    """CREATE TABLE strike_grant_repayments (
        grant_number text NOT NULL, ordinal smallint NOT NULL, union_code text NOT NULL, repaid_on date NOT NULL, amount_minor bigint NOT NULL,
        account_id integer NOT NULL, entry_number bigint NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT strike_grant_repayments_pk PRIMARY KEY (grant_number, ordinal),
        CONSTRAINT strike_grant_repayments_grant_fk FOREIGN KEY (grant_number) REFERENCES strike_grants (number),
        CONSTRAINT strike_grant_repayments_positive CHECK (amount_minor > 0))""",
]

PROGRESS = [
    """CREATE TABLE progress (
        id uuid NOT NULL, kind text NOT NULL, subject text NOT NULL, person_id integer NOT NULL, done integer NOT NULL, total integer NOT NULL,
        state text NOT NULL, answer jsonb, started_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
        CONSTRAINT progress_pk PRIMARY KEY (id),
        CONSTRAINT progress_state_known CHECK (state IN ('running', 'done', 'refused', 'failed')))""",
]

# Seen by the union alone that they belong to; what may be done with a row of one's own is granted below.
PRIVATE = (
    "strike_roster_files", "strike_members", "strike_member_changes", "strike_duty", "strike_run_lines", "strike_payments",
    "strike_overpayments", "strike_arrears", "strike_recoveries", "strike_grants",
    "strike_grant_repayments",
)  # fmt: skip
APPEND_ONLY = (
    "strike_authorisations", "strike_events", "strike_run_counts", "strike_run_events", "strike_expense_lines", "strike_advance_returns",
    "strike_grant_repayments",
)  # fmt: skip

# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "strike_rule_sets": "state, remark, decided_by, decided_at",
    "thresholds": "state, valid_to, decided_by, decided_at",
    "strikes": "kind, name, employer_id, state, state_since, notice_on, mandate_on, mandate, starts_on, expected, rule_set, fund_id, currency, ratified_on, ended_on, "
    "retain_until, pseudonymised_at",
    "strike_captains": "ended_at, named_by, named_at",
    "strike_members": "local_id, reference, reference_key, name, name_key, standing, payroll, registered_on, other_income, returned_on, crossed_on, "
    "on_hold, late, penalised_from, dependants, gross_weekly_minor, hourly_rate_minor, pay_method, pay_reference, left_on, changed_by, changed_at",
    "strike_member_changes": "fields, reason",
    "strike_duty": "minutes, recorded_by, recorded_at",
    "strike_runs": "mark, state, state_since, revision, rule_version, members, eligible, full_weeks, gross_minor, recovered_minor, computed_by, "
    "submitted_by, approved_by, approved_on, accrual_entry, paid_by, paid_on, account_id, payment_entry, remark",
    "strike_payments": "reference, state, ended_on, ended_by, reason",
    "strike_run_lines": "pay_reference",
    "strike_overpayments": "recovered_minor, reason",
    "strike_arrears": "paid_by_run",
    "strike_recoveries": "state, happened_on, decided_by, decided_at, entry_number, reference, note",
    "strike_advances": "state, state_since, strikers, amount_minor, hold_reason, approved_by, paid_by, paid_on, account_id, entry_number, remark",
    "strike_expense_reports": "state, decided_by, decided_on, decision, accepted_minor, entry_number",
    "strike_grants": "state, state_since, approved_by, paid_by, paid_on, account_id, entry_number, repaid_minor, purpose, paid_to, remark",
    "progress": "done, total, state, answer, updated_at",
}
# What is not yet part of any decision can be taken away again.
DELETABLE = ("strike_locals", "strike_days", "strike_roster_files", "strike_duty", "strike_run_lines", "progress")

TABLES = (
    "strike_rule_sets", "thresholds", "strikes", "strike_locals", "strike_authorisations", "strike_days", "strike_events", "strike_captains",
    "strike_roster_files", "strike_members", "strike_member_changes", "strike_duty", "strike_runs", "strike_run_counts", "strike_run_events",
    "strike_run_lines",
    "strike_payments", "strike_overpayments", "strike_arrears", "strike_recoveries", "strike_advances", "strike_expense_reports", "strike_expense_lines", "strike_advance_returns",
    "strike_grants", "strike_grant_repayments", "progress",
)  # fmt: skip

_OWN = "union_code = current_setting('app.union', true)"
# A line stands from the moment its run is handed to the second person.
_UNDECIDED = "run IN (SELECT number FROM strike_runs WHERE state IN ('draft', 'computed'))"


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in RULES + STRIKES + ROSTERS + RUNS + ADVANCES + GRANTS + PROGRESS:
        op.execute(statement)
    for table in APPEND_ONLY:
        for name, events in ((f"{table}_keep", "UPDATE OR DELETE"), (f"{table}_whole", "TRUNCATE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table in PRIVATE:
        _wall(table)
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")
    for table, columns in UPDATABLE.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {app_role}")


def _wall(table: str) -> None:
    """Let nobody past but who acts for the row's own union; lines come and go only while their run is not decided about.

    The owner is not held to it (no FORCE): it migrates and dumps, and a dump that it could not read would be no backup. The application
    never connects as the owner, and refuses to start as a role that row-level security does not hold.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    if table != "strike_run_lines":
        op.execute(f"CREATE POLICY {table}_own ON {table} USING ({_OWN}) WITH CHECK ({_OWN})")
        return
    op.execute(f"CREATE POLICY {table}_own ON {table} FOR SELECT USING ({_OWN})")
    op.execute(f"CREATE POLICY {table}_made ON {table} FOR INSERT WITH CHECK ({_OWN} AND {_UNDECIDED})")
    # A pay reference goes with the names when their time is over; nothing else of a line may be changed.
    op.execute(f"CREATE POLICY {table}_forgotten ON {table} FOR UPDATE USING ({_OWN}) WITH CHECK ({_OWN} AND pay_reference = '')")
    op.execute(f"CREATE POLICY {table}_undecided ON {table} FOR DELETE USING ({_OWN} AND {_UNDECIDED})")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
