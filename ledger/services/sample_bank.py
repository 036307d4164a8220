"""Three months of bank statements of the joint accounts in the sample year: two reconciled, the last with work to do. No bank or figure is real."""

import re
import unicodedata
from datetime import date, timedelta

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.domain.bank_likeness import Item
from ledger.domain.money import text_from_minor
from ledger.services import bank_match_views, bank_matching, bank_reconciliation, bank_records, bank_statements
from ledger.services.bank_match_views import MatchFilter
from ledger.services.bank_records import RecordLine
from ledger.services.sample_stage import BANKS, Stage, Step
from ledger.storage import bank as store
from ledger.storage import bank_matches as match_store
from ledger.storage import entries

CURRENCIES = {"ue": "USD", "unifor": "CAD"}
FEE, INTEREST = "MONTHLY SERVICE CHARGE", "CREDIT INTEREST"
# What was paid in the last days of a month reaches the bank in the next.
DAYS_LATE = 2


def bank_steps(today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of it all: each statement a few days after its month."""
    ends = [today.replace(day=1) - timedelta(days=1)]
    while len(ends) < 3:
        ends.insert(0, ends[0].replace(day=1) - timedelta(days=1))
    found: list[tuple[date, int, Step]] = []
    for place, end in enumerate(ends):
        for union in ("ue", "unifor"):
            found.append((min(end + timedelta(days=4), today), 1_300 + place, _month(union, end, is_first=place == 0, is_last=place == 2)))
    return found


def _month(union: str, end: date, is_first: bool, is_last: bool) -> Step:
    async def step(stage: Stage) -> None:
        account = stage.accounts[BANKS[union]]
        statement = await _statement(stage, union, end, is_first)
        content = _csv(statement)
        treasurer = stage.actors[f"{union} treasurer"]
        await bank_statements.import_statement(stage.pool, treasurer, stage.key(), account, f"{union}-{end:%Y-%m}.csv", content, [statement])
        if not is_last:
            await _matched(stage, union)
            await _reconciled(stage, union, end)

    return step


async def _statement(stage: Stage, union: str, end: date, is_first: bool) -> StatementFile:
    """What the bank would write of a month: everything that is open, but for what was paid in its last days, and its own fee and interest."""
    account, first = stage.accounts[BANKS[union]], end.replace(day=1)
    async with stage.pool.database.reading() as connection:
        if is_first:
            opening = await entries.balance_on(connection, account, None, first - timedelta(days=1))
            items = await match_store.items_between(connection, account, first, end)
        else:
            last = await store.statements(connection, account, limit=1)
            opening, items = last[0].closing_minor, [each for each in await match_store.open_items(connection, account) if each.day <= end]
    seen = [each for each in items if each.amount_minor > 0 or each.day <= end - timedelta(days=DAYS_LATE)]
    lines = [_line(each, first) for each in seen] + [_own(end, -18_00, FEE), _own(end, 37_25, INTEREST)]
    lines = [_numbered(each, n) for n, each in enumerate(sorted(lines, key=lambda each: each.day), 1)]
    return StatementFile(
        format="csv", account="0001-2345678", bank="", currency=CURRENCIES[union], number="", starts_on=first, ends_on=end, opening_minor=opening,
        closing_minor=opening + sum(each.amount_minor for each in lines), lines=lines,
    )  # fmt: skip


def _line(item: Item, first: date) -> StatementLine:
    text = unicodedata.normalize("NFKD", item.text).encode("ascii", "ignore").decode().upper()
    words = re.sub(r"[^A-Z0-9 -]+", " ", text).split()
    return StatementLine(
        ordinal=1, day=max(item.day, first), value_date=None, amount_minor=item.amount_minor, text=" ".join(words)[:60],
        reference=item.reference or item.subject,
    )  # fmt: skip


def _own(day: date, minor: int, text: str) -> StatementLine:
    return StatementLine(ordinal=1, day=day, value_date=None, amount_minor=minor, text=text)


def _numbered(line: StatementLine, ordinal: int) -> StatementLine:
    return StatementLine(
        ordinal=ordinal, day=line.day, value_date=None, amount_minor=line.amount_minor, text=line.text, reference=line.reference, bank_id=f"B{ordinal:04d}"
    )


def _csv(statement: StatementFile) -> bytes:
    """The statement as the file that is kept."""
    rows = [f"{each.day},{each.text},{each.reference},{text_from_minor(each.amount_minor, statement.currency)}" for each in statement.lines]
    return "\n".join(["Date,Description,Reference,Amount", *rows, ""]).encode()


async def _matched(stage: Stage, union: str) -> None:
    """Accept what is proposed, and record the fee and the interest from their lines."""
    account, treasurer = stage.accounts[BANKS[union]], stage.actors[f"{union} treasurer"]
    while marks := [each.mark for each in await bank_match_views.propose(stage.pool, treasurer, account)]:
        await bank_matching.accept(stage.pool, treasurer, stage.key(), account, marks)
    view = await bank_match_views.show_matching(stage.pool, treasurer, account, MatchFilter(state="new"))
    for each in view.shown:
        action = {FEE: "fee", INTEREST: "interest"}.get(each.line.text)
        if action:
            asked = RecordLine(line=each.line.number, action=action, fund="GEN", description=each.line.text.capitalize(), learn=True)  # type: ignore[arg-type]
            await bank_records.record_line(stage.pool, treasurer, stage.key(), asked)


async def _reconciled(stage: Stage, union: str, end: date) -> None:
    """By who pays nothing."""
    await bank_reconciliation.reconcile(stage.pool, stage.actors[f"{union} deputy 2"], stage.key(), stage.accounts[BANKS[union]], end)
