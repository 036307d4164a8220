"""The first page and the search box through the real store: what waits, what changed, and what a search finds for whom."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger.domain.account_rules import NewLocal
from ledger.domain.actors import Actor
from ledger.domain.contributions import RecordContribution
from ledger.domain.exchange import ProposeRate
from ledger.domain.funds import ChangeFund
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.search import understand
from ledger.domain.transfers import Sending
from ledger.services import accounts, contributions, exchange, funds, home, pledges, search, transfers
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person
from tests.services.test_funds import PROPOSAL, account_of, gift, post


async def test_a_proposed_fund_waits_for_the_other_union_and_then_no_longer(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    clock.now += timedelta(days=6)
    assert await home.waiting(pool, ue) == []
    (row,) = await home.waiting(pool, unifor)
    assert (row.kind, row.subject, row.url, row.union, row.days(pool.today())) == ("confirm_fund", "HALL", "/funds/HALL", "ue", 6)
    assert row.facts["name_fr"] == "Salles syndicales"
    assert (await home.counts(pool, unifor))[0] == 1
    await funds.confirm_fund(pool, unifor, "confirm-hall-1", "HALL")
    assert await home.waiting(pool, unifor) == []


async def test_what_waits_longest_stands_first(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    await exchange.propose_rate(pool, ue, "propose-rate-1", ProposeRate(observed_on=date(2026, 11, 20), value="1.3725", source="boc"))
    clock.now += timedelta(days=2)
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    assert [row.kind for row in await home.waiting(pool, unifor)] == ["confirm_rate", "confirm_fund"]


async def test_what_others_recorded_since_the_mark(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 20_000)
    await gift(pool, unifor, "2026-11-20", 300)
    view = await home.home(pool, unifor)
    assert [(news.number, news.amounts, news.actor) for news in view.news] == [(1, {"USD": 20_000}, ue.name)]
    assert (view.news_count, view.head) == (1, 2)
    await gift(pool, ue, "2026-11-21", 1_000)  # recorded while the page is being read
    assert await home.mark_seen(pool, unifor, "mark-seen-0001", view.head) == 2
    again = await home.home(pool, unifor)
    assert [news.number for news in again.news] == [3]
    assert await home.mark_seen(pool, unifor, "mark-seen-0002", 10**12) == 3
    assert await home.mark_seen(pool, unifor, "mark-seen-0003", 1) == 3
    assert (await home.home(pool, unifor)).news == []


async def test_reading_the_first_page_moves_nothing(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 20_000)
    assert await home.home(pool, unifor) == await home.home(pool, unifor)


async def test_a_changed_floor_is_news_until_it_is_marked(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    clock.now += timedelta(minutes=1)
    await funds.change_fund(pool, ue, "change-strike-1", ChangeFund(fund="STRIKE", floors={"CAD": 5_000}))
    (change,) = (await home.home(pool, unifor)).fund_changes
    assert (change.fund, change.person, change.details["floors"]["after"]) == ("STRIKE", ue.name, {"CAD": 5_000})
    assert (await home.home(pool, ue)).fund_changes == []
    clock.now += timedelta(minutes=1)
    await home.mark_seen(pool, unifor, "mark-seen-0001", 0)
    assert (await home.home(pool, unifor)).fund_changes == []


async def test_everyone_sees_what_is_theirs(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 20_000)
    await funds.propose_fund(pool, ue, "propose-hall-1", PROPOSAL)
    admin = await home.home(pool, await add_person(pool, "Priya Raman", "unifor", "admin"))
    assert (admin.funds, admin.news, admin.waiting) == ([], [], [])
    assert admin.administration is not None
    assert (admin.administration.people, admin.administration.without_role, admin.administration.terms_ending) == (2, 0, 0)
    board = await home.home(pool, await add_person(pool, "Wendell Achebe", "unifor", "board_member"))
    assert len(board.funds) == 9
    assert (len(board.news), board.waiting) == (1, [])


@pytest.mark.parametrize(
    ("typed", "amounts"),
    [
        ("15000", ["15000"]), ("15 000,00", ["15000.00"]), ("15\u00a0000,00", ["15000.00"]), ("15,000.00", ["15000.00"]),
        ("15000.5", ["15000.5"]), ("15000,5", ["15000.5"]), ("1,234", ["1.234", "1234"]), ("USD 15,000", ["15.000", "15000"]),
        ("-15000", ["15000"]), ("−15 000,00 CAD", ["15000.00"]), ("15.000,00", []), ("strike", []), ("0", []), ("1e5", []), ("12,34,56", []),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(typed: str, amounts: list[str]) -> None:
    assert understand(typed).amounts == tuple(map(Decimal, amounts))


@pytest.mark.parametrize(
    ("typed", "numbered", "entry"),
    [
        ("T-0042", ("T", 42), None), ("t42", ("T", 42), None), ("J-10482", ("J", 10482), None), ("10482", None, 10482),
        ("p – 0003", ("P", 3), None), ("C-0007", ("C", 7), None), ("X-0007", None, None), ("T-", None, None), ("0", None, None),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(typed: str, numbered: tuple[str, int] | None, entry: int | None) -> None:
    query = understand(typed)
    assert (query.numbered, query.entry) == (numbered, entry)


async def test_a_number_leads_straight_to_its_entry(pool: Pool, ue: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 1_500_000)
    assert (await search.search(pool, ue, "J-1")).exact == "/journal/1"
    assert (await search.search(pool, ue, " 1 ")).exact == "/journal/1"
    assert (await search.search(pool, ue, "J-2")).exact is None
    assert (await search.search(pool, ue, "T-0042")).exact is None


@pytest.mark.parametrize("typed", ["15000", "15 000,00", "15,000.00", "USD 15,000.00", "15 000,00 USD"])
async def test_an_amount_is_found_as_either_language_writes_it(pool: Pool, ue: Actor, typed: str) -> None:
    await gift(pool, ue, "2026-11-20", 1_500_000)
    found = await search.search(pool, ue, typed)
    assert [(item.subject, item.amount_minor, item.currency) for item in found.items] == [("J-1", 1_500_000, "USD")]
    assert (await search.search(pool, ue, "CAD 15000.00")).items == []


async def test_a_bare_number_that_is_an_entry_and_an_amount_shows_both(pool: Pool, ue: Actor) -> None:
    await gift(pool, ue, "2026-11-20", 50_000)
    await gift(pool, ue, "2026-11-20", 100)
    found = await search.search(pool, ue, "1")
    assert found.exact is None
    assert {item.url for item in found.items} >= {"/journal/1", "/journal/2"}


async def test_words_in_either_language(pool: Pool, ue: Actor, unifor: Actor) -> None:
    lines = [("Expense:Education", "CAD", 100), ("Liabilities:Accounts-payable", "CAD", -100)]
    await gift(pool, unifor, "2026-11-01", 100_000, fund="EDU")
    await post(pool, unifor, "2026-11-20", "Formation des délégué·es à Hamilton", "EDU", lines)
    for typed in ("greve", "Caisse de grève", "strike fund", "STRIKE"):
        assert "/funds/STRIKE" in [item.url for item in (await search.search(pool, ue, typed)).items], typed
    assert "/journal/2" in [item.url for item in (await search.search(pool, ue, "hamilton delegué")).items]
    assert [item.kind for item in (await search.search(pool, ue, "in-transit")).items] == ["account", "account"]
    assert [item.subject for item in (await search.search(pool, ue, "tremblay")).items] == [unifor.name]
    await accounts.add_local(pool, ue, "add-local-1", NewLocal(union="ue", number="506", name="Erie Works", city="Erie"))
    assert [item.subject for item in (await search.search(pool, ue, "section locale 506")).items] == ["506"]


@pytest.mark.parametrize(
    "typed", ["", "   ", "'; DROP TABLE", "& | !", "zq:*:b", "\x00", "(", "%", "x" * 5_000, "999999999999999", "\N{GRINNING FACE}"]
)
async def test_anything_may_be_typed(pool: Pool, ue: Actor, typed: str) -> None:
    assert (await search.search(pool, ue, typed)).items == []


async def test_each_finds_only_what_they_may_read(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, unifor, "2026-11-20", 1_500_000)
    lead = await add_person(pool, "Imre Kovács-Diallo", "ue", "campaign_lead")
    assert (await search.search(pool, lead, "15000")).items == []
    assert [item.kind for item in (await search.search(pool, lead, "strike")).items] == ["fund"]
    assert (await search.search(pool, lead, "J-1")).exact is None
    admin = await add_person(pool, "Priya Raman", "ue", "admin")
    assert [item.kind for item in (await search.search(pool, admin, "unifor")).items] == ["person"]


async def test_a_transfer_waits_for_its_receiver_and_an_overdue_pledge_for_its_union(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await gift(pool, ue, "2026-11-02", 2_000_000)
    source = await account_of(pool, "Assets:Bank:UE-trust-USD", "USD")
    target = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    sending = Sending(
        fund="STRIKE", from_account=source.id, to_account=target.id, amount_minor=1_500_000, sent_on=date(2026, 11, 20), purpose="For Local 504"
    )
    await transfers.send(pool, ue, "send-transfer-1", sending)
    (row,) = await home.waiting(pool, unifor)
    assert (row.kind, row.subject, row.url, row.union, row.amount_minor, row.currency) == (
        "confirm_receipt", "T-0001", "/transfers/T-0001", "ue", 1_500_000, "USD",
    )  # fmt: skip
    instalments = (Instalment(date(2026, 10, 1), 60_000), Instalment(date(2026, 12, 1), 40_000))
    pledge = RecordPledge(
        union="ue", fund="GEN", currency="USD", amount_minor=100_000, approved_on=date(2026, 9, 1), resolution="GEB 2026-14",
        instalments=instalments,
    )  # fmt: skip
    await pledges.record_pledge(pool, ue, "record-pledge-1", pledge)
    (late,) = await home.waiting(pool, ue)
    assert (late.kind, late.subject, late.amount_minor, late.days(pool.today())) == ("overdue_pledge", "P-0001", 60_000, 53)


async def test_records_are_found_by_number_amount_and_words(pool: Pool, ue: Actor) -> None:
    await gift(pool, ue, "2026-11-02", 2_000_000)
    source = await account_of(pool, "Assets:Bank:UE-trust-USD", "USD")
    target = await account_of(pool, "Assets:Bank:Unifor-trust-CAD", "CAD")
    sending = Sending(
        fund="STRIKE", from_account=source.id, to_account=target.id, amount_minor=1_500_000, sent_on=date(2026, 11, 20), purpose="For Local 504"
    )
    await transfers.send(pool, ue, "send-transfer-1", sending)
    given = RecordContribution(
        union="ue", fund="GEN", account="joint/Assets:Bank:UE-trust-USD", currency="USD", amount_minor=777_700, received_on=date(2026, 11, 20)
    )
    await contributions.record_contribution(pool, ue, "record-contribution-1", given)
    assert (await search.search(pool, ue, "t-1")).exact == "/transfers/T-0001"
    assert (await search.search(pool, ue, "C-0001")).exact == "/contributions/C-0001"
    assert "/transfers/T-0001" in [item.url for item in (await search.search(pool, ue, "15 000,00")).items]
    assert "/contributions/C-0001" in [item.url for item in (await search.search(pool, ue, "7,777.00")).items]
    assert "/journal/2" in [item.url for item in (await search.search(pool, ue, "local 504")).items]
