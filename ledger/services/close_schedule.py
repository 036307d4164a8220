"""Say what of a month's close is due when, by business days of both countries, and remind both treasuries; what is overdue goes to officers too.

The days are data: the setting ``close_schedule`` has versions of them, each holding from a month on, so that what is due already does not move.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor, authorize
from ledger.domain.business_days import nth_after
from ledger.domain.close_schedule import Deadlines, Version, in_force, with_version
from ledger.domain.closes import Close, Step, StepName, is_hard, month_of, number_of
from ledger.domain.home import Waiting
from ledger.domain.notices import Fact, Notice
from ledger.services.close_signing import SIGN
from ledger.services.closes import PREPARE, READ, view
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import closes as store
from ledger.storage import holidays, reference
from ledger.storage.allocations import people_with
from ledger.storage.database import Connection

SETTING = "close_schedule"
# How many days after the last deadline officers are told as well, and how often people are told again.
ESCALATED_DAYS, EVERY_DAYS = 5, 7
_OFFICERS = ["officer", "secretary_treasurer"]


_STEPS: dict[str, tuple[StepName, ...]] = {
    "statements": ("statements",), "extracts": ("compared",), "report": ("fixed",), "signatures": ("signed",),
}  # fmt: skip


async def _versions(connection: Connection) -> list[Version]:
    return msgspec.convert(await reference.setting(connection, SETTING, []), list[Version])


async def due_days(connection: Connection, close: Close) -> dict[str, date]:
    """Which day each thing is due: a day on which banks of both countries work."""
    planned = in_force(await _versions(connection), close.starts_on)
    closed = {each.day for each in await holidays.holidays(connection, close.ends_on, close.ends_on.replace(year=close.ends_on.year + 1))}
    return {name: nth_after(close.ends_on, getattr(planned, name), closed) for name in _STEPS}


class Due(msgspec.Struct, frozen=True):
    """One thing of a month's close: its day, which unions have done it (None for a month that is not over), and which are late with it."""

    name: str
    due_on: date
    done: dict[str, bool] | None
    late: list[str]


class Planned(msgspec.Struct, frozen=True):
    """A month with what is due when, and from which day officers are told of what is still missing."""

    close: Close
    dues: list[Due]
    escalates_on: date


async def show_schedule(pool: Pool, actor: Actor) -> list[Planned]:
    """Months that are over and not signed by both, this month and the next, the oldest first."""
    authorize(actor, READ)
    today = pool.today()
    async with pool.database.reading() as connection:
        open_months = [each for each in await store.closes(connection, limit=24) if each.state != "locked" and each.ends_on < today]
        last = await current(connection, today)
        known = {each.number: each for each in open_months} | ({last.number: last} if last and last.state != "locked" else {})
        coming = [month_of(today), month_of(month_of(today)[1] + date.resolution)]
        months = [*known.values(), *(_of(first) for first, _ in coming)]
        return [await _planned(connection, each, today) for each in sorted(months, key=lambda each: each.starts_on)]


async def list_deadlines(pool: Pool, actor: Actor) -> list[Version]:
    """What was set of due days and from which month on, the newest first; none where the days are those that the product begins with."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await _versions(connection)


async def set_deadlines(pool: Pool, actor: Actor, key: str, since: date, asked: Deadlines) -> list[Version]:
    """Set the due days of a day's month and of those after it, up to the next month for which days were set. What is due already stays."""

    async def work(w: Work) -> Done:
        first = since.replace(day=1)
        before = await _versions(w.connection)
        new = Version(first, asked, w.actor.name, w.actor.union or "", w.now)
        found = with_version(before, new, w.today)
        await reference.set_setting(w.connection, SETTING, msgspec.to_builtins(found))
        facts = {"from": first.isoformat(), "before": msgspec.structs.asdict(in_force(before, first)), **msgspec.structs.asdict(asked)}
        return Done(found, f"close-schedule/{first:%Y-%m}", facts)

    # It holds the books' head, so that of two changes at once the second reads what the first kept.
    request = {"since": since.isoformat(), **msgspec.structs.asdict(asked)}
    return msgspec.convert(await perform(pool, actor, "set_close_deadlines", key, request, work, permission=PREPARE), list[Version])


