"""Saved payloads become recordings: the shared ones row by row, every shape alone, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imports_samples import (
    ALL,
    ASSEMBLYAI,
    ATTENDEE_TRANSCRIPT,
    BEGAN,
    FIREFLIES,
    MEETSTREAM_CLOCKLESS,
    MEETSTREAM_DETAIL,
    MEETSTREAM_MOMENTS,
    MEETSTREAM_TRANSCRIPT,
    OTTER_SRT,
    OTTER_TXT,
    RECALL_OLD,
    SECRETS,
    TOLD,
    V1_COMPLETE,
    V2_TRANSCRIPT,
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
from reader_samples import anything, spoil

from harvester.bots.imports import SOURCES, Importable, Saved, Told, read_saved
from harvester.errors import Damaged, Refused
from harvester.model import TranscriptStatus

SHARED = (
    "meetstream/transcript.s1_array", "meetstream/transcript.s2_message_wrapped",
    "meetstream/transcript.s3_participant_words", "meetstream/transcript.s4_segments_text",
    "meetingbaas_v1/meeting_data", "meetingbaas_v1/webhook.complete", "meetingbaas_v2/transcription",
    "recall/transcript_download", "recall/transcript_download.machine_diarization", "recall/transcript_legacy",
    "attendee/transcript", "vexa/transcript", "fireflies/transcript", "otter/export_txt", "otter/export_srt",
)  # fmt: skip
SILENT = (
    "meetstream/transcript.empty", "meetstream/transcript.empty_message", "meetingbaas_v1/meeting_data.no_transcript",
    "meetingbaas_v2/transcription.empty", "attendee/transcript.empty", "fireflies/transcript.null_sentences",
)  # fmt: skip
TRANSCRIPTS = {
    "meetstream": MEETSTREAM_TRANSCRIPT,
    "meetingbaas_v1": V1_COMPLETE,
    "meetingbaas_v2": V2_TRANSCRIPT,
    "recall": RECALL_OLD,
    "attendee": ATTENDEE_TRANSCRIPT,
    "vexa": VEXA_TRANSCRIPT,
    "fireflies": FIREFLIES,
    "otter": OTTER_SRT,
}
NAMES = (
    "BotID", "bot_details", "bot_id", "event", "data", "transcript", "transcripts", "bot_data", "bot", "uuid", "words",
    "text", "speaker", "start_time", "id", "recordings", "results", "status", "status_changes", "created_at", "name",
    "participant", "segments", "sentences", "date", "native_meeting_id", "recording", "start_timestamp_ms", "meeting",
    "transcription", "timestamp_ms", "success", "result", "utterances", "errors", "participants", "joined_at",
)  # fmt: skip


def write(moment):
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def save_shared(shared, name):
    value = shared(f"{name}.json")
    return save(value["content"] if name.startswith("otter") else value)


def tell_session(shared):
    session = shared("expected_common.json")["bot_session"]
    return Told(started_at=datetime.fromisoformat(session["recording_started_at"]), meeting=session["zoom_meeting_id"])


def import_one(source, value, told=TOLD):
    (found,) = read_saved(source, [save(value)], told)
    return found


def expect(kind, source, *values, told=TOLD, together=False):
    saved = [each if isinstance(each, Saved) else save(each, f"file-{at}") for at, each in enumerate(values)]
    with pytest.raises(kind) as raised:
        read_saved(source, saved, told, together=together)
    return raised.value


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_transcript_gives_its_rows(shared, expected, name):
    """A transcript by itself, with the session's start told, reads as it does with everything that its source knows."""
    source = name.partition("/")[0]
    (imported,) = read_saved(source, [save_shared(shared, name)], tell_session(shared))
    wanted = expected(f"{name}.json")
    rows = read_rows(source, imported)
    found = [{column: row[column] for column in wanted[0]} for row in rows]
    assert [row | {each: write(row[each]) for each in ("start_at", "end_at")} for row in found] == wanted
    assert {row["meeting_id"] for row in rows} == {"85012345678"}


def test_every_shared_transcript_is_tried(shared):
    """Nothing of the bots' that is expected to be read is left out above."""
    wanted = shared("expected_common.json")
    assert {f"{each}.json" for each in SHARED} == {each for each in wanted["segments"] if not each.startswith("zoom")}
    assert {f"{each}.json" for each in SILENT} == set(wanted["expect_zero_segments"])


