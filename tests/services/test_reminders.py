"""Reminders: every source is asked, and a thing is told of once a day."""

from datetime import date, timedelta

from ledger.domain.actors import Actor
from ledger.domain.notices import Notice
from ledger.services import notices
from ledger.services.pool import Pool
from ledger.services.reminders import Source, remind
from ledger.storage.database import Connection
from tests.conftest import Clock


def source(to: Actor, number: int) -> Source:
    async def ask(connection: Connection, today: date) -> list[Notice]:
        facts = {"days": (today - date(2026, 11, 1)).days}
        told = Notice(kind="reminder_overdue", subject=f"A-{number}", url=f"/requests/A-{number}", to=(to.person_id,), once="", facts=facts)
        return [told, told]

    return ask


async def test_a_thing_is_told_of_once_a_day(pool: Pool, clock: Clock, ue: Actor) -> None:
    sources = [source(ue, 1), source(ue, 2)]
    assert [await remind(pool, sources), await remind(pool, sources)] == [2, 0]
    clock.now += timedelta(days=1)
    assert await remind(pool, sources) == 2
    assert [kept.facts["days"] for kept in (await notices.list_notices(pool, ue)).items] == [23, 23, 22, 22]
