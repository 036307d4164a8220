"""Answer in JSON for the unions' own ledgers: extracts, what was compared, agreements to it, and the differences that stay."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.routes.comparison_schemas import (
    AgreeToComparisonIn,
    CompareIn,
    ComparisonOut,
    CutoffOut,
    DifferenceChangeIn,
    DifferenceOut,
    DifferenceStateWord,
    DifferenceWhole,
    ExtractAccountOut,
    ExtractIn,
    ExtractOut,
    ExtractPreviewOut,
    ExtractWhole,
    ResolveDifferenceIn,
    comparison_out,
    cutoff_out,
    difference_out,
    extract_out,
    some,
    view_out,
    whole_out,
)
from api.schemas import After, Limit, Page, body_with, cursor, from_cursor, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.documents import SIZE_MAXIMUM_BYTES
from ledger.services import comparison, differences, extract_views, extracts
from ledger.services.comparison import AGREE, HANDLE, READ
from ledger.services.differences import Change
from ledger.services.extract_reading import IMPORT, ExtractFile
from ledger.services.pool import Pool

Number = FromPath[str]
_Read = {"permission": READ}


# --- doors --------------------------------------------------------------------------------------------------------------------


class ExtractsController(Controller):
    """The unions' own general-ledger extracts."""

    path = "/extracts"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listExtracts")
    async def list_extracts(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: FromQuery[str | None] = None, after: After = None, limit: Limit = 50
    ) -> Page[ExtractOut]:
        """Extracts of both unions, the newest first."""
        found = await extract_views.list_extracts(pool, actor, union, place_after(after, extract_views.written_extract), limit)
        return Page([extract_out(each) for each in found.items], found.next and cursor(found.next))

    @post(
        "/preview", opt={"permission": IMPORT, "answers": (404, 422)}, operation_id="previewExtract", status_code=200,
        request_max_body_size=body_with(SIZE_MAXIMUM_BYTES),
    )  # fmt: skip
    async def preview(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], data: JSONBody[ExtractIn]) -> ExtractPreviewOut:
        """What bringing a file in would do, account by account, and what is wrong with it. Nothing is kept."""
        found = await extracts.preview_file(pool, actor, ExtractFile(data.filename, data.content), data.asked)
        accounts = [
            ExtractAccountOut(
                code=each.code, currency=each.currency, means=each.means, other_union=each.other_union,
                opening=some(each.opening_minor, each.currency), closing=some(each.closing_minor, each.currency),
            )
            for each in found.accounts
        ]  # fmt: skip
        return ExtractPreviewOut(
            rows=found.rows, rows_after_cutoff=found.later_rows, first=found.first, mapping=found.layout.mapping, missing_columns=found.missing_columns,
            faults=list(found.faults.shown), fault_count=found.faults.count, accounts=accounts, problem=found.refusal.code if found.refusal else None,
            known=found.known, replaces=found.replaces,
        )  # fmt: skip

    @post("/", opt={"permission": IMPORT, "location": True}, operation_id="importExtract", request_max_body_size=body_with(SIZE_MAXIMUM_BYTES))
    async def bring_in(self, by: NamedDependency[By], data: JSONBody[ExtractIn]) -> Response[ExtractOut]:
        """Bring an extract of your own union in, whole or not at all, and compare. The same again brings nothing new."""
        told = extract_out(await extracts.import_file(*by, ExtractFile(data.filename, data.content), data.asked))
        return Response(told, status_code=201, headers={"Location": told.href})

    @get("/{number:str}", opt=_Read, operation_id="getExtract")
    async def get_extract(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number, after: After = None, limit: Limit = 200
    ) -> ExtractWhole:
        """One extract with its accounts and rows."""
        place = from_cursor(after, int)
        return whole_out(await extract_views.show_extract(pool, actor, number, place[0] if place else 0, limit))


