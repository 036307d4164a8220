"""Answer in JSON how long records are kept, and take holds and filings."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.retention import Filing, Hold, PlaceHold, RecordFiling, Rule, Scope
from ledger.services import holds as hold_service
from ledger.services import retention as service
from ledger.services.pool import Pool


class RecordClassOut(msgspec.Struct, frozen=True, kw_only=True):
    """A class of record. `rule` is never, days (so many after its own day) or law (the longer of both unions' laws).

    `earliest_deletion` is from when the oldest record may go: null where never, where there is none, where holds keep all there is, and where the
    law's years do not run yet because a union's filing for its year is not recorded. Only where `by_itself` is true do the books delete it then;
    `holds` are those that stand on it.
    """

    code: str
    name_en: str
    name_fr: str
    rule: Rule
    days: int | None
    by_itself: bool
    source: str
    valid_from: date
    oldest: date | None
    earliest_deletion: date | None
    holds: list[str]


class ReleaseWordOut(msgspec.Struct, frozen=True):
    """Who said that a hold may go, and when."""

    person: str
    union: str
    at: datetime


class HoldOut(msgspec.Struct, frozen=True, kw_only=True):
    """A hold; it stands until `released_at`."""

    number: str
    scope: Scope
    union: str | None
    strike: str | None
    reason: str
    placed_by: str
    placed_by_union: str
    placed_at: datetime
    words: list[ReleaseWordOut]
    released_at: datetime | None


class FiledDocumentOut(msgspec.Struct, frozen=True):
    """A document that is kept with a filing; its bytes are at `/documents/{id}/content`."""

    id: UUID
    filename: str
    sha256: str


class FilingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was filed; where `corrected_by` is set, that record holds instead. `documents` are for who may read those of the books."""

    number: str
    union: str
    form: str
    fiscal_year_end: date
    filed_on: date
    corrects: str | None
    corrected_by: str | None
    recorded_by: str
    recorded_at: datetime
    documents: list[FiledDocumentOut]


def _hold(kept: Hold) -> HoldOut:
    return HoldOut(
        number=kept.number, scope=kept.scope, union=kept.union, strike=kept.strike, reason=kept.reason, placed_by=kept.placed_by,
        placed_by_union=kept.placed_by_union, placed_at=kept.placed_at, released_at=kept.released_at,
        words=[ReleaseWordOut(each.person, each.union, each.at) for each in kept.words],
    )  # fmt: skip


def _filing(kept: Filing) -> FilingOut:
    documents = [FiledDocumentOut(each.id, each.filename, each.sha256) for each in kept.documents]
    return FilingOut(**{**msgspec.structs.asdict(kept), "documents": documents})


class RetentionController(Controller):
    """Retention and holds."""

    path = "/retention"
    tags = ["Retention"]

    @get("/", operation_id="listRecordClasses", opt={"permission": "read_retention"})
    async def list_record_classes(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[RecordClassOut]:
        """Every class of record with its rule, its oldest record, and from when that may be deleted."""
        return [
            RecordClassOut(
                code=each.kind.code, name_en=each.kind.name_en, name_fr=each.kind.name_fr, rule=each.kind.rule, days=each.kind.days,
                by_itself=each.kind.by_itself, source=each.kind.source, valid_from=each.kind.valid_from, oldest=each.oldest,
                earliest_deletion=each.earliest, holds=list(each.holds),
            )
            for each in (await service.overview(pool, actor)).classes
        ]  # fmt: skip

    @get("/holds", operation_id="listHolds", opt={"permission": "read_retention"})
    async def list_holds(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[HoldOut]:
        """Every hold that was ever placed, the newest first."""
        return [_hold(each) for each in (await service.overview(pool, actor)).holds]

    @post("/holds", operation_id="placeHold", opt={"permission": "place_hold"})
    async def place_hold(self, by: NamedDependency[By], data: JSONBody[PlaceHold]) -> HoldOut:
        """Place a hold; it stands at once."""
        return _hold(await hold_service.place_hold(*by, data))

    @post("/holds/{number:str}/release", operation_id="releaseHold", opt={"permission": "place_hold"}, status_code=200)
    async def release_hold(self, by: NamedDependency[By], number: FromPath[str]) -> HoldOut:
        """Say that a hold may go: it takes a person of each union for a hold on everything, else two people of its union."""
        return _hold(await hold_service.release_hold(*by, number))

    @post("/holds/{number:str}/keep", operation_id="keepHold", opt={"permission": "place_hold"}, status_code=200)
    async def keep_hold(self, by: NamedDependency[By], number: FromPath[str]) -> HoldOut:
        """Say that a hold stays, where somebody said that it may go: what was said before counts no more."""
        return _hold(await hold_service.keep_hold(*by, number))

    @get("/filings", operation_id="listFilings", opt={"permission": "read_retention"})
    async def list_filings(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[FilingOut]:
        """When the unions filed their reports, the newest fiscal year first, corrected records too."""
        return [_filing(each) for each in (await service.overview(pool, actor)).filings]

    @post("/filings", operation_id="recordFiling", opt={"permission": "record_filing"})
    async def record_filing(self, by: NamedDependency[By], data: JSONBody[RecordFiling]) -> FilingOut:
        """Record when one's own union filed a report, or correct an earlier record. Its document is attached to it: subject kind `filing`."""
        return _filing(await service.record_filing(*by, data))


ROUTES = [RetentionController]
