"""Nobody but the benefits officers and treasurers of a strike's own union sees a name: not by the API, not by a page, not in the database.

A whole life of a roster is lived first (brought in, changed, stood, counted, refused); then every table that others read is searched for what
only the roster may hold.
"""

import base64
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.refusals import Refusal
from ledger.services import roster_files
from ledger.services.pool import Pool
from ledger.services.roster_files import SheetFile
from ledger.storage.private import rosters_of
from tests.conftest import client_for
from tests.services.rosters_stage import HEADING, RosterStage, captain, rosters_stage

LINES = ("KX-1001,Ana Kowalski,112,good", "KX-1002,Théo Nguyễn,112,arrears", "KX-1003,Noor Haddad,1285,good")
PRIVATE_WORDS = ("kowalsk", "nguy", "haddad", "kx-100", "zz-404", "p-7001", "married")
# Every table that holds a member's name, reference or money.
PRIVATE = (
    "strike_roster_files", "strike_members", "strike_member_changes", "strike_duty", "strike_run_lines", "strike_payments", "strike_overpayments",
    "strike_arrears", "strike_recoveries", "strike_grants", "strike_grant_repayments",
)  # fmt: skip
# Who may not see Unifor's roster: (person, whether the door itself is shut to their role).
STRANGERS = [
    "ue treasurer", "ue benefits_officer", "ue board_member", "ue officer", "ue trustee", "ue admin", "ue picket_captain", "unifor deputy",
    "unifor officer", "unifor board_member", "unifor trustee", "unifor admin", "unifor picket_captain",
]  # fmt: skip
ROSTER = "/api/v1/strikes/S-0002/roster"


def member(**fields: Any) -> dict[str, Any]:
    return {"name": "Ana Kowalska", "local": "112", "pay_reference": "P-7001", "reason": "Ana married"} | fields


def sheet(*lines: str) -> dict[str, str]:
    return {"filename": "Kowalski.csv", "content": base64.b64encode("\n".join((HEADING, *lines)).encode()).decode()}


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, app: Litestar) -> RosterStage:
    """A roster that has lived, by the API: brought in, refused, changed, stood, looked at."""
    made = await rosters_stage(pool)
    async with client_for(app, made.people["unifor benefits_officer"]) as client:
        await posted(client, 201, f"{ROSTER}/imports", sheet(*LINES))
        await posted(client, 422, f"{ROSTER}/imports", sheet(*LINES, "ZZ-404,Ana Kowalski,9999,good"))
        await posted(client, 422, f"{ROSTER}/imports", {"filename": "Kowalski.pdf", "content": base64.b64encode(b"%PDF-1.7 Kowalski").decode()})
        await posted(client, 200, f"{ROSTER}/preview", sheet(*LINES, "ZZ-404,Ana Kowalski,9999,good"))
        answer = await client.put(f"{ROSTER}/1", json=member(), headers={"Idempotency-Key": "change-of-one"})
        assert answer.status_code == 200, answer.text
        await posted(client, 422, f"{ROSTER}", member(reference="KX-1003"))
        await posted(client, 422, f"{ROSTER}", member(reference="046 454 286"))
        await posted(client, 201, "/api/v1/strikes/S-0002/duty", {"day": "2026-11-16", "reference": "KX-1001"})
        await posted(client, 422, "/api/v1/strikes/S-0002/duty", {"day": "2026-11-16", "reference": "ZZ-404 Kowalski"})
        assert (await client.get(ROSTER, params={"q": "kowalska"})).json()["items"][0]["reference"] == "KX-1001"
    await captain(made, "unifor", "112")
    return made


async def posted(client: httpx.AsyncClient, status: int, address: str, body: dict[str, Any]) -> httpx.Response:
    answer = await client.post(address, json=body, headers={"Idempotency-Key": f"roster-life-{abs(hash((address, str(body))))}"})
    assert answer.status_code == status, answer.text
    assert not [word for word in PRIVATE_WORDS if word in answer.text.lower()], answer.text
    return answer


