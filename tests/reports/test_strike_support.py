"""The report on strike support: money by run and by local that agrees with the trial balance, counts that tell of nobody, and how long it lasts."""

import contextlib
import io
import random
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from pypdf import PdfReader

from ledger.domain.actors import Actor
from ledger.domain.refusals import NotAllowed, Refusal
from ledger.domain.strike_advances import AcceptReports, FileReport, PayAdvance, ProposeAdvance, ReportLine, ReturnUnspent
from ledger.services import strike_advance_reports, strike_advance_returns
from ledger.services import strike_advances as advances
from ledger.services import strike_payments as payments
from ledger.services.pool import Pool
from reports import registry
from reports.document import Document
from reports.registry import Query
from reports.render import FORMATS, render
from reports.strike_support import ROLES
from tests.reports.test_allocations import rows, text
from tests.services.requests_stage import Stage
from tests.services.runs_stage import enrol, paid, picket, weekdays
from tests.services.strikes_stage import FIRST_DAY, on_strike, set_stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    """A strike of each shape: Unifor pays eleven members for two weeks, UE advances a local the third."""
    stage = await set_stage(pool, ue, unifor)
    await stage.fund("STRIKE", CAD=100_000_00, USD=50_000_00)
    strike = await on_strike(stage)
    crossed, sick = {"crossed_on": FIRST_DAY}, {"other_income": "sick"}
    await enrol(stage, strike, *[{}] * 6, {"registered_on": FIRST_DAY + timedelta(days=2)}, crossed, crossed, sick, {"local": 0})
    for member in (*range(1, 8), 11):
        await picket(stage, strike, member, *weekdays(FIRST_DAY), *weekdays(FIRST_DAY + timedelta(days=7)))
    for week in (1, 2):
        await paid(stage, strike, FIRST_DAY + timedelta(days=7 * week), week, 1000 * week)
    await a_local(stage)
    return stage


async def a_local(stage: Stage) -> None:
    """USD 4,000 for forty strikers, of which the local has reported 2,500 and sent 300 back."""
    pool, strike = stage.pool, await on_strike(stage, "ue")
    benefits, officer, treasurer = (stage.who[f"ue {part}"] for part in ("benefits", "officer", "treasurer"))
    asked = ProposeAdvance(local=strike.locals[0].number, week=3, strikers=40)
    made = await advances.propose_advance(pool, benefits, stage.key(), strike.number, asked)
    await advances.approve_advance(pool, officer, stage.key(), made.number)
    bank = await stage.bank("ue")
    await advances.pay_advance(pool, treasurer, stage.key(), made.number, PayAdvance(account=bank, paid_on=pool.today()))
    lines = (ReportLine(category="food", amount_minor=2_500_00),)
    report = FileReport(local=asked.local, week=3, signed_by="R. Chair, L. Steward", lines=lines)
    await strike_advance_reports.file_report(pool, benefits, stage.key(), strike.number, report)
    accepting = AcceptReports(local=asked.local, weeks=(3,), accepted_on=pool.today())
    await strike_advance_reports.accept_reports(pool, officer, stage.key(), strike.number, accepting)
    back = ReturnUnspent(local=asked.local, amount_minor=300_00, account=bank, returned_on=pool.today())
    await strike_advance_returns.record_return(pool, treasurer, stage.key(), strike.number, back)


async def report(stage: Stage, who: str = "ue treasurer", **narrowed: Any) -> Document:
    today = stage.pool.today()
    query = Query(as_of=today, first=date(2026, 1, 1), last=today, **narrowed)
    return await registry.build_report(stage.pool, stage.who[who], "strike-support", query)


async def test_each_strike_with_its_weeks_and_what_it_took(stage: Stage) -> None:
    found = await report(stage)
    (ue, unifor, usd_total) = (rows(found, "strikes")[0], rows(found, "strikes")[1], rows(found, "strikes")[-1])
    assert ue[:4] == ["S-0002", "Meridian walkout, ue", "UE", "Members are out"] and ue[9:] == [40, 1, 3_700_00]
    # Six and the eleventh for two weeks, the seventh three days of five in the first: 300 x (7 x 2 + 1 + 0.6).
    assert unifor[:4] == ["S-0001", "Meridian walkout, unifor", "Unifor", "Members are out"] and unifor[9:] == [40, 2, 4_680_00]
    assert usd_total[-1] == 3_700_00
    assert [row[3:] for row in of_runs(found, "runs")] == [["Paid", 11, None, 2_280_00, 0], ["Paid", 11, None, 2_400_00, 0]]
    assert [row[1:] for row in of_runs(found, "money")] == [[2_280_00, 2_280_00, 0, 0, 0], [2_400_00, 2_400_00, 0, 0, 0]]


def of_runs(found: Document, name: str) -> list[list[Any]]:
    """The rows of a table that are a run's."""
    return [row for row in rows(found, name) if str(row[0]).startswith("SR-")]


async def test_counts_that_would_tell_of_fewer_than_five_are_held_back_for_every_reader(stage: Stage) -> None:
    for who in ("ue treasurer", "unifor treasurer", "unifor trustee"):
        shown = [(row[2], row[3]) for row in rows(await report(stage, who), "reasons")]
        assert shown == [
            ("Whole week", None), ("Part of a week", None), ("Has another income: vacation, sick pay, insurance", None), ("Crossed the picket line", None),
            ("Whole week", None), ("Has another income: vacation, sick pay, insurance", None), ("Crossed the picket line", None),
        ]  # fmt: skip


