"""Advances to locals through the real store: case W12, who may do what, the gate, reports, what comes back, and races."""

import asyncio
import random
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.account_rules import NewLocal
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import Refusal
from ledger.domain.strike_advances import (
    AcceptReports,
    Advance,
    FileReport,
    PayAdvance,
    ProposeAdvance,
    ReportLine,
    ReturnUnspent,
    Statement,
)
from ledger.domain.strikes import Authorise, RecordStrike, Strike
from ledger.services import accounts, journal, strike_advance_reports, strike_advance_returns, strike_advance_views, strikes
from ledger.services import strike_advances as service
from ledger.services.notices import list_notices
from ledger.services.pool import ZONE, Pool
from ledger.storage import reference
from tests.cases import CASES, expected, figure_minor
from tests.conftest import Clock, add_person
from tests.services.strikes_stage import decide_amounts
from tests.services.test_journal import balances, from_case, refused
from tests.services.test_transfers import account

BANK = "Assets:Bank:UE-trust-USD"


class Line(msgspec.Struct):
    """A strike of UE with the people of an advance; ``keys`` makes each step's key."""

    pool: Pool
    strike: Strike
    benefits: Actor
    officer: Actor
    treasurer: Actor
    deputy: Actor
    unifor: Actor
    bank: int
    keys: int = 0

    def key(self) -> str:
        self.keys += 1
        return f"advance-{self.keys:06d}"

    async def proposed(self, week: int, strikers: int = 120, local: str = "X") -> Advance:
        asked = ProposeAdvance(local=local, week=week, strikers=strikers)
        return await service.propose_advance(self.pool, self.benefits, self.key(), self.strike.number, asked)

    async def approved(self, week: int, strikers: int = 120, local: str = "X") -> Advance:
        made = await self.proposed(week, strikers, local)
        return await service.approve_advance(self.pool, self.officer, self.key(), made.number)

    async def paid(self, week: int, on: date, strikers: int = 120, local: str = "X") -> Advance:
        made = await self.approved(week, strikers, local)
        return await service.pay_advance(self.pool, self.treasurer, self.key(), made.number, PayAdvance(account=self.bank, paid_on=on))

    async def filed(self, week: int, *amounts: int, local: str = "X", by: Actor | None = None, **more: Any) -> Any:
        lines = tuple(ReportLine(category="food", amount_minor=each) for each in amounts)
        said = FileReport(local=local, week=week, signed_by="R. Chair, L. Steward", lines=lines, **more)
        return await strike_advance_reports.file_report(self.pool, by or self.benefits, self.key(), self.strike.number, said)

    async def accepted(self, *weeks: int, on: date | None = None, local: str = "X") -> Any:
        asked = AcceptReports(local=local, weeks=weeks, accepted_on=on or self.pool.today())
        return await strike_advance_reports.accept_reports(self.pool, self.officer, self.key(), self.strike.number, asked)

    async def returned(self, amount_minor: int, on: date | None = None, local: str = "X") -> Statement:
        asked = ReturnUnspent(local=local, amount_minor=amount_minor, account=self.bank, returned_on=on or self.pool.today())
        return await strike_advance_returns.record_return(self.pool, self.treasurer, self.key(), self.strike.number, asked)

    async def statement(self, local: str = "X") -> Statement:
        found = await strike_advance_views.show_advances(self.pool, self.unifor, self.strike.number)
        return next(each for each in found.case.statements if each.local.number == local)


def at(clock: Clock, day: str) -> date:
    """Put the clock on noon of a day."""
    found = date.fromisoformat(day)
    clock.now = datetime(found.year, found.month, found.day, 12, tzinfo=ZONE).astimezone(UTC)
    return found


