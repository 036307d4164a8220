"""The chain over stored canonical bytes: what they hold, and every kind of tampering seen."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from ledger.domain.accounts import Account, Fund
from ledger.domain.chain import GENESIS, canonical_bytes, check_chain, decode, link
from ledger.domain.entries import Draft, Exchange, Posting

ACCOUNTS = {
    1: Account(1, "joint", "Assets:Bank:UE-trust-USD", "USD", "Bank", "Banque"),
    2: Account(2, "joint", "Income:Interest", "USD", "Interest", "Intérêts"),
}
FUNDS = {1: Fund(1, "STRIKE", "Strike fund", "Caisse de grève")}
AT = datetime(2026, 11, 23, 17, 0, 0, 5, tzinfo=UTC)


def draft(description: str = "Intérêts « d’octobre »", **more: object) -> Draft:
    return Draft(date(2026, 10, 31), "general", description, (Posting(1, 1, 1_250, "memo"), Posting(2, 1, -1_250)), **more)  # type: ignore[arg-type]


def written(number: int, of: Draft) -> bytes:
    return canonical_bytes(number, AT, (2, "Dolores Haze-Nguyen", "ue"), of, ACCOUNTS, FUNDS)


def test_canonical_bytes_are_these() -> None:
    """Frozen: a change here would make every export ever given away look forged."""
    exchange = Exchange("USD", "CAD", Decimal("1.3725"), "bank", date(2026, 10, 30))
    assert written(7, draft(exchange=exchange, tags=("bank",))).decode() == (
        '{"format":1,"number":7,"entry_date":"2026-10-31","effective_date":null,"recorded_at":"2026-11-23T17:00:00.000005+00:00",'
        '"kind":"general","description":"Intérêts « d’octobre »","reference":"","subject":"","tags":["bank"],'
        '"actor":[2,"Dolores Haze-Nguyen","ue"],"exchange":{"base":"USD","quote":"CAD","rate":"1.3725","source":"bank",'
        '"rate_date":"2026-10-30","reference_rate":null,"reference_date":null,"reference_source":null},"origin":null,"reverses":null,'
        '"corrects":null,"postings":[["joint","Assets:Bank:UE-trust-USD","USD","STRIKE",1250,"memo"],'
        '["joint","Income:Interest","USD","STRIKE",-1250,""]]}'
    )


def chain(count: int = 5) -> list[tuple[int, bytes, bytes, bytes]]:
    previous, rows = GENESIS, []
    for number in range(1, count + 1):
        canonical = written(number, draft(f"Entry {number}"))
        rows.append((number, previous, canonical, link(previous, canonical)))
        previous = rows[-1][3]
    return rows


def test_a_whole_chain_has_no_fault() -> None:
    assert list(check_chain(chain())) == []
    assert list(check_chain(chain()[2:], start=chain()[1][3], first=3)) == []


def test_no_two_texts_give_the_same_bytes() -> None:
    one = draft(reference="a", subject="bc")
    assert written(1, one) != written(1, msgspec.structs.replace(one, reference="ab", subject="c"))
    assert decode(written(1, one))["reference"] == "a"


def tampered(what: str) -> list[tuple[int, bytes, bytes, bytes]]:
    rows = chain()
    number, previous, canonical, own = rows[2]
    if what == "a byte changed":
        rows[2] = (number, previous, canonical.replace(b"1250", b"9250"), own)
    elif what == "rehashed alone":
        changed = canonical.replace(b"1250", b"9250")
        rows[2] = (number, previous, changed, link(previous, changed))
    elif what == "one removed":
        del rows[2]
    elif what == "two swapped":
        rows[2], rows[3] = rows[3], rows[2]
    elif what == "one added":
        rows.insert(3, (4, own, canonical, link(own, canonical)))
    return rows


@pytest.mark.parametrize(
    ("what", "first_at"), [("a byte changed", 3), ("rehashed alone", 4), ("one removed", 3), ("two swapped", 3), ("one added", 5)]
)
def test_tampering_is_seen(what: str, first_at: int) -> None:
    faults = list(check_chain(tampered(what)))
    assert faults
    assert faults[0].number == first_at


def test_the_tail_cut_off_is_seen_by_whoever_holds_the_head() -> None:
    rows = chain()
    assert list(check_chain(rows[:-1])) == []
    assert rows[:-1][-1][3] != rows[-1][3]
