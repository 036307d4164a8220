"""Both unions' own ledger extracts in the sample year: three closed months, one agreed with listed differences, and one open with work to do.

What stands in the pool's books of the unions is in their extracts too; beside it UE invoices Unifor directly, and there the two do not always agree (W19).
No paper, figure or account of it is real.
"""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from io import StringIO

import msgspec

from ledger.domain.closes import month_of
from ledger.domain.comparison_items import Item, number_of
from ledger.domain.extracts import Meaning, Means
from ledger.domain.mirrors import MIRRORED
from ledger.domain.money import text_from_minor
from ledger.services import comparison, differences, extracts
from ledger.services.differences import Change
from ledger.services.extract_reading import Asked, ExtractFile
from ledger.services.sample_stage import Stage, Step
from ledger.storage import differences as store
from ledger.storage import mirrors as mirror_store
from ledger.storage.differences import PoolRow

# How many days after a month's end the extracts come, the ledgers are compared and agreed to: before its close.
BROUGHT_AFTER, ANSWERED_AFTER = 4, 6
ORDER = 980
OTHER = {"ue": "unifor", "unifor": "ue"}
Line = tuple[date, str, str, int]


class Account(msgspec.Struct, frozen=True):
    """An account of a union's own program, and what it is about."""

    code: str
    currency: str
    means: Means


ACCOUNTS: dict[str, tuple[Account, ...]] = {
    "ue": (
        Account("1510 Due from Unifor CAD (sample)", "CAD", "due_from"), Account("2410 Due to Unifor USD (sample)", "USD", "due_to"),
        Account("2415 Due to Unifor CAD (sample)", "CAD", "due_to"), Account("5300 Contributions to the pool USD (sample)", "USD", "contributions"),
    ),
    "unifor": (
        Account("1510 Dû par UE USD (exemple)", "USD", "due_from"), Account("1515 Dû par UE CAD (exemple)", "CAD", "due_from"),
        Account("2410 Dû à UE CAD (exemple)", "CAD", "due_to"), Account("5300 Cotisations versées CAD (exemple)", "CAD", "contributions"),
    ),
}  # fmt: skip
# UE's own invoices to Unifor, in its books and in Unifor's.
INVOICES = {
    "ue": Account("1520 Invoices to Unifor USD (sample)", "USD", "due_from"), "unifor": Account("2420 Factures d’UE USD (exemple)", "USD", "due_to"),
}  # fmt: skip
HEADINGS = {"ue": ("Date", "Account", "Reference", "Text", "Amount"), "unifor": ("Date", "Compte", "Référence", "Libellé", "Montant")}
BALANCES = {"ue": ("Opening balance", "Closing balance"), "unifor": ("Solde d’ouverture", "Solde de clôture")}


