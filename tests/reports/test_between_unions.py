"""The report of loans and debts between the unions: both books, every loan's statement, on any day and in both languages."""

from datetime import date

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from reports.document import Document
from reports.registry import Query, build_report
from tests.services import requests_stage
from tests.services.between_unions_stage import agreed_loan, moved
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def report(stage: Stage, day: date) -> Document:
    return await build_report(stage.pool, stage.who["ue board"], "between-unions", Query(as_of=day, first=day, last=day))


def column(document: Document, table: str, name: str) -> list[object]:
    found = next(each for each in document.tables if each.name == table)
    place = [each.name for each in found.columns].index(name)
    return [each.cells[place].value for each in found.rows]


async def test_balances_and_statement_are_of_the_day_that_was_asked_for(stage: Stage) -> None:
    loan = await agreed_loan(stage)
    await moved(stage, loan, "loan_drawdown", 50_000_00, date(2026, 2, 2))
    await moved(stage, loan, "loan_repayment", 5_000_00, date(2026, 3, 2), by="ue")
    early, late = await report(stage, date(2026, 3, 1)), await report(stage, date(2026, 3, 2))
    for document, left in ((early, 50_000_00), (late, 45_000_00)):
        assert column(document, "mirrors", "owed") == column(document, "mirrors", "owing") == [left]
        assert column(document, "mirrors", "difference") == [0]
        assert column(document, "loans", "outstanding") == [left]
        assert column(document, "loan-l-0001", "outstanding")[-1] == left
    assert column(early, "loan-l-0001", "amount") == [50_000_00]
    assert column(late, "loan-l-0001", "amount") == [50_000_00, -5_000_00]
    assert all(str(each).startswith("J-") for each in column(late, "loan-l-0001", "lender_entry")[:2])


async def test_without_loans_it_says_so(stage: Stage) -> None:
    document = await report(stage, date(2026, 3, 1))
    assert column(document, "mirrors", "owed") == column(document, "loans", "loan") == []
