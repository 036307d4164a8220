"""Put what is matched at the bank into words: on what grounds, what a rule says, how an account stands and what comes next."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.bank_matching import Proposal
from ledger.domain.bank_rules import Rule
from reports import formats
from reports.i18n import N_, translate, translate_n

PASS_NAMES: dict[str, str] = {
    "reference": N_("Same reference and amount"), "cancelled_out": N_("Cancel each other out"), "amount_and_date": N_("Same amount, days apart"),
    "rule": N_("By a rule"), "one_to_many": N_("One line, several entries"), "many_to_one": N_("Several lines, one entry"),
    "net_of_fee": N_("Less the bank’s fee"), "amount": N_("Same amount"), "hand": N_("By hand"), "recorded": N_("Recorded from the line"),
}  # fmt: skip
LINE_STATES: dict[str, tuple[str, str]] = {
    "new": (N_("Not matched"), "wait"), "matched": (N_("Matched"), "good"), "excluded": (N_("Bank’s error"), "bad"),
    "zero": (N_("No amount"), "off"), "withdrawn": (N_("Withdrawn"), "off"),
}  # fmt: skip
ACTIONS: dict[str, str] = {
    "fee": N_("Bank fee"), "interest": N_("Interest received"), "contribution": N_("Contribution of a union"), "receipt": N_("Receipt of a transfer"),
    "match": N_("Match with an entry"), "exclude": N_("Leave out as the bank’s error"),
}  # fmt: skip
DIRECTIONS: dict[str, str] = {"in": N_("Money in"), "out": N_("Money out"), "both": N_("In and out")}
STEPS: dict[str, tuple[str, str, str]] = {
    "import": (N_("Bring in the statement"), "wait", "/import"), "start": (N_("Say what was in circulation"), "wait", "/start"),
    "match": (N_("Match the lines"), "wait", ""), "reconcile": (N_("Prove the balance"), "wait", "/proof"),
    "nothing": (N_("Reconciled"), "good", "/proof"),
}  # fmt: skip
AGEING: dict[str, tuple[str, str]] = {
    "": ("", ""), "old": (N_("over 30 days: ask after it"), "wait"), "stale": (N_("over six months: stale"), "bad"),
}  # fmt: skip


def why(language: str, proposal: Proposal, currency: str, rule: Rule | None = None) -> str:
    """On what grounds a proposal stands, in one sentence."""
    if proposal.by == "reference":
        return translate(language, "The bank names %(found)s, and the amounts agree.", found=proposal.found.lstrip("#"))
    if proposal.by == "net_of_fee":
        fee = formats.money(language, proposal.fee_minor, currency)
        return translate(language, "The bank kept %(fee)s; accepting records it as its fee.", fee=fee)
    if proposal.by == "rule":
        does = translate(language, ACTIONS[rule.action]) if rule else ""
        return translate(language, "The rule on “%(words)s” says: %(does)s.", words=proposal.found, does=does)
    if proposal.by == "cancelled_out":
        return translate(language, "An entry and its reversal; the bank saw neither.")
    if proposal.by in ("one_to_many", "many_to_one"):
        count = max(len(proposal.lines), len(proposal.postings))
        return translate_n(language, "Of one, the only sum.", "%(count)s near by come to the same; no other choice does.", count)
    if proposal.by == "amount_and_date":
        return translate(language, "The only ones of this amount so near, %(apart)s.", apart=_apart(language, proposal.days))
    return translate(language, "The oldest open entry of this amount, %(apart)s.", apart=_apart(language, proposal.days))


def _apart(language: str, days: int) -> str:
    return translate_n(language, "one day apart", "%(count)s days apart", days) if days else translate(language, "on the same day")


def accepted(language: str, proposals: int, open_lines: int, proposed_lines: int) -> str:
    """What accepting came to: how many proposals, how many lines are left, and why they are."""
    said = [translate_n(language, "One proposal was accepted.", "%(count)s proposals were accepted.", proposals)]
    if not open_lines:
        return " ".join([*said, translate(language, "No line is left.")])
    said.append(translate_n(language, "One line is left.", "%(count)s lines are left.", open_lines))
    if proposed_lines:
        said.append(translate_n(language, "One has a proposal to look at.", "%(count)s have a proposal to look at.", proposed_lines))
    if nothing := open_lines - proposed_lines:
        said.append(translate_n(language, "For one, nothing in the books fits.", "For %(count)s, nothing in the books fits.", nothing))
    return " ".join(said)


def rule_in_words(language: str, rule: Rule, currency: str = "", named: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> str:
    """A rule as a sentence: which lines, and what is proposed for them. ``named`` has the names of funds and unions by their codes."""
    parts = [translate(language, "Lines that say “%(words)s”", words=rule.words), translate(language, DIRECTIONS[rule.direction]).lower()]
    if rule.least_minor is not None:
        parts.append(translate(language, "from %(amount)s", amount=_size(language, rule.least_minor, currency)))
    if rule.most_minor is not None:
        parts.append(translate(language, "up to %(amount)s", amount=_size(language, rule.most_minor, currency)))
    does = translate(language, ACTIONS[rule.action])
    said = {name: str(value) for name, value in rule.facts.items() if value and name in ("fund", "union", "text", "reason")}
    facts = [named.get(name, {}).get(value, value) for name, value in said.items()]
    return f"{', '.join(parts)} → {does}" + (f" ({', '.join(facts)})" if facts else "")


def _size(language: str, minor: int, currency: str) -> str:
    return formats.money(language, minor, currency) if currency else formats.figure(language, minor)
