"""Contributions, pledges and transfers between funds through the real store: cases W01, W02 under both policies, W17, and undoing."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest

from ledger.domain.account_rules import NewLocal
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.domain.contributions import Contribution, RecordContribution
from ledger.domain.entries import Draft, Posting
from ledger.domain.interfund import MoveBetweenFunds
from ledger.domain.money import minor_from_text
from ledger.domain.pledges import Instalment, Pledge, RecordPledge, spread
from ledger.domain.refusals import Refusal
from ledger.services import accounts, contributions, funds, interfund, journal, pledges
from ledger.services.pool import Pool
from ledger.storage import contributions as store
from ledger.storage import pledges as pledge_store
from ledger.storage import reference
from ledger.storage.contributions import ContributionFilter
from ledger.storage.pledges import PledgeFilter
from tests.cases import BOOKS, CASES, expected, figure_minor
from tests.conftest import Clock, add_person
from tests.services.test_funds import known_rate
from tests.services.test_journal import balances, refused

UNIFOR_BANK, UE_BANK = "joint/Assets:Bank:Unifor-trust-CAD", "joint/Assets:Bank:UE-trust-USD"
_keys = count(1)


def key() -> str:
    return f"contribution-test-{next(_keys)}"


def gift(union: str, amount_minor: int, day: str, fund: str = "GEN", **more: Any) -> RecordContribution:
    """A contribution of a union into its own trust account."""
    account, currency = (UE_BANK, "USD") if union == "ue" else (UNIFOR_BANK, "CAD")
    fields: dict[str, Any] = {"union": union, "fund": fund, "account": account, "currency": currency, "amount_minor": amount_minor}
    return RecordContribution(**(fields | {"received_on": date.fromisoformat(day)} | more))


async def record(pool: Pool, actor: Actor, request: RecordContribution) -> Contribution:
    return await contributions.record_contribution(pool, actor, key(), request)


def promise(**more: Any) -> RecordPledge:
    """The pledge of case W02."""
    fields: dict[str, Any] = {
        "union": "unifor", "fund": "GEN", "currency": "CAD", "amount_minor": 12_000_000, "approved_on": date(2026, 1, 2),
        "resolution": "NEB-2026-01", "instalments": spread(12_000_000, 4, date(2026, 3, 31), "quarter"),
    }  # fmt: skip
    return RecordPledge(**(fields | more))


async def pledged(pool: Pool, actor: Actor, **more: Any) -> Pledge:
    return await pledges.record_pledge(pool, actor, key(), promise(**more))


async def lacking_accounts(pool: Pool, case: dict[str, Any]) -> None:
    """Add the accounts of a case that the shipped chart has not."""
    async with pool.database.writing() as connection:
        known = {(a.book, a.path, a.currency) for a in await reference.accounts(connection)}
        wanted = {(BOOKS[b], path, c) for b, _, path, c, _ in [*case["expect"], *(line for e in case["entries"] for line in e["lines"])]}
        for number, (book, path, currency) in enumerate(sorted(wanted - known)):
            await reference.add_account(connection, Account(900 + number, book, path, currency, path, path))


def of_case(entry: dict[str, Any], **more: Any) -> RecordContribution:
    """The contribution a case's entry is about, read from its joint bank line."""
    _, fund, path, currency, amount = next(line for line in entry["lines"] if line[0] == "JF" and ":Bank:" in line[2])
    union = "unifor" if any("Unifor" in line[2] for line in entry["lines"]) else "ue"
    return RecordContribution(
        union=union, fund=fund, account=f"joint/{path}", currency=currency, amount_minor=minor_from_text(amount, currency),
        received_on=date.fromisoformat(entry["date"]), remark=entry["memo"], mirror=any(line[0] != "JF" for line in entry["lines"]), **more,
    )  # fmt: skip


async def audited(pool: Pool) -> list[tuple[str, str, str]]:
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT action, outcome, coalesce(details->>'code', '') FROM audit ORDER BY recorded_at, id")
    return [tuple(row) for row in rows]


# --- the worked cases -------------------------------------------------------------------------------------------------


