"""Hold the wrapper to building its environment once, whole, and again when the lock changes. The lock here is an empty one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running.product import HOME, environment

CLI = "import sys\nprint('handed over', sys.argv[1:])\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of nothing but the wrapper, a lock, and a command line that tells that it was reached."""
    folder = tmp_path / "a project"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "__init__.py").touch()
    (folder / "api" / "cli.py").write_text(CLI)
    (folder / "requirements.lock").write_text("# nothing\n")
    shutil.copy2(HOME / "solidarity", folder / "solidarity")
    return folder


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the wrapper from a folder that has an ``api`` of its own, which must not be taken for the product's."""
    elsewhere = project.parent / "elsewhere"
    (elsewhere / "api").mkdir(parents=True, exist_ok=True)
    (elsewhere / "api" / "__init__.py").touch()
    settings = environment(**{"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"} | more)
    if "SOLIDARITY_VENV" not in more:
        settings.pop("SOLIDARITY_VENV", None)
    # Not by way of a version manager's python3, which would put its own folders first on the PATH.
    command = [sys.executable, str(project / "solidarity"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=settings, cwd=elsewhere)


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
    assert not (project / ".venv" / "built-from").exists()


def test_a_folder_that_is_no_environment_is_left_alone(project: Path) -> None:
    precious = project.parent / "precious"
    precious.mkdir()
    (precious / "books").write_text("dear")
    done = run(project, SOLIDARITY_VENV=str(precious))
    assert done.returncode == 1
    assert "not an environment" in done.stderr
    assert (precious / "books").read_text() == "dear"
