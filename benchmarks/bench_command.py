"""What the command costs before it does anything, and how much memory a whole run takes for small and huge files."""

from __future__ import annotations

import re
import statistics
import sys

from benchmarks.measure import Contender, environment, in_turn, ratio, run, wall
from benchmarks.settings import Settings
from benchmarks.table import Row, at_most, not_measured
from benchmarks.wire.contenders import ours
from benchmarks.wire.files import MB, make_set
from benchmarks.wire.origin import missing, serve

_HELP = (sys.executable, "-m", "jobs", "--help")
_HEAVY = ("requests", "pandas", "pyarrow", "duckdb")
_HELP_ROUNDS = 9
_MIB = 1 << 20


def main(settings: Settings) -> list[Row]:
    rows = [*_help(), *_memory(settings)]
    for row in rows:
        print(f"{row.what}: {row.measured} (target {row.target})", flush=True)
    return rows


def _help() -> list[Row]:
    bare = Contender("python", (sys.executable, "-c", "pass"), environment())
    helping = Contender("help", _HELP, environment())
    took = in_turn([bare, helping], rounds=_HELP_ROUNDS)
    seen = run(Contender("imports", (sys.executable, "-X", "importtime", *_HELP[1:]), environment())).err
    imported = set(re.findall(r"\|\s+(\w+)$", seen, re.MULTILINE))
    heavy = [name for name in _HEAVY if name in imported]
    assert "click" in imported, "the list of imports could not be read"
    light = Row(f"harvester --help imports none of {', '.join(_HEAVY)}", "none", ", ".join(heavy) or "none", not heavy)
    return [at_most("harvester --help", ratio(took["help"], took["python"], wall), 8.0, unit="x bare python"), light]


def _memory(settings: Settings) -> list[Row]:
    """Eight files of 2 MB, and the same with one of them 4 GB (1 GB unless `--long`; a hole, so it takes no disk)."""
    large = (4_000 if settings.long else 1_000) * MB
    what = f"peak memory of a whole run, one file of {large // MB:,} MB among seven of 2 MB"
    if reason := missing():
        return [not_measured(what, "<= 250 MiB, +10 MiB", reason)]
    peaks = {}
    for name, sizes in {"small": [2 * MB] * 8, "large": [large, *[2 * MB] * 7]}.items():
        files = make_set(settings.work / name, 1, [("MP4", size) for size in sizes])
        with serve(settings.work, files) as origin:
            ran = in_turn([ours(origin, settings.work / "home", workers=8)], rounds=settings.rounds)["harvester"]
        peaks[name] = statistics.median(each.peak_bytes for each in ran) / _MIB
    more = peaks["large"] - peaks["small"]
    return [
        at_most(what, peaks["large"], 250, unit="MiB"),
        at_most("the same, above that of eight files of 2 MB", more, 10, unit="MiB"),
    ]
