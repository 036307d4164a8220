"""Keep exchange rates with where they came from, choose the one for a day, and read what revaluation needs from the journal."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.exchange import BANK_OF_CANADA, BASE, QUOTE, Rate, places_of
from ledger.domain.rates_file import Observation
from ledger.domain.revaluation import Trade
from ledger.storage.database import Connection

_COLUMNS = """base, quote, observed_on, source, series, version, value, state, retrieved_at, encode(raw_sha256, 'hex') AS raw_sha256,
    entered_by, confirmed_by, confirmed_at, remark"""
PAGE_MAXIMUM = 500


class RateFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was loaded; kept whole, for ever, under its hash (hex)."""

    sha256: str
    filename: str
    media_type: str
    via: str
    loaded_by: int | None
    loaded_at: datetime
    observations: int


class RatesFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rates to list: days inclusive, a source by its full name, a state."""

    from_day: date | None = None
    to_day: date | None = None
    source: str | None = None
    state: str | None = None


class RevaluationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One posted revaluation of a fund for one foreign currency; ``gain_minor`` is what its entry posted as a gain."""

    book: str
    fund: str
    revalued_on: date
    currency: str
    rate: Decimal
    rate_observed_on: date
    rate_source: str
    rate_version: int
    entry_number: int
    presentation_currency: str
    gain_minor: int
    reversed_by: int | None

    @property
    def places(self) -> int:
        """How many decimals its rate is shown with."""
        return places_of(self.rate)


# --- rates ------------------------------------------------------------------------------------------------------------


async def rate_on(connection: Connection, base: str, quote: str, day: date) -> Rate | None:
    """The confirmed rate that holds on a day, for either direction of the pair: the last one observed on or before it, its newest
    version, the Bank of Canada's before any other's (domain.md 4.1). Never one from after the day; None where there is none.
    """
    row = await connection.fetchrow(
        f"""SELECT {_COLUMNS} FROM rates
        WHERE base = $1 AND quote = $2 AND state = 'confirmed' AND observed_on = (
            SELECT max(observed_on) FROM rates WHERE base = $1 AND quote = $2 AND state = 'confirmed' AND observed_on <= $3)
        ORDER BY source <> $4, source, version DESC LIMIT 1""",
        *_pair(base, quote), day, BANK_OF_CANADA,
    )  # fmt: skip
    return None if row is None else rate_from_row(row)


def _pair(base: str, quote: str) -> tuple[str, str]:
    return (quote, base) if (base, quote) == (QUOTE, BASE) else (base, quote)


def rate_from_row(row: Any) -> Rate:
    """One row of ``rates`` as a rate."""
    return Rate(**dict(row))


async def rates_of_day(connection: Connection, base: str, quote: str, day: date, source: str) -> list[Rate]:
    """Every version of one day and source, oldest first; locked for the caller's transaction."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM rates WHERE base = $1 AND quote = $2 AND observed_on = $3 AND source = $4
        ORDER BY version FOR UPDATE""",
        base, quote, day, source,
    )  # fmt: skip
    return [rate_from_row(row) for row in rows]


async def rates_page(
    connection: Connection, wanted: RatesFilter, after: tuple[date, str, int] | None = None, limit: int = 50
) -> list[Rate]:
    """Rates of the series, newest day first, at most ``limit``; ``after`` is the day, source and version of the last one seen."""
    rows = await connection.fetch(
        f"""SELECT {_COLUMNS} FROM rates
        WHERE base = $1 AND quote = $2
          AND ($3::date IS NULL OR observed_on >= $3) AND ($4::date IS NULL OR observed_on <= $4)
          AND ($5::text IS NULL OR source = $5) AND ($6::text IS NULL OR state = $6)
          AND ($7::date IS NULL OR (observed_on, source, version) < ($7, $8::text, $9::integer))
        ORDER BY observed_on DESC, source DESC, version DESC LIMIT $10""",
        BASE, QUOTE, wanted.from_day, wanted.to_day, wanted.source, wanted.state, *(after or (None, None, None)), min(limit, PAGE_MAXIMUM),
    )  # fmt: skip
    return [rate_from_row(row) for row in rows]


