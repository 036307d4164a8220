"""Decide about the close of a period: its steps, who confirmed what, when its report may be fixed, signed, superseded and opened again.

A close is of a month of the joint book. The third month of a quarter is closed hard: once both have signed, it and the quarter's other months are
locked (domain.md 6). Knows nothing of how a report is made.
"""

import hashlib
import re
from calendar import monthrange
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NoReturn

import msgspec

from ledger.domain.refusals import CloseNotReady, CloseState, CloseSuperseded, FirstClose, NotFound, PeriodNotOver, TextInvalid
from ledger.domain.text import is_blank

State = Literal["open", "fixed", "locked", "reopened"]
Status = Literal["agreed", "agreed_with_differences", "disputed"]
Decision = Literal["signed", "declined"]
StepName = Literal[
    "statements", "matched", "in_transit", "rates", "revaluation", "compared", "commitments", "suspense", "fixed", "signed",
]  # fmt: skip
# In the order of the page. Each is computed; those of LISTED count as done as well where every union confirms what is left, as a listed difference.
STEPS: tuple[StepName, ...] = (
    "statements", "matched", "in_transit", "rates", "revaluation", "compared", "commitments", "suspense", "fixed", "signed",
)  # fmt: skip
# What people look over: done where there is nothing, or where each union's treasury has confirmed the list as it stands.
REVIEWED: frozenset[str] = frozenset({"in_transit", "commitments"})
LISTED: frozenset[str] = frozenset({"statements", "matched", "rates", "compared", "suspense"})
REMARK_MAXIMUM = 500
_NUMBER = re.compile(r"\ACL-(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)
FACTS_FORMAT, HEAD_FORMAT = "solidarity-close", "solidarity-head"


class Close(msgspec.Struct, frozen=True):
    """A month and how far its close has come; ``version`` counts its reports, 0 before the first."""

    number: str
    starts_on: date
    ends_on: date
    hard: bool
    state: State
    state_since: datetime
    version: int


class Confirmation(msgspec.Struct, frozen=True):
    """What one union's treasury confirmed of a step: the facts as they stood then, and what was left and why, where something was."""

    step: StepName
    union: str
    person: str
    at: datetime
    facts: Any
    remark: str


class Step(msgspec.Struct, frozen=True):
    """One step as it stands: which unions have done their part, what is missing in figures, and where to go on.

    ``facts`` is what a confirmation confirms: one made of other facts counts no longer. ``known`` is what else there is to say of it, and ``left``
    how many things are left by the union that they are for, where they are one's alone.
    """

    name: StepName
    done: dict[str, bool]
    facts: Any = None
    count: int = 0
    url: str = ""
    listed: bool = False
    known: dict[str, Any] = {}
    left: dict[str, int] = {}

    @property
    def is_done(self) -> bool:
        """Whether every union has done its part."""
        return all(self.done.values())


class Signature(msgspec.Struct, frozen=True):
    """A treasurer's word on a version: signed, or declined with remarks; ``statement`` is the sentence that was shown and agreed to."""

    version: int
    union: str
    person_id: int
    person: str
    decision: Decision
    statement: str
    digest: bytes
    with_code: bool
    signed_at: datetime
    remarks: str


class Reopening(msgspec.Struct, frozen=True):
    """One union's treasurer asks to open a version again, and why."""

    version: int
    union: str
    person: str
    asked_at: datetime
    reason: str


class Report(msgspec.Struct, frozen=True):
    """A version of the report as it was fixed, without its bytes; hashes are SHA-256."""

    close: str
    version: int
    status: Status
    facts_sha256: bytes
    journal_sha256: bytes
    head_number: int
    head_hash: bytes
    pdf_en_sha256: bytes
    pdf_fr_sha256: bytes
    fixed_by: str
    fixed_at: datetime


class Made(msgspec.Struct, frozen=True):
    """What making a report gives: the canonical facts, the period's journal, and a PDF in each language with both inside."""

    facts: bytes
    journal: bytes
    head_number: int
    head_hash: bytes
    pdf_en: bytes
    pdf_fr: bytes


class Later(msgspec.Struct, frozen=True):
    """An entry recorded after a report was fixed: dated in its days, which changes its figures, or undoing or correcting what is."""

    number: int
    entry_date: date
    kind: str
    changes_figures: bool


# --- months ---------------------------------------------------------------------------------------------------------------


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def number_of(day: date) -> str:
    """The number of the close of a day's month: ``CL-2026-10``."""
    return f"CL-{day.year:04d}-{day.month:02d}"


def written(number: str) -> tuple[str, date]:
    """A close's number as it is kept, and the first day of its month; refuses what can be none."""
    found = _NUMBER.match(number.strip().upper())
    if found is None or found[1] == "0000":
        raise NotFound(kind="close", id="".join(c for c in number if c.isprintable())[:40])
    return found[0], date(int(found[1]), int(found[2]), 1)


def unknown_file(number: str, file: str) -> NoReturn:
    """Refuse a name that is none of a report's files."""
    raise NotFound(kind="close", id="".join(c for c in f"{number}/{file}" if c.isprintable())[:40])


def is_hard(day: date) -> bool:
    """Whether a day's month ends a quarter."""
    return day.month % 3 == 0


# --- what is allowed ------------------------------------------------------------------------------------------------------


def check_fixing(close: Close, steps: Iterable[Step], earlier: Close | None, today: date, *, stands_still: bool = False) -> None:
    """A report is fixed once its period is over, the month before it is fixed (``earlier``, None for the first close of all), and every step before
    has been done or listed; again only where something speaks against the last one
    (not ``stands_still``), for a new version voids what was signed.
    """
    if close.ends_on >= today:
        raise PeriodNotOver(close=close.number, ends_on=close.ends_on.isoformat())
    if close.state == "locked":
        raise CloseState(close=close.number, state=close.state)
    if stands_still:
        raise CloseState(close=close.number, state=close.state, reason="waits")
    if earlier is not None and earlier.state not in ("fixed", "locked"):
        raise CloseNotReady(close=close.number, steps=[], earlier=earlier.number)
    missing = [step.name for step in steps if step.name not in ("fixed", "signed") and not step.is_done]
    if missing:
        raise CloseNotReady(close=close.number, steps=missing)


def check_reach(close: Close, reaches_back: date | None, back_to: date | None) -> None:
    """The first close shuts every earlier day too: who fixes it says back to which day they read that it does."""
    if reaches_back is not None and back_to != reaches_back:
        raise FirstClose(close=close.number, date=reaches_back.isoformat())


def status_of(steps: Iterable[Step]) -> Status:
    """What the report says of itself: agreed, or agreed with what the unions listed, by confirming a step or as differences of their ledgers (W19)."""
    return "agreed_with_differences" if any(step.listed or step.known.get("differences") for step in steps) else "agreed"


def check_signing(close: Close, report: Report | None, signatures: Sequence[Signature], later: Sequence[Later], union: str) -> Report:
    """The report that may be signed now: the newest version, fixed, declined by nobody, not signed by this union yet, its figures unchanged since."""
    if close.state == "locked":
        raise CloseState(close=close.number, state=close.state, reason="all_signed")
    if report is None or close.state != "fixed":
        raise CloseState(close=close.number, state=close.state, reason="unfixed")
    if any(each.decision == "declined" for each in signatures):
        raise CloseState(close=close.number, state=close.state, reason="declined")
    if any(each.union == union for each in signatures):
        raise CloseState(close=close.number, state=close.state, reason="signed")
    changed = [each.number for each in later if each.changes_figures]
    if changed:
        raise CloseSuperseded(close=close.number, entry=changed[0])
    return report


def check_opening(close: Close, report: Report | None) -> Report:
    """The report whose period may be asked to be opened again: its newest version, fixed or signed by all."""
    if report is None or close.state not in ("fixed", "locked"):
        raise CloseState(close=close.number, state=close.state, reason="not_shut")
    return report


def check_remark(field: str, text: str, *, needed: bool) -> str:
    """A remark as it is kept; refuses none where one is needed, and one too long."""
    kept = text.strip()
    if (needed and is_blank(kept)) or len(kept) > REMARK_MAXIMUM:
        raise TextInvalid(field=field, limit=REMARK_MAXIMUM)
    return kept


def is_signed_by_all(signatures: Iterable[Signature], unions: Iterable[str]) -> bool:
    """Whether every union has signed."""
    signed = {each.union for each in signatures if each.decision == "signed"}
    return all(union in signed for union in unions)


def stands(report: Report, signatures: Sequence[Signature]) -> Status:
    """How a version stands: a treasurer who declined makes it disputed until a later version."""
    return "disputed" if any(each.decision == "declined" for each in signatures) else report.status


def rests(close: Close, status: Status | None, later: Sequence[Later]) -> bool:
    """Whether nobody is to do anything more to its steps: it is locked, or fixed with nothing against signing it."""
    return close.state == "locked" or (close.state == "fixed" and status != "disputed" and not later)


def digest(report: Report, union: str, person_id: int, decision: Decision, statement: str) -> bytes:
    """What a signature signs, as SHA-256: the report's version and hashes, who signs it, and the sentence they were shown."""
    signed: list[Any] = [
        report.close, report.version, report.facts_sha256.hex(), report.pdf_en_sha256.hex(), report.pdf_fr_sha256.hex(), union, person_id, decision,
        statement,
    ]  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(signed)).digest()


