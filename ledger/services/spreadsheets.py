"""Read a spreadsheet that somebody sent, CSV or XLSX, into rows of text, or refuse it with a reason and a row.

Row 1 of the answer is row 1 of the file, so that a fault can be shown where a spreadsheet program shows it. Knows nothing of what the rows
mean, and refuses without repeating what stands in a cell: rosters hold names.
"""

import csv
import io
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Literal

import msgspec

from ledger.domain.refusals import FileInvalid, Refusal
from ledger.domain.text import UNKEPT
from ledger.services import workbook

SIZE_MAXIMUM_BYTES = 20_000_000
ROWS_MAXIMUM = 100_000
COLUMNS_MAXIMUM = 60
CELL_MAXIMUM = 300

Reason = Literal[
    "empty", "too_large", "type", "password", "not_text", "broken", "too_many_rows", "too_many_columns", "cell_too_long",
]  # fmt: skip
Rows = list[list[str]]

_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_FILES = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"<html", b"<!DOCTYPE")
_SEPARATORS = (";", ",", "\t")
_LINES_LOOKED_AT = 20
# What programs write so that a spreadsheet program keeps the zeros before a number: ="00123".
_AS_TEXT = re.compile(r'\A="([^"]*)"\Z')
_ANSWERS: dict[int, Reason] = {
    workbook.BROKEN: "broken", workbook.TOO_LARGE: "too_large", workbook.TOO_MANY_ROWS: "too_many_rows",
    workbook.TOO_MANY_COLUMNS: "too_many_columns",
}  # fmt: skip
_LIMITS: dict[Reason, int] = {
    "too_large": SIZE_MAXIMUM_BYTES // 1_000_000, "too_many_rows": ROWS_MAXIMUM, "too_many_columns": COLUMNS_MAXIMUM, "cell_too_long": CELL_MAXIMUM,
}  # fmt: skip


def read_rows(content: bytes, filename: str) -> Rows:
    """Every row of the file as text, trimmed, from its first row to its last filled one. Raises nothing but :class:`FileInvalid`.

    It may take seconds: call it in a thread, outside a transaction.
    """
    if not content.strip():
        raise _invalid("empty")
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise _invalid("too_large")
    rows = _trimmed(_workbook(content) if _is_workbook(content, filename) else _separated(content))
    if not rows:
        raise _invalid("empty")
    return rows


def _invalid(reason: Reason, row: int = 0) -> Refusal:
    return FileInvalid(reason=reason, row=row, limit=_LIMITS.get(reason, 0))


def _is_workbook(content: bytes, filename: str) -> bool:
    """What the bytes are, whatever the name says; refuses what is neither, and a name of something else."""
    if content.startswith(_OLD_OFFICE):
        raise _invalid("password" if _ENCRYPTED in content else "type")
    if content.lstrip().startswith(_OTHER_FILES) or ("." in filename and not filename.casefold().endswith(_ENDINGS)):
        raise _invalid("type")
    if content.startswith(_ZIP) and b"[Content_Types].xml" not in content:
        raise _invalid("type")
    return content.startswith(_ZIP)


# --- workbooks --------------------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> Rows:
    command = [sys.executable, "-I", str(Path(workbook.__file__)), str(ROWS_MAXIMUM), str(COLUMNS_MAXIMUM)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=workbook.SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise _invalid("too_large") from None
    if done.returncode:
        # It ran out of room or of time: the file asks for more than any list of members does.
        raise _invalid(_ANSWERS.get(done.returncode, "too_large"))
    return msgspec.msgpack.decode(done.stdout, type=Rows)


# --- separated values -------------------------------------------------------------------------------------------------


def _separated(content: bytes) -> Rows:
    text = _text(content)
    separator, text = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: Rows = []
    try:
        for row in reader:
            rows.append(row)
            _check_size(row, len(rows))
    except csv.Error:
        raise _invalid("broken", len(rows) + 1) from None
    return rows


def _check_size(row: list[str], number: int) -> None:
    if number > ROWS_MAXIMUM:
        raise _invalid("too_many_rows", number)
    if len(row) > COLUMNS_MAXIMUM and any(cell.strip() for cell in row[COLUMNS_MAXIMUM:]):
        raise _invalid("too_many_columns", number)


def _text(content: bytes) -> str:
    """The text in UTF-16 where it is marked so, in UTF-8 where it can be read so, else in Windows-1252, which Excel writes."""
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig") if _is_utf8(content) else content.decode("cp1252")
    except UnicodeDecodeError:
        raise _invalid("not_text") from None
    if "\x00" in text:
        raise _invalid("not_text", text.count("\n", 0, text.index("\x00")) + 1)
    return text


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return True


def _separator(text: str) -> tuple[str, str]:
    """The sign between cells, and the text without Excel's own ``sep=;`` line: the sign that cuts most lines into as many cells."""
    first, _, rest = text.partition("\n")
    if first.strip().casefold() in ("sep=;", "sep=,", "sep=\t"):
        # The row stays, empty, so that numbers stay the file's.
        return first.strip()[-1], "\n" + rest
    lines = [line for line in text.splitlines()[: _LINES_LOOKED_AT * 2] if line.strip()][:_LINES_LOOKED_AT]
    return max(_SEPARATORS, key=lambda sign: _evenness(lines, sign)), text


def _evenness(lines: list[str], sign: str) -> tuple[int, int]:
    """How many of the lines have the commonest number of the sign (quoted ones left out), and that number."""
    counts = [_unquoted(line).count(sign) for line in lines]
    found = [count for count in counts if count]
    if not found:
        return (0, 0)
    commonest = max(set(found), key=found.count)
    return (found.count(commonest), commonest)


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


# --- both -------------------------------------------------------------------------------------------------------------


def _trimmed(rows: Rows) -> Rows:
    """Cells without what no text may hold, rows cut after the last filled cell, and no empty rows at the end."""
    made = [_row(row, number) for number, row in enumerate(rows, 1)]
    while made and not made[-1]:
        made.pop()
    return made


def _row(row: list[str], number: int) -> list[str]:
    cells = [cell.strip() if cell.isascii() and cell.isprintable() else _plain(cell) for cell in row]
    cells = [_AS_TEXT.sub(r"\1", cell).strip() if cell.startswith('="') else cell for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    if cells and max(map(len, cells)) > CELL_MAXIMUM:
        raise _invalid("cell_too_long", number)
    return cells


def _plain(cell: str) -> str:
    """One line of composed letters, with plain spaces."""
    return " ".join(UNKEPT.sub(" ", unicodedata.normalize("NFC", cell)).split())
