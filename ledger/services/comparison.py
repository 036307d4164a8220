"""Compare what the unions' own ledgers say of what one owes the other and of what they paid into the pool, keep what differs from one cut-off to the
next, and take both treasurers' word.

A union that uploaded nothing for a cut-off, or whose extract has no account for what is compared, is taken at what the pool's own book of that
union says. A comparison is made anew whenever something it rests on changed, under a new number, so that nobody has agreed to what they did not see.
It is computed before the books' head is taken, and kept if nothing changed meanwhile.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from ledger.domain import comparison_found as rules
from ledger.domain.actors import Actor, authorize
from ledger.domain.comparison_found import Class, Found
from ledger.domain.comparison_items import Item
from ledger.domain.days import check_past_day
from ledger.domain.numbers import written as written_as
from ledger.domain.pledges import plain
from ledger.domain.refusals import ComparisonChanged, MonthSigned, OtherUnion, UnexplainedLeft
from ledger.services.close_guard import refuse_if_signed
from ledger.services.comparison_books import LeftOut, Pair
from ledger.services.comparison_computing import Basis, Computed, Ready, compute, of_kept, pair_of, ready, working_of
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import differences as store
from ledger.storage import extracts as extract_store
from ledger.storage import journal, reference
from ledger.storage.database import Connection
from ledger.storage.differences import About, Agreement, Difference, KeptComparison

READ, AGREE, HANDLE = "read_books", "agree_comparison", "handle_difference"
REMARK_MAXIMUM = 500
Standing = Literal["open", "agreed", "agreed_with_differences"]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One difference as a comparison lists it. ``number`` is "" while it is not kept; ``items`` are the rows that make it."""

    number: str
    kind: Class
    hint: str
    reference: str
    creditor_day: date | None
    debtor_day: date | None
    creditor_minor: int | None
    debtor_minor: int | None
    pool_minor: int | None
    difference_minor: int
    later_on: date | None
    other_currency: str
    other_minor: int | None
    owner: str | None
    due_on: date | None
    state: str
    first_seen: date | None
    items: tuple[Item, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison as it is shown and signed: creditor's balance - debtor's = the sums by class, what is unexplained and within the tolerance in their
    place, and what was agreed to within it before. ``number`` is "" for one that nobody has made yet; ``parties`` are whose treasurers agree.
    """

    number: str
    ends_on: date
    creditor: str
    debtor: str
    currency: str
    about: About
    first: date
    since: date
    creditor_basis: Basis
    debtor_basis: Basis
    creditor_extract: str | None
    debtor_extract: str | None
    creditor_minor: int
    debtor_minor: int
    pool_minor: int
    difference_minor: int
    by_class: dict[str, int]
    lines: list[Line]
    unexplained_minor: int
    tolerance_minor: int
    passes: dict[str, int]
    weak: list[rules.Match]
    left_out: list[LeftOut]
    accepted_minor: int
    parties: list[str]
    agreed: list[Agreement]
    standing: Standing

    @property
    def unexplained_size_minor(self) -> int:
        """What is held to the tolerance: errors in both directions do not make each other good."""
        return rules.size_of_unexplained([each.difference_minor for each in self.lines if each.kind == "unexplained"], self.unexplained_minor)


class Cutoff(msgspec.Struct, frozen=True):
    """A cut-off, with which unions uploaded and how its comparisons stand."""

    ends_on: date
    extracts: dict[str, str]
    comparisons: list[Comparison]


def written_comparison(number: str) -> str:
    """A comparison's number as it is kept; refuses what can be none."""
    return written_as(number, "CM", "comparison")


# --- keeping ------------------------------------------------------------------------------------------------------------------


async def compare_now(pool: Pool, actor: Actor, key: str, ends_on: date) -> list[str]:
    """Compare everything at a cut-off, and at every later one that was compared; the numbers of the comparisons in force at the cut-off."""

    async def work(w: Work) -> Done:
        check_past_day("ends_on", ends_on, w.today)
        await store.hold(w.connection)
        numbers = await run(w, ends_on)
        return Done({"comparisons": numbers}, f"comparison/{ends_on.isoformat()}", {"comparisons": numbers})

    answer = await perform(pool, actor, "compare_ledgers", key, {"ends_on": ends_on.isoformat()}, work, permission=HANDLE, posts=False)
    return list(answer["comparisons"])


async def run(w: Work, ends_on: date) -> list[str]:
    """Make the comparisons of a cut-off, and of every later one, anew; one that finds what it found before stays, with its agreements.

    A later month that is signed stays as it is, and so do those after it: what is found in it is found again once it is opened.

    The caller holds what is compared (``store.hold``) and not the books' head: that is taken here when all is computed, for as long as it takes to see
    that nothing changed meanwhile and to write.
    """
    computed = await current(w.connection, ends_on)
    (_, first), *later = computed.made
    numbers = await _keep_cutoff(w, ends_on, first)
    with suppress(MonthSigned):
        for day, some in later:
            await _keep_cutoff(w, day, some)
    return numbers


async def current(connection: Connection, ends_on: date, later: bool = True) -> Ready:
    """What the books answer, with their head in hand; computed again under it only if something changed while it was computed."""
    computed = await ready(connection, ends_on, later)
    await journal.lock_head(connection)
    return computed if await store.mark(connection) == computed.mark else await ready(connection, ends_on, later)


async def _keep_cutoff(w: Work, ends_on: date, computed: Sequence[Computed]) -> list[str]:
    known = {pair_of(each): each for each in await store.current(w.connection, ends_on)}
    numbers = []
    for each in computed:
        before = known.get(each.pair)
        numbers.append(before.number if before is not None and of_kept(before) == each else await _keep(w, ends_on, each))
        await _keep_differences(w, ends_on, each)
    made = {each.pair for each in computed}
    for pair, before in known.items():
        if pair not in made:
            await _retire(w, ends_on, pair, before.number)
    return numbers


async def _retire(w: Work, ends_on: date, pair: Pair, number: str) -> None:
    """What no ledger says anything of any more, as when an extract took another's place: nobody is asked about it again."""
    await refuse_if_signed(w.connection, ends_on)
    await store.retire_comparison(w.connection, number)
    await _resolve_all_but(w, ends_on, pair, ())


async def _keep(w: Work, ends_on: date, each: Computed) -> str:
    await refuse_if_signed(w.connection, ends_on)
    number = await w.next_number("CM")
    new = KeptComparison(
        number=number, ends_on=ends_on, creditor=each.pair.creditor, debtor=each.pair.debtor, currency=each.pair.currency,
        about=each.pair.about, creditor_extract=each.creditor_extract, debtor_extract=each.debtor_extract, creditor_minor=each.creditor_minor,
        debtor_minor=each.debtor_minor, pool_minor=each.pool_minor, unexplained_minor=each.unexplained_minor,
        working=msgspec.to_builtins(each.working), state="current", made_by=w.actor.person_id, made_at=w.now,
    )  # fmt: skip
    await store.add_comparison(w.connection, new)
    return number


async def _keep_differences(w: Work, ends_on: date, each: Computed) -> None:
    """Keep what is new, renew what stays, and resolve what is found no more."""
    found = {each.pair.identity(one): one for one in each.working.differences}
    known = await store.of_identities(w.connection, list(found))
    for identity, one in found.items():
        if identity in known:
            await _renew(w, ends_on, known[identity], one)
        else:
            await _add(w, ends_on, each.pair, identity, one)
    await _resolve_all_but(w, ends_on, each.pair, found)


async def _resolve_all_but(w: Work, ends_on: date, pair: Pair, found: Collection[str]) -> None:
    for old in await store.open_of_pair(w.connection, pair.creditor, pair.debtor, pair.currency, pair.about):
        if old.identity not in found and old.first_seen <= ends_on and old.last_seen <= ends_on:
            await store.save_difference(w.connection, old.number, state="resolved", state_since=w.now)
            await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "matched", "", {"ends_on": ends_on.isoformat()})


