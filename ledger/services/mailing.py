"""Send notices as e-mail: those who want them at once within a minute, the others one letter a morning.

What a letter says and how it travels are given by the caller (``reports.mail``, ``api.smtp``). A notice is marked as mailed once the server
has taken it: killed in between, it is sent again, never not at all. What fails is tried again with growing waits, for two days.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, time, timedelta
from email.message import EmailMessage

import msgspec
import structlog

from ledger.services.pool import ZONE, Pool
from ledger.storage import mailing as store
from ledger.storage.alone import MAIL, alone
from ledger.storage.mailing import MailState, Unmailed

log = structlog.get_logger()

DIGEST_AT = time(7)
FIRST_WAIT_MINUTES, LONGEST_WAIT_MINUTES = 1, 24 * 60


class Letter(msgspec.Struct, frozen=True):
    """One e-mail to be written: to one person, about one notice or, as a digest, about several (the oldest first)."""

    name: str
    email: str
    language: str
    is_digest: bool
    notices: tuple[Unmailed, ...]


class NotSent(Exception):
    """Why mail did not go: a short word. ``lost`` says that the server itself is gone, so that the next letter need not be tried."""

    def __init__(self, reason: str, lost: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.lost = reason, lost


Write = Callable[[Letter, datetime], EmailMessage]
Post = Callable[[EmailMessage], Awaitable[None]]
# Opens the way to the server for one round; raises NotSent where nobody answers.
Open = Callable[[], AbstractAsyncContextManager[Post]]


async def send_due(pool: Pool, opened: Open, write: Write) -> int:
    """Send what is due; how many letters the server took. Of several workers one sends."""
    now = pool.clock()
    async with alone(pool.database, MAIL) as is_alone:
        letters = letters_of(await _due(pool, now)) if is_alone else []
        return await _send(pool, opened, write, letters, now) if letters else 0


async def _due(pool: Pool, now: datetime) -> list[Unmailed]:
    async with pool.database.reading() as connection:
        return await store.due(connection, now, latest_morning(now))


def latest_morning(now: datetime) -> datetime:
    """The last seven o'clock in Toronto that has passed: what came before it belongs to a digest that is due."""
    local = now.astimezone(ZONE)
    day = local.date() if local.time() >= DIGEST_AT else local.date() - timedelta(days=1)
    return datetime.combine(day, DIGEST_AT, ZONE)


def letters_of(unmailed: Sequence[Unmailed]) -> list[Letter]:
    """One letter for each notice of those who want them at once, one a person for the others."""
    gathered: dict[object, list[Unmailed]] = {}
    for notice in unmailed:
        gathered.setdefault(notice.person_id if notice.mail == "digest" else notice.id, []).append(notice)
    return [Letter(some[0].name, some[0].email, some[0].language, some[0].mail == "digest", tuple(some)) for some in gathered.values()]


async def _send(pool: Pool, opened: Open, write: Write, letters: Sequence[Letter], now: datetime) -> int:
    sent = 0
    try:
        async with opened() as post:
            for letter in letters:
                sent += await _send_one(pool, post, write, letter, now)
    except _Lost as lost:
        log.warning("mail server lost", reason=str(lost))
    except NotSent as failed:
        # Nobody answered: a try for every letter that waits.
        log.warning("mail not sent", reason=failed.reason, letters=len(letters))
        for letter in letters:
            await _failed(pool, letter, failed.reason, now)
    return sent


class _Lost(Exception):
    """The server went away in the middle; what is left waits for the next round."""


async def _send_one(pool: Pool, post: Post, write: Write, letter: Letter, now: datetime) -> bool:
    try:
        await post(_written(write, letter, now))
    except NotSent as failed:
        log.warning("mail not sent", reason=failed.reason)
        await _failed(pool, letter, failed.reason, now)
        if failed.lost:
            raise _Lost(failed.reason) from failed
        return False
    async with pool.database.writing() as connection:
        await store.mark_mailed(connection, [notice.id for notice in letter.notices], pool.clock())
    return True


def _written(write: Write, letter: Letter, now: datetime) -> EmailMessage:
    """The letter; an address that cannot stand in one is this person's trouble, nobody else's."""
    try:
        return write(letter, now)
    except ValueError:
        raise NotSent("address_invalid") from None


async def _failed(pool: Pool, letter: Letter, reason: str, now: datetime) -> None:
    again = now + timedelta(minutes=wait_minutes(max(notice.tries for notice in letter.notices)))
    async with pool.database.writing() as connection:
        await store.mark_failed(connection, [notice.id for notice in letter.notices], reason, again)


def wait_minutes(tries: int) -> int:
    """How long to wait after a failure that followed so many others: 1, 4, 16 … minutes, at most a day; eight tries span two days."""
    return int(min(FIRST_WAIT_MINUTES * 4**tries, LONGEST_WAIT_MINUTES))


async def mail_state(pool: Pool) -> MailState:
    """How mail stands, for whoever runs the service."""
    async with pool.database.reading() as connection:
        return await store.state(connection, pool.clock())


async def undelivered(pool: Pool, person_id: int) -> tuple[int, str]:
    """How many of a person's own notices of the last month were given up, and why the last of them was."""
    async with pool.database.reading() as connection:
        return await store.undelivered(connection, person_id, pool.clock())
