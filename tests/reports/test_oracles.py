"""Let other programs add our books up: hledger and Beancount load the exports, and agree with our trial balance to the cent."""

import csv
import inspect
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.actors import Actor
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.services import journal
from ledger.services.pool import Pool, running
from ledger.storage.database import Database
from reports.balances import balances_on
from reports.exports import export, plain_account
from reports.facts import read_facts
from tests.conftest import Clock, drop_books, sample_books
from tests.services import close_stage
from tests.services.strikes_stage import set_stage
from tests.services.test_journal import NET, UE_BANK
from tests.services.test_worked_cases import COVERED

# W21's books are made by a fixture of its own module, from entries of the same kinds; a case of pure rules has no books.
PLAYED: list[Any] = [
    function for case, functions in COVERED.items() for function in functions if case != "W21" and inspect.iscoroutinefunction(function)
]
Balances = dict[tuple[str, str], int]


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on the PATH; .ci/run installs it")
    return found


async def exported(pool: Pool, name: str) -> str:
    async with pool.database.reading() as connection:
        return "".join([piece async for piece in export(connection, name, pool.clock(), sample=False)])


async def our_balances(pool: Pool) -> tuple[Balances, date]:
    """The trial balance of today by (account as other programs see it, currency), without zeros; and the day."""
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
        found = await balances_on(connection, pool.today())
    told: Balances = {}
    for one in found:
        account = facts.accounts[one.account_id]
        told[plain_account(account.book, account.path, facts.funds[one.fund_id].code), account.currency] = one.amount_minor
    return {key: amount for key, amount in told.items() if amount}, pool.today()


def hledgers_balances(hledger: str, journal: Path) -> Balances:
    """What hledger adds up, after it has checked that everything in the file was declared and balances."""
    subprocess.run([hledger, "-f", str(journal), "check", "--strict"], check=True, capture_output=True, text=True)
    command = [hledger, "-f", str(journal), "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv"]
    rows = csv.DictReader(io.StringIO(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    return {(row["account"], row["commodity"]): minor_from_text(row["balance"], row["commodity"]) for row in rows}


def asserted(balances: Balances, day: date) -> str:
    """Our balances as assertions that Beancount judges: each at the beginning of the day after, to the cent and not, as it would, within one."""
    morning = day + timedelta(days=1)
    return "".join(
        f"{morning} balance {account}  {text_from_minor(amount, currency)} ~ 0.001 {currency}\n" for (account, currency), amount in balances.items()
    )


def bean_check(program_: str, file: Path, text: str) -> tuple[int, str]:
    file.write_text(text)
    done = subprocess.run([program_, str(file)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


async def hledger_agrees(pool: Pool, folder: Path) -> None:
    hledger, journal = program("hledger"), folder / "books.journal"
    journal.write_text(await exported(pool, "hledger"))
    ours, _ = await our_balances(pool)
    assert ours
    assert hledgers_balances(hledger, journal) == ours


async def beancount_agrees(pool: Pool, folder: Path) -> None:
    """With our balances asserted it finds nothing; with one of them a cent off it finds that one, so that its silence means something."""
    program_, file = program("bean-check"), folder / "books.beancount"
    text = await exported(pool, "beancount")
    ours, day = await our_balances(pool)
    assert bean_check(program_, file, text + asserted(ours, day)) == (0, "")
    account, currency = next(iter(ours))
    status, said = bean_check(program_, file, text + asserted(ours | {(account, currency): ours[account, currency] + 1}, day))
    assert status == 1
    assert len(re.findall(r"Balance failed for", said)) == 1 and account in said


@pytest.mark.parametrize("played", PLAYED, ids=lambda played: played.__name__)
async def test_the_books_of_every_worked_case(
    played: Callable[..., Any], pool: Pool, ue: Actor, unifor: Actor, clock: Clock, tmp_path: Path
) -> None:
    wanted = inspect.signature(played).parameters
    given: dict[str, Any] = {"pool": pool, "ue": ue, "unifor": unifor, "clock": clock}
    if "stage" in wanted:
        closing = played.__module__.endswith("test_closes")
        given["stage"] = await close_stage.set_stage(pool, clock, ue, unifor) if closing else await set_stage(pool, ue, unifor)
        if played.__module__.endswith("test_allocations"):
            await given["stage"].fund("GEN", CAD=100_000_00, USD=40_000_00)
    await played(**{name: given[name] for name in wanted})
    async with pool.database.reading() as connection:
        if not await connection.fetchval("SELECT number FROM head"):
            return  # a case without postings
    await hledger_agrees(pool, tmp_path)
    await beancount_agrees(pool, tmp_path)


async def test_the_sample_books(server: tuple[str, str], tmp_path: Path) -> None:
    database: Database = await sample_books(server)
    try:
        async with running(database) as pool:
            await hledger_agrees(pool, tmp_path)
            await beancount_agrees(pool, tmp_path)
    finally:
        await drop_books(server, database)


TEXTS = (
    'A "quoted" name', "back\\slash \\", "; a comment", "50 % | more", "(J-9) a code", "! pending", "* done", "2026-01-01 open Assets:X USD", "€ é ﬁ 😀",
    "tag: value, more", "x" * 500, "= assertion", "@ 1.37 USD", "{cost}", "#tag ^link",
)  # fmt: skip


async def test_no_text_of_a_person_means_anything_to_another_program(pool: Pool, ue: Actor, tmp_path: Path) -> None:
    """Descriptions, memos, references and tags are theirs; nothing in them is an instruction to whoever reads the export."""
    for number, text in enumerate(TEXTS, 1):
        lines = tuple(NamedPosting(account, "USD", "GEN", amount, text[:200]) for account, amount in ((UE_BANK, number), (NET, -number)))
        asked = NamedEntry(date(2026, 11, 23), text, lines, "opening", reference=text[:100], tags=(text[:40],))
        await journal.post_entry(pool, ue, f"oracle-text-{number}", asked)
    await hledger_agrees(pool, tmp_path)
    await beancount_agrees(pool, tmp_path)