async def proposed(connection: Connection) -> list[Rate]:
    """Rates entered by hand that wait for a second person, the longest waiting first; at most a page of them."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM rates WHERE state = 'proposed' ORDER BY retrieved_at LIMIT $1", PAGE_MAXIMUM)
    return [rate_from_row(row) for row in rows]


async def daily_values(connection: Connection, base: str, quote: str, from_day: date, to_day: date) -> list[tuple[date, Decimal]]:
    """One confirmed value a day, by the rule of :func:`rate_on`, oldest first: for a chart or an average."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (observed_on) observed_on, value FROM rates
        WHERE base = $1 AND quote = $2 AND state = 'confirmed' AND observed_on BETWEEN $3 AND $4
        ORDER BY observed_on, source <> $5, source, version DESC""",
        *_pair(base, quote), from_day, to_day, BANK_OF_CANADA,
    )  # fmt: skip
    return [(row["observed_on"], row["value"]) for row in rows]


async def daily_of_source(connection: Connection, source: str, from_day: date, to_day: date) -> list[tuple[date, Decimal]]:
    """One source's confirmed rates, the newest version of each day, oldest first: for what was agreed to be computed by that source alone."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (observed_on) observed_on, value FROM rates
        WHERE base = $1 AND quote = $2 AND source = $3 AND state = 'confirmed' AND observed_on BETWEEN $4 AND $5
        ORDER BY observed_on, version DESC""",
        BASE, QUOTE, source, from_day, to_day,
    )  # fmt: skip
    return [(row["observed_on"], row["value"]) for row in rows]


async def add_rates(connection: Connection, rates: Sequence[Rate]) -> None:
    """Add rates as they are; the caller gave them their versions."""
    await connection.executemany(
        """INSERT INTO rates (base, quote, value, observed_on, source, series, version, state, retrieved_at, raw_sha256,
                              entered_by, confirmed_by, confirmed_at, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), $11, $12, $13, $14)""",
        [msgspec.structs.astuple(rate) for rate in rates],
    )


async def known_days(connection: Connection, source: str, days: Sequence[date]) -> dict[date, tuple[int, Decimal | None]]:
    """Of each day that has a rate of the source: its last version, and the newest confirmed value."""
    rows = await connection.fetch(
        """SELECT observed_on, max(version) AS version,
            (array_agg(value ORDER BY version DESC) FILTER (WHERE state = 'confirmed'))[1] AS value
        FROM rates WHERE base = $1 AND quote = $2 AND source = $3 AND observed_on = ANY($4::date[]) GROUP BY observed_on""",
        BASE, QUOTE, source, days,
    )  # fmt: skip
    return {row["observed_on"]: (row["version"], row["value"]) for row in rows}


async def settle_rate(connection: Connection, rate: Rate) -> None:
    """Keep the decision on a proposed rate."""
    await connection.execute(
        """UPDATE rates SET state = $6, confirmed_by = $7, confirmed_at = $8
        WHERE base = $1 AND quote = $2 AND observed_on = $3 AND source = $4 AND version = $5""",
        rate.base, rate.quote, rate.observed_on, rate.source, rate.version, rate.state, rate.confirmed_by, rate.confirmed_at,
    )  # fmt: skip


async def latest_day(connection: Connection, source: str) -> date | None:
    """The last day with a confirmed rate of a source."""
    day: date | None = await connection.fetchval(
        "SELECT max(observed_on) FROM rates WHERE base = $1 AND quote = $2 AND source = $3 AND state = 'confirmed'", BASE, QUOTE, source
    )
    return day


async def names_of(connection: Connection, person_ids: Iterable[int | None]) -> dict[int, tuple[str, str | None]]:
    """Name and union of the people who entered or confirmed."""
    ids = sorted({person_id for person_id in person_ids if person_id is not None})
    rows = await connection.fetch("SELECT id, name, union_code FROM people WHERE id = ANY($1::int[])", ids)
    return {row["id"]: (row["name"], row["union_code"]) for row in rows}


# --- files ------------------------------------------------------------------------------------------------------------


async def keep_file(connection: Connection, file: RateFile, content: bytes) -> None:
    """Keep a file under its hash; the same bytes again are kept once."""
    await connection.execute(
        """INSERT INTO rate_files (sha256, filename, media_type, content, via, loaded_by, loaded_at, observations)
        VALUES (decode($1, 'hex'), $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sha256) DO NOTHING""",
        file.sha256, file.filename, file.media_type, content, file.via, file.loaded_by, file.loaded_at, file.observations,
    )  # fmt: skip


async def latest_files(connection: Connection, limit: int = 10) -> list[RateFile]:
    """The files loaded last, without their content."""
    rows = await connection.fetch(
        """SELECT encode(sha256, 'hex') AS sha256, filename, media_type, via, loaded_by, loaded_at, observations
        FROM rate_files ORDER BY loaded_at DESC, sha256 LIMIT $1""",
        limit,
    )
    return [RateFile(**dict(row)) for row in rows]


def rate_from_observation(seen: Observation, version: int, source: str, series: str, sha256: str, now: datetime) -> Rate:
    """A rate of a file: confirmed at once, for the file stands behind it."""
    return Rate(
        base=BASE, quote=QUOTE, value=seen.value, observed_on=seen.observed_on, source=source, series=series, version=version,
        state="confirmed", retrieved_at=now, raw_sha256=sha256,
    )  # fmt: skip


# --- what revaluation reads -------------------------------------------------------------------------------------------


async def balances_on(connection: Connection, account_ids: Sequence[int], day: date) -> dict[tuple[int, int], int]:
    """Balance (minor units, debit positive) of each (account id, fund id) at the end of a day, from month and day totals."""
    rows = await connection.fetch(
        """SELECT account_id, fund_id, sum(moved)::bigint AS balance_minor FROM (
            SELECT account_id, fund_id, debit_minor - credit_minor AS moved FROM month_totals
            WHERE account_id = ANY($1::int[]) AND month < $2
            UNION ALL
            SELECT account_id, fund_id, debit_minor - credit_minor FROM day_totals
            WHERE account_id = ANY($1::int[]) AND day BETWEEN $2 AND $3
        ) totals GROUP BY account_id, fund_id""",
        account_ids, day.replace(day=1), day,
    )  # fmt: skip
    return {(row["account_id"], row["fund_id"]): row["balance_minor"] for row in rows}


# A revaluation, its reversal and its correction are not trades.
_IS_REVALUATION = """(e.kind = 'revaluation' OR EXISTS (
    SELECT FROM entries o WHERE o.number IN (e.reverses, e.corrects) AND o.kind = 'revaluation'))"""


async def trades(connection: Connection, account_ids: Sequence[int], currency: str, day: date) -> list[Trade]:
    """What each entry up to a day moved on trading accounts, in order. Opening balances are one trade: each custodian enters its side."""
    rows = await connection.fetch(
        f"""SELECT p.fund_id, CASE WHEN e.kind = 'opening' THEN 0 ELSE e.number END AS trade, a.currency,
            min(p.entry_date) AS day, sum(p.amount_minor)::bigint AS amount_minor
        FROM postings p JOIN entries e ON e.number = p.entry_number JOIN accounts a ON a.id = p.account_id
        WHERE p.account_id = ANY($1::int[]) AND p.entry_date <= $2 AND NOT {_IS_REVALUATION}
        GROUP BY 1, 2, 3""",
        account_ids, day,
    )  # fmt: skip
    grouped: dict[tuple[int, int], tuple[date, dict[str, int]]] = {}
    for row in rows:
        first, amounts = grouped.get((row["fund_id"], row["trade"]), (row["day"], {}))
        amounts[row["currency"]] = row["amount_minor"]
        grouped[row["fund_id"], row["trade"]] = (min(first, row["day"]), amounts)
    ordered = sorted(grouped.items(), key=lambda item: (item[1][0], item[0][1]))
    return [_trade(fund_id, amounts, currency) for (fund_id, _), (_, amounts) in ordered]


def _trade(fund_id: int, amounts: dict[str, int], currency: str) -> Trade:
    foreign = {other: amount for other, amount in sorted(amounts.items()) if other != currency and amount}
    return Trade(fund_id, foreign, amounts.get(currency, 0))


async def posted_gains(connection: Connection, result_account_id: int, day: date) -> dict[int, int]:
    """The gain (minor units) that revaluations up to a day posted, by fund id."""
    rows = await connection.fetch(
        f"""SELECT p.fund_id, -sum(p.amount_minor)::bigint AS gain_minor
        FROM postings p JOIN entries e ON e.number = p.entry_number
        WHERE p.account_id = $1 AND p.entry_date <= $2 AND {_IS_REVALUATION} GROUP BY p.fund_id""",
        result_account_id, day,
    )  # fmt: skip
    return {row["fund_id"]: row["gain_minor"] for row in rows}


async def add_revaluation(
    connection: Connection, book: str, fund_id: int, day: date, currency: str, rate: Rate, entry_number: int
) -> None:
    """Note which rate, and which version of it, an entry of revaluation used."""
    await connection.execute(
        """INSERT INTO revaluations (book, fund_id, revalued_on, currency, rate, rate_observed_on, rate_source, rate_version, entry_number)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        book, fund_id, day, currency, rate.value, rate.observed_on, rate.source, rate.version, entry_number,
    )  # fmt: skip


