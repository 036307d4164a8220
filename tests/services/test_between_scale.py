"""What is read of what the unions lend and owe each other stays what is shown, however much was settled before."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.half_days import Span
from ledger.services import agreements, bookings, charge_backs, deliveries, equalisation, home, joint_costs, loans, resource_calendar, resources, steps
from ledger.services.pool import Pool
from ledger.services.resources import Wanted
from ledger.storage.bookings import BookingFilter
from ledger.storage.deliveries import DeliveryFilter
from ledger.storage.equalisation import CostFilter
from ledger.storage.mirrors import StepFilter
from ledger.storage.resources import ResourceFilter
from tests.bench import between
from tests.services import between_unions_stage, lending_stage, requests_stage
from tests.services.lending_stage import DAYS, VAN
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
SETTLED, RESOURCES = 6_000, 600
# A page of 51 with what belongs to each, looked up one by one.
PAGE_ROWS = 700
# What a pool has a handful of, and no more of after years: a server that knows so reads them whole for each row, which is no longer than by an index.
SMALL = {"people", "funds", "unions", "campaigns", "accounts"}
SHOWN = 50
Read = Callable[[Stage, str, str | None], Awaitable[Any]]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def settled(stage: Stage, server: tuple[str, str], count: int = SETTLED) -> None:
    """Years of records that ask nothing of anybody any more."""
    owner = await asyncpg.connect(server[1], server_settings={"search_path": stage.pool.database.schema})
    try:
        await between.fill(owner, stage.who["ue officer"].person_id, count, stage.pool.today(), RESOURCES, count, count)
        await between.analyse(owner)
        # The small tables too, as a server's own analysis may have come by or not: their plans differ.
        for table in sorted(SMALL):
            await owner.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await owner.close()


@contextmanager
def watched(pool: Pool, asked: list[tuple[str, tuple[Any, ...]]]) -> Iterator[None]:
    """Keep every query that is asked meanwhile, with its values."""
    plain = asyncpg.Connection.fetch, asyncpg.Connection.fetchrow, asyncpg.Connection.fetchval

    def keeping(method: Any) -> Any:
        async def kept(self: Any, query: str, *values: Any, **more: Any) -> Any:
            asked.append((query, values))
            return await method(self, query, *values, **more)

        return kept

    with pytest.MonkeyPatch.context() as patch:
        for name, method in zip(("fetch", "fetchrow", "fetchval"), plain, strict=True):
            patch.setattr(asyncpg.Connection, name, keeping(method))
        yield


async def rows_read(stage: Stage, asked: list[tuple[str, tuple[Any, ...]]]) -> int:
    """The most rows that one of the queries read of tables and indexes, those it threw away among them."""
    found = [0]
    async with stage.pool.database.reading() as connection:
        for query, values in asked:
            plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
            found.append(_scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    return max(found)


def _scanned(node: dict[str, Any]) -> int:
    """A function or a list of values is no table, and a small one is not counted."""
    of_table = ("Relation Name" in node or "Index Name" in node) and node.get("Relation Name") not in SMALL
    thrown = sum(value for name, value in node.items() if name.startswith("Rows Removed"))
    own = (node["Actual Rows"] + thrown) * node["Actual Loops"] if of_table else 0
    return round(own) + sum(_scanned(each) for each in node.get("Plans", ()))


def _first(first: str) -> Callable[..., str]:
    """The number of the record that begins the hundredth page, or at these sizes the fortieth."""
    return lambda: f"{first}-{between.FIRST + SETTLED - 40 * SHOWN}"


PAGES: list[Any] = [
    pytest.param(lambda s, who, after: loans.list_loans(s.pool, s.who[who], after=after), "L", id="loans"),
    pytest.param(lambda s, who, after: loans.list_loans(s.pool, s.who[who], "settled", after=after), "L", id="settled loans"),
    pytest.param(lambda s, who, after: steps.list_steps(s.pool, s.who[who], StepFilter(), after), "M", id="steps"),
    pytest.param(lambda s, who, after: steps.list_steps(s.pool, s.who[who], StepFilter(kind="loan_repayment"), after), "M", id="steps of a kind"),
    pytest.param(lambda s, who, after: resources.list_resources(s.pool, s.who[who], ResourceFilter(), after), "", id="resources"),
    pytest.param(lambda s, who, after: bookings.list_bookings(s.pool, s.who[who], BookingFilter(), after), "BK", id="bookings"),
    pytest.param(
        lambda s, who, after: bookings.list_bookings(s.pool, s.who[who], BookingFilter(states=("declined",)), after), "BK", id="declined bookings",
    ),
    pytest.param(lambda s, who, after: deliveries.list_deliveries(s.pool, s.who[who], DeliveryFilter(), after), "DL", id="deliveries"),
    pytest.param(
        lambda s, who, after: deliveries.list_deliveries(s.pool, s.who[who], DeliveryFilter(state="submitted"), after), "DL", id="submitted deliveries",
    ),
    pytest.param(lambda s, who, after: joint_costs.list_costs(s.pool, s.who[who], CostFilter(), after), "JC", id="joint costs"),
    pytest.param(lambda s, who, after: equalisation.list_equalisations(s.pool, s.who[who], after), "EQ", id="equalisations"),
    pytest.param(lambda s, who, after: agreements.list_agreements(s.pool, s.who[who], after), "AG", id="agreements"),
]  # fmt: skip


async def test_a_page_reads_what_it_shows(stage: Stage, server: tuple[str, str]) -> None:
    await settled(stage, server)
    read = {}
    for page in PAGES:
        of, letter = page.values
        for after in (None, _first(letter)() if letter else None):
            asked: list[tuple[str, tuple[Any, ...]]] = []
            with watched(stage.pool, asked):
                found = await of(stage, "ue treasurer", after)
            assert len(found.items) in (0, SHOWN) if page.id == "submitted deliveries" else SHOWN, page.id
            read[page.id, after] = await rows_read(stage, asked)
    assert {where: rows for where, rows in read.items() if rows > PAGE_ROWS} == {}


async def test_the_first_page_asks_as_much_after_years_as_at_the_beginning(stage: Stage, server: tuple[str, str]) -> None:
    van = await lending_stage.offered(stage, VAN)
    await lending_stage.requested(stage, van)
    await between_unions_stage.joint_cost(stage, "ue", 10_000, "USD", agreed=False)
    people = ("ue officer", "unifor officer", "ue treasurer", "unifor treasurer", "ue lead")
    before = [await _first_page(stage, who) for who in people]
    await settled(stage, server)
    after = [await _first_page(stage, who) for who in people]
    assert [waiting for waiting, *_ in after] == [waiting for waiting, *_ in before], "what is settled waits for nobody"
    assert [queries for _, queries, _ in after] == [queries for _, queries, _ in before]
    assert [rows for _, _, rows in after if rows > PAGE_ROWS] == []


async def _first_page(stage: Stage, who: str) -> tuple[list[str], int, int]:
    """What waits for a person, how many queries told so, and the most rows that one of them read."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    with watched(stage.pool, asked):
        waiting = await home.waiting(stage.pool, stage.who[who])
        await home.counts(stage.pool, stage.who[who])
    return [each.subject for each in waiting], len(asked), await rows_read(stage, asked)


