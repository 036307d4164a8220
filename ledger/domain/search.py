"""Understand what a person typed into the search box: one of people's numbers, an amount as either language writes it, or words."""

import re
from decimal import Decimal

import msgspec

from ledger.domain.text import search_words

QUERY_MAXIMUM = 100
_NUMBERED = re.compile(r"\A(CAM|SA|AG|BK|BS|DL|EQ|JC|DF|LX|[JTCPBASLMR])\s*[-–]?\s*0*([1-9][0-9]{0,11})\Z", re.ASCII | re.IGNORECASE)
_RUN = re.compile(r"\ASR\s*[-–]?\s*(20[0-9]{2})\s*[-–]\s*0*([1-9][0-9]{0,11})\Z", re.ASCII | re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u2060]+")
_CURRENCY = re.compile(r"\A(?:([A-Za-z]{3}) )?(.*?)(?: ?([A-Za-z]{3}))?\Z")
_ENGLISH = re.compile(r"\A(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]{1,3})?\Z", re.ASCII)
_FRENCH = re.compile(r"\A(?:[0-9]{1,15}|[0-9]{1,3}(?: [0-9]{3})+)(?:,[0-9]{1,3})?\Z", re.ASCII)


class Query(msgspec.Struct, frozen=True):
    """A search as understood: ``numbered`` is (letters, number); ``run`` a weekly run's number; ``entry`` a bare number that may be a journal entry's;
    ``amounts`` every way to read the text as an amount, in major units, of ``currency`` where one stands beside it.
    """

    text: str
    words: tuple[str, ...]
    numbered: tuple[str, int] | None = None
    run: str = ""
    entry: int | None = None
    amounts: tuple[Decimal, ...] = ()
    currency: str | None = None


def understand(typed: str) -> Query:
    """The query in a text of at most :data:`QUERY_MAXIMUM` characters; what is longer is cut."""
    text = _SPACES.sub(" ", typed[:QUERY_MAXIMUM]).strip()
    found = _NUMBERED.match(text)
    if found:
        return Query(text, tuple(search_words(text)), numbered=(found[1].upper(), int(found[2])))
    if run := _RUN.match(text):
        return Query(text, tuple(search_words(text)), run=f"SR-{run[1]}-{run[2]}")
    entry = int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 12 else None
    currency, amounts = _amounts(text)
    return Query(text, tuple(word for word in search_words(text) if word), entry=entry or None, amounts=amounts, currency=currency)


def _amounts(text: str) -> tuple[str | None, tuple[Decimal, ...]]:
    """Every reading of a text as an amount, sign left aside: a search for 15,000 finds what came and what went."""
    parts = _CURRENCY.match(text)
    if parts is None:
        return None, ()
    bare, code = parts[2].strip().lstrip("-−").strip(), parts[1] or parts[3]
    readings = set()
    if _ENGLISH.match(bare):
        readings.add(Decimal(bare.replace(",", "")))
    if _FRENCH.match(bare):
        readings.add(Decimal(bare.replace(" ", "").replace(",", ".")))
    amounts = tuple(sorted(reading for reading in readings if reading))
    return (code.upper() if code and amounts else None), amounts


def people_number(letter: str, number: int) -> str:
    """The number as people write it: ``T-0042``."""
    return f"{letter}-{number:04d}"
