"""Keep where each account belongs on Form LM-2: a suggestion in versions, which each union changes for itself (domain.md 5). Pure.

Nothing is posted or filed by it, so one treasurer of the union changes it; every version is kept with its source, and the audit trail says who.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from ledger.domain.accounts import Account, is_path
from ledger.domain.actors import Actor
from ledger.domain.chart import JOINT
from ledger.domain.days import check_day
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import ChoiceInvalid

FORM_MAXIMUM, SOURCE_MAXIMUM, LINES_MAXIMUM = 80, 300, 500
Side = Literal["joint", "own"]
_PLACE = re.compile(r"\A[1-9][0-9]?\Z", re.ASCII)


class MapLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account, or everything below it, belongs: an item or a schedule of the form, or both; neither is not on the form."""

    book: Side
    path: str
    item: str = ""
    schedule: str = ""


class FormMap(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a union's map; version 0 is the suggestion that ships, which nobody changed yet, and alone says form and source in French."""

    union: str
    version: int
    form: str
    valid_from: date
    source: str
    form_fr: str = ""
    source_fr: str = ""
    lines: tuple[MapLine, ...]
    changed_by: int
    changed_at: datetime


class ChangeMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new version as entered, whole. ``version`` is the one it was made from."""

    version: int
    form: str
    valid_from: date
    source: str
    lines: tuple[MapLine, ...]


def on_day(known: Sequence[FormMap], day: date) -> FormMap | None:
    """The version that holds on a day: of those that have begun the newest."""
    return max((each for each in known if each.valid_from <= day), key=lambda each: each.version, default=None)


def side_of(account: Account) -> Side:
    """Which of a map's two books an account is in."""
    return "joint" if account.book == JOINT else "own"


def place_of(lines: Sequence[MapLine], account: Account) -> MapLine | None:
    """The line of an account: the longest path that it is or stands below."""
    return line_at(lines, side_of(account), account.path) or line_above(lines, side_of(account), account.path)


def line_at(lines: Sequence[MapLine], book: Side, path: str) -> MapLine | None:
    """The line of just this path."""
    return next((each for each in lines if (each.book, each.path) == (book, path)), None)


def line_above(lines: Sequence[MapLine], book: Side, path: str) -> MapLine | None:
    """The line that holds for a path that has none of its own: the longest that it stands below."""
    fitting = [each for each in lines if each.book == book and path.startswith(f"{each.path}:")]
    return max(fitting, key=lambda each: len(each.path), default=None)


def changed(request: ChangeMap, newest: FormMap, actor: Actor, union: str, now: datetime) -> FormMap:
    """The next version; refuses one made from a version that another has followed, and lines that name no account or place."""
    if request.version != newest.version:
        raise ChoiceInvalid(field="version", value=str(request.version)[:10], reason="newer")
    check_day("valid_from", request.valid_from, None, LATEST_DATE)
    if not 1 <= len(request.lines) <= LINES_MAXIMUM:
        raise ChoiceInvalid(field="lines", value=str(len(request.lines)))
    for line in request.lines:
        _check(line)
    _check_once([(line.book, line.path) for line in request.lines])
    return FormMap(
        union=union, version=newest.version + 1, form=plain("form", request.form, FORM_MAXIMUM, needed=True), valid_from=request.valid_from,
        source=plain("source", request.source, SOURCE_MAXIMUM, needed=True), lines=request.lines, changed_by=actor.person_id, changed_at=now,
    )  # fmt: skip


def _check(line: MapLine) -> None:
    if not (is_path(line.path) or is_path(f"{line.path}:X")):
        raise ChoiceInvalid(field="path", value=line.path[:40])
    for field, value in (("item", line.item), ("schedule", line.schedule)):
        if value and not _PLACE.match(value):
            raise ChoiceInvalid(field=field, value=value[:10])


def _check_once(paths: Collection[tuple[str, str]]) -> None:
    seen: set[tuple[str, str]] = set()
    for each in paths:
        if each in seen:
            raise ChoiceInvalid(field="path", value=each[1][:40])
        seen.add(each)
