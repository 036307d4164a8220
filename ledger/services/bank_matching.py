"""Match bank lines with postings of an account: propose, accept, match by hand, record what is missing from a line, leave a line out, undo.

Everything is done by the treasury of the union that keeps the account. A line and a posting are each in one live match at most.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain import bank_matching as matching
from ledger.domain import bank_rules as learning
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import REASON_MAXIMUM, BankLine, BookLine, Match
from ledger.domain.bank_claims import Claim, claimed, holds
from ledger.domain.bank_likeness import Item, Line
from ledger.domain.bank_matching import BULK, Proposal
from ledger.domain.bank_rules import Action, Rule
from ledger.domain.contributions import RecordContribution
from ledger.domain.entries import DESCRIPTION_MAXIMUM, Draft, Posting
from ledger.domain.journal import check_texts
from ledger.domain.pledges import plain
from ledger.domain.refusals import BankLineState, BankMatchState, BankMatchUneven, BankProposalGone, ChoiceInvalid, NotFound
from ledger.domain.transfers import Receipt
from ledger.services import contributions, transfers
from ledger.services.bank_statements import READ, Standing, bank_account, own_account, standing
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.periods import open_day
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import bank as line_store
from ledger.storage import bank_matches as store
from ledger.storage import reference
from ledger.storage.bank import LineFilter
from ledger.storage.bank_matches import NewMatch
from ledger.storage.database import Connection

MATCH = "match_bank"
PAGE_LINES, PAGE_POSTINGS, MARKS_MAXIMUM, HAND_MAXIMUM = 100, 100, 1_000, 50
INTEREST_PATH = "Income:Interest"
# A line left out as the bank's error is matched with the bank's own correction of it.
HAND_STATES = ("new", "excluded")


class MatchFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines to show: as :class:`LineFilter`, and by the grounds of their proposal (``none`` for open lines without one)."""

    state: str | None = None
    statement: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    amount_minor: int | None = None
    words: str | None = None
    direction: str | None = None
    by: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A line with what is proposed for it or what it was matched with."""

    line: BankLine
    proposal: Proposal | None
    match: Match | None
    postings: list[BookLine]
    rule: Rule | None = None


class MatchingView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lines, how many proposals there are by their grounds, of how many open lines, and the entries that cancel each other out."""

    standing: Standing
    shown: list[Shown]
    next: tuple[date, int] | None
    counts: dict[str, int]
    proposed_lines: int
    cancelling: list[tuple[Proposal, list[BookLine]]]
    bulk: list[str]
    may_match: bool


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


# --- proposing ------------------------------------------------------------------------------------------------------------


async def proposals(connection: Connection, account: Account) -> list[Proposal]:
    """What seems to belong together among everything open of an account; sought in a thread, as thousands of lines take seconds."""
    lines, items = await store.open_lines(connection, account.id), await store.open_items(connection, account.id)
    return await asyncio.to_thread(matching.propose, lines, items, await store.rules(connection, account.custodian, account.id))


async def propose(pool: Pool, actor: Actor, account_id: int) -> list[Proposal]:
    """The same, for who reads the books."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await proposals(connection, await bank_account(connection, account_id))


async def show_matching(
    pool: Pool, actor: Actor, account_id: int, narrowed: MatchFilter, after: tuple[date, int] | None = None, limit: int = PAGE_LINES
) -> MatchingView:
    """A page of the account's lines with their proposals and matches."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        account = await bank_account(connection, account_id)
        at = await standing(connection, account, pool.today())
        found = await proposals(connection, account) if at.start else []
        by_line = {number: each for each in found for number in each.lines}
        lines = await line_store.lines(connection, account_id, _narrowed(narrowed, by_line), after, limit + 1)
        shown = await _shown(connection, account, lines[:limit], by_line)
        cancelling = [each for each in found if not each.lines][:limit]
        texts = await _texts(connection, account_id, [place for each in cancelling for place in each.postings])
    last = lines[limit - 1] if len(lines) > limit else None
    counts: dict[str, int] = {}
    for each in found:
        counts[each.by] = counts.get(each.by, 0) + 1
    return MatchingView(
        standing=at, shown=shown, next=(last.day, last.number) if last else None, counts=counts, proposed_lines=len(by_line),
        cancelling=[(each, [texts[place] for place in each.postings if place in texts]) for each in cancelling],
        bulk=[each.mark for each in found if each.by in BULK][:MARKS_MAXIMUM], may_match=actor.can(MATCH) and actor.union == account.custodian,
    )  # fmt: skip