async def _add(w: Work, ends_on: date, pair: Pair, identity: str, found: Found) -> None:
    number = await w.next_number("DF")
    new = Difference(
        number=number, identity=identity, creditor=pair.creditor, debtor=pair.debtor, currency=pair.currency, about=pair.about,
        first_seen=ends_on, last_seen=ends_on, classed_by=None,
        owner=pair.union_on(rules.owner_of(found)), due_on=rules.due_on(found.kind, ends_on), state="open", state_since=w.now,
        version=1, remark="", **_facts(found), kind=found.kind,
    )  # fmt: skip
    await store.add_difference(w.connection, new)
    await store.add_event(w.connection, number, w.actor.person_id, w.now, "found", "", {"ends_on": ends_on.isoformat(), "class": found.kind})


def _facts(found: Found) -> dict[str, Any]:
    creditor = found.sum_of("creditor")
    return {
        "reference": found.reference[:200], "creditor_day": found.day_of("creditor"), "debtor_day": found.day_of("debtor"),
        "creditor_minor": found.opening_minor if found.opening_minor else creditor, "debtor_minor": found.sum_of("debtor"),
        "pool_minor": found.pool_minor, "hint": found.hint,
    }  # fmt: skip


async def _renew(w: Work, ends_on: date, old: Difference, found: Found) -> None:
    """What was found again: seen later, or seen otherwise. One that was resolved before this cut-off opens again."""
    if ends_on < old.last_seen:
        return
    changed = {name: value for name, value in _facts(found).items() if getattr(old, name) != value}
    if old.classed_by is None and old.kind != found.kind:
        changed["kind"] = found.kind
    if old.last_seen != ends_on:
        changed["last_seen"] = ends_on
        if old.state == "resolved":
            changed |= {"state": "open", "state_since": w.now}
            await store.add_event(w.connection, old.number, w.actor.person_id, w.now, "found_again", "", {"ends_on": ends_on.isoformat()})
    if changed:
        await store.save_difference(w.connection, old.number, **changed)


