"""Answer in JSON what the caller was told, and mark it as seen."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.schemas import After, Amount, IdempotencyKey, Limit, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.notices import NOTICE_KINDS
from ledger.services import notices as service
from ledger.services.pool import Pool
from ledger.storage.notices import Kept


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing you were told: `kind` says what happened, `purpose` whether it is to do or to know, `url` the page about it."""

    id: UUID
    kind: str
    purpose: Literal["do", "know"]
    subject: str
    url: str
    amounts: list[Amount]
    facts: dict[str, str | int]
    noticed_at: datetime
    seen_at: datetime | None


class NoticePage(msgspec.Struct, frozen=True):
    """A page of notices; `unseen` counts all of yours, no further than 1,000."""

    items: list[NoticeOut]
    next: str | None
    unseen: int


class SeenUntil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest notice that was shown."""

    until: UUID


class Unseen(msgspec.Struct, frozen=True):
    """How many are still unseen."""

    unseen: int


def _notice(kept: Kept) -> NoticeOut:
    amounts = kept.facts.get("amounts", {})
    return NoticeOut(
        id=kept.id, kind=kept.kind, purpose=NOTICE_KINDS.get(kept.kind, "know"), subject=kept.subject, url=kept.url,
        amounts=[amount(minor, currency) for currency, minor in sorted(amounts.items())] if isinstance(amounts, dict) else [],
        facts={name: value for name, value in kept.facts.items() if not isinstance(value, dict)},
        noticed_at=kept.noticed_at, seen_at=kept.seen_at,
    )  # fmt: skip


class NoticesController(Controller):
    """Notices."""

    path = "/notices"
    tags = ["Notices"]

    @get("/", operation_id="listNotices", opt={"permission": "read_notices"})
    async def list_notices(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None, limit: Limit = 50
    ) -> NoticePage:
        """Your notices: unseen first, then the newest first. Reading marks nothing as seen."""
        place = from_cursor(after, bool, datetime, UUID)
        listed = await service.list_notices(pool, actor, (place[0], place[1], place[2]) if place else None, limit)
        return NoticePage([_notice(kept) for kept in listed.items], listed.next and cursor(*listed.next), listed.unseen)

    @post("/seen", operation_id="markNoticesSeen", opt={"permission": "read_notices", "never": (422,)}, status_code=200)
    async def mark_all(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[SeenUntil]
    ) -> Unseen:
        """Mark every notice as seen that had come with this one."""
        return Unseen(await service.mark_all_seen(pool, actor, key, data.until))

    @post("/{notice_id:uuid}/seen", operation_id="markNoticeSeen", opt={"permission": "read_notices", "never": (422,)}, status_code=200)
    async def mark_one(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, notice_id: FromPath[UUID]
    ) -> Unseen:
        """Mark one notice as seen."""
        return Unseen(await service.mark_seen(pool, actor, key, notice_id))


ROUTES = [NoticesController]
