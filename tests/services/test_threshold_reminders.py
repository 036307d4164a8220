"""What reaches a threshold, through the real store: the figures of case W26, what is counted and what is not, and who may look."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.account_rules import NewAccount
from ledger.domain.actors import Actor
from ledger.domain.allocations import Pay
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.refusals import ChoiceInvalid, DateInvalid, NotAllowed
from ledger.domain.reminders import Finding
from ledger.domain.thresholds import ProposeThreshold
from ledger.domain.transfers import Sending, Transfer
from ledger.services import accounts, allocation_payments, journal, pledges, thresholds, transfers
from ledger.services import threshold_reminders as service
from ledger.services.pool import Pool
from ledger.services.threshold_reminders import Part, Year
from tests.cases import figure_minor
from tests.conftest import Clock, add_person
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_allocations import SECRETARIES
from tests.services.test_journal import NET, UNIFOR_BANK, named
from tests.services.test_transfers import a_rate


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def year_of(stage: Stage, year: int = 2026, last_month: int = 12) -> Year:
    return await service.of_year(stage.pool, stage.who["ue treasurer"], year, last_month)


def part(found: Year, code: str) -> Part:
    (one,) = [each for each in found.parts if each.threshold.code == code]
    return one


def figures(found: list[Finding]) -> list[tuple[str, int, bool]]:
    return [(each.name_en, each.amount_minor, each.reached) for each in found]


async def send(stage: Stage, union: str, amount_minor: int, day: date | None = None) -> Transfer:
    """Money from a union's trust account to the other's."""
    source, target = await stage.bank(union), await stage.bank({"ue": "unifor", "unifor": "ue"}[union])
    sending = Sending(
        fund="GEN", from_account=source, to_account=target, amount_minor=amount_minor, sent_on=day or stage.pool.today(), purpose="Help",
        rate=Decimal("1.37"),
    )  # fmt: skip
    return await transfers.send(stage.pool, stage.who[f"{union} treasurer"], stage.key(), sending)


async def reached_by(stage: Stage, sent: Transfer) -> list[tuple[str, int]]:
    view = await transfers.show_transfer(stage.pool, stage.who["ue treasurer"], sent.number)
    parts = await service.of_transfer(stage.pool, stage.who["ue treasurer"], view.transfer)
    return [(each.threshold.code, finding.amount_minor) for each in parts for finding in each.findings]


# --- what the bank reports ----------------------------------------------------------------------------------------------


async def test_w26_a_transfer_reaches_the_banks_threshold_by_its_own_amount(stage: Stage) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    limit, today = figure_minor("W26", "Transfer CAD 9,999.99 -> no flag; 10,000.00"), stage.pool.today()
    assert await reached_by(stage, await send(stage, "unifor", limit - 1, today)) == []
    alone = await send(stage, "unifor", limit, today - timedelta(days=0))
    assert ("bank-eft", limit) in await reached_by(stage, alone)
    found = await year_of(stage)
    assert figures(part(found, "bank-eft").findings) == [(alone.number, limit, True)] and part(found, "bank-eft").below == 1


async def test_w26_two_transfers_within_a_day_are_added_as_the_bank_adds_them(stage: Stage, clock: Clock) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    clock.now += timedelta(days=7)
    today = stage.pool.today()
    first = await send(stage, "unifor", 6_000_00, today - timedelta(days=1))
    assert await reached_by(stage, first) == []
    second = await send(stage, "unifor", 4_000_00, today)
    together = figure_minor("W26", "Two transfers within 24 h")
    assert await reached_by(stage, second) == [("bank-eft-24h", together)]
    (one,) = part(await year_of(stage), "bank-eft-24h").findings
    assert one.amount_minor == together and [item.name_en for item in one.items] == [first.number, second.number]


async def test_transfers_two_days_apart_of_two_senders_or_taken_back_are_not_added(stage: Stage, clock: Clock) -> None:
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", CAD=60_000_00, USD=60_000_00)
    clock.now += timedelta(days=7)
    today = stage.pool.today()
    await send(stage, "unifor", 6_000_00, today - timedelta(days=2))
    await send(stage, "ue", 5_000_00, today)
    taken_back = await send(stage, "unifor", 5_000_00, today)
    await transfers.cancel(stage.pool, stage.who["unifor treasurer"], stage.key(), taken_back.number, today, "Never left")
    await send(stage, "unifor", 4_000_00, today)
    assert part(await year_of(stage), "bank-eft-24h").findings == []


async def test_what_is_sent_on_both_sides_of_new_year_is_added_in_either_year(stage: Stage, clock: Clock) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    clock.now += timedelta(days=45)
    numbers = [(await send(stage, "unifor", 6_000_00, day)).number for day in (date(2026, 12, 31), date(2027, 1, 1))]
    for year in (2026, 2027):
        (one,) = part(await year_of(stage, year), "bank-eft-24h").findings
        assert (one.amount_minor, [item.name_en for item in one.items]) == (12_000_00, numbers)
    await send(stage, "unifor", 6_000_00, date(2027, 1, 2))
    assert len(part(await year_of(stage, 2026), "bank-eft-24h").findings) == 1, "the next day’s are another year’s"
    assert part(await year_of(stage, 2026), "bank-eft").below == 1


async def test_what_is_sent_on_both_sides_of_a_new_version_is_added(stage: Stage, clock: Clock) -> None:
    wanted = ProposeThreshold(
        code="bank-eft-24h", name_en="Added up", name_fr="Additionné", amount_minor=11_000_00, currency="CAD", nation="CA",
        applies_to="transfers_abroad_in_a_day", valid_from=date(2026, 12, 1), source="A letter of the adviser",
    )  # fmt: skip
    made = await thresholds.propose_threshold(stage.pool, stage.who["ue treasurer"], stage.key(), wanted)
    await thresholds.decide_threshold(stage.pool, stage.who["unifor treasurer"], stage.key(), made.code, made.version, "confirmed")
    await stage.fund("GEN", CAD=60_000_00)
    clock.now += timedelta(days=14)
    for amount, day in ((6_000_00, date(2026, 11, 30)), (4_500_00, date(2026, 12, 1))):
        await send(stage, "unifor", amount, day)
    found = {each.threshold.version: each.findings for each in (await year_of(stage)).parts if each.threshold.code == "bank-eft-24h"}
    assert {version: [each.amount_minor for each in findings] for version, findings in found.items()} == {1: [10_500_00], 2: []}


async def test_the_canadian_bank_reports_what_leaves_the_country_and_what_comes_in(stage: Stage) -> None:
    """The duty is that of banks in Canada: the sender's of what goes out, the receiver's of what comes in; they add up each their own."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", CAD=60_000_00, USD=60_000_00)
    sent, came = [await send(stage, union, amount) for union, amount in (("unifor", 10_000_00), ("ue", 7_300_00))]
    found = part(await year_of(stage), "bank-eft")
    told = [(item.name_en, item.bank, item.customer, item.direction) for each in found.findings for item in each.items]
    assert told == [(sent.number, "Unifor", "unifor", "out"), (came.number, "Unifor", "unifor", "in")]
    assert part(await year_of(stage), "bank-eft-24h").findings == [], "one went out, the other came in"
    second = await send(stage, "ue", 100_00)
    (one,) = part(await year_of(stage), "bank-eft-24h").findings
    assert [(item.name_en, item.direction) for item in one.items] == [(came.number, "in"), (second.number, "in")] and one.name_en == "Unifor"
    assert [code for code, _ in await reached_by(stage, second)] == ["bank-eft-24h"]


