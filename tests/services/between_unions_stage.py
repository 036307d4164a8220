"""The people and the first records that tests of what the unions lend and owe each other act with."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledger.domain.agreements import Agreement, ProposeAgreement, Signature, Terms
from ledger.domain.equalisation import Equalisation
from ledger.domain.joint_costs import JointCost, RecordCost
from ledger.domain.loans import Loan, ProposeLoan
from ledger.domain.memberships import CertifyMembership, MembershipCount
from ledger.domain.mirrors import Step, StepKind
from ledger.services import agreements, equalisation, exchange, joint_costs, loans, steps
from ledger.services.equalisation import ProposeEqualisation
from ledger.services.exchange import Upload
from ledger.services.loans import LoanStep
from ledger.services.pool import Pool
from ledger.storage import reference
from tests.services.requests_stage import Stage

TREASURERS = {"ue": "ue treasurer", "unifor": "unifor treasurer"}


def terms(**more: Any) -> ProposeLoan:
    """Unifor's loan of W16: USD 50,000 without interest, from its general fund to UE's strike fund."""
    said: dict[str, Any] = {
        "lender": "unifor", "borrower": "ue", "currency": "USD", "limit_minor": 5_000_000, "starts_on": date(2026, 2, 1),
        "purpose": "Strike support until the assessment comes in", "lender_fund": "GEN", "borrower_fund": "STRIKE",
    }  # fmt: skip
    return ProposeLoan(**(said | more))


SIGNATURES = (
    Signature("ue", "Ida Marlow", "General President", date(2026, 1, 1)), Signature("unifor", "Noémie Caron", "National President", date(2025, 12, 19)),
)  # fmt: skip
# W14: computed in CAD at the period's average, owed in CAD, settled at the rate of the settlement day.
EQUALISED = Terms(
    share_basis="membership_average", currency="CAD", debt_currency="CAD", rate_source="boc", rate_rule="period_average",
    settlement_rule="settlement_day", fee_borne_by="sender",
)  # fmt: skip


def agreement(**more: Any) -> ProposeAgreement:
    """An agreement on equalisation, as both unions signed it."""
    said: dict[str, Any] = {
        "kind": "equalisation", "title": "Equalisation of joint costs", "fixes": "Joint costs of a quarter are shared by average membership.",
        "valid_from": date(2026, 1, 1), "signatures": SIGNATURES, "terms": EQUALISED,
    }  # fmt: skip
    return ProposeAgreement(**(said | more))


async def agreed_agreement(stage: Stage, **more: Any) -> Agreement:
    """An agreement that Unifor recorded and UE confirmed."""
    made = await agreements.propose_agreement(stage.pool, stage.who["unifor officer"], stage.key(), agreement(**more))
    return await agreements.confirm_agreement(stage.pool, stage.who["ue officer"], stage.key(), made.number, made.version)


# --- what a quarter's equalisation rests on --------------------------------------------------------------------------------

QUARTER = (date(2026, 4, 1), date(2026, 6, 30))


async def daily_rates(stage: Stage, mean: Decimal, later: Decimal, starts_on: date = QUARTER[0], ends_on: date = QUARTER[1]) -> None:
    """Rates of every business day of a period, half above and half below their mean, and one that holds for the fortnight after."""
    days = [day for n in range((ends_on - starts_on).days + 1) if (day := starts_on + timedelta(days=n)).weekday() < 5]
    swing = [Decimal("0.0050") if place % 2 else Decimal("-0.0050") for place in range(len(days) - len(days) % 2)] + [Decimal(0)] * (len(days) % 2)
    lines = [f"{day},{mean + part}" for day, part in zip(days, swing, strict=True)]
    lines += [f"{day},{later}" for n in range(1, 16) if (day := ends_on + timedelta(days=n)).weekday() < 5]
    content = "\n".join(["date,FXUSDCAD", *lines]).encode()
    await exchange.load_rates_file(stage.pool, stage.who["ue treasurer"], stage.key(), Upload(content, "daily.csv"))


async def certified(stage: Stage, union: str, members: int, as_of: date = QUARTER[1]) -> MembershipCount:
    """A number of members that the union's officer certified."""
    asked = CertifyMembership(as_of=as_of, members=members, source="Dues records of the month")
    return await joint_costs.certify_membership(stage.pool, stage.who[f"{union} officer"], stage.key(), asked)


