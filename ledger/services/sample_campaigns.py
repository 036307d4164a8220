"""Open the campaigns of the sample year: both unions, every initiative, an employer that both face, one that has ended. None of it is real."""

from datetime import date, timedelta

import msgspec

from ledger.domain.campaigns import BudgetLine, OpenCampaign
from ledger.services import campaigns
from ledger.services.sample_stage import Stage, Step


class Invented(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign: on which day of the year it is opened, by whom, led by whom, and for how long. Budget lines are (what, currency, minor units)."""

    key: str
    day: int
    days: int
    union: str
    by: str
    name: str
    initiative: str
    budget: tuple[tuple[str, str, int], ...]
    employer: str = ""
    local: str = ""
    description: str = ""
    lead: str = "campaign_lead"


CAMPAIGNS = (
    Invented(
        key="meridian ue", day=40, days=420, union="ue", by="officer", name="One contract at Meridian", initiative="bargaining", local="934",
        employer="Meridian Rail Works (sample)", budget=(
            ("Pension actuary", "USD", 9_500_00), ("Bargaining committee, travel", "USD", 12_000_00), ("Interpretation, joint meetings", "CAD", 3_200_00),
        ), description="Agreements on both sides of the border end in the same spring.\nCompare them clause by clause; bargain on the same days.",
    ),
    Invented(
        key="meridian unifor", day=47, days=420, union="unifor", by="campaign_lead", name="Meridian\u00a0: même employeur, même convention",
        initiative="bargaining", local="8610", employer="MERIDIAN RAIL WORKS (SAMPLE)", budget=(
            ("Comité de négociation, déplacements", "CAD", 14_000_00), ("Traduction des conventions", "CAD", 4_600_00),
        ), description="Négocier aux mêmes dates que la section locale 934 de UE.",
    ),
    Invented(
        key="graduates", day=75, days=300, union="ue", by="campaign_lead", name="Graduate workers, second unit", initiative="organizing", local="977",
        employer="Lakeshore Technical University (sample)", budget=(
            ("Two organizers, travel", "USD", 21_000_00), ("Cards and leaflets", "USD", 3_800_00), ("Hall rent", "USD", 1_250_00),
        ), description="Departments first, one steward in each. No public list of supporters before the filing.",
    ),
    Invented(
        key="harbour", day=96, days=330, union="unifor", by="officer", name="Harbour terminals, night shift", initiative="organizing", local="8722",
        lead="campaign_lead 2", employer="Fundy Harbour Terminals (sample)", budget=(
            ("House calls, travel", "CAD", 16_500_00), ("Leaflets in three languages", "CAD", 2_900_00),
        ),
    ),
    Invented(
        key="school", day=110, days=120, union="ue", by="campaign_lead", name="Stewards’ winter school", initiative="education", budget=(
            ("Room and meals", "USD", 8_400_00), ("Course materials", "USD", 2_150_00), ("Interpretation", "CAD", 2_700_00),
        ), description="Four days for stewards of both unions.",
    ),
    Invented(
        key="bulletin", day=150, days=365, union="unifor", by="campaign_lead", name="Bulletin bilingue commun", initiative="communication", budget=(
            ("Impression", "CAD", 11_000_00), ("Traduction", "CAD", 5_200_00), ("Postage in the United States", "USD", 1_900_00),
        ), description="Quatre numéros par année, les mêmes pages dans les deux langues.",
    ),
    Invented(
        key="procurement", day=200, days=200, union="unifor", by="officer", name="Des achats publics pour des emplois d’ici",
        initiative="political_action", lead="campaign_lead 2", budget=(
            ("Mémoire et comparution", "CAD", 3_500_00), ("Rencontres avec les élus", "CAD", 2_000_00),
        ),
    ),
    Invented(
        key="right to organize", day=262, days=300, union="ue", by="officer", name="The right to organize, state by state",
        initiative="political_action", budget=(),
    ),
)  # fmt: skip


def campaign_steps(first: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of every campaign, of a budget that changes, and of the one that ends; ``numbers`` keeps each as ``campaign KEY``."""
    opened = [(first + timedelta(days=each.day), 940, _open(each)) for each in CAMPAIGNS]
    return [*opened, (first + timedelta(days=180), 941, _more_for_the_graduates), (first + timedelta(days=238), 942, _school_ends)]


def _open(invented: Invented) -> Step:
    async def step(s: Stage) -> object:
        today = s.pool.today()
        asked = OpenCampaign(
            name=invented.name, initiative=invented.initiative, union=invented.union, lead=s.actors[f"{invented.union} {invented.lead}"].person_id,
            starts_on=today, ends_on=today + timedelta(days=invented.days), employer=invented.employer, local=invented.local,
            description=invented.description, budget=tuple(BudgetLine(*line) for line in invented.budget),
        )  # fmt: skip
        made = await campaigns.open_campaign(s.pool, s.actors[f"{invented.union} {invented.by}"], s.key(), asked)
        s.numbers[f"campaign {invented.key}"] = made.number
        return made

    return step


async def _more_for_the_graduates(s: Stage) -> object:
    number, lead = s.numbers["campaign graduates"], s.actors["ue campaign_lead"]
    lines = (("Two organizers, travel", "USD", 26_500_00), ("Cards and leaflets", "USD", 3_800_00), ("Hall rent", "USD", 1_250_00))
    return await campaigns.change_budget(s.pool, lead, s.key(), number, tuple(BudgetLine(*line) for line in lines), "A third campus joined")


async def _school_ends(s: Stage) -> object:
    number, lead = s.numbers["campaign school"], s.actors["ue campaign_lead"]
    return await campaigns.close_campaign(s.pool, lead, s.key(), number, "The school was held; 64 stewards took part")