async def test_no_bank_adds_up_what_payees_of_several_banks_get(stage: Stage) -> None:
    """CAD 6,000 to each of two payees in Canada out of a US account, on one day: each has a bank of its own."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00, CAD=20_000_00)
    lines = (("Print", 6_000_00, "CAD", "Imprimerie du Quai"), ("Hall", 6_000_00, "CAD", "Salle du Quai"))
    request = await stage.request(asked(await stage.campaign(), *lines))
    for name in ("Imprimerie du Quai", "Salle du Quai"):
        await stage.payee(name, "CAD")
    request = await stage.approve(request, *SECRETARIES)
    bank, today = await stage.bank("ue"), stage.pool.today()
    for line in (1, 2):
        what = Pay(
            line=line, account=bank, amount_minor=6_000_00, bank_minor=4_379_56, invoice=f"INV-{line}", paid_on=today, invoiced_on=today
        )
        await allocation_payments.pay(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, what)
    assert part(await year_of(stage), "bank-eft-24h").findings == []


async def test_where_a_payees_bank_lies_counts_and_not_where_the_payee_is(stage: Stage) -> None:
    """Both payees are in Canada; USD 8,000 to the one whose bank is in the United States never left it."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00, CAD=20_000_00)
    lines = (("Print", 8_000_00, "USD", "Imprimerie du Quai"), ("Hall", 10_960_00, "CAD", "Salle du Quai"))
    request = await stage.request(asked(await stage.campaign(), *lines))
    await stage.payee("Imprimerie du Quai", "USD", "US")
    await stage.payee("Salle du Quai", "CAD")
    request = await stage.approve(request, *SECRETARIES)
    bank, today = await stage.bank("ue"), stage.pool.today()
    for line, minor in ((1, 8_000_00), (2, 10_960_00)):
        what = Pay(line=line, account=bank, amount_minor=minor, bank_minor=8_000_00, invoice=f"INV-{line}", paid_on=today, invoiced_on=today)
        await allocation_payments.pay(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, what)
    (one,) = part(await year_of(stage), "bank-eft").findings
    assert [(item.name_fr, item.direction) for item in one.items] == [(request.number, "in")]


