"""What belongs together is one recording: details with their documents, sessions of sources without an API, people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from imports_samples import (
    ADDRESS,
    ASSEMBLYAI,
    ATTENDEE_BOT,
    ATTENDEE_PEOPLE,
    ATTENDEE_RECORDING,
    ATTENDEE_TRANSCRIPT,
    BEGAN,
    FIREFLIES,
    MEETSTREAM_CHAT,
    MEETSTREAM_DETAIL,
    MEETSTREAM_MOMENTS,
    MEETSTREAM_PEOPLE,
    MEETSTREAM_RUNS,
    MEETSTREAM_TIMELINE,
    MEETSTREAM_TRANSCRIPT,
    OTTER_TXT,
    RECALL_MEETING,
    RECALL_OLD,
    RECALL_PEOPLE,
    RECALL_RUNS,
    RECALL_TURNS,
    TOLD,
    TURNS,
    V1_COMPLETE,
    V1_DATA,
    V1_SEGMENTS,
    V2_BOT,
    V2_CHAT,
    V2_COMPLETED,
    V2_DETAIL,
    V2_STATUS,
    V2_TRANSCRIPT,
    VEXA_MEETING,
    VEXA_TRANSCRIPT,
    begin,
    build_recall_bot,
    build_recall_transcript,
    describe,
    read_contents,
    read_rows,
    read_together,
    save,
)

from harvester.bots.imports import SOURCES, Importable, Told, merge_payloads, read_saved
from harvester.errors import Damaged, Refused
from harvester.model import Kind, Person, TranscriptStatus

LATER = BEGAN + timedelta(hours=3)


def keys_of(recording, *, ready=None):
    return [each.key for each in recording.files if ready is None or each.ready is ready]


def find_file(recording, key):
    return next(each for each in recording.files if each.key == key)


# --- details and their documents -------------------------------------------------------------------------------------


def test_a_bot_of_meetstream_takes_its_documents():
    """Each lies under the key that the details list, and what was not given stays listed."""
    given = (MEETSTREAM_TRANSCRIPT, MEETSTREAM_PEOPLE, MEETSTREAM_CHAT, MEETSTREAM_TIMELINE)
    imported = read_together("meetstream", MEETSTREAM_DETAIL, *given, told=Told())
    found = describe("meetstream", imported)
    assert set(imported.documents) == {"run-1", "participants", "chat", "timeline"}
    assert set(keys_of(found)) == {"run-1", "participants", "chat", "timeline", "audio", "video"}
    assert (found.started_at, found.meeting_id) == (BEGAN, "91234567890")
    assert "imported" not in imported.payload
    contents = read_contents("meetstream", imported)
    assert [each.key for each in contents.readings] == ["meetstream:ms-7/run-1"]
    assert [(each.name, each.native_id) for each in contents.people] == [("Mia Roth", "11")]


def test_a_transcript_goes_to_the_only_run_that_is_done():
    """A second run that is still at work is none that a saved transcript could be of."""
    imported = read_together("meetstream", MEETSTREAM_DETAIL, MEETSTREAM_RUNS, MEETSTREAM_TRANSCRIPT)
    assert list(imported.documents) == ["run-1"]
    assert set(keys_of(describe("meetstream", imported), ready=False)) == {"run-2"}
    assert [each.provider for each in read_contents("meetstream", imported).readings] == ["deepgram"]


def test_a_second_transcript_lies_beside_the_first():
    """What the details have no room for is a run of its own, and both are read."""
    imported = read_together("meetstream", MEETSTREAM_DETAIL, MEETSTREAM_TRANSCRIPT, ASSEMBLYAI)
    assert set(imported.documents) == {"run-1", "aai-5"}
    assert len(read_contents("meetstream", imported).readings) == 2


def test_the_same_file_twice_is_one():
    """As it is when it was saved with other blanks."""
    imported = read_together("meetstream", MEETSTREAM_DETAIL, MEETSTREAM_TRANSCRIPT, MEETSTREAM_TRANSCRIPT)
    assert list(imported.documents) == ["run-1"]


def test_a_run_that_is_not_done_is_done_once_its_transcript_is_given():
    """Details may be older than the transcript that was saved after them."""
    bot = {**MEETSTREAM_DETAIL["bot_details"], "TranscriptStatus": "Processing"}
    imported = read_together("meetstream", {"bot_details": bot}, MEETSTREAM_TRANSCRIPT)
    assert find_file(describe("meetstream", imported), "run-1").ready
    assert find_file(SOURCES["meetstream"].interpreter.describe(imported.payload), "run-1").ready is False


def test_details_without_their_envelope_are_the_same():
    """Somebody may have saved what is in it."""
    bare = read_together("meetstream", MEETSTREAM_DETAIL["bot_details"])
    assert bare == read_together("meetstream", MEETSTREAM_DETAIL)
    assert read_together("meetingbaas_v2", V2_BOT) == read_together("meetingbaas_v2", V2_DETAIL)


def test_an_answer_of_meeting_baas_v1_brings_its_transcript():
    """Under the key that a pull through the API gives it, and the lines of who spoke as the details list them."""
    imported = read_together("meetingbaas_v1", V1_DATA, begin("v1-7"), TURNS, told=Told())
    found = describe("meetingbaas_v1", imported)
    inner = SOURCES["meetingbaas_v1"].interpreter
    assert (found.started_at, found.time_base) == (BEGAN, "recording_start")
    assert keys_of(found) == keys_of(inner.describe(V1_DATA))
    (transcript,) = [each for each in found.files if each.kind is Kind.TRANSCRIPT]
    assert set(imported.documents) == {transcript.key, "timeline"}
    assert json.loads(imported.documents[transcript.key])["bot_data"]["transcripts"] == V1_SEGMENTS
    assert json.loads(imported.documents["timeline"].splitlines()[0]) == TURNS[0]
    assert [row["start_at"] for row in read_rows("meetingbaas_v1", imported)] == [BEGAN + timedelta(milliseconds=1500)]


def test_lines_are_kept_as_they_were():
    """A file with a value on each line is one of the forms, and its bytes stay."""
    lines = "".join(json.dumps(each) + "\n" for each in (*TURNS, *TURNS))
    imported = read_together("meetingbaas_v1", V1_DATA, lines)
    assert imported.documents["timeline"] == lines.encode()
    (single,) = read_saved("meetingbaas_v1", [save(V1_DATA), save(json.dumps(TURNS[0]))], TOLD, together=True)
    assert json.loads(single.documents["timeline"]) == TURNS[0]


def test_a_webhook_brings_what_the_answer_left_out():
    """The transcript of an answer that was asked for without one."""
    bot_data = {"bot": V1_DATA["bot_data"]["bot"]}
    imported = read_together("meetingbaas_v1", {**V1_DATA, "bot_data": bot_data}, V1_COMPLETE)
    assert [row["text"] for row in read_rows("meetingbaas_v1", imported)] == ["Hello."]
    assert describe("meetingbaas_v1", imported).extra["caller"] == {"order": "12"}


def test_a_failed_bot_keeps_its_reason():
    """An empty list of a bot that broke down is no silence."""
    bot = {**V1_DATA["bot_data"]["bot"], "errors": "CannotJoinMeeting"}
    imported = read_together("meetingbaas_v1", {**V1_DATA, "bot_data": {"bot": bot, "transcripts": []}})
    found = describe("meetingbaas_v1", imported)
    assert (found.transcript, found.end_reason) == (TranscriptStatus.FAILED, "CannotJoinMeeting")
    assert imported.documents == {}


@pytest.mark.parametrize("duration", ["0", 0, None])
def test_a_bot_at_work_has_said_nothing_yet(duration):
    """By the same rule as a pull's: a length of nothing is no end, and nothing said is no silence."""
    bot = {**V1_DATA["bot_data"]["bot"], "bot_exited_at": None}
    answer = {**V1_DATA, "duration": duration, "bot_data": {"bot": bot, "transcripts": []}}
    imported = read_together("meetingbaas_v1", answer)
    assert describe("meetingbaas_v1", imported).transcript is TranscriptStatus.PENDING
    assert imported.documents == {}


