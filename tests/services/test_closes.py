"""The close of a period through the real store: W20 with its refusals, both signatures, what becomes of a signed report, and opening it again."""

from datetime import date

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.closes import Step
from ledger.domain.extracts import Meaning
from ledger.services import close_signing, closes, comparison, differences, journal, notices, periods
from ledger.services.close_signing import Sign
from ledger.services.differences import Change
from ledger.services.pool import Pool
from reports.reconciliation.fixed import make
from reports.registry import Query, build_report
from tests.conftest import Clock
from tests.services import requests_stage
from tests.services.close_stage import JUNE, NET, PASSWORD, UE_BANK, Stage, set_stage
from tests.services.extracts_stage import brought, contributed
from tests.services.test_comparison import sheet
from tests.services.test_funds import post
from tests.services.test_journal import refused

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


async def told(stage: Stage, actor: Actor) -> list[str]:
    """The kinds of a person's notices, newest first."""
    return [each.kind for each in (await notices.list_notices(stage.pool, actor)).items]


async def states(pool: Pool, actor: Actor) -> list[tuple[str, str]]:
    return [(str(each.starts_on), each.state) for each in await periods.list_periods(pool, actor, "joint")]


async def test_w20_a_quarter_s_end_signed_by_both_is_locked_and_offers_the_first_open_day(stage: Stage) -> None:
    report = await stage.fix()
    assert (report.version, report.status, await states(stage.pool, stage.ue)) == (1, "agreed_with_differences", [("2026-06-01", "soft_closed")])
    assert (await stage.sign(stage.ue)).state == "fixed"
    assert (await stage.sign(stage.unifor)).state == "locked"
    assert await states(stage.pool, stage.ue) == [("2026-06-01", "closed")]
    late = [("Expense:Organizing", "USD", 1_00), (UE_BANK, "USD", -1_00)]
    refusal = await refused(post(stage.pool, stage.ue, "2026-06-29", "Late", "GEN", late), "period_closed")
    assert refusal.params["first_open_date"] == "2026-07-01"
    posted = await post(stage.pool, stage.ue, refusal.params["first_open_date"], "Late", "GEN", late, effective_date=date(2026, 6, 29))
    assert posted.number, "it enters on the first open day, in effect since its own (W20 R1)"


async def test_w20_r2_one_treasurer_alone_opens_nothing_and_both_make_a_new_version(stage: Stage) -> None:
    await stage.fix()
    await stage.sign(stage.ue)
    await stage.sign(stage.unifor)
    await refused(close_signing.reopen(stage.pool, stage.ue, stage.key(), JUNE, "A bill came late"), "second_signature_required")
    await close_signing.ask_to_reopen(stage.pool, stage.ue, stage.key(), JUNE, "A bill came late")
    assert (await told(stage, stage.unifor))[0] == "close_reopening"
    await refused(close_signing.reopen(stage.pool, stage.ue, stage.key(), JUNE, "A bill came late"), "second_signature_required")
    assert (await close_signing.reopen(stage.pool, stage.unifor, stage.key(), JUNE, "Agreed")).state == "reopened"
    assert await states(stage.pool, stage.ue) == [("2026-06-01", "open")]
    await refused(close_signing.reopen(stage.pool, stage.unifor, stage.key(), JUNE, "Again"), "close_state")
    await post(stage.pool, stage.ue, "2026-06-29", "Late", "GEN", [("Expense:Organizing", "USD", 1_00), (UE_BANK, "USD", -1_00)])
    second = await stage.fix()
    shown = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert (second.version, [each.version for each in shown.versions], shown.signatures) == (2, [2, 1], [])
    first = await closes.read_file(stage.pool, stage.ue, JUNE, 1, "pdf_fr")
    assert first.startswith(b"%PDF-") and first != await closes.read_file(stage.pool, stage.ue, JUNE, 2, "pdf_fr"), "the old one is kept"


