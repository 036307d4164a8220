"""What is proposed for bank lines, pass by pass, and what always holds of proposals: nothing twice, sums that agree, the same in any order."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.bank_claims import claimed, holds
from ledger.domain.bank_likeness import Item, Line, near
from ledger.domain.bank_matching import KNOWN_FEES_MINOR, Proposal, propose, waiting
from ledger.domain.bank_rules import Rule, fits, kept_reference, words_of

MON = date(2026, 3, 2)


def line(number: int, minor: int, days: int = 0, words: str = "", cheque: str = "") -> Line:
    return Line(number, MON + timedelta(days=days), minor, words, cheque)


def item(entry: int, minor: int, days: int = 0, **more: object) -> Item:
    return Item(entry, 1, MON + timedelta(days=days), minor, **more)  # type: ignore[arg-type]


def rule(**more: object) -> Rule:
    said: dict[str, object] = {
        "id": 7, "union": "ue", "account_id": None, "words": "monthly fee", "direction": "out", "least_minor": None, "most_minor": 40_00,
        "action": "fee", "facts": {"fund": "GEN"},
    }  # fmt: skip
    return Rule(**(said | more))  # type: ignore[arg-type]


PASSES = [
    ("the record's number in the bank's words", [line(1, 500_00, 40, "WIRE T-0042 NASP")], [item(9, 500_00, subject="T-0042"), item(8, 500_00)],
     ["reference:1:9.1"]),
    ("the reference it was paid with", [line(1, -70_00, 0, "EFT INV 88231")], [item(9, -70_00, -30, reference="88231")], ["reference:1:9.1"]),
    ("a cheque's number, however short", [line(1, -60_00, 60, cheque="0000412")], [item(9, -60_00, reference="Cheque 412"), item(8, -60_00, 55)],
     ["reference:1:9.1"]),
    ("the number alone is not enough", [line(1, 490_00, 40, "WIRE T-0042")], [item(9, 500_00, subject="T-0042")], []),
    ("the same amount two business days apart", [line(1, 250_00, 4)], [item(9, 250_00)], ["amount_and_date:1:9.1"]),
    ("over a weekend, five business days", [line(1, 250_00, 7)], [item(9, 250_00)], ["amount_and_date:1:9.1"]),
    ("further apart, the amount alone", [line(1, -250_00, 90)], [item(9, -250_00)], ["amount:1:9.1"]),
    ("of two alike, the older for the older", [line(1, -250_00, 2), line(2, -250_00, 3)], [item(9, -250_00), item(8, -250_00, 1)],
     ["amount:1:9.1", "amount:2:8.1"]),
    ("too long ago for a cheque", [line(1, -250_00, 200)], [item(9, -250_00)], []),
    ("a deposit of three cheques", [line(1, 600_00, 1)], [item(7, 100_00), item(8, 200_00), item(9, 300_00), item(10, 55_55)],
     ["one_to_many:1:7.1+8.1+9.1"]),
    ("a sum that two choices make is nobody's", [line(1, 300_00)], [item(7, 100_00), item(8, 200_00), item(9, 200_00)], []),
    ("one payment that came in two parts", [line(1, 400_00), line(2, 350_00, 1)], [item(9, 750_00)], ["many_to_one:1+2:9.1"]),
    ("a wire less the bank's fee", [line(1, 985_00)], [item(9, 1_000_00)], ["net_of_fee:1:9.1"]),
    ("a wire less a fee that is in the books already", [line(1, 985_00)], [item(9, 1_000_00), item(10, -15_00, 1)], ["one_to_many:1:9.1+10.1"]),
    ("an entry and its reversal", [], [item(8, 90_00), item(9, -90_00, 1, reverses=8)], ["cancelled_out::8.1+9.1"]),
    ("a bounced cheque is on the bank both ways", [line(1, 90_00), line(2, -90_00, 1)], [item(8, 90_00), item(9, -90_00, 1, reverses=8)],
     ["amount_and_date:1:8.1", "amount_and_date:2:9.1"]),
    ("a cheque cashed in spite of its reversal is for a person", [line(1, -77_00, 9)], [item(8, -77_00), item(9, 77_00, 1, reverses=8)],
     ["amount:1:8.1"]),
    ("a reversal and the correction of what the bank has shown", [], [item(8, 77_00, reverses=5), item(9, -77_00, corrects=5)],
     ["cancelled_out::8.1+9.1"]),
    ("a correction of another entry", [], [item(8, 77_00, reverses=5), item(9, -77_00, corrects=6)], []),
    ("a year is nobody's number", [line(1, 30_000_00, 70, "UNIFOR CONTRIBUTION 2026")], [item(9, 30_000_00, -50, reference="Q1 2026")],
     ["amount:1:9.1"]),
    ("a day is none either", [line(1, -70_00, 40, "PAID 2026-03-01")], [item(9, -70_00, reference="2026-03-01")], ["amount:1:9.1"]),
    ("a number of another year's payment", [line(1, -70_00, 300, "EFT INV 88231")], [item(9, -70_00, reference="88231")], []),
    ("another cheque of the same amount", [line(1, -60_00, 1, cheque="413")], [item(9, -60_00, text="Chèque nº 412")], []),
    ("another transfer of the same amount", [line(1, 60_00, 1, "WIRE T-0043")], [item(9, 60_00, subject="T-0042")], []),
    ("an invoice's number is not a cheque's", [line(1, -60_00, 1, cheque="413")], [item(9, -60_00, reference="Invoice 88231")],
     ["amount_and_date:1:9.1"]),
    ("in never with out", [line(1, 90_00)], [item(8, -90_00)], []),
]  # fmt: skip


@pytest.mark.parametrize(("story", "lines", "items", "marks"), PASSES, ids=[each[0] for each in PASSES])
def test_passes(story: str, lines: list[Line], items: list[Item], marks: list[str]) -> None:
    assert [each.mark for each in propose(lines, items)] == marks


def test_what_a_person_would_ask_about_a_proposal_is_told() -> None:
    fee, named = propose([line(1, 985_00), line(2, 40_00, 3, "EFT T-0007")], [item(9, 1_000_00), item(8, 40_00, subject="T-0007")])[::-1]
    assert (named.found, named.days, fee.fee_minor) == ("T-0007", 3, 15_00)


def test_a_rule_proposes_what_to_record_and_a_known_entry_comes_first() -> None:
    lines = [line(1, -35_00, 0, "MONTHLY FEE 0312"), line(2, -35_00, 60, "Monthly fee"), line(3, -80_00, 0, "MONTHLY FEE")]
    found = propose(lines, [item(9, -35_00)], [rule()])
    assert [(each.mark, each.rule_id) for each in found] == [("amount_and_date:1:9.1", None), ("rule:2::7.1", 7)]


def test_a_rule_records_nothing_that_waits_in_the_books() -> None:
    """Two equal fees near each other, of which one was recorded and let go again: a person says whose it is."""
    lines, waiting = [line(1, -12_00, words="MONTHLY FEE"), line(2, -12_00, 1, "MONTHLY FEE")], [item(9, -12_00)]
    assert [each.mark for each in propose(lines, waiting, [rule()])] == ["amount:1:9.1"]
    assert [each.mark for each in propose(lines, [], [rule()])] == ["rule:1::7.1", "rule:2::7.1"]


def test_what_is_in_the_books_by_now_is_not_recorded_again() -> None:
    fee, other = line(1, -35_00, words="MONTHLY FEE"), line(2, -35_00, 1, "WIRE T-0042")
    assert waiting([(fee, -35_00, None)], [fee], [item(9, -35_00, 2)]) == 1
    assert waiting([(fee, -35_00, None)], [fee], [item(9, -35_00, 40), item(8, -36_00)]) == 0
    # What the bank itself names for another line is that line's.
    assert waiting([(fee, -35_00, None)], [fee, other], [item(9, -35_00, subject="T-0042")]) == 0
    assert waiting([(fee, -15_00, 4)], [fee], [item(9, -15_00, fund_id=4)]) == 1
    assert waiting([(fee, -15_00, 4)], [fee], [item(9, -15_00, fund_id=5)]) == 0


def test_a_rule_leads_to_the_posting_its_words_name() -> None:
    led = rule(words="ACME", action="match", facts={"text": "hall"}, most_minor=None)
    items = [item(8, -90_00, text="Rent of the hall"), item(9, -90_00, text="Printing")]
    assert [each.mark for each in propose([line(1, -90_00, 0, "ACME LTD")], items, [led])] == ["rule:1:8.1:7.1"]


@pytest.mark.parametrize(
    ("words", "minor", "does"),
    [("SERVICE MONTHLY FEE", -35_00, True), ("monthly  Fee", -40_00, True), ("MONTHLY FEES", -35_00, False), ("MONTHLY FEE", 35_00, False),
     ("MONTHLY FEE", -40_01, False)],
)  # fmt: skip
def test_which_lines_a_rule_fits(words: str, minor: int, does: bool) -> None:
    assert fits(rule(), words, minor) == does


def test_words_that_come_again() -> None:
    assert words_of("INTÉRÊTS CRÉDITEURS 2026-05 no 88") == "interets crediteurs"
    assert words_of("FRAIS MENSUELS FRAIS MENSUELS DE GESTION") == "frais mensuels gestion", "each word once"


@pytest.mark.parametrize(
    ("written", "kept"),
    [("INV-7428", True), ("2026-0512-3", True), ("00411", True), ("T-0042", True), ("JANE EXAMPLE 12", False), ("Li Wu 12", False),
     ("SMITH-2026", False), ("example12", False), ("INV", False), ("", False), ("9" * 101, False)],
)  # fmt: skip
def test_the_journal_takes_a_number_for_a_reference_and_no_name(written: str, kept: bool) -> None:
    assert kept_reference(written) == (written if kept else "")


# --- what always holds ------------------------------------------------------------------------------------------------------

# Few amounts, days and words, so that everything collides.
amounts = st.sampled_from([-300_00, -200_00, -100_00, -60_00, 15_00, 60_00, 85_00, 100_00, 200_00, 300_00, 500_00])
days = st.integers(0, 25)
texts = st.sampled_from(["", "T-0001", "T-0002", "INV 4711", "MONTHLY FEE"])


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Line], list[Item]]:
    lines = [line(n, draw(amounts), draw(days), draw(texts)) for n in range(1, draw(st.integers(0, 14)) + 1)]
    items = [item(100 + n, draw(amounts), draw(days), subject=draw(texts)[:6]) for n in range(draw(st.integers(0, 14)))]
    undone = [
        Item(200 + n, 1, each.day, -each.amount_minor, reverses=each.entry) for n, each in enumerate(items) if draw(st.integers(0, 5)) == 0
    ]  # fmt: skip
    return lines, items + undone


@settings(deadline=None, max_examples=300)
@given(books(), st.randoms(use_true_random=False))
def test_nothing_is_proposed_twice_sums_agree_and_order_does_not_matter(of: tuple[list[Line], list[Item]], shuffle: random.Random) -> None:
    lines, items = of
    found = propose(lines, items, [rule()])
    numbers, places = [n for each in found for n in each.lines], [place for each in found for place in each.postings]
    assert len(numbers) == len(set(numbers)) and len(places) == len(set(places))
    by_number, by_place = {each.number: each for each in lines}, {each.place: each for each in items}
    for each in found:
        _agrees(each, [by_number[n] for n in each.lines], [by_place[place] for place in each.postings])
    shuffled = lines[:], items[:]
    shuffle.shuffle(shuffled[0])
    shuffle.shuffle(shuffled[1])
    assert propose(*shuffled, [rule()]) == found


def _agrees(proposal: Proposal, lines: list[Line], items: list[Item]) -> None:
    uneven = sum(each.amount_minor for each in items) - sum(each.amount_minor for each in lines)
    if proposal.by == "rule":
        assert not items
    elif proposal.by == "net_of_fee":
        assert uneven == proposal.fee_minor and uneven in KNOWN_FEES_MINOR
    else:
        assert uneven == 0
    claim = claimed(proposal.mark)
    assert claim is not None and (claim.by, claim.lines, claim.postings) == (proposal.by, proposal.lines, proposal.postings)
    assert holds(proposal.by, lines, items, rule() if proposal.by == "rule" else None)


@pytest.mark.parametrize("mark", ["", "reference", "hand:1:2", "reference:1:2", "reference:x:2.1", "theft:1:2.1", "reference:1:2.1+", "a:" * 400])
def test_a_mark_of_ones_own_making_is_none(mark: str) -> None:
    claim = claimed(mark)
    assert claim is None or not holds(claim.by, [], [])


def test_near_is_five_business_days_either_way() -> None:
    assert near(MON) == (date(2026, 2, 23), date(2026, 3, 9))
    assert near(date(2026, 3, 7)) == (date(2026, 3, 2), date(2026, 3, 13))


def test_many_alike_take_no_longer_than_many_different() -> None:
    """Every amount the same, and every sum possible: what would take for ever if sums were tried all."""
    lines = [line(n, 100_00, n % 28) for n in range(1, 3_001)]
    items = [item(n, 50_00, n % 28) for n in range(1, 3_001)]
    assert propose(lines, items) == []
