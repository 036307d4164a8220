"""Tell which characters the shipped fonts can draw: PDF/A and PDF/UA forbid a document with one they cannot.

It reads the fonts' own character maps (OpenType ``cmap``, formats 4 and 12) and nothing else of them.
"""

import struct
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"

REPLACEMENT = "\u25a1"


@cache
def covered() -> frozenset[int]:
    """The code points that every shipped font has a glyph for."""
    maps = [_code_points(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))]
    return frozenset.intersection(*maps)


def drawable(text: str) -> str:
    """The text with what the fonts lack replaced by a hollow square, and invisible or private characters left out.

    Letters with accents that stand apart (as macOS types them) are joined first, and an accent no font letter can carry is dropped.
    """
    if text.isascii():
        return text
    known = covered()
    return "".join(_drawn(letter, known) for letter in unicodedata.normalize("NFC", text))


def _drawn(letter: str, known: frozenset[int]) -> str:
    category = unicodedata.category(letter)
    if category in ("Mn", "Me", "Cf") and letter != "\u00ad":
        return ""
    if category in ("Co", "Cn", "Cs") or ord(letter) not in known:
        return REPLACEMENT
    return letter


def _code_points(font: bytes) -> frozenset[int]:
    (table_count,) = struct.unpack_from(">H", font, 4)
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * table_count, 16)}
    start = tables[b"cmap"]
    (map_count,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for at in range(start + 4, start + 4 + 8 * map_count, 8):
        found |= _subtable(font, start + struct.unpack_from(">I", font, at + 4)[0])
    return frozenset(found)


def _subtable(font: bytes, start: int) -> set[int]:
    (form,) = struct.unpack_from(">H", font, start)
    if form == 12:
        (group_count,) = struct.unpack_from(">I", font, start + 12)
        groups = (struct.unpack_from(">II", font, start + 16 + 12 * number) for number in range(group_count))
        return {point for first, last in groups for point in range(first, last + 1)}
    if form == 4:
        (double_count,) = struct.unpack_from(">H", font, start + 6)
        lasts = struct.unpack_from(f">{double_count // 2}H", font, start + 14)
        firsts = struct.unpack_from(f">{double_count // 2}H", font, start + 16 + double_count)
        return {point for first, last in zip(firsts, lasts, strict=True) if last != 0xFFFF for point in range(first, last + 1)}
    return set()
