"""Write hours down day by day, dispute, correct, confirm and charge them back on the pages, and read what was lent both ways."""

from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.agreements import ProposeAgreement, Signature, Terms
from ledger.domain.bookings import RequestBooking
from ledger.domain.half_days import Span
from ledger.domain.resources import NewRate
from ledger.services import agreements, bookings, resources
from ledger.services.pool import Pool
from ledger.services.resources import OfferResource
from reports.registry import Query, build_report
from reports.resource_words import quantity_text
from tests.conftest import client_for
from tests.pages.test_between_unions import said
from tests.services import requests_stage
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = date(2026, 11, 9)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def a_booking(stage: Stage) -> str:
    """Unifor's organizer, lent to UE for a week under an agreement of 40 %."""
    pool, who, day = stage.pool, stage.who, MONDAY - timedelta(days=30)
    signed = tuple(Signature(union, f"For {union}", "Officer", day) for union in ("ue", "unifor"))
    asked = ProposeAgreement(
        kind="resources", title="Lent staff", fixes="Forty percent", valid_from=day, signatures=signed, terms=Terms(charge_back_percent=Decimal(40))
    )
    agreement = await agreements.propose_agreement(pool, who["ue officer"], stage.key(), asked)
    await agreements.confirm_agreement(pool, who["unifor officer"], stage.key(), agreement.number, 1)
    offer = OfferResource(
        union="unifor", kind="organizer", name="Organizer, Windsor", place="Windsor", unit="hour", basis="actual_cost", currency="CAD",
        offered_from=day, rate=NewRate(valid_from=day, rate=Decimal("52.40"), source="Payroll"),
    )  # fmt: skip
    resource = await resources.offer_resource(pool, who["unifor officer"], stage.key(), offer)
    span = Span(first_day=MONDAY, last_day=MONDAY + timedelta(days=4))
    wanted = RequestBooking(resource=resource.number, span=span, fund="GEN", purpose="House calls", activity="Drive", agreement=agreement.number)
    made = await bookings.request_booking(pool, who["ue officer"], stage.key(), wanted)
    return (await bookings.confirm_booking(pool, who["unifor officer"], stage.key(), made.number)).number


