"""Read strikes with their locals, authorisations and events, and keep new ones and what changes of them.

Nothing here names a member: rosters are ``ledger.storage.rosters``'.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.refusals import NotFound
from ledger.domain.strike_rules import RuleSet
from ledger.domain.strikes import Authorisation, Authorise, Strike, StrikeEvent, StrikeLocal
from ledger.domain.text import search_words
from ledger.storage.database import Connection
from ledger.storage.search import matches


class StrikeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of strikes is narrowed to; None does not narrow. ``live`` leaves out the closed and the called off."""

    union: str | None = None
    state: str | None = None
    live: bool = False
    words: str | None = None


_STRIKES = """
    SELECT s.number, s.union_code AS "union", s.kind, s.name, s.employer_id, coalesce(e.name, '') AS employer, s.state, s.state_since,
        s.notice_on, s.mandate_on, s.mandate, s.starts_on, s.expected, s.rule_set, s.currency, s.ratified_on, s.ended_on, s.retain_until,
        s.pseudonymised_at, p.name AS recorded_by, s.recorded_at, f.code AS fund, s.fund_id,
        (SELECT r.model FROM strike_rule_sets r WHERE r.code = s.rule_set ORDER BY r.version LIMIT 1) AS model
    FROM strikes s JOIN people p ON p.id = s.recorded_by JOIN funds f ON f.id = s.fund_id LEFT JOIN employers e ON e.id = s.employer_id"""


async def find(connection: Connection, number: str, lock: bool = False) -> Strike | None:
    """One strike by its number; None where there is none."""
    rows = await connection.fetch(f"{_STRIKES} WHERE s.number = $1 {'FOR UPDATE OF s' if lock else ''}", number)
    return (await _whole(connection, rows))[0] if rows else None


async def strike(connection: Connection, number: str, lock: bool = False) -> Strike:
    """One strike by its number; refuses an unknown one."""
    found = await find(connection, number, lock)
    if found is None:
        raise NotFound(kind="strike", id=number[:40])
    return found


async def strikes(connection: Connection, narrowed: StrikeFilter, after: str | None = None, limit: int | None = None) -> list[Strike]:
    """Those that fit, the newest number first, beginning after a number."""
    words = search_words(narrowed.words or "")
    rows = await connection.fetch(
        f"""{_STRIKES} WHERE ($1::text IS NULL OR s.union_code = $1) AND ($2::text IS NULL OR s.state = $2)
        AND NOT ($3 AND s.state IN ('closed', 'called_off'))
        AND ($4::text IS NULL OR (length(s.number), s.number) < (length($4), $4))
        ORDER BY length(s.number) DESC, s.number DESC LIMIT $5""",
        narrowed.union, narrowed.state, narrowed.live, after, None if words else limit,
    )  # fmt: skip
    # Words are looked for here, letters folded as everywhere: strikes are hundreds, not millions.
    fits = [row for row in rows if matches(words, row["number"], row["name"], row["employer"])]
    return await _whole(connection, fits[:limit])


async def numbered(connection: Connection, numbers: Sequence[str]) -> list[Strike]:
    """Those of some numbers, the oldest number first; what there is none of is left out."""
    rows = await connection.fetch(f"{_STRIKES} WHERE s.number = ANY($1::text[]) ORDER BY length(s.number), s.number", list(numbers))
    return await _whole(connection, rows)


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Strike]:
    numbers = [row["number"] for row in rows]
    locals_, authorisations, days = (
        await _locals(connection, numbers), await _authorisations(connection, numbers), await _days(connection, numbers),
    )  # fmt: skip
    return [
        Strike(
            **dict(row), locals=tuple(locals_[row["number"]]), authorisations=tuple(authorisations[row["number"]]),
            strike_days=tuple(days[row["number"]]),
        )
        for row in rows
    ]  # fmt: skip


