"""Meeting BaaS v1 and v2 as providers: what is asked, what a bot's payload says of it, and what is never kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from meetingbaas_samples import (
    LINK,
    SECRET,
    SEGMENTS,
    T0,
    V1_ID,
    V2_ID,
    address,
    answer_v1,
    details_v2,
    entry_v1,
    entry_v2,
    event,
    failed_v2,
    status_change,
    wrap,
)
from reader_samples import ODD, anything, spoil

from harvester.bots.canonical_json import hash_json
from harvester.bots.meetingbaas import MeetingBaasV1, MeetingBaasV2, payload_v1
from harvester.bots.model import Origin
from harvester.bots.provider import Address, Call, Inline, Order, Page
from harvester.errors import Damaged, Refused
from harvester.event import Intent
from harvester.model import Kind, Person, TranscriptStatus, Window

V1, V2 = MeetingBaasV1(), MeetingBaasV2()
BOTH = pytest.mark.parametrize("provider", [V1, V2], ids=lambda each: each.name)
WEEK = Window(date(2026, 7, 1), date(2026, 7, 7))
LATER = date(2026, 7, 20)


def at(text):
    return datetime.fromisoformat(text)


def joined_v1(**more):
    return V1.join_details(V1_ID, {"data": answer_v1(**more)})


def joined_v2(status="done", **more):
    return V2.join_details(V2_ID, {"bot": wrap(details_v2(**more)), "status": wrap({"transcription_status": status})})


def files_of(recording):
    return {each.key: each for each in recording.files}


# --- asking ----------------------------------------------------------------------------------------------------------


def test_v1_lists_what_ended_and_what_began_with_a_day_to_spare():
    """Two listings of the largest pages, with times that have no zone."""
    ended, began = V1.build_listings(WEEK, today=LATER)
    around = {"limit": "50", "created_before": "2026-07-09T00:00:00"}
    assert ended == Call("/bots/bots_with_metadata", {"ended_after": "2026-06-30T00:00:00", **around})
    assert began == Call("/bots/bots_with_metadata", {"created_after": "2026-06-30T00:00:00", **around})
    assert V1.find_unlistable(Window(date(2020, 1, 1), date(2020, 1, 2)), today=LATER) is None


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            (2026, 7, 1),
            (2026, 7, 7),
            [
                {"ended_after": "2026-06-30T00:00:00Z", "created_before": "2026-07-09T00:00:00Z"},
                {"created_after": "2026-06-30T00:00:00Z", "created_before": "2026-07-09T00:00:00Z"},
            ],
        ),
        (
            (2026, 7, 19),
            (2026, 7, 20),
            [{"ended_after": "2026-07-18T00:00:00Z"}, {"created_after": "2026-07-18T00:00:00Z"}],
        ),
        (
            (2026, 3, 1),
            (2026, 7, 20),
            [{"ended_after": "2026-02-28T00:00:00Z"}, {"created_after": "2026-04-22T00:00:00Z"}],
        ),
        ((2026, 3, 1), (2026, 3, 2), [{"ended_after": "2026-02-28T00:00:00Z"}]),
    ],
    ids=["within reach", "today", "begins out of reach", "out of reach"],
)
def test_v2_asks_for_no_time_that_would_be_refused(start, end, expected):
    """Times of creation are neither in the future nor further back than the API goes."""
    calls = V2.build_listings(Window(date(*start), date(*end)), today=LATER)
    assert calls == [Call("/v2/bots", {"limit": "250", **each}) for each in expected]


def test_v2_says_which_days_it_cannot_list():
    """From the first day that is out of reach on, and with what is not known about them."""
    assert V2.find_unlistable(Window(date(2026, 4, 22), LATER), today=LATER) is None
    assert "before 2026-04-22" in V2.find_unlistable(Window(date(2026, 4, 21), LATER), today=LATER)


def test_a_page_of_v1_is_read_once_and_followed_by_either_spelling():
    """`recent_bots` repeats `bots`; a page without bots may have a next one."""
    call = V1.build_listings(WEEK, today=LATER)[0]
    page = V1.read_page(call, {"bots": [entry_v1(), "odd"], "recent_bots": [entry_v1()], "next_cursor": "n1"})
    assert [V1.find_id(each) for each in page.payloads] == [V1_ID]
    assert page.following == replace(call, query={**call.query, "cursor": "n1"})
    assert len(V1.read_page(call, {"recent_bots": [entry_v1()]}).payloads) == 1
    empty = V1.read_page(call, {"bots": [], "nextCursor": "n2"})
    assert empty.payloads == ()
    assert empty.following.query["cursor"] == "n2"
    assert V1.read_page(call, {"bots": None, "last_updated": T0}) == Page(())


def test_a_page_of_v2_leaves_out_bots_that_have_not_begun():
    """Queued ones, delayed ones and scheduled ones; states that nobody knows stay."""
    call = V2.build_listings(WEEK, today=LATER)[0]
    states = ["queued", "pickup_delayed", "scheduled", "completed", "awaiting_reconciliation", None]
    page = V2.read_page(call, wrap([entry_v2(status=each) for each in states], cursor="n1"))
    assert [each["status"] for each in page.payloads] == ["completed", "awaiting_reconciliation", None]
    assert page.following == replace(call, query={**call.query, "cursor": "n1"})
    assert V2.read_page(call, wrap(None, cursor=None)) == Page(())


@BOTH
@pytest.mark.parametrize(
    "answer", [{}, {"message": "internal error"}, {"success": True}, {"bots": "none", "data": "none"}]
)
def test_what_lists_no_bots_is_no_page(provider, answer):
    """A success that says something else is no empty listing, which would pass for a window without bots."""
    with pytest.raises(Damaged, match="is no page of Meeting BaaS"):
        provider.read_page(Call("/x"), answer)


def test_a_refusal_that_came_as_an_answer_is_named():
    """Neither a page nor a bot is read out of one, and its own words come along."""
    said = {"success": False, "code": "FST_ERR_BOT_NOT_FOUND_BY_ID", "message": "no such bot"}
    with pytest.raises(Damaged, match="FST_ERR_BOT_NOT_FOUND_BY_ID: no such bot"):
        V2.read_page(Call("/v2/bots"), said)
    with pytest.raises(Damaged, match="no such bot"):
        V2.join_details(V2_ID, {"bot": said, "status": None})
    with pytest.raises(Damaged, match="not today"):
        V1.read_page(Call("/bots/bots_with_metadata"), {"error": "not today"})
    with pytest.raises(Damaged, match="'error'"):
        V1.join_details(V1_ID, {"data": {"error": "not today"}})


def test_what_is_asked_of_one_bot():
    """The transcript comes with v1's only answer; where v2's stands is asked for apart, and may be absent."""
    query = {"bot_id": "a/b", "include_transcripts": "true"}
    assert V1.build_details("a/b") == {"data": Call("/bots/meeting_data", query)}
    assert V2.build_details("a/b") == {
        "bot": Call("/v2/bots/a%2Fb"),
        "status": Call("/v2/bots/a%2Fb/status", absent=True),
    }
    assert V1.build_headers("k") == V2.build_headers("k") == {"x-meeting-baas-api-key": "k"}


# --- the bot ---------------------------------------------------------------------------------------------------------


def test_a_bot_of_v1_in_our_terms():
    """Times, place, caller's data, and a file for everything that there is of it."""
    payload = joined_v1()
    recording = V1.describe(payload)
    assert recording.key == f"meetingbaas_v1:{V1_ID}"
    assert (recording.started_at, recording.time_base) == (at("2026-07-01T08:29:10Z"), "joined_at")
    assert (recording.ended_at, recording.duration_ms) == (at("2026-07-01T09:15:00Z"), 2_700_000)
    assert (recording.platform, recording.meeting_id) == ("zoom", "92345678901")
    assert recording.extra == {
        "meeting_url": "https://acme.zoom.us/j/92345678901",
        "bot_name": "Notetaker",
        "caller": {"ticket": "T-9", "audio": "mono"},
        "joined_at": "2026-07-01T08:29:10Z",
        "created_at": "2026-07-01T08:28:00.250000Z",
        "provider": "Gladia",
        "event_id": "12",
        "event_uuid": "e-1",
    }
    found = {(each.key, each.kind, each.file_type, each.extension, each.is_document) for each in recording.files[1:]}
    assert found == {
        ("video", Kind.VIDEO, "MP4", "mp4", False),
        ("audio", Kind.AUDIO, "WAV", "wav", False),
        ("timeline", Kind.TIMELINE, "TIMELINE", "jsonl", True),
        ("participants", Kind.OTHER, "PARTICIPANTS", "json", True),
    }
    transcript = recording.files[0]
    assert (transcript.kind, transcript.recording_type, transcript.start_at) == (
        Kind.TRANSCRIPT,
        "Gladia",
        recording.started_at,
    )
    assert len(transcript.key) == 32
    assert V1.locate(payload, "audio") == Address(address("a.wav"))
    assert V1.locate(V1.scrub(payload), "audio") is None
    assert V1.locate(payload, "nothing") is None


