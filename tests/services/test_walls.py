"""Attempt, as the application's own role, everything the second wall must refuse: each refused by PostgreSQL itself.

Every test here goes around ``decide``; its row in tests/domain/test_posting_rules.py is the other half of the pair.
"""

import hashlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from ledger.domain import chain
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Posting
from ledger.domain.posting_rules import Accepted, Step, fund_changes
from ledger.services import journal as service
from ledger.services import periods
from ledger.services.pool import Pool
from ledger.storage import journal
from ledger.storage.database import Connection
from tests.services.test_journal import NET, UE_BANK, named

DAY = date(2026, 11, 23)
KEPT = ("entries", "postings", "requests", "audit", "documents", "transfer_events", "rate_files")


@pytest_asyncio.fixture(loop_scope="session")
async def posted(pool: Pool, ue: Actor) -> Pool:
    """Books with one opening entry of USD 100.00."""
    asked = named((UE_BANK, "USD", "GEN", 10_000), (NET, "USD", "GEN", -10_000), kind="opening")
    await service.post_entry(pool, ue, "wall-00001", asked)
    return pool


@pytest_asyncio.fixture(loop_scope="session")
async def raw(posted: Pool) -> AsyncIterator[Connection]:
    """A connection as the application's role, in a transaction that is always undone."""
    async with posted.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()


# --- nothing recorded is changed or deleted ----------------------------------------------------------------------------

CHANGES = {
    "entries": "description = ''", "postings": "amount_minor = 1", "requests": "answer = '{}'", "audit": "outcome = 'done'",
    "documents": "filename = ''", "transfer_events": "remark = ''", "rate_files": "filename = ''",
}  # fmt: skip
ATTEMPTS = [
    *(f"UPDATE {table} SET {change}" for table, change in CHANGES.items()),
    *(f"DELETE FROM {table}" for table in KEPT),
    *(f"TRUNCATE {table}" for table in KEPT),
    "DELETE FROM balances", "DELETE FROM month_totals", "DELETE FROM head", "TRUNCATE head", "DELETE FROM accounts", "DELETE FROM periods",
    "UPDATE accounts SET guarded = false", "UPDATE accounts SET custodian = NULL", "UPDATE funds SET nation = NULL",
    "UPDATE balances SET guarded = false", "UPDATE contributions SET amount_minor = 1", "UPDATE transfers SET amount_minor = 1",
    "ALTER TABLE entries DISABLE TRIGGER ALL", "DROP TRIGGER entries_check ON entries", "ALTER TABLE postings DROP CONSTRAINT postings_not_zero",
    "CREATE TABLE mine (x int)", "DROP TABLE entries", "SET session_replication_role = replica",
    "INSERT INTO schema_version VALUES ('9999')",
]  # fmt: skip


