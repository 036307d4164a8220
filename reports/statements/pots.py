"""Read one set of facts for all three presentations: each fund in each currency over a period (W22).

Donors' money in a donor-restricted fund counts as spent first on that fund's expenses. What of it is unspent is *deferred* by the deferral method
(ASNPO 4410) and *with donor restrictions* by ASC 958; what was spent is *recognised* by the one and *released* by the other: the same figures.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, get_args

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.chart import JOINT
from ledger.storage.database import Connection
from reports.balances import balances_on
from reports.carried import Carried, carried_into, carried_on
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


# What a pot's money is, for every presentation: whose restriction it has, and of what donors restricted, what is spent and what is kept for its purpose.
Share = Literal["none", "board", "spent", "kept"]
# A column of a statement: the shares that are in it. Of a donor-restricted fund, what came is kept until it is spent, and released then.
Cut = frozenset[Share]
WHOLE: Cut = frozenset(get_args(Share))
UNRESTRICTED: Cut = WHOLE - {"kept"}
RESTRICTED: Cut = frozenset({"kept"})
UNRESTRICTED_BUT_BOARDS: Cut = frozenset({"none", "spent"})
OF_RESTRICTION: dict[str, Cut] = {"none": frozenset({"none"}), "board": frozenset({"board"}), "donor": frozenset({"spent", "kept"})}

# A figure of a statement of activities: its name, and the account path where it is one account's.
Figure = tuple[str, str]
_SINGLE, _BY_ACCOUNT = ("opening", "released", "brought", "between", "exchange", "closing"), ("income", "expenses")
# When a figure stood or moved, and with it the rate it is carried over at.
_USE = {"opening": "opening", "closing": "closing"}


def shares_of(pot: Pot) -> dict[Share, Part]:
    """What is without donors' restriction and what is with it; together they are all of the fund."""
    if pot.fund.restriction != "donor":
        names = ("opening", "income", "expenses", "brought", "between", "exchange", "closing")
        return {pot.fund.restriction: Part(**{name: getattr(pot, name) for name in names})}
    kept = {name: getattr(pot, name) for name in ("income", "brought", "between", "exchange")}
    return {
        "spent": Part(opening=pot.opening - pot.unspent_before, released=pot.spent, expenses=pot.expenses, closing=pot.closing - pot.unspent),
        "kept": Part(opening=pot.unspent_before, released=-pot.spent, closing=pot.unspent, **kept),
    }


def added(pots: Iterable[Pot], cut: Cut, into: str, carried: Mapping[str, Carried]) -> Part:
    """A column: what every pot has of the cut. Where pots are carried into one currency, each total of all of them is what its own total in that
    currency comes to, its accounts are fitted to it, and the shares to each account: so every column adds up, and the columns to the whole.
    """
    total = Part(income={}, expenses={})
    for code, figures in _by_currency(pots).items():
        fitted = _carried_over(figures, code, into, carried[code]) if code in carried else figures
        for (name, path), shares in fitted.items():
            minor = sum(minor for share, minor in shares.items() if share in cut)
            if name in _SINGLE:
                setattr(total, name, getattr(total, name) + minor)
            elif cut & shares.keys():
                side: dict[str, int] = getattr(total, name)
                side[path] = side.get(path, 0) + minor
    return total


def _by_currency(pots: Iterable[Pot]) -> dict[str, dict[Figure, dict[Share, int]]]:
    """Every figure of the pots of a currency, by the share that it belongs to."""
    found: dict[str, dict[Figure, dict[Share, int]]] = {}
    for pot in pots:
        figures = found.setdefault(pot.currency, {})
        for share, part in shares_of(pot).items():
            values = {(name, ""): getattr(part, name) for name in _SINGLE}
            values |= {(name, path): minor for name in _BY_ACCOUNT for path, minor in getattr(part, name).items()}
            for figure, minor in values.items():
                own = figures.setdefault(figure, {})
                own[share] = own.get(share, 0) + minor
    return found


def _carried_over(figures: dict[Figure, dict[Share, int]], code: str, into: str, carried: Carried) -> dict[Figure, dict[Share, int]]:
    """The figures of one currency in another: by name, then by account, then by share."""
    found: dict[Figure, dict[Share, int]] = {}
    for name in (*_SINGLE, *_BY_ACCOUNT):
        own = {figure: shares for figure, shares in sorted(figures.items()) if figure[0] == name}
        use = _USE.get(name, "mean")
        lines = carried.fitted({figure: sum(shares.values()) for figure, shares in own.items()}, code, into, use)
        found |= {figure: carried.fitted(shares, code, into, use, lines[figure]) for figure, shares in own.items()}
    return found


def year_before(day: date) -> date:
    """The same day of the year before; the 28th for the 29th of February."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
