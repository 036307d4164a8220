"""Every page of the product on a sample year of books, in Chromium: axe finds nothing, nothing scrolls sideways, one heading, no complaint, no stranger.

The pages are the router's own: a page route without a row in ``ROWS`` (or a reason in ``NO_PAGE``) fails.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio
from justhtml import JustHTML
from litestar import Litestar
from playwright.async_api import Browser, Page, Route

from api.app import create_app
from api.pages.help import HELP_PAGES
from api.settings import Settings
from ledger.domain.actors import Actor
from ledger.domain.board_packs import AskedPack
from ledger.domain.closes import month_of, number_of
from ledger.domain.half_days import Span
from ledger.domain.interests import DeclareInterest
from ledger.domain.notices import Notice
from ledger.domain.payees import AddPayee
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.refusals import NothingToRevalue
from ledger.domain.strike_grants import GrantKind, ProposeGrant
from ledger.domain.strike_rule_sets import ProposeStrikeRules
from ledger.domain.strikes import RecordStrike
from ledger.services import (
    agreements,
    allocation_payments,
    allocations,
    approval_rules,
    board_packs,
    campaigns,
    closes,
    differences,
    documents,
    duty,
    extracts,
    funds,
    interests,
    loans,
    member_pages,
    notices,
    payees,
    pledges,
    revaluation,
    roster_files,
    rosters,
    sign_in,
    steps,
    strike_grants,
    strike_payments,
    strike_recoveries,
    strike_rules,
    strikes,
)
from ledger.services import allocation_decisions as decisions
from ledger.services import people as people_service
from ledger.services import progress as progress_service
from ledger.services.differences import Change
from ledger.services.extract_reading import ExtractFile
from ledger.services.pool import Pool, running
from ledger.services.roster_files import SheetFile
from ledger.services.rosters import ChangeMember
from ledger.storage import people, progress
from ledger.storage.campaigns import CampaignFilter
from reports.boards.pack import make as bind
from reports.reconciliation.fixed import make
from reports.registry import REPORTS
from tests.conftest import client_for, drop_books, new_books, sample_books
from tests.pages.test_home_in_chromium import AXE, CHROMIUM, browser  # noqa: F401 - the browser is a fixture
from tests.services import between_unions_stage, extracts_stage, lending_stage, strikes_stage
from tests.services.requests_stage import Stage, asked
from tests.services.rosters_stage import captain, rosters_stage, strike
from tests.services.runs_stage import enrol, paid, picket, submitted
from tests.services.test_allocation_payments import paying
from tests.services.test_allocations import OFFICERS
from tests.services.test_approvals import PROPOSAL as RULES_PROPOSED
from tests.services.test_documents import PDF
from tests.services.test_funds import PROPOSAL
from tests.services.test_strike_rules import MORE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
SITE = "http://127.0.0.1:8000"
COMBINATIONS = {"en desktop light": ("en", "light", 1280, 900), "fr phone dark": ("fr", "dark", 390, 844)}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
UNIFOR, UE, ADMIN = "unifor treasurer", "ue treasurer", "unifor admin"
OFFICER, BOARD, UE_LEAD, BENEFITS = "unifor officer", "unifor board_member", "ue campaign_lead", "unifor benefits_officer"
UE_BENEFITS = "ue benefits_officer"
UNIFOR_ACCOUNT = "(SELECT id FROM accounts WHERE path = 'Assets:Bank:Unifor-trust-CAD' AND book = 'joint')"
TABS = 3


class Row(msgspec.Struct, frozen=True):
    """One page: its address (with names of facts), who reads it, and what is posted to it first where it is the answer to a form."""

    address: str
    who: str = UNIFOR
    form: dict[str, str] | None = None
    status: int = 200


def row(*addresses: str, who: str = UNIFOR) -> list[Row]:
    return [Row(address, who) for address in addresses]


ROWS: dict[str, list[Row]] = {
    "/": row("/", "/?done=home_seen") + row("/", who=UE) + row("/", who=ADMIN),
    "/accounts": row("/accounts", "/accounts?book=unifor"),
    "/accounts/new": row("/accounts/new"),
    "/accounts/{account_id:int}": row("/accounts/{account}"),
    "/accounts/{account_id:int}/close": row("/accounts/{account}/close"),
    "/approval-rules": row("/approval-rules", "/approval-rules?kind=general&fund=GEN&amount=20000&currency=USD", "/approval-rules?amount=lots")
    + row("/approval-rules", who=OFFICER),
    "/approval-rules/new": row("/approval-rules/new", who=OFFICER),
    "/approval-rules/{number:int}": row("/approval-rules/1", "/approval-rules/2") + row("/approval-rules/2", who=OFFICER),
    "/audit": row("/audit"),
    "/audit-packs": [*row("/audit-packs"), Row("/audit-packs", form={"from": "2026-02-01", "to": "2026-01-01"}, status=422)],
    "/bank": row("/bank") + row("/bank", who=UE),
    "/bank/lines/{number:int}": [
        *row("/bank/lines/{open_line}", "/bank/lines/{matched_line}"),
        Row("/bank/lines/{open_line}", form={"action": "preview", "what": "fee", "fund": ""}, status=422),
    ],
    "/bank/rules": row("/bank/rules") + row("/bank/rules", who=UE),
    "/bank/rules/{rule_id:int}": row("/bank/rules/{bank_rule}"),
    "/bank/statements/{number:str}": row("/bank/statements/{statement}"),
    "/bank/{account_id:int}": row("/bank/{account}", "/bank/{account}?state=all", "/bank/{account}?q=nothing-like-it") + row("/bank/{account}", who=UE),
    "/bank/{account_id:int}/hand": row("/bank/{account}/hand", "/bank/{account}/hand?q=nothing-like-it"),
    "/bank/{account_id:int}/import": row("/bank/{account}/import"),
    "/bank/{account_id:int}/proof": row("/bank/{account}/proof", "/bank/{account}/proof?day=2001-01-01"),
    "/bank/{account_id:int}/start": row("/bank/{account}/start"),
    "/bank/{account_id:int}/statements": row("/bank/{account}/statements"),
    "/board-packs": row("/board-packs") + row("/board-packs", who=BOARD),
    "/board-packs/new": row("/board-packs/new"),
    "/board-packs/{number:str}": row("/board-packs/{pack}") + row("/board-packs/{pack}", who=BOARD),
    "/packs/{secret:str}": row("/packs/{pack_secret}", who=""),
    "/members": row("/members", who=""),
    "/members/{quarter:str}": row("/members/{member_quarter}", who=""),
    "/members-page": row("/members-page") + row("/members-page", who=OFFICER),
    "/members-page/new": [
        *row("/members-page/new", who=OFFICER), Row("/members-page/new", OFFICER, {"quarter": "{member_quarter}", "action": "preview"}),
        Row("/members-page/new", OFFICER, {"quarter": "soon"}, status=422),
    ],
    "/members-page/{quarter:str}/{version:int}": row("/members-page/{member_quarter}/1") + row("/members-page/{member_quarter}/2", who=OFFICER),
    "/campaigns": row("/campaigns", "/campaigns?q=nothing-like-it") + row("/campaigns", who=UE_LEAD),
    "/campaigns/new": row("/campaigns/new", who=OFFICER) + row("/campaigns/new", who=UE_LEAD),
    "/campaigns/{number:str}": row("/campaigns/{faced}", "/campaigns/{ended}") + row("/campaigns/{faced}", who=UE_LEAD),
    "/campaigns/{number:str}/budget": row("/campaigns/{faced}/budget", who=UE_LEAD),
    "/campaigns/{number:str}/change": row("/campaigns/{faced}/change", who=UE_LEAD),
    "/campaigns/{number:str}/close": row("/campaigns/{faced}/close", who=UE_LEAD),
    "/campaigns/{number:str}/reopen": row("/campaigns/{ended}/reopen", who=UE_LEAD),
    "/close": row("/close") + row("/close", who=BOARD),
    "/close/{number:str}": row(*(f"/close/{{{month}}}" for month in ("signed_close", "fixed_close", "early_close", "this_close")))
    + row("/close/{early_close}", who=BOARD),
    "/close/schedule": row("/close/schedule") + row("/close/schedule", who=BOARD),
    "/close/{number:str}/reopen": row("/close/{signed_close}/reopen"),
    "/close/{number:str}/sign": row("/close/{fixed_close}/sign"),
    "/contributions": row("/contributions", "/contributions?q=nothing-like-it"),
    "/contributions/new": row("/contributions/new", "/contributions/new?pledge={overdue}"),
    "/contributions/{number:str}": row("/contributions/{contribution}", "/contributions/{pledged}"),
    "/contributions/{number:str}/reverse": row("/contributions/{contribution}/reverse"),
    "/documents/new": row("/documents/new?kind=journal&subject=1"),
    "/funds": row("/funds"),
    "/funds/new": row("/funds/new"),
    "/funds/{code:str}": row("/funds/STRIKE", "/funds/HALL"),
    "/funds/{code:str}/change": row("/funds/STRIKE/change"),
    "/funds/{code:str}/close": row("/funds/STRIKE/close"),
    "/funds/{code:str}/confirm": row("/funds/HALL/confirm"),
    "/help": row("/help") + row("/help", who=""),
    "/help/{topic:str}": row(*(f"/help/{topic}" for topic in HELP_PAGES)),
    "/help/problems": row("/help/problems"),
    "/help/problems/{code:str}": row("/help/problems/insufficient_available", "/help/problems/not_allowed"),
    "/interests": row("/interests") + row("/interests", who=OFFICER),
    "/journal": row("/journal", "/journal?q=nothing-like-it", "/journal?from=soon"),
    "/journal/interfund/new": row("/journal/interfund/new?from=GEN"),
    "/journal/new": row("/journal/new", "/journal/new?kind=opening"),
    "/journal/{number:int}": row(
        "/journal/1", "/journal/{general}", "/journal/{correction}", "/journal/{reversal}", "/journal/{interfund}", "/journal/{revaluation}",
        "/journal/{transfer_sent}", "/journal/{transfer_received}", "/journal/{transfer_returned}", "/journal/{pledge}",
    ),
    "/journal/{number:int}/correct": row("/journal/{general}/correct"),
    "/journal/{number:int}/reverse": row("/journal/{general}/reverse"),
    "/notices": row("/notices") + row("/notices", who=ADMIN),
    "/payees": row("/payees", "/payees?q=nothing-like-it") + row("/payees", who=UE_LEAD),
    "/payees/new": row("/payees/new"),
    "/payees/{number:str}": row("/payees/{paid}", "/payees/{unpaid}") + row("/payees/{waiting_payee}", who=UE) + row("/payees/{paid}", who=UE_LEAD),
    "/payees/{number:str}/change": row("/payees/{paid}/change"),
    "/payees/{number:str}/details/new": row("/payees/{paid}/details/new", "/payees/{waiting_payee}/details/new"),
    "/payees/{number:str}/details/{account_id:uuid}/decide": row("/payees/{waiting_payee}/details/{waiting_details}/decide", who=UE),
    "/payees/{number:str}/details/{account_id:uuid}/retire": row("/payees/{paid}/details/{paid_details}/retire"),
    "/payables": row("/payables", "/payables?q=nothing-like-it"),
    "/payables/paid": row("/payables/paid"),
    "/payables/{number:str}/close": row("/payables/{payable}/close"),
    "/payables/{number:str}/payments/{ordinal:int}": row("/payables/{payable}/payments/1"),
    "/payables/{number:str}/payments/{ordinal:int}/reverse": row("/payables/{payable}/payments/1/reverse"),
    "/payables/{number:str}/{line:int}": row("/payables/{payable}/1", "/payables/{payable}/2"),
    "/people": row("/people") + row("/people", who=ADMIN),
    "/people/new": row("/people/new", who=ADMIN),
    "/people/{person_id:int}": row("/people/{treasurer}") + row("/people/{treasurer}", who=ADMIN),
    "/pledges": row("/pledges"),
    "/pledges/new": row("/pledges/new"),
    "/pledges/{number:str}": row("/pledges/{overdue}", "/pledges/{fulfilled}", "/pledges/{cancelled}", "/pledges/{conditional}"),
    "/pledges/{number:str}/cancel": row("/pledges/{overdue}/cancel"),
    "/pledges/{number:str}/condition": row("/pledges/{conditional}/condition"),
    "/pledges/{number:str}/reopen": row("/pledges/{cancelled}/reopen"),
    "/rates": row("/rates"),
    "/rates/load": row("/rates/load"),
    "/rates/new": row("/rates/new"),
    "/rates/revaluation": row("/rates/revaluation?book=joint"),
    "/rates/{name:str}": row("/rates/{rate}") + row("/rates/{rate}", who=UE),
    "/reports": row("/reports"),
    "/reports/{name:str}": row(*(f"/reports/{name}" for name in REPORTS), "/reports/account-statement?account={account}"),
    "/requests": row("/requests", "/requests?q=nothing-like-it") + row("/requests", who=UE_LEAD),
    "/requests/new": row("/requests/new", who=UE_LEAD) + row("/requests/new", who=OFFICER),
    "/requests/{number:str}": row("/requests/{asked}", "/requests/{changed}") + row("/requests/{asked}", "/requests/{changed}", who=UE_LEAD),
    "/requests/{number:str}/change": row("/requests/{drafted}/change", "/requests/{asked}/change", "/requests/{changed}/change", who=UE_LEAD),
    "/requests/board": row("/requests/board") + row("/requests/board", who=OFFICER) + row("/requests/board", who=BOARD),
    "/requests/queue": row("/requests/queue", "/requests/queue?at={large}", who=OFFICER),
    "/requests/{number:str}/decide/{act:str}": row(*(f"/requests/{{asked}}/decide/{act}" for act in ("approve", "step-aside", "suspend")), who=OFFICER),
    "/requests/{number:str}/resolution": row("/requests/{large}/resolution", who=OFFICER),
    "/requests/{number:str}/vote": row("/requests/{large}/vote", who=BOARD),
    "/requests/{number:str}/withdraw": row("/requests/{drafted}/withdraw", "/requests/{asked}/withdraw", who=UE_LEAD),
    "/search": row("/search", "/search?q=strike", "/search?q=nothing-like-it"),
    "/set-password": row("/set-password?link={password_link}", who=""),
    "/set-up": row("/set-up?link={setup_link}", who="new"),
    "/settings": row("/settings"),
    "/sign-in": row("/sign-in", who="") + row("/sign-in", who="new"),
    "/strikes": row("/strikes", "/strikes?q=nothing-like-it", "/strikes?sort=-spent") + row("/strikes", who=BENEFITS),
    "/strikes/new": row("/strikes/new", who=BENEFITS),
    "/strikes/week": row("/strikes/week", "/strikes/week?strike={members_out}&week=2") + row("/strikes/week", who=UE),
    "/strikes/{number:str}": row("/strikes/{members_out}", "/strikes/{local_out}", "/strikes/{noticed}?done=strike_recorded")
    + row("/strikes/{members_out}", who=BENEFITS) + row("/strikes/{noticed}", who=OFFICER),
    "/strikes/{number:str}/authorise": row("/strikes/{noticed}/authorise", who=OFFICER),
    "/strikes/{number:str}/change": row("/strikes/{announced}/change", who=BENEFITS),
    "/strikes/{number:str}/{act:str}": row("/strikes/{members_out}/ratify", "/strikes/{members_out}/end", "/strikes/{announced}/call-off", who=BENEFITS),
    "/strikes/runs": row("/strikes/runs", "/strikes/runs?state=cancelled") + row("/strikes/runs", who=UE),
    "/strikes/runs/new": row("/strikes/runs/new?strike={strike}"),
    "/strikes/runs/{number:str}": row("/strikes/runs/{run}", "/strikes/runs/{run_submitted}") + row("/strikes/runs/{run}", who=UE)
    + row("/strikes/runs/{run_submitted}", who=OFFICER),
    "/strikes/runs/{number:str}/lines": row("/strikes/runs/{run}/lines", "/strikes/runs/{run}/lines?q=nothing-like-it"),
    "/strikes/runs/{number:str}/lines/{member:int}": row(*(f"/strikes/runs/{{run}}/lines/{member}" for member in (1, 2, 8))),
    "/strikes/runs/{number:str}/lines/{member:int}/{act:str}": row(
        *(f"/strikes/runs/{{run}}/lines/1/{act}" for act in ("stop", "void", "unclaim", "overpaid", "clear")),
        *(f"/strikes/runs/{{run}}/lines/2/{act}" for act in ("paid-back", "write-off")),
    ),
    "/strikes/runs/{number:str}/payments": row("/strikes/runs/{run}/payments", "/strikes/runs/{run_submitted}/payments"),
    "/strikes/runs/{number:str}/payments/{member:int}/reissue": row("/strikes/runs/{run}/payments/3/reissue"),
    "/strikes/runs/{number:str}/changes": row("/strikes/runs/{run}/changes", "/strikes/runs/{run_submitted}/changes"),
    "/strikes/runs/{number:str}/write-offs/{ordinal:int}": row("/strikes/runs/{run}/write-offs/2", who=OFFICER),
    "/strikes/runs/{number:str}/{act:str}": row("/strikes/runs/{run}/clear") + row(
        "/strikes/runs/{run_submitted}/approve", "/strikes/runs/{run_submitted}/send-back", who=OFFICER
    ),
    "/strikes/advances": row("/strikes/advances") + row("/strikes/advances", who=BOARD),
    "/strikes/advances/{advance:str}": row("/strikes/advances/{advance_paid}", who=UE) + row("/strikes/advances/{advance_waiting}", who=UE_BENEFITS)
    + row("/strikes/advances/{advance_waiting}", "/strikes/advances/{advance_paid}"),
    "/strikes/advances/{advance:str}/cancel": row("/strikes/advances/{advance_waiting}/cancel", who=UE_BENEFITS),
    "/strikes/advances/{advance:str}/hold": row("/strikes/advances/{advance_waiting}/hold", who=UE),
    "/strikes/advances/{advance:str}/pay": row("/strikes/advances/{advance_waiting}/pay", who=UE),
    "/strikes/{number:str}/advances": row("/strikes/{local_out}/advances", "/strikes/{local_out}/advances?done=advance_taken_back")
    + row("/strikes/{local_out}/advances", who=UE) + row("/strikes/{local_out}/advances", who=UE_BENEFITS),
    "/strikes/{number:str}/advances/accept": row("/strikes/{local_out}/advances/accept?local={local_number}", who=UE),
    "/strikes/{number:str}/advances/entries/{entry:int}/take-back": row("/strikes/{local_out}/advances/entries/{advance_entry}/take-back", who=UE),
    "/strikes/{number:str}/advances/file": row("/strikes/{local_out}/advances/file?local={local_number}&week=4", who=UE_BENEFITS),
    "/strikes/{number:str}/advances/new": row("/strikes/{local_out}/advances/new?local={local_number}", who=UE_BENEFITS),
    "/strikes/{number:str}/advances/reports/{local:str}/{week:int}": row(
        "/strikes/{local_out}/advances/reports/{local_number}/3", "/strikes/{local_out}/advances/reports/{local_number}/9"
    ),
    "/strikes/{number:str}/advances/reports/{local:str}/{week:int}/return": row(
        "/strikes/{local_out}/advances/reports/{local_number}/3/return", who=UE
    ),
    "/strikes/{number:str}/advances/unspent": row("/strikes/{local_out}/advances/unspent?local={local_number}", who=UE),
    "/strikes/grants": row("/strikes/grants?strike={strike}", "/strikes/grants") + row("/strikes/grants?strike={strike}", who=UE)
    + row("/strikes/grants?strike={members_out}", who=OFFICER),
    "/strikes/grants/new": row("/strikes/grants/new?strike={strike}&member=1", "/strikes/grants/new"),
    "/strikes/grants/{number:str}": row("/strikes/grants/{grant}", "/strikes/grants/{loan}") + row("/strikes/grants/{grant}", who=OFFICER),
    "/strikes/grants/{number:str}/cancel": row("/strikes/grants/{grant}/cancel"),
    "/strikes/grants/{number:str}/pay": row("/strikes/grants/{grant_approved}/pay"),
    "/strikes/grants/{number:str}/refuse": row("/strikes/grants/{grant}/refuse", who=OFFICER),
    "/strikes/grants/{number:str}/repay": row("/strikes/grants/{loan}/repay"),
    "/strikes/runway": row("/strikes/runway", "/strikes/runway?currency=CAD&members=60&weekly=300&strike_members=40&strike_weekly=250&from_week=3",
                           "/strikes/runway?members=60"),
    "/strikes/tax-review": row("/strikes/tax-review") + row("/strikes/tax-review?year=2026&nation=US", who=UE),
    "/comparison": row("/comparison", "/comparison?done=compared") + row("/comparison", who=BOARD),
    "/comparison/{ends_on:date}": row("/comparison/2026-01-31", "/comparison/2026-02-28") + row("/comparison/2026-01-31", who=UE),
    "/comparison/{ends_on:date}/letter": row("/comparison/2026-01-31/letter"),
    "/comparison/differences/{number:str}": row("/comparison/differences/{difference}") + row("/comparison/differences/{difference}", who=BOARD),
    "/extracts": row("/extracts"),
    "/extracts/new": row("/extracts/new", "/extracts/new?until=2026-01-31"),
    "/extracts/{number:str}": row("/extracts/{extract}"),
    "/extracts/files/{id:uuid}": row("/extracts/files/{extract_file}?until=2026-02-28", "/extracts/files/{extract_broken}?until=2026-02-28"),
    "/between-unions": row("/between-unions", "/between-unions?on=2026-02-28") + row("/between-unions", who=BOARD),
    "/between-unions/settle": row("/between-unions/settle") + row("/between-unions/settle", who=UE),
    "/agreements": row("/agreements") + row("/agreements", who=UE),
    "/agreements/new": row("/agreements/new", "/agreements/new?of={agreement}"),
    "/agreements/{number:str}": row("/agreements/{agreement}"),
    "/agreements/{number:str}/end": row("/agreements/{agreement}/end"),
    "/agreements/{number:str}/{version:int}": row("/agreements/{agreement}/1", "/agreements/{agreement}/2") + row("/agreements/{agreement}/2", who=UE),
    "/equalisation": row("/equalisation") + row("/equalisation", who=UE_LEAD),
    "/equalisation/new": row("/equalisation/new?agreement={agreement}"),
    "/equalisation/costs": row("/equalisation/costs", "/equalisation/costs?union=nobody"),
    "/equalisation/costs/new": row("/equalisation/costs/new"),
    "/equalisation/costs/{number:str}": row("/equalisation/costs/{cost}") + row("/equalisation/costs/{cost}", who=UE),
    "/equalisation/members": row("/equalisation/members"),
    "/equalisation/members/new": row("/equalisation/members/new"),
    "/equalisation/{number:str}": row("/equalisation/{equalised}") + row("/equalisation/{equalised}", who=UE_LEAD),
    "/equalisation/{number:str}/settle": row("/equalisation/{equalised}/settle"),
    "/loans/new": row("/loans/new"),
    "/deliveries": row("/deliveries", "/deliveries?state=disputed") + row("/deliveries", who=BOARD),
    "/deliveries/{number:str}": row("/deliveries/{delivered}", "/deliveries/{disputed_hours}") + row("/deliveries/{disputed_hours}", who=UE),
    "/deliveries/{number:str}/change": row("/deliveries/{disputed_hours}/change", who=UE),
    "/deliveries/{number:str}/{act:str}": row("/deliveries/{disputed_hours}/withdraw", who=UE),
    "/bookings/{number:str}/deliver": row("/bookings/{trip}/deliver?first=2026-01-01", who=UE),
    "/charge-backs/new": row("/charge-backs/new"),
    "/loans/{number:str}": row("/loans/{lent}", "/loans/{terms}") + row("/loans/{terms}", who=UE),
    "/loans/{number:str}/resolution": row("/loans/{lent}/resolution", who=OFFICER),
    "/loans/{number:str}/{act:str}": row("/loans/{lent}/draw", "/loans/{lent}/repay", "/loans/{lent}/interest", "/loans/{terms}/withdraw")
    + row("/loans/{terms}/decline", who=UE),
    "/steps/{number:str}": row("/steps/{step_in}", "/steps/{step_waiting}") + row("/steps/{step_waiting}", who=UE),
    "/steps/{number:str}/{act:str}": row("/steps/{step_in}/undo", "/steps/{step_waiting}/withdraw") + row("/steps/{step_waiting}/decline", who=UE),
    "/resources": row("/resources", "/resources?first_day=soon&last_day=2026-12-04", "/resources?place=nowhere-at-all") + row("/resources", who=UE_LEAD),
    "/resources/all": row("/resources/all", "/resources/all?q=nothing-like-it"),
    "/resources/calendar": row(
        "/resources/calendar", "/resources/calendar?view=month&day={lending_day}", "/resources/calendar?view=list&day={lending_day}",
        "/resources/calendar?day={lending_day}", "/resources/calendar?day=1800-01-01",
    ) + row("/resources/calendar?day={lending_day}", who=UE_LEAD),
    "/resources/new": row("/resources/new"),
    "/resources/{number:str}": row("/resources/{van}", "/resources/{headsets}") + row("/resources/{van}", who=UE_LEAD),
    "/resources/{number:str}/ask": row("/resources/{headsets}/ask?first_day={lending_day}", who=OFFICER) + row("/resources/{van}/ask", who=UE_LEAD),
    "/resources/{number:str}/change": row("/resources/{van}/change"),
    "/resources/{number:str}/rates": row("/resources/{van}/rates") + row("/resources/{van}/rates", who=UE_LEAD),
    "/resources/{number:str}/{act:str}": row("/resources/{van}/withdraw"),
    "/bookings": row("/bookings", "/bookings?resource=R-9999") + row("/bookings", who="ue officer") + row("/bookings", who=UE_LEAD),
    "/bookings/{number:str}": row("/bookings/{booking}", "/bookings/{booking_asked}", "/bookings/{booking_staff}"),
    "/bookings/{number:str}/{act:str}": row(
        *(f"/bookings/{{booking_asked}}/{act}" for act in ("hold", "confirm", "decline", "reschedule")), "/bookings/{booking_staff}/clear",
        "/bookings/{booking}/cancel", who=OFFICER,
    ),
    "/thresholds": row("/thresholds") + row("/thresholds", who=OFFICER),
    "/thresholds/new": row("/thresholds/new?code=strike-benefits-us", "/thresholds/new?code=lm-3"),
    "/statement-requests": row("/statement-requests", "/statement-requests?state=open"),
    "/statement-requests/{number:str}/answer": row("/statement-requests/Q-0002/answer"),
    "/lm2-map": row("/lm2-map", "/lm2-map?version=0") + row("/lm2-map", who=UE),
    "/lm2-map/change": row("/lm2-map/change", who=UE),
    "/reminders": row("/reminders", "/reminders?kind=accounts_abroad", "/reminders?year=2001") + row("/reminders", who=OFFICER),
    "/retention": row("/retention", "/retention?done=hold_placed") + row("/retention", who=ADMIN),
    "/retention/holds/new": [
        *row("/retention/holds/new"),
        Row("/retention/holds/new", UNIFOR, {"form_key": "hold-wrong-01", "scope": "strike", "strike": "S-9999", "reason": ""}, 422),
    ],
    "/retention/filings/new": row("/retention/filings/new"),
    "/retention/filings/{number:str}": row("/retention/filings/FL-0001") + row("/retention/filings/FL-0001", who=ADMIN),
    "/strike-rules": row("/strike-rules", "/strike-rules?done=strike_rules_proposed") + row("/strike-rules", who=OFFICER),
    "/strike-rules/new": row("/strike-rules/new", "/strike-rules/new?from=unifor", "/strike-rules/new?from=uaw", who=OFFICER)
    + row("/strike-rules/new?from=ue", who=UE),
    "/strike-rules/templates/{code:str}": row("/strike-rules/templates/opseu", "/strike-rules/templates/uaw"),
    "/strike-rules/{code:str}": row("/strike-rules/unifor", "/strike-rules/ue") + row("/strike-rules/ue", who=UE),
    "/strike-rules/{code:str}/{number:int}": row("/strike-rules/unifor/1", "/strike-rules/unifor/2") + row("/strike-rules/unifor/2", who=UE),
    "/duty": row("/duty"),
    "/progress/{id:uuid}": row("/progress/{roster_done}", "/progress/{roster_refused}", "/progress/{computing}"),
    "/strikes/{number:str}/duty": row("/strikes/{roster}/duty?day=2026-11-16", "/strikes/{roster}/duty?day=2026-11-17&local=9112")
    + row("/strikes/{roster}/duty?day=2026-11-16", who="captain"),
    "/strikes/{number:str}/duty/captains": row("/strikes/{roster}/duty/captains"),
    "/strikes/{number:str}/duty/files/{id:uuid}": row("/strikes/{roster}/duty/files/{duty_file}"),
    "/strikes/{number:str}/duty/import": row("/strikes/{roster}/duty/import"),
    "/strikes/{number:str}/roster": row("/strikes/{roster}/roster", "/strikes/{roster}/roster?q=nobody+at+all"),
    "/strikes/{number:str}/roster/files/{id:uuid}": row("/strikes/{roster}/roster/files/{good_file}", "/strikes/{roster}/roster/files/{faulty_file}"),
    "/strikes/{number:str}/roster/import": row("/strikes/{roster}/roster/import"),
    "/strikes/{number:str}/roster/members/{member:int}": row("/strikes/{roster}/roster/members/1"),
    "/strikes/{number:str}/roster/members/{member:int}/change": row("/strikes/{roster}/roster/members/1/change"),
    "/strikes/{number:str}/roster/new": row("/strikes/{roster}/roster/new"),
    "/strikes/{number:str}/roster/retention": row("/strikes/{roster}/roster/retention", "/strikes/{called_off}/roster/retention"),
    "/transfers": row("/transfers", "/transfers?state=received", "/transfers?q=nothing-like-it"),
    "/transfers/new": row("/transfers/new") + row("/transfers/new?replaces={returned}", who=UE),
    "/transfers/{number:str}": row(
        "/transfers/{in_transit}", "/transfers/{disputed}", "/transfers/{received}?done=transfer_received", "/transfers/{taken_back}",
        "/transfers/{returned}",
    ) + row("/transfers/{in_transit}", "/transfers/{disputed}", who=UE),
    "/transfers/{number:str}/{act:str}": row(
        "/transfers/{in_transit}/dispute", "/transfers/{in_transit}/remark", "/transfers/{received}/reverse-receipt", "/transfers/{ours}/return",
        "/transfers/{ours}/cancel",
    ),
    "/unions": row("/unions"),
    "/unions/locals/new": row("/unions/locals/new"),
    "/unions/locals/{union:str}/{number:str}/close": row("/unions/locals/unifor/8504/close"),
    "/verification": row("/verification"),
    "/webhooks": row("/webhooks", "/webhooks?done=webhook_deleted", who=ADMIN) + row("/webhooks") + row("/webhooks", who=UE),
    "/webhooks/new": [
        Row("/webhooks/new", ADMIN),
        Row("/webhooks/new", ADMIN, {"form_key": "webhook-wrong", "name": "", "url": "http://example.org"}, 422),
        Row(
            "/webhooks/new", ADMIN,
            {"form_key": "webhook-000001", "name": "Notre programme", "url": "https://hooks.example.org/x", "events": "entry.posted"},
        ),
    ],
    "/webhooks/{number:str}": row("/webhooks/WH-0001", who=ADMIN) + row("/webhooks/WH-0001"),
    "/webhooks/{number:str}/delete": row("/webhooks/WH-0001/delete", who=ADMIN),
    "/webhooks/{number:str}/change": row("/webhooks/WH-0001/change", who=ADMIN),
}  # fmt: skip
# GET routes that answer no page.
NO_PAGE = {
    "/audit-packs/{id:uuid}": "the file itself",
    "/board-packs/{number:str}/{file:str}": "the file itself",
    "/calendar/{name:str}": "a calendar for programs",
    "/close/{number:str}/reports/{version:int}/{file:str}": "the file itself",
    "/documents/{document_id:uuid}": "the file itself",
    "/export/{format_name:str}": "a file",
    "/packs/{secret:str}/{file:str}": "the file itself",
    "/strikes/runs/{number:str}/payments/{format_name:str}": "a file",
    "/transfers/{number:str}/receipt": "leads to the transfer's own page, which has the form",
}

ANSWERS = [
    Row("/nothing/here", status=404), Row("/transfers/T-9999", status=404), Row("/nothing/here", who="", status=404),
    Row("/transfers/new", who=ADMIN, status=403), Row("/people/new", status=403), Row("/journal", who="", status=401),
    Row("/calendar/nothing.ics", who="", status=404), Row("/resources/calendar/feed", UE_LEAD, {"form_key": "feed-000001"}),
    Row("/set-up?link=spent", who="", status=410), Row("/set-password?link=spent", who="", status=410),
    Row("/sign-in", "", {"email": "nobody@example.org", "password": "wrong"}, 401),
    Row("/journal/new", "", {"description": "Typed before the session ended"}, 401),
    Row("/sign-in", "", {"email": "ue-treasurer@example.org", "password": "sample-ue-treasurer", "carried-text": "x", "carry_to": "/journal/new"}),
    *(
        Row(address, who, {"action": "look"}, 422)
        for address, who in (
            ("/approval-rules/new", OFFICER), ("/interests", OFFICER), ("/strike-rules/new", OFFICER),
            ("/contributions/new", UNIFOR), ("/journal/new", UNIFOR), ("/transfers/new", UNIFOR), ("/pledges/new", UNIFOR), ("/funds/new", UNIFOR),
            ("/accounts/new", UNIFOR), ("/people/new", ADMIN), ("/rates/new", UNIFOR), ("/rates/load", UNIFOR), ("/journal/interfund/new", UNIFOR),
            ("/journal/{general}/correct", UNIFOR), ("/transfers/{in_transit}", UNIFOR), ("/transfers/{ours}/return", UNIFOR),
            ("/unions/locals/new", UNIFOR), ("/documents/new?kind=journal&subject=1", UNIFOR), ("/funds/STRIKE/change", UNIFOR),
            ("/campaigns/new", UE_LEAD), ("/set-up", "new"), ("/agreements/new", UNIFOR), ("/equalisation/costs/new", UNIFOR),
            ("/equalisation/members/new", UNIFOR), ("/equalisation/new", UNIFOR), ("/equalisation/{equalised}/settle", UNIFOR),
            ("/payees/new", UNIFOR), ("/payees/{paid}/details/new", UNIFOR), ("/payees/{paid}/details/{paid_details}/retire", UNIFOR),
            ("/payables/{payable}/1", UNIFOR), ("/resources/new", UNIFOR), ("/resources/{van}/ask", UE_LEAD), ("/resources/{van}/rates", UNIFOR),
            ("/bookings/{booking_asked}/reschedule", OFFICER),
        )
    ),
]  # fmt: skip


class Books(msgspec.Struct):
    """The sample year, an app on it, a client for each reader, and what fills the addresses."""

    app: Litestar
    clients: dict[str, httpx.AsyncClient]
    facts: dict[str, str]


def app_on(pool: Pool) -> Litestar:
    app = create_app(Settings(), pool=pool)
    app.state.pool = pool
    return app


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def books(server: tuple[str, str]) -> AsyncIterator[Books]:
    """The sample year, loaded once, and beside it new books that nobody has opened yet (client ``new``)."""
    sample, new = await sample_books(server), await new_books(server)
    async with AsyncExitStack() as stack:
        pool, empty = await stack.enter_async_context(running(sample)), await stack.enter_async_context(running(new))
        app = app_on(pool)
        clients = {"": await stack.enter_async_context(client_for(app)), "new": await stack.enter_async_context(client_for(app_on(empty)))}
        for person, _ in await sign_in.sample_people(pool):
            clients[f"{person.union} {min(person.roles)}"] = await stack.enter_async_context(client_for(app, sign_in.actor_of(person, "page")))
        facts = await more_states(pool) | await known_facts(pool)
        rosters = await roster_states(pool, clients[UNIFOR])
        facts |= rosters.facts
        clients["captain"] = await stack.enter_async_context(client_for(app, rosters.captain))
        facts["setup_link"] = await people_service.setup_link(empty) or ""
        yield Books(app, clients, facts)
    await drop_books(server, sample)
    await drop_books(server, new)


async def more_states(pool: Pool) -> dict[str, str]:
    """What the sample year has not: pledges cancelled and on a condition, a fund that waits, a document, a one-time link."""
    readers = {f"{person.union} {min(person.roles)}": sign_in.actor_of(person, "page") for person, _ in await sign_in.sample_people(pool)}
    unifor, day = readers[UNIFOR], pool.today()
    promise = RecordPledge(
        union="unifor", fund="EDU", currency="CAD", amount_minor=9_000_00, approved_on=day, resolution="NEB-11", condition="A matching pledge of UE",
        instalments=(Instalment(day + timedelta(days=30), 4_500_00), Instalment(day + timedelta(days=60), 4_500_00)),
    )  # fmt: skip
    conditional = await pledges.record_pledge(pool, unifor, "accessible-1", promise)
    cancelled = await pledges.record_pledge(pool, unifor, "accessible-2", msgspec.structs.replace(promise, condition="", resolution="NEB-12"))
    await pledges.cancel_pledge(pool, unifor, "accessible-3", cancelled.number, "The board withdrew it")
    await funds.propose_fund(pool, readers[UE], "accessible-4", PROPOSAL)
    rules = msgspec.structs.replace(RULES_PROPOSED, valid_from=day)
    await approval_rules.propose_rules(pool, readers["ue officer"], "accessible-6", rules)
    await strike_rules.propose_rules(pool, readers[OFFICER], "accessible-9", ProposeStrikeRules(valid_from=day, rules=MORE))
    printer = await payees.add_payee(pool, unifor, "accessible-7", AddPayee(name="Presse Achterberg", country="CA", remark=""))
    declared = DeclareInterest(subject=printer.number, reason="My brother owns it")
    await interests.declare(pool, readers[OFFICER], "accessible-8", declared)
    told = {"request_submitted": {"by": "Ana Ruiz"}, "request_paid": {"amounts": {"USD": 1_250_00, "CAD": 900_00}, "payee": "Print shop"}}
    async with pool.database.writing() as connection:
        found = [Notice(kind=k, subject="A-0107", url="/", to=(unifor.person_id,), once="1", facts=facts) for k, facts in told.items()]
        await notices.notify(connection, found, pool.clock())
    await fix_last_month(pool, readers[UE], unifor)
    shared = await a_shared_pack(pool, unifor) | await a_members_page(pool, readers[OFFICER])
    await documents.attach(pool, unifor, "accessible-5", "journal", "1", "bank statement.pdf", "application/pdf", PDF)
    requests = await asked_for(pool, readers[UE_LEAD], readers[OFFICER])
    async with pool.database.writing() as connection:
        link = await people.add_link(connection, "password", unifor.person_id, 24)
    requests["announced"] = await announced(pool, readers[BENEFITS])
    stage = await strikes_stage.set_stage(pool, readers[UE], unifor)
    requests["payable"] = await a_payable(stage)
    requests |= await weekly_runs(stage, unifor)
    requests |= await lending(stage) | await resources_lent(stage) | await ledgers_compared(stage)
    return requests | shared | {"conditional": conditional.number, "cancelled": cancelled.number, "password_link": link, "treasurer": str(unifor.person_id)}


class RosterStates(msgspec.Struct):
    """A strike's roster in its states, and its captain."""

    facts: dict[str, str]
    captain: Actor


