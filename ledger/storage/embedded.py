"""Run the PostgreSQL 18 that comes with the product: make its data directory, start it as our own child, stop it with us."""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from ledger.storage.programs import CannotStartDatabase, Owner, environment, find_binaries, give, reach, run_as, server_owner

SUPERUSER, OWNER, APP, NAME = "postgres", "solidarity_owner", "pool_app", "solidarity"
PORT = 5432
# Replaying the log after a crash can take minutes on large books; whoever waits can interrupt.
START_SECONDS, LAUNCHES = 600, 10
# A fast shutdown writes everything out; an immediate one leaves that to the log, at the next start. Both lose nothing.
FAST_SECONDS, IMMEDIATE_SECONDS = 1.0, 0.4
# A socket's address has 107 bytes (unix(7)); "/.s.PGSQL.5432" takes 14. Drivers read , and : in a host as separators.
_PLAIN_FOLDER = re.compile(r"\A[A-Za-z0-9/._ ~+@-]{1,93}\Z")
_LOG_MAXIMUM_BYTES = 10_000_000
_PR_SET_PDEATHSIG = 1


class Embedded:
    """A running server of our own; ``stop`` ends it and removes its socket folder."""

    def __init__(self, process: subprocess.Popen[bytes], sockets: Path) -> None:
        self.process, self.sockets = process, sockets

    @property
    def app_url(self) -> str:
        """The application's role: it can add to the journal and not rewrite it."""
        return _url(self.sockets, APP)

    @property
    def owner_url(self) -> str:
        """The role that migrates."""
        return _url(self.sockets, OWNER)

    @property
    def superuser_url(self) -> str:
        """The role that may do everything; for backups and for tests that break things."""
        return _url(self.sockets, SUPERUSER)

    def stop(self) -> None:
        """End it within two seconds, by a fast shutdown where there is time for it; every connection is cut."""
        for end_signal, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS), (signal.SIGKILL, 5.0)):
            if self.process.poll() is None:
                self.process.send_signal(end_signal)
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(seconds)
        _remove_sockets(self.sockets)


def _url(sockets: Path, user: str) -> str:
    return f"postgresql://{user}@/{NAME}?host={quote(str(sockets.resolve()))}&port={PORT}"


def start(data: Path, *, durable: bool = True, connections: int = 100) -> Embedded:
    """Start the server on a data directory, making it where it is new. ``durable=False`` is for throw-away tests alone."""
    data = data.resolve()
    try:
        owner = server_owner(data)
        binaries = find_binaries(owner)
        if not (data / "PG_VERSION").exists():
            _make(binaries, data, owner, durable)
        _forget_dead_server(data)
        server = _launch(binaries, data, owner, _options(durable, connections))
    except OSError as error:
        raise CannotStartDatabase(f"{data.parent} cannot be used ({error.strerror or error}); choose another directory with --data") from error
    try:
        _ensure_roles(server, binaries)
    except BaseException:
        server.stop()
        raise
    return server


def _options(durable: bool, connections: int) -> dict[str, str]:
    always = {"listen_addresses": "", "port": str(PORT), "unix_socket_permissions": "0700", "max_connections": str(connections)}
    always |= {"shared_buffers": "256MB", "log_min_messages": "warning"}
    return always if durable else always | {"fsync": "off", "full_page_writes": "off"}


# --- starting ---------------------------------------------------------------------------------------------------------


def _launch(binaries: Path, data: Path, owner: Owner | None, options: dict[str, str]) -> Embedded:
    # After a kill -9 the old server's children need a moment to notice that it is gone: until then the new one is refused.
    words = ""
    for _ in range(LAUNCHES):
        sockets = _socket_folder(data, owner)
        with _log(data) as log:
            begin = log.tell()
            server = Embedded(_spawn(binaries, data, owner, sockets, options, log), sockets)
        try:
            if _answers(server, binaries):
                return server
        except BaseException:
            server.stop()
            raise
        alive = server.process.poll() is None
        server.stop()
        words = _last_words(data, begin)
        if alive:
            break
        time.sleep(0.5)
    raise CannotStartDatabase(f"PostgreSQL did not start: {words}; its log is {_log_path(data)}")


