"""The sample year has a strike of each shape in each of the ways one can stand, and what they cost is what the journal says."""

from datetime import date, timedelta

import pytest

from ledger.domain.actors import Actor
from ledger.services import strike_weeks
from ledger.services.pool import Pool
from ledger.services.sample_strikes import LOST, UNCLAIMED, strike_steps
from ledger.services.strike_weeks import Standing
from ledger.storage.private import rosters_of
from ledger.storage.strikes import StrikeFilter
from tests.services.test_sample_requests import column, sample

assert sample  # a fixture used by name below
BOARD = Actor(2, "A board member", "unifor", frozenset({"board_member"}))
OFFICER = Actor(2, "An officer", "unifor", frozenset({"officer"}))
BENEFITS = {union: Actor(2, "A benefits officer", union, frozenset({"benefits_officer"})) for union in ("ue", "unifor")}


async def found(pool: Pool, actor: Actor = BOARD) -> dict[str, Standing]:
    board = await strike_weeks.board(pool, actor, StrikeFilter())
    return {each.strike.name: each for each in board.items}


async def test_there_is_a_strike_of_each_shape_and_one_that_waits_for_the_other_union(sample: Pool) -> None:
    strikes = await found(sample)
    assert {(each.strike.model, each.strike.state) for each in strikes.values()} == {
        ("per_member_run", "on"), ("local_lump_sum_advance", "on"), ("local_lump_sum_advance", "notice"),
    }  # fmt: skip
    lockout = strikes["Lakeshore lockout"]
    assert (lockout.missing, lockout.next and lockout.next.what) == (["unifor"], "authorise")


async def test_members_are_paid_week_by_week_and_the_last_waits_for_approval(sample: Pool) -> None:
    walkout = (await found(sample))["Steel City Assembly walkout"]
    assert [each.state for row in walkout.weeks for each in row.supports] == ["closed", "closed", "closed", "paid", "submitted"]
    assert {row.supports[0].people for row in walkout.weeks if row.supports} == {40}
    own = (await found(sample, OFFICER))["Steel City Assembly walkout"]
    assert all(row.supports[0].exceptions is not None and 0 < row.supports[0].exceptions < 10 for row in own.weeks if row.supports)
    assert all(row.supports[0].exceptions is None for row in walkout.weeks if row.supports), "a board is not told a few"
    assert (walkout.next and walkout.next.what, walkout.out) == ("approve_run", 40)
    approved = sum(row.amount_minor for row in walkout.weeks if row.supports and row.supports[0].state != "submitted")
    assert walkout.spent_minor == approved > 0


async def test_one_cheque_was_lost_and_written_again_and_one_was_not_claimed(sample: Pool) -> None:
    number = (await found(sample))["Steel City Assembly walkout"].weeks[1].supports[0].number
    async with sample.database.reading() as connection, rosters_of(connection, "unifor"):
        rows = await connection.fetch("SELECT member, attempt, state FROM strike_payments WHERE run = $1 AND member = ANY($2)", number, [LOST, UNCLAIMED])
    assert {(row["member"], row["attempt"], row["state"]) for row in rows} == {(LOST, 1, "replaced"), (LOST, 2, "cleared"), (UNCLAIMED, 1, "unclaimed")}


async def test_a_local_is_held_until_it_reports(sample: Pool) -> None:
    shops = (await found(sample))["Prairie Rail Shops walkout"]
    given = [(row.week.number, each.state, each.hold) for row in shops.weeks for each in row.supports]
    assert given == [(3, "paid", ""), (4, "paid", ""), (5, "proposed", "missing_expense_report")]
    assert shops.spent_minor == (118 + 116) * 100_00
    assert shops.next and shops.next.what == "file_report"


async def test_a_roster_is_counted_by_its_own_union_alone(sample: Pool) -> None:
    for union, seen in (("unifor", 40), ("ue", None)):
        assert (await found(sample, BENEFITS[union]))["Steel City Assembly walkout"].roster == seen


async def test_no_sample_member_is_named_outside_of_the_walls(sample: Pool) -> None:
    """Names of the roster stand in no table that is not behind row-level security."""
    for table in ("audit", "entries", "postings", "requests", "notices", "strike_events", "strike_run_events", "strikes"):
        rows = await column(sample, f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%Quillfeather%' OR t::text LIKE '%SAMPLE-0%'")
        assert rows == [0], table


@pytest.mark.parametrize("weekday", range(7))
def test_it_is_told_back_from_any_day_of_the_week(weekday: int) -> None:
    today = date(2026, 11, 23) + timedelta(days=weekday)
    days = [day for day, _, _ in strike_steps(today - timedelta(days=364), today)]
    assert max(days) <= today and min(days) > today - timedelta(days=70)
