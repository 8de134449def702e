"""Names in the archive: reversible, distinct, and never a way out of their folder."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harvester.archive.paths import entry_folder, file_name, native_id, safe_id
from harvester.errors import Damaged
from harvester.model import Kind, ListedFile, Recording

# what JSON can carry: any text, lone surrogates too
anything = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60) | st.just("a\ud800")
zoom_uuids = st.binary(min_size=16, max_size=16).map(lambda raw: base64.b64encode(raw).decode())
plain_ids = st.from_regex(r"[A-Za-z0-9_-]{1,100}", fullmatch=True)
ids = zoom_uuids | plain_ids | anything | st.sampled_from([".", "..", "/", "a/b", "\0", "~", "~YQ", "con", "=" * 24])


def fits(name):
    return name not in {"", ".", ".."} and not set(name) & {"/", "\0"} and len(name.encode("utf-8")) <= 255


def within_limit(text):
    return len(text.encode("utf-8", "surrogatepass")) <= 180


@given(ids)
def test_an_id_comes_back_from_its_folder_name(identifier):
    """Any id that can be a folder name can be read from it again, and the name is safe on every file system."""
    assume(within_limit(identifier))
    safe = safe_id(identifier)
    assert native_id(safe) == identifier
    assert fits(safe)
    assert safe.isascii()


@given(st.lists(ids, min_size=2, max_size=6, unique=True))
def test_distinct_ids_have_distinct_folders(identifiers):
    """No two recordings share a folder, whatever their ids look like."""
    kept = [each for each in identifiers if within_limit(each)]
    assert len({safe_id(each) for each in kept}) == len(kept)


@given(zoom_uuids)
def test_a_zoom_uuid_stays_readable(uuid):
    """The UUID that Zoom shows is found in the archive as base64url without its padding."""
    assert safe_id(uuid) == uuid.rstrip("=").replace("+", "-").replace("/", "_")


@pytest.mark.parametrize("identifier", ["", "x" * 181 + "/", "\u4e00" * 61])
def test_an_id_no_folder_could_have(identifier):
    """An empty or overlong id is one damaged item, with its size in the sentence."""
    with pytest.raises(Damaged, match="bytes cannot be a folder name"):
        safe_id(identifier)


def listed(key="f1", **changes):
    return ListedFile(
        **{"key": key, "kind": Kind.VIDEO, "file_type": "MP4", "recording_type": None, "extension": "MP4"} | changes
    )


words = st.text(min_size=1, max_size=60)  # a source's reader has mended lone surrogates
names = st.none() | words


@given(words, names, names, names, st.integers(0, 9999))
def test_a_file_name_is_safe_whatever_the_source_says(key, file_type, recording_type, extension, part):
    """Types, extensions and ids are the source's words; none of them becomes a path, a dot file or a long name."""
    name = file_name(
        listed(key, file_type=file_type or "", recording_type=recording_type, extension=extension, part_index=part)
    )
    assert fits(name)
    assert name.isascii()
    assert name[0].isdigit()
    assert name != "recording.json"


@given(st.lists(words | plain_ids, min_size=2, max_size=6, unique=True))
def test_distinct_files_have_distinct_names(keys):
    """Two files of a recording never have one name, so that neither can replace the other."""
    assert len({file_name(listed(each)) for each in keys}) == len(keys)


def test_a_key_that_looks_like_a_hashed_one_has_a_name_of_its_own():
    """An id chosen to equal the hash of another does not meet it."""
    hashed = file_name(listed("a/b")).split("-")[-1].split(".")[0]
    assert file_name(listed(hashed)) != file_name(listed("a/b"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "0-mp4-f1.mp4"),
        ({"recording_type": "shared_screen_with_speaker_view"}, "0-shared_screen_with_speaker_view-f1.mp4"),
        ({"part_index": 3, "extension": None}, "3-mp4-f1.bin"),
        ({"file_type": "", "extension": "../x"}, "0-video-f1.x"),
        ({"file_type": "\u4e2d", "extension": "tar.gz"}, "0-file-f1.targz"),
        ({"recording_type": "a" * 80}, f"0-{'a' * 48}-f1.mp4"),
    ],
)
def test_a_file_name_tells_part_type_id_and_extension(changes, expected):
    """People who look into a folder see what is what."""
    assert file_name(listed(**changes)) == expected


@pytest.mark.parametrize(
    ("started_at", "expected"),
    [
        (datetime(2026, 3, 2, 23, 59, tzinfo=UTC), "zoom/2026/03/02/abc"),
        (datetime(1, 1, 1, tzinfo=UTC), "zoom/0001/01/01/abc"),
    ],
)
def test_a_recording_lies_under_its_utc_date(started_at, expected):
    """The date is written with all its digits, also where a source says a time that cannot be."""
    assert str(entry_folder(Recording("zoom", "abc", started_at))) == expected
