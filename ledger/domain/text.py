"""Fold text so that a search finds it with or without accents and capitals, in either language; know what no text may hold."""

import re
import unicodedata

# Control characters, line ends and half characters; and the signs that make a text read in another order than it is kept in.
UNKEPT = re.compile(r"[\x00-\x1f\x7f\x85\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# Letters and signs by their kind that are drawn as nothing: the fillers of Hangul and the empty braille cell.
_DRAWN_EMPTY = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Spaces, ends, controls, what only shapes its neighbours (a zero-width space, a variation selector), and accents that stand on nothing.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Me"})

_JOINED = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": " ", "'": " ", "-": " ", "/": " ", ":": " ", ".": " ", ",": " ", "«": " ", "»": " "})


def fold(text: str) -> str:
    """Lower case, without accents or joining punctuation: ``fold("Caisse de grève") == "caisse de greve"``."""
    lowered = text.casefold().translate(_JOINED)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen: such a text says nothing, however many characters it has."""
    return all(c in _DRAWN_EMPTY or unicodedata.category(c) in _UNSEEN for c in text)


def search_words(text: str) -> list[str]:
    """The folded words of a search, letters and digits only, at most eight."""
    return ["".join(c for c in word if c.isalnum()) for word in fold(text).split()][:8]
