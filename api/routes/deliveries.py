"""Answer in JSON for what was delivered of bookings: written down, agreed to or disputed, valued, and charged back in part."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.routes.between_union_schemas import StepOut, step_out
from api.routes.entry_schemas import PreviewOut, preview_out
from api.routes.resources import LendingEventOut, Number, ResourceRateOut, decimal_text, history_out, rate_out
from api.schemas import After, Amount, CurrencyCode, DecimalText, Limit, Page, amount, cursor, place_after
from api.writes import By
from ledger.domain import deliveries as rules
from ledger.domain.actors import Actor
from ledger.domain.deliveries import Delivery, Line, Part, Sheet, State
from ledger.domain.mirrors import DESCRIPTION_MAXIMUM, REFERENCE_MAXIMUM, SETTLE
from ledger.domain.resources import READ, DistanceUnit
from ledger.services import charge_backs, mirrors, steps
from ledger.services import deliveries as service
from ledger.services.charge_backs import DELIVERIES_MAXIMUM, ChargeBack
from ledger.services.deliveries import written_delivery
from ledger.services.pool import Pool
from ledger.storage.deliveries import DeliveryFilter

_Read, _Record, _Confirm, _Settle = ({"permission": name} for name in (READ, rules.RECORD, rules.CONFIRM, SETTLE))
_Books = {"permission": charge_backs.READ}
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=1_000_000, description="The revision that was read")]


class DeliveryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was delivered on a day: a quantity of the resource's unit, and how far it was driven."""

    day: date
    quantity: DecimalText = "0"
    distance: DecimalText = "0"
    note: Annotated[str, msgspec.Meta(max_length=rules.NOTE_MAXIMUM)] = ""


class DeliverySheetIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sheet of days, distances in kilometres or miles whatever the rate is per; `submit` hands it to the borrower at once."""

    lines: Annotated[list[DeliveryLine], msgspec.Meta(min_length=1, max_length=rules.LINES_MAXIMUM)]
    distance_unit: DistanceUnit = ""
    remark: Annotated[str, msgspec.Meta(max_length=rules.REMARK_MAXIMUM)] = ""
    submit: bool = False


class DeliveryIn(DeliverySheetIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sheet of a booking."""

    booking: _Word


class DeliveryReadIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed to is what was read."""

    revision: Revision


class DisputeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which quantity the borrower holds right, and why."""

    revision: Revision
    claimed: DecimalText
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.REASON_MAXIMUM)]


class DeliveryReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.REASON_MAXIMUM)]


class ChargeBackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Confirmed deliveries of one borrower, currency and agreement, all of staff or none; `fund` is of your union's own book."""

    agreement: _Word
    deliveries: Annotated[list[_Word], msgspec.Meta(min_length=1, max_length=DELIVERIES_MAXIMUM)]
    entry_date: date
    description: Annotated[str, msgspec.Meta(min_length=1, max_length=DESCRIPTION_MAXIMUM)]
    fund: _Word
    reference: Annotated[str, msgspec.Meta(max_length=REFERENCE_MAXIMUM)] = ""


class ChargeBackPaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """In which currency it is paid, and on which day."""

    currency: CurrencyCode
    on: date


class DeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery. `value` is what was recorded when it was confirmed, `recovered` what of it was charged back by the step `charge_back`."""

    number: str
    booking: str
    resource: str
    resource_name: str
    kind: str
    unit: str
    lender: str
    borrower: str
    agreement: str | None
    starts_on: date
    ends_on: date
    state: str
    state_since: datetime
    revision: int
    quantity: str
    distance: str
    distance_unit: str
    claimed: str | None
    dispute: str
    basis: str
    value: Amount
    charge_back: str | None
    recovered: Amount
    recorded_by: str
    recorded_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    entry: int | None
    remark: str
    lines: list[DeliveryLine]
    href: str


class DeliveryPartOut(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the days that one rate holds for; the rate of the distance is per `per`."""

    rate: ResourceRateOut
    quantity: str
    distance: str
    per: str


class DeliveryWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, the working of its value (`worth` is null where it is not valued, or a rate is missing), its history, and what you may do."""

    delivery: DeliveryOut
    worth: Amount | None
    working: list[DeliveryPartOut]
    history: list[LendingEventOut]
    may: list[str]


class DeliveryPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What confirming would record in the joint book; null where nothing is valued."""

    entry: PreviewOut | None


class ChargeShareOut(msgspec.Struct, frozen=True, kw_only=True):
    """What of a delivery is charged back; the percentage is null once the step is kept, the entry until it is accepted."""

    delivery: str
    value: Amount
    share: Amount
    percent: str | None
    entry: int | None


class ChargeBackOut(msgspec.Struct, frozen=True, kw_only=True):
    """A step that charges back, what of each delivery, what is left to settle of it, and the steps that settle it."""

    step: StepOut
    lines: list[ChargeShareOut]
    left: Amount
    settled_by: list[str]


