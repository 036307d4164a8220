"""Bring bank statements in for the accounts that a union keeps, begin their reconciling, and show how each account stands.

Each line is kept once, so that files may overlap; what a file says of its balances must join what is kept. The file itself is kept with its hash.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from ledger.domain import bank_reconciliation as rules
from ledger.domain.accounts import Account
from ledger.domain.actors import Actor, authorize
from ledger.domain.bank import REASON_MAXIMUM, BankLine, Statement
from ledger.domain.bank_files import StatementFile, check, identities, numbers_of, of_account, with_opening
from ledger.domain.days import check_past_day
from ledger.domain.documents import SIZE_MAXIMUM_BYTES, plain_filename
from ledger.domain.pledges import plain
from ledger.domain.refusals import (
    DocumentTooLarge,
    NotFound,
    Refusal,
    StatementKnown,
    StatementOpening,
    StatementPeriodClosed,
    StatementState,
)
from ledger.domain.sheet_profiles import Profile
from ledger.services.bank_standings import IMPORT, READ, bank_account, own_account
from ledger.services.bank_starts import begin
from ledger.services.close_guard import refuse_if_signed
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import Pool
from ledger.storage import bank as store
from ledger.storage import bank_matches as match_store
from ledger.storage import documents, entries
from ledger.storage.bank import LineFilter
from ledger.storage.database import Connection

PAGE_STATEMENTS, PAGE_LINES = 50, 200


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is said beside a file: ``opening_minor`` where neither it nor an earlier statement says what the account held, ``bank_account`` which of its
    accounts is meant, by the bank's number, ``new_number`` that the bank changed that number, and the ``profile`` a sheet was read by, to be kept.
    """

    opening_minor: int | None = None
    bank_account: str = ""
    new_number: bool = False
    profile: Profile | None = None


NOTHING_SAID = Asked()


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing one statement of a file in does: how many of its lines are known already, and whether a start must be set afterwards;
    ``opening_given`` where the file itself states its opening balance.
    """

    statement: StatementFile
    starts_on: date
    ends_on: date
    opening_minor: int
    closing_minor: int
    known: int
    new: int
    number: str = ""
    is_known: bool = False
    book_minor: int | None = None
    gap_days: int = 0
    opening_given: bool = True

    @property
    def starts_uneven(self) -> bool:
        """Whether it is an account's first and its opening is not what the books say of the day before."""
        return self.book_minor is not None and self.book_minor != self.opening_minor


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The statements of a file as they would come in, up to the first that is refused, and its refusal; the accounts it is of, by the bank's numbers."""

    account: Account
    sha256: str
    incoming: list[Incoming]
    refusal: Refusal | None
    numbers: list[str]


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with a page of its lines."""

    statement: Statement
    account: Account
    lines: list[BankLine]
    next: tuple[date, int] | None
    may_withdraw: bool


# --- bringing in ----------------------------------------------------------------------------------------------------------


class _LetGo(Exception):
    """Undoes what was only tried."""


async def preview_import(
    pool: Pool, actor: Actor, account_id: int, filename: str, content: bytes, read: Sequence[StatementFile], asked: Asked = NOTHING_SAID
) -> Preview:
    """What bringing the statements of a file in would do; it is tried in a transaction that is undone."""
    incoming: list[Incoming] = []
    refusal: Refusal | None = None
    try:
        async with pool.database.writing() as connection:
            account = await own_account(connection, actor, account_id)
            w = Work(connection, actor, pool.clock(), pool.today())
            try:
                await _bring_in(w, account, filename, content, read, asked, incoming)
            except Refusal as refused:
                refusal = refused
            raise _LetGo
    except _LetGo:
        sha256 = hashlib.sha256(content).hexdigest()
        return Preview(account=account, sha256=sha256, incoming=incoming, refusal=refusal, numbers=numbers_of(read))


async def import_statement(
    pool: Pool, actor: Actor, key: str, account_id: int, filename: str, content: bytes, read: Sequence[StatementFile], asked: Asked = NOTHING_SAID
) -> list[str]:
    """Bring the account's statements of a file in, all or none; the numbers of those that were new. ``read`` is what the file holds."""

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id)
        found: list[Incoming] = []
        await _bring_in(w, account, filename, content, read, asked, found)
        if asked.profile is not None:
            await keep_way_of_reading(w, account, asked.profile)
        numbers = [each.number for each in found if each.number]
        lines = sum(each.new for each in found)
        facts = {"account": account.label, "statements": len(numbers), "lines": lines, "sha256": _digest(content).hex()}
        return Done(numbers, numbers[-1], facts | ({"new_number": found[0].statement.account} if asked.new_number else {}))

    periods = [[each.starts_on, each.ends_on] for each in read]
    request = {"account": account_id, "filename": filename, "sha256": _digest(content).hex(), "asked": asked, "periods": periods}
    answer: list[str] = await perform(pool, actor, IMPORT, key, request, work, permission=IMPORT)
    return answer


