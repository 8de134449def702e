from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import random
import shutil
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from damage import hurt
from oracle import check_archive, check_lake, read_entries, read_rows, snapshot
from rig import Rig, assert_sentence

from harvester.sandbox import demo_account


@pytest.fixture
def copy(make_rig, demo, quick) -> Rig:
    """The demo's home, for a test to do what it likes to."""
    return make_rig(demo.box.account, home=demo.home)


def spoken(rig: Rig) -> Path:
    """An archived transcript."""
    return min(rig.archive.rglob("*transcript*.vtt"))


def subjects(report: dict) -> dict[str, str]:
    return {each["subject"]: each["problem"] for each in report["findings"] if each["damage"]}


def test_what_zoom_cannot_serve_now_is_left_and_said(copy, demo):
    """While Zoom answers 503 the damage stays as it is, bytes and receipt; then the same command repairs."""
    path = spoken(copy)
    hurt(path, "flip", random.Random(2))
    before = snapshot(copy.archive)
    copy.box.faults.add("meeting:503:always")
    ran = copy.call("repair", "--deep")
    assert ran.code == 13
    assert_sentence(ran, "not repaired", "503", path.name)
    assert snapshot(copy.archive) == before
    copy.box.faults.clear()
    assert copy.call("repair", "--deep").code == 0
    check_archive(copy)
    assert read_rows(copy.lake) == read_rows(demo.lake)


def test_refused_credentials_do_not_cost_what_is_damaged(copy, demo):
    """With a wrong secret the lake is repaired, the archive's damage stays, and the refusal is said."""
    path = spoken(copy)
    hurt(path, "truncate", random.Random(2))
    hurt(max(copy.lake.glob("segments/*/*.parquet")), "flip", random.Random(3))
    ran = copy.call("repair", "--deep", env={"ZOOM_CLIENT_SECRET": "wrong"})
    assert ran.code == 13
    assert_sentence(ran, "not repaired", "refuses", path.name)
    assert read_rows(copy.lake) == read_rows(demo.lake)
    assert copy.call("repair", "--deep").code == 0


def test_a_disk_that_cannot_read_a_file_is_named(copy, monkeypatch):
    """An input/output error while reading back is a finding about that file, and the check goes on."""
    path, opened = spoken(copy), os.open

    def broken(name, *rest, **more):
        if str(name).endswith(path.name):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return opened(name, *rest, **more)

    monkeypatch.setattr(os, "open", broken)
    ran = copy.call("verify", "--deep", "--json")
    assert ran.code == 13
    assert subjects(ran.json) == {str(path.relative_to(copy.cwd)): "file_unreadable"}


def test_deep_asks_the_disk_and_not_the_memory(copy, monkeypatch):
    """Before an archived file is read, the kernel is told to forget what it remembers of it."""
    forgotten: list[tuple[str, int]] = []

    def watched(handle, offset, length, advice):
        if advice == os.POSIX_FADV_DONTNEED:
            forgotten.append((str(Path(f"/proc/self/fd/{handle}").readlink()), os.lseek(handle, 0, os.SEEK_CUR)))

    monkeypatch.setattr(os, "posix_fadvise", watched)
    assert copy.call("verify").code == 0
    assert forgotten == []
    assert copy.call("verify", "--deep").code == 0
    asked = {name for name, position in forgotten if position == 0}
    assert {
        str(each) for each in copy.archive.rglob("*.*") if each.is_file() and each.name != "recording.json"
    } <= asked
    assert {str(each) for each in copy.lake.rglob("*.parquet")} <= asked