def test_lines_of_a_transcript_and_of_people_are_read():
    """Documents with a value on each line give the same rows and people as lists do."""
    lists = (MEETSTREAM_TRANSCRIPT, MEETSTREAM_PEOPLE)
    lines = ["".join(json.dumps(each) + "\n" for each in [*rows, {**rows[0], "x": 1}]) for rows in lists]
    imported = read_together("meetstream", MEETSTREAM_DETAIL, *lines)
    assert sorted(each.extension for each in describe("meetstream", imported).files if each.key in imported.documents)
    assert [row["text"] for row in read_rows("meetstream", imported)] == ["Hello there.", "Hello there.", "Hi."]
    assert "Mia Roth" in [each.name for each in read_contents("meetstream", imported).people]


def test_a_bot_of_meeting_baas_v2_takes_its_documents():
    """The transcript under the last job's id; chat that the details do not list is there as well."""
    imported = read_together("meetingbaas_v2", V2_DETAIL, V2_STATUS, V2_TRANSCRIPT, begin("v2-7"), TURNS, V2_CHAT)
    found = describe("meetingbaas_v2", imported)
    assert set(imported.documents) == {"job-1", "timeline", "chat"}
    assert set(keys_of(found)) == {"job-1", "video", "timeline", "chat"}
    assert (found.started_at, find_file(found, "chat").kind) == (BEGAN, Kind.CHAT)
    assert json.loads(imported.documents["chat"]) == V2_CHAT
    assert imported.payload["transcription_status"] == "done"


