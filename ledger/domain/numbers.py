"""Read people's numbers, such as ``L-0003``, as they are typed into an address, a form or a command."""

from ledger.domain.refusals import NotFound

DIGITS_MAXIMUM = 9


def written(number: str, head: str, kind: str) -> str:
    """A number as it is kept, ``l-0003`` too; refuses as unknown what can be none of the kind."""
    found = number.strip().upper()
    before, _, digits = found.partition("-")
    if before != head or not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAXIMUM):
        raise NotFound(kind=kind, id="".join(c for c in number if c.isprintable())[:40])
    return found
