"""Show a union's webhooks and what was sent to each; let its administrator add, change, try, pause and delete them."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after
from api.pages.forms import Form, refused
from api.pages.rendering import page
from api.schemas import cursor
from api.security import Reader
from ledger.domain.refusals import ChoiceInvalid, NotFound, Refusal
from ledger.domain.webhooks import EVENTS, MANAGE, NAME_MAXIMUM, OVERLAP, POSTED, READ, URL_MAXIMUM, Wanted
from ledger.services import webhooks as service
from ledger.services.pool import Pool
from ledger.services.webhooks import Made
from ledger.storage.webhook_deliveries import Attempt, Delivery
from reports.i18n import N_, translate
from reports.webhook_words import DELIVERY_STATES, STATES, event_name, fault

DONE = {
    "webhook_changed": N_("Changed."),
    "webhook_paused": N_("Paused: what happens waits until it is resumed."),
    "webhook_resumed": N_("Resumed: what waits leaves within a minute, the oldest first."),
    "webhook_deleted": N_("Deleted: nothing is sent there any more."),
    "webhook_tested": N_("A test event leaves within a minute; look below for what became of it."),
    "webhook_test_waits": N_("A test event waits: it leaves once the webhook is resumed, after what waits before it."),
    "webhook_resend_waits": N_("It waits, and leaves once the webhook is resumed."),
    "webhook_resent": N_("It waits to be sent again."),
}
FIELDS = {"text_invalid": "name", "choice_invalid": "events", "webhook_url_invalid": "url", "webhooks_full": "name", "webhook_changed": "name"}
_PLACE = Annotated[int, msgspec.Meta(ge=1, le=10**12)]


@get("/webhooks", opt={"permission": READ})
async def list_webhooks(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """One's own union's webhooks."""
    found = await service.list_webhooks(pool, reader.actor)
    return page(request, "webhooks/list.html", reader=reader, help="webhooks", found=found, states=STATES)


@get("/webhooks/new", opt={"permission": MANAGE})
async def ask_webhook(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[Any]:
    """The form for a new one."""
    return _form_page(request, reader, Form({"events": POSTED}, reader.language))


@post("/webhooks/new", opt={"permission": MANAGE}, status_code=200)
async def add_webhook(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Add it, and show its secret once."""
    form = Form(await request.form(), reader.language)
    wanted = _wanted(form)
    if form.ok:
        try:
            return _secret_page(request, reader, await service.add_webhook(pool, reader.actor, form.key, wanted, _networks(request)))
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return _form_page(request, reader, form)


def _networks(request: Request[Any, Any, Any]) -> Any:
    return request.app.state.settings.own_networks


def _wanted(form: Form) -> Wanted:
    events = [each for each in form.many("events") if each in EVENTS]
    if not events:
        form.fail("events", translate(form.language, N_("Choose at least one event.")))
    return Wanted(name=form.text("name", max_length=NAME_MAXIMUM), url=form.text("url", max_length=URL_MAXIMUM), events=tuple(events))


def _form_page(request: Request[Any, Any, Any], reader: Reader, form: Form, number: str = "") -> Response[Any]:
    events = [(each, event_name(reader.language, each), each) for each in EVENTS]
    return page(
        request, "webhooks/form.html", reader=reader, status=form.status, help="webhooks", form=form, number=number, events=events,
        name_maximum=NAME_MAXIMUM, url_maximum=URL_MAXIMUM,
    )  # fmt: skip


