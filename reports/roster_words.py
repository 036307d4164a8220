"""Name the columns of rosters and of picket duty, what stands in them, and what is wrong with a cell."""

from reports.i18n import N_

COLUMN_NAMES: dict[str, str] = {
    "reference": N_("Member reference"), "name": N_("Member name"), "given_name": N_("First name"), "local": N_("Local"), "standing": N_("Standing"),
    "payroll": N_("Payroll"), "registered_on": N_("Registered on"), "other_income": N_("Other income"), "returned_on": N_("Returned to work on"),
    "crossed_on": N_("Crossed the line on"), "on_hold": N_("On hold"), "dependants": N_("Dependants"), "gross_weekly": N_("Weekly gross pay"),
    "gross_weekly_minor": N_("Weekly gross pay"), "hourly_rate": N_("Hourly rate"),
    "hourly_rate_minor": N_("Hourly rate"), "pay_method": N_("Paid by"), "pay_reference": N_("Pay reference"), "day": N_("Day"),
    "hours": N_("Hours"), "start": N_("Start"), "end": N_("End"), "late": N_("Late application"), "penalised_from": N_("Wait begins on"),
    "left_on": N_("Left the roster on"),
}  # fmt: skip
STANDINGS: dict[str, str] = {"good": N_("In good standing"), "arrears": N_("In arrears"), "not_member": N_("Not a member")}
PAYROLLS: dict[str, str] = {"active": N_("On active payroll"), "laid_off": N_("Laid off"), "leave": N_("On leave")}
OTHER_INCOMES: dict[str, str] = {
    "": N_("No other income"), "vacation": N_("Vacation pay"), "sick": N_("Sickness benefit"), "wc": N_("Workers’ compensation"),
    "ei": N_("Employment insurance"), "ltd": N_("Long-term disability"),
}  # fmt: skip
PAY_METHODS: dict[str, str] = {"cheque": N_("Cheque"), "deposit": N_("Direct deposit")}

# What is wrong with a cell, by the code of its fault; ``%(text)s`` is a figure, a date or a row's number.
FAULT_WORDS: dict[str, str] = {
    "missing": N_("is empty"),
    "too_long": N_("is too long"),
    "bad_reference": N_("is not a reference: letters, digits, hyphens, points and slashes"),
    "secret": N_("looks like a social insurance or security number, a card or a bank account, which are never kept here"),
    "unknown_local": N_("is not a local of this strike"),
    "unknown_word": N_("is a word that is not known in this column"),
    "unknown_reference": N_("is on nobody’s line of the roster"),
    "outside_strike": N_("is before the strike began"),
    "bad_date": N_("is not a date"),
    "ambiguous_date": N_("can be read as two dates; write it like 2026-11-23"),
    "future_date": N_("has not come yet"),
    "bad_number": N_("is not a whole number that fits"),
    "bad_money": N_("is not an amount"),
    "ambiguous_money": N_("can be read as two amounts; write it with its cents"),
    "bad_yes": N_("is neither yes nor no"),
    "bad_hours": N_("is not a number of hours within a day"),
    "bad_time": N_("is not a time of day"),
    "formula": N_("is a formula without its result: open the file in a spreadsheet program, save it there and send it again"),
    "total": N_("is a total and not a member: take the row out"),
    "duplicate": N_("stands in row %(text)s already"),
}
