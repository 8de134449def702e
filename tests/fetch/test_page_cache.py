"""What a stored file leaves in memory."""

from __future__ import annotations

import os
import time

import pytest
from scripted import fetcher_for, job_for, listed, run_server, whole

from harvester.fetch.pagecache import STEP_BYTES
from harvester.fetch.part import Part
from harvester.fetch.reply import Version

HEAD = b"\x00\x00\x00\x18ftypisom"


def is_cached(path, at=0):
    """Whether the page of byte `at` can be read without waiting for the disk."""
    with path.open("rb") as source:
        try:
            return bool(os.preadv(source.fileno(), [bytearray(16)], at, os.RWF_NOWAIT))
        except BlockingIOError:
            return False


@pytest.fixture
def _forgetful(tmp_path):
    """A file system that drops what it is told to drop, and says so."""
    probe = tmp_path / "probe"
    probe.write_bytes(bytes(1 << 20))
    with probe.open("rb") as source:
        os.fsync(source.fileno())
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    try:
        cached = is_cached(probe)
    except OSError:
        pytest.skip("this file system does not say what is cached")
    if cached:
        pytest.skip("this file system keeps everything in memory")


@pytest.mark.usefixtures("_forgetful")
@pytest.mark.parametrize(("size", "stays"), [(STEP_BYTES, False), (60_000, True)], ids=["video", "small"])
def test_a_large_file_makes_room_in_memory_and_a_small_one_stays(tmp_path, size, stays):
    """Media do not push everything else out of the machine's memory; what is read next is still there."""
    body = HEAD + bytes(size - len(HEAD))
    with run_server(whole(body)) as server, fetcher_for(server.url()) as fetcher:
        fetcher.fetch(job_for(server, tmp_path / "folder", listed(size)))
    places = range(0, size, size // 16)  # single pages may be held by another processor's list for a while
    cached = sum(is_cached(tmp_path / "folder" / "video.mp4", at) for at in places)
    assert (cached > len(places) // 2) is stays, f"{cached} of {len(places)}"
    assert (tmp_path / "folder" / "video.mp4").read_bytes() == body


@pytest.mark.usefixtures("_forgetful")
def test_a_large_file_leaves_memory_while_it_comes(tmp_path):
    """However long a recording is, memory holds a few steps of it: what the disk has is let go at once."""
    with Part(tmp_path / "video.mp4", "0" * 12) as part:
        part.restart(Version())
        part.append(bytes(STEP_BYTES // 2))
        assert is_cached(part.path)
        until = time.monotonic() + 30
        while is_cached(part.path):
            assert time.monotonic() < until, f"{part.size} bytes are kept"
            part.append(bytes(STEP_BYTES // 2))
            time.sleep(0.05)  # the disk writes on its own time
