"""Answer in JSON what of each month's close is due when and who is late, and keep the days on which banks do not work."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.close_schedule import EARLIEST_DAY, LATEST_DAY, Deadlines, Version
from ledger.services import close_schedule, holidays
from ledger.services.closes import PREPARE, READ
from ledger.services.holidays import CHANGE, NAME_MAXIMUM, SOURCE_MAXIMUM
from ledger.services.pool import Pool
from ledger.storage.holidays import Holiday

_Country = Literal["CA", "US"]
_Day = Annotated[int, msgspec.Meta(ge=EARLIEST_DAY, le=LATEST_DAY)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAXIMUM)]


class CloseDueOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a close: `what` is statements, extracts, report or signatures; `done` by union, null while the month is not over."""

    what: Literal["statements", "extracts", "report", "signatures"]
    due_on: date
    done: dict[str, bool] | None
    late: list[str]


class CloseDueMonthOut(msgspec.Struct, frozen=True, kw_only=True):
    """A month that is over and not signed by both, or one of the next two; from `escalates_on` officers are told as well."""

    close: str
    first: date
    last: date
    dues: list[CloseDueOut]
    escalates_on: date


class CloseDeadlines(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """On which business day after a month each thing of its close is due, none before what it rests on."""

    statements: _Day
    extracts: _Day
    report: _Day
    signatures: _Day


class CloseDeadlinesOut(msgspec.Struct, frozen=True, kw_only=True):
    """Due days of the months from `since` on; who set them and when."""

    since: date
    deadlines: CloseDeadlines
    set_by: str
    union: str
    set_at: datetime


class CloseDeadlinesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Due days, and a day of the first month that they hold for: this one or a later one."""

    since: date
    deadlines: CloseDeadlines


class HolidayOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which banks of a country do not work."""

    country: _Country
    day: date
    name_en: str
    name_fr: str
    source: str


class HolidayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A holiday with its name in both languages and where it is written."""

    country: _Country
    day: date
    name_en: _Name
    name_fr: _Name
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=SOURCE_MAXIMUM)]


class CloseScheduleController(Controller):
    """Due days of closes."""

    path = "/close-schedule"
    tags = ("Closes",)

    @get("/", opt={"permission": READ}, operation_id="getCloseSchedule")
    async def schedule(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[CloseDueMonthOut]:
        """What is due when: by business days of both countries, month by month, the oldest first."""
        return [
            CloseDueMonthOut(
                close=each.close.number, first=each.close.starts_on, last=each.close.ends_on, escalates_on=each.escalates_on,
                dues=[CloseDueOut(what=due.name, due_on=due.due_on, done=due.done, late=due.late) for due in each.dues],  # type: ignore[arg-type]
            )
            for each in await close_schedule.show_schedule(pool, actor)
        ]  # fmt: skip

    @get("/deadlines", opt={"permission": READ}, operation_id="listCloseDeadlines")
    async def deadlines(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[CloseDeadlinesOut]:
        """Due days as they were set, the newest month first; for months before the first the 3rd, 4th, 7th and 10th business day hold."""
        return [_deadlines_out(each) for each in await close_schedule.list_deadlines(pool, actor)]

    @post("/deadlines", opt={"permission": PREPARE, "answers": (422,)}, operation_id="setCloseDeadlines", status_code=200)
    async def set_deadlines(self, by: NamedDependency[By], data: JSONBody[CloseDeadlinesIn]) -> list[CloseDeadlinesOut]:
        """Set the due days of a month and of those after it; what is due already does not move."""
        asked = Deadlines(**msgspec.structs.asdict(data.deadlines))
        return [_deadlines_out(each) for each in await close_schedule.set_deadlines(*by, data.since, asked)]


def _deadlines_out(each: Version) -> CloseDeadlinesOut:
    days = CloseDeadlines(**msgspec.structs.asdict(each.deadlines))
    return CloseDeadlinesOut(since=each.since, deadlines=days, set_by=each.person, union=each.union, set_at=each.at)


class HolidaysController(Controller):
    """Days on which banks do not work."""

    path = "/holidays"
    tags = ("Closes",)

    @get("/", opt={"permission": READ}, operation_id="listHolidays")
    async def list_holidays(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        year: Annotated[int | None, QueryParameter(ge=2017, le=2199, description="The year; this one where left out")] = None,
        country: Annotated[_Country | None, QueryParameter(description="One country; both where left out")] = None,
    ) -> list[HolidayOut]:  # fmt: skip
        """The holidays of a year, by day."""
        wanted = year or pool.today().year
        found = await holidays.list_holidays(pool, actor, date(wanted, 1, 1), date(wanted, 12, 31), country)
        return [_out(each) for each in found]

    @post("/", opt={"permission": CHANGE}, operation_id="putHoliday", status_code=200)
    async def put_holiday(self, by: NamedDependency[By], data: JSONBody[HolidayIn]) -> HolidayOut:
        """Say that banks do not work on a day; what was kept of the day is replaced. Due days and days that need a rate follow."""
        return _out(await holidays.put_holiday(*by, Holiday(data.country, data.day, data.name_en, data.name_fr, data.source)))

    @post("/{country:str}/{day:date}/removal", opt={"permission": CHANGE, "answers": (422,)}, operation_id="removeHoliday", status_code=204)
    async def remove_holiday(
        self, by: NamedDependency[By], country: Annotated[str, PathParameter(max_length=2, description="CA or US")], day: FromPath[date]
    ) -> None:
        """Say that banks work on a day after all."""
        await holidays.remove_holiday(*by, country, day)


def _out(each: Holiday) -> HolidayOut:
    return HolidayOut(country=each.country, day=each.day, name_en=each.name_en, name_fr=each.name_fr, source=each.source)  # type: ignore[arg-type]


ROUTES = [CloseScheduleController, HolidaysController]
