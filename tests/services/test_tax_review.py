"""The tax review list through real runs: the threshold by its own amount (case W26), what counts, and who may look; thresholds past two people."""

import re
from datetime import date, timedelta

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, NotAllowed, OtherUnion, SamePerson, ThresholdState
from ledger.domain.strikes import Strike
from ledger.services import setup, strike_payments, tax_review, thresholds
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from ledger.storage import thresholds as store
from tests.cases import figure_minor
from tests.conftest import Clock, client_for
from tests.domain.test_thresholds import PROPOSAL
from tests.pages.test_funds import in_french, text_of
from tests.services.requests_stage import Stage
from tests.services.runs_stage import enrol, paid
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def four_weeks(stage: Stage, clock: Clock) -> Strike:
    """UE pays members itself, USD 500 a week: M1 for four weeks, M2 for three, M3 never."""
    uaw = shipped_rule_sets()["uaw"].rules
    rules = msgspec.structs.replace(uaw, code="ue-members", first_payable_day=1, retroactive=False, extra_cheques=(), placeholder=False)
    async with stage.pool.database.writing() as connection:
        await strike_rules.add(connection, rules, 1, "ue", date(2026, 1, 1), "confirmed", 1, stage.pool.clock())
    await stage.fund("STRIKE", USD=20_000_00)
    strike = await on_strike(stage, "ue", rule_set="ue-members")
    await enrol(stage, strike, {}, {"registered_on": FIRST_DAY + timedelta(days=7)}, {"on_hold": True})
    clock.now += timedelta(days=14)
    for week in range(1, 5):
        await paid(stage, strike, FIRST_DAY + timedelta(days=7 * week - 1), week, 1000 * week)
    return strike


async def test_w26_whoever_was_paid_the_threshold_itself_is_listed_and_what_is_void_does_not_count(stage: Stage, clock: Clock) -> None:
    strike = await four_weeks(stage, clock)
    found = await tax_review.review(stage.pool, stage.who["ue benefits"], 2026, "US")
    assert found.threshold is not None
    reached = figure_minor("W26", "1099 flag 2026 (threshold 2,000)")
    assert [(each.reference, each.benefits_minor, each.total_minor) for each in found.members] == [("M1", reached, reached)]
    assert (found.sums.paid, found.sums.listed, found.sums.listed_minor, found.next) == (2, 1, reached, None)
    run = (await _runs(stage, strike))[0]
    await strike_payments.void_payment(stage.pool, stage.who["ue benefits"], stage.key(), run, 1, stage.pool.today(), "not entitled")
    after = await tax_review.review(stage.pool, stage.who["ue treasurer"], 2026)
    assert (after.members, after.sums.paid, after.sums.listed) == ([], 2, 0)



async def _runs(stage: Stage, strike: Strike) -> list[str]:
    async with stage.pool.database.reading() as connection:
        return [row["number"] for row in await connection.fetch("SELECT number FROM strike_runs WHERE strike = $1 ORDER BY week DESC", strike.number)]


async def test_a_grant_counts_beside_the_benefits_and_a_loan_does_not(stage: Stage, clock: Clock) -> None:
    strike = await four_weeks(stage, clock)
    async with stage.pool.database.writing() as connection:
        await connection.execute("SELECT set_config('app.union', 'ue', true)")
        for number, kind in enumerate(("medical", "hardship_grant", "hardship_loan"), 1):
            await connection.execute(
                """INSERT INTO strike_grants (number, strike, member, union_code, kind, amount_minor, currency, paid_to, purpose, state, state_since,
                    proposed_by, proposed_at, paid_on, repaid_minor, remark)
                VALUES ($1, $2, 2, 'ue', $3, 25000, 'USD', 'member', 'help', 'paid', $4, 1, $4, $5, 0, '')""",
                f"SG-{number:04d}", strike.number, kind, stage.pool.clock(), date(2026, 11, 20),
            )  # fmt: skip
    found = await tax_review.review(stage.pool, stage.who["ue treasurer"], 2026)
    assert [(each.reference, each.benefits_minor, each.medical_minor, each.hardship_minor, each.total_minor) for each in found.members] == [
        ("M1", 2_000_00, 0, 0, 2_000_00), ("M2", 1_500_00, 250_00, 250_00, 2_000_00),
    ]  # fmt: skip
    page = await tax_review.review(stage.pool, stage.who["ue treasurer"], 2026, limit=1)
    assert [each.reference for each in page.members] == ["M1"] and page.next == 1
    assert [each.reference for each in (await tax_review.review(stage.pool, stage.who["ue treasurer"], 2026, after=1)).members] == ["M2"]


