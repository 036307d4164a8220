"""Take requests through their states on the real store: who decides in which order, what a change voids, who may not, and what each sees."""

from datetime import date, timedelta

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation
from ledger.domain.campaigns import CampaignFields
from ledger.domain.refusals import Refusal
from ledger.services import allocation_decisions as decisions
from ledger.services import allocations, campaigns, documents
from ledger.services.allocation_decisions import Resolve
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from tests.conftest import Clock, add_person
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_journal import balances

OFFICERS = ("ue officer", "unifor officer")
SECRETARIES = ("ue secretary", "unifor secretary")
SMALL, MIDDLE, LARGE = 5_000_00, 25_000_00, 25_000_01
PDF = b"%PDF-1.4\n%resolution"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    return made


async def one(stage: Stage, amount: int = SMALL, **more: object) -> Allocation:
    """A submitted request of Unifor's for one line in Canadian dollars."""
    return await stage.request(asked(await stage.campaign(), ("Leaflets", amount, "CAD", "Imprimerie du Quai"), **more))  # type: ignore[arg-type]


async def resolved(stage: Stage, request: Allocation, union: str, outcome: str = "carried") -> Allocation:
    """Attach a document and record the resolution of a union's board."""
    officer = stage.who[f"{union} officer"]
    document = await documents.attach(
        stage.pool, officer, stage.key(), "request", request.number, f"{union}.pdf", "application/pdf", PDF + union.encode()
    )  # fmt: skip
    resolve = Resolve(number="GEB-14", decided_on=date(2026, 11, 20), document=str(document.id), outcome=outcome)
    return await decisions.record_resolution(stage.pool, officer, stage.key(), request.number, request.revision, resolve)


def code_of(caught: pytest.ExceptionInfo[Refusal]) -> str:
    return caught.value.code


# --- the way through ----------------------------------------------------------------------------------------------------


async def test_two_officers_one_of_each_union_approve_a_small_one(pool: Pool, stage: Stage) -> None:
    request = await one(stage)
    assert request.state == "submitted"
    request = await decisions.take_up(pool, stage.who["ue officer"], stage.key(), request.number)
    assert request.state == "in_review"
    request = await stage.approve(request, "ue officer")
    assert request.state == "part_approved"
    request = await stage.approve(request, "unifor officer")
    assert (request.state, request.expires_on) == ("committed", date(2027, 6, 13))
    assert (await balances(pool))["GEN", "joint", "Budget:Encumbrances", "CAD"] == SMALL
    view = await allocations.show_request(pool, stage.who["unifor lead"], request.number)
    assert [event.what for event in view.events] == ["started", "submitted", "taken_up", "approved", "approved", "all_approved", "committed"]


@pytest.mark.parametrize("order", [SECRETARIES, SECRETARIES[::-1]])
async def test_secretary_treasurers_approve_in_either_order_above_the_first_threshold(stage: Stage, order: tuple[str, str]) -> None:
    request = await one(stage, SMALL + 1)
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "ue officer")
    assert code_of(caught) == "approval_not_needed"
    assert (await stage.approve(request, *order)).state == "committed"


async def test_boards_resolve_above_the_second_threshold(pool: Pool, stage: Stage) -> None:
    request = await one(stage, LARGE)
    request = await stage.approve(request, *OFFICERS)
    assert request.state == "board_required"
    request = await resolved(stage, request, "ue")
    assert request.state == "board_required"
    with pytest.raises(Refusal) as caught:
        await resolved(stage, request, "ue")
    assert code_of(caught) == "resolution_exists"
    assert (await resolved(stage, request, "unifor")).state == "committed"


async def test_a_board_may_resolve_before_the_officers_approve(stage: Stage) -> None:
    request = await one(stage, LARGE)
    for union in ("ue", "unifor"):
        request = await resolved(stage, request, union)
    assert request.state == "in_review"
    assert (await stage.approve(request, *OFFICERS)).state == "committed"


async def test_a_board_that_says_no_ends_it(stage: Stage) -> None:
    request = await one(stage, LARGE)
    assert (await resolved(stage, request, "unifor", "lost")).state == "rejected"


