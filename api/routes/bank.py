"""Answer in JSON for bank accounts: statements brought in, where reconciling begins, the proof of cash, and finishing it."""

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.bank_proof_schemas import (
    BankProofOut,
    BankReconciliationIn,
    BankReconciliationOut,
    BankReopeningIn,
    BankStartIn,
    BankStartOut,
    proof_out,
    reconciliation_out,
    start_out,
)
from api.routes.bank_schemas import (
    AccountNumber,
    BankAccountOut,
    BankProfile,
    BankReasonIn,
    BankStatementIn,
    BankStatementOut,
    BankStatementPreviewOut,
    BankStatementsBrought,
    BankStatementWhole,
    account_out,
    incoming_out,
    line_out,
    profile_out,
    statement_out,
)
from api.schemas import After, Limit, Page, body_with, cursor, from_cursor, minor_in
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.bank_files import StatementFile
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.domain.refusals import NotFound
from ledger.services import bank_reconciliation, bank_sheets, bank_standings, bank_starts, bank_statements
from ledger.services.accounts import ID_MAXIMUM
from ledger.services.bank_reconciliation import RECONCILE
from ledger.services.bank_sheets import Sheet
from ledger.services.bank_standings import IMPORT, READ
from ledger.services.bank_statements import Asked
from ledger.services.pool import Pool

Number = FromPath[str]
OfAccount = Annotated[int | None, QueryParameter(name="account", ge=1, le=ID_MAXIMUM, description="Only of this bank account")]
OnDay = Annotated[date | None, QueryParameter(name="date", description="The day it is made at; the end of the first month that waits where left out")]
_Read = {"permission": READ}


class _File(msgspec.Struct, frozen=True):
    """A file as it was read: what it holds, how its sheet is read, and what is said beside it."""

    statements: list[StatementFile]
    sheet: Sheet | None
    asked: Asked


async def _read(pool: Pool, actor: Actor, account_id: int, data: BankStatementIn) -> _File:
    account = (await bank_standings.show_standing(pool, actor, account_id)).account
    sheet = await bank_sheets.look(pool, actor, account_id, data.content, whole=data.profile.profile if data.profile else None)
    profile = sheet.profile if sheet else None
    found = await asyncio.to_thread(bank_sheets.read, data.content, data.filename, sheet, data.starts_on, data.ends_on)
    opening = minor_in(data.opening, account.currency) if data.opening else None
    return _File(found, sheet, Asked(opening_minor=opening, bank_account=data.bank_account, new_number=data.new_number, profile=profile))


