"""A text in which nothing can be seen says nothing: where one is needed it is as if none were given."""

import pytest

from api.pages.forms import Form
from ledger.domain.account_rules import text
from ledger.domain.closes import check_remark
from ledger.domain.pledges import plain
from ledger.domain.refusals import TextInvalid
from ledger.domain.text import is_blank
from ledger.domain.webhooks import POSTED, Wanted, check

UNSEEN = ["", " ", "\u200b", "\u200b\u200b \u2060", "\ufeff", "\u00ad", "\u3164", "\u2800", "\u00a0", "\ufe0f", "\u0301"]


@pytest.mark.parametrize("typed", UNSEEN)
def test_what_cannot_be_seen_fills_nothing_in(typed: str) -> None:
    assert is_blank(typed)
    for refuse in (
        lambda: plain("reason", typed, 100, needed=True), lambda: text("name", typed, 100), lambda: check_remark("reason", typed, needed=True),
        lambda: check(Wanted(name=typed, url="https://hooks.example.org/", events=(POSTED,))),
    ):
        with pytest.raises(TextInvalid):
            refuse()
    form = Form({"reason": typed}, "en")
    form.text("reason")
    assert form.errors == {"reason": "Fill this in."}


@pytest.mark.parametrize("typed", ["é", "e\u0301", "0", "—", "✊", "👩\u200d🏭", "a\u200bb"])
def test_what_can_be_seen_is_kept(typed: str) -> None:
    assert not is_blank(typed) and plain("reason", typed, 100, needed=True) == typed


def test_what_need_not_be_filled_in_may_be_blank() -> None:
    form = Form({"remark": "\u200b"}, "en")
    form.text("remark", required=False)
    assert form.ok
