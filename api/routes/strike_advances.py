"""Answer JSON about advances to locals on strike: proposed, approved, paid, accounted for by expense reports, and what was sent back."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.routes.strike_advance_schemas import (
    AcceptanceIn,
    AdvanceIn,
    AdvanceOut,
    AdvancePaymentIn,
    AdvancePreviewOut,
    AdvanceReasonIn,
    AdvanceReversalIn,
    ExpenseReportIn,
    ExpenseReportOut,
    LocalStatementOut,
    StrikeAdvancesOut,
    UnspentIn,
    acceptance_of,
    advance_out,
    due_out,
    preview_out,
    report_out,
    statement_out,
)
from api.schemas import minor_in
from api.writes import By
from ledger.domain import strike_advances as rules
from ledger.domain.actors import Actor
from ledger.domain.strike_advances import Statement
from ledger.services import strike_advance_reports, strike_advance_returns, strike_advance_views
from ledger.services import strike_advances as service
from ledger.services.pool import Pool

Number = FromPath[str]
PREPARE, APPROVE, PAY, READ = ({"permission": name} for name in (rules.PREPARE, rules.APPROVE, rules.PAY, "read_strikes"))


class AdvancesController(Controller):
    """Weekly sums to locals, by the number of strikers."""

    path = "/strikes"
    tags = ("Strikes",)

    @get("/advances", opt=READ, operation_id="getAdvancesOfLocals")
    async def list_advances(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[LocalStatementOut]:
        """Every local that was paid in a strike, of both unions: amounts of locals, never of members."""
        return [statement_out(case, each) for case in await strike_advance_views.list_advances(pool, actor) for each in case.statements]

    @get("/{number:str}/advances", opt=READ, operation_id="getStrikeAdvances")
    async def get_advances(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> StrikeAdvancesOut:
        """One strike's advances, by local."""
        view = await strike_advance_views.show_advances(pool, actor, number)
        return StrikeAdvancesOut(
            strike=view.case.strike.number, union=view.case.strike.union, reports_required=view.case.rules.reports_required,
            locals=[statement_out(view.case, each) for each in view.case.statements], due=[due_out(view.case, each) for each in view.due],
        )  # fmt: skip

    @post("/{number:str}/advances", opt=PREPARE, operation_id="proposeAdvance")
    async def propose(self, by: NamedDependency[By], number: Number, data: JSONBody[AdvanceIn]) -> AdvanceOut:
        """Propose the sum of a week; another person approves it."""
        asked = rules.ProposeAdvance(local=data.local, week=data.week, strikers=data.strikers, remark=data.remark)
        return await _now(by, (await service.propose_advance(*by, number, asked)).number)

    @get("/advances/{advance:str}", opt=READ, operation_id="getAdvance")
    async def get_advance(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number) -> AdvanceOut:
        """One advance."""
        return advance_out(await strike_advance_views.show_advance(pool, actor, advance))

    @post("/advances/{advance:str}/approval", opt=APPROVE, operation_id="approveAdvance")
    async def approve(self, by: NamedDependency[By], advance: Number) -> AdvanceOut:
        """Approve what another person proposed."""
        await service.approve_advance(*by, advance)
        return await _now(by, advance)

    @post("/advances/{advance:str}/hold", opt=APPROVE, operation_id="holdAdvance")
    async def hold(self, by: NamedDependency[By], advance: Number, data: JSONBody[AdvanceReasonIn]) -> AdvanceOut:
        """Put it on hold, and say why."""
        await service.hold_advance(*by, advance, data.reason)
        return await _now(by, advance)

    @post("/advances/{advance:str}/release", opt=APPROVE, operation_id="letAdvanceGo")
    async def release(self, by: NamedDependency[By], advance: Number) -> AdvanceOut:
        """Take it off hold."""
        await service.let_go(*by, advance)
        return await _now(by, advance)

    @post("/advances/{advance:str}/cancellation", opt=PREPARE, operation_id="cancelAdvance")
    async def cancel(self, by: NamedDependency[By], advance: Number, data: JSONBody[AdvanceReasonIn]) -> AdvanceOut:
        """Give it up while it is not paid."""
        await service.cancel_advance(*by, advance, data.reason)
        return await _now(by, advance)

    @post("/advances/{advance:str}/payment/preview", opt=PAY, operation_id="previewAdvancePayment", status_code=200)
    async def preview_payment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, data: JSONBody[AdvancePaymentIn]
    ) -> AdvancePreviewOut:
        """What paying would post."""
        pay = rules.PayAdvance(account=data.account, paid_on=data.paid_on)
        return preview_out(await service.preview_payment(pool, actor, advance, pay))

    @post("/advances/{advance:str}/payment", opt=PAY, operation_id="payAdvance")
    async def pay(self, by: NamedDependency[By], advance: Number, data: JSONBody[AdvancePaymentIn]) -> AdvanceOut:
        """Pay it; by another than who approved it."""
        await service.pay_advance(*by, advance, rules.PayAdvance(account=data.account, paid_on=data.paid_on))
        return await _now(by, advance)

    @post("/{number:str}/expense-reports", opt=PREPARE, operation_id="fileExpenseReport")
    async def file_report(self, by: NamedDependency[By], number: Number, data: JSONBody[ExpenseReportIn]) -> ExpenseReportOut:
        """File a local's report of a week."""
        currency = (await strike_advance_views.show_advances(by.pool, by.actor, number)).case.strike.currency
        lines = tuple(rules.ReportLine(category=each.category, amount_minor=minor_in(each.amount, currency), what=each.what) for each in data.lines)
        said = rules.FileReport(local=data.local, week=data.week, signed_by=data.signed_by, lines=lines, remark=data.remark)
        return report_out(await strike_advance_reports.file_report(*by, number, said))

    @get("/{number:str}/expense-reports/{local:str}/{week:int}", opt=READ, operation_id="getExpenseReport")
    async def get_report(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, local: FromPath[str], week: FromPath[int]
    ) -> list[ExpenseReportOut]:
        """Every version of a local's report of a week, the latest first."""
        return [report_out(each) for each in (await strike_advance_views.show_report(pool, actor, number, local, week)).versions]

    @post("/{number:str}/expense-reports/{local:str}/{week:int}/return", opt=APPROVE, operation_id="returnExpenseReport")
    async def return_report(
        self, by: NamedDependency[By], number: Number, local: FromPath[str], week: FromPath[int], data: JSONBody[AdvanceReasonIn]
    ) -> ExpenseReportOut:
        """Send it back for changes; the next advance waits until it is filed again."""
        return report_out(await strike_advance_reports.return_report(*by, number, local, week, data.reason))

    @post("/{number:str}/acceptances/preview", opt=APPROVE, operation_id="previewAcceptance", status_code=200)
    async def preview_acceptance(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[AcceptanceIn]
    ) -> AdvancePreviewOut:
        """What accepting would post."""
        shown = (await strike_advance_reports.preview_acceptance(pool, actor, number, acceptance_of(data))).preview
        return preview_out(shown) if shown else AdvancePreviewOut(lines=[])

    @post("/{number:str}/acceptances", opt=APPROVE, operation_id="acceptExpenseReports")
    async def accept(self, by: NamedDependency[By], number: Number, data: JSONBody[AcceptanceIn]) -> list[ExpenseReportOut]:
        """Accept filed reports of a local; by another than who filed them."""
        return [report_out(each) for each in await strike_advance_reports.accept_reports(*by, number, acceptance_of(data))]

    @post("/{number:str}/returns/preview", opt=PAY, operation_id="previewUnspentReturn", status_code=200)
    async def preview_return(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UnspentIn]
    ) -> AdvancePreviewOut:
        """What recording the return would post."""
        return preview_out(await strike_advance_returns.preview_return(pool, actor, number, await _unspent(pool, actor, number, data)))

    @post("/{number:str}/returns", opt=PAY, operation_id="returnUnspent")
    async def record_return(self, by: NamedDependency[By], number: Number, data: JSONBody[UnspentIn]) -> LocalStatementOut:
        """Record what a local sent back; its statement after it."""
        after = await strike_advance_returns.record_return(*by, number, await _unspent(by.pool, by.actor, number, data))
        return await _statement_now(by, number, after)

    @post("/{number:str}/advance-entries/{entry:int}/reversal/preview", opt=PAY, operation_id="previewAdvanceReversal", status_code=200)
    async def preview_reversal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, entry: FromPath[int], data: JSONBody[AdvanceReversalIn]
    ) -> AdvancePreviewOut:
        """What taking an advance, an acceptance or a return back would post."""
        return preview_out((await strike_advance_returns.preview_taking_back(pool, actor, number, entry, data.date))[2])

    @post("/{number:str}/advance-entries/{entry:int}/reversal", opt=PAY, operation_id="reverseAdvanceEntry")
    async def reverse(self, by: NamedDependency[By], number: Number, entry: FromPath[int], data: JSONBody[AdvanceReversalIn]) -> LocalStatementOut:
        """Take an advance, an acceptance or a return back that was recorded wrongly; its record follows."""
        after = await strike_advance_returns.take_back(*by, number, entry, data.date, data.reason)
        return await _statement_now(by, number, after)


async def _unspent(pool: Pool, actor: Actor, number: str, data: UnspentIn) -> rules.ReturnUnspent:
    currency = (await strike_advance_views.show_advances(pool, actor, number)).case.strike.currency
    return rules.ReturnUnspent(local=data.local, amount_minor=minor_in(data.amount, currency), account=data.account, returned_on=data.returned_on)


async def _now(by: By, number: str) -> AdvanceOut:
    return advance_out(await strike_advance_views.show_advance(by.pool, by.actor, number))


async def _statement_now(by: By, number: str, after: Statement) -> LocalStatementOut:
    return statement_out((await strike_advance_views.show_advances(by.pool, by.actor, number)).case, after)


ROUTES = [AdvancesController]
