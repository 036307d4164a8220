"""Show how far long work has come, whatever work it is: one page with a figure that moves, and what it led to or why it came to nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.security import Reader
from ledger.domain.refusals import Refusal, all_refusals
from ledger.services import progress as service
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.storage.progress import Progress
from reports import formats
from reports.i18n import N_, translate

# What takes no longer is answered without figures in between.
SOON_SECONDS = 2


class LongWork(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of long work as its page speaks of it, and where it leads from what it is about.

    ``ended`` is the message for the place it leads to, where the reader goes by themselves once it is done; without one its figures stay here.
    ``about`` is the page of what it is about, and ``named`` what that is called, where it is not the thing's own below ``above_path``; ``made`` the
    address of what it made, by its answer, where that is not ``place``.
    """

    title: str
    above: str
    above_path: str
    place: str
    onward: str
    back: str
    again: str = ""
    ended: str = ""
    about: str = ""
    named: str = ""
    made: str = ""


KINDS: dict[str, LongWork] = {
    "import_roster": LongWork(
        title=N_("Bringing a roster in"), above=N_("Strikes"), above_path="/strikes", place="/strikes/{}/roster", onward=N_("To the roster"),
        back=N_("Back to the files"), again="/import",
    ),
    "import_duty": LongWork(
        title=N_("Bringing picket duty in"), above=N_("Strikes"), above_path="/strikes", place="/strikes/{}/duty", onward=N_("To picket duty"),
        back=N_("Back to the files"), again="/import",
    ),
    "compute_run": LongWork(
        title=N_("Computing %(run)s"), above=N_("Weekly runs"), above_path="/strikes/runs", place="/strikes/runs/{}", onward=N_("To the run"),
        back=N_("Back to the run"), ended="run_computed",
    ),
    "pay_run": LongWork(
        title=N_("Paying %(run)s"), above=N_("Weekly runs"), above_path="/strikes/runs", place="/strikes/runs/{}", onward=N_("To the run"),
        back=N_("Back to the run"), ended="run_paid",
    ),
    "make_audit_pack": LongWork(
        title=N_("Making the audit pack"), above=N_("Reports"), above_path="/reports", place="/audit-packs", onward=N_("To the audit packs"),
        back=N_("Back to the audit packs"), ended="audit_pack_made", about="/audit-packs", named=N_("Audit pack"),
    ),
    "make_board_pack": LongWork(
        title=N_("Making the pack"), above=N_("For the boards"), above_path="/board-packs", place="/board-packs", onward=N_("To the packs"),
        back=N_("Back to the form"), again="/new", ended="pack_made", about="/board-packs", made="/board-packs/{pack}",
    ),
}  # fmt: skip


async def begin(
    pool: Pool, reader: Reader, key: str, kind: str, subject: str, work: Callable[[Come], Awaitable[dict[str, Any]]]
) -> Progress:
    """Begin long work, or join what this key began; how far it has come after a moment, which for most of it is its end."""
    return await soon(pool, reader, await service.start(pool, reader.actor, key, kind, subject, work))


async def soon(pool: Pool, reader: Reader, id: UUID) -> Progress:
    """How far work that was begun has come after a moment."""
    try:
        async with asyncio.timeout(SOON_SECONDS):
            return await service.finished(pool, reader.actor, id)
    except TimeoutError:
        return await service.look(pool, reader.actor, id)


def onward(found: Progress) -> Response[Any]:
    """To what work led to, or to the page that follows it."""
    return Redirect(_ended(found) or f"/progress/{found.id}", status_code=303)


def refusal_of(found: Progress) -> Refusal | None:
    """The refusal that work ended with."""
    if found.state != "refused" or found.answer is None:
        return None
    return all_refusals()[found.answer["code"]](**found.answer["params"])


def _ended(found: Progress) -> str:
    work = KINDS[found.kind]
    if found.state != "done" or not work.ended:
        return ""
    return f"{work.made.format(**(found.answer or {})) or work.place.format(found.subject)}?done={work.ended}"


@get("/progress/{id:uuid}", opt={"permission": "read_strikes"})
async def show_progress(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], id: FromPath[UUID]
) -> Response[Any]:
    """How far the reader's own work has come; asked again every second, or by the browser itself where there is no script."""
    found = await service.look(pool, reader.actor, id)
    if address := _ended(found):
        # A part of a page is asked for by htmx, which goes on with the whole page where this header says so.
        in_part = request.headers.get("hx-request") == "true"
        return Response("", headers={"HX-Redirect": address}) if in_part else onward(found)
    work = KINDS[found.kind]
    return page(
        request, "progress.html", reader=reader, fragment="results", found=found, work=work, place=work.place.format(found.subject),
        why=_why(reader.language, found), share=_share(found), figures=_figures(reader.language, found), come=_come(reader.language, found),
    )  # fmt: skip


# How far it is, in the words of the step that it is in; each with what the figures count.
_STEPS = {
    "writing": N_("%(done)s of %(total)s parts are written: %(megabytes)s MB so far."),
    "keeping": N_("All parts are written. Of %(total)s MB, %(done)s MB are kept."),
}


def _come(language: str, found: Progress) -> str:
    if not found.total:
        return translate(language, N_("It has begun."))
    facts = (found.answer if found.state == "running" else None) or {}
    counts = {name: formats.count(language, value) for name, value in facts.items() if type(value) is int}
    text = _STEPS.get(facts.get("step", ""), N_("%(done)s of %(total)s"))
    return translate(language, text, done=formats.count(language, found.done), total=formats.count(language, found.total), **counts)


def _share(found: Progress) -> int:
    """Percent of the bar. Work of two steps has half of it for each, so that it never goes back."""
    share = 100 * found.done // found.total if found.total else 0
    step = (found.answer or {}).get("step") if found.state == "running" else None
    return {"writing": share // 2, "keeping": 50 + share // 2}.get(str(step), share)


_FIGURES = {
    "rows": N_("Members in the file"), "entries": N_("Days of duty in the file"), "added": N_("New"), "changed": N_("Changed"),
    "unchanged": N_("Unchanged"), "left": N_("Left the roster"),
}  # fmt: skip


def _figures(language: str, found: Progress) -> list[tuple[str, str]]:
    answer = found.answer if found.state == "done" and found.answer else {}
    return [(translate(language, name), formats.count(language, answer[key])) for key, name in _FIGURES.items() if key in answer]


def _why(language: str, found: Progress) -> str:
    refusal = refusal_of(found)
    return "" if refusal is None else " ".join(text for text in (message(language, refusal), mend(language, refusal)) if text)


PAGES = [show_progress]