async def test_nothing_is_fixed_before_its_period_is_over_or_with_a_step_missing(stage: Stage) -> None:
    await refused(stage.fix("CL-2026-07"), "period_not_over")
    suspense = [("Expense:Organizing", "USD", 5_00), ("Liabilities:Suspense", "USD", -5_00)]
    await post(stage.pool, stage.ue, "2026-06-15", "Whose is it", "GEN", suspense)
    refusal = await refused(stage.fix(), "close_not_ready")
    assert refusal.params["steps"] == ["suspense"]
    await refused(closes.confirm_step(stage.pool, stage.ue, stage.key(), JUNE, "suspense"), "text_invalid")
    await closes.confirm_step(stage.pool, stage.ue, stage.key(), JUNE, "suspense", "A donor is asked")
    await refused(stage.fix(), "close_not_ready")
    await closes.confirm_step(stage.pool, stage.unifor, stage.key(), JUNE, "suspense", "A donor is asked")
    assert (await stage.fix()).status == "agreed_with_differences"


async def test_what_was_confirmed_counts_no_longer_once_it_is_something_else(stage: Stage) -> None:
    suspense = [("Expense:Organizing", "USD", 5_00), ("Liabilities:Suspense", "USD", -5_00)]
    await post(stage.pool, stage.ue, "2026-06-15", "Whose is it", "GEN", suspense)
    await closes.confirm_step(stage.pool, stage.ue, stage.key(), JUNE, "suspense", "A donor is asked")
    before = await closes.show_close(stage.pool, stage.ue, JUNE)
    await post(stage.pool, stage.ue, "2026-06-16", "And this", "GEN", suspense)
    after = await closes.show_close(stage.pool, stage.ue, JUNE)
    done = [{step.name: step.done for step in shown.steps}["suspense"] for shown in (before, after)]
    assert done == [{"ue": True, "unifor": False}, {"ue": False, "unifor": False}]


async def test_signing_takes_the_password_again_and_each_union_signs_once(stage: Stage) -> None:
    await refused(stage.sign(stage.ue), "close_state")
    await stage.fix()
    await refused(stage.sign(stage.ue, password="not that one at all"), "signature_refused")
    await stage.sign(stage.ue)
    assert (await refused(stage.sign(stage.ue), "close_state")).params["reason"] == "signed"
    assert (await refused(closes.fix_report(stage.pool, stage.unifor, stage.key(), JUNE, make), "close_state")).params["reason"] == "waits"
    (signature,) = (await closes.show_close(stage.pool, stage.ue, JUNE)).signatures
    assert (signature.union, signature.with_code, len(signature.digest)) == ("ue", False, 32)
    assert "CL-2026-06" in signature.statement


async def test_a_treasurer_who_declines_says_why_and_the_report_is_disputed_until_the_next_version(stage: Stage) -> None:
    await stage.fix()
    await refused(stage.sign(stage.unifor, decision="declined"), "text_invalid")
    await stage.sign(stage.unifor, decision="declined", remarks="Our books have CAD 100.00 more")
    disputed = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert (disputed.status, [step.name for step in disputed.steps if not step.is_done]) == ("disputed", ["fixed", "signed"])
    assert await told(stage, stage.ue) == ["close_declined"] and await told(stage, stage.unifor) == ["close_to_sign"]
    for treasurer in (stage.ue, stage.unifor):
        assert (await refused(stage.sign(treasurer), "close_state")).params["reason"] == "declined"
    assert (await stage.fix()).version == 2
    stale = Sign(version=1, decision="signed", password=PASSWORD)
    assert (await refused(close_signing.sign_report(stage.pool, stage.unifor, stage.key(), JUNE, stale, "I"), "close_state")).params["reason"] == "newer"
    shown = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert shown.status == "agreed_with_differences"
    assert [(each.version, each.remarks) for each in shown.signed_before] == [(1, "Our books have CAD 100.00 more")], "what was said of it stays in sight"


