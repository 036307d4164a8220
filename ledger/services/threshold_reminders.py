"""Read the books of a year and say what reaches which threshold, with everything behind each figure; a reminder, never advice.

What these books do not know they leave out and say so: a union's own ledger, who signs at a bank, which payee is a person.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain import reminders as rules
from ledger.domain import thresholds as limits
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.exchange import Rate
from ledger.domain.pledges import schedule
from ledger.domain.refusals import ChoiceInvalid, DateInvalid
from ledger.domain.reminders import Direction, Finding, Item
from ledger.domain.thresholds import Threshold
from ledger.domain.transfers import Transfer
from ledger.services.pool import Pool
from ledger.storage import pledges, reference
from ledger.storage import reminders as store
from ledger.storage import thresholds as kept
from ledger.storage.database import Connection
from ledger.storage.pledges import PledgeFilter
from ledger.storage.rates import rate_on
from ledger.storage.reminders import Outlay, Sent

READ, READ_TRANSFER = "read_reports", "read_books"
FIRST_YEAR, LAST_YEAR = 2000, 2100
# Their one figure is worth seeing whether it reaches the threshold or not.
ALWAYS_SHOWN = ("receipts", "spent_abroad", "granted_to_people_abroad", "accounts_abroad")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold, for one union (None: whoever sends), over its days: what reaches it, and how many others were looked at."""

    threshold: Threshold
    union: Union | None
    first: date
    last: date
    findings: list[Finding]
    below: int = 0

    @property
    def reached(self) -> list[Finding]:
        """Those that reach it."""
        return [each for each in self.findings if each.reached]


class Gap(msgspec.Struct, frozen=True):
    """A threshold that holds no longer at the end of some days, ``last``, and has no later version: nothing is said of it for them."""

    ended: Threshold
    last: date

    @property
    def since(self) -> date:
        """The first day for which no amount is entered."""
        assert self.ended.valid_to is not None, "one that has ended"
        return self.ended.valid_to + timedelta(days=1)


class Lack(msgspec.Struct, frozen=True):
    """What nothing is said of: thresholds that have ended, and kinds that none was ever entered for."""

    gaps: list[Gap]
    missing: list[str]


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the books remind of in a year. ``missing`` are kinds that no threshold is entered for; ``last_month`` ends fiscal years."""

    year: int
    last_month: int
    today: date
    parts: list[Part]
    gaps: list[Gap]
    missing: list[str]


class Books:
    """What every part reads with: the snapshot, and each rate looked up once."""

    def __init__(self, connection: Connection, today: date) -> None:
        self.connection, self.today = connection, today
        self._rates: dict[tuple[str, str, date], Rate | None] = {}

    async def rate(self, currency: str, into: str, day: date) -> Rate | None:
        """The published rate that holds on a day, today's of one that has not come; None between the same currency."""
        if currency == into:
            return None
        key = (currency, into, min(day, self.today))
        if key not in self._rates:
            self._rates[key] = await rate_on(self.connection, *key)
        return self._rates[key]

    async def item(
        self, threshold: Threshold, key: str, name: tuple[str, str], url: str, day: date, amount_minor: int, currency: str, what: str = "",
        rated_on: date | None = None,
    ) -> Item:  # fmt: skip
        """A record with its amount in the threshold's currency, by the rate of its day unless another is named."""
        rate = await self.rate(currency, threshold.money[1], rated_on or day)
        return Item(
            key=key, name_en=name[0], name_fr=name[1], url=url, day=day, amount_minor=amount_minor, currency=currency,
            counted_minor=rules.counted(amount_minor, currency, threshold, rate), rate=rate, what=what,
        )  # fmt: skip


class Span(msgspec.Struct, frozen=True):
    """Whose threshold, and which days it is over."""

    threshold: Threshold
    union: Union
    first: date
    last: date


# --- what one union paid, gave, took in, is owed and may hold -----------------------------------------------------------


async def _outlays(books: Books, span: Span, found: Iterable[Outlay]) -> list[Item]:
    return [
        await books.item(span.threshold, each.to, (each.name, each.name), each.url, each.day, each.amount_minor, each.currency, each.what)
        for each in found
    ]


async def outlays(connection: Connection, union: str, first: date, last: date) -> list[Outlay]:
    """What a union paid to payees and gave to other unions, by day."""
    both = [*await store.paid_to_payees(connection, union, first, last), *await store.granted_to_unions(connection, union, first, last)]
    return sorted(both, key=lambda each: each.day)


