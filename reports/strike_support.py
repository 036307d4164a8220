"""Show strike support whole: each strike, its weeks, who was on the roster and why they got nothing, money by run and by local, and how long it lasts.

It names no member, and is the same for every reader: counts that would tell of fewer than five are held back (domain.md 1.7); a union reads
its own on its runs. Everything is as of now, and the money agrees with the journal line by line.
"""

from collections.abc import Iterable, Sequence

import msgspec

from ledger.domain.chart import JOINT
from ledger.domain.money import by_currency
from ledger.domain.runway import project
from ledger.domain.strike_advances import MODEL, Statement
from ledger.domain.strike_runs import CountRow, Run, Totals, as_told, shown_counts, shown_totals
from ledger.domain.strikes import Strike
from ledger.domain.suppression import told as told_alone
from ledger.services.runway import FundRunway, read_runways
from ledger.services.strike_advance_cases import Case, load_cases
from ledger.storage import strike_runs, strike_weeks, strikes
from ledger.storage.database import Connection
from ledger.storage.strike_runs import RunFilter
from ledger.storage.strikes import StrikeFilter
from reports.document import Cell, Chart, Column, Document, Row, Say, Section, Table, cell, group, row, words, words_in
from reports.facts import Facts, bounded, name_of
from reports.i18n import N_
from reports.runway_words import projection, weeks_table
from reports.strike_advance_words import ADVANCE_STATES, REPORT_STATES
from reports.strike_run_words import REASONS
from reports.strike_run_words import STATES as RUN_STATES
from reports.strike_words import STATES as STRIKE_STATES

TITLE = words("Strike support")
# The accounts of strike support by their role, and whether a debit or a credit is what one asks about.
ROLES: dict[str, tuple[Say, int]] = {
    "strike_benefits": (words("Benefits, less what was void or paid too much"), 1),
    "strike_recoverable": (words("To be recovered from members"), 1),
    "strike_payable": (words("Approved, still to be paid"), -1),
    "strike_unclaimed": (words("Unclaimed"), -1),
    "strike_advances": (words("Advanced to locals, still to be accounted for"), 1),
    "strike_locals": (words("Support that locals accounted for"), 1),
    "strike_medical": (words("Medical support"), 1),
    "hardship_grants": (words("Hardship grants"), 1),
    "hardship_loans": (words("Hardship loans still out"), 1),
}  # fmt: skip
SUPPORT_KINDS = (
    "strike_run", "strike_run_payment", "strike_payment_change", "strike_advance", "strike_report", "strike_return", "strike_grant",
)  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """One fund where narrowed."""

    fund: str | None = None


class RunMoney(msgspec.Struct, frozen=True):
    """What a run's entries come to by the accounts they touched, minor units: benefits and what is to be recovered were paid, are owed, or unclaimed."""

    benefits_minor: int = 0
    recoverable_minor: int = 0
    payable_minor: int = 0
    unclaimed_minor: int = 0

    @property
    def paid_minor(self) -> int:
        """What left the bank and did not come back, without the bank's fees."""
        return self.benefits_minor + self.recoverable_minor - self.payable_minor - self.unclaimed_minor


class Part(msgspec.Struct, frozen=True):
    """What the journal has on the accounts of one role, minor units as one asks about it, and how much of it strikes' own entries posted."""

    fund_id: int
    currency: str
    role: str
    journal_minor: int
    support_minor: int


class Selected(msgspec.Struct, frozen=True):
    """All of it as read in one snapshot: strikes newest first and what each cost, their runs by week, each run's counts as every reader may see them."""

    strikes: list[Strike]
    spent: dict[str, int]
    runs: dict[str, list[Run]]
    counts: dict[str, list[CountRow]]
    money: dict[str, RunMoney]
    cases: list[Case]
    parts: list[Part]
    runways: list[FundRunway]


# --- select -------------------------------------------------------------------------------------------------------------


