"""Use every command as an operator does: it works, says what went wrong in one line and how to mend it, and never shows a trace."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ledger.domain.sealed_reports import JOURNAL, attachments
from ledger.services.pool import ZONE
from tests.promises.test_sealed_reports import rewritten
from tests.running.product import HOME, Product, environment, free_port, up, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts the whole product")
RATES = HOME / "tests" / "data" / "rates" / "valet.csv"
COMMANDS = (
    "bank", "bank accept", "bank accounts", "bank exclude", "bank include", "bank lines", "bank match", "bank postings", "bank proof", "bank propose",
    "bank reconcile", "bank record", "bank reopen", "bank retire-rule", "bank rules", "bank start", "bank statements", "bank undo", "bank withdraw",
    "bank write-rule",
    "bench", "close", "close add-holiday", "close due-days", "close fix", "close head", "close holidays", "close list", "close remove-holiday",
    "close report", "close schedule", "close set-due-days", "close show", "between", "between accept",
    "between agreements", "between balances", "between costs", "between decline",
    "between equalisations", "between loans", "between steps", "between withdraw", "doctor",
    "export", "import", "import rates", "import roster", "import statement", "mail", "mail test", "migrate", "report", "requests",
    "members-page", "members-page approve", "members-page list", "members-page preview", "members-page propose", "members-page show",
    "members-page switch", "members-page take-back", "retention", "retention classes", "retention filings", "retention holds", "retention keep-hold",
    "retention place-hold", "retention record-filing", "retention release-hold",
    "requests expire", "requests list", "resources", "resources bookings", "resources cancel", "resources confirm",
    "resources confirm-delivery", "resources decline", "resources deliveries", "resources dispute-delivery", "resources free", "resources hold",
    "resources list", "resources release", "resources request", "sample",
    "strikes", "strikes advance", "strikes advances", "strikes approve-advance",
    "strikes approve-run", "strikes compute-run", "strikes list", "strikes pay-advance", "strikes pay-run", "strikes rules", "strikes run",
    "strikes runs", "strikes runway", "strikes show", "strikes start-run", "strikes submit-run", "token", "token create", "token list",
    "token revoke", "up", "user", "user add", "user disable", "user grant", "user link", "user list", "user revoke", "verify", "webhooks",
    "webhooks list", "webhooks send", "worker",
)  # fmt: skip


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Sample books that are being served, as they are when somebody uses a command."""
    with tempfile.TemporaryDirectory(prefix="solidarity-commands-") as folder, up(Path(folder) / "data") as started:
        yield started


def run(command: str, *arguments: str, data: Path | None = None, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command from another folder than the product's."""
    settings = environment(**({"SOLIDARITY_DATA": str(data)} if data else {}), COLUMNS="120", **more)
    line = [str(HOME / "solidarity"), *command.split(), *arguments]
    return subprocess.run(line, capture_output=True, text=True, env=settings, cwd=cwd or "/", timeout=300)


def works(done: subprocess.CompletedProcess[str]) -> str:
    """What it wrote; it ended well and complained of nothing."""
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def fails(done: subprocess.CompletedProcess[str], *words: str, status: int = 1) -> str:
    """What it said: no trace, one line where it is not about usage, with these words."""
    said = " ".join(done.stderr.replace("│", " ").split())
    assert done.returncode == status, said
    assert "Traceback" not in said
    assert done.stdout == ""
    for word in words:
        assert word in said
    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_means(command: str) -> None:
    from click import Context, Group

    from api.cli import _add_commands, solidarity

    _add_commands()
    found: object = solidarity
    for name in command.split():
        assert isinstance(found, Group)
        found = found.get_command(Context(found), name)
    assert found.get_short_help_str(200), command  # type: ignore[attr-defined]
    for option in found.params:  # type: ignore[attr-defined]
        assert option.param_type_name == "argument" or option.help, f"{command} {option.name}"


def test_help_is_shown_without_books_or_settings() -> None:
    assert "Usage: ./solidarity export" in works(run("export", "--help", SOLIDARITY_DATABASE_URL="nonsense"))
    said = works(run("report", "-h"))
    assert "trial-balance" in said and "in-transit" in said


# --- export and verify ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(product: Product) -> Path:
    """The sample year as JSON lines."""
    target = product.data.parent / "books.jsonl"
    assert works(run("export", "-o", str(target), data=product.data)) == ""
    return target


@pytest.mark.parametrize(("name", "begins"), [("hledger", ";"), ("beancount", ";"), ("csv", "\ufeffnumber,"), ("jsonl", "{")])
def test_an_export_goes_to_standard_output_or_into_a_file(product: Product, name: str, begins: str) -> None:
    piped = works(run("export", "--format", name, data=product.data))
    assert piped.startswith(begins) and len(piped) > 50_000
    target = product.data.parent / f"books.{name}"
    works(run("export", "--format", name, "-o", str(target), data=product.data))
    written = target.read_bytes().decode()
    assert len(written.splitlines()) == len(piped.splitlines())
    assert not list(target.parent.glob(".*.part"))


def test_an_export_is_verified_anywhere_without_books_or_settings(exported: Path, tmp_path: Path) -> None:
    alone = {"SOLIDARITY_DATABASE_URL": "nonsense", "SOLIDARITY_PORT": "nonsense", "SOLIDARITY_DATA": "/nowhere"}
    copy = tmp_path / "books.jsonl"
    copy.write_bytes(exported.read_bytes())
    said = works(run("verify", "books.jsonl", cwd=tmp_path, **alone))
    assert said.startswith("Sound. ")
    head, digest = said.split("ends at ")[1].split(" with hash ")
    assert works(run("verify", str(copy), "--head", f"{head}:{digest.strip()}", **alone)) == said
    other = run("verify", str(copy), "--head", f"{head}:{'0' * 64}", **alone)
    assert (other.returncode, other.stdout.startswith(f"J-{head}: its hash is")) == (1, True)


def test_a_tampered_export_is_said_to_depart_where_it_does(exported: Path, tmp_path: Path) -> None:
    lines = exported.read_text().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if '"number":100,' in line.replace(" ", ""))
    lines[place] = lines[place].replace("general", "opening", 1) if "general" in lines[place] else lines[place].replace("USD", "CAD", 1)
    (tmp_path / "tampered.jsonl").write_text("".join(lines))
    done = run("verify", str(tmp_path / "tampered.jsonl"))
    assert done.returncode == 1 and "FAULTS" in done.stdout
    assert done.stdout.startswith("J-100: ")
    del lines[place]
    (tmp_path / "shorter.jsonl").write_text("".join(lines))
    assert "J-101" in run("verify", str(tmp_path / "shorter.jsonl")).stdout


