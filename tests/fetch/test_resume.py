"""What a run finds of an earlier one: used when it can be trusted, cleared away when not, never followed elsewhere."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted import body_of, fetcher_for, job_for, listed, run_server, says, whole

from harvester.errors import Pending
from harvester.fetch import discard_parts
from harvester.fetch.note import read_boot_id, read_note
from harvester.fetch.part import Part
from harvester.fetch.reply import Version

SIZE = 4_000_000
BODY = body_of(SIZE)
GOOD = whole(BODY)
HAVE = 1_500_000

CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from harvester.fetch import part, ranges
from scripted import Server, fetcher_for, job_for, listed
ranges.SPLIT_FROM_BYTES, ranges._SMALLEST_SEGMENT_BYTES, part.NOTE_EVERY_BYTES = 1_000_000, 100_000, 300_000
server = Server(port=int(sys.argv[2]))
with fetcher_for(server.url("/"), stall_timeout_s=30.0) as fetcher:
    fetcher.fetch(job_for(server, Path(sys.argv[3]), listed(int(sys.argv[4]))), connections=int(sys.argv[5]))
"""


def part_paths(folder: Path) -> tuple[Path, Path]:
    """Where the part and its note of this test's file lie."""
    job = job_for(_Nowhere, folder, listed(SIZE))
    path = folder / f"video.mp4.{job.fingerprint}.part"
    return path, path.with_name(path.name + ".json")


class _Nowhere:
    @staticmethod
    def url() -> str:
        return "http://127.0.0.1:9/"


def leave_part(folder: Path, data: bytes = BODY[:HAVE], **changes: object) -> tuple[Path, Path]:
    """An earlier run's part and note, as it would have left them, or changed."""
    path, note_path = part_paths(folder)
    path.write_bytes(data)
    note = {"etag": '"v1"', "total": SIZE, "modified": None, "boot": read_boot_id(), "segments": []}
    note_path.write_text(json.dumps(note | changes))
    return path, note_path


def fetch(folder: Path, *script, size: int = SIZE):
    with run_server(*script) as server, fetcher_for(server.url("/")) as fetcher:
        fetched = fetcher.fetch(job_for(server, folder, listed(size)))
    assert [each.name for each in folder.iterdir()] == ["video.mp4"]
    return fetched, server.asked


def test_an_earlier_part_is_gone_on_with(tmp_path):
    """Only the rest is fetched, under the ETag of the first half, and the hash is that of the whole."""
    leave_part(tmp_path)
    fetched, asked = fetch(tmp_path, GOOD)
    assert [(each.headers["range"], each.headers["if-range"]) for each in asked] == [(f"bytes={HAVE}-", '"v1"')]
    assert (fetched.resumed_from, fetched.bytes_downloaded) == (HAVE, SIZE - HAVE)
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_part_that_was_complete_needs_no_request(tmp_path):
    """Killed between the last byte and the name: proven and named without the network."""
    leave_part(tmp_path, BODY)
    fetched, asked = fetch(tmp_path, GOOD)
    assert asked == []
    assert fetched.bytes_downloaded == 0
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_complete_part_of_a_doubtful_length_is_asked_about(tmp_path):
    """An earlier run was told another length than the listed one and never heard it twice: that is not trusted."""
    leave_part(tmp_path, BODY[:-2], total=SIZE - 2)
    fetched, asked = fetch(tmp_path, GOOD)
    assert [each.headers.get("range") for each in asked] == ["bytes=0-0", None]
    assert (tmp_path / "video.mp4").read_bytes() == BODY
    assert fetched.note is None


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (BODY + b"more", {}),
        (b"", {}),
        (BODY[:HAVE], {"boot": "another boot"}),
        (BODY[:HAVE], {"etag": 5}),
        (BODY[:HAVE], {"total": HAVE - 1}),
        (BODY[:HAVE], {"segments": [{"start": 0, "done": HAVE + 1, "end": SIZE}]}),
        (
            BODY[:HAVE],
            {"segments": [{"start": 0, "done": 9, "end": 9}, {"start": HAVE - 9, "done": HAVE, "end": SIZE}]},
        ),
        (BODY[:HAVE], {"segments": [{"start": 0, "done": HAVE, "end": HAVE}]}),
        (
            BODY[:HAVE],
            {"segments": [{"start": 0, "done": -5, "end": HAVE}, {"start": HAVE, "done": HAVE, "end": SIZE}]},
        ),
        (BODY[:HAVE], {"etag": '"a"\r\nX-Injected: 1'}),
    ],
    ids=[
        *("longer than the file", "empty", "before a reboot", "torn note", "total too small", "missing bytes"),
        *("a hole between ranges", "ranges that end too early", "less than nothing", "a header in the tag"),
    ],
)
def test_a_part_nobody_vouches_for_starts_again(tmp_path, data, changes):
    """Bytes without a sound note of this boot are not used."""
    leave_part(tmp_path, data, **changes)
    fetched, asked = fetch(tmp_path, GOOD)
    assert ["range" in each.headers for each in asked] == [False]
    assert fetched.resumed_from == 0
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_part_without_a_note_starts_again(tmp_path):
    """The note is written before the first byte, so a part without one is of unknown version."""
    part_paths(tmp_path)[0].write_bytes(BODY[:HAVE])
    fetched, asked = fetch(tmp_path, GOOD)
    assert "range" not in asked[0].headers
    assert fetched.bytes_downloaded == SIZE


