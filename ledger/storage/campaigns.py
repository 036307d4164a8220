"""Read campaigns with their budgets and employers, and keep new ones and what changes of them.

A version of a budget is only ever added; the campaign's row says which one is in force.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.campaigns import BudgetLine, Campaign, employer_key
from ledger.domain.refusals import NotFound
from ledger.domain.text import search_words
from ledger.storage.database import Connection
from ledger.storage.search import matches

STEPS = ("open_campaign", "change_campaign", "change_budget", "close_campaign", "reopen_campaign")


class CampaignFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of campaigns is narrowed to; None does not narrow. An employer by any way to write its name."""

    union: str | None = None
    initiative: str | None = None
    employer: str | None = None
    state: str | None = None
    words: str | None = None


class Event(msgspec.Struct, frozen=True):
    """One step of a campaign's life: who took it, why, and which version of the budget it made, if any."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    reason: str
    version: int | None


_CAMPAIGNS = """
    SELECT c.number, c.name, c.initiative, c.union_code AS "union", c.employer_id, coalesce(e.name, '') AS employer, c.local_id,
        coalesce(l.number, '') AS local, c.lead_id AS lead, p.name AS lead_name, c.starts_on, c.ends_on, c.description, c.state,
        c.budget_version, r.name AS recorded_by, c.recorded_at
    FROM campaigns c JOIN people p ON p.id = c.lead_id JOIN people r ON r.id = c.recorded_by
    LEFT JOIN employers e ON e.id = c.employer_id LEFT JOIN locals l ON l.id = c.local_id"""


async def find(connection: Connection, number: str, lock: bool = False) -> Campaign | None:
    """One campaign by its number; None where there is none."""
    rows = await connection.fetch(f"{_CAMPAIGNS} WHERE c.number = $1 {'FOR UPDATE OF c' if lock else ''}", number)
    return (await _whole(connection, rows))[0] if rows else None


async def campaign(connection: Connection, number: str, lock: bool = False) -> Campaign:
    """One campaign by its number; refuses an unknown one."""
    found = await find(connection, number, lock)
    if found is None:
        raise NotFound(kind="campaign", id=number[:40])
    return found


async def campaigns(
    connection: Connection, narrowed: CampaignFilter, lead: int | None = None, after: str | None = None, limit: int | None = None
) -> list[Campaign]:
    """Those that fit, the newest number first, beginning after a number; of one lead where ``lead`` is given."""
    words = search_words(narrowed.words or "")
    rows = await connection.fetch(
        f"""{_CAMPAIGNS} WHERE ($1::text IS NULL OR c.union_code = $1) AND ($2::text IS NULL OR c.initiative = $2)
        AND ($3::text IS NULL OR e.name_key = $3) AND ($4::text IS NULL OR c.state = $4) AND ($5::int IS NULL OR c.lead_id = $5)
        AND ($6::text IS NULL OR (length(c.number), c.number) < (length($6), $6))
        ORDER BY length(c.number) DESC, c.number DESC LIMIT $7""",
        narrowed.union, narrowed.initiative, None if narrowed.employer is None else employer_key(narrowed.employer), narrowed.state, lead, after,
        # Words are looked for here, letters folded as everywhere: campaigns are hundreds, not millions.
        None if words else limit,
    )  # fmt: skip
    fits = [row for row in rows if matches(words, row["number"], row["name"], row["employer"], row["lead_name"], row["description"])]
    return await _whole(connection, fits[:limit])


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Campaign]:
    found = await connection.fetch(
        """SELECT b.campaign, b.what, b.currency::text, b.amount_minor FROM campaign_budget_lines b
        JOIN campaigns c ON c.number = b.campaign AND c.budget_version = b.version
        WHERE b.campaign = ANY($1::text[]) ORDER BY b.campaign, b.ordinal""",
        [row["number"] for row in rows],
    )
    lines: defaultdict[str, list[BudgetLine]] = defaultdict(list)
    for row in found:
        lines[row["campaign"]].append(BudgetLine(row["what"], row["currency"], row["amount_minor"]))
    return [Campaign(**dict(row), budget=tuple(lines[row["number"]])) for row in rows]


async def budgets(connection: Connection, number: str) -> list[tuple[int, list[BudgetLine]]]:
    """Every version of a campaign's budget, the newest first."""
    rows = await connection.fetch(
        """SELECT version, what, currency::text, amount_minor FROM campaign_budget_lines WHERE campaign = $1
        ORDER BY version DESC, ordinal""",
        number,
    )
    found: dict[int, list[BudgetLine]] = {}
    for row in rows:
        found.setdefault(row["version"], []).append(BudgetLine(row["what"], row["currency"], row["amount_minor"]))
    return list(found.items())


