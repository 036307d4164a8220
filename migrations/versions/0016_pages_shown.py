"""Keep that a version of the members' page was shown, as a step of its own: which unions there are by now does not tell it."""

from alembic import context, op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = [
    """ALTER TABLE member_page_steps DROP CONSTRAINT member_page_steps_known""",
    """ALTER TABLE member_page_steps ADD CONSTRAINT member_page_steps_known CHECK (what IN ('proposed', 'approved', 'shown', 'taken_back'))""",
    """CREATE UNIQUE INDEX member_page_steps_shown_once ON member_page_steps (quarter, version) WHERE what = 'shown'""",
    # There were two unions until now: what both approved was shown, by the last word of the two.
    """INSERT INTO member_page_steps (quarter, version, ordinal, union_code, person_id, what, at)
    SELECT s.quarter, s.version, (SELECT max(t.ordinal) + 1 FROM member_page_steps t WHERE t.quarter = s.quarter AND t.version = s.version),
        s.union_code, s.person_id, 'shown', s.at
    FROM member_page_steps s WHERE s.what = 'approved' AND s.ordinal = (
        SELECT max(t.ordinal) FROM member_page_steps t WHERE t.quarter = s.quarter AND t.version = s.version AND t.what = 'approved' HAVING count(*) > 1)""",
]


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
