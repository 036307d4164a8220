"""Record agreements between the unions in versions: one union proposes, the other confirms; end one early; say which holds on a day."""

from datetime import date

import msgspec

from ledger.domain import agreements as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.agreements import Agreement, ProposeAgreement
from ledger.domain.home import Waiting
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import NotFound
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import agreements as store
from ledger.storage import reference
from ledger.storage.agreements import Reference
from ledger.storage.database import Connection

READ, MANAGE = "read_agreements", "manage_agreements"
PAGE_AGREEMENTS, WAITING_MAXIMUM = 50, 200


class Standing(msgspec.Struct, frozen=True):
    """One version with how it stands today, and whether the actor may decide about it or take it back."""

    agreement: Agreement
    standing: str
    may_decide: bool
    may_withdraw: bool


class Listed(msgspec.Struct, frozen=True):
    """A page of agreements, the newest first."""

    items: list[Standing]
    next: str | None


class AgreementView(msgspec.Struct, frozen=True):
    """An agreement: the version shown, every version newest first, what refers to it, what the actor may do, and what holds today."""

    shown: Standing
    versions: list[Standing]
    references: list[Reference]
    may_end: bool
    may_change: bool
    current: Agreement | None


def written_agreement(number: str) -> str:
    """An agreement's number as it is kept; refuses what can be none."""
    return written_as(number, "AG", "agreement")


async def in_force(connection: Connection, number: str, day: date) -> Agreement:
    """The version of an agreement that holds on a day, for whoever acts under it; refuses where none does."""
    return await store.in_force(connection, written_agreement(number), day)


# --- deciding -------------------------------------------------------------------------------------------------------------


async def propose_agreement(pool: Pool, actor: Actor, key: str, request: ProposeAgreement) -> Agreement:
    """Record an agreement as signed, or a new version of one; it holds once somebody of the other union confirms it."""

    async def work(w: Work) -> Done:
        unions = [each.code for each in await reference.unions(w.connection)]
        asked = rules.checked(request, unions, await reference.currencies(w.connection), w.actor.union, w.today)
        known = await store.versions(w.connection, written_agreement(asked.number), lock=True) if asked.number else []
        version = rules.next_version(asked, known)
        number = known[0].number if known else await w.next_number("AG")
        await store.add(w.connection, number, version, asked, w.actor.person_id, w.actor.union or "", w.now)
        return await _done(w, number, version)

    return msgspec.convert(await perform(pool, actor, "propose_agreement", key, request, work, permission=MANAGE), Agreement)


async def confirm_agreement(pool: Pool, actor: Actor, key: str, number: str, version: int) -> Agreement:
    """Confirm what the other union recorded: it holds from its first day on."""
    return await _decide(pool, actor, key, number, version, "confirmed", "")


async def reject_agreement(pool: Pool, actor: Actor, key: str, number: str, version: int, reason: str) -> Agreement:
    """Reject what the other union recorded, with a reason."""
    return await _decide(pool, actor, key, number, version, "rejected", reason)


async def withdraw_agreement(pool: Pool, actor: Actor, key: str, number: str, version: int, reason: str) -> Agreement:
    """Take back what one's own union recorded, while the other has not decided."""
    return await _decide(pool, actor, key, number, version, "withdrawn", reason)


async def _decide(pool: Pool, actor: Actor, key: str, number: str, version: int, state: str, reason: str) -> Agreement:
    async def work(w: Work) -> Done:
        kept = _version(await store.versions(w.connection, written_agreement(number), lock=True), version)
        if state == "withdrawn":
            rules.check_withdrawing(kept, w.actor.union)
        else:
            rules.check_deciding(kept, w.actor.union, w.today, state == "confirmed")
        remark = plain("reason", reason, rules.REASON_MAXIMUM, needed=state != "confirmed")
        decided = {} if state == "withdrawn" else {"decided_by": w.actor.person_id}
        await store.save(w.connection, kept.number, kept.version, state=state, decided_at=w.now, remark=remark, **decided)
        return await _done(w, kept.number, kept.version)

    request = {"agreement": number, "version": version, "state": state, "reason": reason}
    return msgspec.convert(await perform(pool, actor, f"{state}_agreement", key, request, work, permission=MANAGE), Agreement)


