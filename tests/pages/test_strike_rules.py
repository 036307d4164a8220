"""Strike rules as people of both unions read, propose and decide about them, in both languages, without a script."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_approval_rules import typed
from tests.pages.test_funds import in_french, submit, text_of


@pytest_asyncio.fixture(loop_scope="session")
async def officer(app: Litestar, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Unifor's officer, who proposes; its treasurer is ``unifor_client``, who decides."""
    async with client_for(app, await add_person(pool, "Coralie Haddad-Morin", "unifor", "officer")) as client:
        yield client


def fields_of(answer: httpx.Response) -> dict[str, str | list[str]]:
    """What the form's controls hold, hidden ones, boxes and texts too, as a browser would send them."""
    fields: dict[str, str | list[str]] = dict(typed(answer))
    form = answer.text[answer.text.index('name="base"') - 60 :]
    for tag in re.findall(r'<input type="hidden"[^>]*>', form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            fields[name[1]] = value[1]
    fields |= {name: text.strip() for text_name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL)
               for name in [text_name]}  # fmt: skip
    fields["applies_to"] = re.findall(r'name="applies_to" value="([^"]+)" checked', form)
    return fields


# --- reading ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["officer", "treasurer", "deputy", "board_member", "benefits_officer", "trustee"])
async def test_everybody_reads_what_each_union_pays(app: Litestar, pool: Pool, role: str) -> None:
    async with client_for(app, await add_person(pool, "A reader", "ue", role)) as client:
        answer = await client.get("/strike-rules")
        text = text_of(answer)
        assert "Unifor strike pay" in text and "Each member, by the week CAD 300.00 from week 1 2019-08-21 in force" in text
        assert "The local, a sum for each striker USD 100.00 from week 3 placeholder 2000-01-01 in force" in text
        assert ("Propose new rules" in text) == (role in ("officer", "treasurer"))
        for code, shipped in shipped_rule_sets().items():
            assert (f'href="/strike-rules/templates/{code}"' in answer.text) == (not shipped.union)
        own = text_of(await client.get("/strike-rules/ue"))
        assert ("Propose a change" in own) == (role in ("officer", "treasurer"))
        assert "Propose a change" not in text_of(await client.get("/strike-rules/unifor"))


async def test_rules_are_told_in_plain_words_with_what_they_pay(ue_client: httpx.AsyncClient) -> None:
    text = text_of(await ue_client.get("/strike-rules/unifor"))
    assert "These rules came with the product and hold from August 21, 2019." in text
    assert "Strike duty any duty makes a day, and each day is paid by itself" in text
    assert "After ratification at most 28 days more, while members are out" in text
    assert "Holds for strike and lockout Decided by National Executive Board" in text
    assert "A member who does all duty, week by week" in text
    assert "1 CAD 300.00 CAD 180.00 CAD 300.00 2 CAD 300.00 CAD 180.00 CAD 600.00" in text
    assert "17 CAD 300.00 CAD 180.00 CAD 5,100.00" in text
    local = text_of(await ue_client.get("/strike-rules/ue"))
    assert "The amounts are placeholders" in local
    assert "A local with 100 strikers, week by week" in local and "2 USD 0.00 USD 0.00 3 USD 10,000.00 USD 10,000.00" in local
    assert "Expense reports the next sum waits for the local’s report of the week before" in local
    await in_french(ue_client)
    french = text_of(await ue_client.get("/strike-rules/unifor"))
    assert "Prestations de grève d’Unifor" in french and "tout piquetage fait une journée" in french
    assert "Semaine La semaine entière Finit le troisième jour En tout jusque-là 1 CAD 300,00 CAD 180,00" in french


