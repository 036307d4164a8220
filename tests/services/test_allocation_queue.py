"""What waits for whom: an officer's queue that empties, what keeps a person from it, what is before a board, and the fund before and after."""

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation
from ledger.domain.approvals import BoardRule, Vote, board_result, to_decide
from ledger.domain.refusals import ApprovalNotNeeded, InterestDeclared, NotAllowed
from ledger.services import allocation_decisions as decisions
from ledger.services import allocation_queue as service
from ledger.services import home
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person
from tests.services.requests_stage import Stage, asked, set_stage
from tests.services.test_transfers import a_rate

SMALL, MIDDLE, LARGE = 5_000_00, 25_000_00, 25_000_01
OFFICERS = ("ue officer", "unifor officer")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await set_stage(pool, ue, unifor)
    await made.fund("GEN", CAD=100_000_00, USD=40_000_00)
    return made


async def one(stage: Stage, amount: int = SMALL, **more: Any) -> Allocation:
    return await stage.request(asked(await stage.campaign(), ("Leaflets", amount, "CAD", "Imprimerie du Quai"), **more))


async def numbers(stage: Stage, who: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What an officer has to decide, and what is kept from them with the rule's code."""
    found = await service.queue(stage.pool, stage.who[who])
    return [i.case.allocation.number for i in found.mine], [(i.case.allocation.number, i.standing.code) for i in found.barred]


async def rows(stage: Stage, who: Actor | str) -> list[tuple[str, str]]:
    actor = who if isinstance(who, Actor) else stage.who[who]
    return [(row.kind, row.subject) for row in await home.waiting(stage.pool, actor)]


# --- officers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "waits_for"), [(SMALL, {"officer", "secretary"}), (MIDDLE, {"secretary"}), (LARGE, {"officer", "secretary"})]
)
async def test_a_request_waits_for_those_whose_approval_counts(stage: Stage, amount: int, waits_for: set[str]) -> None:
    request = await one(stage, amount)
    for union in ("ue", "unifor"):
        for part in ("officer", "secretary"):
            expected = [request.number] if part in waits_for else []
            assert await numbers(stage, f"{union} {part}") == (expected, [])
            assert await rows(stage, f"{union} {part}") == [("decide_request", number) for number in expected]
        assert await rows(stage, f"{union} board") == []
        assert await rows(stage, f"{union} treasurer") == []


async def test_the_queue_empties_oldest_first(stage: Stage, clock: Clock) -> None:
    asked_for = []
    for _ in range(3):
        asked_for.append(await stage.request(asked(await stage.campaign(), ("Hall", 100_00, "CAD", ""))))
        clock.now += timedelta(days=1)
    assert (await numbers(stage, "ue officer"))[0] == [request.number for request in asked_for]
    await stage.approve(asked_for[0], "ue officer")
    assert (await numbers(stage, "ue officer"))[0] == [request.number for request in asked_for[1:]]
    assert asked_for[0].number in (await numbers(stage, "unifor officer"))[0]
    await decisions.send_back(stage.pool, stage.who["ue officer"], stage.key(), asked_for[1].number, "Which hall?")
    await decisions.suspend(stage.pool, stage.who["ue officer"], stage.key(), asked_for[2].number, "The owner is asked")
    assert await numbers(stage, "ue officer") == ([], [])
    found = await service.queue(stage.pool, stage.who["ue officer"])
    assert [item.case.allocation.number for item in found.suspended] == [asked_for[2].number]
    assert await rows(stage, "ue officer") == []


async def test_what_a_rule_keeps_from_a_person_stands_apart(stage: Stage) -> None:
    request = await one(stage)
    own = await stage.request(asked(await stage.campaign(), ("Hall", 100_00, "CAD", "")), by="lead")
    assert (await numbers(stage, "unifor officer"))[1] == []
    await decisions.recuse(stage.pool, stage.who["unifor officer"], stage.key(), request.number, "My sister prints it")
    assert await numbers(stage, "unifor officer") == ([own.number], [(request.number, "interest_declared")])
    assert await rows(stage, "unifor officer") == [("decide_request", own.number)]


