"""Read MT940, the customer statement message of SWIFT, with its information field free or structured.

``mt-940`` checks this reader in the tests; CONTRIBUTING.md says why it does not do the reading.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.services.bank_reading import (
    RUN_MAXIMUM,
    STATEMENTS_MAXIMUM,
    check_count,
    currency_of,
    decoded,
    invalid,
    joined,
    lines_of,
    minor_of,
    named,
    said,
    short_day,
)

_FIELD = re.compile(r"\A:([0-9]{2}[A-Z]?|NS):(.*)\Z", re.DOTALL)
_ENVELOPE = re.compile(r"\{[1235]:[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\{4:|^-?\}.*$|^-$")
_BALANCE = re.compile(r"\A([CD])([0-9]{6})([A-Z]{3})([0-9.,]{1,18})\Z", re.ASCII)
# Value date, entry date, mark, third letter of the currency, amount, type, customer's reference, bank's reference, details on a second line.
_LINE = re.compile(
    r"\A([0-9]{6})([0-9]{4}|\s{4})?(R?[CD])([A-Z])?\s?([0-9]{1,15}[,.]?[0-9]{0,3})([A-Z][A-Z0-9]{3})?([^\n]*?)(?://([^\n]*))?(?:\n(.*))?\Z",
    re.ASCII | re.DOTALL,
)
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_STRUCTURED = re.compile(r"\A([0-9]{3})?\?[0-9]{2}")
_KEY = re.compile(r"(?:\A|(?<=[ ?+]))(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+")
_SLASHED = re.compile(r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|ORDP|BENM|MARF|CSID|PREF|RTRN|ISDT|PURP|ULTB|ULTD|NRTX)/")
_NOT_GIVEN = frozenset({"NONREF", "NOREF", "NOTPROVIDED"})
_CHEQUES = ("CHK", "CHQ", "CHEQUE")


class _Field(msgspec.Struct):
    tag: str
    text: str
    line: int


class _Page(msgspec.Struct):
    """What is read of one message so far."""

    account: str = ""
    number: str = ""
    opening: tuple[int, date] | None = None
    closing: tuple[int, date] | None = None
    first_page: bool = True
    last_page: bool = True
    currency: str = ""
    fields: list[tuple[_Field, str]] = []


def is_mt940(head: str) -> bool:
    """Whether the beginning of a file is MT940's: a reference and an account, each at the beginning of its line."""
    return bool(re.search(r"(?m)^(?:\{.*\{4:\s*)?:20:", head)) and bool(re.search(r"(?m)^:25P?:", head))


def read_mt940(content: bytes) -> list[StatementFile]:
    """Every statement in the file, its pages put together."""
    pages = [_statement(fields) for fields in _messages(_fields(decoded(content)))]
    if not pages:
        raise invalid("no_statement", 1)
    if len(pages) > STATEMENTS_MAXIMUM:
        raise invalid("too_many_statements")
    return joined(pages)


def _fields(text: str) -> Iterator[_Field]:
    """Each field with its further lines, and the line of the file it begins on; what stands before the first of them is the bank's own."""
    field: _Field | None = None
    for number, raw in enumerate(lines_of(text), 1):
        line = _ENVELOPE.sub("", raw.rstrip()) if raw[:1] in "{-" and len(raw) < RUN_MAXIMUM else raw.rstrip()
        found = _FIELD.match(line)
        if found:
            if field:
                yield field
            field = _Field(found[1], found[2], number)
        elif field and line and len(field.text) < RUN_MAXIMUM:
            field.text += "\n" + line
    if field:
        yield field


def _messages(fields: Iterator[_Field]) -> Iterator[list[_Field]]:
    message: list[_Field] = []
    for field in fields:
        if field.tag == "20" and message:
            yield message
            message = []
        message.append(field)
    if message:
        yield message


def _statement(fields: list[_Field]) -> StatementFile:
    page = _Page(fields=[])
    for field in fields:
        _take(page, field)
    if not page.account or page.opening is None:
        raise invalid("field_missing", fields[0].line, ":60F:" if page.account else ":25:")
    if page.closing is None:
        raise invalid("truncated", fields[-1].line)
    first, last = page.opening[1], page.closing[1]
    lines = [_line(field, details, ordinal, page.currency, last) for ordinal, (field, details) in enumerate(page.fields, 1)]
    # Banks date the opening by the day before, by the first day or by the last one, so it does not say where the statement begins.
    first = min([first, *(line.day for line in lines)])
    bank, _, account = page.account.rpartition("/")
    return StatementFile(
        format="mt940", account=named(account), bank=named(bank), currency=page.currency, number=named(page.number), starts_on=first, ends_on=last,
        opening_minor=page.opening[0] if page.first_page else None, closing_minor=page.closing[0] if page.last_page else None, lines=lines,
    )  # fmt: skip


