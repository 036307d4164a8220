"""Keep the unions' strike rules in versions, and say which one is in force on a day."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_rule_sets import RuleVersion, subject_of
from ledger.domain.strike_rules import RuleSet
from ledger.storage.database import Connection

_VERSIONS = """
    SELECT rules, version, union_code AS "union", valid_from, state, remark, proposed_by, proposed_at, decided_by, decided_at
    FROM strike_rule_sets"""


async def in_force(connection: Connection, code: str, day: date) -> tuple[RuleSet, int]:
    """The rules of a code that hold on a day, and their version; refuses where none do."""
    row = await connection.fetchrow(
        f"{_VERSIONS} WHERE code = $1 AND state = 'confirmed' AND valid_from <= $2 ORDER BY valid_from DESC, version DESC LIMIT 1", code, day
    )
    if row is None:
        raise NotFound(kind="strike_rules", id=code[:40])
    found = _version(row)
    return found.rules, found.version


async def all_in_force(connection: Connection, asked: Collection[tuple[str, date]]) -> dict[tuple[str, date], tuple[RuleSet, int]]:
    """The same for several codes and days, asked at once; refuses where none hold for one of them."""
    rows = await connection.fetch(
        """SELECT a.code AS asked, a.day, v.rules, v.version FROM unnest($1::text[], $2::date[]) AS a (code, day) CROSS JOIN LATERAL (
            SELECT r.rules, r.version FROM strike_rule_sets r WHERE r.code = a.code AND r.state = 'confirmed' AND r.valid_from <= a.day
            ORDER BY r.valid_from DESC, r.version DESC LIMIT 1) v""",
        [code for code, _ in asked], [day for _, day in asked],
    )  # fmt: skip
    found = {(row["asked"], row["day"]): (msgspec.convert(row["rules"], RuleSet), row["version"]) for row in rows}
    for pair in asked:
        if pair not in found:
            raise NotFound(kind="strike_rules", id=pair[0][:40])
    return found


async def version(connection: Connection, code: str, number: int, lock: bool = False) -> RuleVersion:
    """One version; refuses an unknown one."""
    row = await connection.fetchrow(f"{_VERSIONS} WHERE code = $1 AND version = $2 {'FOR UPDATE' if lock else ''}", code, number)
    if row is None:
        raise NotFound(kind="strike_rules", id=subject_of(code, number)[:40])
    return _version(row)


async def versions_of(connection: Connection, code: str) -> list[RuleVersion]:
    """Every version of a code, whatever became of it, newest first; none of a code that is not there."""
    return _versions(await connection.fetch(f"{_VERSIONS} WHERE code = $1 ORDER BY version DESC", code))


async def versions(connection: Connection) -> list[RuleVersion]:
    """Every version of every code, by code, newest first."""
    return _versions(await connection.fetch(f"{_VERSIONS} ORDER BY code, version DESC"))


def _versions(rows: Iterable[Any]) -> list[RuleVersion]:
    return [_version(row) for row in rows]


def _version(row: Any) -> RuleVersion:
    return RuleVersion(**{**row, "rules": msgspec.convert(row["rules"], RuleSet)})


async def add(
    connection: Connection, rules: RuleSet, version: int, union: str, valid_from: date, state: str, proposed_by: int, now: datetime, remark: str = ""
) -> None:
    """Keep a version of a rule set."""
    await connection.execute(
        """INSERT INTO strike_rule_sets (code, version, union_code, model, currency, valid_from, rules, state, remark, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        rules.code, version, union, rules.model, rules.currency, valid_from, msgspec.to_builtins(rules), state, remark, proposed_by, now,
    )  # fmt: skip


async def decide(connection: Connection, code: str, version: int, state: str, person_id: int, now: datetime) -> None:
    """The proposed version is confirmed or rejected."""
    await connection.execute(
        "UPDATE strike_rule_sets SET state = $3, decided_by = $4, decided_at = $5 WHERE code = $1 AND version = $2", code, version, state, person_id, now
    )
