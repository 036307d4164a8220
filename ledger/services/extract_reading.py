"""Read a file of a union's own ledger into an extract: from a profile or by hand, with what was guessed and what is held against it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from ledger.domain import extracts as rules
from ledger.domain.accounts import Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.days import check_past_day
from ledger.domain.extracts import Balance, Extract, Layout, Meaning, Means, Row
from ledger.domain.refusals import ColumnsMissing, NotFound, Refusal, RowsInvalid
from ledger.domain.sheets import Faults, folded, guess_mapping, heading_row
from ledger.services.close_guard import shut
from ledger.services.pool import Pool
from ledger.services.spreadsheets import Rows, read_rows
from ledger.storage import documents, reference
from ledger.storage import extracts as store
from ledger.storage.database import Connection
from ledger.storage.extracts import Closing, KeptExtract, Profile

IMPORT = "import_extract"
SAMPLE_ROWS = 4
CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExtractFile(msgspec.Struct, frozen=True):
    """A file as it was sent."""

    filename: str
    content: bytes


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read. What is left out is guessed: columns from ``profile`` or the heading, the language of figures from the figures,
    the currency from the union. ``balances`` are those typed where no row says them; ``save_as`` the name to keep this way of reading under.
    """

    until: date
    mapping: dict[str, int] | None = None
    profile: str = ""
    language: str = ""
    currency: str = ""
    owed_positive: bool | None = None
    meanings: tuple[Meaning, ...] = ()
    balances: tuple[Balance, ...] = ()
    save_as: str = ""


class SeenAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a file: its rows up to the cut-off, its balances as far as they are known, and what it is about, or is guessed to be.

    ``said`` is whether somebody said what it is about; ``usual_opening_minor`` is what the extract before closed with.
    """

    code: str
    currency: str
    rows: int
    rows_minor: int
    opening_minor: int | None
    closing_minor: int | None
    means: Means | None
    other_union: str | None
    said: bool
    usual_opening_minor: int | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would bring. ``refusal`` is why it could not be kept as it is read now; ``known`` the extract that holds the same already,
    ``replaces`` the one it would take the place of. ``left_out`` are accounts that the file does not have and an extract before did, with what that
    closed them at: they are taken to stand there.
    """

    document: UUID | None
    filename: str
    until: date
    first: date
    union: str
    heading: list[str]
    samples: list[list[str]]
    layout: Layout
    missing_columns: list[str]
    faults: Faults
    accounts: list[SeenAccount]
    rows: int
    later_rows: int
    refusal: Refusal | None
    profiles: list[Profile]
    profile: str
    known: str | None
    replaces: str | None
    unions: list[Union]
    shown: list[Row]
    left_out: dict[tuple[str, str], Closing]


def own_union(actor: Actor) -> str:
    """The union for which the actor may bring an extract in."""
    authorize(actor, IMPORT, actor.union or "")
    return actor.union or ""


class ReadFile(msgspec.Struct, frozen=True):
    """A file as it was read under a layout."""

    rows: Rows
    top: int
    layout: Layout
    missing: list[str]
    extract: Extract
    faults: Faults


def _read(content: bytes, filename: str, asked: Asked, profile: Profile | None, usual: str, language: str, currencies: Sequence[str]) -> ReadFile:
    rows = read_rows(content, filename)
    top = heading_row(rules.COLUMNS, rows)
    if profile is not None and not asked.profile and len(_from_profile(profile, rows[top])) < len(profile.headings):
        # The union's only way of reading is taken by itself for the program that it was saved for.
        profile = None
    mapping = asked.mapping if asked.mapping is not None else _from_profile(profile, rows[top]) or guess_mapping(rules.COLUMNS, rows[top])
    layout = Layout(
        mapping=mapping, language=asked.language or (profile.language if profile else rules.language_of(rows[top + 1 :], mapping, language)),
        currency=asked.currency or (profile.currency if profile else usual),
        owed_positive=asked.owed_positive if asked.owed_positive is not None else bool(profile and profile.owed_positive),
    )  # fmt: skip
    missing = rules.missing_columns(mapping)
    extract, faults = (Extract(), Faults()) if missing else rules.read_extract(rows, layout, currencies)
    return ReadFile(rows, top, layout, missing, extract, faults)


