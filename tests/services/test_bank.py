"""Bring statements in, match their lines and prove the account, through the real store: case W18, and what is refused on the way."""

import asyncio
import hashlib
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.bank_files import StatementFile
from ledger.domain.bank_reconciliation import Proof
from ledger.domain.bank_rules import RuleChange
from ledger.domain.refusals import (
    BankLineState,
    BankMatchState,
    BankMatchUneven,
    BankProposalGone,
    BankRuleChanged,
    BankRuleInvalid,
    ColumnsMissing,
    FutureDate,
    KeyReused,
    NotAllowed,
    NotFound,
    OtherUnion,
    PayerNotReconciler,
    ReconciliationOrder,
    Refusal,
    StartDisagrees,
    StatementAccount,
    StatementFileInvalid,
    StatementGap,
    StatementKnown,
    StatementOpening,
    StatementPeriodClosed,
    StatementState,
    StillUnreconciled,
)
from ledger.domain.sheet_profiles import Profile
from ledger.domain.transfers import Sending
from ledger.services import (
    bank_match_views,
    bank_matching,
    bank_reconciliation,
    bank_records,
    bank_rules,
    bank_sheets,
    bank_standings,
    bank_starts,
    bank_statements,
    journal,
    periods,
    transfers,
)
from ledger.services.bank_match_views import MatchFilter
from ledger.services.bank_records import RecordLine
from ledger.services.bank_statements import Asked
from ledger.services.pool import Pool
from ledger.storage import bank as line_store
from ledger.storage import bank_matches, documents
from ledger.storage.bank import LineFilter
from tests.cases import CASES, expected, figure_minor
from tests.conftest import Clock
from tests.services import requests_stage
from tests.services.bank_stage import MAY, days_of, imported, line, posted, statement
from tests.services.requests_stage import Stage
from tests.services.test_journal import balances

pytestmark = pytest.mark.asyncio(loop_scope="session")
JUNE = (date(2026, 6, 1), date(2026, 6, 30))
T, D = "unifor treasurer", "unifor deputy"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def proof(stage: Stage, day: date = MAY[1], union: str = "unifor") -> Proof:
    return (await bank_reconciliation.show_proof(stage.pool, stage.who["ue treasurer"], await stage.bank(union), day)).proof


async def open_lines(stage: Stage, **narrowed: Any) -> list[Any]:
    async with stage.pool.database.reading() as connection:
        return await line_store.lines(connection, await stage.bank("unifor"), LineFilter(**narrowed))


async def marks(stage: Stage) -> list[str]:
    return [each.mark for each in await bank_match_views.propose(stage.pool, stage.who[T], await stage.bank("unifor"))]


async def accept(stage: Stage, *some: str, by: str = T) -> list[int]:
    return await bank_matching.accept(stage.pool, stage.who[by], stage.key(), await stage.bank("unifor"), some)


async def reconcile(stage: Stage, day: date = MAY[1], by: str = D) -> Any:
    return await bank_reconciliation.reconcile(stage.pool, stage.who[by], stage.key(), await stage.bank("unifor"), day)


async def record(stage: Stage, number: int, action: str, by: str = T, **more: Any) -> int:
    return await bank_records.record_line(
        stage.pool, stage.who[by], stage.key(), RecordLine(line=number, action=action, **({"fund": "GEN", "learn": True} | more))  # type: ignore[arg-type]
    )


# --- W18 --------------------------------------------------------------------------------------------------------------------


async def w18(stage: Stage) -> StatementFile:
    """The books of May as the story has them, and its statement: everything before the two entries from the bank."""
    book = 48_215_60
    await posted(stage, book - 2_500_00 + 600_00, date(2026, 4, 30), "Opening", kind="opening")
    for number, minor in (("Cheque 411", 60_00), ("Cheque 412", 240_00), ("Cheque 413", 300_00)):
        await posted(stage, -minor, date(2026, 5, 20), "Honorarium", reference=number)
    await posted(stage, 2_500_00, date(2026, 5, 31), "Deposit of 31 May")
    return statement(46_315_60, [line(1, date(2026, 5, 29), -35_00, "MONTHLY SERVICE FEE"), line(2, date(2026, 5, 31), 12_40, "CREDIT INTEREST")])


async def test_w18_bank_reconciliation_with_outstanding_items(stage: Stage) -> None:
    file = await w18(stage)
    assert await imported(stage, file) == ["BS-0001"]
    before = await proof(stage)
    assert (before.book_minor, before.statement_minor) == (48_215_60, 46_293_00)
    assert -before.payments_minor == figure_minor("W18", "Outstanding cheques")
    assert (before.deposits_minor, [each.amount_minor for each in before.unrecorded]) == (2_500_00, [-35_00, 12_40])
    assert before.difference_minor == 22_60
    with pytest.raises(StillUnreconciled):
        await reconcile(stage)

    fee, interest = await open_lines(stage)
    shown = await bank_records.preview_record(stage.pool, stage.who[T], RecordLine(line=fee.number, action="fee", fund="GEN"))
    assert [each.amount_minor for each in shown.draft.postings] == [-35_00, 35_00]
    assert shown.draft.entry_date == date(2026, 5, 29)
    await record(stage, fee.number, "fee")
    await record(stage, interest.number, "interest")

    after = await proof(stage)
    assert after.adjusted_minor == figure_minor("W18", "Adjusted bank") == figure_minor("W18", "Adjusted book") == after.book_minor
    assert after.difference_minor == figure_minor("W18", "Unreconciled difference") == 0
    found = await balances(stage.pool)
    for key, minor in expected(CASES["W18"]).items():
        # The story's cheques and deposit stand in its opening; here they are entries between the bank and net assets too.
        assert found[key] == minor
    done = await reconcile(stage)
    assert (done.statement_minor, done.deposits_minor, done.payments_minor, done.book_minor) == (46_293_00, 2_500_00, -600_00, 48_193_00)
    assert (await proof(stage)).reconciled

    again = msgspec.structs.replace(file, number="again")
    with pytest.raises(StatementKnown):
        await imported(stage, file)
    with pytest.raises(StatementKnown):
        await imported(stage, again)
    assert len(await open_lines(stage)) == 2


