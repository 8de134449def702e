"""A sandbox account, an empty folder, and the real command between them: as a process, or in this one to save imports.

Decides the environment the command sees. What a run should have left behind is judged in `oracle`.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import time_machine
from launcher import Launched, Launcher

from harvester.sandbox import LoggedRequest, Sandbox
from jobs.cli import main

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "jobs")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it said; `peak_bytes` only where it was a process."""

    code: int
    out: str
    err: str
    peak_bytes: int = 0

    @property
    def json(self) -> dict[str, Any]:
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def said(self) -> str:
        return self.out + self.err


@dataclass(slots=True)
class Rig:
    """One home that is harvested from one sandbox."""

    box: Sandbox
    cwd: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.cwd / "harvest"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def state(self) -> Path:
        return self.home / ".harvester"

    def environment(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Nothing of the developer's own settings; a change to None leaves the variable out."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        wanted = {
            **kept,
            "HOME": str(self.cwd),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
            **self.box.environment(),
            **self.env,
            **(changes or {}),
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def spawn(self, *words: str, env: Mapping[str, str | None] | None = None) -> subprocess.Popen[bytes]:
        """Start the command and leave it running; nobody reads what it says."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen([*COMMAND, *words], cwd=self.cwd, env=self.environment(env), stdout=quiet, stderr=quiet)

    def run(self, *words: str, env: Mapping[str, str | None] | None = None) -> Ran:
        """Run the command as an operator's shell would."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [*COMMAND, *words], cwd=self.cwd, env=self.environment(env), stdout=out, stderr=err
            )
            peak_bytes = _watch(process)
            texts = [_read_all(each) for each in (out, err)]
        return Ran(process.returncode, *texts, peak_bytes=peak_bytes)

    def fork(
        self,
        launcher: Launcher,
        *words: str,
        env: Mapping[str, str | None] | None = None,
        at: datetime | None = None,
        pace: float = 1.0,
        said: str = "said",
    ) -> Launched:
        """Start the command as a fork of the launcher and leave it running; `said` heads the files of its output."""
        out, err = (self.cwd / f"{said}.{each}" for each in ("out", "err"))
        return launcher.start(words, cwd=self.cwd, env=self.environment(env), out=out, err=err, at=at, pace=pace)

    def launch(
        self,
        launcher: Launcher,
        *words: str,
        env: Mapping[str, str | None] | None = None,
        at: datetime | None = None,
        pace: float = 1.0,
        deadline_s: float = 60.0,
    ) -> Ran:
        """Run the command as a fork of the launcher: a process of its own that starts in milliseconds."""
        started = self.fork(launcher, *words, env=env, at=at, pace=pace)
        watchdog = threading.Timer(deadline_s, started.kill)
        watchdog.start()
        try:
            code = started.wait()
        finally:
            watchdog.cancel()
        return Ran(code, *((self.cwd / f"said.{each}").read_text() for each in ("out", "err")))

    def call(self, *words: str, env: Mapping[str, str | None] | None = None, at: datetime | None = None) -> Ran:
        """Run the same `main` in this process, at another time if asked; the sandbox's clock moves along."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with contextlib.ExitStack() as stack:
            if at is not None:
                stack.enter_context(time_machine.travel(at, tick=True))
            stack.enter_context(contextlib.chdir(self.cwd))
            stack.enter_context(mock.patch.dict(os.environ, self.environment(env), clear=True))
            stack.enter_context(mock.patch.object(sys, "argv", ["harvester", *words]))
            stack.enter_context(_process_state_kept())
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                main()
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ran(code, *(each.buffer.getvalue().decode() for each in (out, err)))

    def during(self, action: Callable[[], Ran]) -> tuple[Ran, list[LoggedRequest]]:
        """What a run said, and the requests that it sent."""
        before = len(self.box.requests)
        ran = action()
        return ran, self.box.requests[before:]


def _watch(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end; most bytes in memory. `ru_maxrss` would count the test process that it was forked from."""
    peak_bytes = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak_bytes = max([peak_bytes, *(int(kib) * 1024 for kib in re.findall(r"VmHWM:\s+(\d+) kB", status))])
        time.sleep(0.02)
    return peak_bytes


def _read_all(stream: Any) -> str:
    stream.seek(0)
    data: bytes = stream.read()
    return data.decode()


@contextlib.contextmanager
def _process_state_kept() -> Iterator[None]:
    """`main` owns its process: what it sets for all of it is put back."""
    root = logging.getLogger()
    handlers, level, urllib3 = list(root.handlers), root.level, logging.getLogger("urllib3").level
    on_term, on_int = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("urllib3").setLevel(urllib3)
        signal.signal(signal.SIGTERM, on_term)
        signal.signal(signal.SIGINT, on_int)


def kinds(requests: list[LoggedRequest]) -> dict[str, int]:
    """How many requests of each kind."""
    counted: dict[str, int] = {}
    for each in requests:
        counted[each.kind] = counted.get(each.kind, 0) + 1
    return counted


def assert_sentence(ran: Ran, *words: str) -> None:
    """Every word is said to the operator, without a traceback."""
    assert "Traceback" not in ran.said, ran.err
    assert "defect in the harvester" not in ran.said, ran.err
    for word in words:
        assert word.casefold() in ran.said.casefold(), f"{word!r} is not in:\n{ran.said[-2000:]}"