def _from_profile(profile: Profile | None, heading: Sequence[str]) -> dict[str, int]:
    """The columns that a saved profile names, where a heading has them."""
    cells = [folded(cell) for cell in heading]
    if profile is None:
        return {}
    return {name: cells.index(folded(said)) for name, said in profile.headings.items() if folded(said) in cells}


class Hand(msgspec.Struct, frozen=True):
    """What reading a file rests on, beside the file."""

    union: Union
    unions: list[Union]
    currencies: list[str]
    profiles: list[Profile]
    meanings: dict[tuple[str, str], Meaning]
    filename: str
    content: bytes

    def profile(self, name: str) -> Profile | None:
        """The union's profile of a name."""
        return next((each for each in self.profiles if each.name == name), None)


async def hand_of(connection: Connection, union: str, document: UUID) -> Hand:
    """What reading a file rests on, for a file that one's own union sent as an extract."""
    # A document's id opens nothing else than what one's own union sent as an extract: the draft of a request is its writer's alone.
    about = await documents.document(connection, document)
    if about.media_type not in (CSV, XLSX) or not await store.is_own_file(connection, document, union):
        raise NotFound(kind="document", id=str(document))
    return await about_union(connection, union, about.filename, await documents.content(connection, document))


async def about_union(connection: Connection, union: str, filename: str, content: bytes) -> Hand:
    """The same for a file that is not kept."""
    unions = await reference.unions(connection)
    return Hand(
        next(each for each in unions if each.code == union), unions, sorted(await reference.currencies(connection)),
        await store.profiles(connection, union), await store.meanings(connection, union), filename, content,
    )  # fmt: skip


async def read_now(hand: Hand, asked: Asked, language: str) -> ReadFile:
    """The file as it reads under what was asked, or under the union's only profile."""
    profile = hand.profile(asked.profile) or (hand.profiles[0] if asked.mapping is None and not asked.profile and len(hand.profiles) == 1 else None)
    return await asyncio.to_thread(
        _read, hand.content, hand.filename, asked, profile, hand.union.currency, language, hand.currencies
    )


def meanings_of(hand: Hand, asked: Asked) -> dict[tuple[str, str], Meaning]:
    """What accounts are about, as kept and as said now."""
    codes = [each.code for each in hand.unions]
    said = {(each.code, each.currency): rules.check_meaning(each, hand.union.code, codes) for each in asked.meanings}
    return hand.meanings | said


class WholeExtract(msgspec.Struct, frozen=True):
    """An extract as it would be kept."""

    first: date
    extract: Extract


def whole_extract(read: ReadFile, meanings: Mapping[tuple[str, str], Meaning], asked: Asked) -> WholeExtract:
    """The extract, or the refusal of what is not whole: a column, a cell, an account or a balance."""
    if read.missing:
        raise ColumnsMissing(columns=read.missing)
    if read.faults.count:
        first = read.faults.shown[0]
        raise RowsInvalid(count=read.faults.count, row=first.row, column=first.column)
    kept = rules.turned(rules.kept_of(read.extract, meanings), meanings, read.layout)
    if not kept.accounts:
        raise RowsInvalid(count=0, row=read.top + 1, column="", reason="no_account")
    typed = {(each.code, each.currency): each for each in asked.balances}
    balances = rules.proved(kept, typed, asked.until)
    return WholeExtract(rules.first_day(kept, asked.until), Extract(kept.rows, tuple(balances)))


