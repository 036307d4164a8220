"""Create what retention rests on: when the unions filed their reports, and the holds that keep records whatever their day. Both are only added to."""

from alembic import context, op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RETENTION = [
    """CREATE TABLE retention_filings (
        number text NOT NULL, union_code text NOT NULL, form text NOT NULL, fiscal_year_end date NOT NULL, filed_on date NOT NULL, corrects text,
        recorded_by integer NOT NULL, recorded_at timestamptz NOT NULL,
        CONSTRAINT retention_filings_pk PRIMARY KEY (number),
        CONSTRAINT retention_filings_corrects_once UNIQUE (corrects),
        CONSTRAINT retention_filings_corrects_fk FOREIGN KEY (corrects) REFERENCES retention_filings (number),
        CONSTRAINT retention_filings_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT retention_filings_person_fk FOREIGN KEY (recorded_by) REFERENCES people (id),
        CONSTRAINT retention_filings_after_year CHECK (fiscal_year_end < filed_on))""",
    """CREATE TABLE retention_holds (
        number text NOT NULL, scope text NOT NULL, union_code text, strike text, reason text NOT NULL, placed_by integer NOT NULL,
        placed_by_union text NOT NULL, placed_at timestamptz NOT NULL,
        CONSTRAINT retention_holds_pk PRIMARY KEY (number),
        CONSTRAINT retention_holds_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT retention_holds_strike_fk FOREIGN KEY (strike) REFERENCES strikes (number),
        CONSTRAINT retention_holds_person_fk FOREIGN KEY (placed_by) REFERENCES people (id),
        CONSTRAINT retention_holds_placer_union_fk FOREIGN KEY (placed_by_union) REFERENCES unions (code),
        CONSTRAINT retention_holds_scope_known CHECK (scope IN ('all', 'union', 'strike')),
        CONSTRAINT retention_holds_scope_whole CHECK ((scope = 'all') = (union_code IS NULL) AND (scope = 'strike') = (strike IS NOT NULL)))""",
    """CREATE TABLE retention_hold_events (
        hold text NOT NULL, ordinal integer NOT NULL, what text NOT NULL, person_id integer NOT NULL, union_code text NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT retention_hold_events_pk PRIMARY KEY (hold, ordinal),
        CONSTRAINT retention_hold_events_once UNIQUE (hold, person_id, what),
        CONSTRAINT retention_hold_events_hold_fk FOREIGN KEY (hold) REFERENCES retention_holds (number),
        CONSTRAINT retention_hold_events_person_fk FOREIGN KEY (person_id) REFERENCES people (id),
        CONSTRAINT retention_hold_events_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT retention_hold_events_what_known CHECK (what IN ('let_go', 'released')))""",
    """CREATE UNIQUE INDEX retention_hold_events_released_once ON retention_hold_events (hold) WHERE what = 'released'""",
]
APPEND_ONLY = ("retention_filings", "retention_holds", "retention_hold_events")


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in RETENTION:
        op.execute(statement)
    for table in APPEND_ONLY:
        for name, events in ((f"{table}_keep", "UPDATE OR DELETE"), (f"{table}_whole", "TRUNCATE")):
            op.execute(f"CREATE TRIGGER {name} BEFORE {events} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
