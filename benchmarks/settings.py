"""What whoever runs the benchmarks may choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`work` is emptied after each benchmark; `long` measures the rows that take minutes each."""

    work: Path
    rounds: int = 3
    long: bool = False