async def revaluations_page(
    connection: Connection, book: str | None = None, after: tuple[int, str] | None = None, limit: int = 50
) -> list[RevaluationRow]:
    """Posted revaluations, newest entry first; ``after`` is the entry number and currency of the last one seen."""
    rows = await connection.fetch(
        """SELECT r.book, f.code AS fund, r.revalued_on, r.currency, r.rate, r.rate_observed_on, r.rate_source, r.rate_version,
            r.entry_number, b.presentation_currency, -p.amount_minor AS gain_minor, undone.number AS reversed_by
        FROM revaluations r
        JOIN funds f ON f.id = r.fund_id JOIN books b ON b.code = r.book
        JOIN postings p ON p.entry_number = r.entry_number
        JOIN accounts a ON a.id = p.account_id AND a.role = 'fx_result'
        LEFT JOIN entries undone ON undone.reverses = r.entry_number
        WHERE ($1::text IS NULL OR r.book = $1) AND ($2::bigint IS NULL OR (r.entry_number, r.currency) < ($2, $3::text))
        ORDER BY r.entry_number DESC, r.currency DESC LIMIT $4""",
        book, *(after or (None, None)), min(limit, PAGE_MAXIMUM),
    )  # fmt: skip
    return [RevaluationRow(**dict(row)) for row in rows]
