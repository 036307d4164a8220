"""Name what equalisation says: states of joint costs and of equalisations, and the rule of the average."""

from ledger.domain.agreed_rates import RateUsed
from reports import formats
from reports.i18n import N_, translate
from reports.present import source_name

# State: its word, and the kind of its chip.
COST_STATES = {
    "claimed": (N_("waits for the other union"), "wait"), "agreed": (N_("agreed"), "good"), "disputed": (N_("disputed"), "bad"),
    "withdrawn": (N_("no longer claimed"), ""),
}  # fmt: skip
STATES = {
    "proposed": (N_("waits for the other union"), "wait"), "agreed": (N_("in both books"), "good"), "declined": (N_("declined"), "bad"),
    "withdrawn": (N_("withdrawn"), ""), "reversed": (N_("undone in both books"), ""),
}  # fmt: skip
AVERAGE_RULE = N_(
    "The average is the mean of the numbers certified for days in the period, of each day the latest; where none is, the last one before the period."
)
SHARES_RULE = N_("Each share is cut to the cent; cents left over go one by one to the largest remainders, so that shares add up.")


def rate_used(language: str, rate: RateUsed | None) -> str:
    """``1.3750, mean of 65 daily rates from April 1 to June 30, 2026 (Bank of Canada)``; nothing where none is needed."""
    if rate is None:
        return ""
    said = {"rate": formats.rate(language, rate.value), "source": source_name(language, rate.source), "day": formats.date_long(language, rate.last)}
    if rate.days == 1:
        return translate(language, "%(rate)s of %(day)s (%(source)s)", **said)
    first, count = formats.date_long(language, rate.first), formats.count(language, rate.days)
    return translate(language, "%(rate)s, mean of %(count)s daily rates from %(first)s to %(day)s (%(source)s)", **said, first=first, count=count)
