"""Say who is told of medical support, a hardship grant or a loan: who must act next, and who asked of what became of it.

A notice leaves the house by e-mail, so it says a number, a strike and an amount: never for whom, never which kind.
"""

from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import Notice
from ledger.domain.strike_grants import APPROVE, PAY, Grant
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage.allocations import people_with


async def tell(w: Work, grant: Grant, step: str, amount_minor: int) -> None:
    """Tell of a step just taken; ``amount_minor`` is what moved or is to move, a part of the grant where a part came back."""
    for kind, people in (await _told(w, grant, step)).items():
        notice = Notice(
            kind=kind, subject=grant.number, url=f"/strikes/grants/{grant.number}", to=tuple(dict.fromkeys(people)), once=f"{step} {w.now.isoformat()}",
            facts={"by": w.actor.name, "strike": grant.strike_name, "amounts": {grant.currency: amount_minor}},
        )  # fmt: skip
        await notify(w.connection, [notice], w.now, but=w.actor.person_id)


async def _told(w: Work, grant: Grant, step: str) -> dict[str, list[int]]:
    """The people by the kind of notice that a step makes."""
    took_part = [person for person in (grant.proposed_by, grant.approved_by) if person is not None]
    next_permission = PAY if grant.approved_by else APPROVE
    could = [person for person in await _people(w, next_permission, grant) if person not in took_part]
    match step:
        case "proposed":
            return {"grant_to_approve": could}
        case "approved":
            return {"grant_to_pay": could, "grant_approved": [grant.proposed_by]}
        case "cancelled":
            # Those it waited for need not look for it any longer.
            return {"grant_cancelled": took_part + could}
        case "refused":
            return {"grant_refused": [grant.proposed_by]}
        case _:
            return {f"grant_{step}": took_part}


async def _people(w: Work, permission: str, grant: Grant) -> list[int]:
    return list(await people_with(w.connection, sorted(PERMISSIONS[permission][0]), [grant.union], w.today))