def test_a_transcript_of_v1_is_what_its_text_is():
    """Its key is that of what was said, it is found by the key, and it is read as it lies in the answer."""
    payload = joined_v1()
    listed = V1.describe(payload).files[0]
    place = V1.locate(payload, listed.key)
    assert place == Inline({"bot_data": {"bot": {"errors": None}, "transcripts": SEGMENTS}})
    speech = V1.read_transcript(listed, place.value, Origin())
    assert [each.text for each in speech.utterances] == ["Vamos.", "Sim."]
    assert V1.describe(joined_v1(transcripts=SEGMENTS[:1])).files[0].key != listed.key
    assert V1.locate(V1.scrub(payload), listed.key) is None


def test_the_hash_of_v1_s_transcript_is_made_once(monkeypatch):
    """Of 20,000 words it takes its time; whoever scrubs, describes or locates uses the one that was sealed."""
    made, plain = [], payload_v1.hash_json
    monkeypatch.setattr(payload_v1, "hash_json", lambda value: made.append(value) or plain(value))
    payload = joined_v1()
    (key, *_) = [each.key for each in V1.describe(payload).files]
    assert V1.scrub(payload)["bot_data"]["transcripts_sha256"] == plain(SEGMENTS)
    assert V1.locate(payload, key).value["bot_data"]["transcripts"] == SEGMENTS
    assert made == [SEGMENTS]
    bare = {name: value for name, value in payload["bot_data"].items() if name != "transcripts_sha256"}
    assert V1.scrub(payload | {"bot_data": bare}) == V1.scrub(payload)
    assert V1.locate(payload | {"bot_data": bare}, key) == V1.locate(payload, key)


