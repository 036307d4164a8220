"""Keep transfers and their history; the history is only ever added to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ledger.domain.actors import Actor
from ledger.domain.chart import JOINT
from ledger.domain.entries import Exchange
from ledger.domain.exchange import plain
from ledger.domain.home import Waiting
from ledger.domain.refusals import NotFound
from ledger.domain.transfers import Chart, Event, Transfer, is_overdue
from ledger.storage import reference
from ledger.storage.database import NO_WILDCARDS, Connection
from ledger.storage.journal import read_accounts, read_funds

_FIELDS = Transfer.__struct_fields__
PAGE = 50


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of transfers is narrowed to; ``pending`` keeps those on their way, ``words`` look in number, purpose and reference."""

    state: str | None = None
    fund_id: int | None = None
    union: str | None = None
    words: str = ""
    oldest_first: bool = False


class InTransit(msgspec.Struct, frozen=True):
    """A transfer that was on its way at a date, with what the journal had in transit of it then, in minor units of what travels."""

    transfer: Transfer
    amount_minor: int


async def find(connection: Connection, number: str, lock: bool = False) -> Transfer:
    """One transfer by number; refuses an unknown one. ``lock`` holds it until the transaction ends."""
    written = plain(number.strip().upper(), 40)
    row = await connection.fetchrow(f"SELECT {', '.join(_FIELDS)} FROM transfers WHERE number = $1 {'FOR UPDATE' if lock else ''}", written)
    if row is None:
        raise NotFound(kind="transfer", id=written)
    return _transfer(row)


async def add(connection: Connection, new: Transfer) -> None:
    """Add a transfer as it is."""
    places = ", ".join(f"${n}" for n in range(1, len(_FIELDS) + 1))
    await connection.execute(f"INSERT INTO transfers ({', '.join(_FIELDS)}) VALUES ({places})", *(_column(new, name) for name in _FIELDS))


async def save(connection: Connection, changed: Transfer, *names: str) -> None:
    """Write the named columns of a transfer."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 2))
    await connection.execute(f"UPDATE transfers SET {sets} WHERE number = $1", changed.number, *(_column(changed, name) for name in names))


async def page(connection: Connection, narrowed: Filter, after: tuple[date, str] | None, limit: int = PAGE) -> list[Transfer]:
    """Transfers by the day they were sent, the latest first unless asked otherwise, after a keyset position."""
    compare, order = (">", "ASC") if narrowed.oldest_first else ("<", "DESC")
    rows = await connection.fetch(
        f"""SELECT {', '.join('t.' + name for name in _FIELDS)} FROM transfers t
        JOIN accounts f ON f.id = t.from_account JOIN accounts r ON r.id = t.to_account
        WHERE ($1::text IS NULL OR t.state = $1 OR ($1 = 'pending' AND t.state IN ('in_transit', 'disputed')))
        AND ($2::int IS NULL OR t.fund_id = $2) AND ($3::text IS NULL OR $3 IN (f.custodian, r.custodian))
        AND ($4 = '' OR t.number ILIKE '%' || $4 || '%' OR t.purpose ILIKE '%' || $4 || '%' OR t.bank_reference ILIKE '%' || $4 || '%')
        AND ($5::date IS NULL OR (t.sent_on, length(t.number), t.number) {compare} ($5, length($6::text), $6))
        ORDER BY t.sent_on {order}, length(t.number) {order}, t.number {order} LIMIT $7""",
        narrowed.state, narrowed.fund_id, narrowed.union, narrowed.words.translate(NO_WILDCARDS),
        after[0] if after else None, plain(after[1], 40) if after else None, limit,
    )  # fmt: skip
    return [_transfer(row) for row in rows]


async def in_transit(connection: Connection, as_of: date) -> list[InTransit]:
    """What was in transit at the end of a day by the journal itself, the oldest first, also what was settled or taken back since.

    The amounts of a currency add up to the balance of its clearing account on that day.
    """
    clearing = [account.id for account in await reference.accounts(connection, JOINT, "in_transit")]
    rows = await connection.fetch(
        f"""WITH moved AS (
            SELECT e.subject, sum(p.amount_minor)::bigint AS amount_minor FROM postings p JOIN entries e ON e.number = p.entry_number
            WHERE p.account_id = ANY($1::int[]) AND p.entry_date <= $2 GROUP BY e.subject HAVING sum(p.amount_minor) <> 0)
        SELECT {', '.join('t.' + name for name in _FIELDS)}, m.amount_minor AS moved_minor
        FROM moved m JOIN transfers t ON t.number = m.subject ORDER BY t.sent_on, length(t.number), t.number""",
        clearing, as_of,
    )  # fmt: skip
    return [InTransit(_transfer(row), row["moved_minor"]) for row in rows]


async def on_its_way_minor(connection: Connection, pledge: str) -> int:
    """What is on its way towards a pledge, in minor units; what came back or arrived is no longer."""
    found: int = await connection.fetchval(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM transfers WHERE pledge = $1 AND state IN ('in_transit', 'disputed')", pledge
    )
    return found


async def pending(connection: Connection, union: str) -> list[Transfer]:
    """What is on its way from or to a union's accounts, the oldest first."""
    rows = await connection.fetch(
        f"""SELECT {', '.join('t.' + name for name in _FIELDS)} FROM transfers t
        JOIN accounts f ON f.id = t.from_account JOIN accounts r ON r.id = t.to_account
        WHERE t.state IN ('in_transit', 'disputed') AND $1 IN (f.custodian, r.custodian) ORDER BY t.sent_on, t.number""",
        union,
    )
    return [_transfer(row) for row in rows]


