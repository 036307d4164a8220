"""Say why a spreadsheet cannot be read or brought in. Each reason has a sentence, under ``code.reason``; none repeats what stands in a cell."""

from reports.i18n import N_

_SAVE_AGAIN = N_("Open it in a spreadsheet program, save it as XLSX or as CSV, and send that.")
_ONLY_THE_LIST = N_("Keep only the list itself, one row a member, in the first sheet, and send it again.")

MESSAGES = {
    "file_invalid": (N_("This file cannot be read as a spreadsheet."), _SAVE_AGAIN),
    "file_invalid.empty": (N_("There is nothing in the file."), N_("Send the list with its heading row.")),
    "file_invalid.too_large": (
        N_("The file is larger than %(limit)s MB, or takes more room than a list of members does."),
        _ONLY_THE_LIST,
    ),
    "file_invalid.type": (N_("This is not a CSV or XLSX file."), _SAVE_AGAIN),
    "file_invalid.password": (N_("The file is protected with a password."), N_("Save it without a password, and send that.")),
    "file_invalid.not_text": (N_("The file is not text that can be read."), _SAVE_AGAIN),
    "file_invalid.broken": (N_("The file is damaged or breaks off (row %(row)s)."), _SAVE_AGAIN),
    "file_invalid.too_many_rows": (N_("The file has more than %(limit)s rows."), _ONLY_THE_LIST),
    "file_invalid.too_many_columns": (N_("The file has more than %(limit)s columns (row %(row)s)."), _ONLY_THE_LIST),
    "file_invalid.cell_too_long": (N_("Row %(row)s: a cell holds more than %(limit)s characters."), _ONLY_THE_LIST),
    "columns_missing": (
        N_("No column of the file was named for: %(columns)s."), N_("Say which column of the file holds each of them, then look at it again."),
    ),
    "rows_invalid": (
        N_("Cells that cannot be read: %(count)s, the first in row %(row)s (%(column)s); nothing was brought in."),
        N_("Put the rows right in the file that was sent, and send it again: it is brought in whole or not at all."),
    ),
    "rows_invalid.nobody": (N_("There is no row under the heading (row %(row)s)."), N_("Send the list with its heading and a row for each member.")),
    "identifier_refused": (
        N_("This looks like a social insurance or security number, a card or a bank account (%(field)s), which are never kept here."),
        N_("Write a reference of the union or of the paying system. If it is one, put a letter before it."),
    ),
    "member_unknown": (
        N_("Nobody of that reference is on the roster of strike %(strike)s, in the locals that are yours."),
        N_("Look at the reference again, or ask who keeps the roster."),
    ),
}