# --- agreeing -----------------------------------------------------------------------------------------------------------------


async def agree(pool: Pool, actor: Actor, key: str, number: str, remark: str = "") -> Comparison:
    """Agree for one's own union to a comparison with the differences it lists. Refuses while more is unexplained than the agreement lets be, and
    what was compared anew since.
    """

    async def work(w: Work) -> Done:
        await store.hold(w.connection)
        kept = await store.comparison(w.connection, written_comparison(number))
        if w.actor.union not in pair_of(kept).parties([each.code for each in await reference.unions(w.connection)]):
            raise OtherUnion(union=kept.creditor, account="")
        await _check_current(w.connection, kept)
        return await _agreed(w, kept, remark)

    request = {"comparison": number, "remark": remark}
    answer = await perform(pool, actor, "agree_comparison", key, request, work, permission=AGREE, posts=False)
    return await show_comparison(pool, actor, answer["comparison"])


async def _agreed(w: Work, kept: KeptComparison, remark: str) -> Done:
    working, size = working_of(kept), size_of_unexplained(kept)
    if size > working.tolerance_minor:
        raise UnexplainedLeft(comparison=kept.number, unexplained_minor=size, tolerance_minor=working.tolerance_minor, currency=kept.currency)
    said = (await store.agreements(w.connection, [kept.number]))[kept.number]
    if all(each.union != w.actor.union for each in said):
        words = plain("remark", remark, REMARK_MAXIMUM)
        await store.agree(w.connection, kept.number, w.actor.union or "", w.actor.person_id, w.now, words)
    return Done({"comparison": kept.number}, kept.number, {"unexplained_minor": kept.unexplained_minor})


async def _check_current(connection: Connection, kept: KeptComparison) -> None:
    """Refuse what is no longer in force, and what the books would no longer answer."""
    if kept.state != "current":
        now = next((each for each in await store.current(connection, kept.ends_on) if pair_of(each) == pair_of(kept)), None)
        raise ComparisonChanged(comparison=kept.number, current=now.number if now else "")
    if of_kept(kept) not in (await current(connection, kept.ends_on, later=False)).made[0][1]:
        raise ComparisonChanged(comparison=kept.number, current="")


# --- reading ------------------------------------------------------------------------------------------------------------------


def size_of_unexplained(kept: KeptComparison) -> int:
    """What of a kept comparison is held to the tolerance."""
    return rules.size_of_unexplained([each.weight for each in working_of(kept).differences if each.kind == "unexplained"], kept.unexplained_minor)


async def at_cutoff(connection: Connection, ends_on: date) -> list[Comparison]:
    """What stands between the unions at a cut-off, and between each and the pool's journal: the comparisons in force, or, where nobody has made any
    yet, what one made now would find.
    """
    unions = [each.code for each in await reference.unions(connection)]
    kept = await store.current(connection, ends_on)
    if not kept:
        return [_fresh(ends_on, each, unions) for each in await compute(connection, ends_on)]
    agreed = await store.agreements(connection, [each.number for each in kept])
    return [await _view(connection, each, agreed[each.number], unions) for each in kept]


