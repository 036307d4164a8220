"""Bring together what a decision about a request needs: what is asked, who decided what, and what the rules of the day still want."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from ledger.domain import approvals
from ledger.domain.accounts import Fund, Union
from ledger.domain.actors import Actor
from ledger.domain.allocations import DRAWING, REVIEW, Allocation, Revision, sums
from ledger.domain.approvals import Approver, Decision, Earlier, Interest, Matrix, Matter, Requirement, Resolution
from ledger.domain.exchange import Rate
from ledger.domain.money import LARGEST_AMOUNT_MINOR, decimal_from_minor
from ledger.domain.refusals import ApprovalNotNeeded, ApproverNotEligible, NotFound, RequestState, ResolutionExists
from ledger.storage import allocations as store
from ledger.storage import approvals as rules_store
from ledger.storage import journal, reference
from ledger.storage.allocations import Campaign
from ledger.storage.database import Connection
from ledger.storage.rates import rate_on


class Rules(msgspec.Struct, frozen=True):
    """The approval rules of a day, the unions, and the day's rates into the rules' currency."""

    matrix: Matrix
    unions: list[Union]
    rates: dict[str, Rate]
    day: date

    def worth(self, currency: str) -> Decimal | None:
        """What one minor unit of a currency is in the rules' currency; None where no rate is known."""
        own = decimal_from_minor(1, currency)
        if currency == self.matrix.currency:
            return own
        rate = self.rates.get(currency)
        if rate is None:
            return None
        return own * rate.value if rate.base == currency else own / rate.value


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A submitted request with all that bears on it.

    ``tested_minor`` is what the thresholds see, in the rules' currency, where rates allow: its lines and the ``earlier`` requests that count
    with them.
    """

    allocation: Allocation
    revision: Revision
    campaign: Campaign
    fund: Fund
    rules: Rules
    decisions: list[Decision]
    resolutions: list[Resolution]
    tested_minor: int | None
    earlier: list[Earlier]
    needed: list[Requirement]
    missing: list[Requirement]

    @property
    def matter(self) -> Matter:
        """What the rules of who may decide need to know."""
        subjects = store.subjects(self.allocation, self.revision, self.campaign.employer_id)
        asked = frozenset({self.allocation.requested_by, self.revision.recorded_by})
        return Matter(request=self.allocation.number, requested_by=asked, lead_id=self.campaign.lead_id, fund=self.fund, subjects=subjects)

    @property
    def approvals(self) -> list[Decision]:
        """The approvals that count today."""
        return approvals.counting(self.decisions, self.allocation.material_revision, makers(self.revision, self.campaign))

    @property
    def wants_a_word(self) -> bool:
        """Whether it waits although nothing is missing any more: a rate or the rules moved, and somebody who may decide sets it aside."""
        return self.allocation.state in REVIEW and not self.missing


def makers(revision: Revision, campaign: Campaign) -> tuple[int, int]:
    """Who wrote a version and who leads its campaign: what they approved, before they did, does not count."""
    return revision.recorded_by, campaign.lead_id


async def load_rules(connection: Connection, day: date) -> Rules:
    """The approval rules in force on a day, with its rates."""
    matrix = await rules_store.matrix_on(connection, day)
    found = {}
    for currency in await reference.currencies(connection):
        rate = None if currency == matrix.currency else await rate_on(connection, currency, matrix.currency, day)
        if rate is not None:
            found[currency] = rate
    return Rules(matrix, await reference.unions(connection), found, day)


async def load_case(connection: Connection, number: str, day: date, lock: bool = False) -> Case:
    """A submitted request by its number, locked where something is decided about it; refuses a draft that was never submitted."""
    allocation = await store.find(connection, number, lock)
    if not allocation.revision:
        raise RequestState(request=allocation.number, state=allocation.state)
    (case,) = await load_cases(connection, [allocation], await load_rules(connection, day))
    return case


async def load_cases(connection: Connection, found: Sequence[Allocation], rules: Rules) -> list[Case]:
    """Requests that were submitted, each with all that bears on it, in the same order."""
    numbers = [a.number for a in found if a.revision]
    revisions = await store.revisions(connection, numbers)
    decisions, resolutions = await store.decisions(connection, numbers), await store.resolutions(connection, numbers)
    campaigns = await store.campaigns_of(connection, sorted({r.campaign for each in revisions.values() for r in each}))
    funds = await journal.read_funds(connection, sorted({r.fund_id for each in revisions.values() for r in each}))
    earlier = await store.asked_before(connection, numbers, rules.matrix.split_days)
    cases = []
    for allocation in found:
        if allocation.revision:
            (revision,) = revisions[allocation.number]
            name = allocation.number
            given, resolved, before = decisions.get(name, []), resolutions.get(name, []), earlier.get(name, [])
            cases.append(_case(rules, allocation, revision, campaigns[revision.campaign], funds[revision.fund_id], given, resolved, before))
    return cases


def _case(
    rules: Rules, allocation: Allocation, revision: Revision, campaign: Campaign, fund: Fund, decisions: list[Decision],
    resolutions: list[Resolution], earlier: list[Earlier],
) -> Case:  # fmt: skip
    tested = tested_minor(rules, revision, earlier)
    kind = approvals.matrix_kind(revision.kind, campaign.initiative)
    # Without a rate nobody can say that it is below a threshold.
    needed = approvals.requirements(rules.matrix, rules.unions, kind, fund, LARGEST_AMOUNT_MINOR if tested is None else tested)
    live = allocation.state in (*REVIEW, *DRAWING, "suspended")
    counted = approvals.counting(decisions, allocation.material_revision, makers(revision, campaign))
    missing = approvals.missing(needed, counted, resolutions, allocation.material_revision) if live else []
    return Case(
        allocation=allocation, revision=revision, campaign=campaign, fund=fund, rules=rules, decisions=decisions, resolutions=resolutions,
        tested_minor=tested, earlier=earlier, needed=needed, missing=missing,
    )  # fmt: skip


def tested_minor(rules: Rules, revision: Revision, earlier: Sequence[Earlier]) -> int | None:
    """What the thresholds are tested with: the request at the day's rate, and what was asked for its payees shortly before.

    None where a rate is wanting.
    """
    own = sums(revision.lines)
    currencies = {each.currency for each in own} | {each.currency for each in earlier}
    worth = {currency: value for currency in currencies if (value := rules.worth(currency)) is not None}
    if len(worth) < len(currencies):
        return None
    return approvals.tested_minor(approvals.tested_amount(own, earlier, worth), rules.matrix.currency)


def missing_for(case: Case, line: int, payee: str, earlier: Sequence[Earlier]) -> list[Requirement]:
    """What would be missing if a line that names no payee went to this one, with what else was asked for them (domain.md 6: splitting)."""
    lines = tuple(msgspec.structs.replace(each, payee=payee) if each.ordinal == line else each for each in case.revision.lines)
    counted = list({(each.request, each.payee, each.currency): each for each in (*case.earlier, *earlier)}.values())
    revision = msgspec.structs.replace(case.revision, lines=lines)
    return _case(
        case.rules, case.allocation, revision, case.campaign, case.fund, case.decisions, case.resolutions, counted
    ).missing


async def approver(connection: Connection, rules: Rules, actor: Actor) -> Approver:
    """The actor as somebody who decides: with the nation of their union and the interests they declared."""
    union = next((union for union in rules.unions if union.code == actor.union), None)
    if union is None:
        raise NotFound(kind="union", id=str(actor.union))
    interests: dict[int, frozenset[Interest]] = await rules_store.interests_of(connection, [actor.person_id])
    return Approver(actor.person_id, union.code, union.nation, actor.roles, interests.get(actor.person_id, frozenset()))


def check_wanted(case: Case, who: Approver) -> approvals.Capacity:
    """The capacity in which this approval counts, or why it does not; where nothing is missing any more, that of anybody who has not stepped
    aside, though they approved before.
    """
    since = case.allocation.material_revision
    if not case.missing and case.allocation.state in DRAWING:
        raise ApprovalNotNeeded(request=case.allocation.number, union=who.union, capacity=who.capacity)
    if case.wants_a_word and not any(d.decision == "recused" for d in case.decisions if d.person_id == who.person_id):
        return who.capacity
    return approvals.check_wanted(case.matter, who, case.decisions, case.missing, since)


def check_board(case: Case, union: str) -> None:
    """Refuse where no resolution of this union's board is wanted, or it has given one."""
    since = case.allocation.material_revision
    if any(r.union == union and r.revision >= since for r in case.resolutions):
        raise ResolutionExists(request=case.allocation.number, union=union)
    if not any(need.capacity == "board" and need.union in ("", union) for need in case.missing):
        raise ApprovalNotNeeded(request=case.allocation.number, union=union, capacity="board")


def check_nation(case: Case, who: Approver) -> None:
    """Refuse whoever is of a union that does not decide about a ring-fenced fund."""
    if who.union not in {union.code for union in approvals.deciders(case.rules.matrix, case.rules.unions, case.fund)}:
        raise ApproverNotEligible(request=case.allocation.number, fund=case.fund.code, nation=case.fund.nation, union=who.union)
