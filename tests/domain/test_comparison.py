"""Two ledgers compared: what agrees, what differs and why, and that nothing is ever lost on the way (W19, domain.md 2.4)."""

import sys
from datetime import date, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.comparison import compare
from ledger.domain.comparison_found import Before, Found, Ledger, Outcome, due_on, owner_of, size_of_unexplained
from ledger.domain.comparison_items import Item, business_days_after, near
from tests.cases import figure_minor

END = date(2026, 1, 31)


def ours(key: str, day: date, amount: int, document: str = "", text: str = "", **more: object) -> Item:
    return Item(key=f"c{key}", side="creditor", day=day, amount_minor=amount, document=document, text=text, **more)  # type: ignore[arg-type]


def theirs(key: str, day: date, amount: int, document: str = "", text: str = "", **more: object) -> Item:
    return Item(key=f"d{key}", side="debtor", day=day, amount_minor=amount, document=document, text=text, **more)  # type: ignore[arg-type]


def pool_s(key: str, day: date, amount: int, document: str = "", text: str = "") -> Item:
    return Item(key=f"j{key}", side="pool", day=day, amount_minor=amount, document=document, text=text)


def ledger(items: list[Item], opening: int = 0, later: tuple[Item, ...] = ()) -> Ledger:
    return Ledger(opening, opening + sum(each.amount_minor for each in items), tuple(items), later)


def compared(creditor: list[Item], debtor: list[Item], **more: object) -> Outcome:
    return compare(ledger(creditor), ledger(debtor), None, END, "CAD", **more)  # type: ignore[arg-type]


def kinds(outcome: Outcome) -> list[tuple[str, str, int]]:
    return [(each.kind, each.hint, each.weight) for each in outcome.differences]


def test_errors_in_both_directions_do_not_make_each_other_good() -> None:
    """Invoice 2211 is 100.00 too high, 2212 as much too low: the sum is nothing, what nobody can explain is 200.00."""
    days = date(2026, 1, 12), date(2026, 1, 13)
    found = compared([ours("1", days[0], 1_000_00, "2211"), ours("2", days[1], 800_00, "2212")],
                     [theirs("1", days[0], 900_00, "2211"), theirs("2", days[1], 900_00, "2212")])  # fmt: skip
    assert [kind for kind, _, _ in kinds(found)] == ["unexplained", "unexplained"]
    weights = [each.weight for each in found.differences]
    assert (found.unexplained_minor, size_of_unexplained(weights, found.unexplained_minor)) == (0, 200_00)
    assert size_of_unexplained([], -2) == 2


def january() -> tuple[Ledger, Ledger]:
    """W19: what both agree on, a payment on the way, an invoice not yet booked, and one keyed wrongly."""
    both = [(date(2026, 1, 5), 11_502_00, "2198")]
    creditor = [ours(f"{at}", day, amount, document) for at, (day, amount, document) in enumerate(both)]
    debtor = [theirs(f"{at}", day, amount, f"INV-{document}") for at, (day, amount, document) in enumerate(both)]
    creditor += [ours("b", date(2026, 1, 20), 150_00, "TR-118", "Translation"), ours("c", date(2026, 1, 22), 1_098_00, "2211")]
    debtor += [theirs("c", date(2026, 1, 23), 1_089_00, "2211"), theirs("a", date(2026, 1, 30), -450_00, "EFT 8841", "Payment")]
    return ledger(creditor), ledger(debtor)


def test_w19_is_explained_to_the_cent() -> None:
    creditor, debtor = january()
    assert (creditor.closing_minor, debtor.closing_minor) == (12_750_00, 12_141_00)
    found = compare(creditor, debtor, None, END, "CAD")
    assert found.difference_minor == figure_minor("W19", "Difference at") == 609_00
    assert kinds(found) == [("missing_at_debtor", "", 150_00), ("keying", "swapped", 9_00), ("timing", "near_cutoff", 450_00)]
    assert sum(weight for _, _, weight in kinds(found)) == figure_minor("W19", "Explained")
    assert found.unexplained_minor == figure_minor("W19", "Unexplained")


