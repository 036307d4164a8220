"""Say every limit of the product, each number taken from the code that keeps it, so that Help cannot say another."""

from typing import Any

import msgspec

from api import webhook_post
from api.app import BODY_MAXIMUM_BYTES
from api.commands.doctor import FREE_MEGABYTES
from api.pages import contributions, forms
from api.routes import changes
from api.security import TOKEN_CACHE_SECONDS
from api.up import RESTARTS_MAXIMUM
from ledger.domain import (
    allocations,
    campaigns,
    comparison_passes,
    documents,
    entries,
    exchange,
    extracts,
    funds,
    money,
    pledges,
    rates_file,
    retention,
    search,
    strike_advances,
    strike_runs,
    strikes,
    transfers,
    webhooks,
)
from ledger.domain.audit_packs import PACK_MAXIMUM_BYTES, PACKS_MAXIMUM
from ledger.services import (
    audit_packs,
    bank_match_steps,
    bank_reading,
    bank_starts,
    comparison_books,
    differences,
    journal,
    people,
    progress,
    roster_files,
    sign_in,
    spreadsheets,
)
from ledger.services import strike_payments as payment_lists
from ledger.storage import mailing, webhook_deliveries
from ledger.storage import people as storage_people
from ledger.storage import search as storage_search
from ledger.storage.database import LOCK_TIMEOUT_SECONDS, STATEMENT_TIMEOUT_SECONDS
from ledger.storage.writer import QUEUE_MAXIMUM
from reports import formats
from reports.facts import LINES_MAXIMUM
from reports.i18n import N_, translate

MEGABYTE = 1_000_000
_MB, _LINES, _CHARACTERS, _DAYS = N_("%(number)s MB"), N_("%(number)s lines"), N_("%(number)s characters"), N_("%(number)s days")
_SECONDS, _HOURS, _YEARS = N_("%(number)s seconds"), N_("%(number)s hours"), N_("%(number)s years")


class Limit(msgspec.Struct, frozen=True):
    """What is limited, and to how much: ``unit`` is a sentence with ``%(number)s`` in it."""

    what: str
    number: int
    unit: str


