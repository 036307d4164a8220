"""Say what of advances to locals waits for one person: to approve, to pay, to accept, to change, and reports that hold the next sum back."""

from collections.abc import Iterator
from datetime import date

from ledger.domain.actors import Actor
from ledger.domain.home import Waiting
from ledger.domain.strike_advances import APPROVE, PAY, PREPARE, Advance, ExpenseReport, Statement, WeekLine
from ledger.domain.strikes import Strike
from ledger.services.pool import ZONE
from ledger.services.strike_advance_cases import load_cases
from ledger.storage import strike_advances as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What needs the actor in the strikes of their own union whose locals are paid."""
    if actor.union is None or not any(actor.can(permission) for permission in (PREPARE, APPROVE, PAY)):
        return []
    strikes = await strike_store.numbered(connection, await store.live(connection, actor.union))
    cases = await load_cases(connection, strikes, today) if strikes else []
    return [row for case in cases for statement in case.statements for row in _rows(case.strike, statement, actor)]


def _rows(strike: Strike, statement: Statement, actor: Actor) -> Iterator[Waiting]:
    for line in statement.weeks:
        if line.advance is not None:
            yield from _of_advance(strike, line, line.advance, actor)
    yield from _of_reports(strike, statement, actor)


def _of_advance(strike: Strike, line: WeekLine, advance: Advance, actor: Actor) -> Iterator[Waiting]:
    if line.hold == "missing_expense_report" and actor.can(PREPARE):
        url = f"/strikes/{strike.number}/advances/file?local={advance.local.number}&week={line.missing_week}"
        yield _row("file_expense_report", advance, url, strike, report_week=line.missing_week)
    if line.hold:
        return
    url = f"/strikes/advances/{advance.number}"
    if advance.state == "proposed" and actor.can(APPROVE) and actor.person_id != advance.proposed_by:
        yield _row("approve_advance", advance, url, strike)
    if advance.state == "approved" and actor.can(PAY) and actor.person_id not in (advance.approved_by, advance.proposed_by):
        yield _row("pay_advance", advance, f"{url}/pay", strike)


def _row(kind: str, advance: Advance, url: str, strike: Strike, **facts: str | int | None) -> Waiting:
    return Waiting(
        kind=kind, subject=advance.number, url=url, union=advance.union, since=advance.state_since.astimezone(ZONE).date(),
        amount_minor=advance.amount_minor, currency=advance.currency,
        facts={"strike": strike.name, "local": advance.local.number, "week": advance.week, **facts},
    )  # fmt: skip


def _of_reports(strike: Strike, statement: Statement, actor: Actor) -> Iterator[Waiting]:
    reports = [line.report for line in statement.weeks if line.report is not None]
    filed = [each for each in reports if each.state == "filed" and each.filed_by != actor.person_id]
    if filed and actor.can(APPROVE):
        yield _reports_row("accept_expense_reports", strike, filed, f"/strikes/{strike.number}/advances/accept?local={statement.local.number}")
    for each in reports:
        if each.state == "returned" and actor.can(PREPARE):
            yield _reports_row(
                "change_expense_report", strike, [each], f"/strikes/{strike.number}/advances/file?local={each.local.number}&week={each.week}"
            )


def _reports_row(kind: str, strike: Strike, reports: list[ExpenseReport], url: str) -> Waiting:
    first = reports[0]
    return Waiting(
        kind=kind, subject=f"{strike.number} {first.local.number}", url=url, union=strike.union,
        since=min(each.decided_on or each.filed_on for each in reports), amount_minor=sum(each.total_minor for each in reports),
        currency=strike.currency,
        facts={"strike": strike.name, "local": first.local.number, "weeks": ", ".join(str(each.week) for each in reports)},
    )  # fmt: skip
