"""The working papers through the real store: what stands behind each figure, month by month and transfer by transfer, in every format."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import DateInvalid
from ledger.services.pool import Pool
from reports.document import Document, Label
from reports.present import say
from reports.registry import Query, build_report
from reports.render import FORMATS, render
from tests.conftest import Clock
from tests.services.requests_stage import Stage, set_stage
from tests.services.test_threshold_reminders import grant, send
from tests.services.test_transfers import a_rate

YEAR = Query(as_of=date(2026, 12, 31), first=date(2026, 1, 1), last=date(2026, 12, 31))
LAST_YEAR = Query(as_of=date(2025, 12, 31), first=date(2025, 1, 1), last=date(2025, 12, 31))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


async def paper(stage: Stage, name: str, query: Query = YEAR) -> Document:
    return await build_report(stage.pool, stage.who["ue treasurer"], name, query)


def figures(document: Document, table: str, column: str) -> list[object]:
    """A column of a table, groups left out."""
    (found,) = [each for section in document.sections for each in section.tables if each.name == table]
    place = [each.name for each in found.columns].index(column)
    return [row.cells[place].value for row in found.rows if row.kind != "group"]


async def test_schedule_f_has_its_three_parts_with_what_is_behind(stage: Stage) -> None:
    await grant(stage, 5_000_01)
    document = await paper(stage, "schedule-f")
    assert figures(document, "form-990-f-1-1-ue", "counted") == [5_000_01, 5_000_01]
    assert figures(document, "form-990-f-2-1-ue", "counted") == [5_000_01, 5_000_01]
    assert figures(document, "form-990-f-3-1-ue", "counted") == []


async def test_fbar_has_the_highest_balance_of_each_month(stage: Stage) -> None:
    """CAD 8,000 from the day before, of which CAD 3,000 leaves; October and what was before are nothing, December is to come."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3700")
    await stage.fund("GEN", CAD=8_000_00)
    await send(stage, "unifor", 3_000_00)
    document = await paper(stage, "fbar")
    assert figures(document, "months-ue", "balance") == [0] * 10 + [8_000_00]
    assert figures(document, "months-ue", "month")[-1] == Label("November 2026", "novembre 2026")
    assert figures(document, "months-ue", "day")[-1] == stage.pool.today() - timedelta(days=1)
    assert figures(document, "fbar-1-ue", "counted") == [5_839_42, 5_839_42]


async def test_bank_transfers_lists_every_one_and_first_what_the_bank_reports(stage: Stage) -> None:
    await stage.fund("GEN", CAD=60_000_00)
    numbers = [(await send(stage, "unifor", amount)).number for amount in (10_000_00, 200_00)]
    document = await paper(stage, "bank-transfers")
    assert figures(document, "sent", "number") == numbers and figures(document, "sent", "amount") == [10_000_00, 200_00]
    assert figures(document, "bank-eft-1-all", "counted") == [10_000_00]
    assert figures(document, "bank-eft-24h-1-all", "counted") == [10_000_00, 200_00, 10_200_00]
    earlier = Query(as_of=date(2026, 1, 1), first=date(2026, 1, 1), last=date(2026, 1, 31))
    assert figures(await paper(stage, "bank-transfers", earlier), "sent", "number") == []


async def test_form_1099_names_payees_and_no_member(stage: Stage) -> None:
    document = await paper(stage, "form-1099")
    assert figures(document, "form-1099-payee-2-ue", "counted") == []
    assert any("tax review list" in getattr(note, "message", "") for note in document.notes)