@pytest.mark.parametrize("statement", ATTEMPTS)
async def test_the_role_may_not(raw: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute(statement)


async def test_the_role_gives_nobody_rights(raw: Connection) -> None:
    await raw.execute("GRANT UPDATE ON entries TO PUBLIC")  # PostgreSQL warns and grants nothing
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute("UPDATE entries SET description = ''")


async def test_the_same_for_the_owner_while_the_triggers_stand(posted: Pool, server: tuple[str, str]) -> None:
    """Triggers are the wall behind the grants: even the tables' owner is refused, empty tables included."""
    connection = await asyncpg.connect(server[1], server_settings={"search_path": posted.database.schema})
    try:
        for table, change in CHANGES.items():
            for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(asyncpg.RestrictViolationError):
                    await connection.execute(statement)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET session_replication_role = replica")
    finally:
        await connection.close()


# --- what is added must be whole and true -------------------------------------------------------------------------------


class Forger:
    """Records an entry the way the writer does, with whatever is forged put in place of what ``decide`` would give."""

    def __init__(self, connection: Connection, actor: Actor) -> None:
        self.connection, self.actor = connection, actor

    async def record(self, amounts: tuple[int, ...], *, day: date = DAY, reverses: int | None = None, **forged: Any) -> None:
        """``amounts`` go to bank, net assets, bank, …; ``forged`` may give number, steps, previous, own (hash), postings."""
        ids = [await self._account(UE_BANK), await self._account(NET)]
        postings = forged.get("postings") or tuple(Posting(ids[n % 2], 1, amount) for n, amount in enumerate(amounts))
        draft = Draft(day, "general", "Forged", postings, reverses=reverses)
        head = await journal.lock_head(self.connection)
        books = await journal.load_books(self.connection, [draft], head, DAY)
        steps = []
        for posting in draft.postings:
            place = books.positions.setdefault((posting.account_id, posting.fund_id), journal.Position())
            place.balance_minor, place.version = place.balance_minor + posting.amount_minor, place.version + forged.get("stride", 1)
            steps.append(Step(place.version, place.balance_minor + forged.get("running_off", 0)))
        for key, off in forged.get("balance_off", {}).items():
            books.positions[ids[key], 1].balance_minor += off
        moved = list(fund_changes(books.accounts, draft))
        for change in moved:
            books.fund_positions.setdefault(change, journal.FundPosition())
        head.hash = forged.get("previous", head.hash)
        accepted = Accepted(forged.get("number", head.number + 1), draft, steps, moved)
        await journal.record(self.connection, books, head, [(self.actor, accepted)], forged.get("at") or await self._now())

    async def _account(self, label: str) -> int:
        book, path = label.split("/")
        found: int = await self.connection.fetchval("SELECT id FROM accounts WHERE book = $1 AND path = $2 AND currency = 'USD'", book, path)
        return found

    async def _now(self) -> Any:
        return await self.connection.fetchval("SELECT statement_timestamp()")


@pytest_asyncio.fixture(loop_scope="session")
async def forger(raw: Connection, ue: Actor) -> Forger:
    return Forger(raw, ue)


async def test_an_honest_forger_passes(forger: Forger) -> None:
    """The control: what follows is refused for its one fault, not for going around ``decide``."""
    await forger.record((-100, 100))
    assert await forger.connection.fetchval("SELECT number FROM head") == 2


OFF_ALIKE = {"running_off": 7, "balance_off": {0: 7, 1: 7}}
FORGED = [
    # what is forged, amounts, how, which of PostgreSQL's refusals, its name
    ("an unbalanced entry", (-100, 99), {}, asyncpg.CheckViolationError, "postings_balance"),
    ("a single line", (100,), {}, asyncpg.CheckViolationError, "postings_"),
    ("a line of nothing", (0, 0), {}, asyncpg.CheckViolationError, "postings_not_zero"),
    ("a gap in the numbers", (-100, 100), {"number": 3}, asyncpg.CheckViolationError, "entries_"),
    ("a number again", (-100, 100), {"number": 1}, asyncpg.UniqueViolationError, "postings_line_once"),
    ("another hash before", (-100, 100), {"previous": bytes(32)}, asyncpg.CheckViolationError, "entries_chain"),
    ("below zero", (-10_001, 10_001), {}, asyncpg.CheckViolationError, "balances_guard"),
    ("a running balance that does not follow", (-100, 100), OFF_ALIKE, asyncpg.CheckViolationError, "postings_running"),
    ("a balance that is not the sum", (-100, 100), {"balance_off": {0: 5}}, asyncpg.CheckViolationError, "_carried|balances_agree"),
    ("a version left out", (-100, 100), {"stride": 2}, asyncpg.CheckViolationError, "postings_running"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "amounts", "how", "error", "name"), FORGED, ids=[row[0] for row in FORGED])
async def test_forged(forger: Forger, what: str, amounts: tuple[int, ...], how: dict[str, Any], error: type[Exception], name: str) -> None:
    with pytest.raises(error, match=name):
        await forger.record(amounts, **how)


async def test_an_account_that_is_not_there(forger: Forger) -> None:
    with pytest.raises(KeyError):  # the canonical bytes cannot even be written
        await forger.record((), postings=(Posting(9_999, 1, 1), Posting(9_998, 1, -1)))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await forger.connection.execute("INSERT INTO balances VALUES (9999, 1, 0, 0, false)")


async def test_a_locked_period(posted: Pool, forger: Forger) -> None:
    await forger.connection.execute("INSERT INTO periods VALUES ('joint', '2026-10-01', '2026-10-31', 'closed', 1)")
    with pytest.raises(asyncpg.CheckViolationError, match="postings_period"):
        await forger.record((-100, 100), day=date(2026, 10, 31))


async def test_a_second_reversal(posted: Pool, forger: Forger) -> None:
    await forger.record((-100, 100), reverses=1)
    with pytest.raises(asyncpg.UniqueViolationError):
        await forger.record((-100, 100), reverses=1)


async def test_postings_added_to_an_old_entry(raw: Connection) -> None:
    """A balanced pair slipped in under entry 1, with balances that agree: its lines do not begin at 1."""
    bank, net = await _ids(raw)
    with pytest.raises(asyncpg.CheckViolationError, match="postings_"):
        await raw.execute(
            """WITH b AS (
                INSERT INTO balances AS b SELECT * FROM (VALUES ($1::int, 1, 2::bigint, 9000::bigint, true), ($2::int, 1, 2, -9000, false)) v
                ON CONFLICT (account_id, fund_id) DO UPDATE SET version = excluded.version, balance_minor = excluded.balance_minor
            ) INSERT INTO postings VALUES ($1, 1, 2, 1, 3, $3, -1000, 9000, ''), ($2, 1, 2, 1, 4, $3, 1000, -9000, '')""",
            bank, net, DAY,
        )  # fmt: skip


async def test_a_posting_without_entry(raw: Connection) -> None:
    bank, net = await _ids(raw)
    with pytest.raises(asyncpg.CheckViolationError, match="postings_"):
        await raw.execute(
            "INSERT INTO postings VALUES ($1, 1, 2, 77, 1, $3, -1000, 9000, ''), ($2, 1, 2, 77, 2, $3, 1000, -9000, '')", bank, net, DAY
        )


async def test_an_entry_without_postings(raw: Connection, ue: Actor) -> None:
    head = await journal.lock_head(raw)
    canonical = b"{}"
    own = chain.link(head.hash, canonical)
    with pytest.raises(asyncpg.CheckViolationError, match="entries_"):
        await raw.execute(
            """WITH h AS (UPDATE head SET number = 2, hash = $1)
            INSERT INTO entries (number, entry_date, recorded_at, kind, description, reference, subject, tags, actor_id, search,
                canonical, previous_hash, hash)
            VALUES (2, $2, statement_timestamp(), 'general', 'x', '', '', '{}', $3, '', $4, $5, $1)""",
            own, DAY, ue.person_id, canonical, head.hash,
        )  # fmt: skip


async def test_a_balance_moved_without_a_posting(raw: Connection) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="balances_agree"):
        await raw.execute("UPDATE balances SET balance_minor = balance_minor + 1")


