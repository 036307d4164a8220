"""Shape lists of contributions and of pledges, as filtered on a page, into documents for files; and name instruments and states."""

from ledger.domain.contributions import Contribution
from ledger.domain.pledges import Total
from ledger.services.contributions import Listed
from ledger.services.pledges import Listed as ListedPledges
from ledger.services.pledges import PledgeView
from reports.document import Column, Document, Row, Section, Table, cell, row, words
from reports.facts import Facts, name_of
from reports.i18n import N_

INSTRUMENT_NAMES: dict[str, str] = {
    "wire": N_("Wire transfer"),
    "eft": N_("Bank transfer (EFT, ACH)"),
    "cheque": N_("Cheque"),
    "cash": N_("Cash"),
    "money_order": N_("Money order"),
    "prepaid": N_("Prepaid card"),
    "crypto": N_("Crypto-asset"),
}
CONTRIBUTION_STATES: dict[str, str] = {"received": N_("Credited"), "reversed": N_("Reversed")}
PLEDGE_STATES: dict[str, str] = {"open": N_("In force"), "fulfilled": N_("Fulfilled"), "cancelled": N_("Rest cancelled")}


def shape_contributions(facts: Facts, listed: Listed) -> Document:
    """One line for each contribution, and the sum of each currency without what was taken back."""
    columns = (
        Column("number", words("Number")), Column("received-on", words("Credited on"), "date"), Column("union", words("Union")),
        Column("local", words("Local")), Column("fund", words("Fund")), Column("account", words("Account")),
        Column("amount", words("Amount"), "money"),
        Column("instrument", words("Paid by")), Column("reference", words("Reference")), Column("pledge", words("Pledge")),
        Column("entry", words("Entry")), Column("state", words("State")),
    )  # fmt: skip
    lines = [_contribution(facts, kept) for kept in listed.items]
    blank = ("",) * 5
    sums = [
        row(words("Total"), None, "", "", "", "", cell(total.amount_minor, currency=total.currency), *blank, kind="total")
        for total in listed.totals
    ]
    notes = () if listed.next is None else (words("The list goes on; these are the newest of it."),)
    table = Table("contributions", words("Contributions"), columns, (*lines, *sums), notes, empty=words("No contribution answers this."))
    return facts.document("contributions", words("Contributions"), [Section((table,))], as_of=facts.today)


def _contribution(facts: Facts, kept: Contribution) -> Row:
    return row(
        cell(kept.number, link=f"/contributions/{kept.number}"), kept.received_on, facts.unions[kept.union].name, kept.local or "",
        name_of(facts.funds[kept.fund_id]), name_of(facts.accounts[kept.account_id]), cell(kept.amount_minor, currency=kept.currency),
        words(INSTRUMENT_NAMES[kept.instrument]), kept.reference, kept.pledge or "",
        cell(f"J-{kept.entry_number}", link=f"/journal/{kept.entry_number}"),
        words(CONTRIBUTION_STATES[kept.state]),
    )  # fmt: skip


def shape_pledges(facts: Facts, listed: ListedPledges) -> Document:
    """One line for each pledge as it stood at the date, and the sums by union and currency."""
    money = (
        ("pledged", words("Pledged")), ("due", words("Due")), ("received", words("Received")), ("overdue", words("Overdue")),
        ("not_yet_due", words("Not yet due")), ("cancelled", words("Cancelled")), ("outstanding", words("Outstanding")),
    )  # fmt: skip
    columns = (
        Column("number", words("Number")), Column("union", words("Union")), Column("fund", words("Fund")), Column("resolution", words("Resolution")),
        *(Column(name, heading, "money") for name, heading in money), Column("overdue-days", words("Days overdue"), "int"),
        Column("percent", words("Received, percent"), "percent"), Column("state", words("State")),
    )  # fmt: skip
    names = [name for name, _ in money]
    lines = [_pledge(facts, view, names) for view in listed.items]
    sums = [_total(facts, total, names) for total in listed.totals]
    notes = () if listed.next is None else (words("The list goes on; these are the newest of it."),)
    table = Table("pledges", words("Pledges"), columns, (*lines, *sums), notes, empty=words("No pledge answers this."))
    return facts.document("pledges", words("Pledges"), [Section((table,))], as_of=listed.as_of)


def _pledge(facts: Facts, view: PledgeView, names: list[str]) -> Row:
    pledge, found = view.pledge, view.schedule
    return row(
        cell(pledge.number, link=f"/pledges/{pledge.number}"), facts.unions[pledge.union].name, name_of(facts.funds[pledge.fund_id]),
        pledge.resolution,
        *(cell(getattr(found, f"{name}_minor"), currency=pledge.currency) for name in names), found.oldest_overdue_days,
        found.percent_received / 100, words(PLEDGE_STATES[pledge.state]),
    )  # fmt: skip


def _total(facts: Facts, total: Total, names: list[str]) -> Row:
    amounts = (cell(getattr(total, f"{name}_minor"), currency=total.currency) for name in names)
    return row(words("Total"), facts.unions[total.union].name, "", "", *amounts, total.oldest_overdue_days, None, "", kind="total")
