"""Say why somebody was not let in, or why a person, role or password was refused."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "sign_in_required": (N_("Sign in to see this."), N_("Your session may have ended: sessions last ten hours.")),
    "sign_in_refused": (
        N_("The e-mail address, the password or the one-time code does not agree."), N_("Try again, or ask your union’s administrator for a new link."),
    ),
    "sign_in_refused.password": (N_("This is not your password."), N_("Type the one you signed in with.")),
    "same_person.role": (
        N_("Nobody gives themselves a role."),
        N_("Ask another administrator of your union, or whoever runs the service (./solidarity user grant)."),
    ),
    "same_person.codes": (
        N_("Your own codes are turned off under My settings, with your password."),
        N_("Where your phone is lost, ask another administrator of your union, or whoever runs the service (./solidarity user codes-off)."),
    ),
    "too_many_attempts": (
        N_("There were too many tries that did not agree."), N_("Try again in %(minutes)s min."),
    ),
    "cross_site": (N_("This came from another site, so nothing was done."), N_("Open these books yourself and do it here.")),
    "person_exists": (N_("Somebody with the address %(email)s is here already."), N_("Look the person up under People.")),
    "password_weak": (
        N_("That password is too easy to guess, or shorter than %(minimum)s characters."), N_("Take several words that do not belong together."),
    ),
    "code_wrong": (N_("The one-time code does not agree."), N_("Check that the clock of your device is right, and take the newest code.")),
    "link_spent": (N_("This link was used already or has expired."), N_("Ask your union’s administrator for a new one.")),
    "term_invalid": (
        N_("A role has a term that ends, at most five years after it begins; %(starts_on)s to %(ends_on)s is not such a term."),
        N_("Correct the two dates."),
    ),
    "last_administrator": (N_("A union keeps at least one administrator."), N_("Give somebody else the role first.")),
    "audit_pack_later": (
        N_("Another audit pack is being made, and one is made at a time."),
        N_("Try again when it is done; if it is of the days you want, take that one away."),
    ),
    "audit_pack_later.full": (
        N_("The %(limit)s audit packs that may be kept are there already."),
        N_("Use one of those, or try again when the oldest has been thrown away."),
    ),
    "audit_pack_too_large": (
        N_("That is more than the 4 GB an audit pack may have."), N_("Ask for a shorter period; if it is the journal itself, export it alone."),
    ),
    "report_too_large": (
        N_("That is more than the %(limit)s lines a report may have."), N_("Ask for a shorter period, or export the journal."),
    ),
}  # fmt: skip
