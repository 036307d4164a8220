"""Answer for weekly strike runs in JSON: from begun to paid and closed, their lines to their own union, and what becomes of each payment."""

from typing import Annotated, Literal

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from api.routes.contributions import Word
from api.routes.entry_schemas import PreviewOut, preview_out
from api.routes.strike_run_schemas import (
    ID_MAXIMUM,
    ClearedIn,
    OverpaidIn,
    PayableWeekOut,
    PaymentChangeIn,
    ReissuableOut,
    ReissueIn,
    RunApprovalDayIn,
    RunApprovalIn,
    RunDayIn,
    RunIn,
    RunLineOut,
    RunLineWhole,
    RunOut,
    RunPaymentIn,
    RunReasonIn,
    RunRevisionIn,
    RunSourceIn,
    RunWhole,
    StopIn,
    UnclaimedIn,
    VoidIn,
    done_out,
    line_out,
    overpaid_out,
    payment_out,
    reissuable_out,
    run_out,
    whole_out,
)
from api.schemas import After, Amount, Limit, Page, amount, cursor, from_cursor, minor_in, place_after
from api.writes import By
from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor
from ledger.domain.strike_benefits import Reason
from ledger.services import strike_payments as payments
from ledger.services import strike_run_computing, strike_run_steps, strike_run_views
from ledger.services import strike_runs as service
from ledger.services.pool import Pool
from ledger.storage.strike_run_lines import LineFilter
from ledger.storage.strike_runs import RunFilter

READ, PREPARE, APPROVE, PAY, FIX, ROSTER = (
    {"permission": name} for name in ("read_strikes", rules.PREPARE, rules.APPROVE, rules.PAY, rules.FIX, "read_roster")
)
RunState = Literal["draft", "computed", "submitted", "approved", "paid", "reconciled", "closed", "cancelled"]
Shows = Literal["all", "paid", "exceptions", "recovered", "issued", "cleared", "stopped", "void", "unclaimed", "late", "stale"]
Number = FromPath[str]
StrikeWord = Annotated[str | None, QueryParameter(pattern=r"^[Ss]-[0-9]{1,9}$", description="A strike's number")]
MemberNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="A member's number on the roster")]


# --- what is told ---------------------------------------------------------------------------------------------------------


async def minor_of(pool: Pool, actor: Actor, number: str, given: Amount) -> int:
    """Minor units of an amount in the run's currency."""
    run = (await strike_run_views.show_run(pool, actor, number)).run
    return minor_in(given, run.currency)


# --- runs -----------------------------------------------------------------------------------------------------------------