async def test_the_audit_trail_says_that_a_resolution_was_recorded_and_what_came_of_it(pool: Pool, stage: Stage) -> None:
    request = await resolved(stage, await one(stage, LARGE), "ue", "lost")
    async with pool.database.reading() as connection:
        (kept,) = await connection.fetch(
            "SELECT outcome, details ->> 'resolved' AS resolved FROM audit WHERE action = 'resolve_request' AND subject = $1", request.number
        )
    assert tuple(kept) == ("done", "lost")


async def test_a_resolution_needs_a_document_of_the_request(pool: Pool, stage: Stage) -> None:
    request = await one(stage, LARGE)
    resolve = Resolve(number="GEB-14", decided_on=date(2026, 11, 20), document="00000000-0000-0000-0000-000000000000")
    with pytest.raises(Refusal) as caught:
        await decisions.record_resolution(pool, stage.who["ue officer"], stage.key(), request.number, request.revision, resolve)
    assert (code_of(caught), caught.value.params["field"]) == ("choice_invalid", "document")


# --- votes --------------------------------------------------------------------------------------------------------------


async def members(stage: Stage, union: str, count: int) -> list[Actor]:
    return [await add_person(stage.pool, f"Member {number}", union, "board_member") for number in range(count)]


async def vote(stage: Stage, request: Allocation, member: Actor, choice: str) -> Allocation:
    return await decisions.vote(stage.pool, member, stage.key(), request.number, request.revision, choice)


async def test_a_majority_of_the_seats_carries_a_vote_at_once(stage: Stage) -> None:
    """UE's board has twelve seats: the seventh vote for it decides."""
    request = await stage.approve(await one(stage, LARGE), *OFFICERS)
    for place, member in enumerate(await members(stage, "ue", 7), 1):
        await vote(stage, request, member, "for")
        view = await allocations.show_request(stage.pool, member, request.number)
        assert view.case is not None and bool(view.case.resolutions) == (place == 7)
    assert view.case is not None and (view.case.resolutions[0].outcome, view.case.resolutions[0].source) == ("carried", "vote")


async def test_enough_votes_against_end_it(stage: Stage) -> None:
    """Six of twelve against are no quorum yet; after the seventh the five to come can change nothing."""
    request = await one(stage, LARGE)
    for place, member in enumerate(await members(stage, "ue", 7), 1):
        request = await vote(stage, request, member, "against")
        assert request.state == ("rejected" if place == 7 else "submitted")


async def test_a_vote_closes_with_a_quorum_only(stage: Stage) -> None:
    request, officer = await one(stage, LARGE), stage.who["ue officer"]
    voting = await members(stage, "ue", 7)
    for member in voting[:6]:
        await vote(stage, request, member, "abstain")
    with pytest.raises(Refusal) as caught:
        await decisions.close_vote(stage.pool, officer, stage.key(), request.number, request.revision)
    assert caught.value.params == {"request": request.number, "union": "ue", "votes": 6, "quorum": 7}
    await vote(stage, request, voting[6], "for")
    with pytest.raises(Refusal) as caught:
        await vote(stage, request, voting[6], "against")
    assert code_of(caught) == "already_decided"
    await decisions.close_vote(stage.pool, officer, stage.key(), request.number, request.revision)
    view = await allocations.show_request(stage.pool, officer, request.number)
    assert view.case is not None and view.case.resolutions[0].outcome == "carried"