async def joint_cost(stage: Stage, union: str, amount_minor: int, currency: str, paid_on: date = date(2026, 5, 12), agreed: bool = True) -> JointCost:
    """A cost that a union claims, and the other's treasurer agrees to."""
    asked = RecordCost(paid_on=paid_on, currency=currency, amount_minor=amount_minor, what="Joint education week", reference="INV 88")
    cost = await joint_costs.record_cost(stage.pool, stage.who[TREASURERS[union]], stage.key(), asked)
    if not agreed:
        return cost
    other = "unifor" if union == "ue" else "ue"
    return await joint_costs.agree_to_cost(stage.pool, stage.who[TREASURERS[other]], stage.key(), cost.number)


async def equalised(stage: Stage, number: str, by: str = "ue", description: str = "Equalisation Q2") -> Equalisation:
    """The quarter's equalisation under an agreement, proposed by one union's treasurer."""
    asked = ProposeEqualisation(agreement=number, starts_on=QUARTER[0], ends_on=QUARTER[1], fund="GEN", description=description)
    return await equalisation.propose_equalisation(stage.pool, stage.who[TREASURERS[by]], stage.key(), asked)


# --- loans ----------------------------------------------------------------------------------------------------------------


async def agreed_loan(stage: Stage, **more: Any) -> Loan:
    """A loan that Unifor proposed and UE agreed to."""
    loan = await loans.propose_loan(stage.pool, stage.who["unifor treasurer"], stage.key(), terms(**more))
    return await loans.agree_to_loan(stage.pool, stage.who["ue treasurer"], stage.key(), loan.number)


async def own_bank(pool: Pool, union: str, currency: str, path: str = "") -> int:
    """The id of a bank account of a union's own book, the trust account where no other path is named."""
    name = {"ue": "UE", "unifor": "Unifor"}[union]
    async with pool.database.reading() as connection:
        return (await reference.account(connection, union, path or f"Assets:Bank:{name}-trust-{currency}", currency)).id


async def proposed(stage: Stage, loan: Loan, kind: StepKind, amount_minor: int, on: date, by: str = "unifor", **more: Any) -> Step:
    """A step of a loan, proposed by one union's treasurer with its own bank account."""
    account = await own_bank(stage.pool, by, loan.currency) if kind in ("loan_drawdown", "loan_repayment") else None
    text = more.pop("description", f"Loan {loan.number}")
    asked = LoanStep(kind=kind, amount_minor=amount_minor, entry_date=on, description=text, account=account, **more)
    return await loans.propose_step(stage.pool, stage.who[TREASURERS[by]], stage.key(), loan.number, asked)


async def accepted(stage: Stage, step: Step, fund: str = "") -> Step:
    """The step, accepted by the other union's treasurer with its own bank account and, where it chooses one, its general fund."""
    union, fund = step.other_union, fund or ("GEN" if step.chooses_fund else "")
    account = await own_bank(stage.pool, union, step.paid.currency if step.paid else step.currency) if step.moves_money else None
    return await steps.accept_step(stage.pool, stage.who[TREASURERS[union]], stage.key(), step.number, fund, account)


async def moved(stage: Stage, loan: Loan, kind: StepKind, amount_minor: int, on: date, by: str = "unifor", **more: Any) -> Step:
    """A step of a loan in both books."""
    return await accepted(stage, await proposed(stage, loan, kind, amount_minor, on, by, **more))