async def chart(connection: Connection, fund_id: int, from_account: int, to_account: int) -> Chart:
    """The accounts a transfer posts to; refuses unknown accounts and a chart without clearing, fee or trading accounts."""
    source = await reference.account_by_id(connection, from_account)
    target = await reference.account_by_id(connection, to_account)
    fund = (await read_funds(connection, [fund_id]))[fund_id]
    codes = sorted({source.currency, target.currency})
    roles: dict[str, dict[str, Any]] = {role: {} for role in ("in_transit", "bank_fees", "fx_trading")}
    for role, found in roles.items():
        for code in codes:
            found[code] = await reference.account_for(connection, source.book, role, code)  # type: ignore[arg-type]
    return Chart(source, target, fund, roles["in_transit"], roles["bank_fees"], roles["fx_trading"])


async def add_event(connection: Connection, number: str, person_id: int, what: str, remark: str, now: datetime) -> None:
    """Add one step to a transfer's history; call with the transfer locked."""
    await connection.execute(
        """INSERT INTO transfer_events (transfer, ordinal, recorded_at, person_id, what, remark)
        SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5 FROM transfer_events WHERE transfer = $1""",
        number, now, person_id, what, remark,
    )  # fmt: skip


async def events(connection: Connection, number: str) -> list[Event]:
    """A transfer's history, in order."""
    rows = await connection.fetch(
        """SELECT e.ordinal, e.recorded_at, p.name AS person, p.union_code AS union, e.what, e.remark
        FROM transfer_events e JOIN people p ON p.id = e.person_id WHERE e.transfer = $1 ORDER BY e.ordinal""",
        number,
    )
    return [Event(**dict(row)) for row in rows]


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """What waits for this person: receipts to confirm, answers to read; and of what they sent, the disputed and the overdue."""
    if actor.union is None or not (actor.can("confirm_receipt") or actor.can("send_transfer")):
        return []
    found = await pending(connection, actor.union)
    accounts = await read_accounts(connection, sorted({i for t in found for i in (t.from_account, t.to_account)}))
    funds = await read_funds(connection, sorted({t.fund_id for t in found}))
    spoke = await _last_words(connection, [transfer.number for transfer in found if transfer.state == "disputed"])
    rows = []
    for transfer in found:
        source, target = accounts[transfer.from_account], accounts[transfer.to_account]
        kind = _kind(actor.union, source.custodian, target.custodian, transfer, today, spoke.get(transfer.number))
        if kind is not None:
            fund = funds[transfer.fund_id]
            facts: dict[str, str | int | None] = {"name_en": fund.name_en, "name_fr": fund.name_fr, "purpose": transfer.purpose}
            rows.append(Waiting(
                kind=kind, subject=transfer.number, url=f"/transfers/{transfer.number}", union=source.custodian or "", since=transfer.sent_on,
                amount_minor=transfer.transit_minor, currency=transfer.transit_currency, facts=facts,
            ))  # fmt: skip
    return rows


async def _last_words(connection: Connection, numbers: Sequence[str]) -> dict[str, str | None]:
    """The union that spoke last about each of these disputed transfers."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (e.transfer) e.transfer, p.union_code FROM transfer_events e JOIN people p ON p.id = e.person_id
        WHERE e.transfer = ANY($1::text[]) AND e.what IN ('disputed', 'remark') ORDER BY e.transfer, e.ordinal DESC""",
        list(numbers),
    )
    return {row["transfer"]: row["union_code"] for row in rows}


def _kind(union: str, sender: str | None, receiver: str | None, transfer: Transfer, today: date, spoke_last: str | None) -> str | None:
    answered = transfer.state == "disputed" and spoke_last == sender
    if union == receiver and transfer.state == "in_transit":
        return "confirm_receipt"
    if union == receiver and answered:
        return "read_answer"
    if union == sender and transfer.state == "disputed" and not answered:
        return "answer_dispute"
    if union == sender and is_overdue(transfer, today):
        return "overdue_transfer"
    return None


def _column(transfer: Transfer, name: str) -> Any:
    value = getattr(transfer, name)
    return msgspec.to_builtins(value) if isinstance(value, Exchange) else value


def _transfer(row: Any) -> Transfer:
    values = {name: row[name] for name in _FIELDS}
    for name in ("sender_exchange", "receiver_exchange"):
        values[name] = None if values[name] is None else msgspec.convert(values[name], Exchange, strict=False)
    return Transfer(**values)


async def labels(connection: Connection, transfers: Sequence[Transfer]) -> tuple[dict[int, Any], dict[int, Any]]:
    """The accounts and the funds that transfers name, by id."""
    accounts = await read_accounts(connection, sorted({i for t in transfers for i in (t.from_account, t.to_account)}))
    return accounts, await read_funds(connection, sorted({t.fund_id for t in transfers}))
