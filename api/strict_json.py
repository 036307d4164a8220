"""Refuse a body that is no JSON, and one that names the same member twice: which of the two was meant is not ours to guess.

The decoder keeps the last one silently, so single writes look through their body once more; bulk bodies are not (it would double their cost).
"""

import json
from typing import Any

from litestar import Request

from ledger.domain.refusals import BodyType, RequestInvalid


class _Repeated(Exception):
    """The member that stands twice."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Repeated(next(name for name in names if names.count(name) > 1))
    return found


def check_members(body: bytes) -> None:
    """Refuse repeated members, and bytes that are no UTF-8; what is no JSON at all is the decoder's to refuse."""
    try:
        json.loads(body.decode(), object_pairs_hook=_members)
    except UnicodeDecodeError:
        raise RequestInvalid(fields={"body": "not UTF-8"}) from None
    except _Repeated as repeated:
        # A name may be half of a pair of surrogates, which no answer can carry.
        name = str(repeated)[:100].encode(errors="replace").decode()
        raise RequestInvalid(fields={name: "repeated"}) from None
    except RecursionError:
        raise RequestInvalid(fields={"body": "nested too deeply"}) from None
    except ValueError:
        return


async def only_strict_json(request: Request[Any, Any, Any]) -> None:
    """Before every JSON route: its body is JSON and says so, unless the route takes files (``opt={"takes_files": True}``).

    A body that says it is text or a form would be read as JSON all the same, past this check, and can be sent from any site's form.
    """
    if request.method not in ("POST", "PUT", "PATCH") or request.route_handler.opt.get("takes_files"):
        return
    body, kind = await request.body(), request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if body and kind and kind != "application/json" and not kind.endswith("+json"):
        raise BodyType(given=kind[:80])
    if not request.scope["path"].endswith("/bulk"):
        check_members(body)
