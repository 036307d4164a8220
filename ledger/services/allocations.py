"""Draft, submit, change, withdraw and talk about requests for money, and read them: what was asked, who has it now, and what is left."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain import allocations as rules
from ledger.domain.accounts import Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocations import REVIEW, Allocation, Commitment, Content, Event, Line, Payment, Revision, State
from ledger.domain.approvals import Decision, Vote, check_fund, counting
from ledger.domain.campaigns import Figures
from ledger.domain.interests import Declaration
from ledger.domain.pledges import plain
from ledger.domain.refusals import CampaignState, ChoiceInvalid, FundClosed, NotFound, NotRequester, OtherUnion, RequestChanged, RequestState
from ledger.services.allocation_cases import Case, load_case, load_cases, load_rules
from ledger.services.allocation_notices import tell
from ledger.services.allocation_standing import Standing, standings
from ledger.services.operation import Done, Work, perform
from ledger.services.payees import named_payee
from ledger.services.pool import Pool
from ledger.storage import allocation_payments as payments_store
from ledger.storage import allocations as store
from ledger.storage import approvals as rules_store
from ledger.storage import documents, reference
from ledger.storage.allocations import Campaign, Filter, Place
from ledger.storage.database import Connection

PAGE_REQUESTS = 50
OPERATION = "request_allocation"


class Listed(msgspec.Struct, frozen=True):
    """A page of requests, drafts among them without a case, with their commitments and how many documents they have, by number."""

    items: list[Allocation]
    cases: dict[str, Case]
    commitments: dict[str, list[Commitment]]
    next: Place | None
    documents: dict[str, int] = {}


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One request whole. ``case`` is None for a draft that was never submitted; revisions are the latest last, and ``budget`` is what the
    lines of the campaign's budget are called, by their ordinal. ``interests`` are declared in anything of it; ``standing`` is the reader's
    own, None for who decides about no request.
    """

    allocation: Allocation
    case: Case | None
    revisions: list[Revision]
    commitments: list[Commitment]
    payments: list[Payment]
    votes: list[Vote]
    events: list[Event]
    standing: Standing | None = None
    interests: list[Declaration] = []
    budget: dict[int, str] = {}

    @property
    def submitted_case(self) -> Case:
        """The case; refuses a draft, about which nothing can be decided."""
        if self.case is None:
            raise RequestState(request=self.allocation.number, state=self.allocation.state)
        return self.case


class Money(msgspec.Struct):
    """Minor units of one currency: asked for, approved, spent, and still set aside to be paid."""

    asked_minor: int = 0
    approved_minor: int = 0
    spent_minor: int = 0
    left_minor: int = 0

    @property
    def returned_minor(self) -> int:
        """What was set aside and went back to the fund."""
        return self.approved_minor - self.spent_minor - self.left_minor


# --- drafting -----------------------------------------------------------------------------------------------------------


async def start_draft(pool: Pool, actor: Actor, key: str, values: Mapping[str, str]) -> Allocation:
    """Begin a request with what was typed so far; nobody else sees it until it is submitted."""

    async def work(w: Work) -> Done:
        allocation = await _started(w, values)
        return Done(allocation, subject=allocation.number)

    answer = await perform(pool, actor, "start_request", key, dict(values), work, permission=OPERATION)
    return msgspec.convert(answer, Allocation)


async def _started(w: Work, values: Mapping[str, str]) -> Allocation:
    if w.actor.union is None:
        raise NotFound(kind="union", id="")
    number = await w.next_number("A")
    await store.add(w.connection, number, w.actor.union, w.actor.person_id, rules.check_draft(values), w.now)
    await store.add_event(w.connection, number, w.actor.person_id, "started", "", w.now)
    return await store.find(w.connection, number)


async def save_draft(
    pool: Pool, actor: Actor, key: str, number: str, values: Mapping[str, str], seen: datetime | None = None
) -> Allocation:
    """Keep what was typed into a draft, or into a request that was returned, as it was typed. ``seen`` is when it was last saved as far as
    the writer knows: what was saved since then in another place is not written over.
    """

    async def work(w: Work) -> Done:
        allocation = await _own(w, number)
        rules.check_step(allocation, "save")
        _check_seen(allocation, seen)
        await store.save(w.connection, allocation.number, draft=rules.check_draft(values), saved_at=w.now)
        return Done(await store.find(w.connection, allocation.number), subject=allocation.number)

    request = {"request": number, "values": dict(values)}
    return msgspec.convert(await perform(pool, actor, "save_request", key, request, work, permission=OPERATION), Allocation)


