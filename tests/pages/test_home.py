"""The first page: its sentence, its queue, the funds, what is new, and that it empties."""

from datetime import date, timedelta

import httpx
import pytest
from litestar import Litestar

from api.pages.home import lede
from ledger.domain.actors import Actor
from ledger.domain.exchange import ProposeRate
from ledger.domain.funds import ChangeFund
from ledger.domain.home import Waiting
from ledger.services import exchange, funds
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import in_french, submit, text_of
from tests.services.test_funds import PROPOSAL, gift, known_rate

TODAY = date(2026, 11, 23)


def _waiting(*ages: int) -> list[Waiting]:
    return [Waiting(kind="x", subject="X", url="/", union="ue", since=TODAY - timedelta(days=age)) for age in ages]


@pytest.mark.parametrize(
    ("ages", "english", "french"),
    [
        ((), "Nothing waits for you.", "Rien ne vous attend."),
        ((0,), "One thing needs Unifor’s treasurer. It came today.", "Une chose attend la trésorerie d’Unifor. Elle est arrivée aujourd’hui."),
        ((1,), "One thing needs Unifor’s treasurer. It has waited one day.", "Une chose attend la trésorerie d’Unifor. Elle attend depuis un jour."),
        (
            (6, 2, 1, 0),
            "Four things need Unifor’s treasurer. The oldest has waited six days.",
            "Quatre choses attendent la trésorerie d’Unifor. La plus ancienne attend depuis six jours.",
        ),
        (
            (40,) * 12,
            "12 things need Unifor’s treasurer. The oldest has waited 40 days.",
            "12 choses attendent la trésorerie d’Unifor. La plus ancienne attend depuis 40 jours.",
        ),
    ],
)
def test_the_sentence_on_top(ages: tuple[int, ...], english: str, french: str) -> None:
    assert lede("en", _waiting(*ages), TODAY, "Unifor", True) == english
    assert lede("fr", _waiting(*ages), TODAY, "Unifor", True) == french


async def test_the_queue_says_what_to_do_and_empties(
    pool: Pool, clock: Clock, ue: Actor, unifor_client: httpx.AsyncClient
) -> None:
    assert "Nothing waits for you" in text_of(await unifor_client.get("/"))
    await exchange.propose_rate(pool, ue, "propose-rate-1", ProposeRate(observed_on=date(2026, 11, 20), value="1.3725", source="boc"))
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    clock.now += timedelta(days=6)
    answer = await unifor_client.get("/")
    text = text_of(answer)
    assert "Two things need Unifor’s treasurer. The oldest has waited six days." in text
    assert "Confirm the rate USD 1 = CAD 1.3725 Bank of Canada, November 20, 2026, entered by Dolores Haze-Nguyen" in text
    assert "Confirm the new fund Union halls Fund HALL, proposed by Dolores Haze-Nguyen UE 6 days Review" in text
    assert 'href="/funds/HALL"' in answer.text
    await in_french(unifor_client)
    text = text_of(await unifor_client.get("/"))
    assert "Deux choses attendent la trésorerie d’Unifor. La plus ancienne attend depuis six jours." in text
    assert "Confirmer le nouveau fonds : Salles syndicales" in text
    await submit(unifor_client, "/funds/HALL/confirm")
    assert "Salles syndicales Fonds HALL, proposé" not in text_of(await unifor_client.get("/"))


async def test_funds_and_what_is_new_until_marked(pool: Pool, clock: Clock, ue: Actor, unifor: Actor, unifor_client: httpx.AsyncClient) -> None:
    await gift(pool, ue, "2026-11-20", 2_000_000)
    await gift(pool, unifor, "2026-11-20", 5_000_000)
    await known_rate(pool)
    clock.now += timedelta(minutes=1)
    await funds.change_fund(pool, ue, "change-strike-1", ChangeFund(fund="STRIKE", floors={"CAD": 100_000}))
    answer = await unifor_client.get("/")
    text = text_of(answer)
    assert "Strike fund restricted CAD 50,000.00 USD 20,000.00" in text
    assert "never added together. USD 1 = CAD 1.3725; Bank of Canada, November 20, 2026" in text
    assert "J-1 Contribution of UE Dolores Haze-Nguyen USD 20,000.00" in text
    assert "J-2" not in text
    assert "Fund changed: floor from none to CAD 1,000.00" in text
    assert 'name="number" value="2"' in answer.text
    clock.now += timedelta(minutes=1)
    done = await submit(unifor_client, "/", number="2")
    assert (done.status_code, done.headers["location"]) == (303, "/?done=home_seen")
    text = text_of(await unifor_client.get("/"))
    assert "J-1" not in text
    assert "Nothing new: you have read what others recorded." in text
    assert (await submit(unifor_client, "/", number="x")).headers["location"] == "/"


async def test_each_person_sees_their_own_page(app: Litestar, pool: Pool, ue: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 2_000_000)
    for role, seen, unseen in (
        ("admin", "People who can sign in", "Strike fund"),
        ("board_member", "Strike fund", "People who can sign in"),
        ("campaign_lead", "Strike fund", "J-1"),
        ("trustee", "J-1", "People who can sign in"),
    ):
        async with client_for(app, await add_person(pool, f"Person of {role}", "unifor", role)) as client:
            answer = await client.get("/")
            assert answer.status_code == 200, role
            assert seen in text_of(answer), role
            assert unseen not in text_of(answer), role


async def test_an_empty_first_page_says_what_its_reader_can_do(app: Litestar, pool: Pool, ue: Actor) -> None:
    """In new books: the administrator adds a treasurer, the treasurer records an opening balance, the others wait."""
    for role, union, says, leads in (
        ("admin", "unifor", "Add your union’s treasurer first", "/people/new"),
        ("treasurer", "ue", "Begin with the opening balance", "/journal/new?kind=opening"),
        ("board_member", "ue", "every figure leads to the entries behind it", "/funds"),
        ("campaign_lead", "ue", "Nothing here needs your signature.", "/funds"),
    ):
        async with client_for(app, await add_person(pool, f"New {role}", union, role)) as client:
            answer = await client.get("/")
            assert says in text_of(answer), role
            assert f'href="{leads}"' in answer.text, role
    await gift(pool, ue, "2026-11-20", 2_000_000)
    async with client_for(app, ue) as client:
        assert "Begin with the opening balance" not in text_of(await client.get("/"))
