"""Strikes of the sample year: one whose members are paid by the week, one whose local gets sums, and a lockout that waits for the other union.

Nobody on the roster exists, nor does any employer, board or resolution of these names.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product

import msgspec

from ledger.domain.strike_advances import AcceptReports, FileReport, PayAdvance, ProposeAdvance, ReportLine
from ledger.domain.strike_rule_sets import ProposeStrikeRules
from ledger.domain.strikes import Authorise, RecordStrike
from ledger.services import (
    duty,
    roster_files,
    strike_advance_reports,
    strike_advances,
    strike_payments,
    strike_rules,
    strike_run_computing,
    strike_runs,
    strikes,
)
from ledger.services.roster_files import SheetFile
from ledger.services.sample_stage import BANKS, Stage, Step
from ledger.services.strike_templates import shipped_rule_sets

MEMBERS, FIRST_CHEQUE = 40, 50_101
# Of the second week's payments: a cheque that was lost and written again, and one that nobody came for.
LOST, UNCLAIMED = 7, 12
GIVEN = ("Ambrose", "Béatrice", "Cyprian", "Delphine", "Eustace", "Fabienne", "Gédéon", "Hortense")
FAMILY = ("Quillfeather", "Marchbanks", "Tremblay-Oduya", "Vandersloot", "Lachapelle-Ito")


def strike_steps(first: date, today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of every strike, told back from today: five weeks of the first, four and a part of the second, a notice of the third."""
    walkout, shops, lockout = _monday(today - timedelta(days=35)), _monday(today - timedelta(days=28)), today + timedelta(days=9)
    moments = [(shops - timedelta(days=20), _amounts_set), *_members_paid(walkout), *_local_paid(shops), *_announced(lockout, today)]
    return [(day, 980 + place, step) for place, (day, step) in enumerate(moments) if day >= first]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


Moment = tuple[date, Step]


def _members_paid(start: date) -> list[Moment]:
    """Unifor's shape: a roster in two locals, four weeks paid, the fifth waits for a second person."""
    after = [start + timedelta(days=day) for day in range(36)]
    notice = RecordStrike(
        union="unifor", kind="strike", name="Steel City Assembly walkout", locals=("8504", "8610"), notice_on=start - timedelta(days=12), starts_on=start,
        expected=MEMBERS, rule_set="unifor", fund="STRIKE", employer="Ironquay Assembly", mandate="94 % in favour", mandate_on=start - timedelta(days=15),
    )  # fmt: skip
    moments = [*_recorded("members", notice, start), (start - timedelta(days=3), _roster("members")), (start, _begun("members", start))]
    for week in range(1, 6):
        due = after[7 * week]
        moments += [(due, _duty("members", start, week)), (due, _computed("members", week))]
        if week < 5:
            moments += [(due, _approved("members", week)), (due + timedelta(days=1), _paid("members", week))]
    moments += [(after[12], _settled("members", 1)), (after[18], _lost("members", 2)), (after[20], _written_again("members", 2))]
    return [*moments, (after[26], _gone_unclaimed("members", 2)), (after[26], _settled("members", 2)), (after[27], _settled("members", 3))]


def _local_paid(start: date) -> list[Moment]:
    """UE's shape: sums to a local from the third week on; the fifth is held, because the report of the fourth is missing."""
    notice = RecordStrike(
        union="ue", kind="strike", name="Prairie Rail Shops walkout", locals=("934",), notice_on=start - timedelta(days=9), starts_on=start, expected=120,
        rule_set="ue", fund="STRIKE", employer="Cottonwood Rail Services", mandate="Voted at three shop meetings", mandate_on=start - timedelta(days=13),
    )  # fmt: skip
    third, fourth, fifth = (start + timedelta(days=7 * week) for week in (2, 3, 4))
    return [
        *_recorded("local", notice, start), (start, _begun("local", start)),
        *_advanced("local", 3, 118, third), (fourth, _reported("local", 3)), (fourth, _accepted("local", 3)), *_advanced("local", 4, 116, fourth),
        (fifth, _proposed("local", 5, 116)),
    ]  # fmt: skip


def _announced(start: date, today: date) -> list[Moment]:
    notice = RecordStrike(
        union="ue", kind="lockout", name="Lakeshore lockout", locals=("901",), notice_on=today - timedelta(days=2), starts_on=start, expected=65,
        rule_set="ue", fund="STRIKE", employer="Lakeshore Castings",
    )  # fmt: skip
    return [(today - timedelta(days=2), _record("lockout", notice)), (today - timedelta(days=1), _authorise("lockout", "ue", "officer", "GEB-47"))]


