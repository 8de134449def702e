"""Publishing as a reader, an operator and a second publisher see it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_children import come_and_go, in_children, publish_day, publish_range, publish_until
from lake_samples import DAY, key_of, publish, rebuild, recording, snapshot, stage

from harvester.errors import Damaged, Failed
from harvester.lake import parquet
from harvester.lake.docs import write_lake_docs
from harvester.lake.stage import open_stage, write_stage


def test_incremental_equals_whole(tmp_path):
    """Recordings that arrive one by one, some twice, end in the same bytes as all at once in any order."""
    numbers = [5, 1, 4, 2, 3]
    for seq, number in enumerate(numbers):
        publish(tmp_path / "a", [stage(tmp_path / "a", recording(number, revision=9), seq=seq)])
    publish(tmp_path / "a", [stage(tmp_path / "a", recording(number), seq=10 + number) for number in numbers])
    rebuild(tmp_path / "b", [recording(number) for number in (3, 5, 2, 1, 4)])
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")
    assert len(snapshot(tmp_path / "a")) == 12


steps = st.lists(
    st.tuples(
        st.sets(st.integers(0, 5), max_size=3), st.dictionaries(st.integers(0, 5), st.integers(0, 2), max_size=3)
    ),
    max_size=5,
)


@pytest.mark.parametrize("group_rows", [parquet.ROW_GROUP_ROWS, 3])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_history_gives_the_same_bytes(tmp_path_factory, monkeypatch, group_rows, history):
    """Whatever was added, replaced and removed before, only the final content decides the bytes."""
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", group_rows)
    home = tmp_path_factory.mktemp("history")
    content: dict[int, int] = {}
    for seq, (gone, come) in enumerate(history):
        stages = [stage(home, recording(number, revision=rev, n_segments=rev), seq=seq) for number, rev in come.items()]
        publish(home, stages, remove=[key_of(recording(number)) for number in gone])
        content = {number: rev for number, rev in content.items() if number not in gone} | come
    other = tmp_path_factory.mktemp("whole")
    rebuild(other, [recording(number, revision=rev, n_segments=rev) for number, rev in content.items()])
    assert snapshot(home) == snapshot(other)


def test_twice_is_once(tmp_path):
    """Publishing the same again replaces no file: not even the time stamps move."""
    stages = [stage(tmp_path, recording(1)), stage(tmp_path, recording(2))]
    first = publish(tmp_path, stages)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*")}
    second = publish(tmp_path, stages)
    assert (first.files_rewritten, first.files_unchanged) == (6, 0)
    assert (second.files_rewritten, second.files_unchanged) == (0, 6)
    assert second.fingerprint == first.fingerprint
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*")}


def test_later_stage_wins(tmp_path):
    """Of two stages of one recording the higher number counts, also when 10 follows 9 and order is reversed."""
    stages = [
        stage(tmp_path, recording(1, revision=2, n_segments=3), seq=10),
        stage(tmp_path, recording(1, revision=1, n_segments=5), seq=9),
    ]
    assert publish(tmp_path, stages).rows["segments"] == 3


def test_removal_leaves_nothing(tmp_path):
    """A partition without recordings has no file and no folder; another source's files stay."""
    publish(tmp_path, [stage(tmp_path, recording(1))])
    bots = recording(2, source="recall")
    publish(tmp_path, [stage(tmp_path, bots, source="recall")], source="recall")
    result = publish(tmp_path, remove=[key_of(recording(1))])
    assert result.rows["recordings"] == 0
    assert {name.split("/")[-1] for name, kind in snapshot(tmp_path).items() if kind != "folder"} == {
        "recall-00-of-01.parquet"
    }
    publish(tmp_path, remove=[key_of(bots)], source="recall")
    assert snapshot(tmp_path) == {}


def test_empty_folder_of_a_dead_publisher_goes(tmp_path):
    """A folder that a publisher emptied but died before removing goes with the next publish."""
    folder = tmp_path / "lake" / "turns" / f"date={DAY}"
    folder.mkdir(parents=True)
    publish(tmp_path, remove=["zoom:x"])
    assert not folder.exists()


