"""Rewrite the books as somebody who may do everything, and an export as somebody who holds the file: each is found, and where (promise S4)."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from click.testing import CliRunner

from api.commands import CommandFailed
from api.commands.books import OPERATOR, verify_command
from ledger.domain.chain import GENESIS, link
from ledger.domain.entries import Exchange
from ledger.services import journal
from ledger.services.pool import Pool, running
from ledger.services.verification import verify
from ledger.storage.database import Database
from reports.exports import export
from tests.conftest import Clock, add_person, drop_books, new_books
from tests.services.test_journal import opening, paid

TABLES = ("entries", "postings", "balances", "fund_balances", "day_totals", "month_totals", "head")


class Books:
    """Six entries, a superuser without triggers in his way, and a way back."""

    def __init__(self, pool: Pool, superuser: asyncpg.Connection, lines: list[str]) -> None:
        self.pool, self.superuser, self.lines = pool, superuser, lines

    async def put_back(self) -> None:
        for table in TABLES:
            await self.superuser.execute(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved_{table}")

    async def found(self, heads: dict[int, str] | None = None) -> list[tuple[int, str]]:
        return [(fault.number, fault.what) for fault in (await verify(self.pool, OPERATOR, heads)).faults]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def made(server: tuple[str, str]) -> AsyncIterator[Books]:
    database = await new_books(server)
    superuser = await asyncpg.connect(server[1].replace("//solidarity_owner@", "//postgres@"), server_settings={"search_path": database.schema})
    async with running(database, Clock()) as pool:
        await six_entries(pool)
        for table in TABLES:
            await superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL; CREATE TABLE saved_{table} AS SELECT * FROM {table}")
        async with database.reading() as connection:
            lines = [piece async for piece in export(connection, "jsonl", pool.clock(), sample=False)]
        yield Books(pool, superuser, "".join(lines).splitlines(keepends=True))
    await superuser.close()
    await drop_books(server, database)


async def six_entries(pool: Pool) -> None:
    """Opening 1, payments 2 to 4, the reversal of 3, and one with everything an entry can carry."""
    ue = await add_person(pool, "Dolores Haze-Nguyen", "ue", "treasurer")
    rate = Exchange("USD", "CAD", Decimal("1.3725"), "bank", date(2026, 11, 20))
    full = {"reference": "INV-77", "tags": ("print",), "effective_date": date(2026, 11, 1), "origin": "US", "exchange": rate}
    asked = [opening(100_00), paid(11_00), paid(25_00), paid(12_00)]
    for number, one in enumerate(asked, 1):
        await journal.post_entry(pool, ue, f"tamper-{number:04}", one)
    await journal.reverse(pool, ue, "tamper-0005", 3, None, "Twice")
    await journal.post_entry(pool, ue, "tamper-0006", paid(7_00, **full))


@pytest_asyncio.fixture(loop_scope="session")
async def books(made: Books) -> AsyncIterator[Books]:
    yield made
    await made.put_back()


async def test_untouched_books_are_sound(books: Books) -> None:
    assert await books.found() == []
    await books.superuser.execute("UPDATE balances SET balance_minor = 0")
    await books.put_back()
    assert await books.found() == [], "the way back leads back"


# --- a column ---------------------------------------------------------------------------------------------------------

COLUMNS = {
    "entry_date": "'2026-11-22'", "effective_date": "NULL", "recorded_at": "recorded_at + interval '1 microsecond'", "kind": "'opening'",
    "description": "'Anything'", "reference": "''", "subject": "'T-0001'", "tags": "'{}'", "actor_id": "1", "exchange": "NULL", "origin": "'CA'",
    "reverses": "2", "corrects": "2",
}  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
async def test_a_column_of_an_entry(books: Books, column: str) -> None:
    await books.superuser.execute(f"UPDATE entries SET {column} = {COLUMNS[column]} WHERE number = 6")
    name = {"actor_id": "actor"}.get(column, column)
    also = [(6, "the recorded postings is not what was hashed")] if column == "entry_date" else []
    assert await books.found() == [(6, f"the recorded {name} is not what was hashed"), *also]


# The search column and an attached word of it are for finding alone: nothing of the books is read from it.
KEPT_COLUMNS = {"number", "search", "canonical", "previous_hash", "hash"}


async def test_every_column_of_an_entry_is_in_the_table(books: Books) -> None:
    rows = await books.superuser.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'entries'", books.pool.database.schema
    )
    assert {row["column_name"] for row in rows} == COLUMNS.keys() | KEPT_COLUMNS


# --- postings and what is derived from them ---------------------------------------------------------------------------

POSTINGS = (3, "the recorded postings is not what was hashed")
FIELDS = [
    # what is changed in line 2 of entry 3 (the bank, 25.00 out), and what is found of it, besides its entry
    ("amount_minor = -2400", {"running balances", "balances", "day totals"}),
    ("memo = 'x'", set()),
    ("entry_date = '2026-11-22'", {"day totals"}),
    ("fund_id = 2", {"running balances", "balances", "day totals"}),
    ("balance_after = balance_after + 1", {"running balances"}),
    ("line = 9", set()),
    ("version = 99", {"running balances"}),
]


@pytest.mark.parametrize(("change", "derived"), FIELDS, ids=[row[0] for row in FIELDS])
async def test_a_field_of_a_posting(books: Books, change: str, derived: set[str]) -> None:
    await books.superuser.execute(f"UPDATE postings SET {change} WHERE entry_number = 3 AND line = 2")
    found = await books.found()
    of_entries = [fault for fault in found if fault[0]]
    assert of_entries == ([] if change.startswith(("balance_after", "version")) else [POSTINGS])
    assert {what.partition(" do not agree")[0] for number, what in found if not number} == derived
    assert all("UE-trust-USD" in what for number, what in found if not number)


DERIVED = [
    ("UPDATE balances SET balance_minor = balance_minor + 1 WHERE version = 6", "balances", "joint/Assets:Bank:UE-trust-USD USD"),
    ("UPDATE day_totals SET debit_minor = debit_minor + 1 WHERE credit_minor = 5500", "day totals", "UE-trust-USD USD on 2026-11-23"),
    ("UPDATE month_totals SET debit_minor = debit_minor + 1 WHERE credit_minor = 5500", "month totals", "UE-trust-USD USD in 2026-11-01"),
    ("UPDATE fund_balances SET held_minor = held_minor + 1", "fund balances", "joint, GEN, USD"),
]


@pytest.mark.parametrize(("statement", "which", "where"), DERIVED, ids=[row[1] for row in DERIVED])
async def test_a_derived_figure(books: Books, statement: str, which: str, where: str) -> None:
    done = await books.superuser.execute(statement)
    assert done == "UPDATE 1"
    found = await books.found()
    assert found[0][0] == 0
    assert found[0][1].startswith(f"{which} do not agree with the postings: ")
    assert where in found[0][1]


# --- the chain --------------------------------------------------------------------------------------------------------

BYTES = "canonical = convert_to(replace(convert_from(canonical, 'UTF8'), '2500', '9500'), 'UTF8')"
CHANGED, BEFORE = "its bytes were changed: they do not give its hash", "it does not follow the entry before it"
GONE = "DELETE FROM entries WHERE number = {0}; DELETE FROM postings WHERE entry_number = {0}"
SWAP = "UPDATE {0} SET {1} = 9 WHERE {1} = 3; UPDATE {0} SET {1} = 3 WHERE {1} = 4; UPDATE {0} SET {1} = 4 WHERE {1} = 9"
CHAIN: list[tuple[str, str, list[tuple[int, str]]]] = [
    ("the bytes of one", f"UPDATE entries SET {BYTES} WHERE number = 3", [(3, CHANGED), POSTINGS]),
    ("the bytes of one, hashed anew", f"UPDATE entries SET {BYTES} WHERE number = 3; UPDATE entries SET hash = sha256(previous_hash || canonical)",
     [(4, BEFORE), POSTINGS]),
    ("its hash", "UPDATE entries SET hash = sha256(hash) WHERE number = 3", [(3, CHANGED), (4, BEFORE)]),
    ("two swapped", SWAP.format("entries", "number") + ";" + SWAP.format("postings", "entry_number"),
     [(3, BEFORE), (3, "its bytes say number 4"), (4, BEFORE), (4, "its bytes say number 3"), (5, BEFORE)]),
    ("the middle deleted", GONE.format(4), [(4, "number 4 is missing; 5 follows 3"), (5, BEFORE)]),
    ("the first deleted", GONE.format(1), [(1, "number 1 is missing; 2 follows 0"), (2, BEFORE)]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "statements", "wanted"), CHAIN, ids=[row[0] for row in CHAIN])
async def test_the_chain(books: Books, what: str, statements: str, wanted: list[tuple[int, str]]) -> None:
    await books.superuser.execute(statements)
    found = [fault for fault in await books.found() if fault[0] and not (what == "two swapped" and "not what was hashed" in fault[1])]
    assert found == wanted


async def test_the_tail_cut_off(books: Books) -> None:
    """Done with all the skill in the world, it is found by a head that somebody kept, and by nothing else."""
    kept = {int(row["number"]): row["hash"].hex() for row in await books.superuser.fetch("SELECT number, hash FROM entries")}
    await books.superuser.execute(GONE.format(6))
    told = f"the journal ends at 5, and its head says 6 with hash {kept[6]}"
    assert (6, told) in await books.found()
    await books.superuser.execute(
        """UPDATE head SET number = 5, hash = (SELECT hash FROM entries WHERE number = 5);
        UPDATE balances SET balance_minor = balance_minor + CASE balance_minor WHEN 7000 THEN 700 ELSE -700 END, version = version - 1
            WHERE balance_minor IN (7000, 3000);
        UPDATE day_totals SET credit_minor = credit_minor - 700 WHERE credit_minor = 5500;
        UPDATE day_totals SET debit_minor = debit_minor - 700 WHERE debit_minor = 5500;
        UPDATE month_totals SET credit_minor = credit_minor - 700 WHERE credit_minor = 5500;
        UPDATE month_totals SET debit_minor = debit_minor - 700 WHERE debit_minor = 5500;
        UPDATE fund_balances SET held_minor = held_minor + 700"""
    )
    assert await books.found() == []
    assert await books.found({4: kept[4], 5: kept[5]}) == []
    assert await books.found({6: kept[6]}) == [(6, "a head was kept of it, and the journal does not reach it")]
    wrong = hashlib.sha256(b"another").hexdigest()
    assert await books.found({4: wrong}) == [(4, f"its hash is {kept[4]}, and the head kept of it was {wrong}")]


async def test_the_command_says_it_and_fails(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fit(database: Database) -> None:
        """The tests' throw-away server keeps nothing through a crash, which commands refuse."""

    monkeypatch.setattr("api.commands.run.check", fit)
    await books.superuser.execute(f"UPDATE entries SET {BYTES} WHERE number = 3")
    database = books.pool.database
    address = {"SOLIDARITY_DATABASE_URL": database.url, "SOLIDARITY_SCHEMA": database.schema, "SOLIDARITY_APP_ROLE": database.app_role}
    done = await asyncio.to_thread(CliRunner(env=address).invoke, verify_command)
    said = done.stdout.splitlines()
    assert done.exit_code == 1, done.exception
    assert said[:2] == [f"J-3: {CHANGED}", f"J-3: {POSTINGS[1]}"]
    assert said[-1].startswith("FAULTS: 2. 6 entries, 12 postings; the journal ends at 6 with hash ")