# --- what happens -------------------------------------------------------------------------------------------------------


def _recorded(key: str, notice: RecordStrike, start: date) -> list[Moment]:
    return [
        (start - timedelta(days=8), _record(key, notice)), (start - timedelta(days=6), _authorise(key, "ue", "officer", "GEB-44")),
        (start - timedelta(days=5), _authorise(key, "unifor", "secretary_treasurer", "NEB-61")),
    ]  # fmt: skip


def _record(key: str, notice: RecordStrike) -> Step:
    async def step(s: Stage) -> object:
        made = await strikes.record_strike(s.pool, s.actors[f"{notice.union} benefits_officer"], s.key(), notice)
        s.numbers[f"strike {key}"] = made.number
        return made

    return step


def _authorise(key: str, union: str, role: str, number: str) -> Step:
    async def step(s: Stage) -> object:
        body = {"ue": "General Executive Board", "unifor": "National Executive Board"}[union]
        word = Authorise(body=body, resolution=f"{number} (sample)", decided_on=s.pool.today() - timedelta(days=1))
        return await strikes.authorise_strike(s.pool, s.actors[f"{union} {role}"], s.key(), s.numbers[f"strike {key}"], word)

    return step


def _begun(key: str, day: date) -> Step:
    async def step(s: Stage) -> object:
        union = "unifor" if key == "members" else "ue"
        return await strikes.begin(s.pool, s.actors[f"{union} benefits_officer"], s.key(), s.numbers[f"strike {key}"], day)

    return step


async def _amounts_set(s: Stage) -> object:
    """UE's weekly sum, invented: what ships is a placeholder, by which nothing is paid."""
    shipped = shipped_rule_sets()["ue"]
    rules = msgspec.structs.replace(shipped.rules, placeholder=False, authority="General Executive Board, resolution 38 (sample; the amount is invented)")
    proposal = ProposeStrikeRules(valid_from=s.pool.today(), rules=rules, remark="An invented amount for the sample books")
    made = await strike_rules.propose_rules(s.pool, s.actors["ue officer"], s.key(), proposal)
    return await strike_rules.confirm_rules(s.pool, s.actors["ue treasurer"], s.key(), "ue", made.version)


# --- members --------------------------------------------------------------------------------------------------------------


def _roster(key: str) -> Step:
    async def step(s: Stage) -> object:
        file = SheetFile("sample roster.csv", roster_csv(s.pool.today()))
        return await roster_files.bring_in(s.pool, s.actors["unifor benefits_officer"], s.key(), s.numbers[f"strike {key}"], file, None, "en")

    return step


def roster_csv(registered: date) -> bytes:
    """Forty invented members: most of them in good standing, two in arrears, one laid off, one who is sick, one who is paid by deposit in five."""
    rows = ["reference,name,local,standing,payroll,registered on,other income,dependants,pay method,payment reference"]
    for number, (given, family) in enumerate(product(GIVEN, FAMILY), 1):
        standing, payroll = "arrears" if number in (9, 31) else "good", "laid off" if number == 17 else "active"
        method = "deposit" if number % 5 == 0 else "cheque"
        rows.append(",".join((
            f"SAMPLE-{number:03}", f"{given} {family} (sample)", "8504" if number <= 26 else "8610", standing, payroll, registered.isoformat(),
            "sick" if number == 23 else "none", str(number % 3), method, f"PAY-{number:03}" if method == "deposit" else "",
        )))  # fmt: skip
    return "\n".join(rows).encode()


def _duty(key: str, start: date, week: int) -> Step:
    async def step(s: Stage) -> object:
        file = SheetFile("sample duty.csv", duty_csv(start + timedelta(days=7 * (week - 1)), week))
        return await duty.bring_in(s.pool, s.actors["unifor benefits_officer"], s.key(), s.numbers[f"strike {key}"], file, None, "en")

    return step


def duty_csv(monday: date, week: int) -> bytes:
    """Everybody stood four hours a day, but for a few: some of them missed a day or two, one the whole week."""
    rows = ["reference,day,hours"]
    for number in range(1, MEMBERS + 1):
        missed = 5 if (number + week) % 19 == 0 else 2 if (number + week) % 11 == 0 else 1 if (number * week) % 7 == 3 else 0
        rows += [f"SAMPLE-{number:03},{(monday + timedelta(days=day)).isoformat()},4" for day in range(5 - missed)]
    return "\n".join(rows).encode()


