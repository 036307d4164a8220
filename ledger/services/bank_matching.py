"""Match bank lines with postings of an account: accept proposals, match by hand, leave a line out, undo.

Everything is done by the treasury of the union that keeps the account. A line and a posting are each in one live match at most.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from ledger.domain import bank_matching as matching
from ledger.domain import bank_rules as learning
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.domain.bank import REASON_MAXIMUM, BankLine, Match
from ledger.domain.bank_claims import Claim, claimed, holds
from ledger.domain.bank_likeness import Item, Line
from ledger.domain.bank_rules import Rule
from ledger.domain.pledges import plain
from ledger.domain.refusals import BankLineState, BankMatchState, BankMatchUneven, BankProposalGone, ChoiceInvalid
from ledger.services.bank_match_steps import (
    HAND_MAXIMUM,
    HAND_STATES,
    MARKS_MAXIMUM,
    MATCH,
    check_begun,
    check_not_reconciled,
    keep_matches,
    own_line,
    posting_of,
)
from ledger.services.bank_records import RecordLine, bank_entry, recorded
from ledger.services.bank_standings import own_account
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bank as line_store
from ledger.storage import bank_matches as store
from ledger.storage.bank_matches import NewMatch
from ledger.storage.database import Connection

# --- accepting ------------------------------------------------------------------------------------------------------------


async def accept(pool: Pool, actor: Actor, key: str, account_id: int, marks: Sequence[str]) -> list[int]:
    """Accept proposals by their marks, all or none; the ids of the matches. What a bank kept of one is recorded as its fee in the same step.

    Refuses where one holds no longer: somebody matched a part of it first, or the books changed.
    """

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, MATCH)
        await check_begun(w, account)
        claims = [claimed(mark) for mark in marks]
        if not 1 <= len(claims) <= MARKS_MAXIMUM or None in claims:
            raise BankProposalGone(count=len(claims))
        made = await _accepted(w, account, [each for each in claims if each is not None])
        return Done(made, account.label, {"matches": len(made), "first": made[0] if made else 0})

    request = {"account": account_id, "marks": list(marks)}
    posts = any(mark.startswith(("net_of_fee:", "rule:")) for mark in marks)
    answer: list[int] = await perform(pool, actor, "accept_bank_match", key, request, work, permission=MATCH, posts=posts)
    return answer


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
    return made + await keep_matches(w, account, new)


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


async def _fee_of(w: Work, account: Account, line: BankLine, item: Item) -> Item:
    """Record what the bank kept of a payment, in the payment's fund."""
    draft = await bank_entry(w, account, line, item.fund_id, "fee", f"Bank fee kept of J-{item.entry}", line.amount_minor - item.amount_minor)
    return await posting_of(w, account, (await w.post(draft))[0].number)


async def match_by_hand(
    pool: Pool, actor: Actor, key: str, account_id: int, lines: Sequence[int], postings: Sequence[tuple[int, int]], remark: str = ""
) -> int:
    """Match lines and postings that a person chose; both sides come to the same. Either side may be empty where the other cancels itself out.

    So is an error of the bank that was left out cleared by the line with which the bank put it right.
    """

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, MATCH)
        await check_begun(w, account)
        said = plain("remark", remark, REASON_MAXIMUM)
        some, others = await _chosen(w.connection, account, lines, postings)
        sums = sum(each.amount_minor for each in some), sum(each.amount_minor for each in others)
        if sums[0] != sums[1] or len(some) + len(others) < 2:
            raise BankMatchUneven(lines_minor=sums[0], postings_minor=sums[1], difference_minor=sums[0] - sums[1], currency=account.currency)
        by = "hand" if some and others else "cancelled_out"
        (made,) = await keep_matches(w, account, [NewMatch(by, None, some, others, said)])
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
        await check_not_reconciled(w.connection, account, found.cleared_on)
        await store.undo(w.connection, match_id, w.actor.person_id, w.now)
        await line_store.set_let_go(w.connection, found.lines)
        return Done(await store.match(w.connection, match_id), account.label, {"match": match_id, "by": found.by})

    request = {"match": match_id}
    return msgspec.convert(await perform(pool, actor, "undo_bank_match", key, request, work, permission=MATCH, posts=False), Match)


async def exclude_line(pool: Pool, actor: Actor, key: str, number: int, reason: str) -> BankLine:
    """Leave a line out as the bank's own error, with the reason; it is listed in the proof until the bank puts it right."""
    return await _set_aside(pool, actor, key, number, "excluded", reason)


async def include_line(pool: Pool, actor: Actor, key: str, number: int) -> BankLine:
    """Take a line back that was left out."""
    return await _set_aside(pool, actor, key, number, "new", "")


async def _set_aside(pool: Pool, actor: Actor, key: str, number: int, state: str, reason: str) -> BankLine:
    async def work(w: Work) -> Done:
        account, line = await own_line(w, number)
        if line.state != ("new" if state == "excluded" else "excluded"):
            raise BankLineState(line=number, state=line.state)
        await check_not_reconciled(w.connection, account, line.day)
        said = plain("reason", reason, REASON_MAXIMUM, needed=state == "excluded")
        await line_store.set_line_state(w.connection, [number], state, said)
        # What the bank wrote may name a member: it stays in the line, out of what is remembered of requests.
        return Done({"line": number}, account.label, {"line": number, "reason": said})

    request = {"line": number, "state": state, "reason": reason}
    name = "exclude_bank_line" if state == "excluded" else "include_bank_line"
    answer = await perform(pool, actor, name, key, request, work, permission=MATCH, posts=False)
    async with pool.database.reading() as connection:
        return await line_store.line(connection, answer["line"])


# --- learning -------------------------------------------------------------------------------------------------------------


async def _by_rule(w: Work, account: Account, line: BankLine, rule: Rule) -> list[int]:
    """Do what a rule proposes of a line."""
    if rule.action == "exclude":
        await check_not_reconciled(w.connection, account, line.day)
        await line_store.set_line_state(w.connection, [line.number], "excluded", str(rule.facts.get("reason") or rule.words)[:REASON_MAXIMUM])
        return []
    said = [str(rule.facts.get(name) or "") for name in ("fund", "union", "local", "transfer")]
    asked = RecordLine(line=line.number, action=rule.action, fund=said[0], union=said[1], local=said[2], transfer=said[3], learn=False)
    _, matched = await recorded(w, account, line, asked)
    return [matched]