def test_w19_the_month_after_agrees() -> None:
    january_found = compare(*january(), None, END, "CAD")
    creditor = ledger([ours("a", date(2026, 2, 3), -450_00, "EFT 8841"), ours("c2", date(2026, 2, 4), -9_00, "2211")], 12_750_00)
    debtor = ledger([theirs("b", date(2026, 2, 4), 150_00, "118")], 12_141_00)
    found = compare(creditor, debtor, None, date(2026, 2, 28), "CAD", before=Before(january_found.differences))
    assert (found.differences, found.difference_minor, found.unexplained_minor) == ((), 0, 0)


def test_a_difference_that_stays_keeps_its_name() -> None:
    before = compare(*january(), None, END, "CAD").differences
    after = compare(ledger([], 12_750_00), ledger([], 12_141_00), None, date(2026, 2, 28), "CAD", before=Before(before)).differences
    assert {each.identity for each in after} == {each.identity for each in before}


def test_what_differs_is_classed() -> None:
    day = date(2026, 1, 12)
    for creditor, debtor, expected in (
        ([ours("1", day, 500_00, "881")], [theirs("1", day, -500_00, "881")], ("wrong_sign", "half", 1_000_00)),
        ([ours("1", day, 540_00, "881")], [theirs("1", day, 450_00, "881")], ("keying", "swapped", 90_00)),
        ([ours("1", day, 540_00)], [theirs("1", day, 450_00)], ("keying", "swapped", 90_00)),
        ([ours("1", day, -975_00)], [theirs("1", day, -1_000_00)], ("fee", "known_fee", 25_00)),
        ([ours("1", day, 100_00, "7731", exchanged=True)], [theirs("1", day, 101_37, "7731")], ("fx_rate", "rate", -1_37)),
        ([ours("1", day, 100_00, "7731")], [theirs("1", day, 137_31, "7731")], ("unexplained", "", -37_31)),
        ([ours("1", day, 100_00)], [], ("missing_at_debtor", "", 100_00)),
        ([], [theirs("1", day, 100_00)], ("missing_at_creditor", "", -100_00)),
    ):
        assert kinds(compared(creditor, debtor)) == [expected]


def test_a_paper_booked_twice_is_a_duplicate() -> None:
    day = date(2026, 1, 12)
    found = compared([ours("1", day, 75_00, "881"), ours("2", day + timedelta(days=1), 75_00, "881")], [theirs("1", day, 75_00, "881")])
    assert kinds(found) == [("duplicate", "twin", 75_00)]
    assert owner_of(found.differences[0]) == "creditor"


def test_what_the_other_has_after_the_cut_off_is_timing() -> None:
    later = theirs("9", date(2026, 2, 3), 80_00, "990")
    found = compare(ledger([ours("1", date(2026, 1, 10), 80_00, "990")]), ledger([], later=(later,)), None, END, "CAD")
    assert [(each.kind, each.later_on) for each in found.differences] == [("timing", date(2026, 2, 3))]


def test_two_invoices_of_one_amount_are_two() -> None:
    day = date(2026, 1, 12)
    assert len(compared([ours("1", day, 80_00, "INV 990")], [theirs("1", day, 80_00, "INV 991")]).differences) == 2


def test_one_against_many_up_to_six() -> None:
    day = date(2026, 1, 12)
    parts = [theirs(str(at), day + timedelta(days=at % 3), amount) for at, amount in enumerate((10_01, 20_02, 30_07, 40_11, 50_13, 60_17))]
    total = sum(each.amount_minor for each in parts)
    (match,) = compared([ours("1", day, total)], parts).matches
    assert (match.by, len(match.items)) == ("many", 7)
    seven = [*parts, theirs("7", day, 5_05)]
    assert len(compared([ours("1", day, total + 5_05)], seven).differences) == 8


def test_an_ambiguous_sum_is_left_to_people() -> None:
    day = date(2026, 1, 12)
    parts = [theirs(str(at), day, 10_00) for at in range(3)]
    assert compared([ours("1", day, 20_00)], parts).matches == ()


