"""Create what the unions lend each other besides cash, and what they owe each other: agreements, resources and their bookings and deliveries,
loans, joint costs, certified memberships, equalisations, and the steps that stand in both unions' books.

No booking takes what another has: an exclusive resource by an exclusion constraint on its half-days, a countable one by a trigger that
counts under the resource's lock. Both need nothing but the core of PostgreSQL (no btree_gist): the resource is part of the range itself.
"""

from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Records are listed by number, the newest first: filled up with zeros from the left, so that L-10000 follows L-9999, and as one expression, whose
# statistics tell the planner how much a page deep in the list still has before it (of a row of two it looks at the first alone).
AGREEMENTS = [
    """CREATE TABLE agreements (
        number text NOT NULL, version integer NOT NULL, kind text NOT NULL, title text NOT NULL, fixes text NOT NULL, valid_from date NOT NULL,
        valid_to date, charge_back_percent numeric(5,2), share_basis text, shares jsonb NOT NULL, currency char(3), debt_currency char(3),
        rate_source text, rate_rule text, settlement_rule text, fee_borne_by text, tolerance_minor bigint, notice_days integer,
        ending text NOT NULL, state text NOT NULL,
        proposed_by integer NOT NULL, proposed_union text NOT NULL, proposed_at timestamptz NOT NULL, decided_by integer, decided_at timestamptz,
        ended_by integer, ended_at timestamptz, remark text NOT NULL,
        CONSTRAINT agreements_pk PRIMARY KEY (number, version),
        CONSTRAINT agreements_kind_known CHECK (kind IN ('resources', 'cost_share', 'loan', 'equalisation', 'general')),
        CONSTRAINT agreements_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected', 'withdrawn')),
        CONSTRAINT agreements_in_order CHECK (valid_from <= valid_to),
        CONSTRAINT agreements_percent CHECK (charge_back_percent >= 0 AND charge_back_percent <= 100),
        CONSTRAINT agreements_basis_known CHECK (share_basis IN ('membership_average', 'equal', 'fixed')),
        CONSTRAINT agreements_rule_known CHECK (rate_rule IN ('value_date', 'month_average', 'period_average', 'period_end')),
        CONSTRAINT agreements_settlement_known CHECK (settlement_rule IN ('settlement_day', 'month_average', 'period_average', 'period_end')),
        CONSTRAINT agreements_fee_known CHECK (fee_borne_by IN ('sender', 'receiver', 'joint_fund', 'split')),
        CONSTRAINT agreements_tolerance CHECK (tolerance_minor >= 0),
        CONSTRAINT agreements_notice CHECK (notice_days >= 0),
        CONSTRAINT agreements_ending_has_day CHECK (ending = '' OR valid_to IS NOT NULL),
        CONSTRAINT agreements_two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by))""",
    """CREATE INDEX agreements_in_order ON agreements (lpad(number, 20, '0')) WHERE version = 1""",
    """CREATE INDEX agreements_waiting ON agreements (lpad(number, 20, '0')) WHERE state = 'proposed'""",
    """CREATE INDEX agreements_living ON agreements (valid_to) WHERE state = 'confirmed'""",
    """CREATE TABLE agreement_signatures (
        number text NOT NULL, version integer NOT NULL, union_code text NOT NULL, signed_by text NOT NULL, office text NOT NULL, signed_on date NOT NULL,
        CONSTRAINT agreement_signatures_pk PRIMARY KEY (number, version, union_code),
        CONSTRAINT agreement_signatures_agreement_fk FOREIGN KEY (number, version) REFERENCES agreements (number, version),
        CONSTRAINT agreement_signatures_union_fk FOREIGN KEY (union_code) REFERENCES unions (code))""",
]

