"""Complete the OpenAPI: every operation documents the problems it can answer with, from one description."""

from litestar import Litestar
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, Reference, Schema
from litestar.openapi.spec.enums import OpenAPIType

PROBLEMS = {
    "400": "The request cannot be understood: fields are missing or malformed.",
    "401": "Nobody is signed in, or the token is not valid.",
    "403": "This person, or this union, may not; or a ring-fence blocks it.",
    "404": "There is no such thing.",
    "409": "The books are in a state that does not allow it, or the key was used for another request.",
    "413": "Larger than the limit.",
    "415": "A kind of file or body that is not taken.",
    "422": "Understood, and refused by a rule of the books; `code` names it.",
    "429": "Too many tries; see Retry-After.",
    "503": "The database or the queue cannot take it now; repeat with the same key after Retry-After.",
}
_METHODS = ("get", "post", "put", "patch", "delete")


def complete(app: Litestar) -> None:
    """Add the problem responses to every operation and the Problem schema to the components; leave out the pages that show this document."""
    document = app.openapi_schema
    document.paths = {path: item for path, item in (document.paths or {}).items() if not path.startswith("/api/v1/docs")}
    if document.components.schemas is None:
        document.components.schemas = {}
    document.components.schemas["Problem"] = _problem_schema()
    for item in (document.paths or {}).values():
        for method in _METHODS:
            operation: Operation | None = getattr(item, method)
            if operation is not None:
                operation.responses = {**_responses(), **{k: v for k, v in (operation.responses or {}).items() if k < "400"}}


def _responses() -> dict[str, OpenAPIResponse | Reference]:
    body = {"application/problem+json": OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Problem"))}
    return {status: OpenAPIResponse(description=text, content=body) for status, text in PROBLEMS.items()}  # type: ignore[arg-type]


def _problem_schema() -> Schema:
    text = Schema(type=OpenAPIType.STRING)
    return Schema(
        type=OpenAPIType.OBJECT,
        title="Problem",
        description="RFC 9457 problem details; `code` is stable, `title` is in the language of Accept-Language.",
        required=["type", "title", "status", "code", "detail", "instance"],
        properties={
            "type": text, "title": text, "status": Schema(type=OpenAPIType.INTEGER), "code": text, "detail": text, "instance": text,
            "params": Schema(type=OpenAPIType.OBJECT), "mend": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
        },
        examples=[{"type": "/help/problems/period_closed", "title": "The period is locked.", "status": 409, "code": "period_closed",
                   "detail": "Post it on the first open date.", "instance": "/api/v1/entries", "params": {"first_open_date": "2026-07-01"}}],
    )  # fmt: skip