def test_an_audit_pack_is_written_and_verified_anywhere(product: Product, tmp_path: Path) -> None:
    fails(run("export", "--format", "audit-pack", data=product.data), "--output", status=2)
    fails(run("export", "--from", "2026-01-01", data=product.data), "--format audit-pack", status=2)
    fails(run("export", "--format", "audit-pack", "--to", "2099-01-01", "-o", str(tmp_path / "later.zip"), data=product.data), "January 1, 2099")
    today = date.today()
    target, first, last = tmp_path / "pack.zip", str(today - timedelta(days=330)), str(today - timedelta(days=1))
    said = works(run("export", "--format", "audit-pack", "--from", first, "--to", last, "-o", str(target), data=product.data))
    manifest = said.strip().splitlines()[-1]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["pack.zip"]
    alone = {"SOLIDARITY_DATABASE_URL": "nonsense", "SOLIDARITY_DATA": "/nowhere"}
    proved = works(run("verify", "pack.zip", cwd=tmp_path, **alone))
    assert proved.startswith("Sound. Audit pack, ") and manifest in proved
    head, digest = proved.split("ends at ")[1].split(" with hash ")
    assert "NOT PROVED: that this is the pack that was made." in proved
    against = works(run("verify", "pack.zip", "--head", f"{head}:{digest.split()[0]}", cwd=tmp_path, **alone))
    assert f"The journal up to {head} was held to what you kept. NOT PROVED" in against
    held = works(run("verify", "pack.zip", "--manifest-sha256", manifest, cwd=tmp_path, **alone))
    assert held.startswith("Sound. Audit pack, ") and "NOT PROVED" not in held
    wrong = run("verify", "pack.zip", "--manifest-sha256", "0" * 64, cwd=tmp_path, **alone)
    assert (wrong.returncode, wrong.stdout.startswith("it is not the pack whose manifest hash was kept")) == (1, True)
    fails(run("verify", "pack.zip", "--manifest-sha256", "abc", cwd=tmp_path, **alone), "64 hexadecimal digits", status=2)
    fails(run("verify", "--manifest-sha256", manifest, cwd=tmp_path, **alone), "only an audit pack has a manifest", status=2)
    other = run("verify", "pack.zip", "--head", f"{head}:{'0' * 64}", cwd=tmp_path, **alone)
    assert (other.returncode, other.stdout.startswith(f"J-{head}: its hash is")) == (1, True)
    (tmp_path / "cut.zip").write_bytes(target.read_bytes()[:-500])
    fails(run("verify", "cut.zip", cwd=tmp_path, **alone), "cut.zip cannot be proved")


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"\xff\xfe\x00", b'{"format": "other"}\n', b"[" * 100_000, b'{"a":' * 50_000])
def test_what_is_no_export_is_said_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    fails(run("verify", "file", cwd=tmp_path), "file is no export")


def test_the_books_themselves_are_verified(product: Product) -> None:
    assert works(run("verify", data=product.data)).startswith("Sound. ")


def test_a_pipe_that_closes_ends_an_export_quietly(product: Product) -> None:
    line = f"'{HOME}/solidarity' export --format csv | head -n 1"
    settings = environment(SOLIDARITY_DATA=str(product.data))
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=settings, cwd="/", timeout=120)
    assert done.stdout.startswith("\ufeffnumber,")
    assert done.stderr == ""


# --- reports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "form", "begins"), [("trial-balance", "pdf", b"%PDF"), ("fund-statement", "xlsx", b"PK"),
                                                     ("in-transit", "csv", b"\xef\xbb\xbf"),
                                                     ("contributions-pledges", "json", b"{"), ("activities", "pdf", b"%PDF"),
                                                     ("general-ledger", "html", b"<!")])  # fmt: skip
def test_every_kind_of_report_is_written(product: Product, tmp_path: Path, name: str, form: str, begins: bytes) -> None:
    said = works(run("report", name, "--format", form, "--language", "fr", data=product.data, cwd=tmp_path)).strip()
    assert (tmp_path / said).read_bytes().startswith(begins)
    assert [found.name for found in tmp_path.iterdir()] == [said]