def _check_seen(allocation: Allocation, seen: datetime | None) -> None:
    if seen is not None and seen != allocation.saved_at:
        raise RequestChanged(request=allocation.number, revision=allocation.revision)


async def _own(w: Work, number: str) -> Allocation:
    """The request, locked, where the actor asked for it or leads its campaign."""
    allocation = await store.find(w.connection, number, lock=True)
    if allocation.requested_by == w.actor.person_id:
        return allocation
    leads = allocation.campaign is not None and (await store.campaign_of(w.connection, allocation.campaign)).lead_id == w.actor.person_id
    if not leads or not allocation.revision:
        raise NotRequester(request=allocation.number)
    return allocation


# --- submitting and changing --------------------------------------------------------------------------------------------


async def submit(pool: Pool, actor: Actor, key: str, number: str, content: Content, seen: datetime | None = None) -> Allocation:
    """Submit a draft, submit a returned request again, or change one under review; a change of what matters voids what was approved.

    ``seen`` as in :func:`save_draft`.
    """

    async def work(w: Work) -> Done:
        allocation = await _own(w, number)
        _check_seen(allocation, seen)
        return await _submitted(w, allocation, content)

    request = {"request": number, "content": content}
    return msgspec.convert(await perform(pool, actor, "submit_request", key, request, work, permission=OPERATION), Allocation)


async def ask(pool: Pool, actor: Actor, key: str, content: Content) -> Allocation:
    """Ask for money in one step, without a draft before it."""

    async def work(w: Work) -> Done:
        return await _submitted(w, await _started(w, {}), content)

    return msgspec.convert(await perform(pool, actor, "submit_request", key, content, work, permission=OPERATION), Allocation)


async def _submitted(w: Work, allocation: Allocation, content: Content) -> Done:
    rules.check_step(allocation, "submit")
    revision = await _revision(w, allocation, content)
    voided = await _store_revision(w, allocation, revision)
    case = await load_case(w.connection, allocation.number, w.today)
    await tell(w, case, "approvals_voided" if voided else "request_submitted", once=str(revision.revision))
    details = {"revision": revision.revision, "voided": voided, "amounts": rules.totals(revision.lines)}
    return Done(case.allocation, subject=allocation.number, details=details)


async def _revision(w: Work, allocation: Allocation, content: Content) -> Revision:
    content, campaign, fund = await checked(w.connection, w.actor, content, w.today)
    lines = [
        Line(
            ordinal=ordinal, what=line.what, payee=await named_payee(w, line.payee) if line.payee else None, payee_name=line.payee,
            currency=line.currency, amount_minor=line.amount_minor, budget_line=line.budget_line,
        )
        for ordinal, line in enumerate(content.lines, 1)
    ]  # fmt: skip
    return Revision(
        revision=allocation.revision + 1, campaign=campaign.number, fund_id=fund.id, kind=content.kind, electoral=content.electoral,
        purpose=content.purpose, needed_by=content.needed_by, lines=tuple(lines), recorded_by=w.actor.person_id, recorded_at=w.now,
    )  # fmt: skip


async def checked(connection: Connection, actor: Actor, content: Content, today: date) -> tuple[Content, Campaign, Fund]:
    """The content with its texts tidied, its campaign and fund; refuses what the actor may not ask for."""
    content = rules.check_content(content, await reference.currencies(connection), today)
    campaign, fund = await store.campaign_of(connection, content.campaign), await reference.fund(connection, content.fund)
    await _check_places(connection, actor, campaign, fund, content)
    return content, campaign, fund


async def _check_places(connection: Connection, actor: Actor, campaign: Campaign, fund: Fund, content: Content) -> None:
    """The campaign is the actor's to ask for, and the fund is for it."""
    if campaign.union != actor.union:
        raise OtherUnion(union=campaign.union, account="")
    if campaign.lead_id != actor.person_id and not asks_for_all(actor):
        raise NotRequester(request=campaign.number)
    if campaign.state != "open":
        raise CampaignState(campaign=campaign.number, state=campaign.state)
    if not fund.confirmed or fund.closed_on is not None:
        raise FundClosed(fund=fund.code)
    union = await reference.union(connection, campaign.union)
    check_fund(fund, campaign.initiative, content.kind, content.electoral, union.nation)
    budget = await store.budget_lines(connection, campaign)
    for line in content.lines:
        if line.budget_line is not None and line.budget_line not in budget:
            raise ChoiceInvalid(field="budget_line", value=str(line.budget_line)[:40])


def asks_for_all(actor: Actor) -> bool:
    """Whether the actor asks for every campaign of their union; a campaign lead asks for their own."""
    return bool(actor.roles & {"officer", "secretary_treasurer"})


