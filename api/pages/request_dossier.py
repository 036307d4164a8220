"""Everything about one request that a decision needs, on one screen: what it comes to, the rule, both unions, and how boards' votes stand."""

from typing import Any

import msgspec

from api.pages.documents import documents_for
from api.pages.forms import Form
from api.pages.funds import rate_text, union_names
from api.pages.rendering import named
from api.pages.request_parts import revisions, side_of, title_of
from api.refusal_messages import message
from api.refusal_pages import RULES
from api.security import Reader
from ledger.domain.allocations import REVIEW, totals
from ledger.domain.matrices import groups
from ledger.domain.refusals import Refusal, all_refusals
from ledger.services import allocation_queue
from ledger.services.allocation_queue import Dossier, Item
from ledger.services.pool import ZONE, Pool
from reports import formats
from reports.approval_words import KIND_NAMES, band_text, rule_text
from reports.i18n import N_, translate, translate_n
from reports.request_words import amounts, must_approve

VOTES = {"for": (N_("For"), "good"), "against": (N_("Against"), "bad"), "abstain": (N_("Abstained"), "")}


class Tally(msgspec.Struct, frozen=True):
    """A board's votes in words: how many have voted and how, and what is still possible."""

    union: str
    stands: str
    possible: list[str]
    votes: list[Any]


async def told(pool: Pool, reader: Reader, number: str) -> dict[str, Any]:
    """Everything about one request that a decision needs, ready for a template."""
    found, unions, language = await allocation_queue.dossier(pool, reader.actor, number), await union_names(pool, reader), reader.language
    view, case = found.view, found.case
    return {
        "found": found, "view": view, "case": case, "allocation": case.allocation, "unions": unions, "request_title": title_of(language, case),
        "sums": totals(case.revision.lines), "sums_text": amounts(language, totals(case.revision.lines)),
        "sides": [side_of(language, view, union, unions) for union in unions],
        "fund_name": named(language, case.fund), "tested_parts": _tested_parts(language, found), "rule_text": rule_in_words(language, found),
        "rates": [rate_text(language, rate) for rate in case.rules.rates.values() if len(totals(case.revision.lines)) > 1 or _converts(found)],
        "rules_page": f"/approval-rules/{case.rules.matrix.number}", "needs": must_approve(language, case.needed, unions),
        "documents": await documents_for(pool, reader, "request", case.allocation.number),
        "comments": [event for event in view.events if event.what == "comment"], "changes": await revisions(pool, reader, view),
        "tallies": [tally(language, board) for board in found.boards], "vote_names": vote_names(language), "states_in_review": REVIEW,
    }  # fmt: skip


def _converts(found: Dossier) -> bool:
    case = found.case
    return found.worth_minor is not None or any(code != case.rules.matrix.currency for code in totals(case.revision.lines))


def _tested_parts(language: str, found: Dossier) -> list[str]:
    """What the tested amount is made of: the request itself, and each other request that counts with it."""
    parts = [formats.money(language, amount, code) for code, amount in totals(found.case.revision.lines).items()]
    asked = [translate(language, "%(amount)s asked for here", amount=part) for part in parts]
    return asked + [
        translate(
            language, "%(amount)s asked of %(payee)s in %(request)s on %(date)s", amount=formats.money(language, each.amount_minor, each.currency),
            payee=each.payee_name, request=each.request, date=formats.date_long(language, each.submitted_on),
        )
        for each in found.case.earlier
    ]  # fmt: skip


def rule_in_words(language: str, found: Dossier) -> str:
    """The approval rule that the amount falls under, with the amounts it is for."""
    rule, matrix = found.rule, found.case.rules.matrix
    if rule is None:
        return translate(language, "No exchange rate says what it comes to, so the strictest rule there can be holds.")
    band = next(band for group in groups(matrix) for band in group.bands if band.rule == rule)
    return translate(
        language, "%(kind)s. %(band)s: %(who)s.", kind=translate(language, KIND_NAMES[rule.kind]), band=band_text(language, band, matrix.currency),
        who=rule_text(language, rule),
    )  # fmt: skip


def why_not(language: str, item: Item) -> str:
    """The rule that keeps the reader from a request, in words."""
    return message(language, all_refusals()[item.standing.code](**item.standing.facts))


def waits_since(item: Item) -> Any:
    """The day since which a request waits."""
    return item.since.astimezone(ZONE).date()


def refused_or_changed(reader: Reader, form: Form, facts: dict[str, Any], refusal: Refusal | None) -> dict[str, Any]:
    """The rule that a refusal comes from, and what was changed since the revision that the form was opened with."""
    typed = form.value("revision")
    read = int(typed) if typed.isdecimal() else facts["allocation"].revision
    return {
        "refusal": refusal, "rule": translate(reader.language, RULES[refusal.code]) if refusal else "",
        "changed": [change for change in facts["changes"] if change.revision > read],
    }  # fmt: skip


# --- how a board's votes stand ----------------------------------------------------------------------------------------


def tally(language: str, board: allocation_queue.Board) -> Tally:
    """``7 of 12 have voted: 5 for, 1 against, 1 abstained; the quorum is 7.``"""
    counts = {choice: formats.count(language, sum(vote.vote == choice for vote in board.votes)) for choice in VOTES}
    stands = translate(
        language, "%(votes)s of %(seats)s have voted: %(yes)s for, %(no)s against, %(rest)s abstained; the quorum is %(quorum)s.",
        votes=formats.count(language, len(board.votes)), seats=formats.count(language, board.rule.seats),
        quorum=formats.count(language, board.rule.quorum), yes=counts["for"], no=counts["against"], rest=counts["abstain"],
    )  # fmt: skip
    return Tally(board.rule.union, stands, [_carrying(language, board.to_carry), _losing(language, board.to_lose)], board.votes)


def _carrying(language: str, more: int | None) -> str:
    if more is None:
        return translate(language, "It can no longer be carried.")
    return translate_n(language, "%(count)s more vote for it carries it.", "%(count)s more votes for it carry it.", more)


def _losing(language: str, more: int | None) -> str:
    if more is None:
        return translate(language, "It can no longer be lost.")
    return translate_n(language, "%(count)s more vote against it loses it.", "%(count)s more votes against it lose it.", more)


def vote_names(language: str) -> dict[str, tuple[str, str]]:
    """What a vote is called, and the kind of its chip."""
    return {choice: (translate(language, name), kind) for choice, (name, kind) in VOTES.items()}
