"""Read a posted form in the reader's language and keep everything typed, with every error beside its field.

It understands text, money, dates, rates, choices, repeated lines and files; it knows no rule of the books.
"""

import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from litestar.datastructures import UploadFile

from api.refusal_messages import mend, message
from ledger.domain.refusals import NotFound, Refusal
from ledger.domain.text import UNKEPT, is_blank
from reports import formats
from reports.i18n import N_, translate

LINES_MAXIMUM = 500
VALUE_MAXIMUM = 20_000
_KEY = re.compile(r"\A[!-~]{8,100}\Z")
_LINE_ACTION = re.compile(r"\A(?:add-(?P<add>[a-z]+)|remove-(?P<remove>[a-z]+)-(?P<number>[0-9]{1,4}))\Z")
_GROUPED = re.compile(r"\A[1-9][0-9]{0,2}(?:,[0-9]{3})+\Z", re.ASCII)
_INTEGER = re.compile(r"\A-?[0-9]{1,15}\Z", re.ASCII)
# What can be nothing but a decimal comma, whatever the language: ``7,5``.
_COMMA = re.compile(r"\A[0-9]+,[0-9]{1,2}\Z", re.ASCII)
_RATE = re.compile(r"\A[0-9]{1,6}(?:\.[0-9]{1,10})?\Z", re.ASCII)

_REQUIRED = N_("Fill this in.")
_TOO_LONG = N_("At most %(maximum)s characters; this has %(count)s.")
_CHOOSE = N_("Choose one from the list.")
_UNKEPT = N_("This holds a character that cannot be kept, perhaps an invisible one. Type it anew.")
_NOT_POSITIVE = N_("Must be more than zero.")
_NEGATIVE = N_("Must not be less than zero.")
_NOT_WHOLE = N_("Write a whole number, like %(example)s.")
_OUT_OF_RANGE = N_("From %(minimum)s to %(maximum)s.")
_NOT_NUMBER = N_("Write a number such as %(example)s.")
_DECIMALS = N_("At most %(digits)s decimals.")
_NOT_RATE = N_("Write a rate such as %(example)s.")
_TOO_LATE = N_("Not after %(date)s.")
_TOO_EARLY = N_("Not before %(date)s.")
_FILE_NEEDED = N_("Choose a file.")
_FILE_EMPTY = N_("This file is empty.")
_FILE_LARGE = N_("This file has %(size)s MB; the limit is %(limit)s MB.")
_UNDERSTOOD = N_("Understood as {money}")
_LINES_MANY = N_("At most %(maximum)s lines.")

_MONEY_ERRORS = {
    "empty": N_("Write an amount."),
    "not_a_number": N_("This is not an amount. Write it like %(example)s."),
    "too_many_decimals": N_("%(currency)s has %(digits)s decimals at most."),
    "ambiguous": N_("This can be read in two ways. Write it like %(example)s."),
    "too_large": N_("This is larger than any amount these books can hold."),
    "other_currency": N_("This names another currency than %(currency)s."),
    "dollar_sign": N_("Leave out the dollar sign: it could be either country’s. The currency stands beside the field."),
}
_DATE_ERRORS = {
    "empty": N_("Write a date."),
    "not_a_date": N_("This is not a date. Write it like %(example)s."),
    "ambiguous": N_("Day and month could change places. Write it like %(example)s."),
    "no_such_day": N_("There is no such day in the calendar."),
    "out_of_range": N_("This year is too far away."),
}


class Upload(msgspec.Struct, frozen=True):
    """A file as it came, within its limit."""

    filename: str
    content_type: str
    data: bytes


