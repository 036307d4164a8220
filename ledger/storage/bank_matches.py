"""Keep which bank lines and postings are the same money, the rules learnt from that, and each account's reconciliations."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.bank import BankLine, BookLine, Match, Reconciliation
from ledger.domain.bank_likeness import Item, Line
from ledger.domain.bank_rules import Rule
from ledger.domain.refusals import NotFound
from ledger.storage.bank import BOOK_LINE, IN_REACH
from ledger.storage.database import Connection

_OPEN = "NOT EXISTS (SELECT FROM bank_matched_postings m WHERE m.entry_number = p.entry_number AND m.line = p.line AND m.live)"


# --- what is open ---------------------------------------------------------------------------------------------------------


async def open_lines(connection: Connection, account_id: int) -> list[Line]:
    """The account's bank lines that nothing holds."""
    rows = await connection.fetch(
        """SELECT number, day, amount_minor, concat_ws(' ', counterparty, text, reference) AS words, cheque
        FROM bank_lines WHERE account_id = $1 AND state = 'new' ORDER BY day, number""",
        account_id,
    )  # fmt: skip
    return [Line(*row.values()) for row in rows]


async def open_items(connection: Connection, account_id: int, entries: Sequence[int] | None = None) -> list[Item]:
    """The account's postings within reach of reconciling that no match holds; of these entries where they are given."""
    rows = await connection.fetch(
        f"""SELECT p.entry_number, p.line, p.entry_date, p.amount_minor, e.reference, e.subject, e.description || ' ' || p.memo, e.reverses, p.fund_id,
            e.corrects
        FROM bank_starts s JOIN postings p ON p.account_id = s.account_id JOIN entries e ON e.number = p.entry_number
        WHERE s.account_id = $1 AND ($2::bigint[] IS NULL OR p.entry_number = ANY($2)) AND {IN_REACH} AND {_OPEN}
        ORDER BY p.entry_date, p.entry_number, p.line""",
        account_id, None if entries is None else list(entries),
    )  # fmt: skip
    return [Item(*row.values()) for row in rows]


async def items_between(connection: Connection, account_id: int, first: date, last: date) -> list[Item]:
    """The account's postings of some days, whether its reconciling has begun or not."""
    rows = await connection.fetch(
        """SELECT p.entry_number, p.line, p.entry_date, p.amount_minor, e.reference, e.subject, e.description || ' ' || p.memo, e.reverses, p.fund_id
        FROM postings p JOIN entries e ON e.number = p.entry_number WHERE p.account_id = $1 AND p.entry_date BETWEEN $2 AND $3
        ORDER BY p.entry_date, p.entry_number, p.line""",
        account_id, first, last,
    )  # fmt: skip
    return [Item(*row.values()) for row in rows]


async def open_postings(
    connection: Connection, account_id: int, after: tuple[date, int, int] | None, limit: int, words: str | None = None, amount_minor: int | None = None
) -> list[BookLine]:
    """The same with what a page says of them, the oldest first, beginning after a place (day, entry, line)."""
    day, entry, place = after or (None, None, None)
    rows = await connection.fetch(
        f"""SELECT {BOOK_LINE} FROM bank_starts s JOIN postings p ON p.account_id = s.account_id JOIN entries e ON e.number = p.entry_number
        JOIN funds f ON f.id = p.fund_id WHERE s.account_id = $1 AND {IN_REACH} AND {_OPEN}
        AND ($2::date IS NULL OR (p.entry_date, p.entry_number, p.line) > ($2, $3::bigint, $4::smallint))
        AND ($5::text IS NULL OR strpos(lower(concat_ws(' ', e.description, p.memo, e.reference, e.subject)), lower($5)) > 0)
        AND ($6::bigint IS NULL OR abs(p.amount_minor) = $6)
        ORDER BY p.entry_date, p.entry_number, p.line LIMIT $7""",
        account_id, day, entry, place, words, amount_minor, limit,
    )  # fmt: skip
    return [BookLine(**dict(row)) for row in rows]


# --- matches --------------------------------------------------------------------------------------------------------------

