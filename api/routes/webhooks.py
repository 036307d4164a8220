"""Answer in JSON about webhooks: a union's addresses, their secrets, and the log of what was sent."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from api.schemas import After, Limit, Page, cursor, from_cursor
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.webhooks import EVENTS, MANAGE, NAME_MAXIMUM, READ, URL_MAXIMUM, Network, Wanted
from ledger.services import webhooks as service
from ledger.services.pool import Pool
from ledger.services.webhooks import Made, Shown
from ledger.storage.webhook_deliveries import Attempt, Delivery

EventWord = Literal[EVENTS]  # type: ignore[valid-type]
DeliveryNumber = Annotated[int, PathParameter(ge=1, le=10**12, description="Place in the webhook's log")]
_Place = Annotated[int, msgspec.Meta(ge=1, le=10**12)]


class WebhookIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook is for, the https address that events are sent to, and which."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAXIMUM)]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=URL_MAXIMUM, examples=["https://hooks.example.org/ledger"])]
    events: Annotated[list[EventWord], msgspec.Meta(min_length=1, max_length=len(EVENTS))]

    def wanted(self) -> Wanted:
        """As the service takes it."""
        return Wanted(name=self.name, url=self.url, events=tuple(self.events))


class WebhookChangeIn(WebhookIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a webhook is to be; `version` is the one you read."""

    version: Annotated[int, msgspec.Meta(ge=1)]


