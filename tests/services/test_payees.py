"""Payees and their bank details through the real store: dual control, who sees what, and where no number may ever be."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ledger.domain.actors import Actor
from ledger.domain.payees import AddPayee, ChangePayee, ProposeAccount
from ledger.domain.pledges import Instalment, RecordPledge
from ledger.domain.refusals import (
    ChoiceInvalid,
    CurrencyUnknown,
    NotAllowed,
    NotFound,
    OtherUnion,
    PayeeAccountState,
    PayeeDetailsMissing,
    PayeeExists,
    Refusal,
    SamePerson,
    SameUnion,
    TextInvalid,
)
from ledger.services import home, payees, pledges
from ledger.services.operation import Done, Work, perform
from ledger.services.payees import Decided
from ledger.services.pool import Pool
from ledger.storage import payees as store
from tests.conftest import Clock, add_person

QUAI = AddPayee(name="Imprimerie du Quai (exemple)", country="CA", remark="Tracts et affiches")
NUMBER = "90807060504"
EVIDENCE = "Jeanne Exemple, at the number on our 2024 contract, 2026-11-20"


def details(payee: str = "B-0001", currency: str = "CAD", account: str = NUMBER) -> ProposeAccount:
    """Bank details of a Canadian payee, at an institution that does not exist."""
    numbers = {"institution": "999", "transit": "99999", "account": account}
    return ProposeAccount(payee=payee, currency=currency, holder="Quai Holding", bank="Caisse Exemple", details=numbers, call_back=EVIDENCE)


async def proposed(pool: Pool, actor: Actor, key: str = "propose-quai-1", **more: str) -> Decided:
    """The payee of these tests, with details that wait."""
    if not (await payees.list_payees(pool, actor)).items:
        await payees.add_payee(pool, actor, "add-quai-1", QUAI)
    return await payees.propose_account(pool, actor, key, details(**more))


async def states(pool: Pool, actor: Actor, number: str = "B-0001") -> list[tuple[str, str, str]]:
    """(currency, last four, state) of every details, newest proposal first."""
    return [(each.currency, each.hint, each.state) for each in await payees.payee_accounts(pool, actor, number)]


# --- payees -----------------------------------------------------------------------------------------------------------


async def test_a_name_is_one_payee_however_it_is_written(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await payees.add_payee(pool, unifor, "add-quai-1", QUAI)
    assert (made.number, made.name, made.country, made.recorded_by) == ("B-0001", QUAI.name, "CA", unifor.name)
    for key, written in (("add-quai-2", "imprimerie du QUAI (Exemple)"), ("add-quai-3", "Imprimerie-du-Quai, (exemple)")):
        with pytest.raises(PayeeExists) as refusal:
            await payees.add_payee(pool, ue, key, AddPayee(name=written, country="US"))
        assert refusal.value.params == {"payee": "B-0001", "name": QUAI.name}
    assert (await payees.add_payee(pool, ue, "add-hotel-1", AddPayee(name="Hôtel de l’Érable", country="CA"))).number == "B-0002"


async def test_payees_are_found_by_words_and_number_page_by_page(pool: Pool, ue: Actor) -> None:
    for n, (name, country) in enumerate([("Acme Print", "US"), ("Érable Traiteur", "CA"), ("acme Vidéo", "CA"), ("Zèbre Son", "FR")]):
        await payees.add_payee(pool, ue, f"add-many-{n}", AddPayee(name=name, country=country))

    async def names(words: str = "", country: str | None = None) -> list[str]:
        return [view.payee.name for view in (await payees.list_payees(pool, ue, words, country)).items]

    assert await names() == ["Acme Print", "acme Vidéo", "Érable Traiteur", "Zèbre Son"]
    assert await names("ACME") == ["Acme Print", "acme Vidéo"]
    assert await names("video acm") == ["acme Vidéo"]
    assert await names("%") == await names()
    assert await names("erable") == ["Érable Traiteur"]
    assert await names("raiteur") == await names("a_me") == []
    assert await names("b-0002") == ["Érable Traiteur"]
    assert await names(country="CA") == ["acme Vidéo", "Érable Traiteur"]
    first = await payees.list_payees(pool, ue, limit=3)
    second = await payees.list_payees(pool, ue, after=first.next or "", limit=3)
    assert [len(first.items), len(second.items), second.next] == [3, 1, None]
    assert second.items[0].payee.name == "Zèbre Son"


async def test_only_the_treasury_changes_a_payee_that_has_bank_details(pool: Pool, ue: Actor, unifor: Actor) -> None:
    lead = await add_person(pool, "Imre Kovács-Diallo", "ue", "campaign_lead")
    await payees.add_payee(pool, lead, "add-quai-1", QUAI)
    changed = await payees.change_payee(pool, lead, "change-quai-1", ChangePayee(payee="b-0001", name="Imprimerie du Port (exemple)", country="US"))
    assert (changed.name, changed.country, changed.remark) == ("Imprimerie du Port (exemple)", "US", QUAI.remark)
    await payees.change_payee(pool, lead, "change-quai-2", ChangePayee(payee="B-0001", country="CA"))
    await payees.propose_account(pool, ue, "propose-quai-1", details())
    with pytest.raises(NotAllowed):
        await payees.change_payee(pool, lead, "change-quai-3", ChangePayee(payee="B-0001", name="Imprimerie Autre"))
    assert (await payees.change_payee(pool, unifor, "change-quai-4", ChangePayee(payee="B-0001", remark=""))).remark == ""
    await payees.add_payee(pool, ue, "add-other-1", AddPayee(name="Other", country="US"))
    with pytest.raises(PayeeExists):
        await payees.change_payee(pool, ue, "change-quai-5", ChangePayee(payee="B-0001", name="OTHER"))
    async with pool.database.reading() as connection:
        kept = await connection.fetchval("SELECT details FROM audit WHERE action = 'change_payee' AND outcome = 'done' ORDER BY id LIMIT 1")
    assert kept == {
        "name": {"before": QUAI.name, "after": "Imprimerie du Port (exemple)"}, "country": {"before": "CA", "after": "US"},
    }  # fmt: skip


async def test_another_operation_names_a_payee_and_gets_its_number(pool: Pool, ue: Actor) -> None:
    """As a request for money does it: in the operation's own transaction, and taken back with it."""
    lead = await add_person(pool, "Malaika Osei-Gagnon", "unifor", "campaign_lead")

    async def naming(key: str, *names: str, then: Refusal | None = None) -> list[str]:
        async def work(w: Work) -> Done:
            numbers = [await payees.named_payee(w, name) for name in names]
            if then is not None:
                raise then
            return Done(numbers)

        found: list[str] = await perform(pool, lead, "request_allocation", key, list(names), work, permission="request_allocation")
        return found

    with pytest.raises(ChoiceInvalid):
        await naming("naming-1", "Hôtel de l’Érable", then=ChoiceInvalid(field="fund", value="X"))
    assert (await payees.list_payees(pool, ue)).items == []
    assert await naming("naming-2", "Hôtel de l’Érable", "Son et Cie", "HOTEL DE L'ERABLE") == ["B-0001", "B-0002", "B-0001"]
    made = (await payees.show_payee(pool, ue, "B-0001")).payee
    assert (made.name, made.country, made.recorded_by) == ("Hôtel de l’Érable", "CA", lead.name)
    with pytest.raises(TextInvalid):
        await naming("naming-3", "  ")
    async with pool.database.reading() as connection:
        added = await connection.fetch("SELECT subject FROM audit WHERE action = 'add_payee' AND outcome = 'done' ORDER BY subject")
    assert [row["subject"] for row in added] == ["B-0001", "B-0002"]


