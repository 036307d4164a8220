"""Say what each setting is for, with its name in the environment and its default, for the operator's guide."""

from api.settings import HOME, Settings
from reports.i18n import N_, translate

MEANINGS: dict[str, str] = {
    "host": N_("The address to listen on. 0.0.0.0 opens it to the network: put HTTPS before it."),
    "port": N_("The port to listen on."),
    "data": N_("The folder of the embedded database, its log, and solidarity.toml."),
    "workers": N_("Web processes, 1 to 64."),
    "empty": N_("1 for new books without the sample year; heeded at the first start only."),
    "database_url": N_("A PostgreSQL of your own, as the role that serves. The embedded one is then not used."),
    "database_password": N_("The password for that address, where it has none in it."),
    "read_url": N_("A streaming standby of that database, for the long reads: reports, exports, verification. It shares the password."),
    "owner_url": N_("The same database, as the role that owns the tables. Only migrations use it."),
    "owner_password": N_("The password for that address, where it has none in it."),
    "schema": N_("The schema that holds the books."),
    "app_role": N_("The role that serves; migrations give it its rights. With another schema its name begins like the schema’s."),
    "public_url": N_("The address that people use. With https, cookies are kept to HTTPS and browsers told to stay there."),
    "trusted_proxies": N_("Addresses of your own proxies, separated by commas: what they say in X-Forwarded-For is believed."),
    "smtp_url": N_(
        "The mail server: smtp://user:password@host:587?tls=starttls, or smtps://host:465; tls=none sends without encryption. None, no e-mail."
    ),
    "mail_from": N_("Who writes: Solidarity ledger <books@example.org>."),
    "webhook_networks": N_(
        "Private networks of your own that webhooks may be sent to, such as 10.20.0.0/16, separated by commas. None, the open internet only."
    ),
    "rates_url": N_("Where the Bank of Canada’s rates are fetched."),
}


def table(language: str) -> list[tuple[str, str, str]]:
    """For each setting: its name in the environment, its default, what it is for."""
    defaults = dict(zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True))
    return [(f"SOLIDARITY_{name.upper()}", _shown(defaults[name]), translate(language, meaning)) for name, meaning in MEANINGS.items()]


def _shown(default: object) -> str:
    """A default as one would write it; a folder of this machine as seen from the product's own."""
    return str(int(default) if isinstance(default, bool) else default).replace(f"{HOME}/", "")
