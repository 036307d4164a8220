"""Section H: the exchange position of each fund, what it cost, what was realised and what not, and the proof that it comes to zero."""

from datetime import date

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.refusals import RateMissing
from ledger.domain.revaluation import FundResult
from ledger.services.revaluation import BookOnDay, book_on_day
from ledger.storage.database import Connection
from reports.document import Column, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of


class Exchange(msgspec.Struct, frozen=True):
    """The joint book's results on the last day; None where there is no rate by then."""

    on: BookOnDay | None


async def select(connection: Connection, facts: Facts, last: date) -> Exchange:
    """As :func:`ledger.services.revaluation.preview_revaluation` has it."""
    try:
        return Exchange(await book_on_day(connection, JOINT, last, facts.generated_at))
    except RateMissing:
        return Exchange(None)


def shape(facts: Facts, selected: Exchange) -> Section:
    """One line a fund, with what is not posted yet and the proof."""
    heading = words("H. Exchange position")
    if selected.on is None:
        return Section(heading=heading, notes=(words("There is no rate for the last day, so nothing can be valued."),))
    on = selected.on
    others = sorted(on.rates)
    money = (
        ("total", words("Result so far")), ("realised", words("Realised")), ("unrealised", words("Not realised")), ("posted", words("Posted")),
        ("to-post", words("To post")), ("proof", words("Proof")),
    )  # fmt: skip
    columns = (
        Column("fund", words("Fund")), *(Column(f"held-{code.lower()}", words("Bought of %(currency)s", currency=code), "money", code) for code in others),
        *(Column(name, heading, "money", on.currency) for name, heading in money),
    )  # fmt: skip
    rows = [_row(facts, on, others, each) for each in on.results]
    rows.append(row(words("All funds"), *(sum(each.held.get(code, 0) for each in on.results) for code in others), *_sums(on.results), kind="total"))
    notes = tuple(
        words("Valued at %(rate)s of %(day)s (%(source)s).", rate=rate.rate.value, day=rate.rate.observed_on, source=words(rate.rate.source))
        for rate in on.rates.values()
    )
    caption = words("Exchange results in %(currency)s", currency=on.currency)
    return Section((Table("exchange", caption, columns, tuple(rows), notes, words("Nothing was ever exchanged.")),), heading)


def _row(facts: Facts, on: BookOnDay, others: list[str], each: FundResult) -> Row:
    fund = facts.funds[each.fund_id]
    figures = (each.total_minor, each.realised_minor, each.unrealised_minor, each.posted_minor, each.to_post_minor, each.proof_minor)
    return row(cell(name_of(fund), link=f"/funds/{fund.code}"), *(each.held.get(code, 0) for code in others), *figures)


def _sums(results: list[FundResult]) -> list[int | None]:
    names = ("total_minor", "realised_minor", "unrealised_minor", "posted_minor", "to_post_minor", "proof_minor")
    found = [[getattr(each, name) for each in results] for name in names]
    return [None if None in each else sum(each) for each in found]
