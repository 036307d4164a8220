"""Files kept with the books: what is taken, what is refused, once by content, and who may see them."""

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.domain.actors import Actor
from ledger.domain.deliveries import Line, Sheet
from ledger.domain.documents import SIZE_MAXIMUM_BYTES, media_type, plain_filename
from ledger.domain.refusals import Refusal
from ledger.services import documents, journal
from ledger.services.pool import Pool
from tests.conftest import Clock, add_person
from tests.services import lending_stage, requests_stage
from tests.services.test_journal import opening, refused, trail

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
MAIL = b"Received: from bank\r\nFrom: Bank <bank@example.org>\r\nSubject: Wire\r\n of Friday\r\n\r\nSent.\r\n"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(1_000_000))
    return buffer.getvalue()


TAKEN = [
    ("slip.pdf", "application/pdf", PDF, "application/pdf"),
    ("SLIP.PDF", "", PDF, "application/pdf"),
    ("scan.png", "image/png", PNG, "image/png"),
    ("photo.jpeg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
    ("fax.tif", "image/tiff", b"II*\x00" + bytes(9), "image/tiff"),
    ("bank.eml", "message/rfc822", MAIL, "message/rfc822"),
]
REFUSED = [
    ("an executable named .pdf", "slip.pdf", "application/pdf", b"MZ\x90\x00" + bytes(60)),
    ("an ELF named .eml", "mail.eml", "message/rfc822", b"\x7fELF" + bytes(60)),
    ("a zip", "bomb.zip", "application/zip", zipped()),
    ("a zip named .pdf", "bomb.pdf", "application/pdf", zipped()),
    ("a page named .png", "page.png", "image/png", b"<html><script>alert(1)</script>"),
    ("a PDF declared an image", "slip.pdf", "image/png", PDF),
    ("a PDF named .png", "slip.png", "", PDF),
    ("no ending", "slip", "application/pdf", PDF),
    ("nothing in it", "slip.pdf", "application/pdf", b""),
    ("a page named .eml", "page.eml", "message/rfc822", b"<html>\nFrom: x\n"),
    ("an svg", "drawing.svg", "image/svg+xml", b"<svg/>"),
]


@pytest.mark.parametrize(("filename", "declared", "content", "kind"), TAKEN)
def test_taken(filename: str, declared: str, content: bytes, kind: str) -> None:
    assert media_type(filename, declared, content) == kind


@pytest.mark.parametrize(("what", "filename", "declared", "content"), REFUSED, ids=[row[0] for row in REFUSED])
def test_not_taken(what: str, filename: str, declared: str, content: bytes) -> None:
    with pytest.raises(Refusal, match="document_type"):
        media_type(filename, declared, content)


def test_too_large_is_said_before_what_it_is() -> None:
    with pytest.raises(Refusal, match="document_too_large"):
        media_type("x.pdf", "", PDF + bytes(SIZE_MAXIMUM_BYTES))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\scans\\a.pdf", "a.pdf"), ("../../etc/a.pdf", "a.pdf"), ('a"\r\n.pdf', "a.pdf"), ("grève « 1 ».pdf", "grève « 1 ».pdf"),
        ("\u202efdp.exe", "fdp.exe"),
    ],
)
def test_names_are_made_plain(given: str, kept: str) -> None:
    assert plain_filename(given) == kept


async def test_a_document_is_kept_once_and_linked_often(pool: Pool, ue: Actor, unifor: Actor) -> None:
    for n in (1, 2):
        await journal.post_entry(pool, ue, f"doc-entry-{n}", opening(100))
    first = await documents.attach(pool, ue, "doc-00001", "journal", "1", "slip.pdf", "application/pdf", PDF)
    again = await documents.attach(pool, ue, "doc-00001", "journal", "1", "slip.pdf", "application/pdf", PDF)
    other = await documents.attach(pool, unifor, "doc-00002", "journal", "2", "same.pdf", "application/pdf", PDF)
    assert first == again
    assert first.id == other.id
    (listed,) = await documents.list_documents(pool, unifor, "journal", "2")
    assert (listed.id, listed.uploaded_by_name) == (first.id, unifor.name)
    assert await documents.read_content(pool, unifor, first.id) == (first, PDF)
    assert (await documents.read_document(pool, ue, first.id))[1] == [("journal", "1"), ("journal", "2")]
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM documents") == 1


