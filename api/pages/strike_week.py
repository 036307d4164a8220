"""Show a benefits officer's week on one page: of each strike of their union the roster, the duty, the run or advances, and what waits for whom."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.pages.contributions import word
from api.pages.funds import union_names
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.strike_weeks import WeekStanding
from ledger.services import strike_weeks as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import OfficersWeek
from reports.strike_words import next_button, next_text, state_chip, support_chip


class Waits(msgspec.Struct, frozen=True):
    """One thing that waits: a sentence, the label and address of its button where it is the reader's."""

    text: str
    label: str
    url: str


class StrikeWeek(msgspec.Struct, frozen=True):
    """One strike on the page: duty as (day, members), None where the day is to come; links to other weeks as (number, address)."""

    found: OfficersWeek
    chip: tuple[str, str]
    duty: list[tuple[date, int | None]]
    chips: dict[str, tuple[str, str]]
    waits: list[Waits]
    weeks: list[tuple[int, str]]


@get("/strikes/week", opt={"permission": "read_roster"})
async def show_week(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """This week, or another one of a strike by ``?strike=S-0001&week=3``."""
    number, names = word(request, "week") or "", await union_names(pool, reader)
    week = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0
    found = await service.officers_week(pool, reader.actor, (word(request, "strike") or "").upper(), week)
    shown = [_shown(reader, each, names, pool.today()) for each in found]
    return page(request, "strikes/week.html", reader=reader, help="strikes", shown=shown, union_name=names.get(reader.union_code or "", ""))


def _shown(reader: Reader, each: OfficersWeek, names: dict[str, str], today: date) -> StrikeWeek:
    strike, language = each.found.strike, reader.language
    return StrikeWeek(
        found=each, chip=state_chip(language, strike.state), duty=_duty(each.shown, each.paperwork.duty, today) if each.shown else [],
        chips={one.number: support_chip(language, one) for one in each.shown.supports} if each.shown else {},
        waits=[
            Waits(next_text(language, step, names), next_button(language, step) if step.is_for(reader.actor) else "", step.url) for step in each.found.steps
        ],
        weeks=[(row.week.number, f"/strikes/week?strike={strike.number}&week={row.week.number}") for row in each.found.weeks],
    )  # fmt: skip


def _duty(shown: WeekStanding, kept: dict[date, int], today: date) -> list[tuple[date, int | None]]:
    days = [shown.week.starts_on + timedelta(days=place) for place in range((shown.week.ends_on - shown.week.starts_on).days + 1)]
    return [(day, None if day > today else kept.get(day, 0)) for day in days]


PAGES = [show_week]
