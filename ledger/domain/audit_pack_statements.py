"""Hold the statements of a pack, as far as programs read them, to its balances; and the CSV of each language to the same figures.

A PDF is not read here: it is held to its hash, and a person compares it with the figures beside it.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from ledger.domain.audit_pack_files import PackFiles
from ledger.domain.audit_packs import Manifest, Period, statement_stem, statements
from ledger.domain.chart import JOINT
from ledger.domain.money import text_from_minor
from ledger.domain.refusals import Refusal

Place = tuple[str, str, str]
Key = tuple[str, str, str, str]
_LINK = re.compile(r"\A/accounts/([0-9]{1,18})(?:\?fund=([^&]+))?(?:[?&]|\Z)", re.ASCII)
_HELD = ("Assets:", "Liabilities:")


class StatementSums(msgspec.Struct, frozen=True):
    """The accounts by id, and the balances before and at the end of the period that statements are held to."""

    places: Mapping[int, Place]
    opening: Mapping[Key, int]
    closing: Mapping[Key, int]

    def of_account(self, place: Place, fund: str | None = None) -> tuple[int, int]:
        """An account's balance before and at the end, of all funds or of one."""
        found = [0, 0]
        for at, balances in enumerate((self.opening, self.closing)):
            found[at] = sum(minor for key, minor in balances.items() if key[:3] == place and fund in (None, key[3]))
        return found[0], found[1]

    def of_fund(self, fund: str, currency: str) -> tuple[int, int]:
        """What a fund held before and at the end, in one currency."""
        found = [0, 0]
        for at, balances in enumerate((self.opening, self.closing)):
            found[at] = sum(
                minor for key, minor in balances.items()
                if (key[0], key[2], key[3].casefold()) == (JOINT, currency, fund.casefold()) and key[1].startswith(_HELD)
            )  # fmt: skip
        return found[0], found[1]


def check_statements(files: PackFiles, manifest: Manifest, sums: StatementSums) -> None:
    """Every statement that is there: of this pack's books and days, and with its figures."""
    for folder, name, day in statements(manifest.period):
        stem = statement_stem(folder, name, day)
        path = f"{stem}.json"
        if path not in files.found:
            continue
        with files.broken():
            document = files.object(path)
            try:
                whats = [*_days_faults(document, stem, day, manifest.period), *_faults(document, name, stem, manifest, sums)]
                for language in ("en", "fr"):
                    if f"{stem}-{language}.csv" in files.found:
                        whats.extend(_sheet_faults(files, document, f"{stem}-{language}.csv"))
            except (KeyError, ValueError, TypeError, AttributeError, IndexError, csv.Error) as error:
                whats = [f"{path} cannot be read as a statement: {type(error).__name__} {error}"]
            for what in whats:
                files.fault(what)


def _faults(document: dict[str, Any], name: str, stem: str, manifest: Manifest, sums: StatementSums) -> Iterator[str]:
    head = {"number": manifest.head.number, "hash": manifest.head.hash}
    if (document["name"], document["head"], document["sample"]) != (name, head, manifest.sample):
        yield f"{stem}.json is not this statement of these books at this head"
    check = _FIGURES.get(name)
    for what in check(document, sums, stem.endswith(manifest.period.last.isoformat())) if check else ():
        yield f"{stem}.json: {what}"


def _days_faults(document: dict[str, Any], stem: str, day: date | None, period: Period) -> Iterator[str]:
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    if day is not None and (document["period"] or days, document["as_of"] or day.isoformat()) != (days, day.isoformat()):
        yield f"{stem}.json is of other days: {document['as_of'] or document['period']}"


