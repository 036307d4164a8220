"""Say how both unions' own books and their comparison travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from api.schemas import Amount, CurrencyCode, amount, cursor, minor_in
from ledger.domain.comparison_found import Class
from ledger.domain.extracts import CODE_MAXIMUM, Balance, Meaning, Means
from ledger.domain.sheets import Fault
from ledger.services import comparison, differences
from ledger.services.comparison import Comparison, Line
from ledger.services.differences import DifferenceView
from ledger.services.extract_reading import Asked
from ledger.services.extract_views import ExtractView
from ledger.services.extracts import PROFILE_MAXIMUM
from ledger.storage.differences import About, Difference
from ledger.storage.extracts import KeptExtract

ACCOUNTS_MAXIMUM = 500
AboutWord = About
BasisWord = Literal["extract", "pool"]
ComparisonStandingWord = Literal["open", "agreed", "agreed_with_differences"]
DifferenceStateWord = Literal["open", "resolved"]
_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_MAXIMUM)]
_UnionCode = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
_Remark = Annotated[str, msgspec.Meta(max_length=differences.REMARK_MAXIMUM)]


class ExtractAccountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an account of your union's own books is about; `other_union` only where it stands between two unions, and there is more than one other."""

    code: _Code
    currency: CurrencyCode
    means: Means
    other_union: _UnionCode | None = None


class ExtractBalanceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A balance that no row of the file says, debit positive: before the first row, or at the cut-off."""

    code: _Code
    opening: Amount | None = None
    closing: Amount | None = None


class ExtractIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A general-ledger extract in base64, CSV or XLSX, of your own union's joint accounts up to a cut-off. What is left out is found out: the
    place of each column (from 0) from `profile` or the heading, the language of figures from the figures, the currency from your union.
    `owed_positive` says that the program writes what is owed to others as positive figures; `save_as` keeps this way of reading under a name.
    """

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
    content: bytes
    until: date
    mapping: dict[str, Annotated[int, msgspec.Meta(ge=0, lt=1000)]] | None = None
    profile: Annotated[str, msgspec.Meta(max_length=PROFILE_MAXIMUM)] = ""
    language: Literal["en", "fr"] | None = None
    currency: CurrencyCode | None = None
    owed_positive: bool | None = None
    accounts: Annotated[list[ExtractAccountIn], msgspec.Meta(max_length=ACCOUNTS_MAXIMUM)] = []
    balances: Annotated[list[ExtractBalanceIn], msgspec.Meta(max_length=ACCOUNTS_MAXIMUM)] = []
    save_as: Annotated[str, msgspec.Meta(max_length=PROFILE_MAXIMUM)] = ""

    @property
    def asked(self) -> Asked:
        """The same, as the service takes it."""
        return Asked(
            until=self.until, mapping=self.mapping, profile=self.profile, language=self.language or "", currency=self.currency or "",
            owed_positive=self.owed_positive, meanings=tuple(Meaning(each.code, each.currency, each.means, each.other_union) for each in self.accounts),
            balances=tuple(each for one in self.balances for each in _balances(one)), save_as=self.save_as,
        )  # fmt: skip


def _balances(given: ExtractBalanceIn) -> list[Balance]:
    one = given.opening or given.closing
    if one is None:
        return []
    opening, closing = (None if each is None else minor_in(each, one.currency) for each in (given.opening, given.closing))
    return [Balance(given.code, one.currency, opening, closing)]


class CompareIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cut-off to compare at."""

    ends_on: date


class AgreeToComparisonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words beside the agreement, or none."""

    remark: Annotated[str, msgspec.Meta(max_length=comparison.REMARK_MAXIMUM)] = ""


class DifferenceChangeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What changes of a difference; what is left out stays. `class` holds over later comparisons; `remark` alone is a word to the other union."""

    kind: Class | None = msgspec.field(default=None, name="class")
    owner: _UnionCode | None = None
    due_on: date | None = None
    remark: _Remark = ""


class ResolveDifferenceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is seen to."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=differences.REMARK_MAXIMUM)]


class ExtractOut(msgspec.Struct, frozen=True, kw_only=True):
    """An extract as kept; `sha256` is that of the file, `document` its id."""

    number: str
    href: str
    union: str
    starts_on: date
    ends_on: date
    rows: int
    document: UUID
    filename: str
    sha256: str
    state: Literal["kept", "replaced"]
    replaced_by: str | None
    imported_by: str
    imported_at: datetime


class ExtractAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account of an extract: what it is about and its balances, debit positive."""

    code: str
    means: Means | None
    other_union: str | None
    opening: Amount | None
    closing: Amount | None
    currency: str


