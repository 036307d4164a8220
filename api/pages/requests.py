"""List requests for money, each with who has it now and since when, and what became of the money."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.pages.contributions import place_after, word
from api.pages.files import asked_format, list_file
from api.pages.funds import union_names
from api.pages.rendering import named, page
from api.pages.request_parts import chip_of, day_of, title_of
from api.schemas import cursor
from api.security import Reader
from ledger.domain.allocations import DRAWING, REVIEW, Allocation
from ledger.domain.approvals import Decision
from ledger.domain.campaigns import INITIATIVES
from ledger.domain.search import QUERY_MAXIMUM
from ledger.services import allocations as service
from ledger.services import funds as fund_service
from ledger.services.allocation_cases import Case
from ledger.services.allocations import Listed, Money, money, sees_all
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from reports.campaign_list import INITIATIVE_NAMES
from reports.facts import read_facts
from reports.i18n import N_, translate
from reports.request_list import shape_requests
from reports.request_words import STATES, has_it

FILE_ROWS_MAXIMUM = 5_000
# States as a person looks for them: what waits, what is paid, what is over.
STATE_GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "review": (N_("Waits for a decision"), REVIEW),
    "open": (N_("Approved, being paid"), DRAWING),
    **{code: (name, (code,)) for code, (name, _) in STATES.items()},
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a row: ``wants`` says what is missing, in words."""

    allocation: Allocation
    title: str
    purpose: str
    campaign: str
    url: str
    chip: tuple[str, str]
    who: str
    since: date
    sums: dict[str, Money]
    needed_by: date | None
    wants: list[str]


@get("/requests", opt={"permission": "read_requests"})
async def list_requests(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Requests, the latest to move first; to who only leads campaigns their own. As a file with ``?format=csv``."""
    language, unions = reader.language, await union_names(pool, reader)
    funds = [view.fund for view in await fund_service.list_funds(pool, reader.actor)]
    narrowed = _filter(request, {fund.code: fund.id for fund in funds})
    if format_name := asked_format(word(request, "format")):
        return await _file(pool, reader, narrowed, format_name)
    listed = await service.list_requests(pool, reader.actor, narrowed, place_after(request, datetime, str))
    return page(
        request, "requests/list.html", reader=reader, help="requests", fragment="results", wide=sees_all(reader.actor), unions=list(unions.items()),
        rows=[row_of(language, listed, each, unions, reader.person_id) for each in listed.items], older=listed.next and cursor(*listed.next),
        narrowed=narrowed != Filter(), states=[(code, translate(language, name)) for code, (name, _) in STATE_GROUPS.items()],
        funds=[(fund.code, named(language, fund)) for fund in funds],
        initiatives=[(code, translate(language, INITIATIVE_NAMES[code])) for code in INITIATIVES],
    )  # fmt: skip


def _filter(request: Request[Any, Any, Any], funds: dict[str, int]) -> Filter:
    fund, state = word(request, "fund"), word(request, "state") or ""
    words = str(request.query_params.get("q", "")).replace("\x00", "").strip()[:QUERY_MAXIMUM]
    return Filter(
        states=STATE_GROUPS[state][1] if state in STATE_GROUPS else (), union=word(request, "union"), campaign=word(request, "campaign"),
        fund_id=funds.get(fund, 0) if fund else None, initiative=word(request, "initiative"), words=words,
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: Filter, format_name: str) -> Response[bytes]:
    listed = await service.list_requests(pool, reader.actor, narrowed, limit=FILE_ROWS_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_requests(facts, listed, reader.language, reader.person_id), format_name)


def row_of(language: str, listed: Listed, allocation: Allocation, unions: dict[str, str], reader: int) -> Row:
    """A request as the list shows it."""
    case, draft = listed.cases.get(allocation.number), allocation.draft or {}
    lines = case.revision.lines if case else ()
    return Row(
        allocation=allocation, title=title_of(language, case), campaign=case.campaign.name if case else "",
        purpose=case.revision.purpose if case else str(draft.get("purpose", "")),
        url=f"/requests/{allocation.number}" + ("" if allocation.revision else "/change"), chip=chip_of(language, allocation, case),
        who=has_it(language, allocation, case.missing if case else [], unions, reader), since=day_of(allocation.state_since),
        sums=money(listed.commitments.get(allocation.number, []), lines), needed_by=case.revision.needed_by if case else None,
        wants=wants(language, allocation, case, listed.documents.get(allocation.number, 0)),
    )  # fmt: skip


def wants(language: str, allocation: Allocation, case: Case | None, documents: int) -> list[str]:
    """What is missing of a request that is not decided yet: why it came back, and documents."""
    found = []
    if allocation.state == "returned" and case is not None and (reason := _last(case.decisions, "returned")):
        found.append(translate(language, "To change: %(reason)s", reason=reason.reason))
    if not documents and case is not None and allocation.state in (*REVIEW, "returned"):
        found.append(translate(language, "No document is attached"))
    return found


def _last(decisions: Sequence[Decision], kind: str) -> Decision | None:
    return next((each for each in reversed(decisions) if each.decision == kind), None)


PAGES = [list_requests]
