"""Name the columns of a bank's or a ledger's sheet, the formats of bank files, and what is wrong with a cell."""

from reports.i18n import N_
from reports.roster_words import FAULT_WORDS as ROSTER_FAULT_WORDS

FORMAT_NAMES: dict[str, str] = {
    "ofx": N_("OFX or QFX"), "camt053": N_("camt.053 (ISO 20022)"), "mt940": N_("MT940 (SWIFT)"), "bai2": N_("BAI2"), "csv": N_("CSV or XLSX"),
}  # fmt: skip
COLUMN_NAMES: dict[str, str] = {
    "date": N_("Date"), "value_date": N_("Value date"), "amount": N_("Amount"), "money_in": N_("Money in"), "money_out": N_("Money out"),
    "direction": N_("In or out"), "text": N_("Text"), "more_text": N_("More text"), "reference": N_("Reference"), "bank_id": N_("The bank’s number"),
    "cheque": N_("Cheque number"), "counterparty": N_("Counterparty"), "balance": N_("Running balance"), "currency": N_("Currency"),
    "account": N_("Account"), "code": N_("Kind of transaction"), "document": N_("Document number"),
}  # fmt: skip
DAY_ORDER_NAMES: dict[str, str] = {
    "iso": N_("Year, month, day (2026-11-23)"), "dmy": N_("Day, month, year (23/11/2026)"), "mdy": N_("Month, day, year (11/23/2026)"),
    "words": N_("Month in words (23 Nov 2026)"),
}  # fmt: skip

# What is wrong with a cell, by the code of its fault.
FAULT_WORDS: dict[str, str] = {
    **{code: ROSTER_FAULT_WORDS[code] for code in ("missing", "bad_date", "ambiguous_date", "bad_money", "formula")},
    "bad_currency": N_("is not a currency"),
    "bad_direction": N_("says neither debit nor credit"),
    "two_amounts": N_("stands beside money in: a row has one or the other"),
    "balance_differs": N_("is not the balance before it and the amount"),
}