# Half-days are counted from the first of January 2000: 2 * days for a morning, one more for an afternoon.
RESOURCES = [
    """CREATE TABLE resources (
        number text NOT NULL, ordinal integer NOT NULL, union_code text NOT NULL, kind text NOT NULL, name text NOT NULL, place text NOT NULL,
        conditions text NOT NULL, unit text NOT NULL, exclusive boolean NOT NULL, capacity integer NOT NULL, hours_per_day numeric(4,2),
        distance_unit text NOT NULL, basis text NOT NULL, currency char(3) NOT NULL, offered_from date NOT NULL, offered_to date, contact_id integer,
        state text NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT resources_pk PRIMARY KEY (number),
        CONSTRAINT resources_ordinal_once UNIQUE (ordinal),
        CONSTRAINT resources_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT resources_contact_fk FOREIGN KEY (contact_id) REFERENCES people (id),
        CONSTRAINT resources_kind_known CHECK (kind IN ('organizer', 'researcher', 'legal', 'communications', 'print', 'vehicle', 'hall',
            'training_centre', 'phone_bank', 'messaging', 'interpretation', 'translation', 'kitchen', 'other')),
        CONSTRAINT resources_unit_known CHECK (unit IN ('hour', 'day', 'half_day', 'impression', 'job', 'room_day', 'seat_month', 'message',
            'word', 'value', 'item')),
        CONSTRAINT resources_basis_known CHECK (basis IN ('not_valued', 'actual_cost', 'standard_rate', 'market_rate')),
        CONSTRAINT resources_distance_known CHECK (distance_unit IN ('', 'km', 'mi')),
        CONSTRAINT resources_state_known CHECK (state IN ('offered', 'withdrawn')),
        CONSTRAINT resources_capacity CHECK (capacity > 0 AND (capacity = 1 OR NOT exclusive)),
        CONSTRAINT resources_in_order CHECK (offered_from <= offered_to))""",
    """CREATE INDEX resources_in_order ON resources (lpad(number, 20, '0'))""",
    """CREATE INDEX resources_by_kind ON resources (kind, name, ordinal)""",
    """CREATE INDEX resources_by_contact ON resources (contact_id) WHERE contact_id IS NOT NULL""",
    """CREATE TABLE resource_rates (
        resource text NOT NULL, valid_from date NOT NULL, version integer NOT NULL, rate numeric(14,6) NOT NULL, distance_rate numeric(14,6),
        source text NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT resource_rates_pk PRIMARY KEY (resource, valid_from, version),
        CONSTRAINT resource_rates_resource_fk FOREIGN KEY (resource) REFERENCES resources (number),
        CONSTRAINT resource_rates_positive CHECK (rate >= 0 AND distance_rate >= 0))""",
    """CREATE TABLE bookings (
        number text NOT NULL, resource text NOT NULL, ordinal integer NOT NULL, exclusive boolean NOT NULL, lender text NOT NULL,
        borrower text NOT NULL, campaign text, activity text NOT NULL, purpose text NOT NULL, place text NOT NULL, fund_id integer NOT NULL,
        first_half integer NOT NULL, last_half integer NOT NULL, quantity integer NOT NULL, planned numeric(12,2), agreement text, state text NOT NULL,
        state_since timestamptz NOT NULL, hold_until date, requested_by integer NOT NULL, requested_at timestamptz NOT NULL, decided_by integer,
        clearance text NOT NULL, cleared_by integer, cleared_on date, remark text NOT NULL,
        slot int8range GENERATED ALWAYS AS (int8range(ordinal::bigint * 1000000 + first_half, ordinal::bigint * 1000000 + last_half + 1)) STORED,
        CONSTRAINT bookings_pk PRIMARY KEY (number),
        CONSTRAINT bookings_resource_fk FOREIGN KEY (resource) REFERENCES resources (number),
        CONSTRAINT bookings_borrower_fk FOREIGN KEY (borrower) REFERENCES unions (code),
        CONSTRAINT bookings_lender_fk FOREIGN KEY (lender) REFERENCES unions (code),
        CONSTRAINT bookings_campaign_fk FOREIGN KEY (campaign) REFERENCES campaigns (number),
        CONSTRAINT bookings_fund_fk FOREIGN KEY (fund_id) REFERENCES funds (id),
        CONSTRAINT bookings_state_known CHECK (state IN ('requested', 'held', 'confirmed', 'declined', 'cancelled', 'done')),
        CONSTRAINT bookings_in_order CHECK (0 <= first_half AND first_half <= last_half AND last_half < 1000000),
        CONSTRAINT bookings_quantity CHECK (quantity > 0 AND (quantity = 1 OR NOT exclusive)),
        CONSTRAINT bookings_planned CHECK (planned > 0),
        CONSTRAINT bookings_no_double EXCLUDE USING gist (slot WITH &&) WHERE (exclusive AND state IN ('held', 'confirmed', 'done')))""",
    """CREATE INDEX bookings_by_resource ON bookings USING gist (slot) WHERE state IN ('requested', 'held', 'confirmed', 'done')""",
    """CREATE INDEX bookings_in_order ON bookings (lpad(number, 20, '0'))""",
    """CREATE INDEX bookings_by_state ON bookings (state, lpad(number, 20, '0'))""",
    """CREATE INDEX bookings_by_campaign ON bookings (campaign, lpad(number, 20, '0')) WHERE campaign IS NOT NULL""",
    """CREATE INDEX bookings_by_agreement ON bookings (agreement, lpad(number, 20, '0')) WHERE agreement IS NOT NULL""",
    """CREATE INDEX bookings_by_person ON bookings (requested_by, lpad(number, 20, '0'))""",
    """CREATE INDEX bookings_of_resource ON bookings (resource, last_half)""",
    """CREATE INDEX bookings_of_resource_in_order ON bookings (resource, lpad(number, 20, '0'))""",
    """CREATE INDEX bookings_by_days ON bookings USING gist (int4range(first_half, last_half + 1))""",
    """CREATE FUNCTION bookings_fit() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE full_up text; taking text[];
        BEGIN
            -- What took its room before is not asked again: a capacity that was cut since does not undo the past.
            IF TG_OP = 'INSERT' THEN
                taking := ARRAY(SELECT number FROM fresh WHERE state IN ('held', 'confirmed', 'done'));
            ELSE
                taking := ARRAY(SELECT n.number FROM fresh n JOIN stale o ON o.number = n.number WHERE n.state IN ('held', 'confirmed', 'done')
                    AND (o.state NOT IN ('held', 'confirmed', 'done')
                        OR (o.first_half, o.last_half, o.quantity) IS DISTINCT FROM (n.first_half, n.last_half, n.quantity)));
            END IF;
            PERFORM FROM resources WHERE number IN (SELECT resource FROM fresh WHERE number = ANY(taking)) ORDER BY number FOR NO KEY UPDATE;
            SELECT n.resource INTO full_up FROM fresh n CROSS JOIN LATERAL generate_series(n.first_half, n.last_half) AS half
                JOIN bookings b ON b.slot @> (n.ordinal::bigint * 1000000 + half) AND b.state IN ('held', 'confirmed', 'done')
                JOIN resources r ON r.number = n.resource
                WHERE n.number = ANY(taking)
                GROUP BY n.number, n.resource, half, r.capacity HAVING sum(b.quantity) > r.capacity LIMIT 1;
            IF full_up IS NOT NULL THEN
                RAISE EXCEPTION 'resource % has no room for it', full_up USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'bookings_room';
            END IF;
            RETURN NULL;
        END $$""",
    """CREATE TRIGGER bookings_room_new AFTER INSERT ON bookings
        REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION bookings_fit()""",
    """CREATE TRIGGER bookings_room_moved AFTER UPDATE ON bookings
        REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION bookings_fit()""",
    """CREATE TABLE deliveries (
        number text NOT NULL, booking text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL, state text NOT NULL,
        state_since timestamptz NOT NULL, revision integer NOT NULL, quantity numeric(14,2) NOT NULL, distance numeric(12,1) NOT NULL,
        distance_unit text NOT NULL, claimed numeric(14,2), dispute text NOT NULL, basis text NOT NULL, currency char(3) NOT NULL,
        rate numeric(14,6), distance_rate numeric(14,6), value_minor bigint NOT NULL, is_chargeable boolean NOT NULL,
        charge_back text, recovered_minor bigint NOT NULL, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL, submitted_by integer,
        confirmed_by integer, confirmed_at timestamptz, entry_number bigint, remark text NOT NULL,
        CONSTRAINT deliveries_pk PRIMARY KEY (number),
        CONSTRAINT deliveries_booking_fk FOREIGN KEY (booking) REFERENCES bookings (number),
        CONSTRAINT deliveries_state_known CHECK (state IN ('draft', 'submitted', 'disputed', 'confirmed', 'withdrawn')),
        CONSTRAINT deliveries_distance_known CHECK (distance_unit IN ('', 'km', 'mi')),
        CONSTRAINT deliveries_in_order CHECK (starts_on <= ends_on),
        CONSTRAINT deliveries_quantity CHECK (quantity >= 0 AND distance >= 0),
        CONSTRAINT deliveries_value CHECK (value_minor >= 0 AND recovered_minor >= 0 AND recovered_minor <= value_minor))""",
    """CREATE INDEX deliveries_in_order ON deliveries (lpad(number, 20, '0'))""",
    """CREATE INDEX deliveries_by_booking ON deliveries (booking, lpad(number, 20, '0'))""",
    """CREATE INDEX deliveries_by_state ON deliveries (state, lpad(number, 20, '0'))""",
    """CREATE INDEX deliveries_to_charge ON deliveries (lpad(number, 20, '0')) WHERE is_chargeable AND charge_back IS NULL""",
    """CREATE INDEX deliveries_charged ON deliveries (charge_back) WHERE charge_back IS NOT NULL""",
    """CREATE TABLE delivery_lines (
        delivery text NOT NULL, day date NOT NULL, quantity numeric(12,2) NOT NULL, distance numeric(9,1) NOT NULL, note text NOT NULL,
        CONSTRAINT delivery_lines_pk PRIMARY KEY (delivery, day),
        CONSTRAINT delivery_lines_delivery_fk FOREIGN KEY (delivery) REFERENCES deliveries (number),
        CONSTRAINT delivery_lines_quantity CHECK (quantity >= 0 AND distance >= 0 AND quantity + distance > 0))""",
    """CREATE TABLE resource_events (
        subject text NOT NULL, ordinal integer NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        remark text NOT NULL, facts jsonb NOT NULL,
        CONSTRAINT resource_events_pk PRIMARY KEY (subject, ordinal))""",
    """CREATE TABLE calendar_feeds (
        id uuid NOT NULL, person_id integer NOT NULL, secret_digest bytea NOT NULL, made_at timestamptz NOT NULL, ended_at timestamptz,
        CONSTRAINT calendar_feeds_pk PRIMARY KEY (id),
        CONSTRAINT calendar_feeds_secret_once UNIQUE (secret_digest),
        CONSTRAINT calendar_feeds_person_fk FOREIGN KEY (person_id) REFERENCES people (id))""",
]

