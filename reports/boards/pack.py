"""Bind a pack for a meeting: the overview, then each fund on pages of its own, drawn once from one snapshot of the books."""

import asyncio
from collections.abc import Iterable

import msgspec

from ledger.domain.board_packs import AskedPack, Made
from ledger.services.pool import Pool
from ledger.services.progress import Come
from ledger.storage.database import Connection
from reports import charts
from reports.boards import overview
from reports.boards.overview import Selected
from reports.boards.scope import Asked, scope
from reports.document import Document, KeyFigure, Label, Row, Say, Section, Table, Words, words
from reports.facts import Facts, name_of, read_facts
from reports.i18n import LANGUAGES
from reports.render_html import render_html
from reports.render_pdf import render_pdf

__all__ = ["TITLE", "Asked", "make", "select", "shape"]

TITLE = words("Board pack")


class Bound(msgspec.Struct, frozen=True):
    """The overview, and each of its funds."""

    overview: Selected
    funds: list[Selected]


async def select(connection: Connection, facts: Facts, asked: Asked) -> Bound:
    """All of it read once, in one snapshot; every fund is compared with the overview's day."""
    settled = await scope(connection, facts, asked, facts.currencies)
    found = await overview.read(connection, facts, settled)
    whole = overview.narrow(facts, settled, found)
    return Bound(whole, [overview.narrow(facts, settled.of(facts.funds[fund_id]), found) for fund_id in whole.positions.now])


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


async def make(pool: Pool, asked: AskedPack, come: Come) -> Made:
    """The pack as it is kept. Its page leads nowhere: who opens it by a link may see the pack and nothing else of the books.

    Reading takes a moment and drawing seconds, so how far it has come is told by what is drawn: the charts one by one, then the pages made of them.
    """
    async with pool.database.reporting() as connection:
        facts = await read_facts(connection, pool.clock().replace(microsecond=0), pool.today())
        selected = await select(connection, facts, Asked(asked.as_of, asked.compare, asked.into))
    shaped = shape(facts, Asked(asked.as_of, asked.compare, asked.into), selected)
    document = msgspec.structs.replace(shaped, title=asked.title, subtitle=(TITLE,))
    page = msgspec.structs.replace(unlinked(document), subtitle=())  # the page is titled already
    pdfs, pages = {}, {}
    for place, language in enumerate(LANGUAGES):
        await _draw(document, language, place, come)
        pdfs[language] = await asyncio.to_thread(render_pdf, document, language)
        pages[language] = await asyncio.to_thread(render_html, page, language, heading=False)
    return Made(
        compared_on=selected.overview.scope.since, head_number=facts.head.number, head_hash=facts.head.hash, pdf_en=pdfs["en"],
        pdf_fr=pdfs["fr"], html_en=pages["en"], html_fr=pages["fr"],
    )  # fmt: skip


# While a chart is drawn, nothing else of this process runs: others are served in between, for so long each time.
BREATH_SECONDS = 0.01
TOLD_EVERY = 10


async def _draw(document: Document, language: str, place: int, come: Come) -> None:
    """The charts of one language, which the page and the paper then take as they are."""
    specs = charts.specs(document, language)
    for done, spec in enumerate(specs):
        if done % TOLD_EVERY == 0:
            await come(place * len(specs) + done, len(LANGUAGES) * len(specs))
        await asyncio.to_thread(charts.drawn, spec, language)
        await asyncio.sleep(BREATH_SECONDS)


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

