"""Exchange through the real store: files loaded, rates by hand past a second person, and revaluation posted and derived."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path

import asyncpg
import httpx
import pytest

from ledger import jobs
from ledger.domain.actors import Actor
from ledger.domain.entries import Draft, Exchange, Posting
from ledger.domain.exchange import BANK_OF_CANADA, ProposeRate
from ledger.domain.refusals import (
    AccountUnfit,
    ChoiceInvalid,
    FutureDate,
    NotAllowed,
    NotFound,
    NothingToRevalue,
    RateExists,
    RateMissing,
    RatesFileInvalid,
    SamePerson,
)
from ledger.services import exchange, revaluation
from ledger.services.exchange import RateDecision, RatesLoaded, Upload
from ledger.services.pool import Pool
from ledger.storage import journal, reference
from ledger.storage import rates as storage
from tests.conftest import Clock, add_person

FILES = Path(__file__).parents[1] / "data" / "rates"
_keys = count(1)


def key() -> str:
    return f"exchange-test-{next(_keys)}"


async def load(pool: Pool, actor: Actor, name: str) -> RatesLoaded:
    return await exchange.load_rates_file(pool, actor, key(), Upload((FILES / name).read_bytes(), name))


async def on(pool: Pool, actor: Actor, day: str) -> tuple[str, int, bool]:
    chosen = await exchange.rate_for(pool, actor, "USD", "CAD", date.fromisoformat(day))
    return chosen.rate.text, chosen.age_days, chosen.stale


async def audited(pool: Pool, action: str) -> list[str]:
    async with pool.database.reading() as connection:
        return [row["outcome"] for row in await connection.fetch("SELECT outcome FROM audit WHERE action = $1 ORDER BY id", action)]


# --- files ------------------------------------------------------------------------------------------------------------


async def test_w24_the_rate_of_a_day_is_the_last_one_observed(pool: Pool, ue: Actor) -> None:
    loaded = await load(pool, ue, "valet.json")
    assert (loaded.added, loaded.unchanged, loaded.changed, loaded.days_without_rate) == (3, 0, [], 2)
    assert await on(pool, ue, "2026-04-02") == ("1.3725", 0, False)
    assert await on(pool, ue, "2026-04-03") == ("1.3725", 1, False)
    assert await on(pool, ue, "2026-04-05") == ("1.3725", 3, False)
    assert await on(pool, ue, "2026-04-12") == ("1.3741", 6, True)
    with pytest.raises(RateMissing):
        await on(pool, ue, "2026-03-31")
    back = await exchange.rate_for(pool, ue, "CAD", "USD", date(2026, 4, 2))
    assert (back.rate.base, back.rate.quote, back.rate.source, back.rate.series) == ("USD", "CAD", BANK_OF_CANADA, "FXUSDCAD")
    assert back.rate.raw_sha256 == loaded.sha256
    with pytest.raises(ChoiceInvalid):
        await exchange.rate_for(pool, ue, "EUR", "CAD", date(2026, 4, 2))


async def test_a_value_that_leaps_waits_for_a_second_person(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "valet.csv")
    inverse = b"date,FXUSDCAD\n2026-04-06,0.7278\n2026-04-07,1.3742\n"
    loaded = await exchange.load_rates_file(pool, ue, key(), Upload(inverse, "inverse.csv"))
    assert (loaded.waiting, loaded.changed) == (1, [])
    day = date(2026, 4, 6)
    held = await exchange.rate_for(pool, ue, "USD", "CAD", day)
    assert (held.rate.text, held.rate.version) == ("1.3741", 1)
    again = await exchange.load_rates_file(pool, ue, key(), Upload(inverse + b"\n", "inverse-again.csv"))
    assert (again.waiting, again.unchanged) == (0, 2)
    (waits,) = (await exchange.overview(pool, unifor)).proposals
    with pytest.raises(SamePerson):
        await exchange.decide_rate(pool, ue, key(), RateDecision(name=waits.rate.name, decision="confirmed"))
    await exchange.decide_rate(pool, unifor, key(), RateDecision(name=waits.rate.name, decision="rejected"))
    assert (await exchange.rate_for(pool, ue, "USD", "CAD", day)).rate.text == "1.3741"


async def test_a_file_again_adds_nothing_and_a_changed_value_is_a_new_version(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "valet.json")
    again = await load(pool, unifor, "valet.csv")
    assert (again.added, again.unchanged) == (0, 3)
    changed = await load(pool, unifor, "changed.csv")
    assert (changed.added, changed.unchanged) == (1, 1)
    assert [(c.observed_on.isoformat(), str(c.before), str(c.after), c.version) for c in changed.changed] == [
        ("2026-04-06", "1.374100", "1.3744", 2)
    ]
    assert await on(pool, ue, "2026-04-06") == ("1.3744", 0, False)
    listed = await exchange.list_rates(pool, ue, storage.RatesFilter(from_day=date(2026, 4, 6), to_day=date(2026, 4, 6)))
    assert [(rate.version, rate.text) for rate in listed] == [(2, "1.3744"), (1, "1.3741")]
    first = await exchange.rate_named(pool, ue, "USDCAD-2026-04-06-boc-1")
    assert first.text == "1.3741", "a report keeps the version it used"


async def test_the_same_key_loads_once_and_the_file_is_kept(pool: Pool, ue: Actor) -> None:
    content = (FILES / "valet.csv").read_bytes()
    upload = Upload(content, "../../valet.csv\n", "text/csv")
    first = await exchange.load_rates_file(pool, ue, "load-rates-once", upload)
    assert await exchange.load_rates_file(pool, ue, "load-rates-once", upload) == first
    async with pool.database.reading() as connection:
        kept = await connection.fetch("SELECT content, filename, via, observations FROM rate_files")
    assert [tuple(row) for row in kept] == [(content, "../../valet.csv", "page", 3)]
    with pytest.raises(asyncpg.PostgresError):
        async with pool.database.writing() as connection:
            await connection.execute("DELETE FROM rate_files")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with pool.database.writing() as connection:
            await connection.execute("UPDATE rates SET value = 2")


async def test_a_refused_file_changes_nothing_and_is_audited(pool: Pool, ue: Actor) -> None:
    with pytest.raises(RatesFileInvalid) as refused:
        await load(pool, ue, "contradiction.csv")
    assert refused.value.params == {"reason": "contradiction", "line": 15, "text": "2026-04-02"}
    assert await exchange.list_rates(pool, ue, storage.RatesFilter()) == []
    assert await audited(pool, "load_rates") == ["refused"]


async def test_only_a_treasury_loads_rates(pool: Pool) -> None:
    officer = await add_person(pool, "Ola Officer", "ue", "officer")
    with pytest.raises(NotAllowed):
        await load(pool, officer, "valet.json")
    assert await audited(pool, "load_rates") == ["refused"]


async def test_pages_of_rates_follow_each_other(pool: Pool, ue: Actor) -> None:
    await load(pool, ue, "valet.json")
    await load(pool, ue, "changed.csv")
    seen, after = [], None
    while page := await exchange.list_rates(pool, ue, storage.RatesFilter(), after, 2):
        seen += [rate.name for rate in page]
        after = (page[-1].observed_on, page[-1].source, page[-1].version)
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


# --- by hand ----------------------------------------------------------------------------------------------------------


async def test_a_rate_by_hand_holds_once_a_second_person_confirms(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "valet.json")
    wanted = ProposeRate(observed_on=date(2026, 4, 8), value="1.3760", source="fed", remark="Bank of Canada site down")
    proposed = await exchange.propose_rate(pool, ue, "propose-a-rate", wanted)
    assert proposed == await exchange.propose_rate(pool, ue, "propose-a-rate", wanted)
    assert await on(pool, ue, "2026-04-08") == ("1.3741", 2, False)
    with pytest.raises(RateExists):
        await exchange.propose_rate(pool, unifor, key(), wanted)
    async with pool.database.reading() as connection:
        assert await exchange.waiting(connection, ue, pool.today()) == []
        [row] = await exchange.waiting(connection, unifor, pool.today())
    assert (row.kind, row.subject, row.union, row.facts["by"]) == ("confirm_rate", proposed.name, "ue", ue.name)
    confirm = RateDecision(name=proposed.name, decision="confirmed")
    with pytest.raises(SamePerson):
        await exchange.decide_rate(pool, ue, key(), confirm)
    confirmed = await exchange.decide_rate(pool, unifor, key(), confirm)
    assert (confirmed.state, confirmed.confirmed_by, confirmed.value) == ("confirmed", unifor.person_id, Decimal("1.376"))
    assert await on(pool, ue, "2026-04-08") == ("1.3760", 0, False)
    with pytest.raises(RateExists):
        await exchange.decide_rate(pool, unifor, key(), confirm)
    with pytest.raises(NotFound):
        await exchange.decide_rate(pool, unifor, key(), RateDecision(name="USDCAD-2026-04-08-fed-9", decision="confirmed"))
    assert await audited(pool, "confirm_rate") == ["refused", "done", "refused", "refused"]


async def test_a_rejected_rate_never_holds(pool: Pool, ue: Actor, unifor: Actor) -> None:
    proposed = await exchange.propose_rate(pool, ue, key(), ProposeRate(observed_on=date(2026, 4, 8), value="13.76", source="bank"))
    await exchange.decide_rate(pool, unifor, key(), RateDecision(name=proposed.name, decision="rejected"))
    with pytest.raises(RateMissing):
        await on(pool, ue, "2026-04-08")
    again = await exchange.propose_rate(pool, ue, key(), ProposeRate(observed_on=date(2026, 4, 8), value="1.376", source="bank"))
    assert again.version == 2


async def test_the_bank_of_canada_comes_before_others_on_the_same_day(pool: Pool, ue: Actor, unifor: Actor) -> None:
    proposed = await exchange.propose_rate(pool, ue, key(), ProposeRate(observed_on=date(2026, 4, 6), value="1.3739", source="bank"))
    await exchange.decide_rate(pool, unifor, key(), RateDecision(name=proposed.name, decision="confirmed"))
    assert (await on(pool, ue, "2026-04-06"))[0] == "1.3739"
    await load(pool, ue, "valet.json")
    assert (await on(pool, ue, "2026-04-06"))[0] == "1.3741"
    shown = await exchange.overview(pool, ue)
    assert [str(value) for _, value in shown.year] == ["1.371800", "1.372500", "1.374100"]
    assert str(shown.year_average) == "1.372800"


# --- revaluation (W05, W06) -------------------------------------------------------------------------------------------


async def post(pool: Pool, actor: Actor, day: str, kind: str, lines: list[tuple[str, str, int]], rate: str = "") -> int:
    """Post lines of (joint account path, currency, minor units) in the strike fund."""
    at = date.fromisoformat(day)
    async with pool.database.writing() as connection:
        fund = await reference.fund(connection, "STRIKE")
        postings = [Posting((await reference.account(connection, "joint", p, c)).id, fund.id, amount) for p, c, amount in lines]
        given = Exchange("USD", "CAD", Decimal(rate), "Bank", at) if rate else None
        draft = Draft(at, kind, "Worked case", tuple(postings), exchange=given, origin="CA" if kind == "opening" else None)
        posted = await journal.post(connection, actor, [draft], now=pool.clock(), today=pool.today())
    return posted[0].number


async def w05_opening(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """CAD 118,100.00 and USD 60,000.00, bought for CAD 81,900.00; each custodian enters its own bank."""
    cad = [("Assets:Bank:Unifor-trust-CAD", "CAD", 11_810_000), ("Equity:FX-trading", "CAD", 8_190_000), ("Equity:Net-assets", "CAD", -20_000_000)]
    await post(pool, unifor, "2026-03-01", "opening", cad)
    await post(pool, ue, "2026-03-02", "opening", [("Assets:Bank:UE-trust-USD", "USD", 6_000_000), ("Equity:FX-trading", "USD", -6_000_000)])


async def w06_sale(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """USD 20,000.00 leaves UE's bank and arrives at Unifor's as CAD 27,620.00."""
    await post(pool, ue, "2026-04-15", "transfer_sent", [("Assets:In-transit", "USD", 2_000_000), ("Assets:Bank:UE-trust-USD", "USD", -2_000_000)])
    received = [
        ("Assets:In-transit", "USD", -2_000_000), ("Equity:FX-trading", "USD", 2_000_000),
        ("Assets:Bank:Unifor-trust-CAD", "CAD", 2_762_000), ("Equity:FX-trading", "CAD", -2_762_000),
    ]  # fmt: skip
    await post(pool, unifor, "2026-04-15", "transfer_received", received, "1.3810")


async def balances(pool: Pool) -> dict[tuple[str, str], int]:
    async with pool.database.reading() as connection:
        rows = await connection.fetch(
            "SELECT a.path, a.currency, b.balance_minor FROM balances b JOIN accounts a ON a.id = b.account_id WHERE b.balance_minor <> 0"
        )
    return {(row["path"], row["currency"]): row["balance_minor"] for row in rows}


async def test_w05_w06_the_books_after_two_revaluations(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    march, april = date(2026, 3, 31), date(2026, 4, 30)

    preview = await revaluation.preview_revaluation(pool, ue, "joint", march)
    assert (preview.currency, preview.rates["USD"].rate.text, preview.to_post_minor, preview.proof_minor) == ("CAD", "1.3900", 150_000, 0)
    first = await revaluation.revalue(pool, ue, "revalue-march", "joint", march)
    assert first == await revaluation.revalue(pool, ue, "revalue-march", "joint", march)
    assert [(entry.fund, entry.gain_minor) for entry in first.entries] == [("STRIKE", 150_000)]
    assert (await balances(pool))["Equity:FX-trading", "CAD"] == 8_340_000
    with pytest.raises(NothingToRevalue):
        await revaluation.revalue(pool, unifor, key(), "joint", march)

    await w06_sale(pool, ue, unifor)
    [result] = (await revaluation.preview_revaluation(pool, unifor, "joint", april)).results
    assert (result.realised_minor, result.unrealised_minor, result.total_minor, result.to_post_minor) == (32_000, 20_000, 52_000, -98_000)
    second = await revaluation.revalue(pool, unifor, key(), "joint", april)
    assert [entry.gain_minor for entry in second.entries] == [-98_000]
    assert await balances(pool) == {
        ("Assets:Bank:Unifor-trust-CAD", "CAD"): 14_572_000, ("Equity:Net-assets", "CAD"): -20_000_000,
        ("Equity:FX-trading", "CAD"): 5_480_000, ("Income:FX-gain-loss", "CAD"): -52_000,
        ("Assets:Bank:UE-trust-USD", "USD"): 4_000_000, ("Equity:FX-trading", "USD"): -4_000_000,
    }  # fmt: skip
    [after] = (await revaluation.preview_revaluation(pool, ue, "joint", april)).results
    assert (after.total_minor, after.posted_minor, after.to_post_minor, after.proof_minor) == (52_000, 52_000, 0, 0)
    [earlier] = (await revaluation.preview_revaluation(pool, ue, "joint", march)).results
    assert (earlier.total_minor, earlier.posted_minor, earlier.to_post_minor) == (150_000, 150_000, 0)
    history = await revaluation.list_revaluations(pool, ue)
    assert [(row.revalued_on, row.rate, row.gain_minor) for row in history] == [
        (april, Decimal("1.37"), -98_000), (march, Decimal("1.39"), 150_000),
    ]  # fmt: skip
    assert [row.revalued_on for row in await revaluation.list_revaluations(pool, ue, "joint", (history[0].entry_number, "USD"))] == [march]


async def test_derived_without_posting_equals_posted(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Nothing is posted in March: April's figures are the same, and one entry brings the books there."""
    await load(pool, ue, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    await w06_sale(pool, ue, unifor)
    [derived] = (await revaluation.preview_revaluation(pool, ue, "joint", date(2026, 4, 30))).results
    assert (derived.total_minor, derived.to_post_minor, derived.realised_minor, derived.unrealised_minor) == (52_000, 52_000, 32_000, 20_000)
    posted = await revaluation.revalue(pool, ue, key(), "joint", date(2026, 4, 30))
    assert [entry.gain_minor for entry in posted.entries] == [52_000]


async def test_a_reversed_revaluation_is_to_be_posted_again(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "closing_2026.csv")
    await w05_opening(pool, ue, unifor)
    made = await revaluation.revalue(pool, ue, key(), "joint", date(2026, 3, 31))
    async with pool.database.writing() as connection:
        postings = await connection.fetch("SELECT account_id, fund_id, amount_minor FROM postings WHERE entry_number = $1", made.entries[0].entry)
        undo = Draft(
            date(2026, 3, 31), "reversal", "Wrong rate", reverses=made.entries[0].entry,
            postings=tuple(Posting(row["account_id"], row["fund_id"], -row["amount_minor"]) for row in postings),
        )  # fmt: skip
        await journal.post(connection, ue, [undo], now=pool.clock(), today=pool.today())
    [result] = (await revaluation.preview_revaluation(pool, ue, "joint", date(2026, 3, 31))).results
    assert (result.posted_minor, result.to_post_minor, result.total_minor, result.proof_minor) == (0, 150_000, 150_000, 0)
    assert [row.reversed_by for row in await revaluation.list_revaluations(pool, ue)] == [made.entries[0].entry + 1]


async def test_what_cannot_be_revalued(pool: Pool, ue: Actor, unifor: Actor) -> None:
    with pytest.raises(NothingToRevalue):
        await revaluation.revalue(pool, ue, key(), "joint", date(2026, 3, 31))
    await w05_opening(pool, ue, unifor)
    with pytest.raises(RateMissing):
        await revaluation.revalue(pool, ue, key(), "joint", date(2026, 3, 31))
    with pytest.raises(FutureDate):
        await revaluation.revalue(pool, ue, key(), "joint", date(2026, 11, 24))
    with pytest.raises(NotFound):
        await revaluation.preview_revaluation(pool, ue, "nobody", date(2026, 3, 31))
    deputy = await add_person(pool, "Deputy Dee", "ue", "deputy")
    with pytest.raises(NotAllowed):
        await revaluation.revalue(pool, deputy, key(), "joint", date(2026, 3, 31))


# --- the scheduled fetch ----------------------------------------------------------------------------------------------


async def no_wait(seconds: float) -> None:
    return None


async def fetch_setting(pool: Pool) -> dict[str, object]:
    async with pool.database.reading() as connection:
        found: dict[str, object] = await reference.setting(connection, exchange.FETCH_SETTING, {})
    return found


async def test_a_fetch_loads_what_the_bank_publishes_after_two_failures(pool: Pool, ue: Actor) -> None:
    asked: list[httpx.URL] = []

    def bank(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if len(asked) < 3:
            return httpx.Response(503)
        return httpx.Response(200, content=(FILES / "valet.json").read_bytes(), headers={"Content-Type": "application/json"})

    loaded = await jobs.fetch_rates(pool, "https://bank.example/valet/", transport=httpx.MockTransport(bank), sleep=no_wait)
    assert loaded is not None
    assert loaded.added == 3
    assert str(asked[-1]) == "https://bank.example/valet/observations/FXUSDCAD/json?start_date=2024-11-22"
    assert (await fetch_setting(pool))["outcome"] == "done"
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT via FROM rate_files") == "job"
    await jobs.fetch_rates(pool, "https://bank.example/valet", transport=httpx.MockTransport(bank), sleep=no_wait)
    assert str(asked[-1]).endswith("start_date=2026-03-23")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(503), "http_503"),
        (httpx.Response(404), "http_404"),
        (httpx.Response(200, content=b"<html>maintenance</html>"), "not_rates"),
        (httpx.Response(200, content=b"x" * 6_000_000), "too_large"),
        (httpx.ConnectError("no network"), "unreachable"),
    ],
)
async def test_a_fetch_that_fails_is_recorded_and_never_raises(pool: Pool, answer: httpx.Response | Exception, reason: str) -> None:
    def bank(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert await jobs.fetch_rates(pool, "https://bank.example/valet", transport=httpx.MockTransport(bank), sleep=no_wait) is None
    kept = await fetch_setting(pool)
    assert (kept["outcome"], kept["reason"]) == ("failed", reason)
    assert "refused" in await audited(pool, "fetch_rates") + await audited(pool, "load_rates")


def test_waits_grow_and_differ() -> None:
    waits = [jobs.wait_seconds(attempt, 1.0) for attempt in range(4)]
    assert waits == [2.0, 4.0, 8.0, 16.0]
    assert jobs.wait_seconds(3, 0.25) == 4.0
    assert jobs.wait_seconds(30, 1.0) == 300.0


async def test_the_clock_of_a_fetch_is_the_pool_s(pool: Pool, clock: Clock, ue: Actor) -> None:
    clock.now = datetime(2026, 4, 6, 12, 0, tzinfo=UTC)
    with pytest.raises(RatesFileInvalid):
        await load(pool, ue, "changed.csv")


async def test_a_book_without_the_result_account_says_what_is_missing(pool: Pool, ue: Actor) -> None:
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE accounts SET closed_on = '2026-01-01' WHERE book = 'ue' AND role = 'fx_result'")
    with pytest.raises(AccountUnfit):
        await revaluation.preview_revaluation(pool, ue, "ue", date(2026, 3, 31))
