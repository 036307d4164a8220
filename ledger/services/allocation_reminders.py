"""Say whom to remind about requests: decisions that wait too long, commitments that soon expire, and lines whose day to be paid is past.

Each is said again only after a while: ``once`` counts the whiles, so that a day without a worker leaves nothing out.
"""

from datetime import date, datetime, time, timedelta

from ledger.domain import payables as rules
from ledger.domain.allocations import REVIEW, totals
from ledger.domain.notices import Notice
from ledger.domain.payables import Payable
from ledger.services.allocation_cases import Case, load_cases, load_rules
from ledger.services.allocation_notices import who_could
from ledger.services.payables import by_request
from ledger.services.pool import ZONE
from ledger.storage import allocations as requests_store
from ledger.storage import payables as store
from ledger.storage import reference
from ledger.storage.database import Connection

# A commitment's end is told of two weeks before it, and again three days before.
EXPIRY_WARNINGS_DAYS = (3, 14)
# What should have been paid is told of when its day is past, and then every week.
PAYABLE_EVERY_DAYS = 7


async def overdue_decisions(connection: Connection, today: date) -> list[Notice]:
    """To who must decide about requests that have waited longer than the rules say, and again after as long."""
    matrix = await load_rules(connection, today)
    every = max(matrix.matrix.remind_days, 1)
    before = datetime.combine(today - timedelta(days=every), time(), ZONE)
    found = await load_cases(connection, await requests_store.standing(connection, REVIEW, before), matrix)
    return [await _overdue(connection, case, today, every) for case in found]


async def _overdue(connection: Connection, case: Case, today: date, every: int) -> Notice:
    since = case.allocation.state_since.astimezone(ZONE).date()
    days, decided = (today - since).days, {decision.person_id for decision in case.approvals}
    people = [person for need in case.missing for person in await who_could(connection, case, need) if person not in decided]
    return Notice(
        kind="reminder_overdue", subject=case.allocation.number, url=f"/requests/{case.allocation.number}", to=tuple(dict.fromkeys(people)),
        once=f"{since} {days // every}",
        facts={"days": days, "campaign": case.campaign.name, "union": case.allocation.union, "amounts": totals(case.revision.lines)},
    )  # fmt: skip


async def expiring(connection: Connection, today: date) -> list[Notice]:
    """To who asked and to both treasurers, about what will return to its fund unless it is used."""
    found = await store.expiring(connection, today, today + timedelta(days=max(EXPIRY_WARNINGS_DAYS)))
    treasurers = await _treasurers(connection, [union.code for union in await reference.unions(connection)], today)
    return [_expiring(lines, treasurers, today) for lines in by_request(found)]


def _expiring(lines: list[Payable], treasurers: list[int], today: date) -> Notice:
    first = lines[0]
    assert first.expires_on is not None, "what is set aside has an end"
    warning = next(days for days in EXPIRY_WARNINGS_DAYS if first.expires_on <= today + timedelta(days=days))
    return Notice(
        kind="reminder_expiring", subject=first.allocation, url=f"/requests/{first.allocation}",
        to=tuple(dict.fromkeys([first.requested_by, first.lead_id, *treasurers])), once=f"{first.expires_on} {warning}",
        facts={"expires_on": first.expires_on.isoformat(), "amounts": rules.left_by_currency(lines), "campaign": first.campaign_name},
    )  # fmt: skip


async def overdue_payables(connection: Connection, today: date) -> list[Notice]:
    """To the treasurers who hold the money, about lines that were needed by a day that is past; who asked or approved is left out."""
    found = await store.needed(connection, today - timedelta(days=1))
    places = await store.places(connection, sorted({each.fund_id for each in found}))
    notices = []
    for lines in by_request(found):
        first = lines[0]
        unions = sorted({union for each in lines for union in rules.payers(each.currency, places.get(each.fund_id, []))})
        barred = {first.requested_by, first.lead_id, *first.approvers}
        people = [person for person in await _treasurers(connection, unions, today) if person not in barred]
        notices.append(_overdue_payable(lines, people, today))
    return notices


def _overdue_payable(lines: list[Payable], people: list[int], today: date) -> Notice:
    first = lines[0]
    return Notice(
        kind="reminder_payable", subject=first.allocation, url=f"/payables?q={first.allocation}", to=tuple(people),
        once=f"{first.needed_by} {(today - first.needed_by).days // PAYABLE_EVERY_DAYS}",
        facts={"needed_on": first.needed_by.isoformat(), "amounts": rules.left_by_currency(lines), "campaign": first.campaign_name},
    )  # fmt: skip


async def _treasurers(connection: Connection, unions: list[str], today: date) -> list[int]:
    return list(await requests_store.people_with(connection, ["treasurer"], unions, today))
