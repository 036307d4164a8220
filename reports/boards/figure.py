"""Show what a figure of the boards' pages is made of on a day: account by account, each leading to its entries up to that day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain.accounts import UNSPENDABLE, Account
from ledger.domain.chart import JOINT
from ledger.domain.continuity import is_held
from ledger.domain.funds import Figures
from ledger.domain.refusals import ChoiceInvalid
from ledger.domain.runway import FX_SHARE
from ledger.storage.database import Connection
from reports.balances import balances_on
from reports.boards import positions, scope
from reports.boards.outlook import effect
from reports.boards.positions import Positions
from reports.boards.scope import Scope
from reports.document import Amount, Column, Document, Row, Say, Section, Table, cell, row, words
from reports.facts import Facts, bounded, name_of, titled

TITLE = words("What a figure is made of")

FIGURES: dict[str, Say] = {
    "held": words("Balance"), "pledged": words("Pledged, advanced or lent"), "committed": words("Committed"), "floor": words("Floor"),
    "available": words("Available"), "open": words("Open position"),
}  # fmt: skip
# What is the balance of some accounts.
_OF_ACCOUNTS: dict[str, Callable[[Account], bool]] = {
    "held": is_held, "pledged": lambda account: account.role in UNSPENDABLE, "committed": lambda account: account.role == "encumbrances",
}  # fmt: skip
# What is reckoned from other figures: the first less the ones after it.
_RECKONED = {"available": ("held", "pledged", "committed", "floor"), "open": ("held", "committed"), "floor": ()}


class Asked(scope.AskedFund, frozen=True):
    """A figure (the balance where none is named) of one fund or all, in one currency or all, on a day, beside an earlier one where named."""

    figure: str | None = None
    currency: str | None = None


class Part(msgspec.Struct, frozen=True):
    """What one account gives to the figure for a fund, minor units, then and now."""

    account_id: int
    fund_id: int
    then_minor: int
    now_minor: int


class Request(msgspec.Struct, frozen=True):
    """What a request still had set aside on the day, minor units, by the journal."""

    number: str
    fund_id: int
    currency: str
    left_minor: int


class Selected(msgspec.Struct, frozen=True):
    """The accounts of a figure that is their balance, or the funds of one that is reckoned; for what is committed, the requests too."""

    scope: Scope
    figure: str
    parts: list[Part]
    positions: Positions | None
    requests: list[Request]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """In one snapshot, as the boards' pages read it."""
    figure = asked.figure or "held"
    if figure not in FIGURES:
        raise ChoiceInvalid(field="figure", value=figure[:40])
    settled = await scope.scope(connection, facts, asked, [asked.currency] if asked.currency else facts.currencies)
    if figure in _RECKONED:
        return Selected(settled, figure, [], await positions.select(connection, facts, settled), [])
    parts = await _parts(connection, facts, settled, figure, asked)
    return Selected(settled, figure, parts, None, await _requests(connection, settled, asked) if figure == "committed" else [])


async def _parts(connection: Connection, facts: Facts, settled: Scope, figure: str, asked: Asked) -> list[Part]:
    chosen = {
        account.id for account in facts.accounts.values()
        if account.book == JOINT and _OF_ACCOUNTS[figure](account) and asked.currency in (None, account.currency)
    }  # fmt: skip
    sums: defaultdict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for place, day in enumerate((settled.since, settled.as_of)):
        for each in await balances_on(connection, day) if day == settled.as_of or asked.compare else ():
            if each.account_id in chosen and settled.fits(each.fund_id):
                sums[each.account_id, each.fund_id][place] = each.amount_minor
    return [Part(account, fund, then, now) for (account, fund), (then, now) in sums.items()]


_REQUESTS = """
    SELECT e.subject AS number, p.fund_id, a.currency::text AS currency, sum(p.amount_minor)::bigint AS left_minor
    FROM accounts a JOIN postings p ON p.account_id = a.id AND p.entry_date <= $1 JOIN entries e ON e.number = p.entry_number
    WHERE a.book = $2 AND a.role = 'encumbrances' AND ($3::int IS NULL OR p.fund_id = $3) AND ($4::text IS NULL OR a.currency = $4)
    GROUP BY e.subject, p.fund_id, a.currency HAVING sum(p.amount_minor) <> 0 ORDER BY a.currency, length(e.subject), e.subject, p.fund_id"""


