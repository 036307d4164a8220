"""Decide about campaigns: what one needs to be opened, its budget in versions, who may read and change it, and how it closes.

A budget is what a campaign means to spend; it holds no money. Money comes by requests (domain.md 6), which refer to a campaign by number.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from ledger.domain.actors import PERMISSIONS, Actor
from ledger.domain.days import check_day
from ledger.domain.money import by_currency, check_size
from ledger.domain.pledges import LATEST_DATE, plain
from ledger.domain.refusals import (
    AmountNotPositive,
    CampaignState,
    ChoiceInvalid,
    CurrencyUnknown,
    LinesInvalid,
    NotFound,
    OtherUnion,
    TextInvalid,
)
from ledger.domain.text import UNKEPT, fold

READ, MANAGE = "read_campaigns", "manage_campaigns"
LEAD = "campaign_lead"
INITIATIVES = ("bargaining", "organizing", "education", "communication", "political_action")
STATES = ("open", "closed")
BUDGET_LINES_MAXIMUM = 60
NAME_MAXIMUM, EMPLOYER_MAXIMUM, WHAT_MAXIMUM, DESCRIPTION_MAXIMUM, REASON_MAXIMUM = 150, 150, 200, 4_000, 500


class BudgetLine(msgspec.Struct, frozen=True):
    """What a part of the budget is for, in one currency, minor units."""

    what: str
    currency: str
    amount_minor: int


class CampaignFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be said of a campaign at its opening and changed later. ``lead`` is a person's id, ``local`` a number of the union's own locals;
    an ``employer`` is named as people name it, and is the same for both unions where the name is the same but for capitals and accents.
    """

    name: str
    initiative: str
    lead: int
    starts_on: date
    ends_on: date | None = None
    employer: str = ""
    local: str = ""
    description: str = ""


