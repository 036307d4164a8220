"""Two ledgers compared: what agrees, what differs and why, and that nothing is ever lost on the way (W19, domain.md 2.4)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.comparison import Found, Item, Ledger, Outcome, business_days_after, compare, due_on, near, owner_of, size_of_unexplained
from tests.cases import figure_minor

END = date(2026, 1, 31)


def ours(key: str, day: date, amount: int, document: str = "", text: str = "", **more: object) -> Item:
    return Item(key=f"c{key}", side="creditor", day=day, amount_minor=amount, document=document, text=text, **more)  # type: ignore[arg-type]


def theirs(key: str, day: date, amount: int, document: str = "", text: str = "", **more: object) -> Item:
    return Item(key=f"d{key}", side="debtor", day=day, amount_minor=amount, document=document, text=text, **more)  # type: ignore[arg-type]


def ledger(items: list[Item], opening: int = 0, later: tuple[Item, ...] = ()) -> Ledger:
    return Ledger(opening, opening + sum(each.amount_minor for each in items), tuple(items), later)


def compared(creditor: list[Item], debtor: list[Item], **more: object) -> Outcome:
    return compare(ledger(creditor), ledger(debtor), (), END, "CAD", **more)  # type: ignore[arg-type]


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
    found = compare(creditor, debtor, (), END, "CAD")
    assert found.difference_minor == figure_minor("W19", "Difference at") == 609_00
    assert kinds(found) == [("missing_at_debtor", "", 150_00), ("keying", "swapped", 9_00), ("timing", "near_cutoff", 450_00)]
    assert sum(weight for _, _, weight in kinds(found)) == figure_minor("W19", "Explained")
    assert found.unexplained_minor == figure_minor("W19", "Unexplained")


def test_w19_the_month_after_agrees() -> None:
    january_found = compare(*january(), (), END, "CAD")
    creditor = ledger([ours("a", date(2026, 2, 3), -450_00, "EFT 8841"), ours("c2", date(2026, 2, 4), -9_00, "2211")], 12_750_00)
    debtor = ledger([theirs("b", date(2026, 2, 4), 150_00, "118")], 12_141_00)
    found = compare(creditor, debtor, (), date(2026, 2, 28), "CAD", carried=january_found.differences)
    assert (found.differences, found.difference_minor, found.unexplained_minor) == ((), 0, 0)


def test_a_difference_that_stays_keeps_its_name() -> None:
    before = compare(*january(), (), END, "CAD").differences
    after = compare(ledger([], 12_750_00), ledger([], 12_141_00), (), date(2026, 2, 28), "CAD", carried=before).differences
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
    found = compare(ledger([ours("1", date(2026, 1, 10), 80_00, "990")]), ledger([], later=(later,)), (), END, "CAD")
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
    found = compare(ledger([], 100_00), ledger([], 90_00), (), END, "CAD")
    assert (kinds(found), found.unexplained_minor) == ([("unexplained", "opening", 10_00)], 10_00)


def test_the_pool_says_who_is_wrong() -> None:
    creditor, debtor = january()
    pool = [ours("p", date(2026, 1, 22), 1_089_00, "2211"), ours("q", date(2026, 1, 20), 150_00, "TR-118"), ours("z", date(2026, 1, 9), 7_00, "33")]
    found = compare(creditor, debtor, pool, END, "CAD")
    by_kind = {each.kind: each for each in found.differences}
    assert by_kind["keying"].pool_minor == 1_089_00 and owner_of(by_kind["keying"]) == "creditor"
    assert by_kind["missing_at_debtor"].pool_minor == 150_00 and owner_of(by_kind["missing_at_debtor"]) == "debtor"
    assert owner_of(by_kind["timing"]) == "creditor"
    assert [each.key for each in found.pool_only] == ["cz"]


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


def _adds_up(found: Outcome) -> None:
    within = sum(each.residual_minor for each in found.matches)
    assert found.difference_minor == sum(each.weight for each in found.differences) + within
    explained = sum(each.weight for each in found.differences if each.kind != "unexplained")
    assert found.difference_minor == explained + found.unexplained_minor


@given(_ROWS, _ROWS, st.integers(-500, 500), st.integers(0, 20))
def test_creditor_less_debtor_is_items_and_unexplained_always(
    creditor: list[tuple[date, int, str, str]], debtor: list[tuple[date, int, str, str]], opening: int, tolerance: int
) -> None:
    both = _items("creditor", creditor), _items("debtor", debtor)
    found = compare(ledger(both[0], opening), ledger(both[1]), (), END, "CAD", tolerance=tolerance)
    _adds_up(found)
    placed = [each.key for match in found.matches for each in match.items] + [each.key for one in found.differences for each in one.items]
    assert sorted(placed) == sorted(each.key for side in both for each in side)
    assert all(len({each.nation for each in match.items} - {""}) < 2 for match in found.matches)
    assert all(sum(each.weight for each in match.items) == match.residual_minor for match in found.matches)
    _next_month(found, ledger(both[0], opening), ledger(both[1]))


def _next_month(before: Outcome, creditor: Ledger, debtor: Ledger) -> None:
    """With nothing new, the differences are carried and the sum stays whole, whatever was within the tolerance."""
    after = compare(
        Ledger(creditor.closing_minor, creditor.closing_minor, ()), Ledger(debtor.closing_minor, debtor.closing_minor, ()), (), date(2026, 2, 28),
        "CAD", carried=before.differences,
    )  # fmt: skip
    _adds_up(after)


@given(_ROWS)
def test_what_is_the_same_in_both_leaves_nothing(rows: list[tuple[date, int, str, str]]) -> None:
    found = compare(ledger(_items("creditor", rows)), ledger(_items("debtor", rows)), (), END, "CAD")
    assert found.difference_minor == found.unexplained_minor == sum(each.weight for each in found.differences) == 0


def test_carried_differences_are_found() -> None:
    late = theirs("a", date(2026, 1, 10), -450_00, "EFT 8841", "Payment")
    before = compared([], [late])
    creditor = ledger([ours("a", date(2026, 2, 24), -450_00, "receipt")])
    found = compare(creditor, Ledger(-450_00, -450_00, ()), (), date(2026, 2, 28), "CAD", carried=before.differences)
    assert ([each.by for each in found.matches], found.differences) == (["carried"], ())


def test_a_person_s_word_holds() -> None:
    found = compared([ours("1", END, 80_00)], [])
    said = compared([ours("1", END, 80_00)], [], classed={found.differences[0].identity: "disputed"})
    assert isinstance(said.differences[0], Found) and said.differences[0].kind == "disputed"
