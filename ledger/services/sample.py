"""Fill new books with a plausible year of invented figures, through the same services that people use.

The year ends today; every entry is recorded on its own day by a clock that walks through the year. No name or figure is real.
"""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.contributions import RecordContribution
from ledger.domain.exchange import ProposeRate, convert_at
from ledger.domain.interfund import MoveBetweenFunds
from ledger.domain.journal import NamedEntry, NamedPosting
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.refusals import Refusal
from ledger.domain.transfers import Receipt, Return, Sending
from ledger.services import contributions, exchange, interfund, journal, pledges, revaluation, sample_payees, sign_in, transfers
from ledger.services.operation import next_value
from ledger.services.pool import ZONE, Pool, running
from ledger.services.sample_campaigns import campaign_steps
from ledger.services.sample_requests import request_steps
from ledger.services.sample_strikes import strike_steps
from ledger.storage import people, reference
from ledger.storage.database import Database

SEED = 20_260_104
DAYS = 364

# (name, union, role, language, password). Invented people; their sign-ins work from the same machine only.
PEOPLE = (
    ("Odile Marchetti", "ue", "treasurer", "en", "sample-ue-treasurer"),
    ("Ravi Lindqvist", "ue", "deputy", "en", "sample-ue-deputy"),
    ("Wanda Achterberg", "ue", "officer", "en", "sample-ue-officer"),
    ("Bartholomew Quist-Adair", "ue", "secretary_treasurer", "en", "sample-ue-secretary"),
    ("Festus Okonjo-Hale", "ue", "board_member", "en", "sample-ue-board"),
    ("Marisol Petrakis", "ue", "campaign_lead", "en", "sample-ue-campaigns"),
    ("Leontyne Abara", "ue", "benefits_officer", "en", "sample-ue-benefits"),
    ("Casimir Duquesne", "ue", "trustee", "en", "sample-ue-trustee"),
    ("Ingrid Vasquez-Roy", "ue", "admin", "en", "sample-ue-admin"),
    ("Rosalie Tremblay-Nowak", "unifor", "treasurer", "fr", "sample-unifor-treasurer"),
    ("Anselme Beaudry-Singh", "unifor", "deputy", "fr", "sample-unifor-deputy"),
    ("Coralie Haddad-Morin", "unifor", "officer", "fr", "sample-unifor-officer"),
    ("Solange Thériault-Mbeki", "unifor", "secretary_treasurer", "fr", "sample-unifor-secretary"),
    ("Thaddeus Bellwether", "unifor", "board_member", "en", "sample-unifor-board"),
    ("Malaika Osei-Gagnon", "unifor", "campaign_lead", "en", "sample-unifor-campaigns"),
    ("Ghislain Ouellet-Farah", "unifor", "campaign_lead", "fr", "sample-unifor-campaigns-2"),
    ("Aurore Bilodeau-Khan", "unifor", "benefits_officer", "fr", "sample-unifor-benefits"),
    ("Philibert Castonguay", "unifor", "trustee", "fr", "sample-unifor-trustee"),
    ("Nadine Kowalczyk", "unifor", "admin", "en", "sample-unifor-admin"),
)
LOCALS = (
    ("ue", "901", "Lakeshore Machine Works", "Erie"), ("ue", "934", "Prairie Rail Shops", "Galesburg"), ("ue", "977", "Graduate Workers", "Ithaca"),
    ("unifor", "8504", "Steel City Assembly", "Hamilton"), ("unifor", "8610", "Atelier de l’Outaouais", "Gatineau"),
    ("unifor", "8722", "Harbour Terminals", "Halifax"),
)  # fmt: skip
BANK = {"ue": ("joint/Assets:Bank:UE-trust-USD", "USD"), "unifor": ("joint/Assets:Bank:Unifor-trust-CAD", "CAD")}
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

Step = Callable[["Stage"], Awaitable[object]]


