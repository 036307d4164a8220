"""Decide about funds: what one holds and has left, how it moved over a period, and what a new or changed one must look like.

Knows figures and rules only; native currencies stand side by side, and a converted total always carries its rate.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain.account_rules import text
from ledger.domain.accounts import Account, AccountType, Fund, Purpose, Restriction
from ledger.domain.actors import Actor
from ledger.domain.availability import free_minor
from ledger.domain.exchange import Rate
from ledger.domain.money import check_size, decimal_from_minor, minor_from_decimal
from ledger.domain.refusals import (
    AmountNotPositive,
    ChoiceInvalid,
    CurrencyUnknown,
    FundNotEmpty,
    FundState,
    OriginNotAllowed,
    SamePerson,
    SameUnion,
    TextInvalid,
)

NAME_MAXIMUM = 80
RESTRICTION_TEXT_MAXIMUM = 300
_CODE = re.compile(r"\A[A-Z][A-Z0-9]*(-[A-Z0-9]+)*\Z", re.ASCII)
CODE_MINIMUM, CODE_MAXIMUM = 2, 12
PURPOSES: tuple[str, ...] = Purpose.__args__  # type: ignore[attr-defined]
RESTRICTIONS: tuple[str, ...] = Restriction.__args__  # type: ignore[attr-defined]


class ProposeFund(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new fund as one union's treasurer proposes it; ``floors`` are minor units by currency."""

    code: str
    name_en: str
    name_fr: str
    purpose: str = "general"
    restriction: str = "none"
    restriction_text: str = ""
    nation: str | None = None
    floors: dict[str, int] = {}