# The template, what its page says of it, what its 17 weeks come to.
TEMPLATES = [
    ("cupe", "20 h a week; 4 h make a day, and each day is paid by itself", "CAD 6,500.00"),
    ("uaw", "day 8; once it is reached, the days before it are paid too", "USD 8,500.00"),
    ("uaw", "Before Thanksgiving: USD 100.00, in the week of November 20, every year; Before Christmas: USD 100.00", "USD 8,500.00"),
    ("uaw", "they are placeholders", "USD 8,500.00"),
    ("uaw-older", "day 8; the days before it are never paid", "USD 8,000.00"),
    ("cwa", "USD 300.00 from day 15; USD 400.00 from day 29", "USD 5,800.00"),
    ("opseu", "For each dependant CAD 25.00 a day", "CAD 9,050.00"),
    ("bcgeu", "70% of the member’s gross weekly pay", "CAD 6,375.00"),
    ("cupw", "for each day 200% of the member’s hourly rate, for at most 5 days", "CAD 5,100.00"),
    ("usw", "they are placeholders", "USD 150,000.00"),
]


@pytest.mark.parametrize(("code", "said", "total"), TEMPLATES)
async def test_a_template_says_what_it_is_and_what_it_pays(ue_client: httpx.AsyncClient, code: str, said: str, total: str) -> None:
    text = text_of(await ue_client.get(f"/strike-rules/templates/{code}"))
    assert "These rules are in force nowhere here." in text
    assert said in text.replace("The amounts are placeholders", "they are placeholders")
    assert total in text[text.index("17 ") :], text[-400:]
    assert "Begin a proposal with them" in text


# --- proposing and deciding -----------------------------------------------------------------------------------------------


async def test_the_form_begins_with_the_rules_in_force_and_changes_nothing_by_itself(officer: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "unifor"}))
    assert (fields["code"], fields["base"], fields["model"], fields["valid_from"]) == ("unifor", "unifor", "per_member_run", "2026-11-30")
    assert (fields["tier-0-begins"], fields["tier-0-weekly"], fields["duty"], fields["run_off_days"]) == ("1", "300.00", "day", "28")
    assert fields["applies_to"] == ["strike", "lockout"]
    same = await submit(officer, "/strike-rules/new", **fields, action="preview")
    assert (same.status_code, "This says what the latest confirmed rules say already." in text_of(same)) == (422, True)


async def test_extra_cheques_are_typed_a_line_each_and_said_in_both_languages(officer: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "unifor"}))
    added = await submit(officer, "/strike-rules/new", **fields, action="add-cheque")
    assert 'name="cheque-0-on"' in added.text
    fields |= {"cheque-0-label_en": "Before Christmas", "cheque-0-label_fr": "Avant Noël", "cheque-0-on": "12-32", "cheque-0-amount": "150.00"}
    wrong = await submit(officer, "/strike-rules/new", **fields, action="preview")
    assert wrong.status_code == 422 and "neither a date nor a day of every year" in text_of(wrong) and 'value="12-32"' in wrong.text
    shown = await submit(officer, "/strike-rules/new", **fields | {"cheque-0-on": "12-18"}, action="preview")
    assert "Extra cheques – Before Christmas: CAD 150.00, in the week of December 18, every year" in text_of(shown)
    await in_french(officer)
    once = await submit(officer, "/strike-rules/new", **fields | {"cheque-0-on": "2026-12-01", "cheque-0-amount": "150,00"}, action="preview")
    assert "Avant Noël : 150,00 CAD, la semaine du 1er décembre 2026" in text_of(once).replace("\u00a0", " ")
    begun = fields_of(await officer.get("/strike-rules/new", params={"from": "uaw"}))
    assert (begun["cheque-1-label_fr"], begun["cheque-1-on"], begun["cheque-1-amount"]) == ("Avant Noël", "12-18", "100,00")