def _narrowed(narrowed: MatchFilter, by_line: dict[int, Proposal]) -> LineFilter:
    facts = msgspec.structs.asdict(narrowed)
    by = facts.pop("by")
    if by == "none":
        facts |= {"state": "new", "but": tuple(by_line)}
    elif by:
        facts["numbers"] = tuple(number for number, each in by_line.items() if each.by == by)
    return LineFilter(**facts)


async def _shown(connection: Connection, account: Account, lines: Sequence[BankLine], by_line: dict[int, Proposal]) -> list[Shown]:
    ids = sorted({line.match_id for line in lines if line.match_id})
    held = {each.id: each for each in await store.matches(connection, account.id, ids, limit=len(ids))} if ids else {}
    rules = {rule.id: rule for rule in await store.rules(connection, account.custodian, account.id)}
    places = [place for each in held.values() for place in each.postings]
    places += [place for line in lines if line.number in by_line for place in by_line[line.number].postings]
    texts = await _texts(connection, account.id, places)
    found = []
    for line in lines:
        proposal, match = by_line.get(line.number), held.get(line.match_id or 0)
        postings = [texts[place] for place in (match or proposal).postings if place in texts] if match or proposal else []  # type: ignore[union-attr]
        rule = rules.get(proposal.rule_id) if proposal and proposal.rule_id else None
        found.append(Shown(line=line, proposal=proposal, match=match, postings=postings, rule=rule))
    return found


async def _texts(connection: Connection, account_id: int, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], BookLine]:
    found = await line_store.postings_at(connection, account_id, sorted(set(places))) if places else []
    return {(each.entry, each.line): each for each in found}


async def open_postings(
    pool: Pool, actor: Actor, account_id: int, after: tuple[date, int, int] | None = None, words: str | None = None, amount_minor: int | None = None,
    limit: int = PAGE_POSTINGS,
) -> tuple[list[BookLine], tuple[date, int, int] | None]:
    """Postings that no match holds, the oldest first, and where the list goes on."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        await bank_account(connection, account_id)
        found = await store.open_postings(connection, account_id, after, limit + 1, words, amount_minor)
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], (last.day, last.entry, last.line) if last else None


class HandView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be matched by hand: what is ticked, then a page of open lines and of open postings, and where each goes on."""

    account: Account
    lines: list[BankLine]
    postings: list[BookLine]
    next_line: tuple[date, int] | None
    next_posting: tuple[date, int, int] | None


async def show_by_hand(
    pool: Pool, actor: Actor, account_id: int, words: str | None, ticked: tuple[Sequence[int], Sequence[tuple[int, int]]],
    after: tuple[tuple[date, int] | None, tuple[date, int, int] | None], limit: int = PAGE_LINES,
) -> HandView:  # fmt: skip
    """Lines and postings that nothing holds, beside each other, each beginning after its place; what is ticked stands first wherever it is."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        account = await bank_account(connection, account_id)
        chosen = [each for each in await line_store.lines_at(connection, account_id, ticked[0]) if each.state in HAND_STATES] if ticked[0] else []
        held = await line_store.postings_at(connection, account_id, ticked[1]) if ticked[1] else []
        lines = await line_store.lines(connection, account_id, LineFilter(states=HAND_STATES, words=words), after[0], limit + 1)
        postings = await store.open_postings(connection, account_id, after[1], limit + 1, words)
    numbers, places = {each.number for each in chosen}, {(each.entry, each.line) for each in held}
    return HandView(
        account=account, lines=chosen + [each for each in lines[:limit] if each.number not in numbers],
        postings=held + [each for each in postings[:limit] if (each.entry, each.line) not in places],
        next_line=(lines[limit - 1].day, lines[limit - 1].number) if len(lines) > limit else None,
        next_posting=(postings[limit - 1].day, postings[limit - 1].entry, postings[limit - 1].line) if len(postings) > limit else None,
    )  # fmt: skip


async def show_line(pool: Pool, actor: Actor, number: int) -> tuple[Account, Shown]:
    """One line with its account, its proposal and its match."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        line = await line_store.line(connection, number)
        account = await bank_account(connection, line.account_id)
        found = await proposals(connection, account) if line.state == "new" else []
        by_line = {each_number: each for each in found for each_number in each.lines}
        return account, (await _shown(connection, account, [line], by_line))[0]