def test_nothing_matches_across_funds_kept_to_different_nations() -> None:
    day = date(2026, 1, 12)
    found = compared([ours("1", day, 80_00, "990", nation="US")], [theirs("1", day, 80_00, "990", nation="CA")])
    assert found.matches == () and len(found.differences) == 2


def test_what_lies_within_the_tolerance_is_matched_and_stays_in_the_sum() -> None:
    day = date(2026, 1, 12)
    found = compared([ours("1", day, 80_00)], [theirs("1", day, 80_02)], tolerance=5)
    assert (found.differences, found.unexplained_minor, found.difference_minor) == ((), -2, -2)


def test_balances_that_differed_before_the_first_row_are_unexplained() -> None:
    found = compare(ledger([], 100_00), ledger([], 90_00), None, END, "CAD")
    assert (kinds(found), found.unexplained_minor) == ([("unexplained", "opening", 10_00)], 10_00)


def test_the_pool_says_who_is_wrong() -> None:
    creditor, debtor = january()
    pool = ledger([
        pool_s("o", date(2026, 1, 5), 11_502_00, "2198"), pool_s("p", date(2026, 1, 22), 1_089_00, "2211"),
        pool_s("q", date(2026, 1, 20), 150_00, "TR-118"),
    ])  # fmt: skip
    found = compare(creditor, debtor, pool, END, "CAD")
    by_kind = {each.kind: each for each in found.differences}
    assert by_kind["keying"].pool_minor == 1_089_00 and owner_of(by_kind["keying"]) == "creditor"
    assert by_kind["missing_at_debtor"].pool_minor == 150_00 and owner_of(by_kind["missing_at_debtor"]) == "debtor"
    assert owner_of(by_kind["timing"]) == "creditor"


def test_business_days() -> None:
    assert business_days_after(date(2026, 10, 31), 5) == date(2026, 11, 6) == due_on("timing", date(2026, 10, 31))
    assert due_on("missing_at_debtor", date(2026, 10, 31)) == date(2026, 11, 13)
    assert near(date(2026, 1, 30), date(2026, 2, 6)) and not near(date(2026, 1, 30), date(2026, 2, 9))


_DAYS = st.dates(date(2026, 1, 1), END)
_AMOUNTS = st.one_of(st.integers(-200_00, 200_00), st.sampled_from((100_00, -100_00, 50_00, 10_00, 90_00, 9_00, 25_00)))
_DOCUMENTS = st.sampled_from(("", "", "881", "INV 881", "882", "M-0001", "EFT"))
_ROWS = st.lists(st.tuples(_DAYS, _AMOUNTS, _DOCUMENTS, st.sampled_from(("", "", "US", "CA"))), max_size=25)


def _items(side: str, rows: list[tuple[date, int, str, str]], start: int = 0) -> list[Item]:
    return [
        Item(key=f"{side}{at}", side=side, day=day, amount_minor=amount, document=document, nation=nation)  # type: ignore[arg-type]
        for at, (day, amount, document, nation) in enumerate(rows, start)
    ]


def _adds_up(found: Outcome, accepted: int = 0) -> None:
    assert found.difference_minor == sum(each.weight for each in found.differences) + found.within_minor + accepted
    explained = sum(each.weight for each in found.differences if each.kind != "unexplained")
    assert found.difference_minor == explained + found.unexplained_minor + accepted


@given(_ROWS, _ROWS, st.integers(-500, 500), st.integers(0, 20))
def test_creditor_less_debtor_is_items_and_unexplained_always(
    creditor: list[tuple[date, int, str, str]], debtor: list[tuple[date, int, str, str]], opening: int, tolerance: int
) -> None:
    both = _items("creditor", creditor), _items("debtor", debtor)
    found = compare(ledger(both[0], opening), ledger(both[1]), None, END, "CAD", tolerance=tolerance)
    _adds_up(found)
    placed = [each.key for match in found.matches for each in match.items] + [each.key for one in found.differences for each in one.items]
    assert sorted(placed) == sorted(each.key for side in both for each in side)
    assert all(len({each.nation for each in match.items} - {""}) < 2 for match in found.matches)
    assert all(sum(each.weight for each in match.items) + match.opening_minor == match.residual_minor for match in found.matches)
    _next_month(found, ledger(both[0], opening), ledger(both[1]))


