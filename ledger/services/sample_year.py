"""Plan what fills the books of the sample year month by month: rates, opening balances, pledges, contributions, costs, and now and then a correction."""

import random
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from ledger.domain.contributions import RecordContribution
from ledger.domain.exchange import ProposeRate
from ledger.domain.interfund import MoveBetweenFunds
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.services import contributions, exchange, interfund, journal, pledges, revaluation
from ledger.services.sample_people import LOCALS
from ledger.services.sample_stage import BANK, DAYS, Planned, Stage, Step, months, working

OPENING = {
    "GEN": (182_400_00, 241_750_00), "STRIKE": (415_000_00, 612_300_00), "ORG": (88_250_00, 97_400_00), "EDU": (31_600_00, 44_900_00),
    "COM": (22_140_00, 28_315_00), "BARG": (47_900_00, 52_660_00),
}  # fmt: skip
COSTS = (
    ("GEN", "Expense:Administration", ("Audit and bookkeeping", "Insurance of the pool", "Office and postage", "Legal review of the agreement")),
    ("GEN", "Expense:Interpretation", ("Interpretation, joint council", "Traduction du rapport trimestriel", "Interpretation, officers’ call")),
    ("STRIKE", "Expense:Strike-support-locals", ("Picket kitchen and shelters", "Roulotte et chauffage au piquet", "Gas cards for pickets")),
    ("ORG", "Expense:Organizing", ("House calls, travel", "Union cards and leaflets", "Campagne de syndicalisation, tracts", "Hall rent, rally")),
    ("EDU", "Expense:Education", ("Stewards’ course materials", "Cours pour personnes déléguées", "Room and meals, winter school")),
    ("COM", "Expense:Communication", ("Video, picket line stories", "Bulletin bilingue, impression", "Web hosting", "Radio spots")),
    ("BARG", "Expense:Bargaining", ("Pension actuary, common employer", "Comité de négociation, déplacements", "Contract comparison study")),
)  # fmt: skip


def year_steps(stage: Stage, first: date, today: date) -> list[Planned]:
    """Everything of the year but transfers, campaigns, payees, requests and strikes."""
    return [
        Planned(first, 0, lambda s: _load_rates(s, first - timedelta(days=7), first)),
        *(Planned(day, 0, _rate_of(day)) for day in stage.rates if day > first),
        *(Planned(first, 1, _opening(union, fund, place, first)) for place, union in enumerate(BANK) for fund in OPENING),
        *(Planned(first, 2, _own_opening(union, first)) for union in BANK),
        *_pledges(stage, first, today),
        *_monthly(stage, first, today),
        *_costs(stage, first, today),
        *_rare(first, today),
    ]


# --- rates ------------------------------------------------------------------------------------------------------------


def walk_of_rates(chance: random.Random, first: date, last: date) -> dict[date, Decimal]:
    """A walk around 1.3700, one value each weekday."""
    rates, value, day = {}, 13_700, first
    while day <= last:
        if day.weekday() < 5:
            value = min(14_150, max(13_350, value + chance.randint(-60, 60)))
            rates[day] = Decimal(value) / 10_000
        day += timedelta(days=1)
    return rates


async def _load_rates(stage: Stage, first: date, last: date) -> None:
    observations = [
        {"d": day.isoformat(), "FXUSDCAD": {"v": f"{value:.4f}"}} for day, value in stage.rates.items() if first <= day <= last
    ]  # fmt: skip
    detail = {"label": "USD/CAD", "description": "Invented sample rates", "dimension": {"key": "d", "name": "Date"}}
    content = msgspec.json.encode({"seriesDetail": {"FXUSDCAD": detail}, "observations": observations})
    upload = exchange.Upload(content, f"sample-rates-{last:%Y-%m-%d}.json", "application/json")
    await exchange.load_rates_file(stage.pool, stage.actors["ue deputy"], stage.key(), upload)


def _rate_of(day: date) -> Step:
    async def step(s: Stage) -> None:
        await _load_rates(s, day, day)

    return step


# --- opening balances -------------------------------------------------------------------------------------------------


def _opening(union: str, fund: str, place: int, day: date) -> Step:
    account, currency = BANK[union]

    async def step(s: Stage) -> object:
        amount = OPENING[fund][place]
        lines = (
            NamedPosting(account, currency, fund, amount), NamedPosting("joint/Equity:Net-assets", currency, fund, -amount),
        )  # fmt: skip
        return await journal.post_entry(
            s.pool, s.actors[f"{union} treasurer"], s.key(), NamedEntry(day, f"Opening balance, {fund}", lines, "opening", tags=("opening",))
        )

    return step


