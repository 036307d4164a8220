"""Say the product's English source texts in the reader's language, from gettext catalogues read at start.

Every ``locales/fr_CA/*.po`` (one file an area) is merged into one catalogue; there is no compile step. A literal percent sign in a
message is written ``%%``, as Jinja's newstyle gettext wants it too.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "fr")
CATALOGUES = Path(__file__).parent / "locales"

_LOCALES = {"en": "en_CA", "fr": "fr_CA"}


class CatalogueConflict(Exception):
    """Two catalogues translate the same message differently."""


def N_(message: str) -> str:
    """Mark a message for translation and leave it as it is."""
    return message


def NC_(context: str, message: str) -> str:
    """Mark a message as it is meant in a context, for ``translate_in``; leave it as it is. French agrees with what is spoken of."""
    return message


@cache
def locale(language: str) -> Locale:
    """The Babel locale of a language: ``en`` is en_CA, ``fr`` is fr_CA; anything else reads English."""
    return Locale.parse(_LOCALES.get(language, _LOCALES["en"]))


@cache
def translations(language: str) -> NullTranslations:
    """What ``gettext`` and Jinja's ``install_gettext_translations`` take; English is the source text itself."""
    if language != "fr":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, merged_catalogue(sorted((CATALOGUES / _LOCALES["fr"]).glob("*.po")), _LOCALES["fr"]))
    compiled.seek(0)
    return GNUTranslations(compiled)


def merged_catalogue(paths: list[Path], locale_name: str) -> Catalog:
    """One catalogue of several files. Raises :class:`CatalogueConflict` where two of them disagree about a message."""
    merged = Catalog(locale=locale_name)
    for path in paths:
        for message in read_catalogue(path, locale_name):
            if message.id:
                _merge(merged, message, path)
    return merged


def read_catalogue(path: Path, locale_name: str = "fr_CA") -> Catalog:
    """The messages of one .po file; raises on a malformed one."""
    with path.open("rb") as file:
        return read_po(file, locale=locale_name, abort_invalid=True)


def _merge(merged: Catalog, message: Message, path: Path) -> None:
    known = merged.get(message.id, message.context)
    if known is not None and (known.id, known.string) != (message.id, message.string):
        raise CatalogueConflict(f"{path.name}: {message.id!r} is {message.string!r}, elsewhere {known.string!r}")
    merged.add(message.id, message.string, context=message.context)


def translate(language: str, message: str, /, **params: Any) -> str:
    """The message in the language, its ``%(name)s`` filled. Nothing is nothing in every language: a catalogue keeps its own header under ""."""
    return translations(language).gettext(message) % params if message else ""


def translate_n(language: str, singular: str, plural: str, count: int, /, **params: Any) -> str:
    """The singular or plural that the language uses for ``count`` (French: 0 and 1 are singular); fills ``%(count)s`` too."""
    return translations(language).ngettext(singular, plural, count) % {"count": count, **params}


def translate_in(language: str, context: str, message: str, /, **params: Any) -> str:
    """The message as it is meant in a context (gettext's ``pgettext``)."""
    return translations(language).pgettext(context, message) % params
