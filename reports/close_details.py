"""Say in words what each step of a close has or lacks, each thing with the page where the work on it is done."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from ledger.domain.closes import Step
from ledger.services.closes import CloseView
from reports import formats
from reports.comparison_words import title_of
from reports.facts import name_of, titled
from reports.i18n import N_, translate, translate_n
from reports.present import say

LISTED_MAXIMUM = 6


class Detail(msgspec.Struct, frozen=True):
    """What there is to say of a step: a phrase, and the things it counts, each with its address; ``more`` are left out."""

    lead: str
    items: tuple[tuple[str, str], ...] = ()
    more: int = 0


class _Telling(msgspec.Struct, frozen=True):
    """In whose words: the language, the unions' names, and the union whose statements the reader may bring in."""

    language: str
    union: str
    names: Mapping[str, str]
    view: CloseView


def detail(language: str, union: str, names: Mapping[str, str], view: CloseView, step: Step) -> Detail | None:
    """A step of things to look over, or the revaluation; None for the last two, whose words are the page's own."""
    told = _Telling(language, union, names, view)
    if step.name == "revaluation":
        return Detail(_revalued(told, step))
    if step.name not in _ITEMS:
        return None
    if not step.count:
        return Detail(_NOTHING[step.name](told, step))
    lead = _COUNTED[step.name](language, step.count)
    if step.known.get("beyond"):
        lead = translate(language, "%(what)s; what is unexplained is classed first, for nobody can list it", what=lead)
    items = tuple(_ITEMS[step.name](told, each, step) for each in step.facts[:LISTED_MAXIMUM])
    return Detail(lead, items, max(step.count - LISTED_MAXIMUM, 0))


def left(language: str, name: str, union: str, step: Step) -> str:
    """What a union has left of a step, for its chip: how many lines, accounts or words, where they are its alone."""
    count, said = step.left.get(union, 0), _LEFT.get(step.name)
    return said(language, count, name) if count and said else translate(language, "%(union)s: to do", union=name)


_LEFT: dict[str, Callable[[str, int, str], str]] = {
    "statements": lambda language, n, union: translate_n(language, "%(union)s: %(count)s statement", "%(union)s: %(count)s statements", n, union=union),
    "matched": lambda language, n, union: translate_n(language, "%(union)s: %(count)s line", "%(union)s: %(count)s lines", n, union=union),
    "compared": lambda language, n, union: translate_n(language, "%(union)s: %(count)s to agree to", "%(union)s: %(count)s to agree to", n, union=union),
}  # fmt: skip
_COUNTED: dict[str, Callable[[str, int], str]] = {
    "in_transit": lambda language, n: translate_n(language, "%(count)s transfer at the cut-off", "%(count)s transfers at the cut-off", n),
    "commitments": lambda language, n: translate_n(language, "%(count)s balance committed", "%(count)s balances committed", n),
    "suspense": lambda language, n: translate_n(language, "%(count)s balance in suspense", "%(count)s balances in suspense", n),
    "statements": lambda language, n: translate_n(language, "%(count)s account without its statement", "%(count)s accounts without their statements", n),
    "matched": lambda language, n: translate_n(language, "%(count)s account not proved", "%(count)s accounts not proved", n),
    "compared": lambda language, n: translate_n(language, "%(count)s comparison not agreed by both", "%(count)s comparisons not agreed by both", n),
    "rates": lambda language, n: translate_n(language, "%(count)s banking day without a rate", "%(count)s banking days without a rate", n),
}  # fmt: skip


# --- what is left, thing by thing --------------------------------------------------------------------------------------------


def _account(told: _Telling, label: str) -> tuple[str, int | None, bool]:
    """An account's name, its id, and whether the reader's union keeps it."""
    found = told.view.accounts.get(label)
    return (label, None, False) if found is None else (say(told.language, titled(found)), found.id, found.custodian == told.union)


def _statement(told: _Telling, label: Any, step: Step) -> tuple[str, str]:
    name, number, own = _account(told, label)
    return name, "/bank" if number is None else f"/bank/{number}/import" if own else f"/bank/{number}"


def _proof(told: _Telling, item: Any, step: Step) -> tuple[str, str]:
    label, minor, currency = item
    name, number, _ = _account(told, label)
    lines, amount = step.known.get("lines", {}).get(label, 0), formats.money(told.language, minor, currency)
    if not lines:
        said = translate(told.language, "%(account)s: every line matched, to be proved", account=name)
        return said, f"/bank/{number}/proof?day={told.view.close.ends_on}"
    said = translate_n(
        told.language, "%(account)s: %(count)s line, %(amount)s unexplained", "%(account)s: %(count)s lines, %(amount)s unexplained", lines,
        account=name, amount=amount,
    )  # fmt: skip
    return said, f"/bank/{number}"


