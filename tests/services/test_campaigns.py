"""Campaigns through the real store: opened, changed, closed and read by those who may, employers named once, budgets in versions, documents."""

import asyncio
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import msgspec
import pytest_asyncio

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.campaigns import BudgetLine, Campaign, CampaignFields, OpenCampaign
from ledger.services import accounts, documents
from ledger.services import campaigns as service
from ledger.services.pool import Pool
from ledger.storage.campaigns import CampaignFilter
from tests.conftest import Clock, add_person
from tests.services.test_contributions import gift, record
from tests.services.test_documents import PDF
from tests.services.test_journal import refused, trail

_keys = count(1)
RAIL = "Meridian Rail Works"


def key() -> str:
    return f"campaign-test-{next(_keys)}"


class Cast(msgspec.Struct):
    """Who acts in these tests: of UE a lead, another lead, an officer and a board member; of Unifor a lead and an officer."""

    lead: Actor
    other: Actor
    officer: Actor
    board: Actor
    unifor_lead: Actor
    unifor_officer: Actor


@pytest_asyncio.fixture(loop_scope="session")
async def cast(pool: Pool) -> Cast:
    return Cast(
        await add_person(pool, "Marisol Lead", "ue", "campaign_lead"),
        await add_person(pool, "Otto Lead", "ue", "campaign_lead"),
        await add_person(pool, "Wanda Officer", "ue", "officer"),
        await add_person(pool, "Festus Board", "ue", "board_member"),
        await add_person(pool, "Malaika Lead", "unifor", "campaign_lead"),
        await add_person(pool, "Coralie Officer", "unifor", "officer"),
    )


def asked(by: Actor, **more: Any) -> OpenCampaign:
    fields: dict[str, Any] = {
        "name": "Rail shops organize", "initiative": "organizing", "union": by.union, "lead": by.person_id, "starts_on": date(2026, 3, 1),
        "employer": RAIL, "description": "House calls first.",
        "budget": (BudgetLine("Travel", "USD", 12_000_00), BudgetLine("Leaflets", "USD", 3_000_00), BudgetLine("Interpretation", "CAD", 900_00)),
    }  # fmt: skip
    return OpenCampaign(**(fields | more))


async def opened(pool: Pool, actor: Actor, led_by: Actor | None = None, **more: Any) -> Campaign:
    return await service.open_campaign(pool, actor, key(), asked(led_by or actor, **more))


def fields_of(campaign: Campaign, **more: Any) -> CampaignFields:
    names = CampaignFields.__struct_fields__
    return CampaignFields(**({name: getattr(campaign, name) for name in names} | more))


# --- opening --------------------------------------------------------------------------------------------------------------


async def test_a_lead_opens_what_they_lead_and_an_officer_for_a_lead(pool: Pool, cast: Cast) -> None:
    own = await opened(pool, cast.lead)
    assert (own.number, own.state, own.lead, own.lead_name) == ("CAM-0001", "open", cast.lead.person_id, "Marisol Lead")
    assert (own.employer, own.budget_version, own.recorded_by) == (RAIL, 1, "Marisol Lead")
    theirs = await opened(pool, cast.officer, cast.other, budget=())
    assert (theirs.number, theirs.lead_name, theirs.budget_version, theirs.budget) == ("CAM-0002", "Otto Lead", 0, ())
    await refused(opened(pool, cast.lead, cast.other), "choice_invalid")
    assert [row[:2] for row in await trail(pool)] == [("open_campaign", "done")] * 2 + [("open_campaign", "refused")]


