"""Read what the unions lend with its rates and what is free of it, and keep new resources, rates, changes and events."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.half_days import Span, day_of
from ledger.domain.refusals import NotFound
from ledger.domain.resources import DayFree, NewRate, Rate, Resource, ResourceFields
from ledger.domain.text import search_words
from ledger.storage.database import Connection
from ledger.storage.narrowing import halves, newest_first
from ledger.storage.narrowing import narrowed as conditions
from ledger.storage.search import matches

# The resource's columns that its fields are kept in; the contact is a person's id.
_FIELDS = (
    "kind", "name", "place", "conditions", "unit", "exclusive", "capacity", "hours_per_day", "distance_unit", "basis", "currency", "offered_from",
    "offered_to",
)  # fmt: skip
_RESOURCES = f"""
    SELECT r.number, r.ordinal, r.union_code AS "union", {", ".join(f"r.{name}" for name in _FIELDS).replace("r.currency", "r.currency::text")},
        r.contact_id AS contact, c.name AS contact_name, r.state, p.name AS recorded_by, r.recorded_at, r.changed_at
    FROM resources r JOIN people p ON p.id = r.recorded_by LEFT JOIN people c ON c.id = r.contact_id"""


class ResourceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of resources is narrowed to; None does not narrow. ``place`` and ``words`` are words in any way to write them."""

    number: str | None = None
    kind: str | None = None
    union: str | None = None
    state: str | None = None
    place: str | None = None
    words: str | None = None


class Event(msgspec.Struct, frozen=True):
    """One step of the life of a resource, booking or delivery."""

    ordinal: int
    recorded_at: datetime
    person: str
    union: str | None
    what: str
    remark: str
    facts: dict[str, Any]


async def resource(connection: Connection, number: str, lock: bool = False) -> Resource:
    """One resource by its number; refuses an unknown one. Locked, nobody else takes of it meanwhile."""
    rows = await connection.fetch(f"{_RESOURCES} WHERE r.number = $1 {'FOR NO KEY UPDATE OF r' if lock else ''}", number)
    if not rows:
        raise NotFound(kind="resource", id=number[:40])
    return (await _whole(connection, rows))[0]


async def resources(connection: Connection, narrowed: ResourceFilter, after: str | None = None, limit: int | None = None) -> list[Resource]:
    """Those that fit, the newest first, beginning after a number."""
    place, words = search_words(narrowed.place or ""), search_words(narrowed.words or "")
    asked = (
        ("r.number = {}", narrowed.number), ("r.kind = {}", narrowed.kind), ("r.union_code = {}", narrowed.union), ("r.state = {}", narrowed.state),
    )  # fmt: skip
    # Words are looked for here, letters folded as everywhere: resources are hundreds, not millions.
    rows = await newest_first(connection, _RESOURCES, "r.number", asked, after, None if place or words else limit)
    fits = [row for row in rows if matches(place, row["place"]) and matches(words, row["number"], row["name"], row["place"], row["conditions"])]
    return await _whole(connection, fits[:limit])


async def numbered(connection: Connection, numbers: Sequence[str]) -> list[Resource]:
    """Those of some numbers, in the order of the numbers."""
    found = await _whole(connection, await connection.fetch(f"{_RESOURCES} WHERE r.number = ANY($1::text[])", list(numbers)))
    by_number = {each.number: each for each in found}
    return [by_number[number] for number in numbers]


async def offered(connection: Connection, narrowed: ResourceFilter, span: Span, quantity: int, limit: int) -> list[Resource]:
    """Those that fit, have as many as wanted and are offered through all the days of a span: first what is free on all of them, then by kind
    and name. Only what is shown is read whole.
    """
    asked = [
        ("r.kind = {}", narrowed.kind), ("r.union_code = {}", narrowed.union), ("r.capacity >= {}", quantity), ("r.offered_from <= {}", span.first_day),
        ("coalesce(r.offered_to, 'infinity') >= {}", span.last_day),
    ]  # fmt: skip
    where, values = conditions(asked)
    rows = await connection.fetch(
        f"""WITH taken AS ({_taken(len(values) + 1)}),
        fullest AS (SELECT resource, max(taken) AS taken FROM taken GROUP BY resource)
        SELECT r.number, r.place FROM resources r LEFT JOIN fullest f ON f.resource = r.number WHERE r.state = 'offered' AND {where}
        ORDER BY r.capacity - coalesce(f.taken, 0) >= ${len(values) + 2} DESC, r.kind, r.name, r.ordinal""",
        *values, halves(span), quantity,
    )  # fmt: skip
    place = search_words(narrowed.place or "")
    return await numbered(connection, [row["number"] for row in rows if matches(place, row["place"])][:limit])


