"""Give the sample year a members' page: the last quarter that is over, approved by both unions and switched on by both."""

from datetime import date, timedelta

from ledger.domain.member_pages import days_of, quarter_of
from ledger.services import member_pages
from ledger.services.sample_stage import Stage, Step

TEXT_EN = "Sample: this quarter our two unions stood by members on strike, and shared what they know."
TEXT_FR = "Exemple\u00a0: ce trimestre, nos deux syndicats ont soutenu des membres en grève et partagé leur savoir."


def member_page_steps(today: date) -> list[tuple[date, int, Step]]:
    """Proposed and approved on one day, soon after the quarter."""
    last = days_of(quarter_of(today))[0] - timedelta(days=1)
    return [(min(last + timedelta(days=20), today), 98, _publish(quarter_of(last)))]


def _publish(quarter: str) -> Step:
    async def step(stage: Stage) -> None:
        officers = [stage.actors[f"{union} officer"] for union in ("unifor", "ue")]
        made = await member_pages.propose(stage.pool, officers[0], stage.key(), quarter, TEXT_EN, TEXT_FR)
        for officer in officers:
            await member_pages.approve(stage.pool, officer, stage.key(), quarter, made.version)
            await member_pages.switch(stage.pool, officer, stage.key(), True)

    return step
