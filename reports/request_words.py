"""Put requests for money into words, the same on pages, in files and in reports: states, who has one now, who must approve, what changed."""

from collections.abc import Mapping, Sequence

from ledger.domain.allocations import REVIEW, Allocation, Line, Revision
from ledger.domain.approvals import Requirement
from ledger.domain.chart import of_in_french
from ledger.domain.money import digits_of
from reports import formats
from reports.i18n import N_, translate

# The name of a state, and the kind of its chip.
STATES: dict[str, tuple[str, str]] = {
    "draft": (N_("Draft"), ""), "submitted": (N_("Submitted"), "wait"), "returned": (N_("Returned for changes"), "wait"),
    "in_review": (N_("Under review"), "wait"), "part_approved": (N_("Partly approved"), "wait"), "board_required": (N_("Waits for a board"), "wait"),
    "committed": (N_("Approved, set aside"), "good"), "part_paid": (N_("Partly paid"), "good"), "completed": (N_("Paid in full"), "good"),
    "closed": (N_("Closed"), ""), "rejected": (N_("Declined"), "bad"), "withdrawn": (N_("Withdrawn"), ""), "expired": (N_("Expired"), "bad"),
    "suspended": (N_("Suspended"), "wait"),
}  # fmt: skip
KINDS: dict[str, str] = {"general": N_("Campaign work"), "strike_support": N_("Strike support"), "study_group": N_("Joint study group")}
EVENTS: dict[str, str] = {
    "started": N_("Draft begun"), "submitted": N_("Request submitted"), "resubmitted": N_("Submitted again"), "changed": N_("Request changed"),
    "approvals_voided": N_("What was approved before no longer counts"), "taken_up": N_("Taken up"), "approved": N_("Approved"),
    "returned": N_("Returned for changes"), "rejected": N_("Declined"), "recused": N_("Stepped aside"), "suspended": N_("Suspended"),
    "resumed": N_("Goes on again"), "board_carried": N_("The board agreed"), "board_lost": N_("The board did not agree"),
    "voted_for": N_("Voted for it"), "voted_against": N_("Voted against it"), "voted_abstain": N_("Abstained"),
    "all_approved": N_("All approvals are there"), "committed": N_("Money set aside"), "paid": N_("Invoice paid"),
    "payment_reversed": N_("Payment taken back"), "completed": N_("Paid in full"), "closed": N_("Closed"), "expired": N_("Expired"),
    "withdrawn": N_("Withdrawn"), "comment": N_("Comment"),
}  # fmt: skip
CAPACITIES: dict[str, str] = {"officer": N_("National officer"), "secretary_treasurer": N_("Secretary-treasurer"), "board": N_("Board")}
_ONE = {
    "officer": N_("one of %(whose)s officers"), "secretary_treasurer": N_("%(whose)s secretary-treasurer"), "board": N_("%(whose)s board"),
}  # fmt: skip
_BOTH = {
    "officer": N_("one of %(first)s officers and one of %(second)s"), "secretary_treasurer": N_("%(first)s secretary-treasurer and %(second)s"),
    "board": N_("%(first)s board and %(second)s"),
}  # fmt: skip


def state_chip(language: str, state: str) -> tuple[str, str]:
    """What a state is called, and the kind of its chip."""
    name, kind = STATES[state]
    return translate(language, name), kind


# --- who ----------------------------------------------------------------------------------------------------------------


def whose(language: str, name: str) -> str:
    """``UE’s``; ``d’UE``."""
    return of_in_french(name) if language == "fr" else f"{name}’s"


def joined(language: str, parts: Sequence[str]) -> str:
    """``a, b and c``."""
    *first, last = parts or [""]
    return translate(language, "%(first)s and %(last)s", first=", ".join(first), last=last) if first else last


def must_approve(language: str, needs: Sequence[Requirement], unions: Mapping[str, str]) -> str:
    """Requirements as people say them: ``UE’s secretary-treasurer and Unifor’s``. ``unions`` is names by code, in their order; what
    is not needed any more is not among them, so an empty text says that nobody must.
    """
    parts = [
        part for capacity in ("officer", "secretary_treasurer", "board")
        for part in _of_capacity(language, capacity, [need for need in needs if need.capacity == capacity], unions)
    ]  # fmt: skip
    return joined(language, parts)


