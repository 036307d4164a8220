"""Follow the journal while it is written: every reader sees every number once, in order, whatever the page and whoever writes (invariant 1)."""

import asyncio
from itertools import count

import asyncpg
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.entries import Entry
from ledger.domain.journal import draft_of
from ledger.services import journal
from ledger.services.pool import Pool
from ledger.storage import journal as store
from tests.conftest import add_person, client_for
from tests.promises.test_races import outcome, twins  # noqa: F401 - a fixture
from tests.services.test_journal import opening, paid

WRITERS, ENTRIES = 64, 640


async def test_readers_miss_nothing_while_64_write(app: Litestar, twins: tuple[Pool, Pool], ue: Actor) -> None:  # noqa: F811
    """Two processes' writers, single entries, bulk calls, reversals and refusals; readers with pages of 1 to 1,000 poll all the while."""
    await journal.post_entry(twins[0], ue, "feed-opening", opening(10**6))
    ended, numbers = asyncio.Event(), count(1)

    async def write(n: int) -> None:
        while (m := next(numbers)) <= ENTRIES:
            done = await outcome(journal.post_entry(twins[n % 2], ue, f"feed-{m:05}", paid(10**9 if m % 7 == 0 else 7)))
            if m % 20 == 1 and isinstance(done, int):
                await outcome(journal.reverse(twins[n % 2], ue, f"feed-undo-{m:05}", done, None, "Race"))

    reading = [asyncio.create_task(follow(app, ue, page, ended)) for page in (1, 7, 200, 1_000)]
    await asyncio.gather(*(write(n) for n in range(WRITERS)))
    ended.set()
    async with twins[1].database.reading() as connection:
        last = await connection.fetchval("SELECT number FROM head")
        kept = await connection.fetch("SELECT number, hash FROM entries ORDER BY number")
    assert last > ENTRIES // 2
    for seen in await asyncio.gather(*reading):
        assert [number for number, _ in seen] == list(range(1, last + 1))
        assert seen == [(row["number"], row["hash"].hex()) for row in kept]


async def follow(app: Litestar, actor: Actor, page: int, ended: asyncio.Event) -> list[tuple[int, str]]:
    """What a program sees that keeps ``next`` and asks after it, until nothing is newer after the writers have ended."""
    seen: list[tuple[int, str]] = []
    after = 0
    async with client_for(app, actor) as client:
        while True:
            over = ended.is_set()
            answer = (await client.get("/api/v1/changes", params={"after": after, "limit": page})).json()
            seen += [(item["number"], item["hash"]) for item in answer["items"]]
            assert answer["next"] <= answer["head"]["number"]
            if over and answer["next"] == after:
                return seen
            after = answer["next"]


async def test_what_is_rolled_back_leaves_no_gap_and_what_is_not_committed_is_not_seen(
    app: Litestar, twins: tuple[Pool, Pool], ue: Actor  # noqa: F811
) -> None:  # fmt: skip
    """A writer that has its numbers and loses its connection gives them back; while it holds them, readers see none of them and nothing after."""
    pool, other = twins
    await journal.post_entry(pool, ue, "gap-opening", opening(10**6))

    async def numbers() -> list[int]:
        async with client_for(app, ue) as client:
            return [item["number"] for item in (await client.get("/api/v1/changes")).json()["items"]]

    async def lost(n: int) -> None:
        """Records five entries in a transaction that fails, with another writer waiting behind it."""
        async with pool.database.writing() as connection:
            posted = await store.post(connection, ue, [draft] * 5, now=pool.clock(), today=pool.today())
            assert [each.number for each in posted] == list(range(n + 2, n + 7))
            behind.append(asyncio.create_task(journal.post_entry(other, ue, f"gap-behind-{n}", paid(7))))
            await asyncio.sleep(0.05)
            assert await numbers() == list(range(1, n + 2)) and not behind[n].done()
            await connection.execute("SELECT 1 / 0")

    behind: list[asyncio.Task[Entry]] = []
    draft = draft_of(paid(1), await journal.read_directory(pool))
    for n in range(3):
        with pytest.raises(asyncpg.PostgresError):
            await lost(n)
        assert (await behind[n]).number == n + 2
        assert await numbers() == list(range(1, n + 3))


async def test_a_change_says_which_entry_it_is_and_not_what_it_says(app: Litestar, ue: Actor) -> None:
    await journal.post_entry(app.state.pool, ue, "one-opening", opening(500))
    async with client_for(app, ue) as client:
        answer = (await client.get("/api/v1/changes")).json()
        (item,) = answer["items"]
        entry = (await client.get(item["href"])).json()
        assert (await client.get(item["page"])).status_code == 200
    assert set(item) == {
        "number", "kind", "entry_date", "effective_date", "recorded_at", "subject", "reverses", "corrects", "hash", "href", "page",
    }  # fmt: skip
    assert (answer["next"], answer["head"]) == (1, {"number": 1, "hash": item["hash"]})
    assert {name: entry[name] for name in ("number", "kind", "entry_date", "hash")} == {
        name: item[name] for name in ("number", "kind", "entry_date", "hash")
    }


@pytest.mark.parametrize(
    ("words", "status"),
    [("after=-1", 400), ("limit=1001", 400), ("limit=0", 400), ("after=x", 400), ("after=999999", 422), ("after=0&after=0", 400), ("after=0", 200)],
)
async def test_what_is_asked_for(app: Litestar, ue: Actor, words: str, status: int) -> None:
    async with client_for(app, ue) as client:
        answer = await client.get(f"/api/v1/changes?{words}")
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == {"items": [], "next": 0, "head": {"number": 0, "hash": answer.json()["head"]["hash"]}}


async def test_who_may_not_read_the_journal_may_not_follow_it(app: Litestar, pool: Pool) -> None:
    admin = await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")
    async with client_for(app, admin) as client:
        assert (await client.get("/api/v1/changes")).status_code == 403
