"""Say what is refused of contributions and pledges."""

from reports.i18n import N_

_OTHER_WAY = N_("Ask the payer for a wire, a bank transfer or a cheque.")
MESSAGES: dict[str, tuple[str, str | None]] = {
    "pledge_closed": (
        N_("Pledge %(pledge)s does not allow this in its present state."),
        N_("Money comes on an open pledge; a cancelled one can be opened again first, and money beyond a pledge is a contribution of its own."),
    ),
    "pledge_exceeded": (
        N_("Pledge %(pledge)s has only %(outstanding)s outstanding."),
        N_("Record %(outstanding)s on the pledge, and the rest as a separate contribution."),
    ),
    "pledge_mismatch": (
        N_("Pledge %(pledge)s is of another union, to another fund or in another currency than this money (%(union)s, %(fund)s, %(currency)s)."),
        N_("Choose another pledge, or record the money without one."),
    ),
    "instalments_disagree": (
        N_("The instalments add up to %(sum)s, and the pledge is %(pledged)s."),
        N_("Change an instalment so that they agree to the cent."),
    ),
    "instalments_invalid": (N_("A pledge has 1 to %(limit)s instalments; this has %(count)s."), N_("Give at least one, with its day and amount.")),
    "instrument_not_allowed": (
        N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes no money by this instrument (%(instrument)s)."), _OTHER_WAY,
    ),
    # The instruments the rule begins with, in words.
    "instrument_not_allowed.crypto": (N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes no crypto-assets."), _OTHER_WAY),
    "instrument_not_allowed.money_order": (N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes no money orders."), _OTHER_WAY),
    "instrument_not_allowed.prepaid": (N_("Blocked by the ring-fence rule set by the unions: fund %(fund)s takes no prepaid cards."), _OTHER_WAY),
}
