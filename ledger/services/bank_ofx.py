"""Read OFX and QFX, 1.x (SGML) and 2.x (XML), as banks write them.

Elements of 1.x need no end, so one reader takes both: an element that holds text is closed by it; one that holds none and is never ended is
empty. ``ofxtools`` checks this reader in the tests; CONTRIBUTING.md says why it does not do the reading.
"""

import re
from collections.abc import Iterator
from datetime import date

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.services.bank_reading import (
    DEPTH_MAXIMUM,
    NODES_MAXIMUM,
    RUN_MAXIMUM,
    Node,
    check_count,
    child,
    currency_of,
    day_of,
    decoded,
    each,
    invalid,
    line_at,
    minor_of,
    named,
    needed,
    said,
    text_at,
)

_HEAD = re.compile(rb"(?i)\b(encoding|charset)\s*[:=]\s*[\"']?([A-Z0-9-]+)")
_CODECS = {"1252": "cp1252", "ISO-8859-1": "latin-1", "UTF-8": "utf-8", "UNICODE": "utf-8", "USASCII": "", "NONE": ""}
_TOKEN = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->|<([!?])|<(/?)([A-Za-z][A-Za-z0-9._:-]{0,40})\s*(/?)>|([^<]+|<+(?=<)|<)", re.DOTALL)
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7});")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_STATEMENTS = (("BANKMSGSRSV1/STMTTRNRS", "STMTRS"), ("CREDITCARDMSGSRSV1/CCSTMTTRNRS", "CCSTMTRS"))


def is_ofx(head: str) -> bool:
    """Whether the beginning of a file is OFX's."""
    return "OFXHEADER" in head or "<OFX>" in head.upper()


def read_ofx(content: bytes) -> list[StatementFile]:
    """Every statement of a bank or card account in the file."""
    text = decoded(content, _encoding(content))
    root = _tree(text)
    found = [_statement(answer, tag) for path, tag in _STATEMENTS for answer in each(root, path)]
    if not found:
        raise invalid("no_statement", root.line)
    return found


def _encoding(content: bytes) -> str:
    """The codec that the file declares; CHARSET counts where it says one, for ENCODING then says USASCII."""
    said_there = {name.upper(): value.upper().decode() for name, value in _HEAD.findall(content[:1000])}
    charset, encoding = said_there.get(b"CHARSET", ""), said_there.get(b"ENCODING", "")
    return _CODECS.get(charset) or _CODECS.get(encoding) or ""


# --- the tree ---------------------------------------------------------------------------------------------------------


def _tree(text: str) -> Node:
    start = text.upper().find("<OFX>")
    if start < 0:
        raise invalid("no_statement", 1)
    if "<!" in text[:start] or "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise invalid("entities", line_at(text, text.find("<!")))
    above = Node("", 1)
    stack, line = [above], line_at(text, start)
    leaf: Node | None = None
    for count, token in enumerate(_TOKEN.finditer(text, start)):
        cdata, odd, ends, tag, empty, run = token.groups()
        if tag and not ends:
            leaf = _begun(stack, tag.upper(), line, bool(empty))
        elif tag:
            leaf = None
            _ended(stack, tag.upper(), line)
        elif odd:
            raise invalid("broken", line)
        elif leaf is not None and (cdata or run):
            _written(stack, leaf, cdata or _unescaped(run))
        line += token[0].count("\n")
        if count > 2 * NODES_MAXIMUM:
            raise invalid("too_many_lines", line)
    root = child(above, "OFX")
    if len(stack) > 1 or root is None:
        raise invalid("truncated", line)
    return root


def _begun(stack: list[Node], tag: str, line: int, empty: bool) -> Node:
    last = stack[-1]
    if last.text:
        # What holds text is complete: 1.x does not write its end.
        stack.pop()
    made = Node(tag, line)
    stack[-1].children.append(made)
    if not empty:
        stack.append(made)
    if len(stack) > DEPTH_MAXIMUM:
        raise invalid("too_deep", line)
    return made


def _written(stack: list[Node], leaf: Node, text: str) -> None:
    if stack[-1] is leaf and (leaf.text or text.strip()) and len(leaf.text) < RUN_MAXIMUM:
        leaf.text += text