def comparison_steps(today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of it all: the four months before this one, the oldest first."""
    months = [month_of(today)]
    while len(months) < 5:
        months.insert(0, month_of(months[0][0] - timedelta(days=1)))
    found: list[tuple[date, int, Step]] = []
    for place, (_, end) in enumerate(months[:4]):
        brought, answered = (min(end + timedelta(days=days), today) for days in (BROUGHT_AFTER, ANSWERED_AFTER))
        found += [(brought, ORDER + at, _brought(union, months[:4], place)) for at, union in enumerate(("ue", "unifor"))]
        found.append((answered, ORDER + 2, _answered(end, place)))
        if place < 3:
            found.append((answered, ORDER + 3, _agreed(end)))
    return found


# --- what the extracts say ------------------------------------------------------------------------------------------------


def _invoices(months: Sequence[tuple[date, date]], place: int) -> dict[str, list[Line]]:
    """UE's invoices and Unifor's payments of a month as each has them: a slip, one not yet booked and one payment on its way in the second month,
    all put right in the third; in the last a paper booked twice, one that differs and nobody knows why, and one that UE lacks.
    """
    first, end = months[place]

    def on(day: int) -> date:
        return first + timedelta(days=day - 1)

    both: list[Line] = [(on(9), f"SMP-{201 + 10 * place}", "Printing (sample)", 1_240_00 + 35_00 * place)]
    ours, theirs = list(both), [(day + timedelta(days=1), f"INV {paper}", "Impression (exemple)", -minor) for day, paper, _, minor in both]
    if place == 1:
        ours += [(on(18), "SMP-218", "Translation of the bulletin (sample)", 150_00), (on(20), "SMP-219", "Hall, joint council (sample)", 1_098_00)]
        theirs += [(on(21), "SMP-219", "Salle, conseil conjoint (exemple)", -1_089_00), (end - timedelta(days=1), "EFT 8841", "Paiement (exemple)", 450_00)]
    if place == 2:
        ours += [(on(3), "EFT 8841", "Payment (sample)", -450_00), (on(5), "SMP-219", "Corrected as the paper says (sample)", -9_00)]
        theirs += [(on(4), "SMP-218", "Traduction du bulletin (exemple)", -150_00)]
    if place == 3:
        ours += [(on(day), "SMP-234", "Banners (sample)", 275_00) for day in (11, 12)] + [(on(16), "SMP-236", "Sound (sample)", 310_00)]
        theirs += [
            (on(12), "SMP-234", "Bannières (exemple)", -275_00), (on(17), "SMP-236", "Sonorisation (exemple)", -302_50),
            (on(19), "SMP-237", "Autocar (exemple)", -640_00),
        ]  # fmt: skip
    return {"ue": ours, "unifor": theirs}


def _brought(union: str, months: Sequence[tuple[date, date]], place: int) -> Step:
    async def step(stage: Stage) -> None:
        first, end = months[place]
        files = [await _of_pool(stage, union, each, months[0][0], first, end) for each in ACCOUNTS[union]]
        earlier = [line for at in range(place) for line in _invoices(months, at)[union]]
        files.append((INVOICES[union], sum(line[3] for line in earlier), _invoices(months, place)[union]))
        asked = Asked(
            until=end, meanings=tuple(Meaning(each.code, each.currency, each.means, OTHER[union]) for each, _, _ in files),
            save_as="Sample" if union == "ue" else "Exemple",
        )  # fmt: skip
        file = ExtractFile(f"{union}-{end:%Y-%m}-sample.csv", _csv(union, files))
        treasurer = stage.actors[f"{union} treasurer"]
        await extracts.import_file(stage.pool, treasurer, stage.key(), file, asked, "en" if union == "ue" else "fr")

    return step


async def _of_pool(stage: Stage, union: str, account: Account, start: date, first: date, end: date) -> tuple[Account, int, list[Line]]:
    """What the union's own books have of what the pool's journal has: the account, its opening and its rows."""
    async with stage.pool.database.reading() as connection:
        if account.means == "contributions":
            every = [row for row in await store.paid_in(connection, start, end) if (row.book, row.currency) == (union, account.currency)]
            opening = sum(-row.amount_minor for row in every if row.day < first)
            return account, opening, [_line(row, -1) for row in every if row.day >= first]
        roles = [pair[0 if account.means == "due_from" else 1] for pair in MIRRORED]
        rows = [row for row in await store.pool_rows(connection, roles, first, end) if (row.book, row.currency) == (union, account.currency)]
        balances = await mirror_store.balances(connection, first - timedelta(days=1))
    is_owed = account.means == "due_from"
    opening = sum(each.balance_minor for each in balances if (each.union, each.currency, each.is_owed) == (union, account.currency, is_owed))
    return account, opening, [_line(row, 1) for row in rows]


def _line(row: PoolRow, sign: int) -> Line:
    item = Item(key="", side="pool", day=row.day, amount_minor=sign * row.amount_minor, document=row.reference, text=row.description)
    return row.day, number_of(item) or row.reference, row.description[:60], item.amount_minor


def _csv(union: str, files: Sequence[tuple[Account, int, list[Line]]]) -> bytes:
    """The accounts as a union's program writes them: UE's with commas and points, Unifor's with semicolons and decimal commas."""
    opening_text, closing_text = BALANCES[union]
    rows: list[tuple[str, ...]] = [HEADINGS[union]]

    def add(day: date | None, account: Account, document: str, text: str, minor: int) -> None:
        amount = text_from_minor(minor, account.currency)
        rows.append((str(day or ""), account.code, document, text, amount if union == "ue" else amount.replace(".", ",")))

    for account, opening, lines in files:
        add(None, account, "", opening_text, opening)
        for day, document, text, minor in sorted(lines):
            add(day, account, document, text, minor)
        add(None, account, "", closing_text, opening + sum(each[3] for each in lines))
    written = StringIO()
    csv.writer(written, delimiter="," if union == "ue" else ";").writerows(rows)
    return written.getvalue().encode()


# --- what people say of it ------------------------------------------------------------------------------------------------

# By the month's place, the paper of a difference, who says it, what changes and what is said.
SAID: dict[int, tuple[tuple[str, str, Change], ...]] = {
    1: (
        ("SMP-219", "unifor deputy", Change(remark="The paper says 1,089.00: two figures were swapped in UE’s books.")),
        ("SMP-219", "ue deputy", Change(remark="Seen. Corrected in the first days of next month.")),
        ("SMP-218", "ue deputy", Change(remark="Sent by e-mail on the 18th; here it is again.")),
        ("SMP-218", "unifor deputy", Change(remark="Reçue, elle sera inscrite le mois prochain.")),
    ),
    3: (
        ("SMP-237", "ue deputy", Change(kind="disputed", owner="unifor", remark="We never invoiced a coach. Who ordered it?")),
        ("SMP-236", "unifor deputy", Change(owner="ue", remark="Notre facture dit 302,50; la vôtre?")),
    ),
}  # fmt: skip


def _answered(end: date, place: int) -> Step:
    async def step(stage: Stage) -> None:
        found = await comparison.show_cutoff(stage.pool, stage.actors["ue treasurer"], end)
        numbers = {line.reference: line.number for each in found.comparisons for line in each.lines}
        for paper, who, asked in SAID.get(place, ()):
            await differences.change(stage.pool, stage.actors[who], stage.key(), numbers[paper], asked)

    return step


def _agreed(end: date) -> Step:
    async def step(stage: Stage) -> None:
        await comparison.compare_now(stage.pool, stage.actors["unifor deputy"], stage.key(), end)
        for each in (await comparison.show_cutoff(stage.pool, stage.actors["ue treasurer"], end)).comparisons:
            for union in OTHER:
                await comparison.agree(stage.pool, stage.actors[f"{union} treasurer"], stage.key(), each.number)

    return step
