"""Hold figures and dates to how each language writes them, and reading them back to what was meant, or to a plain refusal."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from reports import formats
from reports.formats import AMOUNT_REASONS, DATE_REASONS, AmountNotUnderstood, DateNotUnderstood, parse_date, parse_money
from reports.i18n import LANGUAGES, locale

LARGEST = 10**15
languages = st.sampled_from(LANGUAGES)


@pytest.mark.parametrize(
    ("minor", "digits", "english", "french"),
    [
        (0, 2, "0.00", "0,00"),
        (5, 2, "0.05", "0,05"),
        (123456, 2, "1,234.56", "1\u00a0234,56"),
        (-123456789, 2, "−1,234,567.89", "−1\u00a0234\u00a0567,89"),
        (1234, 0, "1,234", "1\u00a0234"),
        (1234567, 3, "1,234.567", "1\u00a0234,567"),
    ],
)
def test_figures(minor: int, digits: int, english: str, french: str) -> None:
    assert formats.figure("en", minor, digits) == english
    assert formats.figure("fr", minor, digits) == french


@given(st.integers(-(10**18), 10**18), languages)
def test_figures_agree_with_the_locale_s_own(minor: int, language: str) -> None:
    expected = format_decimal(Decimal(minor).scaleb(-2), "#,##0.00;-#,##0.00", locale=locale(language))
    assert formats.figure(language, minor) == expected.replace("-", "−")


def test_money_rates_shares_and_counts_in_a_sentence() -> None:
    assert formats.money("en", -123456, "USD") == "USD\u00a0−1,234.56"
    assert formats.money("fr", 123456, "USD") == "1\u00a0234,56\u00a0USD"
    assert formats.rate("en", Decimal("1.36")) == "1.3600"
    assert formats.rate("fr", Decimal("1.36005")) == "1,3601"
    assert formats.percent("en", Decimal("0.1234")) == "12.3%"
    assert formats.percent("fr", Decimal("-0.1235")) == "−12,4\u00a0%"
    assert formats.count("fr", -10482) == "−10\u00a0482"


def test_dates_and_times() -> None:
    day = date(2026, 11, 20)
    assert (formats.date_long("en", day), formats.date_long("fr", day)) == ("November 20, 2026", "20 novembre 2026")
    assert formats.date_long("fr", date(2026, 1, 1)) == "1er janvier 2026"
    first = date(2026, 11, 1)
    assert (formats.date_short("en", first), formats.date_short("fr", first)) == ("Sun 1 Nov", "dim. 1er nov.")
    assert formats.date_short("fr", date(2026, 1, 11)) == "dim. 11 janv."
    assert (formats.date_short("en", day), formats.date_short("fr", day)) == ("Fri 20 Nov", "ven. 20 nov.")
    assert formats.date_short("fr", day, today=date(2027, 1, 2)) == "ven. 20 nov. 2026"
    assert formats.date_iso(date(2026, 1, 5)) == "2026-01-05"
    winter, summer = datetime(2026, 11, 20, 21, 5, tzinfo=UTC), datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
    assert formats.moment("en", winter) == "20 Nov 2026, 4:05\u00a0p.m. EST"
    assert formats.moment("fr", winter) == "20 nov. 2026, 16 h 05 HNE"
    assert formats.moment("en", summer) == "30 Jun 2026, 11:00\u00a0p.m. EDT"
    assert formats.moment("fr", datetime(2026, 11, 1, 17, 1, tzinfo=UTC)) == "1er nov. 2026, 12 h 01 HNE"
    with pytest.raises(ValueError):
        formats.moment("en", datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [(0, "today", "aujourd’hui"), (1, "yesterday", "hier"), (6, "6 days", "6 jours"), (-1, "tomorrow", "demain"),
     (-6, "in 6 days", "dans 6 jours"), (1200, "1,200 days", "1\u00a0200 jours")],
)
def test_days(number: int, english: str, french: str) -> None:
    assert (formats.days("en", number), formats.days("fr", number)) == (english, french)


def test_a_span_counts_its_days() -> None:
    assert [formats.day_count("fr", number) for number in (0, 1, 2)] == ["0 jour", "1 jour", "2 jours"]
    assert [formats.day_count("en", number) for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


# What was typed, and what it means in English and in French: minor units or the reason it is refused.
TYPED: list[tuple[str, int | str, int | str]] = [
    ("1234", 123400, 123400),
    ("1234.56", 123456, 123456),
    ("1234,56", "ambiguous", 123456),
    ("1,234.56", 123456, "ambiguous"),
    ("1 234,56", "ambiguous", 123456),
    ("1\u00a0234,56", "ambiguous", 123456),
    ("1\u202f234,56", "ambiguous", 123456),
    ("1\u2009234\u2009567,8", "ambiguous", 123456780),
    ("1 234.56", 123456, 123456),
    ("1,234", 123400, "ambiguous"),
    ("0,001", "ambiguous", "ambiguous"),
    ("0 001", "not_a_number", "not_a_number"),
    ("1.234", "too_many_decimals", "ambiguous"),
    ("1,234,567", 123456700, "ambiguous"),
    ("12,34", "ambiguous", 1234),
    ("1234,567", "ambiguous", "too_many_decimals"),
    ("1234.560", "too_many_decimals", "ambiguous"),
    ("1.234,56", "not_a_number", "not_a_number"),
    (".5", 50, 50),
    ("0", 0, 0),
    ("-5", -500, -500),
    ("\u22121 234", -123400, -123400),
    ("USD 5", 500, 500),
    ("5 usd", 500, 500),
    ("USD 1,234.56", 123456, "ambiguous"),
    ("1\u00a0234,56\u00a0USD", "ambiguous", 123456),
    ("CAD 5", "other_currency", "other_currency"),
    ("$5", "dollar_sign", "dollar_sign"),
    ("5 $ US", "dollar_sign", "dollar_sign"),
    ("", "empty", "empty"),
    (" \u00a0 ", "empty", "empty"),
    ("5.", "not_a_number", "not_a_number"),
    ("NaN", "not_a_number", "not_a_number"),
    ("Infinity", "not_a_number", "not_a_number"),
    ("1e5", "not_a_number", "not_a_number"),
    ("1E+400", "not_a_number", "not_a_number"),
    ("0x10", "not_a_number", "not_a_number"),
    ("1_000", "not_a_number", "not_a_number"),
    ("1'234", "not_a_number", "not_a_number"),
    ("١٢", "not_a_number", "not_a_number"),
    ("(5.00)", "not_a_number", "not_a_number"),
    ("+5", "not_a_number", "not_a_number"),
    ("--5", "not_a_number", "not_a_number"),
    ("1 23", "not_a_number", "not_a_number"),
    ("USD", "not_a_number", "not_a_number"),
    ("5\x00", "not_a_number", "not_a_number"),
    ("10000000000000", LARGEST, LARGEST),
    ("10000000000000.01", "too_large", "too_large"),
    ("1" + "0" * 30, "too_large", "too_large"),
    ("1" * 100, "not_a_number", "not_a_number"),
]


def understood(language: str, text: str) -> int | str:
    try:
        return parse_money(language, text, 2, "USD")
    except AmountNotUnderstood as refused:
        return refused.reason_code


@pytest.mark.parametrize(("text", "english", "french"), TYPED)
def test_amounts_as_people_type_them(text: str, english: int | str, french: int | str) -> None:
    assert (understood("en", text), understood("fr", text)) == (english, french)


def test_every_reason_to_refuse_an_amount_is_tried() -> None:
    assert {meant for line in TYPED for meant in line[1:] if isinstance(meant, str)} == set(AMOUNT_REASONS)


@given(st.integers(-LARGEST, LARGEST), languages, st.sampled_from([0, 2, 3]))
def test_what_is_written_is_read_back(minor: int, language: str, digits: int) -> None:
    assert parse_money(language, formats.figure(language, minor, digits), digits) == minor
    assert parse_money(language, formats.money(language, minor, "CAD", digits), digits, "CAD") == minor


@given(st.text(max_size=30), languages)
def test_any_text_is_an_amount_or_refused(text: str, language: str) -> None:
    meant = understood(language, text)
    assert isinstance(meant, int) or meant in AMOUNT_REASONS


NOV_23 = date(2026, 11, 23)

DATES: list[tuple[str, date | str, date | str]] = [
    ("2026-11-23", NOV_23, NOV_23),
    ("20261123", NOV_23, NOV_23),
    ("2026/11/23", NOV_23, NOV_23),
    ("2026-1-5", date(2026, 1, 5), date(2026, 1, 5)),
    ("23 nov 2026", NOV_23, NOV_23),
    ("23 novembre 2026", NOV_23, NOV_23),
    ("23-Nov-2026", NOV_23, NOV_23),
    ("Nov 23, 2026", NOV_23, NOV_23),
    ("november 23rd 2026", NOV_23, NOV_23),
    ("1er août 2026", date(2026, 8, 1), date(2026, 8, 1)),
    ("3 févr. 2026", date(2026, 2, 3), date(2026, 2, 3)),
    ("4 sept. 2026", date(2026, 9, 4), date(2026, 9, 4)),
    ("3 jui 2026", "not_a_date", "not_a_date"),
    ("23/11/2026", NOV_23, NOV_23),
    ("11/23/2026", NOV_23, NOV_23),
    ("3/4/2026", "ambiguous", date(2026, 4, 3)),
    ("5/5/2026", date(2026, 5, 5), date(2026, 5, 5)),
    ("23/11/26", "not_a_date", "not_a_date"),
    ("13/13/2026", "no_such_day", "no_such_day"),
    ("31 feb 2026", "no_such_day", "no_such_day"),
    ("0026-01-01", "out_of_range", "out_of_range"),
    ("soon", "not_a_date", "not_a_date"),
    ("", "empty", "empty"),
    ("1" * 500, "not_a_date", "not_a_date"),
]


def day_understood(language: str, text: str) -> date | str:
    try:
        return parse_date(language, text)
    except DateNotUnderstood as refused:
        return refused.reason_code


@pytest.mark.parametrize(("text", "english", "french"), DATES)
def test_dates_as_people_type_them(text: str, english: date | str, french: date | str) -> None:
    assert (day_understood("en", text), day_understood("fr", text)) == (english, french)


@given(st.integers(0, 300 * 365), languages)
def test_a_day_written_out_is_read_back(after: int, language: str) -> None:
    day = date(1900, 1, 1) + timedelta(days=after)
    assert parse_date(language, formats.date_long(language, day)) == day
    assert parse_date(language, formats.date_iso(day)) == day
    assert parse_date(language, formats.date_short(language, day, today=date(2300, 1, 1)).split(" ", 1)[1]) == day


@given(st.text(max_size=30), languages)
def test_any_text_is_a_date_or_refused(text: str, language: str) -> None:
    meant = day_understood(language, text)
    assert isinstance(meant, date) or meant in DATE_REASONS


def test_every_reason_to_refuse_a_date_is_tried() -> None:
    assert {meant for line in DATES for meant in line[1:] if isinstance(meant, str)} == set(DATE_REASONS)


def test_somebodys_words_stand_in_the_languages_quotation_marks() -> None:
    assert formats.quoted("en", "Lost in the mail") == "“Lost in the mail”"
    assert formats.quoted("fr", "Perdu") == "«\u00a0Perdu\u00a0»"
