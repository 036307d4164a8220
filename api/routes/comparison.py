"""Answer in JSON for the unions' own ledgers: extracts, what was compared, agreements to it, and the differences that stay."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.schemas import After, Amount, CurrencyCode, Limit, Page, amount, body_with, cursor, from_cursor, minor_in, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.comparison_found import Class
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.domain.extracts import CODE_MAXIMUM, Balance, Meaning, Means
from ledger.domain.sheets import Fault
from ledger.services import comparison, differences, extracts
from ledger.services.comparison import AGREE, HANDLE, READ, Comparison, Line
from ledger.services.differences import Change, DifferenceView
from ledger.services.extracts import IMPORT, PROFILE_MAXIMUM, Asked, ExtractFile, ExtractView
from ledger.services.pool import Pool
from ledger.storage.differences import About, Difference
from ledger.storage.extracts import KeptExtract

Number = FromPath[str]
_Read = {"permission": READ}
ACCOUNTS_MAXIMUM = 500
AboutWord = About
BasisWord = Literal["extract", "pool"]
ComparisonStandingWord = Literal["open", "agreed", "agreed_with_differences"]
DifferenceStateWord = Literal["open", "resolved"]
_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=CODE_MAXIMUM)]
_UnionCode = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
_Remark = Annotated[str, msgspec.Meta(max_length=differences.REMARK_MAXIMUM)]


# --- what comes in ------------------------------------------------------------------------------------------------------------


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


# --- what goes out ------------------------------------------------------------------------------------------------------------


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


def _some(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else amount(minor, currency)


def _whole_out(view: ExtractView) -> ExtractWhole:
    accounts = [
        ExtractAccountOut(
            code=each.code, currency=each.currency, means=said.means if said else None, other_union=said.other_union if said else None,
            opening=_some(each.opening_minor, each.currency), closing=_some(each.closing_minor, each.currency),
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
        reference=each.reference, creditor_day=each.creditor_day, debtor_day=each.debtor_day, creditor=_some(each.creditor_minor, currency),
        debtor=_some(each.debtor_minor, currency), pool=_some(each.pool_minor, currency), difference=amount(each.difference_minor, currency),
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


def _cutoff_out(each: comparison.Cutoff) -> CutoffOut:
    return CutoffOut(
        ends_on=each.ends_on, href=f"/api/v1/comparisons/{each.ends_on.isoformat()}", extracts=each.extracts,
        comparisons=[comparison_out(one) for one in each.comparisons],
    )  # fmt: skip


def _difference_out(each: Difference) -> DifferenceOut:
    currency = each.currency
    return DifferenceOut(
        number=each.number, href=f"/api/v1/differences/{each.number}", creditor=each.creditor, debtor=each.debtor, about=each.about,
        kind=each.kind, class_by_hand=each.classed_by is not None, hint=each.hint, reference=each.reference, creditor_day=each.creditor_day,
        debtor_day=each.debtor_day, creditor_amount=_some(each.creditor_minor, currency), debtor_amount=_some(each.debtor_minor, currency),
        pool_amount=_some(each.pool_minor, currency), difference=amount(each.difference_minor, currency), first_seen=each.first_seen,
        last_seen=each.last_seen, owner=each.owner, due_on=each.due_on, state="open" if each.state == "open" else "resolved", remark=each.remark,
        version=each.version,
    )  # fmt: skip


def _view_out(view: DifferenceView) -> DifferenceWhole:
    thread = [
        DifferenceEventOut(at=each.recorded_at, person=each.person_name, union=each.union, what=each.what, remark=each.remark, facts=each.facts)
        for each in view.events
    ]
    return DifferenceWhole(difference=_difference_out(view.difference), overdue=view.overdue, thread=thread)


# --- doors --------------------------------------------------------------------------------------------------------------------


class ExtractsController(Controller):
    """The unions' own general-ledger extracts."""

    path = "/extracts"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listExtracts")
    async def list_extracts(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: FromQuery[str | None] = None, after: After = None, limit: Limit = 50
    ) -> Page[ExtractOut]:
        """Extracts of both unions, the newest first."""
        found = await extracts.list_extracts(pool, actor, union, place_after(after, extracts.written_extract), limit)
        return Page([extract_out(each) for each in found.items], found.next and cursor(found.next))

    @post(
        "/preview", opt={"permission": IMPORT, "answers": (404, 422)}, operation_id="previewExtract", status_code=200,
        request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
    )  # fmt: skip
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[ExtractIn]) -> ExtractPreviewOut:
        """What bringing a file in would do, account by account, and what is wrong with it. Nothing is kept."""
        found = await extracts.preview_file(pool, actor, ExtractFile(data.filename, data.content), data.asked)
        accounts = [
            ExtractAccountOut(
                code=each.code, currency=each.currency, means=each.means, other_union=each.other_union,
                opening=_some(each.opening_minor, each.currency), closing=_some(each.closing_minor, each.currency),
            )
            for each in found.accounts
        ]  # fmt: skip
        return ExtractPreviewOut(
            rows=found.rows, rows_after_cutoff=found.later_rows, first=found.first, mapping=found.layout.mapping, missing_columns=found.missing_columns,
            faults=list(found.faults.shown), fault_count=found.faults.count, accounts=accounts, problem=found.refusal.code if found.refusal else None,
            known=found.known, replaces=found.replaces,
        )  # fmt: skip

    @post("/", opt={"permission": IMPORT, "location": True}, operation_id="importExtract", request_max_body_size=body_with(SIZE_MAXIMUM_BYTES))
    async def bring_in(self, by: NamedDependency[By], data: JSONBody[ExtractIn]) -> Response[ExtractOut]:
        """Bring an extract of your own union in, whole or not at all, and compare. The same again brings nothing new."""
        told = extract_out(await extracts.import_file(*by, ExtractFile(data.filename, data.content), data.asked))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getExtract")
    async def get_extract(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, after: After = None, limit: Limit = 200
    ) -> ExtractWhole:
        """One extract with its accounts and rows."""
        place = from_cursor(after, int)
        return _whole_out(await extracts.show_extract(pool, actor, number, place[0] if place else 0, limit))


