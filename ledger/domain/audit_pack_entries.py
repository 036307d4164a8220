"""Hold what records say that was paid, received or sent to the very entries of the journal that they rest on."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ledger.domain.audit_pack_files import PackFiles

Row = dict[str, Any]
# A file, its entry, its amount in minor units, and of which rows that is so.
AMOUNTS: tuple[tuple[str, str, str, Callable[[Row], bool]], ...] = (
    ("money/contributions.jsonl", "entry_number", "amount_minor", lambda row: True),
    ("approvals/payments.jsonl", "entry_number", "bank_minor", lambda row: True),
    ("money/transfers.jsonl", "sent_entry", "amount_minor", lambda row: True),
    ("money/transfers.jsonl", "settled_entry", "net_minor", lambda row: row.get("state") == "received"),
)


class EntryAmounts:
    """The amounts that records name of their entries, while the journal goes by."""

    def __init__(self, files: PackFiles) -> None:
        self._files = files
        self._wanted = defaultdict[int, list[tuple[str, str, int]]](list)
        for path, entry, amount, holds in AMOUNTS:
            for row in files.rows(path, Row):
                if type(row.get(entry)) is int and type(row.get(amount)) is int and holds(row):
                    self._wanted[row[entry]].append((path, amount, row[amount]))

    def see(self, members: Row) -> None:
        """Take one entry: each amount is that of a posting, or what its account comes to."""
        wanted = self._wanted.get(members["number"])
        if not wanted:
            return
        sums = defaultdict[tuple[str, str, str], int](int)
        for book, path, currency, _, minor, _ in members["postings"]:
            sums[book, path, currency] += minor
        there = {abs(posting[4]) for posting in members["postings"]} | {abs(minor) for minor in sums.values()}
        for path, name, minor in wanted:
            if abs(minor) not in there:
                self._files.fault(f"{path}: {name} {minor} is not in the entry that it rests on", members["number"])