async def test_who_may_not_open_one(pool: Pool, cast: Cast, ue: Actor) -> None:
    attempts = [
        (ue, asked(cast.lead), "not_allowed"),
        (cast.board, asked(cast.lead), "not_allowed"),
        (cast.unifor_officer, asked(cast.lead), "other_union"),
        (cast.officer, asked(cast.lead, union="unifor"), "other_union"),
        (cast.officer, asked(cast.lead, lead=cast.unifor_lead.person_id), "choice_invalid"),
        (cast.officer, asked(cast.lead, lead=cast.board.person_id), "choice_invalid"),
        (cast.officer, asked(cast.lead, lead=999_999), "choice_invalid"),
        (cast.officer, asked(cast.lead, lead=2**40), "choice_invalid"),
        (cast.officer, asked(cast.lead, local="504"), "choice_invalid"),
        (cast.officer, asked(cast.lead, budget=(BudgetLine("Travel", "EUR", 1),)), "currency_unknown"),
    ]
    for actor, request, code in attempts:
        await refused(service.open_campaign(pool, actor, key(), request), code)
    assert (await service.list_campaigns(pool, cast.officer, CampaignFilter())).items == []


async def test_a_lead_whose_term_is_over_is_no_lead(pool: Pool, cast: Cast, clock: Clock) -> None:
    clock.now = datetime(2028, 1, 2, 17, 0, tzinfo=UTC)
    await refused(opened(pool, cast.officer, cast.lead), "choice_invalid")
    assert cast.lead.person_id not in [each.id for each in (await service.choices(pool, cast.officer)).leads]


async def test_the_same_key_opens_one(pool: Pool, cast: Cast) -> None:
    first = await service.open_campaign(pool, cast.lead, "campaign-once", asked(cast.lead))
    again = await service.open_campaign(pool, cast.lead, "campaign-once", asked(cast.lead))
    assert first == again
    await refused(service.open_campaign(pool, cast.lead, "campaign-once", asked(cast.lead, name="Another")), "idempotency_key_reused")
    assert len((await service.list_campaigns(pool, cast.lead, CampaignFilter())).items) == 1


async def test_a_local_is_one_of_the_unions_own_and_open(pool: Pool, cast: Cast, ue: Actor, unifor: Actor) -> None:
    for actor, number in ((ue, "506"), (ue, "610"), (unifor, "504")):
        await accounts.add_local(pool, actor, key(), NewLocal(union=str(actor.union), number=number, name="Works", city="Erie"))
    await accounts.close_local(pool, ue, key(), "ue", "610")
    made = await opened(pool, cast.lead, local="506")
    assert made.local == "506"
    for number in ("504", "610", "1"):
        await refused(opened(pool, cast.lead, local=number), "choice_invalid")
    # Closed since, it stays with the campaign that has it.
    await accounts.close_local(pool, ue, key(), "ue", "506")
    assert (await service.change_campaign(pool, cast.lead, key(), made.number, fields_of(made, name="Rail"))).local == "506"


# --- employers ------------------------------------------------------------------------------------------------------------


async def test_an_employer_is_named_once_for_both_unions(pool: Pool, cast: Cast) -> None:
    first = await opened(pool, cast.lead, employer="Ateliers Méridien inc.")
    second = await opened(pool, cast.unifor_lead, employer="  ATELIERS MERIDIEN, INC ")
    assert (second.employer, second.employer_id) == (first.employer, first.employer_id)
    await opened(pool, cast.lead, employer="Another Works")
    both = await service.list_campaigns(pool, cast.board, CampaignFilter(employer="ateliers meridien inc"))
    assert [(each.number, each.union) for each in both.items] == [("CAM-0002", "unifor"), ("CAM-0001", "ue")]
    assert both.employers == ["Another Works", "Ateliers Méridien inc."]
    faced = (await service.show_campaign(pool, cast.board, "CAM-0001")).same_employer
    assert [each.number for each in faced] == ["CAM-0002"]


async def test_two_at_once_name_an_employer_once(pool: Pool, cast: Cast) -> None:
    made = await asyncio.gather(*(opened(pool, actor, employer=RAIL) for actor in (cast.lead, cast.unifor_lead, cast.other)))
    assert len({each.employer_id for each in made}) == 1
    assert sorted(each.number for each in made) == ["CAM-0001", "CAM-0002", "CAM-0003"]


# --- what a lead sees -----------------------------------------------------------------------------------------------------


