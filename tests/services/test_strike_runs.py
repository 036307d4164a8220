"""Weekly runs through the real store: case W10 whole, who may take which step, what happens to a payment afterwards, and what always holds."""

import asyncio
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import (
    ApproverNotPayer,
    ChequeNumberTaken,
    ChoiceInvalid,
    DateInvalid,
    InsufficientAvailable,
    KeeperNotApprover,
    MoreThanLeft,
    NotAllowed,
    OtherUnion,
    PaymentsOpen,
    PaymentState,
    Refusal,
    RosterEmpty,
    RunChanged,
    RunEmpty,
    RunExists,
    RunState,
    SamePerson,
    StrikeModel,
    StrikeNotAuthorised,
    WeekInvalid,
    WeekNotOver,
)
from ledger.domain.strike_runs import LATE_CHEQUE_DAYS, Run
from ledger.domain.strikes import Strike
from ledger.services import duty, home, journal, strike_reminders, strike_run_computing, strike_run_views, strikes
from ledger.services import strike_payments as payments
from ledger.services import strike_runs as runs
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from ledger.storage.private import rosters_of
from ledger.storage.strike_run_lines import LineFilter
from tests.cases import CASES, expected, figure_minor
from tests.conftest import Clock
from tests.services.requests_stage import Stage
from tests.services.runs_stage import approved, computed, enrol, paid, picket, submitted, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, recorded, set_stage
from tests.services.test_journal import balances, from_case

W10_WEEK = date(2026, 5, 4)
CAD = "CAD"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def eight_members(stage: Stage, strike: Strike) -> None:
    """The roster of W10: M6 registered on Wednesday, M7 missed a day, M8 draws vacation pay."""
    days = weekdays(strike.starts_on)
    await enrol(stage, strike, *[{}] * 5, {"registered_on": days[2]}, {}, {"other_income": "vacation"})
    for member in (*range(1, 7), 8):
        await picket(stage, strike, member, *days)
    await picket(stage, strike, 7, *days[:4])


async def lines_of(stage: Stage, run: Run) -> dict[int, tuple[int, str]]:
    """Gross and reason by member."""
    found = await payments.list_lines(stage.pool, stage.who[f"{run.union} benefits"], run.number, LineFilter())
    return {line.member: (line.gross_minor, line.reason) for line in found.items}


async def states(stage: Stage, run: Run) -> dict[int, str | None]:
    """The state of each member's payment."""
    _, found = await payments.payment_list(stage.pool, stage.who[f"{run.union} benefits"], run.number)
    return {line.member: line.payment_state for line in found}


# --- case W10 -------------------------------------------------------------------------------------------------------------


async def test_w10_a_partial_week_a_lost_cheque_and_an_unclaimed_one(pool: Pool, ue: Actor, unifor: Actor, stage: Stage) -> None:
    case = CASES["W10"]
    on = {entry["id"]: date.fromisoformat(entry["date"]) for entry in case["entries"]}
    await journal.post_entry(pool, unifor, "w10-opening", from_case(case["opening"], "2026-05-01", "Opening", kind="opening"))
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO counters (name, value) VALUES ('SR-2026', 18)")
    strike = await on_strike(stage, "unifor", starts_on=W10_WEEK, notice_on=W10_WEEK, mandate_on=None)
    await eight_members(stage, strike)
    benefits, bank = stage.who["unifor benefits"], await stage.bank("unifor")

    run = await paid(stage, strike, on["W10-2"])
    lines = await lines_of(stage, run)
    assert lines[6] == (figure_minor("W10", "M6: 300 x 3/5"), "eligible")
    assert lines[7] == (figure_minor("W10", "M7: 300 x 4/5"), "eligible")
    assert lines[8] == (0, "other_income_source")
    assert (run.number, run.gross_minor, run.eligible) == ("SR-2026-19", figure_minor("W10", "Run total"), 7)

    await payments.stop_payment(pool, benefits, "w10-stop-1", run.number, 2, on["W10-3"], fee_minor=minor_from_text("12.50", CAD))
    await payments.reissue_payment(pool, stage.who["unifor treasurer"], "w10-reissue", run.number, 2, on["W10-5"], "1008")
    await payments.unclaim_payments(pool, benefits, "w10-stale-1", run.number, on["W10-6"], [6])

    assert await balances(pool) == expected(case)
    await payments.clear_payments(pool, benefits, "w10-cleared", run.number, on["W10-6"])
    view = await strike_run_views.show_run(pool, benefits, run.number)
    assert view.payments["cleared"][1] == figure_minor("W10", "Cash that left the bank for benefits")
    assert view.payments["cleared"][1] + view.payments["unclaimed"][1] == figure_minor("W10", "Expense = cash paid + unclaimed")
    assert bank == run.account_id
    entries = [event.entry for event in view.events if event.entry]
    assert len(entries) == 5 and [event.fee_entry for event in view.events if event.fee_entry] == [entries[2] + 1]


