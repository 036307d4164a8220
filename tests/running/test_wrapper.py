"""Hold the wrapper to building its environment once, whole, and again when a lock changes. The locks here are empty ones."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.running.product import HOME, environment

CLI = "import sys\nprint('handed over', sys.argv[1:])\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of nothing but the wrapper, its locks, and a command line that tells that it was reached."""
    folder = tmp_path / "a project"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "__init__.py").touch()
    (folder / "api" / "cli.py").write_text(CLI)
    for lock in ("requirements.lock", "requirements-test.lock"):
        (folder / lock).write_text("# nothing\n")
    shutil.copy2(HOME / "solidarity", folder / "solidarity")
    return folder


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the wrapper to its end."""
    process = begin(project, *arguments, **more)
    said, complained = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, said, complained)


def begin(project: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start the wrapper in a folder that has an ``api`` of its own, which must not be taken for the product's."""
    elsewhere = project.parent / "elsewhere"
    (elsewhere / "api").mkdir(parents=True, exist_ok=True)
    (elsewhere / "api" / "__init__.py").touch()
    settings = environment(**{"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"} | more)
    if "SOLIDARITY_VENV" not in more:
        settings.pop("SOLIDARITY_VENV", None)
    # Not by way of a version manager's python3, which would put its own folders first on the PATH.
    command = [sys.executable, str(project / "solidarity"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings, cwd=elsewhere)


def test_it_builds_once_and_again_when_the_lock_changes(project: Path) -> None:
    first = run(project, "up", "--port", "8001")
    assert "Installing" in first.stderr
    assert first.stdout == "handed over ['up', '--port', '8001']\n"
    again = run(project, "doctor")
    assert again.stderr == ""
    assert again.stdout == "handed over ['doctor']\n"
    (project / ".venv" / "left-over").touch()
    (project / "requirements.lock").write_text("# nothing, anew\n")
    assert "Installing" in run(project).stderr
    assert not (project / ".venv" / "left-over").exists()


def test_an_interrupted_build_is_done_again_by_pip_where_uv_does_not_work(project: Path) -> None:
    (project / ".venv").mkdir()
    (project / ".venv" / "pyvenv.cfg").write_text("half")
    broken = project.parent / "bin"
    broken.mkdir()
    (broken / "uv").write_text("#!/bin/sh\necho no uv today >&2; exit 1\n")
    (broken / "uv").chmod(0o755)
    done = run(project, PATH=f"{broken}:{os.environ['PATH']}")
    assert "no uv today" in done.stderr
    assert done.stdout == "handed over []\n"


def test_a_lock_that_cannot_be_installed_leaves_no_stamp(project: Path) -> None:
    (project / "requirements.lock").write_text(f"no-such-package-at-all==1.0 --hash=sha256:{'0' * 64}\n")
    done = run(project)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("solidarity: installing failed")
    assert not stamp(project, "requirements.lock").exists()


def test_only_the_tests_install_what_tests_need_and_leave_what_serves_as_it_is(project: Path) -> None:
    run(project, "up")
    assert not stamp(project, "requirements-test.lock").exists()
    (project / ".venv" / "serving").touch()
    first = run(project, "test", "-x")
    assert "what the tests need" in first.stderr
    assert first.stdout == "handed over ['test', '-x']\n"
    assert run(project, "test").stderr == ""
    (project / "requirements-test.lock").write_text("# nothing, anew\n")
    assert run(project, "up").stderr == ""
    assert "what the tests need" in run(project, "test").stderr
    assert (project / ".venv" / "serving").exists()


def test_what_the_tests_need_goes_back_when_the_environment_is_built_anew(project: Path) -> None:
    assert "what the tests need" in run(project, "test").stderr
    (project / "requirements.lock").write_text("# nothing, anew\n")
    run(project, "up")
    assert not stamp(project, "requirements-test.lock").exists()
    assert "what the tests need" in run(project, "test").stderr


def test_a_lock_of_the_tests_that_cannot_be_installed_keeps_what_serves(project: Path) -> None:
    run(project, "test")
    (project / "requirements-test.lock").write_text(f"no-such-package-at-all==1.0 --hash=sha256:{'0' * 64}\n")
    done = run(project, "test")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("solidarity: installing failed")
    assert not stamp(project, "requirements-test.lock").exists()
    assert run(project, "up").stderr == ""


def test_what_an_interrupted_install_left_is_not_taken_for_whole(project: Path) -> None:
    """A package whose name and version are there already, and whose module is not."""
    wheel = made_wheel(project)
    (project / "requirements-test.lock").write_text(f"half @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    run(project, "test")
    (module,) = (project / ".venv").rglob("half.py")
    module.unlink()
    stamp(project, "requirements-test.lock").unlink()
    assert run(project, "test").stdout == "handed over ['test']\n"
    assert module.read_text() == "whole = True\n"


def made_wheel(project: Path) -> Path:
    """A package of one module."""
    wheel, about = project / "half-1.0-py3-none-any.whl", "half-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as parts:
        parts.writestr("half.py", "whole = True\n")
        parts.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: half\nVersion: 1.0\n")
        parts.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        parts.writestr(f"{about}/RECORD", f"half.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return wheel


def test_of_two_at_once_one_installs_and_both_go_on(project: Path) -> None:
    both = [begin(project, "test"), begin(project, "test")]
    said = [process.communicate() for process in both]
    assert [out for out, _ in said] == ["handed over ['test']\n"] * 2
    assert sum("what the tests need" in complained for _, complained in said) == 1


def stamp(project: Path, lock: str) -> Path:
    """What the wrapper leaves when all of a lock is installed."""
    return project / ".venv" / f"{lock}.sha256"


def test_a_folder_that_is_no_environment_is_left_alone(project: Path) -> None:
    precious = project.parent / "precious"
    precious.mkdir()
    (precious / "books").write_text("dear")
    done = run(project, SOLIDARITY_VENV=str(precious))
    assert done.returncode == 1
    assert "not an environment" in done.stderr
    assert (precious / "books").read_text() == "dear"


# --- the real locks ---------------------------------------------------------------------------------------------------


def test_the_locks_share_nothing_name_no_host_and_hold_what_the_project_asks_for() -> None:
    serving, testing = locked("requirements.lock"), locked("requirements-test.lock")
    assert not serving & testing
    assert all("://" not in (HOME / lock).read_text() for lock in ("requirements.lock", "requirements-test.lock"))
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    assert asked_for(project["project"]["dependencies"]) <= serving
    assert asked_for(project["dependency-groups"]["test"]) <= serving | testing


def test_all_that_packages_ask_for_is_locked_but_what_we_never_bring_in() -> None:
    """CONTRIBUTING.md names those that are left out; that nothing misses them is seen wherever only the locks are installed."""
    every = locked("requirements.lock") | locked("requirements-test.lock")
    left_out = {"annotated-doc", "faker", "fasteners", "platformdirs", "polyfactory", "psutil", "shellingham", "tabulate", "typer"}
    here = {canonicalize_name(found.name) for found in distributions()} & every
    assert set().union(*(asked_for(requires(package) or []) for package in here)) <= every | left_out
    assert not left_out & every


def locked(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*)==", (HOME / lock).read_text(), re.MULTILINE))


def asked_for(lines: list[str]) -> set[str]:
    """Their names; what only other machines or extras need is not asked for."""
    found = map(Requirement, lines)
    return {canonicalize_name(each.name) for each in found if not each.marker or each.marker.evaluate({"extra": ""})}