async def _locals(connection: Connection, numbers: Sequence[str]) -> dict[str, list[StrikeLocal]]:
    found: defaultdict[str, list[StrikeLocal]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT s.strike, l.id, l.number, l.name FROM strike_locals s JOIN locals l ON l.id = s.local_id
        WHERE s.strike = ANY($1::text[]) ORDER BY length(l.number), l.number""",
        numbers,
    ):
        found[row["strike"]].append(StrikeLocal(row["id"], row["number"], row["name"]))
    return found


async def _authorisations(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Authorisation]]:
    found: defaultdict[str, list[Authorisation]] = defaultdict(list)
    for row in await connection.fetch(
        """SELECT a.strike, a.union_code, a.body, a.resolution, a.decided_on, p.name, a.recorded_at
        FROM strike_authorisations a JOIN people p ON p.id = a.recorded_by JOIN unions u ON u.code = a.union_code
        WHERE a.strike = ANY($1::text[]) ORDER BY u.ordinal""",
        numbers,
    ):
        found[row["strike"]].append(Authorisation(
            union=row["union_code"], body=row["body"], resolution=row["resolution"], decided_on=row["decided_on"], recorded_by=row["name"],
            recorded_at=row["recorded_at"],
        ))  # fmt: skip
    return found


async def _days(connection: Connection, numbers: Sequence[str]) -> dict[str, list[date]]:
    found: defaultdict[str, list[date]] = defaultdict(list)
    for row in await connection.fetch("SELECT strike, day FROM strike_days WHERE strike = ANY($1::text[]) ORDER BY day", numbers):
        found[row["strike"]].append(row["day"])
    return found


async def add(connection: Connection, new: Strike, person_id: int) -> None:
    """Keep a new strike with its locals."""
    await connection.execute(
        """INSERT INTO strikes (number, union_code, kind, name, employer_id, state, state_since, notice_on, mandate_on, mandate, starts_on, expected,
            rule_set, fund_id, currency, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)""",
        new.number, new.union, new.kind, new.name, new.employer_id, new.state, new.state_since, new.notice_on, new.mandate_on, new.mandate,
        new.starts_on, new.expected, new.rule_set, new.fund_id, new.currency, person_id, new.recorded_at,
    )  # fmt: skip
    await _keep_locals(connection, new)


async def change(connection: Connection, changed: Strike) -> None:
    """Keep what was said anew of a strike that has not begun, its locals among it."""
    await save(
        connection, changed.number, kind=changed.kind, name=changed.name, employer_id=changed.employer_id, notice_on=changed.notice_on,
        mandate_on=changed.mandate_on, mandate=changed.mandate, starts_on=changed.starts_on, expected=changed.expected, rule_set=changed.rule_set,
        fund_id=changed.fund_id, currency=changed.currency,
    )  # fmt: skip
    await connection.execute(
        "DELETE FROM strike_locals WHERE strike = $1 AND NOT local_id = ANY($2::int[])", changed.number, [each.id for each in changed.locals]
    )
    await _keep_locals(connection, changed)


async def _keep_locals(connection: Connection, kept: Strike) -> None:
    await connection.execute(
        "INSERT INTO strike_locals (strike, local_id) SELECT $1, * FROM unnest($2::int[]) ON CONFLICT DO NOTHING",
        kept.number, [each.id for each in kept.locals],
    )  # fmt: skip


async def save(connection: Connection, number: str, **fields: Any) -> None:
    """Change columns of a strike."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(fields, 2))
    await connection.execute(f"UPDATE strikes SET {places} WHERE number = $1", number, *fields.values())


async def set_days(connection: Connection, number: str, days: Sequence[date]) -> None:
    """Keep the days of a rotating strike in place of those it had."""
    await connection.execute("DELETE FROM strike_days WHERE strike = $1", number)
    await connection.execute("INSERT INTO strike_days (strike, day) SELECT $1, * FROM unnest($2::date[])", number, list(days))


async def add_authorisation(connection: Connection, number: str, union: str, request: Authorise, person_id: int, now: datetime) -> None:
    """Keep a union's word, once."""
    await connection.execute(
        """INSERT INTO strike_authorisations (strike, union_code, body, resolution, decided_on, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        number, union, request.body, request.resolution, request.decided_on, person_id, now,
    )  # fmt: skip


async def add_event(
    connection: Connection, number: str, person_id: int, what: str, remark: str, now: datetime, subject: str = "", entry: int | None = None
) -> int:
    """Keep one step of a strike's life; its ordinal."""
    ordinal: int = await connection.fetchval(
        """INSERT INTO strike_events (strike, ordinal, recorded_at, person_id, what, remark, subject, entry_number)
        SELECT $1, 1 + coalesce(max(ordinal), 0), $2, $3, $4, $5, $6, $7 FROM strike_events WHERE strike = $1 RETURNING ordinal""",
        number, now, person_id, what, remark, subject, entry,
    )  # fmt: skip
    return ordinal


async def events(connection: Connection, number: str) -> list[StrikeEvent]:
    """What happened to a strike, the oldest first."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, p.name AS person, p.union_code AS "union", e.what, e.remark, e.subject, e.entry_number AS entry
        FROM strike_events e JOIN people p ON p.id = e.person_id WHERE e.strike = $1 ORDER BY e.ordinal""",
        number,
    )  # fmt: skip
    return [StrikeEvent(**dict(row)) for row in rows]


async def rules_of(connection: Connection, union: str, day: date) -> list[RuleSet]:
    """The rules that a union has in force on a day, by their codes."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (code) rules FROM strike_rule_sets WHERE union_code = $1 AND state = 'confirmed' AND valid_from <= $2
        ORDER BY code, valid_from DESC, version DESC""",
        union, day,
    )  # fmt: skip
    return [msgspec.convert(row["rules"], RuleSet) for row in rows]