async def on_strike(pool: Pool, ue: Actor, unifor: Actor, *locals_: str, expected: int = 120) -> Line:
    """UE's locals out since Monday 1 June 2026, with both unions' word."""
    officers = {union: await add_person(pool, f"Officer of {union}", union, "officer") for union in ("ue", "unifor")}
    await decide_amounts(pool, officers["ue"], ue)
    benefits = await add_person(pool, "Benefits officer of ue", "ue", "benefits_officer")
    deputy = await add_person(pool, "Deputy of ue", "ue", "deputy")
    for local in locals_:
        await accounts.add_local(pool, ue, f"add-local-{local}", NewLocal(union="ue", number=local, name=f"Local {local}"))
    asked = RecordStrike(
        union="ue", kind="strike", name="Meridian Rail Works", locals=locals_, notice_on=date(2026, 5, 20), starts_on=date(2026, 6, 1),
        expected=expected, rule_set="ue", fund="STRIKE", mandate="97 % in favour",
    )  # fmt: skip
    strike = await strikes.record_strike(pool, benefits, "record-strike-1", asked)
    for union, officer in officers.items():
        word = Authorise(body="Executive board", resolution=f"{union} 2026-7", decided_on=date(2026, 5, 25))
        await strikes.authorise_strike(pool, officer, f"authorise-by-{union}", strike.number, word)
    strike = await strikes.begin(pool, benefits, "begin-strike-1", strike.number, date(2026, 6, 1))
    return Line(pool, strike, benefits, officers["ue"], ue, deputy, unifor, await account(pool, BANK, "USD"))


async def with_money(pool: Pool, ue: Actor) -> None:
    """W12's opening balance."""
    await journal.post_entry(pool, ue, "w12-opening", from_case(CASES["W12"]["opening"], "2026-05-29", "Opening", kind="opening"))