async def test_the_file_is_kept_with_its_hash(stage: Stage) -> None:
    file = await w18(stage)
    (number,) = await imported(stage, file)
    view = await bank_statements.show_statement(stage.pool, stage.who["ue treasurer"], number.lower())
    assert view.statement.sha256 == hashlib.sha256(repr(file).encode()).hexdigest()
    async with stage.pool.database.reading() as connection:
        assert [each.filename for each in await documents.documents_of(connection, "bank_statement", number)] == ["may.csv"]


# --- bringing in --------------------------------------------------------------------------------------------------------------


async def test_overlapping_files_bring_what_is_new_and_touching_ones_join(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    first = [line(1, date(2026, 5, 4), 10_00, "A"), line(2, date(2026, 5, 4), 10_00, "A"), line(3, date(2026, 5, 14), -5_00, "B")]
    await imported(stage, statement(100_00, first, (MAY[0], date(2026, 5, 15))))
    more = [line(1, date(2026, 5, 14), -5_00, "B"), line(2, date(2026, 5, 20), 7_00, "C")]
    await imported(stage, statement(120_00, more, (date(2026, 5, 10), MAY[1])))
    assert [each.amount_minor for each in await open_lines(stage)] == [10_00, 10_00, -5_00, 7_00]
    with pytest.raises(StatementOpening):
        await imported(stage, statement(121_00, [], JUNE))
    later = (date(2026, 6, 3), JUNE[1])
    with pytest.raises(StatementGap):
        await imported(stage, statement(130_00, [], later))
    with pytest.raises(StatementPeriodClosed):
        await imported(stage, statement(99_00, [line(1, date(2026, 4, 20), 1_00)], (date(2026, 4, 1), date(2026, 4, 30))))
    assert await imported(stage, statement(122_00, [], later)) == ["BS-0003"]


async def test_the_closings_of_kept_statements_stand_whatever_comes_later(stage: Stage) -> None:
    """A line of 25 May that only June's file has would change what May's own statement closed at; one of its last day may still come."""
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [], MAY))
    late = [line(1, date(2026, 5, 25), 5_00, "Late"), line(2, date(2026, 6, 2), 1_00, "June")]
    with pytest.raises(StatementOpening):
        await imported(stage, statement(100_00, late, (date(2026, 5, 20), JUNE[1])))
    on_the_day = [line(1, MAY[1], 5_00, "Evening"), late[1]]
    assert await imported(stage, statement(100_00, on_the_day, (date(2026, 5, 20), JUNE[1]))) == ["BS-0002"]


async def test_a_statement_of_days_to_come_is_not_taken(stage: Stage) -> None:
    with pytest.raises(FutureDate):
        await imported(stage, statement(0, [], (date(2026, 11, 1), date(2026, 12, 31))))


async def test_a_file_without_an_opening_is_held_to_what_is_kept(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [line(1, date(2026, 5, 4), 10_00)], format="ofx", opening_minor=None, closing_minor=110_00))
    with pytest.raises(Refusal) as refused:
        await imported(stage, statement(110_00, [line(1, date(2026, 6, 4), 1_00)], JUNE, format="ofx", opening_minor=None, closing_minor=115_00))
    assert refused.value.params["difference_minor"] == -4_00
    await imported(stage, statement(110_00, [line(1, date(2026, 6, 4), 5_00)], JUNE, format="ofx", opening_minor=None, closing_minor=115_00))


async def test_a_file_of_another_number_is_refused_until_the_treasurer_says_that_the_bank_changed_it(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [line(1, date(2026, 5, 4), 10_00)], account="815-30045-0123456"))
    june = statement(110_00, [line(1, date(2026, 6, 4), 1_00)], JUNE, account="9999999")
    with pytest.raises(StatementAccount) as refused:
        await imported(stage, june)
    assert refused.value.params == {"reason": "changed", "account": "9999999", "expected": "815-30045-0123456", "accounts": ["9999999"]}
    # The same number as another format of the bank writes it, or masked, is no other.
    await imported(stage, msgspec.structs.replace(june, account="*****3456", ends_on=date(2026, 6, 29)))
    rest = (date(2026, 6, 30), JUNE[1])
    changed = statement(111_00, [line(1, JUNE[1], 1_00)], rest, account="9999999")
    assert await imported(stage, changed, asked=Asked(new_number=True)) == ["BS-0003"]
    july = (date(2026, 7, 1), date(2026, 7, 31))
    assert await imported(stage, statement(112_00, [], july, account="0009999999")) == ["BS-0004"]


