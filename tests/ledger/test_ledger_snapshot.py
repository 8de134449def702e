"""A snapshot is the ledger as it is, and nobody can tell afterwards that it was taken."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest
from ledger_samples import NOW, file_row, row

from harvester.errors import ConfigError, Failed
from harvester.ledger import Ledger
from harvester.ledger.schema import STEPS

KILLED = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("INSERT INTO meta VALUES ('late', 'yes')")
os._exit(9)
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "state" / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.settle(row(1), [file_row(1)], staged=None)
    return path


def traces(path):
    """Every file beside the ledger: name, bytes and times."""
    return {
        each.name: (each.read_bytes(), each.stat().st_mtime_ns, each.stat().st_ino) for each in path.parent.iterdir()
    }


def test_a_snapshot_of_a_ledger_at_rest(path):
    """It holds the rows, takes what it is told, and no byte, file or time beside the ledger changes."""
    before = traces(path)
    assert set(before) == {"ledger.sqlite", "ledger.lock"}
    with Ledger.snapshot(path) as ledger:
        assert ledger.recording(row(1).recording_key) == row(1)
        ledger.move_watermark("zoom", NOW.date())
        assert ledger.watermark("zoom") == NOW.date()
    assert traces(path) == before
    with Ledger(path) as ledger:
        assert ledger.watermark("zoom") is None


def test_a_snapshot_where_there_is_no_ledger(tmp_path):
    """It is empty and works; no folder is made."""
    with Ledger.snapshot(tmp_path / "none" / "ledger.sqlite") as ledger:
        assert ledger.watermarks() == {}
        ledger.settle(row(1), [], staged=None)
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_while_a_run_writes(path):
    """What is committed is seen although it only stands in the log, what is not is not, and nobody waits."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO meta VALUES ('a', 'committed')")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO meta VALUES ('b', 'not yet')")
        before = traces(path)
        with Ledger.snapshot(path) as ledger:
            assert (ledger.meta("a"), ledger.meta("b")) == ("committed", None)
        assert traces(path) == before
        writer.execute("COMMIT")


def test_a_snapshot_after_a_kill(path):
    """The log of a run that was killed is read and stays as it lies."""
    assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == 9
    before = traces(path)
    assert before["ledger.sqlite-wal"][0]
    with Ledger.snapshot(path) as ledger:
        assert ledger.meta("late") == "yes"
    assert traces(path) == before
    (path.parent / "ledger.sqlite-shm").unlink()
    with pytest.raises(Failed, match="has a log and no index") as caught:
        Ledger.snapshot(path)
    assert "harvester status" in caught.value.hint


def test_a_snapshot_of_an_older_and_a_newer_schema(path):
    """An older one is brought up to date in memory only; a newer one is refused as by a run."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    with pytest.raises(ConfigError, match="schema version"):
        Ledger.snapshot(path)
    path.unlink()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    before = traces(path)
    with Ledger.snapshot(path) as ledger:
        assert ledger.runs.last(3) == []
    assert traces(path) == before


def test_a_snapshot_of_what_is_no_ledger(path):
    """Damage and missing rights are sentences with a remedy."""
    path.write_bytes(b"no database at all" * 300)
    with pytest.raises(Failed, match="damaged") as caught:
        Ledger.snapshot(path)
    assert "harvester repair" in caught.value.hint
    if os.geteuid():
        path.parent.chmod(0)
        try:
            with pytest.raises(Failed, match="cannot read"):
                Ledger.snapshot(path)
        finally:
            path.parent.chmod(0o700)