async def list_matches(pool: Pool, actor: Actor, account_id: int, after: int | None = None, limit: int = PAGE_LINES) -> tuple[list[Match], int | None]:
    """Matches, the newest first, undone ones too, and where the list goes on."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        await bank_account(connection, account_id)
        found = await store.matches(connection, account_id, None, after, limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


# --- accepting ------------------------------------------------------------------------------------------------------------


async def accept(pool: Pool, actor: Actor, key: str, account_id: int, marks: Sequence[str]) -> list[int]:
    """Accept proposals by their marks, all or none; the ids of the matches. What a bank kept of one is recorded as its fee in the same step.

    Refuses where one holds no longer: somebody matched a part of it first, or the books changed.
    """

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, MATCH)
        await _begun(w, account)
        claims = [claimed(mark) for mark in marks]
        if not 1 <= len(claims) <= MARKS_MAXIMUM or None in claims:
            raise BankProposalGone(count=len(claims))
        made = await _accepted(w, account, [each for each in claims if each is not None])
        return Done(made, account.label, {"matches": len(made), "first": made[0] if made else 0})

    request = {"account": account_id, "marks": list(marks)}
    posts = any(mark.startswith(("net_of_fee:", "rule:")) for mark in marks)
    answer: list[int] = await perform(pool, actor, "accept_bank_match", key, request, work, permission=MATCH, posts=posts)
    return answer


async def _begun(w: Work, account: Account) -> None:
    """Hold the account; refuses one whose start is not set."""
    await line_store.lock(w.connection, account.id)
    if await line_store.start(w.connection, account.id) is None:
        raise BankMatchState(reason="no_start", subject=account.label)


async def _accepted(w: Work, account: Account, claims: Sequence[Claim]) -> list[int]:
    numbers, places = [n for each in claims for n in each.lines], [place for each in claims for place in each.postings]
    lines = {each.number: each for each in await line_store.lines_at(w.connection, account.id, numbers) if each.state == "new"}
    items = {each.place: each for each in await store.open_items(w.connection, account.id, [entry for entry, _ in places])} if places else {}
    rules = await store.rules(w.connection, account.custodian, account.id)
    gone = len([n for n in numbers if n not in lines]) + len([place for place in places if place not in items])
    if gone or len(set(numbers)) < len(numbers) or len(set(places)) < len(places):
        raise BankProposalGone(count=gone or 1)
    await _check_unrecorded(w.connection, account, claims, lines, items)
    new, made = [], []
    for claim in claims:
        some, others = [lines[n] for n in claim.lines], [items[place] for place in claim.postings]
        rule = next((each for each in rules if some and learning.fits(each, some[0].words, some[0].amount_minor)), None) if claim.by == "rule" else None
        if rule is not None and claim.rule != (rule.id, rule.version):
            raise BankProposalGone(count=1)
        if not holds(claim.by, [_plain_line(each) for each in some], others, rule):
            raise BankProposalGone(count=1)
        if rule is not None:
            await store.use_rule(w.connection, rule.id)
        if rule is not None and rule.action != "match":
            made += await _by_rule(w, account, some[0], rule)
            continue
        if claim.by == "net_of_fee":
            others = [*others, await _fee_of(w, account, some[0], others[0])]
        new.append(NewMatch(claim.by, rule.id if rule else None, some, others))
    return made + await _match(w, account, new)


async def _check_unrecorded(
    connection: Connection, account: Account, claims: Sequence[Claim], lines: dict[int, BankLine], items: dict[tuple[int, int], Item]
) -> None:
    """Refuse to record what a colleague did since the page was shown; what is accepted in the same step is spoken for."""
    asked: list[tuple[Line, int, int | None]] = []
    for claim in claims:
        if claim.by == "rule" and claim.lines and not claim.postings:
            line = _plain_line(lines[claim.lines[0]])
            asked.append((line, line.amount_minor, None))
        elif claim.by == "net_of_fee" and claim.lines and claim.postings:
            line, item = _plain_line(lines[claim.lines[0]]), items[claim.postings[0]]
            asked.append((line, line.amount_minor - item.amount_minor, item.fund_id))
    if not asked:
        return
    open_lines, left = await store.open_lines(connection, account.id), await store.open_items(connection, account.id)
    left = [each for each in left if each.place not in items]
    if count := await asyncio.to_thread(matching.waiting, asked, open_lines, left):
        raise BankProposalGone(count=count)


def _plain_line(line: BankLine) -> Line:
    return Line(line.number, line.day, line.amount_minor, line.words, line.cheque)


async def _match(w: Work, account: Account, new: Sequence[NewMatch]) -> list[int]:
    """Keep matches; where the days of one are reconciled already, it counts from the day after."""
    if not new:
        return []
    reconciled_to = await store.reconciled_to(w.connection, account.id)
    if reconciled_to is not None:
        later = reconciled_to.fromordinal(reconciled_to.toordinal() + 1)
        new = [each if each.cleared_on > reconciled_to else msgspec.structs.replace(each, not_before=later) for each in new]
    first = await line_store.reserve(w.connection, "bank_match", len(new))
    await store.add(w.connection, account.id, first, new, w.actor.person_id, w.now)
    await line_store.set_matched(w.connection, [line.number for each in new for line in each.lines])
    return list(range(first, first + len(new)))


async def _fee_of(w: Work, account: Account, line: BankLine, item: Item) -> Item:
    """Record what the bank kept of a payment, in the payment's fund."""
    draft = await _bank_entry(w, account, line, item.fund_id, "fee", f"Bank fee kept of J-{item.entry}", line.amount_minor - item.amount_minor)
    return await _posting_of(w, account, (await w.post(draft))[0].number)


