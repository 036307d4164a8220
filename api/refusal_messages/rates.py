"""Say what is wrong with a rate, a rates file or a revaluation. A file's reasons have a sentence each, under ``code.reason``."""

from reports.i18n import N_

MESSAGES = {
    "rate_missing": (
        N_("There is no %(base)s/%(quote)s rate on or before %(date)s."),
        N_("Load the Bank of Canada’s file for those days under Exchange rates, or enter the rate by hand and have it confirmed."),
    ),
    "rate_invalid": (
        N_("“%(text)s” is not an exchange rate."),
        N_("Write CAD for one USD with a decimal point and at most six decimals, such as 1.3725."),
    ),
    "rate_exists": (
        N_("There is already a rate of %(source)s for %(date)s, or one that waits for confirmation."),
        N_("Look at the rates of that day; a wrong rate from the bank’s file is corrected by a newer file."),
    ),
    "nothing_to_revalue": (
        N_("There is nothing to revalue on %(date)s: every fund’s exchange position is already zero at that day’s rate."),
        N_("There is nothing to do. If you expected a result, look whether that day’s rate and transfers are recorded."),
    ),
    "rates_file_invalid": (
        N_("This is not a usable rates file (line %(line)s)."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.empty": (
        N_("The file is empty."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.too_large": (
        N_("The file is larger than 5 MB; forty years of daily rates are less."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.not_text": (
        N_("The file is not text in UTF-8."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.not_rates": (
        N_("The file is neither the JSON nor the CSV that the Bank of Canada publishes (line %(line)s)."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.not_json": (
        N_("The JSON breaks off or is malformed at line %(line)s."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.duplicate_key": (
        N_("The JSON says “%(text)s” twice in one object."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.wrong_series": (
        N_("The file holds another series (%(text)s), not FXUSDCAD."),
        N_("Choose the daily series FXUSDCAD; the inverse series FXCADUSD is not used."),
    ),
    "rates_file_invalid.bad_date": (
        N_("Line %(line)s: “%(text)s” is not a date."),
        N_("Dates are written 2026-11-23."),
    ),
    "rates_file_invalid.future_date": (
        N_("Line %(line)s: %(text)s has not come yet."),
        N_("Download FXUSDCAD from the Bank of Canada again, as JSON or CSV, and load it unchanged."),
    ),
    "rates_file_invalid.contradiction": (
        N_("Line %(line)s: %(text)s stands in the file twice, with different rates."),
        N_("Keep the line that is right, or download the file again."),
    ),
    "rates_file_invalid.no_observations": (
        N_("The file has no rate for any day."),
        N_("Choose days on which the Bank of Canada published a rate."),
    ),
}
