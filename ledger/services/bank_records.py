"""Record what a bank line says that the books do not have yet: a receipt, a contribution, interest or a fee, and learn a rule from it."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain import bank_rules as learning
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import BankLine
from ledger.domain.bank_likeness import Item
from ledger.domain.bank_rules import Action, Rule
from ledger.domain.contributions import RecordContribution
from ledger.domain.entries import DESCRIPTION_MAXIMUM, Draft, Posting
from ledger.domain.journal import check_texts
from ledger.domain.refusals import BankLineState, BankMatchUneven, ChoiceInvalid, NotFound
from ledger.domain.transfers import Receipt
from ledger.services import contributions, transfers
from ledger.services.bank_match_steps import MATCH, check_begun, check_not_reconciled, keep_matches, own_line, posting_of
from ledger.services.bank_standings import READ, own_account
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import bank as line_store
from ledger.storage import bank_matches as store
from ledger.storage import reference
from ledger.storage.bank_matches import NewMatch

INTEREST_PATH = "Income:Interest"


class RecordLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry to be recorded from a line: a bank's fee, interest, a union's contribution, or the receipt of a transfer (``rate`` as CAD per USD
    where the bank converted, ``fee_minor`` what it kept). ``learn`` makes a rule for lines of the same words.
    """

    line: int
    action: Action
    fund: str = ""
    union: str = ""
    local: str = ""
    pledge: str = ""
    transfer: str = ""
    description: str = ""
    fee_minor: int = 0
    rate: Decimal | None = None
    learn: bool = False


async def record_line(pool: Pool, actor: Actor, key: str, asked: RecordLine) -> int:
    """Record the entry that is missing and match it with its line, in one step; the number of the entry."""

    async def work(w: Work) -> Done:
        account, line = await own_line(w, asked.line)
        await check_begun(w, account)
        entry, matched = await recorded(w, account, line, asked)
        if asked.learn:
            await _learn(w, account, line, asked)
        return Done(entry, account.label, {"line": line.number, "entry": entry, "match": matched, "as": asked.action})

    answer: int = await perform(pool, actor, "record_bank_line", key, asked, work, permission=MATCH)
    return answer


async def recorded(w: Work, account: Account, line: BankLine, asked: RecordLine) -> tuple[int, int]:
    """Post what a line says and match the two; the numbers of the entry and of the match."""
    _check_recordable(line, asked.action)
    await check_not_reconciled(w.connection, account, line.day)
    entry = await _post(w, account, line, asked)
    (matched,) = await keep_matches(w, account, [NewMatch("recorded", None, [line], [await _same(w, account, line, entry)])])
    return entry, matched


def _check_recordable(line: BankLine, action: str) -> None:
    if line.state != "new":
        raise BankLineState(line=line.number, state=line.state)
    if action not in learning.RECORDED or (action == "fee") != (line.amount_minor < 0):
        raise ChoiceInvalid(field="action", value=action[:40])


async def _same(w: Work, account: Account, line: BankLine, entry: int) -> Item:
    item = await posting_of(w, account, entry)
    if item.amount_minor != line.amount_minor:
        difference = line.amount_minor - item.amount_minor
        raise BankMatchUneven(
            lines_minor=line.amount_minor, postings_minor=item.amount_minor, difference_minor=difference, currency=account.currency
        )
    return item


async def _post(w: Work, account: Account, line: BankLine, asked: RecordLine) -> int:
    if asked.action == "receipt":
        settled, _ = await transfers.receive(w, asked.transfer.strip().upper(), _receipt(line, asked))
        return settled.settled_entry or 0
    if asked.action == "contribution":
        return (await contributions.record(w, await _contribution(w, account, line, asked))).entry_number
    fund = await reference.fund(w.connection, asked.fund)
    text = asked.description or learning.neutral(asked.action, line.number)
    draft = await bank_entry(w, account, line, fund.id, asked.action, text, line.amount_minor)
    return (await w.post(draft))[0].number


def _receipt(line: BankLine, asked: RecordLine) -> Receipt:
    return Receipt(received_on=line.day, net_minor=line.amount_minor, fee_minor=asked.fee_minor, rate=asked.rate)


async def _contribution(w: Work, account: Account, line: BankLine, asked: RecordLine) -> RecordContribution:
    posted_on = await _open_day(w, account, line.day)
    return RecordContribution(
        union=asked.union, fund=asked.fund, account=f"{account.book}/{account.path}", currency=account.currency, amount_minor=line.amount_minor,
        received_on=line.day, instrument="eft", local=asked.local, reference=learning.kept_reference(line.reference),
        remark=asked.description or learning.neutral(asked.action, line.number),
        pledge=asked.pledge or None, entry_date=posted_on if posted_on > line.day else None,
    )  # fmt: skip