async def history(connection: Connection, number: str) -> list[Event]:
    """What was done with a campaign, oldest first, from the audit trail."""
    rows = await connection.fetch(
        """SELECT a.recorded_at, coalesce(p.name, '') AS person, a.union_code AS "union", a.action AS what,
            coalesce(a.details->>'reason', '') AS reason, (a.details->>'budget_version')::int AS version
        FROM audit a LEFT JOIN people p ON p.id = a.person_id
        WHERE a.subject = $1 AND a.subject <> '' AND a.outcome = 'done' AND a.action = ANY($2::text[]) ORDER BY a.recorded_at, a.id""",
        number, STEPS,
    )  # fmt: skip
    return [Event(**dict(row)) for row in rows]


async def employer(connection: Connection, name: str) -> tuple[int, str] | None:
    """The employer of that name, however it is written: its id, and its name as first given."""
    row = await connection.fetchrow("SELECT id, name FROM employers WHERE name_key = $1", employer_key(name))
    return None if row is None else (row["id"], row["name"])


async def add_employer(connection: Connection, employer_id: int, name: str) -> None:
    """Keep the name of an employer that was not named before."""
    await connection.execute("INSERT INTO employers (id, name, name_key) VALUES ($1, $2, $3)", employer_id, name, employer_key(name))


async def employers(connection: Connection, lead: int | None = None) -> list[str]:
    """The names of the employers of campaigns; of one lead's campaigns where ``lead`` is given."""
    rows = await connection.fetch(
        """SELECT e.name FROM employers e WHERE EXISTS (
            SELECT FROM campaigns c WHERE c.employer_id = e.id AND ($1::int IS NULL OR c.lead_id = $1)) ORDER BY e.name_key""",
        lead,
    )
    return [row["name"] for row in rows]


async def add(connection: Connection, new: Campaign, person_id: int) -> None:
    """Keep a new campaign with its first budget, if it has one."""
    await connection.execute(
        """INSERT INTO campaigns (number, name, initiative, employer_id, union_code, local_id, lead_id, starts_on, ends_on, description,
            state, budget_version, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        new.number, new.name, new.initiative, new.employer_id, new.union, new.local_id, new.lead, new.starts_on, new.ends_on,
        new.description, new.state, new.budget_version, person_id, new.recorded_at,
    )  # fmt: skip
    await _add_lines(connection, new)


async def change(connection: Connection, changed: Campaign) -> None:
    """What is said of a campaign, as it now is."""
    await connection.execute(
        """UPDATE campaigns SET name = $2, initiative = $3, employer_id = $4, local_id = $5, lead_id = $6, starts_on = $7, ends_on = $8,
            description = $9 WHERE number = $1""",
        changed.number, changed.name, changed.initiative, changed.employer_id, changed.local_id, changed.lead, changed.starts_on,
        changed.ends_on, changed.description,
    )  # fmt: skip


async def add_budget(connection: Connection, changed: Campaign) -> None:
    """The budget as its next version, in force from now on."""
    await _add_lines(connection, changed)
    await connection.execute("UPDATE campaigns SET budget_version = $2 WHERE number = $1", changed.number, changed.budget_version)


async def _add_lines(connection: Connection, of: Campaign) -> None:
    await connection.execute(
        """INSERT INTO campaign_budget_lines (campaign, version, ordinal, what, currency, amount_minor)
        SELECT $1, $2, ordinal, what, currency, amount_minor
        FROM unnest($3::text[], $4::text[], $5::bigint[]) WITH ORDINALITY AS b (what, currency, amount_minor, ordinal)""",
        of.number, of.budget_version, [line.what for line in of.budget], [line.currency for line in of.budget],
        [line.amount_minor for line in of.budget],
    )  # fmt: skip


async def set_state(connection: Connection, number: str, state: str) -> None:
    """The campaign is open or closed from now on."""
    await connection.execute("UPDATE campaigns SET state = $2 WHERE number = $1", number, state)


async def has_live_requests(connection: Connection, campaign: str) -> bool:
    """Whether anything is asked for, approved or being paid for a campaign now."""
    return bool(
        await connection.fetchval(
            """SELECT EXISTS (SELECT FROM allocations WHERE campaign = $1
            AND state IN ('submitted', 'in_review', 'part_approved', 'board_required', 'committed', 'part_paid', 'suspended'))""",
            campaign,
        )
    )
