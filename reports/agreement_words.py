"""Name what agreements between the unions say: kinds, states, terms and their rules."""

from typing import Any

from reports.i18n import N_, translate

NEEDED_NAMES = {
    "debt_currency": N_("the currency of the debt"), "rate_source": N_("the source of the rate"), "rate_rule": N_("the day of the rate"),
    "share_basis": N_("how costs are shared"), "settlement_rule": N_("the rate of a settlement"),
}  # fmt: skip


def needed_terms(language: str, names: Any) -> str:
    """What an agreement lacks, as a list in words."""
    return ", ".join(translate(language, NEEDED_NAMES[name]) for name in NEEDED_NAMES if name in names)
