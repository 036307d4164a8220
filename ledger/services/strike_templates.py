"""Read the strike rules that ship with the product (``ledger/data/strike_rules.toml``): the unions' own, and templates to begin a proposal with."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from ledger.domain.money import minor_from_text
from ledger.domain.strike_rules import RuleSet, check_rules


class ShippedRules(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set as it ships. ``union`` is whose rules it is in new books, empty for a template;
    the note says what it does not cover."""

    rules: RuleSet
    source: str
    note_en: str
    note_fr: str
    union: str = ""
    valid_from: date | None = None


@cache
def shipped_rule_sets() -> dict[str, ShippedRules]:
    """Every rule set that ships, by its code, in the order of the file."""
    data = tomllib.loads(files("ledger").joinpath("data", "strike_rules.toml").read_text())
    return {row["code"]: _shipped(row) for row in data["rule_set"]}


def _shipped(row: dict[str, Any]) -> ShippedRules:
    about = {name: row.pop(name) for name in ("union", "valid_from", "source", "note_en", "note_fr") if name in row}
    currency = row["currency"]
    row["tiers"] = [tier | {"weekly_minor": minor_from_text(tier.pop("weekly"), currency)} for tier in row.get("tiers", [])]
    row["extra_cheques"] = [cheque | {"amount_minor": minor_from_text(cheque.pop("amount"), currency)} for cheque in row.get("extra_cheques", [])]
    row["dependant_day_minor"] = minor_from_text(row.pop("dependant_day", "0"), currency)
    return ShippedRules(rules=check_rules(msgspec.convert(row, RuleSet)), **about)
