"""Say what is refused of what the unions lend and owe each other, and what would let it pass."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "step_state": (
        N_("Step %(step)s is not in a state that allows this."),
        N_("Open the step: it says how it stands, and which union decides."),
    ),
    "own_fund_needed": (
        N_("Say which fund of your own book step %(step)s is recorded in."),
        N_("Choose your union’s fund: the other union chose only its own."),
    ),
    "record_needed": (
        N_("Say what is paid: a settlement names the record that it settles."),
        N_("The oldest that is still to settle is %(record)s."),
    ),
    "proposer_gone": (
        N_("%(person)s, who proposed step %(step)s, may no longer act for their union, so nothing was recorded."),
        N_("Decline the step; a treasurer of the other union proposes it again."),
    ),
    "agreement_state": (
        N_("Agreement %(agreement)s is not in a state that allows this."),
        N_("Open the agreement: it says how each of its versions stands, and which union decides."),
    ),
    "agreement_state.late": (
        N_("The last day that was proposed for agreement %(agreement)s has passed."),
        N_("Reject the proposal; the union that made it can propose a later day."),
    ),
    "notice_too_short": (
        N_("Agreement %(agreement)s fixes a notice of %(days)s days, so your union alone ends it on %(earliest)s at the earliest."),
        N_("Choose that day or a later one. A new version that ends sooner needs the other union’s consent."),
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
    "average_too_early": (
        N_("The days from %(starts_on)s to %(ends_on)s are not over, so their rates have no mean yet."),
        N_("It can be computed from %(computable_on)s on, once the rates of all those days are loaded."),
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
    "resolution_recorded": (
        N_("Resolution %(resolution)s of that board is recorded for loan %(loan)s already."),
        N_("Look at the loan’s page: what is left of it can be used. A further resolution has a number of its own."),
    ),
    "maker_not_checker.recorder": (
        N_("You recorded the board’s resolution about loan %(request)s, so you neither propose nor accept what rests on it."),
        N_("Another treasurer of your union does."),
    ),
    "resource_state": (
        N_("Resource %(resource)s is not in a state that allows this."),
        N_("Its owner says on its page whether it is offered; a withdrawn resource can be offered again."),
    ),
    "resource_state.booked": (
        N_("Bookings rest on resource %(resource)s: its unit, its currency, its distance unit and whether it is booked whole stay as they are."),
        N_("Withdraw it and offer it as a new resource; what is booked stays booked."),
    ),
    "resource_taken": (
        N_("Resource %(resource)s is taken from %(first)s to %(last)s by booking %(booking)s; nothing as long is free before it is withdrawn."),
        N_("Choose other days or another resource; the search shows what is free on each day."),
    ),
    "resource_taken.later": (
        N_("Resource %(resource)s is taken from %(first)s to %(last)s by booking %(booking)s. As long a stretch is free from %(free_from)s."),
        N_("Choose other days or another resource; the search shows what is free on each day."),
    ),
    "resource_taken.window": (
        N_("Booking %(booking)s of resource %(resource)s, from %(first)s to %(last)s, lies outside of those days."),
        N_("Decline or call the booking off first, or offer the resource for longer."),
    ),
    "resource_full": (
        N_("Of resource %(resource)s there are %(left)s left on %(day)s, and %(wanted)s are asked for."),
        N_("Ask for fewer, or choose other days; the search shows what is free on each day."),
    ),
    "resource_full.later": (
        N_("Of resource %(resource)s there are %(left)s left on %(day)s, and %(wanted)s are asked for. As many are free from %(free_from)s."),
        N_("Ask for fewer, or choose other days; the search shows what is free on each day."),
    ),
    "resource_full.capacity": (
        N_("Of resource %(resource)s, %(wanted)s are booked on %(day)s, and fewer would be left."),
        N_("Keep as many as are booked, or call a booking off first."),
    ),
    "resource_not_offered": (
        N_("Resource %(resource)s is offered from %(offered_from)s to %(offered_to)s."),
        N_("Choose days between these; its owner can offer it for longer."),
    ),
    "resource_not_offered.open": (
        N_("Resource %(resource)s is offered from %(offered_from)s on."),
        N_("Choose days from then on; its owner can offer it for longer."),
    ),
    "resource_rate_missing": (
        N_("Resource %(resource)s has no rate that holds on %(day)s, so what was delivered then has no value yet."),
        N_("Its owner adds a rate from that day or an earlier one on the resource’s page."),
    ),
    "booking_state": (
        N_("Booking %(booking)s is not in a state that allows this."),
        N_("Open the booking: it says how it stands, and what can be done now and by whom."),
    ),
    "booking_state.delivered": (
        N_("Something was already delivered of booking %(booking)s on days that this would leave out."),
        N_("Withdraw the delivery first, or keep its days in the booking."),
    ),
    "booking_state.to_come": (
        N_("Booking %(booking)s has not begun yet."),
        N_("Say that it is over once it has begun; until then it can be called off or moved."),
    ),
    "delivery_state": (
        N_("Delivery %(delivery)s is not in a state that allows this."),
        N_("Open the delivery: it says how it stands, and what can be done now and by whom."),
    ),
    "delivery_state.charged_back": (
        N_("Delivery %(delivery)s is charged back by step %(step)s."),
        N_("Undo the step in both books first, or have it declined while it waits."),
    ),
    "delivery_state.not_valued": (
        N_("Delivery %(delivery)s has no value that could be charged back."),
        N_("Charge back deliveries that were valued, of what one union lent the other."),
    ),
    "delivery_changed": (
        N_("Delivery %(delivery)s was corrected since you read it; it is at revision %(revision)s now."),
        N_("Read it again, then decide."),
    ),
    "delivery_exists": (
        N_("Delivery %(delivery)s of booking %(booking)s holds %(day)s already."),
        N_("Correct that delivery, or leave the day out here."),
    ),
}