# --- changes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "voids"),
    [
        ({"amount": SMALL - 1}, True),
        ({"purpose": "Another thing"}, True),
        ({"payee": "Atelier Nord"}, True),
        ({"needed_by": date(2026, 12, 20)}, False),
        ({}, False),
    ],
)
async def test_a_change_of_amount_or_purpose_voids_what_was_approved(stage: Stage, change: dict[str, object], voids: bool) -> None:
    campaign, lead = await stage.campaign(), stage.who["unifor lead"]
    request = await stage.request(asked(campaign, ("Leaflets", SMALL, "CAD", "Imprimerie du Quai")))
    request = await stage.approve(request, "ue officer")
    line = ("Leaflets", change.get("amount", SMALL), "CAD", change.get("payee", "Imprimerie du Quai"))
    content = asked(campaign, line, **{name: value for name, value in change.items() if name in ("needed_by",)})  # type: ignore[arg-type]
    if "purpose" in change:
        content = type(content)(**{name: getattr(content, name) for name in content.__struct_fields__} | {"purpose": "Another thing"})
    request = await allocations.submit(stage.pool, lead, stage.key(), request.number, content)
    assert (request.state, request.revision) == ("submitted" if voids else "part_approved", 2)
    if voids:
        with pytest.raises(Refusal):
            await stage.approve(request, "unifor officer", "unifor officer")
        assert (await stage.approve(request, "ue officer")).state == "committed"
    else:
        assert (await stage.approve(request, "unifor officer")).state == "committed"


async def test_an_approval_is_of_the_revision_that_was_read(stage: Stage) -> None:
    request = await one(stage)
    with pytest.raises(Refusal) as caught:
        await decisions.approve(stage.pool, stage.who["ue officer"], stage.key(), request.number, 2)
    assert code_of(caught) == "request_changed"


async def test_returned_with_a_reason_and_submitted_again(stage: Stage) -> None:
    request = await one(stage)
    with pytest.raises(Refusal) as caught:
        await decisions.send_back(stage.pool, stage.who["ue officer"], stage.key(), request.number, "  ")
    assert code_of(caught) == "text_invalid"
    request = await decisions.send_back(stage.pool, stage.who["ue officer"], stage.key(), request.number, "Which plants?")
    assert request.state == "returned"
    saved = await allocations.save_draft(stage.pool, stage.who["unifor lead"], stage.key(), request.number, {"purpose": "The two in the east"})
    assert (saved.draft, saved.state) == ({"purpose": "The two in the east"}, "returned")
    view = await allocations.show_request(stage.pool, stage.who["unifor lead"], request.number)
    content = asked(view.revisions[-1].campaign, ("Leaflets", SMALL, "CAD", "Imprimerie du Quai"))
    request = await allocations.submit(stage.pool, stage.who["unifor lead"], stage.key(), request.number, content)
    assert (request.state, request.draft) == ("submitted", None)


@pytest.mark.parametrize("step", ["withdraw", "reject"])
async def test_ended_requests_take_nothing_more(stage: Stage, step: str) -> None:
    request, officer = await one(stage), stage.who["ue officer"]
    if step == "withdraw":
        request = await allocations.withdraw(stage.pool, stage.who["unifor lead"], stage.key(), request.number, "Not any more")
    else:
        request = await decisions.reject(stage.pool, officer, stage.key(), request.number, "Not this year")
    assert request.state == {"withdraw": "withdrawn", "reject": "rejected"}[step]
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor officer")
    assert (code_of(caught), caught.value.params["state"]) == ("request_state", request.state)


async def test_suspended_where_it_is_and_resumed_there(stage: Stage) -> None:
    request = await stage.approve(await one(stage), "ue officer")
    request = await decisions.suspend(stage.pool, stage.who["unifor officer"], stage.key(), request.number, "A question of the auditors")
    with pytest.raises(Refusal):
        await stage.approve(request, "unifor officer")
    request = await decisions.resume(stage.pool, stage.who["ue officer"], stage.key(), request.number)
    assert request.state == "part_approved"
    assert (await stage.approve(request, "unifor officer")).state == "committed"


# --- who may not --------------------------------------------------------------------------------------------------------


async def test_who_asked_or_leads_does_not_approve(stage: Stage) -> None:
    campaign = await stage.campaign()
    request = await stage.request(asked(campaign, ("Hall", SMALL, "CAD", "")), by="officer")
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor officer")
    assert caught.value.params == {"request": request.number, "role": "requester"}
    lead = stage.who["unifor lead"]
    both = Actor(lead.person_id, lead.name, "unifor", frozenset({"campaign_lead", "officer"}))
    with pytest.raises(Refusal) as caught:
        await decisions.approve(stage.pool, both, stage.key(), request.number, request.revision)
    assert caught.value.params == {"request": request.number, "role": "campaign_lead"}


