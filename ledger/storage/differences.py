"""Keep comparisons of the unions' ledgers, who agreed to each, and the differences that stay from one cut-off to the next."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from ledger.domain.comparison_found import Class
from ledger.domain.refusals import NotFound
from ledger.storage.database import Connection

About = Literal["owed", "contributions", "in_transit"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One difference as kept; amounts as each side sees the debt, None where it has nothing of it. ``owner`` is a union, ``classed_by`` the
    person who said why it differs, where one did.
    """

    number: str
    identity: str
    creditor: str
    debtor: str
    currency: str
    about: About
    first_seen: date
    last_seen: date
    reference: str
    creditor_day: date | None
    debtor_day: date | None
    creditor_minor: int | None
    debtor_minor: int | None
    pool_minor: int | None
    kind: Class
    classed_by: int | None
    hint: str
    owner: str | None
    due_on: date | None
    state: str
    state_since: datetime
    version: int
    remark: str

    @property
    def difference_minor(self) -> int:
        """The creditor's less the debtor's."""
        return (self.creditor_minor or 0) - (self.debtor_minor or 0)

    @property
    def size_minor(self) -> int:
        """How much it is about: what the two sides differ by, else, where the pool's journal differs, what it lacks or alone has."""
        return abs(self.difference_minor or self.creditor_minor or self.pool_minor or 0)


class Event(msgspec.Struct, frozen=True):
    """What was said or done of a difference."""

    ordinal: int
    recorded_at: datetime
    person_id: int
    person_name: str
    union: str | None
    what: str
    remark: str
    facts: dict[str, Any]


class Agreement(msgspec.Struct, frozen=True):
    """A union's treasurer agreed to a comparison with what it lists."""

    union: str
    person_id: int
    person_name: str
    agreed_at: datetime
    remark: str


class KeptComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison as made. ``working`` is what it found, in full (``services.comparison.Working``)."""

    number: str
    ends_on: date
    creditor: str
    debtor: str
    currency: str
    about: About
    creditor_extract: str | None
    debtor_extract: str | None
    creditor_minor: int
    debtor_minor: int
    pool_minor: int
    unexplained_minor: int
    working: dict[str, Any]
    state: str
    made_by: int
    made_at: datetime


_ONE_AT_A_TIME = 20_260_131
_COLUMNS = """number, identity, creditor, debtor, currency::text, about, first_seen, last_seen, reference, creditor_day, debtor_day,
    creditor_minor, debtor_minor, pool_minor, class AS kind, classed_by, hint, owner, due_on, state, state_since, version, remark"""
_COMPARISONS = """SELECT number, ends_on, creditor, debtor, currency::text, about, creditor_extract, debtor_extract, creditor_minor, debtor_minor,
    pool_minor, unexplained_minor, working, state, made_by, made_at FROM union_comparisons"""


# --- comparisons ------------------------------------------------------------------------------------------------------------


async def comparison(connection: Connection, number: str) -> KeptComparison:
    """One comparison; refuses an unknown one."""
    row = await connection.fetchrow(f"{_COMPARISONS} WHERE number = $1", number)
    if row is None:
        raise NotFound(kind="comparison", id=number[:40])
    return KeptComparison(**dict(row))


async def current(connection: Connection, ends_on: date) -> list[KeptComparison]:
    """The comparisons in force at a cut-off."""
    rows = await connection.fetch(
        f"{_COMPARISONS} WHERE ends_on = $1 AND state = 'current' ORDER BY about <> 'owed', currency, creditor, debtor, about", ends_on
    )
    return [KeptComparison(**dict(row)) for row in rows]


async def last_before(connection: Connection, day: date) -> list[KeptComparison]:
    """The last comparison in force of each pair whose cut-off is before a day."""
    rows = await connection.fetch(
        f"""SELECT DISTINCT ON (creditor, debtor, currency, about) * FROM ({_COMPARISONS} WHERE ends_on < $1 AND state = 'current') c
        ORDER BY creditor, debtor, currency, about, ends_on DESC""",
        day,
    )
    return [KeptComparison(**dict(row)) for row in rows]


async def hold(connection: Connection) -> None:
    """Let nobody else compare, agree, or change a difference until the transaction ends. Taken before any of its rows and before the books' head."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))", _ONE_AT_A_TIME)


