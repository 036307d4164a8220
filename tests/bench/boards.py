"""Measure the boards' pack: read for every fund against the overview alone, and drawn against one page of it, in the same run."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ledger.services.pool import Pool
from ledger.storage.database import Connection
from ledger.storage.journal import read_head
from reports.boards import overview, pack
from reports.boards.scope import Asked
from reports.document import Document
from reports.facts import Facts, read_facts
from reports.i18n import LANGUAGES
from reports.render_html import render_html
from reports.render_pdf import render_pdf

REPEATS = 5
# Every fund's page takes no more reading than that of all of them: what is added is telling it apart.
READ_TIMES = 1.5
# A fund's part takes no longer to draw than the overview.
PART_TIMES = 1.0


async def measure(pool: Pool) -> list[dict[str, Any]]:
    """Medians, each against its baseline."""
    async with pool.database.reading() as connection:
        entries = (await read_head(connection)).number
        facts = await read_facts(connection, pool.clock(), pool.today())
        asked = Asked(pool.today())
        one = await _read(connection, facts, asked, overview.select)
        whole = await _read(connection, facts, asked, pack.select)
        bound = await pack.select(connection, facts, asked)
    page, packed = overview.shape(facts, asked, bound.overview), pack.shape(facts, asked, bound)
    await _drawn(page)  # the drawing program starts once
    alone, parts = await _drawn(page), len(bound.funds) + 1
    together = await _drawn(packed)
    return [
        _seconds("board overview, read", entries, one),
        _ratio("board pack, read, against the overview", entries, whole / one, READ_TIMES),
        _seconds("board overview, drawn in both languages", entries, alone),
        _ratio(f"board pack of {parts} parts, drawn, a part against the overview", entries, together / parts / alone, PART_TIMES),
    ]  # fmt: skip


async def _read(connection: Connection, facts: Facts, asked: Asked, select: Callable[[Connection, Facts, Asked], Awaitable[Any]]) -> float:
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        await select(connection, facts, asked)
        spent.append(time.perf_counter() - began)
    return sorted(spent)[REPEATS // 2]


async def _drawn(document: Document) -> float:
    """Seconds for the page and the paper in both languages, nothing of it drawn before."""
    from reports import charts

    charts._drawn.cache_clear()
    began = time.perf_counter()
    for language in LANGUAGES:
        await asyncio.to_thread(render_pdf, document, language)
        await asyncio.to_thread(render_html, document, language)
    return time.perf_counter() - began


def _seconds(what: str, at: int, seconds: float) -> dict[str, Any]:
    return {"what": what, "at": at, "value": round(seconds, 3), "unit": "s"}


def _ratio(what: str, at: int, times: float, limit: float) -> dict[str, Any]:
    return {"what": what, "at": at, "value": round(times, 2), "unit": "x", "ratio": round(limit / times, 3), "target": 1.0, "reached": times <= limit}
