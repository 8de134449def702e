"""Tables for people, safe to print: what others wrote cannot move the cursor or speak rich's markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harvester.log import one_line

_NEVER_BROKEN = 20  # dates, times, numbers and states stay on one line


def show_table(console: Console, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A titled table; nothing at all where there are no rows."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    lines = [[one_line("" if cell is None else str(cell)) for cell in row] for row in rows]
    for position, head in enumerate(heads):
        longest = max((len(line[position]) for line in lines), default=0)
        table.add_column(head, overflow="fold", min_width=len(head), no_wrap=longest <= _NEVER_BROKEN)
    for line in lines:
        table.add_row(*map(Text, line))
    if table.row_count:
        console.print()
        console.print(table)
