"""Bind a pack for a meeting: the overview, then each fund on pages of its own, drawn once from one snapshot of the books."""

import asyncio
from collections.abc import Iterable

import msgspec

from ledger.domain.board_packs import AskedPack, Made
from ledger.services.pool import Pool
from ledger.storage.database import Connection
from reports.boards import overview
from reports.boards.overview import Selected
from reports.boards.scope import Asked, AskedFund
from reports.document import Document, KeyFigure, Label, Row, Say, Section, Table, Words, words
from reports.facts import Facts, name_of, read_facts
from reports.render_html import render_html
from reports.render_pdf import render_pdf

__all__ = ["TITLE", "Asked", "make", "select", "shape"]

TITLE = words("Board pack")


class Bound(msgspec.Struct, frozen=True):
    """The overview, and each of its funds."""

    overview: Selected
    funds: list[Selected]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Bound:
    """All of it in one snapshot; every fund is compared with the overview's day."""
    whole = await overview.select(connection, facts, asked)
    each = [
        await overview.select(connection, facts, AskedFund(asked.as_of, whole.scope.since, asked.into, facts.funds[fund_id].code))
        for fund_id in whole.positions.now
    ]  # fmt: skip
    return Bound(whole, each)


def shape(facts: Facts, asked: Asked, selected: Bound) -> Document:
    """The overview with a part for each fund, every part on new sheets."""
    made = overview.shape(facts, asked, selected.overview)
    parts = [section for fund in selected.funds for section in _part(facts, fund)]
    return msgspec.structs.replace(made, name="board-pack", title=TITLE, sections=(*made.sections, *parts))


def _part(facts: Facts, selected: Selected) -> list[Section]:
    """A fund's sections under its name; tables and charts are called after the fund, so that no two are called alike."""
    fund = selected.scope.fund
    assert fund is not None, "a part is of one fund"
    named = [_named(section, fund.code.lower(), name_of(fund)) for section in overview.sections(facts, selected)]
    return [msgspec.structs.replace(named[0], heading=name_of(fund), starts_page=True), *named[1:]]


def _named(section: Section, code: str, name: Label) -> Section:
    replace = msgspec.structs.replace
    return replace(
        section, tables=tuple(replace(each, name=f"{code}-{each.name}", caption=_of(name, each.caption)) for each in section.tables),
        charts=tuple(replace(each, name=f"{code}-{each.name}", table=f"{code}-{each.table}", caption=_of(name, each.caption)) for each in section.charts),
    )  # fmt: skip


def _of(name: Label, caption: Say) -> Words:
    return words("%(name)s: %(what)s", name=name, what=caption)


# --- to be kept -----------------------------------------------------------------------------------------------------------


async def make(pool: Pool, asked: AskedPack) -> Made:
    """The pack as it is kept. Its page leads nowhere: who opens it by a link may see the pack and nothing else of the books."""
    async with pool.database.reporting() as connection:
        facts = await read_facts(connection, pool.clock().replace(microsecond=0), pool.today())
        selected = await select(connection, facts, Asked(asked.as_of, asked.compare, asked.into))
    document = msgspec.structs.replace(shape(facts, Asked(asked.as_of, asked.compare, asked.into), selected), subtitle=(asked.title,))
    page = msgspec.structs.replace(unlinked(document), subtitle=())  # the page is titled already
    drawn = {language: await asyncio.to_thread(_drawn, document, page, language) for language in ("en", "fr")}
    return Made(
        compared_on=selected.overview.scope.since, head_number=facts.head.number, head_hash=facts.head.hash, pdf_en=drawn["en"][0],
        pdf_fr=drawn["fr"][0], html_en=drawn["en"][1], html_fr=drawn["fr"][1],
    )  # fmt: skip


def _drawn(document: Document, page: Document, language: str) -> tuple[bytes, str]:
    return render_pdf(document, language), render_html(page, language, heading=False)


def unlinked(document: Document) -> Document:
    """The document without a single address."""
    replace = msgspec.structs.replace
    sections = tuple(replace(section, tables=tuple(_plain(table) for table in section.tables)) for section in document.sections)
    return replace(document, sections=sections, key_figures=_plain_figures(document.key_figures))


def _plain(table: Table) -> Table:
    return msgspec.structs.replace(table, rows=tuple(_plain_row(row) for row in table.rows))


def _plain_row(row: Row) -> Row:
    return msgspec.structs.replace(row, link=None, cells=tuple(msgspec.structs.replace(cell, link=None) for cell in row.cells))


def _plain_figures(figures: Iterable[KeyFigure]) -> tuple[KeyFigure, ...]:
    return tuple(msgspec.structs.replace(each, link=None) for each in figures)

