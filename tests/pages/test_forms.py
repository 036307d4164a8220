"""Read forms as people of both languages type them: everything kept, every error at once, lines added and removed without a script."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from litestar.datastructures import FormMultiDict, UploadFile

from api.pages.forms import Form, refused
from ledger.domain.refusals import ExchangeDisagrees, InsufficientAvailable, KeyReused, OutcomeUnknown, RatesFileInvalid, Refusal


def form(language: str = "en", **typed: Any) -> Form:
    return Form(typed, language)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "typed", "minor"),
    [("en", "1,234.56", 123456), ("en", "USD 15", 1500), ("fr", "1 234,56", 123456), ("fr", "1\u202f234,5", 123450), ("fr", "15.25", 1525)],
)
def test_money_is_read_as_the_language_writes_it(language: str, typed: str, minor: int) -> None:
    read = form(language, amount=typed)
    assert (read.money("amount", "USD"), read.ok) == (minor, True)


@pytest.mark.parametrize(
    ("language", "typed", "error"),
    [
        ("en", "", "Write an amount."),
        ("en", "abc", "This is not an amount. Write it like 1,234.56."),
        ("en", "NaN", "This is not an amount. Write it like 1,234.56."),
        ("en", "0", "Must be more than zero."),
        ("en", "-5", "Must be more than zero."),
        ("en", "1.234", "USD has 2 decimals at most."),
        ("en", "$5", "Leave out the dollar sign: it could be either country’s. The currency stands beside the field."),
        ("en", "CAD 5", "This names another currency than USD."),
        ("en", "1" + "0" * 30, "This is larger than any amount these books can hold."),
        ("fr", "1,234", "Cela peut se lire de deux façons. Écrivez par exemple 1 234,56."),
    ],
)
def test_an_amount_that_is_not_one_says_why(language: str, typed: str, error: str) -> None:
    read = form(language, amount=typed)
    read.money("amount", "USD")
    assert (plain(read.errors["amount"]), read.ok, read.status) == (error, False, 422)
    assert read.value("amount") == typed


def test_every_error_is_told_at_once() -> None:
    read = form(amount="x", date="31 Feb 2026", rate="0", count="1.5", text="a" * 201, fund="NONE")
    read.money("amount", "CAD")
    read.date("date")
    read.decimal_rate("rate")
    read.integer("count")
    read.text("text")
    read.text("missing")
    read.choice("fund", ("STRIKE",))
    assert list(read.errors) == ["amount", "date", "rate", "count", "text", "missing", "fund"]
    assert read.errors["text"] == "At most 200 characters; this has 201."


@pytest.mark.parametrize(
    ("language", "typed", "number", "error"),
    [
        ("en", "1,240", 1240, ""), ("en", "1 240", 1240, ""), ("fr", "1 240", 1240, ""), ("fr", "1\u202f240", 1240, ""), ("fr", "1\u00a0240", 1240, ""),
        ("en", "12,40", 0, "Write a whole number, like 1,240."), ("fr", "1,240", 0, "Écrivez un nombre entier, par exemple 1 240."),
        ("en", "", 0, "Fill this in."), ("fr", "mille", 0, "Écrivez un nombre entier, par exemple 1 240."),
    ],
)  # fmt: skip
def test_a_whole_number_is_grouped_as_its_language_groups(language: str, typed: str, number: int, error: str) -> None:
    read = form(language, count=typed)
    assert (read.integer("count"), plain(read.errors.get("count", ""))) == (number, error)


@pytest.mark.parametrize(
    ("language", "typed", "number", "error"),
    [
        ("en", "7.5", "7.5", ""), ("en", "7,5", "7.5", ""), ("en", "1,240.25", "1240.25", ""), ("fr", "7,5", "7.5", ""), ("fr", "7.5", "7.5", ""),
        ("en", "0", "0", ""), ("en", "", None, ""), ("fr", "sept", None, "Écrivez un nombre comme 7,50."),
        ("fr", "-1", "-1", "De 0 à 2 000."), ("en", "1e9", None, "Write a number such as 7.50."), ("en", "2000.01", "2000.01", "From 0 to 2,000."),
        ("fr", "7,125", None, "Écrivez un nombre comme 7,50."), ("en", "7.125", None, "At most 2 decimals."),
    ],
)  # fmt: skip
def test_a_figure_is_read_as_people_write_hours(language: str, typed: str, number: str | None, error: str) -> None:
    read = form(language, hours=typed)
    found = read.figure("hours", 2, Decimal(2000), required=False)
    assert (found, plain(read.errors.get("hours", ""))) == (number and Decimal(number), error)
    assert read.value("hours") == typed


@pytest.mark.parametrize(("typed", "number"), [("1,5 %", "1.5"), ("40\u00a0%", "40"), ("0,00", "0"), ("100", "100"), ("", None)])
def test_per_cent_is_written_with_its_sign_or_without(typed: str, number: str | None) -> None:
    read = form("fr", percent=typed)
    assert (read.percent("percent"), read.ok) == (number and Decimal(number), True)


def test_dates_have_bounds_in_words() -> None:
    read = form("fr", sent="2026-11-24", received="1 nov 2026", none="")
    assert read.date("sent", not_after=date(2026, 11, 23)) == date(2026, 11, 24)
    assert read.date("received", not_before=date(2026, 11, 2)) == date(2026, 11, 1)
    assert read.optional_date("none") is None
    assert [plain(text) for text in read.errors.values()] == ["Au plus tard le 23 novembre 2026.", "Au plus tôt le 2 novembre 2026."]


def test_what_is_left_empty_is_none_where_that_is_allowed() -> None:
    read = form(a="", b=" ", c="1,3725")
    assert (read.optional_money("a", "USD"), read.optional_rate("b"), read.text("a", required=False), read.choice("b", ("x",), required=False)) == (
        None, None, "", "",
    )  # fmt: skip
    assert (read.optional_rate("c"), read.ok) == (Decimal("1.3725"), True)


def test_boxes_and_lists() -> None:
    read = Form(FormMultiDict([("roles", "treasurer"), ("roles", "trustee"), ("urgent", "yes")]), "en")
    assert (read.many("roles"), read.checked("urgent"), read.checked("other")) == (["treasurer", "trustee"], True, False)


def test_lines_are_forms_of_their_own_names() -> None:
    read = Form(
        {"line-0-account": "A", "line-0-debit": "5.00", "line-2-account": "B", "line-2-credit": "x", "line-3-account": " ", "line-3-fund": "F"}, "en"
    )
    lines = read.lines("line")
    assert [line.text("account") for line in lines] == ["A", "B"]
    assert [line.optional_money("debit", "USD") for line in lines] == [500, None]
    lines[1].optional_money("credit", "USD")
    lines[1].fail("account", "No such account.")
    assert set(read.errors) == {"line-2-credit", "line-2-account"}
    assert lines[1].error("account") == "No such account."
    assert (read.rows("line", 5), form().rows("line", 2)) == ([0, 2, 3, 4, 5], [0, 1])
    assert len(form().lines("line", at_least=2)) == 2


@pytest.mark.parametrize("typed", ["a\x00b", "a\u202eb", "a\u2028b", "a\x1bb"])
def test_a_character_that_cannot_be_kept_is_told_at_its_own_field(typed: str) -> None:
    read = form("fr", reference=typed, remark="deux\tmots")
    assert (read.text("reference"), read.text("remark")) == (typed, "deux mots")
    assert list(read.errors) == ["reference"]
    assert "ne peut être conservé" in read.errors["reference"]


@pytest.mark.parametrize(
    ("typed", "minor", "error"),
    [("", 0, None), ("0", 0, None), ("0.00", 0, None), ("25", 2500, None), ("-5", -500, "Must not be less than zero.")],
)
def test_a_bank_may_take_no_fee(typed: str, minor: int, error: str | None) -> None:
    read = form(fee=typed)
    assert (read.amount_or_none("fee", "USD"), read.errors.get("fee")) == (minor, error)


def test_the_summary_follows_the_page() -> None:
    read = form(a="x", b="x", c="x")
    for name in ("c", "a", "", "b"):
        read.fail(name, f"wrong {name}")
    for name in ("a", "b", "c"):
        read.label(name, name.upper())
    assert [name for name, _ in read.summary()] == ["", "a", "b", "c"]


def test_nothing_is_posted_that_was_not_shown() -> None:
    shown = form(amount="5.00", fee="", text="x", action="preview")
    sent = {"amount": "5.00", "text": "x\r\n", "seen": shown.seen, "action": "post"}
    assert (form(**sent).action, form(**sent).changed) == ("post", False)
    other = form(**{**sent, "amount": "50.00"})
    assert (other.action, other.changed, other.seen != shown.seen) == ("preview", True, True)
    unseen = form(**{**sent, "seen": ""})
    assert (unseen.action, unseen.changed, "seen" in unseen.values) == ("post", False, False)


def test_lines_are_added_and_removed_without_a_script() -> None:
    typed = {"line-0-account": "A", "line-1-account": "B", "text": ""}
    added = Form({**typed, "action": "add-line"}, "en")
    added.text("text")
    assert (added.rows("line"), added.ok, added.errors, added.status) == ([0, 1, 2], False, {}, 200)
    removed = Form({**typed, "action": "remove-line-0"}, "en")
    assert [removed.line("line", number).value("account") for number in removed.rows("line")] == ["B"]


def test_a_form_carried_over_a_sign_in_is_shown_before_it_is_sent() -> None:
    shown = form(amount="", action="show")
    shown.money("amount", "USD")
    assert (shown.ok, shown.errors, shown.status) == (False, {}, 200)


def test_too_many_lines_are_one_error() -> None:
    read = Form({f"line-{number}-account": "A" for number in range(600)}, "en")
    assert (len(read.lines("line")), read.errors) == (500, {"": "At most 500 lines."})


def test_the_key_stays_until_a_refusal_uses_it_up() -> None:
    read = form(form_key="k" * 36, amount="5")
    assert read.key == "k" * 36
    refused(read, OutcomeUnknown())
    assert (read.key, read.status) == ("k" * 36, 503)
    again = form(form_key="k" * 36, amount="5")
    refusal = InsufficientAvailable(fund="STRIKE", currency="USD", available_minor=1200, amount_minor=5000)
    refused(again, refusal, {"insufficient_available": "amount"})
    assert again.key != "k" * 36
    assert (list(again.errors), again.status) == (["amount"], 409)
    assert (form(form_key="short").key != "short", len(form().key)) == (True, 36)


def test_what_was_sent_without_a_key_gets_none() -> None:
    assert [Form(FormMultiDict([("form_key", key), ("amount", "5")]), "en").key for key in ("", "short", "k" * 36)] == ["", "", "k" * 36]


@pytest.mark.parametrize(
    ("language", "refusal", "said"),
    [
        ("fr", ExchangeDisagrees(expected_minor=137_250, given_minor=100, currency="CAD", rate="1.3725"), "Au taux de 1,3725,"),
        ("en", ExchangeDisagrees(expected_minor=137_250, given_minor=100, currency="CAD", rate="1.3725"), "At the rate 1.3725 "),
        ("en", KeyReused(), "This form was sent before,"),
        ("fr", KeyReused(), "Ce formulaire a déjà été envoyé,"),
        ("en", RatesFileInvalid(reason="bad_date", line=1, text="2026-02-30"), "2026-02-30"),
    ],
)
def test_a_refusal_is_said_as_the_reader_writes(language: str, refusal: Refusal, said: str) -> None:
    read = form(language, amount="5")
    refused(read, refusal)
    assert said in read.errors[""]


def upload(data: bytes, name: str = "a.pdf") -> UploadFile:
    made = UploadFile("application/pdf", name)
    made.file = BytesIO(data)  # type: ignore[assignment]
    return made


async def test_files_have_a_limit() -> None:
    read = Form({"document": upload(b"%PDF-1"), "large": upload(b"x" * 2_100_000), "empty": upload(b""), "none": upload(b"", "")}, "en")
    found = await read.file("document", 1_000_000)
    assert found is not None
    assert (found.filename, found.data) == ("a.pdf", b"%PDF-1")
    assert await read.file("large", 1_000_000) is None
    assert await read.file("empty", 1_000_000) is None
    assert await read.file("none", 1_000_000) is None
    assert await read.file("needed", 1_000_000, required=True) is None
    assert read.errors == {
        "large": "This file has 2.1 MB; the limit is 1.0 MB.", "empty": "This file is empty.", "needed": "Choose a file.",
    }  # fmt: skip


def test_an_amount_typed_before_says_how_it_was_understood() -> None:
    assert plain(form("fr", amount="1234,5").understood("amount", "CAD")) == "Compris : 1 234,50 CAD"
    assert form("fr", amount="x").understood("amount", "CAD") == ""
