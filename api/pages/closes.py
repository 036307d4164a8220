"""Guide both treasuries through the close of a month: steps with what is missing, the report fixed, signed, kept, and opened again."""

import re
from collections import defaultdict
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.comparison import names_of, words_for
from api.pages.forms import Form, refused
from api.pages.rendering import look_of, page
from api.refusal_messages import mend, message
from api.routes.closes import close_file
from api.security import Reader
from ledger.domain.closes import LISTED, REMARK_MAXIMUM, REVIEWED, Decision, Step, check_opening, check_signing, next_step
from ledger.domain.refusals import CloseState, Refusal
from ledger.services import close_signing, closes
from ledger.services.bank_standings import IMPORT
from ledger.services.close_signing import Sign
from ledger.services.closes import CloseView
from ledger.services.comparison import Comparison
from ledger.services.pool import Pool
from reports import formats
from reports.close_details import Detail, detail, left
from reports.close_words import STATE_NAMES, STATUS_NAMES, STEP_NAMES, month_name, sentence
from reports.i18n import N_, translate, translate_n
from reports.reconciliation.fixed import make

Params = Request[Any, Any, Any]
FIELDS = {"signature_refused": "password"}


class Shown(msgspec.Struct, frozen=True):
    """A step as it is written: its name, what there is or is missing, each union's chip, and whether this reader may say that it was looked over."""

    step: Step
    name: str
    detail: Detail
    chips: list[tuple[str, str]]
    confirms: bool
    needs_remark: bool


# --- the list -----------------------------------------------------------------------------------------------------------------