@pytest_asyncio.fixture(loop_scope="session")
async def line(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> Line:
    """The strike of W12 in its third week, paid for."""
    at(clock, "2026-06-15")
    await with_money(pool, ue)
    return await on_strike(pool, ue, unifor, "X")


# --- case W12 -----------------------------------------------------------------------------------------------------------


async def test_w12_weekly_sums_to_a_local_its_reports_and_the_rest_returned(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> None:
    case = CASES["W12"]
    days = {entry["id"]: entry["date"] for entry in case["entries"]}
    shown = {entry["id"]: minor_from_text(entry["lines"][0][4], "USD") for entry in case["entries"]}
    at(clock, days["W12-1"])
    await with_money(pool, ue)
    line = await on_strike(pool, ue, unifor, "X")
    for week, name in ((3, "W12-1"), (4, "W12-2")):
        paid = await line.paid(week, at(clock, days[name]))
        assert paid.amount_minor == shown[name] == figure_minor("W12", "Weekly lump sum")
        if week == 3:
            await line.filed(3, 11_480_00)
    assert (await line.statement()).open_minor == figure_minor("W12", "Open advance before the report")

    # Week 5 is held: the report of week 4 is missing.
    at(clock, "2026-06-29")
    held = await line.proposed(5)
    for step in (
        service.approve_advance(pool, line.officer, line.key(), held.number),
        service.approve_advance(pool, line.treasurer, line.key(), held.number),
    ):
        refusal = await refused(step, "advance_held")
        assert (refusal.params["reason"], refusal.params["report_week"]) == ("missing_expense_report", 4)
    await service.cancel_advance(pool, line.benefits, line.key(), held.number, "The strike was settled")

    await line.filed(4, shown["W12-3"] - 11_480_00)
    reports = await line.accepted(3, 4, on=at(clock, days["W12-3"]))
    assert len({report.entry_number for report in reports}) == 1
    assert sum(report.accepted_minor for report in reports) == shown["W12-3"]
    left = (await line.statement()).open_minor
    assert left == figure_minor("W12", "Unspent") == shown["W12-4"]
    after = await line.returned(left, at(clock, days["W12-4"]))
    assert (after.advanced_minor, after.accepted_minor, after.returned_minor, after.open_minor) == (24_000_00, shown["W12-3"], left, 0)
    assert await balances(pool) == expected(case)


async def test_the_entries_of_w12_are_those_of_the_case(pool: Pool, line: Line, clock: Clock) -> None:
    paid = await line.paid(3, pool.today())
    view = await journal.read_entry(pool, line.treasurer, paid.entry_number or 0)
    by_path = {view.accounts[each.account_id].path: each.amount_minor for each in view.entry.draft.postings}
    assert by_path == {"Assets:Strike-advances:Local-X": 12_000_00, BANK: -12_000_00}
    assert (view.entry.draft.kind, view.entry.draft.subject) == ("strike_advance", "SA-0001")


# --- who may ------------------------------------------------------------------------------------------------------------


async def test_three_people_stand_between_the_fund_and_a_local(pool: Pool, line: Line) -> None:
    day = pool.today()
    asked = ProposeAdvance(local="X", week=3, strikers=120)
    own = await service.propose_advance(pool, line.treasurer, line.key(), line.strike.number, asked)
    refusal = await refused(service.approve_advance(pool, line.treasurer, line.key(), own.number), "maker_not_checker")
    assert refusal.params["reason"] == "preparer"
    await service.cancel_advance(pool, line.benefits, line.key(), own.number, "Prepared by the benefits officer")
    made = await line.proposed(3)
    await service.approve_advance(pool, line.treasurer, line.key(), made.number)
    pay = PayAdvance(account=line.bank, paid_on=day)
    await refused(service.pay_advance(pool, line.treasurer, line.key(), made.number, pay), "approver_not_payer")
    await refused(service.pay_advance(pool, line.officer, line.key(), made.number, pay), "not_allowed")
    await refused(service.pay_advance(pool, line.unifor, line.key(), made.number, pay), "other_union")
    assert (await service.pay_advance(pool, line.deputy, line.key(), made.number, pay)).state == "paid"


async def test_the_other_union_reads_and_does_nothing(pool: Pool, line: Line) -> None:
    made, key, strike = await line.approved(3), line.key, line.strike.number
    assert (await strike_advance_views.show_advance(pool, line.unifor, made.number)).advance.amount_minor == 12_000_00
    lines = (ReportLine(category="food", amount_minor=1),)
    for step in (
        service.propose_advance(pool, line.unifor, key(), strike, ProposeAdvance(local="X", week=3, strikers=1)),
        service.approve_advance(pool, line.unifor, key(), made.number), service.hold_advance(pool, line.unifor, key(), made.number, "Wait"),
        service.cancel_advance(pool, line.unifor, key(), made.number, "No"),
        strike_advance_reports.file_report(pool, line.unifor, key(), strike, FileReport(local="X", week=3, signed_by="A, B", lines=lines)),
        strike_advance_reports.return_report(pool, line.unifor, key(), strike, "X", 3, "No"),
        strike_advance_reports.accept_reports(pool, line.unifor, key(), strike, AcceptReports(local="X", weeks=(3,), accepted_on=pool.today())),
        strike_advance_returns.record_return(
            pool, line.unifor, key(), strike, ReturnUnspent(local="X", amount_minor=1, account=line.bank, returned_on=pool.today())
        ),
        strike_advance_returns.take_back(pool, line.unifor, key(), strike, 1, pool.today(), "No"),
    ):  # fmt: skip
        await refused(step, "other_union")


async def test_who_filed_a_report_does_not_accept_it(pool: Pool, line: Line) -> None:
    await line.paid(3, pool.today())
    await line.filed(3, 100_00, by=line.treasurer)
    asked = AcceptReports(local="X", weeks=(3,), accepted_on=pool.today())
    refusal = await refused(strike_advance_reports.accept_reports(pool, line.treasurer, line.key(), line.strike.number, asked), "maker_not_checker")
    assert refusal.params["reason"] == "filer"
    await refused(strike_advance_reports.return_report(pool, line.treasurer, line.key(), line.strike.number, "X", 3, "Mine"), "maker_not_checker")


# --- weeks, amounts, the account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "week", "reason"),
    [("2026-06-14", 3, "early"), ("2026-06-15", 2, None), ("2026-06-15", 4, None), ("2026-06-15", 0, None)],
)
async def test_only_a_week_that_has_begun_and_is_paid_for_has_an_advance(
    pool: Pool, line: Line, clock: Clock, today: str, week: int, reason: str | None
) -> None:
    at(clock, today)
    refusal = await refused(line.proposed(week), "week_invalid")
    assert refusal.params.get("reason") == reason


async def test_a_week_after_the_strike_is_over_has_none(pool: Pool, line: Line, clock: Clock) -> None:
    at(clock, "2026-07-01")
    await strikes.end(pool, line.benefits, line.key(), line.strike.number, date(2026, 6, 21))
    refusal = await refused(line.proposed(4), "week_invalid")
    assert (refusal.params["first"], refusal.params["last"]) == (3, 3)
    assert (await line.proposed(3)).state == "proposed"


async def test_a_week_has_one_advance_and_another_once_it_is_cancelled(pool: Pool, line: Line) -> None:
    made = await line.proposed(3)
    assert (await refused(line.proposed(3), "advance_exists")).params["advance"] == made.number
    await service.cancel_advance(pool, line.benefits, line.key(), made.number, "Too many strikers")
    again = await line.proposed(3, strikers=118)
    assert (again.number, again.amount_minor) == ("SA-0002", 11_800_00)
    await refused(line.proposed(4, strikers=0), "week_invalid")
    await refused(service.approve_advance(pool, line.officer, line.key(), made.number), "advance_state")


async def test_nothing_is_paid_before_it_is_approved_or_in_days_to_come(pool: Pool, line: Line, clock: Clock) -> None:
    made = await line.approved(3)
    for day, code in ((date(2026, 6, 14), "date_invalid"), (date(2026, 6, 16), "future_date")):
        await refused(service.pay_advance(pool, line.treasurer, line.key(), made.number, PayAdvance(account=line.bank, paid_on=day)), code)


async def test_only_the_union_s_own_bank_in_the_strike_s_currency_pays(pool: Pool, line: Line) -> None:
    made = await line.approved(3)
    for path, currency in (("Assets:Bank:Unifor-trust-CAD", "CAD"), ("Assets:In-transit", "USD")):
        pay = PayAdvance(account=await account(pool, path, currency), paid_on=pool.today())
        await refused(service.pay_advance(pool, line.treasurer, line.key(), made.number, pay), "choice_invalid")


async def test_locals_of_one_number_in_both_unions_have_accounts_of_their_own(pool: Pool, line: Line) -> None:
    taken = Account(
        id=9_000, book="joint", path="Assets:Strike-advances:Local-504", currency="USD", name_en="Advances to Unifor Local 504", name_fr="x",
        role="strike_advances", counterparty="unifor",
    )  # fmt: skip
    async with pool.database.writing() as connection:
        await reference.add_account(connection, taken)
    await accounts.add_local(pool, line.treasurer, "add-local-504", NewLocal(union="ue", number="504", name="Local 504"))
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO strike_locals SELECT $1, id FROM locals WHERE number = '504'", line.strike.number)
    await line.paid(3, pool.today(), local="504", strikers=10)
    found = await balances(pool)
    assert found["STRIKE", "joint", "Assets:Strike-advances:Local-504-UE", "USD"] == 1_000_00
    await line.filed(3, 400_00, local="504")
    await line.accepted(3, local="504")
    assert (await balances(pool))["STRIKE", "joint", "Assets:Strike-advances:Local-504-UE", "USD"] == 600_00


# --- the gate and holding -----------------------------------------------------------------------------------------------


async def test_the_report_of_the_last_paid_week_opens_the_gate_and_its_return_shuts_it(pool: Pool, line: Line, clock: Clock) -> None:
    await line.paid(3, pool.today())
    at(clock, "2026-06-22")
    made = await line.proposed(4)
    assert (await strike_advance_views.show_advance(pool, line.unifor, made.number)).line.hold == "missing_expense_report"
    await refused(service.approve_advance(pool, line.officer, line.key(), made.number), "advance_held")
    await line.filed(3, 9_000_00)
    await service.approve_advance(pool, line.officer, line.key(), made.number)
    await strike_advance_reports.return_report(pool, line.officer, line.key(), line.strike.number, "X", 3, "The rent has no receipt")
    pay = PayAdvance(account=line.bank, paid_on=pool.today())
    await refused(service.pay_advance(pool, line.treasurer, line.key(), made.number, pay), "advance_held")
    again = await line.filed(3, 8_500_00)
    assert (again.version, again.state) == (2, "filed")
    assert (await service.pay_advance(pool, line.treasurer, line.key(), made.number, pay)).state == "paid"
    versions = (await strike_advance_views.show_report(pool, line.unifor, line.strike.number, "X", 3)).versions
    assert [(each.version, each.state, each.decision) for each in versions] == [(2, "filed", ""), (1, "returned", "The rent has no receipt")]


async def test_weeks_out_of_order_wait_for_every_report(pool: Pool, line: Line, clock: Clock) -> None:
    at(clock, "2026-06-22")
    await line.paid(4, pool.today())
    held = await line.proposed(3)
    refusal = await refused(service.approve_advance(pool, line.officer, line.key(), held.number), "advance_held")
    assert refusal.params["report_week"] == 4
    await line.filed(4, 100_00)
    await service.approve_advance(pool, line.officer, line.key(), held.number)


async def test_a_report_accepted_before_anything_was_open_can_be_filed_anew(pool: Pool, line: Line, clock: Clock) -> None:
    at(clock, "2026-06-22")
    await line.paid(3, pool.today())
    await line.filed(3, 12_000_00)
    await line.accepted(3)
    await line.filed(4, 500_00)
    (own,) = await line.accepted(4)
    assert own.entry_number is None
    await line.paid(4, pool.today())
    await line.filed(4, 11_000_00)
    (accepted,) = await line.accepted(4)
    assert accepted.accepted_minor == 11_000_00


async def test_a_week_that_was_never_paid_holds_nothing_back(pool: Pool, line: Line, clock: Clock) -> None:
    at(clock, "2026-06-29")
    assert (await line.paid(5, pool.today())).state == "paid"


async def test_what_is_put_on_hold_waits_and_everybody_sees_why(pool: Pool, line: Line) -> None:
    made = await line.approved(3)
    await service.hold_advance(pool, line.officer, line.key(), made.number, "The count is questioned")
    view = await strike_advance_views.show_advance(pool, line.unifor, made.number)
    assert (view.line.hold, view.advance.remark) == ("on_hold", "The count is questioned")
    pay = PayAdvance(account=line.bank, paid_on=pool.today())
    refusal = await refused(service.pay_advance(pool, line.treasurer, line.key(), made.number, pay), "advance_held")
    assert refusal.params["reason"] == "on_hold"
    await service.let_go(pool, line.treasurer, line.key(), made.number)
    assert (await service.pay_advance(pool, line.treasurer, line.key(), made.number, pay)).state == "paid"


async def told(pool: Pool, actor: Actor) -> list[tuple[str, str]]:
    """Notices about advances and reports; those about the strike itself are tested with it."""
    return sorted((each.kind, each.subject) for each in (await list_notices(pool, actor)).items if not each.kind.startswith("strike_"))


async def test_each_is_told_what_they_must_do_and_nobody_of_their_own_doing(pool: Pool, line: Line, clock: Clock) -> None:
    await line.paid(3, pool.today())
    at(clock, "2026-06-22")
    await line.proposed(4)
    assert await told(pool, line.officer) == [("advance_held", "SA-0002"), ("advance_to_approve", "SA-0001")]
    assert ("advance_to_pay", "SA-0001") in await told(pool, line.treasurer)
    assert await told(pool, line.benefits) == []
    await line.filed(3, 100_00)
    assert await told(pool, line.officer) == [
        ("advance_held", "SA-0002"), ("advance_to_approve", "SA-0001"), ("advance_to_approve", "SA-0002"),
        ("expense_report_filed", line.strike.number),
    ]  # fmt: skip
    await strike_advance_reports.return_report(pool, line.officer, line.key(), line.strike.number, "X", 3, "Add the receipts")
    assert await told(pool, line.benefits) == [("expense_report_returned", line.strike.number)]
    assert await told(pool, line.unifor) == []


# --- reports ------------------------------------------------------------------------------------------------------------


async def test_more_than_was_advanced_is_the_local_s_own_money(pool: Pool, line: Line) -> None:
    await line.paid(3, pool.today())
    await line.filed(3, 12_345_67)
    asked = AcceptReports(local="X", weeks=(3,), accepted_on=pool.today())
    shown = await strike_advance_reports.preview_acceptance(pool, line.officer, line.strike.number, asked)
    assert (shown.amount_minor, shown.own_minor) == (12_000_00, 345_67)
    (report,) = await line.accepted(3)
    assert (report.accepted_minor, report.own_minor, (await line.statement()).open_minor) == (12_000_00, 345_67, 0)


async def test_a_report_beyond_all_that_is_open_is_accepted_without_an_entry(pool: Pool, line: Line) -> None:
    await line.filed(2, 500_00)
    (report,) = await line.accepted(2)
    assert (report.state, report.accepted_minor, report.own_minor, report.entry_number) == ("accepted", 0, 500_00, None)


async def test_what_is_accepted_stands_and_what_is_filed_can_be_filed_again(pool: Pool, line: Line) -> None:
    await line.paid(3, pool.today())
    await line.filed(3, 100_00)
    second = await line.filed(3, 200_00, 300_00)
    assert (second.version, second.total_minor, len(second.lines)) == (2, 500_00, 2)
    await line.accepted(3)
    await refused(line.filed(3, 1_00), "report_state")
    await refused(line.accepted(3), "report_state")
    await refused(line.accepted(2), "not_found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": ()}, "lines_invalid"),
        ({"signed_by": " "}, "text_invalid"),
        ({"week": 4}, "week_invalid"),
        ({"week": 0}, "week_invalid"),
        ({"local": "Y"}, "choice_invalid"),
        ({"lines": (ReportLine(category="food", amount_minor=0),)}, "amount_not_positive"),
        ({"lines": (ReportLine(category="beer", amount_minor=1),)}, "choice_invalid"),
    ],  # type: ignore[arg-type]
)
async def test_what_is_no_report_is_refused(pool: Pool, line: Line, changes: dict[str, Any], code: str) -> None:
    said = FileReport(local="X", week=3, signed_by="R. Chair, L. Steward", lines=(ReportLine(category="food", amount_minor=1),))
    wrong = msgspec.structs.replace(said, **changes)
    await refused(strike_advance_reports.file_report(pool, line.benefits, line.key(), line.strike.number, wrong), code)


