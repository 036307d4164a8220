"""Hold a report before it has a language or a format: titles as messages, tables of typed columns, figures in minor units.

A report's ``shape`` builds one :class:`Document`; every renderer reads the same one, so a page, a PDF and a sheet cannot differ. What
cannot be shown honestly (a converted column without its rate, an amount without a currency) is refused here, when it is built.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

ColumnKind = Literal["text", "money", "converted", "date", "rate", "int", "percent", "decimal"]
RowKind = Literal["line", "group", "subtotal", "total"]
# The colours of a chart's series: UE is blue and Unifor red, as everywhere.
Tone = Literal["ink", "soft", "accent", "blue", "red"]

_NAME = re.compile(r"\A[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_CURRENCY = re.compile(r"\A[A-Z]{3}\Z")
_LINK = re.compile(r"\A/(?![/\\])[^\s\\]*\Z")
_HASH = re.compile(r"\A(?:[0-9a-f]{2})*\Z")


class DocumentInvalid(Exception):
    """A report was shaped wrongly: a mistake in its code, never the reader's."""


def _require(holds: object, what: str) -> None:
    if not holds:
        raise DocumentInvalid(what)


# Words.


class Label(Struct, frozen=True):
    """A name that exists in both languages as data: an account, a fund, a union."""

    en: str
    fr: str


class Amount(Struct, frozen=True):
    """Money inside a sentence; ``minor`` in minor units."""

    minor: int
    currency: str


class Words(Struct, frozen=True):
    """A message of the catalogues with its parameters, said when it is rendered. Build it with :func:`words` and its kin."""

    message: str
    params: dict[str, Any] = {}
    plural: str | None = None
    count: int | None = None
    context: str | None = None

    def __post_init__(self) -> None:
        for name, value in self.params.items():
            allowed = isinstance(value, str | int | date | Decimal | Label | Amount | Words) and not isinstance(value, bool)
            _require(allowed, f"{self.message!r}: parameter {name} is a {type(value).__name__}")


# Words, a name in both languages, or text exactly as a person typed it.
Say = Words | Label | str


def words(message: str, /, **params: Any) -> Words:
    """A sentence to translate. Dates, amounts, labels and other words among ``params`` are said in the same language."""
    return Words(message, params)


def words_n(singular: str, plural: str, count: int, /, **params: Any) -> Words:
    """A sentence that counts: ``%(count)s`` is filled."""
    return Words(singular, params, plural=plural, count=count)


def words_in(context: str, message: str, /, **params: Any) -> Words:
    """A message that needs its context to be translated right."""
    return Words(message, params, context=context)


# Rates.


class Conversion(Struct, frozen=True):
    """Where a converted column comes from: one ``base`` is ``rate`` ``quote``, as its ``source`` observed it.

    ``use`` says which figures it converts, where not all. A mean is of ``days`` daily rates, the first ``since``, the last ``observed_on``.
    """

    rate: Decimal
    observed_on: date
    source: str
    version: int
    base: str = "USD"
    quote: str = "CAD"
    use: Literal["", "opening", "mean", "closing"] = ""
    days: int = 1
    since: date | None = None

    def __post_init__(self) -> None:
        _require(isinstance(self.rate, Decimal) and self.rate.is_finite() and self.rate > 0, "a rate is a positive Decimal")
        _require(isinstance(self.observed_on, date) and not isinstance(self.observed_on, datetime), "a rate has its date")
        _require(self.source and isinstance(self.version, int), "a rate names its source and version")
        _require(_CURRENCY.match(self.base) and _CURRENCY.match(self.quote), "a rate names its currencies")


# Tables.


