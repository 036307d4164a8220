"""Read bank files as banks write them, in every format, and refuse what is damaged, hostile or does not hold together, with its line.

Two libraries that others wrote read the same samples beside ours: what they and we read must agree where theirs can be trusted.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import mt940
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mt940.options import Options
from ofxtools.Parser import OFXTree

from api import refusal_messages
from ledger.domain.bank_files import StatementFile, check, identities, sum_of, with_opening
from ledger.domain.refusals import ColumnsMissing, Refusal, RowsInvalid, StatementFileInvalid, StatementTotals, StatementUnbalanced
from ledger.domain.sheet_profiles import BANK_COLUMNS, BOOK_COLUMNS, Profile, guess
from ledger.services import bank_reading
from ledger.services.bank_files import is_sheet, read_statements, rows_of

FILES = Path(__file__).parents[1] / "data" / "statements"
SAMPLES = sorted(path.name for path in FILES.iterdir() if path.is_file() and path.suffix != ".md")


def content(name: str) -> bytes:
    return (FILES / name).read_bytes()


def profile_of(data: bytes, currency: str = "CAD") -> Profile:
    return guess(rows_of(data), currency=currency).profile


def statements(name: str, currency: str = "CAD") -> list[StatementFile]:
    data = content(name)
    return read_statements(data, name, profile_of(data, currency) if is_sheet(data) else None)


def refusal(data: bytes, profile: Profile | None = None) -> tuple[str, int]:
    with pytest.raises(StatementFileInvalid) as refused:
        read_statements(data, "statement", profile)
    return refused.value.params["reason"], refused.value.params["line"]


# --- every format, as a statement reads -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("canada_1.02.ofx", [("ofx", "815-30045-0123456", "CAD", "2026-05-01", "2026-05-31", None, 8, 2_092_40, 46_293_00)]),
        (
            "us_2.11.qfx",
            [
                ("ofx", "9876543210", "USD", "2026-03-01", "2026-03-31", None, 3, 18_785_00, 48_785_00),
                ("ofx", "9876543228", "USD", "2026-03-01", "2026-03-31", None, 0, 0, 1_000_00),
            ],
        ),
        ("camt053_02_batch.xml", [("camt053", "00012-1234567", "CAD", "2026-04-01", "2026-04-30", 10_000_00, 5, 2_330_50, 12_330_50)]),
        ("camt053_08_pages.xml", [("camt053", "GB33BUKB20201555555555", "USD", "2026-06-01", "2026-06-30", -250_00, 3, 774_25, 524_25)]),
        ("mt940_structured.sta", [("mt940", "5320130", "EUR", "2025-12-30", "2026-03-01", 4_350_00, 4, 962_00, 5_312_00)]),
        ("mt940_swift_pages.fin", [("mt940", "1234567890", "CAD", "2026-03-31", "2026-03-31", -100_00, 4, 2_100_00, 2_000_00)]),
        (
            "us_treasury.bai2",
            [
                ("bai2", "9876543210", "USD", "2026-03-31", "2026-03-31", 30_000_00, 4, 17_850_00, 47_850_00),
                ("bai2", "0012345678", "CAD", "2026-03-31", "2026-03-31", -50_00, 1, 60_00, 10_00),
            ],
        ),
        ("caisse_fr_ca.csv", [("csv", "", "CAD", "2026-05-04", "2026-05-15", 48_310_60, 5, 67_06, 48_377_66)]),
        ("us_two_columns.csv", [("csv", "", "CAD", "2026-03-02", "2026-03-31", 30_000_00, 3, 18_785_00, 48_785_00)]),
        ("us_sides.csv", [("csv", "", "USD", "2026-03-02", "2026-03-03", None, 2, 1_480_25, None)]),
        ("credit_union.xlsx", [("csv", "", "CAD", "2026-04-01", "2026-04-30", 10_000_00, 4, 2_380_80, 12_380_80)]),
    ],
)
def test_a_statement_is_read_with_its_days_its_balances_and_its_lines(name: str, expected: list[tuple[object, ...]]) -> None:
    read = [
        (one.format, one.account, one.currency, str(one.starts_on), str(one.ends_on), one.opening_minor, len(one.lines), sum_of(one), one.closing_minor)
        for one in statements(name)
    ]
    assert read == expected
    for one in statements(name):
        check(with_opening(one, None), one.currency)


def lines(name: str, which: int = 0) -> list[tuple[object, ...]]:
    return [
        (line.day.isoformat(), line.amount_minor, line.bank_id, line.reference, line.cheque, line.counterparty, line.text, line.code)
        for line in statements(name)[which].lines
    ]


def test_ofx_of_a_caisse_is_in_windows_1252_with_empty_memos_and_local_days() -> None:
    read = lines("canada_1.02.ofx")
    assert read[1] == ("2026-05-08", 2_500_00, "202605080001", "", "", "SECTION LOCALE 444", "Dépôt – contribution", "CREDIT")
    assert read[2] == ("2026-05-11", -60_00, "202605110001", "", "1041", "Chq", "Chq", "CHECK")
    assert read[4][5:7] == ("Café & Traiteur l'Étoile", "ACHAT & POURBOIRE")
    # Half a second before midnight in Montréal is the next day in Greenwich; the bank's day counts.
    assert read[6][:2] == ("2026-05-22", -240_00)


def test_qfx_in_xml_has_its_ends_and_its_escapes() -> None:
    assert lines("us_2.11.qfx")[0] == (
        "2026-03-02", 20_000_00, "20260302-7731", "", "", "UE GENERAL FUND", "CONTRIBUTION Q1 <NASP>", "DIRECTDEP",
    )  # fmt: skip
    assert [line.value_date for line in statements("us_2.11.qfx")[0].lines] == [date(2026, 3, 2), date(2026, 3, 10), date(2026, 3, 31)]


def test_a_camt_batch_becomes_its_transactions_and_what_is_pending_is_left_out() -> None:
    read = lines("camt053_02_batch.xml")
    assert read[0] == (
        "2026-04-03", 4_000_00, "8400330017", "UNIFOR-Q2-2026", "", "Unifor - Fonds général", "Contribution T2 résolution 2026-14", "PMNT/RCDT/DMCT",
    )  # fmt: skip
    assert [(row[1], row[3], row[5]) for row in read[1:4]] == [
        (-900_00, "A-0101", "Imprimerie du Quai"),
        (-375_00, "A-0102", "Salle Saint-Henri"),
        (-375_00, "A-0103", "Salle Saint-Henri"),
    ]
    assert 77_700 not in [abs(int(str(row[1]))) for row in read]


def test_a_camt_batch_whose_amounts_do_not_make_the_entry_stays_one_line() -> None:
    data = content("camt053_02_batch.xml").replace(b'<TxAmt><Amt Ccy="CAD">900.00', b'<TxAmt><Amt Ccy="CAD">899.00')
    assert [line.amount_minor for line in read_statements(data, "x")[0].lines] == [4_000_00, -1_650_00, -19_50]


def test_camt_in_utf_16_with_a_prefix_in_two_pages_is_one_statement() -> None:
    read = lines("camt053_08_pages.xml")
    assert read[0][3:7] == ("I-77", "", "Local 506", "RF18539007547034")
    # Its batch gives no amounts, so it stays one line; a reversal of a debit is a credit, as its mark says.
    assert [row[1] for row in read] == [899_25, -150_00, 25_00]


def test_mt940_with_structured_information() -> None:
    read = lines("mt940_structured.sta")
    assert read[0] == ("2025-12-31", -35_00, "B5L31XYZ0001", "", "", "", "Entgelt Kontoführung 12.2025", "805 ENTGELTABSCHLUSS")
    assert read[1] == (
        "2026-01-02", 1_000_50, "B6A02XYZ0002", "PLEDGE-0007", "", "Gewerkschaft Nordlicht", "Spende Streikfonds Union Nord", "166 GUTSCHRIFT",
    )  # fmt: skip
    # A reversed credit takes money out; its entry date lies in the year after its value date.
    assert read[2][:2] == ("2026-01-02", -12_00) and statements("mt940_structured.sta")[0].lines[2].value_date == date(2025, 12, 31)
    # A reversed debit brings it back; 30 February is how a bank of thirty-day months writes the month's last day; NCHK has a cheque's number.
    assert read[3][:2] == ("2026-03-01", 8_50) and read[3][4] == "1042" and statements("mt940_structured.sta")[0].lines[3].value_date == date(2026, 2, 28)
    # What follows the closing balance is about the statement, and no part of its last line.
    assert read[3][6] == "free text of the bank on two lines that go on and end here"


def test_mt940_in_swift_envelopes_and_pages() -> None:
    read = lines("mt940_swift_pages.fin")
    assert read[0] == ("2026-03-31", 2_500_00, "0331A1", "UNI-Q1", "", "UNIFOR TRUST", "CONTRIBUTION Q1", "WIRE")
    # Two lines without further information stay two, and a value date after the statement's last day was booked on that day.
    assert [row[:2] for row in read[1:]] == [("2026-03-31", -100_10), ("2026-03-31", -99_90), ("2026-03-31", -200_00)]


def test_bai2_with_continuations_and_every_kind_of_funds() -> None:
    read = lines("us_treasury.bai2")
    assert read[0] == ("2026-03-31", 20_000_00, "WT26033101", "UE-Q1", "", "", "UE GENERAL FUND CONTRIBUTION Q1, STRIKE SOLIDARITY SECOND LINE", "195")
    assert read[1][4] == "2211" and read[2][3:7] == ("A-0107", "", "", "IMPRIMERIE DU QUAI") and read[3][6] == "WIRE FEE, OUTGOING"
    assert lines("us_treasury.bai2", 1)[0][1:4] == (60_00, "B2", "REF-2")
    assert statements("us_treasury.bai2")[0].lines[0].value_date == date(2026, 4, 1)


def test_csv_of_a_caisse_and_newest_first_of_a_us_bank() -> None:
    assert lines("caisse_fr_ca.csv")[1] == ("2026-05-08", 1_234_56, "", "", "", "", "Dépôt – section locale 444", "")
    assert [row[:3] for row in lines("us_two_columns.csv")] == [
        ("2026-03-02", 20_000_00, "20260302-1"), ("2026-03-10", -1_200_00, "20260310-2"), ("2026-03-31", -15_00, "20260331-9"),
    ]  # fmt: skip


def test_an_extract_of_a_unions_ledger_reads_with_a_debit_as_money_in() -> None:
    rows = rows_of(content("gl_extract_fr.csv"))
    found = guess(rows, BOOK_COLUMNS, "CAD")
    assert found.choose == () and found.profile.day_order == "words"
    read = read_statements(content("gl_extract_fr.csv"), "x", found.profile)[0]
    assert [(line.day.isoformat(), line.amount_minor, line.reference) for line in read.lines] == [
        ("2026-01-31", 1_098_00, "FAC-2211"), ("2026-02-03", -450_00, "VIR-045"),
    ]  # fmt: skip
    assert guess(rows, BANK_COLUMNS, "CAD").profile.columns["money_out"] == found.profile.columns["money_in"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_told_from_the_bytes_and_not_from_the_name(name: str) -> None:
    data = content(name)
    profile = profile_of(data) if is_sheet(data) else None
    assert read_statements(data, "statement.pdf", profile) == read_statements(data, "", profile)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_that_comes_twice_has_the_same_identities_and_no_two_alike(name: str) -> None:
    first, again = ([identities(7, one.lines) for one in statements(name)] for _ in range(2))
    assert first == again and all(len(set(each)) == len(each) for each in first)


def test_the_same_days_in_a_longer_download_are_known_again() -> None:
    whole = content("canada_1.02.ofx")
    last = whole.rindex(b"<STMTTRN>")
    shorter = whole[:last] + whole[whole.index(b"</BANKTRANLIST>") :]
    known, more = (identities(7, read_statements(data, "x")[0].lines) for data in (shorter, whole))
    assert set(known) < set(more) and len(more) == len(known) + 1


# --- what other readers read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["us_2.11.qfx", "canada_1.02.ofx"])
def test_ofxtools_reads_the_same_amounts_and_ids(name: str) -> None:
    # It takes an element without text for one that holds others, so the empty memos are given a text for it.
    data = re.sub(rb"<(MEMO|NAME)>(\r?\n)(?=<)", rb"<\1>-\2", content(name))
    tree = OFXTree()
    tree.parse(io.BytesIO(re.sub(rb"<MEMO></MEMO>|<INTU.BID>10898</INTU.BID>", b"", data)))
    theirs = [[(one.trnamt, one.fitid) for one in statement.transactions] for statement in tree.convert().statements]
    ours = [[(Decimal(line.amount_minor) / 100, line.bank_id) for line in one.lines] for one in statements(name)]
    assert ours == theirs


def test_the_mt_940_library_reads_the_same_days_and_amounts() -> None:
    text = content("mt940_structured.sta").decode("latin-1")
    theirs = mt940.models.Transactions(options=Options.all())
    theirs.parse(text)
    read = statements("mt940_structured.sta")[0]
    assert [(one.data["entry_date"], one.data["date"], one.data["amount"].amount * 100) for one in theirs] == [
        (line.day, line.value_date, line.amount_minor) for line in read.lines
    ]
    assert theirs.data["final_opening_balance"].amount.amount * 100 == read.opening_minor
    assert theirs.data["final_closing_balance"].amount.amount * 100 == read.closing_minor


# --- what is refused --------------------------------------------------------------------------------------------------

OFX, QFX, CAMT, CAMT8 = (content(name) for name in ("canada_1.02.ofx", "us_2.11.qfx", "camt053_02_batch.xml", "camt053_08_pages.xml"))
MT, PAGES, BAI = (content(name) for name in ("mt940_structured.sta", "mt940_swift_pages.fin", "us_treasury.bai2"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bomb.xml", ("entities", 2)),
        ("external_entity.xml", ("entities", 2)),
        ("deep.xml", ("too_deep", 1)),
        ("truncated.xml", ("truncated", 20)),
        ("latin_as_utf8.xml", ("encoding", 21)),
        ("intraday_052.xml", ("intraday", 2)),
        ("entities.ofx", ("entities", 11)),
        ("truncated.ofx", ("truncated", 48)),
        ("unended.ofx", ("too_deep", 110)),
        ("page_missing.fin", ("page_missing", 0)),
        ("breaks_off.sta", ("truncated", 6)),
        ("breaks_off.bai2", ("truncated", 9)),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(name: str, expected: tuple[str, int]) -> None:
    assert refusal((FILES / "malformed" / name).read_bytes()) == expected


@pytest.mark.parametrize(
    ("data", "old", "new", "reason", "line"),
    [
        (OFX, b"-35.00", b"-35.005", "bad_amount", 46),
        (OFX, b"-35.00", b"1,234", "bad_amount", 46),
        (OFX, b"-35.00", b"NaN", "bad_amount", 46),
        (OFX, b"20260504120000", b"20260231120000", "bad_date", 45),
        (OFX, b"<CURDEF>CAD", b"<CURDEF>XYZ", "bad_currency", 34),
        (OFX, b"<CURDEF>CAD\r\n", b"", "field_missing", 33),
        (OFX, b"<FITID>202605040001\r\n", b"<CURRENCY><CURRATE>1.37<CURSYM>USD</CURRENCY>", "line_currency", 43),
        (OFX, b"CHARSET:1252", b"CHARSET:UTF-8", "encoding", 57),
        (OFX, b"FRAIS MENSUELS", b"FRAIS\x00MENSUELS", "not_text", 48),
        (OFX, b"</STMTRS>", b"</STMTRSX>", "broken", 117),
        (OFX, b"STMTRS>", b"INVSTMTRS>", "no_statement", 27),
        (OFX, b"<STATUS>\r\n<CODE>0\r\n<SEVERITY>INFO\r\n</STATUS>\r\n<STMTRS>", b"<STATUS><CODE>2003</STATUS><INVSTMTRS>", "broken", 113),
        (QFX, b"STMTTRNRS>", b"INVSTMTTRNRS>", "no_statement", 3),
        (CAMT, b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>XXXX</CdtDbtInd><Sts>", "bad_sign", 15),
        (CAMT, b'<Amt Ccy="CAD">4000.00', b'<Amt Ccy="USD">4000.00', "line_currency", 15),
        (CAMT, b'<Amt Ccy="CAD">4000.00', b'<Amt Ccy="CAD">4 000.00', "bad_amount", 15),
        (CAMT, b"<Dt>2026-04-03</Dt></BookgDt>", b"<Dt>03.04.2026</Dt></BookgDt>", "bad_date", 16),
        (CAMT, b"<Sts>BOOK</Sts>", b"", "field_missing", 14),
        (CAMT, b"CLBD", b"XXXX", "page_missing", 0),
        (CAMT, b"BkToCstmrStmt", b"BkToCstmrSomething", "no_statement", 2),
        (CAMT, b"</Acct>", b"</Acctx>", "broken", 10),
        (CAMT, b"<Ccy>CAD</Ccy>", b"<Ccy>DOLLARS</Ccy>", "bad_currency", 10),
        (CAMT8, "ITBD</ns2:Cd>".encode("utf-16-le"), "CLBD</ns2:Cd>".encode("utf-16-le"), "page_missing", 0),
        (MT, b":61:2512311231DR35,00", b":61:2512311231X35,00", "bad_record", 5),
        (MT, b":61:2512311231DR35,00", b":61:2513311231DR35,00", "bad_date", 5),
        (MT, b":61:2512311231DR35,00", b":61:2512311331DR35,00", "bad_date", 5),
        (MT, b":60F:C251230EUR", b":60F:C251230ABC", "bad_currency", 4),
        (MT, b":60F:C251230EUR", b":60F:X251230EUR", "bad_record", 4),
        (MT, b":60F:C251230EUR", b":60F:C251230USD", "line_currency", 15),
        (MT, b":25:30020011/5320130\r\n", b":25:\r\n", "field_missing", 1),
        (PAGES, b":28C:45/2\r\n:60M:", b":28C:45/2\r\n:62F:", "field_missing", 14),
        (BAI, b"16,475,", b"16,720,", "bad_code", 8),
        (BAI, b"16,475,120000", b"16,475,1200.00", "bad_amount", 8),
        (BAI, b"\n03,9876543210", b"\n16,9876543210", "bad_record", 3),
        (BAI, b"\n98,", b"\n97,", "bad_record", 16),
        (BAI, b"0600,USD,2", b"0600,USD,3", "intraday", 2),
        (BAI, b",1,260331,0600", b",1,263131,0600", "bad_date", 2),
        (BAI, b"03,9876543210,", b"03,,", "field_missing", 3),
        (BAI, b"03,9876543210,,", b"03,9876543210,QQQ,", "bad_currency", 3),
    ],
)
def test_one_wrong_thing_is_refused_with_its_line(data: bytes, old: bytes, new: bytes, reason: str, line: int) -> None:
    assert old in data
    assert refusal(data.replace(old, new)) == (reason, line)


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (b"16,475,120000", b"16,475,120001", ("control_total", 12, "17000000", "17000001")),
        (b"\r\n88,SECOND LINE", b"", ("records", 11, "10", "9")),
        (b"\n98,17002000,", b"\n98,17002001,", ("control_total", 16, "17002001", "17002000")),
        (b"\n98,17002000,2,15", b"\n98,17002000,3,15", ("accounts", 16, "3", "2")),
        (b"\n98,17002000,2,15", b"\n98,17002000,2,14", ("records", 16, "14", "15")),
        (b"\n99,17002000,1,17", b"\n99,17002000,2,17", ("groups", 17, "2", "1")),
        (b"\n99,17002000,1,17", b"\n99,17002000,1,16", ("records", 17, "16", "17")),
    ],
)
def test_every_total_and_count_of_bai2_is_added_up_again(old: bytes, new: bytes, facts: tuple[str, int, str, str]) -> None:
    assert old in BAI
    with pytest.raises(StatementTotals) as refused:
        read_statements(BAI.replace(old, new), "x")
    assert tuple(refused.value.params[name] for name in ("reason", "line", "stated", "found")) == facts


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \x00", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "type"),
        (b"\x89PNG\r\n\x1a\n", "type"),
        (b"<html><body>Sign in again</body></html>", "type"),
        (b"PK\x03\x04 not a workbook", "type"),
        (b"Date;Montant\n2026-05-04;5,00\n", "profile_missing"),
    ],
)
def test_what_is_no_statement_is_refused(data: bytes, reason: str) -> None:
    assert refusal(data)[0] == reason


def test_sizes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(b"x" * (bank_reading.SIZE_MAXIMUM_BYTES + 1))[0] == "too_large"
    monkeypatch.setattr(bank_reading, "LINES_MAXIMUM", 2)
    for data in (OFX, CAMT, MT):
        assert refusal(data)[0] == "too_many_lines"
    data = content("caisse_fr_ca.csv")
    assert refusal(data, profile_of(data))[0] == "too_many_lines"


@pytest.mark.parametrize("hostile", [b"<A>x" * 50_000, b"<" * 2_000_000, b"x<!---->" * 100_000, b"< " * 100_000])
def test_a_hostile_file_is_answered_without_holding_us_up(hostile: bytes) -> None:
    with pytest.raises(Refusal):
        read_statements(b"OFXHEADER:100\r\n<OFX>" + hostile, "x")
    with pytest.raises(Refusal):
        read_statements(b"<Document><a>" + hostile.replace(b"<<", b"x<!---->"), "x")


def test_a_field_of_mt940_without_end_is_cut_and_not_copied() -> None:
    data = MT.replace(b"and end here", b"x\r\n" * 200_000 + b"and end here")
    assert len(read_statements(data, "x")[0].lines) == 4


def test_a_row_of_a_sheet_that_cannot_be_read_refuses_the_sheet() -> None:
    data = content("caisse_fr_ca.csv")
    with pytest.raises(RowsInvalid) as refused:
        read_statements(data.replace(b"60,00;;49 450,16", b"60,00;;49 450,17"), "x", profile_of(data))
    assert refused.value.params == {"count": 2, "row": 8, "column": "balance", "reason": "balance_differs"}
    assert "Running balance" in refusal_messages.message("en", refused.value)
    with pytest.raises(ColumnsMissing):
        read_statements(data, "x", msgspec.structs.replace(profile_of(data), columns={"text": 0}))
    assert refusal(data, msgspec.structs.replace(profile_of(data), heading_row=10))[0] == "no_lines"


def test_a_line_taken_out_is_found_by_the_balances() -> None:
    start, end = MT.index(b":61:2601"), MT.index(b":61:25123101")
    with pytest.raises(StatementUnbalanced) as refused:
        check(read_statements(MT[:start] + MT[end:], "x")[0], "EUR")
    assert refused.value.params["difference_minor"] == -1_000_50
    assert refusal_messages.message("en", refused.value) == (
        "Opening EUR\u00a04,350.00 and 3 lines of EUR\u00a0−38.50 do not make the closing EUR\u00a05,312.00: the difference is EUR\u00a0−1,000.50."
    )


def test_a_balance_of_a_later_day_is_not_the_closing() -> None:
    read = read_statements(OFX.replace(b"<DTASOF>20260531", b"<DTASOF>20260603"), "x")[0]
    assert read.closing_minor is None
    known = with_opening(read, 44_200_60)
    assert (known.opening_minor, known.closing_minor) == (44_200_60, 46_293_00)


def test_a_bank_that_writes_when_it_made_the_file_is_read_by_its_lines_and_its_balance() -> None:
    read = read_statements(OFX.replace(b"<DTSTART>20260501", b"<DTSTART>20260531"), "x")[0]
    assert (read.starts_on, read.ends_on, read.closing_minor) == (date(2026, 5, 4), date(2026, 5, 31), 46_293_00)
    without = read_statements(re.sub(rb"<DT(START|END)>[^\r]*\r\n", b"", OFX), "x")[0]
    assert (without.starts_on, without.ends_on, without.closing_minor) == (date(2026, 5, 4), date(2026, 5, 31), 46_293_00)


def test_a_cheque_number_of_nothing_but_zeros_is_none() -> None:
    assert read_statements(OFX.replace(b"<CHECKNUM>1041", b"<CHECKNUM>0000"), "x")[0].lines[2].cheque == ""


def test_text_that_is_declared_windows_1252_and_is_utf_8_is_read_as_that() -> None:
    read = read_statements(OFX.decode("cp1252").encode(), "x")[0]
    assert read == statements("canada_1.02.ofx")[0]


def test_texts_are_one_line_without_control_signs_and_of_a_stated_length() -> None:
    odd = "A\u202eB  \u0007C ".encode() * 400
    line = read_statements(QFX.replace(b"OUTGOING WIRE", odd), "x")[0].lines[2]
    assert len(line.text) <= 1_000 and line.text.startswith("A B C A")


# --- whatever the bytes -----------------------------------------------------------------------------------------------

PIECES = [
    b"",
    b"\x00",
    b"<",
    b">",
    b"&#0;",
    b"&x;",
    b"-",
    b"9" * 20,
    b"\xff",
    b"\r\n",
    b",",
    b"/",
    b":61:",
    b"88,",
    b"<MEMO>",
    b"</Ntry>",
    "é".encode(),
    b"1e9",
]
PROFILES = {name: profile_of(content(name)) for name in SAMPLES if is_sheet(content(name))}


@contextmanager
def told_in_both_languages() -> Iterator[None]:
    try:
        yield
    except Refusal as refused:
        for language in ("en", "fr"):
            told = (refusal_messages.message(language, refused), refusal_messages.mend(language, refused))
            if not all(told) or "%(" in "".join(map(str, told)):
                raise AssertionError(f"{refused} is not told in {language}: {told}") from None
        raise


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.endswith(".xlsx")])
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_whatever_the_bytes_they_are_read_or_refused_in_both_languages(name: str, data: st.DataObject) -> None:
    changed = content(name)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(changed)))
        end = min(len(changed), start + data.draw(st.sampled_from([0, 0, 1, 2, 5, 40, 400])))
        changed = changed[:start] + data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4))) + changed[end:]
    with suppress(Refusal), told_in_both_languages():
        for one in read_statements(changed, name, PROFILES.get(name)):
            assert all(line.day.year >= bank_reading.FIRST_YEAR - 1 for line in one.lines) and len(set(identities(1, one.lines))) == len(one.lines)
            check(with_opening(one, None), one.currency)