def test_a_report_that_cannot_be_made_or_written_says_why(product: Product) -> None:
    data = product.data
    fails(run("report", "trial-balance", "--fund", "NOSUCH", data=data), "NOSUCH")
    fails(run("report", "trial-balance", "--as-of", "2026-02-30", data=data), "not a date such as 2026-11-23", status=2)
    fails(run("report", "fund-statement", "--from", "2026-05-01", "--to", "2026-04-01", data=data))
    fails(run("report", "trial-balance", "-o", "/nowhere/at/all.pdf", data=data), "/nowhere/at/all.pdf cannot be written", "--output")
    fails(run("export", "-o", "/proc/books.jsonl", data=data), "/proc/books.jsonl cannot be written", "--output")
    fails(run("report", "nothing", data=data), "trial-balance", status=2)


# --- people and tokens ------------------------------------------------------------------------------------------------


def test_a_person_is_added_given_a_role_shut_out_and_let_in_again(product: Product) -> None:
    data, until = product.data, (date.today() + timedelta(days=400)).isoformat()
    link = works(run("user add tess@example.org --name Tess --union ue --role deputy --language fr", data=data, SOLIDARITY_PORT=str(product.port))).strip()
    assert link.startswith(f"http://127.0.0.1:{product.port}/set-password?link=")
    assert httpx.get(link).status_code == 200
    assert works(run("user grant tess@example.org trustee --until", until, data=data)) == f"Tess: trustee until {until}\n"
    assert works(run("user revoke tess@example.org deputy", data=data)) == "Tess: no longer deputy\n"
    assert "shut out" in works(run("user disable tess@example.org", data=data))
    assert "can sign in" in works(run("user disable tess@example.org --again", data=data))
    assert "/set-password?link=" in works(run("user link tess@example.org", data=data))
    listed = next(line for line in works(run("user list", data=data)).splitlines() if "tess@example.org" in line)
    assert listed.split()[:2] == ["ue", "Tess"] and "trustee" in listed and "deputy" not in listed and "no password yet" in listed
    fails(run("user add tess@example.org --name Tess --union ue --role deputy", data=data), "tess@example.org")
    fails(run("user add nobody --name Tess --union ue --role deputy", data=data))
    fails(run("user add x@example.org --name X --union nowhere --role deputy", data=data), "nowhere")
    fails(run("user add x@example.org --name X --union ue --role deputy --until soon", data=data), "not a date", status=2)
    fails(run("user grant tess@example.org trustee --until 2099-01-01", data=data))
    fails(run("user link nobody@example.org", data=data), "nobody@example.org")
    fails(run("user revoke tess@example.org deputy", data=data), "has no role deputy")


def test_a_token_works_until_it_is_revoked_and_does_only_what_it_was_made_for(product: Product) -> None:
    email = next(line.split()[-6] for line in works(run("user list", data=product.data)).splitlines() if "ue-treasurer@" in line or " treasurer " in line)
    email = next(word for word in works(run("user list", data=product.data)).split() if word.startswith("ue-treasurer@"))
    secret = works(run(f"token create {email} --name Nightly --may read_books --days 30", data=product.data)).strip()
    bearer = {"Authorization": f"Bearer {secret}"}
    address = f"http://127.0.0.1:{product.port}/api/v1"
    assert httpx.get(f"{address}/entries", headers=bearer).status_code == 200
    assert httpx.get(f"{address}/export", headers=bearer).status_code == 403
    listed = works(run(f"token list {email}", data=product.data))
    assert "Nightly" in listed and secret not in listed and "read_books" in listed
    assert "is revoked" in works(run(f"token revoke {email} {listed.split()[0]}", data=product.data))
    wait_until(lambda: httpx.get(f"{address}/entries", headers=bearer).status_code == 401, 20)
    fails(run(f"token create {email} --name Nightly --may manage_people", data=product.data), "manage_people")
    fails(run(f"token create {email} --name Nightly --may everything", data=product.data), "everything", status=2)
    fails(run(f"token revoke {email} {listed.split()[0]}", data=product.data))


# --- strikes ----------------------------------------------------------------------------------------------------------


def test_what_stands_between_the_unions_is_read_and_a_step_accepted_by_a_person_alone(product: Product) -> None:
    data = product.data
    (owed,) = [line for line in works(run("between balances", data=data)).splitlines() if line.startswith("loan_receivable")]
    assert "ue       owes unifor" in owed and owed.endswith("differ by 0.00")
    assert "15000.00" in works(run("between loans", data=data))
    waiting = works(run("between steps", "--state", "proposed", data=data)).splitlines()
    assert [line.split()[2] for line in waiting] == ["loan_repayment"]
    assert "AG-0001  v1   " in works(run("between agreements", data=data)) and "40 %" in works(run("between agreements", data=data))
    assert "agreed" in works(run("between costs", data=data)) and "unifor owes ue CAD " in works(run("between equalisations", data=data))
    fails(run("between accept", waiting[0].split()[0], data=data), "SOLIDARITY_TOKEN is not set")


