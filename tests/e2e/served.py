"""A `harvester serve` beside a rig, and Zoom's side of the conversation with it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig import COMMAND, Rig

from harvester.sandbox import sign_event

SECRET = "hook-s3cret-Aa1"
_LISTENING = re.compile(r"serve\.listening .*port=(\d+)")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: bytes


@dataclass(slots=True)
class Served:
    """One running receiver."""

    rig: Rig
    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @property
    def said(self) -> str:
        return self.log.read_text()

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())

    def post(self, body: bytes, headers: Mapping[str, str] | None = None, *, secret: str = SECRET) -> Reply:
        """Signed now, unless headers are given."""
        signed = sign_event(body, secret, str(int(time.time()))) if headers is None else headers
        return self.ask("POST", "/webhooks/zoom", body, signed)

    def tell(self, name: str, uuid: str) -> int:
        """The account's own event about a meeting."""
        return self.post(self.rig.box.events.build(name, uuid)).status

    def events(self) -> list[dict[str, Any]]:
        return read_events(self.rig)

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.ask("GET", "/healthz").body)
        return found


def read_events(rig: Rig) -> list[dict[str, Any]]:
    """Every received event, oldest first."""
    with contextlib.closing(sqlite3.connect(rig.state / "ledger.sqlite", timeout=30)) as ledger:
        ledger.row_factory = sqlite3.Row
        return [dict(row) for row in ledger.execute("SELECT * FROM events ORDER BY received_at, digest")]


def is_published(rig: Rig) -> bool:
    """Whether the lake owes nothing to what the ledger knows."""
    with contextlib.closing(sqlite3.connect(rig.state / "ledger.sqlite", timeout=30)) as ledger:
        (owed,) = ledger.execute("SELECT count(*) FROM recordings WHERE published_seq < seq OR seq = 0").fetchone()
    return not owed


def wait_for(true: Callable[[], Any], *, within_s: float = 30.0, what: str = "it") -> Any:
    until = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < until, f"{what} did not come true within {within_s} s"
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def serving(
    rig: Rig, *words: str, env: Mapping[str, str | None] | None = None, log: str = "serve.log"
) -> Iterator[Served]:
    """A receiver on a port of its own, stopped with SIGTERM at the end."""
    path = rig.cwd / log
    settings = rig.environment({"ZOOM_WEBHOOK_SECRET": SECRET, **(env or {})})
    with path.open("wb") as err:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--bind", "127.0.0.1:0", *words],
            cwd=rig.cwd, env=settings, stdout=subprocess.DEVNULL, stderr=err, start_new_session=True,
        )  # fmt: skip
    try:
        found = wait_for(lambda: _LISTENING.search(path.read_text()) or process.poll() is not None, what="listening")
        assert not isinstance(found, bool), path.read_text()
        yield Served(rig, process, path, int(found[1]))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
