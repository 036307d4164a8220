"""Whatever is changed in an audit pack is found and said: a byte, a file taken out or put in, a document swapped, a journal cut; and a ZIP made to harm."""

import hashlib
import io
import json
import random
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from api.commands.books import verify_command
from ledger.domain import audit_pack_files
from ledger.domain.audit_pack_check import check_pack
from ledger.domain.audit_pack_files import NotAPack
from ledger.domain.audit_packs import CLOSING, HEADS, INDEX, JOURNAL, LEDGER, MANIFEST, SUMS, sums_line
from ledger.services.pool import running
from tests.conftest import drop_books, sample_books
from tests.reports.test_audit_pack import packed, rows, unpacked

Files = dict[str, bytes]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def sound(server: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Files]:
    """The files of a sound pack."""
    database = await sample_books(server)
    async with running(database) as pool:
        files = unpacked(await packed(pool, tmp_path_factory.mktemp("sound") / "pack.zip"))
    await drop_books(server, database)
    yield files


def written(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


def listed_anew(files: Files) -> Files:
    """The same with every hash of the lists made anew, as a forger would."""
    manifest = json.loads(files[MANIFEST])
    known = {each["path"]: each for each in manifest["files"]}
    names = [name for name in files if name not in (MANIFEST, SUMS)]
    manifest["files"] = [
        {"en": "-", "fr": "-", **known.get(name, {}), "path": name, "bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in names
    ]
    listed = files | {MANIFEST: json.dumps(manifest).encode()}
    sums = "".join(sums_line(name, hashlib.sha256(listed[name]).hexdigest()) for name in (MANIFEST, *names))
    return listed | {SUMS: sums.encode()}


def whats(path: Path, heads: dict[int, str] | None = None) -> list[str]:
    return [f"{fault.number} {fault.what}" for fault in check_pack(path, heads).faults]


def a_document(files: Files) -> str:
    return next(name for name in files if name.startswith("documents/") and name != INDEX)


def test_made_anew_as_it_was_it_is_sound(sound: Files, tmp_path: Path) -> None:
    assert whats(written(tmp_path / "pack.zip", sound)) == []
    assert whats(written(tmp_path / "anew.zip", listed_anew(sound))) == []


def test_a_changed_byte_of_any_file_is_found(sound: Files, tmp_path: Path) -> None:
    for name in list(sound)[:: max(1, len(sound) // 25)]:
        content = sound[name]
        if not content or name == MANIFEST:
            continue
        changed = sound | {name: content[:-1] + bytes([content[-1] ^ 1])}
        said = whats(written(tmp_path / "pack.zip", changed))
        assert any(what.startswith(f"0 {name}") for what in said), name


def test_a_file_taken_out_and_a_file_put_in_are_found(sound: Files, tmp_path: Path) -> None:
    without = {name: content for name, content in sound.items() if name != "approvals/decisions.jsonl"}
    assert "0 approvals/decisions.jsonl is missing" in whats(written(tmp_path / "out.zip", without))
    said = whats(written(tmp_path / "in.zip", sound | {"approvals/more.jsonl": b"{}\n"}))
    assert said == [f"0 approvals/more.jsonl was added: {MANIFEST} does not name it"]


@pytest.mark.parametrize("name", [JOURNAL, CLOSING, LEDGER, INDEX, HEADS, SUMS])
def test_what_the_pack_is_proved_by_cannot_be_left_out_of_both_lists(sound: Files, tmp_path: Path, name: str) -> None:
    without = listed_anew({each: content for each, content in sound.items() if each != name})
    if name == SUMS:
        del without[SUMS]
    assert any(f"{name} is missing" in what for what in whats(written(tmp_path / "pack.zip", without)))


def test_lists_that_disagree_are_found(sound: Files, tmp_path: Path) -> None:
    sums = sound[SUMS].decode().splitlines(keepends=True)
    assert any("do not name the same files" in what for what in whats(written(tmp_path / "cut.zip", sound | {SUMS: "".join(sums[:-1]).encode()})))
    other = sums[1][:64].translate(str.maketrans("0123456789abcdef", "123456789abcdef0")) + sums[1][64:]
    changed = sound | {SUMS: "".join((sums[0], other, *sums[2:])).encode()}
    assert any("does not have the SHA-256 that" in what for what in whats(written(tmp_path / "sum.zip", changed)))


def test_a_cut_journal_is_found_though_every_hash_is_made_anew(sound: Files, tmp_path: Path) -> None:
    lines = sound[JOURNAL].splitlines(keepends=True)
    said = whats(written(tmp_path / "tail.zip", listed_anew(sound | {JOURNAL: b"".join(lines[:-1])})))
    assert any("its head says" in what for what in said)
    header = json.loads(lines[0])
    before = json.loads(lines[-2])
    header |= {"head_number": before["number"], "head_hash": before["hash"]}
    manifest = json.loads(sound[MANIFEST]) | {"head": {"number": before["number"], "hash": before["hash"]}}
    forged = sound | {JOURNAL: json.dumps(header).encode() + b"\n" + b"".join(lines[1:-1]), MANIFEST: json.dumps(manifest).encode()}
    path = written(tmp_path / "forged.zip", listed_anew(forged))
    head = json.loads(lines[-1])
    assert any("does not reach it" in what for what in whats(path, {head["number"]: head["hash"]})), "a head that was kept tells"
    assert any(LEDGER in what or CLOSING in what for what in whats(path)), "and what it added up to"
    middle = sound | {JOURNAL: b"".join(lines[:100] + lines[101:])}
    assert any(what.startswith("100 number 100 is missing") for what in whats(written(tmp_path / "middle.zip", listed_anew(middle))))


def test_a_changed_entry_a_changed_balance_and_a_changed_ledger_are_found(sound: Files, tmp_path: Path) -> None:
    entry = sound[JOURNAL].replace(b"USD", b"CAD", 1)
    assert any("do not give its hash" in what for what in whats(written(tmp_path / "entry.zip", listed_anew(sound | {JOURNAL: entry}))))
    lines = sound[CLOSING].decode().splitlines()
    row = lines[3].split(",")
    lines[3] = ",".join((*row[:-1], "1.00"))
    said = whats(written(tmp_path / "balance.zip", listed_anew(sound | {CLOSING: "\r\n".join(lines).encode()})))
    assert said == [f"0 {CLOSING}: {' '.join(row[:4])} is 1.00, and the journal gives {row[4]}"]
    ledger = sound[LEDGER].decode().splitlines(keepends=True)
    said = whats(written(tmp_path / "ledger.zip", listed_anew(sound | {LEDGER: "".join(ledger[:-1]).encode()})))
    assert len(said) == 1 and said[0].startswith(f"0 {LEDGER}: ")
    for place, where in ((1, "before the period"), (2, "after entry ")):
        changed = ledger.copy()
        changed[place] = changed[place].rpartition(",")[0] + ",7654321.00\r\n"
        said = whats(written(tmp_path / "column.zip", listed_anew(sound | {LEDGER: "".join(changed).encode()})))
        assert len(said) == 1 and f"stands at 7654321.00 {where}" in said[0], said


def test_a_head_that_a_union_kept_of_another_journal_is_found(sound: Files, tmp_path: Path) -> None:
    kept = rows(sound[HEADS])
    assert kept, "the sample unions kept heads"
    kept[0]["head_hash"] = "0" * 64
    changed = listed_anew(sound | {HEADS: b"".join(json.dumps(row).encode() + b"\n" for row in kept)})
    said = whats(written(tmp_path / "pack.zip", changed))
    assert any(what.startswith(f"{kept[0]['head_number']} two heads were kept of it") for what in said)
    assert any("is another head than the report was fixed at" in what for what in said)


def test_a_swapped_document_is_found_though_every_hash_is_made_anew(sound: Files, tmp_path: Path) -> None:
    name = a_document(sound)
    swapped = listed_anew(sound | {name: b"%PDF-1.4 another slip"})
    assert any("is not the document that the books kept as" in what for what in whats(written(tmp_path / "swap.zip", swapped)))
    named = listed_anew(sound | {INDEX: sound[INDEX] + b'{"path": 5}\n', "5": b"five"})
    assert any("Expected `str | null`" in what for what in whats(written(tmp_path / "number.zip", named)))
    added = listed_anew(sound | {"documents/more.pdf": b"%PDF-1.4 one more"})
    assert any("documents/more.pdf is no file of a pack of version 2" in what for what in whats(written(tmp_path / "add.zip", added)))


def test_a_swapped_report_changed_facts_and_a_changed_signature_are_found(sound: Files, tmp_path: Path) -> None:
    folders = sorted({name.rpartition("/")[0] for name in sound if name.startswith("closes/CL-") and name.endswith("report-en.pdf")})
    first, second = folders[:2]
    swapped = listed_anew(sound | {f"{first}/report-en.pdf": sound[f"{second}/report-en.pdf"]})
    assert any(f"{first}/report-en.pdf: " in what for what in whats(written(tmp_path / "swap.zip", swapped)))
    facts = sound[f"{first}/facts.json"].replace(b"USD", b"EUR", 1)
    assert any("its facts are not" in what for what in whats(written(tmp_path / "facts.zip", listed_anew(sound | {f"{first}/facts.json": facts}))))
    head = json.loads(sound[f"{first}/head.json"])
    head["signatures"][0]["statement"] += " Not."
    signed = listed_anew(sound | {f"{first}/head.json": json.dumps(head).encode()})
    assert any("is not the head that" in what for what in whats(written(tmp_path / "signed.zip", signed)))
    without = listed_anew({name: content for name, content in sound.items() if name != f"{first}/head.json"})
    assert any(f"{first}/head.json is missing" in what for what in whats(written(tmp_path / "headless.zip", without)))


# --- a fact that is there twice -----------------------------------------------------------------------------------------------


def with_rows(files: Files, path: str, changed: list[dict[str, object]]) -> Files:
    """A file of records with other rows, and every hash made anew."""
    return listed_anew(files | {path: b"".join(json.dumps(row).encode() + b"\n" for row in changed)})


def first_where(found: list[dict[str, object]], **wanted: object) -> dict[str, object]:
    return next(row for row in found if all(row[name] == value for name, value in wanted.items()))


def edited(path: str, change: Callable[[list[dict[str, object]]], object]) -> Callable[[Files], Files]:
    """A forger's edit of one file of records."""

    def forge(files: Files) -> Files:
        found = rows(files[path])
        change(found)
        return with_rows(files, path, found)

    return forge


def figure(path_ends: str, change: Callable[[dict[str, object]], object]) -> Callable[[Files], Files]:
    """A forger's edit of one statement for programs."""

    def forge(files: Files) -> Files:
        path = max(name for name in files if name.startswith(path_ends) and name.endswith(".json"))
        document = json.loads(files[path])
        change(document)
        return listed_anew(files | {path: json.dumps(document).encode()})

    return forge


def amounts(document: dict[str, object], table: int = 0) -> list[dict[str, object]]:
    """The cells with money of the lines of a table."""
    lines = document["sections"][0]["tables"][table]["rows"]  # type: ignore[index]
    return [cell for row in lines for cell in row.get("cells", {}).values() if isinstance(cell, dict) and "amount" in cell]


def bumped(**names: int) -> Callable[[list[dict[str, object]]], object]:
    return lambda found: found[0].update({name: int(str(found[0][name])) + more for name, more in names.items()})


SIGNATURES, REPORTS, TRAIL = "closes/signatures.jsonl", "closes/reports.jsonl", "audit/audit-trail.jsonl"
FORGED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a signature that names another version": (edited(SIGNATURES, bumped(version=1)), "a signature names CL-2026-07, version 2, which"),
    "a signature taken out": (edited(SIGNATURES, lambda found: found.pop(0)), "does not have the signatures of all unions on CL-2026-07"),
    "a signature of another person": (edited(SIGNATURES, bumped(person_id=1)), "does not sign CL-2026-07, version 1, as it was fixed"),
    "a name under a signature": (edited(SIGNATURES, lambda found: found[0].update(person_name="Somebody Else")), "is not the head that"),
    "a signature that became a refusal": (edited(SIGNATURES, lambda found: found[1].update(decision="declined")), "does not sign CL-2026-07"),
    "a report that names another head": (edited(REPORTS, lambda found: found[0].update(head_hash="0" * 64)), "two heads were kept of it"),
    "a report taken out of the list": (edited(REPORTS, lambda found: found.pop(0)), "closes/CL-2026-07/v1/head.json is no file of a pack"),
    "a kept file of another hash": (edited(HEADS, lambda found: found[0].update(file_sha256="0" * 64)), "is no file of its report and of the signatures"),
    "a kept head taken out": (edited(HEADS, lambda found: found.pop()), "lacks 1 that audit/audit-trail.jsonl tells of: keep_head"),
    "a line of the trail taken out": (
        edited(TRAIL, lambda found: found.remove(first_where(found, action="sign_report"))), "does not tell of 1 of closes/"
    ),
    "a reconciliation with another book balance": (edited("bank/reconciliations.jsonl", bumped(book_minor=100)), "the statement with what was in circ"),
    "a reconciliation with both sides moved": (
        edited("bank/reconciliations.jsonl", bumped(book_minor=100, statement_minor=100)), ": the book balance is "
    ),
    "a reconciliation of another statement": (
        edited("bank/reconciliations.jsonl", lambda found: found[0].update(statement="BS-0002")), "it is not what bank/statements.jsonl says of BS-0002"
    ),
    "a reconciliation taken out": (edited("bank/reconciliations.jsonl", lambda found: found.pop()), "of: reconcile_bank"),
    "a bank file of another hash": (
        edited("bank/statements.jsonl", lambda found: found[0].update(file_sha256="0" * 64)), "the file of BS-0001 has another hash in"
    ),
    "a decision taken out": (edited("approvals/decisions.jsonl", lambda found: found.pop(0)), "approvals/decisions.jsonl: of A-0001, ordinal 1 is missing"),
    "a submission taken out": (edited("approvals/request-revisions.jsonl", lambda found: found.pop()), "was submitted 1 times, and"),
    "a request taken out": (edited("approvals/requests.jsonl", lambda found: found.pop(0)), "request A-0001 is not in approvals/requests.jsonl"),
    "a payment of an entry to come": (edited("approvals/payments.jsonl", bumped(entry_number=100_000)), "is not in the journal, which ends at"),
    "a document of the list taken out": (
        edited(INDEX, lambda found: found.remove(first_where(found, media_type="application/pdf"))), "is no file of a pack of version 2 of these days"
    ),
    "a person taken out": (edited("people/people.jsonl", lambda found: found.pop(1)), "person_id 2 is not in people/people.jsonl"),
    "amount of a contribution": (edited("money/contributions.jsonl", bumped(amount_minor=1)), "amount_minor 144101 is not in the entry that it rests on"),
    "amount of a payment": (edited("approvals/payments.jsonl", bumped(bank_minor=7)), "bank_minor 90007 is not in the entry that it rests on"),
    "amount of a transfer": (edited("money/transfers.jsonl", bumped(net_minor=7)), "money/transfers.jsonl: net_minor 2"),
    "amount of a request": (edited("approvals/request-lines.jsonl", bumped(amount_minor=1)), "submission 1 of A-0001 asks for other amounts than"),
    "amount in the sheet of the journal": (
        lambda files: listed_anew(files | {"journal/journal.csv": files["journal/journal.csv"].replace(b"182400.00", b"182400.01", 1)}),
        "journal/journal.csv: joint Assets:Bank:UE-trust-USD USD GEN is ",
    ),
    "amount of votes": (
        edited("approvals/board-votes.jsonl", lambda found: found[0].update(vote="against")), "approvals/board-votes.jsonl lacks 1 that audit/audit-trail"
    ),
    "amount of approvals": (
        edited("approvals/decisions.jsonl", lambda found: found[0].update(decision="rejected")), "approvals/decisions.jsonl lacks 1 that audit/audit-trail"
    ),
    "a trial balance for programs": (
        figure("trial-balances/trial-balance-", lambda read: amounts(read)[0].update(amount="1.00")), "is 1.00, and the journal gives"
    ),
    "a financial position": (figure("statements/financial-position-", lambda read: amounts(read)[0].update(amount="1.00")), "is 1.00, and the journal"),
    "a statement of activities": (figure("statements/activities-", lambda read: amounts(read)[6].update(amount="1.00")), "is 1.00, and the journal"),
    "a fund's closing balance": (figure("statements/fund-statement-", lambda read: amounts(read)[12].update(amount="1.00")), "is 1.00 at the end, and"),
    "a statement of another head": (figure("statements/equalisation-", lambda read: read.update(head={})), "is not this statement of these books"),
    "a statement of other days": (
        figure("statements/allocations-", lambda read: read.update(period={"first": "2025-01-01", "last": "2025-12-31"})), "is of other days"
    ),
    "a statement that cannot be read": (figure("statements/in-transit-", lambda read: read.pop("head")), "cannot be read as a statement: KeyError"),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_fact_that_differs_where_it_is_there_twice_is_found_though_every_hash_is_made_anew(sound: Files, tmp_path: Path, what: str) -> None:
    forge, said = FORGED[what]
    found = whats(written(tmp_path / "pack.zip", forge(sound)))
    assert any(said in each for each in found), found


def test_a_sheet_with_another_amount_than_its_statement_is_found(sound: Files, tmp_path: Path) -> None:
    for language, separator in (("en", b"."), ("fr", b",")):
        path = max(name for name in sound if name.startswith("statements/financial-position-") and name.endswith(f"-{language}.csv"))
        changed = sound | {path: sound[path].replace(b"13400" + separator + b"00", b"13500" + separator + b"00", 1)}
        assert changed != sound
        assert any(f"{path} does not have the amount 13400.00" in what for what in whats(written(tmp_path / "pack.zip", listed_anew(changed))))


# --- which files there must be, and the manifest that was kept ------------------------------------------------------------------


def test_every_file_must_be_there_though_the_lists_are_made_anew(sound: Files, tmp_path: Path) -> None:
    wanted = sorted(sound.keys() - {MANIFEST, SUMS})
    for name in (*wanted[::11], "README.txt", SIGNATURES, TRAIL, "forms/form-maps.jsonl", "forms/statement-requests.jsonl"):
        without = listed_anew({each: content for each, content in sound.items() if each != name})
        said = whats(written(tmp_path / "pack.zip", without))
        assert any(name in what for what in said), name


def test_what_was_left_out_must_be_what_a_pack_may_leave_out(sound: Files, tmp_path: Path) -> None:
    stem = max(name for name in sound if name.startswith("statements/activities-") and name.endswith(".json")).removesuffix(".json")
    without = {name: content for name, content in sound.items() if not name.startswith(stem)}

    def saying(left_out: list[dict[str, str]]) -> list[str]:
        manifest = json.loads(without[MANIFEST]) | {"left_out": left_out}
        return whats(written(tmp_path / "pack.zip", listed_anew(without | {MANIFEST: json.dumps(manifest).encode()})))

    assert any(f"{stem}-en.pdf is missing, and MANIFEST.json does not name it" in what for what in saying([]))
    assert saying([{"what": stem, "why": "rate_missing"}]) == []
    checked = check_pack(tmp_path / "pack.zip")
    assert checked.left_out == [f"{stem} (rate_missing)"]
    for other in ({"what": stem, "why": "nobody asked"}, {"what": JOURNAL, "why": "rate_missing"}):
        assert any("no pack of version 2 leaves that out" in what for what in saying([other]))


def test_a_pack_of_another_version_is_refused_and_says_what_made_it(sound: Files, tmp_path: Path) -> None:
    for version in (1, 3):
        manifest = json.loads(sound[MANIFEST]) | {"version": version, "more": True}
        path = written(tmp_path / "pack.zip", listed_anew(sound | {MANIFEST: json.dumps(manifest).encode()}))
        with pytest.raises(NotAPack, match=f"it is of version {version}, and this program proves version 2; it says that solidarity-ledger"):
            check_pack(path)


@pytest.mark.parametrize("period", [{"first": "0001-01-01", "last": "2026-01-01"}, {"first": "2026-02-01", "last": "2026-01-01"}])
def test_days_of_no_books_are_refused(sound: Files, tmp_path: Path, period: dict[str, str]) -> None:
    manifest = json.loads(sound[MANIFEST]) | {"period": period}
    with pytest.raises(NotAPack, match="are those of no books"):
        check_pack(written(tmp_path / "pack.zip", listed_anew(sound | {MANIFEST: json.dumps(manifest).encode()})))


def test_only_what_was_kept_elsewhere_tells_that_every_hash_was_made_anew(sound: Files, tmp_path: Path) -> None:
    kept = hashlib.sha256(sound[MANIFEST]).hexdigest()
    checked = check_pack(written(tmp_path / "pack.zip", sound), manifest_sha256=kept.upper())
    assert (checked.faults, checked.held, checked.manifest_sha256) == ([], True, kept)
    forged = written(tmp_path / "forged.zip", listed_anew(sound | {"README.txt": b"Trust me."}))
    assert whats(forged) == [] and not check_pack(forged).held
    (fault,) = check_pack(forged, manifest_sha256=kept).faults
    assert fault.what.startswith("it is not the pack whose manifest hash was kept: ") and kept in fault.what


# --- what a pack may not do to who proves it ------------------------------------------------------------------------------------

# Clears the screen, says that all is well on the first line of it and hides what follows; begins a line of its own; and runs backwards.
ESCAPES = "\x1b[2J\x1b[1;1HSound. 124 files\x1b[8m\r\nSound.\x9b2J\u202e"
ESCAPED = r"\x1b[2J\x1b[1;1HSound. 124 files\x1b[8m\r\nSound.\x9b2J\u202e"


def in_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], Files]:
    """A forger's edit of the manifest."""

    def forge(files: Files) -> Files:
        manifest = json.loads(files[MANIFEST])
        change(manifest)
        return files | {MANIFEST: json.dumps(manifest).encode()}

    return forge


def in_journal(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], Files]:
    """A forger's edit of the first entry."""

    def forge(files: Files) -> Files:
        lines = files[JOURNAL].splitlines(keepends=True)
        line = json.loads(lines[1])
        entry = json.loads(line["canonical"])
        change(entry)
        lines[1] = json.dumps(line | {"canonical": json.dumps(entry)}).encode() + b"\n"
        return listed_anew(files | {JOURNAL: b"".join(lines)})

    return forge


WRITES_ESCAPES: dict[str, Callable[[Files], Files]] = {
    "a path of the manifest": in_manifest(lambda manifest: manifest["files"].append(manifest["files"][0] | {"path": ESCAPES})),
    "what was left out": in_manifest(lambda manifest: manifest.update(left_out=[{"what": ESCAPES, "why": "rate_missing"}])),
    "a head's hash in the manifest": in_manifest(lambda manifest: manifest["head"].update(hash=ESCAPES)),
    "another program": in_manifest(lambda manifest: manifest.update(version=1, software=ESCAPES)),
    "a close's number": edited(REPORTS, lambda found: found[0].update(close=ESCAPES)),
    "a value that is none of its list": edited(SIGNATURES, lambda found: found[0].update(decision=ESCAPES)),
    "a document's name": edited(INDEX, lambda found: found[0].update(path=None, left_out=None, filename=ESCAPES)),
    "an account of the journal": in_journal(lambda entry: entry["postings"].__setitem__(0, [ESCAPES, *entry["postings"][0][1:]])),
    "a line of the sums": lambda files: files | {SUMS: files[SUMS] + ESCAPES.encode() + b"\n"},
}  # fmt: skip


@pytest.mark.parametrize("where", WRITES_ESCAPES)
def test_a_pack_cannot_write_to_the_terminal_of_who_proves_it(sound: Files, tmp_path: Path, where: str) -> None:
    said = CliRunner().invoke(verify_command, [str(written(tmp_path / "pack.zip", WRITES_ESCAPES[where](sound)))])
    shown = said.output + str(said.exception)
    assert said.exit_code == 1 and ESCAPED.partition(r"\r")[0] in shown, shown
    assert all(line.isprintable() and not line.startswith("Sound") for line in shown.split("\n")), shown


# --- a pack whose records are none ----------------------------------------------------------------------------------------------


def both(*forged: Callable[[Files], Files]) -> Callable[[Files], Files]:
    """One forger's edit after another."""

    def forge(files: Files) -> Files:
        for each in forged:
            files = each(files)
        return files

    return forge


def appended(path: str, line: bytes) -> Callable[[Files], Files]:
    return lambda files: listed_anew(files | {path: files[path] + line + b"\n"})


UNREADABLE: dict[str, tuple[Callable[[Files], Files], str]] = {
    "a request numbered by a list": (appended("approvals/requests.jsonl", b'{"number": ["x"]}'), "['x'] was submitted None times"),
    "an account numbered by a list, and what names it": (
        both(appended("chart/accounts.jsonl", b'{"id": [1]}'), appended("bank/reconciliations.jsonl", b'{"account_id": [1]}')), "Expected `int`, got"
    ),
    "a reference that is an object": (appended("approvals/payments.jsonl", b'{"payee": {"a": 1}}'), "payee {'a': 1} is not in approvals/payees.jsonl"),
    "a first line longer than a field may be": (
        lambda files: listed_anew(files | {CLOSING: b"a" * 140_000 + files[CLOSING]}), f"{CLOSING} cannot be read: field larger than field limit"
    ),
    "a time without its zone": (edited(SIGNATURES, lambda found: found[0].update(signed_at="2026-08-02T10:00:00")), "with a timezone component"),
    "the last time there is": (
        edited("bank/reconciliations.jsonl", lambda found: found[0].update(done_at="9999-12-31T23:59:59Z")), "its bytes cannot be read: date value out of"
    ),
    "a hash of another report that is none": (edited(SIGNATURES, lambda found: found[-1].update(digest="x")), "non-hexadecimal number found"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_record_is_a_fault_and_nothing_breaks_off(sound: Files, tmp_path: Path, what: str) -> None:
    forge, said = UNREADABLE[what]
    found = whats(written(tmp_path / "pack.zip", forge(sound)))
    assert any(said in each for each in found), found


VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 10**30, 1.5, "", "x", "\x1b[2J", "0" * 64, "0001-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00", "2026-06-01T00:00:00",
    "CL-0000-00", "A-0001", "USD", [], ["x"], [[1]], {}, {"x": [1]}, {"number": None},
)  # fmt: skip
CELLS = (b"", b"x", b'"', b"\xff", b"\x00", b"1e9", b"9" * 5_000, b"a" * 140_000)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, itself among them."""
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for name, part in parts for place in places(part, (*path, name)))]


def put_somewhere(chance: random.Random, node: Any) -> Any:
    """A JSON value with another at a random place of it."""
    value, place = chance.choice(VALUES), chance.choice(places(node))
    if isinstance(node, dict) and "canonical" in node and chance.random() < 0.7:
        return node | {"canonical": json.dumps(put_somewhere(chance, json.loads(node["canonical"])))}
    if not place:
        return value
    at = node
    for name in place[:-1]:
        at = at[name]
    at[place[-1]] = value
    return node


def garbled(chance: random.Random, name: str, content: bytes) -> bytes:
    """A file with a random value in a random place of it."""
    if name.endswith(".json"):
        return json.dumps(put_somewhere(chance, json.loads(content))).encode()
    lines = content.splitlines() or [b"{}"]
    at = chance.randrange(len(lines)) if chance.random() < 0.7 else 0
    if name.endswith(".jsonl"):
        lines[at] = json.dumps(put_somewhere(chance, json.loads(lines[at]))).encode()
    else:
        cells = lines[at].split(b",")
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        lines[at] = b",".join(cells)
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize("seed", range(16))
def test_random_values_in_random_places_never_break_off_a_proof(sound: Files, tmp_path: Path, seed: int) -> None:
    chance, files = random.Random(seed), dict(sound)
    kinds = [[name for name in sound if name.endswith(ending)] for ending in (".jsonl", ".jsonl", ".jsonl", ".json", ".csv")]
    for _ in range(12):
        name = chance.choice(chance.choice(kinds))
        if name != MANIFEST:
            files[name] = garbled(chance, name, files[name])
    check_pack(written(tmp_path / "pack.zip", listed_anew(files)))
    manifest = put_somewhere(chance, json.loads(sound[MANIFEST]))
    with suppress(NotAPack):
        check_pack(written(tmp_path / "said.zip", sound | {MANIFEST: json.dumps(manifest).encode()}))


# --- a ZIP that was made to harm ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "a/../../b", "C:/x", "a\\b", "a//b", "./a", "dir/", "NUL\x01", "café.txt", ".hidden", "a" * 200, "-rf"]
)
def test_a_name_that_leads_elsewhere_is_said_and_nothing_is_unpacked(sound: Files, tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "pack.zip", sound | {name: b"x"})
    checked = check_pack(path)
    assert any("a name that no pack has" in fault.what for fault in checked.faults)
    assert (checked.entries, checked.files) == (0, 0)


def test_a_name_that_is_there_twice_and_a_link_are_said(sound: Files, tmp_path: Path) -> None:
    path = written(tmp_path / "twice.zip", sound)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as target:
        target.writestr(JOURNAL, b"another")
    assert any("two files with one name" in what for what in whats(path))
    path = written(tmp_path / "link.zip", sound)
    with zipfile.ZipFile(path, "a") as target:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        target.writestr(link, "/etc/passwd")
    assert any("is no plain file" in what for what in whats(path))


def test_what_would_fill_a_disk_is_said_and_not_unpacked(sound: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = written(tmp_path / "bomb.zip", sound | {"bomb.csv": bytes(30_000_000)})
    checked = check_pack(bomb)
    assert any("would unpack to 30000000 bytes" in fault.what for fault in checked.faults) and checked.files == 0
    path = written(tmp_path / "pack.zip", sound)
    monkeypatch.setattr(audit_pack_files, "UNPACKED_MAXIMUM_BYTES", 1_000)
    assert any("a pack has at most 1000" in what for what in whats(path))
    monkeypatch.setattr(audit_pack_files, "FILES_MAXIMUM", 3)
    assert any("a pack has at most 3" in what for what in whats(path))


def overlapping() -> bytes:
    """Two names in the directory, one body: what makes a small ZIP unpack to much."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as target:
        target.writestr("a", b"x" * 100)
        target.writestr("b", b"y" * 100)
        target.infolist()[1].header_offset = 0
    return plain.getvalue()


def broken_directory(files: Files) -> bytes:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return plain.getvalue()[:-400]


def test_files_that_share_their_bytes_are_said(tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(overlapping())
    assert any("shares its bytes" in what for what in whats(tmp_path / "pack.zip"))


NOT_PACKS: list[Callable[[Files], bytes]] = [
    lambda files: b"", lambda files: b"PK\x03\x04 nothing", lambda files: b"%PDF-1.7", broken_directory,
    lambda files: zipped({"a": b"b"}), lambda files: zipped({MANIFEST: b"{"}), lambda files: zipped({MANIFEST: b"[" * 100_000}),
    lambda files: zipped({MANIFEST: files[MANIFEST].replace(b"solidarity-audit-pack", b"other")}), lambda files: zipped({MANIFEST: b"\xff\xfe"}),
]  # fmt: skip


def zipped(files: Files) -> bytes:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return plain.getvalue()


@pytest.mark.parametrize("made", NOT_PACKS)
def test_what_is_no_pack_is_said_in_one_line(sound: Files, tmp_path: Path, made: Callable[[Files], bytes]) -> None:
    (tmp_path / "pack.zip").write_bytes(made(sound))
    with pytest.raises(NotAPack) as reason:
        check_pack(tmp_path / "pack.zip")
    assert "\n" not in str(reason.value)


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_byte_changed_in_the_zip_itself_is_found_or_it_is_no_zip(sound: Files, tmp_path: Path, at: int) -> None:
    content = bytearray(written(tmp_path / "pack.zip", sound).read_bytes())
    content[len(content) * at // 100 + 31] ^= 0x55
    (tmp_path / "changed.zip").write_bytes(content)
    found: list[str] = []
    try:
        found = whats(tmp_path / "changed.zip")
    except NotAPack as reason:
        found = [str(reason)]
    assert found or unpacked(tmp_path / "changed.zip") == sound, "what says how a file is packed, and nothing of it"
