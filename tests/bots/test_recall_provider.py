"""Recall's bots as recordings: what each is and has, whom it met, what events and answers mean, what is asked."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import NOWHERE, ODD, anything, spoil
from recall_samples import (
    BOT,
    FIRST,
    ID,
    NEVER_IN,
    OLD,
    OTHER_RUN,
    PARTS,
    PEOPLE,
    RUN,
    SECOND,
    STEPS,
    bot,
    event,
    media,
    old_event,
    people,
    recording,
    run,
    state,
    step,
)

from harvester.bots.provider import Address, Call, Order, Provider
from harvester.bots.recall import Recall
from harvester.errors import Damaged, Refused, Vanished
from harvester.event import Intent, Mention
from harvester.model import Kind, TranscriptStatus, Window

RECALL: Provider = Recall()
LISTING = Call("/bot/")
ANSWERS = {
    "bot": bot(recording(), recording(SECOND)),
    "transcripts": [
        {"results": [run()]},
        {"results": [run(OTHER_RUN, "processing", created_at="2026-07-02T00:00:00Z", provider={"rev_async": {}})]},
    ],
}
JOINED = RECALL.join_details(ID, ANSWERS)
SAMPLES = {
    "joined": JOINED,
    "listed": bot(),
    "deleted": bot(recording(code="deleted")),
    "running": bot(recording(code="processing", shortcuts={"transcript": run(code="processing")}), metadata={}),
    "never in": NEVER_IN,
    "old": OLD,
    "old, expired": OLD
    | {"video_url": None, "status_changes": [*STEPS, step("media_expired", "2026-07-08T00:00:00Z")]},
    "in a portal": bot(meeting_url="https://events.zoom.us/ej/abc?tk=hush"),
    "in Meet": bot(meeting_url={"meeting_id": "abc-defg-hij", "platform": "google_meet"}),
}
AGAIN, AFTER = step("in_call_recording", "2026-07-01T09:00:00"), step("in_call_recording", "2026-07-01T09:40:00Z")
SHARED = ["bot_retrieve", "bot_retrieve.deleted", "bot_retrieve.no_transcript", "bot_retrieve.processing"]
SHARED_ID = "65993880-7885-5b0f-91e7-acff35b83bea:3590f3b0-981b-5c24-8a1b-bb9c2314b898"
SHARED_RUN = "18081758-dfab-5ce0-b354-cf55879eef3b"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(found):
    return [(each.key, each.kind, each.file_type, each.extension, each.ready, each.is_document) for each in found.files]


def check_same(payload, *, listed=None):
    """The promises that hold for every payload."""
    found = RECALL.describe(payload)
    kept = RECALL.scrub(payload)
    assert RECALL.scrub(kept) == kept
    assert RECALL.describe(kept) == found
    assert RECALL.find_id(kept) == RECALL.find_id(payload) == found.native_id
    assert "hush" not in json.dumps(kept)
    assert "Signature" not in json.dumps(kept)
    assert len({each.key for each in found.files}) == len(found.files)
    assert {each.url for each in found.files} <= {None}
    json.dumps(found.extra, allow_nan=False)
    if listed is not None:
        assert RECALL.describe({**listed, **payload}) == found == RECALL.describe({**payload, **listed})
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_payload_says_the_same_without_its_secrets(name):
    """Scrubbed once or twice, every sample gives the same recording, and nothing secret is left."""
    check_same(SAMPLES[name])


@pytest.mark.parametrize("name", SHARED)
def test_the_shared_bots_say_the_same_without_their_secrets(shared, name):
    """So do the shared ones, also joined with what a listing says of them."""
    (listed,) = RECALL.read_page(LISTING, {"results": [shared(f"recall/{name}.json")]}).payloads
    check_same(RECALL.join_details(SHARED_ID, {"bot": shared(f"recall/{name}.json")}), listed=listed)


def test_the_shared_bot_as_a_recording(shared):
    """Start, end, meeting, caller's words and files all come from where the facts say."""
    answers = {"bot": shared("recall/bot_retrieve.json"), "transcripts": [None]}
    payload = RECALL.join_details(SHARED_ID, answers)
    found = RECALL.describe(payload)
    assert (found.started_at, found.time_base) == (at("2026-04-02T14:01:45.250"), "recording_start")
    assert (found.ended_at, found.duration_ms) == (at("2026-04-02T15:06:40"), 3_894_750)
    assert (found.platform, found.meeting_id, found.meeting_uuid) == ("zoom", "85012345678", "aB3dE+fGhIjKlMn/OpQrSg==")
    assert (found.topic, found.status, found.end_reason) == ("Weekly Pipeline Review", "done", "call_ended_by_host")
    assert found.extra["caller"] == {"crm_id": "D-104"}
    assert (found.extra["joined_at"], found.extra["provider"]) == ("2026-04-02T14:01:12.400000Z", "recallai_async")
    assert [each.key for each in found.files] == [SHARED_RUN, "participants", "timeline", "video"]
    (first, *_), place = found.files, RECALL.locate(payload, SHARED_RUN)
    assert (first.start_at, first.made_at) == (found.started_at, at("2026-04-02T15:07:00"))
    assert isinstance(place, Address)
    assert place.url.startswith("https://media.example.invalid/t.json?X-Amz-Date")