def _spawn(binaries: Path, data: Path, owner: Owner | None, sockets: Path, options: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    with ExitStack() as stack:
        place, socket_place = stack.enter_context(reach(data, owner)), stack.enter_context(reach(sockets, owner))
        settings = options | {"unix_socket_directories": socket_place.path}
        command = [str(binaries / "postgres"), "-D", place.path, *(f"--{name}={value}" for name, value in settings.items())]
        # A process group of its own: Ctrl-C reaches the supervisor alone, which then stops things in order.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=dying_with_parent(signal.SIGINT), process_group=0,
            pass_fds=place.handles + socket_place.handles, **run_as(owner),
        )  # fmt: skip


def dying_with_parent(end_signal: signal.Signals, parent: int = 0) -> Callable[[], None]:
    """For ``preexec_fn``: ask Linux for a signal when the thread that starts the child ends, so that a kill -9 leaves nothing behind.

    ``parent`` is the process expected above the child; the one that calls this, where left out. A child that comes too late ends at once.
    """
    parent = parent or os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, end_signal)
            if os.getppid() != parent:
                os._exit(1)

    return ask


def _answers(server: Embedded, binaries: Path) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        if _is_answering(binaries, server.sockets):
            return True
        time.sleep(0.05)
    return False


def _is_answering(binaries: Path, sockets: Path) -> bool:
    command = [str(binaries / "pg_isready"), "-q", "-h", str(sockets.resolve()), "-p", str(PORT)]
    # In a group of its own: Ctrl-C is ours to hear, and a probe that it ended would say that nothing runs here.
    return subprocess.run(command, env=environment(), process_group=0).returncode == 0


def _ensure_roles(server: Embedded, binaries: Path) -> None:
    script = f"""
        SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
        SELECT 'CREATE ROLE {OWNER} LOGIN CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
        GRANT {APP} TO {OWNER} WITH ADMIN OPTION;
        SELECT 'CREATE DATABASE {NAME} OWNER {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec
    """
    command = [str(binaries / "psql"), "-h", str(server.sockets.resolve()), "-p", str(PORT), "-U", SUPERUSER, "-Xq", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run([*command, "postgres"], input=script, capture_output=True, text=True, env=environment())
    if done.returncode:
        raise CannotStartDatabase(f"roles could not be made: {_last_line(done.stderr)}")


def _log_path(data: Path) -> Path:
    return data.parent / f"{data.name}.log"


def _log(data: Path) -> IO[bytes]:
    path = _log_path(data)
    if path.exists() and path.stat().st_size > _LOG_MAXIMUM_BYTES:
        path.replace(path.with_suffix(".log.1"))
    # The log can quote a statement with a person's name in it.
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _last_words(data: Path, begin: int) -> str:
    """What the server said last of what stopped it."""
    with _log_path(data).open("rb") as log:
        log.seek(begin)
        lines = log.read(100_000).decode(errors="replace").splitlines()
    told = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return (told or [line for line in lines if line.strip()] or ["it said nothing"])[-1]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


# --- the data directory -----------------------------------------------------------------------------------------------


def _make(binaries: Path, data: Path, owner: Owner | None, durable: bool) -> None:
    """Make the data directory beside its place and move it there, so that an interrupted making is begun again."""
    partial = data.parent / f"{data.name}.new"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    give(partial, owner)
    with reach(partial, owner) as place:
        command = [str(binaries / "initdb"), "-D", place.path, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] + ([] if durable else ["--no-sync"])
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=place.handles, **run_as(owner))
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise CannotStartDatabase(f"initdb failed: {_last_line(done.stderr)}")
    partial.rename(data)