def _of_capacity(language: str, capacity: str, needs: Sequence[Requirement], unions: Mapping[str, str]) -> list[str]:
    if any(not need.union for need in needs):
        return [translate(language, "the board of either union")]
    order = list(unions)
    found = sorted(needs, key=lambda need: order.index(need.union))
    names = [whose(language, unions[need.union]) for need in found]
    if len(found) == 2 and all(need.count == 1 for need in found):
        return [translate(language, _BOTH[capacity], first=names[0], second=names[1])]
    return [_one(language, need, name) for need, name in zip(found, names, strict=True)]


def _one(language: str, need: Requirement, name: str) -> str:
    if need.count > 1:
        return translate(language, "%(count)s of %(whose)s officers", count=need.count, whose=name)
    return translate(language, _ONE[need.capacity], whose=name)


def has_it(language: str, allocation: Allocation, missing: Sequence[Requirement], unions: Mapping[str, str], reader: int) -> str:
    """Who has a request now; an empty text where nobody need do anything."""
    if allocation.state in ("draft", "returned"):
        return translate(language, "you") if reader == allocation.requested_by else allocation.requester
    if allocation.state in REVIEW:
        people = [need for need in missing if need.capacity != "board"]
        return must_approve(language, people or missing, unions) or translate(language, "any officer who may decide: nothing more is missing")
    return translate(language, "the treasurers, who pay its invoices") if allocation.state in ("committed", "part_paid") else ""


# --- how much -----------------------------------------------------------------------------------------------------------


def amounts(language: str, sums: Mapping[str, int]) -> str:
    """``CAD 12,300.00 and USD 400.00``; minor units by currency."""
    return joined(language, [formats.money(language, minor, currency, digits_of(currency)) for currency, minor in sums.items()])


# --- what changed -------------------------------------------------------------------------------------------------------


def changes(language: str, old: Revision, new: Revision, funds: Mapping[int, str], campaigns: Mapping[str, str]) -> list[str]:
    """What one revision changed of the one before it, a sentence each."""
    found = []
    if old.campaign != new.campaign:
        found.append(_changed(language, N_("Campaign: %(old)s, now %(new)s"), *(campaigns.get(each.campaign, each.campaign) for each in (old, new))))
    if old.fund_id != new.fund_id:
        found.append(_changed(language, N_("Fund: %(old)s, now %(new)s"), funds[old.fund_id], funds[new.fund_id]))
    if old.kind != new.kind:
        found.append(_changed(language, N_("Kind: %(old)s, now %(new)s"), *(translate(language, KINDS[each.kind]) for each in (old, new))))
    if old.electoral != new.electoral:
        found.append(translate(language, "Now for election activity") if new.electoral else translate(language, "No longer for election activity"))
    if old.purpose != new.purpose:
        found.append(_changed(language, N_("Purpose: “%(old)s”, now “%(new)s”"), old.purpose, new.purpose))
    if old.needed_by != new.needed_by:
        found.append(_changed(language, N_("Needed by: %(old)s, now %(new)s"), *(formats.date_long(language, each.needed_by) for each in (old, new))))
    return found + _line_changes(language, old.lines, new.lines)


def _changed(language: str, sentence: str, old: str, new: str) -> str:
    return translate(language, sentence, old=old, new=new)


def _line_changes(language: str, old: Sequence[Line], new: Sequence[Line]) -> list[str]:
    """Lines are known again by what they are for; of the same line what differs is said."""
    before, found = list(old), []
    for line in new:
        kept = next((each for each in before if each.what == line.what), None)
        if kept is None:
            found.append(translate(language, "New line: %(line)s", line=_line(language, line)))
            continue
        before.remove(kept)
        if (kept.payee, kept.currency, kept.amount_minor) != (line.payee, line.currency, line.amount_minor):
            found.append(_changed(language, N_("Line: %(old)s, now %(new)s"), _line(language, kept), _line(language, line)))
        elif kept.budget_line != line.budget_line:
            found.append(translate(language, "Under another line of the budget: %(line)s", line=line.what))
    return found + [translate(language, "Line left out: %(line)s", line=_line(language, line)) for line in before]


def _line(language: str, line: Line) -> str:
    money = formats.money(language, line.amount_minor, line.currency, digits_of(line.currency))
    return f"{line.what} ({money}, {line.payee_name})" if line.payee_name else f"{line.what} ({money})"
