"""Post, reverse, correct and read through the real store: keys, races, closed periods, cases W13 and W20 R1, R2."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.entries import Entry
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.money import minor_from_text
from ledger.domain.refusals import Refusal
from ledger.domain.search import understand
from ledger.services import journal, periods
from ledger.services.pool import Pool, running
from ledger.storage import entries
from ledger.storage.database import Database, open_database
from ledger.storage.entries import EntryFilter
from tests.cases import BOOKS, CASES, expected, figure_minor
from tests.conftest import Clock, add_person

Line = tuple[str, str, str, str, str]

UNIFOR_BANK, UE_BANK = "joint/Assets:Bank:Unifor-trust-CAD", "joint/Assets:Bank:UE-trust-USD"
NET = "joint/Equity:Net-assets"


def named(*lines: tuple[str, str, str, int], on: date = date(2026, 11, 23), text: str = "Something", **more: Any) -> NamedEntry:
    """An entry of (account, currency, fund, minor units)."""
    return NamedEntry(on, text, tuple(NamedPosting(*line) for line in lines), **more)


def opening(amount_minor: int, fund: str = "GEN", **more: Any) -> NamedEntry:
    return named((UE_BANK, "USD", fund, amount_minor), (NET, "USD", fund, -amount_minor), kind="opening", text="Opening balance", **more)


def paid(amount_minor: int, fund: str = "GEN", **more: Any) -> NamedEntry:
    return named(("joint/Expense:Organizing", "USD", fund, amount_minor), (UE_BANK, "USD", fund, -amount_minor), **more)


def from_case(lines: list[Line], on: str, memo: str, **more: Any) -> NamedEntry:
    postings = [(f"{BOOKS[b]}/{path}", currency, fund, minor_from_text(amount, currency)) for b, fund, path, currency, amount in lines]
    return named(*postings, on=date.fromisoformat(on), text=memo, **more)


async def balances(pool: Pool, day: date = date(2026, 12, 31)) -> dict[tuple[str, str, str, str], int]:
    """Net minor units by (fund, book, path, currency), zeros left out."""
    directory = await journal.read_directory(pool, fresh=True)
    async with pool.database.reading() as connection:
        rows = await entries.balances_on(connection, day)
    accounts, funds = directory.accounts, directory.funds
    return {
        (funds[r.fund_id].code, accounts[r.account_id].book, accounts[r.account_id].path, accounts[r.account_id].currency): r.net_minor
        for r in rows
        if r.net_minor
    }


async def refused(work: Any, code: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await work
    assert caught.value.code == code
    return caught.value


async def trail(pool: Pool) -> list[tuple[str, str, str]]:
    async with pool.database.reading() as connection:
        rows = await connection.fetch("SELECT action, outcome, details->>'code' AS code FROM audit ORDER BY recorded_at, id")
    return [(row["action"], row["outcome"], row["code"] or "") for row in rows]


# --- posting ------------------------------------------------------------------------------------------------------------


async def test_an_entry_is_recorded_as_asked(pool: Pool, ue: Actor) -> None:
    asked = opening(2_500_000, reference="BANK 17", tags=("start",), effective_date=date(2026, 1, 1))
    entry = await journal.post_entry(pool, ue, "first-entry", asked)
    assert (entry.number, entry.actor_name, entry.actor_union) == (1, "Dolores Haze-Nguyen", "ue")
    assert (entry.draft.kind, entry.draft.reference, entry.draft.tags) == ("opening", "BANK 17", ("start",))
    view = await journal.read_entry(pool, ue, 1)
    assert view.entry == entry
    assert (view.via, view.corrected_by, view.running) == ("page", [], [2_500_000, -2_500_000])
    assert await trail(pool) == [("post_entry", "done", "")]


async def test_the_same_key_gets_the_same_answer(pool: Pool, ue: Actor, unifor: Actor) -> None:
    first = await journal.post_entry(pool, ue, "key-00001", opening(100))
    again = await journal.post_entry(pool, ue, "key-00001", opening(100))
    assert first == again
    await refused(journal.post_entry(pool, ue, "key-00001", opening(101)), "idempotency_key_reused")
    await refused(journal.post_entry(pool, unifor, "key-00001", opening(100)), "idempotency_key_foreign")
    await refused(journal.post_entry(pool, ue, "short", opening(100)), "idempotency_key_invalid")
    await refused(journal.post_entry(pool, ue, "", opening(100)), "idempotency_key_missing")
    assert await balances(pool) == {("GEN", "joint", "Assets:Bank:UE-trust-USD", "USD"): 100, ("GEN", "joint", "Equity:Net-assets", "USD"): -100}


async def test_a_refusal_is_the_last_word_of_its_key(pool: Pool, ue: Actor) -> None:
    """Refused for want of money; the fund is filled; the same key is still refused, another passes."""
    await refused(journal.post_entry(pool, ue, "pay-000001", paid(5_000)), "insufficient_balance")
    await journal.post_entry(pool, ue, "open-00001", opening(5_000))
    again = await refused(journal.post_entry(pool, ue, "pay-000001", paid(5_000)), "insufficient_balance")
    assert again.params["balance_minor"] == 0
    assert (await journal.post_entry(pool, ue, "pay-000002", paid(5_000))).number == 2


ENCUMBERED = "joint/Budget:Encumbrances"
EARLY = [
    # refused before the queue: what, the request, the code
    ("a kind of a record", opening(1, **{}), {"kind": "transfer_sent"}, "choice_invalid"),
    ("an unknown account", named((NET + "x", "USD", "GEN", 1), (NET, "USD", "GEN", -1)), {}, "account_unknown"),
    ("another currency of a known account", named((UE_BANK, "CAD", "GEN", 1), (NET, "CAD", "GEN", -1)), {}, "wrong_currency"),
    ("an unknown fund", named((UE_BANK, "USD", "NO", 1), (NET, "USD", "NO", -1)), {}, "fund_unknown"),
    ("a NUL in the text", opening(1), {"description": "a\x00b"}, "text_invalid"),
    ("a memo too long", opening(1), {"reference": "x" * 101}, "text_invalid"),
    ("a correction of nothing", opening(1), {"kind": "correction"}, "choice_invalid"),
    ("a correction of an entry that is not there", opening(1), {"kind": "correction", "corrects": 999}, "not_found"),
    ("the last century", opening(1), {"entry_date": date(1999, 12, 31)}, "date_invalid"),
    ("what is set aside", named((ENCUMBERED, "USD", "GEN", -1), ("joint/Budget:Reserve-for-encumbrances", "USD", "GEN", 1)), {}, "account_unfit"),
    ("money in transit", named(("joint/Assets:In-transit", "USD", "GEN", 1), (NET, "USD", "GEN", -1)), {}, "account_unfit"),
]


@pytest.mark.parametrize(("what", "request_", "changes", "code"), EARLY, ids=[row[0] for row in EARLY])
async def test_early_refusals_are_remembered_and_audited(
    pool: Pool, ue: Actor, what: str, request_: NamedEntry, changes: dict[str, Any], code: str
) -> None:
    asked = msgspec.structs.replace(request_, **changes)
    await refused(journal.post_entry(pool, ue, "early-0001", asked), code)
    await refused(journal.post_entry(pool, ue, "early-0001", asked), code)
    await refused(journal.post_entry(pool, ue, "early-0001", opening(1)), "idempotency_key_reused")
    assert await trail(pool) == [("post_entry", "refused", code)]
    assert await balances(pool) == {}


async def test_who_may_not_post_is_refused_and_remembered(pool: Pool) -> None:
    trustee = await add_person(pool, "Ida Wells-Park", "ue", "trustee")
    await refused(journal.post_entry(pool, trustee, "trustee-01", opening(1)), "not_allowed")
    assert await trail(pool) == [("post_entry", "refused", "not_allowed")]


async def test_nobody_acts_for_the_other_union(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await refused(journal.post_entry(pool, unifor, "foreign-01", opening(100)), "other_union")
    entry = await journal.post_entry(pool, ue, "own-bank-1", opening(100))
    await refused(journal.reverse(pool, unifor, "foreign-02", entry.number, None, "Not mine"), "other_union")


async def test_many_at_once_each_stand_alone(pool: Pool, ue: Actor) -> None:
    items = [
        ("bulk-00001", opening(10_000)),
        ("bulk-00002", paid(20_000)),
        ("bulk-00003", paid(4_000)),
        ("bad", paid(1)),
        ("bulk-00005", paid(1, text="")),
        ("bulk-00001", opening(10_000)),
        ("bulk-00007", named((UE_BANK + "x", "USD", "GEN", 1), (NET, "USD", "GEN", -1))),
        ("bulk-00008", paid(6_000)),
    ]
    outcomes = await journal.post_many(pool, ue, items)
    told = [outcome.code if isinstance(outcome, Refusal) else outcome for outcome in outcomes]
    assert told == [1, "insufficient_balance", 2, "idempotency_key_invalid", "text_invalid", 1, "account_unknown", 3]
    again = await journal.post_many(pool, ue, items)
    assert [outcome.code if isinstance(outcome, Refusal) else outcome for outcome in again] == told


async def test_a_preview_changes_nothing(pool: Pool, ue: Actor) -> None:
    await journal.post_entry(pool, ue, "open-00001", opening(5_000))
    shown = await journal.preview(pool, ue, paid(2_000))
    assert shown.balances_after == [2_000, 3_000]
    await refused(journal.preview(pool, ue, paid(5_001)), "insufficient_balance")
    assert len(await trail(pool)) == 1


async def test_opening_balances_declare_the_origin_of_ring_fenced_money(pool: Pool, ue: Actor) -> None:
    await refused(journal.post_entry(pool, ue, "pol-000001", opening(100, "POL-US")), "origin_not_allowed")
    await refused(journal.post_entry(pool, ue, "pol-000002", opening(100, "POL-US", origin="CA")), "origin_not_allowed")
    assert (await journal.post_entry(pool, ue, "pol-000003", opening(100, "POL-US", origin="US"))).number == 1


# --- periods ------------------------------------------------------------------------------------------------------------


async def test_w20_r1_a_locked_period_takes_nothing(pool: Pool, ue: Actor, clock: Clock) -> None:
    """W20 R1: dated 29 June, made on 5 July after the lock; offered the first open date, with the effective date kept."""
    clock.now = clock.now.replace(month=7, day=5)
    await periods.put_state(pool, "joint", date(2026, 4, 1), date(2026, 6, 30), "closed")
    late = await refused(journal.post_entry(pool, ue, "late-00001", opening(100, on=date(2026, 6, 29))), "period_closed")
    assert late.params["first_open_date"] == "2026-07-01"
    entry = await journal.post_entry(pool, ue, "late-00002", opening(100, on=date(2026, 7, 1), effective_date=date(2026, 6, 29)))
    assert entry.draft.effective_date == date(2026, 6, 29)


async def test_a_soft_closed_period_takes_corrections_only(pool: Pool, ue: Actor) -> None:
    entry = await journal.post_entry(pool, ue, "open-00001", opening(100, on=date(2026, 5, 5)))
    await periods.put_state(pool, "joint", date(2026, 4, 1), date(2026, 6, 30), "soft_closed")
    await refused(journal.post_entry(pool, ue, "open-00002", opening(100, on=date(2026, 5, 5))), "period_soft_closed")
    assert (await journal.reverse(pool, ue, "undo-00001", entry.number, date(2026, 5, 6), "Twice")).draft.entry_date == date(2026, 5, 6)


# --- undoing ------------------------------------------------------------------------------------------------------------


async def test_w13_an_error_in_a_locked_period(pool: Pool, unifor: Actor, clock: Clock) -> None:
    """W13: reversed and corrected in March; February's figures stay; a second reversal is refused."""
    case, start = CASES["W13"], clock.now
    clock.now = start.replace(month=2, day=20)
    for fund in ("STRIKE", "EDU"):
        lines = [line for line in case["opening"] if line[1] == fund]
        await journal.post_entry(pool, unifor, f"w13-open-{fund}", from_case(lines, "2026-02-19", "Opening", kind="opening"))
    wrong, _, right = case["entries"]
    error = await journal.post_entry(pool, unifor, "w13-000001", from_case(wrong["lines"], wrong["date"], wrong["memo"]))
    await periods.put_state(pool, "joint", date(2026, 2, 1), date(2026, 2, 28), "closed")
    february = await balances(pool, date(2026, 2, 28))

    clock.now = start.replace(month=3, day=4)
    await refused(
        journal.correct(pool, unifor, "w13-000002", error.number, date(2026, 2, 27), from_case(right["lines"], right["date"], right["memo"])),
        "period_closed",
    )
    done = await journal.correct(pool, unifor, "w13-000003", error.number, None, from_case(right["lines"], right["date"], right["memo"]))

    assert await balances(pool) == expected(case)
    spent = ("STRIKE", "joint", "Expense:Interpretation", "CAD")
    assert february[spent] > 0 and (await balances(pool)).get(spent, 0) == figure_minor("W13", "Net effect on the strike fund")
    assert await balances(pool, date(2026, 2, 28)) == february
    view = await journal.read_entry(pool, unifor, error.number)
    assert (view.entry.reversed_by, view.corrected_by) == (done.reversal, [done.correction])
    undone = (await journal.read_entry(pool, unifor, done.reversal)).entry.draft
    assert (undone.kind, undone.reverses, undone.entry_date) == ("reversal", error.number, date(2026, 3, 4))
    again = await refused(journal.reverse(pool, unifor, "w13-000004", error.number, None, "Again"), "already_reversed")
    assert again.params == {"entry": error.number, "reversal": done.reversal}
    directory = await journal.read_directory(pool)
    bank = directory.account_id(UNIFOR_BANK, "CAD")
    async with pool.database.reading() as connection:
        assert await entries.balance_on(connection, bank, None, date(2026, 3, 4)) == figure_minor("W13", "Bank account over both funds")
        assert await entries.balance_on(connection, bank, directory.fund_id("STRIKE"), date(2026, 2, 28)) == 1_652_000
        assert await entries.balance_on(connection, bank, directory.fund_id("STRIKE"), date(2026, 2, 19)) == 2_000_000


