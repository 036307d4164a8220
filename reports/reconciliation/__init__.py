"""The treasurers' report of a period, sections A to L (domain.md 8.2): read in one snapshot, shaped once, the same figures in both languages."""

from datetime import UTC, date

import msgspec

from ledger.services.pool import ZONE
from ledger.storage.database import Connection
from reports.document import Document, Say, words
from reports.facts import Facts
from reports.reconciliation import between, cash, continuity, controls, exchange, ledgers

TITLE = words("Reconciliation of joint funds")


class Asked(msgspec.Struct, frozen=True):
    """The period: a month or a quarter, whether or not it is closed."""

    first: date
    last: date


class Selected(msgspec.Struct, frozen=True):
    """What the sections show."""

    continuity: continuity.Continuity
    cash: cash.Cash
    ledgers: ledgers.Ledgers
    between: between.Between
    exchange: exchange.Exchange
    controlled: controls.Controlled


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Everything of the period, in the caller's snapshot."""
    return Selected(
        await continuity.select(connection, facts, asked.first, asked.last), await cash.select(connection, facts, asked.last),
        await ledgers.select(connection, asked.last), await between.select(connection, facts, asked.first, asked.last),
        await exchange.select(connection, facts, asked.last), await controls.select(connection, asked.first, asked.last),
    )  # fmt: skip


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """The sections in the order of their letters."""
    first, last = asked.first, asked.last
    sections = [
        continuity.shape(facts, first, last, selected.continuity),
        cash.shape(facts, selected.cash),
        between.transit(facts, last, selected.between),
        between.pledges(facts, last, selected.between),
        ledgers.shape(facts, selected.ledgers),
        between.equalised(facts, selected.between),
        between.loans(facts, selected.between),
        exchange.shape(facts, selected.exchange),
        between.in_kind(facts, first, last, selected.between),
        controls.restrictions(facts, selected.controlled),
        controls.controls(selected.controlled, first, last),
        controls.certification(facts),
    ]
    return facts.document("reconciliation", TITLE, sections, period=(first, last), subtitle=[_cut_off(first, last)])


def _cut_off(first: date, last: date) -> Say:
    over = controls.moments(first, last)[1]
    utc = f"{over.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return words("Cut-off: the end of the last day in Toronto and Pittsburgh, %(local)s, which is %(utc)s.", local=over.astimezone(ZONE), utc=utc)
