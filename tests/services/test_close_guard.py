"""What a fixed or signed report rests on cannot be taken back until both unions open the month again: bank, extracts, comparisons, one door each."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.closes import Close, Made, Status
from ledger.domain.refusals import Refusal
from ledger.services import (
    bank_match_views,
    bank_matching,
    bank_reconciliation,
    bank_starts,
    bank_statements,
    close_signing,
    closes,
    comparison,
    differences,
    extracts,
    journal,
)
from ledger.services.differences import Change
from ledger.services.extract_reading import Asked, ExtractFile
from ledger.services.pool import Pool
from reports.reconciliation.fixed import make
from tests.conftest import Clock
from tests.services import bank_stage, close_stage, requests_stage
from tests.services.bank_stage import line, statement
from tests.services.close_stage import JUNE
from tests.services.extracts_stage import MEANINGS, brought, compared, june
from tests.services.test_journal import refused

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAYS, END = (date(2026, 6, 1), date(2026, 6, 30)), date(2026, 6, 30)


class Stage(msgspec.Struct):
    """June with Unifor's account reconciled, UE's brought in and listed, and both ledgers compared and agreed with their differences."""

    close: close_stage.Stage
    people: requests_stage.Stage
    unifor: int
    ue: int

    @property
    def pool(self) -> Pool:
        return self.close.pool

    async def signed(self) -> None:
        await self.close.fix()
        for who in (self.close.ue, self.close.unifor):
            await self.close.sign(who)

    async def undo(self) -> Any:
        who = self.people.who["unifor deputy"]
        return await bank_reconciliation.undo_reconciliation(self.pool, who, self.people.key(), self.unifor, END, "The bank called")

    async def reconcile(self, day: date = END) -> Any:
        return await bank_reconciliation.reconcile(self.pool, self.people.who["unifor deputy"], self.people.key(), self.unifor, day)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    people = await requests_stage.set_stage(pool, ue, unifor)
    close = await close_stage.set_stage(pool, clock, ue, unifor)
    made = Stage(close, people, await people.bank("unifor"), await people.bank("ue"))
    await bank_stage.imported(people, statement(0, [line(1, date(2026, 6, 10), 50_000_00), line(2, date(2026, 6, 12), -31_420_00)], DAYS))
    marks = [each.mark for each in await bank_match_views.propose(pool, unifor, made.unifor)]
    await bank_matching.accept(pool, unifor, people.key(), made.unifor, marks)
    await made.reconcile()
    lines = [line(1, date(2026, 6, 10), 20_000_00), line(2, date(2026, 6, 12), -4_317_25)]
    await bank_stage.imported(people, statement(0, lines, DAYS, currency="USD"), by="ue treasurer", name="ue.csv")
    for union, name in (("ue", "ue_2026-01_sage50.csv"), ("unifor", "unifor_2026-01_acomba.csv")):
        await brought(people, union, END, june(name), name)
    number = (await compared(people, END)).number
    for who in (ue, unifor):
        await comparison.agree(pool, who, people.key(), number)
    await close.listed("matched")
    return made


async def _keying(stage: Stage) -> str:
    return next(each.number for each in (await compared(stage.people, END)).lines if each.kind == "keying")


async def _classed(stage: Stage) -> Any:
    return await differences.change(stage.pool, stage.close.ue, stage.people.key(), await _keying(stage), Change(kind="disputed"))


async def _extract(stage: Stage) -> Any:
    content = june("ue_2026-01_sage50.csv").replace(b"Staff lent in December", b"Staff lent in May")
    return await brought(stage.people, "ue", END, content, "ue_again.csv")


TAKE_BACK: tuple[tuple[str, Callable[[Stage], Awaitable[Any]]], ...] = (
    ("the reconciliation", Stage.undo),
    ("the statement", lambda s: bank_statements.withdraw_statement(s.pool, s.close.ue, s.people.key(), "BS-0002", "Another account’s")),
    ("the start", lambda s: bank_starts.set_start(s.pool, s.close.ue, s.people.key(), s.ue, [])),
    ("the class of a difference", _classed),
    ("the extract", _extract),
)  # fmt: skip
NAMES = [name for name, _ in TAKE_BACK]


def _step(stage: Stage, name: str) -> Awaitable[Any]:
    return dict(TAKE_BACK)[name](stage)


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_is_taken_back_of_a_month_before_it_is_opened_again(stage: Stage, name: str) -> None:
    await stage.close.fix()
    waits = await refused(_step(stage, name), "month_signed")
    assert (waits.params["close"], waits.params["reason"]) == (JUNE, "fixed")
    for who in (stage.close.ue, stage.close.unifor):
        await stage.close.sign(who)
    assert (await refused(_step(stage, name), "month_signed")).params["reason"] == "locked"
    shown = await closes.show_close(stage.pool, stage.close.ue, JUNE)
    assert [step.name for step in shown.steps if not step.is_done] == [], "what was signed is as it was"
    await close_signing.ask_to_reopen(stage.pool, stage.close.ue, stage.close.key(), JUNE, "The bank called")
    await refused(_step(stage, name), "month_signed")
    await close_signing.reopen(stage.pool, stage.close.unifor, stage.close.key(), JUNE, "Agreed")
    await _step(stage, name)


async def test_a_look_at_another_extract_of_a_fixed_month_says_that_it_cannot_come_in(stage: Stage) -> None:
    await stage.close.fix()
    asked = Asked(until=END, currency="CAD", meanings=MEANINGS["ue"])
    same = june("ue_2026-01_sage50.csv")
    seen = [
        await extracts.preview_file(stage.pool, stage.close.ue, ExtractFile("ue.csv", content), asked)
        for content in (same, same.replace(b"Staff lent in December", b"Staff lent in May"))
    ]
    assert [each.refusal and each.refusal.code for each in seen] == [None, "month_signed"]
    assert seen[0].known, "the same again brings nothing and is no change"


async def test_what_came_after_the_report_and_what_changes_nothing_of_it_go_on(stage: Stage) -> None:
    await stage.signed()
    again = await brought(stage.people, "ue", END, june("ue_2026-01_sage50.csv"), "ue_2026-01_sage50.csv")
    assert again.number == "LX-0001", "the same file brings nothing"
    pool, who = stage.pool, stage.close.ue
    kept = await comparison.compare_now(pool, who, stage.people.key(), END)
    assert kept == [each.number for each in (await comparison.show_cutoff(pool, who, END)).comparisons], "compared again, the same is found"
    told = await differences.change(pool, who, stage.people.key(), await _keying(stage), Change(owner="unifor", remark="We mend it"))
    assert told.owner == "unifor", "the work on a difference goes on"
    july = statement(18_580_00, [], (date(2026, 7, 1), date(2026, 7, 4)))
    (number,) = await bank_stage.imported(stage.people, july, name="july.csv")
    await stage.reconcile(date(2026, 7, 4))
    await bank_reconciliation.undo_reconciliation(
        pool, stage.people.who["unifor deputy"], stage.people.key(), stage.unifor, date(2026, 7, 4), "Too early"
    )
    gone = await bank_statements.withdraw_statement(pool, stage.close.unifor, stage.people.key(), number, "Half a month")
    assert gone.state == "withdrawn", "July is nobody’s report yet"


async def test_a_statement_brought_into_a_signed_month_afterwards_may_be_withdrawn(stage: Stage) -> None:
    withdraw = TAKE_BACK[1][1]
    await withdraw(stage)
    await stage.close.listed("statements", "matched")
    await stage.signed()
    stage.close.clock.now += timedelta(minutes=1)
    lines = [line(1, date(2026, 6, 10), 20_000_00)]
    (number,) = await bank_stage.imported(stage.people, statement(0, lines, DAYS, currency="USD"), by="ue treasurer", name="wrong.csv")
    gone = await bank_statements.withdraw_statement(stage.pool, stage.close.ue, stage.people.key(), number, "Another account’s")
    assert gone.state == "withdrawn", "the report did not rest on it"


async def test_a_reversal_dated_in_the_next_month_is_let_in_and_the_signed_report_says_superseded(stage: Stage) -> None:
    await stage.signed()
    undone = await journal.reverse(stage.pool, stage.close.ue, stage.close.key(), 4, date(2026, 7, 2), "It was not ours")
    shown = await closes.show_close(stage.pool, stage.close.ue, JUNE)
    assert (shown.close.state, [(each.number, each.changes_figures) for each in shown.later]) == ("locked", [(undone.number, False)])
    listed = {each.close.number: each.superseded for each in await closes.list_closes(stage.pool, stage.close.ue)}
    assert listed == {"CL-2026-07": False, JUNE: True}


# --- at once --------------------------------------------------------------------------------------------------------------


async def test_undoing_and_signing_at_once_leaves_what_was_signed(stage: Stage) -> None:
    await stage.close.fix()
    await stage.close.sign(stage.close.ue)
    signed, undone = await asyncio.gather(stage.close.sign(stage.close.unifor), stage.undo(), return_exceptions=True)
    assert isinstance(signed, Close) and signed.state == "locked"
    assert isinstance(undone, Refusal) and undone.code == "month_signed"


@pytest.mark.parametrize("name", ["the reconciliation", "the extract"])
async def test_fixing_and_taking_back_at_once_one_of_them_is_refused(stage: Stage, name: str) -> None:
    outcomes = await asyncio.gather(stage.close.fix(), _step(stage, name), return_exceptions=True)
    codes = [each.code if isinstance(each, Refusal) else None for each in outcomes]
    assert codes in ([None, "month_signed"], ["close_not_ready", None])
    shown = await closes.show_close(stage.pool, stage.close.ue, JUNE)
    proved = {step.name: step.is_done for step in shown.steps}
    assert (shown.close.state == "fixed") == (proved["matched"] and proved["compared"])


@pytest.mark.parametrize("done_again", [False, True])
async def test_what_is_taken_back_while_the_report_is_made_keeps_it_from_being_kept(stage: Stage, done_again: bool) -> None:
    async def made_meanwhile(pool: Pool, close: Close, status: Status, version: int) -> Made:
        await stage.undo()
        made = await make(pool, close, status, version)
        if done_again:
            await stage.reconcile()
        return made

    refusal = await refused(closes.fix_report(stage.pool, stage.close.ue, stage.close.key(), JUNE, made_meanwhile), "close_not_ready")
    assert refusal.params.get("reason") == ("changed" if done_again else None)
    assert (await closes.show_close(stage.pool, stage.close.ue, JUNE)).versions == []