async def test_w26_us_dollars_are_compared_at_the_published_rate_of_the_day(stage: Stage) -> None:
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00)
    sent = await send(stage, "ue", 7_300_00)
    counted = figure_minor("W26", "USD 7,300 at 1.3700 in CAD")
    assert await reached_by(stage, sent) == [("bank-eft", counted)]
    (one,) = part(await year_of(stage), "bank-eft").findings
    (item,) = one.items
    assert (item.amount_minor, item.currency, item.counted_minor) == (7_300_00, "USD", counted)
    assert item.rate is not None and (item.rate.value, item.rate.observed_on) == (Decimal("1.3700"), date(2026, 11, 20))


async def test_without_a_rate_nothing_is_said_of_an_amount(stage: Stage) -> None:
    await stage.fund("GEN", USD=20_000_00)
    assert await reached_by(stage, await send(stage, "ue", 7_300_00)) == []
    assert part(await year_of(stage), "bank-eft").findings == []


# --- accounts abroad ----------------------------------------------------------------------------------------------------


async def test_w26_the_highest_balances_of_accounts_abroad_are_added_in_us_dollars(stage: Stage, clock: Clock) -> None:
    """CAD 8,000 in one account and, at another time, CAD 6,000 in a second one."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    unifor, key, today = stage.who["unifor treasurer"], stage.key, stage.pool.today()
    path = "Assets:Bank:Unifor-second-CAD"
    new = NewAccount(book="joint", path=path, currency="CAD", name_en="Second account", name_fr="Second compte", role="bank")
    second = await accounts.open_account(stage.pool, unifor, key(), new)
    await stage.fund("GEN", CAD=8_000_00)
    moves = [(UNIFOR_BANK, "CAD", "GEN", -7_000_00), (f"joint/{path}", "CAD", "GEN", 6_000_00), (NET, "CAD", "GEN", 1_000_00)]
    await journal.post_entry(stage.pool, unifor, key(), named(*moves, on=today))
    (one,) = part(await year_of(stage), "fbar").findings
    assert (one.amount_minor, one.reached) == (figure_minor("W26", "FBAR"), True)
    other, first = one.items
    assert (first.amount_minor, first.day, other.amount_minor, other.day) == (8_000_00, today - timedelta(days=1), 6_000_00, today)
    assert other.url == f"/accounts/{second.id}" and first.rate is not None and first.rate.value == Decimal("1.3700")
    assert part(await year_of(stage, 2025), "fbar").findings[0].amount_minor == 0
    clock.now += timedelta(days=60)
    after = part(await year_of(stage, 2027), "fbar")
    assert after.first == date(2027, 1, 1) and after.findings[0].reached is False, "only what was left is carried over"


# --- payees and grants --------------------------------------------------------------------------------------------------


async def test_w26_what_one_payee_was_paid_in_a_year_is_added(stage: Stage) -> None:
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00)
    lines = (("Print", 3_200_00, "USD", "Riverside Print"), ("Hall", 1_800_00, "USD", "Riverside Print"), ("Bus", 400_00, "USD", "Valley Coaches"))
    request = await stage.request(asked(await stage.campaign("ue"), *lines), union="ue")
    for name in ("Riverside Print", "Valley Coaches"):
        await stage.payee(name, "USD")
    request = await stage.approve(request, *SECRETARIES)
    bank, today = await stage.bank("ue"), stage.pool.today()
    for line, (_, amount, _, _) in enumerate(lines, 1):
        what = Pay(line=line, account=bank, amount_minor=amount, invoice=f"INV-{line}", paid_on=today, invoiced_on=today)
        await allocation_payments.pay(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, what)
    found = part(await year_of(stage), "lm-payee")
    assert figures(found.findings) == [("Riverside Print", figure_minor("W26", "LM-2 itemisation"), True)] and found.below == 1
    assert [(item.amount_minor, item.what, item.url) for item in found.findings[0].items] == [
        (3_200_00, "Print", f"/requests/{request.number}"), (1_800_00, "Hall", f"/requests/{request.number}"),
    ]  # fmt: skip
    await allocation_payments.reverse_payment(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, 2, today, "Paid twice")
    assert part(await year_of(stage), "lm-payee").findings == []
    assert part(await year_of(stage, 2026, 6), "lm-payee").below == 0, "the fiscal year that ends in June is over"
    assert part(await year_of(stage, 2027, 6), "lm-payee").below == 2


async def grant(stage: Stage, amount_minor: int) -> None:
    """What UE's own book gives to Unifor."""
    lines = (("ue/Expense:Grants-to-unions", "USD", "GEN", amount_minor), ("ue/Equity:Net-assets", "USD", "GEN", -amount_minor))
    await journal.post_entry(stage.pool, stage.who["ue treasurer"], stage.key(), named(*lines, text="Grant"))


