"""Answer every "no" and every fault in one shape: RFC 9457 problems for programs, a page in plain words for people."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from api.answers import FAULT, language_of, retry_after
from api.pages import errors
from api.refusal_messages import mend, message
from api.security import is_api
from ledger.domain.refusals import NotFound, Refusal, RequestInvalid
from reports.i18n import translate

log = structlog.get_logger()


class Problem(msgspec.Struct, frozen=True, rename={"type_": "type"}):
    """RFC 9457: ``type`` is a page about the code in both languages; ``params`` are the refusal's facts."""

    type_: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    params: dict[str, Any] = {}
    mend: str | None = None


def problem(request: Request[Any, Any, Any], refusal: Refusal, status: int | None = None) -> Problem:
    """A refusal as a problem in the language of the request."""
    language = language_of(request)
    return Problem(
        type_=f"/help/problems/{refusal.code}",
        title=message(language, refusal),
        status=status or refusal.status,
        code=refusal.code,
        detail=mend(language, refusal) or message(language, refusal),
        instance=request.url.path,
        params=refusal.params,
        mend=mend(language, refusal),
    )


def problem_response(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    """A refusal as a response of ``application/problem+json``."""
    headers = {"Content-Language": language_of(request), **retry_after(refusal)}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem(request, refusal), status_code=refusal.status, media_type="application/problem+json", headers=headers)


def on_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """Any refusal that a route let through."""
    if is_api(request):
        return problem_response(request, refusal)
    return errors.refused(request, refusal)


def on_http_exception(request: Request[Any, Any, Any], exception: HTTPException) -> Response[Any]:
    """What the framework refused: malformed input, unknown address, wrong method, too large a body."""
    return on_refusal(request, as_refusal(request, exception))


def as_refusal(request: Request[Any, Any, Any], exception: HTTPException) -> Refusal:
    """A framework's exception as one of our refusals, with its status kept."""
    if exception.status_code == 404:
        return NotFound(kind="page", id=request.url.path)
    fields = {}
    if isinstance(exception, ValidationException) and isinstance(exception.extra, list):
        fields = {str(item.get("key", "body")): str(item.get("message", "")) for item in exception.extra if isinstance(item, dict)}
    named = fields or {"request": str(exception.detail)[:200]}
    refusal = RequestInvalid(fields=named, reason="too_large") if exception.status_code == 413 else RequestInvalid(fields=named)
    refusal.status = exception.status_code if exception.status_code < 500 else 400
    return refusal


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: logged whole, told in one sentence, without a word of what is inside."""
    # The address as the route has it: in one that was asked for may stand a secret that opens a pack or a calendar.
    log.error("fault", path=request.scope.get("path_template", ""), method=request.method, exc_info=error)
    language = language_of(request)
    sentence = translate(language, FAULT)
    if not is_api(request):
            return errors.fault(request, sentence)
    body = Problem("/help/problems/fault", sentence, 500, "fault", sentence, request.url.path)
    return Response(body, status_code=500, media_type="application/problem+json")