def abroad(union: Union, found: Iterable[Outlay]) -> list[Outlay]:
    """Those whose receiver is known to be in another country."""
    return [each for each in found if each.country not in ("", union.nation)]


async def _to_payees(books: Books, span: Span) -> list[Finding]:
    found = await outlays(books.connection, span.union.code, span.first, span.last)
    return rules.by_subject(span.threshold, await _outlays(books, span, found))


async def _to_payees_at_home(books: Books, span: Span) -> list[Finding]:
    """Payees that are no union, in the payer's own country, by what they were paid."""
    found = [
        each for each in await store.paid_to_payees(books.connection, span.union.code, span.first, span.last) if each.country == span.union.nation
    ]  # fmt: skip
    return rules.by_subject(span.threshold, await _outlays(books, span, found))


async def _to_organizations(books: Books, span: Span) -> list[Finding]:
    found = abroad(span.union, await outlays(books.connection, span.union.code, span.first, span.last))
    return rules.by_subject(span.threshold, await _outlays(books, span, found))


async def _to_people(books: Books, span: Span) -> list[Finding]:
    """Every payee abroad that is no union: at most this went to people, as the books do not know which payees are."""
    found = abroad(span.union, await store.paid_to_payees(books.connection, span.union.code, span.first, span.last))
    return [rules.whole(span.threshold, await _outlays(books, span, found))]


async def _spent_abroad(books: Books, span: Span) -> list[Finding]:
    found = abroad(span.union, await outlays(books.connection, span.union.code, span.first, span.last))
    return [rules.whole(span.threshold, await _outlays(books, span, found))]


async def _receipts(books: Books, span: Span) -> list[Finding]:
    found = await store.receipts(books.connection, span.union.code, span.first, span.last)
    items = [
        await books.item(span.threshold, span.union.code, (each.name_en, each.name_fr), f"/accounts/{each.account_id}", min(span.last, books.today),
                         each.amount_minor, each.currency)
        for each in found
    ]  # fmt: skip
    return [rules.whole(span.threshold, items)]


async def _past_due(books: Books, span: Span) -> list[Finding]:
    """What others owe the union by its own book, and what they promised the joint funds, for longer than the threshold's days."""
    days, as_of, names = span.threshold.days or 0, min(span.last, books.today), {u.code: u.name for u in await reference.unions(books.connection)}
    items = []
    for debt in await store.owed_longer(books.connection, span.union.code, as_of, days):
        name = names.get(debt.counterparty, debt.counterparty)
        items.append(
            await books.item(span.threshold, debt.counterparty, (name, name), f"/accounts/{debt.account_id}", as_of, debt.amount_minor, debt.currency)
        )
    # Whatever their state is by now: the schedule knows what was given up by the day.
    promised = [each for each in await pledges.pledges(books.connection, PledgeFilter()) if each.union != span.union.code]
    came = await pledges.receipts(books.connection, [each.number for each in promised], as_of)
    for pledge in promised:
        late = sum(line.overdue_minor for line in schedule(pledge, came[pledge.number], as_of).lines if line.overdue_days > days)
        if late:
            name = names[pledge.union]
            items.append(
                await books.item(span.threshold, pledge.union, (name, name), f"/pledges/{pledge.number}", as_of, late, pledge.currency, pledge.number)
            )
    return rules.by_subject(span.threshold, items)


async def _accounts_abroad(books: Books, span: Span) -> list[Finding]:
    """The highest balance of each account, at the last rate of the year."""
    items = []
    for held in await store.held_abroad(books.connection, span.union.nation, span.first, span.last):
        best = rules.highest(held.opening_minor, held.changes, span.first, min(span.last, books.today))
        if best.amount_minor > 0:
            items.append(
                await books.item(span.threshold, "", (held.name_en, held.name_fr), f"/accounts/{held.account_id}", best.day, best.amount_minor,
                                 held.currency, rated_on=span.last)
            )  # fmt: skip
    return [rules.whole(span.threshold, items)]


_FINDERS: dict[str, Callable[[Books, Span], Awaitable[list[Finding]]]] = {
    "paid_to_payee_at_home": _to_payees_at_home,
    "paid_to_payee": _to_payees,
    "receivable_past_due": _past_due,
    "receipts": _receipts,
    "spent_abroad": _spent_abroad,
    "granted_to_organization_abroad": _to_organizations,
    "granted_to_people_abroad": _to_people,
    "accounts_abroad": _accounts_abroad,
}


SENT_FINDERS = {"transfer_abroad": rules.each_alone, "transfers_abroad_in_a_day": rules.within_a_day}
# Everything that is looked at here; members' support is the tax review's, and requests for statements have a list of their own.
KINDS = (*_FINDERS, *SENT_FINDERS)


