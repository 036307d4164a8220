"""Who changes something, in which books and under which key: what an operation that writes hands to its service before all else."""

from typing import NamedTuple

from litestar.di import NamedDependency

from api.schemas import IdempotencyKey
from ledger.domain.actors import Actor
from ledger.services.pool import Pool


class By(NamedTuple):
    """The first three arguments of every service that writes: ``await service.approve(*by, number)``."""

    pool: Pool
    actor: Actor
    key: str


async def provide_by(pool: NamedDependency[Pool], actor: NamedDependency[Actor], key: IdempotencyKey) -> By:
    """``by: NamedDependency[By]`` of an operation; its documentation asks for the key."""
    return By(pool, actor, key)