class Form:
    """One posted (or new) form. Parsing methods return what was meant, or a neutral value and an error under the field's name.

    ``prefix`` makes a view of one repeated line that shares everything with the whole form. ``aside`` names fields on which nothing hangs of what is
    shown before posting, such as a reason: typing there asks for no second look.
    """

    def __init__(
        self, data: Mapping[str, Any] | None, language: str, prefix: str = "", whole: "Form | None" = None, aside: Collection[str] = ()
    ) -> None:
        self.language, self.prefix, self.aside = language, prefix, aside
        self._whole = whole or self
        if whole is not None:
            return
        self.values: dict[str, list[str]] = {}
        self.files: dict[str, UploadFile] = {}
        self.errors: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self.refusal_status = 0
        for name, value in _items(data or {}):
            if isinstance(value, UploadFile):
                self.files[name] = value
            else:
                self.values.setdefault(name, []).append(str(value)[:VALUE_MAXIMUM])
        self.action = (self.values.pop("action", None) or [""])[-1]
        given = (self.values.pop("form_key", None) or [""])[-1]
        # A form that was sent without its key gets none: two of the kind could not be told from one sent twice, so what writes refuses it.
        self.key = given if _KEY.match(given) else "" if _is_posted(data) else str(uuid.uuid4())
        self.only_editing = self.action == "show" or bool(_LINE_ACTION.match(self.action))
        seen = (self.values.pop("seen", None) or [""])[-1]
        # Nothing is posted that was not shown: what was typed after the preview is looked at again.
        self.changed = self.action == "post" and seen not in ("", self.seen)
        if self.changed:
            self.action = "preview"
        self._edit_lines()

    # What was typed.

    def raw(self, name: str) -> str:
        """The text of a field as typed."""
        return (self._whole.values.get(self.prefix + name) or [""])[-1]

    value = raw

    def many(self, name: str) -> list[str]:
        """Every value of a field that may be given more than once."""
        return list(self._whole.values.get(self.prefix + name) or [])

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.raw(name) not in ("", "0", "false", "off")

    @property
    def seen(self) -> str:
        """A mark of everything typed that counts, to know whether what is sent is what was shown. Empty fields do not."""
        whole = self._whole
        typed = sorted((name, text.strip()) for name, texts in whole.values.items() if name not in whole.aside for text in texts if text.strip())
        return hashlib.sha256(json.dumps(typed).encode()).hexdigest()[:16]

    def put(self, name: str, value: str) -> None:
        """Fill a field, for instance with a suggestion."""
        self._whole.values[self.prefix + name] = [value]

    # How it stands.

    @property
    def ok(self) -> bool:
        """Whether everything was understood and the person meant to send it."""
        return not self._whole.errors and not self._whole.only_editing

    @property
    def status(self) -> int:
        """The status of the page that shows the form again."""
        whole = self._whole
        return 200 if whole.only_editing or not whole.errors else whole.refusal_status or 422

    def fail(self, name: str, text: str) -> None:
        """Put an error beside a field (or on the whole form with ``""``); the first one of a field stays."""
        whole = self._whole
        if not whole.only_editing:
            whole.errors.setdefault(self.prefix + name if name else "", text)

    def error(self, name: str) -> str | None:
        """The error of a field."""
        return self._whole.errors.get(self.prefix + name)

    def summary(self) -> list[tuple[str, str]]:
        """Every error with its field's name, in the order of the fields on the page; what is about the whole form comes first."""
        places = {name: place for place, name in enumerate(self._whole.labels)}
        return sorted(self._whole.errors.items(), key=lambda error: places.get(error[0], -1))

    def label(self, name: str, text: str) -> str:
        """Remember what a field is called, so that the summary of errors can name it."""
        self._whole.labels.setdefault(self.prefix + name, text)
        return ""

    def _wrong(self, name: str, text: str, **params: Any) -> None:
        self.fail(name, translate(self.language, text, **params))

    # Reading fields.

    def text(self, name: str, required: bool = True, max_length: int = 200) -> str:
        """Text, trimmed; line breaks as ``\\n``."""
        typed = self.raw(name).replace("\r\n", "\n").replace("\t", " ").strip()
        if required and is_blank(typed):
            self._wrong(name, _REQUIRED)
        elif len(typed) > max_length:
            self._wrong(name, _TOO_LONG, maximum=max_length, count=len(typed))
        elif UNKEPT.search(typed.replace("\n", " ")):
            self._wrong(name, _UNKEPT)
        return typed

    def choice(self, name: str, allowed: Collection[str], required: bool = True) -> str:
        """One of the allowed values; ``""`` where none is needed and none was chosen."""
        typed = self.raw(name).strip()
        if not typed and required:
            self._wrong(name, _CHOOSE if len(allowed) else _REQUIRED)
        elif typed and typed not in allowed:
            self._wrong(name, _CHOOSE)
            return ""
        return typed

    def money(self, name: str, currency: str, digits: int = 2, positive: bool = True) -> int:
        """Minor units; more than zero unless told otherwise; 0 when not understood."""
        return self._money(name, currency, digits, positive) or 0

    def optional_money(self, name: str, currency: str, digits: int = 2, positive: bool = True) -> int | None:
        """Minor units, or None where nothing was typed."""
        return self._money(name, currency, digits, positive) if self.raw(name).strip() else None

    def amount_or_none(self, name: str, currency: str, digits: int = 2) -> int:
        """Minor units of what need not be, such as a bank's fee or a floor: 0 where nothing, or zero, was typed."""
        amount_minor = self.optional_money(name, currency, digits, positive=False) or 0
        if amount_minor < 0:
            self._wrong(name, _NEGATIVE)
        return amount_minor

    def _money(self, name: str, currency: str, digits: int, positive: bool) -> int | None:
        try:
            amount_minor = formats.parse_money(self.language, self.raw(name), digits, currency or None)
        except formats.AmountNotUnderstood as error:
            example = formats.figure(self.language, 123_456_000 // 10 ** (5 - digits), digits)
            self._wrong(name, _MONEY_ERRORS[error.reason_code], example=example, currency=currency, digits=digits)
            return None
        if positive and amount_minor <= 0:
            self._wrong(name, _NOT_POSITIVE)
        return amount_minor

    def understood(self, name: str, currency: str, digits: int = 2) -> str:
        """How an amount typed before was understood, for the field shown again; ``""`` where it was not."""
        try:
            amount_minor = formats.parse_money(self.language, self.raw(name), digits, currency or None)
        except formats.AmountNotUnderstood:
            return ""
        return translate(self.language, _UNDERSTOOD).replace("{money}", formats.money(self.language, amount_minor, currency, digits))

    def date(self, name: str, not_after: dt.date | None = None, not_before: dt.date | None = None) -> dt.date:
        """A day; ``date.min`` when not understood."""
        try:
            day = formats.parse_date(self.language, self.raw(name))
        except formats.DateNotUnderstood as error:
            self._wrong(name, _DATE_ERRORS[error.reason_code], example="2026-11-23")
            return dt.date.min
        if not_after and day > not_after:
            self._wrong(name, _TOO_LATE, date=formats.date_long(self.language, not_after))
        elif not_before and day < not_before:
            self._wrong(name, _TOO_EARLY, date=formats.date_long(self.language, not_before))
        return day

    def optional_date(self, name: str, not_after: dt.date | None = None, not_before: dt.date | None = None) -> dt.date | None:
        """A day, or None where nothing was typed."""
        return self.date(name, not_after, not_before) if self.raw(name).strip() else None

    def uuid(self, name: str) -> uuid.UUID:
        """The id a button carries; refuses what is none, which no page of ours sends."""
        try:
            return uuid.UUID(self.raw(name))
        except ValueError:
            raise NotFound(kind=name, id=self.raw(name)[:40]) from None

    def integer(self, name: str, minimum: int = 0, maximum: int = 10**9) -> int:
        """A whole number within its bounds, grouped as the language groups it; ``minimum`` when not understood."""
        typed = re.sub(r"\s", "", self.raw(name))
        if self.language != "fr" and _GROUPED.match(typed):
            typed = typed.replace(",", "")
        if not typed:
            self._wrong(name, _REQUIRED)
            return minimum
        if not _INTEGER.match(typed):
            self._wrong(name, _NOT_WHOLE, example=formats.count(self.language, 1240))
            return minimum
        if not minimum <= int(typed) <= maximum:
            self._wrong(name, _OUT_OF_RANGE, minimum=formats.count(self.language, minimum), maximum=formats.count(self.language, maximum))
            return minimum
        return int(typed)

    def figure(self, name: str, digits: int = 2, maximum: Decimal = Decimal(10**9), required: bool = True, positive: bool = False) -> Decimal | None:
        """A number from zero (or above it) to ``maximum``, such as hours or per cent; None where none was typed, or it was not understood."""
        typed = self.text(name, required=required, max_length=40)
        if not typed or self.error(name):
            return None
        try:
            found = Decimal(formats.parse_money(self.language, typed.replace(",", ".") if self._comma(typed) else typed, digits)).scaleb(-digits)
        except formats.AmountNotUnderstood as error:
            example = formats.figure(self.language, 7_50)
            self._wrong(name, _DECIMALS if error.reason_code == "too_many_decimals" else _NOT_NUMBER, example=example, digits=digits)
            return None
        if positive and found <= 0:
            self._wrong(name, _NOT_POSITIVE)
        elif not 0 <= found <= maximum:
            self._wrong(name, _OUT_OF_RANGE, minimum=formats.count(self.language, 0), maximum=formats.count(self.language, int(maximum)))
        return found

    def _comma(self, typed: str) -> bool:
        return self.language != "fr" and bool(_COMMA.match(typed))

    def percent(self, name: str, digits: int = 2) -> Decimal | None:
        """Per cent from 0 to 100, with its sign or without; None where nothing was typed."""
        self.put(name, self.raw(name).strip().removesuffix("%").rstrip())
        return self.figure(name, digits, Decimal(100), required=False)

    def decimal_rate(self, name: str) -> Decimal:
        """A positive rate with at most ten decimals, with a dot or a comma; 1 when not understood."""
        typed = re.sub(r"[\s  ]", "", self.raw(name)).replace(",", ".")
        try:
            found = Decimal(typed) if _RATE.match(typed) else Decimal(0)
        except InvalidOperation:
            found = Decimal(0)
        if found <= 0:
            self._wrong(name, _NOT_RATE, example=formats.rate(self.language, Decimal("1.3725")))
            return Decimal(1)
        return found

    def optional_rate(self, name: str) -> Decimal | None:
        """A rate, or None where nothing was typed."""
        return self.decimal_rate(name) if self.raw(name).strip() else None

    async def file(self, name: str, limit_bytes: int, required: bool = False) -> Upload | None:
        """The file of a field, whole; None where none was chosen or it does not fit."""
        found = self._whole.files.get(self.prefix + name)
        if found is None or not found.filename:
            if required:
                self._wrong(name, _FILE_NEEDED)
            return None
        data = await found.read(limit_bytes + 1)
        if not data:
            self._wrong(name, _FILE_EMPTY)
        elif len(data) > limit_bytes:
            limit, size = (formats.decimal(self.language, Decimal(n) / 1_000_000, 1) for n in (limit_bytes, max(len(data), _size(found))))
            self._wrong(name, _FILE_LARGE, size=size, limit=limit)
        else:
            return Upload(found.filename, found.content_type or "application/octet-stream", data)
        return None

    # Repeated lines: ``line-0-account``, ``line-1-account``.

    def line_numbers(self, group: str) -> list[int]:
        """The numbers of a group's lines, in order."""
        pattern = re.compile(rf"\A{re.escape(self.prefix + group)}-([0-9]{{1,4}})-")
        return sorted({int(found[1]) for name in self._whole.values if (found := pattern.match(name))})

    def line(self, group: str, number: int) -> "Form":
        """One line as a form of its own names."""
        return Form(None, self.language, f"{self.prefix}{group}-{number}-", self._whole)

    def lines(self, group: str, at_least: int = 0) -> list["Form"]:
        """The lines with anything typed into them."""
        filled = [number for number in self.line_numbers(group) if self._is_filled(group, number)]
        if len(filled) > LINES_MAXIMUM:
            self._wrong("", _LINES_MANY, maximum=LINES_MAXIMUM)
        short = [n for n in self.rows(group, at_least) if n not in filled][: max(at_least - len(filled), 0)]
        return [self.line(group, number) for number in [*filled, *short][:LINES_MAXIMUM]]

    def rows(self, group: str, at_least: int = 1) -> list[int]:
        """The numbers of the lines to show: those there are, and empty ones up to ``at_least``."""
        numbers = self.line_numbers(group)[:LINES_MAXIMUM]
        beyond = numbers[-1] + 1 if numbers else 0
        return numbers + list(range(beyond, beyond + at_least - len(numbers)))

    def _is_filled(self, group: str, number: int) -> bool:
        start = f"{self.prefix}{group}-{number}-"
        # A chosen fund or currency alone is only a beginning that the page itself may have made.
        ignored = (f"{start}fund", f"{start}currency")
        values = self._whole.values
        return any(text.strip() for name in values if name.startswith(start) and name not in ignored for text in values[name])

    def _edit_lines(self) -> None:
        """Do what the buttons *add a line* and *remove* ask for, which work without a script."""
        found = _LINE_ACTION.match(self.action)
        if found and found["add"]:
            numbers = self.line_numbers(found["add"])
            self.values[f"{found['add']}-{numbers[-1] + 1 if numbers else 0}-"] = [""]
        elif found:
            gone = f"{found['remove']}-{int(found['number'])}-"
            self.values = {name: texts for name, texts in self.values.items() if not name.startswith(gone)}


# What a person who pressed Back and changed something, or whose form came without its key, needs to hear, where a program would be told of the key.
_IN_A_FORM = {
    "idempotency_key_missing": N_("This form came incomplete, and nothing was recorded. Open it again, and send it from there."),
    "idempotency_key_reused": N_(
        "This form was sent before, and what it recorded then stands. You have changed it since: send it again only if you mean to record a second one."
    ),
}


def body_with(file_bytes: int) -> int:
    """The largest body of a form that is sent with a file of so many bytes."""
    return file_bytes + 1_000_000


def said_of_a_form(language: str, code: str) -> str | None:
    """What a person is told where a refusal's own words are for programs; None where they are for people."""
    return translate(language, _IN_A_FORM[code]) if code in _IN_A_FORM else None


def refused(form: Form, refusal: Refusal, fields: Mapping[str, str] | None = None) -> None:
    """Put a service's refusal beside the field it is about (by code), or on top, with what would make it pass.

    The refusal is remembered under the form's key, so a mended form gets a fresh one; where the outcome is unknown the key stays, so that
    sending again settles it.
    """
    said = said_of_a_form(form.language, refusal.code)
    sentences = [said] if said else [message(form.language, refusal), mend(form.language, refusal)]
    form.fail((fields or {}).get(refusal.code, ""), " ".join(sentence for sentence in sentences if sentence))
    form.refusal_status = refusal.status
    if refusal.status < 500:
        form.key = str(uuid.uuid4())


def _items(data: Any) -> list[tuple[str, Any]]:
    """The pairs of a mapping whose values may be lists, or of a multi-valued one."""
    if _is_posted(data):
        return list(data.multi_items())
    return [(name, one) for name, value in data.items() for one in (value if isinstance(value, list | tuple) else [value]) if one is not None]


def _is_posted(data: Any) -> bool:
    """Whether these fields came with a request, and are not what a new form is filled with."""
    return hasattr(data, "multi_items")


def _size(file: UploadFile) -> int:
    file.file.seek(0, 2)
    return file.file.tell()