def test_the_event_of_a_finished_bot_is_as_good_as_its_details():
    """With what the caller attached, wherever that stands."""
    imported = read_together("meetingbaas_v2", V2_COMPLETED, V2_TRANSCRIPT, told=Told())
    found = describe("meetingbaas_v2", imported)
    assert list(imported.documents) == ["job-1"]
    assert (found.native_id, found.time_base, found.extra["caller"]) == ("v2-7", "joined_at", {"order": "12"})


@pytest.mark.parametrize(("source", "value"), [("meetingbaas_v1", V1_DATA), ("meetingbaas_v2", V2_DETAIL)])
def test_a_told_start_is_better_than_a_bots_arrival(source, value):
    """It counts for the files too; a start that is known is never replaced."""
    told = Told(started_at=LATER)
    found = describe(source, read_together(source, value, told=told))
    assert (found.started_at, found.time_base) == (LATER, "recording_start")
    (transcript,) = [each for each in found.files if each.kind is Kind.TRANSCRIPT]
    assert transcript.start_at == LATER
    known = read_together(source, value, begin(found.native_id), told=told)
    assert describe(source, known).started_at == BEGAN


def test_what_is_told_fills_in_and_replaces_nothing():
    """The details' meeting stays; a topic that they do not know is the user's."""
    told = Told("ms-7", LATER, "98765432101", "Sync")
    found = describe("meetstream", read_together("meetstream", MEETSTREAM_DETAIL, told=told))
    assert (found.started_at, found.meeting_id, found.topic) == (BEGAN, "91234567890", "Sync")
    assert found.extra["meeting_url"] == "https://zoom.us/j/91234567890"


def test_a_recording_of_recalls_takes_its_documents():
    """What is known of its meeting becomes its topic, and another run of the recogniser is told as well."""
    given = (build_recall_transcript(0), RECALL_PEOPLE, RECALL_TURNS, RECALL_MEETING, RECALL_RUNS)
    imported = read_together("recall", build_recall_bot(0), *given, told=Told())
    found = describe("recall", imported)
    assert set(imported.documents) == {"tr-0", "participants", "timeline"}
    assert (found.native_id, found.topic, found.meeting_uuid) == ("bot-7:rec-0", "Sync", "u==")
    assert [each["id"] for each in imported.payload["transcripts"]] == ["tr-9"]
    assert "video" in keys_of(found)
    assert [(each.name, each.is_host) for each in read_contents("recall", imported).people] == [("Mia Roth", True)]


