"""Measure writing: the writer beside the raw statement it ends in, single POSTs beside one that does nothing, and bulk POSTs."""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor
from ledger.domain.entries import Draft, Posting
from ledger.domain.posting_rules import decide
from ledger.services import people as people_service
from ledger.services.pool import Pool
from ledger.storage import audit, journal, people, reference, requests
from ledger.storage.database import Connection, Database
from ledger.storage.writer import BATCH_MAXIMUM, Submission
from tests.bench.load import request, send

IN_FLIGHT, CONNECTIONS, BULK = 1_000, 64, 1_000
_numbers = itertools.count(1)


async def treasurer(pool: Pool, union: str = "ue") -> Actor:
    """A treasurer of a union to act in whose name."""
    async with pool.database.writing() as connection:
        person_id = await connection.fetchval("UPDATE counters SET value = value + 1 WHERE name = 'person' RETURNING value")
        await people.add(connection, person_id, "Bench", f"bench{person_id}@example.org", union, "en")
        await people.add_grant(connection, person_id, "treasurer", date(2020, 1, 1), date(2099, 1, 1), person_id)
    return Actor(person_id, "Bench", union, frozenset({"treasurer"}), "api")


async def drafts(pool: Pool, count: int, hot: bool) -> list[Draft]:
    """Contributions spread over expense accounts and funds, or all on one account of one fund."""
    async with pool.database.reading() as connection:
        accounts = [a for a in await reference.accounts(connection, "joint") if a.currency == "USD" and a.type in ("expense", "liability")]
        funds = [fund for fund in await reference.funds(connection) if fund.nation is None]
        credit = await reference.account(connection, "joint", "Income:Interest", "USD")
    made = []
    for number in range(count):
        account, fund = (accounts[0], funds[0]) if hot else (accounts[number % len(accounts)], funds[number % len(funds)])
        day = date(2025, 1 + number % 12, 1 + number % 28)
        made.append(Draft(day, "general", f"Entry {number}", (Posting(account.id, fund.id, 100), Posting(credit.id, fund.id, -100))))
    return made


async def in_process(pool: Pool, actor: Actor, made: Sequence[Draft]) -> float:
    """Entries a second through the writer, a thousand callers waiting at any time."""
    waiting = iter(made)

    async def caller() -> None:
        for draft in waiting:
            mark = requests.fingerprint("post_entry", draft.description)
            await pool.writer.submit(Submission(actor, "post_entry", f"bench-{next(_numbers):012d}", mark, (draft,)))

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return len(made) / (time.perf_counter() - started)


async def raw(pool: Pool, actor: Actor, made: Sequence[Draft]) -> float:
    """Entries a second of the set-based SQL alone: the same rows in batches of a thousand, each one statement and one durable commit.

    Loading, deciding and encoding are left out of the time.
    """
    spent = 0.0
    for first in range(0, len(made), BATCH_MAXIMUM):
        async with pool.database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            arguments = await _arguments(pool, connection, actor, made[first : first + BATCH_MAXIMUM])
            started = time.perf_counter()
            await connection.execute(journal.RECORD, *arguments)
            await transaction.commit()
            spent += time.perf_counter() - started
    return len(made) / spent


async def _arguments(pool: Pool, connection: Connection, actor: Actor, made: Sequence[Draft]) -> list[Any]:
    head = await journal.lock_head(connection)
    books = await journal.load_books(connection, made, head, pool.today())
    accepted = decide(books, actor, made)
    settled = [
        requests.Settled(f"raw-{next(_numbers):012d}", "post_entry", bytes(32), actor.person_id, None, {"entries": [item.number]}) for item in accepted
    ]
    events = [audit.event(actor, "post_entry", subject=f"J-{item.number}", entries=1) for item in accepted]
    arguments, _ = journal.recording(books, head, [(actor, item) for item in accepted], pool.clock(), settled, events)
    return arguments


async def over_http(database: Database, pool: Pool, actor: Actor, count: int) -> dict[str, float]:
    """Single POSTs a second beside the POST that does nothing, bulk entries a second, and the web process's memory in MB."""
    permissions = [name for name in PERMISSIONS if actor.can(name)]
    _, token = await people_service.add_token(pool, actor, "bench", permissions, 1)
    port = 20_000 + os.getpid() % 20_000
    web = _start_web(database, port)
    try:
        await _until_it_answers(port)
        body = msgspec.json.encode(_entry(0))
        idle = [request("/api/v1/echo", token, f"bench-echo-{n:09d}", body) for n in range(count)]
        await send(port, idle[: count // 4], CONNECTIONS)
        nothing = await send(port, idle, CONNECTIONS)
        single = await send(port, [request("/api/v1/entries", token, f"bench-http-{n:09d}", body) for n in range(count)], CONNECTIONS)
        await send(port, [_bulk(token, n) for n in range(5)], 4)
        bulk = await send(port, [_bulk(token, n) for n in range(5, 65)], 4) * BULK
        return {"nothing": nothing, "single": single, "bulk": bulk, "memory_mb": _memory_mb(web.pid)}
    finally:
        web.terminate()
        web.wait(5)


def _start_web(database: Database, port: int) -> subprocess.Popen[bytes]:
    home = str(Path(__file__).resolve().parents[2])
    environment = os.environ | {
        "SOLIDARITY_DATABASE_URL": database.url, "SOLIDARITY_SCHEMA": database.schema, "SOLIDARITY_APP_ROLE": database.app_role, "PYTHONPATH": home,
    }  # fmt: skip
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "tests.bench.echo:app", "--port", str(port)]
    return subprocess.Popen([*command, "--loop", "uvloop", "--no-ws", "--log-level", "warning"], env=environment, cwd=home)


def _entry(number: int) -> dict[str, object]:
    amounts = ("joint/Expense:Administration", "100.00"), ("joint/Income:Interest", "-100.00")
    postings = [{"account": account, "fund": "GEN", "amount": {"amount": amount, "currency": "USD"}} for account, amount in amounts]
    return {"entry_date": "2025-06-01", "description": f"Bench {number}", "postings": postings}


def _bulk(token: str, number: int) -> bytes:
    items = [{"key": f"bench-bulk-{number:03d}-{n:06d}", "entry": _entry(n)} for n in range(BULK)]
    return request("/api/v1/entries/bulk", token, f"bench-bulk-{number:06d}", msgspec.json.encode({"entries": items}))


async def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise RuntimeError("the web server did not start")


def _memory_mb(pid: int) -> float:
    """Resident memory of a process and its children (Linux)."""
    children = [int(name) for name in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in (pid, *children))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
