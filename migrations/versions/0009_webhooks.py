"""Webhooks: addresses of a union's, what waits to be sent to each, and what became of it.

What happened and posted nothing waits in ``webhook_events``, written in the transaction of what happened; the rest is read from the journal. The
secret is kept as it is, since it signs: like one-time codes' it is in the database and its backups alone, and leaves with its webhook.
"""

from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WEBHOOKS = [
    """CREATE TABLE webhooks (
        number text NOT NULL, ordinal integer NOT NULL, union_code text NOT NULL, name text NOT NULL, url text NOT NULL, events text[] NOT NULL, state text NOT NULL,
        state_since timestamptz NOT NULL, version integer NOT NULL, created_by integer NOT NULL, created_at timestamptz NOT NULL,
        entry_place bigint NOT NULL, event_count bigint NOT NULL, delivered_at timestamptz, retry_at timestamptz,
        CONSTRAINT webhooks_pk PRIMARY KEY (number),
        CONSTRAINT webhooks_ordinal_once UNIQUE (ordinal),
        CONSTRAINT webhooks_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT webhooks_state_known CHECK (state IN ('active', 'paused', 'failing', 'deleted')))""",
    """CREATE TABLE webhook_secrets (
        webhook text NOT NULL, ordinal integer NOT NULL, secret text NOT NULL, made_at timestamptz NOT NULL, valid_until timestamptz,
        CONSTRAINT webhook_secrets_pk PRIMARY KEY (webhook, ordinal),
        CONSTRAINT webhook_secrets_webhook_fk FOREIGN KEY (webhook) REFERENCES webhooks (number))""",
    """CREATE TABLE webhook_events (
        id uuid NOT NULL, type text NOT NULL, subject text NOT NULL, occurred_at timestamptz NOT NULL,
        CONSTRAINT webhook_events_pk PRIMARY KEY (id))""",
    """CREATE TABLE webhook_deliveries (
        webhook text NOT NULL, ordinal bigint NOT NULL, event_id text NOT NULL, type text NOT NULL, subject text NOT NULL, entry_number bigint,
        occurred_at timestamptz NOT NULL, state text NOT NULL, state_since timestamptz NOT NULL, tries smallint NOT NULL,
        CONSTRAINT webhook_deliveries_pk PRIMARY KEY (webhook, ordinal),
        CONSTRAINT webhook_deliveries_once UNIQUE (webhook, event_id),
        CONSTRAINT webhook_deliveries_webhook_fk FOREIGN KEY (webhook) REFERENCES webhooks (number),
        CONSTRAINT webhook_deliveries_state_known CHECK (state IN ('waiting', 'delivered', 'given_up')))""",
    """CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook, ordinal) WHERE state = 'waiting'""",
    """CREATE INDEX webhook_deliveries_given_up ON webhook_deliveries (webhook, ordinal) WHERE state = 'given_up'""",
    """CREATE TABLE webhook_attempts (
        webhook text NOT NULL, delivery bigint NOT NULL, ordinal integer NOT NULL, at timestamptz NOT NULL, status smallint, milliseconds integer NOT NULL,
        fault text NOT NULL, excerpt text NOT NULL,
        CONSTRAINT webhook_attempts_pk PRIMARY KEY (webhook, delivery, ordinal),
        CONSTRAINT webhook_attempts_delivery_fk FOREIGN KEY (webhook, delivery) REFERENCES webhook_deliveries (webhook, ordinal))""",
]

# Columns the application's role may change; every table may be read and added to.
UPDATABLE = {
    "webhooks": "name, url, events, state, state_since, version, entry_place, event_count, delivered_at, retry_at",
    "webhook_secrets": "valid_until",
    "webhook_deliveries": "state, state_since, tries",
}
# A queue empties, secrets end, and the log is kept for a while only.
DELETABLE = ("webhook_secrets", "webhook_events", "webhook_deliveries", "webhook_attempts")
TABLES = ("webhooks", "webhook_secrets", "webhook_events", "webhook_deliveries", "webhook_attempts")


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in WEBHOOKS:
        op.execute(statement)
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {app_role}")
    for table, columns in UPDATABLE.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role}")
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