def test_the_states_of_the_shared_transcripts(shared):
    """Awaited, never asked for, deleted with all the rest, and of a bot that never got in."""
    found = {name: RECALL.describe(shared(f"recall/{name}.json")) for name in SHARED}
    none, deleted = found["bot_retrieve.no_transcript"], found["bot_retrieve.deleted"]
    awaited = found["bot_retrieve.processing"]
    assert (awaited.transcript, [each.ready for each in awaited.files]) == (None, [False])
    assert (awaited.ended_at, awaited.status) == (at("2026-04-02T15:06:40"), "processing")
    assert (none.transcript, none.transcript_reason, none.files) == (TranscriptStatus.NONE, None, ())
    assert (deleted.transcript, deleted.transcript_reason, deleted.files) == (TranscriptStatus.EXPIRED, "deleted", ())
    assert deleted.expires_at == at("2026-04-09T15:06:40")
    (payload,) = RECALL.read_page(LISTING, shared("recall/bot_list.page2.json")).payloads
    fatal = RECALL.describe(payload)
    assert (fatal.status, fatal.end_reason, fatal.time_base) == ("fatal", "meeting_not_started", "joined_at")
    assert (fatal.transcript, fatal.transcript_reason, fatal.files) == (TranscriptStatus.NONE, fatal.end_reason, ())


def test_the_files_of_a_recording():
    """Every run of a recogniser is a file; what is only being made is one that is not ready."""
    found = RECALL.describe(JOINED)
    assert shown(found) == [
        (RUN, Kind.TRANSCRIPT, "TRANSCRIPT", "json", True, True),
        (OTHER_RUN, Kind.TRANSCRIPT, "TRANSCRIPT", "json", False, True),
        ("participants", Kind.OTHER, "PARTICIPANTS", "json", True, True),
        ("timeline", Kind.TIMELINE, "TIMELINE", "json", True, True),
        ("audio", Kind.AUDIO, "MP3", "mp3", True, False),
        ("video", Kind.VIDEO, "MP4", "mp4", True, False),
    ]
    assert [(each.recording_type, each.made_at) for each in found.files[:2]] == [
        ("recallai_async", at("2026-07-01T09:30:30")),
        ("rev_async", at("2026-07-02T00:00:00")),
    ]
    assert (found.topic, found.meeting_uuid, found.extra["provider"]) == ("Review", "a/b==", "rev_async")
    assert found.extra["caller"] == {"deal": "D-7"}
    urls = {key: RECALL.locate(JOINED, key) for key, *_ in shown(found)}
    assert urls.pop(OTHER_RUN) is None
    assert [url.url.partition("?")[0].rpartition("/")[2] for url in urls.values()] == [
        "t.json", "participants_download_url.json", "speaker_timeline_download_url.json", "m.mp3", "m.mp4",
    ]  # fmt: skip
    assert RECALL.locate(JOINED, "nothing") is None


