"""The worker: it fetches at its start, runs what PgQueuer says is due, waits for a lost database, and stops when told."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from ledger import jobs
from ledger.services import exchange
from ledger.services.pool import Pool
from ledger.storage import reference

FILES = Path(__file__).parents[1] / "data" / "rates"


class Told(msgspec.Struct):
    """Settings as a worker needs them."""

    database_url: str
    schema: str
    app_role: str
    rates_url: str


async def serve_valet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    body = (FILES / "valet.json").read_bytes()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()
    writer.close()


async def durable_enough(database: object) -> None:
    """The throw-away server runs without fsync, which a worker refuses elsewhere."""


async def test_a_worker_fetches_from_a_server_and_stops_when_told(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "check", durable_enough)
    server = await asyncio.start_server(serve_valet, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/valet"
    stop = asyncio.Event()
    worker = asyncio.create_task(jobs.run_worker(Told(pool.database.url, pool.database.schema, "pool_app", address), stop))
    kept: dict[str, object] = {}
    until = time.monotonic() + 20
    while not kept and time.monotonic() < until:
        await asyncio.sleep(0.1)
        async with pool.database.reading() as connection:
            kept = await reference.setting(connection, exchange.FETCH_SETTING, {})
    stop.set()
    await asyncio.wait_for(worker, 10)
    server.close()
    assert (kept["outcome"], kept["new"]) == ("done", 3)


async def test_pgqueuer_runs_what_is_due(pool: Pool) -> None:
    ran = asyncio.Event()
    schedule = jobs.scheduler(pool.database)

    async def job(due: object) -> None:
        ran.set()

    schedule.schedule("every_second", "* * * * * *")(job)
    running = asyncio.create_task(schedule.run())
    await asyncio.wait_for(ran.wait(), 10)
    schedule.shutdown.set()
    await asyncio.wait_for(running, 10)


async def test_a_worker_waits_for_a_database_that_is_away() -> None:
    stop = asyncio.Event()
    away = Told("postgresql://nobody@127.0.0.1:9/none", "pool", "pool_app", "http://127.0.0.1:9")
    worker = asyncio.create_task(jobs.run_worker(away, stop))
    await asyncio.sleep(0.3)
    assert not worker.done()
    stop.set()
    await asyncio.wait_for(worker, 5)


async def test_sample_books_keep_their_invented_rates(pool: Pool) -> None:
    assert await jobs.due(pool)
    async with pool.database.writing() as connection:
        await reference.set_setting(connection, "sample", True)
    assert not await jobs.due(pool)


def test_every_job_of_the_plan_has_a_time(pool: Pool) -> None:
    schedule = jobs.scheduler(pool.database)
    jobs.plan(schedule, pool, jobs.RATES_URL)
    assert {key.entrypoint for key in schedule.registry} == {"fetch_rates", "remind", "expire_requests", "take_names_out"}
    assert len(schedule.registry) == len(jobs.FETCH_TIMES) + 3


async def nothing_to_send(pool: Pool) -> int:
    return 0


def test_mail_is_on_the_plan_where_there_is_a_server(pool: Pool) -> None:
    schedule = jobs.scheduler(pool.database)
    jobs.plan(schedule, pool, jobs.RATES_URL, nothing_to_send)
    assert "send_mail" in {key.entrypoint for key in schedule.registry}
