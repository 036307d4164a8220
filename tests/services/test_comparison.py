"""The unions' ledgers compared through the real store: case W19 whole, what people say of differences, agreements and what voids them."""

from datetime import date

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.chart import JOINT
from ledger.domain.extracts import Balance, Meaning
from ledger.domain.mirrors import Step
from ledger.domain.refusals import (
    ComparisonChanged,
    DifferenceState,
    ExtractUnbalanced,
    MonthSigned,
    NotAllowed,
    NotFound,
    RowsInvalid,
    TextInvalid,
    UnexplainedLeft,
)
from ledger.services import comparison, comparison_computing, difference_notices, differences, extract_views, extracts, home, reminders, search
from ledger.services.comparison_computing import Ready
from ledger.services.differences import Change
from ledger.services.extract_reading import Asked, ExtractFile
from ledger.services.pool import Pool
from ledger.storage.database import Connection
from tests.cases import figure_minor
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.extracts_stage import FEBRUARY, FILES, JANUARY, brought, compared, contributed, on_its_way, rated
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def january(stage: Stage) -> comparison.Comparison:
    for union in ("ue", "unifor"):
        await brought(stage, union, JANUARY)
    return await compared(stage, JANUARY)


async def agreed(stage: Stage, number: str) -> comparison.Comparison:
    for union in ("ue", "unifor"):
        found = await comparison.agree(stage.pool, stage.who[f"{union} treasurer"], stage.key(), number)
    return found


# --- W19 ------------------------------------------------------------------------------------------------------------------


async def test_w19_january_is_agreed_with_three_listed_differences(stage: Stage) -> None:
    found = await january(stage)
    assert (found.creditor_minor, found.debtor_minor) == (12_750_00, 12_141_00)
    assert found.difference_minor == figure_minor("W19", "Difference at")
    assert found.by_class == {"missing_at_debtor": 150_00, "keying": 9_00, "timing": 450_00}
    assert sum(found.by_class.values()) == figure_minor("W19", "Explained")
    assert found.unexplained_minor == figure_minor("W19", "Unexplained")
    keying = next(each for each in found.lines if each.kind == "keying")
    assert (keying.difference_minor % 9, keying.hint, keying.difference_minor) == (0, "swapped", figure_minor("W19", "Keying hint"))
    assert {(each.kind, each.owner, each.due_on) for each in found.lines} == {
        ("missing_at_debtor", "unifor", date(2026, 2, 13)), ("keying", "ue", date(2026, 2, 6)), ("timing", "ue", date(2026, 2, 6)),
    }  # fmt: skip
    assert (await agreed(stage, found.number)).standing == "agreed_with_differences"


async def test_w19_february_agrees_to_the_cent_and_resolves_all_three(stage: Stage) -> None:
    numbers = [each.number for each in (await january(stage)).lines]
    for union in ("ue", "unifor"):
        await brought(stage, union, FEBRUARY)
    found = await compared(stage, FEBRUARY)
    assert found.creditor_minor - found.debtor_minor == figure_minor("W19", "After the entries") == 0
    assert (found.lines, found.unexplained_minor) == ([], 0)
    kept = [await differences.show_difference(stage.pool, stage.who["ue treasurer"], number) for number in numbers]
    assert {each.difference.state for each in kept} == {"resolved"}
    assert {each.events[-1].what for each in kept} == {"matched"}
    assert (await agreed(stage, found.number)).standing == "agreed"


async def test_w19_january_says_what_february_showed_to_be_timing(stage: Stage) -> None:
    before = await january(stage)
    for union in ("ue", "unifor"):
        await brought(stage, union, FEBRUARY)
    await comparison.compare_now(stage.pool, stage.who["ue treasurer"], stage.key(), JANUARY)
    after = await compared(stage, JANUARY)
    assert after.by_class == {"keying": 9_00, "timing": 150_00 + 450_00}
    assert {each.later_on for each in after.lines if each.kind == "timing"} == {date(2026, 2, 3), date(2026, 2, 4)}
    assert {each.number for each in after.lines} == {each.number for each in before.lines}
    assert {each.state for each in after.lines} == {"resolved"}


