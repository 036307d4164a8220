"""What the unions lend and owe each other in the sample year: agreements, resources, bookings in every state, a loan, a quarter's equalisation.

No name, figure or document of it is real.
"""

from datetime import date, timedelta
from decimal import Decimal

from ledger.domain.agreements import ProposeAgreement, Signature, Terms
from ledger.domain.bookings import RequestBooking
from ledger.domain.deliveries import Line, Sheet
from ledger.domain.half_days import Span
from ledger.domain.joint_costs import RecordCost
from ledger.domain.loans import Instalment, ProposeLoan
from ledger.domain.memberships import CertifyMembership
from ledger.domain.mirrors import StepKind
from ledger.domain.resources import NewRate
from ledger.services import agreements, bookings, charge_backs, deliveries, equalisation, joint_costs, loans, resources, settlements, steps
from ledger.services.charge_backs import ChargeBack
from ledger.services.equalisation import ProposeEqualisation
from ledger.services.loans import LoanStep
from ledger.services.resources import OfferResource
from ledger.services.sample_stage import Stage, Step
from ledger.services.settlements import Settle
from ledger.storage import mirrors as step_store
from ledger.storage import reference

Moment = tuple[date, Step]
OTHER = {"ue": "unifor", "unifor": "ue"}
NAMES = {"ue": "UE", "unifor": "Unifor"}
MEMBERS = {"ue": (35_040, 34_960), "unifor": (314_800, 315_200)}


def between_steps(first: date, today: date) -> list[tuple[date, int, Step]]:
    """(day, order, step) of it all, in the order in which it happens."""
    signed = first + timedelta(days=21)
    moments = [*_agreed(signed), *_lent(signed + timedelta(days=20)), *_offered(signed + timedelta(days=3)), *_booked(today), *_equalised(today)]
    return [(day, 1_100 + place, step) for place, (day, step) in enumerate(moments) if day >= first]


def _mine(key: str) -> str:
    """The name under which a number is kept on the stage, which other parts of the year share."""
    return f"between: {key}"


def _treasurer(union: str) -> str:
    return f"{union} treasurer"


# --- agreements -----------------------------------------------------------------------------------------------------------


def _agreed(day: date) -> list[Moment]:
    signatures = (
        Signature("ue", "Bartholomew Quist-Adair", "Secretary-Treasurer", day - timedelta(days=5)),
        Signature("unifor", "Solange Thériault-Mbeki", "Secrétaire-trésorière", day - timedelta(days=4)),
    )
    lending = ProposeAgreement(
        kind="resources", title="Lent staff and shared equipment (sample)", valid_from=day, signatures=signatures,
        fixes="The union that borrows staff pays back 40 % of what they cost. Vehicles and halls are lent without charge.",
        terms=Terms(
            charge_back_percent=Decimal(40), rate_rule="month_average", settlement_rule="month_average", fee_borne_by="split", debt_currency="CAD",
            rate_source="boc", notice_days=90,
        ),
    )  # fmt: skip
    sharing = ProposeAgreement(
        kind="equalisation", title="Joint costs by membership (sample)", valid_from=day, signatures=signatures,
        fixes="Costs that both agreed to are shared every quarter by the average number of dues-paying members.",
        terms=Terms(
            share_basis="membership_average", currency="CAD", rate_rule="period_average", settlement_rule="settlement_day", fee_borne_by="sender",
            tolerance_minor=5_00, debt_currency="CAD", rate_source="boc",
        ),
    )  # fmt: skip
    found: list[Moment] = []
    for key, asked in (("lending", lending), ("sharing", sharing)):
        found += [(day, _propose_agreement(key, asked)), (day + timedelta(days=1), _confirm_agreement(key))]
    return found


def _propose_agreement(key: str, asked: ProposeAgreement) -> Step:
    async def step(stage: Stage) -> None:
        made = await agreements.propose_agreement(stage.pool, stage.actors["ue secretary_treasurer"], stage.key(), asked)
        stage.numbers[_mine(key)] = made.number

    return step


