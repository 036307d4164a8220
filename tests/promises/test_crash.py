"""Kill PostgreSQL and web workers with -9 under load: what was acknowledged is there, unaltered and once (promises R1, R3, R4, R5)."""

import asyncio
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.services import journal as service
from ledger.services import people
from ledger.services.pool import Pool, running
from ledger.services.verification import verify
from ledger.storage import embedded
from ledger.storage.database import open_database
from tests.conftest import add_person
from tests.running.product import Product, up
from tests.services.test_journal import opening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find what to kill")

CLIENTS, BETWEEN_KILLS, TWIN_EVERY = 12, 100, 7
OPENING_MINOR = 10**12
BANK, EXPENSE = "joint/Assets:Bank:UE-trust-USD", "joint/Expense:Organizing"
# Each round: what dies, and which of the processes whose command line has these words.
ROUNDS: list[tuple[str, Callable[[Iterator[int]], int], str]] = [
    ("the whole database", min, "bin/postgres"),
    ("one web worker", max, "-m granian"),
    ("one connection's part of the database", max, "postgres: pool_app"),
]


class Load:
    """Clients that post until told to end, each under its own key, repeating the same request until it has a definite answer."""

    def __init__(self, product: Product, token: str) -> None:
        self.acknowledged: dict[int, int] = {}
        self.unsure, self.ended, self.progress = 0, asyncio.Event(), asyncio.Semaphore(0)
        self._numbers = count(1)
        self._base = f"http://127.0.0.1:{product.port}"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def client(self) -> None:
        """One client: an entry after another, and every few of them twice at once."""
        async with httpx.AsyncClient(base_url=self._base, headers=self._headers, timeout=20) as http:
            while not self.ended.is_set():
                asked = next(self._numbers)
                twins = 2 if asked % TWIN_EVERY == 0 else 1
                told = set(await asyncio.gather(*(self._acknowledgement(http, asked) for _ in range(twins))))
                assert len(told) == 1, f"the key of {asked} was answered with {told}"
                self.acknowledged[asked] = told.pop()
                self.progress.release()

    async def _acknowledgement(self, http: httpx.AsyncClient, asked: int) -> int:
        while True:
            try:
                answer = await http.post("/api/v1/entries", json=entry(asked), headers={"Idempotency-Key": key(asked)})
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == 201:
                number: int = answer.json()["number"]
                return number
            assert answer is None or answer.status_code == 503, answer.text
            assert answer is None or "retry-after" in answer.headers, answer.text
            self.unsure += 1
            await asyncio.sleep(0.1)


def key(asked: int) -> str:
    return f"crash-test-{asked:06}"


def entry(asked: int) -> dict[str, Any]:
    """A payment of as many cents as its own ordinal, so that no two are alike."""
    amount = f"{asked // 100}.{asked % 100:02}"
    lines = [(EXPENSE, amount), (BANK, f"-{amount}")]
    postings = [{"account": account, "fund": "GEN", "amount": {"amount": text, "currency": "USD"}} for account, text in lines]
    return {"entry_date": "2026-03-02", "description": f"Payment {asked}", "postings": postings}


@asynccontextmanager
async def books_of(data: Path) -> AsyncIterator[Pool]:
    """The books in a data directory, whether their server runs or not."""
    with embedded.borrowed(data / "postgres") as url:
        database = await open_database(url, app_role=embedded.APP)
        try:
            async with running(database) as pool:
                yield pool
        finally:
            await database.close()


async def a_token(pool: Pool) -> str:
    """A token of a new treasurer of UE, in books that hold money."""
    actor = await add_person(pool, "Dolores Haze-Nguyen", "ue", "treasurer")
    await service.post_entry(pool, actor, "crash-opening", opening(OPENING_MINOR, on=date(2026, 1, 2)))
    _, secret = await people.add_token(pool, actor, "load", ["post_entry"], 1)
    return secret


async def kill_in_turn(product: Product, load: Load) -> None:
    """Each round waits until enough was acknowledged since the last kill, so that the product serves again before the next."""
    for _, which, words in ROUNDS:
        await more(load)
        os.kill(which(pid for pid, line in product.children().items() if words in line), signal.SIGKILL)
    await more(load)
    load.ended.set()


async def more(load: Load) -> None:
    for _ in range(BETWEEN_KILLS):
        await load.progress.acquire()


async def test_nothing_acknowledged_is_lost_altered_or_doubled() -> None:
    with tempfile.TemporaryDirectory(prefix="solidarity-crash-") as folder:
        data = Path(folder) / "data"
        with up(data, "--empty", "--workers", "2") as product:
            async with books_of(data) as pool:
                load = Load(product, await a_token(pool))
            async with asyncio.timeout(300), asyncio.TaskGroup() as group:
                for _ in range(CLIENTS):
                    group.create_task(load.client())
                group.create_task(kill_in_turn(product, load))
        assert load.unsure > 0, "nothing was under way when the processes died"
        async with books_of(data) as pool:
            await judge(pool, load.acknowledged)


async def judge(pool: Pool, acknowledged: dict[int, int]) -> None:
    """Hold the books against what clients were told, with questions that share nothing with the product's own code; then its own check."""
    async with pool.database.reading() as connection:
        rows = await connection.fetch(
            """SELECT e.number, e.description, p.amount_minor FROM entries e JOIN postings p ON p.entry_number = e.number AND p.line = 1
            ORDER BY e.number"""
        )
        kept = {row["description"]: (row["number"], row["amount_minor"]) for row in rows}
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1)), "the numbers have a gap"
        assert kept.pop("Opening balance") == (1, OPENING_MINOR)
        assert kept == {f"Payment {asked}": (number, asked) for asked, number in acknowledged.items()}
        assert max(Counter(row["description"] for row in rows).values()) == 1
        paid = sum(acknowledged)
        held = await connection.fetch("SELECT balance_minor FROM balances ORDER BY 1")
        assert [row["balance_minor"] for row in held] == [-OPENING_MINOR, paid, OPENING_MINOR - paid]
        assert await connection.fetchval("SELECT count(*) FROM requests WHERE key LIKE 'crash-test-%'") == len(acknowledged)
        assert await connection.fetchval("SELECT count(*) FROM audit WHERE action = 'post_entry'") == len(acknowledged) + 1
    checker = Actor(1, "Judge", None, frozenset({"trustee"}), "command")
    assert (await verify(pool, checker)).faults == []
