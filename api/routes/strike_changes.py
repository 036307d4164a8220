"""Answer in JSON for what changed after a week was computed, and take it up."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.routes.strike_run_schemas import RunOut, done_out
from api.routes.strike_runs import FIX, READ, ROSTER
from api.schemas import Amount, IdempotencyKey, amount
from ledger.domain.actors import Actor
from ledger.services import strike_changes as service
from ledger.services import strike_run_views
from ledger.services.pool import Pool

Number = FromPath[str]


class RunChangesOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many members' lines would be others by now, and what they were paid too little and too much; null where a small count is held back."""

    members: int | None
    too_little: Amount | None
    too_much: Amount | None


class RunChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One member whose line would be another by now; `difference` above zero was paid too little."""

    member: int
    reference: str
    name: str
    local: str
    difference: Amount


class RunChangesController(Controller):
    """What changed after a week was computed."""

    path = "/strikes/runs/{run:str}"
    tags = ("Strike runs",)

    @get("/changes/totals", opt=READ, operation_id="getRunChanges")
    async def totals(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number) -> RunChangesOut:
        """How much roster and duty changed since the run was computed, in figures."""
        known = (await strike_run_views.show_run(pool, actor, run)).run
        nothing = service.Changes(known.number, known.week, 0, 0, 0)
        found = next(iter(await service.summaries(pool, actor, known)), nothing)
        sums = [None if minor is None else amount(minor, known.currency) for minor in (found.more_minor, found.less_minor)]
        return RunChangesOut(members=found.members, too_little=sums[0], too_much=sums[1])

    @get("/changes", opt=ROSTER, operation_id="listRunChanges")
    async def list_changes(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number) -> list[RunChangeOut]:
        """Whose line would be another by now. Every call is in the audit trail."""
        found = await service.list_changes(pool, actor, run)
        return [
            RunChangeOut(
                member=each.member, reference=each.reference, name=each.name, local=each.local,
                difference=amount(each.difference_minor, found.run.currency),
            )
            for each in found.items
        ]  # fmt: skip

    @post("/changes/adjustments", opt=FIX, operation_id="takeUpRunChanges", status_code=200)
    async def take_up(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, key: IdempotencyKey) -> RunOut:
        """Take every difference up: the next run pays what was too little, and recovers what was too much."""
        return done_out(await service.take_up(pool, actor, key, run), actor)


ROUTES = [RunChangesController]
