"""Make the members' page: figures of a quarter frozen by an officer, approved by one of each union, and seen only while both want it seen."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain import member_pages as rules
from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.home import Waiting
from ledger.domain.member_pages import Figures, Frozen, MemberPage
from ledger.domain.notices import Fact, Notice
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import journal, reference
from ledger.storage import member_pages as store
from ledger.storage.allocations import people_with
from ledger.storage.database import Connection

PAGE = "/members-page"


class Switch(msgspec.Struct, frozen=True):
    """One union's last word on whether the page may be seen; ``by`` and ``at`` are empty where it never said one.

    ``is_asked`` where another union switched it on since, and waits for this one's word.
    """

    union: str
    is_on: bool
    by: str = ""
    at: datetime | None = None
    is_asked: bool = False


class Overview(msgspec.Struct, frozen=True):
    """Every version, each union's switch, whether both are on, and the quarters that a page can be made of."""

    pages: list[MemberPage]
    switches: list[Switch]
    is_on: bool
    quarters: list[str]


class Public(msgspec.Struct, frozen=True):
    """What anybody may see: a version, the quarters that there are, and the unions' names by code."""

    page: MemberPage
    quarters: list[str]
    unions: dict[str, str]
    sample: bool


# --- looking --------------------------------------------------------------------------------------------------------------


async def overview(pool: Pool, actor: Actor) -> Overview:
    """How the page stands, for those who read reports."""
    authorize(actor, rules.READ)
    async with pool.database.reading() as connection:
        pages, last, unions = await store.every(connection), await store.switches(connection), await _unions(connection)
        first = await store.first_day(connection)
    quarters = rules.past_quarters(pool.today(), first) if first else []
    switches = [
        Switch(union, said.is_on if said else False, said.by if said else "", said.at if said else None, rules.asks_to_switch(last, union) is not None)
        for union, said in ((each, last.get(each)) for each in unions)
    ]  # fmt: skip
    return Overview(pages, switches, rules.is_switched_on(last, unions), quarters)


async def _unions(connection: Connection) -> list[str]:
    return [each.code for each in await reference.unions(connection)]


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: versions that wait for one's union's approval, and the switch where the other union wants the page seen."""
    if actor.union is None or not actor.can(rules.PUBLISH):
        return []
    found = [
        Waiting(
            kind="approve_member_page", subject=f"{quarter}/{version}", url=f"{PAGE}/{quarter}/{version}", union=union,
            since=proposed_at.astimezone(ZONE).date(), facts={"by": name},
        )
        for quarter, version, name, union, proposed_at in await store.waiting(connection, actor.union)
    ]  # fmt: skip
    asked = rules.asks_to_switch(await store.switches(connection), actor.union)
    if asked is None:
        return found
    return [
        *found,
        Waiting(
            kind="switch_member_page", subject=PAGE, url=f"{PAGE}#switch", union=asked.union, since=asked.at.astimezone(ZONE).date(),
            facts={"by": asked.by},
        ),
    ]  # fmt: skip


async def show_page(pool: Pool, actor: Actor, quarter: str, version: int) -> MemberPage:
    """One version, whatever its state."""
    authorize(actor, rules.READ)
    rules.check_address(quarter, version)
    async with pool.database.reading() as connection:
        return await store.find(connection, quarter, version)


async def preview(pool: Pool, actor: Actor, quarter: str, text_en: str = "", text_fr: str = "") -> Figures:
    """What a page of a quarter would tell, as the books are now; refuses the texts that could not be proposed with it."""
    authorize(actor, rules.PUBLISH)
    rules.check_texts(text_en, text_fr)
    async with pool.database.reading() as connection:
        return await _figures(connection, pool, quarter)


async def _figures(connection: Connection, pool: Pool, quarter: str) -> Figures:
    first, last = rules.check_over(quarter, pool.today())
    head = await journal.read_head(connection)
    support = rules.told_support(await store.struck(connection, first, last), await store.supported_otherwise(connection, first, last))
    support = rules.told_again(support, await store.shown_before(connection, quarter))
    return Figures(
        quarter=quarter, head_number=head.number, head_hash=head.hash.hex(), read_at=pool.clock(),
        received=await store.received(connection, first, last), benefits=support.benefits, advances=support.advances,
        strikes=support.strikes, members=support.members, otherwise=support.otherwise, approved=await store.approved(connection, first, last),
        spent=await store.spent(connection, first, last), lent=await store.lent(connection, first, last),
        purposes=rules.told_purposes(await store.purposes(connection, last), await store.supporting(connection)),
    )  # fmt: skip


async def read_public(pool: Pool, quarter: str | None = None) -> Public | None:
    """What anybody may see without signing in: the version shown of a quarter, or of the latest. None while a union has it switched off."""
    async with pool.database.reading() as connection:
        is_on = rules.is_switched_on(await store.switches(connection), await _unions(connection))
        found = await store.shown(connection, quarter) if is_on else None
        if found is None:
            return None
        unions = {union.code: union.name for union in await reference.unions(connection)}
        return Public(found, await store.shown_quarters(connection), unions, bool(await reference.setting(connection, "sample", False)))


# --- making ---------------------------------------------------------------------------------------------------------------


async def propose(pool: Pool, actor: Actor, key: str, quarter: str, text_en: str = "", text_fr: str = "") -> MemberPage:
    """Freeze a quarter's figures with a paragraph in both languages, or none, for an officer of each union to approve.

    Whoever proposes may approve for their own union; the other union's officer is another person.
    """

    async def work(w: Work) -> Done:
        texts = rules.check_texts(text_en, text_fr)
        rules.check_over(quarter, w.today)
        # The counter's row holds whoever else proposes or approves for the quarter, so that what was shown before is known; a refusal gives it back.
        version = await next_value(w.connection, f"member_page_{quarter}")
        figures = await _figures(w.connection, pool, quarter)
        facts, digest = rules.frozen_bytes(Frozen(figures, *texts))
        page = MemberPage(
            quarter=quarter, version=version, state="proposed", state_since=w.now, proposed_by=w.actor.name, proposed_at=w.now, facts=facts,
            facts_sha256=digest,
        )  # fmt: skip
        await store.add(w.connection, page, figures.head_number, bytes.fromhex(figures.head_hash), w.actor.person_id)
        await _step(w, page, "proposed")
        await _tell(w, "member_page_to_approve", page, await _unions(w.connection))
        return _done(page, sha256=digest.hex())

    version = await _publish(pool, actor, "propose_member_page", key, [quarter, text_en, text_fr], work)
    return await show_page(pool, actor, quarter, version)


async def approve(pool: Pool, actor: Actor, key: str, quarter: str, version: int) -> MemberPage:
    """Approve a version for one's union; with every union's approval it takes the place of the one that was shown."""
    rules.check_address(quarter, version)

    async def work(w: Work) -> Done:
        page, union = await _held(w, quarter, version), str(w.actor.union)
        rules.check_waiting(page, union)
        await _step(w, page, "approved")
        unions = await _unions(w.connection)
        if rules.is_agreed([*page.approved, union], unions):
            await _step(w, page, "shown")
            await store.set_state(w.connection, page, "shown", w.now)
            await _tell(w, "member_page_shown", page, unions)
        return _done(page, sha256=page.facts_sha256.hex())

    await _publish(pool, actor, "approve_member_page", key, [quarter, version], work)
    return await show_page(pool, actor, quarter, version)


async def take_back(pool: Pool, actor: Actor, key: str, quarter: str, version: int) -> MemberPage:
    """Take back a version that waits or is shown, at once; either union alone does. The one that it replaced does not come back by itself."""
    rules.check_address(quarter, version)

    async def work(w: Work) -> Done:
        page = await _held(w, quarter, version)
        rules.check_standing(page)
        await _step(w, page, "taken_back")
        await store.set_state(w.connection, page, "taken_back", w.now)
        await _tell(w, "member_page_taken_back", page, await _unions(w.connection))
        return _done(page)

    await _publish(pool, actor, "take_back_member_page", key, [quarter, version], work)
    return await show_page(pool, actor, quarter, version)


async def switch(pool: Pool, actor: Actor, key: str, is_on: bool) -> Overview:
    """Say for one's union whether the page may be seen: it takes every union to show it, and any to hide it at once."""

    async def work(w: Work) -> Done:
        # The counter's row holds whoever else says a word, so that each is told of how it stands after the other's.
        ordinal = await next_value(w.connection, "member_page_switch")
        before = await store.switches(w.connection)
        await store.add_switch(w.connection, ordinal, str(w.actor.union), is_on, w.actor.person_id, w.now)
        await _tell_switched(w, before, is_on, ordinal)
        return Done(ordinal, str(w.actor.union), {"on": is_on})

    await _publish(pool, actor, "switch_member_page", key, is_on, work)
    return await overview(pool, actor)


