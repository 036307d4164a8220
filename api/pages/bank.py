"""Show how the bank accounts stand, match bank lines with entries, record what is missing, and keep the rules that were learnt."""

import re
from datetime import date
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from api.pages.contributions import place_after, read_days, word
from api.pages.forms import Form, refused
from api.pages.rendering import Here, explained, named, page
from api.schemas import cursor, from_cursor
from api.security import Reader
from ledger.domain.accounts import Account
from ledger.domain.bank import LINE_STATES, REASON_MAXIMUM
from ledger.domain.bank_rules import ACTIONS, DIRECTIONS, RECORDED, WORDS_MAXIMUM, Rule, RuleChange, words_of
from ledger.domain.refusals import Refusal
from ledger.services import bank_match_views, bank_records, bank_rules, bank_standings
from ledger.services import bank_matching as service
from ledger.services.bank_match_steps import HAND_MAXIMUM, MARKS_MAXIMUM, MATCH
from ledger.services.bank_match_views import MatchFilter, Shown
from ledger.services.bank_records import RecordLine, Suggestions
from ledger.services.pool import Pool
from ledger.services.previews import Preview
from reports import bank_words, formats
from reports.i18n import N_, translate

Params = Request[Any, Any, Any]
_NUMBER, _PLACE = re.compile(r"\A[0-9]{1,18}\Z", re.ASCII), re.compile(r"\A([0-9]{1,18})\.([0-9]{1,4})\Z", re.ASCII)
# What was accepted, and how much of it: the page says what that leaves.
_ACCEPTED = re.compile(r"\Abank_accepted\.([0-9]{1,6})\Z", re.ASCII)
# The page shows what is ticked as it is ticked: matching it asks for no second look.
_HAND = ("line", "posting", "remark", "lines_after", "entries_after")
READ = bank_standings.READ


def words_for(language: str) -> dict[str, Any]:
    """The words of bank pages in one language."""
    return {
        "line_chips": {state: (translate(language, name), kind) for state, (name, kind) in bank_words.LINE_STATES.items()},
        "pass_names": {code: translate(language, name) for code, name in bank_words.PASS_NAMES.items()},
        "next_steps": {code: (translate(language, name), kind, place) for code, (name, kind, place) in bank_words.STEPS.items()},
    }  # fmt: skip


def crumbs(language: str, account: Account | None = None) -> list[tuple[str, str]]:
    """Where a page about an account is."""
    found = [(translate(language, "Bank matching"), "/bank")]
    return found + ([(named(language, account), f"/bank/{account.id}")] if account else [])


def keeps(reader: Reader, account: Account) -> bool:
    """Whether the reader is of the treasury that keeps the account, and so matches its lines and brings its statements in."""
    return reader.can(MATCH) and reader.union_code == account.custodian


# --- accounts -------------------------------------------------------------------------------------------------------------


