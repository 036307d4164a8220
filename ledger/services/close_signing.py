"""Sign a fixed report or decline it, and open its period again: each takes a treasurer of every union."""

from typing import Any

import msgspec

from ledger.domain import closes as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.closes import Close, Decision, Report, Signature
from ledger.domain.notices import Notice
from ledger.domain.periods import check_reopening
from ledger.domain.refusals import CloseState, SignatureRefused
from ledger.services.closes import begun
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, note, perform
from ledger.services.pool import Pool
from ledger.services.sign_in import agrees, claim_try, totp_step
from ledger.storage import audit, people, periods, reference
from ledger.storage import closes as store
from ledger.storage.allocations import people_with

SIGN, REOPEN = "sign_close", "reopen_period"


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A treasurer's word on a version of the report: their password again, and a one-time code where they use one. Never remembered."""

    version: int
    decision: Decision
    password: str
    code: str = ""
    remarks: str = ""


async def sign_report(pool: Pool, actor: Actor, key: str, number: str, asked: Sign, statement: str) -> Close:
    """Sign the newest version or decline it. ``statement`` is the sentence that the treasurer was shown, as :mod:`reports.close_words` has it.

    With every union's signature the close is locked, and a hard one locks every month up to it.
    """
    authorize(actor, SIGN, actor.union)
    with_code = await _identified(pool, actor, asked.password, asked.code)
    union = str(actor.union)

    async def work(w: Work) -> Done:
        close = await begun(w, number)
        newest = await store.report(w.connection, close.number)
        said = await store.signatures(w.connection, close.number, newest.version) if newest else []
        later = await store.later(w.connection, close, newest.head_number) if newest else []
        report = rules.check_signing(close, newest, said, later, union)
        if report.version != asked.version:
            raise CloseState(close=close.number, state=close.state, reason="newer")
        remarks = rules.check_remark("remarks", asked.remarks, needed=asked.decision == "declined")
        digest = rules.digest(report, union, actor.person_id, asked.decision, statement)
        signed = Signature(report.version, union, actor.person_id, actor.name, asked.decision, statement, digest, with_code, w.now, remarks)
        await store.add_signature(w.connection, close.number, signed)
        if asked.decision == "declined":
            await _tell_others(w, "close_declined", close, report)
        if rules.is_signed_by_all([*said, signed], [each.code for each in await reference.unions(w.connection)]):
            await _lock(w, close)
        done = await store.close(w.connection, close.number)
        return Done(done, close.number, {"version": report.version, "decision": asked.decision, "digest": digest.hex(), "with_code": with_code})

    request = {"close": number, "version": asked.version, "decision": asked.decision, "remarks": asked.remarks, "statement": statement}
    return msgspec.convert(await perform(pool, actor, "sign_report", key, request, work, permission=SIGN, union=union), Close)


async def _tell_others(w: Work, kind: str, close: Close, report: Report) -> None:
    """Tell the other unions' treasurers, who have to do something about it, what this union said of a report."""
    others = [union.code for union in await reference.unions(w.connection) if union.code != w.actor.union]
    to = tuple(await people_with(w.connection, ["treasurer"], others, w.today))
    facts: dict[str, Any] = {"by": w.actor.name, "union": str(w.actor.union)}
    notice = Notice(kind=kind, subject=close.number, url=f"/close/{close.number}", to=to, once=str(report.version), facts=facts)
    await notify(w.connection, [notice], w.now)


async def _lock(w: Work, close: Close) -> None:
    """Both have signed: of a hard close, every month up to it that was shut lets nothing in any more."""
    await store.set_state(w.connection, close.number, "locked", w.now)
    if not close.hard:
        return
    for period in await periods.periods(w.connection, JOINT):
        if period.ends_on <= close.ends_on and period.state == "soft_closed":
            await periods.set_state(w.connection, JOINT, period.starts_on, period.ends_on, "closed")


async def _identified(pool: Pool, actor: Actor, password: str, code: str) -> bool:
    """That the person at the keys is who signed in, by the password and, where one is set, a fresh code; whether a code was needed.

    Tries count as those of signing in do.
    """
    async with pool.database.reading() as connection:
        person = await people.by_id(connection, actor.person_id, pool.today())
        password_hash, totp_secret, last_step = await people.secrets_of(connection, actor.person_id)
    assert person is not None, "who acts is a person of these books"
    attempt = await claim_try(pool, person.email)
    right = await agrees(password_hash, password)
    step = totp_step(totp_secret, code, pool.clock().timestamp()) if totp_secret else None
    fresh = totp_secret is None or (step is not None and (last_step is None or step > last_step))
    if not right or not fresh:
        await note(pool, [audit.event(actor, "sign_report", "refused", code=SignatureRefused.code)])
        raise SignatureRefused()
    async with pool.database.writing() as connection:
        await people.forget_attempt(connection, attempt)
        if totp_secret:
            await people.change(connection, actor.person_id, totp_last_step=step)
    return totp_secret is not None


async def ask_to_reopen(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Close:
    """Ask for one's union, with a reason, to open a fixed or locked period again."""

    async def work(w: Work) -> Done:
        close, report = await _asked(w, actor, number, reason)
        await _tell_others(w, "close_reopening", close, report)
        return Done(close, close.number, {"version": report.version})

    answer = await perform(pool, actor, "ask_to_reopen_close", key, {"close": number, "reason": reason}, work, permission=REOPEN, posts=False)
    return msgspec.convert(answer, Close)


async def reopen(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Close:
    """Open a period that treasurers of every union asked for, the actor's own asking counted; its next report is a new version, the old stay.

    Refuses while another union's treasurer has not asked (case W20 R2). Of the first close of all, what was shut with it opens with it.
    """

    async def work(w: Work) -> Done:
        close, report = await _asked(w, actor, number, reason)
        asking = {each.union for each in await store.reopenings(w.connection, close.number) if each.version == report.version}
        check_reopening(JOINT, close.starts_on, asking, [union.code for union in await reference.unions(w.connection)])
        await _open(w, close)
        await store.set_state(w.connection, close.number, "reopened", w.now)
        return Done(await store.close(w.connection, close.number), close.number, {"version": report.version, "reason": reason.strip()})

    answer = await perform(pool, actor, "reopen_close", key, {"close": number, "reason": reason}, work, permission=REOPEN)
    return msgspec.convert(answer, Close)


async def _open(w: Work, close: Close) -> None:
    first = await store.first_fixed(w.connection)
    with_it = first is not None and first.number == close.number
    for period in await periods.periods(w.connection, JOINT):
        if period.starts_on == close.starts_on or (with_it and period.ends_on < close.starts_on):
            await periods.set_state(w.connection, JOINT, period.starts_on, period.ends_on, "open")


async def _asked(w: Work, actor: Actor, number: str, reason: str) -> tuple[Close, Report]:
    close = await begun(w, number)
    report = rules.check_opening(close, await store.report(w.connection, close.number))
    kept = rules.check_remark("reason", reason, needed=True)
    await store.add_reopening(w.connection, close.number, report.version, str(actor.union), actor.person_id, w.now, kept)
    return close, report
