"""The three presentations of restricted money, and their words."""

from typing import Literal, get_args

import msgspec

from ledger.domain.refusals import ChoiceInvalid
from reports.document import Words, words
from reports.statements.pots import OF_RESTRICTION, RESTRICTED, UNRESTRICTED, UNRESTRICTED_BUT_BOARDS, WHOLE, Cut

Method = Literal["deferral", "restricted_fund", "asc958"]
METHODS: tuple[Method, ...] = get_args(Method)
# How the funds' own facts are kept, and so what is shown where nobody chose.
USUAL: Method = "restricted_fund"


class Way(msgspec.Struct, frozen=True):
    """A presentation: its name, what it does, its columns by name, and what it calls restricted money that was spent."""

    title: Words
    basis: Words
    columns: tuple[tuple[str, Words, Cut], ...]
    released: Words


WAYS: dict[Method, Way] = {
    "deferral": Way(
        words("Deferral method"),
        words("Deferral method (ASNPO 4410): restricted contributions become revenue as they are spent on what they were given for."),
        (("amount", words("Amount"), UNRESTRICTED),),
        words("Restricted contributions recognised as they were spent"),
    ),
    "restricted_fund": Way(
        words("Restricted fund method"),
        words("Restricted fund method (ASNPO 4410): contributions are revenue of their fund when they are received."),
        (
            ("unrestricted", words("Unrestricted"), OF_RESTRICTION["none"]), ("board", words("Set aside by the boards"), OF_RESTRICTION["board"]),
            ("donor", words("Restricted by donors"), OF_RESTRICTION["donor"]), ("total", words("Total"), WHOLE),
        ),
        words("Released"),
    ),
    "asc958": Way(
        words("ASC 958"),
        words("ASC 958: net assets without and with donor restrictions; restricted ones are released as they are spent."),
        (
            ("without", words("Without donor restrictions"), UNRESTRICTED), ("with", words("With donor restrictions"), RESTRICTED),
            ("total", words("Total"), WHOLE),
        ),
        words("Net assets released from restrictions"),
    ),
}  # fmt: skip


def methods_of(asked: str | None) -> tuple[Method, ...]:
    """The presentations that were asked for by name, the word ``all`` for every one; refuses a name there is not."""
    if asked == "all":
        return METHODS
    found = tuple(method for method in METHODS if method == (asked or USUAL))
    if not found:
        raise ChoiceInvalid(field="method", value=(asked or "")[:40])
    return found


def net_assets_of(method: Method) -> list[tuple[Words, Cut]]:
    """The lines of net assets in a statement of financial position."""
    board = OF_RESTRICTION["board"]
    if method == "deferral":
        return [(words("Unrestricted"), UNRESTRICTED_BUT_BOARDS), (words("Set aside by the boards"), board)]
    if method == "restricted_fund":
        return [(heading, cut) for name, heading, cut in WAYS[method].columns if name != "total"]
    return [
        (words("Without donor restrictions"), UNRESTRICTED_BUT_BOARDS), (words("Without donor restrictions, set aside by the boards"), board),
        (words("With donor restrictions"), RESTRICTED),
    ]  # fmt: skip