async def mark(connection: Connection) -> str:
    """Changes with all that a comparison rests on: the journal, extracts and what accounts mean, agreements, rates, and what was compared before."""
    found: str = await connection.fetchval(
        """SELECT concat_ws('/', (SELECT number FROM head WHERE id = 1), (SELECT max(ordinal) FROM ledger_extracts),
            (SELECT max(changed_at) FROM extract_accounts), (SELECT max(ordinal) FROM union_comparisons),
            (SELECT concat(count(*), '+', sum(version)) FROM union_differences), (SELECT count(*) FROM comparison_agreements),
            (SELECT concat(count(*), '+', count(decided_at), '+', count(ended_at)) FROM agreements),
            (SELECT concat(count(*), '+', count(confirmed_at)) FROM rates))"""
    )
    return found


async def cutoffs(connection: Connection, first: date | None = None) -> list[date]:
    """Every cut-off for which a union uploaded or something was compared, the newest first; from a day on where given."""
    rows = await connection.fetch(
        """SELECT ends_on FROM (SELECT ends_on FROM ledger_extracts WHERE state = 'kept' UNION SELECT ends_on FROM union_comparisons) c
        WHERE $1::date IS NULL OR ends_on >= $1 ORDER BY ends_on DESC""",
        first,
    )  # fmt: skip
    return [row["ends_on"] for row in rows]


async def compared_after(connection: Connection, day: date) -> list[date]:
    """Later cut-offs with a comparison in force."""
    rows = await connection.fetch("SELECT DISTINCT ends_on FROM union_comparisons WHERE state = 'current' AND ends_on > $1", day)
    return [row["ends_on"] for row in rows]


async def add_comparison(connection: Connection, new: KeptComparison) -> None:
    """Keep a comparison, in force; the one before it of that cut-off and pair no longer is."""
    await connection.execute(
        """UPDATE union_comparisons SET state = 'replaced' WHERE ends_on = $1 AND creditor = $2 AND debtor = $3 AND currency = $4 AND about = $5
        AND state = 'current'""",
        new.ends_on, new.creditor, new.debtor, new.currency, new.about,
    )  # fmt: skip
    await connection.execute(
        """INSERT INTO union_comparisons (number, ordinal, ends_on, creditor, debtor, currency, about, creditor_extract, debtor_extract,
        creditor_minor, debtor_minor, pool_minor, unexplained_minor, working, state, made_by, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'current', $15, $16)""",
        new.number, int(new.number.partition("-")[2]), new.ends_on, new.creditor, new.debtor, new.currency, new.about, new.creditor_extract,
        new.debtor_extract, new.creditor_minor, new.debtor_minor, new.pool_minor, new.unexplained_minor, new.working, new.made_by, new.made_at,
    )  # fmt: skip


async def retire_comparison(connection: Connection, number: str) -> None:
    """Take a comparison out of force that none takes the place of."""
    await connection.execute("UPDATE union_comparisons SET state = 'replaced' WHERE number = $1", number)


async def agree(connection: Connection, number: str, union: str, person_id: int, now: datetime, remark: str) -> None:
    """Keep that a union's treasurer agreed."""
    await connection.execute("INSERT INTO comparison_agreements VALUES ($1, $2, $3, $4, $5)", number, union, person_id, now, remark)


async def agreements(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Agreement]]:
    """Who agreed to each comparison, in order."""
    rows = await connection.fetch(
        """SELECT a.comparison, a.union_code AS union, a.person_id, p.name AS person_name, a.agreed_at, a.remark
        FROM comparison_agreements a JOIN people p ON p.id = a.person_id WHERE a.comparison = ANY($1::text[]) ORDER BY a.agreed_at, a.union_code""",
        list(numbers),
    )  # fmt: skip
    found: dict[str, list[Agreement]] = {number: [] for number in numbers}
    for row in rows:
        facts = dict(row)
        found[facts.pop("comparison")].append(Agreement(**facts))
    return found


# --- differences ------------------------------------------------------------------------------------------------------------


