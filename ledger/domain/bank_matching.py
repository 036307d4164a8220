"""Propose which bank lines and which postings of an account are the same money, strongest grounds first (domain.md 2.4 and 2.5).

Pure. Amounts are minor units of the account's own currency, money into the account positive, on both sides. Each line and each posting is in one
proposal at most; work grows as n log n, for sums are sought among a few neighbours only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from ledger.domain.bank_likeness import EARLY_DAYS, LATE_DAYS, Days, Item, Line, contradict, grouped, is_in_time, item_keys, line_keys, near, same_sign
from ledger.domain.bank_rules import Rule, fits
from ledger.domain.bank_sums import LOOKS, TRIES, neighbours, sole_sum

Pass = Literal[
    "reference", "amount_and_date", "amount", "many_to_one", "one_to_many", "net_of_fee", "rule", "hand", "recorded", "cancelled_out",
]  # fmt: skip
PASSES: tuple[Pass, ...] = (
    "reference", "cancelled_out", "amount_and_date", "rule", "one_to_many", "many_to_one", "net_of_fee", "amount", "recorded", "hand",
)  # fmt: skip
# What stands on the bank's own word of a number and amount, or on the books' own link, may be accepted many at a time.
BULK: tuple[Pass, ...] = ("reference", "cancelled_out")
# What banks keep of a wire, in the account's currency (domain.md 2.4, pass 6).
KNOWN_FEES_MINOR = (15_00, 17_50, 18_00, 20_00, 25_00, 30_00, 35_00, 40_00, 45_00, 50_00)


class Proposal(msgspec.Struct, frozen=True):
    """Lines and postings that seem to be the same money, and why. Sums agree but for ``fee_minor``, which the bank kept and no entry holds yet.

    ``found`` is the reference that agreed, or the words of the rule ``rule_id``; ``days`` how far the days lie apart.
    """

    by: Pass
    lines: tuple[int, ...]
    postings: tuple[tuple[int, int], ...]
    amount_minor: int
    found: str = ""
    days: int = 0
    fee_minor: int = 0
    rule_id: int | None = None
    rule_version: int = 0

    @property
    def mark(self) -> str:
        """Names it by what it puts together, so that one that no longer holds is not taken for another: ``reference:12+13:501.2``.

        A rule's ends with the rule as it was shown, ``rule:12::7.1``: what was changed since is not done.
        """
        named = f"{self.by}:{'+'.join(map(str, self.lines))}:{'+'.join(f'{entry}.{line}' for entry, line in self.postings)}"
        return named if self.rule_id is None else f"{named}:{self.rule_id}.{self.rule_version}"


class _Open(msgspec.Struct):
    """What no proposal holds yet, in order of days, and what was proposed."""

    lines: dict[int, Line]
    items: dict[tuple[int, int], Item]
    made: list[Proposal]
    tries: int = TRIES

    def take(self, by: Pass, lines: Sequence[Line], items: Sequence[Item], **more: object) -> None:
        lines, items = sorted(lines, key=lambda each: (each.day, each.number)), sorted(items, key=lambda each: (each.day, each.place))
        days = _apart([each.day for each in lines], [each.day for each in items])
        amount = sum(each.amount_minor for each in lines) if lines else items[0].amount_minor
        found = Proposal(by, tuple(each.number for each in lines), tuple(each.place for each in items), amount, days=days, **more)  # type: ignore[arg-type]
        self.made.append(found)
        for line in lines:
            del self.lines[line.number]
        for item in items:
            del self.items[item.place]


def propose(lines: Iterable[Line], items: Iterable[Item], rules: Sequence[Rule] = ()) -> list[Proposal]:
    """What seems to belong together, strongest first; what fits two things equally well is left to a person."""
    held = _held(lines, items)
    for step in (_by_reference, _cancelled_out, _near, _by_rule, _several_postings, _several_lines, _less_fee, _sole_amount):
        step(held, rules)
    return sorted(held.made, key=lambda each: PASSES.index(each.by))


def _held(lines: Iterable[Line], items: Iterable[Item]) -> _Open:
    ordered = sorted(lines, key=lambda each: (each.day, each.number)), sorted(items, key=lambda each: (each.day, each.place))
    return _Open({each.number: each for each in ordered[0]}, {each.place: each for each in ordered[1]}, [])


def _apart(these: Sequence[date], those: Sequence[date]) -> int:
    days = [*these, *those]
    return (max(days) - min(days)).days


# --- reference and amount ---------------------------------------------------------------------------------------------


def _by_reference(held: _Open, _: Sequence[Rule]) -> None:
    """The bank's words hold the record's number or the reference it was paid with, and the amounts agree; one on each side."""
    by_key: defaultdict[tuple[str, int], set[tuple[int, int]]] = defaultdict(set)
    for item in held.items.values():
        for key in item_keys(item):
            by_key[key, item.amount_minor].add(item.place)
    named: defaultdict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in held.lines.values():
        for key in line_keys(line):
            if (key, line.amount_minor) in by_key:
                named[key, line.amount_minor].append(line)
    for both, some in named.items():
        open_items = [held.items[place] for place in by_key[both] if place in held.items]
        open_lines = [line for line in some if line.number in held.lines]
        if len(open_items) == len(open_lines) == 1 and is_in_time(open_lines[0], open_items[0]):
            held.take("reference", open_lines, open_items, found=both[0])


# --- what undoes itself -----------------------------------------------------------------------------------------------


def _cancelled_out(held: _Open, _: Sequence[Rule]) -> None:
    """An entry and its reversal that never reached the bank; then a reversal and the correction of the same entry, which the bank has shown.

    Where a line of such an amount is open, the money may have moved after all, as with a cheque cashed in spite of its reversal: a person looks.
    """
    latest = {abs(line.amount_minor): line.day for line in held.lines.values()}
    by_entry: defaultdict[int, list[Item]] = defaultdict(list)
    reversing: defaultdict[int, list[Item]] = defaultdict(list)
    for item in held.items.values():
        by_entry[item.entry].append(item)
        if item.reverses is not None:
            reversing[item.reverses].append(item)
    for others, entry_of in ((by_entry, _reverses), (reversing, _corrects)):
        for item in list(held.items.values()):
            entry = entry_of(item)
            if entry is None or item.place not in held.items:
                continue
            undone = [each for each in others.get(entry, ()) if each.place in held.items and each.amount_minor == -item.amount_minor]
            if undone and not _may_have_moved(latest.get(abs(item.amount_minor)), undone[0], item):
                held.take("cancelled_out", (), (undone[0], item))


def _reverses(item: Item) -> int | None:
    return item.reverses


def _corrects(item: Item) -> int | None:
    return item.corrects


def _may_have_moved(latest: date | None, *items: Item) -> bool:
    return latest is not None and latest >= min(item.day for item in items) - timedelta(days=EARLY_DAYS)


# --- the same amount --------------------------------------------------------------------------------------------------


def _near(held: _Open, _: Sequence[Rule]) -> None:
    """Same amount, no more than five business days apart, and nothing else of that amount so near to either."""
    items, lines = grouped(held.items.values()), grouped(held.lines.values())
    for amount in lines.keys() & items.keys():
        for line in lines[amount].things:
            found = items[amount].within(*near(line.day))
            item = items[amount].things[found[0]] if len(found) == 1 else None
            if item is not None and not contradict(line, item) and len(lines[amount].within(*near(item.day))) == 1:
                held.take("amount_and_date", [line], [item])


def _sole_amount(held: _Open, _: Sequence[Rule]) -> None:
    """Same amount within the time a cheque is good for: the oldest open posting for the oldest line."""
    items = grouped(held.items.values())
    for amount, some in grouped(held.lines.values()).items():
        waiting = iter(items[amount].things if amount in items else ())
        item = next(waiting, None)
        for line in some.things:
            while item is not None and item.day < line.day - timedelta(days=LATE_DAYS):
                item = next(waiting, None)
            if item is None:
                break
            if item.day <= line.day + timedelta(days=EARLY_DAYS) and not contradict(line, item):
                held.take("amount", [line], [item])
                item = next(waiting, None)


# --- sums -------------------------------------------------------------------------------------------------------------


def _several_postings(held: _Open, _: Sequence[Rule]) -> None:
    """One line is several postings: cheques that went to the bank as one deposit, payments that left as one."""
    for line, some in _sums(held, list(held.lines.values()), list(held.items.values())):
        held.take("one_to_many", [line], some)


def _several_lines(held: _Open, _: Sequence[Rule]) -> None:
    """One posting came as several lines."""
    for item, some in _sums(held, list(held.items.values()), list(held.lines.values())):
        held.take("many_to_one", some, [item])


def _sums(held: _Open, wholes: Sequence[Any], parts: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Each whole with the two to six parts, near to it and of its sign, that alone make it up."""
    sides = {sign: [each for each in parts if (each.amount_minor > 0) == sign] for sign in (True, False)}
    days = {sign: [each.day for each in some] for sign, some in sides.items()}
    used: set[tuple[bool, int]] = set()
    found = []
    for whole in wholes:
        sign = whole.amount_minor > 0
        places = neighbours(sides[sign], days[sign], whole, sign, used)
        if len(places) < 2 or held.tries <= 0:
            continue
        held.tries -= 1
        chosen = sole_sum(abs(whole.amount_minor), [abs(sides[sign][place].amount_minor) for place in places])
        if chosen:
            used |= {(sign, places[n]) for n in chosen}
            found.append((whole, [sides[sign][places[n]] for n in sorted(chosen)]))
    return found


