"""Strikes through the real store: recorded by their union, authorised by both, and taken from notice to closed; every refusal on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal
from ledger.domain.strikes import NAME_MAXIMUM, STATES, STEPS, Authorise, Strike, StrikeFields
from ledger.services import accounts, documents
from ledger.services import strikes as service
from ledger.services.pool import Pool
from ledger.services.strike_templates import shipped_rule_sets
from ledger.storage import strike_rules
from ledger.storage.strikes import StrikeFilter
from tests.conftest import Clock
from tests.services.requests_stage import Stage
from tests.services.strikes_stage import FIRST_DAY, UNIONS, authorise, authorised, notice, on_strike, recorded, set_stage
from tests.services.test_documents import PDF
from tests.services.test_journal import refused, trail

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    return await set_stage(pool, ue, unifor)


def fields(**more: Any) -> StrikeFields:
    said = msgspec.structs.asdict(notice(**more))
    said.pop("union")
    return StrikeFields(**said)


# --- recording ----------------------------------------------------------------------------------------------------------


async def test_a_strike_is_kept_as_said(stage: Stage) -> None:
    strike = await recorded(stage, locals=("8610", "8504", "8610"), name="  Meridian   walkout ")
    assert (strike.number, strike.union, strike.state, strike.name) == ("S-0001", "unifor", "notice", "Meridian walkout")
    assert (strike.model, strike.currency, strike.rule_set, strike.fund) == ("per_member_run", "CAD", "unifor", "STRIKE")
    assert [local.number for local in strike.locals] == ["8504", "8610"]
    assert (strike.employer, strike.expected, strike.recorded_by) == ("Meridian Rail Works", 40, "Benefits of unifor")
    view = await service.show_strike(stage.pool, stage.who["ue board"], "s-0001")
    assert (view.strike, view.missing, [event.what for event in view.events]) == (strike, ["ue", "unifor"], ["recorded"])


async def test_the_other_shape_follows_from_the_rules(stage: Stage) -> None:
    strike = await recorded(stage, "ue", kind="lockout")
    assert (strike.model, strike.currency, strike.kind) == ("local_lump_sum_advance", "USD", "lockout")


async def test_an_employer_is_named_once_for_both_unions(stage: Stage) -> None:
    ours, theirs = await recorded(stage), await recorded(stage, "ue", employer="MERIDIAN  rail works")
    assert ours.employer_id == theirs.employer_id
    assert "Meridian Rail Works" in (await service.choices(stage.pool, stage.who["ue officer"])).employers


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "picnic"}, "choice_invalid", "kind"),
    ({"locals": ()}, "choice_invalid", "locals"),
    ({"locals": ("506",)}, "choice_invalid", "locals"),
    ({"locals": ("8504", "9999")}, "choice_invalid", "locals"),
    ({"expected": 0}, "choice_invalid", "expected"),
    ({"expected": 100_001}, "choice_invalid", "expected"),
    ({"name": " "}, "text_invalid", "name"),
    ({"name": "x" * (NAME_MAXIMUM + 1)}, "text_invalid", "name"),
    ({"notice_on": TODAY + DAY}, "date_invalid", "notice_on"),
    ({"mandate_on": TODAY + DAY}, "date_invalid", "mandate_on"),
    ({"notice_on": date(1899, 1, 1)}, "date_invalid", "notice_on"),
    ({"starts_on": date(2999, 1, 1)}, "date_invalid", "starts_on"),
    ({"rule_set": "ue"}, "choice_invalid", "rule_set"),
    ({"rule_set": "nothing"}, "choice_invalid", "rule_set"),
    ({"kind": "rotating"}, "choice_invalid", "rule_set"),
]


async def test_what_cannot_be_is_refused_by_its_field(stage: Stage) -> None:
    for said, code, field in WRONG:
        assert (await refused(recorded(stage, **said), code)).params["field"] == field, said
    assert (await service.list_strikes(stage.pool, stage.who["ue officer"], StrikeFilter())).items == []


@pytest.mark.parametrize(("fund", "code"), [("NONE", "fund_unknown"), ("EDU", "fund_not_allowed_for_initiative")])
async def test_a_strike_is_paid_from_the_strike_fund_or_a_general_one(stage: Stage, fund: str, code: str) -> None:
    await refused(recorded(stage, fund=fund), code)
    assert (await recorded(stage, fund="GEN")).fund == "GEN"


async def test_a_closed_local_goes_on_no_strike(stage: Stage) -> None:
    await accounts.close_local(stage.pool, stage.who["unifor treasurer"], stage.key(), "unifor", "8504")
    assert (await refused(recorded(stage), "choice_invalid")).params["value"] == "8504"


# --- who may ------------------------------------------------------------------------------------------------------------

EVERY_PART = ("treasurer", "second", "deputy", "officer", "secretary", "board", "lead", "benefits", "captain", "trustee")
MANAGES, READS = {"officer", "secretary", "benefits"}, set(EVERY_PART) - {"lead", "captain"}


async def test_officers_and_benefits_officers_record_and_others_do_not(stage: Stage) -> None:
    for part in EVERY_PART:
        asked = service.record_strike(stage.pool, stage.who[f"unifor {part}"], stage.key(), notice())
        if part in MANAGES:
            assert isinstance(await asked, Strike)
        else:
            await refused(asked, "not_allowed")


async def test_who_reads_reads_both_unions(stage: Stage) -> None:
    await recorded(stage)
    for actor, part in [(stage.who[f"{union} {part}"], part) for union in UNIONS for part in EVERY_PART]:
        for asked in (service.show_strike(stage.pool, actor, "S-0001"), service.list_strikes(stage.pool, actor, StrikeFilter())):
            if part in READS:
                assert await asked
            else:
                await refused(asked, "not_allowed")


async def test_nobody_records_or_moves_the_other_unions_strike(stage: Stage) -> None:
    for part in MANAGES:
        await refused(service.record_strike(stage.pool, stage.who[f"ue {part}"], stage.key(), notice("unifor")), "other_union")
    strike = await on_strike(stage)
    for part in MANAGES:
        actor = stage.who[f"ue {part}"]
        await refused(service.end(stage.pool, actor, stage.key(), strike.number, TODAY), "other_union")
        await refused(service.change_strike(stage.pool, actor, stage.key(), strike.number, fields()), "other_union")
        await refused(service.call_off(stage.pool, actor, stage.key(), strike.number, "No"), "other_union")
    assert (await service.show_strike(stage.pool, stage.who["ue officer"], strike.number)).strike == strike


# --- authorising ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("ue", "unifor"), ("unifor", "ue")])
async def test_both_unions_authorise_in_either_order(stage: Stage, order: tuple[str, str]) -> None:
    strike = await recorded(stage)
    first = await authorise(stage, strike.number, order[0])
    assert first.state == "notice"
    assert (await service.show_strike(stage.pool, stage.who["ue board"], strike.number)).missing == [order[1]]
    both = await authorise(stage, strike.number, order[1])
    assert both.state == "authorised"
    assert [(word.union, word.resolution) for word in both.authorisations] == [("ue", "UE-2026-31"), ("unifor", "UNIFOR-2026-31")]


async def test_a_union_says_it_once_and_by_an_officer(stage: Stage) -> None:
    strike = await recorded(stage)
    await authorise(stage, strike.number, "ue")
    await refused(authorise(stage, strike.number, "ue"), "already_decided")
    word = Authorise(body="Board", resolution="1", decided_on=TODAY)
    for part in set(EVERY_PART) - {"officer", "secretary"}:
        await refused(service.authorise_strike(stage.pool, stage.who[f"unifor {part}"], stage.key(), strike.number, word), "not_allowed")
    assert (await service.authorise_strike(stage.pool, stage.who["unifor secretary"], stage.key(), strike.number, word)).state == "authorised"


async def test_a_resolution_is_whole_and_past(stage: Stage) -> None:
    strike, whole = await recorded(stage), Authorise(body="Board", resolution="GEB-7", decided_on=TODAY)
    for field, value, code in (("body", "", "text_invalid"), ("resolution", " ", "text_invalid"), ("decided_on", TODAY + DAY, "date_invalid")):
        word = msgspec.structs.replace(whole, **{field: value})
        asked = service.authorise_strike(stage.pool, stage.who["ue officer"], stage.key(), strike.number, word)
        assert (await refused(asked, code)).params["field"] == field


async def test_two_officers_of_a_union_at_once_are_one_word(stage: Stage) -> None:
    strike, word = await recorded(stage), Authorise(body="Board", resolution="GEB-7", decided_on=TODAY)
    people = [stage.who[part] for part in ("ue officer", "ue secretary", "unifor officer", "unifor secretary")]
    asked = [service.authorise_strike(stage.pool, actor, stage.key(), strike.number, word) for actor in people]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    codes = sorted(each.code for each in answers if isinstance(each, Refusal))
    # A second word comes too late either way: its union has spoken, or both have.
    assert len(codes) == 2 and set(codes) <= {"already_decided", "strike_state"}
    kept = (await service.show_strike(stage.pool, people[0], strike.number)).strike
    assert (kept.state, [each.union for each in kept.authorisations]) == ("authorised", ["ue", "unifor"])


# --- its states -------------------------------------------------------------------------------------------------------------


async def _called_off(stage: Stage) -> Strike:
    strike = await recorded(stage)
    return await service.call_off(stage.pool, stage.who["unifor officer"], stage.key(), strike.number, "Settled at the table")


async def _ratified(stage: Stage) -> Strike:
    strike = await on_strike(stage)
    return await service.ratify(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, TODAY - 3 * DAY)


async def _ended(stage: Stage) -> Strike:
    strike = await on_strike(stage)
    return await service.end(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, TODAY)


async def _closed(stage: Stage) -> Strike:
    strike = await _ended(stage)
    return await service.close_strike(stage.pool, stage.who["unifor officer"], stage.key(), strike.number, "All accounted for")


IN_STATE: dict[str, Callable[[Stage], Awaitable[Strike]]] = {
    "notice": recorded, "authorised": authorised, "on": on_strike, "run_off": _ratified, "ended": _ended, "closed": _closed, "called_off": _called_off,
}  # fmt: skip


def _steps(stage: Stage, number: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """Each step with what it needs, by the union's benefits officer."""
    pool, actor = stage.pool, stage.who["unifor benefits"]
    return {
        "change": lambda: service.change_strike(pool, actor, stage.key(), number, fields()),
        "authorise": lambda: authorise(stage, number, "ue"),
        "begin": lambda: service.begin(pool, actor, stage.key(), number, FIRST_DAY),
        "ratify": lambda: service.ratify(pool, actor, stage.key(), number, TODAY),
        "end": lambda: service.end(pool, actor, stage.key(), number, TODAY),
        "close": lambda: service.close_strike(pool, actor, stage.key(), number, "All accounted for"),
        "call_off": lambda: service.call_off(pool, actor, stage.key(), number, "Settled at the table"),
    }


