"""Make the report of a close as it is signed: facts, the period's journal, and a sealed PDF in each language with both inside, from one snapshot."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from ledger.domain.closes import FACTS_FORMAT, Close, Made, Status
from ledger.domain.continuity import Roll
from ledger.domain.sealed_reports import FACTS, JOURNAL, keyword, seal
from ledger.services.pool import Pool
from ledger.services.sample_closes import Closing
from ledger.storage import closes as store
from ledger.storage.database import Connection
from reports import reconciliation
from reports.balances import balances_on
from reports.close_words import STATUS_NAMES, sentence
from reports.document import Document, Section, words
from reports.exports import stretch
from reports.facts import Facts, read_facts
from reports.i18n import LANGUAGES
from reports.render_json import render_json
from reports.render_pdf import Attachment, render_pdf


async def make(pool: Pool, close: Close, status: Status, version: int) -> Made:
    """The next version of a close's report. The journal inside goes on from the head of the report before, so that heads and reports make one chain."""
    asked = reconciliation.Asked(close.starts_on, close.ends_on)
    async with pool.database.reporting() as connection:
        facts = await read_facts(connection, pool.clock().replace(microsecond=0), pool.today())
        selected = await reconciliation.select(connection, facts, asked)
        journal = await stretch(connection, await _first(connection, close, facts), facts.generated_at, sample=facts.sample)
        balances = await _balances(connection, facts, close)
    document = _titled(reconciliation.shape(facts, asked, selected), close, status, version)
    said = _facts(facts, close, status, version, journal, balances, selected.continuity.rolls, document)
    english, french = await asyncio.gather(*(asyncio.to_thread(_pdf, document, language, said, journal) for language in LANGUAGES))
    return Made(said, journal.encode(), facts.head.number, facts.head.hash, english, french)


async def _first(connection: Connection, close: Close, facts: Facts) -> int:
    """The entry that the journal inside begins with: after the head of the report before, or the period's own first where that is lower."""
    before = await store.report_before(connection, close.starts_on)
    own = await store.first_number(connection, close.starts_on, close.ends_on)
    return min(number for number in (own, before.head_number + 1 if before else None, facts.head.number + 1) if number is not None)


async def _balances(connection: Connection, facts: Facts, close: Close) -> dict[str, dict[str, list[int]]]:
    """[opening, closing] minor units of every account of the joint book by fund and account, where either is not zero."""
    found: defaultdict[str, dict[str, list[int]]] = defaultdict(dict)
    for place, day in enumerate((close.starts_on - timedelta(days=1), close.ends_on)):
        for each in await balances_on(connection, day):
            account = facts.accounts[each.account_id]
            if account.book == "joint":
                pair = found[facts.funds[each.fund_id].code].setdefault(f"{account.path} {account.currency}", [0, 0])
                pair[place] = each.amount_minor
    return {fund: dict(sorted(accounts.items())) for fund, accounts in sorted(found.items())}


def _titled(document: Document, close: Close, status: Status, version: int) -> Document:
    number = words("%(close)s, version %(version)s: %(status)s", close=close.number, version=version, status=words(STATUS_NAMES[status][0]))
    return msgspec.structs.replace(document, subtitle=(number, *document.subtitle))


def _facts(
    facts: Facts, close: Close, status: Status, version: int, journal: str, balances: Mapping[str, Any], rolls: Mapping[Any, Roll], document: Document
) -> bytes:  # fmt: skip
    """The report's figures for programs, the same bytes for the same snapshot."""
    header = msgspec.json.decode(journal.partition("\n")[0])
    return msgspec.json.encode({
        "format": FACTS_FORMAT, "close": close.number, "version": version, "status": status, "hard": close.hard,
        "period": {"first": close.starts_on, "last": close.ends_on}, "made_at": facts.generated_at, "sample": facts.sample,
        "head": {"number": facts.head.number, "hash": facts.head.hash.hex()},
        "journal": {"sha256": hashlib.sha256(journal.encode()).hexdigest(), "first": header["first"], "previous_hash": header["previous_hash"]},
        "funds": _funds(facts, rolls), "balances": balances, "report": msgspec.Raw(msgspec.json.format(render_json(document), indent=0)),
    })  # fmt: skip


def _funds(facts: Facts, rolls: Mapping[Any, Roll]) -> dict[str, dict[str, Any]]:
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for (fund_id, currency), roll in sorted(rolls.items()):
        lines: defaultdict[str, int] = defaultdict(int)
        for item in roll.items:
            lines[item.line] += item.amount_minor
        found[facts.funds[fund_id].code][currency] = {
            "opening": roll.opening_minor, "lines": dict(lines), "closing": roll.closing_minor, "committed": roll.committed_minor,
            "available": roll.available_minor, "result": roll.result_minor,
        }  # fmt: skip
    return dict(found)


def _pdf(document: Document, language: str, said: bytes, journal: str) -> bytes:
    marks = {name: hashlib.sha256(content).hexdigest() for name, content in (("facts", said), ("journal", journal.encode()))}
    notes = (
        words("Facts, SHA-256: %(hash)s", hash=marks["facts"]), words("Journal of the period, SHA-256: %(hash)s", hash=marks["journal"]),
        words("Both are inside this file. “./solidarity verify FILE” proves it without these books, “--head” against a head that was kept."),
    )  # fmt: skip
    printed = msgspec.structs.replace(document, sections=(*document.sections, Section(heading=words("Proof of this file"), notes=notes)))
    attached = (
        Attachment(FACTS, "application/json", "Facts / Faits", said.decode()), Attachment(JOURNAL, "application/jsonl", "Journal", journal),
    )  # fmt: skip
    keywords = [keyword(), *(f"{name}-sha256:{value}" for name, value in marks.items())]
    return seal(render_pdf(printed, language, attached=attached, keywords=keywords))


# What the sample year closes its months with.
CLOSING = Closing(make, sentence)
