"""Create the books: reference data, the journal with its walls, people, rates, and money in and across.

Rules of design/scale.md hold: no sequences, every table with a primary key, every constraint named, statement-level triggers only.
"""

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REFERENCE = [
    """CREATE TABLE counters (
        name text NOT NULL, value bigint NOT NULL,
        CONSTRAINT counters_pk PRIMARY KEY (name))""",
    """CREATE TABLE settings (
        name text NOT NULL, value jsonb NOT NULL,
        CONSTRAINT settings_pk PRIMARY KEY (name))""",
    """CREATE TABLE currencies (
        code char(3) NOT NULL, digits smallint NOT NULL, name_en text NOT NULL, name_fr text NOT NULL,
        CONSTRAINT currencies_pk PRIMARY KEY (code))""",
    """CREATE TABLE unions (
        code text NOT NULL, name text NOT NULL, nation char(2) NOT NULL, currency char(3) NOT NULL,
        ordinal smallint NOT NULL, mark text NOT NULL, board text NOT NULL,
        CONSTRAINT unions_pk PRIMARY KEY (code),
        CONSTRAINT unions_currency_fk FOREIGN KEY (currency) REFERENCES currencies (code))""",
    """CREATE TABLE locals (
        id integer NOT NULL, union_code text NOT NULL, number text NOT NULL, name text NOT NULL, city text NOT NULL,
        closed_on date,
        CONSTRAINT locals_pk PRIMARY KEY (id),
        CONSTRAINT locals_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT locals_number_once UNIQUE (union_code, number))""",
    """CREATE TABLE books (
        code text NOT NULL, union_code text, name_en text NOT NULL, name_fr text NOT NULL, presentation_currency char(3) NOT NULL,
        CONSTRAINT books_pk PRIMARY KEY (code),
        CONSTRAINT books_union_fk FOREIGN KEY (union_code) REFERENCES unions (code))""",
    """CREATE TABLE funds (
        id integer NOT NULL, code text NOT NULL, name_en text NOT NULL, name_fr text NOT NULL, purpose text NOT NULL,
        restriction text NOT NULL, restriction_text text NOT NULL, nation char(2), floors jsonb NOT NULL,
        opened_on date, closed_on date, proposed_by integer, confirmed_by integer, confirmed boolean NOT NULL,
        CONSTRAINT funds_pk PRIMARY KEY (id),
        CONSTRAINT funds_code_once UNIQUE (code))""",
    """CREATE TABLE accounts (
        id integer NOT NULL, book text NOT NULL, path text NOT NULL, currency char(3) NOT NULL,
        name_en text NOT NULL, name_fr text NOT NULL, role text NOT NULL, custodian text, counterparty text, origin char(2),
        guarded boolean NOT NULL, opened_on date, closed_on date,
        CONSTRAINT accounts_pk PRIMARY KEY (id),
        CONSTRAINT accounts_path_once UNIQUE (book, path, currency),
        CONSTRAINT accounts_book_fk FOREIGN KEY (book) REFERENCES books (code),
        CONSTRAINT accounts_currency_fk FOREIGN KEY (currency) REFERENCES currencies (code),
        CONSTRAINT accounts_custodian_fk FOREIGN KEY (custodian) REFERENCES unions (code))""",
    """CREATE TABLE periods (
        book text NOT NULL, starts_on date NOT NULL, ends_on date NOT NULL, state text NOT NULL, version integer NOT NULL,
        CONSTRAINT periods_pk PRIMARY KEY (book, starts_on),
        CONSTRAINT periods_book_fk FOREIGN KEY (book) REFERENCES books (code),
        CONSTRAINT periods_state_known CHECK (state IN ('open', 'soft_closed', 'closed')),
        CONSTRAINT periods_in_order CHECK (starts_on <= ends_on))""",
]