# --- what comes back, and what was wrong --------------------------------------------------------------------------------


async def test_no_more_comes_back_than_is_open(pool: Pool, line: Line) -> None:
    await line.paid(3, pool.today())
    refusal = await refused(line.returned(12_000_01), "more_than_left")
    assert refusal.params["left_minor"] == 12_000_00
    assert (await line.returned(2_000_00)).open_minor == 10_000_00


async def test_an_advance_an_acceptance_and_a_return_can_be_taken_back(pool: Pool, line: Line) -> None:
    start = await balances(pool)
    paid = await line.paid(3, pool.today())
    after_paying = await balances(pool)
    await line.filed(3, 1_000_00)
    (report,) = await line.accepted(3)
    returned = (await line.returned(500_00)).returns[-1]
    strike, day = line.strike.number, pool.today()
    again = strike_advance_returns.take_back(pool, line.treasurer, line.key(), strike, paid.entry_number or 0, day, "Not sent")
    refusal = await refused(again, "more_than_left")
    assert refusal.params["left_minor"] == 10_500_00
    for entry in (report.entry_number, returned.entry_number):
        await strike_advance_returns.take_back(pool, line.treasurer, line.key(), strike, entry, day, "Recorded by mistake")
        await refused(strike_advance_returns.take_back(pool, line.treasurer, line.key(), strike, entry, day, "Twice"), "not_found")
    assert await balances(pool) == after_paying
    statement = await line.statement()
    assert (statement.open_minor, statement.filed_minor, [each.reversed_by is None for each in statement.returns]) == (12_000_00, 1_000_00, [False])
    await strike_advance_returns.take_back(pool, line.treasurer, line.key(), strike, paid.entry_number or 0, day, "Not sent")
    assert await balances(pool) == start
    assert (await strike_advance_views.show_advance(pool, line.unifor, paid.number)).advance.state == "cancelled"
    assert (await line.paid(3, day)).number == "SA-0002"