class Clock:
    """The time it is in the sample year; moves a minute for each thing recorded."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, day: date) -> None:
        """Make it mid-morning of a day, Toronto time; never later than the real present."""
        self.now = min(datetime.combine(day, time(10, 0), ZONE).astimezone(UTC), datetime.now(UTC))

    def tick(self) -> None:
        """Let a minute pass."""
        self.now = min(self.now + timedelta(minutes=1), datetime.now(UTC))


class Stage(msgspec.Struct):
    """What the steps of the year act with."""

    pool: Pool
    actors: dict[str, Actor]
    accounts: dict[str, int]
    chance: random.Random
    rates: dict[date, Decimal]
    numbers: dict[str, str] = {}
    keys: int = 0

    def key(self) -> str:
        """A key of its own for each step."""
        self.keys += 1
        return f"sample-{self.keys:06d}"

    def rate_on(self, day: date) -> Decimal:
        """The sample rate of a day or the last before it."""
        while day not in self.rates:
            day -= timedelta(days=1)
        return self.rates[day]


class Planned(msgspec.Struct, frozen=True):
    """One thing that happens on a day of the year."""

    day: date
    order: int
    step: Step


async def load_sample(database: Database, progress: Callable[[int, int], None] | None = None) -> int:
    """Fill empty books with the sample year; how many steps it took. ``progress`` is told (done, of)."""
    clock = Clock()
    today = clock().astimezone(ZONE).date()
    async with running(database, clock) as pool:
        chance = random.Random(SEED)
        first = today - timedelta(days=DAYS)
        clock.set(first)
        stage = Stage(pool, await _people(pool, first), await _accounts(pool), chance, _rates(chance, first - timedelta(days=7), today))
        plan = sorted(_plan(stage, first, today), key=lambda planned: (planned.day, planned.order))
        for done, planned in enumerate(plan, 1):
            if clock.now.astimezone(ZONE).date() != planned.day:
                clock.set(planned.day)
            await _take(stage, planned)
            clock.tick()
            if progress and done % 20 == 0:
                progress(done, len(plan))
        await _mark_seen(pool)
    return len(plan)


async def _take(stage: Stage, planned: Planned) -> None:
    # A cost that its fund cannot bear any more is refused as in life; everything else must pass.
    try:
        await planned.step(stage)
    except Refusal as refusal:
        if refusal.code not in ("insufficient_balance", "insufficient_available", "nothing_to_revalue"):
            raise


# --- people and chart ---------------------------------------------------------------------------------------------------


async def _people(pool: Pool, first: date) -> dict[str, Actor]:
    actors = {}
    hashed = {password: await sign_in.hash_password(password) for *_, password in PEOPLE}
    async with pool.database.writing() as connection:
        await reference.set_setting(connection, "sample", True)
        for name, union, role, language, password in PEOPLE:
            person_id = await next_value(connection, "person")
            email = f"{password.removeprefix('sample-')}@example.org"
            await people.add(connection, person_id, name, email, union, language)
            await people.change(connection, person_id, password_hash=hashed[password], sample_password=password)
            await people.add_grant(connection, person_id, role, first, first.replace(year=first.year + 3, month=12, day=31), person_id)
            part = f"{union} {role}"
            actors[f"{part} 2" if part in actors else part] = Actor(person_id, name, union, frozenset({role}), "page")
        for union, number, name, city in LOCALS:
            local_id = await next_value(connection, "local")
            await connection.execute(
                "INSERT INTO locals (id, union_code, number, name, city) VALUES ($1, $2, $3, $4, $5)", local_id, union, number, name, city
            )
    return actors


async def _accounts(pool: Pool) -> dict[str, int]:
    async with pool.database.reading() as connection:
        return {f"{account.book}/{account.path}": account.id for account in await reference.accounts(connection, "joint", "bank")}


async def _mark_seen(pool: Pool) -> None:
    async with pool.database.writing() as connection:
        head = await connection.fetchval("SELECT number FROM head")
        for person, _ in await people.sample_people(connection, pool.today()):
            await people.change(connection, person.id, last_seen_entry=max(0, head - 6))


# --- rates --------------------------------------------------------------------------------------------------------------


def _rates(chance: random.Random, first: date, last: date) -> dict[date, Decimal]:
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


# --- the year -----------------------------------------------------------------------------------------------------------


def _plan(stage: Stage, first: date, today: date) -> list[Planned]:
    plan = [Planned(first, 0, lambda s: _load_rates(s, first - timedelta(days=7), first))]
    plan += [Planned(day, 0, _rate_of(day)) for day in stage.rates if day > first]
    plan += [Planned(first, 1, _opening(union, fund, place, first)) for place, union in enumerate(BANK) for fund in OPENING]
    plan += [Planned(first, 2, _own_opening(union, first)) for union in BANK]
    plan += _pledges(stage, first, today)
    plan += _monthly(stage, first, today)
    plan += _costs(stage, first, today)
    plan += _transfers(stage, first, today)
    plan += _rare(stage, first, today)
    plan += [Planned(*each) for each in campaign_steps(first)]
    plan += [Planned(*step) for step in sample_payees.steps(first, today)]
    plan += [Planned(*step) for step in request_steps(first, today)]
    plan += [Planned(*step) for step in strike_steps(first, today)]
    return [planned for planned in plan if planned.day <= today]


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


def _months(first: date, today: date) -> list[date]:
    months, day = [], first.replace(day=1)
    while day <= today:
        months.append(max(day, first))
        day = (day.replace(day=28) + timedelta(days=7)).replace(day=1)
    return months


def _working(day: date) -> date:
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _pledges(stage: Stage, first: date, today: date) -> list[Planned]:
    """Two pledges of each union: one that is kept, one that falls into arrears, under both policies."""
    plan: list[Planned] = []
    promised = (
        ("ue", "STRIKE", "USD", 160_000_00, "recognised", "GEB-02", 4), ("unifor", "STRIKE", "CAD", 240_000_00, "recognised", "NEB-01", 3),
        ("ue", "EDU", "USD", 24_000_00, "memo", "GEB-05", 2), ("unifor", "ORG", "CAD", 60_000_00, "memo", "NEB-04", 4),
    )  # fmt: skip
    for place, (union, fund, currency, amount, policy, resolution, paid) in enumerate(promised):
        due = [_working(first + timedelta(days=60 + 85 * part)) for part in range(4)]
        instalments = tuple(Instalment(day, amount // 4) for day in due)
        pledge = RecordPledge(
            union=union, fund=fund, currency=currency, amount_minor=amount, approved_on=first + timedelta(days=9), policy=policy,
            resolution=f"{resolution}/{first.year}", instalments=instalments,
        )  # fmt: skip
        plan.append(Planned(first + timedelta(days=10), 2, _record_pledge(union, fund, pledge)))
        for part in range(paid):
            share = amount // 4 if (part, place) != (2, 1) else amount // 6
            plan.append(Planned(_working(due[part] - timedelta(days=3)), 3, _contribution(union, fund, share, pledged=f"{union} {fund}")))
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
    for month in _months(first, today):
        last = min((month.replace(day=28) + timedelta(days=7)).replace(day=1) - timedelta(days=1), today)
        for place, union in enumerate(BANK):
            dues = _contribution(union, "GEN", 9_500_00 + 1_000_00 * place, mirror=True)
            plan.append(Planned(_working(month + timedelta(days=7 + place)), 4, dues))
            plan.append(Planned(_working(month + timedelta(days=13)), 5, _contribution(union, "POL-US" if union == "ue" else "POL-CA", 850_00)))
            plan.append(Planned(last, 6, _bank_line(union, "Income:Interest", -stage.chance.randint(90_00, 210_00), "Interest per statement")))
            plan.append(Planned(last, 7, _bank_line(union, "Expense:Bank-fees", stage.chance.randint(14_00, 41_00), "Bank fee per statement")))
        for place, (union, number, *_) in enumerate(LOCALS):
            fund = stage.chance.choice(("STRIKE", "ORG", "EDU", "COM", "BARG"))
            amount = stage.chance.randint(300, 1_900) * 100
            plan.append(Planned(_working(month + timedelta(days=3 + 3 * place)), 8, _contribution(union, fund, amount, local=number)))
    return plan


def _rate_of(day: date) -> Step:
    async def step(s: Stage) -> None:
        await _load_rates(s, day, day)

    return step


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
        day = _working(first + timedelta(days=stage.chance.randint(2, DAYS)))
        amount = stage.chance.randint(4_500, 145_000)
        plan.append(Planned(day, 10 + number, _bank_line(stage.chance.choice(tuple(BANK)), path, amount, stage.chance.choice(texts), fund)))
    return plan


# --- across the border ----------------------------------------------------------------------------------------------------


def _transfers(stage: Stage, first: date, today: date) -> list[Planned]:
    """Transfers in every state: received both ways, returned and sent again, taken back, disputed, in transit new and old."""
    plan: list[Planned] = []
    for number in range(16):
        sender = ("ue", "unifor")[number % 2]
        sent = _working(first + timedelta(days=15 + 21 * number))
        if sent < today - timedelta(days=25):
            plan += _received(stage, f"regular {number}", sender, sent, converts=number % 4 == 3)
    plan += _returned(stage, _working(first + timedelta(days=105)))
    for name, sender, ago in (("on its way", "ue", 4), ("overdue", "unifor", 17), ("disputed", "unifor", 9), ("new", "ue", 1)):
        plan.append(Planned(_working(today - timedelta(days=ago + 2)), 900, _send(name, sender, stage.chance.randint(40, 160) * 100_00)))
    plan.append(Planned(today - timedelta(days=3), 901, _dispute("disputed")))
    taken_back = _working(first + timedelta(days=200))
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
    arrived = _working(sent + timedelta(days=stage.chance.randint(1, 5)))
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

    again = _working(sent + timedelta(days=9))
    return [
        Planned(sent, 920, _send("came back", "ue", 10_000_00)),
        Planned(_working(sent + timedelta(days=7)), 921, come_back),
        Planned(again, 922, _send("sent again", "ue", 9_965_00, replaces="came back")),
        Planned(_working(again + timedelta(days=2)), 923, _confirm("sent again", "ue")),
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


# --- what happens now and then ----------------------------------------------------------------------------------------------


def _rare(stage: Stage, first: date, today: date) -> list[Planned]:
    """A correction, a reversal, a move between funds, quarterly revaluations, and a rate by hand that waits for a second person."""
    day = _working(first + timedelta(days=48))
    plan = [
        Planned(day, 930, _wrong_fund),
        Planned(day + timedelta(days=12), 931, _corrected),
        Planned(_working(first + timedelta(days=90)), 932, _between_funds),
        Planned(today, 990, _rate_by_hand),
    ]
    for month in _months(first, today)[3::3]:
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


