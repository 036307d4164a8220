"""Section B: the proof of cash of every joint bank account, and what was in circulation."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.bank_reconciliation import Outstanding, Proof, Unrecorded
from ledger.domain.chart import JOINT
from ledger.services.bank_reconciliation import accounts_to_reconcile, proof
from ledger.storage.database import Connection
from reports.document import Column, Row, Say, Section, Table, cell, row, words
from reports.facts import Facts, titled
from reports.reconciliation.between import yes_or_no


class Cash(msgspec.Struct, frozen=True):
    """The accounts with their proofs on the last day."""

    proofs: list[tuple[Account, Proof]]


async def select(connection: Connection, facts: Facts, last: date) -> Cash:
    """Every joint account that was ever used."""
    accounts = [each for each in await accounts_to_reconcile(connection, day=last) if each.book == JOINT]
    return Cash([(each, await proof(connection, each, last)) for each in accounts])


def shape(facts: Facts, selected: Cash) -> Section:
    """One line an account; below, each thing that the bank or the books had not seen."""
    money = (
        ("book", words("Book")), ("statement", words("Statement")), ("deposits", words("Deposits in transit")),
        ("payments", words("Payments in circulation")), ("errors", words("Bank’s errors")), ("later", words("Recorded later")),
        ("difference", words("Difference")),
    )  # fmt: skip
    columns = (
        Column("account", words("Account")), Column("number", words("Bank statement")),
        *(Column(name, heading, "money") for name, heading in money), Column("reconciled", words("Reconciled")),
    )  # fmt: skip
    rows = tuple(_row(account, found) for account, found in selected.proofs)
    tables = [Table("cash", words("Proof of cash"), columns, rows, empty=words("No joint bank account was used yet."))]
    items = [
        line for account, found in selected.proofs
        for line in (*_outstanding(account, found.deposits), *_outstanding(account, found.payments), *_lines(account, found))
    ]  # fmt: skip
    if items:
        tables.append(_items(items))
    return Section(tuple(tables), words("B. Proof of cash"))


def _row(account: Account, found: Proof) -> Row:
    known = found.statement_minor is not None
    figures = (
        found.book_minor, found.statement_minor, found.deposits_minor if known else None, found.payments_minor if known else None,
        found.bank_errors_minor if known else None, found.recorded_later_minor if known else None, found.difference_minor if known else None,
    )  # fmt: skip
    return row(
        cell(titled(account), link=f"/bank/{account.id}"), found.statement or words("no statement reaches the day"),
        *(cell(minor, currency=account.currency) for minor in figures), yes_or_no(found.reconciled),
    )  # fmt: skip


def _items(rows: Sequence[Row]) -> Table:
    columns = (
        Column("account", words("Account")), Column("what", words("What")), Column("date", words("Date"), "date"),
        Column("reference", words("Reference")), Column("age", words("Days"), "int"), Column("amount", words("Amount"), "money"),
    )  # fmt: skip
    return Table("circulation", words("Not seen by the bank, or not in the books"), columns, tuple(rows))


def _outstanding(account: Account, items: Sequence[Outstanding]) -> list[Row]:
    return [
        row(
            titled(account), cell(f"J-{each.entry}", link=f"/journal/{each.entry}"), each.day, each.reference or each.description, each.age_days,
            cell(each.amount_minor, currency=account.currency),
        )
        for each in items
    ]  # fmt: skip


def _lines(account: Account, found: Proof) -> list[Row]:
    what: tuple[tuple[Say, Sequence[Unrecorded]], ...] = (
        (words("Bank’s error"), found.bank_errors), (words("Not in the books"), found.unrecorded), (words("Recorded later"), found.recorded_later),
    )  # fmt: skip
    return [
        row(titled(account), said, each.day, each.text, (found.day - each.day).days, cell(each.amount_minor, currency=account.currency))
        for said, lines in what
        for each in lines
    ]  # fmt: skip
