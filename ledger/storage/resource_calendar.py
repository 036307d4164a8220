"""Read how many of each resource are free in each half-day of a stretch."""

from collections import defaultdict
from collections.abc import Sequence

from ledger.domain.half_days import Span
from ledger.storage.database import Connection


async def free_halves(connection: Connection, numbers: Sequence[str], span: Span) -> dict[str, dict[int, int]]:
    """By resource and half-day, what is held, confirmed or done taken off; one query for all of them."""
    rows = await connection.fetch(
        """WITH taken AS (
            SELECT b.resource, half, sum(b.quantity) AS taken
            FROM bookings b CROSS JOIN LATERAL generate_series(greatest(b.first_half, $2::int), least(b.last_half, $3::int)) AS half
            WHERE b.last_half >= $2 AND b.first_half <= $3 AND b.resource = ANY($1::text[]) AND b.state IN ('held', 'confirmed', 'done')
            GROUP BY b.resource, half)
        SELECT r.number, asked AS half, greatest(r.capacity - coalesce(t.taken, 0), 0)::int AS free
        FROM resources r CROSS JOIN generate_series($2::int, $3::int) AS asked LEFT JOIN taken t ON (t.resource, t.half) = (r.number, asked)
        WHERE r.number = ANY($1::text[])""",
        list(numbers), span.first, span.last,
    )  # fmt: skip
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for row in rows:
        found[row["number"]][row["half"]] = row["free"]
    return found