async def test_stepping_aside_needs_a_substitute(stage: Stage) -> None:
    request, officer = await one(stage), stage.who["unifor officer"]
    await decisions.recuse(stage.pool, officer, stage.key(), request.number, "My brother owns the print shop")
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor officer")
    assert code_of(caught) == "interest_declared"
    await stage.approve(request, "ue officer")
    stage.who["unifor substitute"] = await add_person(stage.pool, "Substitute", "unifor", "officer")
    assert (await stage.approve(request, "unifor substitute")).state == "committed"


async def test_whoever_returns_it_takes_their_own_approval_back(stage: Stage) -> None:
    request = await stage.approve(await one(stage), "ue officer")
    request = await decisions.send_back(stage.pool, stage.who["ue officer"], stage.key(), request.number, "Which plants?")
    view = await allocations.show_request(stage.pool, stage.who["unifor lead"], request.number)
    same = asked(view.submitted_case.campaign.number, ("Leaflets", SMALL, "CAD", "Imprimerie du Quai"))
    request = await allocations.submit(stage.pool, stage.who["unifor lead"], stage.key(), request.number, same)
    assert (await stage.approve(request, "unifor officer")).state == "part_approved"
    assert (await stage.approve(request, "ue officer")).state == "committed"


async def test_whoever_steps_aside_takes_their_own_approval_back(stage: Stage) -> None:
    request = await stage.approve(await one(stage), "ue officer")
    await decisions.recuse(stage.pool, stage.who["ue officer"], stage.key(), request.number, "My brother owns the print shop")
    assert (await stage.approve(request, "unifor officer")).state == "part_approved"
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "ue officer")
    assert code_of(caught) == "interest_declared"


async def test_who_asked_neither_lets_it_go_on_nor_speaks_for_the_board(pool: Pool, stage: Stage) -> None:
    asker = stage.who["unifor officer"]
    request = await stage.request(asked(await stage.campaign(), ("Hall", LARGE, "CAD", "")), by="officer")
    with pytest.raises(Refusal) as resolving:
        await resolved(stage, request, "unifor")
    with pytest.raises(Refusal) as closing:
        await decisions.close_vote(pool, asker, stage.key(), request.number, request.revision)
    await decisions.suspend(pool, stage.who["ue officer"], stage.key(), request.number, "A question of the auditors")
    with pytest.raises(Refusal) as resuming:
        await decisions.resume(pool, asker, stage.key(), request.number)
    found = [(code_of(each), each.value.params["role"]) for each in (resolving, closing, resuming)]
    assert found == [("maker_not_checker", "requester")] * 3


async def test_an_approval_does_not_count_once_its_giver_leads_the_campaign(stage: Stage) -> None:
    request, officer = await one(stage), await add_person(stage.pool, "Officer and lead", "unifor", "officer", "campaign_lead")
    stage.who["unifor both"] = officer
    request = await stage.approve(request, "unifor both")
    assert request.campaign is not None
    kept = (await campaigns.show_campaign(stage.pool, officer, request.campaign)).campaign
    said = {name: getattr(kept, name) for name in CampaignFields.__struct_fields__} | {"lead": officer.person_id}
    await campaigns.change_campaign(stage.pool, officer, stage.key(), kept.number, CampaignFields(**said))
    request = await stage.approve(request, "ue officer")
    assert request.state == "part_approved"
    assert (await stage.approve(request, "unifor officer")).state == "committed"


async def test_who_wrote_the_version_does_not_approve_it(stage: Stage) -> None:
    """A lead changes what a colleague asked for, and hands the campaign on: the version is still theirs."""
    lead = await add_person(stage.pool, "Officer and lead", "unifor", "officer", "campaign_lead")
    new_lead, stage.who["unifor lead"] = stage.who["unifor lead"], lead
    content = asked(await stage.campaign(), ("Leaflets", SMALL, "CAD", ""))
    request = await stage.request(content, by="officer")
    request = await allocations.submit(stage.pool, lead, stage.key(), request.number, msgspec.structs.replace(content, purpose="Another thing"))
    kept = (await campaigns.show_campaign(stage.pool, lead, content.campaign)).campaign
    said = {name: getattr(kept, name) for name in CampaignFields.__struct_fields__} | {"lead": new_lead.person_id}
    await campaigns.change_campaign(stage.pool, lead, stage.key(), kept.number, CampaignFields(**said))
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor lead")
    assert caught.value.params == {"request": request.number, "role": "requester"}


