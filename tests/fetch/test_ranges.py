"""One file over several connections: the same bytes, the same proofs, and one piece where ranges do not work."""

from __future__ import annotations

import itertools
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Door, body_of, fetcher_for, job_for, listed, run_server, says, whole

from harvester.errors import Refused, Retriable
from harvester.fetch import Grant, ranges
from harvester.fetch.note import read_boot_id
from harvester.fetch.ranges import plan_segments

SIZE = 3_000_000
BODY = body_of(SIZE)
GOOD = whole(BODY)


@pytest.fixture(autouse=True)
def _split_small_files(monkeypatch):
    monkeypatch.setattr(ranges, "SPLIT_FROM_BYTES", 1_000_000)
    monkeypatch.setattr(ranges, "_SMALLEST_SEGMENT_BYTES", 100_000)


def fetch(folder, *script, connections=4):
    with run_server(*script) as server, fetcher_for(server.url("/")) as fetcher:
        fetched = fetcher.fetch(job_for(server, folder, listed(SIZE)), connections=connections)
    assert [each.name for each in folder.iterdir()] == ["video.mp4"]
    return fetched, server.asked


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 32))
def test_segments_cover_the_file_exactly(have, remaining, connections):
    """No gap, no overlap, no empty range to ask for, never more than the connections."""
    planned = plan_segments(have, have + remaining, connections)
    assert planned[0].start == 0
    assert planned[-1].end == have + remaining
    assert all(a.end == b.start for a, b in itertools.pairwise(planned))
    open_ones = [each for each in planned if each.done < each.end]
    assert 1 <= len(open_ones) <= connections
    assert sum(each.done - each.start for each in planned) == have


def test_four_connections_make_one_file(tmp_path):
    """A probe of one byte, then four ranges at once under one ETag; each byte comes once."""
    together = threading.Barrier(4, timeout=5)

    def at_once(line, asked):
        if asked.headers["range"] != "bytes=0-0":
            together.wait()
        GOOD(line, asked)

    fetched, asked = fetch(tmp_path, at_once)
    assert len(asked) == 5
    assert (fetched.receipt.size_bytes, fetched.bytes_downloaded) == (SIZE, SIZE)
    assert (tmp_path / "video.mp4").read_bytes() == BODY


@pytest.mark.parametrize("script", [
    [whole(BODY, etag=None)],
    [whole(BODY, etag='W/"v1"')],
    [says("200 OK", BODY, ETag='"v1"')],
    [GOOD, GOOD, says("416 Range Not Satisfiable"), GOOD],
    [GOOD, GOOD, says("206 Partial Content", BODY[:10], ETag='"v1"', Content_Range=f"bytes 0-9/{SIZE}"), GOOD],
], ids=["no ETag", "weak ETag", "no ranges", "416 in between", "wrong range"])  # fmt: skip
def test_a_server_without_sound_ranges_gets_one_request(tmp_path, script):
    """What cannot be split is fetched in one piece, from the start, and is as whole."""
    fetch(tmp_path, *script)
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_version_that_changes_in_between_is_not_mixed(tmp_path):
    """Ranges of the old version are thrown away when the server goes over to a new one."""
    other = body_of(SIZE, salt="b")
    fetch(tmp_path, GOOD, GOOD, GOOD, whole(other, etag='"v2"'))
    assert (tmp_path / "video.mp4").read_bytes() == other


def test_cut_ranges_go_on_where_they_stopped(tmp_path):
    """A connection that breaks costs its own rest only."""
    fetched, _ = fetch(tmp_path, GOOD, whole(BODY, cut=200_000))
    assert fetched.bytes_downloaded == SIZE
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_stale_grant_is_renewed_once_for_all_ranges(tmp_path):
    """Four connections find the token dead; the source is asked for one new one."""

    def guarded(line, asked):
        good = asked.headers["authorization"] == "Bearer new" or asked.headers["range"] == "bytes=0-0"
        (GOOD if good else says("200 OK", b"<html>Sign in", Content_Type="text/html"))(line, asked)

    with run_server(guarded) as server, fetcher_for(server.url("/")) as fetcher:
        door = Door([Grant(server.url(), "old"), Grant(server.url(), "new")])
        fetcher.fetch(job_for(server, tmp_path, listed(SIZE), door=door), connections=4)
    assert door.renewals == 1
    assert (tmp_path / "video.mp4").read_bytes() == BODY


@pytest.mark.parametrize(("status", "error"), [("503 Busy", Retriable), ("451 No", Refused)])
@pytest.mark.parametrize("later", [1, 4])
def test_a_failed_range_keeps_the_others_for_the_next_run(tmp_path, status, error, later):
    """One range never comes: the file fails, the noted ranges are resumed, by one connection or by several."""
    half = SIZE // 2

    def second_half_fails(line, asked):
        (says(status) if asked.offset >= half else GOOD)(line, asked)

    with run_server(GOOD, second_half_fails) as server, fetcher_for(server.url("/")) as fetcher:
        with pytest.raises(error):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), connections=2)
        note = json.loads(next(tmp_path.glob("*.json")).read_text())
        assert note["boot"] == read_boot_id()
        server.script = [GOOD]
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), connections=later)
    assert fetched.resumed_from == sum(each["done"] - each["start"] for each in note["segments"])
    assert fetched.bytes_downloaded == SIZE - fetched.resumed_from
    assert (tmp_path / "video.mp4").read_bytes() == BODY


def test_a_part_in_one_piece_may_go_on_in_ranges(tmp_path):
    """What one connection had fetched stays; only the rest is split."""
    with run_server(whole(BODY, cut=1_000_000), says("451 No")) as server, fetcher_for(server.url("/")) as fetcher:
        with pytest.raises(Refused):
            fetcher.fetch(job_for(server, tmp_path, listed(SIZE)))
        server.script = [GOOD]
        server.asked.clear()
        fetched = fetcher.fetch(job_for(server, tmp_path, listed(SIZE)), connections=3)
    assert min(asked.offset for asked in server.asked) == fetched.resumed_from == 1_000_000
    assert len(server.asked) == 3
    assert (tmp_path / "video.mp4").read_bytes() == BODY
