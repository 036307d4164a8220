"""Webhooks against a real receiver on this machine: what is sent and how it is signed, what becomes of what fails, and where nothing is sent."""

import asyncio
import base64
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from api.openapi import VERIFIER
from api.webhook_post import Sender
from ledger.domain import webhooks as rules
from ledger.domain.actors import Actor
from ledger.domain.entries import KINDS
from ledger.domain.notices import Notice
from ledger.domain.refusals import Refusal
from ledger.domain.webhooks import EVENTS, Event, Wanted, is_open
from ledger.services import journal, webhook_sending, webhooks
from ledger.services.pool import Pool
from ledger.services.webhook_sending import Message, Outcome, send_due
from ledger.storage import webhook_deliveries, webhook_events
from reports.webhook_words import EVENT_NAMES
from tests.conftest import Clock, add_person
from tests.services.test_journal import opening, paid

HERE = (ip_network("127.0.0.0/8"),)
BOOKS = "https://books.example.org"
ALL = tuple(EVENTS)


class Receiver:
    """A program that takes events, as the web has them: it keeps what came, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[bytes] = []
        self.url = ""

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.got.append((headers, await reader.readexactly(int(headers["content-length"]))))
        answer = self.answers.pop(0) if self.answers else b"204 No Content\r\n\r\n"
        if answer:
            writer.write(b"HTTP/1.1 " + answer)
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?for=ledger"
    yield made
    server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def admin(pool: Pool) -> Actor:
    return await add_person(pool, "Gil Rowan-Adeyemi", "ue", "admin")


def wanted(receiver: Receiver, *events: str) -> Wanted:
    return Wanted(name="Our general ledger", url=receiver.url, events=events or ALL)


async def added(pool: Pool, admin: Actor, receiver: Receiver, *events: str, key: str = "add-webhook") -> tuple[str, str]:
    made = await webhooks.add_webhook(pool, admin, key, wanted(receiver, *events), HERE)
    return made.shown.webhook.number, made.secret


async def send(pool: Pool) -> int:
    return await send_due(pool, Sender(HERE), BOOKS)


def failing(status: str = "500 Broken", words: str = "the queue is full") -> bytes:
    return f"{status}\r\nContent-Length: {len(words)}\r\n\r\n{words}".encode()


# --- what is sent -------------------------------------------------------------------------------------------------------


async def test_an_entry_is_sent_once_signed_and_says_nothing_of_people_or_money(
    pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock
) -> None:
    await journal.post_entry(pool, ue, "before-it-was", opening(10_000))
    _, secret = await added(pool, admin, receiver)
    await journal.post_entry(pool, ue, "after-it-was", paid(4_321))
    assert (await send(pool), await send(pool)) == (1, 0)
    ((headers, body),) = receiver.got
    assert json.loads(body) == {
        "type": "entry.posted", "id": "entry_posted_2", "timestamp": "2026-11-23T17:00:00Z",
        "data": {"entry": 2, "record": None, "links": {"page": f"{BOOKS}/journal/2", "api": f"{BOOKS}/api/v1/entries/2"}},
    }  # fmt: skip
    assert headers["content-type"] == "application/json" and headers["host"] in receiver.url
    assert verified(secret, headers, body, clock) == "entry_posted_2"
    for untrue in ({"webhook-id": "entry_posted_3"}, {"webhook-timestamp": str(int(clock().timestamp()) + 1)}):
        with pytest.raises(ValueError, match="not from these books"):
            verified(secret, headers | untrue, body, clock)
    with pytest.raises(ValueError, match="not from these books"):
        verified(rules.secret_of(bytes(32)), headers, body, clock)
    with pytest.raises(ValueError, match="too old"):
        verified(secret, headers | {"webhook-timestamp": "1764000000"}, body, clock)


def verified(secret: str, headers: dict[str, str], body: bytes, clock: Clock) -> str:
    """The id, by the lines that the documentation gives to receivers, at the time of the test."""
    names: dict[str, Any] = {}
    exec(VERIFIER.replace("time.time()", f"{clock().timestamp()}"), names)
    return str(names["verify"](secret, headers, body))


def test_the_signature_is_the_conventions() -> None:
    """The example that Standard Webhooks' own libraries are tested with."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signed = rules.headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_event_holds_a_name_or_an_amount() -> None:
    """An event has no field for one; what it does have is numbers, codes and links."""
    assert set(Event.__struct_fields__) == {"id", "type", "occurred_at", "subject", "entry"}
    for event in [
        *rules.of_entry(7, "transfer_received", "T-0042", datetime(2026, 1, 1, tzinfo=UTC)),
        Event("x_1", "close.locked", datetime.now(UTC), "CL-2026-10"),
    ]:
        found = json.loads(rules.body_of(event, BOOKS))
        assert set(found) == {"type", "id", "timestamp", "data"} and set(found["data"]) == {"entry", "record", "links"}