async def test_an_entry_of_an_advance_is_not_reversed_beside_its_record(pool: Pool, line: Line) -> None:
    paid = await line.paid(3, pool.today())
    await refused(journal.reverse(pool, line.treasurer, line.key(), paid.entry_number or 0, pool.today(), "Bare"), "not_reversible")


async def test_a_strike_closes_when_every_local_has_accounted(pool: Pool, line: Line, clock: Clock) -> None:
    await line.paid(3, pool.today())
    await line.filed(3, 11_000_00)
    at(clock, "2026-06-23")
    await strikes.end(pool, line.benefits, line.key(), line.strike.number, date(2026, 6, 21))
    await line.accepted(3)
    await refused(strikes.close_strike(pool, line.benefits, line.key(), line.strike.number, "Settled"), "strike_unsettled")
    wrong = (await line.returned(1_000_00)).returns[-1]
    await strike_advance_returns.take_back(pool, line.treasurer, line.key(), line.strike.number, wrong.entry_number, pool.today(), "Another local's money")
    await refused(strikes.close_strike(pool, line.benefits, line.key(), line.strike.number, "Settled"), "strike_unsettled")
    await line.returned(1_000_00)
    assert (await strikes.close_strike(pool, line.benefits, line.key(), line.strike.number, "Settled")).state == "closed"


