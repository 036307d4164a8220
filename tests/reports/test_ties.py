"""Whatever report tells a balance, it is the trial balance's: every report, fund and currency, on days drawn at random from the sample year."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services.pool import Pool, running
from reports.balances import balances_on
from reports.document import Document, Row, Table
from reports.facts import Facts, read_facts
from reports.present import say
from reports.registry import Query, build_report
from tests.conftest import drop_books, sample_books
from tests.reports.test_reconciliation import held

READER = Actor(person_id=1, name="Auditor", union=None, roles=frozenset({"trustee"}))
DAYS = 6


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def sample(server: tuple[str, str]) -> AsyncIterator[Pool]:
    """The sample year, read and never written."""
    database = await sample_books(server)
    async with running(database) as pool:
        yield pool
    await drop_books(server, database)


def days_of(pool: Pool) -> list[date]:
    """Today and some days before, month ends and others."""
    chance = random.Random(20_261_127)
    return [pool.today(), *(pool.today() - timedelta(days=chance.randrange(1, 330)) for _ in range(DAYS - 1))]


async def built(pool: Pool, name: str, day: date, **asked: Any) -> Document:
    first = date(day.year, 1, 1)
    return await build_report(pool, READER, name, Query(as_of=day, first=first, last=day, **asked))


async def balances(pool: Pool, day: date) -> tuple[Facts, dict[tuple[str, str], int]]:
    """What each fund holds, assets less debts, by its code and currency; nothing that is zero."""
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
        found = await held(connection, facts, day)
    return facts, {(facts.funds[fund].code, currency): minor for (fund, currency), minor in found.items() if minor}


def said(row: Row) -> str:
    value = row.cells[0].value
    return "" if value is None else say("en", value)  # type: ignore[arg-type]


def figure(table: Table, row: Row, column: str) -> int:
    """A figure of a row, in minor units; nothing counts as zero."""
    value = row.cells[[each.name for each in table.columns].index(column)].value
    return value if isinstance(value, int) else 0


async def test_the_trial_balance_itself(sample: Pool) -> None:
    for day in days_of(sample):
        document = await built(sample, "trial-balance", day, book="joint")
        assert document.tables
        for table in document.tables:
            lines = [row for row in table.rows if row.kind == "line"]
            debits, credits = (sum(figure(table, row, side) for row in lines) for side in ("debit", "credit"))
            assert debits == credits != 0, (day, table.name)
            total = table.rows[-1]
            assert (figure(table, total, "debit"), figure(table, total, "credit")) == (debits, credits)


async def test_fund_statements_close_with_it_and_open_with_the_day_before(sample: Pool) -> None:
    for day in days_of(sample):
        facts, expected = await balances(sample, day)
        document = await built(sample, "fund-statement", day)
        closing: dict[tuple[str, str], int] = {}
        for table in document.tables:
            code = next(fund.code for fund in facts.funds.values() if table.name == f"fund-{fund.code.lower()}")
            (row,) = [each for each in table.rows if said(each) == "Closing balance"]
            closing |= {(code, each.currency or ""): figure(table, row, each.name) for each in table.columns if each.currency}
        assert {place: minor for place, minor in closing.items() if minor} == expected, day


async def test_the_statement_of_financial_position_is_worth_what_the_funds_hold(sample: Pool) -> None:
    for day in days_of(sample):
        _, expected = await balances(sample, day)
        sums: defaultdict[str, int] = defaultdict(int)
        for (_, currency), minor in expected.items():
            sums[currency] += minor
        document = await built(sample, "financial-position", day, method="asc958")
        told = {}
        for table in document.tables:
            rows = {said(row): figure(table, row, "amount") for row in table.rows if row.kind != "group"}
            assert rows["Total assets"] == rows["Liabilities and net assets"] == rows["Total liabilities"] + rows["Total net assets"]
            told[table.name.rpartition("-")[2].upper()] = rows["Total net assets"]
        assert told == dict(sums), day


async def test_the_general_ledger_closes_each_account_with_it(sample: Pool) -> None:
    for day in days_of(sample)[:3]:
        facts, expected = await balances(sample, day)
        for code in sorted({code for code, _ in expected})[:3]:
            document = await built(sample, "general-ledger", day, book="joint", fund=code)
            closing: defaultdict[str, int] = defaultdict(int)
            for table in document.tables:
                account = facts.accounts[int(table.name.removeprefix("account-"))]
                if account.type in ("asset", "liability"):
                    closing[account.currency] += figure(table, table.rows[-1], "balance")
            assert {c: v for c, v in closing.items() if v} == {c: minor for (own, c), minor in expected.items() if own == code}, (day, code)


async def test_transfers_in_transit_are_what_the_clearing_accounts_hold(sample: Pool) -> None:
    for day in days_of(sample):
        async with sample.database.reading() as connection:
            facts = await read_facts(connection, sample.clock(), sample.today())
            clearing: defaultdict[str, int] = defaultdict(int)
            for each in await balances_on(connection, day):
                if facts.accounts[each.account_id].role == "in_transit" and facts.accounts[each.account_id].book == "joint":
                    clearing[facts.accounts[each.account_id].currency] += each.amount_minor
        document = await built(sample, "in-transit", day)
        told: defaultdict[str, int] = defaultdict(int)
        for table in document.tables:
            column = next(index for index, each in enumerate(table.columns) if each.kind == "money")
            for row in table.rows:
                value = row.cells[column].value
                if row.kind == "line" and isinstance(value, int):
                    told[row.cells[column].currency or table.columns[column].currency or ""] += value
        assert {c: v for c, v in told.items() if v} == {c: v for c, v in clearing.items() if v}, day