async def test_payees_at_home_are_added_by_calendar_year_and_payer(stage: Stage, clock: Clock) -> None:
    """W26's 2,000 of 2026, for a payee: reached by the amount itself; a payee abroad, and Canada's, are not in it."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00, CAD=20_000_00)
    home = (("Print", 1_500_00, "USD", "Riverside Print"), ("Hall", 500_00, "USD", "Riverside Print"), ("Bus", 400_00, "USD", "Valley Coaches"))
    abroad = (("Posters", 4_000_00, "CAD", "Imprimerie du Quai"),)
    bank, today = await stage.bank("ue"), stage.pool.today()
    for union, lines in (("ue", home), ("unifor", abroad)):
        request = await stage.request(asked(await stage.campaign(union), *lines), union=union)
        for name, currency in {(payee, currency) for _, _, currency, payee in lines}:
            await stage.payee(name, currency)
        request = await stage.approve(request, *SECRETARIES)
        for line, (_, amount, currency, _) in enumerate(lines, 1):
            taken = None if currency == "USD" else 2_919_71
            what = Pay(
                line=line, account=bank, amount_minor=amount, bank_minor=taken, invoice=f"INV-{line}", paid_on=today, invoiced_on=today
            )
            await allocation_payments.pay(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, what)
    found = part(await year_of(stage), "form-1099-payee")
    assert found.union is not None and found.union.code == "ue"
    assert figures(found.findings) == [("Riverside Print", figure_minor("W26", "1099 flag 2026"), True)] and found.below == 1
    clock.now += timedelta(days=60)
    assert part(await year_of(stage, 2027), "form-1099-payee").findings == []


async def test_w26_grants_to_one_organization_abroad_reach_by_more_than_the_amount(stage: Stage) -> None:
    await grant(stage, 5_000_00)
    assert (part(await year_of(stage), "form-990-f-2").findings, part(await year_of(stage), "form-990-f-2").below) == ([], 1)
    await grant(stage, 1)
    found = await year_of(stage)
    assert figures(part(found, "form-990-f-2").findings) == [("Unifor", figure_minor("W26", "Form 990 Sch. F Part II"), True)]
    assert figures(part(found, "form-990-f-1").findings) == [("", 5_000_01, False)]
    assert figures(part(found, "lm-payee").findings) == [("Unifor", 5_000_01, True)]


async def test_payees_abroad_count_and_at_most_went_to_people(stage: Stage) -> None:
    """CAD 6,850.01 to a payee in Canada, for which UE's bank took USD 5,000.01; the fee is no part of it."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", USD=20_000_00, CAD=20_000_00)
    request = await stage.request(asked(await stage.campaign(), ("Print", 6_850_01, "CAD", "Imprimerie du Quai")))
    await stage.payee("Imprimerie du Quai", "CAD")
    request = await stage.approve(request, *SECRETARIES)
    bank, today = await stage.bank("ue"), stage.pool.today()
    what = Pay(
        line=1, account=bank, amount_minor=6_850_01, bank_minor=5_000_01, fee_minor=25_00, invoice="INV-9", paid_on=today, invoiced_on=today
    )
    await allocation_payments.pay(stage.pool, stage.who["ue treasurer"], stage.key(), request.number, what)
    found = await year_of(stage)
    assert figures(part(found, "form-990-f-1").findings) == [("", 5_000_01, False)]
    assert figures(part(found, "form-990-f-2").findings) == [("Imprimerie du Quai", 5_000_01, True)]
    assert figures(part(found, "form-990-f-3").findings) == [("", 5_000_01, True)]
    assert (part(found, "bank-eft").findings, part(found, "bank-eft").below) == ([], 1)


