"""Keep requests for money with their revisions, decisions, votes and history; all but the request's own row is only ever added to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.allocations import Allocation, Event, Line, Revision
from ledger.domain.approvals import Decision, Earlier, Interest, Resolution, Vote
from ledger.domain.exchange import plain
from ledger.domain.refusals import NotFound
from ledger.domain.text import search_words
from ledger.storage.database import Connection

PAGE = 50
# French letters and what a search folds them to.
ACCENTS = ("àâäçéèêëîïôöùûüÿ", "aaaceeeeiioouuuy")
_ALLOCATION = """
    SELECT a.number, a.union_code AS "union", a.requested_by, p.name AS requester, a.state, a.state_since, a.revision, a.material_revision,
        a.campaign, a.fund_id, a.submitted_on, a.expires_on, a.paused_state, a.draft, a.started_at, a.saved_at
    FROM allocations a JOIN people p ON p.id = a.requested_by"""


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of requests is narrowed to. ``person`` keeps what somebody asked for or leads the campaign of.

    Drafts are shown to who writes them (``reader``) alone: they are nobody else's business until they are submitted. One that was given up
    before that is not shown any more.
    """

    states: tuple[str, ...] = ()
    union: str | None = None
    campaign: str | None = None
    fund_id: int | None = None
    initiative: str | None = None
    words: str = ""
    person: int | None = None
    reader: int = 0


class Campaign(msgspec.Struct, frozen=True):
    """What a request needs to know of its campaign."""

    number: str
    name: str
    union: str
    initiative: str
    lead_id: int
    lead: str
    employer_id: int | None
    state: str
    budget_version: int


Place = tuple[datetime, str]


async def find(connection: Connection, number: str, lock: bool = False) -> Allocation:
    """One request by its number; refuses an unknown one. ``lock`` holds it until the transaction ends."""
    written = plain(number.strip().upper(), 40)
    row = await connection.fetchrow(f"{_ALLOCATION} WHERE a.number = $1 {'FOR UPDATE OF a' if lock else ''}", written)
    if row is None:
        raise NotFound(kind="request", id=written)
    return Allocation(**dict(row))


async def many(connection: Connection, numbers: Sequence[str]) -> list[Allocation]:
    """Requests by their numbers, those there are."""
    rows = await connection.fetch(f"{_ALLOCATION} WHERE a.number = ANY($1::text[]) ORDER BY length(a.number), a.number", list(numbers))
    return [Allocation(**dict(row)) for row in rows]


async def standing(connection: Connection, states: Sequence[str], before: datetime) -> list[Allocation]:
    """Requests that came to one of these states before a moment and are still there, the first first."""
    rows = await connection.fetch(
        f"{_ALLOCATION} WHERE a.state = ANY($1::text[]) AND a.state_since < $2 ORDER BY a.state_since, length(a.number), a.number",
        list(states), before,
    )  # fmt: skip
    return [Allocation(**dict(row)) for row in rows]


async def add(connection: Connection, number: str, union: str, person_id: int, draft: dict[str, Any], now: datetime) -> None:
    """Begin a request as a draft."""
    await connection.execute(
        """INSERT INTO allocations (number, union_code, requested_by, state, state_since, revision, material_revision, draft, started_at, saved_at)
        VALUES ($1, $2, $3, 'draft', $5, 0, 0, $4, $5, $5)""",
        number, union, person_id, draft, now,
    )  # fmt: skip


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Write the named columns of a request."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE allocations SET {sets} WHERE number = $1", number, *values.values())


