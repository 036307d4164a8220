"""Answer JSON about advances to locals on strike: proposed, approved, paid, accounted for by expense reports, and what was sent back."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.schemas import Amount, IdempotencyKey, amount
from ledger.domain import strike_advances as rules
from ledger.domain.actors import Actor
from ledger.domain.refusals import WrongCurrency
from ledger.domain.strike_advances import (
    LINES_MAXIMUM,
    REASON_MAXIMUM,
    SIGNED_MAXIMUM,
    STRIKERS_MAXIMUM,
    WEEK_MAXIMUM,
    WHAT_MAXIMUM,
    Advance,
    AdvanceReturn,
    Category,
    ExpenseReport,
    Statement,
)
from ledger.services import strike_advances as service
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from ledger.services.strike_advances import Case, Due

Number = FromPath[str]
LocalNumber = Annotated[str, msgspec.Meta(max_length=12, description="The number of a local of the strike", examples=["506"])]
WeekNumber = Annotated[int, msgspec.Meta(ge=1, le=WEEK_MAXIMUM, description="The benefit week of the strike, from 1")]
AccountId = Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
PREPARE, APPROVE, PAY, READ = ({"permission": name} for name in (rules.PREPARE, rules.APPROVE, rules.PAY, "read_strikes"))


class AdvanceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sum of a week for a local; the rules say the amount."""

    local: LocalNumber
    week: WeekNumber
    strikers: Annotated[int, msgspec.Meta(ge=1, le=STRIKERS_MAXIMUM)]
    remark: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class AdvanceReasonIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, for everybody who may see the advance."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]


class AdvancePaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day it left one of one's own union's joint bank accounts (`account` is its id)."""

    account: AccountId
    paid_on: date


class ExpenseLineIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the local spent on one thing; no member's name belongs here."""

    category: Category
    amount: Amount
    what: Annotated[str, msgspec.Meta(max_length=WHAT_MAXIMUM)] = ""


class ExpenseReportIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A local's report of a week; filed again, it takes the place of one that nobody accepted."""

    local: LocalNumber
    week: WeekNumber
    signed_by: Annotated[str, msgspec.Meta(max_length=SIGNED_MAXIMUM, description="The chair and the representative who signed it")]
    lines: Annotated[list[ExpenseLineIn], msgspec.Meta(min_length=1, max_length=LINES_MAXIMUM)]
    remark: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class AcceptanceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filed reports of a local that are accepted together, by one entry."""

    local: LocalNumber
    weeks: Annotated[list[WeekNumber], msgspec.Meta(min_length=1, max_length=LINES_MAXIMUM)]
    accepted_on: date


class UnspentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a local sent back, and the id of the bank account it reached."""

    local: LocalNumber
    amount: Amount
    account: AccountId
    returned_on: date


class AdvanceReversalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reversal's date and why."""

    date: date
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)]


class AdvanceOut(msgspec.Struct, frozen=True, kw_only=True):
    """An advance. `hold` says what keeps it from being approved or paid now: `missing_expense_report` (of `missing_week`), `on_hold`, or nothing."""

    number: str
    strike: str
    union: str
    local: str
    week: int
    starts_on: date
    ends_on: date
    strikers: int
    amount: Amount
    rule_set: str
    rule_version: int
    state: str
    hold: str
    missing_week: int | None
    remark: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    paid_by: str | None
    paid_on: date | None
    entry: int | None
    href: str


class ExpenseLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the local spent on one thing."""

    category: str
    what: str
    amount: Amount


class ExpenseReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report. `accepted` is what it accounts for of the advances, `own` what beyond that was the local's own money."""

    strike: str
    local: str
    week: int
    version: int
    state: str
    filed_on: date
    filed_by: str
    signed_by: str
    remark: str
    total: Amount
    accepted: Amount
    own: Amount
    decided_by: str | None
    decided_on: date | None
    decision: str
    entry: int | None
    lines: list[ExpenseLineOut]


class UnspentOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a local sent back; `reversed_by` is the entry that took it back."""

    returned_on: date
    amount: Amount
    entry: int
    recorded_by: str
    reversed_by: int | None


class LocalWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """One week of a local: its advance and its report, where there are any."""

    week: int
    starts_on: date
    ends_on: date
    advance: str | None
    advance_state: str | None
    report_state: str | None
    hold: str
    missing_week: int | None


class LocalStatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A local's account of a strike: `advanced` is always `accepted`, `returned` and `open` together; `filed` waits to be accepted."""

    strike: str
    union: str
    local: str
    name: str
    advanced: Amount
    accepted: Amount
    returned: Amount
    open: Amount
    filed: Amount
    own: Amount
    weeks: list[LocalWeekOut]
    returns: list[UnspentOut]