def _secret_page(request: Request[Any, Any, Any], reader: Reader, made: Made) -> Response[Any]:
    hours = int(OVERLAP.total_seconds() // 3600)
    renewed = made.shown.old_secret_until is not None
    answer = page(
        request, "webhooks/secret.html", reader=reader, help="webhooks", webhook=made.shown.webhook, secret=made.secret, renewed=renewed, hours=hours
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@get("/webhooks/{number:str}", opt={"permission": READ})
async def show_webhook(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """One webhook, how it stands, and its log."""
    shown = await service.show_webhook(pool, reader.actor, number)
    (before,) = place_after(request, _PLACE) or (None,)
    log = await service.show_log(pool, reader.actor, number, before)
    names = [event_name(reader.language, each) for each in shown.webhook.events]
    return page(
        request, "webhooks/show.html", reader=reader, help="webhooks", shown=shown, states=STATES, names=names,
        rows=[_row(reader.language, *each) for each in log.items], older=cursor(log.next) if log.next else None,
        may=reader.can(MANAGE),
    )  # fmt: skip


def _row(language: str, delivery: Delivery, tried: list[Attempt]) -> dict[str, Any]:
    """An event of the log, put into words."""
    event, (word, chip) = delivery.event, DELIVERY_STATES[delivery.state]
    return {
        "it": delivery, "what": event_name(language, event.type), "state": translate(language, word), "chip": chip,
        "href": f"/journal/{event.entry}" if event.entry else "",
        "tries": [(each, "" if not each.fault else fault(language, each.fault, each.status)) for each in tried],
    }  # fmt: skip


@get("/webhooks/{number:str}/change", opt={"permission": MANAGE})
async def ask_change(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """The form with what stands."""
    webhook = (await service.show_webhook(pool, reader.actor, number)).webhook
    form = Form({"name": webhook.name, "url": webhook.url, "version": str(webhook.version)}, reader.language)
    form.values["events"] = list(webhook.events)
    return _form_page(request, reader, form, webhook.number)


@post("/webhooks/{number:str}/change", opt={"permission": MANAGE}, status_code=303)
async def change_webhook(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Change what it is for, where it goes or of which events."""
    await service.show_webhook(pool, reader.actor, number)
    form = Form(await request.form(), reader.language)
    wanted, version = _wanted(form), form.integer("version", 1, 10**9)
    if form.ok:
        try:
            await service.change_webhook(pool, reader.actor, form.key, number, version, wanted, _networks(request))
            return Redirect(f"/webhooks/{number}?done=webhook_changed", status_code=303)
        except Refusal as refusal:
            refused(form, refusal, FIELDS)
    return _form_page(request, reader, form, number)


@post("/webhooks/{number:str}", opt={"permission": MANAGE}, status_code=303)
async def do_step(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Pause, resume, send a test, send one again, or make a new secret: the button says which."""
    form = Form(await request.form(), reader.language)
    asked = (pool, reader.actor, form.key, number)
    match form.value("do"):
        case "secret":
            return _secret_page(request, reader, await service.renew_secret(*asked))
        case "pause":
            await service.pause(*asked)
            done = "webhook_paused"
        case "resume":
            await service.resume(*asked)
            done = "webhook_resumed"
        case "resend":
            event = form.integer("event", 1, 10**12)
            if not form.ok:
                raise NotFound(kind="delivery", id=form.value("event")[:40])
            await service.resend(*asked, event)
            done = "webhook_resent" if await _leaves(pool, reader, number) else "webhook_resend_waits"
        case "test":
            await service.send_test(*asked)
            done = "webhook_tested" if await _leaves(pool, reader, number) else "webhook_test_waits"
        case other:
            raise ChoiceInvalid(field="do", value=other[:40])
    return Redirect(f"/webhooks/{number}?done={done}", status_code=303)


async def _leaves(pool: Pool, reader: Reader, number: str) -> bool:
    """Whether anything is sent there now: where it is paused or given up, all waits until it is resumed."""
    return (await service.show_webhook(pool, reader.actor, number)).webhook.state == "active"


@get("/webhooks/{number:str}/delete", opt={"permission": MANAGE})
async def ask_delete(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]) -> Response[Any]:
    """Whether it is meant: how many events wait, which are never sent, and what becomes of the log."""
    shown = await service.show_webhook(pool, reader.actor, number)
    return page(request, "webhooks/delete.html", reader=reader, help="webhooks", shown=shown, form=Form({}, reader.language))


@post("/webhooks/{number:str}/delete", opt={"permission": MANAGE}, status_code=303)
async def delete_webhook(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[str]
) -> Response[Any]:
    """Send nothing there any more."""
    form = Form(await request.form(), reader.language)
    await service.delete(pool, reader.actor, form.key, number)
    return Redirect("/webhooks?done=webhook_deleted", status_code=303)


PAGES = [list_webhooks, ask_webhook, add_webhook, show_webhook, ask_change, change_webhook, do_step, ask_delete, delete_webhook]
