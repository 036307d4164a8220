"""Show where each account belongs on Form LM-2, and let a treasurer of the union that fills the form in change it as a new version."""

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

import msgspec

from ledger.domain import form_maps as rules
from ledger.domain.accounts import Account, Union
from ledger.domain.actors import Actor, authorize
from ledger.domain.chart import JOINT
from ledger.domain.form_maps import ChangeMap, FormMap, MapLine, Side
from ledger.domain.refusals import ChoiceInvalid, NotFound, OtherUnion
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import form_maps as store
from ledger.storage import rates, reference
from ledger.storage.database import Connection

READ, CHANGE = "read_reports", "manage_accounts"
# Whose unions fill in the form.
NATION = "US"
_TYPES = ("asset", "liability", "income", "expense")
# What no form asks for: money between funds and currencies, and what was given in kind.
_ROLES_LEFT_OUT = ("fx_trading", "interfund", "net_assets", "in_kind", "in_kind_given", "in_transit", "bank", "own_bank")


class Placed(msgspec.Struct, frozen=True):
    """An account, once for all its currencies, and its line of the map; None where there is none."""

    book: str
    path: str
    name_en: str
    name_fr: str
    line: MapLine | None


class Choice(msgspec.Struct, frozen=True):
    """What the next version may say of an account, or of everything below a path (``account`` is None).

    ``line`` is its own of the newest version, ``above`` the one that holds where it has none.
    """

    book: Side
    path: str
    account: Account | None
    line: MapLine | None
    above: MapLine | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a union's map, its accounts by it, and every version with who made it: (name, union), empty for what shipped.

    The next version is made from ``newest``, whose days may not have begun. ``held`` is the one that holds today.
    """

    union: Union
    map: FormMap
    held: FormMap
    newest: FormMap
    accounts: list[Placed]
    choices: list[Choice]
    versions: list[tuple[FormMap, tuple[str, str | None]]]


@cache
def shipped() -> FormMap:
    """The suggestion that ships (``ledger/data/lm2_map.toml``)."""
    data = tomllib.loads(files("ledger").joinpath("data", "lm2_map.toml").read_text())
    lines = tuple(MapLine(**line) for line in data.pop("line"))
    return FormMap(union="", version=0, lines=lines, changed_by=0, changed_at=datetime(2000, 1, 1, tzinfo=UTC), **data)


async def filers(connection: Connection) -> list[Union]:
    """The unions that fill in the form."""
    return [union for union in await reference.unions(connection) if union.nation == NATION]


async def holding(connection: Connection, union: str, day: date) -> FormMap:
    """The version of a union's map that holds on a day: the suggestion, until the union made one of its own."""
    return rules.on_day([shipped(), *await store.of_union(connection, union)], day) or shipped()


async def accounts_of(connection: Connection, union: str) -> list[Account]:
    """The accounts of the joint funds and of a union's own book that a form could ask for."""
    found = [*await reference.accounts(connection, JOINT), *await reference.accounts(connection, union)]
    return [each for each in found if each.type in _TYPES and each.role not in _ROLES_LEFT_OUT]


async def overview(pool: Pool, actor: Actor, version: int | None = None, as_of: date | None = None) -> View:
    """The map of the actor's own union, or of the first that fills in the form: a version, that of a day, or today's."""
    authorize(actor, READ)
    if version is not None and as_of is not None:
        raise ChoiceInvalid(field="version", value=str(version)[:10])
    async with pool.database.reading() as connection:
        unions = await filers(connection)
        if not unions:
            raise NotFound(kind="page", id="lm2-map")
        union = next((each for each in unions if each.code == actor.union), unions[0])
        versions = [shipped(), *await store.of_union(connection, union.code)]
        names = await rates.names_of(connection, [each.changed_by for each in versions])
        held = rules.on_day(versions, pool.today()) or shipped()
        shown = _version(versions, version) if version is not None else rules.on_day(versions, as_of or pool.today()) or shipped()
        accounts = await accounts_of(connection, union.code)
    told = [(each, names.get(each.changed_by, ("", None))) for each in reversed(versions)]
    choices = _choices(versions[-1].lines, accounts)
    return View(union=union, map=shown, held=held, newest=versions[-1], accounts=_placed(shown, accounts), choices=choices, versions=told)


def _version(versions: Sequence[FormMap], version: int) -> FormMap:
    found = next((each for each in versions if each.version == version), None)
    if found is None:
        raise NotFound(kind="form_map", id=str(version)[:10])
    return found


def _placed(held: FormMap, accounts: list[Account]) -> list[Placed]:
    """Each account once, whatever its currencies."""
    once = {(each.book, each.path): each for each in accounts}
    return [Placed(each.book, each.path, each.name_en, each.name_fr, rules.place_of(held.lines, each)) for each in once.values()]


def _choices(lines: Sequence[MapLine], accounts: list[Account]) -> list[Choice]:
    """Every account and every line, each once; what stands above others comes before them."""
    known = {(rules.side_of(each), each.path): each for each in accounts}
    places = sorted({*known, *((each.book, each.path) for each in lines)})
    return [
        Choice(book, path, known.get((book, path)), rules.line_at(lines, book, path), rules.line_above(lines, book, path)) for book, path in places
    ]  # fmt: skip


async def change_map(pool: Pool, actor: Actor, key: str, request: ChangeMap) -> FormMap:
    """Make the next version of one's own union's map; refuses a union that does not fill in the form."""

    async def work(w: Work) -> Done:
        unions = await filers(w.connection)
        if actor.union not in [each.code for each in unions]:
            raise OtherUnion(union=unions[0].code if unions else "", account="")
        kept = await store.of_union(w.connection, actor.union or "")
        new = rules.changed(request, [shipped(), *kept][-1], actor, actor.union or "", w.now)
        await store.add(w.connection, new)
        return Done(new, f"lm2-map/{new.union}/{new.version}", {"form": new.form, "valid_from": new.valid_from.isoformat(), "lines": len(new.lines)})

    return msgspec.convert(await perform(pool, actor, "change_form_map", key, request, work, permission=CHANGE), FormMap)
