"""Read what a report is asked for from an address: the same words for pages, JSON and commands."""

from collections.abc import Mapping
from datetime import date

from ledger.domain.refusals import ChoiceInvalid, DateInvalid
from reports.formats import DateNotUnderstood, parse_date
from reports.registry import REPORTS, Query
from reports.render import FORMATS


def report_query(words: Mapping[str, str], today: date, language: str = "en", into: str | None = None, *, name: str = "") -> Query:
    """The query of ``as_of, compare, from, to, book, fund, account, currency, into, method, figure, union, campaign, initiative``; dates left out are
    today and the first of the year; of a report called ``name`` that is of a year that is over, the last calendar year's.

    ``into`` is the reader's own currency, shown where there is a rate, where the address names none; the word ``none`` asks for no
    converted column.
    """
    last = _day(words, "to", _usual_last(name, today), language)
    account = words.get("account") or None
    if account is not None and not (account.isascii() and account.isdigit() and len(account) < 10):
        raise ChoiceInvalid(field="account", value=account[:40])
    asked_into = words.get("into") or into
    first = _day(words, "from", date(last.year, 1, 1), language)
    if first > last:
        raise DateInvalid(field="from", text=first.isoformat(), reason="order", last=last.isoformat())
    return Query(
        as_of=_day(words, "as_of", today, language), compare=optional_day(words, "compare", language), first=first, last=last,
        book=words.get("book") or None, fund=words.get("fund") or None,
        account=int(account) if account else None, currency=words.get("currency") or None,
        into=None if asked_into == "none" else asked_into, into_required=bool(words.get("into")),
        **{name: words.get(name) or None for name in ("method", "figure", "union", "campaign", "initiative")},
    )  # fmt: skip


def _usual_last(name: str, today: date) -> date:
    report = REPORTS.get(name)
    return date(today.year - 1, 12, 31) if report and report.is_of_ended_year else today


def optional_day(words: Mapping[str, str], name: str, language: str) -> date | None:
    """A date of an address, None where it is left out; refuses what is no date."""
    return _day(words, name, date.min, language) if words.get(name, "").strip() else None


def _day(words: Mapping[str, str], name: str, otherwise: date, language: str) -> date:
    text = words.get(name, "").strip()
    if not text:
        return otherwise
    try:
        return parse_date(language, text)
    except DateNotUnderstood:
        raise DateInvalid(field=name, text=text[:40]) from None


def check_format(name: str) -> str:
    """A format that reports are rendered in."""
    if name not in FORMATS:
        raise ChoiceInvalid(field="format", value=name[:40])
    return name