# --- who may, and when ----------------------------------------------------------------------------------------------------


async def money(stage: Stage, amount_minor: int = 50_000_00) -> None:
    await stage.fund("STRIKE", CAD=amount_minor)


async def ready(stage: Stage, **more: Any) -> Strike:
    """A strike that is on, with eight members and money for them."""
    await money(stage)
    strike = await on_strike(stage, "unifor", **more)
    await eight_members(stage, strike)
    return strike


async def refused(work: Any, kind: type[Refusal], **params: Any) -> None:
    with pytest.raises(kind) as caught:
        await work
    assert {name: caught.value.params.get(name) for name in params} == params


async def test_a_run_goes_through_its_states_with_two_people_before_it_is_paid_by_a_third(stage: Stage) -> None:
    strike = await ready(stage)
    who, pool, friday = stage.who, stage.pool, FIRST_DAY + timedelta(days=4)
    run = await computed(stage, strike)
    assert (run.state, run.revision, run.members, run.eligible, run.full_weeks) == ("computed", 1, 8, 7, 5)
    await refused(runs.submit_run(pool, who["unifor benefits"], stage.key(), run.number, 7), RunChanged, revision=1)
    await refused(runs.approve_run(pool, who["unifor officer"], stage.key(), run.number, 1, friday), RunState, state="computed")
    run = await runs.submit_run(pool, who["unifor benefits"], stage.key(), run.number, 1)
    await refused(strike_run_computing.compute_run(pool, who["unifor benefits"], stage.key(), run.number), RunState, state="submitted")
    run = await runs.send_back(pool, who["unifor officer"], stage.key(), run.number, "Local 8504 is not complete")
    assert (run.state, run.submitted_by, run.remark) == ("computed", None, "Local 8504 is not complete")
    told = await strike_run_views.show_run(pool, who["ue officer"], run.number)
    assert "not complete" not in str(told), "a reason may name a member, and is not told to the other union"
    # The treasurer prepares in the benefits officer's place, and then neither approves nor pays it.
    run = await strike_run_computing.compute_run(pool, who["unifor treasurer"], stage.key(), run.number)
    run = await runs.submit_run(pool, who["unifor treasurer"], stage.key(), run.number, run.revision)
    await refused(runs.approve_run(pool, who["unifor treasurer"], stage.key(), run.number, run.revision, friday), SamePerson)
    run = await runs.approve_run(pool, who["unifor second"], stage.key(), run.number, run.revision, friday)
    bank = await stage.bank("unifor")
    await refused(runs.pay_run(pool, who["unifor second"], stage.key(), run.number, bank, friday, 1), ApproverNotPayer, role="approver")
    await refused(runs.pay_run(pool, who["unifor treasurer"], stage.key(), run.number, bank, friday, 1), ApproverNotPayer, role="requester")
    run = await runs.pay_run(pool, who["unifor deputy"], stage.key(), run.number, bank, friday, 1)
    await refused(payments.reconcile_run(pool, who["unifor benefits"], stage.key(), run.number), PaymentsOpen, count=7)
    await refused(payments.close_run(pool, who["unifor benefits"], stage.key(), run.number), RunState, state="paid")
    await payments.clear_payments(pool, who["unifor benefits"], stage.key(), run.number, friday)
    run = await payments.reconcile_run(pool, who["unifor benefits"], stage.key(), run.number)
    run = await payments.close_run(pool, who["unifor benefits"], stage.key(), run.number)
    told = (await strike_run_views.show_run(pool, who["ue board"], run.number)).events
    assert run.state == "closed" and [event.what for event in told] == [
        "started", "computed", "submitted", "sent_back", "computed", "submitted", "approved", "paid", "clear", "reconciled", "closed",
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["ue benefits", "ue treasurer", "ue officer"])
async def test_the_other_union_prepares_approves_and_pays_nothing(stage: Stage, part: str) -> None:
    strike = await ready(stage)
    run, other, pool, friday = await submitted(stage, strike), stage.who[part], stage.pool, FIRST_DAY + timedelta(days=4)
    for work in (
        runs.start_run(pool, other, stage.key(), strike.number, 2), strike_run_computing.compute_run(pool, other, stage.key(), run.number),
        runs.submit_run(pool, other, stage.key(), run.number, 1), runs.approve_run(pool, other, stage.key(), run.number, 1, friday),
        runs.cancel_run(pool, other, stage.key(), run.number, "No"), runs.pay_run(pool, other, stage.key(), run.number, 1, friday, 1),
        payments.clear_payments(pool, other, stage.key(), run.number, friday), payments.list_lines(pool, other, run.number, LineFilter()),
        payments.payment_list(pool, other, run.number),
    ):  # fmt: skip
        with pytest.raises((OtherUnion, NotAllowed)):
            await work
    view = await strike_run_views.show_run(pool, other, run.number)
    assert view.run.gross_minor == run.gross_minor and view.payments == {}
    assert {row.reason: row.members for row in view.counts} == {"full": None, "other_income_source": None, "partial": None}
    assert (view.run.members, view.run.eligible, view.totals) == (8, None, (8, None, None, None, None))
    board, own = [await strike_run_views.show_run(pool, stage.who[part], run.number) for part in ("unifor board", "unifor officer")]
    assert board.counts == view.counts and board.run == view.run, "a board is told no more of members than the other union"
    assert {row.reason: row.members for row in own.counts} == {"full": 5, "other_income_source": 1, "partial": 2}


