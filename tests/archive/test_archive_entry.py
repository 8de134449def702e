"""`recording.json`: everything comes back, the same bytes always, and damage is a sentence."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.archive import ArchivedFile, Entry, TranscriptFact
from harvester.archive.entry import parse_entry, write_entry
from harvester.errors import Damaged
from harvester.model import FileState, FileStatus, Kind, ListedFile, Receipt, TranscriptStatus

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

# what a parser of JSON gives for what is on the wire: lone surrogates, but never a pair of them in two characters
text = st.text(st.characters(exclude_categories=()), max_size=20).map(lambda each: json.loads(json.dumps(each)))
times = st.datetimes(timezones=st.just(UTC))
sizes = st.integers(0, 2**63 - 1)
metadata = st.dictionaries(
    text,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
        lambda each: st.lists(each, max_size=3) | st.dictionaries(text, each, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)
names = text.map(lambda each: re.sub(r"[/\0]", "_", each)).filter(lambda each: each not in {"", ".", ".."})
receipts = st.builds(Receipt, names, sizes, text, times, st.none() | sizes)
states = st.builds(FileState, st.sampled_from(FileStatus), st.none() | text, st.none() | receipts)
listed_files = st.builds(
    ListedFile,
    key=text,
    kind=st.sampled_from(Kind),
    file_type=text,
    recording_type=st.none() | text,
    extension=st.none() | text,
    part_index=st.integers(0, 99),
    start_at=st.none() | times,
    end_at=st.none() | times,
    listed_bytes=st.none() | sizes,
    ready=st.booleans(),
)
entries = st.builds(
    Entry,
    source=text,
    native_id=text,
    first_seen_at=times,
    metadata=metadata,
    files=st.lists(st.builds(ArchivedFile, listed_files, states, st.none() | times), max_size=3).map(
        lambda files: {each.listed.key: each for each in files}
    ),
    transcript=st.none() | st.builds(TranscriptFact, st.sampled_from(TranscriptStatus), text),
    gone=st.booleans(),
    gone_at=st.none() | times,
    gone_by=st.none() | text,
)


def sample():
    receipt = Receipt("0-chat-f1.txt", 5, "ab" * 32, AT, 5)
    file = ArchivedFile(ListedFile("f1", Kind.CHAT, "CHAT"), FileState(FileStatus.ARCHIVED, receipt=receipt))
    fact = TranscriptFact(TranscriptStatus.PENDING, "not listed yet")
    return Entry("zoom", "abc", AT, {"uuid": "abc"}, {"f1": file}, fact)


@given(entries)
def test_an_entry_comes_back_whole(entry):
    """Everything but the short-lived address survives, and is written with the same bytes again."""
    data = write_entry(entry)
    again = parse_entry(data, where="here")
    assert again == entry
    assert write_entry(again) == data


def test_the_order_of_discovery_leaves_no_trace():
    """The same facts give the same bytes, in whatever order files and fields came."""
    one, two = (ArchivedFile(ListedFile(key, Kind.CHAT, "CHAT"), FileState(FileStatus.PENDING)) for key in "ab")
    forward = Entry("zoom", "x", AT, {"a": 1, "b": {"c": 1, "d": 2}}).with_file(one).with_file(two)
    backward = Entry("zoom", "x", AT, {"b": {"d": 2, "c": 1}, "a": 1}).with_file(two).with_file(one)
    assert write_entry(forward) == write_entry(backward)


def test_an_address_is_never_written():
    """A download URL, which opens the recording, does not reach the disk."""
    file = ListedFile("f1", Kind.CHAT, "CHAT", url="https://zoom.us/rec/download/canary")
    entry = Entry("zoom", "x", AT, {}).with_file(ArchivedFile(file, FileState(FileStatus.PENDING)))
    assert b"canary" not in write_entry(entry)


def test_people_can_read_it():
    """Text stays text in every script, one field a line, times in UTC."""
    lines = write_entry(Entry("zoom", "x", AT, {"topic": "\u738b\u5c0f\u660e"})).decode().splitlines()
    assert ' "topic": "\u738b\u5c0f\u660e"' in lines
    assert '"first_seen_at": "2026-03-02T09:00:00Z",' in lines


@pytest.mark.parametrize("format_", [0, 2, "1", None])
def test_an_unknown_format_is_never_guessed_at(format_):
    """An entry of another version is an error that says what to do, not a best effort."""
    document = json.loads(write_entry(sample())) | {"format": format_}
    with pytest.raises(Damaged, match=r"here/recording\.json has format .* reads format 1") as caught:
        parse_entry(json.dumps(document).encode(), where="here/recording.json")
    assert "update" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe",
        b"\0" * 512,
        b"[" * 100_000,
        b"<html>",
        b'{"format": 1}',
        b"1" * 5000,
    ],
    ids=lambda data: repr(data[:8]),
)
def test_what_is_no_entry_is_damaged(data):
    """Empty, cut, zeroed or foreign bytes name the file and the remedy."""
    with pytest.raises(Damaged, match=r"here/recording\.json") as caught:
        parse_entry(data, where="here/recording.json")
    assert caught.value.hint
    assert caught.value.subject == "here/recording.json"


@given(st.data())
def test_cut_anywhere_it_is_damaged(data):
    """A file that lost its end is never read as a shorter truth."""
    whole = write_entry(sample())
    length = data.draw(st.integers(0, len(whole) - 3))
    with pytest.raises(Damaged, match="here"):
        parse_entry(whole[:length], where="here")


def paths(value, head=()):
    yield head
    for key, each in value.items() if isinstance(value, dict) else ():
        yield from paths(each, (*head, key))


PATHS = [each for each in paths(json.loads(write_entry(sample()))) if each and each[0] not in {"metadata", "format"}]
WRONG = [[], {}, "text", 5, -1, 0, True, None, ["a"], {"a": 1}, 1.5]


@pytest.mark.parametrize("path", PATHS, ids=".".join)
@pytest.mark.parametrize("wrong", WRONG, ids=json.dumps)
def test_a_value_of_another_type_never_breaks_the_reader(path, wrong):
    """Whichever value was mangled, the reader gives an entry that can be written again, or says it is damaged."""
    document = json.loads(write_entry(sample()))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    try:
        entry = parse_entry(json.dumps(document).encode(), where="here")
    except Damaged as error:
        assert "here" in error.message  # noqa: PT017 - either outcome is right
    else:
        assert parse_entry(write_entry(entry), where="again") == entry


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("native_id", 5),
        ("gone", "text"),
        ("metadata", ["a"]),
        ("first_seen_at", "2026-03-02T09:00:00"),
        ("files.f1.part_index", True),
        ("files.f1.receipt.size_bytes", 1.5),
        ("files.f1.receipt.name", "../../etc/passwd"),
        ("files.f1.receipt.name", ".."),
    ],
)
def test_a_mangled_value_is_found_on_reading(path, wrong):
    """Damage is said where the entry is read, not by a fault in the lake; no receipt names a file elsewhere."""
    document = json.loads(write_entry(sample()))
    *above, last = path.split(".")
    place = document
    for key in above:
        place = place[key]
    assert last in place
    place[last] = wrong
    with pytest.raises(Damaged, match="here"):
        parse_entry(json.dumps(document).encode(), where="here")


@pytest.mark.parametrize("path", [each for each in PATHS if len(each) < 5], ids=".".join)
def test_a_missing_value_is_damage(path):
    """Every value is written always, so one that is missing was lost."""
    document = json.loads(write_entry(sample()))
    place = document
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    if path == ("files", "f1"):
        assert parse_entry(json.dumps(document).encode(), where="here").files == {}
        return
    with pytest.raises(Damaged, match=path[-1]):
        parse_entry(json.dumps(document).encode(), where="here")
