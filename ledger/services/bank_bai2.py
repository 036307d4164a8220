"""Read BAI2, the cash management file of North American banks: records of fields between commas, amounts in whole cents, totals at every level.

Written from the published specification (Cash Management Balance Reporting Specifications, version 2). Every control total and count that
the file states is added up again, for a file that breaks off in the middle looks whole line by line.
"""

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.domain.refusals import StatementTotals
from ledger.services.bank_reading import LINES_MAXIMUM, STATEMENTS_MAXIMUM, currency_of, decoded, in_size, invalid, lines_of, named, said, short_day

_CODES = frozenset({"01", "02", "03", "16", "88", "49", "98", "99"})
_AMOUNT = re.compile(r"\A([+-]?)([0-9]{1,18})\Z", re.ASCII)
_OPENING, _CLOSING, _CHECK_PAID = "010", "015", frozenset({"475", "471", "472", "474", "476"})
_NOT_MONEY = "890"


class _Record(msgspec.Struct):
    """A record with what its continuations (88) add: its fields, further lines of free text, its line in the file and its physical lines."""

    code: str
    line: int
    fields: list[str]
    more: list[str] = []
    count: int = 1


class _Account(msgspec.Struct):
    account: str
    currency: str
    day: date
    opening: int | None = None
    closing: int | None = None
    total: int = 0
    records: int = 0
    lines: list[StatementLine] = []


class _Sums(msgspec.Struct):
    """What was added up of a group or of the file: control totals, parts (accounts or groups), records."""

    total: int = 0
    parts: int = 0
    records: int = 0


class _State(msgspec.Struct):
    found: list[StatementFile] = []
    file: _Sums = msgspec.field(default_factory=_Sums)
    group: _Sums = msgspec.field(default_factory=_Sums)
    bank: str = ""
    day: date | None = None
    currency: str = ""
    account: _Account | None = None
    level: str = ""


def is_bai2(head: str) -> bool:
    """Whether the beginning of a file is BAI2's: a file header and a group header."""
    return bool(re.match(r"\s*01,[^\n]*\r?\n(?:88,[^\n]*\r?\n)*\s*02,", head))


def read_bai2(content: bytes) -> list[StatementFile]:
    """A statement for each account and day of the file."""
    state = _State()
    last = 1
    for record in _records(decoded(content)):
        last = record.line
        state.file.records += record.count
        _TAKE[record.code](state, record)
    if state.level != "99":
        raise invalid("truncated", last)
    if not state.found:
        raise invalid("no_statement", 1)
    return state.found


# --- records ----------------------------------------------------------------------------------------------------------


def _records(text: str) -> Iterator[_Record]:
    record: _Record | None = None
    for number, raw in enumerate(lines_of(text), 1):
        line = raw.strip(" \t\x1a")
        if not line:
            continue
        code, _, rest = line.partition(",")
        if code not in _CODES:
            raise invalid("bad_record", number, code[:3])
        rest = rest.removesuffix("/")
        if code == "88":
            if record is None:
                raise invalid("bad_record", number, code)
            _continue(record, rest)
            continue
        if record:
            yield record
        record = _Record(code, number, rest.split(","), more=[])
    if record:
        yield record


def _continue(record: _Record, rest: str) -> None:
    """A detail whose free text has begun goes on in lines of text; anything else goes on in fields."""
    record.count += 1
    if record.code == "16" and _text_place(record) is not None:
        record.more.append(rest)
    else:
        record.fields += rest.split(",")


def _text_place(record: _Record) -> int | None:
    """Where the free text of a detail stands among its fields; None where the record does not reach it yet."""
    place = 2 + _funds_width(record, 2) + 2
    return place if place < len(record.fields) else None


def _funds_width(record: _Record, place: int) -> int:
    """How many fields the kind of funds takes: by day of value (V) two more, in three days (S) three, spread (D) a count and its pairs."""
    kind = _field(record, place).upper()
    if kind == "D":
        count = _field(record, place + 1)
        return 2 + 2 * (int(count) if count.isascii() and count.isdigit() and len(count) < 3 else 0)
    return {"V": 3, "S": 4}.get(kind, 1)


def _field(record: _Record, place: int) -> str:
    return record.fields[place].strip() if place < len(record.fields) else ""


# --- headers ----------------------------------------------------------------------------------------------------------


def _file_begins(state: _State, record: _Record) -> None:
    _after(state, record, "")


def _group_begins(state: _State, record: _Record) -> None:
    _after(state, record, "01", "98")
    if _field(record, 6) == "3":
        # Interim figures of the day itself: their lines come again in the final report.
        raise invalid("intraday", record.line)
    state.bank, state.day = named(_field(record, 1)), _day(_field(record, 3), record.line)
    state.currency = _field(record, 5)
    state.group = _Sums(records=record.count)