async def end_agreement(pool: Pool, actor: Actor, key: str, number: str, last_day: date, reason: str) -> Agreement:
    """End an agreement early, with a reason: as notice that its terms fix, or else as a version that holds no longer, which the other union confirms."""

    async def work(w: Work) -> Done:
        known = await store.versions(w.connection, written_agreement(number), lock=True)
        kept = rules.holding(known[0].number, known, w.today)
        rules.check_ending(kept, known, w.actor.union, last_day, w.today)
        remark = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)
        if kept.terms.notice_days is None:
            asked, version = rules.ending_of(kept, last_day), len(known) + 1
            await store.add(w.connection, kept.number, version, asked, w.actor.person_id, w.actor.union or "", w.now, remark)
            return await _done(w, kept.number, version)
        ended = {"valid_to": last_day, "ended_by": w.actor.person_id, "ended_at": w.now, "remark": remark}
        await store.save(w.connection, kept.number, kept.version, **ended)
        return await _done(w, kept.number, kept.version)

    request = {"agreement": number, "last_day": last_day, "reason": reason}
    return msgspec.convert(await perform(pool, actor, "end_agreement", key, request, work, permission=MANAGE), Agreement)


def _version(known: list[Agreement], version: int) -> Agreement:
    found = next((each for each in known if each.version == version), None)
    if found is None:
        raise NotFound(kind="agreement", id=f"{known[0].number}/{version}"[:40])
    return found


async def _done(w: Work, number: str, version: int) -> Done:
    kept = _version(await store.versions(w.connection, number), version)
    days = {"valid_from": kept.valid_from.isoformat(), "valid_to": kept.valid_to.isoformat() if kept.valid_to else None}
    return Done(kept, number, {"version": version, "kind": kept.kind} | days)


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_agreements(pool: Pool, actor: Actor, after: str | None = None, limit: int = PAGE_AGREEMENTS) -> Listed:
    """A page of agreements: of each the version that holds today, or its newest, and beside it one that waits; the newest agreement first."""
    authorize(actor, READ)
    today = pool.today()
    async with pool.database.reading() as connection:
        numbers = await store.page(connection, after and written_agreement(after), limit + 1)
        found = await store.of_numbers(connection, numbers[:limit])
    items = [_standing(each, known, actor, today) for known in found.values() for each in _to_list(known, today)]
    return Listed(items, numbers[limit - 1] if len(numbers) > limit else None)


async def standing_today(pool: Pool, actor: Actor) -> list[Agreement]:
    """Of every agreement that holds today the version that does, the newest agreement first: what forms choose from."""
    authorize(actor, READ)
    today = pool.today()
    async with pool.database.reading() as connection:
        found = await store.living(connection, today)
    return [each for known in found.values() if (each := rules.on_day(known, today))]


def _to_list(known: list[Agreement], day: date) -> list[Agreement]:
    shown = _shown(known, day)
    return [each for each in known if each.state == "proposed" and each.version != shown.version] + [shown]


def _shown(known: list[Agreement], day: date) -> Agreement:
    """What holds on a day; else the newest that was confirmed; else the newest."""
    confirmed = [each for each in known if each.state == "confirmed"]
    return rules.on_day(known, day) or (confirmed or known)[-1]


def _standing(kept: Agreement, known: list[Agreement], actor: Actor, day: date) -> Standing:
    may = actor.can(MANAGE) and kept.state == "proposed" and actor.union in kept.unions
    own = actor.union == kept.proposed_union
    return Standing(kept, rules.standing_on(kept, known, day), may and not own, may and own)


async def show_agreement(pool: Pool, actor: Actor, number: str, version: int | None = None) -> AgreementView:
    """One agreement; the version asked for is shown, or the one that holds today."""
    authorize(actor, READ)
    today = pool.today()
    async with pool.database.reading() as connection:
        known = await store.versions(connection, written_agreement(number))
        # What refers to it is told to who reads the books: a lead knows of their own bookings alone.
        references = await store.references(connection, known[0].number) if actor.can("read_books") else []
    shown = _shown(known, today) if version is None else _version(known, version)
    own = actor.can(MANAGE) and actor.union in shown.unions
    current, waits = rules.on_day(known, today), any(each.state == "proposed" for each in known)
    return AgreementView(
        _standing(shown, known, actor, today), [_standing(each, known, actor, today) for each in reversed(known)], references,
        own and current is not None and (current.valid_to or LATEST_DATE) > today and not (waits and current.terms.notice_days is None),
        own and not waits, current,
    )  # fmt: skip


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: agreements that the other union recorded."""
    found = await store.proposed(connection, WAITING_MAXIMUM) if actor.can(MANAGE) else []
    return [
        Waiting(
            kind="confirm_ending" if each.ending else "confirm_agreement", subject=each.number, url=f"/agreements/{each.number}/{each.version}",
            union=each.proposed_union, since=each.proposed_at.astimezone(ZONE).date(), facts={"title": each.title, "by": each.proposed_by_name},
        )
        for each in found
        if each.proposed_union != actor.union and actor.union in each.unions
    ]  # fmt: skip
