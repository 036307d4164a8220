"""Say what is refused about the rules of strike support."""

from reports.i18n import N_

_BETWEEN = N_("Write a number between them.")
_CLEAR = N_("Leave it empty, or choose the other way of support.")
MESSAGES: dict[str, tuple[str, str | None]] = {
    "strike_rules_state": (
        N_("These strike rules (%(rules)s) were decided about already."), N_("Open them and see what was decided; or propose others."),
    ),
    "strike_rules_placeholder": (
        N_("Nothing is paid by the strike rules %(rules)s yet: their amounts are placeholders."),
        N_("An officer or treasurer of the union proposes the amounts that its board decided, on the page of the rules; a second person confirms them."),
    ),
    "strike_rules_invalid": (N_("These strike rules do not hold together."), N_("Look at the field it names.")),
    "strike_rules_invalid.code": (
        N_("This code cannot be used."), N_("Begin with a small letter, then small letters, digits and hyphens: 2 to 30 in all, without accents."),
    ),
    "strike_rules_invalid.text": (N_("Text is missing here, or it is too long."), N_("Write 1 to %(limit)s characters.")),
    "strike_rules_invalid.unknown": (N_("This is not one of the choices."), N_("Choose one that is offered.")),
    "strike_rules_invalid.kinds": (N_("Rules apply to one kind of dispute or more, each named once."), N_("Choose at least one.")),
    "strike_rules_invalid.range": (N_("This number is not between %(least)s and %(limit)s."), _BETWEEN),
    "strike_rules_invalid.count": (N_("Rules have 1 to %(limit)s weekly amounts."), N_("Give at least one, and no more than that.")),
    "strike_rules_invalid.mixed": (
        N_("Each weekly amount begins with a week or with a day of the strike, and all of a set in the same way."),
        N_("Count all of them in weeks, or all in days, beginning at 1."),
    ),
    "strike_rules_invalid.order": (
        N_("A weekly amount begins no later than the one before it."), N_("Put them in order, each from a later week or day than the last."),
    ),
    "strike_rules_invalid.per_day": (
        N_("Duty is paid by the day, but nothing says how long a day of duty is."), N_("Give the least time for a day, or pay by the week."),
    ),
    "strike_rules_invalid.day_alone": (
        N_("A day of duty has a least time, but neither the day nor the week depends on it."), N_("Give the least time for a week too, or pay by the day."),
    ),
    "strike_rules_invalid.only_for_locals": (N_("Only where money goes to a local does the next sum wait for an expense report."), _CLEAR),
    "strike_rules_invalid.only_for_members": (N_("A sum to a local does not depend on this: it says nothing about single members."), _CLEAR),
    "strike_rules_invalid.fixed": (
        N_("This cannot change from one version of the rules to the next: strikes under way are paid by them."),
        N_("Leave it as it was, or propose new rules under a code of their own."),
    ),
    "strike_rules_invalid.taken": (N_("This code names another union’s rules."), N_("Choose another code.")),
    "strike_rules_invalid.past": (
        N_("Rules cannot begin in the past: %(date)s is over."), N_("Choose today or a later day; a proposal whose day has passed is proposed anew."),
    ),
    "strike_rules_invalid.far": (N_("%(date)s is too far away."), N_("Choose an earlier day.")),
    "strike_rules_invalid.overtaken": (
        N_("Rules that begin on %(date)s are confirmed already, and newer ones cannot begin before them."), N_("Choose a later day."),
    ),
    "strike_rules_invalid.unchanged": (N_("This says what the latest confirmed rules say already."), N_("Change what should be different.")),
    "strike_rules_invalid.hourly": (
        N_("Where a day is paid by the hourly rate, there are no weekly amounts, and none after the end."),
        N_("Leave the weekly amounts and the payment after the end out, or write 0 here."),
    ),
    "strike_rules_invalid.many": (N_("Rules have at most %(limit)s extra cheques."), N_("Leave some of them out.")),
    "strike_rules_invalid.cheque_day": (
        N_("The day of an extra cheque is neither a date nor a day of every year."), N_("Write 2026-12-18 for one date, or 12-18 for every year."),
    ),
    "strike_rules_invalid.by_week": (N_("A sum to a local is paid by the week."), N_("Count its weekly amounts in weeks.")),
}
