"""Extracts of both unions brought in as their treasuries would."""

from datetime import date
from pathlib import Path

from ledger.domain.extracts import Balance, Meaning
from ledger.services import comparison, extracts
from ledger.services.comparison import Comparison
from ledger.services.extracts import Asked, ExtractFile
from ledger.storage.extracts import KeptExtract
from tests.services.requests_stage import Stage

FILES = Path(__file__).parents[1] / "data" / "extracts"
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
MEANINGS = {
    "ue": (Meaning("1510 Due from Unifor CAD", "CAD", "due_from", "unifor"),), "unifor": (Meaning("2410 Dû à UE", "CAD", "due_to", "ue"),),
}  # fmt: skip
NAMES = {"ue": "ue_{}_sage50.csv", "unifor": "unifor_{}_acomba.csv"}


async def brought(
    stage: Stage, union: str, until: date, content: bytes | None = None, name: str = "", balances: tuple[Balance, ...] = (), by: str = "treasurer",
    meanings: tuple[Meaning, ...] | None = None, save_as: str = "",
) -> KeptExtract:  # fmt: skip
    """A union's extract for a cut-off: its file of that month, or other bytes."""
    name = name or NAMES[union].format(f"{until:%Y-%m}")
    file = ExtractFile(name, content if content is not None else (FILES / name).read_bytes())
    actor = stage.who[f"{union} {by}"]
    document = await extracts.upload(stage.pool, actor, stage.key(), file, until)
    asked = Asked(until=until, currency="CAD", meanings=MEANINGS[union] if meanings is None else meanings, balances=balances, save_as=save_as)
    return await extracts.bring_in(stage.pool, actor, stage.key(), document, asked, "fr" if union == "unifor" else "en")


async def compared(stage: Stage, until: date) -> Comparison:
    """What stands between the unions in CAD at a cut-off."""
    cutoff = await comparison.show_cutoff(stage.pool, stage.who["ue treasurer"], until)
    return next(each for each in cutoff.comparisons if (each.creditor, each.currency) == ("ue", "CAD"))