def test_what_is_not_made_yet_failed_or_is_new_among_the_files():
    """A failed or deleted artifact is no file; one of an unknown status is awaited, and ready with an address."""
    for code, keys in {"processing": ["participants", "timeline", "video"], "failed": [], "deleted": []}.items():
        shortcuts = {"participant_events": people(code), "video_mixed": media("mp4", code), "audio_mixed": None}
        found = RECALL.describe(bot(recording(shortcuts=shortcuts | {"transcript": None})))
        assert [each.key for each in found.files] == keys
        assert not any(each.ready for each in found.files)
    new = media("flac") | {"status": state("polishing"), "format": None}
    found = RECALL.describe(bot(recording(shortcuts={"audio_mixed": new, "transcript": run(code="polishing")})))
    assert [(each.file_type, each.ready) for each in found.files if each.key in {RUN, "audio"}] == [
        ("TRANSCRIPT", False),
        ("FLAC", True),
    ]
    events = people() | {"data": {"participants_download_url": "https://recall.example.invalid/download?token=hush"}}
    found = RECALL.describe(bot(recording(shortcuts={"participant_events": events, "transcript": None})))
    assert [each.key for each in found.files] == ["participants", "audio", "video"]


def test_of_one_run_what_was_said_last_counts():
    """The bot said that it was in the making, and the list of transcripts, asked later, that it is done."""
    early, late = run(code="processing"), run(code="done", status=state("done", at="2026-07-01T09:40:00Z"))
    for first, second in ((early, late), (late, early)):
        others = {"id": None}, run(OTHER_RUN, recording={"id": SECOND})
        payload = bot(recording(shortcuts={"transcript": first}), transcripts=[second, *others])
        (only,) = [each for each in RECALL.describe(payload).files if each.kind is Kind.TRANSCRIPT]
        assert (only.key, only.ready) == (RUN, True)
        assert RECALL.locate(payload, RUN) == Address(late["data"]["download_url"])


@pytest.mark.parametrize(
    ("given", "transcript", "reason"),
    [
        (recording(shortcuts={"transcript": run(code="failed", sub_code="mute")}), TranscriptStatus.FAILED, "mute"),
        (recording(shortcuts={"transcript": run(code="deleted")}), TranscriptStatus.EXPIRED, "deleted"),
        (recording(shortcuts={"transcript": None}), TranscriptStatus.NONE, None),
        (recording(code="processing", shortcuts={"transcript": None}), TranscriptStatus.PENDING, None),
        (recording(status=state("failed", "disk"), shortcuts={"transcript": None}), TranscriptStatus.NONE, "disk"),
        (recording(status=state("resting"), shortcuts={"transcript": None}), None, None),
        (recording(code="media_expired"), TranscriptStatus.EXPIRED, "media_expired"),
        (recording(code="failed"), None, None),
    ],
)  # fmt: skip
def test_what_became_of_the_transcript(given, transcript, reason):
    """Where none is listed, Recall's own words say why."""
    found = RECALL.describe(bot(given))
    assert (found.transcript, found.transcript_reason) == (transcript, reason)
    assert (found.transcript is None) or not any(each.kind is Kind.TRANSCRIPT for each in found.files)


def test_of_several_failed_runs_the_newest_counts():
    """A run that was deleted later hides an earlier failure."""
    failed, deleted = run(code="failed", sub_code="x"), run(OTHER_RUN, "deleted", created_at="2026-07-03T00:00:00Z")
    found = RECALL.describe(bot(recording(shortcuts={"transcript": failed}), transcripts=[deleted]))
    assert (found.transcript, found.transcript_reason) == (TranscriptStatus.EXPIRED, "deleted")


def test_expired_media_of_a_bot_are_those_of_its_recordings():
    """The bot's status says it even where the recording's does not."""
    found = RECALL.describe(bot(status_changes=[*STEPS, step("media_expired", "2026-07-08T00:00:00Z")]))
    assert (found.files, found.transcript, found.transcript_reason) == ((), TranscriptStatus.EXPIRED, "media_expired")


@pytest.mark.parametrize(
    ("steps", "more", "started_at", "base"),
    [
        (STEPS, {}, "2026-07-01T08:30:00.500", "recording_start"),
        (STEPS, {"started_at": None}, "2026-07-01T08:30:00", "recording_start"),
        ([*STEPS, AFTER], {"started_at": None}, "2026-07-01T08:30:00", "recording_start"),
        ([*STEPS, AGAIN], {"started_at": 5}, "2026-07-01T09:00:00", "recording_start"),
        (STEPS[:4], {"started_at": ""}, "2026-07-01T08:29:00", "joined_at"),
        (STEPS[:3], {"started_at": "soon"}, "2026-07-01T08:28:30", "joined_at"),
        (STEPS[:2], {"started_at": None}, "2026-07-01T08:28:00", "joined_at"),
        (STEPS[:1], {"started_at": None}, "2026-07-01T08:15:00", "unknown"),
    ],
)  # fmt: skip
def test_when_it_began(steps, more, started_at, base):
    """The recording's own start, else the bot's last that is not after its end, else its arrival, else the order."""
    found = RECALL.describe(bot(recording(**more), status_changes=steps))
    assert (found.started_at, found.time_base) == (at(started_at), base)
    assert (found.duration_ms is None) == (base != "recording_start")
    assert {each.start_at for each in found.files if each.key != "participants"} == {
        None if base == "unknown" else found.started_at
    }


