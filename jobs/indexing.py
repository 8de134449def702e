"""The search index as commands see it: where it lies, and a bar for whoever waits until it is made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harvester.config import Config


def index_folder(config: Config) -> Path:
    """A folder that anybody may remove at any moment."""
    return config.state / "cache" / "search"


@contextlib.contextmanager
def watch_indexing(*, bars: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr from the first time it is told of work until the block ends, or silence."""
    with contextlib.ExitStack() as stack:
        moves: list[Callable[[int, int], None]] = []

        def watch(done: int, total: int) -> None:
            if bars and not moves:  # most searches find the index made, and import nothing for a bar
                moves.append(_draw(stack))
            for move in moves:
                move(done, total)

        yield watch


def _draw(stack: contextlib.ExitStack) -> Callable[[int, int], None]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TimeRemainingColumn(),
    )
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task("indexing the lake", total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)
