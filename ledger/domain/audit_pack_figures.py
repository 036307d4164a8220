"""Hold the figures of a pack to its journal: balances, general ledger, statements and bank reconciliations are what its entries add up to."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from ledger.domain.audit_pack_entries import EntryAmounts
from ledger.domain.audit_pack_files import PackFiles
from ledger.domain.audit_pack_statements import StatementSums, check_statements
from ledger.domain.audit_packs import (
    ACCOUNTS,
    BALANCE_COLUMNS,
    BANK_STATEMENTS,
    CLOSING,
    JOURNAL,
    LEDGER,
    LEDGER_COLUMNS,
    MANIFEST,
    OPENING,
    RECONCILIATIONS,
    SHEET,
    SHEET_COLUMNS,
    Instant,
    Manifest,
    Period,
)
from ledger.domain.chain import Fault
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.domain.refusals import Refusal
from ledger.domain.verification import NotAnExport, check_export

Key = tuple[str, str, str, str]
Place = tuple[str, str, str]
# An entry that was being recorded while an account was reconciled may bear a time on either side of it.
_AT_ONCE = timedelta(minutes=10)


class Account(msgspec.Struct, frozen=True):
    """An account of ``chart/accounts.jsonl``, as far as figures are held to it."""

    id: int
    book: str
    path: str
    currency: str

    @property
    def place(self) -> Place:
        """What the journal names it by."""
        return self.book, self.path, self.currency


class Reconciliation(msgspec.Struct, frozen=True):
    """A bank reconciliation of ``bank/reconciliations.jsonl``, in minor units."""

    account_id: int
    ends_on: date
    version: int
    statement: str
    statement_minor: int
    book_minor: int
    deposits_minor: int
    payments_minor: int
    bank_errors_minor: int
    recorded_later_minor: int
    done_at: Instant


class BankStatement(msgspec.Struct, frozen=True):
    """A bank statement of ``bank/statements.jsonl``, as far as a reconciliation rests on it."""

    number: str
    account_id: int
    ends_on: date
    closing_minor: int


def check_figures(files: PackFiles, manifest: Manifest, heads: Mapping[int, str]) -> None:
    """The journal with the heads that it must pass through, and every figure that it adds up to."""
    if JOURNAL not in files.found:
        return
    accounts = {each.id: each for each in files.rows(ACCOUNTS, Account)}
    sums, proofs = Sums(manifest.period), list(_proofs(files, accounts))
    at = defaultdict[Place, list[_Proof]](list)
    for proof in proofs:
        at[proof.place].append(proof)

    amounts = EntryAmounts(files)

    def seen(members: dict[str, Any]) -> None:
        sums.add(members)
        amounts.see(members)
        _tell(at, members)

    try:
        checked = check_export(files.lines(JOURNAL), heads, seen)
    except NotAnExport as reason:
        files.fault(f"{JOURNAL} is no export that can be checked: {reason}")
        return
    files.result.entries, files.result.head_number, files.result.head_hash = checked.entries, checked.head_number, checked.head_hash
    files.result.faults.extend(checked.faults)
    if (manifest.head.number, manifest.head.hash) != (checked.head_number, checked.head_hash):
        files.fault(f"the journal ends at {checked.head_number}, and {MANIFEST} says {manifest.head.number} with hash {manifest.head.hash}")
    if SHEET in files.found:
        _sheet(files, checked.balances)
    for path, place in ((OPENING, 0), (CLOSING, 1)):
        if path in files.found:
            _balances(files, path, sums.balances(place))
    if LEDGER in files.found:
        _ledger(files, sums)
    for proof in proofs:
        files.result.faults.extend(proof.faults())
    check_statements(files, manifest, StatementSums({each.id: each.place for each in accounts.values()}, sums.balances(0), sums.balances(1)))


class Sums:
    """What the journal adds up to before a period, and in it, by book, account, currency and fund."""

    def __init__(self, period: Period) -> None:
        self.period = period
        self._sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, members: dict[str, Any]) -> None:
        """Add one entry's postings."""
        day = date.fromisoformat(members["entry_date"])
        if day > self.period.last:
            return
        for book, path, currency, fund, amount, _ in members["postings"]:
            self._sums[book, path, currency, fund][day >= self.period.first] += amount

    def balances(self, place: int) -> dict[Key, int]:
        """The balances that are not zero: before the period (0), or at its end (1)."""
        return {key: minor for key, pair in self._sums.items() if (minor := sum(pair[: place + 1]))}

    def moved(self) -> dict[Key, int]:
        """What moved within the period."""
        return {key: pair[1] for key, pair in self._sums.items()}


# --- balances and the general ledger --------------------------------------------------------------------------------------


def _balances(files: PackFiles, path: str, expected: Mapping[Key, int]) -> None:
    said = {}
    for row in files.table(path, BALANCE_COLUMNS):
        said[row["book"], row["account"], row["currency"], row["fund"]] = row["balance"]
    wanted = {key: _text(minor, key[2]) for key, minor in expected.items()}
    for key in sorted(said.keys() | wanted.keys()):
        if said.get(key, "nothing") != wanted.get(key, "nothing"):
            files.fault(f"{path}: {' '.join(key)} is {said.get(key, 'nothing')}, and the journal gives {wanted.get(key, 'nothing')}")