async def test_a_lead_reads_their_own_and_of_others_nothing(pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead, description="Ours")
    await opened(pool, cast.other, description="The strategy of another", employer="Secret Target")
    await opened(pool, cast.unifor_lead)
    for words in (None, "strategy", "rail", "secret", "CAM-0002"):
        listed = await service.list_campaigns(pool, cast.lead, CampaignFilter(words=words))
        assert [each.number for each in listed.items] in (["CAM-0001"], [])
        assert listed.employers == [RAIL]
    assert (await service.list_campaigns(pool, cast.lead, CampaignFilter(employer="Secret Target"))).items == []
    view = await service.show_campaign(pool, cast.lead, "cam-0001")
    assert (view.campaign.description, view.may_manage, view.same_employer) == ("Ours", True, [])
    assert (await service.choices(pool, cast.lead)).employers == [RAIL]
    assert [each.id for each in (await service.choices(pool, cast.lead)).leads] == [cast.lead.person_id]
    unknown = await refused(service.show_campaign(pool, cast.lead, "CAM-0009"), "not_found")
    hidden = await refused(service.show_campaign(pool, cast.lead, "CAM-0002"), "not_found")
    assert unknown.params["kind"] == hidden.params["kind"]
    for work in (
        service.change_campaign(pool, cast.lead, key(), "CAM-0002", fields_of(view.campaign)),
        service.change_budget(pool, cast.lead, key(), "CAM-0002", view.campaign.budget),
        service.close_campaign(pool, cast.lead, key(), "CAM-0003", "No"),
        service.show_campaign(pool, cast.lead, "nothing"),
    ):
        await refused(work, "not_found")


async def test_readers_of_the_books_read_all_and_change_nothing(pool: Pool, cast: Cast, ue: Actor, unifor: Actor) -> None:
    await opened(pool, cast.lead)
    await opened(pool, cast.unifor_lead)
    for reader in (ue, unifor, cast.board):
        assert len((await service.list_campaigns(pool, reader, CampaignFilter())).items) == 2
        view = await service.show_campaign(pool, reader, "CAM-0001")
        assert (view.campaign.description, view.may_manage) == ("House calls first.", False)
        await refused(service.close_campaign(pool, reader, key(), "CAM-0001", "No"), "not_allowed")
    benefits = await add_person(pool, "Leontyne Benefits", "ue", "benefits_officer")
    await refused(service.list_campaigns(pool, benefits, CampaignFilter()), "not_allowed")
    lead_on_a_board = await add_person(pool, "Both", "ue", "campaign_lead", "board_member")
    assert len((await service.list_campaigns(pool, lead_on_a_board, CampaignFilter())).items) == 2


# --- changing, closing ------------------------------------------------------------------------------------------------------


async def test_officers_hand_a_campaign_on_and_leads_do_not(pool: Pool, cast: Cast) -> None:
    made = await opened(pool, cast.lead)
    await refused(service.change_campaign(pool, cast.lead, key(), made.number, fields_of(made, lead=cast.other.person_id)), "choice_invalid")
    await refused(service.change_campaign(pool, cast.unifor_officer, key(), made.number, fields_of(made)), "other_union")
    changed = await service.change_campaign(pool, cast.officer, key(), made.number, fields_of(made, lead=cast.other.person_id, name="Rail", employer=""))
    assert (changed.lead_name, changed.name, changed.employer, changed.budget) == ("Otto Lead", "Rail", "", made.budget)
    await refused(service.show_campaign(pool, cast.lead, made.number), "not_found")
    assert (await service.show_campaign(pool, cast.other, made.number)).campaign == changed


async def test_an_officer_mends_a_campaign_whose_lead_has_left(pool: Pool, cast: Cast, clock: Clock) -> None:
    made = await opened(pool, cast.lead)
    clock.now = datetime(2028, 1, 2, 17, 0, tzinfo=UTC)
    changed = await service.change_campaign(pool, cast.officer, key(), made.number, fields_of(made, description="Two shifts."))
    assert (changed.description, changed.lead) == ("Two shifts.", cast.lead.person_id)


