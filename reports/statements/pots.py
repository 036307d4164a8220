"""Read one set of facts for all three presentations: each fund in each currency over a period (W22).

Donors' money in a donor-restricted fund counts as spent first on that fund's expenses. What of it is unspent is *deferred* by the deferral method
(ASNPO 4410) and *with donor restrictions* by ASC 958; what was spent is *recognised* by the one and *released* by the other: the same figures.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.chart import JOINT
from ledger.storage.database import Connection
from reports.balances import balances_on
from reports.carried import Carried, all_in, carried_into, carried_on
from reports.facts import Facts


class Pot(msgspec.Struct, frozen=True, kw_only=True):
    """One fund in one currency over a period, in minor units; what adds to net assets is positive, expenses too.

    ``income`` and ``expenses`` are by account path, ``assets`` and ``liabilities`` (owed: positive) at its end too. ``unspent`` is what of donors'
    restricted money is left, and ``spent`` what of it was used.
    """

    fund: Fund
    currency: str
    opening: int = 0
    income: dict[str, int] = {}
    expenses: dict[str, int] = {}
    brought: int = 0
    between: int = 0
    exchange: int = 0
    closing: int = 0
    assets: dict[str, int] = {}
    liabilities: dict[str, int] = {}
    committed: int = 0

    @property
    def is_restricted(self) -> bool:
        """Whether donors, not boards, said what it is for."""
        return self.fund.restriction == "donor"

    @property
    def unspent_before(self) -> int:
        """Restricted money that was left when the period began."""
        return max(0, self.opening) if self.is_restricted else 0

    @property
    def unspent(self) -> int:
        """Restricted money that is left."""
        return max(0, self.closing) if self.is_restricted else 0

    @property
    def spent(self) -> int:
        """Restricted money that was used for what it was given for."""
        came = sum(self.income.values()) + self.brought + self.between + self.exchange
        return self.unspent_before + came - self.unspent if self.is_restricted else 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of it."""
        return not (self.opening or self.closing or self.income or self.expenses or self.assets or self.liabilities or self.committed)


class Span(msgspec.Struct, frozen=True):
    """A period with its pots, and the rates by currency that carry them into the reading currency."""

    first: date
    last: date
    pots: list[Pot]
    carried: dict[str, Carried]


_EQUITY = {"net_assets": "brought", "interfund": "between", "fx_trading": "exchange"}


async def read_span(
    connection: Connection, facts: Facts, first: date, last: date, fund: str | None, into: str | None, *, stands: bool = False
) -> Span:
    """What the joint book holds of a period, of all funds or of one. Where only what ``stands`` at its end is shown, only that day's rates are read."""
    chosen = {facts.fund_by_code(fund).id} if fund else set(facts.funds)
    before = {(each.account_id, each.fund_id): each.amount_minor for each in await balances_on(connection, first - timedelta(days=1))}
    after = {(each.account_id, each.fund_id): each.amount_minor for each in await balances_on(connection, last)}
    kept: dict[tuple[int, str], list[tuple[Account, int, int]]] = {}
    for account_id, fund_id in sorted({*before, *after}):
        account = facts.accounts[account_id]
        if account.book == JOINT and fund_id in chosen:
            key = (account_id, fund_id)
            kept.setdefault((fund_id, account.currency), []).append((account, before.get(key, 0), after.get(key, 0)))
    pots = [pot for (fund_id, code), held in sorted(kept.items()) if not (pot := pot_of(facts.funds[fund_id], code, held)).is_empty]
    opens = {pot.currency for pot in pots if pot.opening}
    foreign = sorted({pot.currency for pot in pots} - {into}) if into else []
    carried = {}
    for code in foreign:
        carried[code] = (
            await carried_on(connection, code, into or "", last) if stands
            else await carried_into(connection, code, into or "", first, last, opens=code in opens)
        )  # fmt: skip
    return Span(first, last, pots, carried)


