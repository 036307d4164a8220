"""Find how far each step of a close has come, union by union, from the books themselves and from what the unions' treasuries confirmed."""

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
from ledger.services.comparison import section_e
from ledger.services.holidays import banking_days
from ledger.services.revaluation import book_on_day
from ledger.storage import rates, reference, transfers
from ledger.storage.database import Connection
from ledger.storage.journal import read_funds

# Where rates come from that are published on banking days.
RATES_COUNTRY = "CA"
SUSPENSE = "Liabilities:Suspense"


class Left(msgspec.Struct, frozen=True):
    """What there is to look over, where to look, and whose alone it is, where it is not everybody's. ``blocked`` is what nobody can agree to."""

    facts: list[Any]
    url: str
    owners: frozenset[str] | None = None
    blocked: bool = False


async def steps_of(
    connection: Connection, close: Close, confirmations: Sequence[Confirmation], report: Report | None, signatures: Sequence[Signature], now: datetime
) -> list[Step]:  # fmt: skip
    """Every step, in order, as it stands in this snapshot."""
    unions = [union.code for union in await reference.unions(connection)]
    found: dict[str, Step] = {}
    for name, select in _SELECTORS.items():
        left = await select(connection, close)
        clear = [union for union in unions if left.owners is not None and union not in left.owners]
        step = reviewed(name, unions, confirmations, left.facts, left.url, clear)
        found[name] = msgspec.structs.replace(step, done=dict.fromkeys(unions, False), listed=False) if left.blocked else step
    found["revaluation"] = await _revaluation(connection, close, unions, now)
    fixed = report is not None and close.state in ("fixed", "locked")
    found["fixed"] = computed("fixed", unions, 0 if fixed else 1, f"/close/{close.number}/fix")
    signed = {each.union for each in signatures if each.decision == "signed"}
    done = {union: fixed and union in signed for union in unions}
    found["signed"] = Step("signed", done, None, sum(not each for each in done.values()), f"/close/{close.number}/sign")
    return [found[name] for name in STEPS]


async def facts_of(connection: Connection, close: Close, name: StepName) -> Any:
    """What a confirmation of a step confirms now."""
    return (await _SELECTORS[name](connection, close)).facts


async def _in_transit(connection: Connection, close: Close) -> Left:
    found = await transfers.in_transit(connection, close.ends_on)
    items = [[each.transfer.number, each.amount_minor, each.transfer.transit_currency] for each in found]
    return Left(items, f"/reports/in-transit?as_of={close.ends_on}")


async def _rates(connection: Connection, close: Close) -> Left:
    known = {day for day, _ in await rates.daily_values(connection, BASE, QUOTE, close.starts_on, close.ends_on)}
    wanted = await banking_days(connection, close.starts_on, close.ends_on, RATES_COUNTRY)
    return Left([day.isoformat() for day in wanted if day not in known], "/rates")


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


async def _statements(connection: Connection, close: Close) -> Left:
    """Joint accounts that were used and that no kept statement reaches the last day of; each is its custodian's to bring."""
    missing = [account for account, each in await _proofs(connection, close) if each.statement_minor is None]
    return Left([account.label for account in missing], "/bank", frozenset(str(account.custodian) for account in missing))


async def _matched(connection: Connection, close: Close) -> Left:
    """Joint accounts whose statement is there and not proved, with what is left over."""
    found = [(account, each) for account, each in await _proofs(connection, close) if each.statement_minor is not None and not each.reconciled]
    items = [[account.label, each.difference_minor, account.currency] for account, each in found]
    return Left(items, "/bank", frozenset(str(account.custodian) for account, _ in found))


async def _proofs(connection: Connection, close: Close) -> list[tuple[Account, Proof]]:
    accounts = [each for each in await accounts_to_reconcile(connection, day=close.ends_on) if each.book == JOINT]
    return [(each, await proof(connection, each, close.ends_on)) for each in accounts]


async def _compared(connection: Connection, close: Close) -> Left:
    """Pairs of unions and currencies whose ledgers were not compared and agreed to by both.

    What is unexplained beyond the tolerance nobody can list: the month is not closed with it.
    """
    found = await section_e(connection, close.ends_on)
    items = [[f"{each.creditor}–{each.debtor}", each.unexplained_minor, each.currency] for each in found if each.standing == "open"]
    beyond = any(each.unexplained_size_minor > each.tolerance_minor for each in found)
    return Left(items, f"/comparison/{close.ends_on}", blocked=beyond)


_SELECTORS: dict[StepName, Any] = {
    "statements": _statements, "matched": _matched, "in_transit": _in_transit, "rates": _rates, "compared": _compared, "commitments": _commitments,
    "suspense": _suspense,
}  # fmt: skip


async def _revaluation(connection: Connection, close: Close, unions: Sequence[str], now: datetime) -> Step:
    try:
        missing = len((await book_on_day(connection, JOINT, close.ends_on, now)).drafts)
    except RateMissing:
        missing = 1
    return computed("revaluation", unions, missing, f"/rates/revaluation?book=joint&as_of={close.ends_on}")
