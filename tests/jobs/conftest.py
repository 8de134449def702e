from __future__ import annotations

import logging
import signal
import sys
from dataclasses import dataclass

import pytest

from harvester.ledger import FileRow, Ledger, RecordingRow
from jobs.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def harvester(monkeypatch, capfd):
    """Runs the command line in this process, as the console script does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    urllib3_level = logging.getLogger("urllib3").level
    on_sigterm = signal.getsignal(signal.SIGTERM)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["harvester", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Outcome(ended.value.code, *capfd.readouterr())

    yield run
    signal.signal(signal.SIGTERM, on_sigterm)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("urllib3").setLevel(urllib3_level)


@pytest.fixture
def home(tmp_path):
    """A home whose ledger knows one recording that failed, with words that steer a terminal, and three runs."""
    row = RecordingRow(
        recording_key="zoom:a\x1b[31mb",
        source="zoom",
        native_id="a\x1b[31mb",
        date="2026-03-02",
        started_at="2026-03-02T09:00:00+00:00",
        folder="zoom/2026/03/02/ab",
        listing_fingerprint="x",
        selection=None,
        transcript_status="pending",
        next_try_at="2026-03-03T09:00:00+00:00",
        attempts=2,
        last_error="it said \x1b[2J\u202eand [bold]more[/bold]",
        entry_sha256="x",
        seq=1,
        published_seq=1,
        published_date="2026-03-02",
        published_sha256="x",
    )
    file = FileRow(row.recording_key, "f1", "video", "failed", None, 9, None, None, None, 2, row.last_error)
    with Ledger(tmp_path / "home" / ".harvester" / "ledger.sqlite") as ledger:
        ledger.settle(row, [file], staged=None)
    return tmp_path / "home"
