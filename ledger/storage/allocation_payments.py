"""Keep what is set aside for requests and what was paid of it; the journal has the entries, these say which line and invoice they are of."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.domain.allocations import Commitment, Payment
from ledger.domain.entries import Exchange
from ledger.storage.database import NO_WILDCARDS, Connection

PAGE = 50
class Promised(msgspec.Struct, frozen=True):
    """What a request still has set aside of a fund in one currency, and the last day it may be drawn."""

    number: str
    campaign: str
    expires_on: date | None
    currency: str
    left_minor: int


_PAYMENT = """
    SELECT p.allocation, p.ordinal, p.line, p.payee, y.name AS payee_name, p.account_id, a.currency::text AS bank_currency, p.paid_on, p.invoice,
        p.invoiced_on, p.amount_minor, p.currency::text, p.relieved_minor, p.final, p.bank_minor, p.fee_minor, p.exchange, p.reference,
        p.entry_number, p.state, p.recorded_by
    FROM allocation_payments p JOIN payees y ON y.number = p.payee JOIN accounts a ON a.id = p.account_id"""


class PaidFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of payments is narrowed to; days are inclusive, ``words`` are looked for in request, payee and invoice."""

    words: str = ""
    fund: str | None = None
    currency: str | None = None
    union: str | None = None
    first: date | None = None
    last: date | None = None


class Paid(msgspec.Struct, frozen=True):
    """A payment in a list: with the request's campaign and fund, what it was for, and the union that keeps the account."""

    payment: Payment
    campaign: str
    campaign_name: str
    fund: str
    what: str
    custodian: str


async def add_commitments(connection: Connection, number: str, new: Sequence[Commitment]) -> None:
    """Set the lines of a request aside."""
    await connection.executemany(
        """INSERT INTO commitments (allocation, ordinal, currency, committed_minor, relieved_minor, paid_minor, final)
        VALUES ($1, $2, $3, $4, 0, 0, false)""",
        [(number, each.ordinal, each.currency, each.committed_minor) for each in new],
    )


async def commitments(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Commitment]]:
    """What is set aside for requests, by line."""
    rows = await connection.fetch(
        """SELECT allocation, ordinal, currency::text, committed_minor, relieved_minor, paid_minor, final
        FROM commitments WHERE allocation = ANY($1::text[]) ORDER BY allocation, ordinal""",
        list(numbers),
    )
    found: defaultdict[str, list[Commitment]] = defaultdict(list)
    for row in rows:
        found[row["allocation"]].append(Commitment(**{name: row[name] for name in Commitment.__struct_fields__}))
    return dict(found)


async def save_commitment(connection: Connection, number: str, changed: Commitment) -> None:
    """Write what was relieved and paid of a line."""
    await connection.execute(
        "UPDATE commitments SET relieved_minor = $3, paid_minor = $4, final = $5 WHERE allocation = $1 AND ordinal = $2",
        number, changed.ordinal, changed.relieved_minor, changed.paid_minor, changed.final,
    )  # fmt: skip


async def add_payment(connection: Connection, new: Payment, payee_account: UUID, invoice_key: str, now: datetime) -> Payment:
    """Add a payment under the request's next ordinal; call with the request locked."""
    exchange = None if new.exchange is None else msgspec.to_builtins(new.exchange)
    ordinal: int = await connection.fetchval(
        """INSERT INTO allocation_payments (allocation, ordinal, line, payee, payee_account, account_id, paid_on, invoice, invoice_key, invoiced_on,
            amount_minor, currency, relieved_minor, final, bank_minor, fee_minor, exchange, reference, entry_number, state, recorded_by, recorded_at)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'paid', $19, $20
        FROM allocation_payments WHERE allocation = $1 RETURNING ordinal""",
        new.allocation, new.line, new.payee, payee_account, new.account_id, new.paid_on, new.invoice, invoice_key, new.invoiced_on,
        new.amount_minor, new.currency, new.relieved_minor, new.final, new.bank_minor, new.fee_minor, exchange, new.reference, new.entry_number,
        new.recorded_by, now,
    )  # fmt: skip
    return msgspec.structs.replace(new, ordinal=ordinal)


async def payments(connection: Connection, number: str) -> list[Payment]:
    """The payments of a request, in order, reversed ones too."""
    return [_payment(row) for row in await connection.fetch(f"{_PAYMENT} WHERE p.allocation = $1 ORDER BY p.ordinal", number)]


