"""Answer for rosters and picket duty in JSON: to who keeps the roster of their own union, in figures to others, by reference to captains."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.schemas import After, Amount, IdempotencyKey, Limit, Page, amount, body_with, cursor, from_cursor, minor_in
from ledger.domain.actors import Actor
from ledger.domain.rosters import MONEY, Member, OtherIncome, PayMethod, Payroll, Standing
from ledger.domain.sheets import Fault, Faults
from ledger.services import duty as duty_service
from ledger.services import roster_files, roster_retention, strikes
from ledger.services import rosters as service
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from ledger.services.rosters import AddMember, ChangeMember
from ledger.services.spreadsheets import SIZE_MAXIMUM_BYTES
from ledger.storage.rosters import OnRoster, RosterFilter

_Text = Annotated[str, msgspec.Meta(max_length=300)]


class SheetIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A CSV or XLSX file, in base64. `mapping` gives the place of each column, from 0; without it the heading says.

    `language` says how figures are written where they can be read in two ways: en or fr.
    """

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
    content: bytes
    mapping: dict[str, Annotated[int, msgspec.Meta(ge=0, lt=1000)]] | None = None
    language: Literal["en", "fr"] = "en"

    @property
    def file(self) -> SheetFile:
        return SheetFile(self.filename, self.content)


class RosterIn(SheetIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A roster to bring in. With `leave`, members of the file's locals who are not in it have left the roster."""

    leave: bool = False


class FaultsOut(msgspec.Struct, frozen=True):
    """What is wrong with cells: the first of them by row, column and code, and how many there are. No cell is repeated."""

    count: int
    first: list[Fault]


class RosterPreviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a roster in would do. `moved` are rows whose member changes locals; `elsewhere` rows whose reference another strike has."""

    rows: int
    mapping: dict[str, int]
    missing_columns: list[str]
    added: int
    changed: int
    unchanged: int
    missing: int
    moved: list[int]
    elsewhere: list[int]
    faults: FaultsOut


class RosterImportOut(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a roster in did, in figures."""

    strike: str
    rows: int
    added: int
    changed: int
    unchanged: int
    left: int


class RosterMemberIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is to be said of a member from now on, whole, and why."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    local: Annotated[str, msgspec.Meta(min_length=1, max_length=12)]
    standing: Standing = "good"
    payroll: Payroll = "active"
    registered_on: date | None = None
    other_income: OtherIncome = ""
    returned_on: date | None = None
    crossed_on: date | None = None
    on_hold: bool = False
    late: bool = False
    penalised_from: date | None = None
    left_on: date | None = None
    dependants: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0
    gross_weekly: Amount | None = None
    hourly_rate: Amount | None = None
    pay_method: PayMethod = "cheque"
    pay_reference: Annotated[str, msgspec.Meta(max_length=40)] = ""
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class NewRosterMemberIn(RosterMemberIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member to put on the roster by hand."""

    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class RosterMemberOut(msgspec.Struct, frozen=True, kw_only=True):
    """A member as the roster has them; `number` is theirs on this roster."""

    number: int
    reference: str
    name: str
    local: str
    standing: str
    payroll: str
    registered_on: date | None
    other_income: str
    returned_on: date | None
    crossed_on: date | None
    on_hold: bool
    late: bool
    penalised_from: date | None
    left_on: date | None
    dependants: int
    gross_weekly: Amount | None
    hourly_rate: Amount | None
    pay_method: str
    pay_reference: str
    changed_by: str
    changed_at: datetime


class MemberWeekOut(msgspec.Struct, frozen=True, kw_only=True):
    """A member's line in a run."""

    run: str
    week: int
    state: str
    reason: str
    days: int
    gross: Amount
    recovered: Amount


class MemberDayOut(msgspec.Struct, frozen=True):
    """Duty of a day."""

    day: date
    minutes: int


class MemberChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed by hand: each field with what it said before and says now; of names only that they changed."""

    fields: dict[str, list[Any]]
    reason: str
    changed_by: str
    changed_at: datetime


class RosterMemberViewOut(msgspec.Struct, frozen=True, kw_only=True):
    """One member with their weeks, days of duty and changes; `elsewhere` is another strike that has the same reference."""

    member: RosterMemberOut
    weeks: list[MemberWeekOut]
    duty: list[MemberDayOut]
    changes: list[MemberChangeOut]
    elsewhere: str


class MemberNumberOut(msgspec.Struct, frozen=True, kw_only=True):
    """A member's number on the roster."""

    strike: str
    member: int


class CountOut(msgspec.Struct, frozen=True, kw_only=True):
    """Members of a local in a standing; null where too few to tell."""

    local: str
    standing: str
    members: int | None


class RosterCountsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A roster in figures; null stands for a figure under five, for everybody who may not read the roster."""

    total: int | None
    counts: list[CountOut]


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


class DutyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long a member stood on a day, in place of what was recorded; no minutes take it back."""

    day: date
    reference: _Text
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


def _faults(faults: Faults) -> FaultsOut:
    return FaultsOut(faults.count, list(faults.shown))


def _same(kind: type[Any], thing: Any) -> Any:
    return kind(**{name: getattr(thing, name) for name in kind.__struct_fields__})


def member_out(found: OnRoster, currency: str) -> RosterMemberOut:
    """A member as they travel."""
    facts: Member = found.facts
    money: dict[str, Any] = {name: None if (minor := getattr(facts, f"{name}_minor")) is None else amount(minor, currency) for name in MONEY}
    said = {name: getattr(facts, name) for name in RosterMemberOut.__struct_fields__ if name in Member.__struct_fields__}
    return RosterMemberOut(
        **said, **money, number=found.number, late=found.late, penalised_from=found.penalised_from, left_on=found.left_on,
        changed_by=found.changed_by, changed_at=found.changed_at,
    )  # fmt: skip


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
    return RosterCountsOut(total=found.total, counts=[_same(CountOut, each) for each in found.counts])


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
        changes=[_same(MemberChangeOut, each) for each in view.changes], elsewhere=view.elsewhere,
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
        faults=_faults(found.faults),
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


@get("/strikes/{number:str}/duty", opt={"permission": "record_duty"}, operation_id="getDuty", tags=["Rosters"])
async def get_duty(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str],
    day: FromQuery[date | None] = None, local: Annotated[str, QueryParameter(max_length=12)] = "",
) -> DutyDayOut:  # fmt: skip
    """Who stood on a day, today where none is given."""
    found = await duty_service.show_day(pool, actor, number, day, local)
    return DutyDayOut(
        strike=found.place.strike.number, day=found.day, locals=[each.number for each in found.place.locals],
        stood=[_same(StoodOut, each) for each in found.stood],
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
        changed=found.changed, unchanged=found.unchanged, faults=_faults(found.faults),
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


ROUTES = [
    list_roster, roster_counts, get_member, add_member, change_member, preview_roster, import_roster, set_retention, pseudonymise, get_duty,
    record_duty, preview_duty, import_duty, name_captain,
]  # fmt: skip
