"""Put the unions' compared ledgers into words: why items differ, what tells so, how a comparison and a difference stand."""

from collections.abc import Mapping

from ledger.services.comparison import Comparison, Line
from ledger.storage.differences import Difference
from reports import formats
from reports.i18n import N_, translate

CLASS_NAMES: dict[str, str] = {
    "timing": N_("timing"), "missing_at_creditor": N_("missing at %(creditor)s"), "missing_at_debtor": N_("missing at %(debtor)s"),
    "missing_at_pool": N_("missing in the pool’s journal"),
    "keying": N_("keying"), "fx_rate": N_("exchange rate"), "fee": N_("bank fee"), "wrong_fund": N_("wrong fund"),
    "wrong_counterparty": N_("wrong counterparty"), "duplicate": N_("duplicate"), "wrong_sign": N_("wrong sign"),
    "period_cutoff": N_("period cut-off"), "disputed": N_("disputed"), "unexplained": N_("unexplained"),
}  # fmt: skip
HINTS: dict[str, str] = {
    "opening": N_("the balances differed before the first row"), "near_cutoff": N_("sent in the last days before the cut-off"),
    "nine": N_("divides by nine"), "swapped": N_("divides by nine: figures swapped"), "half": N_("half of it is the item"),
    "twin": N_("stands twice"), "known_fee": N_("a bank’s usual fee"), "rate": N_("paid in another currency"),
    "other_currency": N_("the other side booked it in another currency"), "pool_only": N_("the pool’s journal alone has it"),
    "pool_differs": N_("both unions agree, the pool’s journal does not"),
}  # fmt: skip
STANDINGS: dict[str, tuple[str, str]] = {
    "open": (N_("not agreed yet"), "wait"), "agreed": (N_("agreed by both"), "good"),
    "agreed_with_differences": (N_("agreed with listed differences"), "good"),
}  # fmt: skip
STATES: dict[str, tuple[str, str]] = {"open": (N_("open"), "wait"), "resolved": (N_("resolved"), "good"), "": (N_("not kept yet"), "")}
EVENTS: dict[str, str] = {
    "found": N_("Found"), "said": N_("Remark"), "changed": N_("Amended"), "resolved": N_("Resolved"), "matched": N_("Found no more: resolved by itself"),
    "found_again": N_("Found again: open"),
}  # fmt: skip
FACTS: dict[str, str] = {"class": N_("Why it differs"), "owner": N_("Who sees to it"), "due_on": N_("Due on"), "ends_on": N_("Cut-off")}
MEANS: dict[str, str] = {
    "due_from": N_("Owed by the other union"), "due_to": N_("Owed to the other union"), "contributions": N_("Contributions"),
    "in_transit": N_("In transit"), "ignored": N_("Not joint: ignore it"),
}  # fmt: skip
PASSES: dict[str, str] = {
    "number": N_("by the pool’s number"), "reference": N_("by document"), "amount_and_date": N_("by amount and date"),
    "tolerance": N_("within the tolerance"), "carried": N_("with what was open before"), "many": N_("one against several"),
    "correction": N_("with a correction"), "cancelled_out": N_("booked and taken back"),
}  # fmt: skip
EXTRACT_COLUMNS: dict[str, str] = {
    "day": N_("Day"), "account": N_("Account"), "document": N_("Document"), "text": N_("Text"), "amount": N_("Amount"), "debit": N_("Debit"),
    "credit": N_("Credit"), "balance": N_("Balance"), "currency": N_("Currency"),
}  # fmt: skip
EXTRACT_FAULTS: dict[str, str] = {
    "missing": N_("is empty"), "too_long": N_("is too long"), "bad_date": N_("is not a date"),
    "ambiguous_date": N_("can be read as two dates; write it like 2026-11-23"), "bad_money": N_("is not an amount"),
    "ambiguous_money": N_("can be read as two amounts; write it with its cents"),
    "formula": N_("is a formula without its result: open the file in a spreadsheet program, save it there and send it again"),
    "both_sides": N_("is filled on both sides: a row is a debit or a credit"), "unknown_currency": N_("is not a currency of these books"),
}  # fmt: skip


TITLES: dict[str, str] = {
    "owed": N_("%(debtor)s owes %(creditor)s, %(currency)s"), "contributions": N_("Paid into the pool by %(creditor)s, %(currency)s"),
    "in_transit": N_("On its way from %(creditor)s, %(currency)s"),
}  # fmt: skip


def title(language: str, each: Comparison | Difference, names: dict[str, str]) -> str:
    """What is compared, with the unions' names."""
    return title_of(language, each.about, names, each.creditor, each.debtor, each.currency)


def title_of(language: str, about: str, names: Mapping[str, str], creditor: str, debtor: str, currency: str) -> str:
    """The same by its parts."""
    return translate(language, TITLES[about], currency=currency, creditor=names[creditor], debtor=names.get(debtor, ""))


def books_of(language: str, names: dict[str, str], code: str) -> str:
    """Whose books a column is."""
    return translate(language, N_("%(union)s’s books"), union=names[code]) if code in names else translate(language, N_("The pool’s journal"))


def class_name(language: str, kind: str, names: dict[str, str], creditor: str, debtor: str) -> str:
    """Why something differs between two sides, by their codes; see :func:`class_message` for the pool."""
    return translate(language, class_message(kind, debtor in names), creditor=names[creditor], debtor=names.get(debtor, ""))


def class_message(kind: str, debtor_is_union: bool) -> str:
    """The message of a class; what a pool that is the debtor lacks is missing in its journal."""
    return CLASS_NAMES["missing_at_pool" if kind == "missing_at_debtor" and not debtor_is_union else kind]


def why(language: str, line: Line, names: dict[str, str], comparison: Comparison) -> str:
    """What tells why it differs; nothing where only the class is known."""
    if line.later_on is not None:
        lacking = comparison.debtor if line.debtor_minor is None else comparison.creditor
        if lacking not in names or (line.creditor_minor is not None and line.debtor_minor is not None):
            return translate(language, N_("in the pool’s journal on %(day)s"), day=formats.date_long(language, line.later_on))
        return translate(language, N_("in %(union)s’s books on %(day)s"), union=names[lacking], day=formats.date_long(language, line.later_on))
    if line.other_minor is not None:
        has = formats.money(language, line.other_minor, line.other_currency)
        return translate(language, N_("the other side has %(amount)s, at about the day’s rate"), amount=has)
    return hint(language, line.hint)


def hint(language: str, code: str) -> str:
    """A hint in words, or nothing."""
    return translate(language, HINTS[code]) if code in HINTS else ""


def standing_chip(language: str, standing: str) -> tuple[str, str]:
    """How a comparison stands, and the kind of its chip."""
    name, kind = STANDINGS[standing]
    return translate(language, name), kind


def state_chip(language: str, state: str) -> tuple[str, str]:
    """How a difference stands, and the kind of its chip."""
    name, kind = STATES[state]
    return translate(language, name), kind
