"""Decide about payees and their bank details: what details of each country must look like, and who may confirm them.

The numbers of an account are seen by the treasury alone; everybody else's sight is a :func:`sight`, never the numbers.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from ledger.domain.account_rules import text
from ledger.domain.actors import Actor
from ledger.domain.refusals import (
    ChoiceInvalid,
    CurrencyUnknown,
    NotAllowed,
    NotFound,
    OtherUnion,
    PayeeAccountState,
    SamePerson,
    SameUnion,
    TextInvalid,
)
from ledger.domain.text import fold

NAME_MAXIMUM, REMARK_MAXIMUM = 120, 300
HOLDER_MAXIMUM, BANK_MAXIMUM, EVIDENCE_MAXIMUM = 120, 120, 500
STATES = ("proposed", "confirmed", "rejected", "retired")
# ISO 3166-1, alpha-2; the two nations first, as most payees are theirs.
_CODES = (
    "CA US AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CC CD CF CG CH "
    "CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
    "GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR "
    "LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
    "PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ "
    "TK TL TM TN TO TR TT TV TW TZ UA UG UM UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = tuple(_CODES.split())
# The fields of bank details by country; every other country has an IBAN, or an account number with its bank's BIC.
FIELDS = {"CA": ("institution", "transit", "account"), "US": ("routing", "account")}
ELSEWHERE = ("iban", "account", "bic")
# (what a field must look like, its length at most), by country and field.
_SHAPES = {
    ("CA", "institution"): (re.compile(r"\A[0-9]{3}\Z", re.ASCII), 3),
    ("CA", "transit"): (re.compile(r"\A[0-9]{5}\Z", re.ASCII), 5),
    ("CA", "account"): (re.compile(r"\A[0-9]{5,17}\Z", re.ASCII), 17),
    ("US", "routing"): (re.compile(r"\A[0-9]{9}\Z", re.ASCII), 9),
    ("US", "account"): (re.compile(r"\A[0-9]{4,17}\Z", re.ASCII), 17),
    ("", "iban"): (re.compile(r"\A[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z", re.ASCII), 34),
    ("", "account"): (re.compile(r"\A[A-Z0-9]{4,34}\Z", re.ASCII), 34),
    ("", "bic"): (re.compile(r"\A[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?\Z", re.ASCII), 11),
}
_PUNCTUATION = re.compile(r"[\s\u00a0\u202f.-]+")
HINT_LENGTH = 4
Sight = Literal["whether", "hint", "numbers"]


class Payee(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody that money is paid to, by the number people use (``B-0012``)."""

    number: str
    name: str
    country: str
    remark: str = ""
    recorded_by: str = ""


class AddPayee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new payee."""

    name: str
    country: str
    remark: str = ""


class ChangePayee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may change in a payee; None leaves a thing as it is."""

    payee: str
    name: str | None = None
    country: str | None = None
    remark: str | None = None


class ProposeAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bank details of a payee in one currency, as the bank's country writes them: ``country``, or the payee's own. ``call_back`` is the
    evidence: who was called, on which number that was known before (never one from the invoice or the letter that brought the details), and when.
    """

    payee: str
    currency: str
    holder: str
    bank: str
    details: dict[str, str]
    call_back: str
    country: str = ""


class PayeeAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Bank details as they are kept; ``hint`` is the last four characters of the account. ``proposer`` and ``decider`` are (name, union)."""

    id: UUID
    payee: str
    currency: str
    holder: str
    bank: str
    details: dict[str, str]
    hint: str
    call_back: str
    state: str
    proposed_by: int
    proposer: tuple[str, str | None]
    proposed_at: datetime
    decided_by: int | None
    decider: tuple[str, str | None]
    decided_at: datetime | None
    remark: str


# --- payees -----------------------------------------------------------------------------------------------------------


def name_key(name: str) -> str:
    """What makes two names the same payee's: letters and digits, without case, accents and punctuation."""
    return " ".join("".join(character if character.isalnum() else " " for character in fold(name)).split())


def new_payee(request: AddPayee, number: str) -> Payee:
    """The payee asked for; refuses a name without a letter or digit, and a country that is none."""
    return Payee(number=number, name=_name(request.name), country=_country(request.country), remark=_remark(request.remark))


def changed_payee(payee: Payee, change: ChangePayee) -> Payee:
    """The payee with what was changed in it."""
    return msgspec.structs.replace(
        payee,
        name=payee.name if change.name is None else _name(change.name),
        country=payee.country if change.country is None else _country(change.country),
        remark=payee.remark if change.remark is None else _remark(change.remark),
    )


def _name(value: str) -> str:
    name = text("name", value, NAME_MAXIMUM)
    if not name_key(name):
        raise TextInvalid(field="name", limit=NAME_MAXIMUM)
    return name


def _remark(value: str) -> str:
    return text("remark", value, REMARK_MAXIMUM, needed=False)


def _country(value: str) -> str:
    if value not in COUNTRIES:
        raise ChoiceInvalid(field="country", value=value[:40])
    return value


