"""Say how members on a roster travel in JSON, and turn what came and what is kept into each other."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from api.schemas import Amount, amount
from ledger.domain.rosters import MONEY, Member, OtherIncome, PayMethod, Payroll, Standing
from ledger.domain.sheets import Fault, Faults
from ledger.services.roster_files import SheetFile
from ledger.storage.rosters import OnRoster

RosterText = Annotated[str, msgspec.Meta(max_length=300)]


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


def faults_out(faults: Faults) -> FaultsOut:
    """How many faults a sheet has, and the first of them."""
    return FaultsOut(faults.count, list(faults.shown))


def member_out(found: OnRoster, currency: str) -> RosterMemberOut:
    """A member as they travel."""
    facts: Member = found.facts
    money: dict[str, Any] = {name: None if (minor := getattr(facts, f"{name}_minor")) is None else amount(minor, currency) for name in MONEY}
    said = {name: getattr(facts, name) for name in RosterMemberOut.__struct_fields__ if name in Member.__struct_fields__}
    return RosterMemberOut(
        **said, **money, number=found.number, late=found.late, penalised_from=found.penalised_from, left_on=found.left_on,
        changed_by=found.changed_by, changed_at=found.changed_at,
    )  # fmt: skip