async def test_every_version_of_a_budget_stays(pool: Pool, cast: Cast) -> None:
    made = await opened(pool, cast.lead, budget=())
    first, second = (BudgetLine("Travel", "USD", 500_00),), (BudgetLine("Travel", "USD", 700_00), BudgetLine("Hall", "CAD", 80_00))
    await service.change_budget(pool, cast.lead, key(), made.number, first)
    changed = await service.change_budget(pool, cast.officer, key(), made.number, second, "Fares went up")
    assert (changed.budget_version, changed.budget) == (2, second)
    await refused(service.change_budget(pool, cast.lead, key(), made.number, ()), "lines_invalid")
    view = await service.show_campaign(pool, cast.lead, made.number)
    assert view.budgets == [(2, list(second)), (1, list(first))]
    assert [(each.currency, each.budget_minor) for each in view.figures] == [("CAD", 80_00), ("USD", 700_00)]
    assert [(each.what, each.person, each.version, each.reason) for each in view.history] == [
        ("open_campaign", "Marisol Lead", None, ""), ("change_budget", "Marisol Lead", 1, ""), ("change_budget", "Wanda Officer", 2, "Fares went up"),
    ]  # fmt: skip


async def test_a_closed_campaign_changes_only_by_being_opened_again(pool: Pool, cast: Cast) -> None:
    made = await opened(pool, cast.lead)
    await refused(service.reopen_campaign(pool, cast.lead, key(), made.number, "Why not"), "campaign_state")
    await refused(service.close_campaign(pool, cast.lead, key(), made.number, "  "), "text_invalid")
    closed = await service.close_campaign(pool, cast.lead, key(), made.number, "The vote is won")
    assert closed.state == "closed"
    for work in (
        service.change_campaign(pool, cast.officer, key(), made.number, fields_of(made)),
        service.change_budget(pool, cast.officer, key(), made.number, made.budget),
        service.close_campaign(pool, cast.officer, key(), made.number, "Again"),
    ):
        assert (await refused(work, "campaign_state")).params == {"campaign": made.number, "state": "closed"}
    assert (await service.reopen_campaign(pool, cast.officer, key(), made.number, "The vote is contested")).state == "open"
    reasons = [each.reason for each in (await service.show_campaign(pool, cast.board, made.number)).history]
    assert reasons == ["", "The vote is won", "The vote is contested"]


# --- lists ----------------------------------------------------------------------------------------------------------------


async def test_lists_are_narrowed_and_paged(pool: Pool, cast: Cast) -> None:
    await opened(pool, cast.lead, name="Grève des ateliers", initiative="bargaining", employer="")
    await opened(pool, cast.unifor_lead, initiative="education", employer="Other Works", description="Cours à Gatineau")
    await opened(pool, cast.other)
    await service.close_campaign(pool, cast.other, key(), "CAM-0003", "Done")
    narrowed: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["CAM-0003", "CAM-0002", "CAM-0001"]), ({"union": "ue"}, ["CAM-0003", "CAM-0001"]), ({"union": "nobody"}, []),
        ({"initiative": "education"}, ["CAM-0002"]), ({"employer": "OTHER works"}, ["CAM-0002"]), ({"state": "closed"}, ["CAM-0003"]),
        ({"words": "greve atel"}, ["CAM-0001"]), ({"words": "gatineau"}, ["CAM-0002"]), ({"words": "otto"}, ["CAM-0003"]),
        ({"words": "c-0002"}, ["CAM-0002"]), ({"words": "meridian", "union": "unifor"}, []),
    ]  # fmt: skip
    for words, numbers in narrowed:
        listed = await service.list_campaigns(pool, cast.board, CampaignFilter(**words))
        assert ([each.number for each in listed.items], listed.next) == (numbers, None), words
    for words in (None, "lead"):
        first = await service.list_campaigns(pool, cast.board, CampaignFilter(words=words), limit=2)
        assert ([each.number for each in first.items], first.next) == (["CAM-0003", "CAM-0002"], "CAM-0002")
        rest = await service.list_campaigns(pool, cast.board, CampaignFilter(words=words), first.next, limit=2)
        assert ([each.number for each in rest.items], rest.next) == (["CAM-0001"], None)


