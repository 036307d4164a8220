"""Prove a bank account's book balance from its statements, finish that at a statement's last day, and take the last one back.

Whoever paid from the account in the period is not who reconciles it (domain.md 6, segregation).
"""

from datetime import date, timedelta

import msgspec

from ledger.domain import bank_reconciliation as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import REASON_MAXIMUM, Reconciliation
from ledger.domain.bank_reconciliation import Proof, Unrecorded
from ledger.domain.home import Waiting
from ledger.domain.pledges import plain
from ledger.domain.refusals import BankMatchState, ReconciliationOrder
from ledger.services.bank_standings import READ, bank_account, bank_accounts, own_account, standing
from ledger.services.close_guard import refuse_if_signed
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bank as store
from ledger.storage import bank_matches as match_store
from ledger.storage import entries
from ledger.storage.database import Connection

RECONCILE = "reconcile_bank"
# A statement is due on the fifth of the month after.
DUE_DAY = 5


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, the days it can be made at, what was reconciled, and whether the reader may finish it or take the last one back."""

    account: Account
    proof: Proof
    ends: list[date]
    done: list[Reconciliation]
    may_finish: bool
    paid: bool
    may_undo: bool


# --- the proof ------------------------------------------------------------------------------------------------------------


async def proof(connection: Connection, account: Account, day: date) -> Proof:
    """How the account's book and its statements stand at the end of a day."""
    start, covering = await store.start(connection, account.id), await store.covering(connection, account.id, day)
    ended = account.closed_on is not None and day >= account.closed_on
    if covering is None and ended:
        # The bank writes nothing of an account after its end: its last statement stands for every later day.
        covering = await store.last_statement(connection, account.id)
    reached = start is not None and covering is not None and day >= start.starts_on - timedelta(days=1)
    statement_minor = start.statement_minor + await store.sum_to(connection, account.id, day) if start and reached else None
    items = rules.aged(await match_store.outstanding(connection, account.id, day), day)
    lines = [Unrecorded(*row) for row in await match_store.not_in_books(connection, account.id, day)] if start else []
    book_minor = await entries.balance_on(connection, account.id, None, day)
    reconciled_to = await match_store.reconciled_to(connection, account.id)
    kept = await match_store.book_reconciled(connection, account.id, day)
    changed = kept is not None and kept != book_minor
    return Proof(
        account_id=account.id, currency=account.currency, day=day, book_minor=book_minor,
        statement_minor=statement_minor, statement=covering[0] if covering and reached else None,
        deposits=[each for each in items if each.amount_minor > 0], payments=[each for each in items if each.amount_minor < 0],
        bank_errors=[each for each in lines if each.reason], unrecorded=[each for each in lines if not each.reason and each.recorded_on is None],
        recorded_later=[each for each in lines if each.recorded_on is not None and not each.reason],
        reconciled=reconciled_to is not None and reconciled_to >= (min(day, covering[1]) if covering and ended else day) and not changed, changed=changed,
        statement_ends_on=covering[1] if covering and reached else None,
    )  # fmt: skip


async def accounts_to_reconcile(connection: Connection, union: str | None = None, day: date | None = None) -> list[Account]:
    """The bank accounts of the joint book that were ever used, and those of the unions' own books whose statements are kept; of one union or all.

    A closed one is among them until all of it is reconciled, and at the end of the month (``day``) it was closed in.
    """
    starts, used = await store.starts(connection), await match_store.accounts_in_use(connection)
    found = [each for each in await bank_accounts(connection, day) if each.id in starts or (each.role == "bank" and each.id in used)]
    return [each for each in found if union in (None, each.custodian)]


async def show_proof(pool: Pool, actor: Actor, account_id: int, day: date | None = None) -> ProofView:
    """The proof at a day; where none is named, at the end of the first statement that is not reconciled, or of the last one."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        account = await bank_account(connection, account_id)
        ends, done = await store.ends_of(connection, account_id), await match_store.reconciliations(connection, account_id)
        reconciled_to = done[0].ends_on if done else None
        day = day or _usual_day(ends, reconciled_to) or pool.today()
        found = await proof(connection, account, day)
        own = actor.can(RECONCILE) and actor.union == account.custodian
        paid = actor.person_id in await _payers(connection, account, reconciled_to, day)
    may_finish = own and day in ends and (reconciled_to is None or day > reconciled_to)
    return ProofView(
        account=account, proof=found, ends=ends, done=done, may_finish=may_finish, paid=paid, may_undo=own and bool(done) and done[0].ends_on == day
    )


def _usual_day(ends: list[date], reconciled_to: date | None) -> date | None:
    """The last statement's end of the first month that waits; the last end of all where none does."""
    waiting = [each for each in ends if reconciled_to is None or each > reconciled_to]
    of_month = [each for each in waiting if (each.year, each.month) == (waiting[0].year, waiting[0].month)]
    return of_month[-1] if of_month else ends[-1] if ends else None


async def _payers(connection: Connection, account: Account, reconciled_to: date | None, day: date) -> list[int]:
    """Who paid from the account since it was last reconciled, or since its reconciling began, whatever day the payment bears."""
    start, done = await store.start(connection, account.id), await match_store.reconciliations(connection, account.id, limit=1)
    after = reconciled_to or (start.starts_on - timedelta(days=1) if start else None)
    since = done[0].done_at if done else start.set_at if start else None
    return await match_store.payers(connection, account.id, after, since, day)


