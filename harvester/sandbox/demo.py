"""The demo account: about a dozen invented meetings, each here for one thing that real accounts do to a harvester.

People, talk and places are made up (`talks/`). Dates hang on the anchor, so that the account is always fresh.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

from harvester.sandbox.account import SandboxAccount, SandboxMeeting, SandboxUser
from harvester.sandbox.bodies import BytesBody, mp4_body
from harvester.sandbox.identity import (
    ACCOUNT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    anchor_of,
    awkward_uuid,
    meeting_uuid,
    user_id,
)
from harvester.sandbox.parts import Part, build_meeting, build_part
from harvester.sandbox.render import Cue, render_summary

_MARA = SandboxUser(user_id("mara"), "mara.lindqvist@example.com", "Mara", "Lindqvist")
_INES = SandboxUser(user_id("ines"), "ines.robledo@example.com", "Inés", "Robledo")
_YUKI = SandboxUser(user_id("yuki"), "yuki.sato@example.com", "由紀", "佐藤")
_GONE = SandboxUser(user_id("bego"), "begona.ibanez@example.com", "Begoña", "Ibáñez", status="inactive")
_USERS = (_MARA, _INES, _YUKI, _GONE)

_POLL = """Poll Report
Poll Name:,Tides
#,User Name,User Email,Submitted Date/Time
1,Ole,ole@example.com,"Mar 12, 2026 17:31:04",Did you know the tables?,Yes,Which do you use?,"Paper; at sea, too"
2,Anonymous Attendee,,"Mar 12, 2026 17:31:09",Did you know the tables?,No
""".replace("\n", "\r\n")
_STANDUP_NUMBER = 84_120_337_519


def demo_account(*, today: date | datetime | None = None) -> SandboxAccount:
    """Make the demo account, its meetings within the twelve days before `today` (default: now)."""
    anchor = anchor_of(today)
    meetings = (
        *_standups(anchor),
        _review(anchor),
        _paused(anchor),
        _deactivated_host(anchor),
        _one_on_one(anchor),
        _supply(anchor),
        _webinar(anchor),
        _captions_only(anchor),
        _no_transcript(anchor),
        _late_transcript(anchor),
        _too_short(anchor),
        _unknown_types(anchor),
        _empty_files(anchor),
        _in_progress(anchor),
    )
    return SandboxAccount(ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, _MARA.id, _USERS, meetings, anchor=anchor)


def _at(anchor: datetime, days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return (anchor - timedelta(days=days)).replace(hour=hour, minute=minute, second=second)


def _standups(anchor: datetime) -> list[SandboxMeeting]:
    """Three instances of one id, with the three UUIDs that break paths."""
    made = []
    for shape, day in enumerate(("monday", "tuesday", "wednesday")):
        part = build_part(f"standup_{day}", _at(anchor, 5 - shape, 7, 0, 9))
        meeting = build_meeting(
            f"standup {day}",
            _MARA,
            "Stand-up: tides & charts",
            part.start_at,
            part.usual(),
            parts=[part],
            uuid=awkward_uuid(meeting_uuid("demo", day, part.start_at.date()), shape),
            number=_STANDUP_NUMBER,
            kind=8,
        )
        made.append(meeting)
    return made


def _review(anchor: datetime) -> SandboxMeeting:
    """Two layouts with one start, a refined timeline, replies and reactions, summaries that nobody counts."""
    part = build_part("product_review", _at(anchor, 6, 13, 2, 11), first_ms=33_570)
    chat = part.chat(
        (21, "Tomasz Wierzba (Maps)", "Is the page public?"),
        (40, "Inés Robledo [Kite/Harbour]", 'Replying to "Is the page public?"\n\nNot yet, next week.'),
        (55, "Noor + Felix 🚲", 'Reacted to "Not yet, next week." with 👍'),
        (62, "Inés Robledo [Kite/Harbour]", 'Se ha reaccionado a "Is the page public?" con 👏'),
        (74, "Noor + Felix 🚲", 'Removed a 👍 reaction from "Not yet, next week."'),
        (90, "Lab3: Ina Holt", "From the other building: two things\n1. the map is fast\n2. the font is small"),
    )
    steps = {"next_steps": ["Inés: load the dots before the names.", "Tomasz: ask Lab3 about the font."]}
    whole = "The team decided to ship the sensor map on the first."
    chapters = ((33_570, 90_000, "The map", "What is drawn first."), (90_000, 150_000, "The date", ""))
    files = (
        part.video(),
        part.video("gallery_view", size=98_304),
        part.audio(),
        part.transcript(skip_id=12),
        part.timeline(refined=True),
        chat,
        part.summary("summary", render_summary(whole, [(33_570, 150_000, "Shipping", "It goes out on the first.")])),
        part.summary("summary_next_steps", json.dumps(steps, ensure_ascii=False).encode()),
        part.summary("summary_smart_chapters", render_summary("", chapters)),
    )
    return build_meeting("review", _INES, "Review 🗺️ / sensor map", part.start_at, files, parts=[part])


def _paused(anchor: datetime) -> SandboxMeeting:
    """Paused and resumed: two sets of every file."""
    first = build_part("kunden_teil_1", _at(anchor, 7, 9, 30, 4))
    second = build_part("kunden_teil_2", first.end_at + timedelta(minutes=11))
    files = first.usual() + second.usual()
    topic = "Kundengespräch Schöpfwerk"
    return build_meeting("kunden", _MARA, topic, first.start_at, files, parts=[first, second])


def _deactivated_host(anchor: datetime) -> SandboxMeeting:
    """The host has left the company; and the listing is wrong about the size of one file by two per cent."""
    part = build_part("planificacion", _at(anchor, 9, 15, 0, 31))
    audio = part.audio()
    wrong = replace(audio, listed_bytes=audio.body.size + audio.body.size // 50)
    files = (part.video(), wrong, part.transcript(first_id=16), part.timeline())
    topic, zone = "Planificación del taller", "Europe/Madrid"
    return build_meeting("plan", _GONE, topic, part.start_at, files, parts=[part], timezone=zone)


def _one_on_one(anchor: datetime) -> SandboxMeeting:
    part = build_part("one_on_one", _at(anchor, 4, 0, 30, 2))
    files = (part.video("active_speaker"), part.audio(), part.transcript())
    topic, zone = "1on1 由紀・健二", "Asia/Tokyo"
    return build_meeting("one", _YUKI, topic, part.start_at, files, parts=[part], kind=4, timezone=zone)


def _supply(anchor: datetime) -> SandboxMeeting:
    part = build_part("supply_call", _at(anchor, 3, 6, 45, 40))
    chat = part.chat((48, "Claire Dufaÿ", "SHP-2207-114"), (61, "يوسف القاضي", 'A réagi à "SHP-2207-114" avec 👍'))
    topic, zone = "متابعة الشحنة", "Asia/Amman"
    return build_meeting("supply", _INES, topic, part.start_at, (*part.usual(), chat), parts=[part], timezone=zone)


def _webinar(anchor: datetime) -> SandboxMeeting:
    """Transcript and captions of one talk, the captions with a broken time; a poll; a name with a colon."""
    part = build_part("webinar", _at(anchor, 8, 17))
    chat = part.chat((70, "Host: Sable Quay", "Questions here, please."), (95, "Ole", "Does the wind count?"))
    files = (
        part.video(size=240_000),
        part.audio(),
        part.transcript(),
        part.captions(broken=True),
        part.timeline(),
        part.file("CSV", "poll", "CSV", BytesBody(_POLL.encode())),
        chat,
    )
    topic = "Webinar: reading tide tables"
    return build_meeting("webinar", _INES, topic, part.start_at, files, parts=[part], kind=5)


def _captions_only(anchor: datetime) -> SandboxMeeting:
    """Captions and a timeline listed as before 2020: without id, size, status and type."""
    part = build_part("site_visit", _at(anchor, 11, 10, 20, 15))
    bare = tuple(replace(file, bare=True) for file in (part.captions(), part.timeline()))
    files = (part.video("shared_screen"), *bare)
    return build_meeting("site", _YUKI, "Site visit | gauge 7", part.start_at, files, parts=[part])


def _no_transcript(anchor: datetime) -> SandboxMeeting:
    part = _silence("choir", _at(anchor, 10, 18, 5))
    topic = "Choir rehearsal (sound only)"
    return build_meeting("choir", _MARA, topic, part.start_at, (part.audio(),), kind=1, timezone="")


def _late_transcript(anchor: datetime) -> SandboxMeeting:
    """The video is there; the transcript follows two hours after the anchor."""
    part = build_part("late_board", anchor - timedelta(hours=3))
    late = replace(part.transcript(), available_at=anchor + timedelta(hours=2))
    files = (part.video(), part.audio(), late)
    return build_meeting("board", _MARA, "Board, harbour association", part.start_at, files, parts=[part])


def _too_short(anchor: datetime) -> SandboxMeeting:
    """Too short for Zoom to keep anything: the key `recording_files` is absent."""
    start_at = _at(anchor, 2, 11, 59, 58)
    return build_meeting("oops", _MARA, "Mara's Zoom Meeting", start_at, None, kind=1, timezone="")


def _unknown_types(anchor: datetime) -> SandboxMeeting:
    """A file type of tomorrow, and one audio file per participant."""
    part = build_part("interviews", _at(anchor, 1, 14, 0, 3))
    board = part.file("WHITEBOARD", "whiteboard_ink", "BIN", BytesBody(b"INK1" + bytes(range(256)) * 40))
    return build_meeting(
        "talks",
        _INES,
        "Interviews, round 1",
        part.start_at,
        (part.video(), part.audio(), part.transcript(), board),
        parts=[part],
        participant_files=tuple(part.voice(name) for name in part.names),
    )


def _empty_files(anchor: datetime) -> SandboxMeeting:
    """Nobody spoke and nobody wrote: a transcript without cues and a chat without bytes."""
    part = _silence("empty", _at(anchor, 12, 12))
    empty = part.file("TRANSCRIPT", "audio_transcript", "VTT", BytesBody(b"WEBVTT\r\n\r\n"))
    files = (part.video(size=100_000), empty, part.chat())
    return build_meeting("empty", _YUKI, "Test", part.start_at, files, kind=1, timezone="Asia/Tokyo")


def _in_progress(anchor: datetime) -> SandboxMeeting:
    """Still being recorded: a file without type and end; complete one hour after the anchor."""
    part = _silence("running", anchor - timedelta(minutes=20))
    video = part.file("MP4", "active_speaker", "MP4", mp4_body("demo:running", 120_000))
    running = replace(video, ready_at=anchor + timedelta(hours=1), blank=True)
    return build_meeting("running", _INES, "Workshop, day two", part.start_at, (running,))


def _silence(key: str, start_at: datetime) -> Part:
    return Part(key, start_at, [Cue(0, 40_000, "", "")])
