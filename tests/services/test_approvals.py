"""Keep the approval rules: what new and older books begin with, what is in force on a day, who changes them, and who declared an interest."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.approvals import ApprovalRule, BoardRule, Interest, Matrix, described
from ledger.domain.campaigns import employer_key
from ledger.domain.interests import Declaration, DeclareInterest
from ledger.domain.matrices import ProposedRule, ProposeMatrix
from ledger.domain.refusals import MatrixInvalid, MatrixMissing, MatrixState, NotAllowed, NotFound, Refusal
from ledger.services import approval_rules as service
from ledger.services import home, interests
from ledger.services.pool import Pool
from ledger.services.setup import SYSTEM_PERSON_ID, ensure_books, shipped_matrix
from ledger.storage import approvals as store
from ledger.storage.database import Database
from tests.conftest import Clock, add_person
from tests.services.test_funds import known_rate

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


async def kept(database: Database, day: date = date(2026, 11, 23)) -> Matrix:
    async with database.reading() as connection:
        return await store.matrix_on(connection, day)


# --- what books begin with ----------------------------------------------------------------------------------------------


async def test_new_books_have_the_shipped_rules(database: Database) -> None:
    shipped = await kept(database)
    assert (shipped.number, shipped.valid_from, shipped.currency, shipped.state) == (1, date(2000, 1, 1), "CAD", "confirmed")
    assert (shipped.proposed_by, shipped.decided_by) == (SYSTEM_PERSON_ID, None)
    assert (shipped.split_days, shipped.own_nation_only, shipped.fx_headroom_percent) == (30, True, Decimal(0))
    assert (shipped.draw_days, shipped.remind_days) == (180, 7)
    assert shipped.board_rules == (BoardRule("ue", 12, 7), BoardRule("unifor", 25, 13))
    assert shipped.rules == (
        ApprovalRule(kind="general", over_minor=0, officers=1),
        ApprovalRule(kind="general", over_minor=5_000_00, secretary_treasurers=True),
        ApprovalRule(kind="general", over_minor=25_000_00, officers=1, boards="both"),
        ApprovalRule(kind="political", over_minor=0, officers=1, boards="both"),
        ApprovalRule(kind="strike_support", over_minor=0, officers=1),
        ApprovalRule(kind="study_group", over_minor=0, officers=1, boards="both"),
    )


async def test_books_from_before_there_were_rules_get_them_once(database: Database, server: tuple[str, str]) -> None:
    await take_rules_away(server[1], database.schema)
    with pytest.raises(MatrixMissing):
        await kept(database)
    assert not await ensure_books(database)
    assert not await ensure_books(database)
    assert (await kept(database)).rules == shipped_matrix().rules
    async with database.reading() as connection:
        assert [each.number for each in await store.matrices(connection)] == [1]
        assert await connection.fetchval("SELECT value FROM counters WHERE name = 'approval_rules'") == 1


async def take_rules_away(owner_url: str, schema: str) -> None:
    """Leave the books as they were set up before there were approval rules."""
    owner = await asyncpg.connect(owner_url)
    try:
        for table in ("board_rules", "approval_rules", "approval_matrices"):
            await owner.execute(f"ALTER TABLE {schema}.{table} DISABLE TRIGGER USER")
            await owner.execute(f"DELETE FROM {schema}.{table}")
        await owner.execute(f"DELETE FROM {schema}.counters WHERE name = 'approval_rules'")
    finally:
        await owner.close()


async def test_the_rules_of_a_day_are_the_confirmed_ones_that_began_last(database: Database) -> None:
    shipped = await kept(database)
    later = [
        msgspec.structs.replace(shipped, number=2, valid_from=date(2026, 6, 1)),
        msgspec.structs.replace(shipped, number=3, valid_from=date(2026, 9, 1)),
        msgspec.structs.replace(shipped, number=4, valid_from=date(2026, 9, 1)),
        msgspec.structs.replace(shipped, number=5, valid_from=date(2026, 9, 1), state="proposed"),
        msgspec.structs.replace(shipped, number=6, valid_from=date(2026, 9, 1), state="rejected"),
    ]
    async with database.writing() as connection:
        for each in later:
            await store.add_matrix(connection, each)
    days = {date(2000, 1, 1): 1, date(2026, 5, 31): 1, date(2026, 6, 1): 2, date(2026, 8, 31): 2, date(2026, 9, 1): 4, date(2030, 1, 1): 4}
    assert {day: (await kept(database, day)).number for day in days} == days
    with pytest.raises(MatrixMissing) as refused:
        await kept(database, date(1999, 12, 31))
    assert refused.value.params == {"date": "1999-12-31"}


# --- changing them ------------------------------------------------------------------------------------------------------

SHIPPED = shipped_matrix()
RULES = tuple(
    ProposedRule(
        kind=rule.kind, over_minor=rule.over_minor, officers=rule.officers, secretary_treasurers=rule.secretary_treasurers, boards=rule.boards
    )
    for rule in SHIPPED.rules
)
PROPOSAL = ProposeMatrix(valid_from=date(2026, 12, 1), currency="CAD", rules=RULES, board_rules=SHIPPED.board_rules, split_days=60)


@pytest_asyncio.fixture(loop_scope="session")
async def wanda(pool: Pool) -> Actor:
    """UE's officer."""
    return await add_person(pool, "Wanda Achterberg", "ue", "officer")