def _forget_dead_server(data: Path) -> None:
    """Free a directory whose ``postmaster.pid`` names a process that is no server, as after a crash and a restart of the machine.

    Only the number is changed, to one that nobody has: PostgreSQL's own check that none of the dead server's children lives, which
    needs the file's other lines, still holds.
    """
    file = data / "postmaster.pid"
    try:
        lines = file.read_text().splitlines(keepends=True)
        command = Path(f"/proc/{int(lines[0])}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return
    if b"postgres" not in command:
        gone = subprocess.Popen(["true"])
        gone.wait()
        file.write_text("".join([f"{gone.pid}\n", *lines[1:]]))


# --- the socket's folder ----------------------------------------------------------------------------------------------


def _socket_folder(data: Path, owner: Owner | None) -> Path:
    """A folder of mode 0700 beside the data; where that path is not usable as a socket's, a link to a short one."""
    sockets = data.parent / f"{data.name}.run"
    if _PLAIN_FOLDER.match(str(sockets)):
        _remove_sockets(sockets)
        sockets.mkdir(mode=0o700)
    elif not (sockets.is_symlink() and sockets.is_dir() and sockets.stat().st_uid == (owner.uid if owner else os.geteuid())):
        _remove_sockets(sockets)
        sockets.symlink_to(tempfile.mkdtemp(prefix="solidarity-", dir=_short_temporary()), target_is_directory=True)
    else:
        # Ours, from a server that ended without us: its path is the address that others already have.
        for old in sockets.iterdir():
            old.unlink()
    give(sockets, owner)
    return sockets


def _short_temporary() -> str:
    folder = tempfile.gettempdir()
    return folder if _PLAIN_FOLDER.match(f"{folder}/solidarity-12345678") else "/tmp"


def _remove_sockets(sockets: Path) -> None:
    if sockets.is_symlink():
        if sockets.resolve().name.startswith("solidarity-"):
            shutil.rmtree(sockets.resolve(), ignore_errors=True)
        sockets.unlink()
    else:
        shutil.rmtree(sockets, ignore_errors=True)


# --- one at a time ----------------------------------------------------------------------------------------------------

LOCK_SECONDS = 3.0


def take_lock(folder: Path) -> IO[str]:
    """The right to run the server in a folder, until the file is closed or the process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise CannotStartDatabase(f"{folder} cannot be written ({error.strerror}); choose another directory with --data") from error
    if not _locked(lock):
        lock.close()
        raise CannotStartDatabase(f"another ./solidarity uses {folder}; stop it, or choose another directory with --data")
    return lock


def _locked(lock: IO[str]) -> bool:
    """Whether the lock is ours now; one that was just killed needs a moment to let go of it."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)


@contextmanager
def borrowed(data: Path) -> Iterator[str]:
    """The application's address of the server on ``data``: the one that runs, or one started for as long as the block lasts."""
    data = data.resolve()
    if not has_books(data):
        raise CannotStartDatabase(f"there are no books in {data.parent}; run ./solidarity up once, or name the directory in SOLIDARITY_DATA")
    sockets = data.parent / f"{data.name}.run"
    if sockets.exists() and _is_answering(find_binaries(None), sockets):
        yield _url(sockets, APP)
        return
    with take_lock(data.parent):
        server = start(data)
        try:
            yield server.app_url
        finally:
            server.stop()


# --- the first start --------------------------------------------------------------------------------------------------


def has_books(data: Path) -> bool:
    """Whether books are there that were made to the end."""
    try:
        return (data / "PG_VERSION").exists() and not _unfinished(data).exists()
    except OSError as error:
        raise CannotStartDatabase(f"{data} belongs to somebody else ({error.strerror}); run as its owner or choose another directory") from error


def forget_unfinished(data: Path) -> None:
    """Mark new books as unfinished; clear away those of a first start that was cut short, which nobody has used yet."""
    if has_books(data):
        return
    try:
        _unfinished(data).touch()
        if data.exists():
            shutil.rmtree(data)
    except OSError as error:
        raise CannotStartDatabase(f"{data} cannot be begun again ({error.strerror}); choose another directory with --data") from error


def mark_finished(data: Path) -> None:
    """Say that the books were made to the end."""
    _unfinished(data).unlink(missing_ok=True)


def _unfinished(data: Path) -> Path:
    return data.parent / f"{data.name}.unfinished"


@contextmanager
def given(url: str) -> Iterator[str]:
    """An address that somebody else's server answers at."""
    yield url