PEOPLE = [
    """CREATE TABLE people (
        id integer NOT NULL, name text NOT NULL, email text NOT NULL, union_code text,
        language text NOT NULL, theme text NOT NULL, keyboard boolean NOT NULL,
        password_hash text, totp_secret text, totp_last_step bigint,
        sample_password text, created_at timestamptz NOT NULL, disabled_at timestamptz, last_seen_entry bigint NOT NULL,
        CONSTRAINT people_pk PRIMARY KEY (id),
        CONSTRAINT people_email_once UNIQUE (email),
        CONSTRAINT people_union_fk FOREIGN KEY (union_code) REFERENCES unions (code))""",
    """CREATE TABLE grants (
        id uuid NOT NULL, person_id integer NOT NULL, role text NOT NULL, local_id integer,
        starts_on date NOT NULL, ends_on date NOT NULL, granted_by integer NOT NULL, granted_at timestamptz NOT NULL,
        revoked_by integer, revoked_at timestamptz,
        CONSTRAINT grants_pk PRIMARY KEY (id),
        CONSTRAINT grants_person_fk FOREIGN KEY (person_id) REFERENCES people (id),
        CONSTRAINT grants_in_order CHECK (starts_on <= ends_on))""",
    """CREATE INDEX grants_person ON grants (person_id)""",
    """CREATE TABLE sessions (
        id bytea NOT NULL, person_id integer NOT NULL, created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL, address text NOT NULL, agent text NOT NULL,
        CONSTRAINT sessions_pk PRIMARY KEY (id),
        CONSTRAINT sessions_person_fk FOREIGN KEY (person_id) REFERENCES people (id))""",
    """CREATE INDEX sessions_person ON sessions (person_id)""",
    """CREATE TABLE tokens (
        id uuid NOT NULL, person_id integer NOT NULL, name text NOT NULL, digest bytea NOT NULL, hint text NOT NULL,
        permissions text[] NOT NULL, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        used_at timestamptz, revoked_at timestamptz,
        CONSTRAINT tokens_pk PRIMARY KEY (id),
        CONSTRAINT tokens_digest_once UNIQUE (digest),
        CONSTRAINT tokens_person_fk FOREIGN KEY (person_id) REFERENCES people (id))""",
    """CREATE TABLE links (
        digest bytea NOT NULL, purpose text NOT NULL, person_id integer, created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL, used_at timestamptz,
        CONSTRAINT links_pk PRIMARY KEY (digest))""",
    """CREATE TABLE attempts (
        id uuid NOT NULL, name_digest bytea NOT NULL, address text NOT NULL, attempted_at timestamptz NOT NULL, succeeded boolean NOT NULL,
        CONSTRAINT attempts_pk PRIMARY KEY (id))""",
    """CREATE INDEX attempts_by_name ON attempts (name_digest, attempted_at)""",
    """CREATE INDEX attempts_by_address ON attempts (address, attempted_at)""",
]