def _computed(key: str, week: int) -> Step:
    """Made, computed and handed to a second person by the benefits officer."""

    async def step(s: Stage) -> object:
        who = s.actors["unifor benefits_officer"]
        run = await strike_runs.start_run(s.pool, who, s.key(), s.numbers[f"strike {key}"], week)
        s.numbers[f"run {week}"] = run.number
        run = await strike_run_computing.compute_run(s.pool, who, s.key(), run.number)
        return await strike_runs.submit_run(s.pool, who, s.key(), run.number, run.revision)

    return step


def _approved(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        return await strike_runs.approve_run(s.pool, s.actors["unifor officer"], s.key(), s.numbers[f"run {week}"], 1, s.pool.today())

    return step


def _paid(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        first = FIRST_CHEQUE + 50 * (week - 1)
        account, number = s.accounts[BANKS["unifor"]], s.numbers[f"run {week}"]
        return await strike_runs.pay_run(s.pool, s.actors["unifor treasurer"], s.key(), number, account, s.pool.today(), first)

    return step


def _lost(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        who, number = s.actors["unifor benefits_officer"], s.numbers[f"run {week}"]
        return await strike_payments.stop_payment(s.pool, who, s.key(), number, LOST, s.pool.today(), 12_50, "Lost in the mail")

    return step


def _written_again(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        who, number = s.actors["unifor treasurer"], s.numbers[f"run {week}"]
        return await strike_payments.reissue_payment(s.pool, who, s.key(), number, LOST, s.pool.today(), str(FIRST_CHEQUE + 900))

    return step


def _gone_unclaimed(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        who, number = s.actors["unifor benefits_officer"], s.numbers[f"run {week}"]
        return await strike_payments.unclaim_payments(s.pool, who, s.key(), number, s.pool.today(), [UNCLAIMED])

    return step


def _settled(key: str, week: int) -> Step:
    """Every payment that is still out was cashed, and the week is reconciled and closed."""

    async def step(s: Stage) -> object:
        who, number = s.actors["unifor benefits_officer"], s.numbers[f"run {week}"]
        await strike_payments.clear_payments(s.pool, who, s.key(), number, s.pool.today())
        await strike_payments.reconcile_run(s.pool, who, s.key(), number)
        return await strike_payments.close_run(s.pool, who, s.key(), number)

    return step


# --- a local ----------------------------------------------------------------------------------------------------------------


def _advanced(key: str, week: int, strikers: int, day: date) -> list[Moment]:
    return [(day, _proposed(key, week, strikers)), (day, _advance_approved(week)), (day + timedelta(days=1), _advance_paid(week))]


def _proposed(key: str, week: int, strikers: int) -> Step:
    async def step(s: Stage) -> object:
        asked = ProposeAdvance(local="934", week=week, strikers=strikers)
        made = await strike_advances.propose_advance(s.pool, s.actors["ue benefits_officer"], s.key(), s.numbers[f"strike {key}"], asked)
        s.numbers[f"advance {week}"] = made.number
        return made

    return step


def _advance_approved(week: int) -> Step:
    async def step(s: Stage) -> object:
        return await strike_advances.approve_advance(s.pool, s.actors["ue officer"], s.key(), s.numbers[f"advance {week}"])

    return step


def _advance_paid(week: int) -> Step:
    async def step(s: Stage) -> object:
        paid = PayAdvance(account=s.accounts[BANKS["ue"]], paid_on=s.pool.today())
        return await strike_advances.pay_advance(s.pool, s.actors["ue treasurer"], s.key(), s.numbers[f"advance {week}"], paid)

    return step


SPENT: Sequence[ReportLine] = (
    ReportLine(category="food", amount_minor=6_240_00, what="Picket kitchen and grocery cards"),
    ReportLine(category="utilities", amount_minor=2_815_40, what="Power and water bills of strikers"),
    ReportLine(category="transport", amount_minor=1_190_00, what="Gas cards"),
    ReportLine(category="picket_supplies", amount_minor=742_75, what="Barrels, wood, rain gear"),
)


def _reported(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        report = FileReport(local="934", week=week, signed_by="Chair and financial secretary of Local 934 (sample)", lines=tuple(SPENT))
        return await strike_advance_reports.file_report(s.pool, s.actors["ue benefits_officer"], s.key(), s.numbers[f"strike {key}"], report)

    return step


def _accepted(key: str, week: int) -> Step:
    async def step(s: Stage) -> object:
        asked = AcceptReports(local="934", weeks=(week,), accepted_on=s.pool.today())
        return await strike_advance_reports.accept_reports(s.pool, s.actors["ue treasurer"], s.key(), s.numbers[f"strike {key}"], asked)

    return step