async def select(connection: Connection, facts: Facts, asked: Asked) -> Selected:
    """Everything but a member."""
    fund_id = facts.fund_by_code(asked.fund).id if asked.fund else None
    found = [strike for strike in await strikes.strikes(connection, StrikeFilter()) if fund_id in (None, strike.fund_id)]
    numbers = {strike.number for strike in found}
    every = [run for run in await strike_runs.runs(connection, RunFilter()) if run.strike in numbers and run.state != "cancelled"]
    bounded(len(every))
    by_strike: dict[str, list[Run]] = {}
    for run in sorted(every, key=lambda run: (run.week, run.number)):
        by_strike.setdefault(run.strike, []).append(run)
    return Selected(
        strikes=found, spent=await strike_weeks.spent(connection, list(numbers)), runs=by_strike, counts=await _counts(connection, every),
        money=await _money(connection, [run.number for run in every]),
        cases=await load_cases(connection, [strike for strike in found if strike.model == MODEL], facts.today),
        parts=await _parts(connection, fund_id), runways=await read_runways(connection, None, facts.today, fund_id),
    )  # fmt: skip


async def _counts(connection: Connection, runs: Sequence[Run]) -> dict[str, list[CountRow]]:
    rows = await connection.fetch(
        """SELECT c.run, c.local_id, c.reason, c.members, c.gross_minor, c.recovered_minor FROM strike_run_counts c
        JOIN strike_runs r ON r.number = c.run AND r.revision = c.revision WHERE c.run = ANY($1::text[]) ORDER BY c.run, c.local_id, c.reason""",
        [run.number for run in runs],
    )  # fmt: skip
    found: dict[str, list[CountRow]] = {}
    for each in rows:
        found.setdefault(each["run"], []).append(CountRow(*list(each.values())[1:]))
    return found


async def _money(connection: Connection, numbers: Sequence[str]) -> dict[str, RunMoney]:
    """Each run's entries added up by role; an entry that takes one back is of the run too."""
    rows = await connection.fetch(
        """SELECT e.subject, a.role, sum(p.amount_minor)::bigint AS minor FROM entries e JOIN postings p ON p.entry_number = e.number
        JOIN accounts a ON a.id = p.account_id WHERE e.subject = ANY($1::text[]) AND a.role = ANY($2::text[]) GROUP BY e.subject, a.role""",
        list(numbers), ["strike_benefits", "strike_recoverable", "strike_payable", "strike_unclaimed"],
    )  # fmt: skip
    sums: dict[str, dict[str, int]] = {}
    for each in rows:
        name = each["role"].removeprefix("strike_")
        sums.setdefault(each["subject"], {})[f"{name}_minor"] = each["minor"] * ROLES[each["role"]][1]
    return {number: RunMoney(**fields) for number, fields in sums.items()}


async def _parts(connection: Connection, fund_id: int | None) -> list[Part]:
    """The accounts of strike support as the trial balance has them, and of each what strikes' own entries posted."""
    rows = await connection.fetch(
        """SELECT p.fund_id, a.currency::text AS currency, a.role, sum(p.amount_minor)::bigint AS journal_minor,
            coalesce(sum(p.amount_minor) FILTER (WHERE e.kind = ANY($2::text[]) OR undone.kind = ANY($2::text[])), 0)::bigint AS support_minor
        FROM accounts a JOIN postings p ON p.account_id = a.id JOIN entries e ON e.number = p.entry_number
        LEFT JOIN entries undone ON undone.number = e.reverses
        WHERE a.book = $1 AND a.role = ANY($3::text[]) AND ($4::int IS NULL OR p.fund_id = $4)
        GROUP BY p.fund_id, a.currency, a.role""",
        JOINT, list(SUPPORT_KINDS), list(ROLES), fund_id,
    )  # fmt: skip
    order = {role: place for place, role in enumerate(ROLES)}
    found = [
        Part(each["fund_id"], each["currency"], each["role"], *(each[name] * ROLES[each["role"]][1] for name in ("journal_minor", "support_minor")))
        for each in rows
    ]  # fmt: skip
    return sorted(found, key=lambda part: (part.fund_id, part.currency, order[part.role]))


# --- counts that tell of nobody -------------------------------------------------------------------------------------------


def told(counts: Sequence[CountRow]) -> dict[str, int | None]:
    """Members by reason over all locals; None where it is held back."""
    return {row.reason: row.members for row in shown_counts(counts, sees_all=False)}


