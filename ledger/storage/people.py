"""Keep people, their roles with terms of office, sessions, tokens, one-time links and sign-in attempts.

Secrets are kept as digests: a session, a token or a link is 256 random bits, of which only the SHA-256 is stored. Expiry is judged by
the database's clock, so that a wrong clock on a web server revives no session.
"""

import hashlib
import secrets
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

SESSION_HOURS = 10
ATTEMPTS_MAXIMUM = 10
ATTEMPTS_MINUTES = 15
# What the column holds; the system itself is person 1.
ID_MAXIMUM = 2**31 - 1


class Person(msgspec.Struct, frozen=True):
    """One person, with the roles in force on the day asked for."""

    id: int
    name: str
    email: str
    union: str | None
    language: str
    theme: str
    keyboard: bool
    mail: str
    has_password: bool
    has_totp: bool
    disabled: bool
    sample: bool
    last_seen_entry: int
    roles: tuple[str, ...]


_PERSON = """
    SELECT p.id, p.name, p.email, p.union_code AS union, p.language, p.theme, p.keyboard, p.mail, p.password_hash IS NOT NULL AS has_password,
           p.totp_secret IS NOT NULL AS has_totp, p.disabled_at IS NOT NULL AS disabled, p.sample_password IS NOT NULL AS sample,
           p.last_seen_entry,
           ARRAY(SELECT DISTINCT g.role FROM grants g WHERE g.person_id = p.id AND g.revoked_at IS NULL
                 AND $1 BETWEEN g.starts_on AND g.ends_on ORDER BY g.role) AS roles
    FROM people p"""


def _person(row: Any) -> Person:
    fields: dict[str, Any] = {name: row[name] for name in Person.__struct_fields__}
    return Person(**fields | {"roles": tuple(row["roles"])})


def digest(secret: str) -> bytes:
    """What is stored of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


async def by_id(connection: Connection, person_id: int, today: date) -> Person | None:
    """One person by id."""
    row = await connection.fetchrow(f"{_PERSON} WHERE p.id = $2", today, person_id)
    return None if row is None else _person(row)


async def by_email(connection: Connection, email: str, today: date) -> Person | None:
    """One person by e-mail address, in any case."""
    row = await connection.fetchrow(f"{_PERSON} WHERE p.email = $2", today, email.strip().casefold())
    return None if row is None else _person(row)


async def everyone(connection: Connection, today: date) -> list[Person]:
    """Everybody but the scheduled jobs, by union and name."""
    rows = await connection.fetch(f"{_PERSON} WHERE p.id > 1 ORDER BY p.union_code NULLS FIRST, p.name, p.id", today)
    return [_person(row) for row in rows]


async def secrets_of(connection: Connection, person_id: int) -> tuple[str | None, str | None, int | None]:
    """The password hash, the TOTP secret and the last TOTP step used."""
    row = await connection.fetchrow("SELECT password_hash, totp_secret, totp_last_step FROM people WHERE id = $1", person_id)
    return row["password_hash"], row["totp_secret"], row["totp_last_step"]


async def sample_people(connection: Connection, today: date) -> list[tuple[Person, str]]:
    """The people of sample books with the passwords that the sign-in page shows."""
    rows = await connection.fetch(f"{_PERSON} WHERE p.sample_password IS NOT NULL AND p.disabled_at IS NULL ORDER BY p.id", today)
    words = await connection.fetch("SELECT id, sample_password FROM people WHERE sample_password IS NOT NULL")
    shown = {row["id"]: row["sample_password"] for row in words}
    return [(_person(row), shown[row["id"]]) for row in rows]


# --- sessions and tokens ----------------------------------------------------------------------------------------------


async def open_session(connection: Connection, person_id: int, address: str, agent: str) -> str:
    """A new session's secret; it ends after ten hours, whatever happens."""
    secret = secrets.token_urlsafe(32)
    await connection.execute(
        """INSERT INTO sessions (id, person_id, created_at, seen_at, expires_at, address, agent)
        VALUES ($1, $2, clock_timestamp(), clock_timestamp(), clock_timestamp() + $3, $4, $5)""",
        digest(secret), person_id, timedelta(hours=SESSION_HOURS), address, agent[:200],
    )  # fmt: skip
    return secret


async def by_session(connection: Connection, secret: str, today: date) -> Person | None:
    """Whose live session it is; None when it ended or its person was disabled."""
    row = await connection.fetchrow(
        f"{_PERSON} JOIN sessions s ON s.person_id = p.id WHERE s.id = $2 AND s.expires_at > clock_timestamp() AND p.disabled_at IS NULL",
        today, digest(secret),
    )  # fmt: skip
    return None if row is None else _person(row)


