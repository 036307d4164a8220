"""Pay what was set aside, on the real store: cases W07 and W08, who may pay, doubles, taking back, closing, and expiry by the job."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation, Pay, Payment
from ledger.domain.exchange import ProposeRate, convert
from ledger.domain.payees import AddPayee
from ledger.domain.refusals import Refusal
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_payments as payments
from ledger.services import allocations, exchange, funds, payables, payees
from ledger.services.exchange import RateDecision
from ledger.services.pool import Pool
from ledger.storage.allocations import Filter
from ledger.storage.payables import Order, PayableFilter
from ledger.storage.rates import rate_on
from tests.cases import CASES, expected, figure_minor
from tests.conftest import Clock
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocations import LARGE, OFFICERS, SECRETARIES, members, resolved, vote
from tests.services.test_funds import gift
from tests.services.test_journal import balances


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


def at(clock: Clock, day: date) -> date:
    """Make it noon in Toronto of a day."""
    clock.now = datetime(day.year, day.month, day.day, 17, 0, tzinfo=UTC)
    return day


def days(case: str) -> Iterator[date]:
    return (date.fromisoformat(entry["date"]) for entry in CASES[case]["entries"])


async def available(stage: Stage, currency: str = "CAD") -> int:
    """What the general fund has available in a currency."""
    (view,) = [each for each in await funds.list_funds(stage.pool, stage.who["ue treasurer"]) if each.fund.code == "GEN"]
    return next(row.available_minor for row in view.figures if row.currency == currency)


def paying(stage: Stage, line: int, account: int, amount: int, invoice: str, **more: Any) -> Pay:
    day = stage.pool.today()
    return Pay(line=line, account=account, amount_minor=amount, invoice=invoice, **({"paid_on": day, "invoiced_on": day} | more))


async def pay(stage: Stage, request: Allocation, by: str, what: Pay) -> Payment:
    return await payments.pay(stage.pool, stage.who[by], stage.key(), request.number, what)


async def state_of(stage: Stage, request: Allocation) -> str:
    return (await allocations.show_request(stage.pool, stage.who["ue treasurer"], request.number)).allocation.state


# --- the cases ----------------------------------------------------------------------------------------------------------


async def test_w07_two_invoices_and_the_rest_returned(pool: Pool, stage: Stage, clock: Clock) -> None:
    approved, printed, _, hall, _ = days("W07")
    at(clock, approved)
    await stage.fund("GEN", CAD=80_000_00)
    lines = (("Print", 12_300_00, "CAD", "Imprimerie du Quai"), ("Hall", 12_700_00, "CAD", "Salle municipale"))
    request = await stage.request(asked(await stage.campaign(), *lines, needed_by=date(2026, 3, 1)))
    for name in ("Imprimerie du Quai", "Salle municipale"):
        await stage.payee(name)
    request = await stage.approve(request, *SECRETARIES)
    assert await available(stage) == figure_minor("W07", "Available after approval")
    bank = await stage.bank("unifor")

    at(clock, printed)
    await pay(stage, request, "unifor treasurer", paying(stage, 1, bank, 12_300_00, "INV-88"))
    assert await available(stage) == figure_minor("W07", "Available after the print invoice"), "what pays a promise moves nothing available"
    assert await state_of(stage, request) == "part_paid"

    at(clock, hall)
    await pay(stage, request, "unifor treasurer", paying(stage, 2, bank, 11_950_00, "2026-031", final=True))
    assert await available(stage) == figure_minor("W07", "Available after the hall invoice")
    assert await state_of(stage, request) == "completed"
    view = await allocations.show_request(pool, stage.who["unifor lead"], request.number)
    (money,) = allocations.money(view.commitments, view.revisions[-1].lines).values()
    assert money.returned_minor == figure_minor("W07", "Returned to available")
    assert await balances(pool) == expected(CASES["W07"])


async def test_w08_promised_in_dollars_paid_in_canadian_ones(pool: Pool, stage: Stage, clock: Clock) -> None:
    approved, paid_on, _ = days("W08")
    at(clock, approved)
    await rate(stage, approved, "1.3650")
    await stage.fund("GEN", CAD=30_000_00)
    line = ("Mailing, Pennsylvania", 8_000_00, "USD", "Quayside Mailers")
    request = await stage.request(asked(await stage.campaign("ue"), line, needed_by=date(2026, 3, 1)), "ue")
    await stage.payee("Quayside Mailers", "USD")
    request = await stage.approve(request, *SECRETARIES)
    assert await converted(stage, approved) == (
        figure_minor("W08", "Committed in CAD at approval"), figure_minor("W08", "Available in CAD at approval"),
    )  # fmt: skip
    march = at(clock, date(2026, 3, 31))
    await rate(stage, march, "1.3900")
    assert await converted(stage, march) == (
        figure_minor("W08", "Committed in CAD at 31 March"), figure_minor("W08", "Available in CAD at 31 March"),
    )  # fmt: skip

    at(clock, paid_on)
    what = paying(stage, 1, await stage.bank("unifor"), 8_000_00, "Q-17", rate=Decimal("1.3875"), final=True)
    payment = await pay(stage, request, "unifor treasurer", what)
    assert payment.bank_minor == figure_minor("W08", "CAD paid")
    assert await balances(pool) == expected(CASES["W08"])


async def rate(stage: Stage, day: date, value: str) -> None:
    """A rate entered by one treasurer and confirmed by the other."""
    request = ProposeRate(observed_on=day, value=value, source="bank", remark="Case")
    made = await exchange.propose_rate(stage.pool, stage.who["ue treasurer"], stage.key(), request)
    await exchange.decide_rate(stage.pool, stage.who["unifor treasurer"], stage.key(), RateDecision(name=made.name, decision="confirmed"))


async def converted(stage: Stage, day: date) -> tuple[int, int]:
    """What the general fund has committed and available in Canadian dollars, at the rate of a day."""
    (view,) = [each for each in await funds.list_funds(stage.pool, stage.who["unifor treasurer"]) if each.fund.code == "GEN"]
    async with stage.pool.database.reading() as connection:
        found = await rate_on(connection, "USD", "CAD", day)
    assert found is not None and view.free is not None and view.free.currency == "CAD"
    committed = sum(convert(row.committed_minor, row.currency, "CAD", found) for row in view.figures)
    return committed, view.free.amount_minor


async def test_w08_other_money_cannot_be_spent_while_dollars_are_promised(pool: Pool, stage: Stage, clock: Clock) -> None:
    """Of CAD 30,000 with USD 8,000 promised, CAD 19,080 is free: a second promise of more is refused, of exactly that is not."""
    at(clock, date(2026, 1, 30))
    await rate(stage, date(2026, 1, 30), "1.3650")
    await stage.fund("GEN", CAD=30_000_00)
    campaign = await stage.campaign("ue")
    first = await stage.request(asked(campaign, ("Mailing", 8_000_00, "USD", ""), needed_by=date(2026, 3, 1)), "ue")
    await stage.approve(first, *SECRETARIES)
    free = figure_minor("W08", "Available in CAD at approval")
    for amount in (free + 1, free):
        second = await stage.request(asked(campaign, ("Tour", amount, "CAD", ""), needed_by=date(2026, 3, 1)), "ue")
        await stage.approve(second, SECRETARIES[0])
        if amount == free:
            assert (await stage.approve(second, SECRETARIES[1])).state == "committed"
            continue
        with pytest.raises(Refusal) as caught:
            await stage.approve(second, SECRETARIES[1])
        assert (caught.value.code, caught.value.params["available_minor"]) == ("insufficient_available", free)


# --- who may pay, and what ----------------------------------------------------------------------------------------------


async def committed(stage: Stage, amount: int = 4_000_00, payee: str = "Imprimerie du Quai", **more: Any) -> Allocation:
    await stage.fund("GEN", CAD=50_000_00, USD=20_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", amount, "CAD", payee), **more))
    if payee:
        await stage.payee(payee)
    return await stage.approve(request, *OFFICERS)


async def refused(stage: Stage, request: Allocation, by: Actor, what: Pay) -> Refusal:
    before = await balances(stage.pool)
    with pytest.raises(Refusal) as caught:
        await payments.pay(stage.pool, by, stage.key(), request.number, what)
    assert await balances(stage.pool) == before
    return caught.value


async def test_who_approved_or_asked_never_pays(stage: Stage) -> None:
    request, bank = await committed(stage), await stage.bank("unifor")
    for part, role in (("unifor officer", "approver"), ("unifor lead", "requester")):
        person = stage.who[part]
        also_treasurer = Actor(person.person_id, person.name, "unifor", person.roles | {"treasurer"})
        refusal = await refused(stage, request, also_treasurer, paying(stage, 1, bank, 100_00, "1"))
        assert refusal.params == {"request": request.number, "role": role}


async def test_who_voted_for_it_in_a_board_does_not_pay_it(stage: Stage) -> None:
    await stage.fund("GEN", CAD=50_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Leaflets", LARGE, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai")
    request = await stage.approve(await resolved(stage, request, "ue"), *OFFICERS)
    voting = await members(stage, "unifor", 13)
    for member in voting:
        request = await vote(stage, request, member, "for")
    assert request.state == "committed"
    both = Actor(voting[0].person_id, voting[0].name, "unifor", voting[0].roles | {"treasurer"})
    refusal = await refused(stage, request, both, paying(stage, 1, await stage.bank("unifor"), 100_00, "1"))
    assert refusal.params == {"request": request.number, "role": "approver"}
    (due,) = (await payables.list_payables(stage.pool, both, PayableFilter(), Order())).items
    assert due.bar == "approver"


async def test_only_the_union_that_keeps_the_account_pays_from_it(stage: Stage) -> None:
    request = await committed(stage)
    refusal = await refused(stage, request, stage.who["ue treasurer"], paying(stage, 1, await stage.bank("unifor"), 100_00, "1"))
    assert refusal.code == "other_union"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount_minor": 4_000_01}, "commitment_exceeded"),
        ({"amount_minor": 0}, "amount_not_positive"),
        ({"fee_minor": -1}, "amount_not_positive"),
        ({"line": 2}, "choice_invalid"),
        ({"invoice": "  "}, "text_invalid"),
        ({"paid_on": date(2026, 11, 24)}, "future_date"),
        ({"invoiced_on": date(1999, 1, 1)}, "date_invalid"),
        ({"paid_on": date(2026, 11, 1)}, "date_invalid"),  # before the money was set aside for it
    ],
)
async def test_a_payment_that_cannot_be(stage: Stage, change: dict[str, Any], code: str) -> None:
    request, bank = await committed(stage), await stage.bank("unifor")
    values = {"line": 1, "account": bank, "amount": 100_00, "invoice": "A-1"} | {k: v for k, v in change.items() if k in ("line", "invoice")}
    if "amount_minor" in change:
        values["amount"] = change["amount_minor"]
    what = paying(stage, **values, **{k: v for k, v in change.items() if k in ("fee_minor", "paid_on", "invoiced_on")})
    assert (await refused(stage, request, stage.who["unifor treasurer"], what)).code == code


async def test_halves_that_name_no_payee_are_one_amount_when_they_go_to_one(pool: Pool, stage: Stage) -> None:
    await stage.fund("GEN", CAD=50_000_00)
    campaign, bank = await stage.campaign(), await stage.bank("unifor")
    await payees.add_payee(pool, stage.who["ue treasurer"], stage.key(), AddPayee(name="Imprimerie du Quai", country="CA"))
    payee = await stage.payee("Imprimerie du Quai")
    halves = [await stage.request(asked(campaign, ("Leaflets", 5_000_00, "CAD", ""))) for _ in range(2)]
    halves = [await stage.approve(half, *OFFICERS) for half in halves]
    await pay(stage, halves[1], "unifor treasurer", paying(stage, 1, bank, 5_000_00, "1", payee=payee))
    refusal = await refused(stage, halves[0], stage.who["unifor treasurer"], paying(stage, 1, bank, 5_000_00, "2", payee=payee))
    assert (refusal.code, refusal.params["reason"]) == ("approvals_missing", "split")
    third = await stage.request(asked(campaign, ("More leaflets", 1_00, "CAD", "Imprimerie du Quai")))
    view = await allocations.show_request(pool, stage.who["ue treasurer"], third.number)
    assert view.case is not None and view.case.tested_minor == 5_001_00


async def test_a_line_without_confirmed_bank_details_is_not_paid(stage: Stage) -> None:
    request = await committed(stage, payee="")
    refusal = await refused(stage, request, stage.who["unifor treasurer"], paying(stage, 1, await stage.bank("unifor"), 100_00, "1"))
    assert refusal.code == "payee_details_missing"


@pytest.mark.parametrize("again", ["inv 0088", "0088", "other, same amount and day"])
async def test_the_same_invoice_is_not_paid_twice_unawares(stage: Stage, again: str) -> None:
    request, bank = await committed(stage), await stage.bank("unifor")
    first = {"inv 0088": "INV-0088", "0088": "88"}.get(again, "X-1")
    await pay(stage, request, "unifor treasurer", paying(stage, 1, bank, 1_000_00, first))
    amount = 1_000_00 if again.startswith("other") else 900_00
    refusal = await refused(stage, request, stage.who["unifor deputy"], paying(stage, 1, bank, amount, again))
    assert (refusal.code, refusal.params["request"], refusal.params["invoice"]) == ("invoice_duplicate", request.number, first)
    await pay(stage, request, "unifor deputy", paying(stage, 1, bank, amount, again, despite_duplicate=True))


async def test_the_rules_are_tested_again_when_it_is_paid(stage: Stage, clock: Clock) -> None:
    """USD 3,600 is CAD 4,914 when two officers approve it, and CAD 5,040 when it is paid: the secretary-treasurers must sign as well."""
    day = date(2026, 11, 20)
    at(clock, day)
    await rate(stage, day, "1.3650")
    await stage.fund("GEN", USD=20_000_00)
    request = await stage.request(asked(await stage.campaign("ue"), ("Mailing", 3_600_00, "USD", "Quayside Mailers")), "ue")
    await stage.payee("Quayside Mailers", "USD")
    request = await stage.approve(request, *OFFICERS)
    assert request.state == "committed"
    at(clock, day + timedelta(days=3))
    await rate(stage, day + timedelta(days=3), "1.4000")
    what = paying(stage, 1, await stage.bank("ue"), 3_600_00, "Q-1")
    refusal = await refused(stage, request, stage.who["ue treasurer"], what)
    assert (refusal.code, refusal.params["missing"]) == ("approvals_missing", ["ue secretary_treasurer", "unifor secretary_treasurer"])
    await stage.approve(request, *SECRETARIES)
    await pay(stage, request, "ue treasurer", what)
    assert await state_of(stage, request) == "completed"


async def test_nothing_is_paid_while_it_is_suspended(stage: Stage) -> None:
    request = await committed(stage)
    await decisions.suspend(stage.pool, stage.who["ue officer"], stage.key(), request.number, "A doubt")
    refusal = await refused(stage, request, stage.who["unifor treasurer"], paying(stage, 1, await stage.bank("unifor"), 1_00, "1"))
    assert refusal.params == {"request": request.number, "state": "suspended"}


async def test_the_fee_is_the_banks_and_no_part_of_the_line(pool: Pool, stage: Stage) -> None:
    request = await committed(stage)
    await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 4_000_00, "1", fee_minor=15_00))
    found = await balances(pool)
    assert found["GEN", "joint", "Expense:Bank-fees", "CAD"] == 15_00
    assert found["GEN", "joint", "Assets:Bank:Unifor-trust-CAD", "CAD"] == 50_000_00 - 4_015_00


# --- taking back, closing, expiring -------------------------------------------------------------------------------------


async def test_a_payment_taken_back_sets_the_money_aside_again(pool: Pool, stage: Stage) -> None:
    request = await committed(stage)
    before = await balances(pool)
    payment = await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 3_900_00, "1", final=True))
    assert await state_of(stage, request) == "completed"
    treasurer = stage.who["unifor treasurer"]
    request = await payments.reverse_payment(pool, treasurer, stage.key(), request.number, payment.ordinal, pool.today(), "The wire came back")
    assert request.state == "committed"
    assert await balances(pool) == before
    with pytest.raises(Refusal):
        await payments.reverse_payment(pool, treasurer, stage.key(), request.number, payment.ordinal, pool.today(), "Twice")
    await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 3_900_00, "1", final=True))


async def test_a_payment_taken_back_after_the_last_invoice_can_be_paid_again(pool: Pool, stage: Stage) -> None:
    request, bank, treasurer = await committed(stage), await stage.bank("unifor"), stage.who["unifor treasurer"]
    first = await pay(stage, request, "unifor treasurer", paying(stage, 1, bank, 1_000_00, "1"))
    await pay(stage, request, "unifor treasurer", paying(stage, 1, bank, 2_000_00, "2", final=True))
    request = await payments.reverse_payment(pool, treasurer, stage.key(), request.number, first.ordinal, pool.today(), "The wire came back")
    assert request.state == "part_paid"
    assert (await balances(pool))["GEN", "joint", "Budget:Encumbrances", "CAD"] == 1_000_00
    await pay(stage, request, "unifor treasurer", paying(stage, 1, bank, 1_000_00, "1", despite_duplicate=True))
    assert await state_of(stage, request) == "completed"


async def test_a_payment_taken_back_opens_a_closed_request_again(pool: Pool, stage: Stage) -> None:
    request, treasurer = await committed(stage), stage.who["unifor treasurer"]
    payment = await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_000_00, "1"))
    await payments.close(pool, treasurer, stage.key(), request.number, "The drive is over")
    request = await payments.reverse_payment(pool, treasurer, stage.key(), request.number, payment.ordinal, pool.today(), "The wire came back")
    assert request.state == "committed", "what is set aside again can be paid or given back"
    assert (await payments.close(pool, treasurer, stage.key(), request.number, "Over now")).state == "closed"
    assert ("GEN", "joint", "Budget:Encumbrances", "CAD") not in await balances(pool)


async def test_people_are_told_what_happened_with_its_particulars(pool: Pool, stage: Stage) -> None:
    request = await committed(stage)
    await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_500_00, "1"))
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT kind, facts FROM notices WHERE person_id = $1", stage.who["unifor lead"].person_id)
    told = {row["kind"]: row["facts"] for row in rows}
    assert (told["request_paid"]["payee"], told["request_paid"]["amounts"]) == ("Imprimerie du Quai", {"CAD": 1_500_00})
    assert request.expires_on is not None and told["request_committed"]["expires_on"] == request.expires_on.isoformat()
    assert {row["facts"]["union"] for row in rows if row["kind"] == "request_approved_by_union"} == {"ue", "unifor"}


async def test_closing_gives_back_what_is_left(pool: Pool, stage: Stage) -> None:
    request = await committed(stage)
    await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_500_00, "1"))
    request = await payments.close(pool, stage.who["ue officer"], stage.key(), request.number, "The drive is over")
    assert request.state == "closed"
    assert await available(stage) == 50_000_00 - 1_500_00
    assert ("GEN", "joint", "Budget:Encumbrances", "CAD") not in await balances(pool)


async def test_a_payment_that_comes_back_after_closing_can_be_made_again(pool: Pool, stage: Stage) -> None:
    request, treasurer = await committed(stage), stage.who["unifor treasurer"]
    payment = await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_500_00, "1"))
    await payments.close(pool, stage.who["ue officer"], stage.key(), request.number, "The drive is over")
    request = await payments.reverse_payment(pool, treasurer, stage.key(), request.number, payment.ordinal, pool.today(), "The wire came back")
    assert request.state == "committed"
    assert (await balances(pool))["GEN", "joint", "Budget:Encumbrances", "CAD"] == 1_500_00
    await pay(stage, request, "unifor treasurer", paying(stage, 1, await stage.bank("unifor"), 1_500_00, "1"))
    assert await state_of(stage, request) == "completed"
    assert ("GEN", "joint", "Budget:Encumbrances", "CAD") not in await balances(pool)


async def test_a_ring_fenced_request_is_closed_by_its_own_nation(pool: Pool, stage: Stage) -> None:
    await gift(pool, stage.who["ue treasurer"], "2026-11-02", 5_000_00, fund="POL-US")
    request = await stage.request(asked(await stage.campaign("ue", "political_action"), ("Canvass", 1_000_00, "USD", ""), fund="POL-US"), "ue")
    request = await stage.approve(await resolved(stage, request, "ue"), "ue officer")
    assert request.state == "committed"
    for part in ("unifor officer", "unifor deputy"):
        with pytest.raises(Refusal) as caught:
            await payments.close(pool, stage.who[part], stage.key(), request.number, "No")
        assert caught.value.code == "approver_not_eligible"
    assert (await payments.close(pool, stage.who["ue deputy"], stage.key(), request.number)).state == "closed"


async def test_expiry_by_the_job_releases_once(pool: Pool, stage: Stage, clock: Clock) -> None:
    request = await committed(stage)
    other = await stage.request(asked(await stage.campaign(), ("Hall", 1_000_00, "CAD", ""), needed_by=date(2027, 6, 1)))
    other = await stage.approve(other, *OFFICERS)
    assert request.expires_on is not None
    at(clock, request.expires_on)
    assert await payments.expire(pool) == 0, "the last day itself is still good"
    at(clock, request.expires_on + timedelta(days=1))
    late = await refused(stage, request, stage.who["unifor treasurer"], paying(stage, 1, await stage.bank("unifor"), 1_00, "1"))
    assert late.params == {"request": request.number, "state": "expired"}, "not even before the job comes to it"
    assert await payments.expire(pool) == 1
    assert await payments.expire(pool) == 0
    assert (await state_of(stage, request), await state_of(stage, other)) == ("expired", "committed")
    found = await balances(pool, clock.now.date())
    assert found["GEN", "joint", "Budget:Encumbrances", "CAD"] == 1_000_00
    listed = await allocations.list_requests(pool, stage.who["ue board"], Filter(states=("expired",)))
    assert [each.number for each in listed.items] == [request.number]
