"""Answer in JSON which agreements the unions have, in which versions, and take proposals and decisions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.routes.approval_rules import Rejection
from api.schemas import After, Amount, CurrencyCode, Limit, Page, amount, cursor, minor_in, place_after
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.agreements import NOTICE_DAYS_MAXIMUM, AgreementKind, FeeBearer, ProposeAgreement, RateRule, SettlementRule, ShareBasis, Signature, Terms
from ledger.domain.refusals import RequestInvalid
from ledger.services import agreements as service
from ledger.services.agreements import AgreementView, Standing
from ledger.services.pool import Pool

Percent = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,3}(\.[0-9]{1,2})?\Z", description="Per cent, at most 2 decimals", examples=["62.50"])]
RateSource = Literal["boc", "fed", "bank", "other"]


class AgreementSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who signed for a union, as the paper has it."""

    union: str
    signed_by: str
    office: str
    signed_on: date


class AgreementTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the agreement fixes in fields; null where it says nothing of it.

    Nothing is computed without `debt_currency`, `rate_source` and `rate_rule`. `currency` is what costs are computed in, the debt's where left out;
    `shares` are the weights of the two unions where `share_basis` is fixed; `tolerance` is in the debt's currency. `notice_days` is how long ahead one
    union alone may end it; without, the other confirms.
    """

    charge_back_percent: Percent | None = None
    share_basis: ShareBasis | None = None
    shares: dict[str, int] = {}
    currency: CurrencyCode | None = None
    debt_currency: CurrencyCode | None = None
    rate_source: RateSource | None = None
    rate_rule: RateRule | None = None
    settlement_rule: SettlementRule | None = None
    fee_borne_by: FeeBearer | None = None
    tolerance: Amount | None = None
    notice_days: Annotated[int, msgspec.Meta(ge=0, le=NOTICE_DAYS_MAXIMUM)] | None = None


class AgreementOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version. `state` is proposed, in_force, to_come, replaced, ended, rejected or withdrawn; `fixes` what it fixes in words.

    `ending` says why, where the version does nothing but end the one before, on its `valid_to`.
    """

    number: str
    version: int
    state: str
    kind: AgreementKind
    title: str
    fixes: str
    valid_from: date
    valid_to: date | None
    signatures: list[AgreementSignature]
    terms: AgreementTerms
    missing: list[str]
    proposed_union: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    remark: str
    ending: str


class AgreementReference(msgspec.Struct, frozen=True, kw_only=True):
    """A record that refers to an agreement: `kind` is loan, booking, equalisation or step."""

    kind: str
    number: str
    state: str


class OneAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement: the version that holds today or the newest, every version newest first, and what refers to it."""

    shown: AgreementOut
    versions: list[AgreementOut]
    references: list[AgreementReference]


class NewAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agreement as signed by two unions; with the `number` of one there is, its next version, which supersedes from `valid_from` on."""

    kind: AgreementKind
    title: str
    fixes: str
    valid_from: date
    valid_to: date | None = None
    signatures: list[AgreementSignature]
    terms: AgreementTerms | None = None
    number: str = ""


class AgreementEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The last day that it holds, and why: today at the earliest, or as far off as the notice that its terms fix."""

    last_day: date
    reason: str


_SAME_TERMS = ("share_basis", "shares", "currency", "debt_currency", "rate_source", "rate_rule", "settlement_rule", "fee_borne_by", "notice_days")


def _out(standing: Standing) -> AgreementOut:
    kept = standing.agreement
    same = ("number", "version", "kind", "title", "fixes", "valid_from", "valid_to", "proposed_union", "proposed_at", "decided_at", "ended_at", "remark",
            "ending")  # fmt: skip
    return AgreementOut(
        **{name: getattr(kept, name) for name in same}, state=standing.standing, terms=_terms_out(kept.terms), missing=kept.terms.missing,
        signatures=[AgreementSignature(**msgspec.structs.asdict(each)) for each in kept.signatures],
        proposed_by=kept.proposed_by_name, decided_by=kept.decided_by_name, ended_by=kept.ended_by_name,
    )  # fmt: skip


def _terms_out(terms: Terms) -> AgreementTerms:
    fields: dict[str, Any] = {name: getattr(terms, name) for name in _SAME_TERMS}
    tolerance = None if terms.tolerance_minor is None or terms.debt_currency is None else amount(terms.tolerance_minor, terms.debt_currency)
    percent = None if terms.charge_back_percent is None else str(terms.charge_back_percent)
    return AgreementTerms(**fields, charge_back_percent=percent, tolerance=tolerance)


def _terms(given: AgreementTerms) -> Terms:
    if given.tolerance is not None and given.debt_currency is None:
        raise RequestInvalid(fields={"tolerance": "debt_currency"})
    fields: dict[str, Any] = {name: getattr(given, name) for name in _SAME_TERMS}
    return Terms(
        **fields, charge_back_percent=None if given.charge_back_percent is None else Decimal(given.charge_back_percent),
        tolerance_minor=None if given.tolerance is None else minor_in(given.tolerance, given.debt_currency or ""),
    )  # fmt: skip


def _one(view: AgreementView) -> OneAgreement:
    references = [AgreementReference(kind=each.kind, number=each.number, state=each.state) for each in view.references]
    return OneAgreement(shown=_out(view.shown), versions=[_out(each) for each in view.versions], references=references)


class AgreementsController(Controller):
    """Agreements."""

    path = "/agreements"
    tags = ["Agreements"]

    @get("/", operation_id="listAgreements", opt={"permission": "read_agreements"})
    async def list_agreements(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], after: After = None, limit: Limit = 50,
    ) -> Page[AgreementOut]:  # fmt: skip
        """Agreements, the newest first: of each the version that holds today, or its newest, and beside it one that waits."""
        found = await service.list_agreements(pool, actor, place_after(after, service.written_agreement), limit)
        return Page([_out(each) for each in found.items], found.next and cursor(found.next))

    @get("/{number:str}", operation_id="getAgreement", opt={"permission": "read_agreements"})
    async def get_agreement(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: FromPath[str]) -> OneAgreement:
        """One agreement with all its versions and what refers to it."""
        return _one(await service.show_agreement(pool, actor, number))

    @post("/", operation_id="proposeAgreement", opt={"permission": "manage_agreements", "answers": (404,)})
    async def propose(self, by: NamedDependency[By], data: JSONBody[NewAgreement]) -> OneAgreement:
        """Record an agreement as signed, or a new version of one; it holds once somebody of the other union confirms it."""
        signatures = tuple(Signature(each.union, each.signed_by, each.office, each.signed_on) for each in data.signatures)
        asked = ProposeAgreement(
            kind=data.kind, title=data.title, fixes=data.fixes, valid_from=data.valid_from, valid_to=data.valid_to, signatures=signatures,
            terms=_terms(data.terms or AgreementTerms()), number=data.number,
        )  # fmt: skip
        made = await service.propose_agreement(*by, asked)
        return _one(await service.show_agreement(by.pool, by.actor, made.number, made.version))

    @post("/{number:str}/{version:int}/confirmation", operation_id="confirmAgreement", opt={"permission": "manage_agreements"}, status_code=200)
    async def confirm(self, by: NamedDependency[By], number: FromPath[str], version: FromPath[int]) -> OneAgreement:
        """Confirm what the other union recorded."""
        await service.confirm_agreement(*by, number, version)
        return _one(await service.show_agreement(by.pool, by.actor, number, version))

    @post("/{number:str}/{version:int}/rejection", operation_id="rejectAgreement", opt={"permission": "manage_agreements"}, status_code=200)
    async def reject(self, by: NamedDependency[By], number: FromPath[str], version: FromPath[int], data: JSONBody[Rejection]) -> OneAgreement:
        """Reject what the other union recorded."""
        await service.reject_agreement(*by, number, version, data.reason)
        return _one(await service.show_agreement(by.pool, by.actor, number, version))

    @post("/{number:str}/{version:int}/withdrawal", operation_id="withdrawAgreement", opt={"permission": "manage_agreements"}, status_code=200)
    async def withdraw(self, by: NamedDependency[By], number: FromPath[str], version: FromPath[int], data: JSONBody[Rejection]) -> OneAgreement:
        """Take back what your own union recorded, while the other has not decided."""
        await service.withdraw_agreement(*by, number, version, data.reason)
        return _one(await service.show_agreement(by.pool, by.actor, number, version))

    @post("/{number:str}/end", operation_id="endAgreement", opt={"permission": "manage_agreements"}, status_code=200)
    async def end(self, by: NamedDependency[By], number: FromPath[str], data: JSONBody[AgreementEnd]) -> OneAgreement:
        """End an agreement early, as notice; what was done under it stands."""
        await service.end_agreement(*by, number, data.last_day, data.reason)
        return _one(await service.show_agreement(by.pool, by.actor, number))


ROUTES = [AgreementsController]
