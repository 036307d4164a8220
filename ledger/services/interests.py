"""Let people declare an interest that keeps them from deciding, end it, and see who declared what about a matter. Nobody declares for another."""

from collections.abc import Collection
from uuid import UUID

import msgspec

from ledger.domain.actors import Actor, authorize
from ledger.domain.approvals import Interest
from ledger.domain.interests import READ_BY, SUBJECT_MAXIMUM, Declaration, DeclareInterest, SubjectKind, checked_reason
from ledger.domain.refusals import ChoiceInvalid, NotFound
from ledger.services.operation import Done, Work, perform
from ledger.services.pool import Pool
from ledger.storage import approvals as store
from ledger.storage.approvals import Subject
from ledger.storage.audit import ordered_id
from ledger.storage.database import Connection

PERMISSION = "declare_interest"
SUGGESTIONS_MAXIMUM = 500


class Declared(msgspec.Struct, frozen=True):
    """A declaration with what its subject is called."""

    declaration: Declaration
    label: str


async def own(pool: Pool, actor: Actor) -> list[Declared]:
    """Everything the actor declared, what is in force first."""
    authorize(actor, PERMISSION)
    async with pool.database.reading() as connection:
        return await _named(connection, await store.declared_by(connection, actor.person_id))


async def about(pool: Pool, actor: Actor, subjects: Collection[Interest]) -> list[Declared]:
    """Who declared an interest in any of these that is in force, for everybody who reads requests; to a campaign lead about what is theirs."""
    authorize(actor, "read_requests")
    async with pool.database.reading() as connection:
        return await _named(connection, await store.interests_in(connection, await _seen(connection, actor, subjects)))


async def _seen(connection: Connection, actor: Actor, subjects: Collection[Interest]) -> list[Interest]:
    if _lead(actor) is None:
        return list(subjects)
    kinds = [kind for kind in _kinds(actor) if kind != "payee"]
    own = {Interest(each.subject_kind, each.subject) for each in await store.subjects(connection, kinds, _lead(actor), SUGGESTIONS_MAXIMUM)}
    return [each for each in subjects if each.subject_kind == "payee" or each in own]


async def _named(connection: Connection, found: list[Declaration]) -> list[Declared]:
    labels = await store.labels(connection, {_subject(each) for each in found})
    return [Declared(each, labels.get(_subject(each), "")) for each in found]


def _subject(declaration: Declaration) -> Interest:
    return Interest(declaration.subject_kind, declaration.subject)


async def choices(pool: Pool, actor: Actor) -> list[Subject]:
    """What the actor may name, by name: what they may read."""
    authorize(actor, PERMISSION)
    async with pool.database.reading() as connection:
        return await store.subjects(connection, _kinds(actor), _lead(actor), SUGGESTIONS_MAXIMUM)


def _kinds(actor: Actor) -> list[str]:
    return [kind for kind, permission in READ_BY.items() if actor.can(permission)]


def _lead(actor: Actor) -> int | None:
    # Who only leads campaigns sees their own alone.
    return None if actor.can("read_books") else actor.person_id


async def declare(pool: Pool, actor: Actor, key: str, request: DeclareInterest) -> Declared:
    """Declare an interest of one's own, in force from now on. What was declared already stays as it was said."""

    async def work(w: Work) -> Done:
        reason, subject = checked_reason(request.reason), await _meant(w, request)
        mine = [each for each in await store.declared_by(w.connection, actor.person_id) if each.ended_at is None]
        declaration = next((each for each in mine if _subject(each) == Interest(subject.subject_kind, subject.subject)), None)
        declaration = declaration or await _added(w, subject, reason)
        return Done(Declared(declaration, subject.label), _audited(declaration), {"about": subject.subject_kind, "reason": declaration.reason})

    return msgspec.convert(await perform(pool, actor, "declare_interest", key, request, work, permission=PERMISSION), Declared)


async def _added(w: Work, subject: Subject, reason: str) -> Declaration:
    new = Declaration(
        id=ordered_id(), person_id=w.actor.person_id, person=w.actor.name, union=w.actor.union,
        subject_kind=msgspec.convert(subject.subject_kind, SubjectKind), subject=subject.subject, reason=reason, declared_at=w.now,
    )  # fmt: skip
    await store.add_interest(w.connection, new)
    return new


async def _meant(w: Work, request: DeclareInterest) -> Subject:
    kinds = [kind for kind in _kinds(w.actor) if request.subject_kind in (None, kind)]
    text = " ".join(request.subject.split())
    found = await store.find_subject(w.connection, kinds, _lead(w.actor), text) if 0 < len(text) <= SUBJECT_MAXIMUM else None
    if found is None:
        raise ChoiceInvalid(field="subject", value=text[:40])
    return found


async def end(pool: Pool, actor: Actor, key: str, interest_id: UUID) -> Declared:
    """End an interest of one's own; what was declared stays readable."""

    async def work(w: Work) -> Done:
        await store.end_interest(w.connection, interest_id, actor.person_id, w.now)
        mine = await _named(w.connection, await store.declared_by(w.connection, actor.person_id))
        ended = next((each for each in mine if each.declaration.id == interest_id), None)
        if ended is None:
            raise NotFound(kind="interest", id=str(interest_id))
        return Done(ended, _audited(ended.declaration))

    return msgspec.convert(await perform(pool, actor, "end_interest", key, {"interest": str(interest_id)}, work, permission=PERMISSION), Declared)


def _audited(declaration: Declaration) -> str:
    """The audit trail keeps it under the number it is about; an employer has none."""
    return declaration.subject if declaration.subject_kind != "employer" else ""