async def test_a_later_reversal_supersedes_what_was_signed_and_one_of_its_days_keeps_it_from_being_signed(stage: Stage) -> None:
    wrong = await post(stage.pool, stage.ue, "2026-06-20", "Wrong", "GEN", [("Expense:Organizing", "USD", 9_00), (UE_BANK, "USD", -9_00)])
    await stage.fix()
    undone = await journal.reverse(stage.pool, stage.ue, stage.key(), wrong.number, date(2026, 6, 30), "It was not ours")
    shown = await closes.show_close(stage.pool, stage.ue, JUNE)
    assert [(each.number, each.changes_figures) for each in shown.later] == [(undone.number, True)]
    await refused(stage.sign(stage.ue), "close_superseded")
    await stage.fix()
    await stage.sign(stage.ue)


async def test_months_are_closed_in_order_and_listed_newest_first(stage: Stage) -> None:
    listed = await closes.list_closes(stage.pool, stage.ue)
    assert [(each.close.number, each.is_over) for each in listed] == [("CL-2026-07", False), ("CL-2026-06", True)]
    await stage.fix()
    found = [(each.close.state, each.status) for each in await closes.list_closes(stage.pool, stage.ue)]
    assert found == [("open", None), ("fixed", "agreed_with_differences")]


async def test_the_first_close_shuts_every_earlier_day_once_that_was_said_and_opens_them_again_with_it(stage: Stage) -> None:
    await post(stage.pool, stage.ue, "2026-04-15", "Opening", "GEN", [(UE_BANK, "USD", 10_00), (NET, "USD", -10_00)])
    assert (await closes.show_close(stage.pool, stage.ue, JUNE)).reaches_back == date(2026, 4, 15)
    for said in (None, date(2026, 4, 1)):
        refusal = await refused(closes.fix_report(stage.pool, stage.ue, stage.key(), JUNE, make, said), "first_close")
        assert refusal.params == {"close": JUNE, "date": "2026-04-15"}
    assert await states(stage.pool, stage.ue) == []
    await closes.fix_report(stage.pool, stage.ue, stage.key(), JUNE, make, date(2026, 4, 15))
    assert await states(stage.pool, stage.ue) == [("2026-04-15", "soft_closed"), ("2026-06-01", "soft_closed")]
    for who in (stage.ue, stage.unifor):
        await stage.sign(who)
    assert await states(stage.pool, stage.ue) == [("2026-04-15", "closed"), ("2026-06-01", "closed")]
    listed = {each.close.number: each.shut_with for each in await closes.list_closes(stage.pool, stage.ue)}
    assert listed == {"CL-2026-07": None, JUNE: None, "CL-2026-05": JUNE, "CL-2026-04": JUNE}
    refusal = await refused(stage.fix("CL-2026-05"), "close_not_ready")
    assert (refusal.params["reason"], refusal.params["earlier"]) == ("before_first", JUNE)
    await close_signing.ask_to_reopen(stage.pool, stage.ue, stage.key(), JUNE, "A bill came late")
    await close_signing.reopen(stage.pool, stage.unifor, stage.key(), JUNE, "Agreed")
    assert await states(stage.pool, stage.ue) == [("2026-04-15", "open"), ("2026-06-01", "open")]


async def test_no_month_is_left_out_between_two_closes(stage: Stage) -> None:
    await stage.fix()
    stage.clock.now = stage.clock.now.replace(month=9)
    refusal = await refused(stage.fix("CL-2026-08"), "close_not_ready")
    assert refusal.params["earlier"] == "CL-2026-07"
    assert (await closes.show_close(stage.pool, stage.ue, "CL-2026-08")).reaches_back is None


async def test_the_steps_of_a_signed_month_stay_as_they_stood_when_it_was_fixed(stage: Stage) -> None:
    await stage.fix()
    for who in (stage.ue, stage.unifor):
        await stage.sign(who)
    async with stage.pool.database.writing() as connection:
        await connection.execute("INSERT INTO holidays VALUES ('CA', '2026-06-29', 'Storm', 'Tempête', 'Radio')")
    shown = {step.name: step for step in (await closes.show_close(stage.pool, stage.ue, JUNE)).steps}
    assert all(step.is_done for step in shown.values())
    assert shown["rates"].known == {"days": 22, "closing": "1.370000"}, "a holiday that was added since takes no day away"
    assert shown["statements"].listed


