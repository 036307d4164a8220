"""Say how values travel in JSON: money as decimal strings with a currency, keys in a header, pages by cursor."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import HeaderParameter, QueryParameter

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.refusals import NotFound, RequestInvalid, WrongCurrency

T = TypeVar("T")

IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        description="8 to 100 visible ASCII characters of your own making; the same key always gets the same answer.",
        min_length=8,
        max_length=100,
        pattern=r"^[!-~]+$",
    ),
]
# The words of every list: which page, how long, from and to which day.
After = Annotated[str | None, QueryParameter(name="after", max_length=300, description="`next` of the page before; the first page where left out")]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many items at most")]
FromDay = Annotated[date | None, QueryParameter(name="from", description="First day, inclusive")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="Last day, inclusive")]
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z", description="ISO 4217 code", examples=["USD", "CAD"])]
DecimalText = Annotated[
    str,
    msgspec.Meta(pattern=r"\A-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,6})?\Z", description="Decimal string, never a float", examples=["25000.00"]),
]
RateText = Annotated[
    str, msgspec.Meta(pattern=r"\A[0-9]{1,7}(\.[0-9]{1,6})?\Z", description="Quote per one base, at most 6 decimals", examples=["1.3725"])
]


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money: ``{"amount": "25000.00", "currency": "USD"}``."""

    amount: DecimalText
    currency: CurrencyCode

    @property
    def minor(self) -> int:
        """Minor units; refuses more decimals than the currency has."""
        return minor_from_text(self.amount, self.currency)


def amount(amount_minor: int, currency: str) -> Amount:
    """Minor units as they travel."""
    return Amount(text_from_minor(amount_minor, currency), currency)


def minor_in(given: Amount, currency: str) -> int:
    """Minor units of an amount; refuses one in another currency than the one that is kept here."""
    check_currency(given, currency)
    return given.minor


def check_currency(given: Amount, currency: str) -> None:
    """Refuse an amount in another currency than the one that is kept here."""
    if given.currency != currency:
        raise WrongCurrency(reason="amount", given=given.currency, currency=currency)


def body_with(file_bytes: int) -> int:
    """The largest body of a request that carries a file of so many bytes: it is in base64, and something stands around it."""
    return file_bytes * 4 // 3 + 100_000


def same(kind: type[Any], thing: Any, **more: Any) -> Any:
    """A body of a kind: what it shares with a thing by name, and what is said beside."""
    return kind(**{name: getattr(thing, name) for name in kind.__struct_fields__ if name not in more}, **more)


def posted_lines(draft: Draft, accounts: Mapping[int, Account], funds: Mapping[int, Fund]) -> list[tuple[str, str, Amount]]:
    """(account, fund, amount) of every line that would be posted; debit positive."""
    found = []
    for posting in draft.postings:
        account = accounts[posting.account_id]
        found.append((f"{account.book}/{account.path}", funds[posting.fund_id].code, amount(posting.amount_minor, account.currency)))
    return found


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list; ``next`` is the cursor of the page after it, null at the end."""

    items: list[T]
    next: str | None = None


def cursor(*parts: Any) -> str:
    """A keyset position as an opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def from_cursor(text: str | None, *types: type) -> tuple[Any, ...] | None:
    """The keyset position of a cursor; refuses a text that is none of ours."""
    if not text:
        return None
    try:
        raw = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return tuple(_place(msgspec.convert(part, kind, strict=False)) for part, kind in zip(raw, types, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError, msgspec.ValidationError, msgspec.DecodeError):
        raise RequestInvalid(fields={"after": "unknown"}) from None


def place_after(after: str | None, written: Callable[[str], str]) -> str | None:
    """The number that a cursor says to go on after; refuses a cursor that holds no number."""
    place = from_cursor(after, str)
    try:
        return written(place[0]) if place else None
    except NotFound:
        raise RequestInvalid(fields={"after": "unknown"}) from None


def _place(part: Any) -> Any:
    """One part of a position, if a database can look for it: 64 bits, and a moment that exists in UTC."""
    if isinstance(part, int) and not -(2**63) <= part < 2**63:
        raise ValueError("larger than any number of the books")
    if isinstance(part, datetime):
        if part.tzinfo is None:
            raise ValueError("a moment without its zone")
        return part.astimezone(UTC)
    return part


def account_label(label: str) -> tuple[str, str]:
    """Book and path of an account's JSON name, ``joint/Assets:Bank:UE-trust-USD``."""
    book, _, path = label.partition("/")
    return book, path
