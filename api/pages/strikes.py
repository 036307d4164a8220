"""Show the strikes of both unions side by side, open one week by week, record and change one, and take its steps from notice to closed."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.files import asked_format, list_file
from api.pages.forms import Form, Upload, refused
from api.pages.funds import union_names
from api.pages.rendering import named, page
from api.pages.strike_forms import kinds_of
from api.schemas import cursor
from api.security import Reader
from ledger.domain.accounts import Fund
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AlreadyDecided, Refusal
from ledger.domain.search import QUERY_MAXIMUM
from ledger.domain.strikes import (
    BODY_MAXIMUM,
    MANAGE,
    RESOLUTION_MAXIMUM,
    STATES,
    Authorise,
    Strike,
    StrikeEvent,
    check_step,
    may_step,
)
from ledger.domain.suppression import SMALL_CELL
from ledger.services import documents, runway
from ledger.services import strike_weeks as weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import Standing
from ledger.services.strikes import StrikeView
from ledger.storage.strikes import StrikeFilter
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.runway_words import weeks_text
from reports.strike_list import shape_strikes
from reports.strike_rule_words import rule_facts
from reports.strike_words import event_remark, event_text, next_button, next_text, standing_text, state_chip, support_chip

FILE_ROWS_MAXIMUM = 1_000


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/strikes", opt={"permission": "read_strikes"})
async def list_strikes(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Both unions' strikes side by side, then each of them; as a file with ``?format=csv``."""
    language, narrowed, sort = reader.language, _filter(request), word(request, "sort") or "-number"
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, sort, format_name)
    place, names = place_after(request, str), await union_names(pool, reader)
    board = await weeks.board(pool, reader.actor, narrowed, sort, place[0] if place else None)
    return page(
        request, "strikes/list.html", reader=reader, help="strikes", fragment="results", board=board, older=board.next and cursor(board.next),
        narrowed=narrowed != StrikeFilter(), unions=list(names.items()), sides=await weeks.sides(pool, reader.actor),
        lasting=await _lasting(pool, reader),
        states=[(code, state_chip(language, code)[0]) for code in STATES], chips={code: state_chip(language, code) for code in STATES},
        rows=[(each, next_text(language, each.next, names)) for each in board.items], kinds=kinds_of(language),
    )  # fmt: skip


async def _lasting(pool: Pool, reader: Reader) -> list[tuple[Fund, list[tuple[str, str]]]]:
    """How long each fund lasts, by currency, in words."""
    found = await runway.list_runways(pool, reader.actor)
    return [(each.fund, [(one.currency, weeks_text(reader.language, one)) for one in each.runways]) for each in found]


def _filter(request: Request[Any, Any, Any]) -> StrikeFilter:
    words = str(request.query_params.get("q", "")).replace("\x00", "").strip()[:QUERY_MAXIMUM] or None
    state = word(request, "state")
    return StrikeFilter(union=word(request, "union"), state=None if state == "live" else state, live=state == "live", words=words)


async def _file(pool: Pool, reader: Reader, narrowed: StrikeFilter, sort: str, format_name: str) -> Response[bytes]:
    board = await weeks.board(pool, reader.actor, narrowed, sort, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_strikes(facts, board, reader.language), format_name)


