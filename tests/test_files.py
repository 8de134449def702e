"""Writing so that a crash leaves the old file or the new one."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import stat
import subprocess
import sys
import tempfile

import pytest

from harvester.errors import DiskFull, Failed
from harvester.files import disk_errors, fsync_folder, make_folder, scratch_folder, sha256_of, write_atomically

OLD = b"the old bytes"
NEW = b"the new bytes, and more of them"


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "place" / "recording.json"
    path.parent.mkdir()
    path.write_bytes(OLD)
    return path


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def failing(number, *, after=0):
    """A stand-in for a system call that works `after` times and is then refused."""

    def make(call):
        left = [after]

        def refused(*args, **kwargs):
            if left[0] == 0:
                raise OSError(number, os.strerror(number), *args[:1])
            left[0] -= 1
            return call(*args, **kwargs)

        return refused

    return make


@pytest.mark.parametrize("data", [b"", b"x", NEW, os.urandom(3 << 20)], ids=["empty", "one", "some", "3 MiB"])
def test_writes_what_it_was_given(target, data):
    """The bytes are exactly those handed in, and nothing else is left in the folder."""
    write_atomically(target, data)
    assert target.read_bytes() == data
    assert names(target.parent) == [target.name]


def test_a_write_that_takes_little_is_taken_up_again(target, monkeypatch):
    """Where the system writes only part of what it was handed, the rest follows, in order."""

    class Sipping(io.FileIO):
        def write(self, data):
            return super().write(data[:1000])

    monkeypatch.setattr(os, "fdopen", lambda handle, *_args, **_kwargs: Sipping(handle, "wb"))
    data = bytes(range(256)) * 90
    write_atomically(target, data)
    assert target.read_bytes() == data


def test_a_limit_in_the_middle_of_a_write_leaves_the_old_file(target):
    """A file that may not grow as far as needed is no reason to lose the one that was there."""
    script = (
        "import pathlib, resource, sys; from harvester.errors import Failed; from harvester.files import *\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try: write_atomically(pathlib.Path(sys.argv[1]), bytes(9000))\n"
        "except Failed as error: print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], check=True, capture_output=True, text=True)
    assert done.stdout == f"cannot write {target}: File too large\n"
    assert target.read_bytes() == OLD
    assert names(target.parent) == [target.name]


@pytest.mark.parametrize("scratch", [True, False], ids=["scratch", "beside"])
@pytest.mark.parametrize(
    ("call", "after"),
    [("open", 0), ("fsync", 0), ("fsync", 1), ("replace", 0), ("rename", 0)],
)
@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EACCES, Failed), (errno.EIO, Failed)],
    ids=["ENOSPC", "EDQUOT", "EACCES", "EIO"],
)
def test_a_refused_call_leaves_old_or_new(target, tmp_path, monkeypatch, call, after, number, error, scratch):
    """Whichever call the disk refuses, the file is whole, no temporary file stays, and the sentence names the path."""
    folder = tmp_path / "scratch" if scratch else target.parent
    folder.mkdir(exist_ok=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing(number, after=after)(getattr(os, call)))
        try:
            write_atomically(target, NEW, scratch=folder if scratch else None)
        except error as raised:
            assert str(target) in raised.message  # noqa: PT017 - a call that is not used raises nothing
            assert raised.hint  # noqa: PT017
            expected = {NEW} if (call, after) == ("fsync", 1) else {OLD}
        else:
            assert call in {"rename", "replace"}  # only one of the two is what pathlib calls
            expected = {NEW}
    assert target.read_bytes() in expected
    assert names(target.parent) == [target.name]
    if scratch:
        assert names(folder) == []


def test_a_full_disk_is_said_so_with_a_remedy():
    """Writing to a device without room raises DiskFull, from the real system and not from a stand-in."""
    full = "/dev/full"
    if not os.path.exists(full):  # noqa: PTH110 - a device
        pytest.skip("this system has no /dev/full")

    def fill():
        with disk_errors(full), open(full, "wb", buffering=0) as out:  # noqa: PTH123
            out.write(b"x")

    with pytest.raises(DiskFull, match="no space left while writing /dev/full") as caught:
        fill()
    assert "HARVESTER_HOME" in caught.value.hint


@pytest.mark.usefixtures("no_umask")
def test_nobody_else_may_read(tmp_path):
    """Folders are 0700 and files 0600 even where the umask would allow everything."""
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    write_atomically(folder / "f", NEW)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (folder.parent, folder, folder / "f")]
    assert modes == [0o700, 0o700, 0o600]


@pytest.mark.usefixtures("no_umask")
def test_a_file_for_others_has_the_mode_it_was_given(target):
    """What analysts may read can be written with a mode of its own, and replaces a stricter file."""
    target.chmod(0o600)
    write_atomically(target, NEW, mode=0o644)
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_a_link_is_replaced_and_never_followed(tmp_path):
    """Where a link lies under the target's name, what it leads to stays untouched."""
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(OLD)
    link.symlink_to(victim)
    write_atomically(link, NEW)
    assert victim.read_bytes() == OLD
    assert not link.is_symlink()
    assert link.read_bytes() == NEW