async def _posting_of(w: Work, account: Account, entry: int) -> Item:
    """The account's open posting of an entry that was just recorded."""
    found = await store.open_items(w.connection, account.id, [entry])
    if len(found) != 1:
        raise BankMatchState(reason="not_one_posting", subject=f"J-{entry}")
    return found[0]


async def match_by_hand(
    pool: Pool, actor: Actor, key: str, account_id: int, lines: Sequence[int], postings: Sequence[tuple[int, int]], remark: str = ""
) -> int:
    """Match lines and postings that a person chose; both sides come to the same. Either side may be empty where the other cancels itself out.

    So is an error of the bank that was left out cleared by the line with which the bank put it right.
    """

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, MATCH)
        await _begun(w, account)
        said = plain("remark", remark, REASON_MAXIMUM)
        some, others = await _chosen(w.connection, account, lines, postings)
        sums = sum(each.amount_minor for each in some), sum(each.amount_minor for each in others)
        if sums[0] != sums[1] or len(some) + len(others) < 2:
            raise BankMatchUneven(lines_minor=sums[0], postings_minor=sums[1], difference_minor=sums[0] - sums[1], currency=account.currency)
        by = "hand" if some and others else "cancelled_out"
        (made,) = await _match(w, account, [NewMatch(by, None, some, others, said)])
        return Done(made, account.label, {"match": made, "by": by, "lines": len(some), "postings": len(others)})

    request = {"account": account_id, "lines": sorted(lines), "postings": sorted(postings), "remark": remark}
    answer: int = await perform(pool, actor, "match_bank_lines", key, request, work, permission=MATCH, posts=False)
    return answer


async def _chosen(
    connection: Connection, account: Account, lines: Sequence[int], postings: Sequence[tuple[int, int]]
) -> tuple[list[BankLine], list[Item]]:
    numbers, places = set(lines), set(postings)
    if len(numbers) > HAND_MAXIMUM or len(places) > HAND_MAXIMUM:
        raise ChoiceInvalid(field="lines", value=str(len(numbers) + len(places)))
    some = await line_store.lines_at(connection, account.id, sorted(numbers))
    others = [each for each in await store.open_items(connection, account.id, [entry for entry, _ in places]) if each.place in places] if places else []
    free = ("new",) if places else HAND_STATES
    open_lines = [each for each in some if each.state in free]
    if len(open_lines) < len(numbers) or len(others) < len(places):
        raise BankProposalGone(count=len(numbers) + len(places) - len(open_lines) - len(others))
    return some, others


# --- undoing and leaving out ------------------------------------------------------------------------------------------------


async def undo_match(pool: Pool, actor: Actor, key: str, match_id: int) -> Match:
    """Let the lines and postings of a match go, while its day is not reconciled; an entry that was recorded with it stays in the books."""

    async def work(w: Work) -> Done:
        found = await store.match(w.connection, match_id)
        account = await own_account(w.connection, w.actor, found.account_id, MATCH)
        await line_store.lock(w.connection, account.id)
        found = await store.match(w.connection, match_id)
        if found.undone_at is not None:
            raise BankMatchState(reason="undone", subject=str(match_id))
        await _not_reconciled(w.connection, account, found.cleared_on)
        await store.undo(w.connection, match_id, w.actor.person_id, w.now)
        await line_store.set_let_go(w.connection, found.lines)
        return Done(await store.match(w.connection, match_id), account.label, {"match": match_id, "by": found.by})

    request = {"match": match_id}
    return msgspec.convert(await perform(pool, actor, "undo_bank_match", key, request, work, permission=MATCH, posts=False), Match)


async def _not_reconciled(connection: Connection, account: Account, day: date) -> None:
    reconciled_to = await store.reconciled_to(connection, account.id)
    if reconciled_to is not None and day <= reconciled_to:
        raise BankMatchState(reason="reconciled", subject=reconciled_to.isoformat())


