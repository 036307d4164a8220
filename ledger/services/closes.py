"""Close a month of the joint book: confirm its steps, fix its report in both languages, and hand out what each union keeps.

Fixing shuts the period first, in a transaction of its own that holds the head for a moment only, so that nothing late enters while the report is read
and drawn; then the report is kept as it was made. Broken off in between, it is fixed again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from ledger.domain import closes as rules
from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.closes import Close, Confirmation, Later, Made, Reopening, Report, Signature, Status, Step, StepName
from ledger.domain.notices import Notice
from ledger.domain.refusals import ChoiceInvalid, CloseNotReady, CloseState, NotFound
from ledger.services.close_steps import ends_of, facts_of, steps_of
from ledger.services.comparison import Comparison, at_cutoff
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import closes as store
from ledger.storage import periods, reference
from ledger.storage.allocations import people_with
from ledger.storage.closes import KeptHead, What
from ledger.storage.database import Connection
from ledger.storage.journal_lines import days_of_entries

PREPARE, READ, KEEP = "prepare_close", "read_books", "keep_head"
# Makes the report of a close: its next version, with the status it has, after the report before it.
Make = Callable[[Pool, Close, Status, int], Awaitable[Made]]
CONFIRMED = ("statements", "matched", "in_transit", "rates", "compared", "commitments", "suspense")


class CloseView(msgspec.Struct, frozen=True):
    """A close with everything about it. ``status`` is how its newest version stands, ``later`` what was recorded since that version was fixed,
    ``signatures`` what was said of it and ``signed_before`` of those before it.

    ``compared`` is what stands between the unions, and with the pool's journal, on its last day; ``accounts`` of the joint book by label and ``funds``
    by code name what steps have.
    ``reaches_back`` is the first day that fixing it shuts too, where it is the first close of all; ``shut_with`` is that close, for months before it.
    """

    close: Close
    steps: list[Step]
    confirmations: list[Confirmation]
    report: Report | None
    status: Status | None
    signatures: list[Signature]
    signed_before: list[Signature]
    later: list[Later]
    versions: list[Report]
    reopenings: list[Reopening]
    heads: list[KeptHead]
    is_over: bool
    compared: list[Comparison]
    accounts: dict[str, Account]
    funds: dict[str, Fund]
    reaches_back: date | None
    shut_with: str | None


class Listed(msgspec.Struct, frozen=True):
    """A month of the books with how its close stands."""

    close: Close
    status: Status | None
    signed: list[str]
    superseded: bool
    is_over: bool
    shut_with: str | None


# --- reading --------------------------------------------------------------------------------------------------------------


async def list_closes(pool: Pool, actor: Actor, after: str | None = None, limit: int = 24) -> list[Listed]:
    """Every month since the books' first entry, the newest first, whether or not its close was begun; older than ``after`` where given."""
    authorize(actor, READ)
    before = rules.written(after)[1] if after else None
    async with pool.database.reading() as connection:
        days = await days_of_entries(connection)
        begun = {each.number: each for each in await store.closes(connection, before, limit)}
        found = []
        for first in _months(days[0] if days else pool.today(), min(before or date.max, pool.today() + timedelta(days=1)))[:limit]:
            close = begun.get(rules.number_of(first)) or _new(first, pool.clock())
            found.append(await _listed(connection, close, pool.today()))
        return found


def _months(since: date, before: date) -> list[date]:
    """The first days of months from that of ``since`` to the last that begins before a day, the newest first."""
    found = [since.replace(day=1)]
    while (following := rules.month_of(found[-1])[1] + timedelta(days=1)) < before:
        found.append(following)
    return [day for day in reversed(found) if day < before]


async def _listed(connection: Connection, close: Close, today: date) -> Listed:
    report, is_over = await store.report(connection, close.number), close.ends_on < today
    if report is None:
        return Listed(close, None, [], False, is_over, await _shut_with(connection, close))
    signatures = await store.signatures(connection, close.number, report.version)
    signed = [each.union for each in signatures if each.decision == "signed"]
    return Listed(close, rules.stands(report, signatures), signed, bool(await store.later(connection, close, report.head_number, 1)), is_over, None)


