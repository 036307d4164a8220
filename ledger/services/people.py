"""Manage people: who belongs to which union, in which roles and for how long; their own passwords, codes, tokens and preferences.

An administrator serves one union and touches only its people; the first administrator of each union is named at set-up.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pyotp

from ledger.domain.actors import PERMISSIONS, ROLES, Actor, authorize
from ledger.domain.notices import MAIL_CHOICES
from ledger.domain.refusals import (
    ChoiceInvalid,
    CodeWrong,
    LastAdministrator,
    LinkSpent,
    NotFound,
    OtherUnion,
    PersonExists,
    SamePerson,
    SignInRefused,
    TermInvalid,
    TextInvalid,
)
from ledger.domain.text import is_blank
from ledger.services import sign_in
from ledger.services.operation import Done, Work, next_value, note, perform
from ledger.services.pool import Pool
from ledger.storage import audit, journal, people, reference
from ledger.storage.database import Connection
from ledger.storage.people import Grant, Person, Token

LINK_HOURS = 72
TERM_YEARS_MAXIMUM = 5
TOKEN_DAYS_MAXIMUM = 366
NAME_MAXIMUM, EMAIL_MAXIMUM = 120, 200


class NewPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person to add: name, e-mail address, union, language and a first role with its term of office."""

    name: str
    email: str
    union: str
    role: str
    starts_on: date
    ends_on: date
    language: str = "en"


class Added(msgspec.Struct, frozen=True):
    """A person as added; ``link_secret`` sets the first password, once, within three days."""

    person_id: int
    link_secret: str


class Profile(msgspec.Struct, frozen=True):
    """A person with their roles past and present."""

    person: Person
    grants: list[Grant]


async def list_people(pool: Pool, actor: Actor) -> list[Person]:
    """Everybody of the pool, with today's roles: both unions see who acts for the other."""
    authorize(actor, "read_people")
    async with pool.database.reading() as connection:
        return await people.everyone(connection, pool.today())


async def show_person(pool: Pool, actor: Actor, person_id: int) -> Profile:
    """One person with their roles."""
    authorize(actor, "read_people")
    async with pool.database.reading() as connection:
        return Profile(await _person(connection, person_id, pool.today()), await people.grants_of(connection, person_id))


async def add_person(pool: Pool, actor: Actor, key: str, new: NewPerson) -> Added:
    """Add a person of the administrator's own union, with a role and a one-time link for the password."""
    _check_new(new)

    async def work(w: Work) -> Done:
        person_id = await _add(w.connection, new, w.today)
        await people.add_grant(w.connection, person_id, new.role, new.starts_on, new.ends_on, actor.person_id)
        # The secret is not part of the remembered answer: a replay says who was added, and a new link can be made.
        return Done({"person_id": person_id}, f"person {person_id}", {"role": new.role, "union": new.union})

    answer = await perform(pool, actor, "add_person", key, new, work, permission="manage_people", union=new.union)
    return Added(answer["person_id"], await invite(pool, actor, f"{key}-link", answer["person_id"]))


def _check_new(new: NewPerson) -> None:
    if is_blank(new.name) or len(new.name) > NAME_MAXIMUM:
        raise TextInvalid(field="name", limit=NAME_MAXIMUM)
    local, at, domain = new.email.strip().partition("@")
    if not (local and at and "." in domain) or len(new.email) > EMAIL_MAXIMUM or any(c.isspace() for c in new.email.strip()):
        raise TextInvalid(field="email", limit=EMAIL_MAXIMUM)
    if new.language not in ("en", "fr"):
        raise ChoiceInvalid(field="language", value=new.language)
    check_role(new.role, new.starts_on, new.ends_on)


def check_role(role: str, starts_on: date, ends_on: date) -> None:
    """A role is one of the table's, and its term has an end, at most five years on."""
    if role not in ROLES:
        raise ChoiceInvalid(field="role", value=role)
    if not starts_on <= ends_on <= starts_on + timedelta(days=366 * TERM_YEARS_MAXIMUM):
        raise TermInvalid(starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat())


async def _add(connection: Connection, new: NewPerson, today: date) -> int:
    await reference.union(connection, new.union)
    if await people.by_email(connection, new.email, today) is not None:
        raise PersonExists(email=new.email)
    person_id = await next_value(connection, "person")
    await people.add(connection, person_id, new.name.strip(), new.email, new.union, new.language)
    return person_id