# --- always -------------------------------------------------------------------------------------------------------------


async def test_two_who_pay_the_same_advance_at_once_post_one_entry(pool: Pool, line: Line) -> None:
    made = await line.approved(3)
    pay = PayAdvance(account=line.bank, paid_on=pool.today())
    outcomes = await asyncio.gather(
        *(service.pay_advance(pool, who, f"race-{place}-key", made.number, pay) for place, who in enumerate((line.treasurer, line.deputy) * 4)),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in outcomes].count("Advance") == 1
    assert {getattr(each, "code", "paid") for each in outcomes} == {"paid", "advance_state"}
    assert (await balances(pool))["STRIKE", "joint", "Assets:Strike-advances:Local-X", "USD"] == 12_000_00


async def test_reports_accepted_twice_at_once_are_accepted_once(pool: Pool, line: Line) -> None:
    await line.paid(3, pool.today())
    await line.filed(3, 7_000_00)
    asked = AcceptReports(local="X", weeks=(3,), accepted_on=pool.today())
    outcomes = await asyncio.gather(
        *(strike_advance_reports.accept_reports(pool, line.officer, f"race-accept-{place}", line.strike.number, asked) for place in range(6)),
        return_exceptions=True,
    )
    assert {getattr(each, "code", "accepted") for each in outcomes} == {"accepted", "report_state"}
    assert (await line.statement()).accepted_minor == 7_000_00


