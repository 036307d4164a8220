"""Put grants and loans to members into words: their kinds, states, and who has one now. Nothing here names a member."""

from ledger.domain.strike_grants import Grant, GrantKind
from reports import formats
from reports.i18n import N_, NC_, translate, translate_in

# A kind by itself, and with its amount as a title.
KINDS: dict[GrantKind, str] = {
    "medical": N_("Medical support"), "hardship_grant": N_("Hardship grant"), "hardship_loan": N_("Hardship loan"),
}  # fmt: skip
TITLES: dict[GrantKind, str] = {
    "medical": N_("Medical support of %(amount)s"), "hardship_grant": N_("Hardship grant of %(amount)s"),
    "hardship_loan": N_("Hardship loan of %(amount)s"),
}  # fmt: skip
# The name of a state, as it is said of support, and the kind of its chip.
STATES: dict[str, tuple[str, str]] = {
    "proposed": (NC_("grant", "To be approved"), "wait"), "approved": (NC_("grant", "To be paid"), "wait"), "paid": (NC_("grant", "Paid"), "good"),
    "repaid": (NC_("grant", "Repaid"), "good"), "refused": (NC_("grant", "Refused"), "bad"), "cancelled": (NC_("grant", "Cancelled"), ""),
}  # fmt: skip
STANDING: dict[str, str] = {
    "proposed": N_("An officer or treasurer of %(union)s who did not propose it decides next."),
    "approved": N_("A treasurer of %(union)s who neither proposed nor approved it pays it next."),
    "paid": N_("It is paid, and nothing waits for anybody."), "repaid": N_("All of it came back."),
    "refused": N_("It was refused, and nothing was paid."), "cancelled": N_("It was taken back before anything was paid."),
}  # fmt: skip
LENT = N_("%(amount)s of it is still to come back to %(union)s.")


def grant_kind(language: str, kind: GrantKind) -> str:
    """What a kind is called."""
    return translate(language, KINDS[kind])


def grant_title(language: str, grant: Grant) -> str:
    """A kind and its amount: what an approver reads."""
    return translate(language, TITLES[grant.kind], amount=formats.money(language, grant.amount_minor, grant.currency))


def grant_chip(language: str, state: str) -> tuple[str, str]:
    """How a grant stands, and the kind of its chip."""
    name, kind = STATES[state]
    return translate_in(language, "grant", name), kind


def grant_standing(language: str, grant: Grant, union_name: str) -> str:
    """Who has it now."""
    if grant.left_minor:
        return translate(language, LENT, amount=formats.money(language, grant.left_minor, grant.currency), union=union_name)
    return translate(language, STANDING[grant.state], union=union_name)