def _own_opening(union: str, day: date) -> Step:
    name, currency = ("UE", "USD") if union == "ue" else ("Unifor", "CAD")

    async def step(s: Stage) -> object:
        lines = (
            NamedPosting(f"{union}/Assets:Bank:{name}-general-{currency}", currency, "GEN", 500_000_00),
            NamedPosting(f"{union}/Equity:Net-assets", currency, "GEN", -500_000_00),
        )
        entry = NamedEntry(day, f"Opening balance of {name}’s own book", lines, "opening", tags=("opening",))
        return await journal.post_entry(s.pool, s.actors[f"{union} treasurer"], s.key(), entry)

    return step


# --- what comes in and goes out ---------------------------------------------------------------------------------------


def _pledges(stage: Stage, first: date, today: date) -> list[Planned]:
    """Two pledges of each union: one that is kept, one that falls into arrears, under both policies."""
    plan: list[Planned] = []
    promised = (
        ("ue", "STRIKE", "USD", 160_000_00, "recognised", "GEB-02", 4), ("unifor", "STRIKE", "CAD", 240_000_00, "recognised", "NEB-01", 3),
        ("ue", "EDU", "USD", 24_000_00, "memo", "GEB-05", 2), ("unifor", "ORG", "CAD", 60_000_00, "memo", "NEB-04", 4),
    )  # fmt: skip
    for place, (union, fund, currency, amount, policy, resolution, paid) in enumerate(promised):
        due = [working(first + timedelta(days=60 + 85 * part)) for part in range(4)]
        instalments = tuple(Instalment(day, amount // 4) for day in due)
        pledge = RecordPledge(
            union=union, fund=fund, currency=currency, amount_minor=amount, approved_on=first + timedelta(days=9), policy=policy,
            resolution=f"{resolution}/{first.year}", instalments=instalments,
        )  # fmt: skip
        plan.append(Planned(first + timedelta(days=10), 2, _record_pledge(union, fund, pledge)))
        for part in range(paid):
            share = amount // 4 if (part, place) != (2, 1) else amount // 6
            plan.append(Planned(working(due[part] - timedelta(days=3)), 3, _contribution(union, fund, share, pledged=f"{union} {fund}")))
    return plan


def _record_pledge(union: str, fund: str, pledge: RecordPledge) -> Step:
    async def step(s: Stage) -> object:
        made = await pledges.record_pledge(s.pool, s.actors[f"{union} treasurer"], s.key(), pledge)
        s.numbers[f"{union} {fund}"] = made.number
        return made

    return step


def _contribution(union: str, fund: str, amount: int, pledged: str = "", local: str = "", mirror: bool = False) -> Step:
    account, currency = BANK[union]

    async def step(s: Stage) -> object:
        request = RecordContribution(
            union=union, fund=fund, account=account, currency=currency, amount_minor=amount, received_on=s.pool.today(), local=local,
            instrument=s.chance.choice(("wire", "eft", "cheque")), reference=f"{s.chance.randint(10_000, 99_999)}", pledge=s.numbers.get(pledged),
            mirror=mirror,
        )  # fmt: skip
        return await contributions.record_contribution(s.pool, s.actors[f"{union} {s.chance.choice(('treasurer', 'deputy'))}"], s.key(), request)

    return step


def _monthly(stage: Stage, first: date, today: date) -> list[Planned]:
    """Each month: both unions' and all locals' contributions, the political funds, interest and bank fees."""
    plan: list[Planned] = []
    for month in months(first, today):
        last = min((month.replace(day=28) + timedelta(days=7)).replace(day=1) - timedelta(days=1), today)
        for place, union in enumerate(BANK):
            dues = _contribution(union, "GEN", 9_500_00 + 1_000_00 * place, mirror=True)
            plan.append(Planned(working(month + timedelta(days=7 + place)), 4, dues))
            plan.append(Planned(working(month + timedelta(days=13)), 5, _contribution(union, "POL-US" if union == "ue" else "POL-CA", 850_00)))
            plan.append(Planned(last, 6, _bank_line(union, "Income:Interest", -stage.chance.randint(90_00, 210_00), "Interest per statement")))
            plan.append(Planned(last, 7, _bank_line(union, "Expense:Bank-fees", stage.chance.randint(14_00, 41_00), "Bank fee per statement")))
        for place, (union, number, *_) in enumerate(LOCALS):
            fund = stage.chance.choice(("STRIKE", "ORG", "EDU", "COM", "BARG"))
            amount = stage.chance.randint(300, 1_900) * 100
            plan.append(Planned(working(month + timedelta(days=3 + 3 * place)), 8, _contribution(union, fund, amount, local=number)))
    return plan


def _bank_line(union: str, path: str, amount: int, text: str, fund: str = "GEN", tags: tuple[str, ...] = ()) -> Step:
    account, currency = BANK[union]

    async def step(s: Stage) -> object:
        lines = (NamedPosting(f"joint/{path}", currency, fund, amount), NamedPosting(account, currency, fund, -amount))
        entry = NamedEntry(s.pool.today(), text, lines, reference=f"INV-{s.chance.randint(1_000, 9_999)}" if amount > 0 else "", tags=tags)
        return await journal.post_entry(s.pool, s.actors[f"{union} {s.chance.choice(('treasurer', 'deputy'))}"], s.key(), entry)

    return step


def _costs(stage: Stage, first: date, today: date) -> list[Planned]:
    """About ten costs a week, in the currency of the union whose account pays."""
    plan: list[Planned] = []
    for number in range(500):
        fund, path, texts = stage.chance.choice(COSTS)
        day = working(first + timedelta(days=stage.chance.randint(2, DAYS)))
        amount = stage.chance.randint(4_500, 145_000)
        plan.append(Planned(day, 10 + number, _bank_line(stage.chance.choice(tuple(BANK)), path, amount, stage.chance.choice(texts), fund)))
    return plan


# --- what happens now and then ----------------------------------------------------------------------------------------


def _rare(first: date, today: date) -> list[Planned]:
    """A correction, a reversal, a move between funds, quarterly revaluations, and a rate by hand that waits for a second person."""
    day = working(first + timedelta(days=48))
    plan = [
        Planned(day, 930, _wrong_fund),
        Planned(day + timedelta(days=12), 931, _corrected),
        Planned(working(first + timedelta(days=90)), 932, _between_funds),
        Planned(today, 990, _rate_by_hand),
    ]
    for month in months(first, today)[3::3]:
        plan.append(Planned(month - timedelta(days=1) if month > first else month, 980, _revalue))
    return plan


async def _wrong_fund(s: Stage) -> object:
    lines = (
        NamedPosting("joint/Expense:Interpretation", "CAD", "STRIKE", 3_480_00), NamedPosting(BANK["unifor"][0], "CAD", "STRIKE", -3_480_00),
    )  # fmt: skip
    entry = NamedEntry(s.pool.today(), "Interpretation, education conference", lines)
    s.numbers["wrong"] = str(await journal.post_number(s.pool, s.actors["unifor deputy"], s.key(), entry))
    return s.numbers["wrong"]


async def _corrected(s: Stage) -> object:
    lines = (
        NamedPosting("joint/Expense:Interpretation", "CAD", "EDU", 3_480_00), NamedPosting(BANK["unifor"][0], "CAD", "EDU", -3_480_00),
    )  # fmt: skip
    right = NamedEntry(s.pool.today(), "Interpretation, education conference", lines)
    actor = s.actors["unifor treasurer"]
    return await journal.correct(s.pool, actor, s.key(), int(s.numbers["wrong"]), s.pool.today(), right, "It belongs to the education fund")


async def _between_funds(s: Stage) -> object:
    move = MoveBetweenFunds(
        account=BANK["unifor"][0], currency="CAD", from_fund="GEN", to_fund="COM", amount_minor=8_000_00, entry_date=s.pool.today(),
        description="Board designation for the bilingual bulletin",
    )  # fmt: skip
    return await interfund.move_between_funds(s.pool, s.actors["unifor treasurer"], s.key(), move)


async def _revalue(s: Stage) -> object:
    return await revaluation.revalue(s.pool, s.actors["unifor treasurer"], s.key(), "joint", s.pool.today())


async def _rate_by_hand(s: Stage) -> object:
    day = s.pool.today() - timedelta(days=1)
    request = ProposeRate(observed_on=day, value=str(s.rate_on(day)), source="bank", remark="Taken from a bank slip")
    return await exchange.propose_rate(s.pool, s.actors["ue deputy"], s.key(), request)
