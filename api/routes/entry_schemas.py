"""Say how entries travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from api.schemas import Amount, CurrencyCode, RateText, amount
from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import KINDS, POSTINGS_MAXIMUM, Exchange, Posting
from ledger.domain.journal import Directory, NamedEntry, NamedPosting
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import ChoiceInvalid, RequestInvalid
from ledger.domain.search import understand
from ledger.services import journal as service
from ledger.services.previews import Preview
from ledger.storage.entries import EntryFilter, EntryRow, EntryView

_Text = Annotated[str, msgspec.Meta(max_length=500)]
_Short = Annotated[str, msgspec.Meta(max_length=200)]
_Nation = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z", examples=["US", "CA"])]


class PostingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line: debit positive, credit negative. `account` is book and path; its currency is the amount's."""

    account: Annotated[str, msgspec.Meta(max_length=200, examples=["joint/Assets:Bank:UE-trust-USD"])]
    fund: Annotated[str, msgspec.Meta(max_length=40, examples=["STRIKE"])]
    amount: Amount
    memo: _Short = ""


class ExchangeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How money changed currency: `rate` of `quote` for one `base`, as the bank gave it."""

    base: CurrencyCode
    quote: CurrencyCode
    rate: RateText
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    rate_date: date

    def exchange(self) -> Exchange:
        """As the books keep it."""
        return Exchange(self.base, self.quote, Decimal(self.rate), self.source, self.rate_date)


class EntryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry to be posted: sums to zero per book, fund and currency. `origin` declares the nation ring-fenced money comes from."""

    entry_date: date
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    postings: Annotated[list[PostingIn], msgspec.Meta(min_length=1, max_length=POSTINGS_MAXIMUM)]
    kind: Literal["general", "opening", "correction"] = "general"
    effective_date: date | None = None
    reference: Annotated[str, msgspec.Meta(max_length=100)] = ""
    tags: Annotated[list[str], msgspec.Meta(max_length=10)] = []
    exchange: ExchangeIn | None = None
    origin: _Nation | None = None
    corrects: Annotated[int, msgspec.Meta(ge=1, le=10**12)] | None = None

    def named(self) -> NamedEntry:
        """As the service takes it; refuses amounts that are none."""
        postings = tuple([NamedPosting(p.account, p.amount.currency, p.fund, p.amount.minor, p.memo) for p in self.postings])
        exchange = None if self.exchange is None else self.exchange.exchange()
        return NamedEntry(
            self.entry_date, self.description, postings, self.kind, self.effective_date, self.reference, tuple(self.tags), exchange,
            self.origin, self.corrects,
        )  # fmt: skip


class BulkItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of many, under an idempotency key of its own."""

    key: Annotated[str, msgspec.Meta(max_length=100, description="8 to 100 visible ASCII characters, once per entry")]
    entry: EntryIn


class BulkIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 entries; each is posted or refused on its own."""

    entries: Annotated[list[BulkItem], msgspec.Meta(min_length=1, max_length=service.BULK_MAXIMUM)]


class BulkOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one entry: its `number`, or the `code` of its refusal and the refusal in words."""

    key: str
    outcome: Literal["posted", "refused"]
    number: int | None = None
    code: str | None = None
    title: str | None = None
    params: dict[str, Any] | None = None


class BulkOut(msgspec.Struct, frozen=True):
    """The outcomes, in the order of the request."""

    posted: int
    refused: int
    outcomes: list[BulkOutcome]


_bulk_decoder = msgspec.json.Decoder(BulkIn)


def decode_bulk(body: bytes) -> BulkIn:
    """A bulk body straight into its structs: the framework's way, by dictionaries, costs more than posting the entries."""
    try:
        return _bulk_decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestInvalid(fields={"body": str(error)[:200]}) from None


class ReversalIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the entry is undone, and on which date; without one, on the first open day from today."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    entry_date: date | None = None


class CorrectionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the entry should have been; it is reversed and this is posted, both or neither."""

    entry: EntryIn
    reversal_date: date | None = None
    reason: _Text = ""


class Posted(msgspec.Struct, frozen=True):
    """A recorded entry's number and where to read it."""

    number: int
    href: str


class CorrectionOut(msgspec.Struct, frozen=True):
    """The two entries of a correction."""

    reversal: Posted
    correction: Posted


class PostingOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line as recorded; `balance_after` is the account's balance in the fund right after it, debit positive."""

    line: int
    account: str
    fund: str
    amount: Amount
    balance_after: Amount
    memo: str


