"""Give the sample year two filings and a hold on the records of Unifor, so that the page of retention has something to show."""

from datetime import date, timedelta

from ledger.domain.retention import PlaceHold, RecordFiling
from ledger.services import holds, retention
from ledger.services.sample_stage import Stage, Step

FORMS = {"ue": "LM-2", "unifor": "T2"}


def retention_steps(today: date) -> list[tuple[date, int, Step]]:
    """Each union filed its last year's report, and one hold stands since three weeks ago."""
    return [(today - timedelta(days=40), 98, _file), (today - timedelta(days=21), 98, _hold)]


async def _file(stage: Stage) -> None:
    today = stage.pool.today()
    for union, form in FORMS.items():
        asked = RecordFiling(union=union, form=form, fiscal_year_end=date(today.year - 1, 12, 31), filed_on=today)
        await retention.record_filing(stage.pool, stage.actors[f"{union} treasurer"], stage.key(), asked)


async def _hold(stage: Stage) -> None:
    asked = PlaceHold(scope="union", union="unifor", reason="Sample: a grievance about a plant closure is being heard")
    await holds.place_hold(stage.pool, stage.actors["unifor treasurer"], stage.key(), asked)
