"""Say what a board's page is about: a day, the day it is compared with, one fund or all of them, and the currency that the reader counts in."""

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlencode

import msgspec

from ledger.domain.accounts import Fund
from ledger.domain.exchange import convert_at
from ledger.domain.refusals import DateInvalid
from ledger.storage.database import Connection
from reports.document import Column, Conversion, Say, words
from reports.facts import Facts, conversion_on


class Asked(msgspec.Struct, frozen=True):
    """The day, the earlier one to compare it with (the last report's, where none is named), and the currency of converted figures."""

    as_of: date
    compare: date | None = None
    into: str | None = None


class AskedFund(Asked, frozen=True):
    """The same of one fund."""

    fund: str | None = None


class Scope(msgspec.Struct, frozen=True):
    """What was asked for, settled: ``fund`` is None for all of them, ``rates`` those of the day by the currency they convert."""

    as_of: date
    since: date
    is_report: bool
    fund: Fund | None
    into: str | None
    rates: dict[str, Conversion]

    @property
    def fund_id(self) -> int | None:
        """The fund's id, where there is one."""
        return self.fund.id if self.fund else None

    def of(self, fund: Fund) -> "Scope":
        """The same of one fund."""
        return msgspec.structs.replace(self, fund=fund)

    def fits(self, fund_id: int) -> bool:
        """Whether what is of a fund belongs here."""
        return self.fund_id in (None, fund_id)

    def made_of(self, figure: str, fund: str | None = None, currency: str | None = None, *, on: date | None = None, moved: bool = False) -> str:
        """The page that shows account by account what a figure is made of, on the day or another; with ``moved`` beside the other day."""
        asked = {
            "figure": figure, "as_of": on or self.as_of, "compare": self.since if moved else None, "fund": fund or (self.fund and self.fund.code),
            "currency": currency, "into": self.into or "none",
        }  # fmt: skip
        return "/reports/board-figure?" + urlencode({name: value for name, value in asked.items() if value})

    def requests(self, *, campaign: str | None = None, initiative: str | None = None, currency: str | None = None) -> str:
        """The requests behind what was asked, approved and spent, one by one."""
        asked = {
            "as_of": self.as_of, "fund": self.fund and self.fund.code, "campaign": campaign, "initiative": initiative, "currency": currency,
            "into": self.into or "none",
        }  # fmt: skip
        return "/reports/board-requests?" + urlencode({name: value for name, value in asked.items() if value})

    @property
    def conversions(self) -> tuple[Conversion, ...]:
        """The rates, as a converted column carries them."""
        return tuple(self.rates.values())

    def all_in(self, amounts: Mapping[str, int]) -> int:
        """Amounts by currency in the reader's one, each rounded once at the rate of the day."""
        return sum(self.converted(minor, currency) for currency, minor in amounts.items())

    def converted(self, minor: int, currency: str) -> int:
        """One amount in the reader's currency, for which there is a rate."""
        rate = self.rates.get(currency)
        assert rate is not None or currency == self.into, f"{currency} is not converted into {self.into}"
        return minor if rate is None else convert_at(minor, currency, self.into or "", rate.base, rate.quote, rate.rate)

    def weight(self, minor: int, currency: str) -> int:
        """How much an amount counts where amounts are put in order: converted, or as it stands where nothing is."""
        return self.converted(minor, currency) if self.rates else minor

    def converted_column(self, name: str, heading: Say | None = None) -> list[Column]:
        """A column all in the reader's currency; none where nothing is converted."""
        if not self.into or not self.rates:
            return []
        return [Column(name, heading or words("All in %(currency)s", currency=self.into), "converted", self.into, self.conversions)]

    def after(self, amounts: Mapping[str, int]) -> list[int]:
        """The converted column's cell, where there is that column."""
        return [self.all_in(amounts)] if self.into and self.rates else []


# The last day of the last period that both treasurers were given a report of.
_LAST_REPORT = "SELECT max(c.ends_on) FROM closes c JOIN close_reports r ON r.close = c.number WHERE c.ends_on < $1"


async def scope(connection: Connection, facts: Facts, asked: Asked, currencies: Iterable[str]) -> Scope:
    """Settle it; refuses an unknown fund, a day that does not come before, and a currency without a rate."""
    code = getattr(asked, "fund", None)
    fund = facts.fund_by_code(code) if code else None
    reported = None if asked.compare else await connection.fetchval(_LAST_REPORT, asked.as_of)
    since = asked.compare or reported or date(max(asked.as_of.year - 1, 1), 12, 31)
    if since >= asked.as_of:
        raise DateInvalid(field="compare", text=since.isoformat(), reason="compare", last=asked.as_of.isoformat())
    rates = {}
    for currency in currencies if asked.into else ():
        found = await conversion_on(connection, currency, asked.into or "", asked.as_of)
        if found:
            rates[currency] = found
    return Scope(asked.as_of, since, reported is not None, fund, asked.into, rates)