async def close_session(connection: Connection, secret: str) -> None:
    """End one session."""
    await connection.execute("DELETE FROM sessions WHERE id = $1", digest(secret))


async def close_sessions(connection: Connection, person_id: int, except_secret: str = "") -> None:
    """End every session of a person, but one where given."""
    await connection.execute("DELETE FROM sessions WHERE person_id = $1 AND id <> $2", person_id, digest(except_secret))


async def sessions_of(connection: Connection, person_id: int) -> list[dict[str, Any]]:
    """The live sessions of a person: since when, from where, until when."""
    rows = await connection.fetch(
        """SELECT id, created_at, expires_at, address, agent FROM sessions
        WHERE person_id = $1 AND expires_at > clock_timestamp() ORDER BY created_at DESC""",
        person_id,
    )
    return [dict(row) for row in rows]


class Token(msgspec.Struct, frozen=True):
    """An API token as it is listed: never its secret, only its last four characters."""

    id: UUID
    name: str
    hint: str
    permissions: tuple[str, ...]
    created_at: Any
    expires_at: Any
    used_at: Any
    revoked_at: Any


async def add_token(connection: Connection, person_id: int, name: str, permissions: list[str], days: int) -> tuple[UUID, str]:
    """A new token's id and its secret, which is shown once."""
    secret, token_id = f"nasp_{secrets.token_urlsafe(32)}", ordered_id()
    await connection.execute(
        """INSERT INTO tokens (id, person_id, name, digest, hint, permissions, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + $7)""",
        token_id, person_id, name, digest(secret), secret[-4:], permissions, timedelta(days=days),
    )  # fmt: skip
    return token_id, secret


async def by_token(connection: Connection, secret: str, today: date) -> tuple[Person, frozenset[str]] | None:
    """Whose live token it is, and what it may be used for."""
    row = await connection.fetchrow(
        """SELECT t.person_id, t.permissions FROM tokens t WHERE t.digest = $1 AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()""",
        digest(secret),
    )
    person = None if row is None else await by_id(connection, row["person_id"], today)
    return None if person is None or person.disabled else (person, frozenset(row["permissions"]))


async def tokens_of(connection: Connection, person_id: int) -> list[Token]:
    """A person's tokens, newest first."""
    rows = await connection.fetch(
        """SELECT id, name, hint, permissions, created_at, expires_at, used_at, revoked_at FROM tokens
        WHERE person_id = $1 ORDER BY created_at DESC, id""",
        person_id,
    )
    return [Token(**{**dict(row), "permissions": tuple(row["permissions"])}) for row in rows]


async def revoke_token(connection: Connection, person_id: int, token_id: UUID) -> bool:
    """Revoke a person's own token; whether there was one to revoke."""
    done = await connection.execute(
        "UPDATE tokens SET revoked_at = clock_timestamp() WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL", token_id, person_id
    )
    return bool(done == "UPDATE 1")


# --- attempts ---------------------------------------------------------------------------------------------------------


_ONE_TRY_AT_A_TIME = 4_011_956