async def test_w01_each_union_in_its_own_currency(pool: Pool, ue: Actor, unifor: Actor) -> None:
    case = CASES["W01"]
    await lacking_accounts(pool, case)
    first, second = case["entries"]
    made = await record(pool, unifor, of_case(first))
    await record(pool, ue, of_case(second))
    assert await balances(pool) == expected(case)
    entry = (await journal.read_entry(pool, ue, made.entry_number)).entry
    assert (entry.draft.kind, entry.draft.subject, entry.draft.description, len(entry.draft.postings)) == (
        "contribution", "C-0001", "Unifor contribution Q1", 4,
    )  # fmt: skip
    held = await balances(pool)
    given, taken = ("GEN", "unifor", "Expense:Contributions-to-NASP", "CAD"), ("GEN", "joint", "Income:Contributions:Unifor", "CAD")
    assert held[given] + held[taken] == figure_minor("W01", "Elimination CAD")
    given, taken = ("GEN", "ue", "Expense:Contributions-to-NASP", "USD"), ("GEN", "joint", "Income:Contributions:UE", "USD")
    assert held[given] + held[taken] == figure_minor("W01", "Elimination USD")
    await known_rate(pool)
    view = next(view for view in await funds.list_funds(pool, unifor) if view.fund.code == "GEN")
    assert view.converted is not None
    assert (view.converted.amount_minor, view.converted.rate is not None) == (figure_minor("W01", "Presentation total in CAD"), True)


async def test_w02_recognised(pool: Pool, unifor: Actor) -> None:
    case = CASES["W02"]
    await lacking_accounts(pool, case)
    await w02(pool, unifor, "recognised")
    assert await balances(pool) == expected(case)