async def difference(connection: Connection, number: str, lock: bool = False) -> Difference:
    """One difference; refuses an unknown one."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM union_differences WHERE number = $1 {'FOR UPDATE' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="difference", id=number[:40])
    return Difference(**dict(row))


async def differences(
    connection: Connection, state: str | None = None, owner: str | None = None, after: str | None = None, limit: int = 50
) -> list[Difference]:
    """Differences, the newest first."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM union_differences WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR owner = $2)
        AND ($3::text IS NULL OR ordinal < (SELECT ordinal FROM union_differences WHERE number = $3)) ORDER BY ordinal DESC LIMIT $4""",
        state, owner, after, limit,
    )  # fmt: skip
    return [Difference(**dict(row)) for row in rows]


async def overdue(connection: Connection, today: date, limit: int) -> list[Difference]:
    """Open ones whose day has passed, the longest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM union_differences WHERE state = 'open' AND due_on < $1 AND owner IS NOT NULL ORDER BY due_on, ordinal LIMIT $2",
        today, limit,
    )  # fmt: skip
    return [Difference(**dict(row)) for row in rows]


async def of_identities(connection: Connection, identities: Sequence[str]) -> dict[str, Difference]:
    """The newest difference of each identity."""
    rows = await connection.fetch(
        f"SELECT DISTINCT ON (identity) {_COLUMNS} FROM union_differences WHERE identity = ANY($1::text[]) ORDER BY identity, ordinal DESC",
        list(identities),
    )
    return {row["identity"]: Difference(**dict(row)) for row in rows}


async def said(connection: Connection) -> list[Difference]:
    """Those that a person classed or resolved by hand, the oldest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM union_differences WHERE classed_by IS NOT NULL OR (state = 'resolved' AND remark <> '') ORDER BY ordinal"
    )
    return [Difference(**dict(row)) for row in rows]


async def open_of_pair(connection: Connection, creditor: str, debtor: str, currency: str, about: About) -> list[Difference]:
    """The open ones of a pair."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM union_differences WHERE creditor = $1 AND debtor = $2 AND currency = $3 AND about = $4
        AND state = 'open' ORDER BY ordinal""",
        creditor, debtor, currency, about,
    )  # fmt: skip
    return [Difference(**dict(row)) for row in rows]


async def add_difference(connection: Connection, new: Difference) -> None:
    """Keep a new difference."""
    facts = {("class" if name == "kind" else name): getattr(new, name) for name in new.__struct_fields__}
    facts["ordinal"] = int(new.number.partition("-")[2])
    places = ", ".join(f"${place}" for place in range(1, len(facts) + 1))
    await connection.execute(f"INSERT INTO union_differences ({', '.join(facts)}) VALUES ({places})", *facts.values())


async def save_difference(connection: Connection, number: str, **values: Any) -> None:
    """Change a difference's columns; its version counts up."""
    named = {("class" if name == "kind" else name): value for name, value in values.items()}
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(named, 2))
    await connection.execute(f"UPDATE union_differences SET {sets}, version = version + 1 WHERE number = $1", number, *named.values())


async def add_event(connection: Connection, number: str, person_id: int, now: datetime, what: str, remark: str, facts: dict[str, Any]) -> None:
    """Add to what was said and done of a difference; the caller holds it or the books' head."""
    await connection.execute(
        """INSERT INTO difference_events SELECT $1, coalesce(max(ordinal), 0) + 1, $3, $2, $4, $5, $6 FROM difference_events WHERE difference = $1""",
        number, person_id, now, what, remark, facts,
    )  # fmt: skip


async def events(connection: Connection, number: str) -> list[Event]:
    """All that was said and done of a difference, in order."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, e.person_id, p.name AS person_name, p.union_code AS union, e.what, e.remark, e.facts
        FROM difference_events e JOIN people p ON p.id = e.person_id WHERE e.difference = $1 ORDER BY e.ordinal""",
        number,
    )  # fmt: skip
    return [Event(**dict(row)) for row in rows]


# --- the pool's own journal ---------------------------------------------------------------------------------------------------


class PoolRow(msgspec.Struct, frozen=True):
    """A posting on what mirrors, as a row: whose book, about whom, debit positive. For what is paid in or on its way, ``book`` is the union that
    paid or sent it.
    """

    about: About
    role: str
    book: str
    other: str
    currency: str
    entry: int
    line: int
    day: date
    amount_minor: int
    reference: str
    description: str
    nation: str
    exchanged: bool


