"""Show what a search finds; the number of one thing leads straight to it."""

from itertools import groupby
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from api.pages.funds import union_names
from api.pages.rendering import page
from api.security import Reader
from ledger.domain.search import QUERY_MAXIMUM
from ledger.services import search as service
from ledger.services.pool import Pool
from ledger.storage.search import LIMIT, Found
from reports import formats
from reports.i18n import N_, translate

# Kinds in the order they are shown.
KIND_NAMES = {
    "fund": N_("Funds"), "transfer": N_("Transfers"), "contribution": N_("Contributions"), "pledge": N_("Pledges"), "campaign": N_("Campaigns"),
    "request": N_("Requests"), "strike": N_("Strikes"), "strike_run": N_("Weekly runs"), "strike_advance": N_("Advances to locals"),
    "loan": N_("Loans"), "step": N_("Steps"), "bank_statement": N_("Bank statements"),
    "agreement": N_("Agreements"), "equalisation": N_("Equalisation"), "joint_cost": N_("Joint costs"), "resource": N_("Resources"),
    "booking": N_("Bookings"), "delivery": N_("Deliveries"), "difference": N_("Differences between the ledgers"), "extract": N_("Ledger extracts"),
    "payee": N_("Payees"), "entry": N_("Journal entries"), "account": N_("Accounts"), "person": N_("People"), "local": N_("Locals"),
}  # fmt: skip


def grouped(language: str, items: list[Found]) -> list[dict[str, Any]]:
    """What was found, by kind; ``full`` where there may be more than is shown."""
    order = list(KIND_NAMES)
    groups = groupby(sorted(items, key=lambda item: order.index(item.kind)), key=lambda item: item.kind)
    return [
        {"kind": kind, "name": translate(language, KIND_NAMES[kind]), "rows": rows, "full": len(rows) >= LIMIT}
        for kind, rows in ((kind, list(members)) for kind, members in groups)
    ]


@get("/search", opt={"permission": "see_home"})
async def show_search(request: Request[Any, Any, Any], pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Search results; one exact number goes straight there."""
    typed = request.query_params.get("q", "")[:QUERY_MAXIMUM]
    results = await service.search(pool, reader.actor, typed)
    if results.exact:
        return Redirect(results.exact, status_code=303)
    groups = grouped(reader.language, results.items)
    return page(
        request, "search/show.html", reader=reader, help="search", typed=typed.strip(), groups=groups, found=len(results.items),
        unions=await union_names(pool, reader), limit=LIMIT, recent=formats.count(reader.language, results.recent_entries),
        looked_at_amounts=results.recent_entries > 0,
    )  # fmt: skip


PAGES = [show_search]
