"""Say what a board's pack is, and for how long a link to it may hold.

A pack is kept as it was made: later entries change the books and not what a board was shown. Its link shows the pack and nothing else of the books.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from ledger.domain.days import check_come
from ledger.domain.numbers import written
from ledger.domain.pledges import plain
from ledger.domain.posting_rules import EARLIEST_DATE
from ledger.domain.refusals import ChoiceInvalid, CurrencyUnknown, DateInvalid

READ, SHARE = "read_reports", "share_board_packs"
TITLE_MAXIMUM, LABEL_MAXIMUM = 120, 80
DAYS_MINIMUM, DAYS_USUAL, DAYS_MAXIMUM = 1, 30, 180


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack without its content: of which day, compared with which, all in which currency, and the head it was read at."""

    number: str
    title: str
    as_of: date
    compared_on: date
    currency: str
    head_number: int
    head_hash: bytes
    pdf_en_sha256: bytes
    pdf_fr_sha256: bytes
    made_by: str
    union: str | None
    made_at: datetime


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack is made of, drawn from one snapshot of the books."""

    compared_on: date
    head_number: int
    head_hash: bytes
    pdf_en: bytes
    pdf_fr: bytes
    html_en: str
    html_fr: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a pack: whom it is for, until when it holds, and how often it was opened. Its secret is kept nowhere."""

    id: UUID
    pack: str
    label: str
    union: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    opened: int
    last_opened_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it still opens the pack."""
        return self.ended_at is None and now < self.expires_at


class AskedPack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pack that is wanted. Without ``compare``, it is compared with the last reconciliation report's last day."""

    title: str
    as_of: date
    compare: date | None = None
    into: str


def written_pack(number: str) -> str:
    """A pack's number as it is kept; refuses what can be none."""
    return written(number, "BP", "board_pack")


def check_asked(asked: AskedPack, today: date, currencies: Collection[str]) -> None:
    """Refuses a day that has not come or lies before any books, and a currency that these books do not have."""
    check_days(asked.as_of, asked.compare, today)
    if asked.into not in currencies:
        raise CurrencyUnknown(currency=asked.into[:10])


def check_days(as_of: date, compare: date | None, today: date) -> None:
    """Refuses a day to look at that has not come or lies before any books, and one to compare it with that does not come before it."""
    for field, day in (("as_of", as_of), ("compare", compare)):
        check_come(field, day, today)
        if day is not None and day < EARLIEST_DATE:
            raise DateInvalid(field=field, text=day.isoformat())
    if compare is not None and compare >= as_of:
        raise DateInvalid(field="compare", text=compare.isoformat(), reason="compare", last=as_of.isoformat())


def check_title(title: str) -> str:
    """A title, without what no page can hold."""
    return plain("title", title, TITLE_MAXIMUM, needed=True)


def check_link(label: str, days: int, now: datetime) -> tuple[str, datetime]:
    """Whom a link is for, and when it ends."""
    if not DAYS_MINIMUM <= days <= DAYS_MAXIMUM:
        raise ChoiceInvalid(field="days", value=str(days)[:20])
    return plain("label", label, LABEL_MAXIMUM, needed=True), now + timedelta(days=days)
