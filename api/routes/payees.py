"""Answer for payees in JSON: add and find them, propose bank details after a call back, and decide about them as the other union."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.schemas import After, CurrencyCode, IdempotencyKey, Limit, Page, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.payees import AddPayee, ChangePayee, PayeeAccount, ProposeAccount, bank_country
from ledger.services import payees as service
from ledger.services.payees import Decided, PayeeView
from ledger.services.pool import Pool

CountryCode = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2}\Z", description="ISO 3166-1 alpha-2 code", examples=["CA", "US"])]
_Number = Annotated[str, msgspec.Meta(max_length=60)]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class PayeeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payee to be added; its name is one, however it is written."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    country: CountryCode
    remark: Annotated[str, msgspec.Meta(max_length=300)] = ""


class PayeeChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is left out stays. Once there are bank details, only the treasury may."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    country: CountryCode | None = None
    remark: Annotated[str, msgspec.Meta(max_length=300)] | None = None


class KnownOut(msgspec.Struct, frozen=True, kw_only=True):
    """Confirmed bank details in a currency; day and last four characters are null for those who may only know that there are some."""

    currency: str
    confirmed_on: date | None
    ending: str | None


class PayeeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payee; `details` are its confirmed bank details by currency, without their numbers."""

    number: str
    name: str
    country: str
    remark: str
    recorded_by: str
    details: list[KnownOut]
    href: str


class PayeeAccountIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bank details as the bank's country writes them: institution, transit and account (CA); routing and account (US); iban, or account and
    bic, anywhere else. `country` is the bank's, where it is not the payee's. `call_back` says who was called, on which number known before, and
    when.
    """

    currency: CurrencyCode
    holder: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    bank: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    call_back: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    institution: _Number = ""
    transit: _Number = ""
    routing: _Number = ""
    account: _Number = ""
    iban: _Number = ""
    bic: _Number = ""
    country: CountryCode | None = None

    def request(self, payee: str) -> ProposeAccount:
        """As the service takes it: the fields that were filled in."""
        names = ("institution", "transit", "routing", "account", "iban", "bic")
        details = {name: value for name in names if (value := getattr(self, name))}
        return ProposeAccount(
            payee=payee, currency=self.currency, holder=self.holder, bank=self.bank, details=details, call_back=self.call_back,
            country=self.country or "",
        )  # fmt: skip


class PayeeAccountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Bank details with their numbers, for the treasury alone; `state` is proposed, confirmed, rejected or retired."""

    id: UUID
    payee: str
    currency: str
    state: str
    holder: str
    bank: str
    details: dict[str, str]
    bank_country: str
    ending: str
    call_back: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str


class PayeeAccountState(msgspec.Struct, frozen=True, kw_only=True):
    """How bank details stand after an operation; of the account only its last four characters."""

    id: UUID
    payee: str
    currency: str
    ending: str
    state: str


class PayeeAccountDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Confirm or reject; rejecting needs a reason."""

    decision: Literal["confirmed", "rejected"]
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class PayeeAccountRetirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why nothing is to be paid to these details any more, or why the proposal is withdrawn."""

    reason: _Reason


def payee_out(view: PayeeView) -> PayeeOut:
    """A payee as it travels."""
    payee = view.payee
    return PayeeOut(
        number=payee.number, name=payee.name, country=payee.country, remark=payee.remark, recorded_by=payee.recorded_by,
        details=[KnownOut(currency=known.currency, confirmed_on=known.confirmed_on, ending=known.hint) for known in view.known],
        href=f"/api/v1/payees/{payee.number}",
    )  # fmt: skip


def account_out(account: PayeeAccount) -> PayeeAccountOut:
    """Bank details as they travel to the treasury."""
    names = ("id", "payee", "currency", "state", "holder", "bank", "details", "call_back", "proposed_at", "decided_at", "remark")
    fields = {name: getattr(account, name) for name in names}
    place = bank_country(account.details)
    return PayeeAccountOut(**fields, bank_country=place, ending=account.hint, proposed_by=account.proposer[0], decided_by=account.decider[0])