async def _planned(connection: Connection, close: Close, today: date) -> Planned:
    days = await due_days(connection, close)
    steps = {} if close.ends_on >= today else {step.name: step for step in await _steps(connection, close, today)}
    dues = [_due(name, days[name], [steps[step] for step in _STEPS[name]] if steps else [], today) for name in _STEPS]
    return Planned(close, dues, days["signatures"] + timedelta(days=ESCALATED_DAYS))


def _due(name: str, day: date, steps: Sequence[Step], today: date) -> Due:
    done = {union: all(step.done[union] for step in steps) for union in steps[0].done} if steps else None
    return Due(name, day, done, [union for union, is_done in (done or {}).items() if not is_done and day < today])


async def current(connection: Connection, today: date) -> Close | None:
    """The close of the month before today's, where these books are closed by months: once any close was begun."""
    if not await store.closes(connection, limit=1):
        return None
    last = month_of(month_of(today)[0] - date.resolution)
    return await store.close(connection, number_of(last[0])) or _of(last[0])


def _of(first: date) -> Close:
    """The close of a month that nobody has begun."""
    days = month_of(first)
    return Close(number_of(first), *days, is_hard(first), "open", datetime.combine(days[1], time(), ZONE), 0)


async def reminders(connection: Connection, today: date) -> list[Notice]:
    """What is due and not done, told once a deadline; once the last has passed, every week, and to officers as well after some days."""
    close = await current(connection, today)
    if close is None or close.state == "locked":
        return []
    missing, days = await _missing(connection, close, today), await due_days(connection, close)
    url, last = f"/close/{close.number}", days["signatures"]
    if today > last:
        late = (today - last).days
        to = await _people(connection, [*_TREASURIES, *(_OFFICERS if late >= ESCALATED_DAYS else [])], today)
        once, facts = f"overdue {late // EVERY_DAYS} {late >= ESCALATED_DAYS}", _facts(last) | {"days": late}
        return [Notice(kind="reminder_close_overdue", subject=close.number, url=url, to=to, once=once, facts=facts)]
    to = await _people(connection, _TREASURIES, today)
    return [
        Notice(kind="reminder_close", subject=close.number, url=url, to=to, once=name, facts=_facts(last))
        for name, steps in _STEPS.items()
        if days[name] <= today and missing.intersection(steps)
    ]  # fmt: skip


def _facts(last: date) -> dict[str, Fact]:
    return {"needed_on": last.isoformat()}


_TREASURIES = sorted(PERMISSIONS[PREPARE][0])


async def _missing(connection: Connection, close: Close, today: date) -> set[StepName]:
    return {step.name for step in await _steps(connection, close, today) if not step.is_done}


async def _steps(connection: Connection, close: Close, today: date) -> list[Step]:
    return (await view(connection, close, datetime.combine(today, time(), ZONE), today, as_fixed=True)).steps


async def _people(connection: Connection, roles: list[str], today: date) -> tuple[int, ...]:
    unions = [union.code for union in await reference.unions(connection)]
    return tuple(await people_with(connection, roles, unions, today))


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """The report that waits for a treasurer's signature; else, for the treasuries, the month that is to be closed."""
    if actor.union is None or not actor.can(PREPARE):
        return []
    to_sign = [each for each in await store.closes(connection, limit=6) if each.state == "fixed" and actor.can(SIGN)]
    rows = [row for close in to_sign if (row := await _to_sign(connection, close, actor)) is not None]
    close = await current(connection, today)
    if close is None or close.state in ("fixed", "locked"):
        return rows
    due = (await due_days(connection, close))["report"]
    waits = Waiting(
        kind="prepare_close", subject=close.number, url=f"/close/{close.number}", union="", since=close.ends_on + date.resolution, late=today > due,
        facts={"due_on": due.isoformat()},
    )  # fmt: skip
    return [*rows, waits]


async def _to_sign(connection: Connection, close: Close, actor: Actor) -> Waiting | None:
    report = await store.report(connection, close.number)
    assert report is not None, "what is fixed has a report"
    said = await store.signatures(connection, close.number, report.version)
    if any(each.union == actor.union or each.decision == "declined" for each in said):
        return None
    return Waiting(
        kind="sign_close", subject=close.number, url=f"/close/{close.number}/sign", union="", since=report.fixed_at.astimezone(ZONE).date(),
        facts={"by": report.fixed_by},
    )  # fmt: skip
