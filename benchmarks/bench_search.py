"""`harvester search` over ten million segments: whole commands with the index, against the same without it.

The lake is that of `bench_scale`: 25 days of 400,000 cues made of 3,000 words, of which a few are in most cues. The
first command makes the index; what it costs is told per million segments.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bench_scale import SEGMENTS, build_lake
from benchmarks.measure import Contender, Ran, environment, in_turn, run
from benchmarks.settings import Settings
from benchmarks.table import Row, at_least, at_most

MOST_S = 1.0
QUERIES = {
    "a rare word": ["eranev"],
    "a word in most cues": ["grtv"],
    "a phrase of two frequent words": ['"grtv itdnct"'],
    "the beginning of many words": ["gr*"],
    "a frequent word of one speaker": ["grtv", "--speaker", "person 7"],
    "two words, with context": ["grtv tsl", "--context", "2"],
}
SCANNED = "a rare word"
"""The one that is also searched without an index: a scan takes as long for each, or longer."""


def measure_index(home: Path, segments: int) -> list[Row]:
    """Seconds of one core and bytes, and the most memory that making the index takes."""
    made = run(_contend("index", home, "--build-index", "--json"))
    size_bytes = json.loads(made.out)["size_bytes"]
    millions = segments / 1e6
    print(
        f"index of {segments:,} segments: {made.wall_s:.1f} s, {made.cpu_s:.1f} s of CPU, {size_bytes / 2**20:,.0f} MiB"
    )
    return [
        at_most("search index: CPU per million segments", made.cpu_s / millions, 5, unit="s"),
        at_most("search index: bytes per segment", size_bytes / segments, 200, unit="bytes"),
        at_most("search index: peak memory of making it", made.peak_bytes / 2**20, 1024, unit="MiB"),
    ]


def measure_searches(settings: Settings, home: Path, segments: int) -> list[Row]:
    """Whole commands, each from the first import to the last byte, in turn."""
    contenders = [_contend(name, home, *words, "--json", check=_found) for name, words in QUERIES.items()]
    contenders.append(_contend("scan", home, *QUERIES[SCANNED], "--no-index", "--json", check=_found))
    ran = in_turn(contenders, rounds=settings.rounds)
    totals = {name: {json.loads(each.out)["total"] for each in rounds} for name, rounds in ran.items()}
    assert totals[SCANNED] == totals["scan"], "index and scan differ"
    rows = []
    for name in QUERIES:
        seconds = statistics.median(each.wall_s for each in ran[name])
        cpu_s = statistics.median(each.cpu_s for each in ran[name])
        note = f"{cpu_s:.2f} s of CPU, {max(totals[name]):,} hits"
        rows.append(at_most(f"search {segments:,} segments for {name}", seconds, MOST_S, unit="s", note=note))
    ratio = statistics.median(b.wall_s / a.wall_s for a, b in zip(ran[SCANNED], ran["scan"], strict=True))
    return [*rows, at_least(f"search for {SCANNED}, against reading the lake", ratio, 3, unit="x faster")]


def _contend(name: str, home: Path, *words: str, check: Callable[[Ran], None] | None = None) -> Contender:
    command: Sequence[str] = [sys.executable, "-m", "jobs", "search", *words, "--home", str(home)]
    return Contender(name, command, environment(), check=check or _succeeded)


def _succeeded(ran: Ran) -> None:
    assert ran.code == 0, ran.err


def _found(ran: Ran) -> None:
    _succeeded(ran)
    assert json.loads(ran.out)["hits"], "a search that finds nothing shows nothing"


def main(settings: Settings) -> list[Row]:
    home = settings.work / "search"
    (home / ".harvester").mkdir(parents=True)
    segments = settings.of(SEGMENTS)
    build_lake(home, segments)
    return [*measure_index(home, segments), *measure_searches(settings, home, segments)]