@get("/bank", opt={"permission": READ})
async def list_accounts(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """Every bank account: how far its statements and its reconciliations go, and what comes next."""
    found = await bank_standings.standings(pool, reader.actor)
    return page(
        request, "bank/accounts.html", reader=reader, help="bank-matching", may_rule=reader.can(MATCH),
        joint=[each for each in found if each.account.role == "bank"],
        own=[each for each in found if each.account.role != "bank" and each.covered_to],
        others=[each.account for each in found if each.account.role != "bank" and not each.covered_to and each.account.custodian == reader.union_code],
        **words_for(reader.language),
    )  # fmt: skip


# --- matching -------------------------------------------------------------------------------------------------------------


@get("/bank/{account_id:int}", opt={"permission": READ})
async def show_matching(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """The account's lines with what is proposed for each; only open ones where nothing else is asked for."""
    return await _matching_page(request, pool, reader, account_id, Form({}, reader.language))


def _filter(request: Params, language: str) -> tuple[MatchFilter, bool]:
    (first, last), wrong = read_days(request, language, "from", "to")
    state = word(request, "state") or "new"
    direction, amount = word(request, "direction"), word(request, "amount")
    minor = None
    if amount:
        try:
            minor = abs(formats.parse_money(language, amount, 2, None))
        except formats.AmountNotUnderstood:
            wrong = True
    return MatchFilter(
        state=state if state in LINE_STATES else None, from_day=first, to_day=last, amount_minor=minor, words=word(request, "q"),
        direction=direction if direction in ("in", "out") else None, by=word(request, "by"), statement=word(request, "statement"),
    ), wrong  # fmt: skip


async def _matching_page(request: Params, pool: Pool, reader: Reader, account_id: int, form: Form) -> Response[Any]:
    language = reader.language
    narrowed, wrong = _filter(request, language)
    view = await bank_match_views.show_matching(pool, reader.actor, account_id, narrowed, place_after(request, date, int))
    account, accepted = view.standing.account, _ACCEPTED.match(word(request, "done") or "")
    said = {"done": bank_words.accepted(language, int(accepted[1]), view.standing.open_lines, view.proposed_lines)} if accepted else {}
    return page(
        request, "bank/matching.html", reader=reader, help="bank-matching", status=form.status, fragment="results", form=form, view=view, wrong=wrong,
        at=view.standing, account=account, crumbs=crumbs(language), rows=[(each, _why(language, each, account)) for each in view.shown],
        cancelling=[(each, lines, bank_words.why(language, each, account.currency)) for each, lines in view.cancelling],
        further=cursor(view.next[0].isoformat(), view.next[1]) if view.next else None, options=_options(language), place=_place(request),
        page_keys=[("a", N_("accept the row’s proposal")), ("u", N_("undo the row’s match")), ("e", N_("open the row’s line"))],
        **words_for(language), **said,
    )  # fmt: skip


def _why(language: str, shown: Shown, account: Account) -> str:
    return bank_words.why(language, shown.proposal, account.currency, shown.rule) if shown.proposal else ""


def _options(language: str) -> dict[str, list[tuple[str, str]]]:
    return {
        "states": [(code, translate(language, bank_words.LINE_STATES[code][0])) for code in LINE_STATES] + [("all", translate(language, "All"))],
        "passes": [(code, translate(language, name)) for code, name in bank_words.PASS_NAMES.items() if code not in ("hand", "recorded")]
        + [("none", translate(language, "Without a proposal"))],
        "directions": [(code, translate(language, bank_words.DIRECTIONS[code])) for code in ("in", "out")],
    }  # fmt: skip


def _place(request: Params) -> str:
    """The address of the page as it is filtered, without what was just done."""
    query = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    return Here(request.url.path, query).but(done=None)


@post("/bank/{account_id:int}", opt={"permission": MATCH}, status_code=303)
async def act(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]) -> Response[Any]:
    """Accept proposals or undo a match, and come back to the same lines."""
    form = Form(await request.form(), reader.language)
    try:
        if form.action.startswith("undo-") and form.action[5:].isascii() and form.action[5:].isdigit():
            await service.undo_match(pool, reader.actor, form.key, int(form.action[5:]))
            return Redirect(_done(request, "bank_undone"), status_code=303)
        marks = [form.action[7:]] if form.action.startswith("accept-") else form.many("bulk" if form.action == "bulk" else "mark")
        if marks:
            await service.accept(pool, reader.actor, form.key, account_id, marks)
        return Redirect(_done(request, f"bank_accepted.{len(marks)}") if marks else _place(request), status_code=303)
    except Refusal as refusal:
        refused(form, refusal)
    return await _matching_page(request, pool, reader, account_id, form)


def _done(request: Params, what: str) -> str:
    query = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    return Here(request.url.path, query).but(done=what)


# --- one line ---------------------------------------------------------------------------------------------------------------


@get("/bank/lines/{number:int}", opt={"permission": READ})
async def show_line(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[int]) -> Response[Any]:
    """A line with everything the bank said of it, what is proposed for it, and the forms to record it or to leave it out."""
    account, shown = await bank_match_views.show_line(pool, reader.actor, number)
    line = shown.line
    values = {"what": shown.rule.action if shown.rule else "fee" if line.amount_minor < 0 else "contribution", "fund": "GEN"}
    # The words of a fee are the bank's own; those of money that came in may be a person's name, so they are kept only where somebody says so.
    values |= {"learn": "yes"} if line.amount_minor < 0 else {}
    values |= {name: str(value) for name, value in (shown.rule.facts if shown.rule else {}).items() if name in ("fund", "union")}
    values |= {"union": values.get("union", account.custodian or "")}
    return await _line_page(request, pool, reader, account, shown, Form(values, reader.language), None)


async def _line_page(
    request: Params, pool: Pool, reader: Reader, account: Account, shown: Shown, form: Form, preview: Preview | None
) -> Response[Any]:
    language, choices = reader.language, await bank_records.suggestions(pool, reader.actor, account)
    transfers = [
        (number, f"{number}, {formats.date_iso(sent_on)}, {formats.money(language, minor, currency)}, {purpose}")
        for number, sent_on, minor, currency, purpose in choices.transfers
    ]
    actions = [code for code in RECORDED if (code == "fee") == (shown.line.amount_minor < 0)]
    proved_to = (await bank_standings.show_standing(pool, reader.actor, account.id)).reconciled_to
    return page(
        request, "bank/line.html", reader=reader, help="bank-matching", status=form.status, form=form, account=account, shown=shown, line=shown.line,
        crumbs=crumbs(language, account), why=_why(language, shown, account), may_match=keeps(reader, account),
        actions=[(code, translate(language, bank_words.ACTIONS[code])) for code in actions], transfers=transfers,
        funds=_funds(language, choices), unions=[(each.code, each.name) for each in choices.unions],
        lines=explained(preview.draft, preview.accounts, preview.funds, language) if preview else [], preview=preview, learns=words_of(shown.line.words),
        reason_maximum=REASON_MAXIMUM, is_reconciled=bool(shown.match and proved_to and shown.match.cleared_on <= proved_to), **words_for(language),
    )  # fmt: skip


_FIELDS = {
    "fund_unknown": "fund", "not_found": "transfer", "choice_invalid": "what", "transfer_state": "transfer", "text_invalid": "description",
    "fund_closed": "fund", "pledge_mismatch": "union", "bank_match_uneven": "fee",
}  # fmt: skip


@post("/bank/lines/{number:int}", opt={"permission": MATCH}, status_code=303)
async def deal_with_line(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], number: FromPath[int]) -> Response[Any]:
    """Show the entry that would be recorded, record it, leave the line out, or take it back."""
    account, shown = await bank_match_views.show_line(pool, reader.actor, number)
    form, preview = Form(await request.form(), reader.language), None
    try:
        if form.action == "exclude":
            reason = form.text("reason", max_length=REASON_MAXIMUM)
            if not form.ok:
                return await _line_page(request, pool, reader, account, shown, form, None)
            await service.exclude_line(pool, reader.actor, form.key, number, reason)
            return Redirect(f"/bank/{account.id}?done=bank_excluded", status_code=303)
        if form.action == "include":
            await service.include_line(pool, reader.actor, form.key, number)
            return Redirect(f"/bank/{account.id}?done=bank_included", status_code=303)
        asked = _asked(form, shown, account)
        if form.ok and form.action == "post":
            await bank_records.record_line(pool, reader.actor, form.key, asked)
            return Redirect(f"/bank/{account.id}?done=bank_recorded", status_code=303)
        if form.ok:
            preview = await bank_records.preview_record(pool, reader.actor, asked)
    except Refusal as refusal:
        refused(form, refusal, {"text_invalid": "reason"} if form.action == "exclude" else _FIELDS)
    return await _line_page(request, pool, reader, account, shown, form, preview)