class ExtractRowOut(msgspec.Struct, frozen=True, kw_only=True):
    """A row, debit positive."""

    ordinal: int
    day: date
    code: str
    amount: Amount
    document: str
    text: str


class ExtractWhole(msgspec.Struct, frozen=True, kw_only=True):
    """An extract with its accounts and a page of its rows; `next` is sent as `after` for the rows that follow."""

    extract: ExtractOut
    accounts: list[ExtractAccountOut]
    rows: list[ExtractRowOut]
    next: str | None


class ExtractPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a file in would do. `problem` is the code of what stands in the way, null where nothing does; `known` the extract that holds
    the same already, `replaces` the one whose place it would take.
    """

    rows: int
    rows_after_cutoff: int
    first: date
    mapping: dict[str, int]
    missing_columns: list[str]
    faults: list[Fault]
    fault_count: int
    accounts: list[ExtractAccountOut]
    problem: str | None
    known: str | None
    replaces: str | None


class ComparisonLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """A difference as a comparison lists it; amounts as each side sees the debt, null where it has nothing of it. `other_currency` is what the other
    side has of it in another currency.
    """

    number: str
    href: str
    kind: Class = msgspec.field(name="class")
    hint: str
    reference: str
    creditor_day: date | None
    debtor_day: date | None
    creditor: Amount | None
    debtor: Amount | None
    pool: Amount | None
    difference: Amount
    other_currency: Amount | None
    later_on: date | None
    owner: str | None
    due_on: date | None
    state: str
    first_seen: date | None


class ComparisonAgreementOut(msgspec.Struct, frozen=True):
    """Whose treasurer agreed, and when."""

    union: str
    person: str
    agreed_at: datetime
    remark: str


class LeftOutAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """An account that a side's extract does not have and its extract before did: what that closed with is carried."""

    side: Literal["creditor", "debtor"]
    code: str
    extract: str
    closing: Amount


class ComparisonOut(msgspec.Struct, frozen=True, kw_only=True):
    """What one union owes another in a currency by both ledgers and the pool's journal; or, with `joint` as the debtor, what a union says it paid into
    the pool (counted from `since`) or has on its way there. The difference is the sum of `by_class` and of what lies within the tolerance, now or
    (`accepted`) agreed to before. `number` is "" while nobody has compared; a basis is the union's extract, or the pool's own book of it.
    """

    number: str
    ends_on: date
    creditor: str
    debtor: str
    about: AboutWord
    since: date
    creditor_basis: BasisWord
    debtor_basis: BasisWord
    creditor_extract: str | None
    debtor_extract: str | None
    creditor_balance: Amount
    debtor_balance: Amount
    pool_balance: Amount
    difference: Amount
    by_class: dict[str, Amount]
    differences: list[ComparisonLineOut]
    unexplained: Amount
    accepted: Amount
    tolerance: Amount
    matched: dict[str, int]
    only_in_pool: int
    left_out: list[LeftOutAccountOut]
    agreed: list[ComparisonAgreementOut]
    standing: ComparisonStandingWord


class CutoffOut(msgspec.Struct, frozen=True, kw_only=True):
    """A cut-off: the number of each union's extract, and what was compared."""

    ends_on: date
    href: str
    extracts: dict[str, str]
    comparisons: list[ComparisonOut]


class DifferenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """A difference as it stands."""

    number: str
    href: str
    creditor: str
    debtor: str
    about: AboutWord
    kind: Class = msgspec.field(name="class")
    class_by_hand: bool
    hint: str
    reference: str
    creditor_day: date | None
    debtor_day: date | None
    creditor_amount: Amount | None
    debtor_amount: Amount | None
    pool_amount: Amount | None
    difference: Amount
    first_seen: date
    last_seen: date
    owner: str | None
    due_on: date | None
    state: DifferenceStateWord
    remark: str
    version: int


class DifferenceEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was said or done: `found`, `said`, `changed`, `resolved`, `matched` or `found_again`."""

    at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    facts: dict[str, str]


class DifferenceWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A difference with its thread."""

    difference: DifferenceOut
    overdue: bool
    thread: list[DifferenceEventOut]


def extract_out(each: KeptExtract) -> ExtractOut:
    """An extract as it travels."""
    facts = {name: getattr(each, name) for name in each.__struct_fields__ if name not in ("imported_by", "imported_by_name", "state")}
    state: Literal["kept", "replaced"] = "kept" if each.state == "kept" else "replaced"
    return ExtractOut(href=f"/api/v1/extracts/{each.number}", imported_by=each.imported_by_name, state=state, **facts)


def some(minor: int | None, currency: str) -> Amount | None:
    """An amount, or null where nobody knows it."""
    return None if minor is None else amount(minor, currency)


