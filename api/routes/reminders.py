"""Answer in JSON what reaches a threshold in a year, with every record behind each figure and the rate it was counted at."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.routes.funds import RateUsed, rate_used
from api.routes.thresholds import ThresholdOut, threshold_out
from api.schemas import Amount, amount
from ledger.domain.actors import Actor
from ledger.domain.reminders import Finding, Item
from ledger.services import statement_requests
from ledger.services import threshold_reminders as service
from ledger.services.pool import Pool
from ledger.services.threshold_reminders import FIRST_YEAR, LAST_YEAR, Gap, Part
from reports.facts import bounded

ReminderYear = Annotated[
    int | None, QueryParameter(ge=FIRST_YEAR, le=LAST_YEAR, description="The year, or that in which fiscal years end; this one where left out")
]
LastMonth = Annotated[int, QueryParameter(ge=1, le=12, description="The month in which fiscal years end")]


class ReminderItem(msgspec.Struct, frozen=True, kw_only=True):
    """A record behind a figure; `counted` is its amount in the threshold's currency at `rate`, null where there is no rate.

    Of a transfer `bank` is whose bank reports it, and `direction` out of that bank's country or into it; null of all else.
    """

    name_en: str
    name_fr: str
    url: str
    day: date
    purpose: str
    amount: Amount
    counted: Amount | None
    rate: RateUsed | None
    bank: str | None
    direction: Literal["out", "in"] | None


class ReminderFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A figure beside the threshold and whether it reaches it; `uncounted` of its items have no rate. A name where it is about one thing."""

    name_en: str
    name_fr: str
    url: str
    amount: Amount
    reached: bool
    uncounted: int
    items: list[ReminderItem]


class ReminderPart(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold over its days for one union (null: of banks); `below` others were looked at and do not reach it."""

    threshold: ThresholdOut
    union: str | None
    first: date
    last: date
    findings: list[ReminderFinding]
    below: int


class ReminderGap(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that no amount is entered for since a day, so that nothing is said of it for the year that ends on `last`."""

    code: str
    name_en: str
    name_fr: str
    since: date
    last: date


class LateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a member of one's own union that is open for longer than the threshold's days."""

    number: str
    asked_on: date
    open_days: int


class LateRequests(msgspec.Struct, frozen=True, kw_only=True):
    """The threshold of requests for statements, null where none holds, and the requests that reach it, the oldest first."""

    threshold: ThresholdOut | None
    late: list[LateRequest]


class RemindersOut(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder based on limits that people entered, never advice. `missing` are kinds that no threshold is entered for.

    `requests` are members' requests for statements as of today, to a treasury, of its own union; null to everybody else.
    """

    year: int
    month: int
    parts: list[ReminderPart]
    gaps: list[ReminderGap]
    missing: list[str]
    requests: LateRequests | None


@get("/reminders", operation_id="getReminders", opt={"permission": "read_reports", "answers": (422,)}, tags=["Thresholds"])
async def get_reminders(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], year: ReminderYear = None, month: LastMonth = 12
) -> RemindersOut:  # fmt: skip
    """What reaches a threshold in a year, by the books: which threshold, which amount, and what is behind it."""
    found = await service.of_year(pool, actor, year, month)
    bounded(sum(len(finding.items) for part in found.parts for finding in part.findings))
    return RemindersOut(
        year=found.year, month=found.last_month, parts=[part_out(part) for part in found.parts], gaps=[_gap_out(each) for each in found.gaps],
        missing=found.missing, requests=await _requests(pool, actor),
    )  # fmt: skip


async def _requests(pool: Pool, actor: Actor) -> LateRequests | None:
    if not actor.can(statement_requests.KEEP):
        return None
    view = await statement_requests.overview(pool, actor, limit=1)
    late = [LateRequest(number=each.number, asked_on=each.asked_on, open_days=each.open_days(pool.today())) for each in view.late]
    return LateRequests(threshold=threshold_out(view.threshold) if view.threshold else None, late=late)


def _gap_out(gap: Gap) -> ReminderGap:
    return ReminderGap(code=gap.ended.code, name_en=gap.ended.name_en, name_fr=gap.ended.name_fr, since=gap.since, last=gap.last)


def part_out(part: Part) -> ReminderPart:
    """What reaches one threshold as it travels."""
    currency = part.threshold.money[1]
    return ReminderPart(
        threshold=threshold_out(part.threshold), union=part.union.code if part.union else None, first=part.first, last=part.last,
        findings=[_finding_out(each, currency) for each in part.findings], below=part.below,
    )  # fmt: skip


def _finding_out(found: Finding, currency: str) -> ReminderFinding:
    return ReminderFinding(
        name_en=found.name_en, name_fr=found.name_fr, url=found.url, amount=amount(found.amount_minor, currency), reached=found.reached,
        uncounted=found.uncounted, items=[_item_out(each, currency) for each in found.items],
    )  # fmt: skip


def _item_out(item: Item, currency: str) -> ReminderItem:
    return ReminderItem(
        name_en=item.name_en, name_fr=item.name_fr, url=item.url, day=item.day, purpose=item.what, amount=amount(item.amount_minor, item.currency),
        counted=None if item.counted_minor is None else amount(item.counted_minor, currency), rate=rate_used(item.rate),
        bank=item.bank or None, direction=item.direction,
    )  # fmt: skip


ROUTES = [get_reminders]
