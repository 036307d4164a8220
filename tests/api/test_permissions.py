"""Hold every role against every route: what the hand-written table says is what the doors do, for both unions; a new route without a row fails."""

import re
from typing import Any

import pytest
from litestar import Litestar, get

from api.app import create_app
from api.security import HEADERS, check_routes
from api.settings import Settings
from ledger.domain.actors import PERMISSIONS, ROLES
from ledger.services.pool import Pool
from tests.conftest import add_person, client_for

# Treasurer, deputy, officer, secretary-treasurer, board member, campaign lead, benefits officer (F), picket captain (K),
# trustee (A), administrator (X).
T, D, OFFICER, S, B, C, F, K, A, X = ROLES
READERS = {T, D, OFFICER, S, B, A}
# Written by hand from the unions' rules (domain.md 6), not derived from the code: who may, for each permission.
TABLE: dict[str, set[str]] = {
    "see_home": set(ROLES), "own_settings": set(ROLES), "read_help": set(ROLES),
    "read_funds": set(ROLES) - {K, X}, "read_rates": set(ROLES) - {K, X},
    "read_books": READERS, "read_reports": READERS, "read_documents": READERS | {C},
    "read_people": READERS | {X}, "verify_books": READERS | {X},
    "read_audit": {T, A, X}, "export_books": {T, D, A}, "make_audit_pack": {T, A},
    "post_entry": {T, D}, "attach_document": {T, D, OFFICER, S, C}, "record_contribution": {T, D}, "send_transfer": {T, D}, "confirm_receipt": {T, D},
    "load_rates": {T, D},
    "reverse_entry": {T}, "record_pledge": {T}, "confirm_rate": {T}, "revalue": {T}, "reopen_period": {T}, "manage_accounts": {T},
    "manage_funds": {T}, "manage_locals": {T, X}, "manage_people": {X},
    "read_retention": READERS | {X}, "place_hold": {T, OFFICER, S}, "record_filing": {T},
    "read_webhooks": {T, X}, "manage_webhooks": {X},
    "read_campaigns": READERS | {C}, "manage_campaigns": {OFFICER, S, C},
    "read_requests": READERS | {C}, "comment_request": {T, D, OFFICER, S, B, C}, "request_allocation": {OFFICER, S, C},
    "decide_request": {OFFICER, S}, "record_resolution": {OFFICER, S}, "vote_in_board": {B},
    "release_commitment": {OFFICER, S, T, D}, "pay_allocation": {T, D},
    "read_payees": READERS | {C}, "add_payee": {T, D, OFFICER, S, C}, "read_payee_accounts": {T, D}, "propose_payee_account": {T, D},
    "confirm_payee_account": {T}, "read_payee_hints": {T, D, OFFICER, S, A},
    "read_approval_rules": set(ROLES) - {K, X}, "change_approval_rules": {OFFICER, S}, "declare_interest": set(ROLES) - {K, X},
    "read_notices": set(ROLES),
    "read_strikes": READERS | {F}, "manage_strikes": {OFFICER, S, F}, "authorise_strike": {OFFICER, S},
    "read_roster": {T, F}, "manage_roster": {T, F}, "record_duty": {T, F, K},
    "prepare_run": {T, F}, "approve_run": {OFFICER, S, T}, "pay_run": {T, D}, "fix_payment": {T, F},
    "prepare_advance": {T, F}, "read_grants": {OFFICER, S, T, F}, "prepare_grant": {T, F}, "pay_grant": {T},
    "read_strike_rules": READERS | {F}, "change_strike_rules": {OFFICER, S, T}, "read_thresholds": READERS | {F}, "change_thresholds": {T},
    "keep_statement_requests": {T, D},
    "read_resources": set(ROLES) - {K, X}, "manage_resources": {T, D, OFFICER, S}, "request_booking": {OFFICER, S, C},
    "decide_booking": {T, D, OFFICER, S}, "record_delivery": {T, D, OFFICER, S, C}, "confirm_delivery": {T, D, OFFICER, S, C},
    "read_agreements": READERS | {C}, "manage_agreements": {OFFICER, S, T}, "settle_between_unions": {T},
    "prepare_close": {T, D}, "sign_close": {T}, "keep_head": {T, D, A},
    "certify_membership": {OFFICER, S, T}, "record_joint_cost": {T, D}, "decide_joint_cost": {T},
    "publish_member_pages": {OFFICER, S}, "share_board_packs": {OFFICER, S, T},
    "import_extract": {T, D}, "handle_difference": {T, D}, "agree_comparison": {T},
    "import_statement": {T, D}, "match_bank": {T, D}, "reconcile_bank": {T, D},
}  # fmt: skip
# Public on purpose: signing in and out of nothing, health for the operator's probes, files without data, calendars and boards' packs by their secret alone,
# and the members' page while both unions want it seen.
PUBLIC = re.compile(
    r"\A/(sign-in|sign-out|language|set-up|set-password|health/(live|ready)|metrics|static/.*|help.*|api/v1/docs.*|calendar/[^/]+|packs/.*|members(/[^/]+)?)\Z"
)  # fmt: skip


