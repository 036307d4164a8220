"""Check a journal from its hashed bytes alone: numbering, chain, balances, reversals, and the heads that people kept.

Works on an export without the product's database, so that neither union has to take the other's word.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from ledger.domain.chain import GENESIS, Fault, NotProvable, decode, link

EXPORT_FORMAT = "solidarity-journal"


class Checked(msgspec.Struct):
    """What a verification saw: how far it got, the head it ends in, the balances it sums to, and every fault."""

    entries: int = 0
    postings: int = 0
    head_number: int = 0
    head_hash: str = GENESIS.hex()
    balances: dict[tuple[str, str, str, str], int] = {}
    faults: list[Fault] = []


class Verifier:
    """Takes entries one by one, in order; ``finish`` gives the result. ``heads`` are numbers and hashes that must be passed through.

    A stretch of a journal begins at ``first``, after the entry whose hash is ``previous``. ``seen`` is given the members of every entry.
    """

    def __init__(
        self, heads: Mapping[int, str] | None = None, *, first: int = 1, previous: bytes = GENESIS, seen: Callable[[dict[str, Any]], None] | None = None
    ) -> None:
        self.result = Checked(balances=defaultdict(int), head_number=first - 1, head_hash=previous.hex())
        self._previous, self._expected = previous, first
        self._heads = dict(heads or {})
        self._reversed: dict[int, int] = {}
        self._seen = seen

    def take(self, number: int, previous_hash: bytes, canonical: bytes, own_hash: bytes) -> None:
        """Check the next entry and add its postings up."""
        self.result.faults.extend(self._link_faults(number, previous_hash, canonical, own_hash))
        kept = self._heads.pop(number, None)
        if kept is not None and kept.lower() != own_hash.hex():
            self.result.faults.append(Fault(number, f"its hash is {own_hash.hex()}, and the head kept of it was {kept.lower()}"))
        self._previous, self._expected = own_hash, number + 1
        self.result.entries += 1
        self.result.head_number, self.result.head_hash = number, own_hash.hex()
        try:
            members = decode(canonical)
            self.result.faults.extend(self._member_faults(number, members))
            if self._seen is not None:
                self._seen(members)
        except (msgspec.DecodeError, KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
            self.result.faults.append(Fault(number, f"its bytes cannot be read: {error}"))

    def finish(self, head_number: int | None = None, head_hash: str | None = None) -> Checked:
        """The result; pass the head that the export or the database states, so that a cut tail is seen."""
        if head_number is not None and (head_number, head_hash) != (self.result.head_number, self.result.head_hash):
            what = f"the journal ends at {self.result.head_number}, and its head says {head_number} with hash {head_hash}"
            self.result.faults.append(Fault(self.result.head_number + 1, what))
        for number in sorted(self._heads):
            self.result.faults.append(Fault(number, "a head was kept of it, and the journal does not reach it"))
        return self.result

    def _link_faults(self, number: int, previous_hash: bytes, canonical: bytes, own_hash: bytes) -> Iterator[Fault]:
        if number != self._expected:
            yield Fault(self._expected, f"number {self._expected} is missing; {number} follows {self._expected - 1}")
        if previous_hash != self._previous:
            yield Fault(number, "it does not follow the entry before it")
        if link(previous_hash, canonical) != own_hash:
            yield Fault(number, "its bytes were changed: they do not give its hash")

    def _member_faults(self, number: int, members: dict[str, Any]) -> Iterator[Fault]:
        if members["number"] != number:
            yield Fault(number, f"its bytes say number {members['number']}")
        sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for book, path, currency, fund, amount, _ in members["postings"]:
            if type(amount) is not int:
                raise TypeError(f"{amount} is no amount in minor units")
            sums[book, fund, currency] += amount
            self.result.balances[book, path, currency, fund] += amount
            self.result.postings += 1
        for (book, fund, currency), left in sorted(sums.items()):
            if left:
                yield Fault(number, f"does not balance in {book}, {fund}, {currency}: {left} minor units are left over")
        reverses = members["reverses"]
        if reverses is not None and reverses in self._reversed:
            yield Fault(number, f"reverses {reverses}, which {self._reversed[reverses]} reversed already")
        elif reverses is not None:
            self._reversed[reverses] = number


class NotAnExport(NotProvable):
    """The file is no journal export: the line and what is wrong there."""


def check_export(text_lines: Iterable[str], heads: Mapping[int, str] | None = None, seen: Callable[[dict[str, Any]], None] | None = None) -> Checked:
    """Verify the lines of a JSONL export. Raises :class:`NotAnExport` for a file that is none."""
    numbered = iter(enumerate(text_lines, 1))
    first = next(numbered, None)
    header = _decoded(*first) if first else {}
    if header.get("format") != EXPORT_FORMAT:
        raise NotAnExport(f"line 1: not a header of format {EXPORT_FORMAT}")
    verifier = Verifier(heads, seen=seen)
    for place, text in numbered:
        if not text.strip():
            continue
        line = _decoded(place, text)
        try:
            verifier.take(_whole(line["number"]), bytes.fromhex(line["previous_hash"]), line["canonical"].encode(), bytes.fromhex(line["hash"]))
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise NotAnExport(f"line {place}: {error}") from error
    return verifier.finish(header.get("head_number"), header.get("head_hash"))


def _whole(number: Any) -> int:
    if type(number) is not int:
        raise TypeError(f"{number} is no journal number")
    return number


def _decoded(place: int, text: str) -> dict[str, Any]:
    try:
        members = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAnExport(f"line {place}: {error}") from error
    if not isinstance(members, dict):
        raise NotAnExport(f"line {place}: not an object")
    return members