JOURNAL = [
    """CREATE TABLE head (
        id smallint NOT NULL, number bigint NOT NULL, hash bytea NOT NULL,
        CONSTRAINT head_pk PRIMARY KEY (id),
        CONSTRAINT head_single CHECK (id = 1))""",
    """CREATE TABLE entries (
        number bigint NOT NULL, entry_date date NOT NULL, effective_date date, recorded_at timestamptz NOT NULL,
        kind text NOT NULL, description text NOT NULL, reference text NOT NULL, subject text NOT NULL, tags text[] NOT NULL,
        actor_id integer NOT NULL, exchange jsonb, origin char(2), reverses bigint, corrects bigint,
        search text NOT NULL, canonical bytea NOT NULL, previous_hash bytea NOT NULL, hash bytea NOT NULL,
        CONSTRAINT entries_pk PRIMARY KEY (number),
        CONSTRAINT entries_number_positive CHECK (number > 0))""",
    """CREATE UNIQUE INDEX entries_reverses_once ON entries (reverses) WHERE reverses IS NOT NULL""",
    """CREATE INDEX entries_by_correction ON entries (corrects) WHERE corrects IS NOT NULL""",
    """CREATE INDEX entries_by_date ON entries (entry_date, number)""",
    """CREATE INDEX entries_by_subject ON entries (subject) WHERE subject <> ''""",
    """CREATE INDEX entries_by_word ON entries USING gin (to_tsvector('simple', search))""",
    """CREATE TABLE postings (
        account_id integer NOT NULL, fund_id integer NOT NULL, version bigint NOT NULL,
        entry_number bigint NOT NULL, line smallint NOT NULL, entry_date date NOT NULL,
        amount_minor bigint NOT NULL, balance_after bigint NOT NULL, memo text NOT NULL,
        CONSTRAINT postings_pk PRIMARY KEY (account_id, fund_id, version),
        CONSTRAINT postings_not_zero CHECK (amount_minor <> 0))""",
    """CREATE UNIQUE INDEX postings_line_once ON postings (entry_number, line)""",
    """CREATE INDEX postings_by_date ON postings (account_id, entry_date, entry_number, line)""",
    """CREATE TABLE balances (
        account_id integer NOT NULL, fund_id integer NOT NULL, version bigint NOT NULL, balance_minor bigint NOT NULL,
        guarded boolean NOT NULL,
        CONSTRAINT balances_pk PRIMARY KEY (account_id, fund_id),
        CONSTRAINT balances_account_fk FOREIGN KEY (account_id) REFERENCES accounts (id),
        CONSTRAINT balances_fund_fk FOREIGN KEY (fund_id) REFERENCES funds (id),
        CONSTRAINT balances_guard CHECK (NOT guarded OR balance_minor >= 0)) WITH (fillfactor = 50)""",
    """CREATE TABLE fund_balances (
        book text NOT NULL, fund_id integer NOT NULL, currency char(3) NOT NULL, held_minor bigint NOT NULL, pledged_minor bigint NOT NULL, committed_minor bigint NOT NULL,
        CONSTRAINT fund_balances_pk PRIMARY KEY (book, fund_id, currency)) WITH (fillfactor = 50)""",
    """CREATE TABLE month_totals (
        account_id integer NOT NULL, fund_id integer NOT NULL, month date NOT NULL, debit_minor bigint NOT NULL, credit_minor bigint NOT NULL,
        CONSTRAINT month_totals_pk PRIMARY KEY (account_id, fund_id, month)) WITH (fillfactor = 70)""",
    """CREATE TABLE day_totals (
        account_id integer NOT NULL, fund_id integer NOT NULL, day date NOT NULL, debit_minor bigint NOT NULL, credit_minor bigint NOT NULL,
        CONSTRAINT day_totals_pk PRIMARY KEY (account_id, fund_id, day)) WITH (fillfactor = 70)""",
    """CREATE INDEX day_totals_by_day ON day_totals (day)""",
    """CREATE TABLE requests (
        key text NOT NULL, operation text NOT NULL, fingerprint bytea NOT NULL, person_id integer NOT NULL,
        refusal text, answer jsonb NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT requests_pk PRIMARY KEY (key))""",
    """CREATE TABLE audit (
        id uuid NOT NULL, recorded_at timestamptz NOT NULL, person_id integer, union_code text, via text NOT NULL,
        action text NOT NULL, outcome text NOT NULL, subject text NOT NULL, details jsonb NOT NULL, address text NOT NULL,
        CONSTRAINT audit_pk PRIMARY KEY (id))""",
    """CREATE INDEX audit_by_time ON audit (recorded_at, id)""",
    """CREATE INDEX audit_by_subject ON audit (subject, recorded_at) WHERE subject <> ''""",
    """CREATE TABLE documents (
        id uuid NOT NULL, sha256 bytea NOT NULL, filename text NOT NULL, media_type text NOT NULL, size_bytes integer NOT NULL,
        content bytea NOT NULL, uploaded_by integer NOT NULL, uploaded_at timestamptz NOT NULL,
        CONSTRAINT documents_pk PRIMARY KEY (id),
        CONSTRAINT documents_hash CHECK (sha256 = sha256(content)),
        CONSTRAINT documents_size CHECK (size_bytes = octet_length(content)))""",
    """CREATE INDEX documents_by_hash ON documents (sha256)""",
    """CREATE TABLE document_links (
        document_id uuid NOT NULL, subject_kind text NOT NULL, subject text NOT NULL, linked_by integer NOT NULL, linked_at timestamptz NOT NULL,
        CONSTRAINT document_links_pk PRIMARY KEY (subject_kind, subject, document_id),
        CONSTRAINT document_links_document_fk FOREIGN KEY (document_id) REFERENCES documents (id))""",
]

