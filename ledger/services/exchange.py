"""Load the Bank of Canada's rates, take rates entered by hand past a second person, and answer which rate holds on a day."""

import asyncio
import hashlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.exchange import (
    BANK_OF_CANADA,
    BASE,
    QUOTE,
    SERIES,
    MonthOfRates,
    ProposeRate,
    Rate,
    RateOnDay,
    average,
    by_month,
    leaps,
    next_to,
    on_day,
    parse_name,
    propose,
    settle,
)
from ledger.domain.home import Waiting
from ledger.domain.rates_file import RatesFile, parse_rates_file
from ledger.domain.refusals import ChoiceInvalid, NotFound, RateMissing, Refusal
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import ZONE, Pool
from ledger.storage import audit, reference
from ledger.storage import rates as storage
from ledger.storage.database import Connection

FILENAME_MAXIMUM = 120
FETCH_SETTING = "rates_fetch"
CHART_DAYS = 366


class RateChange(msgspec.Struct, frozen=True):
    """A day whose value in a file differs from the one kept; the new one is a new version."""

    observed_on: date
    before: Decimal
    after: Decimal
    version: int


class RatesLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """What loading a file did: days new, days changed (each a new version), days that said nothing new, days that wait for a second person."""

    sha256: str
    filename: str
    observations: int
    added: int
    changed: list[RateChange]
    unchanged: int
    days_without_rate: int
    first_day: date
    last_day: date
    waiting: int = 0


class RateDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A second person's word on a rate entered by hand."""

    name: str
    decision: Literal["confirmed", "rejected"]


class Upload(msgspec.Struct, frozen=True):
    """A file as it arrived; the name and type are the sender's word and only kept, never trusted."""

    content: bytes
    filename: str = ""
    media_type: str = ""


class ProposedRate(msgspec.Struct, frozen=True):
    """A rate that waits, with who entered it."""

    rate: Rate
    by: str
    union: str | None
    own: bool


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """What the rates page shows at once: today's rate, the last year day by day with its average, what waits, and the last fetch."""

    latest: RateOnDay | None
    year: list[tuple[date, Decimal]]
    year_average: Decimal | None
    months: list[MonthOfRates]
    proposals: list[ProposedRate]
    files: list[storage.RateFile]
    fetch: dict[str, str | int | None] | None


async def load_rates_file(pool: Pool, actor: Actor, key: str, upload: Upload) -> RatesLoaded:
    """Load a rates file (JSON or CSV, at most 5 MB). New days are added, changed values become new versions, the rest is left.

    Its rates are confirmed at once: the file, kept under its hash, stands behind them. A value that leaps waits for a second person.
    """
    sha256 = hashlib.sha256(upload.content).hexdigest()
    filename = "".join(c for c in upload.filename if c.isprintable())[-FILENAME_MAXIMUM:] or "rates"
    # Read before the books are locked, in a thread: a large file holds up nobody.
    parsed = await asyncio.to_thread(_parse, upload.content, pool.today()) if actor.can("load_rates") else None

    async def work(w: Work) -> Done:
        if isinstance(parsed, Refusal):
            raise parsed
        assert parsed is not None, "an actor who may not load was refused before"
        loaded = await _store(w, parsed, sha256, filename)
        file = storage.RateFile(
            sha256=sha256, filename=filename, media_type=upload.media_type[:60], via=w.actor.via, loaded_by=w.actor.person_id,
            loaded_at=w.now, observations=loaded.observations,
        )  # fmt: skip
        await storage.keep_file(w.connection, file, upload.content)
        return Done(loaded, sha256[:12], {"added": loaded.added, "changed": len(loaded.changed), "file": filename})

    answer = await perform(pool, actor, "load_rates", key, {"sha256": sha256}, work, permission="load_rates")
    return msgspec.convert(answer, RatesLoaded)


def _parse(content: bytes, today: date) -> RatesFile | Refusal:
    try:
        return parse_rates_file(content, today)
    except Refusal as refusal:
        return refusal