@pytest_asyncio.fixture(loop_scope="session")
async def coralie(pool: Pool) -> Actor:
    """Unifor's secretary-treasurer."""
    return await add_person(pool, "Coralie Haddad-Morin", "unifor", "secretary_treasurer")


async def test_one_union_proposes_and_the_other_confirms(pool: Pool, clock: Clock, wanda: Actor, coralie: Actor) -> None:
    proposed = await service.propose_rules(pool, wanda, "rules-propose-1", PROPOSAL)
    assert (proposed.number, proposed.state) == (2, "proposed")
    assert await service.propose_rules(pool, wanda, "rules-propose-1", PROPOSAL) == proposed
    colleague = await add_person(pool, "Dell Fourier", "ue", "secretary_treasurer")
    for actor, code in ((wanda, "same_person"), (colleague, "same_union")):
        with pytest.raises(Refusal) as refused:
            await service.confirm_rules(pool, actor, f"rules-confirm-{code}", 2)
        assert refused.value.code == code
    confirmed = await service.confirm_rules(pool, coralie, "rules-confirm-1", 2)
    assert (confirmed.state, confirmed.decided_by) == ("confirmed", coralie.person_id)
    assert ((await kept(pool.database)).number, (await kept(pool.database, date(2026, 12, 1))).number) == (1, 2)
    with pytest.raises(MatrixState):
        await service.reject_rules(pool, coralie, "rules-reject-1", 2, "Too late")
    seen = await service.overview(pool, wanda)
    assert [(each.matrix.number, each.standing, each.proposed_by[0]) for each in seen.sets] == [
        (2, "to_come", "Wanda Achterberg"), (1, "in_force", "Scheduled jobs"),
    ]  # fmt: skip
    clock.now = datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert [each.standing for each in (await service.overview(pool, wanda)).sets] == ["in_force", "replaced"]


async def test_a_proposal_is_turned_down_with_a_reason_that_its_proposer_reads(pool: Pool, wanda: Actor, coralie: Actor) -> None:
    await service.propose_rules(pool, wanda, "rules-propose-2", PROPOSAL)
    with pytest.raises(Refusal, match="text_invalid"):
        await service.reject_rules(pool, coralie, "rules-reject-2", 2, "  ")
    await service.reject_rules(pool, coralie, "rules-reject-3", 2, "The NEB wants 30 days")
    found = await service.one_set(pool, wanda, 2)
    assert (found.shown.standing, found.reason, found.shown.decided_by) == ("rejected", "The NEB wants 30 days", ("Coralie Haddad-Morin", "unifor"))
    assert (await kept(pool.database, date(2027, 1, 1))).number == 1