class DueOut(msgspec.Struct, frozen=True, kw_only=True):
    """A local's week that could be paid now; `amount` by the number of strikers last counted, null where nobody counted yet."""

    local: str
    week: int
    starts_on: date
    ends_on: date
    strikers: int
    amount: Amount | None
    advance: str | None
    hold: str
    missing_week: int | None


class StrikeAdvancesOut(msgspec.Struct, frozen=True, kw_only=True):
    """A strike's advances by local, and what is due this week."""

    strike: str
    union: str
    reports_required: bool
    locals: list[LocalStatementOut]
    due: list[DueOut]


class AdvanceLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what would be posted; debit positive."""

    account: str
    fund: str
    amount: Amount


class AdvancePreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What would be posted; nothing where nothing is open any more."""

    lines: list[AdvanceLineOut]


class AdvancesController(Controller):
    """Weekly sums to locals, by the number of strikers."""

    path = "/strikes"
    tags = ("Strikes",)

    @get("/advances", opt=READ, operation_id="getAdvancesOfLocals")
    async def list_advances(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[LocalStatementOut]:
        """Every local that was paid in a strike, of both unions: amounts of locals, never of members."""
        return [_statement(case, each) for case in await service.list_advances(pool, actor) for each in case.statements]

    @get("/{number:str}/advances", opt=READ, operation_id="getStrikeAdvances")
    async def get_advances(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> StrikeAdvancesOut:
        """One strike's advances, by local."""
        view = await service.show_advances(pool, actor, number)
        return StrikeAdvancesOut(
            strike=view.case.strike.number, union=view.case.strike.union, reports_required=view.case.rules.reports_required,
            locals=[_statement(view.case, each) for each in view.case.statements], due=[_due(view.case, each) for each in view.due],
        )  # fmt: skip

    @post("/{number:str}/advances", opt=PREPARE, operation_id="proposeAdvance")
    async def propose(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[AdvanceIn], key: IdempotencyKey
    ) -> AdvanceOut:
        """Propose the sum of a week; another person approves it."""
        asked = rules.ProposeAdvance(local=data.local, week=data.week, strikers=data.strikers, remark=data.remark)
        return await _now(pool, actor, (await service.propose_advance(pool, actor, key, number, asked)).number)

    @get("/advances/{advance:str}", opt=READ, operation_id="getAdvance")
    async def get_advance(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number) -> AdvanceOut:
        """One advance."""
        return await _now(pool, actor, advance)

    @post("/advances/{advance:str}/approval", opt=APPROVE, operation_id="approveAdvance")
    async def approve(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, key: IdempotencyKey) -> AdvanceOut:
        """Approve what another person proposed."""
        await service.approve_advance(pool, actor, key, advance)
        return await _now(pool, actor, advance)

    @post("/advances/{advance:str}/hold", opt=APPROVE, operation_id="holdAdvance")
    async def hold(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, data: JSONBody[AdvanceReasonIn], key: IdempotencyKey
    ) -> AdvanceOut:
        """Put it on hold, and say why."""
        await service.hold_advance(pool, actor, key, advance, data.reason)
        return await _now(pool, actor, advance)

    @post("/advances/{advance:str}/release", opt=APPROVE, operation_id="letAdvanceGo")
    async def release(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, key: IdempotencyKey) -> AdvanceOut:
        """Take it off hold."""
        await service.let_go(pool, actor, key, advance)
        return await _now(pool, actor, advance)

    @post("/advances/{advance:str}/cancellation", opt=PREPARE, operation_id="cancelAdvance")
    async def cancel(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, data: JSONBody[AdvanceReasonIn], key: IdempotencyKey
    ) -> AdvanceOut:
        """Give it up while it is not paid."""
        await service.cancel_advance(pool, actor, key, advance, data.reason)
        return await _now(pool, actor, advance)

    @post("/advances/{advance:str}/payment/preview", opt=PAY, operation_id="previewAdvancePayment", status_code=200)
    async def preview_payment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, data: JSONBody[AdvancePaymentIn]
    ) -> AdvancePreviewOut:
        """What paying would post."""
        pay = rules.PayAdvance(account=data.account, paid_on=data.paid_on)
        return _preview(await service.preview_payment(pool, actor, advance, pay))

    @post("/advances/{advance:str}/payment", opt=PAY, operation_id="payAdvance")
    async def pay(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], advance: Number, data: JSONBody[AdvancePaymentIn], key: IdempotencyKey
    ) -> AdvanceOut:
        """Pay it; by another than who approved it."""
        await service.pay_advance(pool, actor, key, advance, rules.PayAdvance(account=data.account, paid_on=data.paid_on))
        return await _now(pool, actor, advance)

    @post("/{number:str}/expense-reports", opt=PREPARE, operation_id="fileExpenseReport")
    async def file_report(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ExpenseReportIn], key: IdempotencyKey
    ) -> ExpenseReportOut:
        """File a local's report of a week."""
        currency = (await service.show_advances(pool, actor, number)).case.strike.currency
        lines = tuple(rules.ReportLine(category=each.category, amount_minor=_minor(each.amount, currency), what=each.what) for each in data.lines)
        said = rules.FileReport(local=data.local, week=data.week, signed_by=data.signed_by, lines=lines, remark=data.remark)
        return _report(await service.file_report(pool, actor, key, number, said))

    @get("/{number:str}/expense-reports/{local:str}/{week:int}", opt=READ, operation_id="getExpenseReport")
    async def get_report(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, local: FromPath[str], week: FromPath[int]
    ) -> list[ExpenseReportOut]:
        """Every version of a local's report of a week, the latest first."""
        return [_report(each) for each in (await service.show_report(pool, actor, number, local, week)).versions]

    @post("/{number:str}/expense-reports/{local:str}/{week:int}/return", opt=APPROVE, operation_id="returnExpenseReport")
    async def return_report(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, local: FromPath[str], week: FromPath[int],
        data: JSONBody[AdvanceReasonIn], key: IdempotencyKey,
    ) -> ExpenseReportOut:  # fmt: skip
        """Send it back for changes; the next advance waits until it is filed again."""
        return _report(await service.return_report(pool, actor, key, number, local, week, data.reason))

    @post("/{number:str}/acceptances/preview", opt=APPROVE, operation_id="previewAcceptance", status_code=200)
    async def preview_acceptance(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[AcceptanceIn]
    ) -> AdvancePreviewOut:
        """What accepting would post."""
        shown = (await service.preview_acceptance(pool, actor, number, _acceptance(data))).preview
        return _preview(shown) if shown else AdvancePreviewOut(lines=[])

    @post("/{number:str}/acceptances", opt=APPROVE, operation_id="acceptExpenseReports")
    async def accept(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[AcceptanceIn], key: IdempotencyKey
    ) -> list[ExpenseReportOut]:
        """Accept filed reports of a local; by another than who filed them."""
        return [_report(each) for each in await service.accept_reports(pool, actor, key, number, _acceptance(data))]

    @post("/{number:str}/returns/preview", opt=PAY, operation_id="previewUnspentReturn", status_code=200)
    async def preview_return(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UnspentIn]
    ) -> AdvancePreviewOut:
        """What recording the return would post."""
        return _preview(await service.preview_return(pool, actor, number, await _unspent(pool, actor, number, data)))

    @post("/{number:str}/returns", opt=PAY, operation_id="returnUnspent")
    async def record_return(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[UnspentIn], key: IdempotencyKey
    ) -> LocalStatementOut:
        """Record what a local sent back; its statement after it."""
        after = await service.record_return(pool, actor, key, number, await _unspent(pool, actor, number, data))
        return await _statement_now(pool, actor, number, after)

    @post("/{number:str}/advance-entries/{entry:int}/reversal/preview", opt=PAY, operation_id="previewAdvanceReversal", status_code=200)
    async def preview_reversal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, entry: FromPath[int], data: JSONBody[AdvanceReversalIn]
    ) -> AdvancePreviewOut:
        """What taking an advance, an acceptance or a return back would post."""
        return _preview((await service.preview_taking_back(pool, actor, number, entry, data.date))[2])

    @post("/{number:str}/advance-entries/{entry:int}/reversal", opt=PAY, operation_id="reverseAdvanceEntry")
    async def reverse(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, entry: FromPath[int],
        data: JSONBody[AdvanceReversalIn], key: IdempotencyKey,
    ) -> LocalStatementOut:  # fmt: skip
        """Take an advance, an acceptance or a return back that was recorded wrongly; its record follows."""
        after = await service.take_back(pool, actor, key, number, entry, data.date, data.reason)
        return await _statement_now(pool, actor, number, after)


