"""When what of a close is due, by business days of both countries, and who is reminded: once a deadline, and officers once it is late."""

from datetime import UTC, date, datetime

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.business_days import day_of, easter, nth_after
from ledger.domain.close_schedule import Deadlines
from ledger.services import close_schedule, holidays, home, reminders
from ledger.services.holidays import banking_days, shipped
from ledger.services.pool import Pool
from ledger.storage.holidays import Holiday
from tests.conftest import Clock, add_person
from tests.services.close_stage import JUNE, Stage, set_stage
from tests.services.test_journal import refused


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


# As the Bank of Canada and the Federal Reserve published them.
HOLIDAYS = {
    2026: {
        "CA": ["01-01", "02-16", "04-03", "05-18", "07-01", "08-03", "09-07", "09-30", "10-12", "11-11", "12-25", "12-28"],
        "US": ["01-01", "01-19", "02-16", "05-25", "06-19", "07-04", "09-07", "10-12", "11-11", "11-26", "12-25"],
    },
    2027: {
        "CA": ["01-01", "02-15", "03-26", "05-24", "07-01", "08-02", "09-06", "09-30", "10-11", "11-11", "12-27", "12-28"],
        "US": ["01-01", "01-18", "02-15", "05-31", "06-19", "07-05", "09-06", "10-11", "11-11", "11-25", "12-25"],
    },
}  # fmt: skip


@pytest.mark.parametrize(("year", "country"), [(year, country) for year in HOLIDAYS for country in ("CA", "US")])
def test_holidays_are_those_that_were_published(year: int, country: str) -> None:
    found = sorted(f"{each.day:%m-%d}" for each in shipped([year]) if each.country == country)
    assert found == HOLIDAYS[year][country]


def test_easter_and_the_n_th_business_day() -> None:
    assert [easter(year).isoformat() for year in (2024, 2025, 2026, 2038)] == ["2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25"]
    assert day_of({"month": 5, "weekday": 0, "before": 25}, 2026) == date(2026, 5, 18)
    assert nth_after(date(2026, 6, 30), 3, {date(2026, 7, 1)}) == date(2026, 7, 6)


async def test_rows_reach_ten_years_ahead_and_a_row_more_is_a_day_less(stage: Stage) -> None:
    async with stage.pool.database.writing() as connection:
        before = await banking_days(connection, date(2026, 8, 1), date(2026, 8, 31), "CA")
        await connection.execute("INSERT INTO holidays VALUES ('CA', '2026-08-04', 'Storm', 'Tempête', 'Radio')")
        after = await banking_days(connection, date(2026, 8, 1), date(2026, 8, 31), "CA")
        assert (len(before), len(after)) == (20, 19)
        assert await banking_days(connection, date(2036, 1, 1), date(2036, 1, 1), "CA") == []


async def told(stage: Stage, person: Actor) -> list[tuple[str, str]]:
    async with stage.pool.database.reading() as connection:
        rows = await connection.fetch("SELECT kind, once_key FROM notices WHERE person_id = $1 AND kind LIKE 'reminder_close%'", person.person_id)
    return sorted((row["kind"], row["once_key"]) for row in rows)


async def test_each_deadline_is_told_once_and_what_is_late_goes_to_officers_too(stage: Stage) -> None:
    officer = await add_person(stage.pool, "Olga Officer", "ue", "officer")
    async with stage.pool.database.reading() as connection:
        days = await close_schedule.due_days(connection, (await close_schedule.current(connection, date(2026, 7, 5))))  # type: ignore[arg-type]
    assert {name: day.isoformat() for name, day in days.items()} == {
        "statements": "2026-07-06", "extracts": "2026-07-07", "report": "2026-07-10", "signatures": "2026-07-15",
    }  # fmt: skip
    for day, count in ((5, 0), (10, 1), (10, 1), (14, 1), (15, 2), (16, 3), (20, 4), (21, 4)):
        stage.clock.now = datetime(2026, 7, day, 15, 0, tzinfo=UTC)
        await reminders.remind(stage.pool)
        assert len(await told(stage, stage.ue)) == count, day
    assert len(await told(stage, officer)) == 1, "five days late"
    assert {row.kind for row in await home.waiting(stage.pool, stage.ue)} >= {"prepare_close"}


async def test_a_fixed_report_waits_for_each_treasurer_until_they_signed(stage: Stage) -> None:
    await stage.fix(by=stage.unifor)
    for who in (stage.ue, stage.unifor):
        assert ("sign_close", JUNE) in [(row.kind, row.subject) for row in await home.waiting(stage.pool, who)]
    await stage.sign(stage.ue)
    assert "sign_close" not in [row.kind for row in await home.waiting(stage.pool, stage.ue)]
    assert "sign_close" in [row.kind for row in await home.waiting(stage.pool, stage.unifor)]