async def test_what_is_unclaimed_void_and_overpaid_is_told_by_run(stage: Stage) -> None:
    week1, week2 = await _runs(stage)
    who, day = stage.who["unifor benefits"], stage.pool.today()
    await payments.stop_payment(stage.pool, who, stage.key(), week1, 1, day)
    await payments.unclaim_payments(stage.pool, who, stage.key(), week1, day, [1])
    await payments.void_payment(stage.pool, who, stage.key(), week1, 2, day, "not entitled")
    await payments.record_overpayment(stage.pool, who, stage.key(), week2, 3, 100_00, day, "one day too many")
    assert [row[1:] for row in of_runs(await report(stage), "money")] == [[1_980_00, 1_680_00, 0, 300_00, 0], [2_300_00, 2_400_00, 0, 0, 100_00]]


async def _runs(stage: Stage) -> list[str]:
    async with stage.pool.database.reading() as connection:
        return [row["number"] for row in await connection.fetch("SELECT number FROM strike_runs ORDER BY week")]


async def test_locals_account_for_what_was_advanced(stage: Stage) -> None:
    found = await report(stage)
    (local,) = rows(found, "locals")
    assert local[2:] == [4_000_00, 2_500_00, 300_00, 1_200_00, 0]
    (advance,) = rows(found, "advances")
    assert advance[0] == "SA-0001" and advance[4:] == [40, 4_000_00, "Paid", "Accepted", 2_500_00]


STEPS = ("stop", "unclaim", "void", "overpaid", "reissue", "clear")


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_to_payments_the_totals_are_those_of_the_trial_balance(stage: Stage, seed: int) -> None:
    dice, runs = random.Random(seed), await _runs(stage)
    for _ in range(14):
        with contextlib.suppress(Refusal):
            await _step(stage, dice.choice(runs), dice.choice((1, 2, 3, 7, 11)), dice.choice(STEPS), dice.randint(1, 300_00))
    found = await report(stage)
    agreement = rows(found, "agreement")
    assert [row[4] for row in agreement] == [0] * len(agreement), "nobody else posted to these accounts"
    strikes = sum(row[-1] for row in rows(found, "strikes")[:-2])
    spent = ("Benefits, less what was void or paid too much", "To be recovered from members", "Support that locals accounted for",
             "Advanced to locals, still to be accounted for")  # fmt: skip
    assert strikes == sum(row[2] for row in agreement if row[1] in spent)
    assert {(row[1], row[3]) for row in agreement} <= await _trial_balance(stage)
    for _, benefits, out, owed, unclaimed, recoverable in of_runs(found, "money"):
        assert benefits + recoverable == out + owed + unclaimed


async def _step(stage: Stage, run: str, member: int, what: str, amount: int) -> None:
    pool, who, key, day = stage.pool, stage.who["unifor benefits"], stage.key(), stage.pool.today()
    if what == "stop":
        await payments.stop_payment(pool, who, key, run, member, day)
    elif what == "unclaim":
        await payments.unclaim_payments(pool, who, key, run, day, [member])
    elif what == "void":
        await payments.void_payment(pool, who, key, run, member, day, "not entitled")
    elif what == "overpaid":
        await payments.record_overpayment(pool, who, key, run, member, amount, day, "too much")
    elif what == "clear":
        await payments.clear_payments(pool, who, key, run, day, [member])
    else:
        await payments.reissue_payment(pool, stage.who["unifor deputy"], key, run, member, day, f"R{key}")


async def _trial_balance(stage: Stage) -> set[tuple[str, int]]:
    """(what, minor units) of every account of strike support, from the trial balance's own reading."""
    async with stage.pool.database.reading() as connection:
        found = await connection.fetch(
            """SELECT a.role, sum(b.balance_minor)::bigint AS minor FROM balances b JOIN accounts a ON a.id = b.account_id
            WHERE a.book = 'joint' AND a.role = ANY($1::text[]) GROUP BY a.role, a.currency, b.fund_id""",
            list(ROLES),
        )  # fmt: skip
    return {(text(ROLES[row["role"]][0]), row["minor"] * ROLES[row["role"]][1]) for row in found}


async def test_how_long_it_lasts_stands_first_with_its_chart(stage: Stage) -> None:
    found = await report(stage)
    lasting = {row[1]: row for row in rows(found, "runway") if row[0] == "Strike fund"}
    assert lasting["CAD"][2:] == [95_320_00, 1_560_00, Decimal("61.1"), date(2028, 1, 24), "lasts"]
    assert [chart.name for chart in found.sections[0].charts] == ["left-strike-cad-chart", "left-strike-usd-chart"]
    assert rows(await report(stage, fund="GEN"), "strikes") == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("format_name", sorted(FORMATS))
async def test_no_format_names_anybody(stage: Stage, format_name: str, language: str) -> None:
    made = render(await report(stage), format_name, language).content
    assert len(made) > 2_000
    if format_name not in ("pdf", "xlsx"):
        assert not re.search(rb"Member [0-9]|>M[0-9]+<|\"M[0-9]+\"", made)
    if format_name == "pdf":
        words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
        assert "SR-2026-1" in words and "Member 1" not in words


async def test_only_who_reads_reports_reads_it(stage: Stage) -> None:
    with pytest.raises(NotAllowed):
        await report(stage, "unifor captain")