async def test_ten_thousand_comes_after_nine_thousand(pool: Pool, cast: Cast) -> None:
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO counters (name, value) VALUES ('CAM', 9998)")
    for _ in range(2):
        await opened(pool, cast.lead)
    first = await service.list_campaigns(pool, cast.board, CampaignFilter(), limit=1)
    assert ([each.number for each in first.items], first.next) == (["CAM-10000"], "CAM-10000")
    assert [each.number for each in (await service.list_campaigns(pool, cast.board, CampaignFilter(), first.next)).items] == ["CAM-9999"]


# --- documents ------------------------------------------------------------------------------------------------------------


async def attach(pool: Pool, actor: Actor, subject: str, content: bytes = PDF, kind: str = "campaign") -> Any:
    return await documents.attach(pool, actor, key(), kind, subject, "leaflet.pdf", "application/pdf", content)


async def test_a_lead_keeps_and_reads_documents_of_their_own_campaign_alone(pool: Pool, cast: Cast, ue: Actor, unifor: Actor) -> None:
    await opened(pool, cast.lead)
    await opened(pool, cast.other)
    ours, theirs = await attach(pool, cast.lead, "CAM-0001"), await attach(pool, cast.other, "CAM-0002", PDF + b"theirs")
    assert [each.id for each in await documents.list_documents(pool, cast.lead, "campaign", "CAM-0001")] == [ours.id]
    assert await documents.list_documents(pool, cast.lead, "campaign", "CAM-0002") == []
    assert (await documents.read_content(pool, cast.lead, ours.id))[1] == PDF
    await refused(documents.read_document(pool, cast.lead, theirs.id), "not_allowed")
    await refused(documents.read_content(pool, cast.lead, theirs.id), "not_allowed")
    await refused(attach(pool, cast.lead, "CAM-0002", PDF + b"more"), "not_found")
    await refused(attach(pool, cast.lead, "CAM-0009"), "not_found")
    for reader in (ue, unifor, cast.board, cast.unifor_officer):
        assert (await documents.read_content(pool, reader, theirs.id))[0].id == theirs.id


async def test_a_lead_reads_nothing_of_the_books_documents(pool: Pool, cast: Cast, unifor: Actor) -> None:
    await record(pool, unifor, gift("unifor", 150_000, "2026-05-04"))
    await opened(pool, cast.lead)
    slip = await attach(pool, unifor, "C-0001", PDF + b"slip", "contribution")
    assert await documents.list_documents(pool, cast.lead, "campaign", "CAM-0001") == []
    assert await documents.list_documents(pool, cast.lead, "contribution", "C-0001") == []
    await refused(documents.read_content(pool, cast.lead, slip.id), "not_allowed")
    await refused(attach(pool, cast.lead, "C-0001", PDF, "contribution"), "not_allowed")
    await refused(attach(pool, cast.officer, "1", PDF, "journal"), "not_allowed")
    # Bytes that are kept twice are read where they may be, and nothing is told of the other place.
    same = await attach(pool, cast.lead, "CAM-0001", PDF + b"slip")
    assert same.id == slip.id
    assert (await documents.read_document(pool, cast.lead, same.id))[1] == [("campaign", "CAM-0001")]
    assert sorted((await documents.read_document(pool, unifor, same.id))[1]) == [("campaign", "CAM-0001"), ("contribution", "C-0001")]


async def test_who_adds_to_a_campaign(pool: Pool, cast: Cast, ue: Actor, unifor: Actor) -> None:
    await opened(pool, cast.lead)
    for n, actor in enumerate((cast.lead, cast.officer, ue, unifor)):
        assert await documents.may_attach(pool, actor, "campaign", "CAM-0001")
        await attach(pool, actor, "CAM-0001", PDF + bytes([n]))
    for actor, code in ((cast.unifor_officer, "not_allowed"), (cast.other, "not_found"), (cast.unifor_lead, "not_found"), (cast.board, "not_allowed")):
        assert not await documents.may_attach(pool, actor, "campaign", "CAM-0001")
        await refused(attach(pool, actor, "CAM-0001"), code)
    assert len(await documents.list_documents(pool, cast.board, "campaign", "CAM-0001")) == 4
