"""Answer in JSON which thresholds there are, take proposals and decisions, and give the list they make to those who may see the roster."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.schemas import After, Amount, IdempotencyKey, Limit, amount, cursor, from_cursor
from ledger.domain.actors import Actor
from ledger.domain.thresholds import APPLIES_TO, Comparison, ProposeThreshold, Threshold
from ledger.services import tax_review
from ledger.services import thresholds as service
from ledger.services.pool import Pool

Year = Annotated[int | None, QueryParameter(ge=2000, le=2100, description="Calendar year; this one where left out")]
Nation = Annotated[str | None, QueryParameter(pattern=r"^[A-Z]{2}$", description="Nation of the payer: one's own union's")]
_PLACE = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class ThresholdOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a threshold: an amount, more than so many days, or both. `comparison` is that of the amount, at_least or over.

    `period` is calendar_year, fiscal_year, single or 24_hours; `state` proposed, confirmed or rejected; `nation` the payer's, or of transfers the
    bank's. Of a year that version counts which holds on its last day. `first_day_assumed`: no source says that it holds from `valid_from` on.
    `source_fr` is empty where the source is the same in both languages.
    """

    code: str
    version: int
    name_en: str
    name_fr: str
    amount: Amount | None
    days: int | None
    comparison: str
    period: str
    nation: str | None
    applies_to: str
    valid_from: date
    valid_to: date | None
    first_day_assumed: bool
    source: str
    source_fr: str
    state: str
    entered_at: datetime
    decided_at: datetime | None


class NewThreshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A threshold with its source; of a known code it is the next version, and holds once a second treasurer confirms it."""

    code: Annotated[str, msgspec.Meta(description="Small letters, digits and hyphens", examples=["strike-benefits-us"])]
    name_en: str
    name_fr: str
    amount: Amount | None = None
    days: Annotated[int | None, msgspec.Meta(description="More than so many days, where days count")] = None
    comparison: Comparison = "at_least"
    nation: str | None = None
    applies_to: Annotated[str, msgspec.Meta(description="What is compared with it", extra_json_schema={"enum": list(APPLIES_TO)})] = "strike_benefits"
    valid_from: date
    valid_to: date | None = None
    first_day_assumed: Annotated[bool, msgspec.Meta(description="Whether the source does not say from when it holds")] = False
    source: str
    source_fr: Annotated[str, msgspec.Meta(description="The source in French, where it is not the same")] = ""


class ThresholdDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a second treasurer says."""

    decision: Literal["confirmed", "rejected"]


class ReviewedMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member whose year reaches the threshold, by what the support was."""

    reference: str
    name: str
    locals: str
    benefits: Amount
    medical: Amount
    hardship: Amount
    total: Amount


class TaxReviewOut(msgspec.Struct, frozen=True, kw_only=True):
    """For review, never advice: one union's members whose year reaches `threshold`; null where none holds, and then nobody is listed."""

    year: int
    union: str
    threshold: ThresholdOut | None
    paid_members: int
    listed_members: int
    items: list[ReviewedMember]
    next: str | None


def threshold_out(kept: Threshold) -> ThresholdOut:
    """A threshold as it travels."""
    return ThresholdOut(
        code=kept.code, version=kept.version, name_en=kept.name_en, name_fr=kept.name_fr,
        amount=amount(*kept.money) if kept.amount_minor is not None else None, days=kept.days, comparison=kept.comparison, period=kept.period,
        nation=kept.nation, applies_to=kept.applies_to, valid_from=kept.valid_from, valid_to=kept.valid_to,
        first_day_assumed=kept.first_day_assumed, source=kept.source, source_fr=kept.source_fr, state=kept.state,
        entered_at=kept.proposed_at, decided_at=kept.decided_at,
    )  # fmt: skip


class ThresholdsController(Controller):
    """Thresholds."""

    path = "/thresholds"
    tags = ["Thresholds"]

    @get("/", operation_id="listThresholds", opt={"permission": "read_thresholds"})
    async def list_thresholds(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor]) -> list[ThresholdOut]:
        """Every version of every threshold, by code, the newest first."""
        return [threshold_out(each.threshold) for each in (await service.overview(pool, actor)).items]

    @post("/", operation_id="proposeThreshold", opt={"permission": "change_thresholds"})
    async def propose_threshold(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, data: JSONBody[NewThreshold]
    ) -> ThresholdOut:
        """Enter a threshold; it holds once a second treasurer has confirmed it."""
        fields = msgspec.structs.asdict(data)
        given = fields.pop("amount")
        wanted = ProposeThreshold(**fields, amount_minor=given.minor if given else None, currency=given.currency if given else None)
        return threshold_out(await service.propose_threshold(pool, actor, key, wanted))

    @post("/{code:str}/{version:int}/decision", operation_id="decideThreshold", opt={"permission": "change_thresholds"}, status_code=200)
    async def decide_threshold(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey, code: FromPath[str], version: FromPath[int],
        data: JSONBody[ThresholdDecision],
    ) -> ThresholdOut:  # fmt: skip
        """Confirm or reject a threshold that another treasurer entered."""
        return threshold_out(await service.decide_threshold(pool, actor, key, code, version, data.decision))


@get("/strikes/tax-review", operation_id="getTaxReview", opt={"permission": "read_roster", "answers": (422,)}, tags=["Strikes"])
async def get_tax_review(
    pool: NamedDependency[Pool], actor: NamedDependency[Actor], year: Year = None, nation: Nation = None, after: After = None, limit: Limit = 50
) -> TaxReviewOut:
    """Members of one's own union whose support of a year reaches a threshold, for review; every look is logged."""
    (place,) = from_cursor(after, _PLACE) or (0,)
    found = await tax_review.review(pool, actor, year, nation or "", place, limit)
    currency = found.threshold.money[1] if found.threshold else ""
    items = [
        ReviewedMember(
            reference=each.reference, name=each.name, locals=each.locals, benefits=amount(each.benefits_minor, currency),
            medical=amount(each.medical_minor, currency), hardship=amount(each.hardship_minor, currency), total=amount(each.total_minor, currency),
        )
        for each in found.members
    ]  # fmt: skip
    return TaxReviewOut(
        year=found.year, union=found.union.code, threshold=threshold_out(found.threshold) if found.threshold else None,
        paid_members=found.sums.paid, listed_members=found.sums.listed, items=items, next=cursor(found.next) if found.next else None,
    )  # fmt: skip


ROUTES = [ThresholdsController, get_tax_review]