async def roster_states(pool: Pool, client: httpx.AsyncClient) -> RosterStates:
    """A roster with duty and a change by hand, files that wait, long work that ended well and badly, and a strike that was called off."""
    stage = await rosters_stage(pool, {"ue": ("9506",), "unifor": ("9112", "9285")})
    number, officer = stage.strikes["unifor"].number, stage.people["unifor benefits_officer"]
    await stage.bring("unifor", "A-101,Morgan Example,9112,good", "A-102,Robin Sample,9285,arrears", "A-103,Kim Invented,9112,not a member")
    said = ChangeMember(name="Morgan Example", local="9112", standing="good", payroll="leave", on_hold=True, reason="Waits for the minutes")
    await rosters.change_member(pool, officer, stage.key(), number, 1, said)
    person = await captain(stage, "unifor", "9112")
    await duty.record(pool, person, stage.key(), number, date(2026, 11, 16), "A-101", 270)
    sheets = {
        "good_file": ("roster", "reference,name,local,standing\nA-104,Sam Fictitious,9112,good\n"),
        "faulty_file": ("roster", "reference,name,local,standing\nA-104,Sam Fictitious,9112,perhaps\n,Lee Imagined,1,good\n"),
        "duty_file": ("duty", "reference,2026-11-17,2026-11-18\nA-101,4,4.5\n"),
        "roster_done": ("roster", "reference,name,local\nA-105,Noor Madeup,9112\n"),
        "roster_refused": ("roster", "reference,name,local\nA-105,,9112\n"),
    }  # fmt: skip
    people_known = [sign_in.actor_of(person, "page") for person, _ in await sign_in.sample_people(pool)]
    treasurer = next(each for each in people_known if each.union == "unifor" and "treasurer" in each.roles)
    facts = {"roster": number}
    for name, (holds, text) in sheets.items():
        file = SheetFile("members.csv", text.encode())
        facts[name] = str(await roster_files.upload(pool, treasurer, stage.key(), number, file, holds))
    for name in ("roster_done", "roster_refused"):
        answer = await client.post(f"/strikes/{number}/roster/files/{facts[name]}", data={"form_key": f"long-work-{name}"})
        facts[name] = answer.headers["location"].rpartition("/")[2]
        await progress_service.finished(pool, treasurer, UUID(facts[name]))
    # With a second strike that is not over, /duty has a choice to show.
    await strike(stage, "unifor", ("9285",), began=False)
    off = await strike(stage, "unifor", ("9285",), began=False)
    facts["called_off"] = (await strikes.call_off(pool, officer, stage.key(), off.number, "Settled")).number
    return RosterStates(facts, person)


