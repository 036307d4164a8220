"""Say why a transfer's step was refused."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "transfer_state": (
        N_("Transfer %(transfer)s is no longer where this step can be taken."), N_("Open the transfer and see what was done in the meantime."),
    ),
    "same_account": (N_("A transfer goes from one account to another; both are the same here."), N_("Choose another account to send to.")),
    "receipt_too_large": (
        N_("That is more than was sent: %(sent)s was on its way, and %(received)s is said to have arrived with its fee."),
        N_("Compare the statement with the transfer; if it does not agree, say so instead of confirming."),
    ),
    "date_before_sent": (N_("It cannot arrive on %(date)s: it was sent on %(sent_on)s."), N_("Take the date from your bank’s statement.")),
}  # fmt: skip
