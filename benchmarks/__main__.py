"""`make bench`: every benchmark, one after the other. Each prints ratios against a named rival, measured in one run."""

from __future__ import annotations

import importlib
from pathlib import Path


def main() -> None:
    for path in sorted(Path(__file__).parent.glob("bench_*.py")):
        print(f"\n== {path.stem.removeprefix('bench_')}", flush=True)
        importlib.import_module(f"benchmarks.{path.stem}").main()


if __name__ == "__main__":
    main()
