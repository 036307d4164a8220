"""Answer in JSON for what bank lines are matched with: proposals, matches, entries recorded from lines, and the rules that were learnt."""

from datetime import date
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.routes.bank_matching_schemas import (
    BankEntryIn,
    BankEntryMade,
    BankLineWhole,
    BankMarksIn,
    BankMatchesMade,
    BankMatchIn,
    BankMatchOut,
    BankProposalOut,
    BankRuleChangeIn,
    BankRuleIn,
    BankRuleOut,
    BankRuleVersionIn,
    ByWord,
    LineNumber,
    MatchNumber,
    RuleNumber,
    match_out,
    proposal_out,
    rule_out,
    shown_out,
)
from api.routes.bank_schemas import (
    AccountNumber,
    BankLineOut,
    BankPostingOut,
    BankReasonIn,
    posting_out,
)
from api.routes.entry_schemas import PreviewOut, preview_out
from api.schemas import After, DecimalText, FromDay, Limit, Page, ToDay, cursor, from_cursor
from api.writes import By
from ledger.domain.actors import Actor
from ledger.domain.bank import LineState
from ledger.domain.money import minor_from_text
from ledger.services import bank_match_views, bank_records, bank_rules, bank_standings
from ledger.services import bank_matching as service
from ledger.services.bank_match_steps import MATCH
from ledger.services.bank_match_views import MatchFilter
from ledger.services.bank_standings import READ
from ledger.services.pool import Pool

_Read = {"permission": READ}
InState = Annotated[LineState | None, QueryParameter(name="state", description="Only in this state")]
OfStatement = Annotated[str | None, QueryParameter(name="statement", max_length=20, description="Only of this statement, such as BS-0007")]
OfWay = Annotated[str | None, QueryParameter(name="direction", pattern=r"\A(in|out)\Z", description="`in` for money in, `out` for money out")]
OfSize = Annotated[DecimalText | None, QueryParameter(name="amount", description="Only of this size, in the account's own currency, whichever way")]
WithWords = Annotated[str | None, QueryParameter(name="words", max_length=100, description="Only with these words, as they stand")]
Grounds = Annotated[ByWord | None, QueryParameter(name="by", description="Only with a proposal on these grounds; `none` for open lines without one")]


async def _line(by: By, number: int) -> BankLineWhole:
    account, shown = await bank_match_views.show_line(by.pool, by.actor, number)
    return shown_out(shown, account.currency)


class BankMatchingController(Controller):
    """What an account's lines are matched with."""

    path = "/bank-accounts/{account_id:int}"
    tags = ("Bank matching",)

    @get("/lines", opt=_Read | {"answers": (422,)}, operation_id="listBankLines")
    async def list_lines(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, in_state: InState = None,
        statement: OfStatement = None, from_day: FromDay = None, to_day: ToDay = None, amount: OfSize = None, words: WithWords = None,
        direction: OfWay = None, grounds: Grounds = None, after: After = None, limit: Limit = 100,
    ) -> Page[BankLineWhole]:  # fmt: skip
        """The account's lines with what is proposed for each or what it was matched with, the oldest first."""
        currency = await bank_standings.currency_of(pool, actor, account_id)
        narrowed = MatchFilter(
            state=in_state, statement=statement, from_day=from_day, to_day=to_day, words=words, direction=direction, by=grounds,
            amount_minor=abs(minor_from_text(amount, currency)) if amount else None,
        )  # fmt: skip
        view = await bank_match_views.show_matching(pool, actor, account_id, narrowed, from_cursor(after, date, int), limit)
        return Page([shown_out(each, currency) for each in view.shown], cursor(*view.next) if view.next else None)

    @get("/postings", opt=_Read | {"answers": (422,)}, operation_id="listBankPostings")
    async def list_postings(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, words: WithWords = None,
        after: After = None, limit: Limit = 100,
    ) -> Page[BankPostingOut]:  # fmt: skip
        """The account's postings that no match holds, the oldest first."""
        currency, place = await bank_standings.currency_of(pool, actor, account_id), from_cursor(after, date, int, int)
        found, further = await bank_match_views.open_postings(pool, actor, account_id, place, words, None, limit)
        return Page([posting_out(each, currency) for each in found], cursor(*further) if further else None)

    @get("/proposals", opt=_Read | {"answers": (422,)}, operation_id="listBankProposals")
    async def list_proposals(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, after: After = None, limit: Limit = 100
    ) -> Page[BankProposalOut]:
        """What seems to be the same money among all that is open, the strongest grounds first. Accepting some moves those that follow."""
        currency, place = await bank_standings.currency_of(pool, actor, account_id), from_cursor(after, int)
        first = max(place[0], 0) if place else 0
        found = (await bank_match_views.propose(pool, actor, account_id))[first:]
        return Page([proposal_out(each, currency) for each in found[:limit]], cursor(first + limit) if len(found) > limit else None)

    @get("/matches", opt=_Read | {"answers": (422,)}, operation_id="listBankMatches")
    async def list_matches(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], account_id: AccountNumber, after: After = None, limit: Limit = 100
    ) -> Page[BankMatchOut]:
        """The account's matches, the newest first; undone ones too."""
        currency, place = await bank_standings.currency_of(pool, actor, account_id), from_cursor(after, int)
        found, further = await bank_match_views.list_matches(pool, actor, account_id, place[0] if place else None, limit)
        return Page([match_out(each, currency) for each in found], cursor(further) if further else None)

    @post("/matches", opt={"permission": MATCH}, operation_id="matchBankLines", status_code=200)
    async def match(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankMatchIn]) -> BankMatchesMade:
        """Match lines and postings that you chose; both sides come to the same."""
        places = [(each.entry, each.line) for each in data.postings]
        return BankMatchesMade([await service.match_by_hand(*by, account_id, data.lines, places, data.remark)])

    @post("/matches/acceptance", opt={"permission": MATCH}, operation_id="acceptBankProposals", status_code=200)
    async def accept(self, by: NamedDependency[By], account_id: AccountNumber, data: JSONBody[BankMarksIn]) -> BankMatchesMade:
        """Accept proposals by their marks, one or a thousand, all or none; refused where one holds no longer."""
        return BankMatchesMade(await service.accept(*by, account_id, data.marks))