async def _requests(connection: Connection, settled: Scope, asked: Asked) -> list[Request]:
    rows = await connection.fetch(_REQUESTS, settled.as_of, JOINT, settled.fund_id, asked.currency)
    bounded(len(rows))
    return [Request(**dict(each)) for each in rows]


# --- shape --------------------------------------------------------------------------------------------------------------


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """The sum of each currency, and all of them in one where there is a rate."""
    settled, figure = selected.scope, selected.figure
    subtitle: list[Say] = [FIGURES[figure]]
    if settled.fund:
        subtitle.append(name_of(settled.fund))
    if selected.positions is not None:
        table = _reckoned(facts, settled, figure, selected.positions, asked.currency)
        notes = _notes(settled, figure, selected.positions, asked.currency)
        return facts.document("board-figure", TITLE, [Section((table,), notes=notes)], as_of=settled.as_of, subtitle=subtitle)
    accounts = _accounts(facts, settled, selected.parts, is_compared=asked.compare is not None)
    requests = (_by_request(facts, selected.requests),) if figure == "committed" else ()
    return facts.document("board-figure", TITLE, [Section((accounts, *requests))], as_of=settled.as_of, subtitle=subtitle)


def _accounts(facts: Facts, settled: Scope, parts: Sequence[Part], *, is_compared: bool) -> Table:
    figures = [Column("then", words("On %(day)s", day=settled.since), "money"), Column("change", words("Change"), "money")] if is_compared else []
    funds = [] if settled.fund else [Column("fund", words("Fund"))]
    columns = (
        Column("account", words("Account")), *funds, *figures,
        Column("now", words("On %(day)s", day=settled.as_of), "money"), *settled.converted_column("converted"),
    )  # fmt: skip
    first = settled.since + timedelta(days=1) if is_compared else date(settled.as_of.year, 1, 1)
    by_currency: defaultdict[str, list[Part]] = defaultdict(list)
    for part in sorted(parts, key=lambda part: (facts.accounts[part.account_id].path, part.fund_id)):
        by_currency[facts.accounts[part.account_id].currency].append(part)

    def line(called: list[object], own: Sequence[Part], currency: str, link: str | None = None) -> list[object]:
        then, now = sum(part.then_minor for part in own), sum(part.now_minor for part in own)
        money = (then, now - then, now) if is_compared else (now,)
        return [*called, *(cell(minor, currency=currency, link=link) for minor in money), *settled.after({currency: now})]

    rows: list[Row] = []
    for currency in _ordered(settled, by_currency):
        own = by_currency[currency]
        rows += [row(*line(_called(facts, part)[: 1 + len(funds)], [part], currency, _statement(facts, settled, part, first))) for part in own]
        rows.append(row(*line([words("All of it, %(currency)s", currency=currency), *(None for _ in funds)], own, currency), kind="subtotal"))
    if settled.after({}) and rows:
        sums = {currency: sum(part.now_minor for part in own) for currency, own in by_currency.items()}
        rows.append(row(words("All in %(currency)s", currency=settled.into or ""), *[None] * (len(columns) - 2), settled.all_in(sums), kind="total"))
    return Table("accounts", words("Account by account"), columns, tuple(rows), empty=words("Nothing, on this day."))


def _called(facts: Facts, part: Part) -> list[object]:
    return [titled(facts.accounts[part.account_id]), name_of(facts.funds[part.fund_id])]


def _statement(facts: Facts, settled: Scope, part: Part, first: date) -> str:
    """The account's entries of the fund up to the day, which close with the figure."""
    fund = facts.funds[part.fund_id].code
    return f"/reports/account-statement?account={part.account_id}&fund={fund}&from={first}&to={settled.as_of}"


def _ordered(settled: Scope, currencies: Iterable[str]) -> list[str]:
    return sorted(currencies, key=lambda code: (code != settled.into, code))