async def test_w02_memo(pool: Pool, unifor: Actor) -> None:
    await w02(pool, unifor, "memo")
    assert await balances(pool) == {
        ("GEN", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"): 5_000_000, ("GEN", "joint", "Income:Contributions:Unifor", "CAD"): -5_000_000,
    }  # fmt: skip


async def w02(pool: Pool, unifor: Actor, policy: str) -> None:
    """The pledge, its two receipts, and the report's figures, which are the same under both policies."""
    case = CASES["W02"]
    pledge = await pledged(pool, unifor, policy=policy)
    assert (pledge.number, pledge.entry_number) == ("P-0001", 1 if policy == "recognised" else None)
    for entry in case["entries"][1:]:
        await record(pool, unifor, of_case(entry, pledge="P-0001"))
    found = (await pledges.show_pledge(pool, unifor, "P-0001", date(2026, 7, 15))).schedule
    figures = (
        found.pledged_minor, found.received_minor, found.outstanding_minor, found.due_minor, found.overdue_minor, found.not_yet_due_minor
    )  # fmt: skip
    wanted = dict(case["checks"])
    names = ("Pledged", "Received", "Outstanding", "Due at 15 July", "Overdue at 15 July", "Not yet due")
    assert figures == tuple(minor_from_text(wanted[name], "CAD") for name in names)
    assert found.percent_received == Decimal(wanted["Percent received (1 dp)"])
    assert found.oldest_overdue_days == int(wanted["Days overdue (30 Jun to 15 Jul)"])


async def test_w17_ring_fenced_funds_take_their_own_nations_money(pool: Pool, ue: Actor, unifor: Actor) -> None:
    case = CASES["W17"]
    await lacking_accounts(pool, case)
    first, second = case["entries"]
    await record(pool, unifor, of_case(first))
    await record(pool, ue, of_case(second))
    await record(pool, unifor, gift("unifor", 500_000, "2026-05-04"))
    wanted = expected(case) | {
        ("GEN", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"): 500_000, ("GEN", "joint", "Income:Contributions:Unifor", "CAD"): -500_000,
    }  # fmt: skip
    assert await balances(pool) == wanted
    r1 = await refused(record(pool, ue, gift("ue", 200_000, "2026-05-05", "POL-CA")), "origin_not_allowed")
    assert r1.params == {"fund": "POL-CA", "nation": "CA", "origin": "US"}
    r2 = await refused(moved(pool, unifor, "GEN", "POL-CA", 100_000), "mixed_origin_source")
    assert r2.params == {"fund": "POL-CA", "nation": "CA", "source": "GEN"}
    assert await balances(pool) == wanted
    async with pool.database.reading() as connection:
        posted = await connection.fetchval("SELECT count(*) FROM postings WHERE entry_number > 3")
    assert posted == figure_minor("W17", "Postings made by the refused attempts")
    assert (await audited(pool))[-2:] == [
        ("record_contribution", "refused", "origin_not_allowed"), ("move_between_funds", "refused", "mixed_origin_source"),
    ]  # fmt: skip


async def moved(pool: Pool, actor: Actor, source: str, target: str, amount_minor: int) -> int:
    request = MoveBetweenFunds(
        account=UNIFOR_BANK, currency="CAD", from_fund=source, to_fund=target, amount_minor=amount_minor, entry_date=date(2026, 5, 6),
        description="Decided by both boards",
    )  # fmt: skip
    return (await interfund.move_between_funds(pool, actor, key(), request)).entry


@pytest.mark.parametrize("instrument", ["crypto", "money_order", "prepaid"])
async def test_pol_ca_does_not_take_some_instruments(pool: Pool, unifor: Actor, instrument: str) -> None:
    await refused(record(pool, unifor, gift("unifor", 1_000, "2026-05-05", "POL-CA", instrument=instrument)), "instrument_not_allowed")
    assert await balances(pool) == {}
    await record(pool, unifor, gift("unifor", 1_000, "2026-05-05", "GEN", instrument=instrument))
    async with pool.database.writing() as connection:
        await reference.set_setting(connection, "blocked_instruments", {"CA": ["cash"]})
    await record(pool, unifor, gift("unifor", 1_000, "2026-05-05", "POL-CA", instrument=instrument))
    await refused(record(pool, unifor, gift("unifor", 1_000, "2026-05-05", "POL-CA", instrument="cash")), "instrument_not_allowed")


# --- contributions ----------------------------------------------------------------------------------------------------


async def test_the_custodian_records_and_nobody_acts_for_the_other(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """UE's money in Unifor's account is recorded by Unifor; Unifor cannot write UE's own side."""
    american = RecordContribution(
        union="ue", fund="STRIKE", account=UNIFOR_BANK, currency="CAD", amount_minor=70_000, received_on=date(2026, 5, 4), instrument="eft"
    )
    await refused(record(pool, ue, american), "other_union")
    await refused(record(pool, unifor, msgspec.structs.replace(american, mirror=True)), "other_union")
    made = await record(pool, unifor, american)
    assert (made.union, made.custodian, made.recorded_by) == ("ue", "unifor", "Rosalie Tremblay-Okoye")
    assert await balances(pool) == {
        ("STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"): 70_000, ("STRIKE", "joint", "Income:Contributions:UE", "CAD"): -70_000,
    }  # fmt: skip
    officer = await add_person(pool, "Luc Desrosiers", "unifor", "officer")
    await refused(record(pool, officer, american), "not_allowed")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"account": "joint/Income:Contributions:Unifor"}, "account_unfit"),
    ({"account": "unifor/Assets:Bank:Unifor-general-CAD"}, "account_unfit"),
    ({"account": "joint/Assets:Bank:Nowhere"}, "account_unknown"),
    ({"account": "joint/\x00"}, "text_invalid"),
    ({"currency": "USD"}, "wrong_currency"),
    ({"fund": "NONE"}, "fund_unknown"),
    ({"union": "nobody"}, "not_found"),
    ({"local": "999"}, "not_found"),
    ({"amount_minor": 0}, "amount_not_positive"),
    ({"amount_minor": 10**30}, "amount_invalid"),
    ({"received_on": date(2026, 11, 24)}, "future_date"),
    ({"pledge": "P-0099"}, "not_found"),
    ({"pledge": "rubbish"}, "not_found"),
]


@pytest.mark.parametrize(("changes", "code"), WRONG)
async def test_what_is_refused_changes_nothing_and_is_audited(pool: Pool, unifor: Actor, changes: dict[str, Any], code: str) -> None:
    request = msgspec.structs.replace(gift("unifor", 1_000, "2026-05-04"), **changes)
    await refused(record(pool, unifor, request), code)
    await refused(contributions.preview_contribution(pool, unifor, request), code)
    assert await balances(pool) == {}
    assert await audited(pool) == [("record_contribution", "refused", code)]
    made = await record(pool, unifor, gift("unifor", 1_000, "2026-05-04"))
    assert made.number == "C-0001"  # a refused attempt uses up no number


async def test_the_same_key_records_once(pool: Pool, unifor: Actor) -> None:
    request = gift("unifor", 1_000, "2026-05-04")
    first = await contributions.record_contribution(pool, unifor, "once-only-1", request)
    assert await contributions.record_contribution(pool, unifor, "once-only-1", request) == first
    await refused(contributions.record_contribution(pool, unifor, "once-only-1", gift("unifor", 2_000, "2026-05-04")), "idempotency_key_reused")
    assert len((await contributions.list_contributions(pool, unifor, ContributionFilter())).items) == 1


