"""Read the settings: defaults, then a TOML file, then the environment, then flags; secrets are masked when shown."""

import os
import re
import tomllib
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from ledger.domain.webhooks import Network

HOME = Path(__file__).resolve().parent.parent
SECRETS = ("database_url", "database_password", "read_url", "owner_url", "owner_password", "smtp_url")


class SettingsInvalid(Exception):
    """A setting cannot be used, in one line."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator can set. ``data`` holds the embedded database; it is not used with ``database_url``.

    ``read_url`` is a streaming standby of it, which takes the long reads (reports, exports, verification).
    ``trusted_proxies`` are addresses, separated by commas, of whoever passes requests on and names their origin in X-Forwarded-For.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    data: str = str(HOME / ".solidarity")
    workers: int = 1
    empty: bool = False
    database_url: str = ""
    database_password: str = ""
    read_url: str = ""
    owner_url: str = ""
    owner_password: str = ""
    schema: str = "pool"
    app_role: str = "pool_app"
    public_url: str = ""
    trusted_proxies: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    webhook_networks: str = ""
    rates_url: str = "https://www.bankofcanada.ca/valet"

    @property
    def secure(self) -> bool:
        """Whether the site is served by HTTPS, so that cookies are Secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def proxies(self) -> tuple[str, ...]:
        """The addresses of our own proxies: what they say of where a request came from is believed."""
        return tuple(filter(None, (each.strip() for each in self.trusted_proxies.split(","))))

    @property
    def own_networks(self) -> tuple[Network, ...]:
        """Networks of the operator's own that webhooks may be sent to."""
        return tuple(ip_network(each.strip()) for each in self.webhook_networks.split(",") if each.strip())

    @property
    def migrate_url(self) -> str:
        """The address of the role that owns the schema; the application's own where no other is given."""
        return self.owner_url or self.database_url

    @property
    def address(self) -> str:
        """Where people find the books."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        shown = {name: _hidden(name, value) for name, value in msgspec.structs.asdict(self).items()}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def _hidden(name: str, value: Any) -> Any:
    if name not in SECRETS or not value:
        return value
    return mask(value) if name.endswith("_url") else "…"


def mask(url: str) -> str:
    """An address without its password."""
    return re.sub(r"(?<=[?&]password=)[^&]*", "…", re.sub(r"(//[^/@:]*):.*(?=@)", r"\1:…", url))


def load_settings(**flags: Any) -> Settings:
    """The settings of this process; a flag that is None was not given. Raises :class:`SettingsInvalid`."""
    given = _from_environment() | {name: value for name, value in flags.items() if value is not None}
    values = _from_file(given.get("data")) | given
    if "schema" in values:
        values.setdefault("app_role", f"{values['schema']}_app")
    for address, role in (("database_url", "database"), ("read_url", "database"), ("owner_url", "owner")):
        values[address] = _with_password(values.get(address, ""), values.get(f"{role}_password", ""))
    if "data" in values:
        values["data"] = str(Path(values["data"]).expanduser().absolute())
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(f"a setting is not usable: {error}") from error
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if not 1 <= settings.port <= 65535 or not 1 <= settings.workers <= 64:
        raise SettingsInvalid("the port is 1 to 65535 and workers are 1 to 64")
    for name in ("schema", "app_role"):
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", getattr(settings, name)):
            raise SettingsInvalid(f"{name} is lower-case letters, digits and _, at most 41 of them")
    for address in settings.proxies:
        try:
            ip_address(address)
        except ValueError:
            raise SettingsInvalid(f"SOLIDARITY_TRUSTED_PROXIES are addresses such as 127.0.0.1, separated by commas; {address!r} is none") from None
    try:
        settings.own_networks  # noqa: B018 - it is what refuses
    except ValueError:
        raise SettingsInvalid("SOLIDARITY_WEBHOOK_NETWORKS are networks such as 10.20.0.0/16, separated by commas") from None
    if settings.smtp_url:
        _check_mail(settings)
    for name in ("database_url", "read_url", "owner_url"):
        url = getattr(settings, name)
        if url and not url.startswith(("postgresql://", "postgres://")):
            raise SettingsInvalid(f"SOLIDARITY_{name.upper()} is an address such as postgresql://user:password@host:5432/database")


def _check_mail(settings: Settings) -> None:
    """A mail server that can be reached needs somebody who writes; what is wrong is said without the address, which holds a password."""
    from api.smtp import server_of
    from reports.mail import Sender

    try:
        server_of(settings.smtp_url)
    except ValueError:
        said = "SOLIDARITY_SMTP_URL is no address of a mail server; write smtp://user:password@host:587?tls=starttls or smtps://host:465"
        raise SettingsInvalid(said) from None
    try:
        Sender(settings.mail_from, "").address  # noqa: B018 - it is what refuses
    except ValueError:
        raise SettingsInvalid("SOLIDARITY_MAIL_FROM is no e-mail address; write Solidarity ledger <books@example.org>, or as it is with you") from None


def _with_password(url: str, password: str) -> str:
    """The address with the password that a secret file holds, where it names a user and no password of its own."""
    if not password or not url:
        return url
    parts = urlsplit(url)
    if not parts.username or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _from_file(data: str | None) -> dict[str, Any]:
    named = os.environ.get("SOLIDARITY_CONFIG")
    path = Path(named) if named else Path(data or HOME / ".solidarity") / "solidarity.toml"
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if named:
            raise SettingsInvalid(f"{path} does not exist; correct SOLIDARITY_CONFIG") from None
        return {}
    except (ValueError, OSError) as error:
        raise SettingsInvalid(f"{path} cannot be read: {error}") from error


def _from_environment() -> dict[str, Any]:
    """SOLIDARITY_NAME, or the content of the file that SOLIDARITY_NAME_FILE names, for every setting; an empty one is not given."""
    values: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        variable = f"SOLIDARITY_{name.upper()}"
        if file := os.environ.get(f"{variable}_FILE"):
            values[name] = _secret(variable, Path(file))
        elif given := os.environ.get(variable):
            values[name] = given
    return values


def _secret(variable: str, file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"{file} cannot be read ({error}); correct {variable}_FILE") from error
