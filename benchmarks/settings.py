"""What whoever runs the benchmarks may choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`work` is emptied after each benchmark; `long` measures the rows that take minutes each.

    `scale` makes the sets of files smaller or larger; what a process costs before its first byte then weighs more or
    less, so rows of different scales are not to be compared.
    """

    work: Path
    rounds: int = 3
    long: bool = False
    scale: float = 1.0

    def of(self, count: int) -> int:
        """So many of `count`, at least one."""
        return max(1, round(count * self.scale))
