"""Say what is refused about funds, accounts and locals."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "fund_unknown": (N_("There is no fund %(fund)s."), N_("Choose a fund from the list.")),
    "fund_closed": (
        N_("Fund %(fund)s takes no money: it is closed, or not confirmed by both unions yet."),
        N_("Choose an open fund; a proposed one opens when the other union’s treasurer confirms it."),
    ),
    "fund_exists": (N_("There is already a fund %(fund)s."), N_("Choose another code.")),
    "fund_state": (
        N_("This is not possible: fund %(fund)s is no longer, or not yet, in a state that allows it."),
        N_("Open the fund and see what was done in the meantime."),
    ),
    "fund_not_empty": (
        N_("Fund %(fund)s still has %(balance)s in %(account)s, and a fund closes at zero."),
        N_("Pay it out or move it to another fund first."),
    ),
    "not_allowed": (N_("Your role does not allow this."), N_("Ask your union’s administrator which role may do it.")),
    "not_allowed.no_role": (
        N_("No role of yours is in force today, so there is nothing here for you yet."), N_("Ask your union’s administrator for a term of office."),
    ),
    "same_person": (
        N_("This takes a second person: whoever proposed or entered it cannot also confirm it."), N_("Ask a colleague who may confirm it."),
    ),
    "same_union": (
        N_("%(subject)s was proposed by your own union; it takes a treasurer of the other one."),
        N_("Ask the other union’s treasurer to confirm it: it is on their first page."),
    ),
    "account_unknown": (N_("There is no account %(account)s."), N_("Choose an account from the list.")),
    "account_closed": (N_("Account %(account)s was closed on %(closed_on)s."), N_("Choose an open account, or an earlier date.")),
    "account_unfit": (
        N_("Account %(account)s cannot be used for this (it needs: %(needs)s)."),
        N_("A path is 2 to 6 words joined by colons, such as Expense:Travel; a bank account’s path begins with Assets:Bank."),
    ),
    "text_invalid.fund_code": (
        N_("A fund’s code is 2 to 12 capitals, digits and hyphens, and begins with a letter."), N_("Write one such as HALL or POL-US."),
    ),
    "account_unfit.no_rule": (
        N_("Account %(account)s is one that the books’ own rules post to, so it stays open."), N_("Close an account that you or the other union opened."),
    ),
    "account_unfit.bank": (
        N_("Account %(account)s is not a joint bank account in a union’s care."), N_("Choose one of the bank accounts in the list."),
    ),
    "account_unfit.in_transit": (
        N_("What is in transit moves only with its transfer."), N_("Record a transfer, confirm it, or take it back; not an entry of its own."),
    ),
    "account_unfit.pledges": (
        N_("What is pledged moves only with its pledge."), N_("Record the pledge, the money on it, or its cancellation; not an entry of its own."),
    ),
    **dict.fromkeys(
        ("account_unfit.encumbrances", "account_unfit.encumbrance_reserve"),
        (N_("What is set aside moves only with its request."), N_("Approve, pay, close or take back on the request; not an entry of its own.")),
    ),
    "account_exists": (N_("There is already an account %(account)s."), N_("Choose another path or currency.")),
    "account_not_empty": (
        N_("Account %(account)s still has %(balance)s in fund %(fund)s, and an account closes at zero."),
        N_("Bring it to zero in every fund first."),
    ),
    "local_exists": (N_("The union already has a local %(local)s."), N_("Choose another number.")),
    "wrong_currency.amount": (N_("The amount is in %(given)s; here it is kept in %(currency)s."), N_("Give the amount in %(currency)s.")),
    "wrong_currency": (N_("Account %(account)s is kept in %(currency)s."), N_("Choose an account in the currency of the amount.")),
}