async def test_a_preview_is_what_is_posted(pool: Pool, unifor: Actor) -> None:
    request = gift("unifor", 1_000, "2026-05-04", mirror=True, remark="Q2")
    shown = await contributions.preview_contribution(pool, unifor, request)
    made = await record(pool, unifor, request)
    entry = (await journal.read_entry(pool, unifor, made.entry_number)).entry
    assert shown.draft.postings == entry.draft.postings


async def test_a_local_pays(pool: Pool, unifor: Actor) -> None:
    await accounts.add_local(pool, unifor, key(), NewLocal(union="unifor", number="504", name="Local 504", city="Hamilton"))
    made = await record(pool, unifor, gift("unifor", 1_000, "2026-05-04", local="504", restriction_text="For  picket lines", reference="DEP 7"))
    assert (made.local, made.restriction_text, made.reference) == ("504", "For picket lines", "DEP 7")
    await accounts.close_local(pool, unifor, key(), "unifor", "504")
    await refused(record(pool, unifor, gift("unifor", 1_000, "2026-05-04", local="504")), "not_found")


async def test_a_bank_date_in_a_closed_period(pool: Pool, unifor: Actor) -> None:
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO periods VALUES ('joint', '2026-01-01', '2026-06-30', 'closed', 1)")
    request = gift("unifor", 1_000, "2026-05-04")
    locked = await refused(record(pool, unifor, request), "period_closed")
    assert locked.params["first_open_date"] == "2026-07-01"
    made = await record(pool, unifor, msgspec.structs.replace(request, entry_date=date(2026, 7, 1)))
    entry = (await journal.read_entry(pool, unifor, made.entry_number)).entry
    assert (made.received_on, entry.draft.entry_date, entry.draft.effective_date) == (date(2026, 5, 4), date(2026, 7, 1), date(2026, 5, 4))


async def test_lists_narrow_page_and_total_by_currency(pool: Pool, ue: Actor, unifor: Actor) -> None:
    for number, day in enumerate(("2026-05-04", "2026-05-04", "2026-06-01", "2026-04-01", "2026-05-05"), 1):
        await record(pool, unifor, gift("unifor", number * 100, day))
    await record(pool, ue, gift("ue", 50, "2026-05-04", "STRIKE"))
    taken = await record(pool, ue, gift("ue", 999, "2026-05-04"))
    await contributions.reverse_contribution(pool, ue, key(), taken.number, None, "Keyed twice")
    first = await contributions.list_contributions(pool, ue, ContributionFilter(union="unifor"), limit=2)
    assert [row.number for row in first.items] == ["C-0003", "C-0005"]
    second = await contributions.list_contributions(pool, ue, ContributionFilter(union="unifor"), first.next, limit=5)
    assert ([row.number for row in second.items], second.next) == (["C-0002", "C-0001", "C-0004"], None)
    assert [(t.currency, t.amount_minor, t.count) for t in first.totals] == [("CAD", 1_500, 5)]
    everything = await contributions.list_contributions(pool, ue, ContributionFilter(first=date(2026, 5, 1), last=date(2026, 5, 31)))
    assert [(t.currency, t.amount_minor) for t in everything.totals] == [("CAD", 800), ("USD", 50)]
    assert len(everything.items) == 5
    assert [row.number for row in (await contributions.list_contributions(pool, ue, ContributionFilter(fund="STRIKE"))).items] == ["C-0006"]


# --- taking back ------------------------------------------------------------------------------------------------------


