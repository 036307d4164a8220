"""Show the audit trail: every write, refusal, sign-in and export."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency

from api.action_names import by_name
from api.pages.rendering import page
from api.report_query import optional_day
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.services import audit_trail as service
from ledger.services.pool import Pool
from ledger.storage.audit_trail import PAGE, Filter
from reports.i18n import N_

OUTCOMES = {"done": (N_("done"), "good"), "refused": (N_("refused"), "bad")}
DOORS = {"page": N_("page"), "api": N_("program (API)"), "command": N_("command"), "job": N_("scheduled job")}


@get("/audit", opt={"permission": "read_audit"})
async def show_audit(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The trail, newest first; narrowed by union, action, outcome, words and dates."""
    words = request.query_params
    narrowed = Filter(
        union=words.get("union") or None, action=words.get("action") or None, outcome=words.get("outcome") or None, words=words.get("q", "").strip()[:100],
        first=optional_day(words, "from", reader.language), last=optional_day(words, "to", reader.language),
    )  # fmt: skip
    before = from_cursor(words.get("after"), datetime, UUID)
    lines = await service.list_events(pool, reader.actor, narrowed, before)  # type: ignore[arg-type]
    older = cursor(lines[-1].recorded_at, lines[-1].id) if len(lines) == PAGE else None
    return page(
        request, "audit/list.html", reader=reader, help="audit", fragment="results", lines=lines, older=older, outcomes=OUTCOMES, doors=DOORS,
        actions=by_name(reader.language),
    )  # fmt: skip


PAGES = [show_audit]