async def invite(pool: Pool, actor: Actor, key: str, person_id: int) -> str:
    """A new one-time link for a person's password; the administrator hands it over by a safe way."""
    made: list[str] = []

    async def work(w: Work) -> Done:
        await _own_union(w, person_id)
        made.append(await people.add_link(w.connection, "password", person_id, LINK_HOURS))
        return Done({}, f"person {person_id}")

    await perform(pool, actor, "invite", key, {"person": person_id}, work, permission="manage_people")
    return made[0] if made else ""


async def grant_role(pool: Pool, actor: Actor, key: str, person_id: int, role: str, starts_on: date, ends_on: date) -> None:
    """Give another person of one's own union a role for a term of office: nobody gives themselves rights."""

    async def work(w: Work) -> Done:
        check_role(role, starts_on, ends_on)
        _not_oneself(w, person_id, "role")
        await _own_union(w, person_id)
        await people.add_grant(w.connection, person_id, role, starts_on, ends_on, actor.person_id)
        return Done({}, f"person {person_id}", {"role": role, "ends_on": ends_on.isoformat()})

    await perform(pool, actor, "grant_role", key, [person_id, role, starts_on, ends_on], work, permission="manage_people")


async def revoke_role(pool: Pool, actor: Actor, key: str, person_id: int, grant_id: UUID) -> None:
    """End a role at once; its sessions end with it. A union keeps one administrator."""

    async def work(w: Work) -> Done:
        person = await _own_union(w, person_id)
        grant = next((g for g in await people.grants_of(w.connection, person_id) if g.id == grant_id), None)
        if grant is None:
            raise NotFound(kind="role", id=str(grant_id))
        await people.revoke_grant(w.connection, grant_id, actor.person_id)
        await _keeps_administrator(w, person.union)
        await people.close_sessions(w.connection, person_id)
        return Done({}, f"person {person_id}", {"role": grant.role})

    await perform(pool, actor, "revoke_role", key, [person_id, grant_id], work, permission="manage_people")


async def disable(pool: Pool, actor: Actor, key: str, person_id: int, disabled: bool) -> None:
    """Shut a person of one's own union out at once, or let them in again."""

    async def work(w: Work) -> Done:
        person = await _own_union(w, person_id)
        await people.disable(w.connection, person_id, disabled)
        await people.close_sessions(w.connection, person_id)
        await _keeps_administrator(w, person.union)
        return Done({}, f"person {person_id}", {"disabled": disabled})

    await perform(pool, actor, "disable_person", key, [person_id, disabled], work, permission="manage_people")


async def clear_codes(pool: Pool, actor: Actor, key: str, person_id: int) -> None:
    """Stop asking another person of one's own union for one-time codes, because their phone is lost; every session of theirs ends."""

    async def work(w: Work) -> Done:
        _not_oneself(w, person_id, "codes")
        await _own_union(w, person_id)
        await people.change(w.connection, person_id, totp_secret=None, totp_last_step=None)
        await people.close_sessions(w.connection, person_id)
        return Done({}, f"person {person_id}")

    await perform(pool, actor, "clear_codes", key, {"person": person_id}, work, permission="manage_people")


def _not_oneself(w: Work, person_id: int, reason: str) -> None:
    if person_id == w.actor.person_id:
        raise SamePerson(person=w.actor.name, reason=reason)


async def _own_union(w: Work, person_id: int) -> Person:
    person = await _person(w.connection, person_id, w.today)
    if person.union != w.actor.union:
        raise OtherUnion(union=person.union or "", account="")
    return person


async def _person(connection: Connection, person_id: int, today: date) -> Person:
    person = await people.by_id(connection, person_id, today) if 1 < person_id <= people.ID_MAXIMUM else None
    if person is None:
        raise NotFound(kind="person", id=str(person_id))
    return person


async def _keeps_administrator(w: Work, union: str | None) -> None:
    if not await people.holders(w.connection, "admin", union, w.today):
        raise LastAdministrator(union=union or "")


# --- one's own --------------------------------------------------------------------------------------------------------