async def test_an_officer_counts_once(stage: Stage) -> None:
    request = await stage.approve(await one(stage), "ue officer")
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "ue officer")
    assert code_of(caught) == "already_decided"
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "ue secretary")
    assert code_of(caught) == "approval_not_needed"


async def test_what_is_not_there_cannot_be_promised(stage: Stage) -> None:
    """The last approval is refused with the promise; the request stays where it was, and so does the approval before it."""
    request = await one(stage, 24_000_00, fund="STRIKE", kind="strike_support")
    request = await stage.approve(request, "ue officer")
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor officer")
    assert code_of(caught) == "insufficient_available"
    view = await allocations.show_request(stage.pool, stage.who["ue officer"], request.number)
    assert view.allocation.state == "part_approved" and view.commitments == []


async def test_w17_r3_electoral_money_never_comes_from_a_joint_fund(pool: Pool, stage: Stage) -> None:
    campaign = await stage.campaign(initiative="political_action")
    for fund, kind in (("GEN", "general"), ("STRIKE", "strike_support")):
        with pytest.raises(Refusal) as caught:
            await stage.request(asked(campaign, ("Advertisements", SMALL, "CAD", ""), fund=fund, kind=kind, electoral=True))
        assert caught.value.params == {"fund": fund, "initiative": "political_action", "reason": "electoral"}


async def test_w17_r4_only_the_nation_of_a_ring_fenced_fund_decides(pool: Pool, stage: Stage) -> None:
    campaign = await stage.campaign("ue", "political_action")
    request = await stage.request(asked(campaign, ("Canvass", SMALL, "USD", ""), fund="POL-US", electoral=True), "ue")
    before = await balances(pool)
    with pytest.raises(Refusal) as caught:
        await stage.approve(request, "unifor officer")
    assert caught.value.params == {"request": request.number, "fund": "POL-US", "nation": "US", "union": "unifor"}
    view = await allocations.show_request(pool, stage.who["ue officer"], request.number)
    assert view.case is not None and {need.union for need in view.case.missing} == {"ue"}
    assert await balances(pool) == before


# --- splitting ----------------------------------------------------------------------------------------------------------


async def test_two_halves_to_one_payee_need_what_the_whole_would(stage: Stage) -> None:
    campaign = await stage.campaign()
    first = await stage.request(asked(campaign, ("Leaflets, first half", SMALL, "CAD", "Imprimerie du Quai")))
    second = await stage.request(asked(campaign, ("Leaflets, second half", SMALL, "CAD", "imprimerie du QUAI")))
    other = await stage.request(asked(campaign, ("Hall", SMALL, "CAD", "Salle municipale")))
    needs = {}
    for request in (first, second, other):
        view = await allocations.show_request(stage.pool, stage.who["ue officer"], request.number)
        assert view.case is not None
        needs[request.number] = (view.case.tested_minor, {need.capacity for need in view.case.missing})
    assert needs == {
        first.number: (SMALL, {"officer"}), second.number: (2 * SMALL, {"secretary_treasurer"}), other.number: (SMALL, {"officer"}),
    }  # fmt: skip


async def test_a_request_changed_to_the_payee_of_another_counts_as_the_later_one(pool: Pool, stage: Stage, clock: Clock) -> None:
    campaign, lead = await stage.campaign(), stage.who["unifor lead"]
    first = await stage.request(asked(campaign, ("Leaflets", SMALL, "CAD", "Salle municipale")))
    second = await stage.request(asked(campaign, ("Leaflets", SMALL, "CAD", "Imprimerie du Quai")))
    clock.now += timedelta(days=1)
    content = asked(campaign, ("Leaflets", SMALL, "CAD", "Imprimerie du Quai"))
    await allocations.submit(pool, lead, stage.key(), first.number, content)
    tested = {}
    for request in (first, second):
        view = await allocations.show_request(pool, lead, request.number)
        assert view.case is not None
        tested[request.number] = view.case.tested_minor
    assert tested == {first.number: 2 * SMALL, second.number: SMALL}


