"""Say every refusal in the reader's language: which rule, and what would make it pass.

Each module here has ``MESSAGES``: code -> (sentence, what would make it pass or None), with ``%(name)s`` for the refusal's parameters.
Parameters named ``…_minor`` are shown as money under the name without it; ISO dates are shown as the reader writes them.
"""

import pkgutil
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

from api.nations import nation_name
from ledger.domain.refusals import Refusal
from reports import formats
from reports.agreement_words import needed_terms
from reports.approval_words import KIND_NAMES
from reports.bank_file_words import COLUMN_NAMES as SHEET_COLUMN_NAMES
from reports.i18n import N_, translate, translations
from reports.present import source_name
from reports.roster_words import COLUMN_NAMES

_ISO_DATE = re.compile(r"\A\d{4}-\d{2}-\d{2}\Z")
_RATE = re.compile(r"\A[0-9]{1,6}\.[0-9]{1,10}\Z", re.ASCII)
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
    # A refusal with a reason (or a need) may have a sentence of its own for it, under "code.reason".
    found = messages()
    particular = (found.get(f"{refusal.code}.{refusal.params[name]}") for name in ("reason", "needs") if name in refusal.params)
    return next(filter(None, particular), None) or found[refusal.code]


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
        elif name in _IN_WORDS:
            shown[name] = _IN_WORDS[name](language, value)
    return shown


def _count(language: str, number: Any) -> str:
    return formats.count(language, number) if isinstance(number, int) else str(number)


def _rate(language: str, text: Any) -> str:
    return formats.decimal(language, Decimal(text), len(text.partition(".")[2])) if _RATE.match(str(text)) else str(text)


def _nation(language: str, nation: Any) -> str:
    return nation_name(language, nation) if nation else translate(language, N_("none stated"))


def _needs(language: str, needs: Any) -> str:
    named = {"bank": N_("a bank account"), "plain": N_("a plain account"), "path": N_("a path that can be used")}
    return translate(language, named[needs]) if needs in named else str(needs)


def _kind(language: str, kind: Any) -> str:
    return translate(language, KIND_NAMES[kind]) if kind in KIND_NAMES else str(kind)


def _column(language: str, name: Any) -> str:
    names = SHEET_COLUMN_NAMES | COLUMN_NAMES
    return translate(language, names[name]) if name in names else str(name)


def _columns(language: str, names: Any) -> str:
    return ", ".join(_column(language, name) for name in names) if isinstance(names, list | tuple) else str(names)


def _texts(_: str, texts: Any) -> str:
    return ", ".join(text or "–" for text in texts) if isinstance(texts, list | tuple) else str(texts)


def _unions(language: str, codes: Any) -> str:
    """Unions by their short names, which are the same in both languages."""
    return ", ".join(code.upper() if len(code) < 5 else code.title() for code in codes)


# Parameters that are codes or figures, and how a reader is told them.
_IN_WORDS: dict[str, Callable[[str, Any], str]] = {
    "limit": _count, "count": _count, "rate": _rate, "nation": _nation, "origin": _nation, "needs": _needs, "source": source_name,
    "kind": _kind, "column": _column, "columns": _columns, "terms": needed_terms, "unions": _unions, "accounts": _texts,
}  # fmt: skip


def _date(language: str, text: str) -> str:
    """A date as the reader writes it; as it came where the calendar has no such day (2026-02-30)."""
    try:
        return formats.date_long(language, date.fromisoformat(text))
    except ValueError:
        return text
