"""Make schemas of books for tests after a mould, and make them as new again: emptying one takes a hundredth of a second, making one half a second."""

import asyncio
import itertools
import os
import subprocess
from datetime import date, datetime

import asyncpg

from ledger.services.pool import ZONE
from ledger.services.sample import load_sample
from ledger.services.setup import ensure_books
from ledger.storage.database import open_database
from ledger.storage.programs import environment, find_binaries
from ledger.storage.schema import migrate
from reports.reconciliation.fixed import CLOSING

# The schema that the migrations made, which the others are made after; by server, its script.
MOULD = "zz_mould_zz"
_moulds: dict[str, str] = {}
# What is lent next, and what each schema's catalogue was when it was made; by server.
_spare: dict[str, list[str]] = {}
_catalogues: dict[str, str] = {}
# The sample years, by server and day.
_samples: dict[tuple[str, date], str] = {}
_keepers: dict[str, asyncpg.Connection] = {}
_numbers = itertools.count(1)

# Changes with every definition, right and trigger of a schema and its jobs'; not with rows, nor with vacuuming.
_CATALOGUE = """
    WITH places AS (SELECT oid, xmin FROM pg_namespace WHERE nspname IN ($1::text, $1::text || '_jobs')),
    tables AS (SELECT oid, xmin FROM pg_class WHERE relnamespace IN (SELECT oid FROM places)),
    found AS (
        SELECT 'n', oid, xmin::text FROM places
        UNION ALL SELECT 'c', oid, xmin::text FROM tables
        UNION ALL SELECT 'a' || attnum, attrelid, xmin::text FROM pg_attribute WHERE attrelid IN (SELECT oid FROM tables)
        UNION ALL SELECT 'k', oid, xmin::text FROM pg_constraint WHERE connamespace IN (SELECT oid FROM places)
        UNION ALL SELECT 'f', oid, xmin::text FROM pg_proc WHERE pronamespace IN (SELECT oid FROM places)
        UNION ALL SELECT 'p', oid, xmin::text FROM pg_policy WHERE polrelid IN (SELECT oid FROM tables)
        UNION ALL SELECT 't', oid, tgenabled::text FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM tables))
    SELECT md5(string_agg(found::text, ',' ORDER BY found::text)) FROM found"""

# Triggers that stand even for a replica's writer are taken down for the emptying and put up again, in the same transaction.
_AS_MOULD = """
DO $$
DECLARE one record; wall name; filled boolean; kept boolean; written text;
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR one IN
        SELECT c.oid, format('%I.%I', nspname, relname) AS name, format('%I.%I', replace(nspname, 'SCHEMA', 'MOULD'), relname) AS mould, relkind
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('SCHEMA', 'SCHEMA_jobs') AND relkind IN ('r', 'S')
    LOOP
        IF one.relkind = 'S' THEN
            EXECUTE format('SELECT setval(%L, last_value, is_called) FROM %s', one.name, one.mould);
            CONTINUE;
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %s), EXISTS (SELECT FROM %s)', one.name, one.mould) INTO filled, kept;
        CONTINUE WHEN NOT (filled OR kept);
        FOR wall IN SELECT tgname FROM pg_trigger WHERE tgrelid = one.oid AND tgenabled = 'A' LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', one.name, wall);
        END LOOP;
        EXECUTE format('DELETE FROM %s', one.name);
        IF kept THEN
            -- What the table makes of its own columns is not copied.
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO written
                FROM pg_attribute WHERE attrelid = one.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', one.name, written, written, one.mould);
        END IF;
        FOR wall IN SELECT tgname FROM pg_trigger WHERE tgrelid = one.oid AND tgenabled = 'D' LOOP
            EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', one.name, wall);
        END LOOP;
    END LOOP;
END $$"""


def dumped(owner_url: str, schema: str) -> str:
    """A schema and its jobs' as one script, under the mould's name."""
    command = [str(find_binaries(None) / "pg_dump"), "--inserts", "--no-owner", f"--schema={schema}", f"--schema={schema}_jobs", owner_url]
    made = subprocess.run(command, check=True, capture_output=True, text=True, env=environment()).stdout
    # psql's own commands guard a dump that a person runs; the settings would outlive it.
    lines = [line for line in made.splitlines() if not line.startswith(("\\", "SET ", "SELECT pg_catalog.set_config", "--"))]
    return "\n".join(lines).replace(schema, MOULD)


def is_given() -> bool:
    """Whether the server is another's, where every schema is made by the migrations themselves and none is lent twice."""
    return bool(os.environ.get("SOLIDARITY_TEST_DATABASE_URL"))


async def make_schema(urls: tuple[str, str], schema: str) -> None:
    """The schema as the migrations leave it."""
    if is_given():
        await migrate(urls[1], schema, "pool_app")
        return
    if urls[1] not in _moulds:
        await migrate(urls[1], MOULD, "pool_app")
        _moulds[urls[1]] = await asyncio.to_thread(dumped, urls[1], MOULD)
        await set_up(urls, MOULD)
    await run(urls[1], _moulds[urls[1]].replace(MOULD, schema))


async def set_up(urls: tuple[str, str], schema: str) -> None:
    """Give a schema the rows that new books begin with."""
    database = await open_database(urls[0], schema=schema, app_role="pool_app")
    await ensure_books(database)
    await database.close()


async def run(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def borrow(urls: tuple[str, str]) -> str:
    """The name of a schema with books as new ones are."""
    if spare := _spare.get(urls[1]):
        return spare.pop()
    schema = f"t{os.getpid()}_{next(_numbers)}"
    await make_schema(urls, schema)
    await set_up(urls, schema)
    if not is_given():
        _catalogues[schema] = await (await keeper(urls)).fetchval(_CATALOGUE, schema)
    return schema


async def borrow_sample(urls: tuple[str, str]) -> str:
    """The name of a schema with the sample year that ends today; the year is lived through once and then copied."""
    schema, day = await borrow(urls), datetime.now(ZONE).date()
    if is_given():
        await fill_sample(urls, schema)
        return schema
    if (urls[1], day) not in _samples:
        _samples[urls[1], day] = await borrow(urls)
        await fill_sample(urls, _samples[urls[1], day])
    await make_as(urls, schema, _samples[urls[1], day])
    return schema


async def fill_sample(urls: tuple[str, str], schema: str) -> None:
    database = await open_database(urls[0], schema=schema, app_role="pool_app")
    await load_sample(database, CLOSING)
    await database.close()


async def make_as(urls: tuple[str, str], schema: str, mould: str) -> None:
    """Give a schema the rows of another and no others."""
    await (await keeper(urls)).execute(_AS_MOULD.replace("SCHEMA", schema).replace("MOULD", mould))


async def give_back(urls: tuple[str, str], schema: str) -> None:
    """Make a schema as new for the next test; one whose definitions a test changed is dropped."""
    if schema in _catalogues and await (await keeper(urls)).fetchval(_CATALOGUE, schema) == _catalogues[schema]:
        await make_as(urls, schema, MOULD)
        _spare.setdefault(urls[1], []).append(schema)
    else:
        await run(urls[1], f"DROP SCHEMA {schema} CASCADE; DROP SCHEMA IF EXISTS {schema}_jobs CASCADE")


async def keeper(urls: tuple[str, str]) -> asyncpg.Connection:
    """A superuser's connection, one a server; the server's end ends it."""
    kept = _keepers.get(urls[1])
    if kept is None or kept.is_closed():
        kept = _keepers[urls[1]] = await asyncpg.connect(urls[1].replace("//solidarity_owner@", "//postgres@"))
    return kept
