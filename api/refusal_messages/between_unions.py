"""Say what is refused of what the unions lend and owe each other, and what would let it pass."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "step_state": (
        N_("Step %(step)s is not in a state that allows this."),
        N_("Open the step: it says how it stands, and which union decides."),
    ),
    "proposer_gone": (
        N_("%(person)s, who proposed step %(step)s, may no longer act for their union, so nothing was recorded."),
        N_("Decline the step; a treasurer of the other union proposes it again."),
    ),
    "agreement_state": (
        N_("Agreement %(agreement)s is not in a state that allows this."),
        N_("Open the agreement: it says how each of its versions stands, and which union decides."),
    ),
    "agreement_incomplete": (
        N_("Agreement %(agreement)s does not name %(terms)s, so nothing can be computed under it."),
        N_("Propose a new version of the agreement that names what is missing; once the other union confirms it, compute again."),
    ),
    "agreement_not_in_force": (
        N_("No version of agreement %(agreement)s holds on %(date)s."),
        N_("Open the agreement: it says from when to when each version holds. What holds longer or earlier is a new version."),
    ),
    "membership_missing": (
        N_("No number of members is certified for %(unions)s by %(date)s."),
        N_("An officer or the treasurer of that union certifies it under Equalisation; then compute again."),
    ),
    "rates_incomplete": (
        N_("Rates are missing between %(starts_on)s and %(ends_on)s (%(source)s), the source that the agreement names."),
        N_("Load the rates of these days under Exchange rates; then compute again."),
    ),
    "joint_cost_state": (
        N_("Joint cost %(cost)s is not in a state that allows this."),
        N_("Open the joint cost: it says how it stands. What an equalisation took changes only once that is declined, withdrawn or undone."),
    ),
    "nothing_to_equalise": (
        N_("No joint cost from %(starts_on)s to %(ends_on)s is agreed by both unions and still to be shared."),
        N_("Record the joint costs that your union paid, and agree to the other union’s; then compute again."),
    ),
    "equalisation_state": (
        N_("Equalisation %(equalisation)s is not in a state that allows this."),
        N_("Open the equalisation: it says how it stands, and which union decides."),
    ),
    "equalisation_exists": (
        N_("Equalisation %(equalisation)s has days of this period already."),
        N_("Choose another period; or have that one declined, withdrawn or undone first, and compute again."),
    ),
    "loan_state": (
        N_("Loan %(loan)s is not in a state that allows this."),
        N_("Open the loan: it says how it stands, and what can be done now and by whom."),
    ),
    "resolution_missing": (
        N_("The lender’s board has resolved to forgive no more than %(resolved)s of loan %(loan)s by that day."),
        N_("One of the lender’s officers records the board’s resolution on the loan’s page; then a treasurer proposes the step."),
    ),
}
