"""What the ledger remembers, and whom it serves."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from datetime import timedelta

import pytest
from ledger_samples import NOW, day, file_row, recording, row, staged

from harvester.errors import ConfigError, Failed
from harvester.ledger import Ledger
from harvester.ledger.schema import STEPS
from harvester.model import Kind, Receipt


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    with Ledger(path) as ledger:
        yield ledger


def owed(ledger):
    """Every partition that owes the lake something: its day, the numbers staged for it and the keys that leave it."""
    return [
        (each.date.day, [int(key.removeprefix("zoom:id")) for key, _, _ in each.staged], list(each.leaving))
        for each in ledger.outbox.unpublished()
    ]


def publish(ledger):
    return [path for each in list(ledger.outbox.unpublished()) for path in ledger.outbox.mark_published(each)]


def test_it_is_private_and_durable(ledger, path):
    """Nobody else may read it, and an acknowledged row survives a power cut."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    settings = [
        ledger._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
    ]
    assert settings == ["wal", 2, 1]


def test_another_account_is_refused(ledger, path):
    """Two companies' recordings never mix: the first account owns the ledger, per source."""
    ledger.bind_account("zoom", "acme")
    ledger.bind_account("zoom", "acme")
    ledger.bind_account("bot", "other")
    with pytest.raises(ConfigError, match=r"belongs to the zoom account acme, the credentials are for other") as caught:
        ledger.bind_account("zoom", "other")
    assert str(path) in caught.value.message
    assert "HARVESTER_HOME" in caught.value.hint


def test_a_newer_schema_is_refused(ledger, path):
    """A ledger that a newer version wrote is left alone, with the remedy."""
    ledger._db.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    with pytest.raises(ConfigError, match=rf"has schema version {len(STEPS) + 1}.* up to {len(STEPS)}") as caught:
        Ledger(path)
    assert "update" in caught.value.hint


@pytest.mark.parametrize("home", ["", "/srv/staging/harvest/", "harvest/"])
def test_rows_staged_by_the_first_version_are_still_owed(path, home):
    """The first schema named staged rows with their home; they are found below the staging folder now."""
    path.parent.mkdir()
    name = staged(1, 1)
    with contextlib.closing(sqlite3.connect(path)) as old, old:
        for statement in STEPS[0]:
            old.execute(statement)
        old.execute("PRAGMA user_version=1")
        old.execute("INSERT INTO staged_files VALUES (?, 'zoom:id1', 1)", (f"{home}.harvester/staging/{name}",))
    with Ledger(path) as ledger:
        assert ledger.outbox.staged_names() == {name}