async def _store(w: Work, file: RatesFile, sha256: str, filename: str) -> RatesLoaded:
    seen = file.observations
    known = await storage.known_days(w.connection, BANK_OF_CANADA, [item.observed_on for item in seen])
    odd = await _leaping(w.connection, file, known)
    proposed = {(rate.observed_on, rate.source, rate.value) for rate in await storage.proposed(w.connection)}
    new: list[Rate] = []
    changed: list[RateChange] = []
    for item in seen:
        version, value = known.get(item.observed_on, (0, None))
        if value == item.value or (item.observed_on, BANK_OF_CANADA, item.value) in proposed:
            continue
        rate = storage.rate_from_observation(item, version + 1, BANK_OF_CANADA, SERIES, sha256, w.now)
        if item.observed_on in odd:
            new.append(msgspec.structs.replace(rate, state="proposed", entered_by=w.actor.person_id))
            continue
        new.append(rate)
        if value is not None:
            changed.append(RateChange(item.observed_on, value, item.value, version + 1))
    await storage.add_rates(w.connection, new)
    waiting_now = sum(rate.state == "proposed" for rate in new)
    return RatesLoaded(
        sha256=sha256, filename=filename, observations=len(seen), added=len(new) - len(changed) - waiting_now, changed=changed, waiting=waiting_now,
        unchanged=len(seen) - len(new), days_without_rate=file.days_without_rate,
        first_day=seen[0].observed_on, last_day=seen[-1].observed_on,
    )  # fmt: skip


async def _leaping(connection: Connection, file: RatesFile, known: dict[date, tuple[int, Decimal | None]]) -> frozenset[date]:
    first = file.observations[0].observed_on
    before = await storage.rate_on(connection, BASE, QUOTE, first - timedelta(days=1))
    confirmed = {day: value for day, (_, value) in known.items() if value is not None}
    values = [(item.observed_on, item.value) for item in file.observations]
    return leaps(values, confirmed, (before.observed_on, before.value) if before else None)


async def propose_rate(pool: Pool, actor: Actor, key: str, request: ProposeRate) -> Rate:
    """Enter a rate by hand; it holds for nothing until a second person confirms it."""

    async def work(w: Work) -> Done:
        new = propose(request, w.actor.person_id, w.now, w.today)
        known = await storage.rates_of_day(w.connection, new.base, new.quote, new.observed_on, new.source)
        new = next_to(new, known)
        await storage.add_rates(w.connection, [new])
        return Done(new, new.name, {"value": new.text})

    return msgspec.convert(await perform(pool, actor, "propose_rate", key, request, work, permission="load_rates"), Rate)


async def decide_rate(pool: Pool, actor: Actor, key: str, request: RateDecision) -> Rate:
    """Confirm or reject a rate that somebody else entered by hand."""
    operation = "confirm_rate" if request.decision == "confirmed" else "reject_rate"

    async def work(w: Work) -> Done:
        wanted = parse_name(request.name)
        known = await storage.rates_of_day(w.connection, wanted.base, wanted.quote, wanted.observed_on, wanted.source)
        found = next((rate for rate in known if rate.version == wanted.version), None)
        if found is None:
            raise NotFound(kind="rate", id=request.name)
        settled = settle(found, request.decision, w.actor.person_id, w.actor.name, w.now)
        await storage.settle_rate(w.connection, settled)
        return Done(settled, settled.name, {"value": settled.text})

    return msgspec.convert(await perform(pool, actor, operation, key, request, work, permission="confirm_rate"), Rate)


async def rate_for(pool: Pool, actor: Actor, base: str, quote: str, day: date) -> RateOnDay:
    """The rate that holds on a day, with its warnings; refuses where none was observed on or before it."""
    authorize(actor, "read_rates")
    if {base, quote} != {BASE, QUOTE}:
        raise ChoiceInvalid(field="currency", value=f"{base}/{quote}"[:20])
    async with pool.database.reading() as connection:
        return await chosen(pool, connection, base, quote, day)


async def chosen(pool: Pool, connection: Connection, base: str, quote: str, day: date) -> RateOnDay:
    """:func:`rate_for` inside a transaction the caller has, for a conversion that needs its rate."""
    rate = await storage.rate_on(connection, base, quote, day)
    if rate is None:
        raise RateMissing(base=base, quote=quote, date=day.isoformat())
    return on_day(rate, day, pool.clock())


