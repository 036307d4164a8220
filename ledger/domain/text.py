"""Fold text so that a search finds it with or without accents and capitals, in either language."""

import unicodedata

_JOINED = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "’": " ", "'": " ", "-": " ", "/": " ", ":": " ", ".": " ", ",": " ", "«": " ", "»": " "})


def fold(text: str) -> str:
    """Lower case, without accents or joining punctuation: ``fold("Caisse de grève") == "caisse de greve"``."""
    lowered = text.casefold().translate(_JOINED)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def search_words(text: str) -> list[str]:
    """The folded words of a search, letters and digits only, at most eight."""
    return ["".join(c for c in word if c.isalnum()) for word in fold(text).split()][:8]