async def _store_revision(w: Work, allocation: Allocation, new: Revision) -> bool:
    """Keep the revision and move the request; whether approvals or resolutions were voided by it."""
    before = (await store.revisions(w.connection, [allocation.number])).get(allocation.number, [])
    material = not before or rules.is_material(before[-1], new)
    since = new.revision if material else allocation.material_revision
    counted = await _counted(w, allocation)
    state: State = "submitted" if material or allocation.state not in REVIEW else allocation.state
    what = "submitted" if not before else "resubmitted" if allocation.state == "returned" else "changed"
    await store.add_revision(w.connection, allocation.number, new)
    await store.save(
        w.connection, allocation.number, state=state, state_since=allocation.state_since if state == allocation.state else w.now,
        revision=new.revision, material_revision=since, draft=None, saved_at=w.now, campaign=new.campaign, fund_id=new.fund_id,
        submitted_on=w.today if material else allocation.submitted_on,  # what it asks now is as old as that: see splitting
    )  # fmt: skip
    await store.add_event(w.connection, allocation.number, w.actor.person_id, what, "", w.now)
    if voided := material and counted:
        await store.add_event(w.connection, allocation.number, w.actor.person_id, "approvals_voided", "", w.now)
    return voided


async def _counted(w: Work, allocation: Allocation) -> bool:
    """Whether anything that was decided for the request still counts."""
    decided: list[Decision] = (await store.decisions(w.connection, [allocation.number])).get(allocation.number, [])
    resolved = (await store.resolutions(w.connection, [allocation.number])).get(allocation.number, [])
    since = allocation.material_revision
    return bool(counting(decided, since)) or any(r.revision >= since for r in resolved)


async def withdraw(pool: Pool, actor: Actor, key: str, number: str, reason: str = "") -> Allocation:
    """Take a draft or a request under review back."""

    async def work(w: Work) -> Done:
        allocation = await _own(w, number)
        rules.check_step(allocation, "withdraw")
        text = plain("reason", reason, rules.REASON_MAXIMUM)
        await store.save(w.connection, allocation.number, state="withdrawn", state_since=w.now)
        ordinal = await store.add_event(w.connection, allocation.number, w.actor.person_id, "withdrawn", text, w.now)
        if allocation.revision:
            await tell(w, await load_case(w.connection, allocation.number, w.today), "request_withdrawn", once=str(ordinal))
        return Done(await store.find(w.connection, allocation.number), subject=allocation.number)

    request = {"request": number, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "withdraw_request", key, request, work, permission=OPERATION), Allocation)


async def comment(pool: Pool, actor: Actor, key: str, number: str, text: str) -> int:
    """Say something in a request's thread; its ordinal in the history."""

    async def work(w: Work) -> Done:
        allocation = await store.find(w.connection, number, lock=True)
        check_sight(w.actor, allocation, await _campaign(w.connection, allocation))
        said = plain("comment", text, rules.COMMENT_MAXIMUM, needed=True)
        ordinal = await store.add_event(w.connection, allocation.number, w.actor.person_id, "comment", said, w.now)
        if allocation.revision:
            await tell(w, await load_case(w.connection, allocation.number, w.today), "request_commented", once=str(ordinal))
        return Done({"ordinal": ordinal}, subject=allocation.number)

    answer = await perform(pool, actor, "comment_request", key, {"request": number, "text": text}, work, permission="comment_request")
    return int(answer["ordinal"])


# --- reading ------------------------------------------------------------------------------------------------------------


def sees_all(actor: Actor) -> bool:
    """Whether the actor reads every request; a campaign lead reads their own and their campaigns'."""
    return actor.can("read_books")


def check_sight(actor: Actor, allocation: Allocation, campaign: Campaign | None) -> None:
    """Refuse a request that is not the actor's to see, as if it were not there; a draft is its writer's alone."""
    own = actor.person_id in (allocation.requested_by, campaign.lead_id if campaign and allocation.revision else 0)
    if not own and (not allocation.revision or not sees_all(actor)):
        raise NotFound(kind="request", id=allocation.number)


def _as_seen(actor: Actor, allocation: Allocation, lead_id: int) -> Allocation:
    """The request without what is being typed into it, for everybody but who writes it."""
    own = actor.person_id in (allocation.requested_by, lead_id)
    return allocation if own or allocation.draft is None else msgspec.structs.replace(allocation, draft=None)


async def _campaign(connection: Any, allocation: Allocation) -> Campaign | None:
    return await store.campaign_of(connection, allocation.campaign) if allocation.campaign else None


