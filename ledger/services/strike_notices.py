"""Say who is told of a strike and of its weekly runs: who must act next, or who waited for it. No notice names a member."""

from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import Fact, Notice
from ledger.domain.strike_runs import APPROVE, Run
from ledger.domain.strikes import AUTHORISE, MANAGE, Strike
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage.allocations import people_with

# Who is told of a run, by the permission of their next step.
_OF_RUN = {"run_to_approve": "approve_run", "run_to_pay": "pay_run", "run_sent_back": "prepare_run"}


async def tell_recorded(w: Work, strike: Strike, unions: list[str]) -> None:
    """Ask officers of every union to authorise it."""
    await _tell(w, "strike_to_authorise", strike.number, f"/strikes/{strike.number}", AUTHORISE, unions, "1", strike=strike.name, union=strike.union)


async def tell_authorised(w: Work, strike: Strike) -> None:
    """Tell those who keep the strike that its support is authorised."""
    url = f"/strikes/{strike.number}"
    await _tell(w, "strike_authorised", strike.number, url, MANAGE, [strike.union], "1", strike=strike.name, union=strike.union)


async def tell_run(w: Work, run: Run, kind: str) -> None:
    """Tell who acts next on a run; a run of another revision is another occasion."""
    facts: dict[str, Fact] = {"strike": run.strike_name, "week": run.week, "amounts": {run.currency: run.pay_minor}}
    once = f"{run.revision} {w.now.isoformat()}"
    await _tell(w, kind, run.number, f"/strikes/runs/{run.number}", _OF_RUN[kind], [run.union], once, **facts)


async def tell_write_off(w: Work, run: Run, ordinal: int, amount_minor: int) -> None:
    """Ask approvers of the union to decide about a write-off; by the run and the amount alone."""
    url = f"/strikes/runs/{run.number}/write-offs/{ordinal}"
    facts: dict[str, Fact] = {"strike": run.strike_name, "week": run.week, "amounts": {run.currency: amount_minor}}
    await _tell(w, "write_off_to_approve", run.number, url, APPROVE, [run.union], str(ordinal), **facts)


async def _tell(w: Work, kind: str, subject: str, url: str, permission: str, unions: list[str], once: str, **facts: Fact) -> None:
    people = await people_with(w.connection, sorted(PERMISSIONS[permission][0]), unions, w.today)
    notice = Notice(kind=kind, subject=subject, url=url, to=tuple(people), once=once, facts={"by": w.actor.name, **facts})
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)