def _asked(form: Form, shown: Shown, account: Account) -> RecordLine:
    action = form.choice("what", RECORDED)
    return RecordLine(
        line=shown.line.number, action=action or "fee", fund=form.text("fund", required=action not in ("receipt", ""), max_length=20),  # type: ignore[arg-type]
        union=form.text("union", required=action == "contribution", max_length=20),
        transfer=form.text("transfer", required=action == "receipt", max_length=20),
        description=form.text("description", required=False), fee_minor=form.amount_or_none("fee", account.currency), rate=form.optional_rate("rate"),
        learn=form.checked("learn"),
    )  # fmt: skip


# --- by hand ----------------------------------------------------------------------------------------------------------------


@get("/bank/{account_id:int}/hand", opt={"permission": MATCH})
async def ask_by_hand(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """Open lines beside open entries, to be ticked; the difference runs along."""
    form = Form({"line": word(request, "line") or ""}, reader.language, aside=_HAND)
    return await _hand_page(request, pool, reader, account_id, form)


async def _hand_page(request: Params, pool: Pool, reader: Reader, account_id: int, form: Form) -> Response[Any]:
    chosen, at = _ticked(form), {side: _hand_place(form, side) for side in ("lines", "entries")}
    after = from_cursor(at["lines"], date, int), from_cursor(at["entries"], date, int, int)
    view = await bank_match_views.show_by_hand(pool, reader.actor, account_id, word(request, "q"), chosen, after)
    ticked = form.many("line"), form.many("posting")
    sums = (
        sum(each.amount_minor for each in view.lines if str(each.number) in ticked[0]),
        sum(each.amount_minor for each in view.postings if f"{each.entry}.{each.line}" in ticked[1]),
    )
    further = {"lines": cursor(*view.next_line) if view.next_line else "", "entries": cursor(*view.next_posting) if view.next_posting else ""}
    return page(
        request, "bank/hand.html", reader=reader, help="bank-matching", status=form.status, form=form, account=view.account, view=view, at=at,
        further=further, crumbs=crumbs(reader.language, view.account), ticked=ticked, sums=sums, maximum=HAND_MAXIMUM,
        own=keeps(reader, view.account), **words_for(reader.language),
    )  # fmt: skip


def _hand_place(form: Form, side: str) -> str:
    """Where a side of the page begins: where a button leads, else where it began before."""
    return form.action.removeprefix(f"{side}-") if form.action.startswith(f"{side}-") else form.raw(f"{side}_after")


def _ticked(form: Form) -> tuple[list[int], list[tuple[int, int]]]:
    lines = [int(number) for number in form.many("line") if _NUMBER.match(number)]
    return lines[:MARKS_MAXIMUM], ticked_postings(form)[:MARKS_MAXIMUM]


def ticked_postings(form: Form) -> list[tuple[int, int]]:
    """The postings (entry, line) that are ticked; what names none is passed over."""
    found = [_PLACE.match(place) for place in form.many("posting")]
    return [(int(each[1]), int(each[2])) for each in found if each]


@post("/bank/{account_id:int}/hand", opt={"permission": MATCH}, status_code=303)
async def match_by_hand(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], account_id: FromPath[int]
) -> Response[Any]:
    """Match what was ticked, show what it comes to, or go on in the lists, which keep what is ticked."""
    form = Form(await request.form(), reader.language, aside=_HAND)
    remark = form.text("remark", required=False, max_length=REASON_MAXIMUM)
    if form.ok and form.action == "post":
        try:
            await service.match_by_hand(pool, reader.actor, form.key, account_id, *_ticked(form), remark)
            return Redirect(f"/bank/{account_id}?done=bank_accepted", status_code=303)
        except Refusal as refusal:
            refused(form, refusal)
    return await _hand_page(request, pool, reader, account_id, form)


