"""Answer for funds in JSON: figures by currency, a statement for a period, and the steps a fund goes through."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from api.schemas import Amount, FromDay, IdempotencyKey, ToDay, amount
from ledger.domain.actors import Actor
from ledger.domain.exchange import Rate, rate_text
from ledger.domain.funds import ChangeFund, Figures, Movement, ProposeFund
from ledger.services import funds as service
from ledger.services.funds import FundPage, FundView
from ledger.services.pool import Pool
from ledger.storage.funds import Sitting


class RateUsed(msgspec.Struct, frozen=True):
    """The published rate a converted figure was made with: `value` of `quote` for one `base`."""

    base: str
    quote: str
    value: str
    observed_on: date
    source: str
    version: int


class FundBalance(msgspec.Struct, frozen=True):
    """What a fund has in one currency; `pledged` is the part of `held` still to come; `available` is held less pledged, committed and the floor."""

    held: Amount
    pledged: Amount
    committed: Amount
    floor: Amount
    available: Amount


class ConvertedTotal(msgspec.Struct, frozen=True):
    """What a fund holds in one currency, for reading only; `rate` is null when nothing had to be converted."""

    total: Amount
    rate: RateUsed | None


class FundOut(msgspec.Struct, frozen=True, kw_only=True):
    """A fund. `state` is proposed, open, declined or closed; `converted` is null where no rate is known."""

    code: str
    name_en: str
    name_fr: str
    state: str
    purpose: str
    restriction: str
    restriction_text: str
    nation: str | None
    opened_on: date | None
    closed_on: date | None
    balances: list[FundBalance]
    converted: ConvertedTotal | None


class FundMovement(msgspec.Struct, frozen=True):
    """A fund's statement line in one currency: opening + received - paid + between_funds + exchange + brought = closing."""

    opening: Amount
    received: Amount
    paid: Amount
    between_funds: Amount
    exchange: Amount
    brought: Amount
    closing: Amount


class FundAccount(msgspec.Struct, frozen=True):
    """What a fund has in one account, debit positive; `custodian` is the union that keeps it."""

    account: str
    custodian: str | None
    balance: Amount


class FundStatement(msgspec.Struct, frozen=True):
    """One fund over some days, and where its money lies today."""

    fund: FundOut
    first: date
    last: date
    statement: list[FundMovement]
    accounts: list[FundAccount]


class NewFund(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fund to be proposed; a treasurer of another union confirms it."""

    code: Annotated[str, msgspec.Meta(description="2 to 12 capitals, digits, hyphens", examples=["HALL"])]
    name_en: str
    name_fr: str
    purpose: str = "general"
    restriction: str = "none"
    restriction_text: str = ""
    nation: str | None = None
    floors: list[Amount] = []


class FundChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is left out stays. `floors` replaces all floors."""

    name_en: str | None = None
    name_fr: str | None = None
    restriction_text: str | None = None
    floors: list[Amount] | None = None


def rate_used(rate: Rate | None) -> RateUsed | None:
    """A rate as it travels."""
    return None if rate is None else RateUsed(rate.base, rate.quote, rate_text(rate.value), rate.observed_on, rate.source, rate.version)



def fund_out(view: FundView) -> FundOut:
    """A fund with its figures as it travels."""
    fund, total = view.fund, view.converted
    return FundOut(
        code=fund.code, name_en=fund.name_en, name_fr=fund.name_fr, state=view.state, purpose=fund.purpose, restriction=fund.restriction,
        restriction_text=fund.restriction_text, nation=fund.nation, opened_on=fund.opened_on, closed_on=fund.closed_on,
        balances=[_balance(row) for row in view.figures],
        converted=None if total is None else ConvertedTotal(amount(total.amount_minor, total.currency), rate_used(total.rate)),
    )  # fmt: skip


def _balance(row: Figures) -> FundBalance:
    figures = (row.held_minor, row.pledged_minor, row.committed_minor, row.floor_minor, row.available_minor)
    return FundBalance(*(amount(minor, row.currency) for minor in figures))


def _movement(line: Movement) -> FundMovement:
    return FundMovement(*(amount(getattr(line, f"{name}_minor"), line.currency) for name in FundMovement.__struct_fields__))


def _account(sitting: Sitting) -> FundAccount:
    account = sitting.account
    return FundAccount(f"{account.book}/{account.path}", account.custodian, amount(sitting.balance_minor, account.currency))


def _statement(page: FundPage) -> FundStatement:
    return FundStatement(
        fund_out(page.view), page.first, page.last, [_movement(line) for line in page.movements], [_account(each) for each in page.sittings]
    )


def floors_of(amounts: list[Amount]) -> dict[str, int]:
    """Floors as minor units by currency."""
    return {each.currency: each.minor for each in amounts}


class FundsController(Controller):
    """Funds."""

    path = "/funds"
    tags = ["Funds"]

    @get("/", operation_id="listFunds", opt={"permission": "read_funds"})
    async def list_funds(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], with_closed: FromQuery[bool] = False
    ) -> list[FundOut]:
        """Every fund with its figures by currency."""
        return [fund_out(view) for view in await service.list_funds(pool, actor, with_closed)]

    @get("/{code:str}", operation_id="getFund", opt={"permission": "read_funds", "answers": (422,)})
    async def get_fund(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], code: FromPath[str], first: FromDay = None, last: ToDay = None
    ) -> FundStatement:
        """One fund with its statement; without dates, this year to today."""
        return _statement(await service.fund_page(pool, actor, code, first, last))

    @post("/", operation_id="proposeFund", opt={"permission": "manage_funds"})
    async def propose_fund(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewFund]
    ) -> FundStatement:
        """Propose a fund; it takes money once another union's treasurer has confirmed it."""
        fields = msgspec.structs.asdict(data) | {"floors": floors_of(data.floors)}
        fund = await service.propose_fund(pool, actor, key, ProposeFund(**fields))
        return _statement(await service.fund_page(pool, actor, fund.code))

    @post("/{code:str}/confirmation", operation_id="confirmFund", opt={"permission": "manage_funds"}, status_code=200)
    async def confirm_fund(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str]
    ) -> FundStatement:
        """Agree to a fund that another union's treasurer proposed."""
        fund = await service.confirm_fund(pool, actor, key, code)
        return _statement(await service.fund_page(pool, actor, fund.code))

    @patch("/{code:str}", operation_id="changeFund", opt={"permission": "manage_funds"})
    async def change_fund(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str], data: JSONBody[FundChanges]
    ) -> FundStatement:
        """Change names, restriction text or floors."""
        fields = msgspec.structs.asdict(data) | {"floors": None if data.floors is None else floors_of(data.floors)}
        fund = await service.change_fund(pool, actor, key, ChangeFund(fund=code, **fields))
        return _statement(await service.fund_page(pool, actor, fund.code))

    @post("/{code:str}/closing", operation_id="closeFund", opt={"permission": "manage_funds"}, status_code=200)
    async def close_fund(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str]
    ) -> FundStatement:
        """Close a fund that is at zero, or decline one that was only proposed."""
        fund = await service.close_fund(pool, actor, key, code)
        return _statement(await service.fund_page(pool, actor, fund.code))


ROUTES = [FundsController]
