"""Answer JSON about requests for money: asked by a campaign, decided by officers and boards of both unions, paid by treasurers."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.request_schemas import (
    ApprovalIn,
    ClosingIn,
    CommentIn,
    DraftIn,
    PaymentIn,
    PaymentPreviewOut,
    PaymentReversalIn,
    ReasonIn,
    RequestIn,
    RequestOut,
    RequestPreviewLine,
    ResolutionIn,
    VoteIn,
    content_of,
    pay_of,
    request_out,
)
from api.schemas import After, Page, cursor, from_cursor, posted_lines
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.allocations import Pay
from ledger.domain.refusals import ChoiceInvalid
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_payments as payments
from ledger.services import allocations as service
from ledger.services.allocation_decisions import Resolve
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.allocations import Filter

Number = FromPath[str]
StateWord = Literal[
    "draft", "submitted", "returned", "in_review", "part_approved", "board_required", "committed", "part_paid", "completed", "closed",
    "rejected", "withdrawn", "expired", "suspended",
]  # fmt: skip
Word = Annotated[str | None, QueryParameter(max_length=40)]
DECIDE = {"permission": "decide_request"}


class RequestsController(Controller):
    """Money asked for campaigns."""

    path = "/requests"
    tags = ("Requests",)

    @get("/", opt={"permission": "read_requests"}, operation_id="listRequests")
    async def list_requests(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], in_state: Annotated[StateWord | None, QueryParameter(name="state")] = None,
        union: Word = None, campaign: Word = None, initiative: Word = None,
        q: Annotated[str, QueryParameter(max_length=100, description="In number, purpose or campaign")] = "", after: After = None,
    ) -> Page[RequestOut]:  # fmt: skip
        """Requests that the caller may see, the latest to move first. History, votes and payments are left out; read one for them."""
        narrowed = Filter(states=(in_state,) if in_state else (), union=_text(union), campaign=_text(campaign), initiative=_text(initiative), words=q)
        listed = await service.list_requests(pool, actor, narrowed, from_cursor(after, datetime, str))
        items = [request_out(service.brief(listed, each)) for each in listed.items]
        return Page(items, cursor(*listed.next) if listed.next else None)

    @get("/{number:str}", opt={"permission": "read_requests"}, operation_id="getRequest")
    async def get_request(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> RequestOut:
        """One request whole."""
        return request_out(await service.show_request(pool, actor, number))

    # --- asking ---

    @post("/", opt={"permission": "request_allocation", "answers": (404,)}, operation_id="askForMoney")
    async def ask(self, by: NamedDependency[By], data: JSONBody[RequestIn]) -> RequestOut:
        """Ask for money, without a draft before it."""
        made = await service.ask(*by, content_of(data))
        return await _now(by, made.number)

    @post("/drafts", opt={"permission": "request_allocation"}, operation_id="startRequestDraft")
    async def start_draft(self, by: NamedDependency[By], data: JSONBody[DraftIn]) -> RequestOut:
        """Begin a request with what was typed so far; only the caller sees it."""
        made = await service.start_draft(*by, data.values)
        return await _now(by, made.number)

    @put("/{number:str}/draft", opt={"permission": "request_allocation"}, operation_id="saveRequestDraft")
    async def save_draft(self, by: NamedDependency[By], number: Number, data: JSONBody[DraftIn]) -> RequestOut:
        """Keep what was typed, as it was typed."""
        await service.save_draft(*by, number, data.values)
        return await _now(by, number)

    @post("/{number:str}/submission", opt={"permission": "request_allocation"}, operation_id="submitRequest")
    async def submit(self, by: NamedDependency[By], number: Number, data: JSONBody[RequestIn]) -> RequestOut:
        """Submit a draft or a returned request, or change one under review; a change of what matters voids what was approved."""
        await service.submit(*by, number, content_of(data))
        return await _now(by, number)

    @post("/{number:str}/withdrawal", opt={"permission": "request_allocation"}, operation_id="withdrawRequest")
    async def withdraw(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Take a request back before it is approved."""
        await service.withdraw(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/comments", opt={"permission": "comment_request"}, operation_id="commentRequest")
    async def comment(self, by: NamedDependency[By], number: Number, data: JSONBody[CommentIn]) -> RequestOut:
        """Say something in the thread, which everybody sees who may see the request."""
        await service.comment(*by, number, data.text)
        return await _now(by, number)

    # --- deciding ---

    @post("/{number:str}/review", opt=DECIDE, operation_id="takeUpRequest")
    async def take_up(self, by: NamedDependency[By], number: Number) -> RequestOut:
        """Say that one has begun to look at it."""
        await decisions.take_up(*by, number)
        return await _now(by, number)

    @post("/{number:str}/approvals", opt=DECIDE, operation_id="approveRequest")
    async def approve(self, by: NamedDependency[By], number: Number, data: JSONBody[ApprovalIn]) -> RequestOut:
        """Approve the version that was read; the last approval that is needed sets the money aside."""
        await decisions.approve(*by, number, data.revision, data.remark)
        return await _now(by, number)

    @post("/{number:str}/return", opt=DECIDE, operation_id="returnRequest")
    async def send_back(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Return it for changes, with what should change."""
        await decisions.send_back(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/rejection", opt=DECIDE, operation_id="rejectRequest")
    async def reject(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Decline it, with the reason."""
        await decisions.reject(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/recusal", opt=DECIDE, operation_id="recuseFromRequest")
    async def recuse(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Step aside because of an interest; somebody else must decide."""
        await decisions.recuse(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/suspension", opt=DECIDE, operation_id="suspendRequest")
    async def suspend(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Stop it where it is, with the reason."""
        await decisions.suspend(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/resumption", opt=DECIDE, operation_id="resumeRequest")
    async def resume(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Let a suspended one go on."""
        await decisions.resume(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/resolutions", opt={"permission": "record_resolution"}, operation_id="recordResolution")
    async def record_resolution(self, by: NamedDependency[By], number: Number, data: JSONBody[ResolutionIn]) -> RequestOut:
        """Record what one's own union's board resolved in a meeting."""
        resolve = Resolve(number=data.number, decided_on=data.decided_on, document=data.document, outcome=data.outcome)
        await decisions.record_resolution(*by, number, data.revision, resolve)
        return await _now(by, number)

    @post("/{number:str}/votes", opt={"permission": "vote_in_board"}, operation_id="voteOnRequest")
    async def vote(self, by: NamedDependency[By], number: Number, data: JSONBody[VoteIn]) -> RequestOut:
        """Vote as a member of one's union's board."""
        await decisions.vote(*by, number, data.revision, data.vote, data.remark)
        return await _now(by, number)

    @post("/{number:str}/votes/closing", opt={"permission": "record_resolution"}, operation_id="closeVote")
    async def close_vote(self, by: NamedDependency[By], number: Number, data: JSONBody[ClosingIn]) -> RequestOut:
        """Close one's own board's vote once a quorum has voted."""
        await decisions.close_vote(*by, number, data.revision)
        return await _now(by, number)

    # --- paying ---

    @post("/{number:str}/payments/preview", opt={"permission": "pay_allocation"}, operation_id="previewRequestPayment", status_code=200)
    async def preview_payment(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, data: JSONBody[PaymentIn]
    ) -> PaymentPreviewOut:
        """What paying would post."""
        shown = await payments.preview_payment(pool, actor, number, await _pay(pool, actor, number, data))
        return PaymentPreviewOut([RequestPreviewLine(*line) for line in posted_lines(shown.draft, shown.accounts, shown.funds)])

    @post("/{number:str}/payments", opt={"permission": "pay_allocation"}, operation_id="payRequest")
    async def pay(self, by: NamedDependency[By], number: Number, data: JSONBody[PaymentIn]) -> RequestOut:
        """Pay an invoice against an approved line."""
        await payments.pay(*by, number, await _pay(by.pool, by.actor, number, data))
        return await _now(by, number)

    @post("/{number:str}/payments/{ordinal:int}/reversal", opt={"permission": "pay_allocation"}, operation_id="reverseRequestPayment")
    async def reverse_payment(self, by: NamedDependency[By], number: Number, ordinal: FromPath[int], data: JSONBody[PaymentReversalIn]) -> RequestOut:
        """Take a payment back: what it relieved is set aside again."""
        await payments.reverse_payment(*by, number, ordinal, data.date, data.reason)
        return await _now(by, number)

    @post("/{number:str}/closing", opt={"permission": "release_commitment"}, operation_id="closeRequest")
    async def close(self, by: NamedDependency[By], number: Number, data: JSONBody[ReasonIn]) -> RequestOut:
        """Close it; what is left returns to the fund."""
        await payments.close(*by, number, data.reason)
        return await _now(by, number)


async def _now(by: By, number: str) -> RequestOut:
    return request_out(await service.show_request(by.pool, by.actor, number))


async def _pay(pool: Pool, actor: Actor, number: str, data: PaymentIn) -> Pay:
    view = await service.show_request(pool, actor, number)
    line = next((each for each in view.commitments if each.ordinal == data.line), None)
    if line is None:
        raise ChoiceInvalid(field="line", value=str(data.line))
    async with pool.database.reading() as connection:
        bank = await reference.account_by_id(connection, data.account)
    return pay_of(data, line.currency, bank.currency)


def _text(word: str | None) -> str | None:
    return word.replace("\x00", "") if word else None


ROUTES = [RequestsController]