async def test_of_a_file_with_several_accounts_the_one_that_is_meant_is_taken(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    account, treasurer = await stage.bank("unifor"), stage.who[T]
    ours, other = statement(100_00, [line(1, date(2026, 5, 4), 10_00)], account="1111111"), statement(5_00, [], account="2222222", currency="USD")

    async def bring(name: str, files: list[StatementFile], **asked: Any) -> list[str]:
        return await bank_statements.import_statement(stage.pool, treasurer, stage.key(), account, name, name.encode(), files, Asked(**asked))

    with pytest.raises(StatementAccount) as refused:
        await bring("both", [other, ours])
    assert (refused.value.params["reason"], refused.value.params["accounts"]) == ("several", ["2222222", "1111111"])
    shown = await bank_statements.preview_import(stage.pool, treasurer, account, "both", b"both", [other, ours])
    assert shown.numbers == ["2222222", "1111111"] and isinstance(shown.refusal, StatementAccount)
    with pytest.raises(StatementAccount):
        await bring("both", [other, ours], bank_account="3333333")
    assert await bring("both", [other, ours], bank_account="111-1111") == ["BS-0001"]
    later = [msgspec.structs.replace(other, starts_on=JUNE[0], ends_on=JUNE[1]), statement(110_00, [], JUNE, account="1111111")]
    assert await bring("june", later) == ["BS-0002"]
    async with stage.pool.database.reading() as connection:
        assert [each.bank_account for each in await line_store.statements(connection, account)] == ["1111111", "1111111"]


async def test_figures_beyond_what_the_books_can_hold_are_a_fault_of_the_file(stage: Stage) -> None:
    for huge in (
        statement(10**15 + 1, []), statement(0, [line(n, date(2026, 5, 4), 9 * 10**14) for n in range(1, 3)]), statement(-(10**30), []),
        statement(0, [line(1, date(2026, 5, 4), 9 * 10**14), line(2, date(2026, 5, 4), -9 * 10**14)]),
    ):  # fmt: skip
        with pytest.raises(StatementFileInvalid) as refused:
            await imported(stage, huge)
        assert refused.value.params["reason"] == "sum_too_large"


async def test_a_line_that_moves_nothing_is_kept_and_is_no_work(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    (number,) = await imported(stage, statement(100_00, [line(1, date(2026, 5, 4), 0, "NOTICE OF NEW FEES"), line(2, date(2026, 5, 5), 10_00)]))
    await posted(stage, 10_00, date(2026, 5, 5), "Deposit")
    await accept(stage, *await marks(stage))
    standing = await bank_standings.show_standing(stage.pool, stage.who[T], await stage.bank("unifor"))
    assert (standing.open_lines, standing.lines["zero"], standing.next_step) == (0, 1, "reconcile")
    (empty,) = await open_lines(stage, state="zero")
    with pytest.raises(BankLineState):
        await record(stage, empty.number, "fee")
    assert (await proof(stage)).unrecorded == []
    await reconcile(stage, by=D)
    view = await bank_statements.show_statement(stage.pool, stage.who[T], number)
    assert [each.state for each in view.lines] == ["zero", "matched"]


async def test_a_file_sent_and_its_way_of_reading_are_kept_once_for_a_key_and_audited(stage: Stage) -> None:
    account, treasurer, other = await stage.bank("unifor"), stage.who[T], stage.who["ue treasurer"]
    kept = await bank_sheets.keep_file(stage.pool, treasurer, "keep-the-file", account, "may.csv", b"may")
    assert await bank_sheets.keep_file(stage.pool, treasurer, "keep-the-file", account, "may.csv", b"may") == kept
    with pytest.raises(KeyReused):
        await bank_sheets.keep_file(stage.pool, treasurer, "keep-the-file", account, "may.csv", b"june")
    assert await bank_sheets.kept_file(stage.pool, treasurer, account, kept) == b"may"
    way = Profile(columns={"date": 0, "amount": 1}, currency="CAD")
    for _ in range(2):
        assert await bank_sheets.keep_profile(stage.pool, treasurer, "keep-the-way", account, way) == way
    assert await bank_sheets.kept_profile(stage.pool, other, account) == way
    for refused, work in (
        (OtherUnion, bank_sheets.keep_file(stage.pool, other, stage.key(), account, "may.csv", b"may")),
        (OtherUnion, bank_sheets.keep_profile(stage.pool, other, stage.key(), account, way)),
        (ColumnsMissing, bank_sheets.keep_profile(stage.pool, treasurer, stage.key(), account, Profile(columns={"date": 0}))),
    ):
        with pytest.raises(refused):
            await work
    async with stage.pool.database.reading() as connection:
        told = await connection.fetch("SELECT action FROM audit WHERE action IN ('keep_bank_file', 'keep_bank_profile') AND outcome = 'done'")
    assert sorted(each["action"] for each in told) == ["keep_bank_file", "keep_bank_profile"]


async def test_the_next_sheet_is_read_by_its_headings_where_its_columns_moved(stage: Stage) -> None:
    account, treasurer = await stage.bank("unifor"), stage.who[T]
    sheet = await bank_sheets.look(stage.pool, treasurer, account, b"Date,Description,Amount,Balance\n2026-05-29,Fee,-35.00,965.00\n")
    assert sheet is not None
    await bank_sheets.keep_profile(stage.pool, treasurer, stage.key(), account, sheet.profile)
    moved = b"Date,Description,Balance,Amount\n2026-05-30,Fee,930.00,-35.00\n"
    again = await bank_sheets.look(stage.pool, treasurer, account, moved)
    assert again is not None and again.known
    (read,) = await asyncio.to_thread(bank_sheets.read, moved, "may.csv", again)
    assert ([each.amount_minor for each in read.lines], read.closing_minor) == ([-35_00], 930_00)
    doubled = await bank_sheets.look(stage.pool, treasurer, account, b"Date,Amount,Description,Amount\n2026-05-30,1.00,Fee,-35.00\n")
    assert doubled is not None and [each.params["field"] for each in doubled.doubts] == ["columns"]


async def test_a_key_is_of_one_way_of_reading_too(stage: Stage) -> None:
    """The same bytes read by another profile are another request."""
    file, account = await w18(stage), await stage.bank("unifor")

    async def bring(**asked: Any) -> list[str]:
        return await bank_statements.import_statement(stage.pool, stage.who[T], "may-of-unifor", account, "may.csv", b"may", [file], Asked(**asked))

    assert await bring(profile=Profile(columns={"date": 0, "amount": 1})) == ["BS-0001"]
    with pytest.raises(KeyReused):
        await bring(profile=Profile(columns={"date": 0, "amount": 2}))
    assert await bring(profile=Profile(columns={"date": 0, "amount": 1})) == ["BS-0001"]
    assert (await bank_sheets.kept_profile(stage.pool, stage.who[T], account)) == Profile(columns={"date": 0, "amount": 1})


async def test_a_preview_says_what_would_come_and_keeps_nothing(stage: Stage) -> None:
    file = await w18(stage)
    account = await stage.bank("unifor")
    shown = await bank_statements.preview_import(stage.pool, stage.who[T], account, "may.csv", b"may", [file])
    assert [(each.new, each.known, each.starts_uneven) for each in shown.incoming] == [(2, 0, False)] and shown.refusal is None
    assert await open_lines(stage) == []
    await imported(stage, file)
    shown = await bank_statements.preview_import(stage.pool, stage.who[T], account, "may.csv", b"may", [file])
    assert isinstance(shown.refusal, StatementKnown) and shown.incoming[0].known == 2


async def test_a_wrong_import_goes_while_nothing_of_it_is_matched(stage: Stage) -> None:
    (number,) = await imported(stage, await w18(stage))
    fee, _ = await open_lines(stage)
    await record(stage, fee.number, "fee")
    with pytest.raises(StatementState):
        await bank_statements.withdraw_statement(stage.pool, stage.who[T], stage.key(), number, "Wrong account")
    matched = (await open_lines(stage))[0].match_id
    await bank_matching.undo_match(stage.pool, stage.who[T], stage.key(), matched)
    gone = await bank_statements.withdraw_statement(stage.pool, stage.who[T], stage.key(), number, "Wrong account")
    assert gone.state == "withdrawn" and await open_lines(stage) == []
    # It and its lines stay to be read, though they count nowhere.
    view = await bank_statements.show_statement(stage.pool, stage.who[T], number)
    assert [each.state for each in view.lines] == ["withdrawn", "withdrawn"]
    assert (await proof(stage)).unrecorded == [] and (await bank_standings.show_standing(stage.pool, stage.who[T], await stage.bank("unifor"))).lines == {}
    file = statement(46_315_60, [line(1, date(2026, 5, 29), -35_00, "MONTHLY SERVICE FEE")])
    assert await imported(stage, file) == ["BS-0002"]


async def test_only_the_treasury_of_the_union_that_keeps_the_account(stage: Stage) -> None:
    file, account = await w18(stage), await stage.bank("unifor")
    for who, refusal in (("ue treasurer", OtherUnion), ("unifor officer", NotAllowed)):
        with pytest.raises(refusal):
            await bank_statements.import_statement(stage.pool, stage.who[who], stage.key(), account, "may.csv", b"may", [file])
    await imported(stage, file)
    fee, _ = await open_lines(stage)
    with pytest.raises(OtherUnion):
        await record(stage, fee.number, "fee", by="ue treasurer")
    with pytest.raises(OtherUnion):
        await bank_matching.exclude_line(stage.pool, stage.who["ue treasurer"], stage.key(), fee.number, "Not ours")
    with pytest.raises(OtherUnion):
        await reconcile(stage, by="ue treasurer")


# --- the start ----------------------------------------------------------------------------------------------------------------


async def test_what_was_in_circulation_explains_the_start_to_the_cent(stage: Stage) -> None:
    await posted(stage, 1_000_00, date(2026, 4, 1), "Opening", kind="opening")
    cheque = await posted(stage, -60_00, date(2026, 4, 28), "Honorarium")
    await posted(stage, -40_00, date(2026, 4, 29), "Paid out")
    await imported(stage, statement(960_00, [line(1, date(2026, 5, 6), -60_00, "CHEQUE")]))
    account, treasurer = await stage.bank("unifor"), stage.who[T]
    view = await bank_starts.show_start(stage.pool, treasurer, account)
    assert (view.start, view.difference_minor, len(view.postings)) == (None, -60_00, 3)
    assert await marks(stage) == []
    place = next((each.entry, each.line) for each in view.postings if each.entry == cheque)
    with pytest.raises(StartDisagrees):
        await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [])
    with pytest.raises(NotFound):
        await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [(cheque, 9)])
    await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [place])
    assert (await proof(stage, MAY[0])).payments_minor == -60_00
    (mark,) = await marks(stage)
    await accept(stage, mark)
    with pytest.raises(BankMatchState) as refused:
        await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [])
    assert refused.value.params["reason"] == "start_rests"
    # Another posting of the same amount would explain as much; yet what is matched rests on what was said.
    twin = await posted(stage, -60_00, date(2026, 4, 27), "Twin")
    await posted(stage, 60_00, date(2026, 4, 27), "Back")
    with pytest.raises(BankMatchState):
        await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [(twin, place[1])])
    await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [place])
    assert (await proof(stage)).difference_minor == 0
    await reconcile(stage)
    with pytest.raises(BankMatchState):
        await bank_starts.set_start(stage.pool, treasurer, stage.key(), account, [place])