async def test_a_contribution_is_taken_back_and_its_pledge_opens_again(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await pledged(pool, unifor)
    before = await balances(pool)
    made = await record(pool, unifor, gift("unifor", 12_000_000, "2026-03-27", pledge="P-0001", mirror=True))
    assert (await pledges.show_pledge(pool, ue, "P-0001")).pledge.state == "fulfilled"
    await refused(contributions.reverse_contribution(pool, ue, key(), made.number, None, "Not ours"), "other_union")
    await refused(contributions.reverse_contribution(pool, unifor, key(), made.number, date(2026, 3, 26), "Too early"), "date_before_entry")
    await refused(contributions.reverse_contribution(pool, unifor, key(), made.number, None, " "), "text_invalid")
    shown = await contributions.preview_reversal(pool, unifor, made.number, None, "–")
    assert len(shown.draft.postings) == 4
    undone = await contributions.reverse_contribution(pool, unifor, key(), made.number, None, "The cheque bounced")
    assert (undone.state, undone.reversed_by) == ("reversed", made.entry_number + 1)
    assert await balances(pool) == before
    view = await pledges.show_pledge(pool, ue, "P-0001")
    assert (view.pledge.state, view.schedule.received_minor, view.receipts) == ("open", 0, [])
    await refused(contributions.reverse_contribution(pool, unifor, key(), made.number, None, "Again"), "already_reversed")
    await record(pool, unifor, gift("unifor", 12_000_000, "2026-04-01", pledge="P-0001"))


async def test_a_bare_reversal_in_the_journal_takes_it_back_too(pool: Pool, unifor: Actor) -> None:
    await pledged(pool, unifor, policy="memo")
    made = await record(pool, unifor, gift("unifor", 12_000_000, "2026-03-27", pledge="P-0001"))
    await journal.reverse(pool, unifor, key(), made.entry_number, None, "Bounced")
    assert (await contributions.show_contribution(pool, unifor, "C-0001")).state == "reversed"
    assert (await pledges.show_pledge(pool, unifor, "P-0001")).pledge.state == "open"
    assert await balances(pool) == {}


async def test_twenty_reversals_at_once_make_one(pool: Pool, unifor: Actor) -> None:
    made = await record(pool, unifor, gift("unifor", 100, "2026-03-27"))
    asked: list[Awaitable[Any]] = [contributions.reverse_contribution(pool, unifor, key(), made.number, None, "Bounced") for _ in range(20)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, Contribution) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"already_reversed"}


# --- pledges ----------------------------------------------------------------------------------------------------------


async def test_no_more_than_is_outstanding_comes_on_a_pledge(pool: Pool, unifor: Actor) -> None:
    await pledged(pool, unifor)
    more = await refused(record(pool, unifor, gift("unifor", 12_000_001, "2026-03-27", pledge="P-0001")), "pledge_exceeded")
    assert more.params == {"pledge": "P-0001", "outstanding_minor": 12_000_000, "currency": "CAD"}
    await refused(record(pool, unifor, gift("unifor", 1, "2026-03-27", "STRIKE", pledge="P-0001")), "pledge_mismatch")
    await record(pool, unifor, gift("unifor", 12_000_000, "2026-03-27", pledge="p-0001"))
    await refused(record(pool, unifor, gift("unifor", 1, "2026-03-27", pledge="P-0001")), "pledge_closed")


async def test_what_is_only_pledged_cannot_be_paid_out(pool: Pool, unifor: Actor) -> None:
    await pledged(pool, unifor)
    await record(pool, unifor, gift("unifor", 50_000, "2026-03-27", pledge="P-0001"))
    async with pool.database.reading() as connection:
        gen = {account.path: account.id for account in await reference.accounts(connection, "joint") if account.currency == "CAD"}
    overdrawn = Draft(
        date(2026, 4, 1), "general", "More than came in",
        (Posting(gen["Expense:Organizing"], 1, 50_001), Posting(gen["Liabilities:Accounts-payable"], 1, -50_001)),
    )  # fmt: skip
    refusal = await refused(journal.post_entry(pool, unifor, key(), overdrawn), "insufficient_available")
    assert refusal.params == {"fund": "GEN", "currency": "CAD", "available_minor": 50_000, "amount_minor": 50_001}
    await journal.post_entry(pool, unifor, key(), msgspec.structs.replace(overdrawn, postings=tuple(
        msgspec.structs.replace(p, amount_minor=50_000 if p.amount_minor > 0 else -50_000) for p in overdrawn.postings
    )))  # fmt: skip
    (figures,) = [row for row in (await funds.fund_page(pool, unifor, "GEN")).view.figures if row.currency == "CAD"]
    assert (figures.held_minor, figures.pledged_minor, figures.available_minor) == (12_000_000 - 50_000, 12_000_000 - 50_000, 0)


async def test_racing_receipts_never_pass_the_pledge(pool: Pool, unifor: Actor) -> None:
    await pledged(pool, unifor, amount_minor=1_000, instalments=(Instalment(date(2026, 3, 31), 1_000),))
    asked = [record(pool, unifor, gift("unifor", 300, "2026-03-27", pledge="P-0001")) for _ in range(12)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, Contribution) for outcome in outcomes) == 3
    assert (await pledges.show_pledge(pool, unifor, "P-0001")).schedule.outstanding_minor == 100


