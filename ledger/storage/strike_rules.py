"""Keep the unions' strike rules in versions, and say which one is in force on a day."""

from datetime import date, datetime

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_rules import RuleSet
from ledger.storage.database import Connection


async def in_force(connection: Connection, code: str, day: date) -> tuple[RuleSet, int]:
    """The rules of a code that hold on a day, and their version; refuses where none do."""
    row = await connection.fetchrow(
        """SELECT rules, version FROM strike_rule_sets WHERE code = $1 AND state = 'confirmed' AND valid_from <= $2
        ORDER BY valid_from DESC, version DESC LIMIT 1""",
        code, day,
    )  # fmt: skip
    if row is None:
        raise NotFound(kind="strike_rules", id=code[:40])
    return msgspec.convert(row["rules"], RuleSet), row["version"]


async def add(
    connection: Connection, rules: RuleSet, version: int, union: str, valid_from: date, state: str, proposed_by: int, now: datetime, remark: str = ""
) -> None:
    """Keep a version of a rule set."""
    await connection.execute(
        """INSERT INTO strike_rule_sets (code, version, union_code, model, currency, valid_from, rules, state, remark, proposed_by, proposed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        rules.code, version, union, rules.model, rules.currency, valid_from, msgspec.to_builtins(rules), state, remark, proposed_by, now,
    )  # fmt: skip