# --- extracts -------------------------------------------------------------------------------------------------------------


async def test_the_same_file_again_brings_nothing_and_another_takes_its_place(stage: Stage) -> None:
    first = await brought(stage, "ue", JANUARY)
    assert (await brought(stage, "ue", JANUARY)).number == first.number
    second = await brought(stage, "ue", JANUARY, name="ue_2026-01_xero.csv", meanings=(Meaning("Due from Unifor", "CAD", "due_from", "unifor"),))
    assert second.number != first.number
    old = (await extract_views.show_extract(stage.pool, stage.who["unifor treasurer"], first.number)).extract
    assert (old.state, old.replaced_by) == ("replaced", second.number)


async def test_a_saved_profile_reads_the_next_month_by_itself(stage: Stage) -> None:
    await brought(stage, "unifor", JANUARY, save_as="acomba")
    actor = stage.who["unifor deputy"]
    file = ExtractFile("next.csv", (FILES / "unifor_2026-02_acomba.csv").read_bytes())
    document = await extracts.upload(stage.pool, actor, stage.key(), file, FEBRUARY)
    shown = await extracts.preview(stage.pool, actor, document, Asked(until=FEBRUARY, profile="acomba"))
    assert (shown.refusal, shown.layout.language, [each.name for each in shown.profiles]) == (None, "fr", ["acomba"])
    assert [(each.means, each.other_union, each.said, each.usual_opening_minor) for each in shown.accounts] == [("due_to", "ue", True, -12_141_00)]


async def test_a_saved_profile_is_not_taken_by_itself_for_another_program_s_file(stage: Stage) -> None:
    await brought(stage, "ue", JANUARY, save_as="Sage")
    content = (FILES / "ue_2026-01_xero.csv").read_bytes()
    asked = Asked(until=JANUARY, currency="CAD", meanings=(Meaning("Due from Unifor", "CAD", "due_from", "unifor"),))
    shown = await extracts.preview_file(stage.pool, stage.who["ue treasurer"], ExtractFile("xero.csv", content), asked)
    assert (shown.missing_columns, shown.refusal, shown.rows) == ([], None, 3)


async def test_nothing_is_half_brought_in(stage: Stage) -> None:
    text = (FILES / "ue_2026-01_sage50.csv").read_text()
    for broken, refusal in (
        (text.replace('"12,750.00"\n', '"12,751.00"\n').replace('"12,750.00",\n', '"12,751.00"\n'), ExtractUnbalanced),
        (text.replace("01/20/2026", "31/31/2026"), RowsInvalid),
    ):
        with pytest.raises(refusal):
            await brought(stage, "ue", JANUARY, broken.encode(), "broken.csv")
    assert (await extract_views.list_extracts(stage.pool, stage.who["ue treasurer"])).items == []


async def test_only_the_own_treasury_brings_in_and_both_read(stage: Stage) -> None:
    kept = await brought(stage, "ue", JANUARY, by="deputy")
    assert kept.union == "ue"
    assert (await extract_views.show_extract(stage.pool, stage.who["unifor board"], kept.number)).rows
    with pytest.raises(NotAllowed):
        await brought(stage, "ue", FEBRUARY, by="officer")


# --- from one cut-off to the next -----------------------------------------------------------------------------------------


def sheet(account: str, opening: str, rows: list[tuple[str, str, str, str]], closing: str) -> bytes:
    """An extract of one account: (day, document, text, amount)."""
    lines = [f",{account},,Opening balance,{opening}", *(f"{day},{account},{document},{text},{amount}" for day, document, text, amount in rows)]
    return "\n".join(["Date,Account,Reference,Text,Amount", *lines, f",{account},,Closing balance,{closing}", ""]).encode()


UE, UNIFOR = "1510 Due from Unifor CAD", "2410 Dû à UE"


