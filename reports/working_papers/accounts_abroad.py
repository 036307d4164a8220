"""Show the accounts abroad of a calendar year with their highest balance of each month, and the aggregate beside the FBAR threshold."""

from collections.abc import Sequence
from datetime import date

import msgspec

from ledger.domain.reminders import Highest, highest_by_month
from ledger.services.threshold_reminders import Books, Lack, Part, check_begun, lack_of, parts_of
from ledger.storage.database import Connection
from ledger.storage.reminders import Held, held_abroad
from reports.close_words import month_name
from reports.document import Column, Document, Label, Row, Section, Table, cell, group, row, words
from reports.facts import Facts
from reports.reminders import lack_sections, sections_of
from reports.threshold_words import country_label

TITLE = words("Working paper: FBAR, accounts abroad")
KIND = "accounts_abroad"


class Asked(msgspec.Struct, frozen=True):
    """A day of the calendar year."""

    as_of: date


class Selected(msgspec.Struct, frozen=True):
    """What the thresholds say or that none is entered, and of each union that they concern the accounts with the highest balance of each month."""

    parts: list[Part]
    lack: Lack
    accounts: dict[str, list[tuple[Held, list[Highest]]]]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """The accounts that unions of another nation than the threshold's keep, month by month until the day."""
    first, last = date(asked.as_of.year, 1, 1), date(asked.as_of.year, 12, 31)
    check_begun(first, facts.today)
    books = Books(connection, facts.today)
    parts = await parts_of(books, KIND, first, last)
    accounts = {}
    for union in {part.union.code: part.union for part in parts if part.union}.values():
        held = await held_abroad(connection, union.nation, first, last)
        end = min(last, facts.today)
        accounts[union.code] = [(each, highest_by_month(each.opening_minor, each.changes, first.year, end)) for each in held]
    return Selected(parts, await lack_of(books, [KIND], last, parts), accounts)


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """The aggregate with what is behind it, and then each account's months."""
    sections: list[Section] = [section for part in selected.parts for section in sections_of(part, None)]
    sections += lack_sections(selected.lack)
    sections += [_months(facts, code, accounts) for code, accounts in selected.accounts.items()]
    return facts.document("fbar", TITLE, sections, as_of=asked.as_of)


def _month(day: date) -> Label:
    """The month of a day, by its name, and the year."""
    return Label(month_name("en", day), month_name("fr", day))


def _months(facts: Facts, code: str, accounts: Sequence[tuple[Held, list[Highest]]]) -> Section:
    columns = (
        Column("month", words("Month")), Column("day", words("Highest on"), "date"), Column("balance", words("Highest balance"), "money"),
    )  # fmt: skip
    rows: list[Row] = []
    for held, months in accounts:
        keeper = facts.unions[held.custodian]
        account, nation = Label(held.name_en, held.name_fr), country_label(held.nation)
        name = words("%(account)s, kept by %(union)s (%(nation)s)", account=account, union=keeper.name, nation=nation)
        rows.append(group(name, link=f"/accounts/{held.account_id}"))
        rows += [row(_month(each.day), each.day, cell(each.amount_minor, currency=held.currency)) for each in months]
    caption = words("Highest balance of each month, for %(union)s", union=facts.unions[code].name)
    table = Table(f"months-{code}", caption, columns, tuple(rows), empty=words("No other country’s union keeps a joint account."))
    notes = (words("Account numbers and the addresses of banks are not in the books; the form asks for both, and for who may sign."),)
    return Section((table,), words("By month"), notes)
