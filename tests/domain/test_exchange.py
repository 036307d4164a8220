"""Exchange, worked: rates for a day, conversion, spread, the bank's file, and revaluation (cases W03, W05, W06, W21, W24)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain import exchange
from ledger.domain.accounts import Account, Fund
from ledger.domain.exchange import BANK_OF_CANADA, ProposeRate, Rate, convert, on_day
from ledger.domain.rates_file import SIZE_MAXIMUM_BYTES, parse_rates_file
from ledger.domain.refusals import (
    ChoiceInvalid,
    FutureDate,
    NotFound,
    RateExists,
    RateInvalid,
    RateMissing,
    RatesFileInvalid,
    SamePerson,
)
from ledger.domain.revaluation import Cost, Trade, carry, draft_revaluation, fund_result, position

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
FILES = Path(__file__).parents[1] / "data" / "rates"


def rate(value: str, day: date = TODAY, **more: object) -> Rate:
    return Rate(base="USD", quote="CAD", value=Decimal(value), observed_on=day, source=BANK_OF_CANADA, retrieved_at=NOW, **more)  # type: ignore[arg-type]


# --- conversion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "source", "target", "value", "expected"),
    [
        (100_000_000, "CAD", "USD", "1.3725", 72_859_745),  # W24: divide by the one series
        (2_889_756, "USD", "CAD", "1.375", 3_973_415),  # W24: a tie, half up
        (-2_889_756, "USD", "CAD", "1.375", -3_973_415),  # and away from zero
        (4_000_000, "CAD", "USD", "1.3842", 2_889_756),  # W03
        (4_000_000, "CAD", "USD", "1.3750", 2_909_091),  # W03
        (500, "CAD", "CAD", "1.3725", 500),
        (0, "USD", "CAD", "1.3725", 0),
        (10**15, "CAD", "USD", "1.333333", 750_000_187_500_047),
    ],
)
def test_a_conversion_rounds_half_up_once(minor: int, source: str, target: str, value: str, expected: int) -> None:
    assert convert(minor, source, target, rate(value)) == expected


def test_a_rate_of_other_currencies_does_not_convert() -> None:
    with pytest.raises(RateMissing):
        convert(100, "EUR", "CAD", rate("1.3725"))


@given(st.integers(-(10**12), 10**12), st.decimals("0.5", "2.0", places=4), st.sampled_from([("USD", "CAD"), ("CAD", "USD")]))
def test_there_and_back_is_within_one_cent(minor: int, value: Decimal, pair: tuple[str, str]) -> None:
    here, there = pair
    back = convert(convert(minor, here, there, rate(str(value))), there, here, rate(str(value)))
    assert abs(back - minor) <= 1


def test_w03_the_bank_s_spread_is_shown() -> None:
    """CAD 40,000.00 at 1.3842 against the published 1.3750; fees of CAD 45.00 and USD 18.00 are in the all-in rate."""
    shown = exchange.spread(4_000_000, "CAD", 2_889_756, "USD", rate("1.3750"))
    assert (shown.currency, shown.reference_minor, shown.cost_minor) == ("USD", 2_909_091, 19_335)
    assert exchange.rate_between(4_004_500, "CAD", 2_887_956, "USD") == Decimal("1.386621")
    assert exchange.rate_between(2_887_956, "USD", 4_004_500, "CAD") == Decimal("1.386621")


def test_w24_an_average_has_six_decimals() -> None:
    assert str(exchange.average([Decimal("1.3725"), Decimal("1.3741")])) == "1.373300"


def test_w21_the_roll_forward_proves_its_exchange_line() -> None:
    rates = exchange.PeriodRates(Decimal("1.3650"), Decimal("1.3780"), Decimal("1.3900"))
    rolled = exchange.roll_forward(6_000_000, [2_000_000, -1_250_000], "USD", "CAD", rates)
    assert (rolled.opening_minor, rolled.moved_minor, rolled.closing_minor) == (8_190_000, (2_756_000, -1_722_500), 9_382_500)
    assert (rolled.fx_minor, rolled.proof_minor) == (159_000, 159_000)


# --- which rate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "day", "now", "stale", "provisional"),
    [
        ("2026-04-02", "2026-04-05", "2026-04-05T15:00", False, True),  # a Sunday, three days
        ("2026-04-02", "2026-04-07", "2026-04-20T15:00", False, False),  # five days: not yet
        ("2026-04-02", "2026-04-08", "2026-04-20T15:00", True, False),  # six: warn
        ("2026-04-06", "2026-04-07", "2026-04-07T20:29", False, True),  # 16:29 in Ottawa
        ("2026-04-06", "2026-04-07", "2026-04-07T20:30", False, False),  # 16:30: nothing came today
        ("2026-04-07", "2026-04-07", "2026-04-07T15:00", False, False),  # today's own is known
    ],
)
def test_warnings_of_a_chosen_rate(observed: str, day: str, now: str, stale: bool, provisional: bool) -> None:
    chosen = on_day(rate("1.37", date.fromisoformat(observed)), date.fromisoformat(day), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (chosen.stale, chosen.provisional) == (stale, provisional)


def test_a_rate_from_after_the_date_is_a_fault() -> None:
    with pytest.raises(AssertionError):
        on_day(rate("1.37", date(2026, 4, 6)), date(2026, 4, 5), NOW)


@pytest.mark.parametrize("text", ["", "0", "0.000000", "-1.3", "NaN", "1e3", "1.37250001", "12345", "1,3725", " 1.3", "1_000", "١.٣", "1.3\n"])
def test_what_is_not_a_rate(text: str) -> None:
    with pytest.raises(RateInvalid):
        exchange.parse_rate(text)


def test_a_rate_is_shown_with_four_decimals_or_six() -> None:
    assert [exchange.rate_text(Decimal(v)) for v in ("1.37", "1.372500", "1.386621", "1")] == ["1.3700", "1.3725", "1.386621", "1.0000"]


def test_a_name_is_read_as_it_is_written() -> None:
    kept = rate("1.3725", date(2026, 10, 7), version=3)
    assert kept.name == "USDCAD-2026-10-07-boc-3"
    named = exchange.parse_name(kept.name)
    assert (named.observed_on, named.source, named.version) == (date(2026, 10, 7), BANK_OF_CANADA, 3)
    for wrong in ("", "USDCAD-2026-13-07-boc-1", "USDCAD-2026-10-07-nobody-1", "USDCAD-2026-10-07-boc-0", "x" * 200):
        with pytest.raises(NotFound):
            exchange.parse_name(wrong)


# --- rates by hand ----------------------------------------------------------------------------------------------------


def by_hand(value: str = "1.3730", source: str = "fed", day: date = date(2026, 11, 20)) -> Rate:
    return exchange.propose(ProposeRate(observed_on=day, value=value, source=source), 7, NOW, TODAY)


def test_a_rate_by_hand_waits_for_a_second_person() -> None:
    waiting = exchange.next_to(by_hand(), [])
    assert (waiting.state, waiting.version, waiting.source) == ("proposed", 1, "Federal Reserve H.10")
    with pytest.raises(SamePerson):
        exchange.settle(waiting, "confirmed", 7, "Dolores", NOW)
    confirmed = exchange.settle(waiting, "confirmed", 8, "Rosalie", NOW)
    assert (confirmed.state, confirmed.confirmed_by) == ("confirmed", 8)
    with pytest.raises(RateExists):
        exchange.settle(confirmed, "rejected", 9, "Third", NOW)
    with pytest.raises(RateExists):  # the same value again
        exchange.next_to(by_hand(), [confirmed])
    assert exchange.next_to(by_hand("1.3740"), [confirmed]).version == 2
    with pytest.raises(RateExists):  # one waits already
        exchange.next_to(by_hand("1.3740"), [waiting])


def test_a_file_s_rate_is_not_corrected_by_hand() -> None:
    with pytest.raises(RateExists):
        exchange.next_to(by_hand("1.3740", "boc"), [rate("1.3730", date(2026, 11, 20), raw_sha256="ab")])


def test_a_rate_by_hand_is_of_a_known_source_and_a_past_day() -> None:
    with pytest.raises(ChoiceInvalid):
        by_hand(source="a friend")
    with pytest.raises(FutureDate):
        by_hand(day=date(2026, 11, 24))


# --- the bank's file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["valet.json", "valet.csv"])
def test_both_forms_of_the_bank_s_file(name: str) -> None:
    """A BOM, extra sections, an empty value on Good Friday, a day without the series, and an identical repeat."""
    read = parse_rates_file((FILES / name).read_bytes(), TODAY)
    assert [(o.observed_on.isoformat(), str(o.value)) for o in read.observations] == [
        ("2026-04-01", "1.3718"), ("2026-04-02", "1.3725"), ("2026-04-06", "1.3741"),
    ]  # fmt: skip
    assert all(isinstance(o.value, Decimal) for o in read.observations)
    assert read.days_without_rate == (2 if name == "valet.json" else 1)


OBSERVATIONS = '{"observations":[%s]}'


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ((FILES / "contradiction.csv").read_bytes(), "contradiction", 15),
        ((FILES / "wrong_series.json").read_bytes(), "wrong_series", 1),
        (b"date,FXEURCAD\n2026-04-01,1.5\n", "wrong_series", 1),
        (b"", "empty", 0),
        (b"\xef\xbb\xbf \n", "empty", 0),
        (b"%PDF-1.7\n\xff\xfe", "not_text", 0),
        (b"a\nb\x00", "not_text", 2),
        (b"MZ this program cannot be run", "not_rates", 1),
        (b"<html><body>Not found</body></html>", "not_rates", 1),
        (b'{"observations":\n [', "not_json", 2),
        (b"[" * 100_000, "not_json", 1),
        (b"{}", "not_rates", 1),
        (b"[1, 2]", "not_rates", 1),
        (b'{"observations":[], "observations":[]}', "duplicate_key", 0),
        (b"date,FXUSDCAD\n2026-02-30,1.3\n", "bad_date", 2),
        (b"date,FXUSDCAD\n20260102,1.3\n", "bad_date", 2),
        (b"date,FXUSDCAD\n\n2026-11-24,1.3\n", "future_date", 3),
        (b"date,FXUSDCAD\n2026-01-02,\n", "no_observations", 0),
        (b"date,FXUSDCAD\n", "no_observations", 0),
        ((OBSERVATIONS % '{"d":"2026-01-02","FXUSDCAD":{"v":"0"}}').encode(), "no_observations", 0),
        ((OBSERVATIONS % '\n{"d":"x","FXUSDCAD":{"v":"1.3"}}').encode(), "bad_date", 2),
        ((OBSERVATIONS % '\n{"d":7,"FXUSDCAD":{"v":"1.3"}}').encode(), "bad_date", 2),
        ((OBSERVATIONS % '\n{"d":"2026-01-02","FXUSDCAD":{"v":"1.3"}},\n{"d":"2026-01-02","FXUSDCAD":{"v":"1.4"}}').encode(), "contradiction", 3),
        (b" " * (SIZE_MAXIMUM_BYTES + 1), "too_large", 0),
    ],
)  # fmt: skip
def test_files_that_are_refused_with_reason_and_line(content: bytes, reason: str, line: int) -> None:
    with pytest.raises(RatesFileInvalid) as refused:
        parse_rates_file(content, TODAY)
    assert (refused.value.params["reason"], refused.value.params["line"]) == (reason, line)


def test_a_number_in_json_is_never_a_float() -> None:
    read = parse_rates_file((OBSERVATIONS % '{"d":"2026-01-02","FXUSDCAD":{"v":1.3725}},{"d":"2026-01-05","FXUSDCAD":{"v":NaN}}').encode(), TODAY)
    assert [o.value for o in read.observations] == [Decimal("1.3725")]
    assert read.days_without_rate == 1


def test_a_rate_among_other_series_is_found() -> None:
    content = b'"OBSERVATIONS"\n"date","FXEURCAD","FXUSDCAD"\n"2026-04-01","1.5","1.37"\n"2026-04-02","1.5"\n"NOTES"\n"whatever"\n'
    read = parse_rates_file(content, TODAY)
    assert [(o.value, o.line) for o in read.observations] == [(Decimal("1.37"), 3)]


def refused_text(content: bytes) -> str:
    """What a refusal says of the content; nothing where it is taken. Any other exception fails the test."""
    try:
        parse_rates_file(content, TODAY)
    except RatesFileInvalid as refusal:
        return str(refusal.params["text"])
    return ""


_line = st.one_of(st.text(max_size=30), st.sampled_from(['"OBSERVATIONS"', "date,FXUSDCAD", "2026-04-01,1.37", '"2026-04-02","1.4"', ",,", '"']))
_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=12), st.sampled_from(["2026-04-01", "1.37", "d", "v"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["d", "v", "FXUSDCAD", "observations", "x"]), inner, max_size=4),
    max_leaves=12,
)


@given(st.one_of(st.binary(max_size=300), st.lists(_line, max_size=12).map(lambda lines: "\n".join(lines).encode("utf-8", "replace"))))
def test_whatever_the_bytes_nothing_but_a_refusal_is_raised(content: bytes) -> None:
    assert refused_text(content).isprintable()


@given(_value)
def test_whatever_the_json_nothing_but_a_refusal_is_raised(document: object) -> None:
    for shape in (document, {"observations": document}, {"observations": [document], "seriesDetail": {"FXUSDCAD": {}}}):
        assert refused_text(json.dumps(shape).encode()).isprintable()


# --- revaluation ------------------------------------------------------------------------------------------------------

STRIKE = Fund(2, "STRIKE", "Strike fund", "Caisse de grève")
TRADING = Account(1, "joint", "Equity:FX-trading", "CAD", "", "", role="fx_trading")
RESULT = Account(2, "joint", "Income:FX-gain-loss", "CAD", "", "", role="fx_result")


def lines(balances: dict[str, int], value: str) -> list[tuple[int, int]]:
    draft = draft_revaluation(STRIKE, balances, TRADING, RESULT, TODAY, {"USD": rate(value)})
    return [] if draft is None else [(posting.account_id, posting.amount_minor) for posting in draft.postings]


def test_w05_the_first_revaluation() -> None:
    balances = {"CAD": 8_190_000, "USD": -6_000_000}
    assert position(balances, "CAD", {"USD": rate("1.3900")}) == -150_000
    assert lines(balances, "1.3900") == [(1, 150_000), (2, -150_000)]
    assert lines({"CAD": 8_340_000, "USD": -6_000_000}, "1.3900") == []


def test_w06_a_partial_sale_then_a_lower_rate() -> None:
    after_sale = {"CAD": 5_578_000, "USD": -4_000_000}
    assert lines(after_sale, "1.3700") == [(1, -98_000), (2, 98_000)]
    trades = [Trade(2, {"USD": -6_000_000}, 8_190_000), Trade(2, {"USD": 2_000_000}, -2_762_000)]
    result = fund_result(STRIKE, after_sale, trades, 150_000, "CAD", {"USD": rate("1.3700")})
    assert (result.realised_minor, result.unrealised_minor, result.total_minor) == (32_000, 20_000, 52_000)
    assert (result.posted_minor, result.to_post_minor, result.proof_minor) == (150_000, -98_000, 0)


@pytest.mark.parametrize(
    ("trades", "expected"),
    [
        ([(-1_500_000, -2_040_150)], Cost(-1_500_000, -2_040_150, 0)),  # sold before bought: what was given, not bought
        ([(-1_500_000, -2_040_150), (500_000, 690_000)], Cost(-1_000_000, -1_360_100, -9_950)),
        ([(100, 130), (-300, -420)], Cost(-200, -280, 10)),  # through zero: the rest opens at the trade's rate
        ([(100, 130), (100, 150), (-50, -80)], Cost(150, 210, 10)),
        ([(0, 70)], Cost(0, 0, -70)),
    ],
)
def test_average_cost(trades: list[tuple[int, int]], expected: Cost) -> None:
    cost = Cost()
    for bought, paid in trades:
        cost = carry(cost, bought, paid)
    assert cost == expected


_trades = st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)), max_size=12)


@given(_trades, st.decimals("0.5", "2.0", places=4))
def test_posted_and_derived_agree_and_a_second_revaluation_posts_nothing(moves: list[tuple[int, int]], value: Decimal) -> None:
    trades = [Trade(2, {"USD": usd} if usd else {}, cad) for usd, cad in moves]
    balances = {"USD": sum(usd for usd, _ in moves), "CAD": sum(cad for _, cad in moves)}
    rates = {"USD": rate(str(value))}
    before = fund_result(STRIKE, balances, trades, 0, "CAD", rates)
    assert before.proof_minor == 0
    assert before.realised_minor is not None
    assert before.unrealised_minor is not None
    assert before.realised_minor + before.unrealised_minor == before.total_minor == before.to_post_minor
    balances["CAD"] += before.to_post_minor
    assert draft_revaluation(STRIKE, balances, TRADING, RESULT, TODAY, rates) is None
    after = fund_result(STRIKE, balances, trades, before.to_post_minor, "CAD", rates)
    assert (after.total_minor, after.to_post_minor, after.proof_minor) == (before.total_minor, 0, 0)


def test_a_position_without_a_rate_is_refused() -> None:
    with pytest.raises(RateMissing):
        position({"USD": 1, "CAD": -1}, "CAD", {})


@pytest.mark.parametrize(
    ("value", "reference", "far"),
    [("1.3842", "1.3750", False), ("0.7273", "1.3750", True), ("13.842", "1.3750", True), ("1.5125", "1.3750", False), ("1.5126", "1.3750", True)],
)
def test_a_rate_far_from_the_published_one_is_noticed(value: str, reference: str, far: bool) -> None:
    assert exchange.is_far(Decimal(value), Decimal(reference)) is far
    assert not exchange.is_far(Decimal(value), None)


@pytest.mark.parametrize(
    ("values", "known", "before", "odd"),
    [
        (["1.37", "1.38", "0.7273", "1.36"], {}, None, [3]),  # one inverse among good ones
        (["0.7273"], {}, ("2026-03-30", "1.3900"), [1]),  # a new day far from the last one known
        (["0.7273"], {}, ("2026-01-02", "1.3900"), []),  # the last one is too old to judge by
        (["13.75"], {1: "1.3750"}, None, [1]),  # a changed value with a slipped point
        (["1.3760"], {1: "1.3750"}, None, []),
        (["1.0626", "1.2995"], {}, None, []),  # as far as a month ever went
    ],
)
def test_values_that_leap_are_noticed(values: list[str], known: dict[int, str], before: tuple[str, str] | None, odd: list[int]) -> None:
    days = [(date(2026, 4, number), Decimal(value)) for number, value in enumerate(values, 1)]
    found = exchange.leaps(
        days, {date(2026, 4, number): Decimal(value) for number, value in known.items()},
        (date.fromisoformat(before[0]), Decimal(before[1])) if before else None,
    )  # fmt: skip
    assert sorted(found) == [date(2026, 4, number) for number in odd]
