"""Say why an address cannot be told of what happens."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "webhook_url_invalid": (N_("That is not an address that events can be sent to."), N_("Write it like https://hooks.example.org/ledger.")),
    "webhook_url_invalid.scheme": (N_("Events are sent by https alone."), N_("Write an address that begins with https://.")),
    "webhook_url_invalid.sign_in": (
        N_("That address holds a name or a password."), N_("Leave out what stands before the @: the receiver checks the signature."),
    ),
    "webhook_url_invalid.number": (
        N_("That address is written as a number, which may lead anywhere."), N_("Write the receiver’s name, or all four parts of its address."),
    ),
    "webhook_url_invalid.private": (
        N_("That is a private address, and events are sent to the open internet alone."),
        N_("Take an address that can be reached from outside, or ask whoever runs the machine to allow your network (SOLIDARITY_WEBHOOK_NETWORKS)."),
    ),
    "webhook_state": (N_("Webhook %(webhook)s is in that state already, or was deleted."), N_("Open it again: its page says how it stands.")),
    "webhook_changed": (
        N_("Somebody changed webhook %(webhook)s since you read it; it is at version %(version)s now."), N_("Open it again, then change it."),
    ),
    "webhooks_full": (N_("A union has at most %(limit)s webhooks."), N_("Delete one that is not used any more.")),
}  # fmt: skip
