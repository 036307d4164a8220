"""Show the audit trail: every write, refusal, sign-in and export."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.action_names import ACTION_NAMES, by_name
from api.pages.files import asked_format, list_file
from api.pages.journal import subject_link
from api.pages.rendering import page
from api.refusal_messages import message
from api.report_query import optional_day
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.refusals import all_refusals
from ledger.services import audit_trail as service
from ledger.services.pool import Pool
from ledger.storage import reference
from ledger.storage.audit_trail import PAGE, Filter, Line
from ledger.storage.campaigns import STEPS
from ledger.storage.payees import STEPS as PAYEE_STEPS
from reports.audit_list import DOOR_NAMES, OUTCOME_NAMES, shape_audit
from reports.facts import read_facts
from reports.registry import REPORTS

FILE_LINES_MAXIMUM = 5_000
OUTCOME_CHIPS = {"done": "good", "refused": "bad"}
_FUND_ACTIONS = ("propose_fund", "confirm_fund", "change_fund", "close_fund")
_PAYEE_ACTIONS = ("add_payee", "change_payee", *PAYEE_STEPS)


@get("/audit", opt={"permission": "read_audit"})
async def show_audit(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The trail, newest first; narrowed by union, action, outcome, words and dates; as a file with ``?format=csv``."""
    words, language = request.query_params, reader.language
    narrowed = Filter(
        union=words.get("union") or None, action=words.get("action") or None, outcome=words.get("outcome") or None, words=words.get("q", "").strip()[:100],
        first=optional_day(words, "from", language), last=optional_day(words, "to", language),
    )  # fmt: skip
    if format_name := asked_format(words.get("format")):
        return await _file(pool, reader, narrowed, format_name)
    before = from_cursor(words.get("after"), datetime, UUID)
    lines = await service.list_events(pool, reader.actor, narrowed, before)
    older = cursor(lines[-1].recorded_at, lines[-1].id) if len(lines) == PAGE else None
    async with pool.database.reading() as connection:
        unions = [(union.code, union.name) for union in await reference.unions(connection)]
    return page(
        request, "audit/list.html", reader=reader, help="audit", fragment="results", older=older, unions=unions, doors=DOOR_NAMES,
        lines=[(line, subject_address(reader, line), facts_of(language, line)) for line in lines], outcomes=OUTCOME_NAMES, chips=OUTCOME_CHIPS,
        actions=by_name(language),
    )  # fmt: skip


async def _file(pool: Pool, reader: Reader, narrowed: Filter, format_name: str) -> Response[Any]:
    lines = await service.list_events(pool, reader.actor, narrowed, limit=FILE_LINES_MAXIMUM)
    async with pool.database.reading() as connection:
        facts = await read_facts(connection, pool.clock(), pool.today())
    return await list_file(pool, reader, shape_audit(facts, lines, len(lines) < FILE_LINES_MAXIMUM, ACTION_NAMES), format_name)


def subject_address(reader: Reader, line: Line) -> str | None:
    """Where the thing an event touched is shown, for those who may read it there."""
    subject = line.subject
    if subject.startswith("J-") and subject[2:].isdigit():
        return f"/journal/{subject[2:]}" if reader.can("read_books") else None
    if subject.startswith(("person ", "person-")) and subject[7:].isdigit():
        return f"/people/{subject[7:]}"
    if line.action in _FUND_ACTIONS and subject:
        return f"/funds/{subject}" if reader.can("read_funds") else None
    if line.action in STEPS or line.details.get("kind") == "campaign":
        return f"/campaigns/{subject}" if subject and reader.can("read_campaigns") else None
    if line.action in _PAYEE_ACTIONS and subject:
        return f"/payees/{subject}" if reader.can("read_payees") else None
    if subject in REPORTS:
        return f"/reports/{subject}" if reader.can("read_reports") else None
    return subject_link(subject) if reader.can("read_books") else None


def facts_of(language: str, line: Line) -> str:
    """Why it was refused, in the reader's words; for what was done, the facts kept with it."""
    refusal = all_refusals().get(str(line.details.get("code")))
    if line.outcome == "refused" and refusal is not None:
        facts = line.details.get("facts")
        return message(language, refusal(**(facts if isinstance(facts, dict) else {})))
    return ", ".join(f"{name}: {value}" for name, value in line.details.items() if value not in (None, "", [], {}))[:200]


PAGES = [show_audit]
