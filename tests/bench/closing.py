"""Measure a month's end: the treasurers' report of all entries there are, fixed with the journal inside, forty pages of PDF in both languages, and a
month shut while everybody posts.
"""

import asyncio
import io
import time
from datetime import date
from typing import Any

from pypdf import PdfReader

from ledger.domain.actors import Actor
from ledger.domain.closes import Close, month_of, number_of
from ledger.services import closes
from ledger.services.pool import Pool
from ledger.storage import requests
from ledger.storage.journal import read_head
from ledger.storage.writer import Submission
from reports import reconciliation
from reports.document import Column, Document, Section, Table, row, words
from reports.facts import read_facts
from reports.i18n import LANGUAGES
from reports.reconciliation.fixed import make
from reports.render_pdf import render_pdf
from tests.bench import writing

# What fills twenty pages in each language, forty in all.
ROWS = 880
REPORT_SECONDS, PDF_SECONDS = 10.0, 2.0
# A month is shut within this (promises.md R8), so many times, while so many callers post; beside the same without them.
SHUT_SECONDS, SHUTS, POSTERS = 2.0, 20, 256
# Twice the pages take at most so many times as long: what grows as n log n takes 2.2 times.
DOUBLE = 2.5


async def measure(pool: Pool) -> list[dict[str, Any]]:
    """Seconds of each, beside what they may be."""
    first, last = month_of(pool.today())
    async with pool.database.reading() as connection:
        entries = (await read_head(connection)).number
    close = Close(number_of(first), first, last, True, "open", pool.clock(), 0)
    return [
        _figure("report of a month", entries, await _report(pool, first, last), REPORT_SECONDS),
        _figure("report fixed, journal inside, both languages", entries, await _fixed(pool, close), REPORT_SECONDS),
        *await _papers(pool),
        *await _shut_under_fire(pool),
    ]  # fmt: skip


def _figure(what: str, at: int, seconds: float, limit: float) -> dict[str, Any]:
    return {"what": what, "at": at, "value": round(seconds, 2), "unit": "s", "ratio": None, "target": limit, "reached": seconds < limit}


async def _report(pool: Pool, first: date, last: date) -> float:
    asked, began = reconciliation.Asked(first, last), time.perf_counter()
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
        reconciliation.shape(facts, asked, await reconciliation.select(connection, facts, asked))
    return time.perf_counter() - began


async def _fixed(pool: Pool, close: Close) -> float:
    began = time.perf_counter()
    await make(pool, close, "agreed", 1)
    return time.perf_counter() - began


async def _papers(pool: Pool) -> list[dict[str, Any]]:
    """Forty pages against the promise, and against half of them made just before."""
    (_, half), (pages, whole) = [await _pages(pool, rows) for rows in (ROWS // 2, ROWS)]
    growth = {"what": "PDF, twice the pages", "at": pages, "value": round(whole / half, 2), "unit": "x", "ratio": round(DOUBLE * half / whole, 3),
              "target": 1.0, "reached": whole <= DOUBLE * half}  # fmt: skip
    return [_figure("PDF of 40 pages, both languages", pages, whole, PDF_SECONDS), growth]


async def _pages(pool: Pool, count: int) -> tuple[int, float]:
    """Pages in both languages together, and the seconds they took."""
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    columns = (Column("what", words("What")), Column("cad", "CAD", "money", "CAD"), Column("usd", "USD", "money", "USD"))
    rows = tuple(row(f"Line {n}", n * 101, -n * 77) for n in range(count))
    document: Document = facts.document("forty-pages", words("What"), [Section((Table("lines", words("What"), columns, rows),))], as_of=facts.today)
    began = time.perf_counter()
    made = await asyncio.gather(*(asyncio.to_thread(render_pdf, document, language) for language in LANGUAGES))  # as the report of a close is made
    seconds = time.perf_counter() - began
    return sum(len(PdfReader(io.BytesIO(each)).pages) for each in made), seconds


async def _shut_under_fire(pool: Pool) -> list[dict[str, Any]]:
    """The slowest of many shuts of a month while entries are posted into others, against the slowest of as many with nobody else there."""
    month, unions = date(2025, 1, 1), [await writing.treasurer(pool, union) for union in ("ue", "unifor")]
    for who in unions:
        for step in closes.CONFIRMED:
            await closes.confirm_step(pool, who, f"bench-{who.person_id}-{step}", number_of(month), step, "Bench")
    made = [each for each in await writing.drafts(pool, 2_000, False) if each.entry_date >= date(2025, 2, 1)]
    quiet = await _slowest_shut(pool, unions[0], "quiet")
    posted, over = 0, asyncio.Event()

    async def post(poster: int) -> None:
        nonlocal posted
        while not over.is_set():
            draft, key = made[posted % len(made)], f"bench-fire-{poster:04d}-{posted:012d}"
            posted += 1
            await pool.writer.submit(Submission(unions[0], "post_entry", key, requests.fingerprint("post_entry", draft.description), (draft,)))

    posters = [asyncio.create_task(post(poster)) for poster in range(POSTERS)]
    try:
        fire = await _slowest_shut(pool, unions[0], "fire")
    finally:
        over.set()
        await asyncio.gather(*posters)
    relative = {"what": "month shut under fire, against quiet", "at": posted, "value": round(fire / quiet, 2), "unit": "x"}
    return [{**_figure(f"month shut under fire, slowest of {SHUTS}", posted, fire, SHUT_SECONDS), "ratio": round(quiet / fire, 3)}, relative]


async def _slowest_shut(pool: Pool, who: Actor, name: str) -> float:
    slowest = 0.0
    for n in range(SHUTS):
        began = time.perf_counter()
        await closes.shut(pool, who, f"bench-shut-{name}-{n:04d}", number_of(date(2025, 1, 1)))
        slowest = max(slowest, time.perf_counter() - began)
    return slowest
