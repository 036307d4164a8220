"""Say before a request is submitted what it would need, keep drafts from being written over, and tell who asked what waits for them."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_forms as forms
from ledger.services import allocations
from ledger.services.allocation_forms import Sketch
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.allocations import Filter
from tests.conftest import Clock
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_funds import known_rate

QUAI = "Imprimerie du Quai"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    return made


async def foreseen(stage: Stage, campaign: str, *lines: tuple[str, str, int], number: str | None = None, fund: str = "GEN") -> list[str]:
    """Who would have to approve: ``ue officer``."""
    sketch = Sketch(campaign=campaign, fund=fund, kind="general", lines=lines)
    found = await forms.foresee(stage.pool, stage.who["unifor lead"], number, sketch)
    return [] if found is None else [f"{need.union} {need.capacity}" for need in found.needed]


OFFICERS = ["ue officer", "unifor officer"]
SECRETARIES = ["ue secretary_treasurer", "unifor secretary_treasurer"]
BOARDS = ["ue board", "unifor board"]


async def test_who_would_approve_follows_the_amount(stage: Stage) -> None:
    campaign = await stage.campaign()
    for amount, needed in ((5_000_00, OFFICERS), (5_000_01, SECRETARIES), (25_000_00, SECRETARIES), (25_000_01, OFFICERS + BOARDS)):
        assert await foreseen(stage, campaign, ("", "CAD", amount)) == needed


async def test_the_other_currency_counts_at_the_rate_of_the_day_and_without_one_the_strictest_rules_hold(stage: Stage) -> None:
    campaign = await stage.campaign()
    assert await foreseen(stage, campaign, ("", "USD", 100_00)) == OFFICERS + BOARDS
    await known_rate(stage.pool)
    assert await foreseen(stage, campaign, ("", "USD", 3_642_98)) == OFFICERS
    assert await foreseen(stage, campaign, ("", "USD", 3_643_00)) == SECRETARIES


async def test_what_was_asked_for_the_same_payee_counts_with_it_and_a_request_never_with_itself(stage: Stage) -> None:
    campaign = await stage.campaign()
    first = await stage.request(asked(campaign, ("Leaflets", 3_000_00, "CAD", QUAI)))
    more = (QUAI.upper(), "CAD", 2_500_00)
    assert await foreseen(stage, campaign, more) == SECRETARIES
    assert await foreseen(stage, campaign, ("Another", "CAD", 2_500_00)) == OFFICERS
    assert await foreseen(stage, campaign, more, number=first.number) == OFFICERS


async def test_nothing_is_foreseen_before_campaign_fund_and_amount_are_there(stage: Stage) -> None:
    campaign, theirs = await stage.campaign(), await stage.campaign("ue")
    assert await foreseen(stage, campaign) == []
    assert await foreseen(stage, campaign, ("", "CAD", 1_00), fund="") == []
    assert await foreseen(stage, theirs, ("", "CAD", 1_00)) == []


@pytest.mark.parametrize(
    ("fund", "initiative", "kind", "electoral", "why"),
    [
        ("GEN", "organizing", "general", False, None), ("ORG", "organizing", "general", False, None), ("EDU", "organizing", "general", False, "purpose"),
        ("STRIKE", "organizing", "general", False, "purpose"), ("STRIKE", "organizing", "strike_support", False, None),
        ("GEN", "political_action", "general", True, "electoral"), ("POL-CA", "political_action", "general", True, None),
        ("POL-US", "political_action", "general", False, "nation"),
    ],
)  # fmt: skip
async def test_why_a_fund_is_not_offered(pool: Pool, fund: str, initiative: str, kind: str, electoral: bool, why: str | None) -> None:
    async with pool.database.reading() as connection:
        found = await reference.fund(connection, fund)
    assert forms.why_not(found, initiative, kind, electoral, "CA") == why


async def test_a_lead_chooses_among_their_own_campaigns_and_an_officer_among_the_unions(pool: Pool, stage: Stage) -> None:
    own, theirs = await stage.campaign(), await stage.campaign("ue")
    seen = {part: [each.number for each in (await forms.choices(pool, stage.who[part])).campaigns] for part in ("unifor lead", "unifor officer", "ue lead")}
    assert seen == {"unifor lead": [own], "unifor officer": [own], "ue lead": [theirs]}


async def test_what_was_saved_elsewhere_is_not_written_over(pool: Pool, clock: Clock, stage: Stage) -> None:
    lead = stage.who["unifor lead"]
    opened = await allocations.start_draft(pool, lead, stage.key(), {"purpose": "One"})
    clock.now += timedelta(minutes=1)
    there = await allocations.save_draft(pool, lead, stage.key(), opened.number, {"purpose": "Two"}, opened.saved_at)
    clock.now += timedelta(minutes=1)
    with pytest.raises(Refusal) as caught:
        await allocations.save_draft(pool, lead, stage.key(), opened.number, {"purpose": "Three"}, opened.saved_at)
    assert caught.value.code == "request_changed"
    content = asked(await stage.campaign(), ("Hall", 100_00, "CAD", ""))
    with pytest.raises(Refusal) as caught:
        await allocations.submit(pool, lead, stage.key(), opened.number, content, opened.saved_at)
    assert caught.value.code == "request_changed"
    assert (await allocations.show_request(pool, lead, opened.number)).allocation.draft == {"purpose": "Two"}
    assert (await allocations.submit(pool, lead, stage.key(), opened.number, content, there.saved_at)).state == "submitted"


async def test_a_draft_given_up_is_in_nobodys_list(pool: Pool, stage: Stage) -> None:
    lead = stage.who["unifor lead"]
    draft = await allocations.start_draft(pool, lead, stage.key(), {"purpose": "Not after all"})
    await allocations.withdraw(pool, lead, stage.key(), draft.number)
    for part in ("unifor lead", "ue officer"):
        assert (await allocations.list_requests(pool, stage.who[part], Filter())).items == []


async def test_a_list_is_searched_by_payee_and_by_what_a_line_is_for(pool: Pool, stage: Stage) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 300_00, "CAD", QUAI)))
    for words, found in (("quai", True), ("leafl", True), ("hamilton", True), ("organ", True), ("hall", False)):
        listed = await allocations.list_requests(pool, stage.who["ue officer"], Filter(words=words))
        assert [each.number for each in listed.items] == [request.number] * found, words


async def test_drafts_what_came_back_and_what_expires_wait_for_who_asked(pool: Pool, clock: Clock, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    draft = await allocations.start_draft(pool, lead, stage.key(), {"campaign": campaign})
    back = await stage.request(asked(campaign, ("Hall", 400_00, "CAD", "")))
    await decisions.send_back(pool, stage.who["ue officer"], stage.key(), back.number, "Which hall?")
    agreed = await stage.request(asked(campaign, ("Print", 700_00, "CAD", "")))
    await stage.approve(agreed, "ue officer", "unifor officer")

    async def waits(actor: Actor) -> list[tuple[str, str, int | None]]:
        async with pool.database.reading() as connection:
            return [(row.kind, row.subject, row.amount_minor) for row in await forms.waiting(connection, actor, pool.today())]

    now = [("finish_request", draft.number, None), ("change_request", back.number, 400_00)]
    assert await waits(lead) == now
    assert await waits(stage.who["ue lead"]) == await waits(stage.who["unifor treasurer"]) == []
    clock.now += date(2027, 6, 1) - clock.now.date()
    assert await waits(lead) == [*now, ("use_request", agreed.number, 700_00)]
