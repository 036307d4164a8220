"""Give the members' page as JSON to those who make it: its versions, what each tells, who approved it, and each union's switch."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.schemas import Amount, amount
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.member_pages import PUBLISH, READ, TEXT_MAXIMUM, Figures, MemberPage, State, Sum, days_of
from ledger.services import member_pages as service
from ledger.services.pool import Pool


class MemberSumOut(msgspec.Struct, frozen=True):
    """Money of a union, an initiative or a purpose in one currency; `amount` is null where it would tell of fewer than five members."""

    of: str
    currency: str
    amount: Amount | None


class MemberHoursOut(msgspec.Struct, frozen=True):
    """Hours that a union lent the other."""

    union: str
    hours: str


class MemberFiguresOut(msgspec.Struct, frozen=True):
    """What is told of a quarter. `strikes` and `members` are null where there were fewer than five."""

    quarter: str
    starts_on: date
    ends_on: date
    head_number: int
    head_hash: str
    read_at: datetime
    received: list[MemberSumOut]
    benefits: list[MemberSumOut]
    advances: list[MemberSumOut]
    strikes: int | None
    members: int | None
    approved: list[MemberSumOut]
    spent: list[MemberSumOut]
    lent: list[MemberHoursOut]
    purposes: list[MemberSumOut]


class MemberPageOut(msgspec.Struct, frozen=True):
    """One version of a quarter's page. `approved_by` are the unions whose officer approved it; `sha256` is of what was frozen."""

    quarter: str
    version: int
    state: State
    state_since: datetime
    proposed_by: str
    proposed_at: datetime
    approved_by: list[str]
    sha256: str


class OneMemberPage(msgspec.Struct, frozen=True):
    """A version with all that it says, less the balances of purposes that strike support is paid out of since it was approved."""

    page: MemberPageOut
    figures: MemberFiguresOut
    text_en: str
    text_fr: str


class MemberSwitchOut(msgspec.Struct, frozen=True):
    """A union's last word on whether the page may be seen; `is_asked` where another union switched it on since, and waits for this one's."""

    union: str
    on: bool
    by: str
    at: datetime | None
    is_asked: bool


class MemberPagesOut(msgspec.Struct, frozen=True):
    """Every version, the latest first; `on` says whether the page is seen, `quarters` of which ones a version can be made."""

    items: list[MemberPageOut]
    on: bool
    switches: list[MemberSwitchOut]
    quarters: list[str]


class NewMemberPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The quarter that is wanted, and a paragraph in both languages or none. Anybody will read it: it names nobody."""

    quarter: Annotated[str, msgspec.Meta(max_length=7, examples=["2026-Q3"])]
    text_en: Annotated[str, msgspec.Meta(max_length=TEXT_MAXIMUM)] = ""
    text_fr: Annotated[str, msgspec.Meta(max_length=TEXT_MAXIMUM)] = ""


class MemberSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether one's union lets the page be seen."""

    on: bool


def _sums(sums: tuple[Sum, ...]) -> list[MemberSumOut]:
    return [
        MemberSumOut(each.of, each.currency, None if each.amount_minor is None else amount(each.amount_minor, each.currency)) for each in sums
    ]


def _hours(hours: Decimal) -> str:
    return format(hours, "f")


def _figures(told: Figures) -> MemberFiguresOut:
    first, last = days_of(told.quarter)
    return MemberFiguresOut(
        told.quarter, first, last, told.head_number, told.head_hash, told.read_at, _sums(told.received), _sums(told.benefits),
        _sums(told.advances), told.strikes, told.members, _sums(told.approved), _sums(told.spent),
        [MemberHoursOut(each.of, _hours(each.hours)) for each in told.lent], _sums(told.purposes),
    )  # fmt: skip


def _out(page: MemberPage) -> MemberPageOut:
    return MemberPageOut(
        page.quarter, page.version, page.state, page.state_since, page.proposed_by, page.proposed_at, list(page.approved), page.facts_sha256.hex()
    )


def _whole(page: MemberPage) -> OneMemberPage:
    frozen = page.frozen
    return OneMemberPage(_out(page), _figures(frozen.figures), frozen.text_en, frozen.text_fr)


def _all(found: service.Overview) -> MemberPagesOut:
    switches = [MemberSwitchOut(each.union, each.is_on, each.by, each.at, each.is_asked) for each in found.switches]
    return MemberPagesOut([_out(each) for each in found.pages], found.is_on, switches, found.quarters)


class MemberPagesController(Controller):
    """What the rank and file are told."""

    path = "/member-pages"
    tags = ("Reports",)

    @get("/", opt={"permission": READ}, operation_id="listMemberPages")
    async def list_pages(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> MemberPagesOut:
        """Every version with its state, and each union's switch."""
        return _all(await service.overview(pool, actor))

    @get("/{quarter:str}/preview", opt={"permission": PUBLISH, "answers": (409, 422)}, operation_id="previewMemberPage")
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], quarter: FromPath[str]) -> MemberFiguresOut:
        """What a version of a quarter would tell, as the books are now."""
        return _figures(await service.preview(pool, actor, quarter))

    @get("/{quarter:str}/{version:int}", opt={"permission": READ}, operation_id="getMemberPage")
    async def get_page(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], quarter: FromPath[str], version: FromPath[int]
    ) -> OneMemberPage:  # fmt: skip
        """One version with all that it says."""
        return _whole(await service.show_page(pool, actor, quarter, version))

    @post("/", opt={"permission": PUBLISH, "answers": (409,)}, operation_id="proposeMemberPage")
    async def propose(self, by: NamedDependency[By], data: JSONBody[NewMemberPage]) -> OneMemberPage:
        """Freeze a quarter's figures for an officer of each union to approve. A version of the quarter that waits is replaced."""
        return _whole(await service.propose(*by, data.quarter, data.text_en, data.text_fr))

    @post("/{quarter:str}/{version:int}/approve", opt={"permission": PUBLISH}, operation_id="approveMemberPage", status_code=200)
    async def approve(self, by: NamedDependency[By], quarter: FromPath[str], version: FromPath[int]) -> MemberPageOut:
        """Approve a version for one's union; once both have, it takes the place of the one that was shown."""
        return _out(await service.approve(*by, quarter, version))

    @post("/{quarter:str}/{version:int}/take-back", opt={"permission": PUBLISH}, operation_id="takeBackMemberPage", status_code=200)
    async def take_back(self, by: NamedDependency[By], quarter: FromPath[str], version: FromPath[int]) -> MemberPageOut:
        """Take a version back at once; either union does."""
        return _out(await service.take_back(*by, quarter, version))

    @post("/switch", opt={"permission": PUBLISH}, operation_id="switchMemberPages", status_code=200)
    async def switch(self, by: NamedDependency[By], data: JSONBody[MemberSwitch]) -> MemberPagesOut:
        """Say for one's union whether the page may be seen: it takes both to show it, and either hides it at once."""
        return _all(await service.switch(*by, data.on))


ROUTES = [MemberPagesController]
