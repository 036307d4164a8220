"""What both statements share: the same table for each currency and for all in one, this period beside the year before, and the notes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.chart import JOINT
from ledger.storage.database import Connection
from reports.carried import Carried
from reports.document import Amount, Column, Label, Say, Section, Words, words
from reports.facts import Facts, name_of
from reports.statements.methods import WAYS, Method
from reports.statements.pots import Pot, Span, read_span, year_before

# A table's name, its caption, the currency of its figures, and the pots of a span that belong in it.
Scale = tuple[str, Words, str, Callable[[Span], list[Pot]]]


class Selected(msgspec.Struct, frozen=True):
    """The period asked for, and the same a year before where the books held anything then."""

    now: Span
    before: Span | None


async def select_spans(
    connection: Connection, facts: Facts, first: date, last: date, fund: str | None, into: str | None, *, stands: bool = False
) -> Selected:
    """Both spans; rates of the year before are asked for only where there is something to carry over, and only of the last day for what ``stands``."""
    now = await read_span(connection, facts, first, last, fund, into, stands=stands)
    earlier = await read_span(connection, facts, year_before(first), year_before(last), fund, None)
    if not earlier.pots:
        return Selected(now, None)
    return Selected(now, await read_span(connection, facts, earlier.first, earlier.last, fund, into, stands=stands) if into else earlier)


def scales(facts: Facts, into: str | None, selected: Selected) -> Iterator[Scale]:
    """A table for each currency in use; and one of all, where they are carried into one."""
    used = {pot.currency for span in (selected.now, selected.before) if span for pot in span.pots}
    for code in (code for code in facts.currencies if code in used):
        yield code.lower(), words("in %(currency)s", currency=code), code, _in_currency(code)
    if into and used - {into}:
        yield "all", words("all in %(currency)s", currency=into), into, lambda span: span.pots


def _in_currency(code: str) -> Callable[[Span], list[Pot]]:
    return lambda span: [pot for pot in span.pots if pot.currency == code]


def money_column(name: str, heading: Say, currency: str, carried: Mapping[str, Carried], pots: Iterable[Pot], uses: tuple[str, ...]) -> Column:
    """A column of figures, with the rates that it was carried over at."""
    rates = tuple(getattr(carried[code], use) for code in sorted({pot.currency for pot in pots} & set(carried)) for use in uses)
    if not rates:
        return Column(name, heading, "money", currency)
    return Column(name, heading, "converted", currency, rates)


def account_names(facts: Facts) -> dict[str, Label]:
    """The joint book's accounts by path, whatever their currency."""
    return {account.path: name_of(account) for account in facts.accounts.values() if account.book == JOINT}


def account_link(facts: Facts, path: str, currency: str, span: Span, fund: str | None, single: bool) -> str | None:
    """The entries behind a line of one currency."""
    if not single:
        return None
    found: Account | None = next((a for a in facts.accounts.values() if (a.book, a.path, a.currency) == (JOINT, path, currency)), None)
    return f"/accounts/{found.id}?from={span.first}&to={span.last}{f'&fund={fund}' if fund else ''}" if found else None


def notes_of(facts: Facts, methods: Iterable[Method], span: Span, *, stands: bool = False) -> Section:
    """What a reader must know to read the figures, told from the books themselves. Of what ``stands`` at a day, what came since the year began."""
    said: list[Say] = [WAYS[method].basis for method in methods]
    said.append(words("Each currency is kept by itself. What is carried into another is at the rates below its column; the books themselves never are."))
    said += _restrictions(span)
    said += _in_kind(span, stands)
    said += _commitments(span)
    said += _related(facts, span, stands)
    return Section(heading=words("Notes"), notes=tuple(said))


def _restrictions(span: Span) -> Iterator[Say]:
    seen = {pot.fund.id: pot.fund for pot in span.pots if pot.fund.restriction != "none"}
    for fund in seen.values():
        name, text = name_of(fund), fund.restriction_text or words("No restriction is recorded.")
        if fund.restriction == "donor":
            yield words("%(fund)s, restricted by its donors: %(text)s", fund=name, text=text)
        else:
            yield words("%(fund)s, set aside by the boards: %(text)s", fund=name, text=text)


def _in_kind(span: Span, stands: bool) -> Iterator[Say]:
    sums = _by_currency((pot.currency, minor) for pot in span.pots for path, minor in pot.income.items() if path.startswith("Income:In-kind:"))
    for amount in sums:
        if stands:
            yield words(
                "From %(first)s to %(last)s, staff, halls and other things lent in kind were valued at %(amount)s, revenue and expense alike.",
                amount=amount, first=span.first, last=span.last,
            )  # fmt: skip
        else:
            yield words("Staff, halls and other things lent in kind are valued at %(amount)s, revenue and expense alike.", amount=amount)
    if not sums and stands:
        yield words("Nothing that was lent in kind from %(first)s to %(last)s is valued here.", first=span.first, last=span.last)
    elif not sums:
        yield words("Nothing that was lent in kind in this period is valued here.")


def _commitments(span: Span) -> Iterator[Say]:
    for amount in _by_currency((pot.currency, pot.committed) for pot in span.pots):
        yield words("%(amount)s is set aside for approved requests and not yet spent; it is part of net assets.", amount=amount)


def _related(facts: Facts, span: Span, stands: bool) -> Iterator[Say]:
    for union in facts.unions.values():
        path = f"Income:Contributions:{union.name}"
        for amount in _by_currency((pot.currency, pot.income.get(path, 0)) for pot in span.pots):
            if stands:
                yield words(
                    "%(union)s, a party to the pool, contributed %(amount)s from %(first)s to %(last)s.",
                    union=union.name, amount=amount, first=span.first, last=span.last,
                )  # fmt: skip
            else:
                yield words("%(union)s, a party to the pool, contributed %(amount)s in this period.", union=union.name, amount=amount)


def _by_currency(amounts: Iterable[tuple[str, int]]) -> list[Amount]:
    sums: dict[str, int] = {}
    for code, minor in amounts:
        sums[code] = sums.get(code, 0) + minor
    return [Amount(minor, code) for code, minor in sorted(sums.items()) if minor]


def begin_note(selected: Selected) -> list[Words]:
    """Where there is nothing to show beside it."""
    if selected.before is not None:
        return []
    return [words("The books hold nothing of the same days a year before, which would stand beside these figures.")]