async def page(connection: Connection, narrowed: Filter, after: Place | None, limit: int = PAGE) -> list[Allocation]:
    """Requests by when they came to their state, the latest first, after a keyset position."""
    rows = await connection.fetch(
        f"""{_ALLOCATION} LEFT JOIN campaigns c ON c.number = a.campaign
        LEFT JOIN allocation_revisions r ON r.allocation = a.number AND r.revision = a.revision
        WHERE (cardinality($1::text[]) = 0 OR a.state = ANY($1)) AND ($2::text IS NULL OR a.union_code = $2)
        AND ($3::text IS NULL OR a.campaign = $3) AND ($4::int IS NULL OR a.fund_id = $4) AND ($5::text IS NULL OR c.initiative = $5)
        AND (cardinality($6::text[]) = 0 OR (SELECT bool_and(h.said LIKE '%' || w || '%') FROM unnest($6::text[]) AS w, LATERAL (
            SELECT translate(replace(lower(concat_ws(' ', a.number, r.purpose, c.name, (
                SELECT string_agg(concat_ws(' ', l.what, y.name), ' ') FROM allocation_lines l LEFT JOIN payees y ON y.number = l.payee
                WHERE l.allocation = a.number AND l.revision = a.revision))), 'œ', 'oe'), $12, $13) AS said) AS h))
        AND ($7::int IS NULL OR a.requested_by = $7 OR c.lead_id = $7) AND (a.revision > 0 OR (a.state = 'draft' AND a.requested_by = $8))
        AND ($9::timestamptz IS NULL OR (a.state_since, length(a.number), a.number) < ($9, length($10::text), $10))
        ORDER BY a.state_since DESC, length(a.number) DESC, a.number DESC LIMIT $11""",
        list(narrowed.states), narrowed.union, narrowed.campaign, narrowed.fund_id, narrowed.initiative, search_words(narrowed.words), narrowed.person,
        narrowed.reader, after[0] if after else None, plain(after[1], 40) if after else None, limit, *ACCENTS,
    )  # fmt: skip
    return [Allocation(**dict(row)) for row in rows]


async def in_states(connection: Connection, states: Sequence[str]) -> list[Allocation]:
    """Every request in one of these states, whoever asked, the one that came to its state first in front."""
    rows = await connection.fetch(f"{_ALLOCATION} WHERE a.state = ANY($1::text[]) ORDER BY a.state_since, length(a.number), a.number", list(states))
    return [Allocation(**dict(row)) for row in rows]


# --- revisions ----------------------------------------------------------------------------------------------------------


async def add_revision(connection: Connection, number: str, new: Revision) -> None:
    """Add a revision with its lines."""
    await connection.execute(
        """INSERT INTO allocation_revisions (allocation, revision, campaign, fund_id, kind, electoral, purpose, needed_by, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        number, new.revision, new.campaign, new.fund_id, new.kind, new.electoral, new.purpose, new.needed_by, new.recorded_by, new.recorded_at,
    )  # fmt: skip
    await connection.executemany(
        """INSERT INTO allocation_lines (allocation, revision, ordinal, what, payee, currency, amount_minor, budget_line)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [(number, new.revision, n.ordinal, n.what, n.payee, n.currency, n.amount_minor, n.budget_line) for n in new.lines],
    )


async def revisions(connection: Connection, numbers: Sequence[str], current_only: bool = True) -> dict[str, list[Revision]]:
    """The revisions of requests, the latest last; only the current one of each unless asked otherwise."""
    rows = await connection.fetch(
        """SELECT r.* FROM allocation_revisions r JOIN allocations a ON a.number = r.allocation
        WHERE r.allocation = ANY($1::text[]) AND (NOT $2 OR r.revision = a.revision) ORDER BY r.allocation, r.revision""",
        list(numbers), current_only,
    )  # fmt: skip
    lines = await _lines(connection, numbers, current_only)
    found: defaultdict[str, list[Revision]] = defaultdict(list)
    for row in rows:
        values = {name: row[name] for name in Revision.__struct_fields__ if name != "lines"}
        found[row["allocation"]].append(Revision(**values, lines=tuple(lines[row["allocation"], row["revision"]])))
    return dict(found)