# --- steps ----------------------------------------------------------------------------------------------------------------


def reviewed(
    name: StepName, unions: Sequence[str], confirmations: Sequence[Confirmation], facts: Sequence[Any], url: str, clear: Container[str] = ()
) -> Step:  # fmt: skip
    """A step of things to look over: nothing there is nothing to do; else every union confirms them as they stand, but those that are clear of them.

    What had to be none and is listed by confirmation is a difference that the report names.
    """
    kept = msgspec.to_builtins(list(facts))
    said = {union: next((each for each in reversed(confirmations) if (each.step, each.union) == (name, union)), None) for union in unions}
    done = {union: not kept or union in clear or (found is not None and found.facts == kept) for union, found in said.items()}
    return Step(name, done, kept, len(kept), url, listed=bool(kept) and name in LISTED and all(done.values()))


def computed(name: StepName, unions: Sequence[str], missing: int, url: str) -> Step:
    """A step that the books themselves know, the same for every union."""
    return Step(name, dict.fromkeys(unions, missing == 0), None, missing, url)


def next_step(steps: Sequence[Step], union: str | None = None) -> Step | None:
    """The first step that is not done, of a union's own where one is given."""
    if union is None:
        return next((step for step in steps if not step.is_done), None)
    return next((step for step in steps if not step.done.get(union, True)), None)


def head_file(report: Report, signatures: Sequence[Signature]) -> dict[str, Any]:
    """What a union keeps of the other's books: small, to be put where the books are not."""
    hashes: Mapping[str, bytes] = {
        "head_hash": report.head_hash, "facts_sha256": report.facts_sha256, "journal_sha256": report.journal_sha256,
        "pdf_en_sha256": report.pdf_en_sha256, "pdf_fr_sha256": report.pdf_fr_sha256,
    }  # fmt: skip
    return {
        "format": HEAD_FORMAT, "close": report.close, "version": report.version, "fixed_at": report.fixed_at.isoformat(),
        "head_number": report.head_number, **{name: value.hex() for name, value in hashes.items()},
        "signatures": [
            {"union": each.union, "name": each.person, "decision": each.decision, "at": each.signed_at.isoformat(), "digest": each.digest.hex(),
             "person": each.person_id, "statement": each.statement}
            for each in signatures
        ],
    }  # fmt: skip


def encoded(file: Any) -> bytes:
    """A file of a close as it is written."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"