async def test_what_rules_a_campaign_goes_by_stays_while_it_asks(pool: Pool, stage: Stage) -> None:
    campaign, lead = await stage.campaign(initiative="political_action"), stage.who["unifor lead"]
    request = await stage.request(asked(campaign, ("Study", SMALL, "CAD", "")))
    fields = CampaignFields(name="Hamilton organizing", initiative="organizing", lead=lead.person_id, starts_on=date(2026, 1, 5))
    with pytest.raises(Refusal) as caught:
        await campaigns.change_campaign(pool, lead, stage.key(), campaign, fields)
    assert (code_of(caught), caught.value.params["reason"]) == ("campaign_state", "requests")
    await allocations.withdraw(pool, lead, stage.key(), request.number)
    assert (await campaigns.change_campaign(pool, lead, stage.key(), campaign, fields)).initiative == "organizing"


# --- what each sees -----------------------------------------------------------------------------------------------------


async def test_a_lead_sees_their_own_and_nobody_sees_a_draft(pool: Pool, stage: Stage) -> None:
    request = await one(stage)
    draft = await allocations.start_draft(pool, stage.who["ue lead"], stage.key(), {"purpose": "Not ready"})
    seen = {}
    for part in ("unifor lead", "ue lead", "ue officer", "ue board"):
        listed = await allocations.list_requests(pool, stage.who[part], Filter())
        seen[part] = [each.number for each in listed.items]
    assert seen == {"unifor lead": [request.number], "ue lead": [draft.number], "ue officer": [request.number], "ue board": [request.number]}
    for part, number in (("ue lead", request.number), ("ue officer", draft.number)):
        with pytest.raises(Refusal) as caught:
            await allocations.show_request(pool, stage.who[part], number)
        assert code_of(caught) == "not_found"


async def test_what_is_typed_into_a_returned_request_is_its_writers_alone(pool: Pool, stage: Stage) -> None:
    request, lead, officer = await one(stage), stage.who["unifor lead"], stage.who["ue officer"]
    await decisions.send_back(pool, officer, stage.key(), request.number, "Which print shop?")
    await allocations.save_draft(pool, lead, stage.key(), request.number, {"purpose": "Not to be read yet"})
    seen = {}
    for reader in (lead, officer):
        listed = await allocations.list_requests(pool, reader, Filter())
        view = await allocations.show_request(pool, reader, request.number)
        seen[reader.name] = [each.draft for each in (view.allocation, *listed.items)]
    assert seen == {lead.name: [{"purpose": "Not to be read yet"}] * 2, officer.name: [None, None]}


async def test_a_document_of_a_draft_is_its_writers_alone(pool: Pool, stage: Stage) -> None:
    lead = stage.who["unifor lead"]
    draft = await allocations.start_draft(pool, lead, stage.key(), {"purpose": "Not ready"})
    kept = await documents.attach(pool, lead, stage.key(), "request", draft.number, "plan.pdf", "application/pdf", PDF)
    assert (await documents.read_content(pool, lead, kept.id))[1] == PDF
    with pytest.raises(Refusal) as caught:
        await documents.read_content(pool, stage.who["ue officer"], kept.id)
    assert code_of(caught) == "not_allowed"


async def test_a_comment_is_kept_and_told_to_who_asked(pool: Pool, stage: Stage) -> None:
    request = await one(stage)
    await allocations.comment(pool, stage.who["ue board"], stage.key(), request.number, "Is the quote attached?")
    view = await allocations.show_request(pool, stage.who["unifor lead"], request.number)
    assert [(e.person, e.remark) for e in view.events if e.what == "comment"] == [("Board of ue", "Is the quote attached?")]
    async with pool.database.reading() as connection:
        told = await connection.fetch("SELECT person_id FROM notices WHERE kind = 'request_commented'")
    assert {row["person_id"] for row in told} == {stage.who["unifor lead"].person_id}
