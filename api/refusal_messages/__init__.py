"""Say every refusal in the reader's language: which rule, and what would make it pass.

Each module here has ``MESSAGES``: code -> (sentence, what would make it pass or None), with ``%(name)s`` for the refusal's parameters.
Parameters named ``…_minor`` are shown as money under the name without it; ISO dates are shown as the reader writes them.
"""

import pkgutil
import re
from datetime import date
from functools import cache
from importlib import import_module
from typing import Any

from api.nations import nation_name
from ledger.domain.refusals import Refusal
from reports import formats
from reports.i18n import N_, translate, translations

_ISO_DATE = re.compile(r"\A\d{4}-\d{2}-\d{2}\Z")
_Message = tuple[str, str | None]


@cache
def messages() -> dict[str, _Message]:
    """Every message of every module, by code."""
    found: dict[str, _Message] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= import_module(f"{__name__}.{module.name}").MESSAGES
    return found


def message(language: str, refusal: Refusal) -> str:
    """The refusal as one sentence."""
    sentence = _entry(refusal)[0]
    return translations(language).gettext(sentence) % _shown(language, refusal.params)


def mend(language: str, refusal: Refusal) -> str | None:
    """What would make it pass, or who can; None where nothing would."""
    sentence = _entry(refusal)[1]
    return None if sentence is None else translations(language).gettext(sentence) % _shown(language, refusal.params)


def _entry(refusal: Refusal) -> _Message:
    # A refusal with a reason may have a sentence of its own for it, under "code.reason".
    found = messages()
    return found.get(f"{refusal.code}.{refusal.params.get('reason')}") or found[refusal.code]


class _Params(dict[str, Any]):
    """Parameters for a message; one that a refusal left out is shown as a dash rather than failing the page."""

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(language: str, params: dict[str, Any]) -> dict[str, Any]:
    shown = _Params(params)
    for name, value in params.items():
        if name.endswith("_minor") and isinstance(value, int) and isinstance(params.get("currency"), str):
            shown[name.removesuffix("_minor")] = formats.money(language, value, params["currency"])
        elif isinstance(value, str) and _ISO_DATE.match(value):
            shown[name] = _date(language, value)
        elif name in ("nation", "origin") and isinstance(value, str):
            shown[name] = nation_name(language, value) if value else translate(language, N_("none stated"))
    return shown


def _date(language: str, text: str) -> str:
    """A date as the reader writes it; as it came where the calendar has no such day (2026-02-30)."""
    try:
        return formats.date_long(language, date.fromisoformat(text))
    except ValueError:
        return text
