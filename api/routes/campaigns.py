"""Answer for campaigns in JSON: open one, change it and its budget, close it and open it again, and list those the caller may read."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.routes.contributions import Code, Word
from api.schemas import After, Amount, IdempotencyKey, Limit, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.campaigns import (
    BUDGET_LINES_MAXIMUM,
    DESCRIPTION_MAXIMUM,
    EMPLOYER_MAXIMUM,
    NAME_MAXIMUM,
    REASON_MAXIMUM,
    WHAT_MAXIMUM,
    BudgetLine,
    Campaign,
    CampaignFields,
    OpenCampaign,
    budget_totals,
)
from ledger.services import campaigns as service
from ledger.services.campaigns import CampaignView
from ledger.services.pool import Pool
from ledger.storage.campaigns import CampaignFilter
from ledger.storage.people import ID_MAXIMUM

Initiative = Literal["bargaining", "organizing", "education", "communication", "political_action"]
InitiativeWord = Annotated[Initiative | None, QueryParameter(name="initiative")]
EmployerWord = Annotated[str | None, QueryParameter(max_length=EMPLOYER_MAXIMUM, description="Its name, in any capitals and accents")]
StateWord = Annotated[Literal["open", "closed"] | None, QueryParameter(name="state")]
SearchWords = Annotated[str | None, QueryParameter(max_length=100, description="Words of number, name, employer, lead and description")]
_Local = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{0,12}\Z", description="Number of one of the union’s own locals")]
_Lead = Annotated[int, msgspec.Meta(ge=2, le=ID_MAXIMUM, description="A person who leads campaigns of the union")]


class CampaignLineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a part of a budget is for."""

    what: Annotated[str, msgspec.Meta(min_length=1, max_length=WHAT_MAXIMUM)]
    amount: Amount

    def line(self) -> BudgetLine:
        """As the service takes it."""
        return BudgetLine(self.what, self.amount.currency, self.amount.minor)


_Lines = Annotated[list[CampaignLineIn], msgspec.Meta(max_length=BUDGET_LINES_MAXIMUM)]


class CampaignFieldsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of a campaign, whole: what is left out is empty."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAXIMUM)]
    initiative: Initiative
    lead: _Lead
    starts_on: date
    ends_on: date | None = None
    employer: Annotated[str, msgspec.Meta(max_length=EMPLOYER_MAXIMUM, description="Named once for both unions")] = ""
    local: _Local = ""
    description: Annotated[str, msgspec.Meta(max_length=DESCRIPTION_MAXIMUM)] = ""

    def fields(self) -> CampaignFields:
        """As the service takes it."""
        return CampaignFields(**{name: getattr(self, name) for name in CampaignFields.__struct_fields__})


