"""Mail, through a real SMTP server on this machine: who gets what and when, what a letter says, and what becomes of what fails."""

import asyncio
import email
import email.policy
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from api.commands import CommandFailed
from api.commands.mail import mail as command
from api.commands.worker import mail_of
from api.settings import Settings, SettingsInvalid, load_settings
from api.smtp import opened, server_of
from ledger.domain.actors import Actor
from ledger.domain.notices import NOTICE_KINDS, Notice
from ledger.services import mailing, notices
from ledger.services.mailing import NotSent, latest_morning, send_due, wait_minutes
from ledger.services.people import choose_mail
from ledger.services.pool import Pool
from ledger.storage import mailing as store
from ledger.storage import people
from ledger.storage.alone import MAIL, alone
from reports.mail import Sender, address_of, write, write_test
from tests.conftest import Clock, add_person, client_for
from tests.pages.test_funds import text_of
from tests.pages.test_notices import EVERY_FACT

smtp = pytest.importorskip("aiosmtpd.smtp", reason="aiosmtpd is not installed")

BOOKS = "https://books.example.org"
SENDER = Sender("Solidarity ledger <books@example.org>", BOOKS)
DAY = timedelta(days=1)


class Inbox:
    """What the server was given; it refuses whom it is told to refuse."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []
        self.refuses: set[str] = set()
        self.fails: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if envelope.rcpt_tos[0] in self.fails:
            return "451 try later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append((envelope.rcpt_tos[0], message))
        return "250 taken"

    def subjects(self) -> list[tuple[str, str]]:
        return [(to, str(message["Subject"])) for to, message in self.letters]


@contextmanager
def mail_server(inbox: Inbox, encrypted: Any = None, **how: Any) -> Iterator[str]:
    """host:port of a server on this machine, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    listening = loop.create_server(lambda: smtp.SMTP(inbox, **how), "127.0.0.1", 0, ssl=encrypted)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server_url(inbox: Inbox) -> Iterator[str]:
    with mail_server(inbox) as place:
        yield f"smtp://{place}?tls=none"


async def tell(pool: Pool, *to: Actor, kind: str = "request_submitted", number: int = 107) -> None:
    told = Notice(
        kind=kind, subject=f"A-{number:04d}", url=f"/requests/A-{number:04d}", to=tuple(each.person_id for each in to), once="1", facts=EVERY_FACT
    )
    async with pool.database.writing() as connection:
        await notices.notify(connection, [told], pool.clock())


async def send(pool: Pool, url: str) -> int:
    return await send_due(pool, partial(opened, server_of(url)), partial(write, sender=SENDER))


def address(actor: Actor) -> str:
    return f"person{actor.person_id}@example.org"


# --- what is due ------------------------------------------------------------------------------------------------------


async def test_a_letter_is_sent_once_and_says_the_thing(pool: Pool, ue: Actor, inbox: Inbox, server_url: str) -> None:
    await tell(pool, ue)
    assert await send(pool, server_url) == 1
    assert await send(pool, server_url) == 0
    ((to, message),) = inbox.letters
    assert to == address(ue)
    assert message["Subject"] == "Decide on request A-0107"
    assert (message["From"], message["To"]) == ("Solidarity ledger <books@example.org>", f"Dolores Haze-Nguyen <{to}>")
    assert (message["Auto-Submitted"], message["List-Unsubscribe"]) == ("auto-generated", f"<{BOOKS}/settings>")
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    for text in (plain.get_content(), html.get_content()):
        assert f"{BOOKS}/requests/A-0107" in text and f"{BOOKS}/settings#mail" in text and "Ana Ruiz asks for CAD" in text
    assert "Message-ID" in message and str(message["Message-ID"]).endswith("@example.org>")


async def test_it_is_written_in_the_reader_s_language(pool: Pool, unifor: Actor, inbox: Inbox, server_url: str) -> None:
    async with pool.database.writing() as connection:
        await people.change(connection, unifor.person_id, language="fr")
    await tell(pool, unifor)
    await send(pool, server_url)
    ((_, message),) = inbox.letters
    assert message["Subject"] == "Décider de la demande A-0107"
    html = message.get_body(("html",))
    assert html is not None and 'lang="fr-CA"' in html.get_content() and "réglages" not in html.get_content()


