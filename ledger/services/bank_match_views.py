"""Read what is to be matched: proposals, lines and postings that nothing holds, and the matches that were made."""

import asyncio
from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain import bank_matching as matching
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import BankLine, BookLine, Match
from ledger.domain.bank_matching import BULK, Proposal
from ledger.domain.bank_rules import Rule
from ledger.services.bank_match_steps import HAND_STATES, MARKS_MAXIMUM, MATCH
from ledger.services.bank_standings import READ, Standing, bank_account, standing
from ledger.services.pool import Pool
from ledger.storage import bank as line_store
from ledger.storage import bank_matches as store
from ledger.storage.bank import LineFilter
from ledger.storage.database import Connection

PAGE_LINES, PAGE_POSTINGS = 100, 100


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
