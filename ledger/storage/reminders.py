"""Read from the books what is compared with a threshold: what was paid and granted, sent abroad, received, owed, and held in accounts abroad."""

from collections import defaultdict
from datetime import date, timedelta

import msgspec

from ledger.domain.chart import JOINT
from ledger.storage.database import Connection


class Outlay(msgspec.Struct, frozen=True, kw_only=True):
    """Money that one union paid out: to a payee by a request, or to another union by its own book. ``country`` is the receiver's."""

    to: str
    name: str
    country: str
    is_union: bool
    url: str
    what: str
    path: str
    account_id: int
    day: date
    amount_minor: int
    currency: str
    campaign: str = ""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way from a bank in one country to another: a transfer between the unions, or a payment to a payee.

    Where a bank lies is the country of the union that keeps the account, or what the payee's bank details say. ``…_code``
    is a union's code or a payee's number.
    """

    number: str
    url: str
    sender: str
    sender_code: str
    sender_nation: str
    receiver: str
    receiver_code: str
    receiver_nation: str
    day: date
    amount_minor: int
    currency: str
    purpose: str
    reference: str


class Received(msgspec.Struct, frozen=True):
    """What an income account of a union's book took in, minor units, more in than back as positive."""

    account_id: int
    name_en: str
    name_fr: str
    currency: str
    amount_minor: int


class Held(msgspec.Struct, frozen=True):
    """A joint bank account in another nation's union's care: its balance before a year, and what each day changed."""

    account_id: int
    path: str
    name_en: str
    name_fr: str
    currency: str
    custodian: str
    nation: str
    opening_minor: int
    changes: list[tuple[date, int]]


class Debt(msgspec.Struct, frozen=True):
    """What another union has owed a union for longer than a number of days, by that union's book."""

    account_id: int
    name_en: str
    name_fr: str
    currency: str
    counterparty: str
    amount_minor: int


async def paid_to_payees(connection: Connection, union: str, first: date, last: date) -> list[Outlay]:
    """Payments of requests out of the accounts that a union keeps, in what they took out of the bank without its fee, oldest first."""
    rows = await connection.fetch(
        """SELECT p.payee AS "to", y.name, y.country, p.allocation, p.ordinal, l.what, r.campaign, x.path, x.id AS account_id, p.paid_on AS day,
            p.bank_minor AS amount_minor, a.currency::text
        FROM allocation_payments p JOIN payees y ON y.number = p.payee JOIN accounts a ON a.id = p.account_id
        JOIN allocations o ON o.number = p.allocation
        JOIN allocation_revisions r ON r.allocation = o.number AND r.revision = o.revision
        JOIN allocation_lines l ON l.allocation = o.number AND l.revision = o.revision AND l.ordinal = p.line
        JOIN LATERAL (
            SELECT e.id, e.path FROM postings q JOIN accounts e ON e.id = q.account_id
            WHERE q.entry_number = p.entry_number AND e.path LIKE 'Expense:%' AND e.role <> 'bank_fees' ORDER BY q.line LIMIT 1) x ON true
        WHERE p.state = 'paid' AND a.custodian = $1 AND p.paid_on BETWEEN $2 AND $3
        ORDER BY p.paid_on, length(p.allocation), p.allocation, p.ordinal""",
        union, first, last,
    )  # fmt: skip
    return [
        Outlay(
            to=row["to"], name=row["name"], country=row["country"], is_union=False, url=f"/requests/{row['allocation']}", what=row["what"],
            path=row["path"], account_id=row["account_id"], day=row["day"], amount_minor=row["amount_minor"], currency=row["currency"],
            campaign=row["campaign"],
        )
        for row in rows
    ]  # fmt: skip


async def granted_to_unions(connection: Connection, union: str, first: date, last: date) -> list[Outlay]:
    """What a union's own book gave to other unions, entry by entry, what was taken back as less than nothing, oldest first.

    Of more than two unions the account says which; where it does not, whose it is and where is not known.
    """
    rows = await connection.fetch(
        """SELECT coalesce(o.code, a.path) AS "to", coalesce(o.name, a.name_en) AS name, coalesce(o.nation, '') AS country, e.number,
            e.description AS what, a.path, a.id AS account_id, p.entry_date AS day, p.amount_minor, a.currency::text
        FROM accounts a JOIN postings p ON p.account_id = a.id AND p.entry_date BETWEEN $2 AND $3 JOIN entries e ON e.number = p.entry_number
        LEFT JOIN unions o ON o.code = coalesce(a.counterparty, (SELECT max(u.code) FROM unions u WHERE u.code <> $1 HAVING count(*) = 1))
        WHERE a.book = $1 AND a.role = 'grants_given' ORDER BY p.entry_date, p.entry_number, p.line""",
        union, first, last,
    )  # fmt: skip
    return [
        Outlay(
            to=row["to"], name=row["name"], country=row["country"], is_union=True, url=f"/journal/{row['number']}", what=row["what"],
            path=row["path"], account_id=row["account_id"], day=row["day"], amount_minor=row["amount_minor"], currency=row["currency"],
        )
        for row in rows
    ]  # fmt: skip


