"""Downloading against curl, aria2c and the usual script: whole processes in turn, over TLS, near and 50 ms away.

The harvester lists, asks for details, hashes, checks, flushes, renames and keeps its books; its rivals only download.
Targets stand in the rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import cpu, in_turn, ratio, wall
from benchmarks.settings import Settings
from benchmarks.table import Row, at_least, at_most, not_measured
from benchmarks.wire.contenders import aria2c, curl, ours, script
from benchmarks.wire.files import MB, TEXTS, FileSet, make_set
from benchmarks.wire.origin import Line, Origin, missing, serve

FAR = Line(rtt_ms=50)
CAPPED = Line(rtt_ms=50, cap_bytes_per_s=8 * MB)
_MEETING = (("MP4", 20 * MB), ("M4A", 2 * MB), *TEXTS)


def main(settings: Settings) -> list[Row]:
    rows: list[Row] = []
    leaks = [0, 0]
    for scene in (_large, _mix, _small, _alone, _script):
        work = settings.work / scene.__name__.strip("_")
        work.mkdir()
        try:
            for row in scene(settings, work, leaks):
                print(f"{row.what}: {row.measured} (target {row.target})", flush=True)
                rows.append(row)
        finally:
            shutil.rmtree(work)
    if reason := missing():
        rows.append(not_measured("token at a second host", "0", reason))
    else:
        rows.append(Row("token at a second host", "0", f"{leaks[0]} of {leaks[1]} requests", leaks[0] == 0))
    return rows


Scene = Callable[[Settings, Path, list[int]], Iterator[Row]]


def _large(settings: Settings, work: Path, leaks: list[int]) -> Iterator[Row]:
    """20 videos of 200 MB."""
    what = "large files near, 8 connections"
    aria = "direct list against aria2c, large files near: wall"
    if reason := missing("curl"):
        yield not_measured(f"{what}: wall / CPU", "<= 1.15 / <= 1.6 x curl", reason)
        yield not_measured(aria, "<= 1 x", reason)
        return
    files = make_set(work / "set", settings.of(20), (("MP4", 200 * MB),))
    with _origin(work, files, leaks) as origin:
        took = in_turn(
            [curl(origin, work / "curl", connections=8), ours(origin, work / "ours", workers=8)], rounds=settings.rounds
        )
        yield at_most(
            f"{what}: wall", ratio(took["harvester"], took["curl"], wall), 1.15, unit="x curl", note=_note(files)
        )
        yield at_most(
            f"{what}: CPU", ratio(took["harvester"], took["curl"], cpu), 1.60, unit="x curl", note=_note(files)
        )
    yield from _against_aria2c(settings, work, files, aria, connections=8, bound=1.00)


def _mix(settings: Settings, work: Path, leaks: list[int]) -> Iterator[Row]:
    """60 meetings of a video, its sound and three texts."""
    near, far = "meeting mix near, 8 connections", "meeting mix, 50 ms, 8 connections: wall"
    if reason := missing("curl"):
        yield not_measured(f"{near}: wall / CPU", "<= 1.25 / <= 1.6 x curl", reason)
        yield not_measured(far, "<= 1.12 x curl", reason)
        return
    files = make_set(work / "set", settings.of(60), _MEETING)
    for line in (None, FAR):
        with _origin(work, files, leaks, line=line) as origin:
            rivals = [curl(origin, work / "curl", connections=8), ours(origin, work / "ours", workers=8)]
            took = in_turn(rivals, rounds=settings.rounds)
        walls = ratio(took["harvester"], took["curl"], wall)
        if line:
            yield at_most(far, walls, 1.12, unit="x curl", note=_note(files))
        else:
            yield at_most(f"{near}: wall", walls, 1.25, unit="x curl", note=_note(files))
            cpus = ratio(took["harvester"], took["curl"], cpu)
            yield at_most(f"{near}: CPU", cpus, 1.60, unit="x curl", note=_note(files))


def _small(settings: Settings, work: Path, leaks: list[int]) -> Iterator[Row]:
    """1,200 texts in 100 recordings."""
    far, near = (
        "small files through the redirect, 50 ms, 32 connections: wall",
        "small files near: CPU of the whole run",
    )
    peak = "the same: peak memory"
    aria = "direct list against aria2c, small files at 50 ms: wall"
    if reason := missing("curl"):
        yield not_measured(far, "<= 1.15 x curl", reason)
        yield not_measured(near, "<= 3 ms a file", reason)
        yield not_measured(peak, "<= 250 MiB", reason)
        yield not_measured(aria, "<= 1.1 x", reason)
        return
    files = make_set(work / "set", settings.of(100), TEXTS, times=4)
    with _origin(work, files, leaks, line=FAR) as origin:
        rivals = [curl(origin, work / "curl", connections=32), ours(origin, work / "ours", workers=32)]
        took = in_turn(rivals, rounds=settings.rounds)
        yield at_most(far, ratio(took["harvester"], took["curl"], wall), 1.15, unit="x curl", note=_note(files))
    with _origin(work, files, leaks) as origin:
        alone = in_turn([ours(origin, work / "ours", workers=8)], rounds=settings.rounds)["harvester"]
        each_ms = sorted(ran.cpu_s for ran in alone)[len(alone) // 2] / len(files.files) * 1000
        yield at_most(near, each_ms, 3.0, unit="ms a file", note=_note(files))
        peak_mib = max(ran.peak_bytes for ran in alone) / 2**20
        yield at_most(peak, peak_mib, 250, unit="MiB", note="240,000 segments on one day")
    yield from _against_aria2c(settings, work, files, aria, connections=16, bound=1.10, line=FAR)


def _alone(settings: Settings, work: Path, leaks: list[int]) -> Iterator[Row]:
    """One video of 600 MB."""
    what = "one large file alone, 50 ms, 8 MB/s a connection, against aria2c -x8: wall"
    if reason := missing("aria2c"):
        yield not_measured(what, "<= 1.15 x", reason)
        return
    files = make_set(work / "set", 1, (("MP4", settings.of(600) * MB),))
    with _origin(work, files, leaks, line=CAPPED, redirect=False) as origin:
        rivals = [aria2c(origin, work / "aria2c", connections=1, per_file=8), ours(origin, work / "ours", workers=8)]
        took = in_turn(rivals, rounds=settings.rounds)
    yield at_most(what, ratio(took["harvester"], took["aria2c"], wall), 1.15, note=_note(files))


def _script(settings: Settings, work: Path, leaks: list[int]) -> Iterator[Row]:
    """20 meetings, fetched as most scripts do."""
    what = "against the usual script (a get each, in sequence), 50 ms"
    if reason := missing():
        yield not_measured(what, ">= 8 x faster", reason)
        return
    files = make_set(work / "set", settings.of(20), _MEETING)
    with _origin(work, files, leaks, line=FAR) as origin:
        took = in_turn(
            [script(origin, work / "script"), ours(origin, work / "ours", workers=8)], rounds=settings.rounds
        )
    yield at_least(what, ratio(took["script"], took["harvester"], wall), 8.0, unit="x faster", note=_note(files))


def _against_aria2c(
    settings: Settings,
    work: Path,
    files: FileSet,
    what: str,
    *,
    connections: int,
    bound: float,
    line: Line | None = None,
) -> Iterator[Row]:
    if reason := missing("aria2c"):
        yield not_measured(what, f"<= {bound:g} x", reason)
        return
    with serve(work, files, line=line, redirect=False) as origin:
        rivals = [
            aria2c(origin, work / "aria2c", connections=connections),
            ours(origin, work / "ours", workers=connections),
        ]
        took = in_turn(rivals, rounds=settings.rounds)
    yield at_most(what, ratio(took["harvester"], took["aria2c"], wall), bound, note=_note(files))


@contextmanager
def _origin(
    work: Path, files: FileSet, leaks: list[int], *, line: Line | None = None, redirect: bool = True
) -> Iterator[Origin]:
    """The hosts; at the end the second one's log is asked for tokens."""
    with serve(work, files, line=line, redirect=redirect) as origin:
        yield origin
        if redirect:
            found, asked = origin.tokens_at_second_host()
            leaks[0] += found
            leaks[1] += asked


def _note(files: FileSet) -> str:
    return f"{len(files.files):,} files, {files.size / 1e6:,.0f} MB"