async def test_no_run_without_authority_rules_that_pay_members_a_week_that_has_begun_or_a_roster(stage: Stage) -> None:
    pool, benefits = stage.pool, stage.who["unifor benefits"]
    notice = await recorded(stage, "unifor")
    await refused(runs.start_run(pool, benefits, stage.key(), notice.number, 1), StrikeNotAuthorised, missing=["ue", "unifor"])
    local = await on_strike(stage, "ue")
    await refused(runs.start_run(pool, stage.who["ue benefits"], stage.key(), local.number, 3), StrikeModel)
    strike = await on_strike(stage, "unifor")
    await refused(runs.start_run(pool, benefits, stage.key(), strike.number, 0), WeekInvalid, first=1, last=4)
    await refused(runs.start_run(pool, benefits, stage.key(), strike.number, 5), WeekInvalid, first=1, last=4)
    run = await runs.start_run(pool, benefits, stage.key(), strike.number, 2)
    await refused(runs.start_run(pool, benefits, stage.key(), strike.number, 2), RunExists, run=run.number)
    await refused(strike_run_computing.compute_run(pool, benefits, stage.key(), run.number), RosterEmpty)
    await enrol(stage, strike, {"standing": "arrears"})
    run = await strike_run_computing.compute_run(pool, benefits, stage.key(), run.number)
    await refused(runs.submit_run(pool, benefits, stage.key(), run.number, run.revision), RunEmpty)


async def test_the_last_weeks_of_a_strike_are_paid_after_it_ended_and_none_later(stage: Stage) -> None:
    await money(stage)
    strike, benefits = await on_strike(stage, "unifor"), stage.who["unifor benefits"]
    await strikes.ratify(stage.pool, benefits, stage.key(), strike.number, FIRST_DAY + timedelta(days=7))
    await strikes.end(stage.pool, benefits, stage.key(), strike.number, FIRST_DAY + timedelta(days=9))
    assert [week.number for week in await strike_run_views.payable_weeks(stage.pool, benefits, strike.number)] == [1, 2]
    await refused(runs.start_run(stage.pool, benefits, stage.key(), strike.number, 3), WeekInvalid, last=2)


async def test_what_changes_while_a_run_is_computed_makes_it_be_computed_again(stage: Stage) -> None:
    strike = await ready(stage)
    run = await runs.start_run(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, 1)

    async def meanwhile(done: int, total: int) -> None:
        assert (done, total) == (8, 8)
        await picket(stage, strike, 7, FIRST_DAY + timedelta(days=4))

    computing = strike_run_computing.compute_run(stage.pool, stage.who["unifor benefits"], stage.key(), run.number, meanwhile)
    await refused(computing, RunChanged, reason="roster")
    run = await strike_run_computing.compute_run(stage.pool, stage.who["unifor benefits"], stage.key(), run.number)
    assert (await lines_of(stage, run))[7] == (300_00, "eligible")


async def test_a_cancelled_run_leaves_no_expense_and_its_week_can_be_run_again(pool: Pool, stage: Stage) -> None:
    strike = await ready(stage)
    before = await balances(pool)
    run = await approved(stage, strike, FIRST_DAY)
    assert (await balances(pool))["STRIKE", "joint", "Expense:Strike-benefits", CAD] == run.gross_minor
    await refused(runs.cancel_run(pool, stage.who["unifor benefits"], stage.key(), run.number, "Wrong week"), NotAllowed)
    run = await runs.cancel_run(pool, stage.who["unifor officer"], stage.key(), run.number, "Wrong week")
    assert run.state == "cancelled" and await balances(pool) == before
    assert (await computed(stage, strike)).number != run.number
    await refused(runs.cancel_run(pool, stage.who["unifor officer"], stage.key(), run.number, "Twice"), RunState, state="cancelled")


