"""Answer in JSON which interests one declared, take a declaration, end it, and tell who declared one in a matter."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.schemas import IdempotencyKey
from ledger.domain.actors import Actor
from ledger.domain.approvals import Interest
from ledger.domain.interests import DeclareInterest, SubjectKind
from ledger.services import interests as service
from ledger.services.interests import Declared
from ledger.services.pool import Pool


class InterestOut(msgspec.Struct, frozen=True, kw_only=True):
    """A declared interest; `subject` is a number (CAM-0007, B-0012, A-0107), of an employer its id, and `label` what it is called."""

    id: UUID
    person: str
    union: str | None
    subject_kind: SubjectKind
    subject: str
    label: str
    reason: str
    declared_at: datetime
    ended_at: datetime | None


class NewInterest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One's own interest. `subject` is a number, or an employer's name; `subject_kind` says which where it could be either."""

    subject: str
    reason: str
    subject_kind: SubjectKind | None = None


def interest_out(found: Declared) -> InterestOut:
    """A declaration as it travels."""
    names = [name for name in InterestOut.__struct_fields__ if name != "label"]
    return InterestOut(**{name: getattr(found.declaration, name) for name in names}, label=found.label)


class InterestsController(Controller):
    """Declared interests."""

    path = "/interests"
    tags = ["Interests"]

    @get("/", operation_id="listInterests", opt={"permission": "declare_interest"})
    async def list_own(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[InterestOut]:
        """One's own, what is in force first."""
        return [interest_out(each) for each in await service.own(pool, actor)]

    @post("/", operation_id="declareInterest", opt={"permission": "declare_interest"})
    async def declare(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewInterest]
    ) -> InterestOut:
        """Declare an interest of one's own, in force at once; nobody declares for another."""
        return interest_out(await service.declare(pool, actor, key, DeclareInterest(**msgspec.structs.asdict(data))))

    @post("/{interest_id:uuid}/ending", operation_id="endInterest", opt={"permission": "declare_interest"}, status_code=200)
    async def end(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, interest_id: FromPath[UUID]
    ) -> InterestOut:
        """End an interest of one's own; what was declared stays readable."""
        return interest_out(await service.end(pool, actor, key, interest_id))

    @get("/about/{subject_kind:str}/{subject:str}", operation_id="listInterestsAbout", opt={"permission": "read_requests"})
    async def list_about(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], subject_kind: FromPath[str], subject: FromPath[str]
    ) -> list[InterestOut]:
        """Who declared an interest, in force now, in one campaign, payee, request or employer (by its id)."""
        return [interest_out(each) for each in await service.about(pool, actor, [Interest(subject_kind, subject)])]


ROUTES = [InterestsController]
