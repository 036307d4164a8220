"""Propose to settle an equalisation: what is left of it, in the debt's currency or in another at the agreement's rate of the day."""

from datetime import date

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.equalisation import Offer
from ledger.domain.mirrors import SETTLE, Step
from ledger.domain.refusals import EqualisationState
from ledger.services import equalisation, settlements
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.settlements import Settle
from ledger.storage.database import Connection


class SettleEqualisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment of what is left, in a currency, on a day; ``account`` and ``fund`` are the proposing union's own."""

    currency: str
    entry_date: date
    account: int
    fund: str
    description: str
    reference: str = ""


async def settlement_of(pool: Pool, actor: Actor, number: str, request: SettleEqualisation) -> tuple[Settle, Offer | None]:
    """The settlement as it would be proposed, and how its amount was found; None where it is paid in the currency of the debt."""
    authorize(actor, SETTLE)
    async with pool.database.reading() as connection:
        return await _settlement(connection, number, request, pool.today())


async def _settlement(connection: Connection, number: str, request: SettleEqualisation, today: date) -> tuple[Settle, Offer | None]:
    view = await equalisation.viewed(connection, number)
    kept = view.equalisation
    if view.left_minor <= 0 or not (kept.creditor and kept.debtor):
        raise EqualisationState(equalisation=kept.number, state="settled" if kept.state == "agreed" else kept.state)
    offered = None
    if request.currency != kept.debt_currency:
        offered = await equalisation.offered(connection, view, request.currency, request.entry_date, today)
    settle = Settle(
        creditor=kept.creditor, debtor=kept.debtor, currency=kept.debt_currency, amount_minor=view.left_minor, entry_date=request.entry_date,
        description=request.description, account=request.account, fund=request.fund, reference=request.reference,
        paid=offered.paid if offered else None, agreement=kept.agreement, subject=kept.number,
    )  # fmt: skip
    return settle, offered


async def settle_equalisation(pool: Pool, actor: Actor, key: str, number: str, request: SettleEqualisation) -> Step:
    """Propose it; both books record it once the other union's treasurer accepts with its own bank account."""

    async def work(w: Work) -> Done:
        # What is left is read only here: said again with its key, the answer is the first one's, whatever was settled since.
        found, _ = await _settlement(w.connection, number, request, w.today)
        return await settlements.settle(w, found)

    whole = {"equalisation": number, "settlement": request}
    return msgspec.convert(await perform(pool, actor, "settle_equalisation", key, whole, work, permission=SETTLE), Step)