def test_a_bank_account_is_told_line_by_line_and_accepted_by_a_person_alone(product: Product, tmp_path: Path) -> None:
    data = product.data
    account = next(line.split()[0] for line in works(run("bank accounts", data=data)).splitlines() if "match" in line)
    assert "MONTHLY SERVICE CHARGE" in works(run("bank lines", "--account", account, "--state", "new", data=data))
    assert any(line.startswith("reference:") for line in works(run("bank propose", "--account", account, data=data)).splitlines())
    assert "adjusted bank" in works(run("bank proof", "--account", account, data=data))
    fails(run("bank accept", "--account", account, "--certain", data=data), "SOLIDARITY_TOKEN is not set")
    statement = tmp_path / "may.csv"
    statement.write_text("Date,Description,Amount\n2026-05-29,FEE,-35.00\n")
    fails(run("import statement", str(statement), "--account", account, data=data), "SOLIDARITY_TOKEN is not set")


def test_a_month_at_the_bank_is_done_from_a_terminal(product: Product, tmp_path: Path) -> None:
    """The open month of the sample year: what is certain accepted, a fee recorded, a line left out and taken back; a wrong file is withdrawn."""
    data = product.data
    account, *_ = next(line for line in works(run("bank accounts", data=data)).splitlines() if "Unifor-trust-CAD" in line).split()
    of = f"--account {account}"
    treasurer = _token(data, "unifor-treasurer", "match_bank", "import_statement", "read_books", "record_contribution")
    newest = works(run(f"bank statements {of}", data=data)).splitlines()[0].split()
    assert newest[1] == "kept" and newest[0].startswith("BS-")
    assert works(run(f"bank accept {of} --certain --key terminal-bank-1", data=data, **treasurer)).split()[0] != "0"
    fee, interest = (
        next(line.split()[0] for line in works(run(f"bank lines {of} --state new", data=data)).splitlines() if words in line)
        for words in ("MONTHLY SERVICE CHARGE", "CREDIT INTEREST")
    )
    recorded = works(run(f"bank record {fee} --as fee --fund GEN --key terminal-bank-2", data=data, **treasurer))
    assert recorded.startswith("J-") and works(run(f"bank record {fee} --as fee --fund GEN --key terminal-bank-2", data=data, **treasurer)) == recorded
    fails(run(f"bank record {interest} --as fee --fund GEN", data=data, **treasurer))
    assert works(run(f"bank exclude {interest} --reason Wrong --key terminal-bank-3", data=data, **treasurer)) == f"line {interest}: excluded\n"
    assert works(run(f"bank include {interest}", data=data, **treasurer)) == f"line {interest}: new\n"
    assert "MONTHLY" not in next(line for line in works(run(f"bank lines {of} --state new", data=data)).splitlines() if interest in line)
    place, *_ = works(run(f"bank postings {of}", data=data)).splitlines()[0].split()
    fails(run(f"bank match {of} --line {interest} --posting {place}", data=data, **treasurer))
    fails(run(f"bank match {of} --posting first", data=data, **treasurer), "is not a posting such as 412.2", status=2)
    fails(run(f"bank reconcile {of} --on {newest[3]}", data=data, **treasurer), "does not allow this")
    written = works(run("bank write-rule --direction out --as fee --fund GEN", "WIRE FEE", data=data, **treasurer)).split()
    assert "WIRE FEE" in works(run("bank rules", data=data))
    assert works(run(f"bank retire-rule {written[1]} --version 1", data=data, **treasurer)) == f"rule {written[1]} retired\n"
    assert works(run(f"bank start {of} --look", data=data, **treasurer)).startswith("difference CAD ")
    fails(run(f"bank withdraw {newest[0]} --reason Wrong", data=data, **treasurer), newest[0])
    last = date.fromisoformat(newest[3])
    later = tmp_path / "later.csv"
    later.write_text(f"Date,Description,Amount\n{last + timedelta(days=1)},ADJUSTMENT,-1.00\n")
    done = works(run(f"import statement {later} {of} --look", data=data, **treasurer))
    assert "1 new lines" in done
    number = works(run(f"import statement {later} {of} --key terminal-bank-4", data=data, **treasurer)).strip()
    assert works(run(f"bank withdraw {number} --reason Wrong", data=data, **treasurer)) == f"{number}: withdrawn\n"
    fails(run(f"import statement {later} {of} --look --profile Nobody", data=data, **treasurer), "kept: joint/Assets:Bank:Unifor-trust-CAD CAD")
    named = ("--profile", "joint/Assets:Bank:Unifor-trust-CAD CAD")
    assert "1 new lines" in works(run(f"import statement {later} {of} --look", *named, data=data, **treasurer))


def test_a_sheet_that_can_be_read_in_two_ways_is_asked_about_at_a_terminal(product: Product, tmp_path: Path) -> None:
    data, doubtful = product.data, tmp_path / "doubtful.csv"
    account, *_ = next(line for line in works(run("bank accounts", data=data)).splitlines() if "UE-trust-USD" in line).split()
    of, treasurer = f"--account {account}", _token(data, "ue-treasurer", "import_statement", "read_books")
    newest = works(run(f"bank statements {of}", data=data)).splitlines()[0].split()
    doubtful.write_text(f"Date,Description,Amount\n{date.fromisoformat(newest[3]) + timedelta(days=1)},ADJUSTMENT,-1.000\n")
    assert "nothing tells a thousand from three decimals" in works(run(f"import statement {doubtful} {of} --look", data=data, **treasurer))
    fails(run(f"import statement {doubtful} {of}", data=data, **treasurer), "nothing tells a thousand from three decimals")


