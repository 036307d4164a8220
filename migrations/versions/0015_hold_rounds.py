"""Let somebody say that a hold stays: the words before count no more, and a person may say again later that it may go."""

from alembic import context, op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ROUNDS = [
    # The default stays: a server of before, still running beside this one, names no round.
    """ALTER TABLE retention_hold_events ADD COLUMN round integer NOT NULL DEFAULT 0""",
    """ALTER TABLE retention_hold_events DROP CONSTRAINT retention_hold_events_once""",
    """ALTER TABLE retention_hold_events ADD CONSTRAINT retention_hold_events_once UNIQUE (hold, round, person_id, what)""",
    """ALTER TABLE retention_hold_events DROP CONSTRAINT retention_hold_events_what_known""",
    """ALTER TABLE retention_hold_events ADD CONSTRAINT retention_hold_events_what_known CHECK (what IN ('let_go', 'kept', 'released'))""",
]


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in ROUNDS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
