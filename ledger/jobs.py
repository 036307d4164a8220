"""Run what runs on a schedule: fetch the Bank of Canada's rates, give back what was not drawn in time, remind, and send mail and events as the caller says.

PgQueuer keeps the schedule in the database, so that of several workers one runs a job. Nothing here ends the worker but being
told to stop: a fetch that fails is recorded and tried again at its next time, a lost database is waited for.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import httpx
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.models import Schedule
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel

from ledger.domain.actors import Actor
from ledger.domain.exchange import BANK_OF_CANADA, SERIES, wanted_since
from ledger.domain.rates_file import SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import Refusal
from ledger.services import audit_packs, progress
from ledger.services.allocation_payments import expire
from ledger.services.bookings import release_holds
from ledger.services.exchange import RatesLoaded, Upload, load_rates_file, record_fetch
from ledger.services.pool import ZONE, Pool
from ledger.services.reminders import remind
from ledger.services.roster_retention import drop_files_due, pseudonymise_due
from ledger.services.setup import SYSTEM_PERSON_ID
from ledger.storage import audit, rates, reference
from ledger.storage.database import Database, check, open_database

log = structlog.get_logger()

RATES_URL = "https://www.bankofcanada.ca/valet"
# UTC. The rate comes by 16:30 in Ottawa (20:30 or 21:30 UTC) and may be late; the morning run catches a night without network.
FETCH_TIMES = ("37 20-23 * * 1-5", "7 12 * * *")
# A letter that is wanted at once leaves within the minute, and so does an event.
MAIL_TIMES = WEBHOOK_TIMES = "* * * * *"
# UTC, one of which is eight o'clock in Toronto.
REMIND_TIMES, REMIND_HOUR = "0 12,13 * * *", 8
# UTC, one of which is just after midnight in Toronto; the other finds nothing to do.
EXPIRE_TIMES = "5 4,5 * * *"
RETENTION_TIMES = "15 4,5 * * *"
ATTEMPTS = 4
TIMEOUT_SECONDS = 20.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 300.0
# It may load rates and nothing else, whatever its role could.
WORKER = Actor(SYSTEM_PERSON_ID, "Scheduled jobs", None, frozenset({"deputy"}), "job", frozenset({"load_rates"}))

Sleep = Callable[[float], Awaitable[None]]
Mail = Callable[[Pool], Awaitable[int]]
Webhooks = Callable[[Pool], Awaitable[int]]


class WorkerSettings(Protocol):
    """What a worker needs to be told; the product's settings have it."""

    @property
    def database_url(self) -> str: ...
    @property
    def schema(self) -> str: ...
    @property
    def app_role(self) -> str: ...
    @property
    def rates_url(self) -> str: ...


class FetchFailed(Exception):
    """Why the rates did not come: ``reason`` is a short word, ``again`` whether trying soon may help."""

    def __init__(self, reason: str, again: bool) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


def wait_seconds(attempt: int, chance: float) -> float:
    """How long to wait after a failed attempt (from 0): doubling, at most five minutes, shortened at random by up to all of it."""
    return min(FIRST_WAIT_SECONDS * 2.0**attempt, LONGEST_WAIT_SECONDS) * chance


async def fetch_rates(
    pool: Pool, url: str = RATES_URL, *, transport: httpx.AsyncBaseTransport | None = None, sleep: Sleep = asyncio.sleep
) -> RatesLoaded | None:
    """Fetch and load the newest rates; None where that failed, with the reason recorded. Never raises for a network or a bad answer."""
    try:
        async with pool.database.reading() as connection:
            since = wanted_since(await rates.latest_day(connection, BANK_OF_CANADA), pool.today())
        address = f"{url.rstrip('/')}/observations/{SERIES}/json?start_date={since.isoformat()}"
        content = await _download(address, transport, sleep)
        loaded = await load_rates_file(pool, WORKER, f"job-{audit.ordered_id()}", Upload(content, f"{SERIES}.json", "application/json"))
    except FetchFailed as failed:
        await _record(pool, failed.reason)
        return None
    except Refusal as refusal:
        await _record(pool, str(refusal.params.get("reason", refusal.code)))
        return None
    await _record(pool, None, loaded.added + len(loaded.changed))
    return loaded


async def _record(pool: Pool, reason: str | None, new: int = 0) -> None:
    log.info("rates fetched" if reason is None else "rates not fetched", reason=reason, new=new)
    try:
        await record_fetch(pool, WORKER, reason, new)
    except Refusal as refusal:
        log.warning("fetch not recorded", refusal=refusal.code)


async def _download(address: str, transport: httpx.AsyncBaseTransport | None, sleep: Sleep) -> bytes:
    """The body behind an address, tried again with growing, random waits where that may help."""
    async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        for attempt in range(ATTEMPTS - 1):
            try:
                return await _get(client, address)
            except FetchFailed as failed:
                if not failed.again:
                    raise
            await sleep(wait_seconds(attempt, random.uniform(0.5, 1.0)))
        return await _get(client, address)


async def _get(client: httpx.AsyncClient, address: str) -> bytes:
    body = bytearray()
    try:
        async with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != 200:
                raise FetchFailed(f"http_{answer.status_code}", answer.status_code >= 500 or answer.status_code == 429)
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > SIZE_MAXIMUM_BYTES:
                    raise FetchFailed("too_large", False)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
        raise FetchFailed("unreachable", True) from None
    return bytes(body)


