"""Bring one pool's schema up to date with Alembic, as the role that owns it, and say what is missing."""

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
_NAME = re.compile(r"\A[a-z_][a-z0-9_]{0,40}\Z")


def check_name(name: str) -> str:
    """A schema or role name that needs no quoting; raises ValueError otherwise."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is not a usable name: lower-case letters, digits and _ only, at most 41")
    return name


def configuration(schema: str, app_role: str) -> Config:
    """Alembic's configuration for one pool."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes |= {"schema": check_name(schema), "app_role": check_name(app_role)}
    return config


async def migrate(owner_url: str, schema: str, app_role: str) -> list[str]:
    """Create the schema and the application's role where absent, run what is missing; the revisions that ran, in order."""
    config = configuration(schema, app_role)
    before = await applied(owner_url, schema)
    engine = create_async_engine(_sqlalchemy_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_prepare, schema, app_role)
            await connection.commit()
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, config)
            await connection.commit()
    finally:
        await engine.dispose()
    return [revision for revision in _known(config) if revision not in before]


async def pending(url: str, schema: str) -> list[str]:
    """The revisions that this code has and the database has not, oldest first."""
    done = await applied(url, schema)
    return [revision for revision in _known(configuration(schema, f"{schema}_app")) if revision not in done]


async def applied(url: str, schema: str) -> set[str]:
    """The revisions the database has: every known one up to the version it records."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        if await connection.fetchval("SELECT to_regclass($1)", f"{check_name(schema)}.schema_version") is None:
            return set()
        version = await connection.fetchval(f"SELECT version_num FROM {schema}.schema_version")
    finally:
        await connection.close()
    known = _known(configuration(schema, f"{schema}_app"))
    return set(known[: known.index(version) + 1]) if version in known else {version} if version else set()


def _known(config: Config) -> list[str]:
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def _prepare(connection: Connection, schema: str, app_role: str) -> None:
    # Two web processes may start at once: the lock makes the second wait, and then find everything there.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {schema}"})
    if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": app_role}).scalar():
        connection.execute(text(f"CREATE ROLE {app_role} NOLOGIN"))
    member = "SELECT pg_has_role(current_user, :role, 'SET')"
    if not connection.execute(text(member), {"role": app_role}).scalar():
        connection.execute(text(f"GRANT {app_role} TO CURRENT_USER"))
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))


def _upgrade(connection: Connection, config: Config) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {config.attributes['schema']}"})
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _sqlalchemy_url(url: str) -> URL:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return URL.create(
        "postgresql+asyncpg",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        host=parts.hostname,
        port=parts.port,
        database=parts.path.lstrip("/") or None,
        query=query,
    )


