"""Write an audit pack file by file: each is hashed as it goes to disk, and the lists of all come last."""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

import msgspec

from ledger.domain.audit_packs import MANIFEST, PACK_MAXIMUM_BYTES, SUMS, LeftOut, Listed, Manifest, sums_line
from ledger.domain.refusals import AuditPackTooLarge
from reports.document import Words
from reports.present import say

# Small pieces are gathered, so that packing is not begun for each line.
_GATHERED = 1 << 16
# The first day that a ZIP can name.
_EARLIEST = 1980


class PackWriter:
    """A pack being written to ``target``; ``alive`` is called as it grows, so that whoever waits sees that it does."""

    def __init__(self, target: IO[bytes], made_at: datetime, alive: Callable[[], Awaitable[None]]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._target, self._alive = target, alive
        at = made_at.astimezone(UTC)
        self._date = (max(at.year, _EARLIEST), at.month, at.day, at.hour, at.minute, at.second)
        self.files: list[Listed] = []
        self.left_out: list[LeftOut] = []

    async def write(self, path: str, what: Words, content: bytes, *, packed: bool = True) -> None:
        """A file whose bytes are at hand. What may be a picture is kept as it is: packing gains nothing there."""
        with self._file(path, what, packed) as put:
            await put(content)
        await self._alive()

    async def stream(self, path: str, what: Words, pieces: AsyncIterator[str]) -> None:
        """A file whose text comes in pieces."""
        gathered: list[str] = []
        size = 0
        with self._file(path, what, packed=True) as put:
            async for piece in pieces:
                gathered.append(piece)
                size += len(piece)
                if size >= _GATHERED:
                    await put("".join(gathered).encode())
                    gathered, size = [], 0
                    await self._alive()
            await put("".join(gathered).encode())
        await self._alive()

    def leave_out(self, what: str, why: str) -> None:
        """Say that something could not be made, and why."""
        self.left_out.append(LeftOut(what, why))

    def close(self, manifest: Manifest) -> str:
        """Write the lists of what is in it; the SHA-256 of the manifest."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
        sha256 = hashlib.sha256(content).hexdigest()
        sums = sums_line(MANIFEST, sha256) + "".join(sums_line(each.path, each.sha256) for each in manifest.files)
        self._put(MANIFEST, content)
        self._put(SUMS, sums.encode())
        self._zip.close()
        return sha256

    def _put(self, path: str, content: bytes) -> None:
        with self._zip.open(self._info(path, packed=True), "w") as target:
            target.write(content)

    def _info(self, path: str, packed: bool) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(path, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.create_system, info.external_attr = 3, 0o100644 << 16
        return info

    @contextmanager
    def _file(self, path: str, what: Words, packed: bool) -> Iterator[Callable[[bytes], Awaitable[None]]]:
        sha256, size = hashlib.sha256(), 0
        with self._zip.open(self._info(path, packed), "w", force_zip64=True) as target:

            def pack(content: bytes) -> None:
                sha256.update(content)
                target.write(content)

            async def put(content: bytes) -> None:
                nonlocal size
                size += len(content)
                # Beside the event loop: packing would hold up every page.
                await asyncio.to_thread(pack, content)
                if self._target.tell() > PACK_MAXIMUM_BYTES:
                    raise AuditPackTooLarge(limit_bytes=PACK_MAXIMUM_BYTES)

            yield put
        self.files.append(Listed(path, size, sha256.hexdigest(), say("en", what), say("fr", what)))
