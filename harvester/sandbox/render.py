"""Text files as Zoom writes them: transcript, captions, chat, timeline and summary, from who said what.

Shapes follow public Zoom files of 2020 to 2026: CRLF, numbered cues with milliseconds and `Name: text` in transcripts;
no numbers, no names and whole seconds in captions; messages that end in CRLF and hold LF in chats.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harvester.sandbox.identity import stay_number, user_id

Line = tuple[str, str]
"""Speaker ("" where the recogniser named nobody) and what was said."""

_GRID_MS = 250
_SILENCE_MS = 1500
_LONGEST_CUE_MS = 25_000


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    speaker: str
    text: str


def build_cues(lines: Iterable[Line], *, seed: int, first_ms: int = 2_140) -> list[Cue]:
    """Give every line a time: speech at about 16 characters a second, and pauses of 0 to 4 seconds."""
    chance = random.Random(seed)
    cues: list[Cue] = []
    at_ms = first_ms
    for number, (speaker, text) in enumerate(lines):
        length_ms = min(700 + 62 * len(text) + chance.randrange(180), _LONGEST_CUE_MS)
        # Zoom joins its chunks with an overlap of 1 ms now and then (8 of 98,838 public cues)
        start_ms = at_ms - 1 if number == 5 and cues else at_ms  # noqa: PLR2004
        cues.append(Cue(start_ms, start_ms + length_ms, speaker, text))
        pause = chance.choice((0, 0, 120, 350, 640, 1100, 2300, 4000)) if number != 4 else 0  # noqa: PLR2004
        at_ms = start_ms + length_ms + pause
    return cues


def stamp(at_ms: int) -> str:
    seconds, ms = divmod(at_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def render_transcript(cues: Sequence[Cue], *, first_id: int = 1, skip_id: int | None = None) -> bytes:
    """Render TRANSCRIPT. `skip_id` leaves a number out, as deleting a cue in Zoom's editor does."""
    parts = ["WEBVTT\r\n\r\n"]
    number = first_id
    for cue in cues:
        number += number == skip_id
        said = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
        parts.append(f"{number}\r\n{stamp(cue.start_ms)} --> {stamp(cue.end_ms)}\r\n{said}\r\n\r\n")
        number += 1
    return "".join(parts).encode()


def render_captions(cues: Sequence[Cue], *, broken: bool = False) -> bytes:
    """Render CC. `broken` ends one cue at zero, as a caption file of 2022 did."""
    parts = ["WEBVTT\r\n\r\n"]
    starts = [cue.start_ms // 1000 * 1000 for cue in cues]
    for index, cue in enumerate(cues):
        start_ms = starts[index]
        end_ms = starts[index + 1] if index + 1 < len(cues) else cue.end_ms // 1000 * 1000 + 1000
        end_ms = max(min(end_ms, start_ms + 30_000), start_ms + 1000)
        if broken and index == len(cues) // 2:
            end_ms = 0
        parts.append(f"{stamp(start_ms)} --> {stamp(end_ms)}\r\n{cue.text}\r\n\r\n")
    return "".join(parts).encode()


def render_chat(messages: Iterable[tuple[int, str, str]]) -> bytes:
    """Render CHAT from (seconds, sender, text); a line break inside a text stays a bare LF."""
    parts = []
    for at_s, sender, text in messages:
        parts.append(f"{at_s // 3600:02}:{at_s // 60 % 60:02}:{at_s % 60:02}\t{sender}:\t{text}\r\n")
    return "".join(parts).encode()


def render_timeline(cues: Sequence[Cue], *, refined: bool = False) -> bytes:
    """Render TIMELINE: who is active from each `ts` on, on a grid of 250 ms; nobody in a longer silence."""
    entries: list[dict[str, Any]] = []
    last_ms = -_GRID_MS
    for index, cue in enumerate(cues):
        at_ms = max(cue.start_ms // _GRID_MS * _GRID_MS, last_ms + _GRID_MS)
        users = [_timeline_user(cue.speaker)] if cue.speaker else []
        entries.append({"ts": stamp(at_ms), "users": users})
        last_ms = at_ms
        silence_ms = cues[index + 1].start_ms - cue.end_ms if index + 1 < len(cues) else 0
        if silence_ms > _SILENCE_MS:
            last_ms = max(cue.end_ms // _GRID_MS * _GRID_MS, last_ms + _GRID_MS)
            entries.append({"ts": stamp(last_ms), "users": []})
    document: dict[str, Any] = {"timeline": entries, "version": 100}
    if refined:
        document = {"timeline": _coarsen(entries), "timeline_refine": entries, "version": 100}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _coarsen(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same on whole seconds, the first of each: what a client sees that refines it afterwards."""
    by_second = {each["ts"][:-4]: each["users"] for each in reversed(entries)}
    return [{"ts": f"{second}.000", "users": users} for second, users in reversed(by_second.items())]


def render_summary(text: str, items: Iterable[tuple[int, int, str, str]] = ()) -> bytes:
    """Render SUMMARY from its text and (start ms, end ms, label, text) of each section."""
    sections = [
        {"label": label, "start_time": stamp(start), "end_time": stamp(end), "summary": said, "short_summary": ""}
        for start, end, label, said in items
    ]
    return json.dumps({"overall_summary": text, "items": sections}, ensure_ascii=False).encode()


def _timeline_user(name: str) -> dict[str, Any]:
    account = user_id("timeline", name)
    return {
        "avatar_url": f"https://images.example.com/p/{account}",
        "client_type": 0,
        "email_address": f"{account}@example.com",
        "multiple_people": False,
        "user_id": stay_number(name),
        "username": name,
        "zoom_userid": account,
    }
