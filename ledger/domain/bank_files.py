"""Say what a bank statement is, when its figures hold together, and by what a line is known again when its file comes twice.

Amounts are minor units; money into the account is positive. Knows no file format and no book.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from ledger.domain.refusals import StatementCurrency, StatementDates, StatementUnbalanced

Format = Literal["ofx", "camt053", "mt940", "bai2", "csv"]

# What a line keeps of a bank's text; the file itself is kept whole.
TEXT_MAXIMUM, REFERENCE_MAXIMUM = 1_000, 200


class StatementLine(msgspec.Struct, frozen=True):
    """One line of a statement, as the bank writes it.

    ``ordinal`` counts from 1 in the order of the file; ``day`` is the day the bank booked it. ``bank_id`` is the bank's own number of the
    line, ``reference`` the end-to-end or customer reference, ``code`` the bank's kind of transaction. Texts are empty where there are none.
    """

    ordinal: int
    day: date
    value_date: date | None
    amount_minor: int
    bank_id: str = ""
    reference: str = ""
    cheque: str = ""
    counterparty: str = ""
    text: str = ""
    code: str = ""


class StatementFile(msgspec.Struct, frozen=True):
    """One statement of one account. ``account`` and ``number`` are as the bank writes them; a balance is None where the file has none."""

    format: Format
    account: str
    bank: str
    currency: str
    number: str
    starts_on: date | None
    ends_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    lines: list[StatementLine]


# --- whether it holds together ----------------------------------------------------------------------------------------


def check(statement: StatementFile, currency_of_account: str) -> None:
    """Refuse a statement in another currency, one with a line outside its days, and one whose opening and lines do not make its closing.

    Where a balance is missing there is nothing to add up: see :func:`with_opening`.
    """
    if statement.currency != currency_of_account:
        raise StatementCurrency(currency=statement.currency, account_currency=currency_of_account, account=statement.account)
    _check_days(statement)
    if statement.opening_minor is None or statement.closing_minor is None:
        return
    lines_minor = sum_of(statement)
    difference = statement.opening_minor + lines_minor - statement.closing_minor
    if difference:
        raise StatementUnbalanced(
            currency=statement.currency, opening_minor=statement.opening_minor, lines_minor=lines_minor, closing_minor=statement.closing_minor,
            difference_minor=difference, count=len(statement.lines), account=statement.account,
        )  # fmt: skip


def sum_of(statement: StatementFile) -> int:
    """What the lines come to, in minor units."""
    return sum(line.amount_minor for line in statement.lines)


def _check_days(statement: StatementFile) -> None:
    first, last = statement.starts_on or date.min, statement.ends_on or date.max
    for line in statement.lines:
        if not first <= line.day <= last:
            raise StatementDates(line=line.ordinal, date=line.day.isoformat(), starts_on=_iso(statement.starts_on), ends_on=_iso(statement.ends_on))
    if first > last:
        raise StatementDates(line=0, date=_iso(statement.starts_on), starts_on=_iso(statement.starts_on), ends_on=_iso(statement.ends_on))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def with_opening(statement: StatementFile, known_closing: int | None) -> StatementFile:
    """The statement with the balances its file leaves out, as OFX leaves out the opening and a bank's CSV may leave out both.

    ``known_closing`` is what the account's last statement closed at, in minor units: it is this one's opening, and :func:`check` then finds
    whatever was left out between them. Without it the opening is the closing less the lines, which proves nothing but is right for a
    first statement. What the file says itself is never changed.
    """
    opening, closing, lines = statement.opening_minor, statement.closing_minor, sum_of(statement)
    if opening is None:
        opening = known_closing if known_closing is not None or closing is None else closing - lines
    if closing is None and opening is not None:
        closing = opening + lines
    return msgspec.structs.replace(statement, opening_minor=opening, closing_minor=closing)


# --- by what a line is known again ------------------------------------------------------------------------------------


def identity(account_id: object, line: StatementLine, running_number: int) -> str:
    """By what a line is known when its file, or one that overlaps it, comes again (case W18): 64 hex digits.

    SHA-256 over the account, the day, the amount, the bank's own id where it has one and else the text, and the running number of lines of
    one file that are equal in these. The day and the amount count beside an id because some banks use an id twice: begin again at 1 in each
    download, or give both halves of a transfer one. By the id alone the second line would be taken for the first, and its money lost. The
    text does not count beside an id, because banks complete it later.
    """
    return hashlib.sha256(repr((str(account_id), *_likeness(line), running_number)).encode("utf-8", "backslashreplace")).hexdigest()


def identities(account_id: object, lines: Sequence[StatementLine]) -> list[str]:
    """The identity of each line of one file: all different, and the same whenever the same lines come again, in whatever order of days."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for line in lines:
        likeness = _likeness(line)
        found.append(identity(account_id, line, seen[likeness]))
        seen[likeness] += 1
    return found


def _likeness(line: StatementLine) -> tuple[str, ...]:
    named = ("id", line.bank_id) if line.bank_id else ("text", line.text)
    return (line.day.isoformat(), str(line.amount_minor), *named)
