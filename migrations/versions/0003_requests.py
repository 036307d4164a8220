"""Create campaigns, payees, the approval matrix, allocation requests with their decisions, commitments and payments, and notices.

The journal knows nothing of these tables; they refer to entries by number. What somebody decided, voted or said is only ever added.
"""

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CAMPAIGNS = [
    """CREATE TABLE employers (
        id integer NOT NULL, name text NOT NULL, name_key text NOT NULL,
        CONSTRAINT employers_pk PRIMARY KEY (id),
        CONSTRAINT employers_name_once UNIQUE (name_key))""",
    """CREATE TABLE campaigns (
        number text NOT NULL, name text NOT NULL, initiative text NOT NULL, employer_id integer, union_code text NOT NULL, local_id integer,
        lead_id integer NOT NULL, starts_on date NOT NULL, ends_on date, description text NOT NULL, state text NOT NULL,
        budget_version integer NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT campaigns_pk PRIMARY KEY (number),
        CONSTRAINT campaigns_employer_fk FOREIGN KEY (employer_id) REFERENCES employers (id),
        CONSTRAINT campaigns_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT campaigns_local_fk FOREIGN KEY (local_id) REFERENCES locals (id),
        CONSTRAINT campaigns_lead_fk FOREIGN KEY (lead_id) REFERENCES people (id),
        CONSTRAINT campaigns_initiative_known CHECK
            (initiative IN ('bargaining', 'organizing', 'education', 'communication', 'political_action')),
        CONSTRAINT campaigns_state_known CHECK (state IN ('open', 'closed')),
        CONSTRAINT campaigns_in_order CHECK (starts_on <= ends_on))""",
    """CREATE INDEX campaigns_by_lead ON campaigns (lead_id)""",
    """CREATE INDEX campaigns_by_employer ON campaigns (employer_id) WHERE employer_id IS NOT NULL""",
    """CREATE TABLE campaign_budget_lines (
        campaign text NOT NULL, version integer NOT NULL, ordinal smallint NOT NULL, what text NOT NULL, currency char(3) NOT NULL,
        amount_minor bigint NOT NULL,
        CONSTRAINT campaign_budget_lines_pk PRIMARY KEY (campaign, version, ordinal),
        CONSTRAINT campaign_budget_lines_campaign_fk FOREIGN KEY (campaign) REFERENCES campaigns (number),
        CONSTRAINT campaign_budget_lines_positive CHECK (amount_minor > 0))""",
]

PAYEES = [
    """CREATE TABLE payees (
        number text NOT NULL, name text NOT NULL, name_key text NOT NULL, country char(2) NOT NULL, remark text NOT NULL,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT payees_pk PRIMARY KEY (number),
        CONSTRAINT payees_name_once UNIQUE (name_key))""",
    """CREATE TABLE payee_accounts (
        id uuid NOT NULL, payee text NOT NULL, currency char(3) NOT NULL, holder text NOT NULL, bank text NOT NULL, details jsonb NOT NULL,
        hint text NOT NULL, call_back text NOT NULL, state text NOT NULL, proposed_by integer NOT NULL, proposed_at timestamptz NOT NULL,
        decided_by integer, decided_at timestamptz, remark text NOT NULL,
        CONSTRAINT payee_accounts_pk PRIMARY KEY (id),
        CONSTRAINT payee_accounts_payee_fk FOREIGN KEY (payee) REFERENCES payees (number),
        CONSTRAINT payee_accounts_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected', 'retired')),
        CONSTRAINT payee_accounts_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by))""",
    """CREATE INDEX payee_accounts_by_payee ON payee_accounts (payee)""",
    """CREATE INDEX payee_accounts_proposed ON payee_accounts (proposed_at) WHERE state = 'proposed'""",
]