# --- closes and signed reports ----------------------------------------------------------------------------------------


def signed_months(product: Product) -> list[str]:
    """The numbers of months that both signed, the newest first."""
    return [line.split()[0] for line in works(run("close", "list", data=product.data)).splitlines() if line.split()[1] == "locked"]


def test_closes_are_listed_shown_and_fixed_by_a_person_alone(product: Product, tmp_path: Path) -> None:
    data, (newest, *_, oldest) = product.data, signed_months(product)
    listed = {line.split()[0]: line for line in works(run("close", "list", data=data)).splitlines()}
    assert " agreed" in listed[newest] and "ue,unifor" in listed[newest]
    shown = works(run("close", "show", newest.lower(), data=data)).splitlines()
    assert shown[0].startswith(f"{newest} locked version 1 ") and len(shown) == 11
    assert all("ue:done unifor:done" in line for line in shown[1:])
    waits = next(number for number, line in listed.items() if number > newest and line.split()[1] == "open")
    fails(run("close", "fix", waits, data=data), "SOLIDARITY_TOKEN is not set")
    treasurer = _token(data, "ue-treasurer", "prepare_close", "read_books")
    fails(run("close", "fix", waits, data=data, **treasurer), waits)
    fails(run("close", "report", waits, "-o", str(tmp_path / "none.pdf"), data=data), "has no report yet")
    due = works(run("close", "schedule", data=data)).splitlines()
    assert [line.split()[1] for line in due if line.startswith(waits)] == ["statements", "extracts", "report", "signatures", "officers"]
    assert not any(line.startswith(oldest) for line in due)


def test_a_members_page_is_proposed_approved_and_taken_back_by_officers_alone(product: Product, tmp_path: Path) -> None:
    data = product.data
    ours, theirs = (_token(data, f"{union}-officer", "publish_member_pages", "read_reports") for union in ("ue", "unifor"))
    first, *_, on = works(run("members-page list", data=data)).splitlines()
    quarter, version, state, _, approved, digest = first.split()
    assert (version, state, approved, on) == ("v1", "shown", "ue,unifor", "page   on")
    told = works(run(f"members-page show {quarter} 1", data=data))
    assert digest in told and "received " in told and "strikes " in told and "Sample" in told
    assert not [line for line in told.splitlines() if line.startswith("purposes") and "strike" in line]
    fails(run(f"members-page show {quarter} 9", data=data), f"{quarter}/9")
    fails(run(f"members-page propose {quarter}", data=data), "SOLIDARITY_TOKEN is not set")
    for name in ("en", "fr"):
        (tmp_path / name).write_text(f"Plain words {name}")
    (tmp_path / "bad").write_bytes(b"\xff\xfe")
    fails(run(f"members-page propose {quarter} --english {tmp_path}/bad", data=data, **ours), "is not text in UTF-8")
    fails(run(f"members-page propose {quarter} --english {tmp_path}/en", data=data, **ours))
    assert "received " in works(run(f"members-page preview {quarter}", data=data, **ours))
    made = works(run(f"members-page propose {quarter} --english {tmp_path}/en --french {tmp_path}/fr --key terminal-page-1", data=data, **ours))
    assert made.split()[:3] == [quarter, "v2", "proposed"]
    assert works(run(f"members-page approve {quarter} 2", data=data, **ours)).split()[2:5:2] == ["proposed", "ue"]
    fails(run(f"members-page approve {quarter} 2", data=data, **ours), "already approved")
    assert works(run(f"members-page approve {quarter} 2", data=data, **theirs)).split()[2] == "shown"
    assert "Plain words fr" in httpx.get(f"http://127.0.0.1:{product.port}/members?lang=fr").text
    assert works(run("members-page switch off", data=data, **theirs)) == "ue:on unifor:off page:off\n"
    assert httpx.get(f"http://127.0.0.1:{product.port}/members").status_code == 404
    assert works(run("members-page switch on", data=data, **theirs)) == "ue:on unifor:on page:on\n"
    assert works(run(f"members-page take-back {quarter} 2", data=data, **ours)).split()[2] == "taken_back"
    fails(run("members-page switch maybe", data=data, **ours), "maybe", status=2)