def test_a_part_of_another_listing_is_never_mixed_in(tmp_path):
    """Another listed size is another version: its pieces are removed, not resumed."""
    old, note = leave_part(tmp_path)
    new = body_of(SIZE + 8, salt="z")
    _, asked = fetch(tmp_path, whole(new), size=SIZE + 8)
    assert "range" not in asked[0].headers
    assert not old.exists()
    assert not note.exists()


def test_a_damaged_part_is_not_kept(tmp_path):
    """A part whose first bytes were changed fails the last check and is cleared away for the next run."""
    leave_part(tmp_path, b"x" * HAVE)
    with (
        run_server(GOOD) as server,
        fetcher_for(server.url("/")) as fetcher,
        pytest.raises(Exception, match="first bytes"),
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("plant", [os.symlink, os.link], ids=["symlink", "hardlink"])
def test_a_planted_link_is_removed_and_its_target_untouched(tmp_path, plant):
    """A part name that leads elsewhere is never written through."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    folder = tmp_path / "archive"
    folder.mkdir()
    plant(victim, part_paths(folder)[0])
    fetch(folder, GOOD)
    assert victim.read_bytes() == b"precious"


def test_two_processes_do_not_write_one_part(tmp_path):
    """The second one is told to wait and leaves the first one's bytes alone."""
    path, _ = part_paths(tmp_path)
    fingerprint = path.name.split(".")[-2]
    with Part(tmp_path / "video.mp4", fingerprint) as first:
        first.restart(Version(etag='"v1"', total=SIZE))
        first.append(BODY[:10])
        with pytest.raises(Pending), run_server(GOOD) as server, fetcher_for(server.url("/")) as fetcher:
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
        assert path.read_bytes() == BODY[:10]


def test_a_page_in_the_middle_does_not_cost_the_part(tmp_path):
    """A dead token answers a resume with a sign-in page: refused, and the megabytes stay for the next run."""
    path, note = leave_part(tmp_path)
    page = says("200 OK", b"<!doctype html><p>Sign in", Content_Type="text/html")
    with (
        run_server(page) as server,
        fetcher_for(server.url("/")) as fetcher,
        pytest.raises(Exception, match="web page"),
    ):
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert path.read_bytes() == BODY[:HAVE]
    assert note.exists()


def test_discarding_takes_only_this_files_pieces(tmp_path):
    """Names that merely begin alike, and finished files, stay."""
    stay = ["video.mp4", "video.mp4.part", "video.mp4.x.mp4.0123456789ab.part", "other.mp4.0123456789ab.part"]
    go = ["video.mp4.0123456789ab.part", "video.mp4.0123456789ab.part.json"]
    for name in stay + go:
        (tmp_path / name).write_bytes(b"")
    discard_parts(tmp_path, "video.mp4")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(stay)


def _kill_midway(folder: Path, server, size: int, connections: int, *, reached) -> None:
    command = [
        sys.executable,
        "-c",
        CHILD,
        str(Path(__file__).parent),
        str(server.port),
        str(folder),
        str(size),
        str(connections),
    ]
    child = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 15
        while not reached():
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(10)


def _blocks_at(body: bytes, stop: int, *, after: float):
    """Send up to `stop` bytes of what is asked, then hold the line for a while."""

    def answer(line, asked):
        whole(body, cut=stop)(line, asked)
        time.sleep(after)

    return answer


def test_kill_in_the_middle_then_resume(tmp_path):
    """SIGKILL, no goodbye: nothing has the final name, the next run fetches the rest only, the hash is the same."""
    with run_server(_blocks_at(BODY, 3_000_000, after=2.0), GOOD) as server:
        path, _ = part_paths(tmp_path)
        _kill_midway(tmp_path, server, SIZE, 1, reached=lambda: path.exists() and path.stat().st_size >= 2_500_000)
        assert not (tmp_path / "video.mp4").exists()
        with fetcher_for(server.url("/")) as fetcher:
            fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
    assert fetched.bytes_downloaded <= SIZE - 2_500_000
    assert (tmp_path / "video.mp4").read_bytes() == BODY
    assert [each.name for each in tmp_path.iterdir()] == ["video.mp4"]


def test_kill_in_the_middle_of_ranges_then_resume(tmp_path):
    """SIGKILL with three ranges under way: what was noted is not fetched again, and nothing unnoted is trusted."""

    def noted_bytes() -> int:
        note = read_note(part_paths(tmp_path)[1])
        return sum(each.done - each.start for each in note.segments) if note else 0

    with run_server(GOOD, _blocks_at(BODY, 700_000, after=2.0)) as server:
        _kill_midway(tmp_path, server, SIZE, 3, reached=lambda: noted_bytes() >= 1_000_000)
        assert not (tmp_path / "video.mp4").exists()
        noted = noted_bytes()
        server.script = [GOOD]
        with fetcher_for(server.url("/")) as fetcher:
            fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), connections=2)
    assert (fetched.resumed_from, fetched.bytes_downloaded) == (noted, SIZE - noted)
    assert (tmp_path / "video.mp4").read_bytes() == BODY
    assert [each.name for each in tmp_path.iterdir()] == ["video.mp4"]
