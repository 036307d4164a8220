"""Read the OpenAPI as a developer does who makes a client of it: nothing nameless, nothing undocumented, nothing only Python understands."""

import re
from functools import cache
from typing import Any

import pytest
from litestar import Litestar

from api import openapi
from api.app import create_app
from api.settings import Settings
from tests.conftest import client_for

LISTS = {"listThresholds", "listAccounts", "listFunds", "listDocuments", "listReports", "listPeople", "listTokens", "listSessions", "listPeriods",
         "listUnions", "listLocals", "listBooks", "listCurrencies", "listApprovalRules", "listInterests", "listInterestsAbout",
         "listPayeeAccounts", "listStrikeRules", "listStrikeRuleTemplates", "listRunRecoveries", "listRunChanges",
         "listMembershipCounts", "listBankAccounts", "listBankRules", "listHolidays", "listCloseDeadlines", "listWebhooks",
         "listAuditPacks", "listRecordClasses", "listHolds", "listFilings", "listMemberPages"}  # fmt: skip
# What asks nothing of the books, so that no answer has to be remembered for it.
KEYLESS = re.compile(r"\A(preview|postEntries|verifyBooks|setPreferences|changePassword|newTotpSecret|turnO|addToken|revokeToken|endOther)")


@cache
def document() -> openapi.Json:
    return openapi.describe(create_app(Settings()))


def each() -> list[Any]:
    """Every operation, as test parameters named by it."""
    return [pytest.param(method, path, operation, id=operation["operationId"]) for method, path, operation in openapi.operations(document())]


@pytest.mark.parametrize(("method", "path", "operation"), each())
def test_every_operation_says_what_it_is(method: str, path: str, operation: openapi.Json) -> None:
    assert re.fullmatch(r"[a-z][A-Za-z]+", operation["operationId"])
    assert 3 < len(operation["summary"]) < 110 and not operation["summary"].endswith(".")
    assert operation["description"].startswith(operation["summary"])
    assert operation["tags"][0] in openapi.TAGS
    assert operation["security"] == ([] if path.startswith("/health/") else [{"token": []}, {"session": []}])
    good = [answer for status, answer in operation["responses"].items() if status < "300"]
    assert len(good) == 1
    for parameter in operation.get("parameters", []):
        assert "null" not in str(parameter["schema"]) and "None" not in str(parameter["schema"]), "an address cannot say null"
        assert not parameter["required"] or "example" in parameter, parameter


@pytest.mark.parametrize(("method", "path", "operation"), each())
def test_every_write_takes_a_key_and_every_list_a_cursor(method: str, path: str, operation: openapi.Json) -> None:
    names = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
    if method != "GET" and not KEYLESS.match(operation["operationId"]):
        assert names["Idempotency-Key"]["required"], operation["operationId"]
        assert names["Idempotency-Key"]["schema"]["pattern"] == "^[!-~]+$"
    if operation["operationId"].startswith("list") and operation["operationId"] not in LISTS:
        assert "after" in names
        assert "next" in _schema(operation)["properties"]


def _schema(operation: openapi.Json) -> openapi.Json:
    media = next(iter(operation["responses"]["200"]["content"].values()))
    return document()["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("method", "path", "operation"), each())
def test_the_statuses_are_those_that_can_occur(method: str, path: str, operation: openapi.Json) -> None:
    """Those of its shape; that no other occurs is held by every test that calls it (``conftest.is_documented``)."""
    statuses = set(operation["responses"])
    if path.startswith("/health/"):
        assert statuses <= {"200", "503"}
        return
    assert {"401", "403", "503"} <= statuses
    assert ("413" in statuses) == ("requestBody" in operation)
    assert "400" in statuses, "whatever the operation, an address can hold a word that it does not know"
    if method == "GET":
        # A computation that says what it lacks is refused as the write of it would be.
        computed = ("previewRevaluation", "previewMemberPage", "askApprovals", "previewEqualisation", "getSettlementOffer")
        assert not statuses & {"415", "429"} and ("409" not in statuses or operation["operationId"] in computed)
    for status in statuses - {"200", "201", "204"}:
        answer = operation["responses"][status]
        assert answer["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert answer["content"]["application/problem+json"]["example"]["status"] == int(status)
        assert ("Retry-After" in answer.get("headers", {})) == (status in ("429", "503"))


def test_every_schema_is_described_and_its_patterns_are_everybodys() -> None:
    schemas = document()["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema["description"]] == []
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []
    patterns = re.findall(r'"pattern": "([^"]*)"', openapi.json.dumps(document()))
    assert len(patterns) > 40 and not [pattern for pattern in patterns if r"\\A" in pattern or r"\\Z" in pattern]
    assert schemas["Amount"]["properties"]["amount"]["pattern"] == r"^-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,6})?$"
    assert schemas["Problem"]["properties"]["params"]["properties"]["fields"]["additionalProperties"] == {"type": "string"}


def test_the_cookie_is_named_as_it_is_where_the_site_is_served_by_https() -> None:
    schemes = openapi.describe(create_app(Settings(public_url="https://books.example")))["components"]["securitySchemes"]
    assert schemes["session"]["name"] == "__Host-session"
    assert schemes["token"]["scheme"] == "bearer"


async def test_the_two_doors_to_it_are_served_from_here_alone(app: Litestar) -> None:
    async with client_for(app) as client:
        page = await client.get("/api/v1/docs")
        assert page.status_code == 200 and "//" not in page.text.replace("http://www.w3.org", "")
        assert "script-src 'self';" in page.headers["content-security-policy"]
        told = await client.get("/api/v1/docs/openapi.json")
        assert told.headers["content-type"].startswith("application/json")
        assert told.json()["openapi"].startswith("3.1")
        assert (await client.get("/api/v1/docs/redoc")).status_code == 404
