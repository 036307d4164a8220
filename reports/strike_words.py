"""Put strikes into words, the same on pages and in files: states, steps, what a week got, and what is to be done next by whom."""

from datetime import date

from ledger.domain.chart import of_in_french
from ledger.domain.strike_weeks import Next, Support
from ledger.domain.strikes import Strike, StrikeEvent
from reports import formats, strike_run_words
from reports.approval_words import enumerated
from reports.i18n import N_, translate, translate_n
from reports.request_words import whose
from reports.strike_advance_words import ADVANCE_EVENTS, advance_chip

# The name of a state, and the kind of its chip.
STATES: dict[str, tuple[str, str]] = {
    "notice": (N_("Notice given"), "wait"), "authorised": (N_("Authorised"), "good"), "on": (N_("Members are out"), "good"),
    "run_off": (N_("Ratified, support runs off"), "wait"), "ended": (N_("Over, to be settled"), "wait"), "closed": (N_("Closed"), ""),
    "called_off": (N_("Called off"), ""),
}  # fmt: skip
SINCE = {
    "notice": N_("Members mean to walk out on %(day)s."), "authorised": N_("Both unions authorised it; members mean to walk out on %(day)s."),
    "on": N_("Members are out since %(day)s."), "run_off": N_("The agreement was ratified on %(day)s; support runs off by the rules."),
    "ended": N_("The last day out was %(day)s; what is left is settled now."), "closed": N_("The last day out was %(day)s; all is settled."),
    "called_off": N_("It was called off before it began."),
}  # fmt: skip
EVENTS: dict[str, str] = {
    "recorded": N_("Notice recorded"), "changed": N_("Strike changed"), "authorised": N_("Authorised by a union"), "begun": N_("Members walked out"),
    "ratified": N_("Agreement ratified"), "ended": N_("Last day out recorded"), "days_set": N_("Strike days set"), "closed": N_("Closed"),
    "called_off": N_("Called off"), "retention_set": N_("Names kept until"), "pseudonymised": N_("Names taken out of the roster"),
}  # fmt: skip
# What is to be done next, as a sentence and on the button of who does it.
NEXT: dict[str, tuple[str, str]] = {
    "authorise": (N_("%(who)s must authorise it"), N_("Authorise it")),
    "begin": (N_("%(who)s must say that members are out"), N_("Say that members are out")),
    "import_roster": (N_("%(who)s must bring in the roster"), N_("Bring in the roster")),
    "set_amounts": (N_("%(who)s must set the amounts of its rules: nothing is paid by placeholders"), N_("Set the amounts")),
    "start_run": (N_("%(who)s must make the run of week %(week)s"), N_("Make the run of week %(week)s")),
    "start_advance": (N_("%(who)s must prepare the advance of week %(week)s"), N_("Prepare the advance of week %(week)s")),
    "file_report": (
        N_("%(who)s must file the expense report of week %(week)s: %(number)s is held until then"), N_("File the report of week %(week)s"),
    ),
    "compute_run": (N_("%(who)s must compute %(number)s"), N_("Compute %(number)s")),
    "submit_run": (N_("%(who)s must submit %(number)s"), N_("Submit %(number)s")),
    "approve_run": (N_("%(who)s must approve %(number)s"), N_("Approve %(number)s")),
    "approve_advance": (N_("%(who)s must approve %(number)s"), N_("Approve %(number)s")),
    "pay_run": (N_("%(who)s must pay %(number)s"), N_("Pay %(number)s")),
    "pay_advance": (N_("%(who)s must pay %(number)s"), N_("Pay %(number)s")),
    "release_advance": (N_("%(number)s is held back: %(who)s can see why"), N_("See why %(number)s is held")),
    "close": (N_("%(who)s can close it: all its money is accounted for"), N_("Close it")),
}  # fmt: skip
# Who holds a permission, as a sentence calls them after the union's name.
HOLDERS: dict[str, str] = {
    "authorise_strike": N_("%(whose)s officers"), "manage_strikes": N_("%(whose)s benefits officers and officers"),
    "manage_roster": N_("%(whose)s benefits officers"), "prepare_run": N_("%(whose)s benefits officers"),
    "prepare_advance": N_("%(whose)s benefits officers"), "approve_run": N_("%(whose)s officers and treasurers"),
    "pay_run": N_("%(whose)s treasurers"), "change_strike_rules": N_("%(whose)s officers and treasurers"), "fix_payment": N_("%(whose)s benefits officers"),
}  # fmt: skip


def state_chip(language: str, state: str) -> tuple[str, str]:
    """What a strike's state is called, and the kind of its chip."""
    name, kind = STATES[state]
    return translate(language, name), kind


def support_chip(language: str, support: Support) -> tuple[str, str]:
    """How a run or an advance stands, and the kind of its chip; what holds it back comes before its state."""
    if support.kind == "run":
        return strike_run_words.state_chip(language, support.state)
    return advance_chip(language, support.state, support.hold if support.state in ("proposed", "approved") else "")


def holders(language: str, permission: str, unions: dict[str, str]) -> str:
    """``UE’s officers``, ``les dirigeants d’UE``: whoever may take a step."""
    return enumerated(language, [translate(language, HOLDERS[permission], whose=whose(language, name)) for name in unions.values()])


def next_text(language: str, found: Next | None, names: dict[str, str]) -> str:
    """What is to be done next and by whom; ``""`` where nothing waits."""
    if found is None:
        return ""
    who = holders(language, found.permission, {code: names[code] for code in found.unions})
    text = translate(language, NEXT[found.what][0], who=who, week=found.week, number=found.number)
    return text[:1].upper() + text[1:] + "."


def next_button(language: str, found: Next) -> str:
    """The same on the button of who does it."""
    return translate(language, NEXT[found.what][1], week=found.week, number=found.number)


def event_text(language: str, event: StrikeEvent) -> str:
    """What a step of a strike's life was; a step of a newer version is said by its code."""
    known = EVENTS | ADVANCE_EVENTS
    return translate(language, known[event.what]) if event.what in known else event.what


def event_remark(language: str, event: StrikeEvent) -> str:
    """Its remark, a day or a number of days in words."""
    if event.what in ("begun", "ratified", "ended", "retention_set"):
        return formats.date_long(language, date.fromisoformat(event.remark))
    return formats.day_count(language, int(event.remark)) if event.what == "days_set" else event.remark


def locals_text(language: str, strike: Strike) -> str:
    """``Locals 8504 and 8610``."""
    numbers = enumerated(language, [local.number for local in strike.locals])
    return translate_n(language, "Local %(numbers)s", "Locals %(numbers)s", len(strike.locals), numbers=numbers)


def standing_text(language: str, strike: Strike, kind: str, union: str) -> str:
    """One sentence on what it is: ``Strike of Unifor, Local 8504, at Meridian Rail Works. Members are out since 2 November 2026.``"""
    of = of_in_french(union) if language == "fr" else f"of {union}"
    about = translate(language, "%(kind)s %(of_union)s, %(locals)s", kind=kind, of_union=of, locals=locals_text(language, strike))
    at = translate(language, ", at %(employer)s", employer=strike.employer.rstrip(".")) if strike.employer else ""
    return f"{about}{at}. {_since(language, strike)}"


def _since(language: str, strike: Strike) -> str:
    day = {"run_off": strike.ratified_on, "ended": strike.ended_on, "closed": strike.ended_on}.get(strike.state) or strike.starts_on
    return translate(language, SINCE[strike.state], day=formats.date_long(language, day))