async def test_a_document_that_is_not_its_hash(raw: Connection, ue: Actor) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await raw.execute(
            "INSERT INTO documents VALUES (gen_random_uuid(), $1, 'a.pdf', 'application/pdf', 1, '\\x00', $2, statement_timestamp())",
            hashlib.sha256(b"other").digest(), ue.person_id,
        )  # fmt: skip


async def test_a_wall_refusal_fails_its_own_item_only(posted: Pool, ue: Actor) -> None:
    """The period is locked between two batches behind ``decide``'s back: the neighbours still go through."""
    await periods.put_state(posted, "joint", date(2026, 10, 1), date(2026, 10, 31), "closed")
    good = named((UE_BANK, "USD", "GEN", 1), (NET, "USD", "GEN", -1))
    late = named((UE_BANK, "USD", "GEN", 1), (NET, "USD", "GEN", -1), on=date(2026, 10, 5))
    outcomes = await service.post_many(posted, ue, [("wall-00002", good), ("wall-00003", late), ("wall-00004", good)])
    assert [getattr(outcome, "code", outcome) for outcome in outcomes] == [2, "period_closed", 3]


async def _ids(connection: Connection) -> tuple[int, int]:
    rows = await connection.fetch(
        "SELECT id FROM accounts WHERE book = 'joint' AND currency = 'USD' AND path = ANY($1) ORDER BY path",
        ["Assets:Bank:UE-trust-USD", "Equity:Net-assets"],
    )
    return rows[0][0], rows[1][0]
