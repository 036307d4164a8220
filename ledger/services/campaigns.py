"""Open campaigns, change them and their budgets, close them and open them again; read them, whoever only leads campaigns their own alone."""

from typing import Any

import msgspec

from ledger.domain import campaigns as rules
from ledger.domain.account_rules import Local
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.campaigns import (
    LEAD,
    MANAGE,
    READ,
    REASON_MAXIMUM,
    BudgetLine,
    Campaign,
    CampaignFields,
    Figures,
    OpenCampaign,
    budget_totals,
    check_lead,
    check_manages,
    check_reads,
    check_state,
    may_manage,
    reads_all,
)
from ledger.domain.documents import SUBJECTS
from ledger.domain.pledges import plain
from ledger.domain.refusals import CampaignState, ChoiceInvalid, NotFound
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.storage import accounts as account_store
from ledger.storage import campaigns as store
from ledger.storage import people, reference
from ledger.storage.campaigns import CampaignFilter
from ledger.storage.database import Connection
from ledger.storage.people import Person

PAGE_CAMPAIGNS = 50


class CampaignView(msgspec.Struct, frozen=True):
    """A campaign with its budget by currency, every version of it (newest first), what was done with it (oldest first), whether the actor may
    change it, and the other campaigns with the same employer that they may read.
    """

    campaign: Campaign
    figures: list[Figures]
    budgets: list[tuple[int, list[BudgetLine]]]
    history: list[store.Event]
    may_manage: bool
    same_employer: list[Campaign]


class Listed(msgspec.Struct, frozen=True):
    """A page of campaigns, the newest first, and the employers there are to choose from."""

    items: list[Campaign]
    next: str | None
    employers: list[str]


class Choices(msgspec.Struct, frozen=True):
    """What the actor's form chooses from: their union, its locals, who may lead, employers named before, currencies."""

    union: Union
    locals: list[Local]
    leads: list[Person]
    employers: list[str]
    currencies: list[str]


def written(number: str) -> str:
    """A campaign's number as it is kept, ``c-0007`` too; refuses what can be none."""
    found = number.strip().upper()
    if not SUBJECTS["campaign"].match(found):
        raise NotFound(kind="campaign", id="".join(c for c in number if c.isprintable())[:40])
    return found


# --- writing ------------------------------------------------------------------------------------------------------------


async def open_campaign(pool: Pool, actor: Actor, key: str, request: OpenCampaign) -> Campaign:
    """Open a campaign of one's own union; who only leads campaigns opens what they lead themselves."""

    async def work(w: Work) -> Done:
        fields = rules.checked_fields(request)
        union = await reference.union(w.connection, request.union)
        await _check_lead(w, request.lead, union.code)
        budget = rules.checked_budget(request.budget, await reference.currencies(w.connection), at_least=0)
        local_id = await _local(w.connection, union.code, request.local)
        employer_id = await employer_of(w.connection, fields.employer)
        number = await w.next_number("CAM")
        new = Campaign(
            number=number, union=union.code, employer_id=employer_id, local_id=local_id, lead_name="", state="open",
            budget_version=1 if budget else 0, recorded_by=w.actor.name, recorded_at=w.now, budget=budget, **_said(fields),
        )  # fmt: skip
        await store.add(w.connection, new, w.actor.person_id)
        return Done(await store.campaign(w.connection, number), number, {"lead": request.lead, "budget_version": new.budget_version or None})

    answer = await perform(pool, actor, "open_campaign", key, request, work, permission=MANAGE, union=request.union)
    return msgspec.convert(answer, Campaign)


async def change_campaign(pool: Pool, actor: Actor, key: str, number: str, request: CampaignFields) -> Campaign:
    """Change what is said of an open campaign; officers alone hand it to another lead."""

    async def work(w: Work) -> Done:
        kept = await _open(w, number)
        fields = rules.checked_fields(request)
        if request.lead != kept.lead:
            await _check_lead(w, request.lead, kept.union)
        local_id = kept.local_id if request.local == kept.local else await _local(w.connection, kept.union, request.local)
        employer_id = await employer_of(w.connection, fields.employer)
        changed = msgspec.structs.replace(kept, local_id=local_id, employer_id=employer_id, **_said(fields))
        # What is asked for was approved by the rules of its initiative, and by people without an interest in its employer.
        if (changed.initiative, employer_id) != (kept.initiative, kept.employer_id) and await store.has_live_requests(w.connection, kept.number):
            raise CampaignState(campaign=kept.number, state=kept.state, reason="requests")
        await store.change(w.connection, changed)
        made = await store.campaign(w.connection, kept.number)
        return Done(made, kept.number, _changes(kept, made))

    answer = await perform(pool, actor, "change_campaign", key, {"campaign": number, "fields": request}, work, permission=MANAGE)
    return msgspec.convert(answer, Campaign)


def _said(fields: CampaignFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in CampaignFields.__struct_fields__}


def _changes(before: Campaign, after: Campaign) -> dict[str, object]:
    """What differs, for the audit trail; of a long text only that it does."""
    names = ("name", "initiative", "employer", "local", "lead", "starts_on", "ends_on")
    changes = {name: msgspec.to_builtins(getattr(after, name)) for name in names if getattr(before, name) != getattr(after, name)}
    return changes | ({"description": "changed"} if before.description != after.description else {})