async def test_what_the_fund_does_not_have_is_not_approved(stage: Stage) -> None:
    await money(stage, 1_000_00)
    strike = await on_strike(stage, "unifor")
    await eight_members(stage, strike)
    run = await submitted(stage, strike)
    approving = runs.approve_run(stage.pool, stage.who["unifor officer"], stage.key(), run.number, run.revision, FIRST_DAY)
    await refused(approving, InsufficientAvailable, fund="STRIKE", available_minor=1_000_00, amount_minor=1_920_00)


async def test_two_who_approve_at_once_post_one_entry(pool: Pool, stage: Stage) -> None:
    strike = await ready(stage)
    run = await submitted(stage, strike)
    both = [
        runs.approve_run(pool, stage.who[part], stage.key(), run.number, run.revision, FIRST_DAY)
        for part in ("unifor officer", "unifor secretary", "unifor second", "unifor treasurer")
    ]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Run", "RunState", "RunState", "RunState"]
    assert (await balances(pool))["STRIKE", "joint", "Liabilities:Strike-benefits-payable", CAD] == -run.gross_minor


# --- payments afterwards --------------------------------------------------------------------------------------------------


async def test_cheques_are_numbered_in_a_row_once_and_deposits_keep_their_reference(stage: Stage) -> None:
    await money(stage)
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, {}, {"pay_method": "deposit", "pay_reference": "PS-77"}, {})
    for member in (1, 2, 3):
        await picket(stage, strike, member, *weekdays(FIRST_DAY), *weekdays(FIRST_DAY + timedelta(days=7)))
    run = await approved(stage, strike, FIRST_DAY)
    bank, treasurer = await stage.bank("unifor"), stage.who["unifor treasurer"]
    await refused(runs.pay_run(stage.pool, treasurer, stage.key(), run.number, bank, FIRST_DAY), ChoiceInvalid, field="first_cheque")
    wrong = await stage.bank("ue")
    with pytest.raises(OtherUnion):
        await runs.pay_run(stage.pool, treasurer, stage.key(), run.number, wrong, FIRST_DAY, 1001)
    await refused(runs.pay_run(stage.pool, treasurer, stage.key(), run.number, bank, FIRST_DAY - timedelta(days=1), 1001), DateInvalid, field="paid_on")
    run = await runs.pay_run(stage.pool, treasurer, stage.key(), run.number, bank, FIRST_DAY, 1001)
    _, found = await payments.payment_list(stage.pool, treasurer, run.number)
    assert [(line.method, line.payment_reference) for line in found] == [("cheque", "1001"), ("deposit", "PS-77"), ("cheque", "1002")]
    monday = FIRST_DAY + timedelta(days=7)
    second = await approved(stage, strike, monday, week=2)
    again = runs.pay_run(stage.pool, treasurer, stage.key(), second.number, bank, monday, 1002)
    await refused(again, ChequeNumberTaken, number="1002")


# What can be done with a payment, state by state: the step, and what it leads to (None: refused).
LATER = [
    ("issued", "stop", "stopped"), ("issued", "void", "void"), ("issued", "unclaim", "unclaimed"), ("issued", "clear", "cleared"),
    ("issued", "reissue", None), ("cleared", "stop", None), ("cleared", "void", None), ("cleared", "unclaim", None), ("cleared", "reissue", None),
    ("stopped", "reissue", "issued"), ("stopped", "void", "void"), ("stopped", "unclaim", "unclaimed"), ("stopped", "stop", None),
    ("stopped", "overpaid", None), ("unclaimed", "reissue", "issued"), ("unclaimed", "void", "void"), ("unclaimed", "stop", None),
    ("void", "reissue", None), ("void", "void", None), ("void", "clear", None), ("issued", "overpaid", "issued"), ("cleared", "overpaid", "cleared"),
]  # fmt: skip
# What is left of the expense of 300.00 by the steps taken, and where the money stands.
EXPENSE = {"void": 0, "overpaid": 200_00}


async def step(stage: Stage, run: Run, what: str, member: int = 1) -> Run:
    """Take a step with a member's payment on the strike's second day."""
    pool, who, day, key = stage.pool, stage.who["unifor benefits"], FIRST_DAY + timedelta(days=1), stage.key()
    match what:
        case "stop":
            return await payments.stop_payment(pool, who, key, run.number, member, day)
        case "reissue":
            return await payments.reissue_payment(pool, stage.who["unifor treasurer"], key, run.number, member, day, f"9{stage.keys:05d}")
        case "void":
            return await payments.void_payment(pool, who, key, run.number, member, day, "Had gone back to work")
        case "unclaim":
            return await payments.unclaim_payments(pool, who, key, run.number, day, [member])
        case "clear":
            return await payments.clear_payments(pool, who, key, run.number, day, [member])
        case _:
            return await payments.record_overpayment(pool, who, key, run.number, member, 100_00, day, "Two days too many")


