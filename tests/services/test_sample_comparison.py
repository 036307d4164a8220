"""The sample year has both unions' extracts of four months: three compared and agreed to, one of them with listed differences, and one with work to do."""

from datetime import date, timedelta

from ledger.domain.closes import number_of
from ledger.services import closes, comparison, differences, extract_views
from ledger.services.pool import Pool
from tests.services.test_sample_between import BOARD
from tests.services.test_sample_requests import sample

assert sample  # a fixture used by name below


def ends(today: date) -> list[date]:
    """The last days of the four months before this one, the oldest first."""
    found = [today.replace(day=1) - timedelta(days=1)]
    while len(found) < 4:
        found.insert(0, found[0].replace(day=1) - timedelta(days=1))
    return found


async def test_three_months_are_agreed_to_one_with_listed_differences(sample: Pool) -> None:
    for at, end in enumerate(ends(sample.today())):
        found = (await comparison.show_cutoff(sample, BOARD, end)).comparisons
        assert {each.about for each in found} == {"owed", "contributions"}
        invoices = next(each for each in found if (each.creditor, each.currency, each.about) == ("ue", "USD", "owed"))
        assert (invoices.creditor_basis, invoices.debtor_basis, invoices.left_out) == ("extract", "extract", [])
        standings = {each.standing for each in found if each is not invoices}
        assert standings == ({"agreed"} if at < 3 else {"open"}), [(each.number, each.lines) for each in found if each.standing != "agreed"]
        assert invoices.standing == ("agreed", "agreed_with_differences", "agreed", "open")[at]
        expected = [set(), {"keying", "missing_at_debtor", "timing"}, set(), {"duplicate", "unexplained", "disputed"}][at]
        assert {each.kind for each in invoices.lines} == expected
        assert all(each.owner and each.due_on for each in invoices.lines)


async def test_the_open_month_has_work_to_do_and_the_closes_rest_on_the_comparisons(sample: Pool) -> None:
    found = (await differences.list_differences(sample, BOARD, "open")).items
    assert {each.kind for each in found} >= {"duplicate", "unexplained", "disputed"}
    threads = [await differences.show_difference(sample, BOARD, each.number) for each in found]
    assert any(event.remark for each in threads for event in each.events)
    differs: list[bool] = []
    for end in ends(sample.today())[:3]:
        shown = await closes.show_close(sample, BOARD, number_of(end.replace(day=1)))
        step = next(each for each in shown.steps if each.name == "compared")
        assert step.is_done and not step.listed
        differs.append(bool(step.known["differences"]))
        assert not differs[-1] or shown.status == "agreed_with_differences", "its ledgers differ, and both agreed to that"
    assert sum(differs) == 1


async def test_every_name_is_marked_as_sample(sample: Pool) -> None:
    for each in (await extract_views.list_extracts(sample, BOARD)).items:
        view = await extract_views.show_extract(sample, BOARD, each.number)
        assert all("(sample)" in one.code or "(exemple)" in one.code for one in view.balances), each.number
