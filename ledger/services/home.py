"""Gather what waits for one person, the funds at a glance, and what others recorded since they last marked everything as read.

Reading changes nothing: the mark moves only when the person says so (:func:`mark_seen`), up to the entry they were shown, so nothing
recorded in between is missed.
"""

from collections.abc import Awaitable, Callable
from datetime import date

import msgspec

from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.home import Waiting, oldest_first
from ledger.services import (
    agreements,
    allocation_forms,
    allocation_queue,
    approval_rules,
    bank_reconciliation,
    between_queue,
    booking_queue,
    close_schedule,
    differences,
    exchange,
    holds,
    joint_costs,
    member_pages,
    payables,
    payees,
    pledges,
    strike_advance_queue,
    strike_grant_queue,
    strike_queue,
    strike_recovery_queue,
    strike_rules,
    thresholds,
)
from ledger.services.funds import FundView, fund_views
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import funds, journal, mailing, notices, reference, transfers
from ledger.storage import home as store
from ledger.storage.database import Connection
from ledger.storage.home import Administration, FundChange, News
from ledger.storage.mailing import MailState

# Every area tells what waits for a person; adding one is a line here and a sentence in the page's template.
SOURCES: tuple[Callable[[Connection, Actor, date], Awaitable[list[Waiting]]], ...] = (
    exchange.waiting,
    funds.waiting,
    transfers.waiting,
    pledges.waiting,
    approval_rules.waiting,
    agreements.waiting,
    joint_costs.waiting,
    strike_rules.waiting,
    thresholds.waiting,
    payees.waiting,
    allocation_queue.waiting,
    allocation_forms.waiting,
    payables.waiting,
    strike_advance_queue.waiting,
    strike_grant_queue.waiting,
    strike_queue.waiting,
    strike_recovery_queue.waiting,
    between_queue.waiting,
    booking_queue.waiting,
    close_schedule.waiting,
    differences.waiting,
    bank_reconciliation.waiting,
    member_pages.waiting,
    holds.waiting,
)


class HomeView(msgspec.Struct, frozen=True):
    """The first page: ``head`` is the last entry when it was read; ``news_count`` counts no further than 1,000."""

    today: date
    unions: list[Union]
    waiting: list[Waiting]
    funds: list[FundView]
    news: list[News]
    news_count: int
    fund_changes: list[FundChange]
    head: int
    administration: Administration | None
    mail: MailState | None = None


async def home(pool: Pool, actor: Actor) -> HomeView:
    """Everything on a person's first page, in one snapshot, limited to what they may read."""
    authorize(actor, "see_home")
    today = pool.today()
    async with pool.database.reading() as connection:
        seen, since = await store.last_seen(connection, actor.person_id)
        books, some = actor.can("read_books"), actor.can("read_funds")
        return HomeView(
            today=today,
            unions=await reference.unions(connection),
            waiting=await _waiting(connection, actor, today),
            funds=await fund_views(connection, today, actor.union) if some else [],
            news=await store.news(connection, actor.person_id, seen) if books else [],
            news_count=await store.news_count(connection, actor.person_id, seen) if books else 0,
            fund_changes=await store.fund_changes(connection, actor.person_id, since) if some else [],
            head=(await journal.read_head(connection)).number,
            administration=await store.administration(connection, actor.union, today) if "admin" in actor.roles else None,
            mail=await mailing.state(connection, pool.clock()) if "admin" in actor.roles else None,
        )  # fmt: skip


async def waiting(pool: Pool, actor: Actor) -> list[Waiting]:
    """What needs this person, oldest first."""
    authorize(actor, "see_home")
    async with pool.database.reading() as connection:
        return await _waiting(connection, actor, pool.today())


async def counts(pool: Pool, actor: Actor) -> tuple[int, int]:
    """How many things need this person, and how many notices are new to them: for the frame of every page, in one snapshot."""
    authorize(actor, "see_home")
    async with pool.database.reading() as connection:
        told = await notices.unseen_count(connection, actor.person_id) if actor.can("read_notices") else 0
        return len(await _waiting(connection, actor, pool.today())), told


async def _waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    return oldest_first([row for source in SOURCES for row in await source(connection, actor, today)])


async def mark_seen(pool: Pool, actor: Actor, key: str, number: int) -> int:
    """Mark everything up to an entry as read; returns where the mark stands now."""

    async def work(w: Work) -> Done:
        stands = await store.mark_seen(w.connection, actor.person_id, max(number, 0))
        return Done({"number": stands}, subject=store.seen_subject(actor.person_id), details={"number": stands})

    answer = await perform(pool, actor, "mark_seen", key, {"number": number}, work, permission="see_home")
    return int(answer["number"])
