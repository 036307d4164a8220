"""What campaigns asked for, what was approved and what was spent by a day, by initiative and by campaign."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from ledger.domain.campaigns import INITIATIVES
from ledger.services.pool import ZONE
from ledger.storage.database import Connection
from reports.boards.scope import Scope
from reports.campaign_list import INITIATIVE_NAMES
from reports.document import Cell, Chart, Column, Section, Series, Table, cell, row, words, words_in
from reports.facts import bounded


class Wish(msgspec.Struct, frozen=True):
    """What a request asked of its fund in one currency by a day, and what became of it, minor units."""

    number: str
    fund_id: int
    initiative: str
    campaign: str
    campaign_name: str
    currency: str
    asked_minor: int
    approved_minor: int
    spent_minor: int


# Each figure by its own day: asked as it was asked by then (a request withdrawn later still was), approved when it was set aside, spent when it was
# paid; a payment taken back since counts until the day it was taken back. What was set aside is the last revision's, which nothing comes after.
_WISHES = """
    WITH asked AS (
        SELECT allocation, max(revision) AS revision FROM allocation_revisions WHERE (recorded_at AT TIME ZONE $3)::date <= $1 GROUP BY allocation)
    SELECT a.allocation AS number, r.fund_id, c.initiative, r.campaign, c.name AS campaign_name, l.currency::text AS currency,
        sum(l.amount_minor)::bigint AS asked_minor,
        coalesce(sum(k.committed_minor) FILTER (WHERE e.approved), 0)::bigint AS approved_minor, coalesce(sum(p.spent_minor), 0)::bigint AS spent_minor
    FROM asked a
    JOIN allocation_revisions r ON r.allocation = a.allocation AND r.revision = a.revision
    JOIN campaigns c ON c.number = r.campaign
    JOIN allocation_lines l ON l.allocation = a.allocation AND l.revision = a.revision
    LEFT JOIN commitments k ON k.allocation = l.allocation AND k.ordinal = l.ordinal
    CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM allocation_events v
        WHERE v.allocation = a.allocation AND v.what = 'committed' AND (v.recorded_at AT TIME ZONE $3)::date <= $1) AS approved) e
    LEFT JOIN LATERAL (
        SELECT sum(p.amount_minor) AS spent_minor FROM allocation_payments p LEFT JOIN entries undone ON undone.reverses = p.entry_number
        WHERE p.allocation = l.allocation AND p.line = l.ordinal AND p.paid_on <= $1 AND (p.state = 'paid' OR undone.entry_date > $1)) p ON true
    WHERE ($2::int IS NULL OR r.fund_id = $2) AND NOT EXISTS (SELECT FROM allocation_events v
        WHERE v.allocation = a.allocation AND v.what = 'withdrawn' AND (v.recorded_at AT TIME ZONE $3)::date <= $1)
    GROUP BY a.allocation, r.fund_id, c.initiative, r.campaign, c.name, l.currency
    ORDER BY length(r.campaign), r.campaign, length(a.allocation), a.allocation, l.currency"""


async def read(connection: Connection, scope: Scope) -> list[Wish]:
    """Of the year so far and of all years before, of the fund asked for or of all: what was ever asked by the day."""
    rows = await connection.fetch(_WISHES, scope.as_of, scope.fund_id, ZONE.key)
    bounded(len(rows))
    return [Wish(**dict(each)) for each in rows]


MONEY = (("asked", words_in("money", "Asked")), ("approved", words_in("money", "Approved")), ("spent", words_in("money", "Spent")))
CAMPAIGNS_SHOWN = 5


def shape(scope: Scope, selected: Sequence[Wish]) -> list[Section]:
    """By initiative with a chart where they can be counted in one currency, and by campaign, the largest first."""
    campaigns = Section((_by_campaign(scope, selected),))
    if not scope.after({}) or not selected:
        return [campaigns]
    table = _by_initiative(scope, selected)
    if not any(wish.approved_minor or wish.spent_minor for wish in selected):
        return [Section((table,)), campaigns]  # a drawing of nothing
    described = words("Two bars for each initiative: what was approved and what was spent. The table says the same.")
    series = (Series("approved", "soft"), Series("spent", "ink"))
    caption = words("Approved and spent by initiative, %(currency)s", currency=scope.into or "")
    return [Section((table,), charts=(Chart("initiatives-chart", table.name, "bar", "initiative", series, caption, described),), is_beside=True), campaigns]


def _groups(wishes: Iterable[Wish]) -> list[list[Wish]]:
    """By initiative, in their order."""
    found: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        found[wish.initiative].append(wish)
    return [found[name] for name in sorted(found, key=INITIATIVES.index)]


def _by_campaign(scope: Scope, wishes: Sequence[Wish]) -> Table:
    """The campaigns that asked for the most, in each currency; the others are counted, and listed in the report of requests."""
    weight: defaultdict[str, int] = defaultdict(int)
    for wish in wishes:
        weight[wish.campaign] += scope.weight(wish.asked_minor, wish.currency)
    kept = sorted(weight, key=lambda number: (-weight[number], len(number), number))[:CAMPAIGNS_SHOWN]
    columns = (
        Column("campaign", words("Campaign")), Column("initiative", words("Initiative")), *(Column(figure, label, "money") for figure, label in MONEY),
    )  # fmt: skip
    rows = [
        row(_campaign(own[0]), _initiative(scope, own[0]), *_sums(scope, own, campaign=own[0].campaign))
        for number in kept for own in by_currency([wish for wish in wishes if wish.campaign == number])
    ]  # fmt: skip
    rows += [row(words("All campaigns"), None, *_sums(scope, own), kind="total") for own in by_currency(wishes)]
    more = (words("The %(shown)s campaigns that asked for the most, of %(all)s.", shown=len(kept), all=len(weight)),) if len(weight) > len(kept) else ()
    return Table("campaigns", words("Requests by campaign"), columns, tuple(rows), more, words("Nothing was asked for by this date."))


def by_currency(wishes: Iterable[Wish]) -> list[list[Wish]]:
    """What was asked in each currency, by its code."""
    found: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        found[wish.currency].append(wish)
    return [found[currency] for currency in sorted(found)]


def _sums(scope: Scope, own: Sequence[Wish], campaign: str | None = None) -> list[Cell]:
    """What was asked, approved and spent in one currency."""
    currency = own[0].currency
    link = scope.requests(campaign=campaign, currency=currency)
    return [cell(total(own, figure), currency=currency, link=link) for figure, _ in MONEY]


def total(wishes: Iterable[Wish], figure: str) -> int:
    """One figure of requests of one currency, minor units."""
    return sum(getattr(wish, f"{figure}_minor") for wish in wishes)


def all_in(scope: Scope, wishes: Iterable[Wish], figure: str) -> int:
    """The same of all currencies in the reader's one."""
    return scope.all_in({own[0].currency: total(own, figure) for own in by_currency(wishes)})


def _initiative(scope: Scope, wish: Wish) -> Cell:
    return cell(words(INITIATIVE_NAMES[wish.initiative]), link=scope.requests(initiative=wish.initiative))


def _campaign(wish: Wish) -> Cell:
    return cell(wish.campaign_name, link=f"/campaigns/{wish.campaign}")


def _by_initiative(scope: Scope, wishes: Sequence[Wish]) -> Table:
    columns = (Column("initiative", words("Initiative")), *(each for figure, label in MONEY for each in scope.converted_column(figure, label)))

    def figures(found: Sequence[Wish], initiative: str | None = None) -> list[Cell]:
        return [cell(all_in(scope, found, figure), link=scope.requests(initiative=initiative)) for figure, _ in MONEY]

    rows = [row(_initiative(scope, found[0]), *figures(found, found[0].initiative)) for found in _groups(wishes)]
    caption = words("Requests by initiative, all in %(currency)s", currency=scope.into or "")
    return Table("initiatives", caption, columns, (*rows, row(words("Total"), *figures(wishes), kind="total")))