# --- finishing ------------------------------------------------------------------------------------------------------------


async def reconcile(pool: Pool, actor: Actor, key: str, account_id: int, day: date, remark: str = "") -> Reconciliation:
    """State that the account is proved at a statement's last day: nothing is left over, and every earlier month is."""

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, RECONCILE)
        await store.lock(w.connection, account.id)
        said = plain("remark", remark, REASON_MAXIMUM)
        found, ends = await proof(w.connection, account, day), await store.ends_of(w.connection, account.id)
        if await store.start(w.connection, account.id) is None and ends:
            raise BankMatchState(reason="no_start", subject=account.label)
        reconciled_to = await match_store.reconciled_to(w.connection, account.id)
        payers = await _payers(w.connection, account, reconciled_to, day)
        rules.check_finish(found, account.label, ends, reconciled_to, payers, w.actor.person_id)
        await match_store.add_reconciliation(w.connection, _done(found, w, said), _working(found))
        kept = (await match_store.reconciliations(w.connection, account.id))[0]
        return Done(kept, account.label, {"date": day.isoformat(), "statement": found.statement, "book_minor": found.book_minor})

    request = {"account": account_id, "date": day, "remark": remark}
    return msgspec.convert(await perform(pool, actor, RECONCILE, key, request, work, permission=RECONCILE), Reconciliation)


def _done(found: Proof, w: Work, remark: str) -> Reconciliation:
    return Reconciliation(
        account_id=found.account_id, ends_on=found.day, version=0, statement=found.statement or "", statement_minor=found.statement_minor or 0,
        book_minor=found.book_minor, deposits_minor=found.deposits_minor, payments_minor=found.payments_minor,
        bank_errors_minor=found.bank_errors_minor, recorded_later_minor=found.recorded_later_minor,
        done_by=w.actor.person_id, done_by_name="", done_at=w.now, undone_at=None, remark=remark,
    )  # fmt: skip


def _working(found: Proof) -> object:
    """What was in circulation, what the bank had wrong and what was recorded later, as it stood."""
    listed = {"deposits": found.deposits, "payments": found.payments, "bank_errors": found.bank_errors, "recorded_later": found.recorded_later}
    return msgspec.to_builtins(listed)


async def undo_reconciliation(pool: Pool, actor: Actor, key: str, account_id: int, day: date, reason: str) -> Reconciliation:
    """Take the account's last reconciliation back, with a reason; earlier ones stand."""

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id, RECONCILE)
        await store.lock(w.connection, account.id)
        said = plain("reason", reason, REASON_MAXIMUM, needed=True)
        last = await match_store.reconciled_to(w.connection, account.id)
        if last != day:
            raise ReconciliationOrder(reason="not_last", account=account.label, date=day.isoformat(), other=last.isoformat() if last else "")
        await _not_signed(w.connection, account, day)
        await match_store.undo_reconciliation(w.connection, account.id, day, w.actor.person_id, w.now, said)
        kept = next(each for each in await match_store.reconciliations(w.connection, account.id, live=False) if each.ends_on == day)
        return Done(kept, account.label, {"date": day.isoformat(), "reason": said})

    request = {"account": account_id, "date": day, "reason": reason}
    answer = await perform(pool, actor, "undo_reconciliation", key, request, work, permission=RECONCILE, posts=False)
    return msgspec.convert(answer, Reconciliation)


async def _not_signed(connection: Connection, account: Account, day: date) -> None:
    """Refuse where a report that was fixed or signed rests on the days that are proved by the last reconciliation alone."""
    last, *earlier = await match_store.reconciliations(connection, account.id, limit=2)
    start = await store.start(connection, account.id)
    first = earlier[0].ends_on + timedelta(days=1) if earlier else start.starts_on if start else day
    await refuse_if_signed(connection, first, day, book=account.book, made_at=last.done_at)


# --- what waits -----------------------------------------------------------------------------------------------------------


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """Accounts of the actor's own union whose statement is due, or has lines to match, or is to be proved."""
    if actor.union is None or not actor.can(RECONCILE):
        return []
    found = []
    for account in await accounts_to_reconcile(connection, actor.union):
        at = await standing(connection, account, today)
        last_month = today.replace(day=1) - timedelta(days=1)
        due = at.covered_to is not None and at.covered_to < last_month and today.day >= DUE_DAY
        if (at.next_step == "import" and not due) or at.next_step == "nothing":
            continue
        since = min(at.covered_to + timedelta(days=1) if at.covered_to else today, today)
        found.append(
            Waiting(
                kind=f"bank_{at.next_step}", subject=account.path.rpartition(":")[2], url=_where(account, at.next_step), union=actor.union, since=since,
                facts={"name_en": account.name_en, "name_fr": account.name_fr, "count": at.open_lines},
            )
        )
    return found


def _where(account: Account, step: str) -> str:
    place = {"import": "/import", "start": "/start", "reconcile": "/proof"}.get(step, "")
    return f"/bank/{account.id}{place}"