class ComparisonsController(Controller):
    """What both ledgers and the pool's journal say of each other, cut-off by cut-off."""

    path = "/comparisons"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listComparisons")
    async def list_comparisons(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None,
        limit: Annotated[int, QueryParameter(ge=1, le=36, description="How many cut-offs at most")] = 12,
    ) -> Page[CutoffOut]:  # fmt: skip
        """Cut-offs with what was compared, the newest first."""
        place = from_cursor(after, date)
        found = await comparison.list_cutoffs(pool, actor, place[0] if place else None, limit + 1)
        return Page([_cutoff_out(each) for each in found[:limit]], cursor(found[limit - 1].ends_on) if len(found) > limit else None)

    @post("/", opt={"permission": HANDLE}, operation_id="compareLedgers", status_code=200)
    async def compare(self, by: NamedDependency[By], data: JSONBody[CompareIn]) -> CutoffOut:
        """Compare at a cut-off, and anew at every later one. What finds what it found before stays, with its agreements."""
        await comparison.compare_now(*by, data.ends_on)
        return _cutoff_out(await comparison.show_cutoff(by.pool, by.actor, data.ends_on))

    @get("/{ends_on:date}", opt=_Read | {"answers": (422,)}, operation_id="getComparisons")
    async def get_cutoff(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], ends_on: FromPath[date]) -> CutoffOut:
        """What stands between the unions at a cut-off; where nobody compared yet, what comparing now would find."""
        return _cutoff_out(await comparison.show_cutoff(pool, actor, ends_on))

    @post("/{number:str}/agreement", opt={"permission": AGREE}, operation_id="agreeToComparison", status_code=200)
    async def agree(self, by: NamedDependency[By], number: Number, data: JSONBody[AgreeToComparisonIn]) -> ComparisonOut:
        """Agree for your union to a comparison with the differences it lists; refused while more is unexplained than the agreement lets be."""
        return comparison_out(await comparison.agree(*by, number, data.remark))


class DifferencesController(Controller):
    """Differences between the ledgers, until they are resolved."""

    path = "/differences"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listDifferences")
    async def list_differences(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        in_state: Annotated[DifferenceStateWord | None, QueryParameter(name="state")] = None, owner: FromQuery[str | None] = None,
        after: After = None, limit: Limit = 50,
    ) -> Page[DifferenceOut]:  # fmt: skip
        """Differences, the newest first."""
        found = await differences.list_differences(pool, actor, in_state, owner, place_after(after, differences.written_difference), limit)
        return Page([_difference_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}", opt=_Read, operation_id="getDifference")
    async def get_difference(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> DifferenceWhole:
        """One difference with all that both unions said of it."""
        return _view_out(await differences.show_difference(pool, actor, number))

    @post("/{number:str}/changes", opt={"permission": HANDLE}, operation_id="changeDifference", status_code=200)
    async def change(self, by: NamedDependency[By], number: Number, data: JSONBody[DifferenceChangeIn]) -> DifferenceWhole:
        """Say why it differs, who sees to it and by when, or only something to the other union."""
        asked = Change(kind=data.kind, owner=data.owner, due_on=data.due_on, remark=data.remark)
        found = await differences.change(*by, number, asked)
        return _view_out(await differences.show_difference(by.pool, by.actor, found.number))

    @post("/{number:str}/resolution", opt={"permission": HANDLE}, operation_id="resolveDifference", status_code=200)
    async def resolve(self, by: NamedDependency[By], number: Number, data: JSONBody[ResolveDifferenceIn]) -> DifferenceWhole:
        """Say that it is seen to, and why. It opens again by itself if a later cut-off still finds it."""
        found = await differences.resolve(*by, number, data.reason)
        return _view_out(await differences.show_difference(by.pool, by.actor, found.number))


ROUTES = [ExtractsController, ComparisonsController, DifferencesController]
