"""The ledger and its lock between processes, and when one of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harvester.errors import AlreadyRunning, Failed
from harvester.ledger import WORKER, Ledger, is_awaited, run_lock

HERE = Path(__file__).parent
WRITER = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from ledger_samples import NOW, file_row, recording, row, staged
from harvester.ledger import Ledger
with Ledger(Path(sys.argv[1])) as ledger:
    for number in range(100_000):
        ledger.open_recordings([(recording(number), "f")], now=NOW)
        ledger.settle(row(number), [file_row(number, f"f{{each}}") for each in range(5)], staged=staged(number, 1))
        print(number, flush=True)
"""
HOLDER = """
import sys, time
from pathlib import Path
from harvester.ledger import run_lock
with run_lock(Path(sys.argv[1]), *sys.argv[2:]):
    print("held", flush=True)
    time.sleep(60)
"""
POLITE = """
import sys, time
from pathlib import Path
from harvester.ledger import is_awaited, run_lock
with run_lock(Path(sys.argv[1]), "work"):
    print("held", flush=True)
    while not is_awaited(Path(sys.argv[1])):
        time.sleep(0.001)
"""
OPENER = """
import sys
from pathlib import Path
from harvester.ledger import Ledger
print("ready", flush=True)
sys.stdin.readline()
with Ledger(Path(sys.argv[1])) as ledger:
    ledger.set_meta(sys.argv[2], "here")
"""


def start(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill(process):
    process.kill()
    rest, _ = process.communicate()
    return rest.splitlines()


@pytest.mark.parametrize("settled", [1, 7, 40])
def test_killed_between_or_in_transactions(tmp_path, settled):
    """All that was acknowledged before the kill is there, whole, and nothing is there by halves."""
    path = tmp_path / "ledger.sqlite"
    writer = start(WRITER, path)
    for _ in range(settled):
        writer.stdout.readline()
    acknowledged = settled + len(kill(writer))
    with Ledger(path) as ledger:
        assert ledger._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        staged = {key for each in ledger.outbox.unpublished() for key, _, _ in each.staged}
        assert len(staged) >= acknowledged
        for number in range(acknowledged + 2):
            known = ledger.recording(f"zoom:id{number}")
            files = ledger.files(f"zoom:id{number}")
            whole = known is not None and known.seq == 1
            assert (len(files), f"zoom:id{number}" in staged) == ((5, True) if whole else (0, False))
            assert whole or number >= acknowledged
            assert known is None or whole or known.next_try_at


def test_the_lock_is_exclusive_and_says_who_holds_it(tmp_path):
    """A second run ends at once with the first one's process number, and may start when it has ended."""
    holder = start(HOLDER, tmp_path)
    holder.stdout.readline()
    with pytest.raises(AlreadyRunning, match=rf"process {holder.pid} run\)"), run_lock(tmp_path):
        pass
    kill(holder)
    with run_lock(tmp_path):
        assert (tmp_path / "locks" / "run.lock").read_text() == f"{os.getpid()} run\n"


def test_the_worker_is_asked_and_waited_for(tmp_path):
    """It learns that a run waits, and that run has the lock as soon as it lets go; it leaves no name behind."""
    for _ in range(5):
        worker = start(POLITE, tmp_path)
        assert worker.stdout.readline() == "held\n"
        with run_lock(tmp_path, "nightly"):
            worker.communicate(timeout=20)
        assert worker.returncode == 0
    assert (tmp_path / "locks" / "run.lock").read_text() == ""


def test_the_worker_waits_for_nobody(tmp_path):
    """It comes back later: two that wait for each other would stand still."""
    holder = start(HOLDER, tmp_path, "nightly")
    holder.stdout.readline()
    with pytest.raises(AlreadyRunning, match="nightly"), run_lock(tmp_path, WORKER):
        pass
    kill(holder)


def test_only_one_waits_for_the_worker(tmp_path):
    """A third run ends at once with its sentence, and a killed worker lets the waiting one in."""
    worker = start(HOLDER, tmp_path, WORKER)
    worker.stdout.readline()
    waiting = start(HOLDER, tmp_path, "nightly")
    while not is_awaited(tmp_path):
        time.sleep(0.01)
    with pytest.raises(AlreadyRunning, match="work"), run_lock(tmp_path, "backfill"):
        pass
    kill(worker)
    assert waiting.stdout.readline() == "held\n"
    kill(waiting)


def test_a_killed_holder_frees_the_lock(tmp_path):
    """No stale lock keeps tomorrow's run away: the next one starts at once, and its number replaces the old."""
    for _ in range(2):
        holder = start(HOLDER, tmp_path)
        assert holder.stdout.readline() == "held\n"
        kill(holder)
        assert holder.returncode == -signal.SIGKILL
    with run_lock(tmp_path), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"), run_lock(tmp_path):
        pass


def test_the_lock_survives_an_error_inside(tmp_path):
    """A run that fails frees the lock for the next one in the same process."""
    with pytest.raises(ValueError, match="boom"), run_lock(tmp_path):
        raise ValueError("boom")
    with run_lock(tmp_path):
        pass


def test_a_link_in_place_of_the_lock_is_refused(tmp_path):
    """A lock file that leads elsewhere is not emptied through the link."""
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "run.lock").symlink_to(victim)
    with pytest.raises(Failed, match=r"run\.lock"), run_lock(tmp_path):
        pass
    assert victim.read_text() == "kept"


def test_two_that_open_a_new_ledger_at_once(tmp_path):
    """The first night and a `status` beside it both find a ledger, whoever made its tables."""
    for attempt in range(3):
        path = tmp_path / str(attempt) / "ledger.sqlite"
        openers = [start(OPENER, path, number) for number in range(4)]
        for each in openers:
            each.stdout.readline()
        for each in openers:
            each.stdin.write("\n")
            each.stdin.flush()
        errors = [each.communicate()[1] for each in openers]
        assert [each.returncode for each in openers] == [0] * 4, errors
        with Ledger(path) as ledger:
            assert [ledger.meta(str(number)) for number in range(4)] == ["here"] * 4
