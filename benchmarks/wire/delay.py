"""A long line on loopback: a TCP proxy that holds back what passes, and optionally lets only so much through.

Each direction is late by half the round trip, a new connection by a whole one more (its handshake). A link shared by
all connections and a cap for each shape what comes from the server. Not modelled: loss and slow start, so a client
that opens a connection per file fares better here than in the world.

Run as a process of its own, so that its work is nobody's CPU: `python -m benchmarks.wire.delay --help`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections import deque
from dataclasses import dataclass, field

_CHUNK = 64 * 1024
_SLACK_S = 0.002  # timers are no finer than this; what is owed is not lost, see `Shaper`
_WINDOW = 8 << 20


@dataclass(slots=True)
class Shaper:
    """When the next bytes may leave: a queue that empties at `bytes_per_s`."""

    bytes_per_s: float | None
    free_at: float = 0.0

    def take(self, size: int, now: float) -> float:
        if not self.bytes_per_s:
            return now
        self.free_at = max(now - _SLACK_S, self.free_at) + size / self.bytes_per_s
        return self.free_at


@dataclass(slots=True)
class Flow:
    """One direction of one connection: read, hold until due, write."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    delay_s: float
    not_before: float
    shapers: tuple[Shaper, ...] = ()
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    held: int = 0
    filled: asyncio.Event = field(default_factory=asyncio.Event)
    emptied: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_in())
            tasks.create_task(self._give_out())

    async def _take_in(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data = await self.reader.read(_CHUNK)
            now = loop.time()
            leaves_at = max([now, *(each.take(len(data), now) for each in self.shapers)])
            self.waiting.append((max(leaves_at + self.delay_s, self.not_before), data))
            self.held += len(data)
            self.filled.set()
            if not data:
                return
            if leaves_at - now > _SLACK_S:  # the queue before the link stays short
                await asyncio.sleep(leaves_at - now)
            while self.held > _WINDOW:
                self.emptied.clear()
                await self.emptied.wait()

    async def _give_out(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self.waiting:
                self.filled.clear()
                await self.filled.wait()
            due, data = self.waiting[0]
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            self.waiting.popleft()
            self.held -= len(data)
            self.emptied.set()
            if self.writer.is_closing():
                raise ConnectionResetError("the other side is gone")
            if not data:
                self.writer.write_eof()
                return
            self.writer.write(data)
            await self.writer.drain()


async def serve(listen: int, target: int, *, delay_s: float, cap: float | None, link: Shaper) -> asyncio.Server:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = asyncio.get_running_loop().time()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target, limit=_CHUNK * 2)
        up = Flow(reader, far_writer, delay_s, began + 3 * delay_s)
        down = Flow(far_reader, writer, delay_s, 0.0, (Shaper(cap), link))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(up.run())
                tasks.create_task(down.run())
        except* OSError:  # one side went away; so does the other
            pass
        finally:
            for each in (writer, far_writer):
                each.close()

    held: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(connected(reader, writer))
        held.add(task)
        task.add_done_callback(held.discard)

    return await asyncio.start_server(accept, "127.0.0.1", listen, limit=_CHUNK * 2, backlog=512)


async def main() -> None:
    parser = argparse.ArgumentParser(description="Delay TCP connections both ways.")
    parser.add_argument("--pair", action="append", required=True, metavar="LISTEN:TARGET", help="ports on loopback")
    parser.add_argument("--rtt-ms", type=float, default=50.0)
    parser.add_argument("--cap", type=float, help="bytes a second of each connection")
    parser.add_argument("--link", type=float, default=125e6, help="bytes a second of all together (1 Gbit/s)")
    args = parser.parse_args()
    link = Shaper(args.link)
    for pair in args.pair:
        listen, target = map(int, pair.split(":"))
        await serve(listen, target, delay_s=args.rtt_ms / 2000, cap=args.cap, link=link)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
