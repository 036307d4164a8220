"""Build the documents that the rendering tests read: one plausible trial balance and one full of hostile text."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from reports import document as d
from reports.document import Cell, Column, Label, Row, Table, cell, group, row, words, words_n

GENERATED_AT = datetime(2026, 11, 2, 14, 30, 12, tzinfo=UTC)
HEAD_HASH = "9f2c" * 16
RATE = d.Conversion(Decimal("1.3650"), date(2026, 10, 30), "Bank of Canada FXUSDCAD", 1)
STRIKE, BANK = Label("Strike fund", "Caisse de grève"), Label("Unifor trust, CAD", "Fiducie Unifor, CAD")

HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", '#panic("typst")', "*bold* _it_ $x$ \\ `raw`",
    "</style>&amp;\"'", "%(name)s {{ 7*7 }} {% x %}", "日本語 🙂 \u202e\ue000\u0000\ufffe\U000e0041", "e\u0301te\u0301", "\uff1dA1",
    "a;=b,c",
]

FIGURES = [
    ("line", 20_384_00, 15_000_00), ("line", -1_250_75, 0), ("subtotal", 19_133_25, 15_000_00), ("total", 10**14 + 1, -(10**14) - 99),
]


def trial_balance(lines: int = 0, sample: bool = True) -> d.Document:
    """A trial balance in two currencies with a converted column, mixed currencies, links, groups and totals."""
    period = words("From %(first)s to %(last)s", first=date(2026, 1, 1), last=d.Amount(5, "USD"))
    key_figures = (
        d.KeyFigure(STRIKE, 1_204_500_00, "CAD", words("today"), link="/funds/strike"),
        d.KeyFigure(Label("Both, in CAD", "Les deux, en CAD"), 987_65, "CAD", conversion=RATE),
    )
    accounts = d.Section((balances(lines), mixed_table()), Label("Accounts", "Comptes"), ("As typed by a person",))
    empty = d.Section((Table("none", Label("In transit", "En transit"), (Column("id", Label("Number", "Numéro")),), ()),))
    return d.Document(
        name="trial-balance", title=Label("Trial balance", "Balance de vérification"), as_of=date(2026, 10, 31), sample=sample,
        pool=Label("Joint books of UE and Unifor", "Livres communs d’UE et d’Unifor"), generated_at=GENERATED_AT, head_number=10482,
        head_hash=HEAD_HASH, subtitle=(words_n("%(count)s day", "%(count)s days", 6), period), key_figures=key_figures,
        sections=(accounts, empty), notes=(words("Nothing to show."),),
    )


def balances(lines: int = 0) -> Table:
    """Two native columns and one converted from USD into CAD."""
    columns = (
        Column("account", Label("Account", "Compte")), Column("fund", Label("Fund", "Fonds")),
        Column("cad", Label("Debit", "Débit"), "money", "CAD"), Column("usd", Label("Credit", "Crédit"), "money", "USD"),
        Column("in_cad", Label("Credit in CAD", "Crédit en CAD"), "converted", "CAD", (RATE,)),
    )
    rows = [group(Label("Assets", "Actifs"), link="/accounts/assets")]
    rows += [row(f"Local {number}", STRIKE, number * 100 + 7, None, 0, level=1) for number in range(lines)]
    for kind, cad, usd in FIGURES:
        rows.append(row(BANK, STRIKE, cad, usd, usd * 2, kind=kind, level=int(kind == "line"), link="/accounts/7"))
    return Table("balances", Label("Balances by account", "Soldes par compte"), columns, tuple(rows), (words("Note"),))


def mixed_table() -> Table:
    """Every kind of column, amounts in the currency of their row."""
    columns = (
        Column("payee", Label("Payee", "Bénéficiaire")), Column("day", Label("Day", "Jour"), "date"),
        Column("amount", Label("Amount", "Montant"), "money"), Column("rate", Label("Rate", "Taux"), "rate"),
        Column("lines", Label("Lines", "Lignes"), "int"), Column("share", Label("Share", "Part"), "percent"),
    )
    sent = cell(15_000_00, currency="USD", link="/transfers/T-0042")
    rows = (
        row("UE", date(2026, 1, 30), sent, Decimal("1.3601"), 1204, Decimal("0.1234")),
        row("Unifor", date(2026, 2, 3), cell(-3, currency="CAD"), Decimal("1.36015"), -5, Decimal("1")),
        row("Yen", None, cell(1234, currency="JPY"), None, None, None),
    )
    return Table("mixed", Label("Movements", "Mouvements"), columns, rows)


def hostile() -> d.Document:
    """Text that would run, break out or be impossible to draw, in every place text can stand."""
    evil = " ".join(HOSTILE)
    columns = (Column("text", HOSTILE[5]), Column("amount", HOSTILE[0], "money", "USD"))
    rows = (group(HOSTILE[6]), *(Row((Cell(text, link="/x?a=1&b=<"), Cell(-5))) for text in HOSTILE))
    table = Table("evil", evil, columns, rows, tuple(HOSTILE))
    return d.Document(
        name="evil", title=evil, pool=evil, generated_at=GENERATED_AT, head_number=1, head_hash="", notes=tuple(HOSTILE),
        subtitle=tuple(HOSTILE), sections=(d.Section((table,), evil),), key_figures=(d.KeyFigure(evil, -1, "USD", evil),),
    )


def charts(names: tuple[str, ...] = ("Bargaining", "Organizing")) -> d.Document:
    """A line that ends between two weeks beside a dashed one, and bars of both unions."""
    first = date(2026, 11, 26)
    columns = (
        Column("week", Label("Week", "Semaine"), "decimal"), Column("on", Label("On", "Le"), "date"),
        Column("left", Label("As now", "Comme maintenant"), "money", "CAD"), Column("more", Label("60 more", "60 de plus"), "money", "CAD"),
    )
    rows = tuple(row(Decimal(week), first + timedelta(days=7 * week), 1_500_000_5 - 200_000_0 * week, None if week else 5) for week in range(3))
    weeks = Table("weeks", Label("By week", "Par semaine"), columns, (*rows, row(Decimal("3.4"), date(2026, 12, 19), 0, 0, kind="total")))
    sums = (Column("who", Label("Initiative", "Initiative")), Column("ue", "UE", "money", "CAD"), Column("unifor", "Unifor", "money", "CAD"))
    given = Table("given", Label("By initiative", "Par initiative"), sums, tuple(row(name, 1_234_56, 98_00) for name in names))
    lines = d.Chart(
        "left", "weeks", "line", "on", (d.Series("left"), d.Series("more", "accent", dashed=True)), Label("What is left", "Ce qui reste"),
        Label('Ends after 3.4 weeks, "soon"', "Épuisée après 3,4 semaines"),
    )
    bars = d.Chart("bars", "given", "bar", "who", (d.Series("ue", "blue"), d.Series("unifor", "red")), names[0], names[0])
    return d.Document(
        name="charts", title=Label("Charts", "Graphiques"), pool="Joint", generated_at=GENERATED_AT, head_number=1, head_hash="",
        sections=(d.Section((weeks,), charts=(lines,)), d.Section((given,), charts=(bars,))),
    )
