"""Bring books of the last release up to date: what they hold becomes what new books have, and a server of before goes on writing into them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest_asyncio

from ledger.domain.member_pages import Figures, Frozen, frozen_bytes
from ledger.services.setup import SYSTEM_PERSON_ID, shipped_thresholds
from ledger.storage.member_pages import shown_before
from ledger.storage.schema import command, migrate
from tests.moulds import run, set_up

RELEASED, SCHEMA, QUARTER = "0013", "upgraded_one", "2026-Q3"
NEW_CODE = "form-1099-payee"
# What the release said of a rule that was read again since.
OLD_SOURCES = {
    "bank-eft-24h": "fintrac-canafe.canada.ca, reporting electronic funds transfers, 24-hour rule: transfers of one sender that total CAD 10,000 or more. "
    "The duty is the bank’s",
}
COLUMNS = (
    "code", "version", "name_en", "name_fr", "amount_minor", "currency", "comparison", "period", "nation", "applies_to", "valid_from", "valid_to", "source",
    "days",
)  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def books(server: tuple[str, str]) -> AsyncIterator[asyncpg.Connection]:
    """An owner's connection to a schema as the last release left it."""
    latest = command.upgrade
    with patch.object(command, "upgrade", lambda config, _: latest(config, RELEASED)):
        await migrate(server[1], SCHEMA, "pool_app")
    owner = await asyncpg.connect(server[1], server_settings={"search_path": SCHEMA})
    yield owner
    await owner.close()
    await run(server[1], f"DROP SCHEMA {SCHEMA} CASCADE; DROP SCHEMA {SCHEMA}_jobs CASCADE")


async def kept(books: asyncpg.Connection) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["code"], row["version"]): dict(row) for row in await books.fetch("SELECT * FROM thresholds")}


async def test_thresholds_become_those_of_new_books(server: tuple[str, str], books: asyncpg.Connection) -> None:
    """Those of before get both languages' sources, the same in each; a code that ships since is entered at the start that follows."""
    for row in shipped_thresholds():
        if row["code"] != NEW_CODE:
            old = {"days": None, **row, "source": OLD_SOURCES.get(row["code"], row["source"])}
            places = ", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))
            await books.execute(
                f"INSERT INTO thresholds ({', '.join(COLUMNS)}, state, proposed_by, proposed_at) VALUES ({places}, 'confirmed', 1, now())",
                *(old[name] for name in COLUMNS),
            )
    await migrate(server[1], SCHEMA, "pool_app")
    await set_up(server, SCHEMA)
    found = await kept(books)
    assert len(found) == len(shipped_thresholds()) and (NEW_CODE, 2) in found
    for row in shipped_thresholds():
        one = found[row["code"], row["version"]]
        assert {name: one[name] for name in row} == row


async def add_unions(books: asyncpg.Connection) -> None:
    """Two unions and whoever speaks in them, as books of before have them."""
    await books.execute("INSERT INTO currencies VALUES ('USD', 2, 'US dollar', 'dollar américain')")
    for place, code in enumerate(("ue", "unifor"), 1):
        await books.execute("INSERT INTO unions VALUES ($1, $1, 'US', 'USD', $2, 'U', 'Board')", code, place)
        await books.execute(
            """INSERT INTO people (id, name, email, union_code, language, theme, keyboard, created_at, last_seen_entry)
            VALUES ($1, 'Sample officer', $2 || '@example.org', $2, 'en', 'system', true, now(), 0)""",
            place, code,
        )  # fmt: skip


async def add_page(books: asyncpg.Connection, version: int, state: str, approved: tuple[int, ...]) -> None:
    """A version of the members' page as it was kept before, approved by some."""
    told = Figures(
        quarter=QUARTER, head_number=version, head_hash="", read_at=datetime(2026, 10, 2, tzinfo=UTC), received=(), benefits=(), advances=(), strikes=0,
        members=0, approved=(), spent=(), lent=(), purposes=(),
    )  # fmt: skip
    await books.execute(
        "INSERT INTO member_pages VALUES ($1, $2, $3, now(), $4, $5, $2::integer, ''::bytea, 1, now())",
        QUARTER, version, state, *frozen_bytes(Frozen(told)),
    )  # fmt: skip
    for ordinal, person in enumerate(approved, 1):
        await books.execute(
            """INSERT INTO member_page_steps
            SELECT $1, $2, $3::integer, p.union_code, p.id, 'approved', '2026-10-03'::timestamptz + $3::integer * interval '1 day'
            FROM people p WHERE p.id = $4""",
            QUARTER, version, ordinal, person,
        )  # fmt: skip


async def test_what_members_were_shown_is_known(server: tuple[str, str], books: asyncpg.Connection) -> None:
    """What both approved was shown, whatever became of it, by the last word of the two; what one approved was not."""
    await add_unions(books)
    for version, state, approved in ((1, "taken_back", (1, 2)), (2, "replaced", (2, 1)), (3, "replaced", (1,)), (4, "shown", (1, 2)), (5, "proposed", ())):
        await add_page(books, version, state, approved)
    await migrate(server[1], SCHEMA, "pool_app")
    steps = await books.fetch("SELECT version, ordinal, union_code, at FROM member_page_steps WHERE what = 'shown' ORDER BY version")
    day = datetime(2026, 10, 5, tzinfo=UTC).date()
    assert [(row[0], row[1], row[2], row[3].astimezone(UTC).date()) for row in steps] == [(1, 3, "unifor", day), (2, 3, "ue", day), (4, 3, "unifor", day)]
    await books.execute("INSERT INTO unions VALUES ('third', 'Third (sample)', 'US', 'USD', 3, 'T', 'Board')")
    assert [each.head_number for each in await shown_before(books, QUARTER)] == [1, 2, 4]


async def test_a_server_of_before_lets_a_hold_go(server: tuple[str, str], books: asyncpg.Connection) -> None:
    """It names no round: while servers are replaced one by one, its words count as those of the first."""
    await migrate(server[1], SCHEMA, "pool_app")
    await set_up(server, SCHEMA)
    await books.execute(
        """INSERT INTO retention_holds (number, scope, reason, placed_by, placed_by_union, placed_at)
        VALUES ('H-1', 'all', 'Sample review', $1, 'ue', now())""",
        SYSTEM_PERSON_ID,
    )
    await books.execute(
        """INSERT INTO retention_hold_events (hold, ordinal, what, person_id, union_code, recorded_at)
        SELECT $1, count(*) + 1, $2, $3, $4, now() FROM retention_hold_events WHERE hold = $1""",
        "H-1", "let_go", SYSTEM_PERSON_ID, "ue",
    )  # fmt: skip
    assert await books.fetchval("SELECT round FROM retention_hold_events") == 0