# --- by the API -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", STRANGERS)
async def test_no_stranger_sees_a_name_or_a_reference_at_any_door(app: Litestar, stage: RosterStage, who: str) -> None:
    reads = [ROSTER, f"{ROSTER}?q=kowalska", f"{ROSTER}/1"]
    writes = [
        ("POST", f"{ROSTER}/imports", sheet(*LINES)), ("POST", f"{ROSTER}/preview", sheet(*LINES)), ("PUT", f"{ROSTER}/1", member()),
        ("POST", ROSTER, member(reference="Q-1")), ("PUT", f"{ROSTER}/retention", {"until": "2027-01-01"}),
        ("POST", f"{ROSTER}/pseudonymisation", {"confirm": "S-0002"}),
    ]  # fmt: skip
    async with client_for(app, stage.people[who]) as client:
        answers = [await client.get(address) for address in reads]
        answers += [
            await client.request(method, address, json=body, headers={"Idempotency-Key": f"stranger-{who.replace(' ', '-')}-{number}"})
            for number, (method, address, body) in enumerate(writes)
        ]
        assert {answer.status_code for answer in answers} == {403}
        others = [await client.get(f"{ROSTER}/counts"), await client.get("/api/v1/strikes/S-0002/duty?day=2026-11-16")]
    assert not [word for answer in [*answers, *others] for word in PRIVATE_WORDS if word in answer.text.lower() and who != "unifor picket_captain"]


async def test_a_captain_sees_references_of_their_local_and_nothing_else(app: Litestar, stage: RosterStage) -> None:
    async with client_for(app, stage.people["unifor picket_captain"]) as client:
        found = (await client.get("/api/v1/strikes/S-0002/duty?day=2026-11-16")).json()
        other = await client.post(
            "/api/v1/strikes/S-0002/duty", json={"day": "2026-11-16", "reference": "KX-1003"}, headers={"Idempotency-Key": "captain-other-local"}
        )
    assert (found["locals"], [(each["reference"], each["name"]) for each in found["stood"]]) == (["112"], [("KX-1001", "")])
    assert other.status_code == 422 and other.json()["code"] == "member_unknown"


async def test_who_keeps_the_roster_reads_it(app: Litestar, stage: RosterStage) -> None:
    for who in ("unifor treasurer", "unifor benefits_officer"):
        async with client_for(app, stage.people[who]) as client:
            assert [each["name"] for each in (await client.get(ROSTER)).json()["items"]] == ["Ana Kowalska", "Noor Haddad", "Théo Nguyễn"]


# --- in the database --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("union", ["", "ue", "nobody", "unifor' OR 'a' = 'a"])
async def test_the_application_s_role_sees_no_row_without_the_right_union(stage: RosterStage, union: str) -> None:
    async with stage.pool.database.writing() as connection:
        if union:
            await connection.execute("SELECT set_config('app.union', $1, true)", union)
        seen = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in PRIVATE}
        assert set(seen.values()) == {0}, seen
        # Nor can it change, take away or add any.
        assert await connection.execute("UPDATE strike_members SET name = 'x'") == "UPDATE 0"
        assert await connection.execute("DELETE FROM strike_duty") == "DELETE 0"


async def test_a_row_for_another_union_is_refused(stage: RosterStage) -> None:
    async with stage.pool.database.writing() as connection, rosters_of(connection, "ue"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                """INSERT INTO strike_duty (strike, member, day, union_code, minutes, recorded_by, recorded_at)
                VALUES ('S-0002', 1, '2026-11-17', 'unifor', 60, 1, now())"""
            )


async def test_the_setting_ends_with_its_block(stage: RosterStage) -> None:
    async with stage.pool.database.reading() as connection:
        async with rosters_of(connection, "unifor"):
            assert await connection.fetchval("SELECT count(*) FROM strike_members") == 3
        assert await connection.fetchval("SELECT count(*) FROM strike_members") == 0


async def test_nothing_private_is_in_any_table_that_others_read(stage: RosterStage) -> None:
    file = SheetFile("Kowalski.csv", f"{HEADING}\nZZ-404,Ana Kowalski,9999,good".encode())
    with pytest.raises(Refusal):
        await roster_files.upload(stage.pool, stage.people["ue benefits_officer"], stage.key(), "S-0002", file)
    async with stage.pool.database.reading() as connection:
        tables = [
            row["tablename"] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", stage.pool.database.schema)
        ]  # fmt: skip
        assert {"entries", "audit", "requests", "notices", "progress", "strike_events"} <= set(tables)
        for table in set(tables) - set(PRIVATE):
            held = str([tuple(row.values()) for row in await connection.fetch(f"SELECT * FROM {table}")]).lower()
            found = [word for word in PRIVATE_WORDS if word in held]
            assert not found, f"{table} holds {found}"
