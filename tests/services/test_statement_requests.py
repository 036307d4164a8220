"""Members' requests for a financial statement: logged by reference, answered once, a reminder after the threshold's days, each union its own."""

from datetime import date, timedelta

import httpx
import pytest
from litestar import Litestar

from api.refusal_messages import message
from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, FutureDate, NotAllowed, NotFound, Refusal, StatementRequestAnswered, TextInvalid
from ledger.domain.statement_requests import AnswerStatementRequest, RecordStatementRequest
from ledger.services import accounts
from ledger.services import statement_requests as service
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import text_of

ASKED = date(2026, 11, 9)
ASK = RecordStatementRequest(reference="M-2026-04", statement="Fiscal year 2025", asked_on=ASKED)


async def test_a_request_is_a_reminder_after_more_than_the_days(pool: Pool, unifor: Actor, clock: Clock) -> None:
    made = await service.record(pool, unifor, "statement-ask-1", ASK)
    found = await service.overview(pool, unifor)
    assert (made.number, found.items, found.late) == ("Q-0001", [made], []) and found.threshold is not None and found.threshold.days == 14
    assert (pool.today() - ASKED).days == 14
    clock.now += timedelta(days=1)
    assert (await service.overview(pool, unifor)).late == [made]
    answer = AnswerStatementRequest(number=made.number, answered_on=pool.today(), answer="By post")
    done = await service.answer(pool, unifor, "statement-answer-1", answer)
    after = await service.overview(pool, unifor)
    assert (after.late, after.items, done.open_days(pool.today())) == ([], [done], 15)
    assert (await service.overview(pool, unifor, only_open=True)).items == []
    with pytest.raises(StatementRequestAnswered):
        await service.answer(pool, unifor, "statement-answer-2", answer)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reference": " "}, TextInvalid), ({"statement": ""}, TextInvalid), ({"asked_on": date(2026, 11, 24)}, FutureDate),
        ({"local": "9999"}, ChoiceInvalid),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(pool: Pool, unifor: Actor, change: dict[str, object], refusal: type[Refusal]) -> None:
    fields = {"reference": "M-1", "statement": "2025", "asked_on": ASKED, "local": ""} | change
    with pytest.raises(refusal):
        await service.record(pool, unifor, "statement-refused-1", RecordStatementRequest(**fields))  # type: ignore[arg-type]


async def test_each_union_keeps_its_own_and_only_its_treasury(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await service.record(pool, unifor, "statement-own-1", ASK)
    assert (await service.overview(pool, ue)).items == []
    answer = AnswerStatementRequest(number=made.number, answered_on=ASKED, answer="By post")
    with pytest.raises(NotFound):
        await service.answer(pool, ue, "statement-own-2", answer)
    with pytest.raises(NotAllowed):
        await service.overview(pool, await add_person(pool, "An officer", "unifor", "officer"))
    with pytest.raises(DateInvalid) as refused:
        await service.answer(pool, unifor, "statement-own-3", AnswerStatementRequest(number="Q-0001", answered_on=date(2026, 11, 8), answer="Early"))
    assert message("en", refused.value) == "“November 8, 2026” does not fit here: possible days are from November 9, 2026 to November 23, 2026."


async def test_the_audit_trail_has_no_reference(pool: Pool, unifor: Actor) -> None:
    await service.record(pool, unifor, "statement-audit-1", ASK)
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT subject, details::text AS details FROM audit WHERE action = 'record_statement_request'")
        assert await connection.fetchval("SELECT count(*) FROM entries") == 0
    assert [row["subject"] for row in rows] == ["Q-0001"] and "M-2026" not in rows[0]["details"]


async def test_pages_of_requests_go_on_where_they_ended(pool: Pool, unifor: Actor) -> None:
    numbers = [(await service.record(pool, unifor, f"statement-page-{place}", ASK)).number for place in range(3)]
    first = await service.overview(pool, unifor, limit=2)
    rest = await service.overview(pool, unifor, after=first.next, limit=2)
    assert [each.number for each in (*first.items, *rest.items)] == numbers[::-1] and rest.next is None


async def test_the_page_logs_answers_and_reminds(unifor_client: httpx.AsyncClient, pool: Pool, unifor: Actor, clock: Clock) -> None:
    await accounts.add_local(pool, unifor, "statement-local-1", NewLocal(union="unifor", number="222", name="Local 222", city="Oshawa"))
    fields = {"reference": "M-2026-04", "statement": "Fiscal year 2025", "asked_on": "2026-11-09", "local": "222"}
    wrong = await unifor_client.post("/statement-requests", data=fields | {"reference": ""})
    assert wrong.status_code == 422
    assert (await unifor_client.post("/statement-requests", data=fields)).headers["Location"] == "/statement-requests?done=statement_request_logged"
    clock.now += timedelta(days=1)
    text = text_of(await unifor_client.get("/statement-requests?state=open"))
    assert "1 request has been open for more than 14 days and reaches the threshold you set for" in text and "open for 15 days" in text
    assert "It is not advice." in text_of(await unifor_client.get("/reminders")) and "Local 222" in text
    told = (await unifor_client.get("/api/v1/reminders")).json()["requests"]
    assert told["threshold"]["code"] == "statement-request" and told["late"] == [{"number": "Q-0001", "asked_on": "2026-11-09", "open_days": 15}]
    answer = {"answered_on": "2026-11-24", "answer": "By post, copy in the office"}
    assert (await unifor_client.post("/statement-requests/Q-0001/answer", data=answer | {"answer": ""})).status_code == 422
    done = await unifor_client.post("/statement-requests/Q-0001/answer", data=answer)
    assert done.headers["Location"] == "/statement-requests?done=statement_request_answered"
    assert "By post, copy in the office" in text_of(await unifor_client.get("/statement-requests"))
    again = await unifor_client.post("/statement-requests/Q-0001/answer", data=answer)
    assert again.status_code == 409 and "was answered on November 24, 2026" in text_of(again)


async def test_the_log_is_taken_away_as_a_file(unifor_client: httpx.AsyncClient, pool: Pool, unifor: Actor) -> None:
    await service.record(pool, unifor, "statement-file-1", ASK)
    answer = await unifor_client.get("/statement-requests?format=csv")
    assert "M-2026-04" in answer.text and "Q-0001" in answer.text
    assert (await unifor_client.get("/statement-requests?format=pdf")).content[:4] == b"%PDF"
    async with pool.database.reading() as connection:
        taken = await connection.fetch("SELECT subject FROM audit WHERE action = 'export_list' ORDER BY id")
    assert [row["subject"] for row in taken] == ["statement-requests"] * 2


async def test_only_a_treasury_is_told_of_requests(app: Litestar, pool: Pool, unifor: Actor, clock: Clock) -> None:
    await service.record(pool, unifor, "statement-told-1", ASK)
    clock.now += timedelta(days=1)
    async with client_for(app, await add_person(pool, "A board member", "unifor", "board_member")) as client:
        assert (await client.get("/api/v1/reminders")).json()["requests"] is None
    async with client_for(app, await add_person(pool, "A treasurer", "ue", "treasurer")) as client:
        assert (await client.get("/api/v1/reminders")).json()["requests"]["late"] == []
