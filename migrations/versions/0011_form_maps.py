"""Keep each union's own versions of where its accounts belong on Form LM-2, whose suggestion ships as data of the product; and log members'
requests for a financial statement (Canada Labour Code s. 110, Ontario LRA s. 92), by a reference and never by a name.
"""

from alembic import context, op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("form_maps", "statement_requests")
APPEND_ONLY = ("form_maps",)
UPDATABLE = {"statement_requests": "answered_on, answered_by, answered_at, answer"}

STATEMENTS = [
    """CREATE TABLE form_maps (
        union_code text NOT NULL, version integer NOT NULL, form text NOT NULL, valid_from date NOT NULL, source text NOT NULL, lines jsonb NOT NULL,
        changed_by integer NOT NULL, changed_at timestamptz NOT NULL,
        CONSTRAINT form_maps_pk PRIMARY KEY (union_code, version),
        CONSTRAINT form_maps_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT form_maps_version_positive CHECK (version > 0))""",
    """CREATE TABLE statement_requests (
        number text NOT NULL, union_code text NOT NULL, local text NOT NULL, reference text NOT NULL, statement text NOT NULL, asked_on date NOT NULL,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL, answered_on date, answered_by integer, answered_at timestamptz,
        answer text NOT NULL,
        CONSTRAINT statement_requests_pk PRIMARY KEY (number),
        CONSTRAINT statement_requests_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT statement_requests_answered_after CHECK (answered_on >= asked_on),
        CONSTRAINT statement_requests_answered_whole CHECK ((answered_on IS NULL) = (answered_by IS NULL) AND (answered_on IS NULL) = (answered_at IS NULL)))""",
    """CREATE INDEX statement_requests_open ON statement_requests (asked_on) WHERE answered_on IS NULL""",
    """CREATE INDEX statement_requests_by_union ON statement_requests (union_code, asked_on)""",
]


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in STATEMENTS:
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