async def asked_for(pool: Pool, lead: Actor, officer: Actor) -> dict[str, str]:
    """A draft, a request under review in both currencies, and one that was approved, changed and sent back."""
    campaign = (await campaigns.list_campaigns(pool, lead, CampaignFilter(state="open"))).items[0].number
    draft = await allocations.start_draft(pool, lead, "asking-6", {"campaign": campaign, "line-0-amount": "1,250.00", "line-0-currency": "USD"})
    both = asked(campaign, ("Hall, three evenings", 1_900_00, "USD", "Lakeside Hall"), ("Interpretation", 800_00, "CAD", ""))
    numbers = [(await allocations.start_draft(pool, lead, f"asking-{place}", {})).number for place in (7, 8)]
    for place, number in enumerate(numbers):
        await allocations.submit(pool, lead, f"asking-9-{place}", number, both)
    await decisions.approve(pool, officer, "asking-10", numbers[1], 1)
    await allocations.submit(pool, lead, "asking-11", numbers[1], asked(campaign, ("Hall, two evenings", 1_200_00, "USD", "Lakeside Hall")))
    await decisions.send_back(pool, officer, "asking-12", numbers[1], "Which evenings?")
    await allocations.comment(pool, officer, "asking-13", numbers[0], "The offer is missing.")
    large = (await allocations.start_draft(pool, lead, "asking-large-1", {})).number
    await allocations.submit(pool, lead, "asking-large-2", large, asked(campaign, ("Training of organizers", 30_000_00, "USD", "")))
    return {"drafted": draft.number, "asked": numbers[0], "changed": numbers[1], "large": large}