def test_holds_and_filings_are_told_placed_and_recorded_from_a_terminal(product: Product) -> None:
    data = product.data
    ours = _token(data, "ue-treasurer", "place_hold", "record_filing", "read_retention")
    theirs = _token(data, "unifor-treasurer", "place_hold", "read_retention")
    classes = {line.split()[0]: line for line in works(run("retention classes", data=data)).splitlines()}
    assert "never" in classes["journal"] and "law" in classes["documents"] and "by itself" in classes["rosters"]
    assert works(run("retention holds", data=data)).startswith("H-0001   stands ")
    fails(run("retention place-hold --on all --reason Lawsuit", data=data), "SOLIDARITY_TOKEN is not set")
    placed = works(run("retention place-hold --on all --reason Lawsuit --key terminal-hold-1", data=data, **ours))
    assert placed.startswith("H-0002   stands          all ") and placed.rstrip().endswith("Lawsuit")
    fails(run("retention place-hold --on S-9999 --reason Lawsuit", data=data, **ours), "S-9999")
    fails(run("retention keep-hold H-0002", data=data, **theirs), "Nobody said")
    assert "(ue)" in works(run("retention release-hold h-0002", data=data, **ours)).split("|")[1]
    assert works(run("retention keep-hold H-0002", data=data, **theirs)).split("|")[1].strip() == "-"
    works(run("retention release-hold H-0002", data=data, **ours))
    assert works(run("retention release-hold H-0002", data=data, **theirs)).startswith("H-0002   gone ")
    fails(run("retention release-hold H-0001", data=data, **ours))
    days = "--fiscal-year-end 2024-12-31 --filed-on 2025-03-30"
    filed = works(run(f"retention record-filing --form LM-2 {days}", data=data, **ours)).split()
    assert filed[1:5] == ["ue", "LM-2", "2024-12-31", "2025-03-30"]
    fails(run(f"retention record-filing --form LM-2 {days}", data=data, **ours), filed[0])
    fails(run("retention record-filing --form LM-2 --fiscal-year-end soon --filed-on 2025-03-30", data=data, **ours), "not a date", status=2)
    again = works(run(f"retention record-filing --form LM-2 {days} --corrects {filed[0]}", data=data, **ours))
    assert f"corrects {filed[0]}" in again and f"corrected by {again.split()[0]}" in works(run("retention filings", data=data))
    fails(run(f"retention record-filing --form T2 {days}", data=data, **theirs))


def test_holidays_are_listed_added_and_removed_by_a_treasury(product: Product) -> None:
    data, treasurer = product.data, _token(product.data, "ue-treasurer", "prepare_close")
    named = ("--english", "Storm", "--french", "Tempête", "--source", "Federal Reserve")
    fails(run("close", "add-holiday", "US", "2030-01-22", *named, data=data), "SOLIDARITY_TOKEN is not set")
    assert works(run("close", "add-holiday", "US", "2030-01-22", *named, data=data, **treasurer)) == "US 2030-01-22 Storm / Tempête\n"
    assert "US 2030-01-22 Storm / Tempête (Federal Reserve)" in works(run("close", "holidays", "--year", "2030", data=data))
    assert works(run("close", "remove-holiday", "US", "2030-01-22", data=data, **treasurer)) == "US 2030-01-22 removed\n"
    fails(run("close", "remove-holiday", "US", "2030-01-22", data=data, **treasurer), "holiday/US/2030-01-22")


def test_due_days_are_set_from_a_month_on_by_a_treasury(product: Product) -> None:
    data, treasurer = product.data, _token(product.data, "ue-treasurer", "prepare_close")
    days = ("--statements", "2", "--extracts", "3", "--report", "5", "--signatures", "8")
    assert works(run("close", "due-days", data=data)) == "before       statements 3, extracts 4, report 7, signatures 10\n"
    fails(run("close", "set-due-days", "--from", "2030-01", *days, data=data), "SOLIDARITY_TOKEN is not set")
    said = works(run("close", "set-due-days", "--from", "2030-01", *days, data=data, **treasurer))
    assert said == "from 2030-01 statements 2, extracts 3, report 5, signatures 8\n"
    assert works(run("close", "due-days", data=data)).splitlines()[0] == f"{said.strip()} (Odile Marchetti)"
    fails(run("close", "set-due-days", "--from", "2020-01", *days, data=data, **treasurer), "does not move any more")


def test_a_signed_report_is_verified_anywhere_and_a_tampered_one_or_a_swapped_attachment_is_found(product: Product, tmp_path: Path) -> None:
    data, (newest, earlier, *_) = product.data, signed_months(product)
    report, other, head = tmp_path / "report.pdf", tmp_path / "other.pdf", tmp_path / "head.json"
    works(run("close", "report", newest, "--file", "fr.pdf", "-o", str(report), data=data))
    works(run("close", "report", earlier, "-o", str(other), data=data))
    treasurer = _token(data, "unifor-treasurer", "keep_head", "read_books")
    works(run("close", "head", newest, "-o", str(head), data=data, **treasurer))
    alone = {"SOLIDARITY_DATABASE_URL": "nonsense", "SOLIDARITY_DATA": "/nowhere"}
    good = works(run("verify", "report.pdf", "--head", "head.json", cwd=tmp_path, **alone))
    assert good.startswith(f"Sound. {newest} version 1: ")
    assert works(run("verify", str(report), **alone)) == good
    content = report.read_bytes()
    place = len(content) // 2
    (tmp_path / "tampered.pdf").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    tampered = run("verify", "tampered.pdf", cwd=tmp_path, **alone)
    assert tampered.returncode == 1 and "FAULTS" in tampered.stdout and "do not give its seal" in tampered.stdout
    (tmp_path / "swapped.pdf").write_bytes(rewritten(content, {JOURNAL: attachments(other.read_bytes())[JOURNAL]}))
    swapped = run("verify", "swapped.pdf", cwd=tmp_path, **alone)
    assert swapped.returncode == 1 and "the attached journal.jsonl is not the one" in swapped.stdout
    (tmp_path / "strange.json").write_text(head.read_text().replace('"head_hash": "', '"head_hash": "0'))
    assert run("verify", "report.pdf", "--head", "strange.json", cwd=tmp_path, **alone).returncode == 1


