"""Extracts of both unions brought in as their treasuries would."""

from datetime import date
from pathlib import Path

from ledger.domain.contributions import RecordContribution
from ledger.domain.exchange import ProposeRate
from ledger.domain.extracts import Balance, Meaning
from ledger.domain.transfers import Sending
from ledger.services import comparison, contributions, exchange, extracts, transfers
from ledger.services.comparison import Comparison
from ledger.services.exchange import RateDecision
from ledger.services.extract_reading import Asked, ExtractFile
from ledger.storage import reference
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


async def contributed(stage: Stage, amount_minor: int, on: date, reference: str = "") -> None:
    """What Unifor paid into its trust account, as the pool received it."""
    asked = RecordContribution(
        union="unifor", fund="GEN", account="joint/Assets:Bank:Unifor-trust-CAD", currency="CAD", amount_minor=amount_minor, received_on=on,
        reference=reference,
    )  # fmt: skip
    await contributions.record_contribution(stage.pool, stage.who["unifor treasurer"], stage.key(), asked)


async def on_its_way(stage: Stage, amount_minor: int, on: date) -> str:
    """The number of a transfer that Unifor sent to UE's trust account and that has not arrived."""
    await contributed(stage, amount_minor, on)
    async with stage.pool.database.reading() as connection:
        source = await reference.account(connection, "joint", "Assets:Bank:Unifor-trust-CAD", "CAD")
        target = await reference.account(connection, "joint", "Assets:Bank:UE-trust-USD", "USD")
    sending = Sending(fund="GEN", from_account=source.id, to_account=target.id, amount_minor=amount_minor, sent_on=on, purpose="Share")
    return (await transfers.send(stage.pool, stage.who["unifor treasurer"], stage.key(), sending)).number


async def rated(stage: Stage, on: date, value: str) -> None:
    """A rate that one treasurer entered and the other confirmed."""
    made = await exchange.propose_rate(
        stage.pool, stage.who["ue treasurer"], stage.key(), ProposeRate(observed_on=on, value=value, source="bank", remark="Case")
    )
    await exchange.decide_rate(stage.pool, stage.who["unifor treasurer"], stage.key(), RateDecision(name=made.name, decision="confirmed"))


def june(name: str) -> bytes:
    """A union's extract of January, moved to June."""
    text = (FILES / name).read_text()
    return text.replace("2026-01-", "2026-06-").replace("01/05/2026", "06/05/2026").replace("01/20/", "06/20/").replace("01/22/", "06/22/").encode()