async def page(
    connection: Connection, narrowed: PaidFilter, after: tuple[date, str, int] | None, limit: int = PAGE
) -> list[Paid]:
    """Payments of every request, the latest day first, after a keyset position (day, request, ordinal)."""
    day, request, ordinal = after or (None, "", 0)
    rows = await connection.fetch(
        f"""SELECT x.*, l.what, r.campaign, g.name AS campaign_name, f.code AS fund, k.custodian FROM ({_PAYMENT}) x
        JOIN accounts k ON k.id = x.account_id
        JOIN allocations o ON o.number = x.allocation
        JOIN allocation_revisions r ON r.allocation = o.number AND r.revision = o.revision
        JOIN allocation_lines l ON l.allocation = o.number AND l.revision = o.revision AND l.ordinal = x.line
        JOIN campaigns g ON g.number = r.campaign JOIN funds f ON f.id = r.fund_id
        WHERE ($1 = '' OR x.allocation ILIKE '%' || $1 || '%' OR x.payee_name ILIKE '%' || $1 || '%' OR x.invoice ILIKE '%' || $1 || '%')
        AND ($2::text IS NULL OR f.code = $2) AND ($3::text IS NULL OR x.currency = $3) AND ($4::text IS NULL OR k.custodian = $4)
        AND ($5::date IS NULL OR x.paid_on >= $5) AND ($6::date IS NULL OR x.paid_on <= $6)
        AND ($7::date IS NULL OR (x.paid_on, length(x.allocation), x.allocation, x.ordinal) < ($7, length($8::text), $8, $9::int))
        ORDER BY x.paid_on DESC, length(x.allocation) DESC, x.allocation DESC, x.ordinal DESC LIMIT $10""",
        narrowed.words.translate(NO_WILDCARDS), narrowed.fund, narrowed.currency, narrowed.union, narrowed.first, narrowed.last, day, request,
        ordinal, limit,
    )  # fmt: skip
    return [Paid(_payment(row), row["campaign"], row["campaign_name"], row["fund"], row["what"], row["custodian"] or "") for row in rows]


async def paid_to(connection: Connection, number: str, ordinal: int) -> UUID:
    """The id of the bank details that a payment went to."""
    found: UUID = await connection.fetchval(
        "SELECT payee_account FROM allocation_payments WHERE allocation = $1 AND ordinal = $2", number, ordinal
    )
    return found


async def payment(connection: Connection, number: str, ordinal: int) -> Payment | None:
    """One payment of a request, or None."""
    row = await connection.fetchrow(f"{_PAYMENT} WHERE p.allocation = $1 AND p.ordinal = $2", number, ordinal)
    return None if row is None else _payment(row)


async def set_reversed(connection: Connection, number: str, ordinal: int) -> None:
    """Mark a payment as reversed."""
    await connection.execute("UPDATE allocation_payments SET state = 'reversed' WHERE allocation = $1 AND ordinal = $2", number, ordinal)


async def likely_duplicate(
    connection: Connection, payee: str, invoice_key: str, amount_minor: int, currency: str, invoiced_on: date
) -> Payment | None:
    """An earlier payment of what seems the same invoice: its number, or the same amount of the same day, of the same payee."""
    row = await connection.fetchrow(
        f"""{_PAYMENT} WHERE p.payee = $1 AND p.state = 'paid'
        AND (p.invoice_key = $2 OR (p.amount_minor = $3 AND p.currency = $4 AND p.invoiced_on = $5))
        ORDER BY p.invoice_key <> $2, p.paid_on DESC, p.allocation, p.ordinal LIMIT 1""",
        payee, invoice_key, amount_minor, currency, invoiced_on,
    )  # fmt: skip
    return None if row is None else _payment(row)


async def promised(connection: Connection, fund_id: int) -> list[Promised]:
    """What is set aside of a fund and not paid yet, by request and currency, what expires first at the top."""
    rows = await connection.fetch(
        """SELECT a.number, k.name AS campaign, a.expires_on, c.currency::text, sum(c.committed_minor - c.relieved_minor)::bigint AS left_minor
        FROM allocations a JOIN commitments c ON c.allocation = a.number JOIN campaigns k ON k.number = a.campaign
        WHERE a.fund_id = $1 AND c.committed_minor > c.relieved_minor
        GROUP BY a.number, k.name, a.expires_on, c.currency ORDER BY a.expires_on, length(a.number), a.number, c.currency""",
        fund_id,
    )
    return [Promised(**dict(row)) for row in rows]


async def due_to_expire(connection: Connection, day: date) -> list[str]:
    """The requests whose money was not drawn by a day that is past."""
    rows = await connection.fetch(
        "SELECT number FROM allocations WHERE state IN ('committed', 'part_paid') AND expires_on < $1 ORDER BY expires_on, number", day
    )
    return [row["number"] for row in rows]


def _payment(row: Any) -> Payment:
    values = {name: row[name] for name in Payment.__struct_fields__}
    values["exchange"] = None if values["exchange"] is None else msgspec.convert(values["exchange"], Exchange, strict=False)
    return Payment(**values)
