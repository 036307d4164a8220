"""Widen thresholds: over a fiscal year, a single payment or 24 hours as well; by an amount, by days, or by both.

The LM-2, Form 990, FBAR, EFT and Labour Code limits of domain.md 5 are such; those of before compare an amount of a calendar year.
"""

from alembic import context, op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = [
    "ALTER TABLE thresholds DROP CONSTRAINT thresholds_period_known",
    """ALTER TABLE thresholds ADD CONSTRAINT thresholds_period_known
        CHECK (period IN ('calendar_year', 'fiscal_year', 'single', '24_hours'))""",
    "ALTER TABLE thresholds ALTER COLUMN amount_minor DROP NOT NULL",
    "ALTER TABLE thresholds ALTER COLUMN currency DROP NOT NULL",
    "ALTER TABLE thresholds ADD COLUMN days integer",
    "ALTER TABLE thresholds ADD CONSTRAINT thresholds_days_positive CHECK (days > 0)",
    "ALTER TABLE thresholds ADD CONSTRAINT thresholds_amount_has_currency CHECK ((amount_minor IS NULL) = (currency IS NULL))",
    "ALTER TABLE thresholds ADD CONSTRAINT thresholds_compares CHECK (amount_minor IS NOT NULL OR days IS NOT NULL)",
]


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
