"""The sample year has three months of bank statements: two proved to the cent, the last with lines to match."""

from ledger.services import bank_match_views, bank_reconciliation, bank_rules, bank_standings
from ledger.services.pool import Pool
from tests.services.test_sample_between import BOARD
from tests.services.test_sample_requests import sample

assert sample  # a fixture used by name below


async def test_two_months_are_reconciled_and_the_last_has_work_to_do(sample: Pool) -> None:
    for at in [each for each in await bank_standings.standings(sample, BOARD) if each.account.role == "bank"]:
        assert at.next_step == "match" and at.open_lines > 2, at.account.label
        view = await bank_reconciliation.show_proof(sample, BOARD, at.account.id)
        assert len(view.done) == 2 and view.done[0].ends_on < view.proof.day == at.covered_to
        assert view.proof.unrecorded and view.proof.difference_minor
        found = await bank_match_views.propose(sample, BOARD, at.account.id)
        assert {"reference", "rule"} <= {each.by for each in found}, at.account.label


async def test_what_was_recorded_became_rules(sample: Pool) -> None:
    assert {(each.union, each.action) for each in await bank_rules.list_rules(sample, BOARD)} >= {("ue", "fee"), ("unifor", "interest")}
