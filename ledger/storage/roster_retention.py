"""Take names out of a roster for good. Call it inside ``rosters_of(connection, union)``."""

from datetime import date, datetime

from ledger.storage.database import Connection

# The key holds a sign that no reference can, so that no pseudonym is taken for a member of another roster.
_MEMBERS = """
    UPDATE strike_members SET reference = 'R-' || lpad(member::text, 6, '0'), reference_key = '#' || strike || '/' || lpad(member::text, 6, '0'),
        name = 'R-' || lpad(member::text, 6, '0'), name_key = 'r ' || lpad(member::text, 6, '0'), pay_reference = '',
        gross_weekly_minor = NULL, hourly_rate_minor = NULL, changed_by = $2, changed_at = $3
    WHERE strike = $1"""

# That a member's pay was changed stays; what it was and what it became does not.
_PAY_CHANGES = """
    UPDATE strike_member_changes SET fields = fields
        || CASE WHEN fields ? 'gross_weekly_minor' THEN '{"gross_weekly_minor": []}' ELSE '{}' END::jsonb
        || CASE WHEN fields ? 'hourly_rate_minor' THEN '{"hourly_rate_minor": []}' ELSE '{}' END::jsonb
    WHERE strike = $1"""

# Everything that somebody wrote about a member, and the files that names came in.
_TEXTS = (
    _PAY_CHANGES,
    "UPDATE strike_member_changes SET reason = '' WHERE strike = $1",
    "UPDATE strike_payments SET reason = '', reference = CASE method WHEN 'deposit' THEN '' ELSE reference END WHERE strike = $1",
    "UPDATE strike_run_lines SET pay_reference = '' WHERE strike = $1",
    "UPDATE strike_runs SET remark = '' WHERE strike = $1",
    "UPDATE strike_overpayments SET reason = '' WHERE strike = $1",
    "UPDATE strike_recoveries SET reference = '', note = '' WHERE strike = $1",
    "UPDATE strike_grants SET paid_to = '', purpose = '', remark = '' WHERE strike = $1",
    "DELETE FROM strike_roster_files WHERE strike = $1",
)


async def pseudonymise(connection: Connection, strike: str, person_id: int, now: datetime) -> int:
    """Replace what names a member by their number on the roster; how many there were."""
    status: str = await connection.execute(_MEMBERS, strike, person_id, now)
    for statement in _TEXTS:
        await connection.execute(statement, strike)
    return int(status.split()[-1])


async def due(connection: Connection, today: date, days: int) -> list[tuple[str, str, date]]:
    """(number, union, day) of strikes that are over and whose names were to be kept until a day that is past.

    Where no day was set, as for a strike that was called off, it is so many ``days`` after it was over.
    """
    rows = await connection.fetch(
        """SELECT number, union_code, until FROM strikes
            CROSS JOIN LATERAL (SELECT coalesce(retain_until, (state_since + make_interval(days => $2))::date) AS until) AS kept
        WHERE state IN ('closed', 'called_off') AND pseudonymised_at IS NULL AND until < $1 ORDER BY number""",
        today, days,
    )  # fmt: skip
    return [(row["number"], row["union_code"], row["until"]) for row in rows]
