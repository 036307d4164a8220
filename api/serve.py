"""Serve the app in a process of its own, which ends when the process that started it ends, however that ends.

Granian starts a worker again that ends, and gives up on one that keeps ending; the supervisor starts granian again.
"""

import gc
import os
import signal
import sys
from multiprocessing import parent_process

from litestar import Litestar

from api.settings import load_settings
from ledger.storage.embedded import dying_with_parent

# Requests under load make thousands of objects that reference counts free; the default of 700 would look for cycles in each.
COLLECT_AFTER_OBJECTS = 50_000


def app() -> Litestar:
    """The app of one worker process."""
    from api.app import create_app  # the supervisor needs this module's command, not the app

    starter = parent_process()
    if starter is not None and starter.pid is not None:
        dying_with_parent(signal.SIGKILL, starter.pid)()
    made = create_app()
    settle_memory()
    return made


def settle_memory() -> None:
    """Keep the garbage collector from walking the whole app again and again: it lives as long as the process does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, 20, 20)


def command(host: str, port: int, workers: int) -> list[str]:
    """How granian is started for it."""
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "api.serve:app", "--host", host, "--port", str(port),
        "--workers", str(workers), "--loop", "uvloop", "--backlog", "1024", "--no-ws", "--log-level", "error",
        "--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "1",
    ]  # fmt: skip


def main() -> None:
    """Become granian, with the settings of the environment: what the container image runs."""
    settings = load_settings()
    arguments = command(settings.host, settings.port, settings.workers)
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