class ActorOut(msgspec.Struct, frozen=True):
    """Who recorded it, for which union, by which door."""

    name: str
    union: str | None
    via: str


class EntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as recorded. `hash` covers `previous_hash` and the stored canonical bytes."""

    number: int
    kind: str
    entry_date: date
    effective_date: date | None
    recorded_at: datetime
    description: str
    reference: str
    subject: str
    tags: list[str]
    actor: ActorOut
    exchange: Exchange | None
    origin: str | None
    reverses: int | None
    reversed_by: int | None
    corrects: int | None
    corrected_by: list[int]
    hash: str
    previous_hash: str
    postings: list[PostingOut]


class DebitTotal(msgspec.Struct, frozen=True):
    """The sum of an entry's debits in one book and currency."""

    book: str
    amount: Amount


class EntrySummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of entries."""

    number: int
    kind: str
    entry_date: date
    recorded_at: datetime
    description: str
    reference: str
    subject: str
    tags: list[str]
    actor: str
    union: str | None
    funds: list[str]
    debits: list[DebitTotal]
    reverses: int | None
    reversed_by: int | None
    corrects: int | None


class PreviewOut(msgspec.Struct, frozen=True):
    """What would be posted, line by line, with the balance each account would have."""

    entry_date: date
    kind: str
    postings: list[PostingOut]


def entry_href(number: int) -> str:
    """Where an entry is."""
    return f"/api/v1/entries/{number}"


def _lines(postings: tuple[Posting, ...], after: list[int], accounts: dict[int, Account], funds: dict[int, Fund]) -> list[PostingOut]:
    told = []
    for line, (posting, balance) in enumerate(zip(postings, after, strict=True), 1):
        account = accounts[posting.account_id]
        told.append(
            PostingOut(
                line=line, account=f"{account.book}/{account.path}", fund=funds[posting.fund_id].code, memo=posting.memo,
                amount=amount(posting.amount_minor, account.currency), balance_after=amount(balance, account.currency),
            )
        )  # fmt: skip
    return told


def entry_out(view: EntryView) -> EntryOut:
    """An entry as it travels."""
    entry, draft = view.entry, view.entry.draft
    return EntryOut(
        number=entry.number, kind=draft.kind, entry_date=draft.entry_date, effective_date=draft.effective_date, recorded_at=entry.recorded_at,
        description=draft.description, reference=draft.reference, subject=draft.subject, tags=list(draft.tags),
        actor=ActorOut(entry.actor_name, entry.actor_union, view.via), exchange=draft.exchange, origin=draft.origin, reverses=draft.reverses,
        reversed_by=entry.reversed_by, corrects=draft.corrects, corrected_by=view.corrected_by, hash=entry.hash.hex(),
        previous_hash=entry.previous_hash.hex(), postings=_lines(draft.postings, view.running, view.accounts, view.funds),
    )  # fmt: skip


def preview_out(shown: Preview) -> PreviewOut:
    """What would be posted, as it travels."""
    return PreviewOut(shown.draft.entry_date, shown.draft.kind, _lines(shown.draft.postings, shown.balances_after, shown.accounts, shown.funds))


def summary(row: EntryRow) -> EntrySummary:
    """One line of a list as it travels."""
    return EntrySummary(
        number=row.number, kind=row.kind, entry_date=row.entry_date, recorded_at=row.recorded_at, description=row.description,
        reference=row.reference, subject=row.subject, tags=row.tags, actor=row.actor_name, union=row.actor_union, funds=row.funds,
        debits=[DebitTotal(book, amount(minor, currency)) for book, currency, minor in row.amounts], reverses=row.reverses,
        reversed_by=row.reversed_by, corrects=row.corrects,
    )  # fmt: skip


def filter_of(
    directory: Directory, *, first: date | None, last: date | None, book: str | None, fund: str | None, account: str | None, currency: str | None,
    kind: str | None, union: str | None, amount: str | None, reversed: bool | None, tag: str | None, q: str | None,
) -> EntryFilter:  # fmt: skip
    """The filter that the query's words mean; refuses an account, fund or kind that is not there."""
    if kind and kind not in KINDS:
        raise ChoiceInvalid(field="kind", value=kind[:40])
    return EntryFilter(
        first=first, last=last, book=book or None, fund_id=directory.fund_id(fund) if fund else None, currency=currency or None,
        account_ids=directory.account_ids(account) if account else None, kind=kind or None, union=union or None, reversed=reversed,
        amount_minor=minor_from_text(amount, currency or "USD") if amount else None, tag=tag or None, query=understand(q) if q else None,
    )  # fmt: skip