def test_footers_are_equal_in_all_tables(tmp_path):
    """Every file of one publish carries the same three facts, so that a torn publish can be seen."""
    published = publish(tmp_path, [stage(tmp_path, recording(1))])
    footers = []
    for path in (tmp_path / "lake").rglob("*.parquet"):
        metadata = pq.read_metadata(path).metadata
        footers.append({k.decode(): v.decode() for k, v in metadata.items() if k.startswith(b"harvester.")})
    assert (
        footers
        == [
            {
                "harvester.schema_version": "1",
                "harvester.parser_version": "1",
                "harvester.fingerprint": published.fingerprint,
            }
        ]
        * 6
    )


def test_coverage_counts_the_partition(tmp_path):
    """Coverage is counted from what the partition holds after the change."""
    publish(tmp_path, [stage(tmp_path, recording(1)), stage(tmp_path, recording(2))])
    (row,) = pq.ParquetFile(tmp_path / "lake" / "coverage" / f"date={DAY}" / "zoom-00-of-01.parquet").read().to_pylist()
    assert row == {
        "source": "zoom",
        "recordings_listed": 2,
        "files_listed": 4,
        "files_archived": 2,
        "transcripts_available": 2,
        "transcripts_pending": 0,
        "gaps": 2,
        "awaited_since": None,
        "last_archived_at": datetime(2026, 3, 2, 9, 2, tzinfo=UTC),
    }


def test_nothing_but_parquet_below_a_table(tmp_path):
    """Temporary files never lie in the lake, and none are left in the work folder."""
    publish(tmp_path, [stage(tmp_path, recording(1))])
    files = [path for path in (tmp_path / "lake").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".parquet"}
    assert not list((tmp_path / "work" / "tmp").iterdir())


def test_leftovers_of_a_dead_publisher_do_not_matter(tmp_path):
    """Half-written files of a publisher that died are removed, not published and not in the way."""
    scratch = tmp_path / "work" / "tmp" / f"{DAY}.zoom"
    scratch.mkdir(parents=True)
    (scratch / "segments.parquet").write_bytes(b"PAR1 half")
    publish(tmp_path, [stage(tmp_path, recording(1))])
    assert not scratch.exists()


def test_orphans_of_an_unfinished_publish_are_dropped(tmp_path):
    """Child rows whose recording never made it into `recordings` go with the next publish, whatever that is."""
    publish(tmp_path, [stage(tmp_path, recording(1)), stage(tmp_path, recording(2))])
    other = tmp_path / "other"
    publish(other, [stage(other, recording(1))])
    name = Path("recordings") / f"date={DAY}" / "zoom-00-of-01.parquet"
    (other / "lake" / name).replace(tmp_path / "lake" / name)
    publish(tmp_path, [stage(tmp_path, recording(3))])
    rebuild(tmp_path / "expected", [recording(1), recording(3)])
    assert snapshot(tmp_path) == snapshot(tmp_path / "expected")


@pytest.mark.parametrize("operation", ["add", "remove"])
def test_killed_anywhere_then_done_again(tmp_path, operation):
    """SIGKILL before any of its renames and removals leaves whole files; doing it again ends in the same bytes."""
    numbers, gone = ((2, 3), (1,)) if operation == "add" else ((), (1, 2))
    start, expected = tmp_path / "start", tmp_path / "expected"
    rebuild(start, [recording(1), recording(2)])
    rebuild(expected, [recording(number, revision=1) for number in numbers])
    stages = [stage(start, recording(number, revision=1), seq=5) for number in numbers]
    remove = [key_of(recording(number)) for number in gone]
    before, goal = snapshot(start), snapshot(expected)
    for when in range(1, 100):
        home = shutil.copytree(start, tmp_path / f"home{when}")
        if in_children([(publish_until, home, when, stages, remove)])[0] == 0:
            break
        for name, digest in snapshot(home).items():
            assert digest in {"folder", before.get(name), goal.get(name)}, (when, name)
        publish(home, stages, remove=remove)
        assert snapshot(home) == goal, when
    assert when > 6
    assert snapshot(home) == goal