async def test_refusals_are_remembered_and_nothing_is_kept(pool: Pool, ue: Actor) -> None:
    await journal.post_entry(pool, ue, "doc-entry-1", opening(100))
    attempts = [
        ("journal", "9", "slip.pdf", PDF, "not_found"),
        ("journal", "x", "slip.pdf", PDF, "choice_invalid"),
        ("strike", "1", "slip.pdf", PDF, "choice_invalid"),
        ("transfer", "T-0001", "slip.pdf", PDF, "not_found"),
        ("rate", "USD-CAD-2026-07-01", "slip.pdf", PDF, "not_found"),
        ("journal", "1", "slip.pdf", b"MZ", "document_type"),
        ("journal", "1", "...", PDF, "text_invalid"),
    ]
    for n, (kind, subject, filename, content, code) in enumerate(attempts):
        for _ in range(2):
            await refused(documents.attach(pool, ue, f"doc-bad-{n}", kind, subject, filename, "", content), code)
    assert (await trail(pool))[1:] == [("attach_document", "refused", attempt[4]) for attempt in attempts]
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM documents") == 0


async def test_a_thing_has_at_most_twenty(pool: Pool, ue: Actor) -> None:
    await journal.post_entry(pool, ue, "doc-entry-1", opening(100))
    for n in range(20):
        await documents.attach(pool, ue, f"doc-many-{n}", "journal", "1", f"{n}.pdf", "", PDF + bytes([n]))
    await refused(documents.attach(pool, ue, "doc-many-20", "journal", "1", "20.pdf", "", PDF + b"20"), "documents_full")
    await documents.attach(pool, ue, "doc-many-21", "journal", "1", "0.pdf", "", PDF + bytes([0]))


async def test_who_may(pool: Pool, ue: Actor) -> None:
    await journal.post_entry(pool, ue, "doc-entry-1", opening(100))
    trustee, lead = await add_person(pool, "Ida", "ue", "trustee"), await add_person(pool, "Lee", "ue", "campaign_lead")
    kept = await documents.attach(pool, ue, "doc-00001", "journal", "1", "slip.pdf", "", PDF)
    await refused(documents.attach(pool, trustee, "doc-00002", "journal", "1", "slip.pdf", "", PDF), "not_allowed")
    assert (await documents.read_content(pool, trustee, kept.id))[1] == PDF
    await refused(documents.read_content(pool, lead, kept.id), "not_allowed")


async def test_who_may_see_a_booking_reads_what_is_kept_with_it_and_each_side_adds(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    stage = await requests_stage.set_stage(pool, ue, unifor)
    booking = await lending_stage.booked(stage, await lending_stage.offered(stage, lending_stage.VAN), "ue lead")
    clock.now = datetime(2026, 12, 7, 17, 0, tzinfo=UTC)
    sheet = Sheet(lines=(Line(day=lending_stage.DAYS.first_day, quantity=Decimal(1)),))
    delivery = await lending_stage.submitted(stage, booking, sheet)
    kept = {}
    for kind, subject, by in (("booking", booking.number, "ue lead"), ("delivery", delivery.number, "unifor officer")):
        content = PDF + subject.encode()
        await refused(documents.attach(pool, stage.who["unifor lead"], stage.key(), kind, subject, "pass.pdf", "", content), "not_found")
        await refused(documents.attach(pool, stage.who["ue board"], stage.key(), kind, subject, "pass.pdf", "", content), "not_allowed")
        await refused(documents.attach(pool, stage.who[by], stage.key(), kind, subject[:3] + "0099", "pass.pdf", "", content),
                      "not_found" if by == "ue lead" else "not_allowed")  # fmt: skip
        kept[subject] = await documents.attach(pool, stage.who[by], stage.key(), kind, subject, "pass.pdf", "", content)
        for reader, count in (("ue lead", 1), ("unifor officer", 1), ("ue board", 1), ("unifor lead", 0)):
            assert len(await documents.list_documents(pool, stage.who[reader], kind, subject)) == count, (kind, reader)
        parts = ("ue lead", "unifor lead", "ue treasurer", "ue board")
        assert [await documents.may_attach(pool, stage.who[part], kind, subject) for part in parts] == [True, False, True, False]
        assert (await documents.read_content(pool, stage.who["ue lead"], kept[subject].id))[1] == content
        await refused(documents.read_content(pool, stage.who["unifor lead"], kept[subject].id), "not_allowed")
