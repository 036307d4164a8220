"""Propose to settle an equalisation: what is left of it, in the debt's currency or in another at the agreement's rate of the day."""

from datetime import date

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.equalisation import Offer
from ledger.domain.mirrors import SETTLE, Step
from ledger.domain.refusals import EqualisationState
from ledger.services import equalisation, steps
from ledger.services.equalisation import EqualisationView
from ledger.services.pool import Pool
from ledger.services.steps import Settle


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
    view = await equalisation.show_equalisation(pool, actor, number)
    kept = view.equalisation
    if view.left_minor <= 0 or not (kept.creditor and kept.debtor):
        raise EqualisationState(equalisation=kept.number, state="settled" if kept.state == "agreed" else kept.state)
    offered = None if request.currency == kept.debt_currency else await _offer(pool, actor, view, request)
    settle = Settle(
        creditor=kept.creditor, debtor=kept.debtor, currency=kept.debt_currency, amount_minor=view.left_minor, entry_date=request.entry_date,
        description=request.description, account=request.account, fund=request.fund, reference=request.reference,
        paid=offered.paid if offered else None, agreement=kept.agreement, subject=kept.number,
    )  # fmt: skip
    return settle, offered


async def _offer(pool: Pool, actor: Actor, view: EqualisationView, request: SettleEqualisation) -> Offer:
    return await equalisation.settlement_offer(pool, actor, view.equalisation.number, request.currency, request.entry_date)


async def settle_equalisation(pool: Pool, actor: Actor, key: str, number: str, request: SettleEqualisation) -> Step:
    """Propose it; both books record it once the other union's treasurer accepts with its own bank account."""
    settle, _ = await settlement_of(pool, actor, number, request)
    return await steps.propose_settlement(pool, actor, key, settle)