@pytest.mark.parametrize("state", STATES)
async def test_a_step_is_taken_in_its_states_alone(stage: Stage, state: str) -> None:
    strike = await IN_STATE[state](stage)
    assert strike.state == state
    for step, taken in _steps(stage, strike.number).items():
        if state not in STEPS[step]:
            refusal = await refused(taken(), "strike_state")
            assert refusal.params == {"strike": strike.number, "state": state}, step
    assert (await service.show_strike(stage.pool, stage.who["ue officer"], strike.number)).strike == strike


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("closed", "called_off")])
async def test_every_allowed_step_can_be_taken(stage: Stage, state: str) -> None:
    for step in (step for step in _steps(stage, "") if state in STEPS[step]):
        strike = await IN_STATE[state](stage)
        await _steps(stage, strike.number)[step]()
        view = await service.show_strike(stage.pool, stage.who["ue officer"], strike.number)
        assert view.events[-1].recorded_at >= strike.state_since and len(view.events) > 1, step


async def test_a_life_from_notice_to_closed(stage: Stage, clock: Clock) -> None:
    strike = await on_strike(stage)
    pool, actor = stage.pool, stage.who["unifor benefits"]
    off = await service.ratify(pool, actor, stage.key(), strike.number, date(2026, 11, 20))
    assert (off.state, off.ratified_on) == ("run_off", date(2026, 11, 20))
    ended = await service.end(pool, actor, stage.key(), strike.number, TODAY)
    assert (ended.state, ended.ended_on) == ("ended", TODAY)
    closed = await service.close_strike(pool, stage.who["unifor officer"], stage.key(), strike.number, "All accounted for")
    assert (closed.state, closed.retain_until) == ("closed", TODAY + timedelta(days=7 * 366))
    events = (await service.show_strike(pool, actor, strike.number)).events
    assert [(event.what, event.remark) for event in events] == [
        ("recorded", ""), ("authorised", "UE-2026-31"), ("authorised", "UNIFOR-2026-31"), ("begun", "2026-11-02"), ("ratified", "2026-11-20"),
        ("ended", "2026-11-23"), ("closed", "All accounted for"),
    ]  # fmt: skip
    assert [action for action, outcome, _ in await trail(pool) if action.endswith("_strike") and outcome == "done"] == [
        "record_strike", "authorise_strike", "authorise_strike", "begin_strike", "ratify_strike", "end_strike", "close_strike",
    ]  # fmt: skip