def _account_begins(state: _State, record: _Record) -> None:
    _after(state, record, "02", "49")
    # The specification's own default is the US dollar.
    currency = currency_of(_field(record, 1) or state.currency or "USD", record.line)
    assert state.day is not None, "a group has its day"
    account = _Account(named(_field(record, 0)), currency, state.day, records=record.count, lines=[])
    if not account.account:
        raise invalid("field_missing", record.line, "account")
    place = 2
    while place < len(record.fields):
        _summary(account, record, place)
        place += 3 + _funds_width(record, place + 3)
    state.account = account


def _summary(account: _Account, record: _Record, place: int) -> None:
    """A balance or a total of the account, in four fields or more; where its type is left out there is none."""
    kind, written = _field(record, place), _field(record, place + 1)
    if not kind or not written:
        return
    amount = _cents(written, record.line)
    account.total += amount
    if kind == _OPENING:
        account.opening = amount
    elif kind == _CLOSING:
        account.closing = amount


def _day(text: str, line: int) -> date:
    if len(text) != 6:
        raise invalid("bad_date", line, text)
    return short_day(text, line)


def _cents(text: str, line: int) -> int:
    found = _AMOUNT.match(text)
    if found is None:
        raise invalid("bad_amount", line, text)
    return in_size(int(found[1] + found[2]), line)


def _after(state: _State, record: _Record, *before: str) -> None:
    """Records come in one order: the level before this one is one of these."""
    if state.level not in before:
        raise invalid("bad_record", record.line, record.code)
    state.level = record.code


# --- details ----------------------------------------------------------------------------------------------------------


def _detail(state: _State, record: _Record) -> None:
    _after(state, record, "03", "16")
    account = state.account
    assert account is not None, "a detail stands in an account"
    account.records += record.count
    kind = _field(record, 0)
    amount = _cents(_field(record, 1) or "0", record.line)
    account.total += amount
    if kind != _NOT_MONEY:
        account.lines.append(_line(record, kind, amount * _sign(kind, record.line), account))
    if len(account.lines) > LINES_MAXIMUM:
        raise invalid("too_many_lines")


def _sign(kind: str, line: int) -> int:
    """Credits are the types 100 to 399 and the bank's own 920 to 959; debits 400 to 699 and 960 to 999."""
    if kind.isascii() and kind.isdigit() and len(kind) == 3:
        if "100" <= kind <= "399" or "920" <= kind <= "959":
            return 1
        if "400" <= kind <= "699" or "960" <= kind <= "999":
            return -1
    raise invalid("bad_code", line, kind)


def _line(record: _Record, kind: str, amount_minor: int, account: _Account) -> StatementLine:
    place = 2 + _funds_width(record, 2)
    valued = _field(record, 3) if _field(record, 2).upper() == "V" else ""
    customer, text = named(_field(record, place + 1)), ",".join(record.fields[place + 2 :])
    return StatementLine(
        ordinal=len(account.lines) + 1, day=account.day, value_date=_day(valued, record.line) if valued else None, amount_minor=amount_minor,
        bank_id=named(_field(record, place)), reference="" if kind in _CHECK_PAID else customer, cheque=customer if kind in _CHECK_PAID else "",
        text=said(" ".join((text, *record.more))), code=kind,
    )  # fmt: skip


# --- totals -----------------------------------------------------------------------------------------------------------


def _account_ends(state: _State, record: _Record) -> None:
    _after(state, record, "03", "16")
    account = state.account
    assert account is not None, "an account ends that has begun"
    account.records += record.count
    _agree(record, 0, "control_total", account.total)
    _agree(record, 1, "records", account.records)
    state.group.total += account.total
    state.group.parts += 1
    state.group.records += account.records
    state.found.append(_statement(state, account))
    if len(state.found) > STATEMENTS_MAXIMUM:
        raise invalid("too_many_statements")


def _group_ends(state: _State, record: _Record) -> None:
    _after(state, record, "02", "49")
    state.group.records += record.count
    _agree(record, 0, "control_total", state.group.total)
    _agree(record, 1, "accounts", state.group.parts)
    _agree(record, 2, "records", state.group.records)
    state.file.total += state.group.total
    state.file.parts += 1


def _file_ends(state: _State, record: _Record) -> None:
    _after(state, record, "98")
    _agree(record, 0, "control_total", state.file.total)
    _agree(record, 1, "groups", state.file.parts)
    _agree(record, 2, "records", state.file.records)


def _agree(record: _Record, place: int, reason: str, found: int) -> None:
    """Refuse a total or a count that is not what was added up; one that is left out is not compared."""
    stated = _field(record, place)
    if stated and _cents(stated, record.line) != found:
        raise StatementTotals(reason=reason, line=record.line, stated=stated, found=str(found))


def _statement(state: _State, account: _Account) -> StatementFile:
    return StatementFile(
        format="bai2", account=account.account, bank=state.bank, currency=account.currency, number="", starts_on=account.day, ends_on=account.day,
        opening_minor=account.opening, closing_minor=account.closing, lines=account.lines,
    )  # fmt: skip


_TAKE = {
    "01": _file_begins, "02": _group_begins, "03": _account_begins, "16": _detail, "49": _account_ends, "98": _group_ends, "99": _file_ends,
}  # fmt: skip