async def _open_day(w: Work, account: Account, day: date) -> date:
    """The line's day, or the first one after it that the book takes."""
    return await open_day(w, Draft(day, "general", "", (Posting(account.id, 0, 1),)), day, late=False)


async def bank_entry(w: Work, account: Account, line: BankLine, fund_id: int, action: str, text: str, amount_minor: int) -> Draft:
    """A bank's fee or interest: its account against the bank, on the line's day or the first open one."""
    if action == "fee":
        other = await reference.account_for(w.connection, account.book, "bank_fees", account.currency)
    else:
        other = await reference.account(w.connection, account.book, INTEREST_PATH, account.currency)
    draft = Draft(
        entry_date=await _open_day(w, account, line.day), kind="general", description=" ".join(text.split())[:DESCRIPTION_MAXIMUM],
        postings=(Posting(account.id, fund_id, amount_minor), Posting(other.id, fund_id, -amount_minor)), reference=learning.kept_reference(line.reference),
        effective_date=None, tags=("bank",),
    )  # fmt: skip
    check_texts(draft)
    return draft


async def preview_record(pool: Pool, actor: Actor, asked: RecordLine) -> Preview:
    """What recording would post as debit and credit, or the refusal it would get; nothing is kept."""
    authorize(actor, MATCH)
    async with pool.database.reading() as connection:
        w = Work(connection, actor, pool.clock(), pool.today())
        line = await line_store.line(connection, asked.line)
        account = await own_account(connection, actor, line.account_id, MATCH)
        _check_recordable(line, asked.action)
        await check_not_reconciled(connection, account, line.day)
        if asked.action in ("fee", "interest"):
            fund = await reference.fund(connection, asked.fund)
            text = asked.description or learning.neutral(asked.action, line.number)
            draft = await bank_entry(w, account, line, fund.id, asked.action, text, line.amount_minor)
            return await previewed(connection, actor, [draft], pool.today())
        contribution = await _contribution(w, account, line, asked) if asked.action == "contribution" else None
    if contribution is not None:
        return await contributions.preview_contribution(pool, actor, contribution)
    return await _receipt_preview(pool, actor, account, line, asked)


async def _receipt_preview(pool: Pool, actor: Actor, account: Account, line: BankLine, asked: RecordLine) -> Preview:
    found = await transfers.preview_receipt(pool, actor, asked.transfer.strip().upper(), _receipt(line, asked))
    if found.transfer.to_account != account.id:
        raise NotFound(kind="transfer", id=asked.transfer[:40])
    async with pool.database.reading() as connection:
        return await previewed(connection, actor, [found.draft], pool.today())


class Suggestions(msgspec.Struct, frozen=True):
    """What a form to record a line chooses from; transfers are on their way to the account."""

    funds: list[Any]
    unions: list[Any]
    transfers: list[Any]


async def suggestions(pool: Pool, actor: Actor, account: Account) -> Suggestions:
    """Open funds, the unions, and the transfers that have not arrived at the account."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        funds = [each for each in await reference.funds(connection) if each.confirmed and each.closed_on is None]
        return Suggestions(funds, await reference.unions(connection), await store.pending_transfers(connection, account.id))


async def _learn(w: Work, account: Account, line: BankLine, asked: RecordLine) -> None:
    """Keep a rule for lines like this one, or count one more use of the rule that knows it; a receipt is of one transfer only."""
    words = learning.words_of(line.words)
    if not words or asked.action == "receipt":
        return
    known = await store.rules(w.connection, account.custodian, account.id)
    fitting = next((each for each in known if learning.fits(each, line.words, line.amount_minor)), None)
    if fitting is not None:
        await store.use_rule(w.connection, fitting.id)
        return
    facts = {"fund": asked.fund} | ({"union": asked.union} if asked.action == "contribution" else {})
    # A fee that is suddenly twice what it was is for a person to look at.
    most = 2 * abs(line.amount_minor) if asked.action == "fee" else None
    rule = Rule(
        id=await next_value(w.connection, "bank_rule"), union=account.custodian or "", account_id=account.id, words=words,
        direction="out" if line.amount_minor < 0 else "in", least_minor=None, most_minor=most, action=asked.action, facts=facts, uses=1,
        changed_by=w.actor.person_id, learnt_from=line.number,
    )  # fmt: skip
    await store.add_rule(w.connection, rule, w.now)