# --- the worker -------------------------------------------------------------------------------------------------------


def scheduler(database: Database) -> SchedulerManager:
    """PgQueuer's scheduler on this pool's own job tables (migration 0002)."""
    names = DBSettings(db_schema=f"{database.schema}_jobs", channel=Channel(f"{database.schema}_jobs"))
    return SchedulerManager(
        Queries(
            AsyncpgPoolDriver(database.pool),
            qbe=QueryBuilderEnvironment(names), qbq=QueryQueueBuilder(names), qbs=QuerySchedulerBuilder(names),
        )
    )  # fmt: skip


def plan(schedule: SchedulerManager, pool: Pool, url: str, mail: Mail | None = None, webhooks: Webhooks | None = None) -> None:
    """Put every job on the schedule; ``mail`` sends what is due, where there is a mail server, and ``webhooks`` what happened."""

    async def fetch(job: Schedule) -> None:
        if await due(pool):
            await fetch_rates(pool, url)

    for expression in FETCH_TIMES:
        schedule.schedule("fetch_rates", expression)(fetch)

    async def remind_in_the_morning(job: Schedule) -> None:
        if pool.clock().astimezone(ZONE).hour == REMIND_HOUR:
            await remind(pool)

    schedule.schedule("remind", REMIND_TIMES)(remind_in_the_morning)

    async def expire_requests(job: Schedule) -> None:
        log.info("requests expired", count=await expire(pool))
        log.info("holds let go", count=await release_holds(pool))

    schedule.schedule("expire_requests", EXPIRE_TIMES)(expire_requests)

    async def take_names_out(job: Schedule) -> None:
        await forget(pool)

    schedule.schedule("take_names_out", RETENTION_TIMES)(take_names_out)
    if mail is not None:
        _plan_round(schedule, pool, "mail", MAIL_TIMES, mail)
    if webhooks is not None:
        _plan_round(schedule, pool, "webhooks", WEBHOOK_TIMES, webhooks)


def _plan_round(schedule: SchedulerManager, pool: Pool, what: str, times: str, work: Callable[[Pool], Awaitable[int]]) -> None:
    async def send(job: Schedule) -> None:
        try:
            await work(pool)
        except Refusal as refusal:  # the database is away; the next minute is soon
            log.warning(f"{what} waits", refusal=refusal.code)

    schedule.schedule(f"send_{what}", times)(send)


async def forget(pool: Pool) -> None:
    """Let go what is kept for a while only: names of strikes long over, files nobody brought in, how far old work came, audit packs."""
    await pseudonymise_due(pool, WORKER)
    log.info("forgotten", files=await drop_files_due(pool, WORKER), progress=await progress.forget(pool), packs=await audit_packs.forget(pool))


async def due(pool: Pool) -> bool:
    """Whether rates are worth fetching: today's is not known, and the books are not the sample, whose rates are invented."""
    async with pool.database.reading() as connection:
        if await reference.setting(connection, "sample", False):
            return False
        return await rates.latest_day(connection, BANK_OF_CANADA) != pool.today()


async def run_worker(
    settings: WorkerSettings, stop: asyncio.Event | None = None, mail: Mail | None = None, webhooks: Webhooks | None = None, *,
    webhooks_only: bool = False,
) -> None:  # fmt: skip
    """Run scheduled jobs until ``stop`` is set or the task is cancelled; a database that is away is waited for.

    Beside sample books, which stand as they were made, ``webhooks_only`` are sent: whoever tries the product tries those too.
    """
    stop = stop or asyncio.Event()
    attempt = 0
    while not stop.is_set():
        try:
            await _until(stop, _send_webhooks(settings, webhooks) if webhooks_only and webhooks else _serve(settings, mail, webhooks))
            attempt = 0
        except Exception as error:  # whatever it was, the next round begins anew
            seconds = wait_seconds(attempt, random.uniform(0.5, 1.0))
            log.warning("worker waits", error=str(error)[:200], seconds=round(seconds))
            attempt += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Await the work, or cancel it once told to stop."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


async def _send_webhooks(settings: WorkerSettings, webhooks: Webhooks) -> None:
    database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role, connections=2)
    try:
        await check(database)
        schedule = scheduler(database)
        _plan_round(schedule, Pool(database), "webhooks", WEBHOOK_TIMES, webhooks)
        log.info("worker runs", jobs=len(schedule.registry))
        await schedule.run()
    finally:
        await database.close()


async def _serve(settings: WorkerSettings, mail: Mail | None, webhooks: Webhooks | None) -> None:
    database = await open_database(settings.database_url, schema=settings.schema, app_role=settings.app_role, connections=4)
    try:
        await check(database)
        pool = Pool(database)
        schedule = scheduler(database)
        plan(schedule, pool, settings.rates_url, mail, webhooks)
        log.info("worker runs", jobs=len(schedule.registry))
        await expire(pool)
        await forget(pool)
        await remind(pool)
        if await due(pool):
            await fetch_rates(pool, settings.rates_url)
        await schedule.run()
    finally:
        await database.close()