async def test_what_is_chosen_from_and_searched_reads_what_still_counts(stage: Stage, server: tuple[str, str]) -> None:
    await settled(stage, server)
    reads: dict[str, Callable[[], Awaitable[Any]]] = {
        "chargeable": lambda: charge_backs.list_chargeable(stage.pool, stage.who["ue treasurer"]),
        "agreements to choose": lambda: agreements.standing_today(stage.pool, stage.who["ue officer"]),
        "quarters": lambda: equalisation.quarters(stage.pool, stage.who["ue treasurer"]),
        "mirrors": lambda: steps.show_mirrors(stage.pool, stage.who["ue treasurer"]),
        "an agreement": lambda: agreements.show_agreement(stage.pool, stage.who["ue treasurer"], f"AG-{between.FIRST}"),
    }
    days = Span(first_day=DAYS.first_day, last_day=DAYS.last_day)
    reads |= {
        "free": lambda: resources.find_free(stage.pool, stage.who["ue lead"], Wanted(span=days)),
        "calendar": lambda: resource_calendar.show_sheet(stage.pool, stage.who["ue officer"], days, BookingFilter()),
    }
    read = {}
    for name, work in reads.items():
        asked: list[tuple[str, tuple[Any, ...]]] = []
        with watched(stage.pool, asked):
            await work()
        read[name] = await rows_read(stage, asked)
    # What is offered is looked through whole, and what is booked within the days, never what was booked in other years.
    bounds = dict.fromkeys(reads, PAGE_ROWS) | {"free": 5 * RESOURCES, "calendar": 5 * RESOURCES}
    assert {name: rows for name, rows in read.items() if rows > bounds[name]} == {}