async def test_what_cannot_be_reversed(pool: Pool, ue: Actor) -> None:
    entry = await journal.post_entry(pool, ue, "open-00001", opening(100, on=date(2026, 5, 5)))
    await refused(journal.reverse(pool, ue, "undo-00001", entry.number, date(2026, 5, 4), "Before it was"), "date_before_entry")
    await refused(journal.reverse(pool, ue, "undo-00002", 99, None, "There is none"), "not_found")
    await refused(journal.reverse(pool, ue, "undo-00003", entry.number, None, "  "), "text_invalid")
    undone = await journal.reverse(pool, ue, "undo-00004", entry.number, None, "Posted twice")
    assert undone.draft.entry_date == pool.today()
    await refused(journal.reverse(pool, ue, "undo-00005", undone.number, None, "Undo the undoing"), "not_reversible")
    deputy = await add_person(pool, "Ana Deputy", "ue", "deputy")
    await refused(journal.reverse(pool, deputy, "undo-00006", entry.number, None, "Not mine to do"), "not_allowed")


async def test_a_correction_that_is_refused_leaves_the_entry_as_it_was(pool: Pool, ue: Actor) -> None:
    entry = await journal.post_entry(pool, ue, "open-00001", opening(100))
    await refused(journal.correct(pool, ue, "fix-000001", entry.number, None, paid(101)), "insufficient_balance")
    assert (await journal.read_entry(pool, ue, entry.number)).entry.reversed_by is None
    shown = await journal.preview_correction(pool, ue, entry.number, None, opening(90))
    assert shown.balances_after == [90, -90]
    assert shown.draft.corrects == entry.number


