"""Decide which accounts and locals may be added and closed, and by which union; knows nothing of balances' history."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account, AccountRole, is_path, type_of
from ledger.domain.chart import JOINT
from ledger.domain.refusals import AccountClosed, AccountNotEmpty, AccountUnfit, ChoiceInvalid, CurrencyUnknown, OtherUnion, TextInvalid
from ledger.domain.text import UNKEPT, is_blank

NAME_MAXIMUM = 80
# What a person may open: a plain account, or a bank account that the union's own treasurer moves. The rest comes with the chart.
NEW_ROLES = ("", "bank")
# The books' own rules post to the others, so those stay open.
CLOSABLE_ROLES = ("", "bank", "own_bank")
_BANK_PREFIX = "Assets:Bank:"
_LOCAL_NUMBER = re.compile(r"\A[0-9A-Za-z][0-9A-Za-z-]{0,11}\Z", re.ASCII)


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account to be opened; ``role`` is "" or "bank"."""

    book: str
    path: str
    currency: str
    name_en: str
    name_fr: str
    role: str = ""


class Local(msgspec.Struct, frozen=True, kw_only=True):
    """A local of a union, by the number it goes by."""

    id: int
    union: str
    number: str
    name: str
    city: str
    closed_on: date | None = None


class NewLocal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A local to be added to its union."""

    union: str
    number: str
    name: str
    city: str = ""


def new_account(request: NewAccount, number: int, union: str | None, currencies: Sequence[str], today: date) -> Account:
    """The account to open. Its custodian is ``union``, the opener's, for a bank account and in the union's own book; else nobody.

    The caller knows the books; a book of another union is refused, and so is any path that no account can have.
    """
    own_book = request.book != JOINT
    if own_book and request.book != union:
        raise OtherUnion(union=request.book, account=f"{request.book[:20]}/{request.path[:120]}")
    if not is_path(request.path):
        raise AccountUnfit(account=request.path[:120], needs="path")
    if request.currency not in currencies:
        raise CurrencyUnknown(currency=request.currency[:10])
    if request.role not in NEW_ROLES:
        raise ChoiceInvalid(field="role", value=request.role[:40])
    if (request.role == "bank") != request.path.startswith(_BANK_PREFIX) or type_of(request.path) == "budget":
        raise AccountUnfit(account=request.path, needs="bank" if request.role == "bank" else "plain")
    is_bank = request.role == "bank"
    role: AccountRole = "" if not is_bank else "own_bank" if own_book else "bank"
    return Account(
        id=number, book=request.book, path=request.path, currency=request.currency, name_en=text("name_en", request.name_en, NAME_MAXIMUM),
        name_fr=text("name_fr", request.name_fr, NAME_MAXIMUM), role=role, custodian=union if own_book or is_bank else None,
        guarded=is_bank, opened_on=today,
    )  # fmt: skip


def check_account_closing(account: Account, union: str | None, balances: Sequence[tuple[str, int]]) -> None:
    """An account closes at zero in every fund (``balances``: fund code, minor units), by its own union, unless the rules need it."""
    if account.closed_on is not None:
        raise AccountClosed(account=account.label, closed_on=account.closed_on.isoformat())
    owner = account.custodian or (account.book if account.book != JOINT else None)
    if owner is not None and owner != union:
        raise OtherUnion(union=owner, account=account.label)
    if account.role not in CLOSABLE_ROLES:
        raise AccountUnfit(account=account.label, needs="no_rule")
    for fund, balance_minor in balances:
        if balance_minor:
            raise AccountNotEmpty(account=account.label, fund=fund, currency=account.currency, balance_minor=balance_minor)


def new_local(request: NewLocal, number: int) -> Local:
    """The local to add: a number of up to 12 letters, digits and hyphens, and a name."""
    if not _LOCAL_NUMBER.match(request.number):
        raise TextInvalid(field="number", limit=12)
    return Local(
        id=number, union=request.union, number=request.number, name=text("name", request.name, NAME_MAXIMUM),
        city=text("city", request.city, NAME_MAXIMUM, needed=False),
    )  # fmt: skip


def text(field: str, value: str, limit: int, needed: bool = True) -> str:
    """The text with single spaces; refused when it is missing, longer than ``limit``, or holds what cannot be kept."""
    plain = " ".join(value.split())
    if len(plain) > limit or UNKEPT.search(plain) or (needed and is_blank(plain)):
        raise TextInvalid(field=field, limit=limit)
    return plain