def test_every_event_has_words_and_every_kind_is_one_of_the_books() -> None:
    assert set(EVENT_NAMES) == {*EVENTS, rules.TEST}
    assert set(rules.BY_ENTRY) <= set(KINDS)
    assert all("." not in event.id for event in rules.of_entry(1, "contribution", "", datetime.now(UTC))), "a point divides what is signed"


@pytest.mark.parametrize(
    ("operation", "details", "answer", "expected"),
    [
        ("sign_report", {"decision": "signed"}, {"state": "fixed"}, ["close.signed"]),
        ("sign_report", {"decision": "signed"}, {"state": "locked"}, ["close.signed", "close.locked"]),
        ("sign_report", {"decision": "declined"}, {"state": "fixed"}, ["close.declined"]),
        ("vote_request", {}, {"state": "rejected"}, ["request.rejected"]),
        ("submit_request", {}, {"state": "submitted"}, ["request.submitted"]),
        ("fix_report", {}, {}, ["close.fixed"]),
        ("comment_request", {}, {"ordinal": 1}, []),
        ("post_entry", {}, 7, []),
    ],
)
def test_what_an_operation_is_told_as(operation: str, details: dict[str, Any], answer: Any, expected: list[str]) -> None:
    assert rules.of_operation(operation, details, answer) == expected


async def test_only_what_was_chosen_is_sent_in_the_order_it_happened(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock) -> None:
    await added(pool, admin, receiver, "entry.posted", "close.shut")
    await journal.post_entry(pool, ue, "first-of-three", opening(10_000))
    clock.now += timedelta(seconds=1)
    async with pool.database.writing() as connection:
        await webhook_events.add(connection, ["close.shut", "close.fixed"], "CL-2026-10", clock())
    clock.now += timedelta(seconds=1)
    await journal.post_entry(pool, ue, "third-of-three", paid(1))
    assert await send(pool) == 3
    assert [each.rpartition("_")[0] for each in receiver.ids] == ["entry_posted", "close_shut", "entry_posted"]


async def test_what_committed_late_is_not_passed_by(pool: Pool, admin: Actor, receiver: Receiver, clock: Clock) -> None:
    """An operation that began before a round and is committed after it is told by the next."""
    await added(pool, admin, receiver, "close.shut")
    async with pool.database.writing() as connection:
        await webhook_events.add(connection, ["close.shut"], "CL-2026-09", clock())
        async with pool.database.writing() as quicker:
            await webhook_events.add(quicker, ["close.shut"], "CL-2026-10", clock() + timedelta(seconds=1))
        assert await send(pool) == 1
    assert await send(pool) == 1
    assert [json.loads(body)["data"]["record"] for _, body in receiver.got] == ["CL-2026-10", "CL-2026-09"]