async def lending(stage: Stage) -> dict[str, str]:
    """Terms that wait, a loan that was drawn with interest charged, and a step that waits for the other union."""
    terms = await loans.propose_loan(stage.pool, stage.who["unifor treasurer"], stage.key(), between_unions_stage.terms())
    loan = await between_unions_stage.agreed_loan(stage, interest_percent=Decimal(3))
    drawn = await between_unions_stage.moved(stage, loan, "loan_drawdown", 20_000_00, date(2026, 2, 2))
    await between_unions_stage.moved(stage, loan, "loan_interest", 50_00, date(2026, 3, 2))
    waiting = await between_unions_stage.proposed(stage, loan, "loan_drawdown", 5_000_00, date(2026, 3, 2))
    facts = {"terms": terms.number, "lent": loan.number, "step_in": drawn.number, "step_waiting": waiting.number}
    return facts | await share(stage)


async def share(stage: Stage) -> dict[str, Any]:
    """An agreement whose next version waits, a quarter equalised in both books, and a cost that waits for the other union."""
    number = (await between_unions_stage.agreed_agreement(stage)).number
    await between_unions_stage.daily_rates(stage, Decimal("1.3750"), Decimal("1.3700"))
    for union, members, amount, currency in (("ue", 35_000, 12_000_00, "USD"), ("unifor", 315_000, 83_500_00, "CAD")):
        await between_unions_stage.certified(stage, union, members)
        await between_unions_stage.joint_cost(stage, union, amount, currency)
    made = await between_unions_stage.equalised(stage, number)
    await between_unions_stage.accepted(stage, (await steps.show_step(stage.pool, stage.who["ue treasurer"], made.step or "")).step)
    cost = await between_unions_stage.joint_cost(stage, "unifor", 410_00, "CAD", agreed=False)
    later = between_unions_stage.agreement(number=number, valid_from=date(2027, 1, 1))
    await agreements.propose_agreement(stage.pool, stage.who["unifor officer"], stage.key(), later)
    return {"agreement": number, "equalised": made.number, "cost": cost.number}


