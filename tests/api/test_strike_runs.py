"""Weekly runs and support to members by JSON: what each reader is told, pages of lines, and what is refused at the door."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from api.schemas import cursor
from ledger.domain.actors import Actor
from ledger.domain.strike_grants import ProposeGrant
from ledger.domain.strikes import Strike
from ledger.services import strike_grants as grants
from ledger.services import strikes
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.services.requests_stage import Stage
from tests.services.runs_stage import approved, enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage

CAD = "CAD"
PAY_DAY = FIRST_DAY + timedelta(days=7)
A_DOLLAR = {"amount": "1.00", "currency": "USD"}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    """Three members out, all paid by cheque: so few that others are told of none of them."""
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=10_000_00)
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, *[{}] * 3)
    for member in (1, 2, 3):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    return stage


async def asked(app: Litestar, actor: Actor, path: str, body: Any = None, key: str = "") -> httpx.Response:
    async with client_for(app, actor) as client:
        address = f"/api/v1/strikes{path}"
        return await client.get(address) if body is None else await client.post(address, json=body, headers={"Idempotency-Key": key or "runs-api-0001"})


async def the_strike(stage: Stage) -> Strike:
    return (await strikes.show_strike(stage.pool, stage.who["unifor benefits"], "S-0001")).strike


async def a_paid_run(stage: Stage) -> str:
    return (await paid(stage, await the_strike(stage), PAY_DAY)).number


HELD_BACK = {"members": None, "eligible": None, "full": None, "partial": None, "excluded": None}
TOLD = {"members": 3, "eligible": 3, "full": 3, "partial": 0, "excluded": 0}


@pytest.mark.parametrize(
    ("who", "totals", "sees_payments"),
    [("unifor benefits", TOLD, True), ("unifor officer", TOLD, True), ("unifor deputy", HELD_BACK, False), ("ue treasurer", HELD_BACK, False)],
)
async def test_a_run_of_few_members_is_told_in_figures_to_its_own_people_alone(
    app: Litestar, stage: Stage, who: str, totals: dict[str, int | None], sees_payments: bool
) -> None:
    number = await a_paid_run(stage)
    whole = (await asked(app, stage.who[who], f"/runs/{number}")).json()
    listed = (await asked(app, stage.who[who], "/runs?strike=s-0001")).json()["items"]
    assert whole["totals"] == totals
    assert [whole["run"]["members"], listed[0]["members"]] == [totals["members"]] * 2
    assert (whole["payments"], whole["late"], whole["stale"]) == (
        ([{"state": "issued", "count": 3, "amount": {"amount": "900.00", "currency": CAD}}], 0, 0) if sees_payments else (None, None, None)
    )
    assert all((count["members"] is None, count["local"]) == (not sees_payments, "8504" if sees_payments else "") for count in whole["counts"])


async def test_a_deputy_pays_and_is_told_no_small_count(app: Litestar, stage: Stage) -> None:
    run = await approved(stage, await the_strike(stage), PAY_DAY)
    body = {"account": await stage.bank("unifor"), "paid_on": PAY_DAY.isoformat(), "first_cheque": 1}
    answer = (await asked(app, stage.who["unifor deputy"], f"/runs/{run.number}/payment", body)).json()
    assert (answer["state"], answer["members"], answer["eligible"], answer["pay"]["amount"]) == ("paid", None, None, "900.00")


async def test_lines_come_in_pages_to_their_own_union(app: Litestar, stage: Stage) -> None:
    number, keeper = await a_paid_run(stage), stage.who["unifor benefits"]
    first = (await asked(app, keeper, f"/runs/{number}/lines?limit=2&shows=issued&local=8504")).json()
    second = (await asked(app, keeper, f"/runs/{number}/lines?limit=2&shows=issued&after={first['next']}")).json()
    assert [[line["member"] for line in part["items"]] for part in (first, second)] == [[1, 2], [3]] and second["next"] is None
    assert (await asked(app, keeper, f"/runs/{number}/lines?local=506")).json()["items"] == []
    assert (await asked(app, keeper, f"/runs/{number}/lines?after={cursor(2**40)}")).json()["items"] == []
    for who in ("ue benefits", "unifor officer", "unifor deputy"):
        assert (await asked(app, stage.who[who], f"/runs/{number}/lines")).status_code == 403


@pytest.mark.parametrize(
    ("who", "path", "body", "status", "code"),
    [
        ("unifor benefits", "/runs?after=nonsense", None, 400, "request_invalid"),
        ("unifor benefits", f"/runs?after={cursor('T-0001')}", None, 400, "request_invalid"),
        ("unifor benefits", f"/grants?after={cursor('S-0001')}", None, 400, "request_invalid"),
        ("unifor benefits", "/runs?strike=SR-1", None, 400, "request_invalid"),
        ("unifor benefits", "/runs/SR-2026-1/lines/9999999999", None, 400, "request_invalid"),
        ("unifor benefits", "/runs/SR-2026-1/lines/77", None, 404, "not_found"),
        ("unifor benefits", "/runs/SR-2026-1/lines/1/stop", {"on": PAY_DAY.isoformat(), "fee": A_DOLLAR}, 422, "wrong_currency"),
        ("unifor benefits", "/runs/SR-2026-1/unclaimed/stale", {"on": PAY_DAY.isoformat()}, 409, "payment_state"),
        ("ue benefits", "/runs/SR-2026-1/clearances", {"on": PAY_DAY.isoformat()}, 403, "other_union"),
        ("unifor board", "/runs/SR-2026-1/cancellation", {"reason": "No"}, 403, "not_allowed"),
        ("ue benefits", "/grants/SG-0001", None, 404, "not_found"),
        ("unifor deputy", "/grants", None, 403, "not_allowed"),
        ("ue board", "/grants/totals?union=cupe", None, 422, "choice_invalid"),
    ],
)  # fmt: skip
async def test_what_is_refused(app: Litestar, stage: Stage, who: str, path: str, body: Any, status: int, code: str) -> None:
    await a_paid_run(stage)
    answer = await asked(app, stage.who[who], path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_only_who_keeps_its_file_is_told_whom_a_grant_is_for(app: Litestar, stage: Stage) -> None:
    support = ProposeGrant(strike="S-0001", member=1, kind="hardship_loan", amount_minor=100_00, purpose="Rent")
    await grants.propose_grant(stage.pool, stage.who["unifor benefits"], stage.key(), support)
    whole = {who: (await asked(app, stage.who[f"unifor {who}"], "/grants/SG-0001")).json() for who in ("benefits", "treasurer", "officer")}
    assert {(each["proposed_by"], each["approved_by"]) for each in whole.values()} == {("Benefits of unifor", None)}
    seen = {who: each["file"] for who, each in whole.items()}
    assert seen["officer"] is None and seen["treasurer"] == seen["benefits"] and seen["benefits"]["purpose"] == "Rent"
    body = {"account": await stage.bank("unifor"), "repaid_on": PAY_DAY.isoformat(), "amount": A_DOLLAR}
    answer = await asked(app, stage.who["unifor treasurer"], "/grants/SG-0001/repayments", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_currency")