async def test_what_happened_before_it_was_is_not_told(pool: Pool, admin: Actor, receiver: Receiver, clock: Clock) -> None:
    async with pool.database.writing() as connection:
        await webhook_events.add(connection, ["close.shut"], "CL-2026-09", clock() - timedelta(seconds=1))
    await added(pool, admin, receiver, "close.shut")
    assert await send(pool) == 0


async def test_entries_are_told_by_number_whatever_the_clocks_say(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock) -> None:
    await added(pool, admin, receiver, "entry.posted", "close.shut")
    await journal.post_entry(pool, ue, "clock-ahead", opening(1))
    clock.now -= timedelta(seconds=2)
    await journal.post_entry(pool, ue, "clock-behind", opening(1))
    clock.now += timedelta(seconds=2)
    assert await send(pool) == 2 and receiver.ids == ["entry_posted_1", "entry_posted_2"]


async def test_a_long_journal_waits_in_the_journal(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WAITING_MAXIMUM", 5)
    number, _ = await added(pool, admin, receiver, "entry.posted")
    for n in range(12):
        await journal.post_entry(pool, ue, f"long-journal-{n}", opening(1))
    taken = []
    while sent := await send(pool):
        taken.append(sent)
    assert taken == [5, 5, 2] and receiver.ids == [f"entry_posted_{n}" for n in range(1, 13)]
    await webhooks.pause(pool, admin, "pause-long", number)
    for n in range(12):
        await journal.post_entry(pool, ue, f"long-paused-{n}", opening(1))
    assert await send(pool) == 0
    assert (await webhooks.show_webhook(pool, admin, number)).standing.waiting == 5


# --- what fails ---------------------------------------------------------------------------------------------------------


async def test_what_fails_holds_back_what_follows_and_is_tried_again(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock) -> None:
    number, _ = await added(pool, admin, receiver, "entry.posted")
    for n in range(3):
        await journal.post_entry(pool, ue, f"holds-back-{n}", opening(1))
    receiver.answers = [failing(), b""]
    assert (await send(pool), await send(pool)) == (0, 0)
    assert receiver.ids == ["entry_posted_1"], "its time has not come"
    clock.now += timedelta(minutes=1)
    assert await send(pool) == 0
    clock.now += timedelta(minutes=5)
    assert await send(pool) == 3
    assert receiver.ids == ["entry_posted_1"] * 3 + ["entry_posted_2", "entry_posted_3"]
    log = await webhooks.show_log(pool, admin, number)
    tried = log.items[-1][1]
    assert [(each.status, each.fault, each.excerpt) for each in tried] == [(500, "refused", "the queue is full"), (None, "unreachable", ""), (204, "", "")]
    assert {delivery.state for delivery, _ in log.items} == {"delivered"}


async def test_it_is_given_up_after_nine_tries_and_the_administrators_are_told(
    pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock
) -> None:
    number, _ = await added(pool, admin, receiver, "entry.posted")
    for n in range(2):
        await journal.post_entry(pool, ue, f"given-up-{n}", opening(1))
    began = clock()
    receiver.answers = [failing()] * 9
    for wait in (timedelta(0), *rules.WAITS):
        clock.now += wait
        assert await send(pool) == 0
    assert len(receiver.got) == rules.TRIES_MAXIMUM and timedelta(days=2) < clock() - began < timedelta(days=3)
    shown = await webhooks.show_webhook(pool, admin, number)
    assert (shown.webhook.state, shown.standing.waiting, shown.standing.given_up) == ("failing", 1, 1)
    async with pool.database.reading() as connection:
        told = await connection.fetch("SELECT person_id, kind, url FROM notices")
    assert [tuple(row) for row in told] == [(admin.person_id, "webhook_failing", f"/webhooks/{number}")]
    clock.now += timedelta(days=1)
    assert await send(pool) == 0 and len(receiver.got) == 9
    await webhooks.resume(pool, admin, "resume-it", number)
    assert await send(pool) == 2 and receiver.ids[9:] == ["entry_posted_1", "entry_posted_2"]


async def test_gone_is_gone_at_once(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver) -> None:
    number, _ = await added(pool, admin, receiver, "entry.posted")
    await journal.post_entry(pool, ue, "gone-at-once", opening(1))
    receiver.answers = [failing("410 Gone", "")]
    await send(pool)
    assert (await webhooks.show_webhook(pool, admin, number)).webhook.state == "failing"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n", "redirect"),
        (failing("500 No", "x\x00\x1b[31m" + "long " * 10_000), "refused"),
        (b"nonsense\r\n\r\n", "unreachable"),
        (b"200 OK\r\nContent-Length: 9000000000\r\n\r\n" + b"x" * 5_000, ""),
    ],
)
async def test_no_answer_leads_astray(pool: Pool, admin: Actor, receiver: Receiver, answer: bytes, fault: str) -> None:
    number, _ = await added(pool, admin, receiver, "close.shut")
    await webhooks.send_test(pool, admin, "test-event", number)
    receiver.answers = [answer]
    await send(pool)
    (tried,) = (await webhooks.show_log(pool, admin, number)).items[0][1]
    assert tried.fault == fault and len(receiver.got) == 1
    assert len(tried.excerpt) <= webhook_deliveries.EXCERPT_MAXIMUM and tried.excerpt.isprintable()


