"""Check where settings come from and that secrets are not shown."""

import os
from pathlib import Path

import pytest

from api.settings import SettingsInvalid, load_settings, mask


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("SOLIDARITY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOLIDARITY_DATA", str(tmp_path))


def test_flags_win_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "solidarity.toml").write_text('port = 1001\nworkers = 2\nhost = "0.0.0.0"\n')
    monkeypatch.setenv("SOLIDARITY_PORT", "1002")
    monkeypatch.setenv("SOLIDARITY_WORKERS", "")
    settings = load_settings(port=1003, workers=None)
    assert (settings.port, settings.workers, settings.host) == (1003, 2, "0.0.0.0")
    assert load_settings().port == 1002


def test_a_data_directory_given_as_a_flag_brings_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "solidarity.toml").write_text("port = 1004\n")
    assert load_settings(data=str(tmp_path / "other")).port == 1004


def test_secrets_come_from_files_and_are_masked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    monkeypatch.setenv("SOLIDARITY_DATABASE_URL", "postgresql://pool_app@database:5432/solidarity")
    monkeypatch.setenv("SOLIDARITY_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    monkeypatch.setenv("SOLIDARITY_READ_URL", "postgresql://pool_app@standby:5432/solidarity")
    monkeypatch.setenv("SOLIDARITY_OWNER_URL", "postgresql://owner:hidden@database/solidarity")
    settings = load_settings()
    assert settings.database_url == "postgresql://pool_app:p%40ss%2Fword@database:5432/solidarity"
    assert settings.read_url == "postgresql://pool_app:p%40ss%2Fword@standby:5432/solidarity"
    assert "hidden" not in repr(settings)
    assert "ss%2Fword" not in repr(settings)
    assert "p@ss" not in repr(settings)


def test_an_address_is_shown_without_its_password() -> None:
    assert mask("postgresql://a:b@c/d") == "postgresql://a:…@c/d"
    assert mask("postgresql://a@/d?host=/run&password=b") == "postgresql://a@/d?host=/run&password=…"


def test_the_role_follows_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLIDARITY_SCHEMA", "north")
    assert load_settings().app_role == "north_app"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "http"), ("WORKERS", "65"), ("SCHEMA", "a b"), ("DATABASE_URL", "sqlite://x"), ("OWNER_URL_FILE", "/no/file")],
)
def test_what_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SOLIDARITY_{name}", value)
    with pytest.raises(SettingsInvalid):
        load_settings()


@pytest.mark.parametrize("content", ["prot = 8000", "port = ", "port = '\x00'"])
def test_a_file_with_a_slip_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "solidarity.toml").write_text(content)
    with pytest.raises(SettingsInvalid):
        load_settings()
