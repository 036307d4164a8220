"""Search everything a person may read: numbers, amounts in either language's writing, and words."""

from collections.abc import Sequence

import msgspec

from ledger.domain.accounts import Account, Fund
from ledger.domain.actors import Actor, authorize
from ledger.domain.allocations import Allocation, Revision
from ledger.domain.bookings import may_see
from ledger.domain.campaigns import Campaign, may_read, reads_all
from ledger.domain.money import LARGEST_AMOUNT_MINOR
from ledger.domain.payees import Payee
from ledger.domain.refusals import NotFound
from ledger.domain.search import Query, people_number, understand
from ledger.domain.strike_weeks import Support
from ledger.domain.strikes import Strike
from ledger.services import allocations
from ledger.services.pool import Pool
from ledger.storage import accounts as accounts_store
from ledger.storage import bookings, deliveries, entries, journal, payees, reference, strike_weeks, strikes
from ledger.storage import campaigns as campaigns_store
from ledger.storage import search as store
from ledger.storage.campaigns import CampaignFilter
from ledger.storage.database import Connection
from ledger.storage.search import LIMIT, RECENT_ENTRIES, Found
from ledger.storage.strikes import StrikeFilter


class Results(msgspec.Struct, frozen=True):
    """What was found, best first; ``exact`` is where a search for one number leads straight away.

    ``recent_entries`` is how many of the last entries were looked through for an amount (0 when none was searched for).
    """

    text: str
    exact: str | None
    items: list[Found]
    recent_entries: int = 0


async def search(pool: Pool, actor: Actor, typed: str) -> Results:
    """At most :data:`LIMIT` of each kind, of the kinds this person may read."""
    authorize(actor, "see_home")
    query = understand(typed)
    if not query.text:
        return Results("", None, [])
    async with pool.database.reading() as connection:
        books = actor.can("read_books")
        numbered = await _numbered(connection, actor, query)
        exact = numbered[0].url if len(numbered) == 1 else None
        amounts = await _amounts(connection, query) if books else []
        items = [*numbered, *await _named(connection, actor, query), *amounts, *(await _worded(connection, query) if books else [])]
        if books and query.entry is not None and await entries.exists(connection, query.entry):
            straight = f"/journal/{query.entry}"
            exact = exact or (None if amounts else straight)
            if not any(item.url == straight for item in items):
                items.insert(0, _found("entry", f"J-{query.entry}", straight))
    return Results(query.text, exact, _once(items), RECENT_ENTRIES if books and query.amounts else 0)


_KINDS = {
    "T": ("transfer", "/transfers/"), "C": ("contribution", "/contributions/"), "P": ("pledge", "/pledges/"), "L": ("loan", "/loans/"),
    "M": ("step", "/steps/"), "EQ": ("equalisation", "/equalisation/"), "JC": ("joint_cost", "/equalisation/costs/"),
    "DF": ("difference", "/comparison/differences/"), "LX": ("extract", "/extracts/"), "BS": ("bank_statement", "/bank/statements/"),
}  # fmt: skip
# What more people may read than the books: what it is, where, and by whom.
_OPEN = {"AG": ("agreement", "/agreements/", "read_agreements"), "R": ("resource", "/resources/", "read_resources")}


async def _numbered(connection: Connection, actor: Actor, query: Query) -> list[Found]:
    """What has this number, if it may be read."""
    if query.run:
        return await _run(connection, query.run) if actor.can("read_strikes") else []
    if query.numbered is None:
        return []
    letters, number = query.numbered
    written = people_number(letters, number)
    if letters == "CAM":
        campaign = await campaigns_store.find(connection, written)
        return [_campaign(campaign)] if campaign is not None and may_read(actor, campaign) else []
    if letters == "B":
        payee = await payees.find(connection, written) if actor.can("read_payees") else None
        return [] if payee is None else [_payee(payee)]
    if letters == "A":
        request = await allocations.find_seen(connection, actor, written) if actor.can("read_requests") else None
        return [] if request is None else [_request(request, None)]
    if letters in ("S", "SA"):
        return await _of_strikes(connection, letters, written) if actor.can("read_strikes") else []
    if letters in _OPEN:
        kind, place, permission = _OPEN[letters]
        there = actor.can(permission) and await store.numbered_exists(connection, letters, written)
        return [_found(kind, written, f"{place}{written}")] if there else []
    if letters in ("BK", "DL"):
        return await _lent(connection, actor, letters, written) if actor.can("read_resources") else []
    return await _of_the_books(connection, letters, number, written) if actor.can("read_books") else []


async def _lent(connection: Connection, actor: Actor, letters: str, number: str) -> list[Found]:
    """A booking or delivery, as unknown to who may not know of it."""
    try:
        booking = await bookings.booking(connection, number if letters == "BK" else (await deliveries.delivery(connection, number)).booking)
    except NotFound:
        return []
    place, kind = ("/bookings/", "booking") if letters == "BK" else ("/deliveries/", "delivery")
    return [_found(kind, number, place + number)] if may_see(actor, booking) else []


async def _run(connection: Connection, number: str) -> list[Found]:
    run = next((each for each in await strike_weeks.numbered(connection, number)), None)
    return [] if run is None else [_support(run)]


