"""Sends the bodies of a file at a fixed rate, each at its own moment, and says how long each answer took.

`python -m benchmarks.send_events PORT FILE RATE SECRET`. A wait counts from the moment at which the event was due, so
that a receiver that is behind does not slow its own examination.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from harvester.sandbox import sign_event

_CONNECTIONS = 16


async def _send(port: int, bodies: list[bytes], rate: float, secret: str) -> tuple[list[float], int]:
    requests = [_request(port, body, secret) for body in bodies]
    waits: list[float] = []
    acknowledged = 0
    numbers = iter(range(len(requests)))
    began = asyncio.get_running_loop().time() + 0.5

    async def carry() -> None:
        nonlocal acknowledged
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            writer.write(requests[number])
            head = await reader.readuntil(b"\r\n\r\n")
            waits.append(asyncio.get_running_loop().time() - due)
            acknowledged += head.startswith(b"HTTP/1.1 204")

    await asyncio.gather(*(carry() for _ in range(_CONNECTIONS)))
    return waits, acknowledged


def _request(port: int, body: bytes, secret: str) -> bytes:
    headers = sign_event(body, secret, str(int(time.time())))
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(
        ["POST /webhooks/zoom HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, f"Content-Length: {len(body)}"]
    )
    return head.encode() + b"\r\n\r\n" + body


def main() -> None:
    port, path, rate, secret = sys.argv[1:]
    bodies = [line.encode() for line in Path(path).read_text().splitlines()]
    waits, acknowledged = asyncio.run(_send(int(port), bodies, float(rate), secret))
    print(json.dumps({"waits": waits, "acknowledged": acknowledged}))


if __name__ == "__main__":
    main()