def _taken(place: int, of: str = "true") -> str:
    """How many of each resource are held, confirmed or done in each half-day of the range that is the value at a place.

    The range says all of it; the last half-day beside it lets the index of a resource's bookings begin there, past all that is over.
    """
    return f"""SELECT b.resource, half, sum(b.quantity) AS taken FROM bookings b CROSS JOIN LATERAL
            generate_series(greatest(b.first_half, lower(${place}::int4range)), least(b.last_half, upper(${place}::int4range) - 1)) AS half
        WHERE int4range(b.first_half, b.last_half + 1) && ${place}::int4range AND b.last_half >= lower(${place}::int4range) AND {of}
            AND b.state IN ('held', 'confirmed', 'done')
        GROUP BY b.resource, half"""


async def _whole(connection: Connection, rows: Sequence[Any]) -> list[Resource]:
    found = await connection.fetch(
        """SELECT a.resource, a.valid_from, a.version, a.rate, a.distance_rate, a.source, p.name AS recorded_by, a.recorded_at
        FROM resource_rates a JOIN people p ON p.id = a.recorded_by WHERE a.resource = ANY($1::text[]) ORDER BY a.valid_from DESC, a.version DESC""",
        [row["number"] for row in rows],
    )
    rates: defaultdict[str, list[Rate]] = defaultdict(list)
    for row in found:
        rates[row["resource"]].append(Rate(**{name: row[name] for name in Rate.__struct_fields__}))
    return [Resource(**dict(row), rates=tuple(rates[row["number"]])) for row in rows]


async def free(connection: Connection, numbers: Sequence[str], span: Span) -> dict[str, list[DayFree]]:
    """How many of each resource are free on each day of a span, whatever is held, confirmed or done taken off; one query for all of them."""
    rows = await connection.fetch(
        f"""WITH taken AS ({_taken(2, "b.resource = ANY($1::text[])")})
        SELECT r.number, asked / 2 AS day, greatest(min(r.capacity - coalesce(t.taken, 0)), 0)::int AS free
        FROM resources r CROSS JOIN generate_series(lower($2), upper($2) - 1) AS asked LEFT JOIN taken t ON (t.resource, t.half) = (r.number, asked)
        WHERE r.number = ANY($1::text[]) GROUP BY r.number, asked / 2 ORDER BY r.number, day""",
        list(numbers), halves(span),
    )  # fmt: skip
    found: dict[str, list[DayFree]] = {number: [] for number in numbers}
    for row in rows:
        found[row["number"]].append(DayFree(day_of(2 * row["day"]), row["free"]))
    return found


async def free_halves(connection: Connection, numbers: Sequence[str], span: Span) -> dict[str, dict[int, int]]:
    """The same by half-day."""
    rows = await connection.fetch(
        f"""WITH taken AS ({_taken(2, "b.resource = ANY($1::text[])")})
        SELECT r.number, asked AS half, greatest(r.capacity - coalesce(t.taken, 0), 0)::int AS free
        FROM resources r CROSS JOIN generate_series(lower($2), upper($2) - 1) AS asked LEFT JOIN taken t ON (t.resource, t.half) = (r.number, asked)
        WHERE r.number = ANY($1::text[])""",
        list(numbers), halves(span),
    )  # fmt: skip
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row["number"]][row["half"]] = row["free"]
    return found


async def on_sheet(connection: Connection, narrowed: ResourceFilter, booked: Sequence[str], span: Span, limit: int) -> list[Resource]:
    """Those that are booked, and those that fit and are offered on a day of a span, by kind and name."""
    where, values = conditions([("r.kind = {}", narrowed.kind), ("r.union_code = {}", narrowed.union), ("r.number = {}", narrowed.number)])
    first, last, shown, most = (f"${len(values) + place}" for place in range(1, 5))
    rows = await connection.fetch(
        f"""SELECT r.number FROM resources r WHERE r.number = ANY({shown}::text[])
        OR (r.state = 'offered' AND r.offered_from <= {last} AND coalesce(r.offered_to, 'infinity') >= {first} AND {where})
        ORDER BY r.kind, r.name, r.ordinal LIMIT {most}""",
        *values, span.first_day, span.last_day, list(booked), limit,
    )  # fmt: skip
    return await numbered(connection, [row["number"] for row in rows])