def shown(run: Run, counts: Sequence[CountRow]) -> Totals:
    """How many the run counted, and how many of them get something, as every reader may be told."""
    return shown_totals(shown_counts(counts, sees_all=False), as_told(run, sees_all=False).members)


# --- shape --------------------------------------------------------------------------------------------------------------


def shape(facts: Facts, asked: Asked, selected: Selected) -> Document:
    """How long it lasts first, then the strikes, their weeks, the locals, and the agreement with the journal."""
    charts, weeks, drawn = _runways(selected)
    sections = (
        Section((_summary(facts, selected), *weeks), words("How long it lasts"), charts=charts),
        Section((_strikes(facts, selected), _runs(selected), _moneys(selected), _reasons(selected)), words("Strikes and their weeks")),
        Section((_locals(selected), _advances(selected)), words("Advances to locals")),
        Section((_agreement(facts, selected),), words("Agreement with the journal")),
        *([Section(tuple(drawn), words("What is left, week by week"))] if drawn else []),
    )
    notes = [
        words("The same for every reader: counts that would tell of fewer than five members are held back, and left blank. "
              "A union reads its own on its runs."),
        words("Everything is as of now. Weeks left are never rounded up."),
    ]  # fmt: skip
    return facts.document("strike-support", TITLE, sections, as_of=facts.today, notes=notes)


def _summary(facts: Facts, selected: Selected) -> Table:
    columns = (
        Column("fund", words("Fund")), Column("currency", words("Currency")), Column("available", words("Available"), "money"),
        Column("average", words("A week takes"), "money"), Column("weeks", words("Weeks left"), "decimal"), Column("until", words("Until about"), "date"),
        Column("state", words("State")),
    )  # fmt: skip
    rows = [
        row(
            cell(name_of(each.fund), link=f"/strikes/runway?fund={each.fund.code}"), one.currency, cell(one.available_minor, currency=one.currency),
            cell(one.average_minor, currency=one.currency), one.weeks_left, one.ends_on, words(RUNWAY_STATES[one.state]),
        )
        for each in selected.runways for one in each.runways
    ]  # fmt: skip
    return Table("runway", words("Weeks of strike support left"), columns, tuple(rows), empty=words("No fund pays strike support."))


RUNWAY_STATES: dict[str, str] = {
    "lasts": N_("lasts"), "exhausted": N_("nothing is left"), "no_current_strike": N_("no current strike"),
}  # fmt: skip


def _runways(selected: Selected) -> tuple[tuple[Chart, ...], list[Table], list[Table]]:
    """For each currency that is burnt a chart, the four weeks, and the table that the chart draws, which is long."""
    charts, weeks, drawn = [], [], []
    for each in selected.runways:
        for one in each.runways:
            if one.average:
                name = f"{each.fund.code}-{one.currency}".lower()
                chart, table = projection(f"left-{name}", one, project(one))
                charts.append(chart)
                weeks.append(weeks_table(f"weeks-{name}", one))
                drawn.append(table)
    return tuple(charts), weeks, drawn


# --- strikes ------------------------------------------------------------------------------------------------------------


def _strikes(facts: Facts, selected: Selected) -> Table:
    columns = (
        Column("number", words("Strike")), Column("name", words("Name")), Column("union", words("Union")), Column("state", words("State")),
        Column("starts", words("Since"), "date"), Column("ratified", words("Ratified"), "date"), Column("ended", words("Last day out"), "date"),
        Column("rules", words("Rules")), Column("fund", words("Fund")), Column("expected", words("Expected"), "int"),
        Column("weeks", words("Weeks paid"), "int"), Column("support", words("Support"), "money"),
    )  # fmt: skip
    rows = [_strike(facts, selected, strike) for strike in selected.strikes]
    return Table("strikes", words("Strikes"), columns, (*rows, *_totals(selected)), empty=words("No strike is recorded."))


def _strike(facts: Facts, selected: Selected, strike: Strike) -> Row:
    runs = [run for run in selected.runs.get(strike.number, []) if run.accrual_entry]
    advanced = (line for each in _statements(selected, strike) for line in each.weeks if line.advance and line.advance.entry_number)
    weeks = len(runs) or len({line.week.number for line in advanced})
    return row(
        cell(strike.number, link=f"/strikes/{strike.number}"), strike.name, facts.unions[strike.union].name, words(STRIKE_STATES[strike.state][0]),
        strike.starts_on, strike.ratified_on, strike.ended_on, strike.rule_set, name_of(facts.funds[strike.fund_id]), strike.expected, weeks,
        cell(selected.spent.get(strike.number, 0), currency=strike.currency),
    )  # fmt: skip


