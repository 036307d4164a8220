"""Names what waits for one person: one row of the first page, with enough to act from it.

A kind is a stable word (`confirm_receipt`, `confirm_rate`, `confirm_fund`, ...); pages turn it into a sentence in the reader's
language, so nothing here holds text to be read. Areas collect their own rows in `waiting(connection, actor, today)`.
"""

import datetime as dt

import msgspec


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that needs the reader: `amount_minor` in minor units of `currency` (None when it has no amount).

    `subject` is the number people use (`T-0042`), `url` where to act, `union` the code of the union that owns the matter or made the
    proposal, `since` the day it began to wait, `late` whether that is longer than a rule allows, `facts` plain values for the sentence
    (names, days, numbers, bilingual text as two keys).
    """

    kind: str
    subject: str
    url: str
    union: str
    since: dt.date
    amount_minor: int | None = None
    currency: str | None = None
    late: bool = False
    facts: dict[str, str | int | None] = msgspec.field(default_factory=dict)

    def days(self, today: dt.date) -> int:
        """Whole days it has waited, never negative."""
        return max((today - self.since).days, 0)


def oldest_first(rows: list[Waiting]) -> list[Waiting]:
    """Order by the day each began to wait, then by its number, so two readers see the same queue."""
    return sorted(rows, key=lambda row: (row.since, row.subject))
