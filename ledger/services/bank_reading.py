"""What the readers of bank files share: text and amounts as banks write them, a tree of marked-up text, pages put together, and refusing.

A refusal gives the line of the file, and of what stands there a figure or a date at most.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

import msgspec

from ledger.domain.bank_files import REFERENCE_MAXIMUM, TEXT_MAXIMUM, StatementFile
from ledger.domain.cells import FIRST_YEAR
from ledger.domain.exchange import plain
from ledger.domain.money import check_size, digits_of
from ledger.domain.refusals import AmountInvalid, CurrencyUnknown, Refusal, StatementFileInvalid
from ledger.domain.text import UNKEPT

SIZE_MAXIMUM_BYTES = 20_000_000
LINES_MAXIMUM = 50_000
STATEMENTS_MAXIMUM = 1_000
DEPTH_MAXIMUM = 40
# Elements of a marked-up file: a line of a statement has about thirty. It bounds what a hostile file can make us hold.
NODES_MAXIMUM = 1_000_000
# What is looked at of one element or field; no bank writes so much.
RUN_MAXIMUM = 10_000

Reason = Literal[
    "empty", "too_large", "too_many_lines", "too_many_statements", "type", "password", "profile_missing", "not_text", "encoding", "entities",
    "too_deep", "broken", "truncated", "no_statement", "no_lines", "intraday", "bank_error", "field_missing", "bad_date", "bad_amount", "bad_currency",
    "bad_sign", "bad_code", "bad_record", "line_currency", "account_changes", "page_missing", "too_many_columns", "cell_too_long",
    "sum_too_large",
]  # fmt: skip
_LIMITS: dict[Reason, int] = {
    "too_large": SIZE_MAXIMUM_BYTES // 1_000_000, "too_many_lines": LINES_MAXIMUM, "too_many_statements": STATEMENTS_MAXIMUM, "too_deep": DEPTH_MAXIMUM,
}  # fmt: skip
_AMOUNT = re.compile(r"\A([0-9]{1,16})(?:[.,]([0-9]{0,8}))?\Z|\A([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{2})\Z", re.ASCII)


class Node(msgspec.Struct):
    """One element of a marked-up file, the line of the file it begins on, and what it holds."""

    tag: str
    line: int
    text: str = ""
    currency: str = ""
    children: list["Node"] = msgspec.field(default_factory=list)


def invalid(reason: Reason, line: int = 0, text: str = "", limit: int = 0) -> Refusal:
    """Why the file is refused, on which of its lines; ``text`` is a figure, a date or the name of a field."""
    return StatementFileInvalid(reason=reason, line=line, text=plain(text, 40), limit=limit or _LIMITS.get(reason, 0))


# --- text -------------------------------------------------------------------------------------------------------------


def decoded(content: bytes, declared: str = "") -> str:
    """The text, in UTF-8 or UTF-16 where it is that, else as the file declares it, else in Windows-1252.

    Banks declare Windows-1252 and write UTF-8: text that is not ASCII and can be read as UTF-8 is that. What declares UTF-8 and is not, and
    what holds a NUL, is refused with the line.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return without_nul(_decoded(content, "utf-16"))
    text = _decoded(content, "utf-8-sig") if _is_utf8(content) else _decoded(content, declared or "cp1252")
    return without_nul(text)


def without_nul(text: str) -> str:
    """The text itself. Refuses a NUL, with its line."""
    if "\x00" in text:
        raise invalid("not_text", line_at(text, text.index("\x00")))
    return text


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise invalid("encoding", content.count(b"\n", 0, error.start) + 1, encoding.removesuffix("-sig")) from None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever of the three line ends it has; nothing else ends a line of a bank's."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def line_at(text: str, place: int) -> int:
    """The line of a place in a text, from 1."""
    return text.count("\n", 0, place) + 1


def said(text: str, limit: int = TEXT_MAXIMUM) -> str:
    """One line of composed letters with plain spaces, cut at the limit."""
    if not (text.isascii() and text.isprintable()):
        text = UNKEPT.sub(" ", unicodedata.normalize("NFC", text[: limit * 4]))
    return " ".join(text[: limit * 4].split())[:limit].rstrip()


def named(text: str) -> str:
    """A reference, a name or a number, kept short."""
    return said(text, REFERENCE_MAXIMUM)


# --- figures and days -------------------------------------------------------------------------------------------------


def currency_of(code: str, line: int) -> str:
    """The currency's code, one that ISO lists."""
    code = code.strip().upper()
    try:
        digits_of(code)
    except CurrencyUnknown:
        raise invalid("bad_currency", line, code) from None
    return code