def test_a_link_in_place_of_the_temporary_file_is_refused(target, tmp_path, monkeypatch):
    """Even somebody who guesses the temporary name cannot have the bytes written elsewhere."""
    monkeypatch.setattr("harvester.files.secrets.token_hex", lambda _size: "guessed")
    victim = tmp_path / "victim"
    trap = target.parent / f".{target.name}.guessed.tmp"
    trap.symlink_to(victim)
    with pytest.raises(Failed):
        write_atomically(target, NEW)
    assert not victim.exists()
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("name", ["folder", "\u4e00" * 85], ids=["a folder", "255 bytes"])
def test_odd_targets(tmp_path, name):
    """A folder under the target's name is a sentence; the longest name a file may have can be written."""
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
        with pytest.raises(Failed, match="folder"):
            write_atomically(path, NEW)
    else:
        write_atomically(path, NEW)
        assert path.read_bytes() == NEW
    assert names(tmp_path) == [name]


def test_make_folder_where_a_file_lies(tmp_path):
    """A file in the way of a folder is an error about the disk, not a silent success."""
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a" / "b")
    with pytest.raises(OSError, match="a"):
        make_folder(tmp_path / "a")


def test_make_folder_twice(tmp_path):
    """A folder that is there already is left as it is."""
    make_folder(tmp_path / "a")
    (tmp_path / "a" / "kept").write_bytes(OLD)
    make_folder(tmp_path / "a")
    assert names(tmp_path / "a") == ["kept"]


def test_the_order_of_the_calls(target, monkeypatch):
    """The file is made durable before it is renamed, and its folder after: the order is the promise."""
    calls = []

    def noting(name, call):
        def noted(*args, **kwargs):
            is_folder = name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)
            calls.append("fsync folder" if is_folder else name.replace("replace", "rename"))
            return call(*args, **kwargs)

        return noted

    for name in ("fsync", "replace", "rename"):
        monkeypatch.setattr(os, name, noting(name, getattr(os, name)))
    write_atomically(target, NEW)
    assert calls == ["fsync", "rename", "fsync folder"]


def test_fsync_folder_needs_a_folder(target):
    """Asked to make a file's names durable it refuses, so that a mistaken path is not taken for done."""
    with pytest.raises(NotADirectoryError):
        fsync_folder(target)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_sha256_of_files_around_its_chunk(tmp_path, size):
    """The hash is the one everybody else computes, whatever the size."""
    data = os.urandom(size)
    (tmp_path / "f").write_bytes(data)
    assert sha256_of(tmp_path / "f") == hashlib.sha256(data).hexdigest()


WRITER = """
import pathlib, sys
from harvester.files import write_atomically
folder = pathlib.Path(sys.argv[1])
for number in range(3):
    write_atomically(folder / "f", bytes([65 + number]) * 5000)
"""


def strace_works():
    if not shutil.which("strace"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        probe = ["strace", "-qq", "-o", f"{folder}/out", "-e", "trace=write", "true"]
        return subprocess.run(probe, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("call", "number"),
    [
        *(("write", each) for each in (1, 2, 3)),
        *(("fsync", each) for each in range(1, 7)),
        ("rename", 1),
        ("rename", 3),
    ],
)
def test_killed_at_any_call(tmp_path, call, number):
    """A process killed by the kernel at any of its system calls leaves one whole version, and the next write works."""
    if not strace_works():
        pytest.skip("strace is not installed or may not trace here")
    (tmp_path / "f").write_bytes(b"@" * 5000)
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
    command += [sys.executable, "-I", "-B", "-c", WRITER, str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode in {-9, 137}
    renamed = number // 2 if call == "fsync" else number - 1  # the second fsync of a write comes after its rename
    assert (tmp_path / "f").read_bytes() == bytes([ord("@") + renamed]) * 5000
    assert len(names(tmp_path)) <= 2  # the temporary file of the one write that was cut off
    write_atomically(tmp_path / "f", NEW)
    assert (tmp_path / "f").read_bytes() == NEW


def test_a_scratch_folder_leaves_no_trace(tmp_path):
    """It goes with all it holds and with the folders made for it, also when the work in it fails; others stay."""
    (tmp_path / "there").mkdir()

    def work_below(parent):
        with scratch_folder(parent) as folder:
            assert folder.parent == parent
            (folder / "sub").mkdir()
            (folder / "sub" / "file").write_bytes(NEW)
            raise ZeroDivisionError

    for parent in (tmp_path / "new" / "deep", tmp_path / "there"):
        with pytest.raises(ZeroDivisionError):
            work_below(parent)
    assert [each.name for each in tmp_path.iterdir()] == ["there"]
    with scratch_folder(tmp_path / "new" / "deep"):
        (tmp_path / "new" / "other").write_bytes(NEW)
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["other"]
    with pytest.raises(Failed, match="other"), scratch_folder(tmp_path / "new" / "other" / "x"):
        pass