def test_meeting_metadata_of_a_transcript_alone():
    """Topic and UUID are kept without any bot."""
    found = describe("recall", read_together("recall", RECALL_OLD, RECALL_MEETING))
    assert (found.topic, found.meeting_uuid) == ("Sync", "u==")


def test_a_bot_with_two_recordings_gives_two():
    """A transcript goes to the one that began where its clock is 0."""
    saved = [save(each) for each in (build_recall_bot(0, 20), build_recall_transcript(20), build_recall_transcript(0))]
    found = read_saved("recall", saved, Told(), together=True)
    assert [describe("recall", each).native_id for each in found] == ["bot-7:rec-0", "bot-7:rec-20"]
    assert [list(each.documents) for each in found] == [["tr-0"], ["tr-20"]]
    moments = [row["start_at"] for each in found for row in read_rows("recall", each)]
    assert moments == [BEGAN + timedelta(seconds=1), BEGAN + timedelta(minutes=20, seconds=1)]


def test_which_of_two_recordings_may_have_to_be_told():
    """A transcript without moments, and a list of people, may be of either; the id tells."""
    saved = [save(build_recall_bot(0, 20)), save(RECALL_OLD, "old.json")]
    with pytest.raises(Refused, match=r"old\.json") as raised:
        read_saved("recall", saved, Told(), together=True)
    assert "bot-7:rec-20" in raised.value.hint
    (found,) = read_saved("recall", saved, Told("bot-7:rec-20"), together=True)
    assert list(found.documents) == ["tr-20"]
    assert len(read_saved("recall", saved[:1], Told("bot-7"))) == 2
    with pytest.raises(Damaged, match="rec-3"):
        read_saved("recall", saved[:1], Told("bot-7:rec-3"))


def test_a_transcript_that_recall_has_deleted_is_there_again():
    """Who saved it in time has it, whatever the bot says now."""
    bot = build_recall_bot(0)
    bot["recordings"][0]["status"]["code"] = "deleted"
    imported = read_together("recall", bot, build_recall_transcript(0))
    found = describe("recall", imported)
    assert [each.kind for each in found.files] == [Kind.TRANSCRIPT]
    assert (found.transcript, found.transcript_reason) == (None, None)
    assert [row["text"] for row in read_rows("recall", imported)] == ["Hello."]


def test_two_of_one_kind_are_damaged():
    """The second list of people, and details that say something else, are named."""
    other = [{"deviceId": "12", "displayName": "Lev Sand"}]
    for second in (other, {"bot_details": {**MEETSTREAM_DETAIL["bot_details"], "Status": "Stopped"}}):
        saved = [save(MEETSTREAM_DETAIL), save(MEETSTREAM_PEOPLE), save(second, "second.json")]
        with pytest.raises(Damaged, match=r"second\.json"):
            read_saved("meetstream", saved, TOLD, together=True)


# --- sources without an API ------------------------------------------------------------------------------------------


def test_attendees_answers_are_one_recording():
    """The bot's id, state and caller, the recording's start, and everybody by their ids."""
    given = (ATTENDEE_BOT, ATTENDEE_RECORDING, ATTENDEE_TRANSCRIPT, ATTENDEE_PEOPLE)
    imported = read_together("attendee", *given, told=Told())
    found = describe("attendee", imported)
    assert (found.key, found.started_at, found.time_base) == ("attendee:bot_7", BEGAN, "recording_start")
    assert (found.status, found.end_reason, found.meeting_id) == ("ended", "by_host", "91234567890")
    assert found.ended_at == datetime(2026, 6, 9, 8, tzinfo=UTC)
    assert found.extra["caller"] == {"order": "12"}
    assert [row["start_ms"] for row in read_rows("attendee", imported)] == [1500]
    assert read_contents("attendee", imported).people == [
        Person("Lev Sand", "u-4", is_host=False),
        Person("Mia Roth", "u-3", "account-3", is_host=True),
    ]


