"""Ask for money, decide and pay over JSON, as the people of both unions, and the bad input that each step meets."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.services.requests_stage import Stage, set_stage

ROOT = "/api/v1/requests"
COUNT = iter(range(1, 100_000))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=60_000_00, USD=10_000_00)
    return made


async def call(app: Litestar, who: Actor, method: str, path: str, body: Any = None) -> httpx.Response:
    """One call with a key of its own."""
    async with client_for(app, who) as client:
        return await client.request(method, f"{ROOT}{path}", json=body, headers={"Idempotency-Key": f"requests-{next(COUNT):06d}"})


def wanted(campaign: str, amount: str = "4000.00", **more: Any) -> dict[str, Any]:
    line = {"what": "Leaflets", "amount": {"amount": amount, "currency": "CAD"}, "payee": "Imprimerie du Quai"}
    return {"campaign": campaign, "fund": "GEN", "purpose": "Hamilton organizing", "needed_by": "2026-12-15", "lines": [line]} | more


async def test_from_a_draft_to_money_spent(app: Litestar, stage: Stage) -> None:
    lead, campaign = stage.who["unifor lead"], await stage.campaign()
    draft = await call(app, lead, "POST", "/drafts", {"values": {"purpose": "Hamil", "amount_1": "4 000,0"}})
    number = draft.json()["number"]
    assert (draft.status_code, draft.json()["state"], draft.json()["draft"]["amount_1"]) == (201, "draft", "4 000,0")
    saved = await call(app, lead, "PUT", f"/{number}/draft", {"values": {"purpose": "Hamilton"}})
    assert (saved.status_code, saved.json()["draft"]) == (200, {"purpose": "Hamilton"})
    asked = await call(app, lead, "POST", f"/{number}/submission", wanted(campaign))
    assert (asked.status_code, asked.json()["state"], asked.json()["tested"]) == (201, "submitted", {"amount": "4000.00", "currency": "CAD"})
    assert asked.json()["missing"] == [{"union": union, "capacity": "officer", "count": 1} for union in ("ue", "unifor")]
    for union in ("ue", "unifor"):
        approved = await call(app, stage.who[f"{union} officer"], "POST", f"/{number}/approvals", {"revision": 1})
        assert approved.status_code == 201, approved.text
    assert (approved.json()["state"], approved.json()["missing"]) == ("committed", [])
    await stage.payee("Imprimerie du Quai")
    payment = {
        "line": 1, "account": await stage.bank("unifor"), "amount": {"amount": "3900.00", "currency": "CAD"}, "invoice": "2026-031",
        "invoiced_on": "2026-11-20", "paid_on": "2026-11-23", "final": True,
    }  # fmt: skip
    treasurer = stage.who["unifor treasurer"]
    shown = await call(app, treasurer, "POST", f"/{number}/payments/preview", payment)
    assert [line["amount"]["amount"] for line in shown.json()["lines"]] == ["-4000.00", "4000.00", "3900.00", "-3900.00"]
    paid = await call(app, treasurer, "POST", f"/{number}/payments", payment)
    assert (paid.status_code, paid.json()["state"]) == (201, "completed")
    (line,) = paid.json()["lines"]
    assert (line["approved"]["amount"], line["spent"]["amount"], line["left"]["amount"]) == ("4000.00", "3900.00", "0.00")
    back = await call(app, treasurer, "POST", f"/{number}/payments/1/reversal", {"date": "2026-11-23", "reason": "The wire came back"})
    assert (back.json()["state"], back.json()["payments"][0]["state"]) == ("committed", "reversed")
    closed = await call(app, stage.who["ue officer"], "POST", f"/{number}/closing", {"reason": "Over"})
    assert closed.json()["state"] == "closed"
    whole = (await call(app, lead, "GET", f"/{number}")).json()
    assert [event["what"] for event in whole["events"]][-4:] == ["paid", "completed", "payment_reversed", "closed"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 400, "request_invalid"),
        ({"kind": "loan"}, 400, "request_invalid"),
        ({"needed_by": "2026-11-22"}, 422, "date_invalid"),
        ({"needed_by": "soon"}, 400, "request_invalid"),
        ({"fund": "NOPE"}, 422, "fund_unknown"),
        ({"fund": "EDU"}, 403, "fund_not_allowed_for_initiative"),
        ({"fund": "POL-US"}, 403, "fund_not_allowed_for_initiative"),
        ({"electoral": True}, 403, "fund_not_allowed_for_initiative"),
        ({"purpose": "   "}, 422, "text_invalid"),
        ({"purpose": "x" * 1001}, 400, "request_invalid"),
        ({"campaign": "NO-0001"}, 404, "not_found"),
        ({"unknown": 1}, 400, "request_invalid"),
    ],
)  # fmt: skip
async def test_bad_requests(app: Litestar, stage: Stage, change: dict[str, Any], status: int, code: str) -> None:
    answer = await call(app, stage.who["unifor lead"], "POST", "", wanted(await stage.campaign()) | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [("0.00", 422, "amount_not_positive"), ("-5.00", 422, "amount_not_positive"), ("5.001", 422, "amount_invalid"), ("1e3", 400, "request_invalid")],
)
async def test_bad_amounts(app: Litestar, stage: Stage, amount: str, status: int, code: str) -> None:
    answer = await call(app, stage.who["unifor lead"], "POST", "", wanted(await stage.campaign(), amount))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_lead_asks_for_their_own_campaigns_alone(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign("ue")
    answer = await call(app, stage.who["unifor lead"], "POST", "", wanted(campaign))
    assert (answer.status_code, answer.json()["code"]) == (403, "other_union")


async def test_each_step_of_deciding(app: Litestar, stage: Stage) -> None:
    campaign, officer, lead = await stage.campaign(), stage.who["ue officer"], stage.who["unifor lead"]
    number = (await call(app, lead, "POST", "", wanted(campaign))).json()["number"]
    steps = (
        (officer, "/review", None, "in_review"), (officer, "/return", {"reason": "Which plants?"}, "returned"),
        (lead, "/submission", wanted(campaign), "in_review"), (officer, "/suspension", {"reason": "A question"}, "suspended"),
        (officer, "/resumption", {}, "in_review"), (stage.who["unifor officer"], "/recusal", {"reason": "My cousin prints"}, "in_review"),
        (officer, "/rejection", {"reason": "Not this year"}, "rejected"),
    )  # fmt: skip
    for who, path, body, state in steps:
        answer = await call(app, who, "POST", f"/{number}{path}", body)
        assert (answer.status_code, answer.json().get("state")) == (201, state if path != "/submission" else "submitted"), (path, answer.text)
        if path == "/submission":
            assert (await call(app, officer, "POST", f"/{number}/review")).json()["state"] == "in_review"
    refused = await call(app, lead, "POST", f"/{number}/withdrawal", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "request_state")


async def test_lists_are_narrowed_and_paged_by_what_one_may_see(app: Litestar, stage: Stage) -> None:
    campaign = await stage.campaign()
    numbers = [(await call(app, stage.who["unifor lead"], "POST", "", wanted(campaign))).json()["number"] for _ in range(2)]
    seen = (await call(app, stage.who["ue board"], "GET", f"?campaign={campaign}&state=submitted")).json()
    assert [item["number"] for item in seen["items"]] == numbers[::-1] and seen["next"] is None
    assert (await call(app, stage.who["ue lead"], "GET", "")).json()["items"] == []
    assert (await call(app, stage.who["ue lead"], "GET", f"/{numbers[0]}")).status_code == 404
    assert (await call(app, stage.who["ue treasurer"], "GET", "?state=nowhere")).status_code == 400
