"""Read a bank's file into statements, whatever format it is in: told from its bytes, never from its name.

Knows the formats, not the books. It may take seconds: call it in a thread, outside a transaction. Raises nothing but refusals.
"""

import re
from collections.abc import Sequence

from ledger.domain.bank_files import StatementFile, StatementLine
from ledger.domain.refusals import ColumnsMissing, FileInvalid, RowsInvalid
from ledger.domain.sheet_profiles import Profile, SheetRow, missing_columns, oldest_first, read
from ledger.domain.sheets import Faults
from ledger.services import spreadsheets
from ledger.services.bank_bai2 import is_bai2, read_bai2
from ledger.services.bank_camt import read_camt
from ledger.services.bank_mt940 import is_mt940, read_mt940
from ledger.services.bank_ofx import is_ofx, read_ofx
from ledger.services.bank_reading import SIZE_MAXIMUM_BYTES, Reason, check_count, invalid, named, said

_HEAD_BYTES = 4_000
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_SHEET_REASONS: dict[str, Reason] = {"too_many_rows": "too_many_lines"}


def read_statements(content: bytes, filename: str, profile: Profile | None = None) -> list[StatementFile]:
    """Every statement of the file, in the file's order. A CSV or XLSX needs a profile; ``filename`` decides nothing.

    A statement may lack a balance (:func:`ledger.domain.bank_files.with_opening`), and its figures are not added up here
    (:func:`ledger.domain.bank_files.check`).
    """
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise invalid("empty")
    if len(content) > SIZE_MAXIMUM_BYTES:
        raise invalid("too_large")
    head = _head(content)
    if is_ofx(head):
        return read_ofx(content)
    if head.startswith("<") and not re.match(r"(?i)<(?:html|!doctype html)", head):
        return read_camt(content)
    if is_bai2(head):
        return read_bai2(content)
    if is_mt940(head):
        return read_mt940(content)
    return _sheet(content, profile)


def is_sheet(content: bytes) -> bool:
    """Whether it can only be a CSV or XLSX, for which a profile is needed."""
    head = _head(content)
    return not (is_ofx(head) or head.startswith("<") or is_bai2(head) or is_mt940(head))


def _head(content: bytes) -> str:
    """The beginning of the file as far as it is ASCII, to tell its format by; nothing of an archive."""
    if content.startswith((_ZIP, _OLD_OFFICE)):
        return ""
    return content[:_HEAD_BYTES].replace(b"\x00", b"").decode("ascii", "ignore").lstrip()


# --- sheets -----------------------------------------------------------------------------------------------------------


def _sheet(content: bytes, profile: Profile | None) -> list[StatementFile]:
    rows = rows_of(content)
    if profile is None:
        raise invalid("profile_missing")
    if missing := missing_columns(profile):
        raise ColumnsMissing(columns=missing)
    found = read(rows, profile)
    if isinstance(found, Faults):
        first = found.shown[0]
        raise RowsInvalid(count=found.count, row=first.row, column=first.column, reason=first.code)
    if not found:
        raise invalid("no_lines", profile.heading_row)
    check_count(found)
    accounts: dict[tuple[str, str], list[SheetRow]] = {}
    for row in found:
        accounts.setdefault((row.account, row.currency), []).append(row)
    return [_statement(account, currency, oldest_first(each)) for (account, currency), each in accounts.items()]


def rows_of(content: bytes) -> spreadsheets.Rows:
    """The rows of a CSV or XLSX of a bank or of a ledger, for a preview and for guessing a profile."""
    try:
        return spreadsheets.read_rows(content, "")
    except FileInvalid as refused:
        reason = refused.params["reason"]
        raise invalid(_SHEET_REASONS.get(reason, reason), refused.params["row"], limit=refused.params["limit"]) from None


def _statement(account: str, currency: str, rows: Sequence[SheetRow]) -> StatementFile:
    """Balances are those of the first and last row that have one, with the rows beyond them; None where no row has one."""
    lines = [_line(row, ordinal) for ordinal, row in enumerate(rows, 1)]
    amounts, known = [row.amount_minor for row in rows], [at for at, row in enumerate(rows) if row.balance_minor is not None]
    opening = closing = None
    if known:
        opening = (rows[known[0]].balance_minor or 0) - sum(amounts[: known[0] + 1])
        closing = (rows[known[-1]].balance_minor or 0) + sum(amounts[known[-1] + 1 :])
    days = [row.day for row in rows]
    return StatementFile(
        format="csv", account=named(account), bank="", currency=currency, number="", starts_on=min(days), ends_on=max(days), opening_minor=opening,
        closing_minor=closing, lines=lines,
    )  # fmt: skip


def _line(row: SheetRow, ordinal: int) -> StatementLine:
    return StatementLine(
        ordinal=ordinal, day=row.day, value_date=row.value_date, amount_minor=row.amount_minor, bank_id=named(row.bank_id),
        reference=named(row.reference or row.document), cheque=named(row.cheque), counterparty=named(row.counterparty),
        text=said(row.text), code=named(row.code),
    )  # fmt: skip
