"""Help to ask for money: what may be chosen, what a request would need before it is submitted, and what waits for who asked."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocations import Content, Line, Revision
from ledger.domain.approvals import Earlier, Requirement, check_fund, matrix_kind, requirements
from ledger.domain.campaigns import Campaign as WholeCampaign
from ledger.domain.exchange import Rate
from ledger.domain.home import Waiting
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.payees import name_key
from ledger.domain.refusals import FundNotAllowedForInitiative
from ledger.services.allocation_cases import Rules, load_rules, tested_minor
from ledger.services.allocations import OPERATION, asks_for_all, checked
from ledger.services.funds import FundView, fund_views
from ledger.services.pool import ZONE, Pool
from ledger.storage import allocations as store
from ledger.storage import campaigns as campaign_store
from ledger.storage import payees as payee_store
from ledger.storage import reference
from ledger.storage.campaigns import CampaignFilter
from ledger.storage.database import Connection

SUGGESTIONS_MAXIMUM = 500
EXPIRES_SOON_DAYS = 14


class Choices(msgspec.Struct, frozen=True):
    """What a request's form chooses from: campaigns that the actor may ask for, open funds with their figures, payees by name."""

    campaigns: list[WholeCampaign]
    funds: list[FundView]
    payees: list[str]
    currencies: list[str]
    nation: str


class Foreseen(msgspec.Struct, frozen=True):
    """Who would have to approve a request by the rules of today. ``tested_minor`` is what the thresholds see, in ``currency``: None where a
    rate is wanting; ``earlier`` says that what was asked for the same payees shortly before is part of it.
    """

    needed: list[Requirement]
    tested_minor: int | None
    currency: str
    rates: list[Rate]
    earlier: bool
    split_days: int


class Sketch(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a request as its requirements depend on; ``lines`` are (payee by name, currency, minor units)."""

    campaign: str
    fund: str
    kind: str
    lines: tuple[tuple[str, str, int], ...]


async def choices(pool: Pool, actor: Actor) -> Choices:
    """What the actor's form chooses from today."""
    authorize(actor, OPERATION)
    async with pool.database.reading() as connection:
        union = await reference.union(connection, actor.union or "")
        lead = None if asks_for_all(actor) else actor.person_id
        known = await payee_store.payees(connection, [], None, "", SUGGESTIONS_MAXIMUM)
        return Choices(
            await campaign_store.campaigns(connection, CampaignFilter(union=union.code, state="open"), lead),
            [view for view in await fund_views(connection, pool.today(), union.code) if view.state == "open"],
            [payee.name for _, payee in known], list(await reference.currencies(connection)), union.nation,
        )  # fmt: skip


def why_not(fund: Fund, initiative: str, kind: str, electoral: bool, nation: str) -> str | None:
    """The reason why a fund does not take a request: ``electoral``, ``nation`` or ``purpose``; None where it does."""
    try:
        check_fund(fund, initiative, kind, electoral, nation)
    except FundNotAllowedForInitiative as refusal:
        return str(refusal.params["reason"])
    return None


async def foresee(pool: Pool, actor: Actor, number: str | None, sketch: Sketch) -> Foreseen | None:
    """What a request would need if it were submitted now; None while campaign, fund or amounts are not known yet."""
    authorize(actor, OPERATION)
    if not sketch.lines:
        return None
    async with pool.database.reading() as connection:
        campaign = (await store.campaigns_of(connection, [sketch.campaign])).get(sketch.campaign)
        fund = next((fund for fund in await reference.funds(connection) if fund.code == sketch.fund), None)
        if campaign is None or fund is None or campaign.union != actor.union:
            return None
        rules = await load_rules(connection, pool.today())
        revision = await _sketched(connection, sketch, fund.id, actor.person_id, pool.clock())
        earlier = await _earlier(connection, rules, number, revision)
    tested = tested_minor(rules, revision, earlier)
    kind = matrix_kind(sketch.kind, campaign.initiative)
    needed = requirements(rules.matrix, rules.unions, kind, fund, LARGEST_AMOUNT_MINOR if tested is None else tested)
    return Foreseen(needed, tested, rules.matrix.currency, _used(rules, revision, earlier), bool(earlier), rules.matrix.split_days)


async def _sketched(connection: Connection, sketch: Sketch, fund_id: int, person_id: int, now: datetime) -> Revision:
    lines = []
    for ordinal, (payee, currency, amount_minor) in enumerate(sketch.lines, 1):
        known = await payee_store.payee_named(connection, name_key(payee)) if payee else None
        number = known.number if known else payee or None
        lines.append(Line(ordinal=ordinal, what="", payee=number, payee_name=payee, currency=currency, amount_minor=amount_minor))
    return Revision(
        revision=1, campaign=sketch.campaign, fund_id=fund_id, kind=sketch.kind, electoral=False, purpose="", needed_by=date.max,
        lines=tuple(lines), recorded_by=person_id, recorded_at=now,
    )  # fmt: skip


async def _earlier(connection: Connection, rules: Rules, number: str | None, revision: Revision) -> list[Earlier]:
    """What counts with it: as of the day it was submitted, or of today where it was not yet."""
    kept = await store.find(connection, number) if number else None
    if kept is not None and kept.submitted_on is not None and kept.campaign == revision.campaign:
        return (await store.asked_before(connection, [kept.number], rules.matrix.split_days)).get(kept.number, [])
    payees = [line.payee for line in revision.lines if line.payee]
    return await store.asked_lately(connection, revision.campaign, payees, rules.day, rules.matrix.split_days, number or "")


def _used(rules: Rules, revision: Revision, earlier: Sequence[Earlier]) -> list[Rate]:
    """The rates that turned the amounts into the rules' currency."""
    currencies = dict.fromkeys([*(line.currency for line in revision.lines), *(each.currency for each in earlier)])
    return [rules.rates[currency] for currency in currencies if currency in rules.rates]


async def check_request(pool: Pool, actor: Actor, content: Content) -> Content:
    """The content as it would be kept, or the refusal that submitting it would meet; for the preview."""
    authorize(actor, OPERATION)
    async with pool.database.reading() as connection:
        return (await checked(connection, actor, content, pool.today()))[0]


# --- what waits for who asked -------------------------------------------------------------------------------------------


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: one's drafts, what came back to be changed, and what expires soon with money left."""
    if not actor.can(OPERATION):
        return []
    rows = await store.for_asker(connection, actor.person_id, today + timedelta(days=EXPIRES_SOON_DAYS))
    return [_waits(row, today) for row in rows]


def _waits(row: store.Asked, today: date) -> Waiting:
    kind = {"draft": "finish_request", "returned": "change_request"}.get(row.state, "use_request")
    return Waiting(
        kind=kind, subject=row.number, url=f"/requests/{row.number}" + ("/change" if kind == "finish_request" else ""), union=row.union,
        since=today if row.expires_on and kind == "use_request" else row.state_since.astimezone(ZONE).date(),
        amount_minor=row.amount_minor, currency=row.currency,
        facts={"campaign": row.campaign, "expires_on": row.expires_on.isoformat() if row.expires_on else None},
    )  # fmt: skip
