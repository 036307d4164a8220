"""Payees' pages as the people of both unions see them: dual control on the screen, and numbers that only the treasury sees."""

import re
from itertools import count

import httpx
import pytest
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services import payees
from ledger.services.payees import Decided
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for
from tests.pages.test_funds import in_french, text_of
from tests.services.test_payees import EVIDENCE, NUMBER, QUAI, details, proposed

_keys = count(1)
ADDED = {"name": QUAI.name, "country": "CA", "remark": "Leaflets"}
TYPED = {
    "currency": "CAD", "holder": "Quai Holding", "bank": "Caisse Exemple", "institution": "999", "transit": "99999", "account": NUMBER,
    "call_back": EVIDENCE,
}  # fmt: skip
SECRETS = (NUMBER, "Quai Holding", "99999", "Jeanne Exemple")


async def submit(client: httpx.AsyncClient, path: str, /, **fields: str) -> httpx.Response:
    return await client.post(path, data={"form_key": f"payees-page-{next(_keys)}", **fields})


async def confirmed(pool: Pool, ue: Actor, unifor: Actor) -> Decided:
    made = await proposed(pool, ue)
    return await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", made.id)


async def test_from_an_empty_list_to_details_both_unions_agreed_to(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    assert "No payees yet" in text_of(await ue_client.get("/payees"))
    added = await submit(ue_client, "/payees/new", **ADDED)
    assert (added.status_code, added.headers["location"]) == (303, "/payees/B-0001?done=payee_added")
    assert "No bank details yet" in text_of(await ue_client.get("/payees/B-0001"))
    made = await submit(ue_client, "/payees/B-0001/details/new", **TYPED)
    assert made.headers["location"] == "/payees/B-0001?done=payee_account_proposed"
    own = await ue_client.get("/payees/B-0001")
    assert "These wait for a treasurer of the other union" in text_of(own)
    assert "Confirm or reject" not in own.text
    waits = await unifor_client.get("/")
    assert f"Confirm the bank details of {QUAI.name}" in text_of(waits)
    address = re.search(r'data-href="(/payees/[^"]+/decide)"', waits.text)
    assert address
    shown = text_of(await unifor_client.get(address[1]))
    for told in (NUMBER, "Quai Holding", "999", "99999", EVIDENCE, "Dolores Haze-Nguyen UE"):
        assert told in shown
    nothing = await submit(unifor_client, address[1])
    assert (nothing.status_code, "not confirmed yet" in nothing.text) == (200, True), "Enter in a field decides nothing"
    done = await submit(unifor_client, address[1], action="confirm")
    assert done.headers["location"] == "/payees/B-0001?done=payee_account_confirmed"
    text = text_of(await ue_client.get("/payees/B-0001"))
    assert "Bank details in CAD confirmed by both unions" in text
    assert "Rosalie Tremblay-Okoye Unifor Bank details confirmed CAD, ending 0504" in text
    assert "CAD confirmed on November 23, 2026, ending 0504" in text_of(await unifor_client.get("/payees"))
    again = await unifor_client.get(address[1])
    assert "They were decided about already." in text_of(again) and 'value="confirm"' not in again.text


async def test_a_rejection_needs_a_reason_and_keeps_it(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    made = await proposed(pool, ue)
    at = f"/payees/B-0001/details/{made.id}"
    empty = await submit(unifor_client, f"{at}/decide", action="reject")
    assert (empty.status_code, "Fill this in." in empty.text) == (422, True)
    own = await submit(ue_client, f"{at}/decide", action="confirm")
    assert (own.status_code, "whoever proposed or entered it cannot also confirm it" in own.text) == (403, True)
    assert (await submit(unifor_client, f"{at}/decide", action="reject", reason="They know of no change")).status_code == 303
    text = text_of(await ue_client.get("/payees/B-0001"))
    assert "CAD, ending 0504 not accepted" in text and "They know of no change" in text and "No bank details yet" in text


async def test_details_are_withdrawn_or_stopped_with_a_reason(
    pool: Pool, ue: Actor, unifor: Actor, ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient
) -> None:
    made = await proposed(pool, ue)
    at = f"/payees/B-0001/details/{made.id}/retire"
    assert "Withdraw the bank details" in text_of(await ue_client.get(at))
    foreign = await submit(unifor_client, at, reason="Not ours")
    assert foreign.status_code == 403
    assert (await submit(ue_client, at)).status_code == 422
    assert (await submit(ue_client, at, reason="Mistyped")).status_code == 303
    again = await payees.propose_account(pool, ue, "propose-quai-2", details())
    await payees.confirm_account(pool, unifor, "confirm-quai-2", "B-0001", again.id)
    assert "Stop payments to bank details" in text_of(await unifor_client.get(f"/payees/B-0001/details/{again.id}/retire"))
    stopped = await submit(unifor_client, f"/payees/B-0001/details/{again.id}/retire", reason="The payee was robbed")
    assert stopped.headers["location"] == "/payees/B-0001?done=payee_account_retired"
    assert text_of(await ue_client.get("/payees/B-0001")).count("no longer used") >= 2


async def test_typed_values_stay_and_each_error_stands_beside_its_field(pool: Pool, ue: Actor, ue_client: httpx.AsyncClient) -> None:
    await payees.add_payee(pool, ue, "add-quai-1", QUAI)
    wrong = await submit(ue_client, "/payees/B-0001/details/new", **(TYPED | {"institution": "99", "currency": ""}))
    assert wrong.status_code == 422
    assert f'value="{NUMBER}"' in wrong.text and 'id="f-currency-error"' in wrong.text
    short = await submit(ue_client, "/payees/B-0001/details/new", **(TYPED | {"institution": "99"}))
    assert (short.status_code, 'id="f-institution-error"' in short.text) == (422, True)
    assert "A Canadian institution number has 3 digits." in text_of(short)
    assert "data-draft" not in short.text.partition("<main")[2], "no number of an account stays in the browser"
    twice = await submit(ue_client, "/payees/new", **(ADDED | {"name": "imprimerie du quai, EXEMPLE"}))
    assert twice.status_code == 409
    assert f"There is already a payee of that name: B-0001, {QUAI.name}." in text_of(twice)
    await in_french(ue_client)
    french = await submit(ue_client, "/payees/B-0001/details/new", **(TYPED | {"transit": "9"}))
    assert "Au Canada, un numéro de transit compte 5 chiffres." in text_of(french)


@pytest.mark.parametrize(("country", "names"), [("CA", "institution transit account"), ("US", "routing account"), ("FR", "iban account bic")])
async def test_the_form_has_the_fields_of_the_payees_country(ue_client: httpx.AsyncClient, country: str, names: str) -> None:
    await submit(ue_client, "/payees/new", **(ADDED | {"country": country}))
    form = await ue_client.get("/payees/B-0001/details/new")
    fields = re.findall(r'name="(institution|transit|routing|account|iban|bic)"', form.text)
    assert fields == names.split()


async def test_the_bank_may_be_in_another_country_than_the_payee(ue_client: httpx.AsyncClient) -> None:
    await submit(ue_client, "/payees/new", **ADDED)
    form = await ue_client.get("/payees/B-0001/details/new?country=US")
    assert re.findall(r'name="(institution|transit|routing|account)"', form.text) == ["routing", "account"]
    said = {"currency": "USD", "holder": "Quai", "bank": "A bank in Detroit", "call_back": TYPED["call_back"], "country": "US"}
    chosen = await submit(ue_client, "/payees/B-0001/details/new", **said, fields_of="CA", account="5", action="show")
    assert (chosen.status_code, 'value="A bank in Detroit"' in chosen.text, "wrong" in chosen.text) == (200, True, False), "what was typed stays"
    assert re.findall(r'name="(institution|transit|routing|account)"', chosen.text) == ["routing", "account"]
    unseen = await submit(ue_client, "/payees/B-0001/details/new", **said, fields_of="CA", routing="072000326", account="12345678")
    assert (unseen.status_code, "These are the fields of this country now" in text_of(unseen)) == (422, True)
    wrong = await submit(ue_client, "/payees/B-0001/details/new", **said, routing="072000320", account="12345678")
    assert re.findall(r'name="(institution|transit|routing|account)"', wrong.text) == ["routing", "account"]
    made = await submit(ue_client, "/payees/B-0001/details/new", **said, routing="072000326", account="12345678")
    assert (made.status_code, made.headers["location"]) == (303, "/payees/B-0001?done=payee_account_proposed")
    shown = text_of(await ue_client.get("/payees/B-0001"))
    assert "The bank’s country United States another country than the payee’s" in shown


async def test_a_lead_adds_and_changes_a_payee_until_it_has_details(app: Litestar, pool: Pool, ue: Actor) -> None:
    lead = await add_person(pool, "Malaika Osei-Gagnon", "unifor", "campaign_lead")
    async with client_for(app, lead) as client:
        assert (await submit(client, "/payees/new", **ADDED)).status_code == 303
        assert (await submit(client, "/payees/B-0001/change", **(ADDED | {"remark": "Posters"}))).status_code == 303
        await payees.propose_account(pool, ue, "propose-quai-1", details())
        refused = await submit(client, "/payees/B-0001/change", **(ADDED | {"name": "Other"}))
        assert (refused.status_code, "only the treasurers and their deputies" in refused.text) == (403, True)
        assert (await client.get("/payees/B-0001/details/new")).status_code == 403


@pytest.mark.parametrize(
    ("role", "hint", "numbers"),
    [("treasurer", True, True), ("deputy", True, True), ("officer", True, False), ("secretary_treasurer", True, False), ("trustee", True, False),
     ("board_member", False, False), ("campaign_lead", False, False)],
)  # fmt: skip
@pytest.mark.parametrize("union", ["ue", "unifor"])
async def test_only_the_treasury_sees_numbers_anywhere(
    app: Litestar, pool: Pool, ue: Actor, unifor: Actor, role: str, union: str, hint: bool, numbers: bool
) -> None:
    """Every page, file and answer in JSON that shows a payee, to every role of both unions."""
    made = await confirmed(pool, ue, unifor)
    second = await payees.propose_account(pool, unifor, "propose-quai-2", details(account="55443322118", currency="USD"))
    reader = await add_person(pool, f"A {role}", union, role)
    async with client_for(app, reader) as client:
        shown = await client.get("/payees/B-0001")
        lists = [await client.get(f"/payees{rest}") for rest in ("", "?format=csv", "?q=quai")]
        others = [await client.get(path) for path in ("/api/v1/payees", "/api/v1/payees/B-0001", "/search?q=quai", "/", "/audit")]
        whole = await client.get("/api/v1/payees/B-0001/accounts")
        decide = [await client.get(f"/payees/B-0001/details/{each.id}/decide") for each in (made, second)]
    assert whole.status_code == (200 if numbers else 403)
    assert {answer.status_code for answer in decide} == {200 if role == "treasurer" else 403}
    told = [shown, whole, *decide]
    for secret in (*SECRETS, "55443322118"):
        assert (secret in shown.text) is numbers
        assert numbers or not any(secret in answer.text for answer in told)
        assert not any(secret in answer.text for answer in (*lists, *others)), secret
    assert ("0504" in shown.text) is ("0504" in lists[0].text) is ('"ending":"0504"' in others[1].text) is hint
    assert "2118" not in lists[0].text + others[1].text, "what is only proposed is nobody's business yet"
    if not hint:
        assert "confirmed by both unions" in shown.text and "0504" not in "".join(answer.text for answer in (*told, *lists, *others))
        assert "Bank details proposed" not in shown.text
    assert QUAI.name in lists[1].text and "CAD" in lists[1].text


async def test_no_number_reaches_the_log(app: Litestar, pool: Pool, ue: Actor, capfd: pytest.CaptureFixture[str]) -> None:
    async with client_for(app, ue) as client:
        await submit(client, "/payees/new", **ADDED)
        for wrong in ({}, {"transit": "9"}, {"currency": "EUR"}, {"holder": ""}):
            await submit(client, "/payees/B-0001/details/new", **(TYPED | wrong))
        key = {"Idempotency-Key": "payees-log-1"}
        sent = {**{name: value for name, value in TYPED.items() if name != "bank"}, "unknown": NUMBER}
        assert (await client.post("/api/v1/payees/B-0001/accounts", json=sent, headers=key)).status_code == 400
    out, err = capfd.readouterr()
    assert not [secret for secret in SECRETS if secret in out + err]


async def test_search_finds_a_payee_by_name_and_number_for_who_may_see_it(app: Litestar, pool: Pool, ue: Actor) -> None:
    await payees.add_payee(pool, ue, "add-quai-1", QUAI)
    lead, benefits = await add_person(pool, "A lead", "ue", "campaign_lead"), await add_person(pool, "A benefits officer", "ue", "benefits_officer")
    async with client_for(app, lead) as client:
        found = await client.get("/search?q=imprimerie")
        assert 'href="/payees/B-0001"' in found.text and "Payees" in text_of(found)
        assert (await client.get("/search?q=b-1")).headers["location"] == "/payees/B-0001"
    async with client_for(app, benefits) as client:
        for words in ("imprimerie", "B-0001"):
            assert "/payees/" not in (await client.get(f"/search?q={words}")).text


async def test_both_languages_and_files(ue_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor) -> None:
    await confirmed(pool, ue, unifor)
    await in_french(ue_client)
    text = text_of(await ue_client.get("/payees/B-0001"))
    assert "Coordonnées bancaires en CAD confirmées par les deux syndicats" in text
    assert "Proposées par Dolores Haze-Nguyen UE" in text and "Confirmées par Rosalie Tremblay-Okoye Unifor" in text
    assert "confirmées le 23 novembre 2026, se terminant par 0504" in text_of(await ue_client.get("/payees"))
    assert "États-Unis" in text_of(await ue_client.get("/payees/new"))
    assert "Personne de ce nom" in text_of(await ue_client.get("/payees?q=zzz"))
    for kind in ("csv", "xlsx", "pdf"):
        assert (await ue_client.get(f"/payees?format={kind}")).status_code == 200


async def test_the_audit_trail_leads_to_the_payee(ue_client: httpx.AsyncClient, pool: Pool, ue: Actor, unifor: Actor) -> None:
    await confirmed(pool, ue, unifor)
    shown = await ue_client.get("/audit")
    assert shown.text.count('href="/payees/B-0001"') == 3
    assert "Confirm bank details of a payee B-0001 done" in text_of(shown)
    assert "0504" not in shown.text
