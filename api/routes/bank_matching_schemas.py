"""Say how what bank lines are matched with, entries recorded from them and the rules that were learnt travel in JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar.params import PathParameter

from api.routes.bank_schemas import PLACE_MAXIMUM, BankLineOut, BankPlace, BankPostingOut, PlaceNumber, Remark, line_out, posting_out
from api.schemas import Amount, DecimalText, RateText, amount, minor_in
from ledger.domain.bank import Match
from ledger.domain.bank_matching import Pass, Proposal
from ledger.domain.bank_rules import WORDS_MAXIMUM, Action, Direction, Rule, RuleChange
from ledger.domain.entries import DESCRIPTION_MAXIMUM
from ledger.domain.money import minor_from_text, text_from_minor
from ledger.services.accounts import ID_MAXIMUM
from ledger.services.bank_match_steps import HAND_MAXIMUM, MARKS_MAXIMUM
from ledger.services.bank_match_views import Shown
from ledger.services.bank_records import RecordLine

# A rule is of every account that its union keeps; both currencies of the books have two decimals.
_OF_RULES = "CAD"
LineNumber = Annotated[int, PathParameter(ge=1, le=PLACE_MAXIMUM, description="Number of a bank line")]
MatchNumber = Annotated[int, PathParameter(ge=1, le=PLACE_MAXIMUM, description="Id of a match")]
RuleNumber = Annotated[int, PathParameter(ge=1, le=ID_MAXIMUM, description="Id of a rule")]
ByWord = Literal["reference", "cancelled_out", "amount_and_date", "rule", "one_to_many", "many_to_one", "net_of_fee", "amount", "none"]
_Mark = Annotated[str, msgspec.Meta(min_length=3, max_length=500)]
_Code = Annotated[str, msgspec.Meta(max_length=20)]


# --- what comes in ----------------------------------------------------------------------------------------------------


class BankMarksIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Proposals by their marks, as `listBankProposals` has them: accepted all or none."""

    marks: Annotated[list[_Mark], msgspec.Meta(min_length=1, max_length=MARKS_MAXIMUM)]


class BankMatchIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lines and postings that come to the same, two at least; either side may be empty where the other cancels itself out."""

    lines: Annotated[list[PlaceNumber], msgspec.Meta(max_length=HAND_MAXIMUM)] = []
    postings: Annotated[list[BankPlace], msgspec.Meta(max_length=HAND_MAXIMUM)] = []
    remark: Remark = ""


class BankEntryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The entry that a line lacks: a `fee` out of a `fund`, `interest` into one, a `contribution` of a `union`, or the `receipt` of a `transfer`, with
    the `fee` that the bank kept of it and the `rate` where it converted. Without a `description` the journal says what it is and the line's number,
    because the bank's own text may name a person. `learn` keeps a rule for lines of the same words, up to four of the bank's, which both unions read:
    leave it out where they name a person.
    """

    action: Literal["fee", "interest", "contribution", "receipt"]
    fund: _Code = ""
    union: _Code = ""
    local: _Code = ""
    pledge: _Code = ""
    transfer: _Code = ""
    description: Annotated[str, msgspec.Meta(max_length=DESCRIPTION_MAXIMUM)] = ""
    fee: Amount | None = None
    rate: RateText | None = None
    learn: bool = False

    def asked(self, line: int, currency: str) -> RecordLine:
        """The same, as the service takes it."""
        return RecordLine(
            line=line, action=self.action, fund=self.fund, union=self.union, local=self.local, pledge=self.pledge, transfer=self.transfer,
            description=self.description, fee_minor=minor_in(self.fee, currency) if self.fee else 0, rate=Decimal(self.rate) if self.rate else None,
            learn=self.learn,
        )  # fmt: skip


class BankRuleIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule: lines that hold all of the `words`, of the `direction`, from `least` to `most` in the currency of whichever account it meets.

    `facts` is what the action needs: `fund`, `union`, `text` of the posting to match, or the `reason` to leave it out.
    """

    words: Annotated[str, msgspec.Meta(min_length=1, max_length=WORDS_MAXIMUM)]
    direction: Direction
    action: Action
    least: DecimalText | None = None
    most: DecimalText | None = None
    facts: dict[Literal["fund", "union", "local", "text", "reason"], Annotated[str, msgspec.Meta(max_length=200)]] = {}

    @property
    def asked(self) -> RuleChange:
        """The same, as the service takes it."""
        least, most = (None if text is None else minor_from_text(text, _OF_RULES) for text in (self.least, self.most))
        facts = {str(name): text for name, text in self.facts.items()}
        return RuleChange(words=self.words, direction=self.direction, action=self.action, least_minor=least, most_minor=most, facts=facts)


class BankRuleChangeIn(BankRuleIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as it is to be from now on, and the version that was read."""

    version: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]


class BankRuleVersionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version of the rule that was read."""

    version: Annotated[int, msgspec.Meta(ge=1, le=ID_MAXIMUM)]


# --- what is told -----------------------------------------------------------------------------------------------------


class BankProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and postings that seem to be the same money, on what grounds (`by`), and the `mark` by which it is accepted. Sums agree but for `fee`,
    which the bank kept and accepting records; `days` is how far their days lie apart, `found` the reference or the words of the `rule`.
    """

    mark: str
    by: Pass
    lines: list[int]
    postings: list[BankPlace]
    amount: Amount
    fee: Amount
    days: int
    found: str
    rule: int | None


class BankMatchOut(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and postings that are the same money; `cleared_on` is the day by which both sides had it, `undone_at` null while it stands."""

    id: int
    account_id: int
    by: Pass
    rule: int | None
    amount: Amount
    cleared_on: date
    remark: str
    made_by: str
    made_at: datetime
    undone_at: datetime | None
    lines: list[int]
    postings: list[BankPlace]


class BankLineWhole(msgspec.Struct, frozen=True, kw_only=True):
    """A line with what is proposed for it or what it was matched with, and the postings of either."""

    line: BankLineOut
    proposal: BankProposalOut | None
    match: BankMatchOut | None
    postings: list[BankPostingOut]


class BankMatchesMade(msgspec.Struct, frozen=True):
    """Ids of the matches that were made. A rule that leaves its line out makes none."""

    matches: list[int]


class BankEntryMade(msgspec.Struct, frozen=True):
    """The entry that was recorded from a line and matched with it."""

    entry: int
    href: str


class BankRuleOut(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in force; `account_id` is null for every account that the union keeps, `learnt_from` the line whose recording made it."""

    id: int
    union: str
    account_id: int | None
    words: str
    direction: Direction
    least: str | None
    most: str | None
    action: Action
    facts: dict[str, str]
    uses: int
    version: int
    learnt_from: int | None


# --- how each is made -------------------------------------------------------------------------------------------------


def proposal_out(each: Proposal, currency: str) -> BankProposalOut:
    """A proposal as it travels."""
    return BankProposalOut(
        mark=each.mark, by=each.by, lines=list(each.lines), postings=[BankPlace(*place) for place in each.postings],
        amount=amount(each.amount_minor, currency), fee=amount(each.fee_minor, currency), days=each.days, found=each.found, rule=each.rule_id,
    )  # fmt: skip


def match_out(each: Match, currency: str) -> BankMatchOut:
    """A match as it travels."""
    return BankMatchOut(
        id=each.id, account_id=each.account_id, by=each.by, rule=each.rule_id, amount=amount(each.amount_minor, currency), cleared_on=each.cleared_on,
        remark=each.remark, made_by=each.made_by_name, made_at=each.made_at, undone_at=each.undone_at, lines=each.lines,
        postings=[BankPlace(*place) for place in each.postings],
    )  # fmt: skip


def shown_out(each: Shown, currency: str) -> BankLineWhole:
    """A line with what belongs to it, as it travels."""
    return BankLineWhole(
        line=line_out(each.line, currency), proposal=proposal_out(each.proposal, currency) if each.proposal else None,
        match=match_out(each.match, currency) if each.match else None, postings=[posting_out(one, currency) for one in each.postings],
    )  # fmt: skip


def rule_out(each: Rule) -> BankRuleOut:
    """A rule as it travels."""
    facts = {name: getattr(each, name) for name in each.__struct_fields__ if name not in ("facts", "changed_by", "least_minor", "most_minor")}
    least, most = (None if minor is None else text_from_minor(minor, _OF_RULES) for minor in (each.least_minor, each.most_minor))
    return BankRuleOut(facts={name: str(value) for name, value in each.facts.items() if value}, least=least, most=most, **facts)