async def test_it_waits_no_longer_than_it_may(pool: Pool, admin: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.webhook_post.WHOLE_SECONDS", 0.2)
    silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(5), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"
    outcome = await Sender(HERE)(Message(url, {"webhook-id": "x"}, b"{}"))
    silent.close()
    assert outcome.fault == "timeout" and 150 < outcome.milliseconds < 3_000


async def test_killed_between_sending_and_keeping_it_is_sent_again_under_its_id(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver) -> None:
    await added(pool, admin, receiver, "entry.posted")
    await journal.post_entry(pool, ue, "killed-between", opening(1))

    class Killed(BaseException):
        """As a process that ends."""

    async def post(message: Message) -> Outcome:
        await Sender(HERE)(message)
        raise Killed

    with pytest.raises(Killed):
        await send_due(pool, post, BOOKS)
    assert await send(pool) == 1
    assert receiver.ids == ["entry_posted_1", "entry_posted_1"]


async def test_of_two_workers_one_sends(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver) -> None:
    await added(pool, admin, receiver, "entry.posted")
    for n in range(20):
        await journal.post_entry(pool, ue, f"two-workers-{n}", opening(1))
    assert sum(await asyncio.gather(*(send(pool) for _ in range(4)))) == 20
    assert receiver.ids == [f"entry_posted_{n}" for n in range(1, 21)]


@pytest.mark.parametrize("late", [500, 204])
async def test_a_worker_that_comes_late_changes_nothing_that_was_decided(
    pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    """The lock of the first ended with its connection: a second sends the same event, and is told it was taken, before the first hears."""
    monkeypatch.setattr(webhook_sending, "alone", unlocked)
    number, _ = await added(pool, admin, receiver, "entry.posted")
    await journal.post_entry(pool, ue, "two-at-once", opening(1))

    async def post(message: Message) -> Outcome:
        if not receiver.got:
            assert await send(pool) == 1
        return Outcome(late, 1, "" if late == 204 else "refused")

    await send_due(pool, post, BOOKS)
    shown = await webhooks.show_webhook(pool, admin, number)
    assert (shown.standing.waiting, shown.webhook.retry_at) == (0, None)
    ((delivery, tried),) = (await webhooks.show_log(pool, admin, number)).items
    assert delivery.state == "delivered" and [each.status for each in tried] == [204, late], "both attempts are in the log"


async def test_two_failures_at_once_are_one_try(
    pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sending, "alone", unlocked)
    await added(pool, admin, receiver, "entry.posted")
    await journal.post_entry(pool, ue, "two-failures", opening(1))
    receiver.answers = [failing()]

    async def post(message: Message) -> Outcome:
        if not receiver.got:
            assert await send(pool) == 0
        return Outcome(500, 1, "refused")

    await send_due(pool, post, BOOKS)
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT tries FROM webhook_deliveries") == 1
        assert await connection.fetchval("SELECT count(*) FROM webhook_attempts") == 2


@asynccontextmanager
async def unlocked(database: object, task: int) -> AsyncIterator[bool]:
    """As if the lock were lost."""
    yield True


async def test_a_fault_of_one_is_raised_when_every_other_has_ended(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver) -> None:
    await added(pool, admin, receiver, "entry.posted", key="add-faulty")
    await added(pool, admin, receiver, "entry.posted", key="add-sound")
    await journal.post_entry(pool, ue, "one-fault", opening(1))
    ended = []

    async def post(message: Message) -> Outcome:
        if not ended:
            ended.append("fault")
            raise ValueError
        await asyncio.sleep(0.1)
        ended.append("sent")
        return Outcome(204, 1)

    with pytest.raises(ValueError):
        await send_due(pool, post, BOOKS)
    assert ended == ["fault", "sent"]


async def test_the_log_of_what_was_delivered_is_not_counted(pool: Pool) -> None:
    async with pool.database.reading() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = str(await connection.fetch(f"EXPLAIN {webhook_deliveries.STANDINGS}", ["W-1"]))
    assert "webhook_deliveries_waiting" in plan and "webhook_deliveries_given_up" in plan


async def test_one_that_fails_holds_up_no_other(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver) -> None:
    await webhooks.add_webhook(pool, admin, "nobody-there", Wanted(name="Gone", url="http://127.0.0.1:9/", events=ALL), HERE)
    await added(pool, admin, receiver, "entry.posted")
    await journal.post_entry(pool, ue, "no-other-held", opening(1))
    assert await send(pool) == 1


# --- secrets ------------------------------------------------------------------------------------------------------------


async def test_a_new_secret_signs_beside_the_old_for_a_day(pool: Pool, admin: Actor, receiver: Receiver, clock: Clock) -> None:
    number, old = await added(pool, admin, receiver, "close.shut")
    new = (await webhooks.renew_secret(pool, admin, "renew-it", number)).secret
    assert new != old and len(base64.b64decode(new.removeprefix("whsec_"))) == 32
    for after, good in ((timedelta(0), [True, True]), (timedelta(hours=25), [True, False])):
        clock.now += after
        await webhooks.send_test(pool, admin, f"test-{after.days}-days", number)
        await send(pool)
        headers, body = receiver.got[-1]
        assert [signs(secret, headers, body, clock) for secret in (new, old)] == good
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM webhook_secrets") == 1, "what signs no longer is gone"


def signs(secret: str, headers: dict[str, str], body: bytes, clock: Clock) -> bool:
    try:
        return bool(verified(secret, headers, body, clock))
    except ValueError:
        return False


async def test_a_secret_is_shown_once_and_is_nowhere_else(pool: Pool, admin: Actor, receiver: Receiver) -> None:
    number, secret = await added(pool, admin, receiver)
    assert await added(pool, admin, receiver) == (number, ""), "a replay makes no second webhook and shows no secret"
    await webhooks.renew_secret(pool, admin, "renew-once", number)
    async with pool.database.reading() as connection:
        kept = await connection.fetch("SELECT details::text FROM audit UNION ALL SELECT answer::text FROM requests")
    said = str([await webhooks.list_webhooks(pool, admin), await webhooks.show_log(pool, admin, number), [row[0] for row in kept]])
    assert "whsec_" not in said and secret.removeprefix("whsec_") not in said
    assert "for=ledger" not in str([row[0] for row in kept]), "an address may hold a secret of the receiver's"
    await webhooks.delete(pool, admin, "delete-it", number)
    async with pool.database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM webhook_secrets") == 0


# --- who, and what is kept ----------------------------------------------------------------------------------------------


async def test_a_union_looks_after_its_own(pool: Pool, admin: Actor, ue: Actor, unifor: Actor, receiver: Receiver) -> None:
    number, _ = await added(pool, admin, receiver)
    other = await add_person(pool, "Mireille Fontaine-Roy", "unifor", "admin")
    assert [each.webhook.number for each in await webhooks.list_webhooks(pool, ue)] == [number]
    assert await webhooks.list_webhooks(pool, unifor) == []
    for work in (webhooks.show_webhook(pool, other, number), webhooks.show_log(pool, unifor, number)):
        assert await code_of(work) == "not_found"
    steps = (webhooks.pause, webhooks.delete, webhooks.renew_secret, webhooks.send_test)
    for n, step in enumerate(steps):
        assert await code_of(step(pool, other, f"other-union-{n}", number)) == "not_found"
        assert await code_of(step(pool, ue, f"treasurer-{n}", number)) == "not_allowed"
    assert await code_of(webhooks.resend(pool, admin, "resend-none", number, 99)) == "not_found"
    assert await code_of(webhooks.resume(pool, admin, "resume-active", number)) == "webhook_state"


async def code_of(work: Any) -> str:
    try:
        await work
    except Refusal as refusal:
        return refusal.code
    return ""


async def test_changing_takes_the_version_that_was_read(pool: Pool, admin: Actor, receiver: Receiver) -> None:
    number, _ = await added(pool, admin, receiver)
    changed = await webhooks.change_webhook(pool, admin, "change-one", number, 1, wanted(receiver, "close.locked", "entry.posted"), HERE)
    assert (changed.webhook.version, changed.webhook.events) == (2, ("entry.posted", "close.locked"))
    assert await code_of(webhooks.change_webhook(pool, admin, "change-two", number, 1, wanted(receiver), HERE)) == "webhook_changed"


async def test_a_union_has_twenty(pool: Pool, admin: Actor, receiver: Receiver) -> None:
    done = await asyncio.gather(*(code_of(added(pool, admin, receiver, key=f"add-many-{n}")) for n in range(23)))
    assert sorted(done) == [""] * 20 + ["webhooks_full"] * 3


async def test_one_event_is_sent_again_under_its_id(pool: Pool, admin: Actor, receiver: Receiver) -> None:
    number, _ = await added(pool, admin, receiver, "close.shut")
    ordinal = await webhooks.send_test(pool, admin, "test-again", number)
    await send(pool)
    assert (await webhooks.resend(pool, admin, "send-again", number, ordinal)).state == "waiting"
    await send(pool)
    assert len(receiver.ids) == 2 and len(set(receiver.ids)) == 1
    assert len((await webhooks.show_log(pool, admin, number)).items[0][1]) == 2


async def test_the_log_is_kept_for_a_month(pool: Pool, admin: Actor, receiver: Receiver, clock: Clock) -> None:
    number, _ = await added(pool, admin, receiver, "close.shut")
    await webhooks.send_test(pool, admin, "test-old", number)
    await send(pool)
    clock.now += webhook_deliveries.KEPT + timedelta(seconds=1)
    await webhooks.send_test(pool, admin, "test-new", number)
    await send(pool)
    assert [delivery.ordinal for delivery, _ in (await webhooks.show_log(pool, admin, number)).items] == [2]


async def test_what_was_sent_is_paged(pool: Pool, admin: Actor, receiver: Receiver) -> None:
    number, _ = await added(pool, admin, receiver, "close.shut")
    for n in range(5):
        await webhooks.send_test(pool, admin, f"test-page-{n}", number)
    seen, before = [], None
    while True:
        log = await webhooks.show_log(pool, admin, number, before, 2)
        seen += [delivery.ordinal for delivery, _ in log.items]
        if log.next is None:
            break
        before = log.next
    assert seen == [5, 4, 3, 2, 1]


# --- where nothing is sent ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:1::",
        "fec0::1",
        "192.88.99.1",
        "localhost",
        "",
    ],
)
def test_nothing_is_sent_behind_the_walls(address: str) -> None:
    assert not is_open(address)


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("93.184.215.14", ()),
        ("2606:2800:21f:cb07::1", ()),
        ("10.20.3.4", ("10.20.0.0/16",)),
        ("::ffff:10.20.3.4", ("10.20.0.0/16",)),
        ("fd12::1", ("fd12::/64",)),
    ],
)
def test_the_open_internet_and_the_operators_own_networks_are_sent_to(address: str, networks: tuple[str, ...]) -> None:
    assert is_open(address, [ip_network(each) for each in networks])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.org/", "scheme"),
        ("ftp://hooks.example.org/", "scheme"),
        ("https://", "shape"),
        ("", "shape"),
        ("hooks.example.org", "shape"),
        ("https://user:secret@hooks.example.org/", "sign_in"),
        ("https://user@10.0.0.1/", "sign_in"),
        ("https://@hooks.example.org/", "sign_in"),
        ("https://127.1/", "number"),
        ("https://127.0.1/", "number"),
        ("https://2130706433/", "number"),
        ("https://0x7f000001/", "number"),
        ("https://0x7F.0.0.1/", "number"),
        ("https://0177.0.0.1/", "number"),
        ("https://127.0.0.1./", "number"),
        ("https://localhost/", "private"),
        ("https://localhost.:8443/", "private"),
        ("https://LOCALHOST/", "private"),
        ("https://ledger.localhost/", "private"),
        ("https://intranet/", "private"),
        ("https://printer.local/", "private"),
        ("https://books.corp/", "private"),
        ("https://%31%32%37.0.0.1/", "number"),
        ("https://%6c%6f%63%61%6c%68%6f%73%74/", "shape"),
        ("https://a..example.org/", "shape"),
        ("https://-a.example.org/", "shape"),
        ("https://[::ffff:127.0.0.1]/", "private"),
        ("https://[fe80::1%25eth0]/", "private"),
        ("https://hooks.example.org/#part", "shape"),
        ("https://hooks.example.org:99999/", "shape"),
        ("https://hooks.example.org/a b", "shape"),
        ("https://hooks.example.org/\r\nX: y", "shape"),
        ("https://höoks.example.org/", "shape"),
        ("https://[::1", "shape"),
        ("https://" + "a" * 500, "shape"),
        ("https://127.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://169.254.169.254/latest", "private"),
        ("http://127.0.0.1/", "scheme"),
        ("javascript:alert(1)", "shape"),
    ],
)
def test_an_address_is_https_and_of_the_open_internet(url: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check_url(url)
    assert (refused.value.code, refused.value.params["reason"]) == ("webhook_url_invalid", reason)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/", "https://hooks.example.org:8443/a?b=c", "https://HOOKS.example.org/", "https://xn--hoks-5qa.example.org/",
        "https://93.184.215.14/", "https://[2606:2800:21f:cb07::1]/", "https://1.example.org/", "https://my_hooks.example.org./",
    ],
)  # fmt: skip
def test_an_address_of_the_open_internet_is_taken_on_any_port(url: str) -> None:
    assert rules.check_url(url) == url