async def test_a_number_names_one_thing_a_pledge_or_a_payee(pool: Pool, ue: Actor) -> None:
    promise = RecordPledge(
        union="ue", fund="GEN", currency="USD", amount_minor=100, approved_on=date(2026, 9, 1), resolution="GEB 2026-14",
        instalments=(Instalment(date(2026, 12, 1), 100),),
    )  # fmt: skip
    first = await payees.add_payee(pool, ue, "add-quai-1", QUAI)
    pledge = await pledges.record_pledge(pool, ue, "record-pledge-1", promise)
    second = await payees.add_payee(pool, ue, "add-other-1", AddPayee(name="Other", country="US"))
    assert [first.number, pledge.number, second.number] == ["B-0001", "P-0001", "B-0002"]


# --- dual control -----------------------------------------------------------------------------------------------------


async def test_details_take_two_people_of_two_unions(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await proposed(pool, ue)
    assert (made.payee, made.currency, made.hint, made.state) == ("B-0001", "CAD", "0504", "proposed")
    colleague = await add_person(pool, "Anneke Brandt-Singh", "ue", "treasurer")
    deputy = await add_person(pool, "Luc Desrosiers", "unifor", "deputy")
    for n, (actor, refusal) in enumerate([(ue, SamePerson), (colleague, SameUnion), (deputy, NotAllowed)]):
        with pytest.raises(refusal):
            await payees.confirm_account(pool, actor, f"confirm-quai-{n}", "B-0001", made.id)
        with pytest.raises(refusal):
            await payees.reject_account(pool, actor, f"reject-quai-{n}", "B-0001", made.id, "No")
    async with pool.database.reading() as connection:
        with pytest.raises(PayeeDetailsMissing):
            await store.confirmed_account(connection, "B-0001", "CAD")
    confirmed = await payees.confirm_account(pool, unifor, "confirm-quai-9", "B-0001", made.id)
    assert confirmed == await payees.confirm_account(pool, unifor, "confirm-quai-9", "B-0001", made.id)
    with pytest.raises(PayeeAccountState):
        await payees.confirm_account(pool, unifor, "confirm-quai-10", "B-0001", made.id)
    async with pool.database.reading() as connection:
        account = await store.confirmed_account(connection, "B-0001", "CAD")
        with pytest.raises(PayeeDetailsMissing) as missing:
            await store.confirmed_account(connection, "B-0001", "USD")
    assert (account.id, account.details["account"], account.holder, account.call_back) == (made.id, NUMBER, "Quai Holding", EVIDENCE)
    assert (account.proposer, account.decider, account.decided_at) == ((ue.name, "ue"), (unifor.name, "unifor"), pool.clock())
    assert missing.value.params == {"payee": "B-0001", "currency": "USD"}


async def test_a_deputy_proposes_and_the_same_person_in_two_roles_confirms_nothing(pool: Pool, unifor: Actor) -> None:
    both = await add_person(pool, "Ravi Lindqvist", "ue", "deputy", "treasurer")
    made = await proposed(pool, both)
    with pytest.raises(SamePerson):
        await payees.confirm_account(pool, both, "confirm-quai-1", "B-0001", made.id)
    assert (await payees.confirm_account(pool, unifor, "confirm-quai-2", "B-0001", made.id)).state == "confirmed"


async def test_new_details_retire_the_old_ones_of_their_currency_alone(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> None:
    for n, more in enumerate([{}, {"currency": "USD", "account": "1111122"}, {"account": "1111133"}]):
        made = await proposed(pool, ue, f"propose-quai-{n}", **more)
        assert len([state for *_, state in await states(pool, ue) if state == "confirmed"]) == n, "a proposal changes nothing yet"
        clock.now += timedelta(days=1)
        await payees.confirm_account(pool, unifor, f"confirm-quai-{n}", "B-0001", made.id)
    assert await states(pool, ue) == [("CAD", "1133", "confirmed"), ("USD", "1122", "confirmed"), ("CAD", "0504", "retired")]
    view = await payees.show_payee(pool, ue, "B-0001")
    assert [(known.currency, known.hint, known.confirmed_on) for known in view.known] == [
        ("CAD", "1133", date(2026, 11, 26)), ("USD", "1122", date(2026, 11, 25)),
    ]  # fmt: skip
    assert [(step.what, step.person, step.currency, step.hint) for step in view.steps or []][:2] == [
        ("confirm_payee_account", unifor.name, "CAD", "1133"), ("propose_payee_account", ue.name, "CAD", "1133"),
    ]  # fmt: skip


async def test_rejected_details_say_why_and_may_be_proposed_anew(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await proposed(pool, ue)
    with pytest.raises(TextInvalid):
        await payees.reject_account(pool, unifor, "reject-quai-1", "B-0001", made.id, " ")
    await payees.reject_account(pool, unifor, "reject-quai-2", "B-0001", made.id, "They know of no change")
    (account,) = await payees.payee_accounts(pool, unifor, "B-0001")
    assert (account.state, account.remark, account.decider[0]) == ("rejected", "They know of no change", unifor.name)
    again = await proposed(pool, ue, "propose-quai-2")
    assert again.state == "proposed"
    with pytest.raises(PayeeAccountState):
        await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", made.id)


async def test_either_union_retires_and_only_ones_own_withdraws(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await proposed(pool, ue)
    with pytest.raises(OtherUnion):
        await payees.retire_account(pool, unifor, "retire-quai-1", "B-0001", made.id, "No")
    assert (await payees.retire_account(pool, ue, "retire-quai-2", "B-0001", made.id, "Mistyped")).state == "retired"
    second = await proposed(pool, ue, "propose-quai-2")
    await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", second.id)
    deputy = await add_person(pool, "Luc Desrosiers", "unifor", "deputy")
    await payees.retire_account(pool, deputy, "retire-quai-3", "B-0001", second.id, "The payee moved its account")
    assert [state for *_, state in await states(pool, ue)] == ["retired", "retired"]
    async with pool.database.reading() as connection:
        with pytest.raises(PayeeDetailsMissing):
            await store.confirmed_account(connection, "B-0001", "CAD")
    retired = (await payees.payee_accounts(pool, ue, "B-0001"))[0]
    assert retired.decider == (unifor.name, "unifor"), "who confirmed them stays known"
    with pytest.raises(PayeeAccountState):
        await payees.retire_account(pool, ue, "retire-quai-4", "B-0001", second.id, "Again")


async def test_one_proposal_a_currency_even_in_a_race(pool: Pool, ue: Actor, unifor: Actor) -> None:
    await payees.add_payee(pool, ue, "add-quai-1", QUAI)
    tries = [
        payees.propose_account(pool, ue, "race-of-ue", details()), payees.propose_account(pool, unifor, "race-of-unifor", details(account="1111122")),
        payees.propose_account(pool, ue, "race-of-usd", details(currency="USD")),
    ]  # fmt: skip
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Decided", "Decided", "PayeeAccountState"]
    assert sorted(currency for currency, *_ in await states(pool, ue)) == ["CAD", "USD"]


async def test_a_confirmation_and_a_rejection_at_once_give_one_decision(pool: Pool, ue: Actor, unifor: Actor) -> None:
    second = await add_person(pool, "Coralie Haddad-Morin", "unifor", "treasurer")
    for n in range(5):
        made = await proposed(pool, ue, f"propose-quai-{n}", account=f"111110{n}")
        outcomes: Sequence[Any] = await asyncio.gather(
            payees.confirm_account(pool, unifor, f"confirm-quai-{n}", "B-0001", made.id),
            payees.reject_account(pool, second, f"reject-quai-{n}", "B-0001", made.id, "Unknown"),
            payees.retire_account(pool, ue, f"retire-quai-{n}", "B-0001", made.id, "Mistyped"),
            return_exceptions=True,
        )
        passed = [outcome for outcome in outcomes if isinstance(outcome, Decided)]
        # A confirmation may be followed by a retirement; a rejection by nothing.
        assert [each.state for each in passed] in (["confirmed"], ["rejected"], ["retired"], ["confirmed", "retired"])
        assert (await states(pool, ue))[0][2] == passed[-1].state
        assert sum(state == "confirmed" for *_, state in await states(pool, ue)) <= 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"currency": "EUR"}, CurrencyUnknown), ({"payee": "B-0009"}, NotFound), ({"payee": "J-1"}, NotFound), ({"call_back": " "}, TextInvalid),
     ({"holder": ""}, TextInvalid), ({"bank": "x" * 121}, TextInvalid), ({"details": {"iban": "GB29NWBK60161331926819"}}, ChoiceInvalid)],
)  # fmt: skip
async def test_a_proposal_that_lacks_something_is_refused(pool: Pool, ue: Actor, changes: dict[str, Any], refusal: type[Refusal]) -> None:
    await payees.add_payee(pool, ue, "add-quai-1", QUAI)
    with pytest.raises(refusal):
        await payees.propose_account(pool, ue, "propose-quai-1", msgspec.structs.replace(details(), **changes))
    assert await states(pool, ue) == []