def test_nobody_else_says_the_hash_of_v1_s_transcript():
    """One that an answer says would make a file of its own, or hide the transcript that is there."""
    said = "0" * 64
    for transcripts in (None, SEGMENTS):
        answer = answer_v1(transcripts=transcripts)
        answer["bot_data"] |= {"transcripts_sha256": said}
        kept = V1.scrub(V1.join_details(V1_ID, {"data": answer}))["bot_data"]
        assert kept.get("transcripts_sha256") == (hash_json(transcripts) if transcripts else None)


@BOTH
def test_a_bot_has_one_recording(provider):
    """Whatever is answered of it."""
    assert provider.list_recordings("b-1", {}) == ["b-1"]


def test_a_refused_order_of_v2_does_not_repeat_the_order():
    """Also where it comes as a success: its words may hold a token."""
    with pytest.raises(Damaged) as raised:
        V2.read_sent({"success": False, "message": f"invalid obf_token {SECRET}"})
    assert SECRET not in str(raised.value)


RUNNING = {"bot_exited_at": None, "ended_at": None}
ERRORS = {"errors": "CannotJoinMeeting"}


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (joined_v1(bot=RUNNING, duration=0), TranscriptStatus.PENDING, None),
        (joined_v1(bot=ERRORS, transcripts=[]), TranscriptStatus.FAILED, "CannotJoinMeeting"),
        (
            joined_v1(bot=ERRORS | {"bot_joined_at": None}, transcripts=[], duration=0),
            TranscriptStatus.NONE,
            "CannotJoinMeeting",
        ),
        (joined_v1(transcripts=None), None, None),
        (joined_v1(transcripts="odd"), None, None),
        (entry_v1(), None, None),
        (entry_v1(ended_at=None, duration=None), None, None),
    ],
    ids=["running", "failed", "never let in", "not asked for", "of another type", "listed", "listed and running"],
)
def test_why_there_is_no_transcript_of_v1(payload, status, reason):
    """Nothing is listed before the bot has ended, and an error is none without its words."""
    recording = V1.describe(payload)
    assert not any(each.kind is Kind.TRANSCRIPT for each in recording.files)
    assert (recording.transcript, recording.transcript_reason) == (status, reason)


def test_silence_of_v1_is_waited_for():
    """An empty list is no file: one that is still being made looks the same; files of a bot that runs are not ready."""
    recording = V1.describe(joined_v1(transcripts=[], mp4=""))
    assert not any(each.kind is Kind.TRANSCRIPT for each in recording.files)
    assert (recording.transcript, bool(recording.transcript_reason)) == (TranscriptStatus.EMPTY, True)
    assert "video" not in files_of(recording)
    running = V1.describe(joined_v1(bot=RUNNING, duration=0))
    assert running.files
    assert not any(each.ready for each in running.files)
    assert (running.ended_at, running.duration_ms) == (None, None)


