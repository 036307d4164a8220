"""What a campaign needs, who may read and change it, and its budget, as tables."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from ledger.domain import campaigns as rules
from ledger.domain.actors import ROLES, Actor
from ledger.domain.campaigns import BudgetLine, Campaign, CampaignFields, Figures
from ledger.domain.refusals import Refusal

LEAD, OTHER = 7, 8
FIELDS = CampaignFields(name="Rail shops", initiative="organizing", lead=LEAD, starts_on=date(2026, 3, 1), ends_on=date(2026, 12, 31))
CAMPAIGN = Campaign(
    number="CAM-0001", name="Rail shops", initiative="organizing", union="ue", employer_id=None, employer="", local_id=None, local="", lead=LEAD,
    lead_name="A lead", starts_on=date(2026, 3, 1), ends_on=None, description="", state="open", budget_version=0, recorded_by="An officer",
    recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip
READERS = {"treasurer", "deputy", "officer", "secretary_treasurer", "board_member", "trustee"}


def person(*roles: str, person_id: int = LEAD, union: str = "ue") -> Actor:
    return Actor(person_id, "Somebody", union, frozenset(roles))


# --- who ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("union", ["ue", "unifor"])
@pytest.mark.parametrize("who", [LEAD, OTHER])
def test_who_reads_and_who_changes_a_campaign(role: str, union: str, who: int) -> None:
    """Readers of the books read all; officers change those of their union; a lead reads and changes their own alone (domain.md 6)."""
    actor = person(role, person_id=who, union=union)
    leads = role == "campaign_lead" and who == LEAD
    assert rules.may_read(actor, CAMPAIGN) == (role in READERS or leads)
    assert rules.may_manage(actor, CAMPAIGN) == (union == "ue" and (role in ("officer", "secretary_treasurer") or leads))


# roles, who, union, what a change answers
CHANGES = [
    (("officer",), OTHER, "ue", None),
    (("campaign_lead",), LEAD, "ue", None),
    (("campaign_lead",), OTHER, "ue", "not_found"),
    (("campaign_lead", "board_member"), OTHER, "ue", "not_found"),
    (("campaign_lead", "officer"), OTHER, "ue", None),
    (("officer",), OTHER, "unifor", "other_union"),
    (("campaign_lead",), OTHER, "unifor", "not_found"),
]


@pytest.mark.parametrize(("roles", "who", "union", "code"), CHANGES)
def test_a_change_by_somebody_else_is_refused_without_telling_more_than_they_may_know(
    roles: tuple[str, ...], who: int, union: str, code: str | None
) -> None:
    actor = person(*roles, person_id=who, union=union)
    assert code_of(rules.check_manages, actor, CAMPAIGN) == code


def test_a_token_that_does_not_reach_campaigns_reads_none() -> None:
    narrow = msgspec.structs.replace(person("officer"), token_permissions=frozenset({"read_books"}))
    assert not rules.may_read(narrow, CAMPAIGN)
    assert not rules.may_manage(narrow, CAMPAIGN)


# actor's roles, the lead named, the lead's roles today, whether it passes
LEADS = [
    (("officer",), OTHER, ("campaign_lead",), True),
    (("officer",), OTHER, ("campaign_lead", "board_member"), True),
    (("officer",), OTHER, ("board_member",), False),
    (("officer",), OTHER, (), False),
    (("campaign_lead",), LEAD, ("campaign_lead",), True),
    (("campaign_lead",), OTHER, ("campaign_lead",), False),
    (("campaign_lead", "secretary_treasurer"), OTHER, ("campaign_lead",), True),
]


@pytest.mark.parametrize(("roles", "named", "held", "passes"), LEADS)
def test_the_lead_holds_the_role_and_leads_name_themselves(roles: tuple[str, ...], named: int, held: tuple[str, ...], passes: bool) -> None:
    assert code_of(rules.check_lead, person(*roles), named, held) == (None if passes else "choice_invalid")


# --- what a campaign needs ------------------------------------------------------------------------------------------------

WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("no name", {"name": "  "}, "text_invalid", "name"),
    ("a name too long", {"name": "x" * 151}, "text_invalid", "name"),
    ("a name in two directions", {"name": "Rail\u202eshops"}, "text_invalid", "name"),
    ("no such initiative", {"initiative": "lobbying"}, "choice_invalid", "initiative"),
    ("ends before it starts", {"ends_on": date(2026, 2, 28)}, "date_invalid", "ends_on"),
    ("starts before the books", {"starts_on": date(1899, 1, 1)}, "date_invalid", "starts_on"),
    ("ends when nobody is left", {"ends_on": date(2999, 1, 1)}, "date_invalid", "ends_on"),
    ("an employer too long", {"employer": "x" * 151}, "text_invalid", "employer"),
    ("an employer of signs alone", {"employer": "– . –"}, "text_invalid", "employer"),
    ("a description too long", {"description": "x" * 4_001}, "text_invalid", "description"),
    ("a description with a bell", {"description": "ring \x07"}, "text_invalid", "description"),
]


@pytest.mark.parametrize(("what", "change", "code", "field"), WRONG, ids=[row[0] for row in WRONG])
def test_what_a_campaign_cannot_be(what: str, change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refusal) as caught:
        rules.checked_fields(msgspec.structs.replace(FIELDS, **change))
    assert (caught.value.code, caught.value.params["field"]) == (code, field)


def test_what_is_typed_is_kept_plain() -> None:
    typed = msgspec.structs.replace(FIELDS, name=" Rail   shops ", employer="  Meridian  Rail ", description="One\r\n\r\nTwo  \n", ends_on=FIELDS.starts_on)
    kept = rules.checked_fields(typed)
    assert (kept.name, kept.employer, kept.description, kept.ends_on) == ("Rail shops", "Meridian Rail", "One\n\nTwo", FIELDS.starts_on)


SAME = [
    ("Meridian Rail Works", "MERIDIAN  RAIL WORKS", True),
    ("Ateliers de l’Érable", "ateliers de l'erable", True),
    ("Smith & Sons, Inc.", "Smith Sons Inc", True),
    ("Meridian Rail Works (sample)", "Meridian Rail Works", False),
    ("Local 12", "Local 21", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SAME)
def test_an_employer_is_the_same_by_letters_and_digits(one: str, other: str, same: bool) -> None:
    assert (rules.employer_key(one) == rules.employer_key(other)) == same


# --- the budget -----------------------------------------------------------------------------------------------------------

LINE = BudgetLine("Travel", "USD", 1_500_00)
BUDGETS: list[tuple[str, list[BudgetLine], str | None]] = [
    ("one line", [LINE], None),
    ("as many as there may be", [LINE] * 60, None),
    ("none", [], "lines_invalid"),
    ("one too many", [LINE] * 61, "lines_invalid"),
    ("nothing", [BudgetLine("Travel", "USD", 0)], "amount_not_positive"),
    ("less than nothing", [LINE, BudgetLine("Travel", "USD", -1)], "amount_not_positive"),
    ("more than there is", [BudgetLine("Travel", "USD", 10**18)], "amount_invalid"),
    ("a currency of nobody", [BudgetLine("Travel", "EUR", 1)], "currency_unknown"),
    ("for nothing said", [BudgetLine(" ", "USD", 1)], "text_invalid"),
]


@pytest.mark.parametrize(("what", "lines", "code"), BUDGETS, ids=[row[0] for row in BUDGETS])
def test_what_a_budget_may_hold(what: str, lines: list[BudgetLine], code: str | None) -> None:
    assert code_of(rules.checked_budget, lines, ("CAD", "USD")) == code


def test_a_campaign_may_begin_without_a_budget() -> None:
    assert rules.checked_budget([], ("CAD", "USD"), at_least=0) == ()


def test_currencies_are_never_added_together() -> None:
    lines = [LINE, BudgetLine("Leaflets", "CAD", 900_00), BudgetLine("Hall", "USD", 250_00)]
    assert rules.budget_totals(lines) == [Figures(currency="CAD", budget_minor=900_00), Figures(currency="USD", budget_minor=1_750_00)]
    assert rules.budget_totals([]) == []


@pytest.mark.parametrize(("state", "needed", "code"), [("open", "open", None), ("closed", "open", "campaign_state"), ("open", "closed", "campaign_state")])
def test_only_an_open_campaign_changes_and_only_a_closed_one_opens_again(state: str, needed: str, code: str | None) -> None:
    assert code_of(rules.check_state, msgspec.structs.replace(CAMPAIGN, state=state), needed) == code


def code_of(check: Any, *given: Any) -> str | None:
    try:
        check(*given)
    except Refusal as refusal:
        return refusal.code
    return None