# --- matching -----------------------------------------------------------------------------------------------------------------


async def matched_may(stage: Stage) -> None:
    """A month with every kind of proposal."""
    await posted(stage, 10_000_00, date(2026, 4, 30), "Opening", kind="opening")
    await posted(stage, -60_00, date(2026, 5, 4), "Honorarium", reference="Cheque 411")
    await posted(stage, -250_00, date(2026, 5, 5), "Printing")
    for minor in (100_00, 200_00, 301_00):
        await posted(stage, minor, date(2026, 5, 11), "Cheques for deposit")
    await posted(stage, 1_000_00, date(2026, 5, 18), "Wire")
    wrong = await posted(stage, 77_00, date(2026, 5, 19), "Wrong")
    await journal.reverse(stage.pool, stage.who[T], stage.key(), wrong, date(2026, 5, 19), "Never came")
    await imported(stage, statement(10_000_00, [
        line(1, date(2026, 5, 8), -60_00, "CHEQUE", cheque="411"), line(2, date(2026, 5, 6), -250_00, "PRINTSHOP"),
        line(3, date(2026, 5, 12), 601_00, "DEPOSIT"), line(4, date(2026, 5, 18), 985_00, "INCOMING WIRE"),
        line(5, date(2026, 5, 20), -500_00, "DEBIT MEMO 4711"), line(6, date(2026, 5, 29), -35_00, "SERVICE FEE"),
    ]))  # fmt: skip


async def test_what_the_bank_wrote_goes_into_the_journal_only_where_a_person_writes_it(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [
        line(1, date(2026, 5, 6), -5_00, "FEE ON WIRE TO JANE EXAMPLE", counterparty="Jane Example"), line(2, date(2026, 5, 7), 3_00, "JANE EXAMPLE"),
        line(3, date(2026, 5, 8), -6_00, "FEE ON WIRE TO JANE EXAMPLE", reference="FOR JANE EXAMPLE 7"),
        line(4, date(2026, 5, 9), 9_00, "JANE EXAMPLE DUES", reference="Jane Example"),
    ]))  # fmt: skip
    fee, interest, second, dues = await open_lines(stage)
    shown = await bank_records.preview_record(stage.pool, stage.who[T], RecordLine(line=fee.number, action="fee", fund="GEN"))
    assert shown.draft.description == f"Bank fee, bank line {fee.number}"
    numbers = [
        await record(stage, fee.number, "fee"), await record(stage, interest.number, "interest", description="Interest of May", learn=False),
        await record(stage, dues.number, "contribution", union="unifor", learn=False),
    ]  # fmt: skip
    # The rule that was learnt of the first does as it did.
    (mark,) = await marks(stage)
    await accept(stage, mark)
    async with stage.pool.database.reading() as connection:
        texts = [row["description"] for row in await connection.fetch("SELECT description FROM entries ORDER BY number DESC LIMIT 4")]
        references = [row["reference"] for row in await connection.fetch("SELECT reference FROM entries ORDER BY number DESC LIMIT 4")]
        remark = await connection.fetchval("SELECT remark FROM contributions WHERE entry_number = $1", numbers[2])
    assert [texts[0], texts[2], texts[3]] == [f"Bank fee, bank line {second.number}", "Interest of May", f"Bank fee, bank line {fee.number}"]
    assert remark == f"Contribution received, bank line {dues.number}" and not any("JANE" in text.upper() for text in texts + references)