async def test_hours_are_written_down_disputed_corrected_confirmed_and_charged_back(
    stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    number, app = await a_booking(stage), ue_client._transport.app  # type: ignore[attr-defined]
    days = [MONDAY + timedelta(days=n) for n in range(5)]
    form = await unifor_client.get(f"/bookings/{number}/deliver")
    assert all(f'name="quantity-{day}"' in form.text for day in days)
    empty = await unifor_client.post(f"/bookings/{number}/deliver", data={"form_key": "sheet-0001"} | {f"quantity-{day}": "" for day in days})
    assert empty.status_code == 422 and "Fill in one day at least." in said(empty)
    wrong = {f"quantity-{day}": "7.5" for day in days} | {f"quantity-{days[2]}": "many"}
    told = await unifor_client.post(f"/bookings/{number}/deliver", data={"form_key": "sheet-0002"} | wrong)
    assert told.status_code == 422 and 'value="many"' in told.text
    assert "Write a number such as 7.50." in said(told)
    for hours, why in (("25", "From 0 to 24."), ("7.125", "At most 2 decimals.")):
        beyond = await unifor_client.post(f"/bookings/{number}/deliver", data={"form_key": "sheet-0002", f"quantity-{days[0]}": hours})
        assert f'id="f-quantity-{days[0]}-error">{why}' in beyond.text
    noted = {f"quantity-{days[0]}": "7.5", f"quantity-{days[1]}": "", f"note-{days[1]}": "Sick"}
    lost = await unifor_client.post(f"/bookings/{number}/deliver", data={"form_key": "sheet-0002"} | noted)
    assert lost.status_code == 422 and 'value="Sick"' in lost.text and "Write how much, or leave the note out." in said(lost)
    assert "This is not a date." in said(await unifor_client.get(f"/bookings/{number}/deliver?first=soon"))
    assert (await ue_client.get(f"/bookings/{number}/deliver")).headers["location"] == f"/bookings/{number}", "its owner writes it down"
    made = await unifor_client.post(
        f"/bookings/{number}/deliver", data={"form_key": "sheet-0003", "action": "submit"} | {f"quantity-{day}": "7.5" for day in days}
    )
    assert made.headers["location"] == "/deliveries/DL-0001?done=delivery_submitted"
    slip = {"file": ("timesheet.pdf", b"%PDF-1.7\n", "application/pdf")}
    attached = await ue_client.post("/documents/new", data={"form_key": "slip-0001", "kind": "delivery", "subject": "DL-0001"}, files=slip)
    assert attached.headers["location"] == "/deliveries/DL-0001?done=document_attached"
    assert "timesheet.pdf" in said(await unifor_client.get("/deliveries/DL-0001"))
    assert "a signed timesheet, a gate pass or an invoice belongs here" in said(await unifor_client.get(f"/bookings/{number}"))
    page = said(await ue_client.get("/deliveries/DL-0001"))
    assert "37.5" in page and "CAD 1,965.00" in page and "What confirming posts in the joint book" in page
    async with client_for(app, stage.who["ue officer"]) as borrower:
        disputed = {"form_key": "dispute-01", "revision": "1", "claimed": "30", "reason": "Friday was a holiday"}
        assert (await borrower.post("/deliveries/DL-0001/dispute", data=disputed)).status_code == 303
    assert "Disputed. UE says: 30 hours. Friday was a holiday" in said(await unifor_client.get("/deliveries/DL-0001"))
    assert "Nothing written down fits" in said(await unifor_client.get("/deliveries?state=confirmed"))
    assert (await ue_client.get("/deliveries/DL-0001/change")).headers["location"] == "/deliveries/DL-0001"
    corrected = {f"quantity-{day}": "7.5" for day in days[:4]} | {f"quantity-{days[4]}": ""}
    await unifor_client.post("/deliveries/DL-0001/change", data={"form_key": "change-001", "action": "submit"} | corrected)
    shown = await ue_client.get("/deliveries/DL-0001")
    revision = shown.text.split('name="revision" value="')[1].split('"')[0]
    assert (await ue_client.post("/deliveries/DL-0001/confirm", data={"form_key": "confirm-01", "revision": revision})).status_code == 303
    assert "/charge-backs/new?deliveries=DL-0001" in (await unifor_client.get("/deliveries/DL-0001")).text
    assert 'value="DL-0001" checked' in (await unifor_client.get("/charge-backs/new?deliveries=DL-0001")).text
    asked = {"form_key": "charge-001", "deliveries": "DL-0001", "date": "2026-11-16", "fund": "GEN", "description": "40 % of the week"}
    step = (await unifor_client.post("/charge-backs/new", data=asked)).headers["location"].partition("?")[0]
    assert "DL-0001 · CAD 628.80 of CAD 1,572.00" in said(await ue_client.get(step)), "what is accepted is on the page"
    assert (await ue_client.post(step, data={"form_key": "accept-dl1", "fund": "GEN", "action": "post"})).status_code == 303
    assert (await unifor_client.post("/charge-backs/new", data=asked)).headers["location"].partition("?")[0] == step, "said again, the first answer"
    assert "CAD 628.80" in said(await ue_client.get("/deliveries/DL-0001"))
    query = Query(as_of=MONDAY, first=date(2026, 11, 1), last=date(2026, 11, 20))
    document = await build_report(stage.pool, stage.who["ue board"], "resource-balance", query)
    table = next(each for each in document.tables if each.name == "unifor-ue")
    found = {column.name: cell.value for column, cell in zip(table.columns, table.rows[0].cells, strict=True)}
    assert (found["delivered"], found["value"], found["recovered"], found["in_kind"]) == (Decimal(30), 1_572_00, 628_80, 943_20)


@pytest.mark.parametrize(
    ("language", "value", "unit", "text"),
    [
        ("en", "1", "day", "1 day"), ("en", "1.5", "day", "1.5 days"), ("en", "0.5", "hour", "0.5 hours"), ("en", "225", "hour", "225 hours"),
        ("fr", "1.5", "day", "1,5 jour"), ("fr", "2", "half_day", "2 demi-journées"), ("fr", "225", "hour", "225 heures"),
    ],
)  # fmt: skip
async def test_quantities_are_one_or_several(language: str, value: str, unit: str, text: str) -> None:
    assert quantity_text(language, Decimal(value), unit) == text


async def test_what_was_written_down_is_found_and_read_in_french(stage: Stage, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    number = await a_booking(stage)
    await unifor_client.post(f"/bookings/{number}/deliver", data={"form_key": "sheet-0001", "action": "submit", f"quantity-{MONDAY}": "7.5"})
    await ue_client.post("/language", data={"language": "fr", "next": "/"})
    assert 'href="/deliveries"' in (await ue_client.get("/resources")).text
    assert "7,5 heures" in said(await ue_client.get("/deliveries"))
    assert "7,5 heures" in said(await ue_client.get(f"/deliveries?booking={number.lower()}"))
    assert number in (await ue_client.get("/bookings?resource=r-0001")).text
    page = said(await ue_client.get("/deliveries/DL-0001"))
    assert "Soumise" in page and "Inscrite par" in page and "Tarif à compter du" in page and "Valeur CAD" in page
    await unifor_client.post("/deliveries/DL-0001/withdraw", data={"form_key": "withdraw-1", "reason": "Another week"})
    assert "Valeur CAD" not in said(await ue_client.get("/deliveries/DL-0001")), "what was taken back is worth nothing"


async def test_nobody_confirms_their_own_hours_and_readers_only_read(stage: Stage, ue_client: httpx.AsyncClient) -> None:
    number, app = await a_booking(stage), ue_client._transport.app  # type: ignore[attr-defined]
    async with client_for(app, stage.who["unifor officer"]) as owner:
        made = await owner.post(
            f"/bookings/{number}/deliver", data={"form_key": "sheet-0009", "action": "submit", f"quantity-{MONDAY}": "7.5"}
        )
        path = made.headers["location"].partition("?")[0]
        page = await owner.get(path)
        assert "Confirm it" not in said(page) and "Correct the days" in said(page)
        assert (await owner.post(f"{path}/confirm", data={"form_key": "confirm-09", "revision": "1"})).status_code in (403, 409)
    async with client_for(app, stage.who["ue board"]) as board:
        assert "Confirm it" not in said(await board.get(path))
        assert path.rpartition("/")[2] in said(await board.get("/deliveries"))
