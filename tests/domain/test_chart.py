"""Check the chart that ships: every account is named for its union in both languages."""

import pytest

from ledger.domain.chart import JOINT, chart_accounts, chart_unions, of_in_french
from ledger.services.setup import shipped_chart


@pytest.mark.parametrize(("name", "said"), [("UE", "d’UE"), ("Unifor", "d’Unifor"), ("Syndicat Z", "de Syndicat Z")])
def test_french_leaves_a_vowel_out(name: str, said: str) -> None:
    assert of_in_french(name) == said


def test_every_account_of_the_chart_is_named_in_both_languages() -> None:
    chart = shipped_chart()
    accounts = chart_accounts(chart, chart_unions(chart), ["USD", "CAD"])
    names = {account.name_fr for account in accounts if account.book == JOINT and account.role == "bank"}
    assert names == {"Compte en fiducie d’UE, USD", "Compte en fiducie d’Unifor, CAD"}
    assert not [account for account in accounts if "{" in account.name_en + account.name_fr or not account.name_en or not account.name_fr]
