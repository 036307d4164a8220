"""How the programs of the product keep their logs."""

import sys

import structlog


def configure_logs() -> None:
    """One line of JSON an event, on stderr. Traces carry no values of variables and no request bodies: those may hold secrets."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info, structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )  # fmt: skip