def test_a_bot_of_v2_in_our_terms():
    """The jobs of the recogniser are all kept, and the last of them names the transcript."""
    payload = joined_v2()
    recording = V2.describe(payload)
    assert recording.key == f"meetingbaas_v2:{V2_ID}"
    assert (recording.started_at, recording.time_base) == (at("2026-07-01T08:29:10Z"), "joined_at")
    assert (recording.ended_at, recording.duration_ms) == (at("2026-07-01T09:15:00Z"), 2_700_000)
    assert (recording.status, recording.end_reason) == ("completed", None)
    assert recording.extra["transcription_ids"] == ["job-1", "job-2"]
    assert recording.extra["caller"] == {"ticket": "T-9", "video": "no"}
    assert SECRET not in json.dumps(recording.extra)
    assert [(each.key, each.file_type, each.extension) for each in recording.files] == [
        ("job-2", "TRANSCRIPT", "json"),
        ("video", "MP4", "mp4"),
        ("audio", "FLAC", "flac"),
        ("timeline", "TIMELINE", "jsonl"),
        ("chat", "CHAT", "json"),
    ]
    assert all(each.ready and each.url is None for each in recording.files)
    assert V2.locate(payload, "job-2") == Address(address("t.json"))
    assert V2.locate(payload, "job-1") is None
    assert V2.locate(joined_v2(chat_messages=None), "chat") is None


def test_what_v2_spells_in_another_way():
    """The video as `mp4`, audio of another kind or of none, no job's name, and platforms by its own word."""
    payload = joined_v2(
        video=None,
        mp4=address("v.mp4"),
        audio=address("a"),
        transcription_ids=None,
        meeting_url="https://meet.example.com/x",
        meeting_platform="meet",
    )
    recording = V2.describe(payload)
    assert {"transcription", "video"} <= files_of(recording).keys()
    assert files_of(recording)["audio"].extension == "flac"
    assert files_of(V2.describe(joined_v2(audio=address("a.mp3"))))["audio"].file_type == "MP3"
    assert V2.locate(payload, "video") == Address(address("v.mp4"))
    assert V2.locate(payload, "transcription") == Address(address("t.json"))
    assert (recording.platform, recording.meeting_id) == ("google_meet", None)


NOTHING = {"transcription": None, "transcription_ids": None}


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (joined_v2("processing", **NOTHING), TranscriptStatus.PENDING, None),
        (
            V2.join_details(V2_ID, {"bot": wrap(details_v2(**NOTHING, status="transcribing")), "status": None}),
            TranscriptStatus.PENDING,
            None,
        ),
        (joined_v2("not-applicable", **NOTHING), TranscriptStatus.NONE, None),
        (joined_v2("not-started", **NOTHING, transcription_provider=None), TranscriptStatus.NONE, None),
        (joined_v2("error", **NOTHING, error_message="no speech engine"), TranscriptStatus.FAILED, "no speech engine"),
        (joined_v2(**NOTHING, error_code="TRANSCRIPTION_FAILED"), TranscriptStatus.FAILED, "TRANSCRIPTION_FAILED"),
        (failed_v2(), TranscriptStatus.NONE, "nobody let it in"),
        (failed_v2(joined_at="2026-07-01T08:29:10Z"), TranscriptStatus.FAILED, "nobody let it in"),
        (joined_v2(artifacts_deleted=True), TranscriptStatus.EXPIRED, None),
        (joined_v2(**NOTHING), None, None),
        (entry_v2(), None, None),
        (
            entry_v2(status="in_call_recording", ended_at=None, exited_at=None, duration=None),
            TranscriptStatus.PENDING,
            None,
        ),
    ],
    ids=[
        "in work",
        "being transcribed",
        "not applicable",
        "no recogniser",
        "the recogniser failed",
        "the bot failed for it",
        "never let in",
        "failed later",
        "deleted",
        "nothing known",
        "listed",
        "running",
    ],
)
def test_why_there_is_no_transcript_of_v2(payload, status, reason):
    """A word of state each, and files only where something is left."""
    recording = V2.describe(payload)
    assert not any(each.kind is Kind.TRANSCRIPT for each in recording.files)
    assert (recording.transcript, recording.transcript_reason) == (status, reason)
    assert bool(recording.files) == (
        "video" in payload and status is not TranscriptStatus.EXPIRED and bool(payload["video"])
    )


def test_a_transcript_of_v2_in_work_is_listed_when_its_key_is_known():
    """It is not ready, whatever address is there from before; a left-over of a failed job is."""
    listed = V2.describe(joined_v2("queued")).files[0]
    assert (listed.key, listed.ready) == ("job-2", False)
    assert V2.describe(joined_v2("error")).files[0].ready