async def change_budget(pool: Pool, actor: Actor, key: str, number: str, lines: tuple[BudgetLine, ...], reason: str = "") -> Campaign:
    """Write the budget as a new version; the earlier ones stay to be read."""

    async def work(w: Work) -> Done:
        kept = await _open(w, number)
        budget = rules.checked_budget(lines, await reference.currencies(w.connection))
        text = plain("reason", reason, REASON_MAXIMUM)
        changed = msgspec.structs.replace(kept, budget=budget, budget_version=kept.budget_version + 1)
        await store.add_budget(w.connection, changed)
        return Done(changed, kept.number, {"budget_version": changed.budget_version, "reason": text})

    request = {"campaign": number, "lines": lines, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "change_budget", key, request, work, permission=MANAGE), Campaign)


async def close_campaign(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Campaign:
    """Close an open campaign: no money is asked for it any more, and nothing of it changes."""
    return await _turn(pool, actor, key, number, reason, "close_campaign", "open", "closed")


async def reopen_campaign(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Campaign:
    """Open a closed campaign again."""
    return await _turn(pool, actor, key, number, reason, "reopen_campaign", "closed", "open")


async def _turn(pool: Pool, actor: Actor, key: str, number: str, reason: str, operation: str, before: str, after: str) -> Campaign:
    async def work(w: Work) -> Done:
        kept = await _own(w, number)
        check_state(kept, before)
        text = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await store.set_state(w.connection, kept.number, after)
        return Done(msgspec.structs.replace(kept, state=after), kept.number, {"reason": text})

    answer = await perform(pool, actor, operation, key, {"campaign": number, "reason": reason}, work, permission=MANAGE)
    return msgspec.convert(answer, Campaign)


async def _own(w: Work, number: str) -> Campaign:
    """The campaign, locked, for who may change it."""
    kept = await store.campaign(w.connection, written(number), lock=True)
    check_manages(w.actor, kept)
    return kept


async def _open(w: Work, number: str) -> Campaign:
    kept = await _own(w, number)
    check_state(kept, "open")
    return kept


async def _check_lead(w: Work, lead: int, union: str) -> None:
    person = await people.by_id(w.connection, lead, w.today) if 1 < lead <= people.ID_MAXIMUM else None
    known = person is not None and person.union == union and not person.disabled
    check_lead(w.actor, lead, person.roles if person is not None and known else ())


async def _local(connection: Connection, union: str, number: str) -> int | None:
    if not number:
        return None
    found = next((each for each in await account_store.locals_(connection) if (each.union, each.number) == (union, number)), None)
    if found is None or found.closed_on is not None:
        raise ChoiceInvalid(field="local", value=number[:40])
    return found.id


async def employer_of(connection: Connection, name: str) -> int | None:
    """The employer of that name; named for the first time, it is kept for both unions."""
    if not name:
        return None
    found = await store.employer(connection, name)
    if found is not None:
        return found[0]
    employer_id = await next_value(connection, "employer")
    await store.add_employer(connection, employer_id, name)
    return employer_id


# --- reading ------------------------------------------------------------------------------------------------------------


def _lead(actor: Actor) -> int | None:
    """Whose campaigns alone the actor reads; None where they read all."""
    return None if reads_all(actor) else actor.person_id


async def list_campaigns(
    pool: Pool, actor: Actor, narrowed: CampaignFilter, after: str | None = None, limit: int = PAGE_CAMPAIGNS
) -> Listed:
    """A page of the campaigns that the actor may read and that fit."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.campaigns(connection, narrowed, _lead(actor), after, limit + 1)
        employers = await store.employers(connection, _lead(actor))
    return Listed(found[:limit], found[limit - 1].number if len(found) > limit else None, employers)


async def show_campaign(pool: Pool, actor: Actor, number: str) -> CampaignView:
    """One campaign, whole; as unknown to who may not read it."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.campaign(connection, written(number))
        check_reads(actor, found)
        same = await store.campaigns(connection, CampaignFilter(employer=found.employer), _lead(actor)) if found.employer else []
        return CampaignView(
            found, budget_totals(found.budget), await store.budgets(connection, found.number), await store.history(connection, found.number),
            may_manage(actor, found), [each for each in same if each.number != found.number],
        )  # fmt: skip


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What the form to open or change a campaign needs; a lead chooses nobody but themselves."""
    authorize(actor, MANAGE)
    async with pool.database.reading() as connection:
        union = await reference.union(connection, actor.union or "")
        leads = [
            person for person in await people.everyone(connection, pool.today())
            if person.union == union.code and LEAD in person.roles and not person.disabled and (rules.manages_all(actor) or person.id == actor.person_id)
        ]  # fmt: skip
        locals_ = [each for each in await account_store.locals_(connection) if each.union == union.code and each.closed_on is None]
        employers = await store.employers(connection, _lead(actor))
        return Choices(union, locals_, leads, employers, list(await reference.currencies(connection)))
