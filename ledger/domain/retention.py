"""Say how long a record is kept: never deleted, so many days, or by the law of both unions; and what a hold keeps whatever the day. Pure.

The law is the longer of two (domain.md 5, *Retention*): five years after a report was filed (LMRDA), six after its fiscal year's end (CRA).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from ledger.domain.days import check_day, check_past_day
from ledger.domain.numbers import written
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import ChoiceInvalid, FilingState, HoldState

READ, PLACE, FILE = "read_retention", "place_hold", "record_filing"
Rule = Literal["never", "days", "law"]
Scope = Literal["all", "union", "strike"]
YEARS_AFTER_FILING, YEARS_AFTER_YEAR_END = 5, 6
FORM_MAXIMUM, REASON_MAXIMUM = 40, 300
# How many people of one union let its hold go.
RELEASERS = 2


class RecordClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of record and its rule. ``by_itself``: the books delete it on its day; ``held``: a hold concerns it."""

    code: str
    rule: Rule
    days: int | None = None
    by_itself: bool = False
    held: bool = False
    name_en: str
    name_fr: str
    text_en: str
    text_fr: str
    source: str
    source_fr: str
    valid_from: date


class Filed(msgspec.Struct, frozen=True):
    """A document that is kept with a filing: the report itself, or the authority's receipt."""

    id: UUID
    filename: str
    sha256: str


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """A report to an authority as a union filed it: for which fiscal year, and when. ``corrected_by`` is the record that holds instead."""

    number: str
    union: str
    form: str
    fiscal_year_end: date
    filed_on: date
    corrects: str | None
    corrected_by: str | None
    recorded_by: str
    recorded_at: datetime
    documents: tuple[Filed, ...] = ()


class RecordFiling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report that was filed, such as LM-2 or T2; with `corrects` it holds instead of an earlier record."""

    union: str
    form: str
    fiscal_year_end: date
    filed_on: date
    corrects: str | None = None


class Word(msgspec.Struct, frozen=True):
    """A person's word that a hold may go."""

    person_id: int
    person: str
    union: str
    at: datetime


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept whatever its day: everything, one union's records, or one strike's. It stands until enough people have let it go.

    ``words`` are those that count: once somebody says that it stays, the words before count no more.
    """

    number: str
    scope: Scope
    union: str | None
    strike: str | None
    reason: str
    placed_by: str
    placed_by_union: str
    placed_at: datetime
    words: tuple[Word, ...] = ()
    released_at: datetime | None = None

    def covers(self, union: str, strike: str) -> bool:
        """Whether it stands and keeps what belongs to this strike of this union."""
        if self.released_at is not None:
            return False
        return self.scope == "all" or (self.strike == strike if self.scope == "strike" else self.union == union)


class PlaceHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hold to place: on everything (all), on one union's records (union), or on one strike's (strike). Its reason names nobody."""

    scope: Scope
    reason: str
    union: str | None = None
    strike: str | None = None


# --- the days -----------------------------------------------------------------------------------------------------------