@BOTH
def test_the_start_is_the_best_moment_known(provider):
    """When it recorded, which only a webhook says; else when it joined; else when it was made; else it is damaged."""
    bare = {"uuid": "b", "bot_id": "b", "created_at": "2026-07-01T08:28:00"}
    made = provider.describe(bare)
    assert (made.started_at, made.time_base) == (datetime(2026, 7, 1, 8, 28, tzinfo=UTC), "unknown")
    payload = {"recording_started_at": T0, **(joined_v1() if provider is V1 else joined_v2())}
    began = provider.describe(payload)
    assert (began.started_at, began.time_base) == (at(T0), "recording_start")
    assert began.files[0].start_at == at(T0)
    assert provider.describe(provider.scrub(payload)) == began
    with pytest.raises(Damaged, match="no time at all"):
        provider.describe({"uuid": "b", "bot_id": "b"})
    with pytest.raises(Damaged, match="without an id"):
        provider.describe({"created_at": T0})


def test_the_start_of_a_transcript_is_left_open_where_none_is_known():
    """A moment of creation is none of a recording."""
    assert V2.describe(joined_v2(joined_at=None)).files[0].start_at is None


SAMPLES = [
    (V1, joined_v1(), entry_v1()),
    (V1, joined_v1(bot=RUNNING, duration=0), entry_v1(ended_at=None, duration=0)),
    (V1, joined_v1(bot=ERRORS, transcripts=[]), entry_v1()),
    (V1, joined_v1(transcripts=None, meeting_url="92345678901", mp4=""), entry_v1(speakers=[])),
    (V2, joined_v2(), entry_v2()),
    (V2, joined_v2("processing", **NOTHING), entry_v2()),
    (V2, joined_v2(artifacts_deleted=True), entry_v2()),
    (
        V2,
        failed_v2(),
        {
            **entry_v2(),
            **{name: failed_v2()[name] for name in entry_v2().keys() & failed_v2().keys()},
            "duration": None,
            "ended_at": None,
        },
    ),
]


def check_sameness(provider, detail, entry):
    """The same recording of a payload as received, as stored, and as joined with an entry of a listing."""
    described = provider.describe(detail)
    for payload in (detail, {**entry, **detail}, {**detail, **entry}):
        kept = provider.scrub(payload)
        assert provider.describe(payload) == provider.describe(kept) == described
        assert provider.scrub(kept) == kept
        json.dumps(kept)
    assert described.native_id == provider.find_id(entry) == provider.find_id(provider.scrub(detail))
    assert provider.describe(provider.scrub(entry)) == provider.describe(entry)


@pytest.mark.parametrize(("provider", "detail", "entry"), SAMPLES)
def test_a_payload_says_the_same_scrubbed_and_joined(provider, detail, entry):
    """What is stored gives the recording again, and nothing secret is left in it."""
    check_sameness(provider, detail, entry)
    for payload in (detail, entry):
        assert SECRET not in json.dumps(provider.scrub(payload))


def test_what_changes_by_itself_is_not_kept():
    """How often somebody looked, and in which order a set came; words of the caller's own stay as they are."""
    kept = V1.scrub(entry_v1())
    other = V1.scrub(
        entry_v1(access_count=9, last_accessed_at=T0, speakers=["Notetaker", "Ines Okoro", "Jonas Lindqvist"])
    )
    assert kept == other
    assert kept["extra"] == {"ticket": "T-9", "audio": "mono"}
    assert V2.scrub(entry_v2())["extra"] == {"ticket": "T-9", "video": "no"}
    assert "tokens" not in V2.scrub(entry_v2())
    assert "Vamos" not in json.dumps(V1.scrub(joined_v1()))


# --- people ----------------------------------------------------------------------------------------------------------


def test_people_of_v1_get_ids_from_the_transcript():
    """Names of the listing, ids of the transcript and of its words, and none for a label that names nobody."""
    payload = {**entry_v1(), **joined_v1()}
    transcript = V1.locate(payload, V1.describe(payload).files[0].key).value
    documents = {"participants": [{"name": "Mina Farah", "id": 504}, {"id": 1}, "odd"], "t": transcript}
    expected = {
        Person(name="Ines Okoro", native_id="501"),
        Person(name="Jonas Lindqvist", native_id="502"),
        Person(name="Mina Farah", native_id="504"),
        Person(name="Notetaker", is_bot=True),
    }
    people = V1.read_people(payload, documents)
    assert len(people) == 4
    assert set(people) == expected
    assert V1.read_people(V1.scrub(payload), documents) == people
    assert [each.name for each in V1.read_people(entry_v1(), {"participants": {"log": 1}})] == [
        "Ines Okoro",
        "Jonas Lindqvist",
        "Notetaker",
    ]


