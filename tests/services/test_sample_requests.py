"""The sample year has a request in every state, and what it set aside is what the journal says."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from ledger.domain.allocations import STATES
from ledger.domain.campaigns import INITIATIVES
from ledger.services import sign_in
from ledger.services.pool import Pool, running
from ledger.services.sample_requests import pdf
from ledger.services.sign_in import actor_of
from reports.registry import Query, build_report
from tests.conftest import drop_books, sample_books


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(server: tuple[str, str]) -> AsyncIterator[Pool]:
    """The sample year."""
    database = await sample_books(server)
    async with running(database) as pool:
        yield pool
    await drop_books(server, database)


async def column(pool: Pool, query: str) -> list[Any]:
    async with pool.database.reading() as connection:
        return [row[0] for row in await connection.fetch(query)]


async def test_there_is_a_request_in_every_state(sample: Pool) -> None:
    assert set(await column(sample, "SELECT DISTINCT state FROM allocations")) == set(STATES)


async def test_requests_are_of_both_unions_every_initiative_and_several_funds(sample: Pool) -> None:
    of = "FROM allocations a JOIN campaigns c ON c.number = a.campaign"
    assert set(await column(sample, f"SELECT DISTINCT a.union_code {of}")) == {"ue", "unifor"}
    assert set(await column(sample, f"SELECT DISTINCT c.initiative {of}")) == set(INITIATIVES)
    assert len(await column(sample, f"SELECT DISTINCT a.fund_id {of}")) >= 6
    assert set(await column(sample, "SELECT DISTINCT currency::text FROM commitments WHERE committed_minor > relieved_minor")) == {"CAD", "USD"}


async def test_everything_that_happens_to_a_request_happened(sample: Pool) -> None:
    happened = set(await column(sample, "SELECT DISTINCT what FROM allocation_events"))
    assert happened >= {
        "submitted", "changed", "approvals_voided", "taken_up", "approved", "returned", "rejected", "suspended", "board_carried", "voted_for",
        "committed", "paid", "payment_reversed", "completed", "closed", "expired", "withdrawn", "comment",
    }  # fmt: skip
    assert await column(sample, "SELECT count(*) FROM allocation_payments WHERE exchange IS NOT NULL") == [1]
    assert await column(sample, "SELECT count(*) FROM documents WHERE media_type = 'application/pdf'") == [2]


async def test_a_lead_has_campaigns_of_their_own_beside_another_of_the_same_union(sample: Pool) -> None:
    leads = await column(sample, "SELECT DISTINCT lead_id FROM campaigns WHERE union_code = 'unifor'")
    assert len(leads) == 2


async def test_what_is_set_aside_is_what_the_journal_says(sample: Pool) -> None:
    reader = next(actor_of(person, "page") for person, _ in await sign_in.sample_people(sample) if "treasurer" in person.roles)
    query = Query(as_of=sample.today(), first=sample.today() - timedelta(days=365), last=sample.today(), into="CAD")
    document = await build_report(sample, reader, "allocations", query)
    (table,) = [each for each in document.tables if each.name == "agreement"]
    assert len(table.rows) >= 3
    assert [row.cells[3].value for row in table.rows] == [0] * len(table.rows)


def test_a_resolution_is_a_whole_file() -> None:
    file = pdf(("NEB-22", "Il est résolu (exemple)"))
    start = int(file.split(b"startxref\n")[1].split()[0])
    assert file[start:].startswith(b"xref") and file.endswith(b"%%EOF\n")
    assert "Il est résolu exemple".encode("cp1252") in file
