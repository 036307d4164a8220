"""The members' page: versions of a quarter with their figures as they were approved, who said what, and the switch."""

from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PAGES = [
    """CREATE TABLE member_pages (
        quarter text NOT NULL, version integer NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, facts bytea NOT NULL,
        facts_sha256 bytea NOT NULL, head_number bigint NOT NULL, head_hash bytea NOT NULL, proposed_by integer NOT NULL, proposed_at timestamptz NOT NULL,
        CONSTRAINT member_pages_pk PRIMARY KEY (quarter, version),
        CONSTRAINT member_pages_person_fk FOREIGN KEY (proposed_by) REFERENCES people (id),
        CONSTRAINT member_pages_state_known CHECK (state IN ('proposed', 'shown', 'replaced', 'taken_back')),
        CONSTRAINT member_pages_hash CHECK (facts_sha256 = sha256(facts)))""",
    """CREATE UNIQUE INDEX member_pages_one_shown ON member_pages (quarter) WHERE state = 'shown'""",
    """CREATE UNIQUE INDEX member_pages_one_waits ON member_pages (quarter) WHERE state = 'proposed'""",
    """CREATE TABLE member_page_steps (
        quarter text NOT NULL, version integer NOT NULL, ordinal integer NOT NULL, union_code text NOT NULL, person_id integer NOT NULL, what text NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT member_page_steps_pk PRIMARY KEY (quarter, version, ordinal),
        CONSTRAINT member_page_steps_page_fk FOREIGN KEY (quarter, version) REFERENCES member_pages (quarter, version),
        CONSTRAINT member_page_steps_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT member_page_steps_known CHECK (what IN ('proposed', 'approved', 'taken_back')))""",
    """CREATE UNIQUE INDEX member_page_steps_once ON member_page_steps (quarter, version, union_code) WHERE what = 'approved'""",
    """CREATE UNIQUE INDEX member_page_steps_two_people ON member_page_steps (quarter, version, person_id) WHERE what = 'approved'""",
    """CREATE TABLE member_page_switches (
        ordinal integer NOT NULL, union_code text NOT NULL, is_on boolean NOT NULL, person_id integer NOT NULL, at timestamptz NOT NULL,
        CONSTRAINT member_page_switches_pk PRIMARY KEY (ordinal),
        CONSTRAINT member_page_switches_union_fk FOREIGN KEY (union_code) REFERENCES unions (code))""",
]
APPEND_ONLY = ("member_page_steps", "member_page_switches")
TABLES = ("member_pages", "member_page_steps", "member_page_switches")
# What was approved stays as it was; only how it stands changes.
UPDATABLE = {"member_pages": "state, state_since"}


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in PAGES:
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
