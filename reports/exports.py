"""Write the journal for other programs: hledger, Beancount, JSON lines that anyone can verify offline, and CSV.

Everything is written from the hashed bytes. In hledger and Beancount an account is ``Type:Book:FUND:rest of the path``.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from ledger.domain.chain import decode
from ledger.domain.money import text_from_minor
from ledger.domain.verification import EXPORT_FORMAT
from ledger.storage.database import Connection
from ledger.storage.journal import read_head
from ledger.storage.journal_lines import Line, days_of_entries, lines
from reports.formats import day_of

_TYPES = {"Expense": "Expenses", "Budget": "Equity:Budget"}


class Header(msgspec.Struct, frozen=True):
    """What an export says of itself."""

    format: str
    version: int
    exported_at: datetime
    head_number: int
    head_hash: str
    sample: bool
    accounts: list[tuple[str, str, str, str]]
    opened: date


class Format(Protocol):
    """A format writes its beginning, then each entry."""

    def begin(self, header: Header) -> Iterator[str]: ...

    def entry(self, line: Line, members: dict[str, Any]) -> Iterator[str]: ...


def plain_account(book: str, path: str, fund: str) -> str:
    """``Assets:Joint:STRIKE:Bank:UE-trust-USD``: a name both programs take, with its type first."""
    first, _, rest = path.partition(":")
    return f"{_TYPES.get(first, first)}:{book.capitalize()}:{fund}:{rest}"


class Hledger:
    """hledger's journal format; https://hledger.org/hledger.html#journal."""

    def begin(self, header: Header) -> Iterator[str]:
        yield f"; Joint books, exported {header.exported_at.isoformat()}, head {header.head_number} {header.head_hash}\n"
        if header.sample:
            yield "; Sample books: invented figures, nothing here is real.\n"
        for currency in sorted({code for *_, codes in header.accounts for code in codes.split(",")}):
            yield f"commodity {currency} 1000.00\n"
        yield from (f"account {plain_account(book, path, fund)}\n" for book, path, fund, _ in header.accounts)
        yield "\n"

    def entry(self, line: Line, members: dict[str, Any]) -> Iterator[str]:
        yield f"{members['entry_date']} * (J-{members['number']}) {_one_line(members['description']).replace(';', ',')}\n"
        for name in ("kind", "subject", "reference", "reverses", "corrects", "effective_date"):
            if members[name]:
                yield f"    ; {name.replace('_', '-')}: {_one_line(str(members[name])).replace(',', ' ')}\n"
        for book, path, currency, fund, amount, memo in members["postings"]:
            note = f"  ; {_one_line(memo)}" if memo else ""
            yield f"    {plain_account(book, path, fund)}  {currency} {text_from_minor(amount, currency)}{note}\n"
        yield "\n"


class Beancount:
    """Beancount's syntax; https://beancount.github.io/docs/beancount_language_syntax.html."""

    def begin(self, header: Header) -> Iterator[str]:
        yield f"; Joint books, exported {header.exported_at.isoformat()}, head {header.head_number} {header.head_hash}\n"
        yield 'option "title" "Joint books"\n'
        if header.sample:
            yield "; Sample books: invented figures, nothing here is real.\n"
        for book, path, fund, currency in header.accounts:
            yield f"{header.opened} open {plain_account(book, path, fund)} {currency}\n"
        yield "\n"

    def entry(self, line: Line, members: dict[str, Any]) -> Iterator[str]:
        yield f'{members["entry_date"]} * "{_quoted(members["description"])}" ^J-{members["number"]}\n'
        for name in ("kind", "subject", "reference"):
            if members[name]:
                yield f'  {name}: "{_quoted(members[name])}"\n'
        for book, path, currency, fund, amount, memo in members["postings"]:
            yield f"  {plain_account(book, path, fund)}  {text_from_minor(amount, currency)} {currency}\n"
            if memo:
                yield f'    memo: "{_quoted(memo)}"\n'
        yield "\n"


