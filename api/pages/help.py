"""Show Help: a short page for each topic in the reader's language, and a page about every refusal code."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from api.pages.rendering import page
from api.problems import language_of
from api.refusal_messages import mend, message
from ledger.domain.refusals import NotFound, all_refusals
from reports.i18n import N_

TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "help"
TOPICS: dict[str, str] = {
    "waiting": N_("Waiting for you"), "transfers": N_("Transfers"), "contributions": N_("Contributions"), "pledges": N_("Pledges"),
    "journal": N_("Journal"), "funds": N_("Funds"), "accounts": N_("Accounts"), "rates": N_("Exchange rates"), "revaluation": N_("Revaluation"),
    "reports": N_("Reports"), "verify": N_("Verify the books"), "documents": N_("Documents"), "people": N_("People"), "settings": N_("My settings"),
    "audit": N_("Audit trail"), "search": N_("Search"), "api": N_("API and tokens"), "operator": N_("Running it"),
}  # fmt: skip


@get("/help", opt={"public": True})
async def show_index(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every topic."""
    return page(request, "help/index.html", reader=request.scope.get("user"), topics=TOPICS)


@get("/help/{topic:str}", opt={"public": True})
async def show_topic(request: Request[Any, Any, Any], topic: FromPath[str]) -> Response[Any]:
    """One topic, one screen long."""
    if topic not in TOPICS:
        raise NotFound(kind="page", id=topic[:40])
    language = language_of(request)
    return page(request, "help/topic.html", reader=request.scope.get("user"), topic=topic, topics=TOPICS, text=f"help/{language}/{topic}.html")


@get("/help/problems/{code:str}", opt={"public": True})
async def show_problem(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[Any]:
    """What a refusal code means, and what would make it pass."""
    refusals = all_refusals()
    if code not in refusals:
        raise NotFound(kind="page", id=code[:40])
    refusal, language = refusals[code](), language_of(request)
    return page(
        request, "help/problem.html", reader=request.scope.get("user"), code=code, status_code=refusal.status,
        message=message(language, refusal), mend=mend(language, refusal),
    )  # fmt: skip


PAGES = [show_index, show_topic, show_problem]
