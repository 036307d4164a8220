"""The members' page through the real store and the doors: seen only while both unions want it, and telling of nobody."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from unittest.mock import patch

import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from ledger.domain import member_pages as rules
from ledger.domain.actors import Actor
from ledger.domain.member_pages import Struck, told_support
from ledger.domain.refusals import MemberPageState, NotAllowed, NotFound, TextInvalid
from ledger.services import home, notices
from ledger.services import member_pages as service
from ledger.services.pool import Pool, running
from ledger.storage import member_pages as store
from reports.member_page import shape
from reports.render_html import render_html
from tests.conftest import Clock, add_person, client_for, drop_books, sample_books, served
from tests.promises.test_races import twins  # noqa: F401 - a fixture
from tests.services import strikes_stage
from tests.services.test_funds import gift, post

QUARTER = "2026-Q3"


@pytest_asyncio.fixture(loop_scope="session")
async def officers(pool: Pool) -> list[Actor]:
    """A national officer of UE and a secretary-treasurer of Unifor."""
    return [await add_person(pool, "Ottoline Ueda", "ue", "officer"), await add_person(pool, "Fortunat Lacasse", "unifor", "secretary_treasurer")]


async def published(pool: Pool, officers: list[Actor], name: str = "first") -> service.MemberPage:
    """A version that both approved, with both switches on."""
    made = await service.propose(pool, officers[0], f"{name}-propose", QUARTER)
    for officer in officers:
        await service.approve(pool, officer, f"{name}-approve-{officer.union}", QUARTER, made.version)
        await service.switch(pool, officer, f"{name}-switch-{officer.union}", True)
    return await service.show_page(pool, officers[0], QUARTER, made.version)


async def seen(app: Litestar, path: str = "/members") -> httpx.Response:
    async with client_for(app) as anybody:
        return await anybody.get(path)


async def test_it_takes_both_unions_to_show_it_and_either_to_hide_it(
    app: Litestar, pool: Pool, officers: list[Actor], ue: Actor, unifor: Actor
) -> None:  # fmt: skip
    ue_officer, unifor_officer = officers
    await gift(pool, unifor, "2026-08-01", 40_000_00, "GEN")
    await gift(pool, unifor, "2026-08-01", 7_777_00, "STRIKE")
    made = await service.propose(pool, ue_officer, "propose-one", QUARTER)
    for officer in officers:
        assert (await seen(app)).status_code == 404
        await service.switch(pool, officer, f"switch-{officer.union}", True)
    assert (await seen(app)).status_code == 404, "switched on by both, approved by none"
    await service.approve(pool, ue_officer, "approve-ue-1", QUARTER, made.version)
    with pytest.raises(MemberPageState):
        await service.approve(pool, ue_officer, "approve-ue-2", QUARTER, made.version)
    assert (await seen(app)).status_code == 404, "approved by one"
    await service.approve(pool, unifor_officer, "approve-unifor", QUARTER, made.version)
    shown = await seen(app)
    assert shown.status_code == 200 and "40,000.00" in shown.text
    assert "set-cookie" not in shown.headers and shown.headers["cache-control"] == "no-store"
    assert "7,777.00" not in shown.text, "the balance of strike support is not told"
    assert (await seen(app, f"/members/{QUARTER}")).status_code == 200
    assert (await seen(app, "/members/2026-Q2")).status_code == 404
    await service.switch(pool, unifor_officer, "switch-off", False)
    assert (await seen(app)).status_code == (await seen(app, f"/members/{QUARTER}")).status_code == 404, "either hides it at once"
    await service.switch(pool, ue_officer, "switch-ue-again", True)
    assert (await seen(app)).status_code == 404, "the other union does not switch it on again"


async def test_a_hidden_page_looks_like_no_page_at_all(app: Litestar, pool: Pool, ue: Actor) -> None:
    async with client_for(app) as anybody, client_for(app, ue) as reader:
        for path in ("/members", "/members/2026-Q3", "/members/%00", "/members/2026-Q9"):
            hidden, unknown = await anybody.get(path), await anybody.get(path.replace("members", "nothing"))
            assert hidden.status_code == unknown.status_code == (await reader.get(path)).status_code == 404
            assert plain(hidden.text) == plain(unknown.text.replace("/nothing", "/members"))
            assert hidden.headers.keys() == unknown.headers.keys()


def plain(html: str) -> str:
    """Without what is new in every answer."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", html)


