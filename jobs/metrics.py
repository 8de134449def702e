"""The same facts for Prometheus and for node_exporter's textfile collector."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from harvester.clock import Clock
from harvester.files import nearest_existing
from harvester.ledger import EventState, Ledger

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)


class RequestMetrics:
    """What the receiver answered, and how fast."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "harvester_webhook_answers", "Webhook requests by HTTP status", ["status"], registry=registry
        )
        self._seconds = Histogram("harvester_webhook_seconds", "Time to an answer", buckets=_BUCKETS, registry=registry)

    def count(self, status: int, seconds: float) -> None:
        self._answers.labels(str(status)).inc()
        self._seconds.observe(seconds)


class Gauges:
    """What the ledger says now; `open_ledger` gives it for the moment of the question."""

    def __init__(self, open_ledger: Callable[[], AbstractContextManager[Ledger]], state: Path, clock: Clock) -> None:
        self.registry = CollectorRegistry()
        self._open_ledger = open_ledger
        self._state = state
        self._clock = clock
        self._lock = threading.Lock()
        self._events = self._gauge("events", "Received events by state", "state")
        self._oldest = self._gauge("oldest_waiting_event_seconds", "Age of the oldest event that waits; 0 without one")
        self._files = self._gauge("files", "Files by kind and status", "kind", "status")
        self._owed = self._gauge("recordings_owed", "Recordings that something is still owed to")
        self._awaited = self._gauge("transcripts_awaited", "Recordings whose transcript is awaited")
        self._run_at = self._gauge("last_run_timestamp_seconds", "End of the last finished run", "command")
        self._run_code = self._gauge("last_run_exit_code", "Exit code of that run", "command")
        self._run_facts = self._gauge("last_run", "Counters of that run's summary", "command", "counter")
        self._listed_to = self._gauge("listed_to_timestamp_seconds", "All is listed up to this day's end", "source")
        self._disk = self._gauge("disk_free_bytes", "Free bytes where the state lies")

    def render(self) -> bytes:
        """All of it in Prometheus' text format. Raises HarvesterError when the ledger cannot be read."""
        with self._lock:  # two who ask at once must not see each other's half
            self._update()
            return generate_latest(self.registry)

    def _update(self) -> None:
        with self._open_ledger() as ledger:
            for each in (self._files, self._run_at, self._run_code, self._run_facts, self._listed_to):
                each.clear()  # what is no longer so would be told for as long as this process lives
            counts = ledger.inbox.counts()
            for state in EventState:
                self._events.labels(state).set(counts.get(state, 0))
            oldest = ledger.inbox.oldest_waiting()
            self._oldest.set((self._clock.now() - oldest).total_seconds() if oldest else 0)
            for (kind, status), (count, _) in ledger.reports.count_files().items():
                self._files.labels(kind, status).set(count)
            owed = ledger.reports.owed()
            self._owed.set(len(owed))
            self._awaited.set(sum(each.transcript_status == "pending" for each in owed))
            for run in ledger.runs.last_finished():
                self._tell_run(run.command, run.finished_at, run.exit_code, json.loads(run.summary or "{}"))
            for source, day in ledger.watermarks().items():
                self._listed_to.labels(source).set(datetime.fromisoformat(f"{day}T23:59:59+00:00").timestamp())
        self._disk.set(shutil.disk_usage(nearest_existing(self._state)).free)

    def _tell_run(self, command: str, finished_at: str | None, exit_code: int | None, summary: dict[str, Any]) -> None:
        if finished_at is not None and exit_code is not None:
            self._run_at.labels(command).set(datetime.fromisoformat(finished_at).timestamp())
            self._run_code.labels(command).set(exit_code)
        for name, value in summary.items():
            if isinstance(value, int | list) and name != "exit_code":
                self._run_facts.labels(command, name).set(len(value) if isinstance(value, list) else value)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"harvester_{name}", meaning, labels, registry=self.registry)
