"""Open the pool of connections to one pool's schema, hand out transactions, and name what can go wrong with them once.

The role that connects can add to the journal and never rewrite it; :func:`check` refuses to start otherwise.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import msgspec

from ledger.domain.refusals import DatabaseUnavailable, OutcomeUnknown, RequestInvalid
from ledger.storage.schema import check_name, pending

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
# A search looks for what was typed, wildcards and all else that a pattern would read otherwise left out.
NO_WILDCARDS = str.maketrans("", "", "%_\\\x00")
STATEMENT_TIMEOUT_SECONDS = 10
LOCK_TIMEOUT_SECONDS = 5
# How long a long read waits for a standby to hold what the primary had when it was asked for: 20 looks, a tenth of a second apart.
STANDBY_LOOKS, STANDBY_WAIT_SECONDS = 20, 0.1
_HEAD_NUMBER = "SELECT number FROM head WHERE id = 1"
_ENDED = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError)
# InternalClientError: the server's last words reached an idle connection, which was used before its end was seen.
_LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, *_ENDED, OSError, TimeoutError)
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, asyncpg.TooManyConnectionsError, asyncpg.DeadlockDetectedError)
_UNKEEPABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_FULL = (asyncpg.DiskFullError, asyncpg.OutOfMemoryError)


class CannotStart(Exception):
    """Why the product will not run on this database, in one line that says how to mend it."""


class Database:
    """Connections to one pool's schema, and to a standby of it where there is one."""

    def __init__(self, pool: asyncpg.Pool, url: str, schema: str, app_role: str, standby: asyncpg.Pool | None = None) -> None:
        self.pool, self.url, self.schema, self.app_role, self.standby = pool, url, schema, app_role, standby

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """One read-only snapshot: everything read inside it agrees."""
        with _told():
            async with _snapshot(self.pool) as connection:
                yield connection

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[Connection]:
        """The same for long reads (reports, exports, verification): the standby's, where it holds all that was committed when it was asked for."""
        with _told():
            async with _snapshot(self.standby if await self._standby_is_level() else self.pool) as connection:
                yield connection

    async def _standby_is_level(self) -> bool:
        """Whether a standby has the primary's last entry, within two seconds; one that is away is as good as none (scale.md, rule 9)."""
        if self.standby is None:
            return False
        number = await self.pool.fetchval(_HEAD_NUMBER)
        for _ in range(STANDBY_LOOKS):
            try:
                if await self.standby.fetchval(_HEAD_NUMBER, timeout=1) >= number:
                    return True
            except (asyncpg.PostgresError, *_LOST):
                return False
            await asyncio.sleep(STANDBY_WAIT_SECONDS)
        return False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """One transaction. A connection lost while it commits is an unknown outcome, never reported as a failure."""
        with _told():
            async with self.pool.acquire(timeout=STATEMENT_TIMEOUT_SECONDS) as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    yield connection
                except BaseException:
                    if not connection.is_closed():
                        await transaction.rollback()
                    raise
                try:
                    await transaction.commit()
                except _LOST as lost:
                    raise OutcomeUnknown() from lost

    async def close(self) -> None:
        """Close every connection, after what runs has ended."""
        await self.pool.close()
        if self.standby is not None:
            await self.standby.close()


