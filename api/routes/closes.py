"""Answer in JSON about closes of months: their steps, reports and signatures; confirm, fix, sign, open again, and take the head away."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from api.schemas import After, Limit, Page, cursor, place_after
from api.writes import By
from ledger.domain import closes as rules
from ledger.domain.actors import Actor
from ledger.domain.closes import Report, Signature
from ledger.services import close_signing, closes
from ledger.services.close_signing import Sign
from ledger.services.closes import CloseView
from ledger.services.pool import Pool
from ledger.storage.closes import What
from reports.close_words import sentence
from reports.reconciliation.fixed import make

FILES: dict[str, tuple[What, str, str]] = {
    "en.pdf": ("pdf_en", "application/pdf", "pdf"), "fr.pdf": ("pdf_fr", "application/pdf", "pdf"), "facts.json": ("facts", "application/json", "json"),
}  # fmt: skip
Number = Annotated[str, PathParameter(max_length=20, description="Number of the close, such as CL-2026-10")]
Version = Annotated[int, PathParameter(ge=1, le=10_000, description="Version of the report")]
Language = Annotated[Literal["en", "fr"], QueryParameter(description="Language of the sentence")]
BackTo = Annotated[date | None, QueryParameter(description="Of the first close of all: the first day of the books, as `reaches_back` says it")]
_Read: dict[str, Any] = {"permission": closes.READ}


class CloseItem(msgspec.Struct, frozen=True, kw_only=True):
    """A month. `state` is open, fixed, locked or reopened; `status` how its newest report stands; `superseded` where entries came since;
    `shut_with` the first close, for a month before it.
    """

    number: str
    first: date
    last: date
    hard: bool
    state: str
    version: int
    status: str | None
    signed: list[str]
    superseded: bool
    shut_with: str | None


class CloseStepOut(msgspec.Struct, frozen=True, kw_only=True):
    """A step: which unions have done their part, and how many things are there or missing. `facts` is what a confirmation confirms, `left` how many
    things are left by the union that they are for. Of a fixed report they are as they stood then.
    """

    step: str
    done: dict[str, bool]
    count: int
    listed: bool
    left: dict[str, int]
    facts: Any


class CloseConfirmationOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a union's treasury confirmed of a step."""

    step: str
    union: str
    person: str
    at: datetime
    remark: str


class CloseReportOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it was fixed. Hashes are SHA-256 in hexadecimal; `files` are the names `getCloseFile` takes."""

    version: int
    status: str
    facts_sha256: str
    journal_sha256: str
    pdf_en_sha256: str
    pdf_fr_sha256: str
    head_number: int
    head_hash: str
    fixed_by: str
    fixed_at: datetime
    files: list[str]


class CloseSignatureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A treasurer's word: the sentence they were shown, and the digest over it and the report's hashes."""

    version: int
    union: str
    person: str
    decision: str
    statement: str
    digest: str
    with_code: bool
    signed_at: datetime
    remarks: str


class CloseReopeningOut(msgspec.Struct, frozen=True, kw_only=True):
    """A union asks to open a version again."""

    version: int
    union: str
    person: str
    asked_at: datetime
    reason: str


class CloseLaterOut(msgspec.Struct, frozen=True, kw_only=True):
    """An entry recorded since the newest version was fixed; `changes_figures` where it is dated in the period or before."""

    entry: int
    entry_date: date
    kind: str
    changes_figures: bool


class CloseWhole(CloseItem, frozen=True, kw_only=True):
    """A close with everything about it; `sentence` is what signing the newest version says, in the language asked for; `reaches_back` the first day
    that fixing it shuts too, where it is the first close of all.
    """

    steps: list[CloseStepOut]
    confirmations: list[CloseConfirmationOut]
    reports: list[CloseReportOut]
    signatures: list[CloseSignatureOut]
    reopenings: list[CloseReopeningOut]
    later: list[CloseLaterOut]
    sentence: str | None
    reaches_back: date | None


class CloseConfirmationIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A step looked over for your union; a remark says why something is left."""

    step: Literal["statements", "matched", "in_transit", "rates", "compared", "commitments", "suspense"]
    remark: Annotated[str, msgspec.Meta(max_length=rules.REMARK_MAXIMUM)] = ""


class CloseSignatureIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Your word on a version, with your password again and a one-time code where you use one. `language` is that of the sentence you read."""

    version: int
    decision: Literal["signed", "declined"]
    password: Annotated[str, msgspec.Meta(max_length=200)]
    code: Annotated[str, msgspec.Meta(max_length=10)] = ""
    remarks: Annotated[str, msgspec.Meta(max_length=rules.REMARK_MAXIMUM)] = ""
    language: Literal["en", "fr"] = "en"


class CloseReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why, as the other union reads it."""

    reason: Annotated[str, msgspec.Meta(max_length=rules.REMARK_MAXIMUM)]


class CloseHeadOut(msgspec.Struct, frozen=True, kw_only=True):
    """What to keep where the books are not; `./solidarity verify report.pdf --head FILE` proves a report against it."""

    format: str
    close: str
    version: int
    fixed_at: datetime
    head_number: int
    head_hash: str
    facts_sha256: str
    journal_sha256: str
    pdf_en_sha256: str
    pdf_fr_sha256: str
    signatures: list[dict[str, Any]]


def _item(close: rules.Close, status: str | None, signed: list[str], superseded: bool, shut_with: str | None) -> dict[str, Any]:
    return {
        "number": close.number, "first": close.starts_on, "last": close.ends_on, "hard": close.hard, "state": close.state, "version": close.version,
        "status": status, "signed": signed, "superseded": superseded, "shut_with": shut_with,
    }  # fmt: skip


def _whole(view: CloseView, language: str) -> CloseWhole:
    signed = [each.union for each in view.signatures if each.decision == "signed"]
    may_sign = view.report is not None and view.close.state == "fixed"
    return CloseWhole(
        **_item(view.close, view.status, signed, bool(view.later), view.shut_with),
        steps=[CloseStepOut(step=each.name, done=each.done, count=each.count, listed=each.listed, left=each.left, facts=each.facts) for each in view.steps],
        confirmations=[
            CloseConfirmationOut(step=each.step, union=each.union, person=each.person, at=each.at, remark=each.remark) for each in view.confirmations
        ],
        reports=[_report(each) for each in view.versions], signatures=[_signature(each) for each in view.signatures],
        reopenings=[
            CloseReopeningOut(version=each.version, union=each.union, person=each.person, asked_at=each.asked_at, reason=each.reason)
            for each in view.reopenings
        ],
        later=[
            CloseLaterOut(entry=each.number, entry_date=each.entry_date, kind=each.kind, changes_figures=each.changes_figures) for each in view.later
        ],
        sentence=sentence(language, view.close, view.report, "signed") if may_sign and view.report else None,
        reaches_back=view.reaches_back,
    )  # fmt: skip


def _report(each: Report) -> CloseReportOut:
    return CloseReportOut(
        version=each.version, status=each.status, facts_sha256=each.facts_sha256.hex(), journal_sha256=each.journal_sha256.hex(),
        pdf_en_sha256=each.pdf_en_sha256.hex(), pdf_fr_sha256=each.pdf_fr_sha256.hex(), head_number=each.head_number, head_hash=each.head_hash.hex(),
        fixed_by=each.fixed_by, fixed_at=each.fixed_at, files=list(FILES),
    )  # fmt: skip


def _signature(each: Signature) -> CloseSignatureOut:
    return CloseSignatureOut(
        version=each.version, union=each.union, person=each.person, decision=each.decision, statement=each.statement, digest=each.digest.hex(),
        with_code=each.with_code, signed_at=each.signed_at, remarks=each.remarks,
    )  # fmt: skip


async def _now(by: By, number: str, language: str = "en") -> CloseWhole:
    return _whole(await closes.show_close(by.pool, by.actor, number), language)


class ClosesController(Controller):
    """Closes of months."""

    path = "/closes"
    tags = ("Closes",)

    @get("/", opt=_Read, operation_id="listCloses")
    async def list_closes(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None, limit: Limit = 50) -> Page[CloseItem]:
        """Every month since the books' first entry, the newest first, whether or not its close was begun."""
        before = place_after(after, lambda number: rules.written(number)[0])
        found = await closes.list_closes(pool, actor, before, limit + 1)
        items = [CloseItem(**_item(each.close, each.status, each.signed, each.superseded, each.shut_with)) for each in found[:limit]]
        return Page(items, cursor(items[-1].number) if len(found) > limit else None)

    @get("/{number:str}", opt=_Read, operation_id="getClose")
    async def get_close(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, language: Language = "en"
    ) -> CloseWhole:
        """One month's close: each step, what was confirmed, every version of its report, who signed."""
        return _whole(await closes.show_close(pool, actor, number), language)

    @post("/{number:str}/confirmations", opt={"permission": closes.PREPARE}, operation_id="confirmCloseStep", status_code=200)
    async def confirm(self, by: NamedDependency[By], number: Number, data: JSONBody[CloseConfirmationIn]) -> CloseWhole:
        """Say for your union that a step was looked over as it stands now."""
        await closes.confirm_step(*by, number, data.step, data.remark)
        return await _now(by, number)

    @post("/{number:str}/reports", opt={"permission": closes.PREPARE}, operation_id="fixCloseReport", status_code=200)
    async def fix(self, by: NamedDependency[By], number: Number, back_to: BackTo = None) -> CloseWhole:
        """Shut the month and keep its report in both languages, as the next version. The first close shuts every earlier day too, and wants to be told."""
        await closes.fix_report(*by, number, make, back_to)
        return await _now(by, number)

    @get(
        "/{number:str}/reports/{version:int}/{file:str}", operation_id="getCloseFile",
        opt={"permission": "read_reports", "files": ("application/pdf", "application/json")},
    )  # fmt: skip
    async def get_file(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, version: Version, file: FromPath[str]
    ) -> Response[bytes]:
        """A version's kept bytes: `en.pdf`, `fr.pdf` or `facts.json`."""
        return await close_file(pool, actor, number, version, file)

    @post("/{number:str}/signatures", opt={"permission": close_signing.SIGN}, operation_id="signCloseReport", status_code=200)
    async def sign(self, by: NamedDependency[By], number: Number, data: JSONBody[CloseSignatureIn]) -> CloseWhole:
        """Sign the newest version for your union, or decline it with remarks; with every union's signature it is locked."""
        view = await closes.show_close(by.pool, by.actor, number)
        said = sentence(data.language, view.close, view.report, data.decision) if view.report else ""
        asked = Sign(version=data.version, decision=data.decision, password=data.password, code=data.code, remarks=data.remarks)
        await close_signing.sign_report(*by, number, asked, said)
        return await _now(by, number, data.language)

    @post("/{number:str}/head", opt={"permission": closes.KEEP}, operation_id="keepCloseHead", status_code=200)
    async def head(self, by: NamedDependency[By], number: Number) -> CloseHeadOut:
        """Take the newest version's head away, to keep it where the books are not; that you did is recorded."""
        return msgspec.json.decode(await closes.keep_head(*by, number), type=CloseHeadOut)

    @post("/{number:str}/reopening/request", opt={"permission": close_signing.REOPEN}, operation_id="askToReopenClose", status_code=200)
    async def ask_to_reopen(self, by: NamedDependency[By], number: Number, data: JSONBody[CloseReasonIn]) -> CloseWhole:
        """Ask for your union to open the month again; the other union's treasurer must ask too."""
        await close_signing.ask_to_reopen(*by, number, data.reason)
        return await _now(by, number)

    @post("/{number:str}/reopening", opt={"permission": close_signing.REOPEN}, operation_id="reopenClose", status_code=200)
    async def reopen(self, by: NamedDependency[By], number: Number, data: JSONBody[CloseReasonIn]) -> CloseWhole:
        """Open the month again once every union has asked; its next report is a new version, the old ones stay."""
        await close_signing.reopen(*by, number, data.reason)
        return await _now(by, number)


async def close_file(pool: Pool, actor: Actor, number: str, version: int, file: str) -> Response[bytes]:
    """A kept file as it leaves, by its name; refuses a name that is none."""
    what, media_type, extension = FILES.get(file, ("pdf_en", "", ""))
    if not media_type:
        rules.unknown_file(number, file)
    content = await closes.read_file(pool, actor, number, version, what)
    language = f"-{file[:2]}" if extension == "pdf" else ""
    name = f"{rules.written(number)[0]}-v{version}{language}.{extension}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


ROUTES = [ClosesController]
