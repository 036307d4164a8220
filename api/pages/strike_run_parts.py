"""What the pages of a strike run show: its totals beside last week's, by local and reason, and the steps that are the reader's."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec

from api.security import Reader
from ledger.domain.strike_runs import (
    APPROVE,
    FIX,
    OPEN_PAYMENTS,
    PAY,
    PREPARE,
    STALE_CHEQUE_DAYS,
    STEPS,
    CountRow,
    Run,
    plus,
)
from ledger.domain.suppression import SMALL_CELL
from ledger.services.strike_run_views import RunView
from reports import formats, strike_run_words
from reports.i18n import N_, translate


class Control(msgspec.Struct, frozen=True):
    """One control total: this run's, and last week's where there was one; members, or minor units of the run's currency.

    None is a number that is held back because it is small.
    """

    label: str
    now: int | None
    before: int | None
    is_money: bool = False

    @property
    def change(self) -> int | None:
        """How much more or less than last week."""
        return None if self.now is None or self.before is None else self.now - self.before


class ByLocal(msgspec.Struct):
    """A local's members and what they get."""

    local: str
    full: int | None = 0
    partial: int | None = 0
    excluded: int | None = 0
    gross_minor: int | None = 0


def shown_run(view: RunView, reader: Reader) -> dict[str, Any]:
    """What the pages of one run show."""
    language, run = reader.language, view.run
    return {
        "view": view, "run": run, "chip": strike_run_words.state_chip(language, run.state), "standing": _standing(language, view),
        "title": _title(language, run), "may": may(reader, view), "main": _main(reader, view), "controls": _controls(view),
        "locals": _by_local(view), "reasons": _by_reason(language, view), "small": SMALL_CELL, "held_back": _held_back(view),
        "event_names": strike_run_words.EVENTS, "payment_chip": partial(strike_run_words.payment_chip, language), "open": _open(view),
        "stale_days": STALE_CHEQUE_DAYS,
    }  # fmt: skip


def _title(language: str, run: Run) -> str:
    if not run.gross_minor:
        return translate(language, "Week %(week)s of %(strike)s", week=run.week, strike=run.strike_name)
    amount = formats.money(language, run.pay_minor, run.currency)
    return translate(language, "%(amount)s for week %(week)s of %(strike)s", amount=amount, week=run.week, strike=run.strike_name)


def _standing(language: str, view: RunView) -> str:
    names = {"ue": "UE", "unifor": "Unifor"}
    return translate(language, strike_run_words.STANDING[view.run.state], union=names.get(view.run.union, view.run.union.upper()))


def _open(view: RunView) -> int:
    """Payments that still wait for somebody."""
    return sum(view.payments.get(state, (0, 0))[0] for state in OPEN_PAYMENTS)


def may(reader: Reader, view: RunView) -> frozenset[str]:
    """The steps that are this reader's to take now; the services hold to the same."""
    run, me = view.run, reader.person_id
    if reader.union_code != run.union:
        return frozenset()
    prepares, approves, fixes = reader.can(PREPARE), reader.can(APPROVE), reader.can(FIX)
    prepared = (run.computed_by, run.submitted_by)
    steps = {
        "compute": prepares, "submit": prepares and run.gross_minor > 0 and (view.is_over or view.rules.pays_ahead),
        "approve": approves and me not in prepared and not view.rests_on_mine, "send_back": approves,
        "cancel": approves if run.state == "approved" else prepares, "pay": reader.can(PAY) and me not in (run.approved_by, *prepared),
        "reconcile": fixes and not _open(view), "close": fixes,
    }  # fmt: skip
    found = {step for step, allowed in steps.items() if allowed and run.state in STEPS[step]}
    if fixes and run.state in STEPS["fix"]:
        found |= {"fix"} | ({"clear"} if view.payments.get("issued") else set()) | ({"unclaim"} if view.stale else set())
    if reader.can(PAY) and run.state in STEPS["fix"] and me not in (run.approved_by, *prepared):
        found |= {"reissue"}
    return frozenset(found | ({"lines"} if reader.can("read_roster") else set()))


def _main(reader: Reader, view: RunView) -> str:
    """The one step that comes next for this reader; ``""`` where nothing waits for them."""
    allowed = may(reader, view)
    order = ("submit", "compute", "approve", "pay", "unclaim", "reconcile", "close", "clear")
    return next((step for step in order if step in allowed), "")


def _controls(view: RunView) -> list[Control]:
    now, then, before = view.totals, view.before_totals, view.before
    rows = [
        Control(N_("Members on the roster"), now.members, then and then.members), Control(N_("Entitled"), now.eligible, then and then.eligible),
        Control(N_("To a whole week"), now.full, then and then.full), Control(N_("To a part of it"), now.partial, then and then.partial),
        Control(N_("To nothing"), now.excluded, then and then.excluded),
        Control(N_("On two rosters in the same week"), _of(view.counts, "duplicate"), _of(view.before_counts, "duplicate") if before else None),
    ]  # fmt: skip
    run = view.run
    then_gross, then_recovered, then_pay = (before.gross_minor, -before.recovered_minor, before.pay_minor) if before else (None, None, None)
    money: list[tuple[str, int, int | None]] = [
        (N_("Benefits"), run.gross_minor, then_gross), (N_("Recovered from earlier weeks"), -run.recovered_minor, then_recovered),
        (N_("To pay"), run.pay_minor, then_pay),
    ]  # fmt: skip
    return rows + [Control(*each, is_money=True) for each in money]


def _of(counts: Sequence[CountRow], reason: str) -> int | None:
    found = [row.members for row in counts if row.reason == reason]
    return None if None in found else sum(each or 0 for each in found)


def _by_local(view: RunView) -> list[ByLocal]:
    numbers = {local.id: local.number for local in view.strike.locals}
    found: dict[int, ByLocal] = {}
    for row in view.counts:
        if not row.local_id:
            continue  # all locals together: what a reader is told who is not told each
        of = found.setdefault(row.local_id, ByLocal(numbers.get(row.local_id, str(row.local_id))))
        name = row.reason if row.reason in ("full", "partial") else "excluded"
        setattr(of, name, plus(getattr(of, name), row.members))
        of.gross_minor = plus(of.gross_minor, row.gross_minor)
    return sorted(found.values(), key=lambda of: of.local.zfill(12))


def _by_reason(language: str, view: RunView) -> list[tuple[str, str, int | None, int | None]]:
    """(reason, in words, members, last week's) of everybody who gets less than a whole week."""
    codes = dict.fromkeys(row.reason for row in (*view.counts, *view.before_counts) if row.reason != "full")
    before = view.before_counts if view.before else []
    return [(code, strike_run_words.reason(language, code), _of(view.counts, code), _of(before, code) if view.before else 0) for code in sorted(codes)]


def _held_back(view: RunView) -> bool:
    return any(row.members is None for row in view.counts) or None in view.totals