# --- races --------------------------------------------------------------------------------------------------------------


async def test_a_fund_of_exactly_100_amounts_is_drained_by_64_tasks(pool: Pool, ue: Actor) -> None:
    await journal.post_entry(pool, ue, "open-00001", opening(100 * 25))
    left = iter(range(160))

    async def drain() -> list[str]:
        told = []
        for n in left:
            try:
                await journal.post_entry(pool, ue, f"drain-{n:05}", paid(25))
                told.append("paid")
            except Refusal as refusal:
                told.append(refusal.code)
        return told

    told = [word for words in await asyncio.gather(*(drain() for _ in range(64))) for word in words]
    assert sorted(told) == ["insufficient_balance"] * 60 + ["paid"] * 100
    assert await balances(pool) == {("GEN", "joint", "Equity:Net-assets", "USD"): -2_500, ("GEN", "joint", "Expense:Organizing", "USD"): 2_500}


async def test_twenty_reversals_at_once_are_one(pool: Pool, ue: Actor) -> None:
    entry = await journal.post_entry(pool, ue, "open-00001", opening(100))
    told = await asyncio.gather(
        *(journal.reverse(pool, ue, f"race-{n:05}", entry.number, None, "Race") for n in range(20)), return_exceptions=True
    )
    assert [t.number for t in told if isinstance(t, Entry)] == [2]
    assert [t.code for t in told if isinstance(t, Refusal)] == ["already_reversed"] * 19


