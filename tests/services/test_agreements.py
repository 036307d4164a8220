"""Agreements between the unions: recorded by one, confirmed by the other, changed by new versions, ended early; what holds on which day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.agreements import Agreement, Terms
from ledger.domain.refusals import (
    AgreementNotInForce,
    AgreementState,
    ChoiceInvalid,
    CurrencyUnknown,
    DateInvalid,
    FutureDate,
    NotFound,
    NoticeTooShort,
    OtherUnion,
    Refusal,
    SameUnion,
)
from ledger.services import agreements, documents, loans
from tests.conftest import Clock
from tests.services import between_unions_stage as between
from tests.services import requests_stage
from tests.services.between_unions_stage import agreed_agreement, agreement
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Any, ue: Actor, unifor: Actor) -> Stage:
    return await requests_stage.set_stage(pool, ue, unifor)


async def holds(stage: Stage, number: str, day: date) -> int:
    async with stage.pool.database.reading() as connection:
        return (await agreements.in_force(connection, number, day)).version


async def proposed(stage: Stage, by: str = "unifor officer", **more: Any) -> Agreement:
    return await agreements.propose_agreement(stage.pool, stage.who[by], stage.key(), agreement(**more))


# --- two unions ---------------------------------------------------------------------------------------------------------


async def test_it_holds_once_the_other_union_confirms(stage: Stage) -> None:
    kept = await proposed(stage)
    assert (kept.subject, kept.state, kept.unions) == ("AG-0001/1", "proposed", ["ue", "unifor"])
    assert [(each.union, each.signed_by, each.office) for each in kept.signatures] == [
        ("ue", "Ida Marlow", "General President"), ("unifor", "Noémie Caron", "National President"),
    ]  # fmt: skip
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, date(2026, 4, 1))
    for part in ("unifor treasurer", "unifor officer"):
        with pytest.raises(SameUnion):
            await agreements.confirm_agreement(stage.pool, stage.who[part], stage.key(), kept.number, 1)
    confirmed = await agreements.confirm_agreement(stage.pool, stage.who["ue treasurer"], stage.key(), kept.number, 1)
    assert (confirmed.state, confirmed.decided_by_name) == ("confirmed", stage.who["ue treasurer"].name)
    assert await holds(stage, kept.number, date(2026, 1, 1)) == 1
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, date(2025, 12, 31))
    with pytest.raises(AgreementState):
        await agreements.reject_agreement(stage.pool, stage.who["ue officer"], stage.key(), kept.number, 1, "Too late")


@pytest.mark.parametrize(("act", "by", "state"), [("reject_agreement", "ue officer", "rejected"), ("withdraw_agreement", "unifor officer", "withdrawn")])
async def test_what_is_rejected_or_withdrawn_never_holds_and_another_version_may_follow(stage: Stage, act: str, by: str, state: str) -> None:
    kept = await proposed(stage)
    with pytest.raises(Refusal) as wordless:
        await getattr(agreements, act)(stage.pool, stage.who[by], stage.key(), kept.number, 1, " ")
    assert wordless.value.code == "text_invalid"
    dropped = await getattr(agreements, act)(stage.pool, stage.who[by], stage.key(), kept.number, 1, "Not as signed")
    assert (dropped.state, dropped.remark) == (state, "Not as signed")
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, date(2026, 4, 1))
    assert (await proposed(stage, number=kept.number)).subject == "AG-0001/2"


async def test_one_union_alone_neither_records_for_another_nor_withdraws_its_proposal(stage: Stage) -> None:
    with pytest.raises(OtherUnion):
        await agreements.propose_agreement(stage.pool, msgspec.structs.replace(stage.who["ue officer"], union="caut"), stage.key(), agreement())
    kept = await proposed(stage)
    with pytest.raises(OtherUnion):
        await agreements.withdraw_agreement(stage.pool, stage.who["ue officer"], stage.key(), kept.number, 1, "Ours")
    for part in ("ue deputy", "ue board", "ue lead"):
        with pytest.raises(Refusal) as refused:
            await agreements.confirm_agreement(stage.pool, stage.who[part], stage.key(), kept.number, 1)
        assert refused.value.code == "not_allowed"


# --- versions -----------------------------------------------------------------------------------------------------------


async def test_a_new_version_supersedes_from_its_first_day_on(stage: Stage) -> None:
    first = await agreed_agreement(stage)
    later = await proposed(stage, number=first.number, valid_from=date(2026, 7, 1), valid_to=date(2026, 12, 31))
    with pytest.raises(AgreementState):
        await proposed(stage, number=first.number)
    assert await holds(stage, first.number, date(2026, 8, 1)) == 1, "a proposal changes nothing"
    await agreements.confirm_agreement(stage.pool, stage.who["ue officer"], stage.key(), first.number, later.version)
    assert [await holds(stage, first.number, day) for day in (date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31))] == [1, 2, 2]
    with pytest.raises(AgreementNotInForce):
        await holds(stage, first.number, date(2027, 1, 1))
    view = await agreements.show_agreement(stage.pool, stage.who["ue board"], first.number)
    assert [(each.agreement.version, each.standing) for each in view.versions] == [(2, "in_force"), (1, "replaced")]
    with pytest.raises(ChoiceInvalid):
        await proposed(stage, number=first.number, kind="loan")


async def end(stage: Stage, number: str, last_day: date, by: str = "ue officer") -> Agreement:
    return await agreements.end_agreement(stage.pool, stage.who[by], stage.key(), number, last_day, "Notice of 23 November")


async def test_without_a_notice_in_its_terms_it_ends_once_the_other_union_confirms(stage: Stage) -> None:
    kept, today = await agreed_agreement(stage), stage.pool.today()
    with pytest.raises(DateInvalid):
        await end(stage, kept.number, today - timedelta(days=1))
    asked = await end(stage, kept.number, today)
    assert (asked.version, asked.state, asked.ending, asked.signatures) == (2, "proposed", "Notice of 23 November", kept.signatures)
    assert await holds(stage, kept.number, today + timedelta(days=1)) == 1, "a proposal ends nothing"
    for by in ("ue officer", "unifor officer"):
        with pytest.raises(AgreementState):
            await end(stage, kept.number, today, by)
    with pytest.raises(SameUnion):
        await agreements.confirm_agreement(stage.pool, stage.who["ue treasurer"], stage.key(), kept.number, 2)
    async with stage.pool.database.reading() as connection:
        rows = await agreements.waiting(connection, stage.who["unifor officer"], today)
    assert [(row.kind, row.url) for row in rows] == [("confirm_ending", f"/agreements/{kept.number}/2")]
    await agreements.reject_agreement(stage.pool, stage.who["unifor officer"], stage.key(), kept.number, 2, "We still need it")
    assert await holds(stage, kept.number, today + timedelta(days=1)) == 1
    again = await end(stage, kept.number, today, "unifor officer")
    await agreements.confirm_agreement(stage.pool, stage.who["ue treasurer"], stage.key(), kept.number, again.version)
    assert await holds(stage, kept.number, today) == again.version
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, today + timedelta(days=1))


async def test_a_day_that_passed_while_it_waited_ends_nothing(stage: Stage, clock: Clock) -> None:
    kept, today = await agreed_agreement(stage), stage.pool.today()
    await end(stage, kept.number, today)
    clock.now += timedelta(days=1)
    with pytest.raises(AgreementState) as late:
        await agreements.confirm_agreement(stage.pool, stage.who["unifor officer"], stage.key(), kept.number, 2)
    assert late.value.params["reason"] == "late"
    await agreements.reject_agreement(stage.pool, stage.who["unifor officer"], stage.key(), kept.number, 2, "Too late")


async def test_either_union_ends_it_alone_with_the_notice_that_its_terms_fix(stage: Stage) -> None:
    kept, today = await agreed_agreement(stage, terms=msgspec.structs.replace(between.EQUALISED, notice_days=90)), stage.pool.today()
    earliest = today + timedelta(days=90)
    with pytest.raises(NoticeTooShort) as short:
        await end(stage, kept.number, earliest - timedelta(days=1))
    assert short.value.params == {"agreement": kept.number, "days": 90, "earliest": earliest.isoformat()}
    ended = await end(stage, kept.number, earliest)
    assert (ended.version, ended.valid_to, ended.ended_by_name, ended.remark) == (1, earliest, stage.who["ue officer"].name, "Notice of 23 November")
    assert await holds(stage, kept.number, earliest) == 1
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, earliest + timedelta(days=1))


async def test_with_no_days_of_notice_one_union_ends_it_today(stage: Stage) -> None:
    kept, today = await agreed_agreement(stage, terms=msgspec.structs.replace(between.EQUALISED, notice_days=0)), stage.pool.today()
    await end(stage, kept.number, today)
    assert await holds(stage, kept.number, today) == 1
    with pytest.raises(AgreementNotInForce):
        await holds(stage, kept.number, today + timedelta(days=1))
    with pytest.raises(AgreementState):
        await agreements.end_agreement(stage.pool, stage.who["unifor officer"], stage.key(), kept.number, today, "Again")


# --- what it says -------------------------------------------------------------------------------------------------------


UE, UNIFOR = between.SIGNATURES


@pytest.mark.parametrize(
    ("more", "refusal"),
    [({"signatures": (UE,)}, ChoiceInvalid), ({"signatures": (UE, UE)}, ChoiceInvalid),
     ({"signatures": (UE, msgspec.structs.replace(UNIFOR, union="nobody"))}, ChoiceInvalid),
     ({"signatures": (UE, msgspec.structs.replace(UNIFOR, signed_on=date(2027, 1, 1)))}, FutureDate),
     ({"valid_to": date(2025, 1, 1)}, DateInvalid),
     ({"terms": Terms(charge_back_percent=Decimal("100.01"))}, ChoiceInvalid), ({"terms": Terms(charge_back_percent=Decimal("33.333"))}, ChoiceInvalid),
     ({"terms": Terms(debt_currency="EUR")}, CurrencyUnknown), ({"terms": Terms(rate_source="newspaper")}, ChoiceInvalid),
     ({"terms": Terms(share_basis="fixed")}, ChoiceInvalid), ({"terms": Terms(share_basis="fixed", shares={"ue": 1})}, ChoiceInvalid),
     ({"terms": Terms(share_basis="fixed", shares={"ue": 0, "unifor": 0})}, ChoiceInvalid),
     ({"terms": Terms(share_basis="equal", shares={"ue": 1, "unifor": 1})}, ChoiceInvalid)],
)  # fmt: skip
async def test_what_does_not_hold_together_is_refused(stage: Stage, more: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        await proposed(stage, **more)


async def test_terms_are_kept_as_agreed_and_say_what_they_lack(stage: Stage) -> None:
    terms = Terms(
        charge_back_percent=Decimal("62.50"), share_basis="fixed", shares={"ue": 1, "unifor": 9}, currency="USD", debt_currency="CAD",
        rate_source="boc", rate_rule="month_average", settlement_rule="settlement_day", fee_borne_by="split", tolerance_minor=500,
    )  # fmt: skip
    kept = await agreed_agreement(stage, terms=terms)
    async with stage.pool.database.reading() as connection:
        assert (await agreements.in_force(connection, kept.number.lower(), date(2026, 5, 1))).terms == terms
    assert terms.missing == []
    assert Terms(rate_source="boc").missing == ["debt_currency", "rate_rule"]


# --- what refers to it ---------------------------------------------------------------------------------------------------


async def test_documents_are_kept_with_it_and_read_by_who_sees_agreements(stage: Stage) -> None:
    kept = await agreed_agreement(stage)
    await documents.attach(stage.pool, stage.who["ue officer"], stage.key(), "agreement", kept.number, "signed.pdf", "application/pdf", PDF)
    for part in ("unifor treasurer", "unifor lead"):
        (found,) = await documents.list_documents(stage.pool, stage.who[part], "agreement", kept.number)
        assert found.filename == "signed.pdf"
    with pytest.raises(Refusal) as refused:
        await documents.attach(stage.pool, stage.who["ue lead"], stage.key(), "agreement", kept.number, "mine.pdf", "application/pdf", PDF)
    assert refused.value.code == "not_allowed"
    with pytest.raises(NotFound):
        await documents.attach(stage.pool, stage.who["ue officer"], stage.key(), "agreement", "AG-0999", "x.pdf", "application/pdf", PDF)


async def test_a_loan_refers_only_to_an_agreement_that_holds_on_its_first_day(stage: Stage) -> None:
    kept = await proposed(stage, kind="loan", valid_from=date(2026, 2, 1))
    treasurer = stage.who["unifor treasurer"]
    for number, refusal in (("AG-0999", NotFound), ("annex 4", NotFound), (kept.number, AgreementNotInForce)):
        with pytest.raises(refusal):
            await loans.propose_loan(stage.pool, treasurer, stage.key(), between.terms(agreement=number))
    await agreements.confirm_agreement(stage.pool, stage.who["ue officer"], stage.key(), kept.number, 1)
    with pytest.raises(AgreementNotInForce):
        await loans.propose_loan(stage.pool, treasurer, stage.key(), between.terms(agreement=kept.number, starts_on=date(2026, 1, 31)))
    loan = await loans.propose_loan(stage.pool, treasurer, stage.key(), between.terms(agreement=kept.number))
    view = await agreements.show_agreement(stage.pool, stage.who["ue board"], kept.number)
    assert [(each.kind, each.number, each.state) for each in view.references] == [("loan", loan.number, "proposed")]
    # A lead reads agreements, not what is owed under them.
    assert (await agreements.show_agreement(stage.pool, stage.who["ue lead"], kept.number)).references == []


async def test_it_waits_for_the_other_union_on_its_first_page(stage: Stage) -> None:
    kept = await proposed(stage)
    waits = {}
    async with stage.pool.database.reading() as connection:
        for part in ("ue officer", "ue treasurer", "ue board", "unifor officer"):
            waits[part] = [each.subject for each in await agreements.waiting(connection, stage.who[part], stage.pool.today())]
    assert waits == {"ue officer": [kept.number], "ue treasurer": [kept.number], "ue board": [], "unifor officer": []}
    listed = (await agreements.list_agreements(stage.pool, stage.who["ue officer"])).items
    assert [(each.agreement.number, each.standing, each.may_decide) for each in listed] == [(kept.number, "proposed", True)]


