"""Answer for picket duty in JSON: who stood on a day, sheets of duty, and the captains who record it for a local."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.routes.roster_schemas import FaultsOut, MemberNumberOut, RosterText, SheetIn, faults_out
from api.schemas import IdempotencyKey, body_with, same
from ledger.domain.actors import Actor
from ledger.services import duty as duty_service
from ledger.services.pool import Pool
from ledger.services.spreadsheets import SIZE_MAXIMUM_BYTES


class DutyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a member stood on a day, in place of what was recorded; no minutes take it back."""

    day: date
    reference: RosterText
    minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = duty_service.USUAL_MINUTES


class StoodOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who stood; `name` is empty for a captain."""

    member: int
    reference: str
    name: str
    local: str
    minutes: int
    recorded_by: str
    recorded_at: datetime


class DutyDayOut(msgspec.Struct, frozen=True, kw_only=True):
    """A day on the line, in the locals that are the caller's."""

    strike: str
    day: date
    locals: list[str]
    stood: list[StoodOut]


class DutyPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a sheet of duty in would do."""

    rows: int
    mapping: dict[str, int]
    missing_columns: list[str]
    entries: int
    added: int
    changed: int
    unchanged: int
    faults: FaultsOut


class DutyImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing duty in did, in figures."""

    strike: str
    entries: int
    added: int
    changed: int
    unchanged: int


class CaptainIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A picket captain of the union for one local of the strike; with `ends`, no more."""

    local: Annotated[str, msgspec.Meta(min_length=1, max_length=12)]
    person_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    ends: bool = False


class CaptainOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who records duty for a local."""

    strike: str
    local: str
    person_id: int
    ends: bool


@get("/strikes/{number:str}/duty", opt={"permission": "record_duty"}, operation_id="getDuty", tags=["Rosters"])
async def get_duty(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str],
    day: FromQuery[date | None] = None, local: Annotated[str, QueryParameter(max_length=12)] = "",
) -> DutyDayOut:  # fmt: skip
    """Who stood on a day, today where none is given."""
    found = await duty_service.show_day(pool, actor, number, day, local)
    return DutyDayOut(
        strike=found.place.strike.number, day=found.day, locals=[each.number for each in found.place.locals],
        stood=[same(StoodOut, each) for each in found.stood],
    )  # fmt: skip


@post("/strikes/{number:str}/duty", opt={"permission": "record_duty"}, operation_id="recordDuty", tags=["Rosters"])
async def record_duty(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[DutyIn]
) -> MemberNumberOut:
    """Record how long a member stood on a day; no minutes take it back."""
    member = await duty_service.record(pool, actor, idempotency_key, number, data.day, data.reference, data.minutes)
    return MemberNumberOut(strike=number, member=member)


@post(
    "/strikes/{number:str}/duty/preview", opt={"permission": "manage_roster", "answers": (404, 422)}, operation_id="previewDuty", tags=["Rosters"],
    status_code=200, request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
)  # fmt: skip
async def preview_duty(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], data: JSONBody[SheetIn]
) -> DutyPreviewOut:
    """What bringing a sheet of duty in would do, and what is wrong with it, row by row. Nothing is kept."""
    found = await duty_service.preview(pool, actor, number, data.file, data.mapping, data.language)
    return DutyPreviewOut(
        rows=found.rows, mapping=found.mapping, missing_columns=found.missing_columns, entries=found.entries, added=found.added,
        changed=found.changed, unchanged=found.unchanged, faults=faults_out(found.faults),
    )  # fmt: skip


@post(
    "/strikes/{number:str}/duty/imports", opt={"permission": "manage_roster"}, operation_id="importDuty", tags=["Rosters"],
    request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
)  # fmt: skip
async def import_duty(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[SheetIn]
) -> DutyImportOut:
    """Bring a sheet of duty in, whole or not at all."""
    brought = await duty_service.bring_in(pool, actor, idempotency_key, number, data.file, data.mapping, data.language)
    return DutyImportOut(**msgspec.to_builtins(brought))


@post("/strikes/{number:str}/captains", opt={"permission": "manage_roster"}, operation_id="nameCaptain", tags=["Rosters"])
async def name_captain(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[CaptainIn]
) -> CaptainOut:
    """Let a picket captain record duty for one local of a strike, or no more."""
    await duty_service.name_captain(pool, actor, idempotency_key, number, data.local, data.person_id, data.ends)
    return CaptainOut(strike=number, local=data.local, person_id=data.person_id, ends=data.ends)


ROUTES = [get_duty, record_duty, preview_duty, import_duty, name_captain]