@pytest.fixture
def owing(make_rig, monkeypatch) -> Rig:
    """A home whose rows are staged and not published: its disk would not rename a Parquet file."""
    rig, rename = make_rig(demo_account()), Path.replace

    def broken(self, target):
        if str(target).endswith(".parquet"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    with monkeypatch.context() as disk:
        disk.setattr(Path, "replace", broken)
        assert rig.call("nightly", "--since", "30d").code == 1
    return rig


def test_rows_that_are_owed_are_said_and_no_damage_unless_they_are_lost(owing):
    """Staged and not published is unfinished; staged bytes that changed are damage, and made again from the archive."""
    ran = owing.call("verify", "--deep", "--json")
    assert (ran.code, set(ran.json["problems"])) == (0, {"unfinished"}), ran.out
    staged = min((owing.state / "staging").rglob("*.arrow"))
    hurt(staged, "flip", random.Random(4))
    ran = owing.call("verify", "--json")
    assert ran.code == 13
    assert [Path(each).name for each in subjects(ran.json)] == [staged.name]
    assert owing.call("repair").code == 0
    assert owing.call("nightly", "--since", "30d").code == 0
    check_lake(owing)
    assert owing.call("verify", "--deep", "--json").json["findings"] == []


def test_owed_rows_are_cleared_away_once_a_repair_has_written_them(owing):
    """Ledger rows that went wrong before publication: their lake rows are written, and no staged copy is left over."""
    path = owing.state / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("UPDATE files SET size_bytes = size_bytes + 1")
    ran = owing.call("repair", "--json")
    assert (ran.code, ran.json["repaired"]["removed"]) == (0, 0), ran.out
    assert set(ran.json["left"]["problems"]) <= {"unfinished"}
    assert owing.call("nightly", "--since", "30d").code == 0
    check_lake(owing)
    assert owing.call("verify", "--deep", "--json").json["findings"] == []


def test_an_archive_that_is_not_mounted_is_not_given_up(copy):
    """An empty archive under a ledger that knows recordings is refused; nothing is fetched, forgotten or written."""
    shutil.rmtree(copy.archive)
    copy.archive.mkdir()
    lake = snapshot(copy.lake)
    ran, sent = copy.during(lambda: copy.call("repair"))
    assert (ran.code, sent) == (1, [])
    assert_sentence(ran, "holds no recording", "mounted")
    assert snapshot(copy.lake) == lake


def test_an_archive_on_another_disk_is_repaired_too(copy, demo):
    """Where a rename cannot lead from the archive to the quarantine, the damaged bytes are copied there first."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == copy.home.stat().st_dev:
        pytest.skip("there is no second filesystem at /dev/shm")
    with tempfile.TemporaryDirectory(dir=other) as folder:
        archive = Path(folder) / "archive"
        shutil.move(copy.archive, archive)
        env = {"HARVESTER_ARCHIVE": str(archive)}
        assert copy.call("verify", "--deep", env=env).code == 0
        moved = Path(folder) / "archive"
        path = min(moved.rglob("*transcript*.vtt"))
        hurt(path, "flip", random.Random(2))
        hurt(
            min(each for each in moved.rglob("recording.json") if each.parent != path.parent), "zero", random.Random(2)
        )
        (path.parent / "notes.txt").write_text("mine")
        ran = copy.call("repair", "--deep", "--json", env=env)
        assert ran.code == 0, ran.out
        (aside,) = ran.json["repaired"]["put_aside"]
        assert (copy.cwd / aside).read_text() == "mine"
        shutil.move(archive, copy.archive)
    check_archive(copy)
    assert read_rows(copy.lake) == read_rows(demo.lake)


def test_a_recording_that_moved_to_another_day_is_well_and_repaired_where_it_lies(make_rig, tiny_account, quick):
    """Its folder stays under the old day, its rows lie under the new one: no finding, and both are repaired."""
    rig = make_rig(tiny_account)
    assert rig.call("nightly", "--since", "30d").code == 0
    first, *rest = tiny_account.meetings
    late = dataclasses.replace(first, start_at=first.start_at - timedelta(days=1))
    moved = make_rig(dataclasses.replace(tiny_account, meetings=(late, *rest)), home=rig.home)
    assert moved.call("nightly", "--since", "30d").code == 0
    folder = read_entries(moved.archive)[first.uuid]["folder"]
    assert folder.parts[-4:-1] == tuple(f"{first.start_at:%Y/%m/%d}".split("/"))
    calm = read_rows(moved.lake)
    ran = moved.call("verify", "--deep", "--json")
    assert (ran.code, ran.json["findings"]) == (0, []), ran.out
    for path in (folder / "recording.json", max(moved.lake.glob(f"files/date={late.start_at:%Y-%m-%d}/*.parquet"))):
        hurt(path, "flip", random.Random(8))
        ran = moved.call("repair", "--deep", "--json")
        assert ran.code == 0, ran.out
        assert read_rows(moved.lake) == calm
