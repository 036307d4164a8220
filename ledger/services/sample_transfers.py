"""Plan the sample year's transfers between the unions: received, returned and sent again, taken back, disputed, on their way."""

from datetime import date, timedelta
from decimal import Decimal

from ledger.domain.exchange import convert_at
from ledger.domain.transfers import Receipt, Return, Sending
from ledger.services import transfers
from ledger.services.sample_people import LOCALS
from ledger.services.sample_stage import BANK, Planned, Stage, Step, working


def transfer_steps(stage: Stage, first: date, today: date) -> list[Planned]:
    """Transfers in every state: received both ways, returned and sent again, taken back, disputed, in transit new and old."""
    plan: list[Planned] = []
    for number in range(16):
        sender = ("ue", "unifor")[number % 2]
        sent = working(first + timedelta(days=15 + 21 * number))
        if sent < today - timedelta(days=25):
            plan += _received(stage, f"regular {number}", sender, sent, converts=number % 4 == 3)
    plan += _returned(stage, working(first + timedelta(days=105)))
    for name, sender, ago in (("on its way", "ue", 4), ("overdue", "unifor", 17), ("disputed", "unifor", 9), ("new", "ue", 1)):
        plan.append(Planned(working(today - timedelta(days=ago + 2)), 900, _send(name, sender, stage.chance.randint(40, 160) * 100_00)))
    plan.append(Planned(today - timedelta(days=3), 901, _dispute("disputed")))
    taken_back = working(first + timedelta(days=200))
    plan += [Planned(taken_back, 902, _send("twice", "ue", 7_500_00)), Planned(taken_back + timedelta(days=1), 903, _cancel("twice"))]
    return plan


def _sending(s: Stage, sender: str, amount: int, rate: Decimal | None = None, replaces: str | None = None) -> Sending:
    receiver = "unifor" if sender == "ue" else "ue"
    return Sending(
        fund="STRIKE", from_account=s.accounts[BANK[sender][0]], to_account=s.accounts[BANK[receiver][0]], amount_minor=amount, fee_minor=25_00,
        sent_on=s.pool.today(), purpose=f"Strike support, Local {s.chance.choice([number for union, number, *_ in LOCALS if union == receiver])}",
        bank_reference=f"FT-{s.chance.randint(10_000, 99_999)}", rate=rate, replaces=replaces,
    )  # fmt: skip


def _send(name: str, sender: str, amount: int, converts: bool = False, replaces: str = "") -> Step:
    async def step(s: Stage) -> object:
        rate = s.rate_on(s.pool.today()) + (Decimal("0.0088") if sender == "unifor" else Decimal("-0.0071")) if converts else None
        sending = _sending(s, sender, amount, rate, s.numbers.get(replaces))
        sent = await transfers.send(s.pool, s.actors[f"{sender} treasurer"], s.key(), sending)
        s.numbers[name] = sent.number
        return sent

    return step


def _received(stage: Stage, name: str, sender: str, sent: date, converts: bool) -> list[Planned]:
    amount = stage.chance.randint(30, 220) * 100_00
    arrived = working(sent + timedelta(days=stage.chance.randint(1, 5)))
    return [Planned(sent, 910, _send(name, sender, amount, converts)), Planned(arrived, 911, _confirm(name, sender))]


def _confirm(name: str, sender: str) -> Step:
    receiver = "unifor" if sender == "ue" else "ue"

    async def step(s: Stage) -> object:
        actor = s.actors[f"{receiver} treasurer"]
        view = await transfers.show_transfer(s.pool, actor, s.numbers[name])
        travelled, own, fee, rate = view.transfer.transit_currency, view.target.currency, 17_50, None
        gross = view.transfer.transit_minor
        if travelled != own:
            rate = s.rate_on(s.pool.today()) + (Decimal("-0.0079") if travelled == "USD" else Decimal("0.0083"))
            gross = convert_at(gross, travelled, own, "USD", "CAD", rate)
        receipt = Receipt(received_on=s.pool.today(), net_minor=gross - fee, fee_minor=fee, rate=rate)
        return await transfers.confirm_receipt(s.pool, actor, s.key(), s.numbers[name], receipt)

    return step


def _returned(stage: Stage, sent: date) -> list[Planned]:
    async def come_back(s: Stage) -> object:
        back = Return(returned_on=s.pool.today(), fee_minor=35_00, reason="The account name did not match")
        return await transfers.record_return(s.pool, s.actors["ue treasurer"], s.key(), s.numbers["came back"], back)

    again = working(sent + timedelta(days=9))
    return [
        Planned(sent, 920, _send("came back", "ue", 10_000_00)),
        Planned(working(sent + timedelta(days=7)), 921, come_back),
        Planned(again, 922, _send("sent again", "ue", 9_965_00, replaces="came back")),
        Planned(working(again + timedelta(days=2)), 923, _confirm("sent again", "ue")),
    ]


def _dispute(name: str) -> Step:
    async def step(s: Stage) -> object:
        remark = "Our statement shows no credit with this reference."
        return await transfers.dispute(s.pool, s.actors["ue treasurer"], s.key(), s.numbers[name], remark)

    return step


def _cancel(name: str) -> Step:
    async def step(s: Stage) -> object:
        return await transfers.cancel(s.pool, s.actors["ue treasurer"], s.key(), s.numbers[name], s.pool.today(), "Entered twice")

    return step