async def test_what_a_colleague_recorded_since_is_not_recorded_again(stage: Stage) -> None:
    await matched_may(stage)
    who = stage.who[T]
    await bank_rules.write_rule(stage.pool, who, stage.key(), RuleChange(words="service fee", direction="out", action="fee", facts={"fund": "GEN"}))
    ruled, wire = [next(mark for mark in await marks(stage) if mark.startswith(f"{by}:")) for by in ("rule", "net_of_fee")]
    for minor, day, mark in ((-35_00, date(2026, 5, 29), ruled), (-15_00, date(2026, 5, 18), wire)):
        await posted(stage, minor, day, "Bank fee", by=D)
        with pytest.raises(BankProposalGone):
            await accept(stage, mark)
    async with stage.pool.database.reading() as connection:
        newest = "SELECT amount_minor FROM postings WHERE account_id = $1 ORDER BY entry_number DESC LIMIT 3"
        rows = await connection.fetch(newest, await stage.bank("unifor"))
    assert [row["amount_minor"] for row in rows] == [-15_00, -35_00, -77_00]


async def test_lines_that_cancel_each_other_out_are_matched_for_what_they_moved(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [line(1, date(2026, 5, 6), -40_00, "DEBIT"), line(2, date(2026, 5, 7), 40_00, "DEBIT REVERSED")]))
    account, numbers = await stage.bank("unifor"), [each.number for each in await open_lines(stage)]
    await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, numbers, [])
    ((made,), _) = await bank_match_views.list_matches(stage.pool, stage.who[T], account)
    assert (made.by, made.amount_minor, made.postings) == ("cancelled_out", 40_00, [])


async def test_every_use_of_a_rule_counts(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [line(n, date(2026, 5, 5 + n), -n * 100, "WIRE FEE") for n in (1, 2, 3)]))
    asked = RuleChange(words="wire fee", direction="out", action="fee", facts={"fund": "GEN"})
    await bank_rules.write_rule(stage.pool, stage.who[T], stage.key(), asked)
    assert len(await accept(stage, *await marks(stage))) == 3
    (rule,) = await bank_rules.list_rules(stage.pool, stage.who[T], "unifor")
    assert rule.uses == 3


async def test_what_a_rule_says_is_in_the_rule_only(stage: Stage) -> None:
    who, asked = stage.who[T], RuleChange(words="Jane Example", direction="out", action="fee", facts={"fund": "GEN"})
    kept = await bank_rules.write_rule(stage.pool, who, stage.key(), asked)
    changed = await bank_rules.change_rule(stage.pool, who, stage.key(), kept.id, 1, msgspec.structs.replace(asked, words="Jane B Example"))
    gone = await bank_rules.retire_rule(stage.pool, who, stage.key(), kept.id, 2)
    assert [(each.words, each.version) for each in (kept, changed, gone)] == [("Jane Example", 1), ("Jane B Example", 2), ("Jane B Example", 3)]
    async with stage.pool.database.reading() as connection:
        told = await connection.fetch("SELECT to_jsonb(a)::text AS text FROM audit a UNION ALL SELECT to_jsonb(r)::text FROM requests r")
    assert any('"does": "fee"' in row["text"] for row in told) and not any("Jane" in row["text"] for row in told)


async def test_everything_of_a_month_is_proposed_and_accepted(stage: Stage) -> None:
    await matched_may(stage)
    found = await marks(stage)
    assert [mark.partition(":")[0] for mark in found] == ["reference", "cancelled_out", "amount_and_date", "one_to_many", "net_of_fee"]
    made = await accept(stage, *found)
    assert len(made) == 5 and await marks(stage) == []
    assert (await proof(stage)).difference_minor == 535_00
    kept = await bank_match_views.list_matches(stage.pool, stage.who["ue treasurer"], await stage.bank("unifor"))
    fee = next(each for each in kept[0] if each.by == "net_of_fee")
    assert len(fee.postings) == 2 and fee.amount_minor == 985_00
    with pytest.raises(BankProposalGone):
        await accept(stage, found[0])


async def test_the_bank_is_what_is_matched_outstanding_and_open_at_every_day(stage: Stage) -> None:
    await matched_may(stage)
    account = await stage.bank("unifor")
    for mark in [None, *await marks(stage)]:
        if mark is not None:
            await accept(stage, mark)
        for day in days_of(MAY):
            found = await proof(stage, day)
            if found.statement_minor is None:
                continue
            both = found.statement_minor + found.deposits_minor + found.payments_minor + found.bank_errors_minor + found.recorded_later_minor
            assert found.book_minor == both - found.unrecorded_minor, day
    async with stage.pool.database.reading() as connection:
        lines = await line_store.lines(connection, account, LineFilter())
        held = {n for each in await bank_matches.matches(connection, account) for n in each.lines}
    assert {each.number for each in lines if each.state == "matched"} == held


async def test_an_entry_of_an_earlier_day_that_came_late_is_in_circulation(stage: Stage) -> None:
    await imported(stage, await w18(stage))
    await posted(stage, -11_00, date(2026, 4, 15), "Found late")
    found = await proof(stage)
    assert found.payments_minor == -611_00 and found.difference_minor == 22_60


async def test_by_hand_both_sides_come_to_the_same(stage: Stage) -> None:
    await matched_may(stage)
    account = await stage.bank("unifor")
    by_text = {each.text: each for each in await open_lines(stage)}
    items = (await bank_match_views.open_postings(stage.pool, stage.who[T], account))[0]
    places = [(each.entry, each.line) for each in items if each.amount_minor in (-60_00, -250_00)]
    numbers = [by_text["CHEQUE"].number, by_text["PRINTSHOP"].number]

    async def match(lines: list[int], postings: list[tuple[int, int]]) -> int:
        return await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, lines, postings)

    with pytest.raises(BankMatchUneven) as uneven:
        await match(numbers, places[:1])
    assert uneven.value.params["difference_minor"] in (-250_00, -60_00)
    made = await match(numbers, places)
    with pytest.raises(BankProposalGone):
        await match(numbers, places)
    await bank_matching.undo_match(stage.pool, stage.who[T], stage.key(), made)
    with pytest.raises(BankMatchState):
        await bank_matching.undo_match(stage.pool, stage.who[T], stage.key(), made)
    assert await match(numbers, places) > made


