"""An audit pack of the sample year proves itself, holds what it says, holds no member's name, and other programs read its journal."""

import asyncio
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from pypdf import PdfReader

from ledger import VERSION
from ledger.domain.actors import PERMISSIONS, Actor
from ledger.domain.audit_pack_check import check_pack
from ledger.domain.audit_packs import CLOSING, INDEX, JOURNAL, LEDGER, MANIFEST, OPENING, PACK_FORMAT, RECORD_FILES, SUMS, Manifest, Period
from ledger.domain.campaigns import OpenCampaign
from ledger.domain.refusals import AuditPackLater, AuditPackTooLarge, DateInvalid, DocumentType, KeyReused, NotAllowed, NotFound
from ledger.domain.statement_requests import AnswerStatementRequest, RecordStatementRequest
from ledger.jobs import forget
from ledger.services import allocations, campaigns, documents, progress, statement_requests
from ledger.services import audit_packs as service
from ledger.services.pool import Pool, running
from ledger.services.progress import Come
from ledger.storage import audit_packs as store
from ledger.storage import progress as progress_store
from ledger.storage.private import rosters_of
from reports import audit_pack
from reports.audit_pack import make_pack, writer
from reports.audit_pack.records import RECORDS, STRIKE_ACTIONS, STRIKE_DETAILS
from tests.conftest import Clock, add_person, drop_books, sample_books
from tests.reports.test_oracles import bean_check, hledgers_balances, our_balances, program
from tests.running.product import HOME