async def preview_of(pool: Pool, document: UUID | None, hand: Hand, asked: Asked, language: str) -> Preview:
    """What the file would bring, account by account, beside what was brought in before."""
    union = hand.union.code
    check_past_day("until", asked.until, pool.today())
    async with pool.database.reading() as connection:
        kept = await store.kept(connection, union, asked.until)
        held = None if kept is None else await held_extract(connection, kept)
        before = [each for each in await store.kept_up_to(connection, asked.until) if each.union == union and each.ends_on < asked.until]
        usual = {(each.code, each.currency): each for each in await store.balances_of(connection, before[-1].number)} if before else {}
        earlier = await store.closings_before(connection, union, asked.until)
        signed = await shut(connection, asked.until)
    read = await read_now(hand, asked, language)
    meanings, refusal, whole = hand.meanings, None, None
    try:
        meanings = meanings_of(hand, asked)
        whole = whole_extract(read, meanings, asked)
    except Refusal as why:
        refusal = why
    known = kept.number if kept is not None and whole is not None and held == marked(whole.extract) else None
    refusal = refusal or (signed if known is None else None)
    body = [row for row in read.rows[read.top + 1 :] if any(row)]
    found = rules.turned(read.extract, meanings, read.layout)
    return Preview(
        document=document, filename=hand.filename, until=asked.until, first=rules.first_day(found, asked.until), union=union,
        heading=read.rows[read.top], samples=body[:SAMPLE_ROWS], layout=read.layout, missing_columns=read.missing, faults=read.faults,
        accounts=_seen(found, meanings, asked, usual), rows=len(found.rows), later_rows=sum(each.day > asked.until for each in found.rows),
        refusal=refusal, profiles=hand.profiles, profile=asked.profile, known=known, replaces=kept.number if kept and not known else None,
        unions=hand.unions, shown=list(found.rows[:SAMPLE_ROWS]),
        left_out={key: each for key, each in earlier.items() if found.accounts and key not in found.accounts and _is_joint(meanings.get(key))},
    )  # fmt: skip


def _is_joint(meaning: Meaning | None) -> bool:
    return meaning is not None and meaning.means != "ignored"


def _seen(
    extract: Extract, meanings: Mapping[tuple[str, str], Meaning], asked: Asked, usual: Mapping[tuple[str, str], Balance]
) -> list[SeenAccount]:
    said = {(each.code, each.currency): each for each in extract.balances}
    typed = {(each.code, each.currency): each for each in asked.balances}
    found = []
    for key in extract.accounts:
        rows = [each for each in extract.rows if (each.code, each.currency) == key and each.day <= asked.until]
        meaning, given = meanings.get(key), said.get(key, Balance(*key))
        guess = None if meaning else _guessed(key[0])
        before = usual.get(key)
        found.append(
            SeenAccount(
                code=key[0], currency=key[1], rows=len(rows), rows_minor=sum(each.amount_minor for each in rows),
                opening_minor=given.opening_minor if given.opening_minor is not None else typed.get(key, given).opening_minor,
                closing_minor=given.closing_minor if given.closing_minor is not None else typed.get(key, given).closing_minor,
                means=meaning.means if meaning else guess, other_union=meaning.other_union if meaning else None, said=meaning is not None,
                usual_opening_minor=before.closing_minor if before else None,
            )
        )
    return found


def _guessed(code: str) -> Means | None:
    """What an account's own name says it is about."""
    said = folded(code)
    words: tuple[tuple[Means, tuple[str, ...]], ...] = (
        ("due_to", ("due to", "payable", "du a", "a payer", "owing")), ("due_from", ("due from", "receivable", "du par", "a recevoir", "debiteur")),
        ("in_transit", ("transit",)), ("contributions", ("contribution", "cotisation")),
    )  # fmt: skip
    return next((means for means, each in words if any(word in said for word in each)), None)


async def held_extract(connection: Connection, kept: KeptExtract) -> tuple[list[tuple[object, ...]], list[Balance]]:
    """What a kept extract says, to be compared with another."""
    return marked(Extract(tuple(await store.rows_of(connection, kept.number)), tuple(await store.balances_of(connection, kept.number))))


def marked(extract: Extract) -> tuple[list[tuple[object, ...]], list[Balance]]:
    """What an extract says, whatever the places of its rows in a file."""
    rows = sorted((each.day, each.code, each.currency, each.amount_minor, each.document, each.text) for each in extract.rows)
    return list(rows), sorted(extract.balances, key=lambda each: (each.code, each.currency))