class BankLinesController(Controller):
    """Bank lines, one by one."""

    path = "/bank-lines"
    tags = ("Bank matching",)

    @get("/{number:int}", opt=_Read, operation_id="getBankLine")
    async def get_line(self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: LineNumber) -> BankLineWhole:
        """One line with what is proposed for it or what it was matched with."""
        account, shown = await bank_match_views.show_line(pool, actor, number)
        return shown_out(shown, account.currency)

    @post("/{number:int}/entry/preview", opt={"permission": MATCH}, operation_id="previewBankEntry", status_code=200)
    async def preview_entry(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], number: LineNumber, data: JSONBody[BankEntryIn]
    ) -> PreviewOut:
        """What recording the entry that the line lacks would post, or the refusal it would get; nothing is recorded."""
        account, _ = await bank_match_views.show_line(pool, actor, number)
        return preview_out(await bank_records.preview_record(pool, actor, data.asked(number, account.currency)))

    @post("/{number:int}/entry", opt={"permission": MATCH, "location": True}, operation_id="recordBankEntry")
    async def record(self, by: NamedDependency[By], number: LineNumber, data: JSONBody[BankEntryIn]) -> Response[BankEntryMade]:
        """Record the entry that the line lacks and match it with the line, in one step."""
        account, _ = await bank_match_views.show_line(by.pool, by.actor, number)
        entry = await bank_records.record_line(*by, data.asked(number, account.currency))
        told = BankEntryMade(entry, f"/api/v1/entries/{entry}")
        return Response(told, status_code=201, headers={"Location": told.href})

    @post("/{number:int}/exclusion", opt={"permission": MATCH}, operation_id="excludeBankLine", status_code=200)
    async def exclude(self, by: NamedDependency[By], number: LineNumber, data: JSONBody[BankReasonIn]) -> BankLineOut:
        """Leave a line out as the bank's error; the proof lists it with the reason until the bank puts it right."""
        await service.exclude_line(*by, number, data.reason)
        return (await _line(by, number)).line

    @post("/{number:int}/inclusion", opt={"permission": MATCH}, operation_id="includeBankLine", status_code=200)
    async def include(self, by: NamedDependency[By], number: LineNumber) -> BankLineOut:
        """Take a line back that was left out."""
        await service.include_line(*by, number)
        return (await _line(by, number)).line


@post("/bank-matches/{match_id:int}/undoing", opt={"permission": MATCH}, operation_id="undoBankMatch", status_code=200, tags=["Bank matching"])
async def undo_match(by: NamedDependency[By], match_id: MatchNumber) -> BankMatchOut:
    """Let the lines and postings of a match go; an entry that was recorded with it stays in the books."""
    found = await service.undo_match(*by, match_id)
    return match_out(found, await bank_standings.currency_of(by.pool, by.actor, found.account_id))


class BankRulesController(Controller):
    """Rules learnt from lines, or written."""

    path = "/bank-rules"
    tags = ("Bank matching",)

    @get("/", opt=_Read, operation_id="listBankRules")
    async def list_rules(
        self, pool: NamedDependency[Pool], actor: NamedDependency[Actor], union: FromQuery[str | None] = None
    ) -> list[BankRuleOut]:
        """The rules in force of one union or of both, the most used first."""
        return [rule_out(each) for each in await bank_rules.list_rules(pool, actor, union)]

    @post("/", opt={"permission": MATCH}, operation_id="writeBankRule", status_code=201)
    async def write(self, by: NamedDependency[By], data: JSONBody[BankRuleIn]) -> BankRuleOut:
        """Write a rule of your own union, for all accounts it keeps. It proposes; a person accepts."""
        return rule_out(await bank_rules.write_rule(*by, data.asked))

    @post("/{rule_id:int}/changes", opt={"permission": MATCH}, operation_id="changeBankRule", status_code=200)
    async def change(self, by: NamedDependency[By], rule_id: RuleNumber, data: JSONBody[BankRuleChangeIn]) -> BankRuleOut:
        """Change a rule of your own union; refused where it was changed since you read it."""
        return rule_out(await bank_rules.change_rule(*by, rule_id, data.version, data.asked))

    @post("/{rule_id:int}/retirement", opt={"permission": MATCH}, operation_id="retireBankRule", status_code=200)
    async def retire(self, by: NamedDependency[By], rule_id: RuleNumber, data: JSONBody[BankRuleVersionIn]) -> BankRuleOut:
        """Propose nothing by a rule any more."""
        return rule_out(await bank_rules.retire_rule(*by, rule_id, data.version))


ROUTES = [BankMatchingController, BankLinesController, undo_match, BankRulesController]
