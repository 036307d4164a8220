"""Say what stands between the unions and waits for one person, and tell the other union's treasurers of it."""

from datetime import date

from ledger.domain.actors import PERMISSIONS, Actor
from ledger.domain.home import Waiting
from ledger.domain.loans import Loan
from ledger.domain.mirrors import SETTLE, Step
from ledger.domain.notices import Fact, Notice
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.services.pool import ZONE
from ledger.storage import loans as loan_store
from ledger.storage import mirrors as store
from ledger.storage.allocations import people_with
from ledger.storage.database import Connection
from ledger.storage.mirrors import StepFilter

MAXIMUM = 200


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """Steps and terms of loans that the other union proposed and the actor can decide about."""
    if actor.union is None or not actor.can(SETTLE):
        return []
    steps = await store.steps(connection, StepFilter(state="proposed", union=actor.union), limit=MAXIMUM)
    loans = await loan_store.loans(connection, "proposed", actor.union, None, MAXIMUM)
    return [_step_row(each) for each in steps if each.proposed_union != actor.union] + [
        _loan_row(each) for each in loans if each.proposed_union != actor.union
    ]


def _step_row(step: Step) -> Waiting:
    assert step.proposed_at is not None, "a kept step has its moment"
    return Waiting(
        kind=f"accept_{step.kind}", subject=step.number, url=f"/steps/{step.number}", union=step.proposed_union,
        since=step.proposed_at.astimezone(ZONE).date(), amount_minor=step.amount_minor, currency=step.currency, facts={"record": step.subject},
    )  # fmt: skip


def _loan_row(loan: Loan) -> Waiting:
    return Waiting(
        kind="agree_to_loan", subject=loan.number, url=f"/loans/{loan.number}", union=loan.proposed_union,
        since=loan.proposed_at.astimezone(ZONE).date(), amount_minor=loan.limit_minor, currency=loan.currency,
    )  # fmt: skip


async def tell_step(w: Work, step: Step) -> None:
    """Tell the treasurers who decide about a proposed step, or the person who proposed one what became of it."""
    if step.state == "proposed":
        await _tell_union(w, "step_to_accept", step.number, f"/steps/{step.number}", step.other_union, {step.currency: step.amount_minor})
        return
    kind = "step_accepted" if step.state == "accepted" else "step_declined"
    await _tell(w, kind, step.number, f"/steps/{step.number}", (step.proposed_by,), {step.currency: step.amount_minor})


async def tell_loan(w: Work, loan: Loan) -> None:
    """The same of a loan's terms."""
    other = loan.borrower if loan.proposed_union == loan.lender else loan.lender
    if loan.state == "proposed":
        await _tell_union(w, "loan_to_agree", loan.number, f"/loans/{loan.number}", other, {loan.currency: loan.limit_minor})
        return
    kind = "loan_agreed" if loan.state == "agreed" else "loan_declined"
    await _tell(w, kind, loan.number, f"/loans/{loan.number}", (loan.proposed_by,), {loan.currency: loan.limit_minor})


async def _tell_union(w: Work, kind: str, subject: str, url: str, union: str, amounts: dict[str, int]) -> None:
    people = await people_with(w.connection, sorted(PERMISSIONS[SETTLE][0]), [union], w.today)
    await _tell(w, kind, subject, url, tuple(people), amounts)


async def _tell(w: Work, kind: str, subject: str, url: str, to: tuple[int, ...], amounts: dict[str, int]) -> None:
    facts: dict[str, Fact] = {"by": w.actor.name, "union": w.actor.union or "", "amounts": amounts}
    await notify(w.connection, [Notice(kind=kind, subject=subject, url=url, to=to, once=w.now.isoformat(), facts=facts)], w.now, but=w.actor.person_id)
