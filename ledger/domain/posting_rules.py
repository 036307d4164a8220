"""Decide what happens to drafts: the pure state machine every posting passes, one outcome an item, in order.

The checks run in a fixed order (see ``CHECKS``), so that a draft with two faults is always refused for the same one. A refused
item changes nothing and never fails its neighbours. The twin of every check marked *pair* stands in the database (migrations).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.accounts import UNSPENDABLE, Account, Fund
from ledger.domain.actors import Actor
from ledger.domain.availability import free_minor
from ledger.domain.entries import DESCRIPTION_MAXIMUM, LATE_KINDS, POSTINGS_MAXIMUM, Draft, imbalance
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.refusals import (
    AccountClosed,
    AccountUnknown,
    AlreadyReversed,
    AmountInvalid,
    ExchangeMissing,
    FundClosed,
    FundUnknown,
    FutureDate,
    InsufficientAvailable,
    InsufficientBalance,
    MixedOriginSource,
    OriginNotAllowed,
    OtherUnion,
    PeriodClosed,
    PeriodSoftClosed,
    Refusal,
    TextInvalid,
    TooFewPostings,
    TooManyPostings,
    Unbalanced,
    ZeroPosting,
)
from ledger.domain.text import is_blank

EARLIEST_DATE = date(2000, 1, 1)
# A balance is kept in 64 bits; half of their range leaves room for any fund's sum over its accounts.
BALANCE_MAXIMUM_MINOR = 2**62


class Period(msgspec.Struct, frozen=True):
    """A stretch of a book that is not open."""

    book: str
    starts_on: date
    ends_on: date
    state: Literal["soft_closed", "closed"]


class Position(msgspec.Struct):
    """The running balance of one account in one fund; ``version`` counts its postings."""

    balance_minor: int = 0
    version: int = 0


class FundPosition(msgspec.Struct):
    """What a fund holds in one book and currency: assets less liabilities; what of that is pledged, advanced or lent; what is committed."""

    held_minor: int = 0
    pledged_minor: int = 0
    committed_minor: int = 0


class Books(msgspec.Struct):
    """The state that decisions need, loaded under the head lock and advanced by every accepted draft.

    ``values`` is what a unit of each currency is worth in the rate's quote currency on the day (empty where no rate is known), and
    ``headroom`` the part that is added to what one currency must cover of another's commitments.
    """

    accounts: dict[int, Account]
    funds: dict[int, Fund]
    today: date
    positions: dict[tuple[int, int], Position] = {}
    fund_positions: dict[tuple[str, int, str], FundPosition] = {}
    periods: list[Period] = []
    reversals: dict[int, int] = {}
    next_number: int = 1
    values: dict[str, Decimal] = {}
    headroom: Decimal = Decimal(0)


class Step(msgspec.Struct):
    """What one posting did: the position's new version and balance."""

    version: int
    balance_after: int


class Accepted(msgspec.Struct):
    """A draft that will be recorded under ``number``; one step for each posting, and the (book, fund id, currency) that it moves."""

    number: int
    draft: Draft
    steps: list[Step]
    moved_funds: list[tuple[str, int, str]]


def decide(books: Books, actor: Actor, drafts: Sequence[Draft]) -> list[Accepted]:
    """Accept all of the drafts, advancing ``books``, or raise the first refusal and leave ``books`` as it was."""
    accepted: list[Accepted] = []
    try:
        for draft in drafts:
            for check in CHECKS:
                check(books, actor, draft)
            accepted.append(_apply(books, draft))
    except Refusal:
        for done in reversed(accepted):
            _undo(books, done)
        raise
    return accepted


# --- the checks, in their order ---------------------------------------------------------------------------------------


def _has_text(books: Books, actor: Actor, draft: Draft) -> None:
    if is_blank(draft.description) or len(draft.description) > DESCRIPTION_MAXIMUM:
        raise TextInvalid(field="description", limit=DESCRIPTION_MAXIMUM)


def _has_postings(books: Books, actor: Actor, draft: Draft) -> None:
    count = len(draft.postings)
    if count < 2:
        raise TooFewPostings(count=count)
    if count > POSTINGS_MAXIMUM:
        raise TooManyPostings(count=count, limit=POSTINGS_MAXIMUM)


