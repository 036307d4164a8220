"""Give every entry its canonical bytes and its link in the hash chain, and check both.

The bytes are stored as hashed and never made again from other columns; anyone who holds them and a past head can verify the
books offline. They name books, accounts and funds by their own names, so that an export needs no key to be read.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.entries import Draft

GENESIS = bytes(32)
FORMAT = 1

_encoder = msgspec.json.Encoder(decimal_format="string")


def canonical_bytes(
    number: int,
    recorded_at: datetime,
    actor: tuple[int, str, str | None],
    draft: Draft,
    accounts: Mapping[int, Account],
    funds: Mapping[int, Fund],
) -> bytes:
    """The entry as UTF-8 JSON with a fixed order of members; ``actor`` is (person id, name, union code)."""
    postings = [
        (accounts[p.account_id].book, accounts[p.account_id].path, accounts[p.account_id].currency,
         funds[p.fund_id].code, p.amount_minor, p.memo)
        for p in draft.postings
    ]  # fmt: skip
    return _encoder.encode(
        {
            "format": FORMAT,
            "number": number,
            "entry_date": draft.entry_date,
            "effective_date": draft.effective_date,
            "recorded_at": recorded_at.isoformat(timespec="microseconds"),
            "kind": draft.kind,
            "description": draft.description,
            "reference": draft.reference,
            "subject": draft.subject,
            "tags": draft.tags,
            "actor": actor,
            "exchange": draft.exchange,
            "origin": draft.origin,
            "reverses": draft.reverses,
            "corrects": draft.corrects,
            "postings": postings,
        }
    )


def link(previous_hash: bytes, canonical: bytes) -> bytes:
    """SHA-256 of the hash before and the canonical bytes."""
    return hashlib.sha256(previous_hash + canonical).digest()


def printable(text: str) -> str:
    """The text with every sign that does not print written as its escape: what a file says must not move a terminal's cursor or begin a line."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


class Fault(msgspec.Struct, frozen=True):
    """One departure from the chain: at which journal number, and what is wrong with it. It may quote who made the file, so it is printable by itself."""

    number: int
    what: str

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "what", printable(self.what))


class NotProvable(Exception):
    """A file is not what it is to be proved as: what is wrong with it, printable as a fault is."""

    def __init__(self, why: str) -> None:
        super().__init__(printable(why))


def check_chain(entries: Iterable[tuple[int, bytes, bytes, bytes]], start: bytes = GENESIS, first: int = 1) -> Iterable[Fault]:
    """Walk ``(number, previous_hash, canonical, hash)`` in order and yield every fault: a gap, a broken link, changed bytes."""
    previous, expected = start, first
    for number, previous_hash, canonical, own_hash in entries:
        if number != expected:
            yield Fault(expected, f"number {expected} is missing; found {number}")
        if previous_hash != previous:
            yield Fault(number, "does not follow the entry before it")
        if link(previous_hash, canonical) != own_hash:
            yield Fault(number, "its bytes do not give its hash")
        previous, expected = own_hash, number + 1


def decode(canonical: bytes) -> dict[str, Any]:
    """The members of canonical bytes, as written."""
    members: dict[str, Any] = msgspec.json.decode(canonical)
    return members
