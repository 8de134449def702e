"""MeetStream as a provider: what is asked of its API, and what its answers mean in our terms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import meetstream_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st
from meetstream_samples import BOT_ID, DETAILS, LISTED, PAYLOADS, RUNS, at, timeline
from reader_samples import BEGAN, ODD, anything, deep, spoil

from harvester.body import parse_json
from harvester.bots.meetstream import Meetstream
from harvester.bots.meetstream.transcript import read_transcript
from harvester.bots.model import RunStatus, TimeBase
from harvester.bots.provider import Address, Call, Order
from harvester.errors import Damaged, Pending, Refused
from harvester.event import Intent
from harvester.model import Kind, ListedFile, Person, TranscriptStatus, Window

BOT = Meetstream()
TODAY = date(2026, 7, 20)
FIXTURES = ("bot_detail", "bot_detail.captions", "bot_detail.not_admitted")
EVENTS = {
    "audio_processed": ("audio.processed", Intent.HARVEST),
    "bot_done": ("bot.done", Intent.HARVEST),
    "bot_error.streaming": ("bot.error", Intent.NOTE),
    "bot_joining.live": ("bot.joining", Intent.NOTE),
    "bot_joining.seed": ("bot.joining", Intent.NOTE),
    "bot_stopped.bot_event_only": ("bot.stopped", Intent.HARVEST),
    "bot_stopped.seed": ("bot.stopped", Intent.HARVEST),
    "data_deletion": ("data_deletion", Intent.HARVEST),
    "manifest_completed": ("manifest.completed", Intent.NOTE),
    "participant_leave": ("participant_events.leave", Intent.NOTE),
    "transcription_failed": ("transcription.failed", Intent.HARVEST),
    "transcription_processed.live": ("transcription.processed", Intent.HARVEST),
    "transcription_processed.seed": ("transcription.processed", Intent.HARVEST),
    "video_processed": ("video.processed", Intent.HARVEST),
}


def moment(clock, day=1):
    return datetime.combine(date(2026, 7, day), datetime.strptime(clock, "%H:%M:%S").time(), UTC)  # noqa: DTZ007


def join(details=DETAILS, runs=RUNS):
    answer = None if runs is None else {"transcriptions": runs}
    return BOT.join_details(details["BotID"], {"detail": {"bot_details": details}, "runs": answer})


def files(payload):
    return {each.key: each for each in BOT.describe(payload).files}


def ready(payload):
    return {key: each.ready for key, each in files(payload).items()}


def transcript(payload):
    found = BOT.describe(payload)
    return found.transcript, found.transcript_reason


# --- a payload in any form says the same ------------------------------------------------------------------------------


def check_same(payload):
    """As received, as scrubbed, and as scrubbed again."""
    scrubbed = BOT.scrub(payload)
    found = BOT.describe(payload)
    assert BOT.describe(scrubbed) == found
    assert BOT.scrub(scrubbed) == scrubbed
    assert BOT.describe(json.loads(json.dumps(scrubbed))) == found
    assert all(each.url is None for each in found.files)
    assert len({each.key for each in found.files}) == len(found.files)
    json.dumps(dict(found.extra))
    return found


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_scrubbing_takes_nothing_that_is_read(payload):
    """A made-up bot in every state is described alike from what was received and from what is archived."""
    check_same(payload)
    check_same(join(payload))
    check_same(join(payload, None))
    written = json.dumps(BOT.scrub(join(payload)))
    assert not [each for each in samples.SECRETS if each in written]
    assert "RequestPayload" not in written
    assert "LastUpdatedAt" not in written


@pytest.mark.parametrize("name", FIXTURES)
def test_scrubbing_takes_nothing_from_the_shared_bots(shared, name):
    """Nor does the entry of a listing, joined over or under the details."""
    answers = {"detail": shared(f"meetstream/{name}.json"), "runs": shared("meetstream/transcriptions.json")}
    native_id = answers["detail"]["bot_details"]["BotID"]
    payload = BOT.join_details(native_id, answers)
    found = check_same(payload)
    for page in (1, 2):
        for entry in shared(f"meetstream/list_bots.page{page}.json")["bots"]:
            check_same(entry)
            if entry["BotID"] == native_id:
                assert check_same({**entry, **payload}) == found
                assert BOT.describe({**BOT.scrub(entry), **BOT.scrub(payload)}) == found


def test_an_entry_of_a_listing_changes_nothing_of_the_details():
    """Over them or under them, raw or scrubbed."""
    payload = join()
    found = BOT.describe(payload)
    for entry in (LISTED, BOT.scrub(LISTED)):
        for details in (payload, BOT.scrub(payload)):
            assert BOT.describe({**entry, **details}) == found
            assert BOT.describe({**details, **entry}) == found


def test_the_volatile_member_makes_no_difference():
    """Whatever changes by itself is left out, so that a bot that did not change looks the same."""
    assert BOT.scrub(DETAILS) == BOT.scrub(DETAILS | {"LastUpdatedAt": 1})


# --- describing -------------------------------------------------------------------------------------------------------


def test_a_bot_that_is_done():
    """Times, meeting, status and what else is said of it."""
    found = BOT.describe(join())
    assert (found.key, found.started_at, found.time_base) == (
        f"meetstream:{BOT_ID}",
        moment("08:30:00"),
        "recording_start",
    )
    assert (found.platform, found.meeting_id, found.meeting_uuid) == ("zoom", "91234567890", None)
    assert (found.ended_at, found.duration_ms) == (moment("09:30:05"), 3_605_000)
    assert (found.status, found.end_reason, found.transcript) == ("Done", None, None)
    assert found.expires_at == moment("09:30:05", day=3)
    assert found.extra == {
        "meeting_url": "https://us04web.zoom.us/j/91234567890",
        "bot_name": "Notary",
        "caller": {"case": "17", "n": 3},
        "joined_at": "2026-07-01T08:29:50Z",
        "created_at": "2026-06-30T12:00:00Z",
        "scheduled_at": "2026-07-01T08:29:00Z",
        "provider": "assemblyai",
        "user_id": "u-5",
    }


def test_the_files_of_a_bot_that_is_done():
    """A file per run that did not fail, three documents, audio and video."""
    found = BOT.describe(join()).files
    assert [(each.key, each.kind, each.file_type, each.extension, each.is_document, each.ready) for each in found] == [
        ("t2", Kind.TRANSCRIPT, "TRANSCRIPT", "json", True, True),
        ("t/3", Kind.TRANSCRIPT, "TRANSCRIPT", "json", True, False),
        ("participants", Kind.OTHER, "PARTICIPANTS", "json", True, True),
        ("chat", Kind.CHAT, "CHAT", "json", True, True),
        ("timeline", Kind.TIMELINE, "TIMELINE", "json", True, True),
        ("audio", Kind.AUDIO, "MP3", "mp3", False, True),
        ("video", Kind.VIDEO, "MP4", "mp4", False, True),
    ]
    assert [(each.recording_type, each.made_at) for each in found[:2]] == [
        ("assemblyai", moment("09:32:00")), ("deepgram", None),
    ]  # fmt: skip
    assert {each.start_at for each in found} == {moment("08:30:00")}


def test_the_shared_bots_are_what_they_were(shared):
    """One is done, one has captions alone, and one was not let in."""
    runs = shared("meetstream/transcriptions.json")
    done, captioned, refused = (shared(f"meetstream/{name}.json")["bot_details"] for name in FIXTURES)
    found = BOT.describe(join(done, runs["transcriptions"]))
    assert (found.started_at, found.meeting_id) == (datetime(2026, 4, 2, 14, 1, 45, 250_000, UTC), "85012345678")
    assert [each.recording_type for each in found.files if each.kind is Kind.TRANSCRIPT] == ["deepgram", "assemblyai"]
    assert files(join(captioned, None))["captions"].kind is Kind.CAPTIONS
    assert BOT.describe(join(captioned, None)).transcript is TranscriptStatus.NONE
    found = BOT.describe(join(refused, None))
    assert (found.files, found.transcript, found.end_reason) == ((), TranscriptStatus.NONE, "NotAllowed")


@pytest.mark.parametrize(
    ("change", "started", "base"),
    [
        ({}, moment("08:30:00"), "recording_start"),
        ({"StatusTimeline": timeline(Joining="08:29:40", InMeeting="08:29:50")}, moment("08:29:50"), "joined_at"),
        ({"StatusTimeline": timeline(Joining="08:29:41", Recording=None)}, moment("08:29:41"), "joined_at"),
        ({"StatusTimeline": timeline()}, moment("08:29:40"), "joined_at"),
        ({"StatusTimeline": "?", "StartTime": "2026-07-01T10:29:40+02:00"}, moment("08:29:40"), "joined_at"),
        ({"StatusTimeline": {}, "StartTime": None}, moment("12:00:00") - timedelta(days=1), "unknown"),
        ({"StatusTimeline": None, "StartTime": "", "CreatedAt": "?"}, moment("08:29:00"), "unknown"),
        (
            {"StatusTimeline": timeline(Scheduled="07:00:00"), "StartTime": 1, "CreatedAt": None, "RequestPayload": 5},
            moment("07:00:00"), "unknown",
        ),
    ],
)  # fmt: skip
def test_the_start_is_the_best_moment_that_is_said(change, started, base):
    """Recording, then arrival, then creation or the planned time; files start where the offsets do, else nowhere."""
    found = BOT.describe(join(DETAILS | change))
    assert (found.started_at, found.time_base) == (started, base)
    assert {each.start_at for each in found.files} <= {None if base == "unknown" else started}
    assert TimeBase(found.time_base)


def test_a_bot_without_a_moment_or_without_an_id_is_damaged():
    """It belongs to no day, or to nobody."""
    for payload in ({"BotID": "x", "Status": "Done"}, LISTED | {"BotID": " "}, {**LISTED, "BotID": None}, {}):
        with pytest.raises(Damaged):
            BOT.describe(payload)
    with pytest.raises(Damaged):
        BOT.find_id({"BotID": ["x"], "bot_id": True})
    assert BOT.find_id({"BotID": None, "bot_id": 7}) == "7"


@pytest.mark.parametrize(
    ("link", "platform", "found", "number"),
    [
        ("https://acme.zoom.us/wc/91234567890/join?pwd=x", "Teams", "zoom", "91234567890"),
        ("912 3456 7890", None, "zoom", "91234567890"),
        ("https://meet.google.com/abc-defg-hij", "Zoom", "google_meet", None),
        (None, "GMeet", "google_meet", None), ("https://x.example.org/1", "Teams", "teams", None),
        ("https://x.example.org/1", "WhatsApp", None, None), (5, None, None, None), ({}, 5, None, None),
    ],
)  # fmt: skip
def test_the_address_tells_the_platform_and_the_word_where_it_cannot(link, platform, found, number):
    """Only Zoom's meetings have a number here."""
    described = check_same(DETAILS | {"MeetingLink": link, "Platform": platform})
    assert (described.platform, described.meeting_id) == (found, number)


