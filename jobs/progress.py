"""Progress for whoever watches: a bar with bytes and remaining time on a terminal, nothing but log lines elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from harvester.pipeline import progress

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """One line: what is going on, files done, bytes, speed, time left."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("connecting", total=None, files="")
        self._files = 0
        self._done = 0
        self._failed = 0
        self._total = 0

    def listing(self, what: str) -> None:
        self._bar.update(self._task, description=f"listing {what}")

    def expect(self, *, files: int, size_bytes: int) -> None:
        self._files += files
        self._total += size_bytes
        self._bar.update(self._task, description="fetching", total=self._total, files=self._count())

    def advance(self, size_bytes: int) -> None:
        self._bar.advance(self._task, size_bytes)

    def file_done(self, *, failed: bool) -> None:
        self._done += 1
        self._failed += failed
        self._bar.update(self._task, files=self._count())

    def publishing(self, what: str) -> None:
        self._bar.update(self._task, description=f"publishing {what}")

    def checking(self, what: str) -> None:
        self._bar.update(self._task, description=f"verifying {what}")

    def _count(self) -> str:
        return f"{self._done}/{self._files} files" + (f", {self._failed} failed" if self._failed else "")


@contextlib.contextmanager
def watch(*, bars: bool, keep: bool = True) -> Iterator[progress.Progress]:
    """A bar on stderr while the block runs, or silence; not to `keep` it leaves the line to what is said next."""
    if not bars:
        yield progress.Silent()  # in cron nothing is drawn, and nothing is imported for it
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[files]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=not keep) as bar:
        yield Bar(bar)