async def keep_way_of_reading(w: Work, account: Account, profile: Profile) -> bool:
    """Read the account's next sheet in the same way; whether that is new."""
    if await store.profile(w.connection, account.id) == profile:
        return False
    await store.keep_profile(w.connection, account, profile, w.actor.person_id, w.now)
    return True


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


async def _bring_in(
    w: Work, account: Account, filename: str, content: bytes, read: Sequence[StatementFile], asked: Asked, found: list[Incoming]
) -> None:
    """Every statement of the account in the order of its days; refuses a file that brings nothing."""
    await store.lock(w.connection, account.id)
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise DocumentTooLarge(limit_bytes=SIZE_MAXIMUM_BYTES)
    name, digest = plain_filename(filename), _digest(content)
    if before := await store.kept_with(w.connection, account.id, digest):
        raise StatementKnown(statement=before)
    known = await store.bank_numbers(w.connection, account.id)
    chosen = of_account(read, account.currency, asked.bank_account.strip(), known, asked.new_number)
    document = await store.sent_by_union(w.connection, digest, w.actor.union or "")
    document = document or await documents.keep_content(w.connection, digest, name, "text/plain", content, w.actor.person_id, w.now)
    for statement in sorted(chosen, key=_first_day):
        each = await _take(w, account, statement, asked.opening_minor, document)
        found.append(each)
    if not any(each.number for each in found):
        last = (await store.statements(w.connection, account.id, limit=1))[:1]
        raise StatementKnown(statement=last[0].number if last else "")


def _first_day(statement: StatementFile) -> date:
    return _period(statement)[0]


def _period(statement: StatementFile) -> tuple[date, date]:
    days = [line.day for line in statement.lines]
    first = statement.starts_on or (min(days) if days else statement.ends_on)
    last = statement.ends_on or (max(days) if days else statement.starts_on)
    if first is None or last is None:
        raise StatementPeriodClosed(reason="no_days", date="", starts_on="")
    return first, last


async def _take(w: Work, account: Account, raw: StatementFile, opening_minor: int | None, document: object) -> Incoming:
    starts_on, ends_on = _period(raw)
    check_past_day("starts_on", starts_on, w.today)
    check_past_day("until", ends_on, w.today)
    first = await store.first_statement(w.connection, account.id)
    ends = await store.ends_of(w.connection, account.id)
    kept = rules.Kept(first.starts_on if first else None, ends[-1] if ends else None, await match_store.reconciled_to(w.connection, account.id))
    before = None if first is None else first.opening_minor + await store.sum_to(w.connection, account.id, starts_on - timedelta(days=1))
    statement = with_opening(raw, before if first else opening_minor)
    check(statement, account.currency)
    if statement.opening_minor is None or statement.closing_minor is None:
        raise StatementOpening(reason="unknown", starts_on=starts_on.isoformat(), opening_minor=0, expected_minor=0, currency=account.currency)
    named = identities(account.id, statement.lines)
    known = await store.known(w.connection, account.id, named)
    fresh = [(identity, line) for identity, line in zip(named, statement.lines, strict=True) if identity not in known]
    incoming = Incoming(
        statement=statement, starts_on=starts_on, ends_on=ends_on, opening_minor=statement.opening_minor, closing_minor=statement.closing_minor,
        known=len(named) - len(fresh), new=len(fresh), is_known=not fresh and kept.covered_to is not None and ends_on <= kept.covered_to,
        book_minor=None if first else await entries.balance_on(w.connection, account.id, None, starts_on - timedelta(days=1)),
        gap_days=max((starts_on - kept.covered_to).days - 1, 0) if kept.covered_to else 0,
        opening_given=raw.opening_minor is not None,
    )  # fmt: skip
    if incoming.is_known:
        return incoming
    rules.check_reach(kept, starts_on, ends_on, [line.day for _, line in fresh])
    if first is not None and before is not None:
        brought = sum(line.amount_minor for _, line in fresh if line.day <= ends_on)
        closing = first.opening_minor + await store.sum_to(w.connection, account.id, ends_on) + brought
        reached = [end for end in ends if any(line.day < end for _, line in fresh)]
        closings = [first.opening_minor + await store.sum_to(w.connection, account.id, end) for end in reached]
        rules.check_earlier(reached, [(line.day, line.amount_minor) for _, line in fresh], closings, account.currency)
        rules.check_joins(kept, starts_on, ends_on, statement.opening_minor, statement.closing_minor, before, closing, account.currency)
    return await _keep(w, account, incoming, fresh, document)