@pytest.mark.parametrize(
    ("change", "reason", "has_files"),
    [
        ({"Status": "Denied"}, "Denied", True), ({"Status": "Stopped"}, None, True),
        ({"Status": "of tomorrow"}, None, True), ({"Status": None}, None, True),
        ({"Status": "Error", "StatusTimeline": timeline(Error="08:31:00")}, "Error", False),
        ({"Status": "Stopped", "StatusTimeline": timeline(BotRejected="08:31:00")}, "BotRejected", False),
        ({"Status": None, "StatusTimeline": timeline(InMeeting="08:30:00", Error="08:31:00")}, "Error", True),
        ({"StatusTimeline": DETAILS["StatusTimeline"] | timeline(Recording="08:30:00", Error="08:31:00")}, None, True),
        ({"Status": "Recording", "StatusTimeline": timeline(Recording="08:30:00", Error="08:31:00")}, None, True),
    ],
)  # fmt: skip
def test_why_a_bot_ended_is_its_own_word(change, reason, has_files):
    """An error while it is at work is no end, and one that it was done in spite of is no reason."""
    found = BOT.describe(join(DETAILS | change))
    assert (found.end_reason, "participants" in files(join(DETAILS | change))) == (reason, has_files)


@pytest.mark.parametrize(
    ("change", "expires"),
    [
        ({}, moment("09:30:05", day=3)),
        ({"EndTime": None}, moment("09:30:05", day=3)),
        ({"EndTime": None, "StatusTimeline": {}}, None),
        ({"RequestPayload": {}}, None),
        ({"RequestPayload": {"recording_config": {"retention": {"type": "forever", "hours": 48}}}}, None),
        ({"RequestPayload": {"recording_config": {"retention": {"type": "timed", "hours": "long"}}}}, None),
        ({"RequestPayload": {"recording_config": {"retention": {"type": "timed", "hours": 10**18}}}}, None),
        ({"StatusTimeline": {"MediaExpired": {"status": False, "timestamp": at("20:00:00")}}}, moment("20:00:00")),
        ({"StatusTimeline": {"MediaExpired": {"status": True, "timestamp": at("20:00:00")}}}, None),
    ],
)  # fmt: skip
def test_media_expire_when_it_is_said(change, expires):
    """By the timeline, else by the retention asked for, and never by a default."""
    assert check_same(join(DETAILS | change)).expires_at == expires


