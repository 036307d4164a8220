"""Make packs for the boards, share them by links that end, and open one by its link without a sign-in."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.answers import site_of
from api.heads import was_head
from api.pages import progress
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.pages.reports import own_currency
from api.routes.board_packs import language_of_file, pdf
from api.security import Reader, address_of
from ledger.domain.board_packs import DAYS_USUAL, LABEL_MAXIMUM, READ, SHARE, TITLE_MAXIMUM, AskedPack
from ledger.domain.refusals import Refusal
from ledger.services import board_packs as service
from ledger.services.pool import Pool
from ledger.storage import reference
from reports import formats
from reports.boards.pack import make
from reports.i18n import N_, translate_n

# What may be chosen for how long a link holds, in days.
LINK_DAYS = (7, DAYS_USUAL, 90, 180)


@get("/board-packs", opt={"permission": READ})
async def list_packs(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The packs that were made, the newest first."""
    found, older = await service.list_packs(pool, reader.actor, request.query_params.get("after"))
    return page(request, "board_packs/list.html", reader=reader, help="board-packs", packs=found, older=older)


@get("/board-packs/new", opt={"permission": SHARE})
async def new_pack(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a pack as of today, in the reader's own currency."""
    given = {"as_of": formats.date_iso(pool.today()), "into": await own_currency(pool, reader)}
    return await _form(request, pool, reader, Form(given, reader.language))


async def _form(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form) -> Response[Any]:
    async with pool.database.reading() as connection:
        currencies = sorted(await reference.currencies(connection))
    return page(
        request, "board_packs/new.html", reader=reader, status=form.status, help="board-packs", form=form, title_maximum=TITLE_MAXIMUM,
        currencies=[(code, code) for code in currencies],
    )  # fmt: skip


@post("/board-packs/new", opt={"permission": SHARE}, status_code=303)
async def make_pack(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Begin to draw it; on to the page that shows how far it is, or to the pack once it is kept."""
    form = Form(await request.form(), reader.language)
    async with pool.database.reading() as connection:
        currencies = list(await reference.currencies(connection))
    asked = AskedPack(
        title=form.text("title", max_length=TITLE_MAXIMUM), as_of=form.date("as_of", not_after=pool.today()),
        compare=form.date("compare") if form.raw("compare") else None, into=form.choice("into", currencies),
    )  # fmt: skip
    if form.ok:
        try:
            found = await progress.soon(pool, reader, await service.begin_pack(pool, reader.actor, form.key, asked, make))
            if (refused_later := progress.refusal_of(found)) is not None:
                raise refused_later
            return progress.onward(found)
        except Refusal as refusal:
            refused(form, refusal, {"date_invalid": str(refusal.params.get("field", "")), "rate_missing": "into"})
    return await _form(request, pool, reader, form)


@get("/board-packs/{number:str}", opt={"permission": READ})
async def show_pack(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:  # fmt: skip
    """One pack: its files, and its links for who may share it."""
    return await _show(request, pool, reader, number, Form({"days": str(DAYS_USUAL)}, reader.language))


async def _show(request: Request[Any, Any, Any], pool: Pool, reader: Reader, number: str, form: Form, url: str = "") -> Response[Any]:
    view = await service.show_pack(pool, reader.actor, number)
    days = [(str(days), translate_n(reader.language, "%(count)s day", "%(count)s days", days, count=days)) for days in LINK_DAYS]
    return page(
        request, "board_packs/show.html", reader=reader, status=form.status, help="board-packs", pack=view.pack, links=view.links, now=pool.clock(),
        form=form, days=days, label_maximum=LABEL_MAXIMUM, url=url,
    )  # fmt: skip


@get("/board-packs/{number:str}/{file:str}", opt={"permission": READ})
async def pack_file(pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """The PDF of a language: ``en.pdf`` or ``fr.pdf``."""
    language = language_of_file(file)
    return pdf(number.upper(), language, await service.pack_file(pool, reader.actor, number, language))


@post("/board-packs/{number:str}/links", opt={"permission": SHARE}, status_code=200)
async def add_link(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:  # fmt: skip
    """A new link, shown this once."""
    form = Form(await request.form(), reader.language)
    label = form.text("label", max_length=LABEL_MAXIMUM)
    days = form.choice("days", [str(days) for days in LINK_DAYS])
    if not form.ok:
        return await _show(request, pool, reader, number, form)
    _, secret = await service.add_link(pool, reader.actor, form.key, number, label, int(days))
    if secret is None:  # sent again: its address was shown the first time
        return Redirect(f"/board-packs/{number}?done=link_made", status_code=303)
    return await _show(request, pool, reader, number, Form({"days": days}, reader.language), url=f"{site_of(request)}/packs/{secret}")


@post("/board-packs/{number:str}/links/{link:uuid}/end", opt={"permission": SHARE}, status_code=303)
async def end_link(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], link: FromPath[UUID]
) -> Response[Any]:  # fmt: skip
    """End a link at once."""
    form = Form(await request.form(), reader.language)
    await service.end_link(pool, reader.actor, form.key, number, link)
    return Redirect(f"/board-packs/{number}?done=link_ended", status_code=303)


# --- by a link --------------------------------------------------------------------------------------------------------------

# Whoever has the address may read it: no other site is told of it, and no search engine keeps it.
_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "private, no-store"}


@get("/packs/{secret:str}", opt={"public": True})
async def open_pack(request: Request[Any, Any, Any], pool: NamedDependency[Pool], secret: FromPath[str]) -> Response[Any]:
    """A pack in the language of whoever opens it, by the link's secret alone."""
    opened = await service.open_link(pool, secret, address_of(request), is_seen=not was_head(request))
    shown = page(request, "board_packs/opened.html", reader=None, pack=opened.pack, html=opened.html, secret=secret)
    shown.headers.update(_PRIVATE)
    return shown


@get("/packs/{secret:str}/{file:str}", opt={"public": True})
async def open_file(request: Request[Any, Any, Any], pool: NamedDependency[Pool], secret: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """The same as a PDF."""
    language = language_of_file(file)
    pack, content = await service.open_link_file(pool, secret, language, address_of(request))
    given = pdf(pack.number, language, content)
    given.headers.update(_PRIVATE)
    return given


DONE = {
    "pack_made": N_("Made and kept, in both languages. Later entries change the books and not this pack."),
    "link_made": N_("The link was made already, and its address is shown once. End it and make another where you did not keep it."),
    "link_ended": N_("Ended. The link opens nothing any more."),
}  # fmt: skip
PAGES = [list_packs, new_pack, make_pack, show_pack, pack_file, add_link, end_link, open_pack, open_file]
