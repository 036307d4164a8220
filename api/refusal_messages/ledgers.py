"""Say what is refused of the unions' own ledgers and of comparing them, and what would let it pass."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "text_invalid.both_languages": (
        N_("The paragraph stands in both languages or in neither; in one of them it is missing."), N_("Write it in the other language too, or empty both."),
    ),
    "member_page_state": (
        N_("Version %(page)s of the members’ page is not in a state that allows this."),
        N_("Open it: it says how it stands. A new version can be made of the quarter at any time."),
    ),
    "member_page_state.not_over": (
        N_("The quarter %(page)s is not over, so its page cannot be made yet."), N_("Choose a quarter whose last day has passed."),
    ),
    "member_page_state.approved": (
        N_("Your union has already approved version %(page)s of the members’ page."), N_("It waits for a national officer of the other union."),
    ),
    "extract_account_unsaid": (
        N_("Nobody has said what account %(account)s in %(currency)s is about."),
        N_("Choose what it is about. Ignore what is not joint: nothing of it is kept."),
    ),
    "extract_balance_missing": (
        N_("A balance of account %(account)s in %(currency)s is missing: no row of the file says it."),
        N_("Type its balance before the first row and at the cut-off, a credit with a minus sign."),
    ),
    "extract_unbalanced": (
        N_("Account %(account)s: opening %(opening)s and rows %(rows)s make %(expected)s, but the closing balance says %(closing)s."),
        N_("Put the file or the balance right: nothing is kept until opening and rows make the closing balance."),
    ),
    "comparison_changed": (
        N_("The ledgers were changed or compared anew since comparison %(comparison)s."),
        N_("Compare again, look at what it finds now, and agree to that."),
    ),
    "unexplained_left": (
        N_("%(unexplained)s of comparison %(comparison)s is unexplained; %(tolerance)s is the most that may be."),
        N_("Say why each difference is there, or put it right in the ledger that is wrong; then compare again."),
    ),
    "difference_state": (
        N_("Difference %(difference)s is not in a state that allows this."),
        N_("Open the difference: it says how it stands. What is resolved opens again by itself if it is found at a later cut-off."),
    ),
    "difference_state.unexplained": (
        N_("Nobody has said why difference %(difference)s exists, so it cannot be resolved."),
        N_("Say first why it differs: give it a class. Then both treasurers may agree with it listed, or it is resolved with a reason."),
    ),
    "rows_invalid.no_account": (
        N_("No account of the file is joint, so there is nothing to keep."), N_("Say what at least one account is about, and look at it again."),
    ),
}
