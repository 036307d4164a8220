"""Six invented payees for the sample year: four that can be paid, one whose bank details wait, one without any.

The numbers pass every check and belong to nobody: no institution is 999, no routing number begins with 99, no French bank is 99999.
"""

from datetime import date, timedelta
from uuid import UUID

from ledger.domain.payees import AddPayee, ProposeAccount
from ledger.services import payees
from ledger.services.sample_stage import Stage, Step

_Who = tuple[str, str, str]  # name, country, remark
# Payee, currency, bank, numbers, call back, the union that proposed.
_Details = tuple[_Who, str, str, dict[str, str], str, str]
PRINTER_CA = ("Imprimerie du Quai (exemple)", "CA", "Tracts, affiches et bulletins")
PRINTER_US = ("Lakeside Union Printers (example)", "US", "Leaflets, cards and banners")
HALL_CA = ("Salle des Érables (exemple)", "CA", "Salles et repas")
SOUND_US = ("Prairie Sound and Video (example)", "US", "Sound, video and live streams")
ACTUARY = ("Cabinet Delta, actuaires (exemple)", "FR", "Études sur les régimes de retraite")
HALL_US = ("Northfield Hall (example)", "US", "Hall and parking for rallies")

CONFIRMED: tuple[_Details, ...] = (
    (PRINTER_CA, "CAD", "Caisse inventée, succursale du Port", {"institution": "999", "transit": "99901", "account": "1000001"},
     "Jeanne Exemple, comptabilité, au numéro du contrat de l’an dernier", "unifor"),
    (PRINTER_US, "USD", "Invented Savings, Lakeside branch", {"routing": "999999992", "account": "20000022"},
     "Sam Example, owner, on the number in our 2023 purchase order", "ue"),
    (HALL_CA, "CAD", "Caisse inventée, succursale de la Colline", {"institution": "999", "transit": "99902", "account": "3000033"},
     "Luc Exemple, direction, au numéro affiché à l’entrée de la salle", "ue"),
    (SOUND_US, "USD", "Invented Federal, Prairie branch", {"routing": "999999989", "account": "40000044"},
     "Dana Example, billing, on the number from last year’s convention file", "unifor"),
)  # fmt: skip
PROPOSED: _Details = (
    ACTUARY, "CAD", "Banque inventée, agence Centre", {"iban": "FR9599999999990000000000199"},
    "Nadia Exemple, associée, au numéro de sa carte remise en personne au congrès", "unifor",
)  # fmt: skip
OTHER = {"ue": "unifor", "unifor": "ue"}


def steps(first: date, today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of everything: payees in the first weeks, their details confirmed two days after the call back, one still waiting."""
    plan = [(first + timedelta(days=20), 940 + place, _added(*each)) for place, each in enumerate(everybody())]
    for place, details in enumerate(CONFIRMED):
        day = first + timedelta(days=24 + 7 * place)
        plan += [(day, 950, _proposed(details)), (day + timedelta(days=2), 951, _confirmed(details))]
    return [*plan, (today - timedelta(days=2), 952, _proposed(PROPOSED))]


def everybody() -> tuple[_Who, ...]:
    """All six."""
    return PRINTER_CA, PRINTER_US, HALL_CA, SOUND_US, ACTUARY, HALL_US


def _added(name: str, country: str, remark: str) -> Step:
    async def step(s: Stage) -> object:
        actor = s.actors["ue deputy" if country == "US" else "unifor deputy"]
        made = await payees.add_payee(s.pool, actor, s.key(), AddPayee(name=name, country=country, remark=remark))
        s.numbers[name] = made.number
        return made

    return step


def _proposed(proposed: _Details) -> Step:
    (name, *_), currency, bank, details, call_back, union = proposed

    async def step(s: Stage) -> object:
        holder, day = name.partition(" (")[0], s.pool.today()
        request = ProposeAccount(
            payee=s.numbers[name], currency=currency, holder=holder, bank=bank, details=details, call_back=f"{call_back}, {day.isoformat()}"
        )
        made = await payees.propose_account(s.pool, s.actors[f"{union} deputy"], s.key(), request)
        s.numbers[f"{name} details"] = str(made.id)
        return made

    return step


def _confirmed(proposed: _Details) -> Step:
    (name, *_), *_, union = proposed

    async def step(s: Stage) -> object:
        details = UUID(s.numbers[f"{name} details"])
        return await payees.confirm_account(s.pool, s.actors[f"{OTHER[union]} treasurer"], s.key(), s.numbers[name], details)

    return step