async def test_two_people_accept_the_same_and_one_is_told(stage: Stage) -> None:
    await matched_may(stage)
    found = await marks(stage)
    outcomes = await asyncio.gather(
        *(accept(stage, found[0], by=who) for who in (T, D) for _ in range(4)), return_exceptions=True
    )  # fmt: skip
    made = [each for each in outcomes if isinstance(each, list)]
    assert len(made) == 1 and all(isinstance(each, BankProposalGone) for each in outcomes if not isinstance(each, list))


async def test_a_line_and_a_posting_are_in_one_live_match_whatever_is_written(stage: Stage) -> None:
    await matched_may(stage)
    await accept(stage, (await marks(stage))[0])
    posting = "entry_number, line, account_id, amount_minor, cleared_on, live"
    for table, columns in (("bank_matched_lines", "line, live"), ("bank_matched_postings", posting)):
        with pytest.raises(Exception, match="once"):
            async with stage.pool.database.writing() as connection:
                await connection.execute(f"INSERT INTO {table} (match_id, {columns}) SELECT 999, {columns} FROM {table} LIMIT 1")


async def test_a_banks_error_is_listed_with_its_reason(stage: Stage) -> None:
    await matched_may(stage)
    await accept(stage, *await marks(stage))
    by_text = {each.text: each for each in await open_lines(stage, state="new")}
    await record(stage, by_text["SERVICE FEE"].number, "fee")
    number = by_text["DEBIT MEMO 4711"].number
    with pytest.raises(Refusal):
        await bank_matching.exclude_line(stage.pool, stage.who[T], stage.key(), number, " ")
    await bank_matching.exclude_line(stage.pool, stage.who[T], stage.key(), number, "Another customer’s; the bank will return it")
    found = await proof(stage)
    assert (found.bank_errors_minor, found.difference_minor) == (500_00, 0)
    assert [each.reason for each in found.bank_errors] == ["Another customer’s; the bank will return it"]
    with pytest.raises(BankLineState):
        await record(stage, number, "fee")
    await reconcile(stage)
    with pytest.raises(BankMatchState):
        await bank_matching.include_line(stage.pool, stage.who[T], stage.key(), number)
    # The bank puts it right: both lines are the bank's own, and cancel each other out once the account is open again.
    await imported(stage, statement(10_741_00, [line(1, date(2026, 6, 2), 500_00, "CORRECTION 4711")], JUNE))
    await bank_reconciliation.undo_reconciliation(stage.pool, stage.who[D], stage.key(), await stage.bank("unifor"), MAY[1], "To pair the correction")
    await bank_matching.include_line(stage.pool, stage.who[T], stage.key(), number)
    (back,) = await open_lines(stage, words="CORRECTION")
    account = await stage.bank("unifor")
    await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, [number, back.number], [])
    assert (await proof(stage, JUNE[1])).difference_minor == 0


async def test_a_banks_error_is_cleared_by_its_own_correction_in_a_later_month(stage: Stage) -> None:
    await matched_may(stage)
    await accept(stage, *await marks(stage))
    by_text = {each.text: each for each in await open_lines(stage, state="new")}
    await record(stage, by_text["SERVICE FEE"].number, "fee")
    wrong = by_text["DEBIT MEMO 4711"].number
    await bank_matching.exclude_line(stage.pool, stage.who[T], stage.key(), wrong, "Another customer’s")
    await reconcile(stage)
    await imported(stage, statement(10_741_00, [line(1, date(2026, 6, 2), 500_00, "CORRECTION 4711")], JUNE))
    account = await stage.bank("unifor")
    (back,) = await open_lines(stage, words="CORRECTION")
    shown = await bank_match_views.show_by_hand(stage.pool, stage.who[T], account, None, ([], []), (None, None))
    assert [each.number for each in shown.lines] == [wrong, back.number]
    place = (shown.postings[0].entry, shown.postings[0].line) if shown.postings else (1, 1)
    with pytest.raises(Refusal):
        await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, [wrong, back.number], [place])
    made = await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, [wrong, back.number], [])
    # May stays as it was proved; in June neither is left.
    assert [each.line for each in (await proof(stage)).bank_errors] == [wrong] and (await proof(stage)).difference_minor == 0
    assert (await proof(stage)).reconciled and (await proof(stage)).recorded_later == []
    june = await proof(stage, JUNE[1])
    assert (june.bank_errors, june.unrecorded, june.difference_minor) == ([], [], 0)
    await bank_matching.undo_match(stage.pool, stage.who[T], stage.key(), made)
    both = await open_lines(stage, numbers=(wrong, back.number))
    assert [(each.state, each.reason) for each in both] == [("excluded", "Another customer’s"), ("new", "")]
    await bank_matching.match_by_hand(stage.pool, stage.who[T], stage.key(), account, [wrong, back.number], [])
    await reconcile(stage, JUNE[1])


async def test_what_is_matched_by_hand_is_listed_to_its_end_with_what_is_ticked_first(stage: Stage) -> None:
    await matched_may(stage)
    account, seen, after = await stage.bank("unifor"), [], (None, None)
    last = (await open_lines(stage))[-1].number
    while True:
        view = await bank_match_views.show_by_hand(stage.pool, stage.who[T], account, None, ([last], []), after, 2)  # type: ignore[arg-type]
        assert view.lines[0].number == last
        seen += [each.number for each in view.lines[1:]]
        if view.next_line is None:
            break
        after = (view.next_line, None)  # type: ignore[assignment]
    assert sorted([*seen, last]) == [each.number for each in sorted(await open_lines(stage), key=lambda each: each.number)]


