"""The worker as a child of `serve`: started, fed with notices, started again when it ends, stopped at the end.

A process of its own, so that a harvest, however busy, delays no answer to Zoom, and none that dies takes the receiver
along.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence

from harvester.event import Event

log = logging.getLogger(__name__)

_FIRST_REST_S = 1.0
_LONGEST_REST_S = 60.0
_STOP_S = 20.0
_MOST_WAITING_BYTES = 2**20


class Child:
    """`harvester work` with our own options."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = (sys.executable, "-m", "jobs", "work", "--fed", *words)
        self._process: Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def start(self) -> None:
        """From within a running loop."""
        self._keeper = asyncio.create_task(self._keep())

    def tell(self, event: Event) -> None:
        """That an event is in the inbox; it is found there without this too, only later and without its ticket."""
        pipe = self._process.stdin if self._process and self.is_alive else None
        if pipe is None or pipe.is_closing() or pipe.transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
            return
        notice: dict[str, object] = {"digest": event.digest}
        if event.ticket:
            notice |= {"payload": event.ticket.payload, "token": event.ticket.token}
        pipe.write(json.dumps(notice).encode() + b"\n")

    async def stop(self) -> None:
        """Let it put down what it has in hand."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process and self.is_alive:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_S)
            except TimeoutError:
                log.warning("worker.killed", extra={"fields": {"after_s": _STOP_S}})
                self._process.kill()
                await self._process.wait()

    async def _keep(self) -> None:
        rest_s = _FIRST_REST_S
        while True:
            began = asyncio.get_running_loop().time()
            self._process = await asyncio.create_subprocess_exec(*self._words, stdin=PIPE)
            log.info("worker.started", extra={"fields": {"process": self._process.pid}})
            code = await self._process.wait()
            if asyncio.get_running_loop().time() - began > _LONGEST_REST_S:
                rest_s = _FIRST_REST_S
            log.error("worker.ended", extra={"fields": {"exit_code": code, "again_in_s": rest_s}})
            await asyncio.sleep(rest_s)
            rest_s = min(2 * rest_s, _LONGEST_REST_S)
