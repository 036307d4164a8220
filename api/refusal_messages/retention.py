"""Say what a hold keeps, and why a filing or a hold cannot be as asked."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "hold_stands": (
        N_("Hold %(hold)s stands on strike %(strike)s, so its names and files stay."),
        N_("Let the hold go first, on the page of retention: one person of each union for a hold on everything, else two people of its union."),
    ),
    "hold_state": (N_("Hold %(hold)s does not stand any more."), N_("Place a new one if something is to be kept.")),
    "hold_state.said": (N_("You said already that hold %(hold)s may go."), N_("Another person has to say so too; the page of retention says who.")),
    "hold_state.nobody_said": (N_("Nobody said that hold %(hold)s may go, so it stays."), N_("There is nothing to do.")),
    "hold_state.exists": (
        N_("Your union placed hold %(hold)s on the same and for the same reason already, and it stands."),
        N_("It is in the list of holds on the page of retention; give another reason where a second one is meant."),
    ),
    "filing_state": (N_("Filing %(filing)s was corrected already."), N_("Correct the record that holds instead of it.")),
    "filing_state.exists": (
        N_("That report of that fiscal year is recorded already: filing %(filing)s."), N_("Correct that record if its days are wrong."),
    ),
}  # fmt: skip