def _minor(given: Amount, currency: str) -> int:
    if given.currency != currency:
        raise WrongCurrency(account=currency, currency=given.currency)
    return given.minor


def _acceptance(data: AcceptanceIn) -> rules.AcceptReports:
    return rules.AcceptReports(local=data.local, weeks=tuple(data.weeks), accepted_on=data.accepted_on)


async def _unspent(pool: Pool, actor: Actor, number: str, data: UnspentIn) -> rules.ReturnUnspent:
    currency = (await service.show_advances(pool, actor, number)).case.strike.currency
    return rules.ReturnUnspent(local=data.local, amount_minor=_minor(data.amount, currency), account=data.account, returned_on=data.returned_on)


async def _now(pool: Pool, actor: Actor, number: str) -> AdvanceOut:
    view = await service.show_advance(pool, actor, number)
    return _advance(view.advance, view.line.hold, view.line.missing_week)


def _advance(each: Advance, hold: str, missing_week: int | None) -> AdvanceOut:
    return AdvanceOut(
        number=each.number, strike=each.strike, union=each.union, local=each.local.number, week=each.week, starts_on=each.starts_on,
        ends_on=each.ends_on, strikers=each.strikers, amount=amount(each.amount_minor, each.currency), rule_set=each.rule_set,
        rule_version=each.rule_version, state=each.state, hold=hold, missing_week=missing_week, remark=each.remark,
        proposed_by=each.proposed_by_name, proposed_at=each.proposed_at, approved_by=each.approved_by_name, paid_by=each.paid_by_name,
        paid_on=each.paid_on, entry=each.entry_number, href=f"/api/v1/strikes/advances/{each.number}",
    )  # fmt: skip


