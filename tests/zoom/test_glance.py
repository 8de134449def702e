"""A listing's entry at a glance: what changes its fingerprint, and that it agrees with the full description."""

from __future__ import annotations

import pytest

from harvester.errors import Damaged
from harvester.sandbox import generate_account
from harvester.sandbox.faults import FaultSet
from harvester.sandbox.listing import build_detail
from harvester.sandbox.world import Settings, World
from harvester.zoom.describe import describe
from harvester.zoom.glance import glance, start_day

FILE = {"id": "f1", "file_type": "MP4", "file_size": 5, "download_url": "https://zoom.us/rec/download/a"}
ENTRY = {"uuid": "a", "start_time": "2026-03-03T09:00:00Z", "recording_files": [FILE], "password": "p1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "p2"},
        {"recording_play_passcode": "x"},
        {"share_url": "https://zoom.us/rec/share/b"},
        {"recording_files": [FILE | {"download_url": "https://zoom.us/rec/download/b"}]},
        {"recording_files": [FILE | {"play_url": "https://zoom.us/rec/play/b"}]},
    ],
)
def test_a_fresh_token_or_address_changes_nothing(changes):
    """What Zoom makes anew for every listing does not make a recording look changed."""
    assert glance(ENTRY | changes).fingerprint == glance(ENTRY).fingerprint


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "new"},
        {"duration": 6},
        {"recording_files": []},
        {"recording_files": [FILE | {"file_size": 6}]},
        {"recording_files": [FILE | {"status": "processing"}]},
        {"recording_files": [FILE, FILE | {"id": "f2"}]},
        {"participant_audio_files": [{"id": "f3"}]},
        {"something": {"new": [1, {"deep": 2}]}},
    ],
)
def test_everything_else_that_is_said_counts(changes):
    """A size, a state, one more file or a field of tomorrow makes the recording one to look into."""
    assert glance(ENTRY | changes).fingerprint != glance(ENTRY).fingerprint


def test_the_order_of_members_changes_nothing():
    """JSON gives an object's members no order, whatever a server of tomorrow does."""
    file = dict(reversed(FILE.items()))
    assert (
        glance(dict(reversed((ENTRY | {"recording_files": [file]}).items()))).fingerprint == glance(ENTRY).fingerprint
    )


def test_names_and_values_are_told_apart():
    """A list of names and values, and an object of them, are two things; so are a number and its digits."""
    said = [{"a": 1, "b": 2}, {"a": [1, 2]}, {"a,b": [1, 2]}, ["a", "b", 1, 2], {"a": "1", "b": 2}, {"a": 1.0, "b": 2}]
    assert len({glance(ENTRY | {"new": each}).fingerprint for each in said}) == len(said)


def test_an_entry_in_too_many_levels_is_damaged():
    """A listing that no writer of JSON could have meant is one bad recording, not the end of the run."""
    value: list[object] = []
    for _ in range(400):
        value = [value]
    with pytest.raises(Damaged, match="levels"):
        glance(ENTRY | {"new": value})


def test_a_glance_agrees_with_the_description():
    """Id, day and number of files are those that the full description gives, for every shape of the sandbox."""
    account = generate_account(meetings=60, seed=4, days=9)
    world = World(account, Settings(), lambda: account.anchor, FaultSet(), None)
    for meeting in account.meetings:
        payload = build_detail(world, meeting)
        recording = describe(payload)
        seen = glance(payload)
        assert (seen.native_id, start_day(payload)) == (recording.native_id, recording.date)
        assert seen.n_files == len(recording.files)


@pytest.mark.parametrize("start_time", [None, "", "2026-13-45T00:00:00Z", "2026-03-03T23:30:00-02:00", 7])
def test_an_unusual_start_is_read_as_the_description_reads_it(start_time):
    """A start with an offset, or one that only the files tell, falls on the same UTC day in both."""
    file = FILE | {"recording_start": "2026-03-04T01:30:00Z"}
    payload = ENTRY | {"start_time": start_time, "recording_files": [file]}
    assert start_day(payload) == describe(payload).date


@pytest.mark.parametrize("uuid", [None, "", "  ", []])
def test_an_entry_without_an_id_is_damaged(uuid):
    """Nothing can be archived under no name, and nothing is guessed."""
    with pytest.raises(Damaged):
        glance(ENTRY | {"uuid": uuid})