async def _lines(connection: Connection, numbers: Sequence[str], current_only: bool) -> dict[tuple[str, int], list[Line]]:
    rows = await connection.fetch(
        """SELECT l.allocation, l.revision, l.ordinal, l.what, l.payee, coalesce(p.name, '') AS payee_name, l.currency::text, l.amount_minor,
            l.budget_line
        FROM allocation_lines l JOIN allocations a ON a.number = l.allocation LEFT JOIN payees p ON p.number = l.payee
        WHERE l.allocation = ANY($1::text[]) AND (NOT $2 OR l.revision = a.revision) ORDER BY l.allocation, l.revision, l.ordinal""",
        list(numbers), current_only,
    )  # fmt: skip
    found: defaultdict[tuple[str, int], list[Line]] = defaultdict(list)
    for row in rows:
        found[row["allocation"], row["revision"]].append(Line(**{name: row[name] for name in Line.__struct_fields__}))
    return found


# Lines with their payees: a line that names none has the one that it was paid to.
_PAYEES_OF_LINES = """
    SELECT n.allocation, n.revision, n.currency, n.amount_minor, coalesce(n.payee, (
        SELECT y.payee FROM allocation_payments y WHERE y.allocation = n.allocation AND y.line = n.ordinal AND y.state = 'paid' LIMIT 1)) AS payee
    FROM allocation_lines n"""


async def asked_before(connection: Connection, numbers: Sequence[str], days: int) -> dict[str, list[Earlier]]:
    """What other live requests of the same campaign, submitted up to so many days before each of these, ask of the same payees."""
    rows = await connection.fetch(
        f"""SELECT a.number AS asking, o.number AS request, o.submitted_on, l.payee, p.name AS payee_name, l.currency::text,
            sum(l.amount_minor)::bigint AS amount_minor
        FROM allocations a
        JOIN allocations o ON o.campaign = a.campaign AND o.number <> a.number AND o.submitted_on BETWEEN a.submitted_on - $2::int AND a.submitted_on
            AND (o.submitted_on, length(o.number), o.number) < (a.submitted_on, length(a.number), a.number)
            AND o.state NOT IN ('draft', 'rejected', 'withdrawn', 'expired')
        JOIN ({_PAYEES_OF_LINES}) l ON l.allocation = o.number AND l.revision = o.revision
        JOIN payees p ON p.number = l.payee
        WHERE a.number = ANY($1::text[]) AND EXISTS (
            SELECT FROM allocation_lines own WHERE own.allocation = a.number AND own.revision = a.revision AND own.payee = l.payee)
        GROUP BY a.number, o.number, l.payee, p.name, l.currency ORDER BY a.number, o.submitted_on, length(o.number), o.number""",
        list(numbers), days,
    )  # fmt: skip
    found: defaultdict[str, list[Earlier]] = defaultdict(list)
    for row in rows:
        found[row["asking"]].append(Earlier(**{name: row[name] for name in Earlier.__struct_fields__}))
    return dict(found)


async def asked_lately(connection: Connection, campaign: str, payees: Sequence[str], day: date, days: int, but: str = "") -> list[Earlier]:
    """What live requests of a campaign, but for one, asked of some payees in so many days up to a day: what a new request would count with."""
    rows = await connection.fetch(
        f"""SELECT o.number AS request, o.submitted_on, l.payee, p.name AS payee_name, l.currency::text, sum(l.amount_minor)::bigint AS amount_minor
        FROM allocations o JOIN ({_PAYEES_OF_LINES}) l ON l.allocation = o.number AND l.revision = o.revision JOIN payees p ON p.number = l.payee
        WHERE o.campaign = $1 AND o.number <> $5 AND o.submitted_on BETWEEN $3::date - $4::int AND $3 AND l.payee = ANY($2::text[])
            AND o.state NOT IN ('draft', 'rejected', 'withdrawn', 'expired')
        GROUP BY o.number, l.payee, p.name, l.currency ORDER BY o.submitted_on, length(o.number), o.number""",
        campaign, list(payees), day, days, but,
    )  # fmt: skip
    return [Earlier(**dict(row)) for row in rows]


# --- decisions ----------------------------------------------------------------------------------------------------------


async def add_decision(connection: Connection, number: str, new: Decision, now: datetime) -> None:
    """Add what a person decided; call with the request locked."""
    await connection.execute(
        """INSERT INTO allocation_decisions (allocation, ordinal, revision, person_id, union_code, capacity, decision, reason, decided_at)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6, $7, $8 FROM allocation_decisions WHERE allocation = $1""",
        number, new.revision, new.person_id, new.union, new.capacity, new.decision, new.reason, now,
    )  # fmt: skip


