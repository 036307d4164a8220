"""Keep the schema's rules, which are what lets the same code run on standbys, many servers and one schema a pool: see the migrations' own words.

That the walls stand is proved by attempting what they refuse (test_walls.py); here it is only looked up how they are built.
"""

import asyncio
import os

import asyncpg
import pytest

from ledger.services.pool import Pool
from ledger.storage.schema import migrate
from tests.conftest import drop_books, new_books, sample_books
from tests.moulds import MOULD, dumped, make_schema

NAME_MAXIMUM = 50
# What must find nothing in the books' schema; $1 is its name.
RULES = {
    "a table without a primary key": """
        SELECT relname FROM pg_class c WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND contype = 'p')""",
    "a sequence": "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'S'",
    "an identity column": """
        SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = $1::regnamespace AND attidentity <> ''""",
    "a constraint that can be deferred": """
        SELECT conname FROM pg_constraint WHERE connamespace = $1::regnamespace AND condeferrable""",
    "a rule": """
        SELECT rulename FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class WHERE relnamespace = $1::regnamespace AND relkind <> 'v'""",
    "a table that inherits": """
        SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE relnamespace = $1::regnamespace""",
    "a trigger for each row": """
        SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
        WHERE relnamespace = $1::regnamespace AND NOT tgisinternal AND tgtype & 1 = 1""",
    "a trigger that replication leaves out": """
        SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
        WHERE relnamespace = $1::regnamespace AND NOT tgisinternal AND tgenabled <> 'A'""",
    "a trigger for truncation and for change at once": """
        SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
        WHERE relnamespace = $1::regnamespace AND NOT tgisinternal AND tgtype & 32 = 32 AND tgtype & (4 | 8 | 16) <> 0""",
    "a function that looks names up wherever the caller does": """
        SELECT proname FROM pg_proc WHERE pronamespace = $1::regnamespace
        AND NOT coalesce(array_to_string(proconfig, ' ') LIKE '%search_path=%', false)""",
    "a reference out of the schema": """
        SELECT conname FROM pg_constraint JOIN pg_class c ON c.oid = confrelid
        WHERE connamespace = $1::regnamespace AND contype = 'f' AND relnamespace <> $1::regnamespace""",
}
NAMES = """
    SELECT conname AS name FROM pg_constraint WHERE connamespace = $1::regnamespace AND contype <> 'n'
    UNION SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'i')
    UNION SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = $1::regnamespace AND NOT tgisinternal"""


@pytest.mark.parametrize("rule", RULES)
async def test_the_schema_has_no(pool: Pool, rule: str) -> None:
    async with pool.database.reading() as connection:
        assert await connection.fetch(RULES[rule], pool.database.schema) == []


async def test_every_name_is_short_and_given_by_us(pool: Pool) -> None:
    async with pool.database.reading() as connection:
        names = [row["name"] for row in await connection.fetch(NAMES, pool.database.schema)]
    assert len(names) > 50
    assert [name for name in names if len(name) > NAME_MAXIMUM] == []
    # What PostgreSQL names by itself ends so; our two triggers that check are the exception.
    unnamed = {name for name in names if name.endswith(("_pkey", "_fkey", "_key", "_idx", "_check"))}
    assert unnamed == {"entries_check", "postings_check"}


@pytest.mark.skipif(bool(os.environ.get("SOLIDARITY_TEST_DATABASE_URL")), reason="takes its mould from the throw-away server, and another was given")
async def test_the_tests_schemas_are_what_the_migrations_make(server: tuple[str, str]) -> None:
    """The other tests' schemas are made after a mould; here the migrations themselves run beside it."""
    await make_schema(server, "moulded_one")
    await migrate(server[1], "migrated_one", "pool_app")
    assert dumped(server[1], "moulded_one") == dumped(server[1], "migrated_one")


LENT = pytest.mark.skipif(bool(os.environ.get("SOLIDARITY_TEST_DATABASE_URL")), reason="nothing is lent twice on a server that is not ours")


async def in_rows(urls: tuple[str, str], schema: str) -> list[str]:
    return sorted((await asyncio.to_thread(dumped, urls[1], schema)).splitlines())


@LENT
async def test_books_lent_again_are_as_new(server: tuple[str, str]) -> None:
    """A year of everything, jobs included, leaves no row, count, right or trigger behind for the next test."""
    used = await sample_books(server)
    async with used.writing() as connection:
        await connection.execute(f"INSERT INTO {used.schema}_jobs.pgqueuer (priority, status, entrypoint) VALUES (0, 'queued', 'tests')")
    async with used.reading() as connection:
        tables = [row["tablename"] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", used.schema)]
        filled = [table for table in tables if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})")]
    assert len(filled) > 30
    await drop_books(server, used)
    again = await new_books(server)
    assert again.schema == used.schema
    assert await in_rows(server, again.schema) == await in_rows(server, MOULD)
    await drop_books(server, again)


CHANGED = (
    "ALTER TABLE entries DISABLE TRIGGER entries_keep", "GRANT UPDATE ON entries TO pool_app", "GRANT UPDATE (hash) ON head TO pool_app",
    "ALTER TABLE postings DROP CONSTRAINT postings_not_zero", "CREATE TABLE mine (x int)", "DROP TABLE sessions CASCADE",
    "ALTER TABLE people ALTER email DROP NOT NULL", "ALTER FUNCTION refuse_change() COST 7",
    "ALTER TABLE people ENABLE ROW LEVEL SECURITY", "CREATE INDEX mine ON people (name)",
)  # fmt: skip


@LENT
@pytest.mark.parametrize("statement", CHANGED)
async def test_books_whose_definitions_were_changed_are_not_lent_again(server: tuple[str, str], statement: str) -> None:
    changed = await new_books(server)
    owner = await asyncpg.connect(server[1], server_settings={"search_path": changed.schema})
    await owner.execute(statement)
    await owner.close()
    await drop_books(server, changed)
    next_lent = await new_books(server)
    assert next_lent.schema != changed.schema
    await drop_books(server, next_lent)