@pytest.mark.parametrize("content", [b"<html>not a database</html>" * 50, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_ledger_is_a_sentence(path, content):
    """What happened, which file, and that the archive can make it again."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Failed, match=rf"the ledger {path} is damaged") as caught:
        Ledger(path)
    assert "harvester repair" in caught.value.hint


def test_damage_in_the_middle_is_a_sentence(path):
    """A page that the disk lost is found when it is read, and named like any other damage."""
    with Ledger(path) as ledger:
        for number in range(300):
            ledger.settle(row(number), [file_row(number, f"f{each}") for each in range(4)], staged=None)
        ledger._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xa5" * (len(data) - 4096 * 2)
    path.write_bytes(data)

    def read_all():
        with Ledger(path) as ledger:
            for number in range(300):
                ledger.files(f"zoom:id{number}")
                ledger.recording(f"zoom:id{number}")

    with pytest.raises(Failed, match=rf"the ledger {path} is damaged"):
        read_all()


def test_a_link_in_its_place_is_refused(path, tmp_path):
    """The ledger is not written through a link that somebody laid there."""
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Failed, match=r"ledger\.sqlite"):
        Ledger(path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_held_ledger_is_a_sentence(ledger, path):
    """A writer that does not let go is an error with the file's name, after the wait."""
    with Ledger(path, busy_s=0.05) as other:
        ledger._db.execute("BEGIN IMMEDIATE")
        with pytest.raises(Failed, match="database is locked"):
            other.set_meta("a", "b")
        ledger._db.execute("ROLLBACK")
        other.set_meta("a", "b")
    assert ledger.meta("a") == "b"


def test_a_transaction_is_all_or_nothing(ledger):
    """A settle that fails on its last row leaves the recording and its files as they were."""
    ledger.settle(row(1), [file_row(1)], staged=staged(1, 1))
    with pytest.raises(Failed):
        ledger.settle(row(1, seq=2), [file_row(1, "f2"), file_row(1, "f2")], staged=staged(1, 2))
    assert ledger.recording("zoom:id1") == row(1)
    assert list(ledger.files("zoom:id1")) == ["f1"]
    ledger.settle(row(1, seq=2), [file_row(1, "f2")], staged=staged(1, 2))
    assert list(ledger.files("zoom:id1")) == ["f2"]


def test_opened_work_is_due_at_once(ledger):
    """A recording that work began on is looked at by the next run, should this one be cut off, in the folder it got."""
    ledger.settle(row(1), [file_row(1)], staged=None)
    ledger.open_recordings([(recording(1), "zoom/2026/03/03/id1"), (recording(2), "zoom/2026/03/02/id2")], now=NOW)
    assert [each.native_id for each in ledger.due("zoom", NOW)] == ["id1", "id2"]
    assert ledger.due("zoom", NOW - timedelta(seconds=1)) == []
    assert ledger.due("bot", NOW) == []
    known = ledger.recording("zoom:id1")
    assert (known.listing_fingerprint, known.folder, known.entry_sha256) == (None, "zoom/2026/03/03/id1", "entry1")
    assert list(ledger.files("zoom:id1")) == ["f1"]


def test_a_failure_is_counted_and_put_off(ledger):
    """What could not be worked on keeps its reason and its next time; an unknown key is no error."""
    ledger.open_recordings([(recording(1), "f")], now=NOW)
    later = NOW + timedelta(hours=1)
    ledger.note_failure("zoom:id1", "the reason", next_try_at=later)
    ledger.note_failure("zoom:id1", "the reason", next_try_at=later)
    ledger.note_failure("zoom:unknown", "the reason", next_try_at=later)
    known = ledger.recording("zoom:id1")
    assert (known.attempts, known.last_error, known.next_try_at) == (2, "the reason", later.isoformat())
    assert ledger.due("zoom", NOW) == []
    assert [each.native_id for each in ledger.reports.owed()] == ["id1"]


def test_a_receipt_is_kept_before_the_entry_is(ledger):
    """Between a file's rename and its `recording.json` the proof is here, each fetch counted."""
    receipt = Receipt("0-transcript-f1.vtt", 5, "ab" * 32, NOW, 6)
    ledger.open_recordings([(recording(1), "f")], now=NOW)
    for _ in range(2):
        ledger.record_archived("zoom:id1", "f1", Kind.TRANSCRIPT, receipt)
    known = ledger.files("zoom:id1")["f1"]
    assert known.receipt() == receipt
    assert known.attempts == 2


@pytest.mark.parametrize("changes", [{"status": "failed"}, {"name": None}, {"sha256": None}, {"fetched_at": None}])
def test_half_a_proof_is_none(changes):
    """A file counts as archived by its whole receipt only."""
    assert file_row(1, **changes).receipt() is None
    assert file_row(1).receipt() is not None


def test_moving_to_another_day_empties_the_old_one_first(ledger):
    """The partition that a recording leaves is rewritten before the one it comes to, so that it is never in both."""
    ledger.settle(row(1, on=2), [], staged=staged(1, 1))
    publish(ledger)
    ledger.settle(row(1, on=1, seq=2), [], staged=staged(1, 2))
    ledger.settle(row(2, on=1), [], staged=staged(2, 1))
    assert owed(ledger) == [(2, [], ["zoom:id1"]), (1, [1, 2], [])]
    leaving, coming = ledger.outbox.unpublished()
    assert ledger.outbox.mark_published(leaving) == []
    assert owed(ledger) == [(2, [], ["zoom:id1"]), (1, [1, 2], [])]
    assert sorted(ledger.outbox.mark_published(coming)) == sorted([staged(1, 2), staged(2, 1)])
    assert owed(ledger) == []
    assert ledger.recording("zoom:id1").published_date == str(day(1))


def test_two_that_change_places(ledger):
    """Two recordings that swap their days leave both and come to both."""
    for number, on in ((1, 2), (2, 3)):
        ledger.settle(row(number, on=on), [], staged=staged(number, 1))
    publish(ledger)
    for number, on in ((1, 3), (2, 2)):
        ledger.settle(row(number, on=on, seq=2), [], staged=staged(number, 2))
    assert owed(ledger) == [(2, [2], ["zoom:id1"]), (3, [1], ["zoom:id2"])]


def test_only_what_is_published_is_let_go(ledger):
    """A stage that came while its partition was being published is kept for the next time."""
    ledger.settle(row(1), [], staged=staged(1, 1))
    (partition,) = ledger.outbox.unpublished()
    ledger.settle(row(1, seq=2), [], staged=staged(1, 2))
    assert ledger.outbox.mark_published(partition) == [staged(1, 1)]
    assert owed(ledger) == [(2, [1], [])]
    assert publish(ledger) == [staged(1, 2)]


def test_a_rebuilt_partition_owes_nothing(ledger):
    """What was written whole from the archive needs no stage any more, and its transcript's state is known."""
    ledger.settle(row(1, transcript_status=None), [], staged=staged(1, 1))
    assert ledger.outbox.mark_rebuilt(day(2), "zoom", [("zoom:id1", "new", "empty")]) == [staged(1, 1)]
    assert owed(ledger) == []
    known = ledger.recording("zoom:id1")
    assert (known.entry_sha256, known.published_sha256, known.transcript_status) == ("new", "new", "empty")


def test_forgetting_keeps_what_the_archive_cannot_say(ledger):
    """Recordings, files and stages go; whose ledger it is, how far it was listed and its runs stay."""
    ledger.bind_account("zoom", "acme")
    ledger.move_watermark("zoom", day(5))
    ledger.runs.start("r1", "nightly", NOW)
    ledger.settle(row(1), [file_row(1)], staged=staged(1, 1))
    ledger.forget_recordings()
    assert ledger.recording("zoom:id1") is None
    assert ledger.files("zoom:id1") == {}
    assert owed(ledger) == []
    assert ledger.meta("account:zoom") == "acme"
    assert ledger.watermarks() == {"zoom": day(5)}
    assert [each.run_id for each in ledger.runs.last(5)] == ["r1"]


def test_the_watermark_never_goes_back(ledger):
    """A backfill of old days does not make the nightly run forget how far it was."""
    assert ledger.watermark("zoom") is None
    for number, expected in ((5, 5), (3, 5), (5, 5), (7, 7)):
        ledger.move_watermark("zoom", day(number))
        assert ledger.watermark("zoom") == day(expected)


def test_runs_are_remembered(ledger):
    """The newest comes first; one that was cut off has no end."""
    for number in range(3):
        ledger.runs.start(f"r{number}", "nightly", NOW + timedelta(hours=number))
    ledger.runs.finish("r0", at=NOW + timedelta(minutes=5), exit_code=3, summary="{}")
    first, second = ledger.runs.last(2)
    assert (first.run_id, first.exit_code, first.finished_at) == ("r2", None, None)
    assert second.run_id == "r1"
    oldest = ledger.runs.last(10)[-1]
    assert (oldest.exit_code, oldest.summary) == (3, "{}")
    assert oldest.finished_at == (NOW + timedelta(minutes=5)).isoformat()


def test_counts_at_a_glance(ledger):
    """Files by kind and state with their bytes, days with their coverage, and what failed."""
    ledger.settle(row(1), [file_row(1), file_row(1, "f2", kind="video", status="failed", error="x")], staged=None)
    ledger.settle(row(2, transcript_status="pending"), [], staged=None)
    assert ledger.reports.count_files()["transcript", "archived"] == (1, 5)
    assert [each.file_key for each in ledger.reports.failed_files()] == ["f2"]
    (only,) = ledger.reports.count_days()
    assert only == {
        "date": "2026-03-02",
        "source": "zoom",
        "recordings": 2,
        "files_listed": 2,
        "files_archived": 1,
        "files_failed": 1,
        "transcripts_available": 1,
        "transcripts_pending": 1,
    }


@pytest.mark.parametrize(
    ("kinds", "transcript_status", "expected"),
    [
        ([("video", "archived"), ("chat", "archived"), ("audio", "failed")], "available", (2, 0)),
        ([("video", "archived")], "pending", (1, 1)),
        ([("transcript", "pending"), ("video", "pending")], "pending", (0, 2)),
        ([], None, (0, 0)),
    ],
)
def test_files_archived_and_awaited(ledger, kinds, transcript_status, expected):
    """A transcript that is awaited counts once, whether it is listed already or not."""
    files = [file_row(1, f"f{n}", kind=kind, status=status) for n, (kind, status) in enumerate(kinds)]
    ledger.settle(row(1, transcript_status=transcript_status), files, staged=None)
    known = ledger.known(["zoom:id1", "zoom:nobody"])
    assert [(key, each.archived, each.awaited) for key, each in known.items()] == [("zoom:id1", *expected)]


def test_only_what_was_never_archived_is_forgotten(ledger):
    """A recording that was announced and turned out to hold nothing goes; one with an entry stays."""
    ledger.open_recordings([(recording(1), "f")], now=NOW)
    ledger.settle(row(2), [file_row(2)], staged=None)
    for number in (1, 2, 3):
        ledger.forget(f"zoom:id{number}")
    assert ledger.recording("zoom:id1") is None
    assert ledger.files("zoom:id2")


def test_the_lake_should_hold(ledger):
    """Every published partition with the folders of its recordings, so that a lost one can be made again."""
    for number, on in ((1, 2), (2, 2), (3, 4)):
        ledger.settle(row(number, on=on), [], staged=staged(number, 1))
    assert ledger.outbox.published_partitions() == set()
    publish(ledger)
    assert ledger.outbox.published_partitions() == {(day(2), "zoom"), (day(4), "zoom")}
    assert ledger.outbox.published_folders(day(2), "zoom") == ["zoom/2026/03/02/id1", "zoom/2026/03/02/id2"]
    assert ledger.outbox.published_folders(day(3), "zoom") == []


def test_nothing_is_left_open(path):
    """A ledger that could not be opened holds no lock on its file."""
    path.parent.mkdir()
    path.write_bytes(b"x" * 4096)
    with pytest.raises(Failed):
        Ledger(path)
    path.unlink()
    with Ledger(path) as ledger:
        assert ledger.meta("a") is None
    with sqlite3.connect(path) as other:
        other.execute("BEGIN EXCLUSIVE")
    other.close()


def test_a_batch_is_kept_together_whatever_ends_it(tmp_path):
    """What was complete is there after an error in the middle; what SQLite undid by itself is said to be undone."""
    path = tmp_path / "ledger.sqlite"

    def note(name, then):
        with Ledger(path) as ledger, ledger.batch():
            ledger.set_meta(name, "1")
            then(ledger)

    with pytest.raises(ZeroDivisionError):
        note("kept", lambda _ledger: 1 / 0)
    with pytest.raises(Failed, match=r"ledger\.sqlite could not keep"):
        note("undone", lambda ledger: ledger._db.execute("ROLLBACK"))  # as SQLite does when the disk fails under it
    with Ledger(path) as ledger:
        assert (ledger.meta("kept"), ledger.meta("undone")) == ("1", None)