def test_attendees_start_is_its_recordings_or_the_bots_arrival():
    """The answer about the recording is enough beside a transcript; a bot alone says when it came."""
    imported = read_together("attendee", ATTENDEE_RECORDING, ATTENDEE_TRANSCRIPT, told=Told("mine"))
    found = describe("attendee", imported)
    assert (found.native_id, found.started_at, found.time_base) == ("mine", BEGAN, "recording_start")
    arrived = describe("attendee", read_together("attendee", ATTENDEE_BOT, ATTENDEE_TRANSCRIPT, told=Told()))
    assert (arrived.started_at, arrived.time_base) == (BEGAN - timedelta(minutes=1), "joined_at")
    still = {**ATTENDEE_BOT, "events": []}
    spoken = describe("attendee", read_together("attendee", still, ATTENDEE_TRANSCRIPT, told=Told()))
    assert (spoken.started_at, spoken.time_base) == (BEGAN + timedelta(milliseconds=1500), "unknown")
    with pytest.raises(Refused, match="nothing says when"):
        read_together("attendee", still, told=Told())


def test_a_meeting_of_vexas():
    """Number, platform and length are its own; its id is that of this one session."""
    for given in ((VEXA_TRANSCRIPT,), (VEXA_MEETING, VEXA_TRANSCRIPT)):
        imported = read_together("vexa", *given, told=Told())
        found = describe("vexa", imported)
        assert (found.key, found.platform, found.meeting_id) == ("vexa:42", "zoom", "91234567890")
        assert (found.started_at, found.time_base, found.duration_ms) == (BEGAN, "session_start", 1_800_000)
        assert (found.status, found.extra["meeting_url"]) == ("completed", "https://zoom.us/j/91234567890")
        assert found.extra["caller"] == {"order": "12"}
        assert [each.name for each in read_contents("vexa", imported).people] == ["Mia Roth"]


def test_a_meeting_of_vexas_without_its_transcript():
    """A webhook says what the answer says."""
    event = {"event_type": "meeting.completed", "data": {"meeting": VEXA_MEETING}}
    assert read_together("vexa", event) == read_together("vexa", VEXA_MEETING)
    bare = {name: value for name, value in VEXA_TRANSCRIPT.items() if name in {"segments", "status"}}
    found = describe("vexa", read_together("vexa", bare, told=Told("mine", BEGAN, "91234567890")))
    assert (found.native_id, found.time_base, found.meeting_id) == ("mine", "recording_start", "91234567890")
    assert found.platform == "zoom"


def test_a_transcript_of_fireflies():
    """Milliseconds, minutes and seconds of one object each become what they are."""
    for value in (FIREFLIES, {"data": {"transcript": FIREFLIES}}):
        imported = read_together("fireflies", value, told=Told(None, LATER, "98765432101", "Other"))
        found = describe("fireflies", imported)
        assert (found.key, found.topic, found.host_email) == ("fireflies:ff-7", "Sync", "mia@example.invalid")
        assert (found.started_at, found.time_base) == (BEGAN, "recording_start")
        assert (found.duration_ms, found.ended_at) == (1_830_000, BEGAN + timedelta(minutes=30.5))
        assert (found.meeting_id, found.platform, found.status) == ("91234567890", "zoom", "ended")
        assert [row["start_at"] for row in read_rows("fireflies", imported)] == [BEGAN + timedelta(milliseconds=1500)]
        assert "sentences" not in imported.payload


def test_people_of_fireflies():
    """A speaker is the attendee of that name; an address without a name is somebody too."""
    people = read_contents("fireflies", read_together("fireflies", FIREFLIES)).people
    mia, lev, kim = "mia@example.invalid", "lev@example.invalid", "kim@example.invalid"
    assert people == [
        Person("Mia Roth", "0", mia, mia, is_host=True),
        Person(None, "Lev@example.invalid", "Lev@example.invalid", "Lev@example.invalid", is_host=False),
        Person(None, kim, kim, kim, is_host=False),
    ]
    assert lev not in {each.email for each in people}