_MATCHES = """
    SELECT m.id, m.account_id, m.pass AS by, m.rule_id, m.lines_minor, m.postings_minor, m.cleared_on, m.remark, m.made_by, p.name AS made_by_name,
        m.made_at, m.undone_at,
        (SELECT coalesce(array_agg(line ORDER BY line), '{}') FROM bank_matched_lines WHERE match_id = m.id) AS lines,
        (SELECT coalesce(array_agg(ARRAY[entry_number, line::bigint] ORDER BY entry_number, line), '{}') FROM bank_matched_postings
            WHERE match_id = m.id) AS postings,
        (coalesce((SELECT sum(abs(amount_minor)) FROM bank_matched_postings WHERE match_id = m.id),
            (SELECT sum(abs(l.amount_minor)) FROM bank_matched_lines ml JOIN bank_lines l ON l.number = ml.line WHERE ml.match_id = m.id),
            0) / 2)::bigint AS half
    FROM bank_matches m JOIN people p ON p.id = m.made_by"""


def _match(row: Any) -> Match:
    facts = dict(row)
    amount, half = facts.pop("lines_minor"), facts.pop("half")
    facts.pop("postings_minor")
    facts["postings"] = [(entry, line) for entry, line in facts["postings"]]
    return Match(**facts, amount_minor=amount or half)


async def match(connection: Connection, match_id: int) -> Match:
    """One match; refuses an unknown one."""
    row = await connection.fetchrow(f"{_MATCHES} WHERE m.id = $1", match_id)
    if row is None:
        raise NotFound(kind="bank_match", id=str(match_id))
    return _match(row)


async def matches(connection: Connection, account_id: int, ids: Sequence[int] | None = None, after: int | None = None, limit: int = 50) -> list[Match]:
    """Matches of the account, the newest first; of these ids where they are given."""
    rows = await connection.fetch(
        f"""{_MATCHES} WHERE m.account_id = $1 AND ($2::bigint[] IS NULL OR m.id = ANY($2)) AND ($3::bigint IS NULL OR m.id < $3)
        ORDER BY m.id DESC LIMIT $4""",
        account_id, None if ids is None else list(ids), after, limit,
    )  # fmt: skip
    return [_match(row) for row in rows]


class NewMatch(msgspec.Struct, frozen=True):
    """A match to be kept."""

    by: str
    rule_id: int | None
    lines: Sequence[BankLine]
    postings: Sequence[Item]
    remark: str = ""
    not_before: date = date.min

    @property
    def cleared_on(self) -> date:
        """The day by which both the bank and the books had it; ``not_before`` where earlier days are reconciled."""
        return max([each.day for each in self.lines] + [each.day for each in self.postings] + [self.not_before])