async def test_what_was_overtaken_or_came_too_late_cannot_be_confirmed(pool: Pool, clock: Clock, wanda: Actor, coralie: Actor) -> None:
    await service.propose_rules(pool, wanda, "rules-propose-3", PROPOSAL)
    later = msgspec.structs.replace(PROPOSAL, valid_from=date(2026, 12, 5), split_days=90)
    await service.propose_rules(pool, coralie, "rules-propose-4", later)
    await service.confirm_rules(pool, wanda, "rules-confirm-3", 3)
    for day, reason in ((datetime(2026, 11, 23, 17, tzinfo=UTC), "overtaken"), (datetime(2026, 12, 2, 17, tzinfo=UTC), "past")):
        clock.now = day
        with pytest.raises(MatrixInvalid) as refused:
            await service.confirm_rules(pool, coralie, f"rules-confirm-{reason}", 2)
        assert refused.value.params["reason"] == reason
    await service.reject_rules(pool, coralie, "rules-reject-4", 2, "Overtaken")


async def test_a_refused_proposal_leaves_no_gap_in_the_numbers(pool: Pool, wanda: Actor) -> None:
    with pytest.raises(MatrixInvalid):
        await service.propose_rules(pool, wanda, "rules-propose-5", msgspec.structs.replace(PROPOSAL, rules=RULES[1:]))
    assert (await service.propose_rules(pool, wanda, "rules-propose-6", PROPOSAL)).number == 2


async def test_the_other_union_s_officers_are_told_and_have_it_waiting(pool: Pool, ue: Actor, wanda: Actor, coralie: Actor) -> None:
    officer = await add_person(pool, "Thaddeus Bellwether", "unifor", "officer")
    await service.propose_rules(pool, wanda, "rules-propose-7", PROPOSAL)
    expected = [("confirm_approval_rules", "R-2", "/approval-rules/2", "ue")]
    for actor, rows in ((coralie, expected), (officer, expected), (wanda, []), (ue, [])):
        found = [(row.kind, row.subject, row.url, row.union) for row in await home.waiting(pool, actor)]
        assert found == rows, actor.name
    async with pool.database.reading() as connection:
        told = await connection.fetch("SELECT person_id, url, facts FROM notices WHERE kind = 'approval_rules_proposed' ORDER BY person_id")
    assert [row["person_id"] for row in told] == sorted([coralie.person_id, officer.person_id])
    assert {row["url"] for row in told} == {"/approval-rules/2"}
    await service.confirm_rules(pool, coralie, "rules-confirm-7", 2)
    assert await home.waiting(pool, officer) == []


@pytest.mark.parametrize("role", ["treasurer", "board_member", "campaign_lead", "trustee"])
async def test_only_officers_change_the_rules_and_everybody_reads_them(pool: Pool, role: str) -> None:
    actor = await add_person(pool, "A reader", "ue", role)
    assert (await service.overview(pool, actor)).in_force.number == 1
    with pytest.raises(NotAllowed):
        await service.propose_rules(pool, actor, f"rules-propose-{role}", PROPOSAL)
    with pytest.raises(NotAllowed):
        await service.confirm_rules(pool, actor, f"rules-confirm-{role}", 1)


# --- what would this need? ----------------------------------------------------------------------------------------------

# currency, amount, what is tested in CAD, who must approve, at USD 1 = CAD 1.3725.
QUESTIONS = [
    ("CAD", 5_000_00, 5_000_00, ["ue officer", "unifor officer"]),
    ("CAD", 5_000_01, 5_000_01, ["ue secretary_treasurer", "unifor secretary_treasurer"]),
    ("USD", 3_642_98, 5_000_00, ["ue officer", "unifor officer"]),
    ("USD", 3_642_99, 5_000_01, ["ue secretary_treasurer", "unifor secretary_treasurer"]),
    ("USD", 20_000_00, 27_450_00, ["ue officer", "unifor officer", "ue board", "unifor board"]),
]  # fmt: skip