def _sheet(files: PackFiles, expected: Mapping[Key, int]) -> None:
    """What the journal for a spreadsheet adds up to, account by account, against the journal itself."""
    said = defaultdict[Key, int](int)
    for row in files.table(SHEET, SHEET_COLUMNS):
        try:
            said[row["book"], row["account"], row["currency"], row["fund"]] += minor_from_text(row["amount"], row["currency"])
        except Refusal:
            files.fault(f"{SHEET}: {row['amount'][:40]} is no amount of {row['currency'][:10]}")
    for key in sorted(said.keys() | expected.keys()):
        if said.get(key, 0) != expected.get(key, 0):
            files.fault(f"{SHEET}: {' '.join(key)} is {said.get(key, 0)}, and {JOURNAL} gives {expected.get(key, 0)} minor units")


def _ledger(files: PackFiles, sums: Sums) -> None:
    """What the general ledger moved, account by account, and its balance before and after each posting, against the journal."""
    opening, moved, wrong = sums.balances(0), defaultdict[Key, int](int), set[Key]()
    for row in files.table(LEDGER, LEDGER_COLUMNS):
        key = (row["book"], row["account"], row["currency"], row["fund"])
        try:
            # A row without an entry is the balance before the period.
            moved[key] += minor_from_text(row["amount"], row["currency"]) if row["entry"] else 0
            balance = minor_from_text(row["balance"], row["currency"])
        except Refusal:
            files.fault(f"{LEDGER}: {row['amount'][:40]} or {row['balance'][:40]} is no amount of {row['currency'][:10]}")
            continue
        right = opening.get(key, 0) + moved[key]
        if balance != right and key not in wrong:
            wrong.add(key)  # what follows it is wrong with it
            where = f"after entry {row['entry'][:20]}" if row["entry"] else "before the period"
            files.fault(f"{LEDGER}: {' '.join(key)} stands at {_text(balance, key[2])} {where}, and its amounts give {_text(right, key[2])}")
    expected = sums.moved()
    for key in sorted(moved.keys() | expected.keys()):
        if moved.get(key, 0) != expected.get(key, 0):
            files.fault(f"{LEDGER}: {' '.join(key)} moved {moved.get(key, 0)}, and the journal gives {expected.get(key, 0)} minor units")


def _text(minor: int, currency: str) -> str:
    try:
        return text_from_minor(minor, currency)
    except Refusal:
        return f"{minor} minor units"


# --- bank reconciliations -------------------------------------------------------------------------------------------------


class _Proof:
    """One reconciliation and what the journal gives for it: the book balance on its day, as far as it was recorded by when it was made."""

    def __init__(self, row: Reconciliation, place: Place, statement: BankStatement | None) -> None:
        self.row, self.place, self.statement = row, place, statement
        self._balance, self._possible = 0, {0}

    def tell(self, day: date, recorded_at: datetime, minor: int) -> None:
        """Take one posting of the account, in the order of the journal."""
        if day > self.row.ends_on or recorded_at > self.row.done_at + _AT_ONCE:
            return
        self._balance += minor
        self._possible = {self._balance} | (self._possible if recorded_at >= self.row.done_at - _AT_ONCE else set())

    def faults(self) -> Iterator[Fault]:
        """Where it disagrees with itself, its statement or the journal."""
        row = self.row
        what = f"{RECONCILIATIONS}: {' '.join(self.place)} at {row.ends_on}, version {row.version}"
        adjusted = row.statement_minor + row.deposits_minor + row.payments_minor + row.bank_errors_minor + row.recorded_later_minor
        if adjusted != row.book_minor:
            yield Fault(0, f"{what}: the statement with what was in circulation gives {adjusted}, and it says {row.book_minor} minor units")
        if row.book_minor not in self._possible:
            yield Fault(0, f"{what}: the book balance is {row.book_minor}, and the journal gives {self._balance} minor units")
        said = (row.account_id, row.ends_on, row.statement_minor)
        if self.statement is None or (self.statement.account_id, self.statement.ends_on, self.statement.closing_minor) != said:
            yield Fault(0, f"{what}: it is not what {BANK_STATEMENTS} says of {row.statement[:40]}")


def _proofs(files: PackFiles, accounts: Mapping[int, Account]) -> Iterator[_Proof]:
    statements = {each.number: each for each in files.rows(BANK_STATEMENTS, BankStatement)}
    for row in files.rows(RECONCILIATIONS, Reconciliation):
        if (account := accounts.get(row.account_id)) is None:
            files.fault(f"{RECONCILIATIONS}: account {row.account_id} is not in {ACCOUNTS}")
        else:
            yield _Proof(row, account.place, statements.get(row.statement))


def _tell(at: Mapping[Place, list[_Proof]], members: dict[str, Any]) -> None:
    for book, path, currency, _, minor, _ in members["postings"] if at else ():
        for proof in at.get((book, path, currency), ()):
            proof.tell(date.fromisoformat(members["entry_date"]), datetime.fromisoformat(members["recorded_at"]), minor)
