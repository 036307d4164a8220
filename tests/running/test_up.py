"""Hold ./solidarity up to its word: it starts anywhere, survives kill -9 of any of its processes, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.running.product import HOME, STOP_SECONDS, Product, environment, free_port, processes, up, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; kill -9 of the supervisor is covered on Linux only")
OFFLINE = {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}


WORKER = "-m granian"


@pytest.fixture(scope="module")
def books() -> Iterator[Path]:
    """A data directory with empty books, made once. Pytest's own folders are too deep for a socket's address."""
    with tempfile.TemporaryDirectory(prefix="solidarity-up-") as folder:
        data = Path(folder) / "data"
        _cut_a_first_start_short(data)
        with up(data, "--empty") as product:
            assert "/set-up?link=" in product.said.read_text()
            assert not (data / "postgres.unfinished").exists()
        yield data


def _cut_a_first_start_short(data: Path) -> None:
    """Nobody has used books that were not made to the end: the next start begins them again."""
    product = Product(data, "--empty")
    wait_until(lambda: (data / "postgres.log").exists(), 30)
    product.process.kill()
    product.process.wait()
    assert (data / "postgres.unfinished").exists()


def left_behind(data: Path) -> list[str]:
    """The folders of sockets that are still there."""
    return [found.name for found in data.glob("*.run")]


def test_ctrl_c_ends_several_workers_in_time_and_leaves_nothing_behind(books: Path) -> None:
    with up(books, "--workers", "3") as product:
        children = product.children()
        assert sum(WORKER in line for line in children.values()) == 1 + 3
        second = refused(books, "--port", str(free_port()))
        assert f"another ./solidarity uses {books}" in second
        assert "--data" in second
        busy = refused(books, "--port", str(product.port))
        assert busy.startswith(f"solidarity: port {product.port} is in use;")
        assert "--port" in busy
        os.killpg(product.process.pid, signal.SIGINT)  # as a terminal does
        assert product.process.wait(STOP_SECONDS) == 0
    assert not children.keys() & processes().keys()
    assert left_behind(books) == []


def test_it_ends_while_it_starts(books: Path) -> None:
    product = Product(books)
    wait_until(lambda: any("bin/postgres" in line for line in product.children().values()), 20)
    children = product.children()
    assert product.stop() < STOP_SECONDS
    wait_until(lambda: not children.keys() & processes().keys(), STOP_SECONDS)
    assert left_behind(books) == []


def test_kill_9_of_the_supervisor_takes_everything_along_and_of_any_child_is_mended(books: Path) -> None:
    with up(books) as product:
        children = product.children()
        product.process.kill()
        wait_until(lambda: not children.keys() & processes().keys(), STOP_SECONDS)
    with up(books) as product:
        # A part of the database, the whole of it, granian, its worker.
        for which, words in ((min, "postgres: checkpointer"), (min, "bin/postgres"), (min, WORKER), (max, WORKER)):
            killed = which(pid for pid, line in product.children().items() if words in line)
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda: killed not in processes() and product.status("/health/ready") == 200, 20)  # noqa: B023
        children = product.children()
        assert product.stop() < STOP_SECONDS
    assert not children.keys() & processes().keys()
    assert left_behind(books) == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://nobody:secret@127.0.0.1:{port}/books", "no database answers"),
        ("postgresql://nobody:secret@no-such-host.invalid/books", "no database answers"),
        ("mysql://nobody:secret@127.0.0.1/books", "is an address such as postgresql://"),
    ],
)
def test_an_unreachable_database_is_one_line_with_a_way_out(books: Path, address: str, words: str) -> None:
    said = refused(books, "--port", str(free_port()), SOLIDARITY_DATABASE_URL=address.format(port=free_port()))
    assert words in said
    assert "SOLIDARITY_DATABASE_URL" in said
    assert "secret" not in said


def test_an_older_postgresql_is_refused_by_its_number(books: Path) -> None:
    with old_server("15.6") as port:
        address = f"postgresql://nobody:secret@127.0.0.1:{port}/books?sslmode=disable"
        said = refused(books, "--port", str(free_port()), SOLIDARITY_DATABASE_URL=address)
    assert "the database is PostgreSQL 15; use 16 or newer" in said


@contextmanager
def old_server(version: str) -> Iterator[int]:
    """Something that lets anybody in and says it is PostgreSQL of that version; its port."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    welcome = message(b"R", struct.pack("!i", 0)) + message(b"S", b"server_version\0" + version.encode() + b"\0") + message(b"Z", b"I")

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(welcome)
                    while client.recv(4096):
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_a_database_that_could_lose_the_books_is_refused(books: Path, server: tuple[str, str]) -> None:
    # The tests' own server runs without fsync.
    addresses = {"SOLIDARITY_DATABASE_URL": server[0], "SOLIDARITY_OWNER_URL": server[1], "SOLIDARITY_SCHEMA": f"lossy{os.getpid()}"}
    said = refused(books, "--port", str(free_port()), SOLIDARITY_APP_ROLE="pool_app", **addresses)
    assert "fsync = off" in said


def refused(data: Path, *arguments: str, **more: str) -> str:
    """What a start that fails says: one line, and 1."""
    command = [str(HOME / "solidarity"), "up", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(SOLIDARITY_DATA=str(data), **more), timeout=30)
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_another_postgresql_is_used_where_one_is_given(books: Path) -> None:
    """The embedded server of one start stands in for a server of somebody else's."""
    from ledger.storage import embedded

    other = embedded.start(books.parent / "other")
    try:
        addresses = {"SOLIDARITY_DATABASE_URL": other.app_url, "SOLIDARITY_OWNER_URL": other.owner_url}
        with up(books.parent / "unused", "--empty", **addresses) as product:
            assert not any("bin/postgres" in line for line in product.children().values())
        assert not (books.parent / "unused").exists()
    finally:
        other.stop()


def test_a_copy_in_a_path_with_spaces_starts_offline(books: Path) -> None:
    home = books.parent / "a copy, with spaces & é"
    home.mkdir()
    for part in ("solidarity", "requirements.lock", "ledger", "api", "reports", "migrations"):
        copy = shutil.copytree if (HOME / part).is_dir() else shutil.copy2
        copy(HOME / part, home / part)
    venv = os.environ.get("SOLIDARITY_VENV", str(HOME / ".venv"))
    with up(home / ".solidarity", "--empty", home=home, SOLIDARITY_VENV=venv, **OFFLINE) as product:
        assert "Installing" not in product.said.read_text()
    assert left_behind(home / ".solidarity") == []
    assert not list(Path(tempfile.gettempdir()).glob("solidarity-????????/.s.PGSQL.5432"))


def test_it_runs_as_an_ordinary_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("the whole suite already runs as an ordinary user")
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    venv = os.environ.get("SOLIDARITY_VENV", str(HOME / ".venv"))
    # Through a shell: setpriv itself still has root's rights when it looks the program up.
    seen = subprocess.run([*prefix, "sh", "-c", 'exec "$0" -c "import litestar"', f"{venv}/bin/python"], capture_output=True)
    if seen.returncode:
        pytest.skip("this environment's Python cannot be read by an ordinary user")
    with tempfile.TemporaryDirectory(prefix="solidarity-up-") as folder:
        os.chmod(folder, 0o777)
        with up(Path(folder) / "data", "--empty", prefix=prefix, HOME=folder) as product:
            assert (Path(folder) / "data" / "postgres").stat().st_uid == 65534
            assert product.stop() < STOP_SECONDS