def test_a_name_inside_is_for_who_may_send_to_networks_of_their_own() -> None:
    networks = [ip_network("10.20.0.0/16")]
    for url in ("https://ledger/", "https://ledger.internal/"):
        assert rules.check_url(url, networks) == url
    for url in ("https://localhost/", "https://127.1/", "https://10.21.0.1/"):
        with pytest.raises(Refusal):
            rules.check_url(url, networks)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (["127.0.0.1"], "private_address"),
        (["93.184.215.14", "10.0.0.1"], "private_address"),
        (["::ffff:169.254.169.254"], "private_address"),
        ([], "unknown_name"),
    ],
)
async def test_a_name_is_looked_at_when_it_is_sent_to(receiver: Receiver, found: list[str], fault: str) -> None:
    """A name that was public when it was entered may lead inside by now; one of its addresses is enough to send nothing."""

    async def look_up(host: str, port: int) -> list[str]:
        assert host == "rebinding.example.org"
        return found

    outcome = await Sender(look_up=look_up)(Message("https://rebinding.example.org/hook", {}, b"{}"))
    assert (outcome.status, outcome.fault) == (None, fault) and receiver.got == []


async def test_the_connection_is_made_to_the_address_that_was_looked_at(receiver: Receiver) -> None:
    """The name is asked for once; the host it was asked by is told to the receiver."""
    asked: list[str] = []

    async def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = receiver.url.rpartition(":")[2].partition("/")[0]
    outcome = await Sender(HERE, look_up)(Message(f"http://inside.example.org:{port}/hook", {}, b"{}"))
    assert (outcome.status, asked, receiver.got[0][0]["host"]) == (204, ["inside.example.org"], f"inside.example.org:{port}")