async def test_details_are_reached_through_their_own_payee(pool: Pool, ue: Actor, unifor: Actor) -> None:
    made = await proposed(pool, ue)
    await payees.add_payee(pool, ue, "add-other-1", AddPayee(name="Other", country="US"))
    for number, account in (("B-0002", made.id), ("B-0001", UUID(int=7))):
        with pytest.raises(NotFound):
            await payees.confirm_account(pool, unifor, f"confirm-{number}-{account}", number, account)


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "hint", "numbers"),
    [("treasurer", True, True), ("deputy", True, True), ("officer", True, False), ("secretary_treasurer", True, False), ("trustee", True, False),
     ("board_member", False, False), ("campaign_lead", False, False)],
)  # fmt: skip
async def test_each_role_sees_as_much_as_it_needs(pool: Pool, ue: Actor, unifor: Actor, role: str, hint: bool, numbers: bool) -> None:
    made = await proposed(pool, ue)
    await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", made.id)
    reader = await add_person(pool, f"A {role}", "unifor", role)
    view = await payees.show_payee(pool, reader, "B-0001")
    listed = (await payees.list_payees(pool, reader)).items[0]
    (known,) = view.known
    assert listed.known == view.known
    assert (known.currency, known.hint, known.confirmed_on) == ("CAD", "0504" if hint else None, date(2026, 11, 23) if hint else None)
    assert (view.accounts is not None, view.steps is not None) == (numbers, hint)
    told = msgspec.json.encode([view, listed]).decode()
    for secret in (NUMBER, "Quai Holding", "99999", EVIDENCE):
        assert (secret in told) is numbers
    assert ("0504" in told) is hint
    if not numbers:
        with pytest.raises(NotAllowed):
            await payees.payee_accounts(pool, reader, "B-0001")


