"""Write what is in an audit pack, part after part, each from the one snapshot that the pack is made from."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import msgspec

from ledger.domain.audit_packs import (
    AUDIT_TRAIL,
    BALANCE_COLUMNS,
    CLOSING,
    DOCUMENTS,
    INDEX,
    JOURNAL,
    LEDGER,
    LEDGER_COLUMNS,
    OPENING,
    Period,
    report_folder,
    statement_stem,
    statements,
)
from ledger.domain.closes import encoded, head_file
from ledger.domain.money import text_from_minor
from ledger.domain.refusals import RateMissing, ReportTooLarge
from ledger.services.pool import ZONE
from ledger.storage import closes, documents
from ledger.storage.closes import What
from ledger.storage.database import Connection
from reports.audit_pack.records import RECORDS, STRIKE_ACTIONS, STRIKE_DETAILS, TYPED_ACTIONS, TYPED_DETAILS, Records
from reports.audit_pack.writer import PackWriter
from reports.balances import balances_on
from reports.document import Document, Words, words
from reports.exports import FORMATS, export
from reports.facts import Facts
from reports.i18n import LANGUAGES
from reports.registry import Query, build_in
from reports.render import render

_FETCHED = 500
# A long pack reads for longer than a page may.
_SECONDS = 3_600


class Making(msgspec.Struct, frozen=True):
    """What every part is written from, and to."""

    connection: Connection
    facts: Facts
    period: Period
    out: PackWriter


Part = Callable[[Making], Awaitable[None]]


# --- the journal ----------------------------------------------------------------------------------------------------------

_EXPORTS: dict[str, Words] = {
    "jsonl": words("The whole journal with the hash of every entry, from the first to the head: what ./solidarity verify checks."),
    "hledger": words("The whole journal for hledger."),
    "beancount": words("The whole journal for Beancount."),
    "csv": words("The whole journal for a spreadsheet, one row a posting."),
}


async def _export(name: str, making: Making) -> None:
    path = JOURNAL if name == "jsonl" else f"journal/journal.{FORMATS[name][2]}"
    pieces = export(making.connection, name, making.facts.generated_at, sample=making.facts.sample)
    await making.out.stream(path, _EXPORTS[name], pieces)


# --- balances and the general ledger --------------------------------------------------------------------------------------


async def _balances(path: str, making: Making) -> None:
    opening = path == OPENING
    day = making.period.first - timedelta(days=1) if opening else making.period.last
    what = words("Every balance at the end of %(day)s, before the period.", day=day) if opening else words("Every balance at the end of %(day)s.", day=day)
    rows = [(*key, text_from_minor(minor, key[2])) for key, minor in sorted((await _balances_by_name(making, day)).items())]
    await making.out.write(path, what, "".join(_row(row) for row in (BALANCE_COLUMNS, *rows)).encode())


async def _balances_by_name(making: Making, day: date) -> dict[tuple[str, str, str, str], int]:
    found = {}
    for each in await balances_on(making.connection, day):
        account = making.facts.accounts[each.account_id]
        found[account.book, account.path, account.currency, making.facts.funds[each.fund_id].code] = each.amount_minor
    return found


_POSTINGS = """
    SELECT a.book, a.path, a.currency, f.code, p.entry_date, p.entry_number, e.description, e.reference, e.subject, p.amount_minor
    FROM postings p JOIN accounts a ON a.id = p.account_id JOIN funds f ON f.id = p.fund_id JOIN entries e ON e.number = p.entry_number
    WHERE p.entry_date BETWEEN $1 AND $2
    ORDER BY a.book, a.path, a.currency, f.code, p.entry_date, p.entry_number, p.line"""


async def _general_ledger(making: Making) -> None:
    """Account by account, each with its balance before the period and after each posting."""
    opening = await _balances_by_name(making, making.period.first - timedelta(days=1))

    async def pieces() -> AsyncIterator[str]:
        yield _row(LEDGER_COLUMNS)
        key, balance = ("", "", "", ""), 0
        async for row in making.connection.cursor(_POSTINGS, making.period.first, making.period.last, prefetch=_FETCHED, timeout=_SECONDS):
            own = (row["book"], row["path"], row["currency"], row["code"])
            if own != key:
                key, balance = own, opening.get(own, 0)
                yield _row((*key, making.period.first, "", "", "", "", "", text_from_minor(balance, key[2])))
            balance += row["amount_minor"]
            texts = [_harmless(row[name]) for name in ("description", "reference", "subject")]
            amounts = [text_from_minor(minor, key[2]) for minor in (row["amount_minor"], balance)]
            yield _row((*key, row["entry_date"], row["entry_number"], *texts, *amounts))

    await making.out.stream(LEDGER, words("The general ledger of the period: every posting, account by account, with the balance after it."), pieces())


def _row(values: Any) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(values)
    return row.getvalue()


def _harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe before it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# --- statements -----------------------------------------------------------------------------------------------------------

_SAID: dict[str, Callable[[Any], Words]] = {
    "en": lambda title: words("%(report)s, in English.", report=title),
    "fr": lambda title: words("%(report)s, in French.", report=title),
    "": lambda title: words("%(report)s, for programs, in both languages.", report=title),
}


async def _statement(folder: str, name: str, day: date | None, making: Making) -> None:
    """A report in both languages as PDF and CSV, and as JSON, which has both; every presentation where it has several."""
    stem = statement_stem(folder, name, day)
    query = Query(as_of=day or making.period.last, first=making.period.first, last=making.period.last, method="all", into_required=False)
    try:
        document = await build_in(making.connection, making.facts, name, query)
    except (ReportTooLarge, RateMissing) as refusal:
        making.out.leave_out(stem, refusal.code)
        return
    for language in LANGUAGES:
        for kind in ("pdf", "csv"):
            await _rendered(making, document, f"{stem}-{language}.{kind}", kind, language)
    await _rendered(making, document, f"{stem}.json", "json", "en")


async def _rendered(making: Making, document: Document, path: str, kind: str, language: str) -> None:
    made = await asyncio.to_thread(render, document, kind, language)
    await making.out.write(path, _SAID[language if kind != "json" else ""](document.title), made.content)


# --- records --------------------------------------------------------------------------------------------------------------


async def _records(records: Records, making: Making) -> None:
    await _json_lines(making, records.path, records.what, records.query)


async def _json_lines(making: Making, path: str, what: Words, query: str, *asked: Any) -> None:
    async def pieces() -> AsyncIterator[str]:
        async for row in making.connection.cursor(query, *asked, prefetch=_FETCHED, timeout=_SECONDS):
            yield _line(dict(row))

    await making.out.stream(path, what, pieces())


def _line(row: dict[str, Any]) -> str:
    return msgspec.json.encode(row).decode() + "\n"


# Where from an address or a browser somebody came is nobody's business but the administrators'.
_AUDIT = """
    SELECT a.recorded_at, a.person_id, p.name AS person, a.union_code AS union, a.via, a.action, a.outcome, a.subject,
        CASE WHEN a.action = ANY($2::text[]) THEN (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(a.details) d
                WHERE d.key = ANY($3::text[]))
            WHEN (a.action = ANY($4::text[]) AND a.outcome = 'refused') OR (a.action = 'attach_document' AND a.details ->> 'kind' = 'request'
                AND NOT EXISTS (SELECT FROM allocations s WHERE s.number = a.subject AND s.revision > 0))
            THEN (SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(a.details) d WHERE d.key = ANY($5::text[]))
            ELSE a.details END AS details
    FROM audit a LEFT JOIN people p ON p.id = a.person_id WHERE a.recorded_at >= $1 ORDER BY a.recorded_at, a.id"""


async def _audit(making: Making) -> None:
    since = datetime.combine(making.period.first, time(), ZONE)
    what = words("The audit trail from the first day of the period to when this was made: who did what, and what was refused.")
    await _json_lines(making, AUDIT_TRAIL, what, _AUDIT, since, STRIKE_ACTIONS, STRIKE_DETAILS, TYPED_ACTIONS, TYPED_DETAILS)


# --- fixed reports --------------------------------------------------------------------------------------------------------

_KEPT: dict[str, tuple[What, Words]] = {
    "report-en.pdf": ("pdf_en", words("The report of %(close)s, version %(version)s, as it was fixed, in English.")),
    "report-fr.pdf": ("pdf_fr", words("The report of %(close)s, version %(version)s, as it was fixed, in French.")),
    "facts.json": ("facts", words("Its figures, for programs.")),
}
_REPORTS = """
    SELECT c.number FROM closes c WHERE c.starts_on <= $2 AND c.ends_on >= $1 AND EXISTS (SELECT FROM close_reports r WHERE r.close = c.number)
    ORDER BY c.starts_on"""


async def _fixed(making: Making) -> None:
    """Every version of the report of every month with a day in the period, byte for byte, with its head and signatures."""
    for row in await making.connection.fetch(_REPORTS, making.period.first, making.period.last):
        for report in reversed(await closes.reports(making.connection, row["number"])):
            folder = report_folder(report.close, report.version)
            for name, (what, said) in _KEPT.items():
                content = await closes.content(making.connection, report.close, report.version, what)
                told = msgspec.structs.replace(said, params={"close": report.close, "version": report.version})
                await making.out.write(f"{folder}/{name}", told, content or b"", packed=False)
            signed = await closes.signatures(making.connection, report.close, report.version)
            await making.out.write(f"{folder}/head.json", words("Its head, with the signatures: what a union keeps."), encoded(head_file(report, signed)))


# --- documents ------------------------------------------------------------------------------------------------------------

# Banks' files have whole account numbers and payers' names in them, and unions' extracts what else their ledgers say.
_PRIVATE = ("bank_statement", "extract")
_DOCUMENTS = """
    SELECT d.id, encode(d.sha256, 'hex') AS sha256, d.filename, d.media_type, d.size_bytes, d.uploaded_by, d.uploaded_at,
        jsonb_agg(jsonb_build_object('kind', l.subject_kind, 'number', l.subject) ORDER BY l.subject_kind, l.subject) AS belongs_to
    FROM documents d JOIN document_links l ON l.document_id = d.id
    WHERE NOT EXISTS (SELECT FROM allocations a WHERE l.subject_kind = 'request' AND a.number = l.subject AND a.revision = 0)
    GROUP BY d.id ORDER BY d.uploaded_at, d.id"""


async def _documents(making: Making) -> None:
    """Every document once, by its hash, and the list that says what each is."""
    lines, kept = [], set()
    for row in await making.connection.fetch(_DOCUMENTS, timeout=_SECONDS):
        private = any(each["kind"] in _PRIVATE for each in row["belongs_to"])
        path = None if private else f"{DOCUMENTS}/{row['sha256']}.{_ending(row['filename'])}"
        lines.append(_line({"path": path, "left_out": "file_of_a_bank_or_extract_of_a_union" if private else None, **dict(row)}))
        if path is not None and row["sha256"] not in kept:
            kept.add(row["sha256"])
            content = await documents.content(making.connection, row["id"])
            await making.out.write(path, words("A document, as it was kept: %(name)s", name=row["filename"]), content, packed=False)
    what = words("Every document: its name, its hash, what it belongs to, and where it is in this pack.")
    await making.out.write(INDEX, what, "".join(lines).encode())


def _ending(filename: str) -> str:
    ending = filename.rpartition(".")[2].casefold()
    return ending if ending.isascii() and ending.isalnum() and len(ending) <= 5 else "bin"


# --- all of it ------------------------------------------------------------------------------------------------------------


def parts(period: Period) -> tuple[Part, ...]:
    """Every part in the order in which it is written."""
    return (
        *(partial(_export, name) for name in _EXPORTS),
        *(partial(_balances, path) for path in (OPENING, CLOSING)),
        _general_ledger,
        *(partial(_statement, *each) for each in statements(period)),
        *(partial(_records, records) for records in RECORDS),
        _fixed, _audit, _documents,
    )  # fmt: skip
