"""Keep the approval rules: what new and older books begin with, what is in force on a day, who changes them, and who declared an interest."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from ledger.domain.approvals import ApprovalRule, BoardRule, Interest, Matrix
from ledger.domain.interests import Declaration
from ledger.domain.refusals import MatrixMissing, NotFound
from ledger.services.pool import Pool
from ledger.services.setup import SYSTEM_PERSON_ID, ensure_books, shipped_matrix
from ledger.storage import approvals as store
from ledger.storage.database import Database

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


async def kept(database: Database, day: date = date(2026, 11, 23)) -> Matrix:
    async with database.reading() as connection:
        return await store.matrix_on(connection, day)


# --- what books begin with ----------------------------------------------------------------------------------------------


async def test_new_books_have_the_shipped_rules(database: Database) -> None:
    shipped = await kept(database)
    assert (shipped.number, shipped.valid_from, shipped.currency, shipped.state) == (1, date(2000, 1, 1), "CAD", "confirmed")
    assert (shipped.proposed_by, shipped.decided_by) == (SYSTEM_PERSON_ID, None)
    assert (shipped.split_days, shipped.own_nation_only, shipped.fx_headroom_percent) == (30, True, Decimal(0))
    assert (shipped.draw_days, shipped.remind_days) == (180, 7)
    assert shipped.board_rules == (BoardRule("ue", 12, 7), BoardRule("unifor", 25, 13))
    assert shipped.rules == (
        ApprovalRule(kind="general", over_minor=0, officers=1),
        ApprovalRule(kind="general", over_minor=5_000_00, secretary_treasurers=True),
        ApprovalRule(kind="general", over_minor=25_000_00, officers=1, boards="both"),
        ApprovalRule(kind="political", over_minor=0, officers=1, boards="both"),
        ApprovalRule(kind="strike_support", over_minor=0, officers=1),
        ApprovalRule(kind="study_group", over_minor=0, officers=1, boards="both"),
    )


async def test_books_from_before_there_were_rules_get_them_once(database: Database, server: tuple[str, str]) -> None:
    await take_rules_away(server[1], database.schema)
    with pytest.raises(MatrixMissing):
        await kept(database)
    assert not await ensure_books(database)
    assert not await ensure_books(database)
    assert (await kept(database)).rules == shipped_matrix().rules
    async with database.reading() as connection:
        assert [each.number for each in await store.matrices(connection)] == [1]
        assert await connection.fetchval("SELECT value FROM counters WHERE name = 'approval_rules'") == 1


async def take_rules_away(owner_url: str, schema: str) -> None:
    """Leave the books as they were set up before there were approval rules."""
    owner = await asyncpg.connect(owner_url)
    try:
        for table in ("board_rules", "approval_rules", "approval_matrices"):
            await owner.execute(f"ALTER TABLE {schema}.{table} DISABLE TRIGGER USER")
            await owner.execute(f"DELETE FROM {schema}.{table}")
        await owner.execute(f"DELETE FROM {schema}.counters WHERE name = 'approval_rules'")
    finally:
        await owner.close()


async def test_the_rules_of_a_day_are_the_confirmed_ones_that_began_last(database: Database) -> None:
    shipped = await kept(database)
    later = [
        msgspec.structs.replace(shipped, number=2, valid_from=date(2026, 6, 1)),
        msgspec.structs.replace(shipped, number=3, valid_from=date(2026, 9, 1)),
        msgspec.structs.replace(shipped, number=4, valid_from=date(2026, 9, 1)),
        msgspec.structs.replace(shipped, number=5, valid_from=date(2026, 9, 1), state="proposed"),
        msgspec.structs.replace(shipped, number=6, valid_from=date(2026, 9, 1), state="rejected"),
    ]
    async with database.writing() as connection:
        for each in later:
            await store.add_matrix(connection, each)
    days = {date(2000, 1, 1): 1, date(2026, 5, 31): 1, date(2026, 6, 1): 2, date(2026, 8, 31): 2, date(2026, 9, 1): 4, date(2030, 1, 1): 4}
    assert {day: (await kept(database, day)).number for day in days} == days
    with pytest.raises(MatrixMissing) as refused:
        await kept(database, date(1999, 12, 31))
    assert refused.value.params == {"date": "1999-12-31"}


# --- declared interests -------------------------------------------------------------------------------------------------


async def test_an_interest_is_in_force_until_it_is_ended(pool: Pool) -> None:
    mine = Declaration(id=uuid4(), person_id=1, subject_kind="payee", subject="P-0001", reason="My brother owns it.", declared_at=NOON)
    async with pool.database.writing() as connection:
        await store.add_interest(connection, mine)
        assert await store.interests_of(connection, [1, 2]) == {1: frozenset({Interest("payee", "P-0001")}), 2: frozenset()}
        assert [each.id for each in await store.interests_in(connection, [Interest("payee", "P-0001"), Interest("payee", "P-0002")])] == [mine.id]
        with pytest.raises(NotFound):
            await store.end_interest(connection, mine.id, 2, NOON)
        await store.end_interest(connection, mine.id, 1, NOON)
        assert await store.interests_of(connection, [1]) == {1: frozenset()}
        assert await store.interests_in(connection, [Interest("payee", "P-0001")]) == []
        assert [each.ended_at for each in await store.declared_by(connection, 1)] == [NOON]
        with pytest.raises(NotFound):
            await store.end_interest(connection, mine.id, 1, NOON)
