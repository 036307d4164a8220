"""A signed report proves itself away from the books: an altered file, a swapped attachment, a cut journal and another head are all found."""

import contextlib
import io
import json

import pytest
import pytest_asyncio
from pypdf import PdfReader, PdfWriter

from ledger.domain.actors import Actor
from ledger.domain.closes import FACTS_FORMAT
from ledger.domain.sealed_reports import FACTS, JOURNAL, NotAReport, attachments, check_report, read_head
from ledger.services import closes
from ledger.services.pool import Pool
from tests.conftest import Clock
from tests.services.close_stage import JUNE, UE_BANK, Stage, set_stage
from tests.services.test_funds import post

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, clock, ue, unifor)


async def fixed(stage: Stage) -> tuple[bytes, bytes, bytes]:
    """The report of June in both languages, and its head."""
    await stage.fix()
    english, french = [await closes.read_file(stage.pool, stage.ue, JUNE, 1, what) for what in ("pdf_en", "pdf_fr")]
    return english, french, await closes.keep_head(stage.pool, stage.ue, stage.key(), JUNE)


async def test_both_languages_prove_themselves_and_carry_the_same_facts_and_journal(stage: Stage) -> None:
    english, french, head = await fixed(stage)
    assert attachments(english) == attachments(french)
    facts = json.loads(attachments(english)[FACTS])
    assert facts["format"] == FACTS_FORMAT and facts["funds"]["GEN"]["CAD"]["result"] == 18_580_00
    assert facts["funds"]["GEN"]["USD"]["closing"] == 15_682_75
    for content in (english, french):
        proved = check_report(content, read_head(head))
        assert (proved.faults, proved.close, proved.entries) == ([], JUNE, 4)
    reader = PdfReader(io.BytesIO(french))
    assert {name: files[0] for name, files in reader.attachments.items()} == attachments(french), "as other programs read them"
    printed = "".join("".join(page.extract_text() for page in reader.pages).split())
    assert facts["journal"]["sha256"] in printed
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "pdfaid:part" in metadata and facts["journal"]["sha256"] in metadata


async def test_every_altered_byte_is_found(stage: Stage) -> None:
    english, _, _ = await fixed(stage)
    for place in range(200, len(english), len(english) // 40):
        altered = english[:place] + bytes([english[place] ^ 1]) + english[place + 1 :]
        with contextlib.suppress(NotAReport):
            assert check_report(altered).faults, place


async def test_a_swapped_attachment_is_found(stage: Stage) -> None:
    english, _, head = await fixed(stage)
    await post(stage.pool, stage.ue, "2026-07-02", "Later", "GEN", [("Expense:Organizing", "USD", 1_00), (UE_BANK, "USD", -1_00)])
    await stage.sign(stage.unifor, decision="declined", remarks="July is not in it")
    await stage.fix()
    second = await closes.read_file(stage.pool, stage.ue, JUNE, 2, "pdf_en")
    swapped = rewritten(english, {JOURNAL: attachments(second)[JOURNAL]})
    whats = [fault.what for fault in check_report(swapped).faults]
    assert any("the attached journal.jsonl is not the one" in what for what in whats)
    assert any("do not give its seal" in what for what in whats)
    assert check_report(second, read_head(head)).faults == [], "the head of the version before is one of this journal's"


async def test_a_cut_journal_and_changed_facts_are_found_though_every_hash_is_made_anew(stage: Stage) -> None:
    english, _, _ = await fixed(stage)
    own = attachments(english)
    lines = own[JOURNAL].splitlines(keepends=True)
    cut = rewritten(english, {JOURNAL: b"".join(lines[:-1])})
    assert any("its head says" in fault.what for fault in check_report(cut).faults)
    facts = json.loads(own[FACTS])
    facts["balances"]["GEN"]["Expense:Organizing CAD"][1] -= 1_00
    changed = rewritten(english, {FACTS: json.dumps(facts).encode()})
    assert any(fault.what.startswith("GEN, Expense:Organizing CAD: ") for fault in check_report(changed).faults)


async def test_a_whole_other_report_of_the_same_close_is_told_by_the_head_that_was_kept(stage: Stage) -> None:
    english, _, head = await fixed(stage)
    kept = read_head(head)
    assert check_report(english, kept).faults == []
    assert check_report(english, {**kept, "pdf_en_sha256": "00", "pdf_fr_sha256": "00"}).faults
    assert check_report(english, {**kept, "close": "CL-2026-05", "head_hash": "00" * 32}).faults, "a journal that did not pass the kept head"
    (later,) = check_report(english, {**kept, "close": "CL-2026-08", "head_number": int(kept["head_number"]) + 9, "head_hash": "00" * 32}).faults
    assert "a later close, and cannot prove this report" in later.what


async def test_what_is_no_report_says_so() -> None:
    for content in (b"", b"%PDF-1.7 nothing", b"PK"):
        with pytest.raises(NotAReport):
            check_report(content)
    with pytest.raises(NotAReport):
        read_head(b"[]")


def rewritten(content: bytes, files: dict[str, bytes]) -> bytes:
    """The PDF as another program saves it, with other attachments."""
    own = attachments(content) | files
    writer = PdfWriter()
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        writer.add_page(page)
    writer.add_metadata({"/Keywords": str(reader.metadata["/Keywords"]) if reader.metadata else ""})
    for name, data in own.items():
        writer.add_attachment(name, data)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
