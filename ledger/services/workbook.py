"""Read the first sheet of a workbook into rows of text, as a program of its own: a file on standard input, the rows on standard output.

Reading a workbook takes whatever room the file asks for (two cells in opposite corners ask for half a terabyte, and the reader then ends its
process), so it is done by a child with little room and little time, which may fail without taking the books with it. Knows nothing of the
rest: ``ledger.services.spreadsheets`` starts it by its path. Its exit codes are named there too.
"""

import datetime
import io
import re
import sys
import zipfile
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

import msgspec
import python_calamine

ROOM_BYTES, SECONDS = 1_500_000_000, 60
UNPACKED_MAXIMUM_BYTES = 300_000_000
# Exit codes: why a workbook was not read. A process that ended in any other way ran out of room or time.
BROKEN, TOO_LARGE, TOO_MANY_ROWS, TOO_MANY_COLUMNS = 11, 12, 13, 14

# What stands in a cell whose formula the file has no result of: programs that only write workbooks leave the computing to a spreadsheet program.
UNCOMPUTED = "="
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</)"
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class NotRead(Exception):
    """The workbook is not read; the first argument is an exit code."""


def rows_of(content: bytes, rows_maximum: int, columns_maximum: int) -> list[list[str]]:
    """Every row from the top of the first sheet that is shown and not empty, as text; gaps are empty rows, so that numbers stay the sheet's."""
    _check_unpacked(content)
    try:
        with python_calamine.load_workbook(io.BytesIO(content)) as workbook:
            sheet = _first_sheet(workbook)
            read = _rows(sheet, rows_maximum, columns_maximum)
            if sheet is None or sheet.start is None:
                return read
            place = [each.name for each in workbook.sheets_metadata].index(sheet.name)
            return _marked(read, _uncomputed(content, place), sheet.start[1])
    except python_calamine.CalamineError:
        raise NotRead(BROKEN) from None


def _check_unpacked(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise NotRead(BROKEN) from None
    if unpacked > UNPACKED_MAXIMUM_BYTES:
        raise NotRead(TOO_LARGE)


def _first_sheet(workbook: python_calamine.CalamineWorkbook) -> python_calamine.CalamineSheet | None:
    for sheet in workbook.sheets_metadata:
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet and sheet.visible == python_calamine.SheetVisibleEnum.Visible:
            found = workbook.get_sheet_by_name(sheet.name)
            if found.start is not None:
                return found
    return None


def _rows(sheet: python_calamine.CalamineSheet | None, rows_maximum: int, columns_maximum: int) -> list[list[str]]:
    if sheet is None or sheet.start is None:
        return []
    if sheet.width > columns_maximum:
        raise NotRead(TOO_MANY_COLUMNS)
    if sheet.total_height > rows_maximum:
        raise NotRead(TOO_MANY_ROWS)
    read = [[text_of(cell) for cell in row] for row in sheet.iter_rows()]
    above = sheet.total_height - len(read)
    return [[] for _ in range(above)] + read


def _uncomputed(content: bytes, place: int) -> list[tuple[int, int]]:
    """(row, column), from 0, of the formulas of a sheet that have no result; a computed empty text is one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = _part(archive, place)
        found = _FORMULA.finditer(archive.read(part)) if part in archive.namelist() else iter(())
    cells = [_PLACE.search(each[1]) for each in found if b't="str"' not in each[1]]
    return [(int(cell[2]) - 1, _column(cell[1].decode())) for cell in cells if cell]


def _part(archive: zipfile.ZipFile, place: int) -> str:
    """The file in the archive that holds a sheet, by its place among the sheets; none where the workbook does not say."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return ""
    sheets = [each.get(_RELATION) for each in book.iter() if each.tag.endswith("}sheet")]
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    target = targets.get(sheets[place], "") if place < len(sheets) else ""
    return normpath(join("/xl", target)).lstrip("/")


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _marked(read: list[list[str]], cells: list[tuple[int, int]], first: int) -> list[list[str]]:
    """The rows, which begin at a first column, with a mark where a formula has no result; what is outside of all that is filled does not matter."""
    for row, column in ((row, column - first) for row, column in cells):
        if row < len(read) and 0 <= column < max(map(len, read)):
            read[row] += [""] * (column + 1 - len(read[row]))
            read[row][column] = read[row][column].strip() or UNCOMPUTED
    return read


def text_of(cell: Any) -> str:
    """What a cell says: whole numbers without ``.0``, fifteen digits as spreadsheets show them, dates in ISO, times as ``8:30``."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return _hours(cell)


def _number(cell: float) -> str:
    if cell == int(cell) and abs(cell) < 10**15:
        return str(int(cell))
    shown = f"{cell:.15g}"
    return shown if "e" not in shown else f"{cell:.15f}".rstrip("0") if abs(cell) < 1 else f"{int(cell)}"


def _hours(cell: Any) -> str:
    if isinstance(cell, datetime.time):
        cell = datetime.timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second + cell.microsecond / 1_000_000)
    if not isinstance(cell, datetime.timedelta):
        return str(cell)
    minutes = round(cell.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def _limited() -> None:
    try:
        import resource
    except ImportError:  # not on this system: the time limit of the parent holds
        return
    resource.setrlimit(resource.RLIMIT_AS, (ROOM_BYTES, ROOM_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read standard input within limits given as arguments (rows, columns)."""
    _limited()
    try:
        rows = rows_of(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]))
    except NotRead as why:
        return int(why.args[0])
    sys.stdout.buffer.write(msgspec.msgpack.encode(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