@asynccontextmanager
async def _snapshot(pool: asyncpg.Pool | None) -> AsyncIterator[Connection]:
    assert pool is not None, "no pool to read from"
    async with (
        pool.acquire(timeout=STATEMENT_TIMEOUT_SECONDS) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


class _told:
    """Turn a lost, refused or overloaded database into one refusal, and a value that no column can hold (NUL, a number too large) into another."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, _LOST + _BUSY + _FULL):
            raise DatabaseUnavailable(retry_after_seconds=2) from error
        if isinstance(error, _UNKEEPABLE) or type(error) is asyncpg.DataError:
            raise RequestInvalid(fields={"text": "holds a NUL"}) from error


async def open_database(url: str, *, schema: str = "pool", app_role: str = "", connections: int = 10, read_url: str = "") -> Database:
    """Connect as the application's role; ``read_url`` is a standby's. Raises :class:`CannotStart` when nothing answers at ``url``."""
    app_role = check_name(app_role or f"{schema}_app")
    try:
        pool = await _open(url, check_name(schema), app_role, 1, connections)
    except (*_LOST, asyncpg.PostgresError, ValueError) as error:
        raise CannotStart(f"the database does not let us in ({error}); check SOLIDARITY_DATABASE_URL, and run migrate once") from error
    # A standby that is away when we start is asked again at each long read.
    standby = await _open(read_url, schema, app_role, 0, connections) if read_url else None
    return Database(pool, url, schema, app_role, standby)


async def _open(url: str, schema: str, app_role: str, least: int, most: int) -> asyncpg.Pool:
    settings = {
        "search_path": schema,
        "timezone": "UTC",
        "statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
        "lock_timeout": f"{LOCK_TIMEOUT_SECONDS}s",
        "idle_in_transaction_session_timeout": "60s",
        "application_name": "solidarity",
        "role": app_role,
    }
    return await asyncpg.create_pool(
        url, min_size=least, max_size=most, server_settings=settings, init=_prepare,
        reset=_keep_session, timeout=10, command_timeout=STATEMENT_TIMEOUT_SECONDS * 1.5, max_inactive_connection_lifetime=300,
    )  # fmt: skip


async def _keep_session(connection: asyncpg.Connection) -> None:
    """Hand a connection on as it is: nothing here changes a session, and asking the server to reset it costs each use a round trip."""


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: msgspec.json.encode(value).decode(), decoder=msgspec.json.decode
    )


_REWRITES = """
    SELECT c.relname || ' ' || right_name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace,
    unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
    WHERE n.nspname = $1 AND c.relname = ANY($2) AND has_table_privilege(c.oid, right_name)"""
_UNHELD = """
    SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls))
        OR NOT row_security_active(format('%I.strike_members', $1::text))"""
KEPT_TABLES = (
    "entries", "postings", "requests", "audit", "documents", "transfer_events", "rate_files",
    "campaign_budget_lines", "approval_rules", "board_rules", "allocation_revisions", "allocation_lines", "allocation_decisions",
    "board_resolutions", "board_votes", "allocation_events", "strike_authorisations", "strike_events", "strike_run_counts",
    "strike_run_events", "strike_expense_lines", "strike_advance_returns", "strike_grant_repayments",
    "agreement_signatures", "resource_rates", "resource_events", "mirrored_entries", "loan_instalments", "loan_resolutions",
    "membership_counts", "extract_balances", "extract_rows", "comparison_agreements", "difference_events", "close_confirmations", "close_reports",
    "board_packs", "close_signatures", "close_reopenings", "kept_heads", "form_maps",
    "retention_filings", "retention_holds", "retention_hold_events",
    "member_page_steps", "member_page_switches",
)  # fmt: skip


DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
OLDEST_VERSION = 16


async def check(database: Database) -> None:
    """Refuse to start on a database that could lose or rewrite the books."""
    for _, fault in await findings(database):
        if fault:
            raise CannotStart(fault)


async def findings(database: Database) -> list[tuple[str, str | None]]:
    """Everything that must hold of the database, each with what is wrong or None: see architecture.md, *Running it*."""
    async with database.pool.acquire() as connection:
        off = {name for name in DURABLE if await connection.fetchval("SELECT current_setting($1)", name) == "off"}
        number = await connection.fetchval("SELECT current_setting('server_version_num')::int") // 10000
        missing = ", ".join(await pending(database.url, database.schema))
        rewrites = await connection.fetch(_REWRITES, database.schema, list(KEPT_TABLES))
        unheld = not missing and await connection.fetchval(_UNHELD, database.schema)
    lossy = "the database runs with {} = off, which can lose what was recorded; set it to on and restart it"
    rewriting = f"this role could rewrite the journal ({rewrites[0][0]}); connect as {database.app_role}" if rewrites else None
    seeing = f"this role is not held by row-level security, which keeps rosters private; connect as {database.app_role}" if unheld else None
    return [
        (f"PostgreSQL {number} ({OLDEST_VERSION} or newer)", _too_old(number)),
        *((f"{name} is on", lossy.format(name) if name in off else None) for name in DURABLE),
        ("every migration has run", f"migrations {missing} are missing; run ./solidarity migrate" if missing else None),
        (f"the role {database.app_role} cannot rewrite the journal", rewriting),
        (f"the role {database.app_role} sees no union’s roster without asking", seeing),
    ]


def _too_old(number: int) -> str | None:
    return f"the database is PostgreSQL {number}; use {OLDEST_VERSION} or newer" if number < OLDEST_VERSION else None


async def reach(url: str) -> None:
    """Raise :class:`CannotStart` unless a PostgreSQL new enough lets us in at an address."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError) as error:
        raise CannotStart(
            f"no database answers at the address in SOLIDARITY_DATABASE_URL ({error or 'it took too long'}); start it, or correct the address"
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise CannotStart(f"the database does not let us in ({error}); correct SOLIDARITY_DATABASE_URL") from error
    fault = _too_old(connection.get_server_version().major)
    connection.terminate()  # a goodbye would wait for an answer that a strange server may never give
    if fault:
        raise CannotStart(fault)
