"""Show refusals and faults as pages, and ask for a sign-in without losing what was typed."""

from typing import Any

from litestar import Request, Response

from api.answers import language_of, retry_after
from api.pages.forms import said_of_a_form
from api.pages.rendering import page
from api.refusal_messages import mend, message
from api.security import SAFE_METHODS, Reader
from ledger.domain.refusals import NotFound, Refusal
from reports.i18n import N_, translate

_NEVER_CARRIED = frozenset({"password", "new_password", "password_again", "code"})
CARRIED_MAXIMUM = 45_000


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """A refusal in plain words: which rule, and what would make it pass."""
    language = language_of(request)
    reader, said = _reader(request), said_of_a_form(language, refusal.code)
    response = page(
        request, "error.html", reader=reader, status=refusal.status, code=refusal.code,
        message=said or message(language, refusal), mend=None if said else _mend(language, refusal, reader),
    )  # fmt: skip
    response.headers.update(retry_after(refusal))
    return response


def _mend(language: str, refusal: Refusal, reader: Reader | None) -> str | None:
    """What would help; there is no search for who is not signed in."""
    if reader is None and refusal.code == NotFound.code and "reason" not in refusal.params:
        return translate(language, N_("Check the address."))
    return mend(language, refusal)


def fault(request: Request[Any, Any, Any], sentence: str) -> Response[Any]:
    """A fault of ours."""
    return page(request, "error.html", reader=_reader(request), status=500, code="fault", message=sentence, mend=None)


async def sign_in_first(request: Request[Any, Any, Any]) -> Response[Any]:
    """The sign-in page; a form that was posted without a session is carried over and offered again after it."""
    from api.pages.sign_in import sign_in_page

    carried = await carried_fields(request) if request.method not in SAFE_METHODS else []
    target = request.url.path if carried else _target(request)
    return await sign_in_page(request, status=401, carried=carried, carry_to=target)


async def carried_fields(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """The text fields of a posted form, in order; never passwords or codes, never files."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return []
    form = await request.form()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in _NEVER_CARRIED][:CARRIED_MAXIMUM]


def _target(request: Request[Any, Any, Any]) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "") if request.method in SAFE_METHODS else "/"


def _reader(request: Request[Any, Any, Any]) -> Reader | None:
    reader: Reader | None = request.scope.get("user")
    return reader