async def decisions(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Decision]]:
    """What was decided about requests, in order."""
    rows = await connection.fetch(
        """SELECT d.allocation, d.person_id, d.union_code AS "union", d.capacity, d.decision, d.revision, d.reason, d.decided_at, p.name AS person
        FROM allocation_decisions d JOIN people p ON p.id = d.person_id WHERE d.allocation = ANY($1::text[]) ORDER BY d.allocation, d.ordinal""",
        list(numbers),
    )
    return _grouped(rows, Decision)


async def add_resolution(connection: Connection, number: str, new: Resolution, person_id: int, now: datetime) -> None:
    """Add a board's resolution."""
    await connection.execute(
        """INSERT INTO board_resolutions
            (allocation, union_code, revision, number, decided_on, outcome, source, document_id, recorded_by, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        number, new.union, new.revision, new.number, new.decided_on, new.outcome, new.source, new.document_id, person_id, now,
    )  # fmt: skip


async def resolutions(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Resolution]]:
    """What boards resolved about requests, in order."""
    rows = await connection.fetch(
        """SELECT b.allocation, b.union_code AS "union", b.revision, b.number, b.decided_on, b.outcome, b.source, b.document_id::text,
            p.name AS recorded_by
        FROM board_resolutions b JOIN people p ON p.id = b.recorded_by
        WHERE b.allocation = ANY($1::text[]) ORDER BY b.allocation, b.recorded_at, b.union_code""",
        list(numbers),
    )
    return _grouped(rows, Resolution)


async def add_vote(connection: Connection, number: str, revision: int, new: Vote, now: datetime) -> None:
    """Add a board member's vote; a second one of the same person about the same revision is refused by the table."""
    await connection.execute(
        """INSERT INTO board_votes (allocation, union_code, revision, person_id, vote, remark, voted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        number, new.union, revision, new.person_id, new.vote, new.remark, now,
    )  # fmt: skip


async def votes(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Vote]]:
    """The votes about requests that count today, by union and in order."""
    rows = await connection.fetch(
        """SELECT v.allocation, v.union_code AS "union", v.person_id, v.vote, v.remark, p.name AS person
        FROM board_votes v JOIN allocations a ON a.number = v.allocation JOIN people p ON p.id = v.person_id
        WHERE v.allocation = ANY($1::text[]) AND v.revision >= a.material_revision ORDER BY v.allocation, v.union_code, v.voted_at, v.person_id""",
        list(numbers),
    )
    return _grouped(rows, Vote)


def _grouped(rows: Sequence[Any], kind: Any) -> dict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["allocation"]].append(kind(**{name: row[name] for name in kind.__struct_fields__}))
    return dict(found)


# --- history ------------------------------------------------------------------------------------------------------------


async def add_event(
    connection: Connection, number: str, person_id: int, what: str, remark: str, now: datetime, entry: int | None = None
) -> int:
    """Add one step to a request's history; call with the request locked. Its ordinal."""
    return int(
        await connection.fetchval(
            """INSERT INTO allocation_events (allocation, ordinal, recorded_at, person_id, what, remark, entry_number)
            SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6 FROM allocation_events WHERE allocation = $1 RETURNING ordinal""",
            number, now, person_id, what, remark, entry,
        )
    )  # fmt: skip


async def events(connection: Connection, number: str) -> list[Event]:
    """A request's history, in order."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, e.person_id, p.name AS person, p.union_code AS "union", e.what, e.remark, e.entry_number AS entry
        FROM allocation_events e JOIN people p ON p.id = e.person_id WHERE e.allocation = $1 ORDER BY e.ordinal""",
        number,
    )
    return [Event(**dict(row)) for row in rows]


# --- what the rules ask about -------------------------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True):
    """A request that needs who asked for it; the amount in minor units where it is all of one currency: what is left, or else what is asked."""

    number: str
    union: str
    state: str
    state_since: datetime
    expires_on: date | None
    campaign: str
    currency: str | None
    amount_minor: int | None


async def for_asker(connection: Connection, person_id: int, expires_by: date) -> list[Asked]:
    """A person's drafts, and of their requests and their campaigns' those that came back, or expire by a day with money left."""
    rows = await connection.fetch(
        """SELECT a.number, a.union_code AS "union", a.state, a.state_since, a.expires_on, coalesce(c.name, d.name, '') AS campaign, m.currency,
            m.amount_minor
        FROM allocations a LEFT JOIN campaigns c ON c.number = a.campaign LEFT JOIN campaigns d ON d.number = a.draft->>'campaign'
        LEFT JOIN LATERAL (
            SELECT min(l.currency)::text AS currency, sum(coalesce(k.committed_minor - k.relieved_minor, l.amount_minor))::bigint AS amount_minor
            FROM allocation_lines l LEFT JOIN commitments k ON k.allocation = l.allocation AND k.ordinal = l.ordinal
            WHERE l.allocation = a.number AND l.revision = a.revision HAVING count(DISTINCT l.currency) = 1) m ON true
        WHERE (a.state = 'draft' AND a.requested_by = $1) OR ((a.requested_by = $1 OR c.lead_id = $1) AND (a.state = 'returned'
            OR (a.state IN ('committed', 'part_paid') AND a.expires_on <= $2)))
        ORDER BY a.state_since, a.number""",
        person_id, expires_by,
    )  # fmt: skip
    return [Asked(**dict(row)) for row in rows]


async def campaigns_of(connection: Connection, numbers: Sequence[str]) -> dict[str, Campaign]:
    """What requests need to know of their campaigns, by number."""
    rows = await connection.fetch(
        """SELECT c.number, c.name, c.union_code AS "union", c.initiative, c.lead_id, p.name AS lead, c.employer_id, c.state, c.budget_version
        FROM campaigns c JOIN people p ON p.id = c.lead_id WHERE c.number = ANY($1::text[])""",
        list(numbers),
    )
    return {row["number"]: Campaign(**dict(row)) for row in rows}


async def campaign_of(connection: Connection, number: str) -> Campaign:
    """One campaign's; refuses an unknown one."""
    found = await campaigns_of(connection, [number])
    if number not in found:
        raise NotFound(kind="campaign", id=plain(number, 40))
    return found[number]


async def budget_lines(connection: Connection, campaign: Campaign) -> dict[int, str]:
    """What the lines of the campaign's budget as it is today are for, by their ordinal."""
    rows = await connection.fetch(
        "SELECT ordinal, what FROM campaign_budget_lines WHERE campaign = $1 AND version = $2 ORDER BY ordinal",
        campaign.number, campaign.budget_version,
    )  # fmt: skip
    return {row["ordinal"]: row["what"] for row in rows}


async def people_with(connection: Connection, roles: Sequence[str], unions: Sequence[str], today: date) -> dict[int, tuple[str, str]]:
    """(union, role) of everybody who holds one of these roles today in one of these unions, by person id."""
    rows = await connection.fetch(
        """SELECT p.id, p.union_code, g.role FROM people p JOIN grants g ON g.person_id = p.id
        WHERE g.role = ANY($1::text[]) AND p.union_code = ANY($2::text[]) AND p.disabled_at IS NULL AND g.revoked_at IS NULL
        AND $3 BETWEEN g.starts_on AND g.ends_on ORDER BY p.id, g.role""",
        list(roles), list(unions), today,
    )  # fmt: skip
    return {row["id"]: (row["union_code"], row["role"]) for row in rows}


def subjects(allocation: Allocation, revision: Revision, employer_id: int | None) -> frozenset[Interest]:
    """Everything in a request that somebody may have declared an interest in."""
    found = {Interest("request", allocation.number), Interest("campaign", revision.campaign)}
    found |= {Interest("payee", line.payee) for line in revision.lines if line.payee}
    if employer_id is not None:
        found.add(Interest("employer", str(employer_id)))
    return frozenset(found)