@pytest_asyncio.fixture(loop_scope="session")
async def other_process(pool: Pool, server: tuple[str, str], clock: Clock) -> AsyncIterator[Pool]:
    """A second writer on the same books, with connections of its own."""
    handle: Database = await open_database(server[0], schema=pool.database.schema, app_role="pool_app", connections=10)
    async with running(handle, clock) as opened:
        yield opened
    await handle.close()


async def test_twins_in_two_processes_are_one_entry(pool: Pool, other_process: Pool, ue: Actor) -> None:
    both = (pool, other_process)
    told = await asyncio.gather(*(journal.post_entry(p, ue, f"twin-{n:05}", opening(10)) for n in range(50) for p in both))
    assert [told[i].number for i in range(0, 100, 2)] == [told[i].number for i in range(1, 100, 2)]
    assert sorted({t.number for t in told}) == list(range(1, 51))
    twins = await asyncio.gather(*(journal.reverse(p, ue, "twin-undo-1", 1, None, "Once") for p in both))
    assert twins[0] == twins[1]


# --- reading ------------------------------------------------------------------------------------------------------------


async def test_lists_are_what_a_model_returns(pool: Pool, ue: Actor, unifor: Actor) -> None:
    directory = await journal.read_directory(pool)
    asked = [
        opening(100_000_00, tags=("start",)),
        opening(50_000_00, "STRIKE"),
        paid(15_000_00, text="Imprimerie de la grève", reference="INV-77"),
        paid(1_500_00, "STRIKE", text="Picket signs"),
    ]
    outcomes = await journal.post_many(pool, ue, [(f"list-{n:05}", one) for n, one in enumerate(asked)])
    assert outcomes == [1, 2, 3, 4]
    in_cad = named((UNIFOR_BANK, "CAD", "EDU", 700_00), (NET, "CAD", "EDU", -700_00), kind="opening", on=date(2026, 10, 1))
    await journal.post_entry(pool, unifor, "list-unifor", in_cad)
    await journal.reverse(pool, ue, "list-undo", 4, None, "Wrong fund")

    async def numbers(before: int | None = None, limit: int = 50, **narrowed: Any) -> list[int]:
        rows, _ = await journal.list_entries(pool, ue, EntryFilter(**narrowed), before, limit)
        return [row.number for row in rows]

    assert await numbers() == [6, 5, 4, 3, 2, 1]
    assert await numbers(before=4, limit=2) == [3, 2]
    assert await numbers(kind="opening") == [5, 2, 1]
    assert await numbers(union="unifor") == [5]
    assert await numbers(first=date(2026, 10, 1), last=date(2026, 10, 31)) == [5]
    assert await numbers(currency="CAD") == [5]
    assert await numbers(book="ue") == []
    assert await numbers(fund_id=directory.fund_id("STRIKE")) == [6, 4, 2]
    assert await numbers(account_ids=directory.account_ids("joint/Expense:Organizing")) == [6, 4, 3]
    assert await numbers(account_ids=directory.account_ids("joint/Expense:Organizing CAD")) == []
    assert await numbers(reversed=True) == [4]
    assert await numbers(reversed=False, kind="general") == [3]
    assert await numbers(amount_minor=1_500_00) == [6, 4]
    assert await numbers(tag="start") == [1]
    found = {
        "15000": [3], "15 000,00": [3], "15,000.00": [3], "greve": [6, 4, 3, 2], "GRÈVE impr": [3], "picket": [4], "inv 77": [3], "J-5": [5],
        "formation": [5], "organizing": [6, 4, 3], "nothing here": [], "'; DROP": [], "&|!": [],
    }  # fmt: skip
    for typed, expected_numbers in found.items():
        assert await numbers(query=understand(typed)) == expected_numbers, typed
    rows, more = await journal.list_entries(pool, ue, EntryFilter(), None, 2)
    assert (more, rows[0].reverses, rows[0].funds, rows[0].amounts) == (5, 4, ["STRIKE"], [("joint", "USD", 1_500_00)])