def test_a_moment_is_found_or_it_is_damaged():
    """Without an order the recording's making counts, then any step; without anything there is no day to file it by."""
    payload = bot(recording(started_at=None), join_at=None, status_changes=STEPS[:1])
    assert RECALL.describe(payload).started_at == at("2026-07-01T08:29:00")
    payload["recordings"][0]["created_at"] = None
    assert RECALL.describe(payload).started_at == at("2026-07-01T08:20:00")
    with pytest.raises(Damaged, match="when this recording"):
        RECALL.describe(payload | {"status_changes": None})


def test_how_it_ended():
    """The recording's failure goes before the bot's, and that before the call's; ended before it began is no length."""
    failed = recording(status=state("failed", "disk_full"), completed_at=None)
    fatal = [*STEPS[:-1], step("fatal", "2026-07-01T09:31:00Z", "bot_errored")]
    assert RECALL.describe(bot(failed, status_changes=fatal)).end_reason == "disk_full"
    found = RECALL.describe(bot(failed | {"status": state("failed")}, status_changes=fatal))
    assert (found.end_reason, found.ended_at) == ("bot_errored", at("2026-07-01T09:30:10"))
    assert (RECALL.describe(bot()).end_reason, RECALL.describe(bot()).duration_ms) == (
        "bot_kicked_from_call",
        3_600_250,
    )
    assert RECALL.describe(bot(recording(completed_at="2026-07-01T08:00:00Z"))).duration_ms is None
    running = RECALL.describe(bot(recording(completed_at=None), status_changes=STEPS[:5]))
    assert (running.ended_at, running.duration_ms, running.end_reason) == (None, None, None)


@pytest.mark.parametrize(
    ("url", "platform", "number", "written"),
    [
        ({"meeting_id": "91234567890", "platform": "zoom"}, "zoom", "91234567890", None),
        ({"meeting_id": "abc-defg-hij", "platform": "google_meet"}, "google_meet", None, None),
        ({"thread_id": "19:x", "platform": "microsoft_teams"}, "teams", None, None),
        ({"meeting_id": "1", "platform": "webex"}, None, None, None),
        ("https://zoom.us/j/91234567890?pwd=hush", "zoom", "91234567890", "https://zoom.us/j/91234567890"),
        (None, None, None, None),
        ([], None, None, None),
    ],
)
def test_the_meeting(url, platform, number, written):
    """Only Zoom's number is kept, and of an address what lets nobody in."""
    found = check_same(bot(meeting_url=url))
    assert (found.platform, found.meeting_id, found.extra.get("meeting_url")) == (platform, number, written)


def test_a_bot_of_before_v1_11():
    """It is a recording itself; its transcript is behind a call, its video at an address, its people in the payload."""
    found = RECALL.describe(OLD)
    assert (found.native_id, found.started_at, found.time_base) == (BOT, at("2026-07-01T08:30:00"), "recording_start")
    assert (found.meeting_id, found.extra["meeting_url"]) == ("91234567890", "https://acme.zoom.us/j/91234567890")
    assert (found.expires_at, found.transcript) == (at("2026-07-08T09:30:00"), None)
    assert [each.key for each in found.files] == ["transcript", "video"]
    assert RECALL.locate(OLD, "transcript") == Call(f"/bot/{BOT}/transcript/", {"enhanced_diarization": "true"})
    assert RECALL.locate(OLD, "video") == Address(OLD["video_url"])
    assert RECALL.join_details(BOT, {"bot": OLD}) == OLD
    ines, scribe = RECALL.read_people(OLD, {})
    assert (ines.joined_at, ines.left_at) == (at("2026-07-01T08:31:00"), at("2026-07-01T09:00:00"))
    assert (ines.native_id, ines.user_id, ines.is_host, ines.device_kind, ines.is_bot) == ("7", None, True, None, None)
    assert (scribe.is_bot, scribe.device_kind, scribe.left_at) == (True, "desktop", None)


