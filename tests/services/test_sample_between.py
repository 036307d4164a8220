"""The sample year has what the unions lend and owe each other in each of the ways it can stand, and both unions' books agree about it every day."""

from datetime import timedelta

from ledger.domain.actors import Actor
from ledger.services import equalisation, loans, steps
from ledger.services.pool import Pool
from ledger.services.sample_stage import DAYS
from ledger.storage.mirrors import StepFilter
from tests.services.test_sample_requests import column, sample

assert sample  # a fixture used by name below
BOARD = Actor(2, "A board member", "unifor", frozenset({"board_member"}))


async def test_bookings_stand_in_every_state_and_what_was_delivered_was_confirmed_or_disputed(sample: Pool) -> None:
    assert set(await column(sample, "SELECT DISTINCT state FROM bookings")) == {"requested", "held", "confirmed", "declined", "cancelled"}
    assert set(await column(sample, "SELECT DISTINCT state FROM deliveries")) == {"confirmed", "disputed"}
    assert await column(sample, "SELECT value_minor FROM deliveries WHERE state = 'confirmed'") == [225 * 52_40]
    assert await column(sample, "SELECT recovered_minor FROM deliveries WHERE state = 'confirmed'") == [225 * 52_40 * 40 // 100]


async def test_a_loan_was_drawn_and_repaid_in_part_and_one_step_waits(sample: Pool) -> None:
    ((loan, at),) = (await loans.list_loans(sample, BOARD)).items
    assert (loan.state, at.drawn_minor, at.repaid_minor, at.overdue_minor) == ("agreed", 45_000_00, 30_000_00, 0)
    waiting = await steps.list_steps(sample, BOARD, StepFilter(state="proposed"))
    assert [each.kind for each in waiting.items] == ["loan_repayment"]


async def test_the_last_quarter_was_equalised_and_settled(sample: Pool) -> None:
    (kept,) = (await equalisation.list_equalisations(sample, BOARD)).items
    assert (kept.state, kept.creditor, kept.debtor) == ("agreed", "ue", "unifor")
    assert kept.balance_minor > 0
    assert (await equalisation.show_equalisation(sample, BOARD, kept.number)).left_minor == 0


async def test_the_two_books_mirror_each_other_on_every_day_of_the_year(sample: Pool) -> None:
    last = sample.today()
    for day in (last - timedelta(days=days) for days in range(0, DAYS, 3)):
        assert [each for each in await steps.show_mirrors(sample, BOARD, day) if each.difference_minor] == []