# --- receipts and debts -------------------------------------------------------------------------------------------------


async def test_receipts_are_those_of_the_unions_own_book_by_the_form_of_the_year(stage: Stage, clock: Clock) -> None:
    lines = (("ue/Equity:Net-assets", "USD", "GEN", 250_000_00), ("ue/Income:Interest", "USD", "GEN", -250_000_00))
    await journal.post_entry(stage.pool, stage.who["ue treasurer"], stage.key(), named(*lines))
    found = await year_of(stage)
    assert figures(part(found, "lm-2").findings) == [("", 250_000_00, True)] and figures(part(found, "lm-3").findings) == [("", 250_000_00, True)]
    assert found.gaps == []
    clock.now += timedelta(days=60)
    later = await year_of(stage, 2027)
    assert [each.threshold.amount_minor for each in later.parts if each.threshold.code == "lm-2"] == [350_000_00]
    assert "lm-3" not in [each.threshold.code for each in later.parts]
    assert [(each.ended.code, each.since, each.last) for each in later.gaps] == [("lm-3", date(2027, 1, 1), date(2027, 12, 31))]


async def test_a_year_that_has_not_begun_is_refused_and_of_one_that_has_only_its_begun_kinds_are_looked_at(stage: Stage) -> None:
    for year, month in ((2027, 12), (2099, 12), (2028, 6)):
        with pytest.raises(DateInvalid) as refused:
            await year_of(stage, year, month)
        assert refused.value.params["reason"] == "not_begun"
    found = await year_of(stage, 2027, 6)
    assert {each.threshold.period for each in found.parts} == {"fiscal_year"} and "accounts_abroad" not in found.missing


async def test_receipts_of_days_that_begin_no_month_are_those_of_these_days_alone(stage: Stage) -> None:
    for amount, day in ((100_00, date(2026, 6, 9)), (200_00, date(2026, 6, 10)), (400_00, date(2026, 7, 5)), (800_00, date(2026, 7, 6))):
        lines = (("ue/Equity:Net-assets", "USD", "GEN", amount), ("ue/Income:Interest", "USD", "GEN", -amount))
        await journal.post_entry(stage.pool, stage.who["ue treasurer"], stage.key(), named(*lines, on=day))
    async with stage.pool.database.reading() as connection:
        parts = await service.parts_of(service.Books(connection, stage.pool.today()), "receipts", date(2026, 6, 10), date(2026, 7, 5))
    assert {each.amount_minor for one in parts for each in one.findings if one.union and one.union.code == "ue"} == {600_00}