class Column(Struct, frozen=True):
    """One typed column. ``currency`` fixed for the column, or None where every cell brings its own."""

    name: str
    heading: Say
    kind: ColumnKind = "text"
    currency: str | None = None
    conversions: tuple[Conversion, ...] = ()

    def __post_init__(self) -> None:
        _require(_NAME.match(self.name), f"{self.name!r} is not a column's name")
        _require(self.kind == "converted" or not self.conversions, f"{self.name}: only a converted column carries a rate")
        if self.kind == "converted":
            _require(self.conversions and self.currency, f"{self.name}: a converted column carries its rate and currency")
            sides = {side for conversion in self.conversions for side in (conversion.base, conversion.quote)}
            _require(self.currency in sides, f"{self.name}: the rate does not concern {self.currency}")
        if self.currency is not None:
            _require(self.is_money and _CURRENCY.match(self.currency), f"{self.name}: not a column of {self.currency}")

    @property
    def is_money(self) -> bool:
        """Whether its figures are minor units of a currency."""
        return self.kind in ("money", "converted")

    @property
    def is_figure(self) -> bool:
        """Whether it is set to the right."""
        return self.kind not in ("text", "date")


class Cell(Struct, frozen=True):
    """One value of its column's kind (minor units, a date, a share of one …) or None, and where it leads."""

    value: Say | int | Decimal | date | None = None
    currency: str | None = None
    link: str | None = None

    def __post_init__(self) -> None:
        _require(self.link is None or _LINK.match(self.link), f"{self.link!r} is not an address of this product")


class Row(Struct, frozen=True):
    """One row; its ``link`` is that of its first cell. A group has one cell, which heads what follows it."""

    cells: tuple[Cell, ...]
    kind: RowKind = "line"
    link: str | None = None
    level: int = 0

    def __post_init__(self) -> None:
        _require(self.link is None or _LINK.match(self.link), f"{self.link!r} is not an address of this product")


class Table(Struct, frozen=True):
    """A table with its caption, and what to say when it is empty. Its rows are checked against its columns."""

    name: str
    caption: Say
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Say, ...] = ()
    empty: Say | None = None

    def __post_init__(self) -> None:
        _require(_NAME.match(self.name), f"{self.name!r} is not a table's name")
        _require(self.columns, f"{self.name}: a table has columns")
        _require(len({column.name for column in self.columns}) == len(self.columns), f"{self.name}: columns named twice")
        for row in self.rows:
            self._check(row)

    def _check(self, row: Row) -> None:
        columns = self.columns if row.kind != "group" else (Column("group", ""),)
        _require(len(row.cells) == len(columns), f"{self.name}: a {row.kind} of {len(row.cells)} cells, {len(columns)} columns")
        for column, cell in zip(columns, row.cells, strict=True):
            _check_cell(f"{self.name}.{column.name}", column, cell)


_SUITS: dict[str, tuple[type, ...]] = {
    "text": (str, Label, Words),
    "money": (int,),
    "converted": (int,),
    "int": (int,),
    "date": (date,),
    "rate": (Decimal,),
    "percent": (Decimal,),
    "decimal": (Decimal,),
}


def _check_cell(place: str, column: Column, cell: Cell) -> None:
    if cell.value is None:
        return
    suits = isinstance(cell.value, _SUITS[column.kind]) and not isinstance(cell.value, bool | datetime)
    _require(suits, f"{place}: {cell.value!r} in a column of {column.kind}")
    if isinstance(cell.value, Decimal):
        _require(cell.value.is_finite(), f"{place}: {cell.value!r}")
    if column.is_money:
        _require(column.currency or cell.currency, f"{place}: an amount without its currency")
        _require(cell.currency in (None, column.currency) or column.currency is None, f"{place}: {cell.currency} in {column.currency}")


def currency_of(column: Column, cell: Cell) -> str:
    """The currency of an amount; every amount has one, checked when the table was built."""
    return cell.currency or column.currency or ""


def cell(value: Any = None, *, currency: str | None = None, link: str | None = None) -> Cell:
    """One cell; a ready one stays as it is."""
    return value if isinstance(value, Cell) else Cell(value, currency, link)


def row(*values: Any, kind: RowKind = "line", link: str | None = None, level: int = 0) -> Row:
    """A row of plain values or cells, one a column. ``level`` indents its first cell."""
    return Row(tuple(cell(value) for value in values), kind, link, level)


def group(heading: Say, *, link: str | None = None, level: int = 0) -> Row:
    """A heading across the table for the rows that follow."""
    return Row((Cell(heading),), "group", link, level)


# Charts.


class Series(Struct, frozen=True):
    """A column of figures as a chart draws it; where there are several, a dashed line is told from a whole one without its colour."""

    column: str
    tone: Tone = "ink"
    dashed: bool = False


