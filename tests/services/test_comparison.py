"""The unions' ledgers compared through the real store: case W19 whole, what people say of differences, agreements and what voids them."""

from datetime import date

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.extracts import Balance, Meaning
from ledger.domain.mirrors import Step
from ledger.domain.refusals import (
    ComparisonChanged,
    DifferenceState,
    ExtractUnbalanced,
    NotAllowed,
    NotFound,
    RowsInvalid,
    TextInvalid,
    UnexplainedLeft,
)
from ledger.services import comparison, differences, extracts, home
from ledger.services.differences import Change
from ledger.services.extracts import Asked, ExtractFile
from ledger.services.pool import Pool
from tests.cases import figure_minor
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.extracts_stage import FEBRUARY, FILES, JANUARY, brought, compared
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
    old = (await extracts.show_extract(stage.pool, stage.who["unifor treasurer"], first.number)).extract
    assert (old.state, old.replaced_by) == ("replaced", second.number)


async def test_a_saved_profile_reads_the_next_month_by_itself(stage: Stage) -> None:
    await brought(stage, "unifor", JANUARY, save_as="acomba")
    actor = stage.who["unifor deputy"]
    file = ExtractFile("next.csv", (FILES / "unifor_2026-02_acomba.csv").read_bytes())
    document = await extracts.upload(stage.pool, actor, stage.key(), file, FEBRUARY)
    shown = await extracts.preview(stage.pool, actor, document, Asked(until=FEBRUARY, profile="acomba"))
    assert (shown.refusal, shown.layout.language, [each.name for each in shown.profiles]) == (None, "fr", ["acomba"])
    assert [(each.means, each.other_union, each.said, each.usual_opening_minor) for each in shown.accounts] == [("due_to", "ue", True, -12_141_00)]


async def test_nothing_is_half_brought_in(stage: Stage) -> None:
    text = (FILES / "ue_2026-01_sage50.csv").read_text()
    for broken, refusal in (
        (text.replace('"12,750.00"\n', '"12,751.00"\n').replace('"12,750.00",\n', '"12,751.00"\n'), ExtractUnbalanced),
        (text.replace("01/20/2026", "31/31/2026"), RowsInvalid),
    ):
        with pytest.raises(refusal):
            await brought(stage, "ue", JANUARY, broken.encode(), "broken.csv")
    assert (await extracts.list_extracts(stage.pool, stage.who["ue treasurer"])).items == []


async def test_only_the_own_treasury_brings_in_and_both_read(stage: Stage) -> None:
    kept = await brought(stage, "ue", JANUARY, by="deputy")
    assert kept.union == "ue"
    assert (await extracts.show_extract(stage.pool, stage.who["unifor board"], kept.number)).rows
    with pytest.raises(NotAllowed):
        await brought(stage, "ue", FEBRUARY, by="officer")


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


# --- the pool's own books ---------------------------------------------------------------------------------------------------


async def _lent(stage: Stage) -> Step:
    loan = await between.agreed_loan(stage, starts_on=date(2026, 1, 10), currency="CAD", lender="ue", borrower="unifor", borrower_fund="GEN")
    return await between.moved(stage, loan, "loan_drawdown", 5_000_00, date(2026, 1, 12), by="ue", reference="WIRE 5512")


async def test_where_nobody_uploaded_the_pool_s_books_stand_and_agree(stage: Stage) -> None:
    await _lent(stage)
    async with stage.pool.database.reading() as connection:
        (found,) = await comparison.section_e(connection, JANUARY)
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