async def _held(w: Work, quarter: str, version: int) -> MemberPage:
    """A version, and every other of its quarter, held until this is done: two never become the one that is shown at once."""
    await store.hold(w.connection, quarter)
    return await store.find(w.connection, quarter, version)


async def _step(w: Work, page: MemberPage, what: str) -> None:
    await store.add_step(w.connection, page, str(w.actor.union), w.actor.person_id, what, w.now)


async def _tell_switched(w: Work, before: dict[str, rules.Asked], is_on: bool, ordinal: int) -> None:
    """Ask the other union's officers to switch it on too, or tell that it is on, stays off, or is off again; who said the same before tells nothing new."""
    own, unions = before.get(str(w.actor.union)), await _unions(w.connection)
    others = [each for each in unions if each != w.actor.union]
    wanted = [each for each in others if each in before and before[each].is_on]
    if is_on and not (own and own.is_on):
        kind = "member_page_switched_on" if wanted == others else "member_page_to_switch"
        await _notify(w, kind, PAGE, f"{PAGE}#switch", str(ordinal), unions if wanted == others else others)
    elif not is_on and rules.is_switched_on(before, unions):
        await _notify(w, "member_page_switched_off", PAGE, f"{PAGE}#switch", str(ordinal), unions)
    elif not is_on and rules.asks_to_switch(before, str(w.actor.union)):
        await _notify(w, "member_page_left_off", PAGE, f"{PAGE}#switch", str(ordinal), unions)


async def _tell(w: Work, kind: str, page: MemberPage, unions: list[str]) -> None:
    await _notify(w, kind, f"{page.quarter}/{page.version}", f"{PAGE}/{page.quarter}/{page.version}", "1", unions)


async def _notify(w: Work, kind: str, subject: str, url: str, once: str, unions: list[str]) -> None:
    """Tell the officers of some unions, but whoever did it."""
    people = await people_with(w.connection, sorted(PERMISSIONS[rules.PUBLISH][0]), unions, w.today)
    facts: dict[str, Fact] = {"by": w.actor.name, "union": str(w.actor.union)}
    await notify(w.connection, [Notice(kind=kind, subject=subject, url=url, to=tuple(people), once=once, facts=facts)], w.now, w.actor.person_id)


def _done(page: MemberPage, **details: str) -> Done:
    return Done(page.version, f"{page.quarter}/{page.version}", dict(details))


async def _publish(pool: Pool, actor: Actor, name: str, key: str, request: Any, work: Callable[[Work], Awaitable[Done]]) -> int:
    return int(await perform(pool, actor, name, key, request, work, permission=rules.PUBLISH, union=actor.union, posts=False))