class CampaignIn(CampaignFieldsIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A campaign of your union to open; its `budget` may follow."""

    union: Code
    budget: _Lines = []

    def request(self) -> OpenCampaign:
        """As the service takes it."""
        budget = tuple(line.line() for line in self.budget)
        return OpenCampaign(**msgspec.structs.asdict(self.fields()), union=self.union, budget=budget)


class CampaignBudgetIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A budget, whole, and why it changes."""

    lines: _Lines
    reason: Annotated[str, msgspec.Meta(max_length=REASON_MAXIMUM)] = ""


class CampaignReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a campaign closes, or is open again."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAXIMUM)]


class CampaignLineOut(msgspec.Struct, frozen=True):
    """One line of a budget."""

    what: str
    amount: Amount


class CampaignBudgetOut(msgspec.Struct, frozen=True):
    """A version of a budget with its sums; different currencies are never added together. Version 0 is that there is none yet."""

    version: int
    lines: list[CampaignLineOut]
    totals: list[Amount]


class CampaignLead(msgspec.Struct, frozen=True):
    """Who leads a campaign."""

    id: int
    name: str


class CampaignOut(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign with its budget in force; `state` is open or closed."""

    number: str
    name: str
    initiative: str
    union: str
    employer: str
    local: str
    lead: CampaignLead
    starts_on: date
    ends_on: date | None
    description: str
    state: str
    budget: CampaignBudgetOut
    recorded_by: str
    recorded_at: datetime
    href: str


class CampaignStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done with a campaign; `what` is the operation, `version` the budget it made."""

    recorded_at: datetime
    person: str
    union: str | None
    what: str
    reason: str
    version: int | None


class CampaignWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign with every version of its budget (newest first), what was done with it (oldest first), and the numbers of the other campaigns
    with the same employer that you may read.
    """

    campaign: CampaignOut
    budgets: list[CampaignBudgetOut]
    history: list[CampaignStep]
    same_employer: list[str]


class CampaignPage(msgspec.Struct, frozen=True):
    """One page of campaigns, and the employers there are to narrow it to."""

    items: list[CampaignOut]
    next: str | None
    employers: list[str]


def _budget_out(version: int, lines: list[BudgetLine]) -> CampaignBudgetOut:
    totals = [amount(each.budget_minor, each.currency) for each in budget_totals(lines)]
    return CampaignBudgetOut(version, [CampaignLineOut(line.what, amount(line.amount_minor, line.currency)) for line in lines], totals)


def campaign_out(campaign: Campaign) -> CampaignOut:
    """A campaign as it travels."""
    names = ("number", "name", "initiative", "union", "employer", "local", "starts_on", "ends_on", "description", "state", "recorded_by", "recorded_at")
    return CampaignOut(
        **{name: getattr(campaign, name) for name in names}, lead=CampaignLead(campaign.lead, campaign.lead_name),
        budget=_budget_out(campaign.budget_version, list(campaign.budget)), href=f"/api/v1/campaigns/{campaign.number}",
    )  # fmt: skip


def whole_out(view: CampaignView) -> CampaignWhole:
    """A campaign with all that belongs to it, as it travels."""
    return CampaignWhole(
        campaign=campaign_out(view.campaign), budgets=[_budget_out(*each) for each in view.budgets],
        history=[CampaignStep(**msgspec.structs.asdict(step)) for step in view.history], same_employer=[each.number for each in view.same_employer],
    )  # fmt: skip


class CampaignsController(Controller):
    """Campaigns."""

    path = "/campaigns"
    tags = ["Campaigns"]

    @get("/", operation_id="listCampaigns", opt={"permission": "read_campaigns"})
    async def list_campaigns(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: Word = None, in_initiative: InitiativeWord = None,
        employer: EmployerWord = None, in_state: StateWord = None, q: SearchWords = None, after: After = None, limit: Limit = 50,
    ) -> CampaignPage:  # fmt: skip
        """Campaigns, the newest first; to who only leads campaigns, those they lead."""
        narrowed = CampaignFilter(union=union or None, initiative=in_initiative, employer=employer or None, state=in_state, words=q or None)
        place = from_cursor(after, str)
        listed = await service.list_campaigns(pool, actor, narrowed, place[0] if place else None, limit)
        return CampaignPage([campaign_out(each) for each in listed.items], listed.next and cursor(listed.next), listed.employers)

    @get("/{number:str}", operation_id="getCampaign", opt={"permission": "read_campaigns"})
    async def get_campaign(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> CampaignWhole:
        """One campaign with every version of its budget and what was done with it."""
        return whole_out(await service.show_campaign(pool, actor, number))

    @post("/", operation_id="openCampaign", opt={"permission": "manage_campaigns", "location": True})
    async def open_campaign(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[CampaignIn]
    ) -> Response[CampaignOut]:
        """Open a campaign of your union; who only leads campaigns opens what they lead themselves."""
        told = campaign_out(await service.open_campaign(pool, actor, key, data.request()))
        return Response(told, status_code=201, headers={"Location": told.href})

    @put("/{number:str}", operation_id="changeCampaign", opt={"permission": "manage_campaigns"})
    async def change_campaign(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[CampaignFieldsIn],
    ) -> CampaignOut:  # fmt: skip
        """Say anew what is said of an open campaign; its budget stays as it is."""
        return campaign_out(await service.change_campaign(pool, actor, key, number, data.fields()))

    @put("/{number:str}/budget", operation_id="changeCampaignBudget", opt={"permission": "manage_campaigns"})
    async def change_budget(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[CampaignBudgetIn],
    ) -> CampaignOut:  # fmt: skip
        """Write the budget of an open campaign as a new version."""
        return campaign_out(await service.change_budget(pool, actor, key, number, tuple(line.line() for line in data.lines), data.reason))

    @post("/{number:str}/closing", operation_id="closeCampaign", opt={"permission": "manage_campaigns"}, status_code=200)
    async def close_campaign(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[CampaignReasonIn],
    ) -> CampaignOut:  # fmt: skip
        """Close an open campaign."""
        return campaign_out(await service.close_campaign(pool, actor, key, number, data.reason))

    @post("/{number:str}/reopening", operation_id="reopenCampaign", opt={"permission": "manage_campaigns"}, status_code=200)
    async def reopen_campaign(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, number: FromPath[str],
        data: JSONBody[CampaignReasonIn],
    ) -> CampaignOut:  # fmt: skip
        """Open a closed campaign again."""
        return campaign_out(await service.reopen_campaign(pool, actor, key, number, data.reason))


ROUTES = [CampaignsController]