async def test_nobody_decides_about_what_they_asked_for(stage: Stage) -> None:
    request = await stage.request(asked(await stage.campaign(), ("Hall", 100_00, "CAD", "")), by="officer")
    assert await numbers(stage, "unifor officer") == ([], [(request.number, "maker_not_checker")])
    assert await numbers(stage, "unifor secretary") == ([request.number], [])


async def test_a_ring_fenced_fund_waits_for_its_own_nation(stage: Stage) -> None:
    campaign = await stage.campaign(initiative="political_action")
    request = await stage.request(asked(campaign, ("Signs", 100_00, "CAD", ""), fund="POL-CA", electoral=True))
    assert (await numbers(stage, "unifor officer"))[0] == [request.number]
    assert await numbers(stage, "ue officer") == ([], [(request.number, "approver_not_eligible")])
    assert await rows(stage, "ue officer") == []


async def test_a_request_is_late_after_the_days_that_the_rules_give(stage: Stage, clock: Clock) -> None:
    await one(stage)
    for days, late in ((7, False), (1, True)):
        clock.now += timedelta(days=days)
        assert [row.late for row in await home.waiting(stage.pool, stage.who["ue officer"])] == [late]


async def test_who_decides_nothing_has_no_queue(stage: Stage) -> None:
    for who in ("ue lead", "ue treasurer", "ue board"):
        with pytest.raises(NotAllowed):
            await service.queue(stage.pool, stage.who[who])


