"""Create what is kept for those who check: audit packs that were made, for a few days, in pieces that any web process hands out."""

from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PACKS = [
    """CREATE TABLE audit_packs (
        id uuid NOT NULL, first_day date NOT NULL, last_day date NOT NULL, head_number bigint NOT NULL, head_hash bytea NOT NULL, files integer NOT NULL,
        size_bytes bigint NOT NULL, manifest_sha256 bytea NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL,
        CONSTRAINT audit_packs_pk PRIMARY KEY (id),
        CONSTRAINT audit_packs_person_fk FOREIGN KEY (made_by) REFERENCES people (id),
        CONSTRAINT audit_packs_in_order CHECK (first_day <= last_day))""",
    """CREATE TABLE audit_pack_pieces (
        pack uuid NOT NULL, ordinal integer NOT NULL, content bytea NOT NULL,
        CONSTRAINT audit_pack_pieces_pk PRIMARY KEY (pack, ordinal),
        CONSTRAINT audit_pack_pieces_pack_fk FOREIGN KEY (pack) REFERENCES audit_packs (id))""",
    # It is packed already.
    "ALTER TABLE audit_pack_pieces ALTER COLUMN content SET STORAGE EXTERNAL",
]

TABLES = ("audit_packs", "audit_pack_pieces")


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in PACKS:
        op.execute(statement)
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, DELETE ON {table} TO {app_role}")


def downgrade() -> None:
    raise RuntimeError("migrations only go forward; restore a backup instead")
