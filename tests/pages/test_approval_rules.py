"""Approval rules and interests as officers of both unions, a board member and a treasurer see and use them, in both languages, without a script."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import in_french, submit, text_of
from tests.services.test_approvals import a_campaign, a_payee
from tests.services.test_funds import known_rate


@pytest_asyncio.fixture(loop_scope="session")
async def wanda(pool: Pool) -> Actor:
    """UE's officer."""
    return await add_person(pool, "Wanda Achterberg", "ue", "officer")


@pytest_asyncio.fixture(loop_scope="session")
async def wanda_client(app: Litestar, wanda: Actor) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app, wanda) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def coralie_client(app: Litestar, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Unifor's secretary-treasurer."""
    async with client_for(app, await add_person(pool, "Coralie Haddad-Morin", "unifor", "secretary_treasurer")) as client:
        yield client


def typed(answer: httpx.Response) -> dict[str, str]:
    """What a form's controls hold, as a browser would send them."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", answer.text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="text"' in tag or " checked" in tag):
            fields[name[1]] = value[1]
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', answer.text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        fields[name] = chosen[1] if chosen else ""
    return {name: value for name, value in fields.items() if name not in ("q", "form_key")}


# --- what is in force ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["officer", "secretary_treasurer", "board_member", "treasurer", "campaign_lead", "benefits_officer"])
async def test_everybody_reads_in_sentences_who_must_approve(app: Litestar, pool: Pool, role: str) -> None:
    async with client_for(app, await add_person(pool, "A reader", "ue", role)) as client:
        answer = await client.get("/approval-rules")
        text = text_of(answer)
        assert "Up to CAD 5,000.00 one national officer of each union" in text
        assert "More than CAD 5,000.00, up to CAD 25,000.00 the secretary-treasurer of each union" in text
        assert "More than CAD 25,000.00 one national officer of each union and the board of each union, by resolution" in text
        assert "Board of Unifor 25 seats; 13 votes make a quorum" in text
        assert "came with the product" in text
        assert ("Propose a change" in text) == (role in ("officer", "secretary_treasurer"))
        await in_french(client)
        text = text_of(await client.get("/approval-rules"))
        assert "Plus de 5 000,00 CAD, jusqu’à 25 000,00 CAD la secrétaire-trésorière ou le secrétaire-trésorier de chaque syndicat" in text


# kind, fund, amount as typed, currency, what the page says.
ASKED = [
    ("general", "GEN", "5,000.00", "CAD", "one national officer of UE one national officer of Unifor"),
    ("general", "GEN", "5,000.01", "CAD", "the secretary-treasurer of UE the secretary-treasurer of Unifor"),
    ("general", "GEN", "20000", "USD", "the board of UE, by resolution the board of Unifor, by resolution Tested as CAD 27,450.00."),
    ("political", "POL-CA", "10", "CAD", "Who must approve one national officer of Unifor the board of Unifor, by resolution"),
    ("general", "GEN", "lots", "CAD", "That is not an amount."),
    ("general", "NOSUCH", "10", "CAD", "There is no fund NOSUCH."),
    ("general", "GEN", "-10", "CAD", "more than zero"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fund", "amount", "currency", "expected"), ASKED)
async def test_what_would_this_need(pool: Pool, ue_client: httpx.AsyncClient, kind: str, fund: str, amount: str, currency: str, expected: str) -> None:
    await known_rate(pool)
    answer = await ue_client.get("/approval-rules", params={"kind": kind, "fund": fund, "amount": amount, "currency": currency})
    assert answer.status_code == 200
    assert expected in text_of(answer), text_of(answer)[:1500]


# --- changing it --------------------------------------------------------------------------------------------------------


async def test_the_form_begins_with_today_s_rules_and_changes_nothing_by_itself(wanda_client: httpx.AsyncClient) -> None:
    form = await wanda_client.get("/approval-rules/new")
    fields = typed(form)
    assert (fields["valid_from"], fields["rule-1-over"], fields["rule-1-signers"], fields["rule-2-boards"]) == (
        "2026-11-30", "5,000.00", "yes", "both",
    )  # fmt: skip
    same = await submit(wanda_client, "/approval-rules/new", **fields, action="preview")
    assert (same.status_code, "This says what the latest confirmed rules say already." in text_of(same)) == (422, True)


async def test_rules_are_proposed_looked_at_and_confirmed(
    wanda_client: httpx.AsyncClient, coralie_client: httpx.AsyncClient, clock: Clock
) -> None:
    fields = typed(await wanda_client.get("/approval-rules/new")) | {"rule-1-over": "10,000.00", "remind_days": "14", "remark": "Council of October"}
    shown = await submit(wanda_client, "/approval-rules/new", **fields, action="preview")
    text = text_of(shown)
    assert shown.status_code == 200, text
    assert "What In force today Proposed Ordinary requests Up to CAD 5,000.00 one national officer of each union" in text
    assert "More than CAD 10,000.00, up to CAD 25,000.00 the secretary-treasurer of each union" in text
    assert "A reminder is sent after 7 days 14 days" in text
    seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
    made = await submit(wanda_client, "/approval-rules/new", **typed(shown), remark="Council of October", action="post", seen=seen[1] if seen else "")
    assert (made.status_code, made.headers.get("location")) == (303, "/approval-rules/2?done=rules_proposed"), text_of(made)
    own = text_of(await wanda_client.get("/approval-rules/2"))
    assert "Proposed by Wanda Achterberg to hold from November 30, 2026; an officer of Unifor decides." in own
    assert "Why it was proposed: Council of October" in own
    assert "Confirm these rules" not in own
    assert (await submit(wanda_client, "/approval-rules/2/confirm")).status_code == 403
    home = await coralie_client.get("/")
    assert "Decide about the new approval rules R-2 Proposed by Wanda Achterberg, to hold from November 30, 2026" in text_of(home)
    assert "A change is proposed by Wanda Achterberg" in text_of(await coralie_client.get("/approval-rules"))
    assert "Confirm these rules" in text_of(await coralie_client.get("/approval-rules/2"))
    done = await submit(coralie_client, "/approval-rules/2/confirm")
    assert (done.status_code, done.headers["location"]) == (303, "/approval-rules/2?done=rules_confirmed")
    again = await submit(coralie_client, "/approval-rules/2/confirm")
    assert (again.status_code, "(R-2) were decided about already" in text_of(again)) == (409, True)
    assert "confirmed, still to come" in text_of(await coralie_client.get("/approval-rules"))
    assert "Up to CAD 5,000.00" in text_of(await coralie_client.get("/approval-rules"))
    clock.now = clock.now.replace(month=12, day=1)
    after = text_of(await coralie_client.get("/approval-rules"))
    assert "In force since November 30, 2026." in after and "Up to CAD 10,000.00 one national officer of each union" in after
    assert "Before R-2 Ordinary requests" in text_of(await coralie_client.get("/approval-rules/2"))


async def test_rules_are_rejected_with_a_reason(wanda_client: httpx.AsyncClient, coralie_client: httpx.AsyncClient) -> None:
    fields = typed(await wanda_client.get("/approval-rules/new")) | {"own_nation_only": ""}
    assert (await submit(wanda_client, "/approval-rules/new", **fields, action="post")).status_code == 303
    bare = await submit(coralie_client, "/approval-rules/2/reject")
    assert (bare.status_code, "Why not: Fill this in." in text_of(bare)) == (422, True)
    turned_down = await submit(coralie_client, "/approval-rules/2/reject", reason="The law of both countries says otherwise")
    assert turned_down.headers["location"] == "/approval-rules/2?done=rules_rejected"
    text = text_of(await wanda_client.get("/approval-rules/2"))
    assert "Proposed by Wanda Achterberg, rejected by Coralie Haddad-Morin." in text
    assert "Why it was rejected: The law of both countries says otherwise" in text
    assert "Ring-fenced political funds are decided by their own nation alone both unions" in text


# what is typed otherwise, where the error leads, what it says.
WRONG = [
    ({"valid_from": "2026-11-22"}, "valid_from", "Rules cannot begin in the past"),
    ({"valid_from": "soon"}, "valid_from", "This is not a date."),
    ({"rule-0-over": "1"}, "rules", "No rule for all funds begins at zero (Ordinary requests)"),
    ({"rule-1-over": "25,000.00"}, "rules", "Two rules of one kind and fund begin at the same amount (Ordinary requests)."),
    ({"rule-3-officers": "0", "rule-3-boards": "any"}, "rules", "A rule would let one union spend what is both’s"),
    ({"rule-1-over": "5,00"}, "rule-1-over", "This can be read in two ways."),
    ({"rule-1-over": "-5"}, "rule-1-over", "Must not be less than zero."),
    ({"rule-1-officers": "many"}, "rule-1-officers", "Write a whole number, like 1,240."),
    ({"rule-1-kind": ""}, "rule-1-kind", "Choose one from the list."),
    ({"quorum_ue": "13"}, "quorum_ue", "More votes would make a quorum than the board has seats"),
    ({"seats_unifor": "0"}, "seats_unifor", "From 1 to 999."),
    ({"headroom": "100.01"}, "headroom", "This share is not between 0 and 100 percent."),
    ({"split_days": "367"}, "split_days", "From 0 to 366."),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    wanda_client: httpx.AsyncClient, changes: dict[str, str], field: str, sentence: str
) -> None:
    fields = typed(await wanda_client.get("/approval-rules/new")) | {"remind_days": "21"} | changes
    answer = await submit(wanda_client, "/approval-rules/new", **fields, action="post")
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text and sentence in text_of(answer), text_of(answer)[:1500]
    assert f'id="f-{field}-error"' in answer.text
    kept = typed(answer)
    assert {name: kept.get(name, "") for name in fields} == fields


async def test_lines_are_added_and_removed_without_a_script(wanda_client: httpx.AsyncClient) -> None:
    fields = typed(await wanda_client.get("/approval-rules/new"))
    more = await submit(wanda_client, "/approval-rules/new", **fields, action="add-rule")
    assert (more.status_code, 'name="rule-6-kind"' in more.text) == (200, True)
    fewer = await submit(wanda_client, "/approval-rules/new", **typed(more), action="remove-rule-2")
    assert (fewer.status_code, 'name="rule-2-kind"' in fewer.text) == (200, False)


@pytest.mark.parametrize("path", ["/approval-rules/2", "/approval-rules/999999", "/approval-rules/x"])
async def test_what_is_not_there(ue_client: httpx.AsyncClient, path: str) -> None:
    assert (await ue_client.get(path)).status_code == 404


# --- interests ----------------------------------------------------------------------------------------------------------


async def test_an_interest_is_declared_shown_and_ended(pool: Pool, wanda_client: httpx.AsyncClient, coralie_client: httpx.AsyncClient) -> None:
    lead = await add_person(pool, "Marisol Petrakis", "ue", "campaign_lead")
    await a_campaign(pool, "C-0001", "Erie locomotives", lead, (3, "Lake Erie Rail"))
    await a_payee(pool, "P-0001", "Presse Achterberg")
    empty = await wanda_client.get("/interests")
    assert "You have declared no interest" in text_of(empty)
    assert '<option value="Lake Erie Rail">Employer</option>' in empty.text
    assert '<option value="P-0001">Presse Achterberg, Payee</option>' in empty.text
    assert 'value="C-0001"' in (await wanda_client.get("/interests", params={"about": "C-0001"})).text
    wrong = await submit(wanda_client, "/interests", subject="C-0999", reason="My sister works there")
    assert (wrong.status_code, 'href="#f-subject"' in wrong.text, "My sister works there" in wrong.text) == (422, True, True)
    made = await submit(wanda_client, "/interests", subject="p-0001", reason="My brother owns it")
    assert (made.status_code, made.headers["location"]) == (303, "/interests?done=interest_declared")
    shown = await wanda_client.get("/interests")
    assert "P-0001 Presse Achterberg Payee My brother owns it 2026-11-23 in force" in text_of(shown)
    interest = re.search(r'name="interest" value="([^"]+)"', shown.text)
    assert interest
    assert (await submit(coralie_client, "/interests/end", interest=interest[1])).status_code == 404
    assert (await submit(wanda_client, "/interests/end", interest=interest[1])).headers["location"] == "/interests?done=interest_ended"
    assert "ended on 2026-11-23" in text_of(await wanda_client.get("/interests"))
    assert (await submit(wanda_client, "/interests/end", interest="nonsense")).status_code == 404
    await in_french(wanda_client)
    assert "Mes intérêts" in text_of(await wanda_client.get("/interests"))


async def test_an_administrator_has_nothing_to_declare(app: Litestar, pool: Pool) -> None:
    async with client_for(app, await add_person(pool, "Ingrid Vasquez-Roy", "ue", "admin")) as client:
        assert (await client.get("/interests")).status_code == 403
        assert "/interests" not in (await client.get("/")).text