@pytest.mark.parametrize(("currency", "amount", "tested", "expected"), QUESTIONS)
async def test_an_amount_is_tested_at_the_day_s_rate(pool: Pool, wanda: Actor, currency: str, amount: int, tested: int, expected: list[str]) -> None:
    await known_rate(pool)
    found = await service.needs(pool, wanda, service.Question(kind="general", fund="gen", amount_minor=amount, currency=currency))
    assert (found.tested_minor, described(found.needed)) == (tested, expected)
    assert (found.rate is None) == (currency == "CAD")


async def test_without_a_rate_nobody_guesses(pool: Pool, wanda: Actor) -> None:
    with pytest.raises(Refusal, match="rate_missing"):
        await service.needs(pool, wanda, service.Question(kind="general", fund="GEN", amount_minor=1, currency="USD"))


# --- declared interests -------------------------------------------------------------------------------------------------


async def test_an_interest_is_in_force_until_it_is_ended(pool: Pool) -> None:
    mine = Declaration(id=uuid4(), person_id=1, subject_kind="payee", subject="P-0001", reason="My brother owns it.", declared_at=NOON)
    async with pool.database.writing() as connection:
        await store.add_interest(connection, mine)
        assert await store.interests_of(connection, [1, 2]) == {1: frozenset({Interest("payee", "P-0001")}), 2: frozenset()}
        assert [each.id for each in await store.interests_in(connection, [Interest("payee", "P-0001"), Interest("payee", "P-0002")])] == [mine.id]
        with pytest.raises(NotFound):
            await store.end_interest(connection, mine.id, 2, NOON)
        await store.end_interest(connection, mine.id, 1, NOON)
        assert await store.interests_of(connection, [1]) == {1: frozenset()}
        assert await store.interests_in(connection, [Interest("payee", "P-0001")]) == []
        assert [each.ended_at for each in await store.declared_by(connection, 1)] == [NOON]
        with pytest.raises(NotFound):
            await store.end_interest(connection, mine.id, 1, NOON)


async def a_payee(pool: Pool, number: str, name: str) -> None:
    async with pool.database.writing() as connection:
        await connection.execute(
            "INSERT INTO payees VALUES ($1, $2, $3, 'CA', '', 1, $4)", number, name, name.casefold(), NOON
        )  # fmt: skip


async def a_campaign(pool: Pool, number: str, name: str, lead: Actor, employer: tuple[int, str] | None = None) -> None:
    async with pool.database.writing() as connection:
        if employer is not None:
            await connection.execute("INSERT INTO employers VALUES ($1, $2, $3)", *employer, employer_key(employer[1]))
        await connection.execute(
            """INSERT INTO campaigns (number, name, initiative, employer_id, union_code, lead_id, starts_on, description, state, budget_version,
            recorded_by, recorded_at) VALUES ($1, $2, 'organizing', $3, 'ue', $4, '2026-01-01', '', 'open', 0, $4, $5)""",
            number, name, employer and employer[0], lead.person_id, NOON,
        )  # fmt: skip