class WebhookOut(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and how it stands. `waiting` events are sent the oldest first, from `retry_at` on where it is set; until `old_secret_until` the
    secret before the last signs too.
    """

    number: str
    union: str
    name: str
    url: str
    events: list[str]
    state: str
    state_since: datetime
    version: int
    created_at: datetime
    delivered_at: datetime | None
    retry_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    given_up: int
    old_secret_until: datetime | None


class WebhookMadeOut(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook with its new secret, which is shown this once; it is empty on a replay, after which a new one can be made."""

    webhook: WebhookOut
    secret: str


class WebhookStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """The webhook that was deleted."""

    number: str
    state: str


class WebhookAttemptOut(msgspec.Struct, frozen=True, kw_only=True):
    """One try: the `status` that was answered, or null, and `fault`, one word for what went wrong; `excerpt` is the first of what was answered then."""

    at: datetime
    status: int | None
    milliseconds: int
    fault: str
    excerpt: str


class WebhookDeliveryOut(msgspec.Struct, frozen=True, kw_only=True):
    """An event in a webhook's log: `event_id` is what the receiver sees as `webhook-id`; `state` is waiting, delivered or given_up."""

    number: int
    event_id: str
    type: str
    occurred_at: datetime
    entry: int | None
    record: str
    state: str
    state_since: datetime
    tries: int
    attempts: list[WebhookAttemptOut]


class TestEventOut(msgspec.Struct, frozen=True):
    """Where the test event stands in the log."""

    number: int


def _networks(request: Request[Any, Any, Any]) -> tuple[Network, ...]:
    found: tuple[Network, ...] = request.app.state.settings.own_networks
    return found


class WebhooksController(Controller):
    """A union's webhooks."""

    path = "/webhooks"
    tags = ["Webhooks"]

    @get("/", operation_id="listWebhooks", opt={"permission": READ})
    async def list_webhooks(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[WebhookOut]:
        """Your own union's webhooks."""
        return [_webhook(each) for each in await service.list_webhooks(pool, actor)]

    @post("/", operation_id="addWebhook", opt={"permission": MANAGE})
    async def add(self, by: NamedDependency[By], request: Request[Any, Any, Any], data: JSONBody[WebhookIn]) -> WebhookMadeOut:
        """Add a webhook of your own union; the answer's secret is shown once. It is told of what happens from now on."""
        return _made(await service.add_webhook(*by, data.wanted(), _networks(request)))

    @get("/{number:str}", operation_id="getWebhook", opt={"permission": READ})
    async def get_webhook(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> WebhookOut:
        """One webhook and how it stands."""
        return _webhook(await service.show_webhook(pool, actor, number))

    @put("/{number:str}", operation_id="changeWebhook", opt={"permission": MANAGE})
    async def change(self, by: NamedDependency[By], request: Request[Any, Any, Any], number: FromPath[str], data: JSONBody[WebhookChangeIn]) -> WebhookOut:
        """Change what it is for, where it goes or of which events; refused where it was changed since you read it."""
        return _webhook(await service.change_webhook(*by, number, data.version, data.wanted(), _networks(request)))

    @post("/{number:str}/secret", operation_id="renewWebhookSecret", opt={"permission": MANAGE}, status_code=200)
    async def renew(self, by: NamedDependency[By], number: FromPath[str]) -> WebhookMadeOut:
        """Make a new secret, shown once; the one before signs beside it for a day."""
        return _made(await service.renew_secret(*by, number))

    @post("/{number:str}/pause", operation_id="pauseWebhook", opt={"permission": MANAGE}, status_code=200)
    async def pause(self, by: NamedDependency[By], number: FromPath[str]) -> WebhookOut:
        """Send nothing until it is resumed; what happens meanwhile waits."""
        return _webhook(await service.pause(*by, number))

    @post("/{number:str}/resumption", operation_id="resumeWebhook", opt={"permission": MANAGE}, status_code=200)
    async def resume(self, by: NamedDependency[By], number: FromPath[str]) -> WebhookOut:
        """Send what waited, and what was given up once more."""
        return _webhook(await service.resume(*by, number))

    @post("/{number:str}/deletion", operation_id="deleteWebhook", opt={"permission": MANAGE}, status_code=200)
    async def delete_webhook(self, by: NamedDependency[By], number: FromPath[str]) -> WebhookStepOut:
        """Send nothing there any more."""
        await service.delete(*by, number)
        return WebhookStepOut(number=number, state="deleted")

    @post("/{number:str}/test", operation_id="sendTestEvent", opt={"permission": MANAGE})
    async def send_test(self, by: NamedDependency[By], number: FromPath[str]) -> TestEventOut:
        """Send a test event, which stands in the log and leaves within a minute."""
        return TestEventOut(await service.send_test(*by, number))

    @get("/{number:str}/deliveries", operation_id="listWebhookDeliveries", opt={"permission": READ})
    async def list_deliveries(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str], after: After = None, limit: Limit = service.PAGE
    ) -> Page[WebhookDeliveryOut]:
        """The log of what was sent to a webhook and what waits, the newest first."""
        (before,) = from_cursor(after, _Place) or (None,)
        found = await service.show_log(pool, actor, number, before, limit)
        return Page([_delivery(*each) for each in found.items], cursor(found.next) if found.next else None)

    @post("/{number:str}/deliveries/{delivery:int}/repetition", operation_id="resendEvent", opt={"permission": MANAGE}, status_code=200)
    async def resend(self, by: NamedDependency[By], number: FromPath[str], delivery: DeliveryNumber) -> WebhookDeliveryOut:
        """Send an event of the log again, under the same id."""
        return _delivery(await service.resend(*by, number, delivery), [])


def _webhook(shown: Shown) -> WebhookOut:
    fields = msgspec.structs.asdict(shown.webhook) | {"events": list(shown.webhook.events)}
    return WebhookOut(
        **fields, waiting=shown.standing.waiting, waiting_since=shown.standing.since, given_up=shown.standing.given_up,
        old_secret_until=shown.old_secret_until,
    )  # fmt: skip


def _made(made: Made) -> WebhookMadeOut:
    return WebhookMadeOut(webhook=_webhook(made.shown), secret=made.secret)


def _delivery(found: Delivery, tried: list[Attempt]) -> WebhookDeliveryOut:
    event = found.event
    return WebhookDeliveryOut(
        number=found.ordinal, event_id=event.id, type=event.type, occurred_at=event.occurred_at, entry=event.entry, record=event.subject,
        state=found.state, state_since=found.state_since, tries=found.tries,
        attempts=[WebhookAttemptOut(**msgspec.structs.asdict(each)) for each in tried],
    )  # fmt: skip


ROUTES = [WebhooksController]
