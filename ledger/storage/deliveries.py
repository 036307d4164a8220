"""Read deliveries of what was lent with their days, and keep new ones, what changes of them, and what is charged back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.deliveries import Delivery, Line, Sheet, total
from ledger.domain.refusals import NotFound
from ledger.storage.bookings import OWN
from ledger.storage.database import Connection
from ledger.storage.narrowing import Asked, newest_first

_DELIVERIES = """
    SELECT d.number, d.booking, b.resource, r.name AS resource_name, r.kind, r.unit, b.lender, b.borrower, b.agreement, d.starts_on, d.ends_on, d.state,
        d.state_since, d.revision, d.quantity, d.distance, d.distance_unit, d.claimed, d.dispute, d.basis, d.currency::text, d.value_minor,
        d.charge_back, d.recovered_minor, d.recorded_by, p.name AS recorded_by_name, d.recorded_at, d.submitted_by, d.confirmed_by,
        c.name AS confirmed_by_name, d.confirmed_at, d.entry_number AS entry, d.remark
    FROM deliveries d JOIN bookings b ON b.number = d.booking JOIN resources r ON r.number = b.resource JOIN people p ON p.id = d.recorded_by
    LEFT JOIN people c ON c.id = d.confirmed_by"""
# Of what was confirmed, ``is_chargeable`` is of worth, lent to the other union, and under an agreement (``deliveries_to_charge`` holds these).
_CHARGEABLE = "d.is_chargeable AND d.charge_back IS NULL AND b.lender = {}"


class DeliveryFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What deliveries are narrowed to; None does not narrow. ``union`` lends or borrows; ``own`` is whose alone, by person id; ``chargeable`` is
    the union that lent what can be charged back and is not yet.
    """

    booking: str | None = None
    resource: str | None = None
    state: str | None = None
    union: str | None = None
    own: int | None = None
    chargeable: str | None = None

    @property
    def asked(self) -> list[Asked]:
        """The conditions."""
        return [
            ("d.booking = {}", self.booking), ("b.resource = {}", self.resource), ("d.state = {}", self.state),
            ("{} IN (b.lender, b.borrower)", self.union), (f"d.booking {OWN}", self.own), (_CHARGEABLE, self.chargeable),
        ]  # fmt: skip


class ChargedLine(msgspec.Struct, frozen=True):
    """What of a delivery a step charges back, and the entry that reduces what was given in kind (None until it is accepted)."""

    delivery: str
    value_minor: int
    share_minor: int
    entry: int | None


async def delivery(connection: Connection, number: str, lock: bool = False) -> Delivery:
    """One delivery by its number; refuses an unknown one."""
    rows = await connection.fetch(f"{_DELIVERIES} WHERE d.number = $1 {'FOR UPDATE OF d' if lock else ''}", number)
    if not rows:
        raise NotFound(kind="delivery", id=number[:40])
    return (await _whole(connection, rows))[0]


async def deliveries(connection: Connection, narrowed: DeliveryFilter, after: str | None = None, limit: int = 50) -> list[Delivery]:
    """Those that fit, the newest first, beginning after a number."""
    return await _whole(connection, await newest_first(connection, _DELIVERIES, "d.number", narrowed.asked, after, limit))


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Delivery]:
    found = await connection.fetch(
        "SELECT delivery, day, quantity, distance, note FROM delivery_lines WHERE delivery = ANY($1::text[]) ORDER BY delivery, day",
        [row["number"] for row in rows],
    )
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for row in found:
        lines[row["delivery"]].append(Line(**{name: row[name] for name in Line.__struct_fields__}))
    return [Delivery(**dict(row), lines=tuple(lines[row["number"]])) for row in rows]


async def day_taken(connection: Connection, booking: str, days: Sequence[date], but: str = "") -> tuple[date, str] | None:
    """The first of these days that another delivery of the booking holds already, and which; None where none does."""
    row = await connection.fetchrow(
        """SELECT l.day, d.number FROM delivery_lines l JOIN deliveries d ON d.number = l.delivery
        WHERE d.booking = $1 AND l.day = ANY($2::date[]) AND d.number <> $3 AND d.state <> 'withdrawn' ORDER BY l.day LIMIT 1""",
        booking, list(days), but,
    )  # fmt: skip
    return None if row is None else (row["day"], row["number"])