async def exclude_line(pool: Pool, actor: Actor, key: str, number: int, reason: str) -> BankLine:
    """Leave a line out as the bank's own error, with the reason; it is listed in the proof until the bank puts it right."""
    return await _set_aside(pool, actor, key, number, "excluded", reason)


async def include_line(pool: Pool, actor: Actor, key: str, number: int) -> BankLine:
    """Take a line back that was left out."""
    return await _set_aside(pool, actor, key, number, "new", "")


async def _set_aside(pool: Pool, actor: Actor, key: str, number: int, state: str, reason: str) -> BankLine:
    async def work(w: Work) -> Done:
        account, line = await _own_line(w, number)
        if line.state != ("new" if state == "excluded" else "excluded"):
            raise BankLineState(line=number, state=line.state)
        await _not_reconciled(w.connection, account, line.day)
        said = plain("reason", reason, REASON_MAXIMUM, needed=state == "excluded")
        await line_store.set_line_state(w.connection, [number], state, said)
        # What the bank wrote may name a member: it stays in the line, out of what is remembered of requests.
        return Done({"line": number}, account.label, {"line": number, "reason": said})

    request = {"line": number, "state": state, "reason": reason}
    name = "exclude_bank_line" if state == "excluded" else "include_bank_line"
    answer = await perform(pool, actor, name, key, request, work, permission=MATCH, posts=False)
    async with pool.database.reading() as connection:
        return await line_store.line(connection, answer["line"])


async def _own_line(w: Work, number: int) -> tuple[Account, BankLine]:
    line = await line_store.line(w.connection, number)
    account = await own_account(w.connection, w.actor, line.account_id, MATCH)
    await line_store.lock(w.connection, account.id)
    return account, await line_store.line(w.connection, number)


# --- recording from a line --------------------------------------------------------------------------------------------------


async def record_line(pool: Pool, actor: Actor, key: str, asked: RecordLine) -> int:
    """Record the entry that is missing and match it with its line, in one step; the number of the entry."""

    async def work(w: Work) -> Done:
        account, line = await _own_line(w, asked.line)
        await _begun(w, account)
        entry, matched = await _recorded(w, account, line, asked)
        if asked.learn:
            await _learn(w, account, line, asked)
        return Done(entry, account.label, {"line": line.number, "entry": entry, "match": matched, "as": asked.action})

    answer: int = await perform(pool, actor, "record_bank_line", key, asked, work, permission=MATCH)
    return answer


async def _recorded(w: Work, account: Account, line: BankLine, asked: RecordLine) -> tuple[int, int]:
    _check_recordable(line, asked.action)
    await _not_reconciled(w.connection, account, line.day)
    entry = await _post(w, account, line, asked)
    (matched,) = await _match(w, account, [NewMatch("recorded", None, [line], [await _same(w, account, line, entry)])])
    return entry, matched


def _check_recordable(line: BankLine, action: str) -> None:
    if line.state != "new":
        raise BankLineState(line=line.number, state=line.state)
    if action not in learning.RECORDED or (action == "fee") != (line.amount_minor < 0):
        raise ChoiceInvalid(field="action", value=action[:40])


async def _same(w: Work, account: Account, line: BankLine, entry: int) -> Item:
    item = await _posting_of(w, account, entry)
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
    draft = await _bank_entry(w, account, line, fund.id, asked.action, text, line.amount_minor)
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


async def _bank_entry(w: Work, account: Account, line: BankLine, fund_id: int, action: str, text: str, amount_minor: int) -> Draft:
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
        await _not_reconciled(connection, account, line.day)
        if asked.action in ("fee", "interest"):
            fund = await reference.fund(connection, asked.fund)
            text = asked.description or learning.neutral(asked.action, line.number)
            draft = await _bank_entry(w, account, line, fund.id, asked.action, text, line.amount_minor)
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


# --- learning -------------------------------------------------------------------------------------------------------------


async def _by_rule(w: Work, account: Account, line: BankLine, rule: Rule) -> list[int]:
    """Do what a rule proposes of a line."""
    if rule.action == "exclude":
        await _not_reconciled(w.connection, account, line.day)
        await line_store.set_line_state(w.connection, [line.number], "excluded", str(rule.facts.get("reason") or rule.words)[:REASON_MAXIMUM])
        return []
    said = [str(rule.facts.get(name) or "") for name in ("fund", "union", "local", "transfer")]
    asked = RecordLine(line=line.number, action=rule.action, fund=said[0], union=said[1], local=said[2], transfer=said[3], learn=False)
    _, matched = await _recorded(w, account, line, asked)
    return [matched]


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