# --- less a fee -------------------------------------------------------------------------------------------------------


def _less_fee(held: _Open, _: Sequence[Rule]) -> None:
    """The bank kept a known fee of it; one posting near by would then agree. Where an open entry holds that fee already, the two make up the line."""
    items = grouped(held.items.values())
    for line in list(held.lines.values()):
        found = []
        for fee in KNOWN_FEES_MINOR:
            of_amount = items.get(line.amount_minor + fee)
            if of_amount is not None and same_sign(line.amount_minor, line.amount_minor + fee):
                # Two are as good as many: then it is nobody's.
                found += [(fee, of_amount.things[place]) for place in of_amount.within(*near(line.day))[:2]]
        if len(found) == 1 and found[0][1].place in held.items and not contradict(line, found[0][1]):
            fee, item = found[0]
            booked = items.get(-fee)
            held_already = [booked.things[place] for place in booked.within(*near(line.day))] if booked is not None else []
            open_fee = next((each for each in held_already if each.place in held.items and each.fund_id == item.fund_id), None)
            if open_fee is None:
                held.take("net_of_fee", [line], [item], fee_minor=fee)
            else:
                held.take("one_to_many", [line], [item, open_fee])


# --- what was learnt --------------------------------------------------------------------------------------------------


def _by_rule(held: _Open, rules: Sequence[Rule]) -> None:
    """Lines that a rule knows: the posting it leads to, or what is to be recorded of them."""
    if not rules:
        return
    items = grouped(held.items.values())
    for line in list(held.lines.values()):
        rule = next((each for each in rules if fits(each, line.words, line.amount_minor)), None)
        if rule is None:
            continue
        if rule.action != "match":
            # What waits in the books near by is to be matched, not recorded a second time.
            waiting = items[line.amount_minor].within(*near(line.day)) if line.amount_minor in items else ()
            if any(items[line.amount_minor].things[place].place in held.items for place in waiting[:LOOKS]):
                continue
            held.take("rule", [line], (), found=rule.words, rule_id=rule.id, rule_version=rule.version)
            continue
        led = _led_to(held, items, line, str(rule.facts.get("text", "")).casefold())
        if led is not None:
            held.take("rule", [line], [led], found=rule.words, rule_id=rule.id, rule_version=rule.version)