# --- its days ---------------------------------------------------------------------------------------------------------------


async def test_days_lie_between_those_before_and_today(stage: Stage) -> None:
    take = {"begin": service.begin, "ratify": service.ratify, "end": service.end}
    announced, out, actor = await authorised(stage), await on_strike(stage), stage.who["unifor benefits"]
    for step, day, field in (
        ("begin", FIRST_DAY - 8 * DAY, "starts_on"), ("begin", TODAY + DAY, "starts_on"),
        ("ratify", FIRST_DAY - DAY, "ratified_on"), ("ratify", TODAY + DAY, "ratified_on"),
        ("end", FIRST_DAY - DAY, "ended_on"), ("end", TODAY + DAY, "ended_on"),
    ):  # fmt: skip
        number = (announced if step == "begin" else out).number
        assert (await refused(take[step](stage.pool, actor, stage.key(), number, day), "date_invalid")).params["field"] == field


async def test_a_strike_does_not_end_before_its_ratification(stage: Stage) -> None:
    strike = await _ratified(stage)
    await refused(service.end(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, TODAY - 4 * DAY), "date_invalid")


async def test_a_strike_begins_when_members_walk_out_not_when_announced(stage: Stage) -> None:
    strike = await authorised(stage)
    begun = await service.begin(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, FIRST_DAY + DAY)
    assert (begun.state, begun.starts_on) == ("on", FIRST_DAY + DAY)


