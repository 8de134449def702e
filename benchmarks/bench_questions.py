"""The ten questions of the cookbook over a lake of ten million segments, each as `harvester query` asks it.

There is no rival: nobody else has these tables. What is bounded is how long an analyst waits.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks.lake_account import build_account
from benchmarks.settings import Settings
from benchmarks.table import Row, at_most
from harvester.lake.query import run_query
from schemas.cookbook import COOKBOOK

SEGMENTS = 10_000_000
TARGET_S = 5.0


def main(settings: Settings) -> list[Row]:
    segments = settings.of(SEGMENTS)
    started = time.monotonic()
    days = build_account(settings.work, segments)
    print(f"{segments:,} segments on {days} days, made in {time.monotonic() - started:.0f} s")
    found = {question: _measure(settings.work / "lake", sql, settings.rounds) for question, sql in COOKBOOK.items()}
    for question, (seconds, rows) in found.items():
        print(f"  {seconds:>6.2f} s  {rows:>3} rows  {question}")
    question, (slowest_s, _) = max(found.items(), key=lambda each: each[1][0])
    what = f"ten questions over {segments:,} segments: the slowest"
    return [at_most(what, slowest_s, TARGET_S, unit="s", note=f"median {_median_s(found):.2f} s; {question}")]


def _measure(lake: Path, sql: str, rounds: int) -> tuple[float, int]:
    """The fastest of the rounds, the lake opened anew in each, and the rows it gave."""
    times = []
    for _ in range(rounds):
        started = time.monotonic()
        rows = run_query(lake, sql).num_rows
        times.append(time.monotonic() - started)
        assert rows, sql
    return min(times), rows


def _median_s(found: dict[str, tuple[float, int]]) -> float:
    return statistics.median(seconds for seconds, _ in found.values())
