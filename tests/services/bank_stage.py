"""What tests of bank statements begin with: a statement file in words, its import, and entries of the account, made through the services."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.services import bank_statements, journal
from ledger.services.bank_statements import NOTHING_SAID, Asked
from tests.services.requests_stage import Stage
from tests.services.test_journal import NET, UE_BANK, UNIFOR_BANK, named

MAY = (date(2026, 5, 1), date(2026, 5, 31))
BANKS = {"unifor": (UNIFOR_BANK, "CAD"), "ue": (UE_BANK, "USD")}


def line(ordinal: int, day: date, minor: int, text: str = "", **more: Any) -> StatementLine:
    """A line of a file."""
    return StatementLine(ordinal=ordinal, day=day, value_date=None, amount_minor=minor, text=text, **more)


def statement(opening: int, lines: Sequence[StatementLine], period: tuple[date, date] = MAY, **more: Any) -> StatementFile:
    """A statement whose closing is what its lines make."""
    said: dict[str, Any] = {
        "format": "csv", "account": "0001234", "bank": "", "currency": "CAD", "number": "", "starts_on": period[0], "ends_on": period[1],
        "opening_minor": opening, "closing_minor": opening + sum(each.amount_minor for each in lines), "lines": list(lines),
    }  # fmt: skip
    return StatementFile(**(said | more))


async def imported(stage: Stage, file: StatementFile, by: str = "unifor treasurer", name: str = "", asked: Asked = NOTHING_SAID) -> list[str]:
    """The statement brought in by a treasurer; its own bytes are what it says, so that another is another file."""
    account = await stage.bank(by.split()[0])
    content = repr(file).encode()
    return await bank_statements.import_statement(stage.pool, stage.who[by], stage.key(), account, name or "may.csv", content, [file], asked)


async def posted(stage: Stage, minor: int, day: date, text: str = "Paid", by: str = "unifor treasurer", kind: str = "general", **more: Any) -> int:
    """An entry between the union's bank account and net assets; its number."""
    bank, currency = BANKS[by.split()[0]]
    entry = named((bank, currency, "GEN", minor), (NET, currency, "GEN", -minor), on=day, text=text, kind=kind, **more)
    return (await journal.post_entry(stage.pool, stage.who[by], stage.key(), entry)).number


def days_of(period: tuple[date, date], around: int = 5) -> list[date]:
    """Every day of a period, and some around it."""
    first, last = period[0] - timedelta(days=around), period[1] + timedelta(days=around)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
