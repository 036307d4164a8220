"""Name what agreements between the unions say: kinds, states, terms and their rules."""

from typing import Any

from ledger.domain.agreements import Terms
from ledger.domain.exchange import SOURCES
from reports import formats
from reports.i18n import N_, NC_, translate
from reports.present import source_name

NEEDED_NAMES = {
    "debt_currency": N_("the currency of the debt"), "rate_source": N_("the source of the rate"), "rate_rule": N_("the day of the rate"),
    "share_basis": N_("how costs are shared"), "settlement_rule": N_("the rate of a settlement"),
}  # fmt: skip


def needed_terms(language: str, names: Any) -> str:
    """What an agreement lacks, as a list in words."""
    return ", ".join(translate(language, NEEDED_NAMES[name]) for name in NEEDED_NAMES if name in names)


KIND_NAMES = {
    "equalisation": N_("Equalisation of joint costs"), "cost_share": N_("Sharing of costs"), "resources": N_("Use of resources"),
    "loan": N_("Loan between the unions"), "general": N_("General agreement"),
}  # fmt: skip
# How a version stands today: its word, and the kind of its chip.
STANDINGS = {
    "proposed": (NC_("agreement", "waits for the other union"), "wait"), "in_force": (NC_("agreement", "in force"), "good"),
    "to_come": (NC_("agreement", "confirmed, still to come"), ""), "replaced": (NC_("agreement", "replaced"), ""),
    "ended": (NC_("agreement", "ended"), ""), "rejected": (NC_("agreement", "rejected"), "bad"), "withdrawn": (NC_("agreement", "withdrawn"), ""),
}  # fmt: skip
BASIS_NAMES = {
    "membership_average": N_("By average certified membership"), "equal": N_("In equal parts"), "fixed": N_("By fixed shares"),
}  # fmt: skip
RATE_RULE_NAMES = {
    "value_date": N_("Rate of the day each cost was paid"), "month_average": N_("Mean of the daily rates of each cost’s month"),
    "period_average": N_("Mean of the daily rates of the period"), "period_end": N_("Rate of the period’s last day"),
}  # fmt: skip
SETTLEMENT_RULE_NAMES = {
    "settlement_day": N_("Rate of the day it is settled"), "month_average": N_("Mean of the daily rates of the month it is settled in"),
    "period_average": N_("Mean of the daily rates of the period"), "period_end": N_("Rate of the period’s last day"),
}  # fmt: skip
FEE_NAMES = {
    "sender": N_("The union that pays"), "receiver": N_("The union that is paid"), "joint_fund": N_("The joint fund"), "split": N_("Half and half"),
}  # fmt: skip
REFERENCE_NAMES = {"loan": N_("Loan"), "booking": N_("Booking"), "equalisation": N_("Equalisation"), "step": N_("Step between the unions")}


def term_facts(language: str, terms: Terms) -> list[tuple[str, str]]:
    """What an agreement fixes in fields, as (label, text); what it says nothing of is left out."""
    chosen = (
        (N_("Costs are shared"), BASIS_NAMES, terms.share_basis), (N_("Day of the rate"), RATE_RULE_NAMES, terms.rate_rule),
        (N_("Rate of a settlement"), SETTLEMENT_RULE_NAMES, terms.settlement_rule), (N_("Bank fees are borne by"), FEE_NAMES, terms.fee_borne_by),
    )  # fmt: skip
    found = [(N_("Currency of the debt"), terms.debt_currency), (N_("Computed in"), terms.currency)]
    found.append((N_("Source of the rate"), source_name(language, SOURCES[terms.rate_source]) if terms.rate_source else None))
    found += [(label, translate(language, names[value]) if value else None) for label, names, value in chosen]
    if terms.charge_back_percent is not None:
        found.append((N_("Charged back"), formats.per_cent(language, terms.charge_back_percent)))
    if terms.notice_days is not None:
        found.append((N_("Notice"), formats.day_count(language, terms.notice_days)))
    if terms.tolerance_minor is not None and terms.debt_currency:
        found.append((N_("Tolerance per item"), formats.money(language, terms.tolerance_minor, terms.debt_currency)))
    return [(translate(language, label), text) for label, text in found if text]
