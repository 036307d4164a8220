"""What every answer needs, whichever door it leaves by: its language, and when to come back."""

from typing import Any

from litestar import Request

from api.security import Reader, is_api
from ledger.domain.refusals import Refusal
from reports.i18n import N_

RETRY_SECONDS = 2
FAULT = N_("Something went wrong on our side. Nothing was recorded by this request unless it says so in the journal.")


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language of an answer: the reader's own, the cookie's, or the browser's first wish."""
    reader: Reader | None = request.scope.get("user")
    if reader is not None and not is_api(request):
        return reader.language
    chosen = request.cookies.get("lang")
    if chosen in ("en", "fr"):
        return str(chosen)
    wishes = [wish.strip()[:2].casefold() for wish in request.headers.get("accept-language", "").split(",")]
    return next((wish for wish in wishes if wish in ("en", "fr")), reader.language if reader else "en")


def retry_after(refusal: Refusal) -> dict[str, str]:
    """The header that says when to come back, for every refusal that is one for now."""
    seconds = refusal.params.get("retry_after_seconds", RETRY_SECONDS if refusal.status == 503 else None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def site_of(request: Request[Any, Any, Any]) -> str:
    """How a person at this browser reaches the site."""
    return request.app.state.settings.public_url or str(request.base_url).rstrip("/")
