"""One machine at its largest: a night over 100,000 known recordings, and a lake of ten million segments.

A night is compared with a client that only asks for the same pages at the same pace: what is beyond that is ours.
Look-ups are compared with the same rows sorted by time in large row groups, as a plain export would hold them.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from benchmarks.bench_lake import DAY, build_recording
from benchmarks.lake_account import move_rows
from benchmarks.listing_server import ENVIRONMENT, ListingServer, build_entry
from benchmarks.measure import Contender, Ran, environment, in_turn
from benchmarks.settings import Settings
from benchmarks.table import Row, at_least, at_most
from harvester.lake.publish import publish_partition, write_partition
from harvester.lake.query import run_query
from harvester.lake.stage import write_stage
from harvester.ledger import FileRow, Ledger, RecordingRow
from harvester.zoom.describe import describe
from harvester.zoom.glance import glance

SEGMENTS = 10_000_000
TARGETS_S = {10_000: 3.0, 100_000: 10.0}
_RATE = "80"


def measure_night(settings: Settings, recordings: int) -> list[Row]:
    """Seconds beyond the listing calls, and peak memory, of a night in which nothing is new."""
    home = settings.work / f"night{recordings}"
    with ListingServer(recordings) as server:
        fill_ledger(home / ".harvester" / "ledger.sqlite", recordings)
        variables = environment(**server.environment(), **ENVIRONMENT)
        words = ["-m", "jobs", "nightly", "--since", "40d", "--api-rate", _RATE, "--json", "--home", str(home)]
        asks = ["-m", "benchmarks.listing_server", "--ask", server.api_base_url, _RATE]
        ours = Contender("ours", [sys.executable, *words], variables, check=_nothing_new(recordings))
        rival = Contender("listing only", [sys.executable, *asks], variables)
        ran = in_turn([ours, rival], rounds=settings.rounds)
    pairs = list(zip(ran["ours"], ran["listing only"], strict=True))
    beyond_s = statistics.median(a.wall_s - b.wall_s for a, b in pairs)
    peak = max(each.peak_bytes for each in ran["ours"]) / 2**20
    name = f"night with nothing new, {recordings:,} known recordings listed"
    return [
        at_most(f"{name}: beyond the listing calls", beyond_s, TARGETS_S[recordings], unit="s"),
        at_most(f"{name}: peak memory", peak, 250, unit="MiB"),
    ]


def _nothing_new(recordings: int) -> Callable[[Ran], None]:
    def check(ran: Ran) -> None:
        summary = json.loads(ran.out)
        assert ran.code == 0, ran.err
        assert (summary["recordings_listed"], summary["bytes_downloaded"]) == (recordings, 0)

    return check


def fill_ledger(path: Path, recordings: int) -> None:
    """A ledger that knows every recording of the listing server, with five files each, nothing owed."""
    with Ledger(path) as ledger:
        ledger.bind_account("zoom", ENVIRONMENT["ZOOM_ACCOUNT_ID"])
        with ledger.batch():
            for number in range(recordings):
                entry = build_entry(number)
                recording = describe(entry)
                row = RecordingRow(
                    recording_key=recording.key,
                    source="zoom",
                    native_id=recording.native_id,
                    date=recording.date.isoformat(),
                    started_at=recording.started_at.isoformat(),
                    folder=f"zoom/{number}",
                    listing_fingerprint=glance(entry).fingerprint,
                    selection=None,
                    transcript_status="available",
                    next_try_at=None,
                    attempts=0,
                    last_error=None,
                    entry_sha256="0" * 64,
                    seq=1,
                    published_seq=1,
                    published_date=None,
                    published_sha256=None,
                )
                files = [
                    FileRow(
                        recording.key, each.key, each.kind, "archived", "n", 9, 9, "0" * 64, row.started_at, 1, None
                    )
                    for each in recording.files
                ]
                ledger.settle(row, files, staged=None)


def measure_lake(settings: Settings, segments: int) -> list[Row]:
    """Publishing into one day of the lake, and look-ups over all of it."""
    with tempfile.TemporaryDirectory(dir=settings.work) as folder:
        home = Path(folder)
        key, days = build_lake(home, segments)
        plain = home / "plain.parquet"
        _export_by_time(home / "lake", plain, DAY)
        staged = build_recording(250)
        stage = write_stage(home / "work", recording_key=key, seq=1, date=DAY, source="zoom", tables=staged)

        def publish() -> None:
            publish_partition(
                home / "lake", home / "work", date=DAY, source="zoom", remove=(), stages=[stage], parser_version="1"
            )

        sql = {
            "one meeting": f"SELECT * FROM segments WHERE date = '{DAY}' AND recording_key = '{key}'",
            "one meeting, day unknown": f"SELECT * FROM segments WHERE recording_key = '{key}'",
            "talk time of everybody": "SELECT speaker, sum(talk_ms) FROM talk_time GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
            "words said": "SELECT count(*) FROM segments WHERE text ILIKE '%the second review%'",
        }
        found = {
            f"query: {name}": _best(lambda text=text: run_query(home / "lake", text)) for name, text in sql.items()
        }
        ours_s = _best(lambda: _look_up(home / "lake" / "segments" / f"date={DAY}", key))
        plain_s = _best(lambda: _look_up(plain, key))
        print(f"{segments:,} segments on {days} days; publishing one recording takes {_best(publish):.2f} s")
        for name, seconds in found.items():
            print(f"  {name:<42}{seconds:,.2f} s")
        what = f"one meeting of {segments:,} segments by pandas filters, against rows sorted by time"
        return [at_least(what, plain_s / ours_s, 10, unit="x faster")]


def build_lake(home: Path, segments: int) -> tuple[str, int]:
    """A lake of days alike; gives the key of one recording of the first day, and the number of days."""
    recordings = [build_recording(number) for number in range(500)]
    days = -(-segments // sum(each["segments"].num_rows for each in recordings))
    for number in range(days):
        moved = [{name: move_rows(rows, number) for name, rows in each.items()} for each in recordings]
        day = DAY + timedelta(days=number)
        write_partition(home / "lake", home / "work", date=day, source="zoom", recordings=moved, parser_version="1")
    return recordings[250]["recordings"]["recording_key"][0].as_py(), days


def _export_by_time(lake: Path, target: Path, day: object) -> None:
    rows = pq.read_table(lake / "segments" / f"date={day}", partitioning=None).sort_by("start_at")
    pq.write_table(rows, target, row_group_size=128_000)


def _look_up(path: Path, key: str) -> int:
    return len(pd.read_parquet(path, filters=[("recording_key", "==", key)]))


def _best(call: Callable[[], object], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        started = time.monotonic()
        call()
        times.append(time.monotonic() - started)
    return min(times)


def main(settings: Settings) -> list[Row]:
    nights = [row for recordings in TARGETS_S for row in measure_night(settings, recordings)]
    return [*nights, *measure_lake(settings, settings.of(SEGMENTS))]