@pytest.mark.parametrize("duration", [None, "?", -1, True, 10**15, [5]])
def test_a_duration_that_is_none_is_unsaid(duration):
    """It is not made up from the times."""
    assert BOT.describe(DETAILS | {"Duration": duration}).duration_ms is None


# --- transcripts ------------------------------------------------------------------------------------------------------


def unheard(**change):
    return DETAILS | {"transcript_id": None, "TranscriptStatus": None} | change


def asked(*recognisers):
    return {"recording_config": {"transcript": {"provider": {each: {} for each in recognisers}}}}


@pytest.mark.parametrize(
    ("details", "runs", "status", "reason"),
    [
        (samples.EXPIRED, RUNS, TranscriptStatus.EXPIRED, "deleted"),
        (unheard(), RUNS[:1], TranscriptStatus.FAILED, "sarvam: no such language"),
        (unheard(transcript_id="t1"), RUNS[:1], TranscriptStatus.FAILED, "sarvam: no such language"),
        (DETAILS | {"TranscriptStatus": "Failed"}, [], TranscriptStatus.FAILED, "assemblyai: Failed"),
        (
            DETAILS | {"TranscriptStatus": "Failed", "StatusTimeline": {
                "TranscriptionReady": {"status": False, "message": "provider 401"}}},
            None, TranscriptStatus.FAILED, "assemblyai: provider 401",
        ),
        (unheard(TranscriptStatus="error"), None, TranscriptStatus.FAILED, "error"),
        (samples.REFUSED, [], TranscriptStatus.NONE, "did not get in: NotAllowed"),
        (samples.AT_WORK, [], TranscriptStatus.PENDING, "at work"),
        (unheard(), None, TranscriptStatus.NONE, "assemblyai made no transcript"),
        (unheard(RequestPayload={}), [], TranscriptStatus.NONE, "asked for"),
        (unheard(RequestPayload=asked("deepgram_streaming")), [], TranscriptStatus.NONE, "deepgram_streaming makes no"),
        (samples.CAPTIONED, [], TranscriptStatus.NONE, "meeting_captions makes no"),
        (
            unheard(Status="Stopped", StatusTimeline=timeline(Recording="08:30:00", Stopped="09:30:05")), [],
            TranscriptStatus.PENDING, "assemblyai has not begun",
        ),
        (
            unheard(Status="Stopped", RequestPayload=asked("meetstream_streaming"), StatusTimeline={}), [],
            TranscriptStatus.NONE, "meetstream_streaming makes no",
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_transcript_that_is_no_file(details, runs, status, reason):
    """Failed with MeetStream's words, never asked for, expired, or not made yet."""
    payload = join(details, runs)
    found, said = transcript(payload)
    assert found is status
    assert reason in said
    assert not [each for each in files(payload).values() if each.kind is Kind.TRANSCRIPT]
    check_same(payload)


def test_nothing_is_known_of_a_transcript_from_a_listing_alone():
    """Unless the bot never got in, or is at work."""
    assert transcript(LISTED) == (None, None)
    assert transcript(LISTED | {"Status": "Denied", "StartTime": None})[0] is TranscriptStatus.NONE
    assert transcript(LISTED | {"Status": "InMeeting", "EndTime": None})[0] is TranscriptStatus.PENDING


@pytest.mark.parametrize(
    ("change", "is_ready"),
    [
        ({}, True), ({"TranscriptStatus": "Processing"}, False), ({"TranscriptStatus": None}, True),
        ({"TranscriptStatus": None, "Status": "Stopped", "StatusTimeline": timeline(Recording="08:30:00")}, False),
        ({"TranscriptStatus": "of tomorrow"}, False),
    ],
)  # fmt: skip
def test_the_id_that_the_bot_names_is_a_transcript_where_no_run_is_listed(change, is_ready):
    """Its status is the bot's, and its recogniser the one asked for."""
    found = files(join(DETAILS | change, []))["t2"]
    assert (found.ready, found.recording_type, found.made_at) == (is_ready, "assemblyai", None)


def test_every_run_is_kept():
    """Also one that only the bot names, one without a status, and twice the same is one."""
    runs = [*RUNS, RUNS[1], {"transcript_id": "t4"}, {"provider": "lost"}, {"transcript_id": "audio"}, "x"]
    found = files(join(DETAILS | {"transcript_id": "t~5", "TranscriptStatus": "Processing"}, runs))
    assert [key for key, each in found.items() if each.kind is Kind.TRANSCRIPT] == ["t2", "t/3", "t4", "t%7E5"]
    assert (found["t4"].ready, found["t%7E5"].ready, found["t%7E5"].recording_type) == (True, False, None)
    assert BOT.locate(join(DETAILS | {"transcript_id": "t~5"}), "t%7E5") == Call("/transcript/t~5/get_transcript")


def test_captions_are_listed_where_there_are_some():
    """The object that the schema has in their place is none, and those of a bot at work are not ready."""
    assert files(join(samples.CAPTIONED))["captions"] == ListedFile(
        "captions", Kind.CAPTIONS, "CAPTIONS", "meeting_captions", "json", start_at=moment("08:30:00"), is_document=True
    )
    for value in (None, "", {"available": True}, False):
        assert "captions" not in files(join(DETAILS | {"caption_file": value}))
    assert ready(samples.AT_WORK | {"caption_file": "https://files.example.org/c"})["captions"] is False


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, {"participants": True, "chat": True, "timeline": True, "audio": True, "video": True}),
        (
            {"Status": "Stopped", "AudioStatus": None, "StatusTimeline": timeline(Recording=None, Stopped="09:00:00")},
            {"participants": False, "chat": False, "timeline": False, "video": False},
        ),
        (
            {"Status": "Stopped", "AudioStatus": "InProgress", "StatusTimeline": timeline(InMeeting=None)},
            {"participants": False, "chat": False, "timeline": False, "audio": False, "video": False},
        ),
        (
            {"Status": "Stopped", "StatusTimeline": timeline(Recording=None, VideoProcessing=None)},
            {"participants": True, "chat": True, "timeline": True, "audio": True, "video": True},
        ),
        (
            {"Status": "Recording", "EndTime": None, "AudioStatus": None, "StatusTimeline": timeline(Recording=None)},
            {"video": False},
        ),
        (
            {"AudioStatus": "Failed", "RequestPayload": {"video_required": False},
             "StatusTimeline": timeline(Recording=None)},
            {"participants": True, "chat": True, "timeline": True},
        ),
        ({"RequestPayload": None, "StatusTimeline": None}, {
            "participants": True, "chat": True, "timeline": True, "audio": True}),
        ({"Status": "Denied", "StartTime": None, "AudioStatus": None, "StatusTimeline": timeline()}, {}),
        ({"Status": "MediaExpired"}, {}),
    ],
)  # fmt: skip
def test_a_file_is_ready_once_it_is_made(change, found):
    """A document that is asked for too early seems not to exist, so it waits until the bot has made its audio."""
    assert ready(join(unheard(**change), [])) == found


