"""Show what both unions' ledgers say of each other, cut-off by cut-off: how each stands, what differs and who sees to it; let treasurers agree."""

from collections import Counter
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import word
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.comparison_found import CLASSES
from ledger.domain.refusals import ChoiceInvalid, Refusal
from ledger.services import comparison as service
from ledger.services import differences, steps
from ledger.services.comparison import AGREE, HANDLE, READ, REMARK_MAXIMUM, Comparison, Cutoff
from ledger.services.differences import Change, DifferenceView
from ledger.services.extract_reading import IMPORT
from ledger.services.pool import Pool
from reports import comparison_words as words
from reports import formats
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
FIELDS = {"comparison_changed": "", "unexplained_left": "", "difference_state": "", "other_union": "", "choice_invalid": "", "date_invalid": "due_on"}


async def names_of(pool: Pool) -> dict[str, str]:
    """The unions' names by code."""
    return {union.code: union.name for union in await steps.unions(pool)}


def words_for(language: str, names: dict[str, str]) -> dict[str, Any]:
    """What templates about comparisons say."""
    return {
        "names": names, "standing_chip": lambda standing: words.standing_chip(language, standing),
        "state_chip": lambda state: words.state_chip(language, state), "passes": words.PASSES,
        "class_name": lambda kind, creditor, debtor: words.class_name(language, kind, names, creditor, debtor),
        "title_of": lambda each: words.title(language, each, names), "books_of": lambda code: words.books_of(language, names, code),
        "why": lambda line, comparison: words.why(language, line, names, comparison), "hint": lambda code: words.hint(language, code),
        "basis_text": lambda comparison, side: _basis(language, comparison, side),
    }  # fmt: skip


def _is_beyond(each: Comparison) -> bool:
    """Whether more is unexplained than may be."""
    return each.unexplained_size_minor > each.tolerance_minor


def _basis(language: str, comparison: Comparison, side: str) -> str:
    number = comparison.creditor_extract if side == "creditor" else comparison.debtor_extract
    if number is None and comparison.about != "owed":
        return translate(language, N_("as the pool’s journal has it"))
    if number is None:
        return translate(language, N_("from the pool’s book, no extract"))
    return translate(language, N_("from extract %(number)s"), number=number)


# --- cut-offs -----------------------------------------------------------------------------------------------------------------


