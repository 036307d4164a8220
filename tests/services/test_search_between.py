"""Numbers of what the unions lend and owe each other lead straight there, for who may read it."""

from ledger.domain.actors import Actor
from ledger.services import search
from ledger.services.pool import Pool
from tests.services.test_sample_requests import sample

assert sample  # a fixture used by name below
BOARD = Actor(2, "A board member", "unifor", frozenset({"board_member"}))
LEAD = Actor(999, "A lead of nothing", "unifor", frozenset({"campaign_lead"}))
PLACES = {
    "l-1": "/loans/L-0001", "M-0001": "/steps/M-0001", "ag 1": "/agreements/AG-0001", "EQ-0001": "/equalisation/EQ-0001",
    "bs-1": "/bank/statements/BS-0001",
    "jc-1": "/equalisation/costs/JC-0001", "r-1": "/resources/R-0001", "bk-1": "/bookings/BK-0001", "dl 1": "/deliveries/DL-0001",
    "df-1": "/comparison/differences/DF-0001", "lx 1": "/extracts/LX-0001",
}  # fmt: skip


async def test_a_number_leads_straight_to_it(sample: Pool) -> None:
    assert {typed: (await search.search(sample, BOARD, typed)).exact for typed in PLACES} == PLACES


async def test_who_only_leads_campaigns_finds_resources_and_agreements_and_no_one_elses_booking(sample: Pool) -> None:
    found = {typed: (await search.search(sample, LEAD, typed)).exact for typed in PLACES}
    assert {typed for typed, place in found.items() if place} == {"ag 1", "r-1"}


async def test_a_number_that_is_not_there_is_not_found(sample: Pool) -> None:
    assert {(await search.search(sample, BOARD, typed)).exact for typed in ("L-999", "BK-999", "DL-999", "AG-999")} == {None}
