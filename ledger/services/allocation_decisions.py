"""Decide about requests: approve, return, reject, step aside, resolve and vote in a board, suspend; the last approval sets the money aside.

Whether a person may is tested here, under the request's lock and by the rules of the day; whether the fund has it, by the posting rules.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

import msgspec

from ledger.domain import allocations as rules
from ledger.domain import approvals
from ledger.domain.actors import Actor
from ledger.domain.allocation_entries import Chart, draft_committed
from ledger.domain.allocations import DRAWING, REVIEW, Allocation, Commitment, State
from ledger.domain.approvals import Approver, Decided, Decision, Interest, Resolution, Vote
from ledger.domain.chart import JOINT
from ledger.domain.days import check_past_day
from ledger.domain.interests import Declaration
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    AlreadyDecided,
    ChoiceInvalid,
    QuorumMissing,
    RequestChanged,
)
from ledger.services.allocation_cases import Case, approver, check_board, check_nation, check_wanted, load_case
from ledger.services.allocation_notices import tell
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import allocation_payments as payments_store
from ledger.storage import allocations as store
from ledger.storage import approvals as rules_store
from ledger.storage import documents, reference
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

DECIDE = "decide_request"
RESOLUTION_MAXIMUM = 60
VOTES = ("for", "against", "abstain")


class Resolve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a union's board resolved in a meeting: the resolution's number and day, and the document, which the request already has."""

    number: str
    decided_on: date
    document: str
    outcome: str = "carried"


Step = Callable[[Work, Case, Approver], Awaitable[dict[str, object]]]


async def _decide(
    pool: Pool, actor: Actor, key: str, number: str, step: str, request: object, work: Step, *, permission: str = DECIDE, revision: int | None = None
) -> Allocation:
    """Run one step about a request as it is now, by somebody who may decide about it."""

    async def decide(w: Work) -> Done:
        case = await load_case(w.connection, number, w.today, lock=True)
        rules.check_step(case.allocation, step)
        if revision is not None and revision != case.allocation.revision:
            raise RequestChanged(request=case.allocation.number, revision=case.allocation.revision)
        who = await approver(w.connection, case.rules, w.actor)
        details = await work(w, case, who)
        return Done(await store.find(w.connection, case.allocation.number), subject=case.allocation.number, details=details)

    answer = await perform(pool, actor, f"{step}_request", key, {"request": number, "what": request}, decide, permission=permission)
    return msgspec.convert(answer, Allocation)


# --- officers -----------------------------------------------------------------------------------------------------------


async def take_up(pool: Pool, actor: Actor, key: str, number: str) -> Allocation:
    """Say that one has begun to look at it, so that who asked sees it."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        await _move(w, case, "in_review", "taken_up")
        return {}

    return await _decide(pool, actor, key, number, "take_up", None, work)


async def approve(pool: Pool, actor: Actor, key: str, number: str, revision: int, remark: str = "") -> Allocation:
    """Approve the revision that was read. The approval that leaves nothing missing sets the money aside, or is refused with it."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        since = case.allocation.material_revision
        capacity = check_wanted(case, who)
        await _decided(w, case, who, capacity, "approved", plain("reason", remark, rules.REASON_MAXIMUM))
        after = await load_case(w.connection, case.allocation.number, w.today)
        if not _missing_of(after, who.union) and _missing_of(case, who.union):
            await tell(w, after, "request_approved_by_union", once=f"{who.union}-{since}", union=who.union)
        await _advance(w, after)
        return {"capacity": capacity, "revision": revision, "tested_minor": case.tested_minor}

    return await _decide(pool, actor, key, number, "approve", [revision, remark], work, revision=revision)


def _missing_of(case: Case, union: str) -> list[approvals.Requirement]:
    return [need for need in case.missing if need.union == union and need.capacity != "board"]


async def _decided(w: Work, case: Case, who: Approver, capacity: str, decision: Decided, reason: str) -> None:
    new = Decision(who.person_id, who.union, capacity, decision, case.allocation.revision, reason)
    await store.add_decision(w.connection, case.allocation.number, new, w.now)
    await store.add_event(w.connection, case.allocation.number, who.person_id, decision, reason, w.now)