async def set_password_by_link(pool: Pool, secret: str, password: str) -> int:
    """Set a password through a one-time link, which is spent by it; the person's id. Ends every session of theirs."""
    hashed = await sign_in.hash_password(password)
    async with pool.database.writing() as connection:
        good, person_id = await people.find_link(connection, secret, "password")
        if not good or person_id is None or not await people.use_link(connection, secret, "password"):
            raise LinkSpent()
        await people.change(connection, person_id, password_hash=hashed)
        await people.close_sessions(connection, person_id)
        await audit.keep(connection, [audit.Event("set_password", "done", person_id, subject=f"person {person_id}")], pool.clock())
        return person_id


async def change_password(pool: Pool, actor: Actor, session: str, old: str, new: str) -> None:
    """Change one's own password; the old one is asked again, and every other session ends."""
    await check_password(pool, actor, old)
    hashed = await sign_in.hash_password(new)
    async with pool.database.writing() as connection:
        await people.change(connection, actor.person_id, password_hash=hashed)
        await people.close_sessions(connection, actor.person_id, except_secret=session)
        await audit.keep(connection, [audit.event(actor, "change_password")], pool.clock())


async def check_password(pool: Pool, actor: Actor, password: str) -> None:
    """Refuse unless it is the actor's password; as slow to guess with a borrowed session as at the door."""
    async with pool.database.reading() as connection:
        hashed, _, _ = await people.secrets_of(connection, actor.person_id)
        person = await _person(connection, actor.person_id, pool.today())
    attempt = await sign_in.claim_try(pool, person.email)
    if not await sign_in.agrees(hashed, password):
        await note(pool, [audit.event(actor, "check_password", "refused", code=SignInRefused.code)])
        raise SignInRefused(reason="password")
    async with pool.database.writing() as connection:
        await people.forget_attempt(connection, attempt)


def new_totp(email: str) -> tuple[str, str]:
    """A new one-time-code secret and its otpauth address, for a QR code; kept only once a code of it was shown."""
    secret = pyotp.random_base32()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Solidarity ledger")


async def turn_on_totp(pool: Pool, actor: Actor, password: str, secret: str, code: str) -> None:
    """Ask for a one-time code at every sign-in from now on; a first code proves that the device has the secret."""
    await check_password(pool, actor, password)
    step = sign_in.totp_step(secret, code.replace(" ", ""), pool.clock().timestamp())
    if step is None:
        raise CodeWrong()
    await _change_own(pool, actor, "turn_on_totp", totp_secret=secret, totp_last_step=step)


async def turn_off_totp(pool: Pool, actor: Actor, password: str) -> None:
    """Stop asking for codes; the password is asked again."""
    await check_password(pool, actor, password)
    await _change_own(pool, actor, "turn_off_totp", totp_secret=None, totp_last_step=None)


async def set_preferences(pool: Pool, actor: Actor, language: str, theme: str, keyboard: bool) -> None:
    """Keep one's own language, theme and whether single keys act."""
    if language not in ("en", "fr"):
        raise ChoiceInvalid(field="language", value=language)
    if theme not in ("system", "light", "dark"):
        raise ChoiceInvalid(field="theme", value=theme)
    await _change_own(pool, actor, "set_preferences", language=language, theme=theme, keyboard=keyboard)


async def choose_mail(pool: Pool, actor: Actor, mail: str) -> None:
    """Choose when one's own notices come by e-mail: at once, gathered each morning, or not at all."""
    if mail not in MAIL_CHOICES:
        raise ChoiceInvalid(field="mail", value=mail[:40])
    await _change_own(pool, actor, "choose_mail", mail=mail)


async def _change_own(pool: Pool, actor: Actor, action: str, **values: Any) -> None:
    async with pool.database.writing() as connection:
        await people.change(connection, actor.person_id, **values)
        await audit.keep(connection, [audit.event(actor, action)], pool.clock())


async def own(pool: Pool, actor: Actor) -> tuple[Person, list[Token], list[dict[str, Any]]]:
    """The person, their tokens and their live sessions."""
    async with pool.database.reading() as connection:
        person = await _person(connection, actor.person_id, pool.today())
        return person, await people.tokens_of(connection, actor.person_id), await people.sessions_of(connection, actor.person_id)


