"""Hold every format and both languages to the same figures, and hostile text to being text."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest
from pypdf import PdfReader

from ledger.domain.money import text_from_minor
from reports import document as d
from reports.document import Column, Conversion, DocumentInvalid, Table, cell, group, row, words
from reports.formats import MINUS, figure
from reports.i18n import LANGUAGES
from reports.present import source_name
from reports.render import FORMATS, FormatUnknown, render
from reports.render_csv import defused
from reports.render_html import render_html
from reports.render_json import render_json
from tests.reports.example_documents import GENERATED_AT, RATE, hostile, trial_balance


def amounts(document: d.Document) -> list[Decimal]:
    """Every figure of the document's tables, in major units, in order."""
    found = []
    for table in document.tables:
        for line in table.rows:
            for column, one in zip(table.columns, line.cells, strict=False):
                if column.is_money and isinstance(one.value, int):
                    found.append(Decimal(text_from_minor(one.value, d.currency_of(column, one))))
    return found


class TextOf(HTMLParser):
    """Collects an HTML page's text, its amounts, its tags and the attributes of its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def csv_rows(content: bytes, language: str) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";" if language == "fr" else ","))


def sheets(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_shows_the_same_figures(language: str) -> None:
    document = trial_balance(lines=70)
    expected = amounts(document)
    assert len(expected) == 70 * 2 + 4 * 3 + 3

    shown = [cell for sheet in sheets(render(document, "xlsx", language).content) for line in sheet.iter_rows() for cell in line]
    figures = [cell for cell in shown if cell.data_type == "n" and cell.value is not None and cell.number_format.startswith("[$")]
    in_text = [Decimal(cell.value.split()[1]) for cell in shown if cell.data_type == "s" and re.match(r"[A-Z]{3} -?\d+\.\d\d$", cell.value)]
    assert Counter([Decimal(repr(cell.value)) for cell in figures] + in_text) == Counter(expected)

    sign = "," if language == "fr" else "."
    texts = [text for line in csv_rows(render(document, "csv", language).content, language) for text in line]
    read = Counter(Decimal(text.replace(sign, ".")) for text in texts if re.fullmatch(rf"-?\d+(?:\{sign}\d+)?", text))
    assert all(read[amount] >= number for amount, number in Counter(expected).items())

    tables = [table for section in json.loads(render_json(document))["sections"] for table in section["tables"]]
    cells = [value for table in tables for line in table["rows"] if line["kind"] != "group" for value in line["cells"].values()]
    assert [Decimal(value["amount"]) for value in cells if isinstance(value, dict) and "amount" in value] == expected

    printed = [figure(language, int(amount * 100)) for amount in expected if amount != 1234] + [figure(language, 1234, 0)]
    page = " ".join(TextOf(render_html(document, language)).texts)
    paper = pdf_text(render(document, "pdf", language).content)
    for place in (page, paper.replace(" ", "\u00a0")):
        assert [text for text in printed if text.replace(" ", "\u00a0") not in place] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMATS)
def test_the_same_document_is_the_same_bytes(form: str, language: str) -> None:
    assert render(trial_balance(), form, language) == render(trial_balance(), form, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_converted_column_names_its_rate_date_and_source_in_every_format(language: str) -> None:
    document = trial_balance()
    day = "30 octobre 2026" if language == "fr" else "October 30, 2026"
    rate = "1,3650" if language == "fr" else "1.3650"
    book = sheets(render(document, "xlsx", language).content)
    places = {
        "html": " ".join(TextOf(render_html(document, language)).texts),
        "pdf": pdf_text(render(document, "pdf", language).content).replace("\n", " "),
        "xlsx": " ".join(str(one.value) for line in book.worksheets[-1].iter_rows() for one in line),
    }
    for text in places.values():
        assert rate in text
        assert day in text
        assert RATE.source in text
    heading = next(line for line in csv_rows(render(document, "csv", language).content, language) if len(line) == 5)[4]
    assert (rate in heading, RATE.source in heading, "2026-10-30" in heading) == (True, True, True)
    assert json.loads(render_json(document))["sections"][0]["tables"][0]["columns"][4]["conversions"][0]["rate"] == "1.3650"


def test_a_page_is_semantic_and_drills_down() -> None:
    page = TextOf(render_html(trial_balance(), "fr"))
    assert page.tags["table"] == page.tags["caption"] == 3
    assert {"/accounts/7", "/accounts/assets", "/transfers/T-0042", "/funds/strike"} <= set(page.links)
    fragment = render_html(trial_balance(), "en")
    assert '<td class="r"><span class="num"><span class="cur">CAD</span>&nbsp;20,384.00</span></td>' in fragment
    assert f'<i class="num derived"><span class="cur">CAD</span>&nbsp;{MINUS}2,000,000,000,001.98</i>' in fragment
    assert '<th scope="col" class="r">Debit</th>' in fragment
    assert '<th scope="rowgroup" colspan="5"><a href="/accounts/assets">Assets</a></th>' in fragment


def test_a_page_to_keep_says_sample_and_a_real_one_does_not() -> None:
    assert b"Sample books" in render(trial_balance(), "html", "en").content
    for form in ("html", "csv", "json"):
        assert b"Sample books" not in render(trial_balance(sample=False), form, "en").content


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_stays_text_in_a_page(language: str) -> None:
    fragment = render_html(hostile(), language)
    page = TextOf(fragment)
    assert page.tags["script"] == page.tags["style"] == 0
    assert "<script>alert(1)</script>" in "".join(page.texts)
    assert "{{ 7*7 }}" in fragment
    assert "\x00" not in fragment
    assert set(page.links) == {"/x?a=1&b=<"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_text_never_runs_in_a_sheet(language: str) -> None:
    for line in csv_rows(render(hostile(), "csv", language).content, language):
        for text in line:
            assert not text.startswith(("=", "+", "@", "\t", "\r")), text
            assert not text.startswith("-") or re.fullmatch(r"-0[.,]05", text), text
    for sheet in sheets(render(hostile(), "xlsx", language).content):
        assert {one.data_type for line in sheet.iter_rows() for one in line} <= {"s", "n"}


@pytest.mark.parametrize(("text", "safe"), [("=1", "'=1"), (" =1", "' =1"), ("-", "'-"), ("\uff0b1", "'\uff0b1"), ("a=1", "a=1"), ("", "")])
def test_a_text_that_looks_like_a_formula_is_defused(text: str, safe: str) -> None:
    assert defused(text) == safe


def test_a_csv_of_one_table_is_one_clean_table() -> None:
    columns = (Column("day", words("Prepared"), "date"), Column("paid", "Paid", "money", "USD"))
    section = d.Section((Table("one", "One", columns, (row(date(2026, 1, 2), 123456),)),))
    document = d.Document("one", "One", "Books", GENERATED_AT, 1, "", (section,))
    assert render(document, "csv", "en").content.decode("utf-8-sig") == '"Prepared","Paid (USD)"\r\n"2026-01-02","1234.56"\r\n'
    assert render(document, "csv", "fr").content.decode("utf-8-sig") == '"Préparé le";"Paid (USD)"\r\n"2026-01-02";"1234,56"\r\n'


def test_a_workbook_holds_numbers_dates_and_where_they_come_from() -> None:
    book = sheets(render(trial_balance(), "xlsx", "fr").content)
    assert book.sheetnames == ["Soldes par compte", "Mouvements", "En transit", "À propos de ce rapport"]
    movements = book["Mouvements"]
    assert [one.value for one in movements[2]] == ["UE", datetime(2026, 1, 30), "USD", 15000, 1.3601, 1204, 0.1234]
    assert movements["D2"].number_format == "[$USD] #,##0.00;[$USD] −#,##0.00"
    assert movements.freeze_panes == "B2"
    about = {str(line[0].value): line[1].value for line in book.worksheets[-1].iter_rows()}
    assert about["Empreinte de cette écriture"] == "9f2c" * 16


def test_a_figure_that_excel_would_round_is_written_out() -> None:
    columns = (Column("paid", "Paid", "money", "USD"),)
    table = Table("one", "One", columns, (row(10**17 + 1), row(99_999_999_999_999_9)))
    document = d.Document("one", "One", "Books", GENERATED_AT, 1, "", (d.Section((table,)),))
    sheet = sheets(render(document, "xlsx", "en").content).worksheets[0]
    assert sheet["A2"].value == "USD 1000000000000000.01"
    assert Decimal(repr(sheet["A3"].value)) == Decimal("9999999999999.99")


def test_a_workbook_takes_any_caption() -> None:
    captions = ["a/b:c*d?e[f]g\\h", "'", "", "x" * 40, "X" * 40, "History", "x" * 31]
    tables = tuple(Table(f"t{number}", caption, (Column("a", "A"),), ()) for number, caption in enumerate(captions))
    document = d.Document("one", "R&D & more", "Books & co", GENERATED_AT, 1, "", (d.Section(tables),))
    assert len(sheets(render(document, "xlsx", "en").content).sheetnames) == len(captions) + 1


def test_json_says_both_languages_and_amounts_as_text() -> None:
    shown = json.loads(render_json(trial_balance()))
    assert shown["title"] == {"en": "Trial balance", "fr": "Balance de vérification"}
    line = shown["sections"][0]["tables"][0]["rows"][1]
    assert line["link"] == "/accounts/7"
    assert line["cells"]["cad"] == {"amount": "20384.00", "currency": "CAD"}
    mixed = shown["sections"][0]["tables"][1]["rows"][0]
    assert mixed["cells"]["rate"] == "1.3601"
    assert mixed["links"] == {"amount": "/transfers/T-0042"}
    assert shown["head"] == {"number": 10482, "hash": "9f2c" * 16}


def test_a_file_is_named_for_its_report_day_and_language() -> None:
    assert render(trial_balance(), "xlsx", "fr").filename == "trial-balance-2026-10-31-fr.xlsx"
    with pytest.raises(FormatUnknown):
        render(trial_balance(), "docx", "fr")


USD = Column("usd", "USD", "money", "USD")
NO_CURRENCY = Column("any", "Any", "money")


@pytest.mark.parametrize(
    "shape",
    [
        lambda: Column("in_cad", "In CAD", "converted", "CAD"),
        lambda: Column("in_cad", "In CAD", "converted", None, (RATE,)),
        lambda: Column("in_eur", "In EUR", "converted", "EUR", (RATE,)),
        lambda: Column("usd", "USD", "money", "USD", (RATE,)),
        lambda: Column("Day 1", "Day"),
        lambda: Conversion(1.365, date(2026, 1, 1), "x", 1),
        lambda: Conversion(Decimal("NaN"), date(2026, 1, 1), "x", 1),
        lambda: Conversion(Decimal(1), date(2026, 1, 1), "", 1),
        lambda: Table("t", "T", (USD,), (row(1.5),)),
        lambda: Table("t", "T", (USD,), (row(True),)),
        lambda: Table("t", "T", (USD,), (row("12"),)),
        lambda: Table("t", "T", (USD,), (row(1, 2),)),
        lambda: Table("t", "T", (USD,), (row(cell(1, currency="CAD")),)),
        lambda: Table("t", "T", (NO_CURRENCY,), (row(1),)),
        lambda: Table("t", "T", (USD, USD), ()),
        lambda: row("x", link="https://elsewhere"),
        lambda: row("x", link="//elsewhere"),
        lambda: row("x", link="javascript:alert(1)"),
        lambda: row("x", link="/\\elsewhere"),
        lambda: group("x", link="x"),
        lambda: words("Note", share=0.5),
    ],
)
def test_what_cannot_be_shown_honestly_is_refused(shape: object) -> None:
    with pytest.raises(DocumentInvalid):
        shape()  # type: ignore[operator]


def test_the_source_of_a_rate_is_said_in_the_reader_s_language() -> None:
    assert [source_name(language, "Bank of Canada") for language in ("en", "fr")] == ["Bank of Canada", "Banque du Canada"]
    assert [source_name(language, "bank") for language in ("en", "fr")] == ["bank’s rate", "taux de la banque"]
    assert [source_name("fr", source) for source in ("Reuters 16:00, 100%", "")] == ["Reuters 16:00, 100%", ""]
