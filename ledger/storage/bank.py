"""Keep where a bank account's reconciling begins, its statements, and their lines, each once by its identity."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.bank import BankLine, BookLine, Start, Statement
from ledger.domain.bank_files import StatementLine
from ledger.domain.refusals import NotFound
from ledger.domain.sheet_profiles import Profile
from ledger.storage.arrays import columns
from ledger.storage.database import Connection

_ONE_AT_A_TIME = 604_060
_STATEMENTS = """
    SELECT s.number, s.ordinal, s.account_id, s.format, s.bank_account, s.bank_number, s.starts_on, s.ends_on, s.opening_minor, s.opening_given,
        s.closing_minor, s.lines, s.known_lines, s.document_id, s.state, s.imported_by, p.name AS imported_by_name, s.imported_at, s.remark,
        (SELECT count(*) FROM bank_lines l WHERE l.statement = s.number AND l.state IN ('new', 'zero')) AS open_lines,
        encode(d.sha256, 'hex') AS sha256, d.filename, a.currency::text AS currency
    FROM bank_statements s JOIN people p ON p.id = s.imported_by JOIN documents d ON d.id = s.document_id JOIN accounts a ON a.id = s.account_id"""
_LINES = """
    SELECT l.number, l.account_id, l.statement, l.day, l.value_date, l.amount_minor, l.bank_id, l.reference, l.cheque, l.counterparty, l.text, l.code,
        l.state, l.reason, m.match_id
    FROM bank_lines l LEFT JOIN bank_matched_lines m ON m.line = l.number AND m.live"""
# The account's postings that reconciling is about: of its first day and later, recorded since, or in circulation when it began.
IN_REACH = """
    p.account_id = $1 AND (p.entry_date >= s.starts_on OR p.entry_number > s.head_number OR EXISTS (
        SELECT FROM bank_start_outstanding o WHERE o.entry_number = p.entry_number AND o.line = p.line))"""
BOOK_LINE = """p.entry_number AS entry, p.line, p.entry_date AS day, p.amount_minor, e.kind,
        e.description || CASE WHEN p.memo = '' THEN '' ELSE ' – ' || p.memo END AS description, e.reference, e.subject, f.code AS fund"""
_BOOK = "postings p JOIN entries e ON e.number = p.entry_number JOIN funds f ON f.id = p.fund_id"


class LineFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines to list; None for all."""

    state: str | None = None
    statement: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    amount_minor: int | None = None
    words: str | None = None
    direction: str | None = None
    numbers: tuple[int, ...] | None = None
    but: tuple[int, ...] = ()
    states: tuple[str, ...] = ()


async def lock(connection: Connection, account_id: int) -> None:
    """Let nobody else import, match or reconcile on the account until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _ONE_AT_A_TIME, account_id)


async def reserve(connection: Connection, name: str, count: int) -> int:
    """Count a counter up by many; the first number of them."""
    last: int = await connection.fetchval(
        "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = counters.value + $2 RETURNING value", name, count
    )
    return last - count + 1


# --- the start ------------------------------------------------------------------------------------------------------------


async def start(connection: Connection, account_id: int) -> Start | None:
    """Where the account's reconciling begins."""
    row = await connection.fetchrow(
        "SELECT account_id, starts_on, statement_minor, book_minor, head_number, set_by, set_at FROM bank_starts WHERE account_id = $1", account_id
    )
    return None if row is None else Start(**dict(row))


async def starts(connection: Connection) -> dict[int, Start]:
    """Every start by its account."""
    rows = await connection.fetch("SELECT account_id, starts_on, statement_minor, book_minor, head_number, set_by, set_at FROM bank_starts")
    return {row["account_id"]: Start(**dict(row)) for row in rows}


