"""Whole processes, run in turn and compared round by round.

A shared machine lies about seconds; what is said is the median of the ratios within each round.
"""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Ran:
    """One process that has ended; CPU is user and system time with its children's."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Contender:
    """A process to measure: `prepare` runs before the clock, `check` after it and raises AssertionError.

    `clear` takes its output away again, so that the next one finds the same free memory and disk.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    prepare: Callable[[], None] = lambda: None
    check: Callable[[Ran], None] = lambda _ran: None
    clear: Callable[[], None] = lambda: None


def environment(**more: str) -> dict[str, str]:
    """Nothing of the developer's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def run(contender: Contender) -> Ran:
    contender.prepare()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(contender.command), env=dict(contender.env), stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        ended, peaks = threading.Event(), [0]
        watcher = threading.Thread(target=_watch_memory, args=(process.pid, ended, peaks))
        watcher.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # interrupted: nobody measures it any more
            process.kill()
            raise
        finally:
            wall_s = time.perf_counter() - started
            ended.set()
            watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
    ran = Ran(wall_s, usage.ru_utime + usage.ru_stime, peaks[0], process.returncode, *texts)
    contender.check(ran)
    contender.clear()
    return ran


def _watch_memory(pid: int, ended: threading.Event, peaks: list[int]) -> None:
    """The process's own peak; `ru_maxrss` would count the one that it was forked from."""
    while not ended.wait(0.05):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            peaks += [int(kib) * 1024 for kib in re.findall(r"VmHWM:\s+(\d+) kB", status)]
            peaks[:] = [max(peaks)]


def in_turn(contenders: Sequence[Contender], *, rounds: int) -> dict[str, list[Ran]]:
    """A B A B: every round runs each once, so that what disturbs the machine disturbs all."""
    measured: dict[str, list[Ran]] = {each.name: [] for each in contenders}
    for _ in range(rounds):
        for each in contenders:
            measured[each.name].append(run(each))
    return measured


def ratio(ours: Sequence[Ran], rival: Sequence[Ran], of: Callable[[Ran], float]) -> float:
    """Median of the rounds' ratios."""
    return statistics.median(of(a) / of(b) for a, b in zip(ours, rival, strict=True))


def wall(ran: Ran) -> float:
    return ran.wall_s


def cpu(ran: Ran) -> float:
    return ran.cpu_s