async def ledgers_compared(stage: Stage) -> dict[str, str]:
    """Two extracts of January with three differences, and two files of February that wait: one that can be brought in, one with faults."""
    for union in ("ue", "unifor"):
        kept = await extracts_stage.brought(stage, union, extracts_stage.JANUARY)
    found = await extracts_stage.compared(stage, extracts_stage.JANUARY)
    content, who = (extracts_stage.FILES / "unifor_2026-02_acomba.csv").read_bytes(), stage.who["unifor treasurer"]
    waiting = [
        await extracts.upload(stage.pool, who, stage.key(), ExtractFile("february.csv", each), extracts_stage.FEBRUARY)
        for each in (content, content.replace(b"2026-02-04", b"2026-02-31"))
    ]
    return {
        "difference": found.lines[0].number, "extract": kept.number, "extract_file": str(waiting[0]), "extract_broken": str(waiting[1]),
    }  # fmt: skip


async def resources_lent(stage: Stage) -> dict[str, str]:
    """A van asked for and lent for half-days, an organizer on loan, headsets of which some are taken."""
    day = stage.pool.today() + timedelta(days=1)
    days = Span(first_day=day, last_day=day + timedelta(days=2), first_part="afternoon")
    van, headsets = await lending_stage.offered(stage, lending_stage.VAN), await lending_stage.offered(stage, lending_stage.HEADSETS)
    lent = await lending_stage.booked(stage, van, span=days)
    asked_for_van = await lending_stage.requested(stage, van, span=Span(first_day=day + timedelta(days=7), last_day=day + timedelta(days=8)))
    await lending_stage.booked(stage, headsets, span=days, quantity=2)
    staff = await lending_stage.booked(stage, await lending_stage.offered(stage, lending_stage.ORGANIZER), span=days)
    return {
        "van": van.number, "headsets": headsets.number, "booking": lent.number, "booking_asked": asked_for_van.number, "booking_staff": staff.number,
        "lending_day": day.isoformat(),
    }  # fmt: skip


