"""Say who is told of an advance or a report of a local: who must act next, or why it waits."""

from ledger.domain.actors import PERMISSIONS
from ledger.domain.notices import Notice
from ledger.domain.strike_advances import APPROVE, PAY, PREPARE, ExpenseReport, WeekLine
from ledger.domain.strikes import Strike
from ledger.services.notices import notify
from ledger.services.operation import Work
from ledger.storage.allocations import people_with


async def tell_next(w: Work, line: WeekLine) -> None:
    """Tell who must act next on an advance, or, where it is held back, those who can mend it and those who wait for it."""
    advance = line.advance
    assert advance is not None, "only an advance is told of"
    kind, groups = ("advance_held", (PREPARE, APPROVE)) if line.hold else _NEXT.get(advance.state, ("", ()))
    if not kind:
        return
    people = [person for group in groups for person in await _people(w, group, advance.union)]
    barred = {"advance_to_approve": (advance.proposed_by,), "advance_to_pay": (advance.approved_by, advance.proposed_by)}.get(kind, ())
    notice = Notice(
        kind=kind, subject=advance.number, url=f"/strikes/advances/{advance.number}", once=f"{advance.state} {line.hold} {w.now.isoformat()}",
        to=tuple(dict.fromkeys(person for person in people if person not in barred)),
        facts={
            "by": w.actor.name, "union": advance.union, "local": advance.local.number, "week": advance.week,
            "amounts": {advance.currency: advance.amount_minor},
        },
    )  # fmt: skip
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


_NEXT: dict[str, tuple[str, tuple[str, ...]]] = {"proposed": ("advance_to_approve", (APPROVE,)), "approved": ("advance_to_pay", (PAY,))}


async def tell_report(w: Work, strike: Strike, report: ExpenseReport, kind: str) -> None:
    """Tell those who accept that a report was filed, or those who file that it came back."""
    people = await _people(w, APPROVE if kind == "expense_report_filed" else PREPARE, strike.union)
    notice = Notice(
        kind=kind, subject=strike.number, url=f"/strikes/{strike.number}/advances/reports/{report.local.number}/{report.week}",
        to=tuple(people), once=f"{report.local.number} {report.week} {report.version}",
        facts={
            "by": w.actor.name, "union": strike.union, "local": report.local.number, "week": report.week,
            "amounts": {report.currency: report.total_minor},
        },
    )  # fmt: skip
    await notify(w.connection, [notice], w.now, but=w.actor.person_id)


async def _people(w: Work, permission: str, union: str) -> list[int]:
    return list(await people_with(w.connection, sorted(PERMISSIONS[permission][0]), [union], w.today))