def _tables(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in document["sections"]:
        yield from section["tables"]


def _amount(cell: Any) -> str:
    return cell["amount"] if cell else "0"


def _differs(said: str, minor: int, currency: str) -> str:
    """What a figure should be where it is another; "" where it is right."""
    try:
        right = text_from_minor(minor, currency)
    except Refusal:
        return f"{minor} minor units of {currency[:10]}"
    return "" if said == right or (said == "0" and minor == 0) else right


# --- each of them ---------------------------------------------------------------------------------------------------------


def _trial_balance(document: dict[str, Any], sums: StatementSums, at_end: bool) -> Iterator[str]:
    """Every balance once, as a debit or a credit."""
    balances = sums.closing if at_end else sums.opening
    said: dict[Key, str] = {}
    for table in _tables(document):
        for row in table["rows"]:
            if row["kind"] == "line" and (found := _LINK.match(row.get("link") or "")) and int(found[1]) in sums.places:
                cells, key = row["cells"], (*sums.places[int(found[1])], found[2] or "")
                said[key] = cells["debit"]["amount"] if cells["debit"] else "-" + cells["credit"]["amount"]
    for key in sorted(said.keys() | balances.keys()):
        if right := _differs(said.get(key, "nothing"), balances.get(key, 0), key[2]):
            yield f"{' '.join(key)} is {said.get(key, 'nothing')}, and the journal gives {right}"


def _financial_position(document: dict[str, Any], sums: StatementSums, at_end: bool) -> Iterator[str]:
    for table, place, cells in _accounts(document, sums):
        minor = sums.of_account(place)[1]
        if right := _differs(_amount(cells["amount"]), minor if place[1].startswith("Assets:") else -minor, place[2]):
            yield f"{table}: {' '.join(place)} is {_amount(cells['amount'])}, and the journal gives {right}"


def _activities(document: dict[str, Any], sums: StatementSums, at_end: bool) -> Iterator[str]:
    """What moved on each account of all funds together; of contributions, the deferral method holds some back, which has no total column."""
    for table, place, cells in _accounts(document, sums):
        is_expense = place[1].startswith("Expense:")
        if "total" not in cells and not is_expense:
            continue
        said, (opening, closing) = _amount(cells.get("total") or cells["amount"]), sums.of_account(place)
        if right := _differs(said, closing - opening if is_expense else opening - closing, place[2]):
            yield f"{table}: {' '.join(place)} is {said}, and the journal gives {right}"


def _accounts(document: dict[str, Any], sums: StatementSums) -> Iterator[tuple[str, Place, dict[str, Any]]]:
    """(table, account, cells) of each line that is one account's."""
    for table in _tables(document):
        for row in table["rows"]:
            if row["kind"] == "line" and (found := _LINK.match(row.get("link") or "")):
                yield table["name"], sums.places[int(found[1])], row["cells"]


def _fund_statement(document: dict[str, Any], sums: StatementSums, at_end: bool) -> Iterator[str]:
    """What each fund held before and at the end: the first subtotal and the first total of its table."""
    for table in _tables(document):
        fund = table["name"].removeprefix("fund-")
        rows: dict[str, Any] = {kind: next((row["cells"] for row in table["rows"] if row["kind"] == kind), {}) for kind in ("subtotal", "total")}
        for column in table["columns"]:
            if not (currency := column.get("currency")) or not table["name"].startswith("fund-"):
                continue
            for kind, minor in zip(("subtotal", "total"), sums.of_fund(fund, currency), strict=True):
                said = _amount(rows[kind].get(column["name"]))
                if right := _differs(said, minor, currency):
                    yield f"{fund} in {currency} is {said} {'at first' if kind == 'subtotal' else 'at the end'}, and the journal gives {right}"


_FIGURES: dict[str, Callable[[dict[str, Any], StatementSums, bool], Iterator[str]]] = {
    "trial-balance": _trial_balance, "financial-position": _financial_position, "activities": _activities, "fund-statement": _fund_statement,
}  # fmt: skip


# --- the same for a spreadsheet -------------------------------------------------------------------------------------------


def _sheet_faults(files: PackFiles, document: dict[str, Any], path: str) -> Iterator[str]:
    """Every amount of money of a statement's tables, row by row, as its CSV has it."""
    french = path.endswith("-fr.csv")
    said: defaultdict[str, int] = defaultdict(int)
    for row in csv.reader(files.lines(path), delimiter=";" if french else ","):
        for cell in row:
            said[cell.replace(",", ".") if french else cell] += 1
    for table in _tables(document):
        money = [column["name"] for column in table["columns"] if column["kind"] == "money"]
        for row in table["rows"]:
            for name in money:
                cell = row.get("cells", {}).get(name)
                if isinstance(cell, dict) and "amount" in cell:
                    said[cell["amount"]] -= 1
    for amount in sorted(text for text, left in said.items() if left < 0):
        yield f"{path} does not have the amount {amount[:40]} of its statement"
