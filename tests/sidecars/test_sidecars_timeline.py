"""Timelines: which list counts, what a stretch is, and what is not lost."""

from __future__ import annotations

import json

import pytest

from harvester.errors import Damaged
from harvester.sidecars import User, read_timeline, salvage_names

ADA = {"username": "Ada ", "user_id": 7, "zoom_userid": "z1", "email_address": "ada@example.com", "client_type": 0}
BO = {"username": "Bo: B", "user_id": "8", "zoom_userid": "", "multiple_people": True}


def entry(ts, *users):
    return {"ts": f"00:00:{ts}", "users": list(users)}


def render(*entries, refined=None, **more):
    document = {"timeline": list(entries), "version": 100, **more}
    return json.dumps(document if refined is None else {**document, "timeline_refine": refined}).encode()


def spans(timeline):
    """(start, end, names, entries) of each stretch."""
    return [
        (each.start_ms, each.end_ms, [user.username for user in each.users], each.n_entries)
        for each in timeline.stretches
    ]


def test_neighbours_that_say_the_same_are_one_stretch():
    """A stretch ends with the next one, silence is one too, several users share one, the last ends with the part."""
    data = render(
        entry("01.000", ADA),
        entry("02.500", dict(ADA)),
        entry("04.000"),
        entry("05.250", ADA, BO),
        entry("06.000", BO, ADA),
        entry("07.000", BO),
    )
    timeline = read_timeline(data, length_ms=9_000)
    assert spans(timeline) == [
        (1000, 4000, ["Ada"], 2),
        (4000, 5250, [], 1),
        (5250, 7000, ["Ada", "Bo: B"], 2),
        (7000, 9000, ["Bo: B"], 1),
    ]
    assert (timeline.n_entries, timeline.unread) == (6, 0)
    assert timeline.users == (
        User("7", "z1", "Ada", "ada@example.com", None),
        User("8", None, "Bo: B", None, True),
    )


@pytest.mark.parametrize("length_ms", [None, 500])
def test_the_last_stretch_has_no_end_that_nobody_knows(length_ms):
    """Without the part's length, or with one that it has already passed, the end stays open."""
    assert spans(read_timeline(render(entry("01.000", ADA)), length_ms=length_ms)) == [(1000, None, ["Ada"], 1)]


def test_the_refined_list_counts_alone_where_it_holds_anything():
    """Its entries are the activity; users of the other list are known all the same. An empty one counts for nothing."""
    plain = entry("01.000", ADA)
    refined = read_timeline(render(plain, refined=[entry("02.000", BO)]))
    assert (spans(refined), refined.n_entries) == ([(2000, None, ["Bo: B"], 1)], 1)
    assert [each.username for each in refined.users] == ["Bo: B", "Ada"]
    assert spans(read_timeline(render(plain, refined=[]))) == [(1000, None, ["Ada"], 1)]
    assert spans(read_timeline(json.dumps({"timeline_refine": [plain]}).encode())) == [(1000, None, ["Ada"], 1)]


@pytest.mark.parametrize(
    ("entries", "expected", "unread"),
    [
        ([entry("01.000", ADA), 5, entry("03.000", BO)], [(1000, 3000, ["Ada"], 1), (3000, None, ["Bo: B"], 1)], 1),
        ([{"ts": "soon", "users": [ADA]}, entry("03.000", BO)], [(3000, None, ["Bo: B"], 1)], 1),
        ([entry("01.000", ADA), entry("02.000", 3), entry("03.000", BO)],
         [(1000, 2000, ["Ada"], 1), (3000, None, ["Bo: B"], 1)], 1),
        ([{"ts": "00:00:01", "users": None}, {"ts": "00:00:02.5"}], [(1000, None, [], 2)], 0),
        ([entry("01.000", {}), entry("02.000", {"username": 4, "user_id": True})], [(1000, None, [None], 2)], 0),
        ([entry("05.000", BO), entry("01.000", ADA)], [(1000, 5000, ["Ada"], 1), (5000, None, ["Bo: B"], 1)], 0),
        ([entry("01.000", ADA, ADA)], [(1000, None, ["Ada"], 1)], 0),
        ([], [], 0),
    ],
    ids=["no object", "no time", "no users", "nothing said", "nobody known", "out of order", "twice", "empty"],
)  # fmt: skip
def test_odd_entries_are_read_or_counted(entries, expected, unread):
    """What can be read is; what cannot is counted and ends what was before it. Entries in = entries out + unread."""
    timeline = read_timeline(render(*entries))
    assert (spans(timeline), timeline.unread) == (expected, unread)
    assert timeline.n_entries == len(entries) == unread + sum(each.n_entries for each in timeline.stretches)


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"[]", b"{}", b'{"timeline":{}}', b"\xff\xfe{", b"[" * 100_000, b'{"timeline":' * 20_000]
)
def test_what_is_no_timeline_is_refused(data):
    """The reason names it; deep nesting and wrong encodings are no other error."""
    with pytest.raises(Damaged, match="not a timeline"):
        read_timeline(data)


def test_the_public_sample_is_in_stretches_whole(real):
    """Every one of its 380 entries is in a stretch, with up to two users, each told by id."""
    timeline = read_timeline(real("transcripts/timeline_symbl.json"), length_ms=540_000)
    counts = [len(each.users) for each in timeline.stretches]
    assert (timeline.n_entries, timeline.unread, sum(each.n_entries for each in timeline.stretches)) == (380, 0, 380)
    assert ({n: counts.count(n) for n in set(counts)}, len(timeline.users)) == ({0: 58, 1: 114, 2: 21}, 3)
    assert all(a.end_ms == b.start_ms for a, b in zip(timeline.stretches, timeline.stretches[1:], strict=False))
    assert timeline.stretches[-1].end_ms == 540_000


@pytest.mark.parametrize(
    "name", ["Ada \u00dc\U0001f600", 'Ada "Bo": Kern', "back\\slash: it", "x" * 800, "\u4e2d" * 120]
)
def test_a_damaged_timeline_still_gives_names_however_json_writes_them(name: str):
    """Escaped or not, quoted signs and signs of every script included, spaced out or not."""
    for ascii_only, indent in ((True, None), (False, 1)):
        document = json.dumps({"timeline": [{"users": [{"username": name}]}]}, ensure_ascii=ascii_only, indent=indent)
        assert salvage_names(document.encode()[:-2]) == {name}


def test_a_damaged_timeline_gives_the_names_it_still_holds():
    """A cut, a broken escape or a stray byte costs the name it stands in and no other; a quoted one is no name."""
    item = b'{"ts":"00:00:01.000","users":[{"username":"%s"}]}'
    data = b'{"topic":"{\\"username\\":\\"Dee\\"}","timeline":['
    data += b",".join(item % name for name in (b"Ada ", b"\\x", b"\xff", b"Bo"))
    assert salvage_names(data + b',{"users":[{"username":"Ce') == {"Ada", "Bo"}