async def announced(pool: Pool, benefits: Actor) -> str:
    """A strike of Unifor whose notice was given, and nothing else."""
    notice = RecordStrike(
        union="unifor", kind="strike", name="Harbour terminals", locals=("8722",), notice_on=pool.today(), starts_on=pool.today() + timedelta(days=9),
        expected=30, rule_set="unifor", fund="STRIKE",
    )  # fmt: skip
    return (await strikes.record_strike(pool, benefits, "announcing-1", notice)).number


async def a_payable(stage: Stage) -> str:
    """An approved request: a line with confirmed bank details, paid in part, and one without any."""
    lines = (("Print", 900_00, "CAD", "Presses du Saguenay"), ("Hall", 300_00, "CAD", "Salle municipale"))
    request = await stage.request(asked(await stage.campaign(), *lines, needed_by=stage.pool.today()))
    await stage.payee("Presses du Saguenay")
    await stage.approve(request, *OFFICERS)
    what = paying(stage, 1, await stage.bank("unifor"), 400_00, "INV-87")
    await allocation_payments.pay(stage.pool, stage.who[UNIFOR], stage.key(), request.number, what)
    return request.number


async def weekly_runs(stage: Stage, reader: Actor) -> dict[str, str]:
    """A strike with one run that is paid and one that waits for approval, and work that failed."""
    await stage.fund("STRIKE", CAD=50_000_00)
    strike = await strikes_stage.on_strike(stage, "unifor")
    days = [strikes_stage.FIRST_DAY + timedelta(days=n) for n in range(12)]
    await enrol(stage, strike, *[{}] * 5, {"registered_on": days[2]}, {}, {"other_income": "vacation"})
    for member in range(1, 8):
        await picket(stage, strike, member, *days)
    first, day = await paid(stage, strike, days[4]), stage.pool.today()
    keeper, bank = stage.who["unifor benefits"], await stage.bank("unifor")
    await duty.undo(stage.pool, keeper, stage.key(), strike.number, days[1], 4)
    await strike_payments.stop_payment(stage.pool, keeper, stage.key(), first.number, 3, day)
    await strike_payments.record_overpayment(stage.pool, keeper, stage.key(), first.number, 2, 60_00, day, "A day too many")
    await strike_recoveries.repay_overpayment(stage.pool, keeper, stage.key(), first.number, 2, bank, day, 20_00, "Slip 88")
    await strike_recoveries.propose_write_off(stage.pool, keeper, stage.key(), first.number, 2, 10_00, "hardship")
    second = await submitted(stage, strike, 2)
    computing = uuid4()
    async with stage.pool.database.writing() as connection:
        silent = stage.pool.clock() - progress_service.SILENT
        await progress.begin(connection, computing, "compute_run", first.number, reader.person_id, stage.pool.clock(), silent)
        await progress.end(connection, computing, "failed", {}, stage.pool.clock())
    facts = {"strike": strike.number, "run": first.number, "run_submitted": second.number, "computing": str(computing)}
    return facts | await supported(stage, strike.number)


