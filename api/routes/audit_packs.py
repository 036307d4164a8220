"""Answer in JSON about audit packs: make one, follow how far it has come, take it away."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from api.writes import By
from ledger.domain.actors import Actor
from ledger.services import audit_packs, progress
from ledger.services.audit_packs import MAKE
from ledger.services.pool import Pool
from ledger.storage.audit_packs import KeptPack
from ledger.storage.progress import Progress
from reports.audit_pack import make_pack

MEDIA_TYPE = "application/zip"
# What takes no longer is answered at once.
SOON_SECONDS = 20
_Opt: dict[str, Any] = {"permission": MAKE}


class AuditPackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """The days the pack is of; the last whole calendar year where both are left out."""

    first: Annotated[date | None, msgspec.Meta(description="First day, inclusive")] = None
    last: Annotated[date | None, msgspec.Meta(description="Last day, inclusive")] = None


class AuditPackItem(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that can be taken away until `kept_until`. Give `manifest_sha256` to whoever verifies it by another way than the pack."""

    id: UUID
    first: date
    last: date
    head_number: int
    head_hash: str
    files: int
    bytes: int
    manifest_sha256: str
    made_by: str
    made_at: datetime
    kept_until: datetime
    href: str


class AuditPackOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pack has come: `state` is running, done, refused or failed; `pack` once it is done, `refusal` its code.

    While it runs, `step` says what `done` of `total` counts: parts in `writing`, of which `megabytes` are written so far, and megabytes in `keeping`.
    """

    id: UUID
    state: str
    done: int
    total: int
    step: str | None
    megabytes: int | None
    refusal: str | None
    pack: AuditPackItem | None


def _item(pack: KeptPack) -> AuditPackItem:
    return AuditPackItem(
        **msgspec.structs.asdict(pack), kept_until=audit_packs.kept_until(pack), href=f"/api/v1/audit-packs/{pack.id}/file",
    )  # fmt: skip


def _out(id: UUID, pack: KeptPack | None, found: Progress | None) -> AuditPackOut:
    if pack is not None:
        return AuditPackOut(id=id, state="done", done=1, total=1, step=None, megabytes=None, refusal=None, pack=_item(pack))
    assert found is not None, "there is one or the other"
    refusal = str(found.answer["code"]) if found.state == "refused" and found.answer else None
    facts = (found.answer if found.state == "running" else None) or {}
    step, megabytes = facts.get("step"), facts.get("megabytes")
    return AuditPackOut(id=id, state=found.state, done=found.done, total=found.total, step=step, megabytes=megabytes, refusal=refusal, pack=None)


class AuditPacksController(Controller):
    """Audit packs."""

    path = "/audit-packs"
    tags = ("Reports",)

    @get("/", opt=_Opt, operation_id="listAuditPacks")
    async def list_packs(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[AuditPackItem]:
        """The packs that can be taken away, the newest first."""
        return [_item(each) for each in await audit_packs.list_packs(pool, actor)]

    @post("/", opt=_Opt, operation_id="makeAuditPack", status_code=200)
    async def make(self, by: NamedDependency[By], data: JSONBody[AuditPackIn]) -> AuditPackOut:
        """Make a pack of a period. What takes long goes on after the answer: ask `getAuditPack` until its state is no longer `running`."""
        id = await audit_packs.begin(*by, audit_packs.period_of(by.pool, data.first, data.last), make_pack)
        try:
            async with asyncio.timeout(SOON_SECONDS):
                await progress.finished(by.pool, by.actor, id)
        except TimeoutError:
            pass
        return _out(id, *await audit_packs.look(by.pool, by.actor, id))

    @get("/{id:uuid}", opt=_Opt, operation_id="getAuditPack")
    async def get_pack(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], id: FromPath[UUID]) -> AuditPackOut:
        """How far a pack has come, or the pack."""
        return _out(id, *await audit_packs.look(pool, actor, id))

    @get("/{id:uuid}/file", opt=_Opt | {"files": (MEDIA_TYPE,)}, operation_id="getAuditPackFile")
    async def get_file(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], id: FromPath[UUID]) -> Stream:
        """The pack itself, a ZIP; `./solidarity verify FILE` proves it anywhere."""
        return await pack_stream(pool, actor, id)


async def pack_stream(pool: Pool, actor: Actor, id: UUID) -> Stream:
    """A pack as it leaves; audited before the first byte does."""
    pack, pieces = await audit_packs.take(pool, actor, id)
    name = f"audit-pack-{pack.first}-{pack.last}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(pack.bytes)}
    return Stream(pieces, media_type=MEDIA_TYPE, headers=headers)


ROUTES = [AuditPacksController]