def test_strike_support_is_told_in_totals_without_a_member(product: Product) -> None:
    data = product.data
    runs = works(run("strikes runs", data=data)).splitlines()
    assert [line.split()[:3] for line in runs] == [line.split()[:3] for line in works(run("strikes runs s-0001", data=data)).splitlines()]
    number, state = runs[0].split()[:2]
    said = works(run("strikes run", number.lower(), data=data))
    assert said.startswith(f"{number} S-0001 ") and f": {state} since " in said and "Revision 1 by unifor version 1: gross CAD" in said
    assert runs[0].split()[-2:] == ["CAD", said.split("gross CAD ")[1].split(",")[0]]
    assert "all full" in " ".join(said.split()) and not re.search(r"M-?\d{3,}", said)
    advances = works(run("strikes advances S-0002", data=data))
    assert "S-0002 local " in advances and "open USD" in advances
    held = works(run("strikes advance sa-0003", data=data))
    assert held.startswith("SA-0003: proposed, USD ") and "Held back: missing_expense_report (week 4)" in held
    weeks = works(run("strikes runway", data=data))
    assert "STRIKE CAD: " in weeks and "a week (4 weeks counted)" in weeks
    supposed = works(run("strikes runway --currency CAD --members 600 --weekly 300.00", data=data))
    assert "In the scenario: STRIKE CAD: " in supposed
    assert [line.split()[0] for line in works(run("strikes rules", data=data)).splitlines() if "in_force" in line] == ["ue", "unifor"]
    fails(run("strikes runway --members 600", data=data), "a scenario names members, what each gets a week, and the currency", status=2)
    fails(run("strikes run SR-2026-999", data=data), "SR-2026-999")
    fails(run("strikes advance SA-9999", data=data), "SA-9999")


def _token(data: Path, part: str, *permissions: str) -> dict[str, str]:
    """The variable with a new token of a sample person."""
    may = " ".join(f"--may {permission}" for permission in permissions)
    return {"SOLIDARITY_TOKEN": works(run(f"token create {part}@example.org --name Terminal {may}", data=data)).strip()}


def test_a_run_is_approved_and_paid_by_two_people_and_each_step_is_taken_once(product: Product) -> None:
    data, today = product.data, datetime.now(ZONE).date().isoformat()
    number, state = works(run("strikes runs S-0001", data=data)).splitlines()[0].split()[:2]
    assert state == "submitted"
    step = f"strikes approve-run {number} --revision 1 --on {today} --key terminal-approve-1"
    fails(run(step, data=data), "SOLIDARITY_TOKEN is not set")
    fails(run(step, data=data, SOLIDARITY_TOKEN="nonsense"), "the token in SOLIDARITY_TOKEN is revoked, expired or unknown")
    # A refusal is remembered with its key, and a key is one person's: the other's step has one of its own.
    fails(run(step.replace("approve-1", "approve-0"), data=data, **_token(data, "unifor-benefits", "prepare_run")))
    officer = _token(data, "unifor-officer", "approve_run")
    done = works(run(step, data=data, **officer))
    assert done.startswith(f"{number}: approved, revision 1, CAD ")
    assert works(run(step, data=data, **officer)) == done
    fails(run(f"strikes pay-run {number} --account 1 --on {today}", data=data, **officer))
    assert works(run("strikes runs S-0001", data=data)).splitlines()[0].split()[1] == "approved"
    fails(run("strikes approve-advance SA-0003", data=data, **_token(data, "ue-officer", "approve_run")))


def test_what_is_lent_is_asked_for_and_lent_from_a_terminal(product: Product) -> None:
    data, first = product.data, date.today() + timedelta(days=700)
    days = f"--from {first} --to {first + timedelta(days=1)}"
    offer = {"union": "unifor", "kind": "vehicle", "name": "Van of the terminal", "place": "Oshawa", "unit": "day", "basis": "not_valued",
             "currency": "CAD", "offered_from": first.isoformat()}  # fmt: skip
    owner = _token(data, "unifor-officer", "manage_resources", "decide_booking", "read_resources")
    sent = {"Authorization": f"Bearer {owner['SOLIDARITY_TOKEN']}", "Idempotency-Key": "terminal-van-1"}
    offered = httpx.post(f"http://127.0.0.1:{product.port}/api/v1/resources", json=offer, headers=sent)
    assert offered.status_code == 201, offered.text
    number = offered.json()["number"]
    lines = works(run("resources list --kind vehicle", data=data)).splitlines()
    assert [line.split()[:3] for line in lines if "Van of the terminal" in line] == [[number, "unifor", "vehicle"]]
    ask = [*f"resources request {number} {days} --fund GEN --key terminal-ask-1".split(), "--purpose", "Gate visits", "--activity", "Gates"]
    fails(run(ask[0], *ask[1:], data=data), "SOLIDARITY_TOKEN is not set")
    borrower = _token(data, "ue-officer", "request_booking", "read_resources")
    booking = works(run(ask[0], *ask[1:], data=data, **borrower)).split(":")[0]
    fails(run(f"resources confirm {booking}", data=data, **borrower))
    lent = works(run(f"resources confirm {booking} --key terminal-lend-1", data=data, **owner))
    assert lent == f"{booking}: confirmed, {number} {first} to {first + timedelta(days=1)}\n"
    assert works(run(f"resources confirm {booking} --key terminal-lend-1", data=data, **owner)) == lent
    fails(run(ask[0], *ask[1:-6], "--key", "terminal-ask-2", *ask[-4:], data=data, **borrower), booking, "As long a stretch is free from")
    (found,) = works(run(f"resources bookings {days} --resource {number}", data=data)).splitlines()
    assert found.split()[:2] == [booking, "confirmed"]
    (free,) = (line for line in works(run(f"resources free {days} --place oshawa", data=data)).splitlines() if number in line)
    assert free.split()[4:7] == ["taken", "0", "0"]
    assert works(run("resources release", data=data)).startswith("Let go: ")
    assert booking not in works(run("resources deliveries --state confirmed", data=data))