async def _rotating(stage: Stage) -> Strike:
    """A strike by rules that pay rotating strikes too."""
    rules = msgspec.structs.replace(shipped_rule_sets()["unifor"].rules, code="unifor-rotating", applies_to=("strike", "rotating"))
    async with stage.pool.database.writing() as connection:
        await strike_rules.add(connection, rules, 1, "unifor", date(2026, 1, 1), "confirmed", 1, stage.pool.clock())
    return await on_strike(stage, kind="rotating", rule_set="unifor-rotating")


async def test_rotating_days_replace_those_said_before(stage: Stage) -> None:
    strike = await _rotating(stage)
    pool, actor = stage.pool, stage.who["unifor benefits"]
    days = (FIRST_DAY + 2 * DAY, FIRST_DAY, FIRST_DAY)
    assert (await service.set_strike_days(pool, actor, stage.key(), strike.number, days)).strike_days == (FIRST_DAY, FIRST_DAY + 2 * DAY)
    assert (await service.set_strike_days(pool, actor, stage.key(), strike.number, (TODAY,))).strike_days == (TODAY,)
    for wrong in (FIRST_DAY - DAY, TODAY + DAY):
        await refused(service.set_strike_days(pool, actor, stage.key(), strike.number, (wrong,)), "date_invalid")
    await refused(service.set_strike_days(pool, actor, stage.key(), strike.number, (TODAY,) * 401), "choice_invalid")
    assert (await service.set_strike_days(pool, actor, stage.key(), strike.number, ())).strike_days == ()


