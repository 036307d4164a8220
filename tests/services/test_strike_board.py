"""Strikes as lists show them: the figures asked of all of them at once agree with each strike's own weeks, by as many questions however many there are."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services import home, strike_weeks, tax_review
from ledger.services.pool import Pool
from ledger.services.strike_weeks import SORTS, Standing
from ledger.storage.strikes import StrikeFilter
from tests.conftest import Clock
from tests.services.requests_stage import Stage
from tests.services.runs_stage import computed, enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, recorded, set_stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def struck(stage: Stage, members: int, name: str) -> None:
    """A strike of Unifor with members out, its first week paid."""
    strike = await on_strike(stage, name=name)
    await enrol(stage, strike, *({"reference": f"{strike.number}-{member}"} for member in range(members)))
    for member in range(1, members + 1):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    await paid(stage, strike, FIRST_DAY + timedelta(days=7), 1, 1000 * int(strike.number[2:]))
    if members > 6:
        await computed(stage, strike, 2)


async def several(stage: Stage) -> None:
    """Three strikes of Unifor, one so small that others are not told how small, and one of UE that is announced."""
    await stage.fund("STRIKE", CAD=50_000_00)
    for members, name in ((3, "Small"), (7, "large"), (5, "Middling")):
        await struck(stage, members, name)
    await recorded(stage, "ue")


VALUES: dict[str, Callable[[Standing], Any]] = {
    "number": lambda each: 0, "name": lambda each: each.strike.name.casefold(), "out": lambda each: each.out or 0, "weeks": lambda each: len(each.weeks),
    "spent": lambda each: each.spent_minor, "week_cost": lambda each: each.last_week_minor or 0,
    "state": lambda each: ("notice", "on").index(each.strike.state),
}  # fmt: skip


@pytest.mark.parametrize("who", ["unifor treasurer", "unifor board", "ue benefits"])
async def test_a_list_is_sorted_by_the_figures_that_it_shows(stage: Stage, who: str) -> None:
    await several(stage)
    assert set(VALUES) == set(SORTS)
    for name, value in VALUES.items():
        for sort in (name, f"-{name}"):
            shown = (await strike_weeks.board(stage.pool, stage.who[who], StrikeFilter(), sort)).items
            assert shown == sorted(shown, key=lambda each, of=value: (of(each), each.strike.number), reverse=sort[0] == "-"), sort  # type: ignore[misc]
            assert len(shown) == 4


@pytest.mark.parametrize("sort", ["-number", "number", "spent"])
async def test_a_list_goes_on_where_its_page_ended(stage: Stage, sort: str) -> None:
    await several(stage)
    whole = await strike_weeks.board(stage.pool, stage.who["ue board"], StrikeFilter(), sort)
    found: list[Standing] = []
    after = None
    for _ in range(2):
        page = await strike_weeks.board(stage.pool, stage.who["ue board"], StrikeFilter(), sort, after, limit=2)
        found, after = found + page.items, page.next
    assert (found, after, whole.next) == (whole.items, None, None)


@pytest.mark.parametrize("who", ["unifor treasurer", "unifor board", "ue benefits"])
async def test_a_unions_side_adds_up_what_its_strikes_show(stage: Stage, who: str) -> None:
    await several(stage)
    own = (await strike_weeks.board(stage.pool, stage.who[who], StrikeFilter(union="unifor"))).items
    side = next(each for each in await strike_weeks.sides(stage.pool, stage.who[who]) if each.union == "unifor")
    assert side.spent == {"CAD": sum(each.spent_minor for each in own)} and side.spent["CAD"] > 0
    assert side.last_week == {"CAD": sum(each.last_week_minor or 0 for each in own)}
    assert all(each.last_week_minor == each.weeks[0].amount_minor for each in own if each.last)
    assert side.out == sum(each.strike.expected if each.out is None else each.out for each in own)
    assert (side.out == 3 + 7 + 5) is (who == "unifor treasurer")


# --- how much is asked ------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement sent to the database."""
    sent: list[str] = []

    def counting(name: str) -> Callable[..., Awaitable[Any]]:
        plain = getattr(asyncpg.Connection, name)

        async def send(self: Any, query: str, *args: Any, **more: Any) -> Any:
            sent.append(query)
            return await plain(self, query, *args, **more)

        return send

    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        monkeypatch.setattr(asyncpg.Connection, name, counting(name))
    return sent


async def test_as_much_is_asked_for_many_strikes_as_for_few(stage: Stage, clock: Clock, asked: list[str]) -> None:
    """Both shapes of strike are there from the beginning."""
    benefits = stage.who["unifor benefits"]
    views: dict[str, Callable[[], Awaitable[Any]]] = {
        **{f"board by {sort}": lambda sort=sort: strike_weeks.board(stage.pool, benefits, StrikeFilter(), sort)  # type: ignore[misc]
           for sort in ("-number", "spent", "weeks")},
        "sides": lambda: strike_weeks.sides(stage.pool, benefits), "what waits": lambda: home.waiting(stage.pool, benefits),
        "the week": lambda: strike_weeks.officers_week(stage.pool, benefits),
        "tax review": lambda: tax_review.review(stage.pool, stage.who["unifor treasurer"], 2026),
    }  # fmt: skip

    async def counted() -> dict[str, int]:
        found = {}
        for name, view in views.items():
            asked.clear()
            await view()
            found[name] = len(asked)
        return found

    await several(stage)
    await on_strike(stage, "ue", name="Lump sum")
    few = await counted()
    for number in range(3):
        await struck(stage, 5, f"Another {number}")
        await on_strike(stage, "ue", name=f"Another sum {number}")
    assert await counted() == few
    assert max(few.values()) < 60
