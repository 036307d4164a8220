"""Say what is learnt from a bank line that a person dealt with, and which later lines it fits.

A rule is words that the bank writes, the way the money goes and a range of amounts; and what is done with such a line. It proposes and never acts.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any, Literal

import msgspec

from ledger.domain.refusals import AmountNotPositive, BankRuleInvalid, ChoiceInvalid
from ledger.domain.text import UNKEPT

Action = Literal["fee", "interest", "contribution", "receipt", "match", "exclude"]
ACTIONS: tuple[Action, ...] = ("fee", "interest", "contribution", "receipt", "match", "exclude")
# What a line is taken into the books as, straight from the bank.
RECORDED: tuple[Action, ...] = ("fee", "interest", "contribution", "receipt")
Direction = Literal["in", "out", "both"]
DIRECTIONS: tuple[Direction, ...] = ("in", "out", "both")
WORDS_MAXIMUM, WORDS_LEARNT = 100, 4
# A number, or the number of a record such as INV-7428; letters in a row are few, or they may be a name.
_REFERENCE = re.compile(r"(?=.*[0-9])(?!.*[A-Z]{4})[A-Z0-9-]{1,100}", re.ASCII)
# The one way that each goes: a rule for both would propose what no line can be recorded as.
WAYS: dict[str, Direction] = {"fee": "out", "interest": "in", "contribution": "in", "receipt": "in"}
# What a rule must say to be carried out.
NEEDED: dict[str, tuple[str, ...]] = {"fee": ("fund",), "interest": ("fund",), "contribution": ("fund", "union")}
_NEUTRAL = {"fee": "Bank fee", "interest": "Interest received", "contribution": "Contribution received", "receipt": "Transfer received"}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """``words`` must all stand in the bank's text; amounts are sizes in minor units of the account's currency, None for any.

    ``facts`` are what the action needs: the fund's code, the union that contributed, the words of the posting to match or the reason to leave out.
    """

    id: int
    union: str
    account_id: int | None
    words: str
    direction: Direction
    least_minor: int | None
    most_minor: int | None
    action: Action
    facts: dict[str, Any]
    uses: int = 0
    version: int = 1
    changed_by: int = 0
    learnt_from: int | None = None


class RuleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as a person writes it; see :class:`Rule`."""

    words: str
    direction: Direction
    action: Action
    least_minor: int | None = None
    most_minor: int | None = None
    facts: dict[str, str] = {}


# The same lines meet every rule.
@lru_cache(32_768)
def fold(text: str) -> str:
    """Text without accents, case and signs, one space between words, and one around."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return f" {' '.join(re.findall(r'[a-z0-9]+', plain))} "


def fits(rule: Rule, words: str, amount_minor: int) -> bool:
    """Whether a line of these words and amount is what the rule speaks of."""
    size = abs(amount_minor)
    if rule.direction != "both" and (rule.direction == "in") != (amount_minor > 0):
        return False
    if (rule.least_minor is not None and size < rule.least_minor) or (rule.most_minor is not None and size > rule.most_minor):
        return False
    folded = fold(words)
    return all(f" {word} " in folded for word in fold(rule.words).split())


def words_of(text: str) -> str:
    """The first words of a bank's text that will come again, each once: no numbers, no dates, nothing short."""
    words = dict.fromkeys(word for word in fold(text).split() if len(word) > 2 and not any(c.isdigit() for c in word))
    return " ".join(list(words)[:WORDS_LEARNT])


def neutral(action: str, line: int) -> str:
    """What an entry from a bank line says where nobody wrote anything: the bank's own text may name a person, and the journal keeps what it is told."""
    return f"{_NEUTRAL[action]}, bank line {line}"


def kept_reference(text: str) -> str:
    """The bank's reference where it is a number of something; empty otherwise, for who paid may have written a name, and the journal keeps it."""
    return text if _REFERENCE.fullmatch(text) else ""


def check_rule(asked: RuleChange) -> RuleChange:
    """The rule with its words tidied; refuses one that says nothing, contradicts itself, or could never be carried out."""
    words = " ".join(asked.words.split())
    if not fold(words).strip() or len(words) > WORDS_MAXIMUM or UNKEPT.search(words):
        raise BankRuleInvalid(reason="words", limit=WORDS_MAXIMUM)
    if asked.action not in ACTIONS or asked.direction not in DIRECTIONS:
        raise ChoiceInvalid(field="action" if asked.action not in ACTIONS else "direction", value=str(asked.action)[:40])
    for field, minor in (("least", asked.least_minor), ("most", asked.most_minor)):
        if minor is not None and minor < 0:
            raise AmountNotPositive(field=field)
    if asked.least_minor is not None and asked.most_minor is not None and asked.least_minor > asked.most_minor:
        raise BankRuleInvalid(reason="range", limit=WORDS_MAXIMUM)
    if asked.direction != WAYS.get(asked.action, asked.direction):
        raise BankRuleInvalid(reason="direction", limit=WORDS_MAXIMUM)
    if asked.action == "receipt":
        # A receipt is of one transfer: no rule knows which.
        raise ChoiceInvalid(field="action", value="receipt")
    for field in NEEDED.get(asked.action, ()):
        if not asked.facts.get(field):
            raise BankRuleInvalid(reason=field, limit=WORDS_MAXIMUM)
    return RuleChange(
        words=words, direction=asked.direction, action=asked.action, least_minor=asked.least_minor, most_minor=asked.most_minor,
        facts={name[:40]: str(value)[:200] for name, value in asked.facts.items()},
    )  # fmt: skip
