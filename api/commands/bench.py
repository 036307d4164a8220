"""Measure the product's own figures, each as a ratio against a baseline of the same run, on a durable database of its own."""

import json
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console
from rich.table import Table

from api.commands.run import interruptible, written

# The promise is 15,000 entries/s where the raw statement makes 42,000: on a slower machine the ratio is what can be compared.
BULK_OF_RAW = 15_000 / 42_000
PARTS = ("writing", "close", "bank", "strike", "boards", "between", "reading")


@click.command()
@click.option("--large", is_flag=True, help="Read ten million postings too; takes some minutes and about 3 GB of disk.")
@click.option("--only", type=click.Choice(PARTS), help="Measure this part alone.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures there as well.")
@click.option("--entries", type=click.IntRange(1_000, 1_000_000), default=20_000, show_default=True, help="Entries of each measurement.")
def bench(large: bool, only: str | None, json_path: Path | None, entries: int) -> None:
    """Measure writing and reading; fsync is on. Not part of the tests."""
    import uvloop

    uvloop.install()
    figures = interruptible(_run(large, entries, (only,) if only else PARTS))
    _show(figures)
    if json_path:
        with written(json_path) as file:
            file.write(json.dumps(figures, indent=2).encode() + b"\n")


async def _run(large: bool, entries: int, parts: Sequence[str]) -> list[dict[str, Any]]:
    # The harness is no part of the installed product: it is imported only when somebody measures.
    from ledger.storage import embedded
    from tests.bench import bank, between, boards, closing, reading, strike, writing

    figures: list[dict[str, Any]] = []
    if "bank" in parts:
        figures += bank.figures(bank.measure())
    with tempfile.TemporaryDirectory(prefix="solidarity-bench-") as folder:
        os.chmod(folder, 0o755)
        server = embedded.start(Path(folder) / "data", durable=True)
        try:
            async with _books(server, "bench") as pool:
                if "writing" in parts:
                    figures += await _writing(writing, pool.database, pool, entries)
                if "writing" not in parts and {"close", "boards"} & set(parts):
                    await writing.in_process(pool, await writing.treasurer(pool), await writing.drafts(pool, entries, False))
                if "boards" in parts:
                    figures += await boards.measure(pool)
                if "close" in parts:
                    figures += await closing.measure(pool)
                if "strike" in parts:
                    figures += strike.figures(await strike.measure(pool), strike.MEMBERS)
            if "between" in parts:
                async with _books(server, "few") as few, _books(server, "many") as many:
                    small = await between.measure(few, server.owner_url, 10)
                    figures += between.figures(await between.measure(many, server.owner_url), small)
            if "reading" in parts:
                figures += await _reading(reading, server, (10_000, 1_000_000, *((10_000_000,) if large else ())))
        finally:
            server.stop()
    return figures


@asynccontextmanager
async def _books(server: Any, schema: str) -> AsyncIterator[Any]:
    """New books of their own, with the writer running."""
    from api.serve import settle_memory
    from ledger.services.pool import running
    from ledger.services.setup import ensure_books
    from ledger.storage import embedded
    from ledger.storage.database import open_database
    from ledger.storage.schema import migrate

    await migrate(server.owner_url, schema, embedded.APP)
    database = await open_database(server.app_url, schema=schema, app_role=embedded.APP)
    await ensure_books(database)
    try:
        async with running(database) as pool:
            settle_memory()  # as the server does
            yield pool
    finally:
        await database.close()


async def _reading(reading: Any, server: Any, sizes: Sequence[int]) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = []
    async with _books(server, "bench") as pool:
        for size in sizes:
            await reading.fill(server.owner_url, "bench", size)
            figures += [{"what": name, "at": size, "value": round(ms, 2), "unit": "ms"} for name, ms in (await reading.measure(pool.database)).items()]
    return figures + _growth(figures)


async def _writing(writing: Any, database: Any, pool: Any, entries: int) -> list[dict[str, Any]]:
    actor = await writing.treasurer(pool)
    spread, hot = await writing.drafts(pool, entries, False), await writing.drafts(pool, entries, True)
    await writing.in_process(pool, actor, spread[:2_000])
    baseline = await writing.raw(pool, actor, spread)
    uniform, one = await writing.in_process(pool, actor, spread), await writing.in_process(pool, actor, hot)
    web = await writing.over_http(database, pool, actor, min(entries, 10_000))
    return [
        _figure("raw statement, same rows", baseline, "entries/s"),
        _figure("in process, uniform", uniform, "entries/s", uniform / baseline, 0.5),
        _figure("in process, one hot fund", one, "entries/s", one / uniform, 1.0),
        _figure("POST that does nothing", web["nothing"], "requests/s"),
        _figure("single POST, 64 connections", web["single"], "entries/s", web["single"] / web["nothing"], 0.55),
        _figure("bulk POST", web["bulk"], "entries/s", web["bulk"] / baseline, BULK_OF_RAW),
        _figure("bulk POST, of 15,000 entries/s", web["bulk"], "entries/s", web["bulk"] / 15_000, 1.0),
        _figure("memory of the web process under load", web["memory_mb"], "MB"),
    ]


def _figure(what: str, value: float, unit: str, ratio: float | None = None, target: float | None = None) -> dict[str, Any]:
    figure: dict[str, Any] = {"what": what, "value": round(value, 1), "unit": unit}
    return figure if ratio is None else {**figure, "ratio": round(ratio, 3), "target": target and round(target, 3), "reached": ratio >= (target or 0)}


def _growth(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grown = []
    for name in ("balance on a date", "statement page"):
        sizes = [figure["value"] for figure in figures if figure["what"] == name]
        ratio = sizes[-1] / max(sizes[0], 0.01)
        grown.append({"what": f"{name}, growth", "value": round(ratio, 2), "unit": "times", "ratio": round(ratio, 2), "target": 3, "reached": ratio < 3})
    last = [figure for figure in figures if figure["what"] == "trial balance"][-1]
    what = f"trial balance at {last['at']:,}"
    return [*grown, {"what": what, "value": last["value"], "unit": "ms", "ratio": None, "target": 100, "reached": last["value"] < 100}]


def _show(figures: list[dict[str, Any]]) -> None:
    table = Table("Figure", "At", "Value", "Unit", "Ratio", "Target", "Reached")
    for figure in figures:
        reached = figure.get("reached")
        table.add_row(
            figure["what"], f"{figure['at']:,}" if "at" in figure else "", f"{figure['value']:,}", figure["unit"], str(figure.get("ratio") or ""),
            str(figure.get("target") or ""), "" if reached is None else "yes" if reached else "NO",
        )  # fmt: skip
    Console().print(table)


COMMANDS = [bench]