async def test_only_its_own_unions_treasurer_promises(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await refused(pledged(pool, ue), "other_union")
    deputy = await add_person(pool, "Luc Desrosiers", "unifor", "deputy")
    await refused(pledged(pool, deputy), "not_allowed")
    await refused(pledged(pool, unifor, currency="EUR"), "currency_unknown")
    await refused(pledged(pool, ue, union="ue", fund="POL-CA", currency="USD", policy="memo"), "origin_not_allowed")
    assert (await pledges.list_pledges(pool, ue, PledgeFilter())).items == []
    assert [row[2] for row in await audited(pool)] == ["other_union", "not_allowed", "currency_unknown", "origin_not_allowed"]


async def test_a_condition_makes_it_a_memo_until_it_is_met(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """30,000 comes before the condition is met and is income at once; 90,000 becomes income and receivable on the day it is met."""
    await pledged(pool, unifor, condition="When the merger is ratified")
    await record(pool, unifor, gift("unifor", 3_000_000, "2026-03-27", pledge="P-0001"))
    waiting = await pledges.show_pledge(pool, unifor, "P-0001", date(2026, 7, 15))
    assert (waiting.schedule.due_minor, waiting.schedule.overdue_minor) == (0, 0)
    await refused(pledges.meet_condition(pool, ue, key(), "P-0001", date(2026, 7, 1)), "other_union")
    await refused(pledges.meet_condition(pool, unifor, key(), "P-0001", date(2026, 12, 1)), "future_date")
    await refused(pledges.meet_condition(pool, unifor, key(), "P-0001", date(2026, 1, 1)), "date_invalid")
    met = await pledges.meet_condition(pool, unifor, key(), "P-0001", date(2026, 7, 1), "Ratified by both")
    assert met.met_on == date(2026, 7, 1)
    await refused(pledges.meet_condition(pool, unifor, key(), "P-0001", date(2026, 7, 1)), "choice_invalid")
    assert await balances(pool) == {
        ("GEN", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"): 3_000_000, ("GEN", "joint", "Assets:Pledges-receivable:Unifor", "CAD"): 9_000_000,
        ("GEN", "joint", "Income:Contributions:Unifor", "CAD"): -12_000_000,
    }  # fmt: skip
    view = await pledges.show_pledge(pool, unifor, "P-0001", date(2026, 7, 15))
    assert (view.pledge.met_on, view.schedule.due_minor, view.schedule.overdue_minor) == (date(2026, 7, 1), 6_000_000, 3_000_000)
    await record(pool, unifor, gift("unifor", 9_000_000, "2026-07-27", pledge="P-0001"))
    assert ("GEN", "joint", "Assets:Pledges-receivable:Unifor", "CAD") not in await balances(pool)


@pytest.mark.parametrize("policy", ["recognised", "memo"])
async def test_the_rest_is_cancelled_and_opened_again(pool: Pool, ue: Actor, unifor: Actor, policy: str) -> None:
    await w02(pool, unifor, policy)
    before = await balances(pool)
    await refused(pledges.cancel_pledge(pool, ue, key(), "P-0001", "Not theirs to say"), "other_union")
    await refused(pledges.cancel_pledge(pool, unifor, key(), "P-0001", ""), "text_invalid")
    shown = await pledges.preview_cancellation(pool, unifor, "P-0001", "Board decision")
    assert (shown is None) == (policy == "memo")
    cancelled = await pledges.cancel_pledge(pool, unifor, key(), "P-0001", "Board decision")
    assert cancelled.state == "cancelled"
    assert await balances(pool) == {
        ("GEN", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"): 5_000_000, ("GEN", "joint", "Income:Contributions:Unifor", "CAD"): -5_000_000,
    }  # fmt: skip
    await refused(pledges.cancel_pledge(pool, unifor, key(), "P-0001", "Twice"), "pledge_closed")
    await refused(record(pool, unifor, gift("unifor", 1, "2026-08-01", pledge="P-0001")), "pledge_closed")
    await refused(contributions.reverse_contribution(pool, unifor, key(), "C-0001", None, "Bounced"), "pledge_closed")
    if policy == "recognised":
        await refused(journal.reverse(pool, unifor, key(), 4, None, "By itself"), "not_reversible")
    view = await pledges.show_pledge(pool, ue, "P-0001")
    assert (view.schedule.cancelled_minor, view.schedule.outstanding_minor, view.schedule.overdue_minor) == (7_000_000, 0, 0)
    await pledges.reopen_pledge(pool, unifor, key(), "P-0001", "The board thought again")
    assert await balances(pool) == before
    await refused(pledges.reopen_pledge(pool, unifor, key(), "P-0001", "Twice"), "pledge_closed")
    await pledges.cancel_pledge(pool, unifor, key(), "P-0001", "For good")
    assert len(await balances(pool)) == 2


async def test_a_pledge_can_be_written_off_though_the_fund_has_a_floor(pool: Pool, unifor: Actor) -> None:
    """A receivable could never be paid out, so giving it up takes nothing that is available."""
    await pledged(pool, unifor)
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE funds SET floors = $1 WHERE code = 'GEN'", {"CAD": 1_000})
    assert (await pledges.cancel_pledge(pool, unifor, key(), "P-0001", "Board decision")).state == "cancelled"


async def test_pledges_of_both_unions_are_listed_and_totalled(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await w02(pool, unifor, "recognised")
    quarter = spread(900, 3, date(2026, 6, 30), "month")
    await pledged(pool, ue, union="ue", currency="USD", amount_minor=900, approved_on=date(2026, 5, 1), instalments=quarter)
    await pledged(pool, unifor, amount_minor=900, approved_on=date(2026, 5, 1), instalments=quarter, fund="STRIKE")
    listed = await pledges.list_pledges(pool, ue, PledgeFilter(), date(2026, 8, 5), limit=2)
    assert [view.pledge.number for view in listed.items] == ["P-0003", "P-0002"]
    rest = await pledges.list_pledges(pool, ue, PledgeFilter(), date(2026, 8, 5), listed.next)
    assert ([view.pledge.number for view in rest.items], rest.next) == (["P-0001"], None)
    assert [(t.union, t.currency, t.overdue_minor, t.ageing_minor) for t in listed.totals] == [
        ("ue", "USD", 600, (300, 300, 0, 0)), ("unifor", "CAD", 1_000_600, (300, 1_000_300, 0, 0)),
    ]  # fmt: skip
    assert len((await pledges.list_pledges(pool, ue, PledgeFilter(union="ue"))).items) == 1
    assert len((await pledges.list_pledges(pool, ue, PledgeFilter(), date(2026, 4, 1))).items) == 1


async def test_overdue_instalments_wait_for_their_own_union(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> None:
    clock.now = datetime(2026, 7, 15, 17, 0, tzinfo=UTC)
    await w02(pool, unifor, "recognised")
    await pledged(pool, unifor, condition="If the levy is renewed")
    async with pool.database.reading() as connection:
        assert await pledges.waiting(connection, ue, pool.today()) == []
        (row,) = await pledges.waiting(connection, unifor, pool.today())
        assert [each.number for each in await pledge_store.behind(connection, "unifor", date(2026, 6, 30))] == ["P-0002"]
        assert (await store.contribution(connection, "C-0001")).pledge == "P-0001"
    assert (row.kind, row.subject, row.since, row.amount_minor, row.currency) == ("overdue_pledge", "P-0001", date(2026, 6, 30), 1_000_000, "CAD")


# --- between funds ----------------------------------------------------------------------------------------------------


async def test_money_passes_between_funds_in_one_entry(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await record(pool, unifor, gift("unifor", 1_000, "2026-05-04"))
    await refused(moved(pool, ue, "GEN", "STRIKE", 400), "other_union")
    await refused(moved(pool, unifor, "GEN", "STRIKE", 1_001), "insufficient_balance")
    await refused(moved(pool, unifor, "GEN", "GEN", 400), "choice_invalid")
    number = await moved(pool, unifor, "GEN", "STRIKE", 400)
    bank, between = ("joint", "Assets:Bank:Unifor-trust-CAD", "CAD"), ("joint", "Equity:Interfund-transfers", "CAD")
    found = await balances(pool)
    assert (found["GEN", *bank], found["STRIKE", *bank], found["GEN", *between], found["STRIKE", *between]) == (600, 400, 400, -400)
    await journal.reverse(pool, unifor, key(), number, None, "Wrong fund")
    assert len(await balances(pool)) == 2