@pytest.mark.parametrize("name", SILENT)
def test_a_shared_silence_is_a_transcript(shared, name):
    """Nothing was said, and that is known: the document is kept, and has no row."""
    source = name.partition("/")[0]
    (imported,) = read_saved(source, [save_shared(shared, name)], tell_session(shared))
    contents = read_contents(source, imported)
    assert [each.n_segments for each in contents.readings] == [0]
    assert contents.unreadable == {}


def test_no_shared_payload_leaves_a_secret_or_another_error(shared):
    """Whatever else was saved is imported without what opens anything, or refused by its name."""
    unnamed, secret = [], []
    for name in shared("index.json")["files"]:
        source = name.partition("/")[0]
        if source not in SOURCES:
            continue
        try:
            found = read_saved(source, [save(shared(name), name)], tell_session(shared))
        except FileNotFoundError:  # the index tells of more than there is
            continue
        except (Damaged, Refused) as error:
            unnamed += [] if name in error.message else [error.message]
            continue
        for each in found:
            kept = json.dumps(each.payload) + "".join(data.decode() for data in each.documents.values())
            secret += [name for word in ("DUMMY", "dummyPwd", "Signature", "?pwd") if word in kept]
    assert (unnamed, secret) == ([], [])


@pytest.mark.parametrize("source", TRANSCRIPTS)
def test_twice_is_once(source):
    """The same file gives the same payload, keys and bytes."""
    first, second = (import_one(source, TRANSCRIPTS[source]) for _ in range(2))
    assert first == second
    assert len(first.documents) == 1


@pytest.mark.parametrize("source", TRANSCRIPTS)
def test_what_is_kept_holds_no_secret_and_survives_scrubbing(source):
    """Neither payload nor documents tell an address, a passcode or a key, and scrubbing once more changes nothing."""
    for value in ALL[source]:
        try:
            found = read_saved(source, [save(value)], TOLD)
        except Refused:  # says nothing by itself
            continue
        for each in found:
            kept = json.dumps(each.payload) + "".join(data.decode() for data in each.documents.values())
            assert not [word for word in SECRETS if word in kept]
            scrub = getattr(SOURCES[source].interpreter, "scrub", None)
            assert scrub is None or scrub(each.payload) == each.payload


@pytest.mark.parametrize("source", ["meetstream", "recall", "attendee", "otter"])
def test_two_transcripts_under_one_id_have_two_keys(source):
    """What was said decides the key, so that one never replaces the other."""
    first = TRANSCRIPTS[source]
    second = first.replace("Hello", "Good day") if isinstance(first, str) else [*first, *first]
    found = read_saved(source, [save(first), save(second)], Told("mine", BEGAN))
    assert [describe(source, each).native_id for each in found] == ["mine", "mine"]
    assert len({key for each in found for key in each.documents}) == 2
    both = read_together(source, first, second, told=Told("mine", BEGAN))
    assert len(both.documents) == 2
    assert len(read_contents(source, both).readings) == 2


def test_a_transcript_alone_is_known_by_what_it_says():
    """Its key is the hash of its JSON, however that was written, and so is the recording's id."""
    imported = import_one("meetstream", MEETSTREAM_TRANSCRIPT)
    (key,) = imported.documents
    other = Saved("b", json.dumps(MEETSTREAM_TRANSCRIPT, sort_keys=True).encode())
    (again,) = read_saved("meetstream", [other], TOLD)
    assert list(again.documents) == [key]
    assert describe("meetstream", imported).native_id == f"import-{key}"
    assert len(key) == 32


def test_a_run_has_its_own_id():
    """AssemblyAI's form names the run; of its documents only what is secret is left out."""
    imported = import_one("meetstream", ASSEMBLYAI)
    assert list(imported.documents) == ["aai-5"]
    assert json.loads(imported.documents["aai-5"]) == {
        name: value for name, value in ASSEMBLYAI.items() if name != "audio_url"
    }


