"""Keep thresholds in versions, whatever became of each."""

from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.thresholds import Threshold
from ledger.storage.database import Connection

_COLUMNS = Threshold.__struct_fields__


async def thresholds(connection: Connection) -> list[Threshold]:
    """Every version of every code, by code, the newest first."""
    return [Threshold(**dict(row)) for row in await connection.fetch(f"SELECT {', '.join(_COLUMNS)} FROM thresholds ORDER BY code, version DESC")]


async def threshold(connection: Connection, code: str, version: int, lock: bool = False) -> Threshold:
    """One version; refuses an unknown one."""
    row = await connection.fetchrow(
        f"SELECT {', '.join(_COLUMNS)} FROM thresholds WHERE code = $1 AND version = $2 {'FOR UPDATE' if lock else ''}", code, version
    )
    if row is None:
        raise NotFound(kind="threshold", id=f"{code}/{version}"[:60])
    return Threshold(**dict(row))


async def add(connection: Connection, new: Threshold) -> None:
    """Keep a version."""
    values: dict[str, Any] = msgspec.structs.asdict(new)
    places = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
    await connection.execute(f"INSERT INTO thresholds ({', '.join(_COLUMNS)}) VALUES ({places})", *(values[name] for name in _COLUMNS))


async def decide(connection: Connection, code: str, version: int, state: str, person_id: int, now: datetime) -> None:
    """The proposed version is confirmed or rejected."""
    await connection.execute(
        "UPDATE thresholds SET state = $3, decided_by = $4, decided_at = $5 WHERE code = $1 AND version = $2", code, version, state, person_id, now
    )