# A step stands in both books or in neither: the creditor's half and the debtor's are two entries of one day, each by a person of that union.
STEPS = [
    """CREATE TABLE mirrored_steps (
        number text NOT NULL, kind text NOT NULL, subject text NOT NULL, creditor text NOT NULL, debtor text NOT NULL, currency char(3) NOT NULL,
        amount_minor bigint NOT NULL, entry_date date NOT NULL, description text NOT NULL, reference text NOT NULL,
        creditor_fund integer NOT NULL, debtor_fund integer NOT NULL, creditor_account integer, debtor_account integer,
        paid_currency char(3), paid_minor bigint, rate numeric(12,6), rate_source text, rate_date date, agreement text,
        resolution integer, reverses text, other_resources boolean NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, proposed_by integer NOT NULL, proposed_union text NOT NULL,
        proposed_at timestamptz NOT NULL, decided_by integer, remark text NOT NULL, reversed_by text,
        CONSTRAINT mirrored_steps_pk PRIMARY KEY (number),
        CONSTRAINT mirrored_steps_kind_known CHECK (kind IN ('loan_drawdown', 'loan_repayment', 'loan_interest', 'loan_forgiveness', 'charge_back',
            'equalisation', 'settlement', 'step_reversal')),
        CONSTRAINT mirrored_steps_state_known CHECK (state IN ('proposed', 'accepted', 'declined', 'withdrawn', 'reversed')),
        CONSTRAINT mirrored_steps_creditor_fk FOREIGN KEY (creditor) REFERENCES unions (code),
        CONSTRAINT mirrored_steps_debtor_fk FOREIGN KEY (debtor) REFERENCES unions (code),
        CONSTRAINT mirrored_steps_two_unions CHECK (creditor <> debtor),
        CONSTRAINT mirrored_steps_second_person CHECK (decided_by IS NULL OR decided_by <> proposed_by OR state = 'withdrawn'),
        CONSTRAINT mirrored_steps_positive CHECK (amount_minor > 0 AND paid_minor > 0),
        CONSTRAINT mirrored_steps_rate_whole CHECK (paid_currency IS NULL OR paid_currency = currency OR
            (paid_minor IS NOT NULL AND rate IS NOT NULL AND rate_source IS NOT NULL AND rate_date IS NOT NULL)))""",
    """CREATE INDEX mirrored_steps_in_order ON mirrored_steps (lpad(number, 20, '0'))""",
    """CREATE INDEX mirrored_steps_by_subject ON mirrored_steps (subject, lpad(number, 20, '0'))""",
    """CREATE INDEX mirrored_steps_by_state ON mirrored_steps (state, lpad(number, 20, '0'))""",
    """CREATE INDEX mirrored_steps_by_kind ON mirrored_steps (kind, lpad(number, 20, '0'))""",
    """CREATE INDEX mirrored_steps_by_agreement ON mirrored_steps (agreement, lpad(number, 20, '0')) WHERE agreement IS NOT NULL""",
    """CREATE UNIQUE INDEX mirrored_steps_reversed_once ON mirrored_steps (reverses) WHERE reverses IS NOT NULL AND state IN ('proposed', 'accepted')""",
    """CREATE TABLE mirrored_entries (
        step text NOT NULL, union_code text NOT NULL, entry_number bigint NOT NULL,
        CONSTRAINT mirrored_entries_pk PRIMARY KEY (step, union_code),
        CONSTRAINT mirrored_entries_step_fk FOREIGN KEY (step) REFERENCES mirrored_steps (number))""",
    """CREATE TABLE charge_back_lines (
        step text NOT NULL, delivery text NOT NULL, value_minor bigint NOT NULL, share_minor bigint NOT NULL, entry_number bigint,
        CONSTRAINT charge_back_lines_pk PRIMARY KEY (step, delivery),
        CONSTRAINT charge_back_lines_step_fk FOREIGN KEY (step) REFERENCES mirrored_steps (number),
        CONSTRAINT charge_back_lines_delivery_fk FOREIGN KEY (delivery) REFERENCES deliveries (number),
        CONSTRAINT charge_back_lines_share CHECK (share_minor > 0 AND share_minor <= value_minor))""",
]