async def test_a_later_version_replaces_and_is_taken_back_by_either(
    app: Litestar, pool: Pool, clock: Clock, officers: list[Actor], unifor: Actor
) -> None:  # fmt: skip
    first = await published(pool, officers)
    await gift(pool, unifor, "2026-08-02", 1_234_00, "GEN")
    assert (await service.show_page(pool, unifor, QUARTER, 1)).facts == first.facts, "what was approved changes no more"
    assert "1,234.00" not in (await seen(app)).text
    clock.now += timedelta(days=1)
    waiting = await service.propose(pool, officers[1], "second-propose", QUARTER)
    assert first.facts_sha256 != waiting.facts_sha256 and "1,234.00" not in (await seen(app)).text, "until both approve, the older one is shown"
    second = await service.propose(pool, officers[1], "third-propose", QUARTER, "Plain words.", "Mots simples.")
    assert (await service.show_page(pool, unifor, QUARTER, waiting.version)).state == "replaced"
    for officer in officers:
        await service.approve(pool, officer, f"third-{officer.union}", QUARTER, second.version)
    text = (await seen(app)).text
    assert "1,234.00" in text and "Plain words." in text
    assert "Mots simples." in (await seen(app, "/members?lang=fr")).text
    await service.take_back(pool, officers[0], "take-it-back", QUARTER, second.version)
    assert (await seen(app)).status_code == 404, "the older one does not come back by itself"
    with pytest.raises(MemberPageState):
        await service.take_back(pool, officers[1], "take-it-back-2", QUARTER, second.version)
    with pytest.raises(MemberPageState):
        await service.approve(pool, officers[1], "approve-it-again", QUARTER, second.version)


async def test_a_version_of_before_is_read_without_what_a_later_strike_hides(app: Litestar, pool: Pool, ue: Actor, unifor: Actor) -> None:
    """Two quarters' balances of the fund that a strike is paid out of, each approved before there was one, tell what it paid."""
    stage = await strikes_stage.set_stage(pool, ue, unifor)
    officers = [stage.who["ue officer"], stage.who["unifor officer"]]
    await gift(pool, unifor, "2026-08-01", 40_000_00, "GEN")
    await gift(pool, unifor, "2026-08-01", 7_777_00, "STRIKE")
    await gift(pool, unifor, "2026-08-01", 90_00, "EDU")
    with patch.object(rules, "told_purposes", lambda purposes, _: tuple(purposes)):
        first = await published(pool, officers)
    assert first.facts.count(b'"strike"') == 1, "the rule was not there yet"

    async def balances() -> list[str]:
        async with client_for(app, officers[0]) as client:
            found = (await client.get(f"/api/v1/member-pages/{QUARTER}/1")).json()["figures"]["purposes"]
            pages = [(await client.get(f"/members-page/{QUARTER}/1")).text, (await seen(app)).text]
        assert all(("General" in text) is any(each["of"] == "general" for each in found) for text in pages)
        return [each["of"] for each in found]

    assert await balances() == ["education", "general"]
    await strikes_stage.recorded(stage, fund="GEN")
    assert await balances() == ["education"]
    assert (await service.show_page(pool, officers[0], QUARTER, 1)).facts == first.facts, "what was approved is kept as it was"


async def test_what_was_shown_is_known_once_there_is_a_third_union(pool: Pool, officers: list[Actor]) -> None:
    """It approved none of what was shown before it came; nor was a version shown that only one approved."""
    first = await published(pool, officers)
    one = await service.propose(pool, officers[0], "second-propose", QUARTER)
    await service.approve(pool, officers[0], "second-approve", QUARTER, one.version)
    async with pool.database.writing() as connection:
        await connection.execute("INSERT INTO unions SELECT 'third', 'Third (sample)', nation, currency, 3, mark, board FROM unions WHERE code = 'ue'")
        assert await store.shown_before(connection, QUARTER) == [first.frozen.figures]