# --- asking -----------------------------------------------------------------------------------------------------------


def test_the_key_goes_into_a_header():
    """With the scheme that MeetStream's own clients use."""
    assert BOT.build_headers("k") == {"Authorization": "Token k"}
    assert (BOT.name, BOT.title, BOT.calls_per_second, BOT.listings_per_second) == (
        "meetstream",
        "MeetStream",
        None,
        None,
    )


def test_a_listing_asks_for_a_day_more_on_both_sides():
    """Nobody says which moment counts, nor whether the last day is included."""
    window = Window(date(2026, 7, 1), date(2026, 7, 5))
    assert BOT.build_listings(window, today=TODAY) == [Call("/bots", {"from": "2026-06-30", "to": "2026-07-06"})]
    assert BOT.find_unlistable(window, today=TODAY) is None


def test_a_page_leads_to_the_next_one():
    """By the same question with its cursor, and bots that are only planned are left out."""
    first = Call("/bots", {"from": "2026-06-30", "to": "2026-07-06"})
    page = BOT.read_page(first, samples.PAGE)
    assert page.payloads == (LISTED, samples.REFUSED)
    assert page.following == Call("/bots", {**first.query, "cursor": "c2"})
    page = BOT.read_page(page.following, samples.PAGE | {"nextCursor": "c3"})
    assert page.following.query["cursor"] == "c3"


