from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from lake_samples import DAY, key_of
from views_samples import Line, add_transcript, capture, write_lake

from harvester.lake.export.read import find_recordings, iter_meetings
from harvester.lake.export.template import render_template
from harvester.lake.handmade.entries import CORRECTIONS, Correction
from harvester.lake.rows import build_table
from harvester.lake.session import Sessions
from schemas.handmade import CORRECTIONS_FILE
from schemas.lake import TABLES

UUID = "uuid-of-the-meeting=="
NEXT_DAY = DAY + timedelta(days=1)
SAID = [Line(0, "so we ship"), Line(3_000, "=on friday", "Bo Chen"), Line(5_000, "right", None)]


def chat_of(tables, text):
    """One message, sent when the recording began."""
    (row,) = tables["recordings"].to_pylist()
    values = dict.fromkeys(column.name for column in TABLES["chat_messages"].columns)
    values |= {"recording_key": row["recording_key"], "message_index": 0, "source": row["source"], "text": text}
    values |= {"kind": "message", "sender": "Bo Chen", "sent_at": row["started_at"]}
    return build_table("chat_messages", {name: [value] for name, value in values.items()})


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A meeting that Zoom recorded in two parts and two bots saw, one that nobody transcribed, one of the next day."""
    zoom = capture(1, SAID, meeting_uuid=UUID)
    zoom = add_transcript(zoom, capture(9, [Line(60_000, "back again")]))
    zoom["chat_messages"] = chat_of(zoom, "hello")
    bot = capture(2, [Line(0, "so we sip")], source="recall")
    other = capture(3, [Line(0, "so we skip")], source="meetstream")
    silent = capture(4, [], meeting_uuid="silent==")
    later = capture(5, [Line(0, "the next day")], day=NEXT_DAY, meeting_uuid="later==")
    lake = write_lake(
        tmp_path_factory.mktemp("export"),
        [zoom, bot, other, silent, later],
        links=[(bot, UUID), (other, UUID)],
    )
    keys = {name: key_of(each) for name, each in (("zoom", zoom), ("bot", bot), ("silent", silent), ("later", later))}
    corrected = [Correction(f"{keys['zoom']}/transcript", 0, speaker="Ána", text="so we ship it", correction_index=1)]
    (lake / CORRECTIONS_FILE).write_bytes(CORRECTIONS.write(corrected, guarded=False))
    return lake, keys


@pytest.fixture(scope="module")
def sessions(lake):
    with contextlib.closing(Sessions(lake[0], most=1)) as sessions:
        yield sessions


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (UUID, {}, ["zoom"]),
        (UUID, {"source": "recall"}, ["bot"]),
        ("123456789", {}, ["zoom", "silent", "later"]),
        ("123456789", {"first_day": NEXT_DAY}, ["later"]),
        (None, {"last_day": DAY}, ["zoom", "silent"]),
        ("zoom", {}, ["zoom"]),
        ("bot", {}, ["bot"]),
        ("bot", {"source": "zoom"}, []),
        ("nobody's", {}, []),
    ],
)
def test_a_name_means_these_recordings(lake, sessions, name, options, expected):
    """A UUID or number means a meeting and gives its best recording, a key the recording itself; days and source
    narrow it.
    """
    keys = lake[1]
    found = find_recordings(sessions, keys.get(name, name), **{"source": None, **options})
    assert [each.recording_key for each in found] == [keys[each] for each in expected]
    assert all(each.has_speech == (each.recording_key != keys["silent"]) for each in found)


def test_a_meeting_is_read_with_its_parts_and_corrections(lake, sessions):
    """Both parts apart and in order, speech as corrected, the label as the source wrote it where it was not."""
    (meeting,) = iter_meetings(sessions, find_recordings(sessions, UUID, source=None))
    first, second = meeting.parts
    assert [(each.speaker, each.label, each.text, each.is_corrected) for each in first.segments] == [
        ("Ána", "Ána", "so we ship it", True),
        ("Bo Chen", "Bo Chen", "=on friday", False),
        (None, None, "right", False),
    ]
    assert [(each.start_ms, each.text) for each in second.segments] == [(60_000, "back again")]
    assert [(each.sender, each.text) for each in meeting.chat] == [("Bo Chen", "hello")]
    assert meeting.participants == ("Ána", "Bo Chen", "Ana Lima")


def test_a_template_changes_nothing_and_can_be_filled_in(lake, sessions):
    """Handed back as it is it says what is corrected already, and no more; formulas in it are only text."""
    data = render_template(sessions, find_recordings(sessions, UUID, source=None))
    assert b",'=on friday,'=on friday,\n" in data
    rows = [row for _, row in CORRECTIONS.read(data, "FILE", ignored=("time",))]
    assert [each.changes_something for each in rows] == [True, False, False, False]
    key = f"{lake[1]['zoom']}/transcript"
    assert rows[0] == Correction(key, 0, "Ana Lima", "Ána", "so we ship", "so we ship it")
    filled = data.replace(b",Bo Chen,Bo Chen,", b",Bo Chen,Cy Ono,")
    (row,) = [row for _, row in CORRECTIONS.read(filled, "FILE", ignored=("time",)) if row.speaker == "Cy Ono"]
    assert row == Correction(key, 1, "Bo Chen", "Cy Ono", "=on friday")
