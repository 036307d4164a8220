"""Answer for pledges in JSON: record a promise, meet its condition, cancel the rest or open it again, and read its schedule at a date."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.contributions import Code, Word
from api.routes.entry_schemas import PreviewOut, preview_out
from api.schemas import After, Amount, IdempotencyKey, Limit, amount, cursor, from_cursor, minor_in
from ledger.domain.actors import Actor
from ledger.domain.pledges import AGEING_DAYS, INSTALMENTS_MAXIMUM, Instalment, Line, RecordPledge, Schedule, Total, spread
from ledger.domain.refusals import RequestInvalid
from ledger.services import pledges as service
from ledger.services.pledges import PledgeView
from ledger.services.pool import Pool
from ledger.storage.pledges import PledgeFilter

AsOf = Annotated[date | None, QueryParameter(description="The schedule at the end of this day; today when left out")]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class InstalmentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One part of a pledge and the day it is due."""

    due_on: date
    amount: Amount


class SpreadIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Equal instalments from a first day on; a first day that ends its month makes all of them end theirs."""

    count: Annotated[int, msgspec.Meta(ge=1, le=INSTALMENTS_MAXIMUM)]
    first_due_on: date
    every: Literal["month", "quarter", "half_year", "year"] = "quarter"


class PledgeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A promise of your union: either `instalments` that add up to it, or `spread`. With a `condition` it is a memo until that is met."""

    union: Code
    fund: Code
    amount: Amount
    approved_on: date
    resolution: Annotated[str, msgspec.Meta(min_length=1, max_length=100, examples=["NEB-2026-01"])]
    policy: Literal["recognised", "memo"] = "recognised"
    condition: Annotated[str, msgspec.Meta(max_length=500)] = ""
    remark: Annotated[str, msgspec.Meta(max_length=300)] = ""
    instalments: Annotated[list[InstalmentIn], msgspec.Meta(max_length=INSTALMENTS_MAXIMUM)] = []
    spread: SpreadIn | None = None
    entry_date: date | None = None

    def request(self) -> RecordPledge:
        """As the service takes it; refuses instalments in another currency, and both or neither of the two ways to give them."""
        if bool(self.instalments) == (self.spread is not None):
            raise RequestInvalid(fields={"instalments": "give instalments or spread, one of the two"})
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("amount", "instalments", "spread")}
        minor = self.amount.minor
        return RecordPledge(**fields, currency=self.amount.currency, amount_minor=minor, instalments=self._instalments(minor))

    def _instalments(self, amount_minor: int) -> tuple[Instalment, ...]:
        if self.spread is not None:
            return spread(amount_minor, self.spread.count, self.spread.first_due_on, self.spread.every)
        return tuple(Instalment(each.due_on, minor_in(each.amount, self.amount.currency)) for each in self.instalments)


class ConditionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The day a pledge's condition was met."""

    met_on: date
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class CancellationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the rest of a pledge is given up, and on which date; without one, on the first open day from today."""

    reason: _Reason
    entry_date: date | None = None


class ReopeningIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a cancelled pledge is open again."""

    reason: _Reason


class InstalmentOut(msgspec.Struct, frozen=True, kw_only=True):
    """One instalment at a date; `state` is received, part, not_due, due, overdue or cancelled."""

    ordinal: int
    due_on: date
    amount: Amount
    received: Amount
    outstanding: Amount
    overdue: Amount
    overdue_days: int
    state: str


class ScheduleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pledge at a date: pledged = received + outstanding + cancelled = due + not_yet_due + cancelled."""

    as_of: date
    pledged: Amount
    received: Amount
    cancelled: Amount
    outstanding: Amount
    due: Amount
    overdue: Amount
    not_yet_due: Amount
    oldest_overdue_days: int
    percent_received: Decimal
    lines: list[InstalmentOut]


class ReceiptOut(msgspec.Struct, frozen=True):
    """A contribution that came on a pledge."""

    contribution: str
    received_on: date
    amount: Amount


class PledgeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A pledge; `state` is open, fulfilled or cancelled, `entry` the journal entry that first recognised it."""

    number: str
    union: str
    fund: str
    amount: Amount
    approved_on: date
    resolution: str
    policy: str
    condition: str
    met_on: date | None
    remark: str
    state: str
    entry: int | None
    recorded_by: str
    schedule: ScheduleOut
    receipts: list[ReceiptOut]
    href: str


class AgeOut(msgspec.Struct, frozen=True):
    """What is overdue for more than `over_days`, and at most `to_days` (null: without end)."""

    over_days: int
    to_days: int | None
    overdue: Amount


class TotalOut(msgspec.Struct, frozen=True, kw_only=True):
    """Pledges of one union in one currency; different currencies are never added together."""

    union: str
    count: int
    pledged: Amount
    received: Amount
    cancelled: Amount
    outstanding: Amount
    due: Amount
    overdue: Amount
    not_yet_due: Amount
    oldest_overdue_days: int
    ageing: list[AgeOut]


class PledgePage(msgspec.Struct, frozen=True):
    """One page of pledges as they stood at a date, with totals of everything that fits."""

    items: list[PledgeOut]
    next: str | None
    as_of: date
    totals: list[TotalOut]


def line_out(line: Line, currency: str) -> InstalmentOut:
    """One instalment as it travels."""
    names = ("amount", "received", "outstanding", "overdue")
    amounts = {name: amount(getattr(line, f"{name}_minor"), currency) for name in names}
    return InstalmentOut(ordinal=line.ordinal, due_on=line.due_on, overdue_days=line.overdue_days, state=line.state, **amounts)


_SUMS = ("pledged", "received", "cancelled", "outstanding", "due", "overdue", "not_yet_due")


def _sums(found: Schedule | Total) -> dict[str, Amount]:
    return {name: amount(getattr(found, f"{name}_minor"), found.currency) for name in _SUMS}


def schedule_out(found: Schedule) -> ScheduleOut:
    """A schedule as it travels."""
    return ScheduleOut(
        as_of=found.as_of, oldest_overdue_days=found.oldest_overdue_days, percent_received=found.percent_received,
        lines=[line_out(line, found.currency) for line in found.lines], **_sums(found),
    )  # fmt: skip


def pledge_out(view: PledgeView) -> PledgeOut:
    """A pledge with its schedule as it travels."""
    pledge = view.pledge
    names = ("number", "union", "fund", "approved_on", "resolution", "policy", "condition", "met_on", "remark", "state", "recorded_by")
    return PledgeOut(
        **{name: getattr(pledge, name) for name in names}, amount=amount(pledge.amount_minor, pledge.currency), entry=pledge.entry_number,
        schedule=schedule_out(view.schedule), href=f"/api/v1/pledges/{pledge.number}",
        receipts=[ReceiptOut(each.number, each.received_on, amount(each.amount_minor, pledge.currency)) for each in view.receipts],
    )  # fmt: skip


def total_out(total: Total) -> TotalOut:
    """A union's total as it travels."""
    starts, ends = (0, *AGEING_DAYS), (*AGEING_DAYS, None)
    ages = [AgeOut(a, b, amount(minor, total.currency)) for a, b, minor in zip(starts, ends, total.ageing_minor, strict=True)]
    return TotalOut(union=total.union, count=total.count, oldest_overdue_days=total.oldest_overdue_days, ageing=ages, **_sums(total))