async def test_lm2_says_which_version_of_each_threshold_and_what_is_not_entered(stage: Stage, clock: Clock) -> None:
    def said(document: Document) -> str:
        return " ".join(say("en", note) for section in document.sections for note in section.notes)

    now = said(await paper(stage, "lm-2"))
    assert "By version 1, for fiscal years that end from January 1, 2000 to December 31, 2026." in now and "no amount is entered" not in now
    clock.now += timedelta(days=60)
    later = said(await paper(stage, "lm-2", Query(as_of=date(2027, 12, 31), first=date(2027, 1, 1), last=date(2027, 12, 31))))
    assert "By version 2, for fiscal years that end from January 1, 2027 on." in later
    assert "That it holds from January 1, 2027 on is an assumption" in later
    assert "From January 1, 2027 on no amount is entered for Form LM-3, below it LM-4: receipts of a fiscal year. Nothing is said of it" in later


PARTS = {"form-1099": 1, "lm-2": 3, "schedule-f": 3, "fbar": 1, "bank-transfers": 2}


@pytest.mark.parametrize("name", ["lm-2", "schedule-f", "form-1099", "fbar", "bank-transfers"])
async def test_a_paper_whose_thresholds_nobody_entered_says_so(stage: Stage, name: str) -> None:
    """Nothing at all would read as if nobody reached one."""

    def said(document: Document) -> list[str]:
        return [text for section in document.sections for note in section.notes if (text := say("en", note)).startswith("No threshold is entered")]

    assert said(await paper(stage, name)) == []
    async with stage.pool.database.writing() as connection:
        await connection.execute("UPDATE thresholds SET state = 'rejected'")
    assert len(said(await paper(stage, name))) == PARTS[name]


async def test_bank_transfers_says_which_limit_has_ended(stage: Stage) -> None:
    """Its days are any, so no year is named."""
    async with stage.pool.database.writing() as connection:
        await connection.execute("UPDATE thresholds SET valid_to = '2026-06-30' WHERE code = 'bank-eft'")
    later = Query(as_of=date(2026, 11, 1), first=date(2026, 11, 1), last=date(2026, 11, 20))
    notes = [say("en", note) for section in (await paper(stage, "bank-transfers", later)).sections for note in section.notes]
    assert [each for each in notes if "no amount is entered" in each] == [
        "From July 1, 2026 on no amount is entered for Electronic funds transfer that the bank reports (FINTRAC)."
    ]


async def test_the_statement_for_a_member_has_both_statements_and_room_to_certify(stage: Stage, clock: Clock) -> None:
    await stage.fund("GEN", CAD=8_000_00)
    clock.now += timedelta(days=60)
    document = await paper(stage, "members-statement")
    names = [each.name for section in document.sections for each in section.tables]
    assert {"activities-restricted-fund-cad", "position-restricted-fund-cad", "certified"} <= set(names) and len(names) == len(set(names))


@pytest.mark.parametrize("name", ["lm-2", "schedule-f", "form-1099", "fbar", "bank-transfers"])
async def test_a_year_that_has_not_begun_is_refused(stage: Stage, name: str) -> None:
    later = Query(as_of=date(2099, 12, 31), first=date(2099, 1, 1), last=date(2099, 12, 31))
    with pytest.raises(DateInvalid) as refused:
        await paper(stage, name, later)
    assert refused.value.params["reason"] == "not_begun"


@pytest.mark.parametrize("last", [date(2026, 11, 23), date(2026, 12, 31), date(2027, 12, 31)])
async def test_no_copy_of_a_year_that_is_not_over_is_certified(stage: Stage, last: date) -> None:
    """The last day counts until it is over."""
    with pytest.raises(DateInvalid) as refused:
        await paper(stage, "members-statement", Query(as_of=last, first=date(last.year, 1, 1), last=last))
    assert refused.value.params["reason"] == "not_over"


@pytest.mark.parametrize("name", ["schedule-f", "form-1099", "fbar", "bank-transfers", "members-statement"])
async def test_every_format_in_both_languages(stage: Stage, name: str) -> None:
    await grant(stage, 5_000_01)
    document = await paper(stage, name, LAST_YEAR if name == "members-statement" else YEAR)
    for format_name in FORMATS:
        for language in ("en", "fr"):
            assert render(document, format_name, language).content