async def add(
    connection: Connection, number: str, booking: str, sheet: Sheet, basis: str, currency: str, person_id: int, now: datetime
) -> None:  # fmt: skip
    """Keep a new draft."""
    quantity, distance = total(sheet.lines)
    await connection.execute(
        """INSERT INTO deliveries (number, booking, starts_on, ends_on, state, state_since, revision, quantity, distance, distance_unit, dispute, basis,
        currency, value_minor, is_chargeable, recovered_minor, recorded_by, recorded_at, remark)
        VALUES ($1, $2, $3, $4, 'draft', $5, 1, $6, $7, $8, '', $9, $10, 0, false, 0, $11, $5, $12)""",
        number, booking, sheet.lines[0].day, sheet.lines[-1].day, now, quantity, distance, sheet.distance_unit, basis, currency, person_id,
        sheet.remark,
    )  # fmt: skip
    await _add_lines(connection, number, sheet)


async def change(connection: Connection, number: str, sheet: Sheet, now: datetime) -> None:
    """What was delivered, as it is now said to be: a new revision, a draft again."""
    quantity, distance = total(sheet.lines)
    await connection.execute(
        """UPDATE deliveries SET starts_on = $2, ends_on = $3, quantity = $4, distance = $5, distance_unit = $6, remark = $7, revision = revision + 1,
        state = 'draft', state_since = $8, claimed = NULL, dispute = '', submitted_by = NULL WHERE number = $1""",
        number, sheet.lines[0].day, sheet.lines[-1].day, quantity, distance, sheet.distance_unit, sheet.remark, now,
    )  # fmt: skip
    await connection.execute("DELETE FROM delivery_lines WHERE delivery = $1", number)
    await _add_lines(connection, number, sheet)


async def _add_lines(connection: Connection, number: str, sheet: Sheet) -> None:
    await connection.execute(
        """INSERT INTO delivery_lines (delivery, day, quantity, distance, note)
        SELECT $1, * FROM unnest($2::date[], $3::numeric[], $4::numeric[], $5::text[])""",
        number, *([getattr(line, name) for line in sheet.lines] for name in ("day", "quantity", "distance", "note")),
    )  # fmt: skip


async def save(connection: Connection, number: str, **values: Any) -> None:
    """Change a delivery's columns."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, 2))
    await connection.execute(f"UPDATE deliveries SET {sets} WHERE number = $1", number, *values.values())


# --- charging back --------------------------------------------------------------------------------------------------------


async def add_charged(connection: Connection, step: str, shares: Sequence[tuple[Delivery, int]]) -> None:
    """Keep what a proposed step charges back of each delivery, which then waits for it."""
    numbers = [delivery.number for delivery, _ in shares]
    await connection.execute(
        """INSERT INTO charge_back_lines (step, delivery, value_minor, share_minor) SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[])""",
        step, numbers, [delivery.value_minor for delivery, _ in shares], [share for _, share in shares],
    )  # fmt: skip
    await connection.execute("UPDATE deliveries SET charge_back = $1 WHERE number = ANY($2::text[])", step, numbers)


async def charged(connection: Connection, step: str) -> list[ChargedLine]:
    """What a step charges back of each delivery."""
    rows = await connection.fetch(
        """SELECT delivery, value_minor, share_minor, entry_number AS entry FROM charge_back_lines WHERE step = $1 ORDER BY length(delivery), delivery""",
        step,
    )
    return [ChargedLine(**dict(row)) for row in rows]


async def save_charged(connection: Connection, step: str, delivery: str, entry: int) -> None:
    """Keep which entry reduces what was given in kind."""
    await connection.execute("UPDATE charge_back_lines SET entry_number = $3 WHERE step = $1 AND delivery = $2", step, delivery, entry)


async def uncharge(connection: Connection, step: str) -> None:
    """Declined, withdrawn or undone: its deliveries can be charged back anew."""
    await connection.execute("UPDATE deliveries SET charge_back = NULL, recovered_minor = 0 WHERE charge_back = $1", step)