class OpenCampaign(CampaignFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A campaign to open; its budget may follow."""

    union: str
    budget: tuple[BudgetLine, ...] = ()


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as kept. ``budget`` is the version in force; version 0 is that there was none yet."""

    number: str
    name: str
    initiative: str
    union: str
    employer_id: int | None
    employer: str
    local_id: int | None
    local: str
    lead: int
    lead_name: str
    starts_on: date
    ends_on: date | None
    description: str
    state: str
    budget_version: int
    recorded_by: str
    recorded_at: datetime
    budget: tuple[BudgetLine, ...] = ()


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's money in one currency, minor units: its budget, and of requests what was asked, approved, committed and spent (None: not known)."""

    currency: str
    budget_minor: int
    asked_minor: int | None = None
    approved_minor: int | None = None
    committed_minor: int | None = None
    spent_minor: int | None = None

    @property
    def beyond_budget(self) -> bool:
        """Whether more than the budget is known."""
        return any(minor is not None for minor in (self.asked_minor, self.approved_minor, self.committed_minor, self.spent_minor))


# --- who reads and who changes --------------------------------------------------------------------------------------------


def reads_all(actor: Actor) -> bool:
    """Whether a role of the actor reads every campaign; whoever only leads campaigns reads their own, and of others nothing (domain.md 6)."""
    return bool(actor.roles & (PERMISSIONS[READ][0] - {LEAD}))


def manages_all(actor: Actor) -> bool:
    """Whether a role of the actor changes every campaign of their union; whoever only leads campaigns changes their own."""
    return bool(actor.roles & (PERMISSIONS[MANAGE][0] - {LEAD}))


def may_read(actor: Actor, campaign: Campaign) -> bool:
    """Whether the actor may know of this campaign."""
    return actor.can(READ) and (reads_all(actor) or campaign.lead == actor.person_id)


def may_manage(actor: Actor, campaign: Campaign) -> bool:
    """Whether the actor may change, close or open again this campaign."""
    return actor.can(MANAGE) and actor.union == campaign.union and (manages_all(actor) or campaign.lead == actor.person_id)


def check_reads(actor: Actor, campaign: Campaign) -> None:
    """Refuse as if it were not there whoever may not know of it."""
    if not may_read(actor, campaign):
        raise NotFound(kind="campaign", id=campaign.number)


def check_manages(actor: Actor, campaign: Campaign) -> None:
    """Refuse who may not change it: as unknown where they may not read it, or as the other union's."""
    check_reads(actor, campaign)
    if not may_manage(actor, campaign):
        if actor.union != campaign.union:
            raise OtherUnion(union=campaign.union, account="")
        raise NotFound(kind="campaign", id=campaign.number)


def check_lead(actor: Actor, lead: int, roles: Iterable[str]) -> None:
    """The lead holds that role in the union today (``roles``); who only leads campaigns names nobody but themselves."""
    if LEAD not in roles or not (manages_all(actor) or lead == actor.person_id):
        raise ChoiceInvalid(field="lead", value=str(lead))


# --- rules ----------------------------------------------------------------------------------------------------------------


def employer_key(name: str) -> str:
    """What makes two employers the same: letters and digits in their order, without capitals, accents or punctuation."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(name)).split())


def checked_fields(asked: CampaignFields) -> CampaignFields:
    """What is said of a campaign as it is kept, or a refusal; lead and local are known to the books alone."""
    if asked.initiative not in INITIATIVES:
        raise ChoiceInvalid(field="initiative", value=asked.initiative[:40])
    _check_days(asked.starts_on, asked.ends_on)
    employer = plain("employer", asked.employer, EMPLOYER_MAXIMUM)
    if employer and not employer_key(employer):
        raise TextInvalid(field="employer", limit=EMPLOYER_MAXIMUM)
    name = plain("name", asked.name, NAME_MAXIMUM, needed=True)
    return msgspec.structs.replace(asked, name=name, employer=employer, description=_prose(asked.description))


def _check_days(starts_on: date, ends_on: date | None) -> None:
    check_day("starts_on", starts_on, None, LATEST_DATE)
    if ends_on is not None:
        check_day("ends_on", ends_on, starts_on, LATEST_DATE)


def _prose(text: str) -> str:
    """Text of several paragraphs: line ends stay, everything else is as of any text."""
    kept = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    if len(kept) > DESCRIPTION_MAXIMUM or UNKEPT.search(kept.replace("\n", " ").replace("\t", " ")):
        raise TextInvalid(field="description", limit=DESCRIPTION_MAXIMUM)
    return kept


def checked_budget(lines: Sequence[BudgetLine], currencies: Iterable[str], at_least: int = 1) -> tuple[BudgetLine, ...]:
    """The lines of a budget, each of more than zero in a currency of the books."""
    if not at_least <= len(lines) <= BUDGET_LINES_MAXIMUM:
        raise LinesInvalid(count=len(lines), limit=BUDGET_LINES_MAXIMUM)
    return tuple(_checked_line(line, frozenset(currencies)) for line in lines)


def _checked_line(line: BudgetLine, currencies: frozenset[str]) -> BudgetLine:
    if line.currency not in currencies:
        raise CurrencyUnknown(currency=line.currency[:10])
    if check_size(line.amount_minor) <= 0:
        raise AmountNotPositive(field="budget")
    return BudgetLine(plain("what", line.what, WHAT_MAXIMUM, needed=True), line.currency, line.amount_minor)


def check_state(campaign: Campaign, state: str) -> None:
    """Refuse what is possible only in another state: a closed campaign is opened again before anything of it changes."""
    if campaign.state != state:
        raise CampaignState(campaign=campaign.number, state=campaign.state)


def budget_totals(lines: Iterable[BudgetLine]) -> list[Figures]:
    """The budget by currency, in the order of the codes; different currencies are never added together."""
    sums = by_currency((line.currency, line.amount_minor) for line in lines)
    return [Figures(currency=currency, budget_minor=minor) for currency, minor in sorted(sums.items())]
