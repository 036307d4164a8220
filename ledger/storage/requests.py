"""Remember the first definite answer to every idempotency key, refusals included, and give it again."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.refusals import KeyForeign, KeyInvalid, KeyMissing, KeyReused, Refusal, all_refusals
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

_REFUSALS = all_refusals()
_KEY = re.compile("[!-~]{8,100}")


class Remembered(msgspec.Struct, frozen=True):
    """A settled request: who asked what, and the answer or the refusal it got."""

    person_id: int
    fingerprint: bytes
    refusal: str | None
    answer: Any

    def again(self, actor: Actor, fingerprint: bytes) -> Any:
        """The same answer, or the same refusal raised; another person's or another request's key is refused."""
        if self.person_id != actor.person_id:
            raise KeyForeign()
        if self.fingerprint != fingerprint:
            raise KeyReused()
        if self.refusal is not None:
            raise _REFUSALS[self.refusal](**self.answer)
        return self.answer


def check_key(key: str | None) -> str:
    """The idempotency key itself, if it is 8 to 100 visible ASCII characters."""
    if not key:
        raise KeyMissing()
    if not _KEY.fullmatch(key):
        raise KeyInvalid()
    return key


def fingerprint(operation: str, request: Any) -> bytes:
    """SHA-256 of the operation and the request as JSON with sorted keys."""
    return hashlib.sha256(operation.encode() + b"\0" + msgspec.json.encode(request, order="sorted")).digest()


async def recall(connection: Connection, keys: Sequence[str]) -> dict[str, Remembered]:
    """What is remembered of these keys."""
    rows = await connection.fetch(
        # One look at the index a key: with ANY, a plan made while the table was small reads all of it, and is kept.
        """SELECT r.key, person_id, fingerprint, refusal, answer FROM unnest($1::text[]) AS asked (key)
        CROSS JOIN LATERAL (SELECT * FROM requests WHERE requests.key = asked.key LIMIT 1) AS r""",
        keys,
    )
    return {row["key"]: Remembered(row["person_id"], row["fingerprint"], row["refusal"], row["answer"]) for row in rows}


class Settled(msgspec.Struct, frozen=True):
    """One request's outcome, to be remembered."""

    key: str
    operation: str
    fingerprint: bytes
    person_id: int
    refusal: str | None
    answer: Any


async def remember(connection: Connection, settled: Sequence[Settled], now: datetime) -> None:
    """Keep outcomes in the transaction that made them. A twin that got there first raises UniqueViolationError."""
    await connection.execute(
        """INSERT INTO requests (key, operation, fingerprint, person_id, refusal, answer, recorded_at)
        SELECT key, operation, fingerprint, person_id, refusal, answer::jsonb, $1
        FROM unnest($2::text::text[], $3::text::text[], $4::text::bytea[], $5::text::int[], $6::text::text[], $7::text::text[])
            AS r (key, operation, fingerprint, person_id, refusal, answer)""",
        now, *settled_columns(settled),
    )  # fmt: skip


def settled_columns(settled: Sequence[Settled]) -> list[str]:
    """Outcomes as the six arrays of an INSERT: key, operation, fingerprint, person, refusal, answer."""
    return columns([(s.key, s.operation, s.fingerprint, s.person_id, s.refusal, msgspec.json.encode(s.answer).decode()) for s in settled], 6)


def refused(key: str, operation: str, mark: bytes, actor: Actor, refusal: Refusal) -> Settled:
    """A refusal as an outcome to be remembered."""
    return Settled(key, operation, mark, actor.person_id, refusal.code, refusal.params)
