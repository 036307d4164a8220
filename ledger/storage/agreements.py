"""Keep agreements between the unions in versions, with who signed each, whatever became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain import agreements as rules
from ledger.domain.agreements import Agreement, ProposeAgreement, Signature, Terms, terms_of
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection
from ledger.storage.narrowing import in_order, narrowed, newest_first

_TERMS = Terms.__struct_fields__
_AGREEMENTS = """
    SELECT a.number, a.version, a.kind, a.title, a.fixes, a.valid_from, a.valid_to, a.charge_back_percent, a.share_basis, a.shares,
        a.currency::text, a.debt_currency::text, a.rate_source, a.rate_rule, a.settlement_rule, a.fee_borne_by, a.tolerance_minor, a.notice_days, a.ending,
        a.state, a.proposed_by, p.name AS proposed_by_name, a.proposed_union, a.proposed_at, a.decided_by, d.name AS decided_by_name, a.decided_at,
        a.ended_by, e.name AS ended_by_name, a.ended_at, a.remark
    FROM agreements a JOIN people p ON p.id = a.proposed_by LEFT JOIN people d ON d.id = a.decided_by LEFT JOIN people e ON e.id = a.ended_by"""


class Reference(msgspec.Struct, frozen=True):
    """A record that refers to an agreement."""

    kind: str
    number: str
    state: str


async def versions(connection: Connection, number: str, lock: bool = False) -> list[Agreement]:
    """Every version of an agreement, the oldest first; refuses one that is not there. Locked, nobody else adds to it or decides meanwhile."""
    if lock:
        await connection.fetch("SELECT FROM agreements WHERE number = $1 ORDER BY version FOR UPDATE", number)
    rows = await connection.fetch(f"{_AGREEMENTS} WHERE a.number = $1 ORDER BY a.version", number)
    if not rows:
        raise NotFound(kind="agreement", id=number[:40])
    return await _whole(connection, rows)


async def in_force(connection: Connection, number: str, day: date) -> Agreement:
    """The version of an agreement that holds on a day; refuses one that is not there, and one of which none does."""
    return rules.holding(number, await versions(connection, number), day)


async def page(connection: Connection, after: str | None, limit: int) -> list[str]:
    """The numbers of agreements, the newest first, beginning after one; every agreement has a first version."""
    rows = await newest_first(connection, "SELECT a.number FROM agreements a", "a.number", (("a.version = {}", 1),), after, limit)
    return [row["number"] for row in rows]


async def of_numbers(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Agreement]]:
    """Every version of several agreements, the oldest first, in the order of the numbers."""
    found: dict[str, list[Agreement]] = {number: [] for number in numbers}
    for each in await _whole(connection, await connection.fetch(f"{_AGREEMENTS} WHERE a.number = ANY($1::text[]) ORDER BY a.version", list(numbers))):
        found[each.number].append(each)
    return found


async def living(connection: Connection, since: date, kinds: Sequence[str] | None = None) -> dict[str, list[Agreement]]:
    """Every version of the agreements of which one held on a day or holds after it, by number, the newest agreement first."""
    where, values = narrowed([("(a.valid_to IS NULL OR a.valid_to >= {})", since), ("a.kind = ANY({}::text[])", kinds)])
    rows = await connection.fetch(
        f"SELECT a.number FROM agreements a WHERE a.state = 'confirmed' AND {where} GROUP BY a.number ORDER BY {in_order('a.number')} DESC", *values
    )
    return await of_numbers(connection, [row["number"] for row in rows]) if rows else {}


async def proposed(connection: Connection, limit: int) -> list[Agreement]:
    """Versions that wait for the other union, the oldest agreement first."""
    rows = await connection.fetch(f"{_AGREEMENTS} WHERE a.state = 'proposed' ORDER BY {in_order('a.number')} LIMIT $1", limit)
    return await _whole(connection, rows)


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Agreement]:
    signed: dict[tuple[str, int], list[Signature]] = {(row["number"], row["version"]): [] for row in rows}
    found = await connection.fetch(
        """SELECT number, version, union_code, signed_by, office, signed_on FROM agreement_signatures
        WHERE number = ANY($1::text[]) ORDER BY number, version, union_code""",
        sorted({number for number, _ in signed}),
    )
    for row in found:
        signed.get((row["number"], row["version"]), []).append(
            Signature(row["union_code"], row["signed_by"], row["office"], row["signed_on"])
        )
    return [_agreement(row, signed[row["number"], row["version"]]) for row in rows]


def _agreement(row: Any, signatures: Sequence[Signature]) -> Agreement:
    rest = {name: value for name, value in row.items() if name not in _TERMS}
    return Agreement(**rest, terms=terms_of(row), signatures=tuple(signatures))


async def add(
    connection: Connection, number: str, version: int, asked: ProposeAgreement, person_id: int, union: str, now: datetime, ending: str = ""
) -> None:
    """Keep a proposed version and its signatures; one that only ends the version before says why."""
    kept = {
        "number": number, "version": version, "kind": asked.kind, "title": asked.title, "fixes": asked.fixes, "valid_from": asked.valid_from,
        "valid_to": asked.valid_to, **{name: getattr(asked.terms, name) for name in _TERMS}, "state": "proposed", "proposed_by": person_id,
        "proposed_union": union, "proposed_at": now, "remark": "", "ending": ending,
    }  # fmt: skip
    places = ", ".join(f"${place}" for place in range(1, len(kept) + 1))
    await connection.execute(f"INSERT INTO agreements ({', '.join(kept)}) VALUES ({places})", *kept.values())
    await connection.executemany(
        "INSERT INTO agreement_signatures (number, version, union_code, signed_by, office, signed_on) VALUES ($1, $2, $3, $4, $5, $6)",
        [(number, version, each.union, each.signed_by, each.office, each.signed_on) for each in asked.signatures],
    )


async def save(connection: Connection, number: str, version: int, **values: Any) -> None:
    """Change a version's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 3))
    await connection.execute(f"UPDATE agreements SET {sets} WHERE number = $1 AND version = $2", number, version, *values.values())


# As many of each kind as a page can show of what refers to one agreement: the newest.
REFERENCES_MAXIMUM = 100
_REFERRING = {"booking": "bookings", "equalisation": "equalisations", "loan": "loans", "step": "mirrored_steps"}


async def references(connection: Connection, number: str) -> list[Reference]:
    """What refers to an agreement: bookings, equalisations, loans, and charge-backs and settlements; the newest of each first."""
    rows = await connection.fetch(
        " UNION ALL ".join(
            f"""(SELECT '{kind}' AS kind, number, state FROM {table} WHERE agreement = $1
            ORDER BY {in_order("number")} DESC LIMIT {REFERENCES_MAXIMUM})"""
            for kind, table in _REFERRING.items()
        ),
        number,
    )
    return [Reference(**dict(row)) for row in rows]
