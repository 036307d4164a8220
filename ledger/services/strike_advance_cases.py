"""The accounts of locals on strike, as every step with an advance first reads them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.domain import strike_advances as rules
from ledger.domain.accounts import Account, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.refusals import ChoiceInvalid, NotFound
from ledger.domain.strike_advances import (
    MODEL,
    Advance,
    ExpenseReport,
    Statement,
    WeekLine,
)
from ledger.domain.strike_rules import RuleSet, nth_week
from ledger.domain.strikes import Strike, StrikeLocal, check_supported
from ledger.domain.transfers import check_union
from ledger.services.operation import Done, Work, next_value
from ledger.services.strikes import written
from ledger.storage import reference, strike_rules
from ledger.storage import strike_advances as store
from ledger.storage import strikes as strike_store
from ledger.storage.database import Connection


class Case(msgspec.Struct, frozen=True):
    """A strike with the accounts of its locals, by the rules of a day; ``statements`` are in the order of the strike's locals."""

    strike: Strike
    rules: RuleSet
    statements: tuple[Statement, ...]

    def of(self, local: StrikeLocal) -> Statement:
        """The statement of one local."""
        return next(each for each in self.statements if each.local.id == local.id)


def written_advance(number: str) -> str:
    """An advance's number as it is kept, ``sa-0003`` too."""
    return "".join(letter for letter in number.strip().upper() if letter.isprintable())[:40]


async def load_cases(connection: Connection, strikes: Sequence[Strike], today: date) -> list[Case]:
    """Strikes whose locals are paid, with their accounts."""
    numbers = [strike.number for strike in strikes]
    advances, reports, returns = (
        await store.advances(connection, numbers), await store.reports(connection, numbers), await store.returns(connection, numbers),
    )  # fmt: skip
    known = await strike_rules.all_in_force(connection, {(strike.rule_set, max(today, strike.starts_on)) for strike in strikes})
    found = []
    for strike in strikes:
        rule_set, _ = known[strike.rule_set, max(today, strike.starts_on)]
        kept = (advances.get(strike.number, []), reports.get(strike.number, []), returns.get(strike.number, []))
        found.append(Case(strike, rule_set, tuple(_statement(strike, rule_set, local, *kept) for local in strike.locals)))
    return found


def _statement(
    strike: Strike, rule_set: RuleSet, local: StrikeLocal, advances: list[Advance], reports: list[ExpenseReport], returns: list[rules.AdvanceReturn]
) -> Statement:
    return rules.statement(
        strike, rule_set, local, [each for each in advances if each.local.id == local.id],
        [each for each in reports if each.local.id == local.id], [each for each in returns if each.local.id == local.id],
    )  # fmt: skip


async def load_case(connection: Connection, number: str, today: date, lock: bool = False) -> Case:
    """One strike with its locals' accounts; ``lock`` holds it, and with it everything that is advanced in it."""
    strike = await strike_store.strike(connection, written(number), lock)
    if strike.model != MODEL:
        raise NotFound(kind="advances", id=strike.number)
    return (await load_cases(connection, [strike], today))[0]


async def advance_case(connection: Connection, number: str, today: date, lock: bool = False) -> tuple[Case, WeekLine]:
    """An advance's strike, and the week that it is for; ``lock`` holds both."""
    found = await store.advance(connection, written_advance(number))
    case = await load_case(connection, found.strike, today, lock)
    lines = case.of(found.local).weeks
    line = next((each for each in lines if each.advance is not None and each.advance.number == found.number), None)
    # A cancelled advance has left its week to another.
    return case, line or WeekLine(nth_week(case.rules, case.strike.starts_on, found.week), await store.advance(connection, found.number), None, "")


async def own_case(w: Work, number: str, permission: str) -> Case:
    """The strike, locked, for who belongs to its union."""
    case = await load_case(w.connection, number, w.today, lock=True)
    authorize(w.actor, permission, case.strike.union)
    return case


async def check_union_supports(connection: Connection, strike: Strike) -> None:
    """Refuse a strike that not every union has authorised."""
    check_supported(strike, MODEL, [union.code for union in await reference.unions(connection)])


async def noted(w: Work, strike: Strike, what: str, remark: str, subject: str, answer: Any, entry: int | None = None) -> Done:
    """Add a step to the strike's history, and say what is remembered of it."""
    await strike_store.add_event(w.connection, strike.number, w.actor.person_id, what, remark, w.now, subject, entry)
    return Done(answer, subject, {"step": what, "strike": strike.number} | ({"entry": entry} if entry else {}))


async def account_of(w: Work, strike: Strike, local: StrikeLocal) -> Account:
    """The local's account, opened where it is not there yet."""
    union = await reference.union(w.connection, strike.union)
    found = await _find_account(w.connection, strike, local, union)
    if found is not None:
        return found
    plain_path = rules.account_path(local, union, shared=False)
    taken = await store.accounts_at(w.connection, [plain_path], strike.currency)
    path = rules.account_path(local, union, shared=plain_path in taken)
    opened = rules.new_account(await next_value(w.connection, "account"), path, local, union, strike.currency, w.today)
    await reference.add_account(w.connection, opened)
    return opened


async def _find_account(connection: Connection, strike: Strike, local: StrikeLocal, union: Union) -> Account | None:
    paths = [rules.account_path(local, union, shared) for shared in (False, True)]
    kept = await store.accounts_at(connection, paths, strike.currency)
    own = (kept[path] for path in paths if path in kept)
    return next((each for each in own if (each.role, each.counterparty) == ("strike_advances", union.code)), None)


async def known_account(connection: Connection, strike: Strike, local: StrikeLocal) -> Account:
    """The account of a local that an advance was approved for."""
    found = await _find_account(connection, strike, local, await reference.union(connection, strike.union))
    assert found is not None, "what was approved has its account"
    return found


async def bank_of(connection: Connection, actor: Actor, strike: Strike, account_id: int) -> Account:
    """A joint bank account of the strike's union and currency."""
    bank = await reference.account_by_id(connection, account_id)
    if bank.role != "bank" or bank.book != JOINT or bank.currency != strike.currency:
        raise ChoiceInvalid(field="account", value=bank.label)
    check_union(actor.union, bank)
    return bank