AUDITOR = Actor(1, "Operator", None, frozenset({"trustee"}), "command")
# What stands in rosters, payment lists, secrets and bank files of the books below, and in no pack of them.
PLANTED = ("Zzyva Quillfeather", "ZQ-REF-7734", "ZQ-PAY-5521", "zqlisted", "zqsecret", "123456789012345678")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def books(server: tuple[str, str]) -> AsyncIterator[Pool]:
    database = await sample_books(server)
    async with running(database) as pool:
        yield pool
    await drop_books(server, database)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def pack(books: Pool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of the sample year so far."""
    return await packed(books, tmp_path_factory.mktemp("pack") / "pack.zip")


async def nothing(done: int, total: int, **facts: object) -> None:
    """Nobody waits."""


def the_year(pool: Pool) -> Period:
    return Period(date(pool.today().year - 1, pool.today().month, 1), pool.today())


async def packed(pool: Pool, path: Path, period: Period | None = None) -> Path:
    with path.open("wb") as target:
        await service.write(pool, AUDITOR, period or the_year(pool), make_pack, target, nothing)
    return path


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def rows(content: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in content.splitlines()]


async def test_a_pack_of_the_sample_year_is_sound(pack: Path) -> None:
    checked = check_pack(pack)
    assert checked.faults == []
    assert checked.files > 100 and checked.entries > 500 and checked.reports >= 6 and checked.documents >= 2


async def test_the_manifest_names_every_file_in_both_languages_and_what_it_is_of(books: Pool, pack: Path) -> None:
    files = unpacked(pack)
    manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
    assert manifest.format == PACK_FORMAT and manifest.sample and manifest.made_by == "Operator" and manifest.left_out == []
    assert manifest.software == f"solidarity-ledger {tomllib.loads((HOME / 'pyproject.toml').read_text())['project']['version']}"
    assert manifest.software.endswith(VERSION)
    assert {each.path for each in manifest.files} == files.keys() - {MANIFEST, SUMS}
    for each in manifest.files:
        assert (each.bytes, each.sha256) == (len(files[each.path]), hashlib.sha256(files[each.path]).hexdigest()), each.path
        assert each.en and each.fr and each.en != each.fr, each.path
    async with books.database.reading() as connection:
        head = await connection.fetchrow("SELECT number, encode(hash, 'hex') AS hash FROM head")
    assert (manifest.head.number, manifest.head.hash) == tuple(head)


def test_sha256sum_checks_it_where_it_is_unpacked(pack: Path, tmp_path: Path) -> None:
    command = shutil.which("sha256sum") or pytest.skip("sha256sum is not on the PATH")
    with zipfile.ZipFile(pack) as source:
        source.extractall(tmp_path)
    done = subprocess.run([command, "--strict", "-c", SUMS], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    os.truncate(tmp_path / CLOSING, 100)
    assert subprocess.run([command, "--strict", "-c", SUMS], cwd=tmp_path, capture_output=True).returncode == 1


async def test_its_balances_are_the_books_own_and_its_general_ledger_ties_to_them(books: Pool, pack: Path) -> None:
    files = unpacked(pack)
    ours, _ = await our_balances(books)
    closing = list(csv.DictReader(io.StringIO(files[CLOSING].decode())))
    assert len(closing) == len(ours) > 50
    last: dict[tuple[str, ...], str] = {}
    for row in csv.DictReader(io.StringIO(files[LEDGER].decode())):
        last[row["book"], row["account"], row["currency"], row["fund"]] = row["balance"]
    for row in closing:
        key = (row["book"], row["account"], row["currency"], row["fund"])
        assert last[key] == row["balance"], key
    assert len(files[OPENING].splitlines()) == 1, "the sample year begins within the period"


async def test_other_programs_read_its_journal(books: Pool, pack: Path, tmp_path: Path) -> None:
    files = unpacked(pack)
    ours, _ = await our_balances(books)
    (tmp_path / "pack.journal").write_bytes(files["journal/journal.journal"])
    assert hledgers_balances(program("hledger"), tmp_path / "pack.journal") == ours
    assert bean_check(program("bean-check"), tmp_path / "pack.beancount", files["journal/journal.beancount"].decode()) == (0, "")


async def test_fixed_reports_and_documents_are_in_it_byte_for_byte(books: Pool, pack: Path) -> None:
    files = unpacked(pack)
    async with books.database.reading() as connection:
        for row in await connection.fetch("SELECT close, version, facts, pdf_en, pdf_fr FROM close_reports"):
            folder = f"closes/{row['close']}/v{row['version']}"
            assert files[f"{folder}/report-en.pdf"] == row["pdf_en"] and files[f"{folder}/report-fr.pdf"] == row["pdf_fr"]
            assert files[f"{folder}/facts.json"] == row["facts"]
            assert len(json.loads(files[f"{folder}/head.json"])["signatures"]) == 2
    listed = rows(files[INDEX])
    kept = [row for row in listed if row["path"]]
    assert kept and all(hashlib.sha256(files[str(row["path"])]).hexdigest() == row["sha256"] for row in kept)
    left = [row for row in listed if not row["path"]]
    assert left and {each["kind"] for row in left for each in row["belongs_to"]} <= {"bank_statement", "extract"}  # type: ignore[attr-defined]


async def test_the_readme_says_in_both_languages_how_to_verify_it(pack: Path) -> None:
    files = unpacked(pack)
    english, french = files["README.txt"].decode(), files["LISEZMOI.txt"].decode()
    number, digest = (str(part) for part in msgspec.structs.astuple(msgspec.json.decode(files[MANIFEST], type=Manifest).head))
    for text in (english, french):
        assert "sha256sum -c MANIFEST.sha256" in text and "./solidarity verify PACK.zip" in text and number in text and digest in text
        assert "{" not in text and max(len(line) for line in text.splitlines()) <= 84
    assert "SAMPLE" in english and "EXEMPLE" in french
    assert "never" not in french.lower() and "Rosters" in english and "listes de membres" in french


async def test_the_same_state_of_the_books_gives_the_same_bytes(server: tuple[str, str], tmp_path: Path) -> None:
    database = await sample_books(server)
    frozen = datetime.now(UTC)
    async with running(database, lambda: frozen) as pool:
        period = Period(pool.today().replace(day=1), pool.today())
        for name in ("one.zip", "two.zip"):
            with (tmp_path / name).open("wb") as target:
                await make_pack(pool, AUDITOR, period, target, nothing)
    await drop_books(server, database)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


async def test_a_pack_of_a_part_of_the_year_begins_with_its_balances(books: Pool, tmp_path: Path) -> None:
    last = books.today().replace(day=1)
    period = Period(date(last.year - (last.month <= 3), (last.month - 4) % 12 + 1, 1), last)
    path = await packed(books, tmp_path / "part.zip", period)
    files = unpacked(path)
    assert check_pack(path).faults == []
    assert len(files[OPENING].splitlines()) > 20
    assert rows(files["audit/audit-trail.jsonl"])


# --- what is never in it ----------------------------------------------------------------------------------------------------

SERVICES = HOME / "ledger" / "services"
_SAYS = re.compile(r'(?:perform\(pool, actor|_step\(pool, actor|audit\.event\(actor), "([a-z_]+)"')
SAID_OF_STRIKES = {
    *(found for file in SERVICES.glob("*.py") if file.name.startswith(("strike", "roster", "duty")) for found in _SAYS.findall(file.read_text("utf-8"))),
    *(f"{step}_strike" for step in ("begin", "ratify", "end", "change_days", "close", "call_off")),
    *(f"{step}_advance" for step in ("approve", "hold", "let_go", "cancel")),
    "name_captain", "end_captain",
}  # fmt: skip
ACTORS_WORDS = tuple(PERMISSIONS)


async def plant(owner_url: str, schema: str) -> None:
    """Put words that no pack may hold wherever names, bank numbers and secrets are kept; as the owner, whom row-level security does not hold."""
    name, reference, pay, listed, secret, number = PLANTED
    connection = await asyncpg.connect(owner_url, server_settings={"search_path": schema})
    try:
        await connection.execute(
            """UPDATE strike_members SET name = $1, name_key = lower($1), reference = $2 || member, reference_key = strike || $2 || member,
                pay_reference = $3""",
            name, reference, pay,
        )  # fmt: skip
        await connection.execute("UPDATE strike_payments SET reason = $1, reference = $2", f"{listed} {name}", pay)
        await connection.execute("UPDATE strike_run_lines SET pay_reference = $1", pay)
        await connection.execute("UPDATE strike_grants SET paid_to = $1, purpose = $1, remark = $1", name)
        await connection.execute("UPDATE strike_member_changes SET reason = $1", name)
        await connection.execute(
            """INSERT INTO strike_roster_files
            SELECT gen_random_uuid(), union_code, number, 'roster', $1::text || '.csv', $2, sha256($2), 1, now() FROM strikes""",
            listed, f"reference,name\n{reference},{name}\n".encode(),
        )  # fmt: skip
        await connection.execute("UPDATE strike_runs SET remark = $1", f"{name} was away")
        await connection.execute("UPDATE people SET password_hash = $1, totp_secret = $1, email = $1::text || id || '@example.org'", secret)
        await _plant_bank(connection, secret, number)
        await _plant_audit(connection, name, reference)
    finally:
        await connection.close()


async def _plant_audit(connection: asyncpg.Connection, name: str, reference: str) -> None:
    """Every action about strikes says a member's name wherever an audit event could."""
    for action in (*SAID_OF_STRIKES, *(each for each in ACTORS_WORDS if each in STRIKE_ACTIONS)):
        details = {
            "remark": name, "reason": name, "member": reference, "path": f"/strikes/S-0001/members/{reference}", "new_word": name, "code": "plain",
            "facts": {"text": name, "member": reference},
        }  # fmt: skip
        await connection.execute(
            """INSERT INTO audit (id, recorded_at, person_id, union_code, via, action, outcome, subject, details, address)
            VALUES ($1, now(), 1, NULL, 'page', $2, 'refused', '', $3::text::jsonb, '')""",
            uuid4(), action, json.dumps(details),
        )  # fmt: skip


async def _plant_bank(connection: asyncpg.Connection, secret: str, number: str) -> None:
    execute = connection.execute
    payee = await connection.fetchval("SELECT min(number) FROM payees")
    await execute(
        """INSERT INTO payee_accounts (id, payee, currency, holder, bank, details, hint, call_back, state, proposed_by, proposed_at, remark)
        VALUES ($1, $2, 'CAD', 'Holder', 'Bank', jsonb_build_object('account', $3::text), '5678', $3, 'proposed', 1, now(), '')""",
        uuid4(), payee, number,
    )  # fmt: skip
    document, content = uuid4(), f"account {number}".encode()
    await execute("INSERT INTO documents VALUES ($1, sha256($2), 'bank.ofx', 'text/plain', $3, $2, 1, now())", document, content, len(content))
    await execute("INSERT INTO document_links VALUES ($1, 'bank_statement', (SELECT min(number) FROM bank_statements), 1, now())", document)
    await execute("INSERT INTO tokens VALUES ($1, 1, 'token', $2, $3, '{}', now(), now(), NULL, NULL)", uuid4(), secret.encode(), secret)


def readable(name: str, content: bytes) -> bytes:
    """Everything in a file that somebody could read: a PDF's words and what is attached to it too."""
    if not name.endswith(".pdf") or name.startswith("documents/"):
        return content
    reader = PdfReader(io.BytesIO(content))
    attached = b"".join(part for parts in reader.attachments.values() for part in parts)
    return content + attached + "".join(page.extract_text() for page in reader.pages).encode()


async def test_no_name_of_a_roster_no_bank_number_and_no_secret_is_in_it(server: tuple[str, str], tmp_path: Path) -> None:
    database = await sample_books(server)
    await plant(server[1], database.schema)
    async with running(database) as pool:
        path = await packed(pool, tmp_path / "planted.zip")
        async with pool.database.reading() as connection, rosters_of(connection, "unifor"):
            for table in ("strike_members", "strike_payments", "strike_run_lines"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table} t WHERE t::text LIKE $1", f"%{PLANTED[2]}%"), f"{table} has what could leak"
    await drop_books(server, database)
    assert check_pack(path).faults == []
    needles = [word.lower().encode() for word in PLANTED] + [PLANTED[0].split()[1].lower().encode()]
    for name, content in unpacked(path).items():
        text = readable(name, content).lower()
        found = [needle for needle in needles if needle in text or needle in name.lower().encode()]
        assert not found, f"{name} holds {found}"


async def test_files_of_drafts_and_who_asked_for_a_statement_are_nowhere_in_it(pool: Pool, ue: Actor, tmp_path: Path) -> None:
    officer = await add_person(pool, "Olive Officer", "ue", "campaign_lead")
    draft = await allocations.start_draft(pool, officer, "draft-file-0001", {"purpose": "Zqdraft plan"})
    await documents.attach(pool, officer, "draft-file-0002", "request", draft.number, "Zqdraft offer.pdf", "", b"%PDF-1.4 Zqdraft offer")
    with pytest.raises(DocumentType):
        await documents.attach(pool, officer, "draft-file-0003", "request", draft.number, "Zqdraft virus.exe", "", b"MZ")
    asked = RecordStatementRequest(reference="Zqdraft-44", statement="Zqdraft 2025", asked_on=pool.today(), local="")
    kept = await statement_requests.record(pool, ue, "draft-file-0004", asked)
    answer = AnswerStatementRequest(number=kept.number, answered_on=pool.today(), answer="Sent to Zqdraft")
    await statement_requests.answer(pool, ue, "draft-file-0005", answer)
    files = unpacked(await packed(pool, tmp_path / "drafts.zip", Period(date(2026, 1, 1), pool.today())))
    assert not [name for name, content in files.items() if b"zqdraft" in readable(name, content).lower()]
    (row,) = rows(files["forms/statement-requests.jsonl"])
    assert row.keys() == {"number", "union", "asked_on", "recorded_by", "recorded_at", "answered_on", "days", "answered_by", "answered_at"}
    assert (row["number"], row["days"]) == (kept.number, 0)
    told = [row for row in rows(files["audit/audit-trail.jsonl"]) if row["action"] == "attach_document"]
    assert [(row["outcome"], row["details"]) for row in told] == [("done", {"kind": "request"}), ("refused", {"code": "document_type"})]


async def test_a_file_of_a_draft_that_proves_something_else_too_goes_out_as_that_alone(pool: Pool, ue: Actor, tmp_path: Path) -> None:
    officer = await add_person(pool, "Olive Officer", "ue", "campaign_lead")
    draft = await allocations.start_draft(pool, officer, "draft-both-0001", {"purpose": "Plan"})
    opened = OpenCampaign(union="ue", lead=officer.person_id, name="March", initiative="organizing", starts_on=pool.today(), ends_on=pool.today())
    campaign = (await campaigns.open_campaign(pool, officer, "draft-both-0004", opened)).number
    for key, kind, number in (("draft-both-0002", "request", draft.number), ("draft-both-0003", "campaign", campaign)):
        await documents.attach(pool, officer, key, kind, number, "leaflet.pdf", "", b"%PDF-1.4 Come and march")
    files = unpacked(await packed(pool, tmp_path / "both.zip", Period(date(2026, 1, 1), pool.today())))
    (row,) = rows(files[INDEX])
    assert row["belongs_to"] == [{"kind": "campaign", "number": campaign}]


async def test_the_maps_to_forms_are_in_it_with_who_decided(books: Pool, pack: Path) -> None:
    async with books.database.reading() as connection:
        kept = await connection.fetch("SELECT union_code, version, changed_by FROM form_maps ORDER BY 1, 2")
    assert [(row["union"], row["version"], row["changed_by"]) for row in rows(unpacked(pack)["forms/form-maps.jsonl"])] == [tuple(row) for row in kept]


def test_the_files_of_records_are_those_of_the_version() -> None:
    assert [each.path for each in RECORDS] == list(RECORD_FILES)


def test_whatever_the_trail_says_about_strikes_goes_out_without_words() -> None:
    assert len(SAID_OF_STRIKES) > 55 and set(STRIKE_ACTIONS) >= SAID_OF_STRIKES
    assert not {"remark", "reason", "member", "members", "facts", "path", "kind", "payments", "amount_minor"} & set(STRIKE_DETAILS)


async def test_every_column_that_goes_out_is_named_one_by_one() -> None:
    private = (
        "password", "totp", "_secret", "digest FROM tokens", "details", "call_back", "holder", "bank_account", "bank_number", "bank_lines", "address",
        "strike_members", "strike_duty", "strike_run_lines", "strike_payments", "strike_grants", "strike_roster_files", "strike_recoveries", "members,",
        "strikers", "eligible",
    )  # fmt: skip
    for each in RECORDS:
        assert "*" not in each.query.replace("count(*)", ""), each.path
        assert "ORDER BY" in each.query, each.path
        if each.path == "between-unions/membership-counts.jsonl":
            continue
        assert not [word for word in private if word in each.query], each.path
    assert len({each.path for each in RECORDS}) == len(RECORDS)


# --- making and taking it -----------------------------------------------------------------------------------------------------


async def test_it_is_made_behind_a_page_kept_for_a_week_and_taken_away_by_those_who_may(pool: Pool, ue: Actor, clock: Clock, tmp_path: Path) -> None:
    trustee = await add_person(pool, "Tess Trustee", "unifor", "trustee")
    deputy = await add_person(pool, "Dan Deputy", "ue", "deputy")
    period = service.usual_period(pool.today())
    assert (period.first, period.last) == (date(2025, 1, 1), date(2025, 12, 31))
    id = await service.begin(pool, ue, "pack-one-0001", period, make_pack)
    assert (await progress.finished(pool, ue, id)).state == "done"
    assert await service.begin(pool, ue, "pack-one-0001", period, make_pack) == id, "the same key makes one pack"
    (kept,) = await service.list_packs(pool, trustee)
    taken, pieces = await service.take(pool, trustee, id)
    path = tmp_path / "taken.zip"
    path.write_bytes(b"".join([piece async for piece in pieces]))
    assert taken == kept and path.stat().st_size == kept.bytes
    checked = check_pack(path)
    assert checked.faults == [] and checked.manifest_sha256 == kept.manifest_sha256
    async with pool.database.reading() as connection:
        noted = await connection.fetch("SELECT action, person_id, details FROM audit WHERE action LIKE '%audit_pack' ORDER BY recorded_at, action")
    assert [(row["action"], row["person_id"]) for row in noted] == [("make_audit_pack", ue.person_id), ("take_audit_pack", trustee.person_id)]
    assert noted[0]["details"]["manifest_sha256"] == kept.manifest_sha256
    for refused in (service.list_packs(pool, deputy), service.take(pool, deputy, id), service.begin(pool, deputy, "pack-two-0001", period, make_pack)):
        with pytest.raises(NotAllowed):
            await refused
    clock.now = service.kept_until(kept)
    await forget(pool)
    assert await service.list_packs(pool, trustee) == [kept]
    clock.now = clock.now.replace(microsecond=1)
    assert await service.list_packs(pool, trustee) == [], "its days are over, though nobody swept yet"
    with pytest.raises(NotFound):
        await service.take(pool, trustee, id)
    await forget(pool)
    assert await service.list_packs(pool, trustee) == []
    with pytest.raises(NotFound):
        await service.take(pool, trustee, id)


async def test_one_is_made_at_a_time_and_a_second_click_joins_it(pool: Pool, ue: Actor, clock: Clock) -> None:
    trustee = await add_person(pool, "Tess Trustee", "unifor", "trustee")
    period, go_on = service.usual_period(pool.today()), asyncio.Event()

    async def make(pool: Pool, actor: Actor, period: Period, target: IO[bytes], come: Come) -> service.MadePack:
        await go_on.wait()
        return await make_pack(pool, actor, period, target, come)

    id = await service.begin(pool, ue, "pack-click-01", period, make)
    assert await service.begin(pool, ue, "pack-click-02", period, make) == id
    other = Period(date(2026, 1, 1), date(2026, 1, 31))
    for actor, asked in ((ue, other), (trustee, period)):
        with pytest.raises(AuditPackLater) as refusal:
            await service.begin(pool, actor, "pack-click-03", asked, make)
        assert refusal.value.params["reason"] == "running"
    go_on.set()
    assert (await progress.finished(pool, ue, id)).state == "done"
    after = await service.begin(pool, trustee, "pack-click-04", period, make_pack)
    assert (await progress.finished(pool, trustee, after)).state == "done" and len(await service.list_packs(pool, ue)) == 2


async def test_a_key_of_other_days_is_refused_before_anything_is_made(pool: Pool, ue: Actor) -> None:
    id = await service.begin(pool, ue, "pack-days-001", service.usual_period(pool.today()), make_pack)
    assert (await progress.finished(pool, ue, id)).state == "done"
    with pytest.raises(KeyReused):
        await service.begin(pool, ue, "pack-days-001", Period(date(2026, 1, 1), date(2026, 1, 31)), make_pack)


async def test_one_whose_process_ended_holds_up_nobody(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> None:
    async with pool.database.writing() as connection:
        await progress_store.begin(connection, uuid4(), service.MAKE, "2025", unifor.person_id, clock(), clock())
    clock.now += progress.SILENT + timedelta(seconds=1)
    id = await service.begin(pool, ue, "pack-ended-01", service.usual_period(pool.today()), make_pack)
    assert (await progress.finished(pool, ue, id)).state == "done"


async def test_no_more_are_kept_than_may_be(pool: Pool, ue: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PACKS_MAXIMUM", 1)
    period = service.usual_period(pool.today())
    id = await service.begin(pool, ue, "pack-full-001", period, make_pack)
    await progress.finished(pool, ue, id)
    assert await service.begin(pool, ue, "pack-full-001", period, make_pack) == id, "the one that is there is had again"
    with pytest.raises(AuditPackLater) as refusal:
        await service.begin(pool, ue, "pack-full-002", period, make_pack)
    assert refusal.value.params == {"reason": "full", "limit": 1}


@pytest.mark.parametrize(("first", "last", "field"), [
    (date(2026, 3, 1), date(2026, 2, 1), "from"), (date(2026, 1, 1), date(2026, 11, 24), "to"), (date(2027, 1, 1), None, "from"),
    (date(1, 1, 1), date(2026, 1, 1), "from"), (date(1999, 12, 31), None, "from"), (None, date(1, 5, 1), "from"),
    (date(1990, 1, 1), date(1990, 12, 31), "from"),
])  # fmt: skip
async def test_days_in_the_wrong_order_before_any_books_or_to_come_are_refused(pool: Pool, first: date | None, last: date | None, field: str) -> None:
    with pytest.raises(DateInvalid) as refusal:
        service.period_of(pool, first, last)
    assert refusal.value.params["field"] == field


async def test_how_much_is_written_and_kept_is_said_while_it_grows(pool: Pool, ue: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, int, dict[str, object]]] = []

    async def told(connection: object, id: object, done: int, total: int, now: object, facts: dict[str, object]) -> None:
        said.append((done, total, facts))

    monkeypatch.setattr(progress_store, "come", told)
    monkeypatch.setattr(store, "PIECE_BYTES", 50_000)
    for module in (service, audit_pack):
        monkeypatch.setattr(module, "TOLD_SECONDS", 0)
        monkeypatch.setattr(module, "MEGABYTE", 1_000)
    id = await service.begin(pool, ue, "pack-told-0001", service.usual_period(pool.today()), make_pack)
    assert (await progress.finished(pool, ue, id)).state == "done"
    writing = [each for each in said if each[2]["step"] == "writing"]
    keeping = [each for each in said if each[2]["step"] == "keeping"]
    (kept,) = await service.list_packs(pool, ue)
    assert writing + keeping == said, "one after the other"
    assert writing[-1][0] == writing[-1][1] and len({each[2]["megabytes"] for each in writing}) > 20
    assert len(keeping) == -(-kept.bytes // 50_000) > 3 and keeping[-1][:2] == (-(-kept.bytes // 1_000),) * 2


async def test_what_is_too_large_is_refused_and_nothing_is_kept(pool: Pool, ue: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PACK_MAXIMUM_BYTES", 20_000)
    id = await service.begin(pool, ue, "pack-large-0001", service.usual_period(pool.today()), make_pack)
    found = await progress.finished(pool, ue, id)
    assert found.state == "refused" and found.answer is not None and found.answer["code"] == AuditPackTooLarge.code
    assert await service.list_packs(pool, ue) == []


async def test_an_empty_year_makes_a_sound_pack_too(pool: Pool, tmp_path: Path) -> None:
    path = await packed(pool, tmp_path / "empty.zip", Period(date(2026, 1, 1), date(2026, 3, 31)))
    checked = check_pack(path)
    assert (checked.faults, checked.entries, checked.reports) == ([], 0, 0)
    assert JOURNAL in unpacked(path)