async def test_a_transfer_is_received_and_a_contribution_recorded_from_the_line(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await posted(stage, 90_000_00, date(2026, 4, 30), "Opening", by="ue treasurer", kind="opening")
    source, target = await stage.bank("ue"), await stage.bank("unifor")
    sending = Sending(
        fund="GEN", from_account=source, to_account=target, amount_minor=1_000_00, sent_on=date(2026, 5, 4), purpose="Share", bought_minor=1_372_50
    )
    sent = await transfers.send(stage.pool, stage.who["ue treasurer"], stage.key(), sending)
    await imported(stage, statement(100_00, [
        line(1, date(2026, 5, 6), 1_357_50, f"WIRE {sent.number}"), line(2, date(2026, 5, 7), 500_00, "UNIFOR LOCAL DUES SHARE 7")
    ]))  # fmt: skip
    wire, dues = await open_lines(stage)
    entry = await record(stage, wire.number, "receipt", transfer=sent.number, fee_minor=15_00)
    assert (await transfers.show_transfer(stage.pool, stage.who[T], sent.number)).transfer.settled_entry == entry
    await record(stage, dues.number, "contribution", union="unifor")
    assert (await proof(stage)).difference_minor == 0
    (rule,) = await bank_rules.list_rules(stage.pool, stage.who["ue treasurer"], "unifor")
    assert (rule.words, rule.action, rule.facts) == ("unifor local dues share", "contribution", {"fund": "GEN", "union": "unifor"})


async def test_what_a_closed_month_does_not_take_is_recorded_on_the_first_open_day(stage: Stage) -> None:
    await imported(stage, await w18(stage))
    await periods.put_state(stage.pool, "joint", MAY[0], MAY[1], "soft_closed")
    fee, interest = await open_lines(stage)
    shown = await bank_records.preview_record(stage.pool, stage.who[T], RecordLine(line=fee.number, action="fee", fund="GEN"))
    assert shown.draft.entry_date == date(2026, 6, 1)
    await record(stage, fee.number, "fee")
    # At the end of May the bank has it and the books do not: it is listed, and May can be proved all the same.
    found = await proof(stage)
    assert [each.amount_minor for each in found.unrecorded] == [12_40]
    assert [(each.amount_minor, each.recorded_on) for each in found.recorded_later] == [(-35_00, date(2026, 6, 1))]
    await record(stage, interest.number, "interest")
    kept = await reconcile(stage)
    assert (kept.recorded_later_minor, kept.book_minor) == (22_60, 48_215_60)
    assert (await proof(stage, date(2026, 6, 1))).recorded_later == []


async def test_what_is_recorded_of_reconciled_days_says_so(stage: Stage) -> None:
    await ready(stage)
    await reconcile(stage)
    assert (await proof(stage)).reconciled
    await posted(stage, -11_00, date(2026, 5, 20), "Found late")
    found = await proof(stage)
    assert found.changed and not found.reconciled and found.difference_minor == 0
    account = await stage.bank("unifor")
    await bank_reconciliation.undo_reconciliation(stage.pool, stage.who[D], stage.key(), account, MAY[1], "A payment came late")
    await reconcile(stage)
    assert (await proof(stage)).reconciled


@pytest.mark.parametrize(("action", "place"), [("interest", 0), ("fee", 1), ("exclude", 0)])
async def test_money_that_goes_out_is_no_interest_and_money_that_comes_in_no_fee(stage: Stage, action: str, place: int) -> None:
    await imported(stage, await w18(stage))
    number = (await open_lines(stage))[place].number
    with pytest.raises(Refusal):
        await record(stage, number, action)


# --- rules --------------------------------------------------------------------------------------------------------------------


async def test_a_rule_is_learnt_proposed_the_next_month_changed_and_retired(stage: Stage) -> None:
    await imported(stage, await w18(stage))
    fee, interest = await open_lines(stage)
    await record(stage, fee.number, "fee")
    await record(stage, interest.number, "interest")
    june = [line(1, date(2026, 6, 29), -36_00, "MONTHLY SERVICE FEE"), line(2, date(2026, 6, 30), -99_00, "SERVICE FEE MONTHLY")]
    await imported(stage, statement(46_293_00, june, JUNE))
    (mark,) = await marks(stage)
    await accept(stage, mark)
    rules = await bank_rules.list_rules(stage.pool, stage.who[T], "unifor")
    assert [(each.words, each.action, each.most_minor, each.uses) for each in rules] == [
        ("monthly service fee", "fee", 70_00, 2), ("credit interest", "interest", None, 1)
    ]
    asked = RuleChange(words="service fee", direction="out", action="fee", facts={"fund": "GEN"})
    changed = await bank_rules.change_rule(stage.pool, stage.who[T], stage.key(), rules[0].id, 1, asked)
    (again,) = await marks(stage)
    assert changed.version == 2 and again.endswith(f":{changed.id}.2")
    with pytest.raises(BankProposalGone):
        await accept(stage, again.removesuffix("2") + "1")
    with pytest.raises(BankRuleChanged):
        await bank_rules.change_rule(stage.pool, stage.who[T], stage.key(), changed.id, 1, asked)
    with pytest.raises(OtherUnion):
        await bank_rules.retire_rule(stage.pool, stage.who["ue treasurer"], stage.key(), changed.id, 2)
    await bank_rules.retire_rule(stage.pool, stage.who[T], stage.key(), changed.id, 2)
    assert await marks(stage) == []


@pytest.mark.parametrize(
    "wrong",
    [{"words": " , "}, {"direction": "in"}, {"least_minor": 5, "most_minor": 4}, {"action": "interest"}, {"facts": {"fund": "NONE"}},
     {"facts": {}}, {"direction": "both"}, {"action": "receipt", "direction": "in"}, {"action": "contribution", "direction": "in"},
     {"action": "interest", "direction": "both"}, {"action": "contribution", "direction": "both", "facts": {"fund": "GEN", "union": "ue"}}],
)
async def test_rules_that_say_nothing_contradict_themselves_or_cannot_be_carried_out(stage: Stage, wrong: dict[str, Any]) -> None:
    asked = RuleChange(**({"words": "fee", "direction": "out", "action": "fee", "facts": {"fund": "GEN"}} | wrong))
    with pytest.raises((BankRuleInvalid, Refusal)):
        await bank_rules.write_rule(stage.pool, stage.who[T], stage.key(), asked)


# --- reconciling ----------------------------------------------------------------------------------------------------------------


async def ready(stage: Stage) -> None:
    await imported(stage, await w18(stage))
    fee, interest = await open_lines(stage)
    await record(stage, fee.number, "fee")
    await record(stage, interest.number, "interest")


async def test_who_paid_does_not_reconcile(stage: Stage) -> None:
    await ready(stage)
    with pytest.raises(PayerNotReconciler):
        await reconcile(stage, by=T)
    await reconcile(stage, by=D)


async def test_a_payment_recorded_late_counts_as_one_and_is_still_to_be_matched(stage: Stage, clock: Clock) -> None:
    """A payment of May recorded once May was reconciled: it shows at once, and whoever recorded it does not reconcile June."""
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, []))
    await reconcile(stage, by=T)
    clock.now += timedelta(minutes=1)
    late = await posted(stage, -11_00, date(2026, 5, 20), "Found late")
    assert (await proof(stage)).changed and [each.entry for each in (await proof(stage)).payments] == [late]
    await imported(stage, statement(100_00, [line(1, date(2026, 6, 2), -11_00, "CHEQUE")], JUNE))
    await accept(stage, *await marks(stage))
    with pytest.raises(PayerNotReconciler):
        await reconcile(stage, JUNE[1], by=T)
    account = await stage.bank("unifor")
    assert (await bank_reconciliation.show_proof(stage.pool, stage.who[T], account, JUNE[1])).paid
    await reconcile(stage, JUNE[1], by=D)


