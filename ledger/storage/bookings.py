"""Read bookings of what the unions lend, and keep new ones and what changes of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.bookings import Booking, RequestBooking, Taken
from ledger.domain.half_days import Span
from ledger.domain.refusals import NotFound
from ledger.domain.resources import Resource
from ledger.storage.database import Connection
from ledger.storage.narrowing import Asked, halves, newest_first
from ledger.storage.narrowing import narrowed as conditions

# Names are looked up for the rows that are read: eight tables joined take the planner longer than a page takes to read.
_BOOKINGS = """
    SELECT b.number, b.resource, r.name AS resource_name, r.kind, r.unit, b.ordinal, b.exclusive, b.lender, b.borrower, b.campaign,
        c.name AS campaign_name, c.lead_id AS campaign_lead, r.contact_id AS contact, b.activity, b.purpose, b.place,
        (SELECT code FROM funds WHERE id = b.fund_id) AS fund, b.fund_id, b.first_half, b.last_half, b.quantity, b.planned, b.agreement, b.state,
        b.state_since, b.hold_until, b.requested_by,
        (SELECT name FROM people WHERE id = b.requested_by) AS requested_by_name, b.requested_at, b.decided_by,
        (SELECT name FROM people WHERE id = b.decided_by) AS decided_by_name, b.clearance, b.cleared_by,
        (SELECT name FROM people WHERE id = b.cleared_by) AS cleared_by_name, b.cleared_on, b.remark
    FROM bookings b JOIN resources r ON r.number = b.resource LEFT JOIN campaigns c ON c.number = b.campaign"""
# Whose a booking is: who asked, who leads what it is for, and whose the resource is in the owner's union; each of them has an index.
OWN = """IN (SELECT o.number FROM bookings o WHERE o.requested_by = {}
    UNION ALL SELECT o.number FROM bookings o JOIN campaigns oc ON oc.number = o.campaign WHERE oc.lead_id = {}
    UNION ALL SELECT o.number FROM bookings o JOIN resources t ON t.number = o.resource WHERE t.contact_id = {})"""
_HALVES = "int4range(b.first_half, b.last_half + 1)"


class BookingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What bookings are narrowed to; None does not narrow. ``union`` lends or borrows; ``own`` is whose alone, by person id."""

    resource: str | None = None
    kind: str | None = None
    union: str | None = None
    states: tuple[str, ...] | None = None
    campaign: str | None = None
    own: int | None = None

    @property
    def asked(self) -> list[Asked]:
        """The conditions. One state is asked for by itself: its index then has the order of the page."""
        states = self.states or ()
        return [
            ("b.resource = {}", self.resource), ("r.kind = {}", self.kind), ("{} IN (b.lender, b.borrower)", self.union),
            ("b.state = {}", states[0] if len(states) == 1 else None), ("b.state = ANY({}::text[])", list(states) if len(states) > 1 else None),
            ("b.campaign = {}", self.campaign), (f"b.number {OWN}", self.own),
        ]  # fmt: skip


async def booking(connection: Connection, number: str, lock: bool = False) -> Booking:
    """One booking by its number; refuses an unknown one."""
    row = await connection.fetchrow(f"{_BOOKINGS} WHERE b.number = $1 {'FOR UPDATE OF b' if lock else ''}", number)
    if row is None:
        raise NotFound(kind="booking", id=number[:40])
    return Booking(**dict(row))


async def bookings(connection: Connection, narrowed: BookingFilter, after: str | None = None, limit: int = 50) -> list[Booking]:
    """Those that fit, the newest first, beginning after a number."""
    rows = await newest_first(connection, _BOOKINGS, "b.number", narrowed.asked, after, limit)
    return [Booking(**dict(row)) for row in rows]


async def overlapping(connection: Connection, span: Span, narrowed: BookingFilter, limit: int) -> list[Booking]:
    """Those that fit and touch a half-day of the span, by their first half-day."""
    where, values = conditions([*narrowed.asked, (f"{_HALVES} && {{}}::int4range", halves(span))])
    rows = await connection.fetch(
        f"{_BOOKINGS} WHERE {where} ORDER BY b.first_half, length(b.number), b.number LIMIT ${len(values) + 1}", *values, limit
    )
    return [Booking(**dict(row)) for row in rows]


async def taken(connection: Connection, resource: str, first: int, but: str = "") -> list[Taken]:
    """What is taken of a resource from a half-day on, by its beginning; one booking left aside."""
    rows = await connection.fetch(
        """SELECT number, first_half AS first, last_half AS last, quantity FROM bookings
        WHERE resource = $1 AND last_half >= $2 AND number <> $3 AND state IN ('held', 'confirmed', 'done') ORDER BY first_half, number""",
        resource, first, but,
    )  # fmt: skip
    return [Taken(**dict(row)) for row in rows]


async def outside(connection: Connection, resource: str, first: int, last: int | None) -> Taken | None:
    """The first booking still to take place, or asked for, that lies outside of an offer's half-days."""
    row = await connection.fetchrow(
        """SELECT number, first_half AS first, last_half AS last, quantity FROM bookings
        WHERE resource = $1 AND state IN ('requested', 'held', 'confirmed') AND (first_half < $2 OR last_half > $3)
        ORDER BY first_half, number LIMIT 1""",
        resource, first, last,
    )  # fmt: skip
    return None if row is None else Taken(**dict(row))


async def add(
    connection: Connection, number: str, asked: RequestBooking, resource: Resource, borrower: str, fund_id: int, person_id: int, now: datetime
) -> None:
    """Keep what is asked for."""
    await connection.execute(
        """INSERT INTO bookings (number, resource, ordinal, exclusive, lender, borrower, campaign, activity, purpose, place, fund_id, first_half,
        last_half, quantity, planned, agreement, state, state_since, requested_by, requested_at, clearance, remark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'requested', $17, $18, $17, '', '')""",
        number, resource.number, resource.ordinal, resource.exclusive, resource.union, borrower, asked.campaign or None, asked.activity,
        asked.purpose, asked.place, fund_id, asked.span.first, asked.span.last, asked.quantity, asked.planned, asked.agreement or None, now,
        person_id,
    )  # fmt: skip


async def take(connection: Connection, resource: str, number: str, **values: Any) -> None:
    """Change a booking so that it takes of its resource, after whoever does already: the database refuses (SQLSTATE 23P01) what another has."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 3))
    await connection.execute(
        f"""WITH turn AS (SELECT number FROM resources WHERE number = $1 FOR NO KEY UPDATE)
        UPDATE bookings SET {sets} FROM turn WHERE bookings.number = $2 AND bookings.resource = turn.number""",
        resource, number, *values.values(),
    )  # fmt: skip


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Change a booking's columns that take nothing of its resource."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE bookings SET {sets} WHERE number = $1", number, *values.values())


async def delivered(connection: Connection, number: str) -> tuple[date, date] | None:
    """The first and the last day of what was delivered of a booking, whatever state it is in; None where nothing was."""
    row = await connection.fetchrow(
        "SELECT min(starts_on) AS first, max(ends_on) AS last FROM deliveries WHERE booking = $1 AND state <> 'withdrawn'", number
    )
    return None if row["first"] is None else (row["first"], row["last"])


async def expired_holds(connection: Connection, today: date) -> Sequence[str]:
    """The numbers of bookings whose hold ended before today."""
    rows = await connection.fetch("SELECT number FROM bookings WHERE state = 'held' AND hold_until < $1 ORDER BY number", today)
    return [row["number"] for row in rows]
