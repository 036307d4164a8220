"""Answer for weekly strike runs in JSON: from begun to paid and closed, their lines to their own union, and what becomes of each payment."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from api.routes.contributions import Word
from api.routes.entries import PreviewOut, preview_out
from api.schemas import After, Amount, Limit, Page, amount, cursor, from_cursor, minor_in, place_after
from api.writes import By
from ledger.domain import strike_runs as rules
from ledger.domain.actors import Actor
from ledger.domain.strike_advances import WEEK_MAXIMUM
from ledger.domain.strike_benefits import Reason
from ledger.domain.strike_runs import CHEQUE_MAXIMUM, FIXED_AT_ONCE, REASON_MAXIMUM, REFERENCE_MAXIMUM, Run, Totals
from ledger.domain.suppression import sees_all
from ledger.services import strike_payments as payments
from ledger.services import strike_runs as service
from ledger.services.pool import Pool
from ledger.services.strike_runs import RunView
from ledger.storage.strike_runs import LineFilter, LineRow, Overpaid, Payment, RunFilter

ID_MAXIMUM = 2**31 - 1
READ, PREPARE, APPROVE, PAY, FIX, ROSTER = (
    {"permission": name} for name in ("read_strikes", rules.PREPARE, rules.APPROVE, rules.PAY, rules.FIX, "read_roster")
)
RunState = Literal["draft", "computed", "submitted", "approved", "paid", "reconciled", "closed", "cancelled"]
Shows = Literal["all", "paid", "exceptions", "recovered", "issued", "cleared", "stopped", "void", "unclaimed", "late", "stale"]
Number = FromPath[str]
StrikeWord = Annotated[str | None, QueryParameter(pattern=r"^[Ss]-[0-9]{1,9}$", description="A strike's number")]
MemberNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="A member's number on the roster")]
_Member = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]
_Members = Annotated[list[_Member], msgspec.Meta(min_length=1, max_length=FIXED_AT_ONCE, description="Numbers on the roster")]
BankAccount = Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM, description="Id of a joint bank account that the union keeps")]
_Revision = Annotated[int, msgspec.Meta(ge=0, le=ID_MAXIMUM, description="The run's revision whose figures were read")]
_Why = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


# --- what is sent ---------------------------------------------------------------------------------------------------------


class RunIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The benefit week of the strike, from 1."""

    week: Annotated[int, msgspec.Meta(ge=1, le=WEEK_MAXIMUM)]


class RunRevisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which figures are meant: a run that was computed again since is not handed on."""

    revision: _Revision


class RunReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why, for the union's own people."""

    reason: _Why


