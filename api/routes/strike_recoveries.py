"""Answer in JSON for what becomes of an overpayment that no later run takes off: it is paid back, or proposed and written off by a second person."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from api.routes.entry_schemas import PreviewOut, preview_out
from api.routes.strike_run_schemas import ID_MAXIMUM, BankAccount, RunDayIn, RunOut, done_out
from api.routes.strike_runs import APPROVE, FIX, READ, MemberNumber, minor_of
from api.schemas import Amount, IdempotencyKey, amount
from ledger.domain.actors import Actor
from ledger.domain.strike_recoveries import NOTE_MAXIMUM, REFERENCE_MAXIMUM, Recovery
from ledger.services import strike_recoveries as service
from ledger.services import strike_run_views
from ledger.services.pool import Pool

Number = FromPath[str]
WriteOffReason = Literal["left", "hardship", "too_small", "our_mistake", "not_reached"]
Ordinal = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="Its number within the run")]


class PaidBackIn(RunDayIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came back, the day it reached the bank, and into which account; `reference` is the statement's, which the member's own file keeps."""

    amount: Amount
    account: BankAccount
    reference: Annotated[str, msgspec.Meta(max_length=REFERENCE_MAXIMUM)] = ""


class WriteOffIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be written off, and why; the note stays in the member's own file."""

    amount: Amount
    reason: WriteOffReason
    note: Annotated[str, msgspec.Meta(max_length=NOTE_MAXIMUM)] = ""


class RecoveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, or is written off (`written_off`): proposed, posted or refused. Nobody in it."""

    ordinal: int
    kind: Literal["paid_back", "written_off"]
    amount: Amount
    state: Literal["proposed", "posted", "refused"]
    reason: str
    happened_on: date | None
    proposed_by: str
    made_at: datetime
    entry: int | None


def recovery_out(each: Recovery, currency: str) -> RecoveryOut:
    """One as it travels."""
    same = {name: getattr(each, name) for name in RecoveryOut.__struct_fields__ if name != "amount"}
    return RecoveryOut(**same, amount=amount(each.amount_minor, currency))


class RunRecoveriesController(Controller):
    """What a run paid too much, paid back or written off."""

    path = "/strikes/runs/{run:str}"
    tags = ("Strike runs",)

    @get("/recoveries", opt=READ, operation_id="listRunRecoveries")
    async def list_recoveries(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number) -> list[RecoveryOut]:
        """What came back of the run's overpayments and what is written off, to its own union's approvers and keepers; nothing to others."""
        known = (await strike_run_views.show_run(pool, actor, run)).run
        return [recovery_out(each, known.currency) for each in await service.list_recoveries(pool, actor, run)]

    @post("/lines/{member:int}/repayments/preview", opt=FIX, operation_id="previewOverpaymentRepayment", status_code=200)
    async def preview_repayment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber, data: JSONBody[PaidBackIn]
    ) -> PreviewOut:
        """What recording it would post."""
        minor = await minor_of(pool, actor, run, data.amount)
        return preview_out(await service.preview_repayment(pool, actor, run, member, data.account, data.on, minor))

    @post("/lines/{member:int}/repayments", opt=FIX, operation_id="repayOverpayment", status_code=200)
    async def repay(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber, data: JSONBody[PaidBackIn],
        key: IdempotencyKey,
    ) -> RunOut:  # fmt: skip
        """Record that a member paid back what was too much, or a part of it."""
        minor = await minor_of(pool, actor, run, data.amount)
        return done_out(await service.repay_overpayment(pool, actor, key, run, member, data.account, data.on, minor, data.reference), actor)

    @post("/lines/{member:int}/write-offs", opt=FIX, operation_id="proposeWriteOff", status_code=200)
    async def propose(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, member: MemberNumber, data: JSONBody[WriteOffIn],
        key: IdempotencyKey,
    ) -> RunOut:  # fmt: skip
        """Propose not to ask for it any more; a second person decides."""
        minor = await minor_of(pool, actor, run, data.amount)
        return done_out(await service.propose_write_off(pool, actor, key, run, member, minor, data.reason, data.note), actor)

    @post("/write-offs/{ordinal:int}/approval/preview", opt=APPROVE, operation_id="previewWriteOff", status_code=200)
    async def preview_approval(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, ordinal: Ordinal, data: JSONBody[RunDayIn]
    ) -> PreviewOut:
        """What writing it off would post."""
        return preview_out(await service.preview_write_off(pool, actor, run, ordinal, data.on))

    @post("/write-offs/{ordinal:int}/approval", opt=APPROVE, operation_id="approveWriteOff", status_code=200)
    async def approve(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, ordinal: Ordinal, data: JSONBody[RunDayIn],
        key: IdempotencyKey,
    ) -> RunOut:  # fmt: skip
        """Write off what another person proposed: it is an expense again."""
        return done_out(await service.approve_write_off(pool, actor, key, run, ordinal, data.on), actor)

    @post("/write-offs/{ordinal:int}/refusal", opt=APPROVE, operation_id="refuseWriteOff", status_code=200)
    async def refuse(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], run: Number, ordinal: Ordinal, key: IdempotencyKey
    ) -> RunOut:
        """Refuse to write it off: it is still owed."""
        return done_out(await service.refuse_write_off(pool, actor, key, run, ordinal), actor)


ROUTES = [RunRecoveriesController]
