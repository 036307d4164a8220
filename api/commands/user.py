"""Look after people from a terminal: for the operator of the service, who can reach the database anyway."""

from datetime import date
from uuid import UUID

import rich_click as click

from api.commands import CommandFailed
from api.commands.run import DAY, OPERATOR, new_key, on_books
from api.settings import load_settings
from ledger.domain.actors import PERMISSIONS, ROLES, Actor
from ledger.domain.refusals import NotFound
from ledger.services import people, sign_in
from ledger.services.operation import note
from ledger.services.pool import Pool
from ledger.storage import audit
from ledger.storage import people as store
from ledger.storage.people import Person


@click.group()
def user() -> None:
    """Add people, list them, give and end roles, make a new password link."""


def _address(path: str, secret: str) -> str:
    return f"{load_settings().address}{path}?link={secret}"


async def _person(pool: Pool, email: str) -> Person:
    async with pool.database.reading() as connection:
        found = await store.by_email(connection, email, pool.today())
    if found is None:
        raise NotFound(kind="person", id=email)
    return found


def _administrator(union: str | None) -> Actor:
    """The operator standing in for a union's administrator; the audit trail says that it was a command."""
    return Actor(OPERATOR.person_id, OPERATOR.name, union, frozenset({"admin"}), "command")


@user.command("list")
def list_command() -> None:
    """Everybody, with today's roles."""

    async def work(pool: Pool) -> None:
        for person in await people.list_people(pool, OPERATOR):
            state = "shut out" if person.disabled else "no password yet" if not person.has_password else "can sign in"
            click.echo(f"{person.union or '-':8} {person.name:32} {person.email:40} {', '.join(person.roles) or '-':24} {state}")

    on_books(work)


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--union", required=True, help="Code of the union, such as ue.")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="The first role.")
@click.option("--until", type=DAY, help="Last day of the term, ISO; the end of the third year where left out.")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True, help="For pages and messages.")
def add_command(email: str, name: str, union: str, role: str, until: date | None, language: str) -> None:
    """Add a person; prints the one-time link with which they choose a password."""

    async def work(pool: Pool) -> None:
        starts_on, ends_on = sign_in.term_of(pool.today())
        new = people.NewPerson(
            name=name, email=email, union=union, role=role, starts_on=starts_on, ends_on=until or ends_on, language=language
        )
        added = await people.add_person(pool, _administrator(union), new_key(), new)
        click.echo(_address("/set-password", added.link_secret))

    on_books(work)


@user.command("link")
@click.argument("email")
def link_command(email: str) -> None:
    """A new one-time link for a person who lost their password."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        click.echo(_address("/set-password", await people.invite(pool, _administrator(person.union), new_key(), person.id)))

    on_books(work)


@user.command("grant")
@click.argument("email")
@click.argument("role", type=click.Choice(list(ROLES)))
@click.option("--until", type=DAY, required=True, help="Last day of the term, ISO.")
def grant_command(email: str, role: str, until: date) -> None:
    """Give a role from today until a day."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        await people.grant_role(pool, _administrator(person.union), new_key(), person.id, role, pool.today(), until)
        click.echo(f"{person.name}: {role} until {until}")

    on_books(work)


@user.command("revoke")
@click.argument("email")
@click.argument("role", type=click.Choice(list(ROLES)))
def revoke_command(email: str, role: str) -> None:
    """End a role at once, with every session."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        grants = [grant for grant in (await people.show_person(pool, OPERATOR, person.id)).grants if grant.role == role and not grant.revoked_at]
        if not grants:
            raise CommandFailed(f"{person.name} has no role {role}; ./solidarity user list shows who has which")
        for grant in grants:
            await people.revoke_role(pool, _administrator(person.union), new_key(), person.id, grant.id)
        click.echo(f"{person.name}: no longer {role}")

    on_books(work)


@user.command("codes-off")
@click.argument("email")
def codes_off_command(email: str) -> None:
    """Stop asking a person who lost their phone for one-time codes; every session of theirs ends."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        await people.clear_codes(pool, _administrator(person.union), new_key(), person.id)
        click.echo(f"{person.name}: no code is asked until they set up a new one under My settings")

    on_books(work)


@user.command("disable")
@click.argument("email")
@click.option("--again", is_flag=True, help="Let the person in again instead.")
def disable_command(email: str, again: bool) -> None:
    """Shut a person out at once, with every session."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        await people.disable(pool, _administrator(person.union), new_key(), person.id, not again)
        click.echo(f"{person.name}: {'can sign in' if again else 'shut out'}")

    on_books(work)


@click.group()
def token() -> None:
    """Make, list and revoke API tokens for a person."""


@token.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
@click.option("--may", "permissions", multiple=True, required=True, type=click.Choice(list(PERMISSIONS)), metavar="PERMISSION",
              help=f"What it may be used for; may be repeated: {', '.join(PERMISSIONS)}.")
@click.option("--days", type=click.IntRange(1, people.TOKEN_DAYS_MAXIMUM), default=90, show_default=True, help="How long it lives.")
def create_token(email: str, name: str, permissions: tuple[str, ...], days: int) -> None:
    """Make a token that may do at most what the person may; printed once."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        _, secret = await people.add_token(pool, sign_in.actor_of(person, "command"), name, list(permissions), days)
        click.echo(secret)

    on_books(work)


@token.command("list")
@click.argument("email")
def list_tokens(email: str) -> None:
    """A person's tokens, without their secrets."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        _, tokens, _ = await people.own(pool, sign_in.actor_of(person, "command"))
        for each in tokens:
            state = "revoked" if each.revoked_at else f"until {each.expires_at:%Y-%m-%d}"
            click.echo(f"{each.id} {each.name:30} …{each.hint} {state} {', '.join(each.permissions)}")
        await note(pool, [audit.event(OPERATOR, "list_tokens", subject=f"person {person.id}")])

    on_books(work)


@token.command("revoke")
@click.argument("email")
@click.argument("token_id", type=click.UUID)
def revoke_token(email: str, token_id: UUID) -> None:
    """Revoke a token by its id, as `token list` shows it; a running server may take it for five seconds more."""

    async def work(pool: Pool) -> None:
        person = await _person(pool, email)
        await people.revoke_token(pool, sign_in.actor_of(person, "command"), token_id)
        click.echo(f"{person.name}: token {token_id} is revoked")

    on_books(work)


COMMANDS = [user, token]
