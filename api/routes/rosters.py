"""Answer for rosters in JSON: to who keeps the roster of their own union, in figures to others."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.routes.roster_schemas import (
    CountOut,
    MemberChangeOut,
    MemberDayOut,
    MemberNumberOut,
    MemberWeekOut,
    NewRosterMemberIn,
    RosterCountsOut,
    RosterImportOut,
    RosterMemberIn,
    RosterMemberOut,
    RosterMemberViewOut,
    RosterPreviewOut,
    SheetIn,
    faults_out,
    member_out,
)
from api.schemas import After, Amount, IdempotencyKey, Limit, Page, amount, body_with, cursor, from_cursor, minor_in, same
from ledger.domain.actors import Actor
from ledger.domain.rosters import MONEY, Standing
from ledger.services import roster_files, roster_retention, strikes
from ledger.services import rosters as service
from ledger.services.pool import Pool
from ledger.services.rosters import AddMember, ChangeMember
from ledger.services.spreadsheets import SIZE_MAXIMUM_BYTES
from ledger.storage.rosters import RosterFilter


class RosterIn(SheetIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A roster to bring in. With `leave`, members of the file's locals who are not in it have left the roster."""

    leave: bool = False


class RetentionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when the roster is kept with its names."""

    until: date


class RetentionOut(msgspec.Struct, frozen=True, kw_only=True):
    """Until when the roster is kept with its names."""

    strike: str
    until: date


class NamesOutIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The strike's number once more, because this cannot be undone."""

    confirm: Annotated[str, msgspec.Meta(max_length=40)]


class NamesOutOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many members have no name any more."""

    strike: str
    members: int


async def _asked(pool: Pool, actor: Actor, number: str, data: RosterMemberIn) -> dict[str, Any]:
    said = {name: getattr(data, name) for name in data.__struct_fields__ if name not in MONEY}
    given: dict[str, Amount] = {name: getattr(data, name) for name in MONEY if getattr(data, name) is not None}
    if not given:
        return said
    currency = (await strikes.show_strike(pool, actor, number)).strike.currency
    return said | {f"{name}_minor": minor_in(each, currency) for name, each in given.items()}


# --- the roster -------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/roster", opt={"permission": "read_roster"}, operation_id="listRoster", tags=["Rosters"])
async def list_roster(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str],
    q: Annotated[str, QueryParameter(max_length=100, description="Beginnings of words of a name, or part of a reference")] = "",
    local: Annotated[str | None, QueryParameter(max_length=12)] = None,
    standing: FromQuery[Standing | None] = None,
    sort: FromQuery[Literal["name", "reference"]] = "name",
    left: Annotated[bool, QueryParameter(description="Those who left too")] = False,
    after: After = None, limit: Limit = 50,
) -> Page[RosterMemberOut]:  # fmt: skip
    """Members of a strike, by name or reference. Every call is in the audit trail."""
    position = from_cursor(after, str, int)
    narrowed = RosterFilter(words=q, local=local, standing=standing, here=not left)
    found = await service.list_members(pool, actor, number, narrowed, sort, position, limit)
    return Page([member_out(each, found.strike.currency) for each in found.items], cursor(*found.next) if found.next else None)


@get("/strikes/{number:str}/roster/counts", opt={"permission": "read_strikes"}, operation_id="getRosterCounts", tags=["Rosters"])
async def roster_counts(pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> RosterCountsOut:
    """The roster in figures, without anybody in it."""
    found = await service.count_roster(pool, actor, number)
    return RosterCountsOut(total=found.total, counts=[same(CountOut, each) for each in found.counts])


@get("/strikes/{number:str}/roster/{member:int}", opt={"permission": "read_roster"}, operation_id="getRosterMember", tags=["Rosters"])
async def get_member(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], member: FromPath[int]
) -> RosterMemberViewOut:
    """One member with their weeks, duty and changes."""
    view = await service.show_member(pool, actor, number, min(member, 2**31 - 1))
    weeks = [
        MemberWeekOut(
            run=each["run"], week=each["week"], state=each["state"], reason=each["reason"], days=each["days"],
            gross=amount(each["gross_minor"], each["currency"]), recovered=amount(each["recovered_minor"], each["currency"]),
        )
        for each in view.weeks
    ]  # fmt: skip
    return RosterMemberViewOut(
        member=member_out(view.member, view.strike.currency), weeks=weeks, duty=[MemberDayOut(*each) for each in view.duty],
        changes=[same(MemberChangeOut, each) for each in view.changes], elsewhere=view.elsewhere,
    )  # fmt: skip


@post("/strikes/{number:str}/roster", opt={"permission": "manage_roster"}, operation_id="addRosterMember", tags=["Rosters"])
async def add_member(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str],
    data: JSONBody[NewRosterMemberIn],
) -> MemberNumberOut:  # fmt: skip
    """Put one member on the roster by hand."""
    request = AddMember(**await _asked(pool, actor, number, data))
    return MemberNumberOut(strike=number, member=await service.add_member(pool, actor, idempotency_key, number, request))


@put("/strikes/{number:str}/roster/{member:int}", opt={"permission": "manage_roster"}, operation_id="changeRosterMember", tags=["Rosters"])
async def change_member(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], member: FromPath[int],
    data: JSONBody[RosterMemberIn],
) -> MemberNumberOut:  # fmt: skip
    """Say anew, whole, what is said of one member."""
    request = ChangeMember(**await _asked(pool, actor, number, data))
    return MemberNumberOut(
        strike=number, member=await service.change_member(pool, actor, idempotency_key, number, min(member, 2**31 - 1), request)
    )


@post(
    "/strikes/{number:str}/roster/preview", opt={"permission": "manage_roster", "answers": (404, 422)}, operation_id="previewRoster", tags=["Rosters"],
    status_code=200, request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
)  # fmt: skip
async def preview_roster(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], data: JSONBody[SheetIn]
) -> RosterPreviewOut:
    """What bringing a roster in would do, and what is wrong with it, row by row. Nothing is kept."""
    found = await roster_files.preview(pool, actor, number, data.file, data.mapping, data.language)
    return RosterPreviewOut(
        rows=found.rows, mapping=found.mapping, missing_columns=found.missing_columns, added=found.added, changed=found.changed,
        unchanged=found.unchanged, missing=found.missing, moved=found.moved, elsewhere=[row for row, _ in found.elsewhere],
        faults=faults_out(found.faults),
    )  # fmt: skip


@post(
    "/strikes/{number:str}/roster/imports", opt={"permission": "manage_roster"}, operation_id="importRoster", tags=["Rosters"],
    request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
)  # fmt: skip
async def import_roster(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[RosterIn]
) -> RosterImportOut:
    """Bring a roster in, whole or not at all."""
    brought = await roster_files.bring_in(pool, actor, idempotency_key, number, data.file, data.mapping, data.language, leave=data.leave)
    return RosterImportOut(**msgspec.to_builtins(brought))


@put("/strikes/{number:str}/roster/retention", opt={"permission": "manage_roster"}, operation_id="setRosterRetention", tags=["Rosters"])
async def set_retention(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[RetentionIn]
) -> RetentionOut:
    """Say until when the roster is kept with its names."""
    return RetentionOut(strike=number, until=await roster_retention.set_retention(pool, actor, idempotency_key, number, data.until))


@post("/strikes/{number:str}/roster/pseudonymisation", opt={"permission": "manage_roster"}, operation_id="pseudonymiseRoster", tags=["Rosters"])
async def pseudonymise(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], idempotency_key: IdempotencyKey, number: FromPath[str], data: JSONBody[NamesOutIn]
) -> NamesOutOut:
    """Take the names out of the roster of a strike that is over. It cannot be undone; every figure stays."""
    members = await roster_retention.pseudonymise(pool, actor, idempotency_key, number, data.confirm)
    return NamesOutOut(strike=number, members=members)


# --- picket duty ------------------------------------------------------------------------------------------------------


ROUTES = [list_roster, roster_counts, get_member, add_member, change_member, preview_roster, import_roster, set_retention, pseudonymise]
