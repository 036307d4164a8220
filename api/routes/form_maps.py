"""Answer in JSON where each account belongs on Form LM-2, and take a union's next version."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.schemas import IdempotencyKey
from ledger.domain.actors import Actor
from ledger.domain.form_maps import ChangeMap, FormMap, MapLine
from ledger.services import form_maps as service
from ledger.services.pool import Pool

Place = Annotated[str, msgspec.Meta(pattern=r"\A([1-9][0-9]?)?\Z", description="Its number; empty for none")]


Version = Annotated[int | None, QueryParameter(ge=0, le=10**6, description="A version; 0 is the suggestion. Not with as_of")]
AsOf = Annotated[date | None, QueryParameter(description="The version that holds on this day; today's where left out")]


class FormLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account, or everything below it, belongs. `book` is joint or own; the longest path that fits an account holds."""

    book: Literal["joint", "own"]
    path: Annotated[str, msgspec.Meta(max_length=120, examples=["Expense:Organizing"])]
    item: Place = ""
    schedule: Place = ""


class FormMapOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a union's map: `lines`, `form`, `valid_from` and `source` are those of `version`; 0 is the suggestion that came with the product.

    `newest` is the last version there is, whose days may not have begun: the next one is made from it.
    """

    union: str
    version: int
    newest: int
    form: str
    valid_from: date
    source: str
    changed_at: datetime | None
    lines: list[FormLine]


class NewFormMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next version, whole; `version` is the newest one there is, so that nobody overwrites what another has just made."""

    version: int
    form: str
    valid_from: date
    source: str
    lines: list[FormLine]


def _out(union: str, kept: FormMap, newest: int) -> FormMapOut:
    lines = [FormLine(book=each.book, path=each.path, item=each.item, schedule=each.schedule) for each in kept.lines]
    return FormMapOut(
        union=union, version=kept.version, newest=newest, form=kept.form, valid_from=kept.valid_from, source=kept.source,
        changed_at=kept.changed_at if kept.version else None, lines=lines,
    )  # fmt: skip


class FormMapController(Controller):
    """The map of accounts to Form LM-2."""

    path = "/lm2-map"
    tags = ["Thresholds"]

    @get("/", operation_id="getFormMap", opt={"permission": "read_reports", "answers": (404, 422)})
    async def get_form_map(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], version: Version = None, as_of: AsOf = None
    ) -> FormMapOut:
        """Where accounts belong today, on a day or by a version: by the map of one’s own union, or of the one that files."""
        view = await service.overview(pool, actor, version, as_of)
        return _out(view.union.code, view.map, view.newest.version)

    @post("/", operation_id="changeFormMap", opt={"permission": "manage_accounts"})
    async def change_form_map(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewFormMap]
    ) -> FormMapOut:
        """Make the next version of one's own union's map. Nothing is posted by it."""
        lines = tuple(MapLine(book=each.book, path=each.path, item=each.item, schedule=each.schedule) for each in data.lines)
        wanted = ChangeMap(version=data.version, form=data.form, valid_from=data.valid_from, source=data.source, lines=lines)
        made = await service.change_map(pool, actor, key, wanted)
        return _out(made.union, made, made.version)


ROUTES = [FormMapController]