async def test_only_officers_make_it_and_only_of_what_is_over(pool: Pool, officers: list[Actor], ue: Actor) -> None:
    for attempt in (
        service.propose(pool, ue, "treasurer-1", QUARTER), service.switch(pool, ue, "treasurer-2", True),
        service.approve(pool, ue, "treasurer-3", QUARTER, 1), service.preview(pool, ue, QUARTER),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            await attempt
    with pytest.raises(MemberPageState):
        await service.propose(pool, officers[0], "too-early-1", "2026-Q4")
    with pytest.raises(TextInvalid):
        await service.propose(pool, officers[0], "one-language", QUARTER, "Only English")
    with pytest.raises(NotFound):
        await service.approve(pool, officers[0], "not-there-1", QUARTER, 1)
    made = await service.propose(pool, officers[0], "right-at-last", QUARTER)
    assert made.version == 1, "numbers have no gaps"


async def test_the_pages_make_approve_switch_and_take_back(app: Litestar, pool: Pool, officers: list[Actor], unifor: Actor) -> None:
    await gift(pool, unifor, "2026-08-01", 40_000_00, "GEN")
    async with client_for(app, officers[0]) as client, client_for(app, officers[1]) as other:
        assert "No version yet" in (await client.get("/members-page")).text
        for nothing in (f"{QUARTER}/0", f"{QUARTER}/9", f"{QUARTER}/99999999999999", "%00/1", "2026-Q7/1"):
            assert (await client.get(f"/members-page/{nothing}")).status_code == 404
            assert (await client.post(f"/members-page/{nothing}/approve")).status_code == 404
        looked = await client.post("/members-page/new", data={"quarter": QUARTER, "action": "preview"})
        assert looked.status_code == 200 and "40,000.00" in looked.text
        half = await client.post("/members-page/new", data={"quarter": QUARTER, "text_en": "Only English", "action": "post"})
        assert half.status_code == 422 and "Only English" in half.text
        made = await client.post("/members-page/new", data={"quarter": QUARTER, "action": "post"})
        assert made.headers["location"] == f"/members-page/{QUARTER}/1?done=member_page_proposed"
        for each in (client, other):
            assert (await each.post(f"/members-page/{QUARTER}/1/approve")).status_code == 303
            assert (await each.post("/members-page/switch", data={"on": "yes"})).status_code == 303
        assert "approved by both" in (await client.get(f"/members-page/{QUARTER}/1")).text
        assert (await seen(app)).status_code == 200
        assert (await other.post("/members-page/switch", data={})).status_code == 303
        assert (await seen(app)).status_code == 404
        assert (await other.post("/members-page/switch", data={"on": "yes"})).status_code == 303
        assert (await client.post(f"/members-page/{QUARTER}/1/take-back")).status_code == 303
        assert (await seen(app)).status_code == 404


# --- who is told, and what waits for whom -----------------------------------------------------------------------------------


async def told(pool: Pool, actor: Actor) -> list[tuple[str, str]]:
    """The kinds and subjects of a person's notices, in the order of their words."""
    return sorted((each.kind, each.subject) for each in (await notices.list_notices(pool, actor)).items)


async def waits(pool: Pool, actor: Actor) -> list[tuple[str, str, str]]:
    return [(row.kind, row.subject, row.url) for row in await home.waiting(pool, actor)]


async def test_a_version_and_the_switch_wait_for_who_has_not_decided(pool: Pool, officers: list[Actor], ue: Actor, unifor: Actor) -> None:
    ours, theirs = officers
    row = ("approve_member_page", f"{QUARTER}/1", f"/members-page/{QUARTER}/1")
    switch = ("switch_member_page", "/members-page", "/members-page#switch")
    await service.propose(pool, ours, "propose-one", QUARTER)
    assert await waits(pool, ours) == await waits(pool, theirs) == [row], "whoever proposed it approves it too"
    assert await waits(pool, ue) == await waits(pool, unifor) == []
    assert (await told(pool, theirs), await told(pool, ours)) == ([("member_page_to_approve", f"{QUARTER}/1")], [])
    await service.approve(pool, theirs, "approve-unifor", QUARTER, 1)
    assert (await waits(pool, ours), await waits(pool, theirs)) == ([row], [])
    await service.approve(pool, ours, "approve-ue-1", QUARTER, 1)
    assert (await waits(pool, ours), await waits(pool, theirs)) == ([], [])
    assert ("member_page_shown", f"{QUARTER}/1") in await told(pool, theirs)

    await service.switch(pool, ours, "switch-ue-on", True)
    assert (await waits(pool, ours), await waits(pool, theirs)) == ([], [switch])
    assert ("member_page_to_switch", "/members-page") in await told(pool, theirs)
    await service.switch(pool, theirs, "switch-unifor-no", False)
    assert await waits(pool, theirs) == [], "it has answered"
    left = ("member_page_left_off", "/members-page")
    assert left in await told(pool, ours), "it was never on, so nobody switched it off"
    await service.switch(pool, theirs, "switch-unifor-still", False)
    assert (await told(pool, ours)).count(left) == 1, "nothing new"
    await service.switch(pool, theirs, "switch-unifor-on", True)
    assert await waits(pool, ours) == await waits(pool, theirs) == []
    assert ("member_page_switched_on", "/members-page") in await told(pool, ours)
    off = ("member_page_switched_off", "/members-page")
    assert off not in await told(pool, ours)
    await service.switch(pool, theirs, "switch-unifor-off", False)
    assert off in await told(pool, ours)
    await service.take_back(pool, theirs, "take-it-back", QUARTER, 1)
    assert ("member_page_taken_back", f"{QUARTER}/1") in await told(pool, ours)


async def test_two_decide_at_once(app: Litestar, twins: tuple[Pool, Pool], officers: list[Actor]) -> None:  # noqa: F811
    """Both unions' last words, given in the same instant by two processes, are both heard, and nothing is shown or told twice."""
    pool = twins[0]
    for n in range(1, 6):
        await service.propose(pool, officers[n % 2], f"race-propose-{n}", QUARTER)
        await asyncio.gather(*(
            service.approve(twins[i], officer, f"race-approve-{n}-{officer.union}", QUARTER, n) for i, officer in enumerate(officers)
        ))  # fmt: skip
        found = (await service.overview(pool, officers[0])).pages
        assert [each.state for each in found] == ["shown", *["replaced"] * (n - 1)] and found[0].approved == ("ue", "unifor")
        both = await told(pool, officers[0]) + await told(pool, officers[1])
        assert both.count(("member_page_shown", f"{QUARTER}/{n}")) == 1, "the one who was first is told by the one who was last"
        await asyncio.gather(*(service.switch(twins[i], officer, f"race-on-{n}-{officer.union}", True) for i, officer in enumerate(officers)))
        assert (await service.overview(pool, officers[0])).is_on and await waits(pool, officers[0]) == await waits(pool, officers[1]) == []
        await service.switch(pool, officers[n % 2], f"race-off-{n}", False)


async def test_of_two_of_one_union_one_approves(twins: tuple[Pool, Pool], officers: list[Actor]) -> None:  # noqa: F811
    second = await add_person(twins[0], "Ulla Eastman-Poirier", "ue", "secretary_treasurer")
    await service.propose(twins[0], officers[0], "race-propose", QUARTER)
    answers = await asyncio.gather(
        service.approve(twins[0], officers[0], "race-first-1", QUARTER, 1), service.approve(twins[1], second, "race-second", QUARTER, 1),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(type(each).__name__ for each in answers) == ["MemberPage", "MemberPageState"]
    assert (await service.show_page(twins[0], second, QUARTER, 1)).approved == ("ue",)


async def test_taken_back_and_approved_at_once_it_is_not_shown_after_it_was_taken_back(twins: tuple[Pool, Pool], officers: list[Actor]) -> None:  # noqa: F811
    for n in range(1, 6):
        await service.propose(twins[0], officers[0], f"race-propose-{n}", QUARTER)
        await service.approve(twins[0], officers[0], f"race-approve-{n}", QUARTER, n)
        answers = await asyncio.gather(
            service.approve(twins[0], officers[1], f"race-last-{n}", QUARTER, n), service.take_back(twins[1], officers[0], f"race-back-{n}", QUARTER, n),
            return_exceptions=True,
        )  # fmt: skip
        assert not [each for each in answers if isinstance(each, BaseException) and not isinstance(each, MemberPageState)]
        assert (await service.show_page(twins[0], officers[0], QUARTER, n)).state == "taken_back"


async def test_the_page_leaves_no_answer_out(app: Litestar, pool: Pool, officers: list[Actor]) -> None:
    async with client_for(app, officers[0]) as here, client_for(app, officers[1]) as there:
        await here.post("/members-page/switch", data={"on": "yes"})
        switches = (await there.get("/api/v1/member-pages/")).json()["switches"]
        assert {each["union"]: each["is_asked"] for each in switches} == {"ue": False, "unifor": True}
        assert "Leave it off" in (await there.get("/members-page")).text and "Leave it off" not in (await here.get("/members-page")).text
        assert "switches the members’ page on" in unescape((await there.get("/")).text)
        assert (await there.post("/members-page/switch", data={})).status_code == 303
        assert "Leave it off" not in (await there.get("/members-page")).text


def test_few_members_are_not_told_of() -> None:
    told = told_support([Struck("S-1", "ue", "USD", "benefits", 4, 1_000_00), Struck("S-2", "unifor", "CAD", "benefits", 90, 9_000_00)])
    assert [each.amount_minor for each in told.benefits] == [None, None], "one alone could be worked out from the other"
    assert (told.strikes, told.members) == (None, None)


async def test_none_was_paid_only_where_no_money_left_for_strikes(app: Litestar, pool: Pool, officers: list[Actor], unifor: Actor) -> None:
    none, other = "No strike support was paid", "also paid for strikes in other ways"
    bank, kitchen = "Assets:Bank:Unifor-trust-CAD", "Expense:Strike-support-locals"
    await gift(pool, unifor, "2026-08-01", 40_000_00)
    await post(pool, unifor, "2026-08-02", "Bank fee", "STRIKE", [("Expense:Bank-fees", "CAD", 5_00), (bank, "CAD", -5_00)])
    before = await service.preview(pool, officers[0], QUARTER)
    assert (before.otherwise, before.strikes, before.members) == (False, 0, 0), "a bank fee supports no strike"
    await post(pool, unifor, "2026-08-03", "Picket kitchen", "STRIKE", [(kitchen, "CAD", 2_050_00), (bank, "CAD", -2_050_00)])
    figures = await service.preview(pool, officers[0], QUARTER)
    assert (figures.otherwise, figures.strikes, figures.members) == (True, None, None)
    await published(pool, officers)
    text = unescape((await seen(app)).text)
    assert none not in text and other in text and "supported: 0" not in text and "2,050.00" not in text
    unknown = {"otherwise": None, "strikes": 0, "members": 0}
    for changed, told in (({"otherwise": False, "strikes": 0, "members": 0}, True), (unknown, False)):
        html = render_html(shape(msgspec.structs.replace(figures, **changed), {"ue": "UE", "unifor": "Unifor"}, False), "en", heading=False)
        assert (none in html, "supported: 0" in html) == (told, told), "what was approved before this was asked says no more than it knew"


async def test_a_version_says_what_is_true_of_its_state(app: Litestar, pool: Pool, officers: list[Actor]) -> None:
    seen_now, approved = "This is what members see", "SHA-256 of what was approved"
    async with client_for(app, officers[0]) as client:
        await service.propose(pool, officers[0], "propose-one", QUARTER)
        waiting = (await client.get(f"/members-page/{QUARTER}/1")).text
        assert seen_now not in waiting and approved not in waiting and "members see it once both unions approve it" in waiting
        for officer in officers:
            await service.approve(pool, officer, f"approve-{officer.union}", QUARTER, 1)
        shown = (await client.get(f"/members-page/{QUARTER}/1")).text
        assert seen_now in shown and approved in shown
        await service.take_back(pool, officers[0], "take-it-back", QUARTER, 1)
        back = (await client.get(f"/members-page/{QUARTER}/1")).text
        assert seen_now not in back and approved not in back and "It was taken back" in back


@pytest.mark.parametrize(("action", "given", "missing"), [("preview", "text_en", "text_fr"), ("post", "text_fr", "text_en")])
async def test_one_language_alone_is_refused_at_its_field(
    app: Litestar, pool: Pool, officers: list[Actor], unifor: Actor, action: str, given: str, missing: str
) -> None:  # fmt: skip
    await gift(pool, unifor, "2026-08-01", 40_000_00, "GEN")
    async with client_for(app, officers[0]) as client:
        half = await client.post("/members-page/new", data={"quarter": QUARTER, given: "Words\nof two lines", "action": action})
    text = unescape(half.text)
    assert half.status_code == 422 and "in both languages or in neither" in text
    assert missing not in re.sub(r"<[^>]+>", " ", text) and "on one line" not in text and f'id="f-{missing}-error"' in text


# --- the sample year ------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sample(server: tuple[str, str]) -> AsyncIterator[Pool]:
    """The sample year, with its page switched on."""
    database = await sample_books(server)
    async with running(database) as pool:
        yield pool
    await drop_books(server, database)


NAMES = """
    SELECT name FROM people UNION SELECT name FROM campaigns UNION SELECT name FROM employers UNION SELECT name FROM locals UNION SELECT name FROM strikes
    UNION SELECT name FROM payees UNION SELECT name FROM resources UNION SELECT name_en FROM funds WHERE name_en NOT IN (SELECT initcap(purpose) FROM funds)
    UNION SELECT number FROM campaigns UNION SELECT number FROM strikes UNION SELECT number FROM allocations"""


async def test_no_name_of_the_books_is_on_the_public_page(sample: Pool) -> None:
    async with sample.database.reading() as connection:
        names = {row[0] for row in await connection.fetch(NAMES) if row[0]}
    assert len(names) > 50
    async with served(sample) as made, client_for(made) as anybody:
        for language in ("en", "fr"):
            shown = await anybody.get(f"/members?lang={language}")
            assert shown.status_code == 200 and 'href="/journal' not in shown.text and "set-cookie" not in shown.headers
            text = unescape(re.sub(r"<[^>]+>", " ", shown.text))
            assert not {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}
            assert not re.search(r'href="/(?!static/|members)', shown.text), "leads nowhere else"