# Bank details say where the bank lies: the fields of the United States or Canada, the first letters of an IBAN, the fifth and sixth of a BIC.
_BANK_COUNTRY = """CASE WHEN d.details ? 'routing' THEN 'US' WHEN d.details ? 'transit' THEN 'CA'
        ELSE coalesce(left(d.details ->> 'iban', 2), substr(d.details ->> 'bic', 5, 2), y.country) END"""
_SENT = f"""
    SELECT t.number, '/transfers/' || t.number AS url, us.name AS sender, us.code AS sender_code, us.nation AS sender_nation,
        ur.name AS receiver, ur.code AS receiver_code, ur.nation AS receiver_nation, t.sent_on AS day, t.amount_minor, s.currency::text, t.purpose,
        t.bank_reference AS reference, 0 AS ordinal
    FROM transfers t JOIN accounts s ON s.id = t.from_account JOIN accounts r ON r.id = t.to_account
    JOIN unions us ON us.code = s.custodian JOIN unions ur ON ur.code = r.custodian
    WHERE t.state <> 'cancelled' AND us.nation <> ur.nation AND t.sent_on BETWEEN $1 AND $2
    UNION ALL
    SELECT p.allocation, '/requests/' || p.allocation, u.name, u.code, u.nation, y.name, y.number, {_BANK_COUNTRY}, p.paid_on, p.bank_minor,
        a.currency::text, p.invoice, p.reference, p.ordinal
    FROM allocation_payments p JOIN accounts a ON a.id = p.account_id JOIN unions u ON u.code = a.custodian JOIN payees y ON y.number = p.payee
    JOIN payee_accounts d ON d.id = p.payee_account
    WHERE p.state = 'paid' AND {_BANK_COUNTRY} <> u.nation AND p.paid_on BETWEEN $1 AND $2"""


async def sent_abroad(connection: Connection, nation: str | None, first: date, last: date) -> list[Sent]:
    """What was sent from or to a nation (None: between any two), by day; what never left the bank is left out."""
    rows = await connection.fetch(
        f"""SELECT * FROM ({_SENT}) x WHERE $3::text IS NULL OR $3 IN (x.sender_nation, x.receiver_nation)
        ORDER BY x.day, length(x.number), x.number, x.ordinal""",
        first, last, nation,
    )  # fmt: skip
    return [Sent(**{name: row[name] for name in Sent.__struct_fields__}) for row in rows]


async def receipts(connection: Connection, union: str, first: date, last: date) -> list[Received]:
    """What the income accounts of a union's book took in between two days; exchange results are none."""
    rows = await connection.fetch(
        """SELECT a.id, a.name_en, a.name_fr, a.currency::text, sum(t.credit_minor - t.debit_minor)::bigint
        FROM accounts a JOIN day_totals t ON t.account_id = a.id AND t.day BETWEEN $2 AND $3
        WHERE a.book = $1 AND a.path LIKE 'Income:%' AND a.role <> 'fx_result' GROUP BY a.id HAVING sum(t.credit_minor - t.debit_minor) <> 0
        ORDER BY a.path, a.currency""",
        union, first, last,
    )  # fmt: skip
    return [Received(*row) for row in rows]


async def held_abroad(connection: Connection, nation: str, first: date, last: date) -> list[Held]:
    """The joint bank accounts that unions of other nations keep; ``first`` begins a month."""
    rows = await connection.fetch(
        """SELECT a.id AS account_id, a.path, a.name_en, a.name_fr, a.currency::text, a.custodian, u.nation,
            coalesce((SELECT sum(t.debit_minor - t.credit_minor) FROM month_totals t WHERE t.account_id = a.id AND t.month < $3), 0)::bigint
                AS opening_minor
        FROM accounts a JOIN unions u ON u.code = a.custodian
        WHERE a.book = $1 AND a.role = 'bank' AND u.nation <> $2 AND (a.opened_on IS NULL OR a.opened_on <= $4)
            AND (a.closed_on IS NULL OR a.closed_on >= $3)
        ORDER BY u.ordinal, a.path, a.currency""",
        JOINT, nation, first, last,
    )  # fmt: skip
    days = await connection.fetch(
        """SELECT account_id, day, sum(debit_minor - credit_minor)::bigint AS change FROM day_totals
        WHERE account_id = ANY($1::int[]) AND day BETWEEN $2 AND $3 GROUP BY account_id, day ORDER BY account_id, day""",
        [row["account_id"] for row in rows], first, last,
    )  # fmt: skip
    changes: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
    for day in days:
        changes[day["account_id"]].append((day["day"], day["change"]))
    return [Held(**dict(row), changes=changes[row["account_id"]]) for row in rows]


async def owed_longer(connection: Connection, union: str, as_of: date, days: int) -> list[Debt]:
    """What stands in a union's receivables from others for more than so many days, the oldest taken as settled first."""
    rows = await connection.fetch(
        """SELECT * FROM (
            SELECT a.id, a.name_en, a.name_fr, a.currency::text, a.counterparty,
                (sum(t.debit_minor) FILTER (WHERE t.day < $3) - sum(t.credit_minor))::bigint AS amount
            FROM accounts a JOIN day_totals t ON t.account_id = a.id AND t.day <= $2
            WHERE a.book = $1 AND a.role = 'due_from' GROUP BY a.id) x
        WHERE x.amount > 0 ORDER BY x.counterparty, x.currency, x.id""",
        union, as_of, as_of - timedelta(days=days),
    )  # fmt: skip
    return [Debt(*row) for row in rows]