async def test_the_schedule_says_what_is_due_when_and_which_union_is_late(stage: Stage) -> None:
    june, july, august = await close_schedule.show_schedule(stage.pool, stage.unifor)
    assert [each.close.number for each in (june, july, august)] == [JUNE, "CL-2026-07", "CL-2026-08"]
    assert {due.name: due.due_on.isoformat() for due in june.dues} == {
        "statements": "2026-07-06", "extracts": "2026-07-07", "report": "2026-07-10", "signatures": "2026-07-15",
    }  # fmt: skip
    assert june.escalates_on == date(2026, 7, 20) and all(due.done is None for due in july.dues)
    await stage.fix()
    await stage.sign(stage.ue)
    stage.clock.now = datetime(2026, 7, 16, 15, 0, tzinfo=UTC)
    (june, *_) = await close_schedule.show_schedule(stage.pool, stage.unifor)
    assert {due.name: (due.done, due.late) for due in june.dues}["signatures"] == ({"ue": True, "unifor": False}, ["unifor"])
    await stage.sign(stage.unifor)
    assert [each.close.number for each in await close_schedule.show_schedule(stage.pool, stage.ue)] == ["CL-2026-07", "CL-2026-08"]


async def test_a_treasury_adds_names_and_removes_a_holiday_and_due_days_follow(stage: Stage) -> None:
    pool, day = stage.pool, date(2026, 7, 6)

    async def statements_due() -> str:
        return (await close_schedule.show_schedule(pool, stage.ue))[0].dues[0].due_on.isoformat()

    for name in ("Strom", "Storm"):
        await holidays.put_holiday(pool, stage.ue, stage.key(), Holiday("CA", day, name, "Tempête", "Bank of Canada, notice of July 3"))
    assert [each.name_en for each in await holidays.list_holidays(pool, stage.unifor, day, day)] == ["Storm"]
    assert await statements_due() == "2026-07-07"
    await holidays.remove_holiday(pool, stage.unifor, stage.key(), "CA", day)
    assert await statements_due() == "2026-07-06"
    await refused(holidays.remove_holiday(pool, stage.unifor, stage.key(), "CA", day), "not_found")
    await refused(holidays.put_holiday(pool, stage.ue, stage.key(), Holiday("FR", day, "Storm", "Tempête", "Radio")), "choice_invalid")
    await refused(holidays.put_holiday(pool, stage.ue, stage.key(), Holiday("CA", day, " ", "Tempête", "Radio")), "text_invalid")
    officer = await add_person(pool, "Olga Officer", "ue", "officer")
    await refused(holidays.put_holiday(pool, officer, stage.key(), Holiday("CA", day, "Storm", "Tempête", "Radio")), "not_allowed")


async def test_due_days_are_set_from_a_month_on_and_what_is_due_does_not_move(stage: Stage) -> None:
    pool = stage.pool

    async def reports_due() -> list[str]:
        return [month.dues[2].due_on.isoformat() for month in await close_schedule.show_schedule(pool, stage.ue)]

    async def put(since: date, *days: int, by: Actor = stage.ue) -> None:
        await close_schedule.set_deadlines(pool, by, stage.key(), since, Deadlines(*days))

    assert await reports_due() == ["2026-07-10", "2026-08-12", "2026-09-10"]
    await put(date(2026, 8, 14), 2, 3, 5, 8)
    assert await reports_due() == ["2026-07-10", "2026-08-12", "2026-09-08"], "from the month of that day on"
    await put(date(2026, 7, 1), 4, 4, 9, 12, by=stage.unifor)
    assert await reports_due() == ["2026-07-10", "2026-08-14", "2026-09-08"], "July is not over, and August has days of its own"
    await put(date(2026, 8, 1), 2, 3, 6, 8)
    kept = [(each.since.isoformat(), each.deadlines.report, each.union) for each in await close_schedule.list_deadlines(pool, stage.unifor)]
    assert kept == [("2026-08-01", 6, "ue"), ("2026-07-01", 9, "unifor")]
    for since, days, reason in ((date(2026, 6, 30), (3, 4, 7, 10), "month"), (date(2026, 8, 1), (3, 4, 7, 21), "range"),
                                (date(2026, 8, 1), (3, 7, 4, 10), "order"), (date(2026, 8, 1), (0, 4, 7, 10), "range")):  # fmt: skip
        assert (await refused(put(since, *days), "schedule_invalid")).params["reason"] == reason
    await refused(put(date(2026, 8, 1), 3, 4, 7, 10, by=await add_person(pool, "Olga Officer", "ue", "officer")), "not_allowed")
    async with pool.database.reading() as connection:
        said = await connection.fetch("SELECT details FROM audit WHERE action = 'set_close_deadlines' AND details ? 'before'")
    first = next(each["details"] for each in said if each["details"]["from"] == "2026-08-01" and each["details"]["report"] == 5)
    assert (len(said), first["before"]) == (3, {"statements": 3, "extracts": 4, "report": 7, "signatures": 10})