def test_an_old_bot_that_is_not_done_has_nothing_yet():
    """And one whose media expired has nothing any more; members of an old bot count only without recordings."""
    early = RECALL.describe(OLD | {"status_changes": STEPS[:5]})
    assert (early.files, early.transcript) == ((), TranscriptStatus.PENDING)
    expired = RECALL.describe(SAMPLES["old, expired"])
    assert (expired.files, expired.transcript) == ((), TranscriptStatus.EXPIRED)
    new = RECALL.describe(OLD | {"recordings": []})
    assert (new.files, new.transcript) == ((), TranscriptStatus.NONE)
    assert RECALL.locate(OLD | {"recordings": []}, "transcript") is None


def test_who_was_there():
    """One person per id or name; a label of a voice, and nobody, are left out; what one document lacks another adds."""
    found = RECALL.read_people(JOINED, {RUN: PARTS, "participants": PEOPLE})
    assert [(each.key, each.name) for each in found] == [
        ("100", "Ines Okoro"), ("200", "+1 555-***-0100"), ("300", "Scribe"), ("name:ravi holm", "Ravi Holm"),
    ]  # fmt: skip
    ines, dialled, scribe, ravi = found
    assert (ines.user_id, ines.email, ines.is_host, ines.is_bot) == (None, "ines@example.com", True, None)
    assert (dialled.device_kind, dialled.is_host, scribe.is_bot) == ("dial-in", False, True)
    assert (ravi.email, ravi.device_kind) == ("ravi@example.com", None)
    assert RECALL.read_people(JOINED, {}) == []


def test_the_shared_people(shared):
    """List of participants, transcript and turns tell of three people; the fourth has neither id nor name."""
    names = {"participants": "participants_download", SHARED_RUN: "transcript_download", "timeline": "speaker_timeline"}
    documents = {key: shared(f"recall/{name}.json") for key, name in reversed(names.items())}
    found = RECALL.read_people(shared("recall/bot_retrieve.json"), documents)
    assert [(each.native_id, each.user_id, each.email) for each in found] == [
        ("100", None, "ana.diaz@example.com"),
        ("200", None, "tomas.novak@example.com"),
        ("300", None, None),
    ]
    assert (found[0].is_host, found[2].name, found[2].device_kind) == (True, "+1 555-***-0100", "dial-in")
    voices = {SHARED_RUN: shared("recall/transcript_download.machine_diarization.json")}
    assert RECALL.read_people(shared("recall/bot_retrieve.json"), voices) == []
    old = RECALL.read_people(OLD, {"transcript": shared("recall/transcript_legacy.json")})
    assert [each.native_id for each in old] == ["7", "8", "100", "200", "300"]


def test_transcripts_of_both_forms_are_read(shared, bot_t0):
    """The old form's plain numbers must fit the recording's length."""
    file = RECALL.describe(OLD).files[0]
    old = shared("recall/transcript_legacy.json")
    assert len(RECALL.read_transcript(file, old, bot_t0).utterances) == 5
    assert len(RECALL.read_transcript(file, shared("recall/transcript_download.json"), NOWHERE).utterances) == 5
    short = replace(file, end_at=at("2026-07-01T08:31:00"))
    with pytest.raises(Damaged, match="no seconds"):
        RECALL.read_transcript(short, old, bot_t0)
    assert RECALL.read_transcript(replace(short, end_at=None), old, bot_t0).utterances


def test_a_page_has_an_entry_per_recording():
    """Bots that have not begun, and those in a call without a recording, are left out."""
    waiting, in_call = NEVER_IN | {"status_changes": STEPS[:1]}, NEVER_IN | {"status_changes": STEPS[:5]}
    results = [bot(recording(), recording(SECOND)), waiting, in_call, NEVER_IN, OLD, OLD | {"status_changes": []}, 7]
    page = RECALL.read_page(LISTING, {"next": "https://eu.example.invalid/bot/?page=2", "results": results})
    assert [RECALL.find_id(each) for each in page.payloads] == [ID, f"{BOT}:{SECOND}", BOT, BOT]
    assert [len(each.get("recordings", ())) for each in page.payloads] == [1, 1, 0, 0]
    assert page.following == "https://eu.example.invalid/bot/?page=2"
    assert RECALL.read_page(LISTING, {"next": None, "results": []}).following is None
    assert RECALL.read_page(LISTING, {"next": 5, "results": None}).payloads == ()


