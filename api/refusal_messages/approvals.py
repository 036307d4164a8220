"""Say what is refused about approval rules."""

from reports.i18n import N_

_LINES = N_("Look at the rule it names, and at the ones beside it.")
_DAY = N_("Choose a later day.")
MESSAGES: dict[str, tuple[str, str | None]] = {
    "matrix_missing": (
        N_("No approval rules were in force on %(date)s."), N_("Choose a later day. Books have rules from the day they are set up."),
    ),
    "matrix_state": (
        N_("These approval rules (R-%(number)s) were decided about already."), N_("Open them and see what was decided; or propose others."),
    ),
    "matrix_invalid": (N_("These approval rules do not hold together."), _LINES),
    "matrix_invalid.past": (
        N_("Rules cannot begin in the past: %(date)s is over."), N_("Choose today or a later day; a proposal whose day has passed is proposed anew."),
    ),
    "matrix_invalid.far": (N_("%(date)s is too far away."), N_("Choose an earlier day.")),
    "matrix_invalid.overtaken": (N_("Rules that begin on %(date)s are confirmed already, and newer ones cannot begin before them."), _DAY),
    "matrix_invalid.unchanged": (N_("This says what the latest confirmed rules say already."), N_("Change what should be different.")),
    "matrix_invalid.no_rule": (
        N_("No rule for all funds begins at zero (%(kind)s), so small amounts would have none."), N_("Add one whose amount is 0."),
    ),
    "matrix_invalid.twice": (N_("Two rules of one kind and fund begin at the same amount (%(kind)s)."), N_("Remove one of them, or change its amount.")),
    "matrix_invalid.one_sided": (
        N_("A rule would let one union spend what is both’s, or ask nobody at all (%(kind)s)."),
        N_("Ask for officers, for the secretary-treasurers, or for the board of each union."),
    ),
    "matrix_invalid.below_zero": (N_("A rule begins below zero (%(kind)s)."), N_("Write 0 or more.")),
    "matrix_invalid.officers": (N_("A rule asks for a number of officers that cannot be (%(kind)s)."), N_("Write a number from 0 to %(limit)s.")),
    "matrix_invalid.many": (N_("These are too many rules: at most %(limit)s fit."), N_("Remove some.")),
    "matrix_invalid.boards": (N_("The seats and the quorum of each union’s board are needed, once each."), N_("Give them for every union.")),
    "matrix_invalid.quorum": (
        N_("More votes would make a quorum than the board has seats, or none."), N_("Write a quorum from 1 to the number of seats."),
    ),
    "matrix_invalid.percent": (N_("This share is not between 0 and 100 percent."), N_("Write it with at most two decimals.")),
    "matrix_invalid.split_days": (N_("These days are not between %(least)s and %(limit)s."), N_("Write a number between them.")),
    "matrix_invalid.draw_days": (N_("These days are not between %(least)s and %(limit)s."), N_("Write a number between them.")),
    "matrix_invalid.remind_days": (N_("These days are not between %(least)s and %(limit)s."), N_("Write a number between them.")),
    "same_union.approval_rules": (
        N_("%(subject)s was proposed by your own union; it takes an officer of the other one."),
        N_("Ask an officer of the other union to decide: it is on their first page."),
    ),
}
