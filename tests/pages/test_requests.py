"""Ask for money on pages as a campaign lead does: kept as typed, refused field by field, looked at, submitted, changed, followed, searched."""

import re
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.campaigns import BudgetLine
from ledger.services import allocation_decisions as decisions
from ledger.services import allocations
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from tests.conftest import Clock, client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_documents import PDF
from tests.services.test_funds import known_rate

QUAI = "Imprimerie du Quai"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    await known_rate(pool)
    return made


def typed(campaign: str, **more: str) -> dict[str, str]:
    """A form as a lead fills it."""
    return {
        "campaign": campaign, "kind": "general", "fund": "GEN", "purpose": "Leaflets for the card drive", "needed_by": "15 Dec 2026",
        "line-0-what": "Leaflets", "line-0-amount": "2,150.00", "line-0-currency": "CAD", "line-0-payee": QUAI, **more,
    }  # fmt: skip


async def one(pool: Pool, actor: Actor) -> allocations.View:
    """The only request there is."""
    listed = await allocations.list_requests(pool, actor, Filter())
    assert len(listed.items) == 1
    return await allocations.show_request(pool, actor, listed.items[0].number)


async def send(client: httpx.AsyncClient, address: str, form: dict[str, str], action: str, key: str = "request-page-1") -> httpx.Response:
    return await client.post(address, data={**form, "form_key": key, "action": action})


def hidden(page: str, name: str) -> str:
    found = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return str(found[-1])