def _ended(stack: list[Node], tag: str, line: int) -> None:
    """Close an element; those inside it that were never ended are empty, and what seemed to be in them stands beside them."""
    place = next((at for at in range(len(stack) - 1, 0, -1) if stack[at].tag == tag), 0)
    if not place:
        raise invalid("broken", line, f"</{tag}>")
    for at in range(len(stack) - 1, place, -1):
        unended = stack.pop()
        if not unended.text and unended.children:
            stack[at - 1].children += unended.children
            unended.children = []
    stack.pop()


def _unescaped(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name in _ENTITIES:
        return _ENTITIES[name]
    number = int(name[1:])
    return chr(number) if 31 < number < 0x110000 and not 0xD800 <= number < 0xE000 else " "


# --- statements -------------------------------------------------------------------------------------------------------


def _statement(answer: Node, tag: str) -> StatementFile:
    found = child(answer, tag)
    if found is None:
        code = text_at(answer, "STATUS/CODE").strip()
        raise invalid("bank_error" if code.strip("0") else "no_statement", answer.line, code)
    wanted = needed(found, "CURDEF")
    currency = currency_of(wanted.text, wanted.line)
    account = child(found, "BANKACCTFROM") or child(found, "CCACCTFROM") or found
    lines = list(_lines(found, currency))
    check_count(lines)
    first, last = _period(found, lines)
    return StatementFile(
        format="ofx", account=named(needed(account, "ACCTID").text), bank=named(text_at(account, "BANKID")), currency=currency, number="",
        starts_on=first, ends_on=last, opening_minor=None, closing_minor=_closing(found, currency, last), lines=lines,
    )  # fmt: skip


def _lines(found: Node, currency: str) -> Iterator[StatementLine]:
    for ordinal, line in enumerate(each(found, "BANKTRANLIST/STMTTRN"), 1):
        other = text_at(line, "CURRENCY/CURSYM").strip().upper()
        if other and other != currency:
            raise invalid("line_currency", line.line, other)
        yield _line(line, ordinal, currency)


def _line(line: Node, ordinal: int, currency: str) -> StatementLine:
    booked, amount = needed(line, "DTPOSTED"), needed(line, "TRNAMT")
    name = named(text_at(line, "NAME", "PAYEE/NAME"))
    return StatementLine(
        ordinal=ordinal, day=day_of(booked.text, booked.line), value_date=_day_at(line, "DTAVAIL"),
        amount_minor=minor_of(amount.text, currency, amount.line), bank_id=named(text_at(line, "FITID")), reference=named(text_at(line, "REFNUM")),
        cheque=_cheque(text_at(line, "CHECKNUM")), counterparty=name, text=said(text_at(line, "MEMO")) or name, code=named(text_at(line, "TRNTYPE")),
    )  # fmt: skip


def _cheque(number: str) -> str:
    """A cheque's number; some banks write 0 for what is none."""
    return named(number) if number.strip(" 0\r\n") else ""


def _period(found: Node, lines: list[StatementLine]) -> tuple[date | None, date | None]:
    """The days the file says it covers. Without an end they go to the day of its balance.

    Where it says one day only, some banks mean the day they made the file: its lines are then covered too.
    """
    first, last = (_day_at(found, "BANKTRANLIST/" + tag) for tag in ("DTSTART", "DTEND"))
    last = last or _day_at(found, "LEDGERBAL/DTASOF")
    days = [line.day for line in lines]
    if days and (first is None or last is None or first == last):
        return min(days), max([*days, last] if last else days)
    return first, last


def _day_at(found: Node, path: str) -> date | None:
    node = child(found, path)
    return day_of(node.text, node.line) if node and node.text.strip("0 \r\n") else None


def _closing(found: Node, currency: str, last: date | None) -> int | None:
    """The ledger balance, where it is of the statement's last day. Of a later one it is today's: what was booked between is not in the file."""
    balance = child(found, "LEDGERBAL")
    if balance is None:
        return None
    amount, as_of = needed(balance, "BALAMT"), needed(balance, "DTASOF")
    read = minor_of(amount.text, currency, amount.line)
    return None if last and day_of(as_of.text, as_of.line) > last else read