@pytest.mark.parametrize(
    ("answer", "count", "follows"),
    [
        ({"bots": [], "hasNextPage": False, "nextCursor": None}, 0, False), ({"bots": None}, 0, False),
        ({"bots": [LISTED, 5, None]}, 1, False), ({"bots": [{"Status": "Done"}]}, 1, False),
        ({"bots": [LISTED], "hasNextPage": False, "nextCursor": "c2"}, 1, False),
        ({"bots": [], "nextCursor": "c2"}, 0, True),
        ({"bots": [samples.PLANNED | {"Status": "Queued"}]}, 0, False),
        ({"bots": [samples.PLANNED | {"StatusTimeline": timeline(Scheduled="07:00:00")}]}, 0, False),
        ({"bots": [samples.PLANNED | {"StatusTimeline": timeline(Joining="07:00:00")}]}, 1, False),
        ({"bots": [{"BotID": "deep", "words": deep(100)}]}, 1, False),
    ],
)  # fmt: skip
def test_a_page_may_lack_anything(answer, count, follows):
    """What cannot be read is left to whoever describes it."""
    page = BOT.read_page(Call("/bots"), answer)
    assert (len(page.payloads), page.following is not None) == (count, follows)


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"message": "internal error"}, {"bots": {"BotID": "b"}}])
def test_what_lists_no_bots_is_no_page(answer):
    """A success that says something else is no empty listing, which would pass for a window without bots."""
    with pytest.raises(Damaged, match="is no page of MeetStream's bots"):
        BOT.read_page(Call("/bots"), answer)


@pytest.mark.parametrize("more", [{}, {"nextCursor": ""}])
def test_a_page_that_leads_nowhere_is_damaged(more):
    """Bots that are said to follow must not be lost without a word."""
    with pytest.raises(Damaged, match="no cursor"):
        BOT.read_page(Call("/bots"), {"bots": [], "hasNextPage": True} | more)


def test_the_shared_pages_are_read(shared):
    """The first leads to the second, and the second to none."""
    first = BOT.read_page(Call("/bots"), shared("meetstream/list_bots.page1.json"))
    second = BOT.read_page(first.following, shared("meetstream/list_bots.page2.json"))
    assert (len(first.payloads), len(second.payloads), second.following) == (2, 1, None)
    assert BOT.read_page(Call("/bots"), shared("meetstream/list_bots.empty.json")).payloads == ()


def test_details_are_two_answers():
    """A bot without a list of runs is no bot that is gone; ids are quoted."""
    assert BOT.build_details("a/b?") == {
        "detail": Call("/bots/a%2Fb%3F/detail"),
        "runs": Call("/bots/a%2Fb%3F/transcriptions", absent=True),
    }
    payload = BOT.join_details(BOT_ID, samples.ANSWERS)
    assert payload["transcriptions"] == RUNS
    assert payload["recognisers"] == ["assemblyai"]
    assert join(DETAILS, None)["transcriptions"] == []
    assert "transcriptions" not in BOT.join_details(BOT_ID, samples.ANSWERS | {"runs": {"message": "busy"}})
    nameless = {name: value for name, value in DETAILS.items() if name != "BotID"}
    assert BOT.find_id(BOT.join_details(BOT_ID, {"detail": {"bot_details": nameless}})) == BOT_ID


@pytest.mark.parametrize("answer", [None, [], {}, {"bot_details": None}, {"bot_details": DETAILS | {"BotID": "other"}}])
def test_other_answers_are_no_details(answer):
    """Nor are another bot's."""
    with pytest.raises(Damaged):
        BOT.join_details(BOT_ID, {"detail": answer, "runs": None})


