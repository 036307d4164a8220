"""The people, campaign and money that tests of requests act with, set up through the same services as in life."""

from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.allocations import Allocation, Content, NewLine
from ledger.domain.campaigns import OpenCampaign
from ledger.domain.payees import ProposeAccount
from ledger.services import allocation_decisions as decisions
from ledger.services import allocations, campaigns, journal, payees
from ledger.services.pool import Pool
from ledger.storage import reference
from tests.conftest import add_person
from tests.services.test_journal import NET, UE_BANK, UNIFOR_BANK, named

ROLES = {"lead": "campaign_lead", "officer": "officer", "secretary": "secretary_treasurer", "board": "board_member", "deputy": "deputy"}
DETAILS = {
    "CAD": {"institution": "001", "transit": "00012", "account": "1234567"}, "USD": {"routing": "021000021", "account": "123456789"},
}  # fmt: skip


class Stage(msgspec.Struct):
    """Books with people of both unions; ``who`` is by union and part: ``ue officer``."""

    pool: Pool
    who: dict[str, Actor]
    keys: int = 0

    def key(self) -> str:
        """A key of its own for each step."""
        self.keys += 1
        return f"stage-{self.keys:06d}"

    async def fund(self, fund: str, **amounts: int) -> None:
        """Put an opening balance into a fund, each currency at the union that keeps it; minor units."""
        day = self.pool.today() - timedelta(days=1)
        for currency, amount in amounts.items():
            bank, actor = (UE_BANK, "ue treasurer") if currency == "USD" else (UNIFOR_BANK, "unifor treasurer")
            entry = named((bank, currency, fund, amount), (NET, currency, fund, -amount), on=day, text="Opening", kind="opening")
            await journal.post_entry(self.pool, self.who[actor], self.key(), entry)

    async def campaign(self, union: str = "unifor", initiative: str = "organizing", **more: Any) -> str:
        """Open a campaign led by the union's lead."""
        lead = self.who[f"{union} lead"]
        request = OpenCampaign(
            name="Hamilton organizing", initiative=initiative, lead=lead.person_id, starts_on=date(2026, 1, 5), union=union, **more
        )  # fmt: skip
        return (await campaigns.open_campaign(self.pool, lead, self.key(), request)).number

    async def payee(self, name: str, currency: str = "CAD", country: str = "") -> str:
        """A payee with bank details that the other union's treasurer confirmed."""
        async def numbered() -> str:
            listed = await payees.list_payees(self.pool, self.who["ue treasurer"], name)
            return listed.items[0].payee.number

        number = await numbered()
        request = ProposeAccount(
            payee=number, currency=currency, holder=name, bank="Caisse", details=DETAILS[currency], call_back="Called the number in the 2024 contract",
            country=country,
        )
        decided = await payees.propose_account(self.pool, self.who["ue treasurer"], self.key(), request)
        await payees.confirm_account(self.pool, self.who["unifor treasurer"], self.key(), number, decided.id)
        return number

    async def request(self, content: Content, union: str = "unifor", by: str = "lead") -> Allocation:
        """Draft and submit a request."""
        lead = self.who[f"{union} {by}"]
        draft = await allocations.start_draft(self.pool, lead, self.key(), {"purpose": content.purpose})
        return await allocations.submit(self.pool, lead, self.key(), draft.number, content)

    async def approve(self, request: Allocation, *parts: str) -> Allocation:
        """Approve in the name of each of these people."""
        for part in parts:
            request = await decisions.approve(self.pool, self.who[part], self.key(), request.number, request.revision)
        return request

    async def bank(self, union: str) -> int:
        """The id of a union's trust account."""
        async with self.pool.database.reading() as connection:
            return next(a.id for a in await reference.accounts(connection, "joint", "bank") if a.custodian == union)


async def set_stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    """People of every part in both unions."""
    who = {"ue treasurer": ue, "unifor treasurer": unifor}
    for union in ("ue", "unifor"):
        for part, role in ROLES.items():
            who[f"{union} {part}"] = await add_person(pool, f"{part.title()} of {union}", union, role)
    return Stage(pool, who)


def lines(*of: tuple[str, int, str, str]) -> tuple[NewLine, ...]:
    """Lines of (what, minor units, currency, payee)."""
    return tuple(NewLine(what=what, amount_minor=amount, currency=currency, payee=payee) for what, amount, currency, payee in of)


def asked(campaign: str, *of: tuple[str, int, str, str], fund: str = "GEN", needed_by: date = date(2026, 12, 15), **more: Any) -> Content:
    """What a campaign asks of a fund."""
    return Content(campaign=campaign, fund=fund, purpose="Organizing the Hamilton plants", needed_by=needed_by, lines=lines(*of), **more)