def test_people_of_v2_are_those_it_lists_and_those_who_speak():
    """One per id, shown as in the meeting; the bot is known by its name."""
    said = {"result": {"utterances": [{"speaker": "Lea Marek"}, {"speaker": "jonas lindqvist"}, {"speaker": ""}, 1]}}
    assert V2.read_people(joined_v2(), {"job-2": said, "odd": []}) == [
        Person(name="Ines Okoro", native_id="501"),
        Person(name="Notetaker", native_id="503", is_bot=True),
        Person(name="Jonas Lindqvist"),
        Person(name="Lea Marek"),
    ]


# --- events ----------------------------------------------------------------------------------------------------------


@BOTH
def test_the_start_of_a_recording_comes_with_an_event(provider):
    """It is said of the bot under the name by which its payload is read."""
    told = provider.read_event(status_change("b1", "in_call_recording", start_time=1782894600))
    assert told.intent is Intent.HARVEST
    assert [(each.native_id, dict(each.said)) for each in told.mentions] == [("b1", {"recording_started_at": T0})]
    assert told.happened_at == at("2026-07-01T08:30:01Z")
    assert provider.read_event(status_change("b1", "in_call_recording")).intent is Intent.NOTE
    with pytest.raises(Damaged):
        provider.read_event(status_change("b1", "in_call_recording", start_time="soon"))


@BOTH
@pytest.mark.parametrize(
    ("body", "wakes"),
    [
        (event("complete", bot_id="b1", transcript=SEGMENTS, mp4=address("v.mp4")), True),
        (event("failed", bot_id=42, error="access_denied"), True),
        (event("transcription_complete", bot_id="b1"), True),
        (event("bot.completed", bot_id="b1", mp4=address("v.mp4"), sent_at=T0, extra={"ticket": "T-9"}), True),
        (event("bot.failed", bot_id="b1", error_code="BOT_NOT_ACCEPTED", sent_at=T0), True),
        (status_change("b1", "call_ended"), True),
        (status_change("b1", "meeting_error", error_type="InternalError"), True),
        (status_change("b1", "transcribing"), False),
        (status_change("b1", "retrying", attempt=2), False),
        (event("bot.chat_message", bot_id="b1", text="hello", sent_at=T0), False),
        (event("calendar.sync_events", calendar_id="c1", last_updated_ts=T0), False),
        (event("calendar.event_created"), False),
        ({"event": "something.new"}, False),
    ],
)
def test_which_events_are_worth_a_look(provider, body, wakes):
    """After a bot's end and a transcript's there is something to fetch, or an end to note; the rest is kept."""
    told = provider.read_event(body)
    assert told.name == body["event"]
    assert told.intent is (Intent.HARVEST if wakes else Intent.NOTE)
    assert [each.native_id for each in told.mentions] == ([str(body["data"]["bot_id"])] if wakes else [])
    kept = json.dumps(told.body)
    assert SECRET not in kept
    assert "Vamos" not in kept


def test_two_events_differ_by_what_was_said_and_copies_do_not():
    """The words are gone from the body, and what they were still counts."""
    first, second = (
        event("complete", bot_id="b1", transcript=each, speakers=["A B", "C D"]) for each in (SEGMENTS, [])
    )
    copy = event("complete", bot_id="b1", transcript=SEGMENTS, speakers=["C D", "A B"])
    assert V1.read_event(first).digest == V1.read_event(copy).digest != V1.read_event(second).digest


@BOTH
@pytest.mark.parametrize("body", [{}, {"event": ""}, {"event": "failed"}, {"event": "complete", "data": [1]}])
def test_an_event_that_names_no_event_or_no_bot_is_damaged(provider, body):
    """Where a look is due, there must be something to look at."""
    with pytest.raises(Damaged):
        provider.read_event(body)


# --- control ---------------------------------------------------------------------------------------------------------

ORDER = Order(
    LINK, "Notetaker", key="k1", extra={"ticket": "T-9"}, zoom_obf_token_url="https://o", zoom_zak_url="https://z"
)


def test_v1_sends_a_bot_with_what_was_ordered():
    """Every member by v1's own name, and none that nobody asked for."""
    assert V1.build_send(replace(ORDER, zoom_obf_token="o")) == Call(
        "/bots/",
        method="POST",
        body={
            "meeting_url": LINK,
            "bot_name": "Notetaker",
            "reserved": False,
            "extra": {"ticket": "T-9"},
            "deduplication_key": "k1",
            "zoom_obf_token": "o",
            "zoom_obf_token_url": "https://o",
            "zoom_access_token_url": "https://z",
        },
    )
    bare = {"meeting_url": LINK, "bot_name": "Notetaker", "reserved": False}
    assert V1.build_send(Order(LINK, "Notetaker")).body == bare
    assert V1.read_sent({"bot_id": 42}) == "42"


