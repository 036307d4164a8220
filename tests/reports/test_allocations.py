"""The report on requests: sums by group in each currency and together, who has what for how long, and agreement with the journal."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import NotAllowed
from ledger.services import allocation_payments as payments
from ledger.services.pool import Pool
from reports import registry
from reports.document import Document, Row, Words
from reports.registry import Query
from reports.render import FORMATS, render
from tests.conftest import Clock
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocation_payments import at, pay, paying, rate
from tests.services.test_allocations import OFFICERS

BEGIN = date(2026, 10, 5)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> Stage:
    """Three requests: partly paid in CAD, approved in USD, and in both currencies for sixteen days without an approval."""
    at(clock, BEGIN)
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("GEN", CAD=50_000_00, USD=50_000_00)
    await rate(stage, BEGIN - timedelta(days=3), "1.4000")
    ours, theirs = await stage.campaign(), await stage.campaign("ue", "bargaining")
    paid = await stage.request(asked(ours, ("Print", 3_000_00, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai")
    await stage.approve(paid, *OFFICERS)
    await pay(stage, paid, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_200_00, "INV-1"))
    await stage.approve(await stage.request(asked(theirs, ("Actuary", 2_000_00, "USD", "")), "ue"), *OFFICERS)
    await stage.request(asked(ours, ("Hall", 800_00, "CAD", ""), ("Sound", 500_00, "USD", "")))
    at(clock, BEGIN + timedelta(days=16))
    return stage


async def report(stage: Stage, who: str = "ue treasurer", **narrowed: Any) -> Document:
    today = stage.pool.today()
    query = Query(**({"as_of": today, "first": date(2026, 1, 1), "last": today, "into": "CAD"} | narrowed))
    return await registry.build_report(stage.pool, stage.who[who], "allocations", query)


def text(value: Any) -> Any:
    if isinstance(value, Words):
        return value.message % {name: text(each) for name, each in value.params.items()}
    return getattr(value, "en", value)


def rows(document: Document, name: str) -> list[list[Any]]:
    (table,) = [each for each in document.tables if each.name == name]
    return [[text(cell.value) for cell in row.cells] for row in table.rows]


def currency(row: Row) -> str | None:
    return row.cells[-1].currency


async def test_sums_by_initiative_in_each_currency(stage: Stage) -> None:
    assert rows(await report(stage), "by-initiative") == [
        ["CAD"],
        ["Organizing", 2, 3_800_00, 3_000_00, 1_800_00, 1_200_00, 0],
        ["Total", 2, 3_800_00, 3_000_00, 1_800_00, 1_200_00, 0],
        ["USD"],
        ["Bargaining", 1, 2_000_00, 2_000_00, 2_000_00, 0, 0],
        ["Organizing", 1, 500_00, 0, 0, 0, 0],
        ["Total", 2, 2_500_00, 2_000_00, 2_000_00, 0, 0],
    ]  # fmt: skip


async def test_together_in_the_readers_currency_a_request_counts_once(stage: Stage) -> None:
    document = await report(stage)
    assert rows(document, "by-initiative-converted") == [
        ["Bargaining", 1, 2_800_00, 2_800_00, 0], ["Organizing", 2, 4_500_00, 3_000_00, 1_200_00], ["Total", 3, 7_300_00, 5_800_00, 1_200_00],
    ]  # fmt: skip
    (table,) = [each for each in document.tables if each.name == "by-initiative-converted"]
    assert [column.conversions[0].rate for column in table.columns[2:]] == [Decimal("1.4")] * 3
    assert not [each.name for each in (await report(stage, into=None)).tables if each.name.endswith("converted")]


async def test_every_grouping_has_the_same_totals(stage: Stage) -> None:
    document = await report(stage)
    totals = [[row for row in rows(document, name) if row[0] == "Total"] for name in ("by-initiative", "by-campaign", "by-union", "by-state")]
    assert all(each == totals[0] for each in totals)


@pytest.mark.parametrize(("days", "bucket"), [(0, "Up to 7 days"), (7, "Up to 7 days"), (8, "8 to 14 days"), (14, "8 to 14 days"),
                                              (15, "15 to 30 days"), (30, "15 to 30 days"), (31, "More than 30 days")])  # fmt: skip
async def test_waiting_by_how_long(stage: Stage, clock: Clock, days: int, bucket: str) -> None:
    at(clock, BEGIN + timedelta(days=days))
    found = rows(await report(stage), "by-age")
    assert [row[0] for row in found if len(row) > 1 and row[0] != "Total"] == [bucket, bucket]


async def test_who_has_each_request_and_since_when(stage: Stage) -> None:
    both = ["A-0003", "Hamilton organizing", "General", "Submitted", "one of UE’s officers and one of Unifor’s", BEGIN, 16, date(2026, 12, 15)]
    first, second = rows(await report(stage), "waiting")
    assert [first[:2], first[3:]] == [both[:2], [*both[3:], 800_00]]
    assert second[-1] == 500_00


async def test_what_should_have_been_used_by_now_is_said(stage: Stage, clock: Clock) -> None:
    assert not [each.notes for each in (await report(stage)).tables if each.name == "set-aside" and each.notes]
    at(clock, date(2026, 12, 15) + timedelta(days=182))
    (table,) = [each for each in (await report(stage)).tables if each.name == "set-aside"]
    assert [row.cells[5].value for row in table.rows if row.kind == "line"] == [-2, -2]
    assert [(note.message, note.count) for note in table.notes if isinstance(note, Words)] == [("%(count)s request should have been used by now.", 2)]


async def agreement(stage: Stage) -> dict[str | None, list[int]]:
    (table,) = [each for each in (await report(stage)).tables if each.name == "agreement"]
    return {currency(row): [cell.value for cell in row.cells[1:] if isinstance(cell.value, int)] for row in table.rows}


async def journal(stage: Stage) -> dict[str, int]:
    """The balance of the encumbrance accounts by currency, from the postings themselves."""
    async with stage.pool.database.reading() as connection:
        found = await connection.fetch(
            """SELECT a.currency::text, sum(p.amount_minor)::bigint AS minor FROM postings p JOIN accounts a ON a.id = p.account_id
            WHERE a.role = 'encumbrances' GROUP BY a.currency"""
        )
    return {row["currency"]: row["minor"] for row in found if row["minor"]}


async def test_what_is_set_aside_is_what_the_journal_says(stage: Stage, clock: Clock) -> None:
    assert await journal(stage) == {"CAD": 1_800_00, "USD": 2_000_00}
    assert await agreement(stage) == {"CAD": [1_800_00, 1_800_00, 0], "USD": [2_000_00, 2_000_00, 0]}
    await payments.close(stage.pool, stage.who["ue deputy"], stage.key(), "A-0002", "Not needed")
    assert await agreement(stage) == {"CAD": [1_800_00, 1_800_00, 0]}
    at(clock, date(2027, 7, 1))
    await payments.expire(stage.pool)
    assert (await agreement(stage), await journal(stage)) == ({}, {})


async def test_a_period_leaves_out_what_ended_before_it_and_what_came_after(stage: Stage) -> None:
    await payments.close(stage.pool, stage.who["ue deputy"], stage.key(), "A-0002", "Not needed")
    today = stage.pool.today()

    async def numbers(first: date, last: date) -> set[Any]:
        document = await report(stage, first=first, last=last)
        return {row[0] for name in ("waiting", "set-aside", "ended") for row in rows(document, name)} - {"Total"}

    assert await numbers(today, today) == {"A-0001", "A-0002", "A-0003"}
    assert await numbers(today + timedelta(days=1), today + timedelta(days=1)) == {"A-0001", "A-0003"}
    assert await numbers(BEGIN - timedelta(days=9), BEGIN - timedelta(days=1)) == set()


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_format_has_the_same_figures(stage: Stage, language: str) -> None:
    document = await report(stage)
    for form in FORMATS:
        assert render(document, form, language).content, form
    tables = [each for section in json.loads(render(document, "json", language).content)["sections"] for each in section["tables"]]
    assert [each["name"] for each in tables] == [each.name for each in document.tables]
    lines = list(csv.reader(io.StringIO(render(document, "csv", language).content.decode("utf-8-sig")), delimiter=";" if language == "fr" else ","))
    assert any("3800,00" in line if language == "fr" else "3800.00" in line for line in lines)


async def test_a_campaign_lead_does_not_read_it(stage: Stage) -> None:
    with pytest.raises(NotAllowed):
        await report(stage, "ue lead")