class RunsController(Controller):
    """Weekly runs to members on strike."""

    path = "/strikes"
    tags = ("Strike runs",)

    @get("/runs", opt=READ, operation_id="listRuns")
    async def list_runs(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], strike: StrikeWord = None, union: Word = None,
        in_state: Annotated[RunState | None, QueryParameter(name="state")] = None, after: After = None, limit: Limit = 50,
    ) -> Page[RunOut]:  # fmt: skip
        """Runs of both unions, the newest week first: totals, nobody's line."""
        narrowed = RunFilter(strike=strike and strike.upper(), union=union or None, state=in_state)
        found = await strike_run_views.list_runs(pool, actor, narrowed, place_after(after, strike_run_steps.written_run), limit)
        return Page([run_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}/payable-weeks", opt=READ, operation_id="getPayableWeeks")
    async def payable_weeks(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> list[PayableWeekOut]:
        """The weeks of a strike that the rules may pay so far."""
        weeks = await strike_run_views.payable_weeks(pool, actor, number)
        return [PayableWeekOut(week=each.number, starts_on=each.starts_on, ends_on=each.ends_on) for each in weeks]

    @post("/{number:str}/runs", opt=PREPARE | {"location": True}, operation_id="startRun")
    async def start(self, by: NamedDependency[By], number: Number, data: JSONBody[RunIn]) -> Response[RunOut]:
        """Begin the run of a week of your union's strike."""
        told = done_out(await service.start_run(*by, number, data.week), by.actor)
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/runs/{run:str}", opt=READ, operation_id="getRun")
    async def get_run(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number) -> RunWhole:
        """One run with its figures and what was done with it; nobody's line."""
        return whole_out(await strike_run_views.show_run(pool, actor, run), actor)

    @post("/runs/{run:str}/computation", opt=PREPARE | {"answers": (422,)}, operation_id="computeRun", status_code=200)
    async def compute(self, by: NamedDependency[By], run: Number) -> RunOut:
        """Compute every member's line from the roster, the duty and the rules as they are now; again until it is submitted."""
        return done_out(await strike_run_computing.compute_run(*by, run), by.actor)

    @post("/runs/{run:str}/submission", opt=PREPARE, operation_id="submitRun", status_code=200)
    async def submit(self, by: NamedDependency[By], run: Number, data: JSONBody[RunRevisionIn]) -> RunOut:
        """Hand the figures to a second person."""
        return done_out(await service.submit_run(*by, run, data.revision), by.actor)

    @post("/runs/{run:str}/return", opt=APPROVE, operation_id="sendRunBack", status_code=200)
    async def send_back(self, by: NamedDependency[By], run: Number, data: JSONBody[RunReasonIn]) -> RunOut:
        """Send a submitted run back to who prepares it."""
        return done_out(await service.send_back(*by, run, data.reason), by.actor)

    @post("/runs/{run:str}/approval/preview", opt=APPROVE, operation_id="previewRunApproval", status_code=200)
    async def preview_approval(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, data: JSONBody[RunApprovalDayIn]
    ) -> PreviewOut:
        """What approving would post."""
        return preview_out(await service.preview_approval(pool, actor, run, data.approved_on))

    @post("/runs/{run:str}/approval", opt=APPROVE, operation_id="approveRun", status_code=200)
    async def approve(self, by: NamedDependency[By], run: Number, data: JSONBody[RunApprovalIn]) -> RunOut:
        """Approve what another person computed: it is owed to the members."""
        return done_out(await service.approve_run(*by, run, data.revision, data.approved_on), by.actor)

    @post("/runs/{run:str}/cancellation", opt=READ, operation_id="cancelRun", status_code=200)
    async def cancel(self, by: NamedDependency[By], run: Number, data: JSONBody[RunReasonIn]) -> RunOut:
        """Cancel a run that is not paid, by who prepares runs; by who approves them once it is approved, and what that posted is reversed."""
        return done_out(await service.cancel_run(*by, run, data.reason), by.actor)

    @post("/runs/{run:str}/payment/preview", opt=PAY, operation_id="previewRunPayment", status_code=200)
    async def preview_payment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, data: JSONBody[RunSourceIn]
    ) -> PreviewOut | None:
        """What paying would post; null where earlier weeks' overpayments take it all."""
        shown = await service.preview_run_payment(pool, actor, run, data.account, data.paid_on)
        return preview_out(shown) if shown else None

    @post("/runs/{run:str}/payment", opt=PAY, operation_id="payRun", status_code=200)
    async def pay(self, by: NamedDependency[By], run: Number, data: JSONBody[RunPaymentIn]) -> RunOut:
        """Pay an approved run, by another than who prepared or approved it."""
        return done_out(await service.pay_run(*by, run, data.account, data.paid_on, data.first_cheque), by.actor)

    @post("/runs/{run:str}/reconciliation", opt=FIX, operation_id="reconcileRun", status_code=200)
    async def reconcile(self, by: NamedDependency[By], run: Number) -> RunOut:
        """Say that every payment of the run is accounted for."""
        return done_out(await payments.reconcile_run(*by, run), by.actor)

    @post("/runs/{run:str}/closing", opt=FIX, operation_id="closeRun", status_code=200)
    async def close(self, by: NamedDependency[By], run: Number) -> RunOut:
        """Close a reconciled run."""
        return done_out(await payments.close_run(*by, run), by.actor)


# --- lines and payments ---------------------------------------------------------------------------------------------------


class RunLinesController(Controller):
    """What a run pays to each member: to its own union's benefits officers and treasurers alone."""

    path = "/strikes/runs/{run:str}"
    tags = ("Strike runs",)

    @get("/lines", opt=ROSTER, operation_id="listRunLines")
    async def list_lines(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, shows: FromQuery[Shows] = "all",
        reason: FromQuery[Reason | None] = None, local: Annotated[str | None, QueryParameter(max_length=12)] = None,
        q: Annotated[str, QueryParameter(max_length=100, description="Beginnings of words of a name, a reference or a cheque's number")] = "",
        after: After = None, limit: Limit = 100,
    ) -> Page[RunLineOut]:  # fmt: skip
        """A run's lines in the roster's order. Every call is in the audit trail."""
        words = q.replace("\x00", "").strip() or None
        narrowed = LineFilter(shows=shows, reason=reason, words=words, local=await _local(pool, actor, run, local) if local else None)
        place = from_cursor(after, int)
        found = await payments.list_lines(pool, actor, run, narrowed, max(0, min(place[0], ID_MAXIMUM)) if place else 0, limit)
        return Page([line_out(each, found.run.currency) for each in found.items], cursor(found.next) if found.next else None)

    @get("/lines/{member:int}", opt=ROSTER, operation_id="getRunLine")
    async def get_line(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber) -> RunLineWhole:
        """One member's line with its payments. Every call is in the audit trail."""
        view = await payments.show_line(pool, actor, run, member)
        currency = view.run.currency
        return RunLineWhole(
            run=view.run.number, line=line_out(view.line, currency), payments=[payment_out(each, currency) for each in view.payments],
            overpaid=[overpaid_out(each, currency) for each in view.overpaid], left=amount(view.left_minor, currency),
        )  # fmt: skip

    @post("/clearances", opt=FIX, operation_id="clearPayments", status_code=200)
    async def clear(self, by: NamedDependency[By], run: Number, data: JSONBody[ClearedIn]) -> RunOut:
        """Say that payments were cashed or credited."""
        return done_out(await payments.clear_payments(*by, run, data.on, data.members), by.actor)

    @post("/unclaimed", opt=FIX, operation_id="unclaimPayments", status_code=200)
    async def unclaim(self, by: NamedDependency[By], run: Number, data: JSONBody[UnclaimedIn]) -> RunOut:
        """Move what nobody cashed to unclaimed benefits: it stays owed."""
        return done_out(await payments.unclaim_payments(*by, run, data.on, data.members), by.actor)

    @post("/unclaimed/stale", opt=FIX, operation_id="unclaimStaleCheques", status_code=200)
    async def unclaim_stale(self, by: NamedDependency[By], run: Number, data: JSONBody[RunDayIn]) -> RunOut:
        """Move every cheque that is stale by the day to unclaimed benefits."""
        return done_out(await payments.unclaim_stale(*by, run, data.on), by.actor)

    @post("/lines/{member:int}/preview", opt=FIX, operation_id="previewPaymentChange", status_code=200)
    async def preview_change(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber, data: JSONBody[PaymentChangeIn]
    ) -> PreviewOut:
        """What a step with a member's payment would post, without the bank's charge."""
        minor = await minor_of(pool, actor, run, data.amount) if data.amount and data.step == "overpaid" else None
        return preview_out(await payments.preview_change(pool, actor, run, member, data.step, data.on, minor))

    @post("/lines/{member:int}/stop", opt=FIX, operation_id="stopPayment", status_code=200)
    async def stop(self, by: NamedDependency[By], run: Number, member: MemberNumber, data: JSONBody[StopIn]) -> RunOut:
        """Stop a payment that was lost: it is owed again."""
        fee = await minor_of(by.pool, by.actor, run, data.fee) if data.fee else 0
        return done_out(await payments.stop_payment(*by, run, member, data.on, fee, data.reason), by.actor)

    @get("/payments", opt=PAY, operation_id="listReissuablePayments")
    async def reissuable(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, after: After = None, limit: Limit = 100
    ) -> Page[ReissuableOut]:
        """Payments that were stopped or went unclaimed, by number and amount, for who pays; no name. Every call is in the audit trail."""
        place = from_cursor(after, int)
        found = await payments.list_reissuable(pool, actor, run, max(0, min(place[0], ID_MAXIMUM)) if place else 0, limit)
        return Page([reissuable_out(each, found.run.currency) for each in found.items], cursor(found.next) if found.next else None)

    @post("/lines/{member:int}/reissue/preview", opt=PAY, operation_id="previewReissue", status_code=200)
    async def preview_reissue(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber, data: JSONBody[RunDayIn]
    ) -> PreviewOut:
        """What paying again would post."""
        return preview_out(await payments.preview_change(pool, actor, run, member, "reissue", data.on))

    @post("/lines/{member:int}/reissue", opt=PAY, operation_id="reissuePayment", status_code=200)
    async def reissue(self, by: NamedDependency[By], run: Number, member: MemberNumber, data: JSONBody[ReissueIn]) -> RunOut:
        """Pay again what was stopped or went unclaimed, by another than who stopped it."""
        return done_out(await payments.reissue_payment(*by, run, member, data.on, data.reference, data.method), by.actor)

    @post("/lines/{member:int}/void", opt=FIX, operation_id="voidPayment", status_code=200)
    async def void(self, by: NamedDependency[By], run: Number, member: MemberNumber, data: JSONBody[VoidIn]) -> RunOut:
        """Void a payment that was not due and has not been cashed."""
        return done_out(await payments.void_payment(*by, run, member, data.on, data.reason), by.actor)

    @post("/lines/{member:int}/overpayment", opt=FIX, operation_id="recordOverpayment", status_code=200)
    async def overpaid(self, by: NamedDependency[By], run: Number, member: MemberNumber, data: JSONBody[OverpaidIn]) -> RunOut:
        """Record that a member was paid too much: the next run takes it off, unless it is paid back or written off."""
        minor = await minor_of(by.pool, by.actor, run, data.amount)
        return done_out(await payments.record_overpayment(*by, run, member, minor, data.on, data.reason), by.actor)


async def _local(pool: Pool, actor: Actor, number: str, local: str) -> int:
    """The local's id; 0, which is nobody's, for one that is not out."""
    view = await strike_run_views.show_run(pool, actor, number)
    return next((each.id for each in view.strike.locals if each.number == local), 0)


ROUTES = [RunsController, RunLinesController]