def test_v2_sends_a_bot_with_what_it_takes():
    """The key stands among the caller's own data, beside the lock that v2 has; a token itself is not handed over."""
    assert V2.build_send(ORDER) == Call(
        "/v2/bots",
        method="POST",
        body={
            "meeting_url": LINK,
            "bot_name": "Notetaker",
            "extra": {"ticket": "T-9", "deduplication_key": "k1"},
            "allow_multiple_bots": False,
            "zoom_config": {"obf_token_url": "https://o", "zak_token_url": "https://z"},
        },
    )
    assert V2.build_send(Order(LINK, "Notetaker")).body == {"meeting_url": LINK, "bot_name": "Notetaker"}
    with pytest.raises(Refused) as refusal:
        V2.build_send(replace(ORDER, zoom_obf_token=SECRET))
    assert refusal.value.hint
    assert SECRET not in str(refusal.value)
    assert V2.read_sent(wrap({"bot_id": "b9"})) == "b9"


@BOTH
def test_what_cannot_be_sent_or_was_not(provider):
    """A bot needs a name, and one that was sent has an id."""
    with pytest.raises(Refused, match="name"):
        provider.build_send(Order(LINK))
    for answer in ({}, [], wrap({}), wrap({"bot_id": None})):
        with pytest.raises(Damaged):
            provider.read_sent(answer)
    with pytest.raises(Damaged, match="video"):
        provider.read_address("video", {})


def test_a_run_that_was_taken_on_is_a_success_of_v1():
    """Its `retranscribe` may answer with 202, and that is no sign of something still missing; of a GET's it is one."""
    assert V1.build_retranscribe(joined_v1()).accepted == {202}
    others = [
        *V1.build_details(V1_ID).values(),
        V1.build_send(Order(LINK, "Scribe")),
        V2.build_retranscribe(joined_v2()),
    ]
    assert not any(each.accepted for each in others)
    assert {(each.calls_per_second, each.listings_per_second) for each in (V1, V2)} == {(None, None)}


def test_removing_deleting_and_transcribing_again():
    """Each call by its documented method and path, with ids that cannot leave their place in it."""
    assert V1.build_remove("a/b") == Call("/bots/a%2Fb", method="DELETE")
    assert V1.build_delete("b1") == Call("/bots/b1/delete_data", method="POST")
    again = Call("/bots/retranscribe", method="POST", body={"bot_uuid": V1_ID}, accepted=frozenset({202}))
    assert V1.build_retranscribe(joined_v1()) == again
    assert V2.build_remove("a/b") == Call("/v2/bots/a%2Fb/leave", method="POST")
    deletion = Call("/v2/bots/b1/delete-data", {"delete_from_provider": "true"}, method="DELETE")
    assert V2.build_delete("b1") == deletion
    assert V2.build_retranscribe(joined_v2()) == Call(f"/v2/bots/{V2_ID}/retranscribe", method="POST", body={})


def test_what_an_answer_says_of_a_deletion():
    """Part of it is not all of it, and an answer without a word is no promise."""
    for status in ("deleted", "alreadyDeleted", "noDataFound"):
        assert V1.find_undeleted({"ok": True, "status": status}) is None
    assert "partiallyDeleted" in V1.find_undeleted({"ok": True, "status": "partiallyDeleted"})
    for answer in ({"ok": False, "status": "deleted"}, {"ok": True}, {"status": ["deleted"]}, None):
        assert V1.find_undeleted(answer)
    assert V2.find_undeleted(wrap({"message": "gone"})) is None
    assert V2.find_undeleted({"success": False, "message": "still recording"}) == "still recording"
    assert V2.find_undeleted({})
    assert V2.find_undeleted(None)


# --- whatever comes --------------------------------------------------------------------------------------------------

NAMES = {"success", "data", "cursor", "bots", "event", "status", "recording_started_at"}
NAMES |= {"uuid", "id", "bot_id", "created_at", "bot_data", "bot", "transcripts", "extra", "speakers", "participants"}
NAMES |= {"transcription", "transcription_ids"}


def read_all(provider, payload):
    """Every reader on one payload; any error but Damaged gets through."""
    readers = [
        provider.find_id,
        provider.describe,
        lambda each: (
            provider.describe(provider.scrub(each)) == provider.describe(each) or pytest.fail("another recording")
        ),
        lambda each: provider.scrub(provider.scrub(each)) == provider.scrub(each) or pytest.fail("scrubbed anew"),
        lambda each: provider.read_people(each, {"participants": each, "t": each}),
        lambda each: provider.read_page(Call("/x"), each),
        lambda each: [
            provider.describe(one) for one in provider.read_page(Call("/x"), {"bots": [each], "data": [each]}).payloads
        ],
        lambda each: provider.describe(provider.join_details("b", {"data": each, "bot": each, "status": each})),
        lambda each: [provider.locate(each, key) for key in ("video", "transcription", "x")],
        provider.read_event,
        provider.read_sent,
        provider.find_undeleted,
    ]
    for read in readers:
        try:
            read(payload)
        except Damaged:
            continue


