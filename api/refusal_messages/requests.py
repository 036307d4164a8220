"""Say what is refused of requests for money: who may decide or pay, in which state, and from which fund."""

from reports.i18n import N_

MESSAGES: dict[str, tuple[str, str | None]] = {
    "request_state": (
        N_("Request %(request)s is not in a state that allows this."),
        N_("Open the request: it says where it is, and what can be done now and by whom."),
    ),
    "request_changed": (
        N_("Request %(request)s was changed since you read it: it is at version %(revision)s now."),
        N_("Read what changed, then decide about the version that is there now."),
    ),
    "not_requester": (
        N_("%(request)s is not yours to change: only who asked for it, or leads its campaign, may."),
        N_("Say what you would change in its thread, or ask its campaign’s lead."),
    ),
    "fund_not_allowed_for_initiative": (
        N_("Fund %(fund)s is not for this."), N_("Choose a general fund, or the fund of this initiative."),
    ),
    "fund_not_allowed_for_initiative.electoral": (
        N_("Fund %(fund)s may not pay for election activity: only the ring-fenced political fund of one’s own nation may."),
        N_("Choose your nation’s political fund, or leave what is election activity out of the request."),
    ),
    "fund_not_allowed_for_initiative.nation": (
        N_("Fund %(fund)s is the other nation’s ring-fenced fund: it pays only for campaigns of its own nation’s union."),
        N_("Choose a joint fund, or your own nation’s."),
    ),
    "fund_not_allowed_for_initiative.purpose": (
        N_("Fund %(fund)s is set up for another purpose than this request’s."),
        N_("Choose a general fund, or the fund of this initiative. The strike fund pays for strike support alone."),
    ),
    "maker_not_checker": (
        N_("You asked for %(request)s, or lead its campaign, so you do not decide about it."),
        N_("Another officer of your union decides; the request is in their queue."),
    ),
    "interest_declared": (
        N_("You declared an interest that touches %(request)s, so you do not decide about it."),
        N_("Another officer of your union decides in your place. If the interest has ended, say so under your interests first."),
    ),
    "approver_not_eligible": (
        N_("Fund %(fund)s is ring-fenced: only people of its own nation decide about %(request)s. You can read it."),
        N_("Officers of the fund’s own nation decide; the request is in their queue."),
    ),
    "approver_not_payer": (
        N_("You approved or asked for %(request)s, so you do not pay it."), N_("A colleague of your union’s treasury pays it."),
    ),
    "already_decided": (N_("You have decided about %(request)s already."), N_("Somebody else’s word is needed now; the request says whose.")),
    "approval_not_needed": (
        N_("Nothing of this kind is needed from you for %(request)s: by the rules of today others approve it, or your union has already."),
        N_("The request says who must approve, and by which rule."),
    ),
    "approvals_missing": (
        N_("By the rules and the rate of today, %(request)s needs more approvals than it has."),
        N_("The request says who must still approve; they find it in their queue. It can be paid as soon as they have."),
    ),
    "approvals_missing.split": (
        N_("With what else was asked for payee %(payee)s within %(days)s days, %(request)s needs more approvals than it has."),
        N_("Close it, and ask again with the payee named, so that all of it is approved as one amount."),
    ),
    "resolution_exists": (
        N_("This board has decided about %(request)s already."), N_("Only a change of the request itself asks the board again."),
    ),
    "quorum_missing": (
        N_("The vote about %(request)s cannot be closed yet: %(votes)s have voted, and the quorum is %(quorum)s."),
        N_("Ask more members to vote, or record what the board resolves in a meeting."),
    ),
    "commitment_exceeded": (
        N_("%(left)s is left of line %(line)s of %(request)s, and this is more."),
        N_("Pay what is left, or have the request’s amount changed and approved again."),
    ),
    "invoice_duplicate": (
        N_("Invoice %(invoice)s of %(payee)s seems to be paid already: on %(paid_on)s, for %(request)s."),
        N_("Compare the two invoices. If they are two, say so in the form, and pay."),
    ),
}
