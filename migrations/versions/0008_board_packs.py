"""Create what the boards are sent: packs kept byte for byte in both languages, and the links that open them for a while."""

from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A pack never changes: a board that read it can prove what it read. ``html_*`` is its page, without a link into the books.
PACKS = [
    """CREATE TABLE board_packs (
        number text NOT NULL, ordinal integer NOT NULL, title text NOT NULL, as_of date NOT NULL, compared_on date NOT NULL, currency text NOT NULL,
        head_number bigint NOT NULL, head_hash bytea NOT NULL, pdf_en bytea NOT NULL, pdf_en_sha256 bytea NOT NULL, pdf_fr bytea NOT NULL,
        pdf_fr_sha256 bytea NOT NULL, html_en text NOT NULL, html_fr text NOT NULL, made_by integer NOT NULL, made_at timestamptz NOT NULL,
        CONSTRAINT board_packs_pk PRIMARY KEY (number),
        CONSTRAINT board_packs_ordinal_once UNIQUE (ordinal),
        CONSTRAINT board_packs_hashes CHECK (pdf_en_sha256 = sha256(pdf_en) AND pdf_fr_sha256 = sha256(pdf_fr)),
        CONSTRAINT board_packs_in_order CHECK (compared_on < as_of))""",
    """CREATE TABLE board_pack_links (
        id uuid NOT NULL, pack text NOT NULL, secret_digest bytea NOT NULL, label text NOT NULL, union_code text NOT NULL, made_by integer NOT NULL,
        made_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, ended_at timestamptz, ended_by integer, opened integer NOT NULL,
        last_opened_at timestamptz,
        CONSTRAINT board_pack_links_pk PRIMARY KEY (id),
        CONSTRAINT board_pack_links_secret_once UNIQUE (secret_digest),
        CONSTRAINT board_pack_links_pack_fk FOREIGN KEY (pack) REFERENCES board_packs (number),
        CONSTRAINT board_pack_links_union_fk FOREIGN KEY (union_code) REFERENCES unions (code),
        CONSTRAINT board_pack_links_end CHECK (made_at < expires_at))""",
    """CREATE INDEX board_pack_links_of_pack ON board_pack_links (pack, made_at)""",
]
APPEND_ONLY = ("board_packs",)
UPDATABLE = {"board_pack_links": "ended_at, ended_by, opened, last_opened_at"}
TABLES = ("board_packs", "board_pack_links")


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    app_role = context.config.attributes["app_role"]
    op.execute(f"SET LOCAL search_path = {schema}, pg_temp")
    for statement in PACKS:
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