async def test_an_extract_that_begins_in_an_earlier_month_leaves_open_what_was(stage: Stage) -> None:
    """February's files begin on the 20th of January: what January found before that day stays open, under its name."""
    before = {each.number for each in (await january(stage)).lines}
    late = ("2026-01-22", "2211", "Printing", "1098.00")
    await brought(stage, "ue", FEBRUARY, sheet(UE, "11652.00", [late, ("2026-02-12", "2290", "Hall", "80.00")], "12830.00"), "ue.csv")
    other = [("2026-01-23", "2211", "Impression", "-1089.00"), ("2026-01-30", "EFT 8841", "Paiement", "450.00"), ("2026-02-12", "2290", "Salle", "-80.00")]
    await brought(stage, "unifor", FEBRUARY, sheet(UNIFOR, "-11502.00", other, "-12221.00"), "unifor.csv")
    found = await compared(stage, FEBRUARY)
    assert ({each.number for each in found.lines}, found.difference_minor) == (before, 609_00)
    assert {each.state for each in found.lines} == {"open"}


async def test_an_account_that_a_later_extract_leaves_out_stands_where_it_was(stage: Stage) -> None:
    found = await january(stage)
    loan = Meaning("1600 Loan to Unifor", "CAD", "due_from", "unifor")
    rows = sheet("1600 Loan to Unifor", "0.00", [("2026-02-12", "2290", "Hall", "80.00")], "80.00")
    await brought(stage, "ue", FEBRUARY, rows, "loan.csv", meanings=(loan,))
    await brought(stage, "unifor", FEBRUARY, sheet(UNIFOR, "-12141.00", [("2026-02-12", "2290", "Salle", "-80.00")], "-12221.00"), "unifor.csv")
    looked = await extracts.preview_file(stage.pool, stage.who["ue treasurer"], ExtractFile("loan.csv", rows), Asked(until=FEBRUARY, currency="CAD"))
    assert {code: each.closing_minor for (code, _), each in looked.left_out.items()} == {UE: 12_750_00}
    after = await compared(stage, FEBRUARY)
    (left,) = after.left_out
    assert (left.side, left.code, left.extract, left.closing_minor) == ("creditor", UE, found.creditor_extract, 12_750_00)
    assert (after.creditor_minor, after.difference_minor) == (12_830_00, 609_00)
    assert {each.number for each in after.lines} == {each.number for each in found.lines}


async def _with_cents(stage: Stage) -> comparison.Comparison:
    """An agreement lets five dollars be; both books differ by two cents on one paper."""
    await between.agreed_agreement(stage, terms=msgspec.structs.replace(between.EQUALISED, debt_currency="CAD", tolerance_minor=5_00))
    await brought(stage, "ue", JANUARY, sheet(UE, "0.00", [("2026-01-12", "2290", "Hall", "80.00")], "80.00"), "ue.csv")
    await brought(stage, "unifor", JANUARY, sheet(UNIFOR, "0.00", [("2026-01-12", "2290", "Salle", "-80.02")], "-80.02"), "unifor.csv")
    return await compared(stage, JANUARY)


async def test_what_was_agreed_to_within_the_tolerance_is_not_raised_again(stage: Stage) -> None:
    found = await _with_cents(stage)
    assert (found.lines, found.unexplained_minor, found.tolerance_minor) == ([], -2, 5_00)
    await agreed(stage, found.number)
    for union, code, at in (("ue", UE, "80.00"), ("unifor", UNIFOR, "-80.02")):
        await brought(stage, union, FEBRUARY, sheet(code, at, [], at), f"{union}.csv")
    after = await compared(stage, FEBRUARY)
    assert (after.lines, after.unexplained_minor, after.accepted_minor, after.difference_minor) == ([], 0, -2, -2)
    assert (await agreed(stage, after.number)).standing == "agreed"


async def test_what_nobody_agreed_to_is_asked_again(stage: Stage) -> None:
    await _with_cents(stage)
    for union, code, at in (("ue", UE, "80.00"), ("unifor", UNIFOR, "-80.02")):
        await brought(stage, union, FEBRUARY, sheet(code, at, [], at), f"{union}.csv")
    after = await compared(stage, FEBRUARY)
    assert (after.lines, after.unexplained_minor, after.accepted_minor) == ([], -2, 0)