def _take(page: _Page, field: _Field) -> None:
    """Put one field where it belongs. What comes after the closing balance is about the statement, not about its last line."""
    if field.tag in ("25", "25P"):
        page.account = " ".join(field.text.split("\n")[:1]).strip()
    elif field.tag in ("28", "28C"):
        page.number = field.text.strip()
    elif field.tag in ("60F", "60M", "60"):
        page.opening, page.first_page = _balance(page, field), field.tag != "60M"
    elif field.tag in ("62F", "62M", "62"):
        page.closing, page.last_page = _balance(page, field), field.tag != "62M"
    elif field.tag == "61":
        page.fields.append((field, ""))
        check_count(page.fields)
    elif field.tag == "86" and page.fields and page.closing is None:
        line, known = page.fields[-1]
        page.fields[-1] = (line, (known + "\n" + field.text)[:RUN_MAXIMUM].lstrip("\n"))


def _balance(page: _Page, field: _Field) -> tuple[int, date]:
    found = _BALANCE.match(field.text.split("\n")[0].strip())
    if found is None:
        raise invalid("bad_record", field.line, f":{field.tag}:")
    currency = currency_of(found[3], field.line)
    if page.currency and currency != page.currency:
        raise invalid("line_currency", field.line, currency)
    page.currency = currency
    minor = minor_of(found[4], currency, field.line)
    return (minor if found[1] == "C" else -minor), short_day(found[2], field.line)


# --- lines ------------------------------------------------------------------------------------------------------------


def _line(field: _Field, details: str, ordinal: int, currency: str, last: date) -> StatementLine:
    found = _LINE.match(field.text)
    if found is None:
        raise invalid("bad_record", field.line, ":61:")
    if not currency:
        raise invalid("field_missing", field.line, ":60F:")
    valued = _value_day(found[1], field.line)
    minor = minor_of(found[5], currency, field.line)
    customer, kind = found[7].strip(), found[6] or ""
    told = _told(details)
    is_cheque = kind[1:] in _CHEQUES
    return StatementLine(
        ordinal=ordinal, day=_entry_day(found[2], valued, last, field.line), value_date=valued,
        # A reversal of a credit takes money out, one of a debit brings it back.
        amount_minor=minor if found[3] in ("C", "RD") else -minor, bank_id=_given(found[8] or ""),
        reference=_given(told.get("reference", "")) or ("" if is_cheque else _given(customer)), cheque=_given(customer) if is_cheque else "",
        counterparty=named(told.get("name", "")), text=said(told.get("text", "") or found[9] or ""), code=named(told.get("code", "") or kind),
    )  # fmt: skip


def _value_day(text: str, line: int) -> date:
    """The value date. Banks that count thirty days to a month write 30 February, which is the month's last day."""
    if text[2:4] == "02" and text[4:6] in ("29", "30"):
        return short_day(text[:2] + "0301", line) - timedelta(days=1)
    return short_day(text, line)


def _entry_day(text: str | None, valued: date, last: date, line: int) -> date:
    """The day of booking: its month and day are given, its year is the one that brings it nearest to the value date.

    Where the bank leaves it out, it is the value date, but no later than the statement's last day, on which the line is booked.
    """
    if not text or not text.strip():
        return min(valued, last)
    near = [found for year in (valued.year - 1, valued.year, valued.year + 1) if (found := _maybe(year, text))]
    if not near:
        raise invalid("bad_date", line, text)
    return min(near, key=lambda found: abs((found - valued).days))


def _maybe(year: int, text: str) -> date | None:
    try:
        return date(year, int(text[:2]), int(text[2:]))
    except ValueError:
        return None


def _given(reference: str) -> str:
    return "" if reference.strip().upper() in _NOT_GIVEN else named(reference)


# --- the information field --------------------------------------------------------------------------------------------


def _told(details: str) -> dict[str, str]:
    """Text, reference, name and code of field 86: its subfields ?00 to ?63, its words between slashes, or free text."""
    structured = _STRUCTURED.match(details)
    if structured:
        return _subfields(details.replace("\n", ""), structured[1] or "")
    if len(_SLASHED.findall(details)) > 1:
        return _slashed(details.replace("\n", ""))
    return {"text": details.replace("\n", " ")}


def _subfields(details: str, code: str) -> dict[str, str]:
    """Lines of 27 signs cut words in two, so the subfields of the purpose are joined as they are."""
    pieces = _SUBFIELD.split(details)
    found = list(zip(pieces[1::2], pieces[2::2], strict=True))
    # A key begins a subfield; the mark before it keeps it apart from what the one before ends with.
    purpose = "".join("?" * bool(_KEY.match(text)) + text for key, text in found if key[0] == "2" or "60" <= key <= "63")
    posting = next((text for key, text in found if key == "00"), "")
    keyed = _keyed(purpose)
    return {
        "text": keyed.get("SVWZ", "") or (purpose if not keyed else "") or posting,
        "reference": keyed.get("EREF", "") or keyed.get("KREF", ""),
        "name": "".join(text for key, text in found if key in ("32", "33")), "code": " ".join(filter(None, (code, posting))),
    }  # fmt: skip


def _keyed(purpose: str) -> dict[str, str]:
    pieces = _KEY.split(purpose)
    return {key: text.strip("? ") for key, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def _slashed(details: str) -> dict[str, str]:
    pieces = _SLASHED.split(details)
    keyed = {key: text.strip(" /") for key, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return {"text": keyed.get("REMI", "") or details, "reference": keyed.get("EREF", ""), "name": keyed.get("NAME", ""), "code": keyed.get("TRTP", "")}
