"""The days that are possible, and what a refusal says of one that is not: which days fit, never that it is not a date."""

from datetime import date

import pytest

from api.refusal_messages import message
from ledger.domain.days import check_past_day
from ledger.domain.refusals import DateInvalid

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("day", "first", "said"),
    [
        (date(1990, 1, 1), None, "“January 1, 1990” does not fit here: possible days are from January 1, 2000 to November 23, 2026."),
        (date(2026, 6, 1), date(2026, 7, 1), "“June 1, 2026” does not fit here: possible days are from July 1, 2026 to November 23, 2026."),
        (date(2026, 6, 1), date(2027, 1, 1), "“June 1, 2026” does not fit here: the first possible day is January 1, 2027, which has not come yet."),
    ],
)
def test_a_past_day_that_does_not_fit_is_told_which_do(day: date, first: date | None, said: str) -> None:
    with pytest.raises(DateInvalid) as refused:
        check_past_day("filed_on", day, TODAY, *([first] if first else []))
    assert message("en", refused.value) == said


def test_the_first_and_the_last_possible_day_fit() -> None:
    assert [check_past_day("filed_on", day, TODAY, date(2026, 7, 1)) for day in (date(2026, 7, 1), TODAY)] == [date(2026, 7, 1), TODAY]
