"""Say what is refused about payees and their bank details; no sentence repeats a number of an account."""

from reports.i18n import N_

_LOOK_AGAIN = N_("Compare it with what the payee told you on the phone, digit by digit.")

MESSAGES: dict[str, tuple[str, str | None]] = {
    "payee_exists": (
        N_("There is already a payee of that name: %(payee)s, %(name)s."),
        N_("Use that one. If they are two, write what tells them apart, such as the city."),
    ),
    "payee_account_state": (
        N_("This is not possible any more: something else was done with these bank details of %(payee)s in the meantime."),
        N_("Open the payee and see how they stand now."),
    ),
    "payee_account_state.open": (
        N_("Bank details of %(payee)s in %(currency)s are proposed already and wait for a decision."),
        N_("Have them confirmed or rejected first; the union that proposed them can also withdraw them."),
    ),
    "payee_details_missing": (
        N_("%(payee)s has no confirmed bank details in %(currency)s, so nothing can be paid to it in %(currency)s."),
        N_("A treasurer proposes them after a call back, and a treasurer of the other union confirms them."),
    ),
    "not_allowed.payee_has_details": (
        N_("This payee has bank details, so only the treasurers and their deputies change its name or country."),
        N_("Ask your union’s treasurer."),
    ),
    "text_invalid.ca_institution": (N_("A Canadian institution number has 3 digits."), _LOOK_AGAIN),
    "text_invalid.ca_transit": (N_("A Canadian transit number has 5 digits."), _LOOK_AGAIN),
    "text_invalid.ca_account": (N_("A Canadian account number has 5 to 17 digits."), _LOOK_AGAIN),
    "text_invalid.us_routing": (N_("This is not a US routing number: it has 9 digits, and the last one must agree with the others."), _LOOK_AGAIN),
    "text_invalid.us_account": (N_("A US account number has 4 to 17 digits."), _LOOK_AGAIN),
    "text_invalid.other_iban": (
        N_("This is not an IBAN: it begins with the country and two digits that must agree with the rest."),
        N_("Compare it character by character. Where the bank has no IBAN, give its account number and its BIC (SWIFT) instead."),
    ),
    "text_invalid.other_account": (N_("An account number has 4 to 34 letters and digits."), _LOOK_AGAIN),
    "text_invalid.other_bic": (N_("A BIC (SWIFT) has 8 or 11 letters and digits, such as EXMPFRPPXXX."), _LOOK_AGAIN),
}