LOANS = [
    """CREATE TABLE loans (
        number text NOT NULL, lender text NOT NULL, borrower text NOT NULL, currency char(3) NOT NULL, limit_minor bigint NOT NULL,
        interest_percent numeric(7,4) NOT NULL, starts_on date NOT NULL, matures_on date, purpose text NOT NULL, lender_fund integer NOT NULL,
        borrower_fund integer NOT NULL, agreement text, state text NOT NULL, state_since timestamptz NOT NULL, proposed_by integer NOT NULL,
        proposed_union text NOT NULL, proposed_at timestamptz NOT NULL, decided_by integer, remark text NOT NULL,
        CONSTRAINT loans_pk PRIMARY KEY (number),
        CONSTRAINT loans_lender_fk FOREIGN KEY (lender) REFERENCES unions (code),
        CONSTRAINT loans_borrower_fk FOREIGN KEY (borrower) REFERENCES unions (code),
        CONSTRAINT loans_lender_fund_fk FOREIGN KEY (lender_fund) REFERENCES funds (id),
        CONSTRAINT loans_borrower_fund_fk FOREIGN KEY (borrower_fund) REFERENCES funds (id),
        CONSTRAINT loans_two_unions CHECK (lender <> borrower),
        CONSTRAINT loans_positive CHECK (limit_minor > 0),
        CONSTRAINT loans_interest CHECK (interest_percent >= 0 AND interest_percent <= 100),
        CONSTRAINT loans_in_order CHECK (starts_on <= matures_on),
        CONSTRAINT loans_state_known CHECK (state IN ('proposed', 'agreed', 'declined', 'withdrawn', 'settled')),
        CONSTRAINT loans_second_person CHECK (decided_by IS NULL OR decided_by <> proposed_by OR state = 'withdrawn'))""",
    """CREATE INDEX loans_in_order ON loans (lpad(number, 20, '0'))""",
    """CREATE INDEX loans_by_state ON loans (state, lpad(number, 20, '0'))""",
    """CREATE INDEX loans_by_agreement ON loans (agreement, lpad(number, 20, '0')) WHERE agreement IS NOT NULL""",
    """CREATE TABLE loan_instalments (
        loan text NOT NULL, ordinal smallint NOT NULL, due_on date NOT NULL, amount_minor bigint NOT NULL,
        CONSTRAINT loan_instalments_pk PRIMARY KEY (loan, ordinal),
        CONSTRAINT loan_instalments_loan_fk FOREIGN KEY (loan) REFERENCES loans (number),
        CONSTRAINT loan_instalments_positive CHECK (amount_minor > 0))""",
    """CREATE TABLE loan_resolutions (
        loan text NOT NULL, ordinal smallint NOT NULL, body text NOT NULL, resolution text NOT NULL, decided_on date NOT NULL,
        amount_minor bigint NOT NULL, document_id uuid, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT loan_resolutions_pk PRIMARY KEY (loan, ordinal),
        CONSTRAINT loan_resolutions_loan_fk FOREIGN KEY (loan) REFERENCES loans (number),
        CONSTRAINT loan_resolutions_document_fk FOREIGN KEY (document_id) REFERENCES documents (id),
        CONSTRAINT loan_resolutions_positive CHECK (amount_minor > 0))""",
]