@pytest.mark.parametrize("odd", [None, "30", -1, 1e300, True, [], {}])
def test_a_length_of_fireflies_that_is_none_is_unsaid(odd):
    """Nothing is made up for it."""
    found = describe("fireflies", read_together("fireflies", FIREFLIES | {"duration": odd, "date": None}))
    assert (found.duration_ms, found.ended_at, found.started_at) == (None, None, BEGAN)


def test_an_otter_payload_is_a_note():
    """What was told is all there is, and it is enough."""
    imported = read_together("otter", OTTER_TXT, told=Told("mine", BEGAN, None, "Sync"))
    assert set(imported.payload) == {"imported"}
    found = describe("otter", imported)
    assert (found.key, found.topic, found.time_base) == ("otter:mine", "Sync", "unknown")
    with pytest.raises(Damaged, match="without an id"):
        Importable(SOURCES["otter"].interpreter).describe({})


# --- a recording that is there already -------------------------------------------------------------------------------


def test_another_import_adds_to_what_is_known():
    """Two transcripts given one after the other are both listed, as when they were given together."""
    told = Told("mine", BEGAN)
    first, second = (read_together("recall", each, told=told) for each in (RECALL_OLD, build_recall_transcript(0)))
    merged = merge_payloads(first.payload, second.payload)
    found = Importable(SOURCES["recall"].interpreter).describe(merged)
    assert set(keys_of(found)) == {*first.documents, *second.documents}
    assert merge_payloads(merged, second.payload) == merged


def test_a_transcript_adds_to_a_bot_that_was_pulled():
    """What the API said stays, and a later look at the API forgets nothing that was given."""
    interpreter = SOURCES["meetstream"].interpreter
    pulled = read_together("meetstream", MEETSTREAM_DETAIL).payload
    given = read_together("meetstream", MEETSTREAM_MOMENTS, told=Told("ms-7"))
    merged = merge_payloads(pulled, given.payload)
    found = Importable(interpreter).describe(merged)
    assert {*keys_of(interpreter.describe(pulled)), *given.documents} == set(keys_of(found))
    assert found.meeting_id == "91234567890"
    assert merge_payloads(merged, pulled) == merged
    assert merge_payloads(pulled, pulled) == pulled


def test_a_note_that_cannot_be_read_is_damaged():
    """An archive that somebody changed is found out here, with nothing of its contents in the message."""
    for note in ("x", {"native_id": "a"}, {"files": [{"kind": ADDRESS}]}):
        with pytest.raises(Damaged) as raised:
            Importable(SOURCES["recall"].interpreter).describe({"imported": note})
        assert ADDRESS not in raised.value.message


def test_shared_details_take_their_shared_transcripts(shared, expected):
    """Of every provider, under the key that the details list, with the rows that are expected."""
    pairs = {
        "meetstream": (["bot_detail", "transcriptions", "get_participants", "get_chats"], "transcript.s1_array"),
        "meetingbaas_v2": (["bot_details", "webhook.status_change.recording"], "transcription"),
        "recall": (["bot_retrieve", "participants_download", "speaker_timeline"], "transcript_download"),
        "attendee": (["recording", "participants.page1"], "transcript"),
    }
    for source, (names, transcript) in pairs.items():
        values = [shared(f"{source}/{each}.json") for each in (*names, transcript)]
        imported = read_together(source, *values, told=Told())
        rows = read_rows(source, imported)
        wanted = expected(f"{source}/{transcript}.json")
        assert [(row["start_ms"], row["end_ms"], row["text"]) for row in rows] == [
            (row["start_ms"], row["end_ms"], row["text"]) for row in wanted
        ]
        listed = [each.key for each in describe(source, imported).files if each.kind is Kind.TRANSCRIPT and each.ready]
        assert set(listed) <= set(imported.documents)