async def found(connection: Connection, actor: Actor, words: str, limit: int) -> list[tuple[Allocation, Revision | None]]:
    """What a search for words finds among the requests that the actor may see, each with its latest version."""
    seen = Filter(words=words, reader=actor.person_id, person=None if sees_all(actor) else actor.person_id)
    items = await store.page(connection, seen, None, limit)
    latest = await store.revisions(connection, [each.number for each in items])
    return [(each, latest[each.number][-1] if each.number in latest else None) for each in items]


async def find_seen(connection: Connection, actor: Actor, number: str) -> Allocation | None:
    """A request by its number, where it is there and the actor may see it."""
    try:
        allocation = await store.find(connection, number)
        check_sight(actor, allocation, await _campaign(connection, allocation))
    except NotFound:
        return None
    return allocation


async def list_requests(pool: Pool, actor: Actor, narrowed: Filter, after: Place | None = None, limit: int = PAGE_REQUESTS) -> Listed:
    """A page of what the actor may see, the latest to move first."""
    authorize(actor, "read_requests")
    seen = msgspec.structs.replace(narrowed, reader=actor.person_id, person=narrowed.person if sees_all(actor) else actor.person_id)
    async with pool.database.reading() as connection:
        found = await store.page(connection, seen, after, limit + 1)
        cases = await load_cases(connection, found[:limit], await load_rules(connection, pool.today()))
        commitments = await payments_store.commitments(connection, [a.number for a in found[:limit]])
        attached = await documents.counts(connection, "request", [a.number for a in found[:limit]])
    place: tuple[datetime, str] | None = (found[limit - 1].state_since, found[limit - 1].number) if len(found) > limit else None
    known = {case.allocation.number: case for case in cases}
    shown = [_as_seen(actor, each, known[each.number].campaign.lead_id if each.number in known else 0) for each in found[:limit]]
    return Listed(shown, known, commitments, place, attached)


async def show_request(pool: Pool, actor: Actor, number: str) -> View:
    """One request with everything on it."""
    authorize(actor, "read_requests")
    async with pool.database.reading() as connection:
        allocation = await store.find(connection, number)
        campaign = await _campaign(connection, allocation)
        check_sight(actor, allocation, campaign)
        allocation, name = _as_seen(actor, allocation, campaign.lead_id if campaign else 0), allocation.number
        case = await load_case(connection, name, pool.today()) if allocation.revision else None
        votes = await store.votes(connection, [name])
        return View(
            allocation=allocation,
            case=case,
            revisions=(await store.revisions(connection, [name], current_only=False)).get(name, []),
            commitments=(await payments_store.commitments(connection, [name])).get(name, []),
            payments=await payments_store.payments(connection, name),
            votes=votes.get(name, []),
            events=await store.events(connection, name),
            standing=(await standings(connection, actor, [case] if case else [], votes)).get(name),
            interests=await rules_store.interests_in(connection, case.matter.subjects) if case else [],
            budget=await store.budget_lines(connection, campaign) if campaign else {},
        )


def money(commitments: Sequence[Commitment], lines: Sequence[Line]) -> dict[str, Money]:
    """What became of a request's money, by currency in the order of its lines."""
    found = {currency: Money(asked_minor=amount) for currency, amount in rules.totals(lines).items()}
    for each in commitments:
        row = found.setdefault(each.currency, Money())
        row.approved_minor += each.committed_minor
        row.spent_minor += each.paid_minor
        row.left_minor += each.left_minor
    return found


def brief(listed: Listed, allocation: Allocation) -> View:
    """One of a list as a view, without history, votes and payments."""
    return View(
        allocation=allocation, case=listed.cases.get(allocation.number), revisions=[], commitments=listed.commitments.get(allocation.number, []),
        payments=[], votes=[], events=[],
    )  # fmt: skip


def campaign_money(listed: Listed, budget: Sequence[Figures]) -> list[Figures]:
    """A campaign's budget beside what its requests asked, got, hold and spent, by currency; one that was declined or taken back asks nothing."""
    found = {figures.currency: figures for figures in budget}
    for number, case in listed.cases.items():
        if case.allocation.state in ("rejected", "withdrawn"):
            continue
        for currency, row in money(listed.commitments.get(number, []), case.revision.lines).items():
            now = found.get(currency, Figures(currency=currency, budget_minor=0))
            found[currency] = msgspec.structs.replace(
                now, asked_minor=(now.asked_minor or 0) + row.asked_minor, approved_minor=(now.approved_minor or 0) + row.approved_minor,
                committed_minor=(now.committed_minor or 0) + row.left_minor, spent_minor=(now.spent_minor or 0) + row.spent_minor,
            )  # fmt: skip
    return [found[currency] for currency in sorted(found)]