async def one_paid(stage: Stage, members: int = 1) -> Run:
    """A run that paid members a whole week."""
    await money(stage)
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, *[{}] * members)
    for member in range(1, members + 1):
        await picket(stage, strike, member, *weekdays(FIRST_DAY))
    return await paid(stage, strike, FIRST_DAY)


WAYS = {"issued": (), "cleared": ("clear",), "stopped": ("stop",), "unclaimed": ("unclaim",), "void": ("void",)}


@pytest.mark.parametrize(("state", "what", "leads_to"), LATER)
async def test_what_can_be_done_with_a_payment(pool: Pool, stage: Stage, state: str, what: str, leads_to: str | None) -> None:
    run = await one_paid(stage)
    for earlier in WAYS[state]:
        await step(stage, run, earlier)
    if leads_to is None:
        await refused(step(stage, run, what), PaymentState, run=run.number)
        return
    await step(stage, run, what)
    assert (await states(stage, run))[1] == leads_to
    found = await balances(pool)
    held = {
        name: found.get(("STRIKE", "joint", path, CAD), 0)
        for name, path in {
            "expense": "Expense:Strike-benefits", "payable": "Liabilities:Strike-benefits-payable", "unclaimed": "Liabilities:Unclaimed-benefits",
            "recoverable": "Assets:Strike-benefits-recoverable",
        }.items()
    }  # fmt: skip
    assert held == {
        "expense": EXPENSE.get(what, 300_00), "payable": -300_00 if leads_to == "stopped" else 0,
        "unclaimed": -300_00 if leads_to == "unclaimed" else 0, "recoverable": 100_00 if what == "overpaid" else 0,
    }  # fmt: skip
    bank = found["STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", CAD]
    assert bank == 50_000_00 - (300_00 if leads_to in ("issued", "cleared") else 0)


async def test_what_was_paid_too_much_is_taken_off_the_next_run_and_no_more_than_it_bears(pool: Pool, stage: Stage) -> None:
    run = await one_paid(stage, 2)
    strike = (await strike_run_views.show_run(pool, stage.who["unifor benefits"], run.number)).strike
    await step(stage, run, "overpaid", 1)
    await refused(
        payments.record_overpayment(pool, stage.who["unifor benefits"], stage.key(), run.number, 1, 200_01, FIRST_DAY, "Too much"),
        MoreThanLeft, left_minor=200_00, currency=CAD,
    )  # fmt: skip
    await picket(stage, strike, 1, FIRST_DAY + timedelta(days=7))
    await picket(stage, strike, 2, FIRST_DAY + timedelta(days=7))
    second = await paid(stage, strike, FIRST_DAY + timedelta(days=8), week=2, first_cheque=2001)
    # One day is 60.00: of the 100.00 owed, 40.00 stay for the week after.
    assert (second.gross_minor, second.recovered_minor) == (120_00, 60_00)
    assert (await balances(pool))["STRIKE", "joint", "Assets:Strike-benefits-recoverable", CAD] == 40_00
    _, found = await payments.payment_list(pool, stage.who["unifor benefits"], second.number)
    assert [line.is_recovered for line in found] == [True, False]
    assert [(line.member, line.gross_minor - line.recovered_minor, line.payment_reference) for line in found] == [(1, 0, None), (2, 60_00, "2001")]
    await picket(stage, strike, 1, FIRST_DAY + timedelta(days=14))
    third = await approved(stage, strike, FIRST_DAY + timedelta(days=15), week=3)
    assert third.recovered_minor == 40_00
    assert ("STRIKE", "joint", "Assets:Strike-benefits-recoverable", CAD) not in await balances(pool)
    await runs.cancel_run(pool, stage.who["unifor officer"], stage.key(), third.number, "Not this week")
    assert (await balances(pool))["STRIKE", "joint", "Assets:Strike-benefits-recoverable", CAD] == 40_00
    assert (await computed(stage, strike, week=3)).recovered_minor == 40_00


async def test_a_void_line_owes_again_what_it_had_recovered_and_none_is_void_that_is_to_be_recovered(pool: Pool, stage: Stage) -> None:
    run = await one_paid(stage)
    strike = (await strike_run_views.show_run(pool, stage.who["unifor benefits"], run.number)).strike
    await step(stage, run, "overpaid")
    await refused(step(stage, run, "void"), PaymentState, state="overpaid")
    await picket(stage, strike, 1, *weekdays(FIRST_DAY + timedelta(days=7)))
    second = await paid(stage, strike, FIRST_DAY + timedelta(days=8), week=2, first_cheque=2001)
    assert (second.gross_minor, second.recovered_minor) == (300_00, 100_00)
    day, benefits = FIRST_DAY + timedelta(days=9), stage.who["unifor benefits"]
    await payments.void_payment(pool, benefits, stage.key(), second.number, 1, day, "Was back at work")
    found = await balances(pool)
    assert found["STRIKE", "joint", "Expense:Strike-benefits", CAD] == 200_00, "the first week, less what was too much"
    assert found["STRIKE", "joint", "Assets:Strike-benefits-recoverable", CAD] == 100_00, "and that is owed again"
    assert found["STRIKE", "joint", "Assets:Bank:Unifor-trust-CAD", CAD] == 50_000_00 - 300_00


