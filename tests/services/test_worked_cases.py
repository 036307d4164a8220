"""Cases W05, W06, W14, W15, W20 and W24 through the real store, every figure from their file; and which test runs which case."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import msgspec
import pytest

from ledger.domain.actors import Actor
from ledger.domain.exchange import average, convert, convert_at
from ledger.domain.money import divide_half_up, minor_from_text, split_by_weights
from ledger.domain.transfers import Receipt, Sending
from ledger.services import contributions, equalisation, exchange, journal, revaluation, settlements, steps, transfers
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.rates import RatesFilter
from reports.document import Document
from reports.registry import Query, build_report
from tests.cases import CASES, expected, figure, figure_minor
from tests.domain import test_runway as runway
from tests.domain import test_strike_rules as strike_rules
from tests.domain import test_thresholds as limits
from tests.reports import test_fund_statement as w21
from tests.reports import test_statements as statements
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services import test_allocation_payments as spending
from tests.services import test_allocations as requests
from tests.services import test_bank as banking
from tests.services import test_bookings as booking
from tests.services import test_closes as closing
from tests.services import test_comparison as comparing
from tests.services import test_contributions as money_in
from tests.services import test_deliveries as lent
from tests.services import test_journal as undoing
from tests.services import test_loans as lending
from tests.services import test_runway as through_the_books
from tests.services import test_strike_advances as advancing
from tests.services import test_strike_runs as strike_runs
from tests.services import test_tax_review as reviewing
from tests.services import test_threshold_reminders as reminding
from tests.services import test_transfers as across
from tests.services.test_exchange import load, on
from tests.services.test_journal import balances, from_case
from tests.services.test_transfers import account

HERE = Path(__file__).parents[1]


async def open_case(pool: Pool, ue: Actor, unifor: Actor, name: str) -> date:
    """Post a case's opening the day before its first entry, each union its own currency; the day."""
    case = CASES[name]
    day = date.fromisoformat(case["entries"][0]["date"]) - timedelta(days=1)
    for currency, actor in (("USD", ue), ("CAD", unifor)):
        lines = [line for line in case["opening"] if line[3] == currency]
        await journal.post_entry(pool, actor, f"opening-{name}-{currency}", from_case(lines, day.isoformat(), "Opening", kind="opening"))
    return day


async def fund_statement(pool: Pool, actor: Actor, fund: str, first: date, last: date) -> dict[str, tuple[int, int, int]]:
    """A fund's statement through the report: (USD, CAD, all in CAD) by line."""
    query = Query(as_of=last, first=first, last=last, fund=fund, into="CAD")
    document: Document = await build_report(pool, actor, "fund-statement", query)
    (table,) = document.tables
    found = {}
    for row in table.rows:
        by_column = {column.name: cell.value for column, cell in zip(table.columns, row.cells, strict=True)}
        found[by_column["line"].message] = (by_column["usd"], by_column["cad"], by_column["converted"])
    return found


# --- revaluation --------------------------------------------------------------------------------------------------------