async def test_what_the_other_union_promised_is_past_due_after_more_than_ninety_days(stage: Stage, clock: Clock) -> None:
    await a_rate(stage.pool, date(2026, 1, 5), "1.2500")
    due = stage.pool.today() - timedelta(days=90)
    wanted = RecordPledge(
        union="unifor", fund="GEN", currency="CAD", amount_minor=6_250_00, approved_on=date(2026, 1, 10), resolution="NEC-1", policy="recognised",
        instalments=(Instalment(due, 6_250_00),),
    )  # fmt: skip
    made = await pledges.record_pledge(stage.pool, stage.who["unifor treasurer"], stage.key(), wanted)
    assert part(await year_of(stage), "lm-receivable").findings == []
    clock.now += timedelta(days=1)
    (one,) = part(await year_of(stage), "lm-receivable").findings
    assert (one.name_en, one.amount_minor, [item.url for item in one.items]) == ("Unifor", 5_000_00, [f"/pledges/{made.number}"])


async def test_what_was_past_due_at_the_end_of_a_year_stays_of_that_year_when_it_is_given_up_later(stage: Stage, clock: Clock) -> None:
    await a_rate(stage.pool, date(2026, 1, 5), "1.2500")
    wanted = RecordPledge(
        union="unifor", fund="GEN", currency="CAD", amount_minor=6_250_00, approved_on=date(2026, 1, 10), resolution="NEC-1", policy="recognised",
        instalments=(Instalment(date(2026, 7, 1), 6_250_00),),
    )  # fmt: skip
    made = await pledges.record_pledge(stage.pool, stage.who["unifor treasurer"], stage.key(), wanted)
    clock.now += timedelta(days=60)
    await pledges.cancel_pledge(stage.pool, stage.who["unifor treasurer"], stage.key(), made.number, "Given up")
    assert [each.amount_minor for each in part(await year_of(stage, 2026), "lm-receivable").findings] == [5_000_00]
    assert part(await year_of(stage, 2027), "lm-receivable").findings == []


# --- the thresholds themselves ------------------------------------------------------------------------------------------


async def test_a_new_version_holds_from_its_day_for_every_kind(stage: Stage) -> None:
    await grant(stage, 6_000_00)
    wanted = ProposeThreshold(
        code="form-990-f-2", name_en="Part II", name_fr="Partie II", amount_minor=7_000_00, currency="USD", comparison="over", nation="US",
        applies_to="granted_to_organization_abroad", valid_from=date(2026, 12, 1), source="A letter of the adviser",
    )  # fmt: skip
    made = await thresholds.propose_threshold(stage.pool, stage.who["ue treasurer"], stage.key(), wanted)
    assert part(await year_of(stage), "form-990-f-2").findings[0].reached, "nobody has confirmed the new one"
    await thresholds.decide_threshold(stage.pool, stage.who["unifor treasurer"], stage.key(), made.code, made.version, "confirmed")
    found = part(await year_of(stage), "form-990-f-2")
    assert found.findings == [] and found.threshold.source == "A letter of the adviser"


async def test_who_reads_no_transfers_reads_nothing_of_what_one_reaches(stage: Stage) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    sent = await send(stage, "unifor", 10_000_00)
    view = await transfers.show_transfer(stage.pool, stage.who["ue treasurer"], sent.number)
    lead = await add_person(stage.pool, "A lead", "ue", "campaign_lead")
    with pytest.raises(NotAllowed):
        await service.of_transfer(stage.pool, lead, view.transfer)


async def test_who_reads_reports_reads_reminders_of_a_year_that_is_one(stage: Stage) -> None:
    for role in ("benefits_officer", "campaign_lead", "admin"):
        with pytest.raises(NotAllowed):
            await service.of_year(stage.pool, await add_person(stage.pool, f"A {role}", "ue", role))
    for year, month, refusal in ((1999, 12, DateInvalid), (2101, 12, DateInvalid), (2026, 0, ChoiceInvalid), (2026, 13, ChoiceInvalid)):
        with pytest.raises(refusal):
            await year_of(stage, year, month)
    found = await year_of(stage)
    assert found.missing == [] and msgspec.json.encode(found)
