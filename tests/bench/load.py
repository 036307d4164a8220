"""Send many POSTs over a few connections, with as little client as possible, so that the server is what is measured."""

import asyncio
import time
from collections.abc import Iterator


def request(path: str, token: str, key: str, body: bytes) -> bytes:
    """One HTTP/1.1 request, whole."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _one(port: int, requests: Iterator[bytes], failed: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    for each in requests:
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        body = await reader.readexactly(length)
        if b" 20" not in head[:13]:
            failed.append(body[:300])
    writer.close()


async def send(port: int, requests: list[bytes], connections: int) -> float:
    """Requests a second over so many connections. Raises when one was not answered with a 2xx."""
    failed: list[bytes] = []
    waiting = iter(requests)
    started = time.perf_counter()
    await asyncio.gather(*(_one(port, waiting, failed) for _ in range(connections)))
    seconds = time.perf_counter() - started
    if failed:
        raise RuntimeError(f"{len(failed)} refused, the first: {failed[0]!r}")
    return len(requests) / seconds