# In the order of the operator's table: what people send, who may come in, what is answered, what the machine bears.
LIMITS: dict[str, Limit] = {
    "request": Limit(N_("A request of any kind"), BODY_MAXIMUM_BYTES // MEGABYTE, _MB),
    "document": Limit(N_("A document"), documents.SIZE_MAXIMUM_BYTES // MEGABYTE, _MB),
    "documents": Limit(N_("Documents on one entry, transfer or other thing"), documents.PER_SUBJECT_MAXIMUM, N_("%(number)s documents")),
    "rates_file": Limit(N_("A rates file"), rates_file.SIZE_MAXIMUM_BYTES // MEGABYTE, _MB),
    "spreadsheet": Limit(N_("A spreadsheet of members or of picket duty"), spreadsheets.SIZE_MAXIMUM_BYTES // MEGABYTE, _MB),
    "rows": Limit(N_("Its rows"), spreadsheets.ROWS_MAXIMUM, N_("%(number)s rows")),
    "columns": Limit(N_("Its columns"), spreadsheets.COLUMNS_MAXIMUM, N_("%(number)s columns")),
    "cell": Limit(N_("One of its cells"), spreadsheets.CELL_MAXIMUM, _CHARACTERS),
    "bank_lines": Limit(N_("A bank’s file"), bank_reading.LINES_MAXIMUM, _LINES),
    "bank_matches": Limit(N_("Proposed matches accepted at once"), bank_match_steps.MARKS_MAXIMUM, N_("%(number)s proposals")),
    "bank_hand": Limit(N_("Either side of a match made by hand"), bank_match_steps.HAND_MAXIMUM, _LINES),
    "bank_start": Limit(N_("What was in circulation when reconciling began"), bank_starts.TICKS_MAXIMUM, N_("%(number)s entries")),
    "strike_locals": Limit(N_("A strike"), strikes.LOCALS_MAXIMUM, N_("%(number)s locals")),
    "strike_expected": Limit(N_("Members expected on a strike"), strikes.EXPECTED_MAXIMUM, N_("%(number)s members")),
    "strikers": Limit(N_("Strikers of one advance to a local"), strike_advances.STRIKERS_MAXIMUM, N_("%(number)s members")),
    "expense_lines": Limit(N_("An expense report of a local"), strike_advances.LINES_MAXIMUM, _LINES),
    "payments_at_once": Limit(N_("Payments put right at once"), strike_runs.FIXED_AT_ONCE, N_("%(number)s payments")),
    "payment_list": Limit(N_("A payment list, or a roster taken away"), payment_lists.LIST_MAXIMUM, _LINES),
    "lines": Limit(N_("An entry, through the API"), entries.POSTINGS_MAXIMUM, _LINES),
    "page_lines": Limit(N_("An entry, on the page"), forms.LINES_MAXIMUM, _LINES),
    "bulk": Limit(N_("Entries in one bulk call"), journal.BULK_MAXIMUM, N_("%(number)s entries")),
    "webhooks": Limit(N_("Webhooks of a union"), webhooks.PER_UNION_MAXIMUM, N_("%(number)s webhooks")),
    "webhook_tries": Limit(N_("An event that a webhook’s receiver does not take is given up after"), webhooks.TRIES_MAXIMUM, N_("%(number)s tries")),
    "webhook_seconds": Limit(N_("A webhook’s receiver answers within"), int(webhook_post.WHOLE_SECONDS), _SECONDS),
    "webhook_waiting": Limit(
        N_("Entries that wait for one webhook before the rest waits in the journal"), webhooks.WAITING_MAXIMUM, N_("%(number)s entries")
    ),
    "webhook_overlap": Limit(N_("A webhook’s secret before the last signs for"), int(webhooks.OVERLAP.total_seconds() // 3600), _HOURS),
    "webhook_log": Limit(N_("The log of what was sent to a webhook is kept for"), webhook_deliveries.KEPT.days, _DAYS),
    "changes": Limit(N_("An answer of the change feed"), changes.PAGE_MAXIMUM, N_("%(number)s entries")),
    "description": Limit(N_("The description of an entry"), entries.DESCRIPTION_MAXIMUM, _CHARACTERS),
    "hold_reason": Limit(N_("Why a hold is placed"), retention.REASON_MAXIMUM, _CHARACTERS),
    "restriction": Limit(N_("What a fund’s restriction says"), funds.RESTRICTION_TEXT_MAXIMUM, _CHARACTERS),
    "purpose": Limit(N_("What a transfer is for"), transfers.PURPOSE_MAXIMUM, _CHARACTERS),
    "reference": Limit(N_("The bank reference of a transfer"), transfers.REFERENCE_MAXIMUM, _CHARACTERS),
    "search": Limit(N_("What is typed into the search"), search.QUERY_MAXIMUM, _CHARACTERS),
    "instalments": Limit(N_("A pledge"), pledges.INSTALMENTS_MAXIMUM, N_("%(number)s instalments")),
    "request_lines": Limit(N_("A request for money"), allocations.LINES_MAXIMUM, _LINES),
    "request_purpose": Limit(N_("What a request for money is for"), allocations.PURPOSE_MAXIMUM, _CHARACTERS),
    "comment": Limit(N_("A comment on a request"), allocations.COMMENT_MAXIMUM, _CHARACTERS),
    "budget_lines": Limit(N_("The budget of a campaign"), campaigns.BUDGET_LINES_MAXIMUM, _LINES),
    "amount": Limit(N_("The largest amount, in any currency"), money.LARGEST_AMOUNT_MINOR // 100, "%(number)s"),
    "password": Limit(N_("The shortest password"), sign_in.PASSWORD_MINIMUM, _CHARACTERS),
    "attempts": Limit(
        N_("Wrong passwords or codes before the door shuts, for a name and for an address"), storage_people.ATTEMPTS_MAXIMUM, N_("%(number)s tries")
    ),
    "attempts_minutes": Limit(N_("How long it then stays shut"), storage_people.ATTEMPTS_MINUTES, N_("%(number)s minutes")),
    "session": Limit(N_("A session, which is not extended"), storage_people.SESSION_HOURS, _HOURS),
    "link": Limit(N_("A one-time link"), people.LINK_HOURS, _HOURS),
    "term": Limit(N_("A role’s term of office"), people.TERM_YEARS_MAXIMUM, _YEARS),
    "token": Limit(N_("An API token"), people.TOKEN_DAYS_MAXIMUM, _DAYS),
    "revoked": Limit(N_("A revoked token may still be let in for"), TOKEN_CACHE_SECONDS, _SECONDS),
    "report": Limit(N_("A report"), LINES_MAXIMUM, _LINES),
    "file": Limit(N_("A list taken away as a file"), contributions.FILE_ROWS_MAXIMUM, _LINES),
    "found": Limit(N_("Search results of one kind"), storage_search.LIMIT, _LINES),
    "stale": Limit(N_("An exchange rate is old after"), exchange.STALE_DAYS, _DAYS),
    "extract_account": Limit(N_("An account’s name in a ledger extract"), extracts.CODE_MAXIMUM, _CHARACTERS),
    "difference": Limit(N_("What is said of a difference between the ledgers"), differences.REMARK_MAXIMUM, _CHARACTERS),
    "compared_later": Limit(N_("After a cut-off the ledgers are looked at for what was on its way for"), comparison_books.LATER_DAYS, _DAYS),
    "compared_sum": Limit(N_("Rows of one ledger that are matched with one of the other"), comparison_passes.MANY_MAXIMUM, N_("%(number)s rows")),
    "overdue": Limit(N_("A transfer is overdue after"), transfers.OVERDUE_BUSINESS_DAYS, N_("%(number)s business days")),
    "queue": Limit(N_("Writes that may wait at one process before it answers “busy”"), QUEUE_MAXIMUM, N_("%(number)s writes")),
    "statement": Limit(N_("A question to the database is given up after"), STATEMENT_TIMEOUT_SECONDS, _SECONDS),
    "lock": Limit(N_("Waiting for another write is given up after"), LOCK_TIMEOUT_SECONDS, _SECONDS),
    "mail_tries": Limit(N_("A notice that cannot be sent by e-mail is given up after"), mailing.TRIES_MAXIMUM, N_("%(number)s tries")),
    "mail_age": Limit(N_("A notice that is older is not sent by e-mail any more"), mailing.AGE_MAXIMUM.days, _DAYS),
    "restarts": Limit(N_("Restarts of a process within a minute before all ends"), RESTARTS_MAXIMUM, N_("%(number)s restarts")),
    "waiting_file": Limit(N_("A file of members or picket duty that nobody brings in is thrown away after"), roster_files.FILE_DAYS, _DAYS),
    "progress": Limit(N_("How far long work came is forgotten after"), progress.KEPT_DAYS, _DAYS),
    "audit_pack": Limit(N_("An audit pack"), PACK_MAXIMUM_BYTES // MEGABYTE, _MB),
    "audit_packs": Limit(N_("Audit packs that are kept at a time"), PACKS_MAXIMUM, N_("%(number)s audit packs")),
    "audit_pack_days": Limit(N_("An audit pack is thrown away after"), audit_packs.KEPT_DAYS, _DAYS),
    "space": Limit(N_("Free space that ./solidarity doctor wants"), FREE_MEGABYTES, _MB),
}  # fmt: skip


def amounts(language: str) -> dict[str, str]:
    """Every limit as the reader writes it, by its name: ``document``: ``15 MB``."""
    return {name: translate(language, limit.unit, number=formats.count(language, limit.number)) for name, limit in LIMITS.items()}


def table(language: str) -> list[tuple[str, Any]]:
    """Every limit with what it limits, for the operator's guide."""
    said = amounts(language)
    return [(translate(language, limit.what), said[name]) for name, limit in LIMITS.items()]