async def test_a_later_rate_brings_a_committed_request_back(stage: Stage, clock: Clock) -> None:
    """USD 3,600.00 is CAD 4,942.80 on the day of the approvals and CAD 5,040.00 later: secretary-treasurers are wanted then."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.3730")
    request = await stage.request(asked(await stage.campaign(), ("Hall", 3_600_00, "USD", "")))
    assert (await stage.approve(request, *OFFICERS)).state == "committed"
    assert await rows(stage, "ue secretary") == []
    clock.now += timedelta(days=1)
    await a_rate(stage.pool, date(2026, 11, 24), "1.4000")
    assert await rows(stage, "ue secretary") == [("retest_request", request.number)]
    assert await rows(stage, "ue officer") == []
    assert (await numbers(stage, "unifor secretary"))[0] == [request.number]
    await stage.approve(request, "ue secretary")
    assert await rows(stage, "ue secretary") == []


async def test_where_a_lower_rate_leaves_nothing_missing_an_officer_sets_it_aside(stage: Stage, clock: Clock) -> None:
    """USD 18,000.00 is CAD 25,200.00 on the day of the approvals, so boards resolve; a day later it is CAD 24,714.00, and both have signed."""
    await a_rate(stage.pool, date(2026, 11, 20), "1.4000")
    request = await stage.request(asked(await stage.campaign(), ("Hall", 18_000_00, "USD", "")))
    assert (await stage.approve(request, "ue secretary", "unifor secretary")).state == "board_required"
    assert await rows(stage, "ue officer") == [("resolve_request", request.number)]
    clock.now += timedelta(days=1)
    await a_rate(stage.pool, date(2026, 11, 24), "1.3730")
    assert (await numbers(stage, "ue officer"))[0] == [request.number]
    assert (await numbers(stage, "ue secretary"))[0] == [request.number]
    assert await rows(stage, "ue board") == []
    await decisions.recuse(stage.pool, stage.who["ue officer"], stage.key(), request.number, "I know the owner of the hall")
    with pytest.raises(InterestDeclared):
        await stage.approve(request, "ue officer")
    assert (await stage.approve(request, "ue secretary")).state == "committed"
    with pytest.raises(ApprovalNotNeeded):
        await stage.approve(request, "unifor secretary")


# --- boards -----------------------------------------------------------------------------------------------------------------


async def test_a_board_is_asked_when_nothing_else_is_missing(stage: Stage) -> None:
    request = await one(stage, LARGE)
    assert await rows(stage, "ue board") == []
    assert [item.case.allocation.number for item in await service.before_boards(stage.pool, stage.who["ue board"])] == [request.number]
    await stage.approve(request, *OFFICERS)
    assert await rows(stage, "ue board") == [("vote_request", request.number)]
    assert await rows(stage, "ue officer") == [("resolve_request", request.number)]
    await decisions.vote(stage.pool, stage.who["ue board"], stage.key(), request.number, request.revision, "for")
    assert await rows(stage, "ue board") == []
    (item,) = await service.before_boards(stage.pool, stage.who["ue board"])
    assert [vote.vote for vote in item.votes] == ["for"] and "vote" not in item.standing.steps
    assert [(each.rule.union, each.to_carry) for each in service.boards(item.case, item.votes)] == [("ue", 6), ("unifor", 13)]


async def test_who_is_of_no_board_reads_what_is_before_any(stage: Stage) -> None:
    request = await one(stage, LARGE)
    reader = await add_person(stage.pool, "An Auditor", None, "trustee")
    assert [item.case.allocation.number for item in await service.before_boards(stage.pool, reader)] == [request.number]


TWELVE = BoardRule("ue", 12, 7)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", (7, 7)), ("f", (6, 6)), ("ffffaa", (2, 5)), ("fffff", (2, 6)), ("ffffff", (1, 6)), ("aaaaaaa", (3, 3)), ("aaaaaaaaaaaa", (None, 0)),
        ("fffffaaaaaaa", (0, None)), ("aaaaaaaaaaa", (1, 1)), ("xxxxxx", (None, 1)), ("fxfxfxaa", (3, 2)),
    ],
)  # fmt: skip
def test_how_many_votes_decide(given: str, expected: tuple[int | None, int | None]) -> None:
    """``f`` for, ``x`` against, ``a`` abstained; as many more of one kind decide, and one fewer does not."""
    names = {"f": "for", "x": "against", "a": "abstain"}
    votes = [Vote("ue", place, names[each]) for place, each in enumerate(given)]
    assert to_decide(TWELVE, votes) == expected
    for wanted, choice, result in zip(expected, ("for", "against"), ("carried", "lost"), strict=True):
        for more in range(12 - len(votes) + 1):
            cast = [*votes, *(Vote("ue", 100 + place, choice) for place in range(more))]
            assert (board_result(TWELVE, cast) == result) == (wanted is not None and more >= wanted), (given, choice, more)


# --- one request ------------------------------------------------------------------------------------------------------------


async def test_the_dossier_shows_the_fund_before_and_after(stage: Stage) -> None:
    await a_rate(stage.pool, date(2026, 11, 20), "1.4000")
    request = await stage.request(asked(await stage.campaign(), ("Hall", 10_000_00, "CAD", ""), ("Bus", 1_000_00, "USD", "")))
    found = await service.dossier(stage.pool, stage.who["ue officer"], request.number)
    assert [(room.currency, room.available_minor, room.after_minor) for room in found.rooms] == [
        ("USD", 40_000_00, 39_000_00), ("CAD", 100_000_00, 90_000_00),
    ]  # fmt: skip
    assert (found.currency, found.free_minor, found.free_after_minor) == ("USD", 111_428_57, 103_285_71)
    assert (found.worth_minor, found.case.tested_minor) == (8_142_86, 11_400_00)
    assert found.rule is not None and found.rule.secretary_treasurers
    assert found.standing.code == "approval_not_needed"


async def test_the_dossier_names_what_was_counted_with_it(stage: Stage) -> None:
    campaign = await stage.campaign()
    first = await stage.request(asked(campaign, ("Leaflets", 3_000_00, "CAD", "Imprimerie du Quai"), ("Hall", 900_00, "CAD", "A hall")))
    second = await stage.request(asked(campaign, ("More", 3_000_00, "CAD", "Imprimerie du Quai")))
    case = (await service.dossier(stage.pool, stage.who["ue secretary"], second.number)).case
    assert [(each.request, each.payee_name, each.amount_minor) for each in case.earlier] == [(first.number, "Imprimerie du Quai", 3_000_00)]
    assert case.tested_minor == 6_000_00