def _amounts_are_sound(books: Books, actor: Actor, draft: Draft) -> None:
    for line, posting in enumerate(draft.postings, 1):
        if posting.amount_minor == 0:
            raise ZeroPosting(line=line)
        if abs(posting.amount_minor) > LARGEST_AMOUNT_MINOR:
            raise AmountInvalid(reason="too_large", text=str(posting.amount_minor)[:40])


def _date_is_sound(books: Books, actor: Actor, draft: Draft) -> None:
    latest = max(draft.entry_date, draft.effective_date or draft.entry_date)
    if latest > books.today:
        raise FutureDate(date=latest.isoformat(), today=books.today.isoformat())


def _accounts_are_open(books: Books, actor: Actor, draft: Draft) -> None:
    for posting in draft.postings:
        account = books.accounts.get(posting.account_id)
        if account is None:
            raise AccountUnknown(account=str(posting.account_id))
        if account.closed_on is not None and account.closed_on < draft.entry_date:
            raise AccountClosed(account=account.label, closed_on=account.closed_on.isoformat())
        fund = books.funds.get(posting.fund_id)
        if fund is None:
            raise FundUnknown(fund=str(posting.fund_id))
        if not fund.confirmed or (fund.closed_on is not None and fund.closed_on < draft.entry_date):
            raise FundClosed(fund=fund.code)


def _acts_for_own_union(books: Books, actor: Actor, draft: Draft) -> None:
    """Nothing lets one union act for the other: an account with a custodian is moved by that union's people alone.

    A reversal of an entry is held to the same rule, through its postings.
    """
    for posting in draft.postings:
        account = books.accounts[posting.account_id]
        if account.custodian is not None and account.custodian != actor.union:
            raise OtherUnion(union=account.custodian, account=account.label)


def _balances(books: Books, actor: Actor, draft: Draft) -> None:  # pair: postings_balance
    left_over = imbalance(draft.postings, books.accounts)
    for (book, fund_id, currency), difference in sorted(left_over.items()):
        raise Unbalanced(book=book, fund=books.funds[fund_id].code, currency=currency, difference_minor=difference)


def _carries_its_rate(books: Books, actor: Actor, draft: Draft) -> None:
    """Money changes currency only through FX-trading in both currencies, with rate, source and date (invariant 3)."""
    trading = {books.accounts[p.account_id].currency for p in draft.postings if books.accounts[p.account_id].role == "fx_trading"}
    if len(trading) > 1 and draft.exchange is None:
        raise ExchangeMissing()


def _period_is_open(books: Books, actor: Actor, draft: Draft) -> None:  # pair: postings_period
    touched = {books.accounts[p.account_id].book for p in draft.postings}
    for period in books.periods:
        if period.book not in touched or not period.starts_on <= draft.entry_date <= period.ends_on:
            continue
        facts = {"book": period.book, "date": draft.entry_date.isoformat(), "first_open_date": _first_open(books, period).isoformat()}
        if period.state == "closed":
            raise PeriodClosed(**facts)
        if draft.kind not in LATE_KINDS:
            raise PeriodSoftClosed(**facts)


def _first_open(books: Books, closed: Period) -> date:
    day = closed.ends_on + timedelta(days=1)
    while later := next((p for p in books.periods if p.book == closed.book and p.starts_on <= day <= p.ends_on), None):
        day = later.ends_on + timedelta(days=1)
    return day


def _reverses_once(books: Books, actor: Actor, draft: Draft) -> None:  # pair: entries_reverses_once
    if draft.reverses is not None and draft.reverses in books.reversals:
        raise AlreadyReversed(entry=draft.reverses, reversal=books.reversals[draft.reverses])


def _keeps_the_ring_fence(books: Books, actor: Actor, draft: Draft) -> None:
    """A ring-fenced fund takes only money of its own nation, and nothing from a fund of another or of mixed origin (W17)."""
    sides = {(books.accounts[p.account_id].book, p.fund_id) for p in draft.postings}
    for book, fund_id in sorted(sides):
        fund = books.funds[fund_id]
        if fund.nation is None:
            continue
        _origin_agrees(books, draft, fund)
        for other_book, other_id in sorted(sides):
            other = books.funds[other_id]
            if other_book == book and other_id != fund_id and other.nation != fund.nation:
                raise MixedOriginSource(fund=fund.code, nation=fund.nation, source=other.code)