async def test_who_wants_a_digest_gets_one_letter_at_seven(pool: Pool, clock: Clock, ue: Actor, inbox: Inbox, server_url: str) -> None:
    await choose_mail(pool, ue, "digest")
    clock.now = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)  # half past six in Toronto
    for number in (1, 2, 3):
        await tell(pool, ue, number=number)
    assert await send(pool, server_url) == 0
    clock.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert await send(pool, server_url) == 1
    await tell(pool, ue, number=4)
    clock.now += timedelta(hours=20)
    assert await send(pool, server_url) == 0
    clock.now += timedelta(hours=4)
    assert await send(pool, server_url) == 1
    assert inbox.subjects() == [
        (address(ue), "Decide on request A-0001, and 2 more notices"), (address(ue), "Decide on request A-0004"),
    ]  # fmt: skip


async def test_what_was_seen_or_is_not_wanted_or_goes_to_who_is_gone_is_not_sent(
    pool: Pool, clock: Clock, ue: Actor, unifor: Actor, inbox: Inbox, server_url: str
) -> None:
    gone, sample = await add_person(pool, "Gone Away", "ue", "officer"), await add_person(pool, "Sample Person", "ue", "officer")
    await tell(pool, ue, unifor, gone, sample)
    await choose_mail(pool, ue, "none")
    (seen,) = (await notices.list_notices(pool, unifor)).items
    await notices.mark_seen(pool, unifor, "seen-0001", seen.id)
    async with pool.database.writing() as connection:
        await people.disable(connection, gone.person_id, True)
        await people.change(connection, sample.person_id, sample_password="shown")
    assert await send(pool, server_url) == 0
    await tell(pool, unifor, number=2)
    clock.now += store.AGE_MAXIMUM + DAY
    assert await send(pool, server_url) == 0
    assert inbox.letters == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T11:59:59+00:00", "2026-11-22T12:00:00+00:00"), ("2026-11-23T12:00:00+00:00", "2026-11-23T12:00:00+00:00"),
        ("2026-07-01T10:59:00+00:00", "2026-06-30T11:00:00+00:00"), ("2026-07-01T11:00:00+00:00", "2026-07-01T11:00:00+00:00"),
        ("2026-11-01T11:30:00+00:00", "2026-10-31T11:00:00+00:00"),
    ],
)  # fmt: skip
def test_seven_in_the_morning_is_toronto_s_summer_and_winter(now: str, expected: str) -> None:
    assert latest_morning(datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


# --- what fails -------------------------------------------------------------------------------------------------------


async def test_a_refused_recipient_does_not_stop_the_others(
    pool: Pool, clock: Clock, ue: Actor, unifor: Actor, inbox: Inbox, server_url: str
) -> None:
    third = await add_person(pool, "Third Person", "ue", "officer")
    inbox.refuses, inbox.fails = {address(ue)}, {address(third)}
    await tell(pool, ue, third, unifor)
    assert await send(pool, server_url) == 1
    assert [to for to, _ in inbox.letters] == [address(unifor)]
    assert await faults(pool) == {ue.person_id: "recipient_550", third.person_id: "refused_451", unifor.person_id: ""}
    inbox.fails = set()
    assert await send(pool, server_url) == 0
    clock.now += timedelta(minutes=1)
    assert await send(pool, server_url) == 1


async def faults(pool: Pool) -> dict[int, str]:
    async with pool.database.reading() as connection:
        return {row["person_id"]: row["fault"] for row in await connection.fetch("SELECT person_id, fault FROM notices")}


async def test_an_address_that_no_letter_can_carry_is_that_person_s_trouble(
    pool: Pool, ue: Actor, unifor: Actor, inbox: Inbox, server_url: str
) -> None:
    async with pool.database.writing() as connection:
        await people.change(connection, ue.person_id, email="a@b\r\nBcc: c@d")
    await tell(pool, ue, unifor)
    assert await send(pool, server_url) == 1
    assert (await faults(pool))[ue.person_id] == "address_invalid"


async def test_a_server_that_is_down_is_tried_for_two_days_and_then_given_up(
    pool: Pool, app: Any, clock: Clock, ue: Actor, inbox: Inbox
) -> None:
    started = clock.now
    await tell(pool, ue)
    for tries in range(store.TRIES_MAXIMUM):
        assert await send(pool, "smtp://127.0.0.1:9?tls=none") == 0
        assert (await mailing.mail_state(pool)).given_up == (tries + 1 == store.TRIES_MAXIMUM)
        clock.now += timedelta(minutes=wait_minutes(tries))
    assert timedelta(days=1) < clock.now - started - DAY < timedelta(days=2)
    with mail_server(inbox) as place:
        assert await send(pool, f"smtp://{place}?tls=none") == 0
    admin = await add_person(pool, "Ann Admin", "ue", "admin")
    async with client_for(app, admin) as client:
        assert "1 notice could not be sent by e-mail and is no longer tried: the mail server does not answer" in text_of(await client.get("/"))
        assert "solidarity_mail_given_up 1.0" in (await client.get("/metrics")).text
    async with client_for(app, ue) as client:
        assert "1 notice could not be sent to you by e-mail: the mail server does not answer" in text_of(await client.get("/settings"))


async def test_a_server_that_hangs_up_leaves_the_rest_for_the_next_round(pool: Pool, clock: Clock, ue: Actor, unifor: Actor) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(b"250 hello\r\n")
        await reader.readline()
        writer.close()

    await tell(pool, ue, unifor)
    rude = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    url = f"smtp://127.0.0.1:{rude.sockets[0].getsockname()[1]}?tls=none"
    assert await send(pool, url) == 0
    assert sorted((await faults(pool)).values()) == ["", "disconnected"]
    rude.close()


async def test_killed_between_sending_and_marking_it_is_sent_again_under_the_same_name(
    pool: Pool, ue: Actor, inbox: Inbox, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    await tell(pool, ue)
    with monkeypatch.context() as patch:
        patch.setattr(store, "mark_mailed", killed)
        with pytest.raises(KeyboardInterrupt):
            await send(pool, server_url)
    assert await send(pool, server_url) == 1
    first, second = inbox.letters
    assert first[1]["Message-ID"] == second[1]["Message-ID"]


async def test_of_two_workers_one_sends(pool: Pool, ue: Actor, inbox: Inbox, server_url: str) -> None:
    await tell(pool, ue)
    async with alone(pool.database, MAIL) as is_alone:
        assert is_alone
        assert await send(pool, server_url) == 0
    assert await send(pool, server_url) == 1
    assert len(inbox.letters) == 1


# --- the way to the server --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", made, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True,
    )  # fmt: skip
    return key, made


def context_of(certificate: tuple[Path, Path]) -> Any:
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate[1], certificate[0])
    return context