def test_where_files_are():
    """Documents and transcripts behind a call, media behind one that gives their address, captions at theirs."""
    payload = join(samples.CAPTIONED)
    where = {key: BOT.locate(payload, key) for key in (*files(payload), "other")}
    assert where == {
        "t2": Call("/transcript/t2/get_transcript"),
        "t/3": Call("/transcript/t%2F3/get_transcript"),
        "captions": Address("https://files.example.org/captions/c.json?X-Amz-Signature=hush"),
        "participants": Call(f"/bots/{BOT_ID}/get_participants", absent=True),
        "chat": Call(f"/bots/{BOT_ID}/get_chats", absent=True),
        "timeline": Call(f"/bots/{BOT_ID}/get_speaker_timeline", absent=True),
        "audio": Call(f"/bots/{BOT_ID}/get_audio"),
        "video": Call(f"/bots/{BOT_ID}/get_video"),
        "other": None,
    }
    assert BOT.locate(BOT.scrub(payload), "captions") is None
    assert BOT.locate(DETAILS | {"caption_file": "http://[x"}, "captions") is None
    assert {BOT.locate(join(samples.EXPIRED), key) for key in where} == {None}


def test_the_address_of_a_medium(shared):
    """It is pending where there is none yet, and damaged where it is something else."""
    assert BOT.read_address("audio", shared("meetstream/get_audio.json")).startswith("https://media.")
    assert BOT.read_address("video", {"video_url": " https://x.example.org/v "}) == "https://x.example.org/v"
    for answer in (None, {}, {"video_url": None}, {"video_url": ""}, {"audio_url": "https://x.example.org/a"}):
        with pytest.raises(Pending):
            BOT.read_address("video", answer)
    for key, answer in (("audio", []), ("audio", {"audio_url": 5}), ("audio", {"audio_url": "s3://x"}), ("chat", {})):
        with pytest.raises(Damaged):
            BOT.read_address(key, answer)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_transcript_knows_its_recogniser():
    """And a confidence of 0 is none where the recogniser does not measure it."""
    listed = files(join())["t2"]
    speech = BOT.read_transcript(listed, samples.SPOKEN, BEGAN)
    assert (speech.provider, speech.utterances[1].words[0].confidence) == ("assemblyai", 0.0)
    assert replace(speech, provider=None) == read_transcript(samples.SPOKEN, BEGAN)
    for recogniser in ("meetstream", "meetstream_streaming", "deepgram_streaming"):
        speech = BOT.read_transcript(replace(listed, recording_type=recogniser), samples.SPOKEN, BEGAN)
        assert speech.utterances[1].words[0].confidence is None
    unnamed = BOT.read_transcript(replace(listed, recording_type=None), {"message": "wait"}, BEGAN)
    assert (unnamed.provider, unnamed.status) == (None, RunStatus.PENDING)
    with pytest.raises(Damaged):
        BOT.read_transcript(files(join(samples.CAPTIONED))["captions"], {"captions": "WEBVTT"}, BEGAN)


def test_people_are_devices_and_then_speakers():
    """A second device has a parent, the bot is known by its name, and bare numbers are nobody."""
    people = BOT.read_people(join(), {"participants": samples.PEOPLE, "t2": samples.SPOKEN, "t/3": {"message": "wait"}})
    assert people == [
        Person("Ines Okoro", "11"), Person("Jun Abe", "12"), Person("Jun Abe", "13", parent_id="12"),
        Person("Notary", "14", is_bot=True), Person("Ada Lima"),
    ]  # fmt: skip


def test_people_of_several_documents_are_one_each():
    """By device, else by name; what cannot be read says nothing of anybody."""
    people = [
        {"deviceId": "1", "displayName": "A", "parentDeviceId": "2"}, {"deviceId": "1", "displayName": None},
        {"deviceId": "2", "displayName": "B"}, {"displayName": "C"}, {"displayName": "c", "deviceId": ""},
    ]  # fmt: skip
    documents = {"participants": {"participants": people}, "t2": {"results": {}}, "captions": []}
    assert BOT.read_people(BOT.scrub(join()), documents) == [
        Person("A", "1", parent_id="2"), Person("B", "2"), Person("C"),
    ]  # fmt: skip
    assert BOT.read_people(LISTED, {"participants": "?"}) == []
    assert BOT.read_people(LISTED, {}) == []


def test_people_come_and_go_where_events_tell_it():
    """By the first arrival and the last leave of a device; an address in their place tells nothing."""
    payload = join(DETAILS | {"participant_events": samples.MOVES})
    people = BOT.read_people(payload, {"participants": samples.PEOPLE})
    assert [(each.joined_at, each.left_at) for each in people[:2]] == [
        (moment("08:31:00"), moment("09:29:00")), (None, None),
    ]  # fmt: skip
    assert BOT.read_people(BOT.scrub(payload), {"participants": samples.PEOPLE}) == people