async def add(connection: Connection, account_id: int, first_id: int, new: Sequence[NewMatch], person_id: int, now: datetime) -> None:
    """Keep matches under ids that were reserved; the indexes refuse what another match holds."""
    ids = range(first_id, first_id + len(new))
    await connection.executemany(
        """INSERT INTO bank_matches (id, account_id, pass, rule_id, lines_minor, postings_minor, cleared_on, remark, made_by, made_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        [
            (match_id, account_id, each.by, each.rule_id, sum(one.amount_minor for one in each.lines), sum(one.amount_minor for one in each.postings),
             each.cleared_on, each.remark, person_id, now)
            for match_id, each in zip(ids, new, strict=True)
        ],
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO bank_matched_lines (match_id, line, live) VALUES ($1, $2, true)",
        [(match_id, one.number) for match_id, each in zip(ids, new, strict=True) for one in each.lines],
    )
    await connection.executemany(
        """INSERT INTO bank_matched_postings (match_id, entry_number, line, account_id, amount_minor, cleared_on, live)
        VALUES ($1, $2, $3, $4, $5, $6, true)""",
        [
            (match_id, one.entry, one.line, account_id, one.amount_minor, each.cleared_on)
            for match_id, each in zip(ids, new, strict=True)
            for one in each.postings
        ],
    )


async def undo(connection: Connection, match_id: int, person_id: int, now: datetime) -> None:
    """Let a match's lines and postings go; the match itself stays."""
    await connection.execute("UPDATE bank_matches SET undone_by = $2, undone_at = $3 WHERE id = $1", match_id, person_id, now)
    for table in ("bank_matched_lines", "bank_matched_postings"):
        await connection.execute(f"UPDATE {table} SET live = false WHERE match_id = $1", match_id)


async def any_stands(connection: Connection, account_id: int) -> bool:
    """Whether a match of the account was made and not undone."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM bank_matches WHERE account_id = $1 AND undone_at IS NULL)", account_id))


# --- the proof ------------------------------------------------------------------------------------------------------------


async def outstanding(connection: Connection, account_id: int, day: date) -> list[tuple[int, int, date, str, str, str, int]]:
    """(entry, line, day, reference, description, subject, minor) of postings to a day that the bank had not seen by then."""
    rows = await connection.fetch(
        f"""SELECT p.entry_number, p.line, p.entry_date, e.reference, e.description, e.subject, p.amount_minor
        FROM bank_starts s JOIN postings p ON p.account_id = s.account_id JOIN entries e ON e.number = p.entry_number
        WHERE s.account_id = $1 AND {IN_REACH} AND p.entry_date <= $2 AND NOT EXISTS (
            SELECT FROM bank_matched_postings m WHERE m.entry_number = p.entry_number AND m.line = p.line AND m.live AND m.cleared_on <= $2)""",
        account_id, day,
    )  # fmt: skip
    return [tuple(row.values()) for row in rows]


async def not_in_books(connection: Connection, account_id: int, day: date) -> list[tuple[int, date, int, str, str, date | None]]:
    """(number, day, minor, text, reason, in the books since) of lines to a day that no match by then holds; a reason where it was left out."""
    rows = await connection.fetch(
        """SELECT l.number, l.day, l.amount_minor, concat_ws(' ', nullif(l.counterparty, ''), nullif(l.text, '')) AS text, l.reason, m.cleared_on
        FROM bank_lines l LEFT JOIN bank_matched_lines ml ON ml.line = l.number AND ml.live LEFT JOIN bank_matches m ON m.id = ml.match_id
        WHERE l.account_id = $1 AND l.day <= $2 AND (m.cleared_on IS NULL OR m.cleared_on > $2) AND l.state NOT IN ('zero', 'withdrawn')
        ORDER BY l.day, l.number""",
        account_id, day,
    )  # fmt: skip
    return [tuple(row.values()) for row in rows]


# --- reconciliations --------------------------------------------------------------------------------------------------------

_RECONCILIATIONS = """
    SELECT r.account_id, r.ends_on, r.version, r.statement, r.statement_minor, r.book_minor, r.deposits_minor, r.payments_minor, r.bank_errors_minor,
        r.recorded_later_minor, r.done_by, p.name AS done_by_name, r.done_at, r.undone_at, r.remark
    FROM bank_reconciliations r JOIN people p ON p.id = r.done_by"""


async def reconciliations(connection: Connection, account_id: int, live: bool = True, limit: int = 200) -> list[Reconciliation]:
    """The account's, the latest day first; ``live`` leaves out those that were undone."""
    rows = await connection.fetch(
        f"{_RECONCILIATIONS} WHERE r.account_id = $1 AND (NOT $2 OR r.undone_at IS NULL) ORDER BY r.ends_on DESC, r.version DESC LIMIT $3",
        account_id, live, limit,
    )  # fmt: skip
    return [Reconciliation(**dict(row)) for row in rows]


async def reconciled_to(connection: Connection, account_id: int) -> date | None:
    """The last day the account is reconciled at."""
    found: date | None = await connection.fetchval(
        "SELECT max(ends_on) FROM bank_reconciliations WHERE account_id = $1 AND undone_at IS NULL", account_id
    )
    return found


async def book_reconciled(connection: Connection, account_id: int, day: date) -> int | None:
    """The balance of the books that the account was reconciled at on a day; None where it was not, or was opened again."""
    found: int | None = await connection.fetchval(
        "SELECT book_minor FROM bank_reconciliations WHERE account_id = $1 AND ends_on = $2 AND undone_at IS NULL", account_id, day
    )
    return found


async def add_reconciliation(connection: Connection, new: Reconciliation, working: Any) -> None:
    """Keep that the account is proved at a day."""
    version = await connection.fetchval(
        "SELECT coalesce(max(version), 0) + 1 FROM bank_reconciliations WHERE account_id = $1 AND ends_on = $2", new.account_id, new.ends_on
    )
    await connection.execute(
        """INSERT INTO bank_reconciliations (account_id, ends_on, version, statement, statement_minor, book_minor, deposits_minor, payments_minor,
        bank_errors_minor, recorded_later_minor, working, done_by, done_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)""",
        new.account_id, new.ends_on, version, new.statement, new.statement_minor, new.book_minor, new.deposits_minor, new.payments_minor,
        new.bank_errors_minor, new.recorded_later_minor, working, new.done_by, new.done_at, new.remark,
    )  # fmt: skip


async def undo_reconciliation(connection: Connection, account_id: int, day: date, person_id: int, now: datetime, remark: str) -> None:
    """Open the account's last reconciled days again."""
    await connection.execute(
        "UPDATE bank_reconciliations SET undone_by = $3, undone_at = $4, remark = $5 WHERE account_id = $1 AND ends_on = $2 AND undone_at IS NULL",
        account_id, day, person_id, now, remark,
    )  # fmt: skip


async def payers(connection: Connection, account_id: int, after: date | None, since: datetime | None, to: date) -> list[int]:
    """Who recorded payments from the account on days of a stretch, or on days before it but later than ``since``; not what was taken from the bank's own
    line, nor what undoes or revalues.
    """
    rows = await connection.fetch(
        """SELECT DISTINCT e.actor_id FROM postings p JOIN entries e ON e.number = p.entry_number
        WHERE p.account_id = $1 AND p.amount_minor < 0 AND p.entry_date <= $3
        AND ($2::date IS NULL OR p.entry_date > $2 OR e.recorded_at > $4::timestamptz)
        AND e.kind NOT IN ('opening', 'reversal', 'correction', 'revaluation') AND NOT EXISTS (
            SELECT FROM bank_matched_postings mp JOIN bank_matches m ON m.id = mp.match_id
            WHERE mp.entry_number = p.entry_number AND mp.line = p.line AND mp.live AND m.pass = 'recorded')""",
        account_id, after, to, since,
    )  # fmt: skip
    return [row["actor_id"] for row in rows]


# --- rules ------------------------------------------------------------------------------------------------------------------

_RULES = """SELECT id, union_code AS union, account_id, words, direction, least_minor, most_minor, action, facts, uses, version, changed_by, learnt_from
    FROM bank_rules"""


async def rules(connection: Connection, union: str | None, account_id: int | None = None) -> list[Rule]:
    """The rules in force of a union, those for one account or for any where an account is named; the most used first."""
    rows = await connection.fetch(
        f"""{_RULES} WHERE retired_at IS NULL AND ($1::text IS NULL OR union_code = $1) AND ($2::int IS NULL OR account_id IS NULL OR account_id = $2)
        ORDER BY uses DESC, id""",
        union, account_id,
    )  # fmt: skip
    return [Rule(**dict(row)) for row in rows]


async def rule(connection: Connection, rule_id: int) -> Rule:
    """One rule in force; refuses an unknown or a retired one."""
    row = await connection.fetchrow(f"{_RULES} WHERE id = $1 AND retired_at IS NULL FOR UPDATE", rule_id)
    if row is None:
        raise NotFound(kind="bank_rule", id=str(rule_id))
    return Rule(**dict(row))


async def kept_rule(connection: Connection, rule_id: int) -> Rule:
    """One rule, retired or not, to be shown."""
    row = await connection.fetchrow(f"{_RULES} WHERE id = $1", rule_id)
    if row is None:
        raise NotFound(kind="bank_rule", id=str(rule_id))
    return Rule(**dict(row))


async def add_rule(connection: Connection, new: Rule, now: datetime) -> None:
    """Keep a rule."""
    await connection.execute(
        """INSERT INTO bank_rules (id, union_code, account_id, words, direction, least_minor, most_minor, action, facts, learnt_from, uses, version,
        changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13)""",
        new.id, new.union, new.account_id, new.words, new.direction, new.least_minor, new.most_minor, new.action, new.facts, new.learnt_from, new.uses,
        new.changed_by, now,
    )  # fmt: skip


async def save_rule(connection: Connection, rule_id: int, **values: Any) -> None:
    """Change a rule's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE bank_rules SET {sets} WHERE id = $1", rule_id, *values.values())


async def use_rule(connection: Connection, rule_id: int) -> None:
    """Count one more use of a rule."""
    await connection.execute("UPDATE bank_rules SET uses = uses + 1 WHERE id = $1", rule_id)


async def accounts_in_use(connection: Connection) -> set[int]:
    """The bank accounts of the joint book that have a posting."""
    rows = await connection.fetch(
        """SELECT id FROM accounts a WHERE role = 'bank' AND book = 'joint'
        AND EXISTS (SELECT FROM balances b WHERE b.account_id = a.id AND b.version > 0)"""
    )
    return {row["id"] for row in rows}


async def pending_transfers(connection: Connection, account_id: int) -> list[tuple[str, date, int, str, str]]:
    """(number, sent on, minor in transit, currency, purpose) of transfers on their way to the account, the oldest first."""
    rows = await connection.fetch(
        """SELECT number, sent_on, transit_minor, transit_currency::text, purpose FROM transfers
        WHERE to_account = $1 AND state IN ('in_transit', 'disputed') ORDER BY sent_on, number LIMIT 200""",
        account_id,
    )  # fmt: skip
    return [tuple(row.values()) for row in rows]
