"""Answer JSON about people and the audit trail."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from api.schemas import After, FromDay, IdempotencyKey, Page, ToDay, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.services import audit_trail
from ledger.services import people as service
from ledger.services.people import NewPerson
from ledger.services.pool import Pool
from ledger.storage.audit_trail import PAGE, Filter
from ledger.storage.people import Person

RoleWord = Literal[
    "treasurer", "deputy", "officer", "secretary_treasurer", "board_member", "campaign_lead", "benefits_officer",
    "picket_captain", "trustee", "admin",
]  # fmt: skip
PersonNumber = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="A person's id")]
Word = Annotated[str | None, QueryParameter(max_length=80)]


class PersonOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person with today's roles."""

    id: int
    name: str
    email: str
    union: str | None
    roles: list[str]
    disabled: bool
    has_password: bool


class GrantOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role with its term of office."""

    id: UUID
    role: str
    starts_on: date
    ends_on: date
    revoked_at: datetime | None


class ProfileOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person with roles past and present."""

    person: PersonOut
    grants: list[GrantOut]


class PersonIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person of the administrator's own union, with a first role."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]
    union: Annotated[str, msgspec.Meta(max_length=30)]
    role: RoleWord
    starts_on: date
    ends_on: date
    language: Literal["en", "fr"] = "en"


class AddedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who was added; the link's secret goes into ``/set-password?link=…`` and is empty on a replay."""

    person_id: int
    link_secret: str


class RoleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role and its term."""

    role: RoleWord
    starts_on: date
    ends_on: date


class DoorIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the person is shut out."""

    disabled: bool


class AuditEventOut(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit trail."""

    id: UUID
    recorded_at: datetime
    person: str | None
    union: str | None
    via: str
    action: str
    outcome: str
    subject: str
    details: dict[str, Any]
    address: str


async def _profile(pool: Pool, actor: Actor, person_id: int) -> ProfileOut:
    profile = await service.show_person(pool, actor, person_id)
    grants = [GrantOut(id=g.id, role=g.role, starts_on=g.starts_on, ends_on=g.ends_on, revoked_at=g.revoked_at) for g in profile.grants]
    return ProfileOut(person=_out(profile.person), grants=grants)


class PeopleController(Controller):
    """Who acts for which union."""

    path = "/people"
    tags = ("People",)

    @get("/", opt={"permission": "read_people"}, operation_id="listPeople")
    async def list_people(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[PersonOut]:
        """Everybody, by union and name."""
        return [_out(person) for person in await service.list_people(pool, actor)]

    @get("/{person_id:int}", opt={"permission": "read_people"}, operation_id="getPerson")
    async def get_person(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber) -> ProfileOut:
        """One person with their roles."""
        return await _profile(pool, actor, person_id)

    @post("/", opt={"permission": "manage_people"}, operation_id="addPerson")
    async def add_person(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[PersonIn], key: IdempotencyKey
    ) -> AddedOut:
        """Add a person; the answer's link secret is shown once."""
        added = await service.add_person(pool, actor, key, NewPerson(**msgspec.structs.asdict(data)))
        return AddedOut(person_id=added.person_id, link_secret=added.link_secret)

    @post("/{person_id:int}/roles", opt={"permission": "manage_people"}, operation_id="grantRole")
    async def grant_role(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber, data: JSONBody[RoleIn], key: IdempotencyKey
    ) -> ProfileOut:
        """Give a role for a term of office."""
        await service.grant_role(pool, actor, key, person_id, data.role, data.starts_on, data.ends_on)
        return await _profile(pool, actor, person_id)

    @post("/{person_id:int}/roles/{grant_id:uuid}/revocation", opt={"permission": "manage_people"}, operation_id="revokeRole")
    async def revoke_role(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber, grant_id: FromPath[UUID],
        key: IdempotencyKey,
    ) -> ProfileOut:  # fmt: skip
        """End a role at once."""
        await service.revoke_role(pool, actor, key, person_id, grant_id)
        return await _profile(pool, actor, person_id)

    @post("/{person_id:int}/codes-off", opt={"permission": "manage_people"}, operation_id="clearCodes")
    async def clear_codes(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber, key: IdempotencyKey
    ) -> ProfileOut:
        """Stop asking a person who lost their phone for one-time codes."""
        await service.clear_codes(pool, actor, key, person_id)
        return await _profile(pool, actor, person_id)

    @post("/{person_id:int}/link", opt={"permission": "manage_people"}, operation_id="invitePerson")
    async def invite(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber, key: IdempotencyKey
    ) -> AddedOut:
        """Make a new one-time link for a person who has lost their password."""
        return AddedOut(person_id=person_id, link_secret=await service.invite(pool, actor, key, person_id))

    @post("/{person_id:int}/disablement", opt={"permission": "manage_people", "never": (422,)}, operation_id="disablePerson")
    async def disable(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], person_id: PersonNumber, data: JSONBody[DoorIn], key: IdempotencyKey
    ) -> ProfileOut:
        """Shut a person out, or let them in again."""
        await service.disable(pool, actor, key, person_id, data.disabled)
        return await _profile(pool, actor, person_id)


@get("/audit", opt={"permission": "read_audit"}, operation_id="listAudit", tags=["Audit"])
async def list_audit(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, action: Word = None,
    outcome: Annotated[Literal["done", "refused"] | None, QueryParameter()] = None, subject: Word = None,
    first: FromDay = None, last: ToDay = None, after: After = None,
) -> Page[AuditEventOut]:  # fmt: skip
    """The audit trail, newest first."""
    narrowed = Filter(union=union, action=action, outcome=outcome, subject=subject, first=first, last=last)
    lines = await audit_trail.list_events(pool, actor, narrowed, from_cursor(after, datetime, UUID))
    following = cursor(lines[-1].recorded_at, lines[-1].id) if len(lines) == PAGE else None
    return Page([AuditEventOut(**msgspec.structs.asdict(line)) for line in lines], following)


def _out(person: Person) -> PersonOut:
    return PersonOut(
        id=person.id, name=person.name, email=person.email, union=person.union, roles=list(person.roles), disabled=person.disabled,
        has_password=person.has_password,
    )  # fmt: skip


ROUTES = [PeopleController, list_audit]
