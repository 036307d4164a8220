"""Plan the closes of the sample year: three months signed by both, one of them with a difference that both listed, and the last month with work to do."""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from ledger.domain.closes import Close, Decision, Report, month_of, number_of
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.services import close_signing, closes, journal, revaluation
from ledger.services.close_signing import Sign
from ledger.services.closes import Make
from ledger.services.sample_stage import BANK, Planned, Stage, Step, working

# How many days after a month's end it is closed, and after everything else of that day.
CLOSED_AFTER, ORDER = 9, 995
UNIONS = ("ue", "unifor")
# Why both unions list what is left.
WHY = {
    "suspense": "The bank was asked who sent it", "statements": "On paper only until the banks’ files begin", "matched": "Proved on paper",
}  # fmt: skip


class Closing(msgspec.Struct, frozen=True):
    """What is made outside these services: the report, and the sentence that is signed."""

    make: Make
    sentence: Callable[[str, Close, Report, Decision], str]


def close_steps(today: date, closing: Closing) -> list[Planned]:
    """The four months before this one, the oldest first."""
    months = [month_of(today)]
    while len(months) < 5:
        months.insert(0, month_of(months[0][0] - timedelta(days=1)))
    fourth, third, second, last = months[:4]
    plan = [step for month in (fourth, third, second) for step in _closed(month, closing)]
    found, known = working(third[1] - timedelta(days=10)), working(second[0] + timedelta(days=12))
    deposit = [Planned(found, ORDER, _deposit("Liabilities:Suspense", "Deposit without a name")), Planned(known, ORDER, _known)]
    return [*plan, *deposit, *_begun(last)]


def _closed(month: tuple[date, date], closing: Closing) -> list[Planned]:
    day = working(month[1] + timedelta(days=CLOSED_AFTER))
    return [Planned(day, ORDER, _revalue(month[1])), Planned(day, ORDER + 1, _close(month[0], closing))]


def _begun(month: tuple[date, date]) -> list[Planned]:
    """UE's treasury has looked its part over; the rest is to do."""
    return [Planned(month[1] + timedelta(days=1), ORDER, _confirm(number_of(month[0]), "in_transit", "ue"))]


def _deposit(path: str, text: str) -> Step:
    async def step(s: Stage) -> object:
        account, currency = BANK["unifor"]
        lines = (NamedPosting(account, currency, "GEN", 240_00), NamedPosting(f"joint/{path}", currency, "GEN", -240_00))
        return await journal.post_entry(s.pool, s.actors["unifor treasurer"], s.key(), NamedEntry(s.pool.today(), text, lines))

    return step


async def _known(s: Stage) -> object:
    """Who sent the deposit is known now: it was Unifor."""
    _, currency = BANK["unifor"]
    suspense, given = "joint/Liabilities:Suspense", "joint/Income:Contributions:Unifor"
    lines = (NamedPosting(suspense, currency, "GEN", 240_00), NamedPosting(given, currency, "GEN", -240_00))
    entry = NamedEntry(s.pool.today(), "Deposit without a name: a contribution of Unifor", lines)
    return await journal.post_entry(s.pool, s.actors["unifor treasurer"], s.key(), entry)


def _revalue(day: date) -> Step:
    async def step(s: Stage) -> object:
        return await revaluation.revalue(s.pool, s.actors["unifor treasurer"], s.key(), "joint", day)

    return step


def _confirm(number: str, name: str, union: str, remark: str = "") -> Step:
    async def step(s: Stage) -> object:
        return await closes.confirm_step(s.pool, s.actors[f"{union} deputy"], s.key(), number, name, remark)

    return step


def _close(first: date, closing: Closing) -> Step:
    """Both treasuries look over what is left, one fixes the report, both treasurers sign it and keep its head."""
    number = number_of(first)

    async def step(s: Stage) -> None:
        shown = await closes.show_close(s.pool, s.actors["ue treasurer"], number)
        for left in [each for each in shown.steps if each.name in closes.CONFIRMED and not each.is_done]:
            for union in UNIONS:
                await _confirm(number, left.name, union, WHY.get(left.name, ""))(s)
        report = await closes.fix_report(s.pool, s.actors["unifor deputy"], s.key(), number, closing.make, shown.reaches_back)
        for union in UNIONS:
            await _sign(s, union, report, closing)
            await closes.keep_head(s.pool, s.actors[f"{union} treasurer"], s.key(), number)

    return step


async def _sign(s: Stage, union: str, report: Report, closing: Closing) -> None:
    actor = s.actors[f"{union} treasurer"]
    async with s.pool.database.reading() as connection:
        password = await connection.fetchval("SELECT sample_password FROM people WHERE id = $1", actor.person_id)
    close = (await closes.show_close(s.pool, actor, report.close)).close
    said = closing.sentence("en" if union == "ue" else "fr", close, report, "signed")
    asked = Sign(version=report.version, decision="signed", password=password)
    await close_signing.sign_report(s.pool, actor, s.key(), report.close, asked, said)