class BankAccountsController(Controller):
    """Bank accounts, one by one."""

    path = "/bank-accounts"
    tags = ("Bank",)

    @get("/", opt=_Read, operation_id="listBankAccounts")
    async def list_accounts(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[BankAccountOut]:
        """Every bank account with how it stands and what comes next, the joint book's first."""
        return [account_out(each) for each in await bank_standings.standings(pool, actor)]

    @get("/{account_id:int}", opt=_Read | {"answers": (422,)}, operation_id="getBankAccount")
    async def get_account(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber) -> BankAccountOut:
        """How one account stands."""
        return account_out(await bank_standings.show_standing(pool, actor, account_id))

    @get("/{account_id:int}/profile", opt=_Read | {"answers": (422,)}, operation_id="getBankProfile")
    async def get_profile(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber) -> BankProfile:
        """How the account's sheets are read, as it was kept with the last one."""
        found = await bank_sheets.kept_profile(pool, actor, account_id)
        if found is None:
            raise NotFound(kind="sheet_profile", id=str(account_id))
        return profile_out(found)

    @post("/{account_id:int}/profile", opt={"permission": IMPORT}, operation_id="keepBankProfile", status_code=200)
    async def keep_profile(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankProfile]) -> BankProfile:
        """Read the account's next sheets in this way. Bringing a sheet in keeps how it was read by itself."""
        return profile_out(await bank_sheets.keep_profile(*by, account_id, data.profile))

    @post(
        "/{account_id:int}/statements/preview", opt={"permission": IMPORT}, operation_id="previewBankStatement", status_code=200,
        request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
    )  # fmt: skip
    async def preview(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, data: JSONBody[BankStatementIn]
    ) -> BankStatementPreviewOut:
        """What bringing a file in would do, statement by statement, and what stands in the way. Nothing is kept."""
        read = await _read(pool, actor, account_id, data)
        found = await bank_statements.preview_import(pool, actor, account_id, data.filename, data.content, read.statements, read.asked)
        return BankStatementPreviewOut(
            sha256=found.sha256, statements=[incoming_out(each, found.account.currency) for each in found.incoming], bank_accounts=found.numbers,
            problem=found.refusal.code if found.refusal else None, profile=profile_out(read.sheet.profile) if read.sheet else None,
            headings=read.sheet.headings if read.sheet else [], choose=list(read.sheet.choose) if read.sheet else [],
        )  # fmt: skip

    @post(
        "/{account_id:int}/statements", opt={"permission": IMPORT, "location": True}, operation_id="importBankStatement",
        request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
    )  # fmt: skip
    async def bring_in(
        self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankStatementIn]
    ) -> Response[BankStatementsBrought]:
        """Bring a bank's file in, whole or not at all: each line is kept once, however often its file comes."""
        read = await _read(by.pool, by.actor, account_id, data)
        bank_sheets.check_chosen(read.sheet)
        numbers = await bank_statements.import_statement(*by, account_id, data.filename, data.content, read.statements, read.asked)
        views = [await bank_statements.show_statement(by.pool, by.actor, number, limit=1) for number in numbers]
        told = [statement_out(each.statement) for each in views]
        return Response(BankStatementsBrought(told), status_code=201, headers={"Location": told[-1].href})

    @get("/{account_id:int}/start", opt=_Read | {"answers": (422,)}, operation_id="getBankStart")
    async def get_start(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber) -> BankStartOut:
        """Where the account's reconciling begins, or what it would be set from."""
        return start_out(await bank_starts.show_start(pool, actor, account_id))

    @post("/{account_id:int}/start", opt={"permission": IMPORT}, operation_id="setBankStart", status_code=200)
    async def set_start(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankStartIn]) -> BankStartOut:
        """Say which earlier postings the bank had not seen when the first statement opened; they explain the difference to the cent."""
        await bank_starts.set_start(*by, account_id, [(each.entry, each.line) for each in data.outstanding])
        return start_out(await bank_starts.show_start(by.pool, by.actor, account_id))

    @get("/{account_id:int}/proof", opt=_Read | {"answers": (422,)}, operation_id="getBankProof")
    async def get_proof(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, day: OnDay = None
    ) -> BankProofOut:
        """The proof of cash at a day, with all that is in circulation or not in the books."""
        return proof_out(await bank_reconciliation.show_proof(pool, actor, account_id, day))

    @post("/{account_id:int}/reconciliations", opt={"permission": RECONCILE}, operation_id="reconcileBankAccount", status_code=200)
    async def reconcile(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankReconciliationIn]) -> BankReconciliationOut:
        """State that the account is proved at a statement's last day; whoever paid from it in the period does not."""
        found = await bank_reconciliation.reconcile(*by, account_id, data.date, data.remark)
        return reconciliation_out(found, await bank_standings.currency_of(by.pool, by.actor, account_id))

    @post("/{account_id:int}/reconciliations/undoing", opt={"permission": RECONCILE}, operation_id="undoBankReconciliation", status_code=200)
    async def undo(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankReopeningIn]) -> BankReconciliationOut:
        """Take the account's last reconciliation back, with a reason; earlier ones stand."""
        found = await bank_reconciliation.undo_reconciliation(*by, account_id, data.date, data.reason)
        return reconciliation_out(found, await bank_standings.currency_of(by.pool, by.actor, account_id))


class BankStatementsController(Controller):
    """Bank statements that were brought in."""

    path = "/bank-statements"
    tags = ("Bank",)

    @get("/", opt=_Read, operation_id="listBankStatements")
    async def list_statements(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account: OfAccount = None, after: After = None, limit: Limit = 50
    ) -> Page[BankStatementOut]:
        """Statements of one bank account or of all, the last brought in first; withdrawn ones too."""
        place = from_cursor(after, int)
        found, further = await bank_statements.list_statements(pool, actor, account, place[0] if place else None, limit)
        return Page([statement_out(each) for each in found], cursor(further) if further else None)

    @get("/{number:str}", opt=_Read, operation_id="getBankStatement")
    async def get_statement(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, after: After = None, limit: Limit = 200
    ) -> BankStatementWhole:
        """One statement with its lines, the oldest first."""
        place = from_cursor(after, date, int)
        view = await bank_statements.show_statement(pool, actor, number, place, limit)
        currency = view.account.currency
        lines = [line_out(each, currency) for each in view.lines]
        return BankStatementWhole(statement=statement_out(view.statement), lines=lines, next=cursor(*view.next) if view.next else None)

    @post("/{number:str}/withdrawal", opt={"permission": IMPORT}, operation_id="withdrawBankStatement", status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[BankReasonIn]) -> BankStatementOut:
        """Withdraw the account's last statement while nothing of it was dealt with; it and its lines stay, and count nowhere."""
        found = await bank_statements.withdraw_statement(*by, number, data.reason)
        view = await bank_statements.show_statement(by.pool, by.actor, found.number, limit=1)
        return statement_out(view.statement)


ROUTES = [BankAccountsController, BankStatementsController]
