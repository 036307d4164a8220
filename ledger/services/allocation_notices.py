"""Say who is told of what happens to a request: who asked, who must decide next, and who pays."""

from ledger.domain.allocations import totals
from ledger.domain.approvals import Requirement
from ledger.domain.notices import Fact, Notice
from ledger.services.allocation_cases import Case
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage import allocations as store
from ledger.storage.database import Connection

# Whom each notice goes to: who asked and leads, who must decide now, who has decided, and the treasurers who pay.
AUDIENCE: dict[str, tuple[str, ...]] = {
    "request_submitted": ("deciders",),
    "approvals_voided": ("deciders", "decided"),
    "request_returned": ("asker", "decided"),
    "request_commented": ("asker", "decided"),
    "request_approved_by_union": ("asker", "deciders"),
    "request_needs_board": ("asker", "deciders"),
    "request_committed": ("asker", "payers"),
    "request_rejected": ("asker", "decided"),
    "request_withdrawn": ("decided", "deciders"),
    "request_suspended": ("asker", "decided", "payers"),
    "request_resumed": ("asker", "deciders", "payers"),
    "request_paid": ("asker",),
    "request_completed": ("asker",),
    "request_expired": ("asker", "payers"),
    "request_needs_approval": ("deciders",),
}
ROLES_OF = {"officer": ("officer", "secretary_treasurer"), "secretary_treasurer": ("secretary_treasurer",), "board": ("board_member",)}


async def tell(w: Work, case: Case, kind: str, once: str, **facts: Fact) -> None:
    """Tell everybody concerned but who did it, once for each occasion. ``facts`` say what is particular to it."""
    people = [person for group in AUDIENCE[kind] for person in await _people(w, case, group)]
    notice = Notice(
        kind=kind, subject=case.allocation.number, url=f"/requests/{case.allocation.number}", to=tuple(dict.fromkeys(people)), once=once,
        facts={
            "by": w.actor.name, "union": case.allocation.union, "campaign": case.campaign.name, "amounts": totals(case.revision.lines),
            "needed_on": case.revision.needed_by.isoformat(), **facts,
        },
    )  # fmt: skip
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


async def _people(w: Work, case: Case, group: str) -> list[int]:
    if group == "asker":
        return [case.allocation.requested_by, case.campaign.lead_id]
    if group == "decided":
        return [decision.person_id for decision in case.decisions]
    if group == "payers":
        return list(await store.people_with(w.connection, ["treasurer"], [union.code for union in case.rules.unions], w.today))
    return [person for need in case.missing or case.needed for person in await deciders(w, case, need)]


async def deciders(w: Work, case: Case, need: Requirement) -> list[int]:
    """The people who could fill a requirement; who asked or leads the campaign cannot."""
    return await who_could(w.connection, case, need)


async def who_could(connection: Connection, case: Case, need: Requirement) -> list[int]:
    """The same, outside of an operation; on the day the case was read for."""
    unions = [need.union] if need.union else [union.code for union in case.rules.unions]
    found = await store.people_with(connection, ROLES_OF[need.capacity], unions, case.rules.day)
    return [person for person in found if person not in (case.allocation.requested_by, case.campaign.lead_id)]