def _by_request(facts: Facts, requests: Sequence[Request]) -> Table:
    columns = (Column("number", words("Request")), Column("fund", words("Fund")), Column("left", words("Still set aside"), "money"))
    rows = [_request(facts, each) for each in requests]
    sums: defaultdict[str, int] = defaultdict(int)
    for each in requests:
        sums[each.currency] += each.left_minor
    rows += [row(words("Total"), None, cell(minor, currency=currency), kind="total") for currency, minor in sums.items()]
    return Table("requests", words("Request by request"), columns, tuple(rows), empty=words("Nothing is set aside."))


def _request(facts: Facts, each: Request) -> Row:
    link = f"/requests/{each.number}"
    return row(cell(each.number, link=link), name_of(facts.funds[each.fund_id]), cell(each.left_minor, currency=each.currency, link=link))


def _reckoned(facts: Facts, settled: Scope, figure: str, held: Positions, currency: str | None) -> Table:
    """Fund by fund what the figure is reckoned from; each part leads to what it is made of itself."""
    columns = (
        Column("fund", words("Fund")), *(Column(name, FIGURES[name], "money") for name in (*_RECKONED[figure], figure)),
        *settled.converted_column("converted"),
    )  # fmt: skip
    names = _RECKONED[figure]
    found = _by_currency(held, currency, names or (figure,))
    rows: list[Row] = []
    for code in _ordered(settled, found):
        rows += [_fund(facts, settled, figure, fund_id, one) for fund_id, one in found[code]]
        own = [one for _, one in found[code]]
        money = [cell(sum(_minor(one, name) for one in own), currency=code) for name in (*names, figure)]
        everything = {code: sum(_minor(one, figure) for one in own)}
        rows.append(row(words("All of it, %(currency)s", currency=code), *money, *settled.after(everything), kind="subtotal"))
    if settled.after({}) and rows:
        total = settled.all_in(_sums(found, figure))
        rows.append(row(words("All in %(currency)s", currency=settled.into or ""), *[None] * (len(columns) - 2), total, kind="total"))
    return Table("funds", words("Fund by fund"), columns, tuple(rows), empty=words("Nothing, on this day."))


def _by_currency(held: Positions, currency: str | None, names: Sequence[str]) -> dict[str, list[tuple[int, Figures]]]:
    """(fund id, figures) of every fund with any of it, by currency."""
    found: defaultdict[str, list[tuple[int, Figures]]] = defaultdict(list)
    for fund_id, own in held.now.items():
        for one in own:
            if currency in (None, one.currency) and any(_minor(one, name) for name in names):
                found[one.currency].append((fund_id, one))
    return found


def _sums(found: dict[str, list[tuple[int, Figures]]], figure: str) -> dict[str, int]:
    return {code: sum(_minor(one, figure) for _, one in own) for code, own in found.items()}


def _minor(one: Figures, name: str) -> int:
    return one.held_minor - one.committed_minor if name == "open" else int(getattr(one, f"{name}_minor"))


def _fund(facts: Facts, settled: Scope, figure: str, fund_id: int, one: Figures) -> Row:
    fund = facts.funds[fund_id]
    own = f"/funds/{fund.code}"  # where its floors are, and who may change them
    money = [
        cell(_minor(one, name), currency=one.currency, link=own if name == "floor" else settled.made_of(name, fund.code, one.currency))
        for name in _RECKONED[figure]
    ]  # fmt: skip
    total = cell(_minor(one, figure), currency=one.currency, link=own if figure == "floor" else None)
    return row(name_of(fund), *money, total, *settled.after({one.currency: _minor(one, figure)}))


def _notes(settled: Scope, figure: str, held: Positions, currency: str | None) -> tuple[Say, ...]:
    if figure != "open":
        return (words("Floors stand as of now."),)
    if not settled.after({}):
        return ()
    worth = settled.all_in(_sums(_by_currency(held, currency, _RECKONED[figure]), figure))
    share = int((FX_SHARE * 100).normalize())
    return (words("±%(share)s %% of the rate changes it by %(amount)s.", share=share, amount=Amount(effect(worth), settled.into or "")),)