# --- one strike ---------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}", opt={"permission": "read_strikes"})
async def show_strike(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One strike: how it stands, both unions' words side by side, week by week what it got, and what was done with it."""
    view, language = await service.show_strike(pool, reader.actor, number), reader.language
    strike, names = view.strike, await union_names(pool, reader)
    found = await weeks.standing(pool, reader.actor, strike.number)
    chips = {each.number: support_chip(language, each) for row in found.weeks for each in row.supports}
    return page(
        request, "strikes/show.html", reader=reader, help="strikes", small=SMALL_CELL,
        view=view, strike=strike, found=found, state=state_chip(language, strike.state),
        sentence=standing_text(language, strike, kinds_of(language)[strike.kind], names[strike.union]), next=next_text(language, found.next, names),
        actions=_actions(language, reader, found), main=bool(found.next and found.next.is_for(reader.actor)), sides=list(names), chips=chips,
        words=dict.fromkeys(names) | {each.union: each for each in strike.authorisations}, kind=kinds_of(language)[strike.kind],
        history=_history(language, view), rules_name=named(language, found.rules), rule_facts=rule_facts(language, found.rules),
        own=strike.union == reader.union_code, documents=await documents_for(pool, reader, "strike", strike.number),
        fund=await _fund(pool, reader, strike),
    )  # fmt: skip


async def _fund(pool: Pool, reader: Reader, strike: Strike) -> Fund:
    async with pool.database.reading() as connection:
        return (await read_facts(connection, pool.clock(), pool.today())).fund_by_code(strike.fund)


class Step(msgspec.Struct, frozen=True):
    """One line of the history: the event, what it was in words, the page of what it is about, and its remark."""

    event: StrikeEvent
    what: str
    url: str
    remark: str


def _history(language: str, view: StrikeView) -> list[Step]:
    return [Step(each, event_text(language, each), _subject_url(each.subject), event_remark(language, each)) for each in view.events]


def _subject_url(subject: str) -> str:
    """The page of a run, an advance or a grant by its number; ``""`` of anything else."""
    folders = {"SR": "runs", "SA": "advances", "SG": "grants"}
    return f"/strikes/{folders[subject[:2]]}/{subject}" if subject[:2] in folders else ""


def _actions(language: str, reader: Reader, found: Standing) -> list[tuple[str, str]]:
    """(label, address) of what the reader can do about it, the next step first where it is theirs."""
    strike, taken = found.strike, found.next
    first = [(next_button(language, taken), taken.url)] if taken and taken.is_for(reader.actor) else []
    if strike.union != reader.union_code or not reader.can(MANAGE):
        return first
    base = f"/strikes/{strike.number}"
    others = [(translate(language, label), f"{base}/{act}") for act, (step, label) in _OWN_STEPS.items() if may_step(strike, step) and _fits(found, act)]
    return [*first, *(each for each in others if each[1] not in {url for _, url in first})]


def _fits(found: Standing, act: str) -> bool:
    """Whether a step makes sense now: days of a rotating strike alone, and no closing while a run or an advance waits for something."""
    if act == "days":
        return found.strike.kind == "rotating"
    return act != "close" or not any(support.step for week in found.weeks for support in week.supports)


_OWN_STEPS: dict[str, tuple[str, str]] = {
    "days": ("change_days", N_("Set the strike days")), "ratify": ("ratify", N_("Record the ratification")), "end": ("end", N_("Record the last day out")),
    "close": ("close", N_("Close it")), "begin": ("begin", N_("Say that members are out")), "change": ("change", N_("Change")),
    "call-off": ("call_off", N_("Call it off")),
}  # fmt: skip


# --- authorising ------------------------------------------------------------------------------------------------------------


@get("/strikes/{number:str}/authorise", opt={"permission": "authorise_strike"})
async def ask_authorisation(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What the reader's own union decided about supporting it."""
    return await _authorise_page(request, pool, reader, Form({}, reader.language), await _to_authorise(pool, reader, number))


async def _to_authorise(pool: Pool, reader: Reader, number: str) -> StrikeView:
    """The strike, for an officer of a union that has not said its word."""
    view = await service.show_strike(pool, reader.actor, number)
    check_step(view.strike, "authorise")
    if reader.union_code not in view.missing:
        raise AlreadyDecided(request=view.strike.number)
    return view


async def _authorise_page(request: Request[Any, Any, Any], pool: Pool, reader: Reader, form: Form, view: StrikeView) -> Response[Any]:
    strike, language, names = view.strike, reader.language, await union_names(pool, reader)
    found = await weeks.standing(pool, reader.actor, strike.number)
    return page(
        request, "strikes/authorise.html", reader=reader, status=form.status, help="strikes", form=form, strike=strike, accept=ACCEPT,
        limit=SIZE_MAXIMUM_BYTES, union_name=names[reader.union_code or ""], rules_name=named(language, found.rules),
        rule_facts=rule_facts(language, found.rules),
        fund=await _fund(pool, reader, strike),
        sentence=standing_text(language, strike, kinds_of(language)[strike.kind], names[strike.union]),
        bodies=[(translate(language, each), "") for each in BODIES], maxima=(BODY_MAXIMUM, RESOLUTION_MAXIMUM),
    )  # fmt: skip


BODIES = (N_("National officers"), N_("National Executive Board"), N_("General Executive Board"))


@post("/strikes/{number:str}/authorise", opt={"permission": "authorise_strike"}, status_code=303)
async def authorise_strike(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Keep the document where one was sent, then record the union's word."""
    view, form = await _to_authorise(pool, reader, number), Form(await request.form(), reader.language)
    said = Authorise(
        body=form.text("body", max_length=BODY_MAXIMUM), resolution=form.text("resolution", max_length=RESOLUTION_MAXIMUM),
        decided_on=form.date("decided_on", pool.today(), EARLIEST_DATE),
    )  # fmt: skip
    upload = await form.file("file", SIZE_MAXIMUM_BYTES)
    if form.ok:
        try:
            await _keep(pool, reader, form, view.strike, upload)
            await service.authorise_strike(pool, reader.actor, form.key, view.strike.number, said)
            return Redirect(f"/strikes/{view.strike.number}?done=strike_authorised", status_code=303)
        except Refusal as refusal:
            fields = {"document_type": "file", "document_too_large": "file", "documents_full": "file"}
            refused(form, refusal, {refusal.code: fields.get(refusal.code, str(refusal.params.get("field", "")))})
    return await _authorise_page(request, pool, reader, form, view)


async def _keep(pool: Pool, reader: Reader, form: Form, strike: Strike, upload: Upload | None) -> None:
    if upload:
        await documents.attach(
            pool, reader.actor, f"{form.key}-file"[-100:], "strike", strike.number, upload.filename, upload.content_type, upload.data
        )


# --- its steps ----------------------------------------------------------------------------------------------------------------


DONE = {
    "strike_recorded": N_("Recorded. Officers of both unions have been asked to authorise it."), "strike_changed": N_("Changed."),
    "strike_authorised": N_("Your union’s word is recorded."), "strike_begin": N_("Recorded: benefits are counted from that day."),
    "strike_ratify": N_("Recorded: support runs off."), "strike_end": N_("Recorded: what is left can be settled now."),
    "strike_change_days": N_("The strike days are set."), "strike_close": N_("Closed. Everything stays to be read."),
    "strike_call_off": N_("Called off. Everything stays to be read."),
}  # fmt: skip
PAGES = [list_strikes, show_strike, ask_authorisation, authorise_strike]