class RunApprovalIn(RunRevisionIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which figures are approved, and the day on which they become owed."""

    approved_on: date


class RunApprovalDayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which the run would be approved."""

    approved_on: date


class RunSourceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account, and on which day."""

    account: BankAccount
    paid_on: date


class RunPaymentIn(RunSourceIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From which bank account, on which day, and the first cheque's number where anybody is paid by cheque."""

    first_cheque: Annotated[int, msgspec.Meta(ge=1, le=CHEQUE_MAXIMUM)] | None = None


class RunDayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day on which it happened."""

    on: date


class ClearedIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose payments the bank paid on the day; every one that is still out where `members` is left out."""

    members: _Members | None = None


class UnclaimedIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whose payments nobody claimed; all still out, or all stopped."""

    members: _Members


class StopIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, what the bank charged for it, and why, which the member's own file keeps."""

    fee: Amount | None = None
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class ReissueIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, and the new cheque's number or the deposit's reference."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=REFERENCE_MAXIMUM)]
    method: Literal["cheque", "deposit"] = "cheque"


class VoidIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day, and why the payment was not due, which the member's own file keeps."""

    reason: _Why


class OverpaidIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What of the line was too much, the day it was found, and why, which the member's own file keeps."""

    amount: Amount
    reason: _Why


class PaymentChangeIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step with a member's payment; `amount` of what was paid too much alone."""

    step: Literal["stop", "void", "unclaim", "overpaid"]
    amount: Amount | None = None


# --- what is told ---------------------------------------------------------------------------------------------------------


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run, with nobody in it. `eligible` members get something, `full_weeks` of them all; null where so few would be told of that one could be
    known. `revision` counts how often it was computed; `account` is the id of the bank account that paid.
    """

    number: str
    strike: str
    strike_name: str
    union: str
    week: int
    starts_on: date
    ends_on: date
    rule_set: str
    rule_version: int
    state: str
    state_since: datetime
    revision: int
    members: int | None
    eligible: int | None
    full_weeks: int | None
    gross: Amount
    recovered: Amount
    pay: Amount
    approved_on: date | None
    accrual_entry: int | None
    paid_on: date | None
    account: int | None
    payment_entry: int | None
    remark: str
    href: str


class RunTotalsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run's members: all, who get something, a whole week, a part, nothing; null where a number is held back."""

    members: int | None
    eligible: int | None
    full: int | None
    partial: int | None
    excluded: int | None


class RunCountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Members with one reason and what they get; null where held back. `local` is empty for all of them together."""

    local: str
    reason: str
    members: int | None
    gross: Amount | None
    recovered: Amount | None


class RunPaymentsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many payments are in a state, and what they come to."""

    state: str
    count: int
    amount: Amount


class RunStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """One step in a run's life; of payments how much, not whose. `fee_entry` is the bank's charge."""

    recorded_at: datetime
    person: str
    what: str
    remark: str
    amount: Amount
    happened_on: date | None
    entry: int | None
    fee_entry: int | None


class RunWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its figures and every step of its life, oldest first. `before` is the strike's run before it; `available` may be paid out of the
    fund, `held` of it lies at the union's own banks. Payments, and cheques out for over 30 (`late`) or 183 days (`stale`), are null to others.
    """

    run: RunOut
    totals: RunTotalsOut
    counts: list[RunCountOut]
    before: str | None
    before_totals: RunTotalsOut | None
    payments: list[RunPaymentsOut] | None
    late: int | None
    stale: int | None
    available: Amount
    held: Amount
    history: list[RunStepOut]


class PayableWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """A benefit week that the rules may pay."""

    week: int
    starts_on: date
    ends_on: date


class LinePartOut(msgspec.Struct, frozen=True, kw_only=True):
    """One summand: `days` of `of_days` of a `week` at `amount` a week; `dependants` are `days` times `people` times `amount`;
    `hourly` are `days` at `percent` of `amount` an hour; `cap` is a limit; a `cheque` is
    an extra one of the rules, with its label.
    """

    kind: str
    week: int
    days: int
    of_days: int
    amount: Amount
    people: int
    percent: int | None = None
    label_en: str | None = None
    label_fr: str | None = None


class LineMissedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Days that are not paid, and why."""

    reason: str
    days: int


class RunLineOut(msgspec.Struct, frozen=True, kw_only=True):
    """One member's line, and how it was paid last, if at all. `member` is their number on the roster."""

    member: int
    reference: str
    name: str
    local: str
    status: str
    reason: str
    days: int
    week_days: int
    gross: Amount
    recovered: Amount
    pay: Amount
    parts: list[LinePartOut]
    missed: list[LineMissedOut]
    note: str
    attempt: int | None
    method: str | None
    payment_reference: str | None
    payment_state: str | None
    issued_on: date | None
    ended_on: date | None


class LinePaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to pay a line; `ended_on` and `reason` say what became of it."""

    attempt: int
    method: str
    reference: str
    amount: Amount
    state: str
    issued_on: date
    ended_on: date | None
    reason: str


class ReissuableOut(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that may be issued again: the member's number on the roster, and a cheque's number; a deposit's reference is left out."""

    member: int
    attempt: int
    method: str
    reference: str
    amount: Amount
    state: str
    issued_on: date
    ended_on: date | None


class LineOverpaidOut(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line was found to be too much; how much of it later runs took off, came back or is written off is `recovered`."""

    amount: Amount
    recovered: Amount
    found_on: date
    reason: str
    entry: int


class RunLineWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A line with every attempt to pay it, the last first; `left` of it was not found to be too much yet."""

    run: str
    line: RunLineOut
    payments: list[LinePaymentOut]
    overpaid: list[LineOverpaidOut]
    left: Amount


_SAME = (
    "number", "strike", "strike_name", "union", "week", "starts_on", "ends_on", "rule_set", "rule_version", "state", "state_since", "revision",
    "members", "eligible", "full_weeks", "approved_on", "accrual_entry", "paid_on", "payment_entry", "remark",
)  # fmt: skip


def _same(kind: type[Any], thing: Any, **more: Any) -> Any:
    return kind(**{name: getattr(thing, name) for name in kind.__struct_fields__ if name not in more}, **more)


def _run_out(told: Run) -> RunOut:
    """A run as it travels, with the counts that its reader is told already."""
    sums: dict[str, Any] = {name: amount(getattr(told, f"{name}_minor"), told.currency) for name in ("gross", "recovered", "pay")}
    same = {name: getattr(told, name) for name in _SAME}
    return RunOut(**same, **sums, account=told.account_id, href=f"/api/v1/strikes/runs/{told.number}")


def done_out(run: Run, actor: Actor) -> RunOut:
    """A run after a step, whole as it is kept, with the counts that who took the step is told: a deputy pays what they may not look into."""
    return _run_out(rules.as_told(run, sees_all(actor, run.union)))


def _whole_out(view: RunView, actor: Actor) -> RunWhole:
    run, all_ = view.run, sees_all(actor, view.run.union)
    return RunWhole(
        run=_run_out(run), totals=_totals_out(view.totals), counts=_counts_out(view), before=view.before.number if view.before else None,
        before_totals=_totals_out(view.before_totals) if view.before_totals else None,
        payments=_payments_out(view) if all_ else None, late=view.late if all_ else None, stale=view.stale if all_ else None,
        available=amount(view.available_minor, run.currency), held=amount(view.held_minor, run.currency),
        history=[_same(RunStepOut, each, amount=amount(each.amount_minor, run.currency)) for each in view.events],
    )  # fmt: skip


def _totals_out(totals: Totals) -> RunTotalsOut:
    return RunTotalsOut(**totals._asdict())


def _counts_out(view: RunView) -> list[RunCountOut]:
    locals_ = {each.id: each.number for each in view.strike.locals}
    return [
        RunCountOut(
            local=locals_.get(row.local_id, ""), reason=row.reason, members=row.members, gross=_told_amount(row.gross_minor, view.run.currency),
            recovered=_told_amount(row.recovered_minor, view.run.currency),
        )
        for row in view.counts
    ]  # fmt: skip


def _told_amount(minor: int | None, currency: str) -> Amount | None:
    return None if minor is None else amount(minor, currency)


def _payments_out(view: RunView) -> list[RunPaymentsOut]:
    return [RunPaymentsOut(state=state, count=count, amount=amount(minor, view.run.currency)) for state, (count, minor) in view.payments.items()]


def _part_out(part: list[Any], currency: str) -> LinePartOut:
    kind, week, days, of_days, amount_minor, times, labels = part
    by_rate = kind == "hourly"
    return LinePartOut(
        kind=kind, week=week, days=days, of_days=of_days, amount=amount(amount_minor, currency), people=1 if by_rate else times,
        percent=times if by_rate else None,
        label_en=labels[0] if labels else None, label_fr=labels[1] if labels else None,
    )  # fmt: skip


def _line_out(line: LineRow, currency: str) -> RunLineOut:
    parts = [_part_out(part, currency) for part in line.parts["parts"]]
    return _same(  # type: ignore[no-any-return]
        RunLineOut, line, status=line.parts["status"], note=line.parts["note"], parts=parts,
        missed=[LineMissedOut(reason=reason, days=days) for reason, days in line.parts["missed"]], gross=amount(line.gross_minor, currency),
        recovered=amount(line.recovered_minor, currency), pay=amount(line.gross_minor - line.recovered_minor, currency),
    )  # fmt: skip


def _payment_out(each: Payment, currency: str) -> LinePaymentOut:
    return _same(LinePaymentOut, each, amount=amount(each.amount_minor, currency))  # type: ignore[no-any-return]


def _reissuable_out(each: Payment, currency: str) -> ReissuableOut:
    return _same(ReissuableOut, each, amount=amount(each.amount_minor, currency))  # type: ignore[no-any-return]


def _overpaid_out(each: Overpaid, currency: str) -> LineOverpaidOut:
    return _same(  # type: ignore[no-any-return]
        LineOverpaidOut, each, amount=amount(each.amount_minor, currency), recovered=amount(each.recovered_minor, currency)
    )


async def minor_of(pool: Pool, actor: Actor, number: str, given: Amount) -> int:
    """Minor units of an amount in the run's currency."""
    run = (await service.show_run(pool, actor, number)).run
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
        found = await service.list_runs(pool, actor, narrowed, place_after(after, service.written_run), limit)
        return Page([_run_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}/payable-weeks", opt=READ, operation_id="getPayableWeeks")
    async def payable_weeks(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> list[PayableWeekOut]:
        """The weeks of a strike that the rules may pay so far."""
        weeks = await service.payable_weeks(pool, actor, number)
        return [PayableWeekOut(week=each.number, starts_on=each.starts_on, ends_on=each.ends_on) for each in weeks]

    @post("/{number:str}/runs", opt=PREPARE | {"location": True}, operation_id="startRun")
    async def start(self, by: NamedDependency[By], number: Number, data: JSONBody[RunIn]) -> Response[RunOut]:
        """Begin the run of a week of your union's strike."""
        told = done_out(await service.start_run(*by, number, data.week), by.actor)
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/runs/{run:str}", opt=READ, operation_id="getRun")
    async def get_run(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number) -> RunWhole:
        """One run with its figures and what was done with it; nobody's line."""
        return _whole_out(await service.show_run(pool, actor, run), actor)

    @post("/runs/{run:str}/computation", opt=PREPARE | {"answers": (422,)}, operation_id="computeRun", status_code=200)
    async def compute(self, by: NamedDependency[By], run: Number) -> RunOut:
        """Compute every member's line from the roster, the duty and the rules as they are now; again until it is submitted."""
        return done_out(await service.compute_run(*by, run), by.actor)

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
        return Page([_line_out(each, found.run.currency) for each in found.items], cursor(found.next) if found.next else None)

    @get("/lines/{member:int}", opt=ROSTER, operation_id="getRunLine")
    async def get_line(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber) -> RunLineWhole:
        """One member's line with its payments. Every call is in the audit trail."""
        view = await payments.show_line(pool, actor, run, member)
        currency = view.run.currency
        return RunLineWhole(
            run=view.run.number, line=_line_out(view.line, currency), payments=[_payment_out(each, currency) for each in view.payments],
            overpaid=[_overpaid_out(each, currency) for each in view.overpaid], left=amount(view.left_minor, currency),
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
        return Page([_reissuable_out(each, found.run.currency) for each in found.items], cursor(found.next) if found.next else None)

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
    view = await service.show_run(pool, actor, number)
    return next((each.id for each in view.strike.locals if each.number == local), 0)


ROUTES = [RunsController, RunLinesController]