@get("/close", opt={"permission": closes.READ})
async def list_closes(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every month, the newest first, with how far its close has come."""
    after = request.query_params.get("after")
    rows = await closes.list_closes(pool, reader.actor, after, 25)
    return page(
        request, "closes/list.html", reader=reader, help="close", rows=rows[:24], older=rows[23].close.number if len(rows) > 24 else None,
        **_words(reader.language),
    )  # fmt: skip


def _words(language: str) -> dict[str, Any]:
    def chips(names: Any) -> Any:
        return lambda key: (translate(language, names[key][0]), names[key][1])

    return {"state_chip": chips(STATE_NAMES), "status_chip": chips(STATUS_NAMES), "month_name": lambda day: month_name(language, day)}


# --- one close ----------------------------------------------------------------------------------------------------------------


@get("/close/{number:str}", opt={"permission": closes.READ})
async def show_close(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The steps of a month's close, its report and signatures."""
    return await _close_page(request, pool, reader, await closes.show_close(pool, reader.actor, number), Form({}, reader.language))


async def _close_page(
    request: Params, pool: Pool, reader: Reader, view: CloseView, form: Form, acted: str = ""
) -> Response[Any]:
    names = await names_of(pool)
    shown = [_shown(reader, view, step, names) for step in view.steps]
    coming = next_step(view.steps) if view.is_over and view.shut_with is None else None
    return page(
        request, "closes/show.html", reader=reader, status=form.status, help="close", form=form, view=view, close=view.close, shown=shown, acted=acted,
        standing=_standing(reader, view), coming=next((each for each in shown if each.step is coming), None),
        mine=coming is not None and not coming.done.get(reader.union_code or "", True), tables=_tables(view), unions=list(view.steps[0].done),
        remark_maximum=REMARK_MAXIMUM, reaches_back=view.reaches_back, today=pool.today(), **_may(reader, view),
        **_words_of_differences(reader.language, names), **_words(reader.language),
    )  # fmt: skip


def _words_of_differences(language: str, names: dict[str, str]) -> dict[str, Any]:
    said = words_for(language, names)
    return {**{name: said[name] for name in ("names", "standing_chip", "class_name", "why", "title_of")}, "difference_chip": said["state_chip"]}


def _tables(view: CloseView) -> list[tuple[str, str, list[Comparison]]]:
    """What stands between the unions by currency, and then with the pool, each with the template that shows it; nothing before the month is over."""
    if not view.is_over:
        return []
    found = defaultdict[tuple[bool, str], list[Comparison]](list)
    for each in view.compared:
        found[each.about != "owed", each.currency].append(each)
    return [(f"closes/{'with_pool' if of_pool else 'between'}.html", currency, some) for (of_pool, currency), some in sorted(found.items())]


def _may(reader: Reader, view: CloseView) -> dict[str, Any]:
    ready = all(step.is_done for step in view.steps if step.name not in ("fixed", "signed"))
    prepares, state, anew = reader.can(closes.PREPARE), view.close.state, bool(view.later) or view.status == "disputed"
    signed = {each.union for each in view.signatures if each.decision == "signed"}
    return {
        "may_fix": prepares and view.is_over and view.shut_with is None and ready and (state in ("open", "reopened") or (state == "fixed" and anew)),
        "may_sign": reader.can(close_signing.SIGN) and state == "fixed" and view.status != "disputed" and reader.union_code not in signed,
        "may_keep": reader.can(closes.KEEP) and view.report is not None and reader.union_code is not None,
        "may_reopen": reader.can(close_signing.REOPEN) and state in ("fixed", "locked"),
    }  # fmt: skip


def _shown(reader: Reader, view: CloseView, step: Step, names: dict[str, str]) -> Shown:
    asks = step.name in REVIEWED | LISTED and view.close.state in ("open", "reopened") and reader.can(closes.PREPARE)
    open_to = view.is_over and view.shut_with is None and not step.known.get("beyond")
    confirms = asks and open_to and not step.done.get(reader.union_code or "", True)
    brings = (reader.union_code or "") if reader.can(IMPORT) else ""
    said = detail(reader.language, brings, names, view, step) or Detail(_last_words(reader.language, view, step))
    chips = [(names[union] if done else left(reader.language, names[union], union, step), "good" if done else "wait") for union, done in step.done.items()]
    return Shown(
        step, translate(reader.language, STEP_NAMES[step.name]), said, chips if view.is_over and step.name != "fixed" else [], confirms, step.name in LISTED
    )  # fmt: skip


def _standing(reader: Reader, view: CloseView) -> str:
    """How many steps are done."""
    if not view.is_over:
        return translate(reader.language, "The month is not over yet.")
    done = sum(step.is_done for step in view.steps)
    return translate_n(reader.language, "%(count)s of %(all)s steps is done.", "%(count)s of %(all)s steps are done.", done, all=len(view.steps))


_SAID = {"signed": N_("%(union)s signed: %(person)s, %(when)s"), "declined": N_("%(union)s declined: %(person)s, %(when)s")}


def _last_words(language: str, view: CloseView, step: Step) -> str:
    """What the report's step and the signatures' say."""
    return _fixed(language, view) if step.name == "fixed" else " · ".join(_signed(language, view, union) for union in step.done)


def _fixed(language: str, view: CloseView) -> str:
    if view.report is None:
        return translate(language, "In English and French together, once the steps above are done.")
    if view.close.state == "reopened":
        said = N_("Version %(version)s was opened again; the next one is fixed once the steps above are done.")
        return translate(language, said, version=view.report.version)
    when = formats.moment(language, view.report.fixed_at)
    return translate(language, "Version %(version)s, fixed by %(person)s on %(when)s.", version=view.report.version, person=view.report.fixed_by, when=when)


def _signed(language: str, view: CloseView, union: str) -> str:
    name = look_of(union).name
    said = next((each for each in reversed(view.signatures) if each.union == union), None)
    if said is None or view.close.state == "reopened":
        return translate(language, "%(union)s has not signed", union=name)
    return translate(language, _SAID[said.decision], union=name, person=said.person, when=formats.moment(language, said.signed_at))


@post("/close/{number:str}/steps/{step:str}", opt={"permission": closes.PREPARE}, status_code=303)
async def confirm(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], step: FromPath[str]
) -> Response[Any]:
    """Say for one's union that a step was looked over."""
    form = Form(await request.form(), reader.language)
    try:
        close = await closes.confirm_step(pool, reader.actor, form.key, number, step, form.text("remark", required=False, max_length=REMARK_MAXIMUM))
        return Redirect(f"/close/{close.number}?done=close_confirmed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, {})
    return await _close_page(request, pool, reader, await closes.show_close(pool, reader.actor, number), form, step)


@post("/close/{number:str}/fix", opt={"permission": closes.PREPARE}, status_code=303)
async def fix(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Shut the month and keep its report."""
    form = Form(await request.form(), reader.language)
    try:
        back_to = form.date("back_to") if form.raw("back_to") else None
        report = await closes.fix_report(pool, reader.actor, form.key, number, make, back_to)
        return Redirect(f"/close/{report.close}?done=close_fixed", status_code=303)
    except Refusal as refusal:
        refused(form, refusal, {})
    return await _close_page(request, pool, reader, await closes.show_close(pool, reader.actor, number), form)


@get("/close/{number:str}/reports/{version:int}/{file:str}", opt={"permission": "read_reports"})
async def report_file(
    pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str], version: FromPath[int], file: FromPath[str]
) -> Response[bytes]:
    """A version's PDF or facts, as kept."""
    return await close_file(pool, reader.actor, number, version, file)


@post("/close/{number:str}/head", opt={"permission": closes.KEEP}, status_code=200)
async def keep_head(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[bytes]:
    """The newest version's head as a file to keep."""
    form = Form(await request.form(), reader.language)
    content = await closes.keep_head(pool, reader.actor, form.key, number)
    name = f"{number.upper()}-head.json"
    return Response(content, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})


# --- signing ------------------------------------------------------------------------------------------------------------------


@get("/close/{number:str}/sign", opt={"permission": close_signing.SIGN})
async def ask_signature(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """What is signed, in a sentence, and the form for it."""
    view = await closes.show_close(pool, reader.actor, number)
    try:
        check_signing(view.close, view.report, view.signatures, view.later, reader.union_code or "")
    except Refusal as refusal:
        return _settled_page(request, reader, view, N_("Read and sign"), refusal)
    return _sign_page(request, reader, view, Form({}, reader.language))


@post("/close/{number:str}/sign", opt={"permission": close_signing.SIGN}, status_code=303)
async def sign(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Sign, or decline with remarks."""
    form, view = Form(await request.form(), reader.language), await closes.show_close(pool, reader.actor, number)
    decision: Decision = "declined" if form.action == "decline" else "signed"
    password = form.text("password", max_length=200)
    remarks = form.text("remarks", required=decision == "declined", max_length=REMARK_MAXIMUM)
    if view.report is None:
        raise CloseState(close=view.close.number, state=view.close.state)
    if form.ok:
        given = form.raw("version")
        asked = Sign(
            version=int(given) if re.fullmatch("[0-9]{1,9}", given) else 0, decision=decision, password=password,
            code=form.text("code", required=False, max_length=10), remarks=remarks,
        )  # fmt: skip
        try:
            said = sentence(reader.language, view.close, view.report, decision)
            close = await close_signing.sign_report(pool, reader.actor, form.key, number, asked, said)
            return Redirect(f"/close/{close.number}?done=close_{decision}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return _sign_page(request, reader, view, form)


def _sign_page(request: Params, reader: Reader, view: CloseView, form: Form) -> Response[Any]:
    assert view.report is not None, "there is something to sign"
    return page(
        request, "closes/sign.html", reader=reader, status=form.status, help="close", form=form, view=view, close=view.close,
        sentence=sentence(reader.language, view.close, view.report, "signed"), remark_maximum=REMARK_MAXIMUM, **_words(reader.language),
    )  # fmt: skip


def _settled_page(request: Params, reader: Reader, view: CloseView, act: str, refusal: Refusal) -> Response[Any]:
    """Instead of a form that could only be refused: what is so, and where to go on."""
    return page(
        request, "closes/settled.html", reader=reader, help="close", close=view.close, act=translate(reader.language, act),
        said=message(reader.language, refusal), mended=mend(reader.language, refusal), **_words(reader.language),
    )  # fmt: skip


# --- opening again ------------------------------------------------------------------------------------------------------------


@get("/close/{number:str}/reopen", opt={"permission": close_signing.REOPEN})
async def ask_reopening(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Why it is to be opened again, and who has asked."""
    view = await closes.show_close(pool, reader.actor, number)
    try:
        check_opening(view.close, view.report)
    except Refusal as refusal:
        return _settled_page(request, reader, view, N_("Open it again"), refusal)
    return _reopen_page(request, reader, view, Form({}, reader.language))


@post("/close/{number:str}/reopen", opt={"permission": close_signing.REOPEN}, status_code=303)
async def reopen(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Ask for one's union; where the other has asked already, open it."""
    form = Form(await request.form(), reader.language)
    reason = form.text("reason", max_length=REMARK_MAXIMUM)
    view = await closes.show_close(pool, reader.actor, number)
    if form.ok:
        try:
            act = close_signing.reopen if _others_asked(reader, view) else close_signing.ask_to_reopen
            close = await act(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/close/{close.number}?done=close_{'reopened' if close.state == 'reopened' else 'asked'}", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, {})
    return _reopen_page(request, reader, view, form)


def _reopen_page(request: Params, reader: Reader, view: CloseView, form: Form) -> Response[Any]:
    asked = [each for each in view.reopenings if each.version == view.close.version]
    opens = _others_asked(reader, view)
    return page(
        request, "closes/reopen.html", reader=reader, status=form.status, help="close", form=form, view=view, close=view.close, asked=asked, opens=opens,
        waits=not opens and any(each.union == reader.union_code for each in asked), remark_maximum=REMARK_MAXIMUM, **_words(reader.language),
    )  # fmt: skip


def _others_asked(reader: Reader, view: CloseView) -> bool:
    """Whether this reader's word is the last that opens it."""
    others = {each.union for each in view.reopenings if each.version == view.close.version} - {reader.union_code}
    return len(others) == len(view.steps[0].done) - 1


DONE = {
    "close_confirmed": N_("Kept: your union has looked this over."),
    "close_fixed": N_("The report is fixed in both languages. Nothing but corrections enters the month now."),
    "close_signed": N_("Signed for your union."), "close_declined": N_("Declined, with your remarks. The other union sees why."),
    "close_asked": N_("Asked. The month opens once a treasurer of the other union asks too."),
    "close_reopened": N_("The month is open again. Its next report will be a new version."),
}  # fmt: skip
PAGES = [
    list_closes, show_close, confirm, fix, report_file, keep_head, ask_signature, sign, ask_reopening, reopen,
]  # fmt: skip