# --- an export, offline -----------------------------------------------------------------------------------------------


def checked(lines: list[str], folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """What ``./solidarity verify FILE`` says of these lines, and its status."""
    file = folder / "export.jsonl"
    file.write_text("".join(lines))
    return told(file, *arguments)


def told(file: Path, *arguments: str) -> tuple[int, list[str]]:
    """The command's status and what it says; its one line where there was nothing to check, which the command's frame prints."""
    done = CliRunner().invoke(verify_command, [str(file), *arguments])
    if isinstance(done.exception, CommandFailed):
        return 1, [str(done.exception)]
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout.splitlines()


def rewritten(line: str, before: str = "2500", after: str = "9500", **members: Any) -> str:
    """A line of an export with something else in its canonical bytes."""
    found = json.loads(line)
    return json.dumps(found | {"canonical": found["canonical"].replace(before, after)} | members) + "\n"


def forged(lines: list[str], first: int) -> list[str]:
    """Everything from an entry on hashed anew, the header with it: a forger who can count."""
    previous, made = GENESIS, []
    for number, line in enumerate(lines[1:], 1):
        text = rewritten(line) if number == first else line
        canonical = json.loads(text)["canonical"].encode()
        made.append(rewritten(text, "", "", previous_hash=previous.hex(), hash=link(previous, canonical).hex()))
        previous = link(previous, canonical)
    return [json.dumps(json.loads(lines[0]) | {"head_hash": previous.hex()}) + "\n", *made]


EXPORTS: list[tuple[str, Callable[[list[str]], list[str]], list[str]]] = [
    ("bytes changed", lambda x: [*x[:3], rewritten(x[3]), *x[4:]], [f"J-3: {CHANGED}"]),
    ("lines swapped", lambda x: [*x[:3], x[4], x[3], *x[5:]],
     ["J-3: number 3 is missing; 4 follows 2", f"J-4: {BEFORE}", "J-5: number 5 is missing; 3 follows 4", f"J-3: {BEFORE}",
      "J-4: number 4 is missing; 5 follows 3", f"J-5: {BEFORE}"]),
    ("a line left out", lambda x: [*x[:4], *x[5:]], ["J-4: number 4 is missing; 5 follows 3", f"J-5: {BEFORE}"]),
    ("a line twice", lambda x: [*x[:4], x[3], *x[4:]],
     ["J-4: number 4 is missing; 3 follows 3", f"J-3: {BEFORE}"]),
    ("the end cut off", lambda x: x[:5], ["J-5: the journal ends at 4, and its head says 6 with hash "]),
    ("an entry that does not balance", lambda x: [*x[:3], rewritten(x[3], ",2500,", ",2501,"), *x[4:]],
     [f"J-3: {CHANGED}", "J-3: does not balance in joint, GEN, USD: 1 minor units are left over"]),
    ("a float for an amount", lambda x: [*x[:3], rewritten(x[3], "2500,", "2500.0,"), *x[4:]],
     [f"J-3: {CHANGED}", "J-3: its bytes cannot be read: 2500.0 is no amount in minor units"]),
    ("bytes that are no JSON", lambda x: [*x[:3], rewritten(x[3], '"format"', "format"), *x[4:]],
     [f"J-3: {CHANGED}", "J-3: its bytes cannot be read: "]),
    ("bytes nested without end", lambda x: [*x[:3], rewritten(x[3], '"memo', '"memo', canonical="[" * 100_000), *x[4:]],
     [f"J-3: {CHANGED}", "J-3: its bytes cannot be read: "]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "wanted"), EXPORTS, ids=[row[0] for row in EXPORTS])
async def test_an_export(made: Books, tmp_path: Path, what: str, change: Callable[[list[str]], list[str]], wanted: list[str]) -> None:
    status, said = checked(change(made.lines), tmp_path)
    assert status == 1
    assert len(said) == len(wanted) + 1
    assert said[-1].startswith(f"FAULTS: {len(wanted)}. ")
    assert all(told.startswith(beginning) for told, beginning in zip(said, wanted, strict=False)), said


async def test_a_whole_export_is_sound_and_a_forged_one_is_found_by_a_head_somebody_kept(made: Books, tmp_path: Path) -> None:
    head = json.loads(made.lines[0])["head_hash"]
    status, said = checked(made.lines, tmp_path, "--head", f"6:{head}")
    assert (status, said) == (0, [f"Sound. 6 entries, 12 postings; the journal ends at 6 with hash {head}"])
    fourth = json.loads(made.lines[4])["hash"]
    assert checked(forged(made.lines, 3), tmp_path)[0] == 0
    status, said = checked(forged(made.lines, 3), tmp_path, "--head", f"4:{fourth.upper()}")
    assert status == 1
    assert said[0].startswith("J-4: its hash is ") and said[0].endswith(f"the head kept of it was {fourth}")


NO_EXPORTS: list[tuple[str, Callable[[list[str]], list[str]], str]] = [
    ("an empty file", lambda x: [], "line 1: not a header of format solidarity-journal"),
    ("no header", lambda x: x[1:], "line 1: not a header of format solidarity-journal"),
    ("another file", lambda x: ["number,entry_date\n"], "line 1: "),
    ("a list", lambda x: ["[1]\n"], "line 1: not an object"),
    ("cut in a line", lambda x: [*x[:4], x[4][:90]], "line 5: "),
    ("a line without a hash", lambda x: [*x[:4], '{"number": 4}\n'], "line 5: "),
    ("a number without end", lambda x: [*x[:4], x[4].replace('"number":4', '"number":1e999')], "line 5: "),
    ("a number that is none", lambda x: [*x[:4], x[4].replace('"number":4', '"number":4.5')], "line 5: "),
    ("nested without end", lambda x: [*x[:4], "[" * 100_000 + "\n"], "line 5: "),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "wanted"), NO_EXPORTS, ids=[row[0] for row in NO_EXPORTS])
async def test_what_is_no_export_says_which_line(made: Books, tmp_path: Path, what: str, change: Any, wanted: str) -> None:
    status, said = checked(change(made.lines), tmp_path)
    assert status == 1
    assert f"jsonl is no export that can be checked: {wanted}" in said[-1], said


async def test_what_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "export.png"
    file.write_bytes(b"\x89PNG\n\xff\xfe")
    status, (line,) = told(file)
    assert status == 1 and "not UTF-8 text" in line
    (tmp_path / "other.pdf").write_bytes(b"%PDF-1.7\n\xff\xfe")
    status, (line,) = told(tmp_path / "other.pdf")
    assert status == 1 and "cannot be proved: facts.json is not attached to it" in line
    for head in ("6", "x:00", "²:" + "0" * 64, f"6:{'0' * 63}", f"6:{'z' * 64}"):
        assert CliRunner().invoke(verify_command, [str(file), "--head", head]).exit_code == 2, head
