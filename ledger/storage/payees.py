"""Read payees and their bank details, and keep new ones and their states.

Whoever reads bank details here answers for who gets to see them; the services do (:func:`ledger.domain.payees.sight`).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.payees import Payee, PayeeAccount
from ledger.domain.refusals import NotFound, PayeeDetailsMissing
from ledger.storage.database import Connection

_PAYEES = """
    SELECT p.number, p.name, p.country::text, p.remark, r.name AS recorded_by, p.name_key
    FROM payees p JOIN people r ON r.id = p.recorded_by"""

_ACCOUNTS = """
    SELECT a.id, a.payee, a.currency::text, a.holder, a.bank, a.details, a.hint, a.call_back, a.state, a.proposed_by, a.proposed_at,
        a.decided_by, a.decided_at, a.remark, p.name AS proposer, p.union_code AS proposer_union, coalesce(d.name, '') AS decider,
        d.union_code AS decider_union
    FROM payee_accounts a JOIN people p ON p.id = a.proposed_by LEFT JOIN people d ON d.id = a.decided_by"""


class Step(msgspec.Struct, frozen=True):
    """One step of what became of bank details: who took it and when; of the details only their currency and last four."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    account: UUID
    currency: str
    hint: str


class Proposal(msgspec.Struct, frozen=True):
    """Bank details that wait for a decision."""

    id: UUID
    payee: str
    name: str
    currency: str
    proposer: str
    union: str | None
    since: date


STEPS = ("propose_payee_account", "confirm_payee_account", "reject_payee_account", "retire_payee_account")


# --- payees -----------------------------------------------------------------------------------------------------------


async def payee(connection: Connection, number: str, lock: bool = False) -> Payee:
    """One payee by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_PAYEES} WHERE p.number = $1 {'FOR UPDATE OF p' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="payee", id=number[:40])
    return _payee(row)


async def find(connection: Connection, number: str) -> Payee | None:
    """The payee of a number, if there is one."""
    row = await connection.fetchrow(f"{_PAYEES} WHERE p.number = $1", number)
    return None if row is None else _payee(row)


async def payee_named(connection: Connection, key: str) -> Payee | None:
    """The payee of that folded name, if there is one."""
    row = await connection.fetchrow(f"{_PAYEES} WHERE p.name_key = $1", key)
    return None if row is None else _payee(row)


async def payees(connection: Connection, words: Sequence[str], country: str | None, after: str, limit: int) -> list[tuple[str, Payee]]:
    """At most ``limit`` payees after a folded name, in the order of folded names, each with its own.

    A payee fits when every word begins a word of its name, or is part of its number.
    """
    rows = await connection.fetch(
        f"""{_PAYEES} WHERE ' ' || p.name_key || ' ' || lower(replace(p.number, '-', ' ')) LIKE ALL ($1::text[])
        AND ($2::text IS NULL OR p.country = $2) AND p.name_key > $3 ORDER BY p.name_key LIMIT $4""",
        [f"% {word}%" for word in words], country, after, limit,
    )  # fmt: skip
    return [(row["name_key"], _payee(row)) for row in rows]


def _payee(row: Any) -> Payee:
    return Payee(number=row["number"], name=row["name"], country=row["country"], remark=row["remark"], recorded_by=row["recorded_by"])


async def add(connection: Connection, new: Payee, key: str, person_id: int, now: datetime) -> None:
    """Keep a new payee under its folded name."""
    await connection.execute(
        """INSERT INTO payees (number, name, name_key, country, remark, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        new.number, new.name, key, new.country, new.remark, person_id, now,
    )  # fmt: skip


async def change(connection: Connection, new: Payee, key: str) -> None:
    """Keep a payee's new name, country and remark."""
    await connection.execute(
        "UPDATE payees SET name = $2, name_key = $3, country = $4, remark = $5 WHERE number = $1",
        new.number, new.name, key, new.country, new.remark,
    )  # fmt: skip


# --- bank details -----------------------------------------------------------------------------------------------------


async def account(connection: Connection, account_id: UUID, lock: bool = False) -> PayeeAccount:
    """Bank details by their id; refuses unknown ones."""
    row = await connection.fetchrow(f"{_ACCOUNTS} WHERE a.id = $1 {'FOR UPDATE OF a' if lock else ''}", account_id)
    if row is None:
        raise NotFound(kind="payee_account", id=str(account_id))
    return _account(row)