def _confirm_agreement(key: str) -> Step:
    async def step(stage: Stage) -> None:
        officer = stage.actors["unifor officer"]
        await agreements.confirm_agreement(stage.pool, officer, stage.key(), stage.numbers[_mine(key)], 1)

    return step


# --- a loan ---------------------------------------------------------------------------------------------------------------


def _lent(day: date) -> list[Moment]:
    """Unifor lends, UE repays twice, and a third repayment waits for Unifor's treasurer."""
    terms = ProposeLoan(
        lender="unifor", borrower="ue", currency="USD", limit_minor=60_000_00, starts_on=day, purpose="Strike support until the assessment comes in",
        lender_fund="GEN", borrower_fund="STRIKE", interest_percent=Decimal("1.5"), matures_on=day + timedelta(days=700),
        instalments=tuple(Instalment(day + timedelta(days=days), 15_000_00) for days in (120, 240, 360, 480)),
    )  # fmt: skip
    found = [(day, _propose_loan(terms)), (day + timedelta(days=2), _agree_to_loan())]
    found += [(day + timedelta(days=4), _move("unifor", "loan_drawdown", 45_000_00, "Drawn in one sum"))]
    found += [(day + timedelta(days=4), _accept("ue", "loan move"))]
    for days in (121, 238):
        found += [(day + timedelta(days=days), _move("ue", "loan_repayment", 15_000_00, "Instalment, by wire"))]
        found += [(day + timedelta(days=days + 1), _accept("unifor", "loan move"))]
    return [*found, (day + timedelta(days=310), _move("ue", "loan_repayment", 5_000_00, "Part of the third instalment"))]


def _propose_loan(terms: ProposeLoan) -> Step:
    async def step(stage: Stage) -> None:
        stage.numbers[_mine("loan")] = (await loans.propose_loan(stage.pool, stage.actors[_treasurer("unifor")], stage.key(), terms)).number

    return step


def _agree_to_loan() -> Step:
    async def step(stage: Stage) -> None:
        await loans.agree_to_loan(stage.pool, stage.actors[_treasurer("ue")], stage.key(), stage.numbers[_mine("loan")])

    return step


async def _own_bank(stage: Stage, union: str, currency: str) -> int:
    async with stage.pool.database.reading() as connection:
        return (await reference.account(connection, union, f"Assets:Bank:{NAMES[union]}-trust-{currency}", currency)).id


def _move(union: str, kind: StepKind, amount_minor: int, text: str) -> Step:
    async def step(stage: Stage) -> None:
        asked = LoanStep(
            kind=kind, amount_minor=amount_minor, entry_date=stage.pool.today(), description=text, account=await _own_bank(stage, union, "USD"),
        )  # fmt: skip
        made = await loans.propose_step(stage.pool, stage.actors[_treasurer(union)], stage.key(), stage.numbers[_mine("loan")], asked)
        stage.numbers[_mine("loan move")] = made.number

    return step


def _accept(union: str, key: str, fund: str = "") -> Step:
    async def step(stage: Stage) -> None:
        async with stage.pool.database.reading() as connection:
            waits = await step_store.step(connection, stage.numbers[_mine(key)])
        currency = waits.paid.currency if waits.paid else waits.currency
        account = await _own_bank(stage, union, currency) if waits.moves_money else None
        await steps.accept_step(stage.pool, stage.actors[_treasurer(union)], stage.key(), waits.number, fund, account)

    return step


# --- resources ------------------------------------------------------------------------------------------------------------

_HOURS = Decimal("7.5")


