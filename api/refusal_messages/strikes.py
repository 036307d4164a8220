"""Say what is refused of strike support: in which state, by whom, for which week, and what would let it pass."""

from reports.i18n import N_

_SEE_STRIKE = N_("Open the strike: it says how it stands, and what can be done now and by whom.")
_SEE_RUN = N_("Open the run: it says how it stands, and what can be done now and by whom.")

MESSAGES: dict[str, tuple[str, str | None]] = {
    "threshold_invalid": (N_("This threshold does not hold together."), N_("Look at the field it names.")),
    "threshold_invalid.code": (
        N_("This code cannot be used."), N_("Begin with a small letter, then small letters, digits and hyphens: 2 to 40 in all, without accents."),
    ),
    "threshold_invalid.amount_missing": (
        N_("What is compared with it is money, and no amount is given."), N_("Write the amount, and choose its currency."),
    ),
    "threshold_invalid.amount_unused": (N_("What is compared with it are days alone, not money."), N_("Leave the amount out.")),
    "threshold_invalid.days_missing": (N_("What is compared with it counts days, and none are given."), N_("Write after how many days it is reached.")),
    "threshold_invalid.days_unused": (N_("What is compared with it counts no days."), N_("Leave the days out.")),
    "threshold_invalid.days": (N_("Days are from 1 to %(limit)s."), N_("Write a number of days in between.")),
    "threshold_invalid.order": (
        N_("Its last day (%(date)s) is before its first (%(first)s)."), N_("Choose a last day on or after the first, or leave it out."),
    ),
    "threshold_state": (
        N_("Threshold %(threshold)s was decided about already, or one of its name waits for a decision."),
        N_("Open the thresholds: the list says how each stands. Enter a new one if it should change."),
    ),
    "statement_request_answered": (
        N_("Request %(number)s was answered on %(date)s."), N_("Open the list of requests: it says how each was answered."),
    ),
    "strike_state": (N_("Strike %(strike)s is not in a state that allows this."), _SEE_STRIKE),
    "strike_model": (
        N_("The rules of strike %(strike)s pay in the other shape."),
        N_("Where members are paid, make a weekly run; where the local is paid, make an advance. The strike’s rules say which."),
    ),
    "strike_not_authorised": (
        N_("Strike %(strike)s is not authorised by both unions yet, so no money leaves for it."),
        N_("An officer of each union records what their board or officers decided, on the strike’s page."),
    ),
    "strike_unsettled": (
        N_("Strike %(strike)s cannot be closed yet: %(subjects)s still wait for something."),
        N_(
            "Close or cancel each run, and account for each advance. What a run paid too much is paid back or written off: the member’s line in "
            "that run offers both. What it paid too little is paid by one more run. Then close the strike."
        ),
    ),
    "week_invalid": (
        N_("Week %(week)s of strike %(strike)s cannot be paid: its payable weeks are %(first)s to %(last)s so far."),
        N_("Choose a week that has begun, in which the rules pay something and the strike was on."),
    ),
    "week_invalid.early": (
        N_("Nothing can be paid yet in strike %(strike)s: by its rules, support begins in week %(first)s."),
        N_("Come back when week %(first)s has begun."),
    ),
    "week_invalid.report": (
        N_("A report of week %(week)s of strike %(strike)s cannot be filed: the weeks so far are %(first)s to %(last)s."),
        N_("Choose a week that has begun and in which the strike was on."),
    ),
    "member_changed": (
        N_("%(by)s changed this member of strike %(strike)s after you opened the form."),
        N_("Look at what is said of the member now. What you typed is still here; sending it again puts it in place of that."),
    ),
    "roster_empty": (N_("Nobody is on the roster of strike %(strike)s."), N_("Import the roster first; the strike’s page leads there.")),
    "run_state": (N_("Run %(run)s is not in a state that allows this."), _SEE_RUN),
    "run_exists": (N_("Week %(week)s has run %(run)s already."), N_("Open that run, or cancel it while it is not paid.")),
    "run_changed": (
        N_("Run %(run)s was computed again since you read it."), N_("Read its figures as they are now, then decide about those."),
    ),
    "run_changed.roster": (
        N_("What run %(run)s rests on changed since it was computed: the roster, the duty, or what members owe."),
        N_("Have it computed again (one that was submitted is sent back first), then decide about its new figures."),
    ),
    "nothing_changed": (
        N_("Nothing of run %(run)s changed since it was computed, or it is taken up already."), N_("Open the run: it says what changed, if anything did."),
    ),
    "keeper_not_approver": (
        N_("You brought in or changed the roster or the duty that run %(run)s rests on, so you do not approve it."),
        N_("Another officer or treasurer of your union approves it: one who changed neither since the strike’s last approved run."),
    ),
    "week_not_over": (
        N_("Week %(week)s lasts until %(ends_on)s, so run %(run)s cannot be submitted yet."),
        N_("Once that day is over, compute it again with the duty of the whole week, then submit it. Rules that pay ahead say so."),
    ),
    "run_empty": (
        N_("Nobody is paid by run %(run)s."),
        N_("Look at the reasons in its exceptions. If they are right, cancel the run: a week without payments needs none."),
    ),
    "payment_state": (
        N_("This payment of run %(run)s is not in a state that allows this."), N_("Read the payment’s history on the run’s page."),
    ),
    "payments_open": (
        N_("%(count)s payments of run %(run)s are still out."),
        N_("Mark them as cleared, stop and reissue them, or move them to unclaimed; then the run can be closed."),
    ),
    "cheque_number_taken": (
        N_("Cheque number %(number)s was written already."), N_("Give the first number of cheques that are still blank."),
    ),
    "advance_state": (
        N_("Advance %(advance)s is not in a state that allows this."), N_("Open it: it says how it stands, and what can be done now."),
    ),
    "advance_exists": (
        N_("The local has advance %(advance)s for week %(week)s."), N_("Open that advance, or cancel it while it is not paid."),
    ),
    "advance_held": (
        N_("The advance for week %(week)s to local %(local)s is held back."),
        N_("The strike’s page says why, and who can mend it."),
    ),
    "advance_held.missing_expense_report": (
        N_("The advance for week %(week)s to local %(local)s is held back: the local’s expense report of week %(report_week)s is missing."),
        N_("File the local’s report of that week; the advance can go on as soon as it is there."),
    ),
    "advance_held.on_hold": (
        N_("The advance for week %(week)s to local %(local)s was put on hold."),
        N_("Who put it on hold said why; they or an officer of the union let it go."),
    ),
    "report_state": (
        N_("The expense report of local %(local)s for week %(week)s is not in a state that allows this."),
        N_("Open the local’s advances: each report says how it stands."),
    ),
    "more_than_left": (
        N_("This is more than is left of %(subject)s: %(left)s."), N_("Enter what is left, or less."),
    ),
    "more_than_left.instalments": (
        N_("The instalments come to more than the loan, which is of no more than %(left)s."), N_("Make them smaller, or the loan larger."),
    ),
    "more_than_left.advances": (
        N_("This is more than local %(subject)s has still to account for: %(left)s."), N_("Enter that amount, or less."),
    ),
    "maker_not_checker.preparer": (
        N_("You prepared %(request)s, so you do not approve it."), N_("Another officer or treasurer of your union approves it."),
    ),
    "maker_not_checker.filer": (
        N_("You filed expense report %(request)s, so you do not decide about it."), N_("Another officer or treasurer of your union does."),
    ),
    "grant_state": (
        N_("Grant %(grant)s is not in a state that allows this."), N_("Open it: it says how it stands, and what can be done now."),
    ),
}
