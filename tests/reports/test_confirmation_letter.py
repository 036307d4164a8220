"""The letter by which each union asks the other to confirm a balance says what that union's own books say (W19), in both languages, to sign by hand."""

import io

import pytest
import pytest_asyncio
from pypdf import PdfReader

from ledger.domain.actors import Actor
from ledger.services.pool import Pool
from reports.document import Document
from reports.registry import Query, build_report
from reports.render import render
from tests.services import requests_stage
from tests.services.extracts_stage import JANUARY, brought, contributed
from tests.services.requests_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(pool: Pool, ue: Actor, unifor: Actor) -> Stage:
    made = await requests_stage.set_stage(pool, ue, unifor)
    await contributed(made, 5_00, JANUARY)
    for union in ("ue", "unifor"):
        await brought(made, union, JANUARY)
    return made


async def letter(stage: Stage, book: str | None) -> Document:
    return await build_report(
        stage.pool, stage.who["ue treasurer"], "confirmation-letter", Query(as_of=JANUARY, first=JANUARY, last=JANUARY, book=book), "pdf"
    )


@pytest.mark.parametrize(("book", "says", "minor"), [("ue", "you owe us", 12_750_00), ("unifor", "we owe you", 12_141_00)])
async def test_each_asks_by_its_own_books(stage: Stage, book: str, says: str, minor: int) -> None:
    (section,) = (await letter(stage, book)).sections
    assert [(each.cells[0].value.message, each.cells[1].value, each.cells[1].currency) for each in section.tables[0].rows] == [(says, minor, "CAD")]  # type: ignore[union-attr]


async def test_without_a_union_s_book_both_letters_are_there(stage: Stage) -> None:
    assert [len(section.tables) for section in (await letter(stage, "joint")).sections] == [3, 3]


@pytest.mark.parametrize(("language", "parts"), [
    ("en", ["From UE to Unifor", "you owe us", "CAD 12,750.00", "We disagree, because:", "____"]),
    ("fr", ["D’UE à Unifor", "vous nous devez", "CAD 12 750,00", "Nous ne sommes pas d’accord, parce que", "____"]),
])  # fmt: skip
async def test_it_is_a_page_to_sign_in_either_language(stage: Stage, language: str, parts: list[str]) -> None:
    made = render(await letter(stage, "ue"), "pdf", language)
    assert made.filename == f"confirmation-letter-2026-01-31-{language}.pdf"
    text = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages).replace("\xa0", " ").split())
    assert not [part for part in parts if part not in text], text
    assert text.index("audit") < text.index(parts[1]), "what is asked comes first"