def test_a_document_without_secrets_keeps_its_bytes():
    """The archive holds what was saved, to the blank."""
    saved = save(MEETSTREAM_TRANSCRIPT)
    (imported,) = read_saved("meetstream", [saved], TOLD)
    assert list(imported.documents.values()) == [saved.data]


def test_what_the_user_tells_describes_a_transcript():
    """Meeting, topic and start become the recording's, and no passcode stays."""
    told = Told("mine", BEGAN, "https://zoom.us/j/912 3456 7890?pwd=hush", "Sync")
    found = describe("recall", import_one("recall", RECALL_OLD, told))
    assert (found.key, found.started_at, found.time_base) == ("recall:mine", BEGAN, "recording_start")
    assert (found.platform, found.meeting_id, found.topic) == ("zoom", "91234567890", "Sync")
    assert found.extra == {"meeting_url": "https://zoom.us/j/91234567890"}


def test_moments_and_offsets_say_when_it_began():
    """Where both are there, nothing has to be told, and what is told does not count."""
    for told in (Told(), Told(started_at=BEGAN + timedelta(days=1))):
        found = describe("meetstream", import_one("meetstream", MEETSTREAM_MOMENTS, told))
        assert (found.started_at, found.time_base) == (BEGAN, "recording_start")


def test_moments_alone_are_no_clock():
    """The first one says when the recording was, and offsets cannot be counted from it."""
    found = describe("meetstream", import_one("meetstream", MEETSTREAM_CLOCKLESS, Told()))
    assert (found.started_at, found.time_base) == (BEGAN + timedelta(seconds=5), "unknown")
    imported = import_one("attendee", ATTENDEE_TRANSCRIPT, Told())
    assert describe("attendee", imported).started_at == BEGAN + timedelta(milliseconds=1500)
    assert [row["start_ms"] for row in read_rows("attendee", imported)] == [None]
    (row,) = read_rows("attendee", import_one("attendee", ATTENDEE_TRANSCRIPT))
    assert (row["start_ms"], row["end_ms"]) == (1500, 2500)


def test_a_told_start_without_a_zone_is_utc():
    """No machine's own zone gets into the archive."""
    told = Told(started_at=BEGAN.replace(tzinfo=None))
    assert describe("recall", import_one("recall", RECALL_OLD, told)).started_at == BEGAN


def test_an_otter_export_has_only_what_is_told():
    """Its times have no beginning that anybody documents, so that no row gets a moment."""
    for text, extension in ((OTTER_TXT, "txt"), (OTTER_SRT, "srt")):
        imported = import_one("otter", text)
        assert [each.extension for each in describe("otter", imported).files] == [extension]
        rows = read_rows("otter", imported)
        assert [row["start_at"] for row in rows] == [None, None]
        assert [each.name for each in read_contents("otter", imported).people] == ["Mia Roth"]


def test_a_webhook_brings_the_transcript_of_meeting_baas():
    """The event names the bot and what the caller attached; when the recording began must come from elsewhere."""
    imported = import_one("meetingbaas_v1", V1_COMPLETE)
    found = describe("meetingbaas_v1", imported)
    assert (found.native_id, found.extra) == ("v1-7", {"caller": {"order": "12"}})
    assert [(row["start_ms"], row["text"]) for row in read_rows("meetingbaas_v1", imported)] == [(1500, "Hello.")]
    assert [each.name for each in read_contents("meetingbaas_v1", imported).people] == ["Mia Roth"]
    begun = read_together("meetingbaas_v1", V1_COMPLETE, begin("v1-7"), told=Told())
    assert (describe("meetingbaas_v1", begun).started_at, describe("meetingbaas_v1", begun).time_base) == (
        BEGAN,
        "recording_start",
    )


def test_a_webhook_without_a_transcript_says_that_there_is_none():
    """Nobody asked for speech-to-text: the recording is there, and awaits nothing."""
    body = {"event": "complete", "data": {"bot_id": "v1-7", "mp4": ""}}
    imported = import_one("meetingbaas_v1", body)
    assert describe("meetingbaas_v1", imported).transcript is TranscriptStatus.NONE
    assert imported.documents == {}


def test_files_by_themselves_are_recordings_by_themselves():
    """Without --together nothing is put together."""
    found = read_saved("recall", [save(RECALL_OLD), save(build_recall_transcript(0))], TOLD)
    assert len({describe("recall", each).native_id for each in found}) == 2