def _statements(selected: Selected, strike: Strike) -> Sequence[Statement]:
    return next((case.statements for case in selected.cases if case.strike.number == strike.number), ())


def _totals(selected: Selected) -> list[Row]:
    sums = by_currency((strike.currency, selected.spent.get(strike.number, 0)) for strike in selected.strikes)
    return [row(words("Total"), *[None] * 10, cell(minor, currency=currency), kind="total") for currency, minor in sorted(sums.items())]



# --- weeks --------------------------------------------------------------------------------------------------------------


def _runs(selected: Selected) -> Table:
    """Each run with its week and its members; a cancelled one is left out."""
    columns = (
        Column("run", words("Run")), Column("from", words("Week from"), "date"), Column("to", words("to"), "date"), Column("state", words("State")),
        Column("members", words("On the roster"), "int"), Column("entitled", words("Entitled"), "int"), Column("gross", words("Gross"), "money"),
        Column("recovered", words("Recovered"), "money"),
    )  # fmt: skip
    rows: list[Row] = []
    for strike, runs in _grouped(selected):
        gross, recovered = sum(run.gross_minor for run in runs), sum(run.recovered_minor for run in runs)
        rows += [_heading(strike), *(_run(selected, run) for run in runs)]
        rows.append(row(words("Total"), *[None] * 5, *(cell(minor, currency=strike.currency) for minor in (gross, recovered)), kind="subtotal"))
    return Table("runs", words("Weekly runs"), columns, tuple(rows), empty=words("No run was made."))


def _heading(strike: Strike) -> Row:
    return group(words("%(number)s %(name)s", number=strike.number, name=strike.name), link=f"/strikes/{strike.number}")


def _run(selected: Selected, run: Run) -> Row:
    members, eligible, *_ = shown(run, selected.counts.get(run.number, []))
    return row(
        _linked(run), run.starts_on, run.ends_on, words_in("run", RUN_STATES[run.state][0]), members, eligible,
        *(cell(minor, currency=run.currency) for minor in (run.gross_minor, run.recovered_minor)),
    )  # fmt: skip


def _linked(run: Run) -> Cell:
    return cell(run.number, link=f"/strikes/runs/{run.number}")


def _moneys(selected: Selected) -> Table:
    """What each run's entries come to."""
    figures = (
        ("benefits", words("Benefits")), ("paid", words("Paid")), ("owed", words("Still to be paid")), ("unclaimed", words("Unclaimed")),
        ("recoverable", words("To be recovered")),
    )  # fmt: skip
    columns = (Column("run", words("Run")), *(Column(name, heading, "money") for name, heading in figures))
    rows: list[Row] = []
    for strike, runs in _grouped(selected):
        moneys = [selected.money.get(run.number, RunMoney()) for run in runs]
        total = RunMoney(*(sum(getattr(money, name) for money in moneys) for name in RunMoney.__struct_fields__))
        rows += [_heading(strike), *(row(_linked(run), *_figures(money, run.currency)) for run, money in zip(runs, moneys, strict=True))]
        rows.append(row(words("Total"), *_figures(total, strike.currency), kind="subtotal"))
    note = words("Benefits and what is to be recovered were paid, are still to be paid, or are unclaimed.")
    return Table("money", words("What became of the money"), columns, tuple(rows), (note,), empty=words("No run was made."))


def _figures(money: RunMoney, currency: str) -> list[Cell]:
    figures = (money.benefits_minor, money.paid_minor, money.payable_minor, money.unclaimed_minor, money.recoverable_minor)
    return [cell(minor, currency=currency) for minor in figures]


def _grouped(selected: Selected) -> Iterable[tuple[Strike, list[Run]]]:
    return ((strike, selected.runs[strike.number]) for strike in selected.strikes if selected.runs.get(strike.number))