def _led_to(held: _Open, items: Mapping[int, Days], line: Line, text: str) -> Item | None:
    """The one open posting of the line's amount that a rule's words lead to."""
    of_amount = items.get(line.amount_minor)
    if of_amount is None:
        return None
    around = of_amount.within(line.day - timedelta(days=LATE_DAYS), line.day + timedelta(days=EARLY_DAYS))
    some = [of_amount.things[place] for place in around[-LOOKS:]]
    fitting = [item for item in some if item.place in held.items and text in f"{item.text} {item.reference} {item.subject}".casefold()]
    return fitting[0] if len(fitting) == 1 else None


# --- what is in the books by now --------------------------------------------------------------------------------------


def waiting(asked: Iterable[tuple[Line, int, int | None]], lines: Iterable[Line], items: Iterable[Item]) -> int:
    """How much of what is about to be recorded of lines (line, minor, fund or None for any) is in the books by now: an open posting of it lies near,
    which no stronger ground gives to another line.
    """
    held, items = _held(lines, items), list(items)
    for step in (_by_reference, _cancelled_out, _near):
        step(held, ())
    given = {place: each.lines for each in held.made for place in each.postings}
    of_amount = grouped(sorted(items, key=lambda each: each.day))

    def waits(line: Line, minor: int, fund_id: int | None) -> bool:
        some = of_amount.get(minor, Days([], []))
        near_by = [some.things[place] for place in some.within(*near(line.day))]
        free = [item for item in near_by if line.number in given.get(item.place, (line.number,))]
        return any(fund_id in (None, item.fund_id) for item in free)

    return sum(waits(*each) for each in asked)