class Chart(Struct, frozen=True):
    """A drawing of a table's lines: the columns of ``series`` over the column ``x``. Sheets and programs get the table alone.

    ``description`` is what one who cannot see it is told.
    """

    name: str
    table: str
    kind: Literal["line", "bar"]
    x: str
    series: tuple[Series, ...]
    caption: Say
    description: Say

    def __post_init__(self) -> None:
        _require(_NAME.match(self.name), f"{self.name!r} is not a chart's name")
        _require(self.series, f"{self.name}: a chart draws something")


_ACROSS = {"line": ("date", "int", "decimal"), "bar": ("text", "date")}


def _check_chart(chart: Chart, table: Table) -> None:
    """A chart draws figures of one kind and currency, over what can stand along its axis."""
    columns = {column.name: column for column in table.columns}
    drawn = [columns.get(series.column) for series in chart.series]
    across = columns.get(chart.x)
    _require(across and across.kind in _ACROSS[chart.kind], f"{chart.name}: {chart.x} cannot stand along a {chart.kind}")
    _require(all(column and column.kind in ("money", "converted", "int", "percent", "decimal") for column in drawn), f"{chart.name}: no figures")
    _require(len({(column.currency, column.kind == "percent") for column in drawn if column}) == 1, f"{chart.name}: figures of several kinds")
    _require(all(column.currency or not column.is_money for column in drawn if column), f"{chart.name}: amounts of several currencies")


# The document.


class KeyFigure(Struct, frozen=True):
    """One figure to see first. Converted ones carry their rate, as columns do."""

    label: Say
    amount_minor: int
    currency: str
    note: Say | None = None
    conversion: Conversion | None = None
    link: str | None = None

    def __post_init__(self) -> None:
        _require(isinstance(self.amount_minor, int) and _CURRENCY.match(self.currency), "a key figure is an amount")
        _require(self.link is None or _LINK.match(self.link), f"{self.link!r} is not an address of this product")


class Section(Struct, frozen=True):
    """Charts, tables and notes under a heading (None: straight under the title). The table that a chart draws may stand further down.

    ``is_beside`` sets the charts left of the tables on paper; ``starts_page`` begins a new sheet.
    """

    tables: tuple[Table, ...] = ()
    heading: Say | None = None
    notes: tuple[Say, ...] = ()
    charts: tuple[Chart, ...] = ()
    is_beside: bool = False
    starts_page: bool = False


class Document(Struct, frozen=True):
    """A whole report. ``head_number`` and ``head_hash`` (hex) are the journal's head that its figures were read at.

    ``about`` goes into its files' names, where one report is of many things. ``is_dense`` sets it small and upright on paper, for a page that is
    read as a whole.
    """

    name: str
    title: Say
    pool: Say
    generated_at: datetime
    head_number: int
    head_hash: str
    sections: tuple[Section, ...]
    subtitle: tuple[Say, ...] = ()
    as_of: date | None = None
    period: tuple[date, date] | None = None
    key_figures: tuple[KeyFigure, ...] = ()
    notes: tuple[Say, ...] = ()
    sample: bool = False
    is_dense: bool = False
    about: str = ""

    def __post_init__(self) -> None:
        _require(_NAME.match(self.name), f"{self.name!r} is not a report's name")
        _require(not self.about or _NAME.match(self.about), f"{self.about!r} is not for a file's name")
        _require(self.generated_at.tzinfo is not None, "generated_at needs its time zone")
        _require(_HASH.match(self.head_hash), "the head's hash is hexadecimal")
        names = [table.name for table in self.tables]
        _require(len(set(names)) == len(names), "two tables of one name")
        _require(len({chart.name for chart in self.charts}) == len(self.charts), "two charts of one name")
        for chart in self.charts:
            _check_chart(chart, self.table_of(chart))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in order."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in order."""
        return tuple(chart for section in self.sections for chart in section.charts)

    def table_of(self, chart: Chart) -> Table:
        """The table that a chart draws: a chart without one in its document is a mistake."""
        found = [table for table in self.tables if table.name == chart.table]
        _require(found, f"{chart.name}: there is no table {chart.table}")
        return found[0]
