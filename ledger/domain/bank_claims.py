"""Read a proposal by the mark that a page or a program sends back, and say whether what it puts together still belongs together. Pure."""

import re
from collections.abc import Sequence

import msgspec

from ledger.domain.bank_likeness import Item, Line, contradict, is_in_time, item_keys, line_keys, near, same_sign
from ledger.domain.bank_matching import KNOWN_FEES_MINOR, PASSES
from ledger.domain.bank_rules import Rule, fits
from ledger.domain.bank_sums import ITEMS_MAXIMUM

_MARK = re.compile(
    r"\A([a-z_]{3,20}):((?:[0-9]{1,15}\+){0,9}[0-9]{0,15}):((?:[0-9]{1,15}\.[0-9]{1,5}\+){0,9}(?:[0-9]{1,15}\.[0-9]{1,5})?)"
    r"(?::([0-9]{1,9})\.([0-9]{1,9}))?\Z",
    re.ASCII,
)


class Claim(msgspec.Struct, frozen=True):
    """A proposal by its mark, as a page or a program sends it back."""

    by: str
    lines: tuple[int, ...]
    postings: tuple[tuple[int, int], ...]
    rule: tuple[int, int] | None = None


def claimed(mark: str) -> Claim | None:
    """What a mark names; None where it is none."""
    found = _MARK.match(mark)
    if found is None or found[1] not in PASSES:
        return None
    lines = tuple(int(number) for number in found[2].split("+") if number)
    places = [place.split(".") for place in found[3].split("+") if place]
    rule = (int(found[4]), int(found[5])) if found[4] else None
    return Claim(found[1], lines, tuple((int(entry), int(line)) for entry, line in places), rule)


def holds(by: str, lines: Sequence[Line], items: Sequence[Item], rule: Rule | None = None) -> bool:
    """Whether open lines and postings are to each other what a proposal says of them."""
    uneven = sum(each.amount_minor for each in lines) - sum(each.amount_minor for each in items)
    single = len(lines) == len(items) == 1
    apart = near(lines[0].day)[0] <= items[0].day <= near(lines[0].day)[1] if lines and items else False
    if by == "net_of_fee":
        return single and apart and -uneven in KNOWN_FEES_MINOR and same_sign(lines[0].amount_minor, items[0].amount_minor)
    if by == "rule":
        known = rule is not None and len(lines) == 1 and fits(rule, lines[0].words, lines[0].amount_minor)
        return known and ((not items and rule.action != "match") or (single and not uneven and rule.action == "match"))  # type: ignore[union-attr]
    if uneven:
        return False
    several = 2 <= max(len(lines), len(items)) <= ITEMS_MAXIMUM
    return {
        "reference": single and is_in_time(lines[0], items[0]) and bool(line_keys(lines[0]) & item_keys(items[0])),
        "cancelled_out": not lines and len(items) == 2 and (_undoes(*items) or _undoes(*items[::-1])),
        "amount_and_date": single and apart and not contradict(lines[0], items[0]), "amount": single and not contradict(lines[0], items[0]),
        "one_to_many": len(lines) == 1 and several, "many_to_one": len(items) == 1 and several,
    }.get(by, False)  # fmt: skip


def _undoes(one: Item, other: Item) -> bool:
    return one.reverses is not None and one.reverses in (other.entry, other.corrects)