@pytest.mark.parametrize("answer", [None, [], {}, {"next": None}, {"message": "internal error"}, {"results": "none"}])
def test_what_lists_nothing_is_no_page(answer):
    """A success that says something else is no empty listing, neither of bots nor of a recording's transcripts."""
    with pytest.raises(Damaged, match="no page of Recall's bots"):
        RECALL.read_page(LISTING, answer)
    if answer is not None:  # as in answer to a 404
        with pytest.raises(Damaged, match="no page of Recall's transcripts"):
            RECALL.join_details(ID, {"bot": bot(), "transcripts": [{"results": []}, answer]})


def test_all_recordings_of_a_bot_are_listed():
    """Also those of a bot that is still in a call; a bot without any is its own, and another bot's answer is none."""
    both, in_call = bot(recording(), recording(SECOND)), NEVER_IN | {"status_changes": STEPS[:5]}
    assert RECALL.list_recordings(BOT, {"bot": both}) == [ID, f"{BOT}:{SECOND}"]
    assert RECALL.list_recordings(BOT, {"bot": both | {"status_changes": STEPS[:5]}}) == [ID, f"{BOT}:{SECOND}"]
    assert [RECALL.list_recordings(BOT, {"bot": each}) for each in (NEVER_IN, in_call, OLD)] == [[BOT]] * 3
    with pytest.raises(Damaged, match="without a usable recordings"):
        RECALL.list_recordings(BOT, {"bot": bot({"id": None})})
    for answer in (None, {}, bot(id="other")):
        with pytest.raises(Damaged, match="asked for"):
            RECALL.list_recordings(BOT, {"bot": answer})


def test_the_shared_pages(shared):
    """The address of the next page is taken as it is written."""
    first, last = (RECALL.read_page(LISTING, shared(f"recall/bot_list.page{each}.json")) for each in (1, 2))
    assert [RECALL.find_id(each) for each in first.payloads] == [SHARED_ID]
    assert first.following == "https://us-west-2.recall.ai/api/v1/bot/?page=2&join_at_after=2026-04-01"
    assert ([RECALL.find_id(each) for each in last.payloads], last.following) == (
        ["eaf2d0ca-0708-5825-b21f-87aa522a92a2"],
        None,
    )


def test_an_entry_without_an_id_is_damaged():
    """So is one whose recording has none, and a bot whose recordings were not split."""
    lost = (bot(id=None), bot(recording(id=" ")), bot(recording(), recording(SECOND)))
    for payload in lost:
        with pytest.raises(Damaged):
            RECALL.find_id(payload)
        with pytest.raises(Damaged):
            RECALL.describe(payload)


def test_what_is_asked_of_a_listing():
    """The window's days with one more on either side, as moments in UTC."""
    (call,) = RECALL.build_listings(Window(date(2026, 7, 1), date(2026, 7, 31)), today=date(2026, 8, 1))
    query = {"join_at_after": "2026-06-30T00:00:00Z", "join_at_before": "2026-08-02T00:00:00Z"}
    assert call == Call("/bot/", query)
    assert RECALL.find_unlistable(Window(date(2020, 1, 1), date(2020, 1, 2)), today=date(2026, 8, 1)) is None


def test_what_is_asked_of_one_recording():
    """The bot and its transcripts; of a bot without recordings only itself. Ids are quoted."""
    calls = RECALL.build_details(ID)
    assert calls["bot"] == Call(f"/bot/{BOT}/")
    assert calls["transcripts"] == Call(
        "/transcript/", {"recording_id": FIRST}, absent=True, is_listing=True, next_page="next"
    )
    assert RECALL.build_details("a/b?") == {"bot": Call("/bot/a%2Fb%3F/")}


def test_joined_details_are_those_of_one_recording():
    """Over or under a listing's entry they give the same recording; answers that are missing add nothing."""
    (listed, _) = RECALL.read_page(LISTING, {"results": [ANSWERS["bot"]]}).payloads
    assert check_same(JOINED, listed=listed).native_id == ID
    bare = RECALL.join_details(ID, {"bot": ANSWERS["bot"], "transcripts": [{"results": []}]})
    assert bare == listed


