"""From an event to rows in the lake, and how fast the receiver acknowledges while the worker harvests.

The sandbox, `harvester serve` with its worker, and the sender are processes of their own on one machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.measure import ROOT, environment
from benchmarks.settings import Settings
from benchmarks.table import Row, at_most
from harvester.sandbox import Sandbox, generate_account, sign_event

_SECRET = "bench-webhook-secret"  # noqa: S105 - of a server on loopback
_HELD = 1_000
_NEW = 30
_RATE, _SECONDS, _COPIES = 200, 30, 4
_LISTENING = re.compile(r"serve\.listening .*port=(\d+)")


def main(settings: Settings) -> list[Row]:
    rows = [*_latency(settings), *_load(settings)]
    for row in rows:
        print(f"{row.what}: {row.measured} (target {row.target})", flush=True)
    return rows


def _latency(settings: Settings) -> list[Row]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    account = generate_account(meetings=_HELD + _NEW, seed=7, days=1, media_bytes=2_000, today=midnight)
    late = [each for each in account.meetings if any(file.file_type == "TRANSCRIPT" for file in each.files or ())]
    chosen = late[:: max(1, len(late) // _NEW)][:_NEW]
    transcripts = {m.uuid: [f.id for f in m.files or () if f.file_type == "TRANSCRIPT"] for m in chosen}
    unknown = {each.uuid for each in chosen[::2]}
    with Sandbox(account) as box:
        env = _environment(box, settings.work)
        box.trashed.update(unknown, *(ids for uuid, ids in transcripts.items() if uuid not in unknown))
        subprocess.run(
            [sys.executable, "-m", "jobs", "nightly", "--since", "5d"], env=env, check=True, stderr=subprocess.DEVNULL
        )
        box.trashed.clear()
        took: dict[bool, list[float]] = {True: [], False: []}
        with _serving(env, settings.work) as port:
            for each in chosen:
                is_new = each.uuid in unknown
                body = box.events.build(
                    "recording.completed" if is_new else "recording.transcript_completed", each.uuid
                )
                took[is_new].append(_time_to_rows(port, body, each.uuid, settings.work))
    n_held = len({each.start_at.date() for each in account.meetings})
    assert n_held == 1, "the recordings do not lie on one day"
    what = f"event to rows in the lake, on a day of {_HELD:,} recordings"
    note = "median of {}, slowest {:.2f}"
    return [
        at_most(f"{what}: {name}", statistics.median(each), 2.0, unit="s", note=note.format(len(each), max(each)))
        for name, each in (("transcript of a known recording", took[False]), ("a new recording", took[True]))
    ]


def _time_to_rows(port: int, body: bytes, uuid: str, work: Path) -> float:
    began = time.perf_counter()
    assert _post(port, body) == 204, "not acknowledged"  # noqa: PLR2004
    key = f"zoom:{uuid}"
    while time.perf_counter() - began < 60:  # noqa: PLR2004
        (path,) = (work / "home/lake/segments").glob("*/*.parquet")
        with contextlib.suppress(OSError):
            if key in set(pq.read_table(path, columns=["recording_key"])["recording_key"].unique().to_pylist()):
                return time.perf_counter() - began
        time.sleep(0.01)
    raise AssertionError(f"no rows of {uuid} after a minute")


def _load(settings: Settings) -> list[Row]:
    """Open loop: an event every 5 ms whatever the answers do; each event comes four times."""
    count = _RATE * _SECONDS
    account = generate_account(meetings=count // _COPIES, seed=8, days=3, cues=10, media_bytes=2_000)
    plan = settings.work / "events.jsonl"
    with Sandbox(account) as box:
        env = _environment(box, settings.work / "load")
        with plan.open("w") as out:
            for number in range(count):
                body = box.events.build("recording.completed", account.meetings[number % len(account.meetings)].uuid)
                fixed = json.loads(body) | {"event_ts": 1}
                out.write(json.dumps(fixed) + "\n")
        with _serving(env, settings.work) as port:
            sender = [sys.executable, "-m", "benchmarks.send_events", str(port), str(plan), str(_RATE), _SECRET]
            done = subprocess.run(sender, env=environment(), check=True, capture_output=True, text=True)
            sent = json.loads(done.stdout)
            waits = sorted(sent["waits"])
            states = _wait_until_served(settings.work / "load/home/.harvester/ledger.sqlite")
            details = sum(each.kind == "meeting" for each in box.requests)
    p99 = waits[int(len(waits) * 0.99)] * 1000
    what = f"{_RATE} events/s for {_SECONDS} s while the worker harvests"
    note = f"median {statistics.median(waits) * 1000:.1f}, slowest {waits[-1] * 1000:.0f}"
    lost = count - sent["acknowledged"] + count - states["copies"]
    return [
        at_most(f"{what}: acknowledged, 99 of 100", p99, 100, unit="ms", note=note),
        at_most(f"{what}: lost", lost, 0, unit="events"),
        at_most(
            f"{what}: jobs per event, each sent {_COPIES} times", details / len(account.meetings), 1.0, unit="jobs"
        ),
    ]


def _wait_until_served(path: Path) -> dict[str, int]:
    import sqlite3

    while True:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as ledger:
            waiting, copies = ledger.execute(
                "SELECT coalesce(sum(next_try_at IS NOT NULL), 0), sum(copies) FROM events"
            ).fetchone()
        if not waiting:
            return {"copies": copies}
        time.sleep(0.5)


def _environment(box: Sandbox, work: Path) -> dict[str, str]:
    work.mkdir(parents=True, exist_ok=True)
    return environment(**box.environment(), ZOOM_WEBHOOK_SECRET=_SECRET, HARVESTER_HOME=str(work / "home"))


def _post(port: int, body: bytes) -> int:
    import http.client

    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", "/webhooks/zoom", body, sign_event(body, _SECRET, str(int(time.time()))))
        return connection.getresponse().status


@contextlib.contextmanager
def _serving(env: dict[str, str], work: Path) -> Iterator[int]:
    log = work / "serve.log"
    with log.open("wb") as err:
        command = [sys.executable, "-m", "jobs", "serve", "--bind", "127.0.0.1:0"]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=err, stdout=subprocess.DEVNULL)
    try:
        while not (found := _LISTENING.search(log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        time.sleep(3.0)  # its worker is up too
        yield int(found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        os.sync()
