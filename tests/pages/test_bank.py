"""A month end at the bank as treasurers live it in pages: case W18 from a real CSV, matching, the proof, both languages, without a script."""

import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from tests.conftest import client_for
from tests.pages.test_funds import in_french, text_of
from tests.services import requests_stage
from tests.services.bank_stage import imported, line, posted, statement
from tests.services.requests_stage import Stage
from tests.services.test_bank import matched_may, w18

pytestmark = pytest.mark.asyncio(loop_scope="session")

CSV = """Date,Description,Withdrawals,Deposits,Balance
2026-05-29,MONTHLY SERVICE FEE,35.00,,"46,280.60"
2026-05-31,CREDIT INTEREST,,12.40,"46,293.00"
"""
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260601<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>0<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>CAD
<BANKACCTFROM><BANKID>001000012<ACCTID>1234567<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260501<DTEND>20260531
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260529<TRNAMT>-35.00<FITID>A1<NAME>MONTHLY SERVICE FEE</STMTTRN>
<STMTTRN><TRNTYPE>INT<DTPOSTED>20260531<TRNAMT>12.40<FITID>A2<NAME>CREDIT INTEREST</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>46293.00<DTASOF>20260531</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


@pytest_asyncio.fixture(loop_scope="session")
async def treasurer(app: Litestar, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app, stage.who["unifor treasurer"]) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def deputy(app: Litestar, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with client_for(app, stage.who["unifor deputy"]) as client:
        yield client


KEYS = iter(range(1, 10_000))


async def post(client: httpx.AsyncClient, path: str, action: str, files: Any = None, **fields: Any) -> httpx.Response:
    """Press a button of a page's form."""
    return await client.post(path, data={"action": action, "form_key": f"bank-page-{next(KEYS):06d}", **fields}, files=files)


def hidden(page: httpx.Response) -> dict[str, str]:
    """The hidden fields and chosen options that a form sends back."""
    found = dict(re.findall(r'<input type="hidden" name="(document|filename)" value="([^"]*)"', page.text))
    for name, options in re.findall(r'<select [^>]*name="([a-z_-]+)"[^>]*>(.*?)</select>', page.text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        if chosen:
            found[name] = chosen[1]
    return found


@pytest.mark.parametrize(("filename", "content"), [("may.csv", CSV), ("may.ofx", OFX)])
async def test_w18_from_the_banks_file_to_the_proof(
    stage: Stage, treasurer: httpx.AsyncClient, deputy: httpx.AsyncClient, ue_client: httpx.AsyncClient, filename: str, content: str
) -> None:
    await w18(stage)
    account = await stage.bank("unifor")
    place = f"/bank/{account}"
    assert "Bring in the statement" in text_of(await treasurer.get("/bank"))
    looked = await post(treasurer, f"{place}/import", "preview", {"file": (filename, content.encode())})
    assert looked.status_code == 200, text_of(looked)
    for said in ("CAD 46,315.60", "CAD 46,293.00", "MONTHLY SERVICE FEE", "Bring it in"):
        assert said in text_of(looked), said
    days = {"starts_on": "1 May 2026", "ends_on": "2026-05-31"} if filename.endswith("csv") else {}
    brought = await post(treasurer, f"{place}/import", "post", **hidden(looked) | days)
    assert brought.headers["location"] == "/bank/statements/BS-0001?done=bank_brought_in", text_of(brought)
    again = await post(treasurer, f"{place}/import", "preview", {"file": (filename, content.encode())})
    assert "This statement was brought in before, as BS-0001" in text_of(again) and "Bring it in" not in text_of(again)

    matching = await treasurer.get(place)
    fee, interest = re.findall(r'href="(/bank/lines/\d+)"', matching.text)
    for number, what in ((fee, "fee"), (interest, "interest")):
        looked = await _record(treasurer, number, what, "preview")
        assert "What will be posted" in text_of(looked), text_of(looked)
        done = await _record(treasurer, number, what, "post")
        assert done.headers["location"] == f"{place}?done=bank_recorded", text_of(done)
    proof = await treasurer.get(f"{place}/proof")
    assert re.search(r'<option value="2026-05-31" selected>', proof.text), "the day that is shown is the one that is chosen"
    for said in ("CAD 46,293.00", "CAD 2,500.00", "CAD −600.00", "CAD 48,193.00", "Agrees", "You recorded payments from this account"):
        assert said in text_of(proof), said
    refused = await post(treasurer, f"{place}/proof", "finish", day="2026-05-31")
    assert refused.status_code == 403 and "so you do not reconcile it" in text_of(refused)
    undone = [bool(re.search('value="undo-', (await deputy.get(f"{place}?state=matched")).text))]
    finished = await post(deputy, f"{place}/proof", "finish", day="2026-05-31")
    undone.append(bool(re.search('value="undo-', (await deputy.get(f"{place}?state=matched")).text)))
    assert undone == [True, False], "what is proved is not undone line by line"
    assert finished.headers["location"] == f"{place}/proof?day=2026-05-31&done=bank_reconciled"
    other = await ue_client.get(f"{place}/proof")
    assert "Reconciled" in text_of(other) and "Take it back" not in text_of(other)
    assert "monthly service fee" in text_of(await ue_client.get("/bank/rules"))
    await in_french(ue_client)
    assert "État de rapprochement" in text_of(await ue_client.get(f"{place}/proof"))


@pytest.mark.parametrize(("filename", "content"), [("may.csv", CSV), ("may.ofx", OFX)])
async def test_what_was_looked_at_and_not_changed_is_brought_in_with_one_press(
    stage: Stage, treasurer: httpx.AsyncClient, filename: str, content: str
) -> None:
    await w18(stage)
    place = f"/bank/{await stage.bank('unifor')}/import"
    looked = await post(treasurer, place, "preview", {"file": (filename, content.encode())})
    fields = dict(re.findall(r'<input type="(?:text|hidden)"[^>]* name="(seen|starts_on|ends_on)"[^>]* value="([^"]*)"', looked.text))
    seen = re.findall(r'name="seen" value="([^"]+)"', looked.text)
    brought = await post(treasurer, place, "post", **hidden(looked) | fields | {"seen": seen[0]})
    assert brought.headers.get("location") == "/bank/statements/BS-0001?done=bank_brought_in", text_of(brought)
    again = await post(treasurer, place, "post", **hidden(looked) | fields | {"seen": seen[0], "new_number": "yes"})
    assert again.status_code == 200 and "You changed something after looking at it" in text_of(again), "what is changed is looked at again"


async def test_a_changed_number_and_one_of_several_accounts_are_taken_knowingly(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    await w18(stage)
    place = f"/bank/{await stage.bank('unifor')}/import"
    other = OFX[OFX.index("<STMTTRNRS>") : OFX.index("</BANKMSGSRSV1>")].replace("1234567", "7654321").replace("CAD", "USD")
    both = OFX.replace("</BANKMSGSRSV1>", f"{other}</BANKMSGSRSV1>")
    looked = await post(treasurer, place, "preview", {"file": ("may.ofx", both.encode())})
    assert "The file holds several accounts: 1234567, 7654321." in text_of(looked) and "Bring it in" not in text_of(looked)
    chosen = await post(treasurer, place, "preview", **hidden(looked) | {"bank_account": "1234567"})
    assert "Bring it in" in text_of(chosen), text_of(chosen)
    assert (await post(treasurer, place, "post", **hidden(chosen))).status_code == 303
    june = OFX.replace("202605", "202606").replace("46293.00", "46270.40").replace("20260631", "20260630").replace("1234567", "5550000")
    looked = await post(treasurer, place, "preview", {"file": ("june.ofx", june.encode())})
    assert "This file is of account 5550000; earlier files of this account said 1234567." in text_of(looked), text_of(looked)
    looked = await post(treasurer, place, "preview", **hidden(looked) | {"new_number": "yes"})
    assert "Bring it in" in text_of(looked), text_of(looked)
    assert (await post(treasurer, place, "post", **hidden(looked) | {"new_number": "yes"})).status_code == 303


async def test_a_sheet_of_two_accounts_is_of_the_days_that_are_said(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    place = f"/bank/{await stage.bank('unifor')}/import"
    both = b"Date,Account,Amount\n2026-06-04,1111111,10.00\n2026-06-09,2222222,20.00\n"
    looked = await post(treasurer, place, "preview", {"file": ("both.csv", both)})
    assert re.findall(r'name="(?:starts|ends)_on"[^>]* value="([^"]*)"', looked.text) == ["2026-06-04", "2026-06-09"]
    said = {"bank_account": "2222222", "starts_on": "2026-06-01", "ends_on": "2026-06-30", "opening": "0.00"}
    assert (await post(treasurer, place, "post", **hidden(looked) | said)).headers["location"].startswith("/bank/statements/BS-0001")
    kept = text_of(await treasurer.get("/bank/statements/BS-0001"))
    assert "2222222" in kept and "CAD 20.00" in kept, kept


@pytest.mark.parametrize(
    ("sheet", "question", "field"),
    [
        (b"Date,Text,Amount\n2026-05-04,A,25.000\n2026-05-05,B,1.500\n", "nothing tells a thousand from three decimals", "decimal_sign"),
        (b"Date,Text,Amount\n05/04/2026,A,25.00\n05/05/2026,B,1.50\n", "day or month first", "day_order"),
        (b"2026-05-04,A,25.00\n2026-05-05,B,1.50\n", "which column holds the day and which the amount", "column-date"),
    ],
)
async def test_a_sheet_that_can_be_read_in_two_ways_is_asked_about_however_it_is_sent(
    stage: Stage, treasurer: httpx.AsyncClient, sheet: bytes, question: str, field: str
) -> None:
    place = f"/bank/{await stage.bank('unifor')}/import"
    days = {"starts_on": "2026-05-01", "ends_on": "2026-05-31", "opening": "0.00"}
    looked = await post(treasurer, place, "preview", {"file": ("may.csv", sheet)}, **days)
    assert question in text_of(looked)
    at_once = await post(treasurer, place, "post", {"file": ("may.csv", sheet)}, **days)
    assert at_once.status_code == 422 and question in text_of(at_once) and f'id="f-{field}-error"' in at_once.text, text_of(at_once)
    assert "BS-0001" not in text_of(await treasurer.get(place.replace("import", "statements")))
    said = {"day_order": "mdy"} if field == "day_order" else {}
    brought = await post(treasurer, place, "post", **hidden(at_once) | days | said)
    assert brought.headers["location"].startswith("/bank/statements/BS-0001"), text_of(brought)


async def test_a_file_beyond_all_figures_is_refused_in_words(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    place = f"/bank/{await stage.bank('unifor')}/import"
    looked = await post(treasurer, place, "preview", {"file": ("may.csv", b"Date,Amount\n2026-05-04,9000000000000.00\n2026-05-05,9000000000000.00\n")})
    asked = await post(treasurer, place, "preview", **hidden(looked) | {"opening": "0.00"})
    assert asked.status_code == 200 and "which no account holds" in text_of(asked) and "Bring it in" not in text_of(asked)


async def _record(client: httpx.AsyncClient, line: str, what: str, press: str) -> httpx.Response:
    """Press a button of a line's own form."""
    return await post(client, line, press, what=what, fund="GEN", learn="yes", description="From the bank")


async def test_lines_are_accepted_in_bulk_one_by_one_and_undone(stage: Stage, treasurer: httpx.AsyncClient, ue_client: httpx.AsyncClient) -> None:
    await matched_may(stage)
    place = f"/bank/{await stage.bank('unifor')}"
    first = await treasurer.get(place)
    assert "Accept 2 that are certain" in text_of(first)
    bulk = re.findall(r'name="bulk" value="([^"]+)"', first.text)
    done = await post(treasurer, f"{place}?direction=in", "bulk", bulk=bulk)
    assert done.headers["location"] == f"{place}?direction=in&done=bank_accepted.2"
    said = text_of(await treasurer.get(done.headers["location"], headers={"HX-Request-Type": "partial"}))
    assert "2 proposals were accepted. 5 lines are left. 3 have a proposal to look at. For 2, nothing in the books fits." in said, said
    gone = await post(treasurer, place, "bulk", bulk=bulk)
    assert gone.status_code == 409 and "Nothing of this was matched" in text_of(gone)
    mark = re.findall(r'value="accept-([^"]+)"', (await treasurer.get(f"{place}?by=amount_and_date")).text)
    assert len(mark) == 1
    await post(treasurer, place, f"accept-{mark[0]}")
    matched = (await treasurer.get(f"{place}?state=matched")).text
    number = re.search(r'href="/bank/lines/(\d+)"', matched)
    assert number is not None
    late = await treasurer.post(f"/bank/lines/{number[1]}", data={"form_key": "left-out-late", "action": "exclude", "reason": "Too late"})
    assert late.status_code == 409 and "error-summary" in late.text, "who comes second is told so"
    undo = re.findall(r'value="(undo-\d+)"', matched)
    assert len(undo) == 2
    assert (await post(treasurer, place, undo[0])).headers["location"].endswith("done=bank_undone")
    part = await treasurer.get(place, headers={"HX-Request-Type": "partial"})
    assert part.text.lstrip().startswith('<div id="results"')
    other = await ue_client.get(place)
    assert "PRINTSHOP" in other.text and "Accept" not in text_of(other)
    assert (await post(ue_client, place, "bulk", bulk=bulk)).status_code == 403
    for query in ("?state=all&q=print", "?amount=250&from=2026-05-01&to=2026-05-31", "?by=none", "?amount=lots", "?after=nonsense"):
        assert (await treasurer.get(place + query)).status_code == 200, query


async def test_who_does_not_keep_the_account_is_told_whose_treasury_does_and_gets_no_form(
    stage: Stage, ue_client: httpx.AsyncClient
) -> None:
    await matched_may(stage)
    place = f"/bank/{await stage.bank('unifor')}"
    for step in ("import", "hand"):
        page = await ue_client.get(f"{place}/{step}")
        assert "Unifor keeps this account: only its treasury" in text_of(page), text_of(page)
        assert f'action="{place}/{step}"' not in page.text and 'name="action"' not in page.text and "checkbox" not in page.text
    refused = await post(ue_client, f"{place}/import", "preview", {"file": ("may.csv", CSV.encode())})
    assert refused.status_code == 403 and "Unifor keeps this account" in text_of(refused)
    await in_french(ue_client)
    assert "Unifor tient ce compte" in text_of(await ue_client.get(f"{place}/import"))


async def test_by_hand_left_out_and_taken_back(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    await matched_may(stage)
    place = f"/bank/{await stage.bank('unifor')}"
    page = await treasurer.get(f"{place}/hand")
    lines = re.findall(r'name="line" value="(\d+)" data-minor="(-?\d+)"', page.text)
    entries = re.findall(r'name="posting" value="([\d.]+)" data-minor="(-?\d+)"', page.text)
    paid = next(number for number, minor in lines if minor == "-25000")
    entry = next(entry for entry, minor in entries if minor == "25000")
    summed = await post(treasurer, f"{place}/hand", "show", line=[paid])
    assert "CAD −250.00" in text_of(summed)
    uneven = await post(treasurer, f"{place}/hand", "post", line=[paid], posting=[])
    assert uneven.status_code == 422 and "differ by CAD −250.00" in text_of(uneven)
    assert (await post(treasurer, f"{place}/hand", "post", line=[paid], posting=[entry])).status_code == 303
    memo = next(number for number, minor in lines if minor == "-50000")
    form = await treasurer.get(f"/bank/lines/{memo}")
    assert "Exactly these words are kept" in text_of(form) and re.search(r'name="learn"[^>]* checked', form.text)
    long = await post(treasurer, f"/bank/lines/{memo}", "exclude", reason="x" * 301)
    assert long.status_code == 422 and "At most 300 characters; this has 301." in text_of(long)
    long = await post(treasurer, f"{place}/proof", "finish", day="2026-05-31", remark="x" * 301)
    assert long.status_code == 422 and "At most 300 characters; this has 301." in text_of(long)
    assert (await post(treasurer, f"/bank/lines/{memo}", "exclude", reason="")).status_code == 422
    assert (await post(treasurer, f"/bank/lines/{memo}", "exclude", reason="Not ours")).status_code == 303
    assert "Not ours" in text_of(await treasurer.get(f"/bank/lines/{memo}"))
    assert (await post(treasurer, f"/bank/lines/{memo}", "include")).status_code == 303


async def test_hand_matching_goes_on_page_by_page_and_keeps_what_is_ticked(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    await posted(stage, 1_000_00, date(2026, 4, 30), "Opening", kind="opening")
    lines = [line(n, date(2026, 5, 1 + n % 28), 1_00 + n, f"DEPOSIT {n}") for n in range(1, 121)]
    await imported(stage, statement(1_000_00, lines))
    entry = await posted(stage, 2_01, date(2026, 5, 2), "Two cheques")
    place = f"/bank/{await stage.bank('unifor')}/hand"
    first = await treasurer.get(place)
    shown = re.findall(r'name="line" value="(\d+)"', first.text)
    assert len(shown) == 100 and "First lines" not in text_of(first)
    more = re.findall(r'value="(lines-[^"]+)"', first.text)
    second = await post(treasurer, place, more[0], line=[shown[0]], lines_after="", entries_after="")
    rest = re.findall(r'name="line" value="(\d+)"', second.text)
    assert second.status_code == 200 and rest[0] == shown[0] and len(rest) == 21 and not set(rest[1:]) & set(shown)
    assert re.search(rf'name="line" value="{shown[0]}"[^>]* checked', second.text) and "First lines" in text_of(second)
    place_after = re.findall(r'name="lines_after" value="([^"]+)"', second.text)
    summed = await post(treasurer, place, "show", line=[shown[0], rest[-1]], posting=[f"{entry}.1"], lines_after=place_after, entries_after="")
    assert set(re.findall(r'name="line" value="(\d+)"', summed.text)) == set(rest)
    assert (await post(treasurer, place, "lines-", lines_after=place_after)).text.count('name="line"') >= 100
    assert (await post(treasurer, place, "lines-nonsense")).status_code == 400


async def test_the_start_is_ticked_until_nothing_is_left(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    await posted(stage, 1_000_00, date(2026, 4, 1), "Opening", kind="opening")
    cheque = await posted(stage, -60_00, date(2026, 4, 28), "Honorarium")
    await imported(stage, statement(1_000_00, [line(1, date(2026, 5, 6), -60_00, "CHEQUE")]))
    place = f"/bank/{await stage.bank('unifor')}/start"
    page = await treasurer.get(place)
    assert "Still unexplained CAD −60.00" in text_of(page)
    wrong = await post(treasurer, place, "post")
    assert wrong.status_code == 409 and "leaves CAD −60.00 unexplained" in text_of(wrong)
    ticked = re.findall(rf'name="posting" value="({cheque}\.\d+)"', page.text)
    assert "Still unexplained CAD 0.00" in text_of(await post(treasurer, place, "show", posting=ticked))
    assert (await post(treasurer, place, "post", posting=ticked)).headers["location"].endswith("?done=bank_started")


async def test_rules_are_written_changed_and_retired(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    rule = {"words": "WIRE FEE", "direction": "out", "what": "fee", "fund": "GEN", "most": "40.00"}
    wrong = await post(treasurer, "/bank/rules", "keep", **rule | {"direction": "in"})
    assert wrong.status_code == 422 and "A fee goes out" in text_of(wrong)
    for changed, said, field in (
        ({"what": "interest", "direction": "both"}, "No rule for one of them is for both ways", "direction"), ({"fund": ""}, "needs the fund", "fund"),
        ({"what": "contribution", "direction": "in", "union": ""}, "needs the union", "union"),
    ):  # fmt: skip
        wrong = await post(treasurer, "/bank/rules", "keep", **rule | changed)
        assert wrong.status_code == 422 and said in text_of(wrong) and f'id="f-{field}-error"' in wrong.text, text_of(wrong)
    assert (await post(treasurer, "/bank/rules", "keep", **rule)).status_code == 303
    assert "“WIRE FEE”" in (listed := text_of(await treasurer.get("/bank/rules"))) and "Bank fee (GEN – " in listed, listed
    page = await treasurer.get("/bank/rules/1")
    assert 'value="40.00"' in page.text
    assert (await post(treasurer, "/bank/rules/1", "keep", **rule | {"version": "1", "words": "WIRE"})).status_code == 303
    stale = await post(treasurer, "/bank/rules/1", "retire", **rule | {"version": "1"})
    assert stale.status_code == 409
    assert (await post(treasurer, "/bank/rules/1", "retire", **rule | {"version": "2"})).status_code == 303
    assert "No rules yet" in text_of(await treasurer.get("/bank/rules"))


async def test_a_wrong_statement_is_withdrawn_with_a_reason(stage: Stage, treasurer: httpx.AsyncClient) -> None:
    await imported(stage, await w18(stage))
    assert (await post(treasurer, "/bank/statements/BS-0001", "", reason="")).status_code == 422
    done = await post(treasurer, "/bank/statements/BS-0001", "", reason="Of another account")
    assert done.headers["location"] == "/bank/statements/BS-0001?done=bank_withdrawn"
    assert "Of another account" in text_of(await treasurer.get("/bank/statements/BS-0001"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a,b\n1,2\n", CSV.replace("12.40", "12.41").encode(), OFX.replace("CAD", "USD").encode()])
async def test_a_file_that_cannot_be_taken_is_refused_in_words(stage: Stage, treasurer: httpx.AsyncClient, content: bytes) -> None:
    await w18(stage)
    place = f"/bank/{await stage.bank('unifor')}/import"
    answer = await post(treasurer, place, "preview", {"file": ("may.csv", content)})
    assert answer.status_code in (200, 409, 415, 422) and "Bring it in" not in text_of(answer)
