"""Measure a month's end: the treasurers' report of all entries there are, fixed with the journal inside, and a PDF of forty pages in both languages."""

import asyncio
import time
from datetime import date
from typing import Any

from ledger.domain.closes import Close, month_of, number_of
from ledger.services.pool import Pool
from ledger.storage.journal import read_head
from reports import reconciliation
from reports.document import Column, Document, Section, Table, row, words
from reports.facts import read_facts
from reports.i18n import LANGUAGES
from reports.reconciliation.fixed import make
from reports.render_pdf import render_pdf

# About what fills forty pages of a table.
ROWS_OF_FORTY_PAGES = 1_300
REPORT_SECONDS, PDF_SECONDS = 10.0, 2.0


async def measure(pool: Pool) -> list[dict[str, Any]]:
    """Seconds of each, beside what they may be."""
    first, last = month_of(pool.today())
    async with pool.database.reading() as connection:
        entries = (await read_head(connection)).number
    close = Close(number_of(first), first, last, True, "open", pool.clock(), 0)
    return [
        _figure("report of a month", entries, await _report(pool, first, last), REPORT_SECONDS),
        _figure("report fixed, journal inside, both languages", entries, await _fixed(pool, close), REPORT_SECONDS),
        _figure("PDF of 40 pages, both languages", ROWS_OF_FORTY_PAGES, await _pages(pool), PDF_SECONDS),
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


async def _pages(pool: Pool) -> float:
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    columns = (Column("what", words("What")), Column("cad", "CAD", "money", "CAD"), Column("usd", "USD", "money", "USD"))
    rows = tuple(row(f"Line {n}", n * 101, -n * 77) for n in range(ROWS_OF_FORTY_PAGES))
    document: Document = facts.document("forty-pages", words("What"), [Section((Table("lines", words("What"), columns, rows),))], as_of=facts.today)
    began = time.perf_counter()
    await asyncio.gather(*(asyncio.to_thread(render_pdf, document, language) for language in LANGUAGES))  # as the report of a close is made
    return time.perf_counter() - began