def test_what_came_from_the_source_is_described_by_it():
    """A payload without a note passes through untouched, people included."""
    imported = import_one("recall", build_recall_bot(0))
    inner = SOURCES["recall"].interpreter
    assert "imported" not in imported.payload
    assert Importable(inner).describe(imported.payload) == inner.describe(imported.payload)
    assert Importable(inner).name == "recall"


def test_every_source_that_can_be_imported_is_tried_here():
    """Four have a provider, four have no API here."""
    assert set(TRANSCRIPTS) == set(SOURCES)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"{", b"<html>", b"\xff\xfe", b"[1,", b"nul", b'{"a": NaN}', b"[" * 100_000, b"{}\n{"]
)
@pytest.mark.parametrize("source", [each for each in SOURCES if each != "otter"])
def test_a_file_that_is_no_json_is_damaged(source, data):
    """Its name is in the message."""
    assert expect(Damaged, source, Saved("notes.json", data)).message.startswith("notes.json: ")


@pytest.mark.parametrize("value", [None, 5, "text", True, {}, {"a": 1}, [1], [[]], [{}], {"error": "no"}])
@pytest.mark.parametrize("source", [each for each in SOURCES if each != "otter"])
def test_a_file_of_no_known_shape_is_damaged(source, value):
    """What was expected is in the hint."""
    error = expect(Damaged, source, Saved("f", json.dumps(value).encode()))
    assert error.message.startswith("f: ")
    assert error.hint


@pytest.mark.parametrize("data", [b"", b"\r\n", b"%PDF-1.7", b"PK\x03\x04\0\xe1\xe2", b"\0", b'{"a": 1}', b"[1]"])
def test_what_is_no_text_is_no_export_of_otters(data):
    """Other formats of Otter's, and JSON, are not taken for what somebody said."""
    assert expect(Damaged, "otter", Saved("f.docx", data)).message.startswith("f.docx: ")


def test_a_bracket_may_begin_speech():
    """Otter writes sounds in brackets."""
    imported = import_one("otter", "[laughs] Hello.")
    assert [row["text"] for row in read_rows("otter", imported)] == ["[laughs] Hello."]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("meetstream", {"message": "still processing"}),
        ("meetstream", {"status": "error", "text": None, "words": []}),
        ("meetstream", {"bots": []}),
        ("meetstream", {"event": "bot.done", "bot_id": "ms-7"}),
        ("meetingbaas_v1", {"bots": []}),
        ("meetingbaas_v1", {"event": "failed", "data": {"bot_id": "v1-7"}}),
        ("meetingbaas_v2", {"success": False, "error": "Not Found"}),
        ("meetingbaas_v2", {"success": True, "data": []}),
        ("meetingbaas_v2", {"bot_id": "v2-7", "transcriptions": []}),
        ("recall", {"event": "transcript.data", "data": {}}),
        ("recall", {"results": [{"id": "b", "recordings": []}]}),
        ("recall", {"id": "b", "recordings": [], "status_changes": []}),
        ("attendee", {"trigger": "bot.state_change", "data": {}}),
        ("attendee", {"results": [{"id": "b", "meeting_url": "x"}]}),
        ("vexa", VEXA_TRANSCRIPT | {"status": "active", "end_time": None, "segments": []}),
        ("vexa", {"meetings": []}),
        ("vexa", {"event_type": "meeting.started", "data": {}}),
        ("fireflies", FIREFLIES | {"is_live": True, "sentences": None}),
        ("fireflies", {"errors": [{"code": "object_not_found"}], "data": {"transcript": None}}),
        ("fireflies", {"data": {"transcript": None}}),
        ("fireflies", {"data": {"transcripts": []}}),
        ("fireflies", {"meetingId": "ff-7", "eventType": "Transcription completed"}),
    ],
)
def test_what_is_no_finished_payload_is_damaged(source, value):
    """Drafts, errors, listings and mere events are not taken for a recording, or for silence."""
    error = expect(Damaged, source, Saved("f", json.dumps(value).encode()))
    assert error.hint


