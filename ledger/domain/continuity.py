"""Carry each fund from opening to closing, line by line as the treasurers' report has them (domain.md 8.2, section A).

Knows accounts, moves and their lines; nothing of languages or of how a close is made. Amounts are minor units of the fund's money, what comes in positive.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ledger.domain.accounts import UNSPENDABLE, Account

# In the order of the report. "corrections" are of entries that belong to earlier periods, whatever accounts they move (case W13).
Line = Literal[
    "brought", "contributions", "locals", "other_income", "in_kind", "between_funds", "exchanged", "strike", "allocations", "fees", "interest",
    "corrections",
]  # fmt: skip
LINES: tuple[Line, ...] = (
    "brought", "contributions", "locals", "other_income", "in_kind", "between_funds", "exchanged", "strike", "allocations", "fees", "interest",
    "corrections",
)  # fmt: skip
_LINE_OF_ROLE: dict[str, Line] = {
    "net_assets": "brought", "contributions": "contributions", "in_kind": "in_kind", "in_kind_given": "in_kind", "interfund": "between_funds",
    "fx_trading": "exchanged", "fx_result": "exchanged", "bank_fees": "fees", "strike_benefits": "strike", "strike_locals": "strike",
    "strike_medical": "strike", "hardship_grants": "strike",
}  # fmt: skip
_LINE_OF_TYPE: dict[str, Line] = {"equity": "brought", "income": "other_income", "expense": "allocations"}
INTEREST = "Income:Interest"
Place = tuple[int, str]


class Moved(msgspec.Struct, frozen=True):
    """What moved on one account for a fund in the period, debits and credits apart; of a local's contributions and of corrections on their own."""

    account_id: int
    fund_id: int
    of_local: bool
    earlier: bool
    debit_minor: int
    credit_minor: int


class Item(msgspec.Struct, frozen=True):
    """One line of a fund in a currency: the part of one account, where the line names it."""

    line: Line
    path: str
    amount_minor: int
    in_minor: int
    out_minor: int


class Roll(msgspec.Struct, frozen=True):
    """A fund in one currency from opening to closing, and what of the closing balance is promised or cannot be paid out."""

    fund_id: int
    currency: str
    opening_minor: int
    items: tuple[Item, ...]
    closing_minor: int
    unspendable_minor: int
    committed_minor: int
    floor_minor: int

    @property
    def available_minor(self) -> int:
        """What could be paid out at the end of the period."""
        return self.closing_minor - self.unspendable_minor - self.committed_minor - self.floor_minor

    @property
    def result_minor(self) -> int:
        """Income less expenses: what a closing entry would move to net assets, were one posted (case W20)."""
        return sum(item.amount_minor for item in self.items if item.line not in ("brought", "between_funds", "exchanged"))


def line_of(account: Account) -> Line:
    """The line that an account of income, expense or equity stands on."""
    if account.path == INTEREST:
        return "interest"
    return _LINE_OF_ROLE.get(account.role) or _LINE_OF_TYPE[account.type]


def is_held(account: Account) -> bool:
    """Whether it is part of what a fund holds: its assets less its debts."""
    return account.type in ("asset", "liability")


def rolls(
    accounts: Mapping[int, Account], opening: Iterable[tuple[int, int, int]], moved: Iterable[Moved], closing: Iterable[tuple[int, int, int]],
    floors: Mapping[int, Mapping[str, int]],
) -> dict[Place, Roll]:  # fmt: skip
    """Every fund and currency that held or moved anything. ``opening`` and ``closing`` are (account id, fund id, balance), debit positive."""
    opened = _held(accounts, opening)
    closed = _held(accounts, closing := list(closing))
    items = _items(accounts, moved)
    idle, committed = _marked(accounts, closing, UNSPENDABLE), _marked(accounts, closing, ("encumbrances",))
    found = {
        place: Roll(
            place[0], place[1], opened[place], tuple(items.get(place, ())), closed[place], idle[place], committed[place],
            floors.get(place[0], {}).get(place[1], 0),
        )
        for place in sorted(set(opened) | set(closed) | set(items) | set(committed))
    }  # fmt: skip
    for roll in found.values():
        came = roll.opening_minor + sum(item.amount_minor for item in roll.items)
        assert came == roll.closing_minor, f"fund {roll.fund_id} {roll.currency}: {came} is not {roll.closing_minor}"
    return found


def _held(accounts: Mapping[int, Account], balances: Iterable[tuple[int, int, int]]) -> defaultdict[Place, int]:
    sums: defaultdict[Place, int] = defaultdict(int)
    for account_id, fund_id, amount in balances:
        if is_held(accounts[account_id]):
            sums[fund_id, accounts[account_id].currency] += amount
    return sums


def _marked(accounts: Mapping[int, Account], balances: Iterable[tuple[int, int, int]], roles: Iterable[str]) -> defaultdict[Place, int]:
    sums: defaultdict[Place, int] = defaultdict(int)
    for account_id, fund_id, amount in balances:
        if accounts[account_id].role in roles:
            sums[fund_id, accounts[account_id].currency] += amount
    return sums


def _items(accounts: Mapping[int, Account], moved: Iterable[Moved]) -> dict[Place, list[Item]]:
    """The moves by line and account; corrections all on their one line, and what cancelled out on accounts that hold money left out."""
    sums: defaultdict[tuple[Place, Line, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in moved:
        account = accounts[each.account_id]
        if account.type == "budget" or is_held(account):
            continue
        line: Line = "corrections" if each.earlier else "locals" if each.of_local else line_of(account)
        path = "" if line in ("corrections", "in_kind") else account.path
        side = sums[(each.fund_id, account.currency), line, path]
        side[0] += each.credit_minor
        side[1] += each.debit_minor
    found: defaultdict[Place, list[Item]] = defaultdict(list)
    for (place, line, path), (came, went) in sorted(sums.items(), key=lambda each: (each[0][0], LINES.index(each[0][1]), each[0][2])):
        found[place].append(Item(line, path, came - went, came, went))
    return found
