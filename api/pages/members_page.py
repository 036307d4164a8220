"""Show the members' page without a sign-in while both unions want it seen, and to officers how it is made and approved."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.answers import language_of
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.member_pages import PUBLISH, QUARTER, READ, TEXT_MAXIMUM, Figures, Frozen
from ledger.domain.refusals import NotFound, Refusal
from ledger.services import member_pages as service
from ledger.services.pool import Pool
from ledger.storage import reference
from reports.i18n import LANGUAGES, N_
from reports.member_page import shape
from reports.render_html import render_html

STATES = {
    "proposed": (N_("waits for approval"), "wait"), "shown": (N_("approved by both"), "good"), "replaced": (N_("replaced by a later version"), ""),
    "taken_back": (N_("taken back"), "bad"),
}  # fmt: skip


# --- for the rank and file ------------------------------------------------------------------------------------------------


@get("/members", opt={"public": True})
async def latest_page(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """The latest quarter that is shown."""
    return await _public(request, pool, None)


@get("/members/{quarter:str}", opt={"public": True})
async def quarter_page(request: Request[Any, Any, Any], pool: NamedDependency[Pool], quarter: FromPath[str]) -> Response[Any]:
    """One quarter: ``/members/2026-Q3``."""
    if not QUARTER.match(quarter):
        raise NotFound(kind="page", id=request.url.path)
    return await _public(request, pool, quarter)


async def _public(request: Request[Any, Any, Any], pool: Pool, quarter: str | None) -> Response[Any]:
    """A page for anybody. Where nothing is shown, it is as if there were no such address at all."""
    found = await service.read_public(pool, quarter)
    if found is None:
        raise NotFound(kind="page", id=request.url.path)
    wished = request.query_params.get("lang")
    language = wished if wished in LANGUAGES else language_of(request)
    frozen = found.page.frozen
    html = await asyncio.to_thread(render_html, shape(frozen.figures, found.unions, found.sample), language, heading=False)
    shown = page(
        request, "members_page/public.html", reader=None, language=language, sample_people=found.sample, html=html, text=_text(frozen, language),
        member_page=found.page, quarters=found.quarters,
    )  # fmt: skip
    # Either union takes it back at once, so no copy of it is kept on the way.
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _text(frozen: Frozen, language: str) -> str:
    return frozen.text_fr if language == "fr" else frozen.text_en


# --- for those who make it ------------------------------------------------------------------------------------------------


@get("/members-page", opt={"permission": READ})
async def list_pages(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every version, and each union's switch."""
    found = await service.overview(pool, reader.actor)
    return page(request, "members_page/list.html", reader=reader, help="members-page", found=found, states=STATES)


@get("/members-page/new", opt={"permission": PUBLISH})
async def new_page(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """A form for a version of a quarter, the last that is over unless another is named."""
    return await _form(request, pool, reader, Form(None, reader.language))


async def _form(
    request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, figures: Figures | None = None
) -> Response[Any]:  # fmt: skip
    quarters = (await service.overview(pool, reader.actor)).quarters
    html = await _drawn(pool, figures, reader.language) if figures else ""
    return page(
        request, "members_page/new.html", reader=reader, status=form.status, help="members-page", form=form, html=html,
        quarters=[(each, each) for each in quarters], maximum=TEXT_MAXIMUM,
    )  # fmt: skip


async def _drawn(pool: Pool, figures: Figures, language: str) -> str:
    async with pool.database.reading() as connection:
        unions = {union.code: union.name for union in await reference.unions(connection)}
        sample = bool(await reference.setting(connection, "sample", False))
    return await asyncio.to_thread(render_html, shape(figures, unions, sample), language, heading=False)


@post("/members-page/new", opt={"permission": PUBLISH}, status_code=303)
async def propose(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Show what it would tell, or propose it."""
    form = Form(await request.form(), reader.language)
    quarter = form.choice("quarter", (await service.overview(pool, reader.actor)).quarters)
    texts = [form.text(name, required=False, max_length=TEXT_MAXIMUM) for name in ("text_en", "text_fr")]
    figures = None
    if form.ok:
        try:
            if form.action == "post":
                made = await service.propose(pool, reader.actor, form.key, quarter, *texts)
                return Redirect(f"/members-page/{made.quarter}/{made.version}?done=member_page_proposed", status_code=303)
            figures = await service.preview(pool, reader.actor, quarter, *texts)
        except Refusal as refusal:
            text = str(refusal.params.get("field", ""))
            refused(form, refusal, {"text_invalid": text, "member_page_state": "quarter", "date_invalid": "quarter"})
    return await _form(request, pool, reader, form, figures)


@get("/members-page/{quarter:str}/{version:int}", opt={"permission": READ})
async def show_page(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], quarter: FromPath[str], version: FromPath[int]
) -> Response[Any]:  # fmt: skip
    """One version as members would see it."""
    found = await service.show_page(pool, reader.actor, quarter, version)
    frozen = found.frozen
    return page(
        request, "members_page/show.html", reader=reader, help="members-page", member_page=found, states=STATES, told=TOLD[found.state],
        text_en=frozen.text_en, text_fr=frozen.text_fr, html=await _drawn(pool, frozen.figures, reader.language),
    )  # fmt: skip


@post("/members-page/{quarter:str}/{version:int}/approve", opt={"permission": PUBLISH}, status_code=303)
async def approve(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], quarter: FromPath[str], version: FromPath[int]
) -> Response[Any]:  # fmt: skip
    """Approve it for one's union."""
    form = Form(await request.form(), reader.language)
    await service.approve(pool, reader.actor, form.key, quarter, version)
    return Redirect(f"/members-page/{quarter}/{version}?done=member_page_approved", status_code=303)


@post("/members-page/{quarter:str}/{version:int}/take-back", opt={"permission": PUBLISH}, status_code=303)
async def take_back(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], quarter: FromPath[str], version: FromPath[int]
) -> Response[Any]:  # fmt: skip
    """Take it back at once."""
    form = Form(await request.form(), reader.language)
    await service.take_back(pool, reader.actor, form.key, quarter, version)
    return Redirect(f"/members-page/{quarter}/{version}?done=member_page_taken_back", status_code=303)


@post("/members-page/switch", opt={"permission": PUBLISH}, status_code=303)
async def switch(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Say for one's union whether the page may be seen; anything but a plain yes hides it."""
    form = Form(await request.form(), reader.language)
    await service.switch(pool, reader.actor, form.key, form.raw("on") == "yes")
    return Redirect("/members-page?done=member_page_switched", status_code=303)


# What is true of a version in each state; the sentence before says who proposed it.
TOLD = {
    "proposed": N_("Nobody but those who read reports sees it yet; members see it once both unions approve it and the page is on."),
    "shown": N_("This is what members see while the page is on, and it changes no more."),
    "replaced": N_("A later version took its place: members do not see it, and it changes no more."),
    "taken_back": N_("It was taken back: members do not see it, and it changes no more."),
}
DONE = {
    "member_page_proposed": N_("Proposed. It waits for a national officer of each union."),
    "member_page_approved": N_("Approved for your union."),
    "member_page_taken_back": N_("Taken back. Nobody sees it any more."),
    "member_page_switched": N_("Kept. The page is seen only while both unions have it switched on."),
}  # fmt: skip
PAGES = [latest_page, quarter_page, list_pages, new_page, propose, show_page, approve, take_back, switch]