def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    """The name books, the password p@ss/w:rd."""
    return smtp.AuthResult(success=(data.login, data.password) == (b"books", b"p@ss/w:rd"))


async def hand_over(url: str) -> None:
    async with opened(server_of(url)) as post:
        await post(write_test("someone@example.org", datetime(2026, 11, 23, tzinfo=UTC), SENDER))


async def test_starttls_and_a_sign_in(inbox: Inbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"tls_context": context_of(certificate), "require_starttls": True, "authenticator": knows, "auth_required": True}
    with mail_server(inbox, **how) as place:
        with pytest.raises(NotSent, match="certificate"):
            await hand_over(f"smtp://books:p%40ss%2Fw%3Ard@{place}")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
        await hand_over(f"smtp://books:p%40ss%2Fw%3Ard@{place}")
        with pytest.raises(NotSent, match="sign_in"):
            await hand_over(f"smtp://books:wrong@{place}?tls=starttls")
        with pytest.raises(NotSent, match="refused_530"):
            await hand_over(f"smtp://{place}?tls=none")
    assert inbox.subjects() == [("someone@example.org", f"E-mail from these books works: {BOOKS}")]


async def test_encrypted_from_the_first_byte(inbox: Inbox, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    with mail_server(inbox, encrypted=context_of(certificate)) as place:
        await hand_over(f"smtps://{place}")
    assert len(inbox.letters) == 1


async def test_a_server_without_encryption_gets_nothing_unless_that_is_said(inbox: Inbox) -> None:
    with mail_server(inbox) as place:
        with pytest.raises(NotSent, match="not_supported"):
            await hand_over(f"smtp://{place}")
        await hand_over(f"smtp://{place}?tls=none")
    assert len(inbox.letters) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://a%40b:c%2Fd@mail.example.org", ("mail.example.org", 587, "starttls", "a@b", "c/d")),
        ("smtp://mail.example.org?tls=none", ("mail.example.org", 25, "none", "", "")),
        ("smtp://mail.example.org:2525?tls=starttls", ("mail.example.org", 2525, "starttls", "", "")),
        ("smtps://mail.example.org", ("mail.example.org", 465, "smtps", "", "")),
        ("smtps://[::1]:4650/", ("::1", 4650, "smtps", "", "")),
    ],
)
def test_addresses_of_servers(url: str, expected: tuple[Any, ...]) -> None:
    server = server_of(url)
    assert (server.host, server.port, server.tls, server.user, server.password) == expected


SLIPS = ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://h?tls=maybe", "smtp://h?ssl=1", "smtps://h?tls=none", "smtp://h:port", "smtp://a:b/c@h"]