def check_change(actor: Actor, has_details: bool) -> None:
    """Once somebody's bank details are with the treasury, nobody else renames the payee they belong to."""
    if has_details and not actor.can("propose_payee_account"):
        raise NotAllowed(permission="propose_payee_account", reason="payee_has_details")


# --- bank details -----------------------------------------------------------------------------------------------------


def fields_of(country: str) -> tuple[str, ...]:
    """The fields of bank details in a country."""
    return FIELDS.get(country, ELSEWHERE)


def checked_details(country: str, given: Mapping[str, str]) -> dict[str, str]:
    """The details without spaces and hyphens, checked digits and all; a refusal names the field, never what was typed into it."""
    typed = {name: _PUNCTUATION.sub("", value).upper() for name, value in given.items()}
    details = {name: value for name, value in typed.items() if value}
    for name in details:
        if name not in fields_of(country):
            raise ChoiceInvalid(field="details", value=name[:40])
    for name in _needed(country, details):
        _check_field(country if country in FIELDS else "", name, details.get(name, ""))
    return details


def _needed(country: str, details: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that must be right: all of a country's; elsewhere the IBAN, with what else was given, or account and BIC."""
    if country in FIELDS:
        return FIELDS[country]
    if "iban" in details:
        return tuple(details)
    return ("account", "bic") if details else ("iban",)


def _check_field(country: str, name: str, value: str) -> None:
    shape, limit = _SHAPES[country, name]
    if not shape.match(value) or not _digits_agree(name, value):
        raise TextInvalid(field=name, limit=limit, reason=f"{country.lower() or 'other'}_{name}")


def _digits_agree(name: str, value: str) -> bool:
    if name == "routing":
        return routing_agrees(value)
    return iban_agrees(value) if name == "iban" else True


def routing_agrees(routing: str) -> bool:
    """The ABA's check of nine digits: weights 3, 7, 1 sum to a multiple of ten."""
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1) * 3, routing, strict=True))
    return total > 0 and total % 10 == 0


def iban_agrees(iban: str) -> bool:
    """ISO 13616: country and check digits put last, letters as 10 to 35, the number leaves 1 when divided by 97."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


def hint(details: Mapping[str, str]) -> str:
    """The last four characters of the account, or of the IBAN."""
    return (details.get("iban") or details["account"])[-HINT_LENGTH:]


def bank_country(details: Mapping[str, str]) -> str:
    """The country in which details say that the bank is: by their fields, the first letters of the IBAN, or the fifth and sixth of the BIC."""
    own = next((country for country, (first, *_) in FIELDS.items() if first in details), "")
    return own or details.get("iban", "")[:2] or details.get("bic", "")[4:6]


def check_proposal(request: ProposeAccount, payee: Payee, currencies: Mapping[str, int]) -> ProposeAccount:
    """The proposal with its texts tidied and its numbers checked as the bank's country writes them."""
    country = _country(request.country) if request.country else payee.country
    if request.currency not in currencies:
        raise CurrencyUnknown(currency=request.currency[:10])
    return ProposeAccount(
        payee=payee.number, currency=request.currency, holder=text("holder", request.holder, HOLDER_MAXIMUM),
        bank=text("bank", request.bank, BANK_MAXIMUM), details=checked_details(country, request.details),
        call_back=text("call_back", request.call_back, EVIDENCE_MAXIMUM), country=country,
    )  # fmt: skip


def check_owner(account: PayeeAccount, payee: Payee) -> None:
    """Details are reached through the payee they belong to."""
    if account.payee != payee.number:
        raise NotFound(kind="payee_account", id=str(account.id))


def check_decision(account: PayeeAccount, actor: Actor) -> None:
    """Proposed details are confirmed or rejected by another person, of the other union."""
    _in_state(account, "proposed")
    if account.proposed_by == actor.person_id:
        raise SamePerson(person=actor.name)
    if account.proposer[1] == actor.union:
        raise SameUnion(union=actor.union, subject=account.payee)


def check_retirement(account: PayeeAccount, actor: Actor) -> None:
    """Either union stops payments to confirmed details at once; a proposal is withdrawn by the union that made it (the other rejects it)."""
    _in_state(account, "proposed", "confirmed")
    if account.state == "proposed" and account.proposer[1] != actor.union:
        raise OtherUnion(union=account.proposer[1] or "", account="")


def _in_state(account: PayeeAccount, *states: str) -> None:
    if account.state not in states:
        raise PayeeAccountState(payee=account.payee, state=account.state)


def sight(actor: Actor) -> Sight:
    """How much of bank details a person sees: the numbers, their last four, or only whether there are confirmed ones."""
    if actor.can("read_payee_accounts"):
        return "numbers"
    return "hint" if actor.can("read_payee_hints") else "whether"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader may know of a payee's confirmed details in a currency: day and hint are left out for those who see only whether."""

    currency: str
    confirmed_on: date | None = None
    hint: str | None = None