def test_a_start_must_be_told_where_nothing_says_it():
    """The option is named."""
    silent = [("recall", RECALL_OLD), ("otter", OTTER_TXT), ("meetingbaas_v1", V1_COMPLETE), ("attendee", [])]
    for source, value in silent:
        assert "--started-at" in expect(Refused, source, value, told=Told()).hint


def test_what_says_nothing_by_itself_needs_company():
    """A list of people, or the word that a recording began, is no recording."""
    for source, value in (("recall", [{"id": 1, "name": "A", "is_host": True}]), ("meetingbaas_v2", begin("v2-7"))):
        assert "--together" in expect(Refused, source, value).hint


def test_an_id_that_contradicts_is_damaged():
    """Both are named, the user's and the payload's, or those of two files."""
    error = expect(Damaged, "meetstream", MEETSTREAM_DETAIL, told=Told("other", BEGAN))
    assert "ms-7" in error.message
    assert "other" in error.message
    error = expect(Damaged, "meetingbaas_v2", V2_TRANSCRIPT, begin("v2-8"), together=True)
    assert "v2-7" in error.message
    assert "v2-8" in error.message
    assert "mine" in expect(Damaged, "vexa", VEXA_TRANSCRIPT, told=Told("mine")).message
    assert "ff-7" in expect(Damaged, "fireflies", FIREFLIES, told=Told("ff-7:1")).message
    assert "v2-7" in expect(Damaged, "meetingbaas_v2", V2_TRANSCRIPT, told=Told("v2-7:1", BEGAN)).message


def test_an_address_is_no_id():
    """Ids stand in names and messages, where nothing may open anything."""
    address = "https://files.invalid/x?key=sesame"
    assert "sesame" not in expect(Damaged, "vexa", VEXA_TRANSCRIPT | {"id": address}).message
    assert "sesame" not in expect(Refused, "recall", RECALL_OLD, told=Told(address, BEGAN)).message
    (key,) = import_one("meetstream", ASSEMBLYAI | {"id": address}).documents
    assert len(key) == 32


def test_a_meeting_that_is_none_is_refused():
    """What was told is never left out without a word."""
    for meeting in ("12", "https://example.invalid/x", ""):
        assert "--meeting" in expect(Refused, "recall", RECALL_OLD, told=Told(None, BEGAN, meeting)).message


def test_an_unknown_source_is_refused():
    """Those that there are, are named."""
    assert "otter" in expect(Refused, "zoom", {}).hint


@given(
    st.sampled_from([each for each in SOURCES if each != "otter"]),
    st.lists(anything(NAMES), min_size=1, max_size=2),
    st.booleans(),
)
@example(
    "meetstream", [[{"transcript": "x", "start_time": 9e11, "absolute_start_time": "0001-01-02T00:00:00Z"}]], False
)
def test_anything_is_imported_or_refused(source, values, together):
    """Only Damaged and Refused are raised, whatever JSON was saved."""
    saved = [Saved("f", json.dumps(each).encode()) for each in values]
    try:
        found = read_saved(source, saved, TOLD, together=together)
    except (Damaged, Refused):
        return
    for each in found:
        assert describe(source, each).native_id
        read_contents(source, each)


@pytest.mark.parametrize("source", [each for each in SOURCES if each != "otter"])
@pytest.mark.parametrize(
    "odd", [None, True, -7.5, 10**400, 1.7e308, "", "\udc00", "NaN", "2026-13-01T00:00:00Z", [], {}, [[]], {"a": {}}]
)
def test_a_payload_with_one_odd_value_is_imported_or_refused(source, odd):
    """Each member of every shape may hold what nobody would write there."""
    for value in ALL[source]:
        for spoilt in spoil(value, odd):
            try:
                found = read_saved(source, [Saved("f", json.dumps(spoilt).encode())], TOLD)
            except (Damaged, Refused):
                continue
            for each in found:
                assert describe(source, each).started_at.tzinfo is UTC
                read_contents(source, each)


@given(st.text() | st.binary())
def test_any_text_is_an_export_or_refused(data):
    """Only Damaged and Refused are raised."""
    saved = Saved("f", data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    try:
        (found,) = read_saved("otter", [saved], TOLD)
    except Damaged:
        return
    assert list(found.documents.values()) == [saved.data]
    read_contents("otter", found)