EQUALISATION = [
    """CREATE TABLE membership_counts (
        union_code text NOT NULL, as_of date NOT NULL, version integer NOT NULL, members integer NOT NULL, source text NOT NULL, document_id uuid,
        certified_by integer NOT NULL, certified_at timestamptz NOT NULL,
        CONSTRAINT membership_counts_pk PRIMARY KEY (union_code, as_of, version),
        CONSTRAINT membership_counts_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT membership_counts_document_fk FOREIGN KEY (document_id) REFERENCES documents (id),
        CONSTRAINT membership_counts_positive CHECK (members > 0))""",
    """CREATE TABLE joint_costs (
        number text NOT NULL, union_code text NOT NULL, paid_on date NOT NULL, currency char(3) NOT NULL, amount_minor bigint NOT NULL,
        what text NOT NULL, campaign text, reference text NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, recorded_by integer NOT NULL,
        recorded_at timestamptz NOT NULL, decided_by integer, equalisation text, remark text NOT NULL,
        CONSTRAINT joint_costs_pk PRIMARY KEY (number),
        CONSTRAINT joint_costs_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT joint_costs_campaign_fk FOREIGN KEY (campaign) REFERENCES campaigns (number),
        CONSTRAINT joint_costs_state_known CHECK (state IN ('claimed', 'agreed', 'disputed', 'withdrawn')),
        CONSTRAINT joint_costs_positive CHECK (amount_minor > 0))""",
    """CREATE INDEX joint_costs_in_order ON joint_costs (lpad(number, 20, '0'))""",
    """CREATE INDEX joint_costs_by_state ON joint_costs (state, lpad(number, 20, '0'))""",
    """CREATE INDEX joint_costs_by_day ON joint_costs (paid_on)""",
    """CREATE INDEX joint_costs_undecided ON joint_costs (paid_on) WHERE state IN ('claimed', 'disputed')""",
    """CREATE INDEX joint_costs_to_share ON joint_costs (paid_on) WHERE state = 'agreed' AND equalisation IS NULL""",
    """CREATE INDEX joint_costs_shared ON joint_costs (equalisation) WHERE equalisation IS NOT NULL""",
    """CREATE TABLE equalisations (
        number text NOT NULL, agreement text NOT NULL, agreement_version integer NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL,
        currency char(3) NOT NULL, debt_currency char(3) NOT NULL, pool_minor bigint NOT NULL, balance_minor bigint NOT NULL, creditor text,
        debtor text, working jsonb NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, step text, made_by integer NOT NULL,
        made_at timestamptz NOT NULL, remark text NOT NULL,
        CONSTRAINT equalisations_pk PRIMARY KEY (number),
        CONSTRAINT equalisations_agreement_fk FOREIGN KEY (agreement, agreement_version) REFERENCES agreements (number, version),
        CONSTRAINT equalisations_in_order CHECK (starts_on <= ends_on),
        CONSTRAINT equalisations_state_known CHECK (state IN ('proposed', 'agreed', 'declined', 'withdrawn', 'reversed')),
        CONSTRAINT equalisations_balance CHECK (balance_minor >= 0))""",
    """CREATE INDEX equalisations_in_order ON equalisations (lpad(number, 20, '0'))""",
    """CREATE INDEX equalisations_by_end ON equalisations (ends_on)""",
    """CREATE INDEX equalisations_by_agreement ON equalisations (agreement, lpad(number, 20, '0'))""",
    """CREATE UNIQUE INDEX equalisations_one_a_period ON equalisations (agreement, starts_on) WHERE state IN ('proposed', 'agreed')""",
]