async def add_token(pool: Pool, actor: Actor, name: str, permissions: list[str], days: int) -> tuple[UUID, str]:
    """A new API token that may do at most what its owner may; its secret is shown once and never again."""
    if is_blank(name) or len(name) > NAME_MAXIMUM:
        raise TextInvalid(field="name", limit=NAME_MAXIMUM)
    if not 1 <= days <= TOKEN_DAYS_MAXIMUM:
        raise ChoiceInvalid(field="days", value=str(days))
    wrong = next((p for p in permissions if p not in PERMISSIONS or not actor.can(p)), None)
    if wrong is not None or not permissions:
        raise ChoiceInvalid(field="permissions", value=wrong or "")
    async with pool.database.writing() as connection:
        token_id, secret = await people.add_token(connection, actor.person_id, name.strip(), permissions, days)
        await audit.keep(connection, [audit.event(actor, "add_token", subject=f"token {token_id}", permissions=permissions)], pool.clock())
    return token_id, secret


async def revoke_token(pool: Pool, actor: Actor, token_id: UUID) -> None:
    """Revoke one's own token."""
    async with pool.database.writing() as connection:
        if not await people.revoke_token(connection, actor.person_id, token_id):
            raise NotFound(kind="token", id=str(token_id))
        await audit.keep(connection, [audit.event(actor, "revoke_token", subject=f"token {token_id}")], pool.clock())


# --- first run --------------------------------------------------------------------------------------------------------


class FirstPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first administrator of one union."""

    union: str
    name: str
    email: str
    language: str = "en"


async def setup_needed(pool: Pool) -> bool:
    """Whether nobody can administer the books yet."""
    async with pool.database.reading() as connection:
        return not await people.everyone(connection, pool.today())


async def setup_link(pool: Pool) -> str | None:
    """A one-time set-up link's secret while nobody is there; None afterwards."""
    if not await setup_needed(pool):
        return None
    async with pool.database.writing() as connection:
        return await people.add_link(connection, "setup", None, LINK_HOURS)


async def setup_link_is_good(pool: Pool, secret: str) -> bool:
    """Whether a set-up link can still be used."""
    async with pool.database.reading() as connection:
        good, _ = await people.find_link(connection, secret, "setup")
        return good and not await people.everyone(connection, pool.today())


async def set_up(pool: Pool, secret: str, first: list[FirstPerson]) -> list[Added]:
    """Name the first administrator of every union, each with a one-time link for their own password."""
    today = pool.today()
    ends_on = sign_in.term_of(today)[1]
    async with pool.database.writing() as connection:
        await journal.lock_head(connection)
        if await people.everyone(connection, today) or not await people.use_link(connection, secret, "setup"):
            raise LinkSpent()
        expected = {union.code for union in await reference.unions(connection)}
        if {person.union for person in first} != expected or len(first) != len(expected):
            raise ChoiceInvalid(field="union", value=", ".join(sorted(person.union for person in first)))
        return [await _first_administrator(connection, pool, person, today, ends_on) for person in first]


async def _first_administrator(connection: Connection, pool: Pool, first: FirstPerson, today: date, ends_on: date) -> Added:
    new = NewPerson(name=first.name, email=first.email, union=first.union, role="admin", starts_on=today, ends_on=ends_on, language=first.language)
    _check_new(new)
    person_id = await _add(connection, new, today)
    await people.add_grant(connection, person_id, "admin", today, ends_on, person_id)
    event = audit.Event("set_up", "done", person_id, first.union, "page", f"person {person_id}", {"role": "admin"})
    await audit.keep(connection, [event], pool.clock())
    return Added(person_id, await people.add_link(connection, "password", person_id, LINK_HOURS))


async def password_link_is_good(pool: Pool, secret: str) -> bool:
    """Whether a one-time link can still set a password."""
    async with pool.database.reading() as connection:
        return (await people.find_link(connection, secret, "password"))[0]


async def end_other_sessions(pool: Pool, actor: Actor, session: str) -> None:
    """End every session of one's own but this one."""
    async with pool.database.writing() as connection:
        await people.close_sessions(connection, actor.person_id, except_secret=session)
        await audit.keep(connection, [audit.event(actor, "end_other_sessions")], pool.clock())
