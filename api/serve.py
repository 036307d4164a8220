"""Serve the app in a process of its own, which ends when the process that started it ends, however that ends."""

import ctypes
import signal
import sys

from litestar import Litestar

from api.app import create_app

_PR_SET_PDEATHSIG = 1


def end_with_parent(end_signal: int = signal.SIGTERM) -> None:
    """Ask Linux for a signal when the parent dies, so that a kill -9 leaves nothing behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, end_signal)


def app() -> Litestar:
    """The app of one worker process."""
    end_with_parent()
    return create_app()


def command(host: str, port: int, workers: int) -> list[str]:
    """How granian is started for it."""
    return [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "api.serve:app", "--host", host, "--port", str(port),
        "--workers", str(workers), "--loop", "uvloop", "--backlog", "1024", "--no-ws", "--workers-kill-timeout", "2", "--log-level", "warning",
    ]  # fmt: skip
