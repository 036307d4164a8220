"""Start ./solidarity as people do, in real processes, and see what they leave behind."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
# It ends within three seconds on a machine with nothing else to do; a machine that runs other tests beside it gets more.
START_SECONDS, STOP_SECONDS = 120.0, 20.0


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Ours, without settings of the product that happen to be set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SOLIDARITY_") or name == "SOLIDARITY_VENV"}
    return kept | more


class Product:
    """One ./solidarity up and what it said."""

    def __init__(self, data: Path, *arguments: str, home: Path = HOME, prefix: tuple[str, ...] = (), **more: str) -> None:
        self.data, self.port, self.said = data, free_port(), data.parent / f"{data.name}.said"
        command = [*prefix, str(home / "solidarity"), "up", "--port", str(self.port), *arguments]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                command, stdout=said, stderr=said, cwd="/", env=environment(SOLIDARITY_DATA=str(data), **more), start_new_session=True
            )

    def wait_ready(self) -> "Product":
        """Wait for its greeting."""
        wait_until(lambda: "Stop with Ctrl-C" in self.said.read_text() or self.process.poll() is not None, START_SECONDS)
        assert self.process.poll() is None, self.said.read_text()
        assert self.status("/health/ready") == 200
        return self

    def status(self, path: str) -> int:
        """The status of a GET, 0 where nothing answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> dict[int, str]:
        """Every living process that it started, directly or not, with its command line."""
        return {pid: line for pid, line in processes().items() if self.process.pid in _ancestors(pid)}

    def stop(self, end_signal: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to end; how long it took, in seconds."""
        begin = time.monotonic()
        self.process.send_signal(end_signal)
        self.process.wait(STOP_SECONDS + 10)
        return time.monotonic() - begin


@contextmanager
def up(data: Path, *arguments: str, **options: object) -> Iterator[Product]:
    """A product that serves; ended however the block ends."""
    product = Product(data, *arguments, **options)  # type: ignore[arg-type]
    try:
        yield product.wait_ready()
    finally:
        if product.process.poll() is None:
            product.stop()


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds; fails when it takes too long."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, f"not within {seconds} seconds"
        time.sleep(0.05)


def processes() -> dict[int, str]:
    """Every living process with its command line; those that have ended and wait to be reaped are not alive."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line, stat = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"), (folder / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if stat.rpartition(")")[2].split()[0] not in "ZX":
            found[int(folder.name)] = line
    return found


def _ancestors(pid: int) -> list[int]:
    found: list[int] = []
    while pid > 1:
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            break
        found.append(pid)
    return found
