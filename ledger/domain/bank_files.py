"""Say what a bank statement is, when its figures hold together, and by what a line is known again when its file comes twice.

Amounts are minor units; money into the account is positive. Knows no file format and no book.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.refusals import StatementAccount, StatementCurrency, StatementDates, StatementFileInvalid, StatementUnbalanced

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
    """Refuse a statement in another currency, one with a line outside its days, one of more money than an account can hold, and one whose opening
    and lines do not make its closing.

    Where a balance is missing there is nothing to add up: see :func:`with_opening`.
    """
    if statement.currency != currency_of_account:
        raise StatementCurrency(currency=statement.currency, account_currency=currency_of_account, account=statement.account)
    _check_days(statement)
    _check_sizes(statement)
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


def _check_sizes(statement: StatementFile) -> None:
    """Neither a balance nor all that moved is more than the largest amount: whatever is added up of lines later fits 64 bits."""
    moved = sum(abs(line.amount_minor) for line in statement.lines)
    if max(moved, abs(statement.opening_minor or 0), abs(statement.closing_minor or 0)) > LARGEST_AMOUNT_MINOR:
        raise StatementFileInvalid(reason="sum_too_large", line=0, text="", limit=LARGEST_AMOUNT_MINOR // 100)


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


# --- of which account --------------------------------------------------------------------------------------------------

# What banks put in place of the figures they do not show.
_MASK = re.compile(r"[*•#]|X{2,}")
# A number may come with or without the bank's and the branch's before it; so many of its last figures tell one account from another, and fewer where
# the bank itself says that it shows the last ones only.
TELLING, TELLING_MASKED = 6, 4


def same_number(one: str, other: str) -> bool:
    """Whether two writings are of one account's number: without spaces and signs, leading zeros, what is masked, and the branch before it.

    What is shown before and behind a mask must stand in the other so, and zeros behind a mask count. Where nothing tells, it is not the same.
    """
    these, those = _shown_of(one), _shown_of(other)
    if len(these) == 1 == len(those):
        shorter, longer = sorted((these[0].lstrip("0"), those[0].lstrip("0")), key=len)
        return bool(shorter) and (shorter == longer or (len(shorter) >= TELLING and longer.endswith(shorter)))
    shorter, longer = sorted((these[-1], those[-1]), key=len)
    return len(shorter) >= TELLING_MASKED and longer.endswith(shorter) and _heads_agree(these, those, len(shorter))


def _heads_agree(these: list[str], those: list[str], shown: int) -> bool:
    """Whether what stands before a mask stands in the other number too, before the ``shown`` last signs that were held against each other."""
    heads = [parts[0].lstrip("0") for parts in (these, those) if len(parts) > 1]
    wholes = [parts[0][:-shown] for parts in (these, those) if len(parts) == 1]
    if wholes:
        return heads[0] in wholes[0]
    return heads[0].endswith(heads[1]) or heads[1].endswith(heads[0])


def _shown_of(text: str) -> list[str]:
    """The figures and letters of a number, in the parts that masks leave; one part where nothing is masked."""
    return [re.sub(r"[^0-9A-Z]", "", part) for part in _MASK.split(text.upper())]


def is_known(number: str, known: Sequence[str]) -> bool:
    """Whether earlier files said the number. One that is shown whole is held against those shown whole, where there are any."""
    whole = [each for each in known if not _MASK.search(each.upper())] if not _MASK.search(number.upper()) else []
    return any(same_number(number, each) for each in whole or known)


def numbers_of(statements: Sequence[StatementFile]) -> list[str]:
    """The numbers of the accounts that a file has statements of, each once; the empty text where it names none."""
    return list(dict.fromkeys(statement.account for statement in statements))


def of_account(statements: Sequence[StatementFile], currency: str, wanted: str, known: Sequence[str], may_change: bool) -> list[StatementFile]:
    """The statements of a file that are of one account: of the number a person chose, else of one that earlier files of the account said.

    Refuses a file of several accounts of which none is known, and a number that no earlier file said where one did, unless it ``may_change``.
    """
    numbers = numbers_of(statements)
    found = _meant(numbers, wanted, known)
    facts = {"accounts": numbers, "expected": known[-1] if known else ""}
    if len(found) != 1:
        raise StatementAccount(reason="absent" if wanted else "several", account=wanted[:40], **facts)
    (number,) = found
    if number and known and not may_change and not is_known(number, known):
        raise StatementAccount(reason="changed", account=number, **facts)
    of_number = [statement for statement in statements if statement.account == number]
    return [statement for statement in of_number if statement.currency == currency] or of_number


def _meant(numbers: list[str], wanted: str, known: Sequence[str]) -> list[str]:
    """The numbers of a file that are the one asked for, as it is written or else as it is told; without asking, its only one, or those known."""
    if wanted:
        return [wanted] if wanted in numbers else [number for number in numbers if same_number(number, wanted)]
    return numbers if len(numbers) == 1 else [number for number in numbers if is_known(number, known)]


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