async def _compared(stage: Stage) -> Step:
    return next(step for step in (await closes.show_close(stage.pool, stage.ue, JUNE)).steps if step.name == "compared")


async def test_what_a_union_says_it_paid_in_holds_the_close_up_until_it_is_explained_and_agreed_to(stage: Stage) -> None:
    """Unifor's books and the pool's journal differ by CAD 1,000 of one payment: no list covers it, its treasurers' word on why does."""
    people, end = await requests_stage.set_stage(stage.pool, stage.ue, stage.unifor), date(2026, 6, 30)
    await contributed(people, 50_000_00, date(2026, 6, 11), "EFT 5501")
    means = (Meaning("5300 Contributions versées", "CAD", "contributions"),)
    rows = [("2026-06-10", "", "Contributions", "50000.00"), ("2026-06-11", "EFT 5501", "Contribution", "49000.00")]
    await brought(people, "unifor", end, sheet("5300 Contributions versées", "0.00", rows, "99000.00"), "paid.csv", meanings=means)
    left = await _compared(stage)
    assert left.facts == [["unifor", "joint", -1_000_00, "CAD", "contributions"]]
    assert left.left == {"ue": 1, "unifor": 1}, "both agree to what the pool has"
    assert left.known["beyond"], "so that the page offers no listing"
    await stage.listed("compared")
    assert not (await _compared(stage)).is_done, "what is unexplained nobody can list"
    (found,) = (await comparison.show_cutoff(stage.pool, stage.ue, end)).comparisons
    await differences.change(stage.pool, stage.ue, stage.key(), found.lines[0].number, Change(kind="disputed", remark="The bank was asked"))
    (found,) = (await comparison.show_cutoff(stage.pool, stage.ue, end)).comparisons
    for who in (stage.ue, stage.unifor):
        assert not (await _compared(stage)).is_done
        await comparison.agree(stage.pool, who, stage.key(), found.number)
    done = await _compared(stage)
    assert done.is_done and not done.listed and done.known["differences"] == [[-1_000_00, "CAD"]]
    june = Query(as_of=end, first=date(2026, 6, 1), last=end)
    section = (await build_report(stage.pool, stage.ue, "reconciliation", june)).sections[4]
    assert [table.name for table in section.tables] == ["ledgers", "pool-ledgers", "pool-differences"], "section E has it after what the unions owe"
    assert [row.cells[2].value for row in section.tables[1].rows] == [99_000_00, 100_000_00, -1_000_00, -1_000_00, 0]


async def test_each_union_takes_the_head_away_and_it_is_recorded(stage: Stage) -> None:
    report = await stage.fix()
    first, second = [await closes.keep_head(stage.pool, who, stage.key(), JUNE) for who in (stage.ue, stage.unifor)]
    assert first == second and report.head_hash.hex().encode() in first
    heads = (await closes.show_close(stage.pool, stage.ue, JUNE)).heads
    assert {(each.union, each.head_number) for each in heads} == {("ue", report.head_number), ("unifor", report.head_number)}


async def test_the_next_month_opens_with_what_was_reported_and_says_so(stage: Stage) -> None:
    await stage.fix()
    july = Query(as_of=date(2026, 7, 31), first=date(2026, 7, 1), last=date(2026, 7, 31))

    async def notes() -> list[tuple[str, str]]:
        document = await build_report(stage.pool, stage.ue, "reconciliation", july)
        return [(note.message, str(note.params.get("funds", ""))) for note in document.sections[0].notes]  # type: ignore[union-attr]

    assert any(message.endswith("compared, and equal.") for message, _ in await notes())
    await journal.reverse(stage.pool, stage.ue, stage.key(), 4, date(2026, 6, 30), "Of June after all")
    assert "GEN USD" in [funds for _, funds in await notes()]
