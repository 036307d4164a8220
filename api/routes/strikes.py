"""Answer for strikes in JSON: list and read them week by week, record and change one, authorise it, and take its steps from notice to closed."""

from typing import Annotated, Literal

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.contributions import Word
from api.routes.strike_schemas import (
    StrikeAuthorisationIn,
    StrikeDayIn,
    StrikeDaysIn,
    StrikeFieldsIn,
    StrikeIn,
    StrikeOut,
    StrikePage,
    StrikeReasonIn,
    StrikeSides,
    StrikeState,
    StrikeWhole,
    side_out,
    standing_out,
    strike_out,
    whole_out,
)
from api.schemas import After, IdempotencyKey, Limit, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.strikes import (
    Authorise,
)
from ledger.services import strike_weeks as weeks
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.storage.strikes import StrikeFilter

StateWord = Annotated[StrikeState | None, QueryParameter(name="state")]
Live = Annotated[bool, QueryParameter(description="Leave out the closed and the called off")]
SearchWords = Annotated[str | None, QueryParameter(max_length=100, description="Words of number, name and employer")]
Sort = Annotated[
    Literal["number", "-number", "name", "-name", "state", "-state", "out", "-out", "weeks", "-weeks", "spent", "-spent", "week_cost", "-week_cost"],
    QueryParameter(description="What to sort by; `-` before it for the greatest first"),
]


class StrikesController(Controller):
    """Strikes and lockouts."""

    path = "/strikes"
    tags = ["Strikes"]

    @get("/", operation_id="listStrikes", opt={"permission": "read_strikes"})
    async def list_strikes(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, in_state: StateWord = None, live: Live = False,
        q: SearchWords = None, sort: Sort = "-number", after: After = None, limit: Limit = 50,
    ) -> StrikePage:  # fmt: skip
        """Strikes of both unions as they stand."""
        narrowed = StrikeFilter(union=union or None, state=in_state, live=live, words=q or None)
        place = from_cursor(after, str)
        board = await weeks.board(pool, actor, narrowed, sort, place[0] if place else None, limit)
        return StrikePage([standing_out(each, actor) for each in board.items], board.next and cursor(board.next))

    @get("/sides", operation_id="getStrikeSides", opt={"permission": "read_strikes"})
    async def get_sides(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> StrikeSides:
        """What each union’s strikes come to that are not settled, side by side."""
        return StrikeSides([side_out(each) for each in await weeks.sides(pool, actor)])

    @get("/{number:str}", operation_id="getStrike", opt={"permission": "read_strikes"})
    async def get_strike(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> StrikeWhole:
        """One strike week by week, with what was done with it; nothing of its roster but, to those who keep it, how many are on it."""
        view = await service.show_strike(pool, actor, number)
        return whole_out(view, await weeks.standing(pool, actor, view.strike.number), actor)

    @post("/", operation_id="recordStrike", opt={"permission": "manage_strikes", "location": True})
    async def record_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[StrikeIn]
    ) -> Response[StrikeOut]:
        """Record the notice of a strike or lockout of your union; officers of both unions are asked to authorise it."""
        told = strike_out(await service.record_strike(pool, actor, key, data.request()))
        return Response(told, status_code=201, headers={"Location": told.href})

    @put("/{number:str}", operation_id="changeStrike", opt={"permission": "manage_strikes"})
    async def change_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[StrikeFieldsIn],
    ) -> StrikeOut:  # fmt: skip
        """Say anew what is said of a strike that no union has authorised yet."""
        return strike_out(await service.change_strike(pool, actor, key, number, data.fields()))

    @post("/{number:str}/authorisations", operation_id="authoriseStrike", opt={"permission": "authorise_strike"}, status_code=200)
    async def authorise_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[StrikeAuthorisationIn],
    ) -> StrikeOut:  # fmt: skip
        """Record your union’s word, by its resolution; with the last union’s word the strike is authorised."""
        word = Authorise(body=data.body, resolution=data.resolution, decided_on=data.decided_on)
        return strike_out(await service.authorise_strike(pool, actor, key, number, word))

    @post("/{number:str}/beginning", operation_id="beginStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def begin_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Say that members are out since a day."""
        return strike_out(await service.begin(pool, actor, key, number, data.on))

    @put("/{number:str}/days", operation_id="setStrikeDays", opt={"permission": "manage_strikes"})
    async def set_days(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDaysIn]
    ) -> StrikeOut:
        """Say on which days a rotating strike stopped work."""
        return strike_out(await service.set_strike_days(pool, actor, key, number, tuple(data.days)))

    @post("/{number:str}/ratification", operation_id="ratifyStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def ratify_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Record the ratification of the agreement: support runs off by the rules."""
        return strike_out(await service.ratify(pool, actor, key, number, data.on))

    @post("/{number:str}/ending", operation_id="endStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def end_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeDayIn]
    ) -> StrikeOut:
        """Record the last day out."""
        return strike_out(await service.end(pool, actor, key, number, data.on))

    @post("/{number:str}/closing", operation_id="closeStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def close_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeReasonIn]
    ) -> StrikeOut:
        """Close a strike whose money is all accounted for."""
        return strike_out(await service.close_strike(pool, actor, key, number, data.reason))

    @post("/{number:str}/calling-off", operation_id="callOffStrike", opt={"permission": "manage_strikes"}, status_code=200)
    async def call_off_strike(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str], data: JSONBody[StrikeReasonIn]
    ) -> StrikeOut:
        """Call a strike off that has not begun."""
        return strike_out(await service.call_off(pool, actor, key, number, data.reason))


ROUTES = [StrikesController]
