"""Put what stands between two unions into words: steps and loans, their states, and who has one now."""

from ledger.domain.loans import Loan
from ledger.domain.mirrors import Step
from reports.i18n import N_, translate

# The pairs of ``mirrors.MIRRORED``.
MIRROR_PAIRS = (N_("Loans"), N_("Other debts"))
STEP_KINDS: dict[str, str] = {
    "loan_drawdown": N_("Loan drawn"), "loan_repayment": N_("Loan repaid"), "loan_interest": N_("Interest on a loan"),
    "loan_forgiveness": N_("Loan forgiven"), "charge_back": N_("Charged back"), "equalisation": N_("Equalisation"),
    "settlement": N_("Settlement between unions"), "step_reversal": N_("Undoing of a step"),
}  # fmt: skip
# The name of a state, and the kind of its chip.
STEP_STATES: dict[str, tuple[str, str]] = {
    "proposed": (N_("Waiting for the other union"), "wait"), "accepted": (N_("In both books"), "good"), "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), ""), "reversed": (N_("Undone in both books"), ""),
}  # fmt: skip
LOAN_STATES: dict[str, tuple[str, str]] = {
    "proposed": (N_("Waiting for the other union"), "wait"), "agreed": (N_("Agreed"), "good"), "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), ""), "settled": (N_("Settled"), "good"),
}  # fmt: skip
STEP_STANDING: dict[str, str] = {
    "proposed": N_("Proposed by %(proposer)s. Nothing is in the books until a treasurer of %(other)s accepts it."),
    "accepted": N_("A treasurer of each union agreed, and each union’s book holds its half."),
    "declined": N_("A treasurer of %(other)s declined it. Nothing was recorded."),
    "withdrawn": N_("%(proposer)s took it back. Nothing was recorded."),
    "reversed": N_("It was in both books, and was undone in both."),
}  # fmt: skip
LOAN_STANDING: dict[str, str] = {
    "proposed": N_("Terms proposed by %(proposer)s. Nothing can be drawn until a treasurer of %(other)s agrees."),
    "agreed": N_("Both unions agreed to the terms. Draws and repayments are steps that both accept."),
    "declined": N_("A treasurer of %(other)s declined the terms."),
    "withdrawn": N_("%(proposer)s took the terms back."),
    "settled": N_("Everything that was drawn came back or was forgiven: the loan is closed. What is lent again is a new loan."),
}  # fmt: skip


def step_kind(language: str, kind: str) -> str:
    """What a kind of step is called."""
    return translate(language, STEP_KINDS[kind])


def step_chip(language: str, state: str) -> tuple[str, str]:
    """How a step stands, and the kind of its chip."""
    name, kind = STEP_STATES[state]
    return translate(language, name), kind


def loan_chip(language: str, state: str) -> tuple[str, str]:
    """How a loan stands, and the kind of its chip."""
    name, kind = LOAN_STATES[state]
    return translate(language, name), kind


def step_standing(language: str, step: Step, names: dict[str, str]) -> str:
    """Who has a step now; ``names`` are the unions' by code."""
    return translate(language, STEP_STANDING[step.state], proposer=names[step.proposed_union], other=names[step.other_union])


def loan_standing(language: str, loan: Loan, names: dict[str, str]) -> str:
    """Who has a loan's terms now."""
    other = loan.borrower if loan.proposed_union == loan.lender else loan.lender
    return translate(language, LOAN_STANDING[loan.state], proposer=names[loan.proposed_union], other=names[other])
