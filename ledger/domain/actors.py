"""Say who may do what: the actor, the roles, and the whole permission table on this one page.

Deny by default: a permission that is not in the table does not exist, and a route that names none fails a test.
Being allowed here is half of it; that one union never acts for the other is checked against the books' custodians as well.
"""

from typing import Literal

import msgspec

from ledger.domain.refusals import NotAllowed, OtherUnion

# A secretary-treasurer is the national officer who signs for money; the treasurers' team keeps the books and pays.
Role = Literal[
    "treasurer", "deputy", "officer", "secretary_treasurer", "board_member", "campaign_lead", "benefits_officer", "picket_captain",
    "trustee", "admin",
]
ROLES: tuple[Role, ...] = (
    "treasurer", "deputy", "officer", "secretary_treasurer", "board_member", "campaign_lead", "benefits_officer", "picket_captain",
    "trustee", "admin",
)  # fmt: skip
Scope = Literal["pool", "own_union"]

_READERS = frozenset({"treasurer", "deputy", "officer", "secretary_treasurer", "board_member", "trustee"})
_EVERYONE = frozenset(ROLES)
_TREASURY = frozenset({"treasurer", "deputy"})
_TREASURER = frozenset({"treasurer"})
_OFFICERS = frozenset({"officer", "secretary_treasurer"})
_LEADS = frozenset({"campaign_lead"})
_BENEFITS = frozenset({"benefits_officer"})
# A picket captain records who came, and has no other business in the books.
_INSIDE = _EVERYONE - {"admin", "picket_captain"}