def _next_month(before: Outcome, creditor: Ledger, debtor: Ledger) -> None:
    """With nothing new, the differences are carried and the sum stays whole: what was agreed to within the tolerance is not asked again under any
    name, what nobody agreed to yet still is.
    """
    sides = [Ledger(each.closing_minor, each.closing_minor, ()) for each in (creditor, debtor)]
    first, last = date(2026, 2, 1), date(2026, 2, 28)
    accepted = compare(*sides, None, last, "CAD", first=first, before=Before(before.differences, 0, before.within_minor))
    pending = compare(*sides, None, last, "CAD", first=first, before=Before(before.differences, before.within_minor))
    _adds_up(accepted, before.within_minor)
    _adds_up(pending)
    assert (accepted.within_minor, pending.within_minor) == (0, before.within_minor)
    for after in (accepted, pending):
        assert {each.identity for each in after.differences if each.opening_minor} <= {each.identity for each in before.differences}


@given(_ROWS)
def test_what_is_the_same_in_both_leaves_nothing(rows: list[tuple[date, int, str, str]]) -> None:
    found = compare(ledger(_items("creditor", rows)), ledger(_items("debtor", rows)), None, END, "CAD")
    assert found.difference_minor == found.unexplained_minor == sum(each.weight for each in found.differences) == 0


def test_carried_differences_are_found() -> None:
    late = theirs("a", date(2026, 1, 10), -450_00, "EFT 8841", "Payment")
    before = compared([], [late])
    creditor = ledger([ours("a", date(2026, 2, 24), -450_00, "receipt")])
    found = compare(creditor, Ledger(-450_00, -450_00, ()), None, date(2026, 2, 28), "CAD", before=Before(before.differences))
    assert ([each.by for each in found.matches], found.differences) == (["carried"], ())


def test_a_person_s_word_holds() -> None:
    found = compared([ours("1", END, 80_00)], [])
    said = compared([ours("1", END, 80_00)], [], classed={found.differences[0].identity: "disputed"})
    assert isinstance(said.differences[0], Found) and said.differences[0].kind == "disputed"


# --- the pool as the third ------------------------------------------------------------------------------------------------


def test_what_the_pool_lacks_and_what_it_alone_has_are_listed() -> None:
    day = date(2026, 1, 12)
    creditor = [ours("1", day, 80_00, "990"), ours("2", day, 60_00, "991"), ours("3", day, 450_00, "992")]
    debtor = [theirs("1", day, 80_00, "990"), theirs("2", day, 60_00, "991"), theirs("3", day, 450_00, "992")]
    pool = ledger([pool_s("2", day, 60_00, "991"), pool_s("3", day, 540_00, "992"), pool_s("4", day, 7_00, "33")])
    found = compare(ledger(creditor), ledger(debtor), pool, END, "CAD")
    assert {(each.kind, each.hint, each.weight, each.pool_minor) for each in found.differences} == {
        ("keying", "pool_differs", 0, 540_00), ("missing_at_creditor", "pool_only", 0, 7_00), ("missing_at_pool", "", 0, None),
    }  # fmt: skip
    assert (found.difference_minor, found.unexplained_minor) == (0, 0)
    assert compare(ledger(creditor), ledger(debtor), pool, END, "CAD", lists_pool=False).differences == ()


def test_a_sum_that_the_pool_has_as_one_takes_nothing_from_another() -> None:
    day = date(2026, 1, 12)
    creditor = [ours("1", day, 60_00, "INV-7"), ours("2", day, 40_00, "INV-7"), ours("3", day, 60_00, "INV-8")]
    debtor = [theirs("1", day, 100_00, "INV-7"), theirs("3", day, 60_00, "INV-8")]
    pool = ledger([pool_s("1", day, 100_00, "INV-7"), pool_s("3", day, 60_00, "INV-8")])
    assert compare(ledger(creditor), ledger(debtor), pool, END, "CAD").differences == ()


