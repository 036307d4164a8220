"""Hold the PDF to being a document two treasurers can sign: archivable, accessible, the same bytes every time."""

import io
import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from pypdf import PdfReader

from reports import document as d
from reports.document import Column, Label, Table, row
from reports.font_coverage import REPLACEMENT, covered, drawable
from reports.render_json import render_json
from reports.render_pdf import render_pdf
from tests.reports.example_documents import GENERATED_AT, HOSTILE, hostile, trial_balance


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(content).pages)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_is_the_same_bytes_in_another_process_too(language: str) -> None:
    script = (
        "import sys; from reports.render_pdf import render_pdf; from tests.reports.example_documents import trial_balance;"
        f"sys.stdout.buffer.write(render_pdf(trial_balance(), {language!r}))"
    )
    root = Path(__file__).parents[2]
    elsewhere = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True, timeout=60)
    assert elsewhere.stdout == render_pdf(trial_balance(), language)


def test_it_declares_pdf_a_3a_and_pdf_ua_1_its_language_and_title() -> None:
    reader = read(render_pdf(trial_balance(), "fr"))
    catalogue = reader.trailer["/Root"]
    metadata = catalogue["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part(>|=\")3", metadata)
    assert re.search(r"pdfaid:conformance(>|=\")A", metadata)
    assert re.search(r"pdfuaid:part(>|=\")1", metadata)
    assert catalogue["/Lang"] == "fr-CA"
    assert catalogue["/MarkInfo"]["/Marked"] == True  # noqa: E712  (a PDF boolean, not Python's)
    assert reader.metadata is not None
    assert reader.metadata.title == "Balance de vérification"
    assert reader.metadata.creation_date == GENERATED_AT


def test_its_time_is_the_one_given() -> None:
    signed_at = datetime(2027, 1, 5, 9, tzinfo=UTC)
    reader = read(render_pdf(trial_balance(), "en", created_at=signed_at))
    assert reader.metadata is not None
    assert reader.metadata.creation_date == signed_at


def test_the_document_s_data_is_attached() -> None:
    attached = read(render_pdf(trial_balance(), "en")).attachments
    assert list(attached) == ["trial-balance.json"]
    assert attached["trial-balance.json"][0] == render_json(trial_balance())
    assert json.loads(attached["trial-balance.json"][0])["name"] == "trial-balance"


def test_heads_repeat_and_pages_are_counted() -> None:
    content = render_pdf(trial_balance(lines=120), "en")
    pages = [page.extract_text() for page in read(content).pages]
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Sample books" in page
    assert all("Credit in CAD" in page for page in pages if "Local 5" in page)


def test_real_books_are_not_called_sample() -> None:
    assert "Sample" not in text_of(render_pdf(trial_balance(sample=False), "en"))


@pytest.mark.parametrize(("paper", "count", "size"), [("us-letter", 3, (612, 792)), ("a4", 3, (595, 842)), ("us-letter", 14, (792, 612))])
def test_paper_and_orientation_follow_what_is_on_it(paper: str, count: int, size: tuple[int, int]) -> None:
    columns = tuple(Column(f"c{number}", Label("Debit", "Débit"), "money", "USD") for number in range(count))
    table = Table("wide", "Wide", columns, (row(*[123_456_789_00] * count),))
    document = d.Document("wide", "Wide", "Books", GENERATED_AT, 1, "", (d.Section((table,)),))
    content = render_pdf(document, "en", paper=paper)  # type: ignore[arg-type]
    assert (round(read(content).pages[0].mediabox.width), round(read(content).pages[0].mediabox.height)) == size
    assert text_of(content).count("123,456,789.00") == count


def test_hostile_text_is_set_as_it_stands() -> None:
    text = text_of(render_pdf(hostile(), "fr"))
    for harmless in HOSTILE[:4] + HOSTILE[5:10]:
        assert harmless in text
    assert "été" in text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_can_be_printed(text: str) -> None:
    table = Table("t", text, (Column("a", text),), (row(text),))
    document = d.Document("any", text, text, GENERATED_AT, 1, "", (d.Section((table,), text, (text,)),), subtitle=(text,))
    assert render_pdf(document, "fr").startswith(b"%PDF-")


def test_the_fonts_draw_what_the_two_languages_need() -> None:
    assert {ord(letter) for letter in "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ«»’–—·…\u00a0\u202f−€" + REPLACEMENT} <= covered()
    assert drawable("Écriture no 5 − œuvre") == "Écriture no 5 − œuvre"
    assert drawable("日\u200bx\ue000") == REPLACEMENT + "x" + REPLACEMENT


def test_a_person_can_look_at_it(tmp_path: Path) -> None:
    if not shutil.which("pdftoppm"):
        pytest.skip("pdftoppm (poppler-utils) is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(render_pdf(trial_balance(), "fr"))
    drawn = subprocess.run(["pdftoppm", "-r", "50", "-png", str(path), str(tmp_path / "page")], capture_output=True, text=True, timeout=60)
    assert drawn.returncode == 0
    assert list(tmp_path.glob("page*.png"))


def test_text_beside_long_headings_of_figures_is_not_written_over() -> None:
    """Columns of figures do not wrap their headings; where they leave no room for the text, the page is turned."""
    figures = [Column(f"figure_{number}", Label("Waiting or disputed so far", "En attente ou contesté"), "decimal") for number in range(4)]
    table = Table("lent", Label("Lent", "Prêté"), (Column("kind", Label("Kind", "Nature")), *figures), (row("Organizers", *[Decimal("7.25")] * 4),))
    document = structs.replace(trial_balance(), sections=(d.Section((table,)),))
    page = read(render_pdf(document, "en")).pages[0]
    assert page.mediabox.width > page.mediabox.height
    assert "7.25" in page.extract_text() and "Organizers" in page.extract_text()