EXCHANGE = [
    """CREATE TABLE rates (
        base char(3) NOT NULL, quote char(3) NOT NULL, observed_on date NOT NULL, source text NOT NULL, series text NOT NULL,
        version integer NOT NULL, value numeric(14, 6) NOT NULL, state text NOT NULL, retrieved_at timestamptz NOT NULL, raw_sha256 bytea,
        entered_by integer, confirmed_by integer, confirmed_at timestamptz, remark text NOT NULL,
        CONSTRAINT rates_pk PRIMARY KEY (base, quote, observed_on, source, version),
        CONSTRAINT rates_positive CHECK (value > 0),
        CONSTRAINT rates_state_known CHECK (state IN ('proposed', 'confirmed', 'rejected')),
        CONSTRAINT rates_two_people CHECK (confirmed_by IS NULL OR entered_by IS NULL OR confirmed_by <> entered_by))""",
    """CREATE TABLE rate_files (
        sha256 bytea NOT NULL, filename text NOT NULL, media_type text NOT NULL, content bytea NOT NULL, via text NOT NULL,
        loaded_by integer, loaded_at timestamptz NOT NULL, observations integer NOT NULL,
        CONSTRAINT rate_files_pk PRIMARY KEY (sha256))""",
    """CREATE TABLE revaluations (
        book text NOT NULL, fund_id integer NOT NULL, revalued_on date NOT NULL, currency char(3) NOT NULL, rate numeric(14, 6) NOT NULL,
        rate_observed_on date NOT NULL, rate_source text NOT NULL, rate_version integer NOT NULL, entry_number bigint NOT NULL,
        CONSTRAINT revaluations_pk PRIMARY KEY (book, fund_id, currency, revalued_on, entry_number))""",
]

MONEY = [
    """CREATE TABLE pledges (
        number text NOT NULL, union_code text NOT NULL, fund_id integer NOT NULL, currency char(3) NOT NULL, amount_minor bigint NOT NULL,
        approved_on date NOT NULL, resolution text NOT NULL, policy text NOT NULL, condition_text text NOT NULL, remark text NOT NULL,
        state text NOT NULL, entry_number bigint, recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT pledges_pk PRIMARY KEY (number),
        CONSTRAINT pledges_policy_known CHECK (policy IN ('recognised', 'memo')),
        CONSTRAINT pledges_state_known CHECK (state IN ('open', 'fulfilled', 'cancelled')),
        CONSTRAINT pledges_positive CHECK (amount_minor > 0))""",
    """CREATE TABLE pledge_instalments (
        pledge text NOT NULL, ordinal smallint NOT NULL, due_on date NOT NULL, amount_minor bigint NOT NULL,
        CONSTRAINT pledge_instalments_pk PRIMARY KEY (pledge, ordinal),
        CONSTRAINT pledge_instalments_fk FOREIGN KEY (pledge) REFERENCES pledges (number),
        CONSTRAINT pledge_instalments_positive CHECK (amount_minor > 0))""",
    """CREATE TABLE contributions (
        number text NOT NULL, union_code text NOT NULL, local_id integer, fund_id integer NOT NULL, account_id integer NOT NULL,
        currency char(3) NOT NULL, amount_minor bigint NOT NULL, received_on date NOT NULL, instrument text NOT NULL,
        reference text NOT NULL, remark text NOT NULL, restriction_text text NOT NULL, pledge text, entry_number bigint NOT NULL, state text NOT NULL,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT contributions_pk PRIMARY KEY (number),
        CONSTRAINT contributions_pledge_fk FOREIGN KEY (pledge) REFERENCES pledges (number),
        CONSTRAINT contributions_state_known CHECK (state IN ('received', 'reversed')),
        CONSTRAINT contributions_positive CHECK (amount_minor > 0))""",
    """CREATE INDEX contributions_by_pledge ON contributions (pledge) WHERE pledge IS NOT NULL""",
    """CREATE INDEX contributions_by_entry ON contributions (entry_number)""",
    """CREATE TABLE transfers (
        number text NOT NULL, fund_id integer NOT NULL, from_account integer NOT NULL, to_account integer NOT NULL, purpose text NOT NULL,
        state text NOT NULL, sent_on date NOT NULL, amount_minor bigint NOT NULL, sender_fee_minor bigint NOT NULL,
        transit_minor bigint NOT NULL, transit_currency char(3) NOT NULL, sender_exchange jsonb,
        bank_reference text NOT NULL, expected_on date, sent_entry bigint NOT NULL, sent_by integer NOT NULL,
        settled_on date, gross_minor bigint, receiver_fee_minor bigint, net_minor bigint, receiver_exchange jsonb,
        settled_entry bigint, settled_by integer, replaces text, replaced_by text, pledge text,
        CONSTRAINT transfers_pk PRIMARY KEY (number),
        CONSTRAINT transfers_state_known CHECK (state IN ('in_transit', 'disputed', 'received', 'returned', 'cancelled')),
        CONSTRAINT transfers_positive CHECK (amount_minor > 0 AND transit_minor > 0 AND sender_fee_minor >= 0),
        CONSTRAINT transfers_settled CHECK ((settled_entry IS NULL) = (state IN ('in_transit', 'disputed'))))""",
    """CREATE INDEX transfers_by_state ON transfers (state, sent_on)""",
    """CREATE TABLE transfer_events (
        transfer text NOT NULL, ordinal smallint NOT NULL, recorded_at timestamptz NOT NULL, person_id integer NOT NULL,
        what text NOT NULL, remark text NOT NULL,
        CONSTRAINT transfer_events_pk PRIMARY KEY (transfer, ordinal),
        CONSTRAINT transfer_events_fk FOREIGN KEY (transfer) REFERENCES transfers (number))""",
]

