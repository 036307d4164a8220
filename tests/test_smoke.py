"""Check that fresh books come up with the shipped chart."""

from ledger.services.pool import Pool
from ledger.storage import reference


async def test_fresh_books_have_the_shipped_chart(pool: Pool) -> None:
    async with pool.database.reading() as connection:
        assert [union.code for union in await reference.unions(connection)] == ["ue", "unifor"]
        assert len(await reference.funds(connection)) == 8
