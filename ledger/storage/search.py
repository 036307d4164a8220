"""Find records by number, amount or words: each query is bounded, so that a search costs the same on ten entries and ten million."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain.text import fold
from ledger.storage.database import Connection

LIMIT = 20
# Amounts of postings carry no index (it would cost every posting for the sake of a search): these many of the last entries are read.
RECENT_ENTRIES = 20_000
RECENT_PLEDGES = 2_000


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found: ``kind`` says what, ``subject`` is its own number or code, the titles what it is called in each language."""

    kind: str
    subject: str
    url: str
    title_en: str
    title_fr: str
    day: date | None = None
    amount_minor: int | None = None
    currency: str | None = None
    union: str | None = None


def matches(words: Sequence[str], *texts: str) -> bool:
    """Whether every folded word begins a word of the texts."""
    parts = fold(" ".join(texts)).split()
    return all(any(part.startswith(word) for part in parts) for word in words)


_TABLE_OF = {"T": "transfers", "C": "contributions", "P": "pledges", "L": "loans", "M": "mirrored_steps", "AG": "agreements",
             "EQ": "equalisations", "JC": "joint_costs", "R": "resources", "DF": "union_differences", "LX": "ledger_extracts",
             "BS": "bank_statements"}  # fmt: skip


async def numbered_exists(connection: Connection, letter: str, number: str) -> bool:
    """Whether there is a thing of these letters and this number."""
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_TABLE_OF[letter]} WHERE number = $1)", number))


async def entries_by_words(connection: Connection, words: Sequence[str], limit: int = LIMIT) -> list[Found]:
    """The newest entries that have every word, or a word that begins with it, in description, reference, number, kind or tags."""
    wanted = " & ".join(f"{word}:*" for word in words if word.isalnum())
    if not wanted:
        return []
    rows = await connection.fetch(
        """SELECT number, entry_date, description FROM entries WHERE to_tsvector('simple', search) @@ to_tsquery('simple', $1)
        ORDER BY number DESC LIMIT $2""",
        wanted, limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def entries_by_amount(connection: Connection, wanted: Sequence[tuple[str, int]], limit: int = LIMIT) -> list[Found]:
    """Entries among the last :data:`RECENT_ENTRIES` with a posting of one of these (currency, minor units), either way."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (e.number) e.number, e.entry_date, e.description, abs(p.amount_minor) AS amount_minor, a.currency
        FROM postings p JOIN accounts a ON a.id = p.account_id JOIN entries e ON e.number = p.entry_number
        WHERE p.entry_number > (SELECT number FROM head WHERE id = 1) - $1 AND abs(p.amount_minor) = ANY($3::bigint[])
            AND (a.currency, abs(p.amount_minor)) IN (SELECT * FROM unnest($2::text[], $3::bigint[]))
        ORDER BY e.number DESC LIMIT $4""",
        RECENT_ENTRIES, *_pairs(wanted), limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


def _entry(row: Any) -> Found:
    return Found(
        kind="entry", subject=f"J-{row['number']}", url=f"/journal/{row['number']}", title_en=row["description"], title_fr=row["description"],
        day=row["entry_date"], amount_minor=row.get("amount_minor"), currency=row.get("currency"),
    )  # fmt: skip


def _pairs(wanted: Sequence[tuple[str, int]]) -> tuple[list[str], list[int]]:
    return [currency for currency, _ in wanted], [amount for _, amount in wanted]


_RECORDS_BY_AMOUNT = """
    WITH wanted AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS w (currency, amount_minor))
    SELECT 'transfer' AS kind, t.number, t.purpose AS title, t.sent_on AS day, w.amount_minor, w.currency::text, a.custodian AS "union"
    FROM transfers t JOIN accounts a ON a.id = t.from_account JOIN accounts b ON b.id = t.to_account
    JOIN wanted w ON (a.currency = w.currency AND t.amount_minor = w.amount_minor)
        OR (t.transit_currency = w.currency AND t.transit_minor = w.amount_minor)
        OR (b.currency = w.currency AND w.amount_minor IN (t.gross_minor, t.net_minor))
    UNION
    SELECT 'contribution', c.number, c.remark, c.received_on, w.amount_minor, w.currency::text, c.union_code
    FROM contributions c JOIN wanted w ON c.currency = w.currency AND c.amount_minor = w.amount_minor
    UNION
    SELECT 'pledge', p.number, p.resolution, p.approved_on, w.amount_minor, w.currency::text, p.union_code
    FROM pledges p JOIN wanted w ON p.currency = w.currency AND (p.amount_minor = w.amount_minor
        OR EXISTS (SELECT FROM pledge_instalments i WHERE i.pledge = p.number AND i.amount_minor = w.amount_minor))
    ORDER BY day DESC, number DESC LIMIT $3"""
_FOLDER = {"transfer": "transfers", "contribution": "contributions", "pledge": "pledges"}


async def records_by_amount(connection: Connection, wanted: Sequence[tuple[str, int]], limit: int = LIMIT) -> list[Found]:
    """Transfers (sent, in transit, received), contributions, and pledges (whole or an instalment) of one of these amounts."""
    rows = await connection.fetch(_RECORDS_BY_AMOUNT, *_pairs(wanted), limit)
    return [_record(row["kind"], row) for row in rows]


async def pledges_by_words(connection: Connection, words: Sequence[str], limit: int = LIMIT) -> list[Found]:
    """Among the last :data:`RECENT_PLEDGES` pledges, which need have no entry, those that have every word."""
    rows = await connection.fetch(
        """SELECT p.number, p.resolution AS title, p.condition_text, p.remark, p.approved_on AS day, p.amount_minor, p.currency::text,
            p.union_code AS "union", u.name, f.name_en, f.name_fr
        FROM pledges p JOIN unions u ON u.code = p.union_code JOIN funds f ON f.id = p.fund_id ORDER BY p.number DESC LIMIT $1""",
        RECENT_PLEDGES,
    )
    fits = [
        row for row in rows
        if matches(words, row["number"], row["title"], row["condition_text"], row["remark"], row["name"], row["name_en"], row["name_fr"])
    ]  # fmt: skip
    return [_record("pledge", row) for row in fits[:limit]]


def _record(kind: str, row: Any) -> Found:
    return Found(
        kind=kind, subject=row["number"], url=f"/{_FOLDER[kind]}/{row['number']}", title_en=row["title"], title_fr=row["title"],
        day=row["day"], amount_minor=row["amount_minor"], currency=row["currency"], union=row["union"],
    )  # fmt: skip


async def people_by_words(connection: Connection, words: Sequence[str], limit: int = LIMIT) -> list[Found]:
    """People whose name, address or union has every word."""
    rows = await connection.fetch(
        """SELECT p.id, p.name, p.email, p.union_code, coalesce(u.name, '') AS union_name FROM people p
        LEFT JOIN unions u ON u.code = p.union_code WHERE p.id > 1 ORDER BY p.name, p.id"""
    )
    return [
        Found(kind="person", subject=row["name"], url=f"/people/{row['id']}", title_en="", title_fr="", union=row["union_code"])
        for row in rows
        if matches(words, row["name"], row["email"], row["union_name"])
    ][:limit]
