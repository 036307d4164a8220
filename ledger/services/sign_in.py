"""Let people in and out: password and one-time code, sessions and tokens, slowly for those who guess."""

import asyncio
from datetime import date
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.domain.actors import Actor
from ledger.domain.refusals import PasswordWeak, SignInRefused, TooManyAttempts
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit, people
from ledger.storage.people import Person

PASSWORD_MINIMUM = 12
PASSWORD_MAXIMUM = 200
_hasher = PasswordHasher()
# Argon2 takes 64 MiB and a core for a while: at most two at once, so that guessing cannot starve the books.
_hashing = asyncio.Semaphore(2)
# Tries are counted one by one: here first, so that a flood of them waits in memory and not for the connections of the books.
_claiming = asyncio.Lock()
# Verified when there is no such person, so that a guess takes as long either way.
_NOBODY = _hasher.hash("nobody has this password")
_COMMON = frozenset({"password", "solidarity", "123456789012", "qwertyuiop", "unionyes", "motdepasse"})


async def hash_password(password: str) -> str:
    """An Argon2id hash; refuses a password shorter than twelve characters or among the most guessed."""
    if not PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM or any(word == password.casefold().strip("0123456789!") for word in _COMMON):
        raise PasswordWeak(minimum=PASSWORD_MINIMUM)
    async with _hashing:
        return await asyncio.to_thread(_hasher.hash, password)


async def agrees(password_hash: str | None, password: str) -> bool:
    """Whether a password gives the hash; takes as long when there is none."""
    async with _hashing:
        try:
            return await asyncio.to_thread(_hasher.verify, password_hash or _NOBODY, password[:PASSWORD_MAXIMUM]) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def totp_step(secret: str, code: str, now: float) -> int | None:
    """The 30-second step a one-time code is for (now, or one step either side), or None when it agrees with none."""
    totp = pyotp.TOTP(secret)
    step = int(now) // 30
    return next((s for s in (step, step - 1, step + 1) if pyotp.utils.strings_equal(totp.at(s * 30), code)), None)


async def sign_in(
    pool: Pool, email: str, password: str, code: str, *, address: str, agent: str, loopback: bool, replaces: str = ""
) -> tuple[Person, str]:
    """The person and a new session's secret; the browser's session before (``replaces``) ends. Refuses with one and the same answer
    whatever did not agree.

    At most ten failed tries in fifteen minutes for a name and for an address. Sample people are let in from this machine only.
    """
    attempt = await claim_try(pool, email, address)
    async with pool.database.reading() as connection:
        person = await people.by_email(connection, email, pool.today())
        password_hash, totp_secret, last_step = await people.secrets_of(connection, person.id) if person else (None, None, None)
    right = await agrees(password_hash, password)
    step = totp_step(totp_secret, code, pool.clock().timestamp()) if totp_secret else 0
    fresh = step is not None and (totp_secret is None or last_step is None or step > last_step)
    if person is None or not right or not fresh or person.disabled or (person.sample and not loopback):
        event = audit.Event("sign_in", "refused", person.id if person else None, details={"code": "sign_in_refused"}, address=address)
        await note(pool, [event])
        raise SignInRefused()
    async with pool.database.writing() as connection:
        await people.forget_attempt(connection, attempt)
        if totp_secret:
            await people.change(connection, person.id, totp_last_step=step)
        await people.close_session(connection, replaces)
        secret = await people.open_session(connection, person.id, address, agent)
        await audit.keep(connection, [audit.Event("sign_in", "done", person.id, person.union, address=address)], pool.clock())
    return person, secret


async def claim_try(pool: Pool, email: str, address: str = "") -> UUID:
    """Count one try for a name before it is judged; refuses, and says for how long, where there were too many."""
    async with _claiming, pool.database.writing() as connection:
        attempt, seconds = await people.claim_attempt(connection, email, address)
        if attempt is None:
            person = await people.by_email(connection, email, pool.today())
            event = audit.Event("sign_in", "refused", person.id if person else None, details={"code": "too_many_attempts"}, address=address)
            await audit.keep(connection, [event], pool.clock())
    if attempt is None:
        raise TooManyAttempts(retry_after_seconds=seconds, minutes=-(-seconds // 60))
    return attempt


async def sign_out(pool: Pool, actor: Actor, secret: str, address: str) -> None:
    """End the session."""
    async with pool.database.writing() as connection:
        await people.close_session(connection, secret)
        await audit.keep(connection, [audit.Event("sign_out", "done", actor.person_id, actor.union, address=address)], pool.clock())


async def who_has_session(pool: Pool, secret: str) -> Person | None:
    """Whose live session a cookie names."""
    async with pool.database.reading() as connection:
        return await people.by_session(connection, secret, pool.today())


async def who_has_token(pool: Pool, secret: str) -> tuple[Person, frozenset[str]] | None:
    """Whose live token it is, and what it may be used for."""
    async with pool.database.reading() as connection:
        return await people.by_token(connection, secret, pool.today())


async def sample_people(pool: Pool) -> list[tuple[Person, str]]:
    """The sample people and their passwords; empty on real books."""
    async with pool.database.reading() as connection:
        return await people.sample_people(connection, pool.today())


def actor_of(person: Person, via: str, permissions: frozenset[str] | None = None) -> Actor:
    """The actor a person is at a door."""
    return Actor(person.id, person.name, person.union, frozenset(person.roles), via, permissions)


def term_of(today: date) -> tuple[date, date]:
    """The usual term of office offered in forms: from today to the end of the third year."""
    return today, date(today.year + 3, 12, 31)


async def remember_language(pool: Pool, actor: Actor, language: str) -> None:
    """Keep a person's language, for pages and mail alike."""
    async with pool.database.writing() as connection:
        await people.change(connection, actor.person_id, language=language)
        await audit.keep(connection, [audit.event(actor, "choose_language", language=language)], pool.clock())
