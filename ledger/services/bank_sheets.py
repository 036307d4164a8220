"""Keep a bank's file aside between looking at it and bringing it in, and how each account's sheet is read."""

import asyncio
import hashlib
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.bank_files import StatementFile
from ledger.domain.documents import SIZE_MAXIMUM_BYTES, plain_filename
from ledger.domain.refusals import ChoiceInvalid, ColumnsMissing, DocumentTooLarge, NotFound, Refusal, SheetDoubtful
from ledger.domain.sheet_profiles import Choice, Profile, followed, guess, headings_of, missing_columns, with_headings
from ledger.services.bank_files import is_sheet, read_statements, rows_of
from ledger.services.bank_standings import IMPORT, READ, bank_account, own_account
from ledger.services.bank_statements import keep_way_of_reading
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import bank as store
from ledger.storage import documents

HEADINGS_MAXIMUM = 40
ORDERS, SIGNS = ("iso", "dmy", "mdy", "words"), (".", ",")


class Sheet(msgspec.Struct, frozen=True):
    """How a sheet is read, and what stands at the head of its columns; ``known`` where a person said so, now or before."""

    profile: Profile
    headings: list[str]
    choose: tuple[Choice, ...] = ()
    known: bool = False

    @property
    def doubts(self) -> list[Refusal]:
        """What it does not tell by itself and nobody said, as it is asked."""
        return [] if self.known else [SheetDoubtful(reason=each, field=each) for each in self.choose]


async def keep_file(pool: Pool, actor: Actor, key: str, account_id: int, filename: str, content: bytes) -> UUID:
    """Keep a file that was sent, once by its hash, until it is brought in."""
    digest = hashlib.sha256(content).digest()

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id)
        if len(content) > SIZE_MAXIMUM_BYTES:
            raise DocumentTooLarge(limit_bytes=SIZE_MAXIMUM_BYTES)
        name = plain_filename(filename)
        kept = await store.sent_by_union(w.connection, digest, w.actor.union or "")
        kept = kept or await documents.keep_content(w.connection, digest, name, "text/plain", content, w.actor.person_id, w.now)
        return Done({"document": str(kept)}, account.label, {"sha256": digest.hex(), "bytes": len(content)})

    request = {"account": account_id, "filename": filename, "sha256": digest.hex()}
    answer = await perform(pool, actor, "keep_bank_file", key, request, work, permission=IMPORT, posts=False)
    return UUID(answer["document"])


async def kept_file(pool: Pool, actor: Actor, account_id: int, document: UUID) -> bytes:
    """The bytes of a file kept so; refuses what is no bank's file, or not of the actor's union."""
    async with pool.database.reading() as connection:
        await own_account(connection, actor, account_id)
        found = await store.file_of_union(connection, document, actor.union or "")
    if found is None:
        raise NotFound(kind="document", id=str(document))
    return found


async def look(
    pool: Pool, actor: Actor, account_id: int, content: bytes, chosen: dict[str, Any] | None = None, whole: Profile | None = None
) -> Sheet | None:
    """How a CSV or XLSX is read: as a person says now, in part (``chosen``) or in ``whole``, as they said before, or as it seems; None for a file
    that says so itself.
    """
    if not await asyncio.to_thread(is_sheet, content):
        return None
    rows = await asyncio.to_thread(rows_of, content)
    async with pool.database.reading() as connection:
        account = await own_account(connection, actor, account_id)
        known = await store.profile(connection, account_id)
    body = list(rows.rows) if hasattr(rows, "rows") else list(rows)
    guessed = await asyncio.to_thread(guess, body, currency=account.currency)
    kept = followed(saved, body) if (saved := whole or known) else None
    profile = kept or guessed.profile
    profile = msgspec.structs.replace(profile, currency=profile.currency or account.currency)
    if chosen is not None:
        profile = _chosen(profile, chosen)
    # Without headings, the first row shows what stands in each column.
    shown = headings_of(profile, body) or [str(cell) for cell in (body or [()])[0]]
    return Sheet(with_headings(profile, body), shown[:HEADINGS_MAXIMUM], guessed.choose, known=(kept or chosen) is not None)


def check_chosen(sheet: Sheet | None) -> None:
    """Refuse to bring a sheet in on a guess: it can be read in two ways, and nobody said which."""
    if sheet is not None and sheet.doubts:
        raise sheet.doubts[0]


def _chosen(profile: Profile, chosen: dict[str, Any]) -> Profile:
    if chosen["day_order"] not in ORDERS:
        raise ChoiceInvalid(field="day_order", value=str(chosen["day_order"])[:40])
    if chosen["decimal_sign"] not in SIGNS:
        raise ChoiceInvalid(field="decimal_sign", value=str(chosen["decimal_sign"])[:40])
    thousands = "" if profile.thousands_sign == chosen["decimal_sign"] else profile.thousands_sign
    return msgspec.structs.replace(profile, **chosen, thousands_sign=thousands)


def read(
    content: bytes, filename: str, sheet: Sheet | None, starts_on: date | None = None, ends_on: date | None = None
) -> list[StatementFile]:
    """The statements of a file; it may take seconds, so call it in a thread. A sheet says only the days of its lines: who sends it may say of which
    days it is, whatever accounts it is of. What cannot be read on a guess is asked for before it is called wrong.
    """
    try:
        found = read_statements(content, filename, sheet.profile if sheet else None)
    except Refusal as refusal:
        raise (sheet.doubts[0] if sheet and sheet.doubts else refusal) from None
    if sheet is None:
        return found
    return [msgspec.structs.replace(each, starts_on=starts_on or each.starts_on, ends_on=ends_on or each.ends_on) for each in found]


async def kept_profile(pool: Pool, actor: Actor, account_id: int) -> Profile | None:
    """How the account's sheets are read; None where none was read yet."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        await bank_account(connection, account_id)
        return await store.profile(connection, account_id)


async def saved_profiles(pool: Pool, actor: Actor) -> dict[str, Profile]:
    """The ways of reading that the actor's union keeps, by the account that each was kept with."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await store.profiles(connection, actor.union or "")


async def keep_profile(pool: Pool, actor: Actor, key: str, account_id: int, profile: Profile) -> Profile:
    """Read the account's next sheet in this way; refuses one that lacks what no sheet can be read without."""

    async def work(w: Work) -> Done:
        account = await own_account(w.connection, w.actor, account_id)
        if missing := missing_columns(profile):
            raise ColumnsMissing(columns=missing)
        await keep_way_of_reading(w, account, profile)
        return Done(profile, account.label, {"columns": sorted(profile.columns)})

    request = {"account": account_id, "profile": profile}
    return msgspec.convert(await perform(pool, actor, "keep_bank_profile", key, request, work, permission=IMPORT, posts=False), Profile)
