"""Expand the chart that ships with the product into the accounts and funds of one pool's unions and currencies."""

from collections.abc import Iterator, Sequence
from typing import Any

from ledger.domain.accounts import Account, Fund, Union

JOINT = "joint"


def of_in_french(name: str) -> str:
    """``d’Unifor``, ``de X``: French leaves the vowel of *de* out before another."""
    return f"d’{name}" if name[:1].casefold() in "aeiouyéèêh" else f"de {name}"


def chart_unions(chart: dict[str, Any]) -> list[Union]:
    """The parties the chart ships with."""
    return [Union(ordinal=ordinal, **row) for ordinal, row in enumerate(chart["union"], 1)]


def chart_funds(chart: dict[str, Any]) -> list[Fund]:
    """The funds the chart ships with, numbered from 1."""
    return [
        Fund(
            id=number, code=row["code"], name_en=row["en"], name_fr=row["fr"], purpose=row["purpose"],
            restriction=row.get("restriction", "none"), restriction_text=row.get("restriction_text", ""), nation=row.get("nation"),
        )
        for number, row in enumerate(chart["fund"], 1)
    ]  # fmt: skip


def chart_accounts(chart: dict[str, Any], unions: Sequence[Union], currencies: Sequence[str]) -> list[Account]:
    """Every account of the chart for these unions and currencies, numbered from 1."""
    plans = (plan for row in chart["account"] for plan in _expand(row, unions, currencies))
    return [Account(id=number, **plan) for number, plan in enumerate(plans, 1)]


def _expand(row: dict[str, Any], unions: Sequence[Union], currencies: Sequence[str]) -> Iterator[dict[str, Any]]:
    for_each: Sequence[Union | None] = unions if row.get("per_union") or row["book"] == "{union}" else [None]
    for union in for_each:
        for other in [each for each in unions if each != union] if row.get("per_other") else [union]:
            for currency in [union.currency] if union is not None and row.get("own_currency") else currencies:
                yield _account(row, union, other, currency)


def _account(row: dict[str, Any], union: Union | None, other: Union | None, currency: str) -> dict[str, Any]:
    """``other`` is whom the account is about: in a union's own book another union, where the chart says so."""
    names = {"currency": currency, "name": union.name if union else "", "union": union.code if union else "", "other": other.name if other else ""}
    names |= {"of_name_fr": of_in_french(names["name"]), "of_other_fr": of_in_french(names["other"])}
    own_book = row["book"] == "{union}"
    custodian = union.code if union and (row.get("custodian") or own_book) else None
    return {
        "book": row["book"].format(**names),
        "path": row["path"].format(**names),
        "currency": currency,
        "name_en": row["en"].format(**names),
        "name_fr": row["fr"].format(**names),
        "role": row.get("role", ""),
        "custodian": custodian,
        "counterparty": other.code if other and row.get("counterparty") else None,
        "origin": other.nation if other and row.get("origin") else None,
        "guarded": row.get("guarded", False),
    }