# --- rules ------------------------------------------------------------------------------------------------------------------


@get("/bank/rules", opt={"permission": READ})
async def list_rules(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader]) -> Response[Any]:
    """The rules of both unions, in words; one's own can be changed and retired, and new ones written."""
    return await _rules_page(request, pool, reader, Form({"direction": "out", "what": "fee", "fund": "GEN"}, reader.language), None)


async def _rules_page(request: Params, pool: Pool, reader: Reader, form: Form, editing: Rule | None) -> Response[Any]:
    language, found = reader.language, await bank_rules.list_rules(pool, reader.actor)
    accounts = {each.account.id: each.account for each in await bank_standings.standings(pool, reader.actor)}
    choices = await bank_records.suggestions(pool, reader.actor, next(iter(accounts.values())))
    funds, unions = _funds(language, choices), [(each.code, each.name) for each in choices.unions]
    named_as = {"fund": dict(funds), "union": dict(unions)}
    rows = [(each, bank_words.rule_in_words(language, each, _currency(each, accounts), named_as), accounts.get(each.account_id or 0)) for each in found]
    return page(
        request, "bank/rules.html", reader=reader, help="bank-matching", status=form.status, form=form, rows=rows, editing=editing,
        crumbs=crumbs(language), may_rule=reader.can(MATCH) and bool(reader.union_code),
        actions=[(code, translate(language, bank_words.ACTIONS[code])) for code in ACTIONS if code != "receipt"],
        directions=[(code, translate(language, bank_words.DIRECTIONS[code])) for code in DIRECTIONS],
        funds=funds, unions=unions, words_maximum=WORDS_MAXIMUM,
    )  # fmt: skip