@get("/comparison", opt={"permission": READ})
async def list_cutoffs(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Cut-offs, the newest first, each with who uploaded, how it stands and what comes next; and the open differences."""
    names = await names_of(pool)
    cutoffs = await service.list_cutoffs(pool, reader.actor)
    still = await differences.list_differences(pool, reader.actor, "open")
    return page(
        request, "comparison/list.html", reader=reader, help="comparison",
        cutoffs=[(each, _next_step(reader, each, names), *_parted(each)) for each in cutoffs],
        open=still.items, today=pool.today(), may_import=reader.can(IMPORT), is_overdue=lambda each: differences.is_overdue(each, pool.today()),
        **words_for(reader.language, names),
    )  # fmt: skip


def _parted(cutoff: Cutoff) -> tuple[list[Comparison], list[tuple[str, int]]]:
    """The comparisons with a difference, and how many of the others stand how."""
    differing = [each for each in cutoff.comparisons if each.difference_minor or each.lines]
    return differing, sorted(Counter(each.standing for each in cutoff.comparisons if each not in differing).items())


def _next_step(reader: Reader, cutoff: Cutoff, names: dict[str, str]) -> str:
    """What is to be done next, and by whom."""
    language = reader.language
    lacking = [names[code] for code in names if code not in cutoff.extracts]
    if lacking and cutoff.extracts:
        return translate(language, N_("%(union)s has uploaded nothing yet"), union=", ".join(lacking))
    if lacking:
        return translate(language, N_("Neither union has uploaded its extract"))
    if not all(each.number for each in cutoff.comparisons):
        return translate(language, N_("To be compared"))
    if any(map(_is_beyond, cutoff.comparisons)):
        return translate(language, N_("Something is unexplained: say why it differs"))
    lacking = sorted({names[code] for each in cutoff.comparisons for code in each.parties if code not in {a.union for a in each.agreed}})
    return translate(language, N_("Still to agree: %(union)s"), union=", ".join(lacking)) if lacking else translate(language, N_("Done"))


@get("/comparison/{ends_on:date}", opt={"permission": READ})
async def show_cutoff(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], ends_on: FromPath[date]
) -> Response[Any]:
    """What stands between the unions at a cut-off."""
    return await _cutoff_page(request, pool, reader, ends_on, Form({}, reader.language))


@post("/comparison/{ends_on:date}", opt={"permission": HANDLE}, status_code=303)
async def act_on_cutoff(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], ends_on: FromPath[date]
) -> Response[Any]:
    """Compare now; with ``action=agree``, agree for one's own union to each comparison that is named."""
    form = Form(await request.form(), reader.language)
    remark = form.text("remark", required=False, max_length=REMARK_MAXIMUM)
    if form.ok:
        try:
            if form.action == "agree":
                for number in await _named(pool, reader, ends_on, form):
                    await service.agree(pool, reader.actor, f"{form.key}-{number}", number, remark)
                return Redirect(f"/comparison/{ends_on}?done=comparison_agreed", status_code=303)
            await service.compare_now(pool, reader.actor, form.key, ends_on)
            return Redirect(f"/comparison/{ends_on}?done=compared", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return await _cutoff_page(request, pool, reader, ends_on, form)


async def _named(pool: Pool, reader: Reader, ends_on: date, form: Form) -> list[str]:
    """The comparisons that the form names; each is of this cut-off, and there is one at least."""
    numbers = form.many("comparison") or [""]
    for number in numbers:
        if not number or (await service.show_comparison(pool, reader.actor, number)).ends_on != ends_on:
            raise ChoiceInvalid(field="comparison", value=number[:40])
    return numbers


async def _cutoff_page(request: Params, pool: Pool, reader: Reader, ends_on: date, form: Form) -> Response[Any]:
    names = await names_of(pool)
    cutoff = await service.show_cutoff(pool, reader.actor, ends_on)
    return page(
        request, "comparison/cutoff.html", reader=reader, help="comparison", status=form.status, form=form, cutoff=cutoff, today=pool.today(),
        next_step=_next_step(reader, cutoff, names), may_import=reader.can(IMPORT), may_compare=reader.can(HANDLE),
        agreeable=_agreeable(reader, cutoff), **words_for(reader.language, names),
    )  # fmt: skip


def _agreeable(reader: Reader, cutoff: Cutoff) -> list[str]:
    """The comparisons that wait for the reader's union and have no more unexplained than may be."""
    if not reader.can(AGREE):
        return []
    mine = [each for each in cutoff.comparisons if reader.union_code in each.parties and reader.union_code not in {one.union for one in each.agreed}]
    return [each.number for each in mine if each.number and not _is_beyond(each)]


@get("/comparison/{ends_on:date}/letter", opt={"permission": READ})
async def show_letter(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], ends_on: FromPath[date]
) -> Response[Any]:
    """A letter to print, asking the other union to confirm the balance to the auditor (domain.md 2.4)."""
    names = await names_of(pool)
    cutoff = await service.show_cutoff(pool, reader.actor, ends_on)
    own = word(request, "of") or reader.union_code or next(iter(names))
    return page(
        request, "comparison/letter.html", reader=reader, help="comparison", cutoff=cutoff, own=own if own in names else next(iter(names)),
        today=pool.today(), **words_for(reader.language, names),
    )  # fmt: skip


# --- differences --------------------------------------------------------------------------------------------------------------


@get("/comparison/differences/{number:str}", opt={"permission": READ})
async def show_difference(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One difference: what each side has, why, who sees to it by when, and all that was said."""
    view = await differences.show_difference(pool, reader.actor, number)
    found = view.difference
    form = Form({"class": found.kind, "owner": found.owner or "", "due_on": found.due_on.isoformat() if found.due_on else ""}, reader.language)
    return await _difference_page(request, pool, reader, view, form)


@post("/comparison/differences/{number:str}", opt={"permission": HANDLE}, status_code=303)
async def change_difference(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change it or say something of it; with ``action=resolve``, resolve it with the words as the reason."""
    view, form = await differences.show_difference(pool, reader.actor, number), Form(await request.form(), reader.language)
    names = await names_of(pool)
    remark = form.text("remark", required=form.action == "resolve", max_length=differences.REMARK_MAXIMUM)
    kind = form.choice("class", CLASSES, required=False)
    owner, due_on = form.choice("owner", list(names), required=False), form.optional_date("due_on")
    if form.ok:
        try:
            if form.action == "resolve":
                await differences.resolve(pool, reader.actor, form.key, number, remark)
            else:
                asked = Change(kind=kind or None, owner=owner or None, due_on=due_on, remark=remark)  # type: ignore[arg-type]
                await differences.change(pool, reader.actor, form.key, number, asked)
            return Redirect(f"/comparison/differences/{view.difference.number}?done=difference_kept", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS | {"text_invalid": "remark"})
    return await _difference_page(request, pool, reader, view, form)


async def _difference_page(request: Params, pool: Pool, reader: Reader, view: DifferenceView, form: Form) -> Response[Any]:
    names, found, language = await names_of(pool), view.difference, reader.language
    said = words_for(language, names)
    classes = [(kind, said["class_name"](kind, found.creditor, found.debtor)) for kind in CLASSES]
    thread = [
        {
            "when": formats.moment(language, each.recorded_at), "what": _event(language, each.what, each.facts, found, names),
            "who": each.person_name, "union": each.union, "remark": each.remark,
        }
        for each in view.events
    ]  # fmt: skip
    return page(
        request, "comparison/difference.html", reader=reader, help="comparison", status=form.status, form=form, view=view, found=found,
        classes=classes, unions=list(names.items()), thread=thread, may=reader.can(HANDLE), **said,
    )  # fmt: skip


def _event(language: str, what: str, facts: dict[str, Any], found: Any, names: dict[str, str]) -> str:
    """What was done, with what it changed to."""
    parts = []
    for name, value in facts.items():
        shown = str(value)
        if name == "class":
            shown = words.class_name(language, shown, names, found.creditor, found.debtor)
        elif name == "owner":
            shown = names.get(shown, shown)
        elif name in ("due_on", "ends_on"):
            shown = formats.date_long(language, date.fromisoformat(shown))
        parts.append(translate(language, N_("%(label)s: %(text)s"), label=translate(language, words.FACTS[name]), text=shown))
    return " · ".join([translate(language, words.EVENTS[what]), *parts])


PAGES = [list_cutoffs, show_cutoff, act_on_cutoff, show_letter, show_difference, change_difference]
DONE = {
    "compared": N_("Compared: this is what both ledgers and the pool’s journal say now."),
    "comparison_agreed": N_("Your union agrees to the comparison with what it lists."), "difference_kept": N_("Kept, with what you said."),
    "extract_kept": N_("The extract is kept, and the ledgers were compared with it."),
    "extract_known": N_("These rows were here already: nothing new was brought in."),
}  # fmt: skip