async def accounts(connection: Connection, payees: Sequence[str]) -> list[PayeeAccount]:
    """Every bank details these payees have or had, the newest proposal first."""
    rows = await connection.fetch(f"{_ACCOUNTS} WHERE a.payee = ANY($1::text[]) ORDER BY a.proposed_at DESC, a.id DESC", list(payees))
    return [_account(row) for row in rows]


async def confirmed_account(connection: Connection, payee: str, currency: str) -> PayeeAccount:
    """Where money in a currency is paid to; refuses where no details are confirmed."""
    row = await connection.fetchrow(f"{_ACCOUNTS} WHERE a.payee = $1 AND a.currency = $2 AND a.state = 'confirmed'", payee, currency)
    if row is None:
        raise PayeeDetailsMissing(payee=payee, currency=currency)
    return _account(row)


async def payable_in(connection: Connection, currency: str) -> list[tuple[str, str]]:
    """(number, name) of everybody whose bank details in a currency are confirmed, by name."""
    rows = await connection.fetch(
        """SELECT p.number, p.name FROM payees p JOIN payee_accounts a ON a.payee = p.number
        WHERE a.currency = $1 AND a.state = 'confirmed' ORDER BY p.name_key""",
        currency,
    )
    return [(row["number"], row["name"]) for row in rows]


def _account(row: Any) -> PayeeAccount:
    fields = dict(row)
    proposer, decider = (fields.pop("proposer"), fields.pop("proposer_union")), (fields.pop("decider"), fields.pop("decider_union"))
    return PayeeAccount(**fields, proposer=proposer, decider=decider)


async def add_account(connection: Connection, new: PayeeAccount) -> None:
    """Keep proposed bank details."""
    await connection.execute(
        """INSERT INTO payee_accounts (id, payee, currency, holder, bank, details, hint, call_back, state, proposed_by, proposed_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        new.id, new.payee, new.currency, new.holder, new.bank, new.details, new.hint, new.call_back, new.state, new.proposed_by,
        new.proposed_at, new.remark,
    )  # fmt: skip


async def decide(connection: Connection, account_id: UUID, state: str, remark: str, person_id: int, now: datetime) -> None:
    """The details were confirmed or rejected."""
    await connection.execute(
        "UPDATE payee_accounts SET state = $2, remark = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
        account_id, state, remark, person_id, now,
    )  # fmt: skip


async def retire(connection: Connection, account_id: UUID, remark: str) -> None:
    """Nothing is paid to these details any more; who confirmed them stays known."""
    await connection.execute("UPDATE payee_accounts SET state = 'retired', remark = $2 WHERE id = $1", account_id, remark)


async def retire_confirmed(connection: Connection, payee: str, currency: str) -> list[UUID]:
    """Nothing is paid to what was confirmed in a currency until now; which details those were."""
    rows = await connection.fetch(
        "UPDATE payee_accounts SET state = 'retired' WHERE payee = $1 AND currency = $2 AND state = 'confirmed' RETURNING id", payee, currency
    )
    return [row["id"] for row in rows]


async def steps(connection: Connection, payee: str) -> list[Step]:
    """What was done about a payee's bank details, newest first, from the audit trail."""
    rows = await connection.fetch(
        """SELECT a.recorded_at, coalesce(p.name, '') AS person, a.union_code AS "union", a.action AS what, d.id AS account,
            d.currency::text, d.hint
        FROM audit a JOIN payee_accounts d ON d.id = (a.details->>'account')::uuid LEFT JOIN people p ON p.id = a.person_id
        WHERE a.subject = $1 AND a.outcome = 'done' AND a.action = ANY($2::text[]) ORDER BY a.recorded_at DESC, a.id DESC""",
        payee, STEPS,
    )  # fmt: skip
    return [Step(**dict(row)) for row in rows]


async def proposals(connection: Connection, not_by: str | None) -> list[Proposal]:
    """Details that wait, unless a person of that union proposed them, oldest first."""
    rows = await connection.fetch(
        """SELECT a.id, a.payee, y.name, a.currency::text, p.name AS proposer, p.union_code AS "union",
            (a.proposed_at AT TIME ZONE 'America/Toronto')::date AS since
        FROM payee_accounts a JOIN payees y ON y.number = a.payee JOIN people p ON p.id = a.proposed_by
        WHERE a.state = 'proposed' AND p.union_code IS DISTINCT FROM $1 ORDER BY a.proposed_at, a.id""",
        not_by,
    )
    return [Proposal(**dict(row)) for row in rows]