APPROVALS = [
    """CREATE TABLE approval_matrices (
        number integer NOT NULL, valid_from date NOT NULL, currency char(3) NOT NULL, split_days smallint NOT NULL,
        own_nation_only boolean NOT NULL, fx_headroom_percent numeric(5, 2) NOT NULL, draw_days smallint NOT NULL,
        remind_days smallint NOT NULL, state text NOT NULL, remark text NOT NULL, proposed_by integer NOT NULL,
        proposed_at timestamptz NOT NULL, decided_by integer, decided_at timestamptz,
        CONSTRAINT approval_matrices_pk PRIMARY KEY (number),
        CONSTRAINT approval_matrices_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected')),
        CONSTRAINT approval_matrices_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by),
        CONSTRAINT approval_matrices_headroom CHECK (fx_headroom_percent BETWEEN 0 AND 100))""",
    """CREATE TABLE approval_rules (
        matrix integer NOT NULL, ordinal smallint NOT NULL, kind text NOT NULL, fund_id integer, over_minor bigint NOT NULL,
        officers smallint NOT NULL, secretary_treasurers boolean NOT NULL, boards text NOT NULL,
        CONSTRAINT approval_rules_pk PRIMARY KEY (matrix, ordinal),
        CONSTRAINT approval_rules_matrix_fk FOREIGN KEY (matrix) REFERENCES approval_matrices (number),
        CONSTRAINT approval_rules_fund_fk FOREIGN KEY (fund_id) REFERENCES funds (id),
        CONSTRAINT approval_rules_kind_known CHECK (kind IN ('general', 'political', 'strike_support', 'study_group')),
        CONSTRAINT approval_rules_boards_known CHECK (boards IN ('none', 'any', 'both')),
        CONSTRAINT approval_rules_not_negative CHECK (over_minor >= 0 AND officers >= 0))""",
    """CREATE TABLE board_rules (
        matrix integer NOT NULL, union_code text NOT NULL, seats smallint NOT NULL, quorum smallint NOT NULL,
        CONSTRAINT board_rules_pk PRIMARY KEY (matrix, union_code),
        CONSTRAINT board_rules_matrix_fk FOREIGN KEY (matrix) REFERENCES approval_matrices (number),
        CONSTRAINT board_rules_quorum CHECK (quorum BETWEEN 1 AND seats))""",
    """CREATE TABLE interests (
        id uuid NOT NULL, person_id integer NOT NULL, subject_kind text NOT NULL, subject text NOT NULL, reason text NOT NULL,
        declared_at timestamptz NOT NULL, ended_at timestamptz,
        CONSTRAINT interests_pk PRIMARY KEY (id),
        CONSTRAINT interests_person_fk FOREIGN KEY (person_id) REFERENCES people (id),
        CONSTRAINT interests_kind_known CHECK (subject_kind IN ('employer', 'campaign', 'payee', 'request')))""",
    """CREATE INDEX interests_by_person ON interests (person_id)""",
]