def _transfer(told: _Telling, item: Any, step: Step) -> tuple[str, str]:
    number, minor, currency, sent = item
    amount, day = formats.money(told.language, minor, currency), formats.day_of_year(told.language, date.fromisoformat(sent))
    return translate(told.language, "%(number)s, %(amount)s, sent on %(day)s", number=number, amount=amount, day=day), f"/transfers/{number}"


def _rate(told: _Telling, day: Any, step: Step) -> tuple[str, str]:
    return formats.day_of_year(told.language, date.fromisoformat(day)), f"/rates?from={day}&to={day}"


def _pair(told: _Telling, item: Any, step: Step) -> tuple[str, str]:
    creditor, debtor, minor, currency, about = item
    url = f"{step.url}#{creditor}-{currency}" + ("" if about == "owed" else f"-{about}") if told.view.is_over else "/comparison"
    said = title_of(told.language, about, told.names, creditor, debtor, currency)
    if not minor:
        return said, url
    amount = formats.money(told.language, minor, currency)
    return translate(told.language, "%(pair)s: %(amount)s unexplained", pair=said, amount=amount), url


def _held(told: _Telling, item: Any) -> tuple[str, str]:
    code, currency, minor = item
    fund = told.view.funds.get(code)
    name = code if fund is None else say(told.language, name_of(fund))
    return f"{name} {formats.money(told.language, minor, currency)}", code


def _committed(told: _Telling, item: Any, step: Step) -> tuple[str, str]:
    said, fund = _held(told, item)
    return said, f"/requests?fund={fund}"


def _suspended(told: _Telling, item: Any, step: Step) -> tuple[str, str]:
    said, fund = _held(told, item)
    return said, f"{step.url}&fund={fund}"


_ITEMS: dict[str, Callable[[_Telling, Any, Step], tuple[str, str]]] = {
    "statements": _statement, "matched": _proof, "in_transit": _transfer, "rates": _rate, "compared": _pair, "commitments": _committed,
    "suspense": _suspended,
}  # fmt: skip


# --- nothing is left ---------------------------------------------------------------------------------------------------------


def _brought(told: _Telling, step: Step) -> str:
    count = int(step.known.get("accounts", 0))
    if not count:
        return translate(told.language, "No joint bank account was used yet.")
    return translate_n(
        told.language, "%(count)s account, its opening and closing balances agree", "%(count)s accounts, their opening and closing balances agree", count
    )


def _proved(told: _Telling, step: Step) -> str:
    count = int(step.known.get("accounts", 0))
    if not count:
        return translate(told.language, "No statement is there to be proved.")
    return translate_n(told.language, "%(count)s account, proved to the cent", "%(count)s accounts, proved to the cent", count)


def _same(message: str) -> Callable[[_Telling, Step], str]:
    return lambda told, step: translate(told.language, message)


def _loaded(told: _Telling, step: Step) -> str:
    if "closing" not in step.known:
        return translate(told.language, "A rate of every banking day.")
    return translate_n(
        told.language, "%(count)s banking day, Bank of Canada; closing at %(rate)s", "%(count)s banking days, Bank of Canada; closing at %(rate)s",
        step.known["days"], rate=formats.rate(told.language, Decimal(step.known["closing"])),
    )  # fmt: skip


def _agreed(told: _Telling, step: Step) -> str:
    differences = step.known.get("differences", [])
    if not differences:
        return translate(told.language, N_("Agreed by both.") if step.known.get("pairs") else N_("Neither union’s books have anything of the other."))
    amounts = ", ".join(formats.money(told.language, minor, currency) for minor, currency in differences[:LISTED_MAXIMUM])
    said = translate_n(told.language, "Agreed with %(count)s listed difference", "Agreed with %(count)s listed differences", len(differences))
    return translate(told.language, "%(what)s: %(items)s", what=said, items=amounts + (", …" if len(differences) > LISTED_MAXIMUM else ""))


_NOTHING: dict[str, Callable[[_Telling, Step], str]] = {
    "statements": _brought, "matched": _proved,
    "in_transit": _same(N_("Nothing was in transit.")), "commitments": _same(N_("Nothing is committed.")), "suspense": _same(N_("At zero.")),
    "rates": _loaded, "compared": _agreed,
}  # fmt: skip


def _revalued(told: _Telling, step: Step) -> str:
    if not step.is_done:
        return translate(told.language, "The month’s last day is not revalued yet.")
    minor = step.known.get("unrealised_minor")
    if not minor:
        return translate(told.language, "Nothing is left to post.")
    message = N_("%(amount)s gained and not realised") if minor > 0 else N_("%(amount)s lost and not realised")
    return translate(told.language, message, amount=formats.money(told.language, abs(minor), step.known["currency"]))