async def test_who_stopped_a_payment_does_not_issue_it_again_and_the_benefits_officer_never_does(stage: Stage) -> None:
    run, day = await one_paid(stage), FIRST_DAY + timedelta(days=1)
    again = payments.reissue_payment
    await payments.stop_payment(stage.pool, stage.who["unifor treasurer"], stage.key(), run.number, 1, day)
    for part, kind in (("benefits", NotAllowed), ("treasurer", SamePerson), ("officer", NotAllowed)):
        with pytest.raises(kind):
            await again(stage.pool, stage.who[f"unifor {part}"], stage.key(), run.number, 1, day, "2001")
    await refused(again(stage.pool, stage.who["unifor deputy"], stage.key(), run.number, 1, FIRST_DAY, "2001"), DateInvalid)
    await again(stage.pool, stage.who["unifor deputy"], stage.key(), run.number, 1, day, "2001")


async def test_a_payment_goes_where_it_was_approved_to_go(stage: Stage) -> None:
    await money(stage)
    strike = await on_strike(stage, "unifor")
    await enrol(stage, strike, {"pay_method": "deposit", "pay_reference": "PS-77"})
    await picket(stage, strike, 1, *weekdays(FIRST_DAY))
    run = await approved(stage, strike, FIRST_DAY)
    async with stage.pool.database.writing() as connection, rosters_of(connection, "unifor"):
        await connection.execute("UPDATE strike_members SET pay_reference = 'PS-78' WHERE strike = $1", strike.number)
    await runs.pay_run(stage.pool, stage.who["unifor treasurer"], stage.key(), run.number, await stage.bank("unifor"), FIRST_DAY)
    _, found = await payments.payment_list(stage.pool, stage.who["unifor treasurer"], run.number)
    assert [line.payment_reference for line in found] == ["PS-77"]


async def test_what_the_roster_overtook_is_neither_submitted_nor_approved(stage: Stage) -> None:
    strike = await ready(stage)
    run = await computed(stage, strike)
    await picket(stage, strike, 7, FIRST_DAY + timedelta(days=11))
    run = await runs.submit_run(stage.pool, stage.who["unifor benefits"], stage.key(), run.number, run.revision)
    await picket(stage, strike, 7, FIRST_DAY + timedelta(days=4))
    approving = runs.approve_run(stage.pool, stage.who["unifor officer"], stage.key(), run.number, run.revision, FIRST_DAY)
    await refused(approving, RunChanged, reason="roster")


async def test_a_week_is_handed_on_once_it_is_over_unless_the_rules_pay_ahead(stage: Stage) -> None:
    await money(stage)
    strike, benefits, pool = await on_strike(stage, "unifor"), stage.who["unifor benefits"], stage.pool
    await enrol(stage, strike, {})
    week = (await strike_run_views.payable_weeks(pool, benefits, strike.number))[-1]
    assert week.starts_on <= pool.today() <= week.ends_on
    await picket(stage, strike, 1, week.starts_on)
    run = await computed(stage, strike, week.number)
    early = runs.submit_run(pool, benefits, stage.key(), run.number, run.revision)
    await refused(early, WeekNotOver, run=run.number, week=week.number, ends_on=week.ends_on.isoformat())
    async with pool.database.writing() as connection:
        kept = (await strike_rules.version(connection, run.rule_set, run.rule_version)).rules
        ahead = msgspec.structs.replace(kept, pays_ahead=True)
        await strike_rules.add(connection, ahead, run.rule_version + 1, "unifor", week.starts_on, "confirmed", 1, pool.clock())
    run = await strike_run_computing.compute_run(pool, benefits, stage.key(), run.number)
    assert (await runs.submit_run(pool, benefits, stage.key(), run.number, run.revision)).state == "submitted"


