"""Hold back counts that would tell of single members from whoever may not read the roster they are of (domain.md 1.7 c)."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from ledger.domain.actors import Actor

SMALL_CELL = 5
Cell = TypeVar("Cell", bound=Hashable)


def sees_all(actor: Actor, union: str) -> bool:
    """Whether somebody is told every count of a union's strikes: who keeps its rosters, and who approves what is paid by them."""
    return actor.union == union and (actor.can("read_roster") or actor.can("approve_run"))


def told(members: int) -> int | None:
    """A number that stands by itself; None where it is small."""
    return None if 0 < members < SMALL_CELL else members


def held_back(cells: Mapping[Cell, int]) -> set[Cell]:
    """The cells that are not told, whoever knows what all of them come to.

    Small ones, and with them the smallest that is not: what is left of the total is then at least one large number and several unknown ones,
    and tells of none. Two small ones alone would not do: of a rest of two, each is one.
    """
    hidden = {cell for cell, members in cells.items() if 0 < members < SMALL_CELL}
    large = [cell for cell, members in cells.items() if members >= SMALL_CELL]
    if hidden and large:
        hidden.add(min(large, key=lambda cell: cells[cell]))
    return hidden