# What the database itself refuses, whatever the application says. Each is one half of a named pair (see posting_rules.CHECKS).
# What is looked up in a growing table is one row by its unique key, in a scalar subquery: an EXISTS or a join may be planned as a scan of the
# whole table, and a plan made while the table is small is kept when it no longer is. For the same reason these functions scan no table, but for accounts, which are
# few: read once (OFFSET 0 keeps it so) they are joined in a tenth of the time that looking up every posting's took.
FUNCTIONS = [
    """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
    BEGIN
        RAISE EXCEPTION 'nothing recorded in % is ever changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$""",
    """CREATE FUNCTION check_postings() RETURNS trigger LANGUAGE plpgsql
    SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM added p JOIN (SELECT id, book, currency FROM accounts OFFSET 0) a ON a.id = p.account_id
            GROUP BY p.entry_number, a.book, p.fund_id, a.currency HAVING sum(p.amount_minor) <> 0
        ) THEN
            RAISE EXCEPTION 'postings_balance: an entry does not sum to zero' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM (SELECT entry_number, count(*) AS lines, min(line) AS first, max(line) AS last, min(entry_date) AS d FROM added GROUP BY entry_number) g
            WHERE g.lines < 2 OR g.first <> 1 OR g.last <> g.lines
               OR (SELECT e.entry_date FROM entries e WHERE e.number = g.entry_number) IS DISTINCT FROM g.d
        ) THEN
            RAISE EXCEPTION 'postings_entry: postings without their whole entry' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM (SELECT DISTINCT account_id FROM added) p WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.id = p.account_id))
        OR EXISTS (SELECT FROM (SELECT DISTINCT fund_id FROM added) p WHERE NOT EXISTS (SELECT FROM funds f WHERE f.id = p.fund_id)) THEN
            RAISE EXCEPTION 'postings_account: no such account or fund' USING ERRCODE = 'foreign_key_violation';
        END IF;
        IF EXISTS (SELECT FROM periods WHERE state = 'closed') AND EXISTS (
            SELECT FROM added p JOIN (SELECT id, book FROM accounts OFFSET 0) a ON a.id = p.account_id
            JOIN periods d ON d.book = a.book AND d.state = 'closed' AND p.entry_date BETWEEN d.starts_on AND d.ends_on
        ) THEN
            RAISE EXCEPTION 'postings_period: the period is closed' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM (
                SELECT account_id, fund_id, version, amount_minor, balance_after,
                       lag(balance_after) OVER w AS before, lag(version) OVER w AS earlier
                FROM added WINDOW w AS (PARTITION BY account_id, fund_id ORDER BY version)
            ) p
            WHERE CASE WHEN p.earlier IS NOT NULL THEN p.earlier <> p.version - 1 OR p.before + p.amount_minor <> p.balance_after
                       WHEN p.version = 1 THEN p.amount_minor <> p.balance_after
                       ELSE (SELECT q.balance_after + p.amount_minor FROM postings q WHERE q.account_id = p.account_id
                             AND q.fund_id = p.fund_id AND q.version = p.version - 1) IS DISTINCT FROM p.balance_after
                  END
        ) THEN
            RAISE EXCEPTION 'postings_running: a running balance does not follow' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM (
                SELECT DISTINCT ON (account_id, fund_id) account_id, fund_id, version, balance_after
                FROM added ORDER BY account_id, fund_id, version DESC
            ) l
            WHERE (SELECT b.version = l.version AND b.balance_minor = l.balance_after
                   FROM balances b WHERE b.account_id = l.account_id AND b.fund_id = l.fund_id) IS NOT TRUE
        ) THEN
            RAISE EXCEPTION 'postings_carried: the balance was not carried' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql
    SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM (
                SELECT number, canonical, previous_hash, hash, lag(number) OVER w AS earlier, lag(hash) OVER w AS before
                FROM added WINDOW w AS (ORDER BY number)
            ) e
            WHERE sha256(e.previous_hash || e.canonical) <> e.hash
               OR CASE WHEN e.earlier IS NOT NULL THEN e.earlier <> e.number - 1 OR e.before <> e.previous_hash
                       WHEN e.number = 1 THEN e.previous_hash <> decode(repeat('00', 32), 'hex')
                       ELSE (SELECT p.hash FROM entries p WHERE p.number = e.number - 1) IS DISTINCT FROM e.previous_hash END
        ) THEN
            RAISE EXCEPTION 'entries_chain: an entry does not follow the one before it' USING ERRCODE = 'check_violation';
        END IF;
        IF NOT EXISTS (
            SELECT FROM head h JOIN added e ON e.number = h.number AND e.hash = h.hash
            WHERE h.number = (SELECT max(number) FROM added)
        ) THEN
            RAISE EXCEPTION 'entries_head: the head was not moved' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (SELECT FROM added e WHERE (SELECT p.line FROM postings p WHERE p.entry_number = e.number AND p.line = 1) IS NULL) THEN
            RAISE EXCEPTION 'entries_postings: an entry without postings' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION check_balances() RETURNS trigger LANGUAGE plpgsql
    SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM added b
            WHERE (b.version = 0 AND b.balance_minor <> 0)
               OR (b.version > 0 AND (SELECT p.balance_after FROM postings p WHERE p.account_id = b.account_id
                    AND p.fund_id = b.fund_id AND p.version = b.version) IS DISTINCT FROM b.balance_minor)
        ) THEN
            RAISE EXCEPTION 'balances_agree: a balance is not the sum of its postings' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$""",
]