@pytest.mark.parametrize("url", SLIPS)
def test_what_is_no_server_is_refused_without_saying_the_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SOLIDARITY_SMTP_URL", url)
    monkeypatch.setenv("SOLIDARITY_MAIL_FROM", "books@example.org")
    with pytest.raises(SettingsInvalid, match="SOLIDARITY_SMTP_URL is no address of a mail server") as refused:
        load_settings()
    assert "a:b" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "nobody", "a@b@c", "Books <>", "books@", "@example.org", "a b@example.org"])
def test_somebody_must_write(monkeypatch: pytest.MonkeyPatch, sender: str) -> None:
    monkeypatch.setenv("SOLIDARITY_SMTP_URL", "smtp://localhost?tls=none")
    monkeypatch.setenv("SOLIDARITY_MAIL_FROM", sender)
    with pytest.raises(SettingsInvalid, match="SOLIDARITY_MAIL_FROM"):
        load_settings()


def test_the_password_is_not_shown() -> None:
    assert "hidden" not in repr(Settings(smtp_url="smtp://books:hid/den@hidden@mail.example.org:587"))


# --- letters ----------------------------------------------------------------------------------------------------------


def a_letter(**changes: Any) -> mailing.Letter:
    told = {
        "id": "019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071", "kind": "request_paid", "subject": "A-0107", "url": "/requests/A-0107", "facts": EVERY_FACT,
        "noticed_at": datetime(2026, 11, 23, tzinfo=UTC), "tries": 0, "person_id": 2, "name": "Ana", "email": "ana@example.org", "language": "en",
        "mail": "immediate",
    }  # fmt: skip
    return mailing.letters_of([store.Unmailed(**told | changes)])[0]


@pytest.mark.parametrize("changes", [
    {"subject": "A-1\r\nBcc: c@d"}, {"name": "Ana\r\nBcc: c@d"}, {"name": "Ana\nBcc: c@d\n\nBody"},
    {"facts": {"by": "x\r\nBcc: c@d"}, "kind": "request_withdrawn"},
    {"facts": {"union": "x\u2028Bcc: c@d"}, "kind": "request_approved_by_union"},
])  # fmt: skip
def test_no_header_can_be_slipped_in(changes: dict[str, Any]) -> None:
    written = email.message_from_bytes(write(a_letter(**changes), datetime(2026, 11, 23, tzinfo=UTC), SENDER).as_bytes(), policy=email.policy.default)
    assert written["Bcc"] is None and len(written.get_all("To", [])) == 1
    assert [address.addr_spec for address in written["To"].addresses] == ["ana@example.org"]


@pytest.mark.parametrize("slip", ["a@b\r\nBcc: c@d", "a@b, c@d", "a", "", "a@", "a b@c.d", "<a@b>"])
def test_no_address_is_two_or_none(slip: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        address_of("Ana", slip)


def test_a_letter_s_html_shows_names_as_they_are() -> None:
    html = write(a_letter(facts={"campaign": "<script>a & b"}), datetime(2026, 11, 23, tzinfo=UTC), SENDER).get_body(("html",))
    assert html is not None and "&lt;script&gt;a &amp; b" in html.get_content() and "<script" not in html.get_content()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_kind_can_be_sent(kind: str, language: str) -> None:
    message = write(a_letter(kind=kind, language=language), datetime(2026, 11, 23, tzinfo=UTC), SENDER)
    assert message.as_bytes().isascii()
    assert len(str(message["Subject"])) < 100


# --- the command and the worker ---------------------------------------------------------------------------------------


def test_the_command_says_what_failed(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(to: str) -> Any:
        return CliRunner().invoke(command, ["test", to])

    assert isinstance(run("a@example.org").exception, CommandFailed)
    monkeypatch.setenv("SOLIDARITY_MAIL_FROM", "books@example.org")
    with mail_server(inbox) as place:
        monkeypatch.setenv("SOLIDARITY_SMTP_URL", f"smtp://{place}?tls=none")
        assert run("a@example.org").output.startswith(f"{place} has taken an e-mail to a@example.org")
        inbox.refuses = {"b@example.org"}
        assert "the mail server refused the address (550)" in str(run("b@example.org").exception)
        assert "is not an e-mail address" in str(run("nobody").exception)
    assert "does not answer" in str(run("a@example.org").exception)
    assert len(inbox.letters) == 1


async def test_the_worker_sends_by_the_settings(pool: Pool, ue: Actor, inbox: Inbox, server_url: str) -> None:
    assert mail_of(Settings()) is None
    job = mail_of(Settings(smtp_url=server_url, mail_from="books@example.org", public_url=BOOKS))
    assert job is not None
    await tell(pool, ue)
    assert await job(pool) == 1
    assert len(inbox.letters) == 1