def whole_out(view: ExtractView) -> ExtractWhole:
    """An extract with its accounts and rows."""
    accounts = [
        ExtractAccountOut(
            code=each.code, currency=each.currency, means=said.means if said else None, other_union=said.other_union if said else None,
            opening=some(each.opening_minor, each.currency), closing=some(each.closing_minor, each.currency),
        )
        for each in view.balances
        for said in (view.meanings.get((each.code, each.currency)),)
    ]  # fmt: skip
    rows = [
        ExtractRowOut(ordinal=row.row, day=row.day, code=row.code, amount=amount(row.amount_minor, row.currency), document=row.document, text=row.text)
        for row in view.rows
    ]
    return ExtractWhole(extract=extract_out(view.extract), accounts=accounts, rows=rows, next=cursor(view.next) if view.next else None)


def _line_out(each: Line, currency: str) -> ComparisonLineOut:
    return ComparisonLineOut(
        number=each.number, href=f"/api/v1/differences/{each.number}" if each.number else "", kind=each.kind, hint=each.hint,
        reference=each.reference, creditor_day=each.creditor_day, debtor_day=each.debtor_day, creditor=some(each.creditor_minor, currency),
        debtor=some(each.debtor_minor, currency), pool=some(each.pool_minor, currency), difference=amount(each.difference_minor, currency),
        other_currency=None if each.other_minor is None else amount(each.other_minor, each.other_currency), later_on=each.later_on, owner=each.owner,
        due_on=each.due_on, state=each.state, first_seen=each.first_seen,
    )  # fmt: skip


def comparison_out(each: Comparison) -> ComparisonOut:
    """A comparison as it travels."""
    currency = each.currency
    return ComparisonOut(
        number=each.number, ends_on=each.ends_on, creditor=each.creditor, debtor=each.debtor, about=each.about, since=each.since,
        creditor_basis=each.creditor_basis,
        debtor_basis=each.debtor_basis, creditor_extract=each.creditor_extract, debtor_extract=each.debtor_extract,
        creditor_balance=amount(each.creditor_minor, currency), debtor_balance=amount(each.debtor_minor, currency),
        pool_balance=amount(each.pool_minor, currency), difference=amount(each.difference_minor, currency),
        by_class={name: amount(minor, currency) for name, minor in each.by_class.items()},
        differences=[_line_out(line, currency) for line in each.lines], unexplained=amount(each.unexplained_minor, currency),
        accepted=amount(each.accepted_minor, currency), tolerance=amount(each.tolerance_minor, currency), matched=each.passes,
        only_in_pool=sum(line.hint == "pool_only" for line in each.lines),
        left_out=[
            LeftOutAccountOut(side=one.side, code=one.code, extract=one.extract, closing=amount(one.closing_minor, currency)) for one in each.left_out
        ],
        agreed=[ComparisonAgreementOut(one.union, one.person_name, one.agreed_at, one.remark) for one in each.agreed], standing=each.standing,
    )  # fmt: skip


def cutoff_out(each: comparison.Cutoff) -> CutoffOut:
    """A cut-off with its comparisons."""
    return CutoffOut(
        ends_on=each.ends_on, href=f"/api/v1/comparisons/{each.ends_on.isoformat()}", extracts=each.extracts,
        comparisons=[comparison_out(one) for one in each.comparisons],
    )  # fmt: skip


def difference_out(each: Difference) -> DifferenceOut:
    """A difference as it travels."""
    currency = each.currency
    return DifferenceOut(
        number=each.number, href=f"/api/v1/differences/{each.number}", creditor=each.creditor, debtor=each.debtor, about=each.about,
        kind=each.kind, class_by_hand=each.classed_by is not None, hint=each.hint, reference=each.reference, creditor_day=each.creditor_day,
        debtor_day=each.debtor_day, creditor_amount=some(each.creditor_minor, currency), debtor_amount=some(each.debtor_minor, currency),
        pool_amount=some(each.pool_minor, currency), difference=amount(each.difference_minor, currency), first_seen=each.first_seen,
        last_seen=each.last_seen, owner=each.owner, due_on=each.due_on, state="open" if each.state == "open" else "resolved", remark=each.remark,
        version=each.version,
    )  # fmt: skip


def view_out(view: DifferenceView) -> DifferenceWhole:
    """A difference with what was said of it."""
    thread = [
        DifferenceEventOut(at=each.recorded_at, person=each.person_name, union=each.union, what=each.what, remark=each.remark, facts=each.facts)
        for each in view.events
    ]
    return DifferenceWhole(difference=difference_out(view.difference), overdue=view.overdue, thread=thread)