def _funds(language: str, choices: Suggestions) -> list[tuple[str, str]]:
    """Funds by their codes, as they are chosen from and named."""
    return [(each.code, f"{each.code} – {named(language, each)}") for each in choices.funds]


def _currency(rule: Rule, accounts: dict[int, Account]) -> str:
    account = accounts.get(rule.account_id or 0)
    return account.currency if account else ""


@get("/bank/rules/{rule_id:int}", opt={"permission": MATCH})
async def edit_rule(request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], rule_id: FromPath[int]) -> Response[Any]:
    """The same page with the form filled from a rule of one's own union."""
    found = await _rule(pool, reader, rule_id)
    if found is None or found.union != reader.union_code:
        return Redirect("/bank/rules", status_code=303)
    values = {"words": found.words, "direction": found.direction, "what": found.action, "version": str(found.version)}
    range_minor = {"least": found.least_minor, "most": found.most_minor}
    values |= {name: formats.figure(reader.language, minor) for name, minor in range_minor.items() if minor is not None}
    return await _rules_page(request, pool, reader, Form(values | {name: str(text) for name, text in found.facts.items()}, reader.language), found)


async def _rule(pool: Pool, reader: Reader, rule_id: int) -> Rule | None:
    return next((each for each in await bank_rules.list_rules(pool, reader.actor) if each.id == rule_id), None)


@post(["/bank/rules", "/bank/rules/{rule_id:int}"], opt={"permission": MATCH}, status_code=303)
async def keep_rule(
    request: Params, pool: NamedDependency[Pool], reader: NamedDependency[Reader], rule_id: FromPath[int] = 0
) -> Response[Any]:
    """Keep a new rule, change one, or retire it."""
    form = Form(await request.form(), reader.language)
    version = form.integer("version") if rule_id else 0
    try:
        if rule_id and form.action == "retire":
            await bank_rules.retire_rule(pool, reader.actor, form.key, rule_id, version)
            return Redirect("/bank/rules?done=bank_rule_retired", status_code=303)
        asked = _rule_asked(form)
        if form.ok:
            if rule_id:
                await bank_rules.change_rule(pool, reader.actor, form.key, rule_id, version, asked)
            else:
                await bank_rules.write_rule(pool, reader.actor, form.key, asked)
            return Redirect("/bank/rules?done=bank_rule_kept", status_code=303)
    except Refusal as refusal:
        field = {"action": "what"}.get(said := str(refusal.params.get("field", "")), said)
        about = _RULE_FIELDS.get(str(refusal.params.get("reason")), "words")
        fields = {"bank_rule_invalid": about, "fund_unknown": "fund", "not_found": "union", "amount_not_positive": "least", "choice_invalid": field}
        refused(form, refusal, fields)
    return await _rules_page(request, pool, reader, form, await _rule(pool, reader, rule_id) if rule_id else None)


_RULE_FIELDS = {"direction": "direction", "range": "most", "fund": "fund", "union": "union"}


def _rule_asked(form: Form) -> RuleChange:
    facts = {name: form.text(name, required=False) for name in ("fund", "union", "text", "reason")}
    return RuleChange(
        words=form.text("words", max_length=WORDS_MAXIMUM), direction=form.choice("direction", DIRECTIONS) or "both",  # type: ignore[arg-type]
        action=form.choice("what", ACTIONS) or "fee", least_minor=form.optional_money("least", "", positive=False),  # type: ignore[arg-type]
        most_minor=form.optional_money("most", "", positive=False), facts={name: text for name, text in facts.items() if text},
    )  # fmt: skip


DONE = {
    "bank_accepted": N_("Matched."), "bank_undone": N_("Undone: its lines and entries are open again. An entry that was recorded stays in the books."),
    "bank_recorded": N_("Recorded in the books, and matched with the line."),
    "bank_excluded": N_("Left out, with your reason. The proof lists it as the bank’s error."), "bank_included": N_("Taken back: the line is open again."),
    "bank_rule_kept": N_("The rule is kept. It proposes; a person accepts."), "bank_rule_retired": N_("The rule proposes nothing any more."),
}  # fmt: skip
PAGES = [
    list_accounts, show_matching, act, show_line, deal_with_line, ask_by_hand, match_by_hand, list_rules, edit_rule, keep_rule,
]  # fmt: skip
