"""Say what of strikes waits for one person: a union's word, a roster, a week's run or advance, and the strike's own steps.

What waits of advances once they are proposed is ``strike_advance_queue``'s.
"""

from datetime import date, datetime

from ledger.domain.actors import Actor
from ledger.domain.home import Waiting
from ledger.domain.strike_runs import PAY
from ledger.domain.strike_weeks import Next
from ledger.services.pool import ZONE
from ledger.services.strike_weeks import Standing, standings
from ledger.storage import strike_run_payments
from ledger.storage import strikes as store
from ledger.storage.database import Connection
from ledger.storage.private import rosters_of
from ledger.storage.strikes import StrikeFilter

# The kind of row for each step.
KINDS = {
    "authorise": "authorise_strike", "begin": "begin_strike", "import_roster": "import_roster", "start_run": "start_run",
    "compute_run": "compute_run", "submit_run": "submit_run", "approve_run": "approve_run", "pay_run": "pay_run",
    "start_advance": "start_advance", "close": "close_strike", "set_amounts": "set_strike_amounts",
}  # fmt: skip
PERMISSIONS = (
    "authorise_strike", "manage_strikes", "manage_roster", "prepare_run", "prepare_advance", "approve_run", "pay_run", "change_strike_rules",
)  # fmt: skip


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What the actor can do now about the strikes that are not settled."""
    if actor.union is None or not any(actor.can(permission) for permission in PERMISSIONS):
        return []
    # Of the other union's strikes nothing waits here but one's own union's word.
    live = [each for each in await store.strikes(connection, StrikeFilter(live=True)) if each.union == actor.union or each.state == "notice"]
    found = await standings(connection, actor, live, today, costs=False) if live else []
    rows = [_row(each, step, today) for each in found for step in each.steps if step.what in KINDS and step.is_for(actor)]
    return rows + await _stopped(connection, actor)


async def _stopped(connection: Connection, actor: Actor) -> list[Waiting]:
    """Payments that were stopped and can be issued again, by run: how many and how much, and nobody's name."""
    if actor.union is None or not actor.can(PAY):
        return []
    async with rosters_of(connection, actor.union):
        found = await strike_run_payments.stopped(connection, actor.union)
    return [
        Waiting(
            kind="reissue_payments", subject=run, url=f"/strikes/runs/{run}/payments", union=actor.union, since=since, amount_minor=amount,
            currency=currency, facts={"strike": name, "count": count},
        )
        for run, name, currency, count, amount, since in found
    ]  # fmt: skip


def _row(each: Standing, step: Next, today: date) -> Waiting:
    support = next((one for row in each.weeks for one in row.supports if one.number == step.number), None) if step.number else None
    return Waiting(
        kind=KINDS[step.what], subject=step.number or each.strike.number, url=step.url, union=each.strike.union, since=_day(step.since, today),
        amount_minor=support.amount_minor if support else None, currency=support.currency if support else None,
        facts={"strike": each.strike.name, "week": step.week},
    )  # fmt: skip


def _day(since: datetime | date | None, today: date) -> date:
    if isinstance(since, datetime):
        return since.astimezone(ZONE).date()
    return since or today