@BOTH
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(payload=anything(NAMES))
def test_whatever_comes_is_read_or_damaged(provider, payload):
    """No JSON object ends a run."""
    read_all(provider, payload if isinstance(payload, dict) else {"bot_data": payload, "data": payload})


PRINTABLE = {name: odd for name, odd in ODD.items() if name != "an integer beyond printing"}  # no JSON has one


@pytest.mark.parametrize("odd", PRINTABLE.values(), ids=PRINTABLE.keys())
@pytest.mark.parametrize(
    ("provider", "payload"),
    [
        (V1, {"recording_started_at": T0, **entry_v1(), **joined_v1(transcripts=SEGMENTS[:1])}),
        (V2, {"recording_started_at": T0, **entry_v2(), **joined_v2()}),
        (V1, event("complete", bot_id="b1", transcript=SEGMENTS[:1])),
        (V2, wrap(status_change("b1", "in_call_recording", start_time=1))),
    ],
    ids=["bot of v1", "bot of v2", "event of v1", "answer of v2"],
)
def test_odd_values_anywhere_are_read_or_damaged(provider, payload, odd):
    """One member of another type costs at most the bot, and says so."""
    for spoilt in spoil(payload, odd):
        if isinstance(spoilt, dict):
            read_all(provider, spoilt)


# --- the shared payloads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["meeting_data", "meeting_data.no_transcript"])
def test_shared_answers_of_v1_say_the_same_scrubbed_and_joined(shared, name):
    """With the listing's entry of the same bot, where both agree on how long it was."""
    answer = shared(f"meetingbaas_v1/{name}.json")
    native_id = answer["bot_data"]["bot"]["uuid"]
    listed = {each["uuid"]: each for each in shared("meetingbaas_v1/bots_with_metadata.page1.json")["bots"]}
    detail = V1.join_details(native_id, {"data": answer})
    check_sameness(V1, detail, {**listed[native_id], "duration": answer["duration"]})
    assert "redact-me" not in json.dumps(V1.scrub(detail))
    transcribed = any(each.kind is Kind.TRANSCRIPT for each in V1.describe(detail).files)
    assert transcribed is bool(answer["bot_data"]["transcripts"])


@pytest.mark.parametrize("name", ["bot_details", "bot_details.deleted", "bot_details.failed", "bot_details.no_stt"])
def test_shared_answers_of_v2_say_the_same_scrubbed_and_joined(shared, name):
    """With the listing's entry of the same bot."""
    answer = shared(f"meetingbaas_v2/{name}.json")
    pages = [shared(f"meetingbaas_v2/list_bots.page{number}.json") for number in (1, 2)]
    listed = {each["bot_id"]: each for page in pages for each in V2.read_page(Call("/v2/bots"), page).payloads}
    native_id = answer["data"]["bot_id"]
    detail = V2.join_details(native_id, {"bot": answer, "status": None})
    entry = listed.get(native_id, {"bot_id": native_id, "created_at": answer["data"]["created_at"]})
    check_sameness(V2, detail, {**entry, "extra": answer["data"]["extra"]})
    assert "DUMMY" not in json.dumps(V2.scrub(detail))


def test_shared_events_are_read(shared):
    """All of them, in both spellings, and the one that says when a recording began."""
    v1 = ["complete", "complete.no_stt", "failed.pascal", "failed.snake", "status_change.meeting_error"]
    v2 = ["bot_completed.openapi", "bot_completed.data_deleted", "bot_failed"]
    for provider, names in (
        (V1, [*v1, "transcription_complete", "status_change.recording"]),
        (V2, [*v2, "status_change.recording"]),
    ):
        for name in names:
            told = provider.read_event(shared(f"{provider.name}/webhook.{name}.json"))
            assert (told.intent, len(told.mentions)) == (Intent.HARVEST, 1)
        assert told.mentions[0].said == {"recording_started_at": "2026-04-02T14:01:45Z"}
    for name in (
        "v1/webhook.status_change",
        "v1/webhook.calendar_sync_events",
        "v2/webhook.chat_message",
        "v2/webhook.status_change.retrying",
    ):
        assert V1.read_event(shared(f"meetingbaas_{name}.json")).intent is Intent.NOTE