def _offered(day: date) -> list[Moment]:
    offers = {
        "organizer": OfferResource(
            union="unifor", kind="organizer", name="Organizer, Windsor (sample)", place="Windsor", unit="hour", basis="actual_cost", currency="CAD",
            offered_from=day, hours_per_day=_HOURS, conditions="English and French. Travel is paid by who borrows.",
            rate=NewRate(valid_from=day, rate=Decimal("52.40"), source="Payroll with benefits, sample"),
        ),
        "van": OfferResource(
            union="ue", kind="vehicle", name="Nine-seat van (sample)", place="Erie", unit="day", basis="standard_rate", currency="USD", offered_from=day,
            distance_unit="mi", conditions="Bring it back with a full tank.",
            rate=NewRate(valid_from=day, rate=Decimal("35.00"), distance_rate=Decimal("0.70"), source="Rate card 1, sample"),
        ),
        "hall": OfferResource(
            union="unifor", kind="training_centre", name="Lakeside training centre (sample)", place="Port Elgin", unit="room_day", basis="standard_rate",
            currency="CAD", offered_from=day, exclusive=False, capacity=4, conditions="Four rooms of thirty seats.",
            rate=NewRate(valid_from=day, rate=Decimal("240.00"), source="Rate card 2, sample"),
        ),
        "phones": OfferResource(
            union="ue", kind="phone_bank", name="Phone-bank seats (sample)", place="Pittsburgh", unit="seat_month", basis="not_valued", currency="USD",
            offered_from=day, exclusive=False, capacity=25, conditions="Lists stay with their own union.",
        ),
        "interpreters": OfferResource(
            union="unifor", kind="interpretation", name="Interpreters EN/FR (sample)", place="Montréal", unit="hour", basis="market_rate", currency="CAD",
            offered_from=day, exclusive=False, capacity=2, hours_per_day=_HOURS, conditions="Two of them where it is simultaneous.",
            rate=NewRate(valid_from=day, rate=Decimal("95.00"), source="Quotation, sample"),
        ),
    }  # fmt: skip
    return [(day, _offer(key, asked)) for key, asked in offers.items()]


def _offer(key: str, asked: OfferResource) -> Step:
    async def step(stage: Stage) -> None:
        officer = stage.actors[f"{asked.union} officer"]
        stage.numbers[_mine(key)] = (await resources.offer_resource(stage.pool, officer, stage.key(), asked)).number

    return step


def _booked(today: date) -> list[Moment]:
    """An organizer lent for six weeks, delivered and charged back; a van delivered and disputed; and bookings in every other state."""
    start = _monday(today - timedelta(days=120))
    far = _monday(today + timedelta(days=28))
    weeks = [start + timedelta(days=7 * week + day) for week in range(6) for day in range(5)]
    hours = Sheet(lines=tuple(Line(day=day, quantity=_HOURS) for day in weeks))
    trip = start + timedelta(days=56)
    drive = Sheet(lines=(Line(day=trip, quantity=Decimal(1), distance=Decimal(212)),), distance_unit="mi")
    over = weeks[-1] + timedelta(days=3)
    return [
        (start - timedelta(days=20), _ask("lent", "ue", "organizer", weeks[0], weeks[-1], "House calls in the second unit", planned=Decimal(225))),
        (start - timedelta(days=18), _confirm("lent", "unifor")),
        (over, _record("lent", "unifor", hours)), (over + timedelta(days=1), _confirm_delivery("lent", "ue")),
        (over + timedelta(days=3), _charge_back("lent", "unifor")), (over + timedelta(days=5), _accept("ue", "charge", "GEN")),
        (trip - timedelta(days=6), _ask("trip", "unifor", "van", trip, trip, "To the joint picket")), (trip - timedelta(days=4), _confirm("trip", "ue")),
        (trip + timedelta(days=2), _record("trip", "ue", drive)), (trip + timedelta(days=3), _dispute("trip", "unifor", Decimal("0.5"))),
        (today - timedelta(days=9), _ask("school", "ue", "hall", far, far + timedelta(days=2), "Stewards’ school", quantity=2)),
        (today - timedelta(days=8), _confirm("school", "unifor")),
        (today - timedelta(days=6), _ask("calls", "unifor", "phones", far, far + timedelta(days=27), "Calls before the vote", quantity=10)),
        (today - timedelta(days=5), _hold("calls", "ue", today + timedelta(days=6))),
        (today - timedelta(days=5), _ask("meeting", "ue", "interpreters", far, far, "Joint bargaining meeting", quantity=2, planned=Decimal(15))),
        (today - timedelta(days=4), _ask("second van", "unifor", "van", far + timedelta(days=8), far + timedelta(days=9), "Caravan to the plant")),
        (today - timedelta(days=3), _decline("second van", "ue", "It is in the garage that week.")),
        (today - timedelta(days=3), _ask("rally", "unifor", "van", far + timedelta(days=2), far + timedelta(days=3), "Rally at the border")),
        (today - timedelta(days=2), _confirm("rally", "ue")), (today - timedelta(days=1), _cancel("rally", "unifor", "The rally was put off.")),
    ]  # fmt: skip


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _ask(
    key: str, union: str, what: str, first: date, last: date, purpose: str, quantity: int = 1, planned: Decimal | None = None
) -> Step:
    async def step(stage: Stage) -> None:
        agreement = stage.numbers[_mine("lending")] if what == "organizer" else ""
        asked = RequestBooking(
            resource=stage.numbers[_mine(what)], span=Span(first_day=first, last_day=last), fund="GEN", purpose=purpose, activity=purpose,
            quantity=quantity, planned=planned, agreement=agreement,
        )  # fmt: skip
        stage.numbers[_mine(key)] = (await bookings.request_booking(stage.pool, stage.actors[f"{union} officer"], stage.key(), asked)).number

    return step


