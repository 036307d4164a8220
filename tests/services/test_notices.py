"""Notices: told once, inside the caller's transaction, to those concerned and nobody else; listed unseen first and marked as seen."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ledger.domain.actors import Actor
from ledger.domain.notices import Notice
from ledger.domain.refusals import NotFound
from ledger.services import notices
from ledger.services.pool import Pool
from ledger.storage import people
from tests.conftest import Clock, add_person


def told(to: Actor | tuple[Actor, ...], number: int = 1, kind: str = "request_committed", once: str = "1") -> Notice:
    """A notice about request A-0001 and so on."""
    ids = tuple(actor.person_id for actor in (to if isinstance(to, tuple) else (to,)))
    facts = {"amounts": {"USD": 250_000}, "campaign": "Wabtec"}
    return Notice(kind=kind, subject=f"A-{number:04d}", url=f"/requests/A-{number:04d}", to=ids, once=once, facts=facts)


async def tell(pool: Pool, *found: Notice, but: int | None = None) -> int:
    async with pool.database.writing() as connection:
        return await notices.notify(connection, found, pool.clock(), but)


async def subjects(pool: Pool, actor: Actor) -> list[str]:
    return [each.subject for each in (await notices.list_notices(pool, actor)).items]


async def test_the_same_occasion_is_told_once(pool: Pool, ue: Actor) -> None:
    assert await tell(pool, told(ue)) == 1
    assert await tell(pool, told(ue), told(ue)) == 0
    assert await tell(pool, told(ue, once="2"), told(ue, kind="request_paid")) == 2
    assert len(await subjects(pool, ue)) == 3


async def test_a_transaction_that_fails_tells_nobody(pool: Pool, ue: Actor) -> None:
    async def tell_and_fail() -> None:
        async with pool.database.writing() as connection:
            await notices.notify(connection, [told(ue)], pool.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tell_and_fail()
    assert await subjects(pool, ue) == []


async def test_nobody_is_told_of_what_they_did_nor_once_shut_out(pool: Pool, ue: Actor, unifor: Actor) -> None:
    gone = await add_person(pool, "Gone Away", "ue", "officer")
    async with pool.database.writing() as connection:
        await people.disable(connection, gone.person_id, True)
    stranger = Actor(10**6, "Nobody", None, frozenset())
    assert await tell(pool, told((ue, unifor, gone, stranger)), but=ue.person_id) == 1
    assert await subjects(pool, ue) == []
    assert await subjects(pool, unifor) == ["A-0001"]


@pytest.mark.parametrize(
    "slip", [{"kind": "gossip"}, {"facts": {"reason": "because"}}, {"url": "https://elsewhere"}, {"url": "//elsewhere"}, {"url": "/a\r\nBcc:"}]
)
async def test_what_is_outside_the_vocabulary_is_a_slip_of_the_program(pool: Pool, ue: Actor, slip: dict[str, object]) -> None:
    fields: dict[str, object] = {"kind": "request_paid", "subject": "A-1", "url": "/requests/A-1", "to": (ue.person_id,), "once": "1"}
    with pytest.raises(ValueError, match=r"no such notice|not a page"):
        await tell(pool, Notice(**fields | slip))


async def test_unseen_come_first_and_pages_follow_each_other(pool: Pool, clock: Clock, ue: Actor) -> None:
    for number in range(1, 6):
        await tell(pool, told(ue, number))
        clock.now += timedelta(minutes=1)
    whole = await notices.list_notices(pool, ue)
    assert [each.subject for each in whole.items] == ["A-0005", "A-0004", "A-0003", "A-0002", "A-0001"]
    assert await notices.mark_seen(pool, ue, "seen-0001", whole.items[0].id) == 4
    found, after = [], None
    while not found or after:
        listed = await notices.list_notices(pool, ue, after, limit=2)
        found += [each.subject for each in listed.items]
        after = listed.next
        assert listed.unseen == 4
    assert found == ["A-0004", "A-0003", "A-0002", "A-0001", "A-0005"]


async def test_all_are_marked_up_to_the_newest_that_was_shown(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await tell(pool, told((ue, unifor), 1), told(ue, 2))
    shown = (await notices.list_notices(pool, ue)).items[0]
    clock.now += timedelta(seconds=1)
    await tell(pool, told(ue, 3))
    assert await notices.mark_all_seen(pool, ue, "seen-0002", shown.id) == 1
    assert await notices.mark_all_seen(pool, ue, "seen-0002", shown.id) == 1
    newest = (await notices.list_notices(pool, ue)).items[0]
    assert (newest.subject, newest.seen_at) == ("A-0003", None)
    assert (await notices.list_notices(pool, unifor)).unseen == 1


async def test_what_is_another_s_is_not_found(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await tell(pool, told(ue))
    (other,) = (await notices.list_notices(pool, ue)).items
    for number, notice_id in enumerate((other.id, uuid4())):
        with pytest.raises(NotFound):
            await notices.mark_seen(pool, unifor, f"seen-1-{number:04d}", notice_id)
        with pytest.raises(NotFound):
            await notices.mark_all_seen(pool, unifor, f"seen-2-{number:04d}", notice_id)
    assert (await notices.list_notices(pool, ue)).unseen == 1
