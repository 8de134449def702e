"""What becomes of a recording's list of participants: asked for, no longer asked for, never there."""

from __future__ import annotations

import json

import pytest
from pipeline_samples import NOW, archived, entry, held, listed, recording, standing
from reading_samples import column, read

from harvester.model import FileStatus, Kind
from harvester.pipeline import merge
from harvester.pipeline.plan import Action, decide, is_unlisted
from harvester.pipeline.select import Selection
from harvester.pipeline.work import LIST, MEDIA, TEXT, lane_of

FILE = listed("participants", Kind.PARTICIPANTS, file_type="PARTICIPANTS", extension="json", is_document=True)
ROW = {"name": "Ana Lima", "user_id": "7", "join_time": "2026-03-02T09:00:00Z", "leave_time": "2026-03-02T09:20:00Z"}


def actions(recording_, files, selection=Selection()):  # noqa: B008 - frozen
    return [(each.file.key, each.action) for each in decide(recording_, files, selection, now=NOW)]


def test_types_say_nothing_of_it():
    """The list has an option of its own; rules for whole recordings hold for it too."""
    both = recording(listed(), FILE)
    only = Selection(types=("transcript",))
    assert actions(both, {}, only) == [("f1", Action.SKIP), ("participants", Action.FETCH)]
    assert actions(both, {}, Selection(exclude=("budget*",)))[1] == ("participants", Action.SKIP)


@pytest.mark.parametrize("status", FileStatus)
def test_once_it_is_not_asked_for_what_came_stays_and_the_rest_is_not_owed(status):
    """Whatever it was waiting for; and a look at all that the source has does not call it gone."""
    there = held(standing(FILE, status))
    decisions = decide(recording(), there, Selection(), now=NOW)
    after = merge.apply_decisions(entry(*there.values()), decisions, {}, gone_at=NOW).files["participants"]
    expected = status if status is FileStatus.ARCHIVED else FileStatus.SKIPPED
    assert (after.state.status, after.gone_at) == (expected, None)
    assert decide(recording(FILE), held(archived(FILE)), Selection(), now=NOW)[0].action is Action.KEEP


def test_it_neither_hides_missing_files_nor_holds_anybody_up():
    """A recording with nothing else listed is asked for its detail; the list is no text that an event waits for."""
    counted = {"extra": {"recording_count": 3}}
    assert is_unlisted(recording(FILE, **counted))
    assert not is_unlisted(recording(FILE, listed(), **counted))
    assert [lane_of(each) for each in (FILE, listed(), listed("t", Kind.TRANSCRIPT))] == [LIST, MEDIA, TEXT]


def test_it_tells_who_a_timeline_is_about():
    """Somebody who came back is one participant, under the first id, with what each file knows of him."""
    rows = [{**ROW, "id": "Z"}, {**ROW, "user_id": "8", "id": "Z", "user_email": "a@example.com"}]
    users = [{"user_id": 8, "username": "Ana Lima", "zoom_userid": "Z"}, {"user_id": 9, "username": "Bo Chen"}]
    timeline = json.dumps({"timeline": [{"ts": "00:00:01.000", "users": users}]}).encode()
    data = json.dumps({"participants": rows}).encode()
    found = read((FILE, data), (listed("l", Kind.TIMELINE), timeline), changes={"host_id": "Z"})
    assert column(found, "participants", "participant_key") == ["7", "9"]
    assert column(found, "participants", "name") == ["Ana Lima", "Bo Chen"]
    assert column(found, "participants", "email") == ["a@example.com", None]
    assert column(found, "participants", "is_host") == [True, None]


def test_a_list_that_cannot_be_read_is_said():
    """In the row of its file; what other files know of people is read all the same."""
    found = read((FILE, b"<html>"), (listed("c", Kind.CHAT), b"00:00:05\tBo Chen:\tHello\r\n"))
    assert list(found.unreadable) == ["participants"]
    assert column(found, "participants", "name") == ["Bo Chen"]
