"""Shape a list of campaigns, as filtered on a page, into a document for files; and name initiatives and states."""

from collections.abc import Iterable

from ledger.domain.campaigns import BudgetLine, Campaign, budget_totals
from ledger.services.campaigns import Listed
from reports.document import Cell, Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts
from reports.i18n import N_

INITIATIVE_NAMES: dict[str, str] = {
    "bargaining": N_("Bargaining"), "organizing": N_("Organizing"), "education": N_("Education"), "communication": N_("Communication"),
    "political_action": N_("Political action"),
}  # fmt: skip
CAMPAIGN_STATES: dict[str, str] = {"open": N_("Active"), "closed": N_("Ended")}


def shape_campaigns(facts: Facts, listed: Listed) -> Document:
    """One line for each campaign with its budget, a column for each currency, and their sums."""
    columns = (
        Column("number", words("Number")), Column("name", words("Name")), Column("union", words("Union")), Column("local", words("Local")),
        Column("initiative", words("Initiative")), Column("employer", words("Employer")), Column("lead", words("Led by")),
        Column("starts-on", words("From"), "date"), Column("ends-on", words("To"), "date"), Column("state", words("State")),
        *(Column(f"budget-{each.lower()}", words("Budget, %(currency)s", currency=each), "money", each) for each in facts.currencies),
    )  # fmt: skip
    lines = [_campaign(facts, campaign) for campaign in listed.items]
    every = [line for campaign in listed.items for line in campaign.budget]
    total = row(words("Total"), *("",) * 6, None, None, "", *_budget(facts, every), kind="total")
    # A sum of a list that goes on would be taken for the sum of all.
    sums, notes = ([total], ()) if listed.next is None else ([], (words("The list goes on; these are the newest of it."),))
    table = Table("campaigns", words("Campaigns"), columns, (*lines, *sums) if lines else (), notes, empty=words("No campaign answers this."))
    return facts.document("campaigns", words("Campaigns"), [Section((table,))], as_of=facts.today)


def _campaign(facts: Facts, campaign: Campaign) -> Row:
    return row(
        cell(campaign.number, link=f"/campaigns/{campaign.number}"), campaign.name, facts.unions[campaign.union].name, campaign.local,
        words(INITIATIVE_NAMES[campaign.initiative]), campaign.employer, campaign.lead_name, campaign.starts_on, campaign.ends_on,
        words(CAMPAIGN_STATES[campaign.state]), *_budget(facts, campaign.budget),
    )  # fmt: skip


def _budget(facts: Facts, lines: Iterable[BudgetLine]) -> list[Cell]:
    """The sum of a budget in each currency of the books; nothing where none of it is in that currency."""
    sums = {figures.currency: figures.budget_minor for figures in budget_totals(lines)}
    return [cell(sums.get(currency), currency=currency) for currency in facts.currencies]
