"""Answer for contributions in JSON: record what a joint bank account received, take it back, and list it by union, fund and date."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.entry_schemas import PreviewOut, preview_out
from api.schemas import After, Amount, FromDay, IdempotencyKey, Limit, ToDay, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.contributions import Contribution, RecordContribution
from ledger.domain.interfund import MoveBetweenFunds
from ledger.services import contributions as service
from ledger.services import interfund
from ledger.services.pool import Pool
from ledger.storage.contributions import ContributionFilter

Code = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9-]{1,40}\Z")]
AccountName = Annotated[str, msgspec.Meta(pattern=r"\A[!-~]{1,200}\Z", examples=["joint/Assets:Bank:Unifor-trust-CAD"])]
PledgeNumber = Annotated[str, msgspec.Meta(pattern=r"\AP-[0-9]{4,12}\Z", examples=["P-0003"])]
Instrument = Literal["wire", "eft", "cheque", "cash", "money_order", "prepaid", "crypto"]
Word = Annotated[str | None, QueryParameter(max_length=40, pattern=r"^[A-Za-z0-9-]*$")]


class ContributionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money a joint bank account received. `mirror` also records the payer's own side, in its own book, when the payer is your union.

    `entry_date` is for money whose bank date lies in a closed period; the bank date is then kept as the effective date.
    """

    union: Code
    fund: Code
    account: AccountName
    amount: Amount
    received_on: date
    instrument: Instrument = "wire"
    local: Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{0,12}\Z", description="Number of the payer's local")] = ""
    reference: Annotated[str, msgspec.Meta(max_length=100, description="The bank's reference")] = ""
    restriction_text: Annotated[str, msgspec.Meta(max_length=300)] = ""
    remark: Annotated[str, msgspec.Meta(max_length=300)] = ""
    pledge: PledgeNumber | None = None
    mirror: bool = False
    entry_date: date | None = None

    def request(self) -> RecordContribution:
        """As the service takes it; refuses an amount that is none."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "amount"}
        return RecordContribution(**fields, currency=self.amount.currency, amount_minor=self.amount.minor)


class ContributionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded contribution; `state` is received or reversed, and `reversed_by` the entry that took it back."""

    number: str
    union: str
    local: str | None
    fund: str
    account: str
    custodian: str | None
    amount: Amount
    received_on: date
    instrument: str
    reference: str
    remark: str
    restriction_text: str
    pledge: str | None
    entry: int
    state: str
    reversed_by: int | None
    recorded_by: str
    href: str


class ContributionPage(msgspec.Struct, frozen=True):
    """One page of contributions; `totals` are of everything that fits and stands, one amount a currency."""

    items: list[ContributionOut]
    next: str | None
    totals: list[Amount]


class TakeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a contribution is taken back, and on which date; without one, on the first open day from today."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    entry_date: date | None = None


class BetweenFundsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money in one joint bank account that passes from one fund to another."""

    account: AccountName
    amount: Amount
    from_fund: Code
    to_fund: Code
    entry_date: date
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    reference: Annotated[str, msgspec.Meta(max_length=100)] = ""

    def request(self) -> MoveBetweenFunds:
        """As the service takes it; refuses an amount that is none."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name != "amount"}
        return MoveBetweenFunds(**fields, currency=self.amount.currency, amount_minor=self.amount.minor)


class BetweenFundsOut(msgspec.Struct, frozen=True):
    """The journal entry that moved it."""

    entry: int
    href: str


def contribution_out(kept: Contribution) -> ContributionOut:
    """A contribution as it travels."""
    fields = {name: getattr(kept, name) for name in ContributionOut.__struct_fields__ if name not in ("amount", "entry", "href")}
    return ContributionOut(
        **fields, amount=amount(kept.amount_minor, kept.currency), entry=kept.entry_number, href=f"/api/v1/contributions/{kept.number}"
    )


class ContributionsController(Controller):
    """Contributions."""

    path = "/contributions"
    tags = ["Contributions"]

    @get("/", operation_id="listContributions", opt={"permission": "read_books"})
    async def list_contributions(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, fund: Word = None, first: FromDay = None,
        last: ToDay = None, pledge: Word = None, in_state: Annotated[Literal["received", "reversed"] | None, QueryParameter(name="state")] = None,
        after: After = None, limit: Limit = 50,
    ) -> ContributionPage:  # fmt: skip
        """Contributions, the newest bank date first."""
        narrowed = ContributionFilter(union=union or None, fund=fund or None, first=first, last=last, pledge=pledge or None, state=in_state)
        place = from_cursor(after, date, int)
        listed = await service.list_contributions(pool, actor, narrowed, (place[0], place[1]) if place else None, limit)
        totals = [amount(total.amount_minor, total.currency) for total in listed.totals]
        return ContributionPage([contribution_out(row) for row in listed.items], listed.next and cursor(*listed.next), totals)

    @get("/{number:str}", operation_id="getContribution", opt={"permission": "read_books"})
    async def get_contribution(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> ContributionOut:
        """One contribution."""
        return contribution_out(await service.show_contribution(pool, actor, number))

    @post("/", operation_id="recordContribution", opt={"permission": "record_contribution", "answers": (404,), "location": True})
    async def record_contribution(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[ContributionIn]
    ) -> Response[ContributionOut]:
        """Record money a joint bank account received; only the people of the union that keeps the account can."""
        made = contribution_out(await service.record_contribution(pool, actor, key, data.request()))
        return Response(made, status_code=201, headers={"Location": made.href})

    @post("/preview", operation_id="previewContribution", opt={"permission": "record_contribution", "answers": (404,)}, status_code=200)
    async def preview_contribution(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[ContributionIn]
    ) -> PreviewOut:
        """What recording this would post, or the refusal it would get; nothing is recorded."""
        return preview_out(await service.preview_contribution(pool, actor, data.request()))

    @post("/{number:str}/reversal", operation_id="reverseContribution", opt={"permission": "reverse_entry"}, status_code=200)
    async def reverse_contribution(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[TakeBack]
    ) -> ContributionOut:
        """Take a contribution back; its pledge is open again."""
        return contribution_out(await service.reverse_contribution(pool, actor, key, number, data.entry_date, data.reason))

    @post("/{number:str}/reversal/preview", operation_id="previewContributionReversal", opt={"permission": "reverse_entry"}, status_code=200)
    async def preview_reversal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], data: JSONBody[TakeBack]
    ) -> PreviewOut:
        """What taking it back would post, or the refusal it would get; nothing is recorded."""
        return preview_out(await service.preview_reversal(pool, actor, number, data.entry_date, data.reason))


@post("/interfund-transfers", operation_id="moveBetweenFunds", opt={"permission": "post_entry", "location": True}, tags=["Funds"])
async def move_between_funds(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[BetweenFundsIn]
) -> Response[BetweenFundsOut]:
    """Move money from one fund to another inside a joint bank account; a mixed fund can never feed a ring-fenced one."""
    moved = await interfund.move_between_funds(pool, actor, key, data.request())
    href = f"/api/v1/entries/{moved.entry}"
    return Response(BetweenFundsOut(moved.entry, href), status_code=201, headers={"Location": href})


@post("/interfund-transfers/preview", operation_id="previewMove", opt={"permission": "post_entry"}, tags=["Funds"], status_code=200)
async def preview_move(pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[BetweenFundsIn]) -> PreviewOut:
    """What moving it would post, or the refusal it would get; nothing is recorded."""
    return preview_out(await interfund.preview_move(pool, actor, data.request()))


ROUTES = [ContributionsController, move_between_funds, preview_move]
