"""Say approval rules in words, in both languages: which amounts a rule is for, who must approve, and what the other settings mean."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ledger.domain.approvals import ApprovalRule, Requirement
from ledger.domain.chart import of_in_french
from ledger.domain.matrices import Band, SettingChange
from reports import formats
from reports.i18n import N_, translate, translate_n

KIND_NAMES = {
    "general": N_("Ordinary requests"),
    "political": N_("Political action"),
    "strike_support": N_("Strike support"),
    "study_group": N_("Proposals of a joint study group"),
}
SETTING_NAMES = {
    "currency": N_("Currency of the amounts"),
    "split_days": N_("Requests of one campaign to one payee add up within"),
    "own_nation_only": N_("Ring-fenced political funds are decided by"),
    "fx_headroom_percent": N_("Set aside in case the rate moves"),
    "draw_days": N_("What is not spent goes back after"),
    "remind_days": N_("A reminder is sent after"),
}
ONE_BOARD, BOTH_BOARDS = N_("one of the boards, by resolution"), N_("the board of each union, by resolution")
BOARD_NAMES = {"none": N_("No board"), "any": N_("One board"), "both": N_("Each board")}


def band_text(language: str, band: Band, currency: str) -> str:
    """Which amounts a rule is for: ``Up to CAD 5,000.00``."""
    over = formats.money(language, band.over_minor, currency)
    if band.up_to_minor is None:
        return translate(language, "More than %(over)s", over=over) if band.over_minor else translate(language, "Any amount")
    up_to = formats.money(language, band.up_to_minor, currency)
    if not band.over_minor:
        return translate(language, "Up to %(amount)s", amount=up_to)
    return translate(language, "More than %(over)s, up to %(amount)s", over=over, amount=up_to)


def rule_text(language: str, rule: ApprovalRule) -> str:
    """Who must approve by a rule: ``one national officer of each union, and each union’s board by resolution``."""
    parts = []
    if rule.officers:
        parts.append(translate_n(
            language, "one national officer of each union", "%(count)s national officers of each union", rule.officers,
            count=formats.count(language, rule.officers),
        ))  # fmt: skip
    if rule.secretary_treasurers:
        parts.append(translate(language, "the secretary-treasurer of each union"))
    if rule.boards != "none":
        boards = BOTH_BOARDS if rule.boards == "both" else ONE_BOARD
        parts.append(translate(language, boards))
    return enumerated(language, parts)


def need_text(language: str, need: Requirement, unions: Mapping[str, str]) -> str:
    """One requirement of one union, by its name: ``the secretary-treasurer of UE``."""
    name = unions.get(need.union, need.union)
    of = of_in_french(name) if language == "fr" else f"of {name}"
    if need.capacity == "board":
        return translate(language, "the board %(of_union)s, by resolution", of_union=of) if need.union else translate(language, ONE_BOARD)
    if need.capacity == "secretary_treasurer":
        return translate(language, "the secretary-treasurer %(of_union)s", of_union=of)
    count = formats.count(language, need.count)
    return translate_n(language, "one national officer %(of_union)s", "%(count)s national officers %(of_union)s", need.count, count=count, of_union=of)


def enumerated(language: str, parts: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {translate(language, N_('and'))} {parts[-1]}"


def setting_text(language: str, name: str, value: str | int | bool | Decimal) -> str:
    """The value of a setting as a person reads it."""
    if name == "own_nation_only":
        return translate(language, "their own nation alone") if value else translate(language, "both unions")
    if name == "fx_headroom_percent":
        return formats.percent(language, Decimal(value) / 100)
    if name.endswith("_days"):
        return translate(language, "each alone") if name == "split_days" and not value else formats.day_count(language, int(value))
    return formats.count(language, int(value)) if name in ("seats", "quorum") else str(value)


def setting_name(language: str, change: SettingChange, unions: Mapping[str, str]) -> str:
    """What a setting is called; of a board's, with its union."""
    name = unions.get(change.union, change.union)
    if change.name == "seats":
        return translate(language, "%(union)s: seats of the board", union=name)
    if change.name == "quorum":
        return translate(language, "%(union)s: votes that make a quorum", union=name)
    return translate(language, SETTING_NAMES[change.name])
