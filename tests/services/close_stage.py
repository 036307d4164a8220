"""A month that is ready to be closed: both treasurers with passwords, rates of every banking day, a month's entries in both currencies."""

from datetime import UTC, date, datetime

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.closes import Close, Decision, Report
from ledger.services import close_signing, closes
from ledger.services.close_signing import Sign
from ledger.services.exchange import Upload, load_rates_file
from ledger.services.holidays import banking_days
from ledger.services.pool import Pool
from ledger.services.sign_in import hash_password
from reports.close_words import sentence
from reports.reconciliation.fixed import make
from tests.conftest import Clock
from tests.services.test_funds import post

UE_BANK, UNIFOR_BANK, NET = "Assets:Bank:UE-trust-USD", "Assets:Bank:Unifor-trust-CAD", "Equity:Net-assets"
PASSWORD = "a long enough pass phrase"
JUNE = "CL-2026-06"


class Stage(msgspec.Struct):
    """The books and who acts in them."""

    pool: Pool
    clock: Clock
    ue: Actor
    unifor: Actor
    keys: int = 0

    def key(self) -> str:
        self.keys += 1
        return f"close-{self.keys:06d}"

    async def listed(self, *steps: str, number: str = JUNE) -> None:
        """Both unions say why what is left of some steps is left."""
        for step in steps:
            for who in (self.ue, self.unifor):
                await closes.confirm_step(self.pool, who, self.key(), number, step, "On paper")

    async def fix(self, number: str = JUNE, by: Actor | None = None) -> Report:
        return await closes.fix_report(self.pool, by or self.ue, self.key(), number, make)

    async def sign(self, by: Actor, number: str = JUNE, decision: Decision = "signed", password: str = PASSWORD, remarks: str = "") -> Close:
        shown = await closes.show_close(self.pool, by, number)
        report = shown.report
        said = sentence("en", shown.close, report, decision) if report else ""
        asked = Sign(version=report.version if report else 1, decision=decision, password=password, remarks=remarks)
        return await close_signing.sign_report(self.pool, by, self.key(), number, asked, said)


async def set_stage(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    """Case W20 in June 2026, seen on July 5: GEN with contributions and expenses in both currencies,
    its banks' statements on paper only, which both unions list.
    """
    stage = await set_books(pool, clock, ue, unifor)
    await stage.listed("statements")
    return stage


async def set_books(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> Stage:
    """The same before anybody began to close it."""
    stage = Stage(pool, clock, ue, unifor)
    hashed = await hash_password(PASSWORD)
    async with pool.database.writing() as connection:
        await connection.execute("UPDATE people SET password_hash = $1", hashed)
        days = await banking_days(connection, date(2026, 5, 29), date(2026, 6, 30), "CA")
    observations = [{"d": day.isoformat(), "FXUSDCAD": {"v": "1.3700"}} for day in days]
    detail = {"label": "USD/CAD", "description": "Rates", "dimension": {"key": "d", "name": "Date"}}
    content = msgspec.json.encode({"seriesDetail": {"FXUSDCAD": detail}, "observations": observations})
    await load_rates_file(pool, ue, "rates-of-june", Upload(content, "june.json", "application/json"))
    await post(pool, unifor, "2026-06-10", "Contributions", "GEN", [(UNIFOR_BANK, "CAD", 50_000_00), ("Income:Contributions:Unifor", "CAD", -50_000_00)])
    await post(pool, unifor, "2026-06-12", "Organizing", "GEN", [("Expense:Organizing", "CAD", 31_420_00), (UNIFOR_BANK, "CAD", -31_420_00)])
    await post(pool, ue, "2026-06-10", "Contributions", "GEN", [(UE_BANK, "USD", 20_000_00), ("Income:Contributions:UE", "USD", -20_000_00)])
    await post(pool, ue, "2026-06-12", "Organizing", "GEN", [("Expense:Organizing", "USD", 4_317_25), (UE_BANK, "USD", -4_317_25)])
    clock.now = datetime(2026, 7, 5, 15, 0, tzinfo=UTC)
    return stage
