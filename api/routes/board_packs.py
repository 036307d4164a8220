"""Give packs for the boards as JSON and PDF, make them, and make and end links to them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.answers import site_of
from api.schemas import After, Limit, Page, cursor, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.board_packs import (
    DAYS_MAXIMUM,
    DAYS_MINIMUM,
    DAYS_USUAL,
    LABEL_MAXIMUM,
    READ,
    SHARE,
    TITLE_MAXIMUM,
    AskedPack,
    Link,
    Pack,
    written_pack,
)
from ledger.domain.refusals import NotFound
from ledger.services import board_packs as service
from ledger.services.pool import Pool
from reports.boards.pack import make
from reports.i18n import LANGUAGES


class BoardPackOut(msgspec.Struct, frozen=True):
    """A pack as it was made: later entries change the books and not a pack. Hashes are SHA-256 in hexadecimal."""

    number: str
    title: str
    as_of: date
    compared_on: date
    currency: str
    head_number: int
    head_hash: str
    pdf_en_sha256: str
    pdf_fr_sha256: str
    made_by: str
    union: str | None
    made_at: datetime


class BoardPackLinkOut(msgspec.Struct, frozen=True):
    """A link to a pack: whom it is for, until when it holds, how often it was opened. Its address is shown once, when it is made."""

    id: UUID
    label: str
    union: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    opened: int
    last_opened_at: datetime | None
    holds: bool


class OneBoardPack(msgspec.Struct, frozen=True):
    """A pack with its links, the newest first."""

    pack: BoardPackOut
    links: list[BoardPackLinkOut]


class NewBoardPack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The pack that is wanted: as of a day, compared with an earlier one (the last reconciliation report's where left out), all in one currency."""

    title: Annotated[str, msgspec.Meta(max_length=TITLE_MAXIMUM)]
    as_of: date
    into: str
    compare: date | None = None


class NewBoardPackLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom a link is for, and for how many days it holds."""

    label: Annotated[str, msgspec.Meta(max_length=LABEL_MAXIMUM)]
    days: Annotated[int, msgspec.Meta(ge=DAYS_MINIMUM, le=DAYS_MAXIMUM)] = DAYS_USUAL


class MadeBoardPackLink(msgspec.Struct, frozen=True):
    """A link with its address, which is in the first answer alone: of a replay it is null."""

    link: BoardPackLinkOut
    url: str | None


def _out(pack: Pack) -> BoardPackOut:
    plain: dict[str, Any] = {name: getattr(pack, name) for name in BoardPackOut.__struct_fields__}
    hashes = {name: value.hex() for name, value in plain.items() if isinstance(value, bytes)}
    return BoardPackOut(**(plain | hashes))


def _link_out(link: Link, now: datetime) -> BoardPackLinkOut:
    return BoardPackLinkOut(**{name: getattr(link, name) for name in BoardPackLinkOut.__struct_fields__ if name != "holds"}, holds=link.holds(now))


# --- files ------------------------------------------------------------------------------------------------------------------


def language_of_file(file: str) -> str:
    """The language that a file's name asks for."""
    language, _, kind = file.partition(".")
    if kind != "pdf" or language not in LANGUAGES:
        raise NotFound(kind="page", id=file[:40])
    return language


def pdf(number: str, language: str, content: bytes) -> Response[bytes]:
    """A pack's PDF as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{number}-{language}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


class BoardPacksController(Controller):
    """What the boards are given."""

    path = "/board-packs"
    tags = ("Reports",)

    @get("/", opt={"permission": READ}, operation_id="listBoardPacks")
    async def list_packs(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None, limit: Limit = 50) -> Page[BoardPackOut]:
        """The packs that were made, the newest first."""
        found, older = await service.list_packs(pool, actor, place_after(after, written_pack), limit)
        return Page([_out(each) for each in found], older and cursor(older))

    @post("/", opt={"permission": SHARE, "answers": (409,)}, operation_id="makeBoardPack")
    async def make_pack(self, by: NamedDependency[By], data: JSONBody[NewBoardPack]) -> BoardPackOut:
        """Draw a pack from the books as they stand now, in both languages, and keep it."""
        asked = AskedPack(title=data.title, as_of=data.as_of, compare=data.compare, into=data.into)
        return _out(await service.make_pack(*by, asked, make))

    @get("/{number:str}", opt={"permission": READ}, operation_id="getBoardPack")
    async def get_pack(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> OneBoardPack:
        """One pack with its links."""
        view = await service.show_pack(pool, actor, number)
        return OneBoardPack(_out(view.pack), [_link_out(each, pool.clock()) for each in view.links])

    @get("/{number:str}/files/{file:str}", opt={"permission": READ, "files": ("application/pdf",)}, operation_id="getBoardPackFile")
    async def get_file(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], file: FromPath[str]
    ) -> Response[bytes]:
        """The PDF of a language, byte for byte: `en.pdf` or `fr.pdf`."""
        language = language_of_file(file)
        return pdf(number.upper(), language, await service.pack_file(pool, actor, number, language))

    @post("/{number:str}/links", opt={"permission": SHARE}, operation_id="shareBoardPack")
    async def add_link(
        self, request: Request[Any, Any, Any], by: NamedDependency[By], number: FromPath[str], data: JSONBody[NewBoardPackLink],
    ) -> MadeBoardPackLink:  # fmt: skip
        """Make a link that opens the pack without a sign-in until it ends. Its address is in this answer alone."""
        link, secret = await service.add_link(*by, number, data.label, data.days)
        return MadeBoardPackLink(_link_out(link, by.pool.clock()), secret and f"{site_of(request)}/packs/{secret}")

    @post("/{number:str}/links/{link:uuid}/end", opt={"permission": SHARE}, operation_id="endBoardPackLink", status_code=200)
    async def end_link(
        self, by: NamedDependency[By], number: FromPath[str], link: FromPath[UUID]
    ) -> BoardPackLinkOut:  # fmt: skip
        """End a link at once, of whichever union."""
        return _link_out(await service.end_link(*by, number, link), by.pool.clock())


ROUTES = [BoardPacksController]