async def show_close(pool: Pool, actor: Actor, number: str) -> CloseView:
    """One month's close as it stands, begun or not."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await view(connection, await _close(connection, number, pool.clock()), pool.clock(), pool.today(), as_fixed=True)


async def view(connection: Connection, close: Close, now: datetime, today: date, *, as_fixed: bool = False) -> CloseView:
    """Everything about a close in this snapshot. ``as_fixed`` gives the steps of a fixed report as they stood then, unless it is to be fixed anew."""
    report = await store.report(connection, close.number)
    confirmations = await store.confirmations(connection, close.number)
    every = await store.signatures(connection, close.number) if report else []
    signatures = [each for each in every if report is not None and each.version == report.version]
    later = await store.later(connection, close, report.head_number) if report else []
    status = rules.stands(report, signatures) if report else None
    compared = await at_cutoff(connection, close.ends_on)
    if as_fixed and report is not None and rules.rests(close, status, later):
        unions = [union.code for union in await reference.unions(connection)]
        kept = await store.steps_when_fixed(connection, close.number, report.version)
        steps = [*kept[:-2], *ends_of(close, unions, report, signatures)]
        compared = [each for each in compared if each.number]
    else:
        steps = await steps_of(connection, close, confirmations, report, signatures, now, compared)
    return CloseView(
        close, steps, confirmations, report, status, signatures, every[: len(every) - len(signatures)], later,
        await store.reports(connection, close.number), await store.reopenings(connection, close.number),
        await store.kept_heads(connection, close.number), close.ends_on < today, compared,
        {each.label: each for each in await reference.accounts(connection, JOINT)}, {each.code: each for each in await reference.funds(connection)},
        await _reaches_back(connection, close), await _shut_with(connection, close),
    )  # fmt: skip


async def _shut_with(connection: Connection, close: Close) -> str | None:
    """The first close, for a month before it: fixing that one shut this one too."""
    first = await store.first_fixed(connection)
    return first.number if first is not None and close.starts_on < first.starts_on else None


async def _reaches_back(connection: Connection, close: Close) -> date | None:
    """The first day that is shut with the first close of all, because its opening balances rest on it."""
    first, days = await store.first_fixed(connection), await days_of_entries(connection)
    is_first = first is None or first.number == close.number
    return days[0] if is_first and days is not None and days[0] < close.starts_on else None


def _new(first: date, now: datetime) -> Close:
    return Close(rules.number_of(first), *rules.month_of(first), rules.is_hard(first), "open", now, 0)


async def _close(connection: Connection, number: str, now: datetime, *, lock: bool = False) -> Close:
    """A close by its number; one of a month that the books have and nobody has begun as it would begin."""
    written, first = rules.written(number)
    found = await store.close(connection, written, lock=lock)
    if found is not None:
        return found
    days = await days_of_entries(connection)
    if days is None or not days[0].replace(day=1) <= first <= now.astimezone(ZONE).date():
        raise NotFound(kind="close", id=written)
    return _new(first, now)


async def begun(w: Work, number: str) -> Close:
    """A close to act on, begun where it was not, its row locked. Begins once every change is over that looked for its row and found none."""
    close = await _close(w.connection, number, w.now, lock=True)
    if await store.close(w.connection, close.number) is None:
        await store.wait_to_begin(w.connection)
        await store.add(w.connection, close, w.actor.person_id)
    return close


async def read_file(pool: Pool, actor: Actor, number: str, version: int, what: What) -> bytes:
    """The kept bytes of a version."""
    authorize(actor, "read_reports")
    written, _ = rules.written(number)
    async with pool.database.reading() as connection:
        found = await store.content(connection, written, version, what)
    if found is None:
        raise NotFound(kind="close", id=f"{written}/{version}")
    return found


# --- steps ----------------------------------------------------------------------------------------------------------------


async def confirm_step(pool: Pool, actor: Actor, key: str, number: str, step: str, remark: str = "") -> Close:
    """Say for one's union that a step was looked over as it stands; what had to be none is listed, with a remark that says why."""

    async def work(w: Work) -> Done:
        if step not in CONFIRMED:
            raise ChoiceInvalid(field="step", value=step[:40])
        close = await begun(w, number)
        if close.state in ("fixed", "locked"):
            raise CloseState(close=close.number, state=close.state)
        name: StepName = step  # type: ignore[assignment]
        kept = rules.check_remark("remark", remark, needed=name in rules.LISTED)
        facts = await facts_of(w.connection, close, name)
        await store.add_confirmation(w.connection, close.number, name, str(actor.union), actor.person_id, w.now, facts, kept)
        return Done(close, close.number, {"step": name})

    asked = {"close": number, "step": step, "remark": remark}
    answer = await perform(pool, actor, "confirm_close_step", key, asked, work, permission=PREPARE, posts=False)
    return msgspec.convert(answer, Close)


# --- fixing ---------------------------------------------------------------------------------------------------------------


