"""Read, in one snapshot, what every report needs beside its own figures: the head, the chart by id, and rates with their source."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from ledger.domain.accounts import Account, Fund, Union
from ledger.domain.exchange import average
from ledger.domain.refusals import NotFound, RateMissing, ReportTooLarge
from ledger.storage import reference
from ledger.storage.database import Connection
from ledger.storage.journal import Head, read_accounts, read_funds, read_head
from ledger.storage.rates import daily_values, rate_on
from reports.document import Conversion, Document, Label, Say, Section, Words, words

# A report is read by people: one of more lines than this is asked for by a shorter period or as an export of the journal.
LINES_MAXIMUM = 20_000


class Facts(msgspec.Struct, frozen=True):
    """The state a report is read at."""

    generated_at: datetime
    today: date
    head: Head
    sample: bool
    accounts: dict[int, Account]
    funds: dict[int, Fund]
    unions: dict[str, Union]
    books: dict[str, Label]
    currencies: list[str]

    def document(
        self, name: str, title: Words | Label, sections: Sequence[Section], *, as_of: date | None = None,
        period: tuple[date, date] | None = None, subtitle: Sequence[Say] = (), notes: Sequence[Say] = (),
    ) -> Document:  # fmt: skip
        """A document with this state's head and marks."""
        return Document(
            name=name, title=title, pool=words("Joint books of UE and Unifor"), generated_at=self.generated_at, head_number=self.head.number,
            head_hash=self.head.hash.hex(), sections=tuple(sections), subtitle=tuple(subtitle), as_of=as_of, period=period, notes=tuple(notes),
            sample=self.sample,
        )  # fmt: skip

    def account(self, account_id: int) -> Account:
        """One account; refuses an unknown id."""
        if account_id not in self.accounts:
            raise NotFound(kind="account", id=str(account_id))
        return self.accounts[account_id]

    def fund_by_code(self, code: str) -> Fund:
        """One fund; refuses an unknown code."""
        found = next((fund for fund in self.funds.values() if fund.code == code), None)
        if found is None:
            raise NotFound(kind="fund", id=code)
        return found


async def read_facts(connection: Connection, now: datetime, today: date) -> Facts:
    """The facts of this snapshot."""
    books = {row["code"]: Label(row["name_en"], row["name_fr"]) for row in await reference.books(connection)}
    return Facts(
        now, today, await read_head(connection), bool(await reference.setting(connection, "sample", False)),
        await read_accounts(connection), await read_funds(connection), {u.code: u for u in await reference.unions(connection)}, books,
        list(await reference.currencies(connection)),
    )  # fmt: skip


def name_of(thing: Account | Fund) -> Label:
    """The thing's name in both languages."""
    return Label(thing.name_en, thing.name_fr)


def titled(account: Account) -> Label:
    """The account's name with its currency, said once: many a name ends with it."""

    def once(name: str) -> str:
        return name if name.endswith(account.currency) else f"{name}, {account.currency}"

    return Label(once(account.name_en), once(account.name_fr))


async def conversion_on(connection: Connection, currency: str, into: str, day: date) -> Conversion | None:
    """The rate that a converted column of a date names; None for the currency itself. Refuses where there is none on or before it."""
    if currency == into:
        return None
    rate = await rate_on(connection, currency, into, day)
    if rate is None:
        raise RateMissing(base=currency, quote=into, date=day.isoformat())
    return Conversion(rate.value, rate.observed_on, rate.source, rate.version, rate.base, rate.quote)


async def mean_conversion(connection: Connection, closing: Conversion, first: date, last: date) -> Conversion:
    """The mean of a period's daily rates; the closing one where the period has none of its own."""
    daily = await daily_values(connection, closing.base, closing.quote, first, last)
    if not daily:
        return msgspec.structs.replace(closing, use="mean")
    return msgspec.structs.replace(
        closing, rate=average([value for _, value in daily]), observed_on=daily[-1][0], use="mean", days=len(daily), since=daily[0][0]
    )


def bounded(count: int) -> None:
    """Refuse a report of too many lines."""
    if count > LINES_MAXIMUM:
        raise ReportTooLarge(limit=LINES_MAXIMUM)
