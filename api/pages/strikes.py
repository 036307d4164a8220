"""Show the strikes of both unions side by side, open one week by week, record and change one, and take its steps from notice to closed."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, word
from api.pages.documents import documents_for
from api.pages.files import list_file
from api.pages.forms import Form, Upload, refused
from api.pages.funds import union_names
from api.pages.rendering import named, page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.accounts import Fund
from ledger.domain.documents import ACCEPT, SIZE_MAXIMUM_BYTES
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import AlreadyDecided, NotFound, OtherUnion, Refusal
from ledger.domain.search import QUERY_MAXIMUM
from ledger.domain.strike_rules import STRIKE_KINDS
from ledger.domain.strikes import (
    BODY_MAXIMUM,
    EMPLOYER_MAXIMUM,
    EXPECTED_MAXIMUM,
    MANAGE,
    MANDATE_MAXIMUM,
    NAME_MAXIMUM,
    REASON_MAXIMUM,
    RESOLUTION_MAXIMUM,
    STATES,
    STRIKE_DAYS_MAXIMUM,
    Authorise,
    RecordStrike,
    Strike,
    StrikeEvent,
    StrikeFields,
    check_step,
    may_step,
)
from ledger.domain.suppression import SMALL_CELL
from ledger.services import documents, runway
from ledger.services import strike_weeks as weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_weeks import Standing
from ledger.services.strikes import Choices, StrikeView
from ledger.storage.strikes import StrikeFilter
from reports import formats
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.render import FORMATS
from reports.runway_words import weeks_text
from reports.strike_list import shape_strikes
from reports.strike_rule_words import KIND_NAMES, rule_facts
from reports.strike_words import event_remark, event_text, next_button, next_text, standing_text, state_chip, support_chip

FILE_ROWS_MAXIMUM = 1_000
# A refusal says its field; where it says none, the field that it is about.
_PLACES = {"fund_unknown": "fund", "fund_closed": "fund", "fund_not_allowed_for_initiative": "fund"}


# --- the list ---------------------------------------------------------------------------------------------------------


@get("/strikes", opt={"permission": "read_strikes"})
async def list_strikes(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Both unions' strikes side by side, then each of them; as a file with ``?format=csv``."""
    language, narrowed, sort = reader.language, _filter(request), word(request, "sort") or "-number"
    if (format_name := word(request, "format")) in FORMATS:
        return await _file(pool, reader, narrowed, sort, str(format_name))
    place, names = place_after(request, str), await union_names(pool, reader)
    board = await weeks.board(pool, reader.actor, narrowed, sort, place[0] if place else None)
    return page(
        request, "strikes/list.html", reader=reader, help="strikes", fragment="results", board=board, older=board.next and cursor(board.next),
        narrowed=narrowed != StrikeFilter(), unions=list(names.items()), sides=await weeks.sides(pool, reader.actor),
        lasting=await _lasting(pool, reader),
        states=[(code, state_chip(language, code)[0]) for code in STATES], chips={code: state_chip(language, code) for code in STATES},
        rows=[(each, next_text(language, each.next, names)) for each in board.items], kinds=_kinds(language),
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


def _kinds(language: str) -> dict[str, str]:
    return {code: translate(language, KIND_NAMES[code]) for code in STRIKE_KINDS}


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
        sentence=standing_text(language, strike, _kinds(language)[strike.kind], names[strike.union]), next=next_text(language, found.next, names),
        actions=_actions(language, reader, found), main=bool(found.next and found.next.is_for(reader.actor)), sides=list(names), chips=chips,
        words=dict.fromkeys(names) | {each.union: each for each in strike.authorisations}, kind=_kinds(language)[strike.kind],
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


# --- recording and changing -----------------------------------------------------------------------------------------------


@get("/strikes/new", opt={"permission": "manage_strikes"})
async def new_strike(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """An empty form; what there is only one of is chosen."""
    known = await service.choices(pool, reader.actor)
    values = {"kind": "strike", "notice_on": pool.today().isoformat()}
    for name, options in (("rule_set", [each.code for each in known.rule_sets]), ("locals", [each.number for each in known.locals])):
        if len(options) == 1:
            values[name] = options[0]
    values["fund"] = next((fund.code for fund in known.funds if fund.purpose == "strike"), "")
    return _form_page(request, reader, Form(values, reader.language), known, None)


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, known: Choices, strike: Strike | None) -> Response[Any]:
    language = reader.language
    return page(
        request, "strikes/form.html", reader=reader, status=form.status, help="strikes", form=form, strike=strike, union_name=known.union.name,
        kinds=[(code, name, _KIND_HINTS[code] and translate(language, _KIND_HINTS[code])) for code, name in _kinds(language).items()],
        locals=_locals(known, strike), employers=[(each, "") for each in known.employers],
        rule_sets=[(each.code, named(language, each)) for each in known.rule_sets], funds=[(each.code, named(language, each)) for each in known.funds],
    )  # fmt: skip


_KIND_HINTS = {
    "strike": "", "lockout": N_("The employer shut members out."), "rotating": N_("On some days only; those days alone are paid."),
    "honouring": N_("Members do not cross the line of another union."),
}  # fmt: skip


def _locals(known: Choices, strike: Strike | None) -> list[tuple[str, str]]:
    """The union's open locals, and those the strike has, though they be closed."""
    found = {each.number: ", ".join(part for part in (f"{each.number} – {each.name}", each.city) if part) for each in known.locals}
    return list(({each.number: f"{each.number} – {each.name}" for each in (strike.locals if strike else ())} | found).items())


@post("/strikes/new", opt={"permission": "manage_strikes"}, status_code=303)
async def record_strike(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Record it, or show the form again with why not."""
    form, known = Form(await request.form(), reader.language), await service.choices(pool, reader.actor)
    said = _said(form, known, None, pool.today())
    if form.ok and said:
        try:
            asked = RecordStrike(**msgspec.structs.asdict(said), union=known.union.code)
            made = await service.record_strike(pool, reader.actor, form.key, asked)
            return Redirect(f"/strikes/{made.number}?done=strike_recorded", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form, known, None)


def _said(form: Form, known: Choices, strike: Strike | None, today: date) -> StrikeFields | None:
    locals_ = tuple(number for number in form.many("locals") if number in dict(_locals(known, strike)))
    if not locals_:
        form.fail("locals", translate(form.language, N_("Choose one local or more.")))
    return StrikeFields(
        kind=form.choice("kind", STRIKE_KINDS) or "strike",  # type: ignore[arg-type]
        name=form.text("name", max_length=NAME_MAXIMUM), locals=locals_,
        notice_on=form.date("notice_on", today, EARLIEST_DATE), starts_on=form.date("starts_on"),
        expected=form.integer("expected", minimum=1, maximum=EXPECTED_MAXIMUM), rule_set=form.choice("rule_set", [each.code for each in known.rule_sets]),
        fund=form.choice("fund", [each.code for each in known.funds]),
        employer=form.text("employer", required=False, max_length=EMPLOYER_MAXIMUM),
        mandate=form.text("mandate", required=False, max_length=MANDATE_MAXIMUM), mandate_on=form.optional_date("mandate_on", today, EARLIEST_DATE),
    )  # fmt: skip


def _refused(form: Form, refusal: Refusal) -> None:
    refused(form, refusal, {refusal.code: _PLACES.get(refusal.code, str(refusal.params.get("field", "")))})


@get("/strikes/{number:str}/change", opt={"permission": "manage_strikes"})
async def ask_change(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """What was said of the strike, to be said otherwise while no union has given its word."""
    strike = await _own(pool, reader, number, "change")
    values: dict[str, Any] = {name: getattr(strike, name) for name in ("kind", "name", "employer", "mandate", "rule_set", "fund")}
    values |= {name: day.isoformat() for name in ("notice_on", "mandate_on", "starts_on") if (day := getattr(strike, name))}
    values |= {"locals": [each.number for each in strike.locals], "expected": str(strike.expected)}
    return _form_page(request, reader, Form(values, reader.language), await service.choices(pool, reader.actor), strike)


async def _own(pool: Pool, reader: Reader, number: str, step: str) -> Strike:
    """The strike, for who belongs to its union, in a state that allows a step."""
    strike = (await service.show_strike(pool, reader.actor, number)).strike
    if strike.union != reader.union_code:
        raise OtherUnion(union=strike.union, account="")
    check_step(strike, step)
    return strike


@post("/strikes/{number:str}/change", opt={"permission": "manage_strikes"}, status_code=303)
async def change_strike(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change it, or show the form again with why not."""
    strike, known = await _own(pool, reader, number, "change"), await service.choices(pool, reader.actor)
    form = Form(await request.form(), reader.language)
    said = _said(form, known, strike, pool.today())
    if form.ok and said:
        try:
            await service.change_strike(pool, reader.actor, form.key, strike.number, said)
            return Redirect(f"/strikes/{strike.number}?done=strike_changed", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _form_page(request, reader, form, known, strike)


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
        sentence=standing_text(language, strike, _kinds(language)[strike.kind], names[strike.union]),
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

Taken = Callable[[Pool, Any, str, str, Any], Awaitable[Strike]]


class Act(msgspec.Struct, frozen=True):
    """One step: the state rule it goes by, the service, its page's words, and the field it asks for: a day, a reason, or days."""

    step: str
    take: Taken
    title: str
    lede: str
    field: str
    label: str
    button: str


ACTS: dict[str, Act] = {
    "begin": Act(
        "begin", service.begin, N_("Members are out: %(name)s"), N_("Benefits are counted from this day; it can be another one than was announced."),
        "starts_on", N_("First day out"), N_("Say that members are out"),
    ),
    "ratify": Act(
        "ratify", service.ratify, N_("Ratified: %(name)s"), N_("Support runs off from this day, by the rules of the strike."),
        "ratified_on", N_("Ratified on"), N_("Record the ratification"),
    ),
    "end": Act(
        "end", service.end, N_("Over: %(name)s"), N_("The weeks up to this day are still paid and settled."), "ended_on", N_("Last day out"),
        N_("Record the last day out"),
    ),
    "days": Act(
        "change_days", service.set_strike_days, N_("Strike days: %(name)s"), N_("The days on which members stopped work. These days alone are paid."),
        "strike_days", N_("Strike days"), N_("Set the strike days"),
    ),
    "close": Act(
        "close", service.close_strike, N_("Close %(name)s"),
        N_("All its money must be accounted for. Its roster is kept until the retention day and then loses its names."), "reason",
        N_("Why it closes"), N_("Close it"),
    ),
    "call-off": Act(
        "call_off", service.call_off, N_("Call off: %(name)s"), N_("Members do not walk out. It stays to be read, and nothing is paid for it."), "reason",
        N_("Why it is called off"), N_("Call it off"),
    ),
}  # fmt: skip


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound(kind="page", id=name[:40])
    return ACTS[name]


@get("/strikes/{number:str}/{act:str}", opt={"permission": "manage_strikes"})
async def ask_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """What a step needs to know."""
    wanted = _act(act)
    strike = await _own(pool, reader, number, wanted.step)
    return _act_page(request, reader, Form({wanted.field: _begun(wanted, strike, pool.today())}, reader.language), strike, wanted)


def _begun(act: Act, strike: Strike, today: date) -> str:
    """What the field holds to begin with."""
    if act.field == "strike_days":
        return "\n".join(day.isoformat() for day in strike.strike_days)
    return "" if act.field == "reason" else min(strike.starts_on, today).isoformat() if act.step == "begin" else today.isoformat()


def _act_page(request: Request[Any, Any, Any], reader: Reader, form: Form, strike: Strike, act: Act) -> Response[Any]:
    language = reader.language
    return page(
        request, "strikes/act.html", reader=reader, status=form.status, help="strikes", form=form, strike=strike, act=act,
        heading=translate(language, act.title, name=strike.name), lede_text=translate(language, act.lede), label=translate(language, act.label),
        button=translate(language, act.button), maximum=REASON_MAXIMUM,
    )  # fmt: skip


@post("/strikes/{number:str}/{act:str}", opt={"permission": "manage_strikes"}, status_code=303)
async def take_act(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], act: FromPath[str]
) -> Response[Any]:
    """Take the step."""
    wanted, form = _act(act), Form(await request.form(), reader.language)
    strike = await _own(pool, reader, number, wanted.step)
    said = _asked(form, wanted, pool.today())
    if form.ok:
        try:
            await wanted.take(pool, reader.actor, form.key, strike.number, said)
            return Redirect(f"/strikes/{strike.number}?done=strike_{wanted.step}", status_code=303)
        except Refusal as refusal:
            _refused(form, refusal)
    return _act_page(request, reader, form, strike, wanted)


def _asked(form: Form, act: Act, today: date) -> Any:
    if act.field == "reason":
        return form.text("reason", max_length=REASON_MAXIMUM)
    return _days(form) if act.field == "strike_days" else form.date(act.field, today, EARLIEST_DATE)


def _days(form: Form) -> tuple[date, ...]:
    """Days, one a line."""
    lines = [line.strip() for line in form.text("strike_days", required=False, max_length=STRIKE_DAYS_MAXIMUM * 20).splitlines() if line.strip()]
    try:
        return tuple(formats.parse_date(form.language, line) for line in lines)
    except formats.DateNotUnderstood:
        form.fail("strike_days", translate(form.language, N_("Write one day a line, like %(example)s."), example="2026-11-23"))
        return ()


DONE = {
    "strike_recorded": N_("Recorded. Officers of both unions have been asked to authorise it."), "strike_changed": N_("Changed."),
    "strike_authorised": N_("Your union’s word is recorded."), "strike_begin": N_("Recorded: benefits are counted from that day."),
    "strike_ratify": N_("Recorded: support runs off."), "strike_end": N_("Recorded: what is left can be settled now."),
    "strike_change_days": N_("The strike days are set."), "strike_close": N_("Closed. Everything stays to be read."),
    "strike_call_off": N_("Called off. Everything stays to be read."),
}  # fmt: skip
PAGES = [
    list_strikes, show_strike, new_strike, record_strike, ask_change, change_strike, ask_authorisation, authorise_strike, ask_act, take_act,
]  # fmt: skip
