"""Whatever is changed in an audit pack is found and said: a byte, a file taken out or put in, a document swapped, a journal cut; and a ZIP made to harm."""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from ledger.domain import audit_packs
from ledger.domain.audit_packs import CLOSING, HEADS, INDEX, JOURNAL, LEDGER, MANIFEST, SUMS, NotAPack, check_pack, sums_line
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
    assert said and all(what.startswith(f"{kept[0]['head_number']} ") for what in said)


def test_a_swapped_document_is_found_though_every_hash_is_made_anew(sound: Files, tmp_path: Path) -> None:
    name = a_document(sound)
    swapped = listed_anew(sound | {name: b"%PDF-1.4 another slip"})
    assert any("is not the document that the books kept as" in what for what in whats(written(tmp_path / "swap.zip", swapped)))
    named = listed_anew(sound | {INDEX: sound[INDEX] + b'{"path": 5}\n', "5": b"five"})
    assert any("5 is not the document that the books kept as" in what for what in whats(written(tmp_path / "number.zip", named)))
    added = listed_anew(sound | {"documents/more.pdf": b"%PDF-1.4 one more"})
    assert any("that documents/index.jsonl does not name" in what for what in whats(written(tmp_path / "add.zip", added)))


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
    assert any("does not sign this report" in what for what in whats(written(tmp_path / "signed.zip", signed)))
    without = listed_anew({name: content for name, content in sound.items() if name != f"{first}/head.json"})
    assert any(f"{first}/head.json is missing" in what for what in whats(written(tmp_path / "headless.zip", without)))


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
    monkeypatch.setattr(audit_packs, "UNPACKED_MAXIMUM_BYTES", 1_000)
    assert any("a pack has at most 1000" in what for what in whats(path))
    monkeypatch.setattr(audit_packs, "FILES_MAXIMUM", 3)
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
    assert found