def test_the_shared_people_are_read(shared):
    """Three devices of two people."""
    documents = {
        "participants": shared("meetstream/get_participants.json"),
        "t": shared("meetstream/transcript.s1_array.json"),
    }
    people = BOT.read_people(join(shared("meetstream/bot_detail.json")["bot_details"]), documents)
    assert [(each.native_id, each.name, each.parent_id) for each in people[:3]] == [
        ("16778240", "Ana Díaz", None), ("16779264", "Tomáš Novák", None), ("16779265", "Tomáš Novák", "16779264"),
    ]  # fmt: skip
    assert {each.native_id for each in people[3:]} == {None}
    assert len({each.key for each in people}) == len(people)


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENTS)
def test_the_shared_events_are_read(shared, name):
    """Each spelling has its name, its intent, and its bot where there is something to do."""
    body = shared(f"meetstream/webhook.{name}.json")
    event = BOT.read_event(body)
    assert (event.name, event.intent) == EVENTS[name]
    assert [each.native_id for each in event.mentions] == ([body["bot_id"]] if event.intent is Intent.HARVEST else [])
    assert (event.happened_at is None) is ("timestamp" not in body)
    assert BOT.read_event(json.loads(json.dumps(body, sort_keys=True))).digest == event.digest
    assert "pwd" not in json.dumps(event.body)


def test_an_event_is_kept_without_secrets_and_without_what_was_said():
    """Its own timestamp is when it happened, and its copies have one digest."""
    event = BOT.read_event(samples.EVENT)
    assert (event.name, event.intent, event.happened_at) == (
        "transcription.processed", Intent.HARVEST, moment("09:32:00") + timedelta(milliseconds=500),
    )  # fmt: skip
    assert event.body == {
        "event": "transcription.processed", "bot_id": BOT_ID, "transcript_status": "Success", "message": "Ready",
        "status_code": 200, "timestamp": "2026-07-01T09:32:00.5+00:00", "custom_attributes": {"case": "17"},
        "meeting_url": "https://us04web.zoom.us/j/91234567890",
    }  # fmt: skip
    assert event.digest != BOT.read_event(samples.EVENT | {"timestamp": None}).digest


@pytest.mark.parametrize(
    ("names", "name", "intent"),
    [
        ({"event": "bot.stopped", "bot_event": "bot.kicked"}, "bot.kicked", Intent.HARVEST),
        ({"event": "bot.stopped", "bot_event": ""}, "bot.stopped", Intent.HARVEST),
        *(({"bot_event": f"bot.{each}"}, f"bot.{each}", Intent.HARVEST) for each in ("notallowed", "denied", "failed")),
        ({"event": "Bot.Done"}, "Bot.Done", Intent.HARVEST), ({"event": "bot.dancing"}, "bot.dancing", Intent.NOTE),
        ({"event": "bot.recording"}, "bot.recording", Intent.NOTE),
    ],
)  # fmt: skip
def test_an_event_has_the_more_telling_of_two_names(names, name, intent):
    """Newer bodies give the reason beside the old name; an unknown event is noted."""
    event = BOT.read_event({"bot_id": BOT_ID, **names})
    assert (event.name, event.intent, len(event.mentions)) == (name, intent, intent is Intent.HARVEST)


@pytest.mark.parametrize(
    "body", [{}, {"event": " "}, {"event": 1.5, "bot_id": BOT_ID}, {"event": "bot.done"}, {"message": "Left"}]
)
def test_a_body_that_names_no_event_or_no_bot_is_damaged(body):
    """Nothing could be done about it."""
    with pytest.raises(Damaged):
        BOT.read_event(body)


# --- control ----------------------------------------------------------------------------------------------------------


def test_only_a_replay_may_be_answered_with_507():
    """It answers an order that was sent before; anywhere else it says that there is no room."""
    others = [*BOT.build_details("b").values(), BOT.build_remove("b"), BOT.build_delete("b")]
    assert not any(each.accepted for each in (*others, *BOT.build_listings(Window(TODAY, TODAY), today=TODAY)))
    assert BOT.list_recordings("b", {}) == ["b"]


def test_sending_a_bot():
    """Addresses of tokens go into the body, and the key that keeps a bot from being sent twice into a header."""
    order = Order(
        "https://zoom.us/j/91234567890?pwd=x", "Notary", "k1", {"case": "17"}, zoom_zak_url="https://t.example.org/z"
    )
    assert BOT.build_send(order) == Call(
        "/bots/create_bot",
        method="POST",
        body={
            "meeting_link": "https://zoom.us/j/91234567890?pwd=x",
            "bot_name": "Notary",
            "custom_attributes": {"case": "17"},
            "zoom": {"zak_url": "https://t.example.org/z"},
        },
        headers={"Idempotency-Key": "k1"},
        accepted=frozenset({507}),
    )
    plain = BOT.build_send(Order("https://zoom.us/j/1", "Notary", zoom_obf_token_url="https://t.example.org/o"))
    assert (plain.body["zoom"], plain.headers) == ({"obf_url": "https://t.example.org/o"}, {})
    assert BOT.build_send(Order("https://zoom.us/j/1", "N")).body == {
        "meeting_link": "https://zoom.us/j/1",
        "bot_name": "N",
    }