APPEND_ONLY = ("entries", "postings", "requests", "audit", "documents", "transfer_events", "rate_files")

# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "counters": "value",
    "settings": "value",
    "locals": "name, city, closed_on",
    "funds": "name_en, name_fr, restriction_text, floors, closed_on, confirmed_by, confirmed",
    "accounts": "name_en, name_fr, closed_on",
    "periods": "state, version",
    "people": "name, email, language, theme, keyboard, password_hash, totp_secret, totp_last_step, sample_password, disabled_at, last_seen_entry",
    "grants": "revoked_by, revoked_at",
    "sessions": "seen_at, expires_at",
    "tokens": "used_at, revoked_at",
    "links": "used_at",
    "head": "number, hash",
    "balances": "version, balance_minor",
    "fund_balances": "held_minor, pledged_minor, committed_minor",
    "month_totals": "debit_minor, credit_minor",
    "day_totals": "debit_minor, credit_minor",
    "rates": "state, confirmed_by, confirmed_at, remark",
    "pledges": "state, remark",
    "contributions": "state",
    "transfers": "state, settled_on, gross_minor, receiver_fee_minor, net_minor, receiver_exchange, settled_entry, settled_by, replaced_by, expected_on",
}
DELETABLE = ("sessions", "attempts", "links")


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in REFERENCE + PEOPLE + JOURNAL + EXCHANGE + MONEY:
        op.execute(statement)
    for statement in FUNCTIONS:
        op.execute(statement.replace("{schema}", schema))
    for statement in triggers() + rights(schema, app_role):
        op.execute(statement)


def triggers() -> list[str]:
    made: list[tuple[str, str, str]] = []
    for table in APPEND_ONLY:
        made.append((table, f"{table}_keep", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"))
        made.append((table, f"{table}_whole", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"))
    new = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION"
    made.append(("postings", "postings_check", f"AFTER INSERT ON postings {new} check_postings()"))
    made.append(("entries", "entries_check", f"AFTER INSERT ON entries {new} check_entries()"))
    made.append(("balances", "balances_check_new", f"AFTER INSERT ON balances {new} check_balances()"))
    made.append(("balances", "balances_check_moved", f"AFTER UPDATE ON balances {new} check_balances()"))
    return [f"CREATE TRIGGER {name} {rest}" for _, name, rest in made] + [
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name, _ in made
    ]


def rights(schema: str, app_role: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA {schema} TO {app_role}",
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO {app_role}",
        f"REVOKE INSERT ON schema_version FROM {app_role}",
        *(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}" for table, columns in UPDATABLE.items()),
        *(f"GRANT DELETE ON {table} TO {app_role}" for table in DELETABLE),
    ]


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
