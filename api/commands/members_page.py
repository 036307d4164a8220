"""Make the members' page from a terminal: versions proposed, approved and taken back, and the switch, each as the person whose token is set."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import rich_click as click

from api.commands import CommandFailed
from api.commands.run import KEY, OPERATOR, as_person, on_books
from ledger.domain.actors import Actor
from ledger.domain.member_pages import Figures, MemberPage, Sum
from ledger.domain.money import text_from_minor
from ledger.services import member_pages as service
from ledger.services.pool import Pool


@click.group("members-page")
def members_page() -> None:
    """Make and approve versions of the members' page, take one back, and switch the page on or off for your union.

    Steps are taken as a person: SOLIDARITY_TOKEN holds an API token of an officer's (`./solidarity token create`), and what they may not do is refused.
    """


@members_page.command("list")
def list_command() -> None:
    """Every version, the latest first: quarter, version, state, since when, approved by, SHA-256; then each union's switch."""

    async def work(pool: Pool) -> None:
        found = await service.overview(pool, OPERATOR)
        for page in found.pages:
            click.echo(_line(page))
        for each in found.switches:
            said = f"by {each.by} at {each.at:%Y-%m-%d %H:%M}" if each.at else "nobody said anything"
            click.echo(f"switch {each.union:8} {'on' if each.is_on else 'off':3} {said}")
        click.echo(f"page   {'on' if found.is_on else 'off'}")

    on_books(work)


def _line(page: MemberPage) -> str:
    approved = ",".join(page.approved) or "-"
    return f"{page.quarter} v{page.version:<3} {page.state:10} {page.state_since:%Y-%m-%d} {approved:10} {page.facts_sha256.hex()}"


@members_page.command("show")
@click.argument("quarter")
@click.argument("version", type=click.IntRange(1))
def show_command(quarter: str, version: int) -> None:
    """All that a version tells, a figure a line; `not told` where it would tell of fewer than five members."""

    async def work(pool: Pool) -> None:
        page = await service.show_page(pool, OPERATOR, quarter, version)
        click.echo(_line(page))
        _echo_figures(page.frozen.figures)
        for text in (page.frozen.text_en, page.frozen.text_fr):
            if text:
                click.echo(text)

    on_books(work)


def _echo_figures(figures: Figures) -> None:
    for name in ("received", "benefits", "advances", "approved", "spent", "purposes"):
        for each in getattr(figures, name):
            click.echo(f"{name:9} {each.of:16} {_told(each)}")
    for name in ("strikes", "members"):
        count = getattr(figures, name)
        click.echo(f"{name:9} {'not told' if count is None else count}")
    for hours in figures.lent:
        click.echo(f"{'lent':9} {hours.of:16} {hours.hours} hours")


def _told(of: Sum) -> str:
    return f"{of.currency} {'not told' if of.amount_minor is None else text_from_minor(of.amount_minor, of.currency)}"


_TEXT = click.Path(exists=True, dir_okay=False, path_type=Path)


@members_page.command("preview")
@click.argument("quarter")
def preview_command(quarter: str) -> None:
    """What a version of a quarter such as 2026-Q3 would tell, as the books are now."""

    async def work(pool: Pool, actor: Actor) -> None:
        _echo_figures(await service.preview(pool, actor, quarter))

    as_person(work)


@members_page.command("propose")
@click.argument("quarter")
@click.option("--english", type=_TEXT, help="A file with the paragraph in plain words; with --french, or neither.")
@click.option("--french", type=_TEXT, help="The same in French.")
@KEY
def propose_command(quarter: str, english: Path | None, french: Path | None, key: str) -> None:
    """Freeze a quarter's figures for an officer of each union to approve; a version of the quarter that waits is replaced."""
    texts = [_text(each) for each in (english, french)]
    _step(lambda pool, actor: service.propose(pool, actor, key, quarter, *texts))


def _text(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except UnicodeDecodeError:
        raise CommandFailed(f"{path} is not text in UTF-8") from None


@members_page.command("approve")
@click.argument("quarter")
@click.argument("version", type=click.IntRange(1))
@KEY
def approve_command(quarter: str, version: int, key: str) -> None:
    """Approve a version for your union; once both have, it takes the place of the one that was shown."""
    _step(lambda pool, actor: service.approve(pool, actor, key, quarter, version))


@members_page.command("take-back")
@click.argument("quarter")
@click.argument("version", type=click.IntRange(1))
@KEY
def take_back_command(quarter: str, version: int, key: str) -> None:
    """Take a version back at once; either union does."""
    _step(lambda pool, actor: service.take_back(pool, actor, key, quarter, version))


def _step(step: Callable[[Pool, Actor], Awaitable[MemberPage]]) -> None:
    click.echo(_line(as_person(step)))


@members_page.command("switch")
@click.argument("word", type=click.Choice(["on", "off"]))
@KEY
def switch_command(word: str, key: str) -> None:
    """Say for your union whether the page may be seen: it takes both to show it, and either hides it at once."""
    found = as_person(lambda pool, actor: service.switch(pool, actor, key, word == "on"))
    said = {each.union: each.is_on for each in found.switches} | {"page": found.is_on}
    click.echo(" ".join(f"{name}:{'on' if is_on else 'off'}" for name, is_on in said.items()))


COMMANDS = [members_page]