async def _of_strikes(connection: Connection, letters: str, number: str) -> list[Found]:
    if letters == "S":
        strike = await strikes.find(connection, number)
        return [] if strike is None else [_strike(strike)]
    return [_support(each) for each in await strike_weeks.numbered(connection, number)]


def _strike(strike: Strike) -> Found:
    return Found(
        kind="strike", subject=strike.number, url=f"/strikes/{strike.number}", title_en=strike.name, title_fr=strike.name, day=strike.starts_on,
        union=strike.union,
    )  # fmt: skip


def _support(support: Support) -> Found:
    """A weekly run or an advance: what it comes to, and no member."""
    return Found(
        kind=f"strike_{support.kind}", subject=support.number, url=support.url, title_en="", title_fr="", day=support.starts_on,
        amount_minor=support.amount_minor, currency=support.currency, union=support.union,
    )  # fmt: skip


async def _of_the_books(connection: Connection, letter: str, number: int, written: str) -> list[Found]:
    if letter == "J":
        return [_found("entry", f"J-{number}", f"/journal/{number}")] if await entries.exists(connection, number) else []
    if letter not in _KINDS or not await store.numbered_exists(connection, letter, written):
        return []
    kind, place = _KINDS[letter]
    return [_found(kind, written, place + written)]


def _found(kind: str, subject: str, url: str) -> Found:
    return Found(kind=kind, subject=subject, url=url, title_en="", title_fr="")


def _campaign(campaign: Campaign) -> Found:
    return Found(
        kind="campaign", subject=campaign.number, url=f"/campaigns/{campaign.number}", title_en=campaign.name, title_fr=campaign.name,
        day=campaign.starts_on, union=campaign.union,
    )  # fmt: skip


async def _amounts(connection: Connection, query: Query) -> list[Found]:
    wanted = []
    for currency, digits in (await reference.currencies(connection)).items():
        for amount in query.amounts:
            minor = amount.scaleb(digits)
            if query.currency in (None, currency) and minor == int(minor) and minor <= LARGEST_AMOUNT_MINOR:
                wanted.append((currency, int(minor)))
    if not wanted:
        return []
    return [*await store.records_by_amount(connection, wanted), *await store.entries_by_amount(connection, wanted)]


async def _worded(connection: Connection, query: Query) -> list[Found]:
    if not query.words:
        return []
    return [*await store.pledges_by_words(connection, query.words), *await store.entries_by_words(connection, query.words)]


async def _named(connection: Connection, actor: Actor, query: Query) -> list[Found]:
    """Funds, payees, accounts, campaigns, locals and people, by their names in both languages."""
    if not query.words:
        return []
    found: list[Found] = []
    if actor.can("read_funds"):
        funds = await reference.funds(connection)
        found += [_fund(fund) for fund in funds if store.matches(query.words, fund.code, fund.name_en, fund.name_fr, fund.restriction_text)]
    if actor.can("read_payees"):
        found += [_payee(payee) for _, payee in await payees.payees(connection, query.words, None, "", LIMIT)]
    if actor.can("read_books"):
        accounts = (await journal.read_accounts(connection)).values()
        found += [_account(each) for each in sorted(accounts, key=lambda each: each.id) if _fits(query.words, each)][:LIMIT]
    if actor.can("read_campaigns"):
        lead = None if reads_all(actor) else actor.person_id
        found += [_campaign(each) for each in await campaigns_store.campaigns(connection, CampaignFilter(words=query.text), lead, limit=LIMIT)]
    if actor.can("read_requests"):
        found += [_request(*each) for each in await allocations.found(connection, actor, query.text, LIMIT)]
    if actor.can("read_strikes"):
        found += [_strike(each) for each in await strikes.strikes(connection, StrikeFilter(words=query.text), limit=LIMIT)]
    if actor.can("read_people"):
        found += await store.people_by_words(connection, query.words)
        found += [
            Found(kind="local", subject=each.number, url="/unions", title_en=each.name, title_fr=each.name, union=each.union)
            for each in await accounts_store.locals_(connection)
            if store.matches(query.words, "local", "section locale", each.number, each.name, each.city)
        ][:LIMIT]
    return found


def _fits(words: Sequence[str], account: Account) -> bool:
    return store.matches(words, account.book, account.path, account.currency, account.name_en, account.name_fr)


def _request(allocation: Allocation, revision: Revision | None) -> Found:
    """A request by its purpose; a draft, which only its writer finds, leads to where it is written."""
    title = revision.purpose if revision else ""
    url = f"/requests/{allocation.number}" + ("" if allocation.revision else "/change")
    return Found(kind="request", subject=allocation.number, url=url, title_en=title, title_fr=title, day=allocation.submitted_on, union=allocation.union)


def _fund(fund: Fund) -> Found:
    return Found(kind="fund", subject=fund.code, url=f"/funds/{fund.code}", title_en=fund.name_en, title_fr=fund.name_fr)


def _payee(payee: Payee) -> Found:
    return Found(kind="payee", subject=payee.number, url=f"/payees/{payee.number}", title_en=payee.name, title_fr=payee.name)


def _account(account: Account) -> Found:
    return Found(
        kind="account", subject=account.label, url=f"/accounts/{account.id}", title_en=account.name_en, title_fr=account.name_fr,
        currency=account.currency, union=account.custodian,
    )  # fmt: skip


def _once(items: Sequence[Found]) -> list[Found]:
    return list({item.url + item.subject: item for item in reversed(items)}.values())[::-1]