async def test_a_test_event_stands_after_what_happened_before_it(pool: Pool, admin: Actor, ue: Actor, receiver: Receiver, clock: Clock) -> None:
    """In the log as at the receiver, also where nobody has sent for a while and other webhooks have more to be told."""
    number, _ = await added(pool, admin, receiver)
    await added(pool, admin, receiver, key="another-one")
    for n in range(3):
        await journal.post_entry(pool, ue, f"entry-before-{n}", opening(10_000) if n == 0 else paid(n))
        clock.now += timedelta(seconds=1)
        await webhooks.send_test(pool, admin, f"test-after-{n}", number)
        clock.now += timedelta(seconds=1)
    log = [delivery.event for delivery, _ in (await webhooks.show_log(pool, admin, number)).items]
    assert [event.entry for event in reversed(log)] == [1, None, 2, None, 3, None]
    assert [event.occurred_at for event in log] == sorted((event.occurred_at for event in log), reverse=True)
    await send(pool)
    assert [json.loads(body)["data"]["entry"] for headers, body in receiver.got if headers["webhook-id"].endswith(("_1", "_2", "_3"))].count(2) == 2


async def test_nothing_unencrypted_leaves_the_machine() -> None:
    networks = (*HERE, ip_network("10.0.0.0/8"))

    async def look_up(host: str, port: int) -> list[str]:
        return ["10.0.0.1"]

    assert (await Sender(networks, look_up)(Message("http://inside.example.org/", {}, b"{}"))).fault == "not_encrypted"


async def test_the_certificate_is_that_of_the_name(tmp_path: Path) -> None:
    """The connection goes to an address, and who answers there proves to be the name all the same."""
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    names = ["-subj", "/CN=hooks.example.org", "-addext", "subjectAltName=DNS:hooks.example.org"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2", *names]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    here.load_cert_chain(made, key)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=here)
    port, trusting = server.sockets[0].getsockname()[1], ssl.create_default_context(cafile=str(made))

    async def look_up(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def sent(host: str, verify: ssl.SSLContext | None) -> tuple[int | None, str]:
        outcome = await Sender(HERE, look_up, verify)(Message(f"https://{host}:{port}/hook", {}, b"{}"))
        return outcome.status, outcome.fault

    assert await sent("hooks.example.org", trusting) == (204, "")
    assert await sent("other.example.org", trusting) == (None, "certificate")
    assert await sent("hooks.example.org", None) == (None, "certificate")
    server.close()
    assert len(receiver.got) == 1


def test_notices_are_of_the_vocabulary() -> None:
    msgspec.structs.asdict(Notice(kind="webhook_failing", subject="WH-0001", url="/webhooks/WH-0001", to=(2,), once="1"))
    assert webhook_sending.ROUND_SECONDS < 60
