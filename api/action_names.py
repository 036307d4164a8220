"""Say in words what a permission allows and what the audit trail's codes stand for; a code that is not here is shown as it is."""

from reports.i18n import N_, translate

ACTION_NAMES: dict[str, str] = {
    # What roles and tokens allow.
    "see_home": N_("See what waits"), "own_settings": N_("Change one’s own settings"), "read_help": N_("Read Help"), "read_funds": N_("See the funds"),
    "read_books": N_("Read the books"), "read_reports": N_("Read reports"), "read_documents": N_("Open documents"),
    "read_rates": N_("See exchange rates"), "read_people": N_("See the people"), "read_audit": N_("Read the audit trail"),
    "export_books": N_("Export the books"), "verify_books": N_("Verify the books"), "post_entry": N_("Post an entry"),
    "reverse_entry": N_("Reverse an entry"), "attach_document": N_("Attach a document"), "record_contribution": N_("Record a contribution"),
    "record_pledge": N_("Record a pledge"), "send_transfer": N_("Send a transfer"), "confirm_receipt": N_("Confirm receipt"),
    "load_rates": N_("Load exchange rates"), "confirm_rate": N_("Confirm a rate"), "revalue": N_("Post a revaluation"),
    "reopen_period": N_("Reopen a period"), "manage_accounts": N_("Open and close accounts"),
    "manage_funds": N_("Look after funds"),
    "manage_locals": N_("Add and close locals"), "manage_people": N_("Look after people and roles"),
    "read_payees": N_("See the payees"), "add_payee": N_("Add a payee"), "read_payee_hints": N_("See the last four digits of bank details"),
    "read_payee_accounts": N_("See bank details of payees"), "propose_payee_account": N_("Propose bank details of a payee"),
    "confirm_payee_account": N_("Confirm bank details of a payee"),
    "read_requests": N_("Read requests"), "comment_request": N_("Comment on a request"), "request_allocation": N_("Ask for money"),
    "decide_request": N_("Decide about a request"), "record_resolution": N_("Record a board’s resolution"), "vote_in_board": N_("Vote in the board"),
    "release_commitment": N_("Close a request and give back what is left"), "pay_allocation": N_("Pay an approved request"),
    "read_campaigns": N_("See campaigns"), "manage_campaigns": N_("Open and change campaigns"),
    "read_approval_rules": N_("See the approval rules"), "change_approval_rules": N_("Change the approval rules"),
    "declare_interest": N_("Declare an interest"),
    "read_strikes": N_("See strikes"), "manage_strikes": N_("Open and change strikes"), "authorise_strike": N_("Authorise a strike"),
    "read_roster": N_("Read a roster"), "manage_roster": N_("Keep a roster"), "record_duty": N_("Record picket duty"),
    "prepare_run": N_("Prepare a weekly run"), "approve_run": N_("Approve strike support"), "pay_run": N_("Pay strike support"),
    "fix_payment": N_("Put a payment right"), "prepare_advance": N_("Prepare an advance to a local"),
    "prepare_grant": N_("Prepare medical or hardship support"), "pay_grant": N_("Pay medical or hardship support"),
    "read_strike_rules": N_("See the strike rules"), "change_strike_rules": N_("Change the strike rules"),
    "read_thresholds": N_("See the thresholds"), "change_thresholds": N_("Change the thresholds"),
    # What was done, where it is not one of these.
    "correct_entry": N_("Correct an entry"), "move_between_funds": N_("Move money between funds"), "reverse_contribution": N_("Take a contribution back"),
    "cancel_pledge": N_("Cancel the rest of a pledge"), "reopen_pledge": N_("Open a pledge again"), "meet_condition": N_("Meet a pledge’s condition"),
    "cancel_transfer": N_("Take a transfer back"), "return_transfer": N_("Record a transfer as returned"),
    "dispute_receipt": N_("Say that a transfer does not agree"), "remark_transfer": N_("Add a remark"),
    "reverse_receipt": N_("Take the confirmation back"), "propose_rate": N_("Enter a rate"), "reject_rate": N_("Reject a rate"),
    "fetch_rates": N_("Fetch exchange rates"), "ask_to_reopen": N_("Ask to reopen a period"), "open_account": N_("Open an account"),
    "close_account": N_("Close an account"), "propose_fund": N_("Propose a fund"), "confirm_fund": N_("Confirm a fund"),
    "change_fund": N_("Change a fund"), "close_fund": N_("Close or decline a fund"), "add_local": N_("Add a local"), "close_local": N_("Close a local"),
    "add_person": N_("Add a person"), "invite": N_("Make a new link for a password"), "grant_role": N_("Give a role"), "revoke_role": N_("End a role"),
    "disable_person": N_("Shut out or let in again"), "set_up": N_("Set up these books"), "sign_in": N_("Sign in"), "sign_out": N_("Sign out"),
    "set_password": N_("Choose a password by a link"), "change_password": N_("Change the password"), "turn_on_totp": N_("Ask for codes from now on"),
    "turn_off_totp": N_("Stop asking for codes"), "set_preferences": N_("Change language and look"), "choose_language": N_("Choose a language"),
    "choose_mail": N_("Choose when e-mail comes"), "read_notices": N_("Read one’s own notices"),
    "mark_notice_seen": N_("Mark a notice as read"), "mark_notices_seen": N_("Mark all notices as read"),
    "end_other_sessions": N_("End all other sessions"), "add_token": N_("Make a token"), "revoke_token": N_("Revoke a token"),
    "list_tokens": N_("List tokens"), "export_journal": N_("Export the journal"), "export_report": N_("Take a report away"),
    "export_list": N_("Take a list away"), "mark_seen": N_("Mark all as read"), "clear_codes": N_("Stop a person’s codes: the phone is lost"),
    "change_payee": N_("Change a payee"), "reject_payee_account": N_("Reject bank details of a payee"),
    "retire_payee_account": N_("Retire or withdraw bank details of a payee"),
    "start_request": N_("Begin a request"), "save_request": N_("Save a draft of a request"), "submit_request": N_("Submit or change a request"),
    "withdraw_request": N_("Withdraw a request"), "take_up_request": N_("Take a request up"), "approve_request": N_("Approve a request"),
    "return_request": N_("Return a request for changes"), "reject_request": N_("Decline a request"), "recuse_request": N_("Step aside from a request"),
    "suspend_request": N_("Suspend a request"), "resume_request": N_("Resume a request"), "resolve_request": N_("Record a board’s resolution"),
    "vote_request": N_("Vote in the board"), "reverse_payment": N_("Take a payment back"),
    "close_request": N_("Close a request and give back what is left"), "expire_request": N_("Give back what was not drawn in time"),
    "open_campaign": N_("Open a campaign"), "change_campaign": N_("Change a campaign"), "change_budget": N_("Change a campaign’s budget"),
    "close_campaign": N_("Close a campaign"), "reopen_campaign": N_("Open a campaign again"),
    "propose_approval_rules": N_("Propose approval rules"), "confirm_approval_rules": N_("Confirm approval rules"),
    "propose_strike_rules": N_("Propose strike rules"), "confirm_strike_rules": N_("Confirm strike rules"),
    "reject_strike_rules": N_("Reject strike rules"),
    "reject_approval_rules": N_("Reject approval rules"), "end_interest": N_("End an interest"),
    "ask_for_approvals": N_("Ask for approvals that are wanting"),
    "record_strike": N_("Record a strike"), "change_strike": N_("Change a strike"), "begin_strike": N_("Say that a strike has begun"),
    "ratify_strike": N_("Record a ratification"), "end_strike": N_("Record the end of a strike"),
    "change_days_strike": N_("Set the days of a rotating strike"), "close_strike": N_("Close a strike"), "call_off_strike": N_("Call a strike off"),
    "start_run": N_("Begin a weekly run"), "compute_run": N_("Compute a weekly run"), "submit_run": N_("Submit a weekly run"),
    "send_back_run": N_("Send a weekly run back"), "cancel_run": N_("Cancel a weekly run"), "clear_payments": N_("Mark payments as cleared"),
    "stop_payment": N_("Stop a payment"), "reissue_payment": N_("Issue a payment again"), "void_payment": N_("Void a payment"),
    "unclaim_payments": N_("Move payments to unclaimed"), "record_overpayment": N_("Record an overpayment"),
    "reconcile_run": N_("Reconcile a weekly run"), "close_run": N_("Close a weekly run"), "list_payments": N_("List payments"),
    "view_roster": N_("Look into a roster"), "upload_roster": N_("Send a roster or duty file"), "drop_roster": N_("Throw a file away"),
    "import_roster": N_("Bring a roster in"), "change_member": N_("Change a member’s line"), "add_member": N_("Put a member on the roster"),
    "import_duty": N_("Bring picket duty in"), "undo_duty": N_("Take picket duty back"), "name_captain": N_("Name a picket captain"),
    "end_captain": N_("End a picket captain"), "set_retention": N_("Set how long a roster is kept"),
    "pseudonymise_roster": N_("Take the names out of a roster"),
    "check_password": N_("Give one’s own password"),
}  # fmt: skip


def action_name(language: str, code: str) -> str:
    """What a code stands for."""
    return translate(language, ACTION_NAMES[code]) if code in ACTION_NAMES else code


def by_name(language: str) -> list[tuple[str, str]]:
    """(code, name) of everything, in the order of the names, to choose from."""
    return sorted(((code, action_name(language, code)) for code in ACTION_NAMES), key=lambda pair: pair[1].casefold())
