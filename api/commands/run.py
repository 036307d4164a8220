"""Run what a command does on the books that the settings name, and say every "no" in one line."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import IO, Any, TypeVar

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from api.commands import CommandFailed
from api.refusal_messages import mend, message
from api.settings import load_settings
from ledger.domain.actors import Actor
from ledger.domain.refusals import Refusal
from ledger.services import sign_in
from ledger.services.pool import Pool, running
from ledger.services.setup import SYSTEM_PERSON_ID
from ledger.storage import embedded
from ledger.storage.audit import ordered_id
from ledger.storage.database import Database, check, open_database

T = TypeVar("T")
INTERRUPTED = 130
TOKEN = "SOLIDARITY_TOKEN"
# Whoever can run commands on the machine reads the books as a trustee does; the audit trail says that it was a command.
OPERATOR = Actor(SYSTEM_PERSON_ID, "Operator", None, frozenset({"trustee"}), "command")


@asynccontextmanager
async def opened_database() -> AsyncIterator[Database]:
    """The database that the settings name, once it is fit for books: an external one, or the embedded one, started if it does not run."""
    settings = load_settings()
    with embedded.borrowed(Path(settings.data) / "postgres") if not settings.database_url else embedded.given(settings.database_url) as url:
        database = await open_database(url, schema=settings.schema, app_role=settings.app_role, read_url=settings.read_url)
        try:
            await check(database)
            yield database
        finally:
            await database.close()


def on_books(work: Callable[[Pool], Awaitable[T]]) -> T:
    """What ``work`` answers on the open books."""

    async def inside() -> T:
        async with opened_database() as database, running(database) as pool:
            return await work(pool)

    answer: T = interruptible(inside())
    return answer


def as_person(work: Callable[[Pool, Actor], Awaitable[T]]) -> T:
    """What ``work`` answers, done by the person whose API token is in SOLIDARITY_TOKEN, with what both they and the token may do."""
    secret = os.environ.get(TOKEN, "").strip()
    if not secret:
        raise CommandFailed(f"{TOKEN} is not set: it takes an API token of whoever takes the step; ./solidarity token create makes one")

    async def inside(pool: Pool) -> T:
        found = await sign_in.who_has_token(pool, secret)
        if found is None:
            raise CommandFailed(f"the token in {TOKEN} is revoked, expired or unknown; ./solidarity token create makes another")
        return await work(pool, sign_in.actor_of(found[0], "command", found[1]))

    return on_books(inside)


def new_key() -> str:
    """A key for a step that is taken for the first time."""
    return f"command-{ordered_id()}"


KEY = click.option("--key", default=new_key, help="Names this step: sent again with the same key, it is taken once. New where left out.")
REASON = click.option("--reason", required=True, help="Why, as the other side reads it.")


def interruptible(work: Any) -> Any:
    """Run a coroutine to its end; Ctrl-C ends the command without a word, as its exit status says."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def in_words(refusal: Refusal) -> str:
    """A refusal and what would make it pass, in one line."""
    said = (message("en", refusal), mend("en", refusal))
    return " ".join(" ".join(sentence.split()) for sentence in said if sentence)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """Show how far it is, on a terminal; call what it gives with how much is done, of how much, and with other words where they change."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=total)
        yield lambda done, of, say=what: shown.update(task, completed=done, total=of if of is not None else total, description=say)


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there whole or not at all: written beside its place, and moved there at the end. What is no file is written to as it is."""
    if path.exists() and not path.is_file():
        with writing(path), path.open("wb") as device:
            yield device
        return
    path = path.resolve()
    partial = path.with_name(f".{path.name}.part")
    try:
        with writing(path):
            target = partial.open("wb")
        with target:
            yield target
            with writing(path):
                target.flush()
                os.fsync(target.fileno())
        with writing(path):
            partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def writing(path: Path | None) -> Iterator[None]:
    """Tell a file that cannot be written, or a pipe whose reader has gone (None), from a database that is away."""
    try:
        yield
    except BrokenPipeError:
        # What is still to be flushed when Python ends has no reader either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = path or "standard output"
        raise CommandFailed(f"{where} cannot be written ({error.strerror or error}); name another file with --output") from error


class Day(click.ParamType[date]):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or a usage error."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-11-23", param, ctx)


DAY = Day()
