"""Try the embedded PostgreSQL where it has gone wrong before: dead servers' files, copies, long paths, small commands beside it."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.storage import embedded
from ledger.storage.programs import CannotStartDatabase
from tests.running.product import HOME, environment


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A stopped server's data directory, in a folder that only we may enter."""
    with tempfile.TemporaryDirectory(prefix="solidarity-embedded-") as folder:
        embedded.start(Path(folder) / "postgres", durable=False).stop()
        yield Path(folder) / "postgres"


def starts(data: Path) -> bool:
    server = embedded.start(data, durable=False)
    server.stop()
    return server.process.returncode == 0


def test_a_dead_servers_number_that_another_process_has_now_is_no_obstacle(data: Path) -> None:
    (data / "postmaster.pid").write_text(f"{os.getppid()}\n{data}\n0\n5432\n/tmp\n\n       0         0\nready   \n")
    assert starts(data)


def test_a_copy_made_by_root_can_be_started(data: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, whose server runs as another user")
    copy = data.parent / "copy"
    subprocess.run(["cp", "-r", str(data), str(copy)], check=True)
    assert copy.stat().st_uid == 0
    copy.chmod(0o700)
    assert starts(copy)
    assert copy.stat().st_uid != 0


def test_a_path_too_long_for_a_socket_gets_a_short_folder_that_goes_again(data: Path) -> None:
    deep = data.parent / ("long " * 20) / "postgres"
    server = embedded.start(deep, durable=False)
    short = server.sockets.resolve()
    assert len(str(short)) < 90
    assert oct(short.stat().st_mode)[-3:] == "700"
    server.stop()
    assert not short.exists()
    assert not server.sockets.is_symlink()


def test_settings_of_other_postgresql_programs_do_not_reach_it(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PGPORT", "1"), ("PGUSER", "nobody-here"), ("PGOPTIONS", "-c nonsense=1"), ("LC_ALL", "xx_XX")):
        monkeypatch.setenv(name, value)
    assert starts(data)


def test_a_directory_that_is_none_is_refused_in_one_line(data: Path) -> None:
    with pytest.raises(CannotStartDatabase) as refused:
        embedded.start(data / "PG_VERSION" / "postgres")
    assert "--data" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_doctor_says_what_is_well_and_what_is_not(data: Path, server: tuple[str, str]) -> None:
    nowhere = doctor(SOLIDARITY_DATA=str(data.parent / "nowhere"))
    assert nowhere.returncode == 0, nowhere.stdout
    assert "no books in" in nowhere.stdout
    # The tests' own server runs without fsync, and its pool has no migrations.
    lossy = doctor(SOLIDARITY_DATABASE_URL=server[0], SOLIDARITY_SCHEMA="nobody_migrated", SOLIDARITY_APP_ROLE="pool_app")
    assert lossy.returncode == 1
    bad = [line for line in lossy.stdout.splitlines() if line.startswith("BAD")]
    assert len(bad) == 3, lossy.stdout
    assert "fsync = off" in bad[0]
    assert "full_page_writes = off" in bad[1]
    assert "are missing" in bad[2]


def doctor(**more: str) -> subprocess.CompletedProcess[str]:
    """What ./solidarity doctor says."""
    return subprocess.run([str(HOME / "solidarity"), "doctor"], capture_output=True, text=True, env=environment(**more))