async def _keep(w: Work, account: Account, incoming: Incoming, fresh: list, document: object) -> Incoming:  # type: ignore[type-arg]
    ordinal, said = await next_value(w.connection, "BS"), incoming.statement
    number = f"BS-{ordinal:04d}"
    kept = Statement(
        number=number, ordinal=ordinal, account_id=account.id, format=said.format, bank_account=said.account, bank_number=said.number,
        starts_on=incoming.starts_on, ends_on=incoming.ends_on, opening_minor=incoming.opening_minor, opening_given=incoming.opening_given,
        closing_minor=incoming.closing_minor, lines=len(said.lines), known_lines=incoming.known, document_id=document, state="kept",  # type: ignore[arg-type]
        imported_by=w.actor.person_id, imported_by_name="", imported_at=w.now, remark="",
    )  # fmt: skip
    await store.add_statement(w.connection, kept, w.now)
    await store.add_lines(w.connection, account.id, number, fresh)
    await documents.link(w.connection, kept.document_id, "bank_statement", number, w.actor.person_id, w.now)
    if incoming.book_minor is not None and not incoming.starts_uneven:
        await begin(w, account, kept, incoming.book_minor, [])
    return msgspec.structs.replace(incoming, number=number)


# --- taking back ----------------------------------------------------------------------------------------------------------


async def withdraw_statement(pool: Pool, actor: Actor, key: str, number: str, reason: str) -> Statement:
    """Take the account's last statement back, while none of its lines was dealt with; it and its lines stay, and count nowhere."""

    async def work(w: Work) -> Done:
        found = await store.statement(w.connection, written_statement(number))
        account = await own_account(w.connection, w.actor, found.account_id)
        await store.lock(w.connection, account.id)
        found = await store.statement(w.connection, found.number)
        remark = plain("reason", reason, REASON_MAXIMUM, needed=True)
        await _check_withdrawable(w.connection, found)
        await refuse_if_signed(w.connection, found.starts_on, found.ends_on, book=account.book, made_at=found.imported_at)
        await store.withdraw_statement(w.connection, found.number, w.actor.person_id, w.now, remark)
        if await store.first_statement(w.connection, account.id) is None:
            await store.drop_start(w.connection, account.id)
        return Done(await store.statement(w.connection, found.number), found.number, {"account": account.label, "reason": remark})

    request = {"statement": number, "reason": reason}
    answer = await perform(pool, actor, "withdraw_statement", key, request, work, permission=IMPORT, posts=False)
    return msgspec.convert(answer, Statement)


async def _check_withdrawable(connection: Connection, found: Statement) -> None:
    if found.state != "kept":
        raise StatementState(statement=found.number, reason="withdrawn")
    if any(each.state == "kept" and each.ordinal > found.ordinal for each in await store.statements(connection, found.account_id, limit=1_000)):
        raise StatementState(statement=found.number, reason="not_last")
    reconciled_to = await match_store.reconciled_to(connection, found.account_id)
    if found.open_lines != found.lines - found.known_lines or (reconciled_to is not None and reconciled_to >= found.ends_on):
        raise StatementState(statement=found.number, reason="matched")


# --- reading --------------------------------------------------------------------------------------------------------------


def written_statement(number: str) -> str:
    """A statement's number as people write it, ``bs-0001`` too; refuses what can be none."""
    written = number.strip().upper()
    if not (written.startswith("BS-") and written[3:].isascii() and written[3:].isdigit() and len(written) <= 15):
        raise NotFound(kind="bank_statement", id="".join(c for c in number if c.isprintable())[:40])
    return written


async def list_statements(
    pool: Pool, actor: Actor, account_id: int | None, after: int | None = None, limit: int = PAGE_STATEMENTS
) -> tuple[list[Statement], int | None]:
    """A page of statements, the last brought in first, and where it goes on."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.statements(connection, account_id, after, limit + 1)
    return found[:limit], found[limit - 1].ordinal if len(found) > limit else None


async def show_statement(pool: Pool, actor: Actor, number: str, after: tuple[date, int] | None = None, limit: int = PAGE_LINES) -> StatementView:
    """One statement with its lines."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        found = await store.statement(connection, written_statement(number))
        account = await bank_account(connection, found.account_id)
        lines = await store.lines(connection, account.id, LineFilter(statement=found.number), after, limit + 1)
        may = actor.can(IMPORT) and actor.union == account.custodian
        if may:
            try:
                await _check_withdrawable(connection, found)
            except StatementState:
                may = False
    last = lines[limit - 1] if len(lines) > limit else None
    return StatementView(
        statement=found, account=account, lines=lines[:limit], next=(last.day, last.number) if last else None, may_withdraw=may
    )