def test_what_is_gone_or_another():
    """A recording that the bot has no longer, a bot's own id once it has recordings, and another bot's answer."""
    for native_id in (f"{BOT}:other", BOT):
        with pytest.raises(Vanished):
            RECALL.join_details(native_id, {"bot": bot()})
    for answer in (None, [], {"detail": "x"}, bot(id="other")):
        with pytest.raises(Damaged, match="asked for"):
            RECALL.join_details(ID, {"bot": answer})


@pytest.mark.parametrize(
    "kind", ["transcript", "recording", "video_mixed", "audio_mixed", "participant_events", "meeting_metadata"]
)
@pytest.mark.parametrize("code", ["done", "failed", "deleted", "processing", "polished"])
def test_events_of_what_is_made(kind, code):
    """A final state of any artifact asks for a look at its recording; all else is noted."""
    found = RECALL.read_event(event(f"{kind}.{code}"))
    is_final = code in {"done", "failed", "deleted"}
    assert (found.intent, found.mentions) == ((Intent.HARVEST, (Mention(ID),)) if is_final else (Intent.NOTE, ()))
    assert (found.name, found.happened_at) == (f"{kind}.{code}", at("2026-07-01T09:31:00"))


@pytest.mark.parametrize(
    ("body", "mentions"),
    [
        (event("bot.fatal"), (Mention(BOT, may_be_absent=True),)),
        (event("bot.done"), ()),
        (event("bot.in_call_recording"), ()),
        (event("calendar.update"), ()),
        (event("transcript.failed", bot=None), ()),
        (old_event("done", recording_id=FIRST), (Mention(ID),)),
        (old_event("fatal"), (Mention(BOT, may_be_absent=True),)),
        (old_event("call_ended"), ()),
        ({"event": "unheard_of", "data": 5}, ()),
    ],
)  # fmt: skip
def test_events_of_bots(body, mentions):
    """A bot's end is waited for at its recordings, unless it never had any or dates from before them."""
    found = RECALL.read_event(body)
    assert (found.intent, found.mentions) == (Intent.HARVEST if mentions else Intent.NOTE, mentions)


def test_the_shared_events(shared):
    """All spellings are read, with the moment that each brings."""
    names = "transcript_done", "recording_done", "transcript_failed", "bot_done", "bot_fatal", "legacy_status_change"
    found = {name: RECALL.read_event(shared(f"recall/webhook.{name}.json")) for name in names}
    assert {name for name, each in found.items() if each.intent is Intent.HARVEST} == {
        "transcript_done", "recording_done", "bot_fatal",
    }  # fmt: skip
    assert found["transcript_done"].mentions == (Mention(SHARED_ID),)
    assert all(each.happened_at for each in found.values())
    assert found["legacy_status_change"].happened_at == at("2026-04-02T15:06:40")
    live = RECALL.read_event(shared("recall/realtime.transcript_data.json"))
    assert (live.intent, "data" in live.body["data"], "Good" in json.dumps(live.body)) == (Intent.NOTE, False, False)


def test_an_event_keeps_neither_secrets_nor_differences():
    """Copies of a body have one digest, and what opens something is left out."""
    body = event("recording.done", bot={"id": BOT, "metadata": {"api_key": "hush", "deal": "D-7"}})
    found = RECALL.read_event(body)
    assert found.body["data"]["bot"] == {"id": BOT, "metadata": {"deal": "D-7"}}
    assert RECALL.read_event(deepcopy(body)).digest == found.digest != RECALL.read_event(event("recording.done")).digest


def test_an_event_about_nothing_is_damaged():
    """It names no event, or lacks the bot or the recording that its event is about."""
    lacking = event("bot.fatal", bot=None), event("transcript.done", recording=None), old_event("done", bot_id=None)
    for body in ({}, {"event": " "}, {"event": ["bot.done"]}, *lacking):
        with pytest.raises(Damaged):
            RECALL.read_event(body)


def test_a_bot_is_sent():
    """Only documented members are sent, and none that is empty; tokens go in the body alone."""
    tokens = {"zoom_obf_token_url": "https://t.example/obf", "zoom_zak_url": "https://t.example/zak"}
    full = RECALL.build_send(Order("https://zoom.us/j/9?pwd=x", "Scribe", "k-1", {"deal": "D-7"}, **tokens))
    assert (full.method, full.path, full.query) == ("POST", "/bot/", {})
    assert full.body == {
        "meeting_url": "https://zoom.us/j/9?pwd=x",
        "bot_name": "Scribe",
        "metadata": {"deal": "D-7", "deduplication_key": "k-1"},
        "zoom": {"zak_url": "https://t.example/zak", "obf_token_url": "https://t.example/obf"},
    }
    assert RECALL.build_send(Order("https://zoom.us/j/9")).body == {"meeting_url": "https://zoom.us/j/9"}
    with pytest.raises(Refused) as raised:
        RECALL.build_send(Order("https://zoom.us/j/9", zoom_obf_token="hush"))
    assert "address" in raised.value.hint
    assert "hush" not in str(raised.value)


