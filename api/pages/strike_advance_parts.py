"""What the pages about advances to locals share: their words, what the reader may do, choices, and where a refusal stands."""

from functools import partial
from typing import Any

from litestar import Request

from api.pages.forms import Form, refused
from api.pages.rendering import explained
from api.security import Reader
from ledger.domain import strike_advances as rules
from ledger.domain.refusals import ChoiceInvalid, Refusal
from ledger.domain.strike_advances import Statement
from ledger.services.previews import Preview
from ledger.services.strike_advance_cases import Case
from ledger.services.strike_advance_views import AdvanceView
from reports import formats
from reports.i18n import translate
from reports.strike_advance_words import CATEGORY_NAMES, advance_chip, hold_text, local_name, report_chip

# Where a refusal stands that names no field of its own.
FIELDS = {
    "week_invalid": "week", "advance_exists": "week", "report_state": "week", "lines_invalid": "lines", "amount_not_positive": "amount",
    "more_than_left": "amount", "insufficient_balance": "account", "insufficient_available": "account", "other_union": "account",
    "account_unknown": "account", "account_closed": "account", "document_type": "file", "document_too_large": "file", "documents_full": "file",
    "date_before_entry": "date", "period_closed": "date", "period_soft_closed": "date", "future_date": "date",
}  # fmt: skip
Params = Request[Any, Any, Any]


def _fields(day: str) -> dict[str, str]:
    return FIELDS | dict.fromkeys(("future_date", "period_closed", "period_soft_closed", "date_before_entry"), day)


def keep_refusal(form: Form, refusal: Refusal, day: str = "date") -> None:
    """Show a refusal where it belongs; ``day`` is the form's field for the day that something is posted on."""
    field = str(refusal.params.get("field", ""))
    refused(form, refusal, _fields(day) | dict.fromkeys(("date_invalid", "choice_invalid", "text_invalid"), field))


def words_of(language: str) -> dict[str, Any]:
    """What every page about advances says things with."""
    return {
        "local_name": partial(local_name, language), "advance_chip": partial(advance_chip, language), "report_chip": partial(report_chip, language),
        "hold_text": partial(hold_text, language), "category": lambda code: translate(language, CATEGORY_NAMES[code]),
    }  # fmt: skip


def may_in(reader: Reader, case: Case) -> dict[str, bool]:
    """What the reader may do with the advances of a strike: nothing of the other union's, nothing once it is closed."""
    own = reader.union_code == case.strike.union and case.strike.state in ("on", "run_off", "ended")
    return {name: own and reader.can(permission) for name, permission in (
        ("prepare", rules.PREPARE), ("approve", rules.APPROVE), ("pay", rules.PAY),
    )}  # fmt: skip


def may_with(reader: Reader, view: AdvanceView) -> dict[str, bool]:
    """What the reader may do with one advance now."""
    may, advance, held = may_in(reader, view.case), view.advance, bool(view.line.hold)
    waits, person = advance.state in rules.STEPS["hold"], reader.person_id
    return {
        "approve": may["approve"] and advance.state == "proposed" and not held and person != advance.proposed_by,
        "pay": may["pay"] and advance.state == "approved" and not held and person != advance.approved_by,
        "hold": may["approve"] and waits and advance.hold_reason == "",
        "let_go": may["approve"] and waits and advance.hold_reason == "on_hold",
        "cancel": may["prepare"] and waits,
        "file": may["prepare"] and view.line.hold == "missing_expense_report",
        "take_back": may["pay"] and advance.state == "paid",
        "own": advance.state == "proposed" and not held and may["approve"] and person == advance.proposed_by,
        "approved_own": advance.state == "approved" and not held and may["pay"] and person == advance.approved_by,
    }  # fmt: skip


def weekly_of(language: str, case: Case) -> str:
    """The sum of the rules in words: what a striker counts for in a week, and from which week on."""
    tiers = [
        translate(
            language, "%(amount)s for each striker from week %(week)s on", amount=formats.money(language, tier.weekly_minor, case.rules.currency),
            week=tier.from_week,
        )
        for tier in case.rules.tiers
    ]  # fmt: skip
    return ", ".join(tiers)


def local_options(language: str, case: Case) -> list[tuple[str, str]]:
    """The strike's locals to choose from."""
    return [(each.number, local_name(language, each)) for each in case.strike.locals]


def statement_of(case: Case, number: str) -> Statement:
    """A local's statement; refuses one that is not of the strike."""
    found = next((each for each in case.statements if each.local.number == number), None)
    if found is None:
        raise ChoiceInvalid(field="local", value=number[:40])
    return found


def lines_of(language: str, shown: Preview | None) -> list[Any]:
    """What would be posted, line by line; nothing before a look."""
    return explained(shown.draft, shown.accounts, shown.funds, language) if shown else []
