"""Fill new books with a plausible year of invented figures, through the same services that people use.

The year ends today; every entry is recorded on its own day by a clock that walks through the year. No name or figure is real.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta

from ledger.domain.refusals import Refusal
from ledger.services import sample_payees
from ledger.services.pool import ZONE, running
from ledger.services.sample_bank import bank_steps
from ledger.services.sample_between import between_steps
from ledger.services.sample_campaigns import campaign_steps
from ledger.services.sample_closes import Closing, close_steps
from ledger.services.sample_comparison import comparison_steps
from ledger.services.sample_members import member_page_steps
from ledger.services.sample_people import add_people, bank_accounts, mark_seen
from ledger.services.sample_requests import request_steps
from ledger.services.sample_retention import retention_steps
from ledger.services.sample_stage import DAYS, Clock, Planned, Stage
from ledger.services.sample_statement_requests import statement_request_steps
from ledger.services.sample_strikes import strike_steps
from ledger.services.sample_transfers import transfer_steps
from ledger.services.sample_webhooks import webhook_steps
from ledger.services.sample_year import walk_of_rates, year_steps
from ledger.storage.database import Database

SEED = 20_260_104


async def load_sample(database: Database, closing: Closing, progress: Callable[[int, int], None] | None = None) -> int:
    """Fill empty books with the sample year; how many steps it took. ``closing`` makes the reports of its closes; ``progress`` is told (done, of)."""
    clock = Clock()
    today = clock().astimezone(ZONE).date()
    async with running(database, clock) as pool:
        chance = random.Random(SEED)
        first = today - timedelta(days=DAYS)
        clock.set(first)
        stage = Stage(pool, await add_people(pool, first), await bank_accounts(pool), chance, walk_of_rates(chance, first - timedelta(days=7), today))
        plan = sorted([*_plan(stage, first, today), *close_steps(today, closing)], key=lambda planned: (planned.day, planned.order))
        for done, planned in enumerate(plan, 1):
            if clock.now.astimezone(ZONE).date() != planned.day:
                clock.set(planned.day)
            await _take(stage, planned)
            clock.tick()
            if progress and done % 20 == 0:
                progress(done, len(plan))
        await mark_seen(pool)
    return len(plan)


def _plan(stage: Stage, first: date, today: date) -> list[Planned]:
    plan = [*year_steps(stage, first, today), *transfer_steps(stage, first, today)]
    plan += [Planned(*step) for step in campaign_steps(first)]
    plan += [Planned(*step) for step in sample_payees.steps(first, today)]
    plan += statement_request_steps(today)
    plan += [Planned(*step) for step in request_steps(first, today)]
    plan += [Planned(*step) for step in strike_steps(first, today)]
    plan += [Planned(*step) for step in between_steps(first, today)]
    plan += [Planned(*step) for step in bank_steps(today)]
    plan += [Planned(*step) for step in comparison_steps(today)]
    plan += [Planned(*step) for step in webhook_steps(today)]
    plan += [Planned(*step) for step in retention_steps(today)]
    plan += [Planned(*step) for step in member_page_steps(today)]
    return [planned for planned in plan if planned.day <= today]


async def _take(stage: Stage, planned: Planned) -> None:
    # A cost that its fund cannot bear any more is refused as in life; everything else must pass.
    try:
        await planned.step(stage)
    except Refusal as refusal:
        if refusal.code not in ("insufficient_balance", "insufficient_available", "nothing_to_revalue"):
            raise
