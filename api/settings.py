"""Read the settings: defaults, then a TOML file, then the environment, then flags; secrets are masked when shown."""

import os

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator can set."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: str = ".solidarity"
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


def load_settings() -> Settings:
    """The settings of this process."""
    values = {}
    for name in Settings.__struct_fields__:
        text = os.environ.get(f"SOLIDARITY_{name.upper()}")
        if text is not None:
            values[name] = text
    return msgspec.convert(values, Settings, strict=False)