def _origin_agrees(books: Books, draft: Draft, fund: Fund) -> None:
    for posting in draft.postings:
        if posting.fund_id != fund.id:
            continue
        account = books.accounts[posting.account_id]
        needs_word = account.role == "net_assets" and posting.amount_minor < 0
        origin = account.origin or (draft.origin or "" if needs_word else draft.origin)
        if origin is not None and origin != fund.nation:
            undeclared = {} if origin else {"reason": "undeclared"}
            raise OriginNotAllowed(fund=fund.code, nation=fund.nation, origin=origin, **undeclared)


def _interfund_agrees(books: Books, actor: Actor, draft: Draft) -> None:
    """What leaves one fund enters another in the same entry, so that no ring-fence is passed in two steps."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for posting in draft.postings:
        account = books.accounts[posting.account_id]
        if account.role == "interfund":
            sums[account.book, account.currency] += posting.amount_minor
    for (book, currency), difference in sorted(sums.items()):
        if difference:
            raise Unbalanced(book=book, fund="*", currency=currency, difference_minor=difference)


def _stays_above_zero(books: Books, actor: Actor, draft: Draft) -> None:  # pair: balances_guard
    for (account_id, fund_id), change in changes(draft).items():
        account = books.accounts[account_id]
        balance = _position(books, (account_id, fund_id)).balance_minor
        if abs(balance + change) > BALANCE_MAXIMUM_MINOR:
            raise AmountInvalid(reason="too_large", text=str(balance + change))
        if account.guarded and change < 0 and balance + change < 0:
            raise InsufficientBalance(
                account=account.label, fund=books.funds[fund_id].code, currency=account.currency,
                balance_minor=balance, amount_minor=-change,
            )  # fmt: skip


def _stays_available(books: Books, actor: Actor, draft: Draft) -> None:
    """What a fund pays out or promises must be available: held and not still to come, less committed, less its floor (architecture.md, 5).

    What is paid must be available in the currency paid. A promise may be covered by the fund's other currencies, at the day's rate and
    with the headroom (W08); from then on nothing but what relieves a promise may leave less than all of them need.
    """
    if draft.kind == "reversal":  # a reversal pays nothing out
        return
    taken = {key: change for key, change in fund_changes(books.accounts, draft).items() if key[0] == "joint" and _takes(change)}
    for (book, fund_id, currency), change in taken.items():
        fund, now = books.funds[fund_id], _fund_position(books, (book, fund_id, currency))
        available, paid_minor = _available(fund, now, currency), change.pledged_minor - change.held_minor
        if paid_minor > 0 and available - paid_minor - change.committed_minor < 0:
            raise InsufficientAvailable(
                fund=fund.code, currency=currency, available_minor=available, amount_minor=paid_minor,
            )  # fmt: skip
    for fund_id in sorted({key[1] for key in taken}):
        _covers_its_promises(books, draft, books.funds[fund_id])


def _takes(change: FundPosition) -> bool:
    return _taken(change) > 0


def _taken(change: FundPosition) -> int:
    return change.committed_minor + change.pledged_minor - change.held_minor


def _available(fund: Fund, position: FundPosition, currency: str) -> int:
    return -_taken(position) - fund.floors.get(currency, 0)


def _covers_its_promises(books: Books, draft: Draft, fund: Fund) -> None:
    """What promises leave short in one currency the others must cover. What relieves a promise was tested when that was made."""
    moved = {currency: change for (book, f, currency), change in fund_changes(books.accounts, draft).items() if (book, f) == ("joint", fund.id)}
    if any(change.committed_minor < 0 for change in moved.values()):
        return
    now = {currency: position for (book, f, currency), position in books.fund_positions.items() if (book, f) == ("joint", fund.id)}
    before = {c: (_available(fund, position, c), position.committed_minor) for c, position in now.items()}
    after = dict(before)
    for c, change in moved.items():
        available, committed = before.get(c, (-fund.floors.get(c, 0), 0))
        after[c] = (available - _taken(change), committed + change.committed_minor)
    if all(available >= 0 or not committed for available, committed in after.values()):
        return
    asked = next(c for c, change in moved.items() if _takes(change))
    left = free_minor(after, asked, books.values, books.headroom)
    if left is None or left < 0:
        free = free_minor(before, asked, books.values, books.headroom)
        available = before.get(asked, (0, 0))[0] if free is None else free
        raise InsufficientAvailable(fund=fund.code, currency=asked, available_minor=available, amount_minor=_taken(moved[asked]))


CHECKS: tuple[Callable[[Books, Actor, Draft], None], ...] = (
    _has_text,
    _has_postings,
    _amounts_are_sound,
    _date_is_sound,
    _accounts_are_open,
    _acts_for_own_union,
    _balances,
    _carries_its_rate,
    _period_is_open,
    _reverses_once,
    _interfund_agrees,
    _keeps_the_ring_fence,
    _stays_above_zero,
    _stays_available,
)


# --- applying ---------------------------------------------------------------------------------------------------------


def changes(draft: Draft) -> dict[tuple[int, int], int]:
    """The net change of each (account id, fund id) position."""
    sums: defaultdict[tuple[int, int], int] = defaultdict(int)
    for posting in draft.postings:
        sums[posting.account_id, posting.fund_id] += posting.amount_minor
    return sums


def fund_changes(accounts: Mapping[int, Account], draft: Draft) -> dict[tuple[str, int, str], FundPosition]:
    """The net change of each (book, fund id, currency): assets less liabilities, what of them cannot be paid out, and encumbrances."""
    sums: defaultdict[tuple[str, int, str], FundPosition] = defaultdict(FundPosition)
    for posting in draft.postings:
        account = accounts[posting.account_id]
        if account.type in ("asset", "liability"):
            position = sums[account.book, posting.fund_id, account.currency]
            position.held_minor += posting.amount_minor
            if account.role in UNSPENDABLE:
                position.pledged_minor += posting.amount_minor
        elif account.role == "encumbrances":
            sums[account.book, posting.fund_id, account.currency].committed_minor += posting.amount_minor
    return sums


def _apply(books: Books, draft: Draft) -> Accepted:
    steps = []
    for posting in draft.postings:
        position = _position(books, (posting.account_id, posting.fund_id))
        position.balance_minor += posting.amount_minor
        position.version += 1
        steps.append(Step(position.version, position.balance_minor))
    moved = _move_funds(books, draft, 1)
    number = books.next_number
    books.next_number += 1
    if draft.reverses is not None:
        books.reversals[draft.reverses] = number
    return Accepted(number, draft, steps, moved)


def _undo(books: Books, done: Accepted) -> None:
    for posting in done.draft.postings:
        position = books.positions[posting.account_id, posting.fund_id]
        position.balance_minor -= posting.amount_minor
        position.version -= 1
    _move_funds(books, done.draft, -1)
    books.next_number -= 1
    if done.draft.reverses is not None:
        del books.reversals[done.draft.reverses]


def _move_funds(books: Books, draft: Draft, sign: int) -> list[tuple[str, int, str]]:
    changes = fund_changes(books.accounts, draft)
    for key, change in changes.items():
        position = _fund_position(books, key)
        position.held_minor += sign * change.held_minor
        position.pledged_minor += sign * change.pledged_minor
        position.committed_minor += sign * change.committed_minor
    return list(changes)


def _position(books: Books, key: tuple[int, int]) -> Position:
    found = books.positions.get(key)
    if found is None:
        found = books.positions[key] = Position()
    return found


def _fund_position(books: Books, key: tuple[str, int, str]) -> FundPosition:
    found = books.fund_positions.get(key)
    if found is None:
        found = books.fund_positions[key] = FundPosition()
    return found


def touched(drafts: Sequence[Draft]) -> Iterator[tuple[int, int]]:
    """Every (account id, fund id) the drafts post to; may repeat."""
    for draft in drafts:
        for posting in draft.postings:
            yield posting.account_id, posting.fund_id
