"""Read the words of these books in both languages, for Help and for the test that keeps messages to them."""

from functools import cache
from importlib import resources

import msgspec


class Term(msgspec.Struct, frozen=True):
    """A term: its English, its French (the usual form first), and what a French message that speaks of it has one of (none: it has other meanings too)."""

    en: str
    fr: tuple[str, ...]
    stems: tuple[str, ...] = ()


class _Glossary(msgspec.Struct, frozen=True):
    term: tuple[Term, ...]


@cache
def glossary() -> tuple[Term, ...]:
    """Every term, in the order of the file."""
    return msgspec.toml.decode((resources.files("ledger") / "data" / "glossary.toml").read_bytes(), type=_Glossary).term
