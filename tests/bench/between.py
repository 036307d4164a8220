"""Measure what the unions lend and owe each other in the tenth year: thousands of everything, all but a little of it settled long ago."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import asyncpg

from ledger.domain.actors import Actor
from ledger.domain.bookings import RequestBooking
from ledger.domain.half_days import Span
from ledger.domain.refusals import ResourceTaken
from ledger.services import bookings, deliveries, joint_costs, loans, resources, steps
from ledger.services.pool import Pool
from ledger.services.resources import OfferResource, Wanted
from ledger.storage import bookings as booking_store
from ledger.storage.bookings import BookingFilter
from ledger.storage.database import Connection
from ledger.storage.deliveries import DeliveryFilter
from ledger.storage.equalisation import CostFilter
from ledger.storage.mirrors import StepFilter
from ledger.storage.narrowing import halves, in_order
from reports.registry import Query, build_report
from tests.bench.strike import cast, seconds

# Numbers no counter reaches in a measurement, and by their length newer than all that it makes itself.
FIRST = 1_000_000
# Each is measured at a tenth as well, to see how it grows.
BOOKINGS, RESOURCES, STEPS, LOANS = 50_000, 2_000, 20_000, 200
RACERS, REPEATS, HUNDREDTH, PAGE = 64, 5, 99, 50


async def measure(pool: Pool, owner_url: str, part: int = 1) -> dict[str, tuple[float, float]]:
    """Milliseconds of each, and of its baseline: raw SQL that reads or writes the same rows. ``part``: of a tenth of everything, 10."""
    who, today = await cast(pool), pool.today()
    owner = await asyncpg.connect(owner_url, server_settings={"search_path": pool.database.schema}, timeout=30)
    try:
        person = who["officer"].person_id
        await fill(owner, person, BOOKINGS // part, today, RESOURCES // part, LOANS // part, STEPS // part)
        await analyse(owner)
    finally:
        await owner.close()
    found = {"free search": await _search(pool, who["officer of ue"])}
    found |= await _lists(pool, who["treasurer"], part)
    found["report of steps"] = await _report(pool, who["treasurer"])
    return found | {"a contended van": await _race(pool, who)}


async def _best(work: Callable[[], Awaitable[Any]]) -> float:
    await work()
    return 1_000 * min([await seconds(work()) for _ in range(REPEATS)])


async def _raw(pool: Pool, query: str, *values: Any) -> None:
    async with pool.database.reading() as connection:
        await connection.fetch(query, *values)


async def _search(pool: Pool, actor: Actor) -> tuple[float, float]:
    span = Span(first_day=pool.today() + timedelta(days=7), last_day=pool.today() + timedelta(days=20))
    raw = """SELECT r.number, r.name, r.capacity - coalesce(max(b.quantity), 0) FROM resources r LEFT JOIN bookings b ON b.resource = r.number
        AND int4range(b.first_half, b.last_half + 1) && $1 AND b.state IN ('held', 'confirmed', 'done') WHERE r.state = 'offered' GROUP BY r.number"""
    ours = await _best(lambda: resources.find_free(pool, actor, Wanted(span=span)))
    return ours, await _best(lambda: _raw(pool, raw, halves(span)))


async def _lists(pool: Pool, actor: Actor, part: int) -> dict[str, tuple[float, float]]:
    """The first and the hundredth page of each list (the last whole one, where there are fewer), beside the numbers of the page alone."""
    lists: dict[str, tuple[str, str, int, Callable[[str | None], Awaitable[Any]]]] = {
        "bookings": ("bookings", "BK", BOOKINGS, lambda after: bookings.list_bookings(pool, actor, BookingFilter(), after)),
        "deliveries": ("deliveries", "DL", BOOKINGS, lambda after: deliveries.list_deliveries(pool, actor, DeliveryFilter(), after)),
        "steps": ("mirrored_steps", "M", STEPS, lambda after: steps.list_steps(pool, actor, StepFilter(), after)),
        "joint costs": ("joint_costs", "JC", BOOKINGS, lambda after: joint_costs.list_costs(pool, actor, CostFilter(), after)),
        "loans": ("loans", "L", LOANS, lambda after: loans.list_loans(pool, actor, after=after)),
    }
    found = {}
    for name, (table, letters, count, of) in lists.items():
        pages = min(HUNDREDTH, count // part // PAGE - 1)
        for page, after in (("first page", None), ("hundredth page", f"{letters}-{FIRST + count // part - pages * PAGE}" if pages > 0 else None)):
            order = in_order("number")
            raw = f"SELECT number FROM {table} WHERE $1::text IS NULL OR {order} < {in_order('$1')} ORDER BY {order} DESC LIMIT 51"
            found[f"{name}, {page}"] = (await _best(partial(of, after)), await _best(partial(_raw, pool, raw, after)))
    return found


async def _report(pool: Pool, actor: Actor) -> tuple[float, float]:
    day = pool.today()
    query = Query(as_of=day, first=day, last=day)
    raw = "SELECT s.*, e.union_code, e.entry_number FROM mirrored_steps s JOIN mirrored_entries e ON e.step = s.number ORDER BY s.subject, s.entry_date"
    return await _best(lambda: build_report(pool, actor, "between-unions", query)), await _best(lambda: _raw(pool, raw))


async def _race(pool: Pool, who: dict[str, Actor]) -> tuple[float, float]:
    """So many at once want one van on one day: a decision through the service, and the statement that decides, each in a transaction."""
    asked = [await _wanted(pool, who) for _ in range(2)]
    confirm = [bookings.confirm_booking(pool, who["officer"], f"bench-race-{n:05d}", number) for n, number in enumerate(asked[0][1])]
    ours = await seconds(_won(confirm))
    raw = await seconds(_won([_take(pool, asked[1][0], number) for number in asked[1][1]]))
    return 1_000 * ours / RACERS, 1_000 * raw / RACERS


async def _wanted(pool: Pool, who: dict[str, Actor]) -> tuple[str, list[str]]:
    """A van, and requests of it for the same day."""
    mark = pool.clock().timestamp()
    offer = OfferResource(
        union="unifor", kind="vehicle", name="Van", place="Hamilton", unit="day", basis="not_valued", currency="CAD", offered_from=pool.today()
    )
    van = await resources.offer_resource(pool, who["officer"], f"bench-van-{mark}", offer)
    day = pool.today() + timedelta(days=30)
    wish = RequestBooking(resource=van.number, span=Span(first_day=day, last_day=day), fund="GEN", purpose="Bench", activity="Bench")
    made = [await bookings.request_booking(pool, who["officer of ue"], f"bench-wish-{mark}-{n}", wish) for n in range(RACERS)]
    return van.number, [each.number for each in made]


async def _take(pool: Pool, resource: str, number: str) -> None:
    async with pool.database.writing() as connection:
        await booking_store.take(connection, resource, number, state="confirmed")


async def _won(racing: list[Any]) -> None:
    told = await asyncio.gather(*racing, return_exceptions=True)
    won = sum(not isinstance(each, BaseException) for each in told)
    assert won == 1 and all(isinstance(each, ResourceTaken | asyncpg.ExclusionViolationError) for each in told if isinstance(each, BaseException)), told


def figures(large: dict[str, tuple[float, float]], small: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """The figures as ``bench`` lists them: as many times the baseline, and how each grew from a tenth (no worse than n log n; a page, no more
    than threefold).
    """
    listed = []
    for name, (ours, raw) in large.items():
        at = STEPS if "step" in name else LOANS if "loans" in name else BOOKINGS
        listed.append({"what": f"between: {name}", "at": at, "value": round(ours, 2), "unit": "ms", "ratio": round(ours / raw, 2)})
        worst = 10 * math.log(at) / math.log(at / 10) if name in ("free search", "report of steps") else 3
        # What takes less than a few milliseconds is as quick as the machine's moods.
        grown = ours / max(small[name][0], 3)
        told = {"what": f"between: {name}, growth", "at": at, "value": round(grown, 2), "unit": "times", "ratio": round(grown, 2)}
        listed.append(told | {"target": round(worst, 1), "reached": grown < worst})
    return listed


async def fill(connection: Connection, person: int, count: int, today: date, lent: int, loans: int, steps: int) -> None:
    """As many settled bookings of so many resources, deliveries, joint costs, equalisations and agreements; and so many steps of so many loans.

    By the tables' owner: that bookings have room, which is asked of one at a time, holds by how they are made.
    """
    values = {"n": str(count), "r": str(lent), "l": str(loans), "s": str(steps), "who": str(person), "first": str(FIRST)}
    values["today"] = f"'{today.isoformat()}'::date"
    for statement in _SETTLED:
        for name, value in values.items():
            statement = statement.replace(f":{name}:", value)
        await connection.execute(statement)


async def analyse(connection: Connection) -> None:
    """What the server does by itself some minutes later; by the owner of the tables."""
    for table in _TABLES:
        await connection.execute(f"VACUUM (ANALYZE) {table}")


_TABLES = (
    "agreements", "resources", "resource_rates", "bookings", "deliveries", "mirrored_steps", "mirrored_entries", "loans", "joint_costs", "equalisations",
)  # fmt: skip
# Bookings of a resource lie 20 days apart, the last of them some weeks ahead; a tenth were declined, a tenth cancelled.
_SETTLED = (
    "ALTER TABLE bookings DISABLE TRIGGER bookings_room_new",
    """INSERT INTO agreements (number, version, kind, title, fixes, valid_from, valid_to, shares, state, proposed_by, proposed_union, proposed_at,
        decided_at, ending, remark)
    SELECT 'AG-' || :first: + i, 1, CASE i % 3 WHEN 0 THEN 'resources' WHEN 1 THEN 'loan' ELSE 'general' END, 'Agreement ' || i, 'Terms', day,
        day + 364, '[]'::jsonb, 'confirmed', :who:, 'unifor', day, day, '', ''
    FROM generate_series(0, :n: - 1) i, LATERAL (SELECT :today: - 4000 + i % 3000 AS day) d""",
    """INSERT INTO resources (number, ordinal, union_code, kind, name, place, conditions, unit, exclusive, capacity, distance_unit, basis, currency,
        offered_from, state, recorded_by, recorded_at, changed_at)
    SELECT 'R-' || :first: + i, 100000 + i, CASE i % 2 WHEN 0 THEN 'unifor' ELSE 'ue' END,
        (ARRAY['vehicle', 'hall', 'organizer', 'print'])[1 + i % 4], 'Resource ' || i, 'Hamilton', '', 'day', i % 5 > 0,
        CASE WHEN i % 5 > 0 THEN 1 ELSE 4 END, '', 'not_valued', 'CAD', :today: - 5000, 'offered', :who:, now(), now()
    FROM generate_series(0, :r: - 1) i""",
    """INSERT INTO resource_rates (resource, valid_from, version, rate, source, recorded_by, recorded_at)
    SELECT number, :today: - 5000, 1, 80, 'Policy', :who:, now() FROM resources WHERE ordinal >= 100000""",
    """INSERT INTO bookings (number, resource, ordinal, exclusive, lender, borrower, activity, purpose, place, fund_id, first_half, last_half,
        quantity, state, state_since, requested_by, requested_at, clearance, remark)
    SELECT 'BK-' || :first: + i, r.number, r.ordinal, r.exclusive, r.union_code, CASE r.union_code WHEN 'ue' THEN 'unifor' ELSE 'ue' END, 'Visits',
        'Visits', '', (SELECT id FROM funds WHERE code = 'GEN'), half, half + 5, 1,
        CASE i % 10 WHEN 0 THEN 'declined' WHEN 1 THEN 'cancelled' ELSE 'done' END, now(), :who:, now(), '', ''
    FROM generate_series(0, :n: - 1) i JOIN resources r ON r.ordinal = 100000 + i % :r:,
        LATERAL (SELECT 2 * (:today: - '2000-01-01'::date) + 100 - 40 * (:n: / :r: - i / :r:) + 2 * (i % 7) AS half) h""",
    """INSERT INTO deliveries (number, booking, starts_on, ends_on, state, state_since, revision, quantity, distance, distance_unit, dispute, basis,
        currency, value_minor, is_chargeable, recovered_minor, recorded_by, recorded_at, confirmed_by, confirmed_at, remark)
    SELECT 'DL-' || :first: + i, 'BK-' || :first: + i, day, day, 'confirmed', now(), 1, 3, 0, '', '', 'standard_rate', 'CAD', 10000, false, 0, :who:,
        now(), NULL, now(), ''
    FROM generate_series(0, :n: - 1) i, LATERAL (SELECT :today: - 4000 + i % 3000 AS day) d""",
    """INSERT INTO loans (number, lender, borrower, currency, limit_minor, interest_percent, starts_on, purpose, lender_fund, borrower_fund, state,
        state_since, proposed_by, proposed_union, proposed_at, remark)
    SELECT 'L-' || :first: + i, 'unifor', 'ue', 'USD', 100000000, 0, :today: - 4000, 'Strike', f.id, f.id, 'settled', now(), :who:, 'ue', now(), ''
    FROM generate_series(0, :l: - 1) i, funds f WHERE f.code = 'GEN'""",
    """INSERT INTO mirrored_steps (number, kind, subject, creditor, debtor, currency, amount_minor, entry_date, description, reference,
        creditor_fund, debtor_fund, other_resources, state, state_since, proposed_by, proposed_union, proposed_at, remark)
    SELECT 'M-' || :first: + i, CASE i / :l: % 2 WHEN 0 THEN 'loan_drawdown' ELSE 'loan_repayment' END, 'L-' || :first: + i % :l:, 'unifor', 'ue',
        'USD', 10000, :today: - 3999 + i / :l:, 'Step', '', f.id, f.id, false, 'accepted', now(), :who:, 'ue', now(), ''
    FROM generate_series(0, :s: - 1) i, funds f WHERE f.code = 'GEN'""",
    """INSERT INTO mirrored_entries (step, union_code, entry_number)
    SELECT s.number, u, 1 FROM mirrored_steps s, unnest(ARRAY['ue', 'unifor']) u WHERE length(s.number) > 8""",
    """INSERT INTO joint_costs (number, union_code, paid_on, currency, amount_minor, what, reference, state, state_since, recorded_by, recorded_at,
        equalisation, remark)
    SELECT 'JC-' || :first: + i, CASE i % 2 WHEN 0 THEN 'unifor' ELSE 'ue' END, :today: - 4000 + i % 3000, 'CAD', 10000, 'Education week', '',
        CASE i % 10 WHEN 0 THEN 'withdrawn' ELSE 'agreed' END, now(), :who:, now(), CASE i % 10 WHEN 0 THEN NULL ELSE 'EQ-' || :first: + i END, ''
    FROM generate_series(0, :n: - 1) i""",
    """INSERT INTO equalisations (number, agreement, agreement_version, starts_on, ends_on, currency, debt_currency, pool_minor, balance_minor,
        working, state, state_since, made_by, made_at, remark)
    SELECT 'EQ-' || :first: + i, 'AG-' || :first: + i, 1, day, day + 90, 'CAD', 'CAD', 0, 0,
        jsonb_build_object('starts_on', day, 'ends_on', day + 90, 'currency', 'CAD', 'debt_currency', 'CAD', 'share_basis', 'equal',
            'rate_rule', 'value_date', 'rate_source', 'boc', 'costs', '[]'::jsonb, 'memberships', '[]'::jsonb, 'shares', '[]'::jsonb),
        'agreed', now(), :who:, now(), ''
    FROM generate_series(0, :n: - 1) i, LATERAL (SELECT :today: - 4000 + i % 3000 AS day) d""",
    "ALTER TABLE bookings ENABLE ALWAYS TRIGGER bookings_room_new",
)