def years_after(day: date, years: int) -> date:
    """The same day so many years on. Where that year has no 29 February it is the 1st of March, as keeping longer is never wrong."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def deletable_from(fiscal_year_end: date, filed_on: date) -> date:
    """The first day on which neither law asks for the records of a fiscal year any more."""
    return max(years_after(filed_on, YEARS_AFTER_FILING), years_after(fiscal_year_end, YEARS_AFTER_YEAR_END)) + timedelta(days=1)


def is_in_year(day: date, fiscal_year_end: date) -> bool:
    """Whether a day is in the fiscal year that ends on another."""
    return years_after(fiscal_year_end + timedelta(days=1), -1) <= day <= fiscal_year_end


def earliest_by_law(day: date, filings: Iterable[Filing], unions: Iterable[str]) -> date | None:
    """From when a record of a day may be deleted; None while a union's filing for its year is not recorded, as the law's years do not run yet."""
    known = [each for each in filings if each.corrected_by is None and is_in_year(day, each.fiscal_year_end)]
    if set(unions) - {each.union for each in known}:
        return None
    return max((deletable_from(each.fiscal_year_end, each.filed_on) for each in known), default=None)


def earliest(kept: RecordClass, oldest: date | None, filings: Iterable[Filing], unions: Iterable[str]) -> date | None:
    """From when the oldest record of a class may be deleted; None where never, where there is none, or where it is not known yet."""
    if oldest is None or kept.rule == "never":
        return None
    if kept.rule == "days":
        return oldest + timedelta(days=kept.days or 0)
    return earliest_by_law(oldest, filings, unions)


# --- filings ------------------------------------------------------------------------------------------------------------


def check_filing(asked: RecordFiling, known: Sequence[Filing], today: date) -> RecordFiling:
    """The filing as it is kept; refuses what was recorded already, and a correction of what is corrected or another union's."""
    form = plain("form", asked.form, FORM_MAXIMUM, needed=True)
    check_day("fiscal_year_end", asked.fiscal_year_end, None, LATEST_DATE)
    check_past_day("filed_on", asked.filed_on, today, asked.fiscal_year_end + timedelta(days=1))
    corrects = written(asked.corrects, "FL", "filing") if asked.corrects else None
    old = next((each for each in known if each.number == corrects), None)
    if corrects and (old is None or old.union != asked.union):
        raise ChoiceInvalid(field="corrects", value=corrects)
    if old is not None and old.corrected_by is not None:
        raise FilingState(filing=old.number, reason="corrected")
    same = (asked.union, form.casefold(), asked.fiscal_year_end)
    standing = [each for each in known if each.corrected_by is None and each.number != corrects]
    twin = next((each for each in standing if (each.union, each.form.casefold(), each.fiscal_year_end) == same), None)
    if twin is not None:
        raise FilingState(filing=twin.number, reason="exists")
    return msgspec.structs.replace(asked, form=form, corrects=corrects)


# --- holds --------------------------------------------------------------------------------------------------------------


def check_hold(asked: PlaceHold, unions: Collection[str]) -> PlaceHold:
    """The hold as it is kept: all of its scope's fields, and none of another's."""
    reason = plain("reason", asked.reason, REASON_MAXIMUM, needed=True)
    if (asked.union in unions) != (asked.scope == "union") or (asked.union and asked.scope != "union"):
        raise ChoiceInvalid(field="union", value=(asked.union or "")[:40])
    if bool(asked.strike) != (asked.scope == "strike"):
        raise ChoiceInvalid(field="strike", value=(asked.strike or "")[:40])
    return msgspec.structs.replace(asked, reason=reason)


def check_new(asked: PlaceHold, union: str, standing: Iterable[Hold]) -> None:
    """Refuse a hold that the same union placed before on the same, for the same reason, and that stands: a form sent again."""
    same = (asked.scope, asked.union, asked.strike, asked.reason.casefold(), union)
    for each in standing:
        of = each.union if each.scope == "union" else None
        if each.released_at is None and (each.scope, of, each.strike, each.reason.casefold(), each.placed_by_union) == same:
            raise HoldState(hold=each.number, reason="exists")


def is_let_go(hold: Hold, unions: Iterable[str]) -> bool:
    """Whether enough people said that it may go: one of each union for a hold on all, else two of its union."""
    if hold.scope == "all":
        return not set(unions) - {word.union for word in hold.words}
    return len({word.person_id for word in hold.words}) >= RELEASERS


def check_word(hold: Hold, person_id: int) -> None:
    """A person says once that a hold may go, while it stands."""
    _check_standing(hold)
    if person_id in {word.person_id for word in hold.words}:
        raise HoldState(hold=hold.number, reason="said")


def check_keeping(hold: Hold) -> None:
    """Somebody says that a hold stays while it stands, and where somebody said that it may go."""
    _check_standing(hold)
    if not hold.words:
        raise HoldState(hold=hold.number, reason="nobody_said")


def _check_standing(hold: Hold) -> None:
    if hold.released_at is not None:
        raise HoldState(hold=hold.number, reason="released")


def may_say(hold: Hold, person_id: int, union: str | None) -> bool:
    """Whether a person's word would bring a hold nearer to its end."""
    if hold.released_at is not None or union is None or person_id in {word.person_id for word in hold.words}:
        return False
    return union not in {word.union for word in hold.words} if hold.scope == "all" else hold.union == union