async def test_rules_are_proposed_looked_at_and_confirmed_within_the_union(
    officer: httpx.AsyncClient, unifor_client: httpx.AsyncClient, ue_client: httpx.AsyncClient, clock: Clock
) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "unifor"})) | {
        "tier-0-weekly": "325.00", "tier-1-begins": "9", "tier-1-weekly": "350.00", "dependant_day": "10.00", "authority": "NEB-2026-09", "remark": "Voted",
    }  # fmt: skip
    shown = await submit(officer, "/strike-rules/new", **fields, action="preview")
    text = text_of(shown)
    assert shown.status_code == 200, text
    assert "A week’s amount CAD 300.00 from week 1 CAD 325.00 from week 1; CAD 350.00 from week 9" in text
    assert "For each dependant – CAD 10.00 a day" in text
    assert "9 CAD 350.00 CAD 210.00 CAD 450.00" in text
    seen = re.search(r'name="seen" value="([^"]+)"', shown.text)
    assert seen
    made = await submit(officer, "/strike-rules/new", **fields_of(shown), action="post", seen=seen[1])
    assert (made.status_code, made.headers.get("location")) == (303, "/strike-rules/unifor/2?done=strike_rules_proposed"), text_of(made)[:1500]
    own = text_of(await officer.get("/strike-rules/unifor/2"))
    assert "Proposed by Coralie Haddad-Morin to hold from November 30, 2026; a second person of Unifor decides." in own
    assert "Why it was proposed: Voted" in own and "Confirm these rules" not in own
    assert (await submit(officer, "/strike-rules/unifor/2/confirm")).status_code == 403
    assert "Confirm these rules" not in text_of(await ue_client.get("/strike-rules/unifor/2"))
    assert (await submit(ue_client, "/strike-rules/unifor/2/confirm")).status_code == 403
    assert "Decide about the new strike rules unifor/2 Proposed by Coralie Haddad-Morin" in text_of(await unifor_client.get("/"))
    assert "unifor/2: a change is proposed by Coralie Haddad-Morin" in text_of(await unifor_client.get("/strike-rules"))
    assert "Confirm these rules" in text_of(await unifor_client.get("/strike-rules/unifor/2"))
    done = await submit(unifor_client, "/strike-rules/unifor/2/confirm")
    assert (done.status_code, done.headers["location"]) == (303, "/strike-rules/unifor/2?done=strike_rules_confirmed")
    again = await submit(unifor_client, "/strike-rules/unifor/2/confirm")
    assert (again.status_code, "(unifor/2) were decided about already" in text_of(again)) == (409, True)
    assert "unifor/2 2026-11-30 confirmed, still to come" in text_of(await ue_client.get("/strike-rules/unifor"))
    assert "CAD 300.00 from week 1 2019-08-21 in force" in text_of(await ue_client.get("/strike-rules"))


async def test_rules_are_turned_down_with_a_reason_that_the_proposer_reads(officer: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "unifor"})) | {"run_off_days": "14"}
    assert (await submit(officer, "/strike-rules/new", **fields, action="post")).status_code == 303
    empty = await submit(unifor_client, "/strike-rules/unifor/2/reject", reason=" ")
    assert (empty.status_code, 'id="f-reason-error"' in empty.text) == (422, True)
    assert (await submit(unifor_client, "/strike-rules/unifor/2/reject", reason="The NEB said 21")).status_code == 303
    text = text_of(await officer.get("/strike-rules/unifor/2"))
    assert "Why it was rejected: The NEB said 21" in text
    assert "After ratification at most 28 days more, while members are out at most 14 days more, while members are out" in text


async def test_new_rules_begin_with_those_of_another_union(officer: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "cupe"}))
    assert (fields["code"], fields["base"], fields["authority"], fields["minutes_week"], fields["tier-3-weekly"]) == (
        "unifor-cupe", "", "", "1200", "450.00",
    )  # fmt: skip
    made = await submit(officer, "/strike-rules/new", **fields | {"authority": "Rail council"}, action="post")
    assert (made.status_code, made.headers.get("location")) == (303, "/strike-rules/unifor-cupe/1?done=strike_rules_proposed"), text_of(made)[:1500]