def state_out(decided: Decided) -> PayeeAccountState:
    """What an operation answers."""
    return PayeeAccountState(id=decided.id, payee=decided.payee, currency=decided.currency, ending=decided.hint, state=decided.state)


class PayeesController(Controller):
    """Payees."""

    path = "/payees"
    tags = ["Payees"]

    @get("/", operation_id="listPayees", opt={"permission": "read_payees"})
    async def list_payees(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        q: Annotated[str, QueryParameter(max_length=120, description="Words of the name, or the number")] = "",
        country: Annotated[str | None, QueryParameter(max_length=2, description="ISO 3166-1 alpha-2 code")] = None, after: After = None,
        limit: Limit = 50,
    ) -> Page[PayeeOut]:  # fmt: skip
        """Payees by name."""
        place = from_cursor(after, str)
        listed = await service.list_payees(pool, actor, q, country or None, place[0] if place else "", limit)
        return Page([payee_out(view) for view in listed.items], listed.next and cursor(listed.next))

    @get("/{number:str}", operation_id="getPayee", opt={"permission": "read_payees"})
    async def get_payee(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> PayeeOut:
        """One payee, with as much of its bank details as you may know."""
        return payee_out(await service.show_payee(pool, actor, number))

    @post("/", operation_id="addPayee", opt={"permission": "add_payee", "location": True})
    async def add_payee(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[PayeeIn]
    ) -> Response[PayeeOut]:
        """Add a payee."""
        made = await service.add_payee(pool, actor, key, AddPayee(**msgspec.structs.asdict(data)))
        told = payee_out(PayeeView(payee=made, known=[]))
        return Response(told, status_code=201, headers={"Location": told.href})

    @patch("/{number:str}", operation_id="changePayee", opt={"permission": "add_payee"})
    async def change_payee(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[PayeeChanges],
    ) -> PayeeOut:  # fmt: skip
        """Change a payee's name, country or remark."""
        made = await service.change_payee(pool, actor, key, ChangePayee(payee=number, **msgspec.structs.asdict(data)))
        return payee_out(await service.show_payee(pool, actor, made.number))

    @get("/{number:str}/accounts", operation_id="listPayeeAccounts", opt={"permission": "read_payee_accounts"})
    async def list_accounts(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]
    ) -> list[PayeeAccountOut]:
        """Every bank details a payee has or had, with their numbers, newest first."""
        return [account_out(account) for account in await service.payee_accounts(pool, actor, number)]

    @post("/{number:str}/accounts", operation_id="proposePayeeAccount", opt={"permission": "propose_payee_account"})
    async def propose_account(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[PayeeAccountIn],
    ) -> PayeeAccountState:  # fmt: skip
        """Propose bank details; nothing is paid to them before a treasurer of the other union has confirmed them."""
        return state_out(await service.propose_account(pool, actor, key, data.request(number)))

    @post(
        "/{number:str}/accounts/{account_id:uuid}/decision", operation_id="decidePayeeAccount", opt={"permission": "confirm_payee_account"},
        status_code=200,
    )  # fmt: skip
    async def decide_account(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        account_id: FromPath[UUID], data: JSONBody[PayeeAccountDecision],
    ) -> PayeeAccountState:  # fmt: skip
        """Confirm or reject what the other union proposed. Confirming retires what was confirmed in that currency before."""
        if data.decision == "confirmed":
            return state_out(await service.confirm_account(pool, actor, key, number, account_id))
        return state_out(await service.reject_account(pool, actor, key, number, account_id, data.reason))

    @post(
        "/{number:str}/accounts/{account_id:uuid}/retirement", operation_id="retirePayeeAccount", opt={"permission": "propose_payee_account"},
        status_code=200,
    )  # fmt: skip
    async def retire_account(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        account_id: FromPath[UUID], data: JSONBody[PayeeAccountRetirement],
    ) -> PayeeAccountState:  # fmt: skip
        """Stop payments to confirmed details, or withdraw your own union's proposal."""
        return state_out(await service.retire_account(pool, actor, key, number, account_id, data.reason))


ROUTES = [PayeesController]
