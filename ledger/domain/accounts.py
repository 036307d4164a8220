"""Describe books, funds and accounts, and read the chart that ships with the product.

An account is ``(book, path, currency)``. Its type is the first word of its path; its normal side follows from the type.
"""

from datetime import date
from functools import lru_cache
from typing import Literal

import msgspec

AccountType = Literal["asset", "liability", "equity", "income", "expense", "budget"]
# What an account is used for by the rules; "" for an account that only people choose.
AccountRole = Literal[
    "", "bank", "in_transit", "fx_trading", "fx_result", "bank_fees", "pledges", "contributions", "net_assets",
    "interfund", "encumbrances", "encumbrance_reserve", "own_bank", "own_contributions", "strike_benefits", "strike_locals", "strike_medical",
    "hardship_grants", "hardship_loans", "strike_recoverable", "strike_payable", "strike_unclaimed", "strike_advances",
    "in_kind", "in_kind_given", "due_from", "due_to", "loan_receivable", "loan_payable", "staff_recovery", "shared_staff", "resource_recovery",
    "shared_resources", "equalisation_income", "equalisation_expense", "grants_received", "grants_given", "interest_income", "interest_expense",
]  # fmt: skip
# Assets that a fund counts and cannot pay out: promised and still to come, advanced, lent to a member, or to be recovered from one.
UNSPENDABLE: tuple[AccountRole, ...] = ("pledges", "strike_advances", "strike_recoverable", "hardship_loans")
Restriction = Literal["none", "donor", "board"]
Purpose = Literal["general", "strike", "organizing", "education", "communication", "bargaining", "political_action"]

_TYPE_OF_FIRST_WORD: dict[str, AccountType] = {
    "Assets": "asset", "Liabilities": "liability", "Equity": "equity",
    "Income": "income", "Expense": "expense", "Budget": "budget",
}  # fmt: skip
FIRST_WORDS = tuple(_TYPE_OF_FIRST_WORD)


class Account(msgspec.Struct, frozen=True):
    """One account. ``custodian`` is the union whose treasurer alone may post to it; ``origin`` the nation its income comes from."""

    id: int
    book: str
    path: str
    currency: str
    name_en: str
    name_fr: str
    role: AccountRole = ""
    custodian: str | None = None
    counterparty: str | None = None
    origin: str | None = None
    guarded: bool = False
    opened_on: date | None = None
    closed_on: date | None = None

    @property
    def type(self) -> AccountType:
        """The type its path begins with."""
        return type_of(self.path)

    @property
    def label(self) -> str:
        """How a person names it in an export or a command: ``joint/Assets:Bank:UE-trust-USD USD``."""
        return f"{self.book}/{self.path} {self.currency}"


class Fund(msgspec.Struct, frozen=True):
    """One fund. ``nation`` is set when it is ring-fenced: it may then hold only money of that nation's origin (W17).

    ``floors`` are minor units by currency that stay in the fund; ``confirmed`` is False until the other union agreed to it.
    """

    id: int
    code: str
    name_en: str
    name_fr: str
    purpose: Purpose = "general"
    restriction: Restriction = "none"
    restriction_text: str = ""
    nation: str | None = None
    floors: dict[str, int] = {}
    opened_on: date | None = None
    closed_on: date | None = None
    confirmed: bool = True


class Union(msgspec.Struct, frozen=True):
    """A party to the pool. Parties are rows: a third union is data."""

    code: str
    name: str
    nation: str
    currency: str
    ordinal: int
    mark: str = "square"
    board: str = ""


@lru_cache(4_096)
def type_of(path: str) -> AccountType:
    """The type of an account path; the path must be valid (see :func:`is_path`)."""
    return _TYPE_OF_FIRST_WORD[path.partition(":")[0]]


def is_path(path: str) -> bool:
    """Whether a text can be an account path: 2 to 6 words of letters, digits and hyphens, the first a type, at most 120 characters."""
    words = path.split(":")
    plain = all(word and all(c.isascii() and (c.isalnum() or c == "-") for c in word) for word in words)
    return 2 <= len(words) <= 6 and len(path) <= 120 and words[0] in FIRST_WORDS and plain and all(w[0].isalnum() for w in words)
