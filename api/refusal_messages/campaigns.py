"""Say what is refused of campaigns and of lines."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "campaign_state": (
        N_("Campaign %(campaign)s does not allow this in its present state."),
        N_("Only an open campaign changes, takes requests or closes; a closed one can be opened again first, by its lead or an officer of its union."),
    ),
    "campaign_state.requests": (
        N_("The initiative and the employer of %(campaign)s stay as they are while requests of it are decided about or paid."),
        N_("Wait until they are closed, or open another campaign for what is new."),
    ),
    "lines_invalid": (
        N_("There may be 1 to %(limit)s lines; this has %(count)s."), N_("Give at least one line, with what it is for and an amount; join small ones.")
    ),
}