async def step(line: Line, dice: random.Random) -> None:
    """Anything that anybody may try, right or wrong."""
    week, amount, day = dice.randint(1, 6), dice.randint(1, 9_000_00), line.pool.today()
    statement = await line.statement()
    posted = [each.entry_number for each in statement.returns] + [
        each.entry_number for row in statement.weeks for each in (row.advance, row.report) if each is not None and each.entry_number
    ]
    acts: list[Any] = [
        lambda: line.paid(week, day, strikers=dice.randint(1, 90)), lambda: line.filed(week, amount, amount // 3 + 1), lambda: line.accepted(week),
        lambda: line.accepted(*range(1, week + 1)), lambda: line.returned(amount),
        lambda: strike_advance_reports.return_report(line.pool, line.officer, line.key(), line.strike.number, "X", week, "Once more"),
        lambda: strike_advance_returns.take_back(line.pool, line.treasurer, line.key(), line.strike.number, dice.choice(posted or [1]), day, "Wrong"),
    ]  # fmt: skip
    try:
        await dice.choice(acts)()
    except Refusal:
        return


@pytest.mark.parametrize("seed", [3, 4, 5])
async def test_what_was_advanced_is_always_accepted_returned_or_open_as_the_journal_has_it(pool: Pool, line: Line, clock: Clock, seed: int) -> None:
    at(clock, "2026-07-08")
    dice, moved = random.Random(seed), 0
    await line.paid(3, pool.today())
    for _ in range(40):
        await step(line, dice)
        statement, books = await line.statement(), await balances(pool)
        held = books.get(("STRIKE", "joint", "Assets:Strike-advances:Local-X", "USD"), 0)
        spent = books.get(("STRIKE", "joint", "Expense:Strike-support-locals", "USD"), 0)
        assert statement.open_minor == held >= 0
        assert statement.accepted_minor == spent
        assert books["STRIKE", "joint", BANK, "USD"] == 60_000_00 - statement.advanced_minor + statement.returned_minor
        moved += statement.advanced_minor > 0 and statement.accepted_minor > 0
    assert moved, "the dice never accounted for anything"