async def pool_rows(connection: Connection, roles: Sequence[str], first: date, last: date) -> list[PoolRow]:
    """Every posting of these roles in the unions' own books, debit positive, from one day to another."""
    rows = await connection.fetch(
        """SELECT 'owed' AS about, a.role, a.book, a.counterparty AS other, a.currency::text, p.entry_number AS entry, p.line, p.entry_date AS day,
            p.amount_minor,
            e.reference, concat_ws(' ', e.description, array_to_string(e.tags, ' ')) AS description, coalesce(f.nation::text, '') AS nation,
            e.exchange IS NOT NULL AS exchanged
        FROM accounts a JOIN postings p ON p.account_id = a.id JOIN entries e ON e.number = p.entry_number JOIN funds f ON f.id = p.fund_id
        WHERE a.role = ANY($1::text[]) AND a.book <> 'joint' AND p.entry_date BETWEEN $2 AND $3 ORDER BY p.entry_date, p.entry_number, p.line""",
        list(roles), first, last,
    )  # fmt: skip
    return [PoolRow(**dict(row)) for row in rows]


async def paid_in(connection: Connection, first: date, last: date) -> list[PoolRow]:
    """What the pool received from each union, by entry: contributions and what settled a promise of one, without what was only promised."""
    rows = await connection.fetch(
        """SELECT 'contributions' AS about, 'contributions' AS role, a.counterparty AS book, a.book AS other, a.currency::text, e.number AS entry,
            min(p.line) AS line, p.entry_date AS day, sum(p.amount_minor)::bigint AS amount_minor, e.reference,
            concat_ws(' ', e.subject, e.description) AS description, coalesce(min(f.nation::text), '') AS nation, e.exchange IS NOT NULL AS exchanged
        FROM accounts a JOIN postings p ON p.account_id = a.id JOIN entries e ON e.number = p.entry_number JOIN funds f ON f.id = p.fund_id
        WHERE a.book = 'joint' AND a.role IN ('contributions', 'pledges') AND a.counterparty IS NOT NULL AND p.entry_date BETWEEN $1 AND $2
        GROUP BY a.counterparty, a.book, a.currency, e.number, p.entry_date HAVING sum(p.amount_minor) <> 0 ORDER BY p.entry_date, e.number""",
        first, last,
    )  # fmt: skip
    return [PoolRow(**dict(row)) for row in rows]


_ON_THE_WAY = """FROM accounts a JOIN postings p ON p.account_id = a.id JOIN entries e ON e.number = p.entry_number
    JOIN transfers t ON t.number = e.subject JOIN accounts s ON s.id = t.from_account
    WHERE a.book = 'joint' AND a.role = 'in_transit' AND s.custodian IS NOT NULL"""


async def on_the_way(connection: Connection, first: date, last: date) -> list[PoolRow]:
    """What each union sent and what of it arrived or came back, as the pool's clearing accounts have it."""
    rows = await connection.fetch(
        f"""SELECT 'in_transit' AS about, 'in_transit' AS role, s.custodian AS book, a.book AS other, a.currency::text, e.number AS entry, p.line,
            p.entry_date AS day, p.amount_minor, e.reference, concat_ws(' ', e.subject, e.description) AS description, '' AS nation,
            e.exchange IS NOT NULL AS exchanged
        {_ON_THE_WAY} AND p.entry_date BETWEEN $1 AND $2 ORDER BY p.entry_date, e.number, p.line""",
        first, last,
    )  # fmt: skip
    return [PoolRow(**dict(row)) for row in rows]


async def on_the_way_before(connection: Connection, day: date) -> list[tuple[str, str, int]]:
    """(sending union, currency, minor units) of what was on its way at the end of the day before."""
    rows = await connection.fetch(
        f"""SELECT s.custodian, a.currency::text, sum(p.amount_minor)::bigint {_ON_THE_WAY} AND p.entry_date < $1
        GROUP BY 1, 2 HAVING sum(p.amount_minor) <> 0""",
        day,
    )
    return [(row[0], row[1], row[2]) for row in rows]