async def supported(stage: Stage, strike: str) -> dict[str, str]:
    """A grant that waits for approval, one that waits for its payment, and a loan of which a part came back."""
    pool, who, bank, day = stage.pool, stage.who, await stage.bank("unifor"), strikes_stage.FIRST_DAY
    facts = {}
    kinds: dict[str, GrantKind] = {"grant": "medical", "grant_approved": "hardship_grant", "loan": "hardship_loan"}
    for name, kind in kinds.items():
        ask = ProposeGrant(strike=strike, member=1, kind=kind, amount_minor=400_00, purpose="Rent of November", paid_to="Immeubles Laval")
        facts[name] = (await strike_grants.propose_grant(pool, who["unifor benefits"], stage.key(), ask)).number
    for name in ("grant_approved", "loan"):
        await strike_grants.approve_grant(pool, who["unifor officer"], stage.key(), facts[name])
    await strike_grants.pay_grant(pool, who["unifor second"], stage.key(), facts["loan"], bank, day)
    await strike_grants.repay_grant(pool, who["unifor second"], stage.key(), facts["loan"], bank, day, 100_00)
    return facts


async def fix_last_month(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Look over what is left of last month, and fix its report; nobody has signed it yet."""
    last = month_of(pool.today())[0] - timedelta(days=1)
    number = number_of(last)
    for each in (await differences.list_differences(pool, ue, "open")).items:
        if each.kind == "unexplained":
            await differences.change(pool, ue, f"accessible-{each.number}", each.number, Change(kind="disputed", remark="Asked again"))
    with suppress(NothingToRevalue):
        await revaluation.revalue(pool, unifor, "accessible-10", "joint", last)
    for step in (await closes.show_close(pool, ue, number)).steps:
        if step.name in closes.CONFIRMED and not step.is_done:
            for who in (ue, unifor):
                await closes.confirm_step(pool, who, f"accessible-{step.name}-{who.union}", number, step.name, "On paper")
    await closes.fix_report(pool, unifor, "accessible-11", number, make)


async def a_shared_pack(pool: Pool, unifor: Actor) -> dict[str, str]:
    """A pack for the boards, with a link that holds and one that was ended."""
    asked = AskedPack(title="Joint boards, autumn", as_of=pool.today(), into="CAD")
    pack = await board_packs.make_pack(pool, unifor, "accessible-pack", asked, bind)
    ended, _ = await board_packs.add_link(pool, unifor, "accessible-link-1", pack.number, "A board that has met", 7)
    await board_packs.end_link(pool, unifor, "accessible-end-link", pack.number, ended.id)
    _, secret = await board_packs.add_link(pool, unifor, "accessible-link-2", pack.number, "General Executive Board", 30)
    return {"pack": pack.number, "pack_secret": secret}


async def a_members_page(pool: Pool, officer: Actor) -> dict[str, str]:
    """The quarter that the sample year shows, and a second version of it that waits."""
    quarter = (await member_pages.overview(pool, officer)).quarters[0]
    await member_pages.propose(pool, officer, "accessible-members", quarter, "We stood together.", "Nous avons tenu ensemble.")
    return {"member_quarter": quarter}


async def known_facts(pool: Pool) -> dict[str, str]:
    """One record of each kind and state, by the name the rows use."""
    sent_by = "(SELECT custodian FROM accounts WHERE id = from_account)"
    single = {
        "account": "SELECT id FROM accounts WHERE path = 'Assets:Bank:Unifor-trust-CAD'",
        "open_line": f"SELECT min(number) FROM bank_lines l WHERE state = 'new' AND amount_minor < 0 AND account_id = {UNIFOR_ACCOUNT}",
        "matched_line": f"SELECT min(number) FROM bank_lines WHERE state = 'matched' AND account_id = {UNIFOR_ACCOUNT}",
        "bank_rule": "SELECT min(id) FROM bank_rules WHERE union_code = 'unifor'",
        "statement": f"SELECT max(number) FROM bank_statements WHERE account_id = {UNIFOR_ACCOUNT}",
        "contribution": "SELECT max(number) FROM contributions WHERE state = 'received' AND union_code = 'unifor' AND pledge IS NULL",
        "pledged": "SELECT max(number) FROM contributions WHERE pledge IS NOT NULL",
        "overdue": "SELECT min(number) FROM pledges WHERE state = 'open' AND union_code = 'unifor'",
        "fulfilled": "SELECT min(number) FROM pledges WHERE state = 'fulfilled'",
        "in_transit": f"SELECT min(number) FROM transfers WHERE state = 'in_transit' AND {sent_by} = 'ue'",
        "ours": f"SELECT min(number) FROM transfers WHERE state = 'in_transit' AND {sent_by} = 'unifor'",
        "received": f"SELECT max(number) FROM transfers WHERE state = 'received' AND {sent_by} = 'ue'",
        "disputed": "SELECT min(number) FROM transfers WHERE state = 'disputed'",
        "returned": "SELECT min(number) FROM transfers WHERE state = 'returned'",
        "taken_back": "SELECT min(number) FROM transfers WHERE state = 'cancelled'",
        "faced": "SELECT min(c.number) FROM campaigns c JOIN employers e ON e.id = c.employer_id WHERE c.union_code = 'ue'",
        "ended": "SELECT min(number) FROM campaigns WHERE state = 'closed'",
        "paid": "SELECT min(payee) FROM payee_accounts WHERE state = 'confirmed'",
        "paid_details": "SELECT id FROM payee_accounts WHERE state = 'confirmed' ORDER BY payee LIMIT 1",
        "waiting_payee": "SELECT payee FROM payee_accounts WHERE state = 'proposed'",
        "waiting_details": "SELECT id FROM payee_accounts WHERE state = 'proposed'",
        "unpaid": "SELECT number FROM payees WHERE number NOT IN (SELECT payee FROM payee_accounts)",
        "members_out": "SELECT min(number) FROM strikes WHERE state = 'on' AND union_code = 'unifor'",
        "advance_paid": "SELECT min(number) FROM strike_advances WHERE state = 'paid'",
        "advance_waiting": "SELECT max(number) FROM strike_advances WHERE state IN ('proposed', 'approved')",
        "advance_entry": "SELECT max(entry_number) FROM strike_advances WHERE state = 'paid'",
        "local_number": "SELECT l.number FROM strike_advances a JOIN locals l ON l.id = a.local_id ORDER BY a.number LIMIT 1",
        "local_out": "SELECT min(number) FROM strikes WHERE state = 'on' AND union_code = 'ue'",
        "noticed": "SELECT min(number) FROM strikes WHERE state = 'notice' AND union_code = 'ue'",
        "signed_close": "SELECT min(number) FROM closes WHERE state = 'locked'",
        "fixed_close": "SELECT max(number) FROM closes WHERE state = 'fixed'",
        "early_close": "SELECT 'CL-' || to_char(min(entry_date), 'YYYY-MM') FROM entries",
        "this_close": "SELECT 'CL-' || to_char(max(entry_date), 'YYYY-MM') FROM entries",
        "delivered": "SELECT min(number) FROM deliveries WHERE state = 'confirmed'",
        "disputed_hours": "SELECT min(number) FROM deliveries WHERE state = 'disputed'",
        "trip": "SELECT min(booking) FROM deliveries WHERE state = 'disputed'",
        "rate": "SELECT base || quote || '-' || observed_on || '-bank-1' FROM rates WHERE state = 'proposed'",
    }  # fmt: skip
    async with pool.database.reading() as connection:
        kinds = {row["kind"]: str(row["number"]) for row in await connection.fetch("SELECT kind, max(number) AS number FROM entries GROUP BY kind")}
        return kinds | {name: str(await connection.fetchval(query)) for name, query in single.items()}


def test_every_page_of_the_router_has_a_row() -> None:
    """A new page is looked at here, or says why it is no page; a row without a route is taken out."""
    found = set()
    for route in create_app(Settings()).routes:
        for handler in getattr(route, "route_handlers", []):
            if "GET" in handler.http_methods and not route.path.startswith(("/api/", "/health/", "/static", "/metrics")):
                found.add(route.path)
    assert found == set(ROWS) | set(NO_PAGE)
    assert [path for path, rows in ROWS.items() if not rows] == []


class Tab(msgspec.Struct):
    """One page of the browser, the row it shows, and what the browser complained about meanwhile."""

    books: Books
    files: dict[str, httpx.Response]
    language: str
    page: Page
    row: Row
    address: str = ""
    complaints: list[str] = []

    async def answer(self, route: Route) -> None:
        """Answer the browser from the app in this process, as the row's reader; nobody else is asked anything."""
        request = route.request
        if not request.url.startswith(f"{SITE}/"):
            self.complaints.append(f"asks another host: {request.url}")
            await route.abort()
            return
        got = self.files.get(request.url) or await self.ask(request.url, request.is_navigation_request())
        if urlsplit(request.url).path.startswith("/static/"):
            self.files[request.url] = got
        kept = {name: value for name, value in got.headers.items() if name not in ("content-length", "content-encoding", "set-cookie")}
        await route.fulfill(status=got.status_code, headers=kept, body=got.content)

    async def ask(self, url: str, navigates: bool) -> httpx.Response:
        client, form = self.books.clients[self.row.who], self.row.form
        if self.row.who in ("", "new"):
            client.cookies = httpx.Cookies({"lang": self.language})
        if not navigates or form is None:
            return await client.get(url)
        return await client.post(url, data={name: value.format(**self.books.facts) for name, value in form.items()})

    def heard(self, kind: str, text: str, url: str) -> None:
        """Keep what the console says, but that the page itself was answered with the status the row expects."""
        if kind in ("error", "warning") and not (url == self.address and f"status of {self.row.status}" in text):
            self.complaints.append(f"console: {text}")

    async def faults(self, row: Row) -> list[str]:
        """Everything wrong with a row's page."""
        self.row, self.address = row, SITE + row.address.format(**self.books.facts)
        self.complaints.clear()
        answer = await self.page.goto(self.address)
        assert answer is not None
        seen = await self.page.evaluate(SEEN, TAGS)
        wrong = [] if answer.status == row.status else [f"answered {answer.status}, not {row.status}"]
        wrong += [f"HTML: {error}" for error in JustHTML(await answer.text(), collect_errors=True, sanitize=False).errors]
        wrong += [] if seen["language"] == f"{self.language}-CA" else [f"html lang is {seen['language']}"]
        wrong += [] if seen["headings"] == 1 else [f"{seen['headings']} h1"]
        wrong += [] if seen["wide"] <= seen["width"] else [f"scrolls sideways: {seen['wide']} in {seen['width']}"]
        return [f"{row.who} {self.address.removeprefix(SITE)}: {one}" for one in (*wrong, *seen["violations"], *self.complaints)]


SEEN = """async tags => {
    const root = document.documentElement;
    const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"], elementRef: false});
    return {
        language: root.lang, headings: document.querySelectorAll("h1").length, wide: root.scrollWidth, width: root.clientWidth,
        violations: found.violations.flatMap(v => v.nodes.map(node => `${v.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`)),
    };
}"""


async def look(browser: Browser, books: Books, rows: list[Row], language: str, theme: str, width: int, height: int) -> list[str]:  # noqa: F811
    """Show rows in one language, theme and size, a few at once; what is wrong with them."""
    for who, client in books.clients.items():
        if who not in ("", "new"):
            await client.post("/language", data={"language": language, "next": "/"})
    scheme: Any = theme
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    context.set_default_navigation_timeout(120_000)  # a machine that runs other tests beside it takes its time
    await context.add_init_script(AXE)
    waiting, wrong, files = iter(rows), list[str](), dict[str, httpx.Response]()

    async def one_tab() -> None:
        page = await context.new_page()
        tab = Tab(books, files, language, page, rows[0])
        await page.route("**/*", lambda route: tab.answer(route))
        page.on("console", lambda message: tab.heard(message.type, message.text, message.location.get("url", "")))
        page.on("pageerror", lambda error: tab.complaints.append(f"error: {error}"))
        for row in waiting:
            wrong.extend(await tab.faults(row))

    async with asyncio.TaskGroup() as group:
        for _ in range(TABS):
            group.create_task(one_tab())
    await context.close()
    return wrong


EVERY = [row for rows in ROWS.values() for row in rows] + ANSWERS


@pytest.mark.parametrize("combination", COMBINATIONS)
async def test_every_page(browser: Browser, books: Books, combination: str) -> None:  # noqa: F811
    wrong = await look(browser, books, EVERY, *COMBINATIONS[combination])
    assert wrong == [], "\n".join(wrong)