async def test_an_officer_declares_what_they_mean_by_a_number_or_an_employer_s_name(pool: Pool, wanda: Actor, coralie: Actor) -> None:
    lead = await add_person(pool, "Marisol Petrakis", "ue", "campaign_lead")
    await a_campaign(pool, "C-0001", "Erie locomotives", lead, (3, "Lake Erie Rail"))
    await a_payee(pool, "P-0001", "Presse Achterberg")
    meant = []
    for text in ("c-0001", " lake  ERIE rail", "P-0001"):
        made = await interests.declare(pool, wanda, f"declare-{text.split()[0]}", DeclareInterest(subject=text, reason="My brother owns it"))
        meant.append((made.declaration.subject_kind, made.declaration.subject, made.label))
    assert meant == [
        ("campaign", "C-0001", "Erie locomotives"), ("employer", "3", "Lake Erie Rail"), ("payee", "P-0001", "Presse Achterberg"),
    ]  # fmt: skip
    async with pool.database.reading() as connection:
        found = await store.interests_of(connection, [wanda.person_id, coralie.person_id])
    assert found == {
        wanda.person_id: frozenset({Interest("campaign", "C-0001"), Interest("employer", "3"), Interest("payee", "P-0001")}),
        coralie.person_id: frozenset(),
    }
    seen = await interests.about(pool, coralie, [Interest("payee", "P-0001"), Interest("campaign", "C-0009")])
    assert [(each.declaration.person, each.declaration.reason, each.label) for each in seen] == [
        ("Wanda Achterberg", "My brother owns it", "Presse Achterberg")
    ]
    about = [Interest("campaign", "C-0001"), Interest("employer", "3"), Interest("payee", "P-0001")]
    another = await add_person(pool, "Another lead", "ue", "campaign_lead")
    told = {each.name: {one.declaration.subject for one in await interests.about(pool, each, about)} for each in (lead, another)}
    assert told == {"Marisol Petrakis": {"C-0001", "3", "P-0001"}, "Another lead": {"P-0001"}}


async def test_what_was_declared_once_stays_as_it_was_said_until_it_ends(pool: Pool, wanda: Actor, coralie: Actor) -> None:
    await a_payee(pool, "P-0001", "Presse Achterberg")
    first = await interests.declare(pool, wanda, "declare-once", DeclareInterest(subject="P-0001", reason="My brother owns it"))
    again = await interests.declare(pool, wanda, "declare-twice", DeclareInterest(subject="P-0001", reason="Something else"))
    assert again == first
    with pytest.raises(NotFound):
        await interests.end(pool, coralie, "end-another-s", first.declaration.id)
    ended = await interests.end(pool, wanda, "end-mine", first.declaration.id)
    assert ended.declaration.ended_at == NOON
    assert await interests.about(pool, coralie, [Interest("payee", "P-0001")]) == []
    anew = await interests.declare(pool, wanda, "declare-anew", DeclareInterest(subject="P-0001", reason="He bought it back"))
    assert [(each.declaration.id, each.declaration.ended_at is None) for each in await interests.own(pool, wanda)] == [
        (anew.declaration.id, True), (first.declaration.id, False),
    ]  # fmt: skip
    assert await interests.own(pool, coralie) == []


async def test_nobody_names_what_they_may_not_read(pool: Pool, wanda: Actor) -> None:
    lead = await add_person(pool, "Marisol Petrakis", "ue", "campaign_lead")
    other = await add_person(pool, "Malaika Osei-Gagnon", "unifor", "campaign_lead")
    benefits = await add_person(pool, "Leontyne Abara", "ue", "benefits_officer")
    await a_campaign(pool, "C-0001", "Erie locomotives", lead, (3, "Lake Erie Rail"))
    await a_payee(pool, "P-0001", "Presse Achterberg")
    numbers = {actor.name: [each.subject for each in await interests.choices(pool, actor)] for actor in (wanda, lead, other, benefits)}
    assert numbers == {
        "Wanda Achterberg": ["C-0001", "3", "P-0001"], "Marisol Petrakis": ["C-0001", "3", "P-0001"], "Malaika Osei-Gagnon": ["P-0001"],
        "Leontyne Abara": [],
    }  # fmt: skip
    for actor, text in ((other, "C-0001"), (benefits, "P-0001"), (wanda, "C-0002"), (wanda, ""), (wanda, "x" * 500)):
        with pytest.raises(Refusal, match="choice_invalid"):
            await interests.declare(pool, actor, f"declare {actor.name} {text}"[:50].replace(" ", "-"), DeclareInterest(subject=text, reason="Mine"))
    with pytest.raises(Refusal, match="text_invalid"):
        await interests.declare(pool, wanda, "declare-no-reason", DeclareInterest(subject="P-0001", reason=""))