class PledgesController(Controller):
    """Pledges."""

    path = "/pledges"
    tags = ["Pledges"]

    @get("/", operation_id="listPledges", opt={"permission": "read_books"})
    async def list_pledges(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, fund: Word = None, currency: Word = None,
        in_state: Annotated[Literal["open", "fulfilled", "cancelled"] | None, QueryParameter(name="state")] = None, as_of: AsOf = None,
        after: After = None, limit: Limit = 50,
    ) -> PledgePage:  # fmt: skip
        """Pledges approved by a date, newest first, each with its schedule on it."""
        narrowed = PledgeFilter(union=union or None, fund=fund or None, currency=currency or None, state=in_state)
        place = from_cursor(after, date, str)
        listed = await service.list_pledges(pool, actor, narrowed, as_of, (place[0], place[1]) if place else None, limit)
        totals = [total_out(total) for total in listed.totals]
        return PledgePage([pledge_out(view) for view in listed.items], listed.next and cursor(*listed.next), listed.as_of, totals)

    @get("/{number:str}", operation_id="getPledge", opt={"permission": "read_books"})
    async def get_pledge(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], as_of: AsOf = None
    ) -> PledgeOut:
        """One pledge with its schedule and what came on it."""
        return pledge_out(await service.show_pledge(pool, actor, number, as_of))

    @get("/{number:str}/schedule", operation_id="getPledgeSchedule", opt={"permission": "read_books"})
    async def get_schedule(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], as_of: AsOf = None
    ) -> ScheduleOut:
        """What is due, received and overdue at a date, instalment by instalment."""
        return schedule_out((await service.show_pledge(pool, actor, number, as_of)).schedule)

    @post("/", operation_id="recordPledge", opt={"permission": "record_pledge", "location": True})
    async def record_pledge(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[PledgeIn]
    ) -> Response[PledgeOut]:
        """Record a promise of your own union."""
        made = await service.record_pledge(pool, actor, key, data.request())
        told = pledge_out(await service.show_pledge(pool, actor, made.number))
        return Response(told, status_code=201, headers={"Location": told.href})

    @post("/preview", operation_id="previewPledge", opt={"permission": "record_pledge"}, status_code=200)
    async def preview_pledge(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[PledgeIn]
    ) -> PreviewOut | None:
        """What recording this would post (null for a memo), or the refusal it would get; nothing is recorded."""
        shown = await service.preview_pledge(pool, actor, data.request())
        return None if shown is None else preview_out(shown)

    @post("/{number:str}/condition", operation_id="meetPledgeCondition", opt={"permission": "record_pledge"}, status_code=200)
    async def meet_condition(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[ConditionIn]
    ) -> PledgeOut:
        """Its condition was met: what is outstanding binds, and under the recognised policy becomes income."""
        made = await service.meet_condition(pool, actor, key, number, data.met_on, data.reason)
        return pledge_out(await service.show_pledge(pool, actor, made.number))

    @post("/{number:str}/cancellation", operation_id="cancelPledge", opt={"permission": "record_pledge"}, status_code=200)
    async def cancel_pledge(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[CancellationIn],
    ) -> PledgeOut:  # fmt: skip
        """Give up what is still outstanding; what came stays."""
        made = await service.cancel_pledge(pool, actor, key, number, data.reason, data.entry_date)
        return pledge_out(await service.show_pledge(pool, actor, made.number))

    @post("/{number:str}/cancellation/preview", operation_id="previewCancellation", opt={"permission": "record_pledge"}, status_code=200)
    async def preview_cancellation(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], data: JSONBody[CancellationIn]
    ) -> PreviewOut | None:
        """What giving up the rest would post (null where nothing was recognised), or the refusal it would get; nothing is recorded."""
        shown = await service.preview_cancellation(pool, actor, number, data.reason, data.entry_date)
        return None if shown is None else preview_out(shown)

    @post("/{number:str}/reopening", operation_id="reopenPledge", opt={"permission": "record_pledge"}, status_code=200)
    async def reopen_pledge(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[ReopeningIn]
    ) -> PledgeOut:
        """Undo a cancellation."""
        made = await service.reopen_pledge(pool, actor, key, number, data.reason)
        return pledge_out(await service.show_pledge(pool, actor, made.number))


ROUTES = [PledgesController]
