"""Say a quarter's members' page as a document: sums in each currency side by side, nothing that leads into the books."""

from collections.abc import Iterable, Mapping

from ledger.domain.member_pages import Figures, Sum, days_of
from reports.document import Chart, Column, Document, Label, Row, Say, Section, Series, Table, Words, row, words
from reports.i18n import N_

TITLE = words("What our unions do together")
INITIATIVES: dict[str, str] = {
    "bargaining": N_("Bargaining"), "organizing": N_("Organizing"), "education": N_("Education"), "communication": N_("Communication"),
    "political_action": N_("Political action"),
}  # fmt: skip
# What is there for strike support is no line of the page (``ledger.domain.member_pages``).
PURPOSES: dict[str, str] = {"general": N_("General"), **INITIATIVES}
HELD_BACK = words("A figure that would tell of fewer than five members is left out, with any other from which it could be worked out.")
OTHERWISE = words(
    "Money was also paid for strikes in other ways, such as a picket kitchen. For how many members is not known, so it is neither told nor counted here."
)
NOT_TOLD = words("What is there for strike support is not told: from one quarter to the next it would show what few members were paid.")


def shape(figures: Figures, unions: Mapping[str, str], sample: bool) -> Document:
    """The figures as they were frozen; what the books say today is not asked."""
    named = {code: Label(name, name) for code, name in unions.items()}
    sections = (
        _received(figures, named), _support(figures, named), _initiatives(figures), _lent(figures, named), _purposes(figures),
    )  # fmt: skip
    return Document(
        name="member-page", title=TITLE, pool=words("Joint books of UE and Unifor"), generated_at=figures.read_at,
        head_number=figures.head_number, head_hash=figures.head_hash, sections=sections, period=days_of(figures.quarter), sample=sample,
    )  # fmt: skip


def _received(figures: Figures, unions: Mapping[str, Label]) -> Section:
    rows, currencies = _side_by_side(figures.received, unions)
    table = Table(
        "received", words("Money that came in, by the union that gave it"), _columns(words("Union"), currencies), rows,
        empty=words("No money came in during this quarter."),
    )  # fmt: skip
    return Section((table,), words("What came in"))


def _support(figures: Figures, unions: Mapping[str, Label]) -> Section:
    """Who was paid is never told, how many only where they are five or more."""
    kinds: tuple[tuple[Words, tuple[Sum, ...]], ...] = (
        (words("Paid to members on strike"), figures.benefits), (words("Advanced to locals on strike"), figures.advances),
    )  # fmt: skip
    currencies = _currencies(figures.benefits + figures.advances)
    columns = (Column("kind", words("Support")), *_columns(words("Union"), currencies))
    rows: list[Row] = []
    for kind, sums in kinds:
        for union, amounts in _amounts(sums, unions).items():
            rows.append(row(kind, unions[union], *(amounts.get(currency) for currency in currencies)))
    empty = words("No strike support was paid in this quarter.") if figures.otherwise is False else words("What was paid is not told here.")
    table = Table("support", words("Strike support that was paid"), columns, tuple(rows), empty=empty)
    # A version of before ``otherwise`` was asked may say that there was none where there was.
    strikes, members = ((each or None) if figures.otherwise is None else each for each in (figures.strikes, figures.members))
    counts = (
        words("Strikes and lockouts supported: %(number)s", number=_counted(strikes)),
        words("Members on strike supported: %(number)s", number=_counted(members)),
    )
    sums = figures.benefits + figures.advances
    held_back = any(each.amount_minor is None for each in sums) or (bool(sums) and None in (strikes, members))
    notes = (*((OTHERWISE,) if figures.otherwise else ()), *((HELD_BACK,) if held_back else ()))
    return Section((table,), words("Strike support"), (*counts, *notes))


def _counted(number: int | None) -> Say | int:
    return words("not told") if number is None else number


def _initiatives(figures: Figures) -> Section:
    """Approved and spent, a table each, the second drawn."""
    names = {code: words(name) for code, name in INITIATIVES.items()}
    tables, charts = [], []
    for name, caption, sums in (
        ("approved", words("Approved by both unions, by initiative"), figures.approved),
        ("spent", words("Spent on what was approved, by initiative"), figures.spent),
    ):
        rows, currencies = _side_by_side(sums, names)
        tables.append(
            Table(name, caption, _columns(words("Initiative"), currencies), rows, empty=words("Nothing of this kind in this quarter."))
        )
        charts += _charts(tables[-1], currencies) if name == "spent" else []
    return Section(tuple(tables), words("What it was for"), charts=tuple(charts))


def _lent(figures: Figures, unions: Mapping[str, Label]) -> Section:
    columns = (Column("of", words("Union")), Column("hours", words("Hours"), "decimal"))
    rows = tuple(row(unions[each.of], each.hours) for each in figures.lent)
    table = Table(
        "lent", words("Hours of work that one union lent the other"), columns, rows, empty=words("No hours were lent in this quarter."),
    )  # fmt: skip
    return Section((table,), words("What they lent each other"))


def _purposes(figures: Figures) -> Section:
    rows, currencies = _side_by_side(figures.purposes, {code: words(name) for code, name in PURPOSES.items()})
    table = Table(
        "purposes", words("What the joint funds held on the last day, by purpose"), _columns(words("Purpose"), currencies), rows,
        empty=words("Nothing is there for other purposes than strike support."),
    )  # fmt: skip
    return Section((table,), words("What is there"), (NOT_TOLD,), tuple(_charts(table, currencies)))


# --- sums side by side ----------------------------------------------------------------------------------------------------


def _currencies(sums: Iterable[Sum]) -> list[str]:
    return sorted({each.currency for each in sums}, reverse=True)


def _columns(first: Say, currencies: Iterable[str]) -> tuple[Column, ...]:
    return (Column("of", first), *(Column(currency.lower(), currency, "money", currency) for currency in currencies))


def _amounts(sums: Iterable[Sum], names: Mapping[str, Say]) -> dict[str, dict[str, int | None]]:
    """Amounts by what they are of and by currency, in the order of ``names``."""
    found: dict[str, dict[str, int | None]] = {}
    for each in sums:
        found.setdefault(each.of, {})[each.currency] = each.amount_minor
    return {code: found[code] for code in names if code in found}


def _side_by_side(sums: tuple[Sum, ...], names: Mapping[str, Say]) -> tuple[tuple[Row, ...], list[str]]:
    currencies = _currencies(sums)
    found = _amounts(sums, names)
    return tuple(row(names[code], *(amounts.get(currency) for currency in currencies)) for code, amounts in found.items()), currencies


def _charts(table: Table, currencies: Iterable[str]) -> list[Chart]:
    """One drawing for each currency: two currencies have no common axis."""
    return [
        Chart(
            f"{table.name}-{currency.lower()}", table.name, "bar", "of", (Series(currency.lower(), "accent"),),
            words("%(caption)s, in %(currency)s", caption=table.caption, currency=currency),
            words("%(caption)s, in %(currency)s: each bar is a line of the table.", caption=table.caption, currency=currency),
        )
        for currency in currencies
    ]  # fmt: skip