async def fix_report(pool: Pool, actor: Actor, key: str, number: str, make: Make, back_to: date | None = None) -> Report:
    """Shut the period and keep its report in both languages, as the next version; refuses while a step is missing.

    The first close of all shuts every earlier day too, and takes the first of them as ``back_to``.
    """
    authorize(actor, PREPARE)
    close, status, taken_back = await shut(pool, actor, key, number, back_to)
    made = await make(pool, close, status, close.version + 1)

    async def work(w: Work) -> Done:
        now_at = await begun(w, number)
        if now_at.version != close.version or now_at.state == "locked":
            raise CloseState(close=now_at.number, state=now_at.state)
        steps = await _stands(w, now_at, status, taken_back)
        mark = hashlib.sha256(made.journal).digest()
        await store.add_report(w.connection, close.number, close.version + 1, status, made, mark, actor.person_id, w.now, steps)
        await store.set_state(w.connection, close.number, "fixed", w.now)
        report = await store.report(w.connection, close.number, close.version + 1)
        assert report is not None, "it was kept just now"
        await _ask_to_sign(w, report)
        facts = {"version": report.version, "status": status, "facts_sha256": report.facts_sha256.hex(), "head": report.head_number}
        return Done(_plain(report), close.number, facts)

    return _report(await perform(pool, actor, "fix_report", key, {"close": number, "back_to": back_to}, work, permission=PREPARE, posts=False))


async def shut(pool: Pool, actor: Actor, key: str, number: str, back_to: date | None = None) -> tuple[Close, Status, list[int]]:
    """Let in nothing but late kinds from now on; the status that the report will have, and how often anything was taken back until now."""

    async def work(w: Work) -> Done:
        close = await begun(w, number)
        found = await view(w.connection, close, w.now, w.today)
        rules.check_fixing(close, found.steps, await _month_before(w, close), w.today, stands_still=rules.rests(close, found.status, found.later))
        rules.check_reach(close, found.reaches_back, back_to)
        if found.reaches_back is not None:
            await periods.set_state(w.connection, JOINT, found.reaches_back, close.starts_on - timedelta(days=1), "soft_closed")
        await periods.set_state(w.connection, JOINT, close.starts_on, close.ends_on, "soft_closed")
        return Done([close, rules.status_of(found.steps), await store.taken_back(w.connection)], close.number)

    answer = await perform(pool, actor, "shut_period", f"{key[:90]}.shut", {"close": number, "back_to": back_to}, work, permission=PREPARE)
    return msgspec.convert(answer[0], Close), answer[1], answer[2]


async def _stands(w: Work, close: Close, status: Status, taken_back: list[int]) -> list[Step]:
    """The steps that a report rests on; refuses one that was made while something was taken back, be it only for a while."""
    found = await view(w.connection, close, w.now, w.today)
    rules.check_fixing(close, found.steps, await _month_before(w, close), w.today, stands_still=rules.rests(close, found.status, found.later))
    if rules.status_of(found.steps) != status or await store.taken_back(w.connection) != taken_back:
        raise CloseNotReady(close=close.number, steps=[], reason="changed")
    return found.steps


async def _month_before(w: Work, close: Close) -> Close | None:
    """The close of the month before, begun or not; None for the first close of all. Refuses a month before that one."""
    first = await store.first_fixed(w.connection)
    if first is None or first.number == close.number:
        return None
    if close.starts_on < first.starts_on:
        raise CloseNotReady(close=close.number, steps=[], earlier=first.number, reason="before_first")
    return await _close(w.connection, rules.number_of(close.starts_on - timedelta(days=1)), w.now)


async def _ask_to_sign(w: Work, report: Report) -> None:
    """Tell every union's treasurers that there is something to read and sign."""
    unions = [union.code for union in await reference.unions(w.connection)]
    people = tuple(await people_with(w.connection, ["treasurer"], unions, w.today))
    notice = Notice(
        kind="close_to_sign", subject=report.close, url=f"/close/{report.close}/sign", to=people, once=str(report.version), facts={"by": w.actor.name}
    )
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


def _plain(report: Report) -> dict[str, Any]:
    """A report as an answer that is remembered: hashes in hexadecimal."""
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in msgspec.structs.asdict(report).items()}


def _report(answer: dict[str, Any]) -> Report:
    hashes = {name: bytes.fromhex(answer[name]) for name in answer if name.endswith(("_sha256", "_hash"))}
    return msgspec.convert({**answer, "fixed_at": answer["fixed_at"], **hashes}, Report)


# --- heads ----------------------------------------------------------------------------------------------------------------


async def keep_head(pool: Pool, actor: Actor, key: str, number: str) -> bytes:
    """The newest version's head as a small file, to be kept where the books are not; that it was taken is recorded."""

    async def work(w: Work) -> Done:
        close = await begun(w, number)
        report = await store.report(w.connection, close.number)
        if report is None:
            raise CloseState(close=close.number, state=close.state)
        file = rules.head_file(report, await store.signatures(w.connection, close.number, report.version))
        content = rules.encoded(file)
        await store.keep_head(w.connection, str(actor.union), report, actor.person_id, w.now, hashlib.sha256(content).digest())
        return Done(file, close.number, {"version": report.version, "head": report.head_number})

    union = actor.union or next(union.code for union in await _unions(pool))
    return rules.encoded(await perform(pool, actor, "keep_head", key, {"close": number}, work, permission=KEEP, union=union, posts=False))


async def _unions(pool: Pool) -> list[Any]:
    async with pool.database.reading() as connection:
        return list(await reference.unions(connection))
