"""Show the approval rules, say what a request would need by them, and change them: one union proposes a whole set, another decides."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal, localcontext

import msgspec

from ledger.domain import matrices as rules
from ledger.domain.accounts import Fund, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.approvals import KINDS, Matrix, MatrixKind, Requirement, Sum, requirements, tested_amount, tested_minor
from ledger.domain.exchange import RateOnDay
from ledger.domain.home import Waiting
from ledger.domain.matrices import Difference, Known, ProposeMatrix, SettingChange
from ledger.domain.money import check_size, decimal_from_minor
from ledger.domain.notices import Notice
from ledger.domain.pledges import plain
from ledger.domain.refusals import AmountNotPositive, ChoiceInvalid, CurrencyUnknown
from ledger.services import exchange
from ledger.services.notices import notify
from ledger.services.operation import Done, Work, next_value, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import approvals as store
from ledger.storage import people, rates, reference
from ledger.storage.database import Connection

READ, CHANGE = "read_approval_rules", "change_approval_rules"
DECIDERS = ("officer", "secretary_treasurer")
# Enough digits that a division by a rate is never rounded twice.
_DIGITS = 60


class Standing(msgspec.Struct, frozen=True):
    """A set of rules, how it stands today, and who proposed and decided it: (name, union), empty for the shipped ones."""

    matrix: Matrix
    standing: str
    proposed_by: tuple[str, str | None]
    decided_by: tuple[str, str | None]


class Overview(msgspec.Struct, frozen=True):
    """The rules in force today, every set there ever was, newest first, and what names them."""

    today: date
    in_force: Matrix
    sets: list[Standing]
    unions: list[Union]
    funds: list[Fund]
    currencies: dict[str, int]


class OneSet(msgspec.Struct, frozen=True):
    """One set, and what it would change of the rules it is compared with: those in force today for a proposal, else the ones before it."""

    overview: Overview
    shown: Standing
    compared: Matrix | None
    differences: list[Difference]
    changes: list[SettingChange]
    reason: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What would a request for this need? ``kind`` is the rules' own; ``fund`` a code; ``day`` today where left out."""

    kind: str
    fund: str
    amount_minor: int
    currency: str
    day: date | None = None


class Needs(msgspec.Struct, frozen=True):
    """Who must approve: ``tested_minor`` is the amount in the rules' currency, by ``rate`` where it had to be converted."""

    question: Question
    day: date
    matrix: Matrix
    fund: Fund
    tested_minor: int
    rate: RateOnDay | None
    needed: list[Requirement]


# --- reading ------------------------------------------------------------------------------------------------------------


async def overview(pool: Pool, actor: Actor) -> Overview:
    """Everything the rules' page shows."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        return await _overview(connection, pool.today())


async def _overview(connection: Connection, today: date) -> Overview:
    in_force, found = await store.matrix_on(connection, today), await store.matrices(connection)
    names = await rates.names_of(connection, [person for each in found for person in (each.proposed_by, each.decided_by)])
    nobody = ("", None)
    return Overview(
        today=today, in_force=in_force, unions=await reference.unions(connection), funds=await reference.funds(connection),
        currencies=await reference.currencies(connection),
        sets=[
            Standing(each, rules.standing(each, in_force, today), names.get(each.proposed_by, nobody), names.get(each.decided_by or 0, nobody))
            for each in found
        ],
    )  # fmt: skip


async def one_set(pool: Pool, actor: Actor, number: int) -> OneSet:
    """One set with what it changes."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        matrix = await store.matrix(connection, number)
        seen = await _overview(connection, pool.today())
        reason = await store.rejection_reason(connection, rules.subject_of(number)) if matrix.state == "rejected" else ""
    compared = seen.in_force if matrix.state == "proposed" else _before(seen, matrix)
    shown = next(each for each in seen.sets if each.matrix.number == number)
    differences = rules.rule_differences(compared, matrix) if compared else []
    return OneSet(seen, shown, compared, differences, rules.setting_changes(compared, matrix) if compared else [], reason)


def _before(seen: Overview, matrix: Matrix) -> Matrix | None:
    """The confirmed rules that a set replaced, or would have: those that began last before it."""
    place = (matrix.valid_from, matrix.number)
    earlier = [each.matrix for each in seen.sets if each.matrix.state == "confirmed" and (each.matrix.valid_from, each.matrix.number) < place]
    return max(earlier, key=lambda each: (each.valid_from, each.number), default=None)


# --- what would this need? ------------------------------------------------------------------------------------------------


async def needs(pool: Pool, actor: Actor, question: Question) -> Needs:
    """Who must approve an amount of a kind from a fund, by the rules and the rate of a day."""
    authorize(actor, READ)
    day = question.day or pool.today()
    if question.kind not in KINDS:
        raise ChoiceInvalid(field="kind", value=question.kind[:40])
    if check_size(question.amount_minor) <= 0:
        raise AmountNotPositive(field="amount")
    async with pool.database.reading() as connection:
        if question.currency not in await reference.currencies(connection):
            raise CurrencyUnknown(currency=question.currency[:10])
        fund, matrix = await reference.fund(connection, question.fund.upper()), await store.matrix_on(connection, day)
        worth, used = await values(pool, connection, [question.currency], matrix.currency, day)
        unions = await reference.unions(connection)
    tested = tested_minor(tested_amount([Sum("", question.currency, question.amount_minor)], [], worth), matrix.currency)
    needed = requirements(matrix, unions, msgspec.convert(question.kind, MatrixKind), fund, tested)
    return Needs(question, day, matrix, fund, tested, used[0] if used else None, needed)