APPEND_ONLY = (
    "agreement_signatures", "resource_rates", "resource_events", "mirrored_entries", "loan_instalments", "loan_resolutions",
    "membership_counts",
)  # fmt: skip
# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "agreements": "state, decided_by, decided_at, valid_to, ended_by, ended_at, remark",
    "resources": "kind, name, place, conditions, unit, exclusive, capacity, hours_per_day, distance_unit, basis, currency, offered_from, offered_to, "
    "contact_id, state, changed_at",
    "bookings": "campaign, activity, purpose, place, fund_id, first_half, last_half, quantity, planned, agreement, state, state_since, hold_until, "
    "decided_by, clearance, cleared_by, cleared_on, remark",
    "deliveries": "starts_on, ends_on, state, state_since, revision, quantity, distance, distance_unit, claimed, dispute, basis, currency, rate, "
    "distance_rate, value_minor, is_chargeable, charge_back, recovered_minor, submitted_by, confirmed_by, confirmed_at, entry_number, remark",
    "delivery_lines": "quantity, distance, note",
    "calendar_feeds": "ended_at",
    "mirrored_steps": "creditor_account, debtor_account, creditor_fund, debtor_fund, state, state_since, decided_by, remark, reversed_by",
    "charge_back_lines": "entry_number",
    "loans": "state, state_since, decided_by, remark",
    "joint_costs": "state, state_since, decided_by, equalisation, remark",
    "equalisations": "state, state_since, step, remark",
}
DELETABLE = ("delivery_lines",)

TABLES = (
    "agreements", "agreement_signatures", "resources", "resource_rates", "bookings", "deliveries", "delivery_lines", "resource_events",
    "calendar_feeds", "mirrored_steps", "mirrored_entries", "charge_back_lines", "loans", "loan_instalments", "loan_resolutions",
    "membership_counts", "joint_costs", "equalisations",
)  # fmt: skip


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in AGREEMENTS + RESOURCES + STEPS + LOANS + EQUALISATION:
        op.execute(statement)
    # A function finds its own pool's tables, whoever calls it.
    op.execute(f"ALTER FUNCTION bookings_fit() SET search_path = {schema}, pg_temp")
    for table in APPEND_ONLY:
        for name, events in ((f"{table}_keep", "UPDATE OR DELETE"), (f"{table}_whole", "TRUNCATE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    for name in ("bookings_room_new", "bookings_room_moved"):
        op.execute(f"ALTER TABLE bookings ENABLE ALWAYS TRIGGER {name}")
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")
    for table, columns in UPDATABLE.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
