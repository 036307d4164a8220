"""Turn what a person or program asks to be posted, with accounts and funds named in words, into a draft; say what a correction may undo.

Pure: the names are looked up in a :class:`Directory` that the caller loaded. What the books' rules say of the draft is decided elsewhere.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import OWNED_KINDS, Draft, Entry, Exchange, Posting
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import (
    AccountUnfit,
    AccountUnknown,
    AlreadyReversed,
    ChoiceInvalid,
    CurrencyUnknown,
    DateBeforeEntry,
    DateInvalid,
    FundUnknown,
    NotReversible,
    RateInvalid,
    TextInvalid,
    WrongCurrency,
)
from ledger.domain.text import UNKEPT, is_blank

# What people may post in words of their own; the other kinds come from a record's own use case.
OPEN_KINDS = ("general", "opening", "correction")
CORRECTABLE_KINDS = frozenset({"general", "opening", "correction", "interfund"})
# These move only with the record they stand for: a transfer, a pledge, a strike run, an advance, a delivery or a step between
# unions. An opening balance may begin with something on the way.
RECORD_ROLES = frozenset({
    "in_transit", "pledges", "encumbrances", "encumbrance_reserve", "strike_payable", "strike_unclaimed", "strike_recoverable", "strike_advances",
    "hardship_loans", "in_kind", "in_kind_given", "due_from", "due_to", "loan_receivable", "loan_payable",
})  # fmt: skip
REFERENCE_MAXIMUM, MEMO_MAXIMUM, TAG_MAXIMUM, TAGS_MAXIMUM = 100, 200, 40, 10


class NamedPosting(msgspec.Struct, frozen=True):
    """One line in words: ``account`` is ``joint/Assets:Bank:UE-trust-USD``, ``fund`` a code; minor units, debit positive."""

    account: str
    currency: str
    fund: str
    amount_minor: int
    memo: str = ""


class NamedEntry(msgspec.Struct, frozen=True):
    """An entry asked for in words."""

    entry_date: date
    description: str
    postings: tuple[NamedPosting, ...]
    kind: str = "general"
    effective_date: date | None = None
    reference: str = ""
    tags: tuple[str, ...] = ()
    exchange: Exchange | None = None
    origin: str | None = None
    corrects: int | None = None


class Directory:
    """Every account and fund of the books by its own name. Names never change, so a directory only ever lacks what is newer."""

    def __init__(self, accounts: Iterable[Account], funds: Iterable[Fund]) -> None:
        self.accounts = {account.id: account for account in accounts}
        self.funds = {fund.id: fund for fund in funds}
        self._by_name = {(f"{a.book}/{a.path}", a.currency): a.id for a in self.accounts.values()}
        self._by_code = {fund.code: fund.id for fund in self.funds.values()}
        self._currencies: dict[str, str] = {f"{a.book}/{a.path}": a.currency for a in self.accounts.values()}

    def account_id(self, label: str, currency: str) -> int:
        """The account of a name in a currency; refuses an unknown name, and a known one that is in another currency."""
        found = self._by_name.get((label, currency))
        if found is not None:
            return found
        if label in self._currencies:
            raise WrongCurrency(account=label, currency=currency[:10])
        raise AccountUnknown(account=label[:200])

    def account_ids(self, label: str) -> tuple[int, ...]:
        """The accounts of a name with its currency (``… USD``), or of a name in every currency it exists in."""
        name, _, currency = label.strip().partition(" ")
        found = [a.id for a in self.accounts.values() if f"{a.book}/{a.path}" == name and currency in ("", a.currency)]
        if not found:
            raise AccountUnknown(account=label[:200])
        return tuple(found)

    def fund_id(self, code: str) -> int:
        """The fund of a code."""
        found = self._by_code.get(code)
        if found is None:
            raise FundUnknown(fund=code[:40])
        return found


def draft_of(request: NamedEntry, directory: Directory) -> Draft:
    """The draft that a request in words asks for; refuses the first name it does not know."""
    postings = tuple(
        [Posting(directory.account_id(p.account, p.currency), directory.fund_id(p.fund), p.amount_minor, p.memo) for p in request.postings]
    )
    return Draft(
        request.entry_date, request.kind, request.description, postings, request.effective_date, request.reference,
        "", request.tags, request.exchange, request.origin, None, request.corrects,
    )  # fmt: skip


def check_open_draft(draft: Draft, accounts: Mapping[int, Account]) -> None:
    """Refuse what the open door does not take: a kind that belongs to a record, a foreign link, texts that cannot be kept."""
    if draft.kind not in OPEN_KINDS or (draft.kind == "correction") != (draft.corrects is not None):
        raise ChoiceInvalid(field="kind", value=draft.kind[:40])
    if draft.reverses is not None or draft.subject:
        raise ChoiceInvalid(field="reverses" if draft.subject == "" else "subject", value=draft.subject[:40] or str(draft.reverses))
    if draft.entry_date < EARLIEST_DATE:
        raise DateInvalid(field="entry_date", text=draft.entry_date.isoformat())
    check_texts(draft)
    if draft.kind == "general":
        _moves_no_record(draft.postings, accounts)


def check_texts(draft: Draft) -> None:
    """Refuse texts that are too long or hold control characters (a database cannot keep a NUL), and an origin that is no nation."""
    _text("description", draft.description, None)
    if draft.reference:
        _text("reference", draft.reference, REFERENCE_MAXIMUM)
    for posting in draft.postings:
        if posting.memo:
            _text("memo", posting.memo, MEMO_MAXIMUM)
    if len(draft.tags) > TAGS_MAXIMUM:
        raise TextInvalid(field="tags", limit=TAGS_MAXIMUM)
    for tag in draft.tags:
        _text("tags", tag.strip() and tag, TAG_MAXIMUM, needed=True)
    if draft.origin is not None and not re.fullmatch("[A-Z]{2}", draft.origin):
        raise ChoiceInvalid(field="origin", value=draft.origin[:10])
    if draft.exchange is not None:
        _exchange(draft.exchange)


def _text(field: str, value: str, limit: int | None, needed: bool = False) -> None:
    if (limit is not None and len(value) > limit) or (needed and is_blank(value)) or UNKEPT.search(value):
        raise TextInvalid(field=field, limit=limit or 0)


def _exchange(exchange: Exchange) -> None:
    for code in (exchange.base, exchange.quote):
        if not re.fullmatch("[A-Z]{3}", code):
            raise CurrencyUnknown(currency=code[:10])
    if not exchange.rate.is_finite() or exchange.rate <= 0:
        raise RateInvalid(text=str(exchange.rate)[:40])
    _text("exchange.source", exchange.source, REFERENCE_MAXIMUM, needed=True)
    _text("exchange.reference_source", exchange.reference_source or "", REFERENCE_MAXIMUM)


def _moves_no_record(postings: Sequence[Posting], accounts: Mapping[int, Account]) -> None:
    for posting in postings:
        account = accounts.get(posting.account_id)
        if account is not None and account.role in RECORD_ROLES:
            raise AccountUnfit(account=account.label, needs=account.role)


def check_reversal(entry: Entry, entry_date: date, *, correcting: bool = False) -> None:
    """Refuse to reverse what belongs to a record (undo it there), a reversal itself, what is reversed already, or before its own date."""
    kind = entry.draft.kind
    unfit = kind not in CORRECTABLE_KINDS if correcting else kind in OWNED_KINDS or kind == "reversal"
    if unfit:
        raise NotReversible(entry=entry.number, kind=kind, subject=entry.draft.subject)
    if entry.reversed_by is not None:
        raise AlreadyReversed(entry=entry.number, reversal=entry.reversed_by)
    if entry_date < entry.draft.entry_date:
        raise DateBeforeEntry(entry=entry.number, entry_on=entry.draft.entry_date.isoformat(), date=entry_date.isoformat())