async def peak(connection: Connection, number: str, first: int) -> tuple[int, int] | None:
    """The fullest half-day of a resource from one on: (half-day, how many are taken); None where nothing is."""
    row = await connection.fetchrow(
        """SELECT half, sum(quantity)::int AS taken FROM bookings CROSS JOIN LATERAL generate_series(greatest(first_half, $2::int), last_half) AS half
        WHERE resource = $1 AND last_half >= $2 AND state IN ('held', 'confirmed', 'done') GROUP BY half ORDER BY taken DESC, half LIMIT 1""",
        number, first,
    )  # fmt: skip
    return None if row is None else (row["half"], row["taken"])


async def is_booked(connection: Connection, number: str) -> bool:
    """Whether anything that was not refused or called off rests on a resource."""
    return bool(
        await connection.fetchval("SELECT EXISTS (SELECT FROM bookings WHERE resource = $1 AND state NOT IN ('declined', 'cancelled'))", number)
    )


async def next_ordinal(connection: Connection) -> int:
    """The place of a new resource in the half-days of bookings; the caller holds the counter of resources."""
    ordinal: int = await connection.fetchval("SELECT coalesce(max(ordinal), 0) + 1 FROM resources")
    return ordinal


async def add(connection: Connection, number: str, ordinal: int, union: str, asked: ResourceFields, person_id: int, now: datetime) -> None:
    """Keep a new resource, offered from now on."""
    names = ("number", "ordinal", "union_code", "contact_id", "state", "recorded_by", "recorded_at", "changed_at", *_FIELDS)
    values = (number, ordinal, union, asked.contact, "offered", person_id, now, now, *(getattr(asked, name) for name in _FIELDS))
    await connection.execute(
        f"INSERT INTO resources ({', '.join(names)}) VALUES ({', '.join(f'${place}' for place in range(1, len(names) + 1))})", *values
    )


async def change(connection: Connection, number: str, asked: ResourceFields, now: datetime) -> None:
    """What is said of a resource, as it now is."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(_FIELDS, 4))
    await connection.execute(
        f"UPDATE resources SET changed_at = $2, contact_id = $3, {sets} WHERE number = $1",
        number, now, asked.contact, *(getattr(asked, name) for name in _FIELDS),
    )  # fmt: skip


async def set_state(connection: Connection, number: str, state: str, now: datetime) -> None:
    """A resource is offered or withdrawn from now on."""
    await connection.execute("UPDATE resources SET state = $2, changed_at = $3 WHERE number = $1", number, state, now)


async def add_rate(connection: Connection, number: str, rate: NewRate, person_id: int, now: datetime) -> int:
    """Keep a rate; its version among those of the same first day."""
    version: int = await connection.fetchval(
        """INSERT INTO resource_rates (resource, valid_from, version, rate, distance_rate, source, recorded_by, recorded_at)
        SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7 FROM resource_rates WHERE resource = $1 AND valid_from = $2
        RETURNING version""",
        number, rate.valid_from, rate.rate, rate.distance_rate, rate.source, person_id, now,
    )  # fmt: skip
    return version


async def add_event(connection: Connection, subject: str, person_id: int, what: str, remark: str, facts: dict[str, Any], now: datetime) -> int:
    """Keep one step of the life of a resource, booking or delivery; its ordinal."""
    ordinal: int = await connection.fetchval(
        """INSERT INTO resource_events (subject, ordinal, recorded_at, person_id, what, remark, facts)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6 FROM resource_events WHERE subject = $1 RETURNING ordinal""",
        subject, now, person_id, what, remark, msgspec.to_builtins(facts),
    )  # fmt: skip
    return ordinal


async def events(connection: Connection, subject: str) -> list[Event]:
    """What happened to a resource, booking or delivery, the oldest first."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, p.name AS person, p.union_code AS "union", e.what, e.remark, e.facts
        FROM resource_events e JOIN people p ON p.id = e.person_id WHERE e.subject = $1 ORDER BY e.ordinal""",
        subject,
    )  # fmt: skip
    return [Event(**dict(row)) for row in rows]