def test_a_roster_is_brought_in_and_its_faults_are_told_by_place_alone(product: Product, tmp_path: Path) -> None:
    benefits = _token(product.data, "unifor-benefits", "manage_roster", "read_roster")
    heading = "reference,name,local,standing,pay_method\n"
    (tmp_path / "wrong.csv").write_text(f"{heading}ZZ-77,Zebulon Quark,nowhere,good,cheque\n")
    said = fails(run("import roster S-0001 wrong.csv", data=product.data, cwd=tmp_path, **benefits), "1")
    assert "Quark" not in said and "ZZ-77" not in said and "nowhere" not in said
    sent = {"Authorization": f"Bearer {_token(product.data, 'unifor-board', 'read_strikes')['SOLIDARITY_TOKEN']}"}
    strike = httpx.get(f"http://127.0.0.1:{product.port}/api/v1/strikes/S-0001", headers=sent).json()
    (tmp_path / "right.csv").write_text(f"{heading}ZZ-77,Zebulon Quark,{strike['standing']['strike']['locals'][0]['number']},good,cheque\n")
    said = works(run("import roster S-0001 right.csv", data=product.data, cwd=tmp_path, **benefits))
    assert said == "S-0001: 1 rows; 1 added, 0 changed, 0 as they were, 0 left\n"
    fails(run("import roster S-0001 right.csv", data=product.data, cwd=tmp_path), "SOLIDARITY_TOKEN is not set")


# --- import, sample, doctor, migrate ----------------------------------------------------------------------------------


def test_rates_are_imported_once(product: Product, tmp_path: Path) -> None:
    first = works(run("import rates", str(RATES), data=product.data))
    assert "valet.csv: " in first
    assert " 0 added, 0 changed" in " " + works(run("import rates", str(RATES), data=product.data)).replace("\n", " ")
    (tmp_path / "other.json").write_text(json.dumps({"observations": []}))
    fails(run("import rates", str(tmp_path / "other.json"), data=product.data))
    fails(run("import rates", str(tmp_path / "missing.csv"), data=product.data), "does not exist", status=2)


def test_sample_books_go_into_new_ones_only(product: Product) -> None:
    fails(run("sample", data=product.data), "these books are in use", "SOLIDARITY_DATA")


def test_the_doctor_looks_at_everything(product: Product) -> None:
    done = run("doctor", data=product.data)
    assert done.returncode == 0, done.stdout
    assert "PostgreSQL 18 (16 or newer)" in done.stdout and "cannot rewrite the journal" in done.stdout
    sick = run("doctor", SOLIDARITY_DATABASE_URL=f"postgresql://nobody:secret@127.0.0.1:{free_port()}/books")
    assert sick.returncode == 1 and "BAD " in sick.stdout and "secret" not in sick.stdout + sick.stderr


@pytest.mark.parametrize("command", ["export", "verify", "report trial-balance", "user list", "sample", "worker", "token list a@example.org"])
def test_without_books_every_command_says_how_to_get_them(tmp_path: Path, command: str) -> None:
    said = fails(run(command, data=tmp_path / "none"), "there are no books in", "./solidarity up")
    assert len(said) < 250
    if command != "worker":  # it waits for a database that is away
        fails(run(command, SOLIDARITY_DATABASE_URL=f"postgresql://nobody:secret@127.0.0.1:{free_port()}/books"), "SOLIDARITY_DATABASE_URL")


def test_mail_needs_a_server() -> None:
    fails(run("mail test somebody@example.org"), "SOLIDARITY_SMTP_URL")
    said = {"SOLIDARITY_SMTP_URL": f"smtp://books:secret@127.0.0.1:{free_port()}?tls=none", "SOLIDARITY_MAIL_FROM": "books@example.org"}
    assert "secret" not in fails(run("mail test somebody@example.org", **said), "the mail server does not answer")


def test_migrate_needs_a_database_of_somebody_elses() -> None:
    fails(run("migrate"), "SOLIDARITY_DATABASE_URL")
    fails(run("migrate", SOLIDARITY_DATABASE_URL=f"postgresql://nobody:secret@127.0.0.1:{free_port()}/books"), "no database answers")


def has_a_socket(pid: int) -> bool:
    """Whether a process talks to anybody yet."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            found.append(os.readlink(link))
    return any(target.startswith("socket") for target in found)


def test_ctrl_c_ends_a_command_without_a_word(product: Product) -> None:
    settings = environment(SOLIDARITY_DATA=str(product.data))
    command = subprocess.Popen(
        [str(HOME / "solidarity"), "worker"], env=settings, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_until(lambda: b"api.cli" in Path(f"/proc/{command.pid}/cmdline").read_bytes(), 30)
    wait_until(lambda: has_a_socket(command.pid), 30)
    os.killpg(command.pid, signal.SIGINT)
    said = command.communicate(timeout=30)
    assert said[0] == "" and "Traceback" not in said[1], said
    assert command.returncode in (0, 130), said