def pot_of(fund: Fund, currency: str, held: Iterable[tuple[Account, int, int]]) -> Pot:
    """A fund's accounts in one currency, each with its balance before the period and at its end (debits positive)."""
    sums = dict.fromkeys(("opening", "closing", "brought", "between", "exchange", "committed"), 0)
    sides: dict[str, dict[str, int]] = {"income": {}, "expenses": {}, "assets": {}, "liabilities": {}}
    for account, before, after in held:
        moved = after - before
        if account.type in ("asset", "liability"):
            sums["opening"], sums["closing"] = sums["opening"] + before, sums["closing"] + after
            _add(sides["assets" if account.type == "asset" else "liabilities"], account, after if account.type == "asset" else -after)
        elif account.type in ("income", "expense"):
            _add(sides["income" if account.type == "income" else "expenses"], account, -moved if account.type == "income" else moved)
        elif account.type == "equity":
            sums[_EQUITY.get(account.role, "brought")] -= moved
        elif account.role == "encumbrances":
            sums["committed"] += after
    return msgspec.convert({"fund": fund, "currency": currency, **sums, **sides}, Pot)


def _add(side: dict[str, int], account: Account, minor: int) -> None:
    if minor:
        side[account.path] = side.get(account.path, 0) + minor


class Part(msgspec.Struct):
    """One column of a statement of activities, in one currency. ``released`` is restricted money that was spent; ``difference`` is what exchange rates
    did to it, where it was carried over from several currencies.
    """

    opening: int = 0
    income: dict[str, int] = {}
    released: int = 0
    expenses: dict[str, int] = {}
    brought: int = 0
    between: int = 0
    exchange: int = 0
    closing: int = 0

    @property
    def revenue(self) -> int:
        """All that came, with what was released."""
        return sum(self.income.values()) + self.released

    @property
    def result(self) -> int:
        """Revenue less expenses."""
        return self.revenue - sum(self.expenses.values())

    @property
    def difference(self) -> int:
        """What the lines leave unsaid: nothing in one currency, the exchange difference where it was carried over."""
        return self.closing - self.opening - self.result - self.brought - self.between - self.exchange


Cut = Callable[[Pot], Part]


def whole(pot: Pot) -> Part:
    """All of a fund."""
    moves = {name: getattr(pot, name) for name in ("opening", "income", "expenses", "brought", "between", "exchange", "closing")}
    return Part(**moves)


def unrestricted(pot: Pot) -> Part:
    """Without what donors restricted: of a restricted fund what was spent, and what it was spent on."""
    if not pot.is_restricted:
        return whole(pot)
    return Part(opening=pot.opening - pot.unspent_before, released=pot.spent, expenses=pot.expenses, closing=pot.closing - pot.unspent)


def restricted(pot: Pot) -> Part:
    """What donors restricted, until it is spent."""
    if not pot.is_restricted:
        return Part()
    moves = {name: getattr(pot, name) for name in ("income", "brought", "between", "exchange")}
    return Part(opening=pot.unspent_before, released=-pot.spent, closing=pot.unspent, **moves)


def of_restriction(restriction: str) -> Cut:
    """All of the funds that donors, boards or nobody restricted."""
    return lambda pot: whole(pot) if pot.fund.restriction == restriction else Part()


# When a figure of a statement of activities stood or moved, and with it the rate it is carried over at.
_USE = {"opening": "opening", "closing": "closing"}


def added(pots: Iterable[Pot], cut: Cut, into: str, carried: Mapping[str, Carried]) -> Part:
    """A column: the parts of every pot, carried into one currency where they are in others, each figure rounded once."""
    total = Part(income={}, expenses={})
    for pot in pots:
        part = cut(pot)
        for name in ("opening", "released", "brought", "between", "exchange", "closing"):
            minor = all_in(into, carried, {pot.currency: getattr(part, name)}, _USE.get(name, "mean"))
            setattr(total, name, getattr(total, name) + minor)
        for name in ("income", "expenses"):
            sums: dict[str, int] = getattr(total, name)
            for path, minor in getattr(part, name).items():
                sums[path] = sums.get(path, 0) + all_in(into, carried, {pot.currency: minor}, "mean")
    return total


def year_before(day: date) -> date:
    """The same day of the year before; the 28th for the 29th of February."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
