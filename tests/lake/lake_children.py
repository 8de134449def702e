"""What the lake's tests do in processes of their own: publish side by side, and die in the middle."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from pathlib import Path

import pyarrow as pa
from lake_samples import key_of, publish, recording, stage

from harvester.lake import parquet


def publish_until(home: Path, when: int, stages: list[Path], remove: list[str]) -> None:
    """Publish, dying before the `when`-th call that changes a name."""
    os.fsync = lambda handle: None  # noqa: ARG005 - a kill is no power cut: the kernel keeps what was written
    calls = itertools.count(1)

    def dying(real):
        def call(*args, **kwargs):
            if next(calls) == when:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in ("replace", "unlink", "rmdir"):
        setattr(os, name, dying(getattr(os, name)))
    publish(home, stages, remove=remove)


def publish_range(home: Path, start: int) -> None:
    for number in range(start, start + 6):
        publish(home, [stage(home, recording(number))])


def come_and_go(home: Path, source: str) -> None:
    tables = recording(1, source=source)
    staged = [stage(home, tables, source=source)]
    for _ in range(15):
        publish(home, staged, source=source)
        publish(home, remove=[key_of(tables)], source=source)


def publish_day(home: Path, recordings: int) -> None:
    """Fill a day, then change one recording of it, and note the most bytes that Arrow held meanwhile."""
    parquet.ROW_GROUP_ROWS = 500
    publish(home, [stage(home, recording(number, n_segments=500)) for number in range(recordings)])
    publish(home, [stage(home, recording(1, revision=1, n_segments=500), seq=2)])
    (home / "peak").write_text(str(pa.default_memory_pool().max_memory()))


def in_children(calls) -> list[int]:
    """Exit codes of processes that run side by side, forked from one that has loaded what PyArrow loads lazily."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "harvester.lake.publish", "pandas", "pyarrow.acero"])
    jobs = [context.Process(target=target, args=args) for target, *args in calls]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    return [job.exitcode for job in jobs]