ALLOCATIONS = [
    """CREATE TABLE allocations (
        number text NOT NULL, union_code text NOT NULL, requested_by integer NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL,
        revision integer NOT NULL, material_revision integer NOT NULL, draft jsonb, campaign text, fund_id integer, submitted_on date,
        expires_on date, paused_state text, started_at timestamptz NOT NULL, saved_at timestamptz NOT NULL,
        CONSTRAINT allocations_pk PRIMARY KEY (number),
        CONSTRAINT allocations_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT allocations_campaign_fk FOREIGN KEY (campaign) REFERENCES campaigns (number),
        CONSTRAINT allocations_state_known CHECK (state IN ('draft', 'submitted', 'returned', 'in_review', 'part_approved', 'board_required',
            'committed', 'part_paid', 'completed', 'closed', 'rejected', 'withdrawn', 'expired', 'suspended')))""",
    """CREATE INDEX allocations_by_state ON allocations (state, state_since)""",
    """CREATE INDEX allocations_by_requester ON allocations (requested_by)""",
    """CREATE INDEX allocations_by_campaign ON allocations (campaign, submitted_on) WHERE campaign IS NOT NULL""",
    """CREATE TABLE allocation_revisions (
        allocation text NOT NULL, revision integer NOT NULL, campaign text NOT NULL, fund_id integer NOT NULL, kind text NOT NULL,
        electoral boolean NOT NULL, purpose text NOT NULL, needed_by date NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT allocation_revisions_pk PRIMARY KEY (allocation, revision),
        CONSTRAINT allocation_revisions_fk FOREIGN KEY (allocation) REFERENCES allocations (number),
        CONSTRAINT allocation_revisions_kind_known CHECK (kind IN ('general', 'strike_support', 'study_group')))""",
    """CREATE TABLE allocation_lines (
        allocation text NOT NULL, revision integer NOT NULL, ordinal smallint NOT NULL, what text NOT NULL, payee text,
        currency char(3) NOT NULL, amount_minor bigint NOT NULL, budget_line smallint,
        CONSTRAINT allocation_lines_pk PRIMARY KEY (allocation, revision, ordinal),
        CONSTRAINT allocation_lines_revision_fk FOREIGN KEY (allocation, revision) REFERENCES allocation_revisions (allocation, revision),
        CONSTRAINT allocation_lines_payee_fk FOREIGN KEY (payee) REFERENCES payees (number),
        CONSTRAINT allocation_lines_positive CHECK (amount_minor > 0))""",
    """CREATE INDEX allocation_lines_by_payee ON allocation_lines (payee) WHERE payee IS NOT NULL""",
    """CREATE TABLE allocation_decisions (
        allocation text NOT NULL, ordinal integer NOT NULL, revision integer NOT NULL, person_id integer NOT NULL, union_code text NOT NULL,
        capacity text NOT NULL, decision text NOT NULL, reason text NOT NULL, decided_at timestamptz NOT NULL,
        CONSTRAINT allocation_decisions_pk PRIMARY KEY (allocation, ordinal),
        CONSTRAINT allocation_decisions_fk FOREIGN KEY (allocation) REFERENCES allocations (number),
        CONSTRAINT allocation_decisions_known CHECK (decision IN ('approved', 'returned', 'rejected', 'recused')),
        CONSTRAINT allocation_decisions_capacity CHECK (capacity IN ('officer', 'secretary_treasurer')))""",
    """CREATE TABLE board_resolutions (
        allocation text NOT NULL, union_code text NOT NULL, revision integer NOT NULL, number text NOT NULL, decided_on date NOT NULL,
        outcome text NOT NULL, source text NOT NULL, document_id uuid, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT board_resolutions_pk PRIMARY KEY (allocation, union_code, revision),
        CONSTRAINT board_resolutions_fk FOREIGN KEY (allocation) REFERENCES allocations (number),
        CONSTRAINT board_resolutions_document_fk FOREIGN KEY (document_id) REFERENCES documents (id),
        CONSTRAINT board_resolutions_outcome CHECK (outcome IN ('carried', 'lost')),
        CONSTRAINT board_resolutions_source CHECK (source IN ('meeting', 'vote')))""",
    """CREATE TABLE board_votes (
        allocation text NOT NULL, union_code text NOT NULL, revision integer NOT NULL, person_id integer NOT NULL, vote text NOT NULL,
        remark text NOT NULL, voted_at timestamptz NOT NULL,
        CONSTRAINT board_votes_pk PRIMARY KEY (allocation, union_code, revision, person_id),
        CONSTRAINT board_votes_fk FOREIGN KEY (allocation) REFERENCES allocations (number),
        CONSTRAINT board_votes_known CHECK (vote IN ('for', 'against', 'abstain')))""",
    """CREATE TABLE allocation_events (
        allocation text NOT NULL, ordinal integer NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        remark text NOT NULL, entry_number bigint,
        CONSTRAINT allocation_events_pk PRIMARY KEY (allocation, ordinal),
        CONSTRAINT allocation_events_fk FOREIGN KEY (allocation) REFERENCES allocations (number))""",
    """CREATE TABLE commitments (
        allocation text NOT NULL, ordinal smallint NOT NULL, currency char(3) NOT NULL, committed_minor bigint NOT NULL,
        relieved_minor bigint NOT NULL, paid_minor bigint NOT NULL, final boolean NOT NULL,
        CONSTRAINT commitments_pk PRIMARY KEY (allocation, ordinal),
        CONSTRAINT commitments_fk FOREIGN KEY (allocation) REFERENCES allocations (number),
        CONSTRAINT commitments_relieved CHECK (relieved_minor BETWEEN 0 AND committed_minor),
        CONSTRAINT commitments_paid CHECK (paid_minor >= 0))""",
    """CREATE TABLE allocation_payments (
        allocation text NOT NULL, ordinal integer NOT NULL, line smallint NOT NULL, payee text NOT NULL, payee_account uuid NOT NULL,
        account_id integer NOT NULL, paid_on date NOT NULL, invoice text NOT NULL, invoice_key text NOT NULL, invoiced_on date NOT NULL,
        amount_minor bigint NOT NULL, currency char(3) NOT NULL, relieved_minor bigint NOT NULL, final boolean NOT NULL,
        bank_minor bigint NOT NULL, fee_minor bigint NOT NULL, exchange jsonb, reference text NOT NULL, entry_number bigint NOT NULL,
        state text NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT allocation_payments_pk PRIMARY KEY (allocation, ordinal),
        CONSTRAINT allocation_payments_fk FOREIGN KEY (allocation, line) REFERENCES commitments (allocation, ordinal),
        CONSTRAINT allocation_payments_payee_fk FOREIGN KEY (payee) REFERENCES payees (number),
        CONSTRAINT allocation_payments_details_fk FOREIGN KEY (payee_account) REFERENCES payee_accounts (id),
        CONSTRAINT allocation_payments_state_known CHECK (state IN ('paid', 'reversed')),
        CONSTRAINT allocation_payments_positive CHECK (amount_minor > 0 AND bank_minor > 0 AND fee_minor >= 0))""",
    """CREATE INDEX allocation_payments_by_invoice ON allocation_payments (payee, invoice_key)""",
    """CREATE INDEX allocation_payments_by_day ON allocation_payments (paid_on)""",
]