class ComparisonsController(Controller):
    """What both ledgers and the pool's journal say of each other, cut-off by cut-off."""

    path = "/comparisons"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listComparisons")
    async def list_comparisons(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None,
        limit: Annotated[int, QueryParameter(ge=1, le=36, description="How many cut-offs at most")] = 12,
    ) -> Page[CutoffOut]:  # fmt: skip
        """Cut-offs with what was compared, the newest first."""
        place = from_cursor(after, date)
        found = await comparison.list_cutoffs(pool, actor, place[0] if place else None, limit + 1)
        return Page([cutoff_out(each) for each in found[:limit]], cursor(found[limit - 1].ends_on) if len(found) > limit else None)

    @post("/", opt={"permission": HANDLE}, operation_id="compareLedgers", status_code=200)
    async def compare(self, by: NamedDependency[By], data: JSONBody[CompareIn]) -> CutoffOut:
        """Compare at a cut-off, and anew at every later one. What finds what it found before stays, with its agreements."""
        await comparison.compare_now(*by, data.ends_on)
        return cutoff_out(await comparison.show_cutoff(by.pool, by.actor, data.ends_on))

    @get("/{ends_on:date}", opt=_Read | {"answers": (422,)}, operation_id="getComparisons")
    async def get_cutoff(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], ends_on: FromPath[date]) -> CutoffOut:
        """What stands between the unions at a cut-off; where nobody compared yet, what comparing now would find."""
        return cutoff_out(await comparison.show_cutoff(pool, actor, ends_on))

    @post("/{number:str}/agreement", opt={"permission": AGREE}, operation_id="agreeToComparison", status_code=200)
    async def agree(self, by: NamedDependency[By], number: Number, data: JSONBody[AgreeToComparisonIn]) -> ComparisonOut:
        """Agree for your union to a comparison with the differences it lists; refused while more is unexplained than the agreement lets be."""
        return comparison_out(await comparison.agree(*by, number, data.remark))


class DifferencesController(Controller):
    """Differences between the ledgers, until they are resolved."""

    path = "/differences"
    tags = ("Comparison of the ledgers",)

    @get("/", opt=_Read, operation_id="listDifferences")
    async def list_differences(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor],
        in_state: Annotated[DifferenceStateWord | None, QueryParameter(name="state")] = None, owner: FromQuery[str | None] = None,
        after: After = None, limit: Limit = 50,
    ) -> Page[DifferenceOut]:  # fmt: skip
        """Differences, the newest first."""
        found = await differences.list_differences(pool, actor, in_state, owner, place_after(after, differences.written_difference), limit)
        return Page([difference_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}", opt=_Read, operation_id="getDifference")
    async def get_difference(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: Number) -> DifferenceWhole:
        """One difference with all that both unions said of it."""
        return view_out(await differences.show_difference(pool, actor, number))

    @post("/{number:str}/changes", opt={"permission": HANDLE}, operation_id="changeDifference", status_code=200)
    async def change(self, by: NamedDependency[By], number: Number, data: JSONBody[DifferenceChangeIn]) -> DifferenceWhole:
        """Say why it differs, who sees to it and by when, or only something to the other union."""
        asked = Change(kind=data.kind, owner=data.owner, due_on=data.due_on, remark=data.remark)
        found = await differences.change(*by, number, asked)
        return view_out(await differences.show_difference(by.pool, by.actor, found.number))

    @post("/{number:str}/resolution", opt={"permission": HANDLE}, operation_id="resolveDifference", status_code=200)
    async def resolve(self, by: NamedDependency[By], number: Number, data: JSONBody[ResolveDifferenceIn]) -> DifferenceWhole:
        """Say that it is seen to, and why. It opens again by itself if a later cut-off still finds it."""
        found = await differences.resolve(*by, number, data.reason)
        return view_out(await differences.show_difference(by.pool, by.actor, found.number))


ROUTES = [ExtractsController, ComparisonsController, DifferencesController]
