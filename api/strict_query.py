"""Refuse a word of an address that an operation does not know, or that is given twice: what is passed over answers another question than was asked."""

from typing import Any

from litestar import Litestar, Request
from litestar.routes import HTTPRoute

from ledger.domain.refusals import RequestInvalid


def words_of(app: Litestar) -> dict[str, dict[str, bool]]:
    """What each operation of the JSON door reads of its address, by operation id, and whether it is a list; the same that its documentation lists."""
    return {
        str(handler.operation_id): dict(sorted((word.field_alias, word.is_sequence) for word in model.expected_query_params))
        for route in app.routes if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values() if handler.operation_id
    }  # fmt: skip


def only_known_words(request: Request[Any, Any, Any]) -> None:
    """Refuse the words that the operation does not know, each with those that it does, and one given twice that is no list."""
    if not request.scope["query_string"]:
        return
    known = request.app.state.query_words.get(request.route_handler.operation_id, {})
    if unknown := [name for name in request.query_params if name not in known]:
        said = f"unknown; known here: {', '.join(known)}" if known else "unknown; nothing is known here"
        # A name may be half of a pair of surrogates, which no answer can carry.
        raise RequestInvalid(fields={name[:100].encode(errors="replace").decode(): said for name in unknown[:10]})
    if twice := [name for name, is_list in known.items() if not is_list and len(request.query_params.getall(name, [])) > 1]:
        raise RequestInvalid(fields=dict.fromkeys(twice, "given more than once"))
