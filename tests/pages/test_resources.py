"""Find, ask for, lend, move and call off what the unions lend, and see it in the calendar, on the pages, in both languages."""

import html
import re
from datetime import date

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.half_days import Span
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.services import requests_stage
from tests.services.lending_stage import HEADSETS, ORGANIZER, VAN, booked, offered, requested
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW = {
    "form_key": "offer-00001", "kind": "vehicle", "name": "Sound truck", "place": "Windsor", "unit": "day", "exclusive": "yes", "basis": "standard_rate",
    "currency": "CAD", "offered_from": "2026-11-01", "distance_unit": "km", "rate": "1,085.50", "distance_rate": "0.72", "source": "Price list 2026",
    "conditions": "Driver included",
}  # fmt: skip
ASK = {
    "form_key": "ask-0000001", "first_day": "2026-12-01", "first_part": "afternoon", "last_day": "2026-12-03", "last_part": "morning", "fund": "GEN",
    "activity": "Plant gate visits", "purpose": "Reach the night shift", "planned": "2.5",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


def said(answer: httpx.Response) -> str:
    """What the page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def test_an_owner_offers_changes_rates_withdraws_and_offers_again(stage: Stage, unifor_client: httpx.AsyncClient) -> None:
    assert "Nothing is offered yet" in said(await unifor_client.get("/resources"))
    made = await unifor_client.post("/resources/new", data=NEW)
    assert made.headers["location"] == "/resources/R-0001?done=resource_offered"
    page = said(await unifor_client.get("/resources/R-0001"))
    assert "CAD 1,085.50 per day, CAD 0.72 per km" in page and "Driver included" in page and "one, booked whole" in page
    form = await unifor_client.get("/resources/R-0001/change")
    assert 'value="Sound truck"' in form.text and "Rate for one" not in form.text
    changed = await unifor_client.post("/resources/R-0001/change", data=NEW | {"form_key": "change-0001", "place": "Hamilton"})
    assert changed.headers["location"].endswith("done=resource_changed")
    rated = await unifor_client.post(
        "/resources/R-0001/rates", data={"form_key": "rate-000001", "valid_from": "2027-01-01", "rate": "1,100", "source": "Price list 2027"}
    )
    assert rated.status_code == 303 and "2027-01-01" in said(await unifor_client.get("/resources/R-0001/rates"))
    for act, word in (("withdraw", "No longer offered"), ("offer", "Offered")):
        assert (await unifor_client.post(f"/resources/R-0001/{act}", data={"form_key": f"{act}-000001", "reason": ""})).status_code == 422
        await unifor_client.post(f"/resources/R-0001/{act}", data={"form_key": f"{act}-000002", "reason": "In repair"})
        assert word in said(await unifor_client.get("/resources/all"))
    history = said(await unifor_client.get("/resources/R-0001"))
    assert "Rate added: CAD 1100 from January 1, 2027" in history.replace("1,100", "1100").replace("1100.000000", "1100") and "In repair" in history


async def test_what_was_typed_of_a_resource_stays_with_every_error(stage: Stage, unifor_client: httpx.AsyncClient) -> None:
    wrong = NEW | {"name": "", "rate": "lots", "offered_to": "2026-10-01", "hours_per_day": "30"}
    answer = await unifor_client.post("/resources/new", data=wrong)
    assert answer.status_code == 422 and 'value="lots"' in answer.text
    assert 'id="f-name-error"' in answer.text and 'id="f-rate-error"' in answer.text
    for field, value in (("hours_per_day", "30"), ("offered_to", "2026-10-01"), ("capacity", "4")):
        refused = await unifor_client.post("/resources/new", data=NEW | {field: value, "form_key": f"wrong-{field}"})
        assert refused.status_code == 422 and f'id="f-{field}-error"' in refused.text, field


async def test_a_rate_for_distance_needs_to_know_what_distance(stage: Stage, unifor_client: httpx.AsyncClient) -> None:
    answer = await unifor_client.post("/resources/new", data=NEW | {"distance_unit": ""})
    assert answer.status_code == 422 and 'id="f-distance_unit-error"' in answer.text and 'value="0.72"' in answer.text


async def test_an_agreement_that_is_not_there_is_said_beside_the_agreement(app: Litestar, stage: Stage) -> None:
    van = await offered(stage, VAN)
    asked = {"form_key": "asked-000001", "first_day": "2026-12-01", "last_day": "2026-12-02", "fund": "GEN", "activity": "Drive", "purpose": "Flyers"}
    async with client_for(app, stage.who["ue lead"]) as lead:
        answer = await lead.post(f"/resources/{van.number}/ask", data=asked | {"agreement": "AG-0099"})
    assert 'id="f-agreement-error"' in answer.text


async def test_the_search_says_what_is_free_day_by_day(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    headsets, van = await offered(stage, HEADSETS), await offered(stage, VAN)
    await booked(stage, van)
    await booked(stage, headsets, quantity=2, span=Span(first_day=date(2026, 12, 2), last_day=date(2026, 12, 2), first_part="afternoon"))
    one = said(await ue_client.get("/resources?first_day=2026-11-30&last_day=2026-12-04"))
    assert "Mon 30 Nov: free Tue 1 Dec – Thu 3 Dec: taken Fri 4 Dec: free" in one and "at least 1 of 3" in one
    two = said(await ue_client.get("/resources?first_day=2026-11-30&last_day=2026-12-04&quantity=2"))
    assert "Mon 30 Nov – Tue 1 Dec: 3 free Wed 2 Dec: 1 free Thu 3 Dec – Fri 4 Dec: 3 free" in two and "van" not in two
    morning = said(await ue_client.get("/resources?kind=interpretation&first_day=2026-12-02&last_day=2026-12-02&last_part=morning&quantity=3"))
    assert "free on all these days" in morning and "Days: December 2, 2026, morning" in morning and "van" not in morning
    assert "Nothing of it is offered on these days" in said(await ue_client.get("/resources?place=Winnipeg"))
    wrong = said(await ue_client.get("/resources?first_day=soon&last_day=2026-12-04"))
    assert "This is not a date" in wrong
    assert "To: Not before December 4, 2026." in said(await ue_client.get("/resources?first_day=2026-12-04&last_day=2026-12-01"))


async def test_asked_for_by_a_lead_and_confirmed_by_the_owner(app: Litestar, stage: Stage) -> None:
    van, campaign = await offered(stage, VAN), await stage.campaign("ue")
    async with client_for(app, stage.who["ue lead"]) as lead, client_for(app, stage.who["unifor officer"]) as owner:
        form = await lead.get(f"/resources/{van.number}/ask?first_day=2026-12-01&last_part=morning")
        assert 'value="2026-12-01"' in form.text and campaign in form.text and "Returned with a full tank" in form.text
        assert (await lead.post(f"/resources/{van.number}/ask", data=ASK | {"activity": "", "fund": ""})).status_code == 422
        made = await lead.post(f"/resources/{van.number}/ask", data=ASK | {"activity": "", "campaign": campaign, "form_key": "ask-0000002"})
        assert made.headers["location"] == "/bookings/BK-0001?done=booking_requested"
        page = said(await lead.get("/bookings/BK-0001"))
        assert "December 1, 2026 (afternoon) to December 3, 2026 (morning)" in page and "2.5" in page and "Hamilton organizing" in page
        assert "UE asked for it. Nothing is taken until Unifor holds or confirms it." in page and "Confirm" not in page
        held = await owner.post("/bookings/BK-0001/hold", data={"form_key": "hold-000001", "hold_until": "2026-11-30"})
        assert held.headers["location"].endswith("done=booking_hold")
        assert "holds these days until November 30, 2026" in said(await lead.get("/bookings/BK-0001"))
        assert (await owner.post("/bookings/BK-0001/confirm", data={"form_key": "confirm-001"})).headers["location"].endswith("done=booking_confirm")
        moved = {"form_key": "move-000001", "first_day": "2026-12-02", "first_part": "morning", "last_day": "2026-12-04", "last_part": "afternoon"}
        assert (await lead.post("/bookings/BK-0001/reschedule", data=moved)).status_code == 303
        after = said(await lead.get("/bookings/BK-0001"))
        assert "Days held" in after and "Moved to other days: December 2, 2026 to December 4, 2026" in after
        assert (await lead.post("/bookings/BK-0001/cancel", data={"form_key": "cancel-0001", "reason": "Rained off"})).status_code == 303
        assert "Reason: Rained off" in said(await owner.get("/bookings/BK-0001"))
        assert (await owner.get("/bookings/BK-0001/confirm")).headers["location"] == "/bookings/BK-0001"


async def test_a_refusal_stands_beside_its_field_with_who_has_it_and_what_is_free_next(app: Litestar, stage: Stage) -> None:
    van = await offered(stage, VAN)
    taken, late = await booked(stage, van), await requested(stage, van, span=Span(first_day=date(2026, 12, 8), last_day=date(2026, 12, 9)))
    async with client_for(app, stage.who["ue officer"]) as asker, client_for(app, stage.who["unifor officer"]) as owner:
        answer = await asker.post(f"/resources/{van.number}/ask", data=ASK)
        assert answer.status_code == 409 and 'id="f-first_day-error"' in answer.text and 'value="Plant gate visits"' in answer.text
        assert f"by booking {taken.number}" in said(answer) and "free from" in said(answer)
        days = {"form_key": "move-000001", "first_day": "2026-12-02", "first_part": "morning", "last_day": "2026-12-02", "last_part": "afternoon"}
        clash = await owner.post(f"/bookings/{late.number}/reschedule", data=days)
        assert clash.status_code == 409 and 'id="f-first_day-error"' in clash.text
        early = await owner.post(f"/bookings/{taken.number}/finish", data={"form_key": "finish-0001"})
        assert early.status_code == 409 and "has not begun yet" in said(early)
        past = await owner.post(f"/bookings/{late.number}/hold", data={"form_key": "hold-000001", "hold_until": "2026-11-01"})
        assert past.status_code == 422 and 'id="f-hold_until-error"' in past.text


async def test_lent_staff_carry_a_note_of_their_work_authorisation(app: Litestar, stage: Stage) -> None:
    booking = await booked(stage, await offered(stage, ORGANIZER))
    async with client_for(app, stage.who["ue officer"]) as borrower:
        assert "No check is written down." in said(await borrower.get(f"/bookings/{booking.number}"))
        told = {"form_key": "clear-00001", "clearance": "Permit seen by B. Ng", "cleared_on": "2026-11-20"}
        assert (await borrower.post(f"/bookings/{booking.number}/clear", data=told)).status_code == 303
        assert "Permit seen by B. Ng Checked on November 20, 2026" in said(await borrower.get(f"/bookings/{booking.number}"))
        future = await borrower.post(f"/bookings/{booking.number}/clear", data=told | {"form_key": "clear-00002", "cleared_on": "2027-01-01"})
        assert future.status_code == 422 and 'id="f-cleared_on-error"' in future.text


async def test_the_list_begins_with_ones_own_and_a_lead_reads_no_other(app: Litestar, stage: Stage) -> None:
    van, organizer = await offered(stage, VAN), await offered(stage, ORGANIZER)
    mine, other = await requested(stage, van, "ue officer"), await requested(stage, organizer, "ue secretary")
    async with client_for(app, stage.who["ue officer"]) as officer, client_for(app, stage.who["ue lead"]) as lead:
        page = said(await officer.get("/bookings"))
        assert page.index("Yours, still to come") < page.index(mine.number) < page.index("All bookings") < page.index(other.number)
        assert mine.number not in said(await officer.get("/bookings?kind=organizer&state=requested"))
        assert "No bookings yet" in said(await lead.get("/bookings"))
        assert (await lead.get(f"/bookings/{mine.number}")).status_code == 404


async def test_the_calendar_shows_weeks_months_and_lists_with_halves_in_words(app: Litestar, stage: Stage) -> None:
    van, headsets = await offered(stage, VAN), await offered(stage, HEADSETS)
    booking = await booked(stage, van, span=Span(first_day=date(2026, 12, 1), last_day=date(2026, 12, 3), first_part="afternoon"))
    held = await booked(stage, headsets, quantity=2)
    async with client_for(app, stage.who["unifor officer"]) as officer, client_for(app, stage.who["ue lead"]) as lead:
        week = said(await officer.get("/resources/calendar?day=2026-12-02"))
        assert "Days: November 30, 2026 to December 6, 2026" in week
        assert f"{booking.number} UE Lent, afternoon morning free" in week and "1 free" in week and "3 free" in week
        month = await officer.get("/resources/calendar?view=month&day=2026-12-15")
        assert "December 2026" in said(month) and month.text.count(f'class="slot good" href="/bookings/{held.number}"') == 3
        assert 'class="slot good late"' in month.text
        listed = said(await officer.get("/resources/calendar?view=list&day=2026-12-01&union=ue"))
        assert held.number in listed and booking.number in listed
        assert booking.number not in said(await officer.get("/resources/calendar?view=list&day=2026-12-04&kind=vehicle"))
        hidden = said(await lead.get("/resources/calendar?day=2026-12-02"))
        assert booking.number not in hidden and "taken" in hidden
        assert 'class="note bad"' in (await officer.get("/resources/calendar?day=1800-01-01")).text
        assert (await officer.get("/resources/calendar?resource=nothing")).status_code == 404


async def test_what_waits_is_on_the_first_page_of_who_can_act(app: Litestar, stage: Stage) -> None:
    van = await offered(stage, VAN)
    booking = await requested(stage, van, "ue officer")
    async with client_for(app, stage.who["unifor officer"]) as owner, client_for(app, stage.who["ue officer"]) as asker:
        assert f"Decide about booking {booking.number} Twelve-seat van, from December 1, 2026" in said(await owner.get("/"))
        assert booking.number not in said(await asker.get("/"))
        await owner.post(f"/bookings/{booking.number}/hold", data={"form_key": "hold-000001", "hold_until": "2026-11-25"})
        assert f"Confirm booking {booking.number}, or let it go: it is held until November 25, 2026" in said(await owner.get("/"))
        assert f"Ask the owner about booking {booking.number}: it is held until November 25, 2026 only" in said(await asker.get("/"))
        await owner.post(f"/bookings/{booking.number}/confirm", data={"form_key": "confirm-001"})
        assert booking.number not in said(await owner.get("/")) and booking.number not in said(await asker.get("/"))
    async with client_for(app, stage.who["ue secretary"]) as other:
        assert booking.number not in said(await other.get("/"))


async def test_a_calendar_program_reads_at_a_secret_address_until_it_is_ended(app: Litestar, stage: Stage) -> None:
    van, headsets = await offered(stage, VAN), await offered(stage, HEADSETS)
    mine, others = await booked(stage, van, "ue officer"), await booked(stage, headsets, "unifor officer")
    async with client_for(app, stage.who["unifor officer"]) as owner, client_for(app, stage.who["ue lead"]) as lead:
        async def made(client: httpx.AsyncClient) -> str:
            found = re.search(r"/calendar/[\w-]{43}\.ics", (await client.post("/resources/calendar/feed", data={"form_key": "feed-00001"})).text)
            assert found is not None
            return found[0]

        address, empty = await made(owner), await made(lead)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as program:
            answer = await program.get(address)
            assert answer.headers["content-type"] == "text/calendar; charset=utf-8" and answer.headers["cache-control"].startswith("private")
            assert f"UID:{mine.number}@" in answer.text and f"UID:{others.number}@" in answer.text and "DTSTART;VALUE=DATE:20261201" in answer.text
            assert "VEVENT" not in (await program.get(empty)).text
            assert "Your address was made on" in said(await owner.get("/resources/calendar"))
            newer = await made(owner)
            assert (await program.get(address)).status_code == 404 and (await program.get(newer)).status_code == 200
            assert (await owner.post("/resources/calendar/feed/end")).headers["location"].endswith("done=feed_ended")
            assert (await program.get(newer)).status_code == 404 and (await program.get("/calendar/nothing.ics")).status_code == 404


async def test_french_pages_say_it_in_french(app: Litestar, stage: Stage) -> None:
    van = await offered(stage, VAN)
    booking = await booked(stage, van)
    async with client_for(app, stage.who["unifor officer"]) as officer:
        await officer.post("/language", data={"language": "fr", "next": "/"})
        page = said(await officer.get(f"/bookings/{booking.number}"))
        assert "Unifor la prête à UE" in page and "1er décembre 2026" in page
        assert "85,00\u00a0CAD par jour" in (await officer.get(f"/resources/{van.number}")).text