async def test_a_strike_that_does_not_rotate_has_no_days_of_its_own(stage: Stage) -> None:
    strike = await on_strike(stage)
    await refused(service.set_strike_days(stage.pool, stage.who["unifor benefits"], stage.key(), strike.number, (TODAY,)), "choice_invalid")


# --- closing ------------------------------------------------------------------------------------------------------------


OPEN_MONEY = {
    "SR-2026-1": """INSERT INTO strike_runs (number, strike, union_code, week, starts_on, ends_on, currency, rule_set, rule_version, state, state_since,
        revision, members, eligible, full_weeks, gross_minor, recovered_minor, made_by, made_at, remark) VALUES ('SR-2026-1', $1, 'unifor', 1,
        '2026-11-02', '2026-11-08', 'CAD', 'unifor', 1, 'paid', now(), 1, 1, 1, 1, 30000, 0, 1, now(), '')""",
    "SA-0001": """INSERT INTO strike_advances (number, strike, union_code, local_id, week, starts_on, ends_on, strikers, amount_minor, currency, rule_set,
        rule_version, state, state_since, hold_reason, proposed_by, proposed_at, remark) SELECT 'SA-0001', $1, 'unifor', l.local_id, 3, '2026-11-16',
        '2026-11-22', 40, 400000, 'USD', 'ue', 1, 'paid', now(), '', 1, now(), '' FROM strike_locals l WHERE l.strike = $1""",
}  # fmt: skip


@pytest.mark.parametrize("subject", OPEN_MONEY)
async def test_a_strike_whose_money_is_open_does_not_close(stage: Stage, subject: str) -> None:
    strike = await _ended(stage)
    async with stage.pool.database.writing() as connection:
        await connection.execute(OPEN_MONEY[subject], strike.number)
    asked = service.close_strike(stage.pool, stage.who["unifor officer"], stage.key(), strike.number, "All accounted for")
    assert (await refused(asked, "strike_unsettled")).params == {"strike": strike.number, "subjects": subject}


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
async def test_closing_and_calling_off_say_why(stage: Stage, reason: str) -> None:
    ended, announced = await _ended(stage), await recorded(stage)
    actor = stage.who["unifor officer"]
    await refused(service.close_strike(stage.pool, actor, stage.key(), ended.number, reason), "text_invalid")
    await refused(service.call_off(stage.pool, actor, stage.key(), announced.number, reason), "text_invalid")


# --- two people at once, and changes ------------------------------------------------------------------------------------


async def test_two_people_end_a_strike_once(stage: Stage) -> None:
    strike = await on_strike(stage)
    asked = [service.end(stage.pool, stage.who[part], stage.key(), strike.number, TODAY) for part in ("unifor benefits", "unifor officer")]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [each.code for each in answers if isinstance(each, Refusal)] == ["strike_state"]


