"""Read the settings: defaults, then a TOML file, then the environment, then flags; secrets are masked when shown."""

import os
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

HOME = Path(__file__).resolve().parent.parent
_SECRETS = ("database_url", "owner_url")


class SettingsInvalid(Exception):
    """A setting cannot be used, in one line."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator can set. ``data`` holds the embedded database; it is not used with ``database_url``."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: str = str(HOME / ".solidarity")
    workers: int = 1
    empty: bool = False
    database_url: str = ""
    owner_url: str = ""
    schema: str = "pool"
    app_role: str = "pool_app"
    public_url: str = ""
    rates_url: str = "https://www.bankofcanada.ca/valet"

    @property
    def secure(self) -> bool:
        """Whether the site is served by HTTPS, so that cookies are Secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def migrate_url(self) -> str:
        """The address of the role that owns the schema; the application's own where no other is given."""
        return self.owner_url or self.database_url

    def __repr__(self) -> str:
        shown = {name: mask(value) if name in _SECRETS else value for name, value in msgspec.structs.asdict(self).items()}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def mask(url: str) -> str:
    """An address without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")))


def load_settings(**flags: Any) -> Settings:
    """The settings of this process; a flag that is None was not given. Raises :class:`SettingsInvalid`."""
    values = _from_file() | _from_environment() | {name: value for name, value in flags.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(f"a setting is not usable: {error}") from error
    if not 1 <= settings.port <= 65535 or not 1 <= settings.workers <= 64:
        raise SettingsInvalid("the port is 1 to 65535 and workers are 1 to 64")
    return settings


def _from_file() -> dict[str, Any]:
    named = os.environ.get("SOLIDARITY_CONFIG")
    path = Path(named) if named else Path(os.environ.get("SOLIDARITY_DATA", HOME / ".solidarity")) / "solidarity.toml"
    if not path.exists():
        if named:
            raise SettingsInvalid(f"{path} does not exist; correct SOLIDARITY_CONFIG")
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise SettingsInvalid(f"{path} cannot be read: {error}") from error


def _from_environment() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        variable = f"SOLIDARITY_{name.upper()}"
        if file := os.environ.get(f"{variable}_FILE"):
            values[name] = Path(file).read_text().strip()
        elif variable in os.environ:
            values[name] = os.environ[variable]
    return values
