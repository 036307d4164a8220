"""Measure what the unions lend and owe each other in the tenth year: thousands of everything, all but a little of it settled long ago."""

from datetime import date

from ledger.storage.database import Connection

# Numbers no counter reaches in a measurement, and by their length newer than all that it makes itself.
FIRST = 1_000_000


async def fill(connection: Connection, person: int, count: int, today: date, resources: int, loans: int) -> None:
    """As many settled bookings, deliveries, steps, joint costs, equalisations and agreements; the steps are of so many loans. By the tables' owner:
    that bookings have room, which is asked of one at a time, holds by how they are made.
    """
    values = {"n": str(count), "r": str(resources), "l": str(loans), "who": str(person), "first": str(FIRST), "today": f"'{today.isoformat()}'::date"}
    for statement in _SETTLED:
        for name, value in values.items():
            statement = statement.replace(f":{name}:", value)
        await connection.execute(statement)


async def analyse(connection: Connection) -> None:
    """What the server does by itself some minutes later; by the owner of the tables."""
    for table in _TABLES:
        await connection.execute(f"ANALYZE {table}")


_TABLES = (
    "agreements", "resources", "resource_rates", "bookings", "deliveries", "mirrored_steps", "mirrored_entries", "loans", "joint_costs", "equalisations",
)  # fmt: skip
# Bookings of a resource lie 20 days apart, the last of them some weeks ahead; a tenth were declined, a tenth cancelled.
_SETTLED = (
    "ALTER TABLE bookings DISABLE TRIGGER bookings_room_new",
    """INSERT INTO agreements (number, version, kind, title, fixes, valid_from, valid_to, shares, state, proposed_by, proposed_union, proposed_at,
        decided_at, remark)
    SELECT 'AG-' || :first: + i, 1, CASE i % 3 WHEN 0 THEN 'resources' WHEN 1 THEN 'loan' ELSE 'general' END, 'Agreement ' || i, 'Terms', day,
        day + 364, '[]'::jsonb, 'confirmed', :who:, 'unifor', day, day, ''
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
    FROM generate_series(0, :n: - 1) i, funds f WHERE f.code = 'GEN'""",
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