async def _view(connection: Connection, kept: KeptComparison, agreed: list[Agreement], unions: Sequence[str]) -> Comparison:
    computed = of_kept(kept)
    known = await store.of_identities(connection, [computed.pair.identity(each) for each in computed.working.differences])
    lines = [_line(each, known.get(computed.pair.identity(each))) for each in computed.working.differences]
    return _comparison(kept.number, kept.ends_on, computed, lines, agreed, unions)


def _fresh(ends_on: date, each: Computed, unions: Sequence[str]) -> Comparison:
    return _comparison("", ends_on, each, [_line(one, None) for one in each.working.differences], [], unions)


def _comparison(number: str, ends_on: date, each: Computed, lines: list[Line], agreed: list[Agreement], unions: Sequence[str]) -> Comparison:
    by_class: Counter[str] = Counter()
    for line in lines:
        by_class[line.kind] += line.difference_minor
    parties = sorted(each.pair.parties(unions))
    both = {one.union for one in agreed} >= set(parties)
    standing: Standing = "open" if not both else "agreed_with_differences" if lines or each.unexplained_minor else "agreed"
    working = each.working
    return Comparison(
        number=number, ends_on=ends_on, creditor=each.pair.creditor, debtor=each.pair.debtor, currency=each.pair.currency, about=each.pair.about,
        first=working.first, since=working.since, creditor_basis=working.creditor_basis, debtor_basis=working.debtor_basis,
        creditor_extract=each.creditor_extract, debtor_extract=each.debtor_extract, creditor_minor=each.creditor_minor,
        debtor_minor=each.debtor_minor, pool_minor=each.pool_minor, difference_minor=each.creditor_minor - each.debtor_minor,
        by_class=dict(by_class), lines=lines, unexplained_minor=each.unexplained_minor, tolerance_minor=working.tolerance_minor,
        passes=working.passes, weak=working.weak, left_out=working.left_out, accepted_minor=working.accepted_minor, parties=parties, agreed=agreed,
        standing=standing,
    )  # fmt: skip


def _line(found: Found, kept: Difference | None) -> Line:
    facts = _facts(found)
    return Line(
        number=kept.number if kept else "", kind=found.kind, difference_minor=found.weight, later_on=found.later_on,
        other_currency=found.other_currency, other_minor=found.other_minor,
        owner=kept.owner if kept else None, due_on=kept.due_on if kept else None, state=kept.state if kept else "",
        first_seen=kept.first_seen if kept else None, items=found.items, **facts,
    )  # fmt: skip


async def show_comparison(pool: Pool, actor: Actor, number: str) -> Comparison:
    """One comparison, in force or not."""
    authorize(actor, READ)
    async with pool.database.reading() as connection:
        kept = await store.comparison(connection, written_comparison(number))
        unions = [each.code for each in await reference.unions(connection)]
        return await _view(connection, kept, (await store.agreements(connection, [kept.number]))[kept.number], unions)


async def show_cutoff(pool: Pool, actor: Actor, ends_on: date) -> Cutoff:
    """What stands between the unions at a cut-off, with which unions uploaded; refuses a day to come."""
    authorize(actor, READ)
    check_past_day("ends_on", ends_on, pool.today())
    async with pool.database.reading() as connection:
        return await _cutoff(connection, ends_on)


async def _cutoff(connection: Connection, ends_on: date) -> Cutoff:
    extracts: dict[str, str] = {}
    for each in await reference.unions(connection):
        kept = await extract_store.kept(connection, each.code, ends_on)
        extracts |= {each.code: kept.number} if kept else {}
    return Cutoff(ends_on, extracts, await at_cutoff(connection, ends_on))


async def list_cutoffs(pool: Pool, actor: Actor, before: date | None = None, limit: int = 24) -> list[Cutoff]:
    """Cut-offs with how each stands, the newest first; the last month that ended is always among the first of them."""
    authorize(actor, READ)
    last_month = pool.today().replace(day=1) - timedelta(days=1)
    async with pool.database.reading() as connection:
        known = {*await store.cutoffs(connection), last_month}
        days = sorted((day for day in known if before is None or day < before), reverse=True)[:limit]
        return [await _cutoff(connection, day) for day in days]
