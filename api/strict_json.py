"""Refuse a JSON body that names the same member twice: which of the two was meant is not ours to guess.

The decoder keeps the last one silently, so single writes look through their body once more; bulk bodies are not (it would double their cost).
"""

import json
from typing import Any

from litestar import Request

from ledger.domain.refusals import RequestInvalid


class _Repeated(Exception):
    """The member that stands twice."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


def check_members(body: bytes) -> None:
    """Refuse repeated members; what is no JSON at all is the decoder's to refuse."""
    try:
        json.loads(body, object_pairs_hook=_members)
    except _Repeated as repeated:
        raise RequestInvalid(fields={str(repeated)[:100]: "repeated"}) from None
    except RecursionError:
        raise RequestInvalid(fields={"body": "nested too deeply"}) from None
    except ValueError:
        return


async def refuse_repeated_members(request: Request[Any, Any, Any]) -> None:
    """``before_request`` of the routes that write one thing at a time."""
    if request.method in ("POST", "PUT", "PATCH") and not request.scope["path"].endswith("/bulk"):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
        if kind in ("", "application/json") or kind.endswith("+json"):
            check_members(await request.body())