def _confirm(key: str, union: str) -> Step:
    async def step(stage: Stage) -> None:
        await bookings.confirm_booking(stage.pool, stage.actors[f"{union} officer"], stage.key(), stage.numbers[_mine(key)])

    return step


def _hold(key: str, union: str, until: date) -> Step:
    async def step(stage: Stage) -> None:
        await bookings.hold_booking(stage.pool, stage.actors[f"{union} officer"], stage.key(), stage.numbers[_mine(key)], until)

    return step


def _decline(key: str, union: str, reason: str) -> Step:
    async def step(stage: Stage) -> None:
        await bookings.decline_booking(stage.pool, stage.actors[f"{union} officer"], stage.key(), stage.numbers[_mine(key)], reason)

    return step


def _cancel(key: str, union: str, reason: str) -> Step:
    async def step(stage: Stage) -> None:
        await bookings.cancel_booking(stage.pool, stage.actors[f"{union} officer"], stage.key(), stage.numbers[_mine(key)], reason)

    return step


def _record(key: str, union: str, sheet: Sheet) -> Step:
    async def step(stage: Stage) -> None:
        made = await deliveries.record_delivery(stage.pool, stage.actors[f"{union} officer"], stage.key(), stage.numbers[_mine(key)], sheet, submit=True)
        stage.numbers[_mine(f"{key} delivery")] = made.number

    return step


def _confirm_delivery(key: str, union: str) -> Step:
    async def step(stage: Stage) -> None:
        officer, number = stage.actors[f"{union} officer"], stage.numbers[_mine(f"{key} delivery")]
        shown = (await deliveries.show_delivery(stage.pool, officer, number)).delivery
        await deliveries.confirm_delivery(stage.pool, officer, stage.key(), number, shown.revision)

    return step


def _dispute(key: str, union: str, claimed: Decimal) -> Step:
    async def step(stage: Stage) -> None:
        officer, number = stage.actors[f"{union} officer"], stage.numbers[_mine(f"{key} delivery")]
        shown = (await deliveries.show_delivery(stage.pool, officer, number)).delivery
        await deliveries.dispute_delivery(stage.pool, officer, stage.key(), number, shown.revision, claimed, "It came back at noon.")

    return step


def _charge_back(key: str, union: str) -> Step:
    async def step(stage: Stage) -> None:
        asked = ChargeBack(
            agreement=stage.numbers[_mine("lending")], deliveries=(stage.numbers[_mine(f"{key} delivery")],), entry_date=stage.pool.today(),
            description="Organizer on loan, 40 % of the cost", fund="GEN",
        )  # fmt: skip
        stage.numbers[_mine("charge")] = (await charge_backs.propose_charge_back(stage.pool, stage.actors[_treasurer(union)], stage.key(), asked)).number

    return step


# --- a quarter's equalisation ---------------------------------------------------------------------------------------------


