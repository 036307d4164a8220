"""Kill a process that sends events with -9, after the receiver has the event and before that is kept: it is sent again, and nothing is skipped."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ledger.domain.actors import Actor
from ledger.services import journal, webhooks
from ledger.services.pool import Pool
from tests.services.test_journal import opening
from tests.services.test_webhooks import HERE, Receiver, admin, send, wanted  # noqa: F401 - a fixture

HOME = Path(__file__).parents[2]
# What the worker does each minute, in a process of its own.
SENDING = """
import asyncio, sys
from ipaddress import ip_network
from api.webhook_post import Sender
from ledger.services.pool import running
from ledger.services.webhook_sending import send_due
from ledger.storage.database import open_database

async def main():
    database = await open_database(sys.argv[1], schema=sys.argv[2], app_role="pool_app", connections=4)
    async with running(database) as pool:
        await send_due(pool, Sender((ip_network("127.0.0.0/8"),)), "https://books.example.org")

asyncio.run(main())
"""


class Holding(Receiver):
    """It takes what comes, and does not answer the third until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.holds, self.go_on = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.got) == 2 and not self.go_on.is_set():
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.got.append(({"webhook-id": head.partition("webhook-id: ")[2].partition("\r\n")[0]}, b""))
            self.holds.set()
            await self.go_on.wait()
            writer.close()
            return
        await super().serve(reader, writer)


@pytest_asyncio.fixture(loop_scope="session")
async def holding() -> AsyncIterator[Holding]:
    made = Holding()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield made
    made.go_on.set()
    server.close()


@pytest.mark.skipif(sys.platform == "win32", reason="kills as Unix does")
async def test_killed_in_the_middle(pool: Pool, ue: Actor, admin: Actor, holding: Holding) -> None:  # noqa: F811
    number = (await webhooks.add_webhook(pool, admin, "crash-add", wanted(holding, "entry.posted"), HERE)).shown.webhook.number
    for n in range(5):
        await journal.post_entry(pool, ue, f"crash-entry-{n}", opening(1))
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SENDING, pool.database.url, pool.database.schema, cwd=HOME, stderr=asyncio.subprocess.PIPE
    )
    await asyncio.wait_for(holding.holds.wait(), 60)
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    holding.go_on.set()

    log = await webhooks.show_log(pool, admin, number)
    assert [delivery.state for delivery, _ in reversed(log.items)] == ["delivered"] * 2 + ["waiting"] * 3
    for _ in range(50):  # the database lets go of what the dead process held within a moment
        if await send(pool):
            break
        await asyncio.sleep(0.1)
    assert holding.ids == [f"entry_posted_{n}" for n in (1, 2, 3, 3, 4, 5)]
    assert json.loads(holding.got[-1][1])["data"]["entry"] == 5