async def claim_attempt(connection: Connection, email: str, address: str = "") -> tuple[UUID | None, int]:
    """Count one try before it is judged, so that a hundred sent at once are ten tries; (its id, 0), or (None, the seconds to wait).

    A try for the name alone where there is no ``address``. One that agrees is taken off again by :func:`forget_attempt`.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_TRY_AT_A_TIME)
    seconds = await _shut_for(connection, email, address)
    if seconds > 0:
        return None, seconds
    attempt = ordered_id()
    await connection.execute(
        "INSERT INTO attempts (id, name_digest, address, attempted_at, succeeded) VALUES ($1, $2, $3, clock_timestamp(), false)",
        attempt, digest(email.strip().casefold()), address,
    )  # fmt: skip
    await connection.execute("DELETE FROM attempts WHERE attempted_at < clock_timestamp() - $1::interval", timedelta(days=1))
    return attempt, 0


async def _shut_for(connection: Connection, email: str, address: str) -> int:
    """The seconds until fewer than ten failed tries of the last quarter of an hour are left, for the name and for the address."""
    seconds: int | None = await connection.fetchval(
        """SELECT ceil(extract(epoch FROM max(attempted_at) + $3::interval - clock_timestamp()))::int FROM (
            (SELECT attempted_at FROM attempts WHERE name_digest = $1 AND attempted_at > clock_timestamp() - $3::interval
            ORDER BY attempted_at DESC OFFSET $4 LIMIT 1)
            UNION ALL
            (SELECT attempted_at FROM attempts WHERE address = $2 AND $2 <> '' AND attempted_at > clock_timestamp() - $3::interval
            ORDER BY attempted_at DESC OFFSET $4 LIMIT 1)) AS tenth""",
        digest(email.strip().casefold()), address, timedelta(minutes=ATTEMPTS_MINUTES), ATTEMPTS_MAXIMUM - 1,
    )  # fmt: skip
    return seconds or 0


async def forget_attempt(connection: Connection, attempt: UUID) -> None:
    """Take a try that agreed off again."""
    await connection.execute("DELETE FROM attempts WHERE id = $1", attempt)


# --- people, roles and links ------------------------------------------------------------------------------------------


async def add(connection: Connection, person_id: int, name: str, email: str, union: str | None, language: str) -> None:
    """Add a person without a password."""
    await connection.execute(
        """INSERT INTO people (id, name, email, union_code, language, theme, keyboard, created_at, last_seen_entry)
        VALUES ($1, $2, $3, $4, $5, 'system', true, clock_timestamp(), (SELECT number FROM head))""",
        person_id, name, email.strip().casefold(), union, language,
    )  # fmt: skip


_CHANGEABLE = frozenset(
    {"name", "email", "language", "theme", "keyboard", "mail", "password_hash", "totp_secret", "totp_last_step", "sample_password", "last_seen_entry"}
)


async def change(connection: Connection, person_id: int, **values: Any) -> None:
    """Set columns of a person."""
    if not values.keys() <= _CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(values.keys() - _CHANGEABLE)}")
    columns = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
    await connection.execute(f"UPDATE people SET {columns} WHERE id = $1", person_id, *values.values())


async def disable(connection: Connection, person_id: int, disabled: bool) -> None:
    """Shut a person out, or let them in again."""
    await connection.execute(
        "UPDATE people SET disabled_at = CASE WHEN $2 THEN statement_timestamp() END WHERE id = $1", person_id, disabled
    )


class Grant(msgspec.Struct, frozen=True):
    """A role with its term of office."""

    id: UUID
    person_id: int
    role: str
    local_id: int | None
    starts_on: date
    ends_on: date
    granted_by: int
    revoked_at: Any


async def add_grant(
    connection: Connection, person_id: int, role: str, starts_on: date, ends_on: date, granted_by: int, local_id: int | None = None
) -> UUID:
    """Give a role for a term of office."""
    grant_id = ordered_id()
    await connection.execute(
        """INSERT INTO grants (id, person_id, role, local_id, starts_on, ends_on, granted_by, granted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())""",
        grant_id, person_id, role, local_id, starts_on, ends_on, granted_by,
    )  # fmt: skip
    return grant_id


async def grants_of(connection: Connection, person_id: int) -> list[Grant]:
    """A person's roles, past and present, newest term first."""
    rows = await connection.fetch("SELECT * FROM grants WHERE person_id = $1 ORDER BY starts_on DESC, id", person_id)
    return [Grant(**{name: row[name] for name in Grant.__struct_fields__}) for row in rows]


async def revoke_grant(connection: Connection, grant_id: UUID, revoked_by: int) -> None:
    """End a role before its term does."""
    await connection.execute(
        "UPDATE grants SET revoked_at = statement_timestamp(), revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL", grant_id, revoked_by
    )


async def holders(connection: Connection, role: str, union: str | None, today: date) -> list[int]:
    """Who holds a role in a union today and can sign in."""
    rows = await connection.fetch(
        """SELECT DISTINCT p.id FROM people p JOIN grants g ON g.person_id = p.id
        WHERE g.role = $1 AND p.union_code IS NOT DISTINCT FROM $2 AND g.revoked_at IS NULL AND $3 BETWEEN g.starts_on AND g.ends_on
        AND p.disabled_at IS NULL ORDER BY p.id""",
        role, union, today,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def add_link(connection: Connection, purpose: str, person_id: int | None, hours: int) -> str:
    """A one-time link's secret, for setting up the books or a password."""
    secret = secrets.token_urlsafe(32)
    await connection.execute(
        """INSERT INTO links (digest, purpose, person_id, created_at, expires_at)
        VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4)""",
        digest(secret), purpose, person_id, timedelta(hours=hours),
    )  # fmt: skip
    return secret


async def find_link(connection: Connection, secret: str, purpose: str) -> tuple[bool, int | None]:
    """Whether a one-time link is still good, and whose it is."""
    row = await connection.fetchrow(
        "SELECT person_id FROM links WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > clock_timestamp()",
        digest(secret), purpose,
    )  # fmt: skip
    return (False, None) if row is None else (True, row["person_id"])


async def use_link(connection: Connection, secret: str, purpose: str) -> bool:
    """Use a one-time link up; whether it was still good."""
    done = await connection.execute(
        "UPDATE links SET used_at = statement_timestamp() WHERE digest = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > statement_timestamp()",
        digest(secret), purpose,
    )  # fmt: skip
    return bool(done == "UPDATE 1")