class ChargeBackSettlementOut(msgspec.Struct, frozen=True, kw_only=True):
    """What pays the rest of a charge-back in another currency, at the rate that its agreement names (CAD for one USD)."""

    settles: str
    left: Amount
    paid: Amount
    rate: str | None
    source: str
    on: date | None


_SUMS, _FIGURES, _NAMES = ("value", "recovered"), ("quantity", "distance"), ("recorded_by", "confirmed_by")


def delivery_out(delivery: Delivery) -> DeliveryOut:
    """A delivery as it travels."""
    other = (*_SUMS, *_FIGURES, *_NAMES, "claimed", "lines", "href")
    found: dict[str, Any] = {name: getattr(delivery, name) for name in DeliveryOut.__struct_fields__ if name not in other}
    found |= {name: amount(getattr(delivery, f"{name}_minor"), delivery.currency) for name in _SUMS}
    found |= {name: decimal_text(getattr(delivery, name)) for name in (*_FIGURES, "claimed")}
    found |= {name: getattr(delivery, f"{name}_name") for name in _NAMES}
    return DeliveryOut(**found, lines=[_line_out(line) for line in delivery.lines], href=f"/api/v1/deliveries/{delivery.number}")


def _line_out(line: Line) -> DeliveryLine:
    return DeliveryLine(day=line.day, quantity=decimal_text(line.quantity) or "0", distance=decimal_text(line.distance) or "0", note=line.note)


def _part_out(part: Part) -> DeliveryPartOut:
    figures = decimal_text(part.quantity) or "0", decimal_text(part.distance) or "0"
    return DeliveryPartOut(rate=rate_out(part.rate), quantity=figures[0], distance=figures[1], per=part.per)


def _sheet(data: DeliverySheetIn) -> Sheet:
    lines = tuple(Line(day=each.day, quantity=Decimal(each.quantity), distance=Decimal(each.distance), note=each.note) for each in data.lines)
    return Sheet(lines=lines, distance_unit=data.distance_unit, remark=data.remark)


def _asked(data: ChargeBackIn) -> ChargeBack:
    said: dict[str, Any] = {name: getattr(data, name) for name in ChargeBack.__struct_fields__ if name != "deliveries"}
    return ChargeBack(**said, deliveries=tuple(data.deliveries))