@pytest.mark.parametrize("removal", [False, True])
def test_order_on_disk(tmp_path, monkeypatch, removal):
    """Every new file is durable before the first rename, `recordings` is renamed last (removed first), then folders."""
    publish(tmp_path, [stage(tmp_path, recording(1)), stage(tmp_path, recording(2))])
    stages = [] if removal else [stage(tmp_path, recording(3))]
    calls: list[tuple[str, str]] = []
    lake = str(tmp_path / "lake")

    def note_fsync(handle):
        path = Path(f"/proc/self/fd/{handle}").readlink()
        calls.append(("folder" if path.is_dir() else "file", str(path)))

    def note_rename(source, target, real=os.replace):
        calls.append(("rename", str(target)))
        real(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_rename)
    publish(tmp_path, stages, remove=[key_of(recording(1))])
    kinds = [kind for kind, path in calls if kind == "file" or path.startswith(lake)]
    assert kinds == ["file"] * 6 + ["rename"] * 6 + ["folder"] * 6
    renamed = [Path(path).relative_to(lake).parts[0] for kind, path in calls if kind == "rename"]
    assert renamed[0 if removal else -1] == "recordings"


def test_two_publishers_lose_nothing(tmp_path):
    """Processes that publish different recordings into one partition at once wait for each other; none is lost."""
    assert in_children([(publish_range, tmp_path, start) for start in (0, 10)]) == [0, 0]
    rebuild(tmp_path / "expected", [recording(number) for number in (*range(6), *range(10, 16))])
    assert snapshot(tmp_path) == snapshot(tmp_path / "expected")


def test_memory_holds_a_part_of_a_day(tmp_path):
    """Publishing a day, and changing one recording of it, takes no more memory when the day is four times as long."""
    days = {tmp_path / str(recordings): recordings for recordings in (12, 48)}
    assert in_children([(publish_day, home, recordings) for home, recordings in days.items()]) == [0, 0]
    short, long = (int((home / "peak").read_text()) for home in days)
    assert long < 1.3 * short


def test_sources_share_a_day_without_a_common_lock(tmp_path):
    """One source emptying the day while another fills it never fails, though each holds only its own lock."""
    assert in_children([(come_and_go, tmp_path, source) for source in ("zoom", "recall")]) == [0, 0]
    assert snapshot(tmp_path) == {}


def test_a_day_s_folder_that_another_source_makes_and_fills_first_is_taken(tmp_path, monkeypatch):
    """Between our look and our rename the other one renames its own there, and a file into it."""
    rename = Path.rename

    def overtaken(self, target):
        if self.suffix == ".tmp" and not Path(target).exists() and not Path(target).suffix:
            Path(target).mkdir()
            (Path(target) / "recall-00-of-01.parquet").write_bytes(b"of another source")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", overtaken)
    publish(tmp_path, [stage(tmp_path, recording(1))])
    for table in ("recordings", "segments"):
        names = {each.name for each in (tmp_path / "lake" / table / f"date={DAY}").iterdir()}
        assert names == {"recall-00-of-01.parquet", "zoom-00-of-01.parquet"}
    assert not list((tmp_path / "lake").rglob("*.tmp"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "unsorted", "twice"])
def test_damaged_lake_file_is_named_with_its_remedy(tmp_path, damage):
    """An old file that cannot be trusted stops the publish, names itself, and points to the rebuild."""
    publish(tmp_path, [stage(tmp_path, recording(n, n_segments=400)) for n in (1, 2)])
    path = tmp_path / "lake" / "segments" / f"date={DAY}" / "zoom-00-of-01.parquet"
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-20])
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    elif damage == "foreign":
        pq.write_table(pa.table({"a": [1]}), path)
    else:
        rows = pq.ParquetFile(path).read()
        order = reversed(range(rows.num_rows)) if damage == "unsorted" else [0, *range(rows.num_rows)]
        pq.write_table(rows.take(list(order)), path)
    before = snapshot(tmp_path)
    with pytest.raises(Damaged, match="zoom-00-of-01") as caught:
        publish(tmp_path, [stage(tmp_path, recording(3))])
    assert "harvester rebuild" in caught.value.hint
    assert snapshot(tmp_path) == before
    rebuild(tmp_path, [recording(1)])