@pytest.mark.parametrize("role", ["benefits_officer", "admin"])
async def test_who_has_nothing_to_do_with_payees_sees_none(pool: Pool, role: str) -> None:
    reader = await add_person(pool, f"A {role}", "ue", role)
    with pytest.raises(NotAllowed):
        await payees.list_payees(pool, reader)
    with pytest.raises(NotAllowed):
        await payees.show_payee(pool, reader, "B-0001")


async def test_no_number_is_in_the_audit_trail_or_in_what_is_remembered(pool: Pool, ue: Actor, unifor: Actor) -> None:
    """After everything that can be done with details, refusals too; the one place with the number is the details' own table."""
    made = await proposed(pool, ue)
    for n, wrong in enumerate([details(), details(currency="EUR"), details(account=NUMBER * 2), details(payee="B-0007")]):
        with pytest.raises(Refusal):
            await payees.propose_account(pool, ue, f"refused-{n}", wrong)
    with pytest.raises(SamePerson):
        await payees.confirm_account(pool, ue, "confirm-own-1", "B-0001", made.id)
    await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", made.id)
    second = await payees.propose_account(pool, unifor, "propose-quai-2", details())
    await payees.reject_account(pool, ue, "reject-quai-1", "B-0001", second.id, f"Not {NUMBER}")
    await payees.retire_account(pool, ue, "retire-quai-1", "B-0001", made.id, f"Closed: {NUMBER}")
    async with pool.database.reading() as connection:
        tables = await connection.fetch(
            "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'",
            pool.database.schema,
        )
        found = {
            row["name"]
            for row in tables
            if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{row["name"]}" t WHERE t::text ~ $1)', f"{NUMBER}|Quai Holding")
        }
        kept = await connection.fetchval("SELECT count(*) FROM audit WHERE action LIKE '%payee_account'")
    assert found == {"payee_accounts"}
    assert kept == 10


# --- the first page ---------------------------------------------------------------------------------------------------


async def test_proposed_details_wait_for_the_other_unions_treasurer(pool: Pool, ue: Actor, unifor: Actor, clock: Clock) -> None:
    deputy = await add_person(pool, "Luc Desrosiers", "unifor", "deputy")
    made = await proposed(pool, ue)
    clock.now += timedelta(days=3)
    assert [await home.waiting(pool, actor) for actor in (ue, deputy)] == [[], []]
    (row,) = await home.waiting(pool, unifor)
    assert (row.kind, row.subject, row.url, row.union, row.days(pool.today())) == (
        "confirm_payee_account", "B-0001", f"/payees/B-0001/details/{made.id}/decide", "ue", 3,
    )  # fmt: skip
    assert row.facts == {"payee": QUAI.name, "account_currency": "CAD", "proposer": ue.name}
    await payees.confirm_account(pool, unifor, "confirm-quai-1", "B-0001", made.id)
    assert await home.waiting(pool, unifor) == []
