"""Make an audit pack: one ZIP with everything that trustees and auditors read, from one snapshot, that proves itself offline.

``contents`` writes its parts, ``records`` lists which columns of which tables are in it (and so what is not), ``writer`` hashes each file as it goes to
disk, and ``ledger.domain.audit_pack_check`` proves what comes out.
"""

import time
from pathlib import Path
from typing import IO

from ledger import VERSION
from ledger.domain.actors import Actor, authorize
from ledger.domain.audit_packs import PACK_FORMAT, PACK_VERSION, READMES, Manifest, PackHead, Period
from ledger.services.audit_packs import MAKE, MEGABYTE, TOLD_SECONDS, MadePack
from ledger.services.pool import Pool
from ledger.services.progress import Come
from reports import formats
from reports.audit_pack.contents import Making, parts
from reports.audit_pack.writer import PackWriter
from reports.document import words
from reports.facts import Facts, read_facts

_TEXTS = Path(__file__).parent / "texts"
_README = dict(zip(READMES, (words("How to verify this pack, in English."), words("How to verify this pack, in French.")), strict=True))


async def make_pack(pool: Pool, actor: Actor, period: Period, target: IO[bytes], come: Come) -> MadePack:
    """Write the pack of a period to ``target``; ``come`` is told how many parts are done. Memory stays small however long the journal is."""
    authorize(actor, MAKE)
    todo = parts(period)
    growing = _Growing(come, len(todo), target)
    async with pool.database.reporting() as connection:
        # One snapshot for longer than a page may take; nothing is locked by it.
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        facts = await read_facts(connection, pool.clock().replace(microsecond=0), pool.today())
        out = PackWriter(target, facts.generated_at, growing.alive)
        making = Making(connection, facts, period, out)
        for done, part in enumerate(todo, 1):
            await part(making)
            await growing.come(done)
    await _readme(actor, period, facts, out)
    manifest_sha256 = out.close(_manifest(actor, period, facts, out))
    return MadePack(facts.head.number, facts.head.hash.hex(), len(out.files), manifest_sha256)


class _Growing:
    """Says how far it is: how many parts are written, and how much that is, which grows within a long one too."""

    def __init__(self, come: Come, total: int, target: IO[bytes]) -> None:
        self._come, self._total, self._target, self._done, self._told = come, total, target, 0, 0.0

    async def come(self, done: int) -> None:
        self._done = done
        await self.alive()

    async def alive(self) -> None:
        if time.monotonic() - self._told >= TOLD_SECONDS:
            self._told = time.monotonic()
            await self._come(self._done, self._total, step="writing", megabytes=-(-self._target.tell() // MEGABYTE))


def _manifest(actor: Actor, period: Period, facts: Facts, out: PackWriter) -> Manifest:
    return Manifest(
        format=PACK_FORMAT, version=PACK_VERSION, software=f"solidarity-ledger {VERSION}", sample=facts.sample, made_at=facts.generated_at,
        made_by=actor.name, period=period, head=PackHead(facts.head.number, facts.head.hash.hex()), files=out.files, left_out=out.left_out,
    )  # fmt: skip


async def _readme(actor: Actor, period: Period, facts: Facts, out: PackWriter) -> None:
    missing = ", ".join(each.what for each in out.left_out)
    said = {
        "version": PACK_VERSION, "first": period.first, "last": period.last,
        "made_by": actor.name, "head_number": facts.head.number, "head_hash": facts.head.hash.hex(),
        "sample_en": "SAMPLE: invented figures, nothing here is real.\n" if facts.sample else "",
        "sample_fr": "EXEMPLE\u00a0: chiffres inventés, rien ici n’est réel.\n" if facts.sample else "",
        "left_out_en": f"- Could not be made (MANIFEST.json says why): {missing}.\n" if missing else "",
        "left_out_fr": f"- N’ont pu être établis (MANIFEST.json dit pourquoi)\u00a0: {missing}.\n" if missing else "",
    }  # fmt: skip
    for (name, what), language in zip(_README.items(), ("en", "fr"), strict=True):
        text = (_TEXTS / name).read_text(encoding="utf-8").format(made_at=formats.moment(language, facts.generated_at), **said)
        await out.write(name, what, text.encode())