class ChangeFund(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may change in a fund while it lives; None leaves a thing as it is. ``floors`` replaces all of them."""

    fund: str
    name_en: str | None = None
    name_fr: str | None = None
    restriction_text: str | None = None
    floors: dict[str, int] | None = None


class Figures(msgspec.Struct, frozen=True):
    """What a fund has in one currency, in minor units: available is what may be paid out today (architecture.md, invariant 5).

    ``pledged`` is the part of ``held`` that is pledged, advanced or lent: it counts among the fund's assets and cannot be paid out.
    """

    currency: str
    held_minor: int = 0
    pledged_minor: int = 0
    committed_minor: int = 0
    floor_minor: int = 0

    @property
    def available_minor(self) -> int:
        """Held, less what is pledged, advanced or lent, less committed, less the floor; below zero when the floor is not met."""
        return self.held_minor - self.pledged_minor - self.committed_minor - self.floor_minor


class Converted(msgspec.Struct, frozen=True):
    """Both currencies in one, for reading only: never posted. ``rate`` says how (None when nothing had to be converted)."""

    currency: str
    amount_minor: int
    rate: Rate | None


class Movement(msgspec.Struct, frozen=True):
    """How a fund went from opening to closing in one currency, minor units; ``paid`` is what left, as a positive figure."""

    currency: str
    opening_minor: int
    received_minor: int
    paid_minor: int
    between_funds_minor: int
    exchange_minor: int
    brought_minor: int
    closing_minor: int


# --- figures ----------------------------------------------------------------------------------------------------------


def figures(fund: Fund, held: Mapping[str, tuple[int, int, int]], currencies: Sequence[str]) -> list[Figures]:
    """One row a currency, in the caller's order; a ring-fenced fund shows only the currencies it uses, so at least one."""
    rows = [Figures(code, *held.get(code, (0, 0, 0)), fund.floors.get(code, 0)) for code in currencies]
    return rows if fund.nation is None else [row for row in rows if row.held_minor or row.committed_minor or row.floor_minor] or rows[:1]


def converted(rows: Sequence[Figures], currency: str, rates: Sequence[Rate]) -> Converted | None:
    """What the fund holds, all in one currency, rounded half up once; None where a rate is wanting."""
    total, used = Decimal(0), None
    for row in rows:
        if row.held_minor == 0:
            continue
        amount = decimal_from_minor(row.held_minor, row.currency)
        if row.currency != currency:
            used = next((rate for rate in rates if {rate.base, rate.quote} == {row.currency, currency}), None)
            if used is None:
                return None
            amount = amount * used.value if used.base == row.currency else amount / used.value
        total += amount
    return Converted(currency, minor_from_decimal(total, currency), used)


def free(rows: Sequence[Figures], currency: str, rates: Sequence[Rate]) -> Converted | None:
    """What is available over all currencies, in one: what is promised in a currency that the fund lacks is covered by the others (W08).

    None where a rate is wanting. Without the headroom that a new promise is tested with: it is what there is today.
    """
    values = {currency: Decimal(1)}
    for rate in rates:
        if currency in (rate.base, rate.quote):
            other = rate.quote if rate.base == currency else rate.base
            values[other] = rate.value if rate.base == other else 1 / rate.value
    found = free_minor({row.currency: (row.available_minor, row.committed_minor) for row in rows}, currency, values)
    used = next((rate for rate in rates for row in rows if row.available_minor and {rate.base, rate.quote} == {row.currency, currency}), None)
    return None if found is None else Converted(currency, found, used)


def movement_class(account_type: AccountType, role: str) -> str:
    """Which line of a fund statement an account's postings belong to; "" for budgetary accounts, which move no money."""
    if account_type in ("asset", "liability"):
        return "held"
    if role in ("fx_trading", "fx_result"):
        return "exchange"
    if role == "interfund":
        return "between"
    return {"income": "received", "expense": "paid", "equity": "brought"}.get(account_type, "")


def movement(currency: str, opening_minor: int, sums: Mapping[str, int]) -> Movement:
    """A fund's statement line from its postings' sums by :func:`movement_class` (debit positive).

    Every entry sums to zero per fund and currency, so what the other classes give is exactly what the held accounts took.
    """
    result = Movement(
        currency=currency,
        opening_minor=opening_minor,
        received_minor=-sums.get("received", 0),
        paid_minor=sums.get("paid", 0),
        between_funds_minor=-sums.get("between", 0),
        exchange_minor=-sums.get("exchange", 0),
        brought_minor=-sums.get("brought", 0),
        closing_minor=opening_minor + sums.get("held", 0),
    )
    change = result.received_minor - result.paid_minor + result.between_funds_minor + result.exchange_minor + result.brought_minor
    assert result.opening_minor + change == result.closing_minor, "a fund's postings do not sum to zero"
    return result


# --- rules ------------------------------------------------------------------------------------------------------------


def new_fund(proposal: ProposeFund, number: int, nation: str, nations: Sequence[str], currencies: Sequence[str], today: date) -> Fund:
    """The proposed fund, not confirmed yet. ``nation`` is the proposer's: a ring-fenced fund is proposed by its own nation."""
    if not CODE_MINIMUM <= len(proposal.code) <= CODE_MAXIMUM or not _CODE.match(proposal.code):
        raise TextInvalid(field="code", limit=CODE_MAXIMUM, reason="fund_code")
    _chosen("purpose", proposal.purpose, PURPOSES)
    _chosen("restriction", proposal.restriction, RESTRICTIONS)
    if proposal.nation is not None:
        _chosen("nation", proposal.nation, nations)
        if proposal.nation != nation:
            raise OriginNotAllowed(fund=proposal.code, nation=proposal.nation, origin=nation)
    return Fund(
        id=number,
        code=proposal.code,
        name_en=text("name_en", proposal.name_en, NAME_MAXIMUM),
        name_fr=text("name_fr", proposal.name_fr, NAME_MAXIMUM),
        purpose=msgspec.convert(proposal.purpose, Purpose),
        restriction=msgspec.convert(proposal.restriction, Restriction),
        restriction_text=text("restriction_text", proposal.restriction_text, RESTRICTION_TEXT_MAXIMUM, needed=False),
        nation=proposal.nation,
        floors=checked_floors(proposal.floors, currencies),
        opened_on=today,
        confirmed=False,
    )


def changed_fund(fund: Fund, change: ChangeFund, currencies: Sequence[str]) -> Fund:
    """The fund with its new names, restriction text or floors; a closed fund no longer changes."""
    _is_open(fund)
    new = {
        name: text(name, value, limit, needed=name != "restriction_text")
        for name, limit in (("name_en", NAME_MAXIMUM), ("name_fr", NAME_MAXIMUM), ("restriction_text", RESTRICTION_TEXT_MAXIMUM))
        if (value := getattr(change, name)) is not None
    }
    floors = fund.floors if change.floors is None else checked_floors(change.floors, currencies)
    return msgspec.structs.replace(fund, **new, floors=floors)


def check_confirmation(fund: Fund, proposer: tuple[int, str | None], confirmer: Actor) -> None:
    """A new fund takes two people of two unions; ``proposer`` is (person id, union)."""
    if fund.confirmed or fund.closed_on is not None:
        raise FundState(fund=fund.code, state=state(fund))
    if proposer[0] == confirmer.person_id:
        raise SamePerson(person=confirmer.name)
    if proposer[1] == confirmer.union:
        raise SameUnion(union=confirmer.union, subject=fund.code)


def check_closing(fund: Fund, balances: Sequence[tuple[Account, int]]) -> None:
    """A fund closes when every one of its asset, liability and budget accounts is at zero."""
    _is_open(fund)
    for account, balance_minor in balances:
        if account.type in ("asset", "liability", "budget") and balance_minor:
            raise FundNotEmpty(fund=fund.code, account=account.label, currency=account.currency, balance_minor=balance_minor)


def state(fund: Fund) -> str:
    """``proposed``, ``open``, ``declined`` or ``closed``."""
    if fund.closed_on is not None:
        return "closed" if fund.confirmed else "declined"
    return "open" if fund.confirmed else "proposed"


def checked_floors(floors: Mapping[str, int], currencies: Sequence[str]) -> dict[str, int]:
    """Floors without the zeros; refuses a currency that is not of these books and an amount below zero."""
    for currency, amount_minor in floors.items():
        if currency not in currencies:
            raise CurrencyUnknown(currency=currency[:10])
        if check_size(amount_minor) < 0:
            raise AmountNotPositive(field="floors")
    return {currency: amount_minor for currency, amount_minor in sorted(floors.items()) if amount_minor}


def _is_open(fund: Fund) -> None:
    if fund.closed_on is not None:
        raise FundState(fund=fund.code, state=state(fund))


def _chosen(field: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ChoiceInvalid(field=field, value=value[:40])