async def test_what_is_posted_while_a_comparison_is_computed_is_in_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The books' head is not held meanwhile: the entry goes in, and what was computed without it is computed again before it is kept."""
    ready, asked = comparison_computing.ready, 0

    async def slow(connection: Connection, ends_on: date, later: bool = True) -> Ready:
        nonlocal asked
        computed = await ready(connection, ends_on, later)
        asked += 1
        if asked == 1:
            await _lent(stage)
        return computed

    monkeypatch.setattr(comparison, "ready", slow)
    numbers = await comparison.compare_now(stage.pool, stage.who["ue treasurer"], stage.key(), JANUARY)
    found = await compared(stage, JANUARY)
    assert (asked, [found.number], found.pool_minor, found.lines) == (2, numbers, 5_000_00, [])


async def test_a_later_month_that_is_signed_stays_as_it_is(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An extract of a month that is open comes in, and what it changes of a signed one is found again once that is opened."""
    await january(stage)
    for union in ("ue", "unifor"):
        await brought(stage, union, FEBRUARY)
    signed = await compared(stage, FEBRUARY)

    async def refuse(connection: Connection, first: date) -> None:
        if first == FEBRUARY:
            raise MonthSigned(close="CL-2026-02", date="2026-02-01", reason="locked")

    with monkeypatch.context() as closed:
        closed.setattr(comparison, "refuse_if_signed", refuse)
        # Unifor books the translation in January already: February's differences would no longer be the same.
        rows = [("2026-01-07", "INV-2198", "Conférence", "-11502.00"), ("2026-01-20", "TR-118", "Traduction", "-150.00")]
        await brought(stage, "unifor", JANUARY, sheet(UNIFOR, "0.00", rows, "-11652.00"), "again.csv")
        assert (await compared(stage, FEBRUARY)).number == signed.number
    await comparison.compare_now(stage.pool, stage.who["ue treasurer"], stage.key(), FEBRUARY)
    assert (await compared(stage, FEBRUARY)).number != signed.number


# --- people ---------------------------------------------------------------------------------------------------------------


async def test_a_class_that_a_person_gave_holds_and_voids_what_was_agreed(stage: Stage) -> None:
    found = await january(stage)
    await agreed(stage, found.number)
    line = next(each for each in found.lines if each.kind == "missing_at_debtor")
    who = stage.who["unifor treasurer"]
    await differences.change(stage.pool, who, stage.key(), line.number, Change(kind="disputed", remark="Nobody ordered it"))
    again = await compared(stage, JANUARY)
    assert (again.standing, again.number != found.number) == ("open", True)
    assert again.by_class["disputed"] == 150_00
    await comparison.compare_now(stage.pool, stage.who["ue treasurer"], stage.key(), JANUARY)
    assert (await compared(stage, JANUARY)).number == again.number
    with pytest.raises(ComparisonChanged):
        await comparison.agree(stage.pool, who, stage.key(), found.number)


async def test_a_class_reaches_every_open_cut_off_that_found_it(stage: Stage) -> None:
    line = next(each for each in (await january(stage)).lines if each.kind == "missing_at_debtor")
    await comparison.compare_now(stage.pool, stage.who["ue treasurer"], stage.key(), date(2026, 2, 15))
    await differences.change(stage.pool, stage.who["unifor treasurer"], stage.key(), line.number, Change(kind="disputed"))
    for day in (JANUARY, date(2026, 2, 15)):
        assert (await compared(stage, day)).by_class["disputed"] == 150_00, day


async def test_both_unions_speak_in_one_thread(stage: Stage) -> None:
    line = (await january(stage)).lines[0]
    for union in ("ue", "unifor"):
        await differences.change(stage.pool, stage.who[f"{union} treasurer"], stage.key(), line.number, Change(remark=f"Said by {union}"))
    await differences.change(stage.pool, stage.who["ue deputy"], stage.key(), line.number, Change(owner="ue", due_on=date(2026, 3, 2)))
    view = await differences.show_difference(stage.pool, stage.who["ue board"], line.number)
    assert [(each.what, each.union) for each in view.events] == [("found", "ue"), ("said", "ue"), ("said", "unifor"), ("changed", "ue")]
    assert (view.difference.owner, view.difference.due_on) == ("ue", date(2026, 3, 2))
    with pytest.raises(TextInvalid):
        await differences.change(stage.pool, stage.who["ue treasurer"], stage.key(), line.number, Change())


async def test_resolved_by_hand_with_a_reason_and_opened_again_by_the_next_cut_off(stage: Stage) -> None:
    line = (await january(stage)).lines[0]
    who = stage.who["ue treasurer"]
    with pytest.raises(TextInvalid):
        await differences.resolve(stage.pool, who, stage.key(), line.number, " ")
    await differences.resolve(stage.pool, who, stage.key(), line.number, "Unifor books it in February")
    with pytest.raises(DifferenceState):
        await differences.resolve(stage.pool, who, stage.key(), line.number, "again")
    await comparison.compare_now(stage.pool, who, stage.key(), JANUARY)
    assert (await differences.show_difference(stage.pool, who, line.number)).difference.state == "resolved"
    rows = ["Date,Account,Reference,Text,Amount", *(f",2410 Dû à UE,,{which} balance,-12141.00" for which in ("Opening", "Closing"))]
    nothing_new = "\n".join(rows).encode()
    await brought(stage, "unifor", FEBRUARY, nothing_new, "february.csv")
    view = await differences.show_difference(stage.pool, who, line.number)
    assert (view.difference.state, view.events[-1].what, view.difference.last_seen) == ("open", "found_again", FEBRUARY)


async def test_more_than_the_tolerance_unexplained_is_not_agreed_to(stage: Stage) -> None:
    text = (FILES / "ue_2026-01_sage50.csv").read_text().replace("0.00\n", "7.77\n", 1)
    for before in ("11,502.00", "11,652.00", "12,750.00"):
        text = text.replace(f',"{before}"\n', f',"{before[:-2]}77"\n')
    lines = [each for each in text.splitlines() if "Closing" not in each]
    key = ("1510 Due from Unifor CAD", "CAD")
    await brought(stage, "ue", JANUARY, "\n".join(lines).encode(), "odd.csv", (Balance(*key, None, 12_757_77),))
    await brought(stage, "unifor", JANUARY)
    found = await compared(stage, JANUARY)
    assert found.unexplained_minor == found.by_class["unexplained"] == 7_77
    with pytest.raises(UnexplainedLeft):
        await comparison.agree(stage.pool, stage.who["ue treasurer"], stage.key(), found.number)
    number = next(each.number for each in found.lines if each.kind == "unexplained")
    with pytest.raises(DifferenceState) as caught:
        await differences.resolve(stage.pool, stage.who["ue treasurer"], stage.key(), number, "done")
    assert caught.value.params["reason"] == "unexplained", "without a class it would stand in the way, out of sight"


async def test_a_documents_id_opens_nothing_that_was_not_sent_as_an_extract(stage: Stage) -> None:
    """What the other union sent and has not brought in is not there; the same bytes sent by each are each one's own."""
    content = (FILES / "ue_2026-01_sage50.csv").read_bytes()
    ue, unifor = stage.who["ue treasurer"], stage.who["unifor treasurer"]
    sent = await extracts.upload(stage.pool, ue, stage.key(), ExtractFile("ours.csv", content), JANUARY)
    asked = Asked(until=JANUARY, currency="CAD", meanings=())
    with pytest.raises(NotFound):
        await extracts.preview(stage.pool, unifor, sent, asked, "en")
    assert await extracts.upload(stage.pool, unifor, stage.key(), ExtractFile("same.csv", content), JANUARY) != sent


async def test_a_new_extract_voids_what_was_agreed(stage: Stage) -> None:
    found = await january(stage)
    await agreed(stage, found.number)
    text = (FILES / "ue_2026-01_sage50.csv").read_text().replace("Translation of the bulletin", "Translation")
    await brought(stage, "ue", JANUARY, text.encode(), "again.csv")
    again = await compared(stage, JANUARY)
    assert again.number != found.number and again.agreed == []


async def test_what_an_extract_no_longer_says_is_asked_of_nobody(stage: Stage) -> None:
    rows = b"Date,Account,Reference,Memo,Amount,Balance\n2026-01-13,2510 Unifor,88,Hall,-500.00,-500.00"
    for means, creditor, debtor in (("due_from", "ue", "unifor"), ("due_to", "unifor", "ue")):
        told = rows + f"\n2026-01-14,2510 Unifor,{means},Van,-20.00,-520.00".encode()
        await brought(stage, "ue", JANUARY, told, f"{means}.csv", meanings=(Meaning("2510 Unifor", "CAD", means, "unifor"),))
        cutoff = await comparison.show_cutoff(stage.pool, stage.who["ue treasurer"], JANUARY)
        assert [(each.creditor, each.debtor) for each in cutoff.comparisons] == [(creditor, debtor)]
    listed = await differences.list_differences(stage.pool, stage.who["ue treasurer"], "open")
    assert {(each.creditor, each.debtor) for each in listed.items} == {("unifor", "ue")}


# --- the pool's own books ---------------------------------------------------------------------------------------------------


async def _lent(stage: Stage) -> Step:
    loan = await between.agreed_loan(stage, starts_on=date(2026, 1, 10), currency="CAD", lender="ue", borrower="unifor", borrower_fund="GEN")
    return await between.moved(stage, loan, "loan_drawdown", 5_000_00, date(2026, 1, 12), by="ue", reference="WIRE 5512")


async def test_where_nobody_uploaded_the_pool_s_books_stand_and_agree(stage: Stage) -> None:
    await _lent(stage)
    async with stage.pool.database.reading() as connection:
        (found,) = await comparison.at_cutoff(connection, JANUARY)
    assert (found.creditor_basis, found.debtor_basis, found.number) == ("pool", "pool", "")
    assert (found.creditor_minor, found.debtor_minor, found.pool_minor, found.lines) == (5_000_00, 5_000_00, 5_000_00, [])


async def test_one_extract_is_held_against_the_pool_s_book_of_the_other(stage: Stage) -> None:
    step = await _lent(stage)
    rows = [
        "Date,Account,Reference,Memo,Amount,Balance", f"2026-01-13,1600 Loan to Unifor,{step.number},Drawn,5000.00,5000.00",
        "2026-01-20,1600 Loan to Unifor,88,Interest,12.50,5012.50",
    ]  # fmt: skip
    await brought(stage, "ue", JANUARY, "\n".join(rows).encode(), "loan.csv", meanings=(Meaning("1600 Loan to Unifor", "CAD", "due_from", "unifor"),))
    found = await compared(stage, JANUARY)
    assert (found.creditor_basis, found.debtor_basis, found.passes) == ("extract", "pool", {"number": 1})
    assert [(each.kind, each.owner, each.pool_minor) for each in found.lines] == [("missing_at_debtor", "unifor", None)]


async def test_what_is_due_waits_for_its_owner(stage: Stage) -> None:
    line = next(each for each in (await january(stage)).lines if each.owner == "unifor")
    rows = await home.waiting(stage.pool, stage.who["unifor treasurer"])
    assert ("settle_difference", line.number) in {(each.kind, each.subject) for each in rows}
    assert "agree_comparison" in {each.kind for each in rows}
    assert line.number not in {each.subject for each in await home.waiting(stage.pool, stage.who["ue treasurer"])}


async def test_what_only_the_pool_has_and_what_it_lacks_is_listed(stage: Stage) -> None:
    """Both unions' own books agree with each other; the pool's journal has another thing."""
    await _lent(stage)
    for union, code, sign in (("ue", "1600 Loan to Unifor", ""), ("unifor", "2600 Loan of UE", "-")):
        means = Meaning(code, "CAD", "due_from" if union == "ue" else "due_to", "unifor" if union == "ue" else "ue")
        rows = sheet(code, "0.00", [("2026-01-20", "7781", "Booked between us", f"{sign}12.50")], f"{sign}12.50")
        await brought(stage, union, JANUARY, rows, f"{union}.csv", meanings=(means,))
    found = await compared(stage, JANUARY)
    assert {(each.kind, each.hint, each.difference_minor, each.pool_minor) for each in found.lines} == {
        ("missing_at_creditor", "pool_only", 0, 5_000_00), ("missing_at_pool", "", 0, None),
    }  # fmt: skip
    assert (found.difference_minor, found.unexplained_minor, found.passes) == (0, 0, {"reference": 1})
    line = next(each for each in found.lines if each.kind == "missing_at_pool")
    await differences.resolve(stage.pool, stage.who["ue treasurer"], stage.key(), line.number, "Not the pool's affair")
    for union, code, at in (("ue", "1600 Loan to Unifor", "12.50"), ("unifor", "2600 Loan of UE", "-12.50")):
        await brought(stage, union, FEBRUARY, sheet(code, at, [], at), f"{union}.csv", meanings=())
    assert [(each.hint, each.state) for each in (await compared(stage, FEBRUARY)).lines] == [("pool_only", "open")]


# --- what a union paid in, and has on its way -------------------------------------------------------------------------------


async def _with_pool(stage: Stage, about: str) -> comparison.Comparison:
    cutoff = await comparison.show_cutoff(stage.pool, stage.who["ue treasurer"], JANUARY)
    return next(each for each in cutoff.comparisons if each.about == about)


async def test_what_a_union_says_it_paid_in_is_held_against_what_the_pool_received(stage: Stage) -> None:
    """One is the same, one the pool has of another amount, one it lacks, one only it has; a balance from before the year counts for nothing."""
    received = (("EFT 5501", 50_000_00, date(2026, 1, 12)), ("EFT 5502", 1_089_00, date(2026, 1, 14)), ("EFT 5503", 75_00, date(2026, 1, 15)))
    for reference, minor, day in received:
        await contributed(stage, minor, day, reference)
    rows = [
        ("2026-01-11", "EFT 5501", "Contribution", "50000.00"), ("2026-01-14", "EFT 5502", "Contribution", "1098.00"),
        ("2026-01-15", "EFT 5504", "Contribution", "200.00"),
    ]  # fmt: skip
    means = Meaning("5300 Contributions versées", "CAD", "contributions")
    await brought(stage, "unifor", JANUARY, sheet("5300 Contributions versées", "900.00", rows, "52198.00"), "paid.csv", meanings=(means,))
    found = await _with_pool(stage, "contributions")
    assert (found.creditor, found.debtor, found.creditor_minor, found.debtor_minor) == ("unifor", JOINT, 51_298_00, 51_164_00)
    assert {(each.kind, each.difference_minor, each.owner) for each in found.lines} == {
        ("keying", 9_00, "unifor"), ("missing_at_debtor", 200_00, "unifor"), ("missing_at_creditor", -75_00, "unifor"),
    }  # fmt: skip
    assert (found.parties, found.unexplained_minor) == (["ue", "unifor"], 0)
    async with stage.pool.database.reading() as connection:
        assert [each.about for each in await comparison.at_cutoff(connection, JANUARY)] == ["contributions"], "no debt stands between the unions"
    await comparison.agree(stage.pool, stage.who["ue treasurer"], stage.key(), found.number)
    assert (await comparison.agree(stage.pool, stage.who["unifor treasurer"], stage.key(), found.number)).standing == "agreed_with_differences"


async def test_what_is_on_its_way_by_a_union_s_books_is_held_against_the_pool_s(stage: Stage) -> None:
    sent = await on_its_way(stage, 3_000_00, date(2026, 1, 20))
    rows = [("2026-01-20", sent, "To the other trust account", "3000.00"), ("2026-01-30", "EFT 77", "Contribution", "500.00")]
    means = Meaning("1290 In transit", "CAD", "in_transit")
    await brought(stage, "unifor", JANUARY, sheet("1290 In transit", "0.00", rows, "3500.00"), "transit.csv", meanings=(means,))
    found = await _with_pool(stage, "in_transit")
    assert (found.creditor_minor, found.debtor_minor, found.passes) == (3_500_00, 3_000_00, {"number": 1})
    assert [(each.kind, each.hint, each.difference_minor) for each in found.lines] == [("timing", "near_cutoff", 500_00)]


# --- two currencies -----------------------------------------------------------------------------------------------------------


async def test_what_the_other_has_in_another_currency_is_a_matter_of_rates(stage: Stage) -> None:
    """UE books invoice 2290 in USD; Unifor has it in CAD, at about the rate of its day."""
    await rated(stage, date(2026, 1, 9), "1.3700")
    usd = Meaning("1500 Due from Unifor USD", "USD", "due_from", "unifor")
    await brought(stage, "ue", JANUARY, sheet(usd.code, "0.00", [("2026-01-12", "2290", "Hall", "1000.00")], "1000.00"), "usd.csv", meanings=(usd,))
    await brought(stage, "unifor", JANUARY, sheet(UNIFOR, "0.00", [("2026-01-13", "2290", "Salle", "-1381.20")], "-1381.20"), "cad.csv")
    cutoff = await comparison.show_cutoff(stage.pool, stage.who["ue treasurer"], JANUARY)
    lines = {each.currency: each.lines[0] for each in cutoff.comparisons if each.creditor == "ue"}
    assert {each.kind for each in lines.values()} == {"fx_rate"}
    assert (lines["USD"].other_currency, lines["USD"].other_minor) == ("CAD", 1_381_20)
    assert (lines["CAD"].other_currency, lines["CAD"].other_minor) == ("USD", 1_000_00)


# --- who is told, and where it is found ---------------------------------------------------------------------------------------


async def told(stage: Stage, who: str) -> list[tuple[str, str]]:
    async with stage.pool.database.reading() as connection:
        rows = await connection.fetch(
            "SELECT kind, subject FROM notices WHERE person_id = $1 AND kind LIKE 'difference_%' ORDER BY id", stage.who[who].person_id
        )
    return [(row["kind"], row["subject"]) for row in rows]


async def test_who_a_difference_is_handed_to_is_told_and_told_again_once_a_week_when_it_is_late(stage: Stage) -> None:
    line = next(each for each in (await january(stage)).lines if each.owner == "unifor")
    await differences.change(stage.pool, stage.who["unifor deputy"], stage.key(), line.number, Change(owner="ue", due_on=date(2026, 2, 20)))
    assert await told(stage, "ue treasurer") == await told(stage, "ue deputy") == [("difference_handed", line.number)]
    assert await told(stage, "unifor treasurer") == await told(stage, "unifor deputy") == await told(stage, "ue board") == []
    found = await _overdue(stage, date(2026, 2, 21))
    assert (line.number, "2026-02-20 0") in found and (line.number, "2026-02-20 1") in await _overdue(stage, date(2026, 2, 28))
    assert line.number not in {number for number, _ in await _overdue(stage, date(2026, 2, 20))}
    await reminders.remind(stage.pool, [difference_notices.overdue])
    await reminders.remind(stage.pool, [difference_notices.overdue])
    assert [each for each in await told(stage, "ue treasurer") if each[1] == line.number] == [
        ("difference_handed", line.number), ("difference_overdue", line.number),
    ]  # fmt: skip


async def _overdue(stage: Stage, today: date) -> set[tuple[str, str]]:
    async with stage.pool.database.reading() as connection:
        return {(each.subject, each.once) for each in await difference_notices.overdue(connection, today)}


async def test_differences_and_extracts_are_found_by_their_numbers(stage: Stage) -> None:
    found = await january(stage)
    for typed, place in (
        (found.lines[0].number, f"/comparison/differences/{found.lines[0].number}"), ("lx 1", "/extracts/LX-0001"), ("LX-0099", None), ("df 99", None),
    ):
        assert (await search.search(stage.pool, stage.who["ue board"], typed)).exact == place, typed