async def set_start(connection: Connection, new: Start, outstanding: Sequence[BookLine]) -> None:
    """Keep a start in place of the one before it."""
    await connection.execute("DELETE FROM bank_start_outstanding WHERE account_id = $1", new.account_id)
    await connection.execute("DELETE FROM bank_starts WHERE account_id = $1", new.account_id)
    await connection.execute(
        """INSERT INTO bank_starts (account_id, starts_on, statement_minor, book_minor, head_number, set_by, set_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        *msgspec.structs.astuple(new),
    )
    await connection.executemany(
        "INSERT INTO bank_start_outstanding (account_id, entry_number, line, amount_minor) VALUES ($1, $2, $3, $4)",
        [(new.account_id, each.entry, each.line, each.amount_minor) for each in outstanding],
    )


async def drop_start(connection: Connection, account_id: int) -> None:
    """Forget a start, with the last statement that it began with."""
    await connection.execute("DELETE FROM bank_start_outstanding WHERE account_id = $1", account_id)
    await connection.execute("DELETE FROM bank_starts WHERE account_id = $1", account_id)


async def ticked(connection: Connection, account_id: int) -> set[tuple[int, int]]:
    """The postings (entry, line) that were in circulation when it began."""
    rows = await connection.fetch("SELECT entry_number, line FROM bank_start_outstanding WHERE account_id = $1", account_id)
    return {(row["entry_number"], row["line"]) for row in rows}


async def postings_before(connection: Connection, account_id: int, first: date, before: date, limit: int) -> list[BookLine]:
    """The account's postings of days before another, the newest first."""
    rows = await connection.fetch(
        f"""SELECT {BOOK_LINE} FROM {_BOOK} WHERE p.account_id = $1 AND p.entry_date >= $2 AND p.entry_date < $3
        ORDER BY p.entry_date DESC, p.entry_number DESC, p.line DESC LIMIT $4""",
        account_id, first, before, limit,
    )  # fmt: skip
    return [BookLine(**dict(row)) for row in rows]


async def postings_at(connection: Connection, account_id: int, places: Sequence[tuple[int, int]]) -> list[BookLine]:
    """The account's postings at these places (entry, line), in the order of the journal; those of other accounts are not found."""
    entries, lines = columns([*places], 2)
    rows = await connection.fetch(
        f"""SELECT {BOOK_LINE} FROM {_BOOK} WHERE p.account_id = $1 AND (p.entry_number, p.line) IN (
            SELECT * FROM unnest($2::text::bigint[], $3::text::smallint[])) ORDER BY p.entry_number, p.line""",
        account_id, entries, lines,
    )  # fmt: skip
    return [BookLine(**dict(row)) for row in rows]


# --- statements -----------------------------------------------------------------------------------------------------------


async def statement(connection: Connection, number: str) -> Statement:
    """One statement by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_STATEMENTS} WHERE s.number = $1", number)
    if row is None:
        raise NotFound(kind="bank_statement", id=number[:40])
    return Statement(**dict(row))


async def statements(connection: Connection, account_id: int | None, after: int | None = None, limit: int = 50) -> list[Statement]:
    """Statements, the last brought in first, beginning after one's ordinal."""
    rows = await connection.fetch(
        f"{_STATEMENTS} WHERE ($1::int IS NULL OR s.account_id = $1) AND ($2::int IS NULL OR s.ordinal < $2) ORDER BY s.ordinal DESC LIMIT $3",
        account_id, after, limit,
    )  # fmt: skip
    return [Statement(**dict(row)) for row in rows]


async def kept_with(connection: Connection, account_id: int, sha256: bytes) -> str | None:
    """The kept statement of the account that the same file brought, if one did."""
    found: str | None = await connection.fetchval(
        """SELECT s.number FROM bank_statements s JOIN documents d ON d.id = s.document_id
        WHERE s.account_id = $1 AND s.state = 'kept' AND d.sha256 = $2 ORDER BY s.ordinal LIMIT 1""",
        account_id, sha256,
    )  # fmt: skip
    return found


async def add_statement(connection: Connection, new: Statement, now: datetime) -> None:
    """Keep a statement; its lines are kept apart."""
    await connection.execute(
        """INSERT INTO bank_statements (number, ordinal, account_id, format, bank_account, bank_number, starts_on, ends_on, opening_minor,
        opening_given, closing_minor, lines, known_lines, document_id, state, imported_by, imported_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'kept', $15, $16, '')""",
        new.number, new.ordinal, new.account_id, new.format, new.bank_account, new.bank_number, new.starts_on, new.ends_on, new.opening_minor,
        new.opening_given, new.closing_minor, new.lines, new.known_lines, new.document_id, new.imported_by, now,
    )  # fmt: skip


async def withdraw_statement(connection: Connection, number: str, person_id: int, now: datetime, remark: str) -> None:
    """Mark a statement and its lines as withdrawn: they count nowhere, and the right file can bring them anew."""
    await connection.execute("UPDATE bank_lines SET state = 'withdrawn' WHERE statement = $1", number)
    await connection.execute(
        "UPDATE bank_statements SET state = 'withdrawn', withdrawn_by = $2, withdrawn_at = $3, remark = $4 WHERE number = $1",
        number, person_id, now, remark,
    )  # fmt: skip


async def ends_of(connection: Connection, account_id: int) -> list[date]:
    """The last days of the account's kept statements, in order."""
    rows = await connection.fetch(
        "SELECT DISTINCT ends_on FROM bank_statements WHERE account_id = $1 AND state = 'kept' ORDER BY ends_on", account_id
    )
    return [row["ends_on"] for row in rows]


async def covering(connection: Connection, account_id: int, day: date) -> tuple[str, date] | None:
    """(number, last day) of the kept statement that a day is in: the first that reaches it."""
    row = await connection.fetchrow(
        """SELECT number, ends_on FROM bank_statements WHERE account_id = $1 AND state = 'kept' AND ends_on >= $2
        ORDER BY ends_on, ordinal LIMIT 1""",
        account_id, day,
    )  # fmt: skip
    return None if row is None else (row["number"], row["ends_on"])


async def bank_numbers(connection: Connection, account_id: int) -> list[str]:
    """The bank's own numbers of the account, as its kept files said them, the last said last."""
    rows = await connection.fetch(
        """SELECT bank_account FROM bank_statements WHERE account_id = $1 AND state = 'kept' AND bank_account <> ''
        GROUP BY bank_account ORDER BY max(ordinal)""",
        account_id,
    )  # fmt: skip
    return [row["bank_account"] for row in rows]


async def last_statement(connection: Connection, account_id: int) -> tuple[str, date] | None:
    """(number, last day) of the kept statement that reaches furthest."""
    row = await connection.fetchrow(
        "SELECT number, ends_on FROM bank_statements WHERE account_id = $1 AND state = 'kept' ORDER BY ends_on DESC, ordinal DESC LIMIT 1", account_id
    )
    return None if row is None else (row["number"], row["ends_on"])


async def left_to_reconcile(connection: Connection) -> set[int]:
    """The accounts with a kept statement that have days of it, or postings, after the day they are reconciled to."""
    rows = await connection.fetch(
        """SELECT a.account_id FROM (
            SELECT s.account_id, max(s.ends_on) AS covered_to, coalesce((
                SELECT max(r.ends_on) FROM bank_reconciliations r WHERE r.account_id = s.account_id AND r.undone_at IS NULL), '-infinity') AS reconciled_to
            FROM bank_statements s WHERE s.state = 'kept' GROUP BY s.account_id) a
        WHERE a.covered_to > a.reconciled_to
            OR EXISTS (SELECT FROM postings p WHERE p.account_id = a.account_id AND p.entry_date > a.reconciled_to)"""
    )
    return {row["account_id"] for row in rows}


async def first_statement(connection: Connection, account_id: int) -> Statement | None:
    """The kept statement with the earliest first day."""
    row = await connection.fetchrow(
        f"{_STATEMENTS} WHERE s.account_id = $1 AND s.state = 'kept' ORDER BY s.starts_on, s.ordinal LIMIT 1", account_id
    )
    return None if row is None else Statement(**dict(row))


# --- lines ----------------------------------------------------------------------------------------------------------------


async def known(connection: Connection, account_id: int, identities: Sequence[str]) -> set[str]:
    """Those of these identities that the account has."""
    rows = await connection.fetch(
        "SELECT identity FROM bank_lines WHERE account_id = $1 AND identity = ANY($2::text[]) AND state <> 'withdrawn'", account_id, list(identities)
    )
    return {row["identity"] for row in rows}


async def add_lines(connection: Connection, account_id: int, statement: str, lines: Sequence[tuple[str, StatementLine]]) -> None:
    """Keep lines by their identities; numbers are counted over all accounts."""
    if not lines:
        return
    first = await reserve(connection, "bank_line", len(lines))
    rows = [
        (first + n, line.day, line.value_date, line.amount_minor, line.bank_id, identity, line.reference, line.cheque, line.counterparty, line.text,
         line.code)
        for n, (identity, line) in enumerate(lines)
    ]  # fmt: skip
    await connection.execute(
        """INSERT INTO bank_lines (number, account_id, statement, day, value_date, amount_minor, bank_id, identity, reference, cheque, counterparty,
            text, code, state, reason)
        SELECT number, $1, $2, day, value_date, amount_minor, bank_id, identity, reference, cheque, counterparty, text, code,
            CASE amount_minor WHEN 0 THEN 'zero' ELSE 'new' END, ''
        FROM unnest($3::text::bigint[], $4::text::date[], $5::text::date[], $6::text::bigint[], $7::text::text[], $8::text::text[], $9::text::text[],
            $10::text::text[], $11::text::text[], $12::text::text[], $13::text::text[])
            w (number, day, value_date, amount_minor, bank_id, identity, reference, cheque, counterparty, text, code)""",
        account_id, statement, *columns(rows, 11),
    )  # fmt: skip


async def line(connection: Connection, number: int) -> BankLine:
    """One line by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_LINES} WHERE l.number = $1", number)
    if row is None:
        raise NotFound(kind="bank_line", id=str(number))
    return BankLine(**dict(row))


async def lines_at(connection: Connection, account_id: int, numbers: Sequence[int]) -> list[BankLine]:
    """The account's lines of these numbers, in their order."""
    rows = await connection.fetch(
        f"{_LINES} WHERE l.account_id = $1 AND l.number = ANY($2::bigint[]) AND l.state <> 'withdrawn' ORDER BY l.day, l.number",
        account_id, list(numbers),
    )
    return [BankLine(**dict(row)) for row in rows]


async def lines(
    connection: Connection, account_id: int, narrowed: LineFilter, after: tuple[date, int] | None = None, limit: int = 100
) -> list[BankLine]:
    """The account's lines that fit, the oldest first, beginning after a place (day, number); withdrawn ones only of a statement that is named."""
    day, number = after or (None, None)
    rows = await connection.fetch(
        f"""{_LINES} WHERE l.account_id = $1 AND ($2::text IS NULL OR l.state = $2) AND ($3::text IS NULL OR l.statement = $3)
        AND ($4::date IS NULL OR l.day >= $4) AND ($5::date IS NULL OR l.day <= $5) AND ($6::bigint IS NULL OR abs(l.amount_minor) = $6)
        AND ($7::text IS NULL OR strpos(lower(concat_ws(' ', l.counterparty, l.text, l.reference, l.cheque)), lower($7)) > 0)
        AND ($8::text IS NULL OR (l.amount_minor > 0) = ($8 = 'in')) AND ($9::date IS NULL OR (l.day, l.number) > ($9, $10::bigint))
        AND ($12::bigint[] IS NULL OR l.number = ANY($12)) AND l.number <> ALL($13::bigint[])
        AND (cardinality($14::text[]) = 0 OR l.state = ANY($14)) AND (l.state <> 'withdrawn' OR $3 IS NOT NULL)
        ORDER BY l.day, l.number LIMIT $11""",
        account_id, narrowed.state, narrowed.statement, narrowed.from_day, narrowed.to_day, narrowed.amount_minor, narrowed.words, narrowed.direction,
        day, number, limit, None if narrowed.numbers is None else list(narrowed.numbers), list(narrowed.but),
        list(narrowed.states),
    )  # fmt: skip
    return [BankLine(**dict(row)) for row in rows]


async def counts(connection: Connection, account_id: int) -> dict[str, int]:
    """How many lines the account has in each state."""
    rows = await connection.fetch(
        "SELECT state, count(*) AS number FROM bank_lines WHERE account_id = $1 AND state <> 'withdrawn' GROUP BY state", account_id
    )
    return {row["state"]: row["number"] for row in rows}


async def sum_to(connection: Connection, account_id: int, day: date) -> int:
    """What all kept lines to a day come to."""
    total: int = await connection.fetchval(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM bank_lines WHERE account_id = $1 AND day <= $2 AND state <> 'withdrawn'", account_id, day
    )
    return total


async def set_matched(connection: Connection, numbers: Sequence[int]) -> None:
    """Say that lines are matched; what one was left out for is kept, for it was so until then."""
    await connection.execute("UPDATE bank_lines SET state = 'matched' WHERE number = ANY($1::bigint[])", list(numbers))


async def set_let_go(connection: Connection, numbers: Sequence[int]) -> None:
    """Say that no match holds lines any more: they stand as they stood before it."""
    await connection.execute(
        "UPDATE bank_lines SET state = CASE reason WHEN '' THEN 'new' ELSE 'excluded' END WHERE number = ANY($1::bigint[])", list(numbers)
    )


async def set_line_state(connection: Connection, numbers: Sequence[int], state: str, reason: str = "") -> None:
    """Say how lines stand."""
    await connection.execute("UPDATE bank_lines SET state = $2, reason = $3 WHERE number = ANY($1::bigint[])", list(numbers), state, reason)


# --- files and sheets -------------------------------------------------------------------------------------------------------


async def sent_by_union(connection: Connection, sha256: bytes, union: str) -> UUID | None:
    """The bank's file with these bytes that somebody of the union sent."""
    found: UUID | None = await connection.fetchval(
        """SELECT d.id FROM documents d JOIN people p ON p.id = d.uploaded_by
        WHERE d.sha256 = $1 AND d.media_type = 'text/plain' AND p.union_code = $2 ORDER BY d.uploaded_at LIMIT 1""",
        sha256, union,
    )  # fmt: skip
    return found


async def file_of_union(connection: Connection, document: UUID, union: str) -> bytes | None:
    """The bytes of a bank's file that somebody of the union sent; None for anything else."""
    found: bytes | None = await connection.fetchval(
        """SELECT d.content FROM documents d JOIN people p ON p.id = d.uploaded_by
        WHERE d.id = $1 AND d.media_type = 'text/plain' AND p.union_code = $2""",
        document, union,
    )  # fmt: skip
    return found


async def profile(connection: Connection, account_id: int) -> Profile | None:
    """How the account's sheets are read."""
    found = await connection.fetchval(
        "SELECT profile FROM sheet_profiles WHERE purpose = 'statement' AND account_id = $1 AND retired_at IS NULL ORDER BY id DESC LIMIT 1", account_id
    )
    return None if found is None else msgspec.convert(found, Profile)


async def profiles(connection: Connection, union: str) -> dict[str, Profile]:
    """How a union's sheets are read, by the name of the account that each way was kept with."""
    found = await connection.fetch(
        "SELECT name, profile FROM sheet_profiles WHERE purpose = 'statement' AND union_code = $1 AND retired_at IS NULL ORDER BY name", union
    )
    return {each["name"]: msgspec.convert(each["profile"], Profile) for each in found}


async def keep_profile(connection: Connection, account: Account, new: Profile, person_id: int, now: datetime) -> None:
    """Keep how the account's sheets are read from now on, in place of what was known."""
    await connection.execute(
        "UPDATE sheet_profiles SET retired_at = $2 WHERE purpose = 'statement' AND account_id = $1 AND retired_at IS NULL", account.id, now
    )
    await connection.execute(
        """INSERT INTO sheet_profiles (id, union_code, purpose, name, account_id, profile, version, changed_by, changed_at)
        SELECT coalesce(max(id), 0) + 1, $1, 'statement', $2, $3, $4, 1, $5, $6 FROM sheet_profiles""",
        account.custodian, account.label, account.id, msgspec.to_builtins(new), person_id, now,
    )  # fmt: skip