async def test_an_account_closed_within_a_month_is_there_until_its_last_statement_is_reconciled(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await posted(stage, -100_00, date(2026, 5, 12), "Moved away")
    account, treasurer = await stage.bank("unifor"), stage.who[T]
    (number,) = await imported(stage, statement(100_00, [line(1, date(2026, 5, 12), -100_00, "OUT")], (MAY[0], date(2026, 5, 12))))
    async with stage.pool.database.writing() as connection:
        await connection.execute("UPDATE accounts SET closed_on = '2026-05-15' WHERE id = $1", account)

    async def there(day: date | None = None) -> bool:
        async with stage.pool.database.reading() as connection:
            return account in {each.id for each in await bank_reconciliation.accounts_to_reconcile(connection, "unifor", day)}

    assert await there() and account in {each.account.id for each in await bank_standings.standings(stage.pool, treasurer)}
    at_end = await proof(stage)
    assert (at_end.statement, at_end.statement_minor, at_end.reconciled) == (number, 0, False)
    await accept(stage, *await marks(stage))
    await reconcile(stage, date(2026, 5, 12))
    # Then it is gone from what waits, but not from the report of the month it was closed in.
    assert (await proof(stage)).reconciled and not await there() and await there(MAY[1]) and not await there(JUNE[1])


async def test_taking_the_banks_own_fee_in_is_no_payment(stage: Stage) -> None:
    await posted(stage, 100_00, date(2026, 4, 30), "Opening", kind="opening")
    await imported(stage, statement(100_00, [line(1, date(2026, 5, 29), -35_00, "FEE")]))
    (fee,) = await open_lines(stage)
    await record(stage, fee.number, "fee")
    await reconcile(stage, by=T)


async def test_months_are_reconciled_in_their_order_and_the_last_one_may_be_undone(stage: Stage) -> None:
    await ready(stage)
    await imported(stage, statement(46_293_00, [line(1, date(2026, 6, 2), 2_500_00, "DEPOSIT")], JUNE))
    await accept(stage, *await marks(stage))
    with pytest.raises(ReconciliationOrder):
        await reconcile(stage, JUNE[1])
    with pytest.raises(ReconciliationOrder):
        await reconcile(stage, date(2026, 5, 30))
    await reconcile(stage)
    await reconcile(stage, JUNE[1])
    with pytest.raises(ReconciliationOrder):
        await reconcile(stage)
    account = await stage.bank("unifor")

    async def undo(day: date) -> Any:
        return await bank_reconciliation.undo_reconciliation(stage.pool, stage.who[D], stage.key(), account, day, "A cheque was taken for another")

    with pytest.raises(ReconciliationOrder):
        await undo(MAY[1])
    await undo(JUNE[1])
    assert (await reconcile(stage, JUNE[1])).version == 2


async def test_a_match_of_reconciled_days_stays_and_what_cancels_later_counts_later(stage: Stage) -> None:
    await ready(stage)
    account = await stage.bank("unifor")
    matches = (await bank_match_views.list_matches(stage.pool, stage.who[T], account))[0]
    wrong = await posted(stage, -77_00, date(2026, 5, 19), "Wrong")
    await reconcile(stage)
    with pytest.raises(BankMatchState):
        await bank_matching.undo_match(stage.pool, stage.who[T], stage.key(), matches[0].id)
    await journal.reverse(stage.pool, stage.who[T], stage.key(), wrong, date(2026, 5, 31), "Never left")
    await accept(stage, *await marks(stage))
    assert wrong in {each.entry for each in (await proof(stage)).payments}
    assert wrong not in {each.entry for each in (await proof(stage, date(2026, 6, 1))).payments}


async def test_cheques_age(stage: Stage) -> None:
    await ready(stage)
    paid = date(2026, 5, 20)
    for days, ageing in ((29, ""), (30, "old"), (181, "old"), (182, "stale")):
        assert {each.ageing for each in (await proof(stage, paid + timedelta(days=days))).payments} == {ageing}


async def test_what_waits_is_told_step_by_step(stage: Stage) -> None:
    async def waits(who: str = D) -> list[str]:
        async with stage.pool.database.reading() as connection:
            return [each.kind for each in await bank_reconciliation.waiting(connection, stage.who[who], stage.pool.today())]

    file = await w18(stage)
    assert await waits() == []
    await imported(stage, file)
    assert await waits() == ["bank_match"] and await waits("ue treasurer") == []
    fee, interest = await open_lines(stage)
    await record(stage, fee.number, "fee")
    await record(stage, interest.number, "interest")
    assert await waits() == ["bank_reconcile"]
    await reconcile(stage)
    assert await waits() == ["bank_import"]
    async with stage.pool.database.reading() as connection:
        accounts = await bank_reconciliation.accounts_to_reconcile(connection, "unifor")
    assert [each.id for each in accounts] == [await stage.bank("unifor")]


async def test_a_page_of_lines_with_their_proposals(stage: Stage) -> None:
    await matched_may(stage)
    account = await stage.bank("unifor")
    view = await bank_match_views.show_matching(stage.pool, stage.who["ue treasurer"], account, MatchFilter(), limit=4)
    assert (len(view.shown), view.may_match, len(view.cancelling), len(view.bulk)) == (4, False, 1, 2)
    further = await bank_match_views.show_matching(stage.pool, stage.who[T], account, MatchFilter(), view.next, 4)
    assert [each.line.text for each in further.shown] == ["DEBIT MEMO 4711", "SERVICE FEE"] and further.may_match
    for by, count in (("one_to_many", 1), ("none", 2), ("reference", 1)):
        narrowed = await bank_match_views.show_matching(stage.pool, stage.who[T], account, MatchFilter(by=by))
        assert len(narrowed.shown) == count
