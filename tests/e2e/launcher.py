"""A process that has everything imported and forks the real command from itself, so that a start costs milliseconds.

Each command is a process of its own, with its own arguments, environment, output files and end, and can be killed like
any other. What it saves is the second that Python needs to import; thousands of runs are not affordable without.
Run as a program it is that process; `Launcher` is how a test talks to it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

ROOT = Path(__file__).resolve().parents[2]
SHORTEST_TIMEOUT_S = 0.75


@dataclass(slots=True)
class Launched:
    """A command that runs; `wait` gives its exit code, negative for the signal that ended it."""

    pid: int
    launcher: Launcher
    code: int | None = None

    def kill(self, how: int = signal.SIGKILL) -> None:
        """Only before `wait` has given the code: until then the process id is nobody else's."""
        assert self.code is None
        os.kill(self.pid, how)

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        if self.code is None:
            self.code = self.launcher.ask({"poll": self.pid})["code"]
        return self.code

    def wait(self) -> int:
        if self.code is None:
            self.code = int(self.launcher.ask({"wait": self.pid})["code"])
        return self.code


class Launcher:
    """The parent of commands; as a context it ends with the block."""

    def __init__(self, *, preload: Path | None = None, under: tuple[str, ...] = ()) -> None:
        """`preload` is loaded into it and all its commands; `under` is the command that starts it, such as strace."""
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        if preload:
            environment["LD_PRELOAD"] = str(preload)
        self._process = subprocess.Popen(
            [*under, sys.executable, __file__],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def start(
        self,
        words: tuple[str, ...],
        *,
        cwd: Path,
        env: Mapping[str, str],
        out: Path,
        err: Path,
        at: datetime | None = None,
        pace: float = 1.0,
        arm: tuple[int | str, ...] | None = None,
    ) -> Launched:
        """Fork the command. `at` moves its clock, `pace` is how much faster its waits pass (see `_hurry`).

        `arm` is handed to the preloaded library's `faultpoint_arm`.
        """
        request = {
            "words": words,
            "cwd": str(cwd),
            "env": dict(env),
            "out": str(out),
            "err": str(err),
            "at": at and at.isoformat(),
            "pace": pace,
            "arm": arm,
        }
        return Launched(int(self.ask(request)["pid"]), self)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the launcher has ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _import_all() -> None:
    for package in ("schemas", "jobs", "harvester"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if ".sandbox" not in module.name and module.name not in {"jobs.__main__", "jobs.demo"}:
                importlib.import_module(module.name)
    for name in ("pyarrow.parquet", "pyarrow.dataset", "duckdb", "time_machine", "charset_normalizer"):
        importlib.import_module(name)
    # what is here stays: a collection in a fork would touch, and so copy, every page of it
    gc.collect()
    gc.freeze()


def _serve() -> dict[str, Any] | None:
    """Answer requests until the input ends; returns a request only in the child that is to carry it out."""
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request or "poll" in request:
            pid = request.get("wait") or request["poll"]
            ended, status = os.waitpid(pid, 0 if "wait" in request else os.WNOHANG)
            answer = {"code": os.waitstatus_to_exitcode(status) if ended else None}
        else:
            pid = os.fork()
            if not pid:
                return dict(request)
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return None


def _become(request: Mapping[str, Any]) -> None:
    """Turn this fork into the command: its folder, environment, output, arguments, and what it must suffer."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for number, name in ((1, "out"), (2, "err")):
        handle = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.argv = ["harvester", *request["words"]]
    if request["at"]:
        import time_machine

        time_machine.travel(datetime.fromisoformat(request["at"]), tick=True).start()
    if request["pace"] != 1:
        _hurry(request["pace"])
    if request["arm"]:
        import ctypes

        ctypes.CDLL(None).faultpoint_arm(
            *(os.fsencode(each) if isinstance(each, str) else each for each in request["arm"])
        )


def _hurry(pace: float) -> None:
    """Let this command live `pace` times faster: its monotonic clock, its sleeps and its sockets' timeouts.

    It waits for the same things in the same order, and only sooner. Dates stay as they are.
    """
    from harvester.clock import SystemClock
    from harvester.fetch import wire

    began, settimeout = time.monotonic(), socket.socket.settimeout

    def hurried(self: socket.socket, seconds: float | None) -> None:
        # on a busy machine an answer takes its time; that must not look like silence
        settimeout(self, None if seconds is None else max(seconds / pace, SHORTEST_TIMEOUT_S))

    SystemClock.monotonic = lambda _self: began + (time.monotonic() - began) * pace  # type: ignore[method-assign]
    SystemClock.sleep = lambda _self, seconds: time.sleep(seconds / pace)  # type: ignore[method-assign]
    socket.socket.settimeout = hurried  # type: ignore[method-assign,assignment]
    wire._SLICE_S /= pace


def _main() -> None:
    # a test that is interrupted ends us by closing our input, after our children
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _import_all()
    request = _serve()
    if request is None:
        _end(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from jobs.cli import main

    _become(request)
    try:
        main()
    except SystemExit as ended:
        _end(int(ended.code or 0))


def _end(code: int) -> NoReturn:
    """End as Python does, its threads waited for and its exit functions run, but without taking every module apart."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