async def send_back(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Allocation:
    """Return a request for changes, with what should change."""
    return await _decline(pool, actor, key, number, "return", "returned", "request_returned", reason)


async def reject(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Allocation:
    """Decline a request, with the reason; it ends there."""
    return await _decline(pool, actor, key, number, "reject", "rejected", "request_rejected", reason)


async def _decline(
    pool: Pool, actor: Actor, key: str, number: str, step: str, decision: Decided, notice: str, reason: str
) -> Allocation:
    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await _decided(w, case, who, who.capacity, decision, text)
        state: State = "returned" if decision == "returned" else "rejected"
        await store.save(w.connection, case.allocation.number, state=state, state_since=w.now)
        await tell(w, case, notice, once=str(case.allocation.revision))
        return {"revision": case.allocation.revision}

    return await _decide(pool, actor, key, number, step, reason, work)


async def recuse(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Allocation:
    """Step aside from a request because of an interest; from then on one can decide nothing about it, and somebody else must."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        if Interest("request", case.allocation.number) in who.interests:
            raise AlreadyDecided(request=case.allocation.number)
        await rules_store.add_interest(w.connection, Declaration(
            id=ordered_id(), person_id=who.person_id, subject_kind="request", subject=case.allocation.number, reason=text, declared_at=w.now,
        ))  # fmt: skip
        await _decided(w, case, who, who.capacity, "recused", text)
        return {}

    return await _decide(pool, actor, key, number, "recuse", reason, work)


async def suspend(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Allocation:
    """Stop a request where it is, with the reason: nothing is decided or paid until it is resumed. What is set aside stays so."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        check_nation(case, who)
        text = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        await store.save(w.connection, case.allocation.number, state="suspended", state_since=w.now, paused_state=case.allocation.state)
        ordinal = await store.add_event(w.connection, case.allocation.number, who.person_id, "suspended", text, w.now)
        await tell(w, case, "request_suspended", once=str(ordinal))
        return {}

    return await _decide(pool, actor, key, number, "suspend", reason, work)


async def resume(pool: Pool, actor: Actor, key: str, number: str, remark: str = "") -> Allocation:
    """Let a suspended request go on from where it was."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        state = case.allocation.paused_state
        assert state is not None, "a suspended request remembers where it was"
        await store.save(w.connection, case.allocation.number, state=state, state_since=w.now, paused_state=None)
        text = plain("reason", remark, rules.REASON_MAXIMUM)
        ordinal = await store.add_event(w.connection, case.allocation.number, who.person_id, "resumed", text, w.now)
        await tell(w, case, "request_resumed", once=str(ordinal))
        return {}

    return await _decide(pool, actor, key, number, "resume", remark, work)


# --- boards -------------------------------------------------------------------------------------------------------------


async def record_resolution(pool: Pool, actor: Actor, key: str, number: str, revision: int, resolve: Resolve) -> Allocation:
    """Record what the actor's own union's board resolved in a meeting; one that lost ends the request."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        check_board(case, who.union)
        document = await _check_resolution(w, case, resolve)
        await _resolved(w, case, Resolution(
            union=who.union, revision=case.allocation.revision, number=plain("number", resolve.number, RESOLUTION_MAXIMUM, needed=True),
            decided_on=resolve.decided_on, outcome=resolve.outcome, source="meeting", document_id=document,
        ))  # fmt: skip
        return {"resolved": resolve.outcome}

    return await _decide(
        pool, actor, key, number, "resolve", [revision, resolve], work, permission="record_resolution", revision=revision
    )


async def _check_resolution(w: Work, case: Case, resolve: Resolve) -> str:
    """The id of the document; refuses a day that cannot be and a document that the request does not have."""
    if resolve.outcome not in ("carried", "lost"):
        raise ChoiceInvalid(field="outcome", value=resolve.outcome[:40])
    check_past_day("decided_on", resolve.decided_on, w.today)
    attached = {str(each.id) for each in await documents.documents_of(w.connection, "request", case.allocation.number)}
    if resolve.document not in attached:
        raise ChoiceInvalid(field="document", value=resolve.document[:40])
    return resolve.document


async def _resolved(w: Work, case: Case, new: Resolution) -> None:
    name = case.allocation.number
    await store.add_resolution(w.connection, name, new, w.actor.person_id, w.now)
    await store.add_event(w.connection, name, w.actor.person_id, f"board_{new.outcome}", new.number, w.now)
    after = await load_case(w.connection, name, w.today)
    if new.outcome == "carried":
        await _advance(w, after)
    elif case.allocation.state in REVIEW and _is_lost(after):
        await store.save(w.connection, name, state="rejected", state_since=w.now)
        await tell(w, case, "request_rejected", once=f"{new.union}-board-{new.revision}")


def _is_lost(case: Case) -> bool:
    """Whether a board that must agree did not; where any one will do, whether all of them did not."""
    since = case.allocation.material_revision
    lost = {r.union for r in case.resolutions if r.outcome == "lost" and r.revision >= since}
    deciding = {union.code for union in approvals.deciders(case.rules.matrix, case.rules.unions, case.fund)}
    return any(need.union in lost or (not need.union and lost >= deciding) for need in case.missing if need.capacity == "board")


async def vote(pool: Pool, actor: Actor, key: str, number: str, revision: int, choice: str, remark: str = "") -> Allocation:
    """Vote as a member of one's union's board, where the board decides here; decided as soon as no vote to come can change it."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        check_board(case, who.union)
        if choice not in VOTES:
            raise ChoiceInvalid(field="vote", value=choice[:40])
        given = await _votes(w, case, who.union)
        if any(each.person_id == who.person_id for each in given):
            raise AlreadyDecided(request=case.allocation.number)
        new = Vote(who.union, who.person_id, choice, plain("remark", remark, rules.REASON_MAXIMUM))
        await store.add_vote(w.connection, case.allocation.number, case.allocation.revision, new, w.now)
        await store.add_event(w.connection, case.allocation.number, who.person_id, f"voted_{choice}", new.remark, w.now)
        result = approvals.board_result(case.rules.matrix.board_rule(who.union), [*given, new])
        if result is not None:
            await _by_votes(w, case, who.union, result)
        return {"vote": choice, "result": result}

    return await _decide(pool, actor, key, number, "vote", [revision, choice, remark], work, permission="vote_in_board", revision=revision)


async def close_vote(pool: Pool, actor: Actor, key: str, number: str, revision: int) -> Allocation:
    """Close one's own board's vote once a quorum has voted; more for than against carries it."""

    async def work(w: Work, case: Case, who: Approver) -> dict[str, object]:
        approvals.check_approver(case.matter, who, case.rules.matrix)
        check_board(case, who.union)
        given, rule = await _votes(w, case, who.union), case.rules.matrix.board_rule(who.union)
        if len(given) < rule.quorum:
            raise QuorumMissing(request=case.allocation.number, union=who.union, votes=len(given), quorum=rule.quorum)
        result = approvals.closing_result(given)
        await _by_votes(w, case, who.union, result)
        return {"result": result, "votes": len(given)}

    return await _decide(pool, actor, key, number, "resolve", ["vote", revision], work, permission="record_resolution", revision=revision)


async def _votes(w: Work, case: Case, union: str) -> list[Vote]:
    given = (await store.votes(w.connection, [case.allocation.number])).get(case.allocation.number, [])
    return [each for each in given if each.union == union]


async def _by_votes(w: Work, case: Case, union: str, result: str) -> None:
    board = (await reference.union(w.connection, union)).board
    await _resolved(w, case, Resolution(
        union=union, revision=case.allocation.revision, number=f"{board} {case.allocation.number}/{case.allocation.revision}",
        decided_on=w.today, outcome=result, source="vote",
    ))  # fmt: skip


# --- what follows -------------------------------------------------------------------------------------------------------


async def _move(w: Work, case: Case, state: State, what: str = "") -> None:
    if what:
        await store.add_event(w.connection, case.allocation.number, w.actor.person_id, what, "", w.now)
    if state != case.allocation.state:
        await store.save(w.connection, case.allocation.number, state=state, state_since=w.now)


async def _advance(w: Work, case: Case) -> None:
    """Move a request to where its approvals put it; the last one sets the money aside."""
    if case.allocation.state in DRAWING:
        return
    if not case.missing:
        await _commit(w, case)
        return
    state = rules.state_in_review(case.missing, begun=bool(case.approvals))
    await _move(w, case, state)
    if state == "board_required" and case.allocation.state != "board_required":
        await tell(w, case, "request_needs_board", once=str(case.allocation.material_revision))


async def _commit(w: Work, case: Case) -> None:
    name, revision = case.allocation.number, case.revision
    await store.add_event(w.connection, name, w.actor.person_id, "all_approved", "", w.now)
    chart = await encumbrance_chart(w.connection, case, list(rules.totals(revision.lines)))
    (posted,) = await w.post(draft_committed(name, revision.purpose, revision.lines, chart, w.today))
    await payments_store.add_commitments(
        w.connection, name,
        [Commitment(ordinal=line.ordinal, currency=line.currency, committed_minor=line.amount_minor) for line in revision.lines],
    )  # fmt: skip
    expires_on = rules.expiry(w.today, revision.needed_by, case.rules.matrix.draw_days)
    await store.save(w.connection, name, state="committed", state_since=w.now, expires_on=expires_on)
    await store.add_event(w.connection, name, w.actor.person_id, "committed", "", w.now, posted.number)
    await tell(w, case, "request_committed", once=str(revision.revision), expires_on=expires_on.isoformat())


async def encumbrance_chart(connection: Connection, case: Case, currencies: Sequence[str]) -> Chart:
    """The accounts that set money aside, in these currencies."""
    return Chart(
        case.fund,
        {code: await reference.account_for(connection, JOINT, "encumbrances", code) for code in currencies},
        {code: await reference.account_for(connection, JOINT, "encumbrance_reserve", code) for code in currencies},
    )