async def test_a_local_s_weekly_sum_is_proposed_by_its_own_union(ue_client: httpx.AsyncClient) -> None:
    fields = fields_of(await ue_client.get("/strike-rules/new", params={"from": "ue"}))
    assert (fields["model"], fields["placeholder"], fields["reports_required"]) == ("local_lump_sum_advance", "yes", "yes")
    fields = {name: value for name, value in fields.items() if name != "placeholder"} | {"tier-0-weekly": "140.00", "authority": "GEB, October 2026"}
    shown = text_of(await submit(ue_client, "/strike-rules/new", **fields, action="preview"))
    assert "The amounts are placeholders decided" in shown and "3 USD 14,000.00 USD 14,000.00" in shown
    made = await submit(ue_client, "/strike-rules/new", **fields, action="post")
    assert made.headers.get("location") == "/strike-rules/ue/2?done=strike_rules_proposed"


# What is typed otherwise, the field with the error, what it says.
WRONG = [
    ({"valid_from": "2026-11-22"}, "valid_from", "Rules cannot begin in the past"),
    ({"valid_from": "soon"}, "valid_from", "This is not a date."),
    ({"name_fr": ""}, "name_fr", "Fill this in."),
    ({"tier-0-weekly": "lots"}, "tier-0-weekly", "This is not an amount."),
    ({"tier-0-begins": "0"}, "tier-0-begins", "From 1 to 520."),
    ({"tier-0-weekly": "10000.01"}, "tiers", "This number is not between"),
    ({"tier-1-begins": "1", "tier-1-weekly": "350.00"}, "tiers", "A weekly amount begins no later than the one before it."),
    ({"duty": "day", "minutes_day": ""}, "minutes_day", "nothing says how long a day of duty is"),
    ({"duty": "week", "minutes_day": "60", "minutes_week": ""}, "minutes_week", "neither the day nor the week depends on it"),
    ({"run_off_days": "367"}, "run_off_days", "From 0 to 366."),
    ({"applies_to": []}, "applies_to", "one kind of dispute or more"),
    ({"code": "ue"}, "code", "This code names another union’s rules."),
    ({"code": "Unifor!"}, "code", "This code cannot be used."),
    ({"model": "local_lump_sum_advance"}, "model", "This cannot change from one version of the rules to the next"),
    ({"currency": "USD"}, "currency", "This cannot change from one version of the rules to the next"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    officer: httpx.AsyncClient, changes: dict[str, str | list[str]], field: str, sentence: str
) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "unifor"})) | {"base": "", "penalty_weeks": "1"} | changes
    answer = await submit(officer, "/strike-rules/new", **fields, action="post")
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text and sentence in text_of(answer), text_of(answer)[:1500]
    assert f'id="f-{field}-error"' in answer.text
    kept = fields_of(answer)
    assert {name: kept.get(name, "") for name in fields} == fields


async def test_lines_are_added_and_removed_without_a_script(officer: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new", params={"from": "cupe"}))
    more = await submit(officer, "/strike-rules/new", **fields, action="add-tier")
    assert (more.status_code, 'name="tier-4-begins"' in more.text) == (200, True)
    fewer = await submit(officer, "/strike-rules/new", **fields_of(more), action="remove-tier-2")
    assert (fewer.status_code, 'name="tier-2-begins"' in fewer.text) == (200, False)


async def test_new_rules_can_begin_with_nothing(officer: httpx.AsyncClient) -> None:
    fields = fields_of(await officer.get("/strike-rules/new"))
    assert (fields["currency"], fields["model"], fields["first_payable_day"], fields["applies_to"]) == ("CAD", "per_member_run", "1", ["strike", "lockout"])


NOWHERE = ["/strike-rules/cupe", "/strike-rules/unifor/2", "/strike-rules/unifor/x", "/strike-rules/templates/x", "/strike-rules/new?from=x"]


@pytest.mark.parametrize("path", NOWHERE)
async def test_what_is_not_there(unifor_client: httpx.AsyncClient, path: str) -> None:
    assert (await unifor_client.get(path)).status_code == 404


async def test_who_has_no_business_with_them(app: Litestar, pool: Pool) -> None:
    for role in ("admin", "picket_captain", "campaign_lead"):
        async with client_for(app, await add_person(pool, "Somebody", "ue", role)) as client:
            assert (await client.get("/strike-rules")).status_code == 403
            assert '"/strike-rules"' not in (await client.get("/")).text
