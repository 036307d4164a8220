"""Read the container files as an operator's review would: nobody is root, secrets are files, everything says whether it is well."""

import re
from typing import Any

import pytest
import yaml

from tests.running.product import HOME

COMPOSE: dict[str, Any] = yaml.safe_load((HOME / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_services_are_those_of_the_design() -> None:
    assert SERVICES.keys() == {"database", "migrate", "web", "worker", "backup"}
    assert SERVICES["database"]["image"] == "postgres:18"
    assert SERVICES["backup"]["profiles"] == ["backup"]
    assert SERVICES["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_and_nothing_is_written_outside_volumes(name: str) -> None:
    service = SERVICES[name]
    assert service.get("user") == "postgres" if "build" not in service else re.search(r"^USER (?!root)", dockerfile(), re.M)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_is_a_file_that_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service["secrets"]) <= COMPOSE["secrets"].keys()
    used = {str(value).removeprefix("/run/secrets/") for value in service["environment"].values() if "/run/secrets/" in str(value)}
    assert used <= set(service["secrets"])
    for variable, value in service["environment"].items():
        assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), f"{variable} holds a password"


def test_only_the_migration_knows_the_owner() -> None:
    assert (SERVICES["web"]["secrets"], SERVICES["worker"]["secrets"]) == (["app_password"], ["app_password", "smtp_url"])
    for name in ("web", "worker"):
        assert not any("OWNER" in variable for variable in SERVICES[name]["environment"])
    assert "SOLIDARITY_OWNER_URL" in SERVICES["migrate"]["environment"]


def test_everything_that_stays_says_whether_it_is_well_and_waits_for_what_it_needs() -> None:
    for name in ("database", "web", "worker", "backup"):
        assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_the_image_holds_every_folder_that_serving_needs_and_installs_by_hash() -> None:
    for folder in ("ledger", "reports", "api", "migrations"):
        assert f"COPY {folder} {folder}" in dockerfile()
    assert "--require-hashes" in dockerfile()


def dockerfile() -> str:
    """The image's definition."""
    return (HOME / "Dockerfile").read_text()