async def values(
    pool: Pool, connection: Connection, currencies: Collection[str], into: str, day: date
) -> tuple[dict[str, Decimal], list[RateOnDay]]:
    """What one minor unit of each currency is worth in another one's major units on a day, and the rates that say so; refuses a missing one."""
    worth, used = {}, []
    for currency in sorted(set(currencies)):
        worth[currency] = decimal_from_minor(1, currency)
        if currency != into:
            used.append(await exchange.chosen(pool, connection, currency, into, day))
            rate = used[-1].rate
            with localcontext() as context:
                context.prec = _DIGITS
                worth[currency] = worth[currency] * rate.value if rate.base == currency else worth[currency] / rate.value
    return worth, used


# --- changing the rules ---------------------------------------------------------------------------------------------------


async def propose_rules(pool: Pool, actor: Actor, key: str, request: ProposeMatrix) -> Matrix:
    """Propose a whole set of rules; they hold once an officer of another union has confirmed them, from their day on."""

    async def work(w: Work) -> Done:
        # Checked before it is numbered: the number of what is refused would be missing for ever.
        checked = await _checked(w.connection, actor, request, w)
        new = msgspec.structs.replace(checked, number=await next_value(w.connection, "approval_rules"))
        await store.add_matrix(w.connection, new)
        await _tell(w, new)
        return Done(new, rules.subject_of(new.number), {"valid_from": new.valid_from.isoformat()})

    return msgspec.convert(await perform(pool, actor, "propose_approval_rules", key, request, work, permission=CHANGE), Matrix)


async def preview_rules(pool: Pool, actor: Actor, request: ProposeMatrix) -> tuple[Matrix, list[Difference], list[SettingChange]]:
    """The set as it would be proposed, and what it changes of the rules in force today; refused as the proposal itself would be."""
    authorize(actor, CHANGE)
    async with pool.database.reading() as connection:
        new = await _checked(connection, actor, request, Work(connection, actor, pool.clock(), pool.today()))
        today = await store.matrix_on(connection, pool.today())
    return new, rules.rule_differences(today, new), rules.setting_changes(today, new)


async def _checked(connection: Connection, actor: Actor, request: ProposeMatrix, w: Work) -> Matrix:
    known = Known(
        await reference.unions(connection), await reference.funds(connection), list(await reference.currencies(connection)),
        await store.latest_matrix(connection),
    )  # fmt: skip
    return rules.new_matrix(request, 0, known, actor, w.now, w.today)


async def _tell(w: Work, new: Matrix) -> None:
    """Every officer of the other unions hears that a proposal waits for one of them."""
    others = [union.code for union in await reference.unions(w.connection) if union.code != w.actor.union]
    to = {one for union in others for role in DECIDERS for one in await people.holders(w.connection, role, union, w.today)}
    notice = Notice(
        kind="approval_rules_proposed", subject=rules.subject_of(new.number), url=f"/approval-rules/{new.number}", to=tuple(sorted(to)),
        once="proposed", facts={"by": w.actor.name, "union": w.actor.union or "", "valid_on": new.valid_from.isoformat()},
    )  # fmt: skip
    await notify(w.connection, [notice], w.now, w.actor.person_id)


async def confirm_rules(pool: Pool, actor: Actor, key: str, number: int) -> Matrix:
    """Agree to proposed rules, as a person of another union; refused once their day has passed or other rules overtook them."""

    async def work(w: Work) -> Done:
        matrix = await _decided(w, number)
        rules.check_beginning(matrix, await store.latest_matrix(w.connection), w.today)
        await store.decide_matrix(w.connection, number, "confirmed", actor.person_id, w.now)
        return Done(await store.matrix(w.connection, number), rules.subject_of(number), {"valid_from": matrix.valid_from.isoformat()})

    return msgspec.convert(await perform(pool, actor, "confirm_approval_rules", key, {"number": number}, work, permission=CHANGE), Matrix)


async def reject_rules(pool: Pool, actor: Actor, key: str, number: int, reason: str) -> Matrix:
    """Turn proposed rules down, with the reason that the proposer reads."""
    said = plain("reason", reason, rules.REASON_MAXIMUM, needed=True)

    async def work(w: Work) -> Done:
        await _decided(w, number)
        await store.decide_matrix(w.connection, number, "rejected", actor.person_id, w.now)
        return Done(await store.matrix(w.connection, number), rules.subject_of(number), {"reason": said})

    request = {"number": number, "reason": said}
    return msgspec.convert(await perform(pool, actor, "reject_approval_rules", key, request, work, permission=CHANGE), Matrix)


async def _decided(w: Work, number: int) -> Matrix:
    """The proposal to be decided about, locked, once it is known that this person may."""
    matrix = await store.matrix(w.connection, number, lock=True)
    _, union = (await rates.names_of(w.connection, [matrix.proposed_by])).get(matrix.proposed_by, ("", None))
    rules.check_decision(matrix, union, w.actor)
    return matrix


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: rules that another union proposed."""
    if not actor.can(CHANGE):
        return []
    return [
        Waiting(
            kind="confirm_approval_rules", subject=rules.subject_of(matrix.number), url=f"/approval-rules/{matrix.number}", union=union or "",
            since=(matrix.proposed_at.astimezone(ZONE).date() if matrix.proposed_at else today),
            facts={"by": name, "valid_on": matrix.valid_from.isoformat()},
        )
        for matrix, name, union in await store.proposed_matrices(connection, actor.union)
    ]  # fmt: skip