def test_a_bot_is_controlled():
    """Each command is one call, and the answer to the first names the bot."""
    assert RECALL.read_sent({"id": BOT}) == BOT
    for answer in (None, [], {}, {"id": ""}):
        with pytest.raises(Damaged, match="names no bot"):
            RECALL.read_sent(answer)
    assert RECALL.build_remove(BOT) == Call(f"/bot/{BOT}/leave_call/", method="POST")
    assert RECALL.build_delete(BOT) == Call(f"/bot/{BOT}/delete_media/", method="POST")
    assert RECALL.find_undeleted({}) is None
    call = RECALL.build_retranscribe(JOINED)
    assert (call.method, call.path) == ("POST", f"/recording/{FIRST}/create_transcript/")
    assert call.body == {"provider": {"recallai_async": {}}}
    for payload in (OLD, NEVER_IN):
        with pytest.raises(Refused, match="has none"):
            RECALL.build_retranscribe(payload)


def test_who_it_is():
    """Name, title, speed, and the header that carries the key."""
    assert (RECALL.name, RECALL.title, RECALL.build_headers("k")) == (
        "recall",
        "Recall.ai",
        {"Authorization": "Token k"},
    )
    assert (RECALL.calls_per_second, RECALL.listings_per_second) == (4.0, 0.9)
    with pytest.raises(Damaged, match="no address"):
        RECALL.read_address("video", {"url": "https://x.example/"})


def read_all(value):
    """All that reads what others wrote; returns how much of it was Damaged, and lets every other error through."""
    document = value if isinstance(value, dict) else {"id": BOT}
    reads = (
        lambda: check_same(document),
        lambda: [RECALL.find_id(each) for each in RECALL.read_page(LISTING, {"results": [value]}).payloads],
        lambda: RECALL.read_page(LISTING, value),
        lambda: RECALL.read_event(document),
        lambda: RECALL.read_event({"event": "transcript.done", "data": value}),
        lambda: RECALL.read_people(JOINED, {"participants": value, RUN: value}),
        lambda: RECALL.read_people(document, {}),
        lambda: RECALL.join_details(ID, {"bot": bot(), "transcripts": [value]}),
        lambda: RECALL.locate(document, RUN),
        lambda: RECALL.read_sent(value),
    )
    damaged = 0
    for read in reads:
        try:
            read()
        except Damaged:
            damaged += 1
    return damaged


NAMES = {"id", "code", "status", "data", "recordings", "media_shortcuts", "transcript", "download_url", "created_at"}
NAMES |= {"status_changes", "join_at", "meeting_url", "platform", "metadata", "participant", "name", "event", "bot"}


NO_JSON = {"not a number", "infinity", "an integer beyond printing"}  # which `harvester.body` lets nobody send


def is_json(value):
    try:
        return bool(json.dumps(value, allow_nan=False))
    except ValueError:
        return False


@given(anything(NAMES).filter(is_json))
def test_whatever_comes_is_read_or_damaged(value):
    """No other error, whatever JSON it is."""
    read_all(value)


@pytest.mark.parametrize("odd", sorted(ODD.keys() - NO_JSON))
def test_a_spoilt_payload_is_read_or_damaged(odd):
    """Any one value of a sample replaced by what no field is meant to hold."""
    samples = JOINED, OLD, NEVER_IN, event("transcript.done"), PEOPLE, PARTS
    assert sum(read_all(each) >= 0 for sample in samples for each in spoil(sample, ODD[odd]))


@given(st.data())
def test_two_spoilt_values_are_read_or_damaged(data):
    """Wrong members that meet."""
    once = data.draw(st.sampled_from(list(spoil(JOINED, data.draw(st.sampled_from([None, 5, "x", [], {}]))))))
    read_all(data.draw(st.sampled_from(list(spoil(once, data.draw(anything(NAMES).filter(is_json)))))))