async def test_who_changed_the_roster_or_the_duty_does_not_approve_what_rests_on_it(stage: Stage) -> None:
    strike, who, pool, friday = await ready(stage), stage.who, stage.pool, FIRST_DAY + timedelta(days=4)
    await duty.record(pool, who["unifor treasurer"], stage.key(), strike.number, friday, "M7", 240)
    await duty.undo(pool, who["unifor second"], stage.key(), strike.number, FIRST_DAY, 7)
    run = await submitted(stage, strike)
    for part in ("treasurer", "second"):
        person = who[f"unifor {part}"]
        await refused(runs.preview_approval(pool, person, run.number, friday), KeeperNotApprover, run=run.number, person=person.name)
        approving = runs.approve_run(pool, person, stage.key(), run.number, run.revision, friday)
        await refused(approving, KeeperNotApprover, run=run.number, person=person.name)
        assert (await strike_run_views.show_run(pool, person, run.number)).rests_on_mine
        assert run.number not in [row.subject for row in await home.waiting(pool, person)]
    assert not (await strike_run_views.show_run(pool, who["unifor officer"], run.number)).rests_on_mine
    assert run.number in [row.subject for row in await home.waiting(pool, who["unifor officer"])]
    await runs.approve_run(pool, who["unifor officer"], stage.key(), run.number, run.revision, friday)


async def test_a_change_that_an_approved_run_answered_for_bars_nobody_from_the_next(stage: Stage, clock: Clock) -> None:
    strike, who, pool, day = await ready(stage), stage.who, stage.pool, FIRST_DAY + timedelta(days=7)
    await duty.record(pool, who["unifor treasurer"], stage.key(), strike.number, FIRST_DAY + timedelta(days=4), "M7", 240)
    clock.now += timedelta(minutes=1)
    await approved(stage, strike, day)
    clock.now += timedelta(minutes=1)
    await picket(stage, strike, 1, day)
    run = await submitted(stage, strike, 2)
    await runs.approve_run(pool, who["unifor treasurer"], stage.key(), run.number, run.revision, day)


async def test_the_last_week_is_over_when_the_strike_is(stage: Stage) -> None:
    await money(stage)
    strike, benefits, pool = await on_strike(stage, "unifor", starts_on=FIRST_DAY + timedelta(days=2)), stage.who["unifor benefits"], stage.pool
    await enrol(stage, strike, {})
    week = (await strike_run_views.payable_weeks(pool, benefits, strike.number))[-1]
    await picket(stage, strike, 1, week.starts_on)
    await strikes.end(pool, benefits, stage.key(), strike.number, week.starts_on)
    assert week.starts_on < pool.today() <= week.ends_on
    assert (await submitted(stage, strike, week.number)).state == "submitted"


async def test_a_member_of_two_strikes_is_paid_by_one(stage: Stage) -> None:
    await money(stage)
    found = []
    for _ in range(2):
        strike = await on_strike(stage, "unifor")
        await enrol(stage, strike, {"reference": "SHARED-1"})
        await picket(stage, strike, 1, *weekdays(FIRST_DAY))
        found.append(await computed(stage, strike))
    first, second = found
    assert await lines_of(stage, first) == {1: (300_00, "eligible")} and await lines_of(stage, second) == {1: (0, "duplicate")}


async def test_the_first_answer_to_computing_is_the_last(stage: Stage) -> None:
    strike = await ready(stage)
    run = await runs.start_run(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, 1)
    first = await strike_run_computing.compute_run(stage.pool, stage.who["unifor benefits"], "compute-once", run.number)
    await runs.submit_run(stage.pool, stage.who["unifor benefits"], stage.key(), run.number, 1)
    assert await strike_run_computing.compute_run(stage.pool, stage.who["unifor benefits"], "compute-once", run.number) == first


async def test_whoever_claims_late_is_paid_from_what_was_unclaimed_though_the_run_was_closed(stage: Stage) -> None:
    run, benefits = await one_paid(stage), stage.who["unifor benefits"]
    await step(stage, run, "unclaim")
    await payments.reconcile_run(stage.pool, benefits, stage.key(), run.number)
    await payments.close_run(stage.pool, benefits, stage.key(), run.number)
    assert (await step(stage, run, "reissue")).state == "paid"
    assert await states(stage, run) == {1: "issued"}


async def test_in_whatever_order_things_happen_to_payments_the_totals_are_the_same(pool: Pool, stage: Stage) -> None:
    """Three payments, each with its own steps, in three different orders: the books end alike."""
    steps = {1: ["stop", "reissue", "clear"], 2: ["unclaim", "reissue", "clear"], 3: ["clear", "overpaid"], 4: ["void"]}
    orders = [[1, 1, 1, 2, 2, 2, 3, 3, 4], [4, 3, 2, 1, 2, 1, 3, 1, 2], [2, 1, 3, 4, 3, 2, 1, 2, 1]]
    found = []
    for number, order in enumerate(orders):
        strike = await on_strike(stage, "unifor")
        await stage.fund("STRIKE", CAD=2_000_00)
        await enrol(stage, strike, *[{"reference": f"{number}-{member}"} for member in range(4)])
        for member in range(1, 5):
            await picket(stage, strike, member, *weekdays(FIRST_DAY))
        before = await balances(pool)
        run, left = await paid(stage, strike, FIRST_DAY, first_cheque=1000 * number + 1), {member: list(of) for member, of in steps.items()}
        for member in order:
            await step(stage, run, left[member].pop(0), member)
        after = await balances(pool)
        found.append({key: after.get(key, 0) - before.get(key, 0) for key in before.keys() | after.keys()})
    assert found[0] == found[1] == found[2]