def test_older_file_gets_the_new_column_as_null(tmp_path):
    """A file from before a column was added is read with nulls, and written again with the column."""
    publish(tmp_path, [stage(tmp_path, recording(1))])
    path = tmp_path / "lake" / "segments" / f"date={DAY}" / "zoom-00-of-01.parquet"
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["time_flag"]), path)
    publish(tmp_path, [stage(tmp_path, recording(2))])
    rebuild(tmp_path / "expected", [recording(1), recording(2)])
    assert snapshot(tmp_path) == snapshot(tmp_path / "expected")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"day": DAY + timedelta(days=1)}, "started on 2026-03-03"),
        ({"source": "recall"}, "another source"),
    ],
)
def test_rows_of_another_partition_are_refused(tmp_path, change, finding):
    """A recording of another day or source cannot slip into a partition."""
    with pytest.raises(Failed, match=finding):
        rebuild(tmp_path, [recording(1, **change)])


def test_orphans_and_repeated_keys_are_refused(tmp_path):
    """Rows without their recording, and the same key twice, are a caller's mistake and change nothing."""
    lonely = recording(1) | {"recordings": recording(2)["recordings"]}
    with pytest.raises(Failed, match="without their recording"):
        rebuild(tmp_path, [lonely])
    with pytest.raises(Failed, match="repeat the key"):
        rebuild(tmp_path, [recording(1), recording(1)])
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("source", ["../x", "Zoom", "a-b", "", "a" * 64])
def test_source_cannot_leave_its_folder(tmp_path, source):
    """A source's name is a file name's head, so only harmless names are taken."""
    with pytest.raises(Failed, match="cannot name a source"):
        publish(tmp_path, remove=["x"], source=source)


def test_stage_round_trip_and_damage(tmp_path):
    """A stage gives back its tables; cut at any length or missing, it is reported and never half read."""
    tables = recording(1)
    path = stage(tmp_path, tables)
    opened = open_stage(path)
    assert {name: opened.read(name) for name in tables} == tables
    assert opened.rows("segments") == tables["segments"].num_rows
    assert path.parent.parent.name == "2026-03-02"
    data = path.read_bytes()
    for length in [*range(0, len(data), 997), len(data) - 1]:
        path.write_bytes(data[:length])
        with pytest.raises(Damaged):
            open_stage(path)
    path.write_bytes(data.replace(b"ship", b"shop"))
    with pytest.raises(Damaged, match="not those that were written"):
        open_stage(path).read("turns")
    path.unlink()
    with pytest.raises(Damaged, match="staged rows"):
        publish(tmp_path, [path])


def test_stage_holds_its_own_recording(tmp_path):
    """A stage under another recording's name would replace the wrong rows, so it is refused."""
    with pytest.raises(Failed, match="exactly its own row"):
        write_stage(tmp_path, recording_key="zoom:other", seq=1, date=DAY, source="zoom", tables=recording(1))


def test_readers_rights_follow_the_lake_folder(tmp_path):
    """Files are private by default; opening the lake's own folder opens what is published into it from then on."""
    publish(tmp_path, [stage(tmp_path, recording(1))])
    files = list((tmp_path / "lake").rglob("*.parquet"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    (tmp_path / "lake").chmod(0o750)
    day = DAY + timedelta(days=1)
    publish(tmp_path, [stage(tmp_path, recording(1, day=day), day=day)], day=day)
    folder = tmp_path / "lake" / "segments" / f"date={day}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / "zoom-00-of-01.parquet").stat().st_mode) == 0o640


def test_full_disk_is_said_and_changes_nothing(tmp_path):
    """When a file cannot be written to its end, the publish says so and the lake stays as it was."""
    publish(tmp_path, [stage(tmp_path, recording(1))])
    before = snapshot(tmp_path)
    big = stage(tmp_path, recording(2, n_segments=20_000))
    script = (
        "import resource, signal, sys; sys.path[:0] = [sys.argv[1]]\n"
        "from pathlib import Path; from lake_samples import publish\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "publish(Path(sys.argv[2]), [Path(sys.argv[3])])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path), str(big)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "harvester.errors.Failed: cannot write" in done.stderr
    assert snapshot(tmp_path) == before


def test_lake_docs_are_written_once(tmp_path):
    """README and views lie beside the data and are replaced only when they differ."""
    assert write_lake_docs(tmp_path / "lake")
    assert not write_lake_docs(tmp_path / "lake")
    (tmp_path / "lake" / "views.sql").write_text("old")
    assert write_lake_docs(tmp_path / "lake")
    assert "CREATE OR REPLACE TEMP VIEW segments" in (tmp_path / "lake" / "views.sql").read_text()