async def employers(connection: Connection) -> list[str]:
    """The names of every employer that was named, of a campaign or a strike of either union."""
    return [row["name"] for row in await connection.fetch("SELECT name FROM employers ORDER BY name_key")]


async def used_local(connection: Connection, number: str, locals_: Sequence[int]) -> int | None:
    """One of these locals that has people on the strike's roster, or captains; inside ``rosters_of``."""
    found: int | None = await connection.fetchval(
        """SELECT local_id FROM strike_members WHERE strike = $1 AND local_id = ANY($2::int[])
        UNION ALL SELECT local_id FROM strike_captains WHERE strike = $1 AND local_id = ANY($2::int[]) LIMIT 1""",
        number, list(locals_),
    )  # fmt: skip
    return found


async def last_week_begun(connection: Connection, number: str) -> date | None:
    """The first day of the last week that a run or an advance was made for."""
    found: date | None = await connection.fetchval(
        """SELECT max(starts_on) FROM (SELECT starts_on FROM strike_runs WHERE strike = $1 AND state <> 'cancelled'
        UNION ALL SELECT starts_on FROM strike_advances WHERE strike = $1 AND state <> 'cancelled') w""",
        number,
    )
    return found


async def unsettled(connection: Connection, number: str) -> list[str]:
    """The numbers of runs and advances of a strike that wait for something: not closed or cancelled, advanced and not accounted for,
    lent or paid too much and not back, paid too little and not taken up. Inside ``rosters_of``, or what is private of it is not seen.
    """
    rows = await connection.fetch(
        """SELECT number FROM strike_runs WHERE strike = $1 AND state NOT IN ('closed', 'cancelled')
        UNION ALL SELECT number FROM strike_advances WHERE strike = $1 AND state IN ('proposed', 'approved')
        UNION ALL SELECT number FROM strike_grants WHERE strike = $1
            AND (state IN ('proposed', 'approved') OR (state = 'paid' AND kind = 'hardship_loan' AND repaid_minor < amount_minor))
        UNION ALL SELECT DISTINCT run FROM strike_overpayments WHERE strike = $1 AND recovered_minor < amount_minor
        UNION ALL SELECT DISTINCT run FROM strike_arrears WHERE strike = $1 AND paid_by_run IS NULL
        UNION ALL SELECT max(a.number) FROM strike_advances a WHERE a.strike = $1 AND a.state = 'paid' GROUP BY a.local_id HAVING
            sum(a.amount_minor) <> (SELECT coalesce(sum(r.accepted_minor), 0) FROM strike_expense_reports r WHERE r.strike = $1 AND r.local_id = a.local_id)
                + (SELECT coalesce(sum(b.amount_minor), 0) FROM strike_advance_returns b WHERE b.strike = $1 AND b.local_id = a.local_id
                    AND NOT EXISTS (SELECT FROM entries t WHERE t.reverses = b.entry_number))
        ORDER BY 1""",
        number,
    )  # fmt: skip
    return [row["number"] for row in rows]