async def test_the_lines_come_to_the_entry_and_no_name_is_in_it(pool: Pool, stage: Stage) -> None:
    run = await one_paid(stage, 3)
    _, lines = await payments.payment_list(pool, stage.who["unifor benefits"], run.number)
    assert sum(line.gross_minor for line in lines) == run.gross_minor == 900_00
    async with pool.database.reading() as connection:
        said = await connection.fetch(
            """SELECT canonical::bytea AS text FROM entries UNION ALL SELECT convert_to(details::text, 'UTF8') FROM audit
            UNION ALL SELECT convert_to(answer::text, 'UTF8') FROM requests WHERE answer IS NOT NULL"""
        )
    assert said and not any(b"Member " in row["text"] for row in said)


# --- cheques that nobody cashes -------------------------------------------------------------------------------------------


async def test_late_cheques_are_told_of_once_a_week_by_amount_and_no_young_one_is_stale(pool: Pool, stage: Stage) -> None:
    run = await one_paid(stage, 3)
    await payments.clear_payments(pool, stage.who["unifor benefits"], stage.key(), run.number, FIRST_DAY, [3])
    async with pool.database.writing() as connection:
        early = await strike_reminders.late_cheques(connection, FIRST_DAY + timedelta(days=LATE_CHEQUE_DAYS - 1))
        late = [await strike_reminders.late_cheques(connection, FIRST_DAY + timedelta(days=LATE_CHEQUE_DAYS + n)) for n in (0, 6, 7)]
    assert early == []
    assert [notice.facts for (notice,) in late] == [{"days": 30 + n, "amounts": {CAD: 600_00}} for n in (0, 6, 7)]
    assert late[0][0].once == late[1][0].once != late[2][0].once
    told = {stage.who[part].person_id for part in ("unifor benefits", "unifor treasurer", "unifor second")}
    assert set(late[0][0].to) == told
    await refused(payments.unclaim_stale(pool, stage.who["unifor benefits"], stage.key(), run.number, FIRST_DAY + timedelta(days=1)), PaymentState)
    listed = await payments.list_lines(pool, stage.who["unifor benefits"], run.number, LineFilter(shows="late"))
    assert listed.items == []


async def test_stale_cheques_move_to_unclaimed_in_one_step_and_one_entry(pool: Pool, stage: Stage) -> None:
    await money(stage)
    strike = await on_strike(stage, "unifor", starts_on=W10_WEEK, notice_on=W10_WEEK, mandate_on=None)
    await enrol(stage, strike, {}, {}, {"pay_method": "deposit", "pay_reference": "PS-1"})
    for member in (1, 2, 3):
        await picket(stage, strike, member, *weekdays(W10_WEEK))
    run = await paid(stage, strike, W10_WEEK + timedelta(days=4))
    benefits = stage.who["unifor benefits"]
    view = await strike_run_views.show_run(pool, benefits, run.number)
    assert (view.late, view.stale) == (2, 2)
    await payments.unclaim_stale(pool, benefits, stage.key(), run.number, pool.today())
    assert await states(stage, run) == {1: "unclaimed", 2: "unclaimed", 3: "issued"}
    assert (await balances(pool))["STRIKE", "joint", "Liabilities:Unclaimed-benefits", CAD] == -600_00
    await refused(payments.unclaim_stale(pool, benefits, stage.key(), run.number, pool.today()), PaymentState)


async def test_members_are_paid_by_their_own_hourly_rate_and_who_has_none_is_an_exception(stage: Stage) -> None:
    by_rate = msgspec.structs.replace(shipped_rule_sets()["cupw"].rules, code="unifor-hourly")
    async with stage.pool.database.writing() as connection:
        await strike_rules.add(connection, by_rate, 1, "unifor", date(2026, 1, 1), "confirmed", 1, stage.pool.clock())
    strike = await on_strike(stage, rule_set="unifor-hourly")
    await enrol(stage, strike, {"hourly_rate_minor": 31_57}, {"hourly_rate_minor": 28_05}, {})
    for member, days in ((1, 5), (2, 3), (3, 5)):
        await picket(stage, strike, member, *weekdays(FIRST_DAY, days))
    run = await submitted(stage, strike)
    assert (run.gross_minor, run.eligible) == (5 * 2 * 31_57 + 3 * 2 * 28_05, 2)
    found = await payments.list_lines(stage.pool, stage.who["unifor benefits"], run.number, LineFilter(shows="exceptions"))
    assert {line.member: line.reason for line in found.items} == {2: "eligible", 3: "hourly_rate_missing"}