async def test_the_same_form_twice_records_one_strike(stage: Stage) -> None:
    actor = stage.who["unifor benefits"]
    first = await service.record_strike(stage.pool, actor, "the-same-key", notice())
    assert await service.record_strike(stage.pool, actor, "the-same-key", notice()) == first
    await refused(service.record_strike(stage.pool, actor, "the-same-key", notice(expected=41)), "idempotency_key_reused")


async def test_what_is_changed_replaces_what_was_said(stage: Stage) -> None:
    strike = await recorded(stage)
    said = fields(name="Meridian and Harbour", locals=("8610",), expected=55, mandate="", mandate_on=None, employer="")
    changed = await service.change_strike(stage.pool, stage.who["unifor officer"], stage.key(), strike.number, said)
    assert (changed.name, changed.expected, changed.employer, changed.mandate_on) == ("Meridian and Harbour", 55, "", None)
    assert [local.number for local in changed.locals] == ["8610"]
    await authorise(stage, strike.number, "ue")
    # A union's word is about what it read: from then on the strike is called off and recorded anew.
    again = service.change_strike(stage.pool, stage.who["unifor officer"], stage.key(), strike.number, said)
    assert (await refused(again, "strike_state")).params["state"] == "notice"


# --- reading ------------------------------------------------------------------------------------------------------------


async def test_lists_are_narrowed_and_paged(stage: Stage) -> None:
    ours, theirs, gone = await on_strike(stage), await recorded(stage, "ue", name="Érié dispute"), await _called_off(stage)
    actor = stage.who["ue trustee"]

    async def found(**narrowed: Any) -> list[str]:
        return [each.number for each in (await service.list_strikes(stage.pool, actor, StrikeFilter(**narrowed))).items]

    assert await found() == [gone.number, theirs.number, ours.number]
    assert await found(union="ue") == [theirs.number]
    assert await found(state="on") == [ours.number]
    assert await found(live=True) == [theirs.number, ours.number]
    assert await found(words="erie") == [theirs.number]
    assert await found(words="meridian rail") == [gone.number, theirs.number, ours.number]
    first = await service.list_strikes(stage.pool, actor, StrikeFilter(), limit=2)
    assert (len(first.items), first.next) == (2, theirs.number)
    rest = await service.list_strikes(stage.pool, actor, StrikeFilter(), first.next)
    assert ([each.number for each in rest.items], rest.next) == ([ours.number], None)


@pytest.mark.parametrize("number", ["S-0009", "S-1", "A-0001", "", "S-0001; DROP", "\x00"])
async def test_an_unknown_number_is_not_found(stage: Stage, number: str) -> None:
    await refused(service.show_strike(stage.pool, stage.who["ue officer"], number), "not_found")


async def test_choices_are_those_of_ones_own_union(stage: Stage) -> None:
    found = await service.choices(stage.pool, stage.who["ue benefits"])
    assert (found.union.code, [each.number for each in found.locals], [each.code for each in found.rule_sets]) == ("ue", ["506", "610"], ["ue"])
    assert {fund.purpose for fund in found.funds} == {"strike", "general"}


# --- documents ------------------------------------------------------------------------------------------------------------


async def test_officers_and_treasuries_of_both_unions_add_documents(stage: Stage) -> None:
    """The joint money is both unions', and so is what proves that it may be spent; a lead of campaigns reads none of it."""
    strike = await recorded(stage)
    for actor, part in [(stage.who[f"{union} {part}"], part) for union in UNIONS for part in EVERY_PART]:
        asked = documents.attach(stage.pool, actor, stage.key(), "strike", strike.number, "mandate.pdf", "application/pdf", PDF)
        if part in ("treasurer", "second", "deputy", "officer", "secretary"):
            kept = await asked
            assert await documents.list_documents(stage.pool, stage.who["ue board"], "strike", strike.number) == [kept]
            assert await documents.list_documents(stage.pool, stage.who["ue lead"], "strike", strike.number) == []
        else:
            await refused(asked, "not_allowed")
