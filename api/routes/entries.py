"""Answer for the journal in JSON: lists, single entries, posting one or a thousand, previews, reversals and corrections."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter

from api.answers import language_of
from api.refusal_messages import message
from api.routes.entry_schemas import (
    BulkItem,
    BulkOut,
    BulkOutcome,
    CorrectionIn,
    CorrectionOut,
    EntryIn,
    EntryOut,
    EntrySummary,
    Posted,
    PreviewOut,
    ReversalIn,
    decode_bulk,
    entry_href,
    entry_out,
    filter_of,
    preview_out,
    summary,
)
from api.schemas import After, FromDay, IdempotencyKey, Limit, Page, ToDay, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.journal import NamedEntry
from ledger.domain.refusals import Refusal
from ledger.services import journal as service
from ledger.services.pool import Pool

EntryNumber = Annotated[int, PathParameter(ge=1, le=10**12, description="Journal number")]


@dataclass
class BulkOperation(Operation):
    """The bulk route in the OpenAPI, with the body that :func:`decode_bulk` reads."""

    def __post_init__(self) -> None:
        key = Schema(type=OpenAPIType.STRING, min_length=8, max_length=100, description="The entry's own idempotency key")
        item = Schema(
            type=OpenAPIType.OBJECT, required=["key", "entry"], additional_properties=False,
            properties={"key": key, "entry": Reference(ref="#/components/schemas/EntryIn")},
        )  # fmt: skip
        entries = Schema(type=OpenAPIType.ARRAY, items=item, min_items=1, max_items=service.BULK_MAXIMUM)
        body = Schema(type=OpenAPIType.OBJECT, required=["entries"], properties={"entries": entries}, additional_properties=False)
        self.request_body = RequestBody(content={"application/json": OpenAPIMediaType(schema=body)}, required=True)


_Word = Annotated[str | None, QueryParameter(max_length=200, pattern=r"^[^\x00]*$")]
Currency = Annotated[str | None, QueryParameter(pattern=r"^[A-Z]{3}$")]


class EntriesController(Controller):
    """The journal."""

    path = "/entries"
    tags = ["Journal"]

    @get("/", operation_id="listEntries", opt={"permission": "read_books", "answers": (422,)})
    async def list_entries(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], first: FromDay = None, last: ToDay = None, book: _Word = None,
        fund: _Word = None, account: _Word = None, currency: Currency = None, kind: _Word = None, union: _Word = None, amount: _Word = None,
        reversed: FromQuery[bool | None] = None, tag: _Word = None, q: _Word = None, after: After = None, limit: Limit = 50,
    ) -> Page[EntrySummary]:  # fmt: skip
        """Entries, newest number first. `amount` is either way; `q` finds words, a number or an amount."""
        narrowed = filter_of(
            await service.read_directory(pool), first=first, last=last, book=book, fund=fund, account=account, currency=currency, kind=kind,
            union=union, amount=amount, reversed=reversed, tag=tag, q=q,
        )  # fmt: skip
        place = from_cursor(after, int)
        rows, more = await service.list_entries(pool, actor, narrowed, place[0] if place else None, limit)
        return Page([summary(row) for row in rows], None if more is None else cursor(more))

    @get("/{number:int}", operation_id="getEntry", opt={"permission": "read_books"})
    async def get_entry(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: EntryNumber) -> EntryOut:
        """One entry with its postings and links."""
        return entry_out(await service.read_entry(pool, actor, number))

    @post("/", operation_id="postEntry", opt={"permission": "post_entry", "answers": (404,), "location": True})
    async def post_entry(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[EntryIn]
    ) -> Response[Posted]:
        """Post a general or opening entry; committed when answered."""
        number = await service.post_number(pool, actor, key, data.named())
        return Response(Posted(number, entry_href(number)), status_code=201, headers={"Location": entry_href(number)})

    @post("/bulk", operation_id="postEntries", opt={"permission": "post_entry"}, status_code=200, operation_class=BulkOperation)
    async def post_entries(self, request: Request[Any, Any, Any], pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> BulkOut:
        """Post up to 1,000 entries, each under its own key; a refused one never fails its neighbours.

        A member that stands twice in one object is not looked for here: the last one counts.
        """
        return await post_bulk(pool, actor, decode_bulk(await request.body()).entries, language_of(request))

    @post("/preview", operation_id="previewEntry", opt={"permission": "post_entry", "answers": (404,)}, status_code=200)
    async def preview_entry(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[EntryIn]) -> PreviewOut:
        """What posting this would do, or the refusal it would get; nothing is recorded."""
        shown = await service.preview(pool, actor, data.named())
        return preview_out(shown)

    @post("/{number:int}/reversal", operation_id="reverseEntry", opt={"permission": "reverse_entry"})
    async def reverse_entry(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: EntryNumber, data: JSONBody[ReversalIn]
    ) -> EntryOut:
        """Undo an entry by its opposite, once; what belongs to a transfer or pledge is undone there."""
        entry = await service.reverse(pool, actor, key, number, data.entry_date, data.reason)
        return entry_out(await service.read_entry(pool, actor, entry.number))

    @post("/{number:int}/reversal/preview", operation_id="previewReversal", opt={"permission": "reverse_entry"}, status_code=200)
    async def preview_reversal(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: EntryNumber, data: JSONBody[ReversalIn]
    ) -> PreviewOut:
        """What reversing this would post, or the refusal it would get; nothing is recorded."""
        return preview_out(await service.preview_reversal(pool, actor, number, data.entry_date, data.reason))

    @post("/{number:int}/correction", operation_id="correctEntry", opt={"permission": "reverse_entry"})
    async def correct_entry(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: EntryNumber, data: JSONBody[CorrectionIn]
    ) -> CorrectionOut:
        """Reverse an entry and post what it should have been, linked to it."""
        done = await service.correct(pool, actor, key, number, data.reversal_date, data.entry.named(), data.reason)
        return CorrectionOut(Posted(done.reversal, entry_href(done.reversal)), Posted(done.correction, entry_href(done.correction)))

    @post("/{number:int}/correction/preview", operation_id="previewCorrection", opt={"permission": "reverse_entry"}, status_code=200)
    async def preview_correction(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: EntryNumber, data: JSONBody[CorrectionIn]
    ) -> PreviewOut:
        """What the entry would be instead, or the refusal it would get; nothing is recorded."""
        return preview_out(await service.preview_correction(pool, actor, number, data.reversal_date, data.entry.named(), data.reason))


async def post_bulk(pool: Pool, actor: Actor, items: list[BulkItem], language: str) -> BulkOut:
    """Post what can be read as entries, and answer for every item in its place."""
    outcomes: list[int | Refusal | None] = [None] * len(items)
    asked: list[tuple[str, NamedEntry]] = []
    places: list[int] = []
    for place, item in enumerate(items):
        try:
            asked.append((item.key, item.entry.named()))
            places.append(place)
        except Refusal as refusal:
            outcomes[place] = refusal
    for place, outcome in zip(places, await service.post_many(pool, actor, asked), strict=True):
        outcomes[place] = outcome
    told = [_told(item.key, outcome, language) for item, outcome in zip(items, outcomes, strict=True)]
    posted = sum(one.outcome == "posted" for one in told)
    return BulkOut(posted, len(told) - posted, told)


def _told(key: str, outcome: int | Refusal | None, language: str) -> BulkOutcome:
    if isinstance(outcome, Refusal):
        return BulkOutcome(key=key, outcome="refused", code=outcome.code, title=message(language, outcome), params=outcome.params)
    return BulkOutcome(key=key, outcome="posted", number=outcome)


ROUTES = [EntriesController]
