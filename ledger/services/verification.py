"""Verify the books in the database: the chain, the rows against the hashed bytes, and every derived figure against the postings."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.chain import Fault, decode
from ledger.domain.verification import Checked, Verifier
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit, journal_lines
from ledger.storage.journal import read_head

_COMPARED = ("entry_date", "effective_date", "kind", "description", "reference", "subject", "origin", "reverses", "corrects")


async def verify(pool: Pool, actor: Actor, heads: Mapping[int, str] | None = None, progress: Callable[[int, int], None] | None = None) -> Checked:
    """Check everything in one snapshot. ``heads`` are past heads somebody kept; ``progress`` is told (done, of)."""
    authorize(actor, "verify_books")
    verifier = Verifier(heads)
    async with pool.database.reporting() as connection:
        head = await read_head(connection)
        stretch: list[journal_lines.Line] = []
        async for line in journal_lines.lines(connection):
            verifier.take(line.number, line.previous_hash, line.canonical, line.hash)
            stretch.append(line)
            if len(stretch) == journal_lines.STRETCH:
                verifier.result.faults.extend(await _row_faults(connection, stretch))
                stretch = []
                if progress:
                    progress(line.number, head.number)
        verifier.result.faults.extend(await _row_faults(connection, stretch))
        result = verifier.finish(head.number, head.hash.hex())
        for what, where in await journal_lines.derived_faults(connection):
            result.faults.append(Fault(0, f"{what} do not agree with the postings: {where}"))
    await note(pool, [audit.event(actor, "verify_books", entries=result.entries, faults=len(result.faults))])
    return result


async def _row_faults(connection: Any, stretch: list[journal_lines.Line]) -> list[Fault]:
    if not stretch:
        return []
    rows = {row["number"]: row for row in await journal_lines.recorded_rows(connection, stretch[0].number, stretch[-1].number)}
    return [fault for line in stretch for fault in _compare(line, rows.get(line.number))]


def _compare(line: journal_lines.Line, row: dict[str, Any] | None) -> list[Fault]:
    """Where an entry's own columns and postings say something else than its hashed bytes."""
    try:
        hashed = decode(line.canonical)
    except (msgspec.DecodeError, RecursionError):
        return []
    if row is None:
        return [Fault(line.number, "its row is missing")]
    recorded = msgspec.to_builtins({name: row[name] for name in _COMPARED})
    wrong = [name for name in _COMPARED if recorded[name] != hashed.get(name)]
    if list(row["tags"]) != hashed.get("tags"):
        wrong.append("tags")
    if row["actor_id"] != (hashed.get("actor") or [None])[0]:
        wrong.append("actor")
    if row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds") != hashed.get("recorded_at"):
        wrong.append("recorded_at")
    if (row["postings"] or []) != hashed.get("postings") or row["whole"] is False:
        wrong.append("postings")
    if row["exchange"] != hashed.get("exchange"):
        wrong.append("exchange")
    return [Fault(line.number, f"the recorded {name} is not what was hashed") for name in wrong]
