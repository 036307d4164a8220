"""The notices page: what is said in both languages, the count in the frame, marking as read, the choice of mail."""

import httpx
import pytest

from ledger.domain.actors import Actor
from ledger.domain.notices import FACTS, NOTICE_KINDS, Notice
from ledger.services import notices
from ledger.services.pool import Pool
from reports.notice_words import sentences
from tests.conftest import Clock
from tests.pages.test_funds import in_french, text_of

EVERY_FACT = {
    "by": "Ana Ruiz", "campaign": "Wabtec Erie", "payee": "Union Printers", "union": "unifor", "amounts": {"USD": 2_500_000, "CAD": 99_950},
    "days": 12, "strike": "Steel City Assembly walkout", "local": "8504", "week": 5,
    "needed_on": "2026-12-01", "expires_on": "2027-02-28", "valid_on": "2027-01-01",
}  # fmt: skip


async def tell(pool: Pool, actor: Actor, *kinds: str, once: str = "1") -> None:
    told = [Notice(kind=k, subject="A-0107", url="/requests/A-0107", to=(actor.person_id,), once=once, facts=EVERY_FACT) for k in kinds]
    async with pool.database.writing() as connection:
        await notices.notify(connection, told, pool.clock())


def test_the_examples_have_every_fact() -> None:
    assert EVERY_FACT.keys() == FACTS


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_kind_is_two_lines_with_every_fact_filled(language: str, kind: str) -> None:
    for line in sentences(language, kind, "A-0107", EVERY_FACT):
        assert line and "%" not in line and "–" not in line and line == line.strip()


@pytest.mark.parametrize(
    ("language", "kind", "expected"),
    [
        ("en", "request_submitted", ("Decide on request A-0107", "Ana Ruiz asks for CAD 999.50, USD 25,000.00: Wabtec Erie")),
        ("fr", "request_submitted", ("Décider de la demande A-0107", "Ana Ruiz demande 999,50 CAD, 25 000,00 USD : Wabtec Erie")),
        ("en", "request_approved_by_union", ("Unifor has approved request A-0107", "CAD 999.50, USD 25,000.00: Wabtec Erie")),
        ("en", "reminder_overdue", ("Request A-0107 still waits for you", "It has waited 12 days: Wabtec Erie")),
        ("fr", "reminder_expiring", ("La demande A-0107 expire le 28 février 2027", "Pas encore utilisé : 999,50 CAD, 25 000,00 USD pour Wabtec Erie")),
    ],
)
def test_notices_in_words(language: str, kind: str, expected: tuple[str, str]) -> None:
    assert tuple(line.replace("\u00a0", " ") for line in sentences(language, kind, "A-0107", EVERY_FACT)) == expected


def test_what_is_wanting_or_unknown_is_said_without_a_fault() -> None:
    assert sentences("en", "request_paid", "A-1", {}) == ("A payment was made on request A-1", "– to –: –")
    assert sentences("fr", "of_tomorrow", "A-1", {})[0] == "Du nouveau pour vous\u00a0: A-1"
    assert sentences("en", "request_withdrawn", "A-1", {"by": "Ana\r\nBcc: x", "campaign": "W"})[1] == "By Ana  Bcc: x: W"


async def test_the_list_counts_and_empties(pool: Pool, clock: Clock, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    assert "No notices yet" in text_of(await unifor_client.get("/notices"))
    await tell(pool, unifor, "request_submitted", "request_paid")
    page = await unifor_client.get("/notices")
    text = text_of(page)
    assert "Notices 2 new" in text and "Decide on request A-0107" in text and "To do" in text
    assert 'href="/requests/A-0107"' in page.text
    first, last = (await notices.list_notices(pool, unifor)).items
    await unifor_client.post(f"/notices/{last.id}", data={"form_key": "mark-one-0001"})
    assert "Notices 1 new" in text_of(await unifor_client.get("/"))
    answer = await unifor_client.post("/notices", data={"form_key": "mark-all-0001", "until": str(first.id)})
    assert answer.headers["location"] == "/notices?done=notices_seen"
    text = text_of(await unifor_client.get("/notices?done=notices_seen"))
    assert "Marked as read." in text and " new" not in text and "Mark all as read" not in text
    await in_french(unifor_client)
    assert "Décider de la demande A-0107" in text_of(await unifor_client.get("/notices"))


async def test_a_long_list_goes_on_and_another_s_place_is_the_beginning(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    for number in range(notices.PAGE_NOTICES + 1):
        await tell(pool, unifor, "request_paid", once=str(number))
    page = await unifor_client.get("/notices")
    assert page.text.count("A payment was made") == 2 * notices.PAGE_NOTICES
    older = page.text.split('rel="next" href="')[1].split('"')[0]
    assert (await unifor_client.get(older)).text.count("A payment was made") == 2
    assert (await unifor_client.get("/notices?after=nonsense")).status_code == 200


async def test_what_is_another_s_or_nobody_s_cannot_be_marked(pool: Pool, ue: Actor, unifor_client: httpx.AsyncClient) -> None:
    await tell(pool, ue, "request_paid")
    (other,) = (await notices.list_notices(pool, ue)).items
    assert (await unifor_client.post(f"/notices/{other.id}", data={"form_key": "mark-other-01"})).status_code == 404
    for until in (str(other.id), "all of them"):
        assert (await unifor_client.post("/notices", data={"form_key": f"mark-{len(until):08d}", "until": until})).status_code == 404
    assert (await notices.list_notices(pool, ue)).unseen == 1


async def test_mail_is_chosen_on_the_settings_page(unifor_client: httpx.AsyncClient) -> None:
    assert (await unifor_client.get("/api/v1/me")).json()["mail"] == "immediate"
    answer = await unifor_client.post("/settings", data={"do": "mail", "mail": "digest"})
    assert answer.headers["location"] == "/settings?done=settings_kept"
    assert '<option value="digest" selected>' in (await unifor_client.get("/settings")).text
    assert (await unifor_client.post("/settings", data={"do": "mail", "mail": "hourly"})).status_code == 422
    assert (await unifor_client.patch("/api/v1/me", json={"mail": "none"})).json()["mail"] == "none"
    assert (await unifor_client.patch("/api/v1/me", json={"mail": "hourly"})).status_code == 400


async def test_notices_in_json(pool: Pool, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await tell(pool, unifor, "request_submitted", "request_paid")
    told = (await unifor_client.get("/api/v1/notices?limit=1")).json()
    assert told["unseen"] == 2
    assert told["items"][0]["amounts"] == [{"amount": "999.50", "currency": "CAD"}, {"amount": "25000.00", "currency": "USD"}]
    assert told["items"][0]["facts"]["days"] == 12
    following = (await unifor_client.get("/api/v1/notices", params={"after": told["next"]})).json()
    assert {told["items"][0]["purpose"], following["items"][0]["purpose"]} == {"do", "know"}
    assert following["next"] is None
    seen = await unifor_client.post(
        f"/api/v1/notices/{told['items'][0]['id']}/seen", headers={"Idempotency-Key": "json-seen-0001"}
    )
    assert seen.json() == {"unseen": 1}