async def list_rates(
    pool: Pool, actor: Actor, wanted: storage.RatesFilter, after: tuple[date, str, int] | None = None, limit: int = 50
) -> list[Rate]:
    """Rates, newest day first, every version of them."""
    authorize(actor, "read_rates")
    async with pool.database.reading() as connection:
        return await storage.rates_page(connection, wanted, after, limit)


async def rate_named(pool: Pool, actor: Actor, name: str) -> Rate:
    """One version of a rate by its name."""
    return (await rate_details(pool, actor, name)).rate


class RateDetails(msgspec.Struct, frozen=True):
    """One version of a rate, with every version of its day and source, newest first, and the names of the people in them.

    ``holding`` is the confirmed rate that holds on its day where that is another one: what to compare it with.
    """

    rate: Rate
    versions: list[Rate]
    people: dict[int, str]
    holding: Rate | None = None


async def rate_details(pool: Pool, actor: Actor, name: str) -> RateDetails:
    """One rate with its history."""
    authorize(actor, "read_rates")
    wanted = parse_name(name)
    day = storage.RatesFilter(from_day=wanted.observed_on, to_day=wanted.observed_on, source=wanted.source)
    async with pool.database.reading() as connection:
        versions = await storage.rates_page(connection, day, limit=storage.PAGE_MAXIMUM)
        names = await storage.names_of(connection, [p for rate in versions for p in (rate.entered_by, rate.confirmed_by)])
        holding = await storage.rate_on(connection, wanted.base, wanted.quote, wanted.observed_on)
    found = next((rate for rate in versions if rate.version == wanted.version), None)
    if found is None:
        raise NotFound(kind="rate", id=name)
    other = holding if holding is not None and holding.name != found.name else None
    return RateDetails(found, versions, {person_id: who for person_id, (who, _) in names.items()}, other)


async def overview(pool: Pool, actor: Actor) -> Overview:
    """Everything the rates page opens with, from one snapshot."""
    authorize(actor, "read_rates")
    today = pool.today()
    async with pool.database.reading() as connection:
        rate = await storage.rate_on(connection, BASE, QUOTE, today)
        year = await storage.daily_values(connection, BASE, QUOTE, today - timedelta(days=CHART_DAYS), today)
        return Overview(
            latest=None if rate is None else on_day(rate, today, pool.clock()),
            year=year,
            year_average=average([value for _, value in year]) if year else None,
            months=by_month(year),
            proposals=await proposals(connection, actor),
            files=await storage.latest_files(connection),
            fetch=await reference.setting(connection, FETCH_SETTING),
        )


async def proposals(connection: Connection, actor: Actor) -> list[ProposedRate]:
    """Rates entered by hand that wait for a second person."""
    waiting_rates = await storage.proposed(connection)
    people = await storage.names_of(connection, [rate.entered_by for rate in waiting_rates])
    return [
        ProposedRate(rate, *people.get(rate.entered_by or 0, ("", None)), own=rate.entered_by == actor.person_id) for rate in waiting_rates
    ]


async def waiting(connection: Connection, actor: Actor, today: date) -> list[Waiting]:
    """For the first page: rates somebody else entered that this person can confirm."""
    if not actor.can("confirm_rate"):
        return []
    return [
        Waiting(
            kind="confirm_rate", subject=item.rate.name, url="/rates#proposals", union=item.union or "",
            since=item.rate.retrieved_at.astimezone(ZONE).date(),
            facts={
                "rate": item.rate.text, "base": item.rate.base, "quote": item.rate.quote, "source": item.rate.source,
                "observed_on": item.rate.observed_on.isoformat(), "by": item.by,
            },
        )
        for item in await proposals(connection, actor)
        if not item.own
    ]  # fmt: skip


async def record_fetch(pool: Pool, actor: Actor, reason: str | None, new: int) -> None:
    """Keep how the last scheduled fetch ended, for the rates page and the audit trail; ``reason`` is a short word, None for success."""
    outcome = "done" if reason is None else "failed"
    now = pool.clock()
    async with pool.database.writing() as connection:
        await reference.set_setting(connection, FETCH_SETTING, {"at": now.isoformat(), "outcome": outcome, "reason": reason, "new": new})
        event = audit.event(actor, "fetch_rates", "done" if reason is None else "refused", reason=reason, new=new)
        await audit.keep(connection, [event], now)
