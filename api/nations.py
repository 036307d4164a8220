"""Call the nations of the unions, and every other country, by their names."""

from functools import cache

from ledger.domain.payees import COUNTRIES
from ledger.domain.text import fold
from reports.i18n import N_, locale, translate

NATION_NAMES = {"US": N_("United States"), "CA": N_("Canada")}


def nation_name(language: str, nation: str) -> str:
    """A nation by its code; the code itself where it has no name here."""
    return translate(language, NATION_NAMES[nation]) if nation in NATION_NAMES else nation


def country_name(language: str, country: str) -> str:
    """Any country by its two letters, as Unicode's data calls it."""
    return str(locale(language).territories.get(country, country))


@cache
def country_options(language: str) -> list[tuple[str, str]]:
    """Every country to choose from: the unions' own nations, then the others by name."""
    own = [(code, country_name(language, code)) for code in NATION_NAMES]
    others = [(code, country_name(language, code)) for code in COUNTRIES if code not in NATION_NAMES]
    return [*own, *sorted(others, key=lambda pair: fold(pair[1]))]