NOTICES = [
    """CREATE TABLE notices (
        id uuid NOT NULL, person_id integer NOT NULL, kind text NOT NULL, subject text NOT NULL, url text NOT NULL, facts jsonb NOT NULL,
        once_key text NOT NULL, noticed_at timestamptz NOT NULL, seen_at timestamptz, mailed_at timestamptz, tries smallint NOT NULL,
        retry_at timestamptz, fault text NOT NULL,
        CONSTRAINT notices_pk PRIMARY KEY (id),
        CONSTRAINT notices_once UNIQUE (person_id, once_key),
        CONSTRAINT notices_person_fk FOREIGN KEY (person_id) REFERENCES people (id))""",
    """CREATE INDEX notices_by_person ON notices (person_id, noticed_at)""",
    """CREATE INDEX notices_unseen ON notices (person_id) WHERE seen_at IS NULL""",
    """CREATE INDEX notices_unmailed ON notices (noticed_at) WHERE mailed_at IS NULL""",
    """ALTER TABLE people ADD COLUMN mail text NOT NULL DEFAULT 'immediate'""",
    """ALTER TABLE people ADD CONSTRAINT people_mail_known CHECK (mail IN ('immediate', 'digest', 'none'))""",
]

APPEND_ONLY = (
    "campaign_budget_lines", "approval_rules", "board_rules", "allocation_revisions", "allocation_lines", "allocation_decisions",
    "board_resolutions", "board_votes", "allocation_events",
)  # fmt: skip

# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "campaigns": "name, initiative, employer_id, local_id, lead_id, starts_on, ends_on, description, state, budget_version",
    "payees": "name, name_key, country, remark",
    "payee_accounts": "state, decided_by, decided_at, remark",
    "approval_matrices": "state, decided_by, decided_at",
    "interests": "ended_at",
    "allocations": "state, state_since, revision, material_revision, draft, campaign, fund_id, submitted_on, expires_on, paused_state, saved_at",
    "commitments": "relieved_minor, paid_minor, final",
    "allocation_payments": "state",
    "notices": "seen_at, mailed_at, tries, retry_at, fault",
    "people": "mail",
}

TABLES = (
    "employers", "campaigns", "campaign_budget_lines", "payees", "payee_accounts", "approval_matrices", "approval_rules", "board_rules",
    "interests", "allocations", "allocation_revisions", "allocation_lines", "allocation_decisions", "board_resolutions", "board_votes",
    "allocation_events", "commitments", "allocation_payments", "notices",
)  # fmt: skip


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in CAMPAIGNS + PAYEES + APPROVALS + ALLOCATIONS + NOTICES:
        op.execute(statement)
    for table in APPEND_ONLY:
        for name, events in ((f"{table}_keep", "UPDATE OR DELETE"), (f"{table}_whole", "TRUNCATE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")
    for table, columns in UPDATABLE.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
