"""Payees' names and bank details: what is the same name, and which numbers a bank can have given out."""

import re

import pytest

from ledger.domain.payees import COUNTRIES, AddPayee, bank_country, checked_details, fields_of, hint, iban_agrees, name_key, new_payee, routing_agrees
from ledger.domain.refusals import ChoiceInvalid, TextInvalid


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Imprimerie du Quai", "imprimerie du quai"), ("  IMPRIMERIE  du  Quai ", "imprimerie du quai"), ("Imprimerie-du-Quai", "imprimerie du quai"),
        ("Hôtel de l’Érable", "hotel de l erable"), ("HOTEL DE L'ERABLE", "hotel de l erable"), ("Acme, Inc.", "acme inc"), ("Acme Inc", "acme inc"),
        ("Acme 2", "acme 2"), ("Imprimerie (exemple)", "imprimerie exemple"), ("Fleurs & Cie", "fleurs cie"),
    ],
)  # fmt: skip
def test_a_name_is_the_same_however_it_is_written(written: str, key: str) -> None:
    assert name_key(written) == key


@pytest.mark.parametrize(
    ("name", "country", "refusal"),
    [("", "CA", TextInvalid), (" – ", "CA", TextInvalid), ("x" * 121, "CA", TextInvalid), ("Acme\u202e", "CA", TextInvalid), ("Acme", "", ChoiceInvalid),
     ("Acme", "ca", ChoiceInvalid), ("Acme", "UK", ChoiceInvalid), ("Acme", "EU", ChoiceInvalid)],
)  # fmt: skip
def test_a_payee_has_a_name_and_a_country(name: str, country: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        new_payee(AddPayee(name=name, country=country), "B-0001")


def test_every_country_is_two_letters_and_stands_once() -> None:
    assert len(COUNTRIES) == len(set(COUNTRIES)) == 249
    assert all(re.fullmatch("[A-Z]{2}", code) for code in COUNTRIES)
    assert COUNTRIES[:2] == ("CA", "US")


# --- check digits, by published examples ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("routing", "agrees"),
    [("999999992", True), ("123456780", True), ("111000025", True), ("999999991", False), ("999999929", False), ("123456789", False),
     ("000000000", False), ("213456780", False)],
)  # fmt: skip
def test_routing_numbers_carry_the_aba_check(routing: str, agrees: bool) -> None:
    """The last two of the wrong ones are a right number with two digits changed places, and nothing at all."""
    assert routing_agrees(routing) is agrees


@pytest.mark.parametrize(
    ("iban", "agrees"),
    [
        # Examples of the ISO 13616 registry.
        ("GB29NWBK60161331926819", True), ("DE89370400440532013000", True), ("FR1420041010050500013M02606", True), ("NO9386011117947", True),
        ("MT84MALT011000012345MTLCAST001S", True), ("CH9300762011623852957", True),
        ("GB29NWBK60161331926818", False), ("DE98370400440532013000", False), ("FR1420041010050500013M02660", False), ("NO9386011117974", False),
    ],
)  # fmt: skip
def test_ibans_carry_the_iso_check(iban: str, agrees: bool) -> None:
    assert iban_agrees(iban) is agrees


# --- details by country -----------------------------------------------------------------------------------------------

CANADA = {"institution": "999", "transit": "99999", "account": "1234567"}
STATES = {"routing": "999999992", "account": "12345678"}


@pytest.mark.parametrize(
    ("country", "given", "kept", "last"),
    [
        ("CA", CANADA, CANADA, "4567"),
        ("CA", {"institution": " 999 ", "transit": "999-99", "account": "123 4567"}, CANADA, "4567"),
        ("CA", {**CANADA, "account": "12345"}, {**CANADA, "account": "12345"}, "2345"),
        ("US", STATES, STATES, "5678"),
        ("US", {"routing": "9999-9999-2", "account": "1234"}, {"routing": "999999992", "account": "1234"}, "1234"),
        ("GB", {"iban": "GB29 NWBK 6016 1331 9268 19"}, {"iban": "GB29NWBK60161331926819"}, "6819"),
        ("DE", {"iban": "de89370400440532013000", "bic": "deut de ff"}, {"iban": "DE89370400440532013000", "bic": "DEUTDEFF"}, "3000"),
        ("MX", {"account": "0123-4567 89", "bic": "BNMXMXMM"}, {"account": "0123456789", "bic": "BNMXMXMM"}, "6789"),
        ("MX", {"account": "0123456789", "bic": "BNMXMXMMXXX", "iban": ""}, {"account": "0123456789", "bic": "BNMXMXMMXXX"}, "6789"),
    ],
)  # fmt: skip
def test_details_are_kept_without_spaces(country: str, given: dict[str, str], kept: dict[str, str], last: str) -> None:
    assert checked_details(country, given) == kept
    assert hint(kept) == last


@pytest.mark.parametrize(
    ("country", "given", "field"),
    [
        ("CA", {**CANADA, "institution": "99"}, "institution"), ("CA", {**CANADA, "institution": "9999"}, "institution"),
        ("CA", {**CANADA, "transit": "9999"}, "transit"), ("CA", {**CANADA, "account": "1234"}, "account"),
        ("CA", {**CANADA, "account": "1" * 18}, "account"), ("CA", {**CANADA, "account": "12345A7"}, "account"),
        ("CA", {"account": "1234567"}, "institution"), ("CA", {}, "institution"), ("CA", {**CANADA, "transit": "٩٩٩٩٩"}, "transit"),
        ("US", {**STATES, "routing": "999999991"}, "routing"), ("US", {**STATES, "routing": "99999999"}, "routing"),
        ("US", {**STATES, "account": "123"}, "account"), ("US", {**STATES, "account": "1" * 18}, "account"), ("US", {"routing": "999999992"}, "account"),
        ("GB", {"iban": "GB29NWBK60161331926818"}, "iban"), ("GB", {"iban": "GB29"}, "iban"), ("GB", {}, "iban"),
        ("GB", {"iban": "GB29NWBK60161331926819", "bic": "NWBK"}, "bic"), ("GB", {"iban": "GB29NWBK60161331926819", "account": "1"}, "account"),
        ("MX", {"account": "0123456789"}, "bic"), ("MX", {"bic": "BNMXMXMM"}, "account"), ("MX", {"account": "0123456789", "bic": "BNMXMXMMX"}, "bic"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_and_never_what_was_typed(country: str, given: dict[str, str], field: str) -> None:
    with pytest.raises(TextInvalid) as refusal:
        checked_details(country, given)
    assert refusal.value.params["field"] == field
    assert set(refusal.value.params) == {"field", "limit", "reason"}
    assert not any(value and len(value) > 3 and value in str(refusal.value) for value in given.values())


@pytest.mark.parametrize(("country", "field"), [("CA", "routing"), ("CA", "iban"), ("US", "transit"), ("FR", "routing")])
def test_a_field_of_another_country_is_refused(country: str, field: str) -> None:
    assert field not in fields_of(country)
    with pytest.raises(ChoiceInvalid):
        checked_details(country, {field: "999999992"})


@pytest.mark.parametrize(
    ("details", "country"),
    [
        ({"institution": "001", "transit": "00012", "account": "1234567"}, "CA"), ({"routing": "021000021", "account": "1234"}, "US"),
        ({"iban": "FR1420041010050500013M02606"}, "FR"), ({"account": "1234", "bic": "COBADEFFXXX"}, "DE"),
    ],
)  # fmt: skip
def test_bank_details_say_where_the_bank_is(details: dict[str, str], country: str) -> None:
    assert bank_country(details) == country