class JsonLines:
    """One header line, then one line an entry with its hashed bytes as text: what ``verify`` checks offline."""

    def begin(self, header: Header) -> Iterator[str]:
        shown = {name: getattr(header, name) for name in ("format", "version", "exported_at", "head_number", "head_hash", "sample")}
        yield msgspec.json.encode(shown).decode() + "\n"

    def entry(self, line: Line, members: dict[str, Any]) -> Iterator[str]:
        shown = {
            "number": line.number, "previous_hash": line.previous_hash.hex(), "hash": line.hash.hex(), "canonical": line.canonical.decode(),
        }  # fmt: skip
        yield msgspec.json.encode(shown).decode() + "\n"


class Csv:
    """One row a posting, for a spreadsheet; cells that a spreadsheet would run as a formula are quoted with an apostrophe."""

    columns = (
        "number", "entry_date", "effective_date", "recorded_at", "kind", "description", "reference", "subject", "actor", "reverses", "corrects",
        "book", "fund", "account", "currency", "amount", "memo",
    )  # fmt: skip

    def begin(self, header: Header) -> Iterator[str]:
        yield "\ufeff" + _csv_row(self.columns)

    def entry(self, line: Line, members: dict[str, Any]) -> Iterator[str]:
        facts = [members[name] for name in self.columns[:8]] + [members["actor"][1], members["reverses"], members["corrects"]]
        for book, path, currency, fund, amount, memo in members["postings"]:
            words = [_harmless(str(value)) if value is not None else "" for value in (*facts, book, fund, path, currency)]
            yield _csv_row([*words, text_from_minor(amount, currency), _harmless(memo)])


async def stretch(connection: Connection, first: int, exported_at: datetime, *, sample: bool) -> str:
    """The journal from an entry to the head as JSON lines, its first line naming the entry before; call inside one snapshot."""
    head = await read_head(connection)
    found = [line async for line in lines(connection, first, head.number)]
    header = {
        "format": EXPORT_FORMAT, "version": 1, "exported_at": exported_at, "head_number": head.number, "head_hash": head.hash.hex(), "sample": sample,
        "first": first, "previous_hash": (found[0].previous_hash if found else head.hash).hex(),
    }  # fmt: skip
    written = JsonLines()
    return msgspec.json.encode(header).decode() + "\n" + "".join(text for line in found for text in written.entry(line, {}))


FORMATS: dict[str, tuple[Format, str, str]] = {
    "hledger": (Hledger(), "text/plain", "journal"),
    "beancount": (Beancount(), "text/plain", "beancount"),
    "jsonl": (JsonLines(), "application/jsonl; charset=utf-8", "jsonl"),
    "csv": (Csv(), "text/csv", "csv"),
}


async def export(connection: Connection, name: str, exported_at: datetime, *, sample: bool) -> AsyncIterator[str]:
    """The whole journal in a format of :data:`FORMATS`, in pieces; call inside one snapshot."""
    chosen = FORMATS[name][0]
    header = await _header(connection, exported_at, sample)
    for piece in chosen.begin(header):
        yield piece
    async for line in lines(connection, last=header.head_number):
        yield "".join(chosen.entry(line, decode(line.canonical)))


async def _header(connection: Connection, exported_at: datetime, sample: bool) -> Header:
    head, days = await read_head(connection), await days_of_entries(connection)
    rows = await connection.fetch(
        """SELECT a.book, a.path, f.code, a.currency FROM balances b JOIN accounts a ON a.id = b.account_id JOIN funds f ON f.id = b.fund_id
        ORDER BY a.book, a.path, f.code, a.currency"""
    )
    merged: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        merged.setdefault((row["book"], row["path"], row["code"]), []).append(row["currency"])
    accounts = [(*key, ",".join(currencies)) for key, currencies in merged.items()]
    opened = days[0] if days else day_of(exported_at)
    return Header(EXPORT_FORMAT, 1, exported_at, head.number, head.hash.hex(), sample, accounts, opened)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace('"', '\\"')


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _csv_row(values: Any) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(values)
    return row.getvalue()
