"""Bank statements, what their lines are matched with, and the proof of cash."""

from reports.i18n import N_

MESSAGES = {
    "statement_known": (
        N_("This statement was brought in before, as %(statement)s; it holds nothing new."),
        N_("Bring in the file of the days after it."),
    ),
    "statement_account": (
        N_("This file is of account %(account)s; earlier files of this account said %(expected)s."),
        N_("Choose the account that the file is of. If the bank changed the number, say so beside the file."),
    ),
    "statement_account.several": (
        N_("The file holds several accounts: %(accounts)s."),
        N_("Say which of them this account is, by its number."),
    ),
    "statement_account.absent": (
        N_("The file holds nothing of account %(account)s; it holds %(accounts)s."),
        N_("Choose one of its accounts, or another file."),
    ),
    "statement_opening": (
        N_("The statement opens at %(opening)s, but the statements kept here come to %(expected)s on the day before."),
        N_("Check that it is this account’s, and that no statement between was left out. Nothing was brought in."),
    ),
    "statement_opening.overlap": (
        N_("With the lines that came before, the account comes to %(expected)s on %(starts_on)s, but this statement closes at %(opening)s."),
        N_("The bank changed or left out lines of days that are kept already. Ask the bank for a whole statement; nothing was brought in."),
    ),
    "statement_opening.unknown": (
        N_("Neither this file nor an earlier statement says what the account held on %(starts_on)s."),
        N_("Write the opening balance beside the file."),
    ),
    "statement_gap": (
        N_("The statements kept here end on %(covered_to)s at %(expected)s; this one begins on %(starts_on)s at %(opening)s. Days are missing between."),
        N_("Bring in the statement of the days between first."),
    ),
    "statement_period_closed": (
        N_("This statement reaches before %(date)s, where the account’s reconciling begins."),
        N_("Withdraw the later statements first if an earlier one is to come, or bring in a file that begins later."),
    ),
    "statement_period_closed.reconciled": (
        N_("The account is reconciled to %(date)s, and this statement brings new lines of that time."),
        N_("Take the reconciliation back first, the last one first, or ask the bank why it changed them."),
    ),
    "statement_period_closed.no_days": (
        N_("This file does not say which days it is of, and has no lines."),
        N_("Ask the bank for a statement with its period."),
    ),
    "statement_state": (
        N_("Something of statement %(statement)s was matched, left out or reconciled."),
        N_("Undo that first; then it can be withdrawn."),
    ),
    "statement_state.withdrawn": (N_("Statement %(statement)s was withdrawn already."), N_("Read the page again.")),
    "statement_state.not_last": (
        N_("A later statement of the account rests on statement %(statement)s."),
        N_("Withdraw the later one first."),
    ),
    "start_disagrees": (
        N_("The books said %(book)s and the bank %(statement)s. What is ticked comes to %(ticked)s, which leaves %(difference)s unexplained."),
        N_("Tick every earlier entry that the bank had not seen yet. If the books begin later than the account, post an opening entry first."),
    ),
    "bank_line_state": (
        N_("This bank line was dealt with already."),
        N_("Read the page again. Undo its match first if it was wrong."),
    ),
    "bank_match_state": (N_("This was dealt with already: %(subject)s."), N_("Read the page again.")),
    "bank_match_state.no_start": (
        N_("It is not said yet where the reconciling of %(subject)s begins."),
        N_("Set its start first: which earlier entries the bank had not seen."),
    ),
    "bank_match_state.start_fixed": (
        N_("%(subject)s was reconciled since, so its start stands."),
        N_("Take its reconciliations back first, the last one first."),
    ),
    "bank_match_state.start_rests": (
        N_("Lines of %(subject)s are matched already; they rest on what was said to be in circulation at its start."),
        N_("Leave the start as it is, or undo the matches first."),
    ),
    "bank_match_state.undone": (N_("Match %(subject)s was undone already."), N_("Read the page again.")),
    "bank_match_state.reconciled": (
        N_("The account is reconciled to %(subject)s; what was matched and left out until then stands."),
        N_("Take the reconciliation back first, the last one first."),
    ),
    "bank_match_state.not_one_posting": (
        N_("Entry %(subject)s moves the account more than once, or in no way."),
        N_("Match it by hand."),
    ),
    "bank_match_uneven": (
        N_("The bank lines come to %(lines)s and the entries to %(postings)s; they differ by %(difference)s."),
        N_("Choose lines and entries that come to the same, two at least. Record a fee of the bank on its own."),
    ),
    "bank_proposal_gone": (
        N_("Part of this was matched by somebody meanwhile, or the books changed."),
        N_("Read the page again: it proposes what is still open. Nothing of this was matched."),
    ),
    "bank_rule_invalid": (
        N_("A rule needs words that the bank writes, at most %(limit)s characters."),
        N_("Write the words that come again each time, such as MONTHLY FEE."),
    ),
    "bank_rule_invalid.range": (N_("The least amount of the rule is more than its most."), N_("Turn them round, or leave one empty.")),
    "bank_rule_invalid.direction": (
        N_("A fee goes out; interest, contributions and transfers come in. No rule for one of them is for both ways."),
        N_("Choose the way that fits what the rule does."),
    ),
    "bank_rule_invalid.fund": (N_("A rule that records an entry needs the fund it is recorded in."), N_("Choose the fund.")),
    "bank_rule_invalid.union": (N_("A rule for contributions needs the union that pays them."), N_("Choose the union.")),
    "bank_rule_changed": (
        N_("Somebody changed this rule since you read it; it is at version %(version)s now."),
        N_("Read it again, then change it."),
    ),
    "still_unreconciled": (
        N_("On %(date)s, %(difference)s between the bank and the books is unexplained, by bank lines: %(count)s."),
        N_("Match them, record what is missing from the books, or leave a bank’s error out with a reason."),
    ),
    "reconciliation_order": (
        N_("Only the last reconciliation can be taken back."),
        N_("Take the later ones back first; the last is of %(other)s."),
    ),
    "reconciliation_order.earlier": (
        N_("The account is reconciled to %(other)s already."), N_("Reconcile it at a later statement’s last day.")
    ),
    "reconciliation_order.no_statement": (
        N_("No statement kept here ends on %(date)s."), N_("Reconcile the account at the last day of a statement.")
    ),
    "reconciliation_order.skipped": (
        N_("The month of the statement to %(other)s comes first."), N_("Reconcile months in their order.")
    ),
    "payer_not_reconciler": (
        N_("You recorded payments from this account in the period, so you do not reconcile it."),
        N_("Somebody else of your union’s treasury reconciles it, such as the deputy treasurer."),
    ),
}
