"""Say why a bank's file is not taken: which line, what is wrong with it, what to do. Each reason has a sentence, under ``code.reason``."""

from reports.i18n import N_

_AGAIN = N_("Download the statement from the bank again and send it unchanged. If it is refused again, ask the bank for another format.")
_OTHER_FORMAT = N_("Ask the bank for OFX, camt.053, MT940, BAI2 or CSV, whichever it has, and send that.")
_SHORTER = N_("Download a shorter period, and send one file after the other.")
_SAVE_AGAIN = N_("Open it in a spreadsheet program, save it as XLSX or as CSV, and send that.")
_OF_DAYS = N_("Download the statement of finished days, with booked transactions only.")

MESSAGES = {
    "sheet_doubtful": (N_("This sheet can be read in two ways."), N_("Say how it is read, and look at its first lines.")),
    "sheet_doubtful.columns": (
        N_("The sheet does not say which column holds the day and which the amount."), N_("Say which column holds what, and look at its first lines.")
    ),
    "sheet_doubtful.day_order": (
        N_("The dates of this sheet can be read in two ways: day or month first."), N_("Say how its dates are written, and look at its first lines.")
    ),
    "sheet_doubtful.decimal_sign": (
        N_("The amounts of this sheet can be read in two ways: nothing tells a thousand from three decimals."),
        N_("Say which sign stands before the cents, and look at its first lines."),
    ),
    "statement_file_invalid": (N_("This is not a bank statement that can be read (line %(line)s)."), _AGAIN),
    "statement_file_invalid.empty": (N_("There is nothing in the file."), _AGAIN),
    "statement_file_invalid.too_large": (N_("The file is larger than %(limit)s MB."), _SHORTER),
    "statement_file_invalid.too_many_lines": (N_("The file has more than %(limit)s lines of statements."), _SHORTER),
    "statement_file_invalid.too_many_statements": (N_("The file has more than %(limit)s statements."), _SHORTER),
    "statement_file_invalid.type": (N_("This is none of the kinds of file that banks send."), _OTHER_FORMAT),
    "statement_file_invalid.password": (N_("The file is protected with a password."), N_("Save it without a password, and send that.")),
    "statement_file_invalid.profile_missing": (
        N_("This sheet does not say by itself how it is to be read."),
        N_("Say which column holds what, and how its dates and amounts are written, then send it again."),
    ),
    "statement_file_invalid.not_text": (N_("Line %(line)s holds signs that no text has."), _AGAIN),
    "statement_file_invalid.encoding": (N_("Line %(line)s is not written in the encoding that the file declares (%(text)s)."), _AGAIN),
    "statement_file_invalid.entities": (
        N_("The file declares entities or a document type of its own (line %(line)s), which no bank does."),
        N_("Do not open it elsewhere. Download the statement from the bank itself."),
    ),
    "statement_file_invalid.too_deep": (N_("Line %(line)s is nested deeper than %(limit)s elements, which no statement is."), _AGAIN),
    "statement_file_invalid.broken": (N_("The file is damaged at line %(line)s."), _AGAIN),
    "statement_file_invalid.truncated": (N_("The file breaks off after line %(line)s."), _AGAIN),
    "statement_file_invalid.no_statement": (N_("There is no statement of a bank account in the file."), _OTHER_FORMAT),
    "statement_file_invalid.no_lines": (
        N_("There is no row with an amount under the heading (row %(line)s)."),
        N_("Look whether the columns and the heading row are the right ones, then send it again."),
    ),
    "statement_file_invalid.intraday": (N_("This is a report within the day or a single notice, not a statement (line %(line)s)."), _OF_DAYS),
    "statement_file_invalid.bank_error": (N_("The bank answered with an error (%(text)s) in place of a statement (line %(line)s)."), _AGAIN),
    "statement_file_invalid.field_missing": (N_("Something is missing at line %(line)s: %(text)s."), _AGAIN),
    "statement_file_invalid.bad_date": (N_("Line %(line)s: “%(text)s” is not a date."), _AGAIN),
    "statement_file_invalid.bad_amount": (N_("Line %(line)s: “%(text)s” is not an amount in its currency."), _AGAIN),
    "statement_file_invalid.bad_currency": (N_("Line %(line)s: “%(text)s” is not a currency."), _AGAIN),
    "statement_file_invalid.bad_sign": (N_("Line %(line)s says neither debit nor credit (%(text)s)."), _AGAIN),
    "statement_file_invalid.bad_code": (
        N_("Line %(line)s: the type code %(text)s tells neither a credit nor a debit."),
        N_("Ask the bank what this code means, or for another format."),
    ),
    "statement_file_invalid.bad_record": (N_("Line %(line)s is not the record or field that belongs there (%(text)s)."), _AGAIN),
    "statement_file_invalid.line_currency": (
        N_("Line %(line)s is in another currency (%(text)s) than its account."),
        N_("Ask the bank for a statement of one account in its own currency."),
    ),
    "statement_file_invalid.page_missing": (
        N_("A page of statement %(text)s is missing: its first has no opening balance or its last no closing balance."),
        N_("Send all pages of the statement in one file, in their order."),
    ),
    "statement_file_invalid.too_many_columns": (N_("The sheet has more than %(limit)s columns (row %(line)s)."), _SAVE_AGAIN),
    "statement_file_invalid.cell_too_long": (N_("Row %(line)s: a cell holds more than %(limit)s characters."), _SAVE_AGAIN),
    "statement_file_invalid.sum_too_large": (N_("The file’s figures come to more than %(limit)s, which no account holds."), _AGAIN),
    "statement_totals": (N_("Line %(line)s: the file states %(stated)s and holds %(found)s."), _AGAIN),
    "statement_totals.control_total": (N_("Line %(line)s: the control total is %(stated)s, the amounts before it make %(found)s."), _AGAIN),
    "statement_totals.records": (N_("Line %(line)s: the file states %(stated)s records and holds %(found)s."), _AGAIN),
    "statement_totals.accounts": (N_("Line %(line)s: the file states %(stated)s accounts and holds %(found)s."), _AGAIN),
    "statement_totals.groups": (N_("Line %(line)s: the file states %(stated)s groups and holds %(found)s."), _AGAIN),
    "statement_currency": (
        N_("The statement of account %(account)s is in %(currency)s, the account of the books in %(account_currency)s."),
        N_("Choose the account that the statement is of, or the statement of this account."),
    ),
    "statement_dates": (
        N_("Line %(line)s is of %(date)s, outside the statement, which goes from %(starts_on)s to %(ends_on)s."),
        _AGAIN,
    ),
    "statement_unbalanced": (
        N_("Opening %(opening)s and %(count)s lines of %(lines)s do not make the closing %(closing)s: the difference is %(difference)s."),
        N_("A line or a page is missing, or stands there twice. Compare with the bank’s own page, download it again and send it unchanged."),
    ),
}