def _reasons(selected: Selected) -> Table:
    """Why members got a whole week, a part of one or nothing, week by week."""
    columns = (
        Column("run", words("Run")), Column("from", words("Week from"), "date"), Column("reason", words("Reason")),
        Column("members", words("Members"), "int"),
    )  # fmt: skip
    rows = [
        row(_linked(run), run.starts_on, words(REASONS.get(reason, reason)), members)
        for _, runs in _grouped(selected) for run in runs
        for reason, members in sorted(told(selected.counts.get(run.number, [])).items(), key=_reason_order)
    ]  # fmt: skip
    held = (words("Blank: held back, because it or another would tell of fewer than five members."),)
    return Table("reasons", words("Who got what, and why not"), columns, tuple(rows), held, empty=words("No run was made."))

_ORDER = {reason: place for place, reason in enumerate(REASONS)}


def _reason_order(item: tuple[str, int | None]) -> tuple[int, str]:
    return (_ORDER.get(item[0], len(_ORDER)), item[0])


# --- locals -------------------------------------------------------------------------------------------------------------


def _locals(selected: Selected) -> Table:
    figures = (
        ("advanced", words("Advanced")), ("accepted", words("Accounted for")), ("returned", words_in("advance", "Returned")),
        ("open", words("Left to account for")), ("filed", words("Reported, to be accepted")),
    )  # fmt: skip
    columns = (Column("strike", words("Strike")), Column("local", words("Local")), *(Column(name, heading, "money") for name, heading in figures))
    rows = [
        row(cell(case.strike.number, link=f"/strikes/{case.strike.number}"), _local(each), *(
            cell(minor, currency=each.currency)
            for minor in (each.advanced_minor, each.accepted_minor, each.returned_minor, each.open_minor, each.filed_minor)
        ))
        for case in selected.cases for each in case.statements
    ]  # fmt: skip
    note = words("What was advanced is accounted for, returned, or left to account for.")
    return Table("locals", words("Locals and what they account for"), columns, tuple(rows), (note,), empty=words("No local is paid advances."))


def _local(statement: Statement) -> str:
    return f"{statement.local.number} {statement.local.name}".strip()


def _advances(selected: Selected) -> Table:
    columns = (
        Column("advance", words("Advance")), Column("local", words("Local")), Column("from", words("Week from"), "date"), Column("to", words("to"), "date"),
        Column("strikers", words("Strikers"), "int"), Column("amount", words("Amount"), "money"), Column("state", words("State")),
        Column("report", words("Expense report")), Column("accepted", words("Accounted for"), "money"),
    )  # fmt: skip
    rows = [
        row(
            cell(line.advance.number, link=f"/strikes/advances/{line.advance.number}") if line.advance else None, _local(each), line.week.starts_on,
            line.week.ends_on, told_alone(line.advance.strikers) if line.advance else None,
            cell(line.advance.amount_minor, currency=each.currency) if line.advance else None,
            words_in("advance", ADVANCE_STATES[line.advance.state][0]) if line.advance else words("None yet"),
            words(REPORT_STATES[line.report.state][0]) if line.report else words("Not filed yet"),
            cell(line.report.accepted_minor, currency=each.currency) if line.report else None,
        )
        for case in selected.cases for each in case.statements for line in each.weeks
    ]  # fmt: skip
    return Table("advances", words("Advances and their reports"), columns, tuple(rows), empty=words("No advance was made."))


# --- the journal --------------------------------------------------------------------------------------------------------


def _agreement(facts: Facts, selected: Selected) -> Table:
    """What strikes' own entries posted, and the trial balance: the difference is of other entries, such as opening balances."""
    columns = (
        Column("fund", words("Fund")), Column("account", words("What")), Column("support", words("By strike support"), "money"),
        Column("journal", words("In the trial balance"), "money"), Column("difference", words("Other entries"), "money"),
    )  # fmt: skip
    rows = [
        row(name_of(facts.funds[part.fund_id]), ROLES[part.role][0], *(
            cell(minor, currency=part.currency) for minor in (part.support_minor, part.journal_minor, part.journal_minor - part.support_minor)
        ))
        for part in selected.parts
    ]  # fmt: skip
    note = words("Expenses and claims as debits, what is owed as credits.")
    return Table("agreement", words("Accounts of strike support"), columns, tuple(rows), (note,), empty=words("Nothing was posted."))
