"""From when a record may be deleted: the longer of two laws, of both unions, in leap years too; who lets a hold go; what ships."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.domain.refusals import ChoiceInvalid, DateInvalid, FilingState, FutureDate, HoldState, TextInvalid
from ledger.domain.retention import (
    Filing,
    Hold,
    PlaceHold,
    RecordClass,
    RecordFiling,
    Word,
    check_filing,
    check_hold,
    check_word,
    deletable_from,
    earliest,
    earliest_by_law,
    is_in_year,
    is_let_go,
    years_after,
)
from ledger.domain.strikes import RETENTION_DAYS
from ledger.services import audit_packs, progress, roster_files
from ledger.services.retention import record_classes
from ledger.storage import webhook_deliveries

NOW, UNIONS = datetime(2026, 11, 23, 17, tzinfo=UTC), ("ue", "unifor")


def filing(number: str, union: str, year_end: date, filed_on: date, corrected_by: str | None = None) -> Filing:
    return Filing(
        number=number, union=union, form="LM-2" if union == "ue" else "T2", fiscal_year_end=year_end, filed_on=filed_on, corrects=None,
        corrected_by=corrected_by, recorded_by="Ana", recorded_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("year_end", "filed_on", "from_day"),
    [
        (date(2025, 12, 31), date(2026, 3, 31), date(2032, 1, 1)),  # six years after the year's end are longer
        (date(2025, 12, 31), date(2026, 12, 31), date(2032, 1, 1)),  # both end on one day
        (date(2025, 12, 31), date(2027, 1, 1), date(2032, 1, 2)),  # filed late: five years after filing are longer
        (date(2025, 6, 30), date(2028, 2, 29), date(2033, 3, 2)),  # 2033 has no 29 February
        (date(2024, 2, 29), date(2024, 5, 29), date(2030, 3, 2)),  # nor has 2030
        (date(2022, 2, 28), date(2022, 5, 30), date(2028, 2, 29)),  # the day after is one
    ],
)
def test_the_longer_of_both_laws(year_end: date, filed_on: date, from_day: date) -> None:
    assert deletable_from(year_end, filed_on) == from_day


def test_a_day_that_a_year_lacks_is_the_next() -> None:
    assert years_after(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert years_after(date(2024, 2, 29), 5) == date(2029, 3, 1)


@pytest.mark.parametrize(
    ("day", "year_end", "within"),
    [
        (date(2025, 1, 1), date(2025, 12, 31), True), (date(2024, 12, 31), date(2025, 12, 31), False), (date(2026, 1, 1), date(2025, 12, 31), False),
        (date(2024, 2, 29), date(2025, 2, 28), False), (date(2024, 2, 29), date(2024, 2, 29), True), (date(2023, 3, 1), date(2024, 2, 29), True),
    ],
)  # fmt: skip
def test_the_fiscal_year_of_a_day(day: date, year_end: date, within: bool) -> None:
    assert is_in_year(day, year_end) is within


def test_a_record_waits_for_the_later_union_and_for_its_filing() -> None:
    day, ue = date(2025, 11, 3), filing("FL-0001", "ue", date(2025, 12, 31), date(2026, 3, 31))
    unifor = filing("FL-0002", "unifor", date(2026, 6, 30), date(2026, 9, 30))
    assert earliest_by_law(day, [ue], UNIONS) is None
    assert earliest_by_law(day, [ue, unifor], UNIONS) == date(2032, 7, 1)
    assert earliest_by_law(date(2024, 11, 3), [ue, unifor], UNIONS) is None
    wrong = filing("FL-0003", "ue", date(2025, 12, 31), date(2028, 3, 31), corrected_by="FL-0001")
    assert earliest_by_law(day, [ue, unifor, wrong], UNIONS) == date(2032, 7, 1)


def test_each_rule_has_its_day() -> None:
    def kind(rule: str, days: int | None = None) -> RecordClass:
        return RecordClass(
            code="x", rule=rule, days=days, name_en="", name_fr="", text_en="", text_fr="", source="", source_fr="", valid_from=date(2026, 1, 1)  # type: ignore[arg-type]
        )

    assert earliest(kind("never"), date(2020, 1, 1), [], UNIONS) is None
    assert earliest(kind("days", 30), date(2026, 1, 31), [], UNIONS) == date(2026, 3, 2)
    assert earliest(kind("days", 30), None, [], UNIONS) is None
    assert earliest(kind("law"), date(2026, 1, 31), [], UNIONS) is None


def test_what_ships_says_the_days_that_the_code_keeps() -> None:
    found = {each.code: each for each in record_classes()}
    assert {code: each.days for code, each in found.items() if each.by_itself} == {
        "rosters": RETENTION_DAYS, "roster_files": roster_files.FILE_DAYS, "sign_in_attempts": 1, "webhook_deliveries": webhook_deliveries.KEPT.days,
        "audit_packs": audit_packs.KEPT_DAYS, "progress": progress.KEPT_DAYS,
    }  # fmt: skip
    assert found["journal"].rule == "never" and all((each.days is not None) == (each.rule == "days") for each in found.values())


def test_a_filing_is_recorded_once_and_corrected_once() -> None:
    today = NOW.date()
    asked = RecordFiling(union="ue", form=" LM-2 ", fiscal_year_end=date(2025, 12, 31), filed_on=date(2026, 3, 31))
    assert check_filing(asked, [], today).form == "LM-2"
    old = filing("FL-0001", "ue", date(2025, 12, 31), date(2026, 3, 30))

    def again(known: Filing, **more: object) -> RecordFiling:
        fields = {"union": "ue", "form": "lm-2", "fiscal_year_end": date(2025, 12, 31), "filed_on": date(2026, 3, 31)}
        return check_filing(RecordFiling(**(fields | more)), [known], today)  # type: ignore[arg-type]

    with pytest.raises(FilingState):
        again(old)
    assert again(old, corrects="fl-0001").corrects == "FL-0001"
    with pytest.raises(FilingState):
        again(filing("FL-0001", "ue", date(2025, 12, 31), date(2026, 3, 30), corrected_by="FL-0002"), corrects="FL-0001")
    with pytest.raises(ChoiceInvalid):
        again(old, union="unifor", corrects="FL-0001")
    for filed_on, refusal in ((today + timedelta(days=1), FutureDate), (date(2025, 12, 31), DateInvalid)):
        with pytest.raises(refusal):
            again(old, corrects="FL-0001", filed_on=filed_on)


def hold(scope: str, *words: tuple[int, str], union: str | None = None, strike: str | None = None, released: bool = False) -> Hold:
    return Hold(
        number="H-0001", scope=scope, union=union, strike=strike, reason="A lawsuit", placed_by="Ana", placed_by_union="ue", placed_at=NOW,  # type: ignore[arg-type]
        words=tuple(Word(person, "X", union, NOW) for person, union in words), released_at=NOW if released else None,
    )  # fmt: skip


def test_who_lets_a_hold_go() -> None:
    assert not is_let_go(hold("all", (1, "ue"), (2, "ue")), UNIONS)
    assert is_let_go(hold("all", (1, "ue"), (3, "unifor")), UNIONS)
    assert not is_let_go(hold("union", (1, "ue"), union="ue"), UNIONS)
    assert is_let_go(hold("strike", (1, "ue"), (2, "ue"), union="ue", strike="S-0001"), UNIONS)
    check_word(hold("all", (1, "ue")), 2)
    for one, person in ((hold("all", (1, "ue")), 1), (hold("all", released=True), 2)):
        with pytest.raises(HoldState):
            check_word(one, person)


def test_what_a_hold_covers() -> None:
    assert hold("all").covers("unifor", "S-0002") and not hold("all", released=True).covers("unifor", "S-0002")
    assert hold("union", union="unifor").covers("unifor", "S-0002") and not hold("union", union="ue").covers("unifor", "S-0002")
    one = hold("strike", union="unifor", strike="S-0002")
    assert one.covers("unifor", "S-0002") and not one.covers("unifor", "S-0003")


@pytest.mark.parametrize(
    "asked",
    [
        PlaceHold(scope="all", reason="x", union="ue"), PlaceHold(scope="union", reason="x"), PlaceHold(scope="union", reason="x", union="uaw"),
        PlaceHold(scope="strike", reason="x"), PlaceHold(scope="all", reason="x", strike="S-0001"), PlaceHold(scope="all", reason=" "),
    ],
)  # fmt: skip
def test_a_hold_has_what_its_scope_has_and_nothing_else(asked: PlaceHold) -> None:
    with pytest.raises((ChoiceInvalid, TextInvalid)):
        check_hold(asked, UNIONS)