def test_what_the_pool_lacked_is_carried_until_its_journal_has_it() -> None:
    day, march = date(2026, 1, 12), date(2026, 2, 28)
    sides = ledger([ours("1", day, 80_00, "990")]), ledger([theirs("1", day, 80_00, "990")])
    before = compare(*sides, ledger([pool_s("9", day, 7_00, "33")]), END, "CAD").differences
    assert {each.kind for each in before} == {"missing_at_pool", "missing_at_creditor"}
    still = Ledger(80_00, 80_00, ()), Ledger(80_00, 80_00, ())
    early = (pool_s("9", day, 7_00, "33"),)
    first = date(2026, 2, 1)
    after = compare(*still, Ledger(7_00, 7_00, early), march, "CAD", first=first, before=Before(before))
    assert {each.identity for each in after.differences} == {each.identity for each in before}
    booked = (*early, pool_s("8", date(2026, 2, 3), 80_00, "990"))
    (alone,) = compare(*still, Ledger(7_00, 87_00, booked), march, "CAD", first=first, before=Before(before)).differences
    assert (alone.hint, alone.of_pool) == ("pool_only", True)
    both = ledger([ours("2", date(2026, 2, 9), 7_00, "33")], 80_00), ledger([theirs("2", date(2026, 2, 9), 7_00, "33")], 80_00)
    assert compare(*both, Ledger(7_00, 87_00, booked), march, "CAD", first=first, before=Before(before)).differences == ()


# --- from one cut-off to the next -----------------------------------------------------------------------------------------


def test_what_was_agreed_to_within_the_tolerance_is_not_raised_again() -> None:
    day, after = date(2026, 1, 12), (Ledger(80_00, 80_00, ()), Ledger(80_02, 80_02, ()))
    before = compared([ours("1", day, 80_00)], [theirs("1", day, 80_02)], tolerance=5)
    kept = compare(*after, None, date(2026, 2, 28), "CAD", before=Before(before.differences, 0, before.within_minor))
    assert (kept.differences, kept.unexplained_minor, kept.difference_minor) == ((), 0, -2)
    asked = compare(*after, None, date(2026, 2, 28), "CAD", before=Before(before.differences, before.within_minor))
    assert (asked.differences, asked.unexplained_minor) == ((), -2)


def test_an_opening_difference_keeps_its_name_until_an_entry_puts_it_right() -> None:
    january = compare(ledger([], 100_00), ledger([], 90_00), None, END, "CAD", first=date(2026, 1, 1))
    (opening,) = january.differences
    more = compare(ledger([], 103_00), ledger([], 90_00), None, date(2026, 2, 28), "CAD", first=date(2026, 2, 1), before=Before(january.differences))
    assert [(each.identity, each.opening_minor) for each in more.differences] == [(opening.identity, 10_00), ("opening 2026-02-01", 3_00)]
    right = ledger([ours("1", date(2026, 2, 9), -10_00, text="Put right")], 100_00)
    mended = compare(right, ledger([], 90_00), None, date(2026, 2, 28), "CAD", first=date(2026, 2, 1), before=Before(january.differences))
    assert (mended.differences, [each.by for each in mended.matches], mended.difference_minor) == ((), ["correction"], 0)


def test_many_equal_amounts_are_looked_at_once_each() -> None:
    """The work is counted, not timed: sixteen times as many equal rows ask no more than twice sixteen times as often."""
    def asked(count: int) -> int:
        rows = [(date(2026, 1, 1) + timedelta(days=at % 28), 10_00, "", "") for at in range(count)]
        calls = 0

        def counting(frame: object, event: str, arg: object) -> None:
            nonlocal calls
            calls += 1

        creditor, debtor = ledger(_items("creditor", rows)), ledger(_items("debtor", rows[: count // 2]))
        pool = ledger([msgspec.structs.replace(each, key=f"j{each.key}", side="pool") for each in creditor.items])
        sys.setprofile(counting)
        try:
            found = compare(creditor, debtor, pool, END, "CAD")
        finally:
            sys.setprofile(None)
        assert len(found.matches) >= count // 2 - 1
        return calls

    few, many = asked(250), asked(4_000)
    assert many < 16 * few * 2