# permission: (roles that hold it, what it reaches). "own_union" means the thing acted on must be of the actor's own union.
PERMISSIONS: dict[str, tuple[frozenset[str], Scope]] = {
    "see_home": (_EVERYONE, "pool"),
    "own_settings": (_EVERYONE, "pool"),
    "read_help": (_EVERYONE, "pool"),
    "read_funds": (_INSIDE, "pool"),
    "read_books": (_READERS, "pool"),
    "read_reports": (_READERS, "pool"),
    "read_documents": (_READERS | _LEADS, "pool"),
    "read_rates": (_INSIDE, "pool"),
    "read_people": (_READERS | {"admin"}, "pool"),
    "read_audit": (frozenset({"treasurer", "trustee", "admin"}), "pool"),
    "export_books": (frozenset({"treasurer", "deputy", "trustee"}), "pool"),
    "make_audit_pack": (frozenset({"treasurer", "trustee"}), "pool"),
    "verify_books": (_READERS | {"admin"}, "pool"),
    "post_entry": (_TREASURY, "own_union"),
    "reverse_entry": (_TREASURER, "own_union"),
    "attach_document": (_TREASURY | _OFFICERS | _LEADS, "own_union"),
    "record_contribution": (_TREASURY, "own_union"),
    "record_pledge": (_TREASURER, "own_union"),
    "send_transfer": (_TREASURY, "own_union"),
    "confirm_receipt": (_TREASURY, "own_union"),
    "load_rates": (_TREASURY, "pool"),
    "confirm_rate": (_TREASURER, "pool"),
    "revalue": (_TREASURER, "pool"),
    "reopen_period": (_TREASURER, "pool"),
    "prepare_close": (_TREASURY, "pool"),
    "sign_close": (_TREASURER, "own_union"),
    "keep_head": (_TREASURY | {"trustee"}, "own_union"),
    "manage_accounts": (_TREASURER, "own_union"),
    "manage_funds": (_TREASURER, "pool"),
    "manage_locals": (_TREASURER | {"admin"}, "own_union"),
    "manage_people": (frozenset({"admin"}), "own_union"),
    "read_webhooks": (_TREASURER | {"admin"}, "own_union"),
    "manage_webhooks": (frozenset({"admin"}), "own_union"),
    "read_campaigns": (_READERS | _LEADS, "pool"),
    "manage_campaigns": (_OFFICERS | _LEADS, "own_union"),
    "read_requests": (_READERS | _LEADS, "pool"),
    "comment_request": (_READERS - {"trustee"} | _LEADS, "pool"),
    "request_allocation": (_OFFICERS | _LEADS, "own_union"),
    "decide_request": (_OFFICERS, "pool"),
    "record_resolution": (_OFFICERS, "own_union"),
    "vote_in_board": (frozenset({"board_member"}), "own_union"),
    "release_commitment": (_OFFICERS | _TREASURY, "pool"),
    "pay_allocation": (_TREASURY, "own_union"),
    "read_payees": (_READERS | _LEADS, "pool"),
    "add_payee": (_TREASURY | _OFFICERS | _LEADS, "pool"),
    "read_payee_hints": (_READERS - {"board_member"}, "pool"),
    "read_payee_accounts": (_TREASURY, "pool"),
    "propose_payee_account": (_TREASURY, "pool"),
    "confirm_payee_account": (_TREASURER, "pool"),
    "read_approval_rules": (_INSIDE, "pool"),
    "change_approval_rules": (_OFFICERS, "pool"),
    "declare_interest": (_INSIDE, "pool"),
    "read_notices": (_EVERYONE, "pool"),
    "read_strikes": (_READERS | _BENEFITS, "pool"),
    "manage_strikes": (_OFFICERS | _BENEFITS, "own_union"),
    "authorise_strike": (_OFFICERS, "pool"),
    "read_roster": (_TREASURER | _BENEFITS, "own_union"),
    "manage_roster": (_TREASURER | _BENEFITS, "own_union"),
    "record_duty": (_TREASURER | _BENEFITS | {"picket_captain"}, "own_union"),
    "prepare_run": (_TREASURER | _BENEFITS, "own_union"),
    "approve_run": (_OFFICERS | _TREASURER, "own_union"),
    "pay_run": (_TREASURY, "own_union"),
    "fix_payment": (_TREASURER | _BENEFITS, "own_union"),
    "prepare_advance": (_TREASURER | _BENEFITS, "own_union"),
    "read_grants": (_OFFICERS | _TREASURER | _BENEFITS, "own_union"),
    "prepare_grant": (_TREASURER | _BENEFITS, "own_union"),
    "pay_grant": (_TREASURER, "own_union"),
    "read_strike_rules": (_READERS | _BENEFITS, "pool"),
    "change_strike_rules": (_OFFICERS | _TREASURER, "own_union"),
    "read_thresholds": (_READERS | _BENEFITS, "pool"),
    "change_thresholds": (_TREASURER, "pool"),
    "keep_statement_requests": (_TREASURY, "own_union"),
    "read_retention": (_READERS | {"admin"}, "pool"),
    "place_hold": (_OFFICERS | _TREASURER, "own_union"),
    "record_filing": (_TREASURER, "own_union"),
    "read_resources": (_INSIDE, "pool"),
    "manage_resources": (_OFFICERS | _TREASURY, "own_union"),
    "request_booking": (_OFFICERS | _LEADS, "own_union"),
    "decide_booking": (_OFFICERS | _TREASURY, "own_union"),
    "record_delivery": (_OFFICERS | _TREASURY | _LEADS, "own_union"),
    "confirm_delivery": (_OFFICERS | _TREASURY | _LEADS, "own_union"),
    "read_agreements": (_READERS | _LEADS, "pool"),
    "manage_agreements": (_OFFICERS | _TREASURER, "pool"),
    "settle_between_unions": (_TREASURER, "own_union"),
    "certify_membership": (_OFFICERS | _TREASURER, "own_union"),
    "record_joint_cost": (_TREASURY, "own_union"),
    "decide_joint_cost": (_TREASURER, "pool"),
    "share_board_packs": (_OFFICERS | _TREASURER, "own_union"),
    "publish_member_pages": (_OFFICERS, "own_union"),
    "import_extract": (_TREASURY, "own_union"),
    "handle_difference": (_TREASURY, "pool"),
    "agree_comparison": (_TREASURER, "own_union"),
    "import_statement": (_TREASURY, "own_union"),
    "match_bank": (_TREASURY, "own_union"),
    "reconcile_bank": (_TREASURY, "own_union"),
}


class Actor(msgspec.Struct, frozen=True):
    """Who acts: a person with the roles in force today. ``via`` is the door: page, api, command or job."""

    person_id: int
    name: str
    union: str | None
    roles: frozenset[str]
    via: str = "page"
    token_permissions: frozenset[str] | None = None

    def can(self, permission: str) -> bool:
        """Whether one of the actor's roles holds the permission (and the token, if one is used, is not narrower)."""
        if self.token_permissions is not None and permission not in self.token_permissions:
            return False
        return bool(self.roles & PERMISSIONS[permission][0])


def authorize(actor: Actor, permission: str, union: str | None = None) -> None:
    """Refuse unless the actor holds the permission, and, where it reaches one's own union only, is of ``union``.

    Pass ``union`` when the thing acted on belongs to a union; leave it out where it belongs to the pool.
    """
    if not actor.can(permission):
        raise NotAllowed(permission=permission, reason="role" if actor.roles else "no_role")
    if union is not None and PERMISSIONS[permission][1] == "own_union" and actor.union != union:
        raise OtherUnion(union=union, account="")