# --- transfers ----------------------------------------------------------------------------------------------------------


async def _sent_items(books: Books, threshold: Threshold, found: Iterable[Sent]) -> list[Item]:
    """Transfers in the threshold's currency, each with whose bank reports it; what one customer sends has one key, what one gets another."""
    items = []
    for each in found:
        direction, code, bank = _reporting(threshold, each)
        item = await books.item(
            threshold, f"{direction} {code}", (each.number, each.number), each.url, each.day, each.amount_minor, each.currency, each.purpose
        )
        items.append(msgspec.structs.replace(item, bank=bank, customer=code, direction=direction))
    return items


def _reporting(threshold: Threshold, sent: Sent) -> tuple[Direction, str, str]:
    """Which way it goes for the bank that reports it, and that bank's customer: of a threshold of one nation, at that nation's end."""
    if threshold.nation is None or threshold.nation == sent.sender_nation:
        return "out", sent.sender_code, sent.sender
    return "in", sent.receiver_code, sent.receiver


async def sent_parts(books: Books, kind: str, first: date, last: date) -> list[Part]:
    """What was sent abroad in a stretch of days and reaches a threshold of a kind, by each version that holds on some of them."""
    known = await kept.thresholds(books.connection)
    return [
        _part(each, None, first, last, await _sent_findings(books, known, each, first, last)) for each in _versions(known, kind, first, last)
    ]  # fmt: skip


async def _sent_findings(books: Books, known: list[Threshold], threshold: Threshold, first: date, last: date) -> list[Finding]:
    """Those with something sent on a day of the stretch that the version holds on: the bank adds up across the end of a year or a version."""
    begins, ends = rules.around(max(first, threshold.valid_from))[0], rules.around(min(last, threshold.valid_to or last))[1]
    sent = await store.sent_abroad(books.connection, threshold.nation, begins, ends)

    def is_inside(day: date) -> bool:
        return first <= day <= last and limits.on_day(known, threshold.code, day) == threshold

    found = SENT_FINDERS[threshold.applies_to](threshold, await _sent_items(books, threshold, sent))
    return [each for each in found if any(is_inside(item.day) for item in each.items)]


def _versions(known: list[Threshold], kind: str, first: date, last: date) -> list[Threshold]:
    """The confirmed versions of a kind that hold on some day of a stretch."""
    return [
        each for each in known
        if each.applies_to == kind and each.state == "confirmed" and each.valid_from <= last and (each.valid_to is None or each.valid_to >= first)
        and any(limits.on_day(known, each.code, day) == each for day in (max(first, each.valid_from), min(last, each.valid_to or last)))
    ]  # fmt: skip


async def of_transfer(pool: Pool, actor: Actor, transfer: Transfer) -> list[Part]:
    """What one transfer, recorded or only looked at, reaches by itself or with what the same bank adds to it from within a day of it."""
    authorize(actor, READ_TRANSFER)
    if transfer.state == "cancelled":
        return []
    async with pool.database.reading() as connection:
        unions = {union.code: union for union in await reference.unions(connection)}
        source, target = [await reference.account_by_id(connection, each) for each in (transfer.from_account, transfer.to_account)]
        sender, receiver = unions.get(source.custodian or ""), unions.get(target.custodian or "")
        if sender is None or receiver is None or sender.nation == receiver.nation:
            return []
        books, known = Books(connection, pool.today()), await kept.thresholds(connection)
        own = Sent(
            number=transfer.number, url=f"/transfers/{transfer.number}", sender=sender.name, sender_code=sender.code, sender_nation=sender.nation,
            receiver=receiver.name, receiver_code=receiver.code, receiver_nation=receiver.nation, day=transfer.sent_on,
            amount_minor=transfer.amount_minor, currency=source.currency, purpose=transfer.purpose, reference=transfer.bank_reference,
        )  # fmt: skip
        alone = [await _reached_alone(books, limit, own) for limit in _of(known, "transfer_abroad", own)]
        added = [await _reached_with_others(books, limit, own) for limit in _of(known, "transfers_abroad_in_a_day", own)]
    return [part for part in (*alone, *added) if part.findings]


def _of(known: list[Threshold], kind: str, sent: Sent) -> list[Threshold]:
    """The thresholds of a kind that concern a transfer, by the nation of either of its banks."""
    return [each for each in limits.holding(known, kind, None, sent.day) if each.nation in (None, sent.sender_nation, sent.receiver_nation)]