async def test_w05_revalued_at_the_end_of_march(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await load(pool, ue, "closing_2026.csv")
    opened = await open_case(pool, ue, unifor, "W05")
    march = date(2026, 3, 31)
    before = await revaluation.preview_revaluation(pool, ue, "joint", march)
    assert before.to_post_minor == -figure_minor("W05", "Trading position in CAD before")
    await revaluation.revalue(pool, ue, "w05-revalue", "joint", march)
    assert await balances(pool) == expected(CASES["W05"])
    (after,) = (await revaluation.preview_revaluation(pool, ue, "joint", march)).results
    assert after.to_post_minor == after.proof_minor == figure_minor("W05", "Trading position in CAD after the entry")
    closing = (await fund_statement(pool, ue, "STRIKE", opened, march))["Closing balance"]
    assert closing[2] == figure_minor("W05", "Net assets in CAD at 1.39")


async def test_w06_sold_in_part_and_revalued_lower(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Goes on from W05, whose closing balances are its opening ones; the sale is a transfer that the receiving bank converts."""
    case, april = CASES["W06"], date(2026, 4, 30)
    await load(pool, ue, "closing_2026.csv")
    opened = await open_case(pool, ue, unifor, "W05")
    await revaluation.revalue(pool, ue, "w06-march", "joint", date(2026, 3, 31))
    assert await balances(pool) == expected({"expect": case["opening"]})
    await sold(pool, ue, unifor, case["entries"][0])

    (result,) = (await revaluation.preview_revaluation(pool, unifor, "joint", april)).results
    assert -result.to_post_minor == figure_minor("W06", "Trading position before W06-2")
    assert result.realised_minor == figure_minor("W06", "Realised (report only)")
    assert result.unrealised_minor == figure_minor("W06", "Unrealised (report only)")
    assert result.total_minor == figure_minor("W06", "Realised + unrealised")
    await revaluation.revalue(pool, unifor, "w06-april", "joint", april)
    assert await balances(pool) == expected(case)
    closing = (await fund_statement(pool, ue, "STRIKE", opened, april))["Closing balance"]
    assert closing[2] == figure_minor("W06", "Net assets in CAD")


async def sold(pool: Pool, ue: Actor, unifor: Actor, entry: dict[str, list[list[str]] | str]) -> None:
    """The sale of W06-1, with the amounts of its bank lines."""
    usd, cad = (minor_from_text(line[4], line[3]) for line in entry["lines"] if ":Bank:" in line[2])
    day = date.fromisoformat(str(entry["date"]))
    sending = Sending(
        fund="STRIKE", from_account=await account(pool, "Assets:Bank:UE-trust-USD", "USD"),
        to_account=await account(pool, "Assets:Bank:Unifor-trust-CAD", "CAD"), amount_minor=-usd, sent_on=day, purpose=str(entry["memo"]),
    )  # fmt: skip
    sent = await transfers.send(pool, ue, "w06-send", sending)
    await transfers.confirm_receipt(pool, unifor, "w06-receive", sent.number, Receipt(received_on=day, net_minor=cad, rate=Decimal("1.3810")))


# --- a quarter's result -------------------------------------------------------------------------------------------------


async def test_w20_the_result_of_the_quarter_is_computed(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Books are closed by reading them: no entry is posted, and the next quarter opens with what the closing entries would give."""
    case, by_currency = CASES["W20"], {"USD": ue, "CAD": unifor}
    await load(pool, ue, "closing_2026.csv")
    for _, fund, path, currency, amount in case["opening"]:
        minor = minor_from_text(amount, currency)
        if path.startswith("Income:"):
            union = by_currency[currency].union or ""
            await contributions.record_contribution(
                pool, by_currency[currency], f"w20-given-{currency}", money_in.gift(union, -minor, "2026-04-20", fund)
            )
    for _, fund, path, currency, amount in case["opening"]:
        if path.startswith("Expense:"):
            bank = next(line[2] for line in case["opening"] if line[3] == currency and ":Bank:" in line[2])
            lines = [("JF", fund, path, currency, amount), ("JF", fund, bank, currency, f"-{amount}")]
            await journal.post_entry(pool, by_currency[currency], f"w20-spent-{currency}", from_case(lines, "2026-06-01", "Organizing"))
    assert await balances(pool, date(2026, 6, 30)) == expected({"expect": case["opening"]})

    quarter = await fund_statement(pool, ue, "GEN", date(2026, 4, 1), date(2026, 6, 30))
    result = [quarter["Received"][n] + quarter["Paid out"][n] for n in (0, 1)]
    assert result == [figure_minor("W20", "Result USD"), figure_minor("W20", "Result CAD")]
    after = await fund_statement(pool, ue, "GEN", date(2026, 7, 1), date(2026, 9, 30))
    closed = expected(case)
    net = [-closed["GEN", "joint", "Equity:Net-assets", currency] for currency in ("USD", "CAD")]
    assert list(after["Opening balance"][:2]) == list(quarter["Closing balance"][:2]) == net
    assert after["Received"][:2] == after["Paid out"][:2] == (0, 0), "income and expense begin again at nothing"
    banks = {path: amount for (_, _, path, _), amount in closed.items() if ":Bank:" in path}
    assert [banks["Assets:Bank:UE-trust-USD"], banks["Assets:Bank:Unifor-trust-CAD"]] == net


# --- what the unions share ----------------------------------------------------------------------------------------------


async def test_w14_a_quarters_costs_equalised_by_membership_and_settled_in_the_other_currency(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Members, payments and rates are those of the story; the agreement is that of its note."""
    case, stage = CASES["W14"], await requests_stage.set_stage(pool, ue, unifor)
    mean, later = [Decimal(text) for text in re.findall(r"1\.[0-9]{4}", case["story"])]
    ue_members, unifor_members = [int(text.replace(",", "")) for text in re.findall(r"[0-9]+,000\b(?!\.)", case["story"])]
    ue_paid, unifor_paid = [minor_from_text(text.replace(",", ""), "USD") for text in re.findall(r"[0-9,]+\.00\b", case["story"])]
    await between.daily_rates(stage, mean, later)
    agreement = await between.agreed_agreement(stage)
    await between.certified(stage, "ue", ue_members)
    await between.certified(stage, "unifor", unifor_members)
    await between.joint_cost(stage, "ue", ue_paid, "USD")
    await between.joint_cost(stage, "unifor", unifor_paid, "CAD")

    made = await between.equalised(stage, agreement.number)
    paid = {each.union: each.converted_minor for each in made.working.costs}
    shares = {each.union: each for each in made.working.shares}
    assert paid["ue"] == figure_minor("W14", "UE's payments in CAD")
    assert made.pool_minor == figure_minor("W14", "Pool")
    assert shares["ue"].share_minor == figure_minor("W14", "UE share")
    assert shares["unifor"].share_minor == figure_minor("W14", "Unifor share")
    assert shares["ue"].over_minor == figure_minor("W14", "UE over-paid")
    assert -shares["unifor"].over_minor == figure_minor("W14", "Unifor under-paid")
    assert (made.creditor, made.debtor, made.debt_currency) == ("ue", "unifor", "CAD")
    await between.accepted(stage, (await steps.show_step(pool, unifor, made.step or "")).step)

    paid_on = date.fromisoformat(case["entries"][2]["date"])
    offered = await equalisation.settlement_offer(pool, ue, made.number, "USD", paid_on)
    assert offered.paid.amount_minor == figure_minor("W14", "Settlement USD at 1.3700")
    assert offered.value_then_minor == figure_minor("W14", "Value at 30 June in USD at 1.3750")
    assert offered.difference_minor == figure_minor("W14", "UE's FX gain in USD")
    settlement = Settle(
        creditor="ue", debtor="unifor", currency="CAD", amount_minor=offered.amount_minor, entry_date=paid_on, description=case["entries"][2]["memo"],
        account=await between.own_bank(pool, "ue", "USD"), fund="GEN", paid=offered.paid, agreement=agreement.number, subject=made.number,
    )  # fmt: skip
    await between.accepted(stage, await settlements.propose_settlement(pool, ue, stage.key(), settlement))
    assert await balances(pool) == expected(case)
    view = await equalisation.show_equalisation(pool, unifor, made.number)
    assert (view.equalisation.state, view.left_minor, [each.kind for each in view.steps]) == ("agreed", 0, ["equalisation", "settlement"])
    assert {str(each.entry_date) for each in view.steps} == {each["date"] for each in case["entries"]}


async def test_w15_what_does_not_divide_goes_to_the_largest_remainder(pool: Pool, ue: Actor, unifor: Actor) -> None:
    thousand = figure_minor("W15", "Equal thirds, sum")
    thirds = split_by_weights(thousand, [1, 1, 1])
    assert sum(thirds) == thousand
    assert thousand - sum(round(thousand / 3) for _ in range(3)) == figure_minor("W15", "Ordinary rounding would lose")
    weights = [35_000, 315_000, 17_500]
    hundred = figure_minor("W15", "Largest remainder gets the cent: Unifor")
    rounded = [divide_half_up(hundred * weight, sum(weights)) for weight in weights]
    named = ("UE 100 x 35000/367500", "Unifor 100 x 315000/367500", "Third 100 x 17500/367500")
    assert rounded == [figure_minor("W15", name) for name in named]
    assert sum(rounded) == figure_minor("W15", "Sum of rounded parts is a cent short")
    parts = split_by_weights(hundred, weights)
    assert (sum(parts), parts) == (hundred, [rounded[0], rounded[1] + 1, rounded[2]])

    stage = await requests_stage.set_stage(pool, ue, unifor)
    await between.joint_cost(stage, "ue", thousand, "CAD")
    terms = msgspec.structs.replace(between.EQUALISED, share_basis="fixed", shares={"ue": 1, "unifor": 2})
    made = await between.equalised(stage, (await between.agreed_agreement(stage, terms=terms)).number)
    assert [each.share_minor for each in made.working.shares] == [thirds[1], thirds[0] + thirds[2]], "the cent goes to the larger remainder"
    assert made.balance_minor == thirds[0] + thirds[2]


# --- rates --------------------------------------------------------------------------------------------------------------


async def test_w24_rates_of_days_without_one_and_what_a_rate_gives(pool: Pool, ue: Actor) -> None:
    await load(pool, ue, "valet.json")
    assert Decimal((await on(pool, ue, "2026-04-03"))[0]) == figure("W24", "Rate for Fri 3 April")
    assert Decimal((await on(pool, ue, "2026-04-05"))[0]) == figure("W24", "Rate for Sun 5 April")
    rate = (await exchange.rate_for(pool, ue, "CAD", "USD", date(2026, 4, 3))).rate
    million = 1_000_000_00
    divided, inverse = convert(million, "CAD", "USD", rate), figure("W24", "1 / 1.3725 (4 dp)")
    assert (1 / rate.value).quantize(Decimal("0.0001")) == inverse
    assert divided == figure_minor("W24", "CAD 1,000,000 / 1.3725")
    assert million * inverse == figure_minor("W24", "CAD 1,000,000 x 0.7286")
    assert million * inverse - divided == figure_minor("W24", "Difference between the two ways")
    assert convert_at(28_897_56, "USD", "CAD", "USD", "CAD", Decimal("1.375")) == figure_minor("W24", "Tie: 28,897.56 x 1.375, half up")
    assert (Decimal("28897.56") * Decimal("1.375")).quantize(Decimal("0.01"), ROUND_HALF_EVEN) == figure("W24", "Tie: same, half even")
    kept = await exchange.list_rates(pool, ue, RatesFilter(from_day=date(2026, 4, 2), to_day=date(2026, 4, 6)))
    assert average([one.value for one in kept]) == figure("W24", "Average of the two rates")


# --- which test runs which case -----------------------------------------------------------------------------------------

COVERED: dict[str, Sequence[object]] = {
    "W01": [money_in.test_w01_each_union_in_its_own_currency],
    "W02": [money_in.test_w02_recognised, money_in.test_w02_memo],
    "W03": [across.test_w03_converted_by_the_senders_bank],
    "W04": [across.test_w04_in_transit_over_the_month_end],
    "W05": [test_w05_revalued_at_the_end_of_march],
    "W06": [test_w06_sold_in_part_and_revalued_lower],
    "W07": [spending.test_w07_two_invoices_and_the_rest_returned],
    "W08": [spending.test_w08_promised_in_dollars_paid_in_canadian_ones, spending.test_w08_other_money_cannot_be_spent_while_dollars_are_promised],
    "W09": [lent.test_w09_six_weeks_of_an_organizer_and_forty_percent_charged_back],
    "W10": [strike_runs.test_w10_a_partial_week_a_lost_cheque_and_an_unclaimed_one],
    "W11": [strike_rules.test_w11_a_week_of_seven_days_is_rounded_once, strike_rules.test_w11_tiers_by_week,
            strike_rules.test_w11_tiers_by_calendar_day, strike_rules.test_w11_from_the_first_day_or_from_the_eighth,
            strike_rules.test_w11_from_the_tenth_day],
    "W12": [advancing.test_w12_weekly_sums_to_a_local_its_reports_and_the_rest_returned],
    "W13": [undoing.test_w13_an_error_in_a_locked_period],
    "W14": [test_w14_a_quarters_costs_equalised_by_membership_and_settled_in_the_other_currency],
    "W15": [test_w15_what_does_not_divide_goes_to_the_largest_remainder],
    "W16": [lending.test_w16_lent_repaid_twice_and_forgiven],
    "W17": [money_in.test_w17_ring_fenced_funds_take_their_own_nations_money,
            requests.test_w17_r3_electoral_money_never_comes_from_a_joint_fund, requests.test_w17_r4_only_the_nation_of_a_ring_fenced_fund_decides,
            booking.test_w17_r5_lent_staff_never_reach_the_other_nations_political_activity, booking.test_w17_r5_holds_at_the_decision_too,
            lent.test_w17_r5_holds_for_what_was_delivered],
    "W18": [banking.test_w18_bank_reconciliation_with_outstanding_items],
    "W19": [comparing.test_w19_january_is_agreed_with_three_listed_differences,
            comparing.test_w19_february_agrees_to_the_cent_and_resolves_all_three],
    "W20": [undoing.test_w20_r1_a_locked_period_takes_nothing, closing.test_w20_a_quarter_s_end_signed_by_both_is_locked_and_offers_the_first_open_day,
            closing.test_w20_r2_one_treasurer_alone_opens_nothing_and_both_make_a_new_version, test_w20_the_result_of_the_quarter_is_computed],
    "W21": [w21.test_w21_the_quarter_in_canadian_dollars],
    "W22": [statements.test_w22_one_gift_in_three_presentations],
    "W23": [across.test_w23_returned_by_the_receiving_bank],
    "W24": [test_w24_rates_of_days_without_one_and_what_a_rate_gives],
    "W25": [through_the_books.test_w25_through_the_books,
            runway.test_w25_weeks_of_strike_support_left,
            runway.test_w25_without_burn_there_is_no_current_strike_and_without_money_nothing_is_left],
    "W26": [reminding.test_w26_a_transfer_reaches_the_banks_threshold_by_its_own_amount,
            reminding.test_w26_two_transfers_within_a_day_are_added_as_the_bank_adds_them,
            reminding.test_w26_us_dollars_are_compared_at_the_published_rate_of_the_day,
            reminding.test_w26_the_highest_balances_of_accounts_abroad_are_added_in_us_dollars,
            limits.test_w26_a_members_year_reaches_the_threshold_by_its_own_amount,
            reviewing.test_w26_whoever_was_paid_the_threshold_itself_is_listed_and_what_is_void_does_not_count,
            reminding.test_w26_what_one_payee_was_paid_in_a_year_is_added,
            reminding.test_w26_grants_to_one_organization_abroad_reach_by_more_than_the_amount],
}  # fmt: skip
# Figures of things that these books do not keep yet.
NOT_YET = {("W17", "Canada, own funds: domestic 30,000 + foreign 5,000 -> most that may go to the campaign account")}


def test_the_cases_of_these_books_are_covered() -> None:
    assert list(COVERED) == [
        "W01", "W02", "W03", "W04", "W05", "W06", "W07", "W08", "W09", "W10", "W11", "W12", "W13", "W14", "W15", "W16", "W17", "W18", "W19",
        "W20", "W21", "W22", "W23", "W24", "W25", "W26",
    ]  # fmt: skip


@pytest.mark.parametrize("case", COVERED)
def test_every_figure_of_a_case_is_read_from_the_file_by_a_test(case: str) -> None:
    sources = " ".join(path.read_text() for path in HERE.rglob("test_*.py"))
    asked = {part.split('"')[0] for word in ("figure", "figure_minor") for part in sources.split(f'{word}("{case}", "')[1:]}
    for name, _ in CASES[case]["checks"]:
        assert (case, name) in NOT_YET or f'"{name}"' in sources or any(name.startswith(beginning) for beginning in asked), name
