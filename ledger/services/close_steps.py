"""Find how far each step of a close has come, union by union, from the books themselves and from what the unions' treasuries confirmed."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.accounts import Account
from ledger.domain.bank_reconciliation import Proof
from ledger.domain.chart import JOINT
from ledger.domain.closes import STEPS, Close, Confirmation, Report, Signature, Step, StepName, computed, reviewed
from ledger.domain.exchange import BASE, QUOTE
from ledger.domain.refusals import RateMissing
from ledger.services.bank_reconciliation import accounts_to_reconcile, proof
from ledger.services.comparison import Comparison, at_cutoff
from ledger.services.holidays import banking_days
from ledger.services.revaluation import book_on_day
from ledger.storage import rates, reference, transfers
from ledger.storage.database import Connection
from ledger.storage.journal import read_funds

# Where rates come from that are published on banking days.
RATES_COUNTRY = "CA"
SUSPENSE = "Liabilities:Suspense"


class Left(msgspec.Struct, frozen=True):
    """What there is to look over, where to look, what else is known, and how much is whose alone (None where it is everybody's).

    ``blocked`` is what nobody can agree to.
    """

    facts: list[Any]
    url: str
    known: dict[str, Any] = {}
    owners: dict[str, int] | None = None
    blocked: bool = False


async def steps_of(
    connection: Connection, close: Close, confirmations: Sequence[Confirmation], report: Report | None, signatures: Sequence[Signature], now: datetime,
    compared: Sequence[Comparison],
) -> list[Step]:  # fmt: skip
    """Every step, in order, as it stands in this snapshot; ``compared`` are the comparisons of its last day."""
    unions = [union.code for union in await reference.unions(connection)]
    found = {name: _reviewed(name, unions, confirmations, left) for name, left in (await _lefts(connection, close, compared)).items()}
    found["revaluation"] = await _revaluation(connection, close, unions, now)
    found |= {step.name: step for step in ends_of(close, unions, report, signatures)}
    return [found[name] for name in STEPS]


def _reviewed(name: StepName, unions: Sequence[str], confirmations: Sequence[Confirmation], left: Left) -> Step:
    clear = [union for union in unions if left.owners is not None and union not in left.owners]
    step = reviewed(name, unions, confirmations, left.facts, left.url, clear)
    step = msgspec.structs.replace(step, known=left.known, left=left.owners or {})
    return msgspec.structs.replace(step, done=dict.fromkeys(unions, False), listed=False) if left.blocked else step


def ends_of(close: Close, unions: Sequence[str], report: Report | None, signatures: Sequence[Signature]) -> list[Step]:
    """The last two steps: whether the report is fixed, and who has signed it."""
    declined = any(each.decision == "declined" for each in signatures)
    fixed = report is not None and close.state in ("fixed", "locked") and not declined
    signed = {each.union for each in signatures if each.decision == "signed"}
    done = {union: fixed and union in signed for union in unions}
    return [
        computed("fixed", unions, 0 if fixed else 1, f"/close/{close.number}/fix"),
        Step("signed", done, None, sum(not each for each in done.values()), f"/close/{close.number}/sign"),
    ]


async def facts_of(connection: Connection, close: Close, name: StepName) -> Any:
    """What a confirmation of a step confirms now."""
    return msgspec.to_builtins((await _lefts(connection, close, await at_cutoff(connection, close.ends_on)))[name].facts)


async def _lefts(connection: Connection, close: Close, compared: Sequence[Comparison]) -> dict[StepName, Left]:
    """What is left of each step that people look over."""
    proofs = await _proofs(connection, close)
    return {
        "statements": _statements(proofs), "matched": _matched(proofs), "in_transit": await _in_transit(connection, close),
        "rates": await _rates(connection, close), "compared": _compared(close, compared), "commitments": await _commitments(connection, close),
        "suspense": await _suspense(connection, close),
    }  # fmt: skip


async def _in_transit(connection: Connection, close: Close) -> Left:
    found = await transfers.in_transit(connection, close.ends_on)
    items = [[each.transfer.number, each.amount_minor, each.transfer.transit_currency, each.transfer.sent_on] for each in found]
    return Left(items, f"/reports/in-transit?as_of={close.ends_on}")


async def _rates(connection: Connection, close: Close) -> Left:
    known = dict(await rates.daily_values(connection, BASE, QUOTE, close.starts_on, close.ends_on))
    wanted = await banking_days(connection, close.starts_on, close.ends_on, RATES_COUNTRY)
    facts = {"days": len(wanted), "closing": str(known[max(known)])} if known else {}
    return Left([day.isoformat() for day in wanted if day not in known], f"/rates?from={close.starts_on}&to={close.ends_on}", facts)


async def _commitments(connection: Connection, close: Close) -> Left:
    accounts = await reference.accounts(connection, JOINT, "encumbrances")
    return Left(await _balances(connection, close, {account.id: account.currency for account in accounts}), "/requests")


async def _suspense(connection: Connection, close: Close) -> Left:
    accounts = [account for account in await reference.accounts(connection, JOINT) if account.path == SUSPENSE]
    url = f"/journal?book=joint&account=joint/{SUSPENSE}&to={close.ends_on}"
    return Left(await _balances(connection, close, {account.id: account.currency for account in accounts}), url)


async def _balances(connection: Connection, close: Close, currencies: dict[int, str]) -> list[Any]:
    """(fund, currency, minor units) of what some accounts hold at the end of the period, without zeros."""
    funds = await read_funds(connection)
    found = await rates.balances_on(connection, sorted(currencies), close.ends_on)
    return sorted([funds[fund_id].code, currencies[account_id], minor] for (account_id, fund_id), minor in found.items() if minor)


def _statements(proofs: Sequence[tuple[Account, Proof]]) -> Left:
    """Joint accounts that were used and that no kept statement reaches the last day of; each is its custodian's to bring."""
    missing = [account for account, each in proofs if each.statement_minor is None]
    owners = Counter(str(account.custodian) for account in missing)
    return Left([account.label for account in missing], "/bank", {"accounts": len(proofs)}, dict(owners))


def _matched(proofs: Sequence[tuple[Account, Proof]]) -> Left:
    """Joint accounts whose statement is there and not proved, with what is left over."""
    found = [(account, each) for account, each in proofs if each.statement_minor is not None and not each.reconciled]
    items = [[account.label, each.difference_minor, account.currency] for account, each in found]
    owners: Counter[str] = Counter()
    for account, each in found:
        owners[str(account.custodian)] += len(each.unrecorded)
    lines = {account.label: len(each.unrecorded) for account, each in found}
    proved = sum(each.statement_minor is not None for _, each in proofs)
    return Left(items, "/bank", {"accounts": proved, "lines": lines}, dict(owners))


async def _proofs(connection: Connection, close: Close) -> list[tuple[Account, Proof]]:
    accounts = [each for each in await accounts_to_reconcile(connection, day=close.ends_on) if each.book == JOINT]
    return [(each, await proof(connection, each, close.ends_on)) for each in accounts]


def _compared(close: Close, found: Sequence[Comparison]) -> Left:
    """What was not compared and agreed to by both: debts between the unions by pair and currency, and what each says it paid into the pool or has on
    its way there. What is unexplained beyond the tolerance nobody can list: the month is not closed with it.
    """
    items = [[each.creditor, each.debtor, each.unexplained_minor, each.currency, each.about] for each in found if each.standing == "open"]
    beyond = any(each.unexplained_size_minor > each.tolerance_minor for each in found)
    owners = Counter(union for each in found if each.standing == "open" for union in set(each.parties) - {one.union for one in each.agreed})
    differing = [[line.difference_minor, each.currency] for each in found for line in each.lines]
    return Left(items, f"/comparison/{close.ends_on}", {"pairs": len(found), "differences": differing, "beyond": beyond}, dict(owners), blocked=beyond)


async def _revaluation(connection: Connection, close: Close, unions: Sequence[str], now: datetime) -> Step:
    known: dict[str, Any] = {}
    try:
        found = await book_on_day(connection, JOINT, close.ends_on, now)
        missing, unrealised = len(found.drafts), [each.unrealised_minor for each in found.results]
        if None not in unrealised:
            known = {"unrealised_minor": sum(each or 0 for each in unrealised), "currency": found.currency}
    except RateMissing:
        missing = 1
    step = computed("revaluation", unions, missing, f"/rates/revaluation?book=joint&as_of={close.ends_on}")
    return msgspec.structs.replace(step, known=known)