async def _reached_alone(books: Books, threshold: Threshold, own: Sent) -> Part:
    found = rules.each_alone(threshold, await _sent_items(books, threshold, [own]))
    return _part(threshold, None, own.day, own.day, found)


async def _reached_with_others(books: Books, threshold: Threshold, own: Sent) -> Part:
    first, last = rules.around(own.day)
    others = await store.sent_abroad(books.connection, threshold.nation, first, last)
    # Of the same bank's customer, the same way.
    same = _reporting(threshold, own)
    together = [each for each in others if _reporting(threshold, each) == same and each.number != own.number]
    items = await _sent_items(books, threshold, [*together, own])
    found = [each for each in rules.within_a_day(threshold, items) if any(item.name_en == own.number for item in each.items)]
    return _part(threshold, None, first, last, found)


# --- a year -------------------------------------------------------------------------------------------------------------


async def of_year(pool: Pool, actor: Actor, year: int | None = None, last_month: int = 12) -> Year:
    """Everything the books remind of in a year, threshold by threshold."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await read_year(connection, pool.today(), year or pool.today().year, last_month)


async def read_year(connection: Connection, today: date, year: int, last_month: int = 12) -> Year:
    """The same in a snapshot of the caller's. Refuses a year that has not begun, or is outside the calendar of these books, and a month that is none.

    Where the fiscal year has begun and the calendar year of the same number has not, there is nothing to say of the latter yet.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateInvalid(field="year", text=str(year)[:10])
    if not 1 <= last_month <= 12:
        raise ChoiceInvalid(field="month", value=str(last_month)[:10])
    calendar, fiscal = rules.fiscal_year(year), rules.fiscal_year(year, last_month)
    check_begun(fiscal[0], today)
    books, parts, gaps = Books(connection, today), list[Part](), list[Gap]()
    looked_at = [(kind, days) for kind in KINDS if (days := fiscal if limits.KINDS[kind].period == "fiscal_year" else calendar)[0] <= today]
    for kind, days in looked_at:
        parts += await (parts_of if kind in _FINDERS else sent_parts)(books, kind, *days)
        gaps += await gaps_of(books, kind, days[1])
    missing = _missing([kind for kind, _ in looked_at], parts, gaps)
    return Year(year=year, last_month=last_month, today=today, parts=parts, gaps=gaps, missing=missing)


def _missing(kinds: Iterable[str], parts: Iterable[Part], gaps: Iterable[Gap]) -> list[str]:
    """Kinds that nothing is said of, nor why."""
    said = {part.threshold.applies_to for part in parts} | {gap.ended.applies_to for gap in gaps}
    return [kind for kind in kinds if kind not in said]


async def lack_of(books: Books, kinds: Sequence[str], last: date, parts: Sequence[Part]) -> Lack:
    """What of some kinds no threshold is entered for at the end of some days: none reached is not the same as none entered."""
    gaps = [gap for kind in kinds for gap in await gaps_of(books, kind, last)]
    return Lack(gaps, _missing(kinds, parts, gaps))


def check_begun(first: date, today: date) -> None:
    """Of days that have not begun the books know nothing, and say so rather than show nothing."""
    if first > today:
        raise DateInvalid(field="year", text=first.isoformat(), reason="not_begun", today=today.isoformat())


async def gaps_of(books: Books, kind: str, last: date) -> list[Gap]:
    """Thresholds of a kind, of any union's nation, whose last version has ended by a day."""
    known, nations = await kept.thresholds(books.connection), [union.nation for union in await reference.unions(books.connection)]
    found = {each.code: each for nation in nations for each in limits.ended(known, kind, nation, last)}
    return [Gap(found[code], last) for code in sorted(found)]


async def parts_of(books: Books, kind: str, first: date, last: date) -> list[Part]:
    """One kind over a stretch of days, by the thresholds that hold on its last, for every union of theirs."""
    known, parts = await kept.thresholds(books.connection), []
    for union in await reference.unions(books.connection):
        for threshold in limits.holding(known, kind, union.nation, last):
            findings = await _FINDERS[kind](books, Span(threshold, union, first, last))
            parts.append(_part(threshold, union, first, last, findings))
    return parts


def _part(threshold: Threshold, union: Union | None, first: date, last: date, findings: list[Finding]) -> Part:
    """What reaches the threshold, and of some kinds the one figure either way."""
    shown = [each for each in findings if each.reached or threshold.applies_to in ALWAYS_SHOWN]
    return Part(threshold=threshold, union=union, first=first, last=last, findings=shown, below=len(findings) - len(shown))
