"""Call the nations of the unions by their names."""

from reports.i18n import N_, translate

NATION_NAMES = {"US": N_("United States"), "CA": N_("Canada")}


def nation_name(language: str, nation: str) -> str:
    """A nation by its code; the code itself where it has no name here."""
    return translate(language, NATION_NAMES[nation]) if nation in NATION_NAMES else nation