async def test_only_its_own_unions_treasurers_and_benefits_officers_look_and_each_look_is_logged(stage: Stage, clock: Clock) -> None:
    await four_weeks(stage, clock)
    for part in ("ue officer", "ue trustee", "ue captain", "ue deputy"):
        if part in stage.who:
            with pytest.raises(NotAllowed):
                await tax_review.review(stage.pool, stage.who[part], 2026)
    other = await tax_review.review(stage.pool, stage.who["unifor treasurer"], 2026)
    assert (other.threshold, other.members, other.sums.paid) == (None, [], 0)
    with pytest.raises(OtherUnion):
        await tax_review.review(stage.pool, stage.who["unifor treasurer"], 2026, "US")
    with pytest.raises(ChoiceInvalid):
        await tax_review.review(stage.pool, stage.who["ue treasurer"], 2026, "MX")
    with pytest.raises(DateInvalid):
        await tax_review.review(stage.pool, stage.who["ue treasurer"], 1)
    await tax_review.review(stage.pool, stage.who["ue benefits"], 2026)
    async with stage.pool.database.reading() as connection:
        rows = await connection.fetch("SELECT person_id, details::text AS details FROM audit WHERE action = 'view_roster'")
    assert [row["person_id"] for row in rows] == [stage.who["ue benefits"].person_id] and "M1" not in rows[0]["details"]


async def test_the_page_and_the_files_name_members_to_their_own_union_alone(app: Litestar, stage: Stage, clock: Clock) -> None:
    await four_weeks(stage, clock)
    async with client_for(app, stage.who["ue treasurer"]) as client:
        text = text_of(await client.get("/strikes/tax-review?year=2026&nation=US"))
        assert "reaches the threshold entered for Form 1099-MISC: strike benefits to one member: USD 2,000.00 or more in 2026, paid by UE." in text
        assert "It is not advice: ask your adviser." in text and "M1 Member 1 506 USD 2,000.00" in text
        file = await client.get("/strikes/tax-review?year=2026&format=csv")
        assert file.headers["Content-Type"].startswith("text/csv") and "Member 1" in file.text and "Member 2" not in file.text
        assert (await client.get("/strikes/tax-review?year=2026&format=xlsx")).content[:2] == b"PK"
        got = (await client.get("/api/v1/strikes/tax-review?year=2026&nation=US")).json()
        assert [(each["reference"], each["total"]["amount"]) for each in got["items"]] == [("M1", "2000.00")]
        assert "must file" not in text
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        answers = [await client.get(f"/strikes/tax-review?{query}") for query in ("year=2026", "year=2026&nation=US", "format=csv")]
        assert all("Member 1" not in answer.text and "M1" not in answer.text for answer in answers)
        assert [answer.status_code for answer in answers] == [200, 403, 200]


# --- thresholds -----------------------------------------------------------------------------------------------------------


