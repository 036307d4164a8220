"""The grounds of a proposal are a sentence that a person would say, on the same day as days apart, in both languages."""

import pytest

from ledger.domain.bank_matching import Proposal
from reports.bank_words import why


@pytest.mark.parametrize(("days", "english", "french"), [
    (0, "The only ones of this amount so near, on the same day.", "Les seules de ce montant à dates si proches, le même jour."),
    (1, "The only ones of this amount so near, one day apart.", "Les seules de ce montant à dates si proches, à 1 jour d’écart."),
    (3, "The only ones of this amount so near, 3 days apart.", "Les seules de ce montant à dates si proches, à 3 jours d’écart."),
])  # fmt: skip
def test_how_far_apart_is_said_in_words(days: int, english: str, french: str) -> None:
    proposal = Proposal(by="amount_and_date", lines=(1,), postings=((7, 1),), amount_minor=1_00, days=days)
    assert (why("en", proposal, "CAD"), why("fr", proposal, "CAD")) == (english, french)
