"""Write a letter of notices as an e-mail: plain text and the same as simple HTML, in the reader's language, with links to the books.

It says what the notices say and nothing more. Headers are set through the standard library, which refuses a line end in any of them.
"""

import uuid
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

import msgspec

from ledger.services.mailing import Letter
from reports.i18n import translate, translate_n
from reports.notice_words import sentences
from reports.present import clean

# Names what a digest is made of; from uuid.uuid4 once.
_DIGESTS = uuid.UUID("5b0f4a0e-2f0f-4c0c-9d55-0c3f8c3a4f9e")


class Sender(msgspec.Struct, frozen=True):
    """Who writes (``Name <address>`` or an address) and where the books are."""

    mail_from: str
    books: str

    @property
    def address(self) -> Address:
        """The sender, taken apart."""
        name, address = parseaddr(self.mail_from)
        return address_of(name, address)


def address_of(name: str, email: str) -> Address:
    """A name and an address as a header holds them; raises ``ValueError`` where that is no address."""
    try:
        address = Address(clean(name), addr_spec=email)
    except (MessageError, IndexError) as error:
        raise ValueError("not an e-mail address") from error
    if not address.domain or not address.username or any(sign.isspace() for sign in email):
        raise ValueError("not an e-mail address")
    return address


def write(letter: Letter, now: datetime, sender: Sender) -> EmailMessage:
    """The letter as it is sent; raises ``ValueError`` for an address that no e-mail can carry."""
    message = _envelope(sender, letter.name, letter.email, _subject(letter), now)
    message["Message-ID"] = f"<{_name(letter)}@{sender.address.domain}>"
    message["List-Unsubscribe"] = f"<{sender.books}/settings>"
    language, settings = letter.language, f"{sender.books}/settings#mail"
    said = [(*sentences(language, each.kind, each.subject, each.facts), sender.books + each.url) for each in letter.notices]
    why = translate(language, "You get this because you are one of the people of these books. When e-mail comes, you choose here:")
    message.set_content("\n\n".join("\n".join(filter(None, lines)) for lines in said) + f"\n\n--\n{why}\n{settings}\n")
    message.add_alternative(_html(language, said, why, settings), subtype="html")
    return message


def write_test(email: str, now: datetime, sender: Sender) -> EmailMessage:
    """A letter that only shows that mail works, in both languages."""
    texts = [translate(language, "E-mail from these books works: %(books)s", books=sender.books) for language in ("en", "fr")]
    message = _envelope(sender, "", email, texts[0], now)
    message["Message-ID"] = f"<test-{uuid.uuid4()}@{sender.address.domain}>"
    message.set_content("\n".join(texts) + "\n")
    return message


def _envelope(sender: Sender, name: str, email: str, subject: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender.address
    message["To"] = address_of(name, email)
    message["Subject"] = clean(subject)
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _subject(letter: Letter) -> str:
    """What happened; of several, the oldest and how many more there are."""
    first, more = letter.notices[0], len(letter.notices) - 1
    what, _ = sentences(letter.language, first.kind, first.subject, first.facts)
    if not more:
        return what
    return translate_n(letter.language, "%(what)s, and %(count)s more notice", "%(what)s, and %(count)s more notices", more, what=what)


def _name(letter: Letter) -> str:
    """The same for the same notices, so that one sent twice is known for what it is."""
    ids = [str(notice.id) for notice in letter.notices]
    return f"notice-{ids[0]}" if len(ids) == 1 else f"digest-{uuid.uuid5(_DIGESTS, ' '.join(ids))}"


def _html(language: str, said: list[tuple[str, str, str]], why: str, settings: str) -> str:
    items = "".join(f'<p><a href="{escape(link)}"><b>{escape(what)}</b></a><br>{escape(detail)}</p>' for what, detail, link in said)
    return (
        f'<!doctype html><html lang="{"fr-CA" if language == "fr" else "en-CA"}"><meta charset="utf-8"><title>{escape(said[0][0])}</title><body>'
        f'{items}<hr><p><small>{escape(why)} <a href="{escape(settings)}">{escape(settings)}</a></small></p></body></html>\n'
    )