async def test_a_threshold_holds_once_a_second_treasurer_confirms_it(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await thresholds.propose_threshold(pool, ue, "threshold-1", PROPOSAL)
    assert (made.version, made.state) == (3, "proposed")
    with pytest.raises(SamePerson):
        await thresholds.decide_threshold(pool, ue, "threshold-2", made.code, 3, "confirmed")
    async with pool.database.reading() as connection:
        assert [row.kind for row in await thresholds.waiting(connection, unifor, pool.today())] == ["confirm_threshold"]
        assert await thresholds.waiting(connection, ue, pool.today()) == []
    assert (await thresholds.decide_threshold(pool, unifor, "threshold-3", made.code, 3, "confirmed")).state == "confirmed"
    with pytest.raises(ThresholdState):
        await thresholds.decide_threshold(pool, unifor, "threshold-4", made.code, 3, "rejected")
    seen = await thresholds.overview(pool, unifor)
    assert [(each.threshold.version, each.threshold.state, each.holds) for each in seen.items if each.threshold.code == made.code] == [
        (3, "confirmed", False), (2, "confirmed", True), (1, "confirmed", False),
    ]  # fmt: skip


async def test_the_pages_of_thresholds(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    text = text_of(await ue_client.get("/thresholds"))
    assert "USD 2,000.00 or more for calendar years that end from January 1, 2026 on" in text and "came with the product" in text
    fields = {
        "form_key": "thresholds-page-1", "code": "strike-benefits-us", "name_en": "Strike benefits", "name_fr": "Prestations de grève",
        "amount": "2,100", "amount_currency": "USD", "comparison": "over", "nation": "US", "applies_to": "strike_benefits",
        "valid_from": "2027-01-01", "source": "A letter",
    }  # fmt: skip
    wrong = await ue_client.post("/thresholds/new", data=fields | {"amount": "much", "source": ""})
    assert wrong.status_code == 422 and "Fill this in." in wrong.text and 'value="much"' in wrong.text
    assert (await ue_client.post("/thresholds/new", data=fields)).headers["Location"] == "/thresholds?done=threshold_proposed"
    assert "yours: another person confirms it" in text_of(await ue_client.get("/thresholds"))
    assert "Confirm the threshold Strike benefits" in text_of(await unifor_client.get("/"))
    decided = await unifor_client.post("/thresholds/strike-benefits-us/3", data={"form_key": "thresholds-page-2", "decision": "confirmed"})
    assert decided.headers["Location"] == "/thresholds?done=threshold_confirmed"
    again = await unifor_client.post("/thresholds/strike-benefits-us/3", data={"form_key": "thresholds-page-3", "decision": "rejected"})
    assert again.status_code == 409 and "decided about already" in text_of(again)
    assert "more than USD 2,100.00" in text_of(again)


WORDS = {
    "code": {"code": "A B C"}, "amount": {"amount": " "}, "days": {"days": "5"}, "valid_to": {"valid_to": "2026-12-31"},
}  # fmt: skip
SAID = {
    "code": "This code cannot be used. Begin with a small letter", "amount": "money, and no amount is given. Write the amount",
    "days": "counts no days. Leave the days out.", "valid_to": "Its last day (December 31, 2026) is before its first (January 1, 2027).",
}  # fmt: skip


@pytest.mark.parametrize("field", WORDS)
async def test_what_is_wrong_with_a_threshold_is_said_beside_its_field(ue_client: httpx.AsyncClient, field: str) -> None:
    fields = {
        "code": "lm-3", "name_en": "Form LM-3", "name_fr": "Formulaire LM-3", "amount": "20,000", "amount_currency": "USD", "comparison": "at_least",
        "nation": "US", "applies_to": "receipts", "valid_from": "2027-01-01", "source": "A letter",
    }  # fmt: skip
    wrong = await ue_client.post("/thresholds/new", data=fields | WORDS[field])
    assert wrong.status_code == 422 and SAID[field] in text_of(wrong)
    input_of = re.search(rf'<(input|select)[^>]* name="{field}"[^>]*>', wrong.text)
    assert input_of is not None and 'aria-invalid="true"' in input_of.group()


async def test_a_word_that_decides_nothing_is_refused(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    fields = {
        "code": "lm-3", "name_en": "Form LM-3", "name_fr": "Formulaire LM-3", "amount": "20,000", "amount_currency": "USD", "comparison": "at_least",
        "nation": "US", "applies_to": "receipts", "valid_from": "2027-01-01", "first_day_assumed": "yes", "source": "A letter",
        "source_fr": "Une lettre",
    }  # fmt: skip
    assert (await ue_client.post("/thresholds/new", data=fields)).status_code == 303
    for word in ("maybe", ""):
        answer = await unifor_client.post("/thresholds/lm-3/2", data={"decision": word})
        assert answer.status_code == 422 and "is not one of the choices" in text_of(answer)
    text = text_of(await unifor_client.get("/thresholds"))
    assert "waits for a second person" in text and "That it holds from January 1, 2027 on is an assumption" in text
    await in_french(unifor_client)
    assert "Une lettre" in text_of(await unifor_client.get("/thresholds"))


async def test_the_page_says_for_which_years_and_where_no_amount_is_entered(ue_client: httpx.AsyncClient) -> None:
    answer = await ue_client.get("/thresholds")
    text = text_of(answer)
    assert "for fiscal years that end from January 1, 2027 on" in text and "That it holds from January 1, 2027 on is an assumption" in text
    assert "From January 1, 2027 on no amount is entered for Form LM-3, below it LM-4: receipts of a fiscal year." in text
    assert 'href="/thresholds/new?code=lm-3"' in answer.text
    assert 'value="2027-01-01"' in (await ue_client.get("/thresholds/new?code=lm-3")).text


async def test_a_threshold_of_days_is_entered_and_confirmed_on_the_page(ue_client: httpx.AsyncClient, unifor_client: httpx.AsyncClient) -> None:
    text = text_of(await ue_client.get("/thresholds"))
    assert "USD 5,000.00 or more, for more than 90 days" in text and "more than 14 days" in text
    fields = {
        "code": "statement-request", "name_en": "Request", "name_fr": "Demande", "comparison": "over", "nation": "CA", "applies_to": "statement_request",
        "amount_currency": "CAD", "valid_from": "2027-01-01", "source": "Our own rule",
    }  # fmt: skip
    wrong = await ue_client.post("/thresholds/new", data=fields | {"amount": "5"})
    assert wrong.status_code == 422
    wrong = await ue_client.post("/thresholds/new", data=fields | {"days": "many"})
    assert wrong.status_code == 422 and 'value="many"' in wrong.text
    assert (await ue_client.post("/thresholds/new", data=fields | {"days": "10"})).headers["Location"] == "/thresholds?done=threshold_proposed"
    assert (await unifor_client.post("/thresholds/statement-request/2", data={"decision": "confirmed"})).status_code == 303
    assert "more than 10 days" in text_of(await unifor_client.get("/thresholds"))


async def test_books_from_before_get_the_thresholds_that_are_new(pool: Pool, server: tuple[str, str]) -> None:
    """Codes that a book does not know are added; what it has stays as it is."""
    before = await _kept(pool)
    owner = await asyncpg.connect(server[1])
    await owner.execute(f"DELETE FROM {pool.database.schema}.thresholds WHERE code = 'fbar'")
    await owner.close()
    await setup.ensure_books(pool.database)
    assert await _kept(pool) == before


async def _kept(pool: Pool) -> list[tuple[str, int]]:
    async with pool.database.reading() as connection:
        return [(each.code, each.version) for each in await store.thresholds(connection)]
