"""Put webhooks into words: their states, the events they are told of, and why an attempt failed."""

from reports.i18n import N_, translate

# state -> word, chip.
STATES = {
    "active": (N_("Sends"), "good"), "paused": (N_("Paused"), ""), "failing": (N_("Stopped: the receiver does not take what is sent"), "bad"),
    "deleted": (N_("Deleted"), ""),
}  # fmt: skip
DELIVERY_STATES = {"waiting": (N_("Waits to be sent"), "wait"), "delivered": (N_("Taken"), "good"), "given_up": (N_("Given up"), "bad")}
EVENT_NAMES = {
    "entry.posted": N_("Any entry was recorded"),
    "contribution.received": N_("A contribution was received"),
    "transfer.sent": N_("A transfer was sent"),
    "transfer.received": N_("A transfer was received"),
    "transfer.returned": N_("A transfer came back"),
    "transfer.disputed": N_("A transfer was disputed"),
    "request.submitted": N_("A request for money was submitted"),
    "request.returned": N_("A request for money was returned for changes"),
    "request.approved": N_("A request for money was approved and the money set aside"),
    "request.rejected": N_("A request for money was declined"),
    "request.paid": N_("A payment was made on a request"),
    "strike_run.approved": N_("A weekly run of strike support was approved"),
    "strike_run.paid": N_("A weekly run of strike support was paid"),
    "close.shut": N_("A month was shut"),
    "close.fixed": N_("A month’s report was fixed"),
    "close.signed": N_("A union signed a month’s report"),
    "close.declined": N_("A union declined a month’s report"),
    "close.locked": N_("Both unions have signed: the month is locked"),
    "close.reopened": N_("A month was opened again"),
    "webhook.test": N_("A test event"),
}
# By the word of api.webhook_post.
FAULTS = {
    "timeout": N_("it took too long"),
    "unreachable": N_("nobody answers there"),
    "unknown_name": N_("nobody knows that name"),
    "private_address": N_("the name leads to a private address"),
    "not_encrypted": N_("without encryption only this machine is written to"),
    "certificate": N_("its certificate cannot be trusted"),
    "redirect": N_("it sends elsewhere, which is not followed"),
    "refused": N_("it does not take it"),
}


def event_name(language: str, event: str) -> str:
    """An event in words; one of a newer version by its code."""
    return translate(language, EVENT_NAMES[event]) if event in EVENT_NAMES else event


def fault(language: str, word: str, status: int | None) -> str:
    """Why an attempt failed, in words, with the status where one was answered."""
    said = translate(language, FAULTS.get(word, FAULTS["refused"]))
    return f"{said} ({status})" if status else said