async def test_from_a_first_word_to_a_submitted_request(app: Litestar, pool: Pool, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    async with client_for(app, lead) as client:
        begun = await send(client, "/requests/new", typed(campaign), "save")
        number = (await one(pool, lead)).allocation.number
        assert (begun.status_code, begun.headers["location"]) == (303, f"/requests/{number}/change?done=request_saved")
        page = await client.get(f"/requests/{number}/change")
        assert "one of UE’s officers and one of Unifor’s" in text_of(page)
        looked = await send(client, f"/requests/{number}/change", typed(campaign, saved_at=hidden(page.text, "saved_at")), "preview")
        assert "CAD 2,150.00" in text_of(looked) and "December 15, 2026" in text_of(looked)
        again = typed(campaign, saved_at=hidden(looked.text, "saved_at"), seen=hidden(looked.text, "seen"))
        sent = await send(client, f"/requests/{number}/change", again, "post", hidden(looked.text, "form_key"))
        assert (sent.status_code, sent.headers["location"]) == (303, f"/requests/{number}?done=request_submitted")
        shown = text_of(await client.get(f"/requests/{number}"))
        assert "CAD 2,150.00 for Hamilton organizing" in shown
        assert "Waits for one of UE’s officers and one of Unifor’s, since November 23, 2026." in shown


async def test_a_form_sent_twice_begins_one_request(app: Litestar, pool: Pool, stage: Stage) -> None:
    campaign = await stage.campaign()
    async with client_for(app, stage.who["unifor lead"]) as client:
        for purpose in ("Leaflets", "Leaflets and posters"):
            await send(client, "/requests/new", typed(campaign, purpose=purpose), "save")
    assert (await one(pool, stage.who["unifor lead"])).allocation.draft["purpose"] == "Leaflets and posters"  # type: ignore[index]


async def test_nothing_is_begun_for_a_form_that_nobody_typed_into(app: Litestar, pool: Pool, stage: Stage) -> None:
    campaign = await stage.campaign()
    async with client_for(app, stage.who["unifor lead"]) as client:
        empty = {"campaign": campaign, "kind": "general", "line-0-currency": "CAD"}
        assert (await send(client, "/requests/new", empty, "show")).status_code == 200
    assert (await allocations.list_requests(pool, stage.who["unifor lead"], Filter())).items == []


async def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(app: Litestar, pool: Pool, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    wrong = typed(campaign, purpose="", needed_by="soon", **{"line-0-amount": "1,23", "line-1-what": "Hall", "line-1-currency": "CAD"})
    async with client_for(app, lead) as client:
        answer = await send(client, "/requests/new", wrong, "preview")
        assert answer.status_code == 422
        for field in ("purpose", "needed_by", "line-0-amount", "line-1-amount"):
            assert f'href="#f-{field}"' in answer.text, field
        assert 'value="soon"' in answer.text and 'value="1,23"' in answer.text
    draft = (await one(pool, lead)).allocation.draft
    assert draft is not None and draft["needed_by"] == "soon"


async def test_a_draft_is_taken_up_in_the_other_language(app: Litestar, pool: Pool, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    async with client_for(app, lead) as client:
        await send(client, "/requests/new", typed(campaign), "save")
        number = (await one(pool, lead)).allocation.number
        await in_french(client)
        french = await client.get(f"/requests/{number}/change")
        assert 'value="2\u00a0150,00"' in french.text and 'value="2026-12-15"' in french.text
        assert "une dirigeante ou un dirigeant d’UE et une ou un d’Unifor" in text_of(french)


async def test_two_windows_do_not_write_over_each_other(app: Litestar, pool: Pool, clock: Clock, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    async with client_for(app, lead) as client:
        await send(client, "/requests/new", typed(campaign), "save")
        number = (await one(pool, lead)).allocation.number
        page = f"/requests/{number}/change"
        opened = hidden((await client.get(page)).text, "saved_at")
        clock.now += timedelta(minutes=3)
        assert (await send(client, page, typed(campaign, purpose="On the phone", saved_at=opened), "save")).status_code == 303
        clock.now += timedelta(minutes=3)
        late = await send(client, page, typed(campaign, purpose="At the desk", saved_at=opened), "save")
        assert late.status_code == 409 and "in another window or on another device" in text_of(late) and "At the desk" in late.text
        assert (await one(pool, lead)).allocation.draft["purpose"] == "On the phone"  # type: ignore[index]
        assert (await send(client, page, typed(campaign, purpose="At the desk", saved_at=opened), "overwrite")).status_code == 303
        assert (await one(pool, lead)).allocation.draft["purpose"] == "At the desk"  # type: ignore[index]


async def test_only_funds_that_fit_are_offered_and_the_others_say_why(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign(initiative="political_action")
    async with client_for(app, stage.who["unifor lead"]) as client:
        page = await send(client, "/requests/new", typed(campaign, electoral="yes"), "show")
        assert re.findall(r'name="fund" value="([^"]*)"', page.text) == ["POL-CA"]
        said = text_of(page)
        assert "General fund may not pay for election activity" in said and "Political action, United States is the other nation’s own fund" in said


async def test_lines_are_added_and_removed_without_a_script(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign(budget=(BudgetLine("Print", "CAD", 9_000_00),))
    async with client_for(app, stage.who["unifor lead"]) as client:
        more = await send(client, "/requests/new", typed(campaign), "add-line")
        assert "line-1-what" in more.text and 'value="Leaflets"' in more.text and "Print (CAD 9,000.00)" in text_of(more)
        (address,) = re.findall(r'action="(/requests/A-[0-9]+/change)"', more.text)
        two = typed(campaign, **{"line-1-what": "Hall", "line-1-currency": "CAD", "saved_at": hidden(more.text, "saved_at")})
        fewer = (await send(client, address, two, "remove-line-0")).text
        assert "line-0-what" not in fewer and 'value="Hall"' in fewer


async def test_a_document_is_kept_with_whatever_button(app: Litestar, pool: Pool, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    async with client_for(app, lead) as client:
        data = {**typed(campaign), "form_key": "request-page-1", "action": "attach"}
        sent = await client.post("/requests/new", data=data, files={"file": ("offer.pdf", PDF, "application/pdf")})
        assert sent.status_code == 303
        assert "offer.pdf" in (await client.get(sent.headers["location"])).text


async def test_a_change_after_an_approval_says_whose_it_voids(app: Litestar, pool: Pool, clock: Clock, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    request = await stage.request(asked(campaign, ("Leaflets", 2_000_00, "CAD", QUAI)))
    await stage.approve(request, "ue officer")
    async with client_for(app, lead) as client:
        page = f"/requests/{request.number}/change"
        form = typed(campaign, saved_at=hidden((await client.get(page)).text, "saved_at"))
        looked = await send(client, page, form, "preview")
        assert "approved by Officer of ue: what they approved will no longer count" in text_of(looked)
        await send(client, page, {**form, "seen": hidden(looked.text, "seen")}, "post", "request-page-2")
        shown = text_of(await client.get(f"/requests/{request.number}"))
        assert "Line: Leaflets (CAD 2,000.00, Imprimerie du Quai), now Leaflets (CAD 2,150.00, Imprimerie du Quai)" in shown
        assert "So these approvals no longer count: Officer of ue." in shown


async def test_returned_declined_and_withdrawn_say_why(app: Litestar, pool: Pool, stage: Stage) -> None:
    campaign, officer, lead = await stage.campaign(), stage.who["ue officer"], stage.who["unifor lead"]
    back, declined, taken = [await stage.request(asked(campaign, (what, 300_00, "CAD", ""))) for what in ("Hall", "Banner", "Van")]
    await decisions.send_back(pool, officer, stage.key(), back.number, "Which hall?")
    await decisions.reject(pool, officer, stage.key(), declined.number, "There are banners to lend.")
    async with client_for(app, lead) as client:
        await client.post(f"/requests/{taken.number}/withdraw", data={"form_key": "request-page-1", "reason": "Lent by a member"})
        for request, words in ((back, "Which hall?"), (declined, "There are banners to lend."), (taken, "Lent by a member")):
            assert words in text_of(await client.get(f"/requests/{request.number}"))
        listed = text_of(await client.get("/requests"))
        assert "To change: Which hall?" in listed and "you, since November 23, 2026" in listed


async def test_a_thread_and_an_empty_comment(app: Litestar, stage: Stage) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Hall", 300_00, "CAD", "")))
    address = f"/requests/{request.number}/comment"
    async with client_for(app, stage.who["ue board"]) as client:
        assert (await client.post(address, data={"form_key": "request-page-1", "comment": " "})).status_code == 422
        await client.post(address, data={"form_key": "request-page-2", "comment": "Is the offer attached?"})
        assert "Is the offer attached?" in (await client.get(f"/requests/{request.number}")).text


async def test_a_lead_sees_and_finds_their_own_alone(app: Litestar, pool: Pool, stage: Stage) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", 300_00, "CAD", QUAI)))
    draft = await allocations.start_draft(pool, stage.who["unifor lead"], stage.key(), {"purpose": "Not ready"})
    found = {}
    for part in ("unifor lead", "ue lead", "ue officer"):
        async with client_for(app, stage.who[part]) as client:
            seen = [
                (await client.get(f"/requests/{request.number}")).status_code, request.number in (await client.get("/requests")).text,
                (await client.get(f"/search?q={request.number}")).headers.get("location"), request.number in (await client.get("/search?q=quai")).text,
                (await client.get(f"/search?q={draft.number}")).headers.get("location"), (await client.get(f"/requests/{draft.number}")).status_code,
            ]  # fmt: skip
            found[part] = seen
    own, change = f"/requests/{request.number}", f"/requests/{draft.number}/change"
    assert found == {
        "unifor lead": [200, True, own, True, change, 303], "ue lead": [404, False, None, False, None, 404],
        "ue officer": [200, True, own, True, None, 404],
    }  # fmt: skip


async def test_the_list_narrows_and_leaves_as_a_file(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign()
    waits = await stage.request(asked(campaign, ("Hall", 300_00, "CAD", "")))
    agreed = await stage.approve(await stage.request(asked(campaign, ("Print", 700_00, "USD", ""))), "ue officer", "unifor officer")
    async with client_for(app, stage.who["ue officer"]) as client:
        both = {waits.number, agreed.number}
        for query, numbers in (("state=review", {waits.number}), ("state=open", {agreed.number}), ("fund=ORG", set()), ("initiative=organizing", both)):
            page = (await client.get(f"/requests?{query}")).text
            assert set(re.findall(r'data-href="/requests/(A-[0-9]+)"', page)) == numbers, query
        file = (await client.get("/requests?format=csv")).content.decode("utf-8-sig")
        assert waits.number in file and "700.00" in file and "one of UE’s officers and one of Unifor’s" in file


async def test_a_campaign_shows_its_money_beside_its_budget(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign(budget=(BudgetLine("Print", "CAD", 9_000_00),))
    await stage.approve(await stage.request(asked(campaign, ("Leaflets", 700_00, "CAD", ""))), "ue officer", "unifor officer")
    await stage.request(asked(campaign, ("Hall", 300_00, "CAD", "")))
    async with client_for(app, stage.who["unifor lead"]) as client:
        shown = text_of(await client.get(f"/campaigns/{campaign}"))
        assert "CAD CAD 9,000.00 CAD 1,000.00 CAD 700.00 CAD 700.00 CAD 0.00" in shown


@pytest.mark.parametrize("part", ["ue officer", "ue lead", "unifor officer"])
async def test_only_who_asked_or_leads_changes_it(app: Litestar, stage: Stage, part: str) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Hall", 300_00, "CAD", "")))
    async with client_for(app, stage.who[part]) as client:
        assert (await client.get(f"/requests/{request.number}/change")).status_code in (403, 404)
