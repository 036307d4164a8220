"""Medical support, hardship grants and loans as people take them through the pages: who is told for whom, what is posted, what is refused where."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.pages.test_strike_runs import Doors, buttons
from tests.services.runs_stage import enrol
from tests.services.strikes_stage import on_strike, set_stage

WHO = (
    "unifor benefits", "unifor officer", "unifor treasurer", "unifor second", "unifor deputy", "unifor board", "ue benefits", "ue treasurer",
    "ue officer",
)  # fmt: skip
ASKED = {"reference": "m3", "kind": "hardship_loan", "amount": "400.00", "purpose": "Rent of November", "paid_to": "Immeubles Laval"}
PRIVATE = ("Member 3", "M3", "Rent of November", "Immeubles Laval")


@pytest_asyncio.fixture(loop_scope="session")
async def doors(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> AsyncIterator[Doors]:
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=10_000_00)
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, *[{}] * 6)
    async with AsyncExitStack() as stack:
        clients = {who: await stack.enter_async_context(client_for(app, stage.who[who])) for who in WHO}
        yield Doors(stage, strike, clients)


async def proposed(doors: Doors, who: str = "unifor benefits", **more: str) -> str:
    """The address of a grant just proposed."""
    sent = await doors.send(who, "/strikes/grants/new", **(ASKED | {"strike": doors.strike.number, "action": "post"} | more))
    address, _, done = sent.headers["location"].partition("?")
    assert done == "done=grant_proposed"
    return address


def plain(page: str) -> str:
    return page.replace("\u00a0", " ")


async def test_a_loan_from_proposed_to_repaid_by_three_people(doors: Doors) -> None:
    strike, bank = doors.strike.number, str(await doors.stage.bank("unifor"))
    member = await doors.see("unifor benefits", f"/strikes/{strike}/roster/members/3")
    assert f"/strikes/grants/new?strike={strike}&amp;member=3" in member
    assert f"/strikes/grants?strike={strike}" in await doors.see("unifor officer", f"/strikes/{strike}")
    new = await doors.see("unifor benefits", f"/strikes/grants/new?strike={strike}&member=3")
    assert 'value="M3"' in new and buttons(new) == ["Look at it first"]
    looked = await doors.send("unifor benefits", "/strikes/grants/new", 200, **ASKED, strike=strike, action="preview")
    assert "Member 3" in looked.text and buttons(looked.text) == ["Propose it"]
    base = await proposed(doors)
    assert base == "/strikes/grants/SG-0001"
    assert buttons(await doors.see("unifor benefits", base)) == []

    officer = await doors.see("unifor officer", base)
    assert "Hardship loan of CAD 400.00" in plain(officer) and buttons(officer) == ["Approve"]
    listed = await doors.see("unifor officer", f"/strikes/grants?strike={strike}")
    assert "SG-0001" in listed and not any(word in page for word in PRIVATE for page in (officer, listed))
    assert base in await doors.see("unifor officer", "/")
    await doors.send("unifor officer", f"{base}/approve")

    assert f"{base}/pay" in await doors.see("unifor treasurer", "/")
    treasurer = await doors.see("unifor treasurer", base)
    assert all(word in treasurer for word in PRIVATE) and buttons(treasurer) == ["Pay"]
    shown = await doors.send("unifor treasurer", f"{base}/pay", 200, account=bank, date="2026-11-06", action="preview")
    assert "What will be posted" in shown.text and "Hardship loans" in shown.text and buttons(shown.text) == ["Pay and post"]
    await doors.send("unifor treasurer", f"{base}/pay", account=bank, date="2026-11-06", action="post")
    assert "CAD 400.00 of it is still to come back to Unifor." in plain(await doors.see("unifor treasurer", base))

    back = {"account": bank, "date": "2026-11-09"}
    wrong = await doors.send("unifor treasurer", f"{base}/repay", 409, **back, amount="400.01", action="post")
    assert "f-amount-error" in wrong.text and 'value="400.01"' in wrong.text
    assert "What will be posted" in (await doors.send("unifor treasurer", f"{base}/repay", 200, **back, amount="100.00", action="preview")).text
    await doors.send("unifor treasurer", f"{base}/repay", **back, amount="100.00", action="post")
    assert "CAD 300.00 of it is still to come back" in plain(await doors.see("unifor benefits", base))
    await doors.send("unifor treasurer", f"{base}/repay", **back, amount="300.00", action="post")
    whole = await doors.see("unifor treasurer", base)
    assert "All of it came back." in whole and buttons(whole) == []
    kept = await doors.see("unifor benefits", f"/strikes/grants?strike={strike}")
    assert "Member 3" in kept and "Repaid" in kept


async def test_the_other_union_reads_totals_alone(doors: Doors) -> None:
    base = await proposed(doors)
    for who in ("ue benefits", "ue treasurer", "ue officer"):
        await doors.see(who, base, 404)
    for who, address in (("ue officer", f"{base}/approve"), ("ue benefits", f"{base}/cancel"), ("ue treasurer", f"{base}/pay")):
        await doors.send(who, address, 404, reason="No", account="1", date="2026-11-06", action="post")
    await doors.send("unifor officer", f"{base}/approve")
    bank = str(await doors.stage.bank("unifor"))
    await doors.send("unifor treasurer", f"{base}/pay", account=bank, date="2026-11-06", action="post")
    for who in ("ue treasurer", "ue benefits", "unifor board"):
        page = await doors.see(who, f"/strikes/grants?strike={doors.strike.number}")
        assert "SG-0001" not in page and not any(word in page for word in PRIVATE)
        assert ("held back" in page) == who.startswith("ue") and ("400.00" in page) == (not who.startswith("ue"))
    assert "SG-0001" not in await doors.see("ue treasurer", "/strikes/grants")
    foreign = await doors.send("ue benefits", "/strikes/grants/new", 422, **ASKED, strike=doors.strike.number, action="post")
    assert "Member 3" not in foreign.text


async def test_who_may_not_act_is_told_who_does(doors: Doors) -> None:
    base = await proposed(doors, "unifor treasurer")
    own = await doors.see("unifor treasurer", base)
    assert "somebody else of your union decides" in own and buttons(own) == []
    await doors.send("unifor treasurer", f"{base}/approve", 403)
    await doors.send("unifor second", f"{base}/approve")
    for who in ("unifor treasurer", "unifor second"):
        page = await doors.see(who, base)
        assert "another treasurer pays it" in page and buttons(page) == []
        assert (await doors.clients[who].get(f"{base}/pay")).status_code == 303
    for who, address in (("unifor board", base), ("unifor deputy", f"{base}/pay"), ("unifor officer", "/strikes/grants/new")):
        await doors.see(who, address, 403)


# By step: who takes it, and what is said once it is done.
ENDS = {"refuse": ("unifor officer", "Refused with your reason."), "cancel": ("unifor benefits", "Taken back.")}


@pytest.mark.parametrize("act", ENDS)
async def test_a_grant_ends_with_a_reason_that_stays_in_its_file(doors: Doors, act: str) -> None:
    who, said = ENDS[act]
    base = await proposed(doors)
    assert "f-reason-error" in (await doors.send(who, f"{base}/{act}", 422, reason=" ")).text
    sent = await doors.send(who, f"{base}/{act}", reason="Not by the rules")
    assert said in await doors.see(who, sent.headers["location"])
    assert "Not by the rules" in await doors.see("unifor benefits", base)
    assert "Not by the rules" not in await doors.see("unifor officer", base)


# By field: what is typed there, and is wrong.
WRONG: dict[str, Any] = {"reference": "M77", "kind": "", "amount": "0", "purpose": ""}


@pytest.mark.parametrize("field", WRONG)
async def test_a_wrong_form_says_where_and_keeps_what_was_typed(doors: Doors, field: str) -> None:
    typed = ASKED | {"strike": doors.strike.number, "action": "post", field: WRONG[field]}
    page = (await doors.send("unifor benefits", "/strikes/grants/new", 422, **typed)).text
    assert f"f-{field}-error" in page and 'value="Immeubles Laval"' in page


async def test_pages_in_french(doors: Doors) -> None:
    base = await proposed(doors, kind="medical")
    client = doors.clients["unifor officer"]
    await client.post("/language", data={"language": "fr"})
    page = plain((await client.get(base)).text)
    assert "Soutien médical de 400,00 CAD" in page or "Soutien médical de 400,00 $ CA" in page
    assert (await client.get(f"{base}/refuse")).status_code == 200