def _report(each: ExpenseReport) -> ExpenseReportOut:
    return ExpenseReportOut(
        strike=each.strike, local=each.local.number, week=each.week, version=each.version, state=each.state, filed_on=each.filed_on,
        filed_by=each.filed_by_name, signed_by=each.signed_by, remark=each.remark, total=amount(each.total_minor, each.currency),
        accepted=amount(each.accepted_minor, each.currency), own=amount(each.own_minor, each.currency), decided_by=each.decided_by_name,
        decided_on=each.decided_on, decision=each.decision, entry=each.entry_number,
        lines=[ExpenseLineOut(category=line.category, what=line.what, amount=amount(line.amount_minor, each.currency)) for line in each.lines],
    )  # fmt: skip


async def _statement_now(pool: Pool, actor: Actor, number: str, after: Statement) -> LocalStatementOut:
    return _statement((await service.show_advances(pool, actor, number)).case, after)


def _statement(case: Case, each: Statement) -> LocalStatementOut:
    sums = {name: amount(getattr(each, f"{name}_minor"), each.currency) for name in ("advanced", "accepted", "returned", "open", "filed", "own")}
    return LocalStatementOut(
        strike=case.strike.number, union=case.strike.union, local=each.local.number, name=each.local.name, **sums,
        weeks=[_week(line) for line in each.weeks], returns=[_return(one, each.currency) for one in each.returns],
    )  # fmt: skip


def _week(line: rules.WeekLine) -> LocalWeekOut:
    return LocalWeekOut(
        week=line.week.number, starts_on=line.week.starts_on, ends_on=line.week.ends_on, advance=line.advance.number if line.advance else None,
        advance_state=line.advance.state if line.advance else None, report_state=line.report.state if line.report else None, hold=line.hold,
        missing_week=line.missing_week,
    )  # fmt: skip


def _return(each: AdvanceReturn, currency: str) -> UnspentOut:
    return UnspentOut(
        returned_on=each.returned_on, amount=amount(each.amount_minor, currency), entry=each.entry_number, recorded_by=each.recorded_by_name,
        reversed_by=each.reversed_by,
    )  # fmt: skip


def _due(case: Case, each: Due) -> DueOut:
    return DueOut(
        local=each.local.number, week=each.week.number, starts_on=each.week.starts_on, ends_on=each.week.ends_on, strikers=each.strikers,
        amount=amount(each.sum.amount_minor, case.strike.currency) if each.sum else None, advance=each.advance.number if each.advance else None,
        hold=each.hold, missing_week=each.missing_week,
    )  # fmt: skip


def _preview(shown: Preview) -> AdvancePreviewOut:
    lines = []
    for posting in shown.draft.postings:
        account = shown.accounts[posting.account_id]
        lines.append(AdvanceLineOut(
            account=f"{account.book}/{account.path}", fund=shown.funds[posting.fund_id].code, amount=amount(posting.amount_minor, account.currency)
        ))  # fmt: skip
    return AdvancePreviewOut(lines=lines)


ROUTES = [AdvancesController]