def _equalised(today: date) -> list[Moment]:
    """Last quarter's joint costs, agreed, equalised and settled in US dollars; and a cost of this quarter that waits."""
    this = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    end = this - timedelta(days=1)
    start = date(end.year, end.month - 2, 1)
    costs = (
        ("ue", "USD", 12_000_00, "Border caravan, buses (sample)", 20), ("unifor", "CAD", 61_500_00, "Joint advertising, two languages (sample)", 35),
        ("unifor", "CAD", 22_000_00, "Pension actuary for both tables (sample)", 62),
    )  # fmt: skip
    found: list[Moment] = []
    for union, counts in MEMBERS.items():
        for days, members in zip((5, 66), counts, strict=True):
            found.append((start + timedelta(days=days), _certify(union, start + timedelta(days=days - 4), members)))
    for union, currency, minor, what, days in costs:
        paid = start + timedelta(days=days)
        found += [(paid + timedelta(days=2), _claim(union, currency, minor, what, paid)), (paid + timedelta(days=6), _agree(OTHER[union], what))]
    found += [(end + timedelta(days=8), _equalise(start, end)), (end + timedelta(days=11), _accept("unifor", "equalisation", "GEN"))]
    found += [(end + timedelta(days=20), _settle()), (end + timedelta(days=22), _accept("ue", "settlement", "GEN"))]
    return [*found, (today - timedelta(days=4), _claim("ue", "USD", 3_480_00, "Strike school, shared rooms (sample)", today - timedelta(days=8)))]


def _certify(union: str, as_of: date, members: int) -> Step:
    async def step(stage: Stage) -> None:
        asked = CertifyMembership(as_of=as_of, members=members, source="Dues-paying members by the dues run (sample)")
        await joint_costs.certify_membership(stage.pool, stage.actors[_treasurer(union)], stage.key(), asked)

    return step


def _claim(union: str, currency: str, amount_minor: int, what: str, paid_on: date) -> Step:
    async def step(stage: Stage) -> None:
        asked = RecordCost(paid_on=paid_on, currency=currency, amount_minor=amount_minor, what=what, reference="Sample invoice")
        stage.numbers[_mine(what)] = (await joint_costs.record_cost(stage.pool, stage.actors[_treasurer(union)], stage.key(), asked)).number

    return step


def _agree(union: str, what: str) -> Step:
    async def step(stage: Stage) -> None:
        await joint_costs.agree_to_cost(stage.pool, stage.actors[_treasurer(union)], stage.key(), stage.numbers[_mine(what)])

    return step


def _equalise(starts_on: date, ends_on: date) -> Step:
    async def step(stage: Stage) -> None:
        asked = ProposeEqualisation(
            agreement=stage.numbers[_mine("sharing")], starts_on=starts_on, ends_on=ends_on, fund="GEN",
            description="Joint costs of the quarter, by membership",
        )  # fmt: skip
        made = await equalisation.propose_equalisation(stage.pool, stage.actors[_treasurer("ue")], stage.key(), asked)
        stage.numbers[_mine("equalisation record")] = made.number
        stage.numbers[_mine("equalisation")] = made.step or ""

    return step


def _settle() -> Step:
    """Unifor pays what it owes in US dollars, at the rate that the agreement names."""

    async def step(stage: Stage) -> None:
        unifor, day = stage.actors[_treasurer("unifor")], stage.pool.today()
        offer = await equalisation.settlement_offer(stage.pool, unifor, stage.numbers[_mine("equalisation record")], "USD", day)
        kept = (await equalisation.show_equalisation(stage.pool, unifor, stage.numbers[_mine("equalisation record")])).equalisation
        asked = Settle(
            creditor=kept.creditor or "", debtor=kept.debtor or "", currency=kept.debt_currency, amount_minor=kept.balance_minor, entry_date=day,
            description=f"Settlement of {kept.number}", account=await _own_bank(stage, "unifor", "USD"), fund="GEN",
            paid=offer.paid, agreement=kept.agreement, subject=kept.number,
        )  # fmt: skip
        stage.numbers[_mine("settlement")] = (await settlements.propose_settlement(stage.pool, unifor, stage.key(), asked)).number

    return step
