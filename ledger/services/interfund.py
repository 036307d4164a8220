"""Move money from one fund to another inside a joint bank account; only the people of the union that keeps the account can."""

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.entries import Draft
from ledger.domain.interfund import MoveBetweenFunds, draft_between_funds
from ledger.services.contributions import bank_account
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.services.previews import Preview, previewed
from ledger.storage import reference
from ledger.storage.database import Connection

PERMISSION = "post_entry"


class Moved(msgspec.Struct, frozen=True):
    """The journal number of a transfer between funds."""

    entry: int


async def move_between_funds(pool: Pool, actor: Actor, key: str, request: MoveBetweenFunds) -> Moved:
    """Record it as one entry; undone by an ordinary reversal."""

    async def work(w: Work) -> Done:
        (posted,) = await w.post(await _draft(w.connection, actor, request))
        return Done(Moved(posted.number), subject=f"J-{posted.number}", details={"from": request.from_fund, "to": request.to_fund})

    answer = await perform(pool, actor, "move_between_funds", key, request, work, permission=PERMISSION)
    return msgspec.convert(answer, Moved)


async def preview_move(pool: Pool, actor: Actor, request: MoveBetweenFunds) -> Preview:
    """What it would post, or the refusal it would get; nothing is kept."""
    authorize(actor, PERMISSION)
    async with pool.database.reading() as connection:
        return await previewed(connection, actor, [await _draft(connection, actor, request)], pool.today())


async def _draft(connection: Connection, actor: Actor, request: MoveBetweenFunds) -> Draft:
    bank = await bank_account(connection, request.account, request.currency)
    authorize(actor, PERMISSION, bank.custodian)
    source, target = await reference.fund(connection, request.from_fund), await reference.fund(connection, request.to_fund)
    interfund = await reference.account_for(connection, JOINT, "interfund", request.currency)
    return draft_between_funds(request, bank, interfund, source, target)