@pytest.mark.parametrize(
    "order",
    [
        Order("https://zoom.us/j/1", "N", zoom_obf_token="t"), Order("https://zoom.us/j/1"),
        Order("https://zoom.us/j/1", "N", zoom_obf_token_url="https://o", zoom_zak_url="https://z"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(order):
    """A bare token, both kinds of them, or no name; with the way that is open."""
    with pytest.raises(Refused) as raised:
        BOT.build_send(order)
    assert raised.value.hint


def test_a_sent_bot_has_an_id(shared):
    """The answer to a replay is as good as the first one."""
    for name in ("create_bot.response.201", "error.507_idempotent_replay"):
        assert BOT.read_sent(shared(f"meetstream/{name}.json")) == shared("meetstream/bot_status.json")["bot_id"]
    for answer in (None, [], {}, {"bot_id": ""}, {"message": "Forbidden"}):
        with pytest.raises(Damaged):
            BOT.read_sent(answer)


def test_removing_and_deleting():
    """The one makes a bot leave, by a GET, and the other deletes what it recorded."""
    assert BOT.build_remove("a/b") == Call("/bots/a%2Fb/remove_bot")
    assert BOT.build_delete("a/b") == Call("/bots/a%2Fb/delete", method="DELETE")
    assert BOT.find_undeleted({"deleted_objects": 7}) is None
    assert BOT.find_undeleted({"deleted_objects": 0}) is None
    for answer in (None, {}, {"deleted_objects": None}, {"deleted_objects": "many"}, []):
        assert BOT.find_undeleted(answer)


@pytest.mark.parametrize(
    ("payload", "provider"),
    [
        (join(), {"assemblyai": {"language_code": "pt", "keyterms_prompt": ["Okoro"]}}),
        (join(DETAILS, RUNS[:1]), {"sarvam": {"model": "saaras:v3"}}), (join(DETAILS, RUNS[2:]), {"deepgram": {}}),
        (join(DETAILS, []), {"assemblyai": {}}), (BOT.scrub(join(DETAILS, [])), {"assemblyai": {}}),
        (join(samples.CAPTIONED, []), {"meetstream": {"language": "auto", "translate": False}}),
        (LISTED, {"meetstream": {"language": "auto", "translate": False}}),
    ],
)  # fmt: skip
def test_another_transcript_is_asked_of_the_same_recogniser(payload, provider):
    """With the settings of its newest run; those that only stream are left for MeetStream's own."""
    call = BOT.build_retranscribe(payload)
    assert (call.method, call.path, call.body) == ("POST", f"/bots/{BOT_ID}/transcribe", {"provider": provider})


# --- whatever comes ---------------------------------------------------------------------------------------------------

READERS = {
    "describe": BOT.describe,
    "scrub": BOT.scrub,
    "read_page": lambda value: BOT.read_page(Call("/bots"), {"bots": [value], "hasNextPage": value, "nextCursor": "c"}),
    "read_event": BOT.read_event,
    "read_people": lambda value: BOT.read_people(value, {"participants": value, "t2": value}),
    "join_details": lambda value: BOT.join_details(BOT_ID, {"detail": {"bot_details": value}, "runs": value}),
    "locate": lambda value: BOT.locate(value, "captions"),
    "build_retranscribe": BOT.build_retranscribe,
}


def check_only_damaged(value):
    """Every reader reads it or raises Damaged; objects alone go where the contract has objects."""
    for name, read in READERS.items():
        if isinstance(value, dict) or name in {"read_page", "join_details"}:
            try:
                read(value)
            except Damaged:
                continue


def check_kept(value):
    """What can be described at all is described alike once it was scrubbed."""
    try:
        found = BOT.describe(value)
    except Damaged:
        return
    scrubbed = BOT.scrub(value)
    assert BOT.describe(scrubbed) == found
    assert BOT.scrub(scrubbed) == scrubbed
    assert len({each.key for each in found.files}) == len(found.files)


@pytest.mark.parametrize("odd", [ODD[name] for name in ODD if name != "an integer beyond printing"])
def test_odd_values_anywhere_are_read_or_damaged(odd):
    """In the place of every value of every sample, one after the other."""
    for payload in (samples.EVENT, join(samples.CAPTIONED | {"participant_events": samples.MOVES[:2]})):
        for spoilt in spoil(payload, odd):
            check_only_damaged(spoilt)
            if isinstance(spoilt, dict):
                check_kept(spoilt)
    for spoilt in spoil(samples.PEOPLE, odd):
        assert isinstance(BOT.read_people(LISTED, {"participants": spoilt, "t2": spoilt}), list)


NAMES = {*DETAILS, *RUNS[1], *samples.EVENT, *samples.STAGES}
JSON = anything(NAMES | {"status", "timestamp", "provider", "recording_config", "transcript", "bot_details"})


@given(JSON | st.dictionaries(st.sampled_from(sorted(NAMES)), JSON, max_size=8).map(lambda said: DETAILS | said))
def test_no_json_is_more_than_damaged(value):
    """Whatever it holds, it is read or Damaged, and scrubbing takes nothing that is read."""
    check_only_damaged(value)
    if isinstance(value, dict):
        check_kept(value)


def test_what_the_archive_holds_is_json():
    """A scrubbed payload is written and read again without a change."""
    scrubbed = BOT.scrub(join())
    assert parse_json(json.dumps(scrubbed).encode()) == scrubbed