def routes(app: Litestar) -> list[tuple[str, str, Any]]:
    """(method, path, handler) of every route."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            found += [(method, route.path, handler) for method in sorted(handler.http_methods) if method != "OPTIONS"]
    return found


def test_the_table_has_every_permission_and_no_other() -> None:
    assert set(TABLE) == set(PERMISSIONS)


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_the_code_allows_what_the_table_says(permission: str) -> None:
    assert set(PERMISSIONS[permission][0]) == TABLE[permission]


def test_every_route_states_a_permission_or_is_public_on_purpose() -> None:
    for method, path, handler in routes(create_app(Settings())):
        if handler.opt.get("public"):
            assert PUBLIC.match(path), f"{method} {path} is public"
        else:
            assert handler.opt["permission"] in TABLE, f"{method} {path}"


def test_a_route_without_a_permission_stops_the_start() -> None:
    @get("/forgotten")
    async def forgotten() -> str:
        return "open to all"

    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(Litestar(route_handlers=[forgotten]))


def an_address(path: str) -> str:
    """A path with its parameters filled by something that cannot exist."""
    kinds = {"int": "999999", "uuid": "00000000-0000-7000-8000-000000000000", "date": "2026-01-01"}
    return re.sub(r"\{[a-z_]+:([a-z]+)\}", lambda found: kinds.get(found.group(1), "nothing-here"), path)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("union", ["ue", "unifor"])
async def test_every_role_at_every_door(app: Litestar, pool: Pool, role: str, union: str) -> None:
    """The guard answers 403 exactly where the table denies; what it lets through fails for another reason, or succeeds."""
    actor = await add_person(pool, f"A {role}", union, role)
    async with client_for(app, actor) as client:
        for method, path, handler in routes(app):
            if handler.opt.get("public") or path in ("/sign-out",):
                continue
            answer = await client.request(method, an_address(path), headers={"Idempotency-Key": f"{role}-{union}-{path[-40:]}".replace(" ", "")})
            denied = role not in TABLE[handler.opt["permission"]]
            if denied:
                assert answer.status_code == 403, (method, path, answer.text[:200])
            else:
                assert not (answer.status_code == 403 and b'"not_allowed"' in answer.content), (method, path, answer.text[:200])
            assert answer.status_code < 500, (method, path, answer.text[:300])


async def test_nobody_signed_in_gets_nothing_but_the_door(app: Litestar) -> None:
    async with client_for(app) as client:
        for method, path, handler in routes(app):
            if not handler.opt.get("public"):
                answer = await client.request(method, an_address(path), headers={"Idempotency-Key": "nobody-at-all"})
                assert answer.status_code == 401, (method, path)


async def test_no_other_site_makes_anybody_act(app: Litestar, pool: Pool) -> None:
    actor = await add_person(pool, "A treasurer", "ue", T)
    async with client_for(app, actor) as client:
        for method, path, _ in routes(app):
            if method not in ("GET", "HEAD"):
                for sign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
                    answer = await client.request(method, an_address(path), headers={"Idempotency-Key": "cross-site-key", **sign})
                    assert answer.status_code == 403, (method, path)


async def test_security_headers_are_on_every_answer(app: Litestar, pool: Pool) -> None:
    actor = await add_person(pool, "A trustee", "ue", A)
    async with client_for(app, actor) as client:
        for method, path, _ in routes(app):
            if method == "GET" and not path.startswith("/metrics"):
                answer = await client.get(an_address(path))
                missing = [name for name in HEADERS if name not in answer.headers]
                assert not missing, (path, missing)
                if "/docs" not in path:
                    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"], path
