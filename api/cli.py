"""Give the product its commands: ``./solidarity up | test | migrate | …``."""

import asyncio
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

import rich_click as click

import api.commands
from api.commands import CommandFailed
from api.settings import HOME, SettingsInvalid, load_settings
from ledger.domain.refusals import Refusal
from ledger.storage.database import CannotStart
from ledger.storage.programs import CannotStartDatabase


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def solidarity() -> None:
    """The shared book of record of two allied unions."""


@solidarity.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to serve (SOLIDARITY_PORT, 8000).")
@click.option("--data", type=click.Path(file_okay=False), help="Where the embedded database lives (SOLIDARITY_DATA, .solidarity).")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes (SOLIDARITY_WORKERS, 1).")
@click.option("--empty", is_flag=True, default=None, help="New books without the sample year.")
def up(**flags: Any) -> None:
    """Start the database and the web server, and say where they are."""
    from api.up import run

    sys.exit(run(load_settings(**flags)))


# Files stay whole, for what their tests share; one worker more than cores, as each waits for its database and its browser.
WHOLE_SUITE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile")


@solidarity.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Run the whole test suite, each worker against a PostgreSQL of its own; arguments go to pytest, and then one process runs what they name."""
    if not find_spec("pytest"):
        raise CommandFailed("pytest is not installed here; ./solidarity test installs what the tests need, from requirements-test.lock")
    os.chdir(HOME)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(arguments or WHOLE_SUITE)])


@solidarity.command()
def migrate() -> None:
    """Bring the database's schema up to date, make new books, and say how to sign in."""
    from api.up import how_to_enter, prepare

    settings = load_settings()
    if not settings.database_url:
        raise CommandFailed("set SOLIDARITY_DATABASE_URL; the embedded database is migrated by ./solidarity up")
    done = asyncio.run(prepare(settings))
    click.echo(f"Ran {', '.join(done)}." if done else "Nothing to do: the schema is up to date.")
    click.echo(asyncio.run(how_to_enter(settings))[0])


def _add_commands() -> None:
    """Every module of ``api.commands`` lists its own under ``COMMANDS``."""
    for module in sorted(iter_modules(api.commands.__path__), key=lambda found: found.name):
        for command in getattr(import_module(f"api.commands.{module.name}"), "COMMANDS", []):
            solidarity.add_command(command)


# Starting needs none of them, and bringing them in takes half a second.
if sys.argv[1:2] not in (["up"], ["test"]):
    _add_commands()


def main() -> None:
    """Run a command; what can be expected to go wrong is one line on stderr, never a trace."""
    try:
        solidarity(prog_name="./solidarity")
    except (CommandFailed, SettingsInvalid, CannotStart, CannotStartDatabase) as reason:
        sys.exit(f"solidarity: {reason}")
    except Refusal as refusal:
        from api.commands.run import in_words

        sys.exit(f"solidarity: {in_words(refusal)}")
    except OSError as error:
        sys.exit(f"solidarity: {error.filename or 'the system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
