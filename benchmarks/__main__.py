"""`make bench`: every benchmark, one after the other. Each compares with a named rival in one run; a table ends it."""

from __future__ import annotations

import argparse
import importlib
import signal
import tempfile
from pathlib import Path

from benchmarks.settings import Settings
from benchmarks.table import render

_NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed as ratios to named rivals.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which; all without one: {', '.join(_NAMES)}")
    parser.add_argument("--rounds", type=int, default=3, help="how often the processes run in turn (default: 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the sets of files (default: 1)")
    parser.add_argument("--long", action="store_true", help="also the rows that take minutes each")
    parser.add_argument("--work", type=Path, help="where files are served from and written to (default: temporary)")
    args = parser.parse_args()
    if unknown := sorted(set(args.names) - set(_NAMES)):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(_NAMES)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that servers and files go with us
    rows = []
    for name in args.names or _NAMES:
        print(f"\n== {name}", flush=True)
        with tempfile.TemporaryDirectory(dir=args.work) as work:
            settings = Settings(Path(work), args.rounds, args.long, args.scale)
            rows += importlib.import_module(f"benchmarks.bench_{name}").main(settings)
    print(f"\n{render(rows)}")


if __name__ == "__main__":
    main()
