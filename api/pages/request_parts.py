"""What several pages say of one request: its title, what each of its versions changed, and both unions side by side."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from api.pages.rendering import named
from api.security import Reader
from ledger.domain.allocations import Allocation, is_material, totals
from ledger.domain.approvals import Requirement, Resolution, deciders
from ledger.services import funds as fund_service
from ledger.services.allocation_cases import Case
from ledger.services.allocations import View
from ledger.services.pool import ZONE, Pool
from reports import formats
from reports.i18n import N_, translate
from reports.request_words import CAPACITIES, amounts, changes, state_chip


class Given(msgspec.Struct, frozen=True):
    """One thing a union did about a request: who, in which capacity, when; ``counts`` is False where a change voided it."""

    text: str
    who: str
    at: str
    counts: bool
    reason: str = ""
    document_id: str | None = None


class Side(msgspec.Struct, frozen=True):
    """What one union did about a request and what waits for it."""

    union: str
    chip: tuple[str, str]
    given: list[Given]
    waits: list[str]
    votes: list[str]


class Change(msgspec.Struct, frozen=True):
    """What a revision changed, and whose approvals it voided."""

    revision: int
    at: datetime
    sentences: list[str]
    voided: list[str]


def title_of(language: str, case: Case | None) -> str:
    """``CAD 12,300.00 for Hamilton organizing``."""
    if case is None:
        return translate(language, "Draft of a request")
    return translate(language, "%(amounts)s for %(campaign)s", amounts=amounts(language, totals(case.revision.lines)), campaign=case.campaign.name)


def day_of(at: datetime) -> date:
    """The day of a moment, where the books are kept."""
    return at.astimezone(ZONE).date()


async def revisions(pool: Pool, reader: Reader, view: View) -> list[Change]:
    """What each revision after the first changed, the latest first."""
    if len(view.revisions) < 2:
        return []
    language = reader.language
    funds = {each.fund.id: named(language, each.fund) for each in await fund_service.list_funds(pool, reader.actor, with_closed=True)}
    names = {view.case.campaign.number: view.case.campaign.name} if view.case else {}
    found, since = [], view.revisions[0].revision
    for old, new in zip(view.revisions, view.revisions[1:], strict=False):
        voided = _voided(view.case, since, new.revision) if is_material(old, new) else []
        since = new.revision if is_material(old, new) else since
        found.append(Change(new.revision, new.recorded_at, changes(language, old, new, funds, names), voided))
    return found[::-1]


def _voided(case: Case | None, since: int, before: int) -> list[str]:
    """Whose approvals of the revisions from one on and before another do not count any more."""
    return [each.person for each in (case.decisions if case else []) if each.decision == "approved" and since <= each.revision < before]


# --- both unions side by side -----------------------------------------------------------------------------------------


def side_of(language: str, view: View, union: str, unions: dict[str, str]) -> Side:
    """What a union did about a request, and what waits for it."""
    case = view.case
    assert case is not None, "a draft has no sides"
    waits = [need for need in case.missing if need.union in ("", union)]
    return Side(
        union, _side_chip(language, case, union, waits), [*_decided(language, case, union), *_resolved(language, case, union)],
        [_waits(language, need) for need in waits], _votes(language, view, union),
    )  # fmt: skip


def chip_of(language: str, allocation: Allocation, case: Case | None) -> tuple[str, str]:
    """The chip of a request: its state, or that nothing more is missing where it waits all the same."""
    if case is not None and case.wants_a_word:
        return translate(language, "Nothing more is missing"), "wait"
    return state_chip(language, allocation.state)


def _side_chip(language: str, case: Case, union: str, waits: Sequence[Requirement]) -> tuple[str, str]:
    if union not in {each.code for each in deciders(case.rules.matrix, case.rules.unions, case.fund)}:
        return translate(language, "Reads along"), ""
    stopped = next((each for each in reversed(case.decisions) if each.union == union and each.decision == case.allocation.state), None)
    if stopped is not None:
        return state_chip(language, case.allocation.state)
    if waits:
        return translate(language, "Waits"), "wait"
    return (translate(language, "Approved"), "good") if any(need.union == union for need in case.needed) else (translate(language, "Nothing needed"), "")


def _waits(language: str, need: Requirement) -> str:
    name = translate(language, CAPACITIES[need.capacity])
    if not need.union:
        return translate(language, "A board, this one or the other")
    return f"{need.count} × {name}" if need.count > 1 else name


_DECIDED = {"approved": N_("Approved"), "returned": N_("Returned for changes"), "rejected": N_("Declined"), "recused": N_("Stepped aside")}


def _decided(language: str, case: Case, union: str) -> list[Given]:
    counted = case.approvals
    return [
        Given(
            translate(language, _DECIDED[each.decision]), f"{each.person}, {translate(language, CAPACITIES[each.capacity])}",
            formats.moment(language, each.decided_at) if each.decided_at else "", each.decision != "approved" or each in counted, each.reason,
        )
        for each in case.decisions if each.union == union
    ]  # fmt: skip


def _resolved(language: str, case: Case, union: str) -> list[Given]:
    since = case.allocation.material_revision
    return [_resolution(language, each, each.revision >= since) for each in case.resolutions if each.union == union]


def _resolution(language: str, resolution: Resolution, counts: bool) -> Given:
    text = N_("The board agreed: %(number)s") if resolution.outcome == "carried" else N_("The board did not agree: %(number)s")
    return Given(
        translate(language, text, number=resolution.number), resolution.recorded_by, formats.date_long(language, resolution.decided_on), counts, "",
        resolution.document_id,
    )  # fmt: skip


def _votes(language: str, view: View, union: str) -> list[str]:
    found = [each for each in view.votes if each.union == union]
    if not found or view.case is None or view.case.wants_a_word:
        return []
    rule = view.case.rules.matrix.board_rule(union)
    return [translate(language, "%(votes)s of %(seats)s have voted; the quorum is %(quorum)s", votes=len(found), seats=rule.seats, quorum=rule.quorum)]