class DeliveriesController(Controller):
    """What was delivered of bookings."""

    path = "/deliveries"
    tags = ("Resources",)

    @get("/", opt=_Read, operation_id="listDeliveries")
    async def list_deliveries(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], booking: FromQuery[str | None] = None,
        resource: FromQuery[str | None] = None, in_state: Annotated[State | None, QueryParameter(name="state")] = None,
        union: Annotated[str | None, QueryParameter(description="A union that lends or borrows")] = None, after: After = None, limit: Limit = 50,
    ) -> Page[DeliveryOut]:  # fmt: skip
        """Deliveries, the newest first; who only leads campaigns gets those of their own bookings."""
        narrowed = DeliveryFilter(booking=booking, resource=resource, state=in_state, union=union)
        found = await service.list_deliveries(pool, actor, narrowed, place_after(after, written_delivery), limit)
        return Page([delivery_out(each) for each in found.items], found.next and cursor(found.next))

    @post("/", opt=_Record | {"location": True}, operation_id="recordDelivery")
    async def record(self, by: NamedDependency[By], data: JSONBody[DeliveryIn]) -> Response[DeliveryOut]:
        """Write down what your union lent of a booking."""
        told = delivery_out(await service.record_delivery(*by, data.booking, _sheet(data), data.submit))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getDelivery")
    async def get_delivery(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> DeliveryWhole:
        """One delivery with the working of its value and its history."""
        view = await service.show_delivery(pool, actor, number)
        worth = None if view.value_minor is None else amount(view.value_minor, view.delivery.currency)
        return DeliveryWhole(
            delivery=delivery_out(view.delivery), worth=worth, working=[_part_out(part) for part in view.parts], history=history_out(view.history),
            may=view.may,
        )  # fmt: skip

    @put("/{number:str}", opt=_Record, operation_id="changeDelivery")
    async def change(self, by: NamedDependency[By], number: Number, data: JSONBody[DeliverySheetIn]) -> DeliveryOut:
        """Correct it before it is confirmed: a new revision."""
        return delivery_out(await service.change_delivery(*by, number, _sheet(data), data.submit))

    @post("/{number:str}/submission", opt=_Record, operation_id="submitDelivery", status_code=200)
    async def submit(self, by: NamedDependency[By], number: Number) -> DeliveryOut:
        """Hand a draft to the borrower."""
        return delivery_out(await service.submit_delivery(*by, number))

    @post("/{number:str}/withdrawal", opt=_Record, operation_id="withdrawDelivery", status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[DeliveryReasonIn]) -> DeliveryOut:
        """Take it back before it is confirmed."""
        return delivery_out(await service.withdraw_delivery(*by, number, data.reason))

    @post("/{number:str}/confirmation/preview", opt=_Confirm, operation_id="previewDelivery", status_code=200)
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> DeliveryPreviewOut:
        """What confirming would record in the joint book."""
        found = await service.preview_delivery(pool, actor, number)
        return DeliveryPreviewOut(entry=None if found is None else preview_out(found))

    @post("/{number:str}/confirmation", opt=_Confirm, operation_id="confirmDelivery", status_code=200)
    async def confirm(self, by: NamedDependency[By], number: Number, data: JSONBody[DeliveryReadIn]) -> DeliveryOut:
        """Agree to what was delivered: what it is worth is recorded as given in kind."""
        return delivery_out(await service.confirm_delivery(*by, number, data.revision))

    @post("/{number:str}/dispute", opt=_Confirm, operation_id="disputeDelivery", status_code=200)
    async def dispute(self, by: NamedDependency[By], number: Number, data: JSONBody[DisputeIn]) -> DeliveryOut:
        """Say which quantity your union holds right, and why."""
        return delivery_out(await service.dispute_delivery(*by, number, data.revision, Decimal(data.claimed), data.reason))

    @post("/{number:str}/undoing", opt=_Confirm, operation_id="undoDelivery", status_code=200)
    async def undo(self, by: NamedDependency[By], number: Number, data: JSONBody[DeliveryReasonIn]) -> DeliveryOut:
        """Take the confirmation back, its entry by reversal; not while it is charged back."""
        return delivery_out(await service.undo_delivery(*by, number, data.reason))


class ChargeBacksController(Controller):
    """Shares of what was lent, charged back under an agreement."""

    path = "/charge-backs"
    tags = ("Resources",)

    @get("/chargeable", opt=_Settle, operation_id="getChargeable")
    async def chargeable(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[DeliveryOut]:
        """What your union lent under an agreement, confirmed and not charged back."""
        return [delivery_out(each) for each in await charge_backs.list_chargeable(pool, actor)]

    @post("/preview", opt=_Settle | {"answers": (404,)}, operation_id="previewChargeBack", status_code=200)
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[ChargeBackIn]) -> list[ChargeShareOut]:
        """What of each delivery would be charged back, by the agreement of its last day."""
        return [
            ChargeShareOut(
                delivery=each.delivery.number, value=amount(each.delivery.value_minor, each.delivery.currency),
                share=amount(each.share_minor, each.delivery.currency), percent=decimal_text(each.percent), entry=None,
            )
            for each in await charge_backs.preview_shares(pool, actor, _asked(data))
        ]  # fmt: skip

    @post("/", opt=_Settle | {"answers": (404,), "location": True}, operation_id="proposeChargeBack")
    async def propose(self, by: NamedDependency[By], data: JSONBody[ChargeBackIn]) -> Response[ChargeBackOut]:
        """Propose to charge deliveries back; the borrower's treasurer accepts the step."""
        told = await _charge_back_out(by.pool, by.actor, (await charge_backs.propose_charge_back(*by, _asked(data))).number)
        return Response(told, status_code=201, headers={"Location": f"/api/v1/charge-backs/{told.step.number}"})

    @get("/{number:str}", opt=_Books, operation_id="getChargeBack")
    async def get_charge_back(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> ChargeBackOut:
        """A step that charges back, and what of each delivery."""
        return await _charge_back_out(pool, actor, number)

    @post("/{number:str}/settlement/preview", opt=_Books, operation_id="previewChargeBackSettlement", status_code=200)
    async def settlement(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[ChargeBackPaymentIn]
    ) -> ChargeBackSettlementOut:  # fmt: skip
        """What pays the rest of an accepted charge-back in another currency; it is recorded by proposing a settlement of it."""
        found = await charge_backs.settlement_offer(pool, actor, number, data.currency, data.on)
        paid = found.paid
        return ChargeBackSettlementOut(
            settles=mirrors.written_step(number), left=amount(found.amount_minor, found.currency), paid=amount(paid.amount_minor, paid.currency),
            rate=decimal_text(paid.rate), source=paid.source, on=paid.on,
        )  # fmt: skip


async def _charge_back_out(pool: Pool, actor: Actor, number: str) -> ChargeBackOut:
    view = await charge_backs.show_charge_back(pool, actor, number)
    entries = (await steps.show_step(pool, actor, number)).entries
    lines = [
        ChargeShareOut(
            delivery=each.delivery, value=amount(each.value_minor, view.step.currency), share=amount(each.share_minor, view.step.currency),
            percent=None, entry=each.entry,
        )
        for each in view.lines
    ]  # fmt: skip
    left = amount(view.left_minor, view.step.currency)
    return ChargeBackOut(step=step_out(view.step, entries), lines=lines, left=left, settled_by=view.settled_by)


ROUTES = [DeliveriesController, ChargeBacksController]