def minor_of(text: str, currency: str, line: int) -> int:
    """Minor units of ``-1234.56``, ``1234,5`` or ``1,234.56``; what could be read in two ways, or has more decimals, is refused."""
    bare = text.strip()
    sign = -1 if bare[:1] in ("-", "−") else 1
    found = _AMOUNT.match(bare[1:] if bare[:1] in ("-", "+", "−") else bare)
    if found is None:
        raise invalid("bad_amount", line, text)
    whole, fraction, digits = found[1] or found[3].replace(",", ""), found[2] or found[4] or "", digits_of(currency)
    if fraction[digits:].strip("0"):
        raise invalid("bad_amount", line, text)
    return sign * in_size(int(whole + fraction[:digits].ljust(digits, "0")), line)


def in_size(amount_minor: int, line: int) -> int:
    """The amount itself, where the books could hold it."""
    try:
        return check_size(amount_minor)
    except AmountInvalid:
        raise invalid("bad_amount", line, str(amount_minor)) from None


def day_of(text: str, line: int) -> date:
    """The day of ``20260331…`` or ``2026-03-31…``: the first eight digits, as the bank wrote them.

    A time and a zone behind them do not count: the bank's day is the one in its own place, whatever day it was in Greenwich.
    """
    digits = text.strip()[:10].replace("-", "")[:8]
    return made_day(digits[:4], digits[4:6], digits[6:8], line, text)


def short_day(text: str, line: int) -> date:
    """The day of ``260331``: 80 to 99 is the last century, as in SWIFT's rule."""
    return made_day(("19" if text[:2] >= "80" else "20") + text[:2], text[2:4], text[4:6], line, text)


def made_day(year: str, month: str, day: str, line: int, text: str) -> date:
    """A day of the calendar within the years these books know."""
    try:
        if not (year + month + day).isascii():
            raise ValueError
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise invalid("bad_date", line, text) from None
    if not FIRST_YEAR <= found.year <= FIRST_YEAR + 150:
        raise invalid("bad_date", line, text)
    return found


def check_count(lines: Sequence[object]) -> None:
    """Refuse more lines than a file may have."""
    if len(lines) > LINES_MAXIMUM:
        raise invalid("too_many_lines")


# --- trees ------------------------------------------------------------------------------------------------------------


def child(node: Node | None, path: str) -> Node | None:
    """The first element at a path such as ``Acct/Id/IBAN``."""
    for tag in path.split("/"):
        node = next((each for each in node.children if each.tag == tag), None) if node else None
    return node


def text_at(node: Node | None, *paths: str) -> str:
    """What stands at the first of the paths that holds something; nothing where none does."""
    found = (child(node, path) for path in paths)
    return next((each.text for each in found if each and each.text), "")


def needed(node: Node, *paths: str) -> Node:
    """The element at the first of the paths that is there, which has text. Refused, with the name of the last, where none is."""
    found = (child(node, path) for path in paths)
    answer = next((each for each in found if each and each.text), None)
    if answer is None:
        raise invalid("field_missing", node.line, paths[-1].rpartition("/")[2])
    return answer


def each(node: Node | None, path: str) -> Iterator[Node]:
    """Every element at a path."""
    first, _, rest = path.partition("/")
    for found in (one for one in (node.children if node else []) if one.tag == first):
        if rest:
            yield from each(found, rest)
        else:
            yield found


# --- pages ------------------------------------------------------------------------------------------------------------


def joined(pages: Sequence[StatementFile]) -> list[StatementFile]:
    """Statements made whole: a page that has no closing goes on in the next one of its account. Refuses a page whose others are missing.

    A bank cuts a long statement into pages; only the first has its opening and only the last its closing.
    """
    whole: list[list[StatementFile]] = []
    for page in pages:
        goes_on = bool(whole) and whole[-1][-1].closing_minor is None and page.opening_minor is None and _same(whole[-1][-1], page)
        if goes_on:
            whole[-1].append(page)
        else:
            whole.append([page])
    return [_one(parts) for parts in whole]


def _same(one: StatementFile, other: StatementFile) -> bool:
    return (one.account, one.currency) == (other.account, other.currency)


def _one(pages: list[StatementFile]) -> StatementFile:
    first, last = pages[0], pages[-1]
    if first.opening_minor is None or last.closing_minor is None:
        raise invalid("page_missing", text=first.number)
    if len(pages) == 1:
        return first
    lines = [line for page in pages for line in page.lines]
    numbered = [msgspec.structs.replace(line, ordinal=ordinal) for ordinal, line in enumerate(lines, 1)]
    return msgspec.structs.replace(first, ends_on=last.ends_on, closing_minor=last.closing_minor, lines=numbered)
